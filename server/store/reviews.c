#include "reviews.h"

void reviews_new(struct reviews *v, size_t room, struct arena *arena)
{
    *v = (struct reviews){.record = arena_array(arena, room, sizeof *v->record),
                          .owner = arena_array(arena, room, sizeof *v->owner),
                          .type = arena_array(arena, room, sizeof *v->type),
                          .t = arena_array(arena, room, sizeof *v->t),
                          .review_by = arena_array(arena, room, sizeof *v->review_by)};
}

void reviews_add(struct reviews *v, struct uuid record, struct str type, instant t, const struct codes *owners,
                 instant review_by)
{
    for (size_t i = 0; i < owners->n; i++) {
        v->record[v->n] = record;
        v->owner[v->n] = owners->v[i];
        v->type[v->n] = type;
        v->t[v->n] = t;
        v->review_by[v->n++] = review_by;
    }
}

int reviews_insert(struct pg *c, const struct reviews *v, struct arena *arena, struct fault *fault)
{
    struct pg_args args = {.arena = arena};
    pg_arg_uuids(&args, v->record, v->n);
    pg_arg_strs(&args, v->owner, v->n);
    pg_arg_strs(&args, v->type, v->n);
    pg_arg_instants(&args, v->t, v->n);
    pg_arg_instants(&args, v->review_by, v->n);
    return pg_exec(c, "INSERT INTO review (record, owner, type, t, review_by) SELECT * FROM unnest($1, $2, $3, $4, $5)",
                   &args, NULL, fault);
}

int reviews_delete(struct pg *c, struct uuid record, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_uuid(&args, record);
    return pg_exec(c, "DELETE FROM review WHERE record = $1", &args, NULL, fault);
}
