#include "internal.h"
#include "memory.h"

#include <stdio.h>

#define TICKET_SECONDS_MOST 3600

/* TLS 1.3 and 1.2, forward secrecy and AEAD only (BCP 195, RFC 9325 section 4). */
static const char priorities[] = "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:"
                                 "-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:-MAC-ALL:+AEAD:"
                                 "%SERVER_PRECEDENCE";

static void log_loaded(const struct tls *t)
{
    char number[24], domains[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)t->current->number);
    snprintf(domains, sizeof domains, "%zu", trust_count(t->current->trust));
    log_event(t->config.log, ERROR_LEVEL_INFO, "tls.loaded", "generation", number, "trust_domains", domains, NULL);
}

int tls_open(const struct tls_config *config, struct tls **ret, struct fault *fault)
{
    if (config->ticket_seconds < 0 || config->ticket_seconds > TICKET_SECONDS_MOST)
        return fault_set(fault, ERR_BAD_CONFIG, "tls.ticket_seconds", "%d: expected 0 to %d", config->ticket_seconds,
                         TICKET_SECONDS_MOST);
    struct generation *g;
    int error = generation_load(config, 1, &g, fault);
    if (error)
        return error;
    struct tls *t = memory_zeroed(sizeof *t);
    t->config = *config;
    t->config.certificate = memory_strdup(config->certificate);
    t->config.key = memory_strdup(config->key);
    t->config.trust_dir = memory_strdup(config->trust_dir);
    pthread_mutex_init(&t->swap, NULL);
    atomic_init(&t->number, g->number);
    t->first = t->current = g;
    atomic_fetch_add(&g->references, 1);
    if (gnutls_priority_init(&t->priorities, priorities, NULL) < 0) {
        tls_free(t);
        return fault_set(fault, ERR_TLS, "", "GnuTLS does not know the cipher suites \"%s\"", priorities);
    }
    log_loaded(t);
    *ret = t;
    return 0;
}

void tls_free(struct tls *t)
{
    if (!t)
        return;
    generation_unref(t->current);
    generation_unref(t->first);
    if (t->priorities)
        gnutls_priority_deinit(t->priorities);
    pthread_mutex_destroy(&t->swap);
    free((void *)(uintptr_t)t->config.certificate);
    free((void *)(uintptr_t)t->config.key);
    free((void *)(uintptr_t)t->config.trust_dir);
    free(t);
}

struct generation *tls_generation(struct tls *t)
{
    pthread_mutex_lock(&t->swap);
    struct generation *g = t->current;
    atomic_fetch_add(&g->references, 1);
    pthread_mutex_unlock(&t->swap);
    return g;
}

/* Reloads are made one after the other, by one thread: the number needs no lock here. */
int tls_reload(struct tls *t, struct fault *fault)
{
    struct generation *next;
    int error = generation_load(&t->config, atomic_load(&t->number) + 1, &next, fault);
    if (error)
        return error;
    pthread_mutex_lock(&t->swap);
    struct generation *old = t->current;
    t->current = next;
    atomic_store(&t->number, next->number);
    pthread_mutex_unlock(&t->swap);
    generation_unref(old);
    log_loaded(t);
    return 0;
}

const char *tls_certificate_pem(const struct tls *t)
{
    return t->first->certificate_pem.p;
}

const char *tls_key_pem(const struct tls *t)
{
    return t->first->key_pem.p;
}
