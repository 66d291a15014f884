/* The list of connections: how many there are, whose, and what they are doing. */
#include "http_internal.h"
#include "memory.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

void connections_init(struct connections *c)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->stopping, &attributes);
    pthread_condattr_destroy(&attributes);
}

void connections_destroy(struct connections *c)
{
    pthread_cond_destroy(&c->stopping);
    pthread_mutex_destroy(&c->lock);
}

static void read_address(struct connection *c, const struct sockaddr *from)
{
    if (from->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, from, sizeof v6);
        c->address = v6.sin6_addr;
    } else {
        struct sockaddr_in v4;
        memcpy(&v4, from, sizeof v4);
        c->address.s6_addr[10] = c->address.s6_addr[11] = 0xff;
        memcpy(&c->address.s6_addr[12], &v4.sin_addr, 4);
    }
    if (IN6_IS_ADDR_V4MAPPED(&c->address))
        inet_ntop(AF_INET, &c->address.s6_addr[12], c->address_text, sizeof c->address_text);
    else
        inet_ntop(AF_INET6, &c->address, c->address_text, sizeof c->address_text);
}

uint32_t hash_bytes(const void *bytes, size_t n)
{
    const unsigned char *b = bytes;
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ b[i]) * 16777619u;
    return hash;
}

static size_t bucket_of(const struct in6_addr *a)
{
    return hash_bytes(a->s6_addr, sizeof a->s6_addr) % ADDRESS_BUCKETS;
}

static unsigned count_address(const struct connections *all, const struct connection *c)
{
    unsigned n = 0;
    for (struct connection *o = all->buckets[bucket_of(&c->address)]; o; o = o->address_next)
        n += o->excess == EXCESS_NONE && IN6_ARE_ADDR_EQUAL(&o->address, &c->address);
    return n;
}

static enum excess judge(const struct connections *all, const struct http_limits *limits, const struct connection *c)
{
    if (all->n - all->n_excess >= limits->connections)
        return EXCESS_ALL;
    return count_address(all, c) >= limits->connections_per_address ? EXCESS_ADDRESS : EXCESS_NONE;
}

static void list(struct connections *all, struct connection *c)
{
    struct connection **bucket = &all->buckets[bucket_of(&c->address)];
    c->next = all->first;
    if (c->next)
        c->next->previous = c;
    all->first = c;
    c->address_next = *bucket;
    *bucket = c;
    all->n++;
    all->n_excess += c->excess != EXCESS_NONE;
}

static void unlist(struct connections *all, struct connection *c)
{
    struct connection **at = &all->buckets[bucket_of(&c->address)];
    while (*at != c)
        at = &(*at)->address_next;
    *at = c->address_next;
    if (c->previous)
        c->previous->next = c->next;
    else
        all->first = c->next;
    if (c->next)
        c->next->previous = c->previous;
    all->n--;
    all->n_excess -= c->excess != EXCESS_NONE;
}

/* Also while an answer waits: who has vanished without a word is found out by the first bytes that are sent to it. */
static void limit_silence(const struct http_server *s, const struct connection *c)
{
    unsigned milliseconds = s->config.limits.send_seconds * 1000;
    setsockopt(c->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

static void opened(struct http_server *s, struct MHD_Connection *mhd, void **context)
{
    struct connection *c = memory_zeroed(sizeof *c);
    c->server = s;
    c->mhd = mhd;
    c->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    read_address(c, MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    limit_silence(s, c);
    connection_phase(s, c, PHASE_OPENING);
    pthread_mutex_lock(&s->connections.lock);
    c->excess = judge(&s->connections, &s->config.limits, c);
    list(&s->connections, c);
    bool closed = s->connections.n_excess > EXCESS_MOST && c->excess != EXCESS_NONE;
    pthread_mutex_unlock(&s->connections.lock);
    atomic_fetch_add(&s->n_connections, 1);
    if (c->excess != EXCESS_NONE)
        atomic_fetch_add(&s->n_refused, 1);
    if (s->config.tls) {
        void *session = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
        c->peer = tls_peer_open(s->config.tls, session, c->address_text);
        if (c->peer)
            tls_peer_carry(c->peer, session, connection_starved, connection_full, c);
    }
    if (closed || (s->config.tls && !c->peer))
        shutdown(c->fd, SHUT_RDWR);
    *context = c;
}

/* libmicrohttpd closes the socket after this call: the watchdog must not touch it any more. */
static void closed(struct http_server *s, struct connection *c)
{
    pthread_mutex_lock(&s->connections.lock);
    unlist(&s->connections, c);
    pthread_mutex_unlock(&s->connections.lock);
    tls_peer_close(c->peer);
    free(c);
}

void connection_notify(void *cls, struct MHD_Connection *mhd, void **context, enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        opened(cls, mhd, context);
    else if (*context)
        closed(cls, *context);
}

void connection_full(void *ctx, bool full)
{
    struct connection *c = ctx;
    if (c->sent)
        room_count(c->sent, full ? 0 : c->sent->answer.body.cap);
}

void connection_phase(const struct http_server *s, struct connection *c, enum phase phase)
{
    const struct http_limits *l = &s->config.limits;
    const unsigned seconds[PHASE_COUNT] = {l->handshake_seconds, l->request_seconds, 0, l->send_seconds,
                                           l->idle_seconds};
    int64_t deadline = seconds[phase] ? clock_monotonic() + seconds[phase] * INSTANT_SECOND : INT64_MAX;
    atomic_store(&c->phase, (int)phase);
    atomic_store(&c->deadline, deadline);
}
