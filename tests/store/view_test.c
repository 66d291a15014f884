/* Records seen in a view: what is sent, when it begins to exist, in which order it comes, and what is written down. */
#include "fixture.h"

#include "memory.h"

#include <stdio.h>

#define TYPE "eoobservation"
#define USA "spiffe://usa.example/operator/a"
#define USA_FDO "spiffe://usa.example/fdo/a"
#define JPN "spiffe://jpn.example/operator/a"
#define RECORDS 500
#define ANY_TIME "obTime=>2000-01-01T00:00:00Z"

/* Japan's records are shown to USA in COARSE; with `others`, Australia's in MINIMAL. */
#define VIEWS                                                                                                          \
    "\"communities\": [], \"views\": ["                                                                                \
    "{\"code\":\"COARSE\",\"title\":\"c\",\"types\":{\"eoobservation\":[{\"time\":{\"field\":\"obTime\",\"seconds\":"  \
    "60}},{\"drop\":[\"ra\"]},{\"round\":{\"field\":\"range\",\"step\":10}}%s]}},"                                     \
    "{\"code\":\"MINIMAL\",\"title\":\"m\",\"reduces\":[\"COARSE\"],\"types\":{\"eoobservation\":[{\"time\":{"         \
    "\"field\":\"obTime\",\"seconds\":%d}},{\"drop\":[\"ra\",\"range\",\"source\"]}%s]}}],"                            \
    " \"agreements\": [\n  {\"views\": {\"*\": \"MINIMAL\"},"

#define FROM "\"communities\": [],\n \"agreements\": [\n  {"
#define JPN_FROM "{\"id\": \"USA-JPN-2026\","
#define JPN_TO "{\"views\": {\"*\": \"COARSE\"}, \"id\": \"USA-JPN-2026\","

static char *views_text(const char *coarse_extra, int minimal_seconds)
{
    BUF_CLEANUP struct buf b = {0};
    buf_printf(&b, VIEWS, coarse_extra, minimal_seconds, coarse_extra);
    buf_char(&b, '\0');
    return memory_strdup(b.p);
}

static void apply_views(struct fixture *f, const char *coarse_extra)
{
    FREE_CLEANUP char *text = views_text(coarse_extra, 3600);
    fixture_apply_two(f, FROM, text, JPN_FROM, JPN_TO);
}

/* Record i is at 7 i seconds before now. */
static struct uuid post(struct fixture *f, const char *originator, const char *marking, int from, int n)
{
    BUF_CLEANUP struct buf b = {0};
    char t[INSTANT_TEXT + 1];
    for (int i = from; i < from + n; i++)
        buf_printf(&b,
                   "%c{\"classificationMarking\":\"%s\",\"dataMode\":\"REAL\",\"source\":\"s\",\"obTime\":\"%s\","
                   "\"ra\":%d,\"range\":%d,\"satNo\":%d}",
                   i > from ? ',' : '[', marking, instant_text(FIXTURE_NOW - (instant)i * 7 * INSTANT_SECOND, t),
                   i % 360, 1000 + i, i % 9);
    buf_z(&b, "]");
    buf_char(&b, '\0');
    struct fixture_post *p = fixture_post(f, TYPE, originator, b.p);
    MUST(!p->error && !p->post.records[0].outcome);
    struct uuid id = p->post.records[0].id;
    fixture_post_free(p);
    return id;
}

static int get(struct fixture *f, const char *uri, struct uuid id, struct arena *arena, struct stored_record *ret)
{
    struct reading reading = fixture_reading(f, uri);
    const struct receipt *receipt = NULL;
    struct fault fault;
    int error = store_get(f->store, &reading, record_type_find(STR(TYPE)), id, arena, ret, &receipt, &fault);
    if (!error)
        store_receipt_close(f->store, receipt, true);
    return error;
}

static bool has(struct str text, const char *part)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    return strstr(arena_strz(arena, text), part) != NULL;
}

/* --- lists --- */

struct listed {
    struct uuid ids[2 * RECORDS];
    instant t[2 * RECORDS];
    size_t n, chunks;
};

static int list(struct fixture *f, const char *uri, const char *text, struct listed *out)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = fixture_reading(f, uri);
    const struct stored_record *records;
    const struct receipt *receipt;
    struct store_list *l;
    struct fault fault;
    size_t n;
    int error;
    MUST(store_list_open(f->store, &reading, fixture_query(f, TYPE, text, arena), &l, &fault) == 0);
    for (; (error = store_list_next(l, arena, &records, &n, &receipt, &fault)) == 0; out->chunks++)
        for (size_t i = 0; i < n; i++) {
            MUST(out->n < 2 * RECORDS);
            out->ids[out->n] = records[i].id;
            out->t[out->n++] = records[i].t;
        }
    store_list_close(l, error == STORE_LIST_END);
    return error == STORE_LIST_END ? 0 : error;
}

static void expect_order(const struct listed *l, bool ascending)
{
    for (size_t i = 1; i < l->n; i++) {
        int order = (l->t[i] > l->t[i - 1]) - (l->t[i] < l->t[i - 1]);
        order = order ? order : memcmp(&l->ids[i], &l->ids[i - 1], UUID_SIZE);
        MUST(ascending ? order > 0 : order < 0);
    }
}

static void test_order(struct fixture *f)
{
    struct listed *all = memory_zeroed(sizeof *all), *up = memory_zeroed(sizeof *up),
                  *pages = memory_zeroed(sizeof *pages);
    MUST(list(f, USA, ANY_TIME, all) == 0 && list(f, USA, ANY_TIME "&sort=obTime,ASC", up) == 0);
    MUST(all->n == RECORDS + 30 && up->n == all->n && all->chunks > 1);
    expect_order(all, false);
    expect_order(up, true);
    for (int first = 0; first < RECORDS + 30; first += 70) {
        char text[128];
        snprintf(text, sizeof text, ANY_TIME "&maxResults=70&firstResult=%d", first);
        MUST(list(f, USA, text, pages) == 0);
    }
    MUST(pages->n == all->n && memcmp(pages->ids, all->ids, all->n * sizeof *all->ids) == 0);
    free(all);
    free(up);
    free(pages);
}

/* --- what is sent --- */

static void test_record(struct fixture *f, struct uuid id)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct stored_record whole, shown;
    MUST(get(f, JPN, id, arena, &whole) == 0 && get(f, USA, id, arena, &shown) == 0);
    MUST(has(whole.body, "\"range\":1003") && has(whole.body, "\"ra\":3") && has(whole.release, "\"view\":\"full\""));
    MUST(has(shown.body, "\"range\":1000") && !has(shown.body, "\"ra\":"));
    MUST(has(shown.body, "\"obTime\":\"2026-07-01T11:59:00.000000Z\"") && has(shown.release, "\"view\":\"COARSE\""));
    MUST(whole.ingested_at == FIXTURE_NOW + 1234567 && shown.ingested_at == FIXTURE_NOW && shown.time_width);
}

static void test_predicates(struct fixture *f)
{
    MUST(fixture_count(f, TYPE, USA, ANY_TIME) == RECORDS + 30 && fixture_count(f, TYPE, JPN, ANY_TIME) == RECORDS);
    MUST(fixture_count(f, TYPE, USA, ANY_TIME "&ra=3") == 0 && fixture_count(f, TYPE, USA, ANY_TIME "&ra=~3") == 0);
    MUST(fixture_count(f, TYPE, USA, ANY_TIME "&ra=*3*") == 0 && fixture_count(f, TYPE, USA, ANY_TIME "&ra=>0") == 0);
    MUST(fixture_count(f, TYPE, USA, ANY_TIME "&range=1003") == 0 &&
         fixture_count(f, TYPE, USA, ANY_TIME "&range=1000") == 7);
    MUST(fixture_count(f, TYPE, USA, "obTime=2026-07-01T11:59:00Z..2026-07-01T11:59:00Z") == 6);
    MUST(fixture_count(f, TYPE, USA, "obTime=2026-07-01T11:59:01Z..2026-07-01T11:59:59Z") == 0);
    MUST(fixture_count(f, TYPE, USA, ANY_TIME "&createdAt=2026-07-01T12:00:00Z") == RECORDS + 30);
    MUST(fixture_count(f, TYPE, USA, ANY_TIME "&satNo=4") == fixture_count(f, TYPE, JPN, ANY_TIME "&satNo=4") + 3);
}

/* A chunk of records in two views of one owner is written down as two rows of one disclosure. */
static void test_disclosures(struct fixture *f)
{
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM disclosure WHERE owner = 'JPN' AND view = 'COARSE'") > 0);
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM disclosure WHERE owner = 'AUS' AND view = 'MINIMAL'") > 0);
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM disclosure WHERE owner = 'AUS' AND view <> 'MINIMAL'") == 0);
    MUST(fixture_sql_i64(f,
                         "SELECT count(*) FROM (SELECT id FROM disclosure GROUP BY id HAVING count(DISTINCT view) > 1)"
                         " x") > 0);
}

/* --- delay --- */

static void test_delay(struct fixture *f, struct uuid id)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct stored_record r;
    const instant posted = FIXTURE_NOW + 1234567;
    apply_views(f, ",{\"delay\":{\"seconds\":3600}}");
    fixture_set_now(f, posted + INSTANT_HOUR - 1);
    MUST(get(f, USA, id, arena, &r) == ERR_NOT_FOUND && get(f, JPN, id, arena, &r) == 0);
    MUST(fixture_count(f, TYPE, USA, ANY_TIME) == 0 && fixture_count(f, TYPE, USA, ANY_TIME "&satNo=4") == 0);
    struct listed *l = memory_zeroed(sizeof *l);
    MUST(list(f, USA, ANY_TIME, l) == 0 && list(f, USA, ANY_TIME "&sort=satNo", l) == 0 && l->n == 0);
    fixture_set_now(f, posted + INSTANT_HOUR);
    MUST(get(f, USA, id, arena, &r) == 0 && fixture_count(f, TYPE, USA, ANY_TIME) == RECORDS + 30);
    MUST(list(f, USA, ANY_TIME, l) == 0 && l->n == RECORDS + 30);
    MUST(fixture_count(f, TYPE, JPN, ANY_TIME) == RECORDS);
    free(l);
}

/* What waits cannot be named: as a part of another record it is missing. */
static void test_parts(struct fixture *f)
{
    char id[UUID_TEXT + 1] = "", json[512];
    uuid_write(post(f, "JPN", "U", 900, 1), id);
    snprintf(json, sizeof json,
             "[{\"classificationMarking\":\"U\",\"dataMode\":\"REAL\",\"source\":\"s\",\"obTime\":\"2026-07-01\","
             "\"relto\":{\"derivedFrom\":[\"%s\"]}}]",
             id);
    struct fixture_post *p = fixture_post(f, TYPE, "USA", json);
    MUST(p->post.records[0].outcome == ERR_INVALID_RECORD);
    fixture_post_free(p);
}

/* --- changes while a list is read --- */

static int rest_of_list(struct fixture *f, struct store_list *l, struct arena *arena)
{
    const struct stored_record *records;
    const struct receipt *receipt;
    struct fault fault;
    size_t n;
    int error;
    (void)f;
    while ((error = store_list_next(l, arena, &records, &n, &receipt, &fault)) == 0)
        ;
    store_list_close(l, error == STORE_LIST_END);
    return error;
}

static struct store_list *begin_list(struct fixture *f, struct arena *arena)
{
    struct reading reading = fixture_reading(f, USA);
    const struct stored_record *records;
    const struct receipt *receipt;
    struct store_list *l;
    struct fault fault;
    size_t n;
    MUST(store_list_open(f->store, &reading, fixture_query(f, TYPE, ANY_TIME, arena), &l, &fault) == 0);
    MUST(store_list_next(l, arena, &records, &n, &receipt, &fault) == 0 && !store_list_at_end(l));
    return l;
}

/* A label that comes to be seen in a view already known changes nothing for the statement; one in another view ends the
 * list, as its statement would not know what to show of it. */
static void test_new_labels(struct fixture *f)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct store_list *l = begin_list(f, arena);
    post(f, "JPN", "C", 2000, 1);
    MUST(rest_of_list(f, l, arena) == STORE_LIST_END);
    l = begin_list(f, arena);
    post(f, "AUS", "U//REL TO AUS, USA", 0, 30);
    MUST(rest_of_list(f, l, arena) == ERR_STALE);
}

/* --- the check of registers --- */

static void expect_refused(struct fixture *f, const char *coarse_extra, int minimal_seconds, const char *where,
                           const char *detail)
{
    FREE_CLEANUP char *text = views_text(coarse_extra, minimal_seconds);
    BUF_CLEANUP struct buf policy = {0}, diff = {0};
    struct registry *next = NULL;
    struct fault fault;
    buf_printf(&policy, "{\"relto\":\"policy/1\",\"profiles\":[],\"partners\":[],%s", text);
    policy.n -= strlen(" \"agreements\": [\n  {\"views\": {\"*\": \"MINIMAL\"},");
    buf_z(&policy, "\"agreements\":[],\"reasons\":[],\"principals\":[]}");
    MUST(registry_parse(buf_view(&policy), 0, FIXTURE_NOW, NULL, NULL, &next, &fault) == 0);
    MUST(store_policy_apply(f->store, next, "test", sha256(STR("")), true, &diff, &fault) == ERR_BAD_POLICY);
    if (strcmp(fault.where, where) != 0 || !strstr(fault.detail, detail))
        fprintf(stderr, "%s: %s\n", fault.where, fault.detail);
    MUST(strcmp(fault.where, where) == 0 && strstr(fault.detail, detail));
    registry_unref(next);
}

static void test_checks(struct fixture *f)
{
    expect_refused(f, ",{\"drop\":[\"nothing\"]}", 60, "view COARSE: types.eoobservation[3].drop",
                   "has no field nothing");
    expect_refused(f, ",{\"round\":{\"field\":\"mag\",\"step\":0}}", 60,
                   "view COARSE: types.eoobservation[3].round.step", "above 0");
    expect_refused(f, "", 90, "view MINIMAL: reduces", "no more of eoobservation than COARSE");
}

int main(void)
{
    struct fixture f;
    fixture_open(&f);
    fixture_set_now(&f, FIXTURE_NOW + 1234567);
    apply_views(&f, "");
    struct uuid id = post(&f, "JPN", "U", 3, RECORDS);
    test_new_labels(&f);
    fixture_set_now(&f, FIXTURE_NOW + INSTANT_HOUR);
    free(fixture_sql(
        &f, "DELETE FROM record WHERE label_id = (SELECT label_id FROM record GROUP BY 1 HAVING count(*) = 1)"));
    test_order(&f);
    test_record(&f, id);
    test_predicates(&f);
    test_disclosures(&f);
    test_delay(&f, id);
    test_parts(&f);
    test_checks(&f);
    fixture_close(&f);
    puts("ok");
    return 0;
}
