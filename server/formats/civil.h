/* Calendar times of a time scale that their file names, and the scales. Inside formats/ only. */
#pragma once
#include "instant.h"

/* Ten nanoseconds: the eight digits behind the point of a second in SP3. */
#define CIVIL_SECOND INT64_C(100000000)
#define CIVIL_DAY (86400 * CIVIL_SECOND)
#define CIVIL_YEAR_FIRST 1900
#define CIVIL_YEAR_LAST 2199 /* so that ticks fit */

struct civil {
    int year, month, day, hour, minute;
    struct str seconds; /* as they stand: "0.00000000" */
    int64_t ticks;      /* since 1970-01-01, every day of 86,400 s; second 60 is that after it */
};

/* "2001  8  8  0  0  0.00000000", at most eight digits behind the point: second 60 only at 23:59. */
bool civil_read(struct str text, struct civil *ret);
/* "2001-08-08T00:00:00.00000000": the other form of the same, read and written. */
bool civil_read_iso(struct str text, struct civil *ret);
void civil_write_iso(const struct civil *time, struct buf *out);
/* "2001  8  8  0  0  0.00000000" with the seconds in as many columns; zeros: "2001 08 08 00 00  0.000000". */
void civil_write(const struct civil *time, int columns, bool zeros, struct buf *out);

enum time_scale { SCALE_UTC, SCALE_TAI, SCALE_GPS, SCALE_BDT };
/* By the three letters that SP3 and RINEX have; GLONASS time is written as UTC there. False: unknown. */
bool time_scale_find(struct str name, enum time_scale *ret);
/* The microsecond of UTC in which a time of the scale lies; before 1972 as in that year. */
instant time_scale_utc(enum time_scale scale, int64_t ticks);
/* The other way, of times from 1972 on, as if the scale were UTC: 18 s later for GPS since 2017. */
instant time_scale_of_utc(enum time_scale scale, instant utc);
/* What GPS is ahead of UTC by, in seconds. */
int leap_seconds_gps(instant utc);

/* A week counted modulo 1,024 from 1980-01-06 is the one with which that second of it is nearest to `near`; others are
 * as they are. */
int gps_week_unrolled(int week, int64_t seconds, instant near);
/* Time of applicability of an almanac, in such a week. */
instant gps_week_utc(int week, int64_t seconds, instant near);
/* The whole second of its week, in that time. */
int gps_week_second(instant utc);
