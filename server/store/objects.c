/* What partners say they operate, until it is accepted: see store.h. */
#include "dry_runs.h"

/* Whoever has originated elements of an object knows it: asked under the partner's own row-level security. */
int store_object_known(struct store *s, const struct reading *reading, const struct str *objects, size_t n,
                       bool *ret_known, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    struct pg_args args = {.arena = arena};
    pg_arg_strs(&args, objects, n);
    pg_arg_str(&args, reader_partner(reading->reader));
    int error = visible_read(s, reading,
                             "SELECT EXISTS (SELECT FROM record r WHERE r.type = 'elset' AND r.object = o.object"
                             " AND r.originator = $2) FROM unnest($1) WITH ORDINALITY AS o (object, n) ORDER BY o.n",
                             &args, NULL, &rows, fault);
    for (int i = 0; !error && i < pg_rows(rows); i++)
        ret_known[i] = pg_bool(rows, i, 0);
    return error;
}

int store_object_claims(struct store *s, struct str partner, struct arena *arena, struct object_claim **ret,
                        size_t *ret_n, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, partner);
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = pg_exec(c,
                        "SELECT object, partner FROM object_claim WHERE $1 = '' OR partner = $1"
                        " ORDER BY object, partner",
                        &args, &rows, fault);
    if (error)
        return error;
    struct object_claim *v = arena_array(arena, (size_t)pg_rows(rows), sizeof *v);
    for (int i = 0; i < pg_rows(rows); i++)
        v[i] = (struct object_claim){arena_str(arena, pg_str(rows, i, 0)), arena_str(arena, pg_str(rows, i, 1))};
    *ret = v;
    *ret_n = (size_t)pg_rows(rows);
    return 0;
}

int store_object_claim_add(struct store *s, const struct reading *reading, struct str object, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *row = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, object);
    pg_arg_str(&args, reader_partner(reading->reader));
    pg_arg_instant(&args, reading->now);
    pg_arg_str(&args, reading->principal);
    pg_arg_i64(&args, OBJECT_CLAIMS_MAX);
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error =
            pg_exec(c,
                    "WITH room AS (SELECT count(*) < $5 AS fits FROM object_claim WHERE partner = $2),"
                    " added AS (INSERT INTO object_claim (object, partner, at, principal)"
                    " SELECT $1, $2, $3, $4 FROM room WHERE room.fits ON CONFLICT DO NOTHING)"
                    " SELECT fits OR EXISTS (SELECT FROM object_claim WHERE object = $1 AND partner = $2) FROM room",
                    &args, &row, fault);
    if (!error && !pg_bool(row, 0, 0))
        error = fault_set(fault, ERR_TOO_MANY, "", "%d registrations wait to be accepted", OBJECT_CLAIMS_MAX);
    return error;
}

int store_object_claim_drop(struct store *s, struct str object, struct str partner, bool *ret_found,
                            struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, object);
    pg_arg_str(&args, partner);
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = pg_exec(c, "DELETE FROM object_claim WHERE object = $1 AND partner = $2 RETURNING object", &args, &rows,
                        fault);
    if (!error)
        *ret_found = pg_rows(rows) > 0;
    return error;
}

int store_operator_try(struct store *s, const struct registry *reg, const struct registry_edit *edits, size_t n,
                       struct str owner, instant now, struct dry_run *report, struct fault *fault)
{
    return n ? dry_run_edits(s, reg, edits, n, owner, now, report, fault)
             : dry_run_nothing(s, reg, owner, now, report, fault);
}
