/* What files of RINEX become. */
#pragma once
#include "header.h"
#include "members.h"
#include "rinex_nav.h"
#include "rinex_obs.h"

/* A system of satellites as RINEX, records and time scales name it. */
struct rinex_system {
    char letter;
    const char *constellation, *scale;
};
/* NULL: there is no such letter. */
const struct rinex_system *rinex_system_find(char letter);

/* "timeoffset" of class STO, "navephemeris" of the others. */
const char *rinex_record_type(const struct rinex_nav *m);
#define RINEX_KEPT_MAX 64 /* lines of a header that are kept */
/* A record of that type, with a warning for what does not fit together. kept: as rinex_lines_write has it, or nothing.
 * ERR_INVALID_RECORD: its time is out of the range of records. */
int rinex_record(const struct rinex_nav *m, const struct header *header, struct str kept, struct arena *arena,
                 struct buf *out, struct fault *fault);
/* The message of a record of these types, its values in the arena. ERR_INVALID_RECORD, fault->where the field: it lacks
 * what the message must say, as a view may hide it, or is no message of RINEX. */
int rinex_of_record(const struct member *list, size_t n, struct arena *arena, struct rinex_nav *ret,
                    struct fault *fault);

/* Corrections in the header of files before version 4, as the messages of classes ION and STO that later ones have. */
struct rinex_corrections {
    struct rinex_nav *messages;
    size_t n;
    const struct rinex_line **left; /* lines of the header that no record has a place for */
    size_t left_n;
    const struct rinex_line **kept; /* lines that a record keeps as they stand */
    size_t kept_n;
};
bool rinex_is_correction(struct str label);
/* Of what tells no time of its own the first message's counts, and without one (NULL) it is left. */
void rinex_corrections_of(const struct rinex_header *h, const struct rinex_nav *first, struct arena *arena,
                          struct rinex_corrections *ret);
/* Appends the lines of the header that say such a message in files of this version. ERR_INVALID_RECORD, and nothing
 * appended, if there are none: fault->where is satellite and type. */
int rinex_correction_write(const struct rinex_header *h, const struct rinex_nav *m, struct buf *out,
                           struct fault *fault);

/* A file of observations as a record of type rinexobservation; filename may be empty. ERR_INVALID_RECORD: its times are
 * out of the range of records. */
int rinex_obs_record(const struct rinex_obs *o, const struct header *header, struct str filename, struct arena *arena,
                     struct buf *out, struct fault *fault);
#define RINEX_OBS_KEPT_MAX 1000 /* of the others, which a record keeps as they stand; tables of slots take hundreds */
/* Lines of the header that no field has; their number. */
size_t rinex_obs_others(const struct rinex_obs *o, struct arena *arena, const struct rinex_line ***ret);
