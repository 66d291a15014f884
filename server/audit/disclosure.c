#include "disclosure.h"

#include "leb128.h"

#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void seqs_encode(int64_t *seqs, size_t n, struct buf *out)
{
    if (n == 0)
        return;
    qsort(seqs, n, sizeof *seqs, by_value);
    leb128_put((uint64_t)seqs[0], out);
    for (size_t i = 1; i < n; i++)
        if (seqs[i] != seqs[i - 1])
            leb128_put((uint64_t)(seqs[i] - seqs[i - 1]), out);
}

/* The number of encoded values is the number of bytes without the continuation bit. */
static size_t count_values(struct str bytes)
{
    size_t n = 0;
    for (size_t i = 0; i < bytes.n; i++)
        n += !((uint8_t)bytes.p[i] & 0x80);
    return n;
}

static bool take_delta(struct str *rest, int64_t *ret)
{
    uint64_t v;
    if (!leb128_take(rest, &v) || v > INT64_MAX)
        return false;
    *ret = (int64_t)v;
    return true;
}

bool seqs_decode(struct str bytes, size_t most, struct arena *arena, int64_t **ret, size_t *ret_n)
{
    size_t n = count_values(bytes);
    if (n > most)
        return false;
    int64_t *seqs = arena_array(arena, n, sizeof *seqs), at = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t delta;
        if (!take_delta(&bytes, &delta) || (i > 0 && delta == 0) || __builtin_add_overflow(at, delta, &at))
            return false;
        seqs[i] = at;
    }
    if (bytes.n)
        return false;
    *ret = seqs;
    *ret_n = n;
    return true;
}

bool seqs_hold(struct str bytes, int64_t seq)
{
    int64_t at = 0, delta;
    while (at < seq && take_delta(&bytes, &delta))
        if (__builtin_add_overflow(at, delta, &at))
            return false;
    return at == seq;
}
