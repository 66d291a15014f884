/* Making messages of the fields of records, in keyword = value notation. Inside formats/ only. */
#pragma once
#include "buf.h"
#include "error.h"
#include "members.h"
#include "ndm_grammar.h"
#include "record_type.h"

struct ndm_making {
    struct arena *arena;
    const struct member *members; /* of the record */
    size_t n;
    bool *told; /* by member: the message says it */
    struct buf *out;
    struct fault *fault;
};

/* What a record has for a keyword: its text as the message has it, and the field. */
struct ndm_found {
    struct str text;
    const char *field;
};
typedef void (*ndm_lookup)(void *context, const struct ndm_row *row, struct ndm_found *ret);

/* Of as many members as none is told of. */
bool *ndm_making_flags(size_t n, struct arena *arena);
/* Of the record, from here on told; {NULL, 0}: there is none. */
struct str ndm_making_field(struct ndm_making *m, const char *name);
/* Records have UTC, which messages do not mark. */
struct str ndm_making_time(struct str text);
/* Appends the block's values, row by row. ERR_INVALID_RECORD: one that must be there is not. */
int ndm_making_rows(struct ndm_making *m, const struct ndm_block *block, ndm_lookup find, void *context);
void ndm_making_comments(struct ndm_making *m, struct str text);
/* The i-th member's field, if nothing above told it; NULL: it did, or it says where the record comes from and by whom
 * it may be seen, which is no part of a message. */
const struct field *ndm_making_untold(const struct ndm_making *m, const struct field_table *fields, size_t i);
/* Appends those that are not told, a line each: before and the field's name, in capitals if that is
 * what keywords are made of. */
int ndm_making_rest(struct ndm_making *m, const char *type, const char *before, bool capitals);

/* Where a record has what a keyword says. */
enum ndm_made {
    MADE_OF_FIELD,
    MADE_OF_TIME,
    MADE_OF_KNOWN, /* or UNKNOWN */
    MADE_OF_FRAME,
    MADE_FIXED,
};
struct ndm_made_row {
    const char *keyword;
    enum ndm_made of;
    const char *field; /* MADE_FIXED: the text itself */
    const char *other; /* if the field is not there; NULL: none */
};
struct ndm_made_table {
    struct ndm_making *m;
    const struct ndm_made_row *rows;
    size_t n;
};
/* The lookup in a struct ndm_made_table. */
void ndm_made_find(void *table, const struct ndm_row *row, struct ndm_found *ret);

#define NDM_COVARIANCE 21
/* The lower triangle of six by six, in a frame that messages know; where: the fields. */
int ndm_making_covariance(struct ndm_making *m, struct str numbers, const char *where, struct str frame,
                          const char *where_frame, const struct str **ret, const char **ret_frame);

/* By type of the record. */
int opm_of_statevector(struct ndm_making *m);
int oem_of_ephemerisset(struct ndm_making *m);
