/* Inside of api/: who is asking, under which registers. */
#pragma once
#include "api.h"
#include "decide.h"

#include <pthread.h>

struct api {
    struct api_config config;
    pthread_mutex_t lock; /* guards registry and config.limits */
    struct registry *registry;
    uint8_t id_secret[32];
    struct http_server *exchange; /* NULL until api_observe */
    _Atomic unsigned imports;     /* that are being read */
};

/* One request's principal, resolved in one snapshot. */
struct caller {
    struct registry *registry; /* a reference */
    const struct principal *principal;
    const struct reader *reader;
    bool found_nothing; /* what was asked for is not there, as at_once has found: a worker is to say so */
};

struct api *api_of(const struct request *r);
/* Valid between api_authorise and the reply. */
const struct caller *caller_of(const struct request *r);
struct str caller_partner(const struct request *r);
/* api_authorise without a question to the database: false is no refusal. */
bool caller_is_known(struct request *r);
/* Before request_hand_over, of what was read: caller_of tells the worker. */
void caller_found_nothing(struct request *r);
/* The registers moved: takes the new ones and resolves the principal again, with the route's capability. */
int caller_refresh(struct request *r, struct fault *fault);
/* caller_refresh if the database has other registers than the caller was resolved in: one round trip to know. */
int caller_catch_up(struct request *r, bool *ret_moved, struct fault *fault);
/* Whether it is told what is for disclosure officers and auditors. */
bool caller_is_officer(const struct request *r);
/* What store asks of a read by this caller now. */
struct reading caller_reading(struct request *r, bool disclose);
instant api_now(const struct api *a);
/* Under the registers in force; for /metrics, which has no caller. */
int api_release_counters(struct api *a, struct release_counters *ret, struct fault *fault);
struct api_limits api_limits(struct api *a);

/* Reads are answered under the registers in force: runs step(r, ctx, fault) again with fresh registers as long as it
 * answers ERR_STALE, at most STALE_TRIES times. */
#define STALE_TRIES 5
int with_fresh_registers(struct request *r, int (*step)(struct request *r, void *ctx, struct fault *fault), void *ctx,
                         struct fault *fault);
/* Writes the query log; with `wait` it returns when the entry is durable. */
int log_query(struct request *r, int status, bool wait, struct fault *fault);
