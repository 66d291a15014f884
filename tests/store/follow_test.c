/* Who follows a feed: its pages are made, and on record, before it reads; what nobody takes ends as aborted; nothing is
 * made under registers that are not in force. */
#include "fixture.h"

#include "memory.h"

#include <semaphore.h>
#include <stdio.h>
#include <time.h>

#define TYPE "eoobservation"
#define JPN_OPERATOR "spiffe://jpn.example/operator/a"
#define SHARED "S//REL TO USA, JPN"
#define HIDDEN "S//REL TO USA, GBR"
#define PATIENCE 60 /* seconds until who is not woken counts as forgotten */
#define TRIES 20    /* a machine that is held up makes a follower look for itself, or again */
#define DISCLOSED "SELECT count(*) FROM disclosure WHERE principal = '" JPN_OPERATOR "'"
#define ABORTED "SELECT coalesce(sum(more + 1), 0) FROM disclosure_end WHERE NOT completed"

struct follower {
    struct fixture *f;
    struct feed_wait *wait;
    sem_t woken;
    int64_t cursor;
    size_t n; /* records of the last page */
    struct uuid id;
};

static void wake(void *ctx)
{
    sem_post(ctx);
}

static void await(struct follower *w)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE;
    MUST(sem_timedwait(&w->woken, &until) == 0);
}

/* One page; false if there was nothing more. */
static bool take_page(struct follower *w)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = fixture_reading(w->f, JPN_OPERATOR);
    struct feed_query query = {.wait = w->wait, .after = w->cursor, .limit = 10};
    struct feed_page page;
    struct fault fault;
    MUST(store_feed_read(w->f->store, &reading, &query, arena, &page, &fault) == 0);
    w->n = page.n;
    w->cursor = page.position;
    for (size_t i = 0; i < page.n; i++)
        w->id = page.changes[i].record->id;
    store_feed_sent(w->f->store, &page, true);
    return page.n || page.more;
}

static bool follow(struct follower *w)
{
    struct reading reading = fixture_reading(w->f, JPN_OPERATOR);
    struct feed_query query = {.wait = w->wait, .after = w->cursor, .limit = 10};
    return store_feed_follow(w->wait, &reading, &query, false);
}

/* At the end of its feed, followed. */
static void begin(struct follower *w, struct fixture *f)
{
    *w = (struct follower){.f = f, .cursor = FEED_LATEST};
    sem_init(&w->woken, 0, 0);
    w->wait = store_feed_wait(f->store, STR(JPN_OPERATOR), wake, &w->woken);
    for (;;) {
        while (take_page(w))
            ;
        if (follow(w))
            return;
        await(w);
    }
}

static void end(struct follower *w)
{
    store_feed_unwait(w->wait);
    sem_destroy(&w->woken);
}

static struct uuid post(struct fixture *f, const char *marking)
{
    static int serial;
    BUF_CLEANUP struct buf b = {0};
    buf_printf(&b,
               "[{\"classificationMarking\":\"%s\",\"dataMode\":\"TEST\",\"source\":\"s%d\","
               "\"obTime\":\"2026-06-01T12:00:00Z\"}]",
               marking, serial++);
    buf_char(&b, '\0');
    struct fixture_post *p = fixture_post(f, TYPE, "USA", b.p);
    MUST(!p->error && !p->post.records[0].outcome);
    struct uuid id = p->post.records[0].id;
    fixture_post_free(p);
    return id;
}

/* Posts until a page was made for who follows; the last record. */
static struct uuid post_followed(struct follower *w, struct fixture *f)
{
    for (int i = 0; i < TRIES; i++) {
        begin(w, f);
        int64_t before = fixture_sql_i64(f, DISCLOSED);
        post(f, HIDDEN);
        struct uuid id = post(f, SHARED);
        await(w);
        if (fixture_sql_i64(f, DISCLOSED) == before + 1)
            return id;
        end(w);
    }
    MUST(!"a page is made");
    return (struct uuid){{0}};
}

static void a_page_is_on_record_before_it_is_read(struct fixture *f)
{
    bool as_made = false;
    for (int i = 0; i < TRIES && !as_made; i++) {
        struct follower w;
        struct uuid id = post_followed(&w, f);
        int64_t before = w.cursor, disclosed = fixture_sql_i64(f, DISCLOSED);
        MUST(take_page(&w) && w.n == 1 && w.cursor == before + 1 && memcmp(&w.id, &id, sizeof id) == 0);
        MUST(!take_page(&w) && w.cursor == before + 1);
        as_made = fixture_sql_i64(f, DISCLOSED) == disclosed;
        end(&w);
    }
    MUST(as_made);
}

static void a_page_that_nobody_takes_is_aborted(struct fixture *f)
{
    struct follower w;
    int64_t before = fixture_sql_i64(f, ABORTED);
    post_followed(&w, f);
    end(&w);
    fixture_until(f, ABORTED, before + 1);
}

/* What came while a page was taken is in the next one. */
static void news_behind_a_page_are_not_forgotten(struct fixture *f)
{
    struct follower w;
    post_followed(&w, f);
    struct uuid id = post(f, SHARED);
    int64_t before = w.cursor;
    for (bool found = false; !found;) {
        while (take_page(&w))
            found = found || memcmp(&w.id, &id, sizeof id) == 0;
        if (!found) {
            follow(&w);
            await(&w);
        }
    }
    MUST(w.cursor == before + 2);
    end(&w);
}

static void nothing_is_made_under_old_registers(struct fixture *f)
{
    struct follower w;
    begin(&w, f);
    int64_t before = fixture_sql_i64(f, DISCLOSED), cursor = w.cursor;
    fixture_apply(f, "\"until\": \"2027-01-01\", \"status\": \"inForce\"",
                  "\"until\": \"2027-01-01\", \"status\": \"suspended\"");
    post(f, SHARED);
    await(&w);
    while (take_page(&w))
        ;
    MUST(w.cursor == cursor && fixture_sql_i64(f, DISCLOSED) == before);
    end(&w);
}

int main(void)
{
    struct fixture f;
    fixture_open(&f);
    post(&f, HIDDEN);
    post(&f, SHARED);
    a_page_is_on_record_before_it_is_read(&f);
    a_page_that_nobody_takes_is_aborted(&f);
    news_behind_a_page_are_not_forgotten(&f);
    nothing_is_made_under_old_registers(&f);
    fixture_close(&f);
    return 0;
}
