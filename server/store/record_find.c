#include "record_find.h"

#define FOUND_COLUMNS RECORD_COLUMNS ", r.embargo_until, r.expires"

/* The id names the partition; one that is not of our making names an empty range, by the same statement. */
static void range_of(const struct record_type *type, struct uuid id, instant *ret_from, instant *ret_to)
{
    *ret_from = *ret_to = INSTANT_MAX;
    record_id_partition(type, id, ret_from, ret_to);
}

bool record_find_together(const struct record_type *type, struct uuid a, struct uuid b)
{
    instant a_from, a_to, b_from, b_to;
    range_of(type, a, &a_from, &a_to);
    range_of(type, b, &b_from, &b_to);
    return a_from == b_from;
}

void record_find_statement(struct sql *ret, const struct record_type *type, const struct uuid *ids, size_t n)
{
    instant from, to;
    range_of(type, ids[0], &from, &to);
    sql_z(ret, "SELECT " FOUND_COLUMNS);
    sql_from(ret, type);
    pg_arg_uuids(&ret->args, ids, n);
    sql_z(ret, " AND r.id = ANY ($1) AND r.t >= ");
    sql_instant(ret, from);
    sql_z(ret, " AND r.t < ");
    sql_instant(ret, to);
    sql_z(ret, " ORDER BY r.id"); /* only the index on ids gives that: of a partition still empty all look alike */
}

void record_find_where(struct sql *s, const struct record_type *type, struct uuid id)
{
    instant from, to;
    range_of(type, id, &from, &to);
    sql_from(s, type);
    sql_z(s, " AND r.id = ");
    sql_uuid(s, id);
    sql_z(s, " AND r.t >= ");
    sql_instant(s, from);
    sql_z(s, " AND r.t < ");
    sql_instant(s, to);
}

int record_find(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                struct class **ret_class, struct pg_result **ret, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    SQL_CLEANUP struct sql sql = {.args = {.arena = arena}};
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    CLASS_CLEANUP struct class *class = NULL;
    if (type->versioned) {
        sql_z(&sql, "SELECT " FOUND_COLUMNS);
        sql_from(&sql, type);
        sql_version(&sql, id);
    } else {
        record_find_statement(&sql, type, &id, 1);
    }
    int error = visible_read(s, reading, sql_text(&sql), &sql.args, &class, &rows, fault);
    if (error)
        return error;
    if (!pg_rows(rows))
        return fault_set(fault, ERR_NOT_FOUND, "", "no such record");
    *ret = rows;
    *ret_class = class;
    rows = NULL;
    class = NULL;
    return 0;
}
