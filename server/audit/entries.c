#include "entries.h"

#define LEB128_MAX 10 /* bytes that 64 bits need */
#define TYPE_MAX 255

/* A difference is at least 1, so that 0 is free to begin a run: 0, length of the type, type. */
#define RUN 0

static void put(uint64_t v, struct buf *out)
{
    do {
        uint8_t low = v & 0x7f;
        v >>= 7;
        buf_char(out, (char)(v ? low | 0x80 : low));
    } while (v);
}

static bool take(struct str *rest, uint64_t *ret)
{
    uint64_t v = 0;
    for (size_t i = 0; i < rest->n && i < LEB128_MAX; i++) {
        uint8_t byte = (uint8_t)rest->p[i];
        v |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80)
            continue;
        *rest = (struct str){rest->p + i + 1, rest->n - i - 1};
        *ret = v;
        return true;
    }
    return false;
}

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
            put(RUN, out);
            put(e->type.n, out);
            buf_str(out, e->type);
            last = (struct feed_entry){.type = e->type};
        }
        put(zigzag(minus(e->seq, last.seq)) + 1, out);
        put(zigzag(minus(e->t, last.t)), out);
        last = *e;
    }
}

static bool take_run(struct str *rest, struct feed_entry *last)
{
    uint64_t n;
    if (!take(rest, &n) || n > TYPE_MAX || n > rest->n)
        return false;
    *last = (struct feed_entry){.type = {rest->p, (size_t)n}};
    *rest = (struct str){rest->p + n, rest->n - n};
    return true;
}

static bool take_entry(struct str *rest, struct feed_entry *last)
{
    uint64_t seq, t;
    if (!take(rest, &seq))
        return false;
    if (seq == RUN && (!take_run(rest, last) || !take(rest, &seq)))
        return false;
    if (seq == RUN || !last->type.p || !take(rest, &t))
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
