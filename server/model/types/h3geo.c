#include "rows.h"

/* A cell keeps the identifiers that its poster gave to it and to the set. */
static const struct field cell_rows[] = {
    {FLOAT("altMean"), UNIT("km"), TEXT("Mean altitude of the observations in the cell")},
    {FLOAT("altSigma"), UNIT("km"), AT_LEAST_ZERO, TEXT("Standard deviation of the altitude of the observations")},
    {FLOAT("anomScoreInterference"), RANGE(0, 1),
     TEXT("Share of the observations that interference has probably made anomalous")},
    {FLOAT("anomScoreSpoofing"), RANGE(0, 1),
     TEXT("Share of the observations that spoofing has probably made anomalous")},
    {STRING("cellId"), REQUIRED, RANGE(1, 16), TEXT("H3 index of the cell, hexadecimal")},
    {FLOAT("changeScore"), UNIT("%"), TEXT("Change of what was observed in the cell")},
    COMMON_CLASSIFICATION_MARKING,
    {INT("coverage"), AT_LEAST_ZERO, TEXT("How many observations there are in the cell")},
    COMMON_DATA_MODE,
    {STRING("id"), TEXT("Identifier of the cell, as the poster gives it")},
    {STRING("idH3Geo"), TEXT("Identifier of the set, as the poster gives it")},
    COMMON_ORIGIN,
    {FLOAT("rpmMax"), TEXT("Greatest received power in the cell, as the receivers' monitors tell it")},
    {FLOAT("rpmMean"), TEXT("Mean received power in the cell")},
    {FLOAT("rpmMedian"), TEXT("Median of the received power in the cell")},
    {FLOAT("rpmMin"), TEXT("Least received power in the cell")},
    {FLOAT("rpmSigma"), AT_LEAST_ZERO, TEXT("Standard deviation of the received power in the cell")},
    COMMON_SOURCE,
};

static const struct field_table cell_fields = TABLE(cell_rows);

static const struct field h3geo_rows[] = {
    {OBJECT("cells", cell_fields), REQUIRED, ARRAY, TEXT("The cells of the set")},
    {FLOAT("centerFreq"), UNIT("MHz"), AT_LEAST_ZERO, TEXT("Centre frequency")},
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    COMMON_DATA_MODE,
    {TIME("endTime"), TEXT("End of the observations")},
    {INT("numCells"), REQUIRED, AT_LEAST_ZERO, TEXT("How many cells the set has")},
    COMMON_ORIGIN,
    {INT("resolution"), RANGE(0, 15), TEXT("H3 resolution of the cells")},
    COMMON_SOURCE,
    {TIME("startTime"), REQUIRED, TEXT("Start of the observations")},
    COMMON_TAGS,
    {STRING("type"), TEXT("What the set shows, such as Cell Towers")},
};

static const struct field_table h3geo_fields = TABLE(h3geo_rows);

/* Kept twenty years in half years: 41 partitions, and 3 ahead at most. */
const struct record_type record_type_h3geo = {
    .name = "h3geo",
    .filedrop = "udl-h3geo",
    .description = "Reception of navigation signals, interference and spoofing by cells of the H3 grid",
    .fields = &h3geo_fields,
    .time_field = "startTime",
    .query_required = "startTime",
    .partition_width = 183 * INSTANT_DAY,
    .retention = 7305 * INSTANT_DAY,
    .earliest = RECORDS_NAVIGATION_AGE,
    .furthest_ahead = 366 * INSTANT_DAY,
};
