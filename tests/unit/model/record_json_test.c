/* The bytes of a record: what is JSON, and the limits on it. */
#include "leaks.h"
#include "sample.h"

#include <criterion/criterion.h>

TestSuite(record_json, .fini = no_leaks);

#define HEAD "{\"classificationMarking\":\"U\",\"dataMode\":\"REAL\",\"obTime\":\"2026-05-04\",\"source\":\"s\""

static int scan(struct str body, const struct record_limits *limits, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record r;
    /* A copy without a terminator, so that AddressSanitizer sees a read behind the end. */
    char *copy = malloc(body.n ? body.n : 1);
    if (body.n)
        memcpy(copy, body.p, body.n);
    struct record_scan *s =
        record_scan_new(type_named("eoobservation"), (struct str){copy, body.n}, false, limits, NOW, arena);
    int rc = record_scan_next(s, &r, fault);
    free(copy);
    return rc;
}

static void expect_bad(struct str body, long offset)
{
    struct fault fault = {0};
    cr_assert_eq(scan(body, &default_limits, &fault), ERR_BAD_JSON, "%.*s", STR_ARG(body));
    cr_assert_eq(fault.offset, offset, "%.*s: offset %ld", STR_ARG(body), fault.offset);
    cr_assert(strncmp(fault.detail, "expected ", 9) == 0);
}
#define BAD(text, offset) expect_bad(STR(text), offset)
/* `$` in the text is where the fault is told to be. */
static void expect_bad_at(const char *marked)
{
    BUF_CLEANUP struct buf b = {0};
    const char *mark = strchr(marked, '$');
    buf_printf(&b, "%.*s%s", (int)(mark - marked), marked, mark + 1);
    expect_bad(buf_view(&b), mark - marked);
}

Test(record_json, what_is_not_json_is_refused_where_it_stops)
{
    static const char *const texts[] = {
        "$",
        "  $",
        HEAD "$",
        HEAD ",$",
        HEAD ",$}",
        HEAD ",\"ra\" $1}",
        HEAD ",\"ra\":$}",
        HEAD ",\"ra\":$+1}",
        HEAD ",\"ra\":0$1}",
        HEAD ",\"ra\":1.$}",
        HEAD ",\"ra\":1e$}",
        HEAD ",\"ra\":1e+$}",
        HEAD ",\"ra\":-$}",
        HEAD ",\"ra\":$.5}",
        HEAD ",\"ra\":1 $2}",
        HEAD ",\"ra\":$NaN}",
        HEAD ",\"uct\":$tru}",
        HEAD ",\"uct\":$True}",
        HEAD ",\"tags\":[\"a\",$]}",
        HEAD ",\"tags\":[\"a\"$}",
        HEAD ",\"tags\":[\"a\" $\"b\"]}",
        HEAD ",$ra:1}",
        HEAD ",$'ra':1}",
        HEAD ",\"descriptor\":\"a$",
        HEAD ",\"descriptor\":\"a$\nb\"}",
        HEAD ",\"descriptor\":\"a$\\x\"}",
        HEAD ",\"descriptor\":\"a$\\u12G4\"}",
        HEAD ",\"descriptor\":\"a$\\u12\"}",
        HEAD ",\"descriptor\":\"$\xc0\xaf\"}",
        HEAD ",\"descriptor\":\"$\xe0\x80\xaf\"}",
        HEAD ",\"descriptor\":\"$\xf0\x8f\xbf\xbf\"}",
        HEAD ",\"descriptor\":\"$\xed\xa0\x80\"}",
        HEAD ",\"descriptor\":\"$\xf4\x90\x80\x80\"}",
        HEAD ",\"descriptor\":\"$\xe2\x82\"}",
        HEAD ",\"descriptor\":\"$\xff\"}",
        HEAD ",\"relto\":$}",
        HEAD ",\"relto\":{\"a\"$}}",
        HEAD ",\"relto\":{\"a\":[1,$]}}",
        HEAD ",\"relto\":{\"a\":[1$}}}",
        HEAD ",\"relto\":{\"a\":1$]}",
        HEAD "} $x",
        HEAD "}$,",
        HEAD "}$" HEAD "}",
        "$\xef\xbb\xbf" HEAD "}",
        HEAD "}$/**/",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_bad_at(texts[i]);
    BAD(HEAD ",\"descriptor\":\"a\0b\"}", (long)sizeof(HEAD ",\"descriptor\":\"a") - 1);
    BAD(HEAD "}\0", (long)sizeof(HEAD "}") - 1);
}

Test(record_json, a_refusal_does_not_hide_what_is_not_json)
{
    expect_bad_at(HEAD ",\"nonsense\":1,$}");
    expect_bad_at(HEAD ",\"nonsense\":{\"a\":$}}");
    expect_bad_at(HEAD ",\"ra\":$maybe}");
    expect_bad_at("[$");
    expect_bad_at("\"$");
}

Test(record_json, every_prefix_of_a_record_is_refused)
{
    static const char body[] =
        HEAD ",\"ra\":1.5e1,\"uct\":false,\"tags\":[\"\\u00e9\",\"é\"],\"eoobservationDetails\":{"
             "\"imageCorners\":[[1,2],[]]},\"relto\":{\"public\":true,\"x\":[null,-1]}}";
    struct fault fault;
    cr_assert_eq(scan(STR(body), &default_limits, &fault), 0, "%s", fault.detail);
    for (size_t n = 0; n + 1 < sizeof body - 1; n++)
        cr_assert_eq(scan((struct str){body, n}, &default_limits, &fault), ERR_BAD_JSON, "%zu bytes", n);
}

/* --- limits, from both sides --- */

static void nested(struct buf *b, size_t levels)
{
    buf_clear(b);
    buf_z(b, HEAD ",\"relto\":");
    for (size_t i = 1; i < levels; i++)
        buf_char(b, '[');
    for (size_t i = 1; i < levels; i++)
        buf_char(b, ']');
    buf_char(b, '}');
}

Test(record_json, depth)
{
    BUF_CLEANUP struct buf b = {0};
    struct fault fault;
    for (size_t depth = 2; depth <= RECORD_DEPTH_MAX; depth++) {
        struct record_limits limits = {depth, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
        nested(&b, depth);
        cr_assert_eq(scan(buf_view(&b), &limits, &fault), 0, "%zu levels", depth);
        nested(&b, depth + 1);
        cr_assert_eq(scan(buf_view(&b), &limits, &fault), ERR_BAD_JSON, "%zu levels", depth + 1);
    }
    const struct record_limits two = {2, 100, 100}, three = {3, 100, 100};
    static const char corners[] = HEAD ",\"eoobservationDetails\":{\"imageCorners\":[]}}";
    cr_assert_eq(scan(STR(corners), &three, &fault), 0);
    cr_assert_eq(scan(STR(corners), &two, &fault), ERR_BAD_JSON);
}

Test(record_json, depth_of_what_is_passed_over)
{
    BUF_CLEANUP struct buf b = {0};
    struct fault fault;
    buf_z(&b, HEAD ",\"nonsense\":");
    for (size_t i = 0; i < 100000; i++)
        buf_char(&b, '[');
    cr_assert_eq(scan(buf_view(&b), &default_limits, &fault), ERR_BAD_JSON);
}

Test(record_json, elements)
{
    struct fault fault;
    const struct record_limits seven = {16, 7, 100}, six = {16, 6, 100};
    static const char *const with_seven[] = {HEAD ",\"tags\":[\"a\",\"b\"]}", HEAD ",\"relto\":{\"a\":[1]}}",
                                             HEAD ",\"relto\":{\"a\":1},\"uct\":true}"};
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(scan(str_of(with_seven[i]), &seven, &fault), 0, "%s", fault.detail);
        cr_assert_eq(scan(str_of(with_seven[i]), &six, &fault), ERR_INVALID_RECORD);
        cr_assert_str_eq(fault.detail, "expected at most 6 values in one record");
    }
}

Test(record_json, length_of_strings)
{
    struct fault fault;
    const struct record_limits four = {16, 100, 21}, three = {16, 100, 20};
    /* 21 bytes after unescaping, 29 before; the member names are as long as they are. */
    static const char *const texts[] = {HEAD ",\"descriptor\":\"abcdefghijklmnopq\\u20acz\"}",
                                        HEAD ",\"relto\":{\"a\":\"abcdefghijklmnopq\\u20acz\"}}",
                                        HEAD ",\"relto\":{\"abcdefghijklmnopq\\u20acz\":1}}"};
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(scan(str_of(texts[i]), &four, &fault), 0, "%s", fault.detail);
        cr_assert_eq(scan(str_of(texts[i]), &three, &fault), ERR_INVALID_RECORD);
    }
}

Test(record_json, length_of_numbers)
{
    struct fault fault;
    BUF_CLEANUP struct buf b = {0};
    for (size_t digits = 126; digits <= 127; digits++) {
        buf_clear(&b);
        buf_z(&b, HEAD ",\"ra\":0.");
        for (size_t i = 0; i < digits; i++)
            buf_char(&b, '1');
        buf_char(&b, '}');
        cr_assert_eq(scan(buf_view(&b), &default_limits, &fault), digits == 126 ? 0 : ERR_INVALID_RECORD, "%zu",
                     digits);
    }
    cr_assert_str_eq(fault.detail, "expected a number of at most 128 characters");
}

Test(record_json, the_wire_label_is_text_that_can_be_kept)
{
    struct fault fault;
    static const char *const texts[] = {HEAD ",\"relto\":{\"reason\":\"a\\u0000\"}}", HEAD ",\"relto\":\"\\ud800\"}"};
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(scan(str_of(texts[i]), &default_limits, &fault), ERR_INVALID_RECORD);
        cr_assert_str_eq(fault.where, "$.relto");
    }
}
