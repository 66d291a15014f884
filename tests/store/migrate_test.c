/* The migration chain: applied once, in order, by any number of callers; a database of another history is refused. */
#include "harness.h"

#include "file.h"
#include "migrate.h"

#include <pthread.h>

#define PEERS 4

static void count_progress(void *ctx, const char *text)
{
    (void)text;
    ++*(int *)ctx;
}

static void test_applied_once(void)
{
    struct fault fault;
    char *db = new_database("once", false);
    int first = 0, again = 0;
    check_ok(store_migrate(db, count_progress, &first, &fault), &fault, "an empty database is migrated");
    check(first >= 3, "progress is told for each migration");
    check_ok(store_migrate(db, count_progress, &again, &fault), &fault, "migrating again succeeds");
    check_i64(again, 0, "and applies nothing");
    char *rows = sql(db, "relto_owner", "SELECT count(*) FROM schema_migration");
    check_i64(atoi(rows), first, "each migration is recorded once");
    free(rows);
    free(db);
}

static void *migrate_peer(void *db)
{
    struct fault fault;
    return (void *)(intptr_t)store_migrate(db, NULL, NULL, &fault);
}

static void test_concurrent(void)
{
    pthread_t threads[PEERS];
    char *db = new_database("peers", false);
    int failed = 0;
    for (int i = 0; i < PEERS; i++)
        pthread_create(&threads[i], NULL, migrate_peer, db);
    for (int i = 0; i < PEERS; i++) {
        void *error;
        pthread_join(threads[i], &error);
        failed += error != NULL;
    }
    check_i64(failed, 0, "daemons that migrate at the same time all succeed");
    check_sql(db, "relto_policy", "SELECT epoch FROM policy_state", "0");
    free(db);
}

/* What check and migrate say of a database after `change`. */
static void test_refused(const char *name, const char *change, const char *what)
{
    struct fault fault = {0};
    char *db = new_database(name, true);
    struct store *s = test_store(db, NULL);
    check_ok(store_check_schema(s, &fault), &fault, "our schema is accepted");
    free(sql(db, "relto_owner", change));
    check(store_check_schema(s, &fault) == ERR_BAD_SCHEMA, "check refuses %s: %s", what, fault.detail);
    check(store_migrate(db, NULL, NULL, &fault) == ERR_BAD_SCHEMA, "migrate refuses %s", what);
    test_store_free(s);
    free(db);
}

static void test_unfinished(void)
{
    struct fault fault = {0};
    char *db = new_database("unfinished", true);
    struct store *s = test_store(db, NULL);
    free(sql(db, "relto_owner", "DELETE FROM schema_migration WHERE version > 1"));
    check(store_check_schema(s, &fault) == ERR_BAD_SCHEMA, "check refuses a schema that lacks a migration");
    check(store_migrate(db, NULL, NULL, &fault) != 0, "a migration that fails is reported: %s", fault.detail);
    char *rows = sql(db, "relto_owner", "SELECT count(*) FROM schema_migration");
    check_i64(atoi(rows), 1, "and leaves nothing behind");
    free(rows);
    test_store_free(s);
    free(db);
}

static void test_empty(void)
{
    struct fault fault = {0};
    char *db = new_database("empty", false);
    struct store *s = test_store(db, NULL);
    check(store_check_schema(s, &fault) == ERR_BAD_SCHEMA, "check refuses an empty database: %s", fault.detail);
    test_store_free(s);
    free(db);
}

/* Records from before 0030 whose posters named them by the type's own name of the id. */
static void test_own_ids(void)
{
    static const char stored[] =
        "SET LOCAL relto.maintenance = 'on';"
        "SELECT record_type_ensure('elset', 1000000000000), record_partition_ensure('elset', '2026-01-01Z', 9);"
        "INSERT INTO record (seq, id, type, label_id, t, originator, ingested_at, digest, body)"
        " SELECT i, gen_random_uuid(), 'elset', 0, '2026-01-01Z', 'USA', now(), sha256(''),"
        " '{\"classificationMarking\":\"U\",' || members || '}'"
        " FROM (VALUES (1, '\"idElset\":\"a\\\\\\\"b\",\"satNo\":5'), (2, '\"clientId\":\"c\",\"idElset\":\"d\"'),"
        " (3, '\"satNo\":6,\"source\":\"\\\"idElset\\\":\\\"e\\\"\"')) AS v (i, members)";
    static const char found[] = "SET LOCAL relto.maintenance = 'on';"
                                "SELECT string_agg(substr(body, 30), ' ' ORDER BY seq) FROM record";
    BUF_CLEANUP struct buf text = {0};
    struct fault fault;
    char *db = new_database("own_ids", true);
    free(sql(db, "relto_owner", stored));
    check_ok(file_read(RELTO_SOURCE "/schema/0030_own_ids.sql", 1 << 20, &text, &fault), &fault,
             "the migration is there");
    buf_char(&text, '\0');
    free(sql(db, "relto_owner", text.p));
    char *bodies = sql(db, "relto_owner", found);
    check_text(bodies,
               "\"clientId\":\"a\\\\\\\"b\",\"satNo\":5} \"clientId\":\"c\"} "
               "\"satNo\":6,\"source\":\"\\\"idElset\\\":\\\"e\\\"\"}",
               "the poster's word is kept as clientId");
    free(bodies);
    free(db);
}

int main(void)
{
    test_own_ids();
    test_applied_once();
    test_concurrent();
    test_refused("changed", "UPDATE schema_migration SET chain = sha256('other') WHERE version = 2",
                 "a changed migration");
    test_refused("newer", "INSERT INTO schema_migration (version, name, chain) VALUES (9999, '9999_x', sha256('x'))",
                 "a migration it does not know");
    test_refused("forked", "UPDATE schema_migration SET version = 9998 WHERE version = 2", "another order");
    test_unfinished();
    test_empty();
    return checks_done();
}
