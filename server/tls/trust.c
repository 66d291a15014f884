#include "trust.h"
#include "file.h"
#include "memory.h"
#include "tls.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

#define CA_FILE_MOST ((size_t)1024 * 1024)
#define CRL_FILE_MOST ((size_t)64 * 1024 * 1024)
#define PATH_MOST 4096

struct domain {
    char name[TLS_NAME_MAX];
    X509_STORE *store; /* NULL: no usable authority */
    STACK_OF(X509_CRL) * crls;
};

struct trust {
    size_t n, cap;
    struct domain *domains; /* sorted by name */
};

/* What one load of a partner needs at hand. */
struct loading {
    const char *directory;
    struct log *log;
    instant now;
    struct domain *domain;
};

instant instant_of_asn1(const ASN1_TIME *time)
{
    struct tm tm;
    if (!time || ASN1_TIME_to_tm(time, &tm) != 1)
        return INSTANT_MIN;
    return (instant)timegm(&tm) * INSTANT_SECOND;
}

static void closed(const struct loading *l, const char *reason, const char *subject)
{
    log_event(l->log, ERROR_LEVEL_WARNING, "tls.partner_closed", "trust_domain", l->domain->name, "reason", reason,
              "authority", subject, NULL);
}

static int read_pem(const struct loading *l, const char *file, size_t most, BIO **ret)
{
    char path[PATH_MOST];
    struct fault fault;
    BUF_CLEANUP struct buf text = {0};
    snprintf(path, sizeof path, "%s/%s/%s", l->directory, l->domain->name, file);
    int error = file_read(path, most, &text, &fault);
    if (error) {
        closed(l, fault.detail, file);
        return error;
    }
    *ret = BIO_new(BIO_s_mem());
    if (!*ret || BIO_write(*ret, text.p, (int)text.n) != (int)text.n)
        memory_exhausted(text.n);
    return 0;
}

/* The PEM readers end with "no start line" at the end of a file; every other end is a damaged file. */
static bool read_to_the_end(void)
{
    bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    return ended;
}

static STACK_OF(X509) * read_authorities(const struct loading *l)
{
    BIO *bio;
    STACK_OF(X509) *all = sk_X509_new_null();
    if (!all || read_pem(l, "ca.pem", CA_FILE_MOST, &bio))
        return all;
    bool good = true;
    for (X509 *x; good && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL));) {
        sk_X509_push(all, x);
        good = X509_check_ca(x) > 0;
    }
    good = good && read_to_the_end() && sk_X509_num(all) > 0;
    BIO_free(bio);
    if (!good) {
        closed(l, "expected PEM certificates of authorities, and nothing damaged", "ca.pem");
        sk_X509_pop_free(all, X509_free);
        return sk_X509_new_null();
    }
    return all;
}

static STACK_OF(X509_CRL) * read_crls(const struct loading *l)
{
    BIO *bio;
    STACK_OF(X509_CRL) *all = sk_X509_CRL_new_null();
    if (!all || read_pem(l, "crl.pem", CRL_FILE_MOST, &bio))
        return all;
    for (X509_CRL *c; (c = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL));)
        sk_X509_CRL_push(all, c);
    bool good = read_to_the_end() && sk_X509_CRL_num(all) > 0;
    BIO_free(bio);
    if (!good) {
        closed(l, "expected PEM revocation lists, and nothing damaged", "crl.pem");
        sk_X509_CRL_pop_free(all, X509_CRL_free);
        return sk_X509_CRL_new_null();
    }
    return all;
}

static bool issued(X509 *authority, X509_CRL *crl)
{
    bool named = X509_NAME_cmp(X509_get_subject_name(authority), X509_CRL_get_issuer(crl)) == 0;
    bool signed_by = named && X509_CRL_verify(crl, X509_get0_pubkey(authority)) == 1;
    ERR_clear_error();
    return signed_by;
}

/* Only lists that the authority signed and that say when they end (RFC 5280 section 5.1.2.5) count: OpenSSL would take
 * one without an end as good for ever. Stale ones are kept, so that the refusal can say so. */
static bool adopt_crls(struct domain *d, X509 *authority, const STACK_OF(X509_CRL) * crls, instant now)
{
    bool fresh = false;
    for (int i = 0; i < sk_X509_CRL_num(crls); i++) {
        X509_CRL *c = sk_X509_CRL_value(crls, i);
        if (!X509_CRL_get0_nextUpdate(c) || !issued(authority, c))
            continue;
        X509_STORE_add_crl(d->store, c);
        X509_CRL_up_ref(c);
        sk_X509_CRL_push(d->crls, c);
        fresh |=
            instant_of_asn1(X509_CRL_get0_lastUpdate(c)) <= now && now < instant_of_asn1(X509_CRL_get0_nextUpdate(c));
    }
    return fresh;
}

static void load_domain(const struct loading *l)
{
    struct domain *d = l->domain;
    STACK_OF(X509) *authorities = read_authorities(l);
    STACK_OF(X509_CRL) *crls = read_crls(l);
    d->crls = sk_X509_CRL_new_null();
    d->store = sk_X509_num(authorities) > 0 ? X509_STORE_new() : NULL;
    for (int i = 0; i < sk_X509_num(authorities); i++) {
        X509 *authority = sk_X509_value(authorities, i);
        char subject[256];
        X509_STORE_add_cert(d->store, authority);
        if (!adopt_crls(d, authority, crls, l->now) && sk_X509_CRL_num(crls) > 0)
            closed(l, "no current revocation list",
                   X509_NAME_oneline(X509_get_subject_name(authority), subject, sizeof subject));
    }
    sk_X509_pop_free(authorities, X509_free);
    sk_X509_CRL_pop_free(crls, X509_CRL_free);
}

static struct domain *add_domain(struct trust *t, const char *name)
{
    if (t->n == t->cap) {
        t->cap = t->cap ? 2 * t->cap : 16;
        t->domains = memory_resize(t->domains, t->cap * sizeof *t->domains);
    }
    struct domain *d = &t->domains[t->n++];
    *d = (struct domain){0};
    memcpy(d->name, name, strlen(name) + 1);
    return d;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct domain *)a)->name, ((const struct domain *)b)->name);
}

int trust_load(const char *directory, instant now, struct log *log, struct trust **ret, struct fault *fault)
{
    DIR *dir = opendir(directory);
    if (!dir)
        return fault_set(fault, ERR_TLS, "tls.trust_dir", "%s: %s", directory, strerror(errno));
    struct trust *t = memory_zeroed(sizeof *t);
    for (const struct dirent *e; (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue; /* what a tool is still making */
        if (strlen(e->d_name) >= TLS_NAME_MAX) {
            log_event(log, ERROR_LEVEL_WARNING, "tls.partner_ignored", "folder", e->d_name, "reason", "name too long",
                      NULL);
            continue;
        }
        load_domain(&(struct loading){directory, log, now, add_domain(t, e->d_name)});
    }
    closedir(dir);
    if (t->n)
        qsort(t->domains, t->n, sizeof *t->domains, by_name);
    *ret = t;
    return 0;
}

void trust_free(struct trust *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n; i++) {
        X509_STORE_free(t->domains[i].store);
        sk_X509_CRL_pop_free(t->domains[i].crls, X509_CRL_free);
    }
    free(t->domains);
    free(t);
}

size_t trust_count(const struct trust *t)
{
    return t->n;
}

static const struct domain *find(const struct trust *t, const char *name)
{
    struct domain key = {0};
    snprintf(key.name, sizeof key.name, "%s", name);
    return t->n ? bsearch(&key, t->domains, t->n, sizeof key, by_name) : NULL;
}

X509_STORE *trust_store(const struct trust *t, const char *trust_domain)
{
    const struct domain *d = find(t, trust_domain);
    return d ? d->store : NULL;
}

static void narrow(instant edge, instant now, instant *from, instant *until)
{
    if (edge <= now && edge > *from)
        *from = edge;
    if (edge > now && edge < *until)
        *until = edge;
}

void trust_span(const struct trust *t, const char *trust_domain, instant now, instant *from, instant *until)
{
    const struct domain *d = find(t, trust_domain);
    for (int i = 0; d && i < sk_X509_CRL_num(d->crls); i++) {
        const X509_CRL *c = sk_X509_CRL_value(d->crls, i);
        narrow(instant_of_asn1(X509_CRL_get0_lastUpdate(c)), now, from, until);
        narrow(instant_of_asn1(X509_CRL_get0_nextUpdate(c)), now, from, until);
    }
}
