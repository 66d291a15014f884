#include "internal.h"
#include "memory.h"
#include "transport.h"
#include "verify.h"

#include <stdio.h>

/* The client's chain is kept as the bytes it sent: a revocation or a passing date is judged by the whole chain again,
 * on a worker's thread, where the GnuTLS session must not be touched. */
struct peer_chain {
    size_t n;
    struct buf der[TLS_CHAIN_MOST];
};

struct tls_peer {
    struct tls *tls;
    struct generation *began; /* counted: the handshake uses its credentials */
    char address[64];
    struct peer_chain chain;
    uint64_t judged;        /* generation of the verdict; 0: none yet */
    struct verdict verdict; /* of the last judgement, good or not */
    struct transport transport;
};

static int alert_of(enum refusal r)
{
    static const gnutls_alert_description_t alerts[] = {
        [REFUSED_BAD] = GNUTLS_A_BAD_CERTIFICATE,         [REFUSED_PURPOSE] = GNUTLS_A_UNSUPPORTED_CERTIFICATE,
        [REFUSED_AUTHORITY] = GNUTLS_A_UNKNOWN_CA,        [REFUSED_TIME] = GNUTLS_A_CERTIFICATE_EXPIRED,
        [REFUSED_REVOKED] = GNUTLS_A_CERTIFICATE_REVOKED, [REFUSED_NO_CRL] = GNUTLS_A_CERTIFICATE_UNKNOWN,
    };
    return (int)alerts[r];
}

static void log_refused(const struct tls_peer *p, const char *reason)
{
    if (p->verdict.uri[0])
        log_event(p->tls->config.log, ERROR_LEVEL_WARNING, "tls.refused", "reason", reason, "peer", p->address, "uri",
                  p->verdict.uri, NULL);
    else
        log_event(p->tls->config.log, ERROR_LEVEL_WARNING, "tls.refused", "reason", reason, "peer", p->address, NULL);
}

/* libmicrohttpd closes without an alert of its own; this one tells the client why. */
static int refuse(const struct tls_peer *p, gnutls_session_t session, int alert, const char *reason)
{
    log_refused(p, reason);
    gnutls_alert_send(session, GNUTLS_AL_FATAL, (gnutls_alert_description_t)alert);
    return GNUTLS_E_CERTIFICATE_ERROR;
}

static void keep_chain(struct tls_peer *p, gnutls_session_t session)
{
    unsigned n = 0;
    const gnutls_datum_t *sent = gnutls_certificate_get_peers(session, &n);
    p->chain.n = sent && n <= TLS_CHAIN_MOST ? n : 0;
    for (size_t i = 0; i < p->chain.n; i++) {
        buf_clear(&p->chain.der[i]);
        buf_add(&p->chain.der[i], sent[i].data, sent[i].size);
    }
}

static STACK_OF(X509) * parse_chain(const struct peer_chain *c)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    for (size_t i = 0; i < c->n; i++) {
        const unsigned char *at = (const unsigned char *)c->der[i].p;
        X509 *x = d2i_X509(NULL, &at, (long)c->der[i].n);
        if (!x) { /* all or nothing: a chain with holes is not the one that was sent */
            sk_X509_pop_free(chain, X509_free);
            return sk_X509_new_null();
        }
        sk_X509_push(chain, x);
    }
    return chain;
}

static struct digest digest_of(const struct peer_chain *c)
{
    struct str parts[TLS_CHAIN_MOST];
    for (size_t i = 0; i < c->n; i++)
        parts[i] = buf_view(&c->der[i]);
    return sha256_parts(parts, c->n);
}

static struct verdict verify(const struct tls_peer *p, const struct generation *g, instant now)
{
    STACK_OF(X509) *chain = parse_chain(&p->chain);
    struct verdict v = chain_verify(g->trust, g->own, chain, now);
    sk_X509_pop_free(chain, X509_free);
    return v;
}

static void judge(struct tls_peer *p, const struct generation *g, instant now)
{
    struct digest chain = digest_of(&p->chain);
    p->judged = g->number;
    if (verdicts_find(g->verdicts, &chain, now, &p->verdict))
        return;
    p->verdict = verify(p, g, now);
    if (!p->verdict.reason)
        verdicts_keep(g->verdicts, &chain, &p->verdict);
}

/* In the handshake: by the generation in force now, which may be newer than the one the connection began with. */
static int judge_session(struct tls_peer *p, gnutls_session_t session)
{
    struct generation *g = tls_generation(p->tls);
    keep_chain(p, session);
    judge(p, g, clock_now(p->tls->config.clock));
    generation_unref(g);
    if (p->verdict.reason)
        return refuse(p, session, alert_of(p->verdict.refusal), p->verdict.reason);
    return 0;
}

/* Unless that is done. Called at every point from where a handshake could end well. */
static int ensure_judged(struct tls_peer *p, gnutls_session_t session)
{
    return p->judged && !p->verdict.reason ? 0 : judge_session(p, session);
}

static int on_verify(gnutls_session_t session)
{
    return ensure_judged(gnutls_db_get_ptr(session), session);
}

/* An empty Certificate message: RFC 8446 section 4.4.2 has a context before the list, RFC 5246 section 7.4.6 has not.
 */
static bool is_empty_certificate(gnutls_session_t session, const gnutls_datum_t *msg)
{
    size_t at = gnutls_protocol_get_version(session) >= GNUTLS_TLS1_3 ? 1U + (msg->size ? msg->data[0] : 0U) : 0;
    return msg->size >= at + 3 && msg->data[at] == 0 && msg->data[at + 1] == 0 && msg->data[at + 2] == 0;
}

/* GnuTLS ends a handshake without a certificate by itself, but silently. */
static int on_certificate(const struct tls_peer *p, gnutls_session_t session, const gnutls_datum_t *msg)
{
    if (!is_empty_certificate(session, msg))
        return 0;
    bool tls13 = gnutls_protocol_get_version(session) >= GNUTLS_TLS1_3;
    return refuse(p, session, (int)(tls13 ? GNUTLS_A_CERTIFICATE_REQUIRED : GNUTLS_A_HANDSHAKE_FAILURE),
                  "no certificate");
}

/* CertificateVerify: before GnuTLS looks at it, as it ends a handshake whose certificate may not sign without a word.
 * Finished, the client's last: a resumed session brings its chain in the ticket, sends no other message and never calls
 * on_verify. */
static int on_message(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                      const gnutls_datum_t *msg)
{
    struct tls_peer *p = gnutls_db_get_ptr(session);
    if (!incoming)
        return 0;
    if (type == GNUTLS_HANDSHAKE_CERTIFICATE_PKT && when == GNUTLS_HOOK_PRE)
        return on_certificate(p, session, msg);
    if (type == GNUTLS_HANDSHAKE_FINISHED)
        p->transport.finished = true;
    if ((type == GNUTLS_HANDSHAKE_CERTIFICATE_VERIFY && when == GNUTLS_HOOK_PRE) ||
        (type == GNUTLS_HANDSHAKE_FINISHED && when == GNUTLS_HOOK_POST))
        return ensure_judged(p, session);
    return 0;
}

struct tls_peer *tls_peer_open(struct tls *t, void *gnutls_session, const char *address)
{
    gnutls_session_t session = gnutls_session;
    struct tls_peer *p = memory_zeroed(sizeof *p);
    p->tls = t;
    p->began = tls_generation(t);
    snprintf(p->address, sizeof p->address, "%s", address);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, p->began->credentials);
    gnutls_priority_set(session, t->priorities);
    gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
    gnutls_certificate_send_x509_rdn_sequence(session, 1); /* 1: name no authorities */
    gnutls_session_set_verify_function(session, on_verify);
    gnutls_handshake_set_hook_function(session, (unsigned)GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_BOTH, on_message);
    /* The session's own pointer is libmicrohttpd's; that of the session database, which tickets make needless, is free.
     */
    gnutls_db_set_ptr(session, p);
    if (t->config.ticket_seconds) {
        gnutls_session_ticket_enable_server(session, &p->began->ticket_key);
        gnutls_db_set_cache_expiration(session, t->config.ticket_seconds);
    }
    return p;
}

void tls_peer_carry(struct tls_peer *p, void *gnutls_session, void (*starved)(void *ctx),
                    void (*full)(void *ctx, bool full), void *ctx)
{
    p->transport.starved = starved;
    p->transport.full = full;
    p->transport.ctx = ctx;
    transport_attach(&p->transport, gnutls_session);
}

void tls_peer_answers(struct tls_peer *p, size_t body)
{
    transport_expect(&p->transport, body);
}

void tls_peer_goes_on(struct tls_peer *p, bool on)
{
    p->transport.goes_on = on;
}

static bool still_holds(const struct tls_peer *p, instant now)
{
    return p->judged == atomic_load(&p->tls->number) && !p->verdict.reason && p->verdict.valid_from <= now &&
           now < p->verdict.identity.valid_until;
}

int tls_peer_identity(struct tls_peer *p, struct tls_identity *ret, struct fault *fault)
{
    instant now = clock_now(p->tls->config.clock);
    if (!still_holds(p, now)) {
        struct generation *g = tls_generation(p->tls);
        judge(p, g, now);
        generation_unref(g);
        if (p->verdict.reason) {
            log_refused(p, p->verdict.reason);
            return fault_set(fault, ERR_FORBIDDEN, "client certificate", "%s", p->verdict.reason);
        }
    }
    *ret = p->verdict.identity;
    return 0;
}

void tls_peer_close(struct tls_peer *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < TLS_CHAIN_MOST; i++)
        buf_free(&p->chain.der[i]);
    transport_free(&p->transport);
    generation_unref(p->began);
    free(p);
}
