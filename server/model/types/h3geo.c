#include "rows.h"

/* A cell keeps the identifiers that its poster gave to it and to the set. */
#define EMBEDDED
static const struct field cell_rows[] = {
#include "h3geohexcell_rows.h"
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
