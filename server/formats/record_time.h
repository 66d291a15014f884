/* Times of messages as records have them. Inside formats/ only. */
#pragma once
#include "arena.h"

#define RECORD_TIME_EXPECTED "a time of years 1900 to 9999"

/* A date of the calendar or a day of the year, in UTC, to JSON: "YYYY-MM-DDTHH:MM:SS.ffffffZ" with its quotes: the
 * microsecond that it lies in. False if a record could not hold it. */
bool record_time(struct str text, struct arena *arena, struct str *ret);
/* Whether it may be finer than a microsecond: more is said than the record's field has. */
bool record_time_is_cut(struct str text);
