/* A request's life: its memory, its place among the suspended ones, and what handlers may ask it. */
#include "digest.h"
#include "http_internal.h"
#include "memory.h"
#include "negotiate.h"

#include <poll.h>

/* Random: a counter would tell one partner how busy the others are. */
static void draw_id(struct connection *c, char *ret)
{
    if (!c->n_ids) {
        random_bytes((uint8_t *)c->ids, sizeof c->ids);
        c->n_ids = IDS_AHEAD;
    }
    hex_write(c->ids[--c->n_ids], sizeof *c->ids, ret);
}

struct request *request_new(struct http_server *s, struct connection *c, struct MHD_Connection *mhd)
{
    struct request *r = memory_zeroed(sizeof *r);
    atomic_init(&r->refs, 2); /* the connection's, and the answer's: see request_end */
    r->server = s;
    r->connection = c;
    r->mhd = mhd;
    r->arena = arena_new();
    r->spool.fd = -1;
    request_parking_init(r);
    draw_id(c, r->id);
    atomic_fetch_add(&s->refs, 1);
    atomic_fetch_add(&s->n_requests, 1);
    atomic_fetch_add(&s->in_flight, 1);
    return r;
}

void request_ref(struct request *r)
{
    atomic_fetch_add(&r->refs, 1);
}

void request_unref(struct request *r)
{
    if (atomic_fetch_sub(&r->refs, 1) != 1)
        return;
    struct http_server *s = r->server;
    room_count(r, 0);
    if (r->release)
        r->release(r->user);
    atomic_fetch_sub(&s->body_bytes, r->body.n);
    buf_free(&r->body);
    spool_drop(r);
    buf_free(&r->answer.headers);
    buf_free(&r->answer.body);
    arena_free(r->arena);
    free(r);
    server_unref(s);
}

static void list(struct http_server *s, struct request *r)
{
    r->previous = NULL;
    r->next = s->suspended.first;
    if (r->next)
        r->next->previous = r;
    s->suspended.first = r;
    r->suspended = true;
}

static void unlist(struct http_server *s, struct request *r)
{
    if (r->previous)
        r->previous->next = r->next;
    else
        s->suspended.first = r->next;
    if (r->next)
        r->next->previous = r->previous;
    r->suspended = false;
}

/* With suspended.lock held: false when the server stops. */
static bool suspend_locked(struct request *r)
{
    if (r->server->suspended.closed)
        return false;
    MHD_suspend_connection(r->mhd);
    list(r->server, r);
    return true;
}

bool request_suspend(struct request *r)
{
    pthread_mutex_lock(&r->server->suspended.lock);
    bool open = suspend_locked(r);
    pthread_mutex_unlock(&r->server->suspended.lock);
    return open;
}

bool request_await(struct request *r, bool *ret_answered)
{
    pthread_mutex_lock(&r->server->suspended.lock);
    *ret_answered = r->answered;
    bool open = r->answered || suspend_locked(r);
    pthread_mutex_unlock(&r->server->suspended.lock);
    return open;
}

void request_resume_locked(struct request *r)
{
    if (!r->suspended)
        return;
    unlist(r->server, r);
    MHD_resume_connection(r->mhd);
}

void request_resume(struct request *r)
{
    pthread_mutex_lock(&r->server->suspended.lock);
    request_resume_locked(r);
    pthread_mutex_unlock(&r->server->suspended.lock);
}

void requests_abandon(struct http_server *s)
{
    pthread_mutex_lock(&s->suspended.lock);
    s->suspended.closed = true;
    while (s->suspended.first)
        request_resume_locked(s->suspended.first);
    starved_resume_all_locked(s);
    pthread_mutex_unlock(&s->suspended.lock);
}

/* --- what handlers ask --- */

void *request_app(const struct request *r)
{
    return r->server->config.app;
}

struct arena *request_arena(struct request *r)
{
    return r->arena;
}

const char *request_id(const struct request *r)
{
    return r->id;
}

const char *request_identity(const struct request *r)
{
    return r->identified ? r->identity.uri : NULL;
}

struct str request_method(const struct request *r)
{
    return r->method;
}

struct str request_target(const struct request *r)
{
    return r->target;
}

const struct route *request_route(const struct request *r)
{
    return r->route;
}

struct str request_path_param(const struct request *r, const char *name)
{
    return r->route ? router_param(r->route, &r->parsed, name) : (struct str){0};
}

size_t request_query(const struct request *r, const struct query_param **ret)
{
    *ret = r->parsed.query;
    return r->parsed.n_query;
}

struct str request_header(const struct request *r, const char *name)
{
    const struct header_field *found = header_field_find(r->headers, r->n_headers, name, NULL);
    return found ? str_trim_ows(found->value) : (struct str){0};
}

unsigned request_accepts(const struct request *r, const char *media_type, bool *ret_named)
{
    _Static_assert(ACCEPTS_MOST == ACCEPT_MOST, "one scale");
    return accept_weight(request_header(r, "Accept"), media_type, ret_named);
}

struct str request_body(const struct request *r)
{
    return r->spool.map ? (struct str){r->spool.map, r->spool.n} : buf_view(&r->body);
}

void request_set_user(struct request *r, void *user, void (*release)(void *user))
{
    if (r->release)
        r->release(r->user);
    r->user = user;
    r->release = release;
}

void *request_user(const struct request *r)
{
    return r->user;
}

bool request_sheds(const struct request *r)
{
    struct http_server *s = r->server;
    if (atomic_load(&s->stopping))
        return true;
    /* While the request is suspended, or about to be after at_once, its socket cannot be closed by libmicrohttpd. */
    pthread_mutex_lock(&s->suspended.lock);
    bool open = r->suspended || !(r->answered || r->ended);
    struct pollfd p = {.fd = open ? r->connection->fd : -1, .events = POLLRDHUP};
    bool gone = !open || (poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)));
    pthread_mutex_unlock(&s->suspended.lock);
    return gone;
}
