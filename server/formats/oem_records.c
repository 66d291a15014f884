/* Orbit ephemeris messages to records of type ephemerisset: a segment is a record, a long one several. */
#include "epoch.h"
#include "memory.h"
#include "ndm_fields.h"
#include "ndm_grammar.h"
#include "ndm_pieces.h"
#include "ndm_take.h"
#include "oem.h"

#define POINTS_MAX 10081            /* of one record: a week, a minute apart */
#define COVARIANCE_MOST (16 * 1024) /* of one, whatever its numbers */

/* A covariance stands behind all points of its segment. Once a segment goes on in another record, its covariances are
 * read ahead, up to the last point of each record. */
struct next_covariance {
    size_t behind;          /* pieces of the text, where the segment begins */
    bool sought, found;     /* it is read up to its time; there is one */
    struct ndm_event begin; /* of its block */
    struct ndm_event time;  /* valid until the next look ahead */
    struct buf comments;    /* above, each with an end of line */
    const struct ndm_block *around;
};

struct segments {
    struct ndm_pieces pieces;
    struct oem oem; /* of the record that is being made */
    struct ephemeris ephemeris;
    struct buf originator, comments; /* of the header */
    struct buf first, last;          /* times of the record's points */
    bool open;                       /* inside of a segment */
    size_t cuts;                     /* of it */
    struct next_covariance next;
    size_t line;
};

static void *segments_new(void)
{
    struct segments *s = memory_zeroed(sizeof *s);
    ndm_pieces_begin(&s->pieces);
    return s;
}

static void segments_free(void *state)
{
    struct segments *s = state;
    ndm_pieces_end(&s->pieces);
    buf_free(&s->oem.comments);
    buf_free(&s->originator);
    buf_free(&s->comments);
    buf_free(&s->first);
    buf_free(&s->last);
    buf_free(&s->next.comments);
    free(s);
}

static void begin_record(struct segments *s, struct ndm_taking *t, size_t line)
{
    buf_free(&s->oem.comments);
    s->ephemeris = (struct ephemeris){.originator = buf_view(&s->originator)};
    s->oem = (struct oem){.arena = t->run->item, .e = &s->ephemeris, .alone = true};
    buf_str(&s->oem.comments, buf_view(&s->comments));
    buf_clear(&s->first);
    s->line = line;
}

static int take_in_record(struct segments *s, struct ndm_taking *t, const struct ndm_event *e)
{
    s->oem.event = e;
    return oem_take(&s->oem, t->run->fault);
}

/* --- covariances of a segment that goes on --- */

static bool is_covariance(const struct ndm_event *e)
{
    return strcmp(ndm_block_name(e->block), "covarianceMatrix") == 0;
}

static bool is_around_covariances(const struct ndm_event *e)
{
    return e->block->delimiter && strcmp(e->block->delimiter, "COVARIANCE") == 0;
}

static bool is_end_of_segment(const struct ndm_event *e)
{
    return e->what == NDM_FINISH && strcmp(ndm_block_name(e->block), "segment") == 0;
}

/* Up to the time of the next one, or to the end of the segment. */
static int seek_covariance(struct segments *s, struct ndm_taking *t)
{
    struct next_covariance *c = &s->next;
    struct ndm_event e;
    int error = 0;
    c->sought = true;
    c->found = false;
    buf_clear(&c->comments);
    while (!c->found && !error && !(error = ndm_look_ahead(t, c->behind, &e)) && !is_end_of_segment(&e)) {
        if (e.what == NDM_BEGIN && is_around_covariances(&e))
            c->around = e.block;
        if (e.what == NDM_BEGIN && is_covariance(&e))
            c->begin = e;
        if (e.what == NDM_COMMENT && (is_covariance(&e) || is_around_covariances(&e))) {
            buf_str(&c->comments, e.text);
            buf_char(&c->comments, '\n');
        }
        c->found = e.what == NDM_VALUE && is_covariance(&e);
        c->time = e;
    }
    return error;
}

static int add_piece(struct segments *s, struct ndm_taking *t, const struct ndm_event *e)
{
    ndm_pieces_take(&s->pieces, e);
    return take_in_record(s, t, e);
}

static int add_comments(struct segments *s, struct ndm_taking *t)
{
    struct str rest = buf_view(&s->next.comments);
    int error = 0;
    while (rest.n && !error) {
        size_t n = (size_t)((const char *)memchr(rest.p, '\n', rest.n) - rest.p);
        struct ndm_event e = s->next.begin;
        e.what = NDM_COMMENT;
        e.text = (struct str){rest.p, n};
        error = add_piece(s, t, &e);
        rest = (struct str){rest.p + n + 1, rest.n - n - 1};
    }
    return error;
}

static int add_covariance(struct segments *s, struct ndm_taking *t)
{
    struct ndm_event e = s->next.time;
    int error = add_piece(s, t, &s->next.begin);
    if (!error)
        error = add_comments(s, t);
    if (!error)
        error = add_piece(s, t, &e);
    while (!error && e.what != NDM_FINISH && !(error = ndm_look_ahead(t, 0, &e)))
        error = add_piece(s, t, &e);
    s->next.sought = false;
    return error;
}

static bool is_later(struct str time, struct str than)
{
    struct epoch a, b;
    return epoch_read(time, &a) && epoch_read(than, &b) && epoch_cmp(a, b) > 0;
}

/* Those that are not given to a record yet and no later than until, {NULL, 0}: all. */
static int give_covariances(struct segments *s, struct ndm_taking *t, struct str until)
{
    struct ndm_event around = {.what = NDM_BEGIN};
    int error = 0;
    while (!error && (s->next.sought || !(error = seek_covariance(s, t))) && s->next.found &&
           !(until.p && is_later(s->next.time.text, until))) {
        if (!around.block) {
            around.block = s->next.around;
            error = add_piece(s, t, &around);
        }
        if (!error)
            error = add_covariance(s, t);
    }
    around.what = NDM_FINISH;
    return error || !around.block ? error : add_piece(s, t, &around);
}

/* --- records --- */

static void tell_left_out(const struct segments *s, struct ndm_taking *t)
{
    if (s->oem.frame_unknown)
        import_leave_out(t->run, s->line, STR("states: of a frame that a record has no name for; they are in message"));
    if (s->oem.covariances_left)
        import_leave_out(
            t->run, s->line,
            STR("covariances: of a time that no state has, or of a frame of their own; they are in message"));
}

/* Everything since the last cut is a record. */
static int cut(struct segments *s, struct ndm_taking *t, bool last)
{
    struct arena *arena = t->run->item;
    struct ephemeris *e = &s->ephemeris;
    struct str start = {NULL, 0}, stop = start;
    if (!last || s->cuts) {
        start = s->cuts ? buf_view(&s->first) : ndm_pieces_value(&s->pieces, "START_TIME");
        stop = last ? ndm_pieces_value(&s->pieces, "STOP_TIME") : buf_view(&s->last);
    }
    e->message = ndm_pieces_cut(&s->pieces, start, stop, arena);
    e->comments = ndm_comments(t, buf_view(&s->oem.comments), s->line);
    e->frame_unknown = s->oem.frame_unknown;
    if (e->message.n > OEM_MESSAGE_MOST)
        return ndm_fault(s->line, t->run->fault, "segment: more than a record holds: expected at most %d bytes",
                         OEM_MESSAGE_MOST);
    struct ephemeris_header header = {
        .record = ndm_header(t), .category = STR(EPHEMERIS_CATEGORY), .type = STR(EPHEMERIS_TYPE)};
    ephemeris_set(e, &header, &t->run->json);
    tell_left_out(s, t);
    s->cuts++;
    return ndm_taken(t, "ephemerisset", s->line);
}

/* The same segment in another record. */
static int go_on(struct segments *s, struct ndm_taking *t, const struct ndm_event *e)
{
    int error = give_covariances(s, t, buf_view(&s->last));
    if (!error)
        error = cut(s, t, false);
    if (error)
        return error;
    begin_record(s, t, e->line);
    s->oem.segments = 1;
    for (size_t i = 0; !error && i < s->pieces.count; i++)
        if (s->pieces.metadata[i].what == NDM_VALUE)
            error = take_in_record(s, t, &s->pieces.metadata[i]);
    return error;
}

static int take_state(struct segments *s, struct ndm_taking *t, const struct ndm_event *e)
{
    bool full = s->ephemeris.n == POINTS_MAX || ndm_pieces_size(&s->pieces) > OEM_MESSAGE_MOST - COVARIANCE_MOST;
    int error = full && s->ephemeris.n ? go_on(s, t, e) : 0;
    if (error)
        return error;
    if (!s->ephemeris.n)
        buf_str(&s->first, e->values[0]);
    buf_clear(&s->last);
    buf_str(&s->last, e->values[0]);
    ndm_pieces_take(&s->pieces, e);
    return take_in_record(s, t, e);
}

static void take_header(struct segments *s, const struct ndm_event *e)
{
    if (e->what == NDM_VALUE && str_is(e->keyword, "ORIGINATOR"))
        buf_str(&s->originator, e->text);
    if (e->what != NDM_COMMENT)
        return;
    if (s->comments.n)
        buf_char(&s->comments, '\n');
    buf_str(&s->comments, e->text);
}

static int take_segment(struct segments *s, struct ndm_taking *t, const struct ndm_event *e)
{
    bool whole = !strcmp(ndm_block_name(e->block), "segment");
    if (whole && e->what == NDM_BEGIN) {
        s->open = true;
        s->cuts = 0;
        s->next.behind = t->pieces;
        s->next.sought = false;
        begin_record(s, t, e->line);
    }
    if (!s->open)
        take_header(s, e);
    if (e->what == NDM_SET)
        return take_state(s, t, e);
    if (s->cuts && (is_covariance(e) || is_around_covariances(e)))
        return 0;
    bool data = !strcmp(ndm_block_name(e->block), "data");
    int error = data && e->what == NDM_FINISH && s->cuts ? give_covariances(s, t, (struct str){NULL, 0}) : 0;
    if (error)
        return error;
    ndm_pieces_take(&s->pieces, e);
    if (!s->open)
        return 0;
    error = take_in_record(s, t, e);
    if (error || !whole || e->what != NDM_FINISH)
        return error;
    s->open = false;
    return cut(s, t, true);
}

static int oem_piece(struct ndm_taking *t, const struct ndm_event *e)
{
    return take_segment(t->state, t, e);
}

const struct ndm_taker ndm_taker_oem = {"oem", segments_new, oem_piece, segments_free};
