/* Reads: everything the reader may see, nothing else, in a stable order, in chunks. */
#include "fixture.h"

#include "memory.h"

#include <stdio.h>
#include <stdlib.h>

#define TYPE "eoobservation"
#define USA_OPERATOR "spiffe://usa.example/operator/a"
#define JPN_OPERATOR "spiffe://jpn.example/operator/a"
#define GBR_OPERATOR "spiffe://gbr.example/operator/a"
#define XTR_OPERATOR "spiffe://xtr.example/operator/a"
#define ANY_TIME "obTime=>2000-01-01T00:00:00Z"

/* --- what is posted --- */

/* Observation i is at 2026-06-01 + i minutes; of its six fields `mag` is absent in every third. */
static void add_observation(struct buf *b, int i, const char *marking, const char *relto)
{
    char t[INSTANT_TEXT + 1];
    buf_printf(b,
               "{\"classificationMarking\":\"%s\",\"dataMode\":\"TEST\",\"source\":\"test\",\"obTime\":\"%s\","
               "\"satNo\":%d,\"ra\":%d.25",
               marking, instant_text(FIXTURE_NOW - 30 * INSTANT_DAY + i * INSTANT_MINUTE, t), 1000 + abs(i) % 7,
               abs(i * 37) % 360);
    if (i % 3)
        buf_printf(b, ",\"mag\":%d.5", abs(i * 7919) % 40);
    buf_printf(b, "%s%s}", *relto ? ",\"relto\":" : "", relto);
}

static void post(struct fixture *f, const char *originator, int first, int n, const char *marking, const char *relto)
{
    BUF_CLEANUP struct buf b = {0};
    buf_char(&b, '[');
    for (int i = first; i < first + n; i++) {
        if (i > first)
            buf_char(&b, ',');
        add_observation(&b, i, marking, relto);
    }
    buf_z(&b, "]");
    buf_char(&b, '\0');
    struct fixture_post *p = fixture_post(f, TYPE, originator, b.p);
    MUST(!p->error);
    for (size_t i = 0; i < p->post.n; i++)
        MUST(!p->post.records[i].outcome);
    fixture_post_free(p);
}

/* --- what is read --- */

struct seen {
    struct arena *arena;
    struct stored_record *v;
    size_t n, room, chunks;
    int error; /* STORE_LIST_END, or what ended the list */
};

static void keep(struct seen *seen, const struct stored_record *records, size_t n)
{
    while (seen->n + n > seen->room) {
        seen->room = seen->room ? 2 * seen->room : 256;
        struct stored_record *grown = arena_array(seen->arena, seen->room, sizeof *grown);
        if (seen->n)
            memcpy(grown, seen->v, seen->n * sizeof *grown);
        seen->v = grown;
    }
    for (size_t i = 0; i < n; i++) {
        seen->v[seen->n] = records[i];
        seen->v[seen->n].body = arena_str(seen->arena, records[i].body);
        seen->v[seen->n++].release = arena_str(seen->arena, records[i].release);
    }
    seen->chunks++;
}

/* The next chunk: false at the end. */
static bool next(struct store_list *l, struct seen *seen)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct stored_record *records;
    const struct receipt *receipt = NULL;
    struct fault fault;
    size_t n = 0;
    seen->error = store_list_next(l, arena, &records, &n, &receipt, &fault);
    if (seen->error)
        return false;
    MUST(n > 0 && receipt);
    keep(seen, records, n);
    store_list_drop(l);
    return true;
}

static struct store_list *open_list(struct fixture *f, const char *uri, const char *text, struct arena *arena)
{
    struct reading reading = fixture_reading(f, uri);
    struct store_list *l;
    struct fault fault;
    MUST(store_list_open(f->store, &reading, fixture_query(f, TYPE, text, arena), &l, &fault) == 0);
    return l;
}

static struct seen read_all(struct fixture *f, const char *uri, const char *text)
{
    struct seen seen = {.arena = arena_new()};
    struct store_list *l = open_list(f, uri, text, seen.arena);
    while (next(l, &seen))
        ;
    store_list_close(l, seen.error == STORE_LIST_END);
    MUST(seen.error == STORE_LIST_END);
    return seen;
}

static void seen_free(struct seen *seen)
{
    arena_free(seen->arena);
}

static bool in_order(const struct stored_record *a, const struct stored_record *b)
{
    return a->t > b->t || (a->t == b->t && memcmp(&a->id, &b->id, sizeof a->id) > 0);
}

static void expect_order(const struct seen *seen)
{
    for (size_t i = 1; i < seen->n; i++)
        MUST(in_order(&seen->v[i - 1], &seen->v[i]));
}

static size_t count_seen(struct fixture *f, const char *uri, const char *text)
{
    struct seen seen = read_all(f, uri, text);
    size_t n = seen.n;
    expect_order(&seen);
    seen_free(&seen);
    return n;
}

static int get(struct fixture *f, const char *uri, struct uuid id, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = fixture_reading(f, uri);
    struct stored_record record;
    const struct receipt *receipt = NULL;
    memset(fault, 0, sizeof *fault);
    int error = store_get(f->store, &reading, record_type_find(str_of(TYPE)), id, arena, &record, &receipt, fault);
    if (!error)
        MUST(receipt && memcmp(&record.id, &id, sizeof id) == 0 && record.body.n && record.release.n);
    store_receipt_close(f->store, receipt, true);
    return error;
}

/* --- tests --- */

#define N_OPEN 300   /* U of USA: by default to JPN */
#define N_REL 200    /* to GBR */
#define N_CLOSED 100 /* to nobody */
#define N_JAPAN 50   /* U of JPN: by default to USA */

static void post_all(struct fixture *f)
{
    post(f, "USA", 0, N_OPEN, "U", "");
    post(f, "USA", 1000, N_REL, "S//REL TO USA, GBR", "");
    post(f, "USA", 2000, N_CLOSED, "S//NF", "");
    post(f, "JPN", 3000, N_JAPAN, "U", "");
}

static void each_reader_sees_its_own_set(struct fixture *f)
{
    const struct {
        const char *uri;
        size_t n;
    } want[] = {{USA_OPERATOR, N_OPEN + N_REL + N_CLOSED + N_JAPAN},
                {JPN_OPERATOR, N_OPEN + N_JAPAN},
                {GBR_OPERATOR, N_REL},
                {XTR_OPERATOR, 0}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        MUST(count_seen(f, want[i].uri, ANY_TIME) == want[i].n);
        MUST(fixture_count(f, TYPE, want[i].uri, ANY_TIME) == (int64_t)want[i].n);
        MUST(fixture_count(f, TYPE, want[i].uri, ANY_TIME "&satNo=>1") ==
             (int64_t)want[i].n); /* the other way to count */
    }
}

static struct uuid id_of(struct fixture *f, const char *condition)
{
    char sql[256];
    struct uuid id;
    snprintf(sql, sizeof sql, "SELECT id FROM record WHERE %s LIMIT 1", condition);
    FREE_CLEANUP char *text = fixture_sql(f, sql);
    MUST(uuid_parse(str_of(text), &id));
    return id;
}

static void hidden_is_missing(struct fixture *f)
{
    struct uuid hidden = id_of(f, "body LIKE '%//NF%'"), missing = hidden, foreign = hidden;
    missing.bytes[15] ^= 1;
    foreign.bytes[0] ^= 0x80;
    foreign.bytes[6] ^= 0x10; /* another version: not an id of ours */
    struct fault hidden_fault, missing_fault, foreign_fault;
    MUST(get(f, USA_OPERATOR, hidden, &hidden_fault) == 0);
    MUST(get(f, JPN_OPERATOR, hidden, &hidden_fault) == ERR_NOT_FOUND);
    MUST(get(f, JPN_OPERATOR, missing, &missing_fault) == ERR_NOT_FOUND);
    MUST(get(f, JPN_OPERATOR, foreign, &foreign_fault) == ERR_NOT_FOUND);
    MUST(memcmp(&hidden_fault, &missing_fault, sizeof hidden_fault) == 0);
    MUST(memcmp(&hidden_fault, &foreign_fault, sizeof hidden_fault) == 0);
}

static void a_list_comes_in_chunks(struct fixture *f)
{
    struct seen seen = read_all(f, USA_OPERATOR, ANY_TIME);
    MUST(seen.chunks > 2);
    expect_order(&seen);
    seen_free(&seen);
    MUST(count_seen(f, USA_OPERATOR, ANY_TIME "&maxResults=7") == 7);
    MUST(count_seen(f, USA_OPERATOR, ANY_TIME "&firstResult=640") == 10);
    MUST(count_seen(f, USA_OPERATOR, ANY_TIME "&firstResult=650") == 0);
    MUST(count_seen(f, USA_OPERATOR, ANY_TIME "&firstResult=100000&maxResults=5") == 0);
}

static void what_is_posted_meanwhile_is_not_in_the_list(struct fixture *f)
{
    struct seen seen = {.arena = arena_new()};
    struct store_list *l = open_list(f, USA_OPERATOR, ANY_TIME, seen.arena);
    MUST(next(l, &seen));
    post(f, "USA", -500, 100, "U", ""); /* older: a list newest first would come to it */
    while (next(l, &seen))
        ;
    store_list_close(l, true);
    MUST(seen.error == STORE_LIST_END);
    MUST(seen.n == N_OPEN + N_REL + N_CLOSED + N_JAPAN);
    seen_free(&seen);
    MUST(fixture_count(f, TYPE, USA_OPERATOR, ANY_TIME) == N_OPEN + N_REL + N_CLOSED + N_JAPAN + 100);
}

static bool has(const struct seen *seen, struct uuid id)
{
    for (size_t i = 0; i < seen->n; i++)
        if (memcmp(&seen->v[i].id, &id, sizeof id) == 0)
            return true;
    return false;
}

/* Pages of one list while others post newer and older records: no record twice, none missing. */
static void pages_are_stable(struct fixture *f, const char *order, int from)
{
    char text[256];
    snprintf(text, sizeof text, ANY_TIME "%s", order);
    struct seen whole = read_all(f, USA_OPERATOR, text), pages = {.arena = arena_new()};
    for (size_t first = 0;; first += 60) {
        snprintf(text, sizeof text, ANY_TIME "%s&maxResults=60&firstResult=%zu", order, first);
        struct seen page = read_all(f, USA_OPERATOR, text);
        for (size_t i = 0; i < page.n; i++)
            MUST(!has(&pages, page.v[i].id));
        keep(&pages, page.v, page.n);
        size_t n = page.n;
        seen_free(&page);
        if (!n)
            break;
        post(f, "USA", from + 40000 + (int)first, 5, "U", "");
        post(f, "USA", from - 20000 + (int)first, 5, "U", "");
    }
    MUST(pages.n == whole.n);
    for (size_t i = 0; i < whole.n; i++)
        MUST(memcmp(&whole.v[i].id, &pages.v[i].id, UUID_SIZE) == 0);
    seen_free(&whole);
    seen_free(&pages);
}

static double mag_of(const struct stored_record *r, bool *ret_absent)
{
    const char *at = strstr(r->body.p, "\"mag\":");
    *ret_absent = !at;
    return at ? strtod(at + 6, NULL) : 0;
}

/* Absent values last in both directions; equal ones newest first. */
static void sorts_follow_the_field(struct fixture *f, const char *text, double sign)
{
    struct seen seen = read_all(f, USA_OPERATOR, text);
    MUST(seen.n > 100 && seen.chunks > 1);
    for (size_t i = 1; i < seen.n; i++) {
        bool absent_a, absent_b;
        double a = mag_of(&seen.v[i - 1], &absent_a) * sign, b = mag_of(&seen.v[i], &absent_b) * sign;
        MUST(!absent_a || absent_b);
        MUST(absent_a != absent_b || a < b || (a <= b && in_order(&seen.v[i - 1], &seen.v[i])));
    }
    seen_free(&seen);
}

static void oldest_first_is_the_reverse(struct fixture *f)
{
    struct seen down = read_all(f, USA_OPERATOR, ANY_TIME "&sort=obTime,DESC"),
                up = read_all(f, USA_OPERATOR, ANY_TIME "&sort=obTime,ASC");
    MUST(down.n == up.n);
    for (size_t i = 0; i < up.n; i++)
        MUST(memcmp(&up.v[i].id, &down.v[down.n - 1 - i].id, UUID_SIZE) == 0);
    seen_free(&down);
    seen_free(&up);
}

/* Chunks are bounded by bytes too: 64 KiB in the fixture, so that of bodies of 60 KB one or two make a chunk. */
static void long_bodies_make_short_chunks(struct fixture *f)
{
    BUF_CLEANUP struct buf b = {0};
    buf_z(&b, "[");
    for (int i = 0; i < 10; i++) {
        buf_printf(&b,
                   "%s{\"classificationMarking\":\"U\",\"dataMode\":\"TEST\",\"source\":\"test\","
                   "\"obTime\":\"2026-03-01T00:00:%02dZ\",\"ra\":1,\"descriptor\":\"",
                   i ? "," : "", i);
        memset(buf_reserve(&b, 60000), 'x', 60000);
        b.n += 60000;
        buf_z(&b, "\"}");
    }
    buf_z(&b, "]");
    buf_char(&b, '\0');
    struct fixture_post *p = fixture_post(f, TYPE, "USA", b.p);
    MUST(!p->error);
    fixture_post_free(p);
    static const char *const orders[] = {"", "&sort=descriptor,ASC"};
    for (int i = 0; i < 2; i++) {
        char text[128];
        snprintf(text, sizeof text, "obTime=2026-03-01T00:00:00Z..2026-03-01T01:00:00Z%s", orders[i]);
        struct seen seen = read_all(f, USA_OPERATOR, text);
        MUST(seen.n == 10 && seen.chunks >= 5);
        seen_free(&seen);
    }
}

static void old_registers_are_stale(struct fixture *f)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct registry *old = registry_ref(f->registry);
    struct reading reading = fixture_reading(f, USA_OPERATOR);
    struct seen seen = {.arena = arena};
    struct fault fault;
    struct stored_record record;
    const struct receipt *receipt;
    int64_t n;
    const struct query *q = fixture_query(f, TYPE, ANY_TIME, arena);
    fixture_apply(f, "\"CSPO\"", "\"CSPO again\"");
    struct store_list *l;
    MUST(store_list_open(f->store, &reading, q, &l, &fault) == 0);
    MUST(!next(l, &seen) && seen.error == ERR_STALE);
    store_list_close(l, false);
    MUST(store_count(f->store, &reading, q, &n, &fault) == ERR_STALE);
    MUST(store_get(f->store, &reading, q->type, id_of(f, "true"), arena, &record, &receipt, &fault) == ERR_STALE);
    registry_unref(old);
}

/* The agreement is suspended between two chunks: the list is cut, and says so; also if it had come so far that the next
 * chunk was read ahead. */
static void a_list_does_not_outlive_the_registers(struct fixture *f, size_t chunks)
{
    struct seen seen = {.arena = arena_new()};
    struct registry *old = registry_ref(f->registry);
    struct store_list *l = open_list(f, JPN_OPERATOR, ANY_TIME, seen.arena);
    while (seen.chunks < chunks)
        MUST(next(l, &seen) && !store_list_at_end(l));
    size_t before = seen.n;
    fixture_apply(f, "\"2027-01-01\", \"status\": \"inForce\"", "\"2027-01-01\", \"status\": \"suspended\"");
    MUST(!next(l, &seen) && seen.error == ERR_STALE && seen.n == before);
    store_list_close(l, false);
    seen_free(&seen);
    registry_unref(old);
    MUST(fixture_count(f, TYPE, JPN_OPERATOR, ANY_TIME) == N_JAPAN);
    fixture_apply(f, "", "");
}

/* Nothing is applied and nothing is posted: only time passes. */
static void decisions_end_with_their_time(struct fixture *f)
{
    post(f, "USA", 5000, 3, "U", "{\"embargoUntil\":\"2026-07-01T13:00:00Z\"}");
    post(f, "USA", 5010, 3, "U", "{\"expires\":\"2026-07-01T13:00:00Z\"}");
    int64_t before = fixture_count(f, TYPE, JPN_OPERATOR, ANY_TIME);
    static const char range[] = "obTime=2026-06-04T23:20:00Z..2026-06-04T23:40:00Z"; /* the six of them */
    MUST(fixture_count(f, TYPE, USA_OPERATOR, range) == 3 && fixture_count(f, TYPE, JPN_OPERATOR, range) == 3);
    fixture_set_now(f, FIXTURE_NOW + INSTANT_HOUR);
    MUST(fixture_count(f, TYPE, JPN_OPERATOR, ANY_TIME) == before);              /* three came, three went */
    fixture_set_now(f, FIXTURE_NOW + 183 * INSTANT_DAY + 12 * INSTANT_HOUR - 1); /* 2026-12-31T23:59:59.999999 */
    MUST(fixture_count(f, TYPE, JPN_OPERATOR, ANY_TIME) == before);
    fixture_set_now(f, FIXTURE_NOW + 183 * INSTANT_DAY + 12 * INSTANT_HOUR); /* the agreement's until */
    MUST(fixture_count(f, TYPE, JPN_OPERATOR, ANY_TIME) == N_JAPAN);
    MUST(count_seen(f, JPN_OPERATOR, ANY_TIME) == N_JAPAN);
    fixture_set_now(f, FIXTURE_NOW);
    MUST(fixture_count(f, TYPE, JPN_OPERATOR, ANY_TIME) == before);
}

int main(void)
{
    struct fixture f;
    fixture_open(&f);
    post_all(&f);
    each_reader_sees_its_own_set(&f);
    hidden_is_missing(&f);
    a_list_comes_in_chunks(&f);
    what_is_posted_meanwhile_is_not_in_the_list(&f);
    oldest_first_is_the_reverse(&f);
    sorts_follow_the_field(&f, ANY_TIME "&sort=mag,ASC", 1);
    sorts_follow_the_field(&f, ANY_TIME "&sort=mag,DESC", -1);
    pages_are_stable(&f, "", 0);
    pages_are_stable(&f, "&sort=obTime,ASC", 1000);
    pages_are_stable(&f, "&sort=mag,ASC", 2000);
    long_bodies_make_short_chunks(&f);
    old_registers_are_stale(&f);
    a_list_does_not_outlive_the_registers(&f, 1);
    a_list_does_not_outlive_the_registers(&f, 2);
    decisions_end_with_their_time(&f);
    fixture_close(&f);
    puts("ok");
    return 0;
}
