/* A TLS server over a socket pair, as libmicrohttpd would drive server/tls, and an OpenSSL client that talks to it. */
#pragma once
#include "authority.h"
#include "tls.h"

#include <openssl/ssl.h>

/* A folder with two partners (usa.example, jpn.example), the exchange's own certificate, a clock that stands at
 * TEST_NOW and a log; opened as a struct tls. */
struct world {
    char folder[64];
    struct authority exchange, usa, jpn;
    struct certificate server;
    struct clock *clock;
    struct log *log;
    int log_fd;
    struct tls_config config;
    char paths[4][128];
    struct tls *tls;
};

void world_make(struct world *w);
void world_open(struct world *w); /* tls_open; must succeed */
void world_free(struct world *w);
const char *world_path(const struct world *w, const char *file); /* until the next call */
void world_set_clock(struct world *w, time_t now);
/* The partner's lists: revoked NULL-terminated or NULL; fresh for a day. */
void world_revoke(struct world *w, const char *domain, const struct authority *by, X509 *const *revoked);
void world_reload(struct world *w); /* must succeed */
/* Everything logged so far; until the next call. */
const char *world_log(struct world *w);

/* How to connect. Zero: TLS 1.3, no certificate. */
struct approach {
    const struct certificate *certificate;
    X509 *const *chain; /* further certificates to send, NULL-terminated */
    int version;        /* TLS1_2_VERSION … */
    SSL_SESSION *resume;
};

#define ANSWER_MAX 1024

struct connection {
    SSL_CTX *ctx;
    SSL *ssl;
    int alert;            /* the first fatal one from the server; -1: none */
    SSL_SESSION *session; /* the last ticket */
    struct server *server;
    char answer[ANSWER_MAX];
};

/* The handshake, whether it succeeds or not. */
void connection_open(struct world *w, const struct approach *a, struct connection *c);
/* Asks the server for tls_peer_identity. "yes <uri> <trust domain> <role> <name> <valid until>", "no <detail>", or ""
 * when the connection is closed; until the next call. */
const char *connection_ask(struct connection *c);
void connection_close(struct connection *c);
