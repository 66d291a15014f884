/* SHA-256, HMAC, hexadecimal and UUID text. The mathematics is OpenSSL's. */
#pragma once
#include "str.h"
#include <stdint.h>

#define DIGEST_SIZE 32
#define DIGEST_HEX (2 * DIGEST_SIZE)
#define UUID_SIZE 16
#define UUID_TEXT 36

struct buf;

struct digest {
    uint8_t bytes[DIGEST_SIZE];
};

struct uuid {
    uint8_t bytes[UUID_SIZE];
};

/* All zero: of nothing. */
static inline bool uuid_is_none(struct uuid id)
{
    static const struct uuid none;
    return memcmp(&id, &none, sizeof id) == 0;
}

struct digest sha256(struct str data);
/* SHA-256 over parts, each preceded by its length as 8 big-endian bytes, so that no two lists collide. */
struct digest sha256_parts(const struct str *parts, size_t n);
struct digest hmac_sha256(struct str key, struct str data);
/* Cryptographically strong; ends the process if the system has none. */
void random_bytes(void *out, size_t n);

/* Lower case, 2n characters, no terminator. */
void hex_write(const void *bytes, size_t n, char *out);
/* Exactly 2n hexadecimal digits; false otherwise. */
bool hex_parse(struct str text, void *out, size_t n);

/* 36 characters, lower case, no terminator. */
void uuid_write(struct uuid u, char out[UUID_TEXT]);
void buf_uuid(struct buf *b, struct uuid u);
void buf_member_uuid(struct buf *b, const char *name, struct uuid u); /* ,"name":"…" */
/* RFC 9562 text form, either case; false otherwise. */
bool uuid_parse(struct str text, struct uuid *ret);
