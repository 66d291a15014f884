/* Random posts, relabels, recalls, changes of the policy, embargoes and clocks; readers with cursors, some of which
 * wait at the end and are woken. Whoever reads to the end each time finds each record that it can see in the end once;
 * who reads from the beginning, too; who waits is woken for what it may see; nobody is shown what it may not see, or
 * anything twice. RELTO_SEED draws another history. */
#include "fixture.h"

#include "memory.h"

#include <semaphore.h>
#include <stdio.h>
#include <time.h>

#define TYPE "eoobservation"
#define USA_FDO "spiffe://usa.example/fdo/a"
#define STEPS 160
#define RECORDS_MAX 2000
#define LOOK_RECORDS 7 /* so that looks end anywhere */
#define FOLLOWERS 6
#define PATIENCE 30 /* seconds until who is not woken counts as forgotten */

static const char *const markings[] = {
    "U",    "S//REL TO USA, JPN", "S//REL TO USA, AUS, GBR", "S//REL TO USA, AUS, GBR, JPN", "S//REL TO USA, GBR",
    "S//NF"};
#define MARKINGS (sizeof markings / sizeof *markings)
static const char *const modes[] = {"REAL", "TEST", "EXERCISE", "SIMULATED"}; /* a label for each marking and mode */

/* Suspended one by one, in the places where the policy's text has them. */
static const char *const in_force[] = {"", "\"from\": \"2026-01-01\", \"until\": null, \"status\": \"inForce\"",
                                       "\"until\": \"2027-01-01\", \"status\": \"inForce\""};
static const char *const suspended[] = {"", "\"from\": \"2026-01-01\", \"until\": null, \"status\": \"suspended\"",
                                        "\"until\": \"2027-01-01\", \"status\": \"suspended\""};

struct follower {
    const char *uri;
    bool greedy; /* reads to the end each time */
    bool waits;
    struct feed_wait *wait;
    sem_t woken;
    bool called; /* something that it sees was posted since it waits */
    int64_t cursor;
    unsigned char told[RECORDS_MAX];
};

struct history {
    struct fixture f;
    unsigned roll;
    instant now;
    struct uuid ids[RECORDS_MAX];
    size_t n;
    struct follower followers[FOLLOWERS];
    int wrong;
};

static unsigned draw(struct history *h, unsigned below)
{
    h->roll = h->roll * 1664525U + 1013904223U;
    return (h->roll >> 8) % below;
}

static bool sees(struct history *h, const char *uri, struct uuid id);

/* --- what happens --- */

static void call_who_waits(struct history *h, size_t from)
{
    for (size_t k = 0; k < FOLLOWERS; k++)
        for (size_t i = from; h->followers[k].wait && i < h->n; i++)
            h->followers[k].called = h->followers[k].called || sees(h, h->followers[k].uri, h->ids[i]);
}

static void post(struct history *h)
{
    BUF_CLEANUP struct buf b = {0};
    char t[INSTANT_TEXT + 1], until[INSTANT_TEXT + 1];
    unsigned n = 1 + draw(h, 6);
    const char *marking = markings[draw(h, MARKINGS)], *mode = modes[draw(h, 4)];
    bool embargo = draw(h, 4) == 0;
    instant_text(h->now + (1 + draw(h, 40)) * INSTANT_HOUR, until);
    for (unsigned i = 0; i < n; i++) {
        buf_printf(&b, "%c{\"classificationMarking\":\"%s\",\"dataMode\":\"%s\",\"source\":\"s%zu\",\"obTime\":\"%s\"",
                   i ? ',' : '[', marking, mode, h->n + i, instant_text(h->now - draw(h, 100) * INSTANT_DAY, t));
        if (embargo)
            buf_printf(&b, ",\"relto\":{\"embargoUntil\":\"%s\"}", until);
        buf_char(&b, '}');
    }
    buf_z(&b, "]");
    buf_char(&b, '\0');
    struct fixture_post *p = fixture_post(&h->f, TYPE, "USA", b.p);
    MUST(!p->error && h->n + n <= RECORDS_MAX);
    for (unsigned i = 0; i < n; i++)
        h->ids[h->n++] = p->post.records[i].id;
    fixture_post_free(p);
    call_who_waits(h, h->n - n);
}

static void relabel(struct history *h)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = fixture_reading(&h->f, USA_FDO);
    struct relabelling to = {.embargo_until = INSTANT_MIN, .expires = INSTANT_MAX, .wire = STR("{}")};
    struct marking_fault mf;
    struct fault fault;
    MUST(label_parse(h->f.registry, STR("USA"), str_of(markings[draw(h, MARKINGS)]), NULL, arena, &to.label, &mf,
                     &fault) == 0);
    if (h->n) /* what was recalled is not found */
        store_relabel(h->f.store, &reading, record_type_find(STR(TYPE)), h->ids[draw(h, (unsigned)h->n)], &to, NULL,
                      &fault);
}

static void recall(struct history *h)
{
    struct reading reading = fixture_reading(&h->f, USA_FDO);
    struct fault fault;
    if (h->n)
        store_recall(h->f.store, &reading, record_type_find(STR(TYPE)), h->ids[draw(h, (unsigned)h->n)], STR("error"),
                     NULL, &fault);
}

static void change_policy(struct history *h)
{
    unsigned one = draw(h, 3), two = draw(h, 3);
    two = two == one ? 0 : two;
    fixture_apply_two(&h->f, in_force[one], suspended[one], in_force[two], suspended[two]);
}

static void advance(struct history *h, instant by)
{
    h->now += by;
    fixture_set_now(&h->f, h->now);
}

/* --- who reads --- */

static bool sees(struct history *h, const char *uri, struct uuid id)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = fixture_reading(&h->f, uri);
    struct stored_record record;
    const struct receipt *receipt = NULL;
    struct fault fault;
    reading.disclose = false;
    int error = store_get(h->f.store, &reading, record_type_find(STR(TYPE)), id, arena, &record, &receipt, &fault);
    MUST(!error || error == ERR_NOT_FOUND);
    return !error;
}

static void take(struct history *h, const struct follower *w, const struct feed_change *c, unsigned char *told)
{
    size_t i = 0;
    if (!c->type)
        return;
    while (i < h->n && memcmp(&h->ids[i], &c->record->id, sizeof *h->ids) != 0)
        i++;
    MUST(i < h->n);
    if (told[i]++ || !sees(h, w->uri, h->ids[i])) {
        printf("%s: record %zu, told %d times\n", w->uri, i, told[i]);
        h->wrong++;
    }
}

/* One page; false if there was nothing more. */
static bool read_page(struct history *h, const struct follower *w, int64_t *cursor, unsigned char *told)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = fixture_reading(&h->f, w->uri);
    struct feed_query query = {.wait = w->wait, .after = *cursor, .limit = 1 + draw(h, 9)};
    struct feed_page page;
    struct fault fault;
    MUST(store_feed_read(h->f.store, &reading, &query, arena, &page, &fault) == 0);
    for (size_t k = 0; k < page.n; k++)
        take(h, w, &page.changes[k], told);
    store_feed_sent(h->f.store, &page, true);
    *cursor = page.position;
    return page.more || (w->wait && page.n);
}

/* Reads up to `pages` pages; false if there was nothing more. */
static bool read_on(struct history *h, const struct follower *w, int64_t *cursor, int pages, unsigned char *told)
{
    for (int i = 0; i < pages; i++)
        if (!read_page(h, w, cursor, told))
            return false;
    return true;
}

/* --- who waits --- */

static void wake(void *ctx)
{
    sem_post(ctx);
}

static void follow(struct history *h, struct follower *w)
{
    struct reading reading = fixture_reading(&h->f, w->uri);
    struct feed_query query = {.after = w->cursor, .limit = 1 + draw(h, 9)};
    if (!w->wait)
        w->wait = store_feed_wait(h->f.store, str_of(w->uri), wake, &w->woken);
    query.wait = w->wait;
    store_feed_follow(w->wait, &reading, &query, false);
}

/* Whatever was made for it is thrown away, and read by itself. */
static void stop_waiting(struct history *h, struct follower *w)
{
    store_feed_unwait(w->wait);
    w->wait = NULL;
    w->called = false;
    while (sem_trywait(&w->woken) == 0)
        ;
    read_on(h, w, &w->cursor, INT32_MAX, w->told);
}

/* Then nothing is made for them any more, or nothing but what comes from now on. */
static void settle_all(struct history *h, bool wait_again)
{
    for (size_t i = 0; i < FOLLOWERS; i++) {
        struct follower *w = &h->followers[i];
        if (!w->wait)
            continue;
        stop_waiting(h, w);
        if (wait_again)
            follow(h, w);
    }
}

static void await(struct history *h, struct follower *w)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE;
    size_t before = 0, after = 0;
    for (size_t i = 0; i < h->n; i++)
        before += w->told[i];
    while (after <= before) {
        MUST(sem_timedwait(&w->woken, &until) == 0);
        read_on(h, w, &w->cursor, INT32_MAX, w->told);
        follow(h, w);
        after = 0;
        for (size_t i = 0; i < h->n; i++)
            after += w->told[i];
    }
    w->called = false;
}

static void read_some(struct history *h, struct follower *w)
{
    if (w->called)
        await(h, w);
    else
        read_on(h, w, &w->cursor, w->greedy ? INT32_MAX : 1 + (int)draw(h, 3), w->told);
    if (w->waits)
        follow(h, w);
}

/* --- what must have come of it --- */

static void compare(struct history *h, const struct follower *w, const unsigned char *told, const char *what)
{
    for (size_t i = 0; i < h->n; i++) {
        if (!sees(h, w->uri, h->ids[i]) || told[i] == 1)
            continue;
        printf("%s, %s: record %zu is there and was told %d times\n", w->uri, what, i, told[i]);
        h->wrong++;
    }
}

static void end(struct history *h)
{
    settle_all(h, false);
    fixture_apply(&h->f, "", "");
    advance(h, 100 * INSTANT_HOUR);
    for (size_t i = 0; i < FOLLOWERS; i++) {
        struct follower *w = &h->followers[i];
        static const unsigned char nothing[RECORDS_MAX];
        unsigned char told[RECORDS_MAX];
        int64_t cursor = 0;
        memcpy(told, nothing, sizeof told);
        read_on(h, w, &w->cursor, INT32_MAX, w->told);
        if (w->greedy)
            compare(h, w, w->told, "as it went");
        read_on(h, w, &cursor, INT32_MAX, told);
        compare(h, w, told, "from the beginning");
    }
}

/* Before anything that may close a record, who waits has read what was made for it while it was open. */
static void happen(struct history *h)
{
    unsigned what = draw(h, 16);
    if (what < 5)
        settle_all(h, what != 4);
    switch (what) {
    case 0: relabel(h); break;
    case 1: recall(h); break;
    case 2: change_policy(h); break;
    case 3: advance(h, draw(h, 600) * INSTANT_MINUTE); break;
    case 4:
        if (draw(h, 4) == 0)
            fixture_reopen(&h->f);
        break;
    case 5:
    case 6:
    case 7: read_some(h, &h->followers[draw(h, FOLLOWERS)]); break;
    case 8:
    case 9:
    case 10: read_some(h, &h->followers[4 + draw(h, 2)]); break;
    default: post(h);
    }
}

int main(void)
{
    const char *seed = getenv("RELTO_SEED");
    struct history *h = memory_zeroed(sizeof *h);
    h->roll = seed ? (unsigned)strtoul(seed, NULL, 10) : 5;
    h->now = FIXTURE_NOW;
    h->followers[0] = (struct follower){.uri = "spiffe://jpn.example/operator/a", .greedy = true};
    h->followers[1] = (struct follower){.uri = "spiffe://gbr.example/operator/a", .greedy = true};
    h->followers[2] = (struct follower){.uri = "spiffe://jpn.example/node/a"};
    h->followers[3] = (struct follower){.uri = "spiffe://aus.example/operator/a"};
    h->followers[4] = (struct follower){.uri = "spiffe://gbr.example/fdo/a", .greedy = true, .waits = true};
    h->followers[5] = (struct follower){.uri = "spiffe://jpn.example/fdo/a", .greedy = true, .waits = true};
    for (size_t i = 0; i < FOLLOWERS; i++)
        sem_init(&h->followers[i].woken, 0, 0);
    fixture_open(&h->f);
    h->f.look_records = LOOK_RECORDS;
    fixture_reopen(&h->f);
    for (int i = 0; i < STEPS; i++)
        happen(h);
    end(h);
    fixture_close(&h->f);
    for (size_t i = 0; i < FOLLOWERS; i++)
        sem_destroy(&h->followers[i].woken);
    printf("%zu records, %d faults\n", h->n, h->wrong);
    int status = h->wrong || h->n < STEPS / 2;
    free(h);
    return status;
}
