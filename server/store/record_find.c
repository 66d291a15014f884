#include "record_find.h"

/* The id names the partition; one that is not of our making names an empty range, by the same statement. */
static void add_range(struct sql *sql, const struct record_type *type, struct uuid id)
{
    instant from = INSTANT_MAX, to = INSTANT_MAX;
    record_id_partition(type, id, &from, &to);
    sql_z(sql, " AND r.t >= ");
    sql_instant(sql, from);
    sql_z(sql, " AND r.t < ");
    sql_instant(sql, to);
}

void record_find_statement(struct sql *ret, const struct record_type *type, struct uuid id)
{
    sql_z(ret, "SELECT " RECORD_COLUMNS ", r.embargo_until, r.expires");
    sql_from(ret, type);
    sql_z(ret, " AND r.id = ");
    sql_uuid(ret, id);
    add_range(ret, type, id);
}

int record_find(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                struct class **ret_class, struct pg_result **ret, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    SQL_CLEANUP struct sql sql = {.args = {.arena = arena}};
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    CLASS_CLEANUP struct class *class = NULL;
    record_find_statement(&sql, type, id);
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
