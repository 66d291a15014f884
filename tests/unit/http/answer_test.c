/* Every way to answer: what the client sees, and what the layer above learns of it. */
#include "clock.h"
#include "leaks.h"
#include "served.h"
#include "wire.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct served s;

static void setup(void)
{
    served_init(&s);
    served_start(&s);
}

static void teardown(void)
{
    if (s.server)
        served_stop(&s);
    no_leaks();
}

TestSuite(answer, .init = setup, .fini = teardown, .timeout = 60);

static void ask_on(struct wire *w, const char *method, const char *target)
{
    BUF_CLEANUP struct buf b = {0};
    buf_printf(&b, "%s %s HTTP/1.1\r\nHost: a\r\n\r\n", method, target);
    wire_send(w, buf_view(&b), 0);
}

static struct wire_answer ask(const char *method, const char *target)
{
    struct wire w = wire_open(http_port(s.server));
    ask_on(&w, method, target);
    struct wire_answer a = wire_read(&w, strcmp(method, "HEAD") == 0);
    wire_close(&w);
    return a;
}

static struct wire_answer post(const char *target, const char *fields, struct str body)
{
    struct wire w = wire_open(http_port(s.server));
    BUF_CLEANUP struct buf b = {0};
    buf_printf(&b, "POST %s HTTP/1.1\r\nHost: a\r\n%sContent-Length: %zu\r\n\r\n", target, fields, body.n);
    buf_str(&b, body);
    wire_send(&w, buf_view(&b), 0);
    struct wire_answer a = wire_read(&w, false);
    wire_close(&w);
    return a;
}

static void await(atomic_int *counter, int n)
{
    while (atomic_load(counter) < n)
        sched_yield();
}

Test(answer, each_has_an_id_is_not_stored_and_names_no_server)
{
    static const char *const targets[] = {"/v1/items/a", "/v1/nothing",         "/v1/records?size=9",
                                          "/nowhere",    "/v1/items/a?x=%ff",   "/v1/source?pieces=1&size=5",
                                          "/v1/echo",    "/v1/head?status=304", "/v1/source?pieces=3&size=5"};
    char last[64] = "";
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct wire_answer a = ask("GET", targets[i]);
        cr_expect_str_eq(wire_field(&a, "Cache-Control"), "private, no-store", "%s", targets[i]);
        cr_expect_str_eq(wire_field(&a, "Server"), "");
        cr_expect_eq(strlen(wire_field(&a, "X-Request-Id")), 32, "%s", targets[i]);
        cr_expect_str_neq(wire_field(&a, "X-Request-Id"), last);
        snprintf(last, sizeof last, "%s", wire_field(&a, "X-Request-Id"));
        wire_answer_free(&a);
    }
}

Test(answer, a_body_comes_back_with_headers_of_the_handler)
{
    struct wire_answer a = post("/v1/echo", "Content-Type: application/json\r\n", STR("{\"a\": 1}"));
    cr_expect_eq(a.status, 201);
    cr_expect_str_eq(a.body.p, "{\"a\": 1}");
    cr_expect_str_eq(wire_field(&a, "X-Echo"), "yes");
    cr_expect_str_eq(wire_field(&a, "Content-Type"), "application/json");
    wire_answer_free(&a);
}

/* HEAD has the fields of GET and no body; what follows on the connection shows that nothing was sent. */
Test(answer, head_is_get_without_its_body)
{
    static const char *const targets[] = {"/v1/items/literal", "/v1/records?size=12345", "/v1/nothing",
                                          "/v1/head?status=200&length=77"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct wire w = wire_open(http_port(s.server));
        ask_on(&w, "HEAD", targets[i]);
        ask_on(&w, "GET", "/v1/items/literal");
        struct wire_answer head = wire_read(&w, true), next = wire_read(&w, false);
        cr_expect_eq(next.status, 200, "%s: %s", targets[i], next.header.p);
        cr_expect_str_eq(next.body.p, "literal");
        if (strncmp(targets[i], "/v1/head", 8) == 0) {
            cr_expect_str_eq(wire_field(&head, "Content-Length"), "77");
        } else {
            struct wire_answer get = ask("GET", targets[i]);
            char length[32];
            cr_expect_eq(head.status, get.status);
            snprintf(length, sizeof length, "%zu", get.body.n);
            cr_expect_str_eq(wire_field(&head, "Content-Length"), length);
            wire_answer_free(&get);
        }
        wire_answer_free(&head);
        wire_answer_free(&next);
        wire_close(&w);
    }
}

Test(answer, not_modified_and_no_content_have_no_body)
{
    struct wire w = wire_open(http_port(s.server));
    ask_on(&w, "GET", "/v1/head?status=304&length=500000");
    ask_on(&w, "DELETE", "/v1/empty");
    ask_on(&w, "GET", "/v1/items/literal");
    struct wire_answer a = wire_read(&w, false), b = wire_read(&w, false), c = wire_read(&w, false);
    cr_expect_eq(a.status, 304);
    cr_expect_str_eq(wire_field(&a, "ETag"), "\"tag\"");
    cr_expect_str_eq(wire_field(&a, "Content-Length"), "500000");
    cr_expect_eq(b.status, 204);
    cr_expect_str_eq(wire_field(&b, "Content-Length"), "");
    cr_expect_str_eq(c.body.p, "literal");
    wire_answer_free(&a);
    wire_answer_free(&b);
    wire_answer_free(&c);
    wire_close(&w);
}

Test(answer, literal_segments_win_and_heads_are_told_apart)
{
    struct wire_answer a = ask("GET", "/v1/items/literal"), b = ask("GET", "/v1/items/literal2");
    cr_expect_str_eq(a.body.p, "literal");
    cr_expect(strstr(b.body.p, "\"id\":\"literal2\""));
    wire_answer_free(&a);
    wire_answer_free(&b);
}

Test(answer, unknown_paths_and_methods)
{
    struct wire_answer a = ask("GET", "/v1/items/a/b");
    cr_expect_eq(a.status, 404);
    cr_expect_str_eq(wire_field(&a, "Content-Type"), "application/problem+json");
    cr_expect_str_eq(a.body.p, "{\"type\":\"urn:relto:error:NOT_FOUND\",\"title\":\"Not "
                               "found\",\"status\":404,\"detail\":\"Not found\",\"message\":\"Not found\"}");
    wire_answer_free(&a);
    static const char *const methods[] = {"PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW", "get"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        a = ask(methods[i], "/v1/items/a");
        cr_expect_eq(a.status, 405, "%s", methods[i]);
        cr_expect_str_eq(wire_field(&a, "Allow"), "GET, HEAD, POST");
        wire_answer_free(&a);
    }
    a = ask("POST", "/v1/items/literal"); /* the literal path has no POST, though {id} has */
    cr_expect_eq(a.status, 405);
    cr_expect_str_eq(wire_field(&a, "Allow"), "GET, HEAD");
    wire_answer_free(&a);
}

/* A handler's NOT_FOUND and a path that does not exist: the same bytes but for the date and the request's id. */
Test(answer, not_found_tells_nothing)
{
    char target[64];
    snprintf(target, sizeof target, "/v1/fault?code=%d", ERR_NOT_FOUND);
    struct wire_answer a = ask("GET", target), b = ask("GET", "/v1/no/such/path");
    cr_expect_str_eq(a.body.p, b.body.p);
    cr_expect_eq(a.header.n, b.header.n);
    for (char *line = a.header.p, *other = b.header.p; line && *line; line = strstr(line, "\r\n") + 2) {
        size_t n = (size_t)(strstr(line, "\r\n") - line);
        if (strncmp(line, "Date", 4) != 0 && strncmp(line, "X-Request-Id", 12) != 0)
            cr_expect(strncmp(line, other + (line - a.header.p), n) == 0, "%.*s", (int)n, line);
    }
    wire_answer_free(&a);
    wire_answer_free(&b);
}

/* Not before the step has passed, and then as ever. What is there does not wait: no test can tell that from a slow
 * machine. */
Test(answer, nothing_leaves_at_multiples_of_a_step)
{
    served_stop(&s);
    s.config.limits.nothing_us = 40000;
    served_start(&s);
    char target[64];
    snprintf(target, sizeof target, "/v1/fault?code=%d", ERR_NOT_FOUND);
    int64_t before = clock_monotonic();
    struct wire_answer a = ask("GET", target);
    cr_expect_geq(clock_monotonic() - before, 40000);
    cr_expect_eq(a.status, 404);
    wire_answer_free(&a);
}

Test(answer, faults_become_problems)
{
    for (int code = 1; code < ERR_COUNT; code++) {
        char target[64], want[96];
        snprintf(target, sizeof target, "/v1/fault?code=%d", code);
        struct wire_answer a = ask("GET", target);
        int status = error_status(code);
        bool shown = status < 500 && code != ERR_NOT_FOUND;
        cr_expect_eq(a.status, status, "%s", error_name(code));
        snprintf(want, sizeof want, "{\"type\":\"urn:relto:error:%s\",\"title\":\"%s\",\"status\":%d", error_name(code),
                 error_title(code), status);
        cr_expect(strncmp(a.body.p, want, strlen(want)) == 0, "%s", a.body.p);
        snprintf(want, sizeof want, "\"detail\":\"a detail of %s\",\"where\":\"$.where\",\"rule\":\"R1\"",
                 error_name(code));
        cr_expect_eq(strstr(a.body.p, want) != NULL, shown, "%s", a.body.p);
        cr_expect_eq(strstr(a.body.p, "a detail") != NULL, shown, "%s", a.body.p);
        snprintf(want, sizeof want, "\"message\":\"%s%s\"}", shown ? "$.where: a detail of " : "",
                 shown ? error_name(code) : error_title(code));
        cr_expect(strstr(a.body.p, want), "%s", a.body.p);
        cr_expect_eq(*wire_field(&a, "Retry-After") != '\0', status == 429 || status == 503, "%s", error_name(code));
        cr_expect_eq(strcmp(wire_field(&a, "x-should-retry"), "false") == 0, code == ERR_ID_MISMATCH);
        wire_answer_free(&a);
    }
}

Test(answer, media_types_are_checked_both_ways)
{
    static const struct {
        const char *fields;
        int status;
    } cases[] = {
        {"Content-Type: application/json\r\n", 201},
        {"Content-Type: application/json;charset=utf-8\r\n", 201},
        {"Content-Type: application/json; charset=\"utf-8\"\r\n", 201},
        {"Content-Type: application/json; charset=latin1\r\n", 415},
        {"Content-Type: application/jsonx\r\n", 415},
        {"Content-Type: application/x-www-form-urlencoded\r\n", 415},
        {"Content-Type: text/plain, application/json\r\n", 415},
        {"", 415},
        {"Content-Type: application/json\r\nContent-Encoding: gzip\r\n", 415},
        {"Content-Type: application/json\r\nContent-Encoding: identity\r\n", 201},
        {"Content-Type: application/json\r\nAccept: */*\r\n", 201},
        {"Content-Type: application/json\r\nAccept: application/json\r\n", 201},
        {"Content-Type: application/json\r\nAccept: text/html, application/*;q=0.5\r\n", 201},
        {"Content-Type: application/json\r\nAccept: image/png;a=\",*/*\", TEXT/PLAIN;q=0.001\r\n", 201},
        {"Content-Type: application/json\r\nAccept: image/png;a=\",*/*\"\r\n", 406},
        {"Content-Type: application/json\r\nAccept: text/html\r\n", 406},
        {"Content-Type: application/json\r\nAccept: application/json;q=0\r\n", 406},
        {"Content-Type: application/json\r\nAccept: application/json;q=0.000, text/csv\r\n", 406},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wire_answer a = post("/v1/echo", cases[i].fields, STR("{}"));
        cr_expect_eq(a.status, cases[i].status, "%s: %d", cases[i].fields, a.status);
        cr_expect_eq(strcmp(wire_field(&a, "Accept-Encoding"), "identity") == 0,
                     a.status == 415 && strstr(cases[i].fields, "Content-Encoding"));
        wire_answer_free(&a);
    }
}

Test(answer, a_body_for_a_route_without_one_is_refused_and_the_connection_goes_on)
{
    struct wire w = wire_open(http_port(s.server));
    wire_send(&w, STR("GET /v1/items/a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"), 0);
    ask_on(&w, "GET", "/v1/items/literal");
    struct wire_answer a = wire_read(&w, false), b = wire_read(&w, false);
    cr_expect_eq(a.status, 400);
    cr_expect_str_eq(b.body.p, "literal");
    wire_answer_free(&a);
    wire_answer_free(&b);
    wire_close(&w);
}

Test(answer, records_go_with_a_receipt_and_end_once)
{
    struct wire_answer a = ask("GET", "/v1/records?size=3000000");
    cr_expect_eq(a.status, 200);
    cr_expect_eq(a.body.n, 3000000);
    wire_answer_free(&a);
    await(&s.done_completed, 1);
    a = ask("GET", "/v1/records?size=3000&bare=1");
    cr_expect_eq(a.status, 500);
    cr_expect_null(strstr(a.body.p, "rrr"));
    wire_answer_free(&a);
    await(&s.done_broken, 1);
    served_stop(&s);
    s.server = NULL;
    cr_expect_eq(atomic_load(&s.done_completed), 1);
    cr_expect_eq(atomic_load(&s.done_broken), 1);
}

Test(answer, records_to_a_client_that_leaves_are_not_completed)
{
    struct wire w = wire_open(http_port(s.server));
    ask_on(&w, "GET", "/v1/records?size=30000000");
    while (w.in.n == 0 && !w.ended)
        cr_assert_not(wire_ends(&w));
    wire_close(&w);
    await(&s.done_broken, 1);
    cr_expect_eq(atomic_load(&s.done_completed), 0);
}

Test(answer, a_source_is_sent_piece_by_piece)
{
    struct wire w = wire_open(http_port(s.server));
    ask_on(&w, "GET", "/v1/source?pieces=50&size=100000");
    ask_on(&w, "GET", "/v1/source?pieces=1&size=100");
    ask_on(&w, "GET", "/v1/items/literal");
    struct wire_answer a = wire_read(&w, false), b = wire_read(&w, false), c = wire_read(&w, false);
    cr_expect_eq(a.status, 200);
    cr_expect_str_eq(wire_field(&a, "Transfer-Encoding"), "chunked");
    cr_expect_str_eq(wire_field(&a, "Content-Type"), "application/json");
    cr_expect_str_eq(wire_field(&a, "X-Source"), "yes");
    cr_expect_eq(a.body.n, 5000000);
    cr_expect_str_eq(wire_field(&b, "Content-Length"), "100"); /* one piece: its length is known */
    cr_expect_str_eq(c.body.p, "literal");
    await(&s.done_completed, 2);
    cr_expect_eq(atomic_load(&s.most_pieces), 100000);
    wire_answer_free(&a);
    wire_answer_free(&b);
    wire_answer_free(&c);
    wire_close(&w);
}

/* A transfer that breaks must not look whole: no last chunk, and the connection ends. */
Test(answer, a_source_that_fails_cuts_the_connection)
{
    struct wire w = wire_open(http_port(s.server));
    ask_on(&w, "GET", "/v1/source?pieces=5&size=1000&fail_at=2");
    ask_on(&w, "GET", "/v1/items/literal");
    struct wire_answer a = wire_read(&w, false);
    cr_expect_eq(a.status, 0, "a whole answer");
    cr_expect_eq(a.body.n, 3000);
    cr_expect(w.ended);
    await(&s.done_broken, 1);
    wire_answer_free(&a);
    wire_close(&w);
}

Test(answer, a_source_that_fails_at_once_is_a_problem)
{
    struct wire w = wire_open(http_port(s.server));
    ask_on(&w, "GET", "/v1/source?pieces=5&size=1000&fail_at=5");
    ask_on(&w, "GET", "/v1/source?pieces=5&size=1000&bare=1");
    ask_on(&w, "GET", "/v1/items/literal");
    struct wire_answer a = wire_read(&w, false), b = wire_read(&w, false), c = wire_read(&w, false);
    cr_expect_eq(a.status, 500);
    cr_expect_str_eq(wire_field(&a, "Content-Type"), "application/problem+json");
    cr_expect_str_eq(wire_field(&a, "X-Source"), "");
    cr_expect_eq(b.status, 500, "bytes without a receipt");
    cr_expect_null(strstr(b.body.p, "ppp"));
    cr_expect_str_eq(c.body.p, "literal");
    await(&s.done_broken, 2);
    wire_answer_free(&a);
    wire_answer_free(&b);
    wire_answer_free(&c);
    wire_close(&w);
}

Test(answer, head_of_a_source_makes_no_piece)
{
    struct wire w = wire_open(http_port(s.server));
    ask_on(&w, "HEAD", "/v1/source?pieces=5&size=1000");
    struct wire_answer a = wire_read(&w, true);
    cr_expect_eq(a.status, 200);
    cr_expect_str_eq(wire_field(&a, "Content-Length"), "");
    cr_expect_str_eq(wire_field(&a, "Content-Type"), "application/json");
    cr_expect(wire_ends(&w), "%.*s", (int)w.in.n, w.in.p);
    await(&s.done_completed, 1);
    cr_expect_eq(atomic_load(&s.most_pieces), 0);
    wire_answer_free(&a);
    wire_close(&w);
}

Test(answer, may_come_later_from_another_thread)
{
    struct wire w = wire_open(http_port(s.server));
    ask_on(&w, "GET", "/v1/held");
    served_answer_held(&s, 202);
    struct wire_answer a = wire_read(&w, false);
    cr_expect_eq(a.status, 202);
    cr_expect_str_eq(a.body.p, "held");
    wire_answer_free(&a);
    for (int i = 0; i < 200; i++) {
        ask_on(&w, "GET", "/v1/elsewhere");
        a = wire_read(&w, false);
        cr_expect_str_eq(a.body.p, "from elsewhere");
        wire_answer_free(&a);
    }
    wire_close(&w);
}

Test(answer, only_the_first_counts)
{
    struct wire w = wire_open(http_port(s.server));
    for (int i = 1; i <= 3; i++) {
        ask_on(&w, "GET", "/v1/twice");
        struct wire_answer a = wire_read(&w, false);
        cr_expect_str_eq(a.body.p, "first");
        wire_answer_free(&a);
        await(&s.done_broken, 2 * i);
    }
    wire_close(&w);
}

Test(answer, one_loop_and_one_worker_are_enough)
{
    served_stop(&s);
    served_init(&s);
    s.config.loops = s.config.workers = 1;
    served_start(&s);
    struct wire_answer a = ask("GET", "/v1/source?pieces=5&size=50000"), b = ask("GET", "/v1/elsewhere");
    cr_expect_eq(a.body.n, 250000);
    cr_expect_eq(b.status, 200);
    wire_answer_free(&a);
    wire_answer_free(&b);
}

/* --- before any worker --- */

static void *answer_soon(void *r)
{
    reply_text(r, 200, "text/plain", STR("soon"));
    return NULL;
}

static void *hand_over_soon(void *r)
{
    request_hand_over(r);
    return NULL;
}

/* The body's first letter says what to do; without a body, that of the last parameter. */
static bool at_once(struct request *r)
{
    pthread_t thread;
    struct str said = request_body(r).n ? request_body(r) : request_path_param(r, "id");
    switch (said.n ? *said.p : ' ') {
    case 'n': reply_text(r, 200, "text/plain", STR("now")); return true;
    case 's':
        pthread_create(&thread, NULL, answer_soon, r);
        pthread_detach(thread);
        return true;
    case 'w':
        pthread_mutex_lock(&s.lock);
        atomic_fetch_add(&s.waiting, 1);
        pthread_cond_broadcast(&s.moved);
        while (!s.open)
            pthread_cond_wait(&s.moved, &s.lock);
        pthread_mutex_unlock(&s.lock);
        reply_text(r, 200, "text/plain", STR("waited"));
        return true;
    case 'o':
        reply_header(r, "X-Echo", "no");
        request_hand_over(r);
        return true;
    case 'l':
        pthread_create(&thread, NULL, hand_over_soon, r);
        pthread_detach(thread);
        return true;
    case 'h':
        pthread_mutex_lock(&s.lock);
        s.held = r;
        pthread_cond_broadcast(&s.moved);
        pthread_mutex_unlock(&s.lock);
        return true;
    default: return false;
    }
}

#define ROUND_MOST 131 /* connections: a few more than libmicrohttpd takes in a round */

static void served_init_at_once(void)
{
    served_stop(&s);
    served_init(&s);
    s.config.at_once = at_once;
    s.config.workers = s.config.loops = 1;
    s.config.limits.connections = s.config.limits.connections_per_address = ROUND_MOST;
}

static void start_with_at_once(void)
{
    served_init_at_once();
    served_start(&s);
}

static void send_echo(struct wire *w, struct str body)
{
    BUF_CLEANUP struct buf b = {0};
    buf_printf(&b, "POST /v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
               body.n);
    buf_str(&b, body);
    wire_send(w, buf_view(&b), 0);
}

static void expect_answer(struct wire *w, int status, const char *text)
{
    struct wire_answer a = wire_read(w, false);
    cr_expect_eq(a.status, status);
    cr_expect(strncmp(a.body.p, text, strlen(text)) == 0, "%s", a.body.p);
    wire_answer_free(&a);
}

static void expect_posted(struct wire *w, struct str body, int status, const char *text)
{
    send_echo(w, body);
    expect_answer(w, status, text);
}

/* The only worker is held by the gate meanwhile. */
Test(answer, some_posts_need_no_worker)
{
    start_with_at_once();
    struct wire gate = wire_open(http_port(s.server)), w = wire_open(http_port(s.server));
    ask_on(&gate, "GET", "/v1/gate");
    served_await_waiting(&s, 1);
    for (int i = 0; i < 20; i++) {
        expect_posted(&w, STR("now"), 200, "now");
        expect_posted(&w, STR("soon"), 200, "soon");
    }
    served_open_gate(&s);
    expect_posted(&w, STR("echo"), 201, "echo");
    expect_posted(&w, STR("now"), 200, "now");
    wire_close(&gate);
    wire_close(&w);
}

Test(answer, some_gets_need_no_worker)
{
    start_with_at_once();
    struct wire gate = wire_open(http_port(s.server)), w = wire_open(http_port(s.server));
    ask_on(&gate, "GET", "/v1/gate");
    served_await_waiting(&s, 1);
    for (int i = 0; i < 20; i++) {
        ask_on(&w, "GET", i % 2 ? "/v1/items/now" : "/v1/items/soon");
        expect_answer(&w, 200, i % 2 ? "now" : "soon");
    }
    served_open_gate(&s);
    ask_on(&w, "GET", "/v1/items/item");
    expect_answer(&w, 200, "{\"id\":\"item\"");
    wire_close(&gate);
    wire_close(&w);
}

/* From the thread that carries the connection, which has not suspended it yet, and from another. */
Test(answer, what_is_handed_over_is_a_workers_from_its_beginning)
{
    start_with_at_once();
    struct wire w = wire_open(http_port(s.server));
    for (int i = 0; i < 50; i++) {
        send_echo(&w, i % 2 ? STR("over") : STR("later"));
        struct wire_answer a = wire_read(&w, false);
        cr_expect_eq(a.status, 201);
        cr_expect_str_eq(a.body.p, i % 2 ? "over" : "later");
        cr_expect_str_eq(wire_field(&a, "X-Echo"), "yes");
        wire_answer_free(&a);
        ask_on(&w, "GET", i % 2 ? "/v1/items/over" : "/v1/items/later");
        expect_answer(&w, 200, i % 2 ? "{\"id\":\"over\"" : "{\"id\":\"later\"");
    }
    wire_close(&w);
}

static bool hand_over(struct request *r)
{
    request_hand_over(r);
    return true;
}

/* The source asks whether the peer is still there, perhaps before the connection is suspended. */
Test(answer, the_peer_of_what_is_handed_over_is_there)
{
    served_init_at_once();
    s.config.at_once = hand_over;
    served_start(&s);
    struct wire w = wire_open(http_port(s.server));
    for (int i = 0; i < 50; i++) {
        ask_on(&w, "GET", "/v1/source?pieces=2&size=50");
        struct wire_answer a = wire_read(&w, false);
        cr_expect_eq(a.status, 200);
        cr_expect_eq(a.body.n, 100);
        wire_answer_free(&a);
    }
    wire_close(&w);
}

/* One place in the queue, which the first takes: the loop sees them in the order in which they came. */
Test(answer, what_is_handed_over_finds_the_queue_full)
{
    served_init_at_once();
    s.config.limits.requests_queued = 1;
    served_start(&s);
    struct wire gate = wire_open(http_port(s.server)), first = wire_open(http_port(s.server)),
                w = wire_open(http_port(s.server));
    ask_on(&gate, "GET", "/v1/gate");
    served_await_waiting(&s, 1);
    send_echo(&first, STR("over"));
    expect_posted(&w, STR("now"), 200, "now");
    send_echo(&w, STR("over"));
    struct wire_answer a = wire_read(&w, false);
    cr_expect_eq(a.status, 503);
    cr_expect_str_eq(wire_field(&a, "Retry-After"), "1");
    cr_expect_str_eq(wire_field(&a, "X-Echo"), "");
    cr_expect_eq(atomic_load(&s.refused), 0);
    wire_answer_free(&a);
    served_open_gate(&s);
    expect_answer(&first, 201, "over");
    expect_posted(&w, STR("over"), 201, "over");
    wire_close(&gate);
    wire_close(&first);
    wire_close(&w);
}

Test(answer, a_long_body_is_a_workers)
{
    static char body[AT_ONCE_BODY_MAX + 1];
    memset(body, 'n', sizeof body);
    start_with_at_once();
    struct wire w = wire_open(http_port(s.server));
    expect_posted(&w, (struct str){body, sizeof body - 1}, 200, "now");
    expect_posted(&w, (struct str){body, sizeof body}, 201, "nnnn");
    wire_close(&w);
}

/* libmicrohttpd takes 128 events in a round. A held loop finds them all at once when it goes on; around that number one
 * of the tries meets a full round and nothing behind it. */
Test(answer, as_many_requests_at_once_as_the_library_takes_in_a_round)
{
    struct wire w[ROUND_MOST];
    start_with_at_once();
    for (size_t i = 0; i < ROUND_MOST; i++) {
        w[i] = wire_open(http_port(s.server));
        expect_posted(&w[i], STR("now"), 200, "now");
    }
    for (size_t n = 126; n < ROUND_MOST; n++) {
        s.open = false;
        atomic_store(&s.waiting, 0);
        send_echo(&w[0], STR("wait"));
        served_await_waiting(&s, 1);
        for (size_t i = 1; i <= n; i++)
            send_echo(&w[i], STR("now"));
        served_open_gate(&s);
        expect_answer(&w[0], 200, "waited");
        for (size_t i = 1; i <= n; i++)
            expect_answer(&w[i], 200, "now");
    }
    for (size_t i = 0; i < ROUND_MOST; i++)
        wire_close(&w[i]);
}

static void hold_without_a_worker(struct wire *w)
{
    start_with_at_once();
    *w = wire_open(http_port(s.server));
    send_echo(w, STR("held"));
    pthread_mutex_lock(&s.lock);
    while (!s.held)
        pthread_cond_wait(&s.moved, &s.lock);
    pthread_mutex_unlock(&s.lock);
}

Test(answer, a_stop_survives_what_was_taken_without_a_worker)
{
    struct wire w;
    hold_without_a_worker(&w);
    http_stop(s.server);
    served_answer_held(&s, 200);
    s.server = NULL;
    cr_expect(wire_ends(&w));
    wire_close(&w);
}

Test(answer, a_stop_survives_what_is_handed_over_too_late)
{
    struct wire w;
    hold_without_a_worker(&w);
    http_stop(s.server);
    s.server = NULL;
    request_hand_over(s.held);
    cr_expect(wire_ends(&w));
    cr_expect_eq(atomic_load(&s.refused), 0);
    wire_close(&w);
}

Test(answer, what_was_held_is_handed_over_while_the_server_drains)
{
    struct wire w;
    hold_without_a_worker(&w);
    http_drain(s.server, 0);
    request_hand_over(s.held);
    expect_answer(&w, 201, "held");
    wire_close(&w);
}

Test(answer, what_cannot_start_says_why)
{
    struct http_config bad = s.config;
    struct http_server *server = NULL;
    struct fault f;
    bad.port = http_port(s.server);
    cr_expect_eq(http_start(&bad, &server, &f), ERR_BAD_CONFIG);
    cr_expect(strstr(f.detail, "Address already in use"), "%s", f.detail);
    bad.port = 0;
    bad.address = "localhost";
    cr_expect_eq(http_start(&bad, &server, &f), ERR_BAD_CONFIG);
    cr_expect(strstr(f.detail, "numeric"), "%s", f.detail);
    bad.address = "127.0.0.1";
    bad.limits.uri = 0;
    cr_expect_eq(http_start(&bad, &server, &f), ERR_BAD_CONFIG);
    cr_expect_str_eq(f.where, "limits");
    bad = s.config;
    bad.routes = &s.config.routes[1];
    bad.n_routes = s.config.n_routes - 1;
    cr_expect_eq(http_start(&bad, &server, &f), 0);
    http_stop(server);
    struct route open = s.config.routes[0];
    open.capability = 0;
    bad.routes = &open;
    bad.n_routes = 1;
    server = NULL;
    cr_expect_eq(http_start(&bad, &server, &f), ERR_BAD_CONFIG);
    cr_expect_str_eq(f.where, "routes");
    cr_expect_null(server);
    http_stop(NULL);
}

Test(answer, the_layer_above_learns_of_every_refusal)
{
    struct wire_answer a = ask("GET", "/v1/no/such/path"), b = ask("PUT", "/v1/items/a"), c = ask("GET", "/%00"),
                       d = post("/v1/echo", "", STR("{}")), e = ask("GET", "/v1/items/a");
    cr_expect_eq(atomic_load(&s.refused), 4);
    struct http_counters n;
    http_counters(s.server, &n);
    cr_expect_eq(n.status[4], 4);
    cr_expect_eq(n.status[2], 1);
    cr_expect_eq(n.requests, 5);
    cr_expect_eq(n.connections, 5);
    wire_answer_free(&a);
    wire_answer_free(&b);
    wire_answer_free(&c);
    wire_answer_free(&d);
    wire_answer_free(&e);
}

/* libmicrohttpd does not survive a stop with suspended connections; and whoever answers too late finds no trap. */
Test(answer, a_stop_survives_what_still_runs)
{
    struct wire held = wire_open(http_port(s.server)), gate = wire_open(http_port(s.server)),
                source = wire_open(http_port(s.server)), idle = wire_open(http_port(s.server));
    ask_on(&held, "GET", "/v1/held");
    ask_on(&gate, "GET", "/v1/gate");
    ask_on(&source, "GET", "/v1/source?pieces=1000000&size=100000");
    served_await_waiting(&s, 1);
    pthread_mutex_lock(&s.lock);
    while (!s.held)
        pthread_cond_wait(&s.moved, &s.lock);
    pthread_mutex_unlock(&s.lock);
    cr_assert_not(wire_ends(&source));
    http_stop(s.server);
    s.server = NULL;
    cr_expect(wire_ends(&idle));
    cr_expect(wire_ends(&held));
    cr_expect_eq(atomic_load(&s.done_broken), 1);
    served_answer_held_records(&s); /* too late */
    cr_expect_eq(atomic_load(&s.done_broken), 2);
    wire_close(&held);
    wire_close(&gate);
    wire_close(&source);
    wire_close(&idle);
}

Test(answer, a_drain_takes_no_connections_and_waits_for_requests)
{
    struct wire gate = wire_open(http_port(s.server)), kept = wire_open(http_port(s.server));
    ask_on(&kept, "GET", "/v1/items/literal");
    struct wire_answer a = wire_read(&kept, false);
    wire_answer_free(&a);
    ask_on(&gate, "GET", "/v1/gate");
    served_await_waiting(&s, 1);
    http_drain(s.server, 0);
    cr_expect(wire_refused(http_port(s.server)));
    ask_on(&kept, "GET", "/v1/items/literal");
    a = wire_read(&kept, false);
    cr_expect_eq(a.status, 200);
    cr_expect_str_eq(wire_field(&a, "Connection"), "close");
    cr_expect(wire_ends(&kept));
    wire_answer_free(&a);
    served_open_gate(&s);
    http_drain(s.server, 60);
    struct http_counters c;
    http_counters(s.server, &c);
    cr_expect_eq(c.in_flight, 0);
    a = wire_read(&gate, false);
    cr_expect_str_eq(a.body.p, "through");
    wire_answer_free(&a);
    wire_close(&gate);
    wire_close(&kept);
}
