#include "binary.h"

#define PG_EPOCH (INT64_C(946684800) * INSTANT_SECOND) /* 2000-01-01T00:00:00Z */

static void put_be(struct buf *b, uint64_t v, size_t n)
{
    char *out = buf_reserve(b, n);
    for (size_t i = n; i > 0; i--, v >>= 8)
        out[i - 1] = (char)(v & 0xff);
    b->n += n;
}

static uint64_t read_be(const char *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | (uint8_t)p[i];
    return v;
}

void binary_u32(struct buf *b, uint32_t v)
{
    put_be(b, v, 4);
}

void binary_i64(struct buf *b, int64_t v)
{
    put_be(b, (uint64_t)v, 8);
}

int64_t binary_from_instant(instant t)
{
    return t == INSTANT_MIN || t == INSTANT_MAX ? t : instant_add(t, -PG_EPOCH);
}

instant binary_to_instant(int64_t v)
{
    return v == INT64_MIN || v == INT64_MAX ? v : instant_add(v, PG_EPOCH);
}

/* Dimensions, flag "has nulls" (receivers look at each element all the same), element type, length, lower bound. */
void binary_array(struct buf *b, uint32_t element_oid, size_t n)
{
    binary_u32(b, n ? 1 : 0);
    binary_u32(b, 0);
    binary_u32(b, element_oid);
    if (!n)
        return;
    binary_u32(b, (uint32_t)n);
    binary_u32(b, 1);
}

void binary_element(struct buf *b, const void *bytes, size_t n)
{
    binary_u32(b, (uint32_t)n);
    buf_add(b, bytes, n);
}

void binary_element_i32(struct buf *b, int32_t v)
{
    binary_u32(b, 4);
    binary_u32(b, (uint32_t)v);
}

void binary_element_i64(struct buf *b, int64_t v)
{
    binary_u32(b, 8);
    binary_i64(b, v);
}

void binary_element_instant(struct buf *b, instant t)
{
    binary_element_i64(b, binary_from_instant(t));
}

int32_t binary_read_i32(const char *p)
{
    return (int32_t)(uint32_t)read_be(p, 4);
}

int64_t binary_read_i64(const char *p)
{
    return (int64_t)read_be(p, 8);
}

instant binary_read_instant(const char *p)
{
    return binary_to_instant(binary_read_i64(p));
}

struct uuid binary_read_uuid(const char *p)
{
    struct uuid id;
    memcpy(id.bytes, p, UUID_SIZE);
    return id;
}
