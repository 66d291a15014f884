/* Notices: positions in the order of commit, and a recall that a reader crosses. */
#include "fixture.h"

#include "memory.h"
#include "notices.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>

#define TYPE "eoobservation"
#define URI(partner, role) "spiffe://" partner ".example/" role "/a"

static const struct record_type *type(void)
{
    return record_type_find(str_of(TYPE));
}

/* more: further members, each after a comma. */
static struct uuid post_by(struct fixture *f, const char *originator, int n, const char *more)
{
    char json[512];
    snprintf(json, sizeof json,
             "[{\"classificationMarking\":\"U\",\"dataMode\":\"TEST\",\"source\":\"test\","
             "\"obTime\":\"2026-06-10T12:00:00Z\",\"ra\":%d.5%s}]",
             n, more);
    struct fixture_post *p = fixture_post(f, TYPE, originator, json);
    MUST(!p->error && !p->post.records[0].outcome);
    struct uuid id = p->post.records[0].id;
    fixture_post_free(p);
    return id;
}

static struct uuid post(struct fixture *f, int n)
{
    return post_by(f, "USA", n, "");
}

static int get(struct fixture *f, const char *uri, struct uuid id)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = fixture_reading(f, uri);
    struct stored_record record;
    const struct receipt *receipt = NULL;
    struct fault fault;
    int error = store_get(f->store, &reading, type(), id, arena, &record, &receipt, &fault);
    if (!error)
        store_receipt_close(f->store, receipt, true);
    return error;
}

static json_t *told(struct fixture *f, const char *uri)
{
    BUF_CLEANUP struct buf out = {0};
    struct reading reading = fixture_reading(f, uri);
    struct notice_filter filter = {.kind = STR(""), .limit = 1000};
    struct fault fault;
    MUST(store_notices(f->store, &reading, &filter, &out, &fault) == 0);
    json_t *all = json_loadb(out.p, out.n, 0, NULL);
    MUST(json_is_array(all));
    return all;
}

static size_t count_told(struct fixture *f, const char *uri)
{
    json_t *all = told(f, uri);
    size_t n = json_array_size(all);
    json_decref(all);
    return n;
}

/* --- threads --- */

struct act {
    struct fixture *f;
    struct uuid id;
    int error;
    const char *reader; /* NULL: JPN's operator */
};

static void *recall(void *ctx)
{
    struct act *a = ctx;
    struct reading reading = fixture_reading(a->f, URI("usa", "fdo"));
    struct fault fault;
    a->error = store_recall(a->f->store, &reading, type(), a->id, STR("test"), NULL, &fault);
    return NULL;
}

static void *read_one(void *ctx)
{
    struct act *a = ctx;
    a->error = get(a->f, a->reader ? a->reader : URI("jpn", "operator"), a->id);
    return NULL;
}

static void until_waiting(struct fixture *f, int64_t sessions)
{
    fixture_until(f, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'", sessions);
}

/* The reader's statement still sees the record; its disclosure is written behind the recall's last look. */
static void a_reader_that_crosses_the_recall_is_told(struct fixture *f)
{
    struct act back = {.f = f, .id = post(f, 1)}, reader = {.f = f, .id = back.id};
    pthread_t recalling, reading;
    MUST(get(f, URI("jpn", "operator"), post(f, 3)) == 0); /* so that its class need not be made behind the recall */
    struct fixture_lock *lock = fixture_lock(f, "SELECT id FROM disclosure_position FOR UPDATE");
    MUST(pthread_create(&recalling, NULL, recall, &back) == 0);
    until_waiting(f, 1);
    MUST(pthread_create(&reading, NULL, read_one, &reader) == 0);
    until_waiting(f, 2);
    fixture_unlock(lock);
    pthread_join(recalling, NULL);
    pthread_join(reading, NULL);
    MUST(!back.error && !reader.error); /* it was sent */
    MUST(count_told(f, URI("jpn", "operator")) == 1);
    MUST(get(f, URI("jpn", "operator"), back.id) == ERR_NOT_FOUND);
    /* The owner's officer still reads it, and is told of nothing. */
    MUST(get(f, URI("usa", "fdo"), back.id) == 0 && count_told(f, URI("usa", "fdo")) == 0);
    MUST(count_told(f, URI("jpn", "operator")) == 1);
}

/* The other order: the disclosure comes first, the recall finds it. */
static void a_reader_before_the_recall_is_told(struct fixture *f)
{
    struct act back = {.f = f, .id = post(f, 2)};
    size_t before = count_told(f, URI("jpn", "operator"));
    MUST(get(f, URI("jpn", "operator"), back.id) == 0);
    recall(&back);
    MUST(!back.error && count_told(f, URI("jpn", "operator")) == before + 1);
}

/* How many notices are meant for this principal, by its own disclosures. */
static int64_t count_named(struct fixture *f, const char *uri)
{
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM notice WHERE '%s' = ANY (principals)", uri);
    return fixture_sql_i64(f, sql);
}

/* The same of what was derived from the record; but who may read that afterwards is told of nothing: its owner, and the
 * officer who has taken the part back. */
static void what_was_derived_is_crossed_like_the_record(struct fixture *f)
{
    static const char *const uris[] = {URI("usa", "operator"), URI("usa", "fdo"), URI("jpn", "operator")};
    char more[128], part_text[UUID_TEXT];
    struct act back = {.f = f, .id = post(f, 4)}, readers[3];
    uuid_write(back.id, part_text);
    snprintf(more, sizeof more, ",\"relto\":{\"derivedFrom\":[\"%.*s\"]}", UUID_TEXT, part_text);
    struct uuid derived = post_by(f, "JPN", 5, more), known = post(f, 6);
    pthread_t recalling, reading[3];
    int64_t before[3];
    for (size_t i = 0; i < 3; i++) {
        readers[i] = (struct act){f, derived, -1, uris[i]};
        before[i] = count_named(f, uris[i]);
        MUST(get(f, uris[i], known) == 0); /* so that its class need not be made behind the recall */
    }
    struct fixture_lock *lock = fixture_lock(f, "SELECT id FROM disclosure_position FOR UPDATE");
    MUST(pthread_create(&recalling, NULL, recall, &back) == 0);
    until_waiting(f, 1);
    for (size_t i = 0; i < 3; i++) {
        MUST(pthread_create(&reading[i], NULL, read_one, &readers[i]) == 0);
        until_waiting(f, 2); /* one thread writes the disclosures of all */
    }
    fixture_unlock(lock);
    pthread_join(recalling, NULL);
    for (size_t i = 0; i < 3; i++) {
        pthread_join(reading[i], NULL);
        MUST(!readers[i].error && count_named(f, uris[i]) == before[i] + (i == 0));
    }
    MUST(!back.error && get(f, uris[0], derived) == ERR_NOT_FOUND);
    for (size_t i = 1; i < 3; i++)
        MUST(get(f, uris[i], derived) == 0 && count_named(f, uris[i]) == before[i]);
}

/* Many partners at once, several for one of them: each counts by itself. */
static void positions_grow_for_each_partner_by_itself(struct fixture *f)
{
    static const char *const partners[] = {"GBR", "AUS", "GBR", "AUS", "AUS"};
    struct notice notices[5];
    struct fault fault;
    for (size_t i = 0; i < 5; i++)
        notices[i] = (struct notice){.partner = str_of(partners[i]),
                                     .sender = STR("USA"),
                                     .kind = "proposal",
                                     .officers = i == 4,
                                     .label = NOTICE_NO_LABEL,
                                     .body = STR("{\"n\":1}")};
    for (int again = 0; again < 2; again++) {
        PG_CLEANUP struct pg *c = NULL;
        MUST(pg_take(f->store->policy, &c, &fault) == 0);
        MUST(store_notice_add(c, FIXTURE_NOW, notices, 5, &fault) == 0);
    }
    json_t *gbr = told(f, URI("gbr", "operator"));
    MUST(json_array_size(gbr) == 4);
    for (size_t i = 1; i < 4; i++)
        MUST(json_integer_value(json_object_get(json_array_get(gbr, i), "id")) >
             json_integer_value(json_object_get(json_array_get(gbr, i - 1), "id")));
    json_decref(gbr);
    MUST(count_told(f, URI("aus", "operator")) == 4); /* not those for officers */
    MUST(fixture_sql_i64(f, "SELECT count(DISTINCT position) FROM notice WHERE partner = 'AUS'") == 6);
    MUST(fixture_sql_i64(f, "SELECT max(position) FROM notice") < INT64_C(1) << 53); /* exact in clients' numbers */
}

/* Nothing reaches a reader that has not said who it is. */
static void without_a_partner_nothing_is_seen(struct fixture *f)
{
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM notice") > 0);
    MUST(fixture_sql_i64(f, "SET ROLE relto_reader; SELECT count(*) FROM notice") == 0);
}

int main(void)
{
    struct fixture f;
    fixture_open(&f);
    a_reader_that_crosses_the_recall_is_told(&f);
    a_reader_before_the_recall_is_told(&f);
    what_was_derived_is_crossed_like_the_record(&f);
    positions_grow_for_each_partner_by_itself(&f);
    without_a_partner_nothing_is_seen(&f);
    fixture_close(&f);
    puts("ok");
    return 0;
}
