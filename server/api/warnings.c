#include "warnings.h"

#include "label.h"

#include <jansson.h>
#include <stdlib.h>

static bool rule_matches(const struct warning_rule *rule, const json_t *fields)
{
    const json_t *value = json_object_getn(fields, rule->field.p, rule->field.n);
    double v = json_number_value(value);
    return json_is_number(value) && (rule->above ? v > rule->threshold : v < rule->threshold);
}

static bool any_rule(const struct registry *reg, struct str owner, const struct record_type *type)
{
    const struct warning_rule *rules;
    size_t n = registry_warnings(reg, &rules);
    for (size_t i = 0; i < n; i++)
        if (str_eq(rules[i].owner, owner) && str_is(rules[i].type, type->name))
            return true;
    return false;
}

/* The first that the record meets: whom they trust is the same for all of an owner and a type. */
static const struct warning_rule *first_match(const struct registry *reg, struct str owner,
                                              const struct record_type *type, const json_t *fields)
{
    const struct warning_rule *rules;
    size_t n = registry_warnings(reg, &rules);
    for (size_t i = 0; i < n; i++)
        if (str_eq(rules[i].owner, owner) && str_is(rules[i].type, type->name) && rule_matches(&rules[i], fields))
            return &rules[i];
    return NULL;
}

/* The object's text as registrations have it. */
static struct str object_text(const json_t *fields, const char *name, struct arena *arena)
{
    const json_t *value = name ? json_object_get(fields, name) : NULL;
    if (json_is_integer(value))
        return str_of(arena_printf(arena, "%lld", (long long)json_integer_value(value)));
    if (json_is_string(value))
        return arena_str(arena, (struct str){json_string_value(value), json_string_length(value)});
    return STR("");
}

struct ids {
    struct str *v;
    size_t n;
};

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void add_id(struct ids *ids, struct str id)
{
    for (size_t i = 0; i < ids->n; i++)
        if (str_eq(ids->v[i], id))
            return;
    ids->v[ids->n++] = id;
}

static void add_operators(const struct registry *reg, struct str object, const struct warning_rule *rule,
                          struct arena *arena, struct ids *ids)
{
    const struct operator_entry *all;
    size_t n = object.n ? registry_operates(reg, object, STR(""), &all) : 0;
    for (size_t i = 0; i < n; i++)
        if (!str_eq(all[i].partner, rule->owner) && warning_trusts(rule, &all[i]))
            add_id(ids, str_of(arena_printf(arena, "warn/%.*s/%.*s/%.*s/%.*s", STR_ARG(rule->owner),
                                            STR_ARG(rule->type), STR_ARG(all[i].partner), STR_ARG(object))));
}

void warnings_add(const struct registry *reg, const struct label *label, const struct record_type *type,
                  const struct record *record, struct arena *arena, const struct str **grants, size_t *n)
{
    struct str owner = label->owners.v[0];
    if (label->owners.n != 1 || !any_rule(reg, owner, type))
        return;
    json_auto_t *fields = json_loadb(record->canonical.p, record->canonical.n, 0, NULL);
    const struct warning_rule *rule = fields ? first_match(reg, owner, type, fields) : NULL;
    if (!rule)
        return;
    struct ids ids = {.v = arena_array(arena, *n + 2 * REGISTRY_CODES_MAX, sizeof *ids.v)};
    for (size_t i = 0; i < *n; i++)
        ids.v[ids.n++] = (*grants)[i];
    add_operators(reg, object_text(fields, type->object_field, arena), rule, arena, &ids);
    add_operators(reg, object_text(fields, type->other_object_field, arena), rule, arena, &ids);
    if (ids.n > 1)
        qsort(ids.v, ids.n, sizeof *ids.v, by_text);
    *grants = ids.v;
    *n = ids.n;
}
