/* The wire member `relto`: one canonical form, and refusals with their path. */
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct arena *arena;

static void begin(void)
{
    arena = arena_new();
}

static void end(void)
{
    arena_free(arena);
    no_leaks();
}

TestSuite(wire, .init = begin, .fini = end);

#define ID1 "0193a3e2-7c00-8abc-8def-0123456789ab"
#define ID2 "0093a3e2-7c00-8abc-8def-0123456789ab"

Test(wire, equal_statements_have_equal_bytes)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"{}", "{}"},
        {"{\"owners\":[]}", "{}"},
        {"{\"public\":false}", "{}"},
        {"{\"public\":null,\"owners\":null,\"restriction\":null,\"supersedes\":null}", "{}"},
        {"{\"owners\":[\"USA\",\"DEU\"]}", "{\"owners\":[\"DEU\",\"USA\"]}"},
        {"{\"restriction\":{}}", "{\"restriction\":{}}"},
        {"{ \"restriction\": {\"reviewBy\":\"2026-12-01\", "
         "\"reason\":\"SOURCES\",\"authority\":\"J\\u0032\"},\"public\":true }",
         "{\"public\":true,\"restriction\":{\"authority\":\"J2\",\"reason\":\"SOURCES\",\"reviewBy\":"
         "\"2026-12-01T00:00:00.000000Z\"}}"},
        {"{\"expires\":\"2027-01-01T02:00:00+02:00\",\"embargoUntil\":\"2026-01-01\"}",
         "{\"embargoUntil\":\"2026-01-01T00:00:00.000000Z\",\"expires\":\"2027-01-01T00:00:00.000000Z\"}"},
        {"{\"originator\":\"USA\",\"owners\":[\"USA\"],\"effectiveMarking\":\"U\",\"basis\":\"owner\",\"agreement\":"
         "\"A\","
         "\"article\":\"1\",\"grant\":\"" ID1 "\",\"obligations\":[\"no-retain\"],\"view\":\"full\",\"version\":\"" ID2
         "\",\"alternativeConfidentialityLabel\":\"<x/>\",\"public\":true}",
         "{\"owners\":[\"USA\"],\"public\":true}"},
        {"{\"supersedes\":\"0193A3E2-7C00-8ABC-8DEF-0123456789AB\",\"derivedFrom\":[\"" ID1 "\",\"" ID2 "\"]}",
         "{\"derivedFrom\":[\"" ID2 "\",\"" ID1 "\"],\"supersedes\":\"" ID1 "\"}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct wire_label *w;
        struct fault fault = {0};
        BUF_CLEANUP struct buf out = {0}, again = {0};
        cr_assert_eq(wire_label_parse(str_of(cases[i].in), "relto", arena, &w, &fault), 0, "%s: %s", cases[i].in,
                     fault.detail);
        wire_label_write(w, &out);
        cr_expect(str_is(buf_view(&out), cases[i].out), "%s: %.*s", cases[i].in, (int)out.n, out.p);
        cr_assert_eq(wire_label_parse(buf_view(&out), "relto", arena, &w, &fault), 0);
        wire_label_write(w, &again);
        cr_expect(str_eq(buf_view(&out), buf_view(&again)));
    }
}

Test(wire, what_is_not_given_has_its_default)
{
    const struct wire_label *w;
    cr_assert_eq(wire_label_parse(STR("{}"), "relto", arena, &w, NULL), 0);
    cr_expect(!w->sent && !w->restricted && !w->public && !w->owners.n && !w->derived_from.n && !w->supersedes.n);
    cr_expect(w->embargo_until == INSTANT_MIN && w->expires == INSTANT_MAX && w->review_by == INSTANT_MAX);
    cr_assert_eq(wire_label_parse(STR("{\"restriction\":{\"reason\":\"X\"}}"), "relto", arena, &w, NULL), 0);
    cr_expect(w->restricted && str_is(w->reason, "X") && !w->authority.n && w->review_by == INSTANT_MAX);
}

Test(wire, what_an_exchange_sends_is_known_by_its_originator)
{
    const struct wire_label *w;
    cr_assert_eq(wire_label_parse(STR("{\"originator\":\"USA\",\"owners\":[\"USA\"]}"), "relto", arena, &w, NULL), 0);
    cr_expect(w->sent);
    cr_assert_eq(wire_label_parse(STR("{\"owners\":[\"USA\"],\"view\":\"full\"}"), "relto", arena, &w, NULL), 0);
    cr_expect(!w->sent);
}

Test(wire, refusals_name_the_member)
{
    static const struct {
        const char *in, *where;
    } cases[] = {
        {"[]", "relto"},
        {"{\"ownrs\":[]}", "relto.ownrs"},
        {"{\"owners\":\"USA\"}", "relto.owners"},
        {"{\"owners\":[\"USA\",\"usa\"]}", "relto.owners[1]"},
        {"{\"owners\":[\"USA\",\"USA\"]}", "relto.owners"},
        {"{\"owners\":[null]}", "relto.owners[0]"},
        {"{\"restriction\":[]}", "relto.restriction"},
        {"{\"restriction\":{\"why\":1}}", "relto.restriction.why"},
        {"{\"restriction\":{\"reason\":\"\"}}", "relto.restriction.reason"},
        {"{\"restriction\":{\"authority\":\"a\\nb\"}}", "relto.restriction.authority"},
        {"{\"restriction\":{\"reviewBy\":\"tomorrow\"}}", "relto.restriction.reviewBy"},
        {"{\"embargoUntil\":1}", "relto.embargoUntil"},
        {"{\"expires\":\"2026-13-01\"}", "relto.expires"},
        {"{\"public\":1}", "relto.public"},
        {"{\"releaseViews\":[\"coarse\"]}", "relto.releaseViews[0]"},
        {"{\"supersedes\":\"7\"}", "relto.supersedes"},
        {"{\"derivedFrom\":[\"" ID1 "\",\"x\"]}", "relto.derivedFrom[1]"},
        {"{\"derivedFrom\":[\"" ID1 "\",\"" ID1 "\"]}", "relto.derivedFrom"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct wire_label *w = NULL;
        struct fault fault = {0};
        cr_expect_eq(wire_label_parse(str_of(cases[i].in), "relto", arena, &w, &fault), ERR_INVALID_LABEL, "%s",
                     cases[i].in);
        cr_expect_str_eq(fault.where, cases[i].where, "%s: %s", cases[i].in, fault.where);
        cr_expect_null(w);
    }
}

Test(wire, malformed_json_is_bad_json)
{
    static const char *const cases[] = {"",    "{", "{\"public\":true,\"public\":true}", "{\"owners\":[\"\\u0000\"]}",
                                        "{}x", "7"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct wire_label *w = NULL;
        struct fault fault = {0};
        cr_expect_eq(wire_label_parse(str_of(cases[i]), "relto", arena, &w, &fault), ERR_BAD_JSON, "%s", cases[i]);
        cr_expect_null(w);
    }
    const struct wire_label *w;
    struct fault fault;
    wire_label_parse(STR("{\"public\":tru}"), "relto", arena, &w, &fault);
    cr_expect_str_eq(fault.where, "relto");
    cr_expect_eq(fault.offset, 13, "%ld", fault.offset);
}

static int parse_derived(size_t n)
{
    BUF_CLEANUP struct buf text = {0};
    const struct wire_label *w;
    buf_z(&text, "{\"derivedFrom\":[");
    for (size_t i = 0; i < n; i++)
        buf_printf(&text, "%s\"0193a3e2-7c00-8abc-8def-%012zu\"", i ? "," : "", i);
    buf_z(&text, "]}");
    return wire_label_parse(buf_view(&text), "relto", arena, &w, NULL);
}

static int parse_owners(size_t n)
{
    BUF_CLEANUP struct buf text = {0};
    const struct wire_label *w;
    buf_z(&text, "{\"owners\":[");
    for (size_t i = 0; i < n; i++)
        buf_printf(&text, "%s\"A%zu\"", i ? "," : "", i + 10);
    buf_z(&text, "]}");
    return wire_label_parse(buf_view(&text), "relto", arena, &w, NULL);
}

Test(wire, lists_are_limited)
{
    cr_expect_eq(parse_derived(WIRE_DERIVED_MAX), 0);
    cr_expect_eq(parse_derived(WIRE_DERIVED_MAX + 1), ERR_INVALID_LABEL);
    cr_expect_eq(parse_owners(LABEL_CODES_MAX), 0);
    cr_expect_eq(parse_owners(LABEL_CODES_MAX + 1), ERR_INVALID_LABEL);
}
