#include "rows.h"

static const struct field code_rows[] = {
    {STRING("codes"), ARRAY, REQUIRED, TEXT("Codes of its observations, in their order in the file")},
    {STRING("system"), REQUIRED, RANGE(1, 1), TEXT("Satellite system, as in RINEX: G, R, E, C, J, I, S; M: all")},
};

static const struct field_table code_fields = TABLE(code_rows);

static const struct field satellite_rows[] = {
    {INT("epochs"), REQUIRED, AT_LEAST_ZERO, TEXT("Epochs with observations of it")},
    {STRING("satellite"), REQUIRED, RANGE(3, 3), TEXT("The satellite, as in RINEX: G07")},
};

static const struct field_table satellite_fields = TABLE(satellite_rows);

static const struct field rinexobservation_rows[] = {
    {STRING("agency"), TEXT("Agency of the observer")},
    {FLOAT("antennaEast"), SENSOR_POSITION, UNIT("m"), TEXT("Antenna from the marker, east")},
    {FLOAT("antennaHeight"), SENSOR_POSITION, UNIT("m"), TEXT("Height of the antenna above the marker")},
    {FLOAT("antennaNorth"), SENSOR_POSITION, UNIT("m"), TEXT("Antenna from the marker, north")},
    {STRING("antennaNumber"), TEXT("Number of the antenna")},
    {STRING("antennaType"), TEXT("Kind of antenna")},
    {FLOAT("antennaX"), SENSOR_POSITION, UNIT("m"), TEXT("Antenna on a vehicle, X in its frame")},
    {FLOAT("antennaY"), SENSOR_POSITION, UNIT("m"), TEXT("Antenna on a vehicle, Y in its frame")},
    {FLOAT("antennaZ"), SENSOR_POSITION, UNIT("m"), TEXT("Antenna on a vehicle, Z in its frame")},
    {FLOAT("approxX"), SENSOR_POSITION, UNIT("m"), TEXT("Position of the marker, about, X in an ITRF")},
    {FLOAT("approxY"), SENSOR_POSITION, UNIT("m"), TEXT("Position of the marker, about, Y in an ITRF")},
    {FLOAT("approxZ"), SENSOR_POSITION, UNIT("m"), TEXT("Position of the marker, about, Z in an ITRF")},
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    {INT("clockOffsetApplied"), TEXT("1: the receiver's clock offset is applied to times and observations")},
    {STRING("comments"), ARRAY, TEXT("Remarks, line by line")},
    COMMON_DATA_MODE,
    {STRING("doi"), TEXT("Digital object identifier of the data")},
    {INT("epochs"), REQUIRED, AT_LEAST_ZERO, TEXT("Epochs in the file")},
    {INT("events"), REQUIRED, AT_LEAST_ZERO, TEXT("Events in the file: moves, new sites, lines of a header")},
    {STRING("filename"), TEXT("Name of the file")},
    {STRING("firstEpoch"), RETELLS, RANGE(1, 32), TEXT("First epoch as it stands, in timeSystem")},
    {STRING("header"), ARRAY, RETELLS,
     TEXT("Lines of the header that no other field has, as they stand: phase shifts, slots of GLONASS")},
    {FLOAT("interval"), UNIT("s"), AT_LEAST_ZERO, TEXT("Time between the observations, as the file says")},
    {STRING("lastEpoch"), RETELLS, RANGE(1, 32), TEXT("Last epoch as it stands, in timeSystem")},
    {INT("leapSeconds"), UNIT("s"), TEXT("Leap seconds since 1980-01-06, or those of the file's time system")},
    {STRING("licenses"), ARRAY, TEXT("Licences of use, line by line")},
    {STRING("markerName"), TEXT("Name of the marker: the station")},
    {STRING("markerNumber"), TEXT("Number of the marker, such as a DOMES number")},
    {STRING("markerType"), TEXT("Kind of marker: GEODETIC, SPACEBORNE and others")},
    {INT("mergedFiles"), TEXT("Files that this one was merged from")},
    {OBJECT("observationTypes", code_fields), ARRAY, TEXT("What is observed, by system")},
    {STRING("observer"), TEXT("Who observed")},
    COMMON_ORIGIN,
    {STRING("program"), TEXT("Program that made the file")},
    {STRING("receiverNumber"), TEXT("Number of the receiver")},
    {STRING("receiverType"), TEXT("Kind of receiver")},
    {STRING("receiverVersion"), TEXT("Version of the receiver's software")},
    {STRING("runBy"), TEXT("Who made the file")},
    {STRING("runDate"), TEXT("When the file was made, as it says")},
    {INT("satelliteCount"), AT_LEAST_ZERO, TEXT("Satellites in the file, as it says")},
    {OBJECT("satellites", satellite_fields), ARRAY, TEXT("Satellites in the file, as they were counted")},
    {STRING("signalStrengthUnit"), TEXT("Unit of the signal strengths")},
    COMMON_SOURCE,
    {TIME("start"), REQUIRED, TEXT("First epoch, in UTC; of a file without epochs the one that its header has")},
    {STRING("stationInformation"), ARRAY, TEXT("Where to find more about the station, line by line")},
    {TIME("stop"), TEXT("Last epoch, in UTC")},
    {STRING("system"), REQUIRED, RANGE(1, 1), TEXT("Satellite system of the file, as in RINEX; M: several")},
    COMMON_TAGS,
    {ENUM("timeSystem"), REQUIRED, VALUES("GPS", "GAL", "QZS", "IRN", "BDT", "BDS", "TAI", "UTC", "GLO"),
     TEXT("Time system of the file's epochs; GLO is UTC")},
    COMMON_TRANSACTION_ID,
    {STRING("version"), REQUIRED, TEXT("Version of RINEX that it came in: 3.05")},
    {STRING("warnings"), ARRAY, RETELLS, TEXT("What does not fit together in the file")},
};

static const struct field_table rinexobservation_fields = TABLE(rinexobservation_rows);

const struct record_type record_type_rinexobservation = {
    .name = "rinexobservation",
    .description = "Observation file of a GNSS receiver: its header, and how much of what is in it, from RINEX",
    .fields = &rinexobservation_fields,
    .time_field = "start",
    .object_field = "markerName",
    KEPT_FOR_EVER,
    .earliest = RECORDS_NAVIGATION_AGE,
    .furthest_ahead = INSTANT_DAY,
};
