#include "fortran.h"
#include "leaks.h"

#include <criterion/criterion.h>

TestSuite(fortran, .fini = no_leaks);

Test(fortran, fields_are_numbers_of_json)
{
    static const struct {
        const char *field, *number;
    } cases[] = {
        {" 2.727881073952e-04", "2.727881073952e-04"},
        {"-.138392508961D-02", "-0.138392508961e-02"},
        {" .930000000000D+02", "0.930000000000e+02"},
        {" . 00000D+00", "0.00000e+00"},
        {"- .5d1", "-0.5e+01"},
        {"  18 ", "18"},
        {"+007.50E+2", "7.50e+02"},
        {"1.", "1"},
        {"-0.000E+00", "-0.000e+00"},
        {"1e-308", "1e-308"},
        {" 0.499063314480-269", "0.499063314480e-269"},
        {"1.5+100", "1.5e+100"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct str out = {0};
        cr_assert(fortran_read(str_of(cases[i].field), arena, &out), "%s", cases[i].field);
        cr_assert(str_is(out, cases[i].number), "%s: %.*s", cases[i].field, STR_ARG(out));
    }
}

Test(fortran, what_is_none_is_refused)
{
    static const char *const fields[] = {"",        "   ",      "-",       ".",    "1 2",    "1.2 3",
                                         "1D",      "1D+",      "1D+0001", "1.0X", "1.0D 2", "1.0-26",
                                         "1.0 269", "1.0-2690", "nan",     "1,5",  "--1",    "1.2.3"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct str out;
        cr_assert_not(fortran_read(str_of(fields[i]), arena, &out), "%s", fields[i]);
        cr_assert_not(fortran_is_number(str_of(fields[i])), "%s", fields[i]);
    }
}

Test(fortran, integers)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct str out;
    cr_assert(fortran_whole(STR("7.000000000000e+01"), arena, &out) && str_is(out, "70"));
    cr_assert(fortran_whole(STR("-6.0e+00"), arena, &out) && str_is(out, "-6"));
    cr_assert(fortran_whole(STR("-0.0"), arena, &out) && str_is(out, "0"));
    cr_assert(fortran_whole(STR("1e17"), arena, &out) && out.n == 18);
    cr_assert_not(fortran_whole(STR("1e18"), arena, &out));
    cr_assert_not(fortran_whole(STR("0.5"), arena, &out));
    cr_assert_not(fortran_whole(STR("7.01e+01"), arena, &out));
}

Test(fortran, digits_are_written_or_the_number_is_refused)
{
    static const struct {
        const char *number, *field;
    } cases[] = {
        {"2.727881073952e-04", " 2.727881073952E-04"},
        {"-0.138392508961e-02", "-1.383925089610E-03"},
        {"70", " 7.000000000000E+01"},
        {"0", " 0.000000000000E+00"},
        {"-0.0", "-0.000000000000E+00"},
        {"0.00012300", " 1.230000000000E-04"},
        {"1e99", " 1.000000000000E+99"},
        {"1234567890123", " 1.234567890123E+12"},
        {"12345678901234", NULL},
        {"1.00000000000001", NULL},
        {"1e100", " 1.000000000000+100"},
        {"-0.499063314480e-269", "-4.990633144800-270"},
        {"1e999", " 1.000000000000+999"},
        {"10e999", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BUF_CLEANUP struct buf b = {0};
        bool written = fortran_write(str_of(cases[i].number), 12, 'E', &b);
        cr_assert_eq(written, cases[i].field != NULL, "%s", cases[i].number);
        cr_assert(str_eq(buf_view(&b), str_of(cases[i].field)), "%s: %.*s", cases[i].number, STR_ARG(buf_view(&b)));
    }
}
