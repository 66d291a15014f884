/* Policy files: what is refused and where, entries and their inverse, limits, widening in place, what is shown. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

SUITE(registry, COALITION);

static int parse(struct str json, struct fault *fault)
{
    struct registry *r = NULL;
    *fault = (struct fault){0};
    int error = registry_parse(json, 1, ACCEPTED, NULL, NULL, &r, fault);
    cr_expect_eq(error == 0, r != NULL);
    registry_unref(r);
    return error;
}

Test(registry, an_empty_register_is_one)
{
    struct fault fault;
    cr_expect_eq(parse(STR("{\"relto\":\"policy/1\"}"), &fault), 0, "%s", fault.detail);
}

static const struct {
    const char *old, *new, *where, *says;
} refusals[] = {
    {"policy/1", "policy/2", "$.relto", "policy/1"},
    {"\"relto\": \"policy/1\",", "", "$.relto", "required"},
    {"\"profiles\"", "\"profile\"", "$.profile", "unknown"},
    {"{\n", "{,", "$", "line 1"},
    {"\"relto\"", "\"relto\": \"policy/1\", \"relto\"", "$", "duplicate"},
    /* profiles */
    {"\"policy\": \"USA\", \"caveats\"", "\"policy\": \"JPN\", \"caveats\"", "$.profiles", "`JPN` occurs twice"},
    {"\"policy\": \"USA\", \"caveats\"", "\"policy\": \"NOFORN\", \"caveats\"", "$.profiles[0].policy", "NOFORN"},
    {"\"HCS\", \"SI\", \"TK\"", "\"HCS\", \"REL\"", "$.profiles[0].caveats[1]", "REL"},
    {"\"HCS\", \"SI\", \"TK\"", "\"HCS\", \"HCS\"", "$.profiles[0].caveats", "twice"},
    {"\"HCS\", \"SI\", \"TK\"", "\"H CS\"", "$.profiles[0].caveats[0]", "H CS"},
    {"\"portion\": \"C\", \"banner\": \"CONFIDENTIAL\"", "\"portion\": \"C\", \"banner\": \"U\"",
     "$.profiles[0].levels[1]", "another level"},
    {"\"portion\": \"C\"", "\"portion\": \"C_\"", "$.profiles[0].levels[1].portion", "letters"},
    {"CONFIDENTIAL", "CONFI//DENTIAL", "$.profiles[0].levels[1].banner", "letters"},
    {"CONFIDENTIAL", "CONFIDENTIAL ", "$.profiles[0].levels[1].banner", "letters"},
    {"\"portion\": \"C\"", "\"portion\": \"C\", \"rank\": 1", "$.profiles[0].levels[1].rank", "unknown"},
    /* partners */
    {"\"code\": \"JPN\"", "\"code\": \"USA\"", "$.partners", "`USA` occurs twice"},
    {"\"code\": \"JPN\"", "\"code\": \"J\"", "$.partners[1].code", "a code"},
    {"\"code\": \"JPN\"", "\"code\": \"J-N\"", "$.partners[1].code", "a code"},
    {"\"code\": \"JPN\"", "\"code\": \"1PN\"", "$.partners[1].code", "a code"},
    {"\"code\": \"JPN\"", "\"code\": \"JPNJPNJPNJPNJ\"", "$.partners[1].code", "a code"},
    {"\"code\": \"JPN\"", "\"code\": \"FGI\"", "$.partners[1].code", "marking grammar"},
    {"\"name\": \"Japan\"", "\"name\": \"\"", "$.partners[1].name", "text"},
    {"\"name\": \"Japan\"", "\"name\": \"a\\u0007\"", "$.partners[1].name", "control"},
    {"\"name\": \"Japan\", ", "", "$.partners[1].name", "required"},
    {"\"policy\": \"JPN\", \"trust", "\"policy\": \"XXX\", \"trust", "$.partners[1].policy", "XXX"},
    {"jpn.example", "usa.example", "$.partners[1].trustDomain", "USA"},
    {"jpn.example", "JPN.example", "$.partners[1].trustDomain", "a-z"},
    {"\"GBR\", \"JPN\"", "\"GBR\", \"XYZ\"", "$.partners[0].authorises[1]", "XYZ"},
    {"\"GBR\", \"JPN\"", "\"GBR\", \"GBR\"", "$.partners[0].authorises[1]", "twice"},
    /* communities */
    {"\"code\": \"FVEY\"", "\"code\": \"USA\"", "$.communities[0].code", "partner"},
    {"\"code\": \"FVEY\"", "\"code\": \"ACGU\"", "$.communities", "`ACGU` occurs twice"},
    {"\"partner\": \"NZL\", \"from\"", "\"partner\": \"USA\", \"from\"", "$.communities[0].members",
     "USA is a member twice"},
    {"\"partner\": \"NZL\", \"from\"", "\"partner\": \"NATO\", \"from\"", "$.communities[0].members[3].partner",
     "NATO"},
    {"1946-03-05", "1946-02-30", "$.communities[0].members[0].from", "not a date"},
    {"\"backfill\": \"all\"}", "\"backfill\": \"some\"}", "$.communities[0].members[0].backfill", "none"},
    {", \"backfill\": \"all\"}", "}", "$.communities[0].members[0].backfill", "required"},
    /* agreements */
    {"\"id\": \"FIVE\"", "\"id\": \"USA-JPN\"", "$.agreements", "`USA-JPN` occurs twice"},
    {"\"id\": \"FIVE\"", "\"id\": \"FI VE\"", "$.agreements[1].id", "identifier"},
    {"\"providers\": [\"USA\", \"JPN\"]", "\"providers\": []", "$.agreements[0].providers", "at least one"},
    {"\"providers\": [\"USA\", \"JPN\"]", "\"providers\": [\"FVEY\"]", "$.agreements[0].providers[0]", "FVEY"},
    {"\"recipients\": [\"USA\", \"JPN\"], ", "", "$.agreements[0].recipients", "at least one"},
    {"[\"*\"]", "[]", "$.agreements[0].types", "record types"},
    {"[\"*\"]", "[\"*\",\"elset\"]", "$.agreements[0].types[0]", "*"},
    {"[\"*\"]", "[\"Elset\"]", "$.agreements[0].types[0]", "a-z"},
    {"[\"REAL\", \"TEST\"]", "[]", "$.agreements[0].dataModes", "at least one"},
    {"[\"REAL\", \"TEST\"]", "[\"REAL\", \"REAL\"]", "$.agreements[0].dataModes[1]", "twice"},
    {"[\"REAL\", \"TEST\"]", "[\"FAKE\"]", "$.agreements[0].dataModes[0]", "REAL"},
    {"\"NATO\": \"NS\"}", "\"NATO\": \"S\"}", "$.agreements[0].highest.NATO", "`S`"},
    {"\"NATO\": \"NS\"}", "\"XXXX\": \"S\"}", "$.agreements[0].highest.XXXX", "registered marking policy"},
    {"\"highest\": {\"USA\": \"S\", \"JPN\": \"S\", \"NATO\": \"NS\"}", "\"highest\": {}", "$.agreements[0].highest",
     "at least"},
    {"\"default\": {\"USA\": \"U\", \"JPN\": \"C\"}", "\"default\": {\"DEU\": \"U\"}", "$.agreements[0].default",
     "highest"},
    {"\"as\": {\"policy\": \"USA\", \"level\": \"C\"}", "\"as\": {\"policy\": \"JPN\", \"level\": \"C\"}",
     "$.agreements[0].equivalence[0]", "another"},
    {"\"as\": {\"policy\": \"USA\", \"level\": \"C\"}", "\"as\": {\"policy\": \"USA\"}",
     "$.agreements[0].equivalence[0].as.level", ""},
    {"{\"policy\": \"USA\", \"level\": \"S\", \"as\": {\"policy\": \"JPN\", \"level\": \"S\"}}",
     "{\"policy\": \"JPN\", \"level\": \"C\", \"as\": {\"policy\": \"USA\", \"level\": \"C\"}}",
     "$.agreements[0].equivalence", "twice"},
    {"\"until\": \"2031-01-01\"", "\"until\": \"2026-01-01\"", "$.agreements[0].until", "not after"},
    {"\"inForce\"", "\"inforce\"", "$.agreements[0].status", "inForce"},
    {"\"article\": \"3\"", "\"artikel\": \"3\"", "$.agreements[0].artikel", "unknown"},
    /* reasons */
    {"\"OPERATIONS\"", "\"SOURCES\"", "$.reasons", "`SOURCES` occurs twice"},
    {"\"maxReviewDays\": 365", "\"maxReviewDays\": 0", "$.reasons[0].maxReviewDays", "from 1"},
    {"\"maxReviewDays\": 365", "\"maxReviewDays\": 36526", "$.reasons[0].maxReviewDays", "36525"},
    {"\"maxReviewDays\": 365", "\"maxReviewDays\": 1.5", "$.reasons[0].maxReviewDays", "integer"},
    /* principals */
    {"operator/low", "operator/alice", "$.principals", "occurs twice"},
    {"usa.example/operator/alice", "jpn.example/operator/alice", "$.principals[0].id", "usa.example"},
    {"usa.example/operator/alice", "usa.example/king/alice", "$.principals[0].id", "king"},
    {"usa.example/operator/alice", "usa.example/operator", "$.principals[0].id", "spiffe://"},
    {"usa.example/operator/alice", "usa.example", "$.principals[0].id", "spiffe://"},
    {"usa.example/operator/alice", "usa.example/operator/a/b", "$.principals[0].id", "spiffe://"},
    {"spiffe://usa.example/operator/alice", "https://usa.example/operator/alice", "$.principals[0].id", "spiffe://"},
    {"\"partner\": \"USA\", \"clearances\"", "\"partner\": \"FVEY\", \"clearances\"", "$.principals[0].partner",
     "FVEY"},
    {"{\"USA\": \"TS\"}, \"caveats\"", "{\"USA\": \"X\"}, \"caveats\"", "$.principals[0].clearances.USA", "`X`"},
    {"{\"USA\": \"TS\"}, \"caveats\"", "[], \"caveats\"", "$.principals[0].clearances", "object"},
    {"\"caveats\": [\"SI\", \"TK\"], \"data", "\"caveats\": [\"ZZ\"], \"data", "$.principals[0].caveats[0]", "ZZ"},
    {"\"active\": false", "\"active\": \"no\"", "$.principals[2].active", "true or false"},
    {"\"active\": false", "\"role\": \"operator\"", "$.principals[2].role", "unknown"},
};

Test(registry, refusals_name_the_place)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct fault fault;
        cr_expect_eq(parse(with(refusals[i].old, refusals[i].new), &fault), ERR_BAD_POLICY, "%s", refusals[i].new);
        cr_expect_str_eq(fault.where, refusals[i].where, "%s: %s: %s", refusals[i].new, fault.where, fault.detail);
        cr_expect(strstr(fault.detail, refusals[i].says), "%s: %s", refusals[i].new, fault.detail);
    }
}

/* --- entries --- */

Test(registry, entries_and_file_are_inverse)
{
    const struct register_entry *entries, *again;
    BUF_CLEANUP struct buf joined = {0};
    size_t n = registry_entries(reg, &entries);
    registry_join(entries, n, &joined);
    struct registry *second = registry_of(buf_view(&joined), ACCEPTED);
    cr_assert_eq(registry_entries(second, &again), n);
    for (size_t i = 0; i < n; i++) {
        cr_expect(str_eq(entries[i].kind, again[i].kind) && str_eq(entries[i].key, again[i].key));
        cr_expect(str_eq(entries[i].json, again[i].json), "%.*s", STR_ARG(again[i].json));
        if (i) {
            int order = str_cmp(entries[i - 1].kind, entries[i].kind);
            cr_expect(order < 0 || (order == 0 && str_cmp(entries[i - 1].key, entries[i].key) < 0),
                      "entries are ordered");
        }
    }
    registry_unref(second);
}

static const char *entry(const char *kind, const char *key)
{
    const struct register_entry *entries;
    size_t n = registry_entries(reg, &entries);
    for (size_t i = 0; i < n; i++)
        if (str_is(entries[i].kind, kind) && str_is(entries[i].key, key))
            return arena_strz(arena, entries[i].json);
    return "";
}

Test(registry, entries_are_canonical)
{
    cr_expect_str_eq(entry("partner", "USA"),
                     "{\"code\":\"USA\",\"name\":\"United States\",\"policy\":\"USA\",\"trustDomain\":"
                     "\"usa.example\",\"authorises\":[\"GBR\",\"JPN\"]}");
    cr_expect_str_eq(entry("community", "ACGU"), "{\"code\":\"ACGU\",\"name\":\"Without New Zealand\"}");
    cr_expect_str_eq(entry("membership", "NATO/DEU"), "{\"community\":\"NATO\",\"partner\":\"DEU\",\"from\":"
                                                      "\"1955-05-09T00:00:00.000000Z\",\"until\":null,\"backfill\":"
                                                      "\"2026-05-01T00:00:00.000000Z\"}");
    cr_expect_str_eq(
        entry("agreement", "USA-DEU-OLD"),
        "{\"id\":\"USA-DEU-OLD\",\"title\":\"Terminated\",\"providers\":[\"USA\"],\"recipients\":[\"DEU\"],\"types\":"
        "[\"*\"],\"dataModes\":[\"REAL\"],\"highest\":{\"USA\":\"TS\"},\"default\":{\"USA\":\"TS\"},\"equivalence\":[],"
        "\"status\":\"terminated\",\"from\":null,\"until\":null,\"backfill\":\"all\"}");
    cr_expect_str_eq(
        entry("principal", "spiffe://nzl.example/operator/wall"),
        "{\"id\":\"spiffe://nzl.example/operator/wall\",\"partner\":\"NZL\",\"active\":true,\"clearances\":"
        "{\"AUS\":\"S\",\"USA\":\"S\"},\"caveats\":[],\"dataModes\":[\"REAL\"],\"display\":true}");
    cr_expect_str_eq(entry("reason", "SOURCES"),
                     "{\"code\":\"SOURCES\",\"title\":\"Protection of sources\",\"maxReviewDays\":365}");
    cr_expect(strstr(entry("agreement", "USA-JPN"),
                     "\"title\":\"Bilateral, SSA and PNT\",\"reference\":\"TIAS 26-101\",\"article\":\"3\","));
    cr_expect(strstr(entry("agreement", "FIVE"), "\"types\":[\"elset\",\"eoobservation\"],\"dataModes\":[\"REAL\"]"));
    cr_expect(strstr(entry("agreement", "FIVE"),
                     "{\"policy\":\"USA\",\"level\":\"TS\",\"as\":{\"policy\":\"AUS\",\"level\":\"TS\"}}"));
    cr_expect(strstr(entry("profile", "USA"), "\"caveats\":[\"HCS\",\"SI\",\"TK\"]"));
}

Test(registry, order_and_layout_of_the_file_do_not_matter)
{
    static const struct {
        const char *old, *new;
    } cases[] = {
        {"\"providers\": [\"USA\", \"JPN\"]", "\"providers\": [ \"JPN\",\"USA\" ]"},
        {"{\"policy\": \"JPN\", \"level\": \"C\", \"as\": {\"policy\": \"USA\", \"level\": \"C\"}},\n                  "
         "   "
         "{\"policy\": \"JPN\", \"level\": \"S\", \"as\": {\"policy\": \"USA\", \"level\": \"S\"}},",
         "{\"policy\": \"JPN\", \"level\": \"S\", \"as\": {\"policy\": \"USA\", \"level\": \"S\"}},"
         "{\"policy\": \"JPN\", \"level\": \"C\", \"as\": {\"policy\": \"USA\", \"level\": \"C\"}},"},
        {"\"1946-03-05\"", "\"1946-03-05T00:00:00Z\""},
        {"\"from\": \"1946-03-05\", ", "\"until\": null, \"from\": \"1946-03-05\", "},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const struct register_entry *a, *b;
        struct registry *second = registry_of(with(cases[k].old, cases[k].new), ACCEPTED);
        size_t n = registry_entries(reg, &a);
        cr_assert_eq(registry_entries(second, &b), n);
        for (size_t i = 0; i < n; i++)
            cr_expect(str_eq(a[i].json, b[i].json), "%s: %.*s", cases[k].new, STR_ARG(b[i].json));
        registry_unref(second);
    }
}

Test(registry, a_path_too_long_to_tell_is_cut)
{
    char *name = arena_alloc(arena, 2 * FAULT_WHERE_MAX);
    struct fault fault;
    memset(name, 'x', 2 * FAULT_WHERE_MAX - 1);
    cr_expect_eq(parse(with("profiles", name), &fault), ERR_BAD_POLICY);
    cr_expect_eq(strlen(fault.where), FAULT_WHERE_MAX - 1);
    cr_expect_eq(parse(with("\"usa.example\"", arena_printf(arena, "\"usa.example\", \"%s\": {}", name)), &fault),
                 ERR_BAD_POLICY);
    cr_expect_eq(strncmp(fault.where, "$.partners[0].xxx", 17), 0);
}

/* --- backfill --- */

static instant accepted(void *ctx, const char *kind, struct str key)
{
    buf_printf(ctx, "%s %.*s\n", kind, STR_ARG(key));
    return str_is(key, "USA-JPN") ? at("2026-03-15") : at("2026-07-15");
}

Test(registry, boundaries_are_where_backfill_begins)
{
    const instant *b;
    BUF_CLEANUP struct buf asked = {0};
    struct registry *r;
    cr_assert_eq(registry_parse(policy_text, 1, ACCEPTED, accepted, &asked, &r, NULL), 0);
    cr_assert_eq(registry_boundaries(r, &b), 4);
    cr_expect_eq(b[0], at("2026-03-15"), "USA-JPN: accepted after `from`");
    cr_expect_eq(b[1], at("2026-04-01"), "DEU-OUT: stated");
    cr_expect_eq(b[2], at("2026-05-01"), "DEU in NATO: stated");
    cr_expect_eq(b[3], at("2026-07-15"), "GBR in ACGU: accepted after `from`");
    buf_char(&asked, '\0');
    cr_expect_str_eq(asked.p, "membership ACGU/GBR\nagreement USA-JPN\n", "only \"none\" asks");
    registry_unref(r);
    cr_assert_eq(registry_boundaries(reg, &b), 4);
    cr_expect_eq(b[0], ACCEPTED);
    cr_expect_eq(b[3], at("2026-07-01"), "GBR in ACGU: `from` after accepted");
}

/* --- widening in place --- */

Test(registry, wider_terms_need_a_stated_backfill)
{
    static const struct {
        const char *old, *new, *says; /* says NULL: allowed */
    } cases[] = {
        {"\"providers\": [\"USA\", \"JPN\"]", "\"providers\": [\"USA\", \"JPN\", \"GBR\"]", "`providers`"},
        {"\"recipients\": [\"USA\", \"JPN\"]", "\"recipients\": [\"USA\", \"JPN\", \"GBR\"]", "`recipients`"},
        {"\"providers\": [\"USA\", \"JPN\"]", "\"providers\": [\"JPN\"]", NULL},
        {"[\"REAL\", \"TEST\"]", "[\"REAL\", \"TEST\", \"EXERCISE\"]", "`dataModes`"},
        {"[\"REAL\", \"TEST\"]", "[\"REAL\"]", NULL},
        {"\"highest\": {\"USA\": \"S\"", "\"highest\": {\"USA\": \"TS\"", "`highest`"},
        {"\"highest\": {\"USA\": \"S\"", "\"highest\": {\"DEU\": \"U\", \"USA\": \"S\"", "`highest`"},
        {"\"highest\": {\"USA\": \"S\"", "\"highest\": {\"USA\": \"C\"", NULL},
        {"\"default\": {\"USA\": \"U\"", "\"default\": {\"USA\": \"C\"", "`default`"},
        {"\"default\": {\"USA\": \"U\", ", "\"default\": {", NULL},
        {"{\"policy\": \"USA\", \"level\": \"C\", \"as\": {\"policy\": \"JPN\", \"level\": \"C\"}}",
         "{\"policy\": \"USA\", \"level\": \"C\", \"as\": {\"policy\": \"JPN\", \"level\": \"U\"}}", "`equivalence`"},
        {"{\"policy\": \"JPN\", \"level\": \"C\", \"as\": {\"policy\": \"USA\", \"level\": \"C\"}},", "", NULL},
        {"\"from\": \"2026-01-01\", \"until\": \"2031-01-01\"", "\"from\": \"2025-12-31\", \"until\": \"2031-01-01\"",
         "`from`"},
        {"\"from\": \"2026-01-01\", \"until\": \"2031-01-01\"", "\"from\": \"2026-01-01\"", NULL},
        {"\"status\": \"inForce\"", "\"status\": \"suspended\"", NULL},
        /* with "backfill": "all" the widening says how far back it reaches */
        {"\"types\": [\"elset\", \"eoobservation\"]", "\"types\": [\"*\"]", NULL},
        /* memberships */
        {"\"from\": \"2026-07-01\", \"backfill\": \"none\"", "\"from\": \"2026-06-01\", \"backfill\": \"none\"",
         "ACGU/GBR"},
        {"\"from\": \"2026-07-01\", \"backfill\": \"none\"", "\"from\": \"2026-08-01\", \"backfill\": \"none\"", NULL},
        {"\"from\": \"2026-07-01\", \"backfill\": \"none\"", "\"from\": \"2026-06-01\", \"backfill\": \"all\"", NULL},
        /* levels */
        {"{\"policy\": \"AUS\", \"levels\"",
         "{\"policy\": \"AAA\", \"levels\": [{\"portion\": \"U\", \"banner\": \"UN\"}]}, {\"policy\": \"AUS\", "
         "\"levels\"",
         NULL},
        {"{\"portion\": \"C\", \"banner\": \"CONFIDENTIAL\"},",
         "{\"portion\": \"R\", \"banner\": \"RESTRICTED\"}, {\"portion\": \"C\", \"banner\": \"CONFIDENTIAL\"},", NULL},
        {"{\"portion\": \"R\", \"banner\": \"VS-NFD\"}, {\"portion\": \"C\", \"banner\": \"VS-VERTRAULICH\"}",
         "{\"portion\": \"C\", \"banner\": \"VS-VERTRAULICH\"}, {\"portion\": \"R\", \"banner\": \"VS-NFD\"}",
         "level C"},
        {"{\"portion\": \"U\", \"banner\": \"OFFEN\"}, ",
         "{\"portion\": \"A\", \"banner\": \"ALLE\"}, {\"portion\": \"U\", \"banner\": \"OFFEN\"}, ", "level U"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct registry *next = registry_of(with(cases[i].old, cases[i].new), ACCEPTED);
        struct fault fault = {0};
        int error = registry_check_change(reg, next, &fault);
        cr_expect_eq(error, cases[i].says ? ERR_BAD_POLICY : 0, "%s: %s", cases[i].new, fault.detail);
        const char *says = cases[i].says ? cases[i].says : "";
        cr_expect(strstr(fault.detail, says) || strstr(fault.where, says), "%s: %s", cases[i].new, fault.detail);
        registry_unref(next);
    }
    cr_expect_eq(registry_check_change(NULL, reg, NULL), 0);
    cr_expect_eq(registry_check_change(reg, reg, NULL), 0);
}

Test(registry, types_are_compared_by_name)
{
    struct registry *narrow = registry_of(with("[\"*\"]", "[\"elset\", \"sensor\"]"), ACCEPTED);
    struct registry *other = registry_of(with("[\"*\"]", "[\"elset\", \"aaaa\"]"), ACCEPTED);
    struct fault fault = {0};
    cr_expect_eq(registry_check_change(narrow, reg, &fault), ERR_BAD_POLICY);
    cr_expect(strstr(fault.detail, "`types`"));
    cr_expect_eq(registry_check_change(narrow, other, &fault), ERR_BAD_POLICY);
    cr_expect_eq(registry_check_change(reg, other, &fault), 0);
    registry_unref(narrow);
    registry_unref(other);
}

/* --- look-up --- */

Test(registry, principals_are_found_by_uri)
{
    const struct principal *p = registry_principal(reg, STR("spiffe://usa.example/fdo/frank"));
    cr_assert_not_null(p);
    cr_expect(str_is(principal_partner(p), "USA") && principal_role(p) == ROLE_FDO && principal_active(p));
    cr_expect_not(principal_active(registry_principal(reg, STR("spiffe://usa.example/operator/gone"))));
    cr_expect_null(registry_principal(reg, STR("spiffe://usa.example/fdo/fran")));
    cr_expect_null(registry_principal(reg, STR("")));
    BUF_CLEANUP struct buf out = {0};
    principal_write(p, &out);
    buf_char(&out, '\0');
    cr_expect_str_eq(
        out.p,
        "{\"id\":\"spiffe://usa.example/fdo/frank\",\"role\":\"fdo\",\"partner\":\"USA\",\"active\":true,"
        "\"clearances\":{\"USA\":\"TS\"},\"caveats\":[\"SI\",\"TK\"],\"dataModes\":[\"REAL\"],\"display\":false}");
}

Test(registry, principals_alike_to_the_decision_share_a_reader)
{
    struct registry *r =
        registry_of(with("{\"id\": \"spiffe://usa.example/operator/low\"",
                         "{\"id\": \"spiffe://usa.example/node/n\", \"partner\": \"USA\", \"clearances\": "
                         "{\"USA\": \"C\"}, \"dataModes\": [\"REAL\"]},"
                         "{\"id\": \"spiffe://usa.example/fdo/f\", \"partner\": \"USA\", \"clearances\": "
                         "{\"USA\": \"C\"}, \"dataModes\": [\"REAL\"]},"
                         "{\"id\": \"spiffe://usa.example/operator/low\""),
                    ACCEPTED);
    const struct reader *low = principal_reader(registry_principal(r, STR("spiffe://usa.example/operator/low")));
    cr_expect_eq(low, principal_reader(registry_principal(r, STR("spiffe://usa.example/node/n"))));
    cr_expect_neq(low, principal_reader(registry_principal(r, STR("spiffe://usa.example/fdo/f"))),
                  "an fdo is exempt from times");
    registry_unref(r);
}

Test(registry, readers_survive_writing)
{
    const struct principal *const *all;
    size_t n = registry_principals(reg, &all);
    cr_assert_eq(n, 15);
    for (size_t i = 0; i < n; i++) {
        BUF_CLEANUP struct buf one = {0}, two = {0};
        reader_write(principal_reader(all[i]), &one);
        const struct reader *r = reader_read(reg, buf_view(&one), arena);
        cr_assert_not_null(r);
        reader_write(r, &two);
        cr_expect(str_eq(buf_view(&one), buf_view(&two)));
        cr_expect(str_eq(reader_partner(r), principal_partner(all[i])));
    }
    struct registry *empty = registry_of(STR("{\"relto\":\"policy/1\"}"), ACCEPTED);
    BUF_CLEANUP struct buf out = {0};
    reader_write(principal_reader(all[0]), &out);
    cr_expect_null(reader_read(empty, buf_view(&out), arena), "its partner is gone");
    cr_expect_null(reader_read(reg, STR("{}"), arena));
    cr_expect_null(reader_read(reg, STR("nonsense"), arena));
    registry_unref(empty);
}

Test(registry, a_reader_of_another_register_is_denied)
{
    struct registry *other = registry_of(with("Japan", "Nippon"), ACCEPTED);
    const struct reader *alice =
        principal_reader(registry_principal(other, STR("spiffe://usa.example/operator/alice")));
    const struct label *l;
    struct verdict v;
    cr_assert_eq(label_parse(reg, STR("USA"), STR("U"), NULL, arena, &l, NULL, NULL), 0);
    struct subject s = {.label = l, .type = STR("elset"), .data_mode = STR("REAL"), .expires = INSTANT_MAX};
    decide(other, alice, &s, ACCEPTED, &v);
    cr_expect(v.permit);
    decide(reg, alice, &s, ACCEPTED, &v);
    cr_expect(!v.permit && v.denied_by == GATE_IDENTITY && !v.gates[GATE_LABEL]);
    registry_unref(other);
}

/* One partner more, and every number is another. */
Test(registry, a_label_of_another_register_is_resolved_again)
{
    struct registry *other = registry_of(
        with("{\"code\": \"USA\", \"name\"",
             "{\"code\": \"AAA\", \"name\": \"First\", \"policy\": \"USA\", \"trustDomain\": \"aaa.example\"},"
             "{\"code\": \"USA\", \"name\""),
        ACCEPTED);
    const struct reader *hana = principal_reader(registry_principal(reg, STR("spiffe://jpn.example/fdo/hana")));
    const struct label *here, *there;
    cr_assert_eq(label_parse(reg, STR("USA"), STR("S//REL TO USA, JPN"), NULL, arena, &here, NULL, NULL), 0);
    cr_assert_eq(label_parse(other, STR("USA"), STR("S//REL TO USA, JPN"), NULL, arena, &there, NULL, NULL), 0);
    struct verdict a, b;
    struct subject s = {.label = here,
                        .type = STR("elset"),
                        .data_mode = STR("REAL"),
                        .ingested_at = at("2026-03-01"),
                        .embargo_until = INSTANT_MIN,
                        .expires = INSTANT_MAX};
    decide(reg, hana, &s, at("2026-06-01"), &a);
    s.label = there;
    decide(reg, hana, &s, at("2026-06-01"), &b);
    cr_expect(a.permit && b.permit && a.basis == BASIS_REL && b.basis == BASIS_REL);
    registry_unref(other);
}

Test(registry, references_keep_a_snapshot)
{
    struct registry *second = registry_ref(reg);
    cr_expect_eq(second, reg);
    registry_unref(second);
    registry_unref(NULL);
    cr_expect_eq(registry_epoch(reg), 1);
    cr_expect(registry_has_partner(reg, STR("ESA")) && !registry_has_partner(reg, STR("FVEY")));
}

/* --- what is shown --- */

static const char *shown(const char *kind, const char *key, const char *partner)
{
    BUF_CLEANUP struct buf out = {0};
    if (!registry_render(reg, kind, str_of(key), str_of(partner), &out))
        return NULL;
    return arena_strz(arena, buf_view(&out));
}

Test(registry, agreements_are_shown_to_their_parties_only)
{
    cr_expect_not_null(shown("agreement", "USA-JPN", "JPN"));
    cr_expect_null(shown("agreement", "USA-JPN", "AUS"));
    cr_expect_null(shown("agreement", "USA-JPN", "NOBODY"));
    cr_expect_null(shown("agreement", "NONE", "JPN"));
    cr_expect_str_eq(shown("agreement", NULL, "FIN"), "[]");
    const char *all = shown("agreement", NULL, "GBR");
    cr_expect(strstr(all, "\"FIVE\"") && strstr(all, "\"DEU-OUT\"") && !strstr(all, "USA-JPN") &&
              !strstr(all, "USA-DEU"));
}

Test(registry, the_other_registers_are_shown_to_all)
{
    cr_expect_str_eq(shown("partner", "JPN", "FIN"), "{\"code\":\"JPN\",\"name\":\"Japan\",\"policy\":\"JPN\"}");
    cr_expect_null(shown("partner", "XXX", "FIN"));
    cr_expect_null(shown("community", "USA", "FIN"));
    cr_expect_str_eq(
        shown("community", "ACGU", "FIN"),
        "{\"code\":\"ACGU\",\"name\":\"Without New Zealand\",\"members\":["
        "{\"partner\":\"AUS\",\"from\":null,\"until\":\"2026-09-01T00:00:00.000000Z\",\"backfill\":\"all\"},"
        "{\"partner\":\"GBR\",\"from\":\"2026-07-01T00:00:00.000000Z\",\"until\":null,\"backfill\":\"none\"},"
        "{\"partner\":\"USA\",\"from\":null,\"until\":null,\"backfill\":\"all\"}]}");
    cr_expect_str_eq(shown("reason", NULL, "FIN"),
                     "[{\"code\":\"OPERATIONS\",\"title\":\"Operations under way\",\"maxReviewDays\":30},"
                     "{\"code\":\"SOURCES\",\"title\":\"Protection of sources\",\"maxReviewDays\":365}]");
    cr_expect_null(shown("principal", "spiffe://usa.example/fdo/frank", "USA"), "nobody is shown principals");
}

/* --- limits --- */

/* A file with n entries in one list, or n items in one member. */
static int parse_many(const char *before, const char *each, const char *after, size_t n)
{
    BUF_CLEANUP struct buf json = {0};
    struct fault fault;
    buf_z(&json, before);
    for (size_t i = 0; i < n; i++) {
        buf_z(&json, i ? "," : "");
        for (const char *p = each; *p; p++) {
            if (*p == '#')
                buf_printf(&json, "%zu", i);
            else
                buf_char(&json, *p);
        }
    }
    buf_z(&json, after);
    return parse(buf_view(&json), &fault);
}

Test(registry, lists_are_limited)
{
    static const char levels[] = "{\"relto\":\"policy/1\",\"profiles\":[{\"policy\":\"AA\",\"levels\":["
                                 "{\"portion\":\"U\",\"banner\":\"UN\"}]}],";
    static const struct {
        const char *list, *each, *after;
        size_t most;
    } cases[] = {
        {"\"partners\":[", "{\"code\":\"P#\",\"name\":\"n\",\"policy\":\"AA\",\"trustDomain\":\"d#\"}", "]}",
         REGISTRY_CODES_MAX},
        {"\"communities\":[", "{\"code\":\"C#\",\"name\":\"n\",\"members\":[]}", "]}", REGISTRY_CODES_MAX},
        {"\"reasons\":[", "{\"code\":\"R#\",\"title\":\"t\",\"maxReviewDays\":1}", "]}", REGISTRY_REASONS_MAX},
        {"\"partners\":[{\"code\":\"PP\",\"name\":\"n\",\"policy\":\"AA\",\"trustDomain\":\"d\"}],\"agreements\":[",
         "{\"id\":\"A#\",\"title\":\"t\",\"providers\":[\"PP\"],\"recipients\":[\"PP\"],\"types\":[\"*\"],"
         "\"dataModes\":[\"REAL\"],"
         "\"highest\":{\"AA\":\"U\"},\"status\":\"inForce\",\"backfill\":\"all\"}",
         "]}", REGISTRY_AGREEMENTS_MAX},
        {"\"partners\":[{\"code\":\"PP\",\"name\":\"n\",\"policy\":\"AA\",\"trustDomain\":\"d\"}],\"agreements\":["
         "{\"id\":\"A\",\"title\":\"t\",\"providers\":[\"PP\"],\"recipients\":[\"PP\"],\"dataModes\":[\"REAL\"],"
         "\"highest\":{\"AA\":\"U\"},\"status\":\"inForce\",\"backfill\":\"all\",\"types\":[",
         "\"t#\"", "]}]}", REGISTRY_CODES_MAX},
        {"\"partners\":[{\"code\":\"PP\",\"name\":\"n\",\"policy\":\"AA\",\"trustDomain\":\"d\"}],\"principals\":[",
         "{\"id\":\"spiffe://d/node/n#\",\"partner\":\"PP\",\"dataModes\":[\"REAL\"]}", "]}", REGISTRY_PRINCIPALS_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *before = arena_printf(arena, "%s%s", levels, cases[i].list);
        cr_expect_eq(parse_many(before, cases[i].each, cases[i].after, cases[i].most), 0, "%s", cases[i].each);
        cr_expect_eq(parse_many(before, cases[i].each, cases[i].after, cases[i].most + 1), ERR_BAD_POLICY, "%s",
                     cases[i].each);
    }
}

Test(registry, distinct_types_of_all_agreements_are_limited)
{
    static const char agreement[] =
        "{\"id\":\"A#\",\"title\":\"t\",\"providers\":[\"PP\"],\"recipients\":[\"PP\"],\"types\":[\"t#\"],"
        "\"dataModes\":[\"REAL\"],\"highest\":{\"AA\":\"U\"},\"status\":\"inForce\",\"backfill\":\"all\"}";
    static const char before[] =
        "{\"relto\":\"policy/1\",\"profiles\":[{\"policy\":\"AA\",\"levels\":[{\"portion\":\"U\",\"banner\":"
        "\"UN\"}]}],\"partners\":[{\"code\":\"PP\",\"name\":\"n\",\"policy\":\"AA\",\"trustDomain\":\"d\"}],"
        "\"agreements\":[";
    cr_expect_eq(parse_many(before, agreement, "]}", REGISTRY_CODES_MAX), 0);
    cr_expect_eq(parse_many(before, agreement, "]}", REGISTRY_CODES_MAX + 1), ERR_BAD_POLICY);
}

Test(registry, profiles_and_their_parts_are_limited)
{
    static const char profiles[] = "{\"relto\":\"policy/1\",\"profiles\":[";
    static const char level[] = "{\"portion\":\"L#\",\"banner\":\"BB#\"}";
    static const char profile[] = "{\"policy\":\"P#\",\"levels\":[{\"portion\":\"U\",\"banner\":\"UN\"}]}";
    const char *one = arena_printf(arena, "%s{\"policy\":\"AA\",\"levels\":[", profiles);
    const char *caveats = arena_printf(
        arena, "%s{\"policy\":\"AA\",\"levels\":[{\"portion\":\"U\",\"banner\":\"UN\"}],\"caveats\":[", profiles);
    const char *other =
        "]},{\"policy\":\"BB\",\"levels\":[{\"portion\":\"U\",\"banner\":\"UN\"}],\"caveats\":[\"K0\",\"OTHER\"]}]}";
    cr_expect_eq(parse_many(profiles, profile, "]}", REGISTRY_PROFILES_MAX), 0);
    cr_expect_eq(parse_many(profiles, profile, "]}", REGISTRY_PROFILES_MAX + 1), ERR_BAD_POLICY);
    cr_expect_eq(parse_many(one, level, "]}]}", PROFILE_LEVELS_MAX), 0);
    cr_expect_eq(parse_many(one, level, "]}]}", PROFILE_LEVELS_MAX + 1), ERR_BAD_POLICY);
    cr_expect_eq(parse_many(one, level, "]}]}", 0), ERR_BAD_POLICY);
    cr_expect_eq(parse_many(caveats, "\"K#\"", "]}]}", REGISTRY_CODES_MAX), 0);
    cr_expect_eq(parse_many(caveats, "\"K#\"", "]}]}", REGISTRY_CODES_MAX + 1), ERR_BAD_POLICY);
    cr_expect_eq(parse_many(caveats, "\"K#\"", other, REGISTRY_CODES_MAX - 1), 0, "all profiles together");
    cr_expect_eq(parse_many(caveats, "\"K#\"", other, REGISTRY_CODES_MAX), ERR_BAD_POLICY);
}

Test(registry, equivalence_rows_and_text_are_limited)
{
    struct fault fault;
    char *name = arena_alloc(arena, REGISTRY_TEXT_MAX + 2);
    memset(name, 'n', REGISTRY_TEXT_MAX);
    cr_expect_eq(parse(with("Japan", name), &fault), 0);
    name[REGISTRY_TEXT_MAX] = 'n';
    cr_expect_eq(parse(with("Japan", name), &fault), ERR_BAD_POLICY);
    /* Two profiles of 16 levels give 2 × 256 possible rows. */
    BUF_CLEANUP struct buf json = {0};
    buf_z(&json, "{\"relto\":\"policy/1\",\"profiles\":[");
    for (int p = 0; p < 2; p++) {
        buf_printf(&json, "%s{\"policy\":\"P%d\",\"levels\":[", p ? "," : "", p);
        for (int i = 0; i < PROFILE_LEVELS_MAX; i++)
            buf_printf(&json, "%s{\"portion\":\"L%d\",\"banner\":\"B%d\"}", i ? "," : "", i, i);
        buf_z(&json, "]}");
    }
    buf_z(&json, "],\"partners\":[{\"code\":\"PP\",\"name\":\"n\",\"policy\":\"P0\",\"trustDomain\":\"d\"}],"
                 "\"agreements\":[{\"id\":"
                 "\"A\",\"title\":\"t\",\"providers\":[\"PP\"],\"recipients\":[\"PP\"],\"types\":[\"*\"],\"dataModes\":"
                 "[\"REAL\"],"
                 "\"highest\":{\"P0\":\"L0\"},\"status\":\"inForce\",\"backfill\":\"all\",\"equivalence\":[");
    for (int i = 0; i < PROFILE_LEVELS_MAX * PROFILE_LEVELS_MAX; i++)
        buf_printf(&json, "%s{\"policy\":\"P0\",\"level\":\"L%d\",\"as\":{\"policy\":\"P1\",\"level\":\"L%d\"}}",
                   i ? "," : "", i / PROFILE_LEVELS_MAX, i % PROFILE_LEVELS_MAX);
    size_t full = json.n;
    buf_z(&json, "]}]}");
    cr_expect_eq(parse(buf_view(&json), &fault), 0, "%s %s", fault.where, fault.detail);
    json.n = full;
    buf_z(&json, ",{\"policy\":\"P1\",\"level\":\"L0\",\"as\":{\"policy\":\"P0\",\"level\":\"L0\"}}]}]}");
    cr_expect_eq(parse(buf_view(&json), &fault), ERR_BAD_POLICY);
    cr_expect_str_eq(fault.where, "$.agreements[0].equivalence");
}

Test(registry, the_file_is_limited)
{
    struct fault fault;
    struct buf big = {0};
    memset(buf_reserve(&big, POLICY_FILE_MAX + 1), ' ', POLICY_FILE_MAX + 1);
    static const char empty[] = "{\"relto\":\"policy/1\"}";
    memcpy(big.p, empty, sizeof empty - 1);
    cr_expect_eq(parse((struct str){big.p, POLICY_FILE_MAX}, &fault), 0, "%s", fault.detail);
    cr_expect_eq(parse((struct str){big.p, POLICY_FILE_MAX + 1}, &fault), ERR_BAD_POLICY);
    buf_free(&big);
}
