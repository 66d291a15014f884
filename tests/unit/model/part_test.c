/* Parts: the elements of a record's array as records of their own; and what a query selects of them in memory. */
#include "leaks.h"
#include "match.h"
#include "part.h"
#include "sample.h"

#include <criterion/criterion.h>

TestSuite(part, .fini = no_leaks);

/* --- the elements of a record --- */

static size_t parts_of(const char *body, const struct str **ret, struct arena *arena)
{
    size_t n = 0;
    cr_assert(part_members(part_type_find(STR("ephemeris")), str_of(body), arena, ret, &n), "%s", body);
    return n;
}

Test(part, elements_in_their_order_without_the_parents_id)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct str *parts;
    size_t n = parts_of("{\"category\":\"EXT\",\"ephemerisList\":[{\"esId\":\"x\",\"id\":\"mine\",\"xpos\":7000.50},{},"
                        "{\"cov\":[1.0,[2e3]],\"note\":\"a\\\"]}\"}],\"type\":\"LAUNCH\"}",
                        &parts, arena);
    cr_assert_eq(n, 3);
    cr_expect(str_is(parts[0], ",\"clientId\":\"mine\",\"xpos\":7000.50"), "%.*s", STR_ARG(parts[0]));
    cr_expect_eq(parts[1].n, 0);
    cr_expect(str_is(parts[2], ",\"cov\":[1.0,[2e3]],\"note\":\"a\\\"]}\""), "%.*s", STR_ARG(parts[2]));
}

Test(part, a_record_without_the_array_has_none)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct str *parts;
    cr_expect_eq(parts_of("{}", &parts, arena), 0);
    cr_expect_eq(parts_of("{\"ephemerisList\":[]}", &parts, arena), 0);
    cr_expect_eq(parts_of("{\"inner\":{\"ephemerisList\":[{}]}}", &parts, arena), 0);
}

Test(part, many_elements)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf body = {0};
    const struct str *parts;
    buf_z(&body, "{\"ephemerisList\":[");
    for (int i = 0; i < 1000; i++)
        buf_printf(&body, "%s{\"xpos\":%d}", i ? "," : "", i);
    buf_z(&body, "]}");
    buf_char(&body, '\0');
    cr_assert_eq(parts_of(body.p, &parts, arena), 1000);
    for (int i = 0; i < 1000; i++)
        cr_assert(str_is(parts[i], arena_printf(arena, ",\"xpos\":%d", i)));
}

Test(part, what_is_no_record_has_no_parts)
{
    static const char *const bodies[] = {"",
                                         "[]",
                                         "{",
                                         "{\"a\":}",
                                         "{\"ephemerisList\":{}}",
                                         "{\"ephemerisList\":[1]}",
                                         "{\"ephemerisList\":[{}",
                                         "{\"ephemerisList\":[{\"a\":1]}",
                                         "{\"ephemerisList\":[{\"a\" 1}]}",
                                         "{\"a\":1 \"b\":2}"};
    ARENA_CLEANUP struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        const struct str *parts;
        size_t n;
        cr_expect_not(part_members(part_type_find(STR("ephemeris")), str_of(bodies[i]), arena, &parts, &n), "%s",
                      bodies[i]);
    }
}

/* --- queries on them --- */

#define POINT                                                                                                          \
    "{\"createdAt\":\"2026-06-01T00:00:00.000000Z\",\"clientId\":\"P-\\u0031\",\"cov\":[1.5,2e1,-3],"                  \
    "\"ts\":\"2026-06-01T00:01:00.000000Z\",\"xpos\":7000.500}"

static const struct query *asked(const char *name, const char *value, struct arena *arena)
{
    struct param params[2] = {{STR("esId"), STR("00000000-0000-8000-8000-000000000000")}};
    const struct query *q = NULL;
    struct fault fault = {0};
    params[1] = (struct param){str_of(name), str_of(value)};
    const struct record_type *type = queried_type_find(STR("ephemeris"));
    cr_assert_eq(query_parse(type, params, 2, QUERY_LIST, NOW, arena, &q, &fault), 0, "%s=%s: %s", name, value,
                 fault.detail);
    return q;
}

/* As api/parts.c does, the condition that finds the parent is left out. */
static bool selects(const char *name, const char *value, const char *object)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct query of_part = *asked(name, value, arena);
    for (size_t i = 0; i < of_part.n; i++)
        if (str_is(str_of(of_part.predicates[i].field->name), name)) {
            of_part.predicates += i;
            of_part.n = 1;
            return query_selects(&of_part, str_of(object));
        }
    cr_assert_fail("%s is no condition", name);
    return false;
}

Test(part, every_operator)
{
    static const struct {
        const char *name, *value;
        bool yes;
    } cases[] = {
        {"xpos", "7000.5", true},      {"xpos", "7000.50000", true},
        {"xpos", "7000.6", false},     {"xpos", "~7000.5", false},
        {"xpos", "~1", true},          {"xpos", ">7000.5", true},
        {"xpos", ">7000.51", false},   {"xpos", "<7000.5", true},
        {"xpos", "<7000.49", false},   {"xpos", "7000..7001", true},
        {"xpos", "7001..7002", false}, {"xpos", "1,7000.5,2", true},
        {"xpos", "1,2", false},        {"xpos", "*00.5*", true},
        {"xpos", "*x*", false},        {"clientId", "P-1", true},
        {"clientId", "p-1", false},    {"clientId", "*p-*", true},
        {"clientId", "p-*", true},     {"clientId", "*-1", true},
        {"clientId", "1*", false},     {"clientId", "*P", false},
        {"clientId", "~P-1", false},   {"cov", "20", true},
        {"cov", "21", false},          {"cov", "~20", false},
        {"cov", "~21", true},          {"cov", "<-2", true},
        {"cov", ">20.1", false},       {"ts", ">2026-06-01T00:01:00Z", true},
        {"ts", "<2026-06-01", false},  {"createdAt", "2026-06-01", true},
        {"zpos", "1", false},          {"zpos", "~1", false},
        {"xaccel", "*1*", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(selects(cases[i].name, cases[i].value, POINT), cases[i].yes, "%s=%s", cases[i].name,
                     cases[i].value);
}

Test(part, what_is_no_object_matches_nothing)
{
    static const char *const objects[] = {"", "[]", "{", "{\"xpos\":}", "{\"xpos\"}", "7"};
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        cr_expect_not(selects("xpos", ">0", objects[i]), "%s", objects[i]);
        cr_expect_not(selects("xpos", "~0", objects[i]), "%s", objects[i]);
    }
}

Test(part, all_conditions_hold)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct query q = *asked("xpos", "7000.5", arena);
    const struct query *other = asked("ts", "<2026-01-01", arena);
    struct predicate both[2];
    size_t n = 0;
    for (size_t i = 0; i < q.n; i++)
        if (str_is(str_of(q.predicates[i].field->name), "xpos"))
            both[n++] = q.predicates[i];
    for (size_t i = 0; i < other->n; i++)
        if (str_is(str_of(other->predicates[i].field->name), "ts"))
            both[n++] = other->predicates[i];
    cr_assert_eq(n, 2);
    q.predicates = both;
    q.n = 1;
    cr_expect(query_selects(&q, STR(POINT)));
    q.n = 2;
    cr_expect_not(query_selects(&q, STR(POINT)));
}

static void expect_order(const char *sort, const char *names)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct str points[] = {
        STR("{\"clientId\":\"a\",\"ts\":\"2026-06-01T00:01:00.000000Z\",\"xpos\":9}"),
        STR("{\"clientId\":\"b\",\"ts\":\"2026-06-01T00:03:00.000000Z\"}"),
        STR("{\"clientId\":\"c\",\"ts\":\"2026-06-01T00:02:00.000000Z\",\"xpos\":10}"),
        STR("{\"clientId\":\"d\",\"ts\":\"2026-06-01T00:02:00.000000Z\",\"xpos\":9.0}"),
    };
    const struct query *q = asked(sort ? "sort" : "xpos", sort ? sort : ">0", arena);
    char found[5] = {0};
    query_order(q, points, 4);
    for (size_t i = 0; i < 4; i++)
        found[i] = points[i].p[sizeof "{\"clientId\":\"" - 1];
    cr_expect_str_eq(found, names, "%s: %s", sort ? sort : "by time", found);
}

Test(part, order)
{
    expect_order(NULL, "bcda");
    expect_order("xpos", "dacb"); /* what is equal: newest first; what has no value: last */
    expect_order("xpos,DESC", "cdab");
    expect_order("clientId,DESC", "dcba");
    expect_order("ts,ASC", "acdb");
}
