/* store_get, store_count, store_subject: one statement each. */
#include "lane.h"
#include "members.h"
#include "memory.h"
#include "reach.h"
#include "read_rows.h"
#include "record_find.h"
#include "sql_query.h"

/* --- one record --- */

static int make_record(struct class *class, const struct pg_result *rows, int row, struct arena *arena,
                       struct records *ret, struct fault *fault)
{
    int error = read_one(class, rows, row, arena, ret, fault);
    return error ? error : records_banner(class, ret, arena, &ret->v->banner, fault);
}

/* The caller's until store_receipt_close. */
static struct receipt *keep_receipt(const struct receipt *receipt)
{
    struct receipt *kept = memory_alloc(sizeof *kept);
    *kept = *receipt;
    return kept;
}

int store_get(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
              struct arena *arena, struct stored_record *ret, const struct receipt **ret_receipt, struct fault *fault)
{
    CLASS_CLEANUP struct class *class = NULL;
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    struct records record;
    struct receipt receipt;
    int error = record_find(s, reading, type, id, &class, &rows, fault);
    if (!error)
        error = make_record(class, rows, 0, arena, &record, fault);
    if (!error && reading->disclose)
        error = disclose_records(s, reading, type, &record, NULL, &receipt, fault);
    if (error)
        return error;
    records_keep(&record, arena);
    *ret = *record.v;
    *ret_receipt = reading->disclose ? keep_receipt(&receipt) : NULL;
    return 0;
}

#define GET_COST 20 /* microseconds, roughly */

struct get_later {
    struct lane_read read;
    struct reading reading;
    const struct record_type *type;
    struct class *class;
    struct arena *arena;
    struct store_later later;
    struct receipt receipt;
};

static void end_get(void *ctx, int error)
{
    struct get_later *g = ctx;
    class_unref(g->class);
    g->later.done(g->later.ctx, error, error ? NULL : keep_receipt(&g->receipt));
}

static bool take_record(void *ctx, struct pg_result *rows, int row, struct disclosing *ret)
{
    struct get_later *g = ctx;
    struct records record;
    struct disclosed *parts;
    int error = !rows     ? (int)ERR_UNAVAILABLE
                : row < 0 ? (int)ERR_NOT_FOUND
                          : make_record(g->class, rows, row, g->arena, &record, NULL);
    if (error) {
        end_get(g, error);
        return false;
    }
    size_t n = records_disclosed(&record, NULL, 1, NULL, g->arena, &parts);
    g->later.make(g->later.ctx, record.v, 1, record.v->banner);
    *ret = (struct disclosing){&g->reading, g->type, parts, n, &g->receipt, end_get, g};
    return true;
}

bool store_get_later(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                     struct arena *arena, const struct store_later *later)
{
    struct class *class =
        type->versioned ? NULL : class_known(s->visibility, reading->registry, reading->reader, reading->now);
    if (!class)
        return false;
    struct get_later *g = arena_alloc(arena, sizeof *g);
    g->reading = *reading;
    g->type = type;
    g->class = class;
    g->arena = arena;
    g->later = *later;
    g->read = (struct lane_read){.reading = &g->reading,
                                 .class = class,
                                 .type = type,
                                 .id = id,
                                 .cost = GET_COST,
                                 .take = take_record,
                                 .ctx = g};
    if (lane_push(s->lanes, &g->read))
        return true;
    class_unref(class);
    return false;
}

void store_receipt_close(struct store *s, const struct receipt *receipt, bool completed)
{
    struct receipt *own = NULL;
    if (!receipt)
        return;
    disclosure_close(s, receipt, completed);
    memcpy(&own, &receipt, sizeof own); /* made by store_get above */
    free(own);
}

/* What they say is of the content: of that others are told nothing that is not disclosed. */
static struct str warnings_of(const struct record_type *type, const struct release *release, struct str body,
                              struct arena *arena)
{
    const struct member *members;
    size_t n;
    bool told = release->owned && field_find(type->fields, STR("warnings"));
    return told && members_of(body, arena, &members, &n) ? member_value(members, n, "warnings", arena)
                                                         : (struct str){0};
}

int store_examine(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                  int (*use)(void *ctx, const struct examined *what, struct fault *fault), void *ctx,
                  struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    CLASS_CLEANUP struct class *class = NULL;
    PG_RESULT_CLEANUP struct pg_result *row = NULL;
    const struct release *release;
    int error = record_find(s, reading, type, id, &class, &row, fault);
    if (!error)
        error = class_release(class, pg_i32(row, 0, COLUMN_LABEL), &release, fault);
    if (error)
        return error;
    if (!release->row->label)
        return fault_set(fault, ERR_INTERNAL, "", "label %d is visible but not readable", (int)release->row->id);
    struct subject subject = *release->subject;
    subject.embargo_until = pg_instant(row, 0, FOUND_EMBARGO);
    subject.expires = pg_instant(row, 0, FOUND_EXPIRES);
    struct examined what = {.subject = &subject,
                            .owned = release->owned,
                            .posted_at = pg_instant(row, 0, COLUMN_INGESTED_AT),
                            .warnings = warnings_of(type, release, pg_str(row, 0, COLUMN_BODY), arena)};
    error = class_banner(class, &release->row->id, 1, arena, &what.banner, fault);
    return error ? error : use(ctx, &what, fault);
}

/* --- count --- */

struct counting {
    struct store *s;
    const struct reading *reading;
    const struct query *query;
    struct class *class; /* that `sight` was taken from */
    struct sight sight;
};

static void count_predicates(const struct counting *c, uint32_t but, struct sql *s)
{
    sql_from(s, c->query->type);
    if (!c->query->all_versions)
        sql_newest(s, c->query->type, 0);
    sql_predicates_but(s, c->query, &c->sight, but);
}

/* Each label's records by its own index; without touching a row, if that has all that is asked for. */
static void count_by_label(const struct counting *c, const struct reach *reach, struct sql *s)
{
    sql_z(s, "SELECT coalesce(sum(c.n), 0)::int8 FROM ");
    reach_begin(reach, REACH_BY_LABEL, c->class, s);
    sql_z(s, "SELECT count(*) AS n");
    count_predicates(c, reach->of_label_at, s);
    reach_join(reach, REACH_BY_LABEL, s);
    reach_end("c", s);
}

static int count_statement(struct counting *c, struct sql *sql, struct fault *fault)
{
    struct reach reach;
    int error =
        class_ensure(c->s->visibility, c->reading->registry, c->reading->reader, c->reading->now, &c->class, fault);
    if (error)
        return error;
    class_sight(c->class, str_of(c->query->type->name), sql_asks_marking(c->query), sql->args.arena, &c->sight);
    reach_of(c->query, &c->sight, sql->args.arena, &reach);
    if (reach_count(&reach, c->class) == REACH_BY_LABEL) {
        count_by_label(c, &reach, sql);
    } else {
        sql_z(sql, "SELECT count(*)");
        count_predicates(c, 0, sql);
    }
    return 0;
}

int store_count(struct store *s, const struct reading *reading, const struct query *query, int64_t *ret,
                struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    SQL_CLEANUP struct sql sql = {.args = {.arena = arena}};
    PG_RESULT_CLEANUP struct pg_result *result = NULL;
    struct counting c = {.s = s, .reading = reading, .query = query};
    int error = count_statement(&c, &sql, fault);
    if (!error)
        error = visible_read_seen(s, reading, query->type, &c.sight, sql_text(&sql), &sql.args, NULL, &result, fault);
    if (!error)
        *ret = pg_i64(result, 0, 0);
    class_unref(c.class);
    return error;
}
