/* What header fields say of media types. Pure: no I/O, no libmicrohttpd. */
#pragma once
#include "str.h"

/* Whether a client that sent this Accept value takes one of the types that routes answer with: JSON, problem+json,
 * plain text (RFC 9110 section 12.5.1). */
bool accept_takes_ours(struct str accept);
/* application/json, alone or with charset=utf-8 (RFC 8259 section 11 defines no parameter; clients send this one). */
bool content_type_is_json(struct str content_type);
/* RFC 9110 section 5.6.2. */
bool is_token(struct str s);
struct str trim_ows(struct str s);
/* ASCII only, as header names and media types are compared. */
bool str_caseless(struct str a, const char *z);
