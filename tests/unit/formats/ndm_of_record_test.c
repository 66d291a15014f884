/* Records whose message is not shown become messages of their fields, which say what the fields say. */
#include "export.h"
#include "import.h"
#include "leaks.h"
#include "ndm_text.h"
#include "samples.h"

TestSuite(ndm_of_record, .fini = no_leaks);

#define ITEMS_MAX 64

struct taken {
    struct arena *arena;
    struct str json[ITEMS_MAX];
    const char *types[ITEMS_MAX];
    size_t n;
};

static int take(void *context, const struct import_item *item, struct fault *fault)
{
    struct taken *t = context;
    (void)fault;
    cr_assert_lt(t->n, ITEMS_MAX);
    t->types[t->n] = item->type;
    t->json[t->n++] = arena_str(t->arena, item->json);
    return 0;
}

static void left_out(void *context, size_t line, struct str what)
{
    (void)context;
    (void)line;
    (void)what;
}

static void taken_from(struct str text, struct arena *arena, struct taken *t)
{
    struct import_header header = {.record = {.marking = STR("U"), .data_mode = STR("TEST"), .source = STR("unit")}};
    struct import_sink sink = {take, NULL, left_out, t};
    struct fault fault = {0};
    *t = (struct taken){.arena = arena};
    cr_assert_eq(import_read(text, "ndm", &header, &sink, arena, &fault), 0, "%s: %s", fault.where, fault.detail);
}

/* Of one record, as a view shows it that keeps the members back; a point of an ephemeris has members, too. */
static int made_of(const char *type, struct str json, const char *hidden, struct buf *out, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct export_format *f = export_format_find(STR("kvn"), str_of(type));
    const struct member *members;
    size_t n, shown = 0;
    cr_assert(f && members_of(json, arena, &members, &n));
    struct member *kept = arena_array(arena, n + 1, sizeof *kept);
    for (size_t i = 0; i < n; i++)
        if (!str_is(members[i].name, "message") && !(hidden && str_is(members[i].name, hidden)))
            kept[shown++] = members[i];
    if (!member_value(members, n, "createdAt", arena).n)
        kept[shown++] = (struct member){STR("createdAt"), STR("\"2026-05-20T01:02:03.000000Z\"")};
    void *w = f->writer->begin(f, str_of(type), 0);
    int error = f->writer->add(w, kept, shown, fault);
    if (!error)
        error = f->writer->end(w, STR(""), out, fault);
    f->writer->release(w);
    return error;
}

static const char *expect_made(const char *type, const char *json, struct arena *arena)
{
    BUF_CLEANUP struct buf out = {0};
    struct fault fault = {0};
    cr_assert_eq(made_of(type, str_of(json), NULL, &out, &fault), 0, "%s: %s", fault.where, fault.detail);
    return arena_strz(arena, buf_view(&out));
}

static void expect_refused(const char *type, const char *json, const char *hidden, const char *where)
{
    BUF_CLEANUP struct buf out = {0};
    struct fault fault = {0};
    cr_assert_eq(made_of(type, str_of(json), hidden, &out, &fault), ERR_INVALID_RECORD, "%s", json);
    cr_assert_str_eq(fault.where, where, "%s: %s", fault.where, fault.detail);
    cr_assert_eq(out.n, 0);
}

/* Every field but those that tell again what others do: the message itself, and what is found in it. */
static void expect_same(struct str before, struct str after, const char *what)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct member *a, *b;
    size_t n, m;
    cr_assert(members_of(before, arena, &a, &n) && members_of(after, arena, &b, &m));
    cr_assert_eq(n, m, "%s: %.*s\n%.*s", what, STR_ARG(before), STR_ARG(after));
    for (size_t i = 0; i < n; i++)
        if (!str_is(a[i].name, "message") && !str_is(a[i].name, "warnings"))
            cr_assert(str_eq(a[i].name, b[i].name) && str_eq(a[i].value, b[i].value), "%s: %.*s: %.*s, %.*s", what,
                      STR_ARG(a[i].name), STR_ARG(a[i].value), STR_ARG(b[i].value));
}

/* Message to records, their fields to messages, and these to records. */
static size_t comes_back(struct str text, const char *what)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct taken first, second;
    size_t made = 0;
    taken_from(text, arena, &first);
    for (size_t i = 0; i < first.n; i++) {
        BUF_CLEANUP struct buf out = {0};
        struct fault fault = {0};
        if (made_of(first.types[i], first.json[i], NULL, &out, &fault)) {
            cr_assert(strstr("referenceFrame ephemerisList", fault.where), "%s: %s: %s", what, fault.where,
                      fault.detail);
            continue;
        }
        taken_from(buf_view(&out), arena, &second);
        cr_assert_eq(second.n, 1, "%s", what);
        expect_same(first.json[i], second.json[0], what);
        made++;
    }
    return made;
}

#define COV "[0.000333,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,2.10E-01]"
#define NUMBERS                                                                                                        \
    "CX_X = 0.000333\nCY_X = 2\nCY_Y = 3\nCZ_X = 4\nCZ_Y = 5\nCZ_Z = 6\nCX_DOT_X = 7\nCX_DOT_Y = 8\nCX_DOT_Z = 9\n"    \
    "CX_DOT_X_DOT = 10\nCY_DOT_X = 11\nCY_DOT_Y = 12\nCY_DOT_Z = 13\nCY_DOT_X_DOT = 14\nCY_DOT_Y_DOT = 15\n"           \
    "CZ_DOT_X = 16\nCZ_DOT_Y = 17\nCZ_DOT_Z = 18\nCZ_DOT_X_DOT = 19\nCZ_DOT_Y_DOT = 20\nCZ_DOT_Z_DOT = 2.10E-01\n"

/* --- state vectors --- */

#define STATE                                                                                                          \
    "{\"classificationMarking\":\"U\",\"createdAt\":\"2026-05-20T01:02:03.000000Z\",\"createdBy\":\"USA\","            \
    "\"epoch\":\"2026-05-20T12:00:37.123456Z\",\"xpos\":6503.5140,\"ypos\":1,\"zpos\":-2.50E+1,\"xvel\":4,"            \
    "\"yvel\":5,\"zvel\":6,\"referenceFrame\":\"J2000\",\"id\":\"x\",\"dataMode\":\"TEST\",\"source\":\"unit\""
#define LINES                                                                                                          \
    "CENTER_NAME = EARTH\nREF_FRAME = EME2000\nTIME_SYSTEM = UTC\nEPOCH = 2026-05-20T12:00:37.123456\n"                \
    "X = 6503.5140\nY = 1\nZ = -2.50E+1\nX_DOT = 4\nY_DOT = 5\nZ_DOT = 6\n"

Test(ndm_of_record, a_state_vector_is_an_opm)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const char *least = expect_made("statevector", STATE "}", arena);
    cr_assert_str_eq(least, "CCSDS_OPM_VERS = 3.0\nCLASSIFICATION = U\nCREATION_DATE = 2026-05-20T01:02:03.000000\n"
                            "ORIGINATOR = USA\nOBJECT_NAME = UNKNOWN\nOBJECT_ID = UNKNOWN\n" LINES);
    const char *most = expect_made("statevector",
                                   STATE ",\"origin\":\"JAXA\",\"msgTs\":\"2026-05-19T01:02:03.000000Z\","
                                         "\"origObjectId\":\"SAT 1\",\"satNo\":5,\"mass\":3000.0,\"cov\":" COV
                                         ",\"covReferenceFrame\":\"UVW\",\"posUnc\":0.10,\"uct\":false,"
                                         "\"sourcedDataTypes\":[\"EO\",\"RADAR\"],\"tags\":[\"a\"]}",
                                   arena);
    cr_assert_str_eq(most, "CCSDS_OPM_VERS = 3.0\nCLASSIFICATION = U\nCREATION_DATE = 2026-05-19T01:02:03.000000\n"
                           "ORIGINATOR = JAXA\nOBJECT_NAME = SAT 1\nOBJECT_ID = 5\n" LINES
                           "MASS = 3000.0\nCOV_REF_FRAME = RTN\n" NUMBERS "USER_DEFINED_POS_UNC = 0.10\n"
                           "USER_DEFINED_UCT = false\nUSER_DEFINED_SOURCED_DATA_TYPES = [\"EO\",\"RADAR\"]\n");
}

Test(ndm_of_record, frames_are_those_of_messages)
{
    static const struct {
        const char *frame, *line;
    } cases[] = {{"GCRF", "REF_FRAME = GCRF\n"}, {"TEME", "REF_FRAME = TEME\n"}, {"ITRF", "REF_FRAME = ITRF\n"}};
    ARENA_CLEANUP struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BUF_CLEANUP struct buf json = {0};
        replaced(str_of(STATE "}"), "J2000", cases[i].frame, &json);
        cr_assert(strstr(expect_made("statevector", arena_strz(arena, buf_view(&json)), arena), cases[i].line));
    }
    const char *turning =
        expect_made("statevector", STATE ",\"covReferenceFrame\":\"ECR/ECEF\",\"cov\":" COV "}", arena);
    cr_assert(strstr(turning, "COV_REF_FRAME = ITRF\n"), "%s", turning);
}

/* As a view may have reduced it. */
Test(ndm_of_record, what_an_opm_cannot_say_is_refused_by_its_field)
{
    static const char *const needed[] = {"epoch", "xpos", "ypos", "zpos", "xvel", "yvel", "zvel", "referenceFrame"};
    static const struct {
        const char *more, *where;
    } cases[] = {
        {",\"cov\":" COV, "covReferenceFrame"},
        {",\"covReferenceFrame\":\"EFG/TDR\",\"cov\":" COV, "covReferenceFrame"},
        {",\"covReferenceFrame\":\"UVW\",\"cov\":[1,2,3]", "cov"},
        {",\"covReferenceFrame\":\"UVW\",\"cov\":[]", "cov"},
        {",\"origObjectId\":\"a\\nX = 1\"", "origObjectId"},
        {",\"algorithm\":\"a\\rX = 1\"", "algorithm"},
    };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        expect_refused("statevector", STATE "}", needed[i], needed[i]);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BUF_CLEANUP struct buf json = {0};
        buf_printf(&json, "%s%s}%c", STATE, cases[i].more, '\0');
        expect_refused("statevector", json.p, NULL, cases[i].where);
    }
    BUF_CLEANUP struct buf other = {0};
    replaced(str_of(STATE "}"), "J2000", "EFG/TDR", &other);
    buf_char(&other, '\0');
    expect_refused("statevector", other.p, NULL, "referenceFrame");
}

static void text_of_most(size_t n, struct buf *out)
{
    buf_z(out, STATE ",\"algorithm\":\"");
    for (size_t i = 0; i < n; i++)
        buf_char(out, 'a');
    buf_add(out, "\"}", 3);
}

Test(ndm_of_record, a_text_is_as_long_as_a_line_has_room_for)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf fits = {0}, does_not = {0};
    text_of_most(3900, &fits);
    text_of_most(3901, &does_not);
    cr_assert(strstr(expect_made("statevector", fits.p, arena), "USER_DEFINED_ALGORITHM = aaa"));
    expect_refused("statevector", does_not.p, NULL, "algorithm");
}

/* --- ephemerides --- */

#define POINT(time, more)                                                                                              \
    "{\"classificationMarking\":\"U\",\"dataMode\":\"TEST\",\"source\":\"unit\",\"ts\":\"2026-05-20T" time             \
    ".000000Z\",\"xpos\":7000.10,\"ypos\":2,\"zpos\":3,\"xvel\":4,\"yvel\":5,\"zvel\":6" more "}"
#define SET                                                                                                            \
    "{\"classificationMarking\":\"U\",\"createdAt\":\"2026-05-20T01:02:03.000000Z\",\"createdBy\":\"USA\","            \
    "\"category\":\"EXTERNAL\",\"type\":\"ROUTINE\",\"numPoints\":2,\"origObjectId\":\"2026-001A\","                   \
    "\"centBody\":\"EARTH\",\"referenceFrame\":\"GCRF\",\"pointStartTime\":\"2026-05-20T12:00:00.000000Z\","           \
    "\"pointEndTime\":\"2026-05-20T12:01:00.000000Z\""

Test(ndm_of_record, an_ephemeris_is_an_oem)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const char *text = expect_made(
        "ephemerisset",
        SET ",\"comments\":\"one\\ntwo\",\"covReferenceFrame\":\"UVW\",\"hasCov\":true,\"dragModel\":\"JACCHIA 70\","
            "\"ephemerisList\":[" POINT("12:00:00", "") "," POINT("12:01:00", ",\"cov\":" COV) "]}",
        arena);
    static const char *const parts[] = {
        "CCSDS_OEM_VERS = 3.0\nCOMMENT one\nCOMMENT two\nCOMMENT type = ROUTINE\nCOMMENT dragModel = JACCHIA 70\n"
        "CLASSIFICATION = U\nCREATION_DATE = 2026-05-20T01:02:03.000000\nORIGINATOR = USA\nMETA_START\n"
        "OBJECT_NAME = UNKNOWN\nOBJECT_ID = 2026-001A\nCENTER_NAME = EARTH\nREF_FRAME = GCRF\nTIME_SYSTEM = UTC\n"
        "START_TIME = 2026-05-20T12:00:00.000000\nSTOP_TIME = 2026-05-20T12:01:00.000000\nMETA_STOP\n",
        "META_STOP\n2026-05-20T12:00:00.000000 7000.10 2 3 4 5 6\n2026-05-20T12:01:00.000000 7000.10 2 3 4 5 6\n"
        "COVARIANCE_START\nEPOCH = 2026-05-20T12:01:00.000000\nCOV_REF_FRAME = RTN\n0.000333\n2 3\n4 5 6\n",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        cr_assert(strstr(text, parts[i]), "%s\n%s", parts[i], text);
}

Test(ndm_of_record, what_an_oem_cannot_say_is_refused_by_its_field)
{
    static const char *const needed[] = {"ephemerisList", "centBody", "referenceFrame", "pointStartTime",
                                         "pointEndTime"};
    static const char whole[] = SET ",\"ephemerisList\":[" POINT("12:00:00", "") "," POINT("12:01:00", "") "]}";
    static const struct {
        const char *from, *to, *where;
    } cases[] = {
        {",\"zvel\":6}", "}", "ephemerisList[0].zvel"},
        {",\"zvel\":6}", ",\"zvel\":6,\"xaccel\":1}", "ephemerisList[0].yaccel"},
        {",\"zvel\":6}", ",\"zvel\":6,\"cov\":[1]}", "ephemerisList[0].cov"},
        {",\"zvel\":6}", ",\"zvel\":6,\"cov\":" COV "}", "covReferenceFrame"},
        {"\"centBody\"", "\"interpolation\":\"HERMITE\",\"centBody\"", "interpolationDegree"},
        {"\"centBody\"", "\"interpolationDegree\":5,\"centBody\"", "interpolationDegree"},
        {"\"ephemerisList\":[", "\"ephemerisList\":[],\"x\":[", "ephemerisList"},
    };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        expect_refused("ephemerisset", whole, needed[i], needed[i]);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BUF_CLEANUP struct buf json = {0};
        replaced(str_of(whole), cases[i].from, cases[i].to, &json);
        buf_char(&json, '\0');
        expect_refused("ephemerisset", json.p, NULL, cases[i].where);
    }
}

/* --- mean elements --- */

#define HEADER "CREATION_DATE = 2026-05-20T22:31:12\nORIGINATOR = TEST\n"
#define OMM(theory, more)                                                                                              \
    "CCSDS_OMM_VERS = 3.0\n" HEADER "OBJECT_NAME = SAT 1\nOBJECT_ID = 2026-001A\nCENTER_NAME = EARTH\n"                \
    "REF_FRAME = TEME\nTIME_SYSTEM = UTC\nMEAN_ELEMENT_THEORY = " theory "\nEPOCH = 2026-05-20T22:31:12\n"             \
    "MEAN_MOTION = 15.50\nECCENTRICITY = 0.0007\nINCLINATION = 51.6\nRA_OF_ASC_NODE = 2\nARG_OF_PERICENTER = 3\n"      \
    "MEAN_ANOMALY = 4\n" more
#define XP "BTERM = 0.0120\nMEAN_MOTION_DOT = -0.000001\nAGOM = 0.010\n"
#define OLD "BSTAR = 0.0120\nMEAN_MOTION_DOT = -0.000001\nMEAN_MOTION_DDOT = 0\n"

Test(ndm_of_record, the_theory_of_mean_elements_is_their_type)
{
    static const struct {
        const char *text, *theory, *field;
    } cases[] = {
        {OMM("SGP4-XP", XP), "MEAN_ELEMENT_THEORY = SGP4-XP\n", "\"ephemType\":4,"},
        {OMM("SGP4-XP", "EPHEMERIS_TYPE = 4\n" XP), "BTERM = 0.0120\n", "\"ballisticCoeff\":0.0120,"},
        {OMM("PPT3", OLD), "MEAN_ELEMENT_THEORY = PPT3\n", "\"ephemType\":3,"},
        {OMM("SGP/SGP4", "EPHEMERIS_TYPE = 2\n" OLD), "MEAN_ELEMENT_THEORY = SGP4\n", "\"ephemType\":2,"},
        {OMM("SGP4", "EPHEMERIS_TYPE = 0\n" OLD), "MEAN_ELEMENT_THEORY = SGP4\n", "\"ephemType\":0,"},
        {OMM("SGP4", "BSTAR = 0.0120\n"), "BSTAR = 0.0120\n", "\"bStar\":0.0120"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct taken t;
        taken_from(str_of(cases[i].text), arena, &t);
        const char *json = arena_strz(arena, t.json[0]), *made = expect_made("elset", json, arena);
        cr_assert(strstr(json, cases[i].field), "%s", json);
        cr_assert(strstr(made, cases[i].theory), "%s", made);
        cr_assert_eq(comes_back(str_of(cases[i].text), cases[i].text), 1);
    }
}

static void expect_no_record(const char *text, const char *detail)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct taken t = {.arena = arena};
    struct import_header header = {.record = {.marking = STR("U"), .data_mode = STR("TEST"), .source = STR("unit")}};
    struct import_sink sink = {take, NULL, left_out, &t};
    struct fault fault = {0};
    cr_assert_eq(import_read(str_of(text), "ndm", &header, &sink, arena, &fault), ERR_INVALID_RECORD, "%s", text);
    cr_assert(strstr(fault.detail, detail), "%s", fault.detail);
}

/* Table 4-3; before version 3.0 every set has the derivatives. */
Test(ndm_of_record, theories_need_their_derivatives)
{
    static const struct {
        const char *text, *detail;
    } cases[] = {
        {OMM("SGP", "BSTAR = 0\nMEAN_MOTION_DDOT = 0\n"), "MEAN_MOTION_DOT: expected with"},
        {OMM("PPT3", "BSTAR = 0\nMEAN_MOTION_DOT = 0\n"), "MEAN_MOTION_DDOT: expected with"},
        {OMM("SGP4", "BSTAR = 0\nMEAN_MOTION_DDOT = 0\nAGOM = 0\n"), "AGOM: expected either it or MEAN_MOTION_DDOT"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_no_record(cases[i].text, cases[i].detail);
    BUF_CLEANUP struct buf old = {0};
    replaced(STR(OMM("SGP4", "BSTAR = 0\nMEAN_MOTION_DDOT = 0\n")), "VERS = 3.0", "VERS = 2.0", &old);
    buf_char(&old, '\0');
    expect_no_record(old.p, "MEAN_MOTION_DOT: expected before this");
}

Test(ndm_of_record, what_is_no_kin_of_sgp4_is_refused_by_its_keyword)
{
    expect_no_record(OMM("DSST", ""), "MEAN_ELEMENT_THEORY: expected SGP|");
    expect_no_record(OMM("USM", ""), "MEAN_ELEMENT_THEORY: expected SGP|");
    expect_no_record(OMM("SGP4-XP", "EPHEMERIS_TYPE = 2\n" XP), "EPHEMERIS_TYPE: expected that of MEAN_ELEMENT_THEORY");
    expect_no_record(OMM("PPT3", "EPHEMERIS_TYPE = 0\n" OLD), "EPHEMERIS_TYPE: expected that of MEAN_ELEMENT_THEORY");
}

#define ELEMENTS                                                                                                       \
    "{\"classificationMarking\":\"U\",\"createdAt\":\"2026-05-20T01:02:03.000000Z\",\"createdBy\":\"USA\","            \
    "\"epoch\":\"2026-05-20T22:31:12.123456Z\",\"meanMotion\":15.50,\"eccentricity\":0.0007,\"inclination\":51.6,"     \
    "\"raan\":2,\"argOfPerigee\":3,\"meanAnomaly\":4,\"meanMotionDot\":0,\"semiMajorAxis\":6796.1,\"bStar\":1,"        \
    "\"ballisticCoeff\":2,\"agom\":3,\"meanMotionDDot\":4"

/* What a theory does not use is the sender's own. */
Test(ndm_of_record, mean_elements_have_the_terms_of_their_theory)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const char *old = expect_made("elset", ELEMENTS ",\"ephemType\":2}", arena);
    cr_assert(strstr(old, "BSTAR = 1\nMEAN_MOTION_DOT = 0\nMEAN_MOTION_DDOT = 4\n") &&
                  strstr(old, "USER_DEFINED_SEMI_MAJOR_AXIS = 6796.1\nUSER_DEFINED_BALLISTIC_COEFF = 2\n"
                              "USER_DEFINED_AGOM = 3\n"),
              "%s", old);
    const char *xp = expect_made("elset", ELEMENTS ",\"ephemType\":4}", arena);
    cr_assert(strstr(xp, "BTERM = 2\nMEAN_MOTION_DOT = 0\nAGOM = 3\n") &&
                  strstr(xp, "USER_DEFINED_B_STAR = 1\nUSER_DEFINED_MEAN_MOTION_DDOT = 4\n"),
              "%s", xp);
    expect_refused("elset", ELEMENTS ",\"ephemType\":6}", NULL, "ephemType");
    expect_refused("elset", ELEMENTS ",\"ephemType\":1}", NULL, "ephemType");
}

/* --- there and back --- */

Test(ndm_of_record, fields_alone_make_the_same_record_again)
{
    static const char *const texts[] = {
        "CCSDS_OPM_VERS = 2.0\n" HEADER "OBJECT_NAME = SAT 1\nOBJECT_ID = 2026-001A\n" LINES
        "MASS = 3000.0\nSOLAR_RAD_AREA = 18.77\nSOLAR_RAD_COEFF = 1.0\nDRAG_AREA = 18.7\nDRAG_COEFF = 2.50\n" NUMBERS,
        "CCSDS_OPM_VERS = 3.0\n" HEADER "OBJECT_NAME = SAT 1\nOBJECT_ID = 2026-001A\nCENTER_NAME = EARTH\n"
        "REF_FRAME = ITRF-97\nTIME_SYSTEM = GPS\nEPOCH = 2026-140T12:00:37.123456\nX = 1\nY = 2\nZ = 3\nX_DOT = 4\n"
        "Y_DOT = 5\nZ_DOT = 6\nCOV_REF_FRAME = RSW\n" NUMBERS,
        "CCSDS_OEM_VERS = 3.0\nCOMMENT one\n" HEADER "META_START\nOBJECT_NAME = SAT 1\nOBJECT_ID = 2026-001A\n"
        "CENTER_NAME = EARTH\nREF_FRAME = EME2000\nTIME_SYSTEM = TAI\nSTART_TIME = 2026-05-20T12:00:00\n"
        "USEABLE_START_TIME = 2026-05-20T12:00:10\nUSEABLE_STOP_TIME = 2026-05-20T12:00:50\n"
        "STOP_TIME = 2026-05-20T12:01:00\nINTERPOLATION = HERMITE\nINTERPOLATION_DEGREE = 7\nMETA_STOP\n"
        "COMMENT two\n2026-05-20T12:00:00 1.0 2 3 4 5 6 7 8 9\n2026-05-20T12:01:00 1.10 2 3 4 5 6 7 8 -9E-3\n"
        "COVARIANCE_START\nEPOCH = 2026-05-20T12:01:00\n1.0\n2 3\n4 5 6\n7 8 9 10\n11 12 13 14 15\n"
        "16 17 18 19 20 21\nCOVARIANCE_STOP\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_assert_eq(comes_back(str_of(texts[i]), texts[i]), 1, "%s", texts[i]);
}

static size_t samples_come_back(const char *folder)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct sample samples[32];
    size_t n = samples_of(folder, arena, samples, 32), made = 0;
    for (size_t i = 0; i < n; i++)
        made += comes_back(samples[i].text, samples[i].path);
    return made;
}

Test(ndm_of_record, samples_come_back_from_their_fields)
{
    cr_assert_gt(samples_come_back("opm"), 0);
    cr_assert_gt(samples_come_back("oem"), 0);
}
