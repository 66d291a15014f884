#include "harness.h"

#include "memory.h"

#include <libpq-fe.h>
#include <stdarg.h>

/* --- checks --- */

static int checks, failures;

void check(bool ok, const char *format, ...)
{
    va_list args;
    printf("%s %d - ", ok ? "ok" : "not ok", ++checks);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
    failures += !ok;
}

void check_i64(int64_t found, int64_t expected, const char *what)
{
    check(found == expected, "%s", what);
    if (found != expected)
        printf("# found %lld, expected %lld\n", (long long)found, (long long)expected);
}

void check_text(const char *found, const char *expected, const char *what)
{
    bool ok = strcmp(found, expected) == 0;
    check(ok, "%s", what);
    if (!ok)
        printf("# found    '%s'\n# expected '%s'\n", found, expected);
}

void check_ok(int error, const struct fault *fault, const char *what)
{
    check(error == 0, "%s", what);
    if (error)
        printf("# %s at '%s': %s\n", error_name(error), fault->where, fault->detail);
}

int checks_done(void)
{
    printf("1..%d\n", checks);
    return failures != 0;
}

/* --- databases --- */

static PGconn *connect_as(const char *conninfo, const char *user)
{
    const char *const keys[] = {"dbname", "user", NULL};
    const char *const values[] = {conninfo, user, NULL};
    PGconn *c = PQconnectdbParams(keys, values, 1);
    PQsetErrorVerbosity(c, PQERRORS_SQLSTATE);
    PQclear(PQexec(c, "SET client_min_messages = error"));
    return c;
}

static void result_text(const PGresult *r, struct buf *out)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    if (state)
        buf_printf(out, "!%s", state);
    for (int i = 0; PQntuples(r) > 0 && i < PQnfields(r); i++)
        buf_printf(out, "%s%s", i ? "|" : "", PQgetvalue(r, 0, i));
    buf_char(out, '\0');
}

char *sql(const char *conninfo, const char *user, const char *text)
{
    struct buf out = {0};
    PGconn *c = connect_as(conninfo, user);
    PGresult *r = PQexec(c, text);
    result_text(r, &out);
    PQclear(r);
    PQfinish(c);
    return out.p;
}

void check_sql(const char *conninfo, const char *user, const char *text, const char *expected)
{
    BUF_CLEANUP struct buf what = {0};
    char *found = sql(conninfo, user, text);
    buf_printf(&what, "%s: %s", user, text);
    buf_char(&what, '\0');
    check_text(found, expected, what.p);
    free(found);
}

static void admin(const char *format, const char *name)
{
    BUF_CLEANUP struct buf text = {0}, conninfo = {0};
    buf_printf(&text, "%s%s", format, name);
    buf_z(&text, strstr(format, "CREATE") ? " OWNER relto_owner" : " WITH (FORCE)");
    buf_char(&text, '\0');
    buf_printf(&conninfo, "%s dbname=postgres", getenv("RELTO_TEST_PG"));
    buf_char(&conninfo, '\0');
    char *result = sql(conninfo.p, "postgres", text.p);
    if (*result) {
        fprintf(stderr, "%s: %s\n", text.p, result);
        abort();
    }
    free(result);
}

char *new_database(const char *name, bool migrate)
{
    struct buf conninfo = {0};
    struct fault fault;
    if (!getenv("RELTO_TEST_PG")) {
        fprintf(stderr, "run this through tests/store/with-pg\n");
        abort();
    }
    admin("DROP DATABASE IF EXISTS ", name);
    admin("CREATE DATABASE ", name);
    buf_printf(&conninfo, "%s dbname=%s", getenv("RELTO_TEST_PG"), name);
    buf_char(&conninfo, '\0');
    if (migrate && store_migrate(conninfo.p, NULL, NULL, &fault) != 0) {
        fprintf(stderr, "migration: %s %s\n", fault.where, fault.detail);
        abort();
    }
    return conninfo.p;
}

/* --- a store without its writer --- */

static struct pg_pool *pool(const char *conninfo, enum pg_role role, struct log *log)
{
    struct pg_config config = {.conninfo = conninfo,
                               .role = role,
                               .connections = 8,
                               .statement_ms = 60000,
                               .connect_seconds = 5,
                               .take_ms = 20000,
                               .log = log};
    return pg_pool_new(&config);
}

struct store *test_store(const char *conninfo, const char *clock_path)
{
    struct store *s = memory_zeroed(sizeof *s);
    struct fault fault;
    if (clock_open(clock_path, &s->clock, &fault) != 0) {
        fprintf(stderr, "clock: %s\n", fault.detail);
        abort();
    }
    s->log = log_new(LOG_TEXT, ERROR_LEVEL_ERROR, 2);
    s->conninfo = memory_strdup(conninfo);
    s->ingest = pool(conninfo, PG_INGEST, s->log);
    s->readers = pool(conninfo, PG_READER, s->log);
    s->policy = pool(conninfo, PG_POLICY, s->log);
    s->visibility = visibility_new(s->policy, 1000, s->log);
    s->partitions = partitions_new();
    s->partitions_per_type = 50;
    return s;
}

void test_store_free(struct store *s)
{
    visibility_free(s->visibility);
    partitions_free(s->partitions);
    pg_pool_free(s->ingest);
    pg_pool_free(s->readers);
    pg_pool_free(s->policy);
    log_free(s->log);
    clock_free(s->clock);
    free(s->conninfo);
    free(s);
}

/* --- policy --- */

static void add_profile(struct buf *out, const char *code)
{
    buf_printf(out,
               "{\"policy\":\"%s\",\"levels\":[{\"portion\":\"U\",\"banner\":\"UNCLASSIFIED\"},"
               "{\"portion\":\"C\",\"banner\":\"CONFIDENTIAL\"},{\"portion\":\"S\",\"banner\":\"SECRET\"}],\"caveats\":"
               "[\"SI\"]}",
               code);
}

static void add_principal(struct buf *out, const char *partner, const char *domain, const char *role)
{
    buf_printf(
        out,
        "{\"id\":\"spiffe://%s.example/%s/one\",\"partner\":\"%s\",\"active\":true,\"clearances\":{\"USA\":\"S\","
        "\"JPN\":\"S\",\"AUS\":\"S\"},\"caveats\":[],\"dataModes\":[\"REAL\",\"TEST\"],\"display\":false}",
        domain, role, partner);
}

char *test_policy(const char *backfill, const char *extra_agreement)
{
    static const char *const partners[] = {"AUS", "JPN", "USA"}, *const domains[] = {"aus", "jpn", "usa"};
    static const char *const roles[] = {"auditor", "fdo", "node", "operator"};
    struct buf out = {0};
    buf_z(&out, "{\"relto\":\"policy/1\",\"profiles\":[");
    for (int i = 0; i < 3; i++) {
        buf_z(&out, i ? "," : "");
        add_profile(&out, partners[i]);
    }
    buf_z(&out, "],\"partners\":[");
    for (int i = 0; i < 3; i++)
        buf_printf(
            &out,
            "%s{\"code\":\"%s\",\"name\":\"%s\",\"policy\":\"%s\",\"trustDomain\":\"%s.example\",\"authorises\":[]}",
            i ? "," : "", partners[i], partners[i], partners[i], domains[i]);
    buf_printf(&out,
               "],\"communities\":[],\"agreements\":[{\"id\":\"USA-JPN\",\"title\":\"t\",\"reference\":\"r\","
               "\"article\":\"1\","
               "\"providers\":[\"JPN\",\"USA\"],\"recipients\":[\"JPN\",\"USA\"],\"types\":[\"*\"],"
               "\"dataModes\":[\"REAL\",\"TEST\"],\"highest\":{\"USA\":\"S\",\"JPN\":\"S\"},"
               "\"default\":{\"USA\":\"U\",\"JPN\":\"C\"},\"equivalence\":[],\"from\":\"2020-01-01\",\"until\":null,"
               "\"status\":\"inForce\",\"backfill\":\"%s\"}%s%s],"
               "\"reasons\":[{\"code\":\"SOURCES\",\"title\":\"t\",\"maxReviewDays\":365}],\"principals\":[",
               backfill, *extra_agreement ? "," : "", extra_agreement);
    for (int i = 0; i < 12; i++) {
        buf_z(&out, i ? "," : "");
        add_principal(&out, partners[i / 4], domains[i / 4], roles[i % 4]);
    }
    buf_z(&out, "]}");
    buf_char(&out, '\0');
    return out.p;
}

char *replaced(const char *text, const char *from, const char *to)
{
    struct buf out = {0};
    const char *at = strstr(text, from);
    if (!at) {
        fprintf(stderr, "'%s' is not there to be replaced\n", from);
        abort();
    }
    buf_add(&out, text, (size_t)(at - text));
    buf_z(&out, to);
    buf_z(&out, at + strlen(from));
    buf_char(&out, '\0');
    return out.p;
}

struct registry *parse_policy(const char *json, int64_t epoch, instant now)
{
    struct registry *reg = NULL;
    struct fault fault;
    if (registry_parse(str_of(json), epoch, now, NULL, NULL, &reg, &fault) != 0) {
        fprintf(stderr, "policy: %s: %s\n", fault.where, fault.detail);
        abort();
    }
    return reg;
}

struct registry *apply_policy(struct store *s, const char *json)
{
    BUF_CLEANUP struct buf diff = {0};
    struct fault fault;
    struct registry *next = parse_policy(json, 0, clock_now(s->clock)), *loaded = NULL;
    int error = store_policy_apply(s, next, "test", sha256(str_of(json)), false, &diff, &fault);
    if (!error)
        error = store_policy_load(s, &loaded, &fault);
    registry_unref(next);
    if (error) {
        fprintf(stderr, "apply: %s: %s\n", fault.where, fault.detail);
        abort();
    }
    return loaded;
}

const struct reader *reader_of(const struct registry *reg, const char *uri)
{
    const struct principal *p = registry_principal(reg, str_of(uri));
    if (!p)
        abort();
    return principal_reader(p);
}

const struct label *label_of(const struct registry *reg, const char *poster, const char *marking, struct arena *arena)
{
    const struct label *label = NULL;
    struct marking_fault mf;
    struct fault fault;
    if (label_parse(reg, str_of(poster), str_of(marking), NULL, arena, &label, &mf, &fault) != 0) {
        fprintf(stderr, "marking %s: %s %s\n", marking, mf.detail, fault.detail);
        abort();
    }
    return label;
}
