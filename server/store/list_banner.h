/* The banner of a list: told before its first byte, and true of what comes after. */
#pragma once
#include "read_rows.h"
#include "sql_query.h"

struct list_banner {
    uint8_t *known; /* bit per label */
    size_t bytes;
    int32_t *labels; /* those with a bit */
    size_t n, room;
    struct arena *arena; /* of text, the list's */
    struct str text;
    bool told;
};
void list_banner_free(struct list_banner *b);

/* Records that are about to be given. ERR_STALE if the banner was told and is not theirs: what
 * was relabelled meanwhile must not arrive under a banner that it does not fit. */
int list_banner_take(struct list_banner *b, struct class *class, const struct records *records, struct fault *fault);

/* What another list of the same reader has given counts, too. */
void list_banner_join(struct list_banner *b, const struct list_banner *more);

/* The same of all that the list gives: works out b->text. */
int list_banner_whole(struct list_banner *b, struct class *class, const struct records *records, struct fault *fault);

/* What a list will give, of which some rows were taken. */
struct list_rest {
    const struct record_type *type;
    struct sight *sight; /* how its records are seen */
    bool whole;          /* nothing: all was taken */
    /* Else every label of the type counts that the reader sees a record of, with a seq up to mark: */
    int64_t mark;
    const struct sql *where; /* and within predicates that an index on labels and time can answer; NULL: none */
};
/* Works out b->text. */
int list_banner_tell(struct list_banner *b, struct store *s, const struct reading *reading,
                     const struct list_rest *rest, struct fault *fault);
