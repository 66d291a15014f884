/* Labels and classes: what the database shows a class is what decide() permits, whoever adds what and when. */
#include "harness.h"

#include "memory.h"
#include "query.h"

#include <pthread.h>

#define NOW INT64_C(1782907200000000) /* 2026-07-01T12:00:00Z */
#define USA_NODE "spiffe://usa.example/node/one"
#define USA_FDO "spiffe://usa.example/fdo/one"
#define JPN_NODE "spiffe://jpn.example/node/one"
#define JPN_AUDITOR "spiffe://jpn.example/auditor/one"
#define AUS_NODE "spiffe://aus.example/node/one"

static const char *const readers[] = {USA_NODE,    USA_FDO,  JPN_NODE,
                                      JPN_AUDITOR, AUS_NODE, "spiffe://aus.example/fdo/one"};
static const char *const markings[] = {"U",     "C",     "S",    "C//REL TO JPN, USA", "S//REL TO USA, JPN, AUS",
                                       "S//NF", "U//NF", "C//SI"};
static const char *const posters[] = {"JPN", "USA", "AUS"};
static const char *const types[] = {"eoobservation", "gnssadvisory"};
#define COUNT(a) (sizeof(a) / sizeof *(a))
#define COMBINATIONS (COUNT(markings) * COUNT(posters) * COUNT(types))

/* The i-th combination of marking, poster and type. "REL TO" must name the owner first for its own poster. */
static struct label_key key_at(const struct registry *reg, size_t i, struct arena *arena)
{
    const char *poster = posters[i / COUNT(markings) % COUNT(posters)];
    const char *marking = markings[i % COUNT(markings)];
    if (strstr(marking, "REL TO") && strcmp(poster, "JPN") == 0)
        marking = "C//REL TO JPN, USA";
    else if (strstr(marking, "REL TO") && strcmp(poster, "AUS") == 0)
        marking = "C//REL TO AUS, USA";
    else if (strstr(marking, "REL TO"))
        marking = "C//REL TO USA, AUS";
    return (struct label_key){.originator = str_of(poster),
                              .type = str_of(types[i / COUNT(markings) / COUNT(posters) % COUNT(types)]),
                              .data_mode = STR("REAL"),
                              .label = label_of(reg, poster, marking, arena),
                              .ingested_at = NOW};
}

static int32_t ensure(struct store *s, const struct registry *reg, const struct label_key *key)
{
    struct fault fault;
    int32_t id = -2;
    if (label_ensure(s->visibility, reg, key, 1, &id, &fault) != 0)
        check(false, "label_ensure: %s", fault.detail);
    return id;
}

static struct class *class_of(struct store *s, const struct registry *reg, const char *uri, instant now)
{
    struct class *c = NULL;
    struct fault fault;
    if (class_ensure(s->visibility, reg, reader_of(reg, uri), now, &c, &fault) != 0) {
        fprintf(stderr, "class_ensure: %s\n", fault.detail);
        abort();
    }
    return c;
}

/* The bits of a class as the database has them, as text of 0 and 1 for labels 0 to n - 1. */
static char *bits_of(const char *db, const struct class *c, size_t n, const char *column)
{
    BUF_CLEANUP struct buf text = {0};
    buf_printf(&text,
               "SELECT string_agg(get_bit(%s, i)::text, '' ORDER BY i) FROM visible, generate_series(0, %zu) i WHERE "
               "class = %d",
               column, n - 1, (int)class_id(c));
    buf_char(&text, '\0');
    return sql(db, "relto_policy", text.p);
}

/* What decide() says of key i for the reader. */
static struct verdict verdict_of(const struct registry *reg, const char *uri, const struct label_key *key)
{
    struct verdict verdict;
    struct subject subject = {.label = key->label,
                              .originator = key->originator,
                              .type = key->type,
                              .data_mode = key->data_mode,
                              .ingested_at = NOW,
                              .embargo_until = INSTANT_MIN,
                              .expires = INSTANT_MAX,
                              .recalled = key->recalled};
    decide(reg, reader_of(reg, uri), &subject, NOW, &verdict);
    return verdict;
}

/* --- one after the other --- */

static void test_same_label_same_id(struct store *s, struct store *other, const struct registry *reg)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct label_key key = key_at(reg, 0, arena), mode = key, late = key, own = key, recalled = key;
    const struct uuid record = {{7}};
    int32_t id = ensure(s, reg, &key);
    mode.data_mode = STR("TEST");
    late.ingested_at = NOW + INSTANT_DAY;
    own.record = recalled.record = &record;
    recalled.recalled = true;
    check_i64(ensure(s, reg, &key), id, "an equal label has the same id");
    check_i64(ensure(other, reg, &key), id, "also for another process");
    check(ensure(s, reg, &mode) != id, "another data mode has another");
    check_i64(ensure(s, reg, &late), id, "a later record of the same generation has the same");
    check(ensure(s, reg, &own) != id, "a record's own row is apart");
    check(ensure(s, reg, &own) != ensure(s, reg, &recalled), "and again when it is recalled");
    check_i64(ensure(other, reg, &recalled), ensure(s, reg, &recalled), "also for another process");
}

/* Half of the labels exist when the classes are made, the others come afterwards. */
static void test_bits_are_decide(const char *db, struct store *s, const struct registry *reg)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct label_key keys[COMBINATIONS];
    int32_t ids[COMBINATIONS];
    struct class *classes[COUNT(readers)];
    size_t permits = 0, wrong = 0, exempt = 0;
    struct fault fault;
    for (size_t i = 0; i < COMBINATIONS; i++) {
        keys[i] = key_at(reg, i, arena);
        keys[i].recalled = i % 7 == 6;
    }
    check_ok(label_ensure(s->visibility, reg, keys, COMBINATIONS / 2, ids, &fault), &fault,
             "labels before the classes");
    for (size_t r = 0; r < COUNT(readers); r++)
        classes[r] = class_of(s, reg, readers[r], NOW);
    check_ok(label_ensure(s->visibility, reg, keys, COMBINATIONS, ids, &fault), &fault, "labels after them");
    for (size_t r = 0; r < COUNT(readers); r++) {
        char *bits = bits_of(db, classes[r], COMBINATIONS * 2, "bits");
        char *times = bits_of(db, classes[r], COMBINATIONS * 2, "exempt");
        for (size_t i = 0; i < COMBINATIONS; i++) {
            struct verdict v = verdict_of(reg, readers[r], &keys[i]);
            wrong += (bits[ids[i]] == '1') != v.permit || (times[ids[i]] == '1') != (v.permit && v.time_exempt);
            permits += v.permit;
            exempt += v.permit && v.time_exempt;
        }
        free(bits);
        free(times);
        class_unref(classes[r]);
    }
    check_i64((int64_t)wrong, 0, "each bit of each class is decide()'s verdict");
    check(permits > 20 && permits < COMBINATIONS * COUNT(readers) - 20 && exempt > 0,
          "some of %zu are permitted (%zu), %zu exempt", COMBINATIONS * COUNT(readers), permits, exempt);
}

static void test_padding(const char *db, struct store *s, const struct registry *reg)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    enum { MANY = 9000 };
    struct label_key *keys = arena_array(arena, MANY, sizeof *keys);
    struct uuid *records = arena_array(arena, MANY, sizeof *records);
    int32_t *ids = arena_array(arena, MANY, sizeof *ids);
    struct fault fault;
    for (size_t i = 0; i < MANY; i++) {
        keys[i] = key_at(reg, 0, arena);
        memcpy(records[i].bytes, &i, sizeof i);
        records[i].bytes[15] = 1;
        keys[i].record = &records[i];
    }
    class_unref(class_of(s, reg, USA_NODE, NOW));
    check_ok(label_ensure(s->visibility, reg, keys, MANY, ids, &fault), &fault, "thousands of labels at once");
    check_sql(db, "relto_policy", "SELECT min(length(bits)) * 8 > (SELECT max(id) FROM label) FROM visible", "t");
    check_sql(db, "relto_policy", "SELECT count(*) = max(id) + 1 FROM label", "t");
    struct class *c = class_of(s, reg, USA_NODE, NOW);
    char *bits = bits_of(db, c, (size_t)ids[MANY - 1] + 1, "bits");
    check(strlen(bits) == (size_t)ids[MANY - 1] + 1 && bits[ids[MANY - 1]] == '1', "the last of them is visible");
    free(bits);
    class_unref(c);
}

static void test_cap(struct store *s, const struct registry *reg)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct visibility *v = visibility_new(s->policy, 3, s->log);
    struct label_key keys[5];
    int32_t ids[5] = {0};
    struct fault fault;
    for (size_t i = 0; i < 5; i++) {
        keys[i] = key_at(reg, i, arena);
        keys[i].originator = STR("GBR"); /* nobody else's rows */
    }
    check_ok(label_ensure(v, reg, keys, 5, ids, &fault), &fault, "more labels than the cap");
    check(ids[2] >= 0 && ids[3] == LABEL_TOO_MANY && ids[4] == LABEL_TOO_MANY, "the fourth is one too many");
    check_ok(label_ensure(v, reg, keys, 5, ids, &fault), &fault, "again");
    check(ids[0] >= 0 && ids[3] == LABEL_TOO_MANY, "it stays so");
    struct label_key own = keys[4];
    own.record = &(struct uuid){{9}};
    check_ok(label_ensure(v, reg, &own, 1, ids, &fault), &fault, "a recall is not counted");
    check(ids[0] >= 0, "a recall is not counted");
    visibility_free(v);
}

static void test_release(struct store *s, const struct registry *reg)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct release *release = NULL;
    struct fault fault;
    struct label_key key = key_at(reg, 0, arena); /* JPN's U */
    int32_t id = ensure(s, reg, &key);
    struct class *usa = class_of(s, reg, USA_NODE, NOW), *jpn = class_of(s, reg, JPN_NODE, NOW);
    check_ok(class_release(usa, id, &release, &fault), &fault, "release to USA");
    check(release->permit && !release->owned && str_is(release->agreement, "USA-JPN"), "by the agreement");
    check_text(
        arena_strz(arena, release->members),
        "\"originator\":\"JPN\",\"owners\":[\"JPN\"],\"effectiveMarking\":\"U//REL TO JPN, USA\",\"basis\":\"default\","
        "\"agreement\":\"USA-JPN\",\"article\":\"1\",\"view\":\"full\"",
        "and says so");
    check_ok(class_release(jpn, id, &release, &fault), &fault, "release to the owner");
    check(release->owned && release->agreement.n == 0, "as owner");
    check(class_release(jpn, 1 << 20, &release, &fault) == ERR_STALE, "a label that does not exist has none");
    class_unref(usa);
    class_unref(jpn);
}

static void test_share(struct store *s, const struct registry *reg)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    size_t labels = 0;
    struct label_key open = key_at(reg, 0, arena), closed = key_at(reg, 5, arena);
    open.type = closed.type = STR("elset"); /* used by no other test */
    struct class *usa = class_of(s, reg, USA_NODE, NOW);
    check(class_share(usa, STR("elset"), &labels) == 0 && labels == 0, "nothing is seen of nothing");
    label_posted(s->visibility, ensure(s, reg, &open), 100);
    label_posted(s->visibility, ensure(s, reg, &closed), 300);
    double share = class_share(usa, STR("elset"), &labels);
    check(share > 0.24 && share < 0.26 && labels == 1, "a quarter is seen, through one label (%.2f, %zu)", share,
          labels);
    label_posted(s->visibility, ensure(s, reg, &closed), 4600);
    share = class_share(usa, STR("elset"), &labels);
    check(share > 0.019 && share < 0.021, "a fiftieth after others' records (%.3f)", share);
    struct fault fault;
    check_ok(visibility_save(s->visibility, &fault), &fault, "estimates are saved");
    class_unref(usa);
}

/* --- reading --- */

static void insert_record(const char *db, int seq, int32_t label_id)
{
    BUF_CLEANUP struct buf text = {0};
    buf_printf(&text,
               "INSERT INTO record (seq, id, type, label_id, t, originator, ingested_at, digest, body) VALUES (%d,"
               " gen_random_uuid(), 'eoobservation', %d, '2026-06-01', 'JPN', '2026-06-01', sha256(''), '{}')",
               seq, (int)label_id);
    buf_char(&text, '\0');
    check_sql(db, "relto_ingest", text.p, "");
}

static int64_t seen(struct store *s, const struct registry *reg, const char *uri, instant now, int *ret_error)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct reading reading = {.registry = reg, .reader = reader_of(reg, uri), .now = now};
    struct fault fault;
    *ret_error = visible_read(s, &reading, "SELECT count(*) FROM record r", NULL, NULL, &r, &fault);
    return *ret_error ? -1 : pg_i64(r, 0, 0);
}

static void check_seen(struct store *s, const struct registry *reg, const char *uri, instant now, int64_t expected,
                       const char *what)
{
    int error;
    check_i64(seen(s, reg, uri, now, &error), expected, what);
}

/* The same by the way of labels: a count that asks for nothing but time. */
static int64_t counted(struct store *s, const struct registry *reg, const char *uri)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = {.registry = reg, .reader = reader_of(reg, uri), .now = NOW};
    struct param since = {STR("obTime"), STR(">2000-01-01T00:00:00Z")};
    const struct query *query;
    struct fault fault;
    int64_t n = -1;
    check_ok(query_parse(record_type_find(STR("eoobservation")), &since, 1, QUERY_COUNT, NOW, arena, &query, &fault),
             &fault, "the query is read");
    check_ok(store_count(s, &reading, query, &n, &fault), &fault, "and counted");
    return n;
}

/* An agreement that begins and ends: a class is good for a while only, forwards and backwards. */
static void test_time(const char *db, struct store *s)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    FREE_CLEANUP char *json = test_policy(
        "all", "{\"id\":\"AUS-JPN\",\"title\":\"t\",\"reference\":\"r\",\"article\":\"1\",\"providers\":[\"JPN\"],"
               "\"recipients\":[\"AUS\"],\"types\":[\"*\"],\"dataModes\":[\"REAL\"],\"highest\":{\"JPN\":\"S\"},"
               "\"default\":{\"JPN\":\"C\"},\"equivalence\":[],\"from\":\"2026-08-01\",\"until\":\"2026-09-01\","
               "\"status\":\"inForce\",\"backfill\":\"all\"}");
    struct registry *reg = apply_policy(s, json);
    struct label_key key = key_at(reg, 0, arena);
    const instant from = NOW + 30 * INSTANT_DAY + INSTANT_DAY / 2, until = from + 31 * INSTANT_DAY;
    insert_record(db, 1, ensure(s, reg, &key));
    check_seen(s, reg, AUS_NODE, NOW, 0, "not before the agreement");
    check_seen(s, reg, AUS_NODE, from - 1, 0, "not a microsecond before");
    check_seen(s, reg, AUS_NODE, from, 1, "from its first instant");
    check_seen(s, reg, AUS_NODE, until - 1, 1, "to its last");
    check_seen(s, reg, AUS_NODE, until, 0, "not afterwards");
    check_seen(s, reg, AUS_NODE, from + 1, 1, "also when the clock is set back");
    check_seen(s, reg, AUS_NODE, NOW, 0, "and further back");
    check_seen(s, reg, JPN_NODE, NOW, 1, "its owner always");
    registry_unref(reg);
}

static void test_stale(const char *db, struct store *s, struct store *other)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    FREE_CLEANUP char *open = test_policy("all", ""), *shut = replaced(open, "\"inForce\"", "\"suspended\"");
    int error;
    struct registry *before = apply_policy(s, open);
    struct label_key key = key_at(before, 0, arena);
    struct fault fault;
    int32_t id;
    check_seen(s, before, USA_NODE, NOW, 1, "USA sees JPN's record");
    struct class *class = class_of(s, before, USA_NODE, NOW);
    struct registry *after = apply_policy(other, shut);
    seen(s, before, USA_NODE, NOW, &error);
    check_i64(error, ERR_STALE, "who reads with the old registers is told");
    check_i64(class_ensure(s->visibility, before, reader_of(before, AUS_NODE), NOW + 1, &(struct class *){0}, &fault),
              ERR_STALE, "so is who asks for a class");
    key = key_at(before, 3, arena); /* a new one: what is known needs no round trip */
    key.data_mode = STR("TEST");
    check_i64(label_ensure(s->visibility, before, &key, 1, &id, &fault), ERR_STALE, "and who adds a label");
    BUF_CLEANUP struct buf raw = {0};
    buf_printf(&raw,
               "SELECT set_config('relto.class', '%d', true), set_config('relto.now', '2026-07-01T12:00:00Z', true),"
               " set_config('relto.plain', '2026-07-01T12:00:00Z', true);"
               "SELECT count(*) FROM record",
               (int)class_id(class));
    buf_char(&raw, '\0');
    check_sql(db, "relto_reader", raw.p, "0");
    check_seen(s, after, USA_NODE, NOW, 0, "with the new ones nothing is seen");
    check_seen(s, after, JPN_NODE, NOW, 1, "but by its owner");
    class_unref(class);
    registry_unref(before);
    registry_unref(after);
}

/* A label that another process adds while a class is remembered here. */
static void test_other_process(const char *db, struct store *s, struct store *other)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    FREE_CLEANUP char *json = test_policy("all", "");
    struct registry *reg = apply_policy(s, json);
    struct label_key key = key_at(reg, 1, arena);
    const struct release *release;
    struct fault fault;
    key.data_mode = STR("TEST");
    check_seen(s, reg, USA_NODE, NOW, 1, "USA sees one record");
    struct class *class = class_of(s, reg, USA_NODE, NOW);
    int32_t id = ensure(other, reg, &key);
    insert_record(db, 2, id);
    check_seen(s, reg, USA_NODE, NOW, 2, "and at once the second");
    check_ok(class_release(class, id, &release, &fault), &fault, "with its release");
    class_unref(class);
    registry_unref(reg);
}

/* The same where there are so few labels that records are counted by them. */
static void test_other_process_by_label(void)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    FREE_CLEANUP char *json = test_policy("all", ""), *db = new_database("few", true);
    struct store *s = test_store(db, NULL), *other = test_store(db, NULL);
    struct registry *reg = apply_policy(s, json);
    struct label_key key = key_at(reg, 1, arena);
    check_sql(db, "relto_policy",
              "SELECT record_type_ensure('eoobservation', 86400000000);"
              "SELECT lower::date FROM record_partition_ensure('eoobservation', '2026-06-01T00:00:00Z', 50)",
              "2026-06-01");
    insert_record(db, 1, ensure(s, reg, &key));
    check_i64(counted(s, reg, USA_NODE), 1, "the label that is known");
    key.data_mode = STR("TEST");
    insert_record(db, 2, ensure(other, reg, &key));
    check_i64(counted(s, reg, USA_NODE), 2, "and at once the other process's");
    check_i64(counted(other, reg, USA_NODE), 2, "which knows both");
    insert_record(db, 3, ensure(s, reg, &key));
    check_i64(counted(s, reg, USA_NODE), 3, "none twice when it is known here, too");
    registry_unref(reg);
    test_store_free(s);
    test_store_free(other);
}

/* --- all at once --- */

#define THREADS 6
#define ROUNDS 40

struct peer {
    struct store *s;
    const struct registry *reg;
    unsigned number;
    int failed;
};

static void *peer_main(void *arg)
{
    struct peer *p = arg;
    for (unsigned i = 0; i < ROUNDS; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct label_key key = key_at(p->reg, (i * 7 + p->number) % COMBINATIONS, arena);
        const char *uri = readers[(i + p->number) % COUNT(readers)];
        struct class *c = NULL;
        int32_t id;
        p->failed += label_ensure(p->s->visibility, p->reg, &key, 1, &id, NULL) != 0;
        p->failed += class_ensure(p->s->visibility, p->reg, reader_of(p->reg, uri), NOW + p->number, &c, NULL) != 0;
        class_unref(c);
    }
    return NULL;
}

static void test_concurrent(void)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    FREE_CLEANUP char *json = test_policy("all", ""), *db = new_database("peers", true);
    struct store *stores[2] = {test_store(db, NULL), test_store(db, NULL)}; /* two daemons */
    struct registry *reg = apply_policy(stores[0], json);
    pthread_t threads[THREADS];
    struct peer peers[THREADS];
    size_t wrong = 0, failed = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        peers[i] = (struct peer){stores[i % 2], reg, i, 0};
        pthread_create(&threads[i], NULL, peer_main, &peers[i]);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        failed += (size_t)peers[i].failed;
    }
    check_i64((int64_t)failed, 0, "nobody fails");
    check_sql(db, "relto_policy", "SELECT count(*) = max(id) + 1, count(*) = count(DISTINCT key) FROM label", "t|t");
    check_sql(db, "relto_policy", "SELECT count(*) = count(DISTINCT reader), count(*) FROM visible", "t|6");
    for (size_t r = 0; r < COUNT(readers); r++) {
        struct class *c = class_of(stores[0], reg, readers[r], NOW + 10);
        char *bits = bits_of(db, c, COMBINATIONS, "bits");
        for (size_t i = 0; i < COMBINATIONS; i++) {
            struct label_key key = key_at(reg, i, arena);
            int32_t id = ensure(stores[r % 2], reg, &key);
            if ((size_t)id >= COMBINATIONS || (bits[id] == '1') != verdict_of(reg, readers[r], &key).permit)
                wrong++;
        }
        free(bits);
        class_unref(c);
    }
    check_i64((int64_t)wrong, 0, "no label is lost to any class");
    registry_unref(reg);
    test_store_free(stores[0]);
    test_store_free(stores[1]);
}

int main(void)
{
    FREE_CLEANUP char *db = new_database("visibility", true), *json = test_policy("all", "");
    struct store *s = test_store(db, NULL), *other = test_store(db, NULL);
    struct fault fault;
    check_ok(store_maintain(s, NOW, &fault), &fault, "partitions are there");
    struct registry *reg = apply_policy(s, json);
    test_same_label_same_id(s, other, reg);
    test_bits_are_decide(db, s, reg);
    test_release(s, reg);
    test_share(s, reg);
    test_cap(s, reg);
    test_padding(db, s, reg);
    registry_unref(reg);
    test_time(db, s);
    test_stale(db, s, other);
    test_other_process(db, s, other);
    test_other_process_by_label();
    test_concurrent();
    test_store_free(s);
    test_store_free(other);
    return checks_done();
}
