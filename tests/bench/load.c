/* Load over mutual TLS: N connections that each send the next request when the answer is there. See --help. */
#include "client.h"
#include "latency.h"
#include "memory.h"
#include "observations.h"
#include "options.h"

#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <time.h>

#define SHAKING_MOST 64    /* handshakes at once that are no part of an overload */
#define SILENCE_MOST 60000 /* milliseconds */

static const char usage[] =
    "usage: load --port N --ca FILE --identity CERT,KEY… (--get TARGET | --targets FILE | --post TARGET --labels "
    "FILE)\n"
    "            [options]\n"
    "\n"
    "  --address A        IPv4 address (default 127.0.0.1)\n"
    "  --identity C,K     client certificate and key; given several times, connections take turns, and the number of "
    "the\n"
    "                     identity is the number of the originator in the labels' file\n"
    "  --connections N    (default 16)\n"
    "  --seconds S        measure for so long (default 5), after --warm-up S (default 1) from the last handshake on\n"
    "  --requests N       instead: exactly so many, from the first one on\n"
    "  --targets FILE     targets to get in turns, one a line\n"
    "  --coding C         accept this content coding\n"
    "  --drop             keep no answer in memory\n"
    "  --overload         503 with Retry-After is no failure: that connection waits as it is told. The first request "
    "waits\n"
    "                     for the handshakes of all\n"
    "  --fresh            a connection for each request, and latency from its beginning\n"
    "  --resume           the same, but the TLS session of the one before is resumed\n"
    "  --post TARGET      observations: one a request, or --batch N as an array\n"
    "  --labels FILE      lines of originator number, data mode, marking\n"
    "  --serial N         number of the first observation (default 0): the same numbers give the same records\n"
    "  --from T           time of observation of number 0; each further one is a second later\n"
    "\n"
    "Prints one line of JSON. Exit status: 0, or 1 when a request failed (the first failure is told on stderr).\n";

struct options {
    const char *address, *ca, *get, *targets, *post, *labels, *coding;
    char *identities[ORIGINATORS_MAX];
    size_t n_identities;
    unsigned port;
    size_t connections, batch;
    uint64_t requests, serial;
    double seconds, warm_up;
    instant from;
    bool drop, fresh, resume, overload;
};

/* A connection that was told to wait. */
struct rest {
    size_t at;
    uint64_t until;
};

struct run {
    const struct options *options;
    struct labels labels;
    struct buf targets; /* the file's text, each line ended by NUL */
    const char *target; /* the next one in it */
    SSL_CTX *contexts[ORIGINATORS_MAX];
    SSL_SESSION *sessions[ORIGINATORS_MAX]; /* the last one of each identity */
    struct client *clients;
    struct rest *resting; /* a ring with room for all */
    size_t rest_first, rest_last;
    int epoll;
    uint64_t serial, started, answered, records, bytes, failures, resumed;
    uint64_t all, shed;                   /* answered at any time, also while warming up */
    size_t opened;                        /* connections, with `overload` a few at a time */
    size_t shaken;                        /* connections whose first handshake is over */
    uint64_t measure_from, measure_until; /* microseconds; 0: not yet, or with `requests` always */
    uint64_t first, last;
    struct latency latency;
};

static uint64_t now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static bool read_identity(struct options *o, char *text)
{
    if (o->n_identities == ORIGINATORS_MAX || !strchr(text, ','))
        return false;
    o->identities[o->n_identities++] = text;
    return true;
}

enum {
    PORT = 1,
    ADDRESS,
    CA,
    IDENTITY,
    CONNECTIONS,
    SECONDS,
    WARM_UP,
    REQUESTS,
    GET,
    TARGETS,
    DROP,
    OVERLOAD,
    CODING,
    FRESH,
    RESUME,
    POST,
    BATCH,
    LABELS,
    SERIAL,
    FROM
};

static bool set_option(void *ctx, int option, char *value)
{
    struct options *o = ctx;
    switch (option) {
    case PORT: return (o->port = (unsigned)atoi(value)) > 0;
    case ADDRESS: o->address = value; return true;
    case CA: o->ca = value; return true;
    case IDENTITY: return read_identity(o, value);
    case CONNECTIONS: return (o->connections = strtoul(value, NULL, 10)) > 0;
    case SECONDS: return (o->seconds = atof(value)) > 0;
    case WARM_UP: return (o->warm_up = atof(value)) >= 0;
    case REQUESTS: return (o->requests = strtoull(value, NULL, 10)) > 0;
    case GET: o->get = value; return true;
    case TARGETS: o->targets = value; return true;
    case DROP: o->drop = true; return true;
    case CODING: o->coding = value; return true;
    case OVERLOAD: o->overload = true; return true;
    case FRESH: o->fresh = true; return true;
    case RESUME: o->fresh = o->resume = true; return true;
    case POST: o->post = value; return true;
    case BATCH: return (o->batch = strtoul(value, NULL, 10)) > 0;
    case LABELS: o->labels = value; return true;
    case SERIAL: o->serial = strtoull(value, NULL, 10); return true;
    case FROM: return instant_parse(str_of(value), &o->from);
    default: return false;
    }
}

static bool read_options(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {{"port", 1, NULL, PORT},
                                          {"address", 1, NULL, ADDRESS},
                                          {"ca", 1, NULL, CA},
                                          {"identity", 1, NULL, IDENTITY},
                                          {"connections", 1, NULL, CONNECTIONS},
                                          {"seconds", 1, NULL, SECONDS},
                                          {"warm-up", 1, NULL, WARM_UP},
                                          {"requests", 1, NULL, REQUESTS},
                                          {"get", 1, NULL, GET},
                                          {"targets", 1, NULL, TARGETS},
                                          {"drop", 0, NULL, DROP},
                                          {"overload", 0, NULL, OVERLOAD},
                                          {"coding", 1, NULL, CODING},
                                          {"fresh", 0, NULL, FRESH},
                                          {"resume", 0, NULL, RESUME},
                                          {"post", 1, NULL, POST},
                                          {"batch", 1, NULL, BATCH},
                                          {"labels", 1, NULL, LABELS},
                                          {"serial", 1, NULL, SERIAL},
                                          {"from", 1, NULL, FROM},
                                          {OPTION_HELP},
                                          {NULL, 0, NULL, 0}};
    *o = (struct options){.address = "127.0.0.1", .connections = 16, .batch = 1, .seconds = 5, .warm_up = 1};
    return options_read(argc, argv, table, usage, set_option, o) && o->port && o->ca && o->n_identities &&
           !!o->get + !!o->targets + !!o->post == 1 && (!o->post || o->labels);
}

static bool failed(struct run *r, const char *what, struct str more)
{
    if (!r->failures++)
        fprintf(stderr, "load: %s %.*s\n", what, (int)(more.n < 600 ? more.n : 600), more.p ? more.p : "");
    return false;
}

static const char *next_target(struct run *r)
{
    const struct options *o = r->options;
    if (o->get || o->post)
        return o->get ? o->get : o->post;
    const char *target = r->target;
    r->target += strlen(target) + 1;
    if (r->target >= r->targets.p + r->targets.n)
        r->target = r->targets.p;
    return target;
}

/* The identity's number is the originator's. */
static void next_request(struct run *r, size_t at)
{
    const struct options *o = r->options;
    struct client *c = &r->clients[at];
    BUF_CLEANUP struct buf body = {0};
    if (o->post && o->batch > 1)
        buf_char(&body, '[');
    for (size_t i = 0; o->post && i < o->batch; i++) {
        if (i)
            buf_char(&body, ',');
        observation_add(&body, &r->labels, at % o->n_identities, r->serial++, o->from);
    }
    if (o->post && o->batch > 1)
        buf_char(&body, ']');
    client_request(c, o->post ? "POST" : "GET", next_target(r), buf_view(&body));
    r->started++;
    if (!o->fresh)
        c->began = now();
}

/* Whether an answer falls into what is measured. One comes in late if nothing else did. Under overload one that was
 * asked for earlier does, too: so many wait for so long. */
static bool counts(const struct run *r, uint64_t began, uint64_t ended)
{
    return r->measure_until && (r->options->overload ? ended : began) >= r->measure_from &&
           (ended <= r->measure_until || !r->answered);
}

static bool is_shed(const struct run *r, const struct client *c)
{
    return r->options->overload && c->status == 503 && client_header(c, "Retry-After");
}

static void take_answer(struct run *r, struct client *c)
{
    uint64_t t = now();
    char line[64];
    if (is_shed(r, c)) {
        r->shed++;
        return;
    }
    if (c->status != (r->options->post ? 201 : 200)) {
        snprintf(line, sizeof line, "status %d:", c->status);
        failed(r, line, client_body(c));
        return;
    }
    r->all++;
    if (!r->options->requests && !counts(r, c->began, t))
        return;
    if (!r->first)
        r->first = c->began;
    r->last = t;
    r->answered++;
    r->records += r->options->post ? r->options->batch : 0;
    r->bytes += c->received;
    r->resumed += (uint64_t)SSL_session_reused(c->ssl);
    latency_add(&r->latency, t - c->began);
}

static bool has_more(const struct run *r)
{
    if (r->options->requests)
        return r->started < r->options->requests;
    return !r->measure_until || now() < r->measure_until || !r->answered;
}

static void watch(const struct run *r, size_t at, int operation, enum client_wants w)
{
    struct epoll_event e = {.events = w == CLIENT_WRITE ? EPOLLOUT : EPOLLIN, .data.u64 = at};
    epoll_ctl(r->epoll, operation, r->clients[at].fd, &e);
}

static void drop_piece(void *ctx, struct str bytes)
{
    (void)ctx;
    (void)bytes;
}

static bool open_one(struct run *r, size_t at)
{
    const struct options *o = r->options;
    struct client *c = &r->clients[at];
    size_t identity = at % o->n_identities;
    if (!client_open(c, r->contexts[identity], o->address, o->port, o->resume ? r->sessions[identity] : NULL))
        return failed(r, c->failure, (struct str){0});
    if (o->drop)
        c->piece = drop_piece;
    c->coding = o->coding;
    c->began = now();
    watch(r, at, EPOLL_CTL_ADD, CLIENT_WRITE);
    return true;
}

/* Another connection in the place of one that has its answer; in TLS 1.3 the session's ticket has come with it. */
static bool open_anew(struct run *r, size_t at)
{
    SSL_SESSION **session = &r->sessions[at % r->options->n_identities];
    struct client *c = &r->clients[at];
    if (r->options->resume) {
        SSL_SESSION_free(*session);
        *session = SSL_get1_session(c->ssl);
    }
    SSL_shutdown(c->ssl);
    client_close(c);
    return open_one(r, at);
}

/* Handshakes are over, or the first round of them: what is measured begins after the warm-up. */
static void begin_to_measure(struct run *r)
{
    r->measure_from = now() + (uint64_t)(r->options->warm_up * 1e6);
    r->measure_until = r->measure_from + (uint64_t)(r->options->seconds * 1e6);
}

/* All begin to ask together, when the last one is ready. False: others are not yet, and so this one waits. */
static bool begin_together(struct run *r, size_t at)
{
    const struct options *o = r->options;
    if (r->opened < o->connections && !open_one(r, r->opened++))
        r->failures++;
    if (r->shaken < o->connections)
        return false;
    for (size_t i = 0; i < o->connections; i++)
        if (i != at) {
            next_request(r, i);
            watch(r, i, EPOLL_CTL_MOD, CLIENT_WRITE);
        }
    return true;
}

/* All are told to wait for the same time, so that who was told first is ready first. */
static void rest(struct run *r, size_t at)
{
    const struct client *c = &r->clients[at];
    uint64_t seconds = strtoul(client_header(c, "Retry-After"), NULL, 10);
    r->resting[r->rest_last++ % r->options->connections] = (struct rest){at, now() + seconds * 1000000};
    epoll_ctl(r->epoll, EPOLL_CTL_DEL, c->fd, NULL);
}

/* Milliseconds until the next one is ready; those that are ask again. */
static int end_rests(struct run *r)
{
    for (; r->rest_first < r->rest_last; r->rest_first++) {
        struct rest *first = &r->resting[r->rest_first % r->options->connections];
        uint64_t t = now();
        if (first->until > t)
            return (int)((first->until - t) / 1000 + 1);
        next_request(r, first->at);
        watch(r, first->at, EPOLL_CTL_ADD, CLIENT_WRITE);
    }
    return SILENCE_MOST;
}

/* Goes on with one connection; false when it is finished. */
static bool drive(struct run *r, size_t at)
{
    struct client *c = &r->clients[at];
    enum client_wants w;
    while ((w = client_step(c)) == CLIENT_DONE) {
        bool answered = c->out.n > 0;
        if (answered)
            take_answer(r, c);
        else if (++r->shaken == r->options->connections && !r->options->requests)
            begin_to_measure(r);
        if (!answered && r->options->overload && !begin_together(r, at)) {
            w = CLIENT_READ;
            break;
        }
        if (!has_more(r))
            return false;
        if (answered && is_shed(r, c)) {
            rest(r, at);
            return true;
        }
        if (r->options->fresh && answered)
            return open_anew(r, at);
        next_request(r, at);
    }
    if (w == CLIENT_FAILED)
        return failed(r, c->failure, (struct str){0});
    watch(r, at, EPOLL_CTL_MOD, w);
    return true;
}

static bool open_all(struct run *r)
{
    const struct options *o = r->options;
    for (size_t i = 0; i < o->n_identities; i++)
        if (!(r->contexts[i] = client_context(o->ca, o->identities[i])))
            return failed(r, "cannot use the certificates", str_of(o->identities[i]));
    r->epoll = epoll_create1(EPOLL_CLOEXEC);
    r->clients = memory_zeroed(o->connections * sizeof *r->clients);
    r->resting = memory_zeroed(o->connections * sizeof *r->resting);
    size_t first = o->overload && o->connections > SHAKING_MOST ? SHAKING_MOST : o->connections;
    while (r->opened < first)
        if (!open_one(r, r->opened++))
            return false;
    return true;
}

static void run_all(struct run *r)
{
    struct epoll_event events[64];
    size_t open = r->options->connections;
    while (open) {
        int patience = end_rests(r), n = epoll_wait(r->epoll, events, 64, patience);
        if (n == 0 && patience == SILENCE_MOST) {
            failed(r, "no answer for a minute", (struct str){0});
            return;
        }
        for (int i = 0; i < n; i++) {
            size_t at = events[i].data.u64;
            if (drive(r, at))
                continue;
            epoll_ctl(r->epoll, EPOLL_CTL_DEL, r->clients[at].fd, NULL);
            open--;
        }
    }
}

static void report(const struct run *r)
{
    double seconds = (double)(r->last - r->first) / 1e6;
    if (r->measure_until)
        seconds = (double)((r->last > r->measure_until ? r->last : r->measure_until) - r->measure_from) / 1e6;
    if (seconds <= 0)
        seconds = 1;
    printf("{\"requests\":%llu,\"all_requests\":%llu,\"resumed\":%llu,", (unsigned long long)r->answered,
           (unsigned long long)r->all, (unsigned long long)r->resumed);
    printf("\"records\":%llu,\"failures\":%llu,\"shed\":%llu,\"seconds\":%.3f,\"requests_per_second\":%.1f,"
           "\"records_per_second\":%.1f,\"bytes\":%llu,\"next_serial\":%llu,",
           (unsigned long long)r->records, (unsigned long long)r->failures, (unsigned long long)r->shed, seconds,
           (double)r->answered / seconds, (double)r->records / seconds, (unsigned long long)r->bytes,
           (unsigned long long)r->serial);
    printf("\"microseconds\":{\"p50\":%llu,\"p90\":%llu,\"p99\":%llu,\"p999\":%llu,\"max\":%llu}}\n",
           (unsigned long long)latency_at(&r->latency, 0.5), (unsigned long long)latency_at(&r->latency, 0.9),
           (unsigned long long)latency_at(&r->latency, 0.99), (unsigned long long)latency_at(&r->latency, 0.999),
           (unsigned long long)r->latency.largest);
}

static bool read_targets(struct run *r)
{
    const char *path = r->options->targets;
    FILE *f = fopen(path, "r");
    char line[2048];
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        buf_add(&r->targets, line, strlen(line) + 1);
    }
    if (f)
        fclose(f);
    r->target = r->targets.p;
    return r->targets.n || failed(r, "no targets in", str_of(path));
}

static bool prepare(struct run *r)
{
    const struct options *o = r->options;
    if (o->targets && !read_targets(r))
        return false;
    long line = o->post ? labels_read(o->labels, &r->labels) : 0;
    for (size_t i = 0; o->post && !line && i < o->n_identities; i++)
        line = r->labels.n[i] ? 0 : (long)i + 1;
    if (line) {
        fprintf(stderr, "load: %s: unreadable, or no label for an identity, at %ld\n", o->labels, line);
        return false;
    }
    r->serial = o->serial;
    return open_all(r);
}

int main(int argc, char **argv)
{
    struct options options;
    static struct run r;
    signal(SIGPIPE, SIG_IGN);
    if (!read_options(argc, argv, &options)) {
        fputs(usage, stderr);
        return 2;
    }
    r.options = &options;
    if (prepare(&r)) {
        run_all(&r);
        report(&r);
    }
    for (size_t i = 0; r.clients && i < options.connections; i++)
        client_close(&r.clients[i]);
    for (size_t i = 0; i < options.n_identities; i++) {
        SSL_SESSION_free(r.sessions[i]);
        SSL_CTX_free(r.contexts[i]);
    }
    buf_free(&r.targets);
    free(r.clients);
    free(r.resting);
    labels_free(&r.labels);
    return r.failures ? 1 : 0;
}
