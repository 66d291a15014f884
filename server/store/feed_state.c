/* What a feed knows and holds, in the database. */
#include "feed.h"
#include "memory.h"

#include <stdlib.h>

void feed_state_free(struct feed_state *state)
{
    if (state)
        arena_free(state->arena);
}

static struct feed_state *state_new(void)
{
    struct arena *arena = arena_new();
    struct feed_state *state = arena_alloc(arena, sizeof *state);
    *state = (struct feed_state){.arena = arena};
    return state;
}

struct feed_state *feed_state_copy(const struct feed_state *from, size_t more)
{
    struct feed_state *to = state_new();
    struct arena *arena = to->arena;
    *to = *from;
    to->arena = arena;
    to->bits = arena_str(arena, from->bits);
    to->waits = arena_str(arena, from->waits);
    to->delays = arena_array(arena, from->n_delays, sizeof *to->delays);
    if (from->n_delays)
        memcpy(to->delays, from->delays, from->n_delays * sizeof *to->delays);
    to->behind = arena_array(arena, from->n_behind + more, sizeof *to->behind);
    if (from->n_behind)
        memcpy(to->behind, from->behind, from->n_behind * sizeof *to->behind);
    return to;
}

bool feed_sees(struct str bits, int32_t label)
{
    return (size_t)label / 8 < bits.n && ((uint8_t)bits.p[label / 8] & (1U << (label % 8))) != 0;
}

int32_t feed_delay(const struct feed_state *state, int32_t label)
{
    uint8_t wait = (size_t)label < state->waits.n ? (uint8_t)state->waits.p[label] : 0;
    return wait && wait <= state->n_delays ? state->delays[wait - 1] : 0;
}

/* --- in memory --- */

static void keep_recent(struct feed *feed, const struct feed_run *runs, size_t n)
{
    size_t more = 0;
    for (size_t i = 0; i < n; i++)
        more += runs[i].position > FEED_NEWS ? runs[i].n : 0;
    struct arena *arena = arena_new();
    size_t kept = more >= FEED_RECENT ? 0 : feed->n_recent < FEED_RECENT - more ? feed->n_recent : FEED_RECENT - more;
    struct feed_entry *recent = arena_array(arena, kept + more, sizeof *recent);
    size_t at = 0;
    for (size_t i = feed->n_recent - kept; i < feed->n_recent; i++)
        recent[at++] = feed->recent[i];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; runs[i].position > FEED_NEWS && j < runs[i].n; j++)
            recent[at++] = runs[i].entries[j];
    arena_free(feed->recent_arena);
    feed->recent_arena = arena;
    feed->recent = recent;
    feed->n_recent = at;
}

/* The last run of news may grow by what the next look finds, if nothing else has come between. */
static void keep_tail(struct feed *feed, const struct feed_run *runs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (runs[i].position <= FEED_NEWS)
            continue;
        bool grows = runs[i].source == 'm' && runs[i].position == feed->tail;
        feed->tail_n = grows ? feed->tail_n + (int64_t)runs[i].n : (int64_t)runs[i].n;
        feed->tail = runs[i].source == 'm' ? runs[i].position : 0;
    }
}

void feed_remember(struct feed *feed, const struct feed_run *runs, size_t n)
{
    keep_tail(feed, runs, n);
    keep_recent(feed, runs, n);
}

void feed_forget(struct feed *feed)
{
    feed_state_free(feed->state);
    feed->state = NULL;
    feed->tail = 0;
    feed->n_recent = 0;
    feed->settled = false;
}

/* --- loading --- */

enum {
    S_VERSION,
    S_BEGUN,
    S_HISTORY,
    S_MARK,
    S_DUE_AT,
    S_DUE_SEQ,
    S_NOTICES_BEGUN,
    S_NOTICES,
    S_NOTICES_AGAIN,
    S_BITS,
    S_WAITS,
    S_DELAYS,
    S_LABELS,
    S_LAST_HISTORY,
    S_LAST,
    S_TOLD_HISTORY,
    S_BEHIND_LABEL,
    S_BEHIND
};

/* A row for each label behind, one if there is none. */
#define LOAD                                                                                                           \
    "SELECT f.version, f.begun, f.history, f.mark, f.due_at, f.due_seq, f.notices_begun, f.notices,"                   \
    " f.notices_again, f.bits, f.waits, f.delays, f.labels, f.last_history, f.last,"                                   \
    " (SELECT e.seq_last FROM feed_entry e WHERE e.principal = f.principal AND e.source = 'n'"                         \
    " AND e.position <= f.last_history ORDER BY e.seq_first DESC LIMIT 1), b.label, b.through"                         \
    " FROM feed_reader f LEFT JOIN LATERAL unnest(f.behind_labels, f.behind) AS b (label, through) ON true"            \
    " WHERE f.principal = $1"

static struct feed_state *state_from(const struct pg_result *r)
{
    struct feed_state *s = state_new();
    s->version = pg_i64(r, 0, S_VERSION);
    s->begun = pg_i64(r, 0, S_BEGUN);
    s->history = pg_i64(r, 0, S_HISTORY);
    s->mark = pg_i64(r, 0, S_MARK);
    s->due_at = pg_instant(r, 0, S_DUE_AT);
    s->due_seq = pg_i64(r, 0, S_DUE_SEQ);
    s->notices_begun = pg_i64(r, 0, S_NOTICES_BEGUN);
    s->notices = pg_i64(r, 0, S_NOTICES);
    s->notices_again = pg_i64(r, 0, S_NOTICES_AGAIN);
    s->bits = arena_str(s->arena, pg_str(r, 0, S_BITS));
    s->waits = arena_str(s->arena, pg_str(r, 0, S_WAITS));
    s->n_delays = pg_i32s(r, 0, S_DELAYS, s->arena, &s->delays);
    s->labels = pg_i32(r, 0, S_LABELS);
    s->last_history = pg_i64(r, 0, S_LAST_HISTORY);
    s->last = pg_i64(r, 0, S_LAST);
    s->told_history = pg_null(r, 0, S_TOLD_HISTORY) ? 0 : pg_i64(r, 0, S_TOLD_HISTORY);
    s->behind = arena_array(s->arena, (size_t)pg_rows(r), sizeof *s->behind);
    for (int i = 0; i < pg_rows(r) && !pg_null(r, i, S_BEHIND_LABEL); i++)
        s->behind[s->n_behind++] = (struct behind){pg_i32(r, i, S_BEHIND_LABEL), pg_i64(r, i, S_BEHIND)};
    return s;
}

int feed_load(struct store *s, struct str principal, struct feed_state **ret, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, principal);
    int error = pg_take(s->feeds, &c, fault);
    if (!error)
        error = pg_exec(c, LOAD, &args, &r, fault);
    if (!error)
        *ret = pg_rows(r) ? state_from(r) : NULL;
    return error;
}

/* --- saving --- */

static void behind_args(struct pg_args *args, const struct feed_state *state)
{
    int32_t *labels = arena_array(args->arena, state->n_behind, sizeof *labels);
    int64_t *through = arena_array(args->arena, state->n_behind, sizeof *through);
    for (size_t i = 0; i < state->n_behind; i++) {
        labels[i] = state->behind[i].label;
        through[i] = state->behind[i].through;
    }
    pg_arg_i32s(args, labels, state->n_behind);
    pg_arg_i64s(args, through, state->n_behind);
}

int feed_create(struct store *s, struct str principal, const struct feed_state *state, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_CLEANUP struct pg *c = NULL;
    struct pg_args args = {.arena = arena};
    pg_arg_str(&args, principal);
    pg_arg_i64(&args, state->mark);
    pg_arg_instant(&args, state->due_at);
    pg_arg_i64(&args, state->due_seq);
    pg_arg_i64(&args, state->notices);
    pg_arg_bytes(&args, state->bits.p, state->bits.n);
    pg_arg_bytes(&args, state->waits.p, state->waits.n);
    pg_arg_i32s(&args, state->delays, state->n_delays);
    pg_arg_i32(&args, state->labels);
    behind_args(&args, state);
    pg_arg_i64(&args, FEED_NEWS);
    int error = pg_take(s->feeds, &c, fault);
    return error ? error
                 : pg_exec(c,
                           "INSERT INTO feed_reader (principal, version, begun, history, mark, due_at, due_seq,"
                           " notices_begun, notices, notices_again, bits, waits, delays, labels, behind_labels, behind,"
                           " last_history, last) VALUES ($1, 0, $2, -1, $2, $3, $4, $5, $5, $5, $6, $7, $8, $9, $10, "
                           "$11, 0, $12)"
                           " ON CONFLICT (principal) DO NOTHING",
                           &args, NULL, fault);
}

/* The commit is not waited for: whatever tells a client of it is written, and waited for, after it. A run at the place
 * of another is its continuation. */
#define ON_KNOWN_ROW                                                                                                   \
    " ON CONFLICT (principal, position) DO UPDATE SET n = f.n + excluded.n, seq_last = excluded.seq_last,"             \
    " entries = f.entries || excluded.entries, kept_until = greatest(f.kept_until, excluded.kept_until)"

#define SAVE                                                                                                           \
    "WITH s AS (UPDATE feed_reader SET version = version + 1, history = $3, mark = $4, due_at = $5, due_seq = $6,"     \
    " notices = $7, notices_again = $22, labels = $8, behind_labels = $9, behind = $10, last_history = $11, last = "   \
    "$12,"                                                                                                             \
    " bits = coalesce($13, bits), waits = coalesce($14, waits), delays = coalesce($15, delays)"                        \
    " WHERE principal = $1 AND version = $2 RETURNING set_config('synchronous_commit', 'off', true)),"                 \
    " e AS (INSERT INTO feed_entry AS f (principal, position, n, source, seq_first, seq_last, entries, kept_until)"    \
    " SELECT $1, u.position, u.n, u.source::\"char\", u.seq_first, u.seq_last, u.entries, u.kept"                      \
    " FROM s, unnest($16, $17, $18, $19, $20, $21, $23) AS u (position, n, source, seq_first, seq_last, entries, "     \
    "kept)" ON_KNOWN_ROW ")"                                                                                           \
    " SELECT count(*) FROM s"

static void state_args(struct pg_args *args, const struct feed_state *old, const struct feed_state *next)
{
    bool same = str_eq(old->bits, next->bits) && str_eq(old->waits, next->waits) && old->n_delays == next->n_delays &&
                (!old->n_delays || memcmp(old->delays, next->delays, old->n_delays * sizeof *old->delays) == 0);
    pg_arg_i64(args, next->history);
    pg_arg_i64(args, next->mark);
    pg_arg_instant(args, next->due_at);
    pg_arg_i64(args, next->due_seq);
    pg_arg_i64(args, next->notices);
    pg_arg_i32(args, next->labels);
    behind_args(args, next);
    pg_arg_i64(args, next->last_history);
    pg_arg_i64(args, next->last);
    if (same) {
        pg_arg_null(args, OID_BYTEA);
        pg_arg_null(args, OID_BYTEA);
        pg_arg_null(args, OID_INT4_ARRAY);
    } else {
        pg_arg_bytes(args, next->bits.p, next->bits.n);
        pg_arg_bytes(args, next->waits.p, next->waits.n);
        pg_arg_i32s(args, next->delays, next->n_delays);
    }
}

/* After this all of the records are gone, as record_retention_step counts. In whole days, so that a row that grows
 * keeps its place in the indexes. */
static instant kept_until(const struct feed_entry *entries, size_t n)
{
    instant kept = INSTANT_MIN;
    for (size_t i = 0; i < n; i++) {
        const struct feed_entry *e = &entries[i];
        const struct record_type *type = e->type.n ? record_type_find(e->type) : NULL;
        if (!type || !type->retention)
            return INSTANT_MAX;
        instant until = instant_add(e->t, type->partition_width + type->retention);
        kept = until > kept ? until : kept;
    }
    return kept < INSTANT_MAX - INSTANT_DAY ? (kept / INSTANT_DAY + 1) * INSTANT_DAY : kept;
}

static void run_args(struct pg_args *args, const struct feed_run *runs, size_t n, int64_t notices_again)
{
    int64_t *position = arena_array(args->arena, n, sizeof *position);
    int32_t *count = arena_array(args->arena, n, sizeof *count);
    struct str *source = arena_array(args->arena, n, sizeof *source);
    int64_t *first = arena_array(args->arena, n, sizeof *first), *last = arena_array(args->arena, n, sizeof *last);
    struct str *entries = arena_array(args->arena, n, sizeof *entries);
    instant *kept = arena_array(args->arena, n, sizeof *kept);
    for (size_t i = 0; i < n; i++) {
        BUF_CLEANUP struct buf b = {0};
        entries_encode(runs[i].entries, runs[i].n, &b);
        position[i] = runs[i].position;
        count[i] = (int32_t)runs[i].n;
        source[i] = (struct str){&runs[i].source, 1};
        first[i] = runs[i].entries[0].seq;
        last[i] = runs[i].entries[runs[i].n - 1].seq;
        entries[i] = arena_str(args->arena, buf_view(&b));
        kept[i] = kept_until(runs[i].entries, runs[i].n);
    }
    pg_arg_i64s(args, position, n);
    pg_arg_i32s(args, count, n);
    pg_arg_strs(args, source, n);
    pg_arg_i64s(args, first, n);
    pg_arg_i64s(args, last, n);
    pg_arg_byteas(args, entries, n);
    pg_arg_i64(args, notices_again);
    pg_arg_instants(args, kept, n);
}

int feed_save(struct store *s, struct str principal, const struct feed_state *old, const struct feed_state *next,
              const struct feed_run *runs, size_t n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {.arena = arena};
    pg_arg_str(&args, principal);
    pg_arg_i64(&args, old->version);
    state_args(&args, old, next);
    run_args(&args, runs, n, next->notices_again);
    int error = pg_take(s->feeds, &c, fault);
    if (!error)
        error = pg_exec(c, SAVE, &args, &r, fault);
    if (error)
        return error;
    return pg_i64(r, 0, 0) ? 0 : FEED_OVERTAKEN;
}

/* --- saving the news of many feeds --- */

#define TAIL_MOST 200 /* entries of a row that grows: it is written anew each time, and not worth compressing yet */

int64_t feed_news_position(const struct feed *feed)
{
    return feed->tail && feed->tail_n < TAIL_MOST ? feed->tail : feed->state->last + 1;
}

#define SAVE_NEWS                                                                                                      \
    "WITH u AS (SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS u (principal, version, mark, last,"   \
    " position, n, seq_first, seq_last, entries, kept)),"                                                              \
    " s AS (UPDATE feed_reader f SET version = f.version + 1, mark = u.mark, last = u.last FROM u"                     \
    " WHERE f.principal = u.principal AND f.version = u.version RETURNING f.principal),"                               \
    " e AS (INSERT INTO feed_entry AS f (principal, position, n, source, seq_first, seq_last, entries, kept_until)"    \
    " SELECT u.principal, u.position, u.n, 'm', u.seq_first, u.seq_last, u.entries, u.kept FROM u JOIN s USING"        \
    " (principal)" ON_KNOWN_ROW ")"                                                                                    \
    " SELECT s.principal FROM s, (SELECT set_config('synchronous_commit', 'off', true)) AS c"

static void growth_args(struct pg_args *args, const struct feed_growth *v, size_t n)
{
    struct arena *arena = args->arena;
    struct str *principal = arena_array(arena, n, sizeof *principal), *entries = arena_array(arena, n, sizeof *entries);
    int64_t *numbers[6]; /* version, mark, last, position, seq_first, seq_last */
    int32_t *count = arena_array(arena, n, sizeof *count);
    instant *kept = arena_array(arena, n, sizeof *kept);
    for (size_t k = 0; k < 6; k++)
        numbers[k] = arena_array(arena, n, sizeof **numbers);
    for (size_t i = 0; i < n; i++) {
        const struct feed_growth *g = &v[i];
        const struct feed_state *state = g->feed->state;
        const int64_t of[6] = {state->version,
                               g->mark,
                               state->last + (int64_t)g->n,
                               feed_news_position(g->feed),
                               g->entries[0].seq,
                               g->entries[g->n - 1].seq};
        BUF_CLEANUP struct buf b = {0};
        entries_encode(g->entries, g->n, &b);
        for (size_t k = 0; k < 6; k++)
            numbers[k][i] = of[k];
        principal[i] = str_of(g->feed->principal);
        count[i] = (int32_t)g->n;
        entries[i] = arena_str(arena, buf_view(&b));
        kept[i] = kept_until(g->entries, g->n);
    }
    pg_arg_strs(args, principal, n);
    for (size_t k = 0; k < 4; k++)
        pg_arg_i64s(args, numbers[k], n);
    pg_arg_i32s(args, count, n);
    pg_arg_i64s(args, numbers[4], n);
    pg_arg_i64s(args, numbers[5], n);
    pg_arg_byteas(args, entries, n);
    pg_arg_instants(args, kept, n);
}

static void take_growth(struct feed_growth *g)
{
    struct feed_state *state = g->feed->state;
    const struct feed_run run = {'m', g->entries, g->n, feed_news_position(g->feed)};
    state->version++;
    state->mark = g->mark;
    state->last += (int64_t)g->n;
    feed_remember(g->feed, &run, 1);
    g->saved = true;
}

int feed_save_news(struct store *s, struct feed_growth *v, size_t n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {.arena = arena};
    growth_args(&args, v, n);
    int error = pg_take(s->feeds, &c, fault);
    if (!error)
        error = pg_exec(c, SAVE_NEWS, &args, &r, fault);
    for (int i = 0; !error && i < pg_rows(r); i++)
        for (size_t k = 0; k < n; k++)
            if (str_is(pg_str(r, i, 0), v[k].feed->principal))
                take_growth(&v[k]);
    return error;
}

/* --- entries --- */

/* What was found in the order of commit, and history, lies in rows that follow each other: one look a record finds the
 * only one that may hold it. */
#define NEAR                                                                                                           \
    "SELECT e.entries FROM feed_entry e WHERE e.principal = $1 AND e.position IN ("                                    \
    "SELECT f.position FROM unnest($2) AS k (seq) CROSS JOIN (VALUES ('m'::\"char\"), ('h')) AS w (source)"            \
    " CROSS JOIN LATERAL (SELECT f.position FROM feed_entry f WHERE f.principal = $1 AND f.source = w.source"          \
    " AND f.seq_first <= k.seq ORDER BY f.seq_first DESC LIMIT 1) f"                                                   \
    " UNION SELECT f.position FROM feed_entry f WHERE f.principal = $1 AND f.source = 'l' AND f.seq_last >= $3"        \
    " AND f.seq_first <= $4)"

/* Notices that became visible late lie anywhere. */
#define NEAR_NOTICES                                                                                                   \
    "SELECT f.entries FROM feed_entry f WHERE f.principal = $1 AND f.source = 'n' AND f.seq_last >= $2"                \
    " AND f.seq_first <= $3"

static int by_seq(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int known_numbers(const struct pg_result *r, struct arena *arena, int64_t **ret, size_t *ret_n,
                         struct fault *fault)
{
    size_t n = 0, room = 0;
    for (int i = 0; i < pg_rows(r); i++)
        room += pg_str(r, i, 0).n / 2 + 1;
    int64_t *known = arena_array(arena, room, sizeof *known);
    for (int i = 0; i < pg_rows(r); i++) {
        struct feed_entry *entries;
        size_t some;
        if (!entries_decode(pg_str(r, i, 0), arena, &entries, &some))
            return fault_set(fault, ERR_INTERNAL, "", "a feed's entries cannot be read");
        for (size_t k = 0; k < some; k++)
            known[n++] = entries[k].seq;
    }
    qsort(known, n, sizeof *known, by_seq);
    *ret = known;
    *ret_n = n;
    return 0;
}

int feed_leave_known(struct store *s, struct str principal, struct feed_entry *entries, size_t *n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {.arena = arena};
    int64_t *seqs = arena_array(arena, *n, sizeof *seqs), *known = NULL, first = INT64_MAX, last = 0;
    size_t n_known = 0, left = 0;
    if (!*n)
        return 0;
    for (size_t i = 0; i < *n; i++) {
        seqs[i] = entries[i].seq;
        first = seqs[i] < first ? seqs[i] : first;
        last = seqs[i] > last ? seqs[i] : last;
    }
    bool notices = !entries[0].type.n;
    pg_arg_str(&args, principal);
    if (!notices)
        pg_arg_i64s(&args, seqs, *n);
    pg_arg_i64(&args, first);
    pg_arg_i64(&args, last);
    int error = pg_take(s->feeds, &c, fault);
    if (!error)
        error = pg_exec(c, notices ? NEAR_NOTICES : NEAR, &args, &r, fault);
    if (!error)
        error = known_numbers(r, arena, &known, &n_known, fault);
    if (error)
        return error;
    for (size_t i = 0; i < *n; i++)
        if (!n_known || !bsearch(&entries[i].seq, known, n_known, sizeof *known, by_seq))
            entries[left++] = entries[i];
    *n = left;
    return 0;
}

/* Takes in one row's entries behind `after`. */
static int take_row(const struct pg_result *r, int i, int64_t after, struct arena *arena, struct feed_entry *to,
                    size_t most, size_t *n, struct fault *fault)
{
    struct feed_entry *entries;
    size_t some;
    int64_t position = pg_i64(r, i, 0);
    if (!entries_decode(arena_str(arena, pg_str(r, i, 1)), arena, &entries, &some))
        return fault_set(fault, ERR_INTERNAL, "", "a feed's entries cannot be read");
    for (size_t k = after >= position ? (size_t)(after - position + 1) : 0; k < some && *n < most; k++)
        to[(*n)++] = entries[k];
    return 0;
}

#define ENTRIES                                                                                                        \
    "SELECT e.position, e.entries FROM feed_entry e WHERE e.principal = $1"                                            \
    " AND e.position >= coalesce((SELECT max(f.position) FROM feed_entry f"                                            \
    " WHERE f.principal = $1 AND f.position <= $2), 0)"                                                                \
    " AND e.position <= $3 AND e.position + e.n > $2 + 1 ORDER BY e.position LIMIT 16"

/* What is taken at a time has no gap: a place in it is a position. */
int feed_entries(struct store *s, struct str principal, int64_t *after, int64_t last, size_t most, struct arena *arena,
                 struct feed_entry **ret, size_t *ret_n, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, principal);
    pg_arg_i64(&args, *after);
    pg_arg_i64(&args, last);
    int error = pg_take(s->feeds, &c, fault);
    if (!error)
        error = pg_exec(c, ENTRIES, &args, &r, fault);
    if (error)
        return error;
    struct feed_entry *entries = arena_array(arena, most, sizeof *entries);
    int64_t from = pg_rows(r) ? pg_i64(r, 0, 0) - 1 : last;
    size_t n = 0;
    from = from > *after ? from : *after;
    for (int i = 0; !error && i < pg_rows(r) && n < most && pg_i64(r, i, 0) <= from + (int64_t)n + 1; i++)
        error = take_row(r, i, from, arena, entries, most, &n, fault);
    if (error)
        return error;
    *after = from;
    *ret = entries;
    *ret_n = n;
    return 0;
}

/* --- retention --- */

#define RETIRE_ROWS 10000
#define BEGINNING INSTANT_HOUR /* longer than a feed takes to begin */

static int retire_entries(struct pg *c, instant now, struct fault *fault)
{
    int error = 0;
    for (int64_t n = RETIRE_ROWS; !error && n == RETIRE_ROWS;) {
        PG_RESULT_CLEANUP struct pg_result *r = NULL;
        struct pg_args args = {0};
        pg_arg_instant(&args, now);
        pg_arg_i64(&args, RETIRE_ROWS);
        error = pg_exec(c, "SELECT feed_retention_step($1, $2)", &args, &r, fault);
        n = error ? 0 : pg_i64(r, 0, 0);
    }
    return error;
}

int feed_retire(struct pg *c, instant now, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct pg_args args = {.arena = arena};
    size_t n = record_type_count();
    struct str *types = arena_array(arena, n, sizeof *types);
    instant *before = arena_array(arena, n, sizeof *before);
    for (size_t i = 0; i < n; i++) {
        const struct record_type *type = record_type_at(i);
        types[i] = str_of(type->name);
        before[i] = type->retention ? instant_add(now, -type->retention - type->partition_width) : INSTANT_MIN;
    }
    int error = retire_entries(c, now, fault);
    if (error)
        return error;
    pg_arg_i64(&args, now - BEGINNING);
    pg_arg_strs(&args, types, n);
    pg_arg_instants(&args, before, n);
    return pg_exec(c, "SELECT feed_moved_retention($1, $2, $3)", &args, NULL, fault);
}
