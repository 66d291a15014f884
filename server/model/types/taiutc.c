#include "rows.h"

static const struct field taiutc_rows[] = {
    {TIME("adjustmentDate"), REQUIRED, TEXT("Time from which on the offset is in effect")},
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    COMMON_DATA_MODE,
    {FLOAT("multiplicationFactor"), UNIT("s/d"),
     TEXT("Rate of the offset, by which it grew until 1972: seconds for each day since a date of reference")},
    COMMON_ORIGIN,
    COMMON_RAW_FILE_URI,
    COMMON_SOURCE,
    {FLOAT("taiUTC"), UNIT("s"), TEXT("TAI minus UTC from then on")},
};

static const struct field_table taiutc_fields = TABLE(taiutc_rows);

#define TAIUTC_SERIES_START (-INT64_C(3287) * INSTANT_DAY) /* 1961-01-01: the first offset that was published */

/* Kept for ever, and few: spans of five years. A leap second is announced half a year ahead. */
const struct record_type record_type_taiutc = {
    .name = "taiutc",
    .description = "Offset between TAI and UTC from a leap second on",
    .fields = &taiutc_fields,
    .versioned = true,
    .time_field = "adjustmentDate",
    .query_required = "adjustmentDate",
    .partition_width = 1826 * INSTANT_DAY,
    .retention = 0,
    .earliest = TAIUTC_SERIES_START,
    .furthest_ahead = 366 * INSTANT_DAY,
};
