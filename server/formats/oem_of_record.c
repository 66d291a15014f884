/* Sets of ephemerides as orbit ephemeris messages (CCSDS 502.0-B-3, section 5): a segment of all their points. What has
 * no keyword is told in comments. */
#include "ephemeris.h"
#include "ndm_making.h"

#include <stdio.h>

static const struct ndm_made_row rows[] = {
    {"CREATION_DATE", MADE_OF_TIME, "createdAt", NULL},
    {"ORIGINATOR", MADE_OF_KNOWN, "origin", "createdBy"},
    {"OBJECT_NAME", MADE_OF_KNOWN, "objectName", NULL},
    {"OBJECT_ID", MADE_OF_KNOWN, "origObjectId", "satNo"},
    {"CENTER_NAME", MADE_OF_FIELD, "centBody", NULL},
    {"REF_FRAME", MADE_OF_FRAME, "referenceFrame", NULL},
    {"TIME_SYSTEM", MADE_FIXED, "UTC", NULL},
    {"START_TIME", MADE_OF_TIME, "pointStartTime", NULL},
    {"USEABLE_START_TIME", MADE_OF_TIME, "usableStartTime", NULL},
    {"USEABLE_STOP_TIME", MADE_OF_TIME, "usableEndTime", NULL},
    {"STOP_TIME", MADE_OF_TIME, "pointEndTime", NULL},
    {"INTERPOLATION", MADE_OF_FIELD, "interpolation", NULL},
    {"INTERPOLATION_DEGREE", MADE_OF_FIELD, "interpolationDegree", NULL},
};

struct points {
    struct ndm_making *m;
    struct str frame; /* of the covariances, as the record has it */
    struct buf covariances;
};

#define POINT_VALUES 10
static const char *const values[POINT_VALUES] = {"ts",   "xpos", "ypos",   "zpos",   "xvel",
                                                 "yvel", "zvel", "xaccel", "yaccel", "zaccel"};
#define STATE_VALUES 7

static int lacks(const struct ndm_making *m, size_t point, const char *field)
{
    const char *where = arena_printf(m->arena, "ephemerisList[%zu].%s", point, field);
    return fault_set(m->fault, ERR_INVALID_RECORD, where, "expected a value, which CCSDS_OEM_VERS cannot do without");
}

/* Accelerations are all there or none is. */
static int write_state(struct ndm_making *m, size_t point, const struct member *members, size_t n, struct str *ret_time)
{
    struct str texts[POINT_VALUES];
    bool accelerations = false;
    for (size_t i = 0; i < POINT_VALUES; i++) {
        texts[i] = member_value(members, n, values[i], m->arena);
        accelerations = accelerations || (i >= STATE_VALUES && texts[i].n);
    }
    texts[0] = ndm_making_time(texts[0]);
    size_t count = accelerations ? POINT_VALUES : STATE_VALUES;
    for (size_t i = 0; i < count; i++) {
        if (!texts[i].n)
            return lacks(m, point, values[i]);
        buf_printf(m->out, i + 1 < count ? "%.*s " : "%.*s\n", STR_ARG(texts[i]));
    }
    *ret_time = texts[0];
    return 0;
}

/* Behind all states. */
static int keep_covariance(struct points *p, size_t point, struct str cov, struct str time)
{
    const char *where = arena_printf(p->m->arena, "ephemerisList[%zu].cov", point), *frame;
    const struct str *numbers;
    int error = ndm_making_covariance(p->m, cov, where, p->frame, "covReferenceFrame", &numbers, &frame);
    if (error)
        return error;
    buf_printf(&p->covariances, "EPOCH = %.*s\nCOV_REF_FRAME = %s\n", STR_ARG(time), frame);
    for (size_t row = 0, i = 0; row < 6; row++)
        for (size_t column = 0; column <= row; column++, i++)
            buf_printf(&p->covariances, column < row ? "%.*s " : "%.*s\n", STR_ARG(numbers[i]));
    return 0;
}

static int write_point(struct points *p, size_t point, struct str json)
{
    const struct member *members;
    size_t n;
    struct str time = {0};
    if (!members_of(json, p->m->arena, &members, &n))
        return lacks(p->m, point, values[0]);
    int error = write_state(p->m, point, members, n, &time);
    struct str cov = error ? STR("") : member_value(members, n, "cov", p->m->arena);
    return cov.n ? keep_covariance(p, point, cov, time) : error;
}

static int write_points(struct ndm_making *m)
{
    struct points p = {.m = m, .frame = ndm_making_field(m, "covReferenceFrame")};
    struct str list = ndm_making_field(m, "ephemerisList");
    const struct str *points = NULL;
    size_t n = 0;
    int error = 0;
    if (!list.n || !elements_of(list, m->arena, &points, &n) || !n)
        return fault_set(m->fault, ERR_INVALID_RECORD, "ephemerisList",
                         "expected points, which CCSDS_OEM_VERS cannot do without");
    for (size_t i = 0; i < n && !error; i++)
        error = write_point(&p, i, points[i]);
    if (!error && p.covariances.n) {
        buf_z(m->out, "COVARIANCE_START\n");
        buf_str(m->out, buf_view(&p.covariances));
        buf_z(m->out, "COVARIANCE_STOP\n");
    }
    buf_free(&p.covariances);
    return error;
}

/* What the points say, and what stands there because something must. */
static void pass_over(struct ndm_making *m)
{
    static const char *const of_points[] = {"numPoints", "hasAccel", "hasCov", "stepSize"};
    static const struct {
        const char *field, *text;
    } usual[] = {{"category", EPHEMERIS_CATEGORY}, {"type", EPHEMERIS_TYPE}};
    for (size_t i = 0; i < sizeof of_points / sizeof *of_points; i++)
        ndm_making_field(m, of_points[i]);
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (str_is(member_value(m->members, m->n, usual[i].field, m->arena), usual[i].text))
            ndm_making_field(m, usual[i].field);
}

static int write_head(struct ndm_making *m, const struct ndm_block *block)
{
    struct ndm_made_table table = {m, rows, sizeof rows / sizeof *rows};
    bool metadata = block->name && strcmp(block->name, "metadata") == 0;
    buf_z(m->out, metadata ? "META_START\n" : "");
    int error = ndm_making_rows(m, block, ndm_made_find, &table);
    buf_z(m->out, metadata ? "META_STOP\n" : "");
    return error;
}

int oem_of_ephemerisset(struct ndm_making *m)
{
    BUF_CLEANUP struct buf states = {0};
    struct buf *out = m->out;
    int error = 0;
    buf_z(out, "CCSDS_OEM_VERS = 3.0\n");
    ndm_making_comments(m, ndm_making_field(m, "comments"));
    pass_over(m);
    m->out = &states;
    for (size_t i = 0; i < ndm_oem.count && !error; i++)
        if (ndm_oem.blocks[i].layout == LAYOUT_ROWS)
            error = write_head(m, &ndm_oem.blocks[i]);
    if (!error)
        error = write_points(m);
    m->out = out;
    if (!error)
        error = ndm_making_rest(m, "ephemerisset", "COMMENT ", false);
    buf_str(out, buf_view(&states));
    return error;
}
