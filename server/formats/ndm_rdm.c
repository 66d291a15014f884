/* Re-entry data messages: CCSDS 508.1-B-1, tables 3-1 to 3-3; their XML, section 4. */
#include "ndm_grammar.h"

#define METHODS "NONE|ANALYTICAL|STOCHASTIC|EMPIRICAL"

static const struct ndm_row header[] = {
    {"CREATION_DATE", NDM_TIME, MUST, 0, 0, NULL, NULL},
    {"ORIGINATOR", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"MESSAGE_ID", NDM_TEXT, MUST, 0, 0, NULL, NULL},
};

static const struct ndm_row metadata[] = {
    {"OBJECT_NAME", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"INTERNATIONAL_DESIGNATOR", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"CATALOG_NAME", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"OBJECT_DESIGNATOR", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"OBJECT_TYPE", NDM_WORD, MAY, 0, 0, NULL, "PAYLOAD|ROCKET BODY|DEBRIS|OTHER|UNKNOWN"},
    {"OBJECT_OWNER", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"OBJECT_OPERATOR", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"CONTROLLED_REENTRY", NDM_WORD, MUST, 0, 0, NULL, "YES|NO|UNKNOWN"},
    {"CENTER_NAME", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"TIME_SYSTEM", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"EPOCH_TZERO", NDM_TIME, MUST, 0, 0, NULL, NULL},
    {"REF_FRAME", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"REF_FRAME_EPOCH", NDM_TIME, MAY, 0, 0, NULL, NULL},
    {"EPHEMERIS_NAME", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"GRAVITY_MODEL", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"ATMOSPHERIC_MODEL", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"SOLAR_FLUX_PREDICTION", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"N_BODY_PERTURBATIONS", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"SOLAR_RAD_PRESSURE", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"EARTH_TIDES", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"INTRACK_THRUST", NDM_WORD, MAY, 0, 0, NULL, "YES|NO"},
    {"DRAG_PARAMETERS_SOURCE", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"DRAG_PARAMETERS_ALTITUDE", NDM_NUMBER, MAY, 0, 0, "km", NULL},
    {"REENTRY_UNCERTAINTY_METHOD", NDM_WORD, MAY, 0, 0, NULL, METHODS},
    {"REENTRY_DISINTEGRATION", NDM_WORD, MAY, 0, 0, NULL, "NONE|MASS-LOSS|BREAK-UP|MASS-LOSS + BREAK-UP"},
    {"IMPACT_UNCERTAINTY_METHOD", NDM_WORD, MAY, 0, 0, NULL, METHODS},
    {"PREVIOUS_MESSAGE_ID", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"PREVIOUS_MESSAGE_EPOCH", NDM_TIME, MAY, 0, 0, NULL, NULL},
    {"NEXT_MESSAGE_EPOCH", NDM_TEXT, MAY, 0, 0, NULL, NULL},
};

static const struct ndm_row reentry[] = {
    {"ORBIT_LIFETIME", NDM_NUMBER, MUST, 0, 0, "d", NOT_NEGATIVE},
    {"REENTRY_ALTITUDE", NDM_NUMBER, MUST, 0, 0, "km", NULL},
    {"ORBIT_LIFETIME_WINDOW_START", NDM_NUMBER, MAY, 0, 0, "d", NULL},
    {"ORBIT_LIFETIME_WINDOW_END", NDM_NUMBER, MAY, 0, 0, "d", NULL},
    {"NOMINAL_REENTRY_EPOCH", NDM_TIME, MAY, 0, 0, NULL, NULL},
    {"REENTRY_WINDOW_START", NDM_TIME, MAY, 0, 0, NULL, NULL},
    {"REENTRY_WINDOW_END", NDM_TIME, MAY, 0, 0, NULL, NULL},
    {"ORBIT_LIFETIME_CONFIDENCE_LEVEL", NDM_NUMBER, MAY, 0, 0, "%", PERCENT},
};

/* 3.5.10 and 3.5.13: a place has its frame, an interval all of its values. */
static const struct ndm_row impact[] = {
    {"PROBABILITY_OF_IMPACT", NDM_NUMBER, MAY, 0, 0, NULL, PROBABILITY},
    {"PROBABILITY_OF_BURN_UP", NDM_NUMBER, MAY, 0, 0, NULL, PROBABILITY},
    {"PROBABILITY_OF_BREAK_UP", NDM_NUMBER, MAY, 0, 0, NULL, PROBABILITY},
    {"PROBABILITY_OF_LAND_IMPACT", NDM_NUMBER, MAY, 0, 0, NULL, PROBABILITY},
    {"PROBABILITY_OF_CASUALTY", NDM_NUMBER, MAY, 0, 0, NULL, PROBABILITY},
    {"NOMINAL_IMPACT_EPOCH", NDM_TIME, MAY, 0, 0, NULL, NULL},
    {"IMPACT_WINDOW_START", NDM_TIME, MAY, 0, 0, NULL, NULL},
    {"IMPACT_WINDOW_END", NDM_TIME, MAY, 0, 0, NULL, NULL},
    {"IMPACT_REF_FRAME", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"NOMINAL_IMPACT_LON", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "deg", LONGITUDE},
    {"NOMINAL_IMPACT_LAT", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "deg", LATITUDE},
    {"NOMINAL_IMPACT_ALT", NDM_NUMBER, MAY, 0, 0, "m", NULL},
    {"IMPACT_1_CONFIDENCE", NDM_NUMBER, MAY, 0, 0, "%", PERCENT},
    {"IMPACT_1_START_LON", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "deg", LONGITUDE},
    {"IMPACT_1_START_LAT", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "deg", LATITUDE},
    {"IMPACT_1_STOP_LON", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "deg", LONGITUDE},
    {"IMPACT_1_STOP_LAT", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "deg", LATITUDE},
    {"IMPACT_1_CROSS_TRACK", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "km", NOT_NEGATIVE},
    {"IMPACT_2_CONFIDENCE", NDM_NUMBER, MAY, 0, 0, "%", PERCENT},
    {"IMPACT_2_START_LON", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "deg", LONGITUDE},
    {"IMPACT_2_START_LAT", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "deg", LATITUDE},
    {"IMPACT_2_STOP_LON", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "deg", LONGITUDE},
    {"IMPACT_2_STOP_LAT", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "deg", LATITUDE},
    {"IMPACT_2_CROSS_TRACK", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "km", NOT_NEGATIVE},
    {"IMPACT_3_CONFIDENCE", NDM_NUMBER, MAY, 0, 0, "%", PERCENT},
    {"IMPACT_3_START_LON", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "deg", LONGITUDE},
    {"IMPACT_3_START_LAT", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "deg", LATITUDE},
    {"IMPACT_3_STOP_LON", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "deg", LONGITUDE},
    {"IMPACT_3_STOP_LAT", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "deg", LATITUDE},
    {"IMPACT_3_CROSS_TRACK", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "km", NOT_NEGATIVE},
};

static const struct ndm_row state[] = {
    {"EPOCH", NDM_TIME, MUST, 0, 0, NULL, NULL},     {"X", NDM_NUMBER, MUST, 0, 0, "km", NULL},
    {"Y", NDM_NUMBER, MUST, 0, 0, "km", NULL},       {"Z", NDM_NUMBER, MUST, 0, 0, "km", NULL},
    {"X_DOT", NDM_NUMBER, MUST, 0, 0, "km/s", NULL}, {"Y_DOT", NDM_NUMBER, MUST, 0, 0, "km/s", NULL},
    {"Z_DOT", NDM_NUMBER, MUST, 0, 0, "km/s", NULL},
};

static const struct ndm_row covariance[] = {
    {"COV_REF_FRAME", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"CX_X", NDM_NUMBER, MUST, 0, 0, "km**2", NULL},
    {"CY_X", NDM_NUMBER, MUST, 0, 0, "km**2", NULL},
    {"CY_Y", NDM_NUMBER, MUST, 0, 0, "km**2", NULL},
    {"CZ_X", NDM_NUMBER, MUST, 0, 0, "km**2", NULL},
    {"CZ_Y", NDM_NUMBER, MUST, 0, 0, "km**2", NULL},
    {"CZ_Z", NDM_NUMBER, MUST, 0, 0, "km**2", NULL},
    {"CX_DOT_X", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL},
    {"CX_DOT_Y", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL},
    {"CX_DOT_Z", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL},
    {"CX_DOT_X_DOT", NDM_NUMBER, MUST, 0, 0, "km**2/s**2", NULL},
    {"CY_DOT_X", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL},
    {"CY_DOT_Y", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL},
    {"CY_DOT_Z", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL},
    {"CY_DOT_X_DOT", NDM_NUMBER, MUST, 0, 0, "km**2/s**2", NULL},
    {"CY_DOT_Y_DOT", NDM_NUMBER, MUST, 0, 0, "km**2/s**2", NULL},
    {"CZ_DOT_X", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL},
    {"CZ_DOT_Y", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL},
    {"CZ_DOT_Z", NDM_NUMBER, MUST, 0, 0, "km**2/s", NULL},
    {"CZ_DOT_X_DOT", NDM_NUMBER, MUST, 0, 0, "km**2/s**2", NULL},
    {"CZ_DOT_Y_DOT", NDM_NUMBER, MUST, 0, 0, "km**2/s**2", NULL},
    {"CZ_DOT_Z_DOT", NDM_NUMBER, MUST, 0, 0, "km**2/s**2", NULL},
};

static const struct ndm_row spacecraft[] = {
    {"WET_MASS", NDM_NUMBER, MAY, 0, 0, "kg", NOT_NEGATIVE},
    {"DRY_MASS", NDM_NUMBER, MAY, 0, 0, "kg", NOT_NEGATIVE},
    {"HAZARDOUS_SUBSTANCES", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"SOLAR_RAD_AREA", NDM_NUMBER, MAY, 0, 0, "m**2", NOT_NEGATIVE},
    {"SOLAR_RAD_COEFF", NDM_NUMBER, MAY, 0, 0, NULL, NULL},
    {"DRAG_AREA", NDM_NUMBER, MAY, 0, 0, "m**2", NOT_NEGATIVE},
    {"DRAG_COEFF", NDM_NUMBER, MAY, 0, 0, NULL, NULL},
    {"RCS", NDM_NUMBER, MAY, 0, 0, "m**2", NOT_NEGATIVE},
    {"BALLISTIC_COEFF", NDM_NUMBER, MAY, 0, 0, "kg/m**2", NULL},
    {"THRUST_ACCELERATION", NDM_NUMBER, MAY, 0, 0, "m/s**2", NULL},
};

static const struct ndm_row determination[] = {
    {"TIME_LASTOB_START", NDM_TIME, MAY, 0, 0, NULL, NULL},
    {"TIME_LASTOB_END", NDM_TIME, MAY, 0, 0, NULL, NULL},
    {"RECOMMENDED_OD_SPAN", NDM_NUMBER, MAY, 0, 0, "d", NOT_NEGATIVE},
    {"ACTUAL_OD_SPAN", NDM_NUMBER, MAY, 0, 0, "d", NOT_NEGATIVE},
    {"OBS_AVAILABLE", NDM_INTEGER, MAY, 0, 0, NULL, NOT_NEGATIVE},
    {"OBS_USED", NDM_INTEGER, MAY, 0, 0, NULL, NOT_NEGATIVE},
    {"TRACKS_AVAILABLE", NDM_INTEGER, MAY, 0, 0, NULL, NOT_NEGATIVE},
    {"TRACKS_USED", NDM_INTEGER, MAY, 0, 0, NULL, NOT_NEGATIVE},
    {"RESIDUALS_ACCEPTED", NDM_NUMBER, MAY, 0, 0, "%", PERCENT},
    {"WEIGHTED_RMS", NDM_NUMBER, MAY, 0, 0, NULL, NOT_NEGATIVE},
};

static const struct ndm_row user[] = {
    {"USER_DEFINED_", NDM_USER, MAY, 0, 0, NULL, NULL},
};

#define RDM .grammar = &ndm_rdm
static const struct ndm_block blocks[] = {
    {.name = "rdm", .parent = -1, RDM},
    {.name = "header", .parent = 0, .needed = true, NDM_ROWS_OF(header), RDM},
    {.name = "body", .parent = 0, .needed = true, RDM},
    {.name = "segment", .parent = 2, .needed = true, RDM},
    {.name = "metadata", .parent = 3, .needed = true, NDM_ROWS_OF(metadata), RDM},
    {.name = "data", .parent = 3, .needed = true, RDM},
    {.name = "atmosphericReentryParameters", .parent = 5, .needed = true, NDM_ROWS_OF(reentry), RDM},
    {.name = "groundImpactParameters", .parent = 5, NDM_ROWS_OF(impact), RDM},
    {.name = "stateVector", .parent = 5, NDM_ROWS_OF(state), RDM},
    {.name = "covarianceMatrix", .parent = 5, NDM_ROWS_OF(covariance), RDM},
    {.name = "spacecraftParameters", .parent = 5, NDM_ROWS_OF(spacecraft), RDM},
    {.name = "odParameters", .parent = 5, NDM_ROWS_OF(determination), RDM},
    {.name = "userDefinedParameters", .parent = 5, NDM_ROWS_OF(user), RDM},
};
const struct ndm_grammar ndm_rdm = {"CCSDS_RDM_VERS", "1.0", NDM_BLOCKS_OF(blocks), false};
