/* A table that is not in order, or leaves open who may call, is refused before anything listens. */
#include "leaks.h"
#include "router.h"
#include "utf8.h"

#include <criterion/criterion.h>

TestSuite(router, .fini = no_leaks);

static void handle(struct request *r)
{
    (void)r;
}

#define ROUTE(method, path)                                                                                            \
    {                                                                                                                  \
        method, path, 1, BODY_NONE, 0, handle                                                                          \
    }

static void expect_refused(const struct route *routes, size_t n, const char *why)
{
    struct router *r = NULL;
    struct fault f = {0};
    cr_expect_eq(router_new(routes, n, &r, &f), ERR_BAD_CONFIG, "%s", why);
    cr_expect(strstr(f.detail, why), "%s: %s", why, f.detail);
    cr_expect_null(r);
}

Test(router, bad_tables_are_refused)
{
    static const struct {
        const char *why;
        struct route routes[2];
    } bad[] = {
        {"not in order", {ROUTE("GET", "/b"), ROUTE("GET", "/a")}},
        {"not in order", {ROUTE("POST", "/a"), ROUTE("GET", "/a")}},
        {"listed twice", {ROUTE("GET", "/a"), ROUTE("GET", "/a")}},
        {"the same as another path", {ROUTE("GET", "/a/{b}/c"), ROUTE("GET", "/a/{d}/c")}},
        {"a capability", {ROUTE("GET", "/a"), {"GET", "/b", 0, BODY_NONE, 0, handle}}},
        {"unknown method", {ROUTE("GET", "/a"), ROUTE("HEAD", "/b")}},
        {"unknown method", {ROUTE("GET", "/a"), ROUTE("get", "/b")}},
        {"kind of body", {ROUTE("GET", "/a"), {"GET", "/b", 1, BODY_JSON, 0, handle}}},
        {"handler are needed", {ROUTE("GET", "/a"), {"GET", "/b", 1, BODY_NONE, 0, NULL}}},
        {"starts with /", {ROUTE("GET", "/a"), ROUTE("GET", "b")}},
        {"an empty segment", {ROUTE("GET", "/a"), ROUTE("GET", "/b/")}},
        {"one {parameter}", {ROUTE("GET", "/a"), ROUTE("GET", "/b/{c}d")}},
        {"one {parameter}", {ROUTE("GET", "/a"), ROUTE("GET", "/b/{}")}},
        {"one {parameter}", {ROUTE("GET", "/a"), ROUTE("GET", "/b/~c")}}, /* would sort behind {c} */
        {"too many", {ROUTE("GET", "/a"), ROUTE("GET", "/b/1/2/3/4/5/6/7/8/9/10/11/12")}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_refused(bad[i].routes, 2, bad[i].why);
}

static const struct route routes[] = {
    ROUTE("GET", "/v1/a/{x}/c"), ROUTE("GET", "/v1/a/{x}/{y}"), ROUTE("GET", "/v1/{t}"),
    ROUTE("GET", "/v1/{t}/b/c"), ROUTE("GET", "/v1/{t}/{x}/c"), ROUTE("DELETE", "/v1/{t}/{x}/{y}"),
};

static const char *matched(const struct router *r, const char *target)
{
    ARENA_CLEANUP struct arena *a = arena_new();
    struct target t;
    cr_assert_eq(target_parse(a, str_of(target), 10, &t, NULL), 0);
    struct route_match m = router_match(r, STR("GET"), &t);
    return m.route ? m.route->path : m.allow ? m.allow : "none";
}

Test(router, the_leftmost_literal_decides)
{
    struct router *r;
    cr_assert_eq(router_new(routes, sizeof routes / sizeof *routes, &r, NULL), 0);
    cr_expect_str_eq(matched(r, "/v1/a/b/c"), "/v1/a/{x}/c");
    cr_expect_str_eq(matched(r, "/v1/a/b/d"), "/v1/a/{x}/{y}");
    cr_expect_str_eq(matched(r, "/v1/z/b/c"), "/v1/{t}/b/c");
    cr_expect_str_eq(matched(r, "/v1/z/z/c"), "/v1/{t}/{x}/c");
    cr_expect_str_eq(matched(r, "/v1/z/z/z"), "DELETE");
    cr_expect_str_eq(matched(r, "/v1/a"), "/v1/{t}");
    cr_expect_str_eq(matched(r, "/v1/a?b/c"), "/v1/{t}");
    cr_expect_str_eq(matched(r, "/v1/%61/b/%63"), "/v1/a/{x}/c");
    cr_expect_str_eq(matched(r, "/v1/a%2Fb"), "/v1/{t}");
    static const char *const unknown[] = {
        "/", "/v1", "/v1/", "/v1//b/c", "/v1/a/", "//v1/a", "/V1/a", "/v1/a/b/c/d", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14",
        "*"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        cr_expect_str_eq(matched(r, unknown[i]), "none", "%s", unknown[i]);
    router_free(r);
}

Test(router, parameters_are_found_by_name)
{
    struct router *r;
    ARENA_CLEANUP struct arena *a = arena_new();
    struct target t;
    cr_assert_eq(router_new(routes, sizeof routes / sizeof *routes, &r, NULL), 0);
    cr_assert_eq(target_parse(a, STR("/v1/a/%C3%A9/y%2Fz"), 10, &t, NULL), 0);
    const struct route *route = router_match(r, STR("HEAD"), &t).route;
    cr_assert_not_null(route);
    cr_expect(str_is(router_param(route, &t, "x"), "é"));
    cr_expect(str_is(router_param(route, &t, "y"), "y/z"));
    cr_expect_null(router_param(route, &t, "z").p);
    cr_expect_null(router_param(route, &t, "a").p);
    router_free(r);
}

Test(router, utf8)
{
    static const char *const good[] = {
        "", "a", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xe2\x82",
                                      "\xe2\x82z",
                                      "\xff"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_expect(utf8_valid(str_of(good[i])), "good %zu", i);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(utf8_valid(str_of(bad[i])), "bad %zu", i);
}
