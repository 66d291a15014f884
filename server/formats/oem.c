/* Orbit ephemeris messages (CCSDS 502.0-B-3, section 5) as one ephemeris each. A record has one object, one frame and
 * points, so that the segments of a message must agree in these. */
#include "oem.h"
#include "ndm_frames.h"
#include "ndm_message.h"
#include "number.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 4))) static int event_fault(const struct oem *m, struct fault *fault,
                                                             const char *format, ...)
{
    char where[FAULT_WHERE_MAX], detail[FAULT_DETAIL_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    snprintf(where, sizeof where, "line %zu", m->event->line);
    return fault_set(fault, ERR_INVALID_RECORD, where, "%s", detail);
}

/* Also with the day of the year. What is finer than a microsecond has no place. */
static bool read_time(struct str text, instant *ret)
{
    char start[48];
    if (text.n < 10 || text.p[4] != '-' || text.p[8] != 'T')
        return instant_parse(text, ret);
    int day = (text.p[5] - '0') * 100 + (text.p[6] - '0') * 10 + (text.p[7] - '0');
    snprintf(start, sizeof start, "%.4s-01-01%.*s", text.p, (int)(text.n - 8 < 36 ? text.n - 8 : 36), text.p + 8);
    if (!instant_parse(str_of(start), ret))
        return false;
    *ret += (day - 1) * INSTANT_DAY;
    return *ret < INSTANT_10000;
}

static int take_time(const struct oem *m, struct str text, instant *ret, struct fault *fault)
{
    return (m->alone ? ndm_instant(text, &m->scale, ret) : read_time(text, ret))
               ? 0
               : event_fault(m, fault, "%.*s: expected a time of years 1900 to 9999, in microseconds", STR_ARG(text));
}

static int take_number(const struct oem *m, struct str text, struct str *ret, struct fault *fault)
{
    return number_json(text, m->arena, ret) ? 0 : event_fault(m, fault, "%.*s: expected a number", STR_ARG(text));
}

/* --- values --- */

/* The first segment says it, the others repeat it. */
static int take_common(const struct oem *m, struct str value, struct str *ret, struct fault *fault)
{
    if (m->segments > 1 && !str_eq(*ret, value))
        return event_fault(m, fault, "%.*s: expected %.*s, as in the first segment", STR_ARG(m->event->keyword),
                           STR_ARG(*ret));
    *ret = arena_str(m->arena, value);
    return 0;
}

static int take_frame(struct oem *m, struct fault *fault)
{
    const struct ndm_frame *frame = ndm_frame_find(m->event->text);
    m->frame_unknown = !frame || !frame->of_states;
    if (m->frame_unknown && m->alone)
        return 0;
    if (m->frame_unknown)
        return event_fault(m, fault, "REF_FRAME: expected EME2000, GCRF, ITRF or TEME");
    return take_common(m, str_of(frame->of_states), &m->e->frame, fault);
}

static int take_time_system(struct oem *m, struct fault *fault)
{
    struct str text = m->event->text;
    if (m->alone && !ndm_scale_find(text, &m->scale))
        return event_fault(m, fault, "TIME_SYSTEM: %.*s: expected " NDM_SCALES, STR_ARG(text));
    return m->alone || str_is(text, "UTC") ? 0 : event_fault(m, fault, "TIME_SYSTEM: expected UTC");
}

static int take_metadata(struct oem *m, struct fault *fault)
{
    struct ephemeris *e = m->e;
    struct str keyword = m->event->keyword, text = m->event->text;
    if (str_is(keyword, "OBJECT_NAME") && m->segments == 1)
        e->object_name = arena_str(m->arena, text);
    if (str_is(keyword, "OBJECT_ID"))
        return take_common(m, text, &e->object, fault);
    if (str_is(keyword, "CENTER_NAME"))
        return take_common(m, text, &e->centre, fault);
    if (str_is(keyword, "REF_FRAME"))
        return take_frame(m, fault);
    if (str_is(keyword, "TIME_SYSTEM"))
        return take_time_system(m, fault);
    if (str_is(keyword, "USEABLE_START_TIME") && m->segments == 1)
        return take_time(m, text, &e->usable_from, fault);
    if (str_is(keyword, "USEABLE_STOP_TIME"))
        return take_time(m, text, &e->usable_to, fault);
    if (str_is(keyword, "INTERPOLATION") && m->segments == 1)
        e->interpolation = arena_str(m->arena, text);
    if (str_is(keyword, "INTERPOLATION_DEGREE") && m->segments == 1)
        return take_number(m, text, &e->degree, fault);
    return 0;
}

static int take_covariance(struct oem *m, struct fault *fault)
{
    struct str keyword = m->event->keyword, text = m->event->text;
    if (str_is(keyword, "EPOCH"))
        return take_time(m, text, &m->covariance_at, fault);
    if (str_is(keyword, "COV_REF_FRAME")) {
        const struct ndm_frame *frame = ndm_frame_find(text);
        m->covariance_unknown = !frame;
        if (!frame && m->alone)
            return 0;
        if (!frame)
            return event_fault(m, fault, "COV_REF_FRAME: expected RSW, RTN or one that REF_FRAME can be");
        m->covariance_frame = str_of(frame->of_covariances);
        return 0;
    }
    return take_number(m, text, &m->covariance[m->covariances++], fault);
}

static int take_value(struct oem *m, struct fault *fault)
{
    const char *block = ndm_block_name(m->event->block);
    if (!strcmp(block, "metadata"))
        return take_metadata(m, fault);
    if (!strcmp(block, "covarianceMatrix"))
        return take_covariance(m, fault);
    if (str_is(m->event->keyword, "CLASSIFICATION"))
        m->e->classification = arena_str(m->arena, m->event->text);
    if (str_is(m->event->keyword, "ORIGINATOR"))
        m->e->originator = arena_str(m->arena, m->event->text);
    return 0;
}

/* A segment may begin where the one before it ends. */
static int take_state(struct oem *m, struct fault *fault)
{
    const struct ndm_event *event = m->event;
    instant t;
    int error = take_time(m, event->values[0], &t, fault);
    if (!error && m->e->n && t < m->e->points[m->e->n - 1].t)
        error = event_fault(m, fault, "expected segments in the order of their times");
    if (error)
        return error;
    struct ephemeris_point *p = ephemeris_add(m->e, t, m->arena);
    for (size_t i = 0; !error && i < 6; i++)
        error = take_number(m, event->values[i + 1], &p->state[i], fault);
    for (size_t i = 0; !error && i + 7 < event->count; i++)
        error = take_number(m, event->values[i + 7], &p->acceleration[i], fault);
    return error;
}

/* --- blocks --- */

static int begin(struct oem *m, struct fault *fault)
{
    const char *message = ndm_message_name(m->event->block), *block = ndm_block_name(m->event->block);
    if (message && (strcmp(message, "oem") != 0 || m->messages++))
        return event_fault(m, fault, "expected one message, CCSDS_OEM_VERS");
    if (!strcmp(block, "segment")) {
        m->segments++;
        m->segment_from = m->e->n;
        m->e->usable_to = 0; /* the last one says it */
    }
    if (!strcmp(block, "covarianceMatrix")) {
        m->covariance = arena_array(m->arena, EPHEMERIS_COVARIANCE, sizeof *m->covariance);
        m->covariances = 0;
        m->covariance_unknown = m->frame_unknown;
        m->covariance_frame =
            str_is(m->e->frame, "ITRF") ? STR("ECR/ECEF") : m->e->frame; /* unless it says so itself */
    }
    return 0;
}

static struct ephemeris_point *find_point(const struct oem *m, instant t)
{
    size_t from = m->segment_from, to = m->e->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (m->e->points[middle].t < t)
            from = middle + 1;
        else
            to = middle;
    }
    return from < m->e->n && m->e->points[from].t == t ? &m->e->points[from] : NULL;
}

/* One of a time that no point has is passed over: a record has no place for it. */
static int finish(struct oem *m, struct fault *fault)
{
    if (strcmp(ndm_block_name(m->event->block), "covarianceMatrix") != 0)
        return 0;
    struct ephemeris_point *p = find_point(m, m->covariance_at);
    bool other = m->e->covariance_frame.n && !str_eq(m->e->covariance_frame, m->covariance_frame);
    if (!p || (m->alone && (other || m->covariance_unknown))) {
        m->covariances_left++;
        return 0;
    }
    if (other)
        return event_fault(m, fault, "COV_REF_FRAME: expected the same of all covariances");
    m->e->covariance_frame = m->covariance_frame;
    p->covariance = m->covariance;
    return 0;
}

static void take_comment(struct oem *m)
{
    if (m->comments.n)
        buf_char(&m->comments, '\n');
    buf_str(&m->comments, m->event->text);
}

int oem_take(struct oem *m, struct fault *fault)
{
    switch (m->event->what) {
    case NDM_BEGIN: return begin(m, fault);
    case NDM_COMMENT: take_comment(m); return 0;
    case NDM_VALUE: return take_value(m, fault);
    case NDM_SET: return take_state(m, fault);
    case NDM_FINISH: return finish(m, fault);
    }
    return 0;
}

int oem_read(struct str text, struct arena *arena, struct ephemeris *ret, struct fault *fault)
{
    NDM_READER_CLEANUP struct ndm_reader *reader = ndm_reader_of(text);
    struct ndm_event event;
    struct ephemeris e = {0};
    struct oem m = {.arena = arena, .e = &e, .event = &event};
    struct ndm_message kept;
    int error;
    ndm_message_begin(&kept);
    while (!(error = ndm_next(reader, &event, fault)) && !(error = oem_take(&m, fault)))
        if (kept.text.n <= OEM_MESSAGE_MOST)
            ndm_message_take(&kept, &event);
    if (kept.text.n <= OEM_MESSAGE_MOST)
        e.message = ndm_message_end(&kept, arena);
    ndm_message_free(&kept);
    e.comments = arena_str(arena, buf_view(&m.comments));
    buf_free(&m.comments);
    if (error == NDM_END && e.n) {
        *ret = e;
        return 0;
    }
    return error == NDM_END ? fault_set(fault, ERR_INVALID_RECORD, "line 1", "expected CCSDS_OEM_VERS and points")
                            : error;
}
