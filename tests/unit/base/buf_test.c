#include "buf.h"
#include "leaks.h"

#include <criterion/criterion.h>

static struct buf b;

static void end(void)
{
    buf_free(&b);
    no_leaks();
}

TestSuite(buf, .fini = end);

static void holds(const char *text)
{
    cr_assert(str_is(buf_view(&b), text), "holds %.*s, expected %s", STR_ARG(buf_view(&b)), text);
    buf_clear(&b);
}

Test(buf, grows_and_keeps_its_bytes)
{
    for (int i = 0; i < 10000; i++)
        buf_char(&b, (char)(i % 251));
    cr_assert_eq(b.n, 10000);
    for (int i = 0; i < 10000; i++)
        cr_assert_eq((unsigned char)b.p[i], i % 251);
    buf_free(&b);
    cr_assert(!b.p && !b.n && !b.cap);
    buf_z(&b, "used again");
    holds("used again");
}

Test(buf, reserve_leaves_room_and_adds_nothing)
{
    buf_z(&b, "x");
    memset(buf_reserve(&b, 100000), 'y', 100000);
    holds("x");
}

Test(buf, pieces)
{
    buf_add(&b, NULL, 0);
    buf_str(&b, STR("a\0b"));
    cr_assert_eq(b.n, 3);
    buf_clear(&b);
    buf_printf(&b, "%d %s", 7, "seven");
    buf_printf(&b, "%s", "");
    holds("7 seven");
}

Test(buf, integers)
{
    static const struct {
        int64_t v;
        const char *text;
    } cases[] = {
        {0, "0"}, {-1, "-1"}, {10, "10"}, {INT64_MAX, "9223372036854775807"}, {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_i64(&b, cases[i].v);
        holds(cases[i].text);
    }
}

/* RFC 8259 section 7: these must be escaped, nothing else needs to be. */
Test(buf, json_strings)
{
    buf_json_str(&b, STR("plain"));
    holds("\"plain\"");
    buf_json_str(&b, STR(""));
    holds("\"\"");
    buf_json_str(&b, STR("\"\\/\b\f\n\r\t\x01\x1f\x7f"));
    holds("\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
    buf_json_str(&b, (struct str){"a\0b", 3});
    holds("\"a\\u0000b\"");
    buf_json_str(&b, STR("\xe6\x97\xa5\xf0\x9f\x9b\xb0"));
    holds("\"\xe6\x97\xa5\xf0\x9f\x9b\xb0\"");
}

Test(buf, members)
{
    buf_member_text(&b, "a", STR("x\"y"));
    holds(",\"a\":\"x\\\"y\"");
}

Test(str, comparison_is_by_bytes)
{
    cr_assert(str_eq((struct str){NULL, 0}, STR("")));
    cr_assert_not(str_eq(STR("a"), STR("b")));
    cr_assert_not(str_eq(STR("a"), STR("ab")));
    cr_assert_lt(str_cmp(STR("a"), STR("ab")), 0);
    cr_assert_gt(str_cmp(STR("b"), STR("ab")), 0);
    cr_assert_gt(str_cmp(STR("\xff"), STR("a")), 0);
    cr_assert_eq(str_cmp(STR("ab"), STR("ab")), 0);
    cr_assert_eq(str_of(NULL).n, 0);
    cr_assert(str_is(str_of("x"), "x"));
}
