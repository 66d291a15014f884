#include "import.h"
#include "leaks.h"
#include "rinex_records.h"
#include "samples.h"

TestSuite(import, .fini = no_leaks);

#define TLE_1 "1 25544U 98067A   26143.50000000 -.00012463  00000-0 -52031-2 0  9992\n"
#define TLE_2 "2 25544  51.6400 199.5121 0001333 133.9522 226.1918 15.49113993 12345\n"
#define NANU(number)                                                                                                   \
    "NOTICE ADVISORY TO NAVSTAR USERS (NANU) " number "\n"                                                             \
    "1.     NANU TYPE: GENERAL\n       NANU NUMBER: " number "\n       NANU DTG: 262232Z JAN 2022\n"
#define YUMA(prn)                                                                                                      \
    "******** Week 866 almanac for PRN-" prn " ********\nID:                         " prn "\n"                        \
    "Health:                     000\nEccentricity:               0.5221366882E-002\n"                                 \
    "Time of Applicability(s):  589824.0000\nOrbital Inclination(rad):   0.9637857480\n"                               \
    "Rate of Right Ascen(r/s):  -0.7897471819E-008\nSQRT(A)  (m 1/2):           5153.602051\n"                         \
    "Right Ascen at Week(rad):  -0.1159458779E+001\nArgument of Perigee(rad):   0.451712027\n"                         \
    "Mean Anom(rad):            -0.2105941778E+001\nAf0(s):                     0.1621246338E-004\n"                   \
    "Af1(s/s):                   0.0000000000E+000\nweek:                        866\n\n"
#define SEM                                                                                                            \
    " 1  TEST.ALM\n 866 589824\n\n1\n63\n0\n 5.22136688E-03  6.77490234E-03 -2.51400471E-09\n"                         \
    " 5.15360205E+03 -3.69067192E-01  1.43784492E-01\n-6.70337200E-01  1.62124634E-05  0.00000000E+00\n0\n11\n"
#define OMM_CSV                                                                                                        \
    "OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,ARG_OF_PERICENTER,MEAN_ANOMALY,"  \
    "EPHEMERIS_TYPE,CLASSIFICATION_TYPE,NORAD_CAT_ID,ELEMENT_SET_NO,REV_AT_EPOCH,BSTAR,MEAN_MOTION_DOT,"               \
    "MEAN_MOTION_DDOT\nTEST 1,2026-001A,2026-05-23T12:00:00.000000,15.5,.0001,51.6,199.5,133.9,226.1,0,U,270000001,"   \
    "999,1234,.0001,.00001,0\n"
#define OMM_KVN                                                                                                        \
    "CCSDS_OMM_VERS = 2.0\nCREATION_DATE = 2026-05-23T13:00:00\nORIGINATOR = TEST\nOBJECT_NAME = TEST 1\n"             \
    "OBJECT_ID = 2026-001A\nCENTER_NAME = EARTH\nREF_FRAME = TEME\nTIME_SYSTEM = UTC\nMEAN_ELEMENT_THEORY = SGP4\n"    \
    "EPOCH = 2026-05-23T12:00:00\nMEAN_MOTION = 15.5\nECCENTRICITY = 0.0001\nINCLINATION = 51.6\n"                     \
    "RA_OF_ASC_NODE = 199.5\nARG_OF_PERICENTER = 133.9\nMEAN_ANOMALY = 226.1\nEPHEMERIS_TYPE = 0\n"                    \
    "CLASSIFICATION_TYPE = U\nNORAD_CAT_ID = 270000001\nELEMENT_SET_NO = 999\nREV_AT_EPOCH = 1234\nBSTAR = 0.0001\n"   \
    "MEAN_MOTION_DOT = 0.00001\nMEAN_MOTION_DDOT = 0\n"
#define OMM_JSON                                                                                                       \
    "[{\"OBJECT_NAME\":\"TEST 1\",\"OBJECT_ID\":\"2026-001A\",\"EPOCH\":\"2026-05-23T12:00:00\",\"MEAN_MOTION\":15.5," \
    "\"ECCENTRICITY\":0.0001,\"INCLINATION\":51.6,\"RA_OF_ASC_NODE\":199.5,\"ARG_OF_PERICENTER\":133.9,"               \
    "\"MEAN_ANOMALY\":226.1,\"EPHEMERIS_TYPE\":0,\"CLASSIFICATION_TYPE\":\"U\",\"NORAD_CAT_ID\":270000001,"            \
    "\"ELEMENT_SET_NO\":999,\"REV_AT_EPOCH\":1234,\"BSTAR\":0.0001,\"MEAN_MOTION_DOT\":0.00001,"                       \
    "\"MEAN_MOTION_DDOT\":0}]\n"
#define RINEX_HEAD                                                                                                     \
    "     3.04           N: GNSS NAV DATA    G: GPS              RINEX VERSION / TYPE\n"                               \
    "maker               somebody            20220310 125900 UTC PGM / RUN BY / DATE\n"                                \
    "    18                                                      LEAP SECONDS\n"                                       \
    "                                                            END OF HEADER\n"
#define RINEX_ORBIT                                                                                                    \
    "     1.000000000000E+00 2.000000000000E+00 3.000000000000E-09 4.000000000000E-01\n"                               \
    "     5.000000000000E-06 6.000000000000E-03 7.000000000000E-06 5.153700000000E+03\n"                               \
    "     3.960000000000E+05 9.000000000000E-08 1.000000000000E+00 1.100000000000E-07\n"                               \
    "     9.700000000000E-01 1.200000000000E+02 1.300000000000E+00-8.000000000000E-09\n"                               \
    "     1.400000000000E-10 1.000000000000E+00 2.200000000000E+03 0.000000000000E+00\n"                               \
    "     2.000000000000E+00 0.000000000000E+00 1.500000000000E-08 1.600000000000E+01\n"                               \
    "     3.900000000000E+05 4.000000000000E+00\n"
#define RINEX_MESSAGE "G01 2022 03 10 14 00 00 1.000000000000E-04 2.000000000000E-12 0.000000000000E+00\n" RINEX_ORBIT
#define SP3                                                                                                            \
    "#dP2022  3 10  0  0  0.00000000       1 ORBIT ITRF  FIT  TST\n"                                                   \
    "## 2200 345600.00000000   900.00000000 59648 0.0000000000000\n"                                                   \
    "+    1   G01  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0\n" SP3_NONE SP3_NONE SP3_NONE SP3_NONE               \
        SP3_ACCURACIES SP3_ACCURACIES SP3_ACCURACIES SP3_ACCURACIES SP3_ACCURACIES                                     \
    "%c G  cc GPS ccc cccc cccc cccc cccc ccccc ccccc ccccc ccccc\n"                                                   \
    "%c cc cc ccc ccc cccc cccc cccc cccc ccccc ccccc ccccc ccccc\n"                                                   \
    "%f  1.2500000  1.025000000  0.00000000000  0.000000000000000\n"                                                   \
    "%f  0.0000000  0.000000000  0.00000000000  0.000000000000000\n"                                                   \
    "%i    0    0    0    0      0      0      0      0         0\n"                                                   \
    "%i    0    0    0    0      0      0      0      0         0\n/* made for a test\n"                               \
    "*  2022  3 10  0  0  0.00000000\nPG01   1234.567890  -2345.678901   3456.789012      1.234567\nEOF\n"
#define SP3_NONE "+          0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0\n"
#define SP3_ACCURACIES "++         0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0\n"
#define CLK                                                                                                            \
    "     3.00           C                   G                   RINEX VERSION / TYPE\n"                               \
    "maker               somebody            20210314 001500 UTC PGM / RUN BY / DATE\n"                                \
    "     1    AS                                                # / TYPES OF DATA\n"                                  \
    "                                                            END OF HEADER\n"                                      \
    "AS G01  2021 03 14 00 00  0.000000  1   -0.987654321098E-03\n"
#define ITC                                                                                                            \
    "created:2026-05-23 00:00:00\nephemeris_source:test\nUVW\n"                                                        \
    "2026143000000.000 6778.1 0.1 0.2 0.3 7.6 0.4\n2026143000100.000 6777.1 456.1 0.2 -0.5 7.6 0.4\n"

#define RINEX_OBSERVATIONS                                                                                             \
    "     3.05           OBSERVATION DATA    G: GPS              RINEX VERSION / TYPE\n"                               \
    "relto               tests               20260523 120000 UTC PGM / RUN BY / DATE\n"                                \
    "TEST                                                        MARKER NAME\n"                                        \
    "nobody              nowhere                                 OBSERVER / AGENCY\n"                                  \
    "1                   KIND                1.0                 REC # / TYPE / VERS\n"                                \
    "G    2 C1C L1C                                              SYS / # / OBS TYPES\n"                                \
    "G L1C  0.00000                                              SYS / PHASE SHIFT\n"                                  \
    "  2026     5    23    12     0    0.0000000     GPS         TIME OF FIRST OBS\n"                                  \
    "                                                            END OF HEADER\n"                                      \
    "> 2026 05 23 12 00 00.0000000  0  1\nG01  20000000.123 7 105000000.456 8\n"
/* The example of RTCM 10403.1, section 4.2. */
#define RTCM "\xd3\x00\x13\x3e\xd7\xd3\x02\x02\x98\x0e\xde\xef\x34\xb4\xbd\x62\xac\x09\x41\x98\x6f\x33\x36\x0b\x98"

/* What an import told, a line each: "elset 1 {…}", "refused 3 line 3, column 1", "left out 2 LEAP SECONDS". */
struct told {
    struct buf text;
    size_t items, refused, most;
};

static int take(void *context, const struct import_item *item, struct fault *fault)
{
    struct told *t = context;
    if (t->items++ == t->most)
        return fault_set(fault, ERR_TOO_LARGE, "body", "more than %zu", t->most);
    cr_assert_null(item->marking.p);
    buf_printf(&t->text, "%s %zu %.*s\n", item->type, item->line, STR_ARG(item->json));
    return 0;
}

static int refused(void *context, size_t line, const struct fault *why)
{
    struct told *t = context;
    t->refused++;
    buf_printf(&t->text, "refused %zu %s\n", line, why->where);
    return 0;
}

static void left_out(void *context, size_t line, struct str what)
{
    struct told *t = context;
    buf_printf(&t->text, "left out %zu %.*s\n", line, STR_ARG(what));
}

#define MOST 1000

static int read_as(struct str text, const char *format, const char *name, bool partial, struct told *t,
                   struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct import_header header = {.record = {.marking = STR("U"), .data_mode = STR("TEST"), .source = STR("unit")},
                                   .name = str_of(name)};
    struct import_sink sink = {take, partial ? refused : NULL, left_out, t};
    cr_assert(instant_parse(STR("2026-05-23T12:00:00Z"), &header.now));
    *fault = (struct fault){0};
    return import_read(text, format, &header, &sink, arena, fault);
}

static void expect_told(const char *text, const char *const *expected)
{
    BUF_CLEANUP struct buf all = {0};
    struct told t = {.most = MOST};
    struct fault fault;
    int error = read_as(str_of(text), NULL, "", true, &t, &fault);
    cr_assert_eq(error, 0, "%s: %s", fault.where, fault.detail);
    all = t.text;
    buf_char(&all, '\0');
    const char *at = all.p;
    for (; *expected; expected++) {
        cr_assert_eq(strncmp(at, *expected, strlen(*expected)), 0, "%s, not %s", *expected, at);
        at = strchr(at, '\n') + 1;
    }
    cr_assert_str_eq(at, "");
}

#define WHOLE_TLE TLE_1 TLE_2
#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        (literal), sizeof(literal) - 1                                                                                 \
    }
static const struct {
    const char *name;
    struct str text;
    const char *type;
    size_t line;
} files[] = {
    {"tle", TEXT(WHOLE_TLE), "elset", 1},
    {"tle", TEXT("\n# a comment\nISS (ZARYA)\r\n" TLE_1 TLE_2), "elset", 3},
    {"advisory", TEXT(NANU("2022004")), "gnssadvisory", 1},
    {"advisory", TEXT("2022004-------------\n" NANU("2022004")), "gnssadvisory", 2},
    {"yuma", TEXT(YUMA("01")), "almanac", 1},
    {"sem", TEXT(SEM), "almanac", 4},
    {"csv", TEXT(OMM_CSV), "elset", 2},
    {"ndm", TEXT(OMM_KVN), "elset", 1},
    {"ndm", TEXT("COMMENT one\n\n  COMMENT two\n" OMM_KVN), "elset", 4},
    {"json", TEXT(OMM_JSON), "elset", 1},
    {"rinex", TEXT(RINEX_HEAD RINEX_MESSAGE), "navephemeris", 5},
    {"sp3", TEXT(SP3), "preciseephemeris", 21},
    {"clk", TEXT(CLK), "gnssclock", 5},
    {"rinex", TEXT(RINEX_OBSERVATIONS), "rinexobservation", 1},
    {"rtcm", TEXT(RTCM), "rtcmstream", 0},
    {"rtcm", TEXT("$GPGGA,,,,,,0\r\n" RTCM "\xd3"), "rtcmstream", 0},
    {"itc", TEXT(ITC), "ephemerisset", 1},
};
#define FILES (sizeof files / sizeof *files)

Test(import, a_file_is_known_by_its_beginning_and_becomes_records)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    for (size_t i = 0; i < FILES; i++) {
        const char *expected = arena_printf(arena, "%s %zu {\"classificationMarking\":\"U\",\"dataMode\":\"TEST\"",
                                            files[i].type, files[i].line);
        BUF_CLEANUP struct buf marked = {0};
        buf_z(&marked, "\xef\xbb\xbf");
        buf_str(&marked, files[i].text);
        struct str texts[] = {files[i].text, buf_view(&marked)};
        const char *formats[] = {NULL, files[i].name};
        for (size_t k = 0; k < 4; k++) {
            struct told t = {.most = MOST};
            struct fault fault;
            const char *sniffed = import_sniff(texts[k / 2]);
            cr_assert(sniffed && strcmp(sniffed, files[i].name) == 0, "%s", files[i].name);
            int error = read_as(texts[k / 2], formats[k % 2], "", false, &t, &fault);
            cr_assert_eq(error, 0, "%s: %s: %s", files[i].name, fault.where, fault.detail);
            cr_assert_eq(t.items, 1);
            buf_char(&t.text, '\0');
            cr_assert_not_null(strstr(t.text.p, expected), "%s, not %s", expected, t.text.p);
            buf_free(&t.text);
        }
    }
}

Test(import, every_format_that_is_named_has_a_file_here)
{
    for (size_t i = 0; import_format_at(i); i++) {
        bool found = strcmp(import_format_at(i), "kvn") == 0 || strcmp(import_format_at(i), "xml") == 0;
        for (size_t k = 0; k < FILES; k++)
            found = found || strcmp(import_format_at(i), files[k].name) == 0;
        cr_assert(found, "%s", import_format_at(i));
    }
}

Test(import, what_is_malformed_is_refused_and_the_rest_is_read)
{
#define BAD_1 "1 25544U 98067A   26143.50000000 -.00012463  00000-0 -52031-2 0  9990\n"
    expect_told(TLE_1 TLE_2 "NAME\n" BAD_1 TLE_2 "NEXT\n" TLE_1 TLE_2,
                (const char *[]){"elset 1 ", "refused 3 line 4, column 69", "elset 6 ", NULL});
    expect_told("ONE\n" TLE_2 "TWO\n" TLE_1 "THREE\n" TLE_1 TLE_2,
                (const char *[]){"refused 1 line 2, column 1", "refused 3 line 5, column 1", "elset 5 ", NULL});
    expect_told(TLE_1 TLE_2 "\n" TLE_1, (const char *[]){"elset 1 ", "refused 4 line 4, column 1", NULL});
    expect_told(NANU("2022004") "       SVN: x\n" NANU("2022005"),
                (const char *[]){"refused 1 line 5, column 1", "gnssadvisory 6 ", NULL});
    expect_told("NANU TYPE: GENERAL\n" NANU("2022005"),
                (const char *[]){"refused 1 line 1, column 1", "gnssadvisory 2 ", NULL});
    expect_told(YUMA("01") "******** Week 866 almanac for PRN-02 ********\nID: 02\nHealth: x\n" YUMA("03"),
                (const char *[]){"almanac 1 ", "refused 16 line 18, column 9", "almanac 19 ", NULL});
    expect_told("******** Week 866 almanac for PRN-02 ********\nID: 02\n\n" YUMA("03"),
                (const char *[]){"refused 1 line 4, column 1", "almanac 4 ", NULL});
    expect_told(YUMA("99") YUMA("03"), (const char *[]){"refused 1 ", "almanac 16 ", NULL});
    expect_told(RINEX_HEAD "G02 2022 13 10\n" RINEX_ORBIT RINEX_MESSAGE,
                (const char *[]){"refused 5 line 5", "navephemeris 13 ", NULL});
    /* The line that is missing is looked for in the next message, which is whole. */
    expect_told(RINEX_HEAD
                "G02 2022 03 10 14 00 00 1.000000000000E-04 2.000000000000E-12 0.000000000000E+00\n"
                "     1.000000000000E+00 2.000000000000E+00 3.000000000000E-09 4.000000000000E-01\n" RINEX_MESSAGE,
                (const char *[]){"refused 5 line 7", "navephemeris 7 ", NULL});
}

Test(import, a_bracket_alone_is_no_json)
{
    static const struct {
        const char *text, *format;
    } cases[] = {
        {" [ {\"OBJECT_NAME\":1}]", "json"},
        {"[]", "json"},
        {"{\n\"OBJECT_NAME\":1}", "json"},
        {"[USB1] 12:00:01 started", NULL},
        {"[1,2]", NULL},
        {"{x}", NULL},
        {"[", NULL},
        {"[USB1]\n" NANU("2022004"), "advisory"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *sniffed = import_sniff(str_of(cases[i].text));
        cr_expect(cases[i].format ? sniffed && strcmp(sniffed, cases[i].format) == 0 : !sniffed, "%s", cases[i].text);
    }
}

Test(import, what_has_no_place_in_records_is_told)
{
    BUF_CLEANUP struct buf text = {0};
    const char *label = strstr(RINEX_OBSERVATIONS, "G L1C"), *behind = strchr(label, '\n') + 1;
    buf_add(&text, RINEX_OBSERVATIONS, (size_t)(label - RINEX_OBSERVATIONS));
    for (size_t i = 0; i <= RINEX_OBS_KEPT_MAX; i++)
        buf_add(&text, label, (size_t)(behind - label));
    buf_printf(&text, "%s%c", behind, '\0');
    expect_told(RINEX_OBSERVATIONS, (const char *[]){"rinexobservation 1 ", NULL});
    expect_told(text.p, (const char *[]){"left out 1007 SYS / PHASE SHIFT", "rinexobservation 1 ", NULL});
    expect_told(SEM, (const char *[]){"left out 1 title of the file", "almanac 4 ", NULL});
}

static void expect_fault(const char *text, const char *format, size_t most, int code, const char *where)
{
    struct told t = {.most = most};
    struct fault fault;
    cr_assert_eq(read_as(str_of(text), format, "", most == 1, &t, &fault), code, "%s", fault.detail);
    cr_assert_str_eq(fault.where, where);
    buf_free(&t.text);
}

Test(import, a_fault_ends_the_reading_where_none_is_to_be_passed_over)
{
    expect_fault(BAD_1 TLE_2 TLE_1 TLE_2, NULL, MOST, ERR_INVALID_RECORD, "line 1, column 69");
    expect_fault(TLE_1 TLE_2 TLE_1 TLE_2, NULL, 1, ERR_TOO_LARGE, "body");
    expect_fault(CLK "AS G01  2021 03 15 00 00  0.000000  1   -0.987654321098E-03\n", NULL, 0, ERR_TOO_LARGE, "body");
    expect_fault(" 2" SEM, "sem", 1, ERR_INVALID_RECORD, "line 11, column 1");
}

Test(import, what_is_none_of_them_is_refused)
{
    static const char *const none[] = {"", "\n\n", "hello", "a,b\n1,2\n", "1 25544U\n", "12 31\n", "# P\n", "\xff\xfe"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        cr_assert_null(import_sniff(str_of(none[i])), "%s", none[i]);
        expect_fault(none[i], NULL, MOST, ERR_INVALID_RECORD, "line 1");
    }
    expect_fault(WHOLE_TLE, "TLE", MOST, ERR_BAD_QUERY, "format");
    expect_fault(OMM_JSON, "csv", MOST, ERR_INVALID_RECORD, "line 1");
    expect_fault(OMM_JSON, "xml", MOST, ERR_INVALID_RECORD, "line 1");
    expect_fault(OMM_CSV, "kvn", MOST, ERR_INVALID_RECORD, "line 1");
    expect_fault(OMM_KVN, "json", MOST, ERR_INVALID_RECORD, "line 1");
}

Test(import, what_is_packed_is_told_as_such)
{
    static const char *const packed[][2] = {
        {"\x1f\x8b\b", "gzip"},
        {"\x1f\x9d\x90", "compress"},
        {"BZh91AY", "bzip2"},
        {"\xfd"
         "7zXZ",
         "xz"},
        {"\x28\xb5\x2f\xfd", "zstd"},
        {"7z\xbc\xaf\x27", "7-Zip"},
        {"3.0                 COMPACT RINEX FORMAT                    CRINEX VERS   / TYPE\n", "Hatanaka"},
    };
    for (size_t i = 0; i < sizeof packed / sizeof *packed; i++) {
        struct told t = {.most = MOST};
        struct fault fault;
        cr_assert_eq(read_as(str_of(packed[i][0]), NULL, "", true, &t, &fault), ERR_INVALID_RECORD);
        cr_assert_not_null(strstr(fault.detail, packed[i][1]), "%s", fault.detail);
    }
}

Test(import, an_ephemeris_has_the_number_in_the_name_of_its_file)
{
    static const struct {
        const char *name, *expected;
    } cases[] = {
        {"MEME_25544_ISS_1430000_operational_1_U.txt", "\"satNo\":25544,"},
        {"MEME_000900000_X_", "\"satNo\":900000,"},
        {"MEME_25544x_ISS", NULL},
        {"MEME_1234567890_ISS", NULL},
        {"MEME_25544", NULL},
        {"ephemeris.txt", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct told t = {.most = MOST};
        struct fault fault;
        cr_assert_eq(read_as(STR(ITC), NULL, cases[i].name, false, &t, &fault), 0);
        buf_char(&t.text, '\0');
        const char *expected = cases[i].expected ? cases[i].expected : "\"type\":\"UNKNOWN\",\"referenceFrame\"";
        cr_assert_not_null(strstr(t.text.p, expected), "%s: %s", cases[i].name, t.text.p);
        buf_free(&t.text);
    }
}

Test(import, samples_are_known)
{
    static const char *const folders[][2] = {
        {"almanac", "yuma"}, {"cdm", "ndm"}, {"clk", "clk"}, {"nanu", "advisory"}, {"ndm", "ndm"},
        {"ocm", "ndm"},      {"oem", "ndm"}, {"opm", "ndm"}, {"rinex", "rinex"},   {"rdm", "ndm"},
        {"sp3", "sp3"},      {"tdm", "ndm"}, {"tle", "tle"},
    };
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct sample samples[32];
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t n = samples_of(folders[i][0], arena, samples, 32);
        for (size_t k = 0; k < n; k++) {
            const char *name = import_sniff(samples[k].text);
            cr_assert(name && strcmp(name, folders[i][1]) == 0, "%s: %s", samples[k].path, name ? name : "unknown");
        }
    }
}
