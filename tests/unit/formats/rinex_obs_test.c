#include "leaks.h"
#include "rinex_records.h"

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
        {HEADER_3("caf\xe9                                                        COMMENT\n" TYPES_3),
         "line 7, column 4", "ASCII"},
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

static void expect_record(const char *text, const char *expected)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    struct header header = {.marking = STR("U"), .data_mode = STR("TEST"), .source = STR("unit")};
    struct rinex_obs o;
    struct fault fault = {0};
    cr_assert_eq(read_text(text, arena, &o, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert_eq(rinex_obs_record(&o, &header, STR("test.obs"), arena, &b, &fault), 0, "%s", fault.detail);
    buf_char(&b, '\0');
    const char *start =
        "{\"classificationMarking\":\"U\",\"dataMode\":\"TEST\",\"source\":\"unit\",\"filename\":\"test.obs\",";
    cr_assert_eq(strncmp(b.p, start, strlen(start)), 0, "%s", b.p);
    cr_assert_str_eq(b.p + strlen(start), expected);
}

#define SAID                                                                                                           \
    "\"program\":\"relto\",\"runBy\":\"tests\",\"runDate\":\"20260523 120000 UTC\",\"markerName\":\"TEST\","           \
    "\"observer\":\"nobody\",\"agency\":\"nowhere\",\"receiverNumber\":\"1\",\"receiverType\":\"KIND\","               \
    "\"receiverVersion\":\"1.0\""

Test(rinex_obs, a_record_has_the_header_and_what_was_counted)
{
#define MORE                                                                                                           \
    "12345M001                                                   MARKER NUMBER\n"                                      \
    "GEODETIC                                                    MARKER TYPE\n"                                        \
    "77                  ANT             NONE                    ANT # / TYPE\n"                                       \
    "  4123456.7890  -123456.7890  4765432.1000                  APPROX POSITION XYZ\n"                                \
    "        1.0830        0.0000       -0.0020                  ANTENNA: DELTA H/E/N\n"                               \
    "    30.000                                                  INTERVAL\n"                                           \
    "     1                                                      RCV CLOCK OFFS APPL\n"                                \
    "    18                                                      LEAP SECONDS\n"                                       \
    "     2                                                      # OF SATELLITES\n"                                    \
    "one                                                         COMMENT\n"                                            \
    "\"two\"                                                       COMMENT\n"
    expect_record(
        HEADER_3(MORE TYPES_3) EPOCH_3("00", "0", " 2") G01 E11 EPOCH_3("30", "0", " 1") G01,
        "\"version\":\"3.05\",\"system\":\"M\",\"timeSystem\":\"GPS\",\"start\":\"2026-05-23T11:59:42.000000Z\","
        "\"stop\":\"2026-05-23T12:00:12.000000Z\",\"firstEpoch\":\"2026-05-23T12:00:00.0000000\","
        "\"lastEpoch\":\"2026-05-23T12:00:30.0000000\",\"epochs\":2,\"events\":0,\"program\":\"relto\","
        "\"runBy\":\"tests\",\"runDate\":\"20260523 120000 "
        "UTC\",\"markerName\":\"TEST\",\"markerNumber\":\"12345M001\","
        "\"markerType\":\"GEODETIC\",\"observer\":\"nobody\",\"agency\":\"nowhere\",\"receiverNumber\":\"1\","
        "\"receiverType\":\"KIND\",\"receiverVersion\":\"1.0\",\"antennaNumber\":\"77\",\"antennaType\":\"ANT          "
        "   "
        "NONE\",\"approxX\":4123456.7890,\"approxY\":-123456.7890,\"approxZ\":4765432.1000,\"antennaHeight\":1.0830,"
        "\"antennaEast\":0.0000,\"antennaNorth\":-0.0020,\"interval\":30.000,\"clockOffsetApplied\":1,\"leapSeconds\":"
        "18,"
        "\"satelliteCount\":2,\"comments\":[\"one\",\"\\\"two\\\"\"],"
        "\"observationTypes\":[{\"system\":\"G\",\"codes\":[\"C1C\",\"L1C\"]},{\"system\":\"E\",\"codes\":[\"C1C\"]}],"
        "\"satellites\":[{\"satellite\":\"G01\",\"epochs\":2},{\"satellite\":\"E11\",\"epochs\":1}]}");
}

Test(rinex_obs, lines_that_no_field_has_stand_as_they_are)
{
    expect_record(
        HEADER_3("G L1C  0.25000                                              SYS / PHASE SHIFT\n" TYPES_3)
            EPOCH_3("00", "0", " 2") G01 E11,
        "\"version\":\"3.05\",\"system\":\"M\",\"timeSystem\":\"GPS\",\"start\":\"2026-05-23T11:59:42.000000Z\","
        "\"stop\":\"2026-05-23T11:59:42.000000Z\",\"firstEpoch\":\"2026-05-23T12:00:00.0000000\","
        "\"lastEpoch\":\"2026-05-23T12:00:00.0000000\",\"epochs\":1,\"events\":0," SAID
        ",\"header\":[\"G L1C  0.25000                                              SYS / PHASE SHIFT\"],"
        "\"observationTypes\":[{\"system\":\"G\",\"codes\":[\"C1C\",\"L1C\"]},{\"system\":\"E\",\"codes\":[\"C1C\"]}],"
        "\"satellites\":[{\"satellite\":\"G01\",\"epochs\":1},{\"satellite\":\"E11\",\"epochs\":1}]}");
}

Test(rinex_obs, what_does_not_fit_together_is_a_warning)
{
    expect_record(
        HEADER_3("     1                                                      # OF SATELLITES\n" TYPES_3)
            EPOCH_3("01", "0", " 2") G01 E11,
        "\"version\":\"3.05\",\"system\":\"M\",\"timeSystem\":\"GPS\",\"start\":\"2026-05-23T11:59:43.000000Z\","
        "\"stop\":\"2026-05-23T11:59:43.000000Z\",\"firstEpoch\":\"2026-05-23T12:00:01.0000000\","
        "\"lastEpoch\":\"2026-05-23T12:00:01.0000000\",\"epochs\":1,\"events\":0," SAID ",\"satelliteCount\":1,"
        "\"observationTypes\":[{\"system\":\"G\",\"codes\":[\"C1C\",\"L1C\"]},{\"system\":\"E\",\"codes\":[\"C1C\"]}],"
        "\"satellites\":[{\"satellite\":\"G01\",\"epochs\":1},{\"satellite\":\"E11\",\"epochs\":1}],"
        "\"warnings\":[\"TIME OF FIRST OBS is 2026-05-23T12:00:00.0000000, the first epoch "
        "2026-05-23T12:00:01.0000000\",\"# OF SATELLITES is 1, in epochs are 2\"]}");
    expect_record(
        HEADER_2,
        "\"version\":\"2.11\",\"system\":\"M\",\"timeSystem\":\"GPS\",\"start\":\"2026-05-23T11:59:42.000000Z\","
        "\"epochs\":0,\"events\":0," SAID ",\"observationTypes\":[{\"system\":\"M\",\"codes\":[\"C1\",\"L1\","
        "\"L2\",\"P2\",\"S1\",\"S2\"]}],\"warnings\":[\"the file has no epoch\"]}");
}

Test(rinex_obs, a_time_system_that_is_not_named_is_that_of_the_satellites)
{
    static const struct {
        const char *system, *named, *expected;
    } cases[] = {
        {"C", "   ", "\"timeSystem\":\"BDT\",\"start\":\"2026-05-23T11:59:56.000000Z\""},
        {"R", "   ", "\"timeSystem\":\"GLO\",\"start\":\"2026-05-23T12:00:00.000000Z\""},
        {"R", "GPS", "\"timeSystem\":\"GPS\",\"start\":\"2026-05-23T11:59:42.000000Z\""},
        {"M", "   ", "\"timeSystem\":\"GPS\",\"start\":\"2026-05-23T11:59:42.000000Z\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        BUF_CLEANUP struct buf b = {0};
        struct header header = {.marking = STR("U")};
        struct rinex_obs o;
        char *text = arena_strz(arena, STR(HEADER_3(TYPES_3)));
        text[40] = cases[i].system[0];
        memcpy(strstr(text, "GPS         TIME OF"), cases[i].named, 3);
        cr_assert_eq(read_text(text, arena, &o, NULL), 0);
        cr_assert_eq(rinex_obs_record(&o, &header, STR(""), arena, &b, NULL), 0);
        buf_char(&b, '\0');
        cr_assert_not_null(strstr(b.p, cases[i].expected), "%s: %s", cases[i].expected, b.p);
    }
}
