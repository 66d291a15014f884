/* The same exchange behind mutual TLS: identity at each request, and what becomes of it while connections live on. */
#include "leaks.h"
#include "loopback.h"
#include "served.h"
#include "wire.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>

#define NODE "spiffe://usa.example/node/n1"
#define ITEM "GET /v1/items/a HTTP/1.1\r\nHost: a\r\n\r\n"

static struct world world;
static struct certificate node;
static struct served s;
static SSL_CTX *with, *without;

/* The linker has every recv() of this program come here (--wrap). */
ssize_t __real_recv(int fd, void *to, size_t n, int flags);
ssize_t __wrap_recv(int fd, void *to, size_t n, int flags);

ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);

static atomic_int looks_in_vain, sends, sends_in_part, cut;

ssize_t __wrap_recv(int fd, void *to, size_t n, int flags)
{
    ssize_t got = __real_recv(fd, to, n, flags);
    if (got < 0 && errno == EAGAIN)
        atomic_fetch_add(&looks_in_vain, 1);
    return got;
}

static size_t size_of(const struct msghdr *message)
{
    size_t size = 0;
    for (size_t i = 0; i < message->msg_iovlen; i++)
        size += message->msg_iov[i].iov_len;
    return size;
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    int most = atomic_exchange(&cut, 0);
    atomic_fetch_add(&sends, 1);
    if (most)
        return send(fd, message->msg_iov[0].iov_base, (size_t)most, flags | MSG_MORE);
    ssize_t sent = __real_sendmsg(fd, message, flags);
    if (sent > 0 && sent < (ssize_t)size_of(message))
        atomic_fetch_add(&sends_in_part, 1);
    return sent;
}

static SSL_CTX *context(const struct certificate *c)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (c) {
        SSL_CTX_use_certificate(ctx, c->x509);
        SSL_CTX_use_PrivateKey(ctx, c->key);
    }
    return ctx;
}

static void setup(void)
{
    signal(SIGPIPE, SIG_IGN);
    world_make(&world);
    world_open(&world);
    node = certificate_make(&world.usa, NODE, &(struct oddity){.from_days = -9, .to_days = 5});
    with = context(&node);
    without = context(NULL);
    served_init(&s);
    s.config.tls = world.tls;
    s.config.log = world.log;
    atomic_store(&looks_in_vain, 0);
    atomic_store(&sends, 0);
    atomic_store(&sends_in_part, 0);
}

static void teardown(void)
{
    served_stop(&s);
    SSL_CTX_free(with);
    SSL_CTX_free(without);
    certificate_free(&node);
    world_free(&world);
    no_leaks();
}

TestSuite(secure, .init = setup, .fini = teardown, .timeout = 60);

static struct wire_answer item(struct wire *w)
{
    wire_send(w, STR(ITEM), 0);
    return wire_read(w, false);
}

static void expect_item(struct wire *w, int status)
{
    struct wire_answer a = item(w);
    cr_expect_eq(a.status, status, "%s", a.body.p);
    wire_answer_free(&a);
}

Test(secure, a_partner_is_served_and_others_are_not)
{
    served_start(&s);
    struct wire w = wire_open_tls(http_port(s.server), with);
    for (int i = 0; i < 3; i++)
        expect_item(&w, 200);
    cr_expect_eq(SSL_version(w.tls), TLS1_3_VERSION);
    wire_close(&w);
    w = wire_open_tls(http_port(s.server), without);
    struct wire_answer a = item(&w);
    cr_expect_eq(a.status, 0);
    wire_answer_free(&a);
    wire_close(&w);
    struct wire plain = wire_open(http_port(s.server));
    a = item(&plain);
    cr_expect_eq(a.status, 0);
    wire_answer_free(&a);
    wire_close(&plain);
}

Test(secure, every_way_to_answer_works)
{
    served_start(&s);
    struct wire w = wire_open_tls(http_port(s.server), with);
    wire_send(&w, STR("GET /v1/source?pieces=30&size=100000 HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    struct wire_answer a = wire_read(&w, false);
    cr_expect_eq(a.body.n, 3000000);
    wire_answer_free(&a);
    wire_send(&w, STR("GET /v1/records?size=3000000 HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    a = wire_read(&w, false);
    cr_expect_eq(a.body.n, 3000000);
    wire_answer_free(&a);
    BUF_CLEANUP struct buf post = {0};
    buf_printf(&post,
               "POST /v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n"
               "%090000d",
               0);
    for (size_t step = 0; step < 40000; step = step * 7 + 100) {
        wire_send(&w, buf_view(&post), step);
        a = wire_read(&w, false);
        cr_expect_eq(a.status, 201);
        cr_expect_eq(a.body.n, 90000);
        wire_answer_free(&a);
    }
    wire_send(&w, STR("GET /v1/source?pieces=5&size=100000&fail_at=2 HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    a = wire_read(&w, false);
    cr_expect_eq(a.status, 0);
    cr_expect(w.ended);
    wire_answer_free(&a);
    wire_close(&w);
}

static int sends_of(struct wire *w, const char *method, const char *target, int status)
{
    BUF_CLEANUP struct buf request = {0};
    int before = atomic_load(&sends);
    buf_printf(&request, "%s %s HTTP/1.1\r\nHost: a\r\n\r\n", method, target);
    wire_send(w, buf_view(&request), 0);
    struct wire_answer a = wire_read(w, str_is(str_of(method), "HEAD"));
    cr_expect_eq(a.status, status, "%s %s: %d", method, target, a.status);
    wire_answer_free(&a);
    return atomic_load(&sends) - before;
}

/* What is longer goes in pieces of a record's length, the header with the first. */
Test(secure, header_and_body_leave_together)
{
    served_start(&s);
    struct wire w = wire_open_tls(http_port(s.server), with);
    for (int i = 0; i < 10; i++) {
        expect_item(&w, 200);
        cr_expect_eq(sends_of(&w, "GET", "/v1/items/a", 200), 1);
        cr_expect_eq(sends_of(&w, "GET", "/v1/nothing", 404), 1);
        cr_expect_eq(sends_of(&w, "HEAD", "/v1/items/a", 200), 1);
        cr_expect_eq(sends_of(&w, "HEAD", "/v1/nothing", 404), 1);
        cr_expect_eq(sends_of(&w, "GET", "/v1/head?status=304&length=9", 304), 1);
        cr_expect_eq(sends_of(&w, "DELETE", "/v1/empty", 204), 1);
        cr_expect_eq(sends_of(&w, "GET", "/v1/records?size=16384", 200), 1);
        cr_expect_eq(sends_of(&w, "GET", "/v1/records?size=16385", 200), 2);
        cr_expect_eq(sends_of(&w, "GET", "/v1/records?size=50000", 200), 4);
        /* two pieces of two chunks, each a record, and the last chunk */
        cr_expect_eq(sends_of(&w, "GET", "/v1/source?pieces=2&size=32752", 200), 5);
    }
    wire_close(&w);
}

/* Behind the first records of an answer, as if the kernel had no more room. */
Test(secure, a_header_may_leave_in_parts)
{
    served_start(&s);
    struct wire w = wire_open_tls(http_port(s.server), with);
    expect_item(&w, 200);
    for (int most = 1; most < 150; most += 7) {
        atomic_store(&cut, most);
        cr_expect_eq(sends_of(&w, "GET", "/v1/records?size=40000", 200), 4);
    }
    wire_close(&w);
}

/* The answers do not fit into what the kernel holds, and it takes the pieces in parts of any length. */
Test(secure, who_asks_for_much_and_reads_late_gets_it_whole)
{
    enum { REQUESTS = 400 };
    BUF_CLEANUP struct buf requests = {0};
    served_start(&s);
    struct wire w = wire_open_tls(http_port(s.server), with);
    for (int i = 0; i < REQUESTS; i++)
        buf_printf(&requests, "GET /v1/records?size=%d HTTP/1.1\r\nHost: a\r\n\r\n", 100 + i * 977 % 40000);
    wire_send(&w, buf_view(&requests), 0);
    while (!atomic_load(&sends_in_part))
        sched_yield();
    for (int i = 0; i < REQUESTS; i++) {
        struct wire_answer a = wire_read(&w, false);
        cr_assert_eq(a.status, 200);
        cr_assert_eq(a.body.n, 100 + i * 977 % 40000);
        cr_assert_eq(strspn(a.body.p, "r"), a.body.n);
        wire_answer_free(&a);
    }
    wire_close(&w);
}

/* The server reads one record at a time: so, unlike over plain TCP, it certainly sees each byte alone. */
Test(secure, requests_may_come_byte_by_byte)
{
    static const char *const requests[] = {
        ITEM,
        "POST /v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\nabc",
        "POST /v1/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
        "2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n",
    };
    served_start(&s);
    struct wire w = wire_open_tls(http_port(s.server), with);
    for (size_t i = 0; i < 6; i++) {
        wire_send(&w, str_of(requests[i % 3]), 1);
        struct wire_answer a = wire_read(&w, false);
        cr_expect_eq(a.status, i % 3 ? 201 : 200, "%s %s", requests[i % 3], a.body.p);
        cr_expect(i % 3 == 0 || strcmp(a.body.p, "abc") == 0);
        wire_answer_free(&a);
    }
    wire_close(&w);
}

/* Sends what the client's side of the handshake has to say, a byte at a time, each in its own segment. */
static void trickle(struct wire *w)
{
    BIO *out = SSL_get_wbio(w->tls);
    for (char c; BIO_read(out, &c, 1) == 1;)
        send(w->fd, &c, 1, MSG_NOSIGNAL);
}

Test(secure, a_handshake_may_come_byte_by_byte)
{
    served_start(&s);
    struct wire w = wire_open(http_port(s.server));
    w.tls = SSL_new(with);
    SSL_set_bio(w.tls, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    char in[4096];
    for (int rc; (rc = SSL_connect(w.tls)) != 1;) {
        trickle(&w);
        cr_assert_eq(SSL_get_error(w.tls, rc), SSL_ERROR_WANT_READ);
        ssize_t n = recv(w.fd, in, sizeof in, 0);
        cr_assert_gt(n, 0);
        BIO_write(SSL_get_rbio(w.tls), in, (int)n);
    }
    trickle(&w);
    BIO *rest = BIO_new_socket(w.fd, BIO_NOCLOSE);
    SSL_set_bio(w.tls, rest, rest);
    expect_item(&w, 200);
    wire_close(&w);
}

/* libmicrohttpd by itself would ask the socket without a pause. */
Test(secure, a_handshake_that_stands_still_costs_nothing_and_is_cut)
{
    s.config.limits.handshake_seconds = 1;
    served_start(&s);
    struct wire w = wire_open(http_port(s.server));
    wire_send(&w, STR("\x16"), 0);
    cr_expect(wire_ends(&w));
    cr_expect_leq(atomic_load(&looks_in_vain), 4);
    wire_close(&w);
}

/* libmicrohttpd does not survive a stop with suspended connections. */
Test(secure, a_stop_survives_handshakes)
{
    struct wire w[5];
    served_start(&s);
    for (int i = 0; i < 5; i++) {
        w[i] = wire_open(http_port(s.server));
        wire_send(&w[i], STR("\x16\x03"), 0);
    }
    while (atomic_load(&looks_in_vain) < 5)
        sched_yield();
    http_stop(s.server);
    s.server = NULL;
    for (int i = 0; i < 5; i++) {
        cr_expect(wire_ends(&w[i]));
        wire_close(&w[i]);
    }
}

/* What the TLS library holds already is not announced by the kernel again when a connection is resumed. */
Test(secure, pipelined_requests_are_served)
{
    served_start(&s);
    struct wire w = wire_open_tls(http_port(s.server), with);
    BUF_CLEANUP struct buf all = {0};
    for (int i = 0; i < 200; i++)
        buf_z(&all, ITEM);
    wire_send(&w, buf_view(&all), 0);
    for (int i = 0; i < 200; i++) {
        struct wire_answer a = wire_read(&w, false);
        cr_assert_eq(a.status, 200);
        wire_answer_free(&a);
    }
    wire_close(&w);
}

Test(secure, authorisation_comes_before_the_handler)
{
    served_start(&s);
    struct wire w = wire_open_tls(http_port(s.server), with);
    expect_item(&w, 200);
    atomic_store(&s.deny, true);
    struct wire_answer a = item(&w);
    cr_expect_eq(a.status, 403);
    cr_expect_str_eq(wire_field(&a, "Connection"), "", "a role that lacks a right is no reason to hang up");
    wire_answer_free(&a);
    atomic_store(&s.deny, false);
    expect_item(&w, 200);
    wire_close(&w);
    while (atomic_load(&s.released) < 3)
        sched_yield();
}

Test(secure, a_revoked_certificate_ends_an_open_connection)
{
    served_start(&s);
    struct wire w = wire_open_tls(http_port(s.server), with);
    expect_item(&w, 200);
    world_revoke(&world, "usa.example", &world.usa, (X509 *[]){node.x509, NULL});
    expect_item(&w, 200);
    world_reload(&world);
    struct wire_answer a = item(&w);
    cr_expect_eq(a.status, 403);
    cr_expect_str_eq(wire_field(&a, "Connection"), "close");
    cr_expect_str_eq(wire_field(&a, "Content-Type"), "application/problem+json");
    cr_expect_eq(atomic_load(&s.authorised), 2, "who is not known is not asked for rights");
    cr_expect(wire_ends(&w));
    wire_answer_free(&a);
    wire_close(&w);
}

/* Also where the request would have been refused for another reason: nothing is told to who is not known. */
Test(secure, an_expired_certificate_is_told_nothing_else)
{
    static const char *const requests[] = {"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", ITEM,
                                           "PUT /v1/items/a HTTP/1.1\r\nHost: a\r\n\r\n"};
    served_start(&s);
    struct wire w[3];
    for (size_t i = 0; i < 3; i++) {
        w[i] = wire_open_tls(http_port(s.server), with);
        expect_item(&w[i], 200);
    }
    world_set_clock(&world, TEST_NOW + 6 * TEST_DAY);
    for (size_t i = 0; i < 3; i++) {
        wire_send(&w[i], str_of(requests[i]), 0);
        struct wire_answer a = wire_read(&w[i], false);
        cr_expect_eq(a.status, 403, "%s: %d", requests[i], a.status);
        cr_expect(wire_ends(&w[i]));
        wire_answer_free(&a);
        wire_close(&w[i]);
    }
}

Test(secure, connections_over_the_limit_are_told)
{
    s.config.limits.connections = 2;
    served_start(&s);
    struct wire a = wire_open_tls(http_port(s.server), with), b = wire_open_tls(http_port(s.server), with),
                c = wire_open_tls(http_port(s.server), with);
    expect_item(&a, 200);
    expect_item(&b, 200);
    expect_item(&c, 503);
    cr_expect(wire_ends(&c));
    wire_close(&a);
    wire_close(&b);
    wire_close(&c);
}

Test(secure, who_never_speaks_is_cut_in_the_handshake)
{
    s.config.limits.handshake_seconds = 1;
    served_start(&s);
    struct wire silent = wire_open(http_port(s.server)), half = wire_open(http_port(s.server));
    wire_send(&half, STR("\x16\x03\x01\x02"), 0);
    cr_expect(wire_ends(&silent));
    cr_expect(wire_ends(&half));
    wire_close(&silent);
    wire_close(&half);
}

Test(secure, a_stop_survives_open_connections)
{
    served_start(&s);
    struct wire idle = wire_open_tls(http_port(s.server), with), held = wire_open_tls(http_port(s.server), with);
    expect_item(&idle, 200);
    wire_send(&held, STR("GET /v1/held HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    pthread_mutex_lock(&s.lock);
    while (!s.held)
        pthread_cond_wait(&s.moved, &s.lock);
    pthread_mutex_unlock(&s.lock);
    http_stop(s.server);
    s.server = NULL;
    cr_expect(wire_ends(&idle));
    cr_expect(wire_ends(&held));
    served_answer_held(&s, 200);
    wire_close(&idle);
    wire_close(&held);
}
