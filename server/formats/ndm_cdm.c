/* Conjunction data messages: CCSDS 508.0-B-1, tables 3-1 to 3-4; their XML, section 4. The message is about two
 * objects, each of which has a segment of its own. CLASSIFICATION and CONJUNCTION_ID are of the draft of the next
 * version (508.0-P-1.1): they are written into messages of version 1.0 already. */
#include "ndm_grammar.h"

#define FRAMES "EME2000|GCRF|ITRF"

static const struct ndm_row header[] = {
    {"CREATION_DATE", NDM_TIME, MUST, 0, 0, NULL, NULL}, {"ORIGINATOR", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"MESSAGE_FOR", NDM_TEXT, MAY, 0, 0, NULL, NULL},    {"MESSAGE_ID", NDM_TEXT, MUST, 0, 0, NULL, NULL},
    {"CLASSIFICATION", NDM_TEXT, MAY, 0, 0, NULL, NULL},
};

static const struct ndm_row relative[] = {
    {"CONJUNCTION_ID", NDM_TEXT, MAY, 0, 0, NULL, NULL},
    {"TCA", NDM_TIME, MUST, 0, 0, NULL, NULL},
    {"MISS_DISTANCE", NDM_NUMBER, MUST, 0, 0, "m", NOT_NEGATIVE},
    {"RELATIVE_SPEED", NDM_NUMBER, MAY, 0, 0, "m/s", NOT_NEGATIVE},
};

static const struct ndm_row relative_state[] = {
    {"RELATIVE_POSITION_R", NDM_NUMBER, MUST, 0, 0, "m", NULL},
    {"RELATIVE_POSITION_T", NDM_NUMBER, MUST, 0, 0, "m", NULL},
    {"RELATIVE_POSITION_N", NDM_NUMBER, MUST, 0, 0, "m", NULL},
    {"RELATIVE_VELOCITY_R", NDM_NUMBER, MUST, 0, 0, "m/s", NULL},
    {"RELATIVE_VELOCITY_T", NDM_NUMBER, MUST, 0, 0, "m/s", NULL},
    {"RELATIVE_VELOCITY_N", NDM_NUMBER, MUST, 0, 0, "m/s", NULL},
};

static const struct ndm_row screening[] = {
    {"START_SCREEN_PERIOD", NDM_TIME, MAY, 0, 0, NULL, NULL},
    {"STOP_SCREEN_PERIOD", NDM_TIME, MAY, 0, 0, NULL, NULL},
    {"SCREEN_VOLUME_FRAME", NDM_WORD, MAY, 0, 0, NULL, "RTN|TVN"},
    {"SCREEN_VOLUME_SHAPE", NDM_WORD, MAY, 0, 0, NULL, "ELLIPSOID|BOX"},
    {"SCREEN_VOLUME_X", NDM_NUMBER, MAY, 0, 0, "m", NULL},
    {"SCREEN_VOLUME_Y", NDM_NUMBER, MAY, 0, 0, "m", NULL},
    {"SCREEN_VOLUME_Z", NDM_NUMBER, MAY, 0, 0, "m", NULL},
    {"SCREEN_ENTRY_TIME", NDM_TIME, MAY, 0, 0, NULL, NULL},
    {"SCREEN_EXIT_TIME", NDM_TIME, MAY, 0, 0, NULL, NULL},
    {"COLLISION_PROBABILITY", NDM_NUMBER, MAY, 0, 0, NULL, PROBABILITY},
    {"COLLISION_PROBABILITY_METHOD", NDM_TEXT, MAY, 0, 0, NULL, NULL},
};

#define METADATA(object)                                                                                               \
    {"OBJECT", NDM_WORD, MUST, 0, 0, NULL, (object)}, {"OBJECT_DESIGNATOR", NDM_TEXT, MUST, 0, 0, NULL, NULL},         \
        {"CATALOG_NAME", NDM_TEXT, MUST, 0, 0, NULL, NULL}, {"OBJECT_NAME", NDM_TEXT, MUST, 0, 0, NULL, NULL},         \
        {"INTERNATIONAL_DESIGNATOR", NDM_TEXT, MUST, 0, 0, NULL, NULL},                                                \
        {"OBJECT_TYPE", NDM_WORD, MAY, 0, 0, NULL, "PAYLOAD|ROCKET BODY|DEBRIS|UNKNOWN|OTHER"},                        \
        {"OPERATOR_CONTACT_POSITION", NDM_TEXT, MAY, 0, 0, NULL, NULL},                                                \
        {"OPERATOR_ORGANIZATION", NDM_TEXT, MAY, 0, 0, NULL, NULL},                                                    \
        {"OPERATOR_PHONE", NDM_TEXT, MAY, 0, 0, NULL, NULL}, {"OPERATOR_EMAIL", NDM_TEXT, MAY, 0, 0, NULL, NULL},      \
        {"EPHEMERIS_NAME", NDM_TEXT, MUST, 0, 0, NULL, NULL},                                                          \
        {"COVARIANCE_METHOD", NDM_WORD, MUST, 0, 0, NULL, "CALCULATED|DEFAULT"},                                       \
        {"MANEUVERABLE", NDM_WORD, MUST, 0, 0, NULL, "YES|NO|N/A"}, {"ORBIT_CENTER", NDM_TEXT, MAY, 0, 0, NULL, NULL}, \
        {"REF_FRAME", NDM_WORD, MUST, 0, 0, NULL, FRAMES}, {"GRAVITY_MODEL", NDM_TEXT, MAY, 0, 0, NULL, NULL},         \
        {"ATMOSPHERIC_MODEL", NDM_TEXT, MAY, 0, 0, NULL, NULL},                                                        \
        {"N_BODY_PERTURBATIONS", NDM_TEXT, MAY, 0, 0, NULL, NULL},                                                     \
        {"SOLAR_RAD_PRESSURE", NDM_WORD, MAY, 0, 0, NULL, "YES|NO"},                                                   \
        {"EARTH_TIDES", NDM_WORD, MAY, 0, 0, NULL, "YES|NO"}, {"INTRACK_THRUST", NDM_WORD, MAY, 0, 0, NULL, "YES|NO"},

static const struct ndm_row first[] = {METADATA("OBJECT1")};
static const struct ndm_row second[] = {METADATA("OBJECT2")};

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

static const struct ndm_row additional[] = {
    {"AREA_PC", NDM_NUMBER, MAY, 0, 0, "m**2", NULL},
    {"AREA_DRG", NDM_NUMBER, MAY, 0, 0, "m**2", NULL},
    {"AREA_SRP", NDM_NUMBER, MAY, 0, 0, "m**2", NULL},
    {"MASS", NDM_NUMBER, MAY, 0, 0, "kg", NOT_NEGATIVE},
    {"CD_AREA_OVER_MASS", NDM_NUMBER, MAY, 0, 0, "m**2/kg", NULL},
    {"CR_AREA_OVER_MASS", NDM_NUMBER, MAY, 0, 0, "m**2/kg", NULL},
    {"THRUST_ACCELERATION", NDM_NUMBER, MAY, 0, 0, "m/s**2", NULL},
    {"SEDR", NDM_NUMBER, MAY, 0, 0, "W/kg", NULL},
};

static const struct ndm_row state[] = {
    {"X", NDM_NUMBER, MUST, 0, 0, "km", NULL},       {"Y", NDM_NUMBER, MUST, 0, 0, "km", NULL},
    {"Z", NDM_NUMBER, MUST, 0, 0, "km", NULL},       {"X_DOT", NDM_NUMBER, MUST, 0, 0, "km/s", NULL},
    {"Y_DOT", NDM_NUMBER, MUST, 0, 0, "km/s", NULL}, {"Z_DOT", NDM_NUMBER, MUST, 0, 0, "km/s", NULL},
};

/* Each line of what comes behind the sixth is whole or is not there. */
static const struct ndm_row covariance[] = {
    {"CR_R", NDM_NUMBER, MUST, 0, 0, "m**2", NULL},
    {"CT_R", NDM_NUMBER, MUST, 0, 0, "m**2", NULL},
    {"CT_T", NDM_NUMBER, MUST, 0, 0, "m**2", NULL},
    {"CN_R", NDM_NUMBER, MUST, 0, 0, "m**2", NULL},
    {"CN_T", NDM_NUMBER, MUST, 0, 0, "m**2", NULL},
    {"CN_N", NDM_NUMBER, MUST, 0, 0, "m**2", NULL},
    {"CRDOT_R", NDM_NUMBER, MUST, 0, 0, "m**2/s", NULL},
    {"CRDOT_T", NDM_NUMBER, MUST, 0, 0, "m**2/s", NULL},
    {"CRDOT_N", NDM_NUMBER, MUST, 0, 0, "m**2/s", NULL},
    {"CRDOT_RDOT", NDM_NUMBER, MUST, 0, 0, "m**2/s**2", NULL},
    {"CTDOT_R", NDM_NUMBER, MUST, 0, 0, "m**2/s", NULL},
    {"CTDOT_T", NDM_NUMBER, MUST, 0, 0, "m**2/s", NULL},
    {"CTDOT_N", NDM_NUMBER, MUST, 0, 0, "m**2/s", NULL},
    {"CTDOT_RDOT", NDM_NUMBER, MUST, 0, 0, "m**2/s**2", NULL},
    {"CTDOT_TDOT", NDM_NUMBER, MUST, 0, 0, "m**2/s**2", NULL},
    {"CNDOT_R", NDM_NUMBER, MUST, 0, 0, "m**2/s", NULL},
    {"CNDOT_T", NDM_NUMBER, MUST, 0, 0, "m**2/s", NULL},
    {"CNDOT_N", NDM_NUMBER, MUST, 0, 0, "m**2/s", NULL},
    {"CNDOT_RDOT", NDM_NUMBER, MUST, 0, 0, "m**2/s**2", NULL},
    {"CNDOT_TDOT", NDM_NUMBER, MUST, 0, 0, "m**2/s**2", NULL},
    {"CNDOT_NDOT", NDM_NUMBER, MUST, 0, 0, "m**2/s**2", NULL},
    {"CDRG_R", NDM_NUMBER, MAY, 0, 0, "m**3/kg", NULL},
    {"CDRG_T", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**3/kg", NULL},
    {"CDRG_N", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**3/kg", NULL},
    {"CDRG_RDOT", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**3/(kg*s)", NULL},
    {"CDRG_TDOT", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**3/(kg*s)", NULL},
    {"CDRG_NDOT", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**3/(kg*s)", NULL},
    {"CDRG_DRG", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**4/kg**2", NULL},
    {"CSRP_R", NDM_NUMBER, MAY, 0, 0, "m**3/kg", NULL},
    {"CSRP_T", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**3/kg", NULL},
    {"CSRP_N", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**3/kg", NULL},
    {"CSRP_RDOT", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**3/(kg*s)", NULL},
    {"CSRP_TDOT", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**3/(kg*s)", NULL},
    {"CSRP_NDOT", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**3/(kg*s)", NULL},
    {"CSRP_DRG", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**4/kg**2", NULL},
    {"CSRP_SRP", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**4/kg**2", NULL},
    {"CTHR_R", NDM_NUMBER, MAY, 0, 0, "m**2/s**2", NULL},
    {"CTHR_T", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**2/s**2", NULL},
    {"CTHR_N", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**2/s**2", NULL},
    {"CTHR_RDOT", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**2/s**3", NULL},
    {"CTHR_TDOT", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**2/s**3", NULL},
    {"CTHR_NDOT", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**2/s**3", NULL},
    {"CTHR_DRG", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**3/(kg*s**2)", NULL},
    {"CTHR_SRP", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**3/(kg*s**2)", NULL},
    {"CTHR_THR", NDM_NUMBER, WITH_PREVIOUS, 0, 0, "m**2/s**4", NULL},
};

#define CDM .grammar = &ndm_cdm
/* at: the index of the segment. */
#define SEGMENT(at, rows_of_metadata)                                                                                  \
    {.name = "segment", .parent = 2, .needed = true, CDM},                                                             \
        {.name = "metadata", .parent = (at), .needed = true, NDM_ROWS_OF(rows_of_metadata), CDM},                      \
        {.name = "data", .parent = (at), .needed = true, CDM},                                                         \
        {.name = "odParameters", .parent = (at) + 2, NDM_ROWS_OF(determination), CDM},                                 \
        {.name = "additionalParameters", .parent = (at) + 2, NDM_ROWS_OF(additional), CDM},                            \
        {.name = "stateVector", .parent = (at) + 2, .needed = true, NDM_ROWS_OF(state), CDM},                          \
    {                                                                                                                  \
        .name = "covarianceMatrix", .parent = (at) + 2, .needed = true, NDM_ROWS_OF(covariance), CDM                   \
    }

static const struct ndm_block blocks[] = {
    {.name = "cdm", .parent = -1, CDM},
    {.name = "header", .parent = 0, .needed = true, NDM_ROWS_OF(header), CDM},
    {.name = "body", .parent = 0, .needed = true, CDM},
    {.name = "relativeMetadataData", .parent = 2, .needed = true, CDM},
    {.parent = 3, .needed = true, NDM_ROWS_OF(relative), CDM},
    {.name = "relativeStateVector", .parent = 3, NDM_ROWS_OF(relative_state), CDM},
    {.parent = 3, NDM_ROWS_OF(screening), CDM},
    SEGMENT(7, first),
    SEGMENT(14, second),
};
const struct ndm_grammar ndm_cdm = {"CCSDS_CDM_VERS", "1.0", NDM_BLOCKS_OF(blocks), .units_in_xml = true};
