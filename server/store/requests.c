/* Release requests as the asking partner sees them. Whether a record exists must not show: a request for one that does
 * not leaves the same rows, and a refusal that its officer keeps to himself looks like no answer. */
#include "releases.h"

/* --- asking --- */

/* Whatever became of them: neither an answer nor its absence makes room, nor does asking and withdrawing in turn. */
static int check_room(struct pg *c, const struct release_ask *ask, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, ask->partner);
    pg_arg_instant(&args, ask->now);
    int error = pg_exec(c, "SELECT count(*) FROM release_request WHERE partner = $1 AND due > $2", &args, &r, fault);
    if (!error && pg_i64(r, 0, 0) >= RELEASE_REQUESTS_MAX)
        error = fault_set(fault, ERR_TOO_MANY, "", "%d requests of this partner are not due yet", RELEASE_REQUESTS_MAX);
    return error;
}

static int insert_request(struct pg *c, const struct release_ask *ask, struct uuid id, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_instant(&args, ask->now);
    pg_arg_str(&args, ask->principal);
    pg_arg_str(&args, ask->partner);
    pg_arg_str(&args, ask->owner);
    pg_arg_str(&args, ask->scope);
    pg_arg_str(&args, ask->purpose);
    pg_arg_str(&args, ask->view);
    pg_arg_instant(&args, ask->until);
    pg_arg_instant(&args, ask->due);
    return pg_exec(c,
                   "INSERT INTO release_request (id, asked_at, asked_by, partner, owner, scope, purpose, view, until,"
                   " due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                   &args, NULL, fault);
}

static int insert_scope_part(struct pg *c, const struct release_ask *ask, struct uuid id, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_str(&args, ask->owner);
    pg_arg_instant(&args, ask->due);
    return pg_exec(c, "INSERT INTO release_part (request, owner, due) VALUES ($1, $2, $3)", &args, NULL, fault);
}

/* Found, hidden or missing: one statement, and at least one row of it. */
static int insert_record_parts(struct pg *c, const struct release_ask *ask, struct uuid id, struct fault *fault)
{
    instant from = INSTANT_MAX, to = INSTANT_MAX; /* an id that is not of our making: an empty range */
    struct pg_args args = {0};
    record_id_partition(ask->type, ask->record, &from, &to);
    pg_arg_uuid(&args, id);
    pg_arg_instant(&args, ask->due);
    pg_arg_str(&args, str_of(ask->type->name));
    pg_arg_uuid(&args, ask->record);
    pg_arg_instant(&args, from);
    pg_arg_instant(&args, to);
    pg_arg_str(&args, ask->partner);
    pg_arg_str(&args, ask->owner);
    return pg_exec(c,
                   "WITH o AS (SELECT coalesce(array_agg(o), '{}') AS owners"
                   " FROM unnest(release_owners($3, $4, $5, $6, $7)) AS o WHERE $8 IN ('', o))"
                   " INSERT INTO release_part (request, owner, due) SELECT $1, x, $2 FROM o,"
                   " unnest(CASE WHEN o.owners = '{}' THEN ARRAY[''] ELSE o.owners END) AS x",
                   &args, NULL, fault);
}

static int ask_in(struct pg *c, const struct release_ask *ask, struct uuid id, struct fault *fault)
{
    struct release_act act = {.request = id,
                              .owner = STR(""),
                              .principal = ask->principal,
                              .request_id = ask->request_id,
                              .act = "ask",
                              .detail = ask->scope,
                              .now = ask->now};
    int error = pg_begin(c, fault);
    if (!error)
        error = pg_lock(c, LOCK_REQUESTS, false, fault);
    if (!error)
        error = check_room(c, ask, fault);
    if (!error)
        error = insert_request(c, ask, id, fault);
    if (!error)
        error = ask->by_record ? insert_record_parts(c, ask, id, fault) : insert_scope_part(c, ask, id, fault);
    if (!error)
        error = release_history_write(c, &act, fault);
    return error ? error : pg_commit(c, fault);
}

int store_request_ask(struct store *s, const struct release_ask *ask, struct uuid *ret_id, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    struct uuid id = random_uuid();
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = ask_in(c, ask, id, fault);
    if (!error)
        *ret_id = id;
    return error;
}

/* --- looking --- */

/* A request with what its parts come to. */
#define SELECT_REQUESTS                                                                                                \
    "SELECT q.id, q.asked_at, q.asked_by, q.owner, q.scope, q.purpose, q.view, q.until, q.due,"                        \
    " q.withdrawn_at IS NOT NULL, bool_and(p.state = 'approved'), bool_or(p.state = 'denied' AND p.told),"             \
    " coalesce(string_agg(p.reason, '; ' ORDER BY p.owner) FILTER (WHERE p.state = 'denied' AND p.told), '')"          \
    " FROM release_request q JOIN release_part p ON p.request = q.id WHERE q.partner = $1"
enum {
    R_ID,
    R_ASKED_AT,
    R_ASKED_BY,
    R_OWNER,
    R_SCOPE,
    R_PURPOSE,
    R_VIEW,
    R_UNTIL,
    R_DUE,
    R_WITHDRAWN,
    R_APPROVED,
    R_REFUSED,
    R_REASON
};

static int select_requests(struct pg *c, const struct release_filter *f, struct pg_result **ret, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_str(&args, f->partner);
    if (f->by_id) {
        pg_arg_uuid(&args, f->id);
        return pg_exec(c, SELECT_REQUESTS " AND q.id = $2 GROUP BY q.id", &args, ret, fault);
    }
    pg_arg_i64(&args, f->limit);
    if (!f->by_after)
        return pg_exec(c, SELECT_REQUESTS " GROUP BY q.id ORDER BY q.asked_at, q.id LIMIT $2", &args, ret, fault);
    pg_arg_uuid(&args, f->after);
    return pg_exec(c,
                   SELECT_REQUESTS " AND (q.asked_at, q.id) > (SELECT a.asked_at, a.id FROM release_request a"
                                   " WHERE a.id = $3 AND a.partner = $1)"
                                   " GROUP BY q.id ORDER BY q.asked_at, q.id LIMIT $2",
                   &args, ret, fault);
}

static int select_grants(struct pg *c, const struct pg_result *requests, struct arena *arena, struct pg_result **ret,
                         struct fault *fault)
{
    size_t n = (size_t)pg_rows(requests);
    struct uuid *ids = arena_array(arena, n, sizeof *ids);
    struct pg_args args = {.arena = arena};
    for (size_t i = 0; i < n; i++)
        ids[i] = pg_uuid(requests, (int)i, R_ID);
    pg_arg_uuids(&args, ids, n);
    return pg_exec(c,
                   "SELECT request, grant_id, owner, view, until, onward FROM release_part"
                   " WHERE request = ANY ($1) AND grant_id IS NOT NULL ORDER BY request, owner",
                   &args, ret, fault);
}

static const char *state_of(const struct pg_result *r, int i, instant now)
{
    if (pg_bool(r, i, R_WITHDRAWN))
        return "withdrawn";
    if (pg_bool(r, i, R_APPROVED))
        return "approved";
    if (pg_bool(r, i, R_REFUSED))
        return "denied";
    return pg_instant(r, i, R_DUE) <= now ? "closed" : "open";
}

/* What the registers no longer have was withdrawn, or has been over for long. */
static const char *grant_state(const struct registry *reg, struct str id, instant until, instant now)
{
    if (until <= now)
        return "ended";
    return registry_grant(reg, id) ? "live" : "withdrawn";
}

static void add_grants(const struct registry *reg, const struct pg_result *grants, struct uuid request, instant now,
                       struct buf *out)
{
    size_t n = 0;
    buf_z(out, ",\"grants\":[");
    for (int i = 0; i < pg_rows(grants); i++) {
        struct uuid of = pg_uuid(grants, i, 0);
        instant until = pg_instant(grants, i, 4);
        if (memcmp(&of, &request, sizeof of) != 0)
            continue;
        buf_printf(out, "%s{\"onward\":%s", n++ ? "," : "", pg_bool(grants, i, 5) ? "true" : "false");
        buf_member_text(out, "id", pg_str(grants, i, 1));
        buf_member_text(out, "owner", pg_str(grants, i, 2));
        add_view(out, pg_str(grants, i, 3));
        buf_member_instant(out, "until", until);
        buf_member_text(out, "state", str_of(grant_state(reg, pg_str(grants, i, 1), until, now)));
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

static void write_request(const struct registry *reg, const struct pg_result *r, int i, const struct pg_result *grants,
                          instant now, struct buf *out)
{
    const char *state = state_of(r, i, now);
    buf_printf(out, "{\"state\":\"%s\"", state);
    buf_member_uuid(out, "id", pg_uuid(r, i, R_ID));
    buf_member_instant(out, "askedAt", pg_instant(r, i, R_ASKED_AT));
    buf_member_text(out, "askedBy", pg_str(r, i, R_ASKED_BY));
    if (pg_str(r, i, R_OWNER).n)
        buf_member_text(out, "owner", pg_str(r, i, R_OWNER));
    buf_z(out, ",\"scope\":");
    buf_str(out, pg_str(r, i, R_SCOPE));
    buf_member_text(out, "purpose", pg_str(r, i, R_PURPOSE));
    add_view(out, pg_str(r, i, R_VIEW));
    buf_member_instant(out, "until", pg_instant(r, i, R_UNTIL));
    buf_member_instant(out, "due", pg_instant(r, i, R_DUE));
    if (strcmp(state, "denied") == 0)
        buf_member_text(out, "reason", pg_str(r, i, R_REASON));
    if (strcmp(state, "approved") == 0)
        add_grants(reg, grants, pg_uuid(r, i, R_ID), now, out);
    buf_char(out, '}');
}

int store_requests(struct store *s, const struct registry *reg, const struct release_filter *filter, struct buf *out,
                   size_t *ret_n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *requests = NULL, *grants = NULL;
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = select_requests(c, filter, &requests, fault);
    if (!error)
        error = select_grants(c, requests, arena, &grants, fault);
    if (error)
        return error;
    for (int i = 0; i < pg_rows(requests); i++) {
        if (i)
            buf_char(out, ',');
        write_request(reg, requests, i, grants, filter->now, out);
    }
    *ret_n = (size_t)pg_rows(requests);
    return 0;
}

/* --- withdrawing --- */

static int has_request(struct pg *c, const struct release_ask *who, struct uuid id, bool *ret, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_str(&args, who->partner);
    int error = pg_exec(c, "SELECT 1 FROM release_request WHERE id = $1 AND partner = $2 FOR UPDATE", &args, &r, fault);
    if (!error)
        *ret = pg_rows(r) == 1;
    return error;
}

/* What its officer has refused without saying so may be withdrawn like what nobody has looked at. */
static int mark_withdrawn(struct pg *c, const struct release_ask *who, struct uuid id, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_instant(&args, who->now);
    int error = pg_exec(
        c,
        "UPDATE release_request q SET withdrawn_at = $2 WHERE q.id = $1 AND q.withdrawn_at IS NULL AND q.due > $2"
        " AND NOT (SELECT bool_and(p.state = 'approved') OR bool_or(p.state = 'denied' AND p.told)"
        " FROM release_part p WHERE p.request = q.id) RETURNING 1",
        &args, &r, fault);
    if (!error && !pg_rows(r))
        error = fault_set(fault, ERR_CONFLICT, "", "the request is not open");
    return error;
}

static int withdraw_parts(struct pg *c, const struct release_ask *who, struct uuid id, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_instant(&args, who->now);
    return pg_exec(c,
                   "UPDATE release_part SET state = 'withdrawn', decided_at = $2 WHERE request = $1 AND state = 'open'",
                   &args, NULL, fault);
}

static int withdraw_in(struct pg *c, const struct release_ask *who, struct uuid id, struct fault *fault)
{
    bool found = false;
    struct release_act act = {.request = id,
                              .owner = STR(""),
                              .principal = who->principal,
                              .request_id = who->request_id,
                              .act = "withdraw",
                              .now = who->now};
    BUF_CLEANUP struct buf detail = {0};
    buf_z(&detail, "{\"reason\":");
    buf_json_str(&detail, who->purpose);
    buf_char(&detail, '}');
    act.detail = buf_view(&detail);
    int error = pg_begin(c, fault);
    if (!error)
        error = has_request(c, who, id, &found, fault);
    if (!error && !found)
        error = fault_set(fault, ERR_NOT_FOUND, "", "no such request");
    if (!error)
        error = mark_withdrawn(c, who, id, fault);
    if (!error)
        error = withdraw_parts(c, who, id, fault);
    if (!error)
        error = release_history_write(c, &act, fault);
    return error ? error : pg_commit(c, fault);
}

int store_request_withdraw(struct store *s, const struct release_ask *who, struct uuid id, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int error = pg_take(s->policy, &c, fault);
    return error ? error : withdraw_in(c, who, id, fault);
}
