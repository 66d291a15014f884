#include "rows.h"

static const struct field seo_rows[] = {
    {FLOAT("obArray"), ARRAY, TEXT("Observed values, in the unit obUoM")},
    {BOOL("obBool"), TEXT("Observed value that is true or false")},
    {STRING("obDescription"), TEXT("More about the observation")},
    {STRING("obQuality"), TEXT("Quality of the observation")},
    {STRING("obString"), RETELLS, TEXT("Observed value as text, in the unit obUoM")},
    {STRING("obType"), REQUIRED, TEXT("What was observed, such as INTEGRAL FLUX or DST INDEX")},
    {STRING("obUoM"), REQUIRED, TEXT("Unit of the observed values")},
    {FLOAT("obValue"), TEXT("Observed value, in the unit obUoM")},
};

static const struct field_table seo_fields = TABLE(seo_rows);

static const struct field spaceenvobservation_rows[] = {
    {FLOAT("alt"), SENSOR_POSITION, UNIT("km"), TEXT("Altitude of the sensor above the WGS-84 ellipsoid")},
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    COMMON_DATA_MODE,
    {STRING("dataType"), TEXT("Kind of data, such as ECP or SURFACE CHARGE")},
    {BOOL("derived"), TEXT("The data was derived from other data")},
    {STRING("description"), TEXT("More about the observations")},
    COMMON_DESCRIPTOR,
    {STRING("externalId"), TEXT("Identifier in another system")},
    {BOOL("forecast"), TEXT("The data is a forecast")},
    {STRING("genSystem"), TEXT("System that made the message")},
    {TIME("genTime"), TEXT("When the message was made")},
    COMMON_ID_SENSOR,
    {STRING("instrumentType"), TEXT("Kind of instrument, such as DOSIMETER, MAGNETOMETER or RADIO TELESCOPE")},
    {FLOAT("lat"), SENSOR_POSITION, UNIT("deg"), RANGE(-90, 90),
     TEXT("Latitude of the sensor or of the point below it, positive north")},
    {FLOAT("lon"), SENSOR_POSITION, UNIT("deg"), RANGE(-180, 180),
     TEXT("Longitude of the sensor or of the point below it, positive east")},
    {STRING("measType"), TEXT("Kind of measurement, such as ENERGETIC PARTICLES")},
    {STRING("msgType"), TEXT("Kind of message, such as SODM")},
    {STRING("obSetId"), TEXT("Identifier of the set of observations")},
    {TIME("obTime"), REQUIRED, TEXT("Time of the observations")},
    {STRING("observatoryName"), TEXT("Observatory that the data is from")},
    {STRING("observatoryNotes"), TEXT("Notes on the observatory")},
    {STRING("observatoryType"), TEXT("Kind of observatory, such as GROUND, ONORBIT or PLANETARY")},
    COMMON_ORIG_OBJECT_ID,
    COMMON_ORIG_SENSOR_ID,
    COMMON_ORIGIN,
    {STRING("particleType"), TEXT("Kind of particle measured, such as PROTON or ELECTRON")},
    {STRING("quality"), TEXT("Quality of the whole record, such as REALTIME or VERIFIED")},
    {INT("satNo"), RANGE(0, 999999999), TEXT("Catalogue number of the satellite that carries the sensor")},
    {STRING("senEnergyLevel"), TEXT("Range of energy of the sensor that the measurement is for")},
    {FLOAT("senPos"), SENSOR_POSITION, ARRAY, UNIT("km"), TEXT("Position of the sensor: x, y, z")},
    {ENUM("senReferenceFrame"), VALUES("J2000", "EFG/TDR", "ECR/ECEF", "TEME", "ITRF", "GCRF"),
     TEXT("Reference frame of senPos and senVel")},
    {FLOAT("senVel"), SENSOR_POSITION, ARRAY, UNIT("km/s"), TEXT("Velocity of the sensor: x, y, z")},
    {OBJECT("seoList", seo_fields), ARRAY, TEXT("The observations")},
    COMMON_SOURCE,
    {STRING("srcIds"), ARRAY, TEXT("Identifiers of the records this one was made from")},
    {STRING("srcTyps"), ARRAY, TEXT("Types of the records this one was made from, in the order of srcIds")},
};

static const struct field_table spaceenvobservation_fields = TABLE_PASSING(spaceenvobservation_rows, "idOnOrbit");

/* Kept twenty years, near two cycles of solar activity, in half years: 41 partitions, and 3 ahead at most. */
const struct record_type record_type_spaceenvobservation = {
    .name = "spaceenvobservation",
    .filedrop = "udl-spaceenvobs",
    .description = "Observation of the environment in space: particles, fields, fluxes and indices",
    .fields = &spaceenvobservation_fields,
    .time_field = "obTime",
    .query_required = "obTime",
    .object_field = "satNo",
    .sensor_field = "idSensor",
    .latitude_field = "lat",
    .longitude_field = "lon",
    .partition_width = 183 * INSTANT_DAY,
    .retention = 7305 * INSTANT_DAY,
    .earliest = RECORDS_SPACE_AGE,
    .furthest_ahead = 366 * INSTANT_DAY,
};
