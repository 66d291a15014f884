/* Interference with navigation, as records of several types tell of it, joined by cell of the H3 grid and by time. */
#pragma once
#include "arena.h"
#include "buf.h"
#include "digest.h"
#include "geojson.h"
#include "instant.h"

/* In one cell, what is no further apart than this is one. */
#define INTERFERENCE_APART INSTANT_HOUR

enum interference_source { SOURCE_REPORT, SOURCE_CELLS, SOURCE_SIGNAL, INTERFERENCE_SOURCES };
/* The record types: emireport, h3geo, rfobservation. */
extern const char *const interference_types[INTERFERENCE_SOURCES];
/* The fields of a place, of those that have one; NULL: none. */
extern const char *const interference_latitude[INTERFERENCE_SOURCES];
extern const char *const interference_longitude[INTERFERENCE_SOURCES];

struct interference_window {
    struct geo_box box;
    instant from, to; /* to: before it */
    int resolution;   /* of the cells it is told in: finer ones are counted to these, coarser ones stay as they are */
};

struct score {
    struct str text; /* as the record has it; {NULL, 0}: none */
    double value;
};

/* What one record tells of one cell. */
struct sighting {
    h3_cell cell;
    instant start, stop; /* stop may be start: a moment */
    enum interference_source source;
    struct uuid record;
    struct str told;                     /* members of the record as JSON, each behind a comma */
    struct score interference, spoofing; /* the greatest, of the cells of the record that are counted to this one */
    int64_t cells;                       /* how many those are, 0 of other sources */
};

struct sightings {
    struct buf all; /* struct sighting; text lives in the arena */
    struct arena *arena;
};

/* Adds what a record (as it is sent, in whatever view) tells of the window. What tells of no interference, or not where
 * and when, adds nothing. */
void sightings_add(struct sightings *s, const struct interference_window *window, enum interference_source source,
                   struct uuid record, struct str body);
/* Puts them in order; of each record and cell one is left. */
void sightings_settle(struct sightings *s);
size_t sightings_count(const struct sightings *s);
const struct sighting *sightings_at(const struct sightings *s, size_t i);
/* Appends the features, separated by commas: one for each cell and time in it. Settled. */
void sightings_write(const struct sightings *s, struct buf *out);
