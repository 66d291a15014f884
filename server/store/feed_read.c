/* A page of a feed: entries become records and notices as they are shown now, disclosed before they leave. */
#include "disclosures.h"
#include "feed.h"
#include "memory.h"
#include "notices.h"
#include "read_rows.h"
#include "sql_query.h"

#define PAGE_ENTRIES 256 /* looked at in one statement */
#define PAGE_ROUNDS 64   /* of entries and looks that come to nothing, before the reader is asked to come again */

struct paging {
    struct feed_looking look;
    struct reading reading;   /* at a time that is not before that of any look it shows the entries of */
    unsigned long long asked; /* feed_asked */
    const struct feed_query *query;
    struct arena *arena;
    int64_t cursor; /* position of the entry last dealt with */
    bool more;
    struct feed_entry *entries;
    size_t n;
};

/* --- which entries --- */

static bool is_position(const struct feed_state *s, int64_t p)
{
    return (p >= 0 && p <= s->last_history) || (p >= FEED_NEWS && p <= s->last);
}

static bool has_history(const struct feed_state *s)
{
    return s->history < s->begun;
}

/* Many may be called for the same: one look serves all whom it found waiting. */
static int look(struct paging *p, struct fault *fault)
{
    struct feed *feed = p->look.feed;
    if (feed->done > p->asked && feed->settled)
        return 0;
    unsigned long long begun = atomic_fetch_add(&feed->begun, 1) + 1;
    int error = feed_look(&p->look, false, fault);
    if (!error)
        feed->done = begun;
    return error;
}

/* With the feed's lock held: what is written down may be enough, else it is looked for more. */
static int look_for_more(struct paging *p, size_t most, struct fault *fault)
{
    const struct feed_looking *l = &p->look;
    struct feed *feed = l->feed;
    int error = 0;
    if (p->cursor == FEED_LATEST) { /* where the feed has come to the present */
        error = look(p, fault);
        if (!error && feed->settled)
            p->cursor = feed->state->last;
        return error;
    }
    if (p->cursor > feed->state->last)
        error = look(p, fault);
    if (!error && !is_position(feed->state, p->cursor))
        error = fault_set(fault, ERR_BAD_QUERY, "after", "no such position");
    if (!error && p->cursor == feed->state->last_history && has_history(feed->state))
        error = feed_look(l, true, fault);
    if (!error && p->cursor == feed->state->last_history && !has_history(feed->state))
        p->cursor = FEED_NEWS;
    if (!error && p->cursor >= FEED_NEWS && feed->state->last - p->cursor < (int64_t)most)
        error = look(p, fault);
    return error;
}

static int take_entries(struct paging *p, size_t most, struct fault *fault)
{
    const struct feed *feed = p->look.feed;
    const struct feed_state *state = feed->state;
    int64_t first = state->last - (int64_t)feed->n_recent; /* behind this they are remembered */
    if (p->cursor >= FEED_NEWS && p->cursor >= first) {
        size_t at = (size_t)(p->cursor - first), left = feed->n_recent - at;
        p->n = left < most ? left : most;
        p->entries = arena_array(p->arena, p->n, sizeof *p->entries);
        if (p->n)
            memcpy(p->entries, feed->recent + at, p->n * sizeof *p->entries);
        return 0;
    }
    return feed_entries(p->look.s, str_of(feed->principal), &p->cursor,
                        p->cursor < FEED_NEWS ? state->last_history : state->last, most, p->arena, &p->entries, &p->n,
                        fault);
}

static int next_entries(struct paging *p, size_t most, struct fault *fault)
{
    struct feed *feed = p->look.feed;
    pthread_mutex_lock(&feed->lock);
    instant now = clock_now(p->look.s->clock);
    if (now > p->reading.now)
        p->reading.now = now;
    int error = feed_open(&p->look, fault);
    bool latest = p->cursor == FEED_LATEST;
    if (!error)
        error = look_for_more(p, most, fault);
    p->n = 0;
    if (!error && !latest)
        error = take_entries(p, most, fault);
    if (!error)
        p->more = !feed->settled || p->cursor + (int64_t)p->n != feed->state->last;
    pthread_mutex_unlock(&feed->lock);
    return error;
}

/* --- as they are shown --- */

struct shown {
    struct class *class;
    struct pg_result *rows;
    size_t n_rows; /* those whose body came along */
    struct records records;
    struct str *notices; /* by entry; {NULL, 0}: not shown */
    size_t entries;      /* dealt with */
};

static void shown_free(struct shown *s)
{
    class_unref(s->class);
    pg_result_free(s->rows);
}
#define SHOWN_CLEANUP __attribute__((cleanup(shown_free)))

static bool wanted(const struct paging *p, const struct feed_entry *e)
{
    return !p->query->type || str_is(e->type, p->query->type->name);
}

#define SHOW                                                                                                           \
    "SELECT " RECORD_HEAD ", CASE WHEN sum(octet_length(r.body)) OVER (ORDER BY k.n) - octet_length(r.body) < $5"      \
    " THEN r.body END, k.n FROM unnest($1, $2, $3, $4) AS k (type, t, seq, n) CROSS JOIN LATERAL"                      \
    " (SELECT " RECORD_COLUMNS " FROM record r WHERE r.type = k.type AND r.t = k.t AND r.seq = k.seq OFFSET 0) r"      \
    " ORDER BY k.n"

static int find_records(const struct paging *p, struct shown *s, struct fault *fault)
{
    struct pg_args args = {.arena = p->arena};
    struct str *types = arena_array(p->arena, p->n, sizeof *types);
    instant *ts = arena_array(p->arena, p->n, sizeof *ts);
    int64_t *seqs = arena_array(p->arena, p->n, sizeof *seqs), *at = arena_array(p->arena, p->n, sizeof *at);
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct feed_entry *e = &p->entries[i];
        if (!e->type.n || !wanted(p, e))
            continue;
        types[n] = e->type;
        ts[n] = e->t;
        seqs[n] = e->seq;
        at[n++] = (int64_t)i;
    }
    if (!n)
        return 0;
    pg_arg_strs(&args, types, n);
    pg_arg_instants(&args, ts, n);
    pg_arg_i64s(&args, seqs, n);
    pg_arg_i64s(&args, at, n);
    pg_arg_i64(&args, (int64_t)p->look.s->chunk_bytes);
    int error = visible_read(p->look.s, p->look.reading, SHOW, &args, &s->class, &s->rows, fault);
    while (!error && s->n_rows < (size_t)pg_rows(s->rows) && !pg_null(s->rows, (int)s->n_rows, COLUMN_BODY))
        s->n_rows++;
    if (!error && s->n_rows < (size_t)pg_rows(s->rows))
        s->entries = (size_t)pg_i64(s->rows, (int)s->n_rows, COLUMN_COUNT);
    return error;
}

static int find_notices(const struct paging *p, struct shown *s, struct fault *fault)
{
    int64_t *positions = arena_array(p->arena, p->n, sizeof *positions);
    size_t *at = arena_array(p->arena, p->n, sizeof *at), n = 0;
    s->notices = arena_array(p->arena, p->n, sizeof *s->notices);
    for (size_t i = 0; i < s->entries; i++) {
        if (p->entries[i].type.n || p->query->type)
            continue;
        positions[n] = p->entries[i].seq;
        at[n++] = i;
    }
    struct str *texts = arena_array(p->arena, n, sizeof *texts);
    int error = n ? notice_texts(p->look.s, p->look.reading, p->look.officer, positions, n, p->arena, texts, fault) : 0;
    for (size_t i = 0; !error && i < n; i++)
        s->notices[at[i]] = texts[i];
    return error;
}

/* --- what is disclosed --- */

static int disclose_type(const struct paging *p, const struct shown *s, const struct record_type *type,
                         struct feed_page *ret, struct fault *fault)
{
    int *picked = arena_array(p->arena, s->n_rows, sizeof *picked);
    size_t n = 0;
    for (size_t i = 0; i < s->n_rows; i++)
        if (str_is(p->entries[pg_i64(s->rows, (int)i, COLUMN_COUNT)].type, type->name))
            picked[n++] = (int)i;
    if (!n)
        return 0;
    struct receipt *receipt = arena_alloc(p->arena, sizeof *receipt);
    int error = disclose_picked(p->look.s, p->look.reading, type, &s->records, picked, n, receipt, fault);
    if (!error)
        ret->receipts[ret->n_receipts++] = receipt;
    return error;
}

static int disclose_all(const struct paging *p, const struct shown *s, struct feed_page *ret, struct fault *fault)
{
    int error = 0;
    ret->receipts = arena_array(p->arena, record_type_count(), sizeof(struct receipt *));
    for (size_t i = 0; !error && s->n_rows && i < record_type_count(); i++)
        error = disclose_type(p, s, record_type_at(i), ret, fault);
    return error;
}

/* --- a page --- */

/* Notices are no records: a page of them alone is sent against this. */
static const struct receipt nothing_disclosed;

static void fill_page(const struct paging *p, const struct shown *s, struct feed_page *ret)
{
    struct feed_change *changes = arena_array(p->arena, s->entries, sizeof *changes);
    size_t row = 0;
    for (size_t i = 0; i < s->entries; i++) {
        int64_t position = p->cursor + 1 + (int64_t)i;
        if (s->notices[i].p)
            changes[ret->n++] = (struct feed_change){.position = position, .notice = s->notices[i]};
        if (row >= s->n_rows || pg_i64(s->rows, (int)row, COLUMN_COUNT) != (int64_t)i)
            continue;
        changes[ret->n++] = (struct feed_change){
            .position = position, .type = record_type_find(p->entries[i].type), .record = &s->records.v[row++]};
    }
    ret->changes = changes;
    if (ret->n)
        ret->receipt = ret->n_receipts ? ret->receipts[0] : &nothing_disclosed;
}

static int show(struct paging *p, struct feed_page *ret, struct fault *fault)
{
    SHOWN_CLEANUP struct shown s = {.entries = p->n};
    int error = find_records(p, &s, fault);
    if (!error)
        error = find_notices(p, &s, fault);
    if (!error && s.n_rows)
        error = read_rows(s.class, s.rows, s.n_rows, p->arena, &s.records, fault);
    if (!error && s.n_rows)
        error = records_banner(s.class, &s.records, p->arena, &ret->banner, fault);
    if (!error)
        error = disclose_all(p, &s, ret, fault);
    if (error) {
        store_feed_sent(p->look.s, ret, false);
        return error;
    }
    records_keep(&s.records, p->arena);
    fill_page(p, &s, ret);
    p->more = p->more || s.entries < p->n;
    p->cursor += (int64_t)s.entries;
    return 0;
}

static int read_page(struct paging *p, struct feed_page *ret, struct fault *fault)
{
    size_t most = p->query->limit < PAGE_ENTRIES ? p->query->limit : PAGE_ENTRIES;
    bool moved = p->cursor == FEED_LATEST;
    int error = 0, rounds = most ? PAGE_ROUNDS : 1; /* who wants nothing only asks for the position */
    *ret = (struct feed_page){.position = p->cursor, .banner = STR("")};
    for (int round = 0; !error && round < rounds; round++) {
        error = next_entries(p, most, fault);
        if (!error && p->n)
            error = show(p, ret, fault);
        moved = moved || (!error && p->n);
        if (ret->n || !p->more)
            break;
    }
    if (!error && p->cursor == FEED_LATEST)
        error = fault_set(fault, ERR_UNAVAILABLE, "", "the feed has far to go: its next look goes on");
    if (error)
        return error;
    if (moved) /* nothing repeats the position */
        ret->position = p->cursor;
    ret->more = p->more;
    return 0;
}

int store_feed_read(struct store *s, const struct reading *reading, const struct feed_query *query, struct arena *arena,
                    struct feed_page *ret, struct fault *fault)
{
    if (query->wait && feed_wait_page(query->wait, query, ret))
        return 0;
    struct feed *feed = feed_take(s->feed_hub, reading->principal);
    struct paging p = {.look = {.s = s, .feed = feed, .officer = query->officer},
                       .reading = *reading,
                       .asked = feed_asked(feed, query->wait),
                       .query = query,
                       .arena = arena,
                       .cursor = query->after};
    struct feed_page page;
    p.look.reading = &p.reading;
    int error = read_page(&p, &page, fault);
    feed_give(s->feed_hub, feed);
    if (!error)
        *ret = page;
    return error;
}

void store_feed_sent(struct store *s, const struct feed_page *page, bool completed)
{
    for (size_t i = 0; i < page->n_receipts; i++)
        disclosure_close(s, page->receipts[i], completed);
}
