/* What header fields say of media types and content codings. Pure: no I/O, no libmicrohttpd. */
#pragma once
#include "str.h"

/* Whether a client that sent this Accept value takes one of the types that routes answer with: JSON, problem+json,
 * plain text, bytes (RFC 9110 section 12.5.1). */
bool accept_takes_ours(struct str accept);
#define ACCEPT_MOST 1000
/* How much that client weighs a media type, in thousandths, by the range that says most of it; 0: it does not take it.
 * *ret_named: the range is the type itself. */
unsigned accept_weight(struct str accept, const char *type, bool *ret_named);
enum coding { CODING_IDENTITY, CODING_GZIP, CODING_ZSTD, CODING_COUNT };
/* The coding for a client that sent this Accept-Encoding value (RFC 9110 section 12.5.3): what it weighs most, zstd
 * before gzip, any coding before none. False: it takes none of them. *ret_plain: it also takes an answer without one.
 */
bool accept_coding(struct str accept_encoding, enum coding *ret, bool *ret_plain);
/* This type, alone or with charset=utf-8 (RFC 8259 section 11 defines no parameter of JSON; clients send this one). */
bool content_type_is(struct str content_type, const char *type);
/* RFC 9110 section 5.6.2. */
bool is_token(struct str s);
/* ASCII only, as header names and media types are compared. */
bool str_caseless(struct str a, const char *z);
