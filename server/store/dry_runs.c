#include "dry_runs.h"

void dry_run_write(const struct impact *im, struct str owner, instant now, struct dry_run *ret)
{
    struct digest digest;
    impact_report(im, owner, now, &ret->json, &digest);
}

/* Both registers. */
static int think(struct store *s, const struct registry *reg, const struct registry_edit *edit, instant now,
                 struct transition *ret, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    REGISTERS_CLEANUP struct registers registers = {0};
    PG_CLEANUP struct pg *c = NULL;
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = registers_read(c, arena, &registers, fault);
    if (!error && registers.epoch != registry_epoch(reg))
        error = fault_set(fault, ERR_STALE, "", "the registers have changed");
    if (!error)
        error = transition_of_edits(&registers, edit, 1, now, ret, fault);
    return error ? error : transition_check_edits(ret, edit, 1, fault);
}

int dry_run_edit(struct store *s, const struct registry *reg, const struct registry_edit *edit, bool spreads,
                 struct str owner, instant now, struct dry_run *ret, struct fault *fault)
{
    TRANSITION_CLEANUP struct transition t = {0};
    IMPACT_CLEANUP struct impact *im = NULL;
    int error = think(s, reg, edit, now, &t, fault);
    if (!error)
        error = impact_of_grant(s, &t, spreads ? registry_grant(t.next, edit->key) : NULL, now, &im, fault);
    if (!error)
        error = impact_count(s, im, impact_seq(im), now, fault);
    if (!error)
        dry_run_write(im, owner, now, ret);
    return error;
}

int dry_run_nothing(struct store *s, const struct registry *reg, struct str owner, instant now, struct dry_run *ret,
                    struct fault *fault)
{
    IMPACT_CLEANUP struct impact *im = NULL;
    int error = impact_of_moves(s, reg, NULL, 0, now, &im, fault);
    if (!error)
        dry_run_write(im, owner, now, ret);
    return error;
}
