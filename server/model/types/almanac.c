#include "rows.h"

static const struct field almanac_rows[] = {
    {FLOAT("af0"), UNIT("s"), TEXT("Clock offset at toa")},
    {FLOAT("af1"), UNIT("s/s"), TEXT("Clock drift")},
    {ENUM("angleUnit"), REQUIRED, VALUES("rad", "semicircle"),
     TEXT("Unit of argOfPerigee, inclination, inclinationOffset, meanAnomaly, raan and, by the second, of raanRate")},
    {FLOAT("argOfPerigee"), TEXT("Argument of perigee, in angleUnit")},
    {INT("averageUra"), RANGE(0, 15), TEXT("Average user range accuracy, as its index in IS-GPS-200")},
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    {INT("configuration"), RANGE(0, 15), TEXT("Configuration code of the satellite")},
    {ENUM("constellation"), REQUIRED, VALUES("GPS", "QZSS", "GALILEO", "GLONASS", "BEIDOU", "NAVIC", "SBAS"),
     TEXT("Constellation of the satellite")},
    COMMON_DATA_MODE,
    {FLOAT("eccentricity"), REQUIRED, RANGE(0, 1), TEXT("Eccentricity")},
    {INT("health"), REQUIRED, RANGE(0, 255), TEXT("Health code as broadcast; 0: usable")},
    {FLOAT("inclination"), TEXT("Inclination, in angleUnit")},
    {FLOAT("inclinationOffset"), TEXT("What the inclination exceeds 0.3 semicircles by, in angleUnit")},
    {FLOAT("meanAnomaly"), REQUIRED, TEXT("Mean anomaly at toa, in angleUnit")},
    COMMON_ORIGIN,
    {INT("prn"), REQUIRED, RANGE(1, 255), TEXT("Pseudo-random noise number")},
    {FLOAT("raan"), REQUIRED, TEXT("Longitude of the ascending node at the start of the week, in angleUnit")},
    {FLOAT("raanRate"), TEXT("Rate of right ascension, in angleUnit by the second")},
    COMMON_SOURCE,
    {FLOAT("sqrtSemiMajorAxis"), REQUIRED, UNIT("m^1/2"), AT_LEAST_ZERO, TEXT("Square root of the semi-major axis")},
    {INT("svn"), AT_LEAST_ZERO, TEXT("Space vehicle number")},
    COMMON_TAGS,
    {INT("timeOfWeek"), RETELLS, UNIT("s"), RANGE(0, 604799),
     TEXT("Time of applicability in its week, as the almanac has it")},
    {TIME("toa"), REQUIRED, TEXT("Time of applicability, in UTC")},
    COMMON_TRANSACTION_ID,
    {INT("week"), RANGE(0, 9999), TEXT("Week of the system's time, as the almanac has it: perhaps modulo 1,024")},
};

static const struct field_table almanac_fields = TABLE(almanac_rows);

const struct record_type record_type_almanac = {
    .name = "almanac",
    .description = "Almanac of a navigation satellite: its orbit and clock, coarse, as it is broadcast",
    .fields = &almanac_fields,
    .time_field = "toa",
    .object_field = "prn",
    KEPT_FOR_EVER,
    .earliest = RECORDS_NAVIGATION_AGE,
    .furthest_ahead = 366 * INSTANT_DAY,
};
