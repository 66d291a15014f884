#include "rows.h"

static const struct field observation_rows[] = {
    {INT("agcState"), TEXT("State of the receiver's automatic gain control")},
    {STRING("gnssSatId"), TEXT("The GNSS satellite, as in RINEX: G07, J02, E11")},
    {FLOAT("ob"), ARRAY, TEXT("Observed values, in the order of obsCodeSet; their units follow from the codes")},
    {STRING("obsCodeSet"), ARRAY, TEXT("Observation codes, as in RINEX, of the values in ob")},
    {INT("trackingStatus"), TEXT("Tracking status of the receiver")},
};

static const struct field_table observation_fields = TABLE(observation_rows);

static const struct field gnssobservationset_rows[] = {
    {INT("agcState"), TEXT("State of the receiver's automatic gain control")},
    {FLOAT("alt"), UNIT("km"), TEXT("Altitude of the receiver above the WGS-84 ellipsoid")},
    {FLOAT("boresight"), ARRAY, TEXT("Unit vector along the antenna's boresight")},
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    COMMON_DATA_MODE,
    {STRING("esId"), TEXT("Identifier of the ephemeris set")},
    {STRING("eventId"), TEXT("Identifier of the event")},
    {FLOAT("gDop"), AT_LEAST_ZERO, TEXT("Geometric dilution of precision")},
    {OBJECT("gnssObservationList", observation_fields), ARRAY, TEXT("One entry per tracked signal source")},
    {FLOAT("hDop"), AT_LEAST_ZERO, TEXT("Horizontal dilution of precision")},
    {FLOAT("lat"), UNIT("deg"), RANGE(-90, 90), TEXT("Latitude of the receiver, positive north")},
    {FLOAT("lon"), UNIT("deg"), RANGE(-180, 180), TEXT("Longitude of the receiver, positive east")},
    {STRING("markerType"), TEXT("Kind of marker, as in RINEX: GEODETIC, SPACEBORNE and others")},
    {STRING("navigationStatus"), TEXT("How the position was determined")},
    {STRING("obsCodes"), ARRAY, TEXT("Observation codes, as in RINEX, that apply to the whole set")},
    COMMON_ORIG_OBJECT_ID,
    COMMON_ORIGIN,
    {INT("outage"), UNIT("s"), AT_LEAST_ZERO, TEXT("How long the receiver was without service")},
    {FLOAT("pDop"), AT_LEAST_ZERO, TEXT("Position dilution of precision")},
    {FLOAT("quat"), ARRAY, TEXT("Attitude of the receiver as a quaternion")},
    {STRING("receiver"), TEXT("Kind of receiver")},
    {INT("satNo"), RANGE(0, 999999999), TEXT("Catalogue number of the satellite that carries the receiver")},
    {FLOAT("satPosition"), ARRAY, UNIT("km"), TEXT("Position of the satellite that carries the receiver")},
    {FLOAT("satVelocity"), ARRAY, UNIT("km/s"), TEXT("Velocity of the satellite that carries the receiver")},
    COMMON_SOURCE,
    {STRING("srcIds"), ARRAY, TEXT("Identifiers of the records this one was made from")},
    {STRING("srcTyps"), ARRAY, TEXT("Types of the records this one was made from, in the order of srcIds")},
    {FLOAT("tDop"), AT_LEAST_ZERO, TEXT("Time dilution of precision")},
    COMMON_TAGS,
    {INT("trackingStatus"), TEXT("Tracking status of the receiver")},
    COMMON_TRANSACTION_ID,
    {TIME("ts"), REQUIRED, TEXT("Time of the observations, at the receiver")},
    {FLOAT("vDop"), AT_LEAST_ZERO, TEXT("Vertical dilution of precision")},
};

static const struct field_table gnssobservationset_fields =
    TABLE_PASSING(gnssobservationset_rows, "idOnOrbit", "onOrbit");

/* Kept twenty years in half years: 41 partitions, and 3 ahead at most. */
const struct record_type record_type_gnssobservationset = {
    .name = "gnssobservationset",
    .filedrop = "udl-gnssobset",
    .description = "Observations of navigation satellites by one receiver at one time",
    .fields = &gnssobservationset_fields,
    .time_field = "ts",
    .query_required = "ts",
    .object_field = "satNo",
    .latitude_field = "lat",
    .longitude_field = "lon",
    .partition_width = 183 * INSTANT_DAY,
    .retention = 7305 * INSTANT_DAY,
    .earliest = RECORDS_NAVIGATION_AGE,
    .furthest_ahead = 366 * INSTANT_DAY,
};
