/* Faults as application/problem+json (RFC 9457). Pure: no I/O, no libmicrohttpd. */
#pragma once
#include "buf.h"
#include "error.h"

/* extra: further members as JSON text without braces, or NULL. A fault with a status of 500 and above, and NOT_FOUND,
 * tells nothing but its code: the former's detail is for the log, the latter's would tell hidden from missing. */
void problem_write(const struct fault *fault, const char *extra, struct buf *out);
/* Whether the client is told when to come back: 429 and 503. */
bool problem_retries(const struct fault *fault);
