/* Orbit data messages: 502.0-B-3. */
#include "leaks.h"
#include "ndm_text.h"

TestSuite(ndm_odm, .fini = no_leaks);

static const char oem[] = "CCSDS_OEM_VERS = 3.0\n"
                          "COMMENT what comes first\n"
                          "CLASSIFICATION = U\n"
                          "CREATION_DATE = 2026-05-20T22:31:12.000\n"
                          "ORIGINATOR = TEST\n"
                          "META_START\n"
                          "COMMENT of the first segment\n"
                          "OBJECT_NAME = SAT = 1 [A]\n"
                          "OBJECT_ID = 2026-001A\n"
                          "CENTER_NAME = EARTH\n"
                          "REF_FRAME = EME2000\n"
                          "TIME_SYSTEM = UTC\n"
                          "START_TIME = 2026-05-20T23:58:00\n"
                          "USEABLE_START_TIME = 2026-05-20T23:59:00\n"
                          "USEABLE_STOP_TIME = 2026-05-21T00:00:00\n"
                          "STOP_TIME = 2026-05-21T00:01:00\n"
                          "INTERPOLATION = HERMITE\n"
                          "INTERPOLATION_DEGREE = 7\n"
                          "META_STOP\n"
                          "COMMENT of the data\n"
                          "2026-05-20T23:58:00 2789.600 -280.0 "
                          "+1746.8 4.73 -2.50e0 -1.04\n"
                          "2026-05-20T23:59:60.5 2783.4 -308.1 "
                          "-1877.1 5.19 -2.42 -.0\n"
                          "2026-05-21T00:01:00 1 2 3 4 5 6 7 8 9\n"
                          "COVARIANCE_START\n"
                          "COMMENT of the first matrix\n"
                          "EPOCH = 2026-05-20T23:58:00\n"
                          "COV_REF_FRAME = RTN\n"
                          "1.10\n"
                          "2 3\n"
                          "4 5 6\n"
                          "7 8 9 10\n"
                          "11 12 13 14 "
                          "15\n"
                          "16 17 18 19 "
                          "20 21\n"
                          "EPOCH = "
                          "2026-05-"
                          "20T23:59:00\n"
                          "1.20\n"
                          "2 3\n"
                          "4 5 6\n"
                          "7 8 9 10\n"
                          "11 12 13 14 "
                          "15\n"
                          "16 17 18 19 "
                          "20 21e-3\n"
                          "COVARIANCE_"
                          "STOP\n"
                          "META_START\n"
                          "OBJECT_NAME "
                          "= SAT 2\n"
                          "OBJECT_ID = "
                          "2026-001B\n"
                          "CENTER_NAME "
                          "= EARTH\n"
                          "REF_FRAME = "
                          "TOD\n"
                          "REF_FRAME_"
                          "EPOCH = "
                          "2026-001T00:"
                          "00:00Z\n"
                          "TIME_SYSTEM "
                          "= TAI\n"
                          "START_TIME = "
                          "2026-05-"
                          "20T23:58:00\n"
                          "STOP_TIME = "
                          "2026-05-"
                          "21T00:01:00\n"
                          "META_STOP\n"
                          "2026-140T23:"
                          "58:00 1 2 3 "
                          "4 5 6\n";

static const char opm[] = "CCSDS_OPM_VERS = 2.0\n"
                          "CREATION_DATE = 2026-05-20T22:31:12\n"
                          "ORIGINATOR = TEST\n"
                          "OBJECT_NAME = SAT 1\n"
                          "OBJECT_ID = 2026-001A\n"
                          "CENTER_NAME = EARTH\n"
                          "REF_FRAME = TOD\n"
                          "TIME_SYSTEM = UTC\n"
                          "COMMENT of the state\n"
                          "EPOCH = 2026-05-20T22:31:12\n"
                          "X = 6655.9942 [km]\n"
                          "Y = -40218.5751\n"
                          "Z = -82.9177 [km]\n"
                          "X_DOT = 3.11548208 [km/s]\n"
                          "Y_DOT = 0.47042605 [km/s]\n"
                          "Z_DOT = -0.00101495 [km/s]\n"
                          "SEMI_MAJOR_AXIS = 41399.5123 [km]\n"
                          "ECCENTRICITY = 0.020842611\n"
                          "INCLINATION = 0.117746 [deg]\n"
                          "RA_OF_ASC_NODE = 17.604721 [deg]\n"
                          "ARG_OF_PERICENTER = 218.242943 [deg]\n"
                          "MEAN_ANOMALY = 41.922339 [deg]\n"
                          "GM = 398600.4415 [km**3/s**2]\n"
                          "MASS = 1913.000 [kg]\n"
                          "COMMENT of the first maneuver\n"
                          "MAN_EPOCH_IGNITION = 2026-05-21T09:00:34.1\n"
                          "MAN_DURATION = 132.60 [s]\n"
                          "MAN_DELTA_MASS = -18.418 [kg]\n"
                          "MAN_REF_FRAME = EME2000\n"
                          "MAN_DV_1 = -0.02325700 [km/s]\n"
                          "MAN_DV_2 = 0.01683160 [km/s]\n"
                          "MAN_DV_3 = -0.00893444 [km/s]\n"
                          "MAN_EPOCH_IGNITION = 2026-05-22T09:00:34.1\n"
                          "MAN_DURATION = 0.00 [s]\n"
                          "MAN_DELTA_MASS = -1.469 [kg]\n"
                          "MAN_REF_FRAME = RTN\n"
                          "MAN_DV_1 = 0.00101500 [km/s]\n"
                          "MAN_DV_2 = -0.00187300 [km/s]\n"
                          "MAN_DV_3 = 0.00000000 [km/s]\n"
                          "USER_DEFINED_EARTH_MODEL = WGS-84\n"
                          "USER_DEFINED_A = x [y]\n";

static const char omm[] = "CCSDS_OMM_VERS = 3.0\n"
                          "CREATION_DATE = 2026-05-20T22:31:12\n"
                          "ORIGINATOR = TEST\n"
                          "MESSAGE_ID = 7\n"
                          "OBJECT_NAME = SAT 1\n"
                          "OBJECT_ID = 2026-001A\n"
                          "CENTER_NAME = EARTH\n"
                          "REF_FRAME = TEME\n"
                          "TIME_SYSTEM = UTC\n"
                          "MEAN_ELEMENT_THEORY = SGP4\n"
                          "EPOCH = 2026-05-20T22:31:12.123456\n"
                          "MEAN_MOTION = 1.00273272 [rev/day]\n"
                          "ECCENTRICITY = 0.0005013\n"
                          "INCLINATION = 3.0539 [deg]\n"
                          "RA_OF_ASC_NODE = 81.7939 [deg]\n"
                          "ARG_OF_PERICENTER = 249.2363 [deg]\n"
                          "MEAN_ANOMALY = 150.1602 [deg]\n"
                          "NORAD_CAT_ID = 799500123\n"
                          "ELEMENT_SET_NO = 0925\n"
                          "REV_AT_EPOCH = 4316\n"
                          "BSTAR = 0.0001 [1/ER]\n"
                          "MEAN_MOTION_DOT = -0.00000113 [rev/day**2]\n"
                          "MEAN_MOTION_DDOT = 0.0 [rev/day**3]\n";

static const char ocm[] = "CCSDS_OCM_VERS = 3.0\n"
                          "COMMENT of everything\n"
                          "CREATION_DATE = 2026-05-20T22:31:12\n"
                          "ORIGINATOR = TEST\n"
                          "META_START\n"
                          "OBJECT_NAME = SAT 1\n"
                          "TIME_SYSTEM = UTC\n"
                          "EPOCH_TZERO = 2026-05-20T22:00:00\n"
                          "START_TIME = -10.5\n"
                          "TAIMUTC_AT_TZERO = 37 [s]\n"
                          "META_STOP\n"
                          "TRAJ_START\n"
                          "COMMENT of the first states\n"
                          "CENTER_NAME = EARTH\n"
                          "TRAJ_REF_FRAME = GCRF\n"
                          "TRAJ_TYPE = CARTP\n"
                          "TRAJ_UNITS = [km, km, km]\n"
                          "-10.5 1 2 3\n"
                          "0.0 1 2 3\n"
                          "0.0 1 2 4\n"
                          "TRAJ_STOP\n"
                          "TRAJ_START\n"
                          "CENTER_NAME = EARTH\n"
                          "TRAJ_REF_FRAME = ITRF2020\n"
                          "TRAJ_TYPE = CARTPV\n"
                          "2026-05-20T21:00:00 1 2 3 4 5 6\n"
                          "TRAJ_STOP\n"
                          "PHYS_START\n"
                          "WET_MASS = 100.0 [kg]\n"
                          "OEB_Q1 = .03123\n"
                          "IXX = 1 [kg*m**2]\n"
                          "PHYS_STOP\n"
                          "COV_START\n"
                          "COV_REF_FRAME = TNW_INERTIAL\n"
                          "COV_TYPE = CARTP\n"
                          "COV_ORDERING = LTM\n"
                          "0 1 2 3 4 5 6\n"
                          "COV_STOP\n"
                          "MAN_START\n"
                          "MAN_ID = 1\n"
                          "MAN_DEVICE_ID = THR\n"
                          "MAN_REF_FRAME = TNW_INERTIAL\n"
                          "MAN_COMPOSITION = TIME_RELATIVE, DV_X\n"
                          "500 1\n"
                          "100 2\n"
                          "MAN_STOP\n"
                          "PERT_START\n"
                          "GM = 398600.4415 [km**3/s**2]\n"
                          "FIXED_F10P7 = 105.0 [SFU]\n"
                          "PERT_STOP\n"
                          "OD_START\n"
                          "OD_ID = 1\n"
                          "OD_METHOD = BWLS\n"
                          "OD_EPOCH = 12.5\n"
                          "OD_STOP\n"
                          "USER_START\n"
                          "USER_DEFINED_A = B\n"
                          "USER_STOP\n";

static const struct {
    const char *name;
    struct str text;
} messages[] = {
    {"oem", {oem, sizeof oem - 1}},
    {"opm", {opm, sizeof opm - 1}},
    {"omm", {omm, sizeof omm - 1}},
    {"ocm", {ocm, sizeof ocm - 1}},
};
#define MESSAGES (sizeof messages / sizeof *messages)

Test(ndm_odm, what_is_read_is_written_again)
{
    for (size_t i = 0; i < MESSAGES; i++) {
        BUF_CLEANUP struct buf out = {0};
        converted(messages[i].text, NDM_KVN, &out);
        cr_assert(str_eq(buf_view(&out), messages[i].text), "%s:\n%.*s", messages[i].name, STR_ARG(buf_view(&out)));
    }
}

struct drops {
    struct str rest;
    size_t size;
};

static long pull(void *context, char *into, size_t room)
{
    struct drops *d = context;
    size_t n = d->size < room ? d->size : room;
    n = n < d->rest.n ? n : d->rest.n;
    memcpy(into, d->rest.p, n);
    d->rest = (struct str){d->rest.p + n, d->rest.n - n};
    return (long)n;
}

Test(ndm_odm, a_source_may_give_any_number_of_bytes)
{
    for (size_t i = 0; i < MESSAGES; i++)
        for (size_t size = 1; size < 200; size += 33) {
            struct drops drops = {messages[i].text, size};
            BUF_CLEANUP struct buf out = {0};
            NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_new((struct ndm_source){pull, &drops});
            struct fault fault;
            cr_assert_eq(convert(r, NDM_KVN, &out, &fault), NDM_END);
            cr_assert(str_eq(buf_view(&out), messages[i].text), "%s by %zu", messages[i].name, size);
        }
}

static long fail(void *context, char *into, size_t room)
{
    struct drops *d = context;
    return d->rest.n ? pull(context, into, room) : -1;
}

Test(ndm_odm, a_source_that_fails_ends_the_reading)
{
    struct drops drops = {{oem, 900}, 900};
    BUF_CLEANUP struct buf out = {0};
    NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_new((struct ndm_source){fail, &drops});
    struct fault fault;
    cr_assert_eq(convert(r, NDM_KVN, &out, &fault), ERR_INTERNAL);
}

Test(ndm_odm, layout_is_normal_and_several_messages_follow_one_another)
{
    static const char text[] =
        "CCSDS_OPM_VERS=2.0\r\n  CREATION_DATE\t=   2026-05-20T22:31:12  \r\n\r\nORIGINATOR = TEST\n"
        "COMMENT late\nOBJECT_NAME = SAT\nOBJECT_ID = 2026-001A\nCOMMENT later \nCENTER_NAME = EARTH\n"
        "REF_FRAME = TOD\nTIME_SYSTEM = UTC\nEPOCH = 2026-05-20T22:31:12\nX = 1[km]\nY = 2\nZ = 3\n"
        "X_DOT = 4\nY_DOT = 5\nZ_DOT = 6";
    static const char expected[] = "CCSDS_OPM_VERS = 2.0\nCREATION_DATE = 2026-05-20T22:31:12\nORIGINATOR = TEST\n"
                                   "COMMENT late\nCOMMENT later\nOBJECT_NAME = SAT\nOBJECT_ID = 2026-001A\n"
                                   "CENTER_NAME = EARTH\nREF_FRAME = TOD\nTIME_SYSTEM = UTC\n"
                                   "EPOCH = 2026-05-20T22:31:12\nX = 1 [km]\nY = 2\nZ = 3\nX_DOT = 4\nY_DOT = 5\n"
                                   "Z_DOT = 6\n";
    BUF_CLEANUP struct buf twice = {0}, out = {0}, wanted = {0};
    buf_printf(&twice, "%s\n%s", text, text);
    buf_printf(&wanted, "%s%s", expected, expected);
    converted(buf_view(&twice), NDM_KVN, &out);
    cr_assert(str_eq(buf_view(&out), buf_view(&wanted)), "%.*s", STR_ARG(buf_view(&out)));
}

Test(ndm_odm, pieces_say_where_they_stand)
{
    NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(messages[0].text);
    struct ndm_event e;
    struct fault fault;
    size_t states = 0, comments = 0;
    while (!ndm_next(r, &e, &fault)) {
        const char *name = ndm_block_name(e.block);
        if (e.what == NDM_BEGIN && ndm_message_name(e.block)) {
            cr_assert_str_eq(ndm_message_name(e.block), "oem");
            cr_assert(str_is(e.text, "3.0"));
        }
        if (e.what == NDM_COMMENT && comments++ == 1) {
            cr_assert_str_eq(name, "metadata");
            cr_assert_eq(e.line, 7);
        }
        if (e.what == NDM_SET && states++ == 0) {
            cr_assert_str_eq(name, "stateVector");
            cr_assert(e.count == 7 && e.line == 21 && str_is(e.values[1], "2789.600"));
        }
    }
    cr_assert(states == 4 && comments == 4);
}

Test(ndm_odm, the_order_of_an_oem)
{
    static const struct refusal cases[] = {
        {"CCSDS_OEM_VERS = 3.0\n", "", "line 2, column 1", "expected CCSDS_OEM_VERS"},
        {"CCSDS_OEM_VERS = 3.0", "CCSDS_OEM_VERS = 4.0", "line 1, column 1", "CCSDS_OEM_VERS: expected 1.0|2.0|3.0"},
        {"CCSDS_OEM_VERS = 3.0", "CCSDS_XYZ_VERS = 3.0", "line 1, column 1", "expected a message that is known"},
        {"CCSDS_OEM_VERS = 3.0", "CCSDS_OEM_VERS = 2.0", "line 3, column 18",
         "CLASSIFICATION: expected in version 3.0"},
        {"CREATION_DATE = 2026-05-20T22:31:12.000\n", "", "line 5, column 1", "CREATION_DATE: expected before this"},
        {"ORIGINATOR = TEST\n", "ORIGINATOR = A\nORIGINATOR = B\n", "line 6, column 14", "ORIGINATOR: expected once"},
        {"REF_FRAME = EME2000\nTIME_SYSTEM = UTC\n", "TIME_SYSTEM = UTC\nREF_FRAME = EME2000\n", NULL,
         "REF_FRAME: expected before TIME_SYSTEM"},
        {"STOP_TIME = 2026-05-21T00:01:00\nINTERPOLATION", "INTERPOLATION", NULL, "STOP_TIME: expected before this"},
        {"INTERPOLATION_DEGREE = 7\n", "", NULL, "INTERPOLATION_DEGREE: expected behind INTERPOLATION"},
        {"META_START\n", "", "line 7, column 15", "OBJECT_NAME"},
        {"META_STOP\n", "", "line 20, column 1", "expected KEYWORD = value"},
        {"META_STOP\n", "META_STOP\nMETA_STOP\n", NULL, "META: expected its beginning before its end"},
        {"COVARIANCE_START\n", "", NULL, "EPOCH"},
        {"COVARIANCE_STOP\n", "", NULL, "META: not expected here"},
        {"OBJECT_NAME = SAT 2", "OBJECT_COLOUR = 2", "line 43, column 17", "OBJECT_COLOUR: expected a keyword"},
        {"2026-140T23:58:00 1 2 3 4 5 6\n", "", NULL, "expected a line of data before this"},
        {"ORIGINATOR = TEST", "ORIGINATOR TEST", "line 5, column 1", "expected KEYWORD = value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(messages[0].text, &cases[i]);
}

Test(ndm_odm, the_values_of_an_oem)
{
    static const struct refusal cases[] = {
        {"2789.600 ", "27x ", "line 21, column 1", "X: expected a number"},
        {"2789.600 ", "", "line 21, column 1", "expected 7 or 10 values, found 6"},
        {" 7 8 9\n", " 7 8\n", "line 23, column 1", "expected 7 or 10 values, found 9"},
        {"2026-05-20T23:59:60.5", "2026-05-20T23:58:60.5", NULL, "EPOCH: expected a time"},
        {"2026-05-20T23:59:60.5", "2026-05-20T23:58:00", NULL, "EPOCH: expected a time later"},
        {"2026-05-20T23:58:00 27", "2026-05-20T23:57:59 27", NULL, "not before START_TIME"},
        {"2026-05-21T00:01:00 1", "2026-05-21T00:01:00.1 1", NULL, "not behind STOP_TIME"},
        {"USEABLE_STOP_TIME = 2026-05-21T00:00:00", "USEABLE_STOP_TIME = 2026-05-20T23:58:59", NULL,
         "USEABLE_STOP_TIME: expected a time that is not before USEABLE_START_TIME"},
        {"STOP_TIME = 2026-05-21T00:01:00", "STOP_TIME = 2026-05-20T00:01:00", NULL, "STOP_TIME: expected a time"},
        {"TIME_SYSTEM = UTC", "TIME_SYSTEM = BST", NULL, "TIME_SYSTEM: expected UTC|TAI"},
        {"CENTER_NAME = EARTH", "CENTER_NAME =", "line 10, column 1", "CENTER_NAME: expected text"},
        {"INTERPOLATION_DEGREE = 7", "INTERPOLATION_DEGREE = 7.0", NULL, "expected a whole number"},
        {"INTERPOLATION_DEGREE = 7", "INTERPOLATION_DEGREE = 7 [deg]", NULL, "expected no unit"},
        {"4 5 6\n", "4 5\n", NULL, "CZ_X: expected 3 values in this line"},
        {"16 17 18 19 20 21\n", "", NULL, "CZ_DOT_X: expected before this"},
        {"16 17 18 19 20 21\n", "16 17 18 19 20 21\n1\n", NULL, "no line more of this matrix"},
        {"EPOCH = 2026-05-20T23:59:00", "EPOCH = 2026-05-20T23:57:00", NULL, "EPOCH: expected a time later"},
        {"COMMENT what", "COMMENT \xff what", "line 2, column 1", "UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(messages[0].text, &cases[i]);
}

Test(ndm_odm, the_parts_of_an_opm_and_an_omm)
{
    static const struct refusal state[] = {
        {"X = 6655.9942 [km]", "X = 6655.9942 [m]", "line 11, column 5", "X: expected the unit [km]"},
        {"MEAN_ANOMALY = 41.922339 [deg]\n", "", NULL, "TRUE_ANOMALY: expected either it or MEAN_ANOMALY"},
        {"MEAN_ANOMALY = 41.922339 [deg]\n", "TRUE_ANOMALY = 1\nMEAN_ANOMALY = 2\n", NULL,
         "TRUE_ANOMALY: expected either"},
        {"GM = 398600.4415 [km**3/s**2]\n", "", NULL, "GM: expected before this, in the keplerianElements"},
        {"MAN_DV_3 = -0.00893444 [km/s]\n", "", NULL, "MAN_DV_3: expected before this"},
        {"MASS = 1913.000 [kg]\n", "CX_X = 1 [km**2]\n", NULL, "CY_X: expected before this"},
        {"Z_DOT = -0.00101495 [km/s]\n", "", NULL, "Z_DOT: expected before this"},
        {"MASS = 1913.000", "MASS = -0.1", NULL, "MASS: expected a number, at least 0"},
        {"USER_DEFINED_A = x [y]\n", "EPOCH = 2026-05-20T22:31:12\n", NULL, "EPOCH: not expected here"},
    };
    static const struct refusal mean[] = {
        {"MEAN_MOTION = 1.00273272 [rev/day]\n", "", NULL, "SEMI_MAJOR_AXIS: expected either it or MEAN_MOTION"},
        {"NORAD_CAT_ID = 799500123", "NORAD_CAT_ID = A9501", NULL, "NORAD_CAT_ID: expected a whole number"},
        {"MEAN_ELEMENT_THEORY = SGP4\n", "", NULL, "MEAN_ELEMENT_THEORY: expected before this"},
    };
    for (size_t i = 0; i < sizeof state / sizeof *state; i++)
        refused(messages[1].text, &state[i]);
    for (size_t i = 0; i < sizeof mean / sizeof *mean; i++)
        refused(messages[2].text, &mean[i]);
}

/* The ends of a range belong to it. */
Test(ndm_odm, numbers_lie_within_what_they_can_be)
{
    static const struct {
        const char *keyword, *inside[2], *outside[2], *detail;
    } cases[] = {
        {"INCLINATION", {"0", "180.0"}, {"-1E-9", "180.0001"}, "a number, 0 to 180"},
        {"ECCENTRICITY", {"0", "1.5"}, {"-0.001", "-1"}, "a number, at least 0"},
        {"MAN_DELTA_MASS", {"0", "-18.4"}, {"0.1", "1E300"}, "a number, at most 0"},
        {"MAN_DURATION", {"0.0", "132.6"}, {"-1", "-0.1"}, "a number, at least 0"},
    };
    const char *text = messages[1].text.p;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *at = strstr(text, cases[i].keyword) + strlen(cases[i].keyword), *end = at + strcspn(at, "[\n");
        for (size_t k = 0; k < 4; k++) {
            BUF_CLEANUP struct buf changed = {0}, out = {0};
            struct fault fault = {0};
            buf_add(&changed, text, (size_t)(at - text));
            buf_printf(&changed, " = %s%s", k < 2 ? cases[i].inside[k] : cases[i].outside[k - 2], end);
            NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(buf_view(&changed));
            int error = convert(r, NDM_KVN, &out, &fault);
            cr_assert_eq(error, k < 2 ? NDM_END : ERR_INVALID_RECORD, "%s %zu: %s", cases[i].keyword, k, fault.detail);
            cr_assert(k < 2 || strstr(fault.detail, cases[i].detail), "%s", fault.detail);
        }
    }
}

Test(ndm_odm, the_parts_of_an_ocm)
{
    static const struct refusal cases[] = {
        {"CCSDS_OCM_VERS = 3.0", "CCSDS_OCM_VERS = 2.0", NULL, "CCSDS_OCM_VERS: expected 3.0"},
        {"EPOCH_TZERO = 2026-05-20T22:00:00\n", "", NULL, "EPOCH_TZERO: expected before this, in the metadata"},
        {"EPOCH_TZERO = 2026-05-20T22:00:00\n", "EPOCH_TZERO = 5\n", NULL, "EPOCH_TZERO: expected a time"},
        {"START_TIME = -10.5", "START_TIME = then", NULL, "START_TIME: expected a time or a number of seconds"},
        {"TRAJ_TYPE = CARTP\n", "", NULL, "TRAJ_TYPE: expected before this, in the traj"},
        {"0.0 1 2 4", "0.0 1 2", NULL, "expected a time and 3 values, found 2"},
        {"0.0 1 2 4", "-0.1 1 2 4", NULL, "expected a time later than the one before"},
        {"0.0 1 2 4", "1e13 1 2 4", NULL, "expected a time or a number of seconds"},
        {"0.0 1 2 4", "0.0", NULL, "expected a time and 3 values, found 0"},
        {"2026-05-20T21:00:00 1 2 3 4 5 6\n", "", NULL, "expected a line of data before this"},
        {"PHYS_START", "OD_START", NULL, "WET_MASS"},
        {"TRAJ_STOP\nPHYS", "PHYS", NULL, "PHYS: not expected here"},
        {"COV_ORDERING = LTM", "COV_ORDERING = ALL", NULL, "COV_ORDERING: expected LTM|UTM"},
        {"MAN_COMPOSITION = TIME_RELATIVE, DV_X\n", "", NULL, "MAN_COMPOSITION: expected before this"},
        {"USER_STOP\n", "", NULL, "USER_STOP: expected before this"},
        {"USER_STOP\n", "USER_STOP\nPHYS_START\nPHYS_STOP\n", NULL, "PHYS: not expected here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(messages[3].text, &cases[i]);
}

Test(ndm_odm, both_notations_say_the_same)
{
    for (size_t i = 0; i < MESSAGES; i++) {
        BUF_CLEANUP struct buf xml = {0}, again = {0};
        converted(messages[i].text, NDM_XML, &xml);
        converted(buf_view(&xml), NDM_KVN, &again);
        cr_assert(str_eq(buf_view(&again), messages[i].text), "%.*s", STR_ARG(buf_view(&xml)));
    }
}

Test(ndm_odm, lines_and_comments_are_bounded)
{
    enum { LINE_MAX_HERE = 4096 };
    for (int more = 0; more < 2; more++) {
        BUF_CLEANUP struct buf text = {0}, out = {0};
        buf_z(&text, "CCSDS_OPM_VERS = 2.0\nCOMMENT ");
        for (int i = 8; i < LINE_MAX_HERE + more; i++)
            buf_char(&text, 'x');
        buf_z(&text, strchr(opm, '\n'));
        NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(buf_view(&text));
        struct fault fault;
        cr_assert_eq(convert(r, NDM_KVN, &out, &fault), more ? ERR_INVALID_RECORD : NDM_END);
    }
    BUF_CLEANUP struct buf text = {0}, out = {0};
    buf_z(&text, "CCSDS_OPM_VERS = 2.0\n");
    for (size_t i = 0; i <= 1024 * 1024; i++)
        buf_z(&text, "COMMENT\n");
    NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(buf_view(&text));
    struct fault fault;
    cr_assert_eq(convert(r, NDM_KVN, &out, &fault), ERR_INVALID_RECORD);
    cr_assert(strstr(fault.detail, "COMMENT: expected at most"));
}
