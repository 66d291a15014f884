#include "rows.h"

static const struct field covariance_rows[] = {
    {INT("clock"), TEXT("Standard deviation of the clock, in ps, or of its rate, in 1e-4 ps/s")},
    {INT("x"), TEXT("Standard deviation of X, in mm, or of its rate, in 1e-4 mm/s")},
    {INT("xClock"), TEXT("Correlation of X and the clock, times 1e7")},
    {INT("xy"), TEXT("Correlation of X and Y, times 1e7")},
    {INT("xz"), TEXT("Correlation of X and Z, times 1e7")},
    {INT("y"), TEXT("Standard deviation of Y, in mm, or of its rate, in 1e-4 mm/s")},
    {INT("yClock"), TEXT("Correlation of Y and the clock, times 1e7")},
    {INT("yz"), TEXT("Correlation of Y and Z, times 1e7")},
    {INT("z"), TEXT("Standard deviation of Z, in mm, or of its rate, in 1e-4 mm/s")},
    {INT("zClock"), TEXT("Correlation of Z and the clock, times 1e7")},
};

static const struct field_table covariance_fields = TABLE(covariance_rows);

static const struct field point_rows[] = {
    {FLOAT("clock"), UNIT("us"), TEXT("Offset of the satellite's clock; left out if it is not known")},
    {INT("clockDeviation"), COVARIANCE, TEXT("Deviation of the clock in ps: exponent of clockBase")},
    {BOOL("clockEvent"), TEXT("The clock jumped, or its rate changed, since the epoch before")},
    {BOOL("clockPredicted"), TEXT("The clock is predicted")},
    {FLOAT("clockRate"), UNIT("us/s"), TEXT("Rate of the satellite's clock")},
    {INT("clockRateDeviation"), COVARIANCE, TEXT("Deviation of the rate in 1e-4 ps/s: exponent of clockBase")},
    {STRING("epoch"), REQUIRED, RETELLS, RANGE(1, 29),
     TEXT("Time of the point in timeSystem, as 2021-03-14T00:00:00.00000000")},
    {BOOL("maneuver"), TEXT("The satellite manoeuvred since the epoch before, or up to the next")},
    {BOOL("orbitPredicted"), TEXT("The position is predicted")},
    {OBJECT("positionCovariance", covariance_fields), COVARIANCE, TEXT("Deviations and correlations of the position")},
    {OBJECT("velocityCovariance", covariance_fields), COVARIANCE, TEXT("Deviations and correlations of the velocity")},
    {FLOAT("x"), UNIT("km"), TEXT("Position, X; left out with Y and Z if it is not known")},
    {INT("xDeviation"), COVARIANCE, TEXT("Deviation of X in mm: exponent of positionBase")},
    {FLOAT("xVel"), UNIT("km/s"), TEXT("Velocity, X")},
    {INT("xVelDeviation"), COVARIANCE, TEXT("Deviation of the velocity in 1e-4 mm/s: exponent of positionBase")},
    {FLOAT("y"), UNIT("km"), TEXT("Position, Y")},
    {INT("yDeviation"), COVARIANCE, TEXT("Deviation of Y in mm: exponent of positionBase")},
    {FLOAT("yVel"), UNIT("km/s"), TEXT("Velocity, Y")},
    {INT("yVelDeviation"), COVARIANCE, TEXT("Deviation of the velocity in 1e-4 mm/s: exponent of positionBase")},
    {FLOAT("z"), UNIT("km"), TEXT("Position, Z")},
    {INT("zDeviation"), COVARIANCE, TEXT("Deviation of Z in mm: exponent of positionBase")},
    {FLOAT("zVel"), UNIT("km/s"), TEXT("Velocity, Z")},
    {INT("zVelDeviation"), COVARIANCE, TEXT("Deviation of the velocity in 1e-4 mm/s: exponent of positionBase")},
};

static const struct field_table point_fields = TABLE(point_rows);

static const struct field preciseephemeris_rows[] = {
    {INT("accuracy"), COVARIANCE, TEXT("Accuracy of the whole orbit in mm: exponent of 2; 0 if it is not known")},
    {STRING("agency"), TEXT("Who made the ephemeris")},
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    {FLOAT("clockBase"), AT_LEAST_ZERO, TEXT("Base of the deviations of clocks")},
    {STRING("comments"), ARRAY, TEXT("Remarks, line by line")},
    {ENUM("constellation"), VALUES("GPS", "QZSS", "GALILEO", "GLONASS", "BEIDOU", "NAVIC", "SBAS"),
     TEXT("Constellation of the satellite; left out of satellites that belong to none")},
    {STRING("coordinateSystem"), REQUIRED, TEXT("Terrestrial frame of the positions, such as IGS14")},
    COMMON_DATA_MODE,
    {STRING("dataUsed"), TEXT("What the ephemeris was made from, as SP3 abbreviates it: u+U, ORBIT")},
    {STRING("fileType"), TEXT("Whose satellites the file has: a letter as in satellite, or M for several systems")},
    {FLOAT("interval"), UNIT("s"), AT_LEAST_ZERO, TEXT("Time between the epochs")},
    {STRING("orbitType"), TEXT("How the orbit was determined: FIT, EXT, BCT, BHN, HLM")},
    COMMON_ORIGIN,
    {OBJECT("points", point_fields), ARRAY, TEXT("Positions and clock offsets, by time")},
    {FLOAT("positionBase"), AT_LEAST_ZERO, TEXT("Base of the deviations of positions")},
    {STRING("satellite"), REQUIRED, RANGE(1, 3), TEXT("The satellite as in RINEX: G01, R24, E12, C19, J02, I03, S28")},
    COMMON_SOURCE,
    {TIME("start"), REQUIRED, TEXT("Time of the first point, in UTC")},
    {TIME("stop"), TEXT("Time of the last point, in UTC")},
    COMMON_TAGS,
    {ENUM("timeSystem"), REQUIRED, VALUES("GPS", "GAL", "QZS", "IRN", "BDT", "BDS", "TAI", "UTC", "GLO"),
     TEXT("Time system of the points' epochs; GLO is UTC")},
    COMMON_TRANSACTION_ID,
    {STRING("version"), TEXT("Version of SP3 that it came in: a, b, c or d")},
    COMMON_WARNINGS,
};

static const struct field_table preciseephemeris_fields = TABLE(preciseephemeris_rows);

/* Room for a day of minutes, each with all its values. */
const struct record_type record_type_preciseephemeris = {
    .name = "preciseephemeris",
    .description = "Precise orbit and clock of a navigation satellite: points in time, from SP3",
    .fields = &preciseephemeris_fields,
    .time_field = "start",
    .object_field = "satellite",
    .elements_max = 80000,
    KEPT_FOR_EVER,
    .earliest = RECORDS_NAVIGATION_AGE,
    .furthest_ahead = 366 * INSTANT_DAY,
};
