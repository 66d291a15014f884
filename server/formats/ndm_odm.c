/* Orbit data messages: CCSDS 502.0-B-3, sections 3 (OPM), 4 (OMM) and 5 (OEM); their XML, section 8 and 505.0-B-3. What
 * came with version 3.0 says so. */
#include "ndm_grammar.h"

#define TIME_SYSTEMS "UTC|TAI|TT|GPS|TDB|TCB|TCG|TDR|GMST|MET|MRT|SCLK|UT1"

static const struct ndm_row header[] = {
    {"CLASSIFICATION", NDM_TEXT, MAY, 30, 0, NULL, NULL},
    {"CREATION_DATE", NDM_TIME, MUST, 0, 0, NULL, NULL},
    {"ORIGINATOR", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"MESSAGE_ID", NDM_TEXT, MAY, 30, 0, NULL, NULL},
};

#define COVARIANCE                                                                                                     \
    {"CX_X", NDM_NUMBER, MUST, 0, 0, "km**2", NULL}, {"CY_X", NDM_NUMBER, MUST, 0, 0, "km**2", NULL},                  \
        {"CY_Y", NDM_NUMBER, MUST, 0, 0, "km**2", NULL}, {"CZ_X", NDM_NUMBER, MUST, 0, 0, "km**2", NULL},              \
        {"CZ_Y", NDM_NUMBER, MUST, 0, 0, "km**2", NULL}, {"CZ_Z", NDM_NUMBER, MUST, 0, 0, "km**2", NULL},              \
        {"CX_DOT_X", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL}, {"CX_DOT_Y", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL},  \
        {"CX_DOT_Z", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL},                                                         \
        {"CX_DOT_X_DOT", NDM_NUMBER, MUST, 0, 0, "km**2/s**2", NULL},                                                  \
        {"CY_DOT_X", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL}, {"CY_DOT_Y", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL},  \
        {"CY_DOT_Z", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL},                                                         \
        {"CY_DOT_X_DOT", NDM_NUMBER, MUST, 0, 0, "km**2/s**2", NULL},                                                  \
        {"CY_DOT_Y_DOT", NDM_NUMBER, MUST, 0, 0, "km**2/s**2", NULL},                                                  \
        {"CZ_DOT_X", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL}, {"CZ_DOT_Y", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL},  \
        {"CZ_DOT_Z", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL},                                                         \
        {"CZ_DOT_X_DOT", NDM_NUMBER, MUST, 0, 0, "km**2/s**2", NULL},                                                  \
        {"CZ_DOT_Y_DOT", NDM_NUMBER, MUST, 0, 0, "km**2/s**2", NULL},                                                  \
        {"CZ_DOT_Z_DOT", NDM_NUMBER, MUST, 0, 0, "km**2/s**2", NULL},

static const struct ndm_row covariance[] = {{"COV_REF_FRAME", NDM_TEXT, MAY, 0, 0, NULL, NULL}, COVARIANCE};

static const struct ndm_row spacecraft[] = {
    {"MASS", NDM_NUMBER, MAY, 0, 0, "kg", NOT_NEGATIVE},
    {"SOLAR_RAD_AREA", NDM_NUMBER, MAY, 0, 0, "m**2", NOT_NEGATIVE},
    {"SOLAR_RAD_COEFF", NDM_NUMBER, MAY, 0, 0, NULL, NULL},
    {"DRAG_AREA", NDM_NUMBER, MAY, 0, 0, "m**2", NOT_NEGATIVE},
    {"DRAG_COEFF", NDM_NUMBER, MAY, 0, 0, NULL, NULL},
};

static const struct ndm_row user[] = {
    {"USER_DEFINED_", NDM_USER, MAY, 0, 0, NULL, NULL},
};

/* --- OPM --- */

static const struct ndm_row opm_metadata[] = {
    {"OBJECT_NAME", NDM_TEXT, MUST, 0, 0, NULL, NULL},    {"OBJECT_ID", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"CENTER_NAME", NDM_TEXT, MUST, 0, 0, NULL, NULL},    {"REF_FRAME", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"REF_FRAME_EPOCH", NDM_TIME, MAY, 0, 0, NULL, NULL}, {"TIME_SYSTEM", NDM_WORD, MUST, 0, 0, NULL, TIME_SYSTEMS},
};

static const struct ndm_row opm_state[] = {
    {"EPOCH", NDM_TIME, MUST, 0, 0, NULL, NULL},     {"X", NDM_NUMBER, MUST, 0, 0, "km", NULL},
    {"Y", NDM_NUMBER, MUST, 0, 0, "km", NULL},       {"Z", NDM_NUMBER, MUST, 0, 0, "km", NULL},
    {"X_DOT", NDM_NUMBER, MUST, 0, 0, "km/s", NULL}, {"Y_DOT", NDM_NUMBER, MUST, 0, 0, "km/s", NULL},
    {"Z_DOT", NDM_NUMBER, MUST, 0, 0, "km/s", NULL},
};

static const struct ndm_row opm_kepler[] = {
    {"SEMI_MAJOR_AXIS", NDM_NUMBER, MUST, 0, 0, "km", NULL},
    {"ECCENTRICITY", NDM_NUMBER, MUST, 0, 0, NULL, NOT_NEGATIVE},
    {"INCLINATION", NDM_NUMBER, MUST, 0, 0, "deg", INCLINATION},
    {"RA_OF_ASC_NODE", NDM_NUMBER, MUST, 0, 0, "deg", NULL},
    {"ARG_OF_PERICENTER", NDM_NUMBER, MUST, 0, 0, "deg", NULL},
    {"TRUE_ANOMALY", NDM_NUMBER, ONE_OF(0), 0, 0, "deg", NULL},
    {"MEAN_ANOMALY", NDM_NUMBER, ONE_OF(0), 0, 0, "deg", NULL},
    {"GM", NDM_NUMBER, MUST, 0, 0, "km**3/s**2", NOT_NEGATIVE},
};

static const struct ndm_row opm_maneuver[] = {
    {"MAN_EPOCH_IGNITION", NDM_TIME, MUST, 0, 0, NULL, NULL},
    {"MAN_DURATION", NDM_NUMBER, MUST, 0, 0, "s", NOT_NEGATIVE},
    {"MAN_DELTA_MASS", NDM_NUMBER, MUST, 0, 0, "kg", NOT_POSITIVE},
    {"MAN_REF_FRAME", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"MAN_DV_1", NDM_NUMBER, MUST, 0, 0, "km/s", NULL},
    {"MAN_DV_2", NDM_NUMBER, MUST, 0, 0, "km/s", NULL},
    {"MAN_DV_3", NDM_NUMBER, MUST, 0, 0, "km/s", NULL},
};

#define OPM .grammar = &ndm_opm
static const struct ndm_block opm_blocks[] = {
    {.name = "opm", .parent = -1, OPM},
    {.name = "header", .parent = 0, .needed = true, NDM_ROWS_OF(header), OPM},
    {.name = "body", .parent = 0, .needed = true, OPM},
    {.name = "segment", .parent = 2, .needed = true, OPM},
    {.name = "metadata", .parent = 3, .needed = true, NDM_ROWS_OF(opm_metadata), OPM},
    {.name = "data", .parent = 3, .needed = true, OPM},
    {.name = "stateVector", .parent = 5, .needed = true, NDM_ROWS_OF(opm_state), OPM},
    {.name = "keplerianElements", .parent = 5, NDM_ROWS_OF(opm_kepler), OPM},
    {.name = "spacecraftParameters", .parent = 5, NDM_ROWS_OF(spacecraft), OPM},
    {.name = "covarianceMatrix", .parent = 5, NDM_ROWS_OF(covariance), OPM},
    {.name = "maneuverParameters", .parent = 5, .repeats = true, NDM_ROWS_OF(opm_maneuver), OPM},
    {.name = "userDefinedParameters", .parent = 5, NDM_ROWS_OF(user), OPM},
};
const struct ndm_grammar ndm_opm = {"CCSDS_OPM_VERS", "1.0|2.0|3.0", NDM_BLOCKS_OF(opm_blocks), false};

/* --- OMM --- */

/* CelesTrak leaves both empty. */
static const struct ndm_row omm_header[] = {
    {"CLASSIFICATION", NDM_TEXT, MAY, 30, 0, NULL, NULL},
    {"CREATION_DATE", NDM_TIME, MUST, 0, 0, NULL, MAY_BE_EMPTY},
    {"ORIGINATOR", NDM_TEXT, MUST, 0, 0, NULL, MAY_BE_EMPTY},
    {"MESSAGE_ID", NDM_TEXT, MAY, 30, 0, NULL, NULL},
};

static const struct ndm_row omm_metadata[] = {
    {"OBJECT_NAME", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"OBJECT_ID", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"CENTER_NAME", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"REF_FRAME", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"REF_FRAME_EPOCH", NDM_TIME, MAY, 0, 0, NULL, NULL},
    {"TIME_SYSTEM", NDM_WORD, MUST, 0, 0, NULL, TIME_SYSTEMS},
    {"MEAN_ELEMENT_THEORY", NDM_TEXT, MUST, 0, 0, NULL, NULL},
};

static const struct ndm_row omm_elements[] = {
    {"EPOCH", NDM_TIME, MUST, 0, 0, NULL, NULL},
    {"SEMI_MAJOR_AXIS", NDM_NUMBER, ONE_OF(0), 0, 0, "km", NULL},
    {"MEAN_MOTION", NDM_NUMBER, ONE_OF(0), 0, 0, "rev/day", NULL},
    {"ECCENTRICITY", NDM_NUMBER, MUST, 0, 0, NULL, NOT_NEGATIVE},
    {"INCLINATION", NDM_NUMBER, MUST, 0, 0, "deg", INCLINATION},
    {"RA_OF_ASC_NODE", NDM_NUMBER, MUST, 0, 0, "deg", NULL},
    {"ARG_OF_PERICENTER", NDM_NUMBER, MUST, 0, 0, "deg", NULL},
    {"MEAN_ANOMALY", NDM_NUMBER, MUST, 0, 0, "deg", NULL},
    {"GM", NDM_NUMBER, MAY, 0, 0, "km**3/s**2", NOT_NEGATIVE},
};

/* SGP4-XP has BTERM and AGOM in the places of BSTAR and MEAN_MOTION_DDOT (4.2.4.7). From 3.0 on it is for the theory to
 * need the derivatives (table 4-3, omm.c). */
static const struct ndm_row omm_tle[] = {
    {"EPHEMERIS_TYPE", NDM_INTEGER, MAY, 0, 0, NULL, NULL},
    {"CLASSIFICATION_TYPE", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"NORAD_CAT_ID", NDM_INTEGER, MAY, 0, 0, NULL, NULL},
    {"ELEMENT_SET_NO", NDM_INTEGER, MAY, 0, 0, NULL, NULL},
    {"REV_AT_EPOCH", NDM_INTEGER, MAY, 0, 0, NULL, NULL},
    {"BSTAR", NDM_NUMBER, ONE_OF(0), 0, 0, "1/ER", NULL},
    {"BTERM", NDM_NUMBER, ONE_OF(0), 30, 0, "m**2/kg", NULL},
    {"MEAN_MOTION_DOT", NDM_NUMBER, MUST_BEFORE_3, 0, 0, "rev/day**2", NULL},
    {"MEAN_MOTION_DDOT", NDM_NUMBER, MUST_BEFORE_3, 0, 0, "rev/day**3", NULL},
    {"AGOM", NDM_NUMBER, MAY, 30, 0, "m**2/kg", NULL},
};

#define OMM .grammar = &ndm_omm
static const struct ndm_block omm_blocks[] = {
    {.name = "omm", .parent = -1, OMM},
    {.name = "header", .parent = 0, .needed = true, NDM_ROWS_OF(omm_header), OMM},
    {.name = "body", .parent = 0, .needed = true, OMM},
    {.name = "segment", .parent = 2, .needed = true, OMM},
    {.name = "metadata", .parent = 3, .needed = true, NDM_ROWS_OF(omm_metadata), OMM},
    {.name = "data", .parent = 3, .needed = true, OMM},
    {.name = "meanElements", .parent = 5, .needed = true, NDM_ROWS_OF(omm_elements), OMM},
    {.name = "spacecraftParameters", .parent = 5, NDM_ROWS_OF(spacecraft), OMM},
    {.name = "tleParameters", .parent = 5, NDM_ROWS_OF(omm_tle), OMM},
    {.name = "covarianceMatrix", .parent = 5, NDM_ROWS_OF(covariance), OMM},
    {.name = "userDefinedParameters", .parent = 5, NDM_ROWS_OF(user), OMM},
};
const struct ndm_grammar ndm_omm = {"CCSDS_OMM_VERS", "2.0|3.0", NDM_BLOCKS_OF(omm_blocks), false};

/* --- OEM --- */

static const struct ndm_row oem_metadata[] = {
    {"OBJECT_NAME", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"OBJECT_ID", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"CENTER_NAME", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"REF_FRAME", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"REF_FRAME_EPOCH", NDM_TIME, MAY, 0, 0, NULL, NULL},
    {"TIME_SYSTEM", NDM_WORD, MUST, 0, 0, NULL, TIME_SYSTEMS},
    {"START_TIME", NDM_TIME, MUST, 0, ROLE_START, NULL, NULL},
    {"USEABLE_START_TIME", NDM_TIME, MAY, 0, ROLE_USABLE_START, NULL, NULL},
    {"USEABLE_STOP_TIME", NDM_TIME, MAY, 0, ROLE_USABLE_STOP, NULL, NULL},
    {"STOP_TIME", NDM_TIME, MUST, 0, ROLE_STOP, NULL, NULL},
    {"INTERPOLATION", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"INTERPOLATION_DEGREE", NDM_INTEGER, WITH_PREVIOUS, 0, 0, NULL, ONE_OR_MORE},
};

/* The accelerations are all there or none is. */
static const struct ndm_row oem_state[] = {
    {"EPOCH", NDM_TIME, MUST, 0, ROLE_ASCENDING_WITHIN, NULL, NULL},
    {"X", NDM_NUMBER, MUST, 0, 0, "km", NULL},
    {"Y", NDM_NUMBER, MUST, 0, 0, "km", NULL},
    {"Z", NDM_NUMBER, MUST, 0, 0, "km", NULL},
    {"X_DOT", NDM_NUMBER, MUST, 0, 0, "km/s", NULL},
    {"Y_DOT", NDM_NUMBER, MUST, 0, 0, "km/s", NULL},
    {"Z_DOT", NDM_NUMBER, MUST, 0, 0, "km/s", NULL},
    {"X_DDOT", NDM_NUMBER, MAY, 0, 0, "km/s**2", NULL},
    {"Y_DDOT", NDM_NUMBER, MAY, 0, 0, "km/s**2", NULL},
    {"Z_DDOT", NDM_NUMBER, MAY, 0, 0, "km/s**2", NULL},
};

static const struct ndm_row oem_covariance[] = {{"EPOCH", NDM_TIME, MUST, 0, ROLE_ASCENDING, NULL, NULL},
                                                {"COV_REF_FRAME", NDM_TEXT, MAY, 0, 0, NULL, NULL},
                                                COVARIANCE};

#define OEM .grammar = &ndm_oem
static const struct ndm_block oem_blocks[] = {
    {.name = "oem", .parent = -1, OEM},
    {.name = "header", .parent = 0, .needed = true, NDM_ROWS_OF(header), OEM},
    {.name = "body", .parent = 0, .needed = true, OEM},
    {.name = "segment", .parent = 2, .needed = true, .repeats = true, OEM},
    {.name = "metadata", .delimiter = "META", .parent = 3, .needed = true, NDM_ROWS_OF(oem_metadata), OEM},
    {.name = "data", .parent = 3, .needed = true, OEM},
    {.name = "stateVector",
     .parent = 5,
     .needed = true,
     .repeats = true,
     .layout = LAYOUT_STATE,
     NDM_ROWS_OF(oem_state),
     OEM},
    {.delimiter = "COVARIANCE", .parent = 5, OEM},
    {.name = "covarianceMatrix",
     .parent = 7,
     .needed = true,
     .repeats = true,
     .layout = LAYOUT_TRIANGLE,
     .triangle = 2,
     NDM_ROWS_OF(oem_covariance),
     OEM},
};
const struct ndm_grammar ndm_oem = {"CCSDS_OEM_VERS", "1.0|2.0|3.0", NDM_BLOCKS_OF(oem_blocks), false};
