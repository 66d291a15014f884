#include "error.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *name, *title;
    int status;
    enum error_level level;
} errors[ERR_COUNT] = {
    [ERR_NONE] = {"NONE", "No error", 200, ERROR_LEVEL_DEBUG},
#define ERROR(name, status, title, level) [ERR_##name] = {#name, title, status, ERROR_LEVEL_##level},
#include "errors.def"
#undef ERROR
};

int fault_set(struct fault *f, enum error_code code, const char *where, const char *format, ...)
{
    if (!f)
        return (int)code;
    f->code = code;
    f->offset = -1;
    snprintf(f->where, sizeof f->where, "%s", where);
    va_list args;
    va_start(args, format);
    vsnprintf(f->detail, sizeof f->detail, format, args);
    va_end(args);
    return (int)code;
}

static size_t row(int code)
{
    return code >= 0 && code < ERR_COUNT ? (size_t)code : ERR_INTERNAL;
}

const char *error_name(int code)
{
    return errors[row(code)].name;
}

const char *error_title(int code)
{
    return errors[row(code)].title;
}

int error_status(int code)
{
    return errors[row(code)].status;
}

enum error_level error_log_level(int code)
{
    return errors[row(code)].level;
}
