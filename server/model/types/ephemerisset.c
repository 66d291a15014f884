#include "rows.h"

#define EMBEDDED
static const struct field point_rows[] = {
#include "ephemeris_rows.h"
};

#define SEGMENT_BYTES_MAX (8 * 1024 * 1024) /* a week of states and covariances, a minute apart */

static const struct field_table point_fields = TABLE(point_rows);

static const struct field ephemerisset_rows[] = {
    {FLOAT("bDot"), UNIT("m^2/kg/s"), TEXT("Rate of change of the ballistic coefficient")},
    {STRING("category"), REQUIRED, TEXT("Who made the ephemeris: OWNER_OPERATOR, ANALYST, EXTERNAL and others")},
    {STRING("centBody"), TEXT("Central body of the ephemeris")},
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    {STRING("comments"), TEXT("Remarks")},
    {ENUM("covReferenceFrame"), COVARIANCE, VALUES("J2000", "UVW", "EFG/TDR", "ECR/ECEF", "TEME", "GCRF"),
     TEXT("Reference frame of the points' covariances")},
    COMMON_DATA_MODE,
    {STRING("description"), TEXT("Description of the ephemeris")},
    COMMON_DESCRIPTOR,
    {STRING("dragModel"), TEXT("Atmosphere model used for drag")},
    {FLOAT("edr"), UNIT("W/kg"), TEXT("Energy dissipation rate")},
    {OBJECT("ephemerisList", point_fields), ARRAY, TEXT("Points of the ephemeris")},
    {STRING("filename"), TEXT("Name of the file the ephemeris came in")},
    {STRING("geopotentialModel"), TEXT("Geopotential model, with degree and order")},
    {BOOL("hasAccel"), TEXT("The points have accelerations")},
    {BOOL("hasCov"), TEXT("The points have covariances")},
    {BOOL("hasMnvr"), TEXT("Manoeuvres are part of the ephemeris")},
    {STRING("idManeuvers"), ARRAY, TEXT("Identifiers of the manoeuvres that are part of the ephemeris")},
    {STRING("idOnOrbit"), TEXT("Identifier of the object")},
    {STRING("idStateVector"), TEXT("Identifier of the state vector the ephemeris was made from")},
    {STRING("integrator"), TEXT("Integrator the ephemeris was made with")},
    {STRING("interpolation"), TEXT("Recommended method of interpolation")},
    {INT("interpolationDegree"), AT_LEAST_ZERO, TEXT("Recommended degree of interpolation")},
    {BOOL("lunarSolar"), TEXT("Perturbations by Moon and Sun were modelled")},
    {STRING("message"), RETELLS, BYTES_MAX(SEGMENT_BYTES_MAX), TEXT(MESSAGE_TEXT)},
    {INT("numPoints"), REQUIRED, AT_LEAST_ZERO, TEXT("Number of points")},
    {STRING("objectName"), TEXT("Name of the object")},
    COMMON_ORIG_OBJECT_ID,
    COMMON_ORIGIN,
    {STRING("pedigree"), TEXT("Pedigree of the ephemeris: PROPAGATED, HYBRID and others")},
    {TIME("pointEndTime"), REQUIRED, TEXT("Time of the last point")},
    {TIME("pointStartTime"), REQUIRED, TEXT("Time of the first point")},
    {ENUM("referenceFrame"), VALUES("J2000", "EFG/TDR", "ECR/ECEF", "TEME", "ITRF", "GCRF"),
     TEXT("Reference frame of the points")},
    {INT("satNo"), RANGE(0, 999999999), TEXT("Catalogue number of the object")},
    {BOOL("solidEarthTides"), TEXT("Solid Earth tides were modelled")},
    COMMON_SOURCE,
    {INT("stepSize"), UNIT("s"), TEXT("Time between the points")},
    COMMON_TAGS,
    COMMON_TRANSACTION_ID,
    {STRING("type"), REQUIRED, TEXT("Kind of ephemeris: ROUTINE, SCREENING, CALIBRATION, LAUNCH and others")},
    {TIME("usableEndTime"), TEXT("End of the span in which the ephemeris can be used")},
    {TIME("usableStartTime"), TEXT("Start of the span in which the ephemeris can be used")},
    COMMON_WARNINGS,
};

static const struct field_table ephemerisset_fields = TABLE_PASSING(ephemerisset_rows, "onOrbit", "stateVector");

const struct record_type record_type_ephemerisset = {
    .name = "ephemerisset",
    .filedrop = "udl-ephset",
    .description = "Ephemeris of an object in space: its states at points in time",
    .fields = &ephemerisset_fields,
    .has_file = true,
    .elements_max = 500000, /* a month of points a minute apart, or ten days with covariances */
    .time_field = "pointStartTime",
    .object_field = "satNo",
    KEPT_FOR_EVER,
    .earliest = RECORDS_SPACE_AGE,
    .furthest_ahead = 366 * INSTANT_DAY,
};
