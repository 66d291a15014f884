#include "leaks.h"
#include "members.h"

#include <criterion/criterion.h>

TestSuite(members, .fini = no_leaks);

Test(members, values_are_text_or_as_they_stand)
{
    static const char *const cases[][2] = {
        {"a", "1.50E-003"}, {"b", "x\"y"}, {"c", "[1, {\"d\": 2}]"}, {"d", NULL}, {"e", NULL}, {"f", "true"}, {"g", ""},
    };
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct member *list;
    size_t n;
    struct str object =
        STR(" {\"a\":1.50E-003, \"b\":\"x\\\"y\",\"c\":[1, {\"d\": 2}],\"e\":null,\"f\":true,\"g\":\"\"} ");
    cr_assert(members_of(object, arena, &list, &n));
    cr_assert_eq(n, 6);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str v = member_value(list, n, cases[i][0], arena);
        cr_assert(cases[i][1] ? str_is(v, cases[i][1]) : !v.p, "%s: %.*s", cases[i][0], STR_ARG(v));
    }
    cr_assert(members_of(STR("{}"), arena, &list, &n));
    cr_assert_eq(n, 0);
}

Test(members, what_is_no_object_has_none)
{
    static const char *const texts[] = {"",         "[]",  "{",          "{\"a\"}",           "{\"a\":}", "{\"a\":1,}",
                                        "{\"a\":1", "{,}", "{\"a\":1}x", "{\"a\":1 \"b\":2}", "null"};
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct member *list;
    size_t n;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_assert_not(members_of(str_of(texts[i]), arena, &list, &n), "%s", texts[i]);
}
