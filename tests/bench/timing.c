/* Can a reader tell by the time of the answer whether a record that it may not see exists? See --help. */
#include "client.h"
#include "memory.h"
#include "options.h"

#include <math.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

static const char usage[] =
    "usage: timing --port N --ca FILE --identity CERT,KEY --pairs FILE [--plant MICROSECONDS] [--seed N] [--cpu N]\n"
    "\n"
    "FILE has one pair a line: the target of a hidden record, a blank, the target of one that does not exist. Both "
    "are\n"
    "asked for on one kept-alive connection, which of them first by chance. The first tenth of the pairs warms up and "
    "is\n"
    "not counted. All answers must be 404 and equally long.\n"
    "\n"
    "  --plant N   waits N microseconds within the time of each hidden record, to see that this would be noticed\n"
    "  --cpu N     runs on this processor only\n"
    "\n"
    "Prints one line of JSON. auc: the probability that a hidden record's answer takes longer than a missing one's, "
    "by\n"
    "ranks over all; paired: that it does within its pair; 0.5 tells nothing. Each with its standard error.\n";

struct options {
    const char *ca, *identity, *pairs;
    unsigned port;
    int cpu;
    uint64_t plant, seed;
};

struct pair {
    const char *target[2]; /* hidden, missing */
    uint64_t took[2];      /* nanoseconds */
};

struct run {
    const struct options *options;
    struct buf text; /* of the pairs */
    struct pair *pairs;
    size_t n;
    SSL_CTX *ctx;
    struct client client;
    uint64_t dice;
    size_t length; /* of the first answer */
};

static uint64_t now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static bool failed(const char *what, const char *more)
{
    fprintf(stderr, "timing: %s %s\n", what, more);
    return false;
}

enum { PORT = 1, CA, IDENTITY, PAIRS, PLANT, SEED, CPU };

static bool set_option(void *ctx, int option, char *value)
{
    struct options *o = ctx;
    switch (option) {
    case PORT: return (o->port = (unsigned)atoi(value)) > 0;
    case CA: o->ca = value; return true;
    case IDENTITY: o->identity = value; return true;
    case PAIRS: o->pairs = value; return true;
    case PLANT: o->plant = strtoull(value, NULL, 10); return true;
    case SEED: o->seed = strtoull(value, NULL, 10); return true;
    case CPU: o->cpu = atoi(value); return true;
    default: return false;
    }
}

static bool read_options(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        {"port", 1, NULL, PORT},   {"ca", 1, NULL, CA},     {"identity", 1, NULL, IDENTITY}, {"pairs", 1, NULL, PAIRS},
        {"plant", 1, NULL, PLANT}, {"seed", 1, NULL, SEED}, {"cpu", 1, NULL, CPU},           {OPTION_HELP},
        {NULL, 0, NULL, 0}};
    *o = (struct options){.cpu = -1, .seed = 1};
    return options_read(argc, argv, table, usage, set_option, o) && o->port && o->ca && o->identity && o->pairs;
}

static bool read_pairs(struct run *r)
{
    FILE *in = fopen(r->options->pairs, "re");
    if (!in)
        return failed("cannot read", r->options->pairs);
    for (size_t n = 1; n; r->text.n += n)
        n = fread(buf_reserve(&r->text, 65536), 1, 65536, in);
    fclose(in);
    buf_char(&r->text, '\0');
    for (size_t i = 0; i < r->text.n; i++)
        r->n += r->text.p[i] == '\n';
    r->pairs = memory_zeroed((r->n + 1) * sizeof *r->pairs);
    char *save = NULL, *word = strtok_r(r->text.p, " \n", &save);
    for (size_t i = 0; i < 2 * r->n; i++, word = strtok_r(NULL, " \n", &save))
        if (!(r->pairs[i / 2].target[i % 2] = word))
            return failed("a line without two targets in", r->options->pairs);
    return r->n >= 100 || failed("fewer than 100 pairs in", r->options->pairs);
}

/* Goes on until the handshake is over or the answer is there. */
static bool finish(struct client *c)
{
    enum client_wants w;
    while ((w = client_step(c)) == CLIENT_READ || w == CLIENT_WRITE) {
        struct pollfd p = {.fd = c->fd, .events = w == CLIENT_READ ? POLLIN : POLLOUT};
        if (poll(&p, 1, 60000) == 0)
            return failed("no answer for a minute", "");
    }
    return w == CLIENT_DONE || failed("the connection failed:", c->failure);
}

static bool ask(struct run *r, struct pair *pair, int which)
{
    struct client *c = &r->client;
    client_request(c, "GET", pair->target[which], (struct str){0});
    uint64_t began = now(), until = began + (which == 0 ? r->options->plant * 1000 : 0);
    while (now() < until)
        ;
    if (!finish(c))
        return false;
    pair->took[which] = now() - began;
    if (!r->length)
        r->length = c->in.n;
    if (c->status != 404 || c->in.n != r->length)
        return failed("not the answer of a missing record:", pair->target[which]);
    return true;
}

/* splitmix64 */
static uint64_t roll(struct run *r)
{
    uint64_t x = r->dice += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static bool ask_all(struct run *r)
{
    for (size_t i = 0; i < r->n; i++) {
        int first = (int)(roll(r) & 1);
        if (!ask(r, &r->pairs[i], first) || !ask(r, &r->pairs[i], !first))
            return false;
    }
    return true;
}

/* --- what it tells --- */

struct sample {
    uint64_t took;
    int which;
};

static int by_time(const void *a, const void *b)
{
    const struct sample *x = a, *y = b;
    return (x->took > y->took) - (x->took < y->took);
}

/* Mann and Whitney: the mean rank of the hidden ones, ties with their middle rank. */
static double auc_of(const struct sample *s, size_t n)
{
    double ranks = 0, each = (double)n / 2;
    for (size_t i = 0, j; i < n; i = j) {
        double hidden = 0;
        for (j = i; j < n && s[j].took == s[i].took; j++)
            hidden += s[j].which == 0;
        ranks += hidden * ((double)(i + 1 + j) / 2);
    }
    return (ranks - each * (each + 1) / 2) / (each * each);
}

/* Hanley and McNeil, Radiology 143 (1982), equation 1. */
static double error_of(double auc, double n)
{
    double q1 = auc / (2 - auc), q2 = 2 * auc * auc / (1 + auc);
    return sqrt((auc * (1 - auc) + (n - 1) * (q1 - auc * auc) + (n - 1) * (q2 - auc * auc)) / (n * n));
}

static double median_of(const struct sample *s, size_t n, int which)
{
    size_t left = n / 4;
    for (size_t i = 0; i < n; i++)
        if (s[i].which == which && left-- == 0)
            return (double)s[i].took / 1000;
    return 0;
}

static void report(const struct run *r)
{
    const struct pair *pairs = r->pairs + r->n / 10;
    size_t n = r->n - r->n / 10;
    double longer = 0, count = (double)n;
    FREE_CLEANUP struct sample *s = memory_zeroed(2 * n * sizeof *s);
    for (size_t i = 0; i < n; i++) {
        for (int which = 0; which < 2; which++)
            s[2 * i + (size_t)which] = (struct sample){pairs[i].took[which], which};
        longer += pairs[i].took[0] > pairs[i].took[1] ? 1 : pairs[i].took[0] == pairs[i].took[1] ? 0.5 : 0;
    }
    qsort(s, 2 * n, sizeof *s, by_time);
    double auc = auc_of(s, 2 * n), paired = longer / count;
    printf("{\"pairs\":%zu,\"planted_us\":%llu,\"auc\":%.4f,\"auc_error\":%.4f,\"paired\":%.4f,\"paired_error\":%.4f,"
           "\"hidden_us\":%.1f,\"missing_us\":%.1f}\n",
           n, (unsigned long long)r->options->plant, auc, error_of(auc, count), paired,
           sqrt(paired * (1 - paired) / count), median_of(s, 2 * n, 0), median_of(s, 2 * n, 1));
}

static bool prepare(struct run *r)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    if (r->options->cpu >= 0) {
        CPU_SET((size_t)r->options->cpu, &one);
        if (sched_setaffinity(0, sizeof one, &one) < 0)
            return failed("cannot run on that processor", "");
    }
    r->dice = r->options->seed;
    r->client.fd = -1;
    if (!read_pairs(r))
        return false;
    if (!(r->ctx = client_context(r->options->ca, r->options->identity)))
        return failed("cannot use the certificates", r->options->identity);
    return client_open(&r->client, r->ctx, "127.0.0.1", r->options->port, NULL)
               ? finish(&r->client)
               : failed("cannot connect:", r->client.failure);
}

int main(int argc, char **argv)
{
    struct options options;
    struct run r = {.options = &options};
    signal(SIGPIPE, SIG_IGN);
    if (!read_options(argc, argv, &options)) {
        fputs(usage, stderr);
        return 2;
    }
    bool good = prepare(&r) && ask_all(&r);
    if (good)
        report(&r);
    client_close(&r.client);
    SSL_CTX_free(r.ctx);
    free(r.pairs);
    buf_free(&r.text);
    return good ? 0 : 1;
}
