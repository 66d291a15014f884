/* Two-line element sets, with or without a line of the object's name before them. */
#pragma once
#include "arena.h"
#include "error.h"
#include "header.h"
#include "lines.h"
#include "members.h"

enum tle_value {
    TLE_NAME,
    TLE_SATELLITE,
    TLE_CLASSIFICATION,
    TLE_DESIGNATOR,
    TLE_EPOCH,
    TLE_MEAN_MOTION_DOT,
    TLE_MEAN_MOTION_DDOT,
    TLE_BSTAR,
    TLE_EPHEMERIS_TYPE,
    TLE_ELEMENT_SET,
    TLE_INCLINATION,
    TLE_RAAN,
    TLE_ECCENTRICITY,
    TLE_ARG_OF_PERIGEE,
    TLE_MEAN_ANOMALY,
    TLE_MEAN_MOTION,
    TLE_REVOLUTION,
    TLE_VALUES
};

struct tle {
    struct str values[TLE_VALUES]; /* numbers as JSON has them, times as record.h has them; {NULL, 0}: blank */
    size_t line;                   /* where it starts, from 1 */
};

struct tle_reader {
    struct lines lines;
    struct arena *arena;
};

static inline struct tle_reader tle_reader(struct str text, struct arena *arena)
{
    return (struct tle_reader){lines_of(text), arena};
}
enum { TLE_END = -1 };
/* 0 with the next set, TLE_END after the last, or ERR_INVALID_RECORD: fault->where is line and column, the detail names
 * the value and what was expected. Empty lines, and lines that start with #, are passed over. */
int tle_next(struct tle_reader *reader, struct tle *ret, struct fault *fault);
/* Appends two lines, or three with a name. ERR_INVALID_RECORD, and nothing appended, if a value has no place in them: a
 * number beyond 339999, more digits than columns; fault->where is the field of an elset. */
int tle_write(const struct tle *t, struct arena *arena, struct buf *out, struct fault *fault);
/* A record of type elset. */
void tle_elset(const struct tle *t, const struct header *header, struct buf *out);
/* The set of such a record, given its members; values live in the arena or are slices of them. ERR_INVALID_RECORD,
 * fault->where the field: it lacks what a set cannot do without. */
int tle_of_elset(const struct member *members, size_t n, struct arena *arena, struct tle *ret, struct fault *fault);

/* Inside of formats/: where a record has the value. */
const char *tle_field(enum tle_value value);
/* Inside of formats/: an international designator as messages have it (1998-067A) and as sets do (98067A), whose first
 * year is 1957; as it is if it is none. Text in arena. */
struct str designator_long(struct str text, struct arena *arena);
struct str designator_short(struct str text, struct arena *arena);
