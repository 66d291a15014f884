#include "leaks.h"
#include "tle.h"

#include <criterion/criterion.h>

TestSuite(tle, .fini = no_leaks);

#define LINE_1 "1 25544U 98067A   26143.50000000 -.00012463  00000-0 -52031-2 0  9992"
#define LINE_2 "2 25544  51.6400 199.5121 0001333 133.9522 226.1918 15.49113993 12345"

static int read_text(const char *text, struct arena *arena, struct tle *ret, struct fault *fault)
{
    struct tle_reader reader = tle_reader(str_of(text), arena);
    return tle_next(&reader, ret, fault);
}

Test(tle, values_are_numbers_of_json_and_times)
{
    static const struct {
        enum tle_value value;
        const char *expected;
    } values[] = {
        {TLE_SATELLITE, "25544"},
        {TLE_CLASSIFICATION, "U"},
        {TLE_DESIGNATOR, "98067A"},
        {TLE_EPOCH, "2026-05-23T12:00:00.000000Z"},
        {TLE_MEAN_MOTION_DOT, "-0.00012463"},
        {TLE_MEAN_MOTION_DDOT, "0.00000"},
        {TLE_BSTAR, "-0.0052031"},
        {TLE_EPHEMERIS_TYPE, "0"},
        {TLE_ELEMENT_SET, "999"},
        {TLE_INCLINATION, "51.6400"},
        {TLE_ECCENTRICITY, "0.0001333"},
        {TLE_MEAN_MOTION, "15.49113993"},
        {TLE_REVOLUTION, "1234"},
    };
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct tle t;
    struct fault fault = {0};
    cr_assert_eq(read_text("\n# comment\n" LINE_1 "\r\n\n" LINE_2, arena, &t, &fault), 0, "%s: %s", fault.where,
                 fault.detail);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        cr_assert(str_is(t.values[values[i].value], values[i].expected), "%s: %.*s", values[i].expected,
                  STR_ARG(t.values[values[i].value]));
    cr_assert_eq(t.line, 3);
    cr_assert_null(t.values[TLE_NAME].p);
}

Test(tle, names_and_ends)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct tle_reader reader =
        tle_reader(STR("0 VANGUARD 1\n" LINE_1 "\n" LINE_2 "\nISS (ZARYA)   \n" LINE_1 "\n" LINE_2 "\n\n"), arena);
    struct tle t;
    struct fault fault;
    cr_assert_eq(tle_next(&reader, &t, &fault), 0);
    cr_assert(str_is(t.values[TLE_NAME], "VANGUARD 1"));
    cr_assert_eq(tle_next(&reader, &t, &fault), 0);
    cr_assert(str_is(t.values[TLE_NAME], "ISS (ZARYA)"));
    cr_assert_eq(tle_next(&reader, &t, &fault), TLE_END);
}

Test(tle, a_fault_says_where)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct tle t;
    struct fault fault;
    cr_assert_eq(read_text(LINE_1 "\n" LINE_2 "9", arena, &t, &fault), ERR_INVALID_RECORD);
    cr_assert_str_eq(fault.where, "line 2, column 70");
    cr_assert_eq(fault.offset, (long)sizeof LINE_1 + 69);
    cr_assert_eq(read_text(LINE_1, arena, &t, &fault), ERR_INVALID_RECORD);
    cr_assert_eq(read_text("NAME ONLY", arena, &t, &fault), ERR_INVALID_RECORD);
    cr_assert_eq(read_text("", arena, &t, &fault), TLE_END);
}
