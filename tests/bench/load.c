/* Load over mutual TLS: N connections that each send the next request when the answer is there. See --help. */
#include "client.h"
#include "latency.h"
#include "memory.h"
#include "observations.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <time.h>

static const char usage[] =
    "usage: load --port N --ca FILE --identity CERT,KEY… (--get TARGET | --post TARGET --labels FILE) [options]\n"
    "\n"
    "  --address A        IPv4 address (default 127.0.0.1)\n"
    "  --identity C,K     client certificate and key; given several times, connections take turns, and the number of "
    "the\n"
    "                     identity is the number of the originator in the labels' file\n"
    "  --connections N    (default 16)\n"
    "  --seconds S        measure for so long (default 5), after --warm-up S (default 1)\n"
    "  --requests N       instead: exactly so many, from the first one on\n"
    "  --post TARGET      observations: one a request, or --batch N as an array\n"
    "  --labels FILE      lines of originator number, data mode, marking\n"
    "  --serial N         number of the first observation (default 0): the same numbers give the same records\n"
    "  --from T           time of observation of number 0; each further one is a second later\n"
    "\n"
    "Prints one line of JSON. Exit status: 0, or 1 when a request failed (the first failure is told on stderr).\n";

struct options {
    const char *address, *ca, *get, *post, *labels;
    char *identities[ORIGINATORS_MAX];
    size_t n_identities;
    unsigned port;
    size_t connections, batch;
    uint64_t requests, serial;
    double seconds, warm_up;
    instant from;
};

struct run {
    const struct options *options;
    struct labels labels;
    SSL_CTX *contexts[ORIGINATORS_MAX];
    struct client *clients;
    int epoll;
    uint64_t serial, started, answered, records, bytes, failures;
    uint64_t measure_from, measure_until; /* microseconds; 0: always */
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
    POST,
    BATCH,
    LABELS,
    SERIAL,
    FROM,
    HELP
};

static bool set_option(struct options *o, int option, char *value)
{
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
                                          {"post", 1, NULL, POST},
                                          {"batch", 1, NULL, BATCH},
                                          {"labels", 1, NULL, LABELS},
                                          {"serial", 1, NULL, SERIAL},
                                          {"from", 1, NULL, FROM},
                                          {"help", 0, NULL, HELP},
                                          {NULL, 0, NULL, 0}};
    *o = (struct options){.address = "127.0.0.1", .connections = 16, .batch = 1, .seconds = 5, .warm_up = 1};
    for (int c; (c = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        if (c == HELP) {
            fputs(usage, stdout);
            exit(0);
        }
        if (!set_option(o, c, optarg))
            return false;
    }
    return optind == argc && o->port && o->ca && o->n_identities && !o->get != !o->post && (!o->post || o->labels);
}

static bool failed(struct run *r, const char *what, struct str more)
{
    if (!r->failures++)
        fprintf(stderr, "load: %s %.*s\n", what, (int)(more.n < 600 ? more.n : 600), more.p ? more.p : "");
    return false;
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
    client_request(c, o->post ? "POST" : "GET", o->post ? o->post : o->get, buf_view(&body));
    r->started++;
    c->began = now();
}

static void take_answer(struct run *r, struct client *c)
{
    uint64_t t = now();
    char line[64];
    if (c->status != (r->options->post ? 201 : 200)) {
        snprintf(line, sizeof line, "status %d:", c->status);
        failed(r, line, client_body(c));
        return;
    }
    if (r->measure_until && (c->began < r->measure_from || t > r->measure_until))
        return;
    if (!r->first)
        r->first = c->began;
    r->last = t;
    r->answered++;
    r->records += r->options->post ? r->options->batch : 0;
    r->bytes += c->in.n;
    latency_add(&r->latency, t - c->began);
}

static bool has_more(const struct run *r)
{
    return r->options->requests ? r->started < r->options->requests : now() < r->measure_until;
}

static void watch(const struct run *r, size_t at, int operation, enum client_wants w)
{
    struct epoll_event e = {.events = w == CLIENT_WRITE ? EPOLLOUT : EPOLLIN, .data.u64 = at};
    epoll_ctl(r->epoll, operation, r->clients[at].fd, &e);
}

/* Goes on with one connection; false when it is finished. */
static bool drive(struct run *r, size_t at)
{
    struct client *c = &r->clients[at];
    enum client_wants w;
    while ((w = client_step(c)) == CLIENT_DONE) {
        if (c->out.n)
            take_answer(r, c);
        if (!has_more(r))
            return false;
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
    for (size_t i = 0; i < o->connections; i++) {
        if (!client_open(&r->clients[i], r->contexts[i % o->n_identities], o->address, o->port))
            return failed(r, r->clients[i].failure, (struct str){0});
        watch(r, i, EPOLL_CTL_ADD, CLIENT_WRITE);
    }
    return true;
}

static void run_all(struct run *r)
{
    struct epoll_event events[64];
    size_t open = r->options->connections;
    if (!r->options->requests) {
        r->measure_from = now() + (uint64_t)(r->options->warm_up * 1e6);
        r->measure_until = r->measure_from + (uint64_t)(r->options->seconds * 1e6);
    }
    while (open) {
        int n = epoll_wait(r->epoll, events, 64, 60000);
        if (n == 0) {
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
    double seconds = r->measure_until ? r->options->seconds : (double)(r->last - r->first) / 1e6;
    if (seconds <= 0)
        seconds = 1;
    printf("{\"requests\":%llu,\"records\":%llu,\"failures\":%llu,\"seconds\":%.3f,\"requests_per_second\":%.1f,"
           "\"records_per_second\":%.1f,\"bytes\":%llu,\"next_serial\":%llu,",
           (unsigned long long)r->answered, (unsigned long long)r->records, (unsigned long long)r->failures, seconds,
           (double)r->answered / seconds, (double)r->records / seconds, (unsigned long long)r->bytes,
           (unsigned long long)r->serial);
    printf("\"microseconds\":{\"p50\":%llu,\"p90\":%llu,\"p99\":%llu,\"p999\":%llu,\"max\":%llu}}\n",
           (unsigned long long)latency_at(&r->latency, 0.5), (unsigned long long)latency_at(&r->latency, 0.9),
           (unsigned long long)latency_at(&r->latency, 0.99), (unsigned long long)latency_at(&r->latency, 0.999),
           (unsigned long long)r->latency.largest);
}

static bool prepare(struct run *r)
{
    const struct options *o = r->options;
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
    for (size_t i = 0; i < options.n_identities; i++)
        SSL_CTX_free(r.contexts[i]);
    free(r.clients);
    labels_free(&r.labels);
    return r.failures ? 1 : 0;
}
