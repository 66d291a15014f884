/* Which record of an event one that is going to be stored takes the place of. */
#include "read_rows.h"
#include "sql_query.h"

#define NEWEST_BEFORE                                                                                                  \
    "SELECT k.n, x.id, x.label_id, x.made FROM unnest($1, $2, $3) WITH ORDINALITY AS k (event, t, made, n)"            \
    " CROSS JOIN LATERAL (SELECT r.id, r.label_id, r.made FROM record_%s r WHERE r.event = k.event"                    \
    " AND r.t BETWEEN k.t - interval '%lld seconds' AND k.t + interval '%lld seconds' AND r.made < k.made"             \
    " ORDER BY r.made DESC, r.seq DESC LIMIT 1) x"
enum { FOUND_N, FOUND_ID, FOUND_LABEL, FOUND_MADE };

static void make_statement(const struct record_type *type, const struct event_place *places, size_t n, struct sql *sql)
{
    struct arena *arena = sql->args.arena;
    struct uuid *keys = arena_array(arena, n, sizeof *keys);
    instant *times = arena_array(arena, n, sizeof *times), *made = arena_array(arena, n, sizeof *made);
    long long span = (long long)(type->succession->span / INSTANT_SECOND);
    for (size_t i = 0; i < n; i++) {
        keys[i] = places[i].event.key;
        times[i] = places[i].t;
        made[i] = places[i].event.made;
    }
    buf_printf(&sql->text, NEWEST_BEFORE, type->name, span, span);
    pg_arg_uuids(&sql->args, keys, n);
    pg_arg_instants(&sql->args, times, n);
    pg_arg_instants(&sql->args, made, n);
}

int store_events_before(struct store *s, const struct reading *reading, const struct record_type *type,
                        struct event_place *places, size_t n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    SQL_CLEANUP struct sql sql = {.args = {.arena = arena}};
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    CLASS_CLEANUP struct class *class = NULL;
    const struct release *release;
    make_statement(type, places, n, &sql);
    int error = visible_read(s, reading, sql_text(&sql), &sql.args, &class, &rows, fault);
    for (int i = 0; !error && i < pg_rows(rows); i++) {
        struct event_place *place = &places[pg_i64(rows, i, FOUND_N) - 1];
        error = class_release(class, pg_i32(rows, i, FOUND_LABEL), &release, fault);
        if (error || !release->owned)
            continue;
        place->before = pg_uuid(rows, i, FOUND_ID);
        place->before_made = pg_instant(rows, i, FOUND_MADE);
    }
    return error;
}
