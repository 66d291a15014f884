#include "rows.h"

static const struct field timeoffset_rows[] = {
    {FLOAT("a0"), UNIT("s"), TEXT("Offset at epoch")},
    {FLOAT("a1"), UNIT("s/s"), TEXT("Its rate")},
    {FLOAT("a2"), UNIT("s/s^2"), TEXT("Half of its acceleration")},
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    {ENUM("constellation"), REQUIRED, VALUES("GPS", "QZSS", "GALILEO", "GLONASS", "BEIDOU", "NAVIC", "SBAS"),
     TEXT("System that the satellite belongs to")},
    COMMON_DATA_MODE,
    {TIME("epoch"), REQUIRED, TEXT("Time that the polynomial counts from, in UTC")},
    {STRING("epochText"), REQUIRED, RETELLS, RANGE(1, 32),
     TEXT("The same time in timeSystem, as the message has it: 2026-05-23T12:00:00")},
    {STRING("header"), ARRAY, RETELLS,
     TEXT("Lines of its file's header that no field has, as they stand: PGM / RUN BY / DATE, COMMENT, LEAP SECONDS")},
    {STRING("messageType"), REQUIRED, RANGE(1, 16),
     TEXT("Message it was sent in, as in RINEX 4: LNAV, CNAV, CNV2, INAV, FNAV, FDMA, D1, SBAS")},
    {STRING("offset"), REQUIRED, RANGE(1, 18), TEXT("Times that it lies between, as in RINEX: GPUT, GAGP, BDUT")},
    COMMON_ORIGIN,
    {STRING("satellite"), RANGE(1, 3), TEXT("Satellite that sent it, as in RINEX: G07; E alone: of the constellation")},
    {STRING("sbas"), RANGE(1, 18), TEXT("Augmentation system, such as WAAS, EGNOS, MSAS")},
    COMMON_SOURCE,
    COMMON_TAGS,
    {ENUM("timeSystem"), REQUIRED, VALUES("GPS", "UTC", "BDT"),
     TEXT("Time scale of epochText; Galileo, QZSS, NavIC and SBAS count as GPS does")},
    COMMON_TRANSACTION_ID,
    {FLOAT("transmissionTime"), UNIT("s"), TEXT("Time of transmission, in seconds of the week")},
    {STRING("utc"), RANGE(1, 18), TEXT("Realisation of UTC, such as UTC(USNO), UTC(NICT)")},
    COMMON_WARNINGS,
};

static const struct field_table timeoffset_fields = TABLE(timeoffset_rows);

const struct record_type record_type_timeoffset = {
    .name = "timeoffset",
    .description = "Offset between two time systems, as a navigation satellite broadcasts it",
    .fields = &timeoffset_fields,
    .time_field = "epoch",
    .object_field = "satellite",
    KEPT_FOR_EVER,
    .earliest = RECORDS_NAVIGATION_AGE,
    .furthest_ahead = 366 * INSTANT_DAY,
};
