/* Words to write the rows of a descriptor table with, and the rows that many types share.
 *
 *     {FLOAT("azimuth"), UNIT("deg"), RANGE(0, 360), TEXT("Azimuth in the topocentric frame")},
 *
 * Rows stand in byte order of their names (upper case before lower case). */
#pragma once
#include "record_type.h"
#include <float.h>

#define FIELD_OF(kind_, name_) .name = name_, .name_length = sizeof(name_) - 1, .kind = kind_
#define STRING(name_) FIELD_OF(FIELD_STRING, name_)
#define INT(name_) FIELD_OF(FIELD_INT, name_)
#define FLOAT(name_) FIELD_OF(FIELD_FLOAT, name_)
#define BOOL(name_) FIELD_OF(FIELD_BOOL, name_)
#define TIME(name_) FIELD_OF(FIELD_TIME, name_)
#define ENUM(name_) FIELD_OF(FIELD_ENUM, name_)
#define OBJECT(name_, table_) FIELD_OF(FIELD_OBJECT, name_), .object = &(table_)

#define REQUIRED .required = true
#define ARRAY .depth = 1
#define MATRIX .depth = 2
#define DEPTH(levels_) .depth = levels_
/* Of a string that may be longer than limits.string. */
#define BYTES_MAX(bytes_) .bytes_max = bytes_
#define UNIT(unit_) .unit = unit_
/* Of a number; of a string's length in characters. Both ends belong to it. */
#define RANGE(min_, max_) .min = min_, .max = max_
#define AT_LEAST_ZERO RANGE(0, DBL_MAX)
#define VALUES(...)                                                                                                    \
    .values = (const char *const[])                                                                                    \
    {                                                                                                                  \
        __VA_ARGS__, NULL                                                                                              \
    }
/* For the steps of views that name no field: covariance, region. */
#define COVARIANCE .covariance = true
#define SENSOR_POSITION .sensor_position = true
/* Of a type: in spans of two years there are below 50 partitions until the middle of the century. */
#define KEPT_FOR_EVER .partition_width = 731 * INSTANT_DAY, .retention = 0
/* Of a field that says again what others do: a view that reduces any field of the record does not show it. */
#define RETELLS .retells = true
/* Of a field that the exchange works out from others when a record is posted (formats/derived.h). */
#define READ_ONLY .read_only = true
#define TEXT(text_) .description = text_

#define TABLE(rows_)                                                                                                   \
    {                                                                                                                  \
        (rows_), sizeof(rows_) / sizeof *(rows_), NULL                                                                 \
    }

/* The same with the names of members that are read over: they are the exchange's (struct field_table). */
#define TABLE_PASSING(rows_, ...)                                                                                      \
    {                                                                                                                  \
        (rows_), sizeof(rows_) / sizeof *(rows_), (const char *const[])                                                \
        {                                                                                                              \
            __VA_ARGS__, NULL                                                                                          \
        }                                                                                                              \
    }

/* The common header (UDL surface, section 5). */
#define COMMON_CLASSIFICATION_MARKING                                                                                  \
    {                                                                                                                  \
        STRING("classificationMarking"), REQUIRED, RANGE(1, 512),                                                      \
            TEXT("Portion marking of the record, without parentheses, such as U or S//REL TO USA, JPN")                \
    }
#define COMMON_CLIENT_ID                                                                                               \
    {                                                                                                                  \
        STRING("clientId"), RANGE(1, 256), TEXT("Identifier given by the poster, sent as `id`")                        \
    }
#define COMMON_DATA_MODE                                                                                               \
    {                                                                                                                  \
        ENUM("dataMode"), REQUIRED, VALUES("REAL", "TEST", "SIMULATED", "EXERCISE"),                                   \
            TEXT("Whether the data is real or made for a test, a simulation or an exercise")                           \
    }
#define COMMON_SOURCE                                                                                                  \
    {                                                                                                                  \
        STRING("source"), REQUIRED, RANGE(1, 256), TEXT("Source of the data, as the poster names it")                  \
    }
#define COMMON_ORIGIN                                                                                                  \
    {                                                                                                                  \
        STRING("origin"), TEXT("System or organisation that produced the data, if not the source")                     \
    }
#define COMMON_TAGS                                                                                                    \
    {                                                                                                                  \
        STRING("tags"), ARRAY, RANGE(1, 32), TEXT("Tags, as the poster uses them")                                     \
    }
#define COMMON_TRANSACTION_ID                                                                                          \
    {                                                                                                                  \
        STRING("transactionId"), TEXT("Identifier of the transaction this record was part of")                         \
    }

#define COMMON_ORIG_OBJECT_ID                                                                                          \
    {                                                                                                                  \
        STRING("origObjectId"), TEXT("Identifier of the object as the originating system gives it")                    \
    }
#define COMMON_ORIG_SENSOR_ID                                                                                          \
    {                                                                                                                  \
        STRING("origSensorId"), TEXT("Identifier of the sensor as the originating system gives it")                    \
    }
#define COMMON_ID_SENSOR                                                                                               \
    {                                                                                                                  \
        STRING("idSensor"), TEXT("Identifier of the sensor")                                                           \
    }
#define COMMON_RAW_FILE_URI                                                                                            \
    {                                                                                                                  \
        STRING("rawFileURI"), TEXT("Where the raw data can be found")                                                  \
    }
#define COMMON_DESCRIPTOR                                                                                              \
    {                                                                                                                  \
        STRING("descriptor"), TEXT("Free label for the record")                                                        \
    }

/* Of what came as a message of the CCSDS; that is cut up into records of at most so many bytes each. */
#define MESSAGE_BYTES_MAX (2 * 1024 * 1024)
#define MESSAGE_TEXT                                                                                                   \
    "The message that the record was made from, whole, in keyword = value notation (CCSDS 502.0-B-3, section 7); not " \
    "shown where anything else of the record is not shown as it is"
#define COMMON_MESSAGE                                                                                                 \
    {                                                                                                                  \
        STRING("message"), RETELLS, BYTES_MAX(MESSAGE_BYTES_MAX), TEXT(MESSAGE_TEXT)                                   \
    }
#define COMMON_WARNINGS                                                                                                \
    {                                                                                                                  \
        STRING("warnings"), ARRAY, RETELLS,                                                                            \
            TEXT("What does not fit together in it, as found when it was taken in from a file")                        \
    }

/* Of what comes in files. */
#define COMMON_WARNINGS                                                                                                \
    {                                                                                                                  \
        STRING("warnings"), ARRAY, RETELLS,                                                                            \
            TEXT("What does not fit together in it, as found when it was taken in from a file")                        \
    }

#define RECORDS_SPACE_AGE (-INT64_C(4472) * INSTANT_DAY)     /* 1957-10-04: Sputnik 1 */
#define RECORDS_NAVIGATION_AGE (INT64_C(2922) * INSTANT_DAY) /* 1978-01-01: the year of the first Navstar */

/* Of a type without a time of its own: one partition that is kept for ever. All its records are at `earliest`, so that
 * any width will do. */
#define WITHOUT_TIME                                                                                                   \
    .partition_width = 36525 * INSTANT_DAY, .retention = 0, .earliest = RECORDS_SPACE_AGE, .furthest_ahead = INSTANT_DAY
