/* What an owner asks: who was sent what of mine. */
#include "disclosure.h"
#include "record_find.h"
#include "sql_query.h"

#include <stdlib.h>

#define BATCH 200                           /* disclosures looked at in one round trip */
#define ANSWER_BYTES_MAX (16 * 1024 * 1024) /* above, the answer ends early: the caller goes on with `after` */

struct answer {
    struct store *s;
    const struct reading *reading;
    const struct disclosure_filter *filter;
    int64_t after, left;
    int64_t seq; /* by_record: its seq */
    struct buf *out;
    bool any;
};

/* --- names of records --- */

struct name {
    int64_t seq;
    struct uuid id;
};

struct names {
    struct name *v;
    size_t n;
};

static int by_seq(const void *a, const void *b)
{
    int64_t x = ((const struct name *)a)->seq, y = ((const struct name *)b)->seq;
    return (x > y) - (x < y);
}

/* Only of records that the asker may see: an owner's FDO and auditor see recalled and expired ones, too. */
static int fetch_names(const struct answer *a, struct str type, const int64_t *seqs, size_t n, struct arena *arena,
                       struct names *ret, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    struct pg_args args = {.arena = arena};
    pg_arg_str(&args, type);
    pg_arg_i64s(&args, seqs, n);
    int error = visible_read(a->s, a->reading,
                             "SELECT r.seq, r.id FROM record r WHERE r.type = $1 AND r.seq = ANY ($2) UNION ALL"
                             " SELECT h.seq, h.id FROM archive h WHERE h.type = $1 AND h.seq = ANY ($2)",
                             &args, NULL, &rows, fault);
    if (error)
        return error;
    ret->n = (size_t)pg_rows(rows);
    ret->v = arena_array(arena, ret->n, sizeof *ret->v);
    for (size_t i = 0; i < ret->n; i++)
        ret->v[i] = (struct name){pg_i64(rows, (int)i, 0), pg_uuid(rows, (int)i, 1)};
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, by_seq);
    return 0;
}

static const struct name *find_name(const struct names *names, int64_t seq)
{
    struct name key = {.seq = seq};
    return names->n ? bsearch(&key, names->v, names->n, sizeof key, by_seq) : NULL;
}

/* --- one disclosure --- */

enum { D_ID, D_AT, D_PRINCIPAL, D_PARTNER, D_TYPE, D_RECORDS, D_VIEW, D_AGREEMENTS, D_SEQS, D_COMPLETED };

#define SELECT_DISCLOSURES                                                                                             \
    "SELECT d.id, d.at, d.principal, d.partner, d.type, d.records, d.view, to_json(d.agreements)::text,"               \
    " d.seqs, e.completed FROM disclosure d LEFT JOIN disclosure_end e ON e.id = d.id AND e.at = d.at WHERE d.owner "  \
    "= "

static const char *state_of(const struct pg_result *rows, int i)
{
    if (pg_null(rows, i, D_COMPLETED))
        return "unknown";
    return pg_bool(rows, i, D_COMPLETED) ? "completed" : "aborted";
}

static void add_member(struct buf *out, const char *name, struct str value)
{
    buf_printf(out, ",\"%s\":", name);
    buf_json_str(out, value);
}

static void add_records(struct buf *out, const int64_t *seqs, size_t n, const struct names *names)
{
    bool any = false;
    buf_z(out, ",\"records\":[");
    for (size_t i = 0; i < n; i++) {
        const struct name *name = find_name(names, seqs[i]);
        if (!name)
            continue;
        buf_z(out, any ? ",\"" : "\"");
        buf_uuid(out, name->id);
        buf_char(out, '"');
        any = true;
    }
    buf_char(out, ']');
}

static void add_disclosure(struct answer *a, const struct pg_result *rows, int i, const int64_t *seqs, size_t n,
                           const struct names *names)
{
    struct buf *out = a->out;
    buf_printf(out, "%s{\"id\":%lld,\"at\":\"", a->any ? "," : "", (long long)pg_i64(rows, i, D_ID));
    buf_instant(out, pg_instant(rows, i, D_AT));
    buf_char(out, '"');
    add_member(out, "principal", pg_str(rows, i, D_PRINCIPAL));
    add_member(out, "partner", pg_str(rows, i, D_PARTNER));
    add_member(out, "type", pg_str(rows, i, D_TYPE));
    buf_printf(out, ",\"count\":%d", pg_i32(rows, i, D_RECORDS));
    add_records(out, seqs, n, names);
    add_member(out, "view", pg_str(rows, i, D_VIEW));
    buf_z(out, ",\"agreements\":");
    buf_str(out, pg_str(rows, i, D_AGREEMENTS));
    add_member(out, "state", str_of(state_of(rows, i)));
    buf_char(out, '}');
    a->any = true;
    a->left--;
}

static bool holds(const int64_t *seqs, size_t n, int64_t seq)
{
    size_t from = 0, to = n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (seqs[middle] < seq)
            from = middle + 1;
        else
            to = middle;
    }
    return from < n && seqs[from] == seq;
}

static int answer_row(struct answer *a, const struct pg_result *rows, int i, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct names names = {0};
    int64_t *seqs;
    size_t n;
    if (!seqs_decode(pg_str(rows, i, D_SEQS), (size_t)pg_i32(rows, i, D_RECORDS), arena, &seqs, &n))
        return fault_set(fault, ERR_INTERNAL, "", "disclosure %lld: its set of records is not readable",
                         (long long)pg_i64(rows, i, D_ID));
    if (a->filter->by_record && !holds(seqs, n, a->seq))
        return 0;
    int error = fetch_names(a, pg_str(rows, i, D_TYPE), seqs, n, arena, &names, fault);
    if (!error)
        add_disclosure(a, rows, i, seqs, n, &names);
    return error;
}

/* --- the search --- */

static void search(const struct answer *a, struct sql *s)
{
    const struct disclosure_filter *f = a->filter;
    sql_z(s, SELECT_DISCLOSURES);
    sql_param(s, f->owner, "text");
    sql_z(s, " AND d.id > ");
    sql_i64(s, a->after);
    sql_z(s, " AND d.at >= ");
    sql_instant(s, f->from);
    sql_z(s, " AND d.at < ");
    sql_instant(s, f->until);
    if (f->type) {
        sql_z(s, " AND d.type = ");
        sql_literal(s, f->type->name);
    }
    if (f->by_record) {
        sql_z(s, " AND d.seq_first <= ");
        sql_i64(s, a->seq);
        sql_z(s, " AND d.seq_last >= ");
        sql_i64(s, a->seq);
    }
    buf_printf(&s->text, " ORDER BY d.id, d.view COLLATE \"C\" LIMIT %d", BATCH);
}

static int answer_batch(struct answer *a, bool *ret_end, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    SQL_CLEANUP struct sql s = {.args = {.arena = arena}};
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    search(a, &s);
    int error = visible_read(a->s, a->reading, sql_text(&s), &s.args, NULL, &rows, fault);
    for (int i = 0; !error && i < pg_rows(rows) && a->left > 0 && a->out->n < ANSWER_BYTES_MAX; i++) {
        error = answer_row(a, rows, i, fault);
        a->after = pg_i64(rows, i, D_ID);
    }
    if (!error)
        *ret_end = pg_rows(rows) < BATCH || a->left <= 0 || a->out->n >= ANSWER_BYTES_MAX;
    return error;
}

/* Where the record stands in the disclosures, also after retention has dropped it. */
static int find_seq(struct answer *a, bool *ret_found, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    struct pg_args args = {.arena = arena};
    pg_arg_str(&args, str_of(a->filter->type->name));
    pg_arg_uuid(&args, a->filter->record);
    int error = visible_read(a->s, a->reading,
                             "SELECT r.seq FROM record r WHERE r.type = $1 AND r.id = $2 UNION ALL"
                             " SELECT h.seq FROM archive h WHERE h.type = $1 AND h.id = $2",
                             &args, NULL, &rows, fault);
    if (error)
        return error;
    *ret_found = pg_rows(rows) > 0;
    if (*ret_found)
        a->seq = pg_i64(rows, 0, 0);
    return 0;
}

int store_disclosures(struct store *s, const struct reading *reading, const struct disclosure_filter *filter,
                      struct buf *out, struct fault *fault)
{
    BUF_CLEANUP struct buf text = {0};
    struct answer a = {
        .s = s, .reading = reading, .filter = filter, .after = filter->after, .left = filter->limit, .out = &text};
    bool found = true, end = filter->limit <= 0;
    int error = filter->by_record ? find_seq(&a, &found, fault) : 0;
    buf_char(&text, '[');
    while (!error && found && !end)
        error = answer_batch(&a, &end, fault);
    if (error)
        return error;
    buf_char(&text, ']');
    buf_str(out, buf_view(&text));
    return 0;
}
