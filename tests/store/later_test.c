/* Reads that occupy no thread: the same records to the same readers as by the ordinary way, and nothing to anybody
 * whenever that is in doubt. */
#include "fixture.h"

#include "memory.h"

#include <pthread.h>
#include <stdio.h>

#define TYPE "eoobservation"
#define ANY_TIME "obTime=>2000-01-01T00:00:00Z"
#define USA_OPERATOR "spiffe://usa.example/operator/a"
#define JPN_OPERATOR "spiffe://jpn.example/operator/a"
#define GBR_OPERATOR "spiffe://gbr.example/operator/a"
#define XTR_OPERATOR "spiffe://xtr.example/operator/a"

static struct uuid post(struct fixture *f, const char *originator, int i, const char *marking)
{
    BUF_CLEANUP struct buf b = {0};
    buf_printf(&b,
               "[{\"classificationMarking\":\"%s\",\"dataMode\":\"TEST\",\"source\":\"test\","
               "\"obTime\":\"2026-06-%02dT12:00:00Z\",\"ra\":%d.5}]",
               marking, 1 + i % 28, i % 360);
    buf_char(&b, '\0');
    struct fixture_post *p = fixture_post(f, TYPE, originator, b.p);
    MUST(!p->error && !p->post.records[0].outcome);
    struct uuid id = p->post.records[0].id;
    fixture_post_free(p);
    return id;
}

static const struct record_type *type(void)
{
    return record_type_find(str_of(TYPE));
}

/* --- asking --- */

/* One read, and what came of it. */
struct asked {
    struct answers *answers;
    struct arena *arena;
    struct reading reading;
    struct buf text; /* all that is told of the records */
    struct store_list *list;
    int error;
    const struct receipt *receipt;
    unsigned made, done;
};

struct answers {
    pthread_mutex_t lock;
    pthread_cond_t one;
    size_t open;
};

#define NO_ANSWERS                                                                                                     \
    {                                                                                                                  \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0                                                         \
    }

static void write_record(const struct stored_record *r, struct buf *out)
{
    buf_uuid(out, r->id);
    buf_instant(out, r->t);
    buf_instant(out, r->ingested_at);
    const struct str texts[] = {r->originator, r->body, r->wire, r->alternative, r->release};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        buf_char(out, '|');
        buf_str(out, texts[i]);
    }
    buf_printf(out, "%d%d", r->owned, r->whole);
}

static void write_records(const struct stored_record *records, size_t n, struct str banner, struct buf *out)
{
    buf_str(out, banner);
    for (size_t i = 0; i < n; i++)
        write_record(&records[i], out);
}

static void make(void *ctx, const struct stored_record *records, size_t n, struct str banner)
{
    struct asked *a = ctx;
    a->made++;
    write_records(records, n, banner, &a->text);
}

static void done(void *ctx, int error, const struct receipt *receipt)
{
    struct asked *a = ctx;
    pthread_mutex_lock(&a->answers->lock);
    a->error = error;
    a->receipt = receipt;
    a->done++;
    a->answers->open--;
    pthread_cond_signal(&a->answers->one);
    pthread_mutex_unlock(&a->answers->lock);
}

/* Of one record, or a list. */
struct question {
    const char *uri;
    struct uuid id;
    const char *list; /* the query; NULL: the record */
    struct asked asked;
};

static void count_open(struct answers *answers, size_t n)
{
    pthread_mutex_lock(&answers->lock);
    answers->open += n;
    pthread_mutex_unlock(&answers->lock);
}

static bool ask_as(struct fixture *f, struct answers *answers, struct question *q, const struct reading *reading)
{
    struct asked *a = &q->asked;
    *a = (struct asked){.answers = answers, .arena = arena_new(), .reading = *reading};
    const struct store_later later = {make, done, a};
    count_open(answers, 1);
    bool taken = q->list ? store_list_later(f->store, &a->reading, fixture_query(f, TYPE, q->list, a->arena), a->arena,
                                            &later, &a->list)
                         : store_get_later(f->store, &a->reading, type(), q->id, a->arena, &later);
    if (!taken)
        count_open(answers, (size_t)-1);
    return taken;
}

static bool ask(struct fixture *f, struct answers *answers, struct question *q)
{
    struct reading reading = fixture_reading(f, q->uri);
    return ask_as(f, answers, q, &reading);
}

static void await(struct answers *answers)
{
    pthread_mutex_lock(&answers->lock);
    while (answers->open)
        pthread_cond_wait(&answers->one, &answers->lock);
    pthread_mutex_unlock(&answers->lock);
}

static void asked_free(struct fixture *f, struct asked *a)
{
    if (a->list)
        store_list_close(a->list, !a->error);
    else
        store_receipt_close(f->store, a->receipt, true);
    buf_free(&a->text);
    arena_free(a->arena);
}

/* By the ordinary way. */
static int list(struct fixture *f, const char *uri, const char *query, struct buf *out)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = fixture_reading(f, uri);
    const struct stored_record *records;
    const struct receipt *receipt;
    struct store_list *l;
    struct str banner;
    struct fault fault;
    size_t n = 0;
    MUST(store_list_open(f->store, &reading, fixture_query(f, TYPE, query, arena), &l, &fault) == 0);
    int error = store_list_next(l, arena, &records, &n, &receipt, &fault);
    if (!error) {
        MUST(store_list_banner(l, arena, &banner, &fault) == 0);
        write_records(records, n, banner, out);
        MUST(store_list_next(l, arena, &records, &n, &receipt, &fault) == STORE_LIST_END);
    }
    store_list_close(l, !error);
    return error;
}

static int get(struct fixture *f, const char *uri, struct uuid id, struct buf *out)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = fixture_reading(f, uri);
    struct stored_record record;
    const struct receipt *receipt = NULL;
    struct fault fault;
    int error = store_get(f->store, &reading, type(), id, arena, &record, &receipt, &fault);
    if (!error)
        write_records(&record, 1, record.banner, out);
    store_receipt_close(f->store, receipt, true);
    return error;
}

static void refused(const struct asked *a)
{
    MUST(a->done == 1 && a->error && a->error != ERR_NOT_FOUND && !a->receipt);
}

static int64_t disclosed(const struct fixture *f)
{
    return fixture_sql_i64(f, "SELECT count(DISTINCT id) FROM disclosure");
}

/* --- tests --- */

static const char *const readers[] = {USA_OPERATOR, JPN_OPERATOR, GBR_OPERATOR, XTR_OPERATOR};
#define N_READERS (sizeof readers / sizeof *readers)
#define N_RECORDS 6 /* the last one is not there */
#define ROUNDS 5

/* What is not answered has told nothing; how often that may be is not the test's business, as a busy machine makes
 * reads slow. So it is asked until all have their answers who are to have one. */
static size_t ask_all(struct fixture *f, struct question *v, size_t n)
{
    struct answers answers = NO_ANSWERS;
    int64_t before = disclosed(f), told = 0;
    size_t missing = 0;
    for (size_t i = 0; i < n; i++)
        MUST(ask(f, &answers, &v[i]));
    await(&answers);
    for (size_t i = 0; i < n; i++)
        told += !v[i].asked.error;
    MUST(disclosed(f) == before + told);
    for (size_t i = 0; i < n; i++) {
        struct asked *a = &v[i].asked;
        BUF_CLEANUP struct buf want = {0};
        int error = v[i].list ? list(f, v[i].uri, v[i].list, &want) : get(f, v[i].uri, v[i].id, &want);
        MUST(a->done == 1 && a->made == !a->error && (a->receipt != NULL) == !a->error);
        MUST(a->error ? !a->text.n : str_eq(buf_view(&a->text), buf_view(&want)));
        MUST(a->error != ERR_NOT_FOUND || error); /* that is an answer, too */
        missing += a->error && !error;
        asked_free(f, a);
    }
    return missing;
}

/* All readers ask for all records at once, so that they meet in groups. */
static void each_reader_is_told_its_own(struct fixture *f, const struct uuid ids[N_RECORDS])
{
    static const char *const lists[] = {
        ANY_TIME "&maxResults=100",
        ANY_TIME "&maxResults=2&sort=obTime,ASC",
        ANY_TIME "&maxResults=2&firstResult=1",
        "obTime=2026-06-02T00:00:00Z..2026-06-03T23:00:00Z&maxResults=1000",
        "obTime=>2026-07-01T00:00:00Z&maxResults=10",
    };
#define N_LISTS (sizeof lists / sizeof *lists)
    struct question v[ROUNDS * (N_RECORDS + N_LISTS) * N_READERS];
    size_t n = 0;
    for (int k = 0; k < ROUNDS; k++) {
        for (size_t r = 0; r < N_READERS; r++) {
            for (size_t i = 0; i < N_RECORDS; i++)
                v[n++] = (struct question){.uri = readers[r], .id = ids[i]};
            for (size_t i = 0; i < N_LISTS; i++)
                v[n++] = (struct question){.uri = readers[r], .list = lists[i]};
        }
    }
    while (ask_all(f, v, n))
        ;
}

/* Until it is answered. */
static void get_later(struct fixture *f, const char *uri, struct uuid id)
{
    struct question q = {.uri = uri, .id = id};
    while (ask_all(f, &q, 1))
        ;
}

/* Who is not known in memory is not for the store's own threads to look up. */
static void an_unknown_class_is_not_taken(struct fixture *f, struct uuid id)
{
    struct answers answers = NO_ANSWERS;
    struct question one = {.uri = USA_OPERATOR, .id = id},
                    some = {.uri = USA_OPERATOR, .list = ANY_TIME "&maxResults=5"};
    BUF_CLEANUP struct buf text = {0};
    fixture_apply(f, "\"CSPO\"", "\"CSPO again\"");
    MUST(!ask(f, &answers, &one) && !ask(f, &answers, &some));
    MUST(!one.asked.done && !one.asked.made && !some.asked.done && !some.asked.made && !some.asked.list);
    asked_free(f, &one.asked);
    asked_free(f, &some.asked);
    MUST(get(f, USA_OPERATOR, id, &text) == 0);
    get_later(f, USA_OPERATOR, id);
}

/* The agreement is suspended while the class is still in memory. */
static void nothing_is_told_under_old_registers(struct fixture *f, struct uuid id)
{
    struct answers answers = NO_ANSWERS;
    struct question v[] = {{.uri = JPN_OPERATOR, .id = id}, {.uri = JPN_OPERATOR, .list = ANY_TIME "&maxResults=5"}};
    BUF_CLEANUP struct buf text = {0};
    MUST(get(f, JPN_OPERATOR, id, &text) == 0);
    struct registry *old = registry_ref(f->registry);
    struct reading reading = fixture_reading(f, JPN_OPERATOR);
    fixture_apply(f, "\"2027-01-01\", \"status\": \"inForce\"", "\"2027-01-01\", \"status\": \"suspended\"");
    int64_t before = disclosed(f);
    MUST(ask_as(f, &answers, &v[0], &reading) && ask_as(f, &answers, &v[1], &reading));
    await(&answers);
    for (size_t i = 0; i < 2; i++) {
        refused(&v[i].asked);
        MUST(!v[i].asked.made);
        asked_free(f, &v[i].asked);
    }
    MUST(disclosed(f) == before);
    registry_unref(old);
    fixture_apply(f, "", "");
    MUST(get(f, JPN_OPERATOR, id, &text) == 0);
}

/* One that is not answered in time ends for those behind it, too: they go the ordinary way. */
static void a_slow_read_holds_up_nobody(struct fixture *f, struct uuid id)
{
    struct answers answers = NO_ANSWERS;
    struct question asked[8];
    BUF_CLEANUP struct buf text = {0};
    MUST(get(f, USA_OPERATOR, id, &text) == 0);
    struct fixture_lock *lock = fixture_lock(f, "LOCK TABLE record IN ACCESS EXCLUSIVE MODE");
    for (size_t i = 0; i < 8; i++) {
        asked[i] = (struct question){.uri = USA_OPERATOR, .id = id};
        MUST(ask(f, &answers, &asked[i]));
    }
    await(&answers);
    for (size_t i = 0; i < 8; i++) {
        refused(&asked[i].asked);
        asked_free(f, &asked[i].asked);
    }
    fixture_unlock(lock);
    get_later(f, USA_OPERATOR, id);
}

#define MANY 100000

/* Nor is a list taken for a while whose reader's lists turned out to be slow, and none that nobody knows to be quick.
 */
static void only_quick_lists_are_taken(struct fixture *f, struct uuid id)
{
    struct answers answers = NO_ANSWERS;
    static const char *const slow[] = {ANY_TIME, ANY_TIME "&maxResults=5&sort=ra,ASC", ANY_TIME "&maxResults=5&ra=>1",
                                       ANY_TIME "&maxResults=1001"};
    struct question quick = {.uri = USA_OPERATOR, .list = ANY_TIME "&maxResults=1000"};
    BUF_CLEANUP struct buf text = {0};
    MUST(get(f, USA_OPERATOR, id, &text) == 0);
    for (size_t i = 0; i < sizeof slow / sizeof *slow; i++) {
        struct question q = {.uri = USA_OPERATOR, .list = slow[i]};
        MUST(!ask(f, &answers, &q));
        asked_free(f, &q.asked);
    }
    struct fixture_lock *lock = fixture_lock(f, "LOCK TABLE record IN ACCESS EXCLUSIVE MODE");
    MUST(ask(f, &answers, &quick));
    await(&answers);
    refused(&quick.asked);
    asked_free(f, &quick.asked);
    MUST(!ask(f, &answers, &quick));
    asked_free(f, &quick.asked);
    fixture_unlock(lock);
}

static void a_long_body_is_not_for_a_lane(struct fixture *f)
{
    struct answers answers = NO_ANSWERS;
    struct question q = {.uri = GBR_OPERATOR, .list = "obTime=>2026-06-29T00:00:00Z&maxResults=5"};
    BUF_CLEANUP struct buf b = {0}, text = {0};
    buf_z(&b, "[{\"classificationMarking\":\"U//REL TO USA, GBR\",\"dataMode\":\"TEST\",\"source\":\"test\","
              "\"obTime\":\"2026-06-29T12:00:00Z\",\"descriptor\":\"");
    for (int i = 0; i < 20000; i++)
        buf_char(&b, 'x');
    buf_z(&b, "\"}]");
    buf_char(&b, '\0');
    struct fixture_post *p = fixture_post(f, TYPE, "USA", b.p);
    MUST(!p->error && !p->post.records[0].outcome);
    fixture_post_free(p);
    MUST(list(f, GBR_OPERATOR, q.list, &text) == 0);
    int64_t before = disclosed(f);
    MUST(ask(f, &answers, &q));
    await(&answers);
    refused(&q.asked);
    MUST(!q.asked.made && disclosed(f) == before);
    asked_free(f, &q.asked);
}

static void not_more_wait_than_there_is_room_for(struct fixture *f, struct uuid id)
{
    struct answers answers = NO_ANSWERS;
    struct question *v = memory_zeroed(MANY * sizeof *v);
    size_t n = 0;
    for (size_t i = 0; i < MANY; i++)
        v[i] = (struct question){.uri = USA_OPERATOR, .id = id};
    struct fixture_lock *lock = fixture_lock(f, "LOCK TABLE record IN ACCESS EXCLUSIVE MODE");
    while (n < MANY && ask(f, &answers, &v[n]))
        n++;
    MUST(n >= 256 && n < MANY);
    asked_free(f, &v[n].asked);
    await(&answers);
    fixture_unlock(lock);
    for (size_t i = 0; i < n; i++) {
        refused(&v[i].asked);
        asked_free(f, &v[i].asked);
    }
    free(v);
}

/* The connections are ended: nothing is told of what was under way, and the next read has another connection. */
static void a_lost_connection_is_replaced(struct fixture *f, struct uuid id)
{
    fixture_sql_i64(f, "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                       " WHERE usename = 'relto_reader'");
    get_later(f, USA_OPERATOR, id);
}

static void what_waits_is_answered_before_the_store_closes(struct fixture *f, struct uuid id)
{
    struct answers answers = NO_ANSWERS;
    struct question v[100];
    size_t unanswered = 0;
    struct fixture_lock *lock = fixture_lock(f, "LOCK TABLE record IN ACCESS EXCLUSIVE MODE");
    for (size_t i = 0; i < 100; i++) {
        v[i] = (struct question){.uri = USA_OPERATOR, .id = id};
        MUST(ask(f, &answers, &v[i]));
    }
    fixture_reopen(f);
    for (size_t i = 0; i < 100; i++) {
        unanswered += v[i].asked.done != 1;
        asked_free(f, &v[i].asked);
    }
    MUST(!unanswered);
    fixture_unlock(lock);
}

int main(void)
{
    struct fixture f;
    BUF_CLEANUP struct buf text = {0};
    fixture_open(&f);
    struct uuid ids[N_RECORDS] = {post(&f, "USA", 1, "U"), post(&f, "USA", 2, "S//REL TO USA, GBR"),
                                  post(&f, "USA", 3, "S//NF"), post(&f, "JPN", 4, "U"),
                                  post(&f, "JPN", 5, "U//REL TO JPN, GBR, USA")};
    ids[N_RECORDS - 1] = ids[0];
    ids[N_RECORDS - 1].bytes[15] ^= 1;
    for (size_t r = 0; r < N_READERS; r++)
        get(&f, readers[r], ids[0], &text); /* from here on the classes are in memory */
    each_reader_is_told_its_own(&f, ids);
    an_unknown_class_is_not_taken(&f, ids[0]);
    nothing_is_told_under_old_registers(&f, ids[0]);
    a_long_body_is_not_for_a_lane(&f);
    a_slow_read_holds_up_nobody(&f, ids[0]);
    only_quick_lists_are_taken(&f, ids[0]);
    not_more_wait_than_there_is_room_for(&f, ids[0]);
    a_lost_connection_is_replaced(&f, ids[0]);
    what_waits_is_answered_before_the_store_closes(&f, ids[0]);
    fixture_close(&f);
    puts("ok");
    return 0;
}
