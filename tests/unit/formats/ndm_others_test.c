/* Messages on tracking (503.0-B-2), conjunctions (508.0-B-1) and re-entries (508.1-B-1). */
#include "cdm.h"
#include "leaks.h"
#include "ndm_text.h"

TestSuite(ndm_others, .fini = no_leaks);

static const char tdm[] = "CCSDS_TDM_VERS = 2.0\n"
                          "CREATION_DATE = 2026-05-20T22:31:12\n"
                          "ORIGINATOR = TEST\n"
                          "META_START\n"
                          "COMMENT of a pass\n"
                          "TRACK_ID = 7\n"
                          "TIME_SYSTEM = UTC\n"
                          "START_TIME = 2026-05-20T22:00:00\n"
                          "STOP_TIME = 2026-05-20T22:10:00\n"
                          "PARTICIPANT_1 = STATION\n"
                          "PARTICIPANT_2 = SAT 1\n"
                          "MODE = SEQUENTIAL\n"
                          "PATH = 1,2,1\n"
                          "INTEGRATION_INTERVAL = 1.0 [s]\n"
                          "INTEGRATION_REF = END\n"
                          "RANGE_UNITS = km\n"
                          "ANGLE_TYPE = AZEL\n"
                          "META_STOP\n"
                          "DATA_START\n"
                          "COMMENT of its data\n"
                          "RANGE = 2026-05-20T22:00:00 1234.5\n"
                          "ANGLE_1 = 2026-05-20T22:00:00 67.01312389\n"
                          "ANGLE_2 = 2026-05-20T22:00:00 18.28395556\n"
                          "RANGE = 2026-05-20T22:01:00 1234.6\n"
                          "ANGLE_1 = 2026-05-20T22:01:00 67.01982278\n"
                          "MAG = 2026-05-20T22:00:30 7\n"
                          "TRANSMIT_PHASE_CT_5 = 2026-05-20T22:00:30 7175173383.615373\n"
                          "DATA_STOP\n"
                          "META_START\n"
                          "TIME_SYSTEM = TAI\n"
                          "PARTICIPANT_1 = CLOCK\n"
                          "META_STOP\n"
                          "DATA_START\n"
                          "CLOCK_BIAS = 2026-05-20T22:00:00 -1e-9\n"
                          "DATA_STOP\n";

static const char rdm[] = "CCSDS_RDM_VERS = 1.0\n"
                          "CREATION_DATE = 2026-05-20T22:31:12\n"
                          "ORIGINATOR = TEST\n"
                          "MESSAGE_ID = 7\n"
                          "OBJECT_NAME = SAT 1\n"
                          "INTERNATIONAL_DESIGNATOR = 2026-001A\n"
                          "CONTROLLED_REENTRY = NO\n"
                          "CENTER_NAME = EARTH\n"
                          "TIME_SYSTEM = UTC\n"
                          "EPOCH_TZERO = 2026-05-20T22:31:12\n"
                          "REENTRY_DISINTEGRATION = MASS-LOSS + BREAK-UP\n"
                          "NEXT_MESSAGE_EPOCH = N/A\n"
                          "ORBIT_LIFETIME = 23.0 [d]\n"
                          "REENTRY_ALTITUDE = 150.0 [km]\n"
                          "IMPACT_REF_FRAME = ITRF-97\n"
                          "NOMINAL_IMPACT_LON = -20.5 [deg]\n"
                          "NOMINAL_IMPACT_LAT = 40 [deg]\n"
                          "COMMENT of the state\n"
                          "EPOCH = 2026-05-20T22:31:12\n"
                          "X = 1 [km]\n"
                          "Y = 2 [km]\n"
                          "Z = 3 [km]\n"
                          "X_DOT = 4 [km/s]\n"
                          "Y_DOT = 5 [km/s]\n"
                          "Z_DOT = 6 [km/s]\n"
                          "WET_MASS = 7 [kg]\n"
                          "USER_DEFINED_A = B\n";

#define OBJECT(number)                                                                                                 \
    "OBJECT = OBJECT" number "\n"                                                                                      \
    "OBJECT_DESIGNATOR = 1234" number "\n"                                                                             \
    "CATALOG_NAME = SATCAT\n"                                                                                          \
    "OBJECT_NAME = SAT " number "\n"                                                                                   \
    "INTERNATIONAL_DESIGNATOR = 2026-001A\n"                                                                           \
    "EPHEMERIS_NAME = NONE\n"                                                                                          \
    "COVARIANCE_METHOD = CALCULATED\n"                                                                                 \
    "MANEUVERABLE = N/A\n"                                                                                             \
    "REF_FRAME = ITRF\n"                                                                                               \
    "COMMENT of its orbit\n"                                                                                           \
    "ACTUAL_OD_SPAN = 5.50 [d]\n"                                                                                      \
    "MASS = 25" number " [kg]\n"                                                                                       \
    "X = 1 [km]\n"                                                                                                     \
    "Y = 2 [km]\n"                                                                                                     \
    "Z = 3 [km]\n"                                                                                                     \
    "X_DOT = 4 [km/s]\n"                                                                                               \
    "Y_DOT = 5 [km/s]\n"                                                                                               \
    "Z_DOT = 6 [km/s]\n"                                                                                               \
    "CR_R = 1 [m**2]\n"                                                                                                \
    "CT_R = 2 [m**2]\n"                                                                                                \
    "CT_T = 3 [m**2]\n"                                                                                                \
    "CN_R = 4 [m**2]\n"                                                                                                \
    "CN_T = 5 [m**2]\n"                                                                                                \
    "CN_N = 6 [m**2]\n"                                                                                                \
    "CRDOT_R = 7 [m**2/s]\n"                                                                                           \
    "CRDOT_T = 8 [m**2/s]\n"                                                                                           \
    "CRDOT_N = 9 [m**2/s]\n"                                                                                           \
    "CRDOT_RDOT = 10 [m**2/s**2]\n"                                                                                    \
    "CTDOT_R = 11 [m**2/s]\n"                                                                                          \
    "CTDOT_T = 12 [m**2/s]\n"                                                                                          \
    "CTDOT_N = 13 [m**2/s]\n"                                                                                          \
    "CTDOT_RDOT = 14 [m**2/s**2]\n"                                                                                    \
    "CTDOT_TDOT = 15 [m**2/s**2]\n"                                                                                    \
    "CNDOT_R = 16 [m**2/s]\n"                                                                                          \
    "CNDOT_T = 17 [m**2/s]\n"                                                                                          \
    "CNDOT_N = 18 [m**2/s]\n"                                                                                          \
    "CNDOT_RDOT = 19 [m**2/s**2]\n"                                                                                    \
    "CNDOT_TDOT = 20 [m**2/s**2]\n"                                                                                    \
    "CNDOT_NDOT = 21 [m**2/s**2]\n"

static const char cdm[] = "CCSDS_CDM_VERS = 1.0\n"
                          "CREATION_DATE = 2026-05-20T22:31:12\n"
                          "ORIGINATOR = TEST\n"
                          "MESSAGE_FOR = SAT 1\n"
                          "MESSAGE_ID = 7\n"
                          "CLASSIFICATION = U\n"
                          "COMMENT of both\n"
                          "CONJUNCTION_ID = 17\n"
                          "TCA = 2026-05-21T22:31:12.618\n"
                          "MISS_DISTANCE = 715 [m]\n"
                          "RELATIVE_POSITION_R = 27.4 [m]\n"
                          "RELATIVE_POSITION_T = -70.2 [m]\n"
                          "RELATIVE_POSITION_N = 711.8 [m]\n"
                          "RELATIVE_VELOCITY_R = -7.2 [m/s]\n"
                          "RELATIVE_VELOCITY_T = -14692.0 [m/s]\n"
                          "RELATIVE_VELOCITY_N = -1437.2 [m/s]\n"
                          "SCREEN_VOLUME_SHAPE = BOX\n"
                          "COLLISION_PROBABILITY = 4.835E-05\n" OBJECT("1") OBJECT("2") "CDRG_R = 1 [m**3/kg]\n"
                                                                                        "CDRG_T = 2 [m**3/kg]\n"
                                                                                        "CDRG_N = 3 [m**3/kg]\n"
                                                                                        "CDRG_RDOT = 4 [m**3/(kg*s)]\n"
                                                                                        "CDRG_TDOT = 5 [m**3/(kg*s)]\n"
                                                                                        "CDRG_NDOT = 6 [m**3/(kg*s)]\n"
                                                                                        "CDRG_DRG = 7 [m**4/kg**2]\n";

#define TEXT(array) ((struct str){(array), sizeof(array) - 1})

Test(ndm_others, both_notations_say_the_same)
{
    static const struct str texts[] = {{tdm, sizeof tdm - 1}, {rdm, sizeof rdm - 1}, {cdm, sizeof cdm - 1}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        BUF_CLEANUP struct buf kvn = {0}, xml = {0}, again = {0};
        converted(texts[i], NDM_KVN, &kvn);
        cr_assert(str_eq(buf_view(&kvn), texts[i]), "%.*s", STR_ARG(buf_view(&kvn)));
        converted(texts[i], NDM_XML, &xml);
        converted(buf_view(&xml), NDM_KVN, &again);
        cr_assert(str_eq(buf_view(&again), texts[i]), "%.*s", STR_ARG(buf_view(&xml)));
    }
}

Test(ndm_others, metadata_of_tracking_come_in_any_order_and_go_in_theirs)
{
    BUF_CLEANUP struct buf changed = {0}, out = {0};
    replaced(TEXT(tdm), "TRACK_ID = 7\nTIME_SYSTEM = UTC\n", "TIME_SYSTEM = UTC\nTRACK_ID = 7\n", &changed);
    converted(buf_view(&changed), NDM_KVN, &out);
    cr_assert(str_eq(buf_view(&out), TEXT(tdm)), "%.*s", STR_ARG(buf_view(&out)));
}

Test(ndm_others, the_parts_of_a_tdm)
{
    static const struct refusal cases[] = {
        {"CCSDS_TDM_VERS = 2.0", "CCSDS_TDM_VERS = 1.0", NULL, "TRACK_ID: expected in version 2.0"},
        {"TIME_SYSTEM = TAI\n", "", NULL, "TIME_SYSTEM: expected before this, in the metadata"},
        {"MODE = SEQUENTIAL", "MODE = PARALLEL", NULL, "MODE: expected SEQUENTIAL|SINGLE_DIFF"},
        {"PATH = 1,2,1\n", "PATH_1 = 1,2\n", NULL, "PATH_2: expected behind PATH_1"},
        {"RANGE_UNITS = km\n", "RANGE_UNITS = km\nMODE = SEQUENTIAL\n", NULL, "MODE: expected once"},
        {"CLOCK_BIAS = 2026-05-20T22:00:00 -1e-9\n", "", NULL, "expected an observation"},
        {"STOP_TIME = 2026-05-20T22:10:00", "STOP_TIME = 2026-05-20T21:10:00", NULL, "STOP_TIME: expected a time"},
        {"RANGE = 2026-05-20T22:01:00", "RANGE = 2026-05-20T22:00:00", NULL, "RANGE: expected a time later"},
        {"RANGE = 2026-05-20T22:01:00", "RANGE = 2026-05-20T22:61:00", NULL, "RANGE: expected a time"},
        {"2026-05-20T22:00:00 67.01312389", "2026-05-20T22:00:00", NULL, "ANGLE_1: expected a time and a value"},
        {"67.01312389", "67.01312389 1", NULL, "ANGLE_1: expected a time and a value"},
        {"67.01312389", "67,0", NULL, "ANGLE_1: expected a number"},
        {"MAG = ", "SHADE = ", NULL, "SHADE: expected a keyword"},
        {"DATA_STOP\nMETA_START", "META_START", NULL, "META: not expected here"},
        {"DATA_START\nCOMMENT", "COMMENT", NULL, "RANGE: not expected here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(TEXT(tdm), &cases[i]);
}

Test(ndm_others, the_parts_of_an_rdm)
{
    static const struct refusal cases[] = {
        {"CONTROLLED_REENTRY = NO", "CONTROLLED_REENTRY = MAYBE", NULL, "expected YES|NO|UNKNOWN"},
        {"ORBIT_LIFETIME = 23.0 [d]\n", "", NULL, "ORBIT_LIFETIME: expected before this"},
        {"NOMINAL_IMPACT_LAT = 40 [deg]\n", "", NULL, "NOMINAL_IMPACT_LAT: expected behind NOMINAL_IMPACT_LON"},
        {"Y_DOT = 5 [km/s]\n", "", NULL, "Y_DOT: expected before this, in the stateVector"},
        {"USER_DEFINED_A = B\n", "COV_REF_FRAME = RTN\n", NULL, "COV_REF_FRAME: not expected here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(TEXT(rdm), &cases[i]);
}

Test(ndm_others, the_parts_of_a_cdm)
{
    static const struct refusal cases[] = {
        {"OBJECT = OBJECT1", "OBJECT = OBJECT2", NULL, "OBJECT: expected OBJECT1"},
        {"OBJECT = OBJECT2", "OBJECT = OBJECT1", NULL, "OBJECT: expected OBJECT2"},
        {"MISS_DISTANCE = 715 [m]\n", "", NULL, "MISS_DISTANCE: expected before this"},
        {"MISS_DISTANCE = 715 [m]", "MISS_DISTANCE = 715 [km]", NULL, "expected the unit [m]"},
        {"RELATIVE_POSITION_T = -70.2 [m]\n", "", NULL, "RELATIVE_POSITION_T: expected before this"},
        {"CN_T = 5 [m**2]\n", "", NULL, "CN_T: expected before this, in the covarianceMatrix"},
        {"CDRG_N = 3 [m**3/kg]\n", "", NULL, "CDRG_N: expected behind CDRG_T"},
        {"MISS_DISTANCE = 715", "MISS_DISTANCE = -715", NULL, "MISS_DISTANCE: expected a number, at least 0"},
        {"REF_FRAME = ITRF", "REF_FRAME = TEME", NULL, "REF_FRAME: expected EME2000|GCRF|ITRF"},
        {"TCA = 2026-05-21T22:31:12.618", "TCA = soon", "line 9, column 7", "TCA: expected a time"},
        {"TCA = 2026-05-21T22:31:12.618\n", "", NULL, "TCA: expected before this, in the relativeMetadataData"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(TEXT(cdm), &cases[i]);
    BUF_CLEANUP struct buf half = {0}, out = {0};
    buf_add(&half, cdm, (size_t)(strstr(cdm, "OBJECT = OBJECT2") - cdm));
    NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(buf_view(&half));
    struct fault fault;
    cr_assert_eq(convert(r, NDM_KVN, &out, &fault), ERR_INVALID_RECORD);
    cr_assert(strstr(fault.detail, "OBJECT: expected before this"), "%s", fault.detail);
}

Test(ndm_others, units_of_a_conjunction_stand_in_its_xml)
{
    BUF_CLEANUP struct buf bare = {0}, xml = {0};
    replaced(TEXT(cdm), "MISS_DISTANCE = 715 [m]", "MISS_DISTANCE = 715", &bare);
    converted(buf_view(&bare), NDM_XML, &xml);
    buf_char(&xml, '\0');
    cr_assert(strstr(xml.p, "<MISS_DISTANCE units=\"m\">715</MISS_DISTANCE>"));
}

static void conjunction(struct str text, struct buf *out)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct header header = {STR("U"), STR("TEST"), STR("x"), STR(""), STR("")};
    struct cdm *message = arena_alloc(arena, sizeof *message);
    struct fault fault = {0};
    cr_assert_eq(cdm_read(text, arena, message, &fault), 0, "%s: %s", fault.where, fault.detail);
    cdm_conjunction(message, &header, out);
}

Test(ndm_others, a_conjunction_is_the_same_record_from_either_notation)
{
    BUF_CLEANUP struct buf xml = {0}, one = {0}, other = {0};
    converted(TEXT(cdm), NDM_XML, &xml);
    conjunction(TEXT(cdm), &one);
    conjunction(buf_view(&xml), &other);
    cr_assert(str_eq(buf_view(&one), buf_view(&other)));
    buf_char(&one, '\0');
    cr_assert(strstr(one.p, "\"message\":\"CCSDS_CDM_VERS = 1.0\\nCREATION_DATE = "), "%s", one.p);
    cr_assert(strstr(one.p, "\"eventId\":\"17\",") && strstr(one.p, "\"missDistance\":715,") &&
                  strstr(one.p, "\"satNo2\":12342,"),
              "%s", one.p);
}

Test(ndm_others, a_conjunction_is_one_message)
{
    static const struct {
        struct str text;
        const char *twice;
    } cases[] = {{{cdm, sizeof cdm - 1}, cdm}, {{tdm, sizeof tdm - 1}, ""}};
    for (size_t i = 0; i < 2; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        BUF_CLEANUP struct buf text = {0};
        struct cdm *message = arena_alloc(arena, sizeof *message);
        struct fault fault;
        buf_str(&text, cases[i].text);
        buf_z(&text, cases[i].twice);
        cr_assert_eq(cdm_read(buf_view(&text), arena, message, &fault), ERR_INVALID_RECORD);
        cr_assert(strstr(fault.detail, "expected one conjunction data message"), "%s", fault.detail);
    }
}
