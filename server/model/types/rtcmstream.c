#include "rows.h"

static const struct field message_rows[] = {
    {ENUM("clock"), VALUES("GPS week", "Galileo week", "BeiDou week", "NavIC week", "GLONASS day"),
     TEXT("What the epochs count milliseconds of; left out of messages without epochs")},
    {INT("count"), REQUIRED, AT_LEAST_ZERO, TEXT("Messages of this kind")},
    {INT("epochs"), AT_LEAST_ZERO, TEXT("How often the epoch was another than in the message before")},
    {INT("firstEpoch"), RETELLS, UNIT("ms"), RANGE(0, 604799999), TEXT("Epoch of the first of them")},
    {INT("lastEpoch"), RETELLS, UNIT("ms"), RANGE(0, 604799999), TEXT("Epoch of the last of them")},
    {INT("message"), RANGE(0, 4095), TEXT("Number of the message; left out of frames without one")},
    {INT("subtype"), RANGE(0, 255), TEXT("Subtype of an IGS SSR message (4076)")},
};

static const struct field_table message_fields = TABLE(message_rows);

static const struct field rtcmstream_rows[] = {
    {INT("bytes"), REQUIRED, AT_LEAST_ZERO, TEXT("Bytes of the stream")},
    {INT("bytesPassedOver"), REQUIRED, AT_LEAST_ZERO, TEXT("Bytes that are in no frame")},
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    COMMON_DATA_MODE,
    {INT("failures"), REQUIRED, AT_LEAST_ZERO, TEXT("What begins like a frame and is cut or has another checksum")},
    {STRING("filename"), TEXT("Name of the file")},
    {INT("frames"), REQUIRED, AT_LEAST_ZERO, TEXT("Frames whose checksum is right")},
    {OBJECT("messages", message_fields), ARRAY, TEXT("What is in the frames, by number and subtype")},
    COMMON_ORIGIN,
    COMMON_SOURCE,
    COMMON_TAGS,
    COMMON_TRANSACTION_ID,
    {TIME("ts"), REQUIRED,
     TEXT("First epoch, in UTC, in the week or day that is nearest to when the stream was handed in, since it does "
          "not tell which; of a stream without epochs the day of handing it in")},
};

static const struct field_table rtcmstream_fields = TABLE(rtcmstream_rows);

const struct record_type record_type_rtcmstream = {
    .name = "rtcmstream",
    .description = "Stream of RTCM 3 or IGS SSR messages: which are in it, how many, and when",
    .fields = &rtcmstream_fields,
    .time_field = "ts",
    KEPT_FOR_EVER,
    .earliest = RECORDS_NAVIGATION_AGE,
    .furthest_ahead = 8 * INSTANT_DAY,
};
