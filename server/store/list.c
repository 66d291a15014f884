/* store_list: a long answer in chunks, each one statement, one disclosure, and a connection held for the statement
 * only. */
#include "list_data.h"

#include "memory.h"
#include "pages.h"

#include <stdio.h>
#include <stdlib.h>

#define SORT_RECORDS_MAX 200000 /* of an order that no index gives: their keys are held in memory */
#define CHUNK_RECORDS_MAX 4096
#define BODY_GUESS 512 /* bytes of a body before any has been seen */
/* Every chunk takes bodies up to this: CHUNK_RECORDS_MAX of them are 64 MiB at worst. */
#define BODY_SHORT (16 * 1024)
#define BODY_UNLIMITED SIZE_MAX

/* Who comes back for the next chunk within this time has one read ahead, and what was read ahead is shown for as long.
 */
#define AHEAD_FRESH (INSTANT_SECOND / 2)

/* --- opening --- */

static void copy_reading(struct store_list *l, const struct reading *in)
{
    l->registry = registry_ref(in->registry);
    l->reading = *in;
    l->reading.registry = l->registry;
    l->reading.principal = arena_str(l->arena, in->principal);
    l->reading.route = arena_str(l->arena, in->route);
    l->reading.request_id = arena_str(l->arena, in->request_id);
}

/* What must be the same for two requests to be pages of one list. */
static struct digest shape_of(const struct store_list *l)
{
    const struct pg_args *args = &l->where.args;
    const struct predicate *listed = l->reach.listed;
    struct str parts[7 + PG_ARGS_MAX + QUERY_IN_MAX];
    size_t n = 0;
    parts[n++] = str_of(l->newest ? "newest" : l->unfollowed ? "unfollowed" : "");
    parts[n++] = l->reading.principal;
    parts[n++] = str_of(l->type->name);
    parts[n++] = buf_view(&l->where.text);
    parts[n++] = buf_view(&l->sort);
    parts[n++] = buf_view(&l->time);
    parts[n++] = buf_view(&l->object);
    for (int i = 0; i < args->n; i++)
        parts[n++] =
            args->formats[i] ? (struct str){args->values[i], (size_t)args->lengths[i]} : str_of(args->values[i]);
    if (listed)
        parts[n++] = str_of(listed->field->name);
    for (size_t i = 0; listed && i < listed->n; i++)
        parts[n++] = listed->values[i].text;
    return sha256_parts(parts, n);
}

static struct digest page_key(const struct store_list *l, int64_t position)
{
    char text[64];
    int n = snprintf(text, sizeof text, "%lld %d", (long long)position, l->ascending);
    const struct str parts[] = {{(const char *)l->shape.bytes, DIGEST_SIZE}, {text, (size_t)n}};
    return sha256_parts(parts, 2);
}

/* Goes on where the page before ended, if that is still known. */
static void take_page(struct store_list *l)
{
    struct page_end end;
    if (!l->first)
        return;
    struct digest key = page_key(l, l->first);
    if (!pages_get(l->s->pages, &key, &end))
        return;
    l->mark = end.mark;
    if (l->sorted)
        return;
    l->first = 0;
    l->placed = true;
    l->last = (struct sort_key){end.id, end.t};
}

/* A client that counts in whole pages asks beyond the end of a last page that was not full. */
static void put_page(struct store_list *l)
{
    struct page_end end = {.t = l->last.t, .id = l->last.id, .mark = l->mark};
    const int64_t positions[] = {l->given, l->page_end};
    size_t n = l->given == l->page_end ? 1 : 2;
    for (size_t i = 0; i < n && l->mark && !l->export && (l->placed || l->sorted); i++) {
        struct digest key = page_key(l, positions[i]);
        pages_put(l->s->pages, &key, &end);
    }
}

/* Text with parameters whose values go with those of the predicates. */
static struct buf expression(struct store_list *l, const struct query *q,
                             void (*write)(struct sql *s, const struct query *q, const struct sight *sight))
{
    struct buf predicates = l->where.text;
    l->where.text = (struct buf){0};
    write(&l->where, q, &l->sight);
    struct buf made = l->where.text;
    l->where.text = predicates;
    return made;
}

static void write_sort(struct sql *s, const struct query *q, const struct sight *sight)
{
    if (sql_time_order(q))
        sql_time(s, q->type, sight);
    else
        sql_sort_key(s, q, sight);
}

static void write_object(struct sql *s, const struct query *q, const struct sight *sight)
{
    sql_object(s, q->type, sight);
}

static void make_sql(struct store_list *l, const struct query *q)
{
    struct sql time = {.args = {.arena = l->arena}};
    reach_of(q, &l->sight, l->arena, &l->reach);
    sql_predicates_but(&l->where, q, &l->sight, l->sorted ? 0 : l->reach.listed_at);
    if (l->sorted)
        l->sort = expression(l, q, write_sort);
    if (q->current && !l->unfollowed)
        l->object = expression(l, q, write_object);
    sql_time(&time, q->type, &l->sight);
    l->time = time.text;
    l->time_step = sql_time_step(q->type, &l->sight);
}

struct store_list *list_new(struct store *s, const struct reading *reading, const struct query *q, struct class *class)
{
    struct store_list *l = memory_zeroed(sizeof *l);
    l->s = s;
    l->arena = l->where.args.arena = l->banner.arena = l->account.arena = arena_new();
    l->type = q->type;
    copy_reading(l, reading);
    l->class = class;
    class_sight(class, str_of(q->type->name), sql_asks_marking(q), l->arena, &l->sight);
    l->only_time = sql_only_time(q);
    l->unfollowed = q->current && q->type->succession;
    l->sorted = (q->current && !l->unfollowed) || !sql_time_order(q);
    l->newest = q->type->versioned && !q->all_versions;
    l->ascending = q->sort && q->sort_ascending;
    make_sql(l, q);
    l->first = l->given = q->first_result;
    l->left = q->max_results < 0 ? INT64_MAX : q->max_results;
    l->page_end = q->max_results < 0 ? l->first : l->first + q->max_results;
    l->ended = l->left == 0;
    l->chunk_rows = s->chunk_bytes / BODY_GUESS + 1;
    l->shape = shape_of(l);
    take_page(l);
    return l;
}

/* Its mark is the export's own: where a page of another list ended is nothing to it. */
int store_list_open_export(struct store *s, const struct reading *reading, const struct query *q, int64_t mark,
                           struct store_list **ret, struct fault *fault)
{
    int error = store_list_open(s, reading, q, ret, fault);
    if (error)
        return error;
    struct store_list *l = *ret;
    l->export = true;
    l->mark = mark;
    l->placed = false;
    l->first = q->first_result;
    return 0;
}

int store_list_open(struct store *s, const struct reading *reading, const struct query *q, struct store_list **ret,
                    struct fault *fault)
{
    struct class *class = NULL;
    int error = class_ensure(s->visibility, reading->registry, reading->reader, reading->now, &class, fault);
    if (!error)
        *ret = list_new(s, reading, q, class);
    return error;
}

/* --- the statement of one chunk --- */

/* Limits are part of the text, rounded up so that there are few texts: a planner that does not know the limit expects a
 * tenth of the table and sorts it. */
static int64_t round_limit(int64_t n)
{
    int64_t limit = 10;
    while (limit < n)
        limit *= 10;
    return limit;
}

static const char *direction(const struct store_list *l)
{
    return l->ascending ? "ASC" : "DESC";
}

static void order_by(struct sql *s, const struct store_list *l, const char *alias)
{
    buf_printf(&s->text, " ORDER BY %s.t %s, %s.id %s", alias, direction(l), alias, direction(l));
}

/* seq + 0: no index on seq may answer it, as nearly all records do. */
static void from_record(struct sql *s, const struct store_list *l)
{
    sql_from(s, l->type);
    if (l->newest)
        sql_newest(s, l->type, l->mark);
    if (l->unfollowed)
        sql_unfollowed(s, l->type, &l->sight, l->mark);
    buf_str(&s->text, buf_view(&l->where.text));
    if (l->mark) {
        sql_z(s, " AND r.seq + 0 <= ");
        sql_i64(s, l->mark);
    }
}

/* What is shown of a time lies at or before it, by less than a step: the bound on r.t is for the index. */
static void after_last(struct sql *s, const struct store_list *l)
{
    if (!l->placed)
        return;
    if (l->time_step) {
        sql_z(s, l->ascending ? " AND r.t >= " : " AND r.t < ");
        sql_instant(s, l->ascending ? l->last.t : instant_add(l->last.t, l->time_step));
    }
    sql_z(s, " AND (");
    buf_str(&s->text, buf_view(&l->time));
    sql_z(s, l->ascending ? ", r.id) > (" : ", r.id) < (");
    sql_instant(s, l->last.t);
    sql_z(s, ", ");
    sql_uuid(s, l->last.id);
    sql_z(s, ")");
}

static void first(struct sql *s, const struct store_list *l, int64_t limit)
{
    order_by(s, l, "r");
    buf_printf(&s->text, " LIMIT %lld", (long long)limit);
}

/* All by the index on time, or the first of each label, object or id, merged. */
static void time_scan(struct sql *s, const struct store_list *l, int64_t limit, enum reach_way way, struct class *class)
{
    sql_z(s, "SELECT r.* FROM ");
    reach_begin(&l->reach, way, class, s);
    sql_z(s, "SELECT " RECORD_COLUMNS);
    from_record(s, l);
    reach_join(&l->reach, way, s);
    after_last(s, l);
    if (way == REACH_BY_ID)
        sql_z(s, " OFFSET 0"); /* one at most: an order would lead the planner to the index on time */
    else
        first(s, l, limit);
    reach_end("r", s);
    if (way != REACH_BY_TIME)
        first(s, l, limit);
}

/* --- the same where times are shown in steps --- */

/* The order is that of the times shown, which indexes do not give. Of the `limit` records that come first by their own
 * time the last time shown is a bound: as many are at or before it, and whoever else is lies within a step of it. Those
 * are sorted. */
struct stepped {
    const struct store_list *l;
    struct str conditions; /* " FROM record r WHERE …" */
    long long limit;
    enum reach_way way;
    struct class *class;
};

static void begin_source(const struct stepped *t, struct sql *s, const char *columns)
{
    reach_begin(&t->l->reach, t->way, t->class, s);
    sql_z(s, "SELECT ");
    sql_z(s, columns);
    buf_str(&s->text, buf_view(&t->l->time));
    sql_z(s, " AS t");
}

static void source_conditions(const struct stepped *t, struct sql *s)
{
    buf_str(&s->text, t->conditions);
    reach_join(&t->l->reach, t->way, s);
}

static void time_bound(const struct stepped *t, struct sql *s)
{
    const char *order = direction(t->l);
    buf_printf(&s->text, "(SELECT %s(x.t) FROM (SELECT q.t FROM ", t->l->ascending ? "max" : "min");
    begin_source(t, s, "r.t AS own, ");
    source_conditions(t, s);
    buf_printf(&s->text, " ORDER BY r.t %s LIMIT %lld", order, t->limit);
    reach_end("q", s);
    buf_printf(&s->text, " ORDER BY q.own %s LIMIT %lld) x)", order, t->limit);
    if (t->l->ascending)
        buf_printf(&s->text, " + interval '%lld seconds'", (long long)(t->l->time_step / INSTANT_SECOND));
}

static void stepped_scan(struct sql *s, const struct store_list *l, int64_t limit, enum reach_way way,
                         struct class *class)
{
    struct stepped t = {.l = l, .limit = (long long)limit, .way = way, .class = class};
    size_t start = s->text.n;
    from_record(s, l);
    after_last(s, l);
    t.conditions = arena_str(s->args.arena, (struct str){s->text.p + start, s->text.n - start});
    s->text.n = start;
    sql_z(s, "SELECT q.* FROM ");
    begin_source(&t, s, RECORD_COLUMNS_BUT_TIME ", ");
    source_conditions(&t, s);
    sql_z(s, l->ascending ? " AND r.t < " : " AND r.t >= ");
    time_bound(&t, s);
    reach_end("q", s);
    order_by(s, l, "q");
    buf_printf(&s->text, " LIMIT %lld", (long long)limit);
}

/* Other predicates than time may leave few rows of many: nobody knows. */
bool list_is_quick(const struct store_list *l, unsigned *ret_cost)
{
    if (!l->only_time || l->sorted || l->ended || l->left > QUICK_RECORDS_MAX || l->first > QUICK_RECORDS_MAX)
        return false;
    double cost = reach_cost(&l->reach, l->class, l->first + l->left);
    *ret_cost = cost < QUICK_COST_MAX ? (unsigned)cost : QUICK_COST_MAX;
    return cost <= QUICK_COST_MAX;
}

/* A long body is left out here and read alone, so that the memory of a chunk is bounded whatever was posted. Where one
 * was met there may be more, and what was read behind each would have been read in vain: then bodies are given until
 * they come to a chunk's bytes, the first one in any case. */
static void select_within(struct sql *s, const struct store_list *l, size_t longest)
{
    sql_z(s, "SELECT " RECORD_HEAD ", ");
    if (longest == BODY_UNLIMITED) {
        sql_z(s, "r.body");
        return;
    }
    sql_z(s, l->long_met
                 ? "CASE WHEN sum(octet_length(r.body)) OVER (ROWS UNBOUNDED PRECEDING) - octet_length(r.body) < "
                 : "CASE WHEN octet_length(r.body) <= ");
    sql_i64(s, (int64_t)(l->long_met ? l->s->chunk_bytes : longest));
    sql_z(s, " THEN r.body END");
}

/* No ORDER BY outside: a planner that does not see that the rows come in order would sort whole bodies. check_order
 * looks that they do. */
static void chunk_by_time(const struct store_list *l, struct class *class, size_t rows, size_t longest, struct sql *s)
{
    int64_t limit = l->first + (int64_t)rows;
    enum reach_way way = reach_in_time(&l->reach, class, limit);
    select_within(s, l, longest);
    sql_z(s, l->mark ? " FROM (" : ", (SELECT seq FROM sequencer) FROM (");
    (l->time_step ? stepped_scan : time_scan)(s, l, round_limit(limit), way, class);
    sql_z(s, ") r OFFSET ");
    sql_i64(s, l->first);
    sql_z(s, " LIMIT ");
    sql_i64(s, (int64_t)rows);
}

/* --- an order that no index gives --- */

/* OFFSET 0 keeps what is read label by label apart from the labels. */
static void keyed_records(const struct store_list *l, enum reach_way way, struct class *class, struct sql *s)
{
    reach_begin(&l->reach, way, class, s);
    sql_z(s, "SELECT r.id, r.t AS own, ");
    buf_str(&s->text, buf_view(&l->time));
    sql_z(s, " AS t, ");
    buf_str(&s->text, buf_view(&l->sort));
    sql_z(s, " AS sort");
    if (l->object.n) {
        sql_z(s, ", ");
        buf_str(&s->text, buf_view(&l->object));
        sql_z(s, " AS object");
    }
    from_record(s, l);
    if (way == REACH_BY_LABEL) {
        reach_join(&l->reach, way, s);
        sql_z(s, " OFFSET 0");
    }
    reach_end("q", s);
}

/* Column 3 of the keys: the sequencer's mark. Which record of an object is the newest follows from what is shown: what
 * a view hides or makes coarser picks none. A record that shows no object is of none. The inner limit is text, so that
 * a planner sees when an index gives the order of acceptance. */
static void keys_statement(struct store_list *l, enum reach_way way, struct class *class, int64_t rows, struct sql *s)
{
    sql_z(s, "SELECT q.id, q.own, (SELECT seq FROM sequencer) FROM (SELECT q.id, q.own FROM ");
    if (l->object.n)
        sql_z(s, "(SELECT DISTINCT ON (q.object) q.* FROM ");
    keyed_records(l, way, class, s);
    if (l->object.n)
        sql_z(s, " WHERE q.object IS NOT NULL ORDER BY q.object, q.t DESC, q.id DESC) q");
    buf_printf(&s->text, " ORDER BY q.sort %s NULLS LAST, q.t DESC, q.id DESC LIMIT %lld) q OFFSET ", direction(l),
               (long long)round_limit(l->first + rows));
    sql_i64(s, l->first);
    sql_z(s, " LIMIT ");
    sql_i64(s, rows);
}

static void keep_keys(struct store_list *l, const struct pg_result *result)
{
    l->n_keys = (size_t)pg_rows(result);
    l->keys = arena_array(l->arena, l->n_keys, sizeof *l->keys);
    for (size_t i = 0; i < l->n_keys; i++)
        l->keys[i] = (struct sort_key){pg_uuid(result, (int)i, 0), pg_instant(result, (int)i, 1)};
    if (l->n_keys && !l->mark)
        l->mark = pg_i64(result, 0, 2);
}

static int fetch_keys(struct store_list *l, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_RESULT_CLEANUP struct pg_result *result = NULL;
    CLASS_CLEANUP struct class *class = NULL;
    SQL_CLEANUP struct sql s = {.args = l->where.args};
    int64_t most = l->left < SORT_RECORDS_MAX ? l->left : SORT_RECORDS_MAX + 1;
    int error = class_ensure(l->s->visibility, l->registry, l->reading.reader, l->reading.now, &class, fault);
    if (error)
        return error;
    s.args.arena = arena;
    keys_statement(l, reach_all(&l->reach, class), class, most, &s);
    error = visible_read_seen(l->s, &l->reading, l->type, &l->sight, sql_text(&s), &s.args, NULL, &result, fault);
    if (error)
        return error;
    if (pg_rows(result) > SORT_RECORDS_MAX)
        return fault_set(fault, ERR_BAD_QUERY, l->object.n ? "" : "sort",
                         "more than %d records to sort: narrow the query or give maxResults", SORT_RECORDS_MAX);
    keep_keys(l, result);
    return 0;
}

/* Records that were hidden since their keys were read are left out. OFFSET 0 keeps the join a loop over the keys, in
 * their order. */
static void chunk_by_keys(const struct store_list *l, size_t rows, size_t longest, struct sql *s)
{
    struct uuid *ids = arena_array(s->args.arena, rows, sizeof *ids);
    instant *ts = arena_array(s->args.arena, rows, sizeof *ts);
    for (size_t i = 0; i < rows; i++) {
        ids[i] = l->keys[l->next_key + i].id;
        ts[i] = l->keys[l->next_key + i].t;
    }
    s->args.n = 0; /* the keys stand for the predicates */
    pg_arg_uuids(&s->args, ids, rows);
    pg_arg_instants(&s->args, ts, rows);
    select_within(s, l, longest);
    sql_z(s, ", k.n FROM unnest($1, $2) WITH ORDINALITY AS k (id, t, n) CROSS JOIN LATERAL (SELECT " RECORD_COLUMNS);
    sql_from(s, l->type);
    sql_z(s, " AND r.id = k.id AND r.t = k.t OFFSET 0) r");
}

/* --- reading a chunk --- */

void chunk_free(struct chunk *c)
{
    class_unref(c->class);
    pg_result_free(c->rows);
    *c = (struct chunk){0};
}

static size_t rows_to_ask(const struct store_list *l)
{
    size_t most = l->sorted ? l->n_keys - l->next_key : SIZE_MAX;
    size_t rows = l->left < (int64_t)l->chunk_rows ? (size_t)l->left : l->chunk_rows;
    return rows < most ? rows : most;
}

static size_t longest_body(const struct store_list *l, size_t asked)
{
    size_t share = asked ? l->s->chunk_bytes / asked : 0;
    return share > BODY_SHORT ? share : BODY_SHORT;
}

/* class: that it is going to be read as. */
static void statement(const struct store_list *l, struct class *class, size_t asked, struct arena *arena,
                      size_t longest, struct sql *ret)
{
    ret->args = l->where.args;
    ret->args.arena = arena;
    if (l->sorted)
        chunk_by_keys(l, asked, longest, ret);
    else
        chunk_by_time(l, class, asked, longest, ret);
}

static void count_rows(struct chunk *chunk)
{
    while (chunk->n < (size_t)pg_rows(chunk->rows) && !pg_null(chunk->rows, (int)chunk->n, COLUMN_BODY))
        chunk->n++;
}

static int run_chunk(struct store_list *l, struct chunk *chunk, size_t asked, size_t longest, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    SQL_CLEANUP struct sql s = {0};
    CLASS_CLEANUP struct class *class = NULL;
    chunk_free(chunk);
    chunk->asked = asked;
    int error = class_ensure(l->s->visibility, l->registry, l->reading.reader, l->reading.now, &class, fault);
    if (error)
        return error;
    statement(l, class, asked, arena, longest, &s);
    error = visible_read_seen(l->s, &l->reading, l->type, &l->sight, sql_text(&s), &s.args, &chunk->class, &chunk->rows,
                              fault);
    if (!error)
        count_rows(chunk);
    return error;
}

static bool follows(const struct store_list *l, const struct sort_key *a, const struct sort_key *b)
{
    int order = (a->t > b->t) - (a->t < b->t);
    order = order ? order : memcmp(&a->id, &b->id, sizeof a->id);
    return l->ascending ? order < 0 : order > 0;
}

static int check_order(const struct store_list *l, const struct chunk *c, const struct records *records,
                       struct fault *fault)
{
    struct sort_key last = l->last;
    bool ordered = true;
    for (size_t i = 0; i < c->n && !l->sorted; i++) {
        struct sort_key key = {records->v[i].id, records->v[i].t};
        ordered = ordered && ((i == 0 && !l->placed) || follows(l, &last, &key));
        last = key;
    }
    for (size_t i = 1; i < c->n && l->sorted; i++)
        ordered = ordered && pg_i64(c->rows, (int)i - 1, COLUMN_COUNT) < pg_i64(c->rows, (int)i, COLUMN_COUNT);
    return ordered ? 0 : fault_set(fault, ERR_INTERNAL, "", "a chunk came out of order");
}

/* Under the registers that the list began with: a list that went on under others would look complete and be an answer
 * to neither. ERR_STALE for its first chunk lets the caller begin anew; for a later one it ends the list. */
static int read_chunk(struct store_list *l, struct chunk *chunk, struct fault *fault)
{
    int error = l->sorted && !l->keys ? fetch_keys(l, fault) : 0;
    size_t asked = rows_to_ask(l);
    if (!error)
        error = run_chunk(l, chunk, asked, longest_body(l, asked), fault);
    if (!error && chunk->n < (size_t)pg_rows(chunk->rows))
        l->long_met = true;
    if (!error && !chunk->n && pg_rows(chunk->rows))
        error = run_chunk(l, chunk, 1, BODY_UNLIMITED, fault);
    return error;
}

static void step_keys(struct store_list *l, const struct chunk *c, bool whole)
{
    l->next_key += whole ? c->asked : (size_t)pg_i64(c->rows, (int)c->n - 1, COLUMN_COUNT);
    l->ended = l->next_key == l->n_keys;
}

static void adapt_rows(struct store_list *l, size_t bytes, size_t n)
{
    size_t rows = l->s->chunk_bytes / (bytes / n + 1);
    l->chunk_rows = rows < 1 ? 1 : rows > CHUNK_RECORDS_MAX ? CHUNK_RECORDS_MAX : rows;
}

static void step(struct store_list *l, const struct chunk *c)
{
    size_t n = c->n;
    bool whole = n == (size_t)pg_rows(c->rows);
    if (l->sorted)
        step_keys(l, c, whole);
    else
        l->ended = whole && n < c->asked;
    l->started = true;
    l->first = 0;
    if (!n)
        return;
    if (!l->mark)
        l->mark = pg_i64(c->rows, 0, COLUMN_COUNT);
    l->last = (struct sort_key){pg_uuid(c->rows, (int)n - 1, COLUMN_ID), pg_instant(c->rows, (int)n - 1, COLUMN_T)};
    l->placed = true;
    l->given += (int64_t)n;
    l->left -= (int64_t)n;
    l->ended = l->ended || l->left == 0;
    adapt_rows(l, l->chunk_sent, n);
}

/* --- one chunk ahead --- */

static void run_ahead(struct ahead_job *job)
{
    struct store_list *l = (struct store_list *)job;
    l->ahead.error = read_chunk(l, &l->ahead.chunk, &l->ahead.fault);
}

/* Not for who is slow: what was read would be old when it is asked for, and is memory until then. */
static void begin_ahead(struct store_list *l)
{
    l->ahead.begun_at = clock_monotonic();
    l->ahead.job.run = run_ahead;
    ahead_begin(l->s->ahead, &l->ahead.job);
}

/* Chunk is left empty if nothing was read ahead. */
static int take_ahead(struct store_list *l, struct chunk *chunk, struct fault *fault)
{
    if (!ahead_take(l->s->ahead, &l->ahead.job))
        return 0;
    *chunk = l->ahead.chunk;
    l->ahead.chunk = (struct chunk){0};
    if (l->ahead.error)
        *fault = l->ahead.fault;
    return l->ahead.error;
}

/* The registers may have changed since, or the class: then the chunk is none, and is read as if for the first time. */
static int confirm_ahead(struct store_list *l, struct chunk *chunk, struct fault *fault)
{
    CLASS_CLEANUP struct class *class = NULL;
    PG_RESULT_CLEANUP struct pg_result *none = NULL;
    if (!chunk->rows)
        return 0;
    int error = visible_read_seen(l->s, &l->reading, l->type, &l->sight, "SELECT", NULL, &class, &none, fault);
    if (!error && (class != chunk->class || clock_monotonic() - l->ahead.begun_at > AHEAD_FRESH))
        chunk_free(chunk);
    return error;
}

static int next_chunk(struct store_list *l, struct chunk *chunk, struct fault *fault)
{
    int error = take_ahead(l, chunk, fault);
    if (l->started)
        l->reading.now = clock_now(l->s->clock);
    if (!error)
        error = confirm_ahead(l, chunk, fault);
    return error || chunk->rows ? error : read_chunk(l, chunk, fault);
}

/* --- giving it --- */

static int read_records(struct store_list *l, const struct chunk *c, struct arena *arena, struct records *ret,
                        struct fault *fault)
{
    int error = read_rows(c->class, c->rows, c->n, arena, ret, fault);
    if (!error)
        error = check_order(l, c, ret, fault);
    if (error)
        return error;
    l->chunk_sent = 0;
    for (size_t i = 0; i < ret->n; i++)
        l->chunk_sent += ret->v[i].body.n;
    return 0;
}

static int disclose_chunk(struct store_list *l, const struct records *records, const struct receipt **ret,
                          struct fault *fault)
{
    int error = list_banner_take(&l->banner, l->chunk.class, records, fault);
    if (!error && l->reading.disclose)
        error = disclose_records(l->s, &l->reading, l->type, records, &l->account, &l->receipt, fault);
    if (!error)
        *ret = l->reading.disclose ? &l->receipt : NULL;
    return error;
}

/* True for who comes for a further chunk soon after the last one. */
static bool comes_soon(struct store_list *l)
{
    int64_t before = l->asked_at;
    l->asked_at = clock_monotonic();
    return l->started && l->asked_at - before < AHEAD_FRESH;
}

int store_list_next(struct store_list *l, struct arena *arena, const struct stored_record **ret, size_t *ret_n,
                    const struct receipt **ret_receipt, struct fault *fault)
{
    bool soon = comes_soon(l);
    struct chunk *chunk = &l->chunk;
    struct records records;
    while (!l->ended) {
        chunk_free(chunk);
        int error = next_chunk(l, chunk, fault);
        if (!error)
            error = read_records(l, chunk, arena, &records, fault);
        if (error)
            return error;
        step(l, chunk);
        if (!chunk->n)
            continue;
        if (soon && !l->ended)
            begin_ahead(l);
        *ret = records.v;
        *ret_n = records.n;
        return disclose_chunk(l, &records, ret_receipt, fault);
    }
    return STORE_LIST_END; /* whether the last chunk arrived is still open: store_list_close says it */
}

void store_list_drop(struct store_list *l)
{
    chunk_free(&l->chunk);
}

/* --- the only chunk of a quick list --- */

size_t list_quick_statement(const struct store_list *l, struct sql *ret)
{
    size_t asked = rows_to_ask(l);
    statement(l, l->class, asked, l->arena, longest_body(l, asked), ret);
    return asked;
}

/* Whether it is the whole list shows when it was taken. */
int list_quick_take(struct store_list *l, struct chunk *chunk, struct arena *arena, struct records *ret)
{
    count_rows(chunk);
    if (!chunk->n)
        return pg_rows(chunk->rows) ? ERR_SLOW_QUERY : ERR_NOT_FOUND;
    int error = read_records(l, chunk, arena, ret, NULL);
    if (error)
        return error;
    step(l, chunk);
    return l->ended ? list_banner_whole(&l->banner, chunk->class, ret, NULL) : (int)ERR_SLOW_QUERY;
}

bool store_list_at_end(const struct store_list *l)
{
    return l->ended;
}

int store_list_banner(struct store_list *l, struct arena *arena, struct str *ret, struct fault *fault)
{
    struct list_rest rest = {l->type, &l->sight, l->ended, l->mark, l->only_time ? &l->where : NULL};
    int error = list_banner_tell(&l->banner, l->s, &l->reading, &rest, fault);
    if (!error)
        *ret = arena_str(arena, l->banner.text);
    return error;
}

int store_lists_banner(struct store_list *const *lists, size_t n, struct arena *arena, struct str *ret,
                       struct fault *fault)
{
    struct store_list *l = lists[0];
    CLASS_CLEANUP struct class *class = NULL;
    int error = class_ensure(l->s->visibility, l->reading.registry, l->reading.reader, l->reading.now, &class, fault);
    for (size_t i = 1; i < n; i++)
        list_banner_join(&l->banner, &lists[i]->banner);
    if (!error)
        error = list_banner_whole(&l->banner, class, &(struct records){0}, fault);
    if (!error)
        *ret = arena_str(arena, l->banner.text);
    return error;
}

void store_list_close(struct store_list *l, bool completed)
{
    if (!l)
        return;
    if (ahead_take(l->s->ahead, &l->ahead.job))
        chunk_free(&l->ahead.chunk);
    chunk_free(&l->chunk);
    account_close(l->s, &l->account, completed);
    if (l->ended && completed)
        put_page(l);
    registry_unref(l->registry);
    sql_free(&l->where);
    buf_free(&l->sort);
    buf_free(&l->object);
    buf_free(&l->time);
    class_unref(l->class);
    list_banner_free(&l->banner);
    arena_free(l->arena);
    free(l);
}
