#include "pg.h"

#include "clock.h"
#include "log.h"
#include "memory.h"

#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>

#define PREPARED_SLOTS 1024               /* a power of two */
#define PREPARED_MAX (PREPARED_SLOTS / 2) /* per connection; beyond, all are forgotten and made anew */
#define SQLSTATE_SIZE 6

struct prepared {
    char *sql; /* NULL: empty slot */
    uint64_t hash;
    unsigned number;
};

struct pg {
    struct pg_pool *pool;
    PGconn *conn;
    struct pg *next; /* while idle */
    struct prepared prepared[PREPARED_SLOTS];
    unsigned n_prepared, next_number;
    bool attempts;  /* in pg_attempt */
    bool forgotten; /* PostgreSQL may hold statements that are not in `prepared` any more */
    char sqlstate[SQLSTATE_SIZE];
};

struct pg_pool {
    struct pg_config config;
    char *conninfo;
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct pg *idle;
    unsigned open; /* idle and taken */
};

/* --- errors --- */

static bool state_is(const char *state, const char *start)
{
    return strncmp(state, start, strlen(start)) == 0;
}

/* What an SQLSTATE means to callers. Source: PostgreSQL 15, appendix A. */
static enum error_code code_of(const char *state)
{
    if (state_is(state, "57014")) /* query_canceled: statement_timeout */
        return ERR_SLOW_QUERY;
    static const char *const passing[] = {
        "08",    /* connection exception */
        "53",    /* insufficient resources */
        "57P",   /* shutdown, crash, cannot connect now */
        "40",    /* serialization failure, deadlock */
        "55P03", /* lock not available */
        "25P03", /* idle in transaction timeout */
    };
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        if (state_is(state, passing[i]))
            return ERR_UNAVAILABLE;
    return ERR_INTERNAL;
}

/* The message of a data exception or a violated constraint quotes values: those stay out of the log. */
static const char *loggable(const char *state, const char *message)
{
    return state_is(state, "22") || state_is(state, "23") ? "" : message;
}

static int fail(struct pg *c, const PGresult *r, struct fault *fault)
{
    const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
    const char *message = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    bool dead = PQstatus(c->conn) != CONNECTION_OK;
    snprintf(c->sqlstate, sizeof c->sqlstate, "%s", state ? state : dead ? "08006" : "");
    enum error_code code = dead ? ERR_UNAVAILABLE : code_of(c->sqlstate);
    bool awaited = c->attempts && (state_is(c->sqlstate, PG_EXISTS) || state_is(c->sqlstate, PG_CHANGED));
    if (c->pool->config.log && !awaited)
        log_event(c->pool->config.log, error_log_level((int)code), "store.error", "sqlstate", c->sqlstate, "message",
                  loggable(c->sqlstate, message ? message
                                        : dead  ? "connection lost"
                                                : "no result"),
                  NULL);
    return fault_set(fault, code, "",
                     code == ERR_SLOW_QUERY    ? "the query took longer than it may"
                     : code == ERR_UNAVAILABLE ? "the database is not available"
                                               : "unexpected database error");
}

const char *pg_sqlstate(const struct pg *c)
{
    return c->sqlstate;
}

const char *pg_message(const struct pg *c)
{
    return PQerrorMessage(c->conn);
}

/* --- connecting --- */

static const char *user_of(enum pg_role role)
{
    static const char *const users[] = {[PG_INGEST] = "relto_ingest",
                                        [PG_READER] = "relto_reader",
                                        [PG_POLICY] = "relto_policy",
                                        [PG_OWNER] = "relto_owner"};
    return users[role];
}

/* Generic plans: a prepared newest-100 is seven times as fast with them, and plans can be tested. No compilation:
 * what the planner thinks of a merge over labels makes it spend 200 ms on code for a statement of 1 ms. A reader's
 * implicit transaction has one snapshot, so that what pg_read finds in force was in force for its statement too. */
static void session_options(const struct pg_config *config, struct buf *out)
{
    buf_printf(out,
               "-c statement_timeout=%u -c plan_cache_mode=force_generic_plan -c jit=off -c timezone=UTC"
               " -c datestyle=ISO -c client_min_messages=error -c search_path=public",
               config->statement_ms);
    /* A plan made while a partition was small is kept when it has grown: it must not be a sequential scan. Nor may it
     * collect and sort what an index gives in order, alone or with helpers: how many rows a chunk of a list will take
     * is not known to the planner, which then reads all that are left for each. With pages at random as dear as from a
     * disk that turns, it would read a small partition whole for each label that is looked for in it. */
    if (config->role == PG_READER)
        buf_z(out, " -c default_transaction_isolation=repeatable\\ read -c default_transaction_read_only=on"
                   " -c enable_seqscan=off -c enable_sort=off -c max_parallel_workers_per_gather=0"
                   " -c random_page_cost=1.1");
    buf_char(out, '\0');
}

static void discard_notice(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

static PGconn *connect_now(const struct pg_pool *p)
{
    BUF_CLEANUP struct buf options = {0};
    char seconds[16];
    session_options(&p->config, &options);
    snprintf(seconds, sizeof seconds, "%u", p->config.connect_seconds ? p->config.connect_seconds : 5);
    /* dbname is expanded first: what follows overrides what the connection string says. */
    const char *const keys[] = {"dbname",          "user", "options", "connect_timeout", "application_name",
                                "client_encoding", NULL};
    const char *const values[] = {p->conninfo, user_of(p->config.role), options.p, seconds, "reltod", "UTF8", NULL};
    PGconn *conn = PQconnectdbParams(keys, values, 1);
    if (conn)
        PQsetNoticeReceiver(conn, discard_notice, NULL);
    return conn;
}

static void forget_prepared(struct pg *c)
{
    for (size_t i = 0; i < PREPARED_SLOTS; i++)
        free(c->prepared[i].sql);
    memset(c->prepared, 0, sizeof c->prepared);
    c->n_prepared = 0;
    c->forgotten = true;
}

static void pg_close(struct pg *c)
{
    PQfinish(c->conn);
    forget_prepared(c);
    free(c);
}

static int pg_open(struct pg_pool *p, struct pg **ret, struct fault *fault)
{
    struct pg *c = memory_zeroed(sizeof *c);
    c->pool = p;
    c->conn = connect_now(p);
    if (PQstatus(c->conn) == CONNECTION_OK) {
        *ret = c;
        return 0;
    }
    if (p->config.log)
        log_event(p->config.log, ERROR_LEVEL_WARNING, "store.connect_failed", "user", user_of(p->config.role),
                  "message", c->conn ? PQerrorMessage(c->conn) : "out of memory", NULL);
    pg_close(c);
    return fault_set(fault, ERR_UNAVAILABLE, "", "the database is not available");
}

/* --- pools --- */

struct pg_pool *pg_pool_new(const struct pg_config *config)
{
    struct pg_pool *p = memory_zeroed(sizeof *p);
    pthread_condattr_t attributes;
    p->config = *config;
    p->conninfo = memory_strdup(config->conninfo);
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&p->given, &attributes);
    pthread_condattr_destroy(&attributes);
    return p;
}

void pg_pool_free(struct pg_pool *p)
{
    if (!p)
        return;
    while (p->idle) {
        struct pg *c = p->idle;
        p->idle = c->next;
        pg_close(c);
    }
    pthread_cond_destroy(&p->given);
    pthread_mutex_destroy(&p->lock);
    free(p->conninfo);
    free(p);
}

/* The server has nothing to say on an idle connection but that it ends, or that its settings were reloaded: then a new
 * one is as good. */
static bool still_alive(struct pg *c)
{
    struct pollfd fd = {.fd = PQsocket(c->conn), .events = POLLIN};
    return PQstatus(c->conn) == CONNECTION_OK && poll(&fd, 1, 0) == 0;
}

static void forget_connection(struct pg_pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->open--;
    pthread_cond_signal(&p->given);
    pthread_mutex_unlock(&p->lock);
}

/* With the pool locked: an idle connection, or leave to open one (*ret NULL), or false when the wait was too long. */
static bool wait_for_turn(struct pg_pool *p, struct pg **ret)
{
    int64_t deadline = clock_monotonic() + (int64_t)p->config.take_ms * 1000;
    struct timespec until = {deadline / INSTANT_SECOND, deadline % INSTANT_SECOND * 1000};
    while (!p->idle && p->open >= p->config.connections)
        if (pthread_cond_timedwait(&p->given, &p->lock, &until) != 0 && !p->idle && p->open >= p->config.connections)
            return false;
    *ret = p->idle;
    if (p->idle)
        p->idle = p->idle->next;
    else
        p->open++;
    return true;
}

int pg_take(struct pg_pool *p, struct pg **ret, struct fault *fault)
{
    for (;;) {
        struct pg *c = NULL;
        pthread_mutex_lock(&p->lock);
        bool turn = wait_for_turn(p, &c);
        pthread_mutex_unlock(&p->lock);
        if (!turn)
            return fault_set(fault, ERR_UNAVAILABLE, "", "all connections to the database are busy");
        if (!c) {
            int error = pg_open(p, &c, fault);
            if (error)
                forget_connection(p);
            else
                *ret = c;
            return error;
        }
        if (still_alive(c)) {
            *ret = c;
            return 0;
        }
        pg_close(c);
        forget_connection(p);
    }
}

void pg_give(struct pg *c)
{
    if (!c)
        return;
    struct pg_pool *p = c->pool;
    pg_rollback(c);
    if (PQstatus(c->conn) != CONNECTION_OK || PQtransactionStatus(c->conn) != PQTRANS_IDLE) {
        pg_close(c);
        forget_connection(p);
        return;
    }
    pthread_mutex_lock(&p->lock);
    c->next = p->idle;
    p->idle = c;
    pthread_cond_signal(&p->given);
    pthread_mutex_unlock(&p->lock);
}

/* --- prepared statements --- */

static uint64_t fnv1a(uint64_t hash, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ p[i]) * UINT64_C(1099511628211);
    return hash;
}

static uint64_t statement_hash(const char *sql, const struct pg_args *args)
{
    uint64_t hash = fnv1a(UINT64_C(14695981039346656037), sql, strlen(sql));
    return args ? fnv1a(hash, args->types, (size_t)args->n * sizeof args->types[0]) : hash;
}

/* The slot that holds the statement or is free for it. The hash covers the types; equal text with other types lands in
 * another slot because whole hashes are compared. */
static struct prepared *slot_of(struct pg *c, const char *sql, uint64_t hash)
{
    size_t i = (size_t)hash & (PREPARED_SLOTS - 1);
    while (c->prepared[i].sql && (c->prepared[i].hash != hash || strcmp(c->prepared[i].sql, sql) != 0))
        i = (i + 1) & (PREPARED_SLOTS - 1);
    return &c->prepared[i];
}

#define STATEMENT_NAME 16

static void statement_name(unsigned number, char out[STATEMENT_NAME])
{
    snprintf(out, STATEMENT_NAME, "s%u", number);
}

/* True if the statement is known; else *name is the one to prepare it under. */
static bool find_statement(struct pg *c, const char *sql, uint64_t hash, char name[STATEMENT_NAME])
{
    const struct prepared *slot = slot_of(c, sql, hash);
    statement_name(slot->sql ? slot->number : c->next_number, name);
    return slot->sql != NULL;
}

static void remember_statement(struct pg *c, const char *sql, uint64_t hash)
{
    struct prepared *slot = slot_of(c, sql, hash);
    *slot = (struct prepared){memory_strdup(sql), hash, c->next_number++};
    c->n_prepared++;
}

/* For n more. What an error has made forgotten goes here, too: in a failed transaction it could not. */
static int make_room(struct pg *c, size_t n, struct fault *fault)
{
    if (c->n_prepared + n > PREPARED_MAX)
        forget_prepared(c);
    int error = c->forgotten ? pg_simple(c, "DEALLOCATE ALL", fault) : 0;
    if (!error)
        c->forgotten = false;
    return error;
}

static int prepare(struct pg *c, const char *sql, const struct pg_args *args, char name[STATEMENT_NAME],
                   struct fault *fault)
{
    int error = make_room(c, 1, fault);
    if (error)
        return error;
    uint64_t hash = statement_hash(sql, args);
    if (find_statement(c, sql, hash, name))
        return 0;
    PGresult *r = PQprepare(c->conn, name, sql, args ? args->n : 0, args ? args->types : NULL);
    if (PQresultStatus(r) == PGRES_COMMAND_OK)
        remember_statement(c, sql, hash);
    else
        error = fail(c, r, fault);
    PQclear(r);
    return error;
}

/* --- statements --- */

static bool succeeded(const PGresult *r)
{
    ExecStatusType status = PQresultStatus(r);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

int pg_exec(struct pg *c, const char *sql, const struct pg_args *args, struct pg_result **ret, struct fault *fault)
{
    char name[STATEMENT_NAME];
    c->sqlstate[0] = '\0';
    int error = prepare(c, sql, args, name, fault);
    if (error)
        return error;
    PGresult *r = args ? PQexecPrepared(c->conn, name, args->n, args->values, args->lengths, args->formats, 1)
                       : PQexecPrepared(c->conn, name, 0, NULL, NULL, NULL, 1);
    if (!succeeded(r)) {
        error = fail(c, r, fault);
        PQclear(r);
        return error;
    }
    if (ret)
        *ret = (struct pg_result *)r;
    else
        PQclear(r);
    return 0;
}

int pg_simple(struct pg *c, const char *sql, struct fault *fault)
{
    c->sqlstate[0] = '\0';
    PGresult *r = PQexec(c->conn, sql);
    int error = succeeded(r) ? 0 : fail(c, r, fault);
    PQclear(r);
    return error;
}

int pg_begin(struct pg *c, struct fault *fault)
{
    return pg_simple(c, "BEGIN", fault);
}

int pg_commit(struct pg *c, struct fault *fault)
{
    return pg_simple(c, "COMMIT", fault);
}

void pg_rollback(struct pg *c)
{
    PGTransactionStatusType status = PQtransactionStatus(c->conn);
    if (status == PQTRANS_INTRANS || status == PQTRANS_INERROR)
        PQclear(PQexec(c->conn, "ROLLBACK"));
}

int pg_lock(struct pg *c, int lock, bool shared, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_i32(&args, LOCK_SPACE);
    pg_arg_i32(&args, lock);
    return pg_exec(c, shared ? "SELECT pg_advisory_xact_lock_shared($1, $2)" : "SELECT pg_advisory_xact_lock($1, $2)",
                   &args, NULL, fault);
}

/* --- several statements in one round trip --- */

static bool send_statement(struct pg *c, const char *sql, const struct pg_args *args, bool *ret_prepares)
{
    char name[STATEMENT_NAME];
    uint64_t hash = statement_hash(sql, args);
    *ret_prepares = !find_statement(c, sql, hash, name);
    if (*ret_prepares) {
        if (!PQsendPrepare(c->conn, name, sql, args->n, args->types))
            return false;
        remember_statement(c, sql, hash); /* forgotten again if the segment fails */
    }
    return PQsendQueryPrepared(c->conn, name, args->n, args->values, args->lengths, args->formats, 1);
}

/* The result of the next command in the pipeline; an error becomes *error once. */
static PGresult *next_result(struct pg *c, int *error, struct fault *fault)
{
    PGresult *r = PQgetResult(c->conn);
    for (PGresult *end; r && (end = PQgetResult(c->conn));)
        PQclear(end);
    if (*error == 0 && !(r && succeeded(r)))
        *error = fail(c, r, fault);
    return r;
}

/* To the end of the segment. Where its statements are a transaction of their own, that commits here, behind the results
 * of them all: only now it is known whether it did. ret_error NULL: nobody wants to know. */
static void drain_pipeline(struct pg *c, int *ret_error, struct fault *fault)
{
    bool ended = false;
    for (int nulls = 0; nulls < 2 && PQstatus(c->conn) == CONNECTION_OK;) {
        PGresult *r = PQgetResult(c->conn);
        bool end = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
        if (ret_error && *ret_error == 0 && r && !end)
            *ret_error = fail(c, r, fault);
        ended = ended || end;
        nulls = r ? 0 : nulls + 1;
        PQclear(r);
    }
    if (ret_error && *ret_error == 0 && !ended)
        *ret_error = fail(c, NULL, fault);
    PQexitPipelineMode(c->conn);
}

static void free_results(struct pg_step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        PQclear((PGresult *)steps[i].result);
        steps[i].result = NULL;
    }
}

static bool send_steps(struct pg *c, const struct pg_step *steps, size_t n, bool *ret_prepares)
{
    static const struct pg_args none;
    bool ok = PQenterPipelineMode(c->conn);
    for (size_t i = 0; ok && i < n; i++)
        ok = send_statement(c, steps[i].sql, steps[i].args ? steps[i].args : &none, &ret_prepares[i]);
    return ok && PQpipelineSync(c->conn);
}

int pg_run(struct pg *c, struct pg_step *steps, size_t n, struct fault *fault)
{
    bool prepares[PG_STEPS_MAX] = {false}, any = false;
    c->sqlstate[0] = '\0';
    int error = make_room(c, n, fault);
    if (error)
        return error;
    if (!send_steps(c, steps, n, prepares)) {
        drain_pipeline(c, NULL, NULL);
        forget_prepared(c);
        return fail(c, NULL, fault);
    }
    for (size_t i = 0; i < n; i++) {
        any = any || prepares[i];
        if (prepares[i])
            PQclear(next_result(c, &error, fault));
        steps[i].result = (struct pg_result *)next_result(c, &error, fault);
    }
    drain_pipeline(c, &error, fault);
    if (error)
        free_results(steps, n);
    if (error && any)
        forget_prepared(c); /* what was to be prepared behind the error was not */
    return error;
}

int pg_attempt(struct pg *c, struct pg_step *steps, size_t n, struct fault *fault)
{
    c->attempts = true;
    int error = pg_run(c, steps, n, fault);
    c->attempts = false;
    return error;
}

/* --- reading under row-level security --- */

/* relto.plain: the lock compares it with what the class holds (0027_plain.sql). OFFSET 0 for a nested loop: to make a
 * hash table of one row takes a tenth of the statement. */
#define IDENTITY_SQL                                                                                                   \
    "SELECT p.epoch, v.sight, set_config('relto.class', $1, true), set_config('relto.now', $2, true),"                 \
    " set_config('relto.plain', CASE WHEN v.holds IS NULL THEN $2 ELSE 'infinity' END, true),"                         \
    " set_config('relto.partner', $3, true), set_config('relto.principal', $4, true)"                                  \
    " FROM policy_state p LEFT JOIN LATERAL (SELECT v.sight, v.holds FROM visible v WHERE v.class = $1::text::int"     \
    " AND v.epoch = p.epoch AND v.valid_from <= $2::text::timestamptz AND v.valid_until > $2::text::timestamptz"       \
    " OFFSET 0) v ON true"

static void identity_args(const struct pg_identity *identity, struct pg_args *args)
{
    char text[INSTANT_TEXT + 1];
    pg_arg_str(args, str_of(arena_printf(args->arena, "%d", (int)identity->class)));
    pg_arg_str(args, arena_str(args->arena, str_of(instant_text(identity->now, text))));
    pg_arg_str(args, identity->partner);
    pg_arg_str(args, identity->principal);
}

static enum pg_standing standing_of(const struct pg_result *r, const struct pg_identity *identity)
{
    if (pg_rows(r) != 1 || pg_i64(r, 0, 0) != identity->epoch)
        return PG_EPOCH_STALE;
    if (pg_null(r, 0, 1) || (identity->sight && pg_i64(r, 0, 1) != *identity->sight))
        return PG_CLASS_STALE;
    return PG_IN_FORCE;
}

static int reconnect(struct pg *c, struct fault *fault)
{
    PQfinish(c->conn);
    forget_prepared(c);
    c->forgotten = false;
    c->conn = connect_now(c->pool);
    return PQstatus(c->conn) == CONNECTION_OK ? 0 : fail(c, NULL, fault);
}

int pg_read(struct pg *c, const struct pg_identity *identity, const char *sql, const struct pg_args *args,
            struct pg_result **ret, enum pg_standing *ret_standing, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct pg_args identity_arguments = {.arena = arena};
    struct pg_step steps[] = {{IDENTITY_SQL, &identity_arguments, NULL}, {sql, args, NULL}};
    identity_args(identity, &identity_arguments);
    int error = pg_run(c, steps, 2, fault);
    if (error && PQstatus(c->conn) != CONNECTION_OK && (error = reconnect(c, fault)) == 0)
        error = pg_run(c, steps, 2, fault);
    if (error)
        return error;
    *ret_standing = standing_of(steps[0].result, identity);
    pg_result_free(steps[0].result);
    *ret = steps[1].result;
    return 0;
}

/* --- many such reads in one round trip --- */

/* Each question and each identity may be prepared on the way. */
struct pipeline {
    bool prepares[2 * PG_QUESTIONS_MAX];
    size_t at;
    bool any;
    int error; /* of the inquiry whose answers come */
};

static bool send_inquiry(struct pg *c, const struct pg_inquiry *q, struct pipeline *p)
{
    static const struct pg_args none;
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct pg_args identity = {.arena = arena};
    identity_args(&q->identity, &identity);
    bool ok = send_statement(c, IDENTITY_SQL, &identity, &p->prepares[p->at++]);
    for (size_t i = 0; ok && i < q->n; i++) {
        const struct pg_question *question = &q->questions[i];
        ok = send_statement(c, question->sql, question->args ? question->args : &none, &p->prepares[p->at++]);
    }
    return ok && PQpipelineSync(c->conn);
}

static PGresult *next_answer(struct pg *c, struct pipeline *p)
{
    bool prepares = p->prepares[p->at++];
    p->any = p->any || prepares;
    if (prepares)
        PQclear(next_result(c, &p->error, NULL));
    return next_result(c, &p->error, NULL);
}

static void take_inquiry(struct pg *c, const struct pg_inquiry *q, struct pipeline *p,
                         void (*take)(void *ctx, struct pg_result *rows))
{
    p->error = 0;
    PGresult *standing = next_answer(c, p);
    for (size_t i = 0; i < q->n; i++) {
        struct pg_identity identity = q->identity;
        identity.sight = q->questions[i].sight;
        PGresult *rows = next_answer(c, p);
        if (p->error || standing_of((struct pg_result *)standing, &identity) != PG_IN_FORCE) {
            PQclear(rows);
            rows = NULL;
        }
        take(q->questions[i].ctx, (struct pg_result *)rows);
    }
    PQclear(standing);
    PQclear(PQgetResult(c->conn)); /* that of the synchronisation */
}

static bool send_inquiries(struct pg *c, const struct pg_inquiry *inquiries, size_t n, struct pipeline *p)
{
    bool ok = make_room(c, sizeof p->prepares, NULL) == 0 && PQenterPipelineMode(c->conn);
    for (size_t i = 0; ok && i < n; i++)
        ok = send_inquiry(c, &inquiries[i], p);
    return ok;
}

static void take_nothing(const struct pg_inquiry *inquiries, size_t n, void (*take)(void *ctx, struct pg_result *rows))
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < inquiries[i].n; k++)
            take(inquiries[i].questions[k].ctx, NULL);
}

void pg_read_all(struct pg *c, const struct pg_inquiry *inquiries, size_t n,
                 void (*take)(void *ctx, struct pg_result *rows))
{
    struct pipeline p = {0};
    bool failed = false;
    c->sqlstate[0] = '\0';
    if (!send_inquiries(c, inquiries, n, &p)) {
        PQexitPipelineMode(c->conn); /* if something was sent, it does not: then pg_give closes the connection */
        forget_prepared(c);
        take_nothing(inquiries, n, take);
        return;
    }
    p.at = 0;
    for (size_t i = 0; i < n; i++) {
        take_inquiry(c, &inquiries[i], &p, take);
        failed = failed || p.error;
    }
    drain_pipeline(c, NULL, NULL);
    if (failed && p.any)
        forget_prepared(c);
}
