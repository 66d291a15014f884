/* The registers in the database: read as one snapshot, replaced as a whole or entry by entry. */
#include "registers.h"

#include "impact.h"
#include "labels.h"
#include "warnings.h"

#include <stdlib.h>

/* --- reading --- */

int registers_read(struct pg *c, struct arena *arena, struct registers *ret, struct fault *fault)
{
    struct registers r = {0};
    int error = pg_exec(c,
                        "SELECT p.epoch, e.kind, e.key, e.json, e.accepted_at FROM policy_state p"
                        " LEFT JOIN register_entry e ON true ORDER BY e.kind, e.key",
                        NULL, &r.result, fault);
    if (error)
        return error;
    r.epoch = pg_i64(r.result, 0, 0);
    r.n = pg_null(r.result, 0, 1) ? 0 : (size_t)pg_rows(r.result);
    r.entries = arena_array(arena, r.n, sizeof *r.entries);
    r.accepted = arena_array(arena, r.n, sizeof *r.accepted);
    for (size_t i = 0; i < r.n; i++) {
        int row = (int)i;
        r.entries[i] =
            (struct register_entry){pg_str(r.result, row, 1), pg_str(r.result, row, 2), pg_str(r.result, row, 3)};
        r.accepted[i] = pg_instant(r.result, row, 4);
    }
    *ret = r;
    return 0;
}

void registers_free(struct registers *r)
{
    pg_result_free(r->result);
}

int entry_cmp(const struct register_entry *a, const struct register_entry *b)
{
    int c = str_cmp(a->kind, b->kind);
    return c ? c : str_cmp(a->key, b->key);
}

static int entry_order(const void *a, const void *b)
{
    return entry_cmp(a, b);
}

/* For registry_parse: what is in force keeps its instant, what is new has `now`. */
struct acceptance {
    const struct registers *registers;
    instant now;
};

static instant accepted_at(void *ctx, const char *kind, struct str key)
{
    const struct acceptance *a = ctx;
    const struct registers *r = a->registers;
    const struct register_entry wanted = {.kind = str_of(kind), .key = key};
    const struct register_entry *found =
        r->n ? bsearch(&wanted, r->entries, r->n, sizeof *r->entries, entry_order) : NULL;
    return found ? r->accepted[found - r->entries] : a->now;
}

int registers_parse(const struct registers *r, const struct register_entry *entries, size_t n, int64_t epoch,
                    instant now, struct registry **ret, struct fault *fault)
{
    BUF_CLEANUP struct buf json = {0};
    struct acceptance acceptance = {r, now};
    registry_join(entries, n, &json);
    return registry_parse(buf_view(&json), epoch, now, accepted_at, &acceptance, ret, fault);
}

int store_policy_load(struct store *s, struct registry **ret, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_CLEANUP struct pg *c = NULL;
    REGISTERS_CLEANUP struct registers r = {0};
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = registers_read(c, arena, &r, fault);
    return error ? error : registers_parse(&r, r.entries, r.n, r.epoch, clock_now(s->clock), ret, fault);
}

/* --- replacing --- */

static int write_change(struct pg *c, const struct register_change *change, instant now, struct fault *fault)
{
    struct pg_args args = {0};
    const struct register_entry *e = change->next ? change->next : change->old;
    pg_arg_str(&args, e->kind);
    pg_arg_str(&args, e->key);
    if (!change->next)
        return pg_exec(c, "DELETE FROM register_entry WHERE kind = $1 AND key = $2", &args, NULL, fault);
    pg_arg_str(&args, e->json);
    if (change->old)
        return pg_exec(c, "UPDATE register_entry SET json = $3 WHERE kind = $1 AND key = $2", &args, NULL, fault);
    pg_arg_instant(&args, now);
    return pg_exec(c, "INSERT INTO register_entry (kind, key, json, accepted_at) VALUES ($1, $2, $3, $4)", &args, NULL,
                   fault);
}

/* What was agreed stays readable when it is replaced. */
static int keep_agreement(struct pg *c, const struct register_entry *e, int64_t epoch, instant now, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_str(&args, e->key);
    pg_arg_i64(&args, epoch);
    pg_arg_str(&args, e->json);
    pg_arg_instant(&args, now);
    return pg_exec(c,
                   "INSERT INTO agreement_version (id, epoch, version, at, json)"
                   " VALUES ($1, $2, coalesce(($3::json ->> 'version')::int, 1), $4, $3)",
                   &args, NULL, fault);
}

/* Who changes the registers, and by what. */
struct author {
    struct str actor;
    struct digest what; /* of the policy file, or of the edits */
    instant now;
};

static int write_audit(struct pg *c, int64_t epoch, const struct author *author, struct str diff, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_i64(&args, epoch);
    pg_arg_instant(&args, author->now);
    pg_arg_str(&args, author->actor);
    pg_arg_bytes(&args, author->what.bytes, DIGEST_SIZE);
    pg_arg_str(&args, diff);
    return pg_exec(c, "INSERT INTO policy_audit (epoch, at, actor, file_digest, diff) VALUES ($1, $2, $3, $4, $5)",
                   &args, NULL, fault);
}

int epoch_is(struct pg *c, int64_t want, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    int error = pg_exec(c, "SELECT epoch FROM policy_state", NULL, &r, fault);
    if (!error && pg_i64(r, 0, 0) != want)
        error = fault_set(fault, ERR_STALE, "", "the registers have changed");
    return error;
}

/* Visible sets of the old epoch show nothing any more; they go. */
static int write_epoch(struct pg *c, int64_t epoch, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_i64(&args, epoch);
    int error = pg_exec(c, "UPDATE policy_state SET epoch = $1", &args, NULL, fault);
    return error ? error : pg_exec(c, "DELETE FROM visible", NULL, NULL, fault);
}

static bool has_boundary(const struct registry *reg, instant t)
{
    const instant *v;
    size_t n = registry_boundaries(reg, &v);
    for (size_t i = 0; i < n; i++)
        if (v[i] == t)
            return true;
    return false;
}

/* Records posted on either side of a new boundary must not share a dictionary row. Only boundaries in the past split:
 * from `now` on the writer finds the right row itself, and an entry accepted now opens nothing that is there already.
 */
bool boundary_splits(const struct transition *t, instant boundary, instant now)
{
    return boundary < now && !has_boundary(t->old, boundary);
}

static int split_generations(struct pg *c, const struct transition *t, instant now, struct fault *fault)
{
    const instant *v;
    size_t n = registry_boundaries(t->next, &v);
    int error = 0;
    for (size_t i = 0; !error && i < n; i++)
        if (boundary_splits(t, v[i], now))
            error = labels_split(c, v[i], fault);
    return error;
}

void transition_free(struct transition *t)
{
    registry_unref(t->old);
    registry_unref(t->next);
}

int transition_check(const struct transition *t, struct fault *fault)
{
    int error = registers_check(t->next, fault);
    if (!error)
        error = registry_check_change(t->old, t->next, fault);
    return error ? error : registers_check_views(t->old, t->next, fault);
}

/* Both with the instants at which their entries were accepted. */
static int transition_make(const struct registers *r, const struct register_entry *entries, size_t n, instant now,
                           struct transition *ret, struct fault *fault)
{
    int error = registers_parse(r, r->entries, r->n, r->epoch, now, &ret->old, fault);
    if (!error)
        error = registers_parse(r, entries, n, r->epoch + 1, now, &ret->next, fault);
    return error ? error : transition_check(ret, fault);
}

static int transition_write(struct pg *c, const struct transition *t, const struct author *author,
                            const struct register_change *changes, size_t n, struct str diff, struct fault *fault)
{
    int64_t epoch = registry_epoch(t->next);
    int error = split_generations(c, t, author->now, fault);
    for (size_t i = 0; !error && i < n; i++) {
        error = write_change(c, &changes[i], author->now, fault);
        if (!error && changes[i].next && str_is(changes[i].next->kind, "agreement"))
            error = keep_agreement(c, changes[i].next, epoch, author->now, fault);
    }
    if (!error)
        error = warnings_begin(c, t, author->now, fault);
    if (!error)
        error = write_audit(c, epoch, author, diff, fault);
    return error ? error : write_epoch(c, epoch, fault);
}

int registers_begin(struct pg *c, struct fault *fault)
{
    int error = pg_begin(c, fault);
    if (!error)
        error = pg_simple(c, "SET LOCAL statement_timeout = 0", fault);
    if (!error)
        error = pg_lock(c, LOCK_POLICY, false, fault);
    return error ? error : pg_lock(c, LOCK_LABELS, false, fault);
}

/* --- a whole file --- */

static int print_impact(struct store *s, const struct transition *t, instant now, struct buf *out, struct fault *fault)
{
    IMPACT_CLEANUP struct impact *impact = NULL;
    int error = impact_make(s, t, now, &impact, fault);
    if (!error)
        error = impact_count(s, impact, impact_seq(impact), now, fault);
    if (!error)
        impact_print(impact, out);
    return error;
}

int store_policy_impact(struct store *s, const struct registry *next, struct buf *out, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_CLEANUP struct pg *c = NULL;
    REGISTERS_CLEANUP struct registers r = {0};
    TRANSITION_CLEANUP struct transition t = {0};
    const struct register_entry *entries;
    size_t n = registry_entries(next, &entries);
    instant now = clock_now(s->clock);
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = registers_read(c, arena, &r, fault);
    if (!error)
        error = transition_make(&r, entries, n, now, &t, fault);
    pg_give(c);
    c = NULL;
    return error ? error : print_impact(s, &t, now, out, fault);
}

int store_policy_apply(struct store *s, const struct registry *next, const char *actor, struct digest file,
                       bool dry_run, struct buf *diff, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_CLEANUP struct pg *c = NULL;
    REGISTERS_CLEANUP struct registers r = {0};
    TRANSITION_CLEANUP struct transition t = {0};
    const struct author author = {str_of(actor), file, clock_now(s->clock)};
    const struct register_entry *entries;
    size_t n = registry_entries(next, &entries), start = diff->n;
    const struct register_change *changes;
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = registers_begin(c, fault);
    if (!error)
        error = registers_read(c, arena, &r, fault);
    if (!error)
        error = transition_make(&r, entries, n, author.now, &t, fault);
    if (error)
        return error;
    size_t n_changes = registry_changes(t.old, t.next, arena, &changes);
    write_diff(changes, n_changes, diff);
    if (!n_changes || dry_run)
        return 0;
    error = transition_write(c, &t, &author, changes, n_changes, (struct str){diff->p + start, diff->n - start}, fault);
    return error ? error : pg_commit(c, fault);
}

/* --- single entries --- */

int registers_edit(struct pg *c, const struct registry_edit *edits, size_t n, struct str actor, int64_t expected_epoch,
                   instant now, int64_t *ret_epoch, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf diff = {0};
    REGISTERS_CLEANUP struct registers r = {0};
    TRANSITION_CLEANUP struct transition t = {0};
    const struct author author = {actor, registry_edits_digest(edits, n), now};
    const struct register_change *changes;
    int error = registers_read(c, arena, &r, fault);
    if (!error && expected_epoch >= 0 && r.epoch != expected_epoch)
        error = fault_set(fault, ERR_STALE, "", "the registers have changed");
    if (!error)
        error = transition_of_edits(&r, edits, n, now, &t, fault);
    if (!error)
        error = transition_check_edits(&t, edits, n, fault);
    if (error)
        return error;
    size_t n_changes = registry_changes(t.old, t.next, arena, &changes);
    write_diff(changes, n_changes, &diff);
    if (n_changes)
        error = transition_write(c, &t, &author, changes, n_changes, buf_view(&diff), fault);
    if (!error)
        *ret_epoch = n_changes ? registry_epoch(t.next) : r.epoch;
    return error;
}

int store_registry_edit(struct store *s, const struct registry_edit *edits, size_t n, struct str actor,
                        int64_t expected_epoch, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int64_t epoch;
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = registers_begin(c, fault);
    if (!error)
        error = registers_edit(c, edits, n, actor, expected_epoch, clock_now(s->clock), &epoch, fault);
    return error ? error : pg_commit(c, fault);
}
