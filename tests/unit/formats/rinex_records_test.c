#include "leaks.h"
#include "record.h"
#include "rinex_records.h"

#include <criterion/criterion.h>

TestSuite(rinex_records, .fini = no_leaks);

#define HEADER                                                                                                         \
    "     4.02           NAVIGATION DATA     M                   RINEX VERSION / TYPE\n"                               \
    "relto               tests               20260523 120000 UTC PGM / RUN BY / DATE\n"                                \
    "                                                            END OF HEADER\n"
#define LNAV(satellite, type, time, toe, week)                                                                         \
    HEADER "> EPH " satellite " " type "\n" satellite " " time " 2.727881073952e-04-6.252776074689e-12 0.0e+00\n"      \
           "     7.000000000000e+01 7.334375000000e+01 3.794800925833e-09 2.948187988778e+00\n"                        \
           "     3.667548298836e-06 1.200602215249e-02 4.000961780548e-06 5.153660102844e+03\n"                        \
           "    " toe "-3.911554813385e-08 2.410755371695e-01-1.192092895508e-07\n"                                    \
           "     9.889225508565e-01 3.138750000000e+02 9.444071913331e-01-7.813182593274e-09\n"                        \
           "     2.167947446570e-10                   " week "\n"                                                      \
           "     2.000000000000e+00 1.000000000000e+00 5.122274160385e-09 7.000000000000e+01\n"                        \
           "     2.520180000000e+05\n"

#define SENDER                                                                                                         \
    {                                                                                                                  \
        STR("U"), STR("TEST"), STR("unit"), STR(""), STR("")                                                           \
    }

/* As it would be stored. */
static const char *record_of(const char *text, struct arena *arena)
{
    BUF_CLEANUP struct buf b = {0};
    struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
    struct header header = SENDER;
    struct rinex_nav_reader r;
    struct rinex_nav m;
    struct record record;
    struct fault fault = {0};
    cr_assert_eq(rinex_nav_open(str_of(text), arena, &r, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert_eq(rinex_nav_next(&r, &m, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert_eq(rinex_record(&m, &header, STR(""), arena, &b, &fault), 0, "%s: %s", fault.where, fault.detail);
    instant now;
    cr_assert(instant_parse(STR("2026-05-23"), &now));
    struct record_scan *s =
        record_scan_new(record_type_find(str_of(rinex_record_type(&m))), buf_view(&b), false, &limits, now, arena);
    cr_assert_eq(record_scan_next(s, &record, &fault), 0, "%s: %s: %.*s", fault.where, fault.detail,
                 STR_ARG(buf_view(&b)));
    return arena_strz(arena, buf_view(&b));
}

static void expect_all(const char *record, const char *const *members)
{
    for (; *members; members++)
        cr_expect(strstr(record, *members), "%s: %s", *members, record);
}

Test(rinex_records, an_ephemeris_has_its_values_and_its_time_in_utc)
{
    static const char *const members[] = {
        "\"epoch\":\"2022-10-05T23:59:42.000000Z\"",
        "\"epochText\":\"2022-10-06T00:00:00\"",
        "\"timeSystem\":\"GPS\"",
        "\"constellation\":\"GPS\"",
        "\"satellite\":\"G01\"",
        "\"messageType\":\"LNAV\"",
        "\"messageClass\":\"EPH\"",
        "\"clockBias\":2.727881073952e-04",
        "\"iode\":70,",
        "\"sqrtA\":5.153660102844e+03",
        "\"eccentricity\":1.200602215249e-02",
        "\"idot\":2.167947446570e-10",
        "\"week\":2230,",
        "\"accuracy\":2.000000000000e+00",
        "\"health\":1,",
        "\"tgd\":5.122274160385e-09",
        "\"iodc\":70,",
        "\"transmissionTime\":2.520180000000e+05",
        NULL,
    };
    ARENA_CLEANUP struct arena *arena = arena_new();
    const char *record =
        record_of(LNAV("G01", "LNAV", "2022 10 06 00 00 00", " 3.456000000000e+05", " 2.230000000000e+03"), arena);
    expect_all(record, members);
    cr_assert_null(strstr(record, "codesOnL2"));
    cr_assert_null(strstr(record, "warnings"));
}

Test(rinex_records, a_week_that_is_not_that_of_the_clock_is_warned_of)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {LNAV("G01", "LNAV", "2022 10 06 00 00 00", " 3.456000000000e+05", " 2.229000000000e+03"),
         "\"warnings\":[\"week and toe are -604800 s from the time of the clock\"]"},
        {LNAV("G01", "LNAV", "2022 10 06 00 00 00", " 4.320000000000e+05", " 2.230000000000e+03"), NULL},
        {LNAV("G01", "LNAV", "2022 10 06 00 00 00", " 4.320010000000e+05", " 2.230000000000e+03"), "86401 s"},
        {LNAV("C06", "D1", "2022 10 06 00 00 00", " 3.456000000000e+05", " 8.740000000000e+02"), NULL},
        {LNAV("C06", "D1", "2022 10 06 00 00 00", " 3.456000000000e+05", " 2.230000000000e+03"), "warnings"},
        {LNAV("E12", "INAV", "2022 10 06 00 00 00", " 3.456000000000e+05", " 1.206000000000e+03"), "warnings"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        const char *record = record_of(cases[i].text, arena);
        const char *found = strstr(record, cases[i].expected ? cases[i].expected : "warnings");
        cr_assert_eq(found != NULL, cases[i].expected != NULL, "%zu: %s", i, record);
    }
}

Test(rinex_records, offsets_are_records_of_their_own)
{
    static const char *const members[] = {
        "\"offset\":\"BDUT\"",
        "\"utc\":\"UTC(NTSC)\"",
        "\"satellite\":\"C19\"",
        "\"timeSystem\":\"BDT\"",
        "\"a0\":-9.895302355289e-10",
        "\"epoch\":\"2022-10-04T23:11:24.000000Z\"",
        NULL,
    };
    ARENA_CLEANUP struct arena *arena = arena_new();
    const char *record =
        record_of(HEADER "> STO C19 CNVX\n"
                         "    2022 10 04 23 11 28 BDUT                                  UTC(NTSC)\n"
                         "     2.592000000000e+05-9.895302355289e-10 0.000000000000e+00 0.000000000000e+00\n",
                  arena);
    expect_all(record, members);
    cr_assert_null(strstr(record, "messageClass"));
}

Test(rinex_records, coefficients_of_the_ionosphere_are_in_their_order)
{
    static const char *const members[] = {
        "\"messageClass\":\"ION\"",
        "\"ionModel\":\"NEQUICK-G\"",
        "\"ionCoefficients\":[1.207500000000e+02,-1.953125000000e-01,-7.629394531250e-04,0.0e+00]",
        NULL,
    };
    ARENA_CLEANUP struct arena *arena = arena_new();
    expect_all(record_of(HEADER "> ION E02 IFNV\n"
                                "    2022 10 05 06 21 04 1.207500000000e+02-1.953125000000e-01-7.629394531250e-04\n"
                                "     0.0e+00\n",
                         arena),
               members);
}

/* Every value of every layout has a field of its kind. */
Test(rinex_records, every_value_has_a_field)
{
    for (size_t i = 0; rinex_layout_at(i); i++) {
        const struct rinex_layout *layout = rinex_layout_at(i);
        const struct record_type *type =
            record_type_find(layout->class == RINEX_STO ? STR("timeoffset") : STR("navephemeris"));
        for (size_t slot = 0; slot < layout->n; slot++) {
            const char *name = layout->slots[slot] == RINEX_BLANK ? NULL : rinex_value_name(layout->slots[slot]);
            const struct field *f = name ? field_find(type->fields, str_of(name)) : NULL;
            if (!name)
                continue;
            cr_assert(f, "%s", name);
            cr_assert_eq(f->kind, rinex_value_whole(layout->slots[slot]) ? FIELD_INT : FIELD_FLOAT, "%s", name);
        }
    }
}

Test(rinex_records, a_time_beyond_the_range_is_refused)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    struct header header = SENDER;
    struct rinex_nav_reader r;
    struct rinex_nav m;
    struct fault fault = {0};
    cr_assert_eq(
        rinex_nav_open(STR(LNAV("G01", "LNAV", "2200 10 06 00 00 00", " 3.456000000000e+05", " 2.230000000000e+03")),
                       arena, &r, &fault),
        0);
    cr_assert_eq(rinex_nav_next(&r, &m, &fault), 0);
    cr_assert_eq(rinex_record(&m, &header, STR(""), arena, &b, &fault), ERR_INVALID_RECORD);
    cr_assert_str_eq(fault.where, "line 4");
}
