#include "dry_runs.h"

#include "warnings.h"

void dry_run_write(const struct impact *im, struct str owner, instant now, struct dry_run *ret)
{
    struct digest digest;
    impact_report(im, owner, now, &ret->json, &digest);
}

/* Both registers. */
static int think(struct store *s, const struct registry *reg, const struct registry_edit *edits, size_t n, instant now,
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
        error = transition_of_edits(&registers, edits, n, now, ret, fault);
    return error ? error : transition_check_edits(ret, edits, n, fault);
}

/* A grant or warnings: no decision makes both. */
static size_t find_spreads(const struct transition *t, const struct registry_edit *edits, struct str owner,
                           struct arena *arena, struct spreading **ret)
{
    const struct grant_entry *grant = str_is(edits[0].kind, "grant") ? registry_grant(t->next, edits[0].key) : NULL;
    if (!grant)
        return warnings_opened(t, owner, arena, ret);
    *ret = arena_array(arena, 1, sizeof **ret);
    **ret = (struct spreading){.id = grant->id, .owner = grant->owner, .type = grant->type, .grant = grant};
    return 1;
}

int dry_run_edits(struct store *s, const struct registry *reg, const struct registry_edit *edits, size_t n,
                  struct str owner, instant now, struct dry_run *ret, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    TRANSITION_CLEANUP struct transition t = {0};
    IMPACT_CLEANUP struct impact *im = NULL;
    struct spreading *spreads = NULL;
    int error = think(s, reg, edits, n, now, &t, fault);
    size_t n_spreads = error ? 0 : find_spreads(&t, edits, owner, arena, &spreads);
    if (!error)
        error = impact_of_spread(s, &t, spreads, n_spreads, now, &im, fault);
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
