#include "entries.h"

#include "leb128.h"

#define TYPE_MAX 255

/* A difference is at least 1, so that 0 is free to begin a run: 0, length of the type, type. */
#define RUN 0

/* Small numbers of either sign become small ones. */
static uint64_t zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t v)
{
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

static int64_t minus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

static int64_t plus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

void entries_encode(const struct feed_entry *entries, size_t n, struct buf *out)
{
    struct feed_entry last = {0};
    for (size_t i = 0; i < n; i++) {
        const struct feed_entry *e = &entries[i];
        if (i == 0 || !str_eq(e->type, last.type)) {
            leb128_put(RUN, out);
            leb128_put(e->type.n, out);
            buf_str(out, e->type);
            last = (struct feed_entry){.type = e->type};
        }
        leb128_put(zigzag(minus(e->seq, last.seq)) + 1, out);
        leb128_put(zigzag(minus(e->t, last.t)), out);
        last = *e;
    }
}

static bool take_run(struct str *rest, struct feed_entry *last)
{
    uint64_t n;
    if (!leb128_take(rest, &n) || n > TYPE_MAX || n > rest->n)
        return false;
    *last = (struct feed_entry){.type = {rest->p, (size_t)n}};
    *rest = (struct str){rest->p + n, rest->n - n};
    return true;
}

static bool take_entry(struct str *rest, struct feed_entry *last)
{
    uint64_t seq, t;
    if (!leb128_take(rest, &seq))
        return false;
    if (seq == RUN && (!take_run(rest, last) || !leb128_take(rest, &seq)))
        return false;
    if (seq == RUN || !last->type.p || !leb128_take(rest, &t))
        return false;
    last->seq = plus(last->seq, unzigzag(seq - 1));
    last->t = plus(last->t, unzigzag(t));
    return true;
}

bool entries_decode(struct str bytes, struct arena *arena, struct feed_entry **ret, size_t *ret_n)
{
    /* An entry has two bytes at least. */
    struct feed_entry *entries = arena_array(arena, bytes.n / 2 + 1, sizeof *entries), last = {0};
    size_t n = 0;
    while (bytes.n) {
        if (!take_entry(&bytes, &last))
            return false;
        entries[n++] = last;
    }
    *ret = entries;
    *ret_n = n;
    return true;
}
