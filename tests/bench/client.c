#include "client.h"
#include "memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_STEP 65536

static bool failed(struct client *c, const char *why)
{
    snprintf(c->failure, sizeof c->failure, "%s: %s", why, errno ? strerror(errno) : "closed by the server");
    return false;
}

SSL_CTX *client_context(const char *ca, const char *identity)
{
    const char *comma = strchr(identity, ',');
    if (!comma)
        return NULL;
    FREE_CLEANUP char *certificate = memory_strdup(identity);
    certificate[comma - identity] = '\0';
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_load_verify_file(ctx, ca) == 1 && SSL_CTX_use_certificate_chain_file(ctx, certificate) == 1 &&
        SSL_CTX_use_PrivateKey_file(ctx, comma + 1, SSL_FILETYPE_PEM) == 1)
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

bool client_open(struct client *c, SSL_CTX *ctx, const char *address, unsigned port, SSL_SESSION *session)
{
    int on = 1;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    *c = (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (c->fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1)
        return failed(c, address);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)
        return failed(c, "connect");
    c->ssl = SSL_new(ctx);
    return c->ssl && SSL_set_fd(c->ssl, c->fd) == 1 && SSL_set1_host(c->ssl, "localhost") == 1 &&
           (!session || SSL_set_session(c->ssl, session) == 1);
}

void client_close(struct client *c)
{
    SSL_free(c->ssl);
    if (c->fd >= 0)
        close(c->fd);
    buf_free(&c->out);
    buf_free(&c->in);
}

void client_request(struct client *c, const char *method, const char *target, struct str body)
{
    buf_clear(&c->out);
    buf_clear(&c->in);
    c->sent = c->body_at = c->chunk_at = c->length = c->received = 0;
    c->chunked = false;
    buf_printf(&c->out, "%s %s HTTP/1.1\r\nHost: localhost\r\nAccept: application/json, text/plain\r\n", method,
               target);
    if (c->coding)
        buf_printf(&c->out, "Accept-Encoding: %s\r\n", c->coding);
    if (body.n)
        buf_printf(&c->out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", body.n);
    buf_z(&c->out, "\r\n");
    buf_str(&c->out, body);
}

/* What an SSL call that did not succeed waits for. */
static enum client_wants wants(struct client *c, int result, const char *doing)
{
    int why = SSL_get_error(c->ssl, result);
    if (why == SSL_ERROR_WANT_READ)
        return CLIENT_READ;
    if (why == SSL_ERROR_WANT_WRITE)
        return CLIENT_WRITE;
    unsigned long error = ERR_peek_last_error();
    if (error)
        snprintf(c->failure, sizeof c->failure, "%s: %s", doing, ERR_reason_error_string(error));
    else
        failed(c, doing);
    ERR_clear_error();
    return CLIENT_FAILED;
}

const char *client_header(const struct client *c, const char *name)
{
    size_t n = strlen(name);
    for (const char *line = c->in.p; (line = memchr(line, '\n', (size_t)(c->in.p + c->body_at - line))); line++)
        if (strncasecmp(line + 1, name, n) == 0 && line[1 + n] == ':')
            return line + 2 + n;
    return NULL;
}

static void read_head(struct client *c)
{
    *buf_reserve(&c->in, 1) = '\0';
    const char *end = strstr(c->in.p, "\r\n\r\n");
    if (!end)
        return;
    c->body_at = c->chunk_at = (size_t)(end - c->in.p) + 4;
    c->status = c->in.n > 12 ? atoi(c->in.p + 9) : 0;
    const char *length = client_header(c, "Content-Length");
    c->chunked = client_header(c, "Transfer-Encoding") != NULL;
    c->length = length ? strtoul(length, NULL, 10) : 0;
}

/* Goes over whole chunks; true once the last one and its empty line are there. */
static bool chunks_complete(struct client *c)
{
    for (;;) {
        *buf_reserve(&c->in, 1) = '\0';
        const char *line = c->in.p + c->chunk_at, *end = strstr(line, "\r\n");
        if (!end)
            return false;
        size_t size = strtoul(line, NULL, 16), next = (size_t)(end - c->in.p) + 2 + size + 2;
        if (next > c->in.n)
            return false;
        if (size == 0)
            return true;
        c->chunk_at = next;
    }
}

/* Hands over at most n bytes at `at`, and says how many there were. */
static size_t hand_over(struct client *c, size_t at, size_t n)
{
    size_t there = c->in.n - at;
    if (n > there)
        n = there;
    if (n)
        c->piece(c->piece_ctx, (struct str){c->in.p + at, n});
    return n;
}

/* One step over a chunked body whose undigested part begins at *at; false when there is nothing to go on with. */
static bool digest(struct client *c, size_t *at, bool *last)
{
    size_t there = c->in.n - *at;
    if (c->length > 2) { /* the chunk's line end comes after it */
        size_t n = hand_over(c, *at, c->length - 2);
        c->length -= n;
        *at += n;
        return n > 0;
    }
    if (there < c->length)
        return false;
    *buf_reserve(&c->in, 1) = '\0';
    const char *line = c->in.p + *at + c->length, *end = strstr(line, "\r\n");
    if (!end || end + 2 > c->in.p + c->in.n)
        return false;
    size_t size = strtoul(line, NULL, 16);
    if (size == 0 && end + 4 > c->in.p + c->in.n)
        return false;
    *last = size == 0;
    *at = (size_t)(end - c->in.p) + 2;
    c->length = size + 2;
    return !*last;
}

static bool pieces_complete(struct client *c)
{
    size_t at = c->body_at;
    bool last = false;
    if (!c->chunked) {
        at += hand_over(c, at, c->length);
        c->length -= at - c->body_at;
    }
    while (c->chunked && digest(c, &at, &last))
        ;
    memmove(c->in.p + c->body_at, c->in.p + at, c->in.n - at);
    c->in.n -= at - c->body_at;
    return c->chunked ? last : c->length == 0;
}

static bool complete(struct client *c)
{
    if (!c->body_at)
        read_head(c);
    if (!c->body_at)
        return false;
    if (c->piece)
        return pieces_complete(c);
    return c->chunked ? chunks_complete(c) : c->in.n - c->body_at >= c->length;
}

static enum client_wants send_request(struct client *c)
{
    while (c->sent < c->out.n) {
        int n = SSL_write(c->ssl, c->out.p + c->sent, (int)(c->out.n - c->sent));
        if (n <= 0)
            return wants(c, n, "send");
        c->sent += (size_t)n;
    }
    return CLIENT_DONE;
}

enum client_wants client_step(struct client *c)
{
    errno = 0;
    if (!c->connected) {
        int done = SSL_connect(c->ssl);
        if (done != 1)
            return wants(c, done, "handshake");
        c->connected = true;
        return CLIENT_DONE;
    }
    if (c->sent < c->out.n) {
        enum client_wants w = send_request(c);
        if (w != CLIENT_DONE)
            return w;
    }
    while (!complete(c)) {
        int n = SSL_read(c->ssl, buf_reserve(&c->in, READ_STEP), READ_STEP - 1);
        if (n <= 0)
            return wants(c, n, "receive");
        c->in.n += (size_t)n;
        c->received += (size_t)n;
    }
    return CLIENT_DONE;
}

struct str client_body(const struct client *c)
{
    return (struct str){c->in.p + c->body_at, c->in.n - c->body_at};
}
