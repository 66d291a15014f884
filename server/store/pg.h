/* Connections to PostgreSQL, a pool for each role, and one way to run a statement.
 *
 * Statements are prepared at first use on each connection and remembered by their text, so that a caller only writes
 * SQL with $1, $2 …; plans are generic (plan_cache_mode). Results come in binary format. The server's error text goes
 * to the log and nowhere else; callers see ERR_UNAVAILABLE, ERR_SLOW_QUERY or ERR_INTERNAL. */
#pragma once
#include "arena.h"
#include "binary.h"
#include "digest.h"
#include "error.h"
#include "instant.h"

struct log;

/* --- advisory locks --- */
/* First key of pg_advisory_xact_lock(LOCK_SPACE, n); SQL writes it as 1919249524. Always taken in ascending order. */
#define LOCK_SPACE 1919249524
enum {
    LOCK_SCHEMA = 1,     /* migrations */
    LOCK_POLICY = 2,     /* exclusive: policy apply; shared: who relies on the epoch until commit */
    LOCK_LABELS = 3,     /* adding labels and classes */
    LOCK_DRAW = 4,       /* drawing sequence numbers (taken by the functions in schema/) */
    LOCK_PARTITIONS = 5, /* making and dropping partitions (taken by the functions in schema/) */
    LOCK_REQUESTS = 6,   /* asking for a release: counts are compared with their limit */
    LOCK_EXPORTS = 7     /* asking for an export: the same */
};

/* --- pools --- */
enum pg_role { PG_INGEST, PG_READER, PG_POLICY, PG_OWNER };

struct pg_config {
    const char *conninfo; /* the user is added */
    enum pg_role role;
    unsigned connections;  /* at most, opened when first needed */
    unsigned statement_ms; /* statement_timeout; 0: none */
    unsigned connect_seconds;
    unsigned take_ms; /* how long pg_take waits for a connection: then ERR_UNAVAILABLE */
    struct log *log;  /* NULL: silent */
};

struct pg_pool;
struct pg;

struct pg_pool *pg_pool_new(const struct pg_config *config);
/* All connections must have been given back. Accepts NULL. */
void pg_pool_free(struct pg_pool *p);
/* A connection that was usable when last seen. */
int pg_take(struct pg_pool *p, struct pg **ret, struct fault *fault);
/* Rolls back what is open. Accepts NULL. */
void pg_give(struct pg *c);
static inline void pg_givep(struct pg **c)
{
    pg_give(*c);
}
#define PG_CLEANUP __attribute__((cleanup(pg_givep)))

/* --- parameters --- */
#define PG_ARGS_MAX 128

#define PG_SCALAR_MAX 16
/* Text and bytes stay the caller's; numbers, times and ids are copied into `scalars`, so that the structure must not be
 * copied; arrays are encoded into the arena (NULL will do without arrays). Types are sent along, so that SQL needs no
 * casts; only pg_arg_z leaves the type to the statement. */
struct pg_args {
    struct arena *arena;
    int n;
    char scalars[PG_ARGS_MAX][PG_SCALAR_MAX];
    unsigned types[PG_ARGS_MAX];
    const char *values[PG_ARGS_MAX];
    int lengths[PG_ARGS_MAX];
    int formats[PG_ARGS_MAX];
};

void pg_arg_null(struct pg_args *a, unsigned oid);
void pg_arg_z(struct pg_args *a, const char *text);            /* text format, type as the statement has it */
void pg_arg_str(struct pg_args *a, struct str s);              /* text */
void pg_arg_bytes(struct pg_args *a, const void *p, size_t n); /* bytea */
void pg_arg_bool(struct pg_args *a, bool v);
void pg_arg_i32(struct pg_args *a, int32_t v);
void pg_arg_i64(struct pg_args *a, int64_t v);
void pg_arg_instant(struct pg_args *a, instant t); /* timestamptz */
void pg_arg_uuid(struct pg_args *a, struct uuid u);
void pg_arg_i32s(struct pg_args *a, const int32_t *v, size_t n); /* int4[] … */
void pg_arg_i64s(struct pg_args *a, const int64_t *v, size_t n);
void pg_arg_strs(struct pg_args *a, const struct str *v, size_t n);
void pg_arg_byteas(struct pg_args *a, const struct str *v, size_t n);
void pg_arg_bools(struct pg_args *a, const bool *v, size_t n);
void pg_arg_instants(struct pg_args *a, const instant *v, size_t n);
void pg_arg_uuids(struct pg_args *a, const struct uuid *v, size_t n);

/* --- results --- */
struct pg_result;                         /* a PGresult */
void pg_result_free(struct pg_result *r); /* accepts NULL */
static inline void pg_result_freep(struct pg_result **r)
{
    pg_result_free(*r);
}
#define PG_RESULT_CLEANUP __attribute__((cleanup(pg_result_freep)))

int pg_rows(const struct pg_result *r);
int64_t pg_affected(struct pg_result *r); /* rows that an INSERT, UPDATE or DELETE wrote */
bool pg_null(const struct pg_result *r, int row, int column);
/* The column must be of that type and not NULL: anything else is a mistake in the program and ends it. */
int32_t pg_i32(const struct pg_result *r, int row, int column);
int64_t pg_i64(const struct pg_result *r, int row, int column);
bool pg_bool(const struct pg_result *r, int row, int column);
instant pg_instant(const struct pg_result *r, int row, int column);
struct uuid pg_uuid(const struct pg_result *r, int row, int column);
struct str pg_str(const struct pg_result *r, int row, int column); /* text, bytea; lives as long as the result */
/* int4[] without NULLs; in arena. */
size_t pg_i32s(const struct pg_result *r, int row, int column, struct arena *arena, int32_t **ret);
/* text[] without NULLs; in arena. */
size_t pg_strs(const struct pg_result *r, int row, int column, struct arena *arena, struct str **ret);

/* --- statements --- */
/* args and ret may be NULL. A statement on a connection that turns out to be dead fails with ERR_UNAVAILABLE; the next
 * pg_take opens another. */
int pg_exec(struct pg *c, const char *sql, const struct pg_args *args, struct pg_result **ret, struct fault *fault);
/* Several statements in one round trip. They run in order up to the first that fails; then the call fails, and no
 * result is left. Those that open or end a transaction may be among them; without one, they are one transaction. */
struct pg_step {
    const char *sql;
    const struct pg_args *args; /* NULL: none */
    struct pg_result *result;   /* the caller's to free */
};
#define PG_STEPS_MAX 8
int pg_run(struct pg *c, struct pg_step *steps, size_t n, struct fault *fault);
/* The same for who has another way if one of these comes of it: they are not logged. */
#define PG_EXISTS "23505"  /* unique_violation */
#define PG_CHANGED "RE001" /* raised by sequencer_turn */
int pg_attempt(struct pg *c, struct pg_step *steps, size_t n, struct fault *fault);
/* Without parameters and without preparing: BEGIN, COMMIT, several statements at once. */
int pg_simple(struct pg *c, const char *sql, struct fault *fault);
int pg_begin(struct pg *c, struct fault *fault);
int pg_commit(struct pg *c, struct fault *fault);
void pg_rollback(struct pg *c);
/* Waits for the advisory lock until the end of the transaction. */
int pg_lock(struct pg *c, int lock, bool shared, struct fault *fault);
/* Five characters, "" if the last call succeeded or never reached the server. */
const char *pg_sqlstate(const struct pg *c);
/* The server's words of the last error: for the commands of an operator, never for a client. */
const char *pg_message(const struct pg *c);

/* --- reading under row-level security --- */
struct pg_identity {
    int32_t class; /* of visible */
    int64_t epoch; /* of the registers the caller decided with */
    instant now;
    const int64_t *sight; /* visible.sight that the statement was made for; NULL: it does not depend on it */
    struct str partner;   /* for disclosures and notices; may be "" */
    struct str principal; /* for notices; may be "" */
};
enum pg_standing {
    PG_IN_FORCE,
    PG_CLASS_STALE, /* the class has to be made again (class_refresh), or is seen in other views */
    PG_EPOCH_STALE  /* the registers have changed: ERR_STALE to the caller */
};
/* Identity, statement and what was in force, in one round trip and one snapshot. Unless *ret_standing is PG_IN_FORCE
 * the statement saw no row, and *ret is not to be used. Repeats once on a new connection if the old one was dead. */
int pg_read(struct pg *c, const struct pg_identity *identity, const char *sql, const struct pg_args *args,
            struct pg_result **ret, enum pg_standing *ret_standing, struct fault *fault);

/* What one principal asks as one class: each question is answered as by pg_read, all of them in one snapshot. */
struct pg_question {
    const char *sql;
    const struct pg_args *args;
    const int64_t *sight; /* as in pg_identity */
    void *ctx;
};
struct pg_inquiry {
    struct pg_identity identity; /* but for sight */
    const struct pg_question *questions;
    size_t n;
};
#define PG_QUESTIONS_MAX 64 /* of all inquiries together */
/* Inquiries one behind the other in one round trip, each a transaction of its own. take() is called for each question,
 * in their order, as soon as its answer is there: with rows, which are its to free, or with NULL when there is no
 * answer, whatever the reason: who wants to know it asks by pg_read. */
void pg_read_all(struct pg *c, const struct pg_inquiry *inquiries, size_t n,
                 void (*take)(void *ctx, struct pg_result *rows));
