/* Many clients at once, some of which leave in the middle, answers from other threads, a drain and a stop while all of
 * it goes on. A plain program, as Criterion does not run under ThreadSanitizer: it succeeds if nothing crashes, hangs
 * or is reported, and every `done` was called once. */
#include "served.h"
#include "wire.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define CLIENTS 12
#define ROUNDS 150

static struct served s;
static atomic_int whole;

static const char *const requests[] = {
    "GET /v1/items/a?x=1 HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /v1/elsewhere HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, identity;q=0\r\n\r\n",
    "GET /v1/source?pieces=20&size=20000 HTTP/1.1\r\nHost: a\r\nAccept-Encoding: zstd\r\n\r\n",
    "POST /v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n\"ab\"",
    "GET /v1/nothing HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /v1/records?size=300000 HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n",
    "GET /v1/items/a HTTP/1.1\nHost: a\r\n\r\n",
    "GET /v1/source?pieces=9&size=20000&fail_at=3 HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n",
    "GET /v1/feed?after=-1&last=5&beat=3 HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /v1/feed?after=1000000&last=1 HTTP/1.1\r\nHost: a\r\n\r\n",
};
#define N_REQUESTS (sizeof requests / sizeof *requests)
#define FOR_EVER (N_REQUESTS - 1) /* waits until its client leaves or the server stops */

static void visit(unsigned *seed)
{
    struct wire w = wire_open(http_port(s.server));
    unsigned leaves = (unsigned)rand_r(seed) % 8;
    for (unsigned i = 0; i < 6 && !w.ended; i++) {
        unsigned which = (unsigned)rand_r(seed) % N_REQUESTS;
        wire_send(&w, str_of(requests[which]), (unsigned)rand_r(seed) % 3 ? 0 : 11);
        if (i == leaves || which == FOR_EVER)
            break; /* without the answer */
        struct wire_answer a = wire_read(&w, false);
        atomic_fetch_add(&whole, a.status != 0);
        wire_answer_free(&a);
    }
    wire_close(&w);
}

static void *client(void *arg)
{
    unsigned seed = (unsigned)(size_t)arg;
    for (int i = 0; i < ROUNDS; i++)
        visit(&seed);
    return NULL;
}

/* Connections made while the server stops may be refused: only those that are open already. */
static void *last_client(void *arg)
{
    struct wire *w = arg;
    for (unsigned seed = 1; !w->ended;) {
        unsigned which = (unsigned)rand_r(&seed) % 8;
        wire_send(w, str_of(requests[which < 6 ? which : which + 2]), 0);
        struct wire_answer a = wire_read(w, false);
        wire_answer_free(&a);
    }
    wire_close(w);
    return NULL;
}

static void *publish(void *arg)
{
    atomic_bool *stops = arg;
    while (!atomic_load(stops)) {
        served_publish(&s);
        sched_yield();
    }
    return NULL;
}

static void *hand_over_soon(void *r)
{
    request_hand_over(r);
    return NULL;
}

/* One in four each: handed over here, handed over from elsewhere, answered, left. */
static bool at_once(struct request *r)
{
    static atomic_uint n;
    pthread_t thread;
    switch (atomic_fetch_add(&n, 1) % 4) {
    case 0: request_hand_over(r); return true;
    case 1:
        if (pthread_create(&thread, NULL, hand_over_soon, r))
            abort();
        pthread_detach(thread);
        return true;
    case 2: reply_text(r, 200, "text/plain", STR("at once")); return true;
    default: return false;
    }
}

static void run(bool stop_in_the_middle)
{
    pthread_t threads[CLIENTS], publisher;
    atomic_bool stops = false;
    struct wire open[CLIENTS];
    served_init(&s);
    s.config.limits.coded_from = 1024;
    s.config.limits.answers = 200000; /* three at once */
    s.config.at_once = at_once;
    served_start(&s);
    for (size_t i = 0; i < CLIENTS; i++) {
        open[i] = stop_in_the_middle ? wire_open(http_port(s.server)) : (struct wire){0};
        void *arg = stop_in_the_middle ? (void *)&open[i] : (void *)(i + 1);
        if (pthread_create(&threads[i], NULL, stop_in_the_middle ? last_client : client, arg))
            abort();
    }
    if (pthread_create(&publisher, NULL, publish, &stops))
        abort();
    struct http_counters c;
    while (stop_in_the_middle) {
        http_counters(s.server, &c);
        if (c.requests > 300 || c.waiting >= CLIENTS)
            break;
        sched_yield();
    }
    if (!stop_in_the_middle)
        for (size_t i = 0; i < CLIENTS; i++)
            pthread_join(threads[i], NULL);
    http_drain(s.server, stop_in_the_middle ? 0 : 30);
    http_stop(s.server);
    s.server = NULL;
    atomic_store(&stops, true);
    pthread_join(publisher, NULL);
    served_stop(&s);
    if (stop_in_the_middle)
        for (size_t i = 0; i < CLIENTS; i++)
            pthread_join(threads[i], NULL);
    int ended = atomic_load(&s.done_completed) + atomic_load(&s.done_broken);
    if (ended != atomic_load(&s.with_done)) {
        fprintf(stderr, "%d bodies, %d ended\n", atomic_load(&s.with_done), ended);
        abort();
    }
}

int main(void)
{
    run(false);
    printf("%d whole answers, %d bodies\n", atomic_load(&whole), atomic_load(&s.with_done));
    for (int i = 0; i < 20; i++)
        run(true);
    return atomic_load(&whole) > 0 ? 0 : 1;
}
