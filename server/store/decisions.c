/* What an owner's disclosure officers decide: approvals become entries of the registers, so that they are in force with
 * the next request and end with it, too. */
#include "dry_runs.h"
#include "notices.h"
#include "registers.h"
#include "releases.h"

/* --- the part that is decided --- */

struct part {
    struct uuid request;
    struct str partner, asked_by, scope;
    struct str view; /* conditions, as asked or as first approved */
    instant until;
    struct str *approved_by;
    size_t n_approved;
    struct str approved_view; /* what those have approved */
    instant approved_until;
    bool approved_onward;
};

/* Locked until the end of the transaction. */
static int find_part(struct pg *c, const struct release_decision *d, struct arena *arena, struct part *ret,
                     struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_uuid(&args, d->request);
    pg_arg_str(&args, d->owner);
    int error =
        pg_exec(c,
                "SELECT q.partner, q.asked_by, q.scope, q.view, q.until, p.approved_by, p.view, p.until, p.onward"
                " FROM release_part p JOIN release_request q ON q.id = p.request"
                " WHERE p.request = $1 AND p.owner = $2 AND p.state = 'open' FOR UPDATE OF p, q",
                &args, &r, fault);
    if (error)
        return error;
    if (!pg_rows(r))
        return fault_set(fault, ERR_NOT_FOUND, "", "no such open request");
    *ret = (struct part){.request = d->request,
                         .partner = arena_str(arena, pg_str(r, 0, 0)),
                         .asked_by = arena_str(arena, pg_str(r, 0, 1)),
                         .scope = arena_str(arena, pg_str(r, 0, 2)),
                         .view = arena_str(arena, pg_str(r, 0, 3)),
                         .until = pg_instant(r, 0, 4)};
    ret->n_approved = pg_strs(r, 0, 5, arena, &ret->approved_by);
    ret->approved_view = arena_str(arena, pg_str(r, 0, 6));
    ret->approved_until = pg_null(r, 0, 7) ? INSTANT_MIN : pg_instant(r, 0, 7);
    ret->approved_onward = pg_bool(r, 0, 8);
    return 0;
}

static int own_request(const struct release_decision *d, const struct part *p, struct fault *fault)
{
    if (!str_eq(p->asked_by, d->principal) && !str_eq(p->partner, d->owner))
        return 0;
    return fault_set(fault, ERR_FORBIDDEN, "", "nobody decides on a request of their own");
}

static int write_history(struct pg *c, const struct release_decision *d, const char *what, struct str detail,
                         struct fault *fault)
{
    struct release_act act = {.request = d->request,
                              .owner = d->owner,
                              .principal = d->principal,
                              .request_id = d->request_id,
                              .act = what,
                              .detail = detail,
                              .now = d->now};
    return release_history_write(c, &act, fault);
}

/* To the partner that asked; body: members without braces. */
static int tell_asker(struct pg *c, const struct release_decision *d, struct str partner, const char *kind,
                      struct str members, struct fault *fault)
{
    BUF_CLEANUP struct buf body = {0};
    buf_z(&body, "{\"owner\":");
    buf_json_str(&body, d->owner);
    buf_str(&body, members);
    buf_char(&body, '}');
    const struct notice notice = {
        .partner = partner, .sender = d->owner, .kind = kind, .label = NOTICE_NO_LABEL, .body = buf_view(&body)};
    return store_notice_add(c, d->now, &notice, 1, fault);
}

/* --- approving --- */

struct approval {
    const struct registry *reg;
    const struct release_decision *d;
    struct part part;
    struct str view;
    instant until;
    struct str *by; /* with this one */
    size_t n_by;
    struct str grant;
    struct arena *arena;
};

/* Whoever acts for another is no second person beside that one. */
static int independent(const struct approval *a, struct str other, struct fault *fault)
{
    if (str_eq(other, a->d->principal))
        return fault_set(fault, ERR_CONFLICT, "", "the same person has approved this already");
    if (!registry_independent(a->reg, other, a->d->principal, a->d->now))
        return fault_set(fault, ERR_CONFLICT, "",
                         "one of the two who approve acts for the other, or both for a third: expected another person");
    return 0;
}

/* Who has approved and lost the right to since has not. */
static bool still_approves(const struct approval *a, struct str uri)
{
    const struct principal *p = registry_principal(a->reg, uri);
    return p && principal_active(p) && str_eq(principal_partner(p), a->d->owner) &&
           (principal_role(p) == ROLE_FDO || registry_delegated(a->reg, (struct str){NULL, 0}, uri, a->d->now));
}

/* Approvals of other conditions count for nothing. */
static int join_approvals(struct approval *a, struct fault *fault)
{
    const struct part *p = &a->part;
    bool same =
        str_eq(a->view, p->approved_view) && a->until == p->approved_until && a->d->onward == p->approved_onward;
    size_t n = same ? p->n_approved : 0;
    int error = 0;
    a->by = arena_array(a->arena, n + 1, sizeof *a->by);
    for (size_t i = 0; !error && i < n; i++) {
        if (!still_approves(a, p->approved_by[i]))
            continue;
        error = independent(a, p->approved_by[i], fault);
        a->by[a->n_by++] = p->approved_by[i];
    }
    a->by[a->n_by++] = a->d->principal;
    return error;
}

static int conditions(struct approval *a, struct fault *fault)
{
    a->view = a->d->view_given ? a->d->view : a->part.view;
    a->until = a->d->until == INSTANT_MIN ? a->part.until : a->d->until;
    if (a->until <= a->d->now)
        return fault_set(fault, ERR_BAD_REQUEST, "$.until", "expected an instant in the future");
    return join_approvals(a, fault);
}

static void write_conditions(const struct approval *a, struct buf *out)
{
    buf_printf(out, "\"onward\":%s", a->d->onward ? "true" : "false");
    buf_member_instant(out, "until", a->until);
    add_view(out, a->view);
}

static void write_entry(const struct approval *a, struct buf *out)
{
    buf_char(out, '{');
    write_conditions(a, out);
    buf_member_text(out, "id", a->grant);
    buf_member_text(out, "owner", a->d->owner);
    buf_member_text(out, "recipient", a->part.partner);
    buf_member_instant(out, "from", a->d->now);
    buf_z(out, ",\"scope\":");
    buf_str(out, a->part.scope);
    buf_char(out, '}');
}

static struct registry_edit grant_edit(struct approval *a)
{
    BUF_CLEANUP struct buf json = {0};
    char id[UUID_TEXT];
    uuid_write(random_uuid(), id);
    a->grant = arena_str(a->arena, (struct str){id, sizeof id});
    write_entry(a, &json);
    return (struct registry_edit){STR("grant"), a->grant, arena_str(a->arena, buf_view(&json))};
}

/* The entry of the registers and the mark that stored records are still to be put under it. */
static int open_grant(struct pg *c, struct approval *a, struct fault *fault)
{
    int64_t epoch;
    struct pg_args args = {0};
    const struct registry_edit edit = grant_edit(a);
    int error = registers_edit(c, &edit, 1, a->d->principal, registry_epoch(a->reg), a->d->now, &epoch, fault);
    if (error)
        return error;
    pg_arg_str(&args, a->grant);
    return pg_exec(c, "INSERT INTO grant_spread (grant_id) VALUES ($1)", &args, NULL, fault);
}

static int write_part(struct pg *c, const struct approval *a, bool granted, struct fault *fault)
{
    struct pg_args args = {.arena = a->arena};
    pg_arg_uuid(&args, a->d->request);
    pg_arg_str(&args, a->d->owner);
    pg_arg_strs(&args, a->by, a->n_by);
    pg_arg_str(&args, a->view);
    pg_arg_instant(&args, a->until);
    pg_arg_bool(&args, a->d->onward);
    if (!granted)
        return pg_exec(c,
                       "UPDATE release_part SET approved_by = $3, view = $4, until = $5, onward = $6"
                       " WHERE request = $1 AND owner = $2",
                       &args, NULL, fault);
    pg_arg_str(&args, a->grant);
    pg_arg_instant(&args, a->d->now);
    return pg_exec(c,
                   "UPDATE release_part SET approved_by = $3, view = $4, until = $5, onward = $6, grant_id = $7,"
                   " decided_at = $8, state = 'approved' WHERE request = $1 AND owner = $2",
                   &args, NULL, fault);
}

static int write_approval(struct pg *c, const struct approval *a, bool granted, struct fault *fault)
{
    BUF_CLEANUP struct buf detail = {0};
    int error = write_part(c, a, granted, fault);
    buf_char(&detail, '{');
    write_conditions(a, &detail);
    if (granted)
        buf_member_text(&detail, "grant", a->grant);
    buf_char(&detail, '}');
    return error ? error : write_history(c, a->d, granted ? "grant" : "approve", buf_view(&detail), fault);
}

static int tell_granted(struct pg *c, const struct approval *a, struct fault *fault)
{
    BUF_CLEANUP struct buf members = {0};
    buf_member_uuid(&members, "request", a->d->request);
    buf_member_text(&members, "grant", a->grant);
    buf_z(&members, ",\"state\":\"live\",\"scope\":");
    buf_str(&members, a->part.scope);
    buf_char(&members, ',');
    write_conditions(a, &members);
    return tell_asker(c, a->d, a->part.partner, "grant", buf_view(&members), fault);
}

/* The number of persons is the registers' business, so that these must be those in force. */
static int judge_approval(struct pg *c, struct approval *a, bool *ret_granted, struct fault *fault)
{
    struct partner_rules rules = {.approvals = 1};
    registry_partner_rules(a->reg, a->d->owner, &rules);
    int error = epoch_is(c, registry_epoch(a->reg), fault);
    if (!error)
        error = find_part(c, a->d, a->arena, &a->part, fault);
    if (!error)
        error = own_request(a->d, &a->part, fault);
    if (!error)
        error = conditions(a, fault);
    *ret_granted = a->n_by >= (size_t)rules.approvals;
    return error;
}

static int approve_in(struct pg *c, struct approval *a, struct fault *fault)
{
    bool granted = false;
    int error = registers_begin(c, fault);
    if (!error)
        error = judge_approval(c, a, &granted, fault);
    if (!error && granted)
        error = open_grant(c, a, fault);
    if (!error)
        error = write_approval(c, a, granted, fault);
    if (!error && granted)
        error = tell_granted(c, a, fault);
    return error ? error : pg_commit(c, fault);
}

int store_request_approve(struct store *s, const struct registry *reg, const struct release_decision *d,
                          struct arena *arena, struct str *ret_grant, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    struct approval a = {.reg = reg, .d = d, .grant = STR(""), .arena = arena};
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = approve_in(c, &a, fault);
    if (!error)
        *ret_grant = a.grant;
    return error;
}

static int look_at_approval(struct store *s, struct approval *a, bool *ret_granted, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = pg_begin(c, fault);
    if (!error)
        error = judge_approval(c, a, ret_granted, fault);
    if (c)
        pg_rollback(c);
    return error;
}

int store_request_try(struct store *s, const struct registry *reg, const struct release_decision *d, bool *ret_granted,
                      struct dry_run *report, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct approval a = {.reg = reg, .d = d, .grant = STR(""), .arena = arena};
    bool granted = false;
    int error = look_at_approval(s, &a, &granted, fault);
    if (error)
        return error;
    const struct registry_edit edit = grant_edit(&a);
    error = dry_run_edits(s, reg, &edit, 1, d->owner, d->now, report, fault);
    if (!error)
        *ret_granted = granted;
    return error;
}

/* --- refusing --- */

static int refuse_part(struct pg *c, const struct release_decision *d, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_uuid(&args, d->request);
    pg_arg_str(&args, d->owner);
    pg_arg_instant(&args, d->now);
    pg_arg_str(&args, d->reason);
    pg_arg_bool(&args, d->tell);
    return pg_exec(c,
                   "UPDATE release_part SET state = 'denied', decided_at = $3, reason = $4, told = $5"
                   " WHERE request = $1 AND owner = $2",
                   &args, NULL, fault);
}

/* Only if the officer says so: else nothing may tell a refusal from silence. */
static int tell_refused(struct pg *c, const struct release_decision *d, struct str partner, struct fault *fault)
{
    BUF_CLEANUP struct buf members = {0};
    if (!d->tell)
        return 0;
    buf_member_uuid(&members, "request", d->request);
    buf_member_text(&members, "state", STR("denied"));
    buf_member_text(&members, "reason", d->reason);
    return tell_asker(c, d, partner, "request", buf_view(&members), fault);
}

static int deny_in(struct pg *c, const struct release_decision *d, bool try, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf detail = {0};
    struct part part;
    buf_printf(&detail, "{\"tell\":%s", d->tell ? "true" : "false");
    buf_member_text(&detail, "reason", d->reason);
    buf_char(&detail, '}');
    int error = pg_begin(c, fault);
    if (!error)
        error = find_part(c, d, arena, &part, fault);
    if (!error)
        error = own_request(d, &part, fault);
    if (error || try) {
        pg_rollback(c);
        return error;
    }
    error = refuse_part(c, d, fault);
    if (!error)
        error = write_history(c, d, "deny", buf_view(&detail), fault);
    if (!error)
        error = tell_refused(c, d, part.partner, fault);
    return error ? error : pg_commit(c, fault);
}

static int deny(struct store *s, const struct release_decision *d, bool try, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int error = pg_take(s->policy, &c, fault);
    return error ? error : deny_in(c, d, try, fault);
}

int store_request_deny(struct store *s, const struct registry *reg, const struct release_decision *d,
                       struct dry_run *report, struct fault *fault)
{
    int error = deny(s, d, report != NULL, fault);
    return error || !report ? error : dry_run_nothing(s, reg, d->owner, d->now, report, fault);
}

/* --- grants that are over --- */

#define OVER_KEPT INSTANT_DAY /* clocks differ, and an officer may want to look */
#define RETIRED_AT_ONCE 1000

static size_t edits_of_ended(const struct registry *reg, instant now, struct registry_edit *edits)
{
    const struct grant_entry *grants;
    size_t all = registry_grants(reg, &grants), n = 0;
    for (size_t i = 0; i < all && n < RETIRED_AT_ONCE; i++)
        if (grants[i].until <= instant_add(now, -OVER_KEPT))
            edits[n++] = (struct registry_edit){.kind = STR("grant"), .key = grants[i].id};
    return n;
}

int grants_retire(struct store *s, instant now, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct registry_edit *edits = arena_array(arena, RETIRED_AT_ONCE, sizeof *edits);
    struct registry *reg = NULL;
    int error = store_policy_load(s, &reg, fault);
    if (error)
        return error;
    size_t n = edits_of_ended(reg, now, edits);
    if (n)
        error = store_registry_edit(s, edits, n, STR("reltod: grants that are over"), registry_epoch(reg), fault);
    registry_unref(reg);
    return error == ERR_STALE ? 0 : error; /* an hour later will do */
}

/* --- withdrawing a grant --- */

/* One that came with a policy file belongs to no request. */
static int tell_request(struct pg *c, const struct release_decision *d, struct str grant, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    BUF_CLEANUP struct buf detail = {0};
    struct release_decision of = *d;
    struct pg_args args = {0};
    pg_arg_str(&args, grant);
    int error = pg_exec(c, "SELECT request FROM release_part WHERE grant_id = $1", &args, &r, fault);
    if (error || !pg_rows(r))
        return error;
    of.request = pg_uuid(r, 0, 0);
    buf_z(&detail, "{\"grant\":");
    buf_json_str(&detail, grant);
    buf_member_text(&detail, "reason", d->reason);
    buf_char(&detail, '}');
    return write_history(c, &of, "withdraw grant", buf_view(&detail), fault);
}

static int tell_withdrawn(struct pg *c, const struct release_decision *d, const struct grant_entry *grant,
                          struct fault *fault)
{
    BUF_CLEANUP struct buf members = {0};
    buf_member_text(&members, "grant", grant->id);
    buf_member_text(&members, "state", STR("withdrawn"));
    return tell_asker(c, d, grant->recipient, "grant", buf_view(&members), fault);
}

static int withdraw_grant_in(struct pg *c, const struct registry *reg, const struct release_decision *d,
                             const struct grant_entry *grant, struct fault *fault)
{
    const struct registry_edit edit = {.kind = STR("grant"), .key = grant->id};
    struct pg_args args = {0};
    int64_t epoch;
    int error = registers_begin(c, fault);
    if (!error)
        error = registers_edit(c, &edit, 1, d->principal, registry_epoch(reg), d->now, &epoch, fault);
    if (error)
        return error;
    pg_arg_str(&args, grant->id);
    error = pg_exec(c, "DELETE FROM grant_spread WHERE grant_id = $1", &args, NULL, fault);
    if (!error)
        error = tell_request(c, d, grant->id, fault);
    if (!error)
        error = tell_withdrawn(c, d, grant, fault);
    return error ? error : pg_commit(c, fault);
}

int store_grant_withdraw(struct store *s, const struct registry *reg, const struct release_decision *d,
                         struct str grant, struct dry_run *report, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    const struct grant_entry *g = registry_grant(reg, grant);
    const struct registry_edit edit = {.kind = STR("grant"), .key = grant};
    if (!g || !str_eq(g->owner, d->owner))
        return fault_set(fault, ERR_NOT_FOUND, "", "no such grant");
    if (report)
        return dry_run_edits(s, reg, &edit, 1, d->owner, d->now, report, fault);
    int error = pg_take(s->policy, &c, fault);
    return error ? error : withdraw_grant_in(c, reg, d, g, fault);
}
