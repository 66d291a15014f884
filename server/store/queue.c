/* What waits for an owner's disclosure officers, and how much of it there is. */
#include "read_rows.h"
#include "releases.h"

#include <stdio.h>

/* --- requests --- */

#define SELECT_PARTS                                                                                                   \
    "SELECT q.id, q.asked_at, q.asked_by, q.partner, q.scope, q.purpose, q.view, q.until, p.due,"                      \
    " array_to_json(p.approved_by)::text, p.view, p.until, p.onward, p.state"                                          \
    " FROM release_part p JOIN release_request q ON q.id = p.request WHERE p.owner = $1"
enum {
    P_ID,
    P_ASKED_AT,
    P_ASKED_BY,
    P_PARTNER,
    P_SCOPE,
    P_PURPOSE,
    P_VIEW,
    P_UNTIL,
    P_DUE,
    P_APPROVED_BY,
    P_APPROVED_VIEW,
    P_APPROVED_UNTIL,
    P_APPROVED_ONWARD,
    P_STATE
};

static void add_due(struct buf *out, instant due, instant now)
{
    buf_member_instant(out, "due", due);
    buf_printf(out, ",\"overdue\":%s", due <= now ? "true" : "false");
}

static void add_approvals(const struct reading *reading, const struct pg_result *r, int i, struct buf *out)
{
    struct partner_rules rules = {.approvals = 1};
    registry_partner_rules(reading->registry, reader_partner(reading->reader), &rules);
    buf_printf(out, ",\"approvals\":{\"needed\":%d,\"by\":", rules.approvals);
    buf_str(out, pg_str(r, i, P_APPROVED_BY));
    if (!pg_null(r, i, P_APPROVED_UNTIL)) {
        buf_member_instant(out, "until", pg_instant(r, i, P_APPROVED_UNTIL));
        add_view(out, pg_str(r, i, P_APPROVED_VIEW));
        buf_printf(out, ",\"onward\":%s", pg_bool(r, i, P_APPROVED_ONWARD) ? "true" : "false");
    }
    buf_char(out, '}');
}

/* Without the closing brace. */
static void open_part(const struct reading *reading, const struct pg_result *r, int i, struct buf *out)
{
    buf_z(out, "{\"kind\":\"request\"");
    buf_member_uuid(out, "id", pg_uuid(r, i, P_ID));
    buf_member_text(out, "state", pg_str(r, i, P_STATE));
    buf_member_text(out, "partner", pg_str(r, i, P_PARTNER));
    buf_member_text(out, "askedBy", pg_str(r, i, P_ASKED_BY));
    buf_member_instant(out, "askedAt", pg_instant(r, i, P_ASKED_AT));
    buf_z(out, ",\"scope\":");
    buf_str(out, pg_str(r, i, P_SCOPE));
    buf_member_text(out, "purpose", pg_str(r, i, P_PURPOSE));
    add_view(out, pg_str(r, i, P_VIEW));
    buf_member_instant(out, "until", pg_instant(r, i, P_UNTIL));
    add_due(out, pg_instant(r, i, P_DUE), reading->now);
    add_approvals(reading, r, i, out);
}

/* What was asked for a time that is over needs no answer any more. */
static int select_parts(struct pg *c, const struct reading *reading, const struct queue_page *page,
                        struct pg_result **ret, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_str(&args, reader_partner(reading->reader));
    pg_arg_instant(&args, reading->now);
    pg_arg_instant(&args, page->after.at);
    pg_arg_uuid(&args, page->after.id);
    pg_arg_i64(&args, page->limit);
    return pg_exec(c,
                   SELECT_PARTS " AND p.state = 'open' AND q.until > $2 AND (p.due, p.request) > ($3, $4)"
                                " ORDER BY p.due, p.request LIMIT $5",
                   &args, ret, fault);
}

int store_queue_requests(struct store *s, const struct reading *reading, struct queue_page *page, struct buf *out,
                         size_t *ret_n, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = select_parts(c, reading, page, &r, fault);
    if (error)
        return error;
    for (int i = 0; i < pg_rows(r); i++) {
        if (i)
            buf_char(out, ',');
        open_part(reading, r, i, out);
        buf_char(out, '}');
        page->after = (struct queue_position){pg_instant(r, i, P_DUE), pg_uuid(r, i, P_ID)};
    }
    *ret_n = (size_t)pg_rows(r);
    return 0;
}

/* --- one request --- */

static void add_history(const struct pg_result *r, struct buf *out)
{
    buf_z(out, ",\"history\":[");
    for (int i = 0; i < pg_rows(r); i++) {
        buf_printf(out, "%s{\"detail\":", i ? "," : "");
        buf_str(out, pg_str(r, i, 3));
        buf_member_instant(out, "at", pg_instant(r, i, 0));
        buf_member_text(out, "principal", pg_str(r, i, 1));
        buf_member_text(out, "act", pg_str(r, i, 2));
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

/* What other owners of the record have done is not told. */
static int select_history(struct pg *c, const struct pg_args *args, struct pg_result **ret, struct fault *fault)
{
    return pg_exec(c,
                   "SELECT at, principal, act, detail FROM release_history WHERE request = $2 AND owner IN ('', $1)"
                   " ORDER BY id",
                   args, ret, fault);
}

int store_queue_request(struct store *s, const struct reading *reading, struct uuid id, struct buf *out,
                        struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *part = NULL, *history = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, reader_partner(reading->reader));
    pg_arg_uuid(&args, id);
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = pg_exec(c, SELECT_PARTS " AND p.request = $2", &args, &part, fault);
    if (!error && !pg_rows(part))
        error = fault_set(fault, ERR_NOT_FOUND, "", "no such request");
    if (!error)
        error = select_history(c, &args, &history, fault);
    if (error)
        return error;
    open_part(reading, part, 0, out);
    add_history(history, out);
    buf_char(out, '}');
    return 0;
}

/* --- restrictions to be looked at again --- */

enum { V_DUE, V_ID, V_TYPE, V_WIRE };

static void add_restriction(struct str wire, struct buf *out)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct wire_label *w;
    if (wire_label_parse(wire, "relto", arena, &w, NULL))
        return;
    buf_member_text(out, "reason", w->reason);
    buf_member_text(out, "authority", w->authority);
}

/* Under the reader's own view: an officer without the clearance is not shown the record. */
static int select_reviews(struct store *s, const struct reading *reading, const struct queue_page *page,
                          struct pg_result **ret, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_instant(&args, instant_add(reading->now, REVIEW_SOON));
    pg_arg_instant(&args, page->after.at);
    pg_arg_uuid(&args, page->after.id);
    pg_arg_i64(&args, page->limit);
    return visible_read(s, reading,
                        "SELECT v.review_by, v.record, v.type, r.wire FROM review v"
                        " JOIN record r ON r.id = v.record AND r.t = v.t AND r.type = v.type"
                        " WHERE v.review_by <= $1 AND (v.review_by, v.record) > ($2, $3)"
                        " ORDER BY v.review_by, v.record LIMIT $4",
                        &args, NULL, ret, fault);
}

int store_queue_reviews(struct store *s, const struct reading *reading, struct queue_page *page, struct buf *out,
                        size_t *ret_n, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    int error = select_reviews(s, reading, page, &r, fault);
    if (error)
        return error;
    for (int i = 0; i < pg_rows(r); i++) {
        buf_printf(out, "%s{\"kind\":\"review\"", i ? "," : "");
        buf_member_text(out, "type", pg_str(r, i, V_TYPE));
        buf_member_uuid(out, "id", pg_uuid(r, i, V_ID));
        add_due(out, pg_instant(r, i, V_DUE), reading->now);
        add_restriction(pg_str(r, i, V_WIRE), out);
        buf_char(out, '}');
        page->after = (struct queue_position){pg_instant(r, i, V_DUE), pg_uuid(r, i, V_ID)};
    }
    *ret_n = (size_t)pg_rows(r);
    return 0;
}

/* --- held without a marking --- */

enum { U_T, U_ID, U_TYPE, U_ORIGINATOR, U_AT };

/* Of each label as many as the page holds, by its own index. */
#define SELECT_HELD                                                                                                    \
    "SELECT x.t, x.id, x.type, x.originator, x.ingested_at FROM unnest($1, $2) AS h (label, type)"                     \
    " CROSS JOIN LATERAL (SELECT r.t, r.id, r.type, r.originator, r.ingested_at FROM record r"                         \
    " WHERE r.label_id = h.label AND r.type = h.type AND (r.t, r.id) > ($3, $4) AND r.expires > $5"                    \
    " ORDER BY r.t, r.id LIMIT $6) x ORDER BY x.t, x.id LIMIT $6"

static int select_unmarked(struct store *s, const struct reading *reading, const struct queue_page *page,
                           struct pg_result **ret, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct pg_args args = {.arena = arena};
    struct held_label *labels;
    size_t n;
    int64_t about;
    int error = label_held(s->visibility, reading->registry, reader_partner(reading->reader), reading->now, arena,
                           &labels, &n, &about, fault);
    if (error)
        return error;
    int32_t *ids = arena_array(arena, n, sizeof *ids);
    struct str *types = arena_array(arena, n, sizeof *types);
    for (size_t i = 0; i < n; i++) {
        ids[i] = labels[i].id;
        types[i] = labels[i].type;
    }
    pg_arg_i32s(&args, ids, n);
    pg_arg_strs(&args, types, n);
    pg_arg_instant(&args, page->after.at);
    pg_arg_uuid(&args, page->after.id);
    pg_arg_instant(&args, reading->now);
    pg_arg_i64(&args, page->limit);
    return visible_read(s, reading, SELECT_HELD, &args, NULL, ret, fault);
}

int store_queue_unmarked(struct store *s, const struct reading *reading, struct queue_page *page, struct buf *out,
                         size_t *ret_n, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct partner_rules rules = {0};
    int error = select_unmarked(s, reading, page, &r, fault);
    if (error)
        return error;
    registry_partner_rules(reading->registry, reader_partner(reading->reader), &rules);
    for (int i = 0; i < pg_rows(r); i++) {
        instant at = pg_instant(r, i, U_AT);
        buf_printf(out, "%s{\"kind\":\"unmarked\"", i ? "," : "");
        buf_member_text(out, "type", pg_str(r, i, U_TYPE));
        buf_member_uuid(out, "id", pg_uuid(r, i, U_ID));
        buf_member_text(out, "originator", pg_str(r, i, U_ORIGINATOR));
        buf_member_instant(out, "createdAt", at);
        add_due(out, instant_add(at, rules.request_hours * INSTANT_HOUR), reading->now);
        buf_char(out, '}');
        page->after = (struct queue_position){pg_instant(r, i, U_T), pg_uuid(r, i, U_ID)};
    }
    *ret_n = (size_t)pg_rows(r);
    return 0;
}

/* --- gauges --- */

int store_release_counters(struct store *s, const struct registry *reg, instant now, struct release_counters *ret,
                           struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    struct held_label *labels;
    size_t n;
    int64_t held = 0;
    int error = label_held(s->visibility, reg, STR(""), now, arena, &labels, &n, &held, fault);
    if (!error)
        error = pg_take(s->policy, &c, fault);
    pg_arg_instant(&args, now);
    if (!error)
        error = pg_exec(c,
                        "SELECT count(*), count(*) FILTER (WHERE p.due <= $1),"
                        " (SELECT count(DISTINCT record) FROM review WHERE review_by <= $1),"
                        " (SELECT count(*) FROM grant_spread) FROM release_part p JOIN release_request q"
                        " ON q.id = p.request WHERE p.state = 'open' AND p.owner <> '' AND q.until > $1",
                        &args, &r, fault);
    if (error)
        return error;
    *ret = (struct release_counters){.open_requests = pg_i64(r, 0, 0),
                                     .overdue_requests = pg_i64(r, 0, 1),
                                     .overdue_reviews = pg_i64(r, 0, 2),
                                     .pending_grants = pg_i64(r, 0, 3),
                                     .unmarked_held = held};
    return 0;
}
