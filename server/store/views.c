#include "views.h"

struct views {
    size_t n, n_types;
    const struct view **compiled; /* n rows of n_types */
};

const struct views *views_new(const struct registry *reg, struct arena *arena)
{
    const struct view_entry *entries;
    struct views *v = arena_alloc(arena, sizeof *v);
    v->n = registry_views(reg, &entries);
    v->n_types = record_type_count();
    v->compiled = arena_array(arena, v->n * v->n_types, sizeof(struct view *));
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = 0; k < v->n_types; k++) {
            const struct record_type *type = record_type_at(k);
            for (size_t t = 0; t < entries[i].n_types; t++)
                if (str_is(entries[i].types[t].type, type->name))
                    view_compile(type, entries[i].types[t].steps, arena, &v->compiled[i * v->n_types + k], NULL);
        }
    return v;
}

const struct view *views_find(const struct views *v, unsigned number, struct str type)
{
    for (size_t k = 0; number - 1 < v->n && k < v->n_types; k++)
        if (str_is(type, record_type_at(k)->name))
            return v->compiled[(number - 1) * v->n_types + k];
    return NULL;
}
