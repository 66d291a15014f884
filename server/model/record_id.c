#include "record.h"

static struct str bytes_of(const struct digest *d)
{
    return (struct str){(const char *)d->bytes, DIGEST_SIZE};
}

struct uuid record_id(const struct record_type *type, struct str secret, instant t, const struct digest *content)
{
    struct uuid id;
    struct digest d = hmac_sha256(secret, bytes_of(content));
    uint64_t ms = (uint64_t)(instant_floor(t, type->partition_width) - INSTANT_1900) / 1000;
    for (int i = 5; i >= 0; i--, ms >>= 8)
        id.bytes[i] = (uint8_t)(ms & 0xff);
    memcpy(id.bytes + 6, d.bytes, UUID_SIZE - 6);
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x80); /* version 8 */
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80); /* variant 10 */
    return id;
}

struct uuid record_entity(const struct record_type *type, struct str secret, instant t, const struct digest *content)
{
    const struct str parts[] = {STR("entity"), bytes_of(content)};
    struct digest d = sha256_parts(parts, sizeof parts / sizeof *parts);
    return record_id(type, secret, t, &d);
}

struct digest record_version(struct uuid entity, struct uuid supersedes, const struct digest *content)
{
    const struct str parts[] = {STR("version"),
                                {(const char *)entity.bytes, UUID_SIZE},
                                {(const char *)supersedes.bytes, UUID_SIZE},
                                bytes_of(content)};
    return sha256_parts(parts, sizeof parts / sizeof *parts);
}

bool record_id_partition(const struct record_type *type, struct uuid id, instant *ret_from, instant *ret_to)
{
    int64_t ms = 0;
    if (id.bytes[6] >> 4 != 8 || id.bytes[8] >> 6 != 2)
        return false;
    for (int i = 0; i < 6; i++)
        ms = ms << 8 | id.bytes[i];
    if (ms >= (INSTANT_10000 - INSTANT_1900) / 1000)
        return false;
    instant from = INSTANT_1900 + ms * 1000;
    if (instant_floor(from, type->partition_width) != from)
        return false;
    *ret_from = from;
    *ret_to = from + type->partition_width;
    return true;
}

struct digest record_digest(const struct record_type *type, struct str originator, const struct record *r,
                            struct str wire_label)
{
    const struct str parts[] = {originator, str_of(type->name), r->canonical, wire_label};
    return sha256_parts(parts, sizeof parts / sizeof *parts);
}
