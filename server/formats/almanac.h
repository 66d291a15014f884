/* Almanacs of GPS and QZSS in the forms YUMA and SEM (ICD-GPS-870, appendices; formerly ICD-GPS-240). */
#pragma once
#include "arena.h"
#include "error.h"
#include "header.h"
#include "instant.h"
#include "lines.h"
#include "members.h"

enum almanac_value {
    ALMANAC_PRN,
    ALMANAC_SVN, /* SEM only, as the next and the last */
    ALMANAC_URA,
    ALMANAC_HEALTH,
    ALMANAC_ECCENTRICITY,
    ALMANAC_TOA,  /* seconds of the week */
    ALMANAC_WEEK, /* perhaps modulo 1,024 */
    /* Angles in radians in YUMA and in semicircles in SEM, where an inclination is what exceeds 0.3. */
    ALMANAC_INCLINATION,
    ALMANAC_RAAN_RATE,
    ALMANAC_SQRT_A,
    ALMANAC_RAAN,
    ALMANAC_ARG_OF_PERIGEE,
    ALMANAC_MEAN_ANOMALY,
    ALMANAC_AF0,
    ALMANAC_AF1,
    ALMANAC_CONFIGURATION,
    ALMANAC_VALUES
};

enum almanac_form { ALMANAC_YUMA, ALMANAC_SEM };

struct almanac {
    struct str values[ALMANAC_VALUES]; /* as they stand; {NULL, 0}: the form has none */
    size_t line;                       /* where it starts, from 1 */
};

#define ALMANAC_RECORDS_MAX 99 /* in a file of SEM: two digits */

struct almanac_reader {
    struct lines lines;
    enum almanac_form form;
    struct str title, week, toa; /* SEM: of the whole file */
    size_t announced, read;      /* SEM: records */
    unsigned char seen[256];     /* PRNs */
};

/* 0, or ERR_INVALID_RECORD from here on: fault->where is line and column, the detail names the value and what was
 * expected. */
int almanac_open(enum almanac_form form, struct str text, struct almanac_reader *ret, struct fault *fault);
enum { ALMANAC_END = -1 };
/* 0 with the next satellite, whose values are slices of the text; ALMANAC_END after the last. */
int almanac_next(struct almanac_reader *reader, struct almanac *ret, struct fault *fault);

/* A whole file. What SEM says once, all of them must say. */
int almanac_write(enum almanac_form form, const struct almanac *list, size_t n, struct str title, struct buf *out,
                  struct fault *fault);

/* A record of type almanac. A week modulo 1,024 is the one nearest to `near`. ERR_INVALID_RECORD: of no system whose
 * almanacs these forms carry. */
int almanac_record(enum almanac_form form, const struct almanac *a, instant near, const struct header *header,
                   struct arena *arena, struct buf *out, struct fault *fault);
/* The almanac of a record of that type, as the form has it; values live in the arena. ERR_INVALID_RECORD, fault->where
 * the field: its angles are those of the other form, or it lacks what the form must say, as a view may hide it. */
int almanac_of_record(enum almanac_form form, const struct member *members, size_t n, struct arena *arena,
                      struct almanac *ret, struct fault *fault);
