/* Looking for what a principal has come to see: everything in one snapshot under row-level security, what is left
 * behind in further ones that must see the same labels. */
#include "feed.h"
#include "memory.h"
#include "sql_query.h"

#include <stdlib.h>

#define LOOK_MOVES 4 /* rows of record_moved, each of a thousand records at most */
#define LOOK_NOTICES 1000
#define DUE_EACH (INSTANT_SECOND / 4)   /* embargoes are not looked at more often */
#define WAIT_SLACK (1 * INSTANT_SECOND) /* by which seq may run ahead of the clock */
#define FEW_SHARE 4 /* of what a look passes over; labels with less are found by label, not in the order of commit */
#define LOOK_TRIES 8

/* What a row is. */
enum source { NEWS, MOVED, DUE, NOTICE, HISTORY, HISTORY_NOTICE, HEAD, NOTICE_AGAIN };

enum { L_SOURCE, L_SEQ, L_TYPE, L_T, L_AT, L_EVENT, L_BITS, L_WAITS, L_DELAYS, L_LABELS };

#define RECORD_ROW "r.seq, r.type, r.t"
#define NO_HEAD ", NULL::bytea, NULL::bytea, NULL::int4[], NULL::int4"
#define SELECT_HEAD                                                                                                    \
    "SELECT 6, (SELECT seq FROM sequencer), NULL::text, NULL::timestamptz,"                                            \
    " (SELECT v.valid_until FROM visible v WHERE v.class = n.class), NULL::int8, n.bits, n.waits, n.delays,"           \
    " label_count() FROM visible_now n"

/* --- one look --- */

struct found {
    struct feed_entry *v;
    size_t n, room;
    size_t rows;  /* of the results it was taken from, also of types that this daemon does not know */
    int64_t last; /* seq or position of the last of them */
};

struct look {
    const struct feed_looking *l;
    struct arena *arena;
    const struct feed_state *old;
    struct feed_state *next;
    instant valid_until; /* of what is visible */
    struct feed_window window;
    struct found news, late, notices, late_notices, history, history_notices;
    struct found moved; /* records of moves, before it is known whether they are visible */
    bool full;          /* something was left for another look */
};

static void add_found(struct found *f, const struct feed_entry *e, struct arena *arena)
{
    if (f->n == f->room) {
        f->room = f->room ? 2 * f->room : 64;
        struct feed_entry *grown = arena_array(arena, f->room, sizeof *grown);
        if (f->n)
            memcpy(grown, f->v, f->n * sizeof *grown);
        f->v = grown;
    }
    f->v[f->n++] = *e;
}

static void select_records(struct sql *s, enum source source, const char *at)
{
    buf_printf(&s->text, "SELECT %d, " RECORD_ROW ", %s, NULL::int8" NO_HEAD " FROM record r WHERE ", source, at);
}

static void up_to(struct sql *s, const char *column, int64_t most)
{
    if (most == INT64_MAX)
        return;
    buf_printf(&s->text, " AND %s <= ", column);
    sql_i64(s, most);
}

static void news_branch(struct sql *s, const struct look *k)
{
    sql_z(s, "(");
    select_records(s, NEWS, "NULL::timestamptz");
    sql_z(s, "r.seq > ");
    sql_i64(s, k->old->mark);
    up_to(s, "r.seq", k->window.seq);
    buf_printf(&s->text, " ORDER BY r.seq LIMIT %d)", FEED_LOOK_ROWS);
}

static void moved_branch(struct sql *s, const struct look *k)
{
    buf_printf(&s->text,
               " UNION ALL SELECT %d, k.seq, m.type, k.t, NULL, m.seq" NO_HEAD
               " FROM (SELECT m.* FROM record_moved m WHERE m.seq > ",
               MOVED);
    sql_i64(s, k->old->mark);
    up_to(s, "m.seq", k->window.seq);
    buf_printf(&s->text, " ORDER BY m.seq LIMIT %d) m, unnest(m.t, m.seqs) AS k (t, seq)", LOOK_MOVES);
}

static instant due_at(const struct look *k)
{
    instant now = k->l->reading->now;
    return k->window.due_at < now ? k->window.due_at : now;
}

static void due_branch(struct sql *s, const struct look *k)
{
    const struct feed_state *state = k->old;
    sql_z(s, " UNION ALL (");
    select_records(s, DUE, "r.embargo_until");
    sql_z(s, "r.embargo_until > '-infinity' AND (r.embargo_until, r.seq) > (");
    sql_instant(s, state->due_at);
    sql_z(s, ", ");
    sql_i64(s, state->due_seq);
    sql_z(s, ") AND (r.embargo_until, r.seq) <= (");
    sql_instant(s, due_at(k));
    sql_z(s, ", ");
    sql_i64(s, k->window.due_seq);
    sql_z(s, ") AND r.seq <= ");
    sql_i64(s, state->mark);
    buf_printf(&s->text, " ORDER BY r.embargo_until, r.seq LIMIT %d)", FEED_LOOK_ROWS);
}

static void notice_branch(struct sql *s, const struct look *k, enum source source, int64_t after, int64_t until)
{
    buf_printf(&s->text,
               " UNION ALL (SELECT %d, n.position, NULL, NULL, NULL, NULL" NO_HEAD " FROM notice n WHERE n.partner = ",
               source);
    sql_param(s, reader_partner(k->l->reading->reader), "text");
    sql_z(s, " AND n.position > ");
    sql_i64(s, after);
    sql_z(s, " AND n.position <= ");
    sql_i64(s, until);
    if (!k->l->officer)
        sql_z(s, " AND NOT n.officers");
    buf_printf(&s->text, " ORDER BY n.position LIMIT %d)", LOOK_NOTICES);
}

static int64_t history_until(const struct look *k)
{
    return k->window.history < k->old->begun ? k->window.history : k->old->begun;
}

static void history_branch(struct sql *s, const struct look *k)
{
    sql_z(s, " UNION ALL (");
    select_records(s, HISTORY, "NULL");
    sql_z(s, "r.seq > ");
    sql_i64(s, k->old->history);
    up_to(s, "r.seq", history_until(k));
    buf_printf(&s->text, " ORDER BY r.seq LIMIT %d)", FEED_LOOK_ROWS);
}

static bool looks_again(const struct feed_state *state)
{
    return state->notices_again < state->notices;
}

static bool looks_at_embargoes(const struct look *k)
{
    instant now = k->l->reading->now;
    return now < k->old->due_at || now - k->old->due_at >= DUE_EACH || k->old->due_seq != INT64_MAX;
}

/* --- what it found --- */

/* A type that this daemon does not know cannot be shown. */
static bool entry_of(const struct pg_result *r, int i, struct feed_entry *ret)
{
    bool notice = pg_null(r, i, L_TYPE);
    const struct record_type *type = notice ? NULL : record_type_find(pg_str(r, i, L_TYPE));
    *ret = (struct feed_entry){type ? str_of(type->name) : STR(""), pg_i64(r, i, L_SEQ),
                               notice ? 0 : pg_instant(r, i, L_T)};
    return notice || type;
}

static void take_row(struct look *k, struct found *to, const struct pg_result *r, int i)
{
    struct feed_entry e;
    to->rows++;
    to->last = pg_i64(r, i, L_SEQ);
    if (entry_of(r, i, &e))
        add_found(to, &e, k->arena);
}

/* Rows come in runs of one source; each is in order. */
static void take_rows(struct look *k, const struct pg_result *r)
{
    struct found *const to[] = {[NEWS] = &k->news,
                                [MOVED] = &k->moved,
                                [DUE] = &k->late,
                                [NOTICE] = &k->notices,
                                [HISTORY] = &k->history,
                                [HISTORY_NOTICE] = &k->history_notices,
                                [NOTICE_AGAIN] = &k->late_notices};
    for (int i = 0; i < pg_rows(r); i++) {
        int source = pg_i32(r, i, L_SOURCE);
        if (source != HEAD)
            take_row(k, to[source], r, i);
    }
}

static int find_head(const struct pg_result *r)
{
    for (int i = pg_rows(r); i-- > 0;)
        if (pg_i32(r, i, L_SOURCE) == HEAD)
            return i;
    return -1;
}

/* A look that was cut goes on where its last row stands. */
static void move_marks(struct look *k, const struct pg_result *r, int head, bool embargoes)
{
    struct feed_state *next = k->next;
    int64_t event = 0;
    int events = 0;
    next->mark = pg_i64(r, head, L_SEQ);
    if (k->window.seq < next->mark)
        next->mark = k->window.seq;
    if (k->news.rows == FEED_LOOK_ROWS)
        next->mark = k->news.last;
    if (embargoes) {
        next->due_at = due_at(k);
        next->due_seq = k->window.due_seq;
    }
    size_t due = 0;
    for (int i = 0; i < pg_rows(r); i++) {
        int source = pg_i32(r, i, L_SOURCE);
        if (source == MOVED && pg_i64(r, i, L_EVENT) != event) {
            event = pg_i64(r, i, L_EVENT);
            events++;
        }
        if (source == DUE && ++due == FEED_LOOK_ROWS) {
            next->due_at = pg_instant(r, i, L_AT);
            next->due_seq = pg_i64(r, i, L_SEQ);
        }
    }
    if (events == LOOK_MOVES && event < next->mark)
        next->mark = event;
    k->full = k->full || next->mark < pg_i64(r, head, L_SEQ) || due == FEED_LOOK_ROWS ||
              (embargoes && k->window.due_seq != INT64_MAX);
}

static void move_notices(struct look *k)
{
    struct feed_state *next = k->next;
    bool behind = looks_again(k->old);
    if (k->notices.n)
        next->notices = k->notices.last;
    if (k->notices.n < LOOK_NOTICES && k->window.notices != INT64_MAX)
        next->notices = k->window.notices;
    if (behind && k->late_notices.n == LOOK_NOTICES)
        next->notices_again = k->late_notices.last;
    else if (behind && k->window.again < k->old->notices)
        next->notices_again = k->window.again;
    else
        next->notices_again = next->notices;
    k->full = k->full || k->notices.n == LOOK_NOTICES || k->window.notices != INT64_MAX || looks_again(next);
}

/* What is newer than the mark is left to the look that comes to it. */
static void cut_news(struct look *k)
{
    while (k->news.n && k->news.v[k->news.n - 1].seq > k->next->mark)
        k->news.n--;
}

/* --- labels --- */

static void take_labels(const struct pg_result *r, int head, struct feed_state *to)
{
    to->bits = arena_str(to->arena, pg_str(r, head, L_BITS));
    to->waits = pg_null(r, head, L_WAITS) ? STR("") : arena_str(to->arena, pg_str(r, head, L_WAITS));
    to->n_delays = pg_null(r, head, L_DELAYS) ? 0 : pg_i32s(r, head, L_DELAYS, to->arena, &to->delays);
    to->labels = pg_i32(r, head, L_LABELS);
}

static bool sees_the_same(const struct look *k, const struct pg_result *r, int head)
{
    const struct feed_state *state = k->next;
    struct str waits = pg_null(r, head, L_WAITS) ? STR("") : pg_str(r, head, L_WAITS);
    int32_t *delays = NULL;
    size_t n = pg_null(r, head, L_DELAYS) ? 0 : pg_i32s(r, head, L_DELAYS, k->arena, &delays);
    return str_eq(state->bits, pg_str(r, head, L_BITS)) && str_eq(state->waits, waits) && n == state->n_delays &&
           (!n || memcmp(delays, state->delays, n * sizeof *delays) == 0);
}

static struct behind *find_behind(const struct feed_state *state, int32_t label)
{
    for (size_t i = 0; i < state->n_behind; i++)
        if (state->behind[i].label == label)
            return &state->behind[i];
    return NULL;
}

/* A record's seq is not before its acceptance: what waits d seconds still has a seq beyond now - d. */
static int64_t waited_through(const struct look *k, const struct feed_state *next, int32_t delay)
{
    instant until = k->l->reading->now - delay * INSTANT_SECOND;
    return until < 0 ? 0 : until < next->mark ? until : next->mark;
}

/* What of a label's records may not have been there to be seen. One that opens again is looked for from the beginning:
 * some may have been moved to it, or come out of an embargo, while it was closed. */
static void compare_label(const struct look *k, struct feed_state *next, int32_t label)
{
    const struct feed_state *old = k->old;
    bool was = feed_sees(old->bits, label), is = feed_sees(next->bits, label), fresh = label >= old->labels;
    int32_t waits = is ? feed_delay(next, label) : 0;
    struct behind *b = find_behind(next, label);
    int64_t through = b && was ? b->through : was || fresh ? old->mark : 0;
    if (!was && is && !fresh)
        next->notices_again = 0;
    if (!is || (!waits && (was || fresh))) /* of a fresh label no record came before the last look */
        return;
    if (waits) { /* what was moved to it may have to wait, too */
        int64_t until = waited_through(k, next, waits);
        through = through < until ? through : until;
    }
    if (!b)
        b = &next->behind[next->n_behind++];
    *b = (struct behind){label, through};
}

static bool bytes_differ(struct str a, struct str b, size_t at, size_t n)
{
    for (size_t i = at; i < at + n; i++)
        if ((i < a.n ? a.p[i] : 0) != (i < b.n ? b.p[i] : 0))
            return true;
    return false;
}

/* The next state with room for what has changed. */
static void compare_labels(struct look *k, const struct pg_result *r, int head)
{
    struct feed_state *next = k->next;
    if (sees_the_same(k, r, head) && next->labels == pg_i32(r, head, L_LABELS))
        return;
    size_t labels = (size_t)pg_i32(r, head, L_LABELS);
    struct feed_state *grown = feed_state_copy(next, labels + 8);
    take_labels(r, head, grown);
    /* Numbers of delays mean what they meant only while the delays are the same. */
    bool delays = grown->n_delays || k->old->n_delays;
    for (size_t byte = 0; byte * 8 < labels; byte++)
        if (delays || bytes_differ(k->old->bits, grown->bits, byte, 1))
            for (size_t i = byte * 8; i < byte * 8 + 8 && i < labels; i++)
                compare_label(k, grown, (int32_t)i);
    feed_state_free(next);
    k->next = grown;
}

/* --- moved records, and labels left behind --- */

/* The rows are those of the statement and the head, if the same is seen as before. */
static int read_same(struct look *k, struct sql *s, struct pg_result **ret, bool *ret_same, struct fault *fault)
{
    sql_z(s, " UNION ALL " SELECT_HEAD);
    int error = visible_read(k->l->s, k->l->reading, sql_text(s), &s->args, NULL, ret, fault);
    int head = error ? -1 : find_head(*ret);
    if (!error)
        *ret_same = head >= 0 && sees_the_same(k, *ret, head);
    return error;
}

static int read_again(struct look *k, struct sql *s, struct found *to, bool *ret_same, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    int error = read_same(k, s, &r, ret_same, fault);
    for (int i = 0; !error && *ret_same && i < pg_rows(r); i++)
        if (pg_i32(r, i, L_SOURCE) != HEAD)
            take_row(k, to, r, i);
    return error;
}

static int find_moved(struct look *k, bool *ret_same, struct fault *fault)
{
    SQL_CLEANUP struct sql s = {.args = {.arena = k->arena}};
    struct str *types = arena_array(k->arena, k->moved.n, sizeof *types);
    instant *ts = arena_array(k->arena, k->moved.n, sizeof *ts);
    int64_t *seqs = arena_array(k->arena, k->moved.n, sizeof *seqs);
    size_t n = 0;
    for (size_t i = 0; i < k->moved.n; i++) {
        const struct feed_entry *e = &k->moved.v[i];
        if (e->seq > k->old->mark) /* it comes in the order of commit */
            continue;
        types[n] = e->type;
        ts[n] = e->t;
        seqs[n++] = e->seq;
    }
    if (!n)
        return 0;
    pg_arg_strs(&s.args, types, n);
    pg_arg_instants(&s.args, ts, n);
    pg_arg_i64s(&s.args, seqs, n);
    sql_z(&s, "SELECT 1, r.seq, r.type, r.t, NULL::timestamptz, NULL::int8" NO_HEAD
              " FROM unnest($1, $2, $3) AS k (type, t, seq) CROSS JOIN LATERAL (SELECT r.seq, r.type, r.t FROM record r"
              " WHERE r.type = k.type AND r.t = k.t AND r.seq = k.seq OFFSET 0) r");
    return read_again(k, &s, &k->late, ret_same, fault);
}

/* Notices of what has become visible late are not shown before. */
static int find_late_notices(struct look *k, bool *ret_same, struct fault *fault)
{
    SQL_CLEANUP struct sql s = {.args = {.arena = k->arena}};
    struct str *types = arena_array(k->arena, k->late.n, sizeof *types);
    instant *ts = arena_array(k->arena, k->late.n, sizeof *ts);
    int64_t *seqs = arena_array(k->arena, k->late.n, sizeof *seqs);
    if (!k->late.n || !k->old->notices)
        return 0;
    for (size_t i = 0; i < k->late.n; i++) {
        types[i] = k->late.v[i].type;
        ts[i] = k->late.v[i].t;
        seqs[i] = k->late.v[i].seq;
    }
    pg_arg_strs(&s.args, types, k->late.n);
    pg_arg_instants(&s.args, ts, k->late.n);
    pg_arg_i64s(&s.args, seqs, k->late.n);
    buf_printf(&s.text,
               "SELECT %d, n.position, NULL::text, NULL::timestamptz, NULL::timestamptz, NULL::int8" NO_HEAD
               " FROM unnest($1, $2, $3) AS k (type, t, seq) CROSS JOIN LATERAL (SELECT r.id FROM record r"
               " WHERE r.type = k.type AND r.t = k.t AND r.seq = k.seq OFFSET 0) r"
               " JOIN notice n ON n.type = k.type AND n.record = r.id WHERE n.partner = ",
               NOTICE_AGAIN);
    sql_param(&s, reader_partner(k->l->reading->reader), "text");
    up_to(&s, "n.position", k->old->notices);
    if (!k->l->officer)
        sql_z(&s, " AND NOT n.officers");
    return read_again(k, &s, &k->late_notices, ret_same, fault);
}

/* Of labels behind, those whose records are looked for now. */
struct catching_up {
    int32_t *labels;
    int64_t *through;
    size_t n;
    int64_t first, last; /* seqs to be looked at: (first, last] */
};

static int64_t goes_to(const struct look *k, int32_t label)
{
    int32_t delay = feed_delay(k->next, label);
    return delay ? waited_through(k, k->next, delay) : k->next->mark;
}

static int64_t looks_to(const struct look *k, int32_t label)
{
    int64_t mark = k->next->mark, ahead = mark - k->l->reading->now;
    int64_t to = goes_to(k, label) + (ahead > 0 ? ahead : 0) + WAIT_SLACK;
    return to < mark ? to : mark;
}

static void who_is_behind(const struct look *k, struct catching_up *c)
{
    const struct feed_state *next = k->next;
    c->labels = arena_array(k->arena, next->n_behind, sizeof *c->labels);
    c->through = arena_array(k->arena, next->n_behind, sizeof *c->through);
    c->first = INT64_MAX;
    for (size_t i = 0; i < next->n_behind; i++) {
        const struct behind *b = &next->behind[i];
        if (b->through >= goes_to(k, b->label) || !feed_sees(next->bits, b->label))
            continue;
        int64_t to = looks_to(k, b->label);
        c->labels[c->n] = b->label;
        c->through[c->n++] = b->through;
        c->first = b->through < c->first ? b->through : c->first;
        c->last = to > c->last ? to : c->last;
    }
}

/* In the order of commit one pass serves all labels; of few records each label's own index finds them. */
static void behind_statement(const struct catching_up *c, bool few, struct sql *s)
{
    pg_arg_i32s(&s->args, c->labels, c->n);
    pg_arg_i64s(&s->args, c->through, c->n);
    sql_z(s, few ? "(SELECT 1, q.seq, q.type, q.t, NULL::timestamptz, NULL::int8" NO_HEAD " FROM (SELECT " RECORD_ROW
                   " FROM record r WHERE r.label_id = ANY ($1) AND r.seq > "
                 : "(SELECT 1, " RECORD_ROW ", NULL::timestamptz, NULL::int8" NO_HEAD
                   " FROM record r WHERE r.label_id = ANY ($1) AND r.seq > ");
    sql_i64(s, c->first);
    sql_z(s, " AND r.seq <= ");
    sql_i64(s, c->last);
    sql_z(s, " AND r.seq > ($2)[array_position($1, r.label_id)]");
    sql_z(s, few ? " OFFSET 0) q ORDER BY q.seq" : " ORDER BY r.seq");
    buf_printf(&s->text, " LIMIT %d)", FEED_LOOK_ROWS);
}

static void go_through(struct look *k, const struct catching_up *c, bool whole, int64_t last)
{
    struct feed_state *next = k->next;
    for (size_t i = 0; i < c->n; i++) {
        struct behind *b = find_behind(next, c->labels[i]);
        int64_t to = goes_to(k, b->label);
        if (!whole && last < to)
            to = last;
        b->through = to > b->through ? to : b->through;
        if (whole && !feed_delay(next, b->label))
            *b = next->behind[--next->n_behind];
    }
}

static int catch_up(struct look *k, bool *ret_same, struct fault *fault)
{
    SQL_CLEANUP struct sql s = {.args = {.arena = k->arena}};
    struct catching_up c = {0};
    size_t before = k->late.rows;
    who_is_behind(k, &c);
    if (!c.n)
        return 0;
    bool few = label_records(k->l->s->visibility, c.labels, c.n) <= k->l->s->look_records / FEW_SHARE;
    int64_t end = INT64_MAX;
    int error = few ? 0 : feed_window_behind(k->l->s, c.first, &end, fault);
    if (error)
        return error;
    bool cut = end < c.last;
    c.last = cut ? end : c.last;
    behind_statement(&c, few, &s);
    error = read_again(k, &s, &k->late, ret_same, fault);
    if (error || !*ret_same)
        return error;
    bool all = k->late.rows - before < FEED_LOOK_ROWS;
    go_through(k, &c, all && !cut, all ? c.last : k->late.last);
    k->full = k->full || !all || cut;
    return 0;
}

/* --- writing it down --- */

static int by_seq(const void *a, const void *b)
{
    int64_t x = ((const struct feed_entry *)a)->seq, y = ((const struct feed_entry *)b)->seq;
    return (x > y) - (x < y);
}

/* In order and each once; those that the feed has are left out. */
static int leave_known(struct look *k, struct found *f, const struct found *others, struct fault *fault)
{
    size_t n = 0;
    if (!f->n)
        return 0;
    qsort(f->v, f->n, sizeof *f->v, by_seq);
    for (size_t i = 0; i < f->n; i++) {
        bool again = n && f->v[n - 1].seq == f->v[i].seq;
        if (!again && !(others && others->n && bsearch(&f->v[i], others->v, others->n, sizeof *f->v, by_seq)))
            f->v[n++] = f->v[i];
    }
    f->n = n;
    return feed_leave_known(k->l->s, str_of(k->l->feed->principal), f->v, &f->n, fault);
}

static void add_run(struct feed_run *runs, size_t *n, char source, const struct found *f, int64_t *last)
{
    if (!f->n)
        return;
    runs[(*n)++] = (struct feed_run){source, f->v, f->n, *last + 1};
    *last += (int64_t)f->n;
}

static bool worth_writing(const struct look *k, size_t n_runs)
{
    const struct feed_state *a = k->old, *b = k->next;
    return n_runs || a->labels != b->labels || a->history != b->history || a->n_behind != b->n_behind ||
           a->notices_again != b->notices_again || !str_eq(a->bits, b->bits) || !str_eq(a->waits, b->waits) || k->full;
}

static int write_down(struct look *k, struct fault *fault)
{
    struct feed *feed = k->l->feed;
    struct feed_state *next = k->next;
    struct feed_run runs[6];
    size_t n = 0;
    add_run(runs, &n, 'l', &k->late, &next->last);
    add_run(runs, &n, 'n', &k->late_notices, &next->last);
    size_t news = n;
    add_run(runs, &n, 'm', &k->news, &next->last);
    add_run(runs, &n, 'n', &k->notices, &next->last);
    add_run(runs, &n, 'n', &k->history_notices, &next->last_history);
    add_run(runs, &n, 'h', &k->history, &next->last_history);
    feed->settled = !k->full && !looks_again(next);
    if (!worth_writing(k, n)) { /* that nothing was found is known here: at worst it is looked at again */
        next->version = k->old->version;
        return 0;
    }
    if (k->news.n && news == 0)
        runs[0].position = feed_news_position(feed);
    int error = feed_save(k->l->s, str_of(feed->principal), k->old, next, runs, n, fault);
    if (error)
        return error;
    next->version = k->old->version + 1;
    feed_remember(feed, runs, n);
    return 0;
}

/* --- looking --- */

static int look_statement(struct look *k, bool history, bool embargoes, struct pg_result **ret, struct fault *fault)
{
    SQL_CLEANUP struct sql s = {.args = {.arena = k->arena}};
    news_branch(&s, k);
    moved_branch(&s, k);
    if (embargoes)
        due_branch(&s, k);
    notice_branch(&s, k, NOTICE, k->old->notices, k->window.notices);
    if (looks_again(k->old))
        notice_branch(&s, k, NOTICE_AGAIN, k->old->notices_again,
                      k->window.again < k->old->notices ? k->window.again : k->old->notices);
    if (history)
        history_branch(&s, k);
    if (history && k->old->history < 0)
        notice_branch(&s, k, HISTORY_NOTICE, k->old->told_history, k->old->notices_begun);
    sql_z(&s, " UNION ALL " SELECT_HEAD);
    return visible_read(k->l->s, k->l->reading, sql_text(&s), &s.args, NULL, ret, fault);
}

/* History is what nothing newer has a claim to: only a look that leaves nothing behind knows that. */
static void move_history(struct look *k, bool history)
{
    if (!history || k->full) {
        k->history.n = k->history_notices.n = 0;
        return;
    }
    if (k->history_notices.rows == LOOK_NOTICES) { /* records come behind all notices */
        k->next->told_history = k->history_notices.last;
        k->history.n = 0;
        return;
    }
    k->next->history = k->history.rows == FEED_LOOK_ROWS ? k->history.last : history_until(k);
}

static int look_once(struct look *k, bool history, bool *ret_same, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    bool embargoes = looks_at_embargoes(k), far = history || !k->l->feed->settled;
    struct str partner = reader_partner(k->l->reading->reader);
    int error = feed_window(k->l->s, k->old, partner, k->l->reading->now, far, &k->window, fault);
    if (!error)
        error = look_statement(k, history, embargoes, &r, fault);
    if (error)
        return error;
    int head = find_head(r);
    if (head < 0)
        return fault_set(fault, ERR_INTERNAL, "", "a look without a head");
    k->valid_until = pg_instant(r, head, L_AT);
    take_rows(k, r);
    move_marks(k, r, head, embargoes);
    move_notices(k);
    cut_news(k);
    compare_labels(k, r, head);
    error = find_moved(k, ret_same, fault);
    if (!error && *ret_same)
        error = catch_up(k, ret_same, fault);
    if (!error && *ret_same)
        error = find_late_notices(k, ret_same, fault);
    if (error || !*ret_same)
        return error;
    move_history(k, history);
    error = leave_known(k, &k->late_notices, NULL, fault);
    if (!error)
        error = leave_known(k, &k->history_notices, &k->late_notices, fault);
    if (!error)
        error = leave_known(k, &k->late, &k->news, fault);
    if (!error)
        error = leave_known(k, &k->history, &k->late, fault);
    return error ? error : write_down(k, fault);
}

static int attempt(const struct feed_looking *l, bool history, bool *ret_done, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct look k = {.l = l, .arena = arena, .old = l->feed->state, .next = feed_state_copy(l->feed->state, 0)};
    bool same = true;
    feed_hub_looks(l->s->feed_hub, l->feed);
    int error = look_once(&k, history, &same, fault);
    *ret_done = !error && same;
    if (*ret_done) {
        feed_hub_seen(l->s->feed_hub, l->feed, k.next, reader_partner(l->reading->reader), k.valid_until);
        feed_state_free(l->feed->state);
        l->feed->state = k.next;
    } else {
        feed_state_free(k.next);
    }
    if (error == FEED_OVERTAKEN) {
        feed_forget(l->feed);
        return feed_open(l, fault);
    }
    return error;
}

int feed_look(const struct feed_looking *l, bool history, struct fault *fault)
{
    bool done = false;
    int error = 0;
    for (int tries = 0; !error && !done && tries < LOOK_TRIES; tries++)
        error = attempt(l, history, &done, fault);
    return error || done ? error : fault_set(fault, ERR_UNAVAILABLE, "", "what is visible keeps changing");
}

/* --- a feed that begins --- */

static void begin_behind(const struct look *k, struct feed_state *state)
{
    for (int32_t label = 0; state->n_delays && label < state->labels; label++)
        if (feed_sees(state->bits, label) && feed_delay(state, label))
            state->behind[state->n_behind++] =
                (struct behind){label, waited_through(k, state, feed_delay(state, label))};
}

/* A feed begins now: what is visible is its history. */
static int begin(const struct feed_looking *l, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    SQL_CLEANUP struct sql s = {.args = {.arena = arena}};
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct look k = {.l = l, .arena = arena};
    sql_z(&s,
          "SELECT 3, coalesce(max(n.position), 0), NULL::text, NULL::timestamptz, NULL::timestamptz, NULL::int8" NO_HEAD
          " FROM notice n WHERE n.partner = ");
    sql_param(&s, reader_partner(l->reading->reader), "text");
    sql_z(&s, " UNION ALL " SELECT_HEAD);
    int error = visible_read(l->s, l->reading, sql_text(&s), &s.args, NULL, &r, fault);
    if (error)
        return error;
    struct feed_state none = {.due_at = l->reading->now, .due_seq = INT64_MAX, .bits = STR(""), .waits = STR("")};
    k.next = feed_state_copy(&none, (size_t)pg_i32(r, 1, L_LABELS));
    k.next->mark = pg_i64(r, 1, L_SEQ);
    k.next->notices = k.next->notices_again = pg_i64(r, 0, L_SEQ);
    take_labels(r, 1, k.next);
    begin_behind(&k, k.next);
    error = feed_create(l->s, str_of(l->feed->principal), k.next, fault);
    feed_state_free(k.next);
    return error;
}

int feed_open(const struct feed_looking *l, struct fault *fault)
{
    struct feed *feed = l->feed;
    struct str principal = str_of(feed->principal);
    if (feed->state)
        return 0;
    int error = feed_load(l->s, principal, &feed->state, fault);
    if (error || feed->state)
        return error;
    error = begin(l, fault);
    if (!error)
        error = feed_load(l->s, principal, &feed->state, fault);
    if (!error && !feed->state)
        error = fault_set(fault, ERR_INTERNAL, "", "a feed that began is not there");
    return error;
}
