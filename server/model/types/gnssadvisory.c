#include "rows.h"

static const struct field gnssadvisory_rows[] = {
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    {ENUM("constellation"), VALUES("GPS", "QZSS", "GALILEO", "GLONASS", "BEIDOU", "NAVIC", "SBAS"),
     TEXT("Constellation the advisory is about")},
    COMMON_DATA_MODE,
    {TIME("issued"), TEXT("Date and time group of the advisory: when it was issued")},
    {STRING("issuer"), REQUIRED, RANGE(1, 256), TEXT("Who issued it, such as GPSOC, NAVCEN, QSS, GSC")},
    {STRING("messageType"), REQUIRED, RANGE(1, 256),
     TEXT("Type of message in the series, such as FCSTDV, UNUSUFN, GENERAL")},
    {STRING("number"), REQUIRED, RANGE(1, 256), TEXT("Number of the advisory in its series, such as 2022014")},
    COMMON_ORIGIN,
    {INT("prn"), AT_LEAST_ZERO, TEXT("Pseudo-random noise number")},
    {TIME("referenceIssued"), TEXT("Date and time group of the advisory this one refers to")},
    {STRING("referenceNumber"), TEXT("Number of the advisory this one refers to; several with commas between them")},
    {STRING("satellite"),
     TEXT("Satellite as the advisory names it, such as GSAT0219; ALL for all of the constellation")},
    {STRING("signals"), TEXT("Signals or service affected, such as ALL, E5a, L6")},
    COMMON_SOURCE,
    {TIME("start"), REQUIRED,
     TEXT("Start of the outage or event; for an advisory that names none, when it was issued")},
    {STRING("status"), TEXT("State of what is announced, such as FORECAST, EXTENDED, ACTIVE, RESOLVED, CANCELLED")},
    {TIME("stop"), TEXT("End of the outage or event; left out until further notice")},
    {STRING("subject"), TEXT("Subject line of the advisory")},
    {INT("svn"), AT_LEAST_ZERO, TEXT("Space vehicle number")},
    COMMON_TAGS,
    {STRING("text"), RETELLS, TEXT("Full text of the advisory")},
    COMMON_TRANSACTION_ID,
};

static const struct field_table gnssadvisory_fields = TABLE(gnssadvisory_rows);

const struct record_type record_type_gnssadvisory = {
    .name = "gnssadvisory",
    .description = "Advisory to users of a navigation satellite system: NANU, NAQU or NAGU",
    .fields = &gnssadvisory_fields,
    .time_field = "start",
    .object_field = "prn",
    KEPT_FOR_EVER,
    .earliest = RECORDS_NAVIGATION_AGE,
    .furthest_ahead = 366 * INSTANT_DAY,
};
