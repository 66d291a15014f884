/* How messages of one kind become records. Inside formats/ only. */
#pragma once
#include "import_run.h"
#include "ndm.h"

/* The same text read a second time, further on than the pieces that are taken. */
struct ndm_ahead {
    struct ndm_reader *reader; /* NULL: not yet needed */
    size_t pieces;             /* that it told */
};

struct ndm_taking {
    struct import_run *run;
    struct buf marking; /* CLASSIFICATION of the message */
    struct buf text;    /* or what stands there without being one */
    size_t line;        /* where the message begins */
    void *state;        /* of the kind */
    bool stopped;       /* by who takes the records */
    size_t pieces;      /* of the text, with the one that is taken */
    struct ndm_ahead ahead;
};

struct ndm_taker {
    const char *message;
    void *(*begin)(void);
    /* Pieces of one message. An error has its fault in run->fault; none comes behind it. */
    int (*take)(struct ndm_taking *t, const struct ndm_event *e);
    void (*end)(void *state);
};
extern const struct ndm_taker ndm_taker_cdm, ndm_taker_ocm, ndm_taker_oem, ndm_taker_omm, ndm_taker_opm, ndm_taker_rdm,
    ndm_taker_tdm;

/* The next piece, as ndm_next tells it, behind that many of the text at least. */
int ndm_look_ahead(struct ndm_taking *t, size_t behind, struct ndm_event *ret);
/* How a record's warnings begin that tell of it. */
#define NDM_NO_MARKING "CLASSIFICATION is no marking: "

/* What the sender says of the records, with the message's own marking if that is the only one. */
struct header ndm_header(const struct ndm_taking *t);
/* "" if a field has no room for them: the message has them still. */
struct str ndm_comments(struct ndm_taking *t, struct str comments, size_t line);
/* run->json is a record. */
int ndm_taken(struct ndm_taking *t, const char *type, size_t line);
/* Of the outermost block. */
bool ndm_is_end(const struct ndm_event *e);
