#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static bool connect_to(unsigned port, int *ret_fd)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
    *ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return *ret_fd >= 0 && connect(*ret_fd, (struct sockaddr *)&a, sizeof a) == 0;
}

struct wire wire_open(unsigned port)
{
    struct wire w = {0};
    int on = 1;
    if (!connect_to(port, &w.fd)) {
        perror("connect");
        abort();
    }
    setsockopt(w.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return w;
}

struct wire wire_open_tls(unsigned port, SSL_CTX *context)
{
    struct wire w = wire_open(port);
    w.tls = SSL_new(context);
    SSL_set_fd(w.tls, w.fd);
    w.ended = SSL_connect(w.tls) != 1;
    return w;
}

bool wire_refused(unsigned port)
{
    int fd;
    bool connected = connect_to(port, &fd);
    close(fd);
    return !connected;
}

void wire_close(struct wire *w)
{
    SSL_free(w->tls);
    close(w->fd);
    buf_free(&w->in);
}

void wire_send(struct wire *w, struct str bytes, size_t step)
{
    for (size_t at = 0; at < bytes.n;) {
        size_t left = bytes.n - at;
        size_t part = step && step < left ? step : left;
        ssize_t n = w->tls ? SSL_write(w->tls, bytes.p + at, (int)part) : send(w->fd, bytes.p + at, part, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        at += (size_t)n;
    }
}

static bool receive(struct wire *w)
{
    ssize_t n;
    if (w->ended)
        return false;
    do
        n = w->tls ? SSL_read(w->tls, buf_reserve(&w->in, 65536), 65536)
                   : recv(w->fd, buf_reserve(&w->in, 65536), 65536, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        w->in.n += (size_t)n;
    w->ended = n <= 0;
    return n > 0;
}

static void take(struct wire *w, size_t n, struct buf *to)
{
    buf_add(to, w->in.p, n);
    memmove(w->in.p, w->in.p + n, w->in.n - n);
    w->in.n -= n;
}

/* Up to and with the first `end`. */
static bool take_to(struct wire *w, const char *end, struct buf *to)
{
    for (;;) {
        char *found = w->in.n ? memmem(w->in.p, w->in.n, end, strlen(end)) : NULL;
        if (found) {
            take(w, (size_t)(found - w->in.p) + strlen(end), to);
            return true;
        }
        if (!receive(w))
            return false;
    }
}

static bool take_n(struct wire *w, size_t n, struct buf *to)
{
    while (w->in.n < n)
        if (!receive(w))
            return false;
    take(w, n, to);
    return true;
}

static bool take_chunk(struct wire *w, struct buf *to, bool *ret_last)
{
    BUF_CLEANUP struct buf line = {0};
    if (!take_to(w, "\r\n", &line))
        return false;
    size_t n = strtoul(line.p, NULL, 16);
    if (n && !take_n(w, n, to))
        return false;
    buf_clear(&line);
    *ret_last = n == 0;
    return take_to(w, "\r\n", &line);
}

static bool take_chunks(struct wire *w, struct buf *to)
{
    bool last;
    do
        if (!take_chunk(w, to, &last))
            return false;
    while (!last);
    return true;
}

const char *wire_field(const struct wire_answer *a, const char *name)
{
    static _Thread_local char value[512];
    size_t n = strlen(name), count = 0;
    value[0] = '\0';
    for (const char *line = a->header.p, *end = line + a->header.n; line < end;) {
        const char *stop = memmem(line, (size_t)(end - line), "\r\n", 2);
        if ((size_t)(stop - line) > n && strncasecmp(line, name, n) == 0 && line[n] == ':') {
            snprintf(value, sizeof value, "%.*s", (int)(stop - line - (long)n - 2), line + n + 2);
            count++;
        }
        line = stop + 2;
    }
    return count > 1 ? "twice" : value;
}

static bool take_body(struct wire *w, bool head, struct wire_answer *a)
{
    const char *length = wire_field(a, "Content-Length");
    if (head || a->status < 200 || a->status == 204 || a->status == 304)
        return true;
    if (*length)
        return take_n(w, strtoul(length, NULL, 10), &a->body);
    return strcmp(wire_field(a, "Transfer-Encoding"), "chunked") == 0 && take_chunks(w, &a->body);
}

static void terminate(struct buf *b)
{
    buf_char(b, '\0');
    b->n--;
}

struct wire_answer wire_read_header(struct wire *w)
{
    struct wire_answer a = {0};
    if (!take_to(w, "\r\n\r\n", &a.header))
        return a;
    terminate(&a.header);
    if (sscanf(a.header.p, "HTTP/1.1 %d ", &a.status) != 1)
        a.status = 0;
    return a;
}

bool wire_read_chunk(struct wire *w, struct buf *ret)
{
    bool last = true;
    buf_clear(ret);
    bool whole = take_chunk(w, ret, &last);
    terminate(ret);
    return whole && !last;
}

struct wire_answer wire_read(struct wire *w, bool head)
{
    struct wire_answer a = wire_read_header(w);
    if (a.status && !take_body(w, head, &a))
        a.status = 0;
    if (a.header.n)
        terminate(&a.body);
    return a;
}

void wire_answer_free(struct wire_answer *a)
{
    buf_free(&a->header);
    buf_free(&a->body);
}

bool wire_ends(struct wire *w)
{
    return w->in.n == 0 && !receive(w);
}
