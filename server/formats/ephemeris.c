#include "ephemeris.h"

#define FIRST_ROOM 64

struct ephemeris_point *ephemeris_add(struct ephemeris *e, instant t, struct arena *arena)
{
    if (e->n == e->room) {
        size_t room = e->room ? 2 * e->room : FIRST_ROOM;
        struct ephemeris_point *larger = arena_array(arena, room, sizeof *larger);
        if (e->n)
            memcpy(larger, e->points, e->n * sizeof *larger);
        e->points = larger;
        e->room = room;
    }
    e->points[e->n] = (struct ephemeris_point){.t = t};
    return &e->points[e->n++];
}

static void add_numbers(const char *const *names, const struct str *values, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++)
        buf_member_json(out, names[i], values[i]);
}

static void add_point(const struct ephemeris_point *p, const struct header *header, struct buf *out)
{
    static const char *const state[] = {"xpos", "ypos", "zpos", "xvel", "yvel", "zvel"};
    static const char *const acceleration[] = {"xaccel", "yaccel", "zaccel"};
    header_write(&(struct header){header->marking, header->data_mode, header->source, STR(""), STR("")}, out);
    buf_member_instant(out, "ts", p->t);
    add_numbers(state, p->state, 6, out);
    if (p->acceleration[0].n)
        add_numbers(acceleration, p->acceleration, 3, out);
    for (size_t i = 0; p->covariance && i < EPHEMERIS_COVARIANCE; i++) {
        buf_z(out, i ? "," : ",\"cov\":[");
        buf_str(out, p->covariance[i]);
    }
    buf_z(out, p->covariance ? "]}" : "}");
}

static void add_text(const char *name, struct str value, struct buf *out)
{
    if (value.n)
        buf_member_text(out, name, value);
}

static void add_flag(const char *name, bool value, struct buf *out)
{
    buf_printf(out, ",\"%s\":%s", name, value ? "true" : "false");
}

/* Told if it is the same between all points, and whole seconds. */
static void add_step(const struct ephemeris *e, struct buf *out)
{
    if (e->n < 2)
        return;
    int64_t step = e->points[1].t - e->points[0].t;
    for (size_t i = 2; i < e->n; i++)
        if (e->points[i].t - e->points[i - 1].t != step)
            return;
    if (step && step % INSTANT_SECOND == 0)
        buf_printf(out, ",\"stepSize\":%lld", (long long)(step / INSTANT_SECOND));
}

static void add_span(const struct ephemeris *e, struct buf *out)
{
    buf_member_instant(out, "pointStartTime", e->points[0].t);
    buf_member_instant(out, "pointEndTime", e->points[e->n - 1].t);
    if (e->usable_from)
        buf_member_instant(out, "usableStartTime", e->usable_from);
    if (e->usable_to)
        buf_member_instant(out, "usableEndTime", e->usable_to);
    buf_printf(out, ",\"numPoints\":%zu", e->n);
    add_step(e, out);
}

static void add_contents(const struct ephemeris *e, struct buf *out)
{
    bool accelerations = false, covariances = false;
    for (size_t i = 0; i < e->n; i++) {
        accelerations = accelerations || e->points[i].acceleration[0].n;
        covariances = covariances || e->points[i].covariance;
    }
    add_flag("hasAccel", accelerations, out);
    add_flag("hasCov", covariances, out);
    add_text("covReferenceFrame", covariances ? e->covariance_frame : STR(""), out);
}

void ephemeris_set(const struct ephemeris *e, const struct ephemeris_header *header, struct buf *out)
{
    struct header h = header->record;
    if (!h.origin.n)
        h.origin = e->originator;
    header_write(&h, out);
    buf_member_text(out, "category", header->category);
    buf_member_text(out, "type", header->type);
    if (header->sat_no.n)
        buf_printf(out, ",\"satNo\":%.*s", STR_ARG(header->sat_no));
    if (header->maneuvers_told)
        add_flag("hasMnvr", header->maneuvers, out);
    add_text("objectName", e->object_name, out);
    add_text("origObjectId", e->object, out);
    add_text("centBody", e->centre, out);
    add_text("referenceFrame", e->frame, out);
    add_text("interpolation", e->interpolation, out);
    if (e->degree.n)
        buf_printf(out, ",\"interpolationDegree\":%.*s", STR_ARG(e->degree));
    add_text("comments", e->comments, out);
    add_span(e, out);
    add_contents(e, out);
    add_text("message", e->message, out);
    for (size_t i = 0; i < e->n && !e->frame_unknown; i++) {
        buf_z(out, i ? "," : ",\"ephemerisList\":[");
        add_point(&e->points[i], &header->record, out);
    }
    buf_z(out, e->frame_unknown ? "}" : "]}");
}
