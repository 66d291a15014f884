#include "disclosure.h"

#include <stdlib.h>

#define LEB128_MAX 9 /* bytes that 63 bits need */

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void put_leb128(uint64_t v, struct buf *out)
{
    char bytes[LEB128_MAX + 1];
    size_t n = 0;
    do {
        uint8_t low = v & 0x7f;
        v >>= 7;
        bytes[n++] = (char)(v ? low | 0x80 : low);
    } while (v);
    buf_add(out, bytes, n);
}

void seqs_encode(int64_t *seqs, size_t n, struct buf *out)
{
    if (n == 0)
        return;
    qsort(seqs, n, sizeof *seqs, by_value);
    put_leb128((uint64_t)seqs[0], out);
    for (size_t i = 1; i < n; i++)
        if (seqs[i] != seqs[i - 1])
            put_leb128((uint64_t)(seqs[i] - seqs[i - 1]), out);
}

/* The number of encoded values is the number of bytes without the continuation bit. */
static size_t count_values(struct str bytes)
{
    size_t n = 0;
    for (size_t i = 0; i < bytes.n; i++)
        n += !((uint8_t)bytes.p[i] & 0x80);
    return n;
}

/* Shortest form only, so that one set has one encoding. */
static bool take_leb128(struct str *rest, int64_t *ret)
{
    uint64_t v = 0;
    for (size_t i = 0; i < rest->n && i < LEB128_MAX; i++) {
        uint8_t byte = (uint8_t)rest->p[i];
        v |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80)
            continue;
        if (byte == 0 && i > 0)
            return false;
        *rest = (struct str){rest->p + i + 1, rest->n - i - 1};
        *ret = (int64_t)v;
        return true;
    }
    return false;
}

bool seqs_decode(struct str bytes, size_t most, struct arena *arena, int64_t **ret, size_t *ret_n)
{
    size_t n = count_values(bytes);
    if (n > most)
        return false;
    int64_t *seqs = arena_array(arena, n, sizeof *seqs), at = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t delta;
        if (!take_leb128(&bytes, &delta) || (i > 0 && delta == 0) || __builtin_add_overflow(at, delta, &at))
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
    while (at < seq && take_leb128(&bytes, &delta))
        if (__builtin_add_overflow(at, delta, &at))
            return false;
    return at == seq;
}
