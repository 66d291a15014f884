/* A private PostgreSQL, an opened store and a small coalition, for programs that test the store. Everything that fails
 * ends the program: a test without its fixture says nothing. */
#pragma once
#include "clock.h"
#include "log.h"
#include "store.h"

/* Ends the program with file, line and what was expected. */
#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            fixture_die(__FILE__, __LINE__, #condition);                                                               \
    } while (0)
_Noreturn void fixture_die(const char *file, int line, const char *what);

struct fixture {
    char dir[64];       /* of the cluster */
    char conninfo[256]; /* without user */
    char clock_file[96];
    struct clock *clock;
    struct log *log;
    struct store *store;
    struct registry *registry; /* of the epoch last applied */
    uint8_t id_secret[32];
    unsigned queued_records, labels_per_originator, write_ms, look_records; /* for the next fixture_reopen */
};

#define FIXTURE_NOW INT64_C(1782907200000000) /* 2026-07-01T12:00:00Z */

/* Cluster, migrations, the coalition's policy, an open store. USA, JPN, AUS, GBR and XTR; agreement USA-JPN (default
 * release to level U and C) and CSPO (all but XTR, by REL TO only); principals spiffe://<partner>.example/<role>/a. */
void fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);
/* Closes the store and opens it again. */
void fixture_reopen(struct fixture *f);
void fixture_set_now(struct fixture *f, instant now);
/* Applies the coalition's policy after replacing `from` by `to` in its text, and loads the registers. */
void fixture_apply(struct fixture *f, const char *from, const char *to);
/* The same with another replacement after the first. */
void fixture_apply_two(struct fixture *f, const char *from, const char *to, const char *and_from, const char *and_to);

const struct reader *fixture_reader(const struct fixture *f, const char *uri);
struct reading fixture_reading(const struct fixture *f, const char *uri);
/* As superuser; the one value of the one row, or "" . The result belongs to the caller. */
char *fixture_sql(const struct fixture *f, const char *sql);
int64_t fixture_sql_i64(const struct fixture *f, const char *sql);

/* A session of its own that keeps what its SQL locked until it is let go. */
struct fixture_lock;
struct fixture_lock *fixture_lock(const struct fixture *f, const char *sql);
void fixture_unlock(struct fixture_lock *l);
/* Asks until the one value is at least `want`. */
void fixture_until(const struct fixture *f, const char *sql, int64_t want);

/* A post of n records of a type: text i is its JSON as a client would send it. */
struct fixture_post {
    struct post post;
    const struct record_type *type; /* of its records */
    struct arena *arena;
    struct fixture *f;
    int error; /* what done() said */
    bool done;
};
/* originator's node posts; json is one array of records. Returns the post after store_post and done(), or as store_post
 * refused it (error). */
struct fixture_post *fixture_post(struct fixture *f, const char *type, const char *originator, const char *json);
struct fixture_post *fixture_post_prepare(struct fixture *f, const char *type, const char *originator,
                                          const char *json);
void fixture_post_start(struct fixture_post *p); /* store_post, without waiting */
void fixture_post_wait(struct fixture_post *p);
bool fixture_post_done(struct fixture_post *p);
void fixture_post_free(struct fixture_post *p);

/* A query from "name=value&name=value", not percent-encoded. */
const struct query *fixture_query(const struct fixture *f, const char *type, const char *text, struct arena *arena);
/* What store_count answers to a principal. */
int64_t fixture_count(struct fixture *f, const char *type, const char *uri, const char *text);
