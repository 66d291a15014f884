/* Precise orbits in SP3-c or SP3-d, by epoch and satellite. */
#include "export_rows.h"
#include "memory.h"
#include "sp3_of_record.h"

#include <stdio.h>
#include <stdlib.h>

#define COMMENTS_C 4    /* lines of comment in version c; in version d any number */
#define SATELLITES_C 85 /* five lines of 17 */
#define COMMENT_WIDTH 57
#define DENSE                                                                                                          \
    4 /* a file whose epochs have at least every fourth satellite tells of the others that they are unknown            \
       */

struct span {
    int64_t first, last;
};

struct satellite {
    struct str name, accuracy;
    struct span *spans; /* of its records */
    size_t n, room;
};

struct point {
    int64_t ticks;
    size_t satellite;
    size_t at, position, velocity; /* in the text: lines P and EP, and lines V and EV behind them */
};

struct sp3_writer {
    struct arena *arena;
    struct sp3_header *header; /* what the records say in common; satellites are below */
    struct str file_type, interval, comments;
    struct satellite *satellites;
    struct point *points;
    size_t n, room;
    struct buf text;
};

static void *begin(const struct export_format *format, struct str type, instant now)
{
    struct sp3_writer *w = memory_zeroed(sizeof *w);
    w->arena = arena_new();
    w->header = arena_alloc(w->arena, sizeof *w->header);
    w->header->version = 'c';
    w->satellites = arena_array(w->arena, SP3_SATELLITES_MAX, sizeof *w->satellites);
    (void)format;
    (void)type;
    (void)now;
    return w;
}

/* A file says it once for all. */
static int check_common(const struct sp3_writer *w, const struct sp3_source *s, struct fault *fault)
{
    for (size_t i = 0; w->n && i < sp3_common_count; i++) {
        struct str v = w->header->values[sp3_common[i].value], other = s->header.values[sp3_common[i].value];
        if (!str_eq(v, other))
            return fault_set(fault, ERR_INVALID_RECORD, sp3_common[i].field,
                             "expected \"%.*s\", as the record before has it: a file has one", STR_ARG(v));
    }
    return 0;
}

static size_t find_satellite(const struct sp3_writer *w, struct str name)
{
    size_t i = 0;
    while (i < w->header->satellite_count && !str_eq(w->satellites[i].name, name))
        i++;
    return i;
}

static int check_satellite(const struct sp3_writer *w, const struct sp3_source *s, struct span span,
                           struct fault *fault)
{
    size_t at = find_satellite(w, s->satellite);
    if (at == SP3_SATELLITES_MAX)
        return fault_set(fault, ERR_INVALID_RECORD, "satellite", "a file has at most %d", SP3_SATELLITES_MAX);
    if (at == w->header->satellite_count)
        return 0;
    const struct satellite *known = &w->satellites[at];
    if (!str_eq(known->accuracy, s->accuracy))
        return fault_set(fault, ERR_INVALID_RECORD, "accuracy",
                         "expected \"%.*s\", as the satellite's record before has it: a file has one",
                         STR_ARG(known->accuracy));
    for (size_t i = 0; i < known->n; i++)
        if (span.first <= known->spans[i].last && span.last >= known->spans[i].first)
            return fault_set(fault, ERR_INVALID_RECORD, "start",
                             "expected a time outside of the satellite's other record: a file has one orbit of it");
    return 0;
}

static void *grow(void *list, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return list;
    *room = *room ? 2 * *room : 16;
    return memory_resize(list, *room * size);
}

/* Appends the point's lines. */
static int add_point(struct sp3_writer *w, const struct sp3_source *s, const struct sp3_state *state,
                     struct sp3_header *form, struct fault *fault)
{
    struct point p = {.ticks = state->epoch.ticks, .satellite = find_satellite(w, s->satellite), .at = w->text.n};
    int error = sp3_write_state(form, state, &w->text, fault);
    if (error)
        return error;
    const char *from = w->text.p + p.at, *second = memmem(from, w->text.n - p.at, "\nV", 2);
    p.position = (size_t)(second + 1 - from);
    p.velocity = w->text.n - p.at - p.position;
    w->points = grow(w->points, w->n, &w->room, sizeof *w->points);
    w->points[w->n++] = p;
    return 0;
}

static int add_points(struct sp3_writer *w, const struct sp3_source *s, struct arena *arena, struct span *ret,
                      bool *ret_velocities, struct fault *fault)
{
    struct sp3_header *form = arena_alloc(arena, sizeof *form);
    int64_t last = INT64_MIN;
    int error = 0;
    form->version = 'd';
    form->satellites[0] = s->satellite;
    for (size_t i = 0; i < s->n && !error; i++) {
        char where[32];
        struct sp3_state state;
        struct fault why = {0};
        bool moves = false;
        error = sp3_state_of_point(s, i, arena, &state, &moves, &why);
        if (!error && state.epoch.ticks <= last)
            error = fault_set(&why, ERR_INVALID_RECORD, "epoch", "expected a later one than that before it");
        if (!error)
            error = add_point(w, s, &state, form, &why);
        snprintf(where, sizeof where, "points[%zu]", i);
        if (error)
            return fault_set(fault, ERR_INVALID_RECORD, where, "%s: %s", why.where, why.detail);
        last = state.epoch.ticks;
        *ret = (struct span){i ? ret->first : last, last};
        *ret_velocities |= moves;
    }
    return 0;
}

/* Once a record is taken: what it says is what the file says. */
static void keep_header(struct sp3_writer *w, const struct sp3_source *s)
{
    for (size_t i = 0; i < sp3_common_count; i++) {
        enum sp3_header_value v = sp3_common[i].value;
        if (s->header.values[v].n)
            w->header->values[v] = arena_str(w->arena, s->header.values[v]);
    }
    w->interval = s->header.values[SP3_INTERVAL].n ? w->header->values[SP3_INTERVAL] : (struct str){0};
    w->file_type = arena_str(w->arena, s->file_type);
}

static void keep_comments(struct sp3_writer *w, const struct sp3_source *s)
{
    struct sp3_header *h = w->header;
    if (str_eq(s->comments, w->comments))
        return;
    bool first = !w->comments.n;
    if (first)
        w->comments = arena_str(w->arena, s->comments);
    for (size_t i = 0; i < s->comment_count && h->comment_count < SP3_COMMENTS_MAX; i++) {
        bool known = false;
        for (size_t k = 0; k < h->comment_count && !first; k++)
            known |= str_eq(h->comments[k], s->comment[i]);
        if (!known)
            h->comments[h->comment_count++] = arena_str(w->arena, s->comment[i]);
    }
}

static void keep_satellite(struct sp3_writer *w, const struct sp3_source *s, struct span span)
{
    struct satellite *to = &w->satellites[find_satellite(w, s->satellite)];
    if (!to->n) {
        *to =
            (struct satellite){.name = arena_str(w->arena, s->satellite), .accuracy = arena_str(w->arena, s->accuracy)};
        w->header->satellite_count++;
    }
    to->spans = grow(to->spans, to->n, &to->room, sizeof *to->spans);
    to->spans[to->n++] = span;
}

static int add(void *writer, const struct member *members, size_t n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct sp3_writer *w = writer;
    struct sp3_source *s = arena_alloc(arena, sizeof *s);
    struct span span = {0};
    size_t points = w->n, text = w->text.n;
    bool velocities = false;
    int error = sp3_source_of_record(members, n, arena, s, fault);
    if (!error)
        error = check_common(w, s, fault);
    if (!error)
        error = add_points(w, s, arena, &span, &velocities, fault);
    if (!error)
        error = check_satellite(w, s, span, fault);
    if (error) {
        w->n = points;
        w->text.n = text;
        return error;
    }
    if (!points)
        keep_header(w, s);
    if (!str_eq(w->file_type, s->file_type))
        w->file_type = STR("M");
    keep_comments(w, s);
    keep_satellite(w, s, span);
    w->header->velocities |= velocities;
    if (s->header.version == 'd')
        w->header->version = 'd';
    return 0;
}

/* The order of systems in files of the IGS, others behind them. */
static int rank_of(struct str name)
{
    static const char order[] = "GRECJIS";
    const char *at = strchr(order, name.p[0]);
    return at ? (int)(at - order) : (int)sizeof order;
}

static int compare_satellites(const void *a, const void *b)
{
    const struct satellite *x = a, *y = b;
    int c = rank_of(x->name) - rank_of(y->name);
    return c ? c : str_cmp(x->name, y->name);
}

static int compare_points(const void *a, const void *b)
{
    const struct point *x = a, *y = b;
    int c = (x->ticks > y->ticks) - (x->ticks < y->ticks);
    return c ? c : (x->satellite > y->satellite) - (x->satellite < y->satellite);
}

/* Satellites in their order, and points in that of time and of satellites. */
static void sort_all(struct sp3_writer *w)
{
    size_t n = w->header->satellite_count;
    size_t *places = arena_array(w->arena, n, sizeof *places);
    struct satellite *before = arena_array(w->arena, n, sizeof *before);
    memcpy(before, w->satellites, n * sizeof *before);
    qsort(w->satellites, n, sizeof *w->satellites, compare_satellites);
    for (size_t i = 0; i < n; i++)
        places[i] = find_satellite(w, before[i].name);
    for (size_t i = 0; i < w->n; i++)
        w->points[i].satellite = places[w->points[i].satellite];
    qsort(w->points, w->n, sizeof *w->points, compare_points);
}

static size_t count_epochs(const struct sp3_writer *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++)
        n += !i || w->points[i].ticks != w->points[i - 1].ticks;
    return n;
}

/* Of all satellites, or M; what the records said if that is no less. */
static struct str file_type_of(const struct sp3_writer *w)
{
    struct str own = {w->satellites[0].name.p, 1};
    for (size_t i = 1; i < w->header->satellite_count; i++)
        if (w->satellites[i].name.p[0] != own.p[0])
            return STR("M");
    return w->file_type.n ? w->file_type : own;
}

static bool has_comment(const struct sp3_header *h, struct str text)
{
    for (size_t i = 0; i < h->comment_count; i++)
        if (str_eq(h->comments[i], text))
            return true;
    return false;
}

/* Records of a file that was exported before may have it among their comments. */
static void take_banner(struct sp3_writer *w, struct str banner)
{
    struct sp3_header *h = w->header;
    for (size_t at = 0; at < banner.n && h->comment_count < SP3_COMMENTS_MAX; at += COMMENT_WIDTH)
        if (!has_comment(h, str_slice(banner, at, COMMENT_WIDTH)))
            h->comments[h->comment_count++] = str_slice(banner, at, COMMENT_WIDTH);
}

static struct str interval_of(const struct sp3_writer *w)
{
    int64_t least = 0;
    if (w->interval.n)
        return w->interval;
    for (size_t i = 1; i < w->n; i++) {
        int64_t step = w->points[i].ticks - w->points[i - 1].ticks;
        least = step && (!least || step < least) ? step : least;
    }
    return sp3_seconds_text(least, w->arena);
}

static void finish_header(struct sp3_writer *w, size_t epochs, struct str banner)
{
    struct sp3_header *h = w->header;
    sp3_start_values(w->points[0].ticks, w->arena, h->values);
    h->values[SP3_EPOCHS] = str_of(arena_printf(w->arena, "%zu", epochs));
    h->values[SP3_FILE_TYPE] = file_type_of(w);
    h->values[SP3_INTERVAL] = interval_of(w);
    take_banner(w, banner);
    if (h->comment_count > COMMENTS_C || h->satellite_count > SATELLITES_C)
        h->version = 'd';
    for (size_t i = 0; i < h->satellite_count; i++) {
        h->satellites[i] = w->satellites[i].name;
        h->accuracies[i] = w->satellites[i].accuracy.n ? w->satellites[i].accuracy : STR("0");
    }
    sp3_reserved_values(h);
}

static void write_unknown(const struct sp3_writer *w, size_t satellite, struct buf *out)
{
    struct sp3_state none = {.satellite = satellite, .has_velocity = w->header->velocities};
    sp3_unknown(none.position);
    sp3_unknown(none.velocity);
    sp3_write_state(w->header, &none, out, NULL);
}

static void write_points(const struct sp3_writer *w, bool dense, struct buf *out)
{
    for (size_t i = 0, next = 0; i < w->n; i++) {
        const struct point *p = &w->points[i];
        if (!i || p->ticks != w->points[i - 1].ticks) {
            sp3_write_epoch_of(p->ticks, out);
            next = 0;
        }
        for (; dense && next < p->satellite; next++)
            write_unknown(w, next, out);
        buf_add(out, w->text.p + p->at, p->position + (w->header->velocities ? p->velocity : 0));
        next = p->satellite + 1;
        bool last = i + 1 == w->n || w->points[i + 1].ticks != p->ticks;
        for (; dense && last && next < w->header->satellite_count; next++)
            write_unknown(w, next, out);
    }
}

static int end(void *writer, struct str banner, struct buf *out, struct fault *fault)
{
    struct sp3_writer *w = writer;
    size_t before = out->n;
    if (!w->n)
        return 0;
    sort_all(w);
    size_t epochs = count_epochs(w);
    finish_header(w, epochs, banner);
    int error = sp3_write_header(w->header, out, fault);
    if (error) {
        out->n = before;
        return error;
    }
    write_points(w, epochs * w->header->satellite_count <= DENSE * w->n, out);
    sp3_write_end(out);
    return 0;
}

static void release(void *writer)
{
    struct sp3_writer *w = writer;
    if (!w)
        return;
    for (size_t i = 0; i < w->header->satellite_count; i++)
        free(w->satellites[i].spans);
    buf_free(&w->text);
    free(w->points);
    arena_free(w->arena);
    free(w);
}

const struct export_writer export_sp3 = {begin, add, end, release};
