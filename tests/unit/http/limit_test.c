/* Every limit from both sides. Times are waited for only by tests of a limit's far side, with the smallest setting. */
#include "clock.h"
#include "leaks.h"
#include "log.h"
#include "served.h"
#include "wire.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct served s;

static void setup(void)
{
    served_init(&s);
}

static void teardown(void)
{
    served_stop(&s);
    no_leaks();
}

TestSuite(limit, .init = setup, .fini = teardown, .timeout = 60);

#define LITERAL "GET /v1/items/literal HTTP/1.1\r\nHost: a\r\n\r\n"

static struct wire open_one(void)
{
    return wire_open(http_port(s.server));
}

/* Sends, and the status of the answer. */
static int status_of(struct wire *w, struct str bytes)
{
    wire_send(w, bytes, 0);
    struct wire_answer a = wire_read(w, false);
    int status = a.status;
    wire_answer_free(&a);
    return status;
}

static int status_on_new(struct str bytes)
{
    struct wire w = open_one();
    int status = status_of(&w, bytes);
    wire_close(&w);
    return status;
}

static int status_of_request(const char *target, const char *fields)
{
    BUF_CLEANUP struct buf b = {0};
    buf_printf(&b, "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", target, fields);
    return status_on_new(buf_view(&b));
}

Test(limit, uri)
{
    s.config.limits.uri = 100;
    served_start(&s);
    char target[102];
    for (int n = 99; n <= 101; n++) {
        snprintf(target, sizeof target, "/v1/items/%0*d", n - 10, 0);
        cr_expect_eq(status_of_request(target, ""), n <= 100 ? 200 : 414, "%d", n);
    }
}

Test(limit, header)
{
    s.config.limits.header = 2000;
    served_start(&s);
    for (int n = 1999; n <= 2001; n++) {
        char fields[2100];
        int fixed = (int)strlen("GET /v1/items/a HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n");
        snprintf(fields, sizeof fields, "X: %0*d\r\n", n - fixed, 0);
        cr_expect_eq(status_of_request("/v1/items/a", fields), n <= 2000 ? 200 : 431, "%d", n);
    }
}

/* Above what the library's own memory holds, its answer stands; the status is the same. */
Test(limit, header_far_beyond)
{
    served_start(&s);
    BUF_CLEANUP struct buf many = {0}, long_one = {0};
    for (int i = 0; i < 30000; i++)
        buf_z(&many, "X: y\r\n");
    buf_printf(&long_one, "X: %0100000d\r\n", 0);
    buf_char(&many, '\0');
    buf_char(&long_one, '\0');
    cr_expect_eq(status_of_request("/v1/items/a", many.p), 431);
    cr_expect_eq(status_of_request("/v1/items/a", long_one.p), 431);
    long_one.p[0] = '/';
    for (size_t i = 0; i < long_one.n - 1; i++)
        long_one.p[i] = '/';
    cr_expect_eq(status_of_request(long_one.p, ""), 414);
    cr_expect_eq(status_of_request("/v1/items/a", ""), 200);
}

/* More fields than clients send, in a full header. */
Test(limit, many_fields_within_the_header)
{
    served_start(&s);
    BUF_CLEANUP struct buf fields = {0};
    for (int i = 0; i < 110; i++)
        buf_printf(&fields, "X-Field-%03d: %0130d\r\n", i, i);
    buf_char(&fields, '\0');
    cr_expect_eq(status_of_request("/v1/items/a", fields.p), 200);
}

Test(limit, query_params)
{
    s.config.limits.query_params = 3;
    served_start(&s);
    cr_expect_eq(status_of_request("/v1/items/a?a&b&c", ""), 200);
    cr_expect_eq(status_of_request("/v1/items/a?a&b&c&d", ""), 400);
    BUF_CLEANUP struct buf many = {0};
    buf_z(&many, "/v1/items/a?");
    for (int i = 0; i < 900; i++)
        buf_z(&many, "&");
    buf_char(&many, '\0');
    cr_expect_eq(status_of_request(many.p, ""), 400);
}

static void post(struct buf *b, const char *target, const char *fields, size_t n)
{
    buf_clear(b);
    buf_printf(b, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n",
               target, fields, n);
    memset(buf_reserve(b, n), 'x', n);
    b->n += n;
}

/* The connection goes on after a body that was refused and read. */
Test(limit, body)
{
    s.config.limits.body = 1000;
    served_start(&s);
    BUF_CLEANUP struct buf b = {0};
    static const struct {
        const char *target;
        size_t n;
        int status;
    } cases[] = {{"/v1/echo", 1000, 201},      {"/v1/echo", 1001, 413},      {"/v1/echo", 2000, 413},
                 {"/v1/echo/small", 100, 201}, {"/v1/echo/small", 101, 413}, {"/v1/echo/small", 1001, 413}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wire w = open_one();
        post(&b, cases[i].target, "", cases[i].n);
        cr_expect_eq(status_of(&w, buf_view(&b)), cases[i].status, "%zu", cases[i].n);
        cr_expect_eq(status_of(&w, STR(LITERAL)), 200, "after %zu", cases[i].n);
        wire_close(&w);
    }
}

Test(limit, body_in_chunks)
{
    s.config.limits.body = 1000;
    served_start(&s);
    for (size_t n = 999; n <= 1001; n++) {
        struct wire w = open_one();
        BUF_CLEANUP struct buf b = {0};
        buf_z(&b, "POST /v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n");
        for (size_t i = 0; i < n; i++)
            buf_z(&b, "1\r\nx\r\n");
        buf_z(&b, "0\r\n\r\n");
        cr_expect_eq(status_of(&w, buf_view(&b)), n <= 1000 ? 201 : 413, "%zu", n);
        cr_expect_eq(status_of(&w, STR(LITERAL)), 200, "after %zu", n);
        wire_close(&w);
    }
}

/* A body that never ends costs its connection once twice the limit has been dropped. */
Test(limit, body_without_end)
{
    s.config.limits.body = 1000;
    served_start(&s);
    struct wire w = open_one();
    wire_send(&w,
              STR("POST /v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n"),
              0);
    BUF_CLEANUP struct buf chunk = {0};
    buf_printf(&chunk, "64\r\n%0100d\r\n", 0);
    for (int i = 0; i < 21; i++)
        wire_send(&w, buf_view(&chunk), 0);
    cr_expect(wire_ends(&w));
    wire_close(&w);
}

/* What is far too long is answered before it comes. */
Test(limit, body_announced)
{
    s.config.limits.body = 1000;
    served_start(&s);
    struct wire w = open_one();
    cr_expect_eq(status_of(&w, STR("POST /v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                                   "Content-Length: 2001\r\n\r\n")),
                 413);
    cr_expect(wire_ends(&w));
    wire_close(&w);
}

/* RFC 9110 section 10.1.1: who waits for a 100 learns of a refusal without having sent anything. */
Test(limit, body_expected)
{
    s.config.limits.body = 1000;
    served_start(&s);
    struct wire w = open_one();
    cr_expect_eq(status_of(&w, STR("POST /v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                                   "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n")),
                 413);
    cr_expect(wire_ends(&w));
    wire_close(&w);
    w = open_one();
    cr_expect_eq(status_of(&w, STR("POST /v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                                   "Expect: 100-Continue\r\nContent-Length: 3\r\n\r\n")),
                 100);
    cr_expect_eq(status_of(&w, STR("abc")), 201);
    cr_expect_eq(status_of(&w, STR(LITERAL)), 200);
    wire_close(&w);
}

static void await_body_bytes(uint64_t n)
{
    struct http_counters c;
    do
        http_counters(s.server, &c);
    while (c.body_bytes != n);
}

Test(limit, bodies_together)
{
    s.config.limits.body = 1000;
    s.config.limits.bodies = 1500;
    served_start(&s);
    BUF_CLEANUP struct buf b = {0};
    struct wire first = open_one(), second = open_one();
    post(&b, "/v1/echo", "", 1000);
    wire_send(&first, (struct str){b.p, b.n - 1}, 0);
    await_body_bytes(999);
    cr_expect_eq(status_on_new(STR(LITERAL)), 200);
    cr_expect_eq(status_of(&second, buf_view(&b)), 503);
    cr_expect_eq(status_of(&first, STR("x")), 201);
    await_body_bytes(0);
    cr_expect_eq(status_of(&second, buf_view(&b)), 201);
    wire_close(&first);
    wire_close(&second);
}

/* So long that it comes back from a file: the same bytes in the same order. */
static void post_long(struct buf *b, size_t n)
{
    post(b, "/v1/echo/long", "", n);
    for (size_t i = 0; i < n; i++)
        b->p[b->n - n + i] = (char)('a' + (i / 7 + i / 65536) % 26);
}

Test(limit, long_body)
{
    static const size_t lengths[] = {SPOOLED_FROM - 1, SPOOLED_FROM, SPOOLED_FROM + 1, 3 * SPOOLED_FROM + 12345,
                                     4 * SPOOLED_FROM};
    s.config.limits.body = 1000;
    s.config.limits.bodies = 2 * SPOOLED_FROM;
    served_start(&s);
    BUF_CLEANUP struct buf b = {0};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct wire w = open_one();
        post_long(&b, lengths[i]);
        wire_send(&w, buf_view(&b), 0);
        struct wire_answer a = wire_read(&w, false);
        struct str sent = {b.p + b.n - lengths[i], lengths[i]};
        cr_expect_eq(a.status, 201, "%zu", lengths[i]);
        cr_expect(str_eq(buf_view(&a.body), sent), "%zu", lengths[i]);
        cr_expect_eq(status_of(&w, STR(LITERAL)), 200);
        wire_answer_free(&a);
        wire_close(&w);
    }
    post_long(&b, 4 * SPOOLED_FROM + 1);
    struct wire w = open_one();
    cr_expect_eq(status_of(&w, (struct str){b.p, b.n - 4 * SPOOLED_FROM - 1}), 413);
    wire_close(&w);
}

static void await_spooled(uint64_t n)
{
    struct http_counters c;
    do
        http_counters(s.server, &c);
    while (c.spooled_bytes != n);
}

/* What is in files is counted there, and given back when the request has ended, however that was. */
Test(limit, long_bodies_together)
{
    s.config.limits.body = 4 * SPOOLED_FROM; /* that what is refused is read to its end */
    s.config.limits.bodies = 2 * SPOOLED_FROM;
    s.config.limits.import_spool = 4 * SPOOLED_FROM;
    served_start(&s);
    BUF_CLEANUP struct buf b = {0};
    struct wire first = open_one(), second = open_one();
    post_long(&b, 3 * SPOOLED_FROM);
    wire_send(&first, (struct str){b.p, b.n - 1}, 0);
    struct http_counters c;
    do
        http_counters(s.server, &c);
    while (c.spooled_bytes + c.body_bytes != 3 * SPOOLED_FROM - 1);
    cr_expect(c.spooled_bytes >= SPOOLED_FROM && c.body_bytes <= 2 * SPOOLED_FROM);
    cr_expect_eq(status_of(&second, buf_view(&b)), 503);
    wire_close(&first);
    await_spooled(0);
    cr_expect_eq(status_on_new(buf_view(&b)), 201);
    await_spooled(0);
    wire_close(&second);
}

Test(limit, long_body_without_a_place)
{
    s.config.spool = "/nowhere";
    s.config.limits.body = 4 * SPOOLED_FROM;
    served_start(&s);
    BUF_CLEANUP struct buf b = {0};
    post_long(&b, SPOOLED_FROM - 1);
    cr_expect_eq(status_on_new(buf_view(&b)), 201);
    post_long(&b, SPOOLED_FROM + 1);
    cr_expect_eq(status_on_new(buf_view(&b)), 503);
}

/* Two workers wait in the gate, two requests wait for a worker, the fifth is turned away at once. */
Test(limit, requests_queued)
{
    s.config.workers = 2;
    s.config.limits.requests_queued = 2;
    served_start(&s);
    struct wire waiting[4];
    for (int i = 0; i < 4; i++) {
        waiting[i] = open_one();
        wire_send(&waiting[i], STR("GET /v1/gate HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
        if (i < 2)
            served_await_waiting(&s, i + 1);
    }
    struct http_counters c;
    do
        http_counters(s.server, &c);
    while (c.in_flight < 4);
    struct wire_answer a = {0};
    struct wire w = open_one();
    do { /* a request may be in flight and not yet queued */
        wire_answer_free(&a);
        struct wire probe = open_one();
        wire_send(&probe, STR(LITERAL), 0);
        struct pollfd p = {.fd = probe.fd, .events = POLLIN};
        a = (struct wire_answer){0};
        if (poll(&p, 1, 100) == 1)
            a = wire_read(&probe, false);
        wire_close(&probe);
    } while (a.status == 0);
    cr_expect_eq(a.status, 503);
    cr_expect_str_eq(wire_field(&a, "Retry-After"), "1");
    cr_expect_str_eq(wire_field(&a, "Content-Type"), "application/problem+json");
    wire_answer_free(&a);
    served_open_gate(&s);
    for (int i = 0; i < 4; i++) {
        a = wire_read(&waiting[i], false);
        cr_expect_eq(a.status, 200);
        wire_answer_free(&a);
        wire_close(&waiting[i]);
    }
    cr_expect_eq(status_of(&w, STR(LITERAL)), 200);
    wire_close(&w);
}

/* Until the worker has it: it may itself come too late. */
static void occupy(struct wire *w)
{
    struct http_counters c = {0};
    for (uint64_t shed = 0; !atomic_load(&s.waiting); shed = c.status[5]) {
        wire_send(w, STR("GET /v1/gate HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
        while (!atomic_load(&s.waiting) && c.status[5] == shed)
            http_counters(s.server, &c);
        if (c.status[5] > shed) {
            struct wire_answer a = wire_read(w, false);
            wire_answer_free(&a);
        }
    }
}

/* One worker, which is busy for longer than anybody may wait. What had not come when the time began to run is served:
 * then once more. */
static int status_behind_a_busy_worker(unsigned queue_ms)
{
    s.config.workers = 1;
    s.config.limits.queue_ms = queue_ms;
    served_start(&s);
    struct wire busy = open_one(), late = open_one();
    occupy(&busy);
    wire_send(&late, STR(LITERAL), 0);
    struct http_counters c;
    do
        http_counters(s.server, &c);
    while (c.in_flight < 2);
    for (int64_t until = clock_monotonic() + 40000; clock_monotonic() < until;)
        sched_yield();
    served_open_gate(&s);
    struct wire_answer a = wire_read(&late, false), first = wire_read(&busy, false);
    cr_expect_eq(first.status, 200);
    cr_expect_str_eq(wire_field(&a, "Retry-After"), a.status == 503 ? "1" : "");
    int status = a.status;
    wire_answer_free(&a);
    wire_answer_free(&first);
    wire_close(&busy);
    wire_close(&late);
    served_stop(&s);
    return status;
}

Test(limit, queue_ms)
{
    cr_expect_eq(status_behind_a_busy_worker(60000), 200);
    int status = 200;
    while (status == 200) {
        served_init(&s);
        status = status_behind_a_busy_worker(20);
    }
    cr_expect_eq(status, 503);
    cr_expect_eq(atomic_load(&s.refused), 0); /* it costs nobody a look */
    served_init(&s);
    served_start(&s);
}

static void expect_excess(unsigned all, unsigned per_address, int status)
{
    s.config.limits.connections = all;
    s.config.limits.connections_per_address = per_address;
    served_start(&s);
    struct wire within[3];
    for (int i = 0; i < 3; i++) {
        within[i] = open_one();
        cr_expect_eq(status_of(&within[i], STR(LITERAL)), 200);
    }
    struct wire over = open_one();
    wire_send(&over, STR(LITERAL), 0);
    struct wire_answer a = wire_read(&over, false);
    cr_expect_eq(a.status, status);
    cr_expect_str_eq(wire_field(&a, "Retry-After"), "1");
    cr_expect(wire_ends(&over));
    wire_answer_free(&a);
    wire_close(&over);
    struct http_counters c;
    http_counters(s.server, &c);
    cr_expect_eq(c.refused_connections, 1);
    wire_close(&within[0]); /* its place becomes free */
    int again;
    do
        again = status_on_new(STR(LITERAL));
    while (again == status);
    cr_expect_eq(again, 200);
    wire_close(&within[1]);
    wire_close(&within[2]);
}

Test(limit, connections)
{
    expect_excess(3, 100, 503);
}

Test(limit, connections_per_address)
{
    expect_excess(100, 3, 429);
}

/* 64 are told; more are closed unheard, and the first ones are still served. */
Test(limit, connections_far_beyond)
{
    enum { WITHIN = 3, TOLD = 64, ALL = 100 };
    struct wire w[ALL];
    struct pollfd p[ALL];
    s.config.limits.connections = WITHIN;
    served_start(&s);
    for (int i = 0; i < ALL; i++) {
        w[i] = open_one();
        p[i] = (struct pollfd){.fd = w[i].fd, .events = POLLIN};
        if (i < WITHIN)
            cr_expect_eq(status_of(&w[i], STR(LITERAL)), 200);
    }
    while (poll(p, ALL, -1) < ALL - WITHIN - TOLD)
        ;
    for (int i = 0; i < ALL; i++)
        if (p[i].revents)
            cr_expect(wire_ends(&w[i]), "%d", i);
        else
            cr_expect_eq(status_of(&w[i], STR(LITERAL)), i < WITHIN ? 200 : 503, "%d", i);
    for (int i = 0; i < ALL; i++)
        wire_close(&w[i]);
}

/* The process has no file left: said once, and connections are taken again when there is one. */
Test(limit, files)
{
    int log[2], next;
    struct rlimit before, few;
    char line[512];
    cr_assert_eq(pipe(log), 0);
    s.config.log = log_new(LOG_TEXT, ERROR_LEVEL_WARNING, log[1]);
    served_start(&s);
    next = dup(0);
    close(next);
    getrlimit(RLIMIT_NOFILE, &before);
    few = before;
    few.rlim_cur = (rlim_t)next + 1; /* the client's */
    setrlimit(RLIMIT_NOFILE, &few);
    struct wire w = open_one();
    ssize_t n = read(log[0], line, sizeof line - 1);
    setrlimit(RLIMIT_NOFILE, &before);
    cr_assert_gt(n, 0);
    line[n] = '\0';
    cr_expect(strstr(line, "http.cannot_accept"), "%s", line);
    cr_expect_eq(status_of(&w, STR(LITERAL)), 200);
    wire_close(&w);
    struct log *used = s.config.log;
    served_stop(&s);
    log_free(used);
    served_init(&s);
    served_start(&s);
}

/* Bytes keep coming, one by one: only the total counts. True if the server ended the connection. */
static bool drips_until_cut(struct wire *w, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n && !w->ended; i++) {
        wire_send(w, (struct str){bytes + i % strlen(bytes), 1}, 0);
        struct pollfd p = {.fd = w->fd, .events = POLLIN};
        if (poll(&p, 1, 50) == 1 && wire_ends(w))
            return true;
    }
    return w->ended;
}

Test(limit, request_seconds)
{
    s.config.limits.request_seconds = 1;
    served_start(&s);
    struct wire header = open_one(), body = open_one();
    wire_send(&header, STR("GET /v1/items/a HTTP/1.1\r\nHost: a\r\nX-Slow: "), 0);
    cr_expect(drips_until_cut(&header, "x", 1000));
    wire_send(
        &body,
        STR("POST /v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"), 0);
    cr_expect(drips_until_cut(&body, "x", 1000));
    wire_close(&header);
    wire_close(&body);
}

/* Sends the first bytes at once and n more with pauses of 1/10 s in between, in which no answer comes. */
static void send_with_pauses(struct wire *w, struct str first, struct str rest, size_t n)
{
    wire_send(w, first, 0);
    for (size_t i = 0; i < n; i++) {
        struct pollfd p = {.fd = w->fd, .events = POLLIN};
        cr_expect_eq(poll(&p, 1, 100), 0, "before piece %zu", i);
        size_t from = rest.n * i / n, to = rest.n * (i + 1) / n;
        wire_send(w, (struct str){rest.p + from, to - from}, 0);
    }
}

/* The near side: slow, and done in time. The limit is far enough away for a machine that is slow itself. */
Test(limit, request_seconds_let_a_slow_request_be)
{
    s.config.limits.request_seconds = 3;
    s.config.limits.idle_seconds = 1;
    s.config.limits.handshake_seconds = 3;
    served_start(&s);
    struct wire w = open_one();
    send_with_pauses(&w, STR("GET /v1/items/a HTTP/1.1\r\n"), STR("Host: a\r\nX-Slow: abcdefghijklmnopqrst\r\n\r\n"),
                     12);
    cr_expect_eq(status_of(&w, STR("")), 200);
    BUF_CLEANUP struct buf b = {0};
    post(&b, "/v1/echo", "", 1000);
    struct str all = buf_view(&b);
    send_with_pauses(&w, (struct str){all.p, all.n - 1000}, (struct str){all.p + all.n - 1000, 1000}, 12);
    cr_expect_eq(status_of(&w, STR("")), 201);
    wire_close(&w);
}

/* Work is not receiving: a handler may take longer. */
Test(limit, request_seconds_do_not_count_work)
{
    s.config.limits.request_seconds = 1;
    s.config.limits.idle_seconds = 1;
    s.config.limits.handshake_seconds = 1;
    s.config.limits.send_seconds = 1;
    served_start(&s);
    struct wire w = open_one(), idle = open_one();
    wire_send(&w, STR("GET /v1/held HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    cr_expect(wire_ends(&idle)); /* so a second and more has passed */
    struct wire later = open_one();
    cr_expect(wire_ends(&later));
    served_answer_held(&s, 200);
    struct wire_answer a = wire_read(&w, false);
    cr_expect_eq(a.status, 200);
    wire_answer_free(&a);
    wire_close(&w);
    wire_close(&idle);
    wire_close(&later);
}

Test(limit, handshake_seconds)
{
    s.config.limits.handshake_seconds = 1;
    served_start(&s);
    struct wire silent = open_one(), slow = open_one();
    cr_expect(drips_until_cut(
        &slow, "GET /v1/items/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1000));
    cr_expect(wire_ends(&silent));
    wire_close(&silent);
    wire_close(&slow);
}

Test(limit, idle_seconds)
{
    s.config.limits.idle_seconds = 1;
    served_start(&s);
    struct wire silent = open_one(), slow = open_one();
    cr_expect_eq(status_of(&silent, STR(LITERAL)), 200);
    cr_expect_eq(status_of(&slow, STR(LITERAL)), 200);
    cr_expect(drips_until_cut(&slow, "\r\n", 1000));
    cr_expect(wire_ends(&silent));
    wire_close(&silent);
    wire_close(&slow);
}

/* A client that takes nothing loses its connection; one that takes a little at a time does not. */
Test(limit, send_seconds)
{
    s.config.limits.send_seconds = 1;
    served_start(&s);
    struct wire stalled = open_one();
    wire_send(&stalled, STR("GET /v1/records?size=30000000 HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    while (atomic_load(&s.done_broken) == 0)
        sched_yield();
    wire_close(&stalled);
    struct wire slow = open_one();
    wire_send(&slow, STR("GET /v1/records?size=30000000 HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    size_t got = 0;
    static char piece[1000000]; /* 30 of them are far more than the kernel's buffers hold */
    for (int i = 0; i < 30; i++) {
        struct pollfd wait = {.fd = -1};
        poll(&wait, 0, 100);
        ssize_t n = recv(slow.fd, piece, sizeof piece, MSG_WAITALL);
        cr_assert_eq(n, (ssize_t)sizeof piece, "after %zu", got);
        got += (size_t)n;
    }
    wire_close(&slow);
}
