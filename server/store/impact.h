/* What a change of the registers opens and closes: the dry run. Every stored label is decided for every principal under
 * the registers before and after, and the records under what differs are counted. */
#pragma once
#include "registers.h"

struct impact;
struct spreading;
void impact_free(struct impact *i); /* accepts NULL */
static inline void impact_freep(struct impact **i)
{
    impact_free(*i);
}
#define IMPACT_CLEANUP __attribute__((cleanup(impact_freep)))

/* Decides. t->old are the registers in force: ERR_STALE if they are so no more. Holds no lock when it returns. */
int impact_make(struct store *s, const struct transition *t, instant now, struct impact **ret, struct fault *fault);
/* The same for what stored records will be put under by t->next, if n: of these owners and types only. */
int impact_of_spread(struct store *s, const struct transition *t, const struct spreading *v, size_t n, instant now,
                     struct impact **ret, struct fault *fault);

struct record_times {
    instant ingested_at, embargo_until, expires;
};
/* A record that changes its label or its times. */
struct impact_move {
    int32_t label;              /* the row it is under */
    const struct subject *next; /* as it will be, without its times */
    struct record_times now, then;
};
/* Decides and counts: under the registers in force, which are reg, else ERR_STALE. */
int impact_of_moves(struct store *s, const struct registry *reg, const struct impact_move *moves, size_t n, instant now,
                    struct impact **ret, struct fault *fault);

/* Counts the records up to the feed's number `seq`: as they are shown at `at`, those that wait for an embargo or a
 * view's delay apart. */
int impact_count(struct store *s, struct impact *i, int64_t seq, instant at, struct fault *fault);
/* The feed's number when the impact was made. */
int64_t impact_seq(const struct impact *i);
/* After impact_count, as JSON members without braces: "at", "partners". Only labels that `owner` owns, those of
 * everybody if it is empty. Equal impacts give equal bytes, which the digest is of. */
void impact_write(const struct impact *i, struct str owner, struct buf *out, struct digest *ret);
/* The same between "asOf" and "digest": as partners are shown it. */
void impact_report(const struct impact *i, struct str owner, instant now, struct buf *out, struct digest *ret);
/* A line for each label and partner: for the operator. */
void impact_print(const struct impact *i, struct buf *out);
