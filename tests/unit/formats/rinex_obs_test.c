#include "leaks.h"
#include "rinex_obs.h"

#include <criterion/criterion.h>

TestSuite(rinex_obs, .fini = no_leaks);

#define STATION                                                                                                        \
    "relto               tests               20260523 120000 UTC PGM / RUN BY / DATE\n"                                \
    "TEST                                                        MARKER NAME\n"                                        \
    "nobody              nowhere                                 OBSERVER / AGENCY\n"                                  \
    "1                   KIND                1.0                 REC # / TYPE / VERS\n"                                \
    "  2026     5    23    12     0    0.0000000     GPS         TIME OF FIRST OBS\n"
#define END "                                                            END OF HEADER\n"
#define HEADER_3(types)                                                                                                \
    "     3.05           OBSERVATION DATA    M: MIXED            RINEX VERSION / TYPE\n" STATION types END
#define TYPES_3                                                                                                        \
    "G    2 C1C L1C                                              SYS / # / OBS TYPES\n"                                \
    "E    1 C1C                                                  SYS / # / OBS TYPES\n"
#define EPOCH_3(second, flag, count) "> 2026 05 23 12 00 " second ".0000000  " flag " " count "\n"
#define G01 "G01  20000000.123 7 105000000.456 8\n"
#define E11 "E11  24000000.789\n"
#define HEADER_2                                                                                                       \
    "     2.11           OBSERVATION DATA    M (MIXED)           RINEX VERSION / TYPE\n" STATION                       \
    "     6    C1    L1    L2    P2    S1    S2                  # / TYPES OF OBSERV\n" END

static int read_text(const char *text, struct arena *arena, struct rinex_obs *ret, struct fault *fault)
{
    return rinex_obs_read(str_of(text), arena, ret, fault);
}

Test(rinex_obs, epochs_and_satellites_are_counted)
{
    static const char text[] = HEADER_3(TYPES_3) EPOCH_3("00", "0", " 2") G01 E11 EPOCH_3(
        "30", "4", " 1") "moved                                                       COMMENT\n" EPOCH_3("30", "1",
                                                                                                         " 1")
        G01 EPOCH_3("30", "6", " 1") G01;
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct rinex_obs o;
    struct fault fault = {0};
    cr_assert_eq(read_text(text, arena, &o, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert_eq(o.epochs, 2);
    cr_assert_eq(o.events, 1);
    cr_assert(str_is(o.first, "2026-05-23T12:00:00.0000000") && str_is(o.last, "2026-05-23T12:00:30.0000000"));
    cr_assert_eq(o.types[0], 2);
    cr_assert_eq(o.types[2], 1);
    cr_assert_eq(o.seen[0][1], 2);
    cr_assert_eq(o.seen[2][11], 1);
}

Test(rinex_obs, version_2_has_its_satellites_in_the_line_of_the_epoch)
{
    static const char text[] = HEADER_2 " 26  5 23 12  0  0.0000000  0 13G01G02G03G04G05G06G07G08G09G10G11G12\n"
                                        "                                R07\n";
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    struct rinex_obs o;
    struct fault fault = {0};
    buf_z(&b, text);
    for (size_t i = 0; i < 13; i++)
        buf_z(&b, "  20000000.123 7 105000000.456 8  81000000.123\n          45.000\n");
    cr_assert_eq(rinex_obs_read(buf_view(&b), arena, &o, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert_eq(o.epochs, 1);
    cr_assert_eq(o.seen[0][12], 1);
    cr_assert_eq(o.seen[1][7], 1);
    cr_assert(str_is(o.first, "2026-05-23T12:00:00.0000000"));
}

Test(rinex_obs, faults_name_line_column_and_what_was_expected)
{
    static const struct {
        const char *text, *where, *detail;
    } cases[] = {
        {"     3.05           N: GNSS NAV DATA    M: MIXED            RINEX VERSION / TYPE\n"
         "relto               tests               20260523 120000 UTC PGM / RUN BY / DATE\n" END,
         "line 1, column 21", "observations"},
        {"     3.05           OBSERVATION DATA    M: MIXED            RINEX VERSION / TYPE\n" STATION END,
         "line 7, column 1", "SYS / # / OBS TYPES"},
        {HEADER_3("G    3 C1C L1C                                              SYS / # / OBS TYPES\n"),
         "line 8, column 1", "as many codes"},
        {HEADER_3("G    1 C1C L1C                                              SYS / # / OBS TYPES\n"),
         "line 7, column 1", "as many codes"},
        {HEADER_3("       C1C L1C                                              SYS / # / OBS TYPES\n"),
         "line 7, column 1", "as many codes"},
        {HEADER_3(TYPES_3) G01, "line 10, column 1", "expected >"},
        {HEADER_3(TYPES_3) EPOCH_3("00", "7", " 1"), "line 10, column 32", "flag"},
        {HEADER_3(TYPES_3) EPOCH_3("00", "0", " x"), "line 10, column 33", "how many"},
        {HEADER_3(TYPES_3) EPOCH_3("61", "0", " 1"), "line 10, column 3", "time that exists"},
        {HEADER_3(TYPES_3) EPOCH_3("00", "0", " 2") G01, "line 11, column 1", "another line"},
        {HEADER_3(TYPES_3) EPOCH_3("00", "0", " 2") G01 G01, "line 12, column 1", "once"},
        {HEADER_3(TYPES_3) EPOCH_3("00", "0", " 1") "Q01  20000000.123\n", "line 11, column 1", "satellite"},
        {HEADER_3(TYPES_3) EPOCH_3("00", "0", " 1") "G00  20000000.123\n", "line 11, column 1", "satellite"},
        {HEADER_3(TYPES_3) EPOCH_3("00", "0", " 1") "G01  2000x000.123\n", "line 11, column 4", "observation"},
        {HEADER_3(TYPES_3) EPOCH_3("00", "0", " 1") "E11  24000000.789 7 105000000.456 8\n", "line 11, column 20",
         "1 observations"},
        {HEADER_3(TYPES_3) EPOCH_3("30", "0", " 1") G01 EPOCH_3("30", "0", " 1") G01, "line 12, column 2", "after"},
        {HEADER_2 " 26  5 23 12  0  0.0000000  0  1G01\n  20000000.123\n", "line 10, column 1", "another line"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct rinex_obs o;
        struct fault fault = {0};
        cr_expect_eq(read_text(cases[i].text, arena, &o, &fault), ERR_INVALID_RECORD, "%zu", i);
        cr_expect_str_eq(fault.where, cases[i].where, "%zu: %s: %s", i, fault.where, fault.detail);
        cr_expect(strstr(fault.detail, cases[i].detail), "%zu: %s", i, fault.detail);
    }
}
