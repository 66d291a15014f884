/* Starting, draining and stopping. */
#include "coding.h"
#include "http_internal.h"
#include "memory.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>

#define POOL_LEAST ((size_t)16 * 1024)

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

/* A header and half as much again, for the entry that the library makes for each field. An idle connection holds all of
 * it: the library clears its pool after each request. */
static size_t pool_size(const struct http_limits *l)
{
    size_t size = l->header + l->header / 2;
    return size > POOL_LEAST ? size : POOL_LEAST;
}

/* Limits of connections are ours (connection.c). The library's own must be out of reach: where two connections arrive
 * for the last place of a thread, 0.9.75 refuses the second with a mutex held, and that thread stands still for ever.
 */
static struct MHD_Daemon *start_daemon(struct http_server *s)
{
    const struct http_config *c = &s->config;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_NO_LISTEN_SOCKET |
                     MHD_USE_ERROR_LOG | (c->tls ? (unsigned)MHD_USE_TLS : 0);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, c->tls ? (void *)(uintptr_t)tls_key_pem(c->tls) : NULL},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, c->tls ? (void *)(uintptr_t)tls_certificate_pem(c->tls) : NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(flags, 0, NULL, NULL, receive_call, s, MHD_OPTION_EXTERNAL_LOGGER, on_message, s,
                            MHD_OPTION_THREAD_POOL_SIZE, c->loops > 1 ? c->loops : 0, MHD_OPTION_CONNECTION_LIMIT,
                            UINT_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT, pool_size(&c->limits),
                            MHD_OPTION_URI_LOG_CALLBACK, receive_target, s, MHD_OPTION_NOTIFY_COMPLETED,
                            receive_completed, s, MHD_OPTION_NOTIFY_CONNECTION, connection_notify, s, MHD_OPTION_ARRAY,
                            c->tls ? tls : &tls[2], MHD_OPTION_END);
}

/* --- the server --- */

static int check_config(const struct http_config *c, struct fault *f)
{
    const struct http_limits *l = &c->limits;
    if (!c->loops || !c->workers || !c->address || c->port > 65535)
        return fault_set(f, ERR_BAD_CONFIG, "server", "an address, a port, loops and workers are needed");
    if (!l->body || !l->uri || !l->header || !l->query_params || !l->connections || !l->connections_per_address ||
        !l->requests_queued || !l->waiting || !l->waiting_per_principal || !l->request_seconds ||
        !l->handshake_seconds || !l->idle_seconds || !l->send_seconds)
        return fault_set(f, ERR_BAD_CONFIG, "limits", "every limit is at least 1");
    return 0;
}

static struct http_server *server_new(const struct http_config *config)
{
    struct http_server *s = memory_zeroed(sizeof *s);
    atomic_init(&s->refs, 1);
    s->config = *config;
    s->config.address = s->address = memory_strdup(config->address);
    s->config.spool = s->spool_folder = memory_strdup(config->spool ? config->spool : "");
    if (!s->config.limits.bodies)
        s->config.limits.bodies = 16 * s->config.limits.body;
    s->log = config->log;
    s->listener.fd = s->listener.stop = s->suspended.handshakes = -1;
    s->coders = coders_new();
    connections_init(&s->connections);
    parking_init(&s->parking);
    room_init(s);
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
    room_destroy(s);
    parking_destroy(s);
    connections_destroy(&s->connections);
    work_free(s->work);
    coders_free(s->coders);
    router_free(s->router);
    free(s->address);
    free(s->spool_folder);
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
    int rc = listener_open(s, f);
    if (rc)
        return rc;
    allow_files(s);
    s->work = work_start(s->config.workers, s->config.limits.requests_queued);
    if (!s->work || !watchdog_start(s) || !parking_start(s))
        return no_start(f, "threads");
    struct fault message = {0};
    s->start_fault = &message;
    s->daemon = start_daemon(s);
    s->start_fault = NULL;
    if (!s->daemon)
        return fault_set(f, ERR_IO, "server", "cannot start HTTP: %s", message.detail);
    return listener_start(s) ? 0 : no_start(f, "threads");
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
    return s->listener.port;
}

void http_drain(struct http_server *s, unsigned seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    atomic_store(&s->draining, true);
    listener_stop(s);
    parking_wake_all(s);
    log_event(s->log, ERROR_LEVEL_INFO, "draining", NULL);
    pthread_mutex_lock(&s->suspended.lock);
    while (atomic_load(&s->in_flight) &&
           pthread_cond_timedwait(&s->suspended.none_in_flight, &s->suspended.lock, &until) == 0)
        ;
    pthread_mutex_unlock(&s->suspended.lock);
}

/* In this order: nobody connects any more; what is parked is woken and nothing parks any more; what waits for room goes
 * to the workers; no request is handed to a worker any more; the workers answer what they have; what is left suspended
 * waits for others and is given up; then the library may stop, which it does not survive with anything suspended. */
void http_stop(struct http_server *s)
{
    if (!s)
        return;
    atomic_store(&s->draining, true);
    atomic_store(&s->stopping, true);
    listener_stop(s);
    watchdog_stop(s);
    parking_stop(s);
    room_end(s);
    if (s->work)
        work_stop(s->work);
    requests_abandon(s);
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
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
        .spooled_bytes = atomic_load(&s->spooled),
        .waiting = waiting_count(s),
    };
    room_counters(s, &c);
    for (size_t i = 0; i < sizeof c.status / sizeof *c.status; i++)
        c.status[i] = atomic_load(&s->n_status[i]);
    *ret = c;
}
