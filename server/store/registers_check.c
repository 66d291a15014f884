/* What the policy layer cannot know of registers: whether the record types they name exist, what views do to them, and
 * whether a view shows no more than it is declared to. */
#include "registers.h"
#include "views.h"

#include <jansson.h>

static int check_agreement_types(const struct register_entry *entry, struct fault *fault)
{
    json_auto_t *agreement = json_loadb(entry->json.p, entry->json.n, 0, NULL);
    size_t i;
    json_t *type;
    json_array_foreach(json_object_get(agreement, "types"), i, type)
    {
        const char *name = json_string_value(type);
        char where[FAULT_WHERE_MAX];
        snprintf(where, sizeof where, "agreement %.*s: types[%zu]", STR_ARG(entry->key), i);
        if (name && strcmp(name, "*") && !record_type_find(str_of(name)))
            return fault_set(fault, ERR_BAD_POLICY, where, "\"%s\" is no record type", name);
    }
    return 0;
}

/* --- views --- */

static int check_view_type(const struct view_entry *v, const struct view_type *t, struct arena *arena,
                           const struct view **ret, struct fault *fault)
{
    const struct record_type *type = record_type_find(t->type);
    struct fault step = {.code = ERR_BAD_POLICY};
    char where[FAULT_WHERE_MAX];
    if (!type) {
        snprintf(where, sizeof where, "view %.*s: types", STR_ARG(v->code));
        return fault_set(fault, ERR_BAD_POLICY, where, "\"%.*s\" is no record type", STR_ARG(t->type));
    }
    if (view_compile(type, t->steps, arena, ret, &step) == 0)
        return 0;
    snprintf(where, sizeof where, "view %.*s: types.%s%.120s", STR_ARG(v->code), type->name, step.where);
    return fault_set(fault, ERR_BAD_POLICY, where, "%s", step.detail);
}

/* A set of delays, as a class of readers has them (classes.c). */
struct delays {
    int64_t v[VIEW_DELAYS_MAX];
    size_t n;
};

static int add_delay(struct delays *d, int64_t delay, struct fault *fault)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->v[i] == delay)
            return 0;
    if (d->n == VIEW_DELAYS_MAX)
        return fault_set(fault, ERR_BAD_POLICY, "views", "more than %d different delays", VIEW_DELAYS_MAX);
    d->v[d->n++] = delay;
    return 0;
}

static int check_steps(const struct view_entry *v, struct delays *delays, struct fault *fault)
{
    int error = 0;
    for (size_t i = 0; !error && i < v->n_types; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        const struct view *view;
        error = check_view_type(v, &v->types[i], arena, &view, fault);
        if (!error && view_delay(view))
            error = add_delay(delays, view_delay(view), fault);
    }
    return error;
}

/* For every type that both define, also where the order follows from others. */
static int check_order(const struct views *views, const struct view_entry *entries, size_t narrow, size_t wide,
                       struct fault *fault)
{
    for (size_t i = 0; i < entries[narrow].n_types; i++) {
        struct str type = entries[narrow].types[i].type;
        const struct view *n = views_find(views, (unsigned)narrow + 1, type),
                          *w = views_find(views, (unsigned)wide + 1, type);
        char where[FAULT_WHERE_MAX];
        if (!w || view_within(n, w))
            continue;
        snprintf(where, sizeof where, "view %.*s: reduces", STR_ARG(entries[narrow].code));
        return fault_set(fault, ERR_BAD_POLICY, where,
                         "it cannot be proved that it shows no more of %.*s than %.*s does", STR_ARG(type),
                         STR_ARG(entries[wide].code));
    }
    return 0;
}

static int check_views(const struct registry *reg, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct view_entry *entries;
    struct delays delays = {.n = 0};
    size_t n = registry_views(reg, &entries);
    int error = 0;
    for (size_t i = 0; !error && i < n; i++)
        error = check_steps(&entries[i], &delays, fault);
    if (error || !n)
        return error;
    const struct views *views = views_new(reg, arena);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; !error && k < n; k++)
            if (i != k && registry_view_within(reg, (unsigned)i + 1, (unsigned)k + 1))
                error = check_order(views, entries, i, k, fault);
    return error;
}

int registers_check(const struct registry *reg, struct fault *fault)
{
    const struct register_entry *entries;
    size_t n = registry_entries(reg, &entries);
    int error = 0;
    for (size_t i = 0; i < n && !error; i++)
        if (str_is(entries[i].kind, "agreement"))
            error = check_agreement_types(&entries[i], fault);
    return error ? error : check_views(reg, fault);
}

/* --- what views show after a change --- */

struct both_views {
    const struct registry *old, *next;
    const struct views *before, *after;
};

static int check_type_change(const struct both_views *b, struct str type, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct view_change *changes;
    const struct view_entry *entries;
    size_t n = registry_view_changes(b->old, b->next, type, arena, &changes);
    registry_views(b->next, &entries);
    for (size_t i = 0; i < n; i++) {
        const struct view *was = views_find(b->before, changes[i].before, type);
        const struct view *is = views_find(b->after, changes[i].after, type);
        char where[FAULT_WHERE_MAX];
        if (!is || (was && view_within(is, was)))
            continue;
        snprintf(where, sizeof where, "view %.*s", STR_ARG(entries[changes[i].after - 1].code));
        return fault_set(fault, ERR_BAD_POLICY, where,
                         "it cannot be proved that it shows no more of %.*s than before; with \"backfill\": \"none\" "
                         "that would open what was posted before now; make a new view",
                         STR_ARG(type));
    }
    return 0;
}

int registers_check_views(const struct registry *old, const struct registry *next, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct view_entry *entries;
    int error = 0;
    if (!registry_views(old, &entries) || !registry_views(next, &entries))
        return 0;
    const struct both_views b = {old, next, views_new(old, arena), views_new(next, arena)};
    for (size_t i = 0; !error && i < record_type_count(); i++)
        error = check_type_change(&b, str_of(record_type_at(i)->name), fault);
    return error;
}
