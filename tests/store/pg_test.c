/* Connections: pools, prepared statements, errors, and what happens when the server goes away. */
#include "harness.h"

#include "memory.h"

#include <pthread.h>

static struct pg_pool *open_pool(const char *db, enum pg_role role, unsigned connections, unsigned statement_ms,
                                 unsigned take_ms)
{
    struct pg_config config = {.conninfo = db,
                               .role = role,
                               .connections = connections,
                               .statement_ms = statement_ms,
                               .connect_seconds = 5,
                               .take_ms = take_ms};
    return pg_pool_new(&config);
}

/* --- values --- */

static void test_values(struct pg_pool *pool)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {.arena = arena};
    const struct uuid id = {{1, 2, 3, 255}};
    const int32_t numbers[] = {3, -1, INT32_MAX};
    const struct str texts[] = {STR("a,\"b\\"), STR(""), STR("NULL")};
    const instant times[] = {INSTANT_MIN, INSTANT_1900, INSTANT_MAX};
    int32_t *found = NULL;
    struct fault fault;
    pg_arg_i64(&args, INT64_MIN);
    pg_arg_instant(&args, INSTANT_10000 - 1);
    pg_arg_uuid(&args, id);
    pg_arg_bytes(&args, "\0\xff", 2);
    pg_arg_bool(&args, true);
    pg_arg_i32s(&args, numbers, 3);
    pg_arg_strs(&args, texts, 3);
    pg_arg_instants(&args, times, 3);
    pg_arg_null(&args, OID_UUID);
    pg_arg_z(&args, "2026-01-01");
    pg_arg_str(&args, STR("q"));
    pg_arg_i32s(&args, numbers, 0);
    check_ok(pg_take(pool, &c, &fault), &fault, "a connection");
    check_ok(
        pg_exec(c,
                "SELECT $1, $2, $3, $4, $5, $6, array_to_string($7, '|'), array_to_string($8, '|'), $9, $10::date + 1 ="
                " '2026-01-02', $11, $12",
                &args, &r, &fault),
        &fault, "all kinds of parameters");
    check(pg_i64(r, 0, 0) == INT64_MIN && pg_instant(r, 0, 1) == INSTANT_10000 - 1, "numbers and times come back");
    struct uuid back = pg_uuid(r, 0, 2);
    check(memcmp(&back, &id, sizeof id) == 0 && str_eq(pg_str(r, 0, 3), (struct str){"\0\xff", 2}),
          "so do ids and bytes");
    check(pg_bool(r, 0, 4) && pg_bool(r, 0, 9) && pg_null(r, 0, 8) && str_is(pg_str(r, 0, 10), "q"),
          "booleans, NULL, text");
    check(pg_i32s(r, 0, 5, arena, &found) == 3 && memcmp(found, numbers, sizeof numbers) == 0, "arrays of numbers");
    check(pg_i32s(r, 0, 11, arena, &found) == 0, "also empty ones");
    check_text(arena_strz(arena, pg_str(r, 0, 6)), "a,\"b\\||NULL", "arrays of text");
    check_text(arena_strz(arena, pg_str(r, 0, 7)), "-infinity|1900-01-01 00:00:00+00|infinity", "arrays of times");
}

/* --- pools --- */

static void test_pool(const char *db)
{
    struct pg_pool *pool = open_pool(db, PG_READER, 2, 0, 50);
    struct pg *a = NULL, *b = NULL, *c = NULL;
    struct fault fault;
    check_ok(pg_take(pool, &a, &fault), &fault, "the first of two connections");
    check_ok(pg_take(pool, &b, &fault), &fault, "the second");
    check_i64(pg_take(pool, &c, &fault), ERR_UNAVAILABLE, "a third is not to be had");
    pg_give(a);
    check_ok(pg_take(pool, &c, &fault), &fault, "until one is given back");
    check(c == a, "which is the same again");
    check_ok(pg_begin(c, &fault), &fault, "a transaction");
    check(pg_simple(c, "SELECT 1/0", &fault) == ERR_INTERNAL, "that fails");
    check_text(pg_sqlstate(c), "22012", "for a reason the store can look at");
    check(!strstr(fault.detail, "zero") && !strstr(fault.detail, "22012"), "and callers cannot: %s", fault.detail);
    pg_give(c);
    check_ok(pg_take(pool, &c, &fault), &fault, "and is given back");
    check_ok(pg_exec(c, "SELECT 1", NULL, NULL, &fault), &fault, "leaves the connection usable");
    pg_give(b);
    pg_give(c);
    pg_pool_free(pool);
}

static void test_limits(const char *db)
{
    struct pg_pool *pool = open_pool(db, PG_READER, 1, 50, 1000);
    struct pg_pool *nobody = open_pool("host=/nonexistent dbname=x", PG_READER, 1, 0, 100);
    PG_CLEANUP struct pg *c = NULL;
    struct pg *other = NULL;
    struct fault fault;
    check_ok(pg_take(pool, &c, &fault), &fault, "a connection");
    check_i64(pg_exec(c, "SELECT pg_sleep(30)", NULL, NULL, &fault), ERR_SLOW_QUERY, "a statement has a time limit");
    check_ok(pg_exec(c, "SELECT 1", NULL, NULL, &fault), &fault, "after which the connection goes on");
    check_i64(pg_exec(c, "CREATE TEMPORARY TABLE x (a int)", NULL, NULL, &fault), ERR_INTERNAL,
              "a reader writes nothing");
    check_text(pg_sqlstate(c), "25006", "its transactions are read only");
    check_i64(pg_take(nobody, &other, &fault), ERR_UNAVAILABLE, "no server, no connection");
    check_i64(pg_take(nobody, &other, &fault), ERR_UNAVAILABLE, "again: the place was given back");
    pg_give(c);
    c = NULL;
    pg_pool_free(pool);
    pg_pool_free(nobody);
}

/* More statements than a connection remembers; each must still run as itself. */
static void test_many_statements(struct pg_pool *pool)
{
    PG_CLEANUP struct pg *c = NULL;
    struct fault fault;
    size_t wrong = 0;
    check_ok(pg_take(pool, &c, &fault), &fault, "a connection");
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 1500; i++) {
            PG_RESULT_CLEANUP struct pg_result *r = NULL;
            char text[64];
            snprintf(text, sizeof text, "SELECT %d", i);
            wrong += pg_exec(c, text, NULL, &r, &fault) != 0 || pg_i32(r, 0, 0) != i;
        }
    }
    check_i64((int64_t)wrong, 0, "thousands of different statements");
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    check_ok(pg_exec(c, "SELECT count(*) < 600 FROM pg_prepared_statements", NULL, &r, &fault), &fault,
             "not all are kept");
    check(pg_bool(r, 0, 0), "not all are kept");
    struct pg_args number = {0}, text = {0};
    pg_arg_i32(&number, 7);
    pg_arg_str(&text, STR("7"));
    check_ok(pg_exec(c, "SELECT pg_typeof($1)::text", &number, NULL, &fault), &fault, "equal text with a number");
    check_ok(pg_exec(c, "SELECT pg_typeof($1)::text", &text, NULL, &fault), &fault, "and with text are two statements");
}

/* --- several statements in one round trip --- */

static void test_steps(struct pg_pool *pool)
{
    PG_CLEANUP struct pg *c = NULL;
    struct pg_args number = {0};
    struct fault fault;
    pg_arg_i64(&number, 7);
    check_ok(pg_take(pool, &c, &fault), &fault, "a connection");
    for (int round = 0; round < 2; round++) {
        struct pg_step bad[] = {
            {"BEGIN", NULL, NULL}, {"SELECT $1", &number, NULL}, {"SELECT 1/0", NULL, NULL}, {"SELECT 9", NULL, NULL}};
        struct pg_step good[] = {{"BEGIN", NULL, NULL}, {"SELECT $1 + 1", &number, NULL}, {"SELECT 9", NULL, NULL}};
        check_i64(pg_run(c, bad, 4, &fault), ERR_INTERNAL, "one of the steps fails");
        check_text(pg_sqlstate(c), "22012", "for its own reason");
        check(!bad[0].result && !bad[1].result && !bad[3].result, "no result is left");
        check(pg_simple(c, "SELECT 1", &fault) != 0, "and its transaction is broken");
        pg_rollback(c);
        check_ok(pg_run(c, good, 3, &fault), &fault, "steps that can be done");
        check(pg_i64(good[1].result, 0, 0) == 8 && pg_i32(good[2].result, 0, 0) == 9, "each has its own result");
        pg_rollback(c);
        for (size_t i = 0; i < 3; i++)
            pg_result_free(good[i].result);
    }
}

/* What was prepared before an error is prepared again afterwards: PostgreSQL must not keep both. */
static void test_failed_steps(struct pg_pool *pool)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct fault fault;
    size_t wrong = 0;
    check_ok(pg_take(pool, &c, &fault), &fault, "a connection");
    for (int i = 0; i < 400; i++) {
        char text[64];
        snprintf(text, sizeof text, "SELECT %d", i);
        struct pg_step steps[] = {{"BEGIN", NULL, NULL}, {text, NULL, NULL}, {"SELECT 1/0", NULL, NULL}};
        wrong += pg_run(c, steps, 3, &fault) != ERR_INTERNAL || strcmp(pg_sqlstate(c), "22012") != 0;
        pg_rollback(c);
    }
    check_i64((int64_t)wrong, 0, "each fails for its own reason");
    check_ok(pg_exec(c, "SELECT count(*) < 10 FROM pg_prepared_statements", NULL, &r, &fault), &fault, "afterwards");
    check(pg_bool(r, 0, 0), "statements are kept only while they are known");
}

/* Statements sent together that begin no transaction are one: it may still fail when all of them have their results. */
static void test_failed_commit(const char *db)
{
    struct pg_pool *pool = open_pool(db, PG_INGEST, 1, 0, 5000);
    struct pg_step steps[] = {{"INSERT INTO late VALUES (1) RETURNING i", NULL, NULL}, {"SELECT 1", NULL, NULL}};
    struct fault fault;
    free(sql(db, "postgres",
             "CREATE TABLE late (i int); GRANT INSERT, SELECT ON late TO relto_ingest;"
             "CREATE FUNCTION too_late() RETURNS trigger LANGUAGE plpgsql AS"
             " 'BEGIN RAISE EXCEPTION ''too late'' USING ERRCODE = ''23514''; END';"
             "CREATE CONSTRAINT TRIGGER too_late AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED"
             " FOR EACH ROW EXECUTE FUNCTION too_late()"));
    PG_CLEANUP struct pg *c = NULL;
    check_ok(pg_take(pool, &c, &fault), &fault, "a connection");
    check_i64(pg_run(c, steps, 2, &fault), ERR_INTERNAL, "what fails at the commit has failed");
    check_text(pg_sqlstate(c), "23514", "for the reason that the commit gave");
    check(!steps[0].result && !steps[1].result, "and gives no results");
    check_ok(pg_exec(c, "SELECT 1", NULL, NULL, &fault), &fault, "the connection goes on");
    free(sql(db, "postgres", "DROP TABLE late; DROP FUNCTION too_late()"));
    pg_give(c);
    c = NULL;
    pg_pool_free(pool);
}

/* --- reading --- */

static int read_one(struct pg *c, const char *text, int64_t epoch, enum pg_standing *standing, int64_t *ret)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_identity identity = {
        .class = 1, .epoch = epoch, .now = INSTANT_1900 + 46000 * INSTANT_DAY, .partner = STR("JPN")};
    struct fault fault;
    int error = pg_read(c, &identity, text, NULL, &r, standing, &fault);
    if (!error && *standing == PG_IN_FORCE)
        *ret = pg_i64(r, 0, 0);
    return error;
}

static int read_seen(struct pg *c, int64_t sight, enum pg_standing *standing)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_identity identity = {
        .class = 1, .epoch = 0, .now = INSTANT_1900 + 46000 * INSTANT_DAY, .sight = &sight, .partner = STR("JPN")};
    struct fault fault;
    return pg_read(c, &identity, "SELECT 5::int8", NULL, &r, standing, &fault);
}

static void test_read(const char *db, struct pg_pool *pool)
{
    PG_CLEANUP struct pg *c = NULL;
    enum pg_standing standing = PG_IN_FORCE;
    int64_t value = 0;
    struct fault fault;
#define CLASS                                                                                                          \
    "INSERT INTO visible (reader, epoch, valid_from, valid_until, bits, exempt, views, waits, sight) VALUES ('r', 0,"  \
    " '2025-01-01', '2026-01-01', '\\x00', '\\x00', '\\x0000000000000000', '', 7)"
    check_ok(pg_take(pool, &c, &fault), &fault, "a connection");
    check_i64(read_one(c, "SELECT 5::int8", 0, &standing, &value), 0, "a read before there is a class");
    check(standing == PG_CLASS_STALE, "is told so");
    check_sql(db, "relto_policy", CLASS, "");
    check_i64(read_one(c, "SELECT 5::int8", 0, &standing, &value), 0, "a read");
    check(standing == PG_IN_FORCE && value == 5, "is answered");
    check_i64(read_one(c, "SELECT count(*) FROM visible_now", 0, &standing, &value), 0, "another");
    check_i64(value, 1, "has its class");
    check_i64(read_one(c, "SELECT 5::int8", 1, &standing, &value), 0, "a read with another epoch");
    check(standing == PG_EPOCH_STALE, "is told so");
    check_i64(read_seen(c, 7, &standing), 0, "a statement made for the views the class sees");
    check(standing == PG_IN_FORCE, "is answered");
    check_i64(read_seen(c, 8, &standing), 0, "one made for others");
    check(standing == PG_CLASS_STALE, "is told so");
    check_i64(read_one(c, "SELECT nonsense", 0, &standing, &value), ERR_INTERNAL, "a mistake");
    check_text(pg_sqlstate(c), "42703", "is told");
    check_i64(read_one(c, "SELECT (1/(SELECT 0))::int8", 0, &standing, &value), ERR_INTERNAL, "an error while running");
    check_i64(read_one(c, "SELECT 6::int8", 0, &standing, &value), 0, "leaves the connection usable");
    check_i64(value, 6, "leaves the connection usable");
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    check_ok(pg_exec(c,
                     "SELECT NULLIF(current_setting('relto.class', true), '') IS NULL AND (SELECT count(*) FROM "
                     "visible_now) = 0",
                     NULL, &r, &fault),
             &fault, "afterwards");
    check(pg_bool(r, 0, 0), "the connection is nobody again");
}

/* All connections of readers are ended. */
#define END "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE usename = 'relto_reader'"

/* --- many reads in one round trip --- */

#define INQUIRED 6

struct answered {
    int64_t value; /* -1: none */
    bool taken;
};

static void take(void *ctx, struct pg_result *rows)
{
    struct answered *a = ctx;
    check(!a->taken, "each question is answered once");
    *a = (struct answered){rows ? pg_i64(rows, 0, 0) : -1, true};
    pg_result_free(rows);
}

/* Two inquiries of three questions each; the second one asks with an epoch of its own. */
static void inquire(struct pg *c, const char *const text[INQUIRED], int64_t sight, int64_t epoch,
                    struct answered got[INQUIRED])
{
    const int64_t same = 7;
    struct pg_question questions[INQUIRED];
    const struct pg_identity identity = {.class = 1, .now = INSTANT_1900 + 46000 * INSTANT_DAY, .partner = STR("JPN")};
    struct pg_inquiry both[] = {{identity, questions, 3}, {identity, questions + 3, 3}};
    both[1].identity.epoch = epoch;
    for (size_t i = 0; i < INQUIRED; i++) {
        got[i] = (struct answered){0};
        questions[i] = (struct pg_question){text[i], NULL, i == 1 ? &sight : &same, &got[i]};
    }
    pg_read_all(c, both, 2, take);
    for (size_t i = 0; i < INQUIRED; i++)
        check(got[i].taken, "answered or told that there is no answer");
}

static void check_values(const struct answered got[INQUIRED], const int64_t want[INQUIRED], const char *what)
{
    for (size_t i = 0; i < INQUIRED; i++)
        check_i64(got[i].value, want[i], what);
}

static void test_read_all(const char *db, struct pg_pool *pool)
{
    static const char *const good[] = {"SELECT 10::int8", "SELECT 11::int8", "SELECT count(*) FROM visible_now",
                                       "SELECT 10::int8", "SELECT 14::int8", "SELECT 15::int8"};
    static const char *const bad[] = {"SELECT 20::int8", "SELECT (1/(SELECT 0))::int8",
                                      "SELECT 22::int8", "SELECT 23::int8",
                                      "SELECT 24::int8", "SELECT nonsense"};
    struct answered got[INQUIRED];
    struct pg *c = NULL;
    struct fault fault;
    check_ok(pg_take(pool, &c, &fault), &fault, "a connection");
    for (int round = 0; round < 2; round++) {
        inquire(c, good, 7, 0, got);
        check_values(got, (const int64_t[]){10, 11, 1, 10, 14, 15}, "all are answered");
        inquire(c, good, 8, 0, got);
        check_values(got, (const int64_t[]){10, -1, 1, 10, 14, 15}, "but one that was made for other views");
        inquire(c, good, 7, 1, got);
        check_values(got, (const int64_t[]){10, 11, 1, -1, -1, -1}, "but those of other registers");
        inquire(c, bad, 7, 0, got);
        check_values(got, (const int64_t[]){20, -1, -1, 23, 24, -1}, "what fails ends its own inquiry only");
    }
    free(sql(db, "postgres", END));
    inquire(c, good, 7, 0, got);
    check_values(got, (const int64_t[]){-1, -1, -1, -1, -1, -1}, "on a connection that was ended there is no answer");
    pg_give(c);
    check_ok(pg_take(pool, &c, &fault), &fault, "the next connection");
    inquire(c, good, 7, 0, got);
    check_values(got, (const int64_t[]){10, 11, 1, 10, 14, 15}, "answers");
    pg_give(c);
}

/* The server ends all connections, as in a restart: reads repeat by themselves, idle connections are replaced. */
static void test_server_gone(const char *db, struct pg_pool *pool)
{
    struct pg *c = NULL;
    enum pg_standing standing = PG_CLASS_STALE;
    int64_t value = 0;
    struct fault fault;
    check_ok(pg_take(pool, &c, &fault), &fault, "a connection");
    free(sql(db, "postgres", END));
    check_i64(read_one(c, "SELECT 7::int8", 0, &standing, &value), 0, "a read on a connection that was ended");
    check(standing == PG_IN_FORCE && value == 7, "is answered over a new one");
    free(sql(db, "postgres", END));
    check_i64(pg_exec(c, "SELECT 1", NULL, NULL, &fault), ERR_UNAVAILABLE, "any other statement is not repeated");
    pg_give(c);
    check_ok(pg_take(pool, &c, &fault), &fault, "the next connection");
    check_ok(pg_exec(c, "SELECT 1", NULL, NULL, &fault), &fault, "works");
    pg_give(c);
    free(sql(db, "postgres", END));
    check_ok(pg_take(pool, &c, &fault), &fault, "one that was ended while idle");
    check_ok(pg_exec(c, "SELECT 1", NULL, NULL, &fault), &fault, "is not handed out");
    pg_give(c);
}

#define THREADS 6

static void *pool_user(void *arg)
{
    struct pg_pool *pool = arg;
    intptr_t failed = 0;
    for (int i = 0; i < 200; i++) {
        PG_CLEANUP struct pg *c = NULL;
        PG_RESULT_CLEANUP struct pg_result *r = NULL;
        struct pg_args args = {0};
        pg_arg_i32(&args, i);
        failed += pg_take(pool, &c, NULL) != 0 || pg_exec(c, "SELECT $1 + 1", &args, &r, NULL) != 0 ||
                  pg_i32(r, 0, 0) != i + 1;
    }
    return (void *)failed;
}

static void test_threads(const char *db)
{
    struct pg_pool *pool = open_pool(db, PG_READER, 2, 0, 20000);
    pthread_t threads[THREADS];
    intptr_t failed = 0;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, pool_user, pool);
    for (int i = 0; i < THREADS; i++) {
        void *f;
        pthread_join(threads[i], &f);
        failed += (intptr_t)f;
    }
    check_i64(failed, 0, "six threads share two connections");
    pg_pool_free(pool);
}

int main(void)
{
    char *db = new_database("pg", true);
    struct pg_pool *pool = open_pool(db, PG_READER, 2, 0, 5000);
    test_values(pool);
    test_pool(db);
    test_limits(db);
    test_many_statements(pool);
    test_steps(pool);
    test_failed_steps(pool);
    test_failed_commit(db);
    test_read(db, pool);
    test_read_all(db, pool);
    test_server_gone(db, pool);
    test_threads(db);
    pg_pool_free(pool);
    free(db);
    return checks_done();
}
