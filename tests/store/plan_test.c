/* The plans that PostgreSQL chooses for reads, taken from its own log. What is tested is what may not happen: a read
 * that looks at every record there is, or that sorts what an index gives in order. */
#include "fixture.h"

#include "file.h"
#include "memory.h"

#include <stdio.h>

#define TYPE "eoobservation"
#define USA_OPERATOR "spiffe://usa.example/operator/a"
#define JPN_OPERATOR "spiffe://jpn.example/operator/a"
#define XTR_OPERATOR "spiffe://xtr.example/operator/a"
#define ANY_TIME "obTime=>2000-01-01T00:00:00Z"
#define POSTS 20
#define RECORDS_EACH 1000

/* Record i is at the i-th second before now, so that each label has records everywhere; every post has another label.
 */
static void post(struct fixture *f, const char *originator, const char *marking, const char *mode, int step, int n)
{
    BUF_CLEANUP struct buf b = {0};
    char t[INSTANT_TEXT + 1];
    buf_char(&b, '[');
    for (int i = 0; i < n; i++)
        buf_printf(&b,
                   "%s{\"classificationMarking\":\"%s\",\"dataMode\":\"%s\",\"source\":\"test\",\"obTime\":\"%s\","
                   "\"satNo\":%d,\"ra\":%d.5}",
                   i ? "," : "", marking, mode,
                   instant_text(FIXTURE_NOW - ((instant)i * POSTS + step) * 1000 * INSTANT_SECOND, t), i % 50, i % 360);
    buf_z(&b, "]");
    buf_char(&b, '\0');
    struct fixture_post *p = fixture_post(f, TYPE, originator, b.p);
    MUST(!p->error);
    fixture_post_free(p);
}

static void post_all(struct fixture *f)
{
    static const char *const modes[] = {"REAL", "TEST", "EXERCISE", "SIMULATED"};
    static const char *const markings[] = {"U", "U//REL TO USA, AUS", "U//REL TO USA, GBR", "U//REL TO USA, JPN",
                                           "S//REL TO USA, AUS"};
    for (int i = 0; i < POSTS - 1; i++)
        post(f, "USA", markings[i % 5], modes[i / 5], i, RECORDS_EACH);
    post(f, "XTR", "U", "TEST", POSTS - 1, RECORDS_EACH / 10); /* 0.5 % of all: what XTR sees */
    free(fixture_sql(f, "VACUUM ANALYZE record"));
}

static void explain_everything(struct fixture *f)
{
    free(fixture_sql(f, "ALTER ROLE relto_reader SET session_preload_libraries = 'auto_explain';"
                        "ALTER ROLE relto_reader SET auto_explain.log_min_duration = 0;"
                        "ALTER ROLE relto_reader SET auto_explain.log_analyze = on"));
    fixture_reopen(f);
}

static void read_log(struct fixture *f, struct buf *out)
{
    char path[128];
    snprintf(path, sizeof path, "%s/pg/server.log", f->dir);
    buf_clear(out);
    MUST(file_read(path, 1 << 28, out, NULL) == 0);
    buf_char(out, '\0');
}

static const char *last_plan(const struct buf *log, const char *statement)
{
    const char *plan = NULL;
    for (const char *at = log->p; (at = strstr(at, "Query Text: ")); at++)
        if (strstr(at, statement) && strstr(at, statement) < at + 1500)
            plan = at;
    MUST(plan);
    return plan;
}

/* Of the plan alone: until the next line that is not indented. */
static bool plan_has(const char *plan, const char *what)
{
    const char *end = strstr(plan, "\n20");
    const char *at = strstr(plan, what);
    return at && (!end || at < end);
}

static void expect_plan(const char *plan, const char *what, bool want)
{
    if (plan_has(plan, what) != want)
        fprintf(stderr, "%s in the plan: expected %d\n%.6000s\n", what, want, plan);
    MUST(plan_has(plan, what) == want);
}

static size_t list(struct fixture *f, const char *uri, const char *text)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = fixture_reading(f, uri);
    const struct stored_record *records;
    const struct receipt *receipt;
    struct store_list *l;
    struct fault fault;
    size_t n, all = 0;
    reading.disclose = false;
    MUST(store_list_open(f->store, &reading, fixture_query(f, TYPE, text, arena), &l, &fault) == 0);
    while (store_list_next(l, arena, &records, &n, &receipt, &fault) == 0)
        all += n;
    store_list_close(l, true);
    return all;
}

/* A reader of much: newest first by the index on time, and no sort. */
static void much_is_read_by_time(struct fixture *f, struct buf *log)
{
    MUST(list(f, USA_OPERATOR, ANY_TIME "&maxResults=100") == 100);
    read_log(f, log);
    const char *plan = last_plan(log, "FROM record_" TYPE " r WHERE");
    expect_plan(plan, "_t_id_idx", true);
    expect_plan(plan, "Sort", false);
    expect_plan(plan, "Seq Scan on record", false);
    expect_plan(plan, "Nested Loop", false);
}

/* Further chunks go on where the one before ended, and read no more than they give. */
static void a_chunk_reads_itself_alone(struct fixture *f, struct buf *log)
{
    MUST(list(f, USA_OPERATOR, ANY_TIME) == (POSTS - 1) * RECORDS_EACH);
    read_log(f, log);
    const char *plan = last_plan(log, "r.id) < (");
    expect_plan(plan, "_t_id_idx", true);
    expect_plan(plan, "_seq_idx", false);
    expect_plan(plan, "Sort", false);
    expect_plan(plan, "Bitmap", false);
    expect_plan(plan, "Parallel", false);
}

/* A reader of little: the newest of each of its labels; time alone would lead past all that is hidden. */
static void little_is_read_by_label(struct fixture *f, struct buf *log)
{
    MUST(list(f, XTR_OPERATOR, ANY_TIME "&maxResults=50") == 50);
    read_log(f, log);
    const char *plan = last_plan(log, "FROM record_" TYPE " r WHERE");
    expect_plan(plan, "_label_id_t_id_", true);
    expect_plan(plan, "_t_id_idx on", false);
    expect_plan(plan, "Seq Scan on record", false);
    expect_plan(plan, "Rows Removed by Filter: 9", false); /* 950 and more: nothing hidden is passed over */
}

static void counts_touch_no_row(struct fixture *f, struct buf *log)
{
    MUST(fixture_count(f, TYPE, USA_OPERATOR, ANY_TIME) == (POSTS - 1) * RECORDS_EACH);
    MUST(fixture_count(f, TYPE, XTR_OPERATOR, ANY_TIME) == RECORDS_EACH / 10);
    read_log(f, log);
    const char *plan = last_plan(log, "sum(c.n)");
    expect_plan(plan, "Index Only Scan", true);
    expect_plan(plan, "Seq Scan on record", false);
}

static void one_record_is_one_probe(struct fixture *f, struct buf *log)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    FREE_CLEANUP char *text = fixture_sql(f, "SELECT id FROM record LIMIT 1");
    struct reading reading = fixture_reading(f, USA_OPERATOR);
    struct stored_record record;
    const struct receipt *receipt;
    struct uuid id;
    struct fault fault;
    reading.disclose = false;
    MUST(uuid_parse(str_of(text), &id));
    MUST(store_get(f->store, &reading, record_type_find(str_of(TYPE)), id, arena, &record, &receipt, &fault) == 0);
    read_log(f, log);
    const char *plan = last_plan(log, "r.embargo_until, r.expires");
    expect_plan(plan, "_pkey", true);
    expect_plan(plan, "Subplans Removed", true); /* the id names its partition */
    expect_plan(plan, "Seq Scan on record", false);
}

static void an_object_is_found_by_its_index(struct fixture *f, struct buf *log)
{
    MUST(list(f, USA_OPERATOR, ANY_TIME "&satNo=7&maxResults=10") == 10);
    read_log(f, log);
    const char *plan = last_plan(log, "r.object = ");
    expect_plan(plan, "_object_t_id_idx", true);
    expect_plan(plan, "Sort", false);
}

/* The newest of each, once each; time alone would lead past everything else. */
static void listed_objects_are_found_by_their_index(struct fixture *f, struct buf *log)
{
    MUST(list(f, USA_OPERATOR, ANY_TIME "&satNo=7,8,7&maxResults=10") == 10);
    read_log(f, log);
    const char *plan = last_plan(log, "unnest($");
    expect_plan(plan, "_object_t_id_idx", true);
    expect_plan(plan, "rows=3", false); /* 380 of each object */
    MUST(list(f, USA_OPERATOR, ANY_TIME "&satNo=7,8,7") == 2 * (POSTS - 1) * RECORDS_EACH / 50);
    MUST(list(f, USA_OPERATOR, ANY_TIME "&satNo=7,8,7&sort=obTime,ASC&firstResult=5&maxResults=20") == 20);
    MUST(list(f, USA_OPERATOR, ANY_TIME "&satNo=7,8&ra=7.5") == POSTS - 1);
    MUST(list(f, XTR_OPERATOR, ANY_TIME "&satNo=7,8") == 4);
}

static void listed_ids_are_probes(struct fixture *f, struct buf *log)
{
    char text[256];
    FREE_CLEANUP char *ids = fixture_sql(f, "SELECT string_agg(id::text, ',') FROM (SELECT id FROM record WHERE"
                                            " originator = 'USA' ORDER BY md5(id::text) LIMIT 3) q");
    snprintf(text, sizeof text, ANY_TIME "&id=%s,%.36s", ids, ids);
    MUST(list(f, USA_OPERATOR, text) == 3);
    read_log(f, log);
    const char *plan = last_plan(log, "unnest($");
    expect_plan(plan, "_pkey", true);
    expect_plan(plan, "never executed", true); /* each id names its partition */
    expect_plan(plan, "_t_id_idx", false);
    MUST(list(f, XTR_OPERATOR, text) == 0);
}

/* Whatever else a reader of little asks for, the records of its labels are all that is looked at. */
static void little_is_all_that_is_looked_at(struct fixture *f, struct buf *log)
{
    static const char *const conditions[] = {"&ra=>50", "&ra=3.5&source=test", "&dataMode=TEST", "&createdBy=XTR",
                                             "&satNo=20..30"};
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
        char text[128];
        const char *ways[] = {"", "&sort=mag,ASC"};
        for (size_t k = 0; k < 2; k++) {
            snprintf(text, sizeof text, ANY_TIME "%s%s", conditions[i], ways[k]);
            MUST(list(f, XTR_OPERATOR, text) > 0);
            read_log(f, log);
            const char *plan = last_plan(log, "r.label_id = l.id");
            expect_plan(plan, "_label_id_t_id_", true);
            expect_plan(plan, "_t_id_idx on", false);
        }
        snprintf(text, sizeof text, ANY_TIME "%s", conditions[i]);
        MUST(fixture_count(f, TYPE, XTR_OPERATOR, text) > 0);
        read_log(f, log);
        const char *plan = last_plan(log, "sum(c.n)");
        expect_plan(plan, "_label_id_t_id_", true);
        expect_plan(plan, "Seq Scan on record", false);
    }
}

/* Of a data mode or an originator the labels are asked: none of them has it, or those that have are counted. */
static void labels_know_mode_and_originator(struct fixture *f, struct buf *log)
{
    MUST(fixture_count(f, TYPE, USA_OPERATOR, ANY_TIME "&dataMode=REAL,TEST") == 10 * RECORDS_EACH);
    MUST(fixture_count(f, TYPE, USA_OPERATOR, ANY_TIME "&dataMode=~REAL") == (POSTS - 1 - 5) * RECORDS_EACH);
    MUST(fixture_count(f, TYPE, USA_OPERATOR, ANY_TIME "&dataMode=~REAL&createdBy=USA") ==
         (POSTS - 1 - 5) * RECORDS_EACH);
    read_log(f, log);
    const char *plan = last_plan(log, "l.data_mode");
    expect_plan(plan, "Index Only Scan", true);
    expect_plan(plan, "body", false);
    MUST(fixture_count(f, TYPE, USA_OPERATOR, ANY_TIME "&dataMode=EXERCISE&satNo=7") == 5 * RECORDS_EACH / 50);
    MUST(fixture_count(f, TYPE, USA_OPERATOR, ANY_TIME "&createdBy=~USA") == 0);
    MUST(list(f, USA_OPERATOR, ANY_TIME "&createdBy=XTR&maxResults=10") == 0);
    read_log(f, log);
    expect_plan(last_plan(log, "l.originator"), "_t_id_idx on", false);
    MUST(list(f, USA_OPERATOR, ANY_TIME "&dataMode=SIMULATED&maxResults=10") == 10);
}

static size_t occurrences(const char *at, const char *part)
{
    size_t n = 0;
    for (; (at = strstr(at, part)); at++)
        n++;
    return n;
}

/* Every third body is longer than a chunk takes without having met one. */
static void long_bodies_among_short_ones(struct fixture *f, struct buf *log)
{
    BUF_CLEANUP struct buf b = {0};
    char t[INSTANT_TEXT + 1];
    for (int i = 0; i < 60; i++) {
        buf_printf(&b,
                   "%c{\"classificationMarking\":\"U\",\"dataMode\":\"REAL\",\"source\":\"test\",\"obTime\":\"%s\","
                   "\"satNo\":777,\"ra\":%d.5,\"tags\":[\"short\"",
                   i ? ',' : '[', instant_text(FIXTURE_NOW - i * INSTANT_SECOND, t), i);
        for (int k = 0; k < 2000 && i % 3 == 0; k++)
            buf_printf(&b, ",\"long %d\"", k);
        buf_z(&b, "]}");
    }
    buf_z(&b, "]");
    buf_char(&b, '\0');
    struct fixture_post *p = fixture_post(f, TYPE, "USA", b.p);
    MUST(!p->error);
    fixture_post_free(p);
    read_log(f, log);
    size_t before = occurrences(log->p, "r.object = $");
    MUST(list(f, USA_OPERATOR, ANY_TIME "&satNo=777") == 60);
    read_log(f, log);
    if (occurrences(log->p, "r.object = $") > before + 16)
        fprintf(stderr, "%zu statements\n", occurrences(log->p, "r.object = $") - before);
    MUST(occurrences(log->p, "r.object = $") <= before + 16); /* half a megabyte, in chunks of 64 KiB */
    MUST(list(f, USA_OPERATOR, ANY_TIME "&satNo=777&sort=ra,DESC") == 60);
    MUST(list(f, USA_OPERATOR, ANY_TIME "&satNo=777&firstResult=7&maxResults=50") == 50);
}

/* Both agreements show times in minutes: the order is another than the index's, but only the newest are sorted, and a
 * time asked for is looked up. */
static void views_read_no_more(struct fixture *f, struct buf *log)
{
    fixture_apply_two(f, "\"communities\": [],\n \"agreements\": [\n  {",
                      "\"communities\": [], \"views\": [{\"code\":\"MINUTES\",\"title\":\"m\",\"types\":{"
                      "\"eoobservation\":[{\"time\":{\"field\":\"obTime\",\"seconds\":60}},{\"drop\":[\"ra\"]}]}}],"
                      " \"agreements\": [{\"views\": {\"*\": \"MINUTES\"}, ",
                      "{\"id\": \"USA-JPN-2026\",", "{\"views\": {\"*\": \"MINUTES\"}, \"id\": \"USA-JPN-2026\",");
    MUST(list(f, JPN_OPERATOR, ANY_TIME "&maxResults=10") == 10);
    read_log(f, log);
    const char *plan = last_plan(log, "min(x.t)");
    expect_plan(plan, "_t_id_idx", true);
    expect_plan(plan, "Seq Scan on record", false);
    expect_plan(plan, "rows=1000 ", false); /* of no label are all records read */
    MUST((int64_t)list(f, JPN_OPERATOR, ANY_TIME "&satNo=7,8,7") ==
         fixture_count(f, TYPE, JPN_OPERATOR, ANY_TIME "&satNo=7,8"));
    MUST(fixture_count(f, TYPE, JPN_OPERATOR, "obTime=2026-07-01T11:00:00Z..2026-07-01T12:00:00Z") > 0);
    read_log(f, log);
    plan = last_plan(log, "sum(c.n)");
    expect_plan(plan, "Index Only Scan", true);
    expect_plan(plan, "Seq Scan on record", false);
}

int main(void)
{
    struct fixture f;
    BUF_CLEANUP struct buf log = {0};
    fixture_open(&f);
    post_all(&f);
    explain_everything(&f);
    much_is_read_by_time(&f, &log);
    a_chunk_reads_itself_alone(&f, &log);
    little_is_read_by_label(&f, &log);
    counts_touch_no_row(&f, &log);
    one_record_is_one_probe(&f, &log);
    an_object_is_found_by_its_index(&f, &log);
    listed_objects_are_found_by_their_index(&f, &log);
    listed_ids_are_probes(&f, &log);
    little_is_all_that_is_looked_at(&f, &log);
    labels_know_mode_and_originator(&f, &log);
    long_bodies_among_short_ones(&f, &log);
    views_read_no_more(&f, &log);
    fixture_close(&f);
    puts("ok");
    return 0;
}
