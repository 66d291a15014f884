/* Content codings (RFC 9110 section 8.4.1) of answers. Knows no requests. */
#pragma once
#include "buf.h"
#include "negotiate.h"

/* Makes the coded form of one body after the other. */
struct coder;

/* Coders are worth keeping: their memory is large. Any thread may take and give. */
struct coders;
struct coders *coders_new(void);
void coders_free(struct coders *all); /* accepts NULL */
/* For a body of `length` bytes, SIZE_MAX if that is not known yet; CODING_GZIP or CODING_ZSTD. */
struct coder *coder_take(struct coders *all, enum coding coding, size_t length);
void coder_give(struct coders *all, struct coder *c); /* whether the body was whole or not; accepts NULL */

/* Appends what the bytes become: the client can decode all that was added so far. Nothing comes after the last. */
void coder_add(struct coder *c, struct str bytes, bool last, struct buf *out);

const char *coding_name(enum coding coding); /* as in Content-Encoding */
