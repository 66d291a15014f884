/* Who was sent one record: what its owner is told, and who is told of its recall.
 *
 * A recall and a reader may cross: the reader's statement saw the record, its disclosure waits to be written. The
 * recall holds the row of disclosure_position from its last look at the disclosures until its commit, and marks the
 * row. Who writes disclosures updates the same row, so that it sees the mark if it comes second, and then tells by
 * itself. */
#include "disclosure.h"
#include "disclosures_read.h"
#include "memory.h"
#include "notices.h"
#include "record_find.h"
#include "sql_query.h"

#include <stdlib.h>

#define BATCH 500

/* --- who was sent what is taken back --- */

struct told {
    struct str partner;
    struct str *principals;
    size_t n, room;
};

/* One record and who was sent it. */
struct taken {
    const struct recalled *what;
    struct told *v;
    size_t n, room;
    struct str *spared; /* who may still read it */
    size_t n_spared;
};

/* A record as one of its owners' disclosures tell of it. */
struct owned {
    struct str owner;
    struct taken *taken;
};

struct recipients {
    struct arena *arena;
    struct taken *v;
    size_t n;
    struct owned *owned; /* by owner, type and seq */
    size_t n_owned;
    int64_t after; /* disclosures up to this one are taken in */
};

static int owned_order(const void *a, const void *b)
{
    const struct owned *x = a, *y = b;
    const struct recalled *p = x->taken->what, *q = y->taken->what;
    int order = str_cmp(x->owner, y->owner);
    if (!order)
        order = strcmp(p->type->name, q->type->name);
    return order ? order : (p->seq > q->seq) - (p->seq < q->seq);
}

/* Owners never become fewer: the disclosures to any of them may be all there are. */
static void list_owned(struct recipients *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        n += r->v[i].what->label->label->owners.n;
    r->owned = arena_array(r->arena, n, sizeof *r->owned);
    for (size_t i = 0; i < r->n; i++) {
        const struct codes *owners = &r->v[i].what->label->label->owners;
        for (size_t k = 0; k < owners->n; k++)
            r->owned[r->n_owned++] = (struct owned){owners->v[k], &r->v[i]};
    }
    qsort(r->owned, n, sizeof *r->owned, owned_order);
}

/* Whoever may read what was derived as it is now. */
static void list_spared(struct taken *t, const struct reading *reading, struct arena *arena)
{
    const struct principal *const *all;
    size_t n = registry_principals(reading->registry, &all);
    if (!t->what->then)
        return;
    t->spared = arena_array(arena, n, sizeof *t->spared);
    for (size_t i = 0; i < n; i++) {
        struct verdict v;
        decide(reading->registry, principal_reader(all[i]), t->what->then, reading->now, &v);
        if (v.permit)
            t->spared[t->n_spared++] = principal_uri(all[i]);
    }
}

struct recipients *recipients_new(const struct recalled *what, size_t n, const struct reading *reading,
                                  struct arena *arena)
{
    struct recipients *r = arena_alloc(arena, sizeof *r);
    *r = (struct recipients){.arena = arena, .v = arena_array(arena, n, sizeof *r->v), .n = n};
    for (size_t i = 0; i < n; i++) {
        r->v[i] = (struct taken){.what = &what[i]};
        list_spared(&r->v[i], reading, arena);
    }
    list_owned(r);
    return r;
}

static struct told *told_of(struct taken *r, struct str partner, struct arena *arena)
{
    for (size_t i = 0; i < r->n; i++)
        if (str_eq(r->v[i].partner, partner))
            return &r->v[i];
    if (r->n == r->room) {
        r->room = r->room ? 2 * r->room : 8;
        struct told *grown = arena_array(arena, r->room, sizeof *grown);
        if (r->n)
            memcpy(grown, r->v, r->n * sizeof *grown);
        r->v = grown;
    }
    r->v[r->n] = (struct told){.partner = arena_str(arena, partner)};
    return &r->v[r->n++];
}

static bool among(const struct str *v, size_t n, struct str s)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(v[i], s))
            return true;
    return false;
}

static void add_principal(struct taken *r, struct str partner, struct str principal, struct arena *arena)
{
    if (among(r->spared, r->n_spared, principal))
        return;
    struct told *t = told_of(r, partner, arena);
    if (among(t->principals, t->n, principal))
        return;
    if (t->n == t->room) {
        t->room = t->room ? 2 * t->room : 8;
        struct str *grown = arena_array(arena, t->room, sizeof *grown);
        if (t->n)
            memcpy(grown, t->principals, t->n * sizeof *grown);
        t->principals = grown;
    }
    t->principals[t->n++] = arena_str(arena, principal);
}

enum { A_ID, A_PRINCIPAL, A_PARTNER, A_SEQS };

/* Both ascend. */
static int take_in(struct recipients *r, const struct owned *some, size_t n, const struct pg_result *rows, int i,
                   struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct str seqs = pg_str(rows, i, A_SEQS);
    int64_t *sent;
    size_t n_sent;
    if (!seqs_decode(seqs, seqs.n, arena, &sent, &n_sent))
        return fault_set(fault, ERR_INTERNAL, "", "a disclosure cannot be read");
    for (size_t k = 0, at = 0; k < n; k++) {
        while (at < n_sent && sent[at] < some[k].taken->what->seq)
            at++;
        if (at < n_sent && sent[at] == some[k].taken->what->seq)
            add_principal(some[k].taken, pg_str(rows, i, A_PARTNER), pg_str(rows, i, A_PRINCIPAL), r->arena);
    }
    return 0;
}

static int collect_batch(struct recipients *r, struct pg *c, const struct owned *some, size_t n, int64_t until,
                         int64_t *after, bool *ret_more, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, some->owner);
    pg_arg_str(&args, str_of(some->taken->what->type->name));
    pg_arg_i64(&args, some->taken->what->seq);
    pg_arg_i64(&args, some[n - 1].taken->what->seq);
    pg_arg_i64(&args, *after);
    pg_arg_i64(&args, until);
    pg_arg_i32(&args, BATCH);
    int error = pg_exec(c, "SELECT id, principal, partner, seqs FROM disclosures_across($1, $2, $3, $4, $5, $6, $7)",
                        &args, &rows, fault);
    for (int i = 0; !error && i < pg_rows(rows); i++) {
        *after = pg_i64(rows, i, A_ID);
        error = take_in(r, some, n, rows, i, fault);
    }
    *ret_more = !error && pg_rows(rows) >= BATCH; /* rows of one disclosure are never parted */
    return error;
}

/* How many follow that are of the same owner and type. */
static size_t run_of(const struct owned *some, size_t n)
{
    size_t k = 1;
    while (k < n && str_eq(some[k].owner, some->owner) && some[k].taken->what->type == some->taken->what->type)
        k++;
    return k;
}

static int collect_until(struct recipients *r, struct pg *c, int64_t until, struct fault *fault)
{
    int error = 0;
    for (size_t i = 0, n; !error && i < r->n_owned; i += n) {
        int64_t after = r->after;
        bool more = true;
        n = run_of(&r->owned[i], r->n_owned - i);
        while (!error && more)
            error = collect_batch(r, c, &r->owned[i], n, until, &after, &more, fault);
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

/* Whose act it is: the owner of what was derived is the one to see who was told of it. */
static struct str sender_of(const struct recalled *what, const struct reading *reading)
{
    return what->then ? what->label->originator : reader_partner(reading->reader);
}

static int write_recall(const struct taken *t, struct pg *c, struct str sender, struct str body, struct arena *arena,
                        struct fault *fault)
{
    const struct recalled *what = t->what;
    struct pg_args args = {.arena = arena};
    pg_arg_str(&args, str_of(what->type->name));
    pg_arg_i64(&args, what->seq);
    pg_arg_uuid(&args, what->id);
    pg_arg_instant(&args, what->t);
    pg_arg_i32(&args, what->label->id);
    pg_arg_str(&args, sender);
    pg_arg_str(&args, body);
    pg_arg_i64(&args, what->age);
    pg_arg_strs(&args, t->spared, t->n_spared);
    return pg_exec(c,
                   "INSERT INTO recall (type, seq, record, t, label_id, sender, body, age, spared)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
                   &args, NULL, fault);
}

static int write_notices(const struct taken *t, struct pg *c, const struct reading *reading, struct str sender,
                         struct str body, struct arena *arena, struct fault *fault)
{
    const struct recalled *what = t->what;
    struct notice *notices = arena_array(arena, t->n, sizeof *notices);
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        if (!str_eq(t->v[i].partner, sender) && t->v[i].n)
            notices[n++] = (struct notice){.partner = t->v[i].partner,
                                           .sender = sender,
                                           .kind = "recall",
                                           .type = what->type,
                                           .record = what->id,
                                           .t = what->t,
                                           .label = what->label->id,
                                           .principals = t->v[i].principals,
                                           .n_principals = t->v[i].n,
                                           .age = what->age,
                                           .body = body};
    return store_notice_add(c, reading->now, notices, n, fault);
}

static void forget(struct taken *t, struct str principal)
{
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = t->v[i].n; k-- > 0;)
            if (str_eq(t->v[i].principals[k], principal))
                t->v[i].principals[k] = t->v[i].principals[--t->v[i].n];
}

/* Who was told when another part of what was derived was taken back has not been sent it since. */
static int leave_out_told(struct taken *t, struct pg *c, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    struct pg_args args = {0};
    if (!t->what->then || !t->n)
        return 0;
    pg_arg_str(&args, str_of(t->what->type->name));
    pg_arg_uuid(&args, t->what->id);
    int error = pg_exec(c,
                        "SELECT DISTINCT unnest(principals) FROM notice"
                        " WHERE type = $1 AND record = $2 AND kind = 'recall'",
                        &args, &rows, fault);
    for (int i = 0; !error && i < pg_rows(rows); i++)
        forget(t, pg_str(rows, i, 0));
    return error;
}

static int tell_of(struct recipients *r, struct taken *t, struct pg *c, const struct reading *reading,
                   struct fault *fault)
{
    struct str sender = sender_of(t->what, reading), body = notice_body(t->what->label->originator, r->arena);
    int error = write_recall(t, c, sender, body, r->arena, fault);
    if (!error)
        error = leave_out_told(t, c, fault);
    return error ? error : write_notices(t, c, reading, sender, body, r->arena, fault);
}

int recipients_tell(struct recipients *r, struct pg *c, const struct reading *reading, struct fault *fault)
{
    int64_t until = 0;
    int error = last_disclosure(c, true, &until, fault);
    if (!error)
        error = collect_until(r, c, until, fault);
    for (size_t i = 0; !error && i < r->n; i++)
        error = tell_of(r, &r->v[i], c, reading, fault);
    return error;
}

/* --- disclosures that a recall did not see --- */

enum { R_SEQ, R_RECORD, R_T, R_LABEL, R_SENDER, R_BODY, R_AGE };

/* An owner's officer reads what was taken back, and knows. */
static bool was_sent(const struct late_disclosure *d, int64_t seq)
{
    const struct principal *p = registry_principal(d->reading->registry, d->reading->principal);
    bool officer = p && (principal_role(p) == ROLE_FDO || principal_role(p) == ROLE_AUDITOR), found = false;
    for (size_t i = 0; i < d->n_parts; i++)
        for (size_t k = 0; k < d->parts[i].n; k++) {
            if (d->parts[i].seqs[k] != seq)
                continue;
            if (officer && str_eq(d->parts[i].owner, reader_partner(d->reading->reader)))
                return false;
            found = true;
        }
    return found;
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
    if (str_eq(partner, notice.sender) || !was_sent(d, pg_i64(rows, i, R_SEQ)))
        return 0;
    return store_notice_add(c, at, &notice, 1, fault);
}

static int tell_late_of(struct pg *c, instant at, const struct late_disclosure *d, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, str_of(d->type->name));
    pg_arg_str(&args, d->reading->principal);
    int error = pg_exec(c,
                        "SELECT seq, record, t, label_id, sender, body, age FROM recall"
                        " WHERE type = $1 AND at > clock_timestamp() - interval '1 hour' AND $2 <> ALL (spared)",
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
