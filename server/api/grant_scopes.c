#include "grant_scopes.h"

#include <jansson.h>

struct grant_scopes {
    const struct record_type *type;
    const struct grant_entry **v; /* by id */
    size_t n;
};

static bool of_one_record(const struct grant_entry *g)
{
    return !uuid_is_none(g->record);
}

struct grant_scopes *grant_scopes_new(const struct registry *reg, const struct record_type *type, instant now,
                                      struct arena *arena)
{
    struct grant_scopes *scopes = arena_alloc(arena, sizeof *scopes);
    const struct grant_entry *all;
    size_t n = registry_grants(reg, &all);
    *scopes = (struct grant_scopes){.type = type, .v = arena_array(arena, n, sizeof(struct grant_entry *))};
    for (size_t i = 0; i < n; i++)
        if (str_is(all[i].type, type->name) && all[i].until > now && !of_one_record(&all[i]))
            scopes->v[scopes->n++] = &all[i];
    return scopes;
}

/* --- one record --- */

struct facts {
    const struct record *record;
    const struct record_type *type;
    json_t *body; /* parsed when it is first needed */
};

static const json_t *field(struct facts *f, const char *name)
{
    if (!name)
        return NULL;
    if (!f->body)
        f->body = json_loadb(f->record->canonical.p, f->record->canonical.n, 0, NULL);
    return json_object_get(f->body, name);
}

static bool says(struct facts *f, const char *name, struct str text)
{
    const json_t *v = field(f, name);
    return json_is_string(v) && str_eq(text, (struct str){json_string_value(v), json_string_length(v)});
}

/* Of two sensors one is enough. */
static bool from_sensor(struct facts *f, struct str sensor)
{
    return says(f, f->type->sensor_field, sensor) || says(f, f->type->other_sensor_field, sensor);
}

/* West may be greater than east: across the 180th meridian. The schema's in_region says the same. */
static bool is_there(struct facts *f, const char *latitude_field, const char *longitude_field,
                     const struct grant_entry *g)
{
    const json_t *latitude = field(f, latitude_field), *longitude = field(f, longitude_field);
    double y = json_number_value(latitude), x = json_number_value(longitude);
    bool between = g->west <= g->east ? g->west <= x && x <= g->east : g->west <= x || x <= g->east;
    return json_is_number(latitude) && json_is_number(longitude) && g->south <= y && y <= g->north && between;
}

/* Every sensor must be known to be there: what a grant opens must not tell of a place beyond it. */
static bool in_region(struct facts *f, const struct grant_entry *g)
{
    const struct record_type *t = f->type;
    return is_there(f, t->latitude_field, t->longitude_field, g) &&
           (!t->other_latitude_field || is_there(f, t->other_latitude_field, t->other_longitude_field, g));
}

static bool in_scope(struct facts *f, const struct grant_entry *g, const struct label *label)
{
    return codes_has(&label->owners, g->owner) && g->scope_from <= f->record->t && f->record->t < g->scope_to &&
           (!g->object.n || str_eq(g->object, f->record->object)) && (!g->sensor.n || from_sensor(f, g->sensor)) &&
           (!g->has_region || in_region(f, g));
}

size_t grant_scopes_match(const struct grant_scopes *scopes, const struct record *record, const struct label *label,
                          struct arena *arena, const struct str **ret)
{
    struct facts facts = {.record = record, .type = scopes->type};
    struct str *ids = arena_array(arena, scopes->n, sizeof *ids);
    size_t n = 0;
    for (size_t i = 0; i < scopes->n; i++)
        if (in_scope(&facts, scopes->v[i], label))
            ids[n++] = scopes->v[i]->id;
    json_decref(facts.body);
    *ret = ids;
    return n;
}
