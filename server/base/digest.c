#include "digest.h"

#include "buf.h"
#include "memory.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>

#define HMAC_BLOCK 64 /* FIPS 198-1, for SHA-256 */

static void must(int ok)
{
    if (ok != 1)
        abort(); /* only memory exhaustion or a broken OpenSSL: nothing signed or stored can be trusted after it */
}

static EVP_MD *md;

static void fetch_md(void)
{
    md = EVP_MD_fetch(NULL, "SHA256", NULL);
    must(md != NULL);
}

/* Looked up once: OpenSSL 3 would do it for each digest, under locks that all threads share. */
static EVP_MD_CTX *begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    must(pthread_once(&once, fetch_md) == 0);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    must(ctx && EVP_DigestInit_ex(ctx, md, NULL));
    return ctx;
}

static struct digest end(EVP_MD_CTX *ctx)
{
    struct digest d;
    must(EVP_DigestFinal_ex(ctx, d.bytes, NULL));
    EVP_MD_CTX_free(ctx);
    return d;
}

struct digest sha256(struct str data)
{
    EVP_MD_CTX *ctx = begin();
    must(EVP_DigestUpdate(ctx, data.p, data.n));
    return end(ctx);
}

static void length_prefix(size_t n, uint8_t out[8])
{
    for (int i = 7; i >= 0; i--, n >>= 8)
        out[i] = (uint8_t)(n & 0xff);
}

struct digest sha256_parts(const struct str *parts, size_t n)
{
    EVP_MD_CTX *ctx = begin();
    for (size_t i = 0; i < n; i++) {
        uint8_t prefix[8];
        length_prefix(parts[i].n, prefix);
        must(EVP_DigestUpdate(ctx, prefix, sizeof prefix));
        must(EVP_DigestUpdate(ctx, parts[i].p, parts[i].n));
    }
    return end(ctx);
}

static struct digest sha256_behind(const uint8_t key[HMAC_BLOCK], uint8_t pad, struct str data)
{
    uint8_t block[HMAC_BLOCK];
    for (size_t i = 0; i < HMAC_BLOCK; i++)
        block[i] = key[i] ^ pad;
    EVP_MD_CTX *ctx = begin();
    must(EVP_DigestUpdate(ctx, block, sizeof block));
    must(EVP_DigestUpdate(ctx, data.p, data.n));
    OPENSSL_cleanse(block, sizeof block);
    return end(ctx);
}

/* FIPS 198-1, section 4. OpenSSL's HMAC() looks up an algorithm and its parameters each time: three times as long. */
struct digest hmac_sha256(struct str key, struct str data)
{
    uint8_t block[HMAC_BLOCK] = {0};
    struct digest d = {0};
    if (key.n > HMAC_BLOCK) {
        d = sha256(key);
        memcpy(block, d.bytes, DIGEST_SIZE);
    } else if (key.n) {
        memcpy(block, key.p, key.n);
    }
    d = sha256_behind(block, 0x36, data);
    d = sha256_behind(block, 0x5c, (struct str){(const char *)d.bytes, DIGEST_SIZE});
    OPENSSL_cleanse(block, sizeof block);
    return d;
}

void random_bytes(void *out, size_t n)
{
    must(RAND_bytes(out, (int)n));
}

void hex_write(const void *bytes, size_t n, char *out)
{
    static const char hex[] = "0123456789abcdef";
    const uint8_t *b = bytes;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = hex[b[i] >> 4];
        out[2 * i + 1] = hex[b[i] & 15];
    }
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hex_parse(struct str text, void *out, size_t n)
{
    uint8_t *b = out;
    if (text.n != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = nibble(text.p[2 * i]), low = nibble(text.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        b[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* RFC 9562 section 4: groups of 4, 2, 2, 2 and 6 bytes. */
static const uint8_t uuid_groups[] = {4, 2, 2, 2, 6};

void uuid_write(struct uuid u, char out[UUID_TEXT])
{
    const uint8_t *from = u.bytes;
    for (size_t g = 0; g < sizeof uuid_groups; g++) {
        if (g)
            *out++ = '-';
        hex_write(from, uuid_groups[g], out);
        from += uuid_groups[g];
        out += 2 * uuid_groups[g];
    }
}

void buf_uuid(struct buf *b, struct uuid u)
{
    uuid_write(u, buf_reserve(b, UUID_TEXT));
    b->n += UUID_TEXT;
}

void buf_member_uuid(struct buf *b, const char *name, struct uuid u)
{
    buf_printf(b, ",\"%s\":\"", name);
    buf_uuid(b, u);
    buf_char(b, '"');
}

bool uuid_parse(struct str text, struct uuid *ret)
{
    struct uuid u;
    uint8_t *to = u.bytes;
    const char *p = text.p;
    if (text.n != UUID_TEXT)
        return false;
    for (size_t g = 0; g < sizeof uuid_groups; g++) {
        if (g && *p++ != '-')
            return false;
        if (!hex_parse((struct str){p, 2 * (size_t)uuid_groups[g]}, to, uuid_groups[g]))
            return false;
        p += 2 * uuid_groups[g];
        to += uuid_groups[g];
    }
    *ret = u;
    return true;
}
