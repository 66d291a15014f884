/* Answers that wait for something to send: who waits costs no worker, is woken, and is noticed when it goes. */
#include "leaks.h"
#include "loopback.h"
#include "served.h"
#include "wire.h"

#include <criterion/criterion.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>

#define LITERAL "GET /v1/items/literal HTTP/1.1\r\nHost: a\r\n\r\n"

static struct served s;

/* One worker: whatever holds it up shows. */
static void setup(void)
{
    served_init(&s);
    s.config.workers = 1;
    served_start(&s);
}

static void teardown(void)
{
    if (s.server)
        served_stop(&s);
    no_leaks();
}

TestSuite(park, .init = setup, .fini = teardown, .timeout = 60);

static struct wire follow(const char *query)
{
    struct wire w = wire_open(http_port(s.server));
    BUF_CLEANUP struct buf b = {0};
    buf_printf(&b, "GET /v1/feed?%s HTTP/1.1\r\nHost: a\r\n\r\n", query);
    wire_send(&w, buf_view(&b), 0);
    return w;
}

static void expect_answer(struct wire *w, int status, const char *body)
{
    struct wire_answer a = wire_read(w, false);
    cr_expect_eq(a.status, status, "%d %s", a.status, a.body.p);
    cr_expect(!body || strcmp(a.body.p, body) == 0, "%s", a.body.p);
    wire_answer_free(&a);
}

static void expect_chunk(struct wire *w, const char *want)
{
    BUF_CLEANUP struct buf chunk = {0};
    cr_assert(wire_read_chunk(w, &chunk), "the end instead of %s", want);
    cr_expect_str_eq(chunk.p, want);
}

static int follow_status(const char *query)
{
    struct wire w = follow(query);
    struct wire_answer a = wire_read(&w, false);
    int status = a.status;
    wire_answer_free(&a);
    wire_close(&w);
    return status;
}

static void expect_served(void)
{
    struct wire w = wire_open(http_port(s.server));
    wire_send(&w, STR(LITERAL), 0);
    expect_answer(&w, 200, "literal");
    wire_close(&w);
}

static void await(atomic_int *counter, int n)
{
    while (atomic_load(counter) < n)
        sched_yield();
}

static void await_waiting(uint64_t n)
{
    struct http_counters c;
    do
        http_counters(s.server, &c);
    while (c.waiting != n);
}

Test(park, what_waits_is_woken_and_costs_no_worker)
{
    struct wire w = follow("last=1"), other = follow("last=1");
    served_await_feed_waits(&s, 2);
    expect_served();
    served_publish(&s);
    struct wire_answer a = wire_read(&w, false);
    cr_expect_eq(a.status, 200);
    cr_expect_str_eq(a.body.p, "item 0\n");
    cr_expect_str_eq(wire_field(&a, "Content-Length"), "7", "one piece: its length is known");
    wire_answer_free(&a);
    expect_answer(&other, 200, "item 0\n");
    wire_send(&w, STR(LITERAL), 0);
    expect_answer(&w, 200, "literal");
    await(&s.done_completed, 2);
    wire_close(&w);
    wire_close(&other);
}

/* Each piece is on its way before the source is asked for the next. */
Test(park, a_stream_sends_each_piece_as_it_comes)
{
    served_publish(&s);
    struct wire w = follow("last=4");
    struct wire_answer a = wire_read_header(&w);
    cr_expect_eq(a.status, 200);
    cr_expect_str_eq(wire_field(&a, "Transfer-Encoding"), "chunked");
    wire_answer_free(&a);
    expect_chunk(&w, "item 0\n");
    for (int i = 1; i < 4; i++) {
        char want[16];
        served_await_feed_waits(&s, i);
        served_publish(&s);
        snprintf(want, sizeof want, "item %d\n", i);
        expect_chunk(&w, want);
    }
    BUF_CLEANUP struct buf none = {0};
    cr_expect_not(wire_read_chunk(&w, &none));
    wire_send(&w, STR(LITERAL), 0);
    expect_answer(&w, 200, "literal");
    await(&s.done_completed, 1);
    wire_close(&w);
}

/* What wakes the request while its source still looks has it look again. */
Test(park, no_wake_is_lost)
{
    struct wire w = follow("last=1&eager=1000");
    served_await_feed_waits(&s, 1001);
    served_publish(&s);
    expect_answer(&w, 200, "item 0\n");
    for (int i = 0; i < 500; i++) { /* the publication crosses the request's way to its place */
        char query[32];
        snprintf(query, sizeof query, "last=1&after=%ld", s.published);
        int before = s.feed_calls;
        struct wire one = follow(query);
        await(&s.feed_calls, before + 1);
        served_publish(&s);
        expect_answer(&one, 200, NULL);
        wire_close(&one);
    }
    wire_close(&w);
}

/* They are called again in the order of their times, whatever the order in which they came. */
Test(park, time_wakes_too)
{
    static const char *const queries[] = {"last=1&beat=3600000", "last=1&beat=20", "last=1", "last=1&beat=30",
                                          "last=1&beat=10"};
    struct wire w[5];
    for (size_t i = 0; i < 5; i++)
        w[i] = follow(queries[i]);
    served_await_feed_waits(&s, 60);
    served_publish(&s);
    for (size_t i = 0; i < 5; i++) {
        expect_answer(&w[i], 200, "item 0\n");
        wire_close(&w[i]);
    }
}

Test(park, a_peer_that_goes_is_noticed)
{
    struct wire before = follow("last=1"), during = follow("last=9"), reset = follow("last=1"),
                stays = follow("last=1");
    served_await_feed_waits(&s, 4);
    wire_close(&stays); /* the one without a piece … */
    await(&s.done_broken, 1);
    served_publish(&s);
    expect_answer(&before, 200, "item 0\n");
    expect_answer(&reset, 200, "item 0\n");
    struct wire_answer a = wire_read_header(&during);
    wire_answer_free(&a);
    expect_chunk(&during, "item 0\n");
    served_await_feed_waits(&s, 5);
    int calls = atomic_load(&s.feed_calls);
    wire_close(&during); /* … and the one in the middle */
    await(&s.done_broken, 2);
    cr_expect_eq(atomic_load(&s.feed_calls), calls, "nothing is asked for who has gone");
    wire_send(&reset, STR("GET /v1/feed?last=1&after=1 HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    served_await_feed_waits(&s, 6);
    setsockopt(reset.fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    wire_close(&reset);
    await(&s.done_broken, 3);
    struct http_counters c;
    http_counters(s.server, &c);
    cr_expect_eq(c.status[5], 0, "a departure is no failure");
    cr_expect_eq(s.n_followers, 0);
    await_waiting(0);
    wire_close(&before);
}

/* Nothing that comes for the socket reaches it, so that nothing is acknowledged. */
static void vanish(int fd)
{
    struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
    cr_assert_eq(
        setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &(struct sock_fprog){1, &drop}, sizeof(struct sock_fprog)), 0);
}

Test(park, a_peer_that_has_vanished_is_noticed_by_the_next_piece)
{
    served_stop(&s);
    served_init(&s);
    s.config.limits.send_seconds = 1;
    served_start(&s);
    struct wire w = follow("last=9");
    served_await_feed_waits(&s, 1);
    vanish(w.fd);
    served_publish(&s);
    await(&s.done_broken, 1);
    wire_close(&w);
}

Test(park, a_drain_ends_what_waits)
{
    struct wire poll = follow("last=1"), stream = follow("last=9"), stuck = follow("last=1&stuck=1");
    served_publish(&s);
    expect_answer(&poll, 200, "item 0\n");
    expect_answer(&stuck, 200, "item 0\n");
    wire_close(&poll);
    await(&s.done_completed, 2); /* or they would be counted as those that wait */
    poll = follow("last=1&after=1");
    wire_send(&stuck, STR("GET /v1/feed?after=1&stuck=1 HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    struct wire_answer a = wire_read_header(&stream);
    wire_answer_free(&a);
    expect_chunk(&stream, "item 0\n");
    await_waiting(3);
    http_drain(s.server, 60);
    a = wire_read(&poll, false);
    cr_expect_eq(a.status, 200);
    cr_expect_str_eq(wire_field(&a, "Content-Length"), "0");
    cr_expect_str_eq(wire_field(&a, "Connection"), "close");
    wire_answer_free(&a);
    BUF_CLEANUP struct buf none = {0};
    cr_expect_not(wire_read_chunk(&stream, &none));
    cr_expect_not(stream.ended, "a whole answer");
    expect_answer(&stuck, 503, NULL);
    wire_close(&poll);
    wire_close(&stream);
    wire_close(&stuck);
}

Test(park, a_stop_ends_what_waits)
{
    struct wire poll = follow("last=1"), stream = follow("last=9&beat=1"), other = follow("last=9&beat=3600000");
    served_await_feed_waits(&s, 20);
    http_stop(s.server);
    s.server = NULL;
    cr_expect_eq(atomic_load(&s.done_broken), 3);
    wire_close(&poll);
    wire_close(&stream);
    wire_close(&other);
}

Test(park, sources_that_keep_no_rule_are_refused)
{
    cr_expect_eq(follow_status("last=1&spoils=1"), 500);
    cr_expect_eq(follow_status("last=1&flat=1"), 500);
    expect_served();
}

static void restart(unsigned waiting, unsigned of_one)
{
    served_stop(&s);
    served_init(&s);
    s.config.limits.waiting = waiting;
    s.config.limits.waiting_per_principal = of_one;
    served_start(&s);
}

static void expect_limit(int status)
{
    struct wire within[3];
    for (int i = 0; i < 3; i++)
        within[i] = follow("last=1");
    await_waiting(3);
    struct wire w = follow("last=1");
    struct wire_answer a = wire_read(&w, false);
    cr_expect_eq(a.status, status);
    cr_expect_str_eq(wire_field(&a, "Retry-After"), "1");
    wire_answer_free(&a);
    expect_served();
    wire_close(&within[0]); /* its place becomes free */
    await_waiting(2);
    wire_send(&w, STR("GET /v1/feed?last=1 HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    await_waiting(3);
    served_publish(&s);
    expect_answer(&w, 200, "item 0\n");
    expect_answer(&within[1], 200, "item 0\n");
    expect_answer(&within[2], 200, "item 0\n");
    await_waiting(0);
    for (int i = 1; i < 3; i++)
        wire_close(&within[i]);
    wire_close(&w);
}

Test(park, as_many_as_the_limit_wait)
{
    restart(3, 100);
    expect_limit(503);
}

Test(park, as_many_of_one_as_the_limit_wait)
{
    restart(100, 3);
    expect_limit(429);
}

/* --- over mutual TLS --- */

static struct world world;
static struct certificate nodes[2];
static SSL_CTX *contexts[2];

static void secure_setup(void)
{
    signal(SIGPIPE, SIG_IGN);
    world_make(&world);
    world_open(&world);
    for (int i = 0; i < 2; i++) {
        static const char *const names[] = {"spiffe://usa.example/node/n1", "spiffe://usa.example/node/n2"};
        nodes[i] = certificate_make(&world.usa, names[i], &(struct oddity){.from_days = -9, .to_days = 5});
        contexts[i] = SSL_CTX_new(TLS_client_method());
        SSL_CTX_use_certificate(contexts[i], nodes[i].x509);
        SSL_CTX_use_PrivateKey(contexts[i], nodes[i].key);
    }
    served_init(&s);
    s.config.tls = world.tls;
    s.config.log = world.log;
}

static void secure_teardown(void)
{
    served_stop(&s);
    for (int i = 0; i < 2; i++) {
        SSL_CTX_free(contexts[i]);
        certificate_free(&nodes[i]);
    }
    world_free(&world);
    no_leaks();
}

TestSuite(park_secure, .init = secure_setup, .fini = secure_teardown, .timeout = 60);

#define FOLLOW "GET /v1/feed?last=9 HTTP/1.1\r\nHost: a\r\n\r\n"

/* Nothing that comes after a revocation is sent, nor asked for. */
Test(park_secure, a_certificate_revoked_while_waiting_ends_the_wait)
{
    served_start(&s);
    struct wire polls = wire_open_tls(http_port(s.server), contexts[0]),
                streams = wire_open_tls(http_port(s.server), contexts[0]);
    wire_send(&streams, STR(FOLLOW), 0);
    served_await_feed_waits(&s, 1);
    served_publish(&s);
    struct wire_answer a = wire_read_header(&streams);
    cr_expect_eq(a.status, 200);
    wire_answer_free(&a);
    expect_chunk(&streams, "item 0\n");
    wire_send(&polls, STR("GET /v1/feed?last=9&after=1 HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    served_await_feed_waits(&s, 3);
    int calls = atomic_load(&s.feed_calls);
    world_revoke(&world, "usa.example", &world.usa, (X509 *[]){nodes[0].x509, NULL});
    world_reload(&world);
    served_publish(&s);
    expect_answer(&polls, 403, NULL);
    BUF_CLEANUP struct buf none = {0};
    cr_expect_not(wire_read_chunk(&streams, &none));
    cr_expect(streams.ended, "not a whole answer");
    await(&s.done_broken, 2);
    cr_expect_eq(atomic_load(&s.feed_calls), calls);
    wire_close(&polls);
    wire_close(&streams);
}

/* Of two certificates behind one address each has its own places. */
Test(park_secure, each_certificate_has_its_own_limit)
{
    s.config.limits.waiting_per_principal = 1;
    served_start(&s);
    struct wire w[2], more;
    for (int i = 0; i < 2; i++) {
        w[i] = wire_open_tls(http_port(s.server), contexts[i]);
        wire_send(&w[i], STR(FOLLOW), 0);
    }
    await_waiting(2);
    more = wire_open_tls(http_port(s.server), contexts[1]);
    wire_send(&more, STR(FOLLOW), 0);
    expect_answer(&more, 429, NULL);
    wire_close(&more);
    for (int i = 0; i < 2; i++)
        wire_close(&w[i]);
    await(&s.done_broken, 3);
}
