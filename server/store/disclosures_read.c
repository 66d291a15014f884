/* What an owner asks: who was sent what of mine. */
#include "disclosures_read.h"

#include "disclosure.h"
#include "record_find.h"

#include <stdlib.h>

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

/* --- one entry --- */

enum { E_PRINCIPAL, E_PARTNER, E_TYPE, E_VIEW, E_RECORDS, E_SEQS, E_AGREEMENTS, E_COMPLETED };

/* The pieces that went to one principal in one view, [from, to) of the rows. */
struct pieces {
    int64_t id;
    instant at;
    const struct pg_result *rows;
    int from, to;
};

const char *disclosure_state(const struct pg_result *rows, int i, int completed)
{
    if (pg_null(rows, i, completed))
        return "unknown";
    return pg_bool(rows, i, completed) ? "completed" : "aborted";
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* In the order they were posted, whatever the order in which they were sent. */
static int take_seqs(const struct pieces *p, struct arena *arena, int64_t **ret, size_t *ret_n, struct fault *fault)
{
    size_t room = 0, n = 0, kept = 0;
    for (int i = p->from; i < p->to; i++)
        room += (size_t)pg_i32(p->rows, i, E_RECORDS);
    int64_t *all = arena_array(arena, room, sizeof *all);
    for (int i = p->from; i < p->to; i++) {
        int64_t *seqs;
        size_t more;
        if (!seqs_decode(pg_str(p->rows, i, E_SEQS), (size_t)pg_i32(p->rows, i, E_RECORDS), arena, &seqs, &more))
            return fault_set(fault, ERR_INTERNAL, "", "disclosure %lld: its set of records is not readable",
                             (long long)p->id);
        memcpy(all + n, seqs, more * sizeof *all);
        n += more;
    }
    qsort(all, n, sizeof *all, by_number);
    for (size_t i = 0; i < n; i++)
        if (!i || all[i] != all[kept - 1])
            all[kept++] = all[i];
    *ret = all;
    *ret_n = kept;
    return 0;
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

static void add_entry(struct answer *a, const struct pieces *p, size_t count, const int64_t *seqs, size_t n,
                      const struct names *names)
{
    struct buf *out = a->out;
    buf_printf(out, "%s{\"id\":%lld,\"at\":\"", a->any ? "," : "", (long long)p->id);
    buf_instant(out, p->at);
    buf_char(out, '"');
    buf_member_text(out, "principal", pg_str(p->rows, p->from, E_PRINCIPAL));
    buf_member_text(out, "partner", pg_str(p->rows, p->from, E_PARTNER));
    buf_member_text(out, "type", pg_str(p->rows, p->from, E_TYPE));
    buf_printf(out, ",\"count\":%zu", count);
    add_records(out, seqs, n, names);
    buf_member_text(out, "view", pg_str(p->rows, p->from, E_VIEW));
    buf_z(out, ",\"agreements\":");
    buf_str(out, pg_str(p->rows, p->from, E_AGREEMENTS));
    buf_member_text(out, "state", str_of(disclosure_state(p->rows, p->from, E_COMPLETED)));
    buf_char(out, '}');
    a->any = true;
    a->left--;
}

static int answer_pieces(struct answer *a, const struct pieces *p, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct names names = {0};
    int64_t *seqs = NULL;
    size_t n = 0;
    int error = take_seqs(p, arena, &seqs, &n, fault);
    if (error)
        return error;
    size_t first = (uint64_t)a->filter->first_record < n ? (size_t)a->filter->first_record : n;
    size_t told = n - first < DISCLOSURE_RECORDS_MAX ? n - first : DISCLOSURE_RECORDS_MAX;
    error = fetch_names(a, pg_str(p->rows, p->from, E_TYPE), seqs + first, told, arena, &names, fault);
    if (!error)
        add_entry(a, p, n, seqs + first, told, &names);
    return error;
}

/* All views of an entry have one position: they are never parted. */
static int answer_entry(struct answer *a, int64_t id, instant at, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, a->filter->owner);
    pg_arg_i64(&args, id);
    pg_arg_instant(&args, at);
    pg_arg_i32(&args, END_ANSWERS_MAX);
    int error = visible_read(
        a->s, a->reading,
        "WITH d AS (SELECT * FROM disclosure WHERE owner = $1 AND id = $2 AND at = $3 UNION ALL"
        " SELECT * FROM disclosure WHERE owner = $1 AND entry = $2),"
        " cited AS (SELECT d.view, array_agg(DISTINCT a COLLATE \"C\") AS ids"
        " FROM d, unnest(d.agreements) a GROUP BY d.view)"
        " SELECT d.principal, d.partner, d.type, d.view, d.records, d.seqs,"
        " coalesce(to_json(cited.ids)::text, '[]'), e.completed FROM d LEFT JOIN cited USING (view)"
        " LEFT JOIN disclosure_end e ON e.id > $2 - $4 AND e.id <= $2 AND e.id + e.more >= $2 AND e.at = $3"
        " ORDER BY d.view COLLATE \"C\", d.id",
        &args, NULL, &rows, fault);
    struct pieces p = {.id = id, .at = at, .rows = rows};
    for (int n = error ? 0 : pg_rows(rows); !error && p.to < n;) {
        p.from = p.to;
        while (p.to < n && str_eq(pg_str(rows, p.to, E_VIEW), pg_str(rows, p.from, E_VIEW)))
            p.to++;
        error = answer_pieces(a, &p, fault);
    }
    return error;
}

/* --- the search --- */

/* Of an answer that went on into the next month retention may have dropped the first piece and not yet the others: they
 * are still the same entry. */
static int search(const struct answer *a, struct pg_result **ret, struct fault *fault)
{
    struct pg_args args = {0};
    const struct disclosure_filter *f = a->filter;
    pg_arg_str(&args, f->owner);
    pg_arg_i64(&args, a->after);
    pg_arg_instant(&args, f->from);
    pg_arg_instant(&args, f->until);
    pg_arg_str(&args, str_of(f->type ? f->type->name : ""));
    pg_arg_i32(&args, DISCLOSURES_BATCH);
    return visible_read(a->s, a->reading,
                        "WITH whole AS (SELECT DISTINCT d.id, d.at FROM disclosure d WHERE d.owner = $1"
                        " AND d.entry IS NULL AND d.id > $2 AND d.at >= $3 AND d.at < $4 AND ($5 = '' OR d.type = $5)"
                        " ORDER BY d.id LIMIT $6),"
                        " rest AS (SELECT DISTINCT d.entry, d.entry_at FROM disclosure d WHERE d.owner = $1"
                        " AND d.entry > $2 AND d.entry_at >= $3 AND d.entry_at < $4 AND ($5 = '' OR d.type = $5)"
                        " AND d.entry <= (SELECT CASE WHEN count(*) < $6 THEN 9223372036854775807 ELSE max(id) END"
                        " FROM whole) AND date_trunc('month', d.entry_at) <> date_trunc('month', d.at)"
                        " AND (SELECT e.id FROM disclosure e WHERE e.owner = $1 AND e.id = d.entry"
                        " AND e.at = d.entry_at LIMIT 1) IS NULL)"
                        " SELECT * FROM whole UNION ALL SELECT * FROM rest ORDER BY id LIMIT $6",
                        &args, NULL, ret, fault);
}

int disclosures_of_record(struct store *s, const struct reading *reading, const struct record_sought *of, int64_t after,
                          struct pg_result **ret, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_str(&args, of->owner);
    pg_arg_str(&args, str_of(of->type->name));
    pg_arg_i64(&args, of->seq);
    pg_arg_i64(&args, after);
    pg_arg_i32(&args, DISCLOSURES_BATCH);
    pg_arg_i32(&args, END_ANSWERS_MAX);
    return visible_read(s, reading,
                        "SELECT d.*, e.completed FROM ("
                        "(SELECT id, at, principal, partner, view, seqs FROM disclosure WHERE owner = $1 AND type = $2"
                        " AND seq_first <= $3 AND seq_last >= $3 AND entry IS NULL AND id > $4"
                        " ORDER BY id FETCH FIRST ($5) ROWS WITH TIES) UNION ALL"
                        " (SELECT entry, entry_at, principal, partner, view, seqs FROM disclosure WHERE owner = $1"
                        " AND type = $2 AND seq_first <= $3 AND seq_last >= $3 AND entry > $4"
                        " ORDER BY entry FETCH FIRST ($5) ROWS WITH TIES)) d"
                        " LEFT JOIN disclosure_end e"
                        " ON e.id > d.id - $6 AND e.id <= d.id AND e.id + e.more >= d.id AND e.at = d.at"
                        " ORDER BY d.id FETCH FIRST ($5) ROWS WITH TIES",
                        &args, NULL, ret, fault);
}

static bool in_period(const struct disclosure_filter *f, instant at)
{
    return at >= f->from && at < f->until;
}

static int answer_batch(struct answer *a, bool *ret_end, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    const struct disclosure_filter *f = a->filter;
    const struct record_sought of = {f->owner, f->type, a->seq};
    int error =
        f->by_record ? disclosures_of_record(a->s, a->reading, &of, a->after, &rows, fault) : search(a, &rows, fault);
    int64_t told = a->after;
    for (int i = 0; !error && i < pg_rows(rows) && a->left > 0 && a->out->n < ANSWER_BYTES_MAX; i++) {
        a->after = pg_i64(rows, i, DISCLOSED_ID);
        if (a->after == told || (f->by_record && (!in_period(f, pg_instant(rows, i, DISCLOSED_AT)) ||
                                                  !seqs_hold(pg_str(rows, i, DISCLOSED_SEQS), a->seq))))
            continue;
        told = a->after;
        error = answer_entry(a, told, pg_instant(rows, i, DISCLOSED_AT), fault);
    }
    if (!error)
        *ret_end = pg_rows(rows) < DISCLOSURES_BATCH || a->left <= 0 || a->out->n >= ANSWER_BYTES_MAX;
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
