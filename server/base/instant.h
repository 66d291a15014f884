/* Points in time: UTC, microseconds since 1970-01-01T00:00:00Z without leap seconds (POSIX time scale). */
#pragma once
#include "buf.h"
#include <stdint.h>

typedef int64_t instant;

#define INSTANT_MIN INT64_MIN /* before everything: "-infinity" */
#define INSTANT_MAX INT64_MAX /* after everything: "infinity" */
#define INSTANT_SECOND INT64_C(1000000)
#define INSTANT_MINUTE (60 * INSTANT_SECOND)
#define INSTANT_HOUR (60 * INSTANT_MINUTE)
#define INSTANT_DAY (24 * INSTANT_HOUR)

#define INSTANT_TEXT 27 /* "YYYY-MM-DDTHH:MM:SS.ffffffZ" */

/* Reads ISO 8601 calendar dates and times of years 1900 to 9999: `YYYY-MM-DD`, `YYYY-MM-DDTHH:MM[:SS[.f…]]`, each time
 * with `Z`, `+hh:mm`, `-hh:mm` or nothing (read as UTC). Fraction digits past the sixth must be 0 so that nothing is
 * lost silently; second 60 is accepted only at 23:59 and is the instant of the following midnight (POSIX). False if not
 * so. */
bool instant_parse(struct str text, instant *ret);
/* Writes exactly INSTANT_TEXT characters, no terminator; t within years 1900 to 9999. */
void instant_write(instant t, char out[INSTANT_TEXT]);
void buf_instant(struct buf *b, instant t);
void buf_member_instant(struct buf *b, const char *name, instant t); /* ,"name":"…" */
/* "-infinity" and "infinity" for the two ends, else as instant_write; terminated. */
const char *instant_text(instant t, char out[INSTANT_TEXT + 1]);
/* Adds without leaving [INSTANT_MIN, INSTANT_MAX]. */
instant instant_add(instant t, int64_t microseconds);
/* First instant of the interval of `width` microseconds that holds t, counted from 1900-01-01T00:00:00Z. */
instant instant_floor(instant t, int64_t width);
/* 1900-01-01T00:00:00Z */
#define INSTANT_1900 (-INT64_C(2208988800) * INSTANT_SECOND)
#define INSTANT_10000 (INT64_C(253402300800) * INSTANT_SECOND) /* 10000-01-01T00:00:00Z, first instant out of range */
