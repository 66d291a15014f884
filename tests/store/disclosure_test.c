/* The record of disclosures: who was sent what of whom, exactly, and how it ended. */
#include "fixture.h"

#include "disclosures.h"
#include "memory.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>

#define TYPE "eoobservation"
#define USA_OPERATOR "spiffe://usa.example/operator/a"
#define JPN_OPERATOR "spiffe://jpn.example/operator/a"
#define USA_AUDITOR "spiffe://usa.example/auditor/a"
#define JPN_AUDITOR "spiffe://jpn.example/auditor/a"
#define GBR_AUDITOR "spiffe://gbr.example/auditor/a"
#define ANY_TIME "obTime=>2000-01-01T00:00:00Z"

static struct fixture_post *post(struct fixture *f, const char *originator, int first, int n, const char *marking,
                                 const char *relto)
{
    BUF_CLEANUP struct buf b = {0};
    buf_char(&b, '[');
    for (int i = first; i < first + n; i++)
        buf_printf(&b,
                   "%s{\"classificationMarking\":\"%s\",\"dataMode\":\"TEST\",\"source\":\"test\","
                   "\"obTime\":\"2026-06-%02dT12:00:00Z\",\"ra\":%d.5%s%s}",
                   i > first ? "," : "", marking, 1 + i % 28, i % 360, *relto ? ",\"relto\":" : "", relto);
    buf_z(&b, "]");
    buf_char(&b, '\0');
    struct fixture_post *p = fixture_post(f, TYPE, originator, b.p);
    MUST(!p->error && !p->post.records[0].outcome);
    return p;
}

/* --- asking --- */

static json_t *ask(struct fixture *f, const char *uri, struct disclosure_filter filter)
{
    BUF_CLEANUP struct buf out = {0};
    struct reading reading = fixture_reading(f, uri);
    struct fault fault;
    filter.owner = reader_partner(reading.reader);
    MUST(store_disclosures(f->store, &reading, &filter, &out, &fault) == 0);
    json_t *all = json_loadb(out.p, out.n, 0, NULL);
    MUST(json_is_array(all));
    return all;
}

static struct disclosure_filter everything(void)
{
    return (struct disclosure_filter){.from = INSTANT_MIN, .until = INSTANT_MAX, .limit = 1000};
}

static const char *text_of(const json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

static json_int_t int_of(const json_t *o, const char *name)
{
    return json_integer_value(json_object_get(o, name));
}

static bool lists(const json_t *disclosure, struct uuid id)
{
    char text[UUID_TEXT];
    size_t i;
    json_t *v;
    uuid_write(id, text);
    json_array_foreach(json_object_get(disclosure, "records"), i,
                       v) if (strncmp(json_string_value(v), text, UUID_TEXT) == 0) return true;
    return false;
}

/* Ends are written behind the reader's back: until every answer has its own. */
static void wait_for_ends(struct fixture *f)
{
    fixture_until(f,
                  "SELECT (count(*) = 0)::int FROM disclosure d"
                  " WHERE NOT EXISTS (SELECT FROM disclosure_end e"
                  " WHERE coalesce(d.entry, d.id) BETWEEN e.id AND e.id + e.more)",
                  1);
}

/* --- reading --- */

static size_t read_list(struct fixture *f, const char *uri, const char *text, bool completed, size_t most_chunks)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = fixture_reading(f, uri);
    const struct stored_record *records;
    const struct receipt *receipt;
    struct store_list *l;
    struct fault fault;
    size_t n = 0, all = 0;
    MUST(store_list_open(f->store, &reading, fixture_query(f, TYPE, text, arena), &l, &fault) == 0);
    for (size_t i = 0; i < most_chunks && store_list_next(l, arena, &records, &n, &receipt, &fault) == 0; i++) {
        int64_t durable = fixture_sql_i64(f, "SELECT coalesce(max(id), 0) FROM disclosure");
        MUST(receipt && durable > (int64_t)i); /* before anything could be sent */
        all += n;
    }
    store_list_close(l, completed);
    return all;
}

static void get(struct fixture *f, const char *uri, struct uuid id, int want)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = fixture_reading(f, uri);
    struct stored_record record;
    const struct receipt *receipt = NULL;
    struct fault fault;
    MUST(store_get(f->store, &reading, record_type_find(str_of(TYPE)), id, arena, &record, &receipt, &fault) == want);
    MUST((receipt != NULL) == !want);
    store_receipt_close(f->store, receipt, true);
}

/* --- tests --- */

/* A list over records of two owners: each learns of its own, and of nothing else. */
static void each_owner_learns_of_its_own(struct fixture *f)
{
    struct fixture_post *usa = post(f, "USA", 0, 10, "U", ""), *jpn = post(f, "JPN", 100, 5, "U", ""),
                        *joint = post(f, "USA", 200, 3, "U", "{\"owners\":[\"USA\",\"JPN\"]}"),
                        *closed = post(f, "USA", 300, 2, "S//NF", "");
    MUST(read_list(f, JPN_OPERATOR, ANY_TIME, true, SIZE_MAX) == 18);
    wait_for_ends(f);
    json_t *of_usa = ask(f, USA_AUDITOR, everything()), *of_jpn = ask(f, JPN_AUDITOR, everything()),
           *of_gbr = ask(f, GBR_AUDITOR, everything());
    MUST(json_array_size(of_usa) == 1 && json_array_size(of_jpn) == 1 && json_array_size(of_gbr) == 0);
    json_t *u = json_array_get(of_usa, 0), *j = json_array_get(of_jpn, 0);
    MUST(int_of(u, "count") == 13 && json_array_size(json_object_get(u, "records")) == 13);
    MUST(int_of(j, "count") == 8 && json_array_size(json_object_get(j, "records")) == 8);
    for (size_t i = 0; i < 10; i++)
        MUST(lists(u, usa->post.records[i].id) && !lists(j, usa->post.records[i].id));
    for (size_t i = 0; i < 5; i++)
        MUST(lists(j, jpn->post.records[i].id) && !lists(u, jpn->post.records[i].id));
    for (size_t i = 0; i < 3; i++)
        MUST(lists(u, joint->post.records[i].id) && lists(j, joint->post.records[i].id));
    MUST(!lists(u, closed->post.records[0].id));
    MUST(strcmp(text_of(u, "principal"), JPN_OPERATOR) == 0 && strcmp(text_of(u, "partner"), "JPN") == 0);
    MUST(strcmp(text_of(u, "type"), TYPE) == 0 && strcmp(text_of(u, "view"), "full") == 0);
    MUST(strcmp(text_of(u, "state"), "completed") == 0);
    MUST(strcmp(text_of(u, "at"), "2026-07-01T12:00:00.000000Z") == 0);
    MUST(!json_object_get(u, "epoch")); /* nobody outside counts the changes of the registers */
    json_t *agreements = json_object_get(u, "agreements");
    MUST(json_array_size(agreements) == 1 &&
         strcmp(json_string_value(json_array_get(agreements, 0)), "USA-JPN-2026") == 0);
    json_decref(of_usa);
    json_decref(of_jpn);
    json_decref(of_gbr);
    get(f, JPN_OPERATOR, closed->post.records[0].id, ERR_NOT_FOUND);
    MUST(fixture_sql_i64(f, "SELECT count(DISTINCT id) FROM disclosure") == 1);
    struct fixture_post *all[] = {usa, jpn, joint, closed};
    for (size_t i = 0; i < 4; i++)
        fixture_post_free(all[i]);
}

static void one_record_is_found_by_its_id(struct fixture *f)
{
    struct fixture_post *p = post(f, "USA", 400, 2, "U", "");
    struct disclosure_filter filter = everything();
    filter.by_record = true;
    filter.type = record_type_find(str_of(TYPE));
    filter.record = p->post.records[1].id;
    json_t *none = ask(f, USA_AUDITOR, filter);
    MUST(json_array_size(none) == 0);
    get(f, JPN_OPERATOR, p->post.records[0].id, 0);
    get(f, JPN_OPERATOR, p->post.records[1].id, 0);
    json_t *one = ask(f, USA_AUDITOR, filter), *hidden = ask(f, GBR_AUDITOR, filter);
    MUST(json_array_size(one) == 1 && lists(json_array_get(one, 0), filter.record));
    MUST(int_of(json_array_get(one, 0), "count") == 1 && json_array_size(hidden) == 0);
    json_decref(none);
    json_decref(one);
    json_decref(hidden);
    fixture_post_free(p);
}

/* Taken whole, cut off, never closed (the process died): three states. */
static void an_end_is_completed_aborted_or_unknown(struct fixture *f)
{
    struct fixture_post *p = post(f, "USA", 1000, 800, "U", "");
    json_t *before = ask(f, USA_AUDITOR, everything());
    struct disclosure_filter filter = everything();
    size_t n = json_array_size(before);
    filter.after = int_of(json_array_get(before, n - 1), "id");
    read_list(f, JPN_OPERATOR, ANY_TIME, true, SIZE_MAX);
    size_t given = read_list(f, JPN_OPERATOR, ANY_TIME, false, 2); /* two chunks, the second one cut */
    wait_for_ends(f);
    json_t *cut = ask(f, USA_AUDITOR, filter);
    MUST(json_array_size(cut) == 2);
    MUST(strcmp(text_of(json_array_get(cut, 0), "state"), "completed") == 0);
    MUST(strcmp(text_of(json_array_get(cut, 1), "state"), "aborted") == 0);
    /* Five are Japan's; of what was read ahead, as more was to come, there is nothing. */
    MUST(given < 800 && int_of(json_array_get(cut, 1), "count") + 5 == (json_int_t)given);
    filter.after = int_of(json_array_get(cut, 1), "id");
    free(fixture_sql(f, "DELETE FROM disclosure_end WHERE id = (SELECT max(id) FROM disclosure WHERE owner = 'USA' AND "
                        "entry IS NULL)"));
    filter.after--;
    json_t *lost = ask(f, USA_AUDITOR, filter);
    MUST(json_array_size(lost) == 1 && strcmp(text_of(json_array_get(lost, 0), "state"), "unknown") == 0);
    json_decref(before);
    json_decref(cut);
    json_decref(lost);
    fixture_post_free(p);
}

/* How an answer falls into pieces depends on what others' records are in it: an owner is not told. */
static void an_answer_is_one_entry(struct fixture *f)
{
    struct disclosure_filter filter = everything();
    json_t *before = ask(f, USA_AUDITOR, filter);
    filter.after = int_of(json_array_get(before, json_array_size(before) - 1), "id");
    int64_t rows = fixture_sql_i64(f, "SELECT count(*) FROM disclosure WHERE owner = 'USA'");
    size_t n = read_list(f, JPN_OPERATOR, ANY_TIME, true, SIZE_MAX);
    fixture_until(f,
                  "SELECT count(*) FROM disclosure_end WHERE id = (SELECT max(entry) FROM disclosure"
                  " WHERE owner = 'USA')",
                  1);
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM disclosure WHERE owner = 'USA'") - rows > 2); /* pieces */
    json_t *told = ask(f, USA_AUDITOR, filter), *entry = json_array_get(told, 0);
    size_t own = (size_t)fixture_sql_i64(
        f, "SELECT sum(records) FROM disclosure WHERE owner = 'USA'"
           " AND coalesce(entry, id) = (SELECT max(entry) FROM disclosure WHERE owner = 'USA')");
    MUST(json_array_size(told) == 1 && own <= n);
    MUST((size_t)int_of(entry, "count") == own && json_array_size(json_object_get(entry, "records")) == own);
    MUST(strcmp(text_of(entry, "state"), "completed") == 0);
    filter.first_record = (int64_t)own - 2;
    json_t *rest = ask(f, USA_AUDITOR, filter), *last = json_array_get(rest, 0);
    MUST((size_t)int_of(last, "count") == own && json_array_size(json_object_get(last, "records")) == 2);
    MUST(json_equal(json_array_get(json_object_get(last, "records"), 1),
                    json_array_get(json_object_get(entry, "records"), own - 1)));
    json_decref(before);
    json_decref(told);
    json_decref(rest);
}

/* It went on into another month than it began in, and the first month is not kept any more. */
static void an_entry_outlives_its_first_piece(struct fixture *f)
{
#define LAST_ENTRY "(SELECT max(entry) FROM disclosure WHERE owner = 'USA')"
    struct disclosure_filter filter = everything();
    int64_t id = fixture_sql_i64(f, "SELECT " LAST_ENTRY);
    int64_t left =
        fixture_sql_i64(f, "SELECT sum(records) FROM disclosure WHERE owner = 'USA' AND entry = " LAST_ENTRY);
    free(fixture_sql(f, "UPDATE disclosure SET at = at + interval '1 month' WHERE entry = " LAST_ENTRY));
    free(fixture_sql(f, "DELETE FROM disclosure WHERE id = " LAST_ENTRY));
    filter.after = id - 1;
    json_t *told = ask(f, USA_AUDITOR, filter), *entry = json_array_get(told, 0);
    MUST(json_array_size(told) == 1 && int_of(entry, "id") == id && int_of(entry, "count") == left);
    filter.after = id;
    json_t *none = ask(f, USA_AUDITOR, filter);
    MUST(json_array_size(none) == 0);
    json_decref(told);
    json_decref(none);
}

/* Pages of the answer by `after`: together they are the whole. */
static void answers_can_be_paged(struct fixture *f)
{
    struct disclosure_filter filter = everything();
    json_t *all = ask(f, USA_AUDITOR, filter);
    size_t at = 0;
    filter.limit = 2;
    for (;;) {
        json_t *page = ask(f, USA_AUDITOR, filter);
        size_t n = json_array_size(page);
        MUST(n <= 2);
        for (size_t i = 0; i < n; i++, at++)
            MUST(json_equal(json_array_get(page, i), json_array_get(all, at)));
        if (n)
            filter.after = int_of(json_array_get(page, n - 1), "id");
        json_decref(page);
        if (!n)
            break;
    }
    MUST(at == json_array_size(all) && at > 3);
    json_decref(all);
}

/* The clock moves on: the period is a filter, from inclusive, until exclusive. */
static void a_period_can_be_asked_for(struct fixture *f)
{
    struct fixture_post *p = post(f, "USA", 5000, 1, "U", "");
    fixture_set_now(f, FIXTURE_NOW + INSTANT_HOUR);
    get(f, JPN_OPERATOR, p->post.records[0].id, 0);
    struct disclosure_filter filter = everything();
    filter.from = FIXTURE_NOW + INSTANT_HOUR;
    json_t *later = ask(f, USA_AUDITOR, filter);
    MUST(json_array_size(later) == 1);
    filter.until = filter.from;
    json_t *none = ask(f, USA_AUDITOR, filter);
    MUST(json_array_size(none) == 0);
    fixture_set_now(f, FIXTURE_NOW);
    json_decref(later);
    json_decref(none);
    fixture_post_free(p);
}

/* Without somebody to send to, nothing is disclosed. */
static void looking_is_not_disclosing(struct fixture *f)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct fixture_post *p = post(f, "USA", 6000, 1, "U", "");
    struct reading reading = fixture_reading(f, JPN_OPERATOR);
    struct stored_record record;
    const struct receipt *receipt = NULL;
    struct fault fault;
    int64_t before = fixture_sql_i64(f, "SELECT count(*) FROM disclosure");
    reading.disclose = false;
    MUST(store_get(f->store, &reading, p->type, p->post.records[0].id, arena, &record, &receipt, &fault) == 0);
    MUST(!receipt && fixture_sql_i64(f, "SELECT count(*) FROM disclosure") == before);
    fixture_post_free(p);
}

static void queries_are_logged(struct fixture *f)
{
    struct query_event e = {.principal = STR(JPN_OPERATOR),
                            .partner = STR("JPN"),
                            .method = STR("GET"),
                            .route = STR("/v1/{type}/count"),
                            .target = STR("/v1/eoobservation/count?source=\xff\x00'"),
                            .request_id = STR("r1"),
                            .status = 200};
    struct fault fault;
    MUST(store_log_query(f->store, &e, true, &fault) == 0);
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM query_log WHERE partner = 'JPN' AND status = 200") == 1);
    MUST(fixture_sql_i64(
             f, "SELECT count(*) FROM query_log WHERE target = '/v1/eoobservation/count?source=%FF%00'''") == 1);
    MUST(store_log_query(f->store, &e, false, &fault) == 0);
    fixture_reopen(f); /* closing writes what waits */
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM query_log") == 2);
}

/* No record without its disclosure. */
static void a_dead_log_stops_the_reading(struct fixture *f)
{
    struct fixture_post *p = post(f, "USA", 7000, 1, "U", "");
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = fixture_reading(f, JPN_OPERATOR);
    struct stored_record record;
    const struct receipt *receipt = NULL;
    struct fault fault;
    free(fixture_sql(f, "REVOKE INSERT ON disclosure FROM relto_ingest"));
    int error = store_get(f->store, &reading, p->type, p->post.records[0].id, arena, &record, &receipt, &fault);
    MUST(error && !receipt);
    free(fixture_sql(f, "GRANT INSERT ON disclosure TO relto_ingest"));
    get(f, JPN_OPERATOR, p->post.records[0].id, 0);
    fixture_post_free(p);
}

/* --- without waiting --- */

#define LATER 8
#define CUT 2 /* of them the answer that is cut off */

struct later {
    struct fixture *f;
    struct receipt receipts[LATER];
    int64_t durable; /* disclosures when the first was called back */
    int errors, n;
    pthread_mutex_t mutex;
    pthread_cond_t called;
};

static void later_done(void *ctx, int error)
{
    struct later *l = ctx;
    pthread_mutex_lock(&l->mutex);
    if (!l->n)
        l->durable = fixture_sql_i64(l->f, "SELECT count(DISTINCT id) FROM disclosure WHERE route = 'later'");
    l->errors += error != 0;
    l->n++;
    pthread_cond_signal(&l->called);
    pthread_mutex_unlock(&l->mutex);
}

static int64_t seq_of(const struct fixture *f, struct uuid id)
{
    char text[UUID_TEXT], sql[128];
    uuid_write(id, text);
    snprintf(sql, sizeof sql, "SELECT seq FROM record WHERE id = '%.*s'", UUID_TEXT, text);
    return fixture_sql_i64(f, sql);
}

/* Of each record for itself, all in one call; returns when all were called back. */
static void disclose_each_later(struct later *l, const struct fixture_post *p)
{
    const struct str cited[] = {STR("USA-JPN-2026")};
    struct reading reading = fixture_reading(l->f, JPN_OPERATOR);
    int64_t seqs[LATER];
    struct disclosed parts[LATER];
    struct disclosing v[LATER];
    struct fault fault;
    reading.route = STR("later");
    for (size_t i = 0; i < LATER; i++) {
        seqs[i] = seq_of(l->f, p->post.records[i].id);
        parts[i] = (struct disclosed){STR("USA"), STR("full"), NULL, cited, 1, &seqs[i], 1};
        v[i] = (struct disclosing){&reading, p->type, &parts[i], 1, &l->receipts[i], later_done, l};
    }
    MUST(disclose_later(l->f->store, v, LATER, &fault) == 0);
    pthread_mutex_lock(&l->mutex);
    while (l->n < LATER)
        pthread_cond_wait(&l->called, &l->mutex);
    pthread_mutex_unlock(&l->mutex);
}

/* Whoever does not wait is called when it is durable; what came together is one transaction. */
static void several_are_disclosed_without_waiting(struct fixture *f)
{
    struct later l = {.f = f, .mutex = PTHREAD_MUTEX_INITIALIZER, .called = PTHREAD_COND_INITIALIZER};
    struct fixture_post *p = post(f, "USA", 6500, LATER, "U", "");
    struct disclosure_filter filter = everything();
    disclose_each_later(&l, p);
    MUST(!l.errors && l.durable == LATER);
    MUST(fixture_sql_i64(f, "SELECT count(DISTINCT xmin::text) FROM disclosure WHERE route = 'later'") == 1);
    filter.after = l.receipts[0].id - 1;
    json_t *told = ask(f, USA_AUDITOR, filter);
    MUST(json_array_size(told) == LATER);
    for (size_t i = 0; i < LATER; i++) {
        const json_t *entry = json_array_get(told, i);
        MUST(int_of(entry, "id") == l.receipts[i].id && int_of(entry, "count") == 1);
        MUST(lists(entry, p->post.records[i].id));
    }
    json_decref(told);
    fixture_post_free(p);
}

/* Answers of one group of the log that end in one group, too: each is told as it ended, however few rows say so. */
static void what_ends_together_is_told_apart(struct fixture *f)
{
    struct later l = {.f = f, .mutex = PTHREAD_MUTEX_INITIALIZER, .called = PTHREAD_COND_INITIALIZER};
    struct fixture_post *p = post(f, "USA", 6700, LATER, "U", "");
    struct disclosure_filter filter = everything();
    char ended[100], rows[100];
    disclose_each_later(&l, p);
    long long first = l.receipts[0].id;
    snprintf(ended, sizeof ended, "SELECT sum(more + 1) FROM disclosure_end WHERE id >= %lld", first);
    snprintf(rows, sizeof rows, "SELECT count(*) FROM disclosure_end WHERE id > %lld", first);
    struct fixture_lock *lock = fixture_lock(f, "LOCK TABLE disclosure_end IN ACCESS EXCLUSIVE MODE");
    disclosure_close(f->store, &l.receipts[0], true);
    fixture_until(f, "SELECT count(*) FROM pg_locks WHERE relation = 'disclosure_end'::regclass AND NOT granted", 1);
    for (size_t i = LATER - 2; i > 0; i--) /* the last one never ends */
        disclosure_close(f->store, &l.receipts[i], i != CUT);
    fixture_unlock(lock);
    fixture_until(f, ended, LATER - 1);
    MUST(fixture_sql_i64(f, rows) == 3);
    filter.after = l.receipts[0].id - 1;
    json_t *told = ask(f, USA_AUDITOR, filter);
    for (size_t i = 0; i < LATER; i++)
        MUST(strcmp(text_of(json_array_get(told, i), "state"), i == CUT         ? "aborted"
                                                               : i == LATER - 1 ? "unknown"
                                                                                : "completed") == 0);
    json_decref(told);
    fixture_post_free(p);
}

static void count_done(void *ctx, int error)
{
    struct later *l = ctx;
    pthread_mutex_lock(&l->mutex);
    l->errors += error != 0;
    l->n++;
    pthread_cond_signal(&l->called);
    pthread_mutex_unlock(&l->mutex);
}

/* As many answers as the log takes at once, all of one record. */
static void disclose_a_full_group(struct fixture *f, const struct fixture_post *p, struct receipt receipts[],
                                  struct arena *arena)
{
    const struct str cited[] = {STR("USA-JPN-2026")};
    struct later l = {.f = f, .mutex = PTHREAD_MUTEX_INITIALIZER, .called = PTHREAD_COND_INITIALIZER};
    struct reading reading = fixture_reading(f, JPN_OPERATOR);
    int64_t seq = seq_of(f, p->post.records[0].id);
    const struct disclosed part = {STR("USA"), STR("full"), NULL, cited, 1, &seq, 1};
    struct disclosing *v = arena_array(arena, END_ANSWERS_MAX, sizeof *v);
    for (size_t i = 0; i < END_ANSWERS_MAX; i++)
        v[i] = (struct disclosing){&reading, p->type, &part, 1, &receipts[i], count_done, &l};
    MUST(disclose_later(f->store, v, END_ANSWERS_MAX, NULL) == 0);
    pthread_mutex_lock(&l.mutex);
    while (l.n < END_ANSWERS_MAX)
        pthread_cond_wait(&l.called, &l.mutex);
    pthread_mutex_unlock(&l.mutex);
    MUST(!l.errors);
}

/* The last one of the most that one row can speak of. */
static void the_last_of_many_is_told_how_it_ended(struct fixture *f)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct fixture_post *p = post(f, "USA", 6800, 1, "U", "");
    struct receipt *receipts = arena_array(arena, END_ANSWERS_MAX, sizeof *receipts);
    struct disclosure_filter filter = everything();
    char most[100];
    disclose_a_full_group(f, p, receipts, arena);
    struct fixture_lock *lock = fixture_lock(f, "LOCK TABLE disclosure_end IN ACCESS EXCLUSIVE MODE");
    disclosure_close(f->store, &(struct receipt){1, receipts[0].at}, true);
    fixture_until(f, "SELECT count(*) FROM pg_locks WHERE relation = 'disclosure_end'::regclass AND NOT granted", 1);
    for (size_t i = 0; i < END_ANSWERS_MAX; i++)
        disclosure_close(f->store, &receipts[i], true);
    fixture_unlock(lock);
    snprintf(most, sizeof most, "SELECT more FROM disclosure_end WHERE id = %lld", (long long)receipts[0].id);
    fixture_until(f, most, END_ANSWERS_MAX - 1);
    filter.after = receipts[END_ANSWERS_MAX - 1].id - 1;
    json_t *told = ask(f, USA_AUDITOR, filter);
    MUST(json_array_size(told) == 1 && strcmp(text_of(json_array_get(told, 0), "state"), "completed") == 0);
    json_decref(told);
    fixture_post_free(p);
}

static void who_does_not_wait_is_told_of_a_dead_log(struct fixture *f)
{
    struct later l = {.f = f, .mutex = PTHREAD_MUTEX_INITIALIZER, .called = PTHREAD_COND_INITIALIZER};
    struct fixture_post *p = post(f, "USA", 6600, LATER, "U", "");
    free(fixture_sql(f, "REVOKE INSERT ON disclosure FROM relto_ingest"));
    disclose_each_later(&l, p);
    MUST(l.errors == LATER);
    free(fixture_sql(f, "GRANT INSERT ON disclosure TO relto_ingest"));
    fixture_post_free(p);
}

int main(void)
{
    struct fixture f;
    fixture_open(&f);
    each_owner_learns_of_its_own(&f);
    one_record_is_found_by_its_id(&f);
    an_end_is_completed_aborted_or_unknown(&f);
    an_answer_is_one_entry(&f);
    an_entry_outlives_its_first_piece(&f);
    answers_can_be_paged(&f);
    a_period_can_be_asked_for(&f);
    looking_is_not_disclosing(&f);
    several_are_disclosed_without_waiting(&f);
    what_ends_together_is_told_apart(&f);
    the_last_of_many_is_told_how_it_ended(&f);
    who_does_not_wait_is_told_of_a_dead_log(&f);
    queries_are_logged(&f);
    a_dead_log_stops_the_reading(&f);
    fixture_close(&f);
    puts("ok");
    return 0;
}
