/* Observations as one tracking data message (CCSDS 503.0-B-2): a segment for what a sensor observed of an object under
 * one marking. Only what was measured is written; what else the records say is named in a comment.
 *
 * A record has the distance and its rate: the path is the one from the object to the sensor, whoever lit it up. */
#include "export_rows.h"
#include "memory.h"
#include "ndm.h"
#include "ndm_making.h"
#include "record_type.h"

#include <stdlib.h>

enum { UNTOLD_WORDS = FIELD_TABLE_MAX / 64 };

/* Of a record, those with the same angles. */
struct observation {
    struct str metadata, time, data;
    uint64_t untold[UNTOLD_WORDS]; /* fields of the record, by their place in the type */
    size_t again;                  /* so many before it have its metadata and its time */
};

struct tdm_file {
    enum ndm_notation notation;
    const char *type;
    const struct field_table *fields;
    instant now;
    struct arena *arena;
    struct observation *list;
    size_t n, room;
    struct str originator;
    bool originators; /* more than one */
};

static void *begin(const struct export_format *format, struct str type, instant now)
{
    struct tdm_file *w = memory_zeroed(sizeof *w);
    const struct record_type *t = record_type_find(type);
    w->notation = format->variant == EXPORT_XML ? NDM_XML : NDM_KVN;
    w->type = t->name;
    w->fields = t->fields;
    w->now = now;
    w->arena = arena_new();
    return w;
}

static void release(void *writer)
{
    struct tdm_file *w = writer;
    if (!w)
        return;
    arena_free(w->arena);
    free(w->list);
    free(w);
}

/* --- what was observed --- */

struct observable {
    const char *keyword, *field;
    const char *measured; /* the field that tells whether it was, rather than derived; NULL: it always is */
};

static const struct {
    const char *type;
    struct observable angles[2];
} angle_types[] = {
    {"AZEL", {{"ANGLE_1", "azimuth", "azimuthMeasured"}, {"ANGLE_2", "elevation", "elevationMeasured"}}},
    {"RADEC", {{"ANGLE_1", "ra", "raMeasured"}, {"ANGLE_2", "declination", "declinationMeasured"}}},
};
#define ANGLE_TYPES (sizeof angle_types / sizeof *angle_types)

static const struct observable others[] = {
    {"DOPPLER_INSTANTANEOUS", "rangeRate", "rangeRateMeasured"},
    {"MAG", "mag", NULL},
    {"RANGE", "range", "rangeMeasured"},
    {"RCS", "rcs", NULL},
};

struct observing {
    struct tdm_file *w;
    struct ndm_making m;
    struct str time, marking;
    const char *angle_type; /* of the observation that is being made; NULL: it has no angles */
    struct observation made[ANGLE_TYPES + 1];
    size_t n;
};

static struct str measured(struct observing *o, const struct observable *what)
{
    if (what->measured && str_is(ndm_making_field(&o->m, what->measured), "false"))
        return (struct str){NULL, 0};
    return ndm_making_field(&o->m, what->field);
}

static void write_line(const struct observing *o, const struct observable *what, struct str value, struct buf *out)
{
    buf_printf(out, "%s = %.*s %.*s\n", what->keyword, STR_ARG(o->time), STR_ARG(value));
}

static int lacks(const struct observing *o, const char *field)
{
    return export_lacks(field, "CCSDS_TDM_VERS", o->m.fault);
}

/* Both or none. Right ascension needs a frame, which some types do not have. */
static int take_angles(struct observing *o, size_t type, struct buf *out)
{
    const struct observable *angles = angle_types[type].angles;
    struct str texts[2];
    if (type && !field_find(o->w->fields, STR("referenceFrame")))
        return 0;
    for (size_t i = 0; i < 2; i++)
        texts[i] = measured(o, &angles[i]);
    for (size_t i = 0; i < 2; i++)
        if (!texts[i].n && texts[!i].n)
            return lacks(o, angles[i].field);
    for (size_t i = 0; i < 2 && texts[i].n; i++)
        write_line(o, &angles[i], texts[i], out);
    return 0;
}

static void take_others(struct observing *o, struct buf *out)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct str text = measured(o, &others[i]);
        if (text.n)
            write_line(o, &others[i], text, out);
    }
}

/* --- who observed whom --- */

static void find(void *context, const struct ndm_row *row, struct ndm_found *ret)
{
    static const struct ndm_made_row rows[] = {
        {"TRACK_ID", MADE_OF_FIELD, "trackId", NULL},
        {"TIME_SYSTEM", MADE_FIXED, "UTC", NULL},
        {"PARTICIPANT_1", MADE_OF_FIELD, "idSensor", "origSensorId"},
        {"PARTICIPANT_2", MADE_OF_FIELD, "satNo", "origObjectId"},
        {"MODE", MADE_FIXED, "SEQUENTIAL", NULL},
        {"PATH", MADE_FIXED, "2,1", NULL},
        {"RANGE_UNITS", MADE_FIXED, "km", NULL},
    };
    static const struct ndm_made_row frame[] = {{"REFERENCE_FRAME", MADE_OF_FRAME, "referenceFrame", NULL}};
    struct observing *o = context;
    struct ndm_made_table table = {&o->m, rows, sizeof rows / sizeof *rows};
    ndm_made_find(&table, row, ret);
    table = (struct ndm_made_table){&o->m, frame, 1};
    if (o->angle_type && strcmp(o->angle_type, "RADEC") == 0)
        ndm_made_find(&table, row, ret);
    if (strcmp(row->keyword, "ANGLE_TYPE") == 0)
        ret->text = str_of(o->angle_type);
    if (strcmp(row->keyword, "PARTICIPANT_2") == 0 && !ret->text.n)
        ret->text = ndm_making_field(&o->m, "trackId"); /* of nothing known: what is tracked (503.0-B-2, annex E) */
}

static const struct ndm_block *metadata_block(void)
{
    for (size_t i = 0; i < ndm_tdm.count; i++)
        if (ndm_tdm.blocks[i].name && strcmp(ndm_tdm.blocks[i].name, "metadata") == 0)
            return &ndm_tdm.blocks[i];
    return NULL;
}

static int write_metadata(struct observing *o, struct buf *out)
{
    buf_printf(out, "COMMENT CLASSIFICATION: %.*s\n", STR_ARG(o->marking));
    o->m.out = out;
    int error = ndm_making_rows(&o->m, metadata_block(), find, o);
    if (error)
        return error;
    struct str text = buf_view(out);
    if (!memmem(text.p, text.n, "\nPARTICIPANT_2 = ", 17))
        return lacks(o, "satNo");
    bool framed =
        !o->angle_type || strcmp(o->angle_type, "RADEC") != 0 || memmem(text.p, text.n, "\nREFERENCE_FRAME = ", 19);
    return framed ? 0 : lacks(o, "referenceFrame");
}

static int make(struct observing *o, struct str data)
{
    BUF_CLEANUP struct buf metadata = {0};
    int error = data.n ? write_metadata(o, &metadata) : 0;
    if (error || !data.n)
        return error;
    struct arena *arena = o->w->arena;
    o->made[o->n++] = (struct observation){.metadata = arena_str(arena, buf_view(&metadata)),
                                           .time = arena_str(arena, o->time),
                                           .data = arena_str(arena, data)};
    return 0;
}

/* Other values go with the first angles, if there are any. */
static int observe(struct observing *o)
{
    BUF_CLEANUP struct buf data = {0};
    int error = 0;
    take_others(o, &data);
    for (size_t i = 0; i < ANGLE_TYPES && !error; i++) {
        size_t before = data.n;
        o->angle_type = angle_types[i].type;
        error = take_angles(o, i, &data);
        if (error || data.n == before)
            continue;
        error = make(o, buf_view(&data));
        buf_clear(&data);
    }
    o->angle_type = NULL;
    return error ? error : make(o, buf_view(&data));
}

/* --- records --- */

static void keep(struct tdm_file *w, const struct observing *o)
{
    for (size_t i = 0; i < o->n; i++) {
        if (w->n == w->room) {
            w->room = w->room ? 2 * w->room : 64;
            w->list = memory_resize(w->list, w->room * sizeof *w->list);
        }
        w->list[w->n++] = o->made[i];
    }
}

static void note_untold(struct observing *o)
{
    for (size_t i = 0; i < o->m.n; i++) {
        const struct field *f = ndm_making_untold(&o->m, o->w->fields, i);
        size_t at = f ? (size_t)(f - o->w->fields->fields) : 0;
        for (size_t k = 0; f && k < o->n; k++)
            o->made[k].untold[at / 64] |= UINT64_C(1) << (at % 64);
    }
}

static void note_originator(struct tdm_file *w, struct str who)
{
    w->originators = w->originators || (w->originator.n && !str_eq(w->originator, who));
    if (!w->originator.n)
        w->originator = arena_str(w->arena, who);
}

static int add(void *writer, const struct member *members, size_t n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct tdm_file *w = writer;
    struct observing o = {.w = w, .m = {arena, members, n, ndm_making_flags(n, arena), NULL, fault}};
    o.time = ndm_making_time(ndm_making_field(&o.m, "obTime"));
    o.marking = export_marking(members, n, arena);
    int error = o.time.n ? observe(&o) : lacks(&o, "obTime");
    if (!error && !o.n)
        error = fault_set(fault, ERR_INVALID_RECORD, "azimuth",
                          "expected angles, range, rangeRate, mag or rcs, which CCSDS_TDM_VERS is made of");
    if (error)
        return error;
    note_untold(&o);
    keep(w, &o);
    note_originator(w, member_value(members, n, "createdBy", arena));
    return 0;
}

/* --- the file --- */

static int by_segment(const void *a, const void *b)
{
    const struct observation *x = a, *y = b;
    int c = str_cmp(x->metadata, y->metadata);
    if (!c)
        c = (x->again > y->again) - (x->again < y->again);
    if (!c)
        c = str_cmp(x->time, y->time);
    return c ? c : str_cmp(x->data, y->data);
}

/* Times ascend: what was observed twice at a time stands in a segment of its own. */
static void sort(struct tdm_file *w)
{
    qsort(w->list, w->n, sizeof *w->list, by_segment);
    for (size_t i = 1; i < w->n; i++)
        if (str_eq(w->list[i].metadata, w->list[i - 1].metadata) && str_eq(w->list[i].time, w->list[i - 1].time))
            w->list[i].again = w->list[i - 1].again + 1;
    qsort(w->list, w->n, sizeof *w->list, by_segment);
}

static bool same_segment(const struct observation *a, const struct observation *b)
{
    return a->again == b->again && str_eq(a->metadata, b->metadata);
}

static void write_untold(const struct tdm_file *w, size_t from, size_t to, struct buf *out)
{
    bool any = false;
    for (size_t f = 0; f < w->fields->n; f++) {
        bool untold = false;
        for (size_t i = from; i < to; i++)
            untold = untold || (w->list[i].untold[f / 64] >> (f % 64) & 1);
        if (untold)
            buf_printf(out, "%s%s", any ? ", " : "COMMENT not told here: ", w->fields->fields[f].name);
        any = any || untold;
    }
    buf_z(out, any ? "\n" : "");
}

static void write_segments(const struct tdm_file *w, struct buf *out)
{
    for (size_t from = 0, to; from < w->n; from = to) {
        for (to = from + 1; to < w->n && same_segment(&w->list[from], &w->list[to]);)
            to++;
        buf_z(out, "META_START\n");
        write_untold(w, from, to, out);
        buf_str(out, w->list[from].metadata);
        buf_z(out, "META_STOP\nDATA_START\n");
        for (size_t i = from; i < to; i++)
            buf_str(out, w->list[i].data);
        buf_z(out, "DATA_STOP\n");
    }
}

static int end(void *writer, struct str banner, struct buf *out, struct fault *fault)
{
    BUF_CLEANUP struct buf text = {0}, file = {0};
    struct tdm_file *w = writer;
    struct ndm_event e;
    char now[INSTANT_TEXT];
    int error;
    if (!w->n)
        return 0;
    sort(w);
    instant_write(w->now, now);
    buf_z(&text, "CCSDS_TDM_VERS = 2.0\n");
    if (banner.n)
        buf_printf(&text, "COMMENT %.*s\n", STR_ARG(banner));
    buf_printf(&text, "CREATION_DATE = %.*s\nORIGINATOR = %.*s\n",
               STR_ARG(ndm_making_time((struct str){now, sizeof now})),
               STR_ARG(w->originators || !w->originator.n ? STR("UNKNOWN") : w->originator));
    write_segments(w, &text);
    NDM_READER_CLEANUP struct ndm_reader *reader = ndm_reader_of(buf_view(&text));
    NDM_WRITER_CLEANUP struct ndm_writer *own = ndm_writer_new(w->notation, &file);
    while (!(error = ndm_next(reader, &e, fault)))
        ndm_write(own, &e);
    ndm_writer_end(own);
    if (error != NDM_END)
        return error;
    buf_str(out, buf_view(&file));
    return 0;
}

const struct export_writer export_tdm = {begin, add, end, release};
