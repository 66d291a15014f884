/* Keyword = value notation of CCSDS messages (508.0-B-1, section 6.3). Inside formats/ only. */
#pragma once
#include "lines.h"

#define KVN_LINE_MAX 1024 /* bytes; the standard has 254 */

struct kvn {
    struct str line, keyword, value;
    struct str unit; /* without its brackets; {NULL, 0}: none */
};
enum { KVN_END = -1 };
/* 0 with the next line that is not empty, KVN_END after the last, or ERR_INVALID_RECORD. A comment is keyword COMMENT.
 */
int kvn_next(struct lines *lines, struct kvn *ret, struct fault *fault);
