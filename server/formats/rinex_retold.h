/* Lines of headers that records keep as they stood, and what becomes of them in a file of several records. Inside
 * formats/ only. */
#pragma once
#include "rinex.h"

#define RINEX_RETOLD_MAX 4096 /* lines in a file */

struct retold_file {
    struct str json; /* the field of its records */
    struct rinex_line *lines;
    size_t n;
};

/* The files that the records of another one are from. */
struct rinex_retold {
    struct arena *arena;
    struct retold_file *files;
    size_t n, room, lines;
};

/* json: the field `header` of a record, {NULL, 0} if it has none. ERR_INVALID_RECORD: its lines are no header's. */
int rinex_retold_add(struct rinex_retold *r, struct str json, struct fault *fault);
/* Forgets those behind the first n. */
void rinex_retold_cut(struct rinex_retold *r, size_t n);
/* The line of that label that all of them have; NULL: none. */
const struct rinex_line *rinex_retold_common(const struct rinex_retold *r, const char *label);
/* Whether any of them has it for a comment. */
bool rinex_retold_remarks(const struct rinex_retold *r, struct str text);
/* Each line once, but for those two, which may be NULL. One that a header has once becomes a comment if not all of the
 * files have it. */
void rinex_retold_write(const struct rinex_retold *r, const struct rinex_line *made, const struct rinex_line *leap,
                        struct buf *out);
void rinex_retold_free(struct rinex_retold *r);
