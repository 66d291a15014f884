/* Proposals: asked for, accepted as their dry run showed them, put in force with the last acceptance.
 *
 * A change is thought through without holding anything back (plan_make, plan_report), then written under LOCK_POLICY if
 * the registers are still those it was thought through under; else it is thought through again. */
#include "proposals.h"

#include "notices.h"

#define ATTEMPTS 5 /* against registers that change meanwhile */

static int conflict(struct fault *fault, const char *why)
{
    return fault_set(fault, ERR_CONFLICT, "", "%s", why);
}

/* --- what the actor is shown --- */

/* A subject of the change is a party of the agreements that those follow from who are asked because of it, and of no
 * other's. */
static bool knows(const struct proposal_row *row, struct str viewer, struct str partner)
{
    bool discreet = false;
    for (size_t i = 0; i < row->discreet.n; i++) {
        if (!str_eq(row->discreet.v[i], partner))
            continue;
        discreet = true;
        if (i < row->subjects.n && str_eq(row->subjects.v[i], viewer))
            return true;
    }
    return !discreet || str_eq(viewer, partner);
}

/* Who of `all` the viewer may know to be asked. */
static struct codes known_to(const struct codes *all, const struct proposal_row *row, struct str viewer,
                             struct arena *arena)
{
    struct str *v = arena_array(arena, all->n, sizeof *v);
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++)
        if (knows(row, viewer, all->v[i]))
            v[n++] = arena_str(arena, all->v[i]); /* the plan that they are of does not last */
    return (struct codes){n, v};
}

static struct proposal shown_to(const struct proposal_row *row, struct str viewer, struct arena *arena)
{
    struct proposal p = row->p;
    if (!str_eq(p.partner, viewer))
        p.principal = STR(""); /* who of a partner acts is that partner's business */
    p.needs = known_to(&row->p.needs, row, viewer, arena);
    p.accepted = known_to(&row->p.accepted, row, viewer, arena);
    return p;
}

static bool is_open(const struct proposal_row *row)
{
    return str_is(row->p.state, "open");
}

/* --- telling --- */

/* The disclosure officers of these partners, but for the actor's own. */
static int tell(struct pg *c, struct uuid id, const struct proposal_actor *actor, const struct codes *partners,
                const char *what, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    char text[UUID_TEXT];
    uuid_write(id, text);
    struct str body = str_of(arena_printf(arena, "{\"proposal\":\"%.*s\",\"state\":\"%s\"}", UUID_TEXT, text, what));
    struct notice *notices = arena_array(arena, partners->n, sizeof *notices);
    size_t n = 0;
    for (size_t i = 0; i < partners->n; i++)
        if (!str_eq(partners->v[i], actor->partner))
            notices[n++] = (struct notice){.partner = partners->v[i],
                                           .sender = actor->partner,
                                           .kind = "proposal",
                                           .officers = true,
                                           .label = NOTICE_NO_LABEL,
                                           .body = body};
    return store_notice_add(c, actor->now, notices, n, fault);
}

/* --- new ones --- */

static struct uuid random_id(void)
{
    struct uuid id;
    random_bytes(id.bytes, sizeof id.bytes);
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x40); /* RFC 9562 section 5.4: version 4 */
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

static struct proposal_row new_row(const struct plan *plan, const struct proposal_actor *actor, struct str comment,
                                   struct arena *arena)
{
    bool at_once = plan->judgement.at_once;
    return (struct proposal_row){.p = {.state = at_once ? STR("applied") : STR("open"),
                                       .partner = actor->partner,
                                       .principal = actor->principal,
                                       .comment = comment,
                                       .changes = arena_str(arena, plan->changes),
                                       .digest = plan->digest,
                                       .at = actor->now,
                                       .closed_at = at_once ? actor->now : INSTANT_MAX,
                                       .needs = at_once ? (struct codes){0} : plan->judgement.needs},
                                 .base = plan->base,
                                 .discreet = plan->judgement.discreet,
                                 .subjects = plan->judgement.subjects};
}

static int check_room(struct pg *c, struct str partner, struct fault *fault)
{
    int64_t open = 0;
    int error = proposal_open_count(c, partner, &open, fault);
    if (!error && open >= PROPOSALS_OPEN_MAX)
        error =
            fault_set(fault, ERR_TOO_MANY, "", "%d proposals of %.*s are open", PROPOSALS_OPEN_MAX, STR_ARG(partner));
    return error;
}

static int apply_plan(struct pg *c, const struct plan *plan, struct uuid id, const struct proposal_actor *actor,
                      struct fault *fault)
{
    int64_t epoch;
    int error =
        registers_edit(c, plan->edits, plan->n, actor->principal, plan->registers.epoch, actor->now, &epoch, fault);
    if (!error)
        error = proposal_act(c, id, actor, "apply", STR(""), fault);
    return error ? error : tell(c, id, actor, &plan->judgement.parties, "applied", fault);
}

/* Whoever acts is still who it was when the request was let in. */
static int check_actor(const struct plan *plan, const struct proposal_actor *actor, struct fault *fault)
{
    const struct principal *p = registry_principal(plan->t.old, actor->principal);
    if (p && principal_active(p) && (principal_role(p) == ROLE_FDO) == actor->fdo)
        return 0;
    return fault_set(fault, ERR_FORBIDDEN, "", "this identity is not registered as an active principal");
}

static bool can_accept(const struct proposal_actor *actor, const struct judgement *j)
{
    return actor->fdo && codes_has(&j->needs, actor->partner);
}

static int write_new(struct store *s, const struct proposal_row *row, const struct plan *plan,
                     const struct proposal_actor *actor, const struct shown *shown, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    bool at_once = plan->judgement.at_once;
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = at_once ? registers_begin(c, fault) : pg_begin(c, fault);
    if (!error)
        error = check_room(c, actor->partner, fault);
    if (!error)
        error = proposal_insert(c, row, &plan->judgement.parties, fault);
    if (!error)
        error = proposal_act(c, row->p.id, actor, "propose", row->p.comment, fault);
    if (!error)
        error = at_once ? apply_plan(c, plan, row->p.id, actor, fault)
                        : tell(c, row->p.id, actor, &plan->judgement.needs, "open", fault);
    if (!error && can_accept(actor, &plan->judgement))
        error = shown_write(c, row->p.id, shown, fault);
    return error ? error : pg_commit(c, fault);
}

static int make(struct store *s, const struct proposal_actor *actor, struct str changes, struct str comment,
                bool dry_run, struct arena *arena, struct proposal *ret, struct dry_run *report, struct fault *fault)
{
    PLAN_CLEANUP struct plan *plan = NULL;
    struct shown shown;
    int error = plan_make(s, changes, true, actor->partner, actor->now, &plan, fault);
    if (!error)
        error = check_actor(plan, actor, fault);
    if (!error)
        error = plan_report(s, plan, actor->partner, actor->now, report, &shown, fault);
    if (error)
        return error;
    struct proposal_row row = new_row(plan, actor, comment, arena);
    if (!dry_run) {
        row.p.id = random_id();
        error = write_new(s, &row, plan, actor, &shown, fault);
    }
    if (!error)
        *ret = shown_to(&row, actor->partner, arena);
    return error;
}

int store_proposal_make(struct store *s, const struct proposal_actor *actor, struct str changes, struct str comment,
                        bool dry_run, struct arena *arena, struct proposal *ret, struct dry_run *report,
                        struct fault *fault)
{
    int error = ERR_STALE;
    for (int i = 0; error == ERR_STALE && i < ATTEMPTS; i++) {
        buf_clear(&report->json);
        error = make(s, actor, changes, comment, dry_run, arena, ret, report, fault);
    }
    return error;
}

/* --- looking --- */

static int read_one(struct store *s, const struct proposal_actor *actor, struct uuid id, struct arena *arena,
                    struct proposal_row **ret, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = proposal_read(c, id, actor->partner, false, arena, ret, fault);
    if (!error && !*ret)
        error = fault_set(fault, ERR_NOT_FOUND, "", "no such proposal");
    return error;
}

/* *ret is NULL if the proposal no longer goes with the registers. */
static int plan_again(struct store *s, const struct proposal_row *row, instant now, struct plan **ret,
                      struct fault *fault)
{
    struct plan *plan = NULL;
    int error = plan_make(s, row->p.changes, false, row->p.partner, now, &plan, fault);
    bool refused = error == ERR_INVALID_CHANGE || error == ERR_FORBIDDEN;
    if (!error && memcmp(&plan->base, &row->base, sizeof plan->base) != 0) {
        plan_free(plan);
        plan = NULL;
    }
    *ret = plan;
    return refused ? 0 : error;
}

static int note_shown(struct store *s, struct uuid id, const struct shown *shown, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int error = pg_take(s->policy, &c, fault);
    return error ? error : shown_write(c, id, shown, fault);
}

/* The dry run as it comes out now; an FDO who may accept can accept what it shows. */
static int show(struct store *s, struct plan *plan, struct uuid id, const struct proposal_actor *actor,
                struct dry_run *report, struct fault *fault)
{
    struct shown shown;
    buf_clear(&report->json);
    int error = plan_report(s, plan, actor->partner, actor->now, report, &shown, fault);
    if (!error && can_accept(actor, &plan->judgement))
        error = note_shown(s, id, &shown, fault);
    return error;
}

static int get(struct store *s, const struct proposal_actor *actor, struct uuid id, struct arena *arena,
               struct proposal *ret, struct dry_run *report, struct fault *fault)
{
    PLAN_CLEANUP struct plan *plan = NULL;
    struct proposal_row *row;
    int error = read_one(s, actor, id, arena, &row, fault);
    if (!error && is_open(row))
        error = plan_again(s, row, actor->now, &plan, fault);
    if (!error && plan)
        error = show(s, plan, id, actor, report, fault);
    if (error)
        return error;
    row->p.stale = is_open(row) && !plan;
    *ret = shown_to(row, actor->partner, arena);
    return 0;
}

int store_proposal_get(struct store *s, const struct proposal_actor *actor, struct uuid id, struct arena *arena,
                       struct proposal *ret, struct dry_run *report, struct fault *fault)
{
    int error = ERR_STALE;
    for (int i = 0; error == ERR_STALE && i < ATTEMPTS; i++)
        error = get(s, actor, id, arena, ret, report, fault);
    return error;
}

int store_proposal_list(struct store *s, const struct proposal_actor *actor, const struct proposal_filter *filter,
                        struct arena *arena, const struct proposal **ret, size_t *ret_n, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    struct proposal_row *rows = NULL;
    size_t n = 0;
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = proposal_read_list(c, actor->partner, filter, arena, &rows, &n, fault);
    if (error)
        return error;
    struct proposal *list = arena_array(arena, n, sizeof *list);
    for (size_t i = 0; i < n; i++)
        list[i] = shown_to(&rows[i], actor->partner, arena);
    *ret = list;
    *ret_n = n;
    return 0;
}

/* --- accepting --- */

struct accepting {
    struct store *s;
    const struct proposal_actor *actor;
    struct proposal_row *row;
    struct plan *plan;
    struct digest shown; /* the dry run that is accepted */
    struct arena *arena;
    struct shown *lapsed; /* acceptances of others that rest on a dry run that would come out differently now */
    size_t n_lapsed;
    bool first;       /* of two persons of this partner */
    int64_t last_act; /* on record when it was looked at who has accepted */
};

static int find_shown(const struct accepting *a, struct shown *ret, bool *ret_found, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int error = pg_take(a->s->policy, &c, fault);
    if (!error)
        error = shown_read(c, a->row->p.id, a->actor->partner, a->shown, ret, ret_found, fault);
    if (!error)
        *ret_found = *ret_found && a->actor->now - ret->at <= DRY_RUN_GOOD;
    return error;
}

/* What was shown is what there is: but for records posted since, which are under the terms that are accepted. */
static int check_shown(const struct accepting *a, struct fault *fault)
{
    struct shown shown;
    struct digest now;
    bool good = false;
    int error = find_shown(a, &shown, &good, fault);
    if (!error && good) {
        error = plan_report_again(a->s, a->plan, &shown, a->actor->now, &now, fault);
        good = !error && memcmp(&now, &a->shown, sizeof now) == 0;
    }
    if (!error && !good)
        error = conflict(fault, "this is not what the change would do now; look at the dry run and accept that");
    return error;
}

static int find_before(const struct accepting *a, struct shown **ret, size_t *ret_n, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int error = pg_take(a->s->policy, &c, fault);
    return error ? error : shown_before(c, a->row->p.id, a->plan->registers.epoch, a->arena, ret, ret_n, fault);
}

/* --- where a partner's acceptance takes two persons --- */

static bool takes_two(const struct accepting *a, struct str partner)
{
    struct partner_rules rules = {.approvals = 1};
    registry_partner_rules(a->plan->t.old, partner, &rules);
    return rules.approvals > 1;
}

static int read_acceptors(const struct accepting *a, struct str partner, struct acceptor **ret, size_t *ret_n,
                          struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int error = pg_take(a->s->policy, &c, fault);
    return error ? error : acceptors_read(c, a->row->p.id, partner, a->arena, ret, ret_n, fault);
}

/* Who has lost the right to accept since has not accepted. */
static bool accepts_for(const struct accepting *a, struct str uri, struct str partner)
{
    const struct principal *p = registry_principal(a->plan->t.old, uri);
    return p && principal_active(p) && principal_role(p) == ROLE_FDO && str_eq(principal_partner(p), partner);
}

/* The partner's own proposer is one of the two. */
static bool second_to(const struct accepting *a, struct str other, struct str partner, const struct acceptor *v,
                      size_t n)
{
    const struct registry *reg = a->plan->t.old;
    bool found =
        str_eq(a->row->p.partner, partner) && registry_independent(reg, a->row->p.principal, other, a->actor->now);
    for (size_t i = 0; i < n; i++)
        found |=
            accepts_for(a, v[i].principal, partner) && registry_independent(reg, v[i].principal, other, a->actor->now);
    return found;
}

/* Whether an acceptance stands that was enough when it was given. */
static int by_enough(const struct accepting *a, struct str partner, bool *ret, struct fault *fault)
{
    struct acceptor *v;
    size_t n = 0;
    *ret = !takes_two(a, partner);
    int error = *ret ? 0 : read_acceptors(a, partner, &v, &n, fault);
    for (size_t i = 0; !error && i < n; i++)
        *ret |= accepts_for(a, v[i].principal, partner) && second_to(a, v[i].principal, partner, v, n);
    return error;
}

/* What the first of two was shown must still come out so. */
static int still_good(const struct accepting *a, const struct acceptor *first, bool *ret, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    struct shown shown;
    struct digest now;
    int error = pg_take(a->s->policy, &c, fault);
    if (!error)
        error = shown_read(c, a->row->p.id, a->actor->partner, first->report, &shown, ret, fault);
    pg_give(c);
    c = NULL;
    if (!error && *ret) {
        error = plan_report_again(a->s, a->plan, &shown, a->actor->now, &now, fault);
        *ret = !error && memcmp(&now, &shown.digest, sizeof now) == 0;
    }
    return error;
}

static int find_first(struct accepting *a, struct fault *fault)
{
    struct acceptor *v;
    struct str partner = a->actor->partner;
    size_t n = 0;
    if (!takes_two(a, partner) || str_eq(a->row->p.partner, partner))
        return 0;
    a->first = true;
    int error = read_acceptors(a, partner, &v, &n, fault);
    for (size_t i = 0; !error && a->first && i < n; i++) {
        bool good = false;
        if (accepts_for(a, v[i].principal, partner) && second_to(a, a->actor->principal, partner, &v[i], 1))
            error = still_good(a, &v[i], &good, fault);
        a->first = !good;
    }
    return error;
}

/* The registers have moved since somebody accepted: two changes that each open nothing may open something together. */
static int find_lapsed(struct accepting *a, struct fault *fault)
{
    size_t n = 0;
    int error = find_before(a, &a->lapsed, &n, fault);
    for (size_t i = 0; !error && i < n; i++) {
        struct digest now;
        bool enough = false;
        if (str_eq(a->lapsed[i].partner, a->actor->partner))
            continue;
        error = plan_report_again(a->s, a->plan, &a->lapsed[i], a->actor->now, &now, fault);
        if (!error)
            error = by_enough(a, a->lapsed[i].partner, &enough, fault);
        if (!error && (!enough || memcmp(&now, &a->lapsed[i].digest, sizeof now) != 0))
            a->lapsed[a->n_lapsed++] = a->lapsed[i];
    }
    return error;
}

static int write_lapsed(const struct accepting *a, struct pg *c, struct fault *fault)
{
    int error = 0;
    for (size_t i = 0; !error && i < a->n_lapsed; i++) {
        error = acceptance_delete(c, a->row->p.id, a->lapsed[i].partner, a->lapsed[i].digest, fault);
        if (!error)
            error = proposal_act(c, a->row->p.id, a->actor, "lapse", a->lapsed[i].partner, fault);
        if (!error)
            error = tell(c, a->row->p.id, a->actor, &(struct codes){1, &a->lapsed[i].partner}, "open", fault);
    }
    return error ? error : acceptances_confirm(c, a->row->p.id, a->plan->registers.epoch, fault);
}

static int write_acceptance(const struct accepting *a, struct pg *c, struct fault *fault)
{
    char hex[DIGEST_HEX];
    int64_t epoch = a->plan->registers.epoch;
    hex_write(a->shown.bytes, DIGEST_SIZE, hex);
    int error = write_lapsed(a, c, fault);
    if (!error)
        error = a->first ? acceptance_forget(c, a->row->p.id, a->actor->partner, fault)
                         : acceptance_write(c, a->row->p.id, a->actor, a->shown, epoch, fault);
    if (!error)
        error = proposal_act(c, a->row->p.id, a->actor, "accept", (struct str){hex, DIGEST_HEX}, fault);
    return error ? error : proposal_judged(c, a->row->p.id, &a->plan->judgement, fault);
}

static bool all_accepted(const struct codes *needs, const struct codes *accepted)
{
    for (size_t i = 0; i < needs->n; i++)
        if (!codes_has(accepted, needs->v[i]))
            return false;
    return true;
}

static int find_last_act(struct accepting *a, struct uuid id, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int error = pg_take(a->s->policy, &c, fault);
    return error ? error : proposal_last_act(c, id, &a->last_act, fault);
}

/* Of two who accept at once, the later one looks again: it may be the second of two persons. */
static int nobody_acted(const struct accepting *a, struct pg *c, struct fault *fault)
{
    int64_t last = 0;
    int error = proposal_last_act(c, a->row->p.id, &last, fault);
    if (!error && last != a->last_act)
        error = fault_set(fault, ERR_STALE, "", "somebody has acted on the proposal meanwhile");
    return error;
}

/* Whether it is still open, and as it was looked at, under the lock. */
static int lock_row(struct accepting *a, struct pg *c, struct fault *fault)
{
    int error = epoch_is(c, a->plan->registers.epoch, fault);
    if (!error)
        error = proposal_read(c, a->row->p.id, a->actor->partner, true, a->arena, &a->row, fault);
    if (!error && !is_open(a->row))
        error = conflict(fault, "the proposal is closed");
    return error ? error : nobody_acted(a, c, fault);
}

static int apply_if_complete(struct accepting *a, struct pg *c, struct fault *fault)
{
    struct uuid id = a->row->p.id;
    int error = proposal_read(c, id, a->actor->partner, false, a->arena, &a->row, fault);
    if (error || !all_accepted(&a->row->p.needs, &a->row->p.accepted))
        return error;
    error = apply_plan(c, a->plan, id, a->actor, fault);
    if (!error)
        error = proposal_close_row(c, id, STR("applied"), a->actor->now, fault);
    a->row->p.state = STR("applied");
    a->row->p.closed_at = a->actor->now;
    return error;
}

static int write_accept(struct accepting *a, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int error = pg_take(a->s->policy, &c, fault);
    if (!error)
        error = registers_begin(c, fault);
    if (!error)
        error = lock_row(a, c, fault);
    if (!error)
        error = write_acceptance(a, c, fault);
    if (!error)
        error = apply_if_complete(a, c, fault);
    return error ? error : pg_commit(c, fault);
}

/* Where two persons release, the one who proposes is not the one who accepts. */
static int check_two_persons(const struct accepting *a, struct fault *fault)
{
    const struct registry *reg = a->plan->t.old;
    if (!takes_two(a, a->actor->partner) ||
        registry_independent(reg, a->row->p.principal, a->actor->principal, a->actor->now))
        return 0;
    return fault_set(fault, ERR_FORBIDDEN, "",
                     "this partner's acceptance takes two persons: expected another one than who proposed");
}

static int check_acceptable(const struct accepting *a, struct digest digest, struct fault *fault)
{
    if (!is_open(a->row))
        return conflict(fault, "the proposal is closed");
    if (memcmp(&digest, &a->row->p.digest, sizeof digest) != 0)
        return conflict(fault, "the proposal has another digest");
    if (!a->plan)
        return conflict(fault, "what it changes has changed since; it has to be proposed anew");
    if (!can_accept(a->actor, &a->plan->judgement))
        return fault_set(fault, ERR_FORBIDDEN, "", "this partner's acceptance is not asked for");
    int error = check_actor(a->plan, a->actor, fault);
    return error ? error : check_two_persons(a, fault);
}

static int accept(struct accepting *a, struct uuid id, struct digest digest, struct dry_run *report,
                  struct fault *fault)
{
    int error = find_last_act(a, id, fault);
    if (!error)
        error = read_one(a->s, a->actor, id, a->arena, &a->row, fault);
    if (!error && is_open(a->row))
        error = plan_again(a->s, a->row, a->actor->now, &a->plan, fault);
    if (!error)
        error = check_acceptable(a, digest, fault);
    if (error)
        return error;
    error = check_shown(a, fault);
    if (error == ERR_CONFLICT) {
        struct fault unseen;
        int failed = show(a->s, a->plan, id, a->actor, report, &unseen);
        if (failed)
            *fault = unseen;
        return failed ? failed : error;
    }
    if (!error)
        error = find_first(a, fault);
    if (!error)
        error = find_lapsed(a, fault);
    return error ? error : write_accept(a, fault);
}

int store_proposal_accept(struct store *s, const struct proposal_actor *actor, struct uuid id, struct digest digest,
                          struct digest shown, struct arena *arena, struct proposal *ret, struct dry_run *report,
                          struct fault *fault)
{
    int error = ERR_STALE;
    for (int i = 0; error == ERR_STALE && i < ATTEMPTS; i++) {
        struct accepting a = {.s = s, .actor = actor, .shown = shown, .arena = arena};
        error = accept(&a, id, digest, report, fault);
        plan_free(a.plan);
        if (!error)
            *ret = shown_to(a.row, actor->partner, arena);
    }
    return error;
}

/* --- rejecting, withdrawing --- */

static int check_closable(const struct proposal_row *row, const struct proposal_actor *actor, bool withdraw,
                          struct fault *fault)
{
    bool may =
        withdraw ? str_eq(row->p.partner, actor->partner) : actor->fdo && codes_has(&row->p.needs, actor->partner);
    if (!may)
        return fault_set(fault, ERR_FORBIDDEN, "", "nobody acts for another partner");
    return is_open(row) ? 0 : conflict(fault, "the proposal is closed");
}

int store_proposal_close(struct store *s, const struct proposal_actor *actor, struct uuid id, bool withdraw,
                         struct str reason, struct arena *arena, struct proposal *ret, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    struct proposal_row *row = NULL;
    struct str state = withdraw ? STR("withdrawn") : STR("rejected");
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = pg_begin(c, fault);
    if (!error)
        error = proposal_read(c, id, actor->partner, true, arena, &row, fault);
    if (!error && !row)
        error = fault_set(fault, ERR_NOT_FOUND, "", "no such proposal");
    if (!error)
        error = check_closable(row, actor, withdraw, fault);
    if (!error)
        error = proposal_close_row(c, id, state, actor->now, fault);
    if (!error)
        error = proposal_act(c, id, actor, withdraw ? "withdraw" : "reject", reason, fault);
    if (!error)
        error = tell(c, id, actor, withdraw ? &row->p.needs : &(struct codes){1, &row->p.partner},
                     withdraw ? "withdrawn" : "rejected", fault);
    if (!error)
        error = pg_commit(c, fault);
    if (error)
        return error;
    row->p.state = state;
    row->p.closed_at = actor->now;
    *ret = shown_to(row, actor->partner, arena);
    return 0;
}
