/* Observations of one or many sensors as one tracking data message. */
#include "export.h"
#include "leaks.h"
#include "ndm_text.h"
#include "record_type.h"

#include <criterion/criterion.h>

TestSuite(export_tdm, .fini = no_leaks);

#define NOW INT64_C(1795500000000000)

static int export_all(const char *format, const char *type, const char *const *records, struct buf *out,
                      struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct export_format *f = export_format_find(str_of(format), str_of(type));
    cr_assert_not_null(f);
    void *w = f->writer->begin(f, str_of(type), NOW);
    int error = 0;
    for (; *records && !error; records++) {
        const struct member *members;
        size_t n;
        cr_assert(members_of(str_of(*records), arena, &members, &n), "%s", *records);
        error = f->writer->add(w, members, n, fault);
    }
    if (!error)
        error = f->writer->end(w, STR("U"), out, fault);
    f->writer->release(w);
    return error;
}

static void expect(const char *type, const char *const *records, const char *expected)
{
    BUF_CLEANUP struct buf b = {0};
    struct fault fault = {0};
    cr_assert_eq(export_all("kvn", type, records, &b, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert(str_is(buf_view(&b), expected), "%.*s\n%s", STR_ARG(buf_view(&b)), expected);
}

static void expect_refused(const char *type, const char *record, const char *where)
{
    BUF_CLEANUP struct buf b = {0};
    struct fault fault = {0};
    cr_assert_eq(export_all("kvn", type, (const char *[]){record, NULL}, &b, &fault), ERR_INVALID_RECORD, "%s", record);
    cr_assert_str_eq(fault.where, where, "%s: %s", record, fault.detail);
}

#define OBSERVATION(sensor, object, time, more)                                                                        \
    "{\"classificationMarking\":\"U\",\"createdBy\":\"JPN\",\"dataMode\":\"TEST\",\"source\":\"s\",\"idSensor\":"      \
    "\"" sensor "\"," object "\"obTime\":\"2026-05-20T12:00:" time ".500000Z\"" more "}"
#define HEAD(who) "CCSDS_TDM_VERS = 2.0\nCOMMENT U\nCREATION_DATE = 2026-11-24T06:00:00.000000\nORIGINATOR = " who "\n"
#define META(untold, track, sensor, object, angles)                                                                    \
    "META_START\n" untold "COMMENT CLASSIFICATION: U\n" track "TIME_SYSTEM = UTC\nPARTICIPANT_1 = " sensor             \
    "\nPARTICIPANT_2 = " object "\nMODE = SEQUENTIAL\nPATH = 2,1\nRANGE_UNITS = km\n" angles "META_STOP\nDATA_START\n"
#define STOP "DATA_STOP\n"
#define RADEC "ANGLE_TYPE = RADEC\nREFERENCE_FRAME = EME2000\n"
#define SAT "\"satNo\":799500123,"

Test(export_tdm, what_a_sensor_sees_of_an_object_is_a_segment_in_order_of_time)
{
    expect("eoobservation",
           (const char *[]){
               OBSERVATION("B", SAT, "30", ",\"ra\":10.50,\"declination\":-3E-1,\"referenceFrame\":\"J2000\""),
               OBSERVATION("A", SAT, "20", ",\"mag\":12.10"),
               OBSERVATION("B", SAT, "10", ",\"ra\":10,\"declination\":2,\"referenceFrame\":\"J2000\",\"mag\":9"),
               OBSERVATION("B", "\"origObjectId\":\"X 1\",", "15", ",\"azimuth\":1,\"elevation\":2,\"raUnc\":0.1"),
               NULL},
           HEAD("JPN") META("", "", "A", "799500123", "") "MAG = 2026-05-20T12:00:20.500000 12.10\n" STOP META(
               "", "", "B", "799500123",
               RADEC) "MAG = 2026-05-20T12:00:10.500000 9\n"
                      "ANGLE_1 = 2026-05-20T12:00:10.500000 10\n"
                      "ANGLE_2 = 2026-05-20T12:00:10.500000 2\n"
                      "ANGLE_1 = 2026-05-20T12:00:30.500000 10.50\n"
                      "ANGLE_2 = 2026-05-20T12:00:30.500000 -3E-1\n" STOP META(
                          "COMMENT not told here: raUnc\n", "", "B", "X 1",
                          "ANGLE_TYPE = AZEL\n") "ANGLE_1 = 2026-05-20T12:00:15.500000 1\nANGLE_2 = "
                                                 "2026-05-20T12:00:15.500000 2\n" STOP);
}

Test(export_tdm, what_a_radar_measures_is_told_and_what_was_derived_is_named)
{
    expect("radarobservation",
           (const char *[]){OBSERVATION("R", "", "01",
                                        ",\"trackId\":\"T7\",\"uct\":true,\"range\":1200.50,\"rangeRate\":-3.25,"
                                        "\"rcs\":1.10,\"azimuth\":1,\"elevation\":2,\"azimuthMeasured\":false,"
                                        "\"elevationMeasured\":false,\"ra\":5,\"declination\":6"),
                            NULL},
           HEAD("JPN") META("COMMENT not told here: azimuth, declination, elevation, ra, uct\n", "TRACK_ID = T7\n", "R",
                            "T7", "") "DOPPLER_INSTANTANEOUS = 2026-05-20T12:00:01.500000 -3.25\n"
                                      "RANGE = 2026-05-20T12:00:01.500000 1200.50\n"
                                      "RCS = 2026-05-20T12:00:01.500000 1.10\n" STOP);
}

/* Angles of both kinds are two segments, and what was seen twice at a time is two as well. */
Test(export_tdm, segments_have_one_kind_of_angles_and_times_that_ascend)
{
    BUF_CLEANUP struct buf b = {0};
    struct fault fault = {0};
    ARENA_CLEANUP struct arena *arena = arena_new();
    const char *both = OBSERVATION("B", SAT, "10",
                                   ",\"ra\":1,\"declination\":2,\"referenceFrame\":\"GCRF\",\"azimuth\":3,"
                                   "\"elevation\":4,\"range\":5");
    cr_assert_eq(export_all("kvn", "eoobservation", (const char *[]){both, both, both, NULL}, &b, &fault), 0, "%s: %s",
                 fault.where, fault.detail);
    const char *text = arena_strz(arena, buf_view(&b));
    size_t segments = 0;
    for (const char *p = text; (p = strstr(p, "META_START")); p++)
        segments++;
    cr_assert_eq(segments, 6, "%s", text);
    cr_assert(strstr(text, "REFERENCE_FRAME = GCRF\n"), "%s", text);
}

Test(export_tdm, xml_says_the_same)
{
    BUF_CLEANUP struct buf kvn = {0}, xml = {0}, back = {0};
    struct fault fault;
    const char *const records[] = {OBSERVATION("B", SAT, "10", ",\"mag\":12.10"), NULL};
    cr_assert_eq(export_all("kvn", "eoobservation", records, &kvn, &fault), 0);
    cr_assert_eq(export_all("xml", "eoobservation", records, &xml, &fault), 0);
    converted(buf_view(&xml), NDM_KVN, &back);
    cr_assert(str_starts(buf_view(&xml), "<?xml") && str_eq(buf_view(&back), buf_view(&kvn)), "%.*s",
              STR_ARG(buf_view(&back)));
}

Test(export_tdm, of_nothing_there_is_nothing)
{
    expect("eoobservation", (const char *[]){NULL}, "");
}

/* As a view may have reduced it. */
Test(export_tdm, what_a_message_cannot_do_without_is_refused_by_its_field)
{
    static const struct {
        const char *record, *where;
    } cases[] = {
        {OBSERVATION("B", SAT, "10", ""), "azimuth"},
        {OBSERVATION("B", SAT, "10", ",\"losx\":1"), "azimuth"},
        {OBSERVATION("B", SAT, "10", ",\"ra\":1,\"declination\":2"), "referenceFrame"},
        {OBSERVATION("B", SAT, "10", ",\"ra\":1,\"referenceFrame\":\"J2000\""), "declination"},
        {OBSERVATION("B", SAT, "10", ",\"elevation\":1"), "azimuth"},
        {OBSERVATION("B", "", "10", ",\"mag\":1"), "satNo"},
        {OBSERVATION("", SAT, "10", ",\"mag\":1"), "idSensor"},
        {OBSERVATION("B\\nX = 1", SAT, "10", ",\"mag\":1"), "idSensor"},
        {"{\"idSensor\":\"B\",\"satNo\":5,\"mag\":1}", "obTime"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_refused("eoobservation", cases[i].record, cases[i].where);
}

Test(export_tdm, several_originators_are_not_one)
{
    BUF_CLEANUP struct buf b = {0}, other = {0};
    struct fault fault;
    ARENA_CLEANUP struct arena *arena = arena_new();
    const char *first = OBSERVATION("B", SAT, "10", ",\"mag\":12.10");
    replaced(str_of(first), "JPN", "USA", &other);
    const char *second = arena_strz(arena, buf_view(&other));
    cr_assert_eq(export_all("kvn", "eoobservation", (const char *[]){first, second, NULL}, &b, &fault), 0);
    cr_assert(strstr(arena_strz(arena, buf_view(&b)), "\nORIGINATOR = UNKNOWN\n"));
}
