/* Text line by line. Inside formats/ only. */
#pragma once
#include "error.h"
#include "str.h"

struct lines {
    struct str rest;
    size_t number;    /* of the line that was read last, from 1 */
    const char *text; /* where the text starts */
};

static inline struct lines lines_of(struct str text)
{
    return (struct lines){text, 0, text.p};
}
/* The next line without its end (LF or CR LF) and without blanks and returns before it; false after the last. */
bool lines_next(struct lines *l, struct str *ret);
/* ERR_INVALID_RECORD at a column, from 1, of a line: where is "line 3, column 9". The
 * offset of a column behind the line is the line's end. */
__attribute__((format(printf, 5, 6))) int line_fault(const struct lines *l, struct str line, size_t column,
                                                     struct fault *fault, const char *format, ...);
