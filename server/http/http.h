/* HTTP/1.1 over mutual TLS: limits, strictness, routing, problem+json, bodies that are pulled. The only user of
 * libmicrohttpd. What a route does is a function of the layer above, called on a worker thread where it may block. */
#pragma once
#include "arena.h"
#include "buf.h"
#include "error.h"
#include "receipt.h"

#include <stdint.h>

struct request;
struct http_server;
struct log;
struct tls;

/* BODY_TEXT: text/plain, or application/json. BODY_FILE: of any type. BODY_LONG: the same, up to
 * http_limits.import_bytes: from SPOOLED_FROM bytes on it is in a file and not in memory. */
enum body_kind { BODY_NONE, BODY_JSON, BODY_TEXT, BODY_FILE, BODY_LONG, BODY_KIND_COUNT };
#define SPOOLED_FROM ((size_t)1 << 20)

/* A path is literal segments and {parameters}: "/v1/{type}/{id}". Literal segments win over parameters.
 * capability 0 is refused at start-up: a route that anyone may call does not exist. */
struct route {
    const char *method; /* GET also serves HEAD */
    const char *path;
    unsigned capability;
    enum body_kind body;
    size_t body_limit; /* 0: http_limits.body */
    void (*handle)(struct request *);
};

/* Every limit has a setting [limits] of the same name in the configuration; values are defaults. */
struct http_limits {
    size_t body;           /* bytes of a request body: 413; a refused body is read and dropped up to twice that */
    size_t bodies;         /* bytes of the bodies of all requests together: 503; 0: 16 times `body` */
    size_t import_bytes;   /* bytes of a body of kind BODY_LONG: 413 */
    size_t import_spool;   /* bytes of such bodies in files, of all requests together: 503 */
    size_t uri;            /* bytes of a request target: 414 */
    size_t header;         /* bytes of request line and header fields together: 431 */
    unsigned query_params; /* 400 */
    unsigned connections, connections_per_address;
    size_t answers; /* bytes of answers in memory, but for peers that do not take them: a read, or the next piece of a
                       long answer, waits while there are more; 0: any number */
    unsigned requests_queued;       /* waiting for a worker; above: 503 with Retry-After */
    unsigned queue_ms;              /* whoever has waited longer when a worker comes to it: the same; 0: nobody */
    unsigned waiting;               /* answers whose source may say BODY_LATER: 503 */
    unsigned waiting_per_principal; /* 429; without TLS: of one address */
    unsigned request_seconds;       /* first byte of the request to last byte of its body; of a long body for each
                                       `body` bytes */
    unsigned handshake_seconds, idle_seconds;
    unsigned send_seconds; /* no progress in sending for so long ends the connection */
    unsigned nothing_us;   /* request_even_out; 0: never waits */
    size_t coded_from;     /* bytes of an answer from which on it is coded for who accepts it; 0: never */
};

#define AT_ONCE_BODY_MAX 16384 /* bytes: other connections wait while it is looked at */
struct http_config {
    const char *address;
    unsigned port;    /* 0: any; see http_port */
    unsigned loops;   /* libmicrohttpd threads */
    unsigned workers; /* threads that run handlers */
    struct http_limits limits;
    const char *spool; /* folder for long bodies */
    struct tls *tls;   /* NULL: plain HTTP, for the loopback listener only; no identity then */
    struct log *log;
    const struct route *routes;
    size_t n_routes;
    void *app; /* request_app() */
    /* Before the handler, on its thread; 0 or an error that becomes the answer. Not called when tls is NULL. */
    int (*authorise)(struct request *r, unsigned capability, struct fault *fault);
    /* NULL, or tried before any worker when the request's body, if any, has at most AT_ONCE_BODY_MAX bytes: on the
     * thread that carries the connection, so that it must wait for nothing, and without `authorise`, which might. True:
     * taken; an answer was or will be given, or request_hand_over called. False: nothing was done, and a worker runs
     * authorise and the handler. */
    bool (*at_once)(struct request *r);
    /* NULL, or whether the route's handler looks at request_accepts itself, as it has more media types than those of
     * all routes. */
    bool (*negotiates)(const struct route *route);
    /* When an answer was decided and before it is sent, by the thread that decides; also for refusals of the http layer
     * itself, then on a worker and with request_route NULL if no route matched. May block. Not called for a request
     * that is turned away because the queue is full, or given up because the server stops. NULL: none. */
    void (*answered)(struct request *r, int status);
};

/* Checks the table (sorted by path, then method; capability; duplicates) before it listens. Raises the soft limit of
 * open files as far as the hard one allows when the connections need it. */
int http_start(const struct http_config *config, struct http_server **ret, struct fault *fault);
unsigned http_port(const struct http_server *s);
/* No new connections (then the event `draining` is logged), and no body waits any more (request_drains); waits until
 * running requests are answered or `seconds` have passed. */
void http_drain(struct http_server *s, unsigned seconds);
/* Handlers that run are waited for; requests that wait for their answer are given up: answering one later is allowed
 * and does nothing but call its `done`. Accepts NULL. */
void http_stop(struct http_server *s);

struct http_counters {
    uint64_t requests, connections, refused_connections, status[6]; /* status[4]: answers 4xx */
    uint64_t in_flight;                                             /* requests begun and not yet answered whole */
    uint64_t body_bytes;                                            /* of request bodies in memory */
    uint64_t spooled_bytes;                                         /* of them in files */
    uint64_t waiting;                                               /* answers that limits.waiting counts */
    uint64_t answer_bytes;                                          /* of what limits.answers counts */
    uint64_t delayed;                                               /* reads and pieces that wait for it */
};
void http_counters(struct http_server *s, struct http_counters *ret);

/* --- the request, as its handler sees it: all text lives until the request is completed --- */
void *request_app(const struct request *r);
struct arena *request_arena(struct request *r);
const char *request_id(const struct request *r);            /* sent as X-Request-Id */
const char *request_identity(const struct request *r);      /* the SPIFFE URI proved by TLS; NULL on a plain listener */
struct str request_method(const struct request *r);         /* "HEAD" where it is HEAD */
struct str request_target(const struct request *r);         /* as sent */
const struct route *request_route(const struct request *r); /* NULL when none matched */
struct str request_path_param(const struct request *r, const char *name); /* decoded; {NULL,0} if absent */
struct query_param {
    struct str name, value; /* percent and + decoded, valid UTF-8, no NUL */
};
size_t request_query(const struct request *r, const struct query_param **ret);
struct str request_header(const struct request *r, const char *name); /* {NULL,0} if absent */
/* How much the client weighs an answer of that media type, 0 to ACCEPTS_MOST; 0: it does not take it. *ret_named: it
 * names that type, and does not only take any. */
#define ACCEPTS_MOST 1000
unsigned request_accepts(const struct request *r, const char *media_type, bool *ret_named);
struct str request_body(const struct request *r);
/* A slot for the layer above: what it found out in authorise. release (or NULL) is called once when the request ends,
 * by whatever thread that is: it must not block. */
void request_set_user(struct request *r, void *user, void (*release)(void *user));
void *request_user(const struct request *r);
/* From any thread, also within at_once: a request that at_once takes goes to the workers after all, instead of an
 * answer, as if it had not been taken: they run authorise and the handler, or it is turned away with 503 when the queue
 * is full, or given up when the server stops. Headers set for the answer are dropped; the arena and what is in it stay.
 * Who calls it must not touch the request afterwards. */
void request_hand_over(struct request *r);
bool request_sheds(const struct request *r); /* the peer has gone or the server is stopping: give up long work */

/* --- the answer: exactly one of these, from any thread, also later than the handler's return; a second one is logged
 * and dropped. Who answers must not touch the request afterwards unless the handler has not yet returned. --- */
void reply_header(struct request *r, const char *name, const char *value); /* before the reply; copied */
/* Answers ERR_METHOD where the path's routes are not for everything that stands at it: these are, a literal. */
void reply_method(struct request *r, const char *allow);
/* Text that tells nothing of records: registers, whoami, help. The bytes are copied. */
void reply_json(struct request *r, int status, struct str json);
void reply_text(struct request *r, int status, const char *content_type, struct str text);
void reply_empty(struct request *r, int status); /* 201, 204: no body, no Content-Type */
/* HEAD of a record, and 304: status and headers of the GET, with its length and without its bytes. A length that is not
 * known is left out, and the connection ends. */
#define LENGTH_UNKNOWN SIZE_MAX
void reply_head(struct request *r, int status, const char *content_type, size_t length);
/* Before an answer that there is nothing: waits, on the handler's own thread, until a multiple of limits.nothing_us has
 * passed since the request had come whole, so that looking at something hidden takes no other time than finding
 * nothing. */
void request_even_out(struct request *r);
/* application/problem+json (RFC 9457) with type, title, status, detail, where, offset, message and extra members (JSON
 * text without braces, or NULL). INTERNAL, UNAVAILABLE and SLOW_QUERY never show their detail; it goes to the log.
 * NOT_FOUND is always the same bytes, at a time by request_even_out. */
void reply_fault(struct request *r, const struct fault *fault, const char *extra);
/* Bytes of records: only against a receipt; without one the answer is 500. done(ctx, completed) is called once, on any
 * thread, which must not wait in it: when the last byte went to the kernel (true) or the connection ended before
 * (false). The bytes are taken over from *body, which is left empty. */
void reply_records(struct request *r, int status, const char *content_type, struct buf *body,
                   const struct receipt *receipt, void (*done)(void *ctx, bool completed), void *ctx);

/* An answer that is longer than a buffer. next() runs on a worker thread: appends the next piece to *out and sets
 * *ret_receipt for it (must not be NULL if it appended record bytes); returns 0 to go on, BODY_END after the last piece
 * (which it may append in the same call), or an error: the connection is then cut so that the client sees a broken
 * transfer and never a complete one; an error of the first piece becomes an ordinary fault. A piece without a receipt
 * may hold 64 bytes, as brackets do. At most one piece is in memory at a time. done: as in reply_records, but on a
 * worker (where it may block) or in http_stop. HEAD makes no piece.
 *
 * A source that `waits` may also say BODY_LATER, having appended nothing: there is nothing to send for now. The worker
 * goes on to other work and the connection waits, at the cost of memory only; then next() is called again, on any
 * worker, but never two at a time:
 * - soon after request_wake;
 * - at the time that next() gave to request_wake_at;
 * - when the server drains: request_drains is true then, and who still says BODY_LATER is given up.
 * The client's certificate is looked at again before each call. A peer that goes while its answer waits is noticed, and
 * so is a stop: then there is no further call but done(ctx, false). Nothing of the answer has been sent before the
 * first piece: an error is still an ordinary fault, and a whole first piece gets its length. What was appended before
 * is sent before next() is called again. limits.waiting counts such a source from reply_source to done. */
enum { BODY_END = -1, BODY_LATER = -2 };
struct body_source {
    int (*next)(void *ctx, struct buf *out, const struct receipt **ret_receipt);
    void (*done)(void *ctx, bool completed);
    void *ctx;
    bool waits;
};
void reply_source(struct request *r, int status, const char *content_type, const struct body_source *source);
/* From any thread, with any locks of the caller's held that next() and done() take too, any number of times, from
 * before reply_source until done() is called. None is lost: one that comes while next() runs has it called again. */
void request_wake(struct request *r);
/* By next() before it says BODY_LATER: when to be called again at the latest, on clock_monotonic(). Holds for this wait
 * only; without it none ends by time. */
void request_wake_at(struct request *r, int64_t monotonic);
/* The server takes no connections any more: answer with what there is, and end. */
bool request_drains(const struct request *r);
