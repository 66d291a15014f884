/* Ephemerides as their files tell them, to a record of type ephemerisset. Digits are kept. */
#pragma once
#include "arena.h"
#include "error.h"
#include "header.h"
#include "instant.h"

#define EPHEMERIS_COVARIANCE 21 /* numbers of the lower triangle, row by row */

struct ephemeris_point {
    instant t;
    struct str state[6]; /* km, km/s; numbers of JSON, like the others */
    struct str acceleration[3];
    const struct str *covariance; /* km, s; NULL: none */
};

/* Text is "" where the file says nothing. */
struct ephemeris {
    struct str object, object_name, centre, frame, covariance_frame, interpolation, degree, originator, comments;
    struct str classification;      /* as the file marks itself */
    struct str message;             /* that it came in, as ndm_message.h keeps it */
    bool frame_unknown;             /* a record has no name for the frame: the points are not told */
    instant usable_from, usable_to; /* both 0: not told */
    struct ephemeris_point *points;
    size_t n, room;
};

/* What is said beside the file. */
struct ephemeris_header {
    struct header record;
    struct str category, type;
    struct str sat_no; /* digits; may be empty */
    bool maneuvers, maneuvers_told;
};

/* Category and type of an ephemeris beside which nothing is said. */
#define EPHEMERIS_CATEGORY "EXTERNAL"
#define EPHEMERIS_TYPE "UNKNOWN"

/* Each reads the whole file as one ephemeris, all in arena. ERR_INVALID_RECORD: where is line and perhaps column. */
/* CCSDS 502.0-B-3, section 5, in either notation: one object in UTC, in frames that a record can have. */
int oem_read(struct str text, struct arena *arena, struct ephemeris *ret, struct fault *fault);
/* The modified ITC format. */
int itc_read(struct str text, struct arena *arena, struct ephemeris *ret, struct fault *fault);

/* At least one point. */
void ephemeris_set(const struct ephemeris *e, const struct ephemeris_header *header, struct buf *out);

/* Inside of formats/: another point, without its numbers. Points come in the order of their times. */
struct ephemeris_point *ephemeris_add(struct ephemeris *e, instant t, struct arena *arena);
