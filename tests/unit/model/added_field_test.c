/* One row more in a descriptor, and nothing else: validation, queries, queryhelp and OpenAPI know the field. */
#include "leaks.h"
#include "members.h"
#include "query.h"
#include "sample.h"
#include "types/rows.h"

#include <criterion/criterion.h>
#include <jansson.h>

TestSuite(added_field, .fini = no_leaks);

#define ADDED "zzz" /* behind every other name */

static const struct field inner_rows[] = {{FLOAT("x"), TEXT("A number in it")}};
static const struct field_table inner = TABLE(inner_rows);

/* A row of each kind, what it takes, what it refuses, and a condition on it. */
static const struct addition {
    struct field row;
    const char *good, *bad, *condition;
} additions[] = {
    {{STRING(ADDED), TEXT("Added")}, "\"a\"", "1", "~a"},
    {{INT(ADDED), RANGE(1, 9), TEXT("Added")}, "9", "10", "1..5"},
    {{FLOAT(ADDED), UNIT("km"), TEXT("Added")}, "1.50", "\"1.5\"", ">1.5"},
    {{BOOL(ADDED), TEXT("Added")}, "true", "0", "false"},
    {{TIME(ADDED), TEXT("Added")}, "\"" SAMPLE_TIME "\"", "\"today\"", "<now-3 days"},
    {{ENUM(ADDED), VALUES("OFF", "ON"), TEXT("Added")}, "\"OFF\"", "\"off\"", "ON,OFF"},
    {{FLOAT(ADDED), ARRAY, TEXT("Added")}, "[1,2]", "[null]", "2"},
    {{OBJECT(ADDED, inner), TEXT("Added")}, "{\"x\":1}", "{\"y\":1}", NULL},
};
#define N_ADDITIONS (sizeof additions / sizeof *additions)

/* The type with that row behind its own. */
static const struct record_type *with_row(const struct record_type *type, const struct field *row, struct arena *arena)
{
    struct record_type *longer = arena_alloc(arena, sizeof *longer);
    struct field_table *table = arena_alloc(arena, sizeof *table);
    struct field *rows = arena_array(arena, type->fields->n + 1, sizeof *rows);
    memcpy(rows, type->fields->fields, type->fields->n * sizeof *rows);
    rows[type->fields->n] = *row;
    *table = *type->fields;
    table->fields = rows;
    table->n++;
    *longer = *type;
    longer->fields = table;
    return longer;
}

/* A record of what the type requires, and the field. */
static int scan(const struct record_type *type, const struct record_type *shape, const char *value, struct arena *arena,
                struct record *ret, struct fault *fault)
{
    BUF_CLEANUP struct buf json = {0};
    const struct field *added = &shape->fields->fields[shape->fields->n - 1];
    sample_object(shape->fields, added, str_of(value), &json);
    return scan_one(type, arena_str(arena, buf_view(&json)), arena, ret, fault);
}

/* As it is kept. */
static struct str member_of(struct str canonical, struct arena *arena)
{
    const struct member *members;
    size_t n;
    cr_assert(members_of(canonical, arena, &members, &n));
    cr_assert(str_is(members[n - 1].name, ADDED));
    return members[n - 1].value;
}

static void check_validation(const struct record_type *type, const struct record_type *longer, const struct addition *a,
                             struct arena *arena)
{
    struct record r;
    struct fault fault = {0};
    cr_assert_eq(scan(type, longer, a->good, arena, &r, &fault), ERR_INVALID_RECORD, "%s has it", type->name);
    cr_assert_eq(scan(longer, longer, a->good, arena, &r, &fault), 0, "%s: %s %s", type->name, fault.where,
                 fault.detail);
    cr_assert(str_eq(member_of(r.canonical, arena), str_of(a->good)), "%s: %.*s", type->name, STR_ARG(r.canonical));
    cr_assert_eq(scan(longer, longer, a->bad, arena, &r, &fault), ERR_INVALID_RECORD, "%s: %s", type->name, a->bad);
    cr_assert_eq(strncmp(fault.where, "$." ADDED, strlen("$." ADDED)), 0, "%s: %s", type->name, fault.where);
}

static int ask(const struct record_type *type, const char *name, const char *value, struct arena *arena,
               const struct query **ret, struct fault *fault)
{
    return query_parse(type, &(struct param){str_of(name), str_of(value)}, 1, QUERY_CURRENT, NOW, arena, ret, fault);
}

static void check_query(const struct record_type *type, const struct record_type *longer, const struct addition *a,
                        struct arena *arena)
{
    const struct query *q;
    struct fault fault = {0};
    const char *condition = a->condition ? a->condition : "x";
    cr_assert_eq(ask(type, ADDED, condition, arena, &q, &fault), ERR_BAD_QUERY, "%s", type->name);
    cr_assert_eq(ask(longer, ADDED, condition, arena, &q, &fault), a->condition ? 0 : ERR_BAD_QUERY, "%s: %s %s",
                 type->name, fault.where, fault.detail);
    if (a->condition)
        cr_assert_str_eq(q->predicates[0].field->name, ADDED);
    cr_assert_eq(ask(longer, "columns", ADDED, arena, &q, &fault), 0);
    cr_assert_eq(q->columns->unknown.n, 0, "%s: no column", type->name);
}

static json_t *written(const struct record_type *type, void (*write)(const struct record_type *, struct buf *))
{
    BUF_CLEANUP struct buf b = {0};
    write(type, &b);
    json_t *root = json_loadb(b.p, b.n, JSON_REJECT_DUPLICATES, NULL);
    cr_assert_not_null(root, "%s", type->name);
    return root;
}

static void write_parameters(const struct record_type *type, struct buf *out)
{
    openapi_parameters_write(type, QUERY_LIST, out);
}

static bool is_named(json_t *array)
{
    size_t i;
    json_t *one;
    json_array_foreach(array, i,
                       one) if (strcmp(json_string_value(json_object_get(one, "name")), ADDED) == 0) return true;
    return false;
}

static void check_told(const struct record_type *type, bool there, const struct addition *a)
{
    json_t *help = written(type, queryhelp_write), *schema = written(type, openapi_schema_write);
    json_t *parameters = written(type, write_parameters);
    cr_assert_eq(is_named(json_object_get(help, "parameters")), there, "%s: queryhelp", type->name);
    cr_assert_eq(json_object_get(json_object_get(schema, "properties"), ADDED) != NULL, there, "%s: OpenAPI",
                 type->name);
    cr_assert_eq(is_named(parameters), there && a->condition, "%s: parameters", type->name);
    json_decref(help);
    json_decref(schema);
    json_decref(parameters);
}

Test(added_field, is_known_everywhere)
{
    for (size_t i = 0; i < record_type_count(); i++)
        for (size_t k = 0; k < N_ADDITIONS; k++) {
            ARENA_CLEANUP struct arena *arena = arena_new();
            const struct record_type *type = record_type_at(i), *longer = with_row(type, &additions[k].row, arena);
            check_validation(type, longer, &additions[k], arena);
            check_query(type, longer, &additions[k], arena);
            check_told(type, false, &additions[k]);
            check_told(longer, true, &additions[k]);
        }
}
