/* What a descriptor can say that not every type says: seen on a type of its own. */
#include "leaks.h"
#include "query.h"
#include "sample.h"
#include "types/rows.h"
#include "view.h"

#include <criterion/criterion.h>
#include <jansson.h>

TestSuite(vocabulary, .fini = no_leaks);

static const struct field part_rows[] = {
    {FLOAT("alt"), TEXT("Altitude")},
    {STRING("origNetwork"), TEXT("A field of this name")},
};
static const struct field_table part_fields = TABLE_PASSING(part_rows, "idPlace");
static const struct field thing_rows[] = {
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    {FLOAT("cube"), DEPTH(3), RANGE(0, 9), TEXT("Numbers in three levels")},
    COMMON_DATA_MODE,
    COMMON_ORIGIN,
    {OBJECT("part", part_fields), TEXT("A part")},
    COMMON_SOURCE,
    {INT("sum"), READ_ONLY, TEXT("A sum over the others")},
    COMMON_TAGS,
    {STRING("text"), BYTES_MAX(100000), TEXT("A long text")},
    COMMON_TRANSACTION_ID,
};
static const struct field_table thing_fields = TABLE_PASSING(thing_rows, "line1", "onOrbit");
static const struct record_type thing = {
    .name = "thing",
    .description = "A thing that lasts",
    .fields = &thing_fields,
    .query_required = "createdAt",
    .id_field = "idThing",
    .versioned = true,
    .elements_max = RECORD_ELEMENTS_MAX + 100,
    .partition_width = 366 * INSTANT_DAY,
    .earliest = RECORDS_SPACE_AGE,
};

#define HEAD "\"classificationMarking\":\"U\",\"dataMode\":\"TEST\",\"source\":\"s\""
#define CANONICAL_HEAD "{\"classificationMarking\":\"U\","

static int scan(const char *members, struct arena *arena, struct record *ret, struct fault *fault)
{
    return scan_one(&thing, str_of(arena_printf(arena, "{" HEAD "%s}", members)), arena, ret, fault);
}

static void expect_kept(const char *members, const char *kept_before, const char *kept_after)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record r;
    struct fault fault = {0};
    cr_assert_eq(scan(members, arena, &r, &fault), 0, "%s: %s %s", members, fault.where, fault.detail);
    cr_assert(str_is(r.canonical, arena_printf(arena, CANONICAL_HEAD "%s\"dataMode\":\"TEST\",%s\"source\":\"s\"}",
                                               kept_before, kept_after)),
              "%s: %.*s", members, STR_ARG(r.canonical));
}

static void expect_refused(const char *members, const char *where, const char *detail)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record r;
    struct fault fault = {0};
    cr_assert_eq(scan(members, arena, &r, &fault), ERR_INVALID_RECORD, "%s", members);
    cr_assert_str_eq(fault.where, where);
    cr_assert_str_eq(fault.detail, detail);
}

Test(vocabulary, what_the_exchange_sets_is_read_over)
{
    expect_kept(",\"createdAt\":\"x\",\"createdBy\":null,\"origNetwork\":[1,{\"a\":2}],\"sourceDL\":1,\"updatedAt\":2,"
                "\"updatedBy\":{}",
                "", "");
    expect_kept(",\"line1\":\"1 25544U\",\"onOrbit\":{\"satNo\":[[[]]]},\"line1\":\"again\"", "", "");
    expect_kept(",\"part\":{\"alt\":1,\"createdAt\":5,\"idPlace\":6,\"origNetwork\":\"kept\"}", "",
                "\"part\":{\"alt\":1,\"origNetwork\":\"kept\"},");
    expect_refused(",\"idPlace\":1", "$.idPlace", "expected a field of thing");
    expect_refused(",\"part\":{\"line1\":1}", "$.part.line1", "expected a field of thing");
    expect_refused(",\"line1\":\"\\u0000\"", "$.line1", "expected text without \\u0000");
}

Test(vocabulary, what_is_worked_out_is_read_over)
{
    expect_kept(",\"sum\":1", "", "");
    expect_kept(",\"sum\":[{\"a\":null}],\"sum\":2", "", "");
    expect_refused(",\"sum\":\"\\u0000\"", "$.sum", "expected text without \\u0000");
}

Test(vocabulary, what_is_read_over_does_not_make_another_record)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record a, b;
    cr_assert_eq(scan("", arena, &a, NULL), 0);
    cr_assert_eq(scan(",\"createdBy\":\"USA\",\"line1\":\"x\"", arena, &b, NULL), 0);
    struct digest x = record_digest(&thing, STR("USA"), &a, STR("")),
                  y = record_digest(&thing, STR("USA"), &b, STR(""));
    cr_assert_eq(memcmp(&x, &y, sizeof x), 0);
}

Test(vocabulary, what_is_read_over_keeps_to_the_limits)
{
    const struct record_limits narrow = {4, 8, 10};
    static const char *const beyond[][2] = {{"\"12345678901\"", "expected strings of at most 10 bytes"},
                                            {"[1,2,3,4,5]", "expected at most 8 values in one record"}};
    struct record_type plain = thing;
    plain.elements_max = 0;
    for (size_t i = 0; i < 2; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct record r;
        struct fault fault = {0};
        struct str body = str_of(arena_printf(arena, "{" HEAD ",\"line1\":%s}", beyond[i][0]));
        struct record_scan *s = record_scan_new(&plain, body, false, &narrow, NOW, arena);
        cr_assert_eq(record_scan_next(s, &r, &fault), ERR_INVALID_RECORD);
        cr_assert_str_eq(fault.where, "$.line1");
        cr_assert_str_eq(fault.detail, beyond[i][1]);
        body = str_of(arena_printf(arena, "{" HEAD ",\"line1\":[[[[]]]]}"));
        s = record_scan_new(&plain, body, false, &narrow, NOW, arena);
        cr_assert_eq(record_scan_next(s, &r, &fault), ERR_BAD_JSON);
    }
}

Test(vocabulary, the_own_name_of_the_id_is_the_posters_id)
{
    expect_kept(",\"idThing\":\"mine\"", "\"clientId\":\"mine\",", "");
    expect_kept(",\"id\":\"mine\"", "\"clientId\":\"mine\",", "");
    expect_kept(",\"id\":\"mine\",\"idThing\":\"mi\\u006ee\"", "\"clientId\":\"mine\",", "");
    expect_kept(",\"idThing\":\"mine\",\"id\":\"mine\"", "\"clientId\":\"mine\",", "");
    expect_refused(",\"id\":\"a\",\"idThing\":\"b\"", "$.idThing",
                   "expected the same as id, which names the record too");
    expect_refused(",\"idThing\":\"a\",\"id\":\"b\"", "$.id",
                   "expected the same as idThing, which names the record too");
    expect_kept(",\"id\":\"b\",\"idThing\":\"b\",\"clientId\":\"mine\"", "\"clientId\":\"mine\",", "");
    expect_kept(",\"clientId\":\"mine\",\"idThing\":\"b\",\"body_id\":\"c\"", "\"clientId\":\"mine\",", "");
    expect_refused(",\"clientId\":\"a\",\"id\":5", "$.id", "expected a string of 1 to 256 characters, found a number");
    expect_refused(",\"idThing\":\"a\",\"idThing\":\"a\"", "$.idThing", "expected each member once");
    expect_refused(",\"id\":\"a\",\"idThing\":\"a\",\"id\":\"a\"", "$.id", "expected each member once");
    expect_refused(",\"clientId\":\"a\",\"id\":\"b\",\"id\":\"b\"", "$.id", "expected each member once");
    expect_refused(",\"clientId\":\"a\",\"body_id\":\"b\",\"id\":\"b\"", "$.id", "expected each member once");
    expect_refused(",\"part\":{\"idThing\":\"a\"}", "$.part.idThing", "expected a field of thing");
    expect_refused(",\"idThing\":5", "$.idThing", "expected a string of 1 to 256 characters, found a number");
}

Test(vocabulary, each_record_of_an_array_has_its_own_id)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record r;
    struct str body = STR("[{" HEAD ",\"idThing\":\"a\"},{" HEAD ",\"id\":\"b\"}]");
    struct record_scan *s = record_scan_new(&thing, body, true, &default_limits, NOW, arena);
    cr_assert(!record_scan_next(s, &r, NULL) && str_is(r.client_id, "a"));
    cr_assert(!record_scan_next(s, &r, NULL) && str_is(r.client_id, "b"));
}

/* cube stands between clientId and dataMode. */
Test(vocabulary, arrays_have_as_many_levels_as_the_table_says)
{
    expect_kept(",\"cube\":[[[1, 2.50],[ ]],[]]", "\"cube\":[[[1,2.50],[]],[]],", "");
    expect_refused(",\"cube\":[[1]]", "$.cube[0][0]",
                   "expected an array, each item a number from 0 to 9, found a number");
    expect_refused(",\"cube\":[[[1],[2,[3]]]]", "$.cube[0][1][1]", "expected a number from 0 to 9, found an array");
    expect_refused(",\"cube\":[[[1],[2,10]]]", "$.cube[0][1][1]", "expected a number from 0 to 9, found 10");
}

static int scan_text(size_t n, const char *name, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record r;
    char *text = arena_alloc(arena, n + 1);
    memset(text, 'x', n);
    text[n] = '\0';
    return scan(arena_printf(arena, ",\"%s\":\"%s\"", name, text), arena, &r, fault);
}

Test(vocabulary, a_field_may_be_longer_than_others)
{
    struct fault fault = {0};
    cr_assert_eq(scan_text(100000, "text", &fault), 0);
    cr_assert_eq(scan_text(100001, "text", &fault), ERR_INVALID_RECORD);
    cr_assert_str_eq(fault.detail, "expected strings of at most 100000 bytes");
    cr_assert_eq(scan_text(RECORD_STRING_MAX, "origin", &fault), 0);
    cr_assert_eq(scan_text(RECORD_STRING_MAX + 1, "origin", &fault), ERR_INVALID_RECORD);
}

/* The four members, the array and the array's items. */
static int scan_values(size_t items, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    struct record r;
    for (size_t i = 0; i < items; i++)
        buf_z(&b, i ? ",\"x\"" : ",\"tags\":[\"x\"");
    buf_z(&b, "]");
    buf_char(&b, '\0');
    return scan(b.p, arena, &r, fault);
}

Test(vocabulary, a_type_may_have_more_values_than_others)
{
    struct fault fault = {0};
    cr_assert_eq(scan_values(RECORD_ELEMENTS_MAX + 96, &fault), 0, "%s", fault.detail);
    cr_assert_eq(scan_values(RECORD_ELEMENTS_MAX + 97, &fault), ERR_INVALID_RECORD);
    cr_assert_str_eq(fault.where, "$.tags[20096]");
}

Test(vocabulary, a_record_without_a_time_stands_at_the_beginning)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record r;
    instant from, to;
    struct digest d = {0};
    cr_assert_eq(scan("", arena, &r, NULL), 0);
    cr_assert_eq(r.t, thing.earliest);
    cr_assert(record_id_partition(&thing, record_id(&thing, STR("key"), r.t, &d), &from, &to));
    cr_assert(from <= r.t && r.t < to);
}

/* --- queries --- */

static int parse(const char *name, const char *value, enum query_use use, struct arena *arena, const struct query **ret,
                 struct fault *fault)
{
    struct param params[] = {{str_of(name), str_of(value)}, {STR("createdAt"), STR(">2026-01-01")}};
    size_t n = strcmp(name, "createdAt") == 0 ? 1 : 2;
    return query_parse(&thing, params, n, use, NOW, arena, ret, fault);
}

Test(vocabulary, a_condition_may_be_required_on_what_the_exchange_sets)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct query *q;
    struct fault fault = {0};
    cr_assert_eq(query_parse(&thing, NULL, 0, QUERY_COUNT, NOW, arena, &q, &fault), ERR_BAD_QUERY);
    cr_assert_str_eq(fault.where, "createdAt");
    cr_assert_eq(parse("createdAt", "~now", QUERY_COUNT, arena, &q, &fault), ERR_BAD_QUERY);
    cr_assert_eq(parse("createdAt", "2026-01-01..now", QUERY_COUNT, arena, &q, &fault), 0);
    cr_assert_eq(parse("source", "s", QUERY_COUNT, arena, &q, &fault), 0);
}

Test(vocabulary, a_condition_may_be_required_on_what_is_no_time)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record_type other = thing;
    const struct query *q;
    struct fault fault = {0};
    other.query_required = "origin";
    cr_assert_eq(query_parse(&other, NULL, 0, QUERY_LIST, NOW, arena, &q, &fault), ERR_BAD_QUERY);
    cr_assert_str_eq(fault.where, "origin");
    cr_assert_str_eq(fault.detail, "expected a condition on origin, such as origin=its value");
    cr_assert_eq(query_parse(&other, &(struct param){STR("origin"), STR("x,y")}, 1, QUERY_LIST, NOW, arena, &q, &fault),
                 0);
}

Test(vocabulary, the_own_name_of_the_id_is_queried_as_the_id)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct query *q;
    struct fault fault = {0};
    cr_assert_eq(parse("idThing", "03a1f2dd-3000-8bde-b1f2-f95639cc0246", QUERY_LIST, arena, &q, &fault), 0);
    cr_assert(q->predicates[0].server_field && strcmp(q->predicates[0].field->name, "id") == 0);
    cr_assert_eq(parse("sort", "idThing,DESC", QUERY_LIST, arena, &q, &fault), 0);
    cr_assert(q->sort_server_field && strcmp(q->sort->name, "id") == 0);
    cr_assert_eq(parse("idThing", "mine", QUERY_LIST, arena, &q, &fault), ERR_BAD_QUERY);
    cr_assert_str_eq(fault.where, "idThing");
}

Test(vocabulary, newest_first_is_by_acceptance_without_a_time)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct query *q;
    cr_assert_eq(parse("source", "s", QUERY_LIST, arena, &q, NULL), 0);
    cr_assert(q->sort_server_field && !q->sort_ascending && strcmp(q->sort->name, "createdAt") == 0);
    cr_assert_eq(parse("source", "s", QUERY_COUNT, arena, &q, NULL), 0);
    cr_assert_null(q->sort, "a count has no order");
    cr_assert_eq(parse("sort", "source", QUERY_LIST, arena, &q, NULL), 0);
    cr_assert_str_eq(q->sort->name, "source");
}

/* --- views --- */

Test(vocabulary, a_view_of_what_has_no_time)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf shown = {0};
    const struct view *v;
    struct fault fault = {0};
    cr_assert_eq(view_compile(&thing, STR("[{\"drop\":[\"origin\"]},{\"round\":{\"field\":\"cube\",\"step\":2}}]"),
                              arena, &v, &fault),
                 0, "%s", fault.detail);
    cr_assert_eq(view_time_width(v), 0);
    cr_assert(view_project(v, STR(CANONICAL_HEAD "\"cube\":[[[1,2.50],[]],[]],\"dataMode\":\"TEST\",\"origin\":\"o\"}"),
                           (struct str){NULL, 0}, &shown));
    cr_assert(str_is(buf_view(&shown), CANONICAL_HEAD "\"cube\":[[[0,2],[]],[]],\"dataMode\":\"TEST\"}"), "%.*s",
              STR_ARG(buf_view(&shown)));
}

/* --- descriptions --- */

static json_t *described(void (*write)(const struct record_type *, struct buf *))
{
    BUF_CLEANUP struct buf b = {0};
    write(&thing, &b);
    json_t *root = json_loadb(b.p, b.n, JSON_REJECT_DUPLICATES, NULL);
    cr_assert_not_null(root, "%.*s", STR_ARG(buf_view(&b)));
    return root;
}

static json_t *parameter(json_t *root, const char *name)
{
    size_t i;
    json_t *p;
    json_array_foreach(json_object_get(root, "parameters"), i, p)
    {
        if (strcmp(json_string_value(json_object_get(p, "name")), name) == 0)
            return p;
    }
    return NULL;
}

Test(vocabulary, queryhelp_tells_it)
{
    json_t *root = described(queryhelp_write);
    cr_assert_str_eq(json_string_value(json_object_get(parameter(root, "cube"), "type")), "Double[][][]");
    cr_assert(json_is_true(json_object_get(parameter(root, "createdAt"), "required")));
    cr_assert_not_null(parameter(root, "idThing"));
    cr_assert(json_is_true(json_object_get(parameter(root, "sum"), "derived")));
    cr_assert_null(parameter(root, "line1"), "it is never sent");
    json_decref(root);
}

Test(vocabulary, openapi_tells_it)
{
    json_t *root = described(openapi_schema_write), *properties = json_object_get(root, "properties");
    cr_assert_str_eq(json_string_value(json_object_get(json_object_get(properties, "idThing"), "x-same-as")), "id");
    cr_assert(json_is_true(json_object_get(json_object_get(properties, "sum"), "readOnly")));
    cr_assert_null(json_object_get(properties, "line1"), "it is never sent");
    json_decref(root);
}
