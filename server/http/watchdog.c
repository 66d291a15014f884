/* Ends connections that are past their deadline. libmicrohttpd knows an idle time only, which one byte a minute
 * defeats. */
#include "http_internal.h"

#include <linux/tcp.h>
#include <sys/socket.h>

#define PERIOD_NANOSECONDS 250000000

static const char *const phase_names[PHASE_COUNT] = {
    [PHASE_OPENING] = "handshake", [PHASE_RECEIVING] = "request", [PHASE_WORKING] = "work",
    [PHASE_SENDING] = "send",      [PHASE_IDLE] = "idle",
};

/* Sending is judged by progress: bytes that the peer's kernel has acknowledged since the last look. */
static bool progresses(const struct http_server *s, struct connection *c)
{
    struct tcp_info info = {0};
    socklen_t n = sizeof info;
    if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0 || info.tcpi_bytes_acked == c->acknowledged)
        return false;
    c->acknowledged = info.tcpi_bytes_acked;
    int64_t renewed = clock_monotonic() + s->config.limits.send_seconds * INSTANT_SECOND;
    int64_t expected = atomic_load(&c->deadline);
    atomic_compare_exchange_strong(&c->deadline, &expected, renewed);
    return true;
}

static void look_at(const struct http_server *s, struct connection *c, int64_t now)
{
    int phase = atomic_load(&c->phase);
    if (phase == PHASE_SENDING && progresses(s, c))
        return;
    if (atomic_load(&c->deadline) > now)
        return;
    atomic_store(&c->deadline, INT64_MAX);
    log_event(s->log, ERROR_LEVEL_INFO, "http.deadline", "peer", c->address_text, "of", phase_names[phase], NULL);
    shutdown(c->fd, SHUT_RDWR);
}

static void *watch(void *arg)
{
    struct http_server *s = arg;
    struct connections *all = &s->connections;
    pthread_mutex_lock(&all->lock);
    while (!all->stop) {
        int64_t now = clock_monotonic();
        for (struct connection *c = all->first; c; c = c->next)
            look_at(s, c, now);
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += PERIOD_NANOSECONDS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&all->stopping, &all->lock, &until);
    }
    pthread_mutex_unlock(&all->lock);
    return NULL;
}

bool watchdog_start(struct http_server *s)
{
    s->connections.watching = pthread_create(&s->connections.watchdog, NULL, watch, s) == 0;
    return s->connections.watching;
}

void watchdog_stop(struct http_server *s)
{
    if (!s->connections.watching)
        return;
    pthread_mutex_lock(&s->connections.lock);
    s->connections.stop = true;
    pthread_cond_signal(&s->connections.stopping);
    pthread_mutex_unlock(&s->connections.lock);
    pthread_join(s->connections.watchdog, NULL);
    s->connections.watching = false;
}
