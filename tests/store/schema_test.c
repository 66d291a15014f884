/* What each role may do and see, tried in SQL as that role; and the functions that make and drop partitions. */
#include "harness.h"

#define INGEST "relto_ingest"
#define READER "relto_reader"
#define POLICY "relto_policy"
#define OWNER "relto_owner"

/* Two types, labels 0 to 3, a class that sees labels 1 and 2 (2 whatever its times), records of each label. */
static const char setup_policy[] =
    "SELECT record_type_ensure('alpha', 86400000000), record_type_ensure('beta', 8640000000000);"
    "SELECT record_partition_ensure('alpha', '2026-01-01T12:00:00Z', 50),"
    " record_partition_ensure('beta', '2026-01-01T12:00:00Z', 50);"
    "INSERT INTO label (id, key, originator, type, data_mode, since, json, parts, recalled)"
    " SELECT i, sha256(i::text::bytea), 'JPN', 'alpha', 'REAL', '-infinity', '{}', '{}', false FROM generate_series(0, "
    "3) i;"
    "UPDATE policy_state SET epoch = 7;"
    "INSERT INTO visible (reader, epoch, valid_from, valid_until, bits, exempt, views, waits, sight)"
    " SELECT 'r', 7, '2026-01-01', '2027-01-01', set_bit(set_bit(b, 1, 1), 2, 1), set_bit(b, 2, 1),"
    " decode(repeat('00', 4096), 'hex'), '', 0 FROM (SELECT decode(repeat('00', 512), 'hex') AS b) x";

#define RECORD(n, label, embargo, expires)                                                                             \
    "INSERT INTO record (seq, id, type, label_id, t, originator, ingested_at, embargo_until, expires, digest, body)"   \
    " VALUES (" #n ", '00000000-0000-8000-8000-00000000000" #n "', 'alpha', " #label                                   \
    ", '2026-01-01T12:00:00Z', 'JPN', '2026-01-02', '" embargo "', '" expires "', sha256('" #n "'), '{}')"

static const char setup_ingest[] =
    RECORD(1, 0, "-infinity", "infinity") ";" RECORD(2, 1, "-infinity", "infinity") ";" RECORD(
        3, 1, "2026-06-01", "infinity") ";" RECORD(4, 1, "-infinity",
                                                   "2026-02-01") ";" RECORD(5, 2, "2026-06-01",
                                                                            "2026-02-01") ";" RECORD(6, 3, "-infinity",
                                                                                                     "infinity");

/* As the daemon sets them: for one transaction. Class 1 is exempt from the times of label 2. */
#define AS_PLAIN(class, now, plain)                                                                                    \
    "SELECT set_config('relto.class', '" class "', true), set_config('relto.now', '" now "', true),"                   \
                                               " set_config('relto.plain', '" plain "', true);"
#define AS(class, now) AS_PLAIN(class, now, "infinity")
#define SEEN "SELECT count(*), coalesce(string_agg(seq::text, ',' ORDER BY seq), '') FROM "

/* By the name of the whole and by that of the type, which all the records are of. */
static void check_seen(const char *db, const char *settings, const char *expected)
{
    static const char *const names[] = {"record", "record_alpha"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        BUF_CLEANUP struct buf text = {0};
        buf_printf(&text, "%s" SEEN "%s", settings, names[i]);
        buf_char(&text, '\0');
        check_sql(db, READER, text.p, expected);
    }
}

static void test_visibility(const char *db)
{
    check_seen(db, "", "0|");
    check_seen(db, AS("", ""), "0|");
    check_seen(db, AS("1", ""), "0|");
    check_seen(db, AS("", "2026-03-01T00:00:00Z"), "0|");
    check_seen(db, AS("2", "2026-03-01T00:00:00Z"), "0|"); /* no such class */
    check_seen(db, AS("1", "2026-03-01T00:00:00Z"), "2|2,5");
    check_seen(db, AS("1", "2026-01-15T00:00:00Z"), "3|2,4,5");
    check_seen(db, AS("1", "2026-06-01T00:00:00Z"), "3|2,3,5"); /* embargo_until is the first free instant */
    check_seen(db, AS("1", "2026-02-01T00:00:00Z"), "2|2,5");   /* expires is the first closed instant */
    check_seen(db, AS("1", "2025-12-31T23:59:59Z"), "0|");      /* before the class holds */
    check_seen(db, AS("1", "2027-01-01T00:00:00Z"), "0|");      /* no longer */
    check_sql(db, READER, AS("1", "2026-03-01T00:00:00Z") "SELECT string_agg(id::text, ',' ORDER BY id) FROM label",
              "1,2");
    check_sql(db, READER, "SELECT count(id) FROM label", "0");
}

static void test_epoch(const char *db)
{
    check_sql(db, POLICY, "UPDATE policy_state SET epoch = 8", "");
    check_seen(db, AS("1", "2026-03-01T00:00:00Z"), "0|");
    check_sql(db, POLICY, "UPDATE policy_state SET epoch = 7", "");
    check_seen(db, AS("1", "2026-03-01T00:00:00Z"), "2|2,5");
}

#define WAITS(delays, waits) "UPDATE visible SET delays = " delays ", waits = " waits
#define NO_WAIT "decode(repeat('00', 4096), 'hex')"

/* Records were ingested on 2 January: label 1 waits 59 days, to the day, label 2 for nothing. */
static void test_delay(const char *db)
{
    check_sql(db, POLICY, WAITS("'{60,5097600}'", "set_byte(" NO_WAIT ", 1, 2)"), "");
    check_seen(db, AS("1", "2026-01-15T00:00:00Z"), "1|5");
    check_seen(db, AS("1", "2026-03-01T23:59:59Z"), "1|5");
    check_seen(db, AS("1", "2026-03-02T00:00:00Z"), "2|2,5");
    check_sql(db, POLICY, WAITS("'{60,5097600}'", "set_byte(" NO_WAIT ", 1, 1)"), "");
    check_seen(db, AS("1", "2026-01-15T00:00:00Z"), "3|2,4,5");
    check_sql(db, POLICY, WAITS("'{60}'", "set_byte(" NO_WAIT ", 1, 2)"), ""); /* a delay there is not */
    check_seen(db, AS("1", "2026-03-02T00:00:00Z"), "1|5");
    check_sql(db, POLICY, WAITS("NULL", "''"), "");
    check_seen(db, AS("1", "2026-01-15T00:00:00Z"), "3|2,4,5");
    check_sql(db, POLICY, WAITS("'{60}'", "''"), "!23514");
    check_sql(db, POLICY, "UPDATE visible SET views = ''", "!23514");
}

#define MARCH "2026-03-01T00:00:00Z"
#define EXEMPT(bits) "UPDATE visible SET exempt = " bits

/* Who says wrongly whether the class looks at what its labels hold sees nothing; record 4 has expired. */
static void test_plain(const char *db)
{
    check_seen(db, AS_PLAIN("1", MARCH, "infinity"), "2|2,5");
    check_seen(db, AS_PLAIN("1", MARCH, MARCH), "0|");
    check_sql(db, POLICY, EXEMPT("decode(repeat('00', 512), 'hex')"), "");
    check_seen(db, AS_PLAIN("1", MARCH, MARCH), "1|2");
    check_seen(db, AS_PLAIN("1", MARCH, "infinity"), "0|");
    check_seen(db, AS_PLAIN("1", MARCH, "-infinity"), "0|");
    check_seen(db, AS_PLAIN("1", MARCH, "2026-01-15T00:00:00Z"), "0|");
    check_seen(db, AS_PLAIN("1", MARCH, ""), "0|");
    check_seen(db, "SELECT set_config('relto.class', '1', true), set_config('relto.now', '" MARCH "', true);", "0|");
    check_sql(db, POLICY, EXEMPT("set_bit(decode(repeat('00', 512), 'hex'), 2, 1)"), "");
    check_seen(db, AS("1", MARCH), "2|2,5");
}

/* A setting local to a transaction comes back as '' in the same session. */
static void test_settings_end(const char *db)
{
    check_seen(db, "BEGIN;" AS("1", "2026-03-01T00:00:00Z") "COMMIT;", "0|");
}

static void test_direct_partition(const char *db)
{
    static const char *const users[] = {INGEST, READER, POLICY};
    static const char *const tables[] = {"record_alpha", "record_alpha_20260101t000000000000", "disclosure_default",
                                         "query_log_default", "disclosure_end_default"};
    for (size_t u = 0; u < 3; u++) {
        for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
            BUF_CLEANUP struct buf text = {0};
            buf_printf(&text, AS("1", "2026-03-01T00:00:00Z") "SELECT count(*) FROM %s", tables[t]);
            buf_char(&text, '\0');
            bool may = strcmp(users[u], READER) == 0 && t == 0; /* the table of a type, as it may name the whole */
            check_sql(db, users[u], text.p, may ? "2" : "!42501");
        }
    }
    check_sql(db, OWNER, "SELECT count(*) FROM record_alpha_20260101t000000000000", "0");
    check_sql(db, OWNER, "SELECT count(*) FROM record_alpha", "0");
    check_sql(db, OWNER, "SELECT count(*) FROM record", "0");
    check_sql(db, OWNER,
              "SELECT count(*) FROM pg_class c WHERE relkind IN ('r', 'p') AND relispartition AND relnamespace ="
              " 'public'::regnamespace AND (NOT relrowsecurity OR NOT relforcerowsecurity"
              " OR has_any_column_privilege('relto_reader', oid, 'INSERT, UPDATE')"
              " OR (has_any_column_privilege('relto_reader', oid, 'SELECT')"
              " AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = oid AND inhparent = 'record'::regclass))"
              " OR has_any_column_privilege('relto_ingest', oid, 'SELECT, INSERT, UPDATE')"
              " OR has_any_column_privilege('relto_policy', oid, 'SELECT, INSERT, UPDATE'))",
              "0");
}

/* Each is refused, for want of a right. */
static void test_no_right(const char *db)
{
    static const struct {
        const char *user, *text;
    } refused[] = {
        {READER, "INSERT INTO record (seq) VALUES (1)"},
        {READER, "UPDATE record SET label_id = 1"},
        {READER, "DELETE FROM record"},
        {READER, "TRUNCATE record"},
        {READER, "COPY record FROM STDIN"},
        {READER, "UPDATE visible SET bits = ''"},
        {READER, "UPDATE visible SET views = ''"},
        {READER, "SELECT reader FROM visible"},
        {READER, "SELECT json FROM label"},
        {READER, "UPDATE policy_state SET epoch = 1"},
        {READER, "SELECT value FROM secret"},
        {READER, "SELECT * FROM register_entry"},
        {READER, "SELECT * FROM query_log"},
        {READER, "SELECT * FROM policy_audit"},
        {READER, "SELECT * FROM record_dependents('00000000-0000-8000-8000-000000000002')"},
        {READER, "SELECT record_relabel('alpha', '00000000-0000-8000-8000-000000000001', '-infinity', 'infinity', 0, 1,"
                 " NULL, NULL, NULL, NULL)"},
        {READER, "SELECT record_partition_ensure('alpha', now(), 50)"},
        {READER, "SELECT record_retention_step('alpha', 'infinity')"},
        {READER, "SELECT partition_attach('record_alpha', 'x', 't', now(), now(), NULL, true)"},
        {INGEST, "SELECT body FROM record"},
        {INGEST, "SELECT label_id FROM record"},
        {INGEST, "SELECT originator FROM record"},
        {INGEST, "UPDATE record SET label_id = 1"},
        {INGEST, "DELETE FROM record"},
        {INGEST, "SELECT * FROM visible"},
        {INGEST, "INSERT INTO label (id) VALUES (9)"},
        {INGEST, "SELECT * FROM label"},
        {INGEST, "SELECT * FROM disclosure"},
        {INGEST, "UPDATE policy_state SET epoch = 1"},
        {INGEST, "UPDATE secret SET value = ''"},
        {INGEST, "SELECT record_retention_step('alpha', 'infinity')"},
        {INGEST, "SELECT partition_guard('record_alpha')"},
        {POLICY, "SELECT * FROM record"},
        {POLICY, "INSERT INTO record (seq) VALUES (1)"},
        {POLICY, "SELECT value FROM secret"},
        {POLICY, "DELETE FROM label"},
        {POLICY, "UPDATE label SET json = ''"},
        {POLICY, "UPDATE policy_audit SET diff = ''"},
        {POLICY, "DELETE FROM policy_audit"},
        {POLICY, "SELECT * FROM disclosure"},
        {POLICY, "DELETE FROM spill"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        check_sql(db, refused[i].user, refused[i].text, "!42501");
}

static void test_no_ddl(const char *db)
{
    static const char *const users[] = {INGEST, READER, POLICY};
    static const char *const texts[] = {"CREATE TABLE x (a int)",
                                        "CREATE TEMPORARY TABLE x (a int)",
                                        "CREATE SCHEMA x",
                                        "DROP TABLE record",
                                        "ALTER TABLE record DISABLE ROW LEVEL SECURITY",
                                        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
                                        "CREATE POLICY p ON record USING (true)",
                                        "CREATE INDEX i ON record (t)",
                                        "SET row_security = off; SELECT body FROM record",
                                        "SET ROLE relto_owner",
                                        "CREATE TABLE x PARTITION OF record FOR VALUES IN ('x')",
                                        "ALTER TABLE record DETACH PARTITION record_alpha"};
    for (size_t u = 0; u < 3; u++)
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
            check_sql(db, users[u], texts[i], "!42501");
    check_sql(db, OWNER,
              "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname IN"
              " ('relto_ingest', 'relto_reader', 'relto_policy')",
              "0");
    check_sql(db, OWNER,
              "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'relto%' AND (rolsuper OR rolbypassrls"
              " OR rolcreaterole OR rolcreatedb)",
              "0");
}

/* A function of the schema cannot be made to use somebody else's table, not even where an administrator has let the
 * writer make temporary ones. */
static void test_functions_fixed(const char *db)
{
    check_sql(db, OWNER,
              "SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'public'"
              " AND prosecdef AND NOT coalesce(proconfig @> ARRAY['search_path=public, pg_temp'], false)",
              "0");
    check_sql(db, OWNER,
              "SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'public'"
              " AND has_function_privilege('public', p.oid, 'EXECUTE')",
              "0");
    check_sql(db, "postgres", "GRANT TEMPORARY ON DATABASE \"schema\" TO relto_ingest", "");
    check_sql(db, INGEST,
              "CREATE TEMPORARY TABLE record_partition (type text, lower timestamptz, upper timestamptz);"
              "INSERT INTO record_partition VALUES ('alpha', '-infinity', 'infinity');"
              "SELECT lower::date FROM record_partition_ensure('alpha', '2026-01-01T13:00:00Z', 50)",
              "2026-01-01");
    check_sql(db, "postgres", "REVOKE TEMPORARY ON DATABASE \"schema\" FROM relto_ingest", "");
}

static void test_ingest(const char *db)
{
    check_sql(db, INGEST, "SELECT count(*), min(seq) FROM record", "6|1");
    /* Again: nothing happens, and no error. */
    check_sql(db, INGEST, RECORD(2, 1, "-infinity", "infinity") " ON CONFLICT (id, t, type) DO NOTHING RETURNING id",
              "");
    check_sql(db, INGEST, RECORD(7, 1, "-infinity", "infinity") " ON CONFLICT (id, t, type) DO NOTHING RETURNING seq",
              "7");
    check_sql(db, INGEST,
              "INSERT INTO record (seq, id, type, label_id, t, originator, ingested_at, digest, body) VALUES (9,"
              " gen_random_uuid(), 'alpha', 1, '1990-01-01', 'JPN', now(), sha256(''), '{}')",
              "!23514");
}

/* --- partitions --- */

#define ENSURE(t, most) "SELECT lower::date, upper::date FROM record_partition_ensure('alpha', '" t "', " most ")"
#define INSERT_AT(t)                                                                                                   \
    "INSERT INTO record (seq, id, type, label_id, t, originator, ingested_at, digest, body) VALUES ((SELECT max(seq) " \
    "+ 1 FROM record),"                                                                                                \
    " gen_random_uuid(), 'alpha', 1, '" t "', 'JPN', now(), sha256(''), '{}') RETURNING type"

static void test_partitions(const char *db)
{
    check_sql(db, INGEST, ENSURE("1901-05-05T03:00:00Z", "50"), "1901-05-05|1901-05-06");
    check_sql(db, INGEST, ENSURE("1890-05-05T23:59:59.999999Z", "50"), "1890-05-05|1890-05-06");
    check_sql(db, INGEST, ENSURE("9998-12-31T00:00:00Z", "50"), "9998-12-31|9999-01-01");
    check_sql(db, INGEST, ENSURE("9998-12-31T12:00:00Z", "0"), "9998-12-31|9999-01-01");
    /* The type is full: the default partition takes what has no other place. */
    check_sql(db, INGEST, ENSURE("2000-01-01T00:00:00Z", "4"), "|");
    check_sql(db, INGEST, ENSURE("2000-01-02T00:00:00Z", "4"), "|");
    check_sql(db, INGEST, INSERT_AT("2000-01-01T00:00:00Z"), "alpha");
    check_sql(db, INGEST, INSERT_AT("2000-01-02T00:00:00Z"), "alpha");
    check_sql(db, POLICY, "SELECT record_default_rows()", "2");
    check_sql(db, POLICY, "SELECT record_default_drain('alpha', 4)", "2"); /* still full */
    check_sql(db, POLICY, "SELECT record_default_drain('alpha', 5)", "1"); /* room for one day */
    check_sql(db, POLICY, "SELECT record_default_rows()", "1");
    check_sql(db, INGEST, "SELECT count(*) FROM record WHERE t = '2000-01-01T00:00:00Z' AND type = 'alpha'", "1");
    check_sql(db, INGEST, INSERT_AT("2000-01-01T05:00:00Z"), "alpha");
    /* Making a partition over rows that lie in the default one moves them. */
    check_sql(db, INGEST, ENSURE("2000-01-02T07:00:00Z", "50"), "2000-01-02|2000-01-03");
    check_sql(db, POLICY, "SELECT record_default_drain('alpha', 50)", "0"); /* and drops it when it is empty */
    check_sql(db, OWNER, "SELECT to_regclass('record_alpha_default') IS NULL", "t");
    check_sql(db, INGEST, "SELECT count(*) FROM record WHERE t < '2001-01-01'", "3");
}

/* A type whose partitions become wider makes them up to their neighbours. */
static void test_width(const char *db)
{
    check_sql(db, POLICY, "SELECT record_type_ensure('alpha', 604800000000)", "");
    check_sql(db, INGEST, ENSURE("2000-01-05T00:00:00Z", "50"), "2000-01-03|2000-01-10");
    check_sql(db, INGEST, ENSURE("1999-12-31T00:00:00Z", "50"), "1999-12-27|2000-01-01");
    check_sql(db, POLICY, "SELECT record_type_ensure('alpha', 86400000000)", "");
}

static void test_retention(const char *db)
{
    check_sql(db, POLICY, "SELECT record_retention_step('alpha', '1901-01-01')", "0"); /* 1890, empty */
    check_sql(db, POLICY, "SELECT record_retention_step('alpha', '1901-01-01')", "");
    check_sql(db, INGEST, "SELECT count(*) FROM record WHERE t < '2000-01-02'", "2");
    check_sql(db, POLICY, "SELECT sum(record_retention_step('alpha', '2000-01-02')) FROM generate_series(1, 5)", "2");
    check_sql(db, INGEST, "SELECT count(*) FROM record WHERE t < '2000-01-02'", "0");
    check_sql(db, READER, "SELECT count(*) FROM archive", "0");
    check_sql(db, READER,
              AS("1", "2026-03-01T00:00:00Z") "SELECT count(*), min(label_id), min(originator) FROM archive",
              "2|1|JPN");
    check_sql(db, INGEST, "SELECT * FROM archive", "!42501");
}

static void test_logs(const char *db)
{
#define DISCLOSE(id, at, owner)                                                                                        \
    "INSERT INTO disclosure VALUES (" id ", '" at "', '" owner                                                         \
    "', 'alpha', 'p', 'USA', '/v1', 'r', 'full', 7, '{}', 1, 1, 1, '')"
    check_sql(db, INGEST, DISCLOSE("1", "2026-03-05", "JPN") ";" DISCLOSE("2", "2026-05-05", "USA"), "");
    check_sql(db, READER, "SELECT count(*) FROM disclosure", "0");
    check_sql(db, READER,
              "SELECT set_config('relto.partner', 'JPN', true); SELECT count(*), min(owner) FROM disclosure", "1|JPN");
    /* Rows that came before their month existed go into it. */
    check_sql(db, POLICY, "SELECT log_partitions_ensure('2026-03-20T00:00:00Z')", "");
    check_sql(db, READER, "SELECT set_config('relto.partner', 'JPN', true); SELECT tableoid::regclass FROM disclosure",
              "disclosure_202603");
    check_sql(db, INGEST,
              "INSERT INTO query_log VALUES ('2026-04-30T23:59:59Z', 'p', 'USA', 'GET', '/', '/', 'r', 200)", "");
    check_sql(db, POLICY, "SELECT log_retention('query_log', '2026-04-30')", "1"); /* March */
    check_sql(db, POLICY, "SELECT log_retention('query_log', '2026-05-01')", "1"); /* April */
    check_sql(db, POLICY, "SELECT log_retention('disclosure', '2026-03-31')", "0");
    check_sql(db, POLICY, "SELECT log_retention('record', 'infinity')", "!P0001");
}

static void test_relabel(const char *db)
{
#define RELABEL(from, to)                                                                                              \
    "SELECT record_relabel('alpha', '00000000-0000-8000-8000-000000000001', '2026-01-01', '2026-01-02', " from ", " to \
    ", NULL, NULL, NULL, NULL)"
    check_sql(db, POLICY, RELABEL("3", "1"), "f"); /* it is not what the caller decided on */
    check_sql(db, POLICY, RELABEL("0", "1"), "t");
    check_sql(db, READER, AS("1", "2026-03-01T00:00:00Z") "SELECT count(*) FROM record WHERE seq = 1", "1");
    check_sql(db, POLICY, RELABEL("1", "0"), "t");
    check_sql(db, READER, AS("1", "2026-03-01T00:00:00Z") "SELECT count(*) FROM record WHERE seq = 1", "0");
}

int main(void)
{
    char *db = new_database("schema", true);
    check_sql(db, POLICY, setup_policy, "");
    check_sql(db, INGEST, setup_ingest, "");
    test_visibility(db);
    test_epoch(db);
    test_delay(db);
    test_plain(db);
    test_settings_end(db);
    test_direct_partition(db);
    test_no_right(db);
    test_no_ddl(db);
    test_functions_fixed(db);
    test_ingest(db);
    test_relabel(db);
    test_partitions(db);
    test_width(db);
    test_retention(db);
    test_logs(db);
    free(db);
    return checks_done();
}
