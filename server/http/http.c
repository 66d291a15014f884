/* Starting, draining and stopping. */
#include "http_internal.h"
#include "memory.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTEN_BACKLOG 1024
#define POOL_LEAST ((size_t)16 * 1024)

/* --- one listener --- */

static int bad_address(const struct http_config *c, const char *why, struct fault *f)
{
    return fault_set(f, ERR_BAD_CONFIG, "server.address", "%s port %u: %s", c->address, c->port, why);
}

static int bind_to(const struct http_config *c, const struct addrinfo *a, int *ret, struct fault *f)
{
    int on = 1, fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return bad_address(c, strerror(errno), f);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, LISTEN_BACKLOG) != 0) {
        int rc = bad_address(c, strerror(errno), f);
        close(fd);
        return rc;
    }
    *ret = fd;
    return 0;
}

static int listen_on(const struct http_config *c, int *ret_fd, bool *ret_v6, struct fault *f)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *found;
    char port[12];
    snprintf(port, sizeof port, "%u", c->port);
    if (getaddrinfo(c->address, port, &hints, &found) != 0)
        return bad_address(c, "expected a numeric IPv4 or IPv6 address", f);
    int rc = bind_to(c, found, ret_fd, f);
    *ret_v6 = found->ai_family == AF_INET6;
    freeaddrinfo(found);
    return rc;
}

static unsigned bound_port(int fd)
{
    struct sockaddr_storage a = {0};
    socklen_t n = sizeof a;
    if (getsockname(fd, (struct sockaddr *)&a, &n) != 0)
        return 0;
    in_port_t port;
    memcpy(&port,
           (const char *)&a + (a.ss_family == AF_INET6 ? offsetof(struct sockaddr_in6, sin6_port)
                                                       : offsetof(struct sockaddr_in, sin_port)),
           sizeof port);
    return ntohs(port);
}

/* --- libmicrohttpd --- */

/* Its messages may quote what clients sent: after the start only their templates are logged. */
__attribute__((format(printf, 2, 0))) static void on_message(void *cls, const char *format, va_list args)
{
    struct http_server *s = cls;
    if (s->start_fault)
        vsnprintf(s->start_fault->detail, sizeof s->start_fault->detail, format, args);
    else
        log_event(s->log, ERROR_LEVEL_DEBUG, "http.library", "message", format, NULL);
}

/* Twice what a header may have: half of it is the first read buffer, the rest takes an entry for each field. */
static size_t pool_size(const struct http_limits *l)
{
    return l->header * 2 > POOL_LEAST ? l->header * 2 : POOL_LEAST;
}

/* Limits of connections are ours (connection.c); the library divides its own among its threads, so each gets all. */
static struct MHD_Daemon *start_daemon(struct http_server *s, bool v6)
{
    const struct http_config *c = &s->config;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     (v6 ? (unsigned)MHD_USE_IPv6 : 0) | (c->tls ? (unsigned)MHD_USE_TLS : 0);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, c->tls ? (void *)(uintptr_t)tls_key_pem(c->tls) : NULL},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, c->tls ? (void *)(uintptr_t)tls_certificate_pem(c->tls) : NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(
        flags, 0, NULL, NULL, receive_call, s, MHD_OPTION_EXTERNAL_LOGGER, on_message, s, MHD_OPTION_LISTEN_SOCKET,
        s->listener, MHD_OPTION_THREAD_POOL_SIZE, c->loops > 1 ? c->loops : 0, MHD_OPTION_CONNECTION_LIMIT,
        (c->limits.connections + EXCESS_MOST + 1) * c->loops, MHD_OPTION_CONNECTION_MEMORY_LIMIT, pool_size(&c->limits),
        MHD_OPTION_URI_LOG_CALLBACK, receive_target, s, MHD_OPTION_NOTIFY_COMPLETED, receive_completed, s,
        MHD_OPTION_NOTIFY_CONNECTION, connection_notify, s, MHD_OPTION_ARRAY, c->tls ? tls : &tls[2], MHD_OPTION_END);
}

/* --- the server --- */

static int check_config(const struct http_config *c, struct fault *f)
{
    const struct http_limits *l = &c->limits;
    if (!c->loops || !c->workers || !c->address || c->port > 65535)
        return fault_set(f, ERR_BAD_CONFIG, "server", "an address, a port, loops and workers are needed");
    if (!l->body || !l->uri || !l->header || !l->query_params || !l->connections || !l->connections_per_address ||
        !l->requests_queued || !l->request_seconds || !l->handshake_seconds || !l->idle_seconds || !l->send_seconds)
        return fault_set(f, ERR_BAD_CONFIG, "limits", "every limit is at least 1");
    return 0;
}

static struct http_server *server_new(const struct http_config *config)
{
    struct http_server *s = memory_zeroed(sizeof *s);
    atomic_init(&s->refs, 1);
    s->config = *config;
    s->config.address = s->address = memory_strdup(config->address);
    if (!s->config.limits.bodies)
        s->config.limits.bodies = 16 * s->config.limits.body;
    s->log = config->log;
    s->listener = -1;
    connections_init(&s->connections);
    pthread_mutex_init(&s->suspended.lock, NULL);
    pthread_cond_init(&s->suspended.none_in_flight, NULL);
    return s;
}

void server_unref(struct http_server *s)
{
    if (atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    pthread_cond_destroy(&s->suspended.none_in_flight);
    pthread_mutex_destroy(&s->suspended.lock);
    connections_destroy(&s->connections);
    work_free(s->work);
    router_free(s->router);
    free(s->address);
    free(s);
}

/* Each connection is a file; the rest is for what else the process has open. */
#define OTHER_FILES 256

static void allow_files(const struct http_server *s)
{
    struct rlimit limit;
    rlim_t need = s->config.limits.connections + EXCESS_MOST + OTHER_FILES;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need)
        return;
    limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < need)
        log_event(s->log, ERROR_LEVEL_WARNING, "http.few_files", "setting", "limits.connections", NULL);
}

static int no_start(struct fault *f, const char *what)
{
    return fault_set(f, ERR_IO, "server", "cannot start %s", what);
}

static int start(struct http_server *s, struct fault *f)
{
    bool v6 = false;
    int rc = listen_on(&s->config, &s->listener, &v6, f);
    if (rc)
        return rc;
    s->port = bound_port(s->listener);
    allow_files(s);
    s->work = work_start(s->config.workers, s->config.limits.requests_queued);
    if (!s->work || !watchdog_start(s))
        return no_start(f, "threads");
    struct fault message = {0};
    s->start_fault = &message;
    s->daemon = start_daemon(s, v6);
    s->start_fault = NULL;
    return s->daemon ? 0 : fault_set(f, ERR_IO, "server", "cannot start HTTP: %s", message.detail);
}

int http_start(const struct http_config *config, struct http_server **ret, struct fault *fault)
{
    struct router *router;
    int rc = check_config(config, fault);
    if (!rc)
        rc = router_new(config->routes, config->n_routes, &router, fault);
    if (rc)
        return rc;
    struct http_server *s = server_new(config);
    s->router = router;
    rc = start(s, fault);
    if (rc) {
        http_stop(s);
        return rc;
    }
    *ret = s;
    return 0;
}

unsigned http_port(const struct http_server *s)
{
    return s->port;
}

/* No new connections: the library's threads leave the listener alone, and it becomes ours again; then the kernel
 * refuses. */
static void stop_listening(struct http_server *s)
{
    if (atomic_exchange(&s->draining, true))
        return;
    if (s->daemon)
        MHD_quiesce_daemon(s->daemon);
    if (s->listener >= 0)
        shutdown(s->listener, SHUT_RDWR);
}

void http_drain(struct http_server *s, unsigned seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    stop_listening(s);
    pthread_mutex_lock(&s->suspended.lock);
    while (atomic_load(&s->in_flight) &&
           pthread_cond_timedwait(&s->suspended.none_in_flight, &s->suspended.lock, &until) == 0)
        ;
    pthread_mutex_unlock(&s->suspended.lock);
}

/* In this order: no request is handed to a worker any more; the workers answer what they have; what is left suspended
 * waits for others and is given up; then the library may stop, which it does not survive with anything suspended. */
void http_stop(struct http_server *s)
{
    if (!s)
        return;
    stop_listening(s);
    atomic_store(&s->stopping, true);
    watchdog_stop(s);
    if (s->work)
        work_stop(s->work);
    requests_abandon(s);
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    if (s->listener >= 0)
        close(s->listener);
    server_unref(s);
}

void http_counters(struct http_server *s, struct http_counters *ret)
{
    struct http_counters c = {
        .requests = atomic_load(&s->n_requests),
        .connections = atomic_load(&s->n_connections),
        .refused_connections = atomic_load(&s->n_refused),
        .in_flight = atomic_load(&s->in_flight),
        .body_bytes = atomic_load(&s->body_bytes),
    };
    for (size_t i = 0; i < sizeof c.status / sizeof *c.status; i++)
        c.status[i] = atomic_load(&s->n_status[i]);
    *ret = c;
}
