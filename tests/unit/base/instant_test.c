#include "instant.h"
#include "leaks.h"

#include <criterion/criterion.h>
#include <time.h>

TestSuite(instant, .fini = no_leaks);

static instant parsed(const char *text)
{
    instant t = 0;
    cr_assert(instant_parse(str_of(text), &t), "%s was refused", text);
    return t;
}

static void round_trip(const char *text)
{
    char out[INSTANT_TEXT + 1];
    cr_assert_str_eq(instant_text(parsed(text), out), text);
}

Test(instant, written_as_read)
{
    round_trip("1970-01-01T00:00:00.000000Z");
    round_trip("1900-01-01T00:00:00.000000Z");
    round_trip("1969-12-31T23:59:59.999999Z");
    round_trip("2000-02-29T12:34:56.789012Z");
    round_trip("2024-02-29T23:59:59.000001Z");
    round_trip("9999-12-31T23:59:59.999999Z");
}

/* The C library's calendar, day by day over two 400-year cycles. */
Test(instant, calendar_agrees_with_the_c_library)
{
    for (int64_t day = INSTANT_1900 / INSTANT_DAY; day < 250000; day += 1) {
        char ours[INSTANT_TEXT + 1], theirs[32];
        time_t t = day * 86400;
        struct tm tm;
        strftime(theirs, sizeof theirs, "%Y-%m-%dT%H:%M:%S.000000Z", gmtime_r(&t, &tm));
        instant_text(day * INSTANT_DAY, ours);
        if (strcmp(ours, theirs) != 0 || parsed(theirs) != day * INSTANT_DAY)
            cr_assert_fail("%s is not %s", ours, theirs);
    }
}

Test(instant, forms_of_the_same_instant)
{
    instant t = parsed("2026-03-01T12:00:00.000000Z");
    static const char *const same[] = {
        "2026-03-01T12:00:00Z",      "2026-03-01T12:00Z",         "2026-03-01T12:00:00",
        "2026-03-01T12:00",          "2026-03-01T12:00:00.0Z",    "2026-03-01T14:00:00+02:00",
        "2026-03-01T06:30:00-05:30", "2026-03-02T11:59:00+23:59", "2026-03-01T12:00:00.000000000000Z"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        cr_assert_eq(parsed(same[i]), t, "%s", same[i]);
    cr_assert_eq(parsed("2026-03-01"), t - 12 * INSTANT_HOUR);
    cr_assert_eq(parsed("2026-03-01T12:00:00.5Z"), t + 500000);
    cr_assert_eq(parsed("2026-03-01T12:00:00.123456000Z"), t + 123456);
    cr_assert_eq(parsed("2016-12-31T23:59:60Z"), parsed("2017-01-01"));
}

Test(instant, what_is_no_time_leaves_the_result_alone)
{
    static const char *const wrong[] = {"",
                                        "2026",
                                        "2026-03",
                                        "2026-3-1",
                                        "2026-02-29",
                                        "2026-13-01",
                                        "2026-00-01",
                                        "2026-03-00",
                                        "2026-03-32",
                                        "1900-02-29",
                                        "1899-12-31",
                                        "1899-12-31T23:59:59Z",
                                        "10000-01-01",
                                        "1900-01-01T00:00:00+00:01",
                                        "9999-12-31T23:59:59-00:01",
                                        "2026-03-01T24:00:00Z",
                                        "2026-03-01T12:60:00Z",
                                        "2026-03-01T12:00:60Z",
                                        "2026-03-01T22:59:60Z",
                                        "2026-03-01T12:00:00.Z",
                                        "2026-03-01T12:00:00.1234567Z",
                                        "2026-03-01T12:00:00.12345678Z",
                                        "2026-03-01T12Z",
                                        "2026-03-01 12:00:00Z",
                                        "2026-03-01T12:00:00z",
                                        "2026-03-01T12:00:00ZZ",
                                        "2026-03-01T12:00:00+24:00",
                                        "2026-03-01T12:00:00+02",
                                        "2026-03-01T12:00:00+0200",
                                        " 2026-03-01",
                                        "2026-03-01 ",
                                        "2026-03-01T",
                                        "-026-03-01",
                                        "2026-03-01T12:00:00+00:60",
                                        "2026-W09-7",
                                        "now"};
    instant t = 42;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert_not(instant_parse(str_of(wrong[i]), &t), "%s was taken", wrong[i]);
    cr_assert_not(instant_parse((struct str){"2026-03-01\0", 11}, &t));
    cr_assert_eq(t, 42);
}

Test(instant, ends_have_names)
{
    char out[INSTANT_TEXT + 1];
    cr_assert_str_eq(instant_text(INSTANT_MIN, out), "-infinity");
    cr_assert_str_eq(instant_text(INSTANT_MAX, out), "infinity");
    BUF_CLEANUP struct buf b = {0};
    buf_instant(&b, 0);
    cr_assert(str_is(buf_view(&b), "1970-01-01T00:00:00.000000Z"));
    buf_clear(&b);
    buf_member_instant(&b, "at", 1);
    cr_assert(str_is(buf_view(&b), ",\"at\":\"1970-01-01T00:00:00.000001Z\""));
}

Test(instant, sums_stay_in_range)
{
    cr_assert_eq(instant_add(5, -7), -2);
    cr_assert_eq(instant_add(INSTANT_MAX - 1, 2), INSTANT_MAX);
    cr_assert_eq(instant_add(INSTANT_MIN + 1, -2), INSTANT_MIN);
    cr_assert_eq(instant_add(INSTANT_MAX, 1), INSTANT_MAX);
}

Test(instant, floor_is_the_start_of_its_interval)
{
    cr_assert_eq(instant_floor(INSTANT_1900, INSTANT_DAY), INSTANT_1900);
    cr_assert_eq(instant_floor(INSTANT_1900 - 1, INSTANT_DAY), INSTANT_1900 - INSTANT_DAY);
    cr_assert_eq(instant_floor(parsed("2026-03-01T23:59:59.999999Z"), INSTANT_DAY), parsed("2026-03-01"));
    cr_assert_eq(instant_floor(parsed("2026-03-01"), INSTANT_DAY), parsed("2026-03-01"));
    cr_assert_eq(instant_floor(-1, INSTANT_SECOND), -INSTANT_SECOND);
}
