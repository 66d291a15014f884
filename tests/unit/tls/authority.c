#include "authority.h"

#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

static EVP_PKEY *new_key(int rsa_bits)
{
    EVP_PKEY *key = rsa_bits ? EVP_RSA_gen((unsigned)rsa_bits) : EVP_EC_gen("P-256");
    cr_assert(key);
    return key;
}

static void add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    cr_assert(e, "extension %s", value);
    X509_add_ext(x, e, -1);
    X509_EXTENSION_free(e);
}

static X509 *begin(const char *name, EVP_PKEY *key, const struct authority *by, int from_days, int to_days)
{
    static long serial = 1000;
    X509 *x = X509_new();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(x, by ? X509_get_subject_name(by->certificate) : X509_get_subject_name(x));
    ASN1_TIME_set(X509_getm_notBefore(x), TEST_NOW + (time_t)from_days * TEST_DAY);
    ASN1_TIME_set(X509_getm_notAfter(x), TEST_NOW + (time_t)to_days * TEST_DAY);
    X509_set_pubkey(x, key);
    return x;
}

static X509 *authority_certificate(const char *name, EVP_PKEY *key, const struct authority *by)
{
    X509 *x = begin(name, key, by, -1000, 1000);
    add_extension(x, x, NID_basic_constraints, "critical,CA:true");
    add_extension(x, x, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(x, x, NID_subject_key_identifier, "hash");
    cr_assert(X509_sign(x, by ? by->key : key, EVP_sha256()));
    return x;
}

struct authority authority_make(const char *name, const struct authority *by)
{
    EVP_PKEY *key = new_key(0);
    return (struct authority){key, authority_certificate(name, key, by)};
}

X509 *authority_cross_sign(const struct authority *of, const struct authority *by)
{
    char name[64];
    X509_NAME_get_text_by_NID(X509_get_subject_name(of->certificate), NID_commonName, name, sizeof name);
    return authority_certificate(name, of->key, by);
}

struct certificate certificate_make(const struct authority *by, const char *uri, const struct oddity *odd)
{
    static const struct oddity none;
    const struct oddity *o = odd ? odd : &none;
    char san[600];
    EVP_PKEY *key = new_key(o->rsa_bits);
    X509 *x = begin("client", key, by, o->from_days ? o->from_days : -10, o->to_days ? o->to_days : 100);
    add_extension(x, by->certificate, NID_basic_constraints,
                  o->is_authority ? "critical,CA:true" : "critical,CA:false");
    add_extension(x, by->certificate, NID_key_usage,
                  o->is_authority ? "critical,digitalSignature,keyCertSign" : "critical,digitalSignature");
    snprintf(san, sizeof san, "URI:%s", uri);
    if (!o->san || *o->san)
        add_extension(x, by->certificate, NID_subject_alt_name, o->san ? o->san : san);
    if (!o->eku || *o->eku)
        add_extension(x, by->certificate, NID_ext_key_usage, o->eku ? o->eku : "clientAuth");
    cr_assert(X509_sign(x, by->key, EVP_sha256()));
    return (struct certificate){key, x};
}

void authority_free(struct authority *a)
{
    EVP_PKEY_free(a->key);
    X509_free(a->certificate);
}

void certificate_free(struct certificate *c)
{
    EVP_PKEY_free(c->key);
    X509_free(c->x509);
}

X509_CRL *crl_make(const struct authority *by, X509 *const *revoked, time_t from, const time_t *to)
{
    X509_CRL *c = X509_CRL_new();
    ASN1_TIME *t = ASN1_TIME_set(NULL, from);
    X509_CRL_set_version(c, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(c, X509_get_subject_name(by->certificate));
    X509_CRL_set1_lastUpdate(c, t);
    for (; revoked && *revoked; revoked++) {
        X509_REVOKED *r = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(r, X509_get_serialNumber(*revoked));
        X509_REVOKED_set_revocationDate(r, t);
        X509_CRL_add0_revoked(c, r);
    }
    if (to)
        X509_CRL_set1_nextUpdate(c, ASN1_TIME_set(t, *to));
    ASN1_TIME_free(t);
    cr_assert(X509_CRL_sign(c, by->key, EVP_sha256()));
    return c;
}

static FILE *create(const char *path)
{
    char beside[600];
    snprintf(beside, sizeof beside, "%s.new", path);
    FILE *f = fopen(beside, "w");
    cr_assert(f, "%s", beside);
    fchmod(fileno(f), 0600);
    cr_assert_eq(rename(beside, path), 0);
    return f;
}

void write_key(const char *path, EVP_PKEY *key)
{
    FILE *f = create(path);
    PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
    fclose(f);
}

void write_certificates(const char *path, ...)
{
    FILE *f = create(path);
    va_list args;
    va_start(args, path);
    for (X509 *x; (x = va_arg(args, X509 *));)
        PEM_write_X509(f, x);
    va_end(args);
    fclose(f);
}

void write_crls(const char *path, ...)
{
    FILE *f = create(path);
    va_list args;
    va_start(args, path);
    for (X509_CRL *c; (c = va_arg(args, X509_CRL *)); X509_CRL_free(c))
        PEM_write_X509_CRL(f, c);
    va_end(args);
    fclose(f);
}
