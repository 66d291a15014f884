#include "verdict.h"

#include "explain.h"
#include "marking.h"
#include "view.h"

void text_member(struct buf *b, const char *name, struct str value)
{
    buf_printf(b, "\"%s\":", name);
    buf_json_str(b, value);
}

void label_members(const struct registry *reg, const struct label *label, struct buf *b)
{
    BUF_CLEANUP struct buf text = {0};
    buf_z(b, "\"label\":");
    label_write(label, b);
    buf_char(b, ',');
    label_portion(reg, label, &text);
    text_member(b, "portion", buf_view(&text));
    buf_clear(&text);
    buf_char(b, ',');
    label_banner(reg, label, &text);
    text_member(b, "banner", buf_view(&text));
}

/* An agreement is its parties' business: to others it is only said that there is one. */
static void add_agreement(const struct inquiry *q, const struct verdict *v, struct buf *b)
{
    bool named = !v->agreement.n || explain_may_name(q->registry, v->agreement, q->told);
    buf_z(b, ",\"agreement\":");
    if (named)
        buf_json_str(b, v->agreement);
    else
        buf_z(b, "null");
    if (named && v->article.n) {
        buf_char(b, ',');
        text_member(b, "article", v->article);
    }
}

static void add_grant(const struct verdict *v, struct buf *b)
{
    if (!v->grant.n)
        return;
    buf_char(b, ',');
    text_member(b, "grant", v->grant);
    buf_printf(b, ",\"onward\":%s", v->no_onward ? "false" : "true");
}

/* A time of the record, as whoever reads it in the view is sent it. */
static instant shown(const struct inquiry *q, instant t, int64_t width)
{
    bool own = t == q->subject->embargo_until || t == q->subject->expires || t == q->posted;
    return own && width ? instant_floor(t, width) : t;
}

static void add_valid_until(const struct inquiry *q, const struct verdict *v, int64_t width, struct buf *b)
{
    buf_z(b, ",\"validUntil\":");
    if (v->valid_until == INSTANT_MAX) {
        buf_z(b, "null");
        return;
    }
    buf_char(b, '"');
    buf_instant(b, shown(q, v->valid_until, width));
    buf_char(b, '"');
}

/* What the view that is released makes of time, in microseconds. */
struct view_times {
    int64_t delay, width; /* width: as the record's own times are told, 0: as they are */
};

static const struct view *released_view(const struct inquiry *q, const struct verdict *v, struct arena *arena)
{
    const struct record_type *type = record_type_find(q->subject->type);
    const struct view_entry *views;
    const struct view *view;
    registry_views(q->registry, &views);
    for (size_t i = 0; type && v->view && i < views[v->view - 1].n_types; i++) {
        const struct view_type *t = &views[v->view - 1].types[i];
        if (str_is(t->type, type->name) && !view_compile(type, t->steps, arena, &view, NULL))
            return view;
    }
    return NULL;
}

static struct view_times times_of(const struct inquiry *q, const struct verdict *v)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct view *view = released_view(q, v, arena);
    if (!view)
        return (struct view_times){0};
    return (struct view_times){view_delay(view), q->as_shown ? view_created_width(view) : 0};
}

/* A view that delays shows a record only some time after it came. */
static void add_available_from(const struct inquiry *q, const struct view_times *times, struct buf *b)
{
    if (!times->delay)
        return;
    buf_z(b, ",\"availableFrom\":\"");
    buf_instant(b, instant_add(shown(q, q->posted, times->width), times->delay));
    buf_char(b, '"');
}

/* What a permitted reader is sent. */
static void add_release(const struct inquiry *q, const struct reader *reader, const struct verdict *v,
                        const struct view_times *times, struct buf *b)
{
    BUF_CLEANUP struct buf effective = {0};
    effective_marking(q->registry, q->subject->label, reader, v, &effective);
    buf_char(b, ',');
    text_member(b, "effectiveMarking", buf_view(&effective));
    if (basis_obligation(v->basis))
        buf_printf(b, ",\"obligations\":[\"%s\"]", basis_obligation(v->basis));
    add_available_from(q, times, b);
}

static void write_decided(const struct inquiry *q, const struct reader *reader, const struct verdict *v, struct buf *b)
{
    struct view_times times = times_of(q, v);
    buf_char(b, '{');
    text_member(b, "partner", reader_partner(reader));
    buf_printf(b, ",\"permit\":%s,\"view\":", v->permit ? "true" : "false");
    if (v->permit)
        buf_json_str(b, v->view_code.n ? v->view_code : STR("full"));
    else
        buf_z(b, "null");
    buf_z(b, ",\"deniedBy\":");
    if (v->permit)
        buf_z(b, "null");
    else
        buf_json_str(b, str_of(gate_name(v->denied_by)));
    buf_printf(b, ",\"basis\":\"%s\"", basis_name(v->basis));
    add_agreement(q, v, b);
    add_grant(v, b);
    if (v->permit)
        add_release(q, reader, v, &times, b);
    add_valid_until(q, v, times.width, b);
    buf_z(b, ",\"gates\":{");
    for (int g = 0; g < GATE_COUNT; g++)
        buf_printf(b, "%s\"%s\":%s", g ? "," : "", gate_name((enum gate)g), v->gates[g] ? "true" : "false");
    buf_char(b, '}');
    if (q->explained) {
        buf_z(b, ",\"explanation\":");
        explain_gates(q->registry, reader, q->subject, v, q->now, q->told, times.width, b);
    }
    buf_char(b, '}');
}

void verdict_write(const struct inquiry *q, const struct reader *reader, struct buf *b)
{
    struct verdict v;
    decide(q->registry, reader, q->subject, q->now, &v);
    write_decided(q, reader, &v, b);
}

static int passed(const struct verdict *v)
{
    int n = v->permit ? GATE_COUNT : 0;
    for (int g = 0; g < GATE_COUNT; g++)
        n += v->gates[g];
    return n;
}

static bool best_reader(const struct inquiry *q, struct str partner, const struct reader **ret_reader,
                        struct verdict *ret)
{
    const struct principal *const *all;
    size_t n = registry_principals(q->registry, &all);
    int best = -1;
    for (size_t i = 0; i < n; i++) {
        struct verdict v;
        if (!str_eq(principal_partner(all[i]), partner))
            continue;
        decide(q->registry, principal_reader(all[i]), q->subject, q->now, &v);
        if (passed(&v) <= best)
            continue;
        best = passed(&v);
        *ret = v;
        *ret_reader = principal_reader(all[i]);
    }
    return best >= 0;
}

static bool seen_before(const struct principal *const *all, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (str_eq(principal_partner(all[j]), principal_partner(all[i])))
            return true;
    return false;
}

void verdicts_write(const struct inquiry *q, struct str as, struct buf *b)
{
    const struct principal *const *all;
    size_t n = registry_principals(q->registry, &all), written = 0;
    buf_char(b, '[');
    for (size_t i = 0; i < n; i++) {
        const struct reader *reader;
        struct verdict v;
        struct str partner = principal_partner(all[i]);
        if (seen_before(all, i) || (as.p && !str_eq(partner, as)) || !best_reader(q, partner, &reader, &v))
            continue;
        if (written++)
            buf_char(b, ',');
        write_decided(q, reader, &v, b);
    }
    buf_char(b, ']');
}
