/* How messages of one kind become records. Inside formats/ only. */
#pragma once
#include "import_run.h"
#include "ndm.h"

struct ndm_taking {
    struct import_run *run;
    struct buf marking; /* CLASSIFICATION of the message */
    size_t line;        /* where the message begins */
    void *state;        /* of the kind */
    bool stopped;       /* by who takes the records */
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

/* What the sender says of the records, with the message's own marking if that is the only one. */
struct header ndm_header(const struct ndm_taking *t);
/* run->json is a record. */
int ndm_taken(struct ndm_taking *t, const char *type, size_t line);
/* Of the outermost block. */
bool ndm_is_end(const struct ndm_event *e);
