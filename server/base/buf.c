#include "buf.h"
#include "memory.h"

#include <stdarg.h>
#include <stdio.h>

#define BUF_FIRST 256

void buf_free(struct buf *b)
{
    free(b->p);
    *b = (struct buf){0};
}

/* At least double, so that what grows byte by byte is copied seldom; what is asked for at once is given exactly. */
char *buf_grow(struct buf *b, size_t more)
{
    if (more > SIZE_MAX / 2 - b->n)
        memory_exhausted(more);
    size_t cap = b->cap ? 2 * b->cap : BUF_FIRST;
    b->cap = cap < b->n + more ? b->n + more : cap;
    b->p = memory_resize(b->p, b->cap);
    return b->p + b->n;
}

void buf_i64(struct buf *b, int64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (v < 0)
        digits[--at] = '-';
    buf_add(b, digits + at, sizeof digits - at);
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = b->cap - b->n;
    int n = vsnprintf(room ? b->p + b->n : NULL, room, format, args);
    va_end(args);
    if (n > 0 && (size_t)n >= room)
        vsnprintf(buf_reserve(b, (size_t)n + 1), (size_t)n + 1, format, again);
    b->n += n > 0 ? (size_t)n : 0;
    va_end(again);
}

static void add_escape(struct buf *b, unsigned char c)
{
    switch (c) {
    case '"': buf_add(b, "\\\"", 2); break;
    case '\\': buf_add(b, "\\\\", 2); break;
    case '\b': buf_add(b, "\\b", 2); break;
    case '\f': buf_add(b, "\\f", 2); break;
    case '\n': buf_add(b, "\\n", 2); break;
    case '\r': buf_add(b, "\\r", 2); break;
    case '\t': buf_add(b, "\\t", 2); break;
    default: buf_printf(b, "\\u%04x", c);
    }
}

void buf_json_str(struct buf *b, struct str s)
{
    buf_char(b, '"');
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_add(b, s.p + from, i - from);
        add_escape(b, c);
        from = i + 1;
    }
    buf_add(b, s.p + from, s.n - from);
    buf_char(b, '"');
}

static void add_name(struct buf *b, const char *name)
{
    buf_add(b, ",\"", 2);
    buf_z(b, name);
    buf_add(b, "\":", 2);
}

void buf_member_text(struct buf *b, const char *name, struct str value)
{
    add_name(b, name);
    buf_json_str(b, value);
}

void buf_member_json(struct buf *b, const char *name, struct str value)
{
    add_name(b, name);
    buf_str(b, value);
}
