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

static void write_text(const char *text, const char *expected)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    struct tle t;
    struct fault fault = {0};
    cr_assert_eq(read_text(text, arena, &t, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert_eq(tle_write(&t, arena, &b, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert(str_is(buf_view(&b), expected), "%.*s", STR_ARG(buf_view(&b)));
}

Test(tle, a_set_is_written_as_it_was)
{
    write_text(LINE_1 "\n" LINE_2 "\n", LINE_1 "\n" LINE_2 "\n");
    write_text("VANGUARD 1\n" LINE_1 "\n" LINE_2, "0 VANGUARD 1\n" LINE_1 "\n" LINE_2 "\n");
}

Test(tle, what_has_no_place_in_a_set_is_not_written)
{
    static const struct {
        enum tle_value value;
        const char *fits, *written, *too_much, *detail;
    } cases[] = {
        {TLE_SATELLITE, "339999", "1 Z9999U", "340000", "339999"},
        {TLE_SATELLITE, "180000", "1 J0000U", "799500001", "339999"},
        {TLE_SATELLITE, "99999", "1 99999U", "", "339999"},
        {TLE_EPOCH, "2056-12-31T23:59:59.999136Z", " 56366.99999999 ", "2057-01-01T00:00:00.000000Z", "epoch"},
        {TLE_EPOCH, "1957-10-04T00:00:00.000864Z", " 57277.00000001 ", "1957-10-04T00:00:00.000865Z", "epoch"},
        {TLE_MEAN_MOTION_DOT, "0.99999999", "  .99999999 ", "1.0", "first derivative"},
        {TLE_MEAN_MOTION_DOT, "-0.00000001", " -.00000001 ", "0.000000001", "first derivative"},
        {TLE_BSTAR, "0.000012345", " 12345-4 ", "0.0000123456", "B*"},
        {TLE_BSTAR, "-1.2345", "-12345+1 ", "1e15", "B*"},
        {TLE_ELEMENT_SET, "9999", " 0 9999", "10000", "element set"},
        {TLE_INCLINATION, "180", " 180.0000 ", "51.64001", "inclination"},
        {TLE_RAAN, "0.5", "   0.5000 ", "-1", "ascending node"},
        {TLE_ECCENTRICITY, "0.9999999", " 9999999 ", "1", "eccentricity"},
        {TLE_MEAN_MOTION, "1.00273791", "  1.00273791", "1.002737909", "mean motion"},
        {TLE_REVOLUTION, "99999", "99999", "100000", "revolution"},
        {TLE_NAME, "ABCDEFGHIJKLMNOPQRSTUVWX", "0 ABCDEFGHIJKLMNOPQRSTUVWX\n", "ABCDEFGHIJKLMNOPQRSTUVWXY", "name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        BUF_CLEANUP struct buf b = {0};
        struct tle t, again;
        struct fault fault = {0};
        cr_assert_eq(read_text(LINE_1 "\n" LINE_2, arena, &t, &fault), 0);
        t.values[cases[i].value] = str_of(cases[i].fits);
        cr_assert_eq(tle_write(&t, arena, &b, &fault), 0, "%s: %s", cases[i].fits, fault.detail);
        const char *text = arena_strz(arena, buf_view(&b));
        cr_assert(strstr(text, cases[i].written), "%s: %s", cases[i].written, text);
        cr_assert_eq(read_text(text, arena, &again, &fault), 0, "%s: %s: %s", text, fault.where, fault.detail);
        size_t before = b.n;
        t.values[cases[i].value] = str_of(cases[i].too_much);
        cr_assert_eq(tle_write(&t, arena, &b, &fault), ERR_INVALID_RECORD, "%s", cases[i].too_much);
        cr_assert(strstr(fault.detail, cases[i].detail), "%s: %s", cases[i].detail, fault.detail);
        cr_assert_eq(b.n, before);
    }
}
