/* Exports: questions that are kept, and answered when they are fetched. What of them is sent is decided then. */
#include "internal.h"

#define COLUMNS "id, type, names, \"values\", csv, delimiter, mark, asked_at, expires"
enum { X_ID, X_TYPE, X_NAMES, X_VALUES, X_CSV, X_DELIMITER, X_MARK, X_ASKED, X_EXPIRES };

static struct stored_export read_export(const struct pg_result *r, int i, struct arena *arena)
{
    struct str *names, *values;
    size_t n = pg_strs(r, i, X_NAMES, arena, &names);
    pg_strs(r, i, X_VALUES, arena, &values);
    return (struct stored_export){.id = pg_uuid(r, i, X_ID),
                                  .type = queried_type_find(pg_str(r, i, X_TYPE)),
                                  .names = names,
                                  .values = values,
                                  .n = n,
                                  .csv = pg_bool(r, i, X_CSV),
                                  .delimiter = (char)pg_i32(r, i, X_DELIMITER),
                                  .mark = pg_i64(r, i, X_MARK),
                                  .asked_at = pg_instant(r, i, X_ASKED),
                                  .expires = pg_instant(r, i, X_EXPIRES)};
}

/* A daemon with fewer types than the one before leaves out what it does not know. */
static size_t read_exports(const struct pg_result *r, struct arena *arena, struct stored_export *ret)
{
    size_t n = 0;
    for (int i = 0; i < pg_rows(r); i++) {
        ret[n] = read_export(r, i, arena);
        n += ret[n].type != NULL;
    }
    return n;
}

/* What is over makes room. */
#define ADD                                                                                                            \
    "WITH room AS (SELECT count(*) < $7 AS fits FROM export WHERE principal = $1 AND expires > $8)"                    \
    " INSERT INTO export (principal, type, names, \"values\", csv, delimiter, mark, asked_at, expires)"                \
    " SELECT $1, $2, $3, $4, $5, $6, s.seq, $8, $9 FROM room, sequencer s WHERE room.fits RETURNING " COLUMNS

/* One after the other, so that each is counted by the next. */
static int add_counted(struct pg *c, const struct pg_args *args, struct pg_result **ret, struct fault *fault)
{
    int error = pg_begin(c, fault);
    if (!error)
        error = pg_lock(c, LOCK_EXPORTS, false, fault);
    if (!error)
        error = pg_exec(c, ADD, args, ret, fault);
    return error ? error : pg_commit(c, fault);
}

int store_export_add(struct store *s, struct str principal, struct stored_export *export, struct arena *arena,
                     struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *row = NULL;
    struct pg_args args = {.arena = arena};
    pg_arg_str(&args, principal);
    pg_arg_str(&args, str_of(export->type->name));
    pg_arg_strs(&args, export->names, export->n);
    pg_arg_strs(&args, export->values, export->n);
    pg_arg_bool(&args, export->csv);
    pg_arg_i32(&args, export->delimiter);
    pg_arg_i64(&args, EXPORTS_MAX);
    pg_arg_instant(&args, export->asked_at);
    pg_arg_instant(&args, export->expires);
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = add_counted(c, &args, &row, fault);
    if (error)
        return error;
    if (!pg_rows(row))
        return fault_set(fault, ERR_TOO_MANY, "", "%d exports are kept for one principal", EXPORTS_MAX);
    *export = read_export(row, 0, arena);
    return 0;
}

int store_exports(struct store *s, struct str principal, const struct uuid *id, instant now, struct arena *arena,
                  struct stored_export **ret, size_t *ret_n, struct fault *fault)
{
    static const struct uuid none = {{0}};
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, principal);
    pg_arg_instant(&args, now);
    pg_arg_bool(&args, id != NULL);
    pg_arg_uuid(&args, id ? *id : none);
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = pg_exec(c,
                        "SELECT " COLUMNS " FROM export WHERE principal = $1 AND expires > $2 AND (NOT $3 OR id = $4)"
                        " ORDER BY asked_at DESC, id",
                        &args, &rows, fault);
    if (error)
        return error;
    *ret = arena_array(arena, (size_t)pg_rows(rows), sizeof **ret);
    *ret_n = read_exports(rows, arena, *ret);
    return 0;
}

int exports_retire(struct pg *c, instant now, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_instant(&args, now);
    return pg_exec(c, "DELETE FROM export WHERE expires <= $1", &args, NULL, fault);
}
