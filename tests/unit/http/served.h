/* A small exchange made with the http layer, for its tests: one route for each way to answer. */
#pragma once
#include "http.h"

#include <pthread.h>
#include <stdatomic.h>

struct follower;

struct served {
    struct http_server *server;
    struct http_config config;
    atomic_int with_done;                   /* answers given with a `done` */
    atomic_int done_completed, done_broken; /* its calls */
    atomic_int refused;                     /* calls of config.answered with 400 and above */
    atomic_int released;                    /* calls of the release hook of user slots */
    atomic_int waiting;                     /* handlers of /v1/gate that wait */
    atomic_int most_pieces;                 /* bytes of the largest piece of a source */
    atomic_int authorised;                  /* calls of config.authorise */
    atomic_bool deny;                       /* authorise refuses */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool open;                  /* /v1/gate answers */
    struct follower *followers; /* of /v1/feed */
    int n_followers;
    long published;        /* items of the feed */
    atomic_int feed_calls; /* of its source */
    atomic_int feed_waits; /* of them that found nothing */
    struct request *held;  /* of /v1/held: answered by served_answer_held, or served_answer_held_records */
};

/* Defaults of the configuration, small numbers of threads; change s->config and call served_start. */
void served_init(struct served *s);
void served_start(struct served *s);
void served_stop(struct served *s);
void served_open_gate(struct served *s);
void served_answer_held(struct served *s, int status);
void served_answer_held_records(struct served *s);
/* One item more in the feed; wakes who follows it. */
void served_publish(struct served *s);
/* Until the feed's source has said so many times that there is nothing. */
void served_await_feed_waits(struct served *s, int n);
/* Until as many handlers of /v1/gate wait. */
void served_await_waiting(struct served *s, int n);
