#include "write_refs.h"

#include "sql_query.h"

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

/* What was found of the ids that were asked for. */
struct found {
    struct uuid *ids; /* of records */
    int32_t *labels;
    size_t n;
};

static struct found found_new(size_t room, struct arena *arena)
{
    return (struct found){arena_array(arena, room, sizeof(struct uuid)), arena_array(arena, room, sizeof(int32_t)), 0};
}

/* Entities lie in the tables of types that have them, which have an index for it; record has none. */
static void entities_statement(struct sql *sql)
{
    const char *before = "";
    for (size_t i = 0; i < record_type_count(); i++) {
        const struct record_type *type = record_type_at(i);
        if (!type->versioned)
            continue;
        buf_printf(&sql->text, "%s(SELECT DISTINCT ON (r.entity) r.label_id, r.id", before);
        sql_from(sql, type);
        sql_z(sql, " AND r.entity = ANY ($1) ORDER BY r.entity, r.seq DESC)");
        before = " UNION ALL ";
    }
}

/* own: only what its partner owns. */
static int add_found(struct store *s, const struct reading *reading, struct sql *sql, bool own, size_t room,
                     struct found *found, struct fault *fault)
{
    CLASS_CLEANUP struct class *class = NULL;
    PG_RESULT_CLEANUP struct pg_result *result = NULL;
    const struct release *release;
    int error = visible_read(s, reading, sql_text(sql), &sql->args, &class, &result, fault);
    for (int i = 0; !error && i < pg_rows(result) && found->n < room; i++) {
        found->labels[found->n] = pg_i32(result, i, 0);
        found->ids[found->n] = pg_uuid(result, i, 1);
        error = class_release(class, found->labels[found->n], &release, fault);
        found->n += !error && (!own || release->owned);
    }
    return error;
}

/* Those of ids that the poster sees. Nearly all are records; only what is none may be an entity. */
static int visible_of(struct store *s, const struct reading *reading, const struct uuid *ids, size_t n, bool own,
                      struct found *found, struct arena *arena, struct fault *fault)
{
    SQL_CLEANUP struct sql records = {.args = {.arena = arena}}, entities = {.args = {.arena = arena}};
    pg_arg_uuids(&records.args, ids, n);
    pg_arg_uuids(&entities.args, ids, n);
    sql_z(&records, "SELECT r.label_id, r.id FROM record r WHERE r.id = ANY ($1)");
    int error = add_found(s, reading, &records, own, n, found, fault);
    if (error || found->n == n)
        return error;
    entities_statement(&entities);
    return add_found(s, reading, &entities, own, n, found, fault);
}

static int refuse(struct fault *fault, const char *where)
{
    return fault_set(fault, ERR_INVALID_RECORD, where, "names no record that can be used here");
}

static int resolve_superseded(struct store *s, const struct reading *reading, const struct new_record *r,
                              struct arena *arena, struct write_refs *ret, struct fault *fault)
{
    struct found found = found_new(1, arena);
    ret->supersedes = (struct uuid){0};
    if (r->follows || uuid_is_none(r->supersedes))
        return 0;
    int error = visible_of(s, reading, &r->supersedes, 1, true, &found, arena, fault);
    if (!error && !found.n)
        error = refuse(fault, "relto.supersedes");
    if (!error)
        ret->supersedes = found.ids[0];
    return error;
}

static int resolve_derived(struct store *s, const struct reading *reading, const struct new_record *r,
                           struct arena *arena, struct write_refs *ret, struct fault *fault)
{
    struct uuid *ids = arena_array(arena, r->n_derived, sizeof *ids);
    size_t n = distinct_derived(r, ids);
    struct found found = found_new(n, arena);
    int error = n ? visible_of(s, reading, ids, n, false, &found, arena, fault) : 0;
    if (!error && found.n != n)
        error = refuse(fault, "relto.derivedFrom");
    if (error)
        return error;
    ret->derived_from = found.ids;
    ret->n_derived = found.n;
    ret->n_parts = sort_unique(found.labels, found.n);
    ret->parts = found.labels;
    return 0;
}

int write_refs_resolve(struct store *s, const struct post *post, const struct new_record *r, instant now,
                       struct arena *arena, struct write_refs *ret, struct fault *fault)
{
    struct reading reading = {.registry = post->registry, .reader = post->poster, .now = now};
    int error = resolve_superseded(s, &reading, r, arena, ret, fault);
    return error ? error : resolve_derived(s, &reading, r, arena, ret, fault);
}
