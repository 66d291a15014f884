/* Precise orbits and clocks in SP3 (Hilla, "The Extended Standard Product 3 Orbit Format": SP3-c of 2010, SP3-d of
 * 2016; Spofford and Remondi for SP3-a): versions a to d, in and out, epoch by epoch. */
#pragma once
#include "arena.h"
#include "civil.h"
#include "error.h"
#include "header.h"
#include "lines.h"

enum sp3_header_value {
    SP3_START, /* as civil_read takes it, as all times */
    SP3_EPOCHS,
    SP3_DATA_USED,
    SP3_COORDINATES,
    SP3_ORBIT_TYPE,
    SP3_AGENCY,
    SP3_WEEK,
    SP3_WEEK_SECONDS,
    SP3_INTERVAL,
    SP3_MJD,
    SP3_DAY_FRACTION,
    SP3_FILE_TYPE,
    SP3_TIME_SYSTEM, /* "GPS" also where version a has none */
    SP3_BASE_POSITION,
    SP3_BASE_CLOCK,
    SP3_HEADER_VALUES
};

#define SP3_SATELLITES_MAX 999
#define SP3_COMMENTS_MAX 1000
#define SP3_SPARES 4 /* lines without a meaning yet, kept as they stand: second %c, second %f, both %i */

struct sp3_header {
    char version;    /* 'a' to 'd' */
    bool velocities; /* file of mode V */
    struct str values[SP3_HEADER_VALUES];
    size_t satellite_count, comment_count;
    struct str satellites[SP3_SATELLITES_MAX]; /* as "G01"; in version a as " 1", a number */
    struct str accuracies[SP3_SATELLITES_MAX]; /* exponents of 2, in mm; "0": unknown */
    struct str spares[SP3_SPARES];
    struct str more_c, more_f; /* of the first %c and %f: what has no meaning yet */
    struct str comments[SP3_COMMENTS_MAX];
};

enum sp3_value {
    SP3_X, /* km */
    SP3_Y,
    SP3_Z,
    SP3_CLOCK,       /* microseconds; 999999.999999 or empty: none */
    SP3_X_DEVIATION, /* exponents of SP3_BASE_POSITION, in mm, and of SP3_BASE_CLOCK, in ps */
    SP3_Y_DEVIATION,
    SP3_Z_DEVIATION,
    SP3_CLOCK_DEVIATION,
    SP3_CLOCK_EVENT,     /* E */
    SP3_CLOCK_PREDICTED, /* P */
    SP3_MANEUVER,        /* M */
    SP3_ORBIT_PREDICTED, /* P */
    SP3_STATE_VALUES
};

/* Of a position in mm and ps, of a velocity in 10^-4 mm/s and 10^-4 ps/s; correlations times 10^7. */
enum sp3_covariance {
    SP3_SIGMA_X,
    SP3_SIGMA_Y,
    SP3_SIGMA_Z,
    SP3_SIGMA_CLOCK,
    SP3_XY,
    SP3_XZ,
    SP3_XC,
    SP3_YZ,
    SP3_YC,
    SP3_ZC,
    SP3_COVARIANCE_VALUES
};

/* A satellite at an epoch: lines P, EP, V and EV. */
struct sp3_state {
    size_t satellite; /* of the header */
    size_t line;      /* of its position, from 1 */
    struct civil epoch;
    struct str position[SP3_STATE_VALUES], velocity[SP3_STATE_VALUES]; /* of the latter dm/s and 10^-4 us/s */
    struct str position_covariance[SP3_COVARIANCE_VALUES], velocity_covariance[SP3_COVARIANCE_VALUES];
    bool has_velocity, has_position_covariance, has_velocity_covariance;
};

struct sp3_reader {
    struct lines lines;
    struct sp3_header *header;
    struct str line; /* the one that comes next */
    bool ended;      /* EOF was read, or nothing is left */
    size_t epochs, announced;
    struct civil epoch;
    size_t last_epoch[SP3_SATELLITES_MAX]; /* in which the satellite came last, from 1 */
};

/* Reads the header; slices of the text, and the header itself in the arena. ERR_INVALID_RECORD from here on:
 * fault->where is line and column, the detail names the value and what was expected. */
int sp3_open(struct str text, struct arena *arena, struct sp3_reader *ret, struct fault *fault);
enum { SP3_END = -1 };
/* 0 with the next satellite, SP3_END behind EOF. Epochs ascend and are as many as the header says. */
int sp3_next(struct sp3_reader *reader, struct sp3_state *ret, struct fault *fault);

/* A value that does not fit its columns is refused: fault->where is its name. What was appended so far stays. */
int sp3_write_header(const struct sp3_header *header, struct buf *out, struct fault *fault);
void sp3_write_epoch(const struct civil *epoch, struct buf *out);
int sp3_write_state(const struct sp3_header *header, const struct sp3_state *state, struct buf *out,
                    struct fault *fault);
void sp3_write_end(struct buf *out);

#define SP3_RECORD_POINTS_MAX 1440 /* more of a satellite go on in another record */
/* All of text as records, each of one satellite, by satellite. What is not known (position 0, clock 999999.999999) is
 * left out, and with it a point without either. */
int sp3_records(struct str text, const struct header *header, struct arena *arena, const struct record_sink *sink,
                struct fault *fault);
