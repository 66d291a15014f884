/* Mean elements as lines of CSV, as CelesTrak writes them: its columns first and in its order, then those of other
 * keywords, if any message says something there that is not understood without it. Inside formats/ only. */
#pragma once
#include "arena.h"
#include "ndm.h"

#define OMM_CSV_COLUMNS_MAX 256

struct omm_csv_line;

struct omm_csv {
    struct arena *arena;
    struct str names[OMM_CSV_COLUMNS_MAX];
    bool needed[OMM_CSV_COLUMNS_MAX];
    size_t columns;
    struct omm_csv_line *first, *last;
};

/* A piece of a message. Keywords beyond OMM_CSV_COLUMNS_MAX are passed over. */
void omm_csv_take(struct omm_csv *c, const struct ndm_event *e);
void omm_csv_write(const struct omm_csv *c, struct buf *out);
void omm_csv_free(struct omm_csv *c);
