/* Times of messages as records have them. Inside formats/ only. */
#pragma once
#include "arena.h"

#define RECORD_TIME_EXPECTED "a time of years 1900 to 9999, in microseconds at the finest"

/* A date of the calendar or a day of the year, in UTC, to JSON: "YYYY-MM-DDTHH:MM:SS.ffffffZ" with its quotes. False if
 * a record could not hold it as it is. */
bool record_time(struct str text, struct arena *arena, struct str *ret);
