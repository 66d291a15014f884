/* Answers that are pulled piece by piece: a worker makes a piece while the connection is suspended, the loop sends it.
 */
#include "http_internal.h"
#include "memory.h"

/* What frames records and is none: brackets and commas. Longer pieces need a receipt. */
#define UNRECEIPTED_MOST 64

/* What libmicrohttpd makes a chunk of, so that it fills a TLS record: with its length in four digits and two line ends.
 */
#define CHUNK_MOST (16384 - 8)

/* Of pull, beside the results of next(): the peer has gone while the answer was not whole. */
enum { BODY_GONE = -3 };

/* BODY_LATER: parked, and so not ours any more. */
static int ask(struct request *r, const struct receipt **ret_receipt)
{
    struct answer *a = &r->answer;
    bool last = request_drains(r);
    if (request_sheds(r))
        return atomic_load(&r->server->stopping) ? ERR_UNAVAILABLE : BODY_GONE;
    request_unwoken(r);
    int rc = a->next(a->ctx, &a->body, ret_receipt);
    if (rc != BODY_LATER)
        return rc;
    if (!a->waits || a->body.n)
        return ERR_INTERNAL;
    room_count(r, 0);
    return last ? ERR_UNAVAILABLE : request_park(r);
}

/* The next piece with something in it, or the end. */
static int pull(struct request *r, bool first)
{
    struct answer *a = &r->answer;
    const struct receipt *receipt = NULL;
    struct fault refused;
    int rc = request_identify(r, &refused);
    buf_clear(&a->body);
    a->sent = 0;
    while (rc == 0 && a->body.n == 0)
        rc = ask(r, &receipt);
    if (rc != 0 && rc != BODY_END)
        return rc;
    if (a->body.n > UNRECEIPTED_MOST && !receipt)
        return ERR_INTERNAL;
    a->ended = rc == BODY_END;
    coded_piece(r, first);
    return 0;
}

static void fail(struct request *r, int code)
{
    r->answer.failed = true;
    if (code == BODY_GONE)
        return;
    log_event(r->server->log, error_log_level(code), "http.body_failed", "request", r->id, "code", error_name(code),
              NULL);
}

static void run_piece(struct job *job)
{
    struct request *r = (struct request *)job;
    int rc = pull(r, false);
    if (rc == BODY_LATER)
        return; /* with the reference */
    if (rc)
        fail(r, rc);
    room_count(r, r->answer.body.cap);
    request_resume(r);
    request_unref(r);
}

/* The worker is asked for a piece while the connection is suspended; libmicrohttpd asks again once it is resumed. */
static ssize_t await_piece(struct request *r)
{
    if (!request_suspend(r))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    connection_phase(r->server, r->connection, PHASE_WORKING);
    r->job.run = run_piece;
    request_ref(r);
    room_count(r, 0);
    if (!r->answer.waits && room_await(r, false))
        return 0;
    if (!work_push(r->server->work, &r->job, false)) {
        r->answer.failed = true; /* stopping: it will be resumed and find this */
        request_unref(r);
    }
    return 0;
}

static ssize_t read_piece(void *cls, uint64_t at, char *to, size_t most)
{
    struct request *r = cls;
    struct answer *a = &r->answer;
    (void)at;
    if (a->failed)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (a->sent == a->body.n)
        return a->ended ? MHD_CONTENT_READER_END_OF_STREAM : await_piece(r);
    size_t left = a->body.n - a->sent, room = most < CHUNK_MOST ? most : CHUNK_MOST, n = left < room ? left : room;
    memcpy(to, a->body.p + a->sent, n);
    a->sent += n;
    if (r->connection->peer)
        tls_peer_goes_on(r->connection->peer, a->sent < a->body.n);
    connection_phase(r->server, r->connection, PHASE_SENDING);
    return (ssize_t)n;
}

static void refuse(struct request *r, const struct fault *f)
{
    r->answer.failed = true;
    buf_clear(&r->answer.headers); /* they were for the body */
    answer_problem(r, f, NULL);
}

static void tell(struct request *r, int code, const char *what)
{
    struct fault f;
    fault_set(&f, (enum error_code)code, "", "%s", what);
    refuse(r, &f);
}

/* The first piece decides: an error can still be told, and a short answer gets its length. */
static void run_first_piece(struct job *job)
{
    struct request *r = (struct request *)job;
    int rc = pull(r, true);
    if (rc == BODY_LATER)
        return;
    if (rc == BODY_GONE)
        answer_abandon(r);
    else if (rc)
        tell(r, rc, "the first piece of a body");
    else if (r->answer.ended)
        answer_commit(r, answer_from_body(r, NULL));
    else {
        r->answer.follows = 1;
        answer_commit(
            r, answer_dress(r, MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, read_piece, r, NULL), NULL));
    }
    request_unref(r);
}

static void take_source(struct request *r, int status, const char *content_type, const struct body_source *source)
{
    struct answer *a = &r->answer;
    a->status = status;
    a->done = source->done;
    a->ctx = source->ctx;
    a->next = source->next;
    a->waits = source->waits;
    a->codable = coded_type(content_type);
    buf_free(&a->body);
    reply_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
}

void reply_source(struct request *r, int status, const char *content_type, const struct body_source *source)
{
    if (!answer_claim(r)) {
        source->done(source->ctx, false);
        return;
    }
    take_source(r, status, content_type, source);
    if (str_is(r->method, "HEAD")) { /* nothing is made for nobody */
        answer_commit(r, answer_without_body(r, LENGTH_UNKNOWN, NULL));
        return;
    }
    struct fault f;
    if (source->waits && waiting_admit(r, &f)) {
        refuse(r, &f);
        return;
    }
    r->job.run = run_first_piece;
    request_ref(r);
    if (!work_push(r->server->work, &r->job, false)) {
        tell(r, ERR_UNAVAILABLE, "stopping");
        request_unref(r);
    }
}
