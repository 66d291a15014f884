/* A round: the next pages of all who follow their feeds and may have news, made together. What was posted is found once
 * for all; each reader's records are asked for by key, under row-level security, in one round trip for many readers;
 * what they came to see is written down in one transaction, and disclosed in one group. Whatever is not as simple as
 * that is left to the reader: it is woken and looks for itself (feed_look.c, feed_read.c). */
#include "disclosures.h"
#include "feed.h"
#include "memory.h"
#include "read_rows.h"
#include "sql_query.h"

#define PAGE_RECORDS 256
#define BODY_MOST "8192" /* bytes: with a larger one the reader reads for itself */

/* One reader's part; lives in the arena of its wait, as does what it points to. */
struct turn {
    struct feed_hub *hub;
    struct feed_wait *wait;
    struct arena *arena;
    enum feed_standing outcome; /* as feed_wait_served has it */
    bool locked;                /* the feed */
    struct reading reading;
    struct class *class;
    struct feed_entry *entries; /* what is asked for, then what is seen */
    size_t n;
    int64_t position; /* of the first */
    struct sql sql;
    struct pg_question question;
    struct pg_result *rows;
    struct records records;
    struct disclosing *disclosing; /* one for each type */
    size_t n_disclosing, pending;
};

struct round {
    struct feed_hub *hub;
    struct turn *turns[FEED_ROUND];
    size_t n;
};

/* --- whose turn it is --- */

static struct turn *turn_new(struct feed_wait *w)
{
    w->standing = FEED_SERVED;
    w->due = false;
    w->arena = arena_new();
    struct turn *t = arena_alloc(w->arena, sizeof *t);
    *t = (struct turn){.hub = w->hub, .wait = w, .arena = w->arena, .outcome = FEED_READS, .reading = w->reading};
    t->sql.args.arena = t->arena;
    return t;
}

static void take_due(struct round *k)
{
    struct feed_hub *hub = k->hub;
    pthread_mutex_lock(&hub->lock);
    struct feed_wait *w = hub->due ? hub->waits : NULL;
    for (; w && k->n < FEED_ROUND; w = w->next) {
        if (w->standing != FEED_FOLLOWS || !w->due || w->woken)
            continue;
        if (feed_followed(hub, w->feed, w->query.after))
            k->turns[k->n++] = turn_new(w);
        else
            feed_wait_wake(w);
    }
    hub->due = w != NULL;
    pthread_mutex_unlock(&hub->lock);
}

/* --- what it asks for --- */

static bool stands_at_end(const struct turn *t, const struct feed_news *news)
{
    const struct feed *feed = t->wait->feed;
    const struct feed_state *state = feed->state;
    return state && feed->settled && !state->n_behind && !state->n_delays && state->last == t->wait->query.after &&
           state->mark >= news->from && t->reading.now >= state->due_at;
}

/* False if something else than news concerns it. */
static bool only_news(const struct feed_state *state, const struct feed_news *news)
{
    for (size_t i = news->n_moved; i-- > 0 && news->moved[i].seq > state->mark;)
        if (news->moved[i].label >= state->labels || feed_sees(state->bits, news->moved[i].label))
            return false;
    for (size_t i = news->n_posted; i-- > 0 && news->posted[i].seq > state->mark;)
        if (news->posted[i].label >= state->labels)
            return false;
    return true;
}

/* What has a label that the feed sees: row-level security has the last word. */
static bool pick_news(struct turn *t, const struct feed_state *state, const struct feed_news *news)
{
    size_t first = news->n_posted, most = t->wait->query.limit < PAGE_RECORDS ? t->wait->query.limit : PAGE_RECORDS;
    while (first && news->posted[first - 1].seq > state->mark)
        first--;
    for (size_t i = first; i < news->n_posted; i++) {
        const struct feed_news_row *row = &news->posted[i];
        if (!row->type || !feed_sees(state->bits, row->label))
            continue;
        if (t->n == most)
            return false;
        if (!t->n)
            t->entries = arena_array(t->arena, most, sizeof *t->entries);
        t->entries[t->n++] = (struct feed_entry){str_of(row->type->name), row->seq, row->t};
    }
    return true;
}

/* The records of one type, in the partitions of their times. */
static void ask_for_type(struct turn *t, struct str type)
{
    struct sql *s = &t->sql;
    int64_t *seqs = arena_array(t->arena, t->n, sizeof *seqs);
    instant first = INSTANT_MAX, last = INSTANT_MIN;
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct feed_entry *e = &t->entries[i];
        if (!str_eq(e->type, type))
            continue;
        seqs[n++] = e->seq;
        first = e->t < first ? e->t : first;
        last = e->t > last ? e->t : last;
    }
    sql_z(s, "SELECT " RECORD_COLUMNS " FROM record r WHERE r.type = ");
    sql_literal(s, type.p);
    sql_z(s, " AND r.t >= ");
    sql_instant(s, first);
    sql_z(s, " AND r.t <= ");
    sql_instant(s, last);
    pg_arg_i64s(&s->args, seqs, n);
    buf_printf(&s->text, " AND r.seq = ANY ($%d)", s->args.n);
}

static bool is_first_of_type(const struct turn *t, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (str_eq(t->entries[k].type, t->entries[i].type))
            return false;
    return true;
}

/* Beside each record, whether the class still sees what the feed saw. */
static void ask(struct turn *t, const struct feed_state *state)
{
    struct sql *s = &t->sql;
    sql_z(s, "SELECT " RECORD_HEAD ", CASE WHEN octet_length(r.body) <= " BODY_MOST " THEN r.body END,"
             " (SELECT n.bits = ");
    pg_arg_bytes(&s->args, state->bits.p, state->bits.n);
    buf_printf(&s->text, "$%d AND coalesce(cardinality(n.delays), 0) = 0 FROM visible_now n) FROM (", s->args.n);
    for (size_t i = 0, types = 0; i < t->n; i++) {
        if (!is_first_of_type(t, i))
            continue;
        sql_z(s, types++ ? " UNION ALL " : "");
        ask_for_type(t, t->entries[i].type);
    }
    sql_z(s, ") r ORDER BY r.seq");
    t->question = (struct pg_question){.sql = sql_text(s), .args = &s->args, .ctx = t};
}

static struct pg_identity identity_of(const struct turn *t)
{
    return (struct pg_identity){.class = class_id(t->class),
                                .epoch = registry_epoch(t->reading.registry),
                                .now = t->reading.now,
                                .partner = class_partner(t->class),
                                .principal = t->reading.principal};
}

/* Leaves its outcome as it is if the reader has to look for itself, which it has if somebody else looks just now. */
static void prepare(struct turn *t, const struct feed_news *news, instant now)
{
    struct feed *feed = t->wait->feed;
    struct feed_state *state;
    t->locked = pthread_mutex_trylock(&feed->lock) == 0;
    t->reading.now = now;
    if (!t->locked || !stands_at_end(t, news) || !only_news(feed->state, news))
        return;
    state = feed->state;
    if (!pick_news(t, state, news))
        return;
    if (!t->n) {
        state->mark = news->through > state->mark ? news->through : state->mark;
        t->outcome = FEED_FOLLOWS;
        return;
    }
    t->class = class_known(t->hub->s->visibility, t->reading.registry, t->reading.reader, now);
    if (t->class)
        ask(t, state);
}

/* --- what it sees --- */

static void take_rows(void *ctx, struct pg_result *rows)
{
    ((struct turn *)ctx)->rows = rows;
}

static void read_all(struct round *k)
{
    struct store *s = k->hub->s;
    PG_CLEANUP struct pg *c = NULL;
    struct pg_inquiry inquiries[FEED_ROUND];
    struct fault fault;
    size_t n = 0;
    for (size_t i = 0; i < k->n; i++)
        if (k->turns[i]->class)
            inquiries[n++] = (struct pg_inquiry){identity_of(k->turns[i]), &k->turns[i]->question, 1};
    if (!n || pg_take(s->followers, &c, &fault))
        return;
    pg_read_all(c, inquiries, n, take_rows);
    atomic_fetch_add(&s->counters.reads, n);
}

/* The entries become those of the rows; false if the rows do not tell all. Nothing at all may mean that nothing could
 * be seen. */
static bool take_entries(struct turn *t)
{
    int n = t->rows ? pg_rows(t->rows) : 0;
    size_t at = 0;
    for (int i = 0; i < n; i++) {
        int64_t seq = pg_i64(t->rows, i, COLUMN_SEQ);
        if (pg_null(t->rows, i, COLUMN_BODY) || pg_null(t->rows, i, COLUMN_COUNT) || !pg_bool(t->rows, i, COLUMN_COUNT))
            return false;
        while (t->entries[at].seq != seq)
            at++;
        t->entries[i] = t->entries[at];
    }
    t->n = (size_t)n;
    return n > 0;
}

/* --- what it is told --- */

static void write_down(struct round *k)
{
    struct feed_growth growths[FEED_ROUND];
    struct turn *grown[FEED_ROUND];
    struct fault fault;
    size_t n = 0;
    for (size_t i = 0; i < k->n; i++) {
        struct turn *t = k->turns[i];
        if (!take_entries(t))
            continue;
        grown[n] = t;
        growths[n++] = (struct feed_growth){t->wait->feed, t->entries, t->n, k->hub->news.through, false};
        t->position = t->wait->feed->state->last + 1;
    }
    bool failed = n && feed_save_news(k->hub->s, growths, n, &fault);
    for (size_t i = 0; i < n; i++) {
        if (failed || !growths[i].saved)
            feed_forget(growths[i].feed);
        else
            grown[i]->outcome = FEED_READY;
    }
}

static void unlock_all(struct round *k)
{
    for (size_t i = 0; i < k->n; i++) {
        struct turn *t = k->turns[i];
        if (t->outcome == FEED_READY)
            feed_hub_grown(k->hub, t->wait->feed);
        if (t->locked)
            pthread_mutex_unlock(&t->wait->feed->lock);
    }
}

static int fill_page(struct turn *t, struct fault *fault)
{
    struct feed_page *page = &t->wait->page;
    struct feed_change *changes = arena_array(t->arena, t->n, sizeof *changes);
    *page = (struct feed_page){.position = t->position + (int64_t)t->n - 1, .changes = changes, .n = t->n};
    int error = read_rows(t->class, t->rows, t->n, t->arena, &t->records, fault);
    for (size_t i = 0; !error && i < t->n; i++)
        changes[i] = (struct feed_change){.position = t->position + (int64_t)i,
                                          .type = record_type_find(t->entries[i].type),
                                          .record = &t->records.v[i]};
    if (error)
        return error;
    records_keep(&t->records, t->arena);
    return records_banner(t->class, &t->records, t->arena, &page->banner, fault);
}

static void turn_free(struct turn *t)
{
    class_unref(t->class);
    pg_result_free(t->rows);
    sql_free(&t->sql);
}

/* From here on the turn is its reader's, or gone. */
static void serve(struct turn *t)
{
    turn_free(t);
    feed_wait_served(t->wait, t->outcome);
}

/* By the thread of the log, once for each type. */
static void disclosed(void *ctx, int error)
{
    struct turn *t = ctx;
    struct feed_hub *hub = t->hub;
    if (error)
        t->outcome = FEED_READS;
    if (--t->pending)
        return;
    serve(t);
    pthread_mutex_lock(&hub->lock);
    if (--hub->serving == 0)
        pthread_cond_broadcast(&hub->served);
    pthread_mutex_unlock(&hub->lock);
}

static void disclose_type(struct turn *t, struct str type)
{
    struct feed_page *page = &t->wait->page;
    struct disclosing *d = &t->disclosing[t->n_disclosing];
    struct disclosed *parts;
    struct receipt *receipt = arena_alloc(t->arena, sizeof *receipt);
    int *picked = arena_array(t->arena, t->n, sizeof *picked);
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        if (str_eq(t->entries[i].type, type))
            picked[n++] = (int)i;
    size_t n_parts = records_disclosed(&t->records, picked, n, NULL, t->arena, &parts);
    *d = (struct disclosing){&t->reading, record_type_find(type), parts, n_parts, receipt, disclosed, t};
    t->n_disclosing++;
    page->receipts[page->n_receipts++] = receipt;
    page->receipt = page->receipts[0];
}

static void disclose_turn(struct turn *t)
{
    t->disclosing = arena_array(t->arena, record_type_count(), sizeof *t->disclosing);
    t->wait->page.receipts = arena_array(t->arena, record_type_count(), sizeof(struct receipt *));
    for (size_t i = 0; i < t->n; i++)
        if (is_first_of_type(t, i))
            disclose_type(t, t->entries[i].type);
    t->pending = t->n_disclosing;
}

/* All that is disclosed goes to the log at once; a turn may be gone as soon as it is there. */
static void finish(struct round *k)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct disclosing *all = arena_array(arena, k->n * record_type_count(), sizeof *all);
    struct fault fault;
    size_t n = 0, serving = 0;
    for (size_t i = 0; i < k->n; i++) {
        struct turn *t = k->turns[i];
        if (t->outcome != FEED_READY)
            continue;
        if (fill_page(t, &fault)) {
            t->outcome = FEED_READS;
            continue;
        }
        disclose_turn(t);
        memcpy(all + n, t->disclosing, t->n_disclosing * sizeof *all);
        n += t->n_disclosing;
        serving++;
    }
    for (size_t i = 0; i < k->n; i++)
        if (k->turns[i]->outcome != FEED_READY)
            serve(k->turns[i]);
    pthread_mutex_lock(&k->hub->lock);
    k->hub->serving += serving;
    pthread_mutex_unlock(&k->hub->lock);
    if (n && disclose_later(k->hub->s, all, n, &fault))
        for (size_t i = 0; i < n; i++)
            all[i].done(all[i].ctx, ERR_UNAVAILABLE);
}

bool feed_round(struct feed_hub *hub)
{
    struct round k = {.hub = hub};
    struct fault fault;
    take_due(&k);
    if (!k.n)
        return false;
    bool known = feed_news_refresh(hub->s, &hub->news, &fault) == 0;
    instant now = clock_now(hub->s->clock);
    for (size_t i = 0; known && i < k.n; i++)
        prepare(k.turns[i], &hub->news, now);
    read_all(&k);
    write_down(&k);
    unlock_all(&k);
    finish(&k);
    return true;
}
