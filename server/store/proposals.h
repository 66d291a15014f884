/* What the proposals' parts share: rows, and a proposal thought through under the registers in force. */
#pragma once
#include "impact.h"

/* --- proposal_rows.c --- */
struct proposal_row {
    struct proposal p; /* needs and accepted: all of them */
    struct codes discreet, subjects;
    struct digest base;
};

/* NULL result: no such proposal, or not one of this partner's. lock: until the end of the transaction. */
int proposal_read(struct pg *c, struct uuid id, struct str partner, bool lock, struct arena *arena,
                  struct proposal_row **ret, struct fault *fault);
int proposal_read_list(struct pg *c, struct str partner, const struct proposal_filter *filter, struct arena *arena,
                       struct proposal_row **ret, size_t *ret_n, struct fault *fault);
int proposal_insert(struct pg *c, const struct proposal_row *row, const struct codes *parties, struct fault *fault);
int proposal_close_row(struct pg *c, struct uuid id, struct str state, instant now, struct fault *fault);
int proposal_judged(struct pg *c, struct uuid id, const struct judgement *j, struct fault *fault);
int proposal_open_count(struct pg *c, struct str partner, int64_t *ret, struct fault *fault);
int proposal_act(struct pg *c, struct uuid id, const struct proposal_actor *actor, const char *act, struct str detail,
                 struct fault *fault);
/* Acts on record only grow; 0 if there is none. */
int proposal_last_act(struct pg *c, struct uuid id, int64_t *ret, struct fault *fault);

/* A dry run as it was shown. */
struct shown {
    struct str partner;
    struct digest digest;
    instant at;
    int64_t seq;
};
int shown_write(struct pg *c, struct uuid id, const struct shown *shown, struct fault *fault);
/* *ret_found: false if this partner was shown no such thing. */
int shown_read(struct pg *c, struct uuid id, struct str partner, struct digest digest, struct shown *ret,
               bool *ret_found, struct fault *fault);
/* The dry runs of acceptances that were given under other registers than these. */
int shown_before(struct pg *c, struct uuid id, int64_t epoch, struct arena *arena, struct shown **ret, size_t *ret_n,
                 struct fault *fault);
int acceptance_write(struct pg *c, struct uuid id, const struct proposal_actor *actor, struct digest report,
                     int64_t epoch, struct fault *fault);
int acceptance_delete(struct pg *c, struct uuid id, struct str partner, struct digest report, struct fault *fault);
/* Of a partner that has not accepted after all. */
int acceptance_forget(struct pg *c, struct uuid id, struct str partner, struct fault *fault);
/* Whoever has accepted, for any partner, since the acceptance of this one last lapsed; and what each was shown. */
struct acceptor {
    struct str principal;
    struct digest report;
};
int acceptors_read(struct pg *c, struct uuid id, struct str partner, struct arena *arena, struct acceptor **ret,
                   size_t *ret_n, struct fault *fault);
/* All that stand now hold under these registers. */
int acceptances_confirm(struct pg *c, struct uuid id, int64_t epoch, struct fault *fault);

/* --- proposal_plan.c --- */
/* A change thought through: under registers that may be others by the time it is written, which their epoch tells. */
struct plan {
    struct arena *arena;
    struct registers registers;
    struct transition t;
    struct registry_edit *edits; /* canonical: entries as the new registers have them */
    size_t n;
    struct str changes; /* the edits as JSON */
    struct digest digest, base;
    struct judgement judgement;
    struct impact *impact;
};
void plan_free(struct plan *p); /* accepts NULL */
static inline void plan_freep(struct plan **p)
{
    plan_free(*p);
}
#define PLAN_CLEANUP __attribute__((cleanup(plan_freep)))
/* Judged for the partner that proposes. fresh: as a client says it, not as a plan has it already. */
int plan_make(struct store *s, struct str changes, bool fresh, struct str proposer, instant now, struct plan **ret,
              struct fault *fault);
/* Decides and counts: the dry run for one partner. */
int plan_report(struct store *s, struct plan *p, struct str partner, instant now, struct dry_run *ret,
                struct shown *ret_shown, struct fault *fault);
/* What was shown then, as it comes out now. */
int plan_report_again(struct store *s, struct plan *p, const struct shown *shown, instant now, struct digest *ret,
                      struct fault *fault);
