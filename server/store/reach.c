#include "reach.h"

#include "record.h"

#include <stdlib.h>

/* --- what is listed --- */

static int by_text(const void *a, const void *b)
{
    return str_cmp(((const struct query_value *)a)->text, ((const struct query_value *)b)->text);
}

/* Each value once: a record is not to be found twice. */
static const struct predicate *each_once(const struct predicate *p, struct arena *arena)
{
    struct predicate *own = arena_alloc(arena, sizeof *own);
    struct query_value *values = arena_array(arena, p->n, sizeof *values);
    size_t n = 0;
    memcpy(values, p->values, p->n * sizeof *values);
    qsort(values, p->n, sizeof *values, by_text);
    for (size_t i = 0; i < p->n; i++) {
        if (n && str_eq(values[n - 1].text, values[i].text))
            continue;
        values[n] = values[i];
        values[n++].text = arena_str(arena, values[i].text);
    }
    *own = *p;
    own->values = values;
    own->n = n;
    return own;
}

static void keep_of_label(const struct query *q, struct arena *arena, struct reach *ret)
{
    ret->of_label = arena_array(arena, q->n, sizeof *ret->of_label);
    for (size_t i = 0; i < q->n; i++)
        if (ret->of_label_at >> i & 1)
            ret->of_label[ret->n_of_label++] = *each_once(&q->predicates[i], arena);
}

void reach_of(const struct query *q, const struct sight *sight, struct arena *arena, struct reach *ret)
{
    const struct predicate *listed = NULL;
    *ret = (struct reach){.type = q->type, .plain = true};
    for (size_t i = 0; i < q->n; i++) {
        const struct predicate *p = &q->predicates[i];
        bool by_index = sql_by_index(q->type, p, sight);
        ret->plain = ret->plain && (sql_by_label(p) || sql_asks_time(q->type, p));
        ret->found = ret->found || (by_index && p->op == QUERY_EQ);
        if (by_index && p->op == QUERY_IN)
            listed = p;
        if (sql_by_label(p))
            ret->of_label_at |= UINT32_C(1) << i;
    }
    if (listed && !ret->found) {
        ret->listed = each_once(listed, arena);
        ret->listed_at = UINT32_C(1) << (listed - q->predicates);
    }
    keep_of_label(q, arena, ret);
}

/* --- which way --- */

/* Microseconds, roughly: only their ratio matters. A probe looks into each partition. */
#define COST_SCANNED_ROW 0.4
#define COST_PROBED_PARTITION 1.6
#define COST_MERGED_ROW 0.5

/* Up to here a reader sees so few of a type's records that going through all of them costs more than what it finds. */
#define LITTLE 0.1
/* With more labels than this one pass over the partitions is cheaper than so many probes. */
#define LABELS_MAX 1000

/* How far a scan has to go is not known: past everything, if the objects are rare. A merge must be well below that. */
#define WELL_BELOW 0.25

/* n lists of `limit` rows each, or of as many as there are. */
static double merged(size_t n, double partitions, int64_t limit, double rows)
{
    double read = (double)n * (double)limit;
    return (double)n * partitions * COST_PROBED_PARTITION + (read < rows ? read : rows) * COST_MERGED_ROW;
}

static bool holds(const struct predicate *p, const struct label_row *row)
{
    struct str value = p->server_field ? row->originator : row->data_mode;
    bool found = false;
    for (size_t i = 0; i < p->n; i++)
        found = found || str_eq(p->values[i].text, value);
    return found != (p->op == QUERY_NE);
}

static bool label_wanted(const void *ctx, const struct label_row *row)
{
    const struct reach *r = ctx;
    for (size_t i = 0; i < r->n_of_label; i++)
        if (!holds(&r->of_label[i], row))
            return false;
    return true;
}

/* Of the labels that can have what is asked for. */
static double share_of(const struct reach *r, struct class *class, size_t *ret_labels)
{
    struct str type = str_of(r->type->name);
    return r->n_of_label ? class_share_of(class, type, label_wanted, r, ret_labels)
                         : class_share(class, type, ret_labels);
}

static bool objects_are_cheaper(const struct reach *r, struct class *class, int64_t limit)
{
    int64_t partitions;
    double records = (double)class_records(class, str_of(r->type->name), &partitions);
    return r->listed &&
           merged(r->listed->n, (double)partitions, limit, records) < records * COST_SCANNED_ROW * WELL_BELOW;
}

static double scanned(double share, int64_t limit)
{
    return (double)limit / (share > 1e-6 ? share : 1e-6) * COST_SCANNED_ROW;
}

/* Of both ways to the first `limit`. */
static void in_time(const struct reach *r, struct class *class, int64_t limit, double *ret_scan, double *ret_merge)
{
    size_t labels = 0;
    int64_t partitions;
    double share = share_of(r, class, &labels);
    double records = (double)class_records(class, str_of(r->type->name), &partitions);
    *ret_scan = scanned(share, limit);
    *ret_merge = merged(labels, (double)partitions, limit, share * records);
}

double reach_cost(const struct reach *r, struct class *class, int64_t limit)
{
    double scan, merge;
    in_time(r, class, limit, &scan, &merge);
    return merge < scan ? merge : scan;
}

/* Other conditions make the ways by time and by label longer, in proportion. */
enum reach_way reach_in_time(const struct reach *r, struct class *class, int64_t limit)
{
    double scan, merge;
    if (r->found)
        return REACH_BY_TIME;
    if (r->listed && r->listed->server_field)
        return REACH_BY_ID;
    if (objects_are_cheaper(r, class, limit))
        return REACH_BY_OBJECT;
    in_time(r, class, limit, &scan, &merge);
    return merge < scan ? REACH_BY_LABEL : REACH_BY_TIME;
}

enum reach_way reach_all(const struct reach *r, struct class *class)
{
    size_t labels = 0;
    double share = share_of(r, class, &labels);
    return !r->found && !r->listed && share <= LITTLE && labels <= LABELS_MAX ? REACH_BY_LABEL : REACH_BY_TIME;
}

enum reach_way reach_count(const struct reach *r, struct class *class)
{
    size_t labels = 0;
    if (!r->plain)
        return reach_all(r, class);
    share_of(r, class, &labels);
    return labels <= LABELS_MAX ? REACH_BY_LABEL : REACH_BY_TIME;
}

/* --- the statement --- */

static void listed_objects(const struct reach *r, struct sql *s)
{
    struct str *objects = arena_array(s->args.arena, r->listed->n, sizeof *objects);
    for (size_t i = 0; i < r->listed->n; i++)
        objects[i] = r->listed->values[i].text;
    pg_arg_strs(&s->args, objects, r->listed->n);
    buf_printf(&s->text, "$%d", s->args.n);
}

/* The partition that an id points into; an id that is none of the type's points nowhere. */
static void listed_ids(const struct reach *r, struct sql *s)
{
    size_t n = r->listed->n;
    struct uuid *ids = arena_array(s->args.arena, n, sizeof *ids);
    instant *from = arena_array(s->args.arena, n, sizeof *from), *to = arena_array(s->args.arena, n, sizeof *to);
    for (size_t i = 0; i < n; i++) {
        from[i] = to[i] = INSTANT_MAX;
        uuid_parse(r->listed->values[i].text, &ids[i]);
        record_id_partition(r->type, ids[i], &from[i], &to[i]);
    }
    pg_arg_uuids(&s->args, ids, n);
    pg_arg_instants(&s->args, from, n);
    pg_arg_instants(&s->args, to, n);
    buf_printf(&s->text, "$%d, $%d, $%d", s->args.n - 2, s->args.n - 1, s->args.n);
}

void reach_labels(struct class *class, const struct record_type *type, const struct reach *r, struct sql *s)
{
    const int32_t *labels;
    int32_t decided;
    bool some = r && r->n_of_label;
    size_t n = class_labels(class, str_of(type->name), some ? label_wanted : NULL, r, s->args.arena, &labels, &decided);
    pg_arg_i32s(&s->args, labels, n);
    pg_arg_i32(&s->args, decided);
    buf_printf(&s->text,
               "(SELECT unnest($%d) AS id UNION ALL SELECT id FROM label l WHERE id >= $%d AND type = ", s->args.n - 1,
               s->args.n);
    sql_literal(s, type->name);
    for (size_t i = 0; some && i < r->n_of_label; i++)
        sql_label_condition(s, &r->of_label[i]);
    sql_z(s, ") l");
}

void reach_begin(const struct reach *r, enum reach_way way, struct class *class, struct sql *s)
{
    switch (way) {
    case REACH_BY_TIME: break;
    case REACH_BY_LABEL:
        reach_labels(class, r->type, r, s);
        sql_z(s, " CROSS JOIN LATERAL ");
        break;
    case REACH_BY_OBJECT:
        sql_z(s, "unnest(");
        listed_objects(r, s);
        sql_z(s, ") AS l (object) CROSS JOIN LATERAL ");
        break;
    case REACH_BY_ID:
        sql_z(s, "unnest(");
        listed_ids(r, s);
        sql_z(s, ") AS l (id, first, next) CROSS JOIN LATERAL ");
    }
    buf_char(&s->text, '(');
}

/* The objects as text that no index holds: where the way is another, so is the plan to be. */
static void filter_objects(const struct reach *r, struct sql *s)
{
    if (!r->listed)
        return;
    sql_z(s, " AND r.object || '' = ANY (");
    listed_objects(r, s);
    buf_char(&s->text, ')');
}

void reach_join(const struct reach *r, enum reach_way way, struct sql *s)
{
    switch (way) {
    case REACH_BY_TIME: filter_objects(r, s); break;
    case REACH_BY_LABEL:
        sql_z(s, " AND r.label_id = l.id");
        filter_objects(r, s);
        break;
    case REACH_BY_OBJECT: sql_z(s, " AND r.object = l.object"); break;
    case REACH_BY_ID: sql_z(s, " AND r.id = l.id AND r.t >= l.first AND r.t < l.next");
    }
}

void reach_end(const char *alias, struct sql *s)
{
    buf_printf(&s->text, ") %s", alias);
}
