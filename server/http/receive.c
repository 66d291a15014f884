/* libmicrohttpd's callbacks for one request, in the order in which they come: the target, the header, pieces of the
 * body, its end, again after each resumption, completion. They run on loop threads and never block. */
#include "http_internal.h"

#include <stdio.h>

/* A refused body is read and dropped up to so many times what is accepted, so that the client reads the refusal instead
 * of a reset connection. What is longer costs the connection. */
#define DISCARD_TIMES 2

/* Called before libmicrohttpd takes the target apart. The query is cut off its copy: taking it apart costs pool memory
 * for each parameter, and when that runs out the parser forgets that it has already refused the request. */
void *receive_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
    struct http_server *s = cls;
    struct connection *c = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    struct request *r = request_new(s, c, mhd);
    r->raw_target = target;
    r->target = arena_str(r->arena, str_of(target));
    memcpy(r->peer_address, c->address_text, sizeof r->peer_address);
    char *query = strchr(target, '?');
    if (query && query[1])
        query[1] = '\0';
    connection_phase(s, c, PHASE_RECEIVING);
    return r;
}

static void run_refusal(struct job *job);
static void run_handler(struct job *job);
static void run_delayed(struct job *job);

/* To a worker, as the hooks may block. The request keeps its connection suspended until it is answered. */
static enum MHD_Result hand_over(struct request *r, void (*run)(struct job *), bool admitted, bool room)
{
    struct http_server *s = r->server;
    if (!request_suspend(r))
        return MHD_NO;
    connection_phase(s, r->connection, PHASE_WORKING);
    r->handed = true;
    r->job.run = run;
    request_ref(r);
    if (!room && room_await(r, admitted))
        return MHD_YES;
    if (!work_push(s->work, &r->job, admitted)) {
        r->handed = false; /* stopping: the request will be abandoned */
        request_unref(r);
    }
    return MHD_YES;
}

static enum MHD_Result queue_answer(struct request *r)
{
    struct MHD_Response *response = r->answer.response;
    if (!response)
        return MHD_NO; /* abandoned: the connection ends */
    r->answer.response = NULL;
    connection_phase(r->server, r->connection, PHASE_SENDING);
    r->connection->sent = r;
    if (r->connection->peer) /* the method is not known of what was refused for its form */
        tls_peer_answers(r->connection->peer, !r->method.n || str_is(r->method, "HEAD") ? 0 : r->answer.follows);
    enum MHD_Result ok = MHD_queue_response(r->mhd, (unsigned)r->answer.status, response);
    MHD_destroy_response(response);
    return ok;
}

static enum MHD_Result refuse(struct request *r)
{
    return hand_over(r, run_refusal, false, true);
}

/* At most one line in so long, however many there are: telling of each would be load of its own. */
#define SHED_TOLD_EVERY INSTANT_SECOND

static void tell_shed(struct http_server *s)
{
    uint64_t n = atomic_fetch_add(&s->n_shed, 1) + 1;
    int64_t now = clock_monotonic(), last = atomic_load(&s->shed_told);
    if (now - last < SHED_TOLD_EVERY || !atomic_compare_exchange_strong(&s->shed_told, &last, now))
        return;
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    log_event(s->log, ERROR_LEVEL_WARNING, "http.shedding", "since_start", text, NULL);
}

/* Decided here and now: what sheds load must not wait behind it. */
static void shed(struct request *r)
{
    struct fault f;
    fault_set(&f, ERR_UNAVAILABLE, "", "too many requests wait, or for too long");
    tell_shed(r->server);
    r->answer.shed = true;
    answer_problem(r, &f, NULL);
}

static enum MHD_Result shed_unseen(struct request *r)
{
    if (!answer_claim(r))
        return MHD_NO;
    shed(r);
    return queue_answer(r);
}

/* Perhaps before the thread that carries the connection has come to suspend it. That it can do until the workers have
 * stopped (http_stop): so they find the connection open. */
void request_hand_over(struct request *r)
{
    struct work *w = r->server->work;
    bool admitted = work_admit(w);
    buf_clear(&r->answer.headers);
    r->job.run = run_handler;
    request_ref(r);
    if (admitted && work_push(w, &r->job, true))
        return;
    bool stops = admitted || atomic_load(&r->server->stopping);
    if (answer_claim(r))
        (stops ? answer_abandon : shed)(r);
    request_unref(r);
}

/* libmicrohttpd closes the connection after an answer that was queued before the body was read. */
static enum MHD_Result on_header(struct request *r, const char *method, const char *version)
{
    bool at_once;
    r->header_seen = true;
    if (!check_request(r, method, version, &at_once, &r->refusal)) {
        r->refusal.code = ERR_NONE;
        return MHD_YES;
    }
    uint64_t most = DISCARD_TIMES * (uint64_t)r->server->config.limits.body;
    bool waits = r->framing.expects_continue && (r->framing.chunked || r->framing.length);
    return at_once || waits || r->framing.length > most ? refuse(r) : MHD_YES;
}

static void drop_body(struct request *r)
{
    atomic_fetch_sub(&r->server->body_bytes, r->body.n);
    r->discarded = r->body.n;
    buf_free(&r->body);
    spool_drop(r);
}

static void refuse_body(struct request *r, enum error_code code, const char *what)
{
    fault_set(&r->refusal, code, "body", "%s", what);
    drop_body(r);
}

/* A long body has its time for each so many bytes. */
static void keep_in_file(struct request *r)
{
    size_t step = r->server->config.limits.body, before = r->spool.n / step;
    if (spool_add(r, &r->refusal)) {
        drop_body(r);
        return;
    }
    if (r->spool.n / step != before)
        connection_phase(r->server, r->connection, PHASE_RECEIVING);
}

static void keep(struct request *r, const char *data, size_t n)
{
    struct http_server *s = r->server;
    if (r->framing.chunked && !strict_chunk(r->buffer, data)) {
        r->answer.close = true;
        refuse_body(r, ERR_BAD_REQUEST, "expected chunks ended by CR LF");
    } else if (n > r->body_most - r->body.n - r->spool.n) {
        refuse_body(r, ERR_TOO_LARGE, "longer than is accepted");
    } else if (atomic_load(&s->body_bytes) + n > s->config.limits.bodies) {
        refuse_body(r, ERR_UNAVAILABLE, "too many bytes of bodies at once");
    } else {
        atomic_fetch_add(&s->body_bytes, n);
        buf_add(&r->body, data, n);
        if (r->route->body == BODY_LONG && r->body.n >= SPOOLED_FROM)
            keep_in_file(r);
    }
}

static enum MHD_Result on_body(struct request *r, const char *data, size_t *size)
{
    size_t n = *size;
    *size = 0;
    if (r->refusal.code == ERR_NONE)
        keep(r, data, n);
    if (r->refusal.code == ERR_NONE)
        return MHD_YES;
    r->discarded += n;
    return r->discarded > DISCARD_TIMES * r->server->config.limits.body ? MHD_NO : MHD_YES;
}

struct trailers {
    const char *not_one;
    size_t n;
};

/* When the last line of a chunked body arrives in two reads, the parser lists the header's last field as a trailer. */
static enum MHD_Result count_trailer(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_n,
                                     const char *value, size_t value_n)
{
    struct trailers *t = cls;
    (void)kind, (void)name_n, (void)value, (void)value_n;
    t->n += name != t->not_one;
    return MHD_YES;
}

static bool has_trailers(const struct request *r)
{
    struct trailers t = {.not_one = r->last_field};
    MHD_get_connection_values_n(r->mhd, MHD_FOOTER_KIND, count_trailer, &t);
    return t.n > 0;
}

/* As with a worker, somebody else may answer and end the request before this returns. */
static bool take_at_once(struct request *r)
{
    const struct http_config *c = &r->server->config;
    struct fault f;
    if (!c->at_once || request_body(r).n > AT_ONCE_BODY_MAX || request_identify(r, &f) != 0)
        return false;
    r->handler = pthread_self();
    return c->at_once(r);
}

/* Two changes of threads less. */
static bool answer_at_once(struct request *r)
{
    connection_phase(r->server, r->connection, PHASE_WORKING);
    r->handed = true;
    request_ref(r);
    bool taken = take_at_once(r);
    if (!taken)
        r->handed = false;
    request_unref(r);
    return taken;
}

static enum MHD_Result await_answer(struct request *r)
{
    bool answered;
    if (!request_await(r, &answered))
        return MHD_NO;
    return answered ? queue_answer(r) : MHD_YES;
}

static enum MHD_Result on_end(struct request *r)
{
    if (r->refusal.code == ERR_NONE && r->framing.chunked && has_trailers(r)) {
        r->answer.close = true;
        fault_set(&r->refusal, ERR_BAD_REQUEST, "body", "trailer fields are not accepted");
    }
    if (r->refusal.code == ERR_NONE && r->spool.n && spool_end(r, &r->refusal))
        drop_body(r);
    if (r->refusal.code != ERR_NONE)
        return refuse(r);
    r->began = clock_monotonic();
    bool room = !str_is(r->method, "GET") || room_take(r);
    if (room && answer_at_once(r))
        return await_answer(r);
    return work_admit(r->server->work) ? hand_over(r, room ? run_handler : run_delayed, true, room) : shed_unseen(r);
}

enum MHD_Result receive_call(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                             const char *version, const char *data, size_t *size, void **context)
{
    struct http_server *s = cls;
    struct request *r = *context;
    (void)mhd, (void)url;
    pthread_mutex_lock(&s->suspended.lock);
    bool answered = r->answered, handed = r->handed;
    pthread_mutex_unlock(&s->suspended.lock);
    if (answered)
        return queue_answer(r);
    if (handed || atomic_load(&s->stopping))
        return MHD_NO; /* resumed without an answer, because the server stops */
    if (!r->header_seen)
        return on_header(r, method, version);
    return *size ? on_body(r, data, size) : on_end(r);
}

static void run_end(struct job *job)
{
    answer_end((struct request *)job);
}

/* `done` of a body source may block: on a worker, if there is one left. */
static void end(struct request *r)
{
    room_count(r, 0);
    buf_free(&r->answer.body);
    r->job.run = run_end;
    if (!r->answer.next || !work_push(r->server->work, &r->job, false))
        answer_end(r);
}

void receive_completed(void *cls, struct MHD_Connection *mhd, void **context, enum MHD_RequestTerminationCode code)
{
    struct http_server *s = cls;
    struct request *r = *context;
    (void)mhd;
    if (!r)
        return;
    connection_phase(s, r->connection, PHASE_IDLE);
    r->connection->sent = NULL;
    pthread_mutex_lock(&s->suspended.lock);
    r->ended = true;
    r->completed = code == MHD_REQUEST_TERMINATED_COMPLETED_OK;
    bool answered = r->answered, handed = r->handed;
    if (atomic_fetch_sub(&s->in_flight, 1) == 1)
        pthread_cond_broadcast(&s->suspended.none_in_flight);
    pthread_mutex_unlock(&s->suspended.lock);
    *context = NULL;
    if (answered)
        end(r);
    else if (!handed)
        request_unref(r); /* nobody is going to answer */
    request_unref(r);
}

/* --- on a worker --- */

/* On every request and every piece of a long answer: a certificate may have expired or been revoked since the
 * handshake, which a resumed session skipped in part. While the connection is suspended its peer cannot be closed. */
int request_identify(struct request *r, struct fault *f)
{
    struct tls_peer *peer = r->connection->peer;
    int rc = peer ? tls_peer_identity(peer, &r->identity, f) : 0;
    r->identified = peer && rc == 0;
    if (rc)
        r->answer.close = true;
    return rc;
}

static void run_refusal(struct job *job)
{
    struct request *r = (struct request *)job;
    struct fault f = {0};
    int rc = request_identify(r, &f);
    f.code = (enum error_code)rc;
    if (answer_claim(r))
        answer_problem(r, rc ? &f : &r->refusal, NULL);
    request_unref(r);
}

static int authorise(struct request *r, struct fault *f)
{
    const struct http_config *c = &r->server->config;
    if (atomic_load(&r->server->stopping))
        return fault_set(f, ERR_UNAVAILABLE, "", "stopping");
    int rc = request_identify(r, f);
    if (!rc && c->tls && c->authorise)
        rc = c->authorise(r, r->route->capability, f);
    return rc;
}

/* Who is served late is soon not waited for any more, and everybody behind is late, too. */
static bool is_late(const struct request *r)
{
    int64_t most = r->server->config.limits.queue_ms * (INSTANT_SECOND / 1000);
    return most && clock_monotonic() - r->began > most;
}

static void handle(struct request *r)
{
    struct fault f = {0};
    int rc = authorise(r, &f);
    f.code = (enum error_code)rc;
    if (rc)
        reply_fault(r, &f, NULL);
    else
        r->route->handle(r);
}

static void run_handler(struct job *job)
{
    struct request *r = (struct request *)job;
    r->handler = pthread_self();
    r->worked = true;
    if (!is_late(r))
        handle(r);
    else if (answer_claim(r))
        shed(r);
    request_unref(r);
}

/* Now that there is room it need not hold the worker either, if it can do without one. */
static void run_delayed(struct job *job)
{
    struct request *r = (struct request *)job;
    if (is_late(r) || !take_at_once(r))
        run_handler(job);
    else
        request_unref(r);
}
