/* What libmicrohttpd 0.9.75 lets through and must not: checked from where it left the request's pieces in its buffer.
 * Pure: no I/O, no libmicrohttpd. */
#pragma once
#include "error.h"
#include "str.h"

#include <stdint.h>

struct header_field {
    struct str name, value;
};

/* A request line and header fields as the parser left them. It works in place: it puts NUL over each line's CR LF (or
 * bare LF), over each first colon, and around the target; everything else stays where the client put it. All pointers
 * are into that one buffer. */
struct wire {
    const char *method; /* start of the request line */
    struct str target;
    const char *version;
    const struct header_field *fields;
    size_t n_fields;
    size_t size; /* from `method` to the first byte after the empty line */
};

/* What the fields say of the body. */
struct framing {
    uint64_t length;
    bool has_length, chunked, expects_continue;
};

/* ERR_BAD_REQUEST unless HTTP/1.1, lines ended by CR LF, one space between the parts of the request line, no NUL, no
 * folded line (RFC 9112 sections 2.2, 3 and 5.2). */
int strict_layout(const struct wire *w, struct fault *fault);
/* ERR_BAD_REQUEST unless names are tokens, values free of control characters, one Host, and at most one of
 * Content-Length and Transfer-Encoding, once, the latter exactly "chunked" (RFC 9112 sections 3.2, 5 and 6). */
int strict_fields(const struct header_field *fields, size_t n, struct framing *ret, struct fault *fault);
/* Whether the framing that precedes a piece of a chunked body uses CR LF, as far as it is still in the buffer. buffer:
 * where the parser reads to; data: the piece inside it. */
bool strict_chunk(const char *buffer, const char *data);

/* The first field of that name (any case), or NULL; *ret_n, when not NULL, says how many there are. */
const struct header_field *header_field_find(const struct header_field *fields, size_t n, const char *name,
                                             size_t *ret_n);
