/* Records posted at a steady rate, and partners that follow them: how long from the acknowledgement to the delivery.
 * See --help. */
#include "client.h"
#include "latency.h"
#include "memory.h"
#include "observations.h"
#include "options.h"

#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <time.h>

static const char usage[] =
    "usage: follow --port N --ca FILE --identity CERT,KEY… --follow CODE,CERT,KEY… --labels FILE [options]\n"
    "\n"
    "  --identity C,K     who posts: its number is the number of the originator in the labels' file\n"
    "  --follow P,C,K     who follows: partner P, which sees the records whose marking names it\n"
    "  --stream           by /v1/stream; otherwise by /v1/changes\n"
    "  --rate N           records a second (default 1000), each a request\n"
    "  --connections N    of those who post (default 16)\n"
    "  --seconds S        measure for so long (default 5), after --warm-up S (default 1)\n"
    "  --serial N --from T\n"
    "                     as for load\n"
    "\n"
    "Prints one line of JSON. Exit status: 0, or 1 when a request failed.\n";

#define FOLLOWERS_MAX 32
#define PATIENCE 10000000 /* microseconds after the last acknowledgement for what is still to be delivered */
#define WAIT_SECONDS 20   /* of one long poll */
#define MEMBER_MAX 40     /* bytes of a member that is looked for, with its name and what ends it */

struct options {
    const char *ca, *labels;
    char *identities[ORIGINATORS_MAX], *follow[FOLLOWERS_MAX];
    size_t n_identities, n_follow, connections;
    unsigned port, rate;
    uint64_t serial;
    double seconds, warm_up;
    instant from;
    bool stream;
};

struct run;
struct follower {
    struct run *run;
    struct client client;
    SSL_CTX *ctx;
    char code[32];
    struct buf text;     /* what has come and was not looked through */
    uint64_t position;   /* of the last change seen; 0: not asked yet */
    uint64_t *delivered; /* when, of each record; 0: not */
    bool following;      /* the request that follows has been sent */
};

struct poster {
    struct client client;
    size_t record; /* that is being posted */
    bool ready, busy;
};

struct run {
    const struct options *options;
    struct labels labels;
    struct poster *posters;
    struct follower *followers;
    SSL_CTX *contexts[ORIGINATORS_MAX];
    int epoll;
    size_t n, posted, acked, expected, arrived; /* records; deliveries */
    uint64_t *acknowledged;                     /* when, of each record */
    uint64_t began, last_ack;
    uint64_t failures, twice, wrong;
};

static uint64_t now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static bool failed(struct run *r, const char *what, struct str more)
{
    if (!r->failures++)
        fprintf(stderr, "follow: %s %.*s\n", what, (int)(more.n < 600 ? more.n : 600), more.p ? more.p : "");
    return false;
}

/* --- what followers see --- */

static size_t originator_of(const struct run *r, size_t record)
{
    return record % r->options->n_identities;
}

static bool may_see(const struct run *r, const struct follower *f, size_t record)
{
    const struct label_choice *label =
        observation_label(&r->labels, originator_of(r, record), r->options->serial + record);
    return strstr(label->marking, f->code) != NULL;
}

static void deliver(struct follower *f, uint64_t serial)
{
    struct run *r = f->run;
    size_t record = (size_t)(serial - r->options->serial);
    if (serial < r->options->serial || record >= r->posted || !may_see(r, f, record))
        r->wrong++;
    else if (f->delivered[record])
        r->twice++;
    else {
        f->delivered[record] = now();
        r->arrived++;
    }
}

/* Reads a number after `name` at p when what ends it is there; NULL otherwise. */
static const char *member(const char *p, const char *end, const char *name, uint64_t *ret)
{
    size_t n = strlen(name);
    if ((size_t)(end - p) <= n || memcmp(p, name, n))
        return NULL;
    char *after;
    uint64_t v = strtoull(p + n, &after, 10);
    if (after == p + n || after >= end)
        return NULL;
    *ret = v;
    return after;
}

/* Records by the serial number that they carry, and positions. Members may lie across pieces. */
static void look_through(void *ctx, struct str bytes)
{
    struct follower *f = ctx;
    buf_str(&f->text, bytes);
    *buf_reserve(&f->text, 1) = '\0';
    const char *p = f->text.p, *end = p + f->text.n, *after;
    for (const char *next; (next = memchr(p, '"', (size_t)(end - p))); p = after ? after : next + 1) {
        uint64_t v;
        p = next;
        if ((after = member(p, end, "\"origObjectId\":\"", &v)))
            deliver(f, v);
        else if ((after = member(p, end, "\"position\":", &v)))
            f->position = v > f->position ? v : f->position;
        else if (end - p < MEMBER_MAX)
            break;
    }
    size_t rest = (size_t)(end - p) < MEMBER_MAX ? (size_t)(end - p) : MEMBER_MAX;
    if (p < end - rest)
        p = end - rest;
    memmove(f->text.p, p, (size_t)(end - p));
    f->text.n = (size_t)(end - p);
}

static void ask(struct follower *f)
{
    char target[96];
    const struct options *o = f->run->options;
    f->following = f->position > 0;
    if (!f->following)
        snprintf(target, sizeof target, "/v1/changes?after=latest&wait=0");
    else if (o->stream)
        snprintf(target, sizeof target, "/v1/stream?after=%llu", (unsigned long long)f->position);
    else
        snprintf(target, sizeof target, "/v1/changes?after=%llu&wait=%d", (unsigned long long)f->position,
                 WAIT_SECONDS);
    buf_clear(&f->text);
    client_request(&f->client, "GET", target, (struct str){0});
}

static bool follow_on(struct run *r, struct follower *f)
{
    if (f->client.out.n && f->client.status != 200)
        return failed(r, "a follower was refused:", buf_view(&f->text));
    if (f->following && r->options->stream)
        return failed(r, "a stream ended", (struct str){0});
    ask(f);
    return true;
}

/* --- who posts --- */

static void post(struct run *r, struct poster *p)
{
    const struct options *o = r->options;
    BUF_CLEANUP struct buf body = {0};
    p->record = r->posted++;
    p->busy = true;
    for (size_t i = 0; i < o->n_follow; i++)
        r->expected += may_see(r, &r->followers[i], p->record);
    observation_add(&body, &r->labels, originator_of(r, p->record), o->serial + p->record, o->from);
    client_request(&p->client, "POST", "/v1/eoobservation", buf_view(&body));
}

static bool take_answer(struct run *r, struct poster *p)
{
    if (p->client.status != 201)
        return failed(r, "a post was refused:", client_body(&p->client));
    r->acknowledged[p->record] = r->last_ack = now();
    r->acked++;
    p->busy = false;
    return true;
}

static bool all_are_ready(const struct run *r)
{
    for (size_t i = 0; i < r->options->connections; i++)
        if (!r->posters[i].ready)
            return false;
    for (size_t i = 0; i < r->options->n_follow; i++)
        if (!r->followers[i].following)
            return false;
    return true;
}

/* --- connections --- */

static void watch(const struct run *r, const struct client *c, size_t at, int operation, enum client_wants w)
{
    struct epoll_event e = {.events = w == CLIENT_WRITE ? EPOLLOUT : EPOLLIN, .data.u64 = at};
    epoll_ctl(r->epoll, operation, c->fd, &e);
}

/* Goes on with a connection: the posters have the first numbers. */
static bool drive(struct run *r, size_t at)
{
    size_t n = r->options->connections;
    struct poster *p = at < n ? &r->posters[at] : NULL;
    struct follower *f = p ? NULL : &r->followers[at - n];
    struct client *c = p ? &p->client : &f->client;
    enum client_wants w;
    while ((w = client_step(c)) == CLIENT_DONE) {
        if (f && !follow_on(r, f))
            return false;
        if (p && p->busy && !take_answer(r, p))
            return false;
        if (p) {
            p->ready = true;
            w = CLIENT_READ;
            break;
        }
    }
    if (w == CLIENT_FAILED)
        return failed(r, c->failure, (struct str){0});
    watch(r, c, at, EPOLL_CTL_MOD, w);
    return true;
}

/* A connection of the originator whose turn it is that waits for nothing, all of them by turns, so that none falls
 * idle; `connections` when there is none. */
static size_t idle_poster(const struct run *r)
{
    size_t n = r->options->connections, at = r->posted % n;
    for (size_t i = 0; i < n; i += r->options->n_identities, at = (at + r->options->n_identities) % n)
        if (!r->posters[at].busy)
            return at;
    return n;
}

static bool post_what_is_due(struct run *r)
{
    uint64_t due = (now() - r->began) * r->options->rate / 1000000 + 1;
    for (size_t at; r->posted < due && r->posted < r->n && (at = idle_poster(r)) < r->options->connections;) {
        post(r, &r->posters[at]);
        if (!drive(r, at))
            return false;
    }
    return true;
}

static bool finished(const struct run *r)
{
    return r->acked == r->n && (r->arrived == r->expected || now() > r->last_ack + PATIENCE);
}

static void run_all(struct run *r)
{
    struct epoll_event events[64];
    uint64_t given_up = now() + PATIENCE + (uint64_t)((r->options->seconds + r->options->warm_up) * 4e6);
    while (!r->began || !finished(r)) {
        int n = epoll_wait(r->epoll, events, 64, 1);
        for (int i = 0; i < n; i++)
            if (!drive(r, events[i].data.u64))
                return;
        if (!r->began && all_are_ready(r))
            r->began = now();
        if (r->began && !post_what_is_due(r))
            return;
        if (now() > given_up) {
            failed(r, "gave up waiting", (struct str){0});
            return;
        }
    }
}

static bool open_all(struct run *r)
{
    const struct options *o = r->options;
    for (size_t i = 0; i < o->n_identities; i++)
        if (!(r->contexts[i] = client_context(o->ca, o->identities[i])))
            return failed(r, "cannot use the certificates", str_of(o->identities[i]));
    r->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < o->connections; i++) {
        struct client *c = &r->posters[i].client;
        if (!client_open(c, r->contexts[i % o->n_identities], "127.0.0.1", o->port, NULL))
            return failed(r, c->failure, (struct str){0});
        watch(r, c, i, EPOLL_CTL_ADD, CLIENT_WRITE);
    }
    for (size_t i = 0; i < o->n_follow; i++) {
        struct follower *f = &r->followers[i];
        const char *comma = strchr(o->follow[i], ',');
        snprintf(f->code, sizeof f->code, "%.*s", comma ? (int)(comma - o->follow[i]) : 0, o->follow[i]);
        if (!comma || !(f->ctx = client_context(o->ca, comma + 1)))
            return failed(r, "cannot use the certificates", str_of(o->follow[i]));
        if (!client_open(&f->client, f->ctx, "127.0.0.1", o->port, NULL))
            return failed(r, f->client.failure, (struct str){0});
        f->client.piece = look_through;
        f->client.piece_ctx = f;
        f->run = r;
        f->delivered = memory_zeroed(r->n * sizeof *f->delivered);
        watch(r, &f->client, o->connections + i, EPOLL_CTL_ADD, CLIENT_WRITE);
    }
    return true;
}

static void report(const struct run *r)
{
    static struct latency latency;
    size_t missing = 0, first = (size_t)(r->options->warm_up * r->options->rate);
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->options->n_follow; k++) {
            uint64_t at = r->followers[k].delivered[i], acked = r->acknowledged[i];
            missing += !at && may_see(r, &r->followers[k], i);
            if (at && i >= first)
                latency_add(&latency, at > acked ? at - acked : 0);
        }
    double seconds = (double)(r->last_ack - r->began) / 1e6;
    printf("{\"records\":%zu,\"records_per_second\":%.1f,\"deliveries\":%zu,\"missing\":%zu,\"twice\":%llu,"
           "\"wrong\":%llu,\"next_serial\":%llu,",
           r->acked, seconds > 0 ? (double)r->acked / seconds : 0, r->arrived, missing, (unsigned long long)r->twice,
           (unsigned long long)r->wrong, (unsigned long long)(r->options->serial + r->posted));
    printf("\"microseconds\":{\"p50\":%llu,\"p90\":%llu,\"p99\":%llu,\"p999\":%llu,\"max\":%llu}}\n",
           (unsigned long long)latency_at(&latency, 0.5), (unsigned long long)latency_at(&latency, 0.9),
           (unsigned long long)latency_at(&latency, 0.99), (unsigned long long)latency_at(&latency, 0.999),
           (unsigned long long)latency.largest);
}

/* --- options --- */

enum { PORT = 1, CA, IDENTITY, FOLLOW, STREAM, RATE, CONNECTIONS, SECONDS, WARM_UP, LABELS, SERIAL, FROM };

static bool add_text(char **texts, size_t *n, size_t most, char *text)
{
    if (*n == most)
        return false;
    texts[(*n)++] = text;
    return true;
}

static bool set_option(void *ctx, int option, char *value)
{
    struct options *o = ctx;
    switch (option) {
    case PORT: return (o->port = (unsigned)atoi(value)) > 0;
    case CA: o->ca = value; return true;
    case IDENTITY: return add_text(o->identities, &o->n_identities, ORIGINATORS_MAX, value);
    case FOLLOW: return add_text(o->follow, &o->n_follow, FOLLOWERS_MAX, value);
    case STREAM: o->stream = true; return true;
    case RATE: return (o->rate = (unsigned)atoi(value)) > 0;
    case CONNECTIONS: return (o->connections = strtoul(value, NULL, 10)) > 0;
    case SECONDS: return (o->seconds = atof(value)) > 0;
    case WARM_UP: return (o->warm_up = atof(value)) >= 0;
    case LABELS: o->labels = value; return true;
    case SERIAL: o->serial = strtoull(value, NULL, 10); return true;
    case FROM: return instant_parse(str_of(value), &o->from);
    default: return false;
    }
}

static bool read_options(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {{"port", 1, NULL, PORT},
                                          {"ca", 1, NULL, CA},
                                          {"identity", 1, NULL, IDENTITY},
                                          {"follow", 1, NULL, FOLLOW},
                                          {"stream", 0, NULL, STREAM},
                                          {"rate", 1, NULL, RATE},
                                          {"connections", 1, NULL, CONNECTIONS},
                                          {"seconds", 1, NULL, SECONDS},
                                          {"warm-up", 1, NULL, WARM_UP},
                                          {"labels", 1, NULL, LABELS},
                                          {"serial", 1, NULL, SERIAL},
                                          {"from", 1, NULL, FROM},
                                          {OPTION_HELP},
                                          {NULL, 0, NULL, 0}};
    *o = (struct options){.connections = 16, .rate = 1000, .seconds = 5, .warm_up = 1};
    return options_read(argc, argv, table, usage, set_option, o) && o->port && o->ca && o->n_identities &&
           o->n_follow && o->labels && o->connections % o->n_identities == 0;
}

static bool prepare(struct run *r)
{
    const struct options *o = r->options;
    long line = labels_read(o->labels, &r->labels);
    for (size_t i = 0; !line && i < o->n_identities; i++)
        line = r->labels.n[i] ? 0 : (long)i + 1;
    if (line) {
        fprintf(stderr, "follow: %s: unreadable, or no label for an identity, at %ld\n", o->labels, line);
        return false;
    }
    r->n = (size_t)((o->seconds + o->warm_up) * o->rate);
    r->acknowledged = memory_zeroed(r->n * sizeof *r->acknowledged);
    r->posters = memory_zeroed(o->connections * sizeof *r->posters);
    r->followers = memory_zeroed(o->n_follow * sizeof *r->followers);
    return open_all(r);
}

static void close_all(struct run *r)
{
    for (size_t i = 0; r->posters && i < r->options->connections; i++)
        client_close(&r->posters[i].client);
    for (size_t i = 0; r->followers && i < r->options->n_follow; i++) {
        client_close(&r->followers[i].client);
        SSL_CTX_free(r->followers[i].ctx);
        buf_free(&r->followers[i].text);
        free(r->followers[i].delivered);
    }
    for (size_t i = 0; i < r->options->n_identities; i++)
        SSL_CTX_free(r->contexts[i]);
    free(r->posters);
    free(r->followers);
    free(r->acknowledged);
    labels_free(&r->labels);
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
    bool ok = prepare(&r);
    if (ok) {
        run_all(&r);
        report(&r);
    }
    close_all(&r);
    return ok && !r.failures ? 0 : 1;
}
