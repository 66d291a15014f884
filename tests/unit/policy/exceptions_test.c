/* Views, partners' rules, operators and grants in the registers: what is read, refused, written and found. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>

SUITE(exceptions, REDUCTIONS);

static const char *entry(const char *kind, const char *key)
{
    const struct register_entry *entries;
    size_t n = registry_entries(reg, &entries);
    for (size_t i = 0; i < n; i++)
        if (str_is(entries[i].kind, kind) && str_is(entries[i].key, key))
            return arena_strz(arena, entries[i].json);
    return "";
}

Test(exceptions, entries_and_file_are_inverse)
{
    const struct register_entry *entries, *again;
    BUF_CLEANUP struct buf joined = {0};
    size_t n = registry_entries(reg, &entries);
    registry_join(entries, n, &joined);
    struct registry *second = registry_of(buf_view(&joined), at("2026-02-01"));
    cr_assert_eq(registry_entries(second, &again), n);
    for (size_t i = 0; i < n; i++) {
        cr_expect(str_eq(entries[i].kind, again[i].kind) && str_eq(entries[i].key, again[i].key));
        cr_expect(str_eq(entries[i].json, again[i].json), "%.*s", STR_ARG(again[i].json));
    }
    registry_unref(second);
}

Test(exceptions, entries_are_canonical)
{
    cr_expect_str_eq(entry("view", "MINIMAL"),
                     "{\"code\":\"MINIMAL\",\"title\":\"What must be known\",\"reduces\":[\"COARSE\"],\"types\":{"
                     "\"conjunction\":[{\"drop\":[\"missDistance\"]}],"
                     "\"elset\":[{\"digits\":{\"digits\":4,\"field\":\"meanMotion\"}},{\"drop\":[\"bStar\"]}]}}");
    cr_expect_str_eq(entry("operator", "25544/AUS/USA"),
                     "{\"object\":\"25544\",\"partner\":\"AUS\",\"acceptedBy\":\"USA\"}");
    cr_expect_str_eq(entry("grant", "coarse"),
                     "{\"id\":\"coarse\",\"owner\":\"USA\",\"recipient\":\"AUS\",\"view\":\"COARSE\",\"from\":"
                     "\"2026-05-01T00:00:00.000000Z\",\"until\":\"2026-08-01T00:00:00.000000Z\",\"onward\":true,"
                     "\"scope\":{\"type\":\"elset\",\"record\":\"0193a3e2-7c00-8abc-8def-0123456789ab\"}}");
    cr_expect(strstr(entry("grant", "gbr-minimal"),
                     "\"object\":\"25544\",\"sensor\":\"FYL 1\",\"region\":{\"south\":-10.5,\"north\":40,\"west\":170,"
                     "\"east\":-170},\"from\":\"2026-01-01T00:00:00.000000Z\",\"to\":null"));
    cr_expect(strstr(entry("agreement", "USA-SECOND"),
                     "\"article\":\"5\",\"version\":3,\"purpose\":\"Conjunction assessment\",\"providers\""));
    cr_expect(strstr(entry("agreement", "USA-ANY"), "\"views\":{\"*\":\"MINIMAL\",\"conjunction\":\"COARSE\"}"));
    cr_expect(strstr(entry("agreement", "GBR-OUT"), "\"thirdParty\":\"forbidden\""));
    cr_expect(strstr(entry("partner", "USA"),
                     "\"authorises\":[\"GBR\"],\"approvals\":2,\"catalogue\":true,\"maxReviewDays\":90,"
                     "\"requestHours\":24,\"delegates\":[{\"from\":\"spiffe://usa.example/fdo/frank\""));
    cr_expect(strstr(entry("partner", "USA"), "\"field\":\"collisionProb\",\"above\":0.0001,\"view\":\"WARN\""));
    cr_expect(strstr(entry("partner", "GBR"),
                     "\"view\":\"MINIMAL\",\"catalogues\":[\"JPN\",\"USA\"],\"classificationMarking\":\"C\""));
    cr_expect_str_eq(entry("partner", "JPN"), "{\"code\":\"JPN\",\"name\":\"Japan\",\"policy\":\"JPN\",\"trustDomain\":"
                                              "\"jpn.example\",\"authorises\":[]}");
}

static unsigned number(const char *code)
{
    int v = registry_view(reg, str_of(code));
    cr_assert_gt(v, 0, "%s", code);
    return (unsigned)v;
}

Test(exceptions, views_are_ordered_as_declared_and_by_transitivity)
{
    const struct view_entry *v;
    cr_assert_eq(registry_views(reg, &v), 5);
    cr_expect(str_is(v[0].code, "COARSE") && v[0].n_types == 2 && str_is(v[0].types[0].type, "conjunction"));
    cr_expect_eq(number("COARSE"), 1);
    cr_expect_eq(registry_view(reg, STR("NONE")), -1);
    cr_expect(registry_view_within(reg, number("MINIMAL"), number("COARSE")));
    cr_expect(registry_view_within(reg, number("WARN"), number("COARSE")), "two steps");
    cr_expect(!registry_view_within(reg, number("COARSE"), number("MINIMAL")));
    cr_expect(!registry_view_within(reg, number("SIDE"), number("MINIMAL")));
    for (unsigned i = 0; i <= 5; i++) {
        cr_expect(registry_view_within(reg, i, i) && registry_view_within(reg, i, 0));
        cr_expect(i == 0 || !registry_view_within(reg, 0, i));
    }
    cr_expect(!registry_view_within(reg, 6, 0), "there is no such view");
}

Test(exceptions, what_is_registered_is_found)
{
    const struct operator_entry *o, *found;
    const struct grant_entry *g;
    const struct warning_rule *w;
    struct partner_rules rules;
    cr_assert_eq(registry_operators(reg, &o), 5);
    cr_expect(str_is(o[1].object, "1998-067A") && str_is(o[2].partner, "AUS") && str_is(o[3].partner, "FIN"));
    cr_expect(registry_operates(reg, STR("25544"), STR("FIN"), &found) == 1 && found == &o[3]);
    cr_expect(registry_operates(reg, STR("25544"), STR(""), &found) == 2 && found == &o[2]);
    cr_expect_eq(registry_operates(reg, STR("25544"), STR("JPN"), &found), 0);
    cr_expect_eq(registry_operates(reg, STR("2554"), STR("FIN"), &found), 0);
    cr_assert_eq(registry_grants(reg, &g), 6);
    cr_expect(str_is(g[0].id, "coarse") && g[0].onward && g[0].record.bytes[0] == 0x01 && !g[0].has_region);
    g = registry_grant(reg, STR("gbr-minimal"));
    cr_expect(g->has_region && g->south == -10.5 && g->east == -170 && str_is(g->sensor, "FYL 1") && !g->onward);
    cr_expect(g->scope_from == at("2026-01-01") && g->scope_to == INSTANT_MAX && g->from == INSTANT_MIN);
    cr_expect_null(registry_grant(reg, STR("none")));
    cr_assert_eq(registry_warnings(reg, &w), 4);
    cr_expect(str_is(w[1].owner, "GBR") && str_is(w[2].field, "collisionProb") && w[2].above &&
              w[2].threshold == 0.0001 && str_is(w[3].view, "WARN") && !w[3].above);
    cr_expect(warning_trusts(&w[1], &o[3]) && warning_trusts(&w[1], &o[0]) && !warning_trusts(&w[3], &o[4]),
              "the rule's owner and those it names");
    cr_assert(registry_partner_rules(reg, STR("USA"), &rules));
    cr_expect(rules.max_review_days == 90 && rules.approvals == 2 && rules.request_hours == 24 && rules.catalogue);
    cr_assert(registry_partner_rules(reg, STR("JPN"), &rules));
    cr_expect(rules.max_review_days == REVIEW_DAYS_MAX && rules.approvals == 1 && rules.request_hours == 72 &&
              !rules.catalogue);
    cr_expect(!registry_partner_rules(reg, STR("XXX"), &rules));
}

#define FRANK STR("spiffe://usa.example/fdo/frank")
#define ALICE STR("spiffe://usa.example/operator/alice")

Test(exceptions, delegates_act_until_their_day_for_an_active_fdo)
{
    const struct str any = {NULL, 0};
    cr_expect(registry_delegated(reg, any, ALICE, at("2026-06-30")));
    cr_expect(registry_delegated(reg, FRANK, ALICE, at("2026-06-30")));
    cr_expect(!registry_delegated(reg, any, ALICE, at("2026-07-01")));
    cr_expect(!registry_delegated(reg, STR("spiffe://usa.example/fdo/gone"), ALICE, at("2026-06-30")));
    cr_expect(!registry_delegated(reg, any, STR("spiffe://usa.example/operator/low"), at("2026-06-30")),
              "who delegated is no longer active");
    cr_expect(!registry_delegated(reg, any, FRANK, at("2026-06-30")));
    cr_expect(!registry_delegated(reg, any, STR("spiffe://usa.example/operator/unknown"), at("2026-06-30")));
}

Test(exceptions, delegation_makes_no_second_person)
{
    const struct str low = STR("spiffe://usa.example/operator/low"), gone = STR("spiffe://usa.example/fdo/gone");
    const instant june = at("2026-06-30"), july = at("2026-07-01");
    cr_expect(!registry_independent(reg, FRANK, FRANK, june));
    cr_expect(!registry_independent(reg, FRANK, ALICE, june) && !registry_independent(reg, ALICE, FRANK, june));
    cr_expect(registry_independent(reg, FRANK, ALICE, july), "it has ended");
    cr_expect(registry_independent(reg, gone, low, june), "who delegated is no longer active");
    cr_expect(registry_independent(reg, ALICE, low, june));
    struct registry *both = registry_of(with("usa.example/fdo/gone\", \"to\": \"spiffe://usa.example/operator/low\"",
                                             "usa.example/fdo/frank\", \"to\": \"spiffe://usa.example/operator/low\""),
                                        at("2026-02-01"));
    cr_expect(!registry_independent(both, ALICE, low, june) && !registry_independent(both, low, ALICE, june),
              "both act for the same");
    registry_unref(both);
}

Test(exceptions, refusals_name_the_place)
{
    static const struct {
        const char *old, *new, *where, *says;
    } cases[] = {
        {"\"code\": \"COARSE\"", "\"code\": \"coarse\"", "$.views[0].code", "a view's code"},
        {"\"code\": \"COARSE\"", "\"code\": \"SIDE\"", "$.views", "`SIDE` occurs twice"},
        {"\"reduces\": [\"COARSE\"]", "\"reduces\": [\"NONE\"]", "$.views[1].reduces[0]", "registered view"},
        {"\"reduces\": [\"COARSE\"]", "\"reduces\": [\"MINIMAL\"]", "$.views[1].reduces", "itself"},
        {"\"title\": \"Rounded\"", "\"title\": \"Rounded\", \"reduces\": [\"WARN\"]", "$.views", "circle"},
        {"[{\"delay\": {\"seconds\": 3600}}]", "[]", "$.views[2].types.elset", "at least one step"},
        {"[{\"delay\": {\"seconds\": 3600}}]", "[\"delay\"]", "$.views[2].types.elset[0]", "object"},
        {"{\"elset\": [{\"delay\": {\"seconds\": 3600}}]}", "{}", "$.views[2].types", "at least one"},
        {"{\"elset\": [{\"delay\"", "{\"Elset\": [{\"delay\"", "$.views[2].types.Elset", "record type"},
        {"\"maxReviewDays\": 90", "\"maxReviewDays\": 0", "$.partners[0].maxReviewDays", "from 1"},
        {"\"approvals\": 2", "\"approvals\": 3", "$.partners[0].approvals", "from 1 to 2"},
        {"\"requestHours\": 24", "\"requestHours\": 8761", "$.partners[0].requestHours", "8760"},
        {"usa.example/fdo/frank\", \"to\"", "usa.example/node/frank\", \"to\"", "$.partners[0].delegates[0].from",
         "role fdo"},
        {"\"to\": \"spiffe://usa.example", "\"to\": \"spiffe://jpn.example", "$.partners[0].delegates[0].to",
         "usa.example"},
        {", \"until\": \"2026-07-01\"},\n", "},\n", "$.partners[0].delegates[0].until", "required"},
        {"usa.example/fdo/gone\", \"to\": \"spiffe://usa.example/operator/low\"",
         "usa.example/fdo/frank\", \"to\": \"spiffe://usa.example/operator/alice\"", "$.partners[0].delegates",
         "twice"},
        {"\"to\": \"spiffe://usa.example/operator/alice\"", "\"to\": \"spiffe://usa.example/fdo/frank\"",
         "$.partners[0].delegates[0]", "itself"},
        {"\"above\": 0.0001", "\"above\": \"0.0001\"", "$.partners[0].dutyToWarn[0].above", "number"},
        {"\"above\": 0.0001", "\"above\": 1, \"below\": 2", "$.partners[0].dutyToWarn[0].below", "not both"},
        {"\"above\": 0.0001, ", "", "$.partners[0].dutyToWarn[0].below", "number"},
        {"\"view\": \"WARN\"", "\"view\": \"SIDE\"", "$.partners[0].dutyToWarn[0].view", "not defined"},
        {"\"view\": \"WARN\", ", "", "$.partners[0].dutyToWarn[0].view", "required"},
        {"\"view\": \"WARN\"", "\"view\": \"MINIMAL\"", "$.partners[0].dutyToWarn", "different"},
        {"\"field\": \"collisionProb\", \"above\"", "\"field\": \"missDistance\", \"above\"",
         "$.partners[0].dutyToWarn", "two rules"},
        {"\"below\": 1000, \"view\": \"WARN\"", "\"below\": 1000, \"view\": \"WARN\", \"catalogues\": [\"JPN\"]",
         "$.partners[0].dutyToWarn", "different"},
        {"[\"USA\", \"JPN\"], \"cl", "[\"USA\", \"XXX\"], \"cl", "$.partners[2].dutyToWarn[0].catalogues[1]",
         "partner"},
        {"[\"USA\", \"JPN\"], \"cl", "[\"USA\", \"USA\"], \"cl", "$.partners[2].dutyToWarn[0].catalogues[1]", "twice"},
        {"\"classificationMarking\": \"C\"", "\"classificationMarking\": \"CC\"", "$.partners", "CC"},
        {"\"classificationMarking\": \"C\"", "\"classificationMarking\": \"//JPN C\"", "$.partners", "other owners"},
        {"\"precedence\": 10", "\"precedence\": 1001", "$.agreements[0].precedence", "1000"},
        {"\"version\": 3", "\"version\": 0", "$.agreements[1].version", "from 1"},
        {"\"forbidden\"", "\"no\"", "$.agreements[3].thirdParty", "allowed or forbidden"},
        {"{\"elset\": \"SIDE\"}", "{\"elset\": \"NONE\"}", "$.agreements[0].views.elset", "registered view"},
        {"{\"elset\": \"SIDE\"}", "{\"elset\": \"WARN\"}", "$.agreements[0].views.elset", "not defined"},
        {"{\"elset\": \"SIDE\"}", "{\"elset\": null}", "$.agreements[0].views.elset", "expected"},
        {"{\"elset\": \"SIDE\"}", "{\"conjunction\": \"SIDE\"}", "$.agreements[0].views.conjunction", "not defined"},
        {"{\"object\": \"1998-067A\", \"partner\": \"AUS\", \"acceptedBy\": \"GBR\"",
         "{\"object\": \"25544\", \"partner\": \"AUS\", \"acceptedBy\": \"USA\"", "$.operators", "accepted twice"},
        {"1998-067A", "1998/067A", "$.operators[2].object", "1 to 64"},
        {"\"acceptedBy\": \"GBR\"", "\"acceptedBy\": \"XXX\"", "$.operators[2].acceptedBy", "XXX"},
        {"\"id\": \"full\"", "\"id\": \"coarse\"", "$.grants", "`coarse` occurs twice"},
        {"\"id\": \"full\"", "\"id\": \"warn/full\"", "$.grants[0].id", "identifier"},
        {"\"recipient\": \"AUS\", \"until\"", "\"recipient\": \"USA\", \"until\"", "$.grants[0]", "same partner"},
        {"\"AUS\", \"until\": \"2026-07-01\", ", "\"AUS\", ", "$.grants[0].until", "required"},
        {"\"view\": \"COARSE\"", "\"view\": \"WARN\"", "$.grants[1].view", "not defined"},
        {"\"from\": \"2026-05-01\"", "\"from\": \"2026-08-01\"", "$.grants[1].until", "not after"},
        {"0193a3e2-7c00-8abc-8def-0123456789ab", "7", "$.grants[1].scope.record", "not the id"},
        {"0193a3e2-7c00-8abc-8def-0123456789ab", "00000000-0000-0000-0000-000000000000", "$.grants[1].scope.record",
         "not the id"},
        {"0123456789ab\"}", "0123456789ab\", \"sensor\": \"X\"}", "$.grants[1].scope", "in common"},
        {"\"south\": -10.5", "\"south\": -90.5", "$.grants[2].scope.region.south", "90"},
        {"\"south\": -10.5", "\"south\": 41", "$.grants[2].scope.region", "north of north"},
        {"\"east\": -170}", "\"east\": null}", "$.grants[2].scope.region.east", "degrees"},
        {"\"scope\": {\"type\": \"elset\"}", "\"scope\": {}", "$.grants[0].scope.type", "required"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fault fault = {0};
        struct registry *r = NULL;
        cr_expect_eq(registry_parse(with(cases[i].old, cases[i].new), 1, at("2026-02-01"), NULL, NULL, &r, &fault),
                     ERR_BAD_POLICY, "%s", cases[i].new);
        cr_expect_str_eq(fault.where, cases[i].where, "%s: %s: %s", cases[i].new, fault.where, fault.detail);
        cr_expect(strstr(fault.detail, cases[i].says), "%s: %s", cases[i].new, fault.detail);
        registry_unref(r);
    }
}

Test(exceptions, views_are_shown_to_all_and_grants_to_their_two_parties)
{
    BUF_CLEANUP struct buf out = {0};
    struct str all = {NULL, 0};
    cr_expect(registry_render(reg, "view", STR("SIDE"), STR("FIN"), &out));
    cr_expect(registry_render(reg, "grant", STR("full"), STR("AUS"), &out));
    cr_expect(registry_render(reg, "grant", STR("full"), STR("USA"), &out));
    cr_expect(!registry_render(reg, "grant", STR("full"), STR("JPN"), &out));
    buf_clear(&out);
    cr_expect(registry_render(reg, "grant", all, STR("FIN"), &out));
    buf_char(&out, '\0');
    cr_expect(strstr(out.p, "to-fin") && !strstr(out.p, "full"));
}

Test(exceptions, how_a_partner_decides_is_shown_to_itself_only)
{
    BUF_CLEANUP struct buf out = {0};
    struct str all = {NULL, 0};
    cr_expect(registry_render(reg, "partner", STR("USA"), STR("FIN"), &out));
    buf_char(&out, '\0');
    cr_expect_str_eq(out.p, "{\"code\":\"USA\",\"name\":\"United States\",\"policy\":\"USA\",\"catalogue\":true}");
    buf_clear(&out);
    cr_expect(registry_render(reg, "partner", STR("USA"), STR("USA"), &out));
    buf_char(&out, '\0');
    cr_expect_str_eq(out.p, entry("partner", "USA"));
    buf_clear(&out);
    cr_expect(registry_render(reg, "partner", all, STR("GBR"), &out));
    buf_char(&out, '\0');
    cr_expect(strstr(out.p, entry("partner", "GBR")) && strstr(out.p, "\"above\":0.001,"));
    cr_expect(!strstr(out.p, "delegates") && !strstr(out.p, "\"above\":0.1,") && !strstr(out.p, "approvals") &&
              !strstr(out.p, "maxReviewDays") && !strstr(out.p, "requestHours"));
}

/* --- release views: what is accepted --- */

static int admit_with(const char *marking, const char *relto, const char *type, struct fault *fault)
{
    const struct wire_label *wire = NULL;
    const struct label *label = NULL;
    *fault = (struct fault){0};
    int error = wire_label_parse(str_of(relto), "relto", arena, &wire, fault);
    if (!error)
        error = label_parse(reg, STR("USA"), str_of(marking), wire, arena, &label, NULL, fault);
    if (error)
        return error;
    const struct subject s = {.label = label,
                              .originator = STR("USA"),
                              .type = str_of(type),
                              .data_mode = STR("REAL"),
                              .ingested_at = at("2026-06-01"),
                              .embargo_until = INSTANT_MIN,
                              .expires = INSTANT_MAX};
    return admit(reg, STR("USA"), &s, wire, EMBARGO_WITHOUT_REASON, at("2026-06-01"), fault);
}

#define VIEW(view, marking) "{\"releaseViews\":[{\"view\":\"" view "\",\"classificationMarking\":\"" marking "\"}]}"

Test(exceptions, release_views_are_of_the_type_and_say_their_marking)
{
    struct fault fault;
    cr_expect_eq(admit_with("U", VIEW("SIDE", "U"), "elset", &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_expect_eq(admit_with("U", VIEW("SIDE", "U"), "conjunction", &fault), ERR_INVALID_LABEL);
    cr_expect_str_eq(fault.where, "relto.releaseViews[0].view");
    cr_expect_eq(admit_with("U", VIEW("SIDE", "U"), "unheard", &fault), ERR_INVALID_LABEL);
    cr_expect_eq(admit_with("U", VIEW("NONE", "U"), "elset", &fault), ERR_INVALID_LABEL);
    cr_expect_str_eq(fault.where, "relto.releaseViews[0].view");
    cr_expect(strstr(fault.detail, "registered view"), "%s", fault.detail);
    cr_expect_eq(admit_with("U", VIEW("SIDE", "Q"), "elset", &fault), ERR_INVALID_LABEL);
    cr_expect_str_eq(fault.where, "relto.releaseViews[0].classificationMarking");
    cr_expect_eq(admit_with("U", VIEW("SIDE", "//JPN U"), "elset", &fault), ERR_INVALID_LABEL);
}

/* The tear line is for others to read; why they may not read the rest is still to be said. */
Test(exceptions, a_release_view_does_not_spare_the_reason)
{
    struct fault fault;
    cr_expect_eq(admit_with("S//NF", VIEW("SIDE", "U"), "elset", &fault), ERR_NEEDS_REASON);
    cr_expect_eq(admit_with("S", VIEW("SIDE", "U"), "elset", &fault), 0, "%s", fault.detail);
}
