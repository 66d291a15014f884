/* The reply functions: from any thread, exactly one for each request. */
#include "coding.h"
#include "http_internal.h"
#include "memory.h"

#include <errno.h>

bool answer_claim(struct request *r)
{
    if (!atomic_exchange(&r->answer.claimed, true))
        return true;
    log_event(r->server->log, ERROR_LEVEL_ERROR, "http.answered_twice", "request", r->id, NULL);
    return false;
}

void reply_header(struct request *r, const char *name, const char *value)
{
    buf_add(&r->answer.headers, name, strlen(name) + 1);
    buf_add(&r->answer.headers, value, strlen(value) + 1);
}

/* The coded bytes are never the same twice (RFC 9110 section 8.8.1). */
static void add_weak(struct MHD_Response *response, const char *etag)
{
    BUF_CLEANUP struct buf weak = {0};
    buf_z(&weak, "W/");
    buf_add(&weak, etag, strlen(etag) + 1);
    MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, weak.p);
}

static void add_headers(const struct request *r, struct MHD_Response *response)
{
    const char *at = r->answer.headers.p, *end = at + r->answer.headers.n;
    while (at < end) {
        const char *value = at + strlen(at) + 1;
        if (r->answer.coding && strcmp(at, MHD_HTTP_HEADER_ETAG) == 0)
            add_weak(response, value);
        else
            MHD_add_response_header(response, at, value);
        at = value + strlen(value) + 1;
    }
}

struct MHD_Response *answer_dress(struct request *r, struct MHD_Response *response, const char *content_type)
{
    if (!response)
        memory_exhausted(0);
    if (content_type)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "private, no-store");
    MHD_add_response_header(response, "X-Request-Id", r->id);
    if (r->answer.coding && r->answer.status != MHD_HTTP_NOT_MODIFIED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, coding_name(r->answer.coding));
    if (r->answer.close || atomic_load(&r->server->draining))
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    add_headers(r, response);
    return response;
}

/* The bytes stay the request's: it lives until libmicrohttpd has done with the response. */
struct MHD_Response *answer_from_body(struct request *r, const char *content_type)
{
    struct buf *body = &r->answer.body;
    char *bytes = body->n ? body->p : buf_reserve(body, 1);
    r->answer.follows = body->n;
    return answer_dress(r, MHD_create_response_from_buffer(body->n, bytes, MHD_RESPMEM_PERSISTENT), content_type);
}

static void count_status(struct http_server *s, int status)
{
    int class = status / 100;
    if (class >= 0 && class < 6)
        atomic_fetch_add(&s->n_status[class], 1);
}

static void decide(struct request *r)
{
    struct http_server *s = r->server;
    pthread_mutex_lock(&s->suspended.lock);
    r->answered = true;
    bool late = r->ended;
    request_resume_locked(r);
    pthread_mutex_unlock(&s->suspended.lock);
    if (late)
        answer_end(r);
}

void answer_commit(struct request *r, struct MHD_Response *response)
{
    struct http_server *s = r->server;
    r->answer.response = response;
    room_count(r, r->answer.body.cap);
    count_status(s, r->answer.status);
    if (s->config.answered && !r->answer.shed)
        s->config.answered(r, r->answer.status);
    decide(r);
}

void answer_abandon(struct request *r)
{
    r->answer.failed = true;
    decide(r);
}

void answer_end(struct request *r)
{
    if (r->answer.response)
        MHD_destroy_response(r->answer.response);
    r->answer.response = NULL;
    coder_give(r->server->coders, r->answer.coder);
    r->answer.coder = NULL;
    waiting_leave(r);
    if (r->answer.done)
        r->answer.done(r->answer.ctx, r->completed && !r->answer.failed);
    request_unref(r);
}

static void reply_bytes(struct request *r, int status, const char *content_type, struct str bytes)
{
    if (!answer_claim(r))
        return;
    r->answer.status = status;
    buf_str(&r->answer.body, bytes);
    coded_commit(r, content_type);
}

void reply_json(struct request *r, int status, struct str json)
{
    reply_bytes(r, status, "application/json", json);
}

void reply_text(struct request *r, int status, const char *content_type, struct str text)
{
    reply_bytes(r, status, content_type, text);
}

void reply_empty(struct request *r, int status)
{
    reply_bytes(r, status, NULL, (struct str){0});
}

/* For HEAD and 304, where libmicrohttpd sends the length and never asks for the bytes. */
static ssize_t no_bytes(void *cls, uint64_t at, char *to, size_t most)
{
    (void)cls, (void)at, (void)to, (void)most;
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* A length that nobody knows is left out (RFC 9110 section 8.6). The library would take that for a chunked body and
 * send its last chunk; so none of it is chunked, and the end of the connection is the end of the answer. */
struct MHD_Response *answer_without_body(struct request *r, size_t length, const char *content_type)
{
    bool known = length != LENGTH_UNKNOWN;
    struct MHD_Response *response =
        length ? MHD_create_response_from_callback(known ? length : MHD_SIZE_UNKNOWN, 1, no_bytes, NULL, NULL)
               : MHD_create_response_from_buffer(0, r->id, MHD_RESPMEM_PERSISTENT);
    if (response && !known)
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    r->answer.close |= !known;
    return answer_dress(r, response, content_type);
}

void reply_head(struct request *r, int status, const char *content_type, size_t length)
{
    if (!answer_claim(r))
        return;
    r->answer.status = status;
    length = coded_head(r, length);
    answer_commit(r, answer_without_body(r, length, content_type));
}

/* What a handler says of a record is between it and the client; what this folder says is the same for everybody. */
static void log_refusal(const struct request *r, const struct fault *f)
{
    bool tells = error_status((int)f->code) >= 500 || r->refusal.code != ERR_NONE;
    log_event(r->server->log, error_log_level((int)f->code), "http.refused", "request", r->id, "peer", r->peer_address,
              "identity", r->identified ? r->identity.uri : "", "code", error_name((int)f->code), "where", f->where,
              "detail", tells ? f->detail : "", NULL);
}

void answer_problem(struct request *r, const struct fault *fault, const char *extra)
{
    r->answer.status = error_status((int)fault->code);
    buf_clear(&r->answer.body);
    problem_write(fault, extra, &r->answer.body);
    if (problem_retries(fault))
        reply_header(r, MHD_HTTP_HEADER_RETRY_AFTER, RETRY_AFTER_SECONDS);
    if (fault->code == ERR_METHOD && r->allow)
        reply_header(r, MHD_HTTP_HEADER_ALLOW, r->allow);
    if (fault->code == ERR_MEDIA_TYPE && strcmp(fault->where, MHD_HTTP_HEADER_CONTENT_ENCODING) == 0)
        reply_header(r, MHD_HTTP_HEADER_ACCEPT_ENCODING, "identity"); /* RFC 9110 section 15.5.16 */
    if (fault->code == ERR_ID_MISMATCH)
        reply_header(r, "x-should-retry", "false");
    if (!r->answer.shed)
        log_refusal(r, fault);
    answer_commit(r, answer_from_body(r, "application/problem+json"));
}

/* A lookup that finds a hidden row takes some microseconds longer than one that finds none: PostgreSQL touches the row
 * and asks for the class's bitmap before it drops it. */
void request_even_out(struct request *r)
{
    int64_t step = r->server->config.limits.nothing_us;
    if (!step || !pthread_equal(r->handler, pthread_self()))
        return;
    int64_t until = r->began + ((clock_monotonic() - r->began) / step + 1) * step;
    struct timespec t = {until / INSTANT_SECOND, until % INSTANT_SECOND * 1000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

void reply_fault(struct request *r, const struct fault *fault, const char *extra)
{
    if (fault->code == ERR_NOT_FOUND)
        request_even_out(r);
    if (answer_claim(r))
        answer_problem(r, fault, extra);
}

void reply_method(struct request *r, const char *allow)
{
    struct fault f;
    r->allow = allow;
    fault_set(&f, ERR_METHOD, "", "this path has the methods %s", allow);
    reply_fault(r, &f, NULL);
}

static void reply_unreceipted(struct request *r)
{
    struct fault f;
    fault_set(&f, ERR_INTERNAL, "", "bytes of records without a receipt of their disclosure");
    answer_problem(r, &f, NULL);
}

void reply_records(struct request *r, int status, const char *content_type, struct buf *body,
                   const struct receipt *receipt, void (*done)(void *ctx, bool completed), void *ctx)
{
    struct buf taken = *body;
    *body = (struct buf){0};
    if (!answer_claim(r)) {
        buf_free(&taken);
        if (done)
            done(ctx, false);
        return;
    }
    r->answer.done = done;
    r->answer.ctx = ctx;
    r->answer.status = status;
    r->answer.failed = !receipt;
    buf_free(&r->answer.body);
    r->answer.body = taken;
    if (receipt)
        coded_commit(r, content_type);
    else
        reply_unreceipted(r);
}
