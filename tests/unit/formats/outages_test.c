#include "leaks.h"
#include "outages.h"

#include <criterion/criterion.h>

TestSuite(outages, .fini = no_leaks);

#define UFN INSTANT_MAX
#define N(number_, reference_, type_, start_, stop_)                                                                   \
    {                                                                                                                  \
        .originator = STR("USA"), .constellation = STR("GPS"), .number = STR(number_), .reference = STR(reference_),   \
        .prn = 7, .svn = 48, .effect = advisory_effect_of(STR("GPS"), STR(type_), STR("")), .start = start_,           \
        .stop = stop_                                                                                                  \
    }

static void check(struct notice *notices, size_t n, instant at, const enum outage *expected)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    outages_settle(notices, n, arena);
    for (size_t i = 0; i < n; i++)
        cr_expect_eq(outage_at(&notices[i], at), expected[i], "notice %zu at %lld", i, (long long)at);
}

#define CHECK(notices_, at_, ...)                                                                                      \
    check(notices_, sizeof notices_ / sizeof *notices_, at_, (const enum outage[]){__VA_ARGS__})

Test(outages, begin_and_end)
{
    struct notice v[] = {N("1", "", "FCSTDV", 10, 20), N("2", "", "UNUSUFN", 10, UFN), N("3", "", "GENERAL", 10, 20)};
    CHECK(v, 9, OUTAGE_FORECAST, OUTAGE_FORECAST, OUTAGE_NONE);
    CHECK(v, 10, OUTAGE_NOW, OUTAGE_NOW, OUTAGE_NONE);
    CHECK(v, 19, OUTAGE_NOW, OUTAGE_NOW, OUTAGE_NONE);
    CHECK(v, 20, OUTAGE_NONE, OUTAGE_NOW, OUTAGE_NONE);
}

Test(outages, a_cancellation_takes_back_what_was_forecast_and_rescheduled)
{
    struct notice v[] = {N("3", "1", "FCSTCANC", 10, UFN), N("1", "", "FCSTDV", 10, 20),
                         N("2", "1", "FCSTRESCD", 30, 40)};
    CHECK(v, 5, OUTAGE_NONE, OUTAGE_NONE, OUTAGE_NONE);
}

Test(outages, a_follow_up_stands_in_place_of_what_it_names)
{
    struct notice extended[] = {N("1", "", "FCSTMX", 10, 20), N("2", "1", "FCSTEXTD", 10, UFN)};
    CHECK(extended, 25, OUTAGE_NONE, OUTAGE_NOW);
    struct notice summed[] = {N("1", "", "FCSTMX", 10, 20), N("2", "1", "FCSTEXTD", 10, UFN),
                              N("3", "1", "FCSTSUMM", 11, 22)};
    CHECK(summed, 21, OUTAGE_NONE, OUTAGE_NONE, OUTAGE_NOW);
    CHECK(summed, 22, OUTAGE_NONE, OUTAGE_NONE, OUTAGE_NONE);
}

Test(outages, an_earlier_sibling_takes_nothing_back)
{
    struct notice v[] = {N("9", "1", "FCSTRESCD", 30, 40), N("10", "1", "FCSTRESCD", 50, 60)};
    CHECK(v, 5, OUTAGE_NONE, OUTAGE_FORECAST);
}

Test(outages, usable_ends_by_name_and_by_satellite)
{
    struct notice named[] = {N("1", "", "UNUSUFN", 10, UFN), N("2", "1", "USABINIT", 30, UFN)};
    CHECK(named, 29, OUTAGE_NOW, OUTAGE_NONE);
    CHECK(named, 30, OUTAGE_NONE, OUTAGE_NONE);
    struct notice unnamed[] = {N("1", "", "LAUNCH", 10, UFN), N("2", "", "USABINIT", 30, UFN),
                               N("3", "", "UNUSUFN", 40, UFN), N("4", "", "UNUSUFN", 10, UFN)};
    unnamed[3].svn = 49; /* another satellite that had the same code */
    CHECK(unnamed, 30, OUTAGE_NONE, OUTAGE_NONE, OUTAGE_FORECAST, OUTAGE_NOW);
}

Test(outages, nobody_takes_back_what_another_told)
{
    struct notice v[] = {N("1", "", "UNUSUFN", 10, UFN), N("2", "1", "UNUSABLE", 10, 20),
                         N("3", "", "USABINIT", 15, UFN)};
    v[1].originator = v[2].originator = STR("FRA");
    CHECK(v, 30, OUTAGE_NOW, OUTAGE_NONE, OUTAGE_NONE);
    struct notice systems[] = {N("1", "", "UNUSUFN", 10, UFN), N("2", "1", "UNUSABLE", 10, 20)};
    systems[1].constellation = STR("QZSS");
    CHECK(systems, 30, OUTAGE_NOW, OUTAGE_NONE);
}

Test(outages, several_are_named_at_once)
{
    struct notice v[] = {N("1", "", "FCSTDV", 10, 20), N("2", "", "FCSTDV", 10, 20),
                         N("3", "1, 2", "FCSTCANC", 10, UFN)};
    CHECK(v, 15, OUTAGE_NONE, OUTAGE_NONE, OUTAGE_NONE);
}

Test(outages, what_names_itself_or_has_no_number_stands)
{
    struct notice v[] = {N("1", "1", "UNUSUFN", 10, UFN), N("2", "", "UNUSUFN", 10, UFN),
                         N("", "2", "UNUSABLE", 10, 20), N("3", "2", "UNUSABLE", 10, 20)};
    CHECK(v, 15, OUTAGE_NOW, OUTAGE_NONE, OUTAGE_NOW, OUTAGE_NOW);
}

Test(outages, effects_of_records)
{
    cr_expect_eq(advisory_effect_of(STR("GLONASS"), STR("OUTAGE"), STR("ACTIVE")), ADVISORY_OUTAGE);
    cr_expect_eq(advisory_effect_of(STR("GPS"), STR("FCSTCANC"), STR("ACTIVE")), ADVISORY_CANCELS);
    cr_expect_eq(advisory_effect_of(STR(""), STR("EXTNS"), STR("")), ADVISORY_OUTAGE);
    cr_expect_eq(advisory_effect_of(STR("GALILEO"), STR("FCSTDV"), STR("")), ADVISORY_TELLS);
}
