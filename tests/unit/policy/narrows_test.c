/* Which changes of the registers can only close. Every case is asked both ways: what narrows one way does not the
 * other.
 */
#include "fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>

SUITE(narrows, REDUCTIONS);

static struct registry *changed(const char *old, const char *new)
{
    return registry_of(with(old, new), ACCEPTED);
}

struct change {
    const char *old, *new;
};

static void expect(const struct change *changes, size_t n, bool there, bool back)
{
    for (size_t i = 0; i < n; i++) {
        struct registry *next = changed(changes[i].old, changes[i].new);
        cr_expect_eq(registry_narrows(reg, next), there, "%s -> %s", changes[i].old, changes[i].new);
        cr_expect_eq(registry_narrows(next, reg), back, "%s <- %s", changes[i].old, changes[i].new);
        registry_unref(next);
    }
}

#define EXPECT(changes, there, back) expect(changes, sizeof(changes) / sizeof *(changes), there, back)

Test(narrows, what_closes_narrows_and_its_reverse_does_not)
{
    static const struct change changes[] = {
        /* agreements */
        {"\"until\": \"2026-09-01\", \"status\"", "\"until\": \"2026-08-01\", \"status\""},
        {"\"until\": \"2026-09-01\", \"status\"", "\"from\": \"2026-01-01\", \"until\": \"2026-09-01\", \"status\""},
        {"\"views\": {\"elset\": \"SIDE\"}", "\"views\": {\"elset\": \"SIDE-MIN\"}"},
        {"\"views\": {\"*\": \"MINIMAL\"}", "\"views\": {\"*\": \"SIDE-MIN\"}"},
        {"\"views\": {\"elset\": \"COARSE\"}", "\"views\": {\"elset\": \"COARSE\", \"conjunction\": \"WARN\"}"},
        {"\"views\": {\"*\": \"MINIMAL\", \"conjunction\": \"COARSE\"}", "\"views\": {\"*\": \"MINIMAL\"}"},
        {"\"types\": [\"elset\", \"conjunction\"]", "\"types\": [\"elset\"]"},
        {"\"types\": [\"*\"]", "\"types\": [\"elset\", \"conjunction\"]"},
        {"\"default\": {\"USA\": \"C\"}", "\"default\": {\"USA\": \"U\"}"},
        {"\"highest\": {\"USA\": \"S\"}", "\"highest\": {\"USA\": \"C\"}"},
        {"\"recipients\": [\"AUS\", \"JPN\"]", "\"recipients\": [\"JPN\"]"},
        {"\"providers\": [\"USA\"], \"recipients\": [\"JPN\"]",
         "\"providers\": [\"USA\"], \"recipients\": [\"JPN\"], \"thirdParty\": \"forbidden\""},
        {"{\"policy\": \"USA\", \"level\": \"C\", \"as\": {\"policy\": \"JPN\", \"level\": \"C\"}},", ""},
        {"\"USA\", \"backfill\": \"all\"}", "\"USA\", \"backfill\": \"2026-01-01\"}"},
        {"\"views\": {\"elset\": \"COARSE\"}, \"status\": \"inForce\", \"backfill\": \"all\"",
         "\"views\": {\"elset\": \"COARSE\"}, \"status\": \"inForce\", \"backfill\": \"none\""},
        /* memberships, partners, principals */
        {", {\"partner\": \"JPN\", \"backfill\": \"all\"}", ""},
        {"{\"partner\": \"JPN\", \"backfill\": \"all\"}",
         "{\"partner\": \"JPN\", \"until\": \"2026-07-01\", \"backfill\": \"all\"}"},
        {"{\"partner\": \"JPN\", \"backfill\": \"all\"}",
         "{\"partner\": \"JPN\", \"from\": \"2026-03-01\", \"backfill\": \"all\"}"},
        {"\"authorises\": [\"GBR\"]", "\"authorises\": []"},
        {"\"maxReviewDays\": 90", "\"maxReviewDays\": 89"},
        {"\"trustDomain\": \"jpn.example\"", "\"trustDomain\": \"jpn.example\", \"approvals\": 2"},
        {"\"catalogue\": true,", ""},
        {"\"until\": \"2026-07-01\"},\n", "\"until\": \"2026-06-01\"},\n"},
        {"\"above\": 0.0001", "\"above\": 0.001"},
        {"\"below\": 1000", "\"below\": 100"},
        {"\"catalogues\": [\"USA\", \"JPN\"], ", "\"catalogues\": [\"USA\"], "},
        {",\n     \"dutyToWarn\": [{\"type\": \"conjunction\", \"field\": \"collisionProb\", \"above\": 0.001, "
         "\"view\": "
         "\"MINIMAL\", \"catalogues\": [\"USA\", \"JPN\"], \"classificationMarking\": \"C\"}]",
         ""},
        {"\"clearances\": {\"USA\": \"S\"}, \"caveats\": [\"SI\"]", "\"clearances\": {\"USA\": \"S\"}"},
        {"\"clearances\": {\"USA\": \"S\"}, \"caveats\"", "\"clearances\": {\"USA\": \"C\"}, \"caveats\""},
        {"\"caveats\": [\"SI\"], \"dataModes\"", "\"caveats\": [\"SI\"], \"active\": false, \"dataModes\""},
        {", \"display\": true", ""},
        /* operators, grants */
        {"{\"object\": \"25544\", \"partner\": \"FIN\", \"acceptedBy\": \"USA\"}, ", ""},
        {"\"onward\": true", "\"onward\": false"},
        {"\"view\": \"COARSE\", \"from\": \"2026-05-01\"", "\"view\": \"MINIMAL\", \"from\": \"2026-05-01\""},
        {"\"recipient\": \"AUS\", \"until\": \"2026-07-01\", \"scope\": {\"type\": \"elset\"}}",
         "\"recipient\": \"AUS\", \"view\": \"SIDE\", \"until\": \"2026-07-01\", \"scope\": {\"type\": \"elset\"}}"},
        {"\"from\": \"2026-05-01\", \"until\": \"2026-08-01\"", "\"from\": \"2026-05-02\", \"until\": \"2026-08-01\""},
        {"\"from\": \"2026-05-01\", \"until\": \"2026-08-01\"", "\"from\": \"2026-05-01\", \"until\": \"2026-07-31\""},
        {",\n    {\"id\": \"to-fin\", \"owner\": \"USA\", \"recipient\": \"FIN\", \"until\": \"2026-07-01\", "
         "\"scope\": "
         "{\"type\": \"elset\"}}",
         ""},
    };
    EXPECT(changes, true, false);
}

Test(narrows, what_opens_does_not_narrow_and_its_reverse_does)
{
    static const struct change changes[] = {
        {"\"dataModes\": [\"REAL\"], \"display\": true}", "\"dataModes\": [\"REAL\", \"TEST\"], \"display\": true}"},
        {"\"dataModes\": [\"REAL\"], \"highest\"", "\"dataModes\": [\"REAL\", \"TEST\"], \"highest\""},
        {"\"authorises\": [\"GBR\"]", "\"authorises\": [\"GBR\", \"JPN\"]"},
    };
    EXPECT(changes, false, true);
}

Test(narrows, what_is_not_known_to_narrow_widens)
{
    static const struct change changes[] = {
        {"\"views\": {\"elset\": \"SIDE\"}", "\"views\": {\"elset\": \"MINIMAL\"}"},
        {"\"precedence\": 10", "\"precedence\": 11"},
        {"\"title\": \"Coarse\"", "\"title\": \"Coarser\""},
        {"\"article\": \"7\"", "\"article\": \"8\""},
        {"\"purpose\": \"Conjunction assessment\"", "\"purpose\": \"Any\""},
        {"\"title\": \"Rounded\"", "\"title\": \"Rounder\""},
        {"\"digits\": 4", "\"digits\": 3"},
        {"\"title\": \"Protection of sources\"", "\"title\": \"Sources\""},
        {"\"banner\": \"SECRET\"", "\"banner\": \"SEKRET\""},
        {"\"acceptedBy\": \"GBR\"", "\"acceptedBy\": \"USA\""},
        {"\"view\": \"MINIMAL\", \"catalogues\"", "\"view\": \"COARSE\", \"catalogues\""},
        {"\"classificationMarking\": \"C\"", "\"classificationMarking\": \"U\""},
        {"\"type\": \"conjunction\", \"field\": \"collisionProb\", \"above\": 0.001",
         "\"type\": \"elset\", \"field\": \"collisionProb\", \"above\": 0.001"},
        {"\"south\": -10.5", "\"south\": -9.5"},
        {"\"object\": \"25544\", \"sensor\"", "\"object\": \"25545\", \"sensor\""},
        {"\"owner\": \"GBR\", \"recipient\": \"JPN\"", "\"owner\": \"USA\", \"recipient\": \"JPN\""},
        {"0123456789ab", "0123456789ac"},
        {"\"policy\": \"USA\", \"trustDomain\": \"fin.example\"",
         "\"policy\": \"JPN\", \"trustDomain\": \"fin.example\""},
    };
    EXPECT(changes, false, false);
}

Test(narrows, what_opens_nothing_narrows_both_ways)
{
    static const struct change changes[] = {
        {"\"name\": \"Japan\"", "\"name\": \"Nihon\""},         {"\"name\": \"Pact\"", "\"name\": \"The Pact\""},
        {"\"requestHours\": 24", "\"requestHours\": 48"},       {"\"version\": 3", "\"version\": 4"},
        {"\"types\": [\"elset\"]", "\"types\": [ \"elset\" ]"},
    };
    EXPECT(changes, true, true);
}

Test(narrows, one_widening_among_narrowings_widens)
{
    struct registry *next =
        changed("\"maxReviewDays\": 90, \"approvals\": 2", "\"maxReviewDays\": 30, \"approvals\": 1");
    cr_expect(!registry_narrows(reg, next));
    cr_expect(!registry_narrows(next, reg));
    registry_unref(next);
}

/* With the same types, as `"*"` names a view that is defined for one of them only. */
Test(narrows, a_type_that_was_not_shown_widens)
{
    static const char views[] = "\"views\": {\"*\": \"MINIMAL\", \"conjunction\": \"COARSE\"}";
    struct registry *one = changed(views, "\"views\": {\"*\": \"SIDE-MIN\"}");
    struct registry *two = changed(views, "\"views\": {\"*\": \"SIDE-MIN\", \"conjunction\": \"COARSE\"}");
    cr_expect(!registry_narrows(one, two));
    cr_expect(registry_narrows(two, one));
    registry_unref(one);
    registry_unref(two);
}

/* To put suspended terms in force again is what widens. That others are not in force yet does not make them narrower:
 * they would be there when they are. */
Test(narrows, what_is_suspended_is_not_rewritten)
{
    static const char terms[] = "\"highest\": {\"USA\": \"S\"}, \"default\": {\"USA\": \"U\"}, \"views\": {\"elset\": "
                                "\"SIDE\"},\n     \"until\": \"2026-09-01\", \"status\": \"inForce\"";
    static const char same[] = "\"highest\": {\"USA\": \"S\"}, \"default\": {\"USA\": \"U\"}, \"views\": {\"elset\": "
                               "\"SIDE\"},\n     \"until\": \"2026-09-01\", \"status\": \"suspended\"";
    static const char less[] = "\"highest\": {\"USA\": \"U\"}, \"default\": {\"USA\": \"U\"}, \"views\": {\"elset\": "
                               "\"SIDE\"},\n     \"until\": \"2026-09-01\", \"status\": \"suspended\"";
    static const char more[] = "\"highest\": {\"USA\": \"S\"}, \"default\": {\"USA\": \"S\"}, \"views\": {\"elset\": "
                               "\"SIDE\"},\n     \"until\": \"2026-09-01\", \"status\": \"suspended\"";
    struct registry *suspended = changed(terms, same), *narrower = changed(terms, less), *wider = changed(terms, more);
    cr_expect(registry_narrows(reg, suspended) && !registry_narrows(suspended, reg));
    cr_expect(registry_narrows(reg, narrower) && registry_narrows(suspended, narrower));
    cr_expect(!registry_narrows(reg, wider) && !registry_narrows(suspended, wider));
    cr_expect(registry_narrows(wider, suspended));
    registry_unref(suspended);
    registry_unref(narrower);
    registry_unref(wider);
}
