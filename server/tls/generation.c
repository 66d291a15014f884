#include "generation.h"
#include "file.h"
#include "memory.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>

#define PEM_MOST ((size_t)256 * 1024)

static int check_private(const char *path, struct fault *fault)
{
    struct stat s;
    if (stat(path, &s) != 0)
        return fault_set(fault, ERR_TLS, "tls.key", "%s: %s", path, strerror(errno));
    if (s.st_mode & (S_IRWXG | S_IRWXO))
        return fault_set(fault, ERR_TLS, "tls.key", "%s: mode %04o lets others at the key, expected 0600 or 0400", path,
                         (unsigned)(s.st_mode & 07777));
    return 0;
}

static int read_pem(const char *setting, const char *path, struct buf *out, struct fault *fault)
{
    struct fault why;
    if (file_read(path, PEM_MOST, out, &why))
        return fault_set(fault, ERR_TLS, setting, "%s: %s", path, why.detail);
    *buf_reserve(out, 1) = '\0';
    return 0;
}

static int read_files(const struct tls_config *config, struct generation *g, struct fault *fault)
{
    int error = read_pem("tls.certificate", config->certificate, &g->certificate_pem, fault);
    if (!error)
        error = check_private(config->key, fault);
    return error ? error : read_pem("tls.key", config->key, &g->key_pem, fault);
}

static int parse_own(const struct tls_config *config, struct generation *g, struct fault *fault)
{
    BIO *bio = BIO_new_mem_buf(g->certificate_pem.p, (int)g->certificate_pem.n);
    g->own = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    ERR_clear_error();
    if (!g->own)
        return fault_set(fault, ERR_TLS, "tls.certificate", "%s: expected a PEM certificate", config->certificate);
    return 0;
}

static gnutls_datum_t datum(struct buf *b)
{
    return (gnutls_datum_t){(unsigned char *)b->p, (unsigned)b->n};
}

static int make_credentials(const struct tls_config *config, struct generation *g, struct fault *fault)
{
    gnutls_datum_t certificate = datum(&g->certificate_pem), key = datum(&g->key_pem);
    int e = gnutls_certificate_allocate_credentials(&g->credentials);
    if (e == 0)
        e = gnutls_certificate_set_x509_key_mem2(g->credentials, &certificate, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (e < 0)
        return fault_set(fault, ERR_TLS, "tls.key", "%s and %s: %s", config->certificate, config->key,
                         gnutls_strerror(e));
    if (config->ticket_seconds && gnutls_session_ticket_key_generate(&g->ticket_key) < 0)
        return fault_set(fault, ERR_TLS, "", "cannot make a key for session tickets");
    return 0;
}

int generation_load(const struct tls_config *config, uint64_t number, struct generation **ret, struct fault *fault)
{
    struct generation *g = memory_zeroed(sizeof *g);
    atomic_init(&g->references, 1);
    g->number = number;
    g->verdicts = verdicts_new();
    int error = read_files(config, g, fault);
    if (!error)
        error = parse_own(config, g, fault);
    if (!error)
        error = make_credentials(config, g, fault);
    if (!error)
        error = trust_load(config->trust_dir, clock_now(config->clock), config->log, &g->trust, fault);
    if (error) {
        generation_unref(g);
        return error;
    }
    *ret = g;
    return 0;
}

static void wipe(struct buf *b)
{
    if (b->p)
        OPENSSL_cleanse(b->p, b->cap);
    buf_free(b);
}

void generation_unref(struct generation *g)
{
    if (!g || atomic_fetch_sub(&g->references, 1) != 1)
        return;
    if (g->credentials)
        gnutls_certificate_free_credentials(g->credentials);
    if (g->ticket_key.data)
        gnutls_memset(g->ticket_key.data, 0, g->ticket_key.size);
    gnutls_free(g->ticket_key.data);
    X509_free(g->own);
    trust_free(g->trust);
    verdicts_free(g->verdicts);
    buf_free(&g->certificate_pem);
    wipe(&g->key_pem);
    free(g);
}
