/* multipart/form-data (RFC 7578) in memory, part by part. */
#pragma once
#include "error.h"
#include "str.h"

#define MULTIPART_PARTS_MAX 16    /* of one body; more are ERR_BAD_REQUEST */
#define MULTIPART_HEADER_MAX 4096 /* bytes of one part's header */

struct multipart {
    struct str delimiter; /* with the dashes and the line end before it */
    struct str rest;
    size_t parts;
};

struct part {
    struct str name, filename; /* as they stand between the quotes; "" if there is none */
    struct str content;
};

/* Whether the media type says that a body is one. */
bool multipart_is(struct str content_type);
/* Room for the delimiter: two dashes, a boundary (RFC 2046, section 5.1.1), a line end. */
#define MULTIPART_DELIMITER_MAX 74
/* ERR_BAD_REQUEST unless the media type names a boundary and the body begins with it. All text is the body's. */
int multipart_open(struct str content_type, struct str body, char delimiter[MULTIPART_DELIMITER_MAX],
                   struct multipart *ret, struct fault *fault);
enum { MULTIPART_END = -1 };
/* 0 with the next part, MULTIPART_END after the last, or ERR_BAD_REQUEST. */
int multipart_next(struct multipart *m, struct part *ret, struct fault *fault);
