/* Holds many connections over mutual TLS that have been answered once and then say nothing.
 *
 *   idle PORT CA CERTIFICATE,KEY CONNECTIONS TARGET
 *
 * Prints a line when all are open, waits for a line or the end of its input, and then asks once more on every one: all
 * of them must still be there. */
#include "client.h"
#include "memory.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define AT_ONCE 32 /* handshakes begun before the first of them is waited for */

struct idle {
    SSL_CTX *ctx;
    unsigned port;
    size_t n;
    const char *target;
    struct client *clients;
};

/* Until the client has done what it was about to do. */
static bool finish(struct client *c)
{
    for (enum client_wants w; (w = client_step(c)) != CLIENT_DONE;) {
        struct pollfd p = {.fd = c->fd, .events = w == CLIENT_WRITE ? POLLOUT : POLLIN};
        if (w == CLIENT_FAILED || poll(&p, 1, 60000) != 1) {
            fprintf(stderr, "idle: %s\n", w == CLIENT_FAILED ? c->failure : "no answer for a minute");
            return false;
        }
    }
    return true;
}

static bool ask(const struct idle *idle, struct client *c)
{
    client_request(c, "GET", idle->target, (struct str){0});
    if (!finish(c))
        return false;
    if (c->status != 200)
        fprintf(stderr, "idle: status %d\n", c->status);
    return c->status == 200;
}

static bool open_some(struct idle *idle, size_t from, size_t to)
{
    bool ok = true;
    for (size_t i = from; ok && i < to; i++) {
        ok = client_open(&idle->clients[i], idle->ctx, "127.0.0.1", idle->port, NULL);
        if (ok && client_step(&idle->clients[i]) == CLIENT_FAILED) {
            fprintf(stderr, "idle: %s\n", idle->clients[i].failure);
            ok = false;
        }
    }
    for (size_t i = from; ok && i < to; i++)
        ok = (idle->clients[i].connected || finish(&idle->clients[i])) && ask(idle, &idle->clients[i]);
    return ok;
}

static bool hold(struct idle *idle)
{
    char line[64];
    for (size_t i = 0; i < idle->n; i += AT_ONCE)
        if (!open_some(idle, i, i + AT_ONCE < idle->n ? i + AT_ONCE : idle->n))
            return false;
    printf("{\"held\":%zu}\n", idle->n);
    fflush(stdout);
    if (read(0, line, sizeof line) < 0)
        return false;
    for (size_t i = 0; i < idle->n; i++)
        if (!ask(idle, &idle->clients[i]))
            return false;
    printf("{\"still\":%zu}\n", idle->n);
    return true;
}

static void raise_files(size_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    struct idle idle = {0};
    signal(SIGPIPE, SIG_IGN);
    if (argc == 6) {
        idle.port = (unsigned)atoi(argv[1]);
        idle.n = strtoul(argv[4], NULL, 10);
        idle.target = argv[5];
        idle.ctx = client_context(argv[2], argv[3]);
    }
    if (!idle.ctx || !idle.n) {
        fputs("usage: idle PORT CA CERTIFICATE,KEY CONNECTIONS TARGET\n", stderr);
        return 2;
    }
    raise_files(idle.n + 64);
    idle.clients = memory_zeroed(idle.n * sizeof *idle.clients);
    for (size_t i = 0; i < idle.n; i++)
        idle.clients[i].fd = -1;
    bool ok = hold(&idle);
    for (size_t i = 0; i < idle.n; i++)
        client_close(&idle.clients[i]);
    free(idle.clients);
    SSL_CTX_free(idle.ctx);
    return ok ? 0 : 1;
}
