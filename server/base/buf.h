/* Growable bytes for output. Writers never fail; running out of memory ends the process. */
#pragma once
#include "str.h"
#include <stdint.h>

struct buf {
    char *p;
    size_t n, cap;
};

void buf_free(struct buf *b);
static inline void buf_clear(struct buf *b)
{
    b->n = 0;
}
/* buf_reserve, when there is no room. */
char *buf_grow(struct buf *b, size_t more);
/* Makes room for at least `more` bytes and returns where to write them; the caller then adds to b->n. */
static inline char *buf_reserve(struct buf *b, size_t more)
{
    return b->cap - b->n < more ? buf_grow(b, more) : b->p + b->n;
}
static inline void buf_add(struct buf *b, const void *bytes, size_t n)
{
    if (!n)
        return;
    memcpy(buf_reserve(b, n), bytes, n);
    b->n += n;
}
static inline void buf_str(struct buf *b, struct str s)
{
    buf_add(b, s.p, s.n);
}
static inline void buf_z(struct buf *b, const char *z)
{
    buf_add(b, z, strlen(z));
}
static inline void buf_char(struct buf *b, char c)
{
    *buf_reserve(b, 1) = c;
    b->n++;
}
void buf_i64(struct buf *b, int64_t v);
__attribute__((format(printf, 2, 3), nonnull(2))) void buf_printf(struct buf *b, const char *format, ...);
/* s as a JSON string with quotes: `"`, `\` and control characters escaped, everything else as it is (RFC 8259 §7). */
void buf_json_str(struct buf *b, struct str s);
/* ,"name":"value" */
void buf_member_text(struct buf *b, const char *name, struct str value);
/* ,"name":value, which is JSON already */
void buf_member_json(struct buf *b, const char *name, struct str value);

static inline struct str buf_view(const struct buf *b)
{
    return (struct str){b->p, b->n};
}
#define BUF_CLEANUP __attribute__((cleanup(buf_free)))
