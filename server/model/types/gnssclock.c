#include "rows.h"

static const struct field correction_rows[] = {
    {STRING("program"), TEXT("Program that the corrections were applied with")},
    {STRING("source"), TEXT("Where the corrections are from")},
    {STRING("system"), TEXT("Satellite system, as in RINEX: G, R, E, C, J, I, S")},
};

static const struct field_table correction_fields = TABLE(correction_rows);

static const struct field reference_rows[] = {
    {STRING("from"), RETELLS, TEXT("From when it was the reference, in timeSystem")},
    {STRING("name"), REQUIRED, TEXT("Name of the reference clock")},
    {STRING("number"), TEXT("Identifier of its station, such as a DOMES number")},
    {FLOAT("offset"), UNIT("s"), TEXT("What its clock was held at")},
    {STRING("until"), RETELLS, TEXT("Until when, in timeSystem")},
};

static const struct field_table reference_fields = TABLE(reference_rows);

static const struct field point_rows[] = {
    {FLOAT("acceleration"), UNIT("1/s"), TEXT("Acceleration of the clock")},
    {FLOAT("accelerationDeviation"), COVARIANCE, UNIT("1/s"), TEXT("Standard deviation of the acceleration")},
    {FLOAT("bias"), REQUIRED, UNIT("s"), TEXT("Offset of the clock")},
    {FLOAT("biasDeviation"), COVARIANCE, UNIT("s"), TEXT("Standard deviation of the offset")},
    {STRING("epoch"), REQUIRED, RETELLS, RANGE(1, 29),
     TEXT("Time of the point in timeSystem, as 2021-03-14T00:00:00.000000")},
    {FLOAT("rate"), UNIT("s/s"), TEXT("Rate of the clock")},
    {FLOAT("rateDeviation"), COVARIANCE, UNIT("s/s"), TEXT("Standard deviation of the rate")},
};

static const struct field_table point_fields = TABLE(point_rows);

static const struct field gnssclock_rows[] = {
    {STRING("analysisCenter"), TEXT("Abbreviation of the analysis centre")},
    {STRING("analysisCenterName"), TEXT("Name of the analysis centre")},
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    {STRING("clock"), REQUIRED, RANGE(1, 16), TEXT("The clock: a satellite as in RINEX, G01, or a receiver's name")},
    {OBJECT("codeBiases", correction_fields), ARRAY, TEXT("Corrections of differences between codes, by system")},
    {STRING("comments"), ARRAY, TEXT("Remarks, line by line")},
    {ENUM("constellation"), VALUES("GPS", "QZSS", "GALILEO", "GLONASS", "BEIDOU", "NAVIC", "SBAS"),
     TEXT("Constellation of the satellite; left out of receivers")},
    COMMON_DATA_MODE,
    {ENUM("dataType"), REQUIRED, VALUES("AR", "AS", "CR", "DR", "MS"),
     TEXT("What was made: analysis of receivers or satellites, calibration, discontinuity, monitoring of satellites")},
    {STRING("frame"), TEXT("Terrestrial frame of the receivers' positions")},
    {INT("leapSeconds"), UNIT("s"), TEXT("Leap seconds since 1980-01-06")},
    {INT("leapSecondsGnss"), UNIT("s"), TEXT("Difference of timeSystem and UTC")},
    {STRING("observationTypes"), ARRAY, TEXT("Codes of the observations used, by system, as RINEX lists them")},
    COMMON_ORIGIN,
    {OBJECT("phaseCenters", correction_fields), ARRAY, TEXT("Corrections of antenna phase centres, by system")},
    {OBJECT("points", point_fields), ARRAY, TEXT("Offsets of the clock, by time")},
    {STRING("program"), TEXT("Program that made the file")},
    {STRING("receiverNumber"), TEXT("Identifier of the receiver, such as a DOMES number")},
    {INT("receiverX"), UNIT("mm"), TEXT("Position of the receiver in the frame, X")},
    {INT("receiverY"), UNIT("mm"), TEXT("Position of the receiver in the frame, Y")},
    {INT("receiverZ"), UNIT("mm"), TEXT("Position of the receiver in the frame, Z")},
    {OBJECT("references", reference_fields), ARRAY, TEXT("Clocks that the others are told against")},
    {STRING("runBy"), TEXT("Who made the file")},
    {STRING("runDate"), TEXT("When the file was made, as it says")},
    COMMON_SOURCE,
    {TIME("start"), REQUIRED, TEXT("Time of the first point, in UTC")},
    {STRING("station"), TEXT("Station of a calibration or discontinuity")},
    {STRING("stationNumber"), TEXT("Identifier of that station")},
    {STRING("stationReference"), TEXT("What that station's clock is compared with")},
    {TIME("stop"), TEXT("Time of the last point, in UTC")},
    {STRING("system"), TEXT("Satellite system of the file, as in RINEX")},
    COMMON_TAGS,
    {ENUM("timeSystem"), REQUIRED, VALUES("GPS", "GAL", "QZS", "IRN", "BDT", "BDS", "TAI", "UTC", "GLO"),
     TEXT("Time system of the points' epochs; GLO is UTC")},
    COMMON_TRANSACTION_ID,
    {STRING("version"), TEXT("Version of RINEX clock that it came in")},
};

static const struct field_table gnssclock_fields = TABLE(gnssclock_rows);

/* Room for a day of half minutes, each with all its values, and for what a file says once. */
const struct record_type record_type_gnssclock = {
    .name = "gnssclock",
    .description = "Offsets of a satellite's or a receiver's clock: points in time, from RINEX clock files",
    .fields = &gnssclock_fields,
    .time_field = "start",
    .object_field = "clock",
    .elements_max = 40000,
    KEPT_FOR_EVER,
    .earliest = RECORDS_NAVIGATION_AGE,
    .furthest_ahead = 366 * INSTANT_DAY,
};
