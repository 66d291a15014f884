#include "rows.h"

static const struct field obscorrelation_rows[] = {
    {STRING("algorithmCorrType"), TEXT("Algorithm that made the correlation, such as ROTAS")},
    {STRING("altCatalog"), TEXT("Name of the alternate catalogue")},
    {STRING("altNamespace"), TEXT("Source or system the alternate catalogue belongs to")},
    {STRING("altObjectId"), TEXT("Identifier of the object in the alternate catalogue")},
    {BOOL("altUct"), TEXT("The observation or track correlates to no object of the alternate catalogue")},
    {INT("astat"), TEXT("Result of the correlation by ROTAS, 0 to 4")},
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    {FLOAT("corrQuality"), RANGE(0, 1), TEXT("Score of the correlation: 0 not at all, 1 perfect")},
    {ENUM("corrType"), REQUIRED, VALUES("OBSERVATION", "TRACK"), TEXT("What is correlated: an observation or a track")},
    COMMON_DATA_MODE,
    {STRING("idParentCorrelation"), TEXT("Identifier of the correlation this one was made from")},
    {TIME("msgTs"), REQUIRED, TEXT("Time of the correlation")},
    {STRING("obId"), REQUIRED, TEXT("Identifier of the observation")},
    {ENUM("obType"), REQUIRED, VALUES("DOA", "EO", "PASSIVE_RADAR", "RADAR", "RF", "SAR", "SOISET"),
     TEXT("Kind of the observation")},
    COMMON_ORIG_OBJECT_ID,
    COMMON_ORIGIN,
    {STRING("referenceOrbitId"), REQUIRED, TEXT("Identifier of the orbit it was correlated with")},
    {ENUM("referenceOrbitType"), REQUIRED, VALUES("ELSET", "ESID", "SV"),
     TEXT("Kind of that orbit: element set, ephemeris set or state vector")},
    {INT("satNo"), RANGE(0, 999999999), TEXT("Catalogue number of the object")},
    COMMON_SOURCE,
    COMMON_TAGS,
    {STRING("trackId"), TEXT("Identifier of the track the observation belongs to")},
    COMMON_TRANSACTION_ID,
};

static const struct field_table obscorrelation_fields = TABLE_PASSING(obscorrelation_rows, "idOnOrbit");

/* Kept as long as the observations: twenty years in half years, 41 partitions, and 3 ahead at most. */
const struct record_type record_type_obscorrelation = {
    .name = "obscorrelation",
    .filedrop = "udl-obscorrelation",
    .description = "Correlation of an observation or a track with the orbit of an object",
    .fields = &obscorrelation_fields,
    .time_field = "msgTs",
    .query_required = "msgTs",
    .object_field = "satNo",
    .partition_width = 183 * INSTANT_DAY,
    .retention = 7305 * INSTANT_DAY,
    .earliest = RECORDS_SPACE_AGE,
    .furthest_ahead = 366 * INSTANT_DAY,
};
