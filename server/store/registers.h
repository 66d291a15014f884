/* The registers in the database, for whoever changes them together with something else in one transaction. */
#pragma once
#include "internal.h"
#include "proposal.h"

/* The entries in force, as PostgreSQL gave them. */
struct registers {
    struct pg_result *result;
    int64_t epoch;
    struct register_entry *entries; /* ordered by (kind, key) */
    instant *accepted;
    size_t n;
};
int registers_read(struct pg *c, struct arena *arena, struct registers *ret, struct fault *fault);
void registers_free(struct registers *r);
#define REGISTERS_CLEANUP __attribute__((cleanup(registers_free)))
/* A snapshot from entries: what is in force keeps its instant of acceptance, what is new was accepted at `now`. */
int registers_parse(const struct registers *r, const struct register_entry *entries, size_t n, int64_t epoch,
                    instant now, struct registry **ret, struct fault *fault);

/* By kind and key. */
int entry_cmp(const struct register_entry *a, const struct register_entry *b);

/* --- registers_diff.c --- */
void write_diff(const struct register_change *changes, size_t n, struct buf *out);

/* --- registers_check.c --- */
/* ERR_BAD_POLICY if they name what the record types do not have. */
int registers_check(const struct registry *reg, struct fault *fault);
/* ERR_BAD_POLICY if a view shows more than before of what an agreement with "backfill": "none" has not opened. */
int registers_check_views(const struct registry *old, const struct registry *next, struct fault *fault);

/* --- changing --- */
/* Both registers, before and after, with the instants at which their entries were accepted. */
struct transition {
    struct registry *old, *next;
};
void transition_free(struct transition *t);
#define TRANSITION_CLEANUP __attribute__((cleanup(transition_free)))
/* Whether the step may be taken at all. */
int transition_check(const struct transition *t, struct fault *fault);
/* Makes ret->old unless it is there. ERR_INVALID_CHANGE if the edits do not lead from registers to registers. */
int transition_of_edits(const struct registers *r, const struct registry_edit *edits, size_t n, instant now,
                        struct transition *ret, struct fault *fault);
/* Whether that step may be taken: it compares with what there is, so whoever asks must have to do with what is edited.
 * ERR_INVALID_CHANGE; of entries that are not edited the fault says nothing. */
int transition_check_edits(const struct transition *t, const struct registry_edit *edits, size_t n,
                           struct fault *fault);

/* Whether labels are divided at this boundary of the new registers. */
bool boundary_splits(const struct transition *t, instant boundary, instant now);

/* Begins a transaction of the policy role in which registers change: nobody writes, decides or opens a class until it
 * ends. It has no statement_timeout, as splitting generations may take long. */
int registers_begin(struct pg *c, struct fault *fault);
/* Within it: store_registry_edit without the commit. *ret_epoch is the epoch in force after it. */
int registers_edit(struct pg *c, const struct registry_edit *edits, size_t n, struct str actor, int64_t expected_epoch,
                   instant now, int64_t *ret_epoch, struct fault *fault);
