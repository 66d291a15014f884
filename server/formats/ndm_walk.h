/* Where a reader is in a message: takes keywords, blocks and lines in the order of the text, refuses what the grammar
 * does not allow there, and queues the events. Both notations use it. Inside formats/ only. */
#pragma once
#include "epoch.h"
#include "memory.h"
#include "ndm.h"
#include "ndm_grammar.h"

struct ndm_open {
    int block;
    int child;  /* that was opened last; -1: none */
    size_t row; /* first that may come now */
    uint64_t seen[NDM_ROWS_MAX / 64];
};

struct ndm_comment {
    size_t at, n, line;
};

struct ndm_walk {
    enum ndm_notation notation;
    const struct ndm_grammar *grammar; /* NULL: no message is open */
    unsigned version;                  /* times ten */
    struct ndm_open stack[NDM_DEPTH_MAX];
    size_t depth;
    size_t line, column; /* of what is being read; column 0: it is not known */
    long offset;         /* in the text, of that column; -1: it is not known */

    struct ndm_event *events;
    size_t count, room, told;
    struct buf comment_text; /* of comments whose block is not known yet */
    struct ndm_comment *comments;
    size_t comments_n, comments_room;

    struct epoch limits[ROLE_LIMITS];
    bool limited[ROLE_LIMITS];
    struct epoch last[NDM_BLOCKS_MAX + NDM_ROWS_MAX]; /* of what ascends: by block, and by row of observations */
    bool has_last[NDM_BLOCKS_MAX + NDM_ROWS_MAX];
    size_t recent;      /* row of the observation before */
    size_t line_values; /* of the lines of a block, as the first one has them */
};

void ndm_walk_free(struct ndm_walk *w);
/* ERR_INVALID_RECORD at the present line. */
__attribute__((format(printf, 3, 4))) int ndm_walk_fault(const struct ndm_walk *w, struct fault *fault,
                                                         const char *format, ...);
/* False: nothing is queued. */
bool ndm_walk_take(struct ndm_walk *w, struct ndm_event *ret);
void ndm_walk_tell(struct ndm_walk *w, const struct ndm_event *e);

int ndm_walk_begin(struct ndm_walk *w, const struct ndm_grammar *grammar, struct str version, struct fault *fault);
/* Checks that the message is whole. */
int ndm_walk_end(struct ndm_walk *w, struct fault *fault);
/* Kept until the block is known that it belongs to. */
int ndm_walk_comment(struct ndm_walk *w, struct str text, struct fault *fault);
int ndm_walk_value(struct ndm_walk *w, struct str keyword, struct str text, struct str unit, struct fault *fault);
/* A block by its name (XML) or its delimiter (KVN); one that is no block of rows is found but not opened. */
int ndm_walk_open(struct ndm_walk *w, struct str name, const struct ndm_block **ret, struct fault *fault);
int ndm_walk_close(struct ndm_walk *w, struct str name, struct fault *fault);
/* Finds the block that a line without keyword belongs to. */
int ndm_walk_line(struct ndm_walk *w, const struct ndm_block **ret, struct fault *fault);
/* The values of a block that is no block of rows; row is that of an observation's second value. */
int ndm_walk_set(struct ndm_walk *w, const struct ndm_block *b, const struct ndm_row *row, const struct str *values,
                 size_t n, struct fault *fault);
/* The observation of that name. */
int ndm_walk_observed(struct ndm_walk *w, struct str keyword, const struct ndm_block **ret, const struct ndm_row **row,
                      struct fault *fault);
const struct ndm_block *ndm_walk_block(const struct ndm_walk *w); /* the innermost that is open; NULL: none */
