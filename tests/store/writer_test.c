/* The writer: what is acknowledged is stored, and stored once. */
#include "fixture.h"

#include "memory.h"

#include <pthread.h>
#include <stdio.h>

#define TYPE "eoobservation"
#define HOLD_WRITER "UPDATE sequencer SET seq = seq"
#define WRITER_WAITS "SELECT count(*) FROM pg_stat_activity WHERE usename = 'relto_ingest' AND wait_event_type = 'Lock'"

/* n observations, numbered from `first`. The text belongs to the caller. */
static char *observations(int first, int n, const char *marking, const char *relto)
{
    struct buf b = {0};
    buf_char(&b, '[');
    for (int i = first; i < first + n; i++)
        buf_printf(&b,
                   "%s{\"classificationMarking\":\"%s\",\"dataMode\":\"TEST\",\"source\":\"test\","
                   "\"obTime\":\"2026-06-%02dT12:00:00Z\",\"satNo\":%d,\"ra\":%d.5,\"declination\":-30.25%s%s}",
                   i > first ? "," : "", marking, 1 + i % 28, 10000 + i, i % 360, *relto ? ",\"relto\":" : "", relto);
    buf_z(&b, "]");
    buf_char(&b, '\0');
    return b.p;
}

static struct fixture_post *prepare(struct fixture *f, int first, int n)
{
    FREE_CLEANUP char *json = observations(first, n, "U", "");
    return fixture_post_prepare(f, TYPE, "USA", json);
}

static struct fixture_post *post_as(struct fixture *f, const char *originator, int first, int n, const char *marking,
                                    const char *relto)
{
    FREE_CLEANUP char *json = observations(first, n, marking, relto);
    return fixture_post(f, TYPE, originator, json);
}

static struct fixture_post *post(struct fixture *f, int first, int n)
{
    return post_as(f, "USA", first, n, "U", "");
}

static void add_values(struct buf *sql, const struct fixture_post *p, int number)
{
    for (size_t i = 0; i < p->post.n; i++) {
        char id[UUID_TEXT];
        uuid_write(p->post.records[i].id, id);
        buf_printf(sql, "%s('%.*s'::uuid,%d)", sql->p[sql->n - 1] == ')' ? "," : "", UUID_TEXT, id, number);
    }
}

static int64_t stored(struct fixture *f, const struct fixture_post *p)
{
    BUF_CLEANUP struct buf sql = {0};
    buf_z(&sql, "SELECT count(*) FROM record WHERE id IN (SELECT v.id FROM (VALUES ");
    add_values(&sql, p, 0);
    buf_z(&sql, ") AS v (id, n))");
    buf_char(&sql, '\0');
    return fixture_sql_i64(f, sql.p);
}

static void a_retry_is_the_same_record(struct fixture *f)
{
    struct fixture_post *a = post(f, 0, 3), *b = post(f, 0, 3);
    MUST(!a->error && !b->error);
    for (size_t i = 0; i < 3; i++) {
        MUST(a->post.records[i].outcome == 0 && !a->post.records[i].existed);
        MUST(b->post.records[i].outcome == 0 && b->post.records[i].existed);
        MUST(memcmp(&a->post.records[i].id, &b->post.records[i].id, UUID_SIZE) == 0);
    }
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM record") == 3);
    fixture_post_free(a);
    fixture_post_free(b);
}

static void one_record_twice_in_a_request_is_one_record(struct fixture *f)
{
    struct fixture_post *p = prepare(f, 100, 2);
    p->post.records[1] = p->post.records[0];
    fixture_post_start(p);
    fixture_post_wait(p);
    MUST(!p->error && !p->post.records[0].outcome && !p->post.records[1].outcome);
    MUST(stored(f, p) == 1);
    fixture_post_free(p);
}

/* Observations `first` and `first` + 1, each behind an element set of the same marking. */
struct mixed {
    struct fixture_post *post, *elements;
};

static struct mixed prepare_mixed(struct fixture *f, int first)
{
    static const char set[] = "{\"classificationMarking\":\"U\",\"dataMode\":\"TEST\",\"source\":\"test\","
                              "\"epoch\":\"2026-06-01T00:00:00Z\",\"satNo\":%d}";
    BUF_CLEANUP struct buf b = {0};
    buf_char(&b, '[');
    buf_printf(&b, set, first);
    buf_char(&b, ',');
    buf_printf(&b, set, first + 1);
    buf_z(&b, "]");
    buf_char(&b, '\0');
    struct mixed m = {prepare(f, first, 4), fixture_post_prepare(f, "elset", "USA", b.p)};
    m.post->post.records[2] = m.elements->post.records[1];
    m.post->post.records[3] = m.post->post.records[1];
    m.post->post.records[1] = m.post->post.records[0];
    m.post->post.records[0] = m.elements->post.records[0];
    return m;
}

static void free_mixed(struct mixed m)
{
    fixture_post_free(m.post);
    fixture_post_free(m.elements);
}

static int64_t typed(struct fixture *f, const struct fixture_post *p, const char *type)
{
    BUF_CLEANUP struct buf sql = {0};
    buf_z(&sql, "SELECT count(*) FROM record r JOIN label l ON l.id = r.label_id WHERE r.type = '");
    buf_z(&sql, type);
    buf_z(&sql, "' AND l.type = r.type AND r.id IN (SELECT v.id FROM (VALUES ");
    add_values(&sql, p, 0);
    buf_z(&sql, ") AS v (id, n))");
    buf_char(&sql, '\0');
    return fixture_sql_i64(f, sql.p);
}

/* Each record is of its own type, under a label of that type; one that is refused takes those of other types along. */
static void types_are_stored_together(struct fixture *f)
{
    struct mixed m = prepare_mixed(f, 5000), again = prepare_mixed(f, 5000), bad = prepare_mixed(f, 5100);
    struct fixture_post *old = post(f, 5101, 1);
    fixture_post_start(m.post);
    fixture_post_wait(m.post);
    MUST(!m.post->error && typed(f, m.post, "elset") == 2 && typed(f, m.post, TYPE) == 2);
    fixture_post_start(again.post);
    fixture_post_wait(again.post);
    MUST(!again.post->error && stored(f, again.post) == 4);
    for (size_t i = 0; i < 4; i++)
        MUST(again.post->post.records[i].existed);
    bad.post->post.records[3].digest.bytes[0] ^= 1;
    fixture_post_start(bad.post);
    fixture_post_wait(bad.post);
    MUST(!bad.post->error && bad.post->post.records[3].outcome == ERR_ID_MISMATCH && stored(f, bad.post) == 1);
    fixture_post_free(old);
    free_mixed(m);
    free_mixed(again);
    free_mixed(bad);
}

/* An id with another body: the request is refused whole, and its neighbours in the transaction are not. */
static void an_id_with_another_body_is_refused(struct fixture *f)
{
    struct fixture_post *old = post(f, 200, 1), *bad = prepare(f, 200, 3), *good = prepare(f, 210, 2),
                        *partial = prepare(f, 220, 3);
    bad->post.records[0].digest.bytes[0] ^= 1;
    partial->post.partial = true;
    partial->post.records[1] = old->post.records[0];
    partial->post.records[1].digest.bytes[5] ^= 1;
    struct fixture_post *first = prepare(f, 230, 1);
    struct fixture_lock *lock = fixture_lock(f, HOLD_WRITER);
    fixture_post_start(first);
    fixture_until(f, WRITER_WAITS, 1);
    fixture_post_start(bad);
    fixture_post_start(good);
    fixture_post_start(partial);
    fixture_unlock(lock);
    fixture_post_wait(bad);
    fixture_post_wait(good);
    fixture_post_wait(partial);
    MUST(!bad->error && bad->post.records[0].outcome == ERR_ID_MISMATCH);
    MUST(stored(f, bad) == 1); /* the old one */
    MUST(!good->error && stored(f, good) == 2 && !good->post.records[0].existed);
    MUST(!partial->error && partial->post.records[1].outcome == ERR_ID_MISMATCH);
    MUST(!partial->post.records[0].outcome && !partial->post.records[2].outcome && stored(f, partial) == 3);
    struct fixture_post *all[] = {old, bad, good, partial, first};
    for (size_t i = 0; i < 5; i++)
        fixture_post_free(all[i]);
}

/* Two daemons held up by one lock: each waits as long as its own setting says. What is refused is not stored. */
static void a_held_up_write_is_refused_in_time(struct fixture *f)
{
    struct fixture hasty = *f;
    hasty.store = NULL;
    hasty.write_ms = 500;
    fixture_reopen(&hasty);
    struct fixture_post *patient = prepare(f, 900, 3), *refused = prepare(&hasty, 910, 3);
    struct fixture_lock *lock = fixture_lock(f, HOLD_WRITER);
    fixture_post_start(patient);
    fixture_until(f, WRITER_WAITS, 1);
    fixture_post_start(refused);
    fixture_post_wait(refused);
    MUST(refused->error == ERR_UNAVAILABLE);
    fixture_unlock(lock);
    fixture_post_wait(patient);
    MUST(!patient->error && stored(f, patient) == 3 && stored(f, refused) == 0);
    struct fixture_post *again = post(f, 910, 3);
    MUST(!again->error && !again->post.records[0].existed && stored(f, again) == 3);
    store_close(hasty.store);
    struct fixture_post *all[] = {patient, refused, again};
    for (size_t i = 0; i < 3; i++)
        fixture_post_free(all[i]);
}

/* PostgreSQL refuses a body that is not UTF-8: the whole transaction fails, and only the one request may pay. */
static void nobody_pays_for_a_strangers_record(struct fixture *f)
{
    struct fixture_post *first = prepare(f, 300, 1), *p[5], *partial = prepare(f, 390, 3);
    struct fixture_lock *lock = fixture_lock(f, HOLD_WRITER);
    fixture_post_start(first);
    fixture_until(f, WRITER_WAITS, 1);
    for (int i = 0; i < 5; i++) {
        p[i] = prepare(f, 310 + 10 * i, 3);
        if (i == 2)
            p[i]->post.records[1].body = STR("\xff");
        fixture_post_start(p[i]);
    }
    partial->post.partial = true;
    partial->post.records[2].body = STR("\xff");
    fixture_post_start(partial);
    fixture_unlock(lock);
    for (int i = 0; i < 5; i++) {
        fixture_post_wait(p[i]);
        MUST(p[i]->error == (i == 2 ? ERR_INTERNAL : 0));
        MUST(stored(f, p[i]) == (i == 2 ? 0 : 3));
        fixture_post_free(p[i]);
    }
    fixture_post_wait(partial);
    MUST(!partial->error && stored(f, partial) == 2);
    MUST(!partial->post.records[0].outcome && partial->post.records[2].outcome == ERR_INTERNAL);
    fixture_post_wait(first);
    fixture_post_free(first);
    fixture_post_free(partial);
}

static void a_post_under_old_registers_is_stale(struct fixture *f)
{
    struct registry *old = registry_ref(f->registry);
    struct fixture_post *p = prepare(f, 400, 2);
    fixture_apply(f, "Protection of sources", "Protection of sources and methods");
    fixture_post_start(p);
    fixture_post_wait(p);
    MUST(p->error == ERR_STALE && stored(f, p) == 0);
    fixture_post_free(p);
    registry_unref(old);
    p = post(f, 400, 2);
    MUST(!p->error && stored(f, p) == 2);
    fixture_post_free(p);
}

static void the_queue_is_bounded(struct fixture *f)
{
    f->queued_records = 10;
    fixture_reopen(f);
    struct fixture_post *first = prepare(f, 500, 1), *fits = prepare(f, 510, 9), *over = prepare(f, 530, 1);
    struct fixture_lock *lock = fixture_lock(f, HOLD_WRITER);
    fixture_post_start(first);
    fixture_until(f, WRITER_WAITS, 1);
    fixture_post_start(fits);
    fixture_post_start(over);
    MUST(over->done && over->error == ERR_UNAVAILABLE);
    fixture_unlock(lock);
    fixture_post_wait(first);
    fixture_post_wait(fits);
    MUST(!first->error && !fits->error && stored(f, fits) == 9 && stored(f, over) == 0);
    fixture_post_free(over);
    over = post(f, 540, 11);
    MUST(over->error == ERR_UNAVAILABLE);
    fixture_post_free(first);
    fixture_post_free(fits);
    fixture_post_free(over);
    f->queued_records = 20000;
    fixture_reopen(f);
}

static void labels_are_capped(struct fixture *f)
{
    f->labels_per_originator = 3;
    fixture_reopen(f);
    const char *const markings[] = {"U", "//AUS C", "//AUS S", "//AUS TS"};
    for (int i = 0; i < 4; i++) {
        struct fixture_post *p = post_as(f, "AUS", 600 + i, 1, markings[i], "");
        MUST(!p->error && p->post.records[0].outcome == (i < 3 ? 0 : ERR_TOO_MANY));
        MUST(stored(f, p) == (i < 3));
        fixture_post_free(p);
    }
    struct fixture_post *known = post_as(f, "AUS", 620, 1, "//AUS C", "");
    MUST(!known->error && !known->post.records[0].outcome && stored(f, known) == 1);
    fixture_post_free(known);
    f->labels_per_originator = 500;
    fixture_reopen(f);
}

static void closing_writes_what_is_queued(struct fixture *f)
{
    struct fixture_post *p[20];
    for (int i = 0; i < 20; i++) {
        p[i] = prepare(f, 700 + 10 * i, 10);
        fixture_post_start(p[i]);
    }
    fixture_reopen(f);
    for (int i = 0; i < 20; i++) {
        MUST(p[i]->done && !p[i]->error && stored(f, p[i]) == 10);
        fixture_post_free(p[i]);
    }
}

static char *refers(const char *member, const struct fixture_post *to, bool array)
{
    char id[UUID_TEXT];
    struct buf b = {0};
    uuid_write(to->post.records[0].id, id);
    buf_printf(&b, "{\"%s\":%s\"%.*s\"%s}", member, array ? "[" : "", UUID_TEXT, id, array ? "]" : "");
    buf_char(&b, '\0');
    return b.p;
}

static void expect_reference(struct fixture *f, const char *originator, const char *relto, int n, int outcome)
{
    struct fixture_post *p = post_as(f, originator, n, 1, "U", relto);
    MUST(!p->error && p->post.records[0].outcome == outcome && stored(f, p) == (outcome == 0));
    fixture_post_free(p);
}

/* Hidden, missing and not one's own fail alike. */
static void references_are_resolved_under_the_posters_view(struct fixture *f)
{
    struct fixture_post *open = post_as(f, "USA", 1000, 1, "U", ""),
                        *closed = post_as(f, "USA", 1001, 1, "S//NF",
                                          "{\"restriction\":{\"reason\":\"SOURCES\","
                                          "\"authority\":\"J2\",\"reviewBy\":\"2026-12-01\"}}"),
                        *missing = prepare(f, 1002, 1);
    MUST(!open->error && !closed->error && stored(f, closed) == 1);
    struct {
        const struct fixture_post *to;
        const char *originator;
        int supersedes, derived;
    } cases[] = {{open, "USA", 0, 0},
                 {closed, "USA", 0, 0},
                 {missing, "USA", ERR_INVALID_RECORD, ERR_INVALID_RECORD},
                 {open, "JPN", ERR_INVALID_RECORD, 0},
                 {closed, "JPN", ERR_INVALID_RECORD, ERR_INVALID_RECORD},
                 {open, "XTR", ERR_INVALID_RECORD, ERR_INVALID_RECORD}};
    for (int i = 0; i < 6; i++) {
        FREE_CLEANUP char *supersedes = refers("supersedes", cases[i].to, false);
        FREE_CLEANUP char *derived = refers("derivedFrom", cases[i].to, true);
        expect_reference(f, cases[i].originator, supersedes, 1010 + 2 * i, cases[i].supersedes);
        expect_reference(f, cases[i].originator, derived, 1011 + 2 * i, cases[i].derived);
    }
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM derivation") == 3);
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM record WHERE supersedes IS NOT NULL") == 2);
    fixture_post_free(open);
    fixture_post_free(closed);
    fixture_post_free(missing);
}

static void any_date_finds_a_place(struct fixture *f)
{
    static const char *const dates[] = {"2006-08-31T23:59:59.999999Z", "2026-01-01T00:00:00Z", "2026-07-02T12:00:00Z"};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        char json[512];
        snprintf(
            json, sizeof json,
            "[{\"classificationMarking\":\"U\",\"dataMode\":\"TEST\",\"source\":\"test\",\"obTime\":\"%s\",\"ra\":1}]",
            dates[i]);
        struct fixture_post *p = fixture_post(f, TYPE, "USA", json);
        MUST(!p->error && stored(f, p) == 1);
        fixture_post_free(p);
    }
}

/* --- connections that die --- */

#define POSTERS 4
#define POSTS_EACH 40

struct poster {
    struct fixture *f;
    int number;
    struct fixture_post *posts[POSTS_EACH];
    pthread_t thread;
};

static void *run_poster(void *ctx)
{
    struct poster *p = ctx;
    for (int i = 0; i < POSTS_EACH; i++)
        p->posts[i] = post(p->f, 100000 + p->number * 10000 + i * 20, 20);
    return NULL;
}

/* How many of all posts have a number of records stored for which `condition` holds. */
static int64_t posts_where(struct fixture *f, const struct poster *posters, bool acknowledged, const char *condition)
{
    BUF_CLEANUP struct buf sql = {0};
    buf_z(&sql, "SELECT count(*) FROM (SELECT v.n, count(r.id) AS stored FROM (VALUES ");
    for (int i = 0; i < POSTERS; i++)
        for (int k = 0; k < POSTS_EACH; k++)
            if (!acknowledged || !posters[i].posts[k]->error)
                add_values(&sql, posters[i].posts[k], i * POSTS_EACH + k);
    buf_printf(&sql, ") AS v (id, n) LEFT JOIN record r ON r.id = v.id GROUP BY v.n) AS x WHERE %s", condition);
    buf_char(&sql, '\0');
    return fixture_sql_i64(f, sql.p);
}

static void killed_backends_lose_and_repeat_nothing(struct fixture *f)
{
    struct poster posters[POSTERS];
    int64_t before = fixture_sql_i64(f, "SELECT count(*) FROM record"), killed = 0, acknowledged = 0;
    for (int i = 0; i < POSTERS; i++) {
        posters[i] = (struct poster){.f = f, .number = i};
        MUST(pthread_create(&posters[i].thread, NULL, run_poster, &posters[i]) == 0);
    }
    for (int i = 0; i < 15; i++)
        killed += fixture_sql_i64(f, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                                     " WHERE usename IN ('relto_ingest', 'relto_policy')");
    MUST(killed > 0);
    for (int i = 0; i < POSTERS; i++)
        pthread_join(posters[i].thread, NULL);
    for (int i = 0; i < POSTERS * POSTS_EACH; i++) {
        int error = posters[i / POSTS_EACH].posts[i % POSTS_EACH]->error;
        MUST(!error || error == ERR_UNAVAILABLE);
        acknowledged += !error;
    }
    MUST(acknowledged > 0);
    MUST(posts_where(f, posters, true, "stored = 20") == acknowledged);
    MUST(posts_where(f, posters, false, "stored NOT IN (0, 20)") == 0);
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM record") ==
         before + 20 * posts_where(f, posters, false, "stored = 20"));
    MUST(fixture_sql_i64(f, "SELECT count(*) - count(DISTINCT id) FROM record") == 0);
    MUST(fixture_sql_i64(f, "SELECT count(*) - count(DISTINCT seq) FROM record") == 0);
    MUST(fixture_sql_i64(f, "SELECT (SELECT seq FROM sequencer) - max(seq) FROM record") >= 0);
    for (int i = 0; i < POSTERS * POSTS_EACH; i++)
        fixture_post_free(posters[i / POSTS_EACH].posts[i % POSTS_EACH]);
}

int main(void)
{
    struct fixture f;
    fixture_open(&f);
    a_retry_is_the_same_record(&f);
    one_record_twice_in_a_request_is_one_record(&f);
    types_are_stored_together(&f);
    an_id_with_another_body_is_refused(&f);
    a_held_up_write_is_refused_in_time(&f);
    nobody_pays_for_a_strangers_record(&f);
    a_post_under_old_registers_is_stale(&f);
    the_queue_is_bounded(&f);
    labels_are_capped(&f);
    closing_writes_what_is_queued(&f);
    references_are_resolved_under_the_posters_view(&f);
    any_date_finds_a_place(&f);
    killed_backends_lose_and_repeat_nothing(&f);
    fixture_close(&f);
    puts("ok");
    return 0;
}
