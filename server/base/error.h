/* Errors: a code from errors.def, where it happened, and what was expected there.
 *
 * Functions that can fail return int: 0, or an enum error_code with *fault filled in when fault is not NULL.
 * ret_ out-parameters are untouched on failure. */
#pragma once
#include <stddef.h>

enum error_code {
    ERR_NONE = 0,
#define ERROR(name, status, title, level) ERR_##name,
#include "errors.def"
#undef ERROR
    ERR_COUNT
};

enum error_level { ERROR_LEVEL_DEBUG, ERROR_LEVEL_INFO, ERROR_LEVEL_WARNING, ERROR_LEVEL_ERROR };

#define FAULT_WHERE_MAX 192
#define FAULT_DETAIL_MAX 512

/* For people: `where` is a JSON path, query parameter, header, setting or file:line ("" when there is none);
 * `detail` says what was found and what was expected; `offset` is a byte offset into the text at `where`, or -1. */
struct fault {
    enum error_code code;
    long offset;
    char where[FAULT_WHERE_MAX];
    char detail[FAULT_DETAIL_MAX];
};

/* Fills *f (NULL is accepted) with offset -1 and returns code, so that `return fault_set(...)` reads as one step. */
__attribute__((format(printf, 4, 5))) int fault_set(struct fault *f, enum error_code code, const char *where,
                                                    const char *format, ...);

const char *error_name(int code); /* "BAD_JSON": for logs and the problem's type */
const char *error_title(int code);
int error_status(int code);
enum error_level error_log_level(int code);
