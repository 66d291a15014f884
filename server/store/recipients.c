/* Who was sent one record: what its owner is told, and who is told of its recall.
 *
 * A recall and a reader may cross: the reader's statement saw the record, its disclosure waits to be written. The
 * recall holds the row of disclosure_position from its last look at the disclosures until its commit, and marks the
 * row. Who writes disclosures updates the same row, so that it sees the mark if it comes second, and then tells by
 * itself. */
#include "disclosure.h"
#include "disclosures_read.h"
#include "notices.h"
#include "record_find.h"
#include "sql_query.h"

#define BATCH 500

/* --- who was sent a record that is taken back --- */

struct told {
    struct str partner;
    struct str *principals;
    size_t n, room;
};

struct recipients {
    const struct recalled *what;
    struct arena *arena;
    struct told *v;
    size_t n, room;
    int64_t after; /* disclosures up to this one are taken in */
};

struct recipients *recipients_new(const struct recalled *what, struct arena *arena)
{
    struct recipients *r = arena_alloc(arena, sizeof *r);
    *r = (struct recipients){.what = what, .arena = arena};
    return r;
}

static struct told *told_of(struct recipients *r, struct str partner)
{
    for (size_t i = 0; i < r->n; i++)
        if (str_eq(r->v[i].partner, partner))
            return &r->v[i];
    if (r->n == r->room) {
        r->room = r->room ? 2 * r->room : 8;
        struct told *grown = arena_array(r->arena, r->room, sizeof *grown);
        if (r->n)
            memcpy(grown, r->v, r->n * sizeof *grown);
        r->v = grown;
    }
    r->v[r->n] = (struct told){.partner = arena_str(r->arena, partner)};
    return &r->v[r->n++];
}

static void add_principal(struct recipients *r, struct str partner, struct str principal)
{
    struct told *t = told_of(r, partner);
    for (size_t i = 0; i < t->n; i++)
        if (str_eq(t->principals[i], principal))
            return;
    if (t->n == t->room) {
        t->room = t->room ? 2 * t->room : 8;
        struct str *grown = arena_array(r->arena, t->room, sizeof *grown);
        if (t->n)
            memcpy(grown, t->principals, t->n * sizeof *grown);
        t->principals = grown;
    }
    t->principals[t->n++] = arena_str(r->arena, principal);
}

enum { A_ID, A_PRINCIPAL, A_PARTNER, A_SEQS };

static int collect_batch(struct recipients *r, struct pg *c, struct str owner, int64_t until, int64_t *after,
                         bool *ret_more, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, owner);
    pg_arg_str(&args, str_of(r->what->type->name));
    pg_arg_i64(&args, r->what->seq);
    pg_arg_i64(&args, *after);
    pg_arg_i64(&args, until);
    pg_arg_i32(&args, BATCH);
    int error = pg_exec(c, "SELECT id, principal, partner, seqs FROM disclosures_around($1, $2, $3, $4, $5, $6)", &args,
                        &rows, fault);
    if (error)
        return error;
    for (int i = 0; i < pg_rows(rows); i++) {
        *after = pg_i64(rows, i, A_ID);
        if (seqs_hold(pg_str(rows, i, A_SEQS), r->what->seq))
            add_principal(r, pg_str(rows, i, A_PARTNER), pg_str(rows, i, A_PRINCIPAL));
    }
    *ret_more = pg_rows(rows) >= BATCH; /* rows of one disclosure are never parted */
    return 0;
}

/* Owners never become fewer: the disclosures to any of them may be all there are. */
static int collect_until(struct recipients *r, struct pg *c, int64_t until, struct fault *fault)
{
    const struct codes *owners = &r->what->label->label->owners;
    int error = 0;
    for (size_t i = 0; !error && i < owners->n; i++) {
        int64_t after = r->after;
        bool more = true;
        while (!error && more)
            error = collect_batch(r, c, owners->v[i], until, &after, &more, fault);
    }
    if (!error)
        r->after = until;
    return error;
}

/* The last disclosure so far; with `recall`, no other is written until the end of the transaction. */
static int last_disclosure(struct pg *c, bool recall, int64_t *ret, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *row = NULL;
    int error = pg_exec(c,
                        recall ? "UPDATE disclosure_position SET recalled = clock_timestamp() RETURNING id"
                               : "SELECT id FROM disclosure_position",
                        NULL, &row, fault);
    if (!error)
        *ret = pg_i64(row, 0, 0);
    return error;
}

int recipients_collect(struct recipients *r, struct pg *c, struct fault *fault)
{
    int64_t until;
    int error = last_disclosure(c, false, &until, fault);
    return error ? error : collect_until(r, c, until, fault);
}

/* --- telling them --- */

/* What every recipient may know: whose record it was. Why it was taken back is the owner's business. */
static struct str notice_body(struct str originator, struct arena *arena)
{
    BUF_CLEANUP struct buf body = {0};
    buf_z(&body, "{\"originator\":");
    buf_json_str(&body, originator);
    buf_char(&body, '}');
    return arena_str(arena, buf_view(&body));
}

static int write_recall(const struct recalled *what, struct pg *c, struct str sender, struct str body,
                        struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_str(&args, str_of(what->type->name));
    pg_arg_i64(&args, what->seq);
    pg_arg_uuid(&args, what->id);
    pg_arg_instant(&args, what->t);
    pg_arg_i32(&args, what->label->id);
    pg_arg_str(&args, sender);
    pg_arg_str(&args, body);
    pg_arg_i64(&args, what->age);
    return pg_exec(c,
                   "INSERT INTO recall (type, seq, record, t, label_id, sender, body, age)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
                   &args, NULL, fault);
}

int recipients_tell(struct recipients *r, struct pg *c, const struct reading *reading, struct fault *fault)
{
    const struct recalled *what = r->what;
    struct str sender = reader_partner(reading->reader), body = notice_body(what->label->originator, r->arena);
    int64_t until = 0;
    int error = last_disclosure(c, true, &until, fault);
    if (!error)
        error = collect_until(r, c, until, fault);
    if (!error)
        error = write_recall(what, c, sender, body, fault);
    if (error)
        return error;
    struct notice *notices = arena_array(r->arena, r->n, sizeof *notices);
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        if (!str_eq(r->v[i].partner, sender))
            notices[n++] = (struct notice){.partner = r->v[i].partner,
                                           .sender = sender,
                                           .kind = "recall",
                                           .type = what->type,
                                           .record = what->id,
                                           .t = what->t,
                                           .label = what->label->id,
                                           .principals = r->v[i].principals,
                                           .n_principals = r->v[i].n,
                                           .age = what->age,
                                           .body = body};
    return store_notice_add(c, reading->now, notices, n, fault);
}

/* --- disclosures that a recall did not see --- */

enum { R_SEQ, R_RECORD, R_T, R_LABEL, R_SENDER, R_BODY, R_AGE };

/* An owner's officer reads what was taken back, and knows. */
static bool is_exempt(const struct late_disclosure *d)
{
    const struct principal *p = registry_principal(d->reading->registry, d->reading->principal);
    if (!p || (principal_role(p) != ROLE_FDO && principal_role(p) != ROLE_AUDITOR))
        return false;
    for (size_t i = 0; i < d->n_parts; i++)
        if (str_eq(d->parts[i].owner, reader_partner(d->reading->reader)))
            return true;
    return false;
}

static bool has_seq(const struct late_disclosure *d, int64_t seq)
{
    for (size_t i = 0; i < d->n_parts; i++)
        for (size_t k = 0; k < d->parts[i].n; k++)
            if (d->parts[i].seqs[k] == seq)
                return true;
    return false;
}

static int tell_late(struct pg *c, instant at, const struct late_disclosure *d, const struct pg_result *rows, int i,
                     struct fault *fault)
{
    struct str partner = reader_partner(d->reading->reader);
    struct notice notice = {.partner = partner,
                            .sender = pg_str(rows, i, R_SENDER),
                            .kind = "recall",
                            .type = d->type,
                            .record = pg_uuid(rows, i, R_RECORD),
                            .t = pg_instant(rows, i, R_T),
                            .label = pg_i32(rows, i, R_LABEL),
                            .principals = &d->reading->principal,
                            .n_principals = 1,
                            .age = pg_i64(rows, i, R_AGE),
                            .body = pg_str(rows, i, R_BODY)};
    if (str_eq(partner, notice.sender) || !has_seq(d, pg_i64(rows, i, R_SEQ)))
        return 0;
    return store_notice_add(c, at, &notice, 1, fault);
}

static int tell_late_of(struct pg *c, instant at, const struct late_disclosure *d, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    struct pg_args args = {0};
    if (is_exempt(d))
        return 0;
    pg_arg_str(&args, str_of(d->type->name));
    int error = pg_exec(c,
                        "SELECT seq, record, t, label_id, sender, body, age FROM recall"
                        " WHERE type = $1 AND at > clock_timestamp() - interval '1 hour'",
                        &args, &rows, fault);
    for (int i = 0; !error && i < pg_rows(rows); i++)
        error = tell_late(c, at, d, rows, i, fault);
    return error;
}

int recipients_tell_late(struct pg *c, instant at, const struct late_disclosure *v, size_t n, struct fault *fault)
{
    int error = 0;
    for (size_t i = 0; !error && i < n; i++)
        error = tell_late_of(c, at, &v[i], fault);
    return error;
}

/* --- what the owner is told --- */

struct sendings {
    struct store *s;
    const struct reading *reading;
    const struct record_type *type;
    int64_t seq, after, left;
    struct buf *out;
    bool any;
};

/* Where the record stands in the disclosures, also after retention has dropped it. Hidden, missing and another's: the
 * same statement, the same answer. */
static int find_own(struct sendings *g, struct uuid id, struct str *ret_originator, struct arena *arena,
                    struct fault *fault)
{
    CLASS_CLEANUP struct class *class = NULL;
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    const struct principal *p = registry_principal(g->reading->registry, g->reading->principal);
    const struct release *release = NULL;
    struct pg_args args = {.arena = arena};
    pg_arg_str(&args, str_of(g->type->name));
    pg_arg_uuid(&args, id);
    int error = visible_read(g->s, g->reading,
                             "SELECT r.seq, r.label_id FROM record r WHERE r.type = $1 AND r.id = $2 UNION ALL"
                             " SELECT h.seq, h.label_id FROM archive h WHERE h.type = $1 AND h.id = $2",
                             &args, &class, &rows, fault);
    if (!error && pg_rows(rows))
        error = class_release(class, pg_i32(rows, 0, 1), &release, fault);
    if (error)
        return error;
    bool officer = p && (principal_role(p) == ROLE_FDO || principal_role(p) == ROLE_AUDITOR);
    if (!release || !release->owned || !officer)
        return fault_set(fault, ERR_NOT_FOUND, "", "no such record");
    g->seq = pg_i64(rows, 0, 0);
    *ret_originator = arena_str(arena, release->row->originator);
    return 0;
}

static void add_sending(struct sendings *g, const struct pg_result *rows, int i)
{
    struct buf *out = g->out;
    buf_printf(out, "%s{\"id\":%lld,\"at\":\"", g->any ? "," : "", (long long)pg_i64(rows, i, DISCLOSED_ID));
    buf_instant(out, pg_instant(rows, i, DISCLOSED_AT));
    buf_char(out, '"');
    buf_member_text(out, "principal", pg_str(rows, i, DISCLOSED_PRINCIPAL));
    buf_member_text(out, "partner", pg_str(rows, i, DISCLOSED_PARTNER));
    buf_member_text(out, "view", pg_str(rows, i, DISCLOSED_VIEW));
    buf_member_text(out, "state", str_of(disclosure_state(rows, i, DISCLOSED_COMPLETED)));
    buf_char(out, '}');
    g->any = true;
    g->left--;
}

static int add_sendings(struct sendings *g, bool *ret_end, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    const struct record_sought of = {reader_partner(g->reading->reader), g->type, g->seq};
    int error = disclosures_of_record(g->s, g->reading, &of, g->after, &rows, fault);
    if (error)
        return error;
    for (int i = 0; i < pg_rows(rows) && (g->left > 0 || pg_i64(rows, i, DISCLOSED_ID) == g->after); i++) {
        g->after = pg_i64(rows, i, DISCLOSED_ID);
        if (seqs_hold(pg_str(rows, i, DISCLOSED_SEQS), g->seq))
            add_sending(g, rows, i);
    }
    *ret_end = pg_rows(rows) < DISCLOSURES_BATCH || g->left <= 0;
    return 0;
}

/* Which partners know of its recall. */
static int add_recall_notices(struct sendings *g, struct uuid id, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, reader_partner(g->reading->reader));
    pg_arg_str(&args, str_of(g->type->name));
    pg_arg_uuid(&args, id);
    int error = visible_read(g->s, g->reading,
                             "SELECT n.partner, n.at, n.acknowledged_at, n.acknowledged_by FROM notice n"
                             " WHERE n.sender = $1 AND n.type = $2 AND n.record = $3 AND n.kind = 'recall'"
                             " ORDER BY n.partner, n.position",
                             &args, NULL, &rows, fault);
    for (int i = 0; !error && i < pg_rows(rows); i++) {
        buf_z(g->out, i ? ",{\"partner\":" : "{\"partner\":");
        buf_json_str(g->out, pg_str(rows, i, 0));
        buf_z(g->out, ",\"at\":\"");
        buf_instant(g->out, pg_instant(rows, i, 1));
        buf_z(g->out, "\",");
        notice_acknowledged_write(rows, i, 2, g->out);
        buf_char(g->out, '}');
    }
    return error;
}

int store_recipients(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                     int64_t after, int64_t limit, struct buf *out, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf text = {0};
    struct sendings g = {.s = s, .reading = reading, .type = type, .after = after, .left = limit, .out = &text};
    struct str originator;
    bool end = limit <= 0;
    int error = find_own(&g, id, &originator, arena, fault);
    if (error)
        return error;
    buf_z(&text, "{\"record\":{\"type\":");
    buf_json_str(&text, str_of(type->name));
    buf_z(&text, ",\"id\":\"");
    buf_uuid(&text, id);
    buf_z(&text, "\"},\"originator\":");
    buf_json_str(&text, originator);
    buf_z(&text, ",\"recipients\":[");
    while (!error && !end)
        error = add_sendings(&g, &end, fault);
    buf_z(&text, "],\"recallNotices\":[");
    if (!error)
        error = add_recall_notices(&g, id, fault);
    if (error)
        return error;
    buf_z(&text, "]}");
    buf_str(out, buf_view(&text));
    return 0;
}
