/* A file of any known format, to records. */
#pragma once
#include "arena.h"
#include "error.h"
#include "header.h"
#include "instant.h"

struct import_item {
    const char *type;   /* of the record */
    struct str json;    /* the record, as posted; lives during the call */
    size_t line;        /* where it begins in the file, from 1; 0: the file is no text */
    struct str marking; /* that the message itself bears (CLASSIFICATION); {NULL, 0}: none */
};

struct import_sink {
    /* Each returns 0 to go on, or an error, which ends the reading. */
    int (*take)(void *context, const struct import_item *item, struct fault *fault);
    /* One item is malformed, the rest can be read on. NULL: the fault ends the reading. */
    int (*refused)(void *context, size_t line, const struct fault *why);
    /* Of the file, without a place in records. NULL: nobody is told. */
    void (*left_out)(void *context, size_t line, struct str what);
    void *context;
};

struct import_header {
    struct header record; /* marking may be empty: a message's own stands in the record then */
    instant now;          /* the week or day that a file does not tell is the one nearest to this */
    struct str name;      /* of the file; may be empty, and is passed over where it is no UTF-8 */
    /* Whether what a message bears for a marking is text only: told among the record's warnings then, and no marking of
     * the item. NULL: it never is. */
    bool (*is_text)(void *context, struct str marking);
    void *context;
};

/* "tle", "ndm", "json", …: what the text looks like by its beginning; NULL: nothing that is known. */
const char *import_sniff(struct str text);
/* The i-th name of a format that import_read takes; NULL behind the last. */
const char *import_format_at(size_t i);
/* Items come one after the other, and memory grows with one of them, not with the text. A format whose header says how
 * much follows is known to be whole only when 0 is returned: its items count until then as if they were not there.
 * format NULL: as it is sniffed. ERR_BAD_QUERY: there is no such format; ERR_INVALID_RECORD: fault->where is line and
 * column, the detail names the value and what was expected. */
int import_read(struct str text, const char *format, const struct import_header *header, const struct import_sink *sink,
                struct arena *arena, struct fault *fault);
