#include "served.h"
#include "clock.h"
#include "memory.h"

#include <sched.h>
#include <stdio.h>

#define CAP_ANY 1

static struct served *of(const struct request *r)
{
    return request_app(r);
}

static const struct receipt *a_receipt(const struct request *r)
{
    return (const struct receipt *)(const void *)of(r);
}

static void on_done(void *ctx, bool completed)
{
    struct served *s = ctx;
    atomic_fetch_add(completed ? &s->done_completed : &s->done_broken, 1);
}

static long number(const struct request *r, const char *name)
{
    const struct query_param *query;
    size_t n = request_query(r, &query);
    for (size_t i = 0; i < n; i++)
        if (str_is(query[i].name, name))
            return strtol(query[i].value.p, NULL, 10);
    return 0;
}

/* What the request looked like, as JSON. */
static void item(struct request *r)
{
    BUF_CLEANUP struct buf b = {0};
    const struct query_param *query;
    size_t n = request_query(r, &query);
    buf_z(&b, "{\"id\":");
    buf_json_str(&b, request_path_param(r, "id"));
    buf_z(&b, ",\"method\":");
    buf_json_str(&b, request_method(r));
    buf_z(&b, ",\"target\":");
    buf_json_str(&b, request_target(r));
    buf_z(&b, ",\"probe\":");
    buf_json_str(&b, request_header(r, "X-Probe"));
    buf_z(&b, ",\"query\":[");
    for (size_t i = 0; i < n; i++) {
        buf_z(&b, i ? ",[" : "[");
        buf_json_str(&b, query[i].name);
        buf_char(&b, ',');
        buf_json_str(&b, query[i].value);
        buf_char(&b, ']');
    }
    buf_z(&b, "]}");
    reply_json(r, 200, buf_view(&b));
}

static void literal(struct request *r)
{
    reply_text(r, 200, "text/plain", STR("literal"));
}

static void echo(struct request *r)
{
    reply_header(r, "X-Echo", "yes");
    reply_json(r, 201, request_body(r));
}

static void fault(struct request *r)
{
    struct fault f;
    int code = (int)number(r, "code");
    fault_set(&f, (enum error_code)code, "$.where", "a detail of %s", error_name(code));
    reply_fault(r, &f, "\"rule\":\"R1\"");
}

static void records(struct request *r)
{
    struct buf b = {0};
    long n = number(r, "size");
    memset(buf_reserve(&b, (size_t)n), 'r', (size_t)n);
    b.n = (size_t)n;
    atomic_fetch_add(&of(r)->with_done, 1);
    reply_records(r, 200, "application/json", &b, number(r, "bare") ? NULL : a_receipt(r), on_done, of(r));
}

struct pieces {
    struct served *s;
    long left, size, fail_at, bare;
};

static int next_piece(void *ctx, struct buf *out, const struct receipt **ret_receipt)
{
    struct pieces *p = ctx;
    if (p->left == p->fail_at)
        return ERR_INTERNAL;
    memset(buf_reserve(out, (size_t)p->size), 'p', (size_t)p->size);
    out->n += (size_t)p->size;
    if (!p->bare)
        *ret_receipt = (const struct receipt *)(const void *)p;
    if (atomic_load(&p->s->most_pieces) < (int)out->n)
        atomic_store(&p->s->most_pieces, (int)out->n);
    return --p->left > 0 ? 0 : BODY_END;
}

static void pieces_done(void *ctx, bool completed)
{
    struct pieces *p = ctx;
    on_done(p->s, completed);
    free(p);
}

/* ?pieces=N&size=N&fail_at=N: fails when so many pieces are left */
static void source(struct request *r)
{
    struct pieces *p = memory_zeroed(sizeof *p);
    *p = (struct pieces){of(r), number(r, "pieces"), number(r, "size"), number(r, "fail_at"), number(r, "bare")};
    atomic_fetch_add(&of(r)->with_done, 1);
    reply_header(r, "X-Source", "yes");
    reply_source(r, 200, "application/json", &(struct body_source){.next = next_piece, .done = pieces_done, .ctx = p});
}

struct follower {
    struct follower *previous, *next;
    struct request *request;
    struct served *s;
    long position, left, beat, stuck, eager, spoils;
};

static int follow_with_nothing(struct follower *f, struct buf *out)
{
    if (f->spoils)
        buf_z(out, "something after all");
    if (f->eager-- > 0)
        request_wake(f->request);
    if (f->beat)
        request_wake_at(f->request, clock_monotonic() + f->beat * 1000);
    return BODY_LATER;
}

static int follow_locked(struct follower *f, struct buf *out, const struct receipt **ret_receipt)
{
    if (f->position < f->s->published) {
        buf_printf(out, "item %ld\n", f->position++);
        *ret_receipt = (const struct receipt *)(const void *)f;
        return --f->left ? 0 : BODY_END;
    }
    if (request_drains(f->request) && !f->stuck)
        return BODY_END;
    return follow_with_nothing(f, out);
}

static int follow(void *ctx, struct buf *out, const struct receipt **ret_receipt)
{
    struct follower *f = ctx;
    pthread_mutex_lock(&f->s->lock);
    atomic_fetch_add(&f->s->feed_calls, 1);
    int rc = follow_locked(f, out, ret_receipt);
    if (rc == BODY_LATER)
        atomic_fetch_add(&f->s->feed_waits, 1);
    pthread_mutex_unlock(&f->s->lock);
    return rc;
}

static void follow_done(void *ctx, bool completed)
{
    struct follower *f = ctx;
    struct served *s = f->s;
    pthread_mutex_lock(&s->lock);
    if (f->previous)
        f->previous->next = f->next;
    else
        s->followers = f->next;
    if (f->next)
        f->next->previous = f->previous;
    s->n_followers--;
    pthread_mutex_unlock(&s->lock);
    on_done(s, completed);
    free(f);
}

/* ?after=N: items from there on, -1: from now on; last=N: ends with so many; beat=MS: asks again by itself; eager=N: is
 * woken so many times while it looks; stuck, spoils: a source that keeps no rule; flat: is not said to wait; events: as
 * an event stream. */
static void feed(struct request *r)
{
    struct served *s = of(r);
    struct follower *f = memory_zeroed(sizeof *f);
    *f = (struct follower){.request = r,
                           .s = s,
                           .position = number(r, "after"),
                           .left = number(r, "last"),
                           .beat = number(r, "beat"),
                           .stuck = number(r, "stuck"),
                           .eager = number(r, "eager"),
                           .spoils = number(r, "spoils")};
    pthread_mutex_lock(&s->lock);
    if (f->position < 0)
        f->position = s->published;
    f->next = s->followers;
    if (f->next)
        f->next->previous = f;
    s->followers = f;
    s->n_followers++;
    pthread_mutex_unlock(&s->lock);
    atomic_fetch_add(&s->with_done, 1);
    struct body_source source = {.next = follow, .done = follow_done, .ctx = f, .waits = !number(r, "flat")};
    reply_source(r, 200, number(r, "events") ? "text/event-stream" : "application/json", &source);
}

static void gate(struct request *r)
{
    struct served *s = of(r);
    pthread_mutex_lock(&s->lock);
    atomic_fetch_add(&s->waiting, 1);
    pthread_cond_broadcast(&s->moved);
    while (!s->open && !request_sheds(r)) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 20000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&s->moved, &s->lock, &until);
    }
    atomic_fetch_sub(&s->waiting, 1);
    pthread_mutex_unlock(&s->lock);
    reply_text(r, 200, "text/plain", STR("through"));
}

static void held(struct request *r)
{
    struct served *s = of(r);
    pthread_mutex_lock(&s->lock);
    s->held = r;
    pthread_cond_broadcast(&s->moved);
    pthread_mutex_unlock(&s->lock);
}

static void *answer_soon(void *arg)
{
    struct request *r = arg;
    reply_text(r, 200, "text/plain", STR("from elsewhere"));
    return NULL;
}

static void elsewhere(struct request *r)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, answer_soon, r) == 0)
        pthread_detach(thread);
    else
        reply_text(r, 500, "text/plain", STR("no thread"));
}

static void head(struct request *r)
{
    reply_header(r, "ETag", "\"tag\"");
    reply_head(r, (int)number(r, "status"), "application/json", (size_t)number(r, "length"));
}

static void empty(struct request *r)
{
    reply_empty(r, 204);
}

static void twice(struct request *r)
{
    struct buf b = {0};
    buf_z(&b, "second");
    reply_text(r, 200, "text/plain", STR("first"));
    reply_text(r, 200, "text/plain", STR("second"));
    reply_head(r, 200, "text/plain", 5);
    atomic_fetch_add(&of(r)->with_done, 2);
    reply_records(r, 200, "text/plain", &b, a_receipt(r), on_done, of(r));
    reply_source(r, 200, "text/plain", &(struct body_source){.next = next_piece, .done = on_done, .ctx = of(r)});
}

static const struct route routes[] = {
    {"POST", "/v1/echo", CAP_ANY, BODY_JSON, 0, echo},
    {"POST", "/v1/echo/long", CAP_ANY, BODY_LONG, 0, echo},
    {"POST", "/v1/echo/small", CAP_ANY, BODY_JSON, 100, echo},
    {"GET", "/v1/elsewhere", CAP_ANY, BODY_NONE, 0, elsewhere},
    {"DELETE", "/v1/empty", CAP_ANY, BODY_NONE, 0, empty},
    {"GET", "/v1/fault", CAP_ANY, BODY_NONE, 0, fault},
    {"GET", "/v1/feed", CAP_ANY, BODY_NONE, 0, feed},
    {"GET", "/v1/gate", CAP_ANY, BODY_NONE, 0, gate},
    {"GET", "/v1/head", CAP_ANY, BODY_NONE, 0, head},
    {"GET", "/v1/held", CAP_ANY, BODY_NONE, 0, held},
    {"GET", "/v1/items/literal", CAP_ANY, BODY_NONE, 0, literal},
    {"GET", "/v1/items/{id}", CAP_ANY, BODY_NONE, 0, item},
    {"POST", "/v1/items/{id}", CAP_ANY, BODY_JSON, 0, echo},
    {"GET", "/v1/records", CAP_ANY, BODY_NONE, 0, records},
    {"GET", "/v1/source", CAP_ANY, BODY_NONE, 0, source},
    {"GET", "/v1/twice", CAP_ANY, BODY_NONE, 0, twice},
};

static void user_free(void *user)
{
    struct served *s = user;
    atomic_fetch_add(&s->released, 1);
}

static int authorise(struct request *r, unsigned capability, struct fault *f)
{
    struct served *s = of(r);
    atomic_fetch_add(&s->authorised, 1);
    request_set_user(r, s, user_free);
    return atomic_load(&s->deny) || capability != CAP_ANY || !request_identity(r)
               ? fault_set(f, ERR_FORBIDDEN, "", "denied by the test")
               : 0;
}

static void answered(struct request *r, int status)
{
    if (status >= 400)
        atomic_fetch_add(&of(r)->refused, 1);
}

void served_init(struct served *s)
{
    memset(s, 0, sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->moved, NULL);
    s->config = (struct http_config){
        .address = "127.0.0.1",
        .loops = 2,
        .workers = 4,
        .spool = "/tmp",
        .limits = {.body = 100000,
                   .import_bytes = 4 * SPOOLED_FROM,
                   .import_spool = 8 * SPOOLED_FROM,
                   .uri = 1000,
                   .header = 16384,
                   .query_params = 8,
                   .connections = 100,
                   .connections_per_address = 100,
                   .requests_queued = 100,
                   .waiting = 100,
                   .waiting_per_principal = 100,
                   .request_seconds = 60,
                   .handshake_seconds = 60,
                   .idle_seconds = 60,
                   .send_seconds = 60},
        .routes = routes,
        .n_routes = sizeof routes / sizeof *routes,
        .app = s,
        .authorise = authorise,
        .answered = answered,
    };
}

void served_start(struct served *s)
{
    struct fault f;
    if (http_start(&s->config, &s->server, &f)) {
        fprintf(stderr, "%s: %s\n", f.where, f.detail);
        abort();
    }
}

void served_stop(struct served *s)
{
    http_stop(s->server);
    pthread_cond_destroy(&s->moved);
    pthread_mutex_destroy(&s->lock);
}

void served_open_gate(struct served *s)
{
    pthread_mutex_lock(&s->lock);
    s->open = true;
    pthread_cond_broadcast(&s->moved);
    pthread_mutex_unlock(&s->lock);
}

static struct request *take_held(struct served *s)
{
    pthread_mutex_lock(&s->lock);
    while (!s->held)
        pthread_cond_wait(&s->moved, &s->lock);
    struct request *r = s->held;
    s->held = NULL;
    pthread_mutex_unlock(&s->lock);
    return r;
}

void served_answer_held(struct served *s, int status)
{
    reply_text(take_held(s), status, "text/plain", STR("held"));
}

void served_answer_held_records(struct served *s)
{
    struct request *r = take_held(s);
    struct buf b = {0};
    buf_z(&b, "held");
    reply_records(r, 200, "application/json", &b, a_receipt(r), on_done, s);
}

void served_publish(struct served *s)
{
    pthread_mutex_lock(&s->lock);
    s->published++;
    for (struct follower *f = s->followers; f; f = f->next)
        request_wake(f->request);
    pthread_mutex_unlock(&s->lock);
}

void served_await_feed_waits(struct served *s, int n)
{
    while (atomic_load(&s->feed_waits) < n)
        sched_yield();
}

void served_await_waiting(struct served *s, int n)
{
    pthread_mutex_lock(&s->lock);
    while (atomic_load(&s->waiting) < n)
        pthread_cond_wait(&s->moved, &s->lock);
    pthread_mutex_unlock(&s->lock);
}
