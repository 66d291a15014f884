#include "civil.h"
#include "leaks.h"

#include <criterion/criterion.h>

TestSuite(civil, .fini = no_leaks);

static void expect_utc(const char *scale_name, const char *time, const char *expected)
{
    enum time_scale scale;
    struct civil c;
    char out[INSTANT_TEXT + 1] = {0};
    cr_assert(time_scale_find(str_of(scale_name), &scale), "%s", scale_name);
    cr_assert(civil_read(str_of(time), &c), "%s", time);
    instant_write(time_scale_utc(scale, c.ticks), out);
    cr_assert_str_eq(out, expected, "%s %s", scale_name, time);
}

Test(civil, scales_become_utc)
{
    static const char *const cases[][3] = {
        {"GPS", "1980  1  6  0  0  0.00000000", "1980-01-06T00:00:00.000000Z"},
        {"GPS", "2021  3 14  0  0  0.00000000", "2021-03-13T23:59:42.000000Z"},
        {"GAL", "2016 12 31 23 59 59.9999999", "2016-12-31T23:59:42.999999Z"},
        {"GPS", "2017  1  1  0  0 16.0", "2016-12-31T23:59:59.000000Z"},
        {"QZS", "2017  1  1  0  0 18", "2017-01-01T00:00:00.000000Z"},
        {"BDT", "2021  3 14  0  0  4.5", "2021-03-14T00:00:00.500000Z"},
        {"TAI", "1972 01 01 00 00 10", "1972-01-01T00:00:00.000000Z"},
        {"UTC", "2016 12 31 23 59 60.5", "2017-01-01T00:00:00.500000Z"},
        {"GLO", "2000  2 29 12  0  0.0", "2000-02-29T12:00:00.000000Z"},
        {"UTC", "1969 12 31 23 59 59.99999999", "1969-12-31T23:59:59.999999Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_utc(cases[i][0], cases[i][1], cases[i][2]);
}

Test(civil, what_is_no_time_is_refused)
{
    static const char *const texts[] = {
        "",
        "2021  3 14  0  0",
        "2021  2 29  0  0  0.0",
        "2100  2 29  0  0  0.0",
        "2021 13  1  0  0  0.0",
        "2021  0  1  0  0  0.0",
        "2021  3  0  0  0  0.0",
        "2021  3 14 24  0  0.0",
        "2021  3 14  0 60  0.0",
        "2021  3 14  0  0 60.0",
        "2021  3 14 23 59 61.0",
        "2021  3 14  0  0  0.000000001",
        "2021  3 14  0  0  0.0x",
        "2021  3 14  0  0  x",
        "20215 3 14  0  0  0.0",
        "1899 12 31  0  0  0.0",
        "2200  1  1  0  0  0.0",
        "2021-03-14T00:00:00.0",
    };
    struct civil c;
    enum time_scale scale;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_assert_not(civil_read(str_of(texts[i]), &c), "%s", texts[i]);
    cr_assert_not(civil_read_iso(STR("2021 03 14 00 00 00.0"), &c));
    cr_assert_not(time_scale_find(STR("XYZ"), &scale));
}

Test(civil, both_forms_say_the_same)
{
    BUF_CLEANUP struct buf iso = {0}, columns = {0};
    struct civil c, again;
    cr_assert(civil_read(STR("2021  3 14  4  5  6.70000000"), &c));
    civil_write_iso(&c, &iso);
    cr_assert(str_is(buf_view(&iso), "2021-03-14T04:05:06.70000000"), "%.*s", STR_ARG(buf_view(&iso)));
    cr_assert(civil_read_iso(buf_view(&iso), &again));
    cr_assert_eq(again.ticks, c.ticks);
    civil_write(&again, 11, false, &columns);
    cr_assert(str_is(buf_view(&columns), "2021  3 14  4  5  6.70000000"), "%.*s", STR_ARG(buf_view(&columns)));
    buf_clear(&columns);
    civil_write(&again, 9, true, &columns);
    cr_assert(str_is(buf_view(&columns), "2021 03 14 04 05 6.70000000"), "%.*s", STR_ARG(buf_view(&columns)));
}
