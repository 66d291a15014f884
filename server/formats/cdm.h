/* Conjunction data messages (CCSDS 508.0-B-1). */
#pragma once
#include "arena.h"
#include "error.h"
#include "header.h"
#include "ndm_message.h"

#define CDM_KEYWORDS_MAX 96

/* What a record has a place for, of the message and of its two objects, by the rows of the table; as JSON has it. */
struct cdm {
    struct str message[CDM_KEYWORDS_MAX];
    struct str objects[2][CDM_KEYWORDS_MAX];
    struct str comments;
    struct str classification; /* "" if it says none */
    struct str text;           /* the message itself, as ndm_message.h keeps it */
};

/* A message piece by piece, as a reader of navigation messages tells it. Everything that is kept is in the arena. */
struct cdm_reading {
    struct arena *arena;
    struct cdm *message;
    int object; /* that the values are of; 0: of both */
    struct buf comments;
    struct ndm_message kept;
};

void cdm_begin(struct cdm_reading *r, struct arena *arena, struct cdm *ret);
int cdm_take(struct cdm_reading *r, const struct ndm_event *e, struct fault *fault);
/* Also after an error. */
void cdm_end(struct cdm_reading *r);

/* All of text as one message, in either notation. ERR_INVALID_RECORD: fault->where is the line, the detail names the
 * keyword and what was expected. */
int cdm_read(struct str text, struct arena *arena, struct cdm *ret, struct fault *fault);
/* A record of type conjunction. */
void cdm_conjunction(const struct cdm *m, const struct header *header, struct buf *out);
