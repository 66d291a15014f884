#include "write_refs.h"

#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static size_t sort_unique(int32_t *v, size_t n)
{
    size_t kept = 0;
    if (n)
        qsort(v, n, sizeof *v, by_value);
    for (size_t i = 0; i < n; i++)
        if (!kept || v[i] != v[kept - 1])
            v[kept++] = v[i];
    return kept;
}

static bool has_id(const struct uuid *ids, size_t n, const struct uuid *id)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&ids[i], id, sizeof *id) == 0)
            return true;
    return false;
}

static size_t distinct_derived(const struct new_record *r, struct uuid *ids)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_derived; i++)
        if (!has_id(ids, n, &r->derived_from[i]))
            ids[n++] = r->derived_from[i];
    return n;
}

/* The labels of those of ids that the poster sees; own: only of those its partner owns. */
static int visible_labels(struct store *s, const struct reading *reading, const struct uuid *ids, size_t n, bool own,
                          int32_t *ret, size_t *ret_n, struct arena *arena, struct fault *fault)
{
    CLASS_CLEANUP struct class *class = NULL;
    PG_RESULT_CLEANUP struct pg_result *result = NULL;
    struct pg_args args = {.arena = arena};
    const struct release *release;
    pg_arg_uuids(&args, ids, n);
    int error = visible_read(s, reading, "SELECT r.label_id FROM record r WHERE r.id = ANY ($1)", &args, &class,
                             &result, fault);
    size_t found = 0;
    for (int i = 0; !error && i < pg_rows(result) && found < n; i++) {
        int32_t label = pg_i32(result, i, 0);
        error = class_release(class, label, &release, fault);
        if (!error && (!own || release->owned))
            ret[found++] = label;
    }
    if (!error)
        *ret_n = found;
    return error;
}

static int refuse(struct fault *fault, const char *where)
{
    return fault_set(fault, ERR_INVALID_RECORD, where, "names no record that can be used here");
}

int write_refs_resolve(struct store *s, const struct post *post, const struct new_record *r, instant now,
                       struct arena *arena, const int32_t **ret_parts, size_t *ret_n, struct fault *fault)
{
    struct reading reading = {.registry = post->registry, .reader = post->poster, .now = now};
    static const struct uuid none;
    int32_t own[1];
    size_t n_own = 1, n_parts = 0;
    int error = 0;
    if (memcmp(&r->supersedes, &none, sizeof none) != 0)
        error = visible_labels(s, &reading, &r->supersedes, 1, true, own, &n_own, arena, fault);
    if (error)
        return error;
    if (!n_own)
        return refuse(fault, "relto.supersedes");
    struct uuid *ids = arena_array(arena, r->n_derived, sizeof *ids);
    int32_t *parts = arena_array(arena, r->n_derived, sizeof *parts);
    size_t n_ids = distinct_derived(r, ids);
    if (n_ids)
        error = visible_labels(s, &reading, ids, n_ids, false, parts, &n_parts, arena, fault);
    if (error)
        return error;
    if (n_parts != n_ids)
        return refuse(fault, "relto.derivedFrom");
    *ret_n = sort_unique(parts, n_parts);
    *ret_parts = parts;
    return 0;
}
