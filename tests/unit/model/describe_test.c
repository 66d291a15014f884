/* What clients are told of a type: queryhelp and OpenAPI, for every field of every type. */
#include "leaks.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <float.h>
#include <jansson.h>

TestSuite(describe, .fini = no_leaks);

static json_t *parse(const struct buf *b)
{
    json_error_t error;
    json_t *root = json_loadb(b->p, b->n, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(root, "%s at %d: %.*s", error.text, error.position, STR_ARG(buf_view(b)));
    return root;
}

static json_t *document(void (*write)(const struct record_type *, struct buf *), const struct record_type *type)
{
    BUF_CLEANUP struct buf b = {0};
    write(type, &b);
    return parse(&b);
}

static const char *text_at(json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    cr_assert_not_null(text, "no text %s", name);
    return text;
}

static bool true_at(json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    cr_assert(json_is_boolean(value), "no boolean %s", name);
    return json_is_true(value);
}

/* --- queryhelp --- */

static json_t *named(json_t *array, const char *name)
{
    size_t i;
    json_t *value, *found = NULL;
    json_array_foreach(array, i, value)
    {
        if (strcmp(text_at(value, "name"), name) != 0)
            continue;
        cr_assert_null(found, "%s twice", name);
        found = value;
    }
    return found;
}

static void check_parameter(const struct record_type *type, json_t *p, const struct field *f)
{
    static const char *const kinds[] = {"String", "Integer", "Double", "Boolean", "Date", "String", "Object"};
    char want[20];
    cr_assert_not_null(p, "%s.%s is not told", type->name, f->name);
    snprintf(want, sizeof want, "%s%.*s", kinds[f->kind], 2 * f->depth, "[][][][]");
    cr_assert_str_eq(text_at(p, "type"), want);
    cr_assert_eq(true_at(p, "restQuerySupported"), f->kind != FIELD_OBJECT);
    cr_assert_eq(true_at(p, "utcDate"), f->kind == FIELD_TIME);
    cr_assert_eq(true_at(p, "derived"), f->read_only);
    cr_assert_eq(true_at(p, "required"), is_query_required(type, f), "%s", f->name);
    cr_assert_not_null(strstr(text_at(p, "description"), f->description));
    cr_assert_eq(json_object_get(p, "unitOfMeasure") != NULL, f->unit != NULL);
    cr_assert(!f->unit || strcmp(text_at(p, "unitOfMeasure"), f->unit) == 0);
    for (size_t i = 0; f->values && f->values[i]; i++)
        cr_assert_not_null(strstr(text_at(p, "description"), f->values[i]));
    static const char *const flags[] = {"elemMatch", "histQuerySupported", "histTupleSupported", "restTupleSupported"};
    for (size_t i = 0; i < 4; i++)
        true_at(p, flags[i]);
    cr_assert_str_eq(text_at(p, "classificationMarking"), "U");
}

Test(describe, queryhelp_tells_every_field)
{
    for (size_t i = 0; i < record_type_count(); i++) {
        const struct record_type *type = record_type_at(i);
        json_t *root = document(queryhelp_write, type), *parameters = json_object_get(root, "parameters");
        const struct field_table *tables[] = {type->fields, server_fields()};
        cr_assert_eq(json_array_size(parameters), tables[0]->n + tables[1]->n + (type->id_field != NULL));
        cr_assert(!type->id_field || named(parameters, type->id_field));
        for (size_t t = 0; t < 2; t++)
            for (size_t k = 0; k < tables[t]->n; k++)
                check_parameter(type, named(parameters, tables[t]->fields[k].name), &tables[t]->fields[k]);
        cr_assert_str_eq(text_at(root, "name"), type->name);
        cr_assert_str_eq(text_at(root, "typeName"), type->name);
        cr_assert_str_eq(text_at(root, "description"), type->description);
        cr_assert(str_is(str_of(text_at(root, "uri") + strlen("/v1/")), type->name));
        cr_assert(true_at(root, "restSupported") && true_at(root, "sortSupported"));
        cr_assert(true_at(root, "aodrSupported") && true_at(root, "historySupported"));
        cr_assert(json_is_array(json_object_get(root, "requiredRoles")));
        json_decref(root);
    }
}

/* --- OpenAPI --- */

static void check_limits(json_t *schema, const struct field *f)
{
    bool text = f->kind == FIELD_STRING;
    json_t *least = json_object_get(schema, text ? "minLength" : "minimum");
    json_t *most = json_object_get(schema, text ? "maxLength" : "maximum");
    cr_assert_eq(least != NULL, field_limited(f), "%s", f->name);
    cr_assert_eq(most != NULL, field_limited(f) && f->max < DBL_MAX, "%s", f->name);
    cr_assert(!least || json_number_value(least) == f->min, "%s", f->name);
    cr_assert(!most || json_number_value(most) == f->max, "%s", f->name);
}

static void check_object(json_t *schema, const struct field_table *t);

static void check_schema(json_t *schema, const struct field *f)
{
    static const char *const kinds[] = {"string", "integer", "number", "boolean", "string", "string", "object"};
    for (int level = 0; level < f->depth; level++) {
        cr_assert_str_eq(text_at(schema, "type"), "array");
        schema = json_object_get(schema, "items");
    }
    cr_assert_str_eq(text_at(schema, "type"), kinds[f->kind]);
    cr_assert(f->kind != FIELD_TIME || strcmp(text_at(schema, "format"), "date-time") == 0);
    cr_assert_eq(json_object_get(schema, "enum") != NULL, f->kind == FIELD_ENUM);
    for (size_t i = 0; f->values && f->values[i]; i++)
        cr_assert(str_is(str_of(json_string_value(json_array_get(json_object_get(schema, "enum"), i))), f->values[i]));
    check_limits(schema, f);
    if (f->object)
        check_object(schema, f->object);
}

static bool among(json_t *array, const char *name)
{
    size_t i;
    json_t *value;
    json_array_foreach(array, i, value) if (strcmp(json_string_value(value), name) == 0) return true;
    return false;
}

static void check_object(json_t *schema, const struct field_table *t)
{
    json_t *properties = json_object_get(schema, "properties");
    cr_assert(json_is_false(json_object_get(schema, "additionalProperties")));
    for (size_t i = 0; i < t->n; i++) {
        const struct field *f = &t->fields[i];
        json_t *property = json_object_get(properties, f->name);
        cr_assert_not_null(property, "%s is not told", f->name);
        cr_assert(strncmp(text_at(property, "description"), f->description, strlen(f->description)) == 0);
        cr_assert_eq(json_is_true(json_object_get(property, "readOnly")), f->read_only, "%s", f->name);
        check_schema(property, f);
        cr_assert_eq(among(json_object_get(schema, "required"), f->name), f->required, "%s", f->name);
    }
}

Test(describe, openapi_schema_tells_every_field)
{
    for (size_t i = 0; i < record_type_count(); i++) {
        json_t *root = document(openapi_schema_write, record_type_at(i));
        json_t *properties = json_object_get(root, "properties");
        check_object(root, record_type_at(i)->fields);
        const char *id_field = record_type_at(i)->id_field;
        cr_assert_eq(json_object_size(properties),
                     record_type_at(i)->fields->n + server_fields()->n + 1 + (id_field != NULL));
        cr_assert(!id_field || strcmp(text_at(json_object_get(properties, id_field), "x-same-as"), "id") == 0);
        cr_assert(json_is_true(json_object_get(json_object_get(properties, "createdAt"), "readOnly")));
        cr_assert_null(json_object_get(json_object_get(properties, "id"), "readOnly"), "an id may be sent");
        cr_assert_not_null(json_object_get(properties, "relto"));
        json_decref(root);
    }
}

static void check_parameters(const struct record_type *type, enum query_use use)
{
    BUF_CLEANUP struct buf b = {0};
    openapi_parameters_write(type, use, &b);
    json_t *root = parse(&b);
    const struct field_table *tables[] = {type->fields, server_fields()};
    for (size_t t = 0; t < 2; t++)
        for (size_t k = 0; k < tables[t]->n; k++) {
            const struct field *f = &tables[t]->fields[k];
            json_t *p = named(root, f->name);
            cr_assert_eq(p != NULL, f->kind != FIELD_OBJECT, "%s.%s", type->name, f->name);
            if (!p)
                continue;
            cr_assert_str_eq(text_at(p, "in"), "query");
            cr_assert_eq(json_is_true(json_object_get(p, "required")),
                         use < QUERY_CURRENT && is_query_required(type, f));
        }
    static const char *const names[] = {"sort", "columns", "maxResults", "firstResult"};
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(named(root, names[i]) == NULL, use == QUERY_COUNT && i < 2, "%s", names[i]);
    cr_assert_eq(json_is_true(json_object_get(named(root, "columns"), "required")),
                 use == QUERY_TUPLE || use == QUERY_CURRENT_TUPLE);
    json_decref(root);
}

Test(describe, openapi_parameters_tell_every_field)
{
    for (size_t i = 0; i < record_type_count(); i++)
        for (enum query_use use = QUERY_LIST; use <= QUERY_CURRENT_TUPLE; use++)
            check_parameters(record_type_at(i), use);
}
