#include "leaks.h"
#include "number.h"

#include <criterion/criterion.h>

TestSuite(number, .fini = no_leaks);

Test(number, the_point_moves_and_digits_stay)
{
    static const struct {
        const char *text;
        int shift;
        const char *expected;
    } cases[] = {
        {"1.5", 0, "1.5"},
        {"-.00012463", 0, "-0.00012463"},
        {"+7", 0, "7"},
        {"007.10", 0, "7.10"},
        {"89879", -7, "0.0089879"},
        {"-5", -1, "-0.5"},
        {"1.5", 1, "15"},
        {"1.5", 3, "1500"},
        {"15", -3, "0.015"},
        {"0.00", 2, "0"},
        {"-0.0", 0, "0.0"},
        {"1e3", 0, "1000"},
        {"1.25E-2", 1, "0.125"},
        {"5.", 0, "5"},
        {"000", 0, "0"},
        {"0.001", 3, "1"},
        {"0.0012345", 3, "1.2345"},
        {"100", -2, "1.00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct str out = {0};
        cr_assert(number_shift(str_of(cases[i].text), cases[i].shift, arena, &out), "%s", cases[i].text);
        cr_assert(str_is(out, cases[i].expected), "%s by %d: %.*s", cases[i].text, cases[i].shift, STR_ARG(out));
    }
}

Test(number, what_is_none_is_refused)
{
    static const char *const texts[] = {"",   "-",   ".",     "1e",    "1e+",     "1 ", "1x",
                                        "e5", "--1", "1.2.3", "1e101", "1e-9999", "nan"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct str out;
        cr_assert_not(number_shift(str_of(texts[i]), 0, arena, &out), "%s", texts[i]);
    }
}

Test(number, the_furthest_shift_is_taken)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct str out;
    cr_assert(number_shift(STR("1"), NUMBER_SHIFT_MAX, arena, &out));
    cr_assert_eq(out.n, NUMBER_SHIFT_MAX + 1);
    cr_assert_not(number_shift(STR("1"), NUMBER_SHIFT_MAX + 1, arena, &out));
}

Test(number, the_same_text_becomes_json)
{
    static const char *const cases[][2] = {
        {"-.123456789012E+00", "-0.123456789012E+00"},
        {"0.5221366882E-002", "0.5221366882E-002"},
        {"+1.5D-03", "1.5E-03"},
        {"007", "7"},
        {"000", "0"},
        {"5.", "5"},
        {"-0.0", "-0.0"},
        {"00.10e5", "0.10E5"},
    };
    static const char *const refused[] = {"", "-", ".", "E5", "1E", "1E+", "1E5x", "1x", "1e1234", " 1"};
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct str out = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert(number_json(str_of(cases[i][0]), arena, &out), "%s", cases[i][0]);
        cr_assert(str_is(out, cases[i][1]), "%s: %.*s", cases[i][0], STR_ARG(out));
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        cr_assert_not(number_json(str_of(refused[i]), arena, &out), "%s", refused[i]);
}
