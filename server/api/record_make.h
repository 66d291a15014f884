/* Inside of api/: a record that has been checked, made ready to be stored; and what its poster is told of it. */
#pragma once
#include "grant_scopes.h"
#include "label_input.h"

/* For records of one type in one request. */
struct making {
    struct request *r;
    const struct record_type *type;
    struct label_cache *labels;
    const struct grant_scopes *scopes;
    struct arena *arena;                /* of what is made */
    const struct found_version *before; /* that is to be followed; NULL: none */
    const struct digest *file;          /* that came with it; NULL: none */
};

/* Its label admitted, its id from its content. `where` and *ret_extra are those of label_admit. */
int record_make(const struct making *m, const struct record *record, const char *where, struct new_record *ret,
                const char **ret_extra, struct fault *fault);

/* Whether a refusal depends on the registers, and so stands only if they are those in force. */
bool record_refused_by_registers(int code);

static inline bool same_id(struct uuid a, struct uuid b)
{
    return memcmp(a.bytes, b.bytes, UUID_SIZE) == 0;
}
/* What clients know as its id, alone and as JSON. */
struct uuid record_told_id(const struct new_record *record);
void record_add_id(struct buf *b, struct uuid id);
/* Members of what its poster is told of a record that was taken. */
void record_add_told(struct buf *b, const struct new_record *record);
/* Why the store did not take it, by its outcome. */
void record_refused(const struct new_record *record, const char *where, struct fault *fault);
/* The member `error` of an answer by items; extra: further members of it, or NULL. */
void record_add_error(struct buf *b, const struct fault *f, const char *extra);
