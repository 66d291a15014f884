#include "impact.h"

#include "memory.h"
#include "proposal.h"
#include "spread.h"
#include "visibility_data.h"

#include <jansson.h>
#include <stdlib.h>

enum effect { OPENS, CLOSES, VIEW, EFFECTS };
static const char *const effect_names[EFFECTS] = {"opens", "closes", "view"};

/* One label, or the part of its records that were posted between two new boundaries. By (label, part). */
struct cell {
    int32_t label;
    int part; /* as label_records numbers them; 0 for a label that is not divided */
    bool divided;
    const struct spreading *spread; /* what its records are put under; NULL: they keep their label */
};

/* How many records a cell holds for who waits so many seconds for them. */
struct count {
    int32_t label;
    int part;
    int32_t delay;
    int64_t shown, later;
};

/* What happens to the records of a cell for one partner. */
struct hit {
    size_t cell;
    struct str partner;
    enum effect effect;
    struct str from, to; /* views; "" is the full record */
    int32_t delay;       /* of the view that is opened, else of the one that is closed */
    bool counted;        /* the records are known already */
    int64_t shown, later;
};

/* The principals of one partner that are alike before and after. NULL: not registered then. */
struct pair {
    struct str partner;
    const struct reader *old, *next;
};

struct impact {
    struct arena *arena;
    struct label_set *old, *next;
    struct entry **old_entries, **next_entries; /* by label id */
    size_t n_entries;
    instant at; /* decided as things stand then */
    bool later; /* that is when what changes begins; else it is when the impact was made */
    int64_t seq;
    const struct spreading *spreads; /* what stored records are put under */
    size_t n_spreads;
    const instant *boundaries; /* new ones in the past, ascending */
    size_t n_boundaries;
    const struct pair *pairs; /* by partner */
    size_t n_pairs;
    struct cell *cells; /* by (label, part) */
    size_t n_cells, cells_room;
    struct hit *hits;
    size_t n_hits, hits_room;
    struct count *counts; /* by (label, part, delay) */
    size_t n_counts;
};

void impact_free(struct impact *i)
{
    if (!i)
        return;
    set_unref(i->old);
    set_unref(i->next);
    free(i->cells);
    free(i->hits);
    free(i->counts);
    arena_free(i->arena);
    free(i);
}

int64_t impact_seq(const struct impact *i)
{
    return i->seq;
}

/* --- what is compared --- */

static int pair_order(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int c = str_cmp(x->partner, y->partner);
    if (c)
        return c;
    if (x->old != y->old)
        return x->old < y->old ? -1 : 1;
    return (x->next > y->next) - (x->next < y->next);
}

static struct pair pair_of(const struct principal *old, const struct principal *next)
{
    return (struct pair){principal_partner(next ? next : old), old ? principal_reader(old) : NULL,
                         next ? principal_reader(next) : NULL};
}

/* Both registries list their principals by URI. */
static size_t all_pairs(struct pair *pairs, const struct principal *const *old, size_t n_old,
                        const struct principal *const *next, size_t n_next)
{
    size_t i = 0, k = 0, n = 0;
    while (i < n_old || k < n_next) {
        int c = i == n_old ? 1 : k == n_next ? -1 : str_cmp(principal_uri(old[i]), principal_uri(next[k]));
        pairs[n++] = pair_of(c <= 0 ? old[i] : NULL, c >= 0 ? next[k] : NULL);
        i += c <= 0;
        k += c >= 0;
    }
    return n;
}

static void find_pairs(struct impact *im, const struct transition *t)
{
    const struct principal *const *old, *const *next;
    size_t n_old = registry_principals(t->old, &old), n_next = registry_principals(t->next, &next), kept = 0;
    struct pair *pairs = arena_array(im->arena, n_old + n_next, sizeof *pairs);
    size_t n = all_pairs(pairs, old, n_old, next, n_next);
    if (n > 1)
        qsort(pairs, n, sizeof *pairs, pair_order);
    for (size_t i = 0; i < n; i++)
        if (!i || pair_order(&pairs[i], &pairs[kept - 1]) != 0)
            pairs[kept++] = pairs[i];
    im->pairs = pairs;
    im->n_pairs = kept;
}

static void find_boundaries(struct impact *im, const struct transition *t, instant now)
{
    const instant *all;
    size_t n = registry_boundaries(t->next, &all), kept = 0;
    instant *cuts = arena_array(im->arena, n, sizeof *cuts);
    for (size_t i = 0; i < n; i++)
        if (boundary_splits(t, all[i], now))
            cuts[kept++] = all[i];
    im->boundaries = cuts;
    im->n_boundaries = kept;
}

/* Sets grow at any time: their entries, which stay as they are, are listed once. */
static struct entry **list_entries(const struct impact *im, const struct label_set *set)
{
    struct entry **list = arena_array(im->arena, im->n_entries, sizeof *list);
    if (im->n_entries)
        memcpy(list, set->entries, im->n_entries * sizeof *list);
    return list;
}

static int read_seq(struct pg *c, int64_t *ret, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    int error = pg_exec(c, "SELECT seq FROM sequencer", NULL, &r, fault);
    if (!error)
        *ret = pg_i64(r, 0, 0);
    return error;
}

/* With slow held: the dictionary as both registries read it. */
static int take_sets(struct impact *im, struct visibility *v, const struct transition *t, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int error = pg_take(v->pool, &c, fault);
    if (!error)
        error = begin_growth(v, c, t->old, fault);
    if (!error)
        error = read_seq(c, &im->seq, fault);
    if (!error)
        error = pg_commit(c, fault);
    if (error)
        return error;
    im->old = v->set;
    atomic_fetch_add(&im->old->refs, 1);
    im->next = set_new(v, t->next);
    im->n_entries = im->next->n;
    im->old_entries = list_entries(im, im->old);
    im->next_entries = list_entries(im, im->next);
    return 0;
}

/* --- deciding --- */

struct seen {
    bool permit, exempt;    /* exempt: whatever the record's times are */
    struct str view, steps; /* steps: what the register says that the view does to the type */
    int32_t delay;
};

/* `view` is defined for the type. */
static struct str steps_of(const struct registry *reg, unsigned view, struct str type)
{
    const struct view_entry *views;
    registry_views(reg, &views);
    const struct view_entry *v = &views[view - 1];
    size_t i = 0;
    while (i + 1 < v->n_types && !str_eq(v->types[i].type, type))
        i++;
    return v->types[i].steps;
}

static bool seen_alike(const struct seen *a, const struct seen *b)
{
    return str_eq(a->view, b->view) && str_eq(a->steps, b->steps);
}

static struct seen look(const struct label_set *set, const struct reader *reader, const struct entry *e,
                        const struct subject *subject, instant at)
{
    const struct view *view;
    struct verdict verdict;
    if (!reader || !subject->label)
        return (struct seen){.view = STR("")};
    decide(set->registry, reader, subject, at, &verdict);
    if (!seen_in(set, e, &verdict, &view))
        return (struct seen){.view = STR("")};
    return (struct seen){true, verdict.time_exempt, verdict.view_code,
                         view ? steps_of(set->registry, verdict.view, e->row.type) : STR(""),
                         view ? (int32_t)(view_delay(view) / INSTANT_SECOND) : 0};
}

static bool same_hit(const struct hit *a, const struct hit *b)
{
    return a->effect == b->effect && str_eq(a->partner, b->partner) && str_eq(a->from, b->from) && str_eq(a->to, b->to);
}

/* A partner's principals need not see alike: what happens to several of them is told once. */
static void add_hit(struct impact *im, const struct hit *hit)
{
    for (size_t i = im->n_hits; i-- > 0 && im->hits[i].cell == hit->cell;)
        if (same_hit(&im->hits[i], hit))
            return;
    if (im->n_hits == im->hits_room) {
        im->hits_room = im->hits_room ? 2 * im->hits_room : 64;
        im->hits = memory_resize(im->hits, im->hits_room * sizeof *im->hits);
    }
    im->hits[im->n_hits++] = *hit;
}

static void compare(struct impact *im, const struct pair *pair, int32_t label, const struct subject *old,
                    const struct subject *next)
{
    struct seen a = look(im->old, pair->old, im->old_entries[label], old, im->at);
    struct seen b = look(im->next, pair->next, im->next_entries[label], next, im->at);
    struct hit hit = {.cell = im->n_cells, .partner = pair->partner, .from = a.view, .to = b.view};
    if (a.permit == b.permit && seen_alike(&a, &b) && a.delay == b.delay)
        return;
    hit.effect = !a.permit ? OPENS : !b.permit ? CLOSES : VIEW;
    hit.delay = hit.effect == CLOSES ? a.delay : b.delay;
    add_hit(im, &hit);
}

static void keep_cell(struct impact *im, const struct cell *cell)
{
    if (im->n_cells == im->cells_room) {
        im->cells_room = im->cells_room ? 2 * im->cells_room : 64;
        im->cells = memory_resize(im->cells, im->cells_room * sizeof *im->cells);
    }
    im->cells[im->n_cells++] = *cell;
}

/* The records of one label, posted at or after `since` and before the next boundary. */
static void decide_cell(struct impact *im, const struct cell *cell, instant since)
{
    struct subject old = im->old_entries[cell->label]->subject, next = im->next_entries[cell->label]->subject;
    size_t before = im->n_hits;
    next.ingested_at = since;
    if (cell->spread) {
        next.grants = grants_joined(&im->next_entries[cell->label]->row, cell->spread->id, im->arena);
        next.n_grants++;
    }
    for (size_t i = 0; i < im->n_pairs; i++)
        compare(im, &im->pairs[i], cell->label, &old, &next);
    if (im->n_hits > before)
        keep_cell(im, cell);
}

static bool concerns(const struct spreading *s, const struct label_row *row)
{
    return row->label && str_eq(row->type, s->type) && codes_has(&row->label->owners, s->owner);
}

/* Its records are under it already, those of a warning that was in force before: they keep their label. */
static bool is_under(const struct spreading *s, const struct label_row *row)
{
    for (size_t i = 0; i < row->n_grants; i++)
        if (str_eq(row->grants[i], s->id))
            return true;
    return false;
}

/* As split_generations will divide it: a record's own row stays whole. */
static void decide_label(struct impact *im, int32_t label, const struct spreading *spread)
{
    const struct label_row *row = &im->old_entries[label]->row;
    size_t first = 0;
    while (first < im->n_boundaries && (row->own || im->boundaries[first] <= row->since))
        first++;
    bool divided = first < im->n_boundaries;
    for (size_t part = first; part <= im->n_boundaries; part++) {
        struct cell cell = {.label = label, .part = divided ? (int)part : 0, .divided = divided, .spread = spread};
        decide_cell(im, &cell, part == first ? row->since : im->boundaries[part - 1]);
    }
}

static instant start_of(const struct register_entry *entry)
{
    json_auto_t *v = json_loadb(entry->json.p, entry->json.n, 0, NULL);
    const char *from = json_string_value(json_object_get(v, "from"));
    instant t;
    return from && instant_parse(str_of(from), &t) ? t : INSTANT_MIN;
}

/* What begins later is shown as it will be when it has begun. */
static instant effective(const struct transition *t, struct arena *arena, instant now)
{
    const struct register_change *changes;
    size_t n = registry_changes(t->old, t->next, arena, &changes);
    instant at = now;
    for (size_t i = 0; i < n; i++) {
        instant start = changes[i].next ? start_of(changes[i].next) : INSTANT_MIN;
        at = start > at ? start : at;
    }
    return at;
}

/* One owner's, of one type each: a label is of one type. */
static void decide_spread(struct impact *im, int32_t label)
{
    const struct label_row *row = &im->old_entries[label]->row;
    for (size_t i = 0; i < im->n_spreads; i++)
        if (concerns(&im->spreads[i], row))
            decide_label(im, label, is_under(&im->spreads[i], row) ? NULL : &im->spreads[i]);
}

int impact_make(struct store *s, const struct transition *t, instant now, struct impact **ret, struct fault *fault)
{
    return impact_of_spread(s, t, NULL, 0, now, ret, fault);
}

int impact_of_spread(struct store *s, const struct transition *t, const struct spreading *v, size_t n, instant now,
                     struct impact **ret, struct fault *fault)
{
    IMPACT_CLEANUP struct impact *im = memory_zeroed(sizeof *im);
    im->arena = arena_new();
    im->spreads = v;
    im->n_spreads = n;
    im->at = effective(t, im->arena, now);
    im->later = im->at > now;
    pthread_mutex_lock(&s->visibility->slow);
    int error = take_sets(im, s->visibility, t, fault);
    pthread_mutex_unlock(&s->visibility->slow);
    if (error)
        return error;
    find_pairs(im, t);
    find_boundaries(im, t, now);
    for (size_t i = 0; i < im->n_entries; i++)
        if (n)
            decide_spread(im, (int32_t)i);
        else
            decide_label(im, (int32_t)i, NULL);
    *ret = im;
    im = NULL;
    return 0;
}

/* --- single records --- */

enum stage { HIDDEN, LATER, SHOWN };

static enum stage stage_of(const struct seen *seen, const struct record_times *t, instant now)
{
    if (!seen->permit)
        return HIDDEN;
    if (seen->exempt)
        return SHOWN;
    if (now >= t->expires || t->embargo_until >= t->expires)
        return HIDDEN;
    instant from = instant_add(t->ingested_at, seen->delay * INSTANT_SECOND);
    return now < t->embargo_until || now < from ? LATER : SHOWN;
}

/* Who loses sight of a record, gains it, or sees it otherwise. */
static void compare_move(struct impact *im, const struct pair *pair, const struct impact_move *m,
                         const struct entry *then)
{
    const struct entry *e = im->old_entries[m->label];
    struct seen a = look(im->old, pair->old, e, &e->subject, im->at);
    struct seen b = look(im->old, pair->next, then, &then->subject, im->at);
    enum stage before = stage_of(&a, &m->now, im->at), after = stage_of(&b, &m->then, im->at);
    enum stage counts = before > after ? before : after;
    struct hit hit = {.cell = im->n_cells, .partner = pair->partner, .from = a.view, .to = b.view, .counted = true};
    if (before == after && (before == HIDDEN || seen_alike(&a, &b)))
        return;
    hit.effect = after > before ? OPENS : after < before ? CLOSES : VIEW;
    hit.shown = counts == SHOWN;
    hit.later = counts == LATER;
    add_hit(im, &hit);
}

static void decide_move(struct impact *im, const struct impact_move *m)
{
    struct entry then = *im->old_entries[m->label];
    struct cell cell = {.label = m->label};
    size_t before = im->n_hits;
    then.subject = *m->next;
    then.row.label = m->next->label;
    for (size_t i = 0; i < im->n_pairs; i++)
        compare_move(im, &im->pairs[i], m, &then);
    if (im->n_hits > before)
        keep_cell(im, &cell);
}

int impact_of_moves(struct store *s, const struct registry *reg, const struct impact_move *moves, size_t n, instant now,
                    struct impact **ret, struct fault *fault)
{
    IMPACT_CLEANUP struct impact *im = memory_zeroed(sizeof *im);
    im->arena = arena_new();
    im->at = now;
    int error = set_take(s->visibility, reg, &im->old, fault);
    if (error)
        return error;
    const struct transition same = {im->old->registry, im->old->registry};
    im->n_entries = set_entries(s->visibility, im->old, im->arena, &im->old_entries);
    im->next_entries = im->old_entries;
    find_pairs(im, &same);
    for (size_t i = 0; i < n; i++)
        decide_move(im, &moves[i]);
    *ret = im;
    im = NULL;
    return 0;
}

/* --- counting --- */

static int count_order(const void *a, const void *b)
{
    const struct count *x = a, *y = b;
    const int64_t left[] = {x->label, x->part, x->delay}, right[] = {y->label, y->part, y->delay};
    for (int i = 0; i < 3; i++)
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    return 0;
}

static size_t labels_of(const struct impact *im, bool divided, int32_t *labels)
{
    size_t n = 0;
    for (size_t i = 0; i < im->n_cells; i++)
        if (im->cells[i].divided == divided && !im->cells[i].spread && (!n || labels[n - 1] != im->cells[i].label))
            labels[n++] = im->cells[i].label;
    return n;
}

static size_t delays_of(const struct impact *im, int32_t *delays)
{
    size_t n = 0;
    for (size_t i = 0; i < im->n_hits; i++) {
        size_t k = 0;
        while (k < n && delays[k] != im->hits[i].delay)
            k++;
        if (k == n)
            delays[n++] = im->hits[i].delay;
    }
    return n;
}

static void take_counts(struct impact *im, const struct pg_result *r)
{
    size_t n = (size_t)pg_rows(r);
    im->counts = memory_resize(im->counts, (im->n_counts + n) * sizeof *im->counts);
    for (int row = 0; row < pg_rows(r); row++)
        im->counts[im->n_counts++] = (struct count){pg_i32(r, row, 0), pg_i32(r, row, 1), pg_i32(r, row, 2),
                                                    pg_i64(r, row, 3), pg_i64(r, row, 4)};
}

static int count_spread(struct impact *im, struct pg *c, const struct spreading *spread, instant at,
                        struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    int32_t *delays = arena_array(arena, im->n_hits, sizeof *delays);
    size_t n = delays_of(im, delays);
    int error = n ? spread_records(c, im->next->registry, spread, delays, n, at, &r, fault) : 0;
    if (!error && r && pg_rows(r))
        take_counts(im, r);
    return error;
}

static int count_labels(struct impact *im, struct pg *c, bool divided, int64_t seq, instant at, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {.arena = arena};
    int32_t *labels = arena_array(arena, im->n_cells, sizeof *labels);
    int32_t *delays = arena_array(arena, im->n_hits, sizeof *delays);
    size_t n = labels_of(im, divided, labels);
    if (!n)
        return 0;
    pg_arg_i32s(&args, labels, n);
    pg_arg_instants(&args, im->boundaries, divided ? im->n_boundaries : 0);
    pg_arg_i32s(&args, delays, delays_of(im, delays));
    pg_arg_i64(&args, seq);
    pg_arg_instant(&args, im->later ? im->at : at);
    int error = pg_exec(c, "SELECT label_id, part, delay, shown, later FROM label_records($1, $2, $3, $4, $5)", &args,
                        &r, fault);
    if (!error && pg_rows(r))
        take_counts(im, r);
    return error;
}

int impact_count(struct store *s, struct impact *im, int64_t seq, instant at, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    im->n_counts = 0;
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = pg_begin(c, fault);
    if (!error)
        error = pg_simple(c, "SET LOCAL statement_timeout = 0", fault);
    for (size_t i = 0; !error && i < im->n_spreads; i++)
        error = count_spread(im, c, &im->spreads[i], at, fault);
    if (!error)
        error = count_labels(im, c, false, seq, at, fault);
    if (!error)
        error = count_labels(im, c, true, seq, at, fault);
    if (!error && im->n_counts > 1)
        qsort(im->counts, im->n_counts, sizeof *im->counts, count_order);
    return error ? error : pg_commit(c, fault);
}

/* --- telling --- */

/* What one line of the report says but for its numbers, and these. Labels that look alike are one line: how often the
 * dictionary divides them is nobody's business. */
struct line {
    struct str text; /* JSON members; begins with the partner */
    const struct hit *hit;
    int64_t shown, later;
};

static const struct entry *entry_of(const struct impact *im, const struct hit *hit)
{
    const struct entry *e = im->old_entries[im->cells[hit->cell].label];
    return e->row.label ? e : im->next_entries[im->cells[hit->cell].label];
}

static struct count count_of(const struct impact *im, const struct hit *hit)
{
    const struct cell *cell = &im->cells[hit->cell];
    const struct count wanted = {cell->label, cell->part, hit->delay, hit->shown, hit->later};
    if (hit->counted || !im->n_counts)
        return wanted;
    const struct count *found = bsearch(&wanted, im->counts, im->n_counts, sizeof wanted, count_order);
    return found ? *found : wanted;
}

static void add_view(struct buf *out, const char *name, struct str view)
{
    buf_member_text(out, name, view.n ? view : STR("full"));
}

static struct str line_text(const struct impact *im, const struct hit *hit)
{
    BUF_CLEANUP struct buf out = {0}, marking = {0};
    const struct entry *e = entry_of(im, hit);
    const struct registry *reg = (e == im->old_entries[e->row.id] ? im->old : im->next)->registry;
    label_portion(reg, e->row.label, &marking);
    buf_printf(&out, "\"change\":\"%s\"", effect_names[hit->effect]);
    buf_member_text(&out, "type", e->row.type);
    buf_member_text(&out, "dataMode", e->row.data_mode);
    buf_member_text(&out, "classificationMarking", buf_view(&marking));
    buf_member_text(&out, "originator", e->row.originator);
    if (hit->effect != OPENS)
        add_view(&out, "from", hit->from);
    if (hit->effect != CLOSES)
        add_view(&out, "to", hit->to);
    return arena_str(im->arena, buf_view(&out));
}

static int line_order(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int c = str_cmp(x->hit->partner, y->hit->partner);
    return c ? c : str_cmp(x->text, y->text);
}

/* The lines about labels of `owner` that records are under, in order. */
static struct line *make_lines(const struct impact *im, struct str owner, size_t *ret_n)
{
    struct line *lines = arena_array(im->arena, im->n_hits, sizeof *lines);
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < im->n_hits; i++) {
        const struct hit *hit = &im->hits[i];
        const struct count count = count_of(im, hit);
        if (count.shown + count.later == 0 || (owner.n && !codes_has(&entry_of(im, hit)->row.label->owners, owner)))
            continue;
        lines[n++] = (struct line){line_text(im, hit), hit, count.shown, count.later};
    }
    if (n > 1)
        qsort(lines, n, sizeof *lines, line_order);
    for (size_t i = 0; i < n; i++) {
        if (!kept || line_order(&lines[kept - 1], &lines[i]) != 0) {
            lines[kept++] = lines[i];
            continue;
        }
        lines[kept - 1].shown += lines[i].shown;
        lines[kept - 1].later += lines[i].later;
    }
    *ret_n = kept;
    return lines;
}

/* What comes to one partner. */
static void write_partner(const struct line *lines, size_t n, struct buf *out)
{
    int64_t sums[EFFECTS] = {0};
    for (size_t i = 0; i < n; i++)
        sums[lines[i].hit->effect] += lines[i].shown;
    buf_z(out, "{\"partner\":");
    buf_json_str(out, lines[0].hit->partner);
    for (int e = 0; e < EFFECTS; e++)
        buf_printf(out, ",\"%s\":%lld", effect_names[e], (long long)sums[e]);
    buf_z(out, ",\"labels\":[");
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s{%.*s,\"records\":%lld,\"later\":%lld}", i ? "," : "", STR_ARG(lines[i].text),
                   (long long)lines[i].shown, (long long)lines[i].later);
    buf_z(out, "]}");
}

void impact_write(const struct impact *im, struct str owner, struct buf *out, struct digest *ret)
{
    size_t n, start = out->n;
    const struct line *lines = make_lines(im, owner, &n);
    buf_z(out, "\"effective\":");
    if (im->later) {
        buf_char(out, '"');
        buf_instant(out, im->at);
        buf_char(out, '"');
    } else {
        buf_z(out, "null");
    }
    buf_z(out, ",\"partners\":[");
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && str_eq(lines[end].hit->partner, lines[i].hit->partner); end++)
            ;
        buf_z(out, i ? "," : "");
        write_partner(&lines[i], end - i, out);
    }
    buf_char(out, ']');
    *ret = sha256((struct str){out->p + start, out->n - start});
}

void impact_report(const struct impact *im, struct str owner, instant now, struct buf *out, struct digest *ret)
{
    char hex[DIGEST_HEX];
    buf_z(out, "\"asOf\":\"");
    buf_instant(out, now);
    buf_z(out, "\",");
    impact_write(im, owner, out, ret);
    hex_write(ret->bytes, DIGEST_SIZE, hex);
    buf_printf(out, ",\"digest\":\"%.*s\"", DIGEST_HEX, hex);
}

void impact_print(const struct impact *im, struct buf *out)
{
    size_t n;
    const struct line *lines = make_lines(im, STR(""), &n);
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%.*s: {%.*s,\"records\":%lld,\"later\":%lld}\n", STR_ARG(lines[i].hit->partner),
                   STR_ARG(lines[i].text), (long long)lines[i].shown, (long long)lines[i].later);
}
