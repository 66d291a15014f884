/* One kept-alive HTTPS connection, without blocking: handshake, then request and answer in turns. */
#pragma once
#include "buf.h"

#include <openssl/ssl.h>
#include <stdint.h>

enum client_wants { CLIENT_READ, CLIENT_WRITE, CLIENT_DONE, CLIENT_FAILED };

struct client {
    int fd;
    SSL *ssl;
    bool connected; /* the handshake is over */
    struct buf out; /* what is left of the request begins at sent */
    size_t sent;
    struct buf in;   /* the answer as far as it is there */
    size_t body_at;  /* 0: head not complete */
    size_t chunk_at; /* chunked: where the next size line begins */
    bool chunked;
    size_t
        length; /* of the body, when not chunked; with `piece` what is left of it or, with its line end, of the chunk */
    int status;
    size_t received;    /* bytes of the answer, head and framing included */
    const char *coding; /* what it accepts, unless NULL; the caller's */
    /* When set, the body is handed over as it comes and not kept. The caller's, as piece_ctx and began are. */
    void (*piece)(void *ctx, struct str bytes);
    void *piece_ctx;
    uint64_t began; /* microseconds */
    char failure[160];
};

/* What clients of one identity share: `identity` is CERTIFICATE,KEY. NULL when a file cannot be used. */
SSL_CTX *client_context(const char *ca, const char *identity);
/* Begins to connect, to resume `session` unless it is NULL. False with c->failure. */
bool client_open(struct client *c, SSL_CTX *ctx, const char *address, unsigned port, SSL_SESSION *session);
void client_close(struct client *c);
/* Puts a request in place; body may be empty. */
void client_request(struct client *c, const char *method, const char *target, struct str body);
/* Goes on as far as it can. CLIENT_DONE: the handshake is over (no request yet), or the answer is complete: status, and
 * client_body while it is not chunked. */
enum client_wants client_step(struct client *c);
struct str client_body(const struct client *c);
/* Of the answer: where the field's value begins, NULL without the field. */
const char *client_header(const struct client *c, const char *name);
