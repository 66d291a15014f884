/* What the files of this folder share and nobody else may include: server, connection, request, answer. */
#pragma once
#include "clock.h"
#include "http.h"
#include "log.h"
#include "negotiate.h"
#include "problem.h"
#include "router.h"
#include "strict.h"
#include "target.h"
#include "tls.h"
#include "work.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#define REQUEST_ID_BYTES 16
#define REQUEST_ID_TEXT (2 * REQUEST_ID_BYTES)
#define IDS_AHEAD 8
#define RETRY_AFTER_SECONDS "1"

/* What a connection is doing, as the watchdog judges it. */
enum phase {
    PHASE_OPENING,   /* handshake, up to the first request line */
    PHASE_RECEIVING, /* from the request line to the last byte of the body */
    PHASE_WORKING,   /* a handler or body source has it: their limits are elsewhere */
    PHASE_SENDING,
    PHASE_IDLE, /* between requests */
    PHASE_COUNT
};

/* Which limit a connection is over, when it was accepted only to be told so. */
enum excess { EXCESS_NONE, EXCESS_ALL, EXCESS_ADDRESS };

struct connection {
    struct http_server *server;
    struct MHD_Connection *mhd;
    struct connection *previous, *next; /* guarded by connections.lock */
    struct connection *address_next;    /* others in the same bucket; guarded by connections.lock */
    int fd;                             /* valid while listed */
    struct in6_addr address;            /* IPv4 as ::ffff:a.b.c.d */
    char address_text[INET6_ADDRSTRLEN];
    enum excess excess;
    struct tls_peer *peer; /* NULL on a plain listener */
    struct request *sent;  /* whose answer is being sent; only the loop thread's */
    /* those whose handshake waits for the client; guarded by suspended.lock */
    struct connection *starved_previous, *starved_next;
    uint8_t ids[IDS_AHEAD][REQUEST_ID_BYTES]; /* of requests to come: as many bytes cost as much as one alone */
    unsigned n_ids;
    _Atomic int phase;
    _Atomic int64_t deadline; /* clock_monotonic(); INT64_MAX: none */
    uint64_t acknowledged;    /* bytes the peer's kernel has taken; only the watchdog's */
};

/* Connections over a limit that are accepted to be told so with 429 or 503; further ones are closed at once. */
#define EXCESS_MOST 64
#define ADDRESS_BUCKETS 1024

struct connections {
    pthread_mutex_t lock;
    pthread_cond_t stopping;
    struct connection *first;
    struct connection *buckets[ADDRESS_BUCKETS];
    unsigned n, n_excess;
    bool stop;
    bool watching;
    pthread_t watchdog;
};

#define WAITER_BUCKETS 1024

/* Answers that wait for something to send (park.c), and how many of whom may (admit.c). */
struct parking {
    pthread_mutex_t lock;
    struct request **heap; /* those that nobody works on, by wake_at */
    size_t n, room;
    unsigned n_waiting;
    struct waiter *waiters[WAITER_BUCKETS]; /* by principal */
    int peers, timer, stop;                 /* epoll of the parked connections and the timer; -1: none */
    int64_t armed;                          /* when the timer fires; INT64_MAX: never */
    bool attended;
    pthread_t thread;
};

/* Bytes of answers in memory, and the reads and pieces that wait for others to leave (room.c). */
struct room {
    pthread_mutex_t lock;
    size_t bytes, most; /* most: 0: any number */
    struct job *first, **last;
    unsigned n_waiting;
};

struct http_server {
    atomic_uint refs; /* one of the owner and one of each request: a late answer finds its server */
    struct http_config config;
    char *address;
    struct log *log;
    struct router *router;
    struct work *work;
    struct coders *coders;
    struct MHD_Daemon *daemon;
    struct {
        int fd, stop; /* -1: none */
        unsigned port;
        bool accepting;
        pthread_t thread;
    } listener;
    struct connections connections;
    struct parking parking;
    struct room room;
    /* Requests whose connection is suspended, and connections that are in their handshake. `lock` also guards the
     * request's fields that say so, and is held while libmicrohttpd suspends or resumes: so that nothing is suspended
     * when its daemon stops, which it would not survive. */
    struct {
        pthread_mutex_t lock;
        pthread_cond_t none_in_flight;
        struct request *first;
        struct connection *starved;
        int handshakes; /* epoll of the starved; -1: none */
        bool closed;    /* nothing is suspended any more */
    } suspended;
    atomic_bool draining, stopping;
    _Atomic uint64_t n_requests, n_connections, n_refused, n_status[6], in_flight;
    _Atomic size_t body_bytes; /* of all requests together */
    _Atomic size_t spooled;    /* the same in files */
    char *spool_folder;
    _Atomic uint64_t n_shed;
    _Atomic int64_t shed_told; /* clock_monotonic */
    struct fault *start_fault; /* while starting: takes libmicrohttpd's message */
};

/* What will be sent. Written by whoever answers, read by the loop thread after the request was resumed. */
struct answer {
    atomic_bool claimed; /* by the first of the reply functions */
    int status;
    struct buf headers; /* name NUL value NUL … */
    struct buf body;
    struct MHD_Response *response;
    size_t follows; /* bytes of the body that are there when the header is sent */
    bool close;
    bool shed; /* turned away unseen: config.answered is not told */
    void (*done)(void *ctx, bool completed);
    void *ctx;
    /* A body source: `body` is the piece being sent. */
    int (*next)(void *ctx, struct buf *out, const struct receipt **ret_receipt);
    size_t sent; /* of the piece */
    bool waits;
    bool ended, failed;
    enum coding coding; /* what it is sent in */
    bool codable;
    struct coder *coder; /* of a body source, from its first piece on */
};

struct request {
    struct job job;
    atomic_uint refs;
    struct http_server *server;
    struct connection *connection; /* as long as `ended` is not set */
    struct MHD_Connection *mhd;    /* likewise */
    struct arena *arena;
    char id[REQUEST_ID_TEXT + 1];
    char peer_address[INET6_ADDRSTRLEN];

    /* as received; only the loop thread's until the request is handed to a worker */
    const char *raw_target; /* in libmicrohttpd's buffer, until the header was checked */
    struct str method, target;
    struct header_field *headers;
    size_t n_headers;
    struct target parsed;
    const struct route *route;
    const char *allow;
    struct tls_identity identity;
    bool identified;
    enum coding coding; /* what the client takes */
    bool plain;         /* and none, too */
    bool header_seen;
    struct framing framing;
    const char *buffer;     /* where libmicrohttpd reads the body to */
    const char *last_field; /* in its buffer: see count_trailer */
    struct buf body;
    struct {
        int fd;   /* -1: nothing is spooled */
        size_t n; /* bytes written */
        char *map;
    } spool; /* the front of a long body; all of it when it has come whole */
    size_t body_most, discarded;
    struct fault refusal; /* decided before the body was complete; code ERR_NONE: none */

    /* guarded by suspended.lock */
    struct request *previous, *next;
    bool suspended;
    bool handed; /* to the workers or at_once: somebody will answer */
    bool answered;
    bool ended;     /* libmicrohttpd has done with it; what comes later of the two ends the request */
    bool completed; /* sent whole */

    /* guarded by parking.lock */
    size_t parked; /* place in parking.heap */
    bool woken;    /* since next() was called */
    int64_t wake_at;
    struct waiter *waiter; /* NULL: not counted by limits.waiting */

    size_t counted; /* bytes in room.bytes; its writers follow each other */

    /* of the handler: set before it runs */
    pthread_t handler;
    bool worked;   /* it is a worker */
    int64_t began; /* clock_monotonic: when it had come whole */

    struct answer answer;
    void *user;
    void (*release)(void *user);
};

/* connection.c */
uint32_t hash_bytes(const void *bytes, size_t n);
void connections_init(struct connections *c);
void connections_destroy(struct connections *c);
/* MHD_NotifyConnectionCallback */
void connection_notify(void *cls, struct MHD_Connection *mhd, void **context, enum MHD_ConnectionNotificationCode code);
void connection_phase(const struct http_server *s, struct connection *c, enum phase phase);
/* Of tls_peer_carry: what the peer does not take is none of the bytes that hold up others. */
void connection_full(void *ctx, bool full);
/* starve.c */
/* Of tls_peer_carry: suspends the connection until the client sends. */
void connection_starved(void *ctx);
/* Those to which something has come go on. */
void starved_attend(struct http_server *s);
void starved_resume_all_locked(struct http_server *s); /* suspended.lock is held */

/* listen.c */
int listener_open(struct http_server *s, struct fault *f);
bool listener_start(struct http_server *s);
void listener_stop(struct http_server *s); /* may be called again */

/* watchdog.c */
bool watchdog_start(struct http_server *s);
void watchdog_stop(struct http_server *s);

/* request.c */
struct request *request_new(struct http_server *s, struct connection *c, struct MHD_Connection *mhd);
void request_ref(struct request *r);
void request_unref(struct request *r);
/* Suspends the connection and lists the request; false when the server stops. Only within libmicrohttpd's callbacks. */
bool request_suspend(struct request *r);
/* The same for the answer, which may be there already: then it suspends nothing. */
bool request_await(struct request *r, bool *ret_answered);
void request_resume(struct request *r);
void request_resume_locked(struct request *r); /* suspended.lock is held */
/* Nothing is suspended from here on. */
void requests_abandon(struct http_server *s);

/* park.c */
void parking_init(struct parking *p);
void parking_destroy(struct http_server *s);
bool parking_start(struct http_server *s);
/* Nobody parks any more once the server drains. */
void parking_wake_all(struct http_server *s);
void parking_stop(struct http_server *s); /* drains already; may be called again */
void request_parking_init(struct request *r);
/* Before next() is called: what wakes the request from here on has it called once more. */
void request_unwoken(struct request *r);
/* BODY_LATER: r->job is run when it is time, perhaps already now on another thread: r is not ours any more. 0: was
 * woken meanwhile, or the server drains. Else an error. */
int request_park(struct request *r);

/* admit.c */
int waiting_admit(struct request *r, struct fault *f);
void waiting_leave(struct request *r);
unsigned waiting_count(struct http_server *s);

/* room.c */
void room_init(struct http_server *s);
void room_destroy(struct http_server *s);
/* Room for an answer that is to be made, by a guess at its length. False: there is none. */
bool room_take(struct request *r);
/* The same; or true: there is none, and r->job goes to the workers when there is, with its place if it was admitted. */
bool room_await(struct request *r, bool admitted);
/* So many bytes are in memory for the answer now, and their peer takes what we send. */
void room_count(struct request *r, size_t bytes);
void room_counters(struct http_server *s, struct http_counters *ret);
/* Nobody waits any more. */
void room_end(struct http_server *s);

/* receive.c: libmicrohttpd's callbacks */
void *receive_target(void *cls, const char *target, struct MHD_Connection *mhd);
enum MHD_Result receive_call(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                             const char *version, const char *data, size_t *size, void **context);
void receive_completed(void *cls, struct MHD_Connection *mhd, void **context, enum MHD_RequestTerminationCode code);

/* check.c */
/* Everything that the header decides. 0, or the refusal; *ret_at_once: do not wait for the body, close the connection.
 */
int check_request(struct request *r, const char *method, const char *version, bool *ret_at_once, struct fault *fault);

/* spool.c */
/* Moves what is in r->body to the file. */
int spool_add(struct request *r, struct fault *fault);
/* The rest, too: the body has come whole. */
int spool_end(struct request *r, struct fault *fault);
void spool_drop(struct request *r); /* also if there is none */

/* Whether the peer's certificate still holds, and whose it is. On a worker, while the connection is suspended. */
int request_identify(struct request *r, struct fault *f);

/* answer.c */
bool answer_claim(struct request *r);
/* The response of answer.status with answer.headers and those that every answer has. content_type may be NULL. */
struct MHD_Response *answer_dress(struct request *r, struct MHD_Response *response, const char *content_type);
struct MHD_Response *answer_from_body(struct request *r, const char *content_type);
struct MHD_Response *answer_without_body(struct request *r, size_t length, const char *content_type);
void answer_problem(struct request *r, const struct fault *fault, const char *extra); /* claimed already */
/* Instead of an answer, to a peer that has gone. */
void answer_abandon(struct request *r);
/* Decides the answer: counts it, tells config.answered, resumes the connection. */
void answer_commit(struct request *r, struct MHD_Response *response);
/* After the answer was decided and the connection has done with the request: `done`, and the answer's reference. */
void answer_end(struct request *r);

/* coded.c */
bool coded_type(const char *content_type);
/* Settles answer.coding for a body of `length` bytes. */
void coded_choose(struct request *r, size_t length);
/* The same for an answer without its body: the length to tell. */
size_t coded_head(struct request *r, size_t length);
/* answer.body as the answer, coded if the client takes that. */
void coded_commit(struct request *r, const char *content_type);
/* On a worker: makes the piece in answer.body what is sent. */
void coded_piece(struct request *r, bool first);

/* http.c */
void server_unref(struct http_server *s);
