/* Clocks in RINEX clock files, by epoch, type and name. */
#include "clk_of_record.h"
#include "export_rows.h"
#include "fixed.h"
#include "memory.h"

#include <stdlib.h>

#define NARROW_NAME 4 /* columns of a name before version 3.04 */
#define LIST_NAMES 15 /* in a line of PRN LIST */
#define COMMENT_WIDTH 60

struct span {
    int64_t first, last;
};

struct track {
    struct str name, type;
    struct clk_receiver receiver;
    struct span *spans; /* of its records */
    size_t n, room;
};

struct point {
    int64_t ticks;
    size_t track;
    struct clk_data data;
};

struct texts {
    struct str *list; /* objects and lines of the header, each once */
    size_t n, room;
};

struct clk_writer {
    struct arena *arena;
    instant now;
    bool wide; /* version 3.04, which has a place for everything */
    struct str common[CLK_COMMON], made[CLK_MADE], version, system;
    struct texts comments, references;
    struct track *tracks;
    struct point *points;
    size_t tracks_n, tracks_room, n, room;
};

static void *begin(const struct export_format *format, struct str type, instant now)
{
    struct clk_writer *w = memory_zeroed(sizeof *w);
    w->arena = arena_new();
    w->now = now;
    (void)format;
    (void)type;
    return w;
}

static void *grow(void *list, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return list;
    *room = *room ? 2 * *room : 16;
    return memory_resize(list, *room * size);
}

/* A file says it once for all. */
static int check_common(const struct clk_writer *w, const struct clk_source *s, struct fault *fault)
{
    for (size_t i = 0; w->n && i < CLK_COMMON; i++)
        if (!str_eq(w->common[i], s->common[i]))
            return fault_set(fault, ERR_INVALID_RECORD, clk_common_fields[i],
                             "expected what the record before has, %.*s: a file has one",
                             w->common[i].n < COMMENT_WIDTH ? (int)w->common[i].n : COMMENT_WIDTH, w->common[i].p);
    return 0;
}

static size_t find_track(const struct clk_writer *w, const struct clk_source *s)
{
    size_t i = 0;
    while (i < w->tracks_n && !(str_eq(w->tracks[i].name, s->name) && str_eq(w->tracks[i].type, s->type)))
        i++;
    return i;
}

static int check_track(const struct clk_writer *w, const struct clk_source *s, struct span span, struct fault *fault)
{
    size_t at = find_track(w, s);
    if (at == CLK_CLOCKS_MAX)
        return fault_set(fault, ERR_INVALID_RECORD, "clock", "a file has at most %d", CLK_CLOCKS_MAX);
    for (size_t i = 0; at < w->tracks_n && i < w->tracks[at].n; i++)
        if (span.first <= w->tracks[at].spans[i].last && span.last >= w->tracks[at].spans[i].first)
            return fault_set(fault, ERR_INVALID_RECORD, "start",
                             "expected a time outside of the clock's other record: a file has one of an epoch");
    return 0;
}

static void keep_point(struct clk_writer *w, const struct clk_data *d, size_t track)
{
    struct point p = {.ticks = d->epoch.ticks, .track = track, .data = *d};
    for (size_t i = 0; i < d->n; i++)
        p.data.values[i] = arena_str(w->arena, d->values[i]);
    p.data.epoch.seconds = arena_str(w->arena, d->epoch.seconds);
    w->points = grow(w->points, w->n, &w->room, sizeof *w->points);
    w->points[w->n++] = p;
}

static int add_points(struct clk_writer *w, const struct clk_source *s, struct arena *arena, struct span *ret,
                      struct fault *fault)
{
    static const struct clk_header form = {.wide = true};
    BUF_CLEANUP struct buf line = {0};
    size_t track = find_track(w, s);
    int64_t last = INT64_MIN;
    int error = 0;
    for (size_t i = 0; i < s->n && !error; i++) {
        struct clk_data d = {0};
        struct fault why = {0};
        error = clk_data_of_point(s, i, arena, &d, &why);
        if (!error && d.epoch.ticks <= last)
            error = fault_set(&why, ERR_INVALID_RECORD, "epoch", "expected a later one than that before it");
        buf_clear(&line);
        if (!error)
            error = clk_write_data(&form, &d, &line, &why);
        if (error)
            return fault_set(fault, ERR_INVALID_RECORD, arena_printf(arena, "points[%zu]", i), "%s: %s", why.where,
                             why.detail);
        last = d.epoch.ticks;
        *ret = (struct span){i ? ret->first : last, last};
        keep_point(w, &d, track);
    }
    return 0;
}

/* --- what the header has, line by line --- */

struct lines_out {
    bool wide;
    struct arena *arena;
    struct buf *out;
    struct fault *fault;
};

static int put(struct lines_out *o, const char *field, enum clk_label label, const struct str *values)
{
    struct fault why;
    if (clk_write_line(o->wide, label, values, o->out, &why) == 0)
        return 0;
    return fault_set(o->fault, ERR_INVALID_RECORD, field, "%s: %s", why.where, why.detail);
}

static int put_one(struct lines_out *o, const char *field, enum clk_label label, struct str value)
{
    struct str values[CLK_LINE_VALUES] = {value};
    return value.n ? put(o, field, label, values) : 0;
}

/* Objects or texts of an array, a line each. */
static int put_array(struct lines_out *o, const char *field, enum clk_label label, struct str array)
{
    const struct str *list;
    size_t n = 0;
    int error = 0;
    if (array.n && !elements_of(array, o->arena, &list, &n))
        return fault_set(o->fault, ERR_INVALID_RECORD, field, "expected an array");
    for (size_t i = 0; i < n && !error; i++) {
        struct member m = {STR("x"), list[i]};
        struct str values[CLK_LINE_VALUES] = {0};
        if (label == CLK_OBSERVATIONS) {
            struct str text = member_value(&m, 1, "x", o->arena);
            values[0] = str_trim(str_slice(text, 0, 1));
            values[1] = str_trim(str_slice(text, 1, 5));
            values[2] = str_slice(text, 6, text.n);
        } else {
            clk_correction_of(list[i], o->arena, values);
        }
        error = put(o, field, label, values);
    }
    return error;
}

static int put_references(struct lines_out *o, const struct texts *references)
{
    struct clk_reference r, before = {0};
    int error = 0;
    for (size_t i = 0; i < references->n && !error; i++) {
        size_t same = 1;
        if ((error = clk_reference_of(references->list[i], o->arena, &r, o->fault)))
            return error;
        for (struct clk_reference next; i + same < references->n; same++)
            if (clk_reference_of(references->list[i + same], o->arena, &next, o->fault) ||
                !str_eq(next.span[1], r.span[1]) || !str_eq(next.span[2], r.span[2]))
                break;
        if (!i || !str_eq(before.span[1], r.span[1]) || !str_eq(before.span[2], r.span[2])) {
            r.span[0] = str_of(arena_printf(o->arena, "%zu", same));
            error = put(o, "references", CLK_REFERENCE_COUNT, r.span);
        }
        if (!error)
            error = put(o, "references", CLK_REFERENCE, r.values);
        before = r;
    }
    return error;
}

static bool is_placed(const struct clk_receiver *r)
{
    return r->number.n || r->x.n || r->y.n || r->z.n;
}

static int put_receivers(struct lines_out *o, struct str frame, const struct track *list, size_t n)
{
    size_t count = 0;
    int error = 0;
    for (size_t i = 0; i < n; i++)
        count += is_placed(&list[i].receiver);
    struct str first[CLK_LINE_VALUES] = {str_of(arena_printf(o->arena, "%zu", count)), frame};
    if (count || frame.n)
        error = put(o, "frame", CLK_SOLUTION_STATIONS, first);
    for (size_t i = 0; i < n && !error; i++) {
        const struct clk_receiver *r = &list[i].receiver;
        struct str values[CLK_LINE_VALUES] = {list[i].name, r->number, r->x, r->y, r->z};
        if (is_placed(r))
            error = put(o, "receiverX", CLK_SOLUTION_STATION, values);
    }
    return error;
}

static int put_satellites(struct lines_out *o, const struct clk_writer *w)
{
    BUF_CLEANUP struct buf line = {0};
    size_t n = 0;
    int error = 0;
    for (size_t i = 0; i < w->tracks_n; i++)
        n += str_is(w->tracks[i].type, "AS");
    if (!n)
        return 0;
    error = put_one(o, "clock", CLK_SOLUTION_SATELLITES, str_of(arena_printf(o->arena, "%zu", n)));
    for (size_t i = 0, k = 0; i < w->tracks_n && !error; i++) {
        if (!str_is(w->tracks[i].type, "AS"))
            continue;
        buf_printf(&line, "%s%-3.*s", line.n ? " " : "", STR_ARG(w->tracks[i].name));
        if (++k % LIST_NAMES && k < n)
            continue;
        error = put_one(o, "clock", CLK_SATELLITES, buf_view(&line));
        buf_clear(&line);
    }
    return error;
}

static int put_types(struct lines_out *o, const struct clk_writer *w)
{
    BUF_CLEANUP struct buf types = {0};
    size_t n = 0;
    for (size_t i = 0; i < w->tracks_n; i++)
        if (!types.n || !memmem(types.p, types.n, w->tracks[i].type.p, w->tracks[i].type.n)) {
            buf_printf(&types, "    %.*s", STR_ARG(w->tracks[i].type));
            n++;
        }
    struct str values[CLK_LINE_VALUES] = {str_of(arena_printf(o->arena, "%zu", n)), buf_view(&types)};
    return put(o, "dataType", CLK_TYPES, values);
}

static int put_version(struct lines_out *o, const struct clk_writer *w)
{
    char made[INSTANT_TEXT];
    instant_write(w->now, made);
    struct str version = w->wide ? STR("3.04") : w->version;
    struct str first[CLK_LINE_VALUES] = {str_of(arena_printf(o->arena, "%.*s", STR_ARG(version))), STR("C"), w->system};
    struct str program[CLK_LINE_VALUES] = {w->made[0], w->made[1], w->made[2]};
    if (w->wide)
        first[0] = STR("3.04");
    if (!program[0].n && !program[1].n && !program[2].n) {
        program[0] = STR("relto");
        program[2] = str_of(arena_printf(o->arena, "%.4s%.2s%.2s  %.2s%.2s%.2s UTC", made, made + 5, made + 8,
                                         made + 11, made + 14, made + 17));
    }
    int error = put(o, "version", CLK_VERSION, first);
    return error ? error : put(o, "program", CLK_PROGRAM, program);
}

/* Records of a file that was exported before may have the banner among their comments. */
static int put_comments(struct lines_out *o, const struct texts *comments, struct str banner)
{
    int error = 0;
    bool told = false;
    for (size_t i = 0; i < comments->n && !error; i++) {
        struct member m = {STR("x"), comments->list[i]};
        struct str values[CLK_LINE_VALUES] = {member_value(&m, 1, "x", o->arena)};
        told = told || str_eq(values[0], str_slice(banner, 0, COMMENT_WIDTH));
        error = put(o, "comments", CLK_COMMENT, values);
    }
    for (size_t at = 0; at < banner.n && !error && !told; at += COMMENT_WIDTH)
        error = put_one(o, "", CLK_COMMENT, str_slice(banner, at, COMMENT_WIDTH));
    return error;
}

/* What all records say alike. */
static int put_common(struct lines_out *o, const struct str *common)
{
    static const struct {
        enum clk_common says;
        enum clk_label label;
    } arrays[] = {{CLK_SAYS_OBSERVATIONS, CLK_OBSERVATIONS},
                  {CLK_SAYS_CODE_BIASES, CLK_DCBS},
                  {CLK_SAYS_PHASE_CENTERS, CLK_PCVS}},
      texts[] = {{CLK_SAYS_TIME_SYSTEM, CLK_TIME_SYSTEM},
                 {CLK_SAYS_LEAP_SECONDS, CLK_LEAP_SECONDS},
                 {CLK_SAYS_LEAP_SECONDS_GNSS, CLK_LEAP_SECONDS_GNSS},
                 {CLK_SAYS_STATION_REFERENCE, CLK_STATION_REFERENCE}};
    static const struct {
        enum clk_common first, second;
        enum clk_label label;
    } pairs[] = {{CLK_SAYS_STATION, CLK_SAYS_STATION_NUMBER, CLK_STATION},
                 {CLK_SAYS_CENTER, CLK_SAYS_CENTER_NAME, CLK_CENTER}};
    int error = 0;
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays && !error; i++)
        error = put_array(o, clk_common_fields[arrays[i].says], arrays[i].label, common[arrays[i].says]);
    for (size_t i = 0; i < sizeof texts / sizeof *texts && !error; i++)
        error = put_one(o, clk_common_fields[texts[i].says], texts[i].label, common[texts[i].says]);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs && !error; i++) {
        struct str values[CLK_LINE_VALUES] = {common[pairs[i].first], common[pairs[i].second]};
        if (values[0].n || values[1].n)
            error = put(o, clk_common_fields[pairs[i].first], pairs[i].label, values);
    }
    return error;
}

static int put_header(struct lines_out *o, const struct clk_writer *w, struct str banner)
{
    struct str none[CLK_LINE_VALUES] = {0};
    int error = put_version(o, w);
    if (!error)
        error = put_comments(o, &w->comments, banner);
    if (!error)
        error = put_common(o, w->common);
    if (!error)
        error = put_types(o, w);
    if (!error)
        error = put_references(o, &w->references);
    if (!error)
        error = put_receivers(o, w->common[CLK_SAYS_FRAME], w->tracks, w->tracks_n);
    if (!error)
        error = put_satellites(o, w);
    return error ? error : put(o, "", CLK_END_OF_HEADER, none);
}

/* --- records that are taken --- */

/* Elements of an array that are not there yet. */
static void keep_texts(struct clk_writer *w, struct texts *to, struct str array, struct arena *arena)
{
    const struct str *list;
    size_t n, before = to->n;
    if (!array.n || !elements_of(array, arena, &list, &n))
        return;
    for (size_t i = 0; i < n; i++) {
        bool known = false;
        for (size_t k = 0; k < before; k++)
            known |= str_eq(to->list[k], list[i]);
        if (known)
            continue;
        to->list = grow(to->list, to->n, &to->room, sizeof *to->list);
        to->list[to->n++] = arena_str(w->arena, list[i]);
    }
}

static struct str copy(struct clk_writer *w, struct str s)
{
    return s.n ? arena_str(w->arena, s) : (struct str){0};
}

static bool is_narrow(const struct clk_source *s)
{
    struct str v = s->version;
    return v.n == 4 && (v.p[0] == '2' || v.p[0] == '3') && fixed_number(v) && memcmp(v.p, "3.04", 4) != 0;
}

/* The first record tells what the file says; later ones, what of it is not of all. */
static void keep_header(struct clk_writer *w, const struct clk_source *s, bool first)
{
    for (size_t i = 0; i < CLK_COMMON && first; i++)
        w->common[i] = copy(w, s->common[i]);
    for (size_t i = 0; i < CLK_MADE; i++)
        w->made[i] = first ? copy(w, s->made[i]) : str_eq(w->made[i], s->made[i]) ? w->made[i] : (struct str){0};
    if (first)
        w->version = copy(w, s->version);
    w->system = first ? copy(w, s->system) : str_eq(w->system, s->system) ? w->system : STR("M");
    w->wide |= !is_narrow(s) || !str_eq(w->version, s->version) || s->name.n > NARROW_NAME;
}

static void keep_track(struct clk_writer *w, const struct clk_source *s, struct span span)
{
    size_t at = find_track(w, s);
    if (at == w->tracks_n) {
        struct clk_receiver r = {copy(w, s->receiver.number), copy(w, s->receiver.x), copy(w, s->receiver.y),
                                 copy(w, s->receiver.z)};
        w->tracks = grow(w->tracks, w->tracks_n, &w->tracks_room, sizeof *w->tracks);
        w->tracks[w->tracks_n++] = (struct track){.name = copy(w, s->name), .type = copy(w, s->type), .receiver = r};
    }
    struct track *to = &w->tracks[at];
    to->spans = grow(to->spans, to->n, &to->room, sizeof *to->spans);
    to->spans[to->n++] = span;
}

/* A file of this record alone, for its header's faults. */
static int check_header(const struct clk_writer *w, const struct clk_source *s, struct arena *arena,
                        struct fault *fault)
{
    BUF_CLEANUP struct buf out = {0};
    struct track track = {.name = s->name, .type = s->type, .receiver = s->receiver};
    struct clk_writer alone = {.arena = arena, .now = w->now, .wide = true, .tracks = &track, .tracks_n = 1};
    struct lines_out o = {true, arena, &out, fault};
    memcpy(alone.common, s->common, sizeof alone.common);
    memcpy(alone.made, s->made, sizeof alone.made);
    alone.system = s->system;
    keep_texts(&alone, &alone.comments, s->comments, arena);
    keep_texts(&alone, &alone.references, s->references, arena);
    int error = put_header(&o, &alone, (struct str){0});
    free(alone.comments.list);
    free(alone.references.list);
    return error;
}

static int add(void *writer, const struct member *members, size_t n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct clk_writer *w = writer;
    struct clk_source s = {0};
    struct span span = {0};
    size_t points = w->n;
    int error = clk_source_of_record(members, n, arena, &s, fault);
    if (!error)
        error = check_common(w, &s, fault);
    if (!error)
        error = check_header(w, &s, arena, fault);
    if (!error)
        error = add_points(w, &s, arena, &span, fault);
    if (!error)
        error = check_track(w, &s, span, fault);
    if (error) {
        w->n = points;
        return error;
    }
    keep_header(w, &s, points == 0);
    keep_texts(w, &w->comments, s.comments, arena);
    keep_texts(w, &w->references, s.references, arena);
    keep_track(w, &s, span);
    return 0;
}

/* --- the file --- */

static int compare_tracks(const void *a, const void *b)
{
    const struct track *x = a, *y = b;
    int c = str_cmp(x->type, y->type);
    return c ? c : str_cmp(x->name, y->name);
}

static int compare_points(const void *a, const void *b)
{
    const struct point *x = a, *y = b;
    int c = (x->ticks > y->ticks) - (x->ticks < y->ticks);
    return c ? c : (x->track > y->track) - (x->track < y->track);
}

/* Clocks in the order of their types and names, points in that of time and of clocks. */
static void sort_all(struct clk_writer *w)
{
    size_t *places = arena_array(w->arena, w->tracks_n, sizeof *places);
    struct track *before = arena_array(w->arena, w->tracks_n, sizeof *before);
    memcpy(before, w->tracks, w->tracks_n * sizeof *before);
    qsort(w->tracks, w->tracks_n, sizeof *w->tracks, compare_tracks);
    for (size_t i = 0; i < w->tracks_n; i++) {
        struct clk_source s = {.name = before[i].name, .type = before[i].type};
        places[i] = find_track(w, &s);
    }
    for (size_t i = 0; i < w->n; i++)
        w->points[i].track = places[w->points[i].track];
    qsort(w->points, w->n, sizeof *w->points, compare_points);
}

static int end(void *writer, struct str banner, struct buf *out, struct fault *fault)
{
    struct clk_writer *w = writer;
    if (!w->n)
        return 0;
    sort_all(w);
    struct lines_out o = {w->wide, w->arena, out, fault};
    size_t before = out->n;
    int error = put_header(&o, w, banner);
    if (error && !w->wide) { /* names of other clocks may need the columns of version 3.04 */
        out->n = before;
        o.wide = w->wide = true;
        error = put_header(&o, w, banner);
    }
    struct clk_header form = {.wide = w->wide};
    for (size_t i = 0; i < w->n && !error; i++) {
        const struct track *t = &w->tracks[w->points[i].track];
        w->points[i].data.type = t->type;
        w->points[i].data.name = t->name;
        error = clk_write_data(&form, &w->points[i].data, out, fault);
    }
    if (error)
        out->n = before;
    return error;
}

static void release(void *writer)
{
    struct clk_writer *w = writer;
    if (!w)
        return;
    for (size_t i = 0; i < w->tracks_n; i++)
        free(w->tracks[i].spans);
    free(w->tracks);
    free(w->points);
    free(w->comments.list);
    free(w->references.list);
    arena_free(w->arena);
    free(w);
}

const struct export_writer export_clk = {begin, add, end, release};
