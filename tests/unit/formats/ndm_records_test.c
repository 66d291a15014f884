/* Navigation messages become records that their types take, and keep all that they say. */
#include "import.h"
#include "leaks.h"
#include "ndm_text.h"
#include "record.h"
#include "samples.h"

TestSuite(ndm_records, .fini = no_leaks);

#define ITEMS_MAX 16

struct taken {
    struct arena *arena;
    struct import_item items[ITEMS_MAX];
    size_t n;
    struct buf told; /* "refused LINE: WHERE: DETAIL" and "left out WHAT", a line each */
};

static int take(void *context, const struct import_item *item, struct fault *fault)
{
    struct taken *t = context;
    const struct record_type *type = record_type_find(str_of(item->type));
    struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
    struct record record;
    instant now = 0;
    cr_assert_not_null(type, "%s", item->type);
    cr_assert(instant_parse(STR("2026-06-01"), &now) && t->n < ITEMS_MAX);
    struct record_scan *scan = record_scan_new(type, item->json, false, &limits, now, t->arena);
    cr_assert_eq(record_scan_next(scan, &record, fault), 0, "%s: %s: %s", item->type, fault->where, fault->detail);
    t->items[t->n] = *item;
    t->items[t->n++].json = record.canonical;
    if (item->marking.p)
        t->items[t->n - 1].marking = arena_str(t->arena, item->marking);
    return 0;
}

static int refused_item(void *context, size_t line, const struct fault *why)
{
    struct taken *t = context;
    buf_printf(&t->told, "refused %zu: %s: %s\n", line, why->where, why->detail);
    return 0;
}

static void left_out(void *context, size_t line, struct str what)
{
    struct taken *t = context;
    (void)line;
    buf_printf(&t->told, "left out %.*s\n", STR_ARG(what));
}

static int read_marked(struct str text, const char *marking, bool partial, struct taken *t, struct fault *fault)
{
    struct import_header header = {
        .record = {.marking = str_of(marking), .data_mode = STR("TEST"), .source = STR("unit")}};
    struct import_sink sink = {take, partial ? refused_item : NULL, left_out, t};
    int error = import_read(text, "ndm", &header, &sink, t->arena, fault);
    buf_char(&t->told, '\0');
    return error;
}

static void taken_from(struct str text, struct taken *t)
{
    struct fault fault = {0};
    cr_assert_eq(read_marked(text, "U", false, t, &fault), 0, "%s: %s", fault.where, fault.detail);
}

#define TAKEN_CLEANUP __attribute__((cleanup(taken_free)))
static struct taken taken_new(void)
{
    return (struct taken){.arena = arena_new()};
}
static void taken_free(struct taken *t)
{
    arena_free(t->arena);
    buf_free(&t->told);
}

static void expect_in(const struct taken *t, size_t i, const char *part)
{
    cr_assert_lt(i, t->n);
    cr_assert(memmem(t->items[i].json.p, t->items[i].json.n, part, strlen(part)), "%s: %.*s", part,
              STR_ARG(t->items[i].json));
}

/* The text of a member of the record; its only escapes are \n and \". */
static struct str member(const struct taken *t, size_t i, const char *name)
{
    const char *from = memmem(t->items[i].json.p, t->items[i].json.n, name, strlen(name));
    cr_assert(from, "%s: %.*s", name, STR_ARG(t->items[i].json));
    char *out = arena_alloc(t->arena, t->items[i].json.n), *at = out;
    for (const char *p = from + strlen(name) + 3; *p != '"'; p++) {
        p += *p == '\\';
        *at++ = p[-1] == '\\' && *p == 'n' ? '\n' : *p;
    }
    return (struct str){out, (size_t)(at - out)};
}

#define HEADER "CREATION_DATE = 2026-05-20T22:31:12\nORIGINATOR = TEST\n"
#define OPM(version, marking, time_system, frame, centre)                                                              \
    "CCSDS_OPM_VERS = " version "\n" marking HEADER "OBJECT_NAME = SAT 1\nOBJECT_ID = 2026-001A\n"                     \
    "CENTER_NAME = " centre "\nREF_FRAME = " frame "\nTIME_SYSTEM = " time_system "\nCOMMENT of the state\n"           \
    "EPOCH = 2026-05-20T12:00:37.1234567\n"                                                                            \
    "X = 6503.5140 [km]\nY = +1239.647\nZ = -.5\nX_DOT = -0.873160\nY_DOT = 8.74\nZ_DOT = -4.19\n"                     \
    "MASS = 3000.0 [kg]\nSOLAR_RAD_AREA = 18.77\nSOLAR_RAD_COEFF = 1.0\nDRAG_AREA = 18.7\nDRAG_COEFF = 2.5\n"
#define COVARIANCE(frame)                                                                                              \
    frame "CX_X = 3.33e-04\nCY_X = 2\nCY_Y = 3\nCZ_X = 4\nCZ_Y = 5\nCZ_Z = 6\nCX_DOT_X = 7\nCX_DOT_Y = 8\n"            \
          "CX_DOT_Z = 9\nCX_DOT_X_DOT = 10\nCY_DOT_X = 11\nCY_DOT_Y = 12\nCY_DOT_Z = 13\nCY_DOT_X_DOT = 14\n"          \
          "CY_DOT_Y_DOT = 15\nCZ_DOT_X = 16\nCZ_DOT_Y = 17\nCZ_DOT_Z = 18\nCZ_DOT_X_DOT = 19\nCZ_DOT_Y_DOT = 20\n"     \
          "CZ_DOT_Z_DOT = 21\n"

#define TEXT_OF(literal) ((struct str){(literal), sizeof(literal) - 1})

Test(ndm_records, parameters_become_a_state_vector)
{
    static const char text[] = OPM("3.0", "CLASSIFICATION = U\n", "UTC", "EME2000", "EARTH") COVARIANCE("");
    TAKEN_CLEANUP struct taken t = taken_new();
    taken_from(TEXT_OF(text), &t);
    cr_assert_eq(t.n, 1);
    cr_assert_str_eq(t.items[0].type, "statevector");
    cr_assert(str_is(t.items[0].marking, "U") && t.items[0].line == 1);
    expect_in(&t, 0, "\"epoch\":\"2026-05-20T12:00:37.123456Z\"");
    expect_in(&t, 0, "\"xpos\":6503.5140,");
    expect_in(&t, 0, "\"zpos\":-0.5,");
    expect_in(&t, 0,
              "\"cov\":[3.33E-04,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21],\"covReferenceFrame\":\"J2000\"");
    expect_in(&t, 0, "\"mass\":3000.0,");
    expect_in(&t, 0, "\"origin\":\"TEST\"");
    cr_assert(str_eq(member(&t, 0, "message"),
                     TEXT_OF("CCSDS_OPM_VERS = 3.0\nCLASSIFICATION = U\n" HEADER
                             "OBJECT_NAME = SAT 1\nOBJECT_ID = 2026-001A\nCENTER_NAME = EARTH\nREF_FRAME = EME2000\n"
                             "TIME_SYSTEM = UTC\nCOMMENT of the state\nEPOCH = 2026-05-20T12:00:37.1234567\n"
                             "X = 6503.5140 [km]\nY = +1239.647\nZ = -.5\nX_DOT = -0.873160\nY_DOT = 8.74\n"
                             "Z_DOT = -4.19\nMASS = 3000.0 [kg]\nSOLAR_RAD_AREA = 18.77\nSOLAR_RAD_COEFF = 1.0\n"
                             "DRAG_AREA = 18.7\nDRAG_COEFF = 2.5\n" COVARIANCE(""))));
}

Test(ndm_records, times_are_told_in_utc)
{
    static const struct {
        const char *text, *epoch;
    } cases[] = {
        {OPM("2.0", "", "TAI", "GCRF", "EARTH"), "2026-05-20T12:00:00.123456Z"},
        {OPM("2.0", "", "GPS", "GCRF", "EARTH"), "2026-05-20T12:00:19.123456Z"},
        {OPM("2.0", "", "TT", "GCRF", "EARTH"), "2026-05-20T11:59:27.939456Z"},
        {OPM("2.0", "", "TDB", "GCRF", "EARTH"), "2026-05-20T11:59:27.938307Z"}, /* TDB - TT: 1.149 ms */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TAKEN_CLEANUP struct taken t = taken_new();
        taken_from(str_of(cases[i].text), &t);
        cr_assert(str_is(member(&t, 0, "\"epoch"), cases[i].epoch), "%.*s", STR_ARG(t.items[0].json));
        cr_assert(memmem(t.items[0].json.p, t.items[0].json.n, "EPOCH = 2026-05-20T12:00:37.1234567", 35));
    }
    static const char other[] = OPM("2.0", "", "TCB", "GCRF", "EARTH");
    TAKEN_CLEANUP struct taken t = taken_new();
    struct fault fault = {0};
    cr_assert_eq(read_marked(TEXT_OF(other), "U", false, &t, &fault), ERR_INVALID_RECORD);
    cr_assert_str_eq(fault.detail, "TIME_SYSTEM: TCB: expected UTC, TAI, GPS, TT or TDB");
}

Test(ndm_records, the_leap_second_is_the_midnight_behind_it)
{
    static const char text[] =
        "CCSDS_RDM_VERS = 1.0\n" HEADER "MESSAGE_ID = 7\nOBJECT_NAME = SAT 1\nINTERNATIONAL_DESIGNATOR = 2026-001A\n"
        "CONTROLLED_REENTRY = NO\nCENTER_NAME = EARTH\nTIME_SYSTEM = UTC\n"
        "EPOCH_TZERO = 2016-12-31T23:59:60.5\nORBIT_LIFETIME = 23.0 [d]\n"
        "REENTRY_ALTITUDE = 150.0 [km]\n";
    TAKEN_CLEANUP struct taken t = taken_new();
    taken_from(TEXT_OF(text), &t);
    expect_in(&t, 0, "\"epoch\":\"2017-01-01T00:00:00.500000Z\"");
    expect_in(&t, 0, "EPOCH_TZERO = 2016-12-31T23:59:60.5\\n");
}

Test(ndm_records, what_a_record_has_no_name_for_is_in_its_message_only)
{
    static const struct {
        const char *text, *told;
        bool state;
    } cases[] = {
        {OPM("3.0", "", "UTC", "TOD", "EARTH"), "left out state", false},
        {OPM("3.0", "", "UTC", "EME2000", "MARS"), "left out state", false},
        {OPM("3.0", "", "UTC", "EME2000", "EARTH") COVARIANCE("COV_REF_FRAME = TNW\n"), "left out covariance", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TAKEN_CLEANUP struct taken t = taken_new();
        taken_from(str_of(cases[i].text), &t);
        const struct str *json = &t.items[0].json;
        cr_assert(strstr(t.told.p, cases[i].told), "%s", t.told.p);
        cr_assert_eq(memmem(json->p, json->n, "\"xpos\"", 6) != NULL, cases[i].state);
        cr_assert_eq(memmem(json->p, json->n, "\"referenceFrame\"", 16) != NULL, cases[i].state);
        cr_assert_null(memmem(json->p, json->n, "\"cov\"", 5));
        expect_in(&t, 0, "\\nX = 6503.5140 [km]\\n");
    }
}

Test(ndm_records, the_messages_marking_stands_in_if_there_is_no_other)
{
    static const char text[] = OPM("3.0", "CLASSIFICATION = U//FOUO\n", "UTC", "EME2000", "EARTH");
    TAKEN_CLEANUP struct taken t = taken_new();
    struct fault fault = {0};
    cr_assert_eq(read_marked(TEXT_OF(text), "", false, &t, &fault), 0, "%s: %s", fault.where, fault.detail);
    expect_in(&t, 0, "{\"classificationMarking\":\"U//FOUO\",");
}

Test(ndm_records, one_refused_message_does_not_end_the_others)
{
    static const char text[] = OPM("2.0", "", "UTC", "GCRF", "EARTH") OPM("2.0", "", "TCB", "GCRF", "EARTH")
        OPM("2.0", "", "TAI", "GCRF", "EARTH");
    TAKEN_CLEANUP struct taken t = taken_new();
    struct fault fault = {0};
    cr_assert_eq(read_marked(TEXT_OF(text), "U", true, &t, &fault), 0);
    cr_assert_eq(t.n, 2);
    cr_assert_str_eq(t.told.p, "refused 22: line 22: TIME_SYSTEM: TCB: expected UTC, TAI, GPS, TT or TDB\n");
    cr_assert_eq(t.items[1].line, 43);
}

/* --- segments --- */

#define TDM_METADATA(time_system, path)                                                                                \
    "META_START\nTIME_SYSTEM = " time_system "\nPARTICIPANT_1 = STATION\nPARTICIPANT_2 = SAT 1\n"                      \
    "PARTICIPANT_3 = OTHER\nMODE = SEQUENTIAL\nPATH = " path                                                           \
    "\nRANGE_UNITS = km\nANGLE_TYPE = AZEL\nMETA_STOP\nDATA_START\n"

Test(ndm_records, each_segment_of_tracking_data_is_a_record)
{
    static const char text[] = "CCSDS_TDM_VERS = 2.0\nCOMMENT of all\n" HEADER TDM_METADATA(
        "UTC", "1,2,1") "RANGE = 2026-05-20T22:00:00 1234.5\nANGLE_1 = 2026-05-20T21:59:00 67.0\n"
                        "RANGE = 2026-05-20T22:01:00 1234.6\nDATA_STOP\n" TDM_METADATA(
                            "TAI", "2,3") "COMMENT of these\nRECEIVE_FREQ_1 = 2026-05-20T22:00:37 8e9\nDATA_STOP\n";
    TAKEN_CLEANUP struct taken t = taken_new();
    taken_from(TEXT_OF(text), &t);
    cr_assert_eq(t.n, 2);
    expect_in(&t, 0,
              "\"numObservations\":3,\"observations\":[{\"count\":2,\"kind\":\"RANGE\","
              "\"start\":\"2026-05-20T22:00:00.000000Z\",\"stop\":\"2026-05-20T22:01:00.000000Z\"},"
              "{\"count\":1,\"kind\":\"ANGLE_1\",");
    expect_in(
        &t, 0,
        "\"start\":\"2026-05-20T21:59:00.000000Z\",\"stop\":\"2026-05-20T22:01:00.000000Z\",\"target\":\"SAT 1\"");
    expect_in(&t, 0, "\"receiver\":\"STATION\"");
    expect_in(&t, 0, "\"transmitter\":\"STATION\"");
    expect_in(&t, 1, "\"start\":\"2026-05-20T22:00:00.000000Z\"");
    expect_in(&t, 1, "\"receiver\":\"OTHER\"");
    expect_in(&t, 1, "\"target\":\"SAT 1\"");
    cr_assert_eq(t.items[1].line, 20);
    cr_assert(str_eq(member(&t, 1, "message"),
                     TEXT_OF("CCSDS_TDM_VERS = 2.0\nCOMMENT of all\n" HEADER TDM_METADATA(
                         "TAI", "2,3") "COMMENT of these\nRECEIVE_FREQ_1 = 2026-05-20T22:00:37 8e9\nDATA_STOP\n")));
}

/* Table 3-3: what other values of the metadata, or the data, call for. */
Test(ndm_records, tracking_data_without_what_it_is_read_by_are_refused)
{
    static const char whole[] =
        "CCSDS_TDM_VERS = 2.0\n" HEADER TDM_METADATA("UTC", "1,2,1") "ANGLE_1 = 2026-05-20T22:00:00 1\nDATA_STOP\n";
    static const struct {
        const char *from, *to, *detail;
    } cases[] = {
        {"PATH = 1,2,1\n", "", "PATH: expected in the metadata, as MODE says"},
        {"PATH = 1,2,1\n", "PATH = 1,4,1\n", "PARTICIPANT_4: expected in the metadata, as PATH names it"},
        {"PATH = 1,2,1\n", "PATH = 1-2\n", "PATH: 1-2: expected numbers of participants"},
        {"PATH = 1,2,1\n", "PATH = 1\n", "PATH: 1: expected numbers of participants"},
        {"MODE = SEQUENTIAL\n", "MODE = SINGLE_DIFF\n", "PATH_1: expected in the metadata, as MODE says"},
        {"ANGLE_TYPE = AZEL\n", "", "ANGLE_1: expected ANGLE_TYPE in the metadata"},
        {"ANGLE_TYPE = AZEL\n", "ANGLE_TYPE = RADEC\n", "REFERENCE_FRAME: expected in the metadata"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BUF_CLEANUP struct buf text = {0};
        TAKEN_CLEANUP struct taken t = taken_new();
        struct fault fault = {0};
        replaced(TEXT_OF(whole), cases[i].from, cases[i].to, &text);
        cr_assert_eq(read_marked(buf_view(&text), "U", false, &t, &fault), ERR_INVALID_RECORD, "%s", cases[i].to);
        cr_assert(strstr(fault.detail, cases[i].detail) && !strncmp(fault.where, "line ", 5), "%s: %s", fault.where,
                  fault.detail);
    }
}

#define OEM_METADATA(time_system, frame, first, last)                                                                  \
    "META_START\nOBJECT_NAME = SAT 1\nOBJECT_ID = 2026-001A\nCENTER_NAME = EARTH\nREF_FRAME = " frame                  \
    "\nTIME_SYSTEM = " time_system "\nSTART_TIME = " first "\nUSEABLE_START_TIME = " first "\nSTOP_TIME = " last       \
    "\nINTERPOLATION = HERMITE\nINTERPOLATION_DEGREE = 7\nMETA_STOP\n"
#define OEM_HEADER "CCSDS_OEM_VERS = 3.0\nCOMMENT of all\n" HEADER

Test(ndm_records, each_segment_of_an_ephemeris_is_a_record)
{
    static const char second[] = OEM_METADATA(
        "TAI", "GCRF", "2026-05-20T22:00:37",
        "2026-05-20T22:01:37.5") "COMMENT here\n"
                                 "2026-05-20T22:00:37 1 2 3 4 5 6.10 1 2 3\n2026-05-20T22:01:37.5 1 2 3 4 5 6 1 2 3\n";
    BUF_CLEANUP struct buf text = {0}, alone = {0};
    buf_z(&text, OEM_HEADER OEM_METADATA(
                     "UTC", "ICRF", "2026-05-19T22:00:00",
                     "2026-05-20T22:00:00") "2026-05-19T22:00:00 1 2 3 4 5 6\n2026-05-20T22:00:00 1 2 3 4 5 6\n");
    buf_z(&text, second);
    buf_printf(&alone, "%s%s", OEM_HEADER, second);
    TAKEN_CLEANUP struct taken t = taken_new();
    taken_from(buf_view(&text), &t);
    cr_assert_eq(t.n, 2);
    expect_in(&t, 0, "\"numPoints\":2,");
    cr_assert_null(memmem(t.items[0].json.p, t.items[0].json.n, "ephemerisList", 13));
    cr_assert(strstr(t.told.p, "left out states"), "%s", t.told.p);
    expect_in(&t, 1,
              "\"pointEndTime\":\"2026-05-20T22:01:00.500000Z\",\"pointStartTime\":\"2026-05-20T22:00:00.000000Z\"");
    expect_in(&t, 1, "\"zvel\":6.10}");
    expect_in(&t, 1, "\"interpolationDegree\":7,");
    expect_in(&t, 1, "\"comments\":\"of all\\nhere\"");
    cr_assert(str_eq(member(&t, 1, "message"), buf_view(&alone)), "%.*s", STR_ARG(member(&t, 1, "message")));
}

#define WEEK 10081 /* points of one record */

static void add_time(int minute, struct buf *out)
{
    instant t = 0;
    char text[INSTANT_TEXT];
    cr_assert(instant_parse(STR("2026-05-01"), &t));
    instant_write(t + minute * INSTANT_MINUTE, text);
    buf_add(out, text, 19);
}

/* Covariances of the last points, some with a comment above. */
static void add_segment(int points, int covariances, struct buf *out)
{
    BUF_CLEANUP struct buf last = {0};
    add_time(points - 1, &last);
    buf_char(&last, '\0');
    buf_z(out, "META_START\nOBJECT_NAME = SAT 1\nOBJECT_ID = 2026-001A\nCENTER_NAME = EARTH\nREF_FRAME = GCRF\n"
               "TIME_SYSTEM = UTC\nSTART_TIME = 2026-05-01T00:00:00\nUSEABLE_START_TIME = 2026-05-01T00:01:00\n");
    buf_printf(out, "STOP_TIME = %s\nINTERPOLATION = HERMITE\nINTERPOLATION_DEGREE = 7\nMETA_STOP\n", last.p);
    for (int i = 0; i < points; i++) {
        add_time(i, out);
        buf_printf(out, " %d 2 3 4 5 6\n", i);
    }
    buf_z(out, covariances ? "COVARIANCE_START\n" : "");
    for (int i = 0; i < covariances; i++) {
        if (i % 1000 == 0)
            buf_printf(out, "COMMENT number %d\n", i);
        buf_z(out, "EPOCH = ");
        add_time(points - covariances + i, out);
        buf_printf(out, "\nCOV_REF_FRAME = RTN\n%d\n2 3\n4 5 6\n7 8 9 10\n11 12 13 14 15\n16 17 18 19 20 21\n", i);
    }
    buf_z(out, covariances ? "COVARIANCE_STOP\n" : "");
}

/* What is told of states, or of covariances. */
static void digest_of(struct str text, bool states, struct buf *out)
{
    NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(text);
    struct ndm_event e;
    struct fault fault = {0};
    int error;
    while (!(error = ndm_next(r, &e, &fault))) {
        bool covariance = !strcmp(ndm_block_name(e.block), "covarianceMatrix");
        for (size_t i = 0; states && i < e.count; i++)
            buf_printf(out, "%.*s ", STR_ARG(e.values[i]));
        if (!states && covariance && e.what == NDM_VALUE)
            buf_printf(out, "%.*s = %.*s\n", STR_ARG(e.keyword), STR_ARG(e.text));
        if (!states && covariance && e.what == NDM_COMMENT)
            buf_printf(out, "%.*s\n", STR_ARG(e.text));
    }
    cr_assert_eq(error, NDM_END, "%s: %s", fault.where, fault.detail);
}

static size_t covariances_in(const struct taken *t, size_t i)
{
    static const char member[] = "\"cov\":[";
    struct str rest = t->items[i].json;
    size_t n = 0;
    for (const char *p; (p = memmem(rest.p, rest.n, member, sizeof member - 1)); n++)
        rest = (struct str){p + 1, rest.n - (size_t)(p + 1 - rest.p)};
    return n;
}

static void expect_same_data(const struct taken *t, struct str text)
{
    for (int states = 0; states < 2; states++) {
        BUF_CLEANUP struct buf before = {0}, after = {0};
        digest_of(text, states, &before);
        for (size_t i = 0; i < t->n; i++)
            digest_of(member(t, i, "message"), states, &after);
        cr_assert(str_eq(buf_view(&before), buf_view(&after)));
    }
}

Test(ndm_records, a_long_segment_is_several_records_that_say_the_same)
{
    for (int more = 0; more < 2; more++) {
        BUF_CLEANUP struct buf text = {0};
        TAKEN_CLEANUP struct taken t = taken_new();
        buf_z(&text, OEM_HEADER);
        add_segment(WEEK + more, 2, &text);
        taken_from(buf_view(&text), &t);
        cr_assert_eq(t.n, 1 + (size_t)more);
        expect_same_data(&t, buf_view(&text));
        expect_in(&t, 0, "\"numPoints\":10081,");
        expect_in(&t, 0,
                  more ? "STOP_TIME = 2026-05-08T00:00:00\\n" : "STOP_TIME = 2026-05-08T00:00:00\\nINTERPOLATION");
        expect_in(&t, 0, "USEABLE_START_TIME = 2026-05-01T00:01:00\\n");
        expect_in(&t, t.n - 1, "\"cov\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21]");
        cr_assert_eq(covariances_in(&t, 0), more ? 1 : 2);
        cr_assert_str_eq(t.told.p, "");
        if (!more)
            continue;
        expect_in(&t, 1, "START_TIME = 2026-05-08T00:01:00\\nSTOP_TIME = 2026-05-08T00:01:00\\nINTERPOLATION");
        expect_in(&t, 1, "\"numPoints\":1,");
        expect_in(&t, 1, "\"interpolation\":\"HERMITE\",\"interpolationDegree\":7,");
    }
}

/* Segments that go on, one behind the other and among those that do not; also in XML and without covariances. */
Test(ndm_records, covariances_stand_with_the_states_of_their_time)
{
    static const struct {
        int points, covariances;
    } segments[] = {{WEEK + 2, WEEK + 2}, {3, 2}, {WEEK + 3, 1}, {WEEK + 1, 0}, {2 * WEEK + 1, 2}};
    static const size_t expected[] = {WEEK, 2, 2, 0, 1, 0, 0, 0, 1, 1};
    BUF_CLEANUP struct buf text = {0}, xml = {0};
    buf_z(&text, OEM_HEADER);
    for (size_t i = 0; i < sizeof segments / sizeof *segments; i++)
        add_segment(segments[i].points, segments[i].covariances, &text);
    converted(buf_view(&text), NDM_XML, &xml);
    const struct str texts[] = {buf_view(&text), buf_view(&xml)};
    for (size_t k = 0; k < 2; k++) {
        TAKEN_CLEANUP struct taken t = taken_new();
        taken_from(texts[k], &t);
        cr_assert_eq(t.n, sizeof expected / sizeof *expected);
        for (size_t i = 0; i < t.n; i++)
            cr_assert_eq(covariances_in(&t, i), expected[i], "%zu of %zu", i, k);
        expect_same_data(&t, buf_view(&text));
        cr_assert_str_eq(t.told.p, "");
    }
}

/* A field has room for 65,536 bytes of them, the message for more. */
Test(ndm_records, comments_that_a_field_has_no_room_for_are_in_the_message)
{
    char line[1024] = "";
    memset(line, 'x', sizeof line - 1);
    for (size_t more = 0; more < 2; more++) {
        BUF_CLEANUP struct buf text = {0};
        TAKEN_CLEANUP struct taken t = taken_new();
        buf_z(&text, "CCSDS_OEM_VERS = 3.0\n");
        for (size_t i = 0; i < 64; i++)
            buf_printf(&text, "COMMENT %s%s\n", line, i == 63 ? more ? "xx" : "x" : "");
        buf_z(&text, HEADER);
        add_segment(2, 0, &text);
        taken_from(buf_view(&text), &t);
        cr_assert_eq(memmem(t.items[0].json.p, t.items[0].json.n, "\"comments\"", 10) == NULL, more);
        cr_assert_str_eq(t.told.p,
                         more ? "left out comments: more than a field has room for; they are in message\n" : "");
    }
}

/* --- the others --- */

Test(ndm_records, a_reentry_has_its_window_and_where_it_comes_down)
{
    static const char text[] =
        "CCSDS_RDM_VERS = 1.0\n" HEADER
        "MESSAGE_ID = 7\nOBJECT_NAME = SAT 1\nINTERNATIONAL_DESIGNATOR = 2026-001A\nCATALOG_NAME = SATCAT\n"
        "OBJECT_DESIGNATOR = 00123\nCONTROLLED_REENTRY = NO\nCENTER_NAME = EARTH\nTIME_SYSTEM = UTC\n"
        "EPOCH_TZERO = 2026-05-20T22:31:12\nORBIT_LIFETIME = 23.0 [d]\nREENTRY_ALTITUDE = 150.0 [km]\n"
        "NOMINAL_REENTRY_EPOCH = 2026-06-12T22:31:12\nREENTRY_WINDOW_START = 2026-06-10T00:00:00\n"
        "REENTRY_WINDOW_END = 2026-06-14T00:00:00\nPROBABILITY_OF_CASUALTY = 0.0001\nIMPACT_REF_FRAME = ITRF-97\n"
        "NOMINAL_IMPACT_LON = -20.5 [deg]\nNOMINAL_IMPACT_LAT = 40 [deg]\nIMPACT_1_CONFIDENCE = 50 [%]\n"
        "IMPACT_1_START_LON = 1\nIMPACT_1_START_LAT = 2\nIMPACT_1_STOP_LON = 3\nIMPACT_1_STOP_LAT = 4\n"
        "IMPACT_1_CROSS_TRACK = 5 [km]\nEPOCH = 2026-05-20T22:31:12\nX = 1\nY = 2\nZ = 3\nX_DOT = 4\nY_DOT = 5\n"
        "Z_DOT = 6\n" COVARIANCE("COV_REF_FRAME = TNW\n") "WET_MASS = 7 [kg]\nUSER_DEFINED_A = B\n";
    TAKEN_CLEANUP struct taken t = taken_new();
    taken_from(TEXT_OF(text), &t);
    cr_assert_str_eq(t.items[0].type, "reentry");
    expect_in(&t, 0, "\"satNo\":123,");
    expect_in(&t, 0,
              "\"impactAreas\":[{\"confidence\":50,\"crossTrack\":5,\"startLatitude\":2,\"startLongitude\":1,"
              "\"stopLatitude\":4,\"stopLongitude\":3}]");
    expect_in(&t, 0, "\"reentryWindowEnd\":\"2026-06-14T00:00:00.000000Z\"");
    expect_in(&t, 0, "\"cov\":[3.33E-04,2,");
    expect_in(&t, 0, "\"nominalImpactLatitude\":40,\"nominalImpactLongitude\":-20.5,");
    expect_in(&t, 0, "USER_DEFINED_A = B\\n\"");
}

#define OCM(time_system, more)                                                                                         \
    "CCSDS_OCM_VERS = 3.0\nCLASSIFICATION = U\n" HEADER "META_START\nOBJECT_NAME = SAT 1\nTIME_SYSTEM = " time_system  \
    "\nEPOCH_TZERO = 2026-05-20T22:00:00\nSTART_TIME = -10.5\nSTOP_TIME = 2026-05-21T00:00:00\n" more "META_STOP\n"    \
    "TRAJ_START\nCENTER_NAME = EARTH\nTRAJ_REF_FRAME = GCRF\nTRAJ_TYPE = CARTP\nTRAJ_UNITS = [m, m, m]\n"              \
    "900.0 1 2 3\nTRAJ_STOP\nTRAJ_START\nCENTER_NAME = EARTH\nTRAJ_REF_FRAME = ITRF2020\nTRAJ_TYPE = CARTPV\n"         \
    "0.0 1 2 3 4 5 6\n60.25 1.5 2 3 4 5 6.0\nTRAJ_STOP\nPHYS_START\nWET_MASS = 100.0 [kg]\nPHYS_STOP\n"

Test(ndm_records, a_comprehensive_message_tells_its_newest_state)
{
    TAKEN_CLEANUP struct taken t = taken_new(), ut1 = taken_new(), other = taken_new();
    struct fault fault = {0};
    taken_from(TEXT_OF(OCM("UTC", "")), &t);
    cr_assert_str_eq(t.items[0].type, "orbitcomprehensive");
    expect_in(&t, 0, "\"blocks\":[\"traj\",\"traj\",\"phys\"],");
    expect_in(&t, 0, "\"stateEpoch\":\"2026-05-20T22:01:00.250000Z\"");
    expect_in(&t, 0, "\"numStates\":3,");
    expect_in(&t, 0, "\"xpos\":1.5,");
    expect_in(&t, 0, "\"referenceFrame\":\"ITRF2020\"");
    expect_in(&t, 0, "\"start\":\"2026-05-20T21:59:49.500000Z\"");
    expect_in(&t, 0, "\"wetMass\":100.0,");
    taken_from(TEXT_OF(OCM("UT1", "UT1MUTC_AT_TZERO = .357 [s]\n")), &ut1);
    expect_in(&ut1, 0, "\"epoch\":\"2026-05-20T21:59:59.643000Z\"");
    cr_assert_eq(read_marked(TEXT_OF(OCM("UT1", "")), "U", false, &other, &fault), ERR_INVALID_RECORD);
    cr_assert(strstr(fault.detail, "TIME_SYSTEM: UT1: expected UTC, TAI, GPS, TT or TDB, or UT1 with"), "%s",
              fault.detail);
}

/* What a message is in its record is the message as the writer writes it; its segments one by one. */
Test(ndm_records, samples_are_kept_whole)
{
    static const char *const folders[] = {"cdm", "oem", "ocm", "opm", "rdm", "tdm"};
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct sample samples[32];
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t n = samples_of(folders[i], arena, samples, 32);
        for (size_t k = 0; k < n; k++) {
            BUF_CLEANUP struct buf whole = {0}, kept = {0}, before = {0};
            TAKEN_CLEANUP struct taken t = taken_new();
            taken_from(samples[k].text, &t);
            converted(samples[k].text, NDM_KVN, &whole);
            bool segments = strstr(folders[i], "oem") || strstr(folders[i], "tdm");
            for (size_t at = 0; at < t.n; at++)
                if (segments)
                    digest_of(member(&t, at, "message"), true, &kept);
                else
                    buf_str(&kept, member(&t, at, "message"));
            if (segments)
                digest_of(buf_view(&whole), true, &before);
            cr_assert(str_eq(buf_view(&kept), buf_view(segments ? &before : &whole)), "%s", samples[k].path);
        }
    }
}
