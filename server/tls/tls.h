/* Mutual TLS: credential generations, the check of the client's chain, and the identity it proves.
 *
 * GnuTLS carries the records (libmicrohttpd knows no other library); OpenSSL decides whether a chain is good. */
#pragma once
#include "clock.h"
#include "error.h"
#include "log.h"

#define TLS_URI_MAX 256
#define TLS_NAME_MAX 128

struct tls_config {
    const char *certificate; /* PEM chain of the server */
    const char *key;         /* PEM; refused if group or others may read it */
    const char *trust_dir;   /* DIR/<trust domain>/ca.pem and crl.pem, one folder a trust domain */
    int ticket_seconds;      /* lifetime of session tickets, 0 to 3600; 0: no resumption */
    struct clock *clock;
    struct log *log;
};

/* What a client certificate proves: spiffe://<trust domain>/<role>/<name>. */
struct tls_identity {
    char uri[TLS_URI_MAX];
    char trust_domain[TLS_NAME_MAX], role[TLS_NAME_MAX], name[TLS_NAME_MAX];
    instant valid_until; /* the earliest of every notAfter in the chain and the CRL's nextUpdate */
};

struct tls;
int tls_open(const struct tls_config *config, struct tls **ret, struct fault *fault);
void tls_free(struct tls *t); /* accepts NULL; no peer may be open */
/* Reads certificates, CAs and CRLs anew. On failure the old generation stays in force. Connections go on; each peer's
 * next tls_peer_identity is judged by the new generation. */
int tls_reload(struct tls *t, struct fault *fault);
/* Opaque to http: for MHD_OPTION_HTTPS_MEM_*: the PEM texts of the first generation, valid for the life of t. */
const char *tls_certificate_pem(const struct tls *t);
const char *tls_key_pem(const struct tls *t);

/* One connection. gnutls_session is the gnutls_session_t that libmicrohttpd made, before its handshake; address is for
 * the log line of a refusal. */
struct tls_peer;
struct tls_peer *tls_peer_open(struct tls *t, void *gnutls_session, const char *address);
/* From here on, by the thread that carries the connection: starved(ctx) each time that the handshake finds nothing to
 * read; full(ctx, true) when the kernel takes no more of what is sent, and full(ctx, false) when it does again. */
void tls_peer_carry(struct tls_peer *p, void *gnutls_session, void (*starved)(void *ctx),
                    void (*full)(void *ctx, bool full), void *ctx);
/* What is sent next, after tls_peer_carry, is the header of an answer, behind which a body of so many bytes (0:
 * none) follows at once: they leave together. */
void tls_peer_answers(struct tls_peer *p, size_t body);
/* Whether more of the body follows at once behind what is sent next. */
void tls_peer_goes_on(struct tls_peer *p, bool on);
/* Call on every request. 0 with the identity; ERR_FORBIDDEN when the certificate is expired, revoked or no longer
 * trusted (also on resumed sessions, whose handshake skipped the check): the connection must then be closed. Cached by
 * connection, generation and time, so that it normally costs a comparison. */
int tls_peer_identity(struct tls_peer *p, struct tls_identity *ret, struct fault *fault);
/* After the connection is closed; the GnuTLS session is gone by then and is not touched. Accepts NULL. */
void tls_peer_close(struct tls_peer *p);
