#include "leb128.h"

#define BYTES_MAX 10 /* that 64 bits need */

void leb128_put(uint64_t v, struct buf *out)
{
    char bytes[BYTES_MAX];
    size_t n = 0;
    do {
        uint8_t low = v & 0x7f;
        v >>= 7;
        bytes[n++] = (char)(v ? low | 0x80 : low);
    } while (v);
    buf_add(out, bytes, n);
}

/* As the last byte: no zero in front of the number, and nothing above 64 bits. */
static bool ends(uint8_t byte, size_t i)
{
    return (byte || i == 0) && (byte == 1 || i < BYTES_MAX - 1);
}

bool leb128_take(struct str *rest, uint64_t *ret)
{
    uint64_t v = 0;
    for (size_t i = 0; i < rest->n && i < BYTES_MAX; i++) {
        uint8_t byte = (uint8_t)rest->p[i];
        v |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80)
            continue;
        if (!ends(byte, i))
            return false;
        *rest = (struct str){rest->p + i + 1, rest->n - i - 1};
        *ret = v;
        return true;
    }
    return false;
}
