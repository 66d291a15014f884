/* What became of an owner's records: how many each partner may read and on which basis, how many not and why, and how
 * long it took. Counted by label under the asker's own view; who may read is decided label by label, as for a read. */
#include "releases.h"
#include "visibility_data.h"

#include <stdlib.h>

/* --- labels and who may read them --- */

/* What a label is to a partner. */
struct sharer {
    enum basis basis; /* BASIS_NOTHING if it may not read */
    int32_t delay;    /* seconds: of the view it reads in */
};

struct owned_label {
    int32_t id;
    struct str type;
    bool recalled;
    const struct codes *owners;
    const struct entry *entry;
    struct sharer *sharers; /* by partner; NULL until it is asked for */
};

struct tally {
    int64_t posted, basis[BASIS_WARN + 1], unreleased, available, seen;
    int64_t seconds;   /* the median, -1: none */
    int64_t *withheld; /* by reason */
};

struct type_tally {
    struct str type;
    int64_t posted, recalled;
    struct tally *partners;
};

struct sharing {
    const struct reading *reading;
    struct arena *arena;
    struct label_set *set;
    int32_t *delays; /* seconds: 0, and those of the registers' views */
    size_t n_delays;
    struct str *partners; /* all that have principals, but for the asker's own */
    size_t n_partners;
    struct owned_label *labels; /* by id */
    size_t n_labels;
    struct str *reasons;
    size_t n_reasons;
    struct type_tally *types;
    size_t n_types;
};

static bool listed(const struct str *v, size_t n, struct str s)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(v[i], s))
            return true;
    return false;
}

static void collect_partners(struct sharing *s)
{
    const struct principal *const *all;
    size_t n = registry_principals(s->reading->registry, &all);
    s->partners = arena_array(s->arena, REGISTRY_CODES_MAX, sizeof *s->partners);
    for (size_t i = 0; i < n; i++) {
        struct str partner = principal_partner(all[i]);
        if (!str_eq(partner, reader_partner(s->reading->reader)) && !listed(s->partners, s->n_partners, partner))
            s->partners[s->n_partners++] = partner;
    }
}

/* Seconds; view_compile reads no fractions. */
static int32_t delay_of(const struct view *view)
{
    return view ? (int32_t)(view_delay(view) / INSTANT_SECOND) : 0;
}

static void collect_delay(struct sharing *s, int32_t seconds)
{
    for (size_t i = 0; i < s->n_delays; i++)
        if (s->delays[i] == seconds)
            return;
    s->delays[s->n_delays++] = seconds;
}

static void collect_delays(struct sharing *s)
{
    const struct view_entry *views;
    size_t n = registry_views(s->reading->registry, &views);
    s->delays = arena_array(s->arena, 1 + n * record_type_count(), sizeof *s->delays);
    collect_delay(s, 0);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < record_type_count(); k++)
            collect_delay(s, delay_of(views_find(s->set->views, (unsigned)i + 1, str_of(record_type_at(k)->name))));
}

/* Of a partner's principals the strongest basis counts, and the view that shows it first. Times apart: an embargo ends
 * by itself, and so does a view's delay. */
static struct sharer sharer_of(const struct sharing *s, const struct entry *e, struct str partner)
{
    const struct principal *const *all;
    size_t n = registry_principals(s->reading->registry, &all);
    struct sharer best = {BASIS_NOTHING, 0};
    for (size_t i = 0; i < n; i++) {
        struct verdict v;
        const struct view *view;
        if (!str_eq(principal_partner(all[i]), partner))
            continue;
        decide(s->reading->registry, principal_reader(all[i]), &e->subject, s->reading->now, &v);
        if (!seen_in(s->set, e, &v, &view))
            continue;
        int32_t delay = delay_of(view);
        bool first = best.basis == BASIS_NOTHING;
        best.basis = first || v.basis < best.basis ? v.basis : best.basis;
        best.delay = first || delay < best.delay ? delay : best.delay;
    }
    return best;
}

static void collect_labels(struct sharing *s, struct entry *const *entries, size_t n)
{
    struct str owner = reader_partner(s->reading->reader);
    s->labels = arena_array(s->arena, n, sizeof *s->labels);
    for (size_t i = 0; i < n; i++) {
        const struct entry *e = entries[i];
        if (e->row.label && codes_has(&e->row.label->owners, owner))
            s->labels[s->n_labels++] =
                (struct owned_label){e->row.id, e->row.type, e->row.recalled, &e->row.label->owners, e, NULL};
    }
}

static int by_id(const void *a, const void *b)
{
    int32_t x = ((const struct owned_label *)a)->id, y = ((const struct owned_label *)b)->id;
    return (x > y) - (x < y);
}

/* Decided for each partner when it is first met. */
static const struct owned_label *find_label(const struct sharing *s, int32_t id)
{
    struct owned_label key = {.id = id};
    struct owned_label *l = s->n_labels ? bsearch(&key, s->labels, s->n_labels, sizeof key, by_id) : NULL;
    if (!l || l->sharers)
        return l;
    l->sharers = arena_array(s->arena, s->n_partners, sizeof *l->sharers);
    for (size_t p = 0; p < s->n_partners; p++)
        l->sharers[p] = sharer_of(s, l->entry, s->partners[p]);
    return l;
}

/* --- counting --- */

enum { S_LABEL, S_REASON, S_DELAY, S_SECONDS, S_RECORDS };

/* Seconds to three digits: what a median needs, and few enough groups. A record is available when it is stored and the
 * delay of the view is over, or when its embargo ends; each delay has its own rows. */
#define SELECT_COUNTS                                                                                                  \
    "SELECT g.label_id, g.reason, g.delay, CASE WHEN g.s < 1000 THEN g.s"                                              \
    " ELSE trunc(g.s::numeric, 2 - floor(log(g.s))::int)::int8 END, sum(g.n)::int8"                                    \
    " FROM (SELECT r.label_id, CASE WHEN r.wire = '' THEN '' ELSE"                                                     \
    " coalesce(r.wire::json #>> '{restriction,reason}', '') END AS reason, d.delay,"                                   \
    " floor(greatest(extract(epoch FROM greatest(r.ingested_at + make_interval(secs => d.delay), r.embargo_until)"     \
    " - r.t), 0))::int8 AS s, count(*) AS n FROM record r CROSS JOIN unnest($4::int[]) AS d (delay)"                   \
    " WHERE r.label_id = ANY ($1) AND r.ingested_at >= $2 AND r.ingested_at < $3 GROUP BY 1, 2, 3, 4) g"               \
    " GROUP BY 1, 2, 3, 4 ORDER BY 4"

static int select_counts(struct store *st, const struct sharing *s, instant from, instant to, struct pg_result **ret,
                         struct fault *fault)
{
    struct pg_args args = {.arena = s->arena};
    int32_t *ids = arena_array(s->arena, s->n_labels, sizeof *ids);
    for (size_t i = 0; i < s->n_labels; i++)
        ids[i] = s->labels[i].id;
    pg_arg_i32s(&args, ids, s->n_labels);
    pg_arg_instant(&args, from);
    pg_arg_instant(&args, to);
    pg_arg_i32s(&args, s->delays, s->n_delays);
    return visible_read(st, s->reading, SELECT_COUNTS, &args, NULL, ret, fault);
}

static struct type_tally *type_of(struct sharing *s, struct str type)
{
    for (size_t i = 0; i < s->n_types; i++)
        if (str_eq(s->types[i].type, type))
            return &s->types[i];
    struct type_tally *t = &s->types[s->n_types++];
    *t = (struct type_tally){.type = type, .partners = arena_array(s->arena, s->n_partners, sizeof *t->partners)};
    for (size_t p = 0; p < s->n_partners; p++) {
        t->partners[p].seconds = -1;
        t->partners[p].withheld = arena_array(s->arena, s->n_reasons, sizeof(int64_t));
    }
    return t;
}

static void collect_reasons(struct sharing *s, const struct pg_result *rows)
{
    s->reasons = arena_array(s->arena, (size_t)pg_rows(rows), sizeof *s->reasons);
    for (int i = 0; i < pg_rows(rows); i++) {
        struct str reason = pg_str(rows, i, S_REASON);
        if (reason.n && !listed(s->reasons, s->n_reasons, reason))
            s->reasons[s->n_reasons++] = reason;
    }
}

static void count_for(const struct sharing *s, struct tally *t, enum basis basis, struct str reason, int64_t records)
{
    t->posted += records;
    t->basis[basis] += records;
    if (basis != BASIS_NOTHING) {
        t->available += records;
        return;
    }
    if (!reason.n)
        t->unreleased += records;
    for (size_t k = 0; k < s->n_reasons; k++)
        if (str_eq(s->reasons[k], reason))
            t->withheld[k] += records;
}

/* What an owner reads is its own: it is no release. */
static bool is_release(const struct sharing *s, const struct owned_label *l, size_t partner)
{
    return !codes_has(l->owners, s->partners[partner]);
}

static void count_row(struct sharing *s, const struct pg_result *rows, int i)
{
    const struct owned_label *l = find_label(s, pg_i32(rows, i, S_LABEL));
    int64_t records = pg_i64(rows, i, S_RECORDS);
    if (!l || pg_i32(rows, i, S_DELAY))
        return; /* every record is in a row without delay */
    struct type_tally *t = type_of(s, l->type);
    t->posted += records;
    if (l->recalled) {
        t->recalled += records;
        return;
    }
    for (size_t p = 0; p < s->n_partners; p++)
        if (is_release(s, l, p))
            count_for(s, &t->partners[p], l->sharers[p].basis, pg_str(rows, i, S_REASON), records);
}

/* Rows come in the order of their seconds: the median is where half of a partner's records have gone by. */
static void find_medians(struct sharing *s, const struct pg_result *rows, int i)
{
    const struct owned_label *l = find_label(s, pg_i32(rows, i, S_LABEL));
    if (!l || l->recalled)
        return;
    struct type_tally *t = type_of(s, l->type);
    for (size_t p = 0; p < s->n_partners; p++) {
        struct tally *one = &t->partners[p];
        const struct sharer *sharer = &l->sharers[p];
        if (!is_release(s, l, p) || sharer->basis == BASIS_NOTHING || sharer->delay != pg_i32(rows, i, S_DELAY))
            continue;
        one->seen += pg_i64(rows, i, S_RECORDS);
        if (one->seconds < 0 && 2 * one->seen >= one->available)
            one->seconds = pg_i64(rows, i, S_SECONDS);
    }
}

/* --- the answer --- */

static void add_number(struct buf *out, const char *name, int64_t v)
{
    buf_printf(out, ",\"%s\":%lld", name, (long long)v);
}

static void add_seconds(struct buf *out, const char *name, int64_t v)
{
    if (v < 0)
        buf_printf(out, ",\"%s\":null", name);
    else
        add_number(out, name, v);
}

static void add_withheld(const struct sharing *s, const struct tally *t, struct buf *out)
{
    bool any = false;
    buf_z(out, ",\"withheld\":{");
    for (size_t k = 0; k < s->n_reasons; k++) {
        if (!t->withheld[k])
            continue;
        buf_z(out, any ? "," : "");
        buf_json_str(out, s->reasons[k]);
        buf_printf(out, ":%lld", (long long)t->withheld[k]);
        any = true;
    }
    buf_char(out, '}');
}

static void add_tally(const struct sharing *s, struct str partner, const struct tally *t, struct buf *out)
{
    static const struct {
        enum basis basis;
        const char *name;
    } bases[] = {{BASIS_PUBLIC, "public"},     {BASIS_DEFAULT, "byDefault"}, {BASIS_REL, "byMarking"},
                 {BASIS_DISPLAY, "byDisplay"}, {BASIS_GRANT, "byGrant"},     {BASIS_WARN, "byWarning"}};
    buf_z(out, "{\"partner\":");
    buf_json_str(out, partner);
    add_number(out, "posted", t->posted);
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        add_number(out, bases[i].name, t->basis[bases[i].basis]);
    add_withheld(s, t, out);
    add_number(out, "notReleased", t->unreleased);
    add_seconds(out, "secondsToAvailability", t->seconds);
    buf_char(out, '}');
}

static int by_type(const void *a, const void *b)
{
    return str_cmp(((const struct type_tally *)a)->type, ((const struct type_tally *)b)->type);
}

static void add_types(struct sharing *s, struct buf *out)
{
    if (s->n_types > 1)
        qsort(s->types, s->n_types, sizeof *s->types, by_type);
    for (size_t i = 0; i < s->n_types; i++) {
        const struct type_tally *t = &s->types[i];
        buf_z(out, i ? ",{\"type\":" : "{\"type\":");
        buf_json_str(out, t->type);
        add_number(out, "posted", t->posted);
        add_number(out, "recalled", t->recalled);
        buf_z(out, ",\"partners\":[");
        for (size_t p = 0; p < s->n_partners; p++) {
            buf_z(out, p ? "," : "");
            add_tally(s, s->partners[p], &t->partners[p], out);
        }
        buf_z(out, "]}");
    }
}

static int count_records(struct store *st, struct sharing *s, instant from, instant to, struct buf *out,
                         struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    int error = select_counts(st, s, from, to, &rows, fault);
    if (error)
        return error;
    collect_reasons(s, rows);
    s->types = arena_array(s->arena, record_type_count(), sizeof *s->types);
    for (int i = 0; i < pg_rows(rows); i++)
        count_row(s, rows, i);
    for (int i = 0; i < pg_rows(rows); i++)
        find_medians(s, rows, i);
    add_types(s, out);
    return 0;
}

static int add_requests(struct store *st, const struct reading *reading, instant from, instant to, struct buf *out,
                        struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, reader_partner(reading->reader));
    pg_arg_instant(&args, from);
    pg_arg_instant(&args, to);
    int error = pg_take(st->policy, &c, fault);
    if (!error)
        error = pg_exec(c,
                        "SELECT q.partner, count(*), count(p.decided_at), coalesce(percentile_disc(0.5) WITHIN GROUP"
                        " (ORDER BY floor(extract(epoch FROM p.decided_at - q.asked_at))::int8), -1)"
                        " FROM release_part p JOIN release_request q ON q.id = p.request"
                        " WHERE p.owner = $1 AND q.asked_at >= $2 AND q.asked_at < $3"
                        " GROUP BY q.partner ORDER BY q.partner",
                        &args, &rows, fault);
    for (int i = 0; !error && i < pg_rows(rows); i++) {
        buf_z(out, i ? ",{\"partner\":" : "{\"partner\":");
        buf_json_str(out, pg_str(rows, i, 0));
        add_number(out, "asked", pg_i64(rows, i, 1));
        add_number(out, "answered", pg_i64(rows, i, 2));
        add_seconds(out, "secondsToAnswer", pg_i64(rows, i, 3));
        buf_char(out, '}');
    }
    return error;
}

int store_sharing(struct store *st, const struct reading *reading, instant from, instant to, struct buf *out,
                  struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    SET_CLEANUP struct label_set *set = NULL;
    BUF_CLEANUP struct buf text = {0};
    struct sharing s = {.reading = reading, .arena = arena};
    struct entry **entries;
    int error = set_take(st->visibility, reading->registry, &set, fault);
    if (error)
        return error;
    size_t n = set_entries(st->visibility, set, arena, &entries);
    s.set = set;
    collect_partners(&s);
    collect_delays(&s);
    collect_labels(&s, entries, n);
    buf_z(&text, "{\"types\":[");
    error = count_records(st, &s, from, to, &text, fault);
    buf_z(&text, "],\"requests\":[");
    if (!error)
        error = add_requests(st, reading, from, to, &text, fault);
    if (error)
        return error;
    buf_z(&text, "]}");
    buf_str(out, buf_view(&text));
    return 0;
}
