/* Registers: replaced whole or not at all, audited, and never opening by accident what was posted before. */
#include "clock_file.h"
#include "harness.h"

#include "memory.h"

#include <unistd.h>

#define USA_NODE "spiffe://usa.example/node/one"
#define JPN_NODE "spiffe://jpn.example/node/one"
#define AUS_NODE "spiffe://aus.example/node/one"
#define DAY(n) (INSTANT_1900 + 46000 * INSTANT_DAY + (n)*INSTANT_DAY) /* DAY(0): 2025-12-11 */

struct world {
    char *db;
    char clock_file[64];
    struct store *s;
};

static void world_open(struct world *w, const char *name)
{
    struct fault fault;
    snprintf(w->clock_file, sizeof w->clock_file, "/tmp/relto-clock.XXXXXX");
    close(mkstemp(w->clock_file));
    clock_file_set(w->clock_file, DAY(0));
    w->db = new_database(name, true);
    w->s = test_store(w->db, w->clock_file);
    check_ok(store_maintain(w->s, DAY(0), &fault), &fault, "partitions are there");
}

static void world_close(struct world *w)
{
    test_store_free(w->s);
    unlink(w->clock_file);
    free(w->db);
}

/* The diff, to be freed; "!NAME" if apply fails. */
static char *apply(struct store *s, const char *json, bool dry_run)
{
    struct buf diff = {0};
    struct fault fault;
    struct registry *next = parse_policy(json, 0, clock_now(s->clock));
    int error = store_policy_apply(s, next, "alice", sha256(str_of(json)), dry_run, &diff, &fault);
    registry_unref(next);
    if (error) {
        buf_clear(&diff);
        buf_printf(&diff, "!%s", error_name(error));
    }
    buf_char(&diff, '\0');
    return diff.p;
}

static void check_apply(struct store *s, const char *json, const char *expected, const char *what)
{
    FREE_CLEANUP char *diff = apply(s, json, false);
    check_text(diff, expected, what);
}

static struct registry *load(struct store *s)
{
    struct registry *reg = NULL;
    struct fault fault;
    check_ok(store_policy_load(s, &reg, &fault), &fault, "registers are loaded");
    return reg;
}

/* --- replacing --- */

static void test_first_apply(struct world *w)
{
    FREE_CLEANUP char *json = test_policy("all", ""), *dry = NULL, *diff = NULL;
    const struct register_entry *a, *b;
    struct registry *empty = load(w->s);
    check_i64(registry_epoch(empty), 0, "an empty register has epoch 0");
    check(registry_principal(empty, str_of(USA_NODE)) == NULL, "and no principal");
    registry_unref(empty);
    dry = apply(w->s, json, true);
    check(strstr(dry, "+ agreement USA-JPN\n") && strstr(dry, "+ partner AUS\n") && !strchr(dry, '~'),
          "a dry run tells what it would add");
    check_sql(w->db, "relto_policy",
              "SELECT count(*), (SELECT epoch FROM policy_state), (SELECT count(*) FROM policy_audit)"
              " FROM register_entry",
              "0|0|0");
    diff = apply(w->s, json, false);
    check_text(diff, dry, "and then adds just that");
    struct registry *reg = load(w->s), *file = parse_policy(json, 0, DAY(0));
    size_t n = registry_entries(reg, &a), m = registry_entries(file, &b), same = 0;
    for (size_t i = 0; n == m && i < n; i++)
        same += str_eq(a[i].kind, b[i].kind) && str_eq(a[i].key, b[i].key) && str_eq(a[i].json, b[i].json);
    check(n == m && same == n, "what is loaded is what was applied (%zu entries)", n);
    check_i64(registry_epoch(reg), 1, "the epoch has moved");
    check_sql(w->db, "relto_policy",
              "SELECT epoch, actor, length(file_digest), diff LIKE '%+ agreement USA-JPN%',"
              " at = '2025-12-11' FROM policy_audit",
              "1|alice|32|t|t");
    registry_unref(reg);
    registry_unref(file);
}

static void test_changes(struct world *w)
{
    FREE_CLEANUP char *json = test_policy("all", ""), *longer = replaced(json, "\"title\":\"t\"", "\"title\":\"u\"");
    FREE_CLEANUP char *fewer =
        replaced(json, ",{\"code\":\"JPN\",\"name\":\"JPN\",", ",{\"code\":\"JPN\",\"name\":\"Japan\",");
    check_apply(w->s, json, "", "the same again changes nothing");
    check_sql(w->db, "relto_policy", "SELECT epoch FROM policy_state", "1");
    check_apply(w->s, longer, "~ agreement USA-JPN title: \"t\" -> \"u\"\n", "a changed member is told");
    check_apply(w->s, fewer, "~ agreement USA-JPN title: \"u\" -> \"t\"\n~ partner JPN name: \"JPN\" -> \"Japan\"\n",
                "so are two entries");
    check_sql(w->db, "relto_policy", "SELECT epoch FROM policy_state", "3");
    check_sql(w->db, "relto_policy", "SELECT count(*), max(epoch) FROM policy_audit", "3|3");
}

/* An entry keeps the instant it was accepted at until it is taken out. */
static void test_acceptance(struct world *w)
{
    FREE_CLEANUP char *json = test_policy("all", ""), *none = test_policy("none", "");
    FREE_CLEANUP char *other = replaced(none, "\"id\":\"USA-JPN\"", "\"id\":\"USA-JPN-2\"");
    FREE_CLEANUP char *shorter = replaced(other, "\"until\":null", "\"until\":\"2040-01-01\"");
#define ACCEPTED "SELECT accepted_at::date FROM register_entry WHERE kind = 'agreement'"
    check_sql(w->db, "relto_policy", ACCEPTED, "2025-12-11");
    clock_file_set(w->clock_file, DAY(5));
    free(apply(w->s, other, false));
    check_sql(w->db, "relto_policy", ACCEPTED, "2025-12-16");
    clock_file_set(w->clock_file, DAY(6));
    free(apply(w->s, shorter, false));
    check_sql(w->db, "relto_policy", ACCEPTED, "2025-12-16");
    struct registry *reg = load(w->s);
    const instant *boundaries;
    check(registry_boundaries(reg, &boundaries) == 1 && boundaries[0] == DAY(5), "which is where its releases begin");
    registry_unref(reg);
    free(apply(w->s, json, false));
    check_sql(w->db, "relto_policy", ACCEPTED, "2025-12-17");
}

/* A failure anywhere leaves everything as it was. */
static void test_all_or_nothing(struct world *w)
{
    FREE_CLEANUP char *json = test_policy("all", ""),
                      *changed = replaced(json, "\"name\":\"AUS\"", "\"name\":\"Australia\"");
    FREE_CLEANUP char *before =
        sql(w->db, "relto_policy", "SELECT md5(string_agg(json, '' ORDER BY kind, key)) FROM register_entry");
    free(
        sql(w->db, "relto_owner", "ALTER TABLE policy_audit ADD CONSTRAINT broken CHECK (actor <> 'alice') NOT VALID"));
    FREE_CLEANUP char *result = apply(w->s, changed, false);
    check_text(result, "!INTERNAL", "an apply that cannot be audited fails");
    check_sql(w->db, "relto_policy", "SELECT md5(string_agg(json, '' ORDER BY kind, key)) FROM register_entry", before);
    free(sql(w->db, "relto_owner", "ALTER TABLE policy_audit DROP CONSTRAINT broken"));
}

/* --- generations --- */

/* A record of JPN, unmarked, ingested when the clock says. */
static int32_t post(struct world *w, const struct registry *reg, int seq)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf text = {0};
    char at[INSTANT_TEXT + 1];
    struct label_key key = {.originator = STR("JPN"),
                            .type = STR("eoobservation"),
                            .data_mode = STR("REAL"),
                            .label = label_of(reg, "JPN", "U", arena),
                            .ingested_at = clock_now(w->s->clock)};
    struct fault fault;
    int32_t id = -1;
    check_ok(label_ensure(w->s->visibility, reg, &key, 1, &id, &fault), &fault, "a label");
    buf_printf(&text,
               "INSERT INTO record (seq, id, type, label_id, t, originator, ingested_at, digest, body) VALUES (%d,"
               " gen_random_uuid(), 'eoobservation', %d, '2025-12-01', 'JPN', '%s', sha256(''), '{}')",
               seq, (int)id, instant_text(key.ingested_at, at));
    buf_char(&text, '\0');
    check_sql(w->db, "relto_ingest", text.p, "");
    return id;
}

/* The seqs a principal sees now, as text to be freed. */
static char *seen(struct world *w, const struct registry *reg, const char *uri)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct reading reading = {.registry = reg, .reader = reader_of(reg, uri), .now = clock_now(w->s->clock)};
    struct fault fault;
    struct buf out = {0};
    int error =
        visible_read(w->s, &reading, "SELECT coalesce(string_agg(seq::text, ',' ORDER BY seq), '') FROM record r", NULL,
                     NULL, &r, &fault);
    buf_str(&out, error ? str_of(error_name(error)) : pg_str(r, 0, 0));
    buf_char(&out, '\0');
    return out.p;
}

static void check_seen(struct world *w, const struct registry *reg, const char *uri, const char *expected,
                       const char *what)
{
    FREE_CLEANUP char *found = seen(w, reg, uri);
    check_text(found, expected, what);
}

#define AUS_AGREEMENT(id, backfill)                                                                                    \
    "{\"id\":\"" id                                                                                                    \
    "\",\"title\":\"t\",\"reference\":\"r\",\"article\":\"1\",\"providers\":[\"JPN\"],\"recipients\":["                \
    "\"AUS\"],\"types\":[\"*\"],\"dataModes\":[\"REAL\"],\"highest\":{\"JPN\":\"S\"},\"default\":{\"JPN\":\"C\"},"     \
    "\"equivalence\":[],\"from\":\"2020-01-01\",\"until\":null,\"status\":\"inForce\",\"backfill\":\"" backfill "\"}"

/* Records of days 1, 3 and 5, all under one label; then agreements with AUS reaching back differently far. */
static void test_backfill(void)
{
    struct world w;
    FREE_CLEANUP char *json = test_policy("all", "");
    FREE_CLEANUP char *none = test_policy("all", AUS_AGREEMENT("A", "none"));
    FREE_CLEANUP char *since3 =
        test_policy("all", AUS_AGREEMENT("A", "none") "," AUS_AGREEMENT("B", "2025-12-14T00:00:00Z"));
    FREE_CLEANUP char *since4 = test_policy("all", AUS_AGREEMENT("C", "2025-12-15T00:00:00Z"));
    FREE_CLEANUP char *both =
        test_policy("all", AUS_AGREEMENT("C", "2025-12-15T00:00:00Z") "," AUS_AGREEMENT("D", "2025-12-13T00:00:00Z"));
    FREE_CLEANUP char *all = test_policy("all", AUS_AGREEMENT("E", "all"));
    world_open(&w, "backfill");
    struct registry *reg = apply_policy(w.s, json);
    int32_t ids[4];
    for (int i = 1; i <= 3; i++) {
        clock_file_set(w.clock_file, DAY(2 * i - 1));
        ids[i] = post(&w, reg, i);
    }
    check(ids[1] == ids[2] && ids[2] == ids[3], "one label while nothing tells the records apart");
    check_seen(&w, reg, AUS_NODE, "", "AUS has no agreement");
    check_seen(&w, reg, USA_NODE, "1,2,3", "USA has one that reaches back to the beginning");
    registry_unref(reg);

    clock_file_set(w.clock_file, DAY(6));
    reg = apply_policy(w.s, none);
    check_seen(&w, reg, AUS_NODE, "", "an agreement without backfill opens nothing old");
    ids[0] = post(&w, reg, 4); /* at the very instant at which it was accepted */
    clock_file_set(w.clock_file, DAY(7));
    check(ids[0] != ids[1], "what comes after it has a row of its own");
    check_seen(&w, reg, AUS_NODE, "4", "and is seen");
    registry_unref(reg);

    reg = apply_policy(w.s, since3);
    check_seen(&w, reg, AUS_NODE, "2,3,4", "a second one from the third day on opens the later ones");
    check_seen(&w, reg, USA_NODE, "1,2,3,4", "USA sees what it saw");
    check_seen(&w, reg, JPN_NODE, "1,2,3,4", "and so does JPN");
    check_sql(w.db, "relto_policy", "SELECT count(*) FROM label", "3");
    registry_unref(reg);

    reg = apply_policy(w.s, since4);
    check_seen(&w, reg, AUS_NODE, "3,4", "one that reaches back less far instead");
    registry_unref(reg);
    reg = apply_policy(w.s, both);
    check_seen(&w, reg, AUS_NODE, "2,3,4", "and one that splits where a row has been split before");
    registry_unref(reg);
    reg = apply_policy(w.s, all);
    check_seen(&w, reg, AUS_NODE, "1,2,3,4", "everything");
    registry_unref(reg);
    reg = apply_policy(w.s, json);
    check_seen(&w, reg, AUS_NODE, "", "and nothing again");
    registry_unref(reg);
    world_close(&w);
}

/* The clock has gone back: what was posted "later" is not opened by an agreement that begins now. */
static void test_clock_set_back(void)
{
    struct world w;
    FREE_CLEANUP char *json = test_policy("all", ""), *none = test_policy("all", AUS_AGREEMENT("A", "none"));
    world_open(&w, "setback");
    struct registry *reg = apply_policy(w.s, json);
    clock_file_set(w.clock_file, DAY(9));
    post(&w, reg, 1);
    registry_unref(reg);
    clock_file_set(w.clock_file, DAY(8));
    reg = apply_policy(w.s, none);
    check_seen(&w, reg, AUS_NODE, "", "not opened");
    clock_file_set(w.clock_file, DAY(10));
    check_seen(&w, reg, AUS_NODE, "", "nor when the time comes again");
    registry_unref(reg);
    world_close(&w);
}

/* --- the rest of the store's glue --- */

static void test_secret(struct world *w)
{
    uint8_t a[32] = {0}, b[32] = {0}, zero[32] = {0};
    struct fault fault;
    struct store *other = test_store(w->db, NULL);
    check_ok(store_id_secret(w->s, a, &fault), &fault, "the secret is made");
    check_ok(store_id_secret(other, b, &fault), &fault, "and found again");
    check(memcmp(a, b, 32) == 0 && memcmp(a, zero, 32) != 0, "it is the same, and not nothing");
    test_store_free(other);
}

static void test_epoch_and_ping(struct world *w)
{
    int64_t epoch = -1;
    struct fault fault;
    struct registry *reg = load(w->s);
    check_ok(store_epoch(w->s, &epoch, &fault), &fault, "the epoch is asked for");
    check_i64(epoch, registry_epoch(reg), "and is that of the registers");
    check_ok(store_ping(w->s, &fault), &fault, "all roles answer");
    registry_unref(reg);
}

/* Partitions on demand, up to the limit, then the default one; ahead of time regardless; drained when there is room. */
static void test_partitions(struct world *w)
{
    PG_CLEANUP struct pg *c = NULL;
    struct fault fault;
    struct store_counters counters;
    const struct record_type *type = record_type_find(STR("eoobservation"));
#define LIVE "SELECT count(*), count(*) FILTER (WHERE lower IS NULL) FROM record_partition WHERE type = 'eoobservation'"
    check_sql(w->db, "relto_policy", LIVE, "3|0");
    w->s->partitions_per_type = 4;
    check_ok(pg_take(w->s->ingest, &c, &fault), &fault, "a connection");
    check_ok(partition_ensure(w->s, c, type, DAY(0), &fault), &fault, "a known date");
    check_sql(w->db, "relto_policy", LIVE, "3|0");
    check_ok(partition_ensure(w->s, c, type, DAY(-3000), &fault), &fault, "a new one");
    check_sql(w->db, "relto_policy", LIVE, "4|0");
    check_ok(partition_ensure(w->s, c, type, DAY(-5000), &fault), &fault, "one too many");
    check_sql(w->db, "relto_policy", LIVE, "5|1");
    check_sql(w->db, "relto_ingest",
              "INSERT INTO record (seq, id, type, label_id, t, originator, ingested_at, digest, body) VALUES"
              " (9, gen_random_uuid(), 'eoobservation', 0, '2012-05-01', 'JPN', now(), sha256(''), '{}')",
              "");
    check_ok(store_maintain(w->s, DAY(0), &fault), &fault, "no room yet");
    store_counters(w->s, &counters);
    check_i64((int64_t)counters.default_partition_rows, 1, "the gauge shows it");
    check_ok(store_maintain(w->s, DAY(2000), &fault), &fault, "years later");
    check_sql(w->db, "relto_policy",
              "SELECT count(*) FROM record_partition WHERE type = 'eoobservation' AND lower > '2031-01-01'", "3");
    w->s->partitions_per_type = 50;
    check_ok(store_maintain(w->s, DAY(0), &fault), &fault, "with room");
    store_counters(w->s, &counters);
    check_i64((int64_t)counters.default_partition_rows, 0, "the default partition is drained");
    check_sql(w->db, "relto_policy", "SELECT count(*) FROM record_partition WHERE lower IS NULL", "0");
    check_ok(store_maintain(w->s, DAY(7305 * 2), &fault), &fault, "past retention");
    check_sql(w->db, "relto_ingest", "SELECT count(*) FROM record", "0");
    check_ok(partition_ensure(w->s, c, type, DAY(-5000), &fault), &fault,
             "what was dropped is made again when asked for");
    check_sql(w->db, "relto_policy",
              "SELECT count(*) FROM record_partition WHERE type = 'eoobservation' AND upper < '2015-01-01'", "1");
}

int main(void)
{
    struct world w;
    world_open(&w, "registers");
    test_first_apply(&w);
    test_changes(&w);
    test_acceptance(&w);
    test_all_or_nothing(&w);
    test_secret(&w);
    test_epoch_and_ping(&w);
    test_partitions(&w);
    world_close(&w);
    test_backfill();
    test_clock_set_back();
    return checks_done();
}
