/* Putting stored records under a grant or a warning, batch by batch, newest first. What was posted after it came into
 * force is under it already: the registers' epoch moved with it, and the writer asks for it. */
#include "spread.h"

#include "memory.h"
#include "record_find.h"
#include "sql_query.h"
#include "warnings.h"

#include <float.h>

#define BATCH 1000 /* records looked at in one statement */
#define ATTEMPTS 5 /* against others who relabel records of the same batch */

/* --- one batch --- */

struct spread {
    struct store *s;
    const struct registry *reg;
    struct str id;
    const struct grant_entry *grant; /* NULL: a warning */
    struct warning_id warning;
    const struct record_type *type;
    struct arena *arena; /* of one batch */
};

struct found {
    struct uuid id;
    instant t;
    struct regrant move;
    bool told; /* of a warning: its operator has been warned of the record, as that of its other object */
};

struct batch {
    struct found *v; /* those that match */
    size_t n;
    bool last;
    instant t; /* where the next one begins */
    struct uuid id;
    instant since; /* of a warning: what is over by then does not matter any more */
};

/* Where the grant's records are looked for next; *ret_known: false if nothing is left to do. */
static int read_position(const struct spread *p, struct pg *c, struct batch *ret, bool *ret_known, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, p->id);
    int error = pg_exec(c, "SELECT t, id, since FROM grant_spread WHERE grant_id = $1", &args, &r, fault);
    if (error)
        return error;
    *ret_known = pg_rows(r) == 1;
    if (*ret_known)
        *ret = (struct batch){.t = pg_instant(r, 0, 0), .id = pg_uuid(r, 0, 1), .since = pg_instant(r, 0, 2)};
    return 0;
}

/* Of the one sensor, and of the other; NULL: there is none. */
static void add_fields(const char *one, const char *other, struct arena *arena, struct pg_args *args)
{
    struct str *names = arena_array(arena, 2, sizeof *names);
    size_t n = 0;
    if (one)
        names[n++] = str_of(one);
    if (other)
        names[n++] = str_of(other);
    pg_arg_strs(args, names, n);
}

static void add_region(const struct grant_entry *g, struct arena *arena, struct pg_args *args)
{
    pg_arg_z(args, g->has_region
                       ? arena_printf(arena, "{%.*g,%.*g,%.*g,%.*g}", DBL_DECIMAL_DIG, g->south, DBL_DECIMAL_DIG,
                                      g->north, DBL_DECIMAL_DIG, g->west, DBL_DECIMAL_DIG, g->east)
                       : NULL);
}

static void add_times(const struct spread *p, struct pg_args *args)
{
    const struct grant_entry *g = p->grant;
    instant from = g->scope_from, to = g->scope_to;
    if (!uuid_is_none(g->record)) { /* the id names the partition */
        from = to = INSTANT_MAX;
        record_id_partition(p->type, g->record, &from, &to);
    }
    pg_arg_instant(args, from);
    pg_arg_instant(args, to);
}

/* $1 to $12 */
static void add_scope(const struct spread *p, struct pg_args *args)
{
    const struct grant_entry *g = p->grant;
    pg_arg_str(args, g->id);
    pg_arg_str(args, g->owner);
    pg_arg_str(args, g->type);
    if (uuid_is_none(g->record))
        pg_arg_null(args, OID_UUID);
    else
        pg_arg_uuid(args, g->record);
    pg_arg_str(args, g->object);
    add_fields(p->type->sensor_field, p->type->other_sensor_field, p->arena, args);
    pg_arg_str(args, g->sensor);
    add_fields(p->type->latitude_field, p->type->other_latitude_field, p->arena, args);
    add_fields(p->type->longitude_field, p->type->other_longitude_field, p->arena, args);
    add_region(g, p->arena, args);
    add_times(p, args);
}

static int scan_grant(const struct spread *p, struct pg *c, const struct batch *at, struct pg_result **ret,
                      struct fault *fault)
{
    struct pg_args args = {.arena = p->arena};
    add_scope(p, &args);
    pg_arg_instant(&args, at->t);
    pg_arg_uuid(&args, at->id);
    pg_arg_i32(&args, BATCH);
    return pg_exec(c,
                   "SELECT id, t, label_id, matches, false FROM grant_scan($1, $2, $3, $4, $5, $6, $7, $8, $9,"
                   " $10, $11, $12, $13, $14, $15)",
                   &args, ret, fault);
}

/* The rules of the warning's owner for its type, one element each. */
static void add_rules(const struct spread *p, struct pg_args *args)
{
    BUF_CLEANUP struct buf thresholds = {0};
    const struct warning_rule *rules;
    size_t all = registry_warnings(p->reg, &rules), n = 0;
    struct str *fields = arena_array(p->arena, all, sizeof *fields);
    bool *above = arena_array(p->arena, all, sizeof *above);
    for (size_t i = 0; i < all; i++) {
        if (!str_eq(rules[i].owner, p->warning.owner) || !str_eq(rules[i].type, p->warning.type))
            continue;
        buf_printf(&thresholds, "%s%.*g", n ? "," : "{", DBL_DECIMAL_DIG, rules[i].threshold);
        fields[n] = rules[i].field;
        above[n++] = rules[i].above;
    }
    buf_z(&thresholds, n ? "}" : "{}");
    pg_arg_strs(args, fields, n);
    pg_arg_bools(args, above, n);
    pg_arg_z(args, arena_printf(p->arena, "%.*s", STR_ARG(buf_view(&thresholds))));
}

/* $1 to $12 */
static void add_warning(const struct spread *p, instant since, instant now, struct pg_args *args)
{
    const struct warning_id *w = &p->warning;
    pg_arg_str(args, p->id);
    pg_arg_str(args, w->owner);
    pg_arg_str(args, w->type);
    pg_arg_str(args, w->partner);
    pg_arg_str(args, w->object);
    pg_arg_str(args, str_of(p->type->object_field ? p->type->object_field : ""));
    pg_arg_str(args, str_of(p->type->other_object_field ? p->type->other_object_field : ""));
    add_rules(p, args);
    pg_arg_instant(args, since);
    pg_arg_instant(args, now);
}

static int scan_warning(const struct spread *p, struct pg *c, const struct batch *at, struct pg_result **ret,
                        struct fault *fault)
{
    struct pg_args args = {.arena = p->arena};
    add_warning(p, at->since, clock_now(p->s->clock), &args);
    pg_arg_instant(&args, at->t);
    pg_arg_uuid(&args, at->id);
    pg_arg_i32(&args, BATCH);
    return pg_exec(c,
                   "SELECT id, t, label_id, matches, told FROM warning_scan($1, $2, $3, $4, $5, $6, $7, $8, $9,"
                   " $10, $11, $12, $13, $14, $15)",
                   &args, ret, fault);
}

static void take_rows(const struct spread *p, const struct pg_result *r, struct batch *b)
{
    int n = pg_rows(r);
    b->v = arena_array(p->arena, (size_t)n, sizeof *b->v);
    b->n = 0;
    for (int i = 0; i < n; i++) {
        if (!pg_bool(r, i, 3))
            continue;
        struct found *f = &b->v[b->n++];
        *f = (struct found){.id = pg_uuid(r, i, 0), .t = pg_instant(r, i, 1)};
        f->move = (struct regrant){.old_label = pg_i32(r, i, 2)};
        f->told = pg_bool(r, i, 4);
    }
    b->last = n < BATCH;
    if (n) {
        b->t = pg_instant(r, n - 1, 1);
        b->id = pg_uuid(r, n - 1, 0);
    }
}

/* The connection is given back at once: label_regrant takes one of the same pool. */
static int read_batch(const struct spread *p, struct batch *ret, bool *ret_known, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct batch b = {0};
    int error = pg_take(p->s->policy, &c, fault);
    if (!error)
        error = read_position(p, c, &b, ret_known, fault);
    if (error || !*ret_known)
        return error;
    error = p->grant ? scan_grant(p, c, &b, &r, fault) : scan_warning(p, c, &b, &r, fault);
    if (error)
        return error;
    take_rows(p, r, &b);
    *ret = b;
    return 0;
}

static int regrant_labels(const struct spread *p, struct batch *b, struct fault *fault)
{
    struct regrant *moves = arena_array(p->arena, b->n, sizeof *moves);
    for (size_t i = 0; i < b->n; i++)
        moves[i] = b->v[i].move;
    int error = b->n ? label_regrant(p->s->visibility, p->reg, p->id, moves, b->n, fault) : 0;
    for (size_t i = 0; !error && i < b->n; i++)
        b->v[i].move = moves[i];
    return error;
}

/* --- its transaction --- */

static int move_records(const struct spread *p, struct pg *c, const struct batch *b, int64_t *ret, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {.arena = p->arena};
    struct uuid *id = arena_array(p->arena, b->n, sizeof *id);
    instant *t = arena_array(p->arena, b->n, sizeof *t);
    int32_t *old = arena_array(p->arena, b->n, sizeof *old), *next = arena_array(p->arena, b->n, sizeof *next);
    for (size_t i = 0; i < b->n; i++) {
        id[i] = b->v[i].id;
        t[i] = b->v[i].t;
        old[i] = b->v[i].move.old_label;
        next[i] = b->v[i].move.new_label;
    }
    pg_arg_str(&args, str_of(p->type->name));
    pg_arg_uuids(&args, id, b->n);
    pg_arg_instants(&args, t, b->n);
    pg_arg_i32s(&args, old, b->n);
    pg_arg_i32s(&args, next, b->n);
    int error = pg_exec(c, "SELECT record_regrant($1, $2, $3, $4, $5)", &args, &r, fault);
    if (!error)
        *ret = pg_i64(r, 0, 0);
    return error;
}

static int tell_moved(const struct spread *p, struct pg *c, const struct batch *b, struct fault *fault)
{
    struct record_place *v = arena_array(p->arena, b->n, sizeof *v);
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++)
        if (!b->v[i].told)
            v[n++] = (struct record_place){b->v[i].id, b->v[i].t};
    return warnings_tell_stored(c, clock_now(p->s->clock), &p->warning, v, n, fault);
}

static int write_position(const struct spread *p, struct pg *c, const struct batch *b, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_str(&args, p->id);
    if (b->last)
        return pg_exec(c, "DELETE FROM grant_spread WHERE grant_id = $1", &args, NULL, fault);
    pg_arg_instant(&args, b->t);
    pg_arg_uuid(&args, b->id);
    return pg_exec(c, "UPDATE grant_spread SET t = $2, id = $3 WHERE grant_id = $1", &args, NULL, fault);
}

/* The registers' generations must not be split between looking and moving (LOCK_POLICY, shared, as the writer does). */
static int begin_move(const struct spread *p, struct pg *c, struct fault *fault)
{
    int error = pg_begin(c, fault);
    if (!error)
        error = pg_lock(c, LOCK_POLICY, true, fault);
    return error ? error : epoch_is(c, registry_epoch(p->reg), fault);
}

static void count_moves(const struct spread *p, const struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        label_posted(p->s->visibility, b->v[i].move.old_label, -1);
        label_posted(p->s->visibility, b->v[i].move.new_label, 1);
    }
}

/* *ret_moved: false if some record has another label by now; then the batch is looked at again. */
static int move_batch(const struct spread *p, const struct batch *b, bool *ret_moved, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int64_t moved = 0;
    int error = pg_take(p->s->policy, &c, fault);
    if (!error)
        error = begin_move(p, c, fault);
    if (!error && b->n)
        error = move_records(p, c, b, &moved, fault);
    *ret_moved = moved == (int64_t)b->n;
    if (error || !*ret_moved)
        return error; /* nothing is moved: who is told of a record must be told of each */
    if (!p->grant)
        error = tell_moved(p, c, b, fault);
    if (!error)
        error = write_position(p, c, b, fault);
    if (!error)
        error = pg_commit(c, fault);
    if (!error)
        count_moves(p, b);
    return error;
}

/* --- before it --- */

static int grant_records(const struct spread *p, struct pg *c, const int32_t *delays, size_t n, instant at,
                         struct pg_result **ret, struct fault *fault)
{
    struct pg_args args = {.arena = p->arena};
    add_scope(p, &args);
    pg_arg_i32s(&args, delays, n);
    pg_arg_instant(&args, at);
    return pg_exec(c,
                   "SELECT label_id, part, delay, shown, later FROM grant_records($1, $2, $3, $4, $5, $6, $7, $8, $9,"
                   " $10, $11, $12, $13, $14)",
                   &args, ret, fault);
}

static int warning_records(const struct spread *p, struct pg *c, const int32_t *delays, size_t n, instant at,
                           struct pg_result **ret, struct fault *fault)
{
    struct pg_args args = {.arena = p->arena};
    add_warning(p, at, at, &args);
    pg_arg_i32s(&args, delays, n);
    return pg_exec(c,
                   "SELECT label_id, part, delay, shown, later FROM warning_records($1, $2, $3, $4, $5, $6, $7, $8,"
                   " $9, $10, $11, $12, $13)",
                   &args, ret, fault);
}

int spread_records(struct pg *c, const struct registry *reg, const struct spreading *of, const int32_t *delays,
                   size_t n, instant at, struct pg_result **ret, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct spread p = {
        .reg = reg, .id = of->id, .grant = of->grant, .type = record_type_find(of->type), .arena = arena};
    if (p.grant)
        return grant_records(&p, c, delays, n, at, ret, fault);
    warning_id_read(p.id, &p.warning);
    return warning_records(&p, c, delays, n, at, ret, fault);
}

/* --- the whole --- */

static int spread_batch(struct spread *p, bool *ret_done, struct fault *fault)
{
    bool known = true, moved = false;
    int error = 0;
    for (int i = 0; !error && known && !moved && i < ATTEMPTS; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct batch b = {0};
        p->arena = arena;
        error = read_batch(p, &b, &known, fault);
        if (!error && known)
            error = regrant_labels(p, &b, fault);
        if (!error && known)
            error = move_batch(p, &b, &moved, fault);
        *ret_done = !known || (moved && b.last);
    }
    if (!error && known && !moved)
        error = fault_set(fault, ERR_CONFLICT, "", "the records keep changing");
    return error;
}

int store_grant_spread(struct store *s, const struct registry *reg, struct str grant, unsigned batches, bool *ret_done,
                       struct fault *fault)
{
    struct spread p = {.s = s, .reg = reg, .id = grant, .grant = registry_grant(reg, grant)};
    bool warns = warning_id_read(grant, &p.warning) && warning_stands(reg, &p.warning), done = !p.grant && !warns;
    int error = 0;
    p.type = p.grant ? record_type_find(p.grant->type) : warns ? record_type_find(p.warning.type) : NULL;
    for (unsigned i = 0; p.type && !error && !done && i < batches; i++)
        error = spread_batch(&p, &done, fault);
    if (!error)
        *ret_done = done || !p.type;
    return error;
}

/* --- what was left --- */

/* Those whose ids have this end. */
static int read_pending(struct store *s, struct str end, struct arena *arena, struct str **ret, size_t *ret_n,
                        struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    int error = pg_take(s->policy, &c, fault);
    pg_arg_str(&args, end);
    if (!error)
        error = pg_exec(c, "SELECT grant_id FROM grant_spread WHERE right(grant_id, length($1)) = $1 ORDER BY grant_id",
                        &args, &r, fault);
    if (error)
        return error;
    *ret_n = (size_t)pg_rows(r);
    *ret = arena_array(arena, *ret_n, sizeof **ret);
    for (size_t i = 0; i < *ret_n; i++)
        (*ret)[i] = arena_str(arena, pg_str(r, (int)i, 0));
    return 0;
}

/* The registers may not have the grant any more, nor who has accepted an operator. */
static int forget_unknown(struct store *s, const struct registry *reg, struct str grant, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    struct pg_args args = {0};
    struct warning_id w;
    if (registry_grant(reg, grant) || (warning_id_read(grant, &w) && warning_stands(reg, &w)))
        return 0;
    int error = pg_take(s->policy, &c, fault);
    pg_arg_str(&args, grant);
    return error ? error : pg_exec(c, "DELETE FROM grant_spread WHERE grant_id = $1", &args, NULL, fault);
}

static int spread_one(struct store *s, const struct registry *reg, struct str grant, unsigned batches, bool *ret_more,
                      struct fault *fault)
{
    bool done = true;
    int error = forget_unknown(s, reg, grant, fault);
    if (!error)
        error = store_grant_spread(s, reg, grant, batches, &done, fault);
    if (!error)
        *ret_more = !done;
    return error;
}

/* What is wrong with one grant does not hold up the others; the first error is told. */
static int spread_pending(struct store *s, const struct str *grants, size_t n, unsigned batches, bool *ret_more,
                          struct fault *fault)
{
    struct registry *reg = NULL;
    bool more = false;
    int error = n ? store_policy_load(s, &reg, fault) : 0, last = error;
    for (size_t i = 0; reg && last != ERR_STALE && last != ERR_UNAVAILABLE && i < n; i++) {
        bool left = false;
        last = spread_one(s, reg, grants[i], batches, &left, error ? NULL : fault);
        error = error ? error : last;
        more = more || left;
    }
    registry_unref(reg);
    if (!error)
        *ret_more = more;
    return error;
}

static int catch_up(struct store *s, struct str end, unsigned batches, bool *ret_more, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct str *grants;
    size_t n;
    int error = read_pending(s, end, arena, &grants, &n, fault);
    if (!error)
        error = spread_pending(s, grants, n, batches, ret_more, fault);
    if (error != ERR_STALE)
        return error;
    *ret_more = true; /* the registers have changed: next time */
    return 0;
}

int store_catch_up(struct store *s, unsigned batches, bool *ret_more, struct fault *fault)
{
    return catch_up(s, STR(""), batches, ret_more, fault);
}

int store_operator_warn(struct store *s, struct str object, struct str partner, unsigned batches, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    bool more;
    const char *end = arena_printf(arena, "/%.*s/%.*s", STR_ARG(partner), STR_ARG(object));
    return catch_up(s, str_of(end), batches, &more, fault);
}
