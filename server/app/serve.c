/* reltod serve: the start-up list, the signals, and the way down. */
#include "api.h"
#include "clock.h"
#include "command.h"
#include "memory.h"
#include "tls.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#define MAINTENANCE_SECONDS 3600
#define CATCH_UP_SECONDS 60 /* when nothing was left the last time; else at once */
#define CATCH_UP_BATCHES 200
/* Bytes at the end of a heap, of which each thread has one, that are kept for the next answer: given back they would be
 * asked for again, page by page, some thousand times a second. Longer blocks are mapped by themselves. */
#define HEAP_KEPT (4 * 1024 * 1024)

struct daemon {
    const char *config_path;
    struct settings *settings;
    struct log *log;
    struct clock *clock;
    struct tls *tls;
    struct store *store;
    struct api *api;
    struct http_server *exchange, *admin;
};

static struct api_limits make_api_limits(const struct settings *s)
{
    return (struct api_limits){
        .record = {.depth = (size_t)s->limits_depth,
                   .elements = (size_t)s->limits_elements,
                   .string = (size_t)s->limits_string},
        .records_per_request = (size_t)s->limits_records_per_request,
        .embargo_free = s->policy_embargo_without_reason * INSTANT_SECOND,
        .heartbeat = s->limits_heartbeat_seconds * INSTANT_SECOND,
        .export_records = (size_t)s->limits_export_records,
        .export_bytes = (size_t)s->limits_export_bytes,
        .export_kept = s->limits_export_hours * INSTANT_HOUR,
        .archive = {.files = (size_t)s->limits_archive_files,
                    .bytes = (size_t)s->limits_archive_bytes,
                    .ratio = (unsigned)s->limits_archive_ratio},
        .import = {.at_once = (unsigned)s->limits_imports,
                   .records = (size_t)s->limits_import_records,
                   .kept = (size_t)s->limits_import_kept},
    };
}

static struct http_limits make_http_limits(const struct settings *s)
{
    return (struct http_limits){
        .body = (size_t)s->limits_body,
        .bodies = (size_t)s->limits_bodies,
        .import_bytes = (size_t)s->limits_import_bytes,
        .import_spool = (size_t)s->limits_import_spool,
        .answers = (size_t)s->limits_answers,
        .uri = (size_t)s->limits_uri,
        .header = (size_t)s->limits_header,
        .query_params = (unsigned)s->limits_query_params,
        .connections = (unsigned)s->limits_connections,
        .connections_per_address = (unsigned)s->limits_connections_per_address,
        .requests_queued = (unsigned)s->limits_requests_queued,
        .queue_ms = (unsigned)s->limits_queue_ms,
        .waiting = (unsigned)s->limits_waiting,
        .waiting_per_principal = (unsigned)s->limits_waiting_per_principal,
        .request_seconds = (unsigned)s->limits_request_seconds,
        .handshake_seconds = (unsigned)s->limits_handshake_seconds,
        .idle_seconds = (unsigned)s->limits_idle_seconds,
        .send_seconds = (unsigned)s->limits_send_seconds,
        .nothing_us = (unsigned)s->limits_nothing_us,
        .coded_from = (size_t)s->limits_coded_from,
    };
}

static int start_tls(struct daemon *d, struct fault *fault)
{
    struct tls_config config = make_tls_config(d->settings, d->clock, d->log);
    return tls_open(&config, &d->tls, fault);
}

static int start_store(struct daemon *d, struct fault *fault)
{
    struct store_config config = make_store_config(d->settings, d->clock, d->log);
    bool more;
    int error = store_open(&config, &d->store, fault);
    if (!error)
        error = store_check_schema(d->store, fault);
    if (!error)
        error = store_maintain(d->store, clock_now(d->clock), fault);
    if (!error)
        error = store_remind(d->store, clock_now(d->clock), fault);
    return error ? error : store_catch_up(d->store, CATCH_UP_BATCHES, &more, fault);
}

static int start_api(struct daemon *d, struct fault *fault)
{
    struct api_config config = {
        .store = d->store, .clock = d->clock, .log = d->log, .limits = make_api_limits(d->settings)};
    return api_new(&config, &d->api, fault);
}

static int start_exchange(struct daemon *d, struct fault *fault)
{
    struct http_config config = {
        .address = d->settings->server_address,
        .port = (unsigned)d->settings->server_port,
        .loops = (unsigned)d->settings->server_loops,
        .workers = (unsigned)d->settings->server_workers,
        .limits = make_http_limits(d->settings),
        .spool = d->settings->server_spool,
        .tls = d->tls,
        .log = d->log,
        .app = d->api,
        .authorise = api_authorise,
        .at_once = api_at_once,
        .negotiates = api_negotiates,
        .answered = api_answered,
    };
    config.routes = api_routes(&config.n_routes);
    int error = http_start(&config, &d->exchange, fault);
    if (!error)
        api_observe(d->api, d->exchange);
    return error;
}

static int start_admin(struct daemon *d, struct fault *fault)
{
    if (!d->settings->admin_port)
        return 0;
    struct http_config config = {
        .address = d->settings->admin_address,
        .port = (unsigned)d->settings->admin_port,
        .loops = 1,
        .workers = 1,
        .limits = make_http_limits(d->settings),
        .log = d->log,
        .app = d->api,
    };
    config.routes = api_admin_routes(&config.n_routes);
    return http_start(&config, &d->admin, fault);
}

static int start(struct daemon *d, struct fault *fault)
{
    int error = settings_load(d->config_path, &d->settings, fault);
    if (error)
        return error;
    d->log = make_log(d->settings);
    error = clock_open(d->settings->clock_file, &d->clock, fault);
    if (!error)
        error = start_tls(d, fault);
    if (!error)
        error = start_store(d, fault);
    if (!error)
        error = start_api(d, fault);
    if (!error)
        error = start_exchange(d, fault);
    return error ? error : start_admin(d, fault);
}

static void stop(struct daemon *d)
{
    http_stop(d->admin);
    http_stop(d->exchange);

    store_close(d->store);
    api_free(d->api);
    tls_free(d->tls);
    clock_free(d->clock);
    log_free(d->log);
    settings_free(d->settings);
}

/* ---- reload ---- */

static void tell_change(void *ctx, const char *name)
{
    struct daemon *d = ctx;
    log_event(d->log, ERROR_LEVEL_INFO, setting_is_live(name) ? "reload.setting" : "reload.needs_restart", "setting",
              name, NULL);
}

static int reload_settings(struct daemon *d, struct fault *fault)
{
    struct settings *next;
    int error = settings_load(d->config_path, &next, fault);
    if (error)
        return error;
    struct api_limits limits = make_api_limits(next);
    settings_compare(d->settings, next, tell_change, d);
    log_set_level(d->log, log_level(next));
    api_set_limits(d->api, &limits);
    settings_free(next); /* what needs a restart is still compared with what runs */
    return 0;
}

/* Each part by itself: a mistake in one does not keep a revocation in another from taking effect. */
static void reload(struct daemon *d)
{
    struct fault fault;
    int failed = 0;
    if (reload_settings(d, &fault) && ++failed)
        log_fault(d->log, "reload.settings", &fault);
    if (tls_reload(d->tls, &fault) && ++failed)
        log_fault(d->log, "reload.tls", &fault);
    if (api_reload_registers(d->api, &fault) && ++failed)
        log_fault(d->log, "reload.registers", &fault);
    log_event(d->log, failed ? ERROR_LEVEL_ERROR : ERROR_LEVEL_INFO, failed ? "reload.incomplete" : "reload.done",
              NULL);
}

/* ---- running ---- */

static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    pthread_sigmask(SIG_BLOCK, set, NULL); /* inherited by every thread: only run() below takes them */
    signal(SIGPIPE, SIG_IGN);
}

static void maintain(struct daemon *d)
{
    struct fault fault;
    if (store_maintain(d->store, clock_now(d->clock), &fault))
        log_fault(d->log, "maintenance", &fault);
}

/* What a grant or an interruption has left to be done. Returns the seconds until it is looked
 * at again. */
static int64_t catch_up(struct daemon *d)
{
    struct fault fault;
    bool more = false;
    if (store_catch_up(d->store, CATCH_UP_BATCHES, &more, &fault))
        log_fault(d->log, "catch_up", &fault);
    return more ? 0 : CATCH_UP_SECONDS;
}

/* On a beat of its own: when an officer is told says nothing to who asked. */
static void remind(struct daemon *d)
{
    struct fault fault;
    if (store_remind(d->store, clock_now(d->clock), &fault))
        log_fault(d->log, "remind", &fault);
}

static int64_t after(int64_t seconds)
{
    return clock_monotonic() + seconds * INSTANT_SECOND;
}

static int next_signal(const sigset_t *set, int64_t until)
{
    int64_t now = clock_monotonic(), left = until > now ? until - now : 0;
    struct timespec wait = {left / INSTANT_SECOND, left % INSTANT_SECOND * 1000};
    return sigtimedwait(set, NULL, &wait);
}

static int64_t earliest(int64_t a, int64_t b, int64_t c)
{
    int64_t first = a < b ? a : b;
    return first < c ? first : c;
}

static void run(struct daemon *d, const sigset_t *set)
{
    int64_t beat = d->settings->policy_tell_seconds;
    int64_t due = after(MAINTENANCE_SECONDS), tell = after(beat), look = 0;
    for (;;) {
        int got = next_signal(set, earliest(due, tell, look));
        if (got == SIGTERM || got == SIGINT)
            return;
        if (got == SIGHUP)
            reload(d);
        if (clock_monotonic() >= due) {
            maintain(d);
            due = after(MAINTENANCE_SECONDS);
        }
        if (clock_monotonic() >= tell) {
            remind(d);
            tell = after(beat);
        }
        if (clock_monotonic() >= look)
            look = after(catch_up(d));
    }
}

static void tell_ready(const struct daemon *d)
{
    char port[8];
    snprintf(port, sizeof port, "%u", http_port(d->exchange));
    log_event(d->log, clock_is_simulated(d->clock) ? ERROR_LEVEL_WARNING : ERROR_LEVEL_INFO, "ready", "address",
              d->settings->server_address, "port", port, "clock", clock_is_simulated(d->clock) ? "simulated" : "system",
              NULL);
}

static void keep_heaps(void)
{
    mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
    mallopt(M_MMAP_THRESHOLD, HEAP_KEPT);
}

int command_serve(const char *config_path)
{
    struct daemon d = {.config_path = config_path};
    struct fault fault;
    sigset_t set;
    keep_heaps();
    block_signals(&set);
    int error = start(&d, &fault);
    if (error && d.log)
        log_fault(d.log, "start", &fault);
    else if (error)
        report(&fault);
    if (!error) {
        tell_ready(&d);
        run(&d, &set);
        http_drain(d.exchange, (unsigned)d.settings->server_drain_seconds);
        log_event(d.log, ERROR_LEVEL_INFO, "stopped", NULL);
    }
    stop(&d);
    return error ? EXIT_FAILED : EXIT_OK;
}
