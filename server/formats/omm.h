/* Orbit mean-elements messages (CCSDS 502.0-B-3, section 4) to records of type elset. */
#pragma once
#include "arena.h"
#include "header.h"
#include "ndm_message.h"

#define OMM_VALUES_MAX 20

/* What a record has a place for, by the rows of the table, as JSON has it; {NULL, 0}: it is not there. */
struct omm {
    struct str values[OMM_VALUES_MAX];
    size_t line; /* where the message begins, from 1 */
    struct str
        text; /* the message itself, as ndm_message.h keeps it; "" if a record has a place for all that it says */
};

/* A message piece by piece, as a reader of navigation messages tells it. Everything that is kept is in the arena. */
struct omm_reading {
    struct arena *arena;
    struct omm *message;
    bool says_more; /* than a record has places for */
    struct str theory;
    const char *type; /* EPHEMERIS_TYPE that follows from the theory; NULL: none does */
    struct ndm_message kept;
};

void omm_begin(struct omm_reading *r, struct arena *arena, struct omm *ret);
int omm_take(struct omm_reading *r, const struct ndm_event *e, struct fault *fault);
/* Also after an error. */
void omm_end(struct omm_reading *r);

/* 0 with the next message, NDM_END behind the last, or ERR_INVALID_RECORD: for another message too, and for elements
 * that an elset would not mean: of another center, frame, time or theory than SGP4 and its kin. */
int omm_next(struct ndm_reader *reader, struct arena *arena, struct omm *ret, struct fault *fault);
/* Inside of formats/: where a record has a keyword's value; NULL: nowhere. */
const char *omm_field(struct str keyword);
/* Inside of formats/: MEAN_ELEMENT_THEORY of an EPHEMERIS_TYPE, or of none ("" is SGP4); NULL: it has no name. */
const char *omm_theory(struct str type);
void omm_elset(const struct omm *m, const struct header *header, struct buf *out);
