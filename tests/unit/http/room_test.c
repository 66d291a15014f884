/* limits.answers: what is read, and the pieces of long answers, wait while too many bytes of answers are in memory; who
 * does not read what it asked for, and who posts, holds up nobody and waits for nobody. */
#include "leaks.h"
#include "loopback.h"
#include "served.h"
#include "wire.h"
#include "work.h"

#include <criterion/criterion.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#define GUESS 65536 /* what a read counts as until its answer is there */
#define GATE "GET /v1/gate HTTP/1.1\r\nHost: a\r\n\r\n"
#define ITEM "GET /v1/items/a HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST "POST /v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

static struct world world;
static struct certificate node;
static struct served s;
static SSL_CTX *client;

static void setup(void)
{
    signal(SIGPIPE, SIG_IGN);
    world_make(&world);
    world_open(&world);
    node =
        certificate_make(&world.usa, "spiffe://usa.example/node/n1", &(struct oddity){.from_days = -9, .to_days = 5});
    client = SSL_CTX_new(TLS_client_method());
    SSL_CTX_use_certificate(client, node.x509);
    SSL_CTX_use_PrivateKey(client, node.key);
    served_init(&s);
    s.config.tls = world.tls;
    s.config.log = world.log;
}

static void teardown(void)
{
    served_stop(&s);
    SSL_CTX_free(client);
    certificate_free(&node);
    world_free(&world);
    no_leaks();
}

TestSuite(room, .init = setup, .fini = teardown, .timeout = 60);

static void start(size_t answers)
{
    s.config.limits.answers = answers;
    served_start(&s);
}

static struct wire ask(const char *request)
{
    struct wire w = wire_open_tls(http_port(s.server), client);
    wire_send(&w, str_of(request), 0);
    return w;
}

static void expect(struct wire *w, int status)
{
    struct wire_answer a = wire_read(w, false);
    cr_expect_eq(a.status, status, "%d %s", a.status, a.body.p);
    wire_answer_free(&a);
    wire_close(w);
}

static void await_delayed(uint64_t n)
{
    struct http_counters c;
    while (http_counters(s.server, &c), c.delayed != n)
        sched_yield();
}

/* What goes to the workers, as the layer calls it (-Wl,--wrap): held up, if a test says so. */
static atomic_bool holds_up, is_held_up;

bool __real_work_push(struct work *w, struct job *job, bool admitted);
bool __wrap_work_push(struct work *w, struct job *job, bool admitted);

bool __wrap_work_push(struct work *w, struct job *job, bool admitted)
{
    if (atomic_load(&holds_up)) {
        atomic_store(&is_held_up, true);
        usleep(200000);
    }
    return __real_work_push(w, job, admitted);
}

/* The room is taken, by as many reads as it is for: a read waits, a post does not. */
Test(room, reads_wait_for_it)
{
    start(2 * GUESS);
    struct wire first = ask(GATE), second = ask(GATE);
    served_await_waiting(&s, 2);
    struct wire third = ask(ITEM), post = ask(POST);
    await_delayed(1);
    expect(&post, 201);
    await_delayed(1);
    served_open_gate(&s);
    expect(&first, 200);
    expect(&second, 200);
    expect(&third, 200);
    struct http_counters c;
    while (http_counters(s.server, &c), c.answer_bytes)
        sched_yield();
    cr_expect_eq(c.delayed, 0);
}

Test(room, within_it_nobody_waits)
{
    start(2 * GUESS + 1);
    struct wire first = ask(GATE), second = ask(GATE);
    served_await_waiting(&s, 2);
    struct wire third = ask(ITEM);
    expect(&third, 200);
    served_open_gate(&s);
    expect(&first, 200);
    expect(&second, 200);
}

/* Who waits for room has a place in the queue of requests. */
Test(room, those_who_wait_are_bounded)
{
    s.config.limits.requests_queued = 1;
    start(GUESS);
    struct wire first = ask(GATE);
    served_await_waiting(&s, 1);
    struct wire second = ask(ITEM);
    await_delayed(1);
    struct wire third = ask(ITEM);
    expect(&third, 503);
    served_open_gate(&s);
    expect(&first, 200);
    expect(&second, 200);
}

static bool items_at_once(struct request *r)
{
    if (!request_path_param(r, "id").n)
        return false;
    reply_text(r, 200, "text/plain", STR("at once"));
    return true;
}

/* With room it can do without a worker, as it could have at first; what at_once leaves is the handler's. */
Test(room, who_has_waited_is_asked_at_once)
{
    s.config.at_once = items_at_once;
    start(GUESS);
    struct wire first = ask(GATE);
    served_await_waiting(&s, 1);
    struct wire item = ask(ITEM), gate = ask(GATE);
    await_delayed(2);
    served_open_gate(&s);
    expect(&first, 200);
    struct wire_answer a = wire_read(&item, false);
    cr_expect_str_eq(a.body.p, "at once");
    wire_answer_free(&a);
    wire_close(&item);
    expect(&gate, 200);
}

/* More than the kernels of both sides hold. */
Test(room, who_does_not_read_holds_up_nobody)
{
    start(GUESS);
    struct wire lazy = ask("GET /v1/records?size=40000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < 3; i++) {
        struct wire other = ask(ITEM);
        expect(&other, 200);
    }
    struct wire_answer a = wire_read(&lazy, false);
    cr_expect_eq(a.body.n, 40000000);
    wire_answer_free(&a);
    wire_close(&lazy);
}

static void read_until_delayed(struct wire *w, size_t *size)
{
    BUF_CLEANUP struct buf chunk = {0};
    struct http_counters c;
    while (http_counters(s.server, &c), !c.delayed) {
        struct pollfd p = {.fd = w->fd, .events = POLLIN};
        if ((w->in.n || poll(&p, 1, 1) == 1) && wire_read_chunk(w, &chunk))
            *size += chunk.n;
    }
}

/* A long answer that its client takes up late comes to its next piece when another has the room. */
Test(room, pieces_wait_for_it_too)
{
    enum { PIECES = 400, SIZE = 100000 };
    BUF_CLEANUP struct buf chunk = {0};
    start(GUESS);
    struct wire slow = ask("GET /v1/source?pieces=400&size=100000 HTTP/1.1\r\nHost: a\r\n\r\n");
    struct wire gate = ask(GATE);
    served_await_waiting(&s, 1);
    struct wire_answer a = wire_read_header(&slow);
    size_t size = 0;
    read_until_delayed(&slow, &size);
    cr_expect_lt(size, (size_t)PIECES * SIZE);
    served_open_gate(&s);
    expect(&gate, 200);
    while (wire_read_chunk(&slow, &chunk))
        size += chunk.n;
    cr_expect_eq(size, (size_t)PIECES * SIZE);
    wire_answer_free(&a);
    wire_close(&slow);
}

Test(room, a_stop_survives_those_who_wait)
{
    start(GUESS);
    struct wire first = ask(GATE);
    served_await_waiting(&s, 1);
    struct wire second = ask(ITEM);
    await_delayed(1);
    http_stop(s.server);
    s.server = NULL;
    wire_close(&first);
    wire_close(&second);
}

/* A piece that waits no more, and is not with the workers yet when they are to stop. */
Test(room, a_stop_survives_who_is_on_the_way)
{
    start(GUESS);
    struct wire slow = ask("GET /v1/source?pieces=400&size=100000 HTTP/1.1\r\nHost: a\r\n\r\n");
    struct wire gate = ask(GATE);
    served_await_waiting(&s, 1);
    struct wire_answer a = wire_read_header(&slow);
    size_t size = 0;
    read_until_delayed(&slow, &size);
    atomic_store(&holds_up, true);
    served_open_gate(&s);
    while (!atomic_load(&is_held_up))
        sched_yield();
    http_stop(s.server);
    s.server = NULL;
    wire_answer_free(&a);
    wire_close(&slow);
    wire_close(&gate);
}
