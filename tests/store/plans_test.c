/* The plans of what reads run, taken from the server's log (auto_explain) while the store's own functions run, at 400
 * and at 20,000 labels. A wrong plan here is a read that takes a thousand times as long. */
#include "harness.h"

#include "memory.h"

#define NOW INT64_C(1782907200000000)             /* 2026-07-01T12:00:00Z */
#define MANY_NODE "spiffe://usa.example/node/one" /* sees 27 % of the labels */
#define FEW_NODE "spiffe://aus.example/node/one"  /* sees 0.5 % */
#define RECORDS "40000"

/* --- what is stored --- */

/* Rows of the dictionary [from, to): of 400, 108 are JPN's unmarked ones (USA sees them), 2 are AUS's own, the others
 * JPN's NOFORN. */
static void add_labels(struct store *s, const struct registry *reg, size_t from, size_t to)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct label *open = label_of(reg, "JPN", "U", arena), *own = label_of(reg, "AUS", "U", arena),
                       *shut = label_of(reg, "JPN", "U//NF", arena);
    struct label_key *keys = arena_array(arena, to - from, sizeof *keys);
    struct uuid *records = arena_array(arena, to - from, sizeof *records);
    int32_t *ids = arena_array(arena, to - from, sizeof *ids);
    struct fault fault;
    for (size_t i = from; i < to; i++) {
        size_t k = i % 400;
        memcpy(records[i - from].bytes, &i, sizeof i);
        keys[i - from] = (struct label_key){.originator = k < 2 ? STR("AUS") : STR("JPN"),
                                            .type = STR("eoobservation"),
                                            .data_mode = STR("REAL"),
                                            .label = k < 2     ? own
                                                     : k < 110 ? open
                                                               : shut,
                                            .ingested_at = NOW,
                                            .record = &records[i - from]};
    }
    check_ok(label_ensure(s->visibility, reg, keys, to - from, ids, &fault), &fault, "labels are added");
    check_i64(ids[to - from - 1], (int64_t)to - 1, "as many as there should be");
}

/* Records spread over the labels and over every partition there is, the last one included. An id begins with its
 * partition's start in milliseconds from 1900. */
static void add_records(const char *db, struct store *s, size_t labels)
{
    BUF_CLEANUP struct buf text = {0};
    buf_printf(
        &text,
        "WITH span AS (SELECT min(lower) AS a, max(upper) AS z FROM record_partition WHERE type = 'eoobservation'),"
        " last AS (SELECT coalesce(max(seq), 0) AS seq FROM record), moment AS (SELECT i, seq + i AS seq,"
        " a + (z - a) * (i::float8 / (" RECORDS " + 1)) AS t FROM span, last, generate_series(1, " RECORDS ") i)"
        " INSERT INTO record (seq, id, type, label_id, t, object, originator, ingested_at, digest, body)"
        " SELECT seq, (lpad(to_hex(((extract(epoch FROM lower) + 2208988800) * 1000)::bigint), 12, '0') || '8'"
        " || substr(md5(seq::text), 1, 3) || '8' || substr(md5(seq::text), 4, 15))::uuid, 'eoobservation',"
        " (i * 7919::bigint) %% %zu, t, i %% 500, 'JPN', '2026-06-01', sha256(''), repeat('x', 300)"
        " FROM moment JOIN record_partition p ON p.type = 'eoobservation' AND p.lower <= t AND p.upper > t",
        labels);
    buf_char(&text, '\0');
    check_sql(db, "relto_ingest", text.p, "");
    free(sql(db, "postgres", "VACUUM ANALYZE"));
    for (size_t i = 0; i < labels; i++)
        label_posted(s->visibility, (int32_t)i, 40000 / (int64_t)labels);
}

/* --- what the server says --- */

static FILE *server_log;

static void open_log(void)
{
    BUF_CLEANUP struct buf path = {0};
    buf_printf(&path, "%s/pg/server.log", getenv("RELTO_TEST_DIR"));
    buf_char(&path, '\0');
    server_log = fopen(path.p, "r");
    if (!server_log) {
        perror(path.p);
        abort();
    }
}

/* What has been logged since the last call; the server writes before it answers. */
static void read_log(struct buf *out)
{
    char chunk[4096];
    size_t n;
    buf_clear(out);
    clearerr(server_log);
    while ((n = fread(chunk, 1, sizeof chunk, server_log)) > 0)
        buf_add(out, chunk, n);
    buf_char(out, '\0');
}

/* The plans, without the query texts, of statements over records; of each from its Limit on, if it has one: a chunk of
 * at most a thousand rows may be sorted again above that, below it order must come from an index. */
static void record_plans(const char *type, struct buf *plans)
{
    char from[64];
    snprintf(from, sizeof from, "FROM record_%s r", type);
    BUF_CLEANUP struct buf log = {0};
    read_log(&log);
    buf_clear(plans);
    for (char *entry = strstr(log.p, "Query Text:"); entry;) {
        char *next = strstr(entry + 1, "Query Text:");
        char *plan = strchr(entry, '\n');
        if (next)
            next[-1] = '\0';
        char *limited = plan ? strstr(plan, "Limit  (") : NULL;
        if (plan && strstr(entry, from))
            buf_z(plans, limited ? limited : plan);
        entry = next;
    }
    buf_char(plans, '\0');
}

/* --- what is asked --- */

struct question {
    struct store *s;
    struct registry *reg;
    const char *who, *text; /* a query string, not encoded */
    bool count;
    const char *type; /* NULL: eoobservation */
};

static const char *type_of(const struct question *q)
{
    return q->type ? q->type : "eoobservation";
}

static const struct query *parse_query(const struct question *q, struct arena *arena)
{
    struct param params[8];
    const struct query *query = NULL;
    size_t n = 0;
    struct fault fault;
    for (char *at = arena_strz(arena, str_of(q->text)), *part; (part = strsep(&at, "&"));) {
        char *value = strchr(part, '=');
        params[n++] = (struct param){{part, (size_t)(value - part)}, str_of(value + 1)};
    }
    const struct record_type *type = record_type_find(str_of(type_of(q)));
    if (query_parse(type, params, n, q->count ? QUERY_COUNT : QUERY_LIST, NOW, arena, &query, &fault) != 0) {
        fprintf(stderr, "query %s: %s: %s\n", q->text, fault.where, fault.detail);
        abort();
    }
    return query;
}

static int read_list(const struct question *q, const struct reading *reading, const struct query *query, size_t *ret_n,
                     struct fault *fault)
{
    struct store_list *list = NULL;
    int error = store_list_open(q->s, reading, query, &list, fault);
    while (!error) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        const struct stored_record *records;
        const struct receipt *receipt;
        size_t n = 0;
        error = store_list_next(list, arena, &records, &n, &receipt, fault);
        *ret_n += error ? 0 : n;
    }
    store_list_close(list, true);
    return error == STORE_LIST_END ? 0 : error;
}

/* Runs it and returns the plans, to be freed. */
static char *ask(const struct question *q, size_t *ret_n)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct buf plans = {0};
    struct fault fault = {0};
    struct reading reading = {.registry = q->reg, .reader = reader_of(q->reg, q->who), .now = NOW};
    const struct query *query = parse_query(q, arena);
    int64_t count = 0;
    *ret_n = 0;
    record_plans(type_of(q), &plans); /* what came before */
    int error =
        q->count ? store_count(q->s, &reading, query, &count, &fault) : read_list(q, &reading, query, ret_n, &fault);
    if (q->count)
        *ret_n = (size_t)count;
    check_ok(error, &fault, q->text);
    record_plans(type_of(q), &plans);
    return plans.p;
}

static void check_plan(const struct question *q, const char *index, const char *const *absent, const char *labels)
{
    size_t n;
    FREE_CLEANUP char *plans = ask(q, &n);
    bool good = n > 0 && strstr(plans, index) != NULL;
    const char *bad = NULL;
    for (; *absent; absent++)
        if (strstr(plans, *absent))
            bad = *absent;
    check(good && !bad, "%s labels, %s%s: %s", labels, q->count ? "count " : "", q->text, index);
    if (!good || bad)
        printf("# %zu records; found what should not be there: %s\n%s\n", n, bad ? bad : "nothing", plans);
}

/* Names of indexes of partitions are those PostgreSQL derives from their columns. */
#define BY_TIME "_t_id_idx on"
#define BY_TIME_BACKWARD "Index Scan Backward using"
#define BY_LABEL "label_id_t_id_embargo_until"
#define BY_OBJECT "_object_t_id_idx"
#define BY_KEY "_pkey"
#define BY_ACCEPTANCE "_ingested_at_t_id_idx on"

/* A reader who sees little is served by a merge of the newest of its labels, whether these are two or a hundred. */
static void check_plans(struct store *s, struct registry *reg, const char *labels)
{
    static const char *const ordered[] = {"Sort", "Seq Scan on record", "Bitmap", NULL};
    static const char *const found[] = {"Seq Scan on record", NULL};
    const struct question questions[] = {
        {s, reg, MANY_NODE, "obTime=>2020-01-01&maxResults=100", false, NULL},
        {s, reg, MANY_NODE, "obTime=2026-01-01..2026-12-31&maxResults=100", false, NULL},
        {s, reg, MANY_NODE, "obTime=>2020-01-01&sort=obTime,ASC&maxResults=100", false, NULL},
        {s, reg, MANY_NODE, "obTime=>2020-01-01&maxResults=4000", false, NULL},
        {s, reg, MANY_NODE, "obTime=>2020-01-01&firstResult=500&maxResults=100", false, NULL},
    };
    check_plan(&questions[0], BY_TIME, ordered, labels);
    check_plan(&questions[1], BY_TIME, ordered, labels);
    check_plan(&questions[2], BY_TIME_BACKWARD, ordered, labels);
    check_plan(&questions[3], BY_TIME, ordered, labels);
    check_plan(&questions[4], BY_TIME, ordered, labels);
    check_plan(&(struct question){s, reg, FEW_NODE, "obTime=>2020-01-01&maxResults=100", false, NULL}, BY_LABEL, found,
               labels);
    check_plan(&(struct question){s, reg, MANY_NODE, "obTime=>2020-01-01&satNo=77&maxResults=20", false, NULL},
               BY_OBJECT, found, labels);
}

static void check_counts(struct store *s, struct registry *reg)
{
    static const char *const counted[] = {"Seq Scan on record", "Bitmap", "Index Scan using record", NULL};
    check_plan(&(struct question){s, reg, MANY_NODE, "obTime=>2020-01-01", true, NULL}, BY_LABEL, counted, "400");
    check_plan(&(struct question){s, reg, FEW_NODE, "obTime=>2020-01-01", true, NULL}, BY_LABEL, counted, "400");
}

static void check_get(struct store *s, struct registry *reg, const char *db)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf plans = {0};
    FREE_CLEANUP char *text = sql(db, "relto_ingest", "SELECT id FROM record LIMIT 1");
    struct reading reading = {.registry = reg, .reader = reader_of(reg, MANY_NODE), .now = NOW};
    struct stored_record record;
    const struct receipt *receipt = NULL;
    struct fault fault;
    struct uuid id = {0};
    check(uuid_parse(str_of(text), &id), "a record's id");
    record_plans("eoobservation", &plans);
    store_get(s, &reading, record_type_find(STR("eoobservation")), id, arena, &record, &receipt, &fault);
    record_plans("eoobservation", &plans);
    check(strstr(plans.p, BY_KEY) && !strstr(plans.p, "Seq Scan on record") && !strstr(plans.p, "Bitmap"),
          "one record by its key");
    if (!strstr(plans.p, BY_KEY))
        printf("# %s\n", plans.p);
}

/* --- what has no time of its own --- */

/* Accepted every minute, every other one by JPN. */
static void add_messages(const char *db, struct store *s, struct registry *reg)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct label_key keys[2];
    int32_t ids[2];
    BUF_CLEANUP struct buf text = {0};
    struct fault fault;
    for (size_t i = 0; i < 2; i++)
        keys[i] = (struct label_key){.originator = i ? STR("JPN") : STR("AUS"),
                                     .type = STR("notification"),
                                     .data_mode = STR("REAL"),
                                     .label = label_of(reg, i ? "JPN" : "AUS", "U", arena),
                                     .ingested_at = NOW};
    check_ok(label_ensure(s->visibility, reg, keys, 2, ids, &fault), &fault, "labels are added");
    buf_printf(&text,
               "INSERT INTO record (seq, id, type, label_id, t, originator, ingested_at, digest, body)"
               " SELECT l.seq + i, (lpad(to_hex(((extract(epoch FROM p.lower) + 2208988800) * 1000)::bigint), 12, '0')"
               " || '8' || substr(md5(i::text), 1, 3) || '8' || substr(md5(i::text), 4, 15))::uuid, 'notification',"
               " CASE WHEN i %% 2 = 0 THEN %d ELSE %d END, p.lower, 'JPN', '2026-01-01'::timestamptz + i * interval '1 "
               "minute',"
               " sha256(''), '{}' FROM (SELECT max(seq) AS seq FROM record) l,"
               " (SELECT min(lower) AS lower FROM record_partition WHERE type = 'notification') p,"
               " generate_series(1, " RECORDS ") i",
               ids[0], ids[1]);
    buf_char(&text, '\0');
    check_sql(db, "relto_ingest", text.p, "");
    free(sql(db, "postgres", "VACUUM ANALYZE"));
    for (size_t i = 0; i < 2; i++)
        label_posted(s->visibility, ids[i], 20000);
}

static void check_messages(struct store *s, struct registry *reg)
{
    static const char *const ordered[] = {"Sort  (", "Seq Scan on record", "Bitmap", NULL};
    static const char *const texts[] = {"createdAt=>2020-01-01&maxResults=100",
                                        "createdAt=2026-01-02..2026-01-20&maxResults=100",
                                        "createdAt=>2020-01-01&firstResult=500&maxResults=100"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_plan(&(struct question){s, reg, MANY_NODE, texts[i], false, "notification"}, BY_ACCEPTANCE, ordered, "2");
}

static struct store *open_store(const char *db, struct clock *clock, struct log *log)
{
    struct store *s = NULL;
    struct fault fault;
    struct store_config config = {.conninfo = db,
                                  .readers = 2,
                                  .statement_ms = 60000,
                                  .write_ms = 60000,
                                  .connect_seconds = 5,
                                  .queued_records = 1000,
                                  .labels_per_originator = 1000,
                                  .partitions_per_type = 50,
                                  .chunk_bytes = 1 << 18,
                                  .look_records = 200000,
                                  .clock = clock,
                                  .log = log};
    if (store_open(&config, &s, &fault) != 0 || store_maintain(s, NOW, &fault) != 0) {
        fprintf(stderr, "store: %s\n", fault.detail);
        abort();
    }
    return s;
}

int main(void)
{
    FREE_CLEANUP char *db = new_database("plans", true), *json = test_policy("all", "");
    struct fault fault;
    struct clock *clock = NULL;
    check_sql(db, "postgres", "ALTER DATABASE plans SET session_preload_libraries = 'auto_explain'", "");
    check_sql(db, "postgres", "ALTER DATABASE plans SET auto_explain.log_min_duration = 0", "");
    check_ok(clock_open(NULL, &clock, &fault), &fault, "a clock");
    struct log *log = log_new(LOG_TEXT, ERROR_LEVEL_ERROR, 2);
    struct store *s = open_store(db, clock, log);
    struct registry *reg = apply_policy(s, json);
    open_log();
    add_labels(s, reg, 0, 400);
    add_records(db, s, 400);
    check_plans(s, reg, "400");
    check_counts(s, reg);
    check_get(s, reg, db);
    add_labels(s, reg, 400, 20000);
    add_records(db, s, 20000);
    check_plans(s, reg, "20,000");
    check_get(s, reg, db);
    add_messages(db, s, reg);
    check_messages(s, reg);
    fclose(server_log);
    registry_unref(reg);
    store_close(s);
    log_free(log);
    clock_free(clock);
    return checks_done();
}
