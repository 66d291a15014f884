#include "rows.h"

static const struct field onboardnavigation_rows[] = {
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    COMMON_DATA_MODE,
    {FLOAT("deltaPos"), SENSOR_POSITION, MATRIX, UNIT("km"),
     TEXT("Differences between the state kept on board and the state determined from the ground, one position for each "
          "of ts")},
    {TIME("endTime"), TEXT("End of the data")},
    {STRING("esId"), TEXT("Identifier of the ephemeris set")},
    {STRING("idStateVector"), TEXT("Identifier of the last state vector on board")},
    {FLOAT("mag"), SENSOR_POSITION, MATRIX, UNIT("km"),
     TEXT("Positions of the spacecraft from its magnetometer, one for each of ts")},
    COMMON_ORIG_OBJECT_ID,
    COMMON_ORIGIN,
    {ENUM("referenceFrame"), VALUES("J2000", "EFG/TDR", "ECR/ECEF", "TEME", "ITRF", "GCRF"),
     TEXT("Reference frame of the positions")},
    {INT("satNo"), RANGE(0, 999999999), TEXT("Catalogue number of the spacecraft")},
    COMMON_SOURCE,
    {TIME("starCatLoadTime"), TEXT("When the star catalogue in use was loaded on board")},
    {STRING("starCatName"), TEXT("Star catalogue in use")},
    {FLOAT("starTracker"), SENSOR_POSITION, MATRIX, UNIT("km"),
     TEXT("Positions of the spacecraft from its star tracker, one for each of ts")},
    {TIME("startTime"), REQUIRED, TEXT("Start of the data")},
    {FLOAT("sunSensor"), SENSOR_POSITION, MATRIX, UNIT("km"),
     TEXT("Positions of the spacecraft from its sun sensor, one for each of ts")},
    {TIME("ts"), ARRAY, TEXT("Times of the positions")},
};

static const struct field_table onboardnavigation_fields =
    TABLE_PASSING(onboardnavigation_rows, "idOnOrbit", "onOrbit");

/* Kept twenty years in half years: 41 partitions, and 3 ahead at most. */
const struct record_type record_type_onboardnavigation = {
    .name = "onboardnavigation",
    .filedrop = "udl-onboardnavigation",
    .description = "Positions of a spacecraft as its own sensors tell them",
    .fields = &onboardnavigation_fields,
    .time_field = "startTime",
    .query_required = "startTime",
    .object_field = "satNo",
    .partition_width = 183 * INSTANT_DAY,
    .retention = 7305 * INSTANT_DAY,
    .earliest = RECORDS_SPACE_AGE,
    .furthest_ahead = 366 * INSTANT_DAY,
};
