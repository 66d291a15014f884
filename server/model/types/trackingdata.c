#include "rows.h"

static const struct field observed_rows[] = {
    {INT("count"), REQUIRED, AT_LEAST_ZERO, TEXT("How many observations of the kind there are")},
    {STRING("kind"), REQUIRED, TEXT("What was observed, by its keyword: RANGE, ANGLE_1, RECEIVE_FREQ_1")},
    {TIME("start"), REQUIRED, TEXT("Time of the first of them")},
    {TIME("stop"), REQUIRED, TEXT("Time of the last of them")},
};

static const struct field_table observed_fields = TABLE(observed_rows);

static const struct field trackingdata_rows[] = {
    {STRING("angleType"), TEXT("What the angles are: AZEL, RADEC, XEYN, XSYE")},
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    {STRING("correctionsApplied"), TEXT("Whether the corrections that the message lists are in the data: YES or NO")},
    {TIME("creationDate"), TEXT("When the message was made")},
    COMMON_DATA_MODE,
    {STRING("dataQuality"), TEXT("Quality of the data: RAW, VALIDATED, DEGRADED")},
    {FLOAT("integrationInterval"), UNIT("s"), TEXT("Time over which Doppler is integrated, or between phase counts")},
    {STRING("integrationReference"), TEXT("Where in that time an observation's time lies: START, MIDDLE, END")},
    COMMON_MESSAGE,
    {STRING("messageId"), TEXT("Identifier of the message")},
    {STRING("mode"), TEXT("How the data were taken: SEQUENTIAL, SINGLE_DIFF")},
    {INT("numObservations"), REQUIRED, AT_LEAST_ZERO, TEXT("Number of observations of all kinds")},
    {OBJECT("observations", observed_fields), ARRAY, TEXT("Kinds of observations, in the order in which they begin")},
    COMMON_ORIGIN,
    {STRING("participants"), ARRAY, TEXT("Stations and spacecraft, by their numbers in paths")},
    {STRING("path"), TEXT("Way of the signal, by the numbers of participants: 1,2,1")},
    {STRING("path1"), TEXT("Way of the first signal of differenced data")},
    {STRING("path2"), TEXT("Way of the second signal of differenced data")},
    {STRING("rangeMode"), TEXT("How ranges were measured: COHERENT, CONSTANT, ONE_WAY")},
    {STRING("rangeUnits"), TEXT("Unit of ranges: km, s, RU")},
    {STRING("receiveBand"), TEXT("Frequency band of the signal that was received")},
    {STRING("receiver"), TEXT("Participant at the end of the path")},
    {STRING("referenceFrame"), TEXT("Frame of right ascension and declination")},
    COMMON_SOURCE,
    {TIME("start"), REQUIRED, TEXT("Time of the first observation, in UTC")},
    {TIME("stop"), TEXT("Time of the last observation, in UTC")},
    COMMON_TAGS,
    {STRING("target"), TEXT("Participant that the receiver observes: the one before it in the path")},
    {STRING("timeSystem"), TEXT("Time system of the times in the message")},
    {STRING("timetagReference"), TEXT("Whether an observation's time is that of transmission or reception")},
    {STRING("trackId"), TEXT("Identifier of the track")},
    COMMON_TRANSACTION_ID,
    {STRING("transmitBand"), TEXT("Frequency band of the signal that was sent")},
    {STRING("transmitter"), TEXT("Participant at the start of a path in two ways or more")},
    COMMON_WARNINGS,
};

static const struct field_table trackingdata_fields = TABLE(trackingdata_rows);

const struct record_type record_type_trackingdata = {
    .name = "trackingdata",
    .description = "Segment of a tracking data message (CCSDS 503.0-B-2): what stations observed of a spacecraft",
    .fields = &trackingdata_fields,
    .time_field = "start",
    .object_field = "target",
    .sensor_field = "receiver",
    KEPT_FOR_EVER,
    .earliest = RECORDS_SPACE_AGE,
    .furthest_ahead = 366 * INSTANT_DAY,
};
