/* Certificates of every kind for the tests, good and bad, at any date; made in memory and written as PEM. */
#pragma once
#include <openssl/x509.h>
#include <time.h>

#define TEST_NOW 1772366400 /* 2026-03-01T12:00:00Z */
#define TEST_DAY 86400

struct authority {
    EVP_PKEY *key;
    X509 *certificate;
};

struct certificate {
    EVP_PKEY *key;
    X509 *x509;
};

/* What differs from a good client certificate; zero means good. */
struct oddity {
    const char *san;        /* as in openssl's configuration; NULL: from uri; "": none */
    const char *eku;        /* NULL: clientAuth; "": none */
    int from_days, to_days; /* from TEST_NOW; 0: ten days ago, a hundred days ahead */
    int is_authority;
    int rsa_bits; /* 0: EC P-256 */
};

/* by NULL: its own root. */
struct authority authority_make(const char *name, const struct authority *by);
/* The same key and name, vouched for by another authority. */
X509 *authority_cross_sign(const struct authority *of, const struct authority *by);
struct certificate certificate_make(const struct authority *by, const char *uri, const struct oddity *odd);
void authority_free(struct authority *a);
void certificate_free(struct certificate *c);

/* A list of revoked certificates (NULL-terminated array, NULL: none); to NULL: without an end. */
X509_CRL *crl_make(const struct authority *by, X509 *const *revoked, time_t from, const time_t *to);

void write_key(const char *path, EVP_PKEY *key);
/* Each ends with a NULL argument. */
__attribute__((sentinel)) void write_certificates(const char *path, ...);
/* Frees the lists. */
__attribute__((sentinel)) void write_crls(const char *path, ...);
