#include "lines.h"

#include <stdarg.h>
#include <stdio.h>

bool lines_next(struct lines *l, struct str *ret)
{
    if (!l->rest.n)
        return false;
    const char *end = memchr(l->rest.p, '\n', l->rest.n);
    struct str line = {l->rest.p, end ? (size_t)(end - l->rest.p) : l->rest.n};
    size_t used = line.n + (end != NULL);
    l->rest = (struct str){l->rest.p + used, l->rest.n - used};
    l->number++;
    while (line.n && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\r'))
        line.n--;
    *ret = line;
    return true;
}

int line_fault(const struct lines *l, struct str line, size_t column, struct fault *fault, const char *format, ...)
{
    char where[FAULT_WHERE_MAX], detail[FAULT_DETAIL_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    snprintf(where, sizeof where, "line %zu, column %zu", l->number, column);
    fault_set(fault, ERR_INVALID_RECORD, where, "%s", detail);
    if (fault)
        fault->offset = line.p - l->text + (long)(column - 1 < line.n ? column - 1 : line.n);
    return ERR_INVALID_RECORD;
}
