/* Tracking data messages to records of type trackingdata: a segment is a record, a long one several. */
#include "memory.h"
#include "ndm_fields.h"
#include "ndm_grammar.h"
#include "ndm_pieces.h"
#include "ndm_take.h"

#define MESSAGE_MOST (2 * 1024 * 1024) /* bytes, as the record's field has them */
#define LINE_MOST 4096
#define KINDS_MAX 128 /* of observations: as many as a message can have */
#define PARTICIPANTS 5
#define PATH_MAX_LENGTH 16

static const struct ndm_place places[] = {
    {"metadata", "TRACK_ID", AS_TEXT, "trackId"},
    {"metadata", "TIME_SYSTEM", AS_TEXT, "timeSystem"},
    {"metadata", "PARTICIPANT_1", AS_ITEM, "participants"},
    {"metadata", "PARTICIPANT_2", AS_ITEM, "participants"},
    {"metadata", "PARTICIPANT_3", AS_ITEM, "participants"},
    {"metadata", "PARTICIPANT_4", AS_ITEM, "participants"},
    {"metadata", "PARTICIPANT_5", AS_ITEM, "participants"},
    {"metadata", "MODE", AS_TEXT, "mode"},
    {"metadata", "PATH", AS_TEXT, "path"},
    {"metadata", "PATH_1", AS_TEXT, "path1"},
    {"metadata", "PATH_2", AS_TEXT, "path2"},
    {"metadata", "TRANSMIT_BAND", AS_TEXT, "transmitBand"},
    {"metadata", "RECEIVE_BAND", AS_TEXT, "receiveBand"},
    {"metadata", "TIMETAG_REF", AS_TEXT, "timetagReference"},
    {"metadata", "INTEGRATION_INTERVAL", AS_NUMBER, "integrationInterval"},
    {"metadata", "INTEGRATION_REF", AS_TEXT, "integrationReference"},
    {"metadata", "RANGE_MODE", AS_TEXT, "rangeMode"},
    {"metadata", "RANGE_UNITS", AS_TEXT, "rangeUnits"},
    {"metadata", "ANGLE_TYPE", AS_TEXT, "angleType"},
    {"metadata", "REFERENCE_FRAME", AS_TEXT, "referenceFrame"},
    {"metadata", "DATA_QUALITY", AS_TEXT, "dataQuality"},
    {"metadata", "CORRECTIONS_APPLIED", AS_TEXT, "correctionsApplied"},
};

static const struct ndm_place header_places[] = {
    {"header", "CREATION_DATE", AS_UTC, "creationDate"},
    {"header", "ORIGINATOR", AS_TEXT, NULL},
    {"header", "MESSAGE_ID", AS_TEXT, "messageId"},
};

struct observed {
    const struct ndm_row *row;
    size_t count;
    instant start, stop;
};

struct tracks {
    struct ndm_pieces pieces;
    struct arena *arena; /* of the header */
    struct ndm_fields header;
    struct ndm_scale scale;
    struct observed observed[KINDS_MAX]; /* of the record that is being made */
    size_t kinds;
    size_t line;
};

static void *tracks_new(void)
{
    struct tracks *s = memory_zeroed(sizeof *s);
    ndm_pieces_begin(&s->pieces);
    s->arena = arena_new();
    s->header = (struct ndm_fields)NDM_FIELDS(header_places);
    return s;
}

static void tracks_free(void *state)
{
    struct tracks *s = state;
    ndm_pieces_end(&s->pieces);
    arena_free(s->arena);
    free(s);
}

/* --- who --- */

/* "1,2,1": the numbers of participants; 0: it is no path. */
static size_t read_path(struct str path, int *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < path.n; i += 2) {
        int participant = path.p[i] - '0';
        if (n == PATH_MAX_LENGTH || participant < 1 || participant > PARTICIPANTS ||
            (i + 1 < path.n && path.p[i + 1] != ','))
            return 0;
        ret[n++] = participant;
    }
    return n;
}

static void write_participant(const struct ndm_fields *f, const char *field, int participant, struct buf *out)
{
    char keyword[] = "PARTICIPANT_0";
    keyword[sizeof keyword - 2] = (char)('0' + participant);
    struct str name = ndm_fields_get(f, keyword);
    if (name.n)
        buf_member_text(out, field, name);
}

/* Of a path in one way or two the last one receives, and the one before is what is tracked (3.3.2.5: a signal goes from
 * the first participant to the last). */
static void write_path(const struct ndm_fields *f, struct buf *out)
{
    int path[PATH_MAX_LENGTH];
    struct str text = ndm_fields_get(f, "PATH");
    size_t n = read_path(text.n ? text : ndm_fields_get(f, "PATH_1"), path);
    if (n < 2)
        return;
    write_participant(f, "receiver", path[n - 1], out);
    write_participant(f, "target", path[n - 2], out);
    if (n > 2)
        write_participant(f, "transmitter", path[0], out);
}

/* --- what --- */

static struct observed *observed_of(struct tracks *s, const struct ndm_row *row)
{
    for (size_t i = 0; i < s->kinds; i++)
        if (s->observed[i].row == row)
            return &s->observed[i];
    if (s->kinds == KINDS_MAX)
        return NULL;
    s->observed[s->kinds] = (struct observed){.row = row};
    return &s->observed[s->kinds++];
}

static int count(struct tracks *s, struct ndm_taking *t, const struct ndm_event *e)
{
    struct observed *o = observed_of(s, e->row);
    bool angle = !strcmp(e->row->keyword, "ANGLE_1") || !strcmp(e->row->keyword, "ANGLE_2");
    instant at;
    if (angle && !ndm_pieces_value(&s->pieces, "ANGLE_TYPE").n)
        return ndm_fault(e->line, t->run->fault, "%s: expected ANGLE_TYPE in the metadata", e->row->keyword);
    if (!o || !ndm_instant(e->values[0], &s->scale, &at))
        return ndm_fault(e->line, t->run->fault, "%.*s: expected a time of years 1900 to 9999", STR_ARG(e->values[0]));
    o->start = o->count && o->start < at ? o->start : at;
    o->stop = o->count && o->stop > at ? o->stop : at;
    o->count++;
    return 0;
}

static void write_observed(const struct tracks *s, struct buf *out)
{
    size_t n = 0;
    instant start = s->observed[0].start, stop = s->observed[0].stop;
    for (size_t i = 0; i < s->kinds; i++) {
        const struct observed *o = &s->observed[i];
        buf_printf(out, "%s{\"kind\":\"%s\",\"count\":%zu", i ? "," : ",\"observations\":[", o->row->keyword, o->count);
        buf_member_instant(out, "start", o->start);
        buf_member_instant(out, "stop", o->stop);
        buf_char(out, '}');
        start = o->start < start ? o->start : start;
        stop = o->stop > stop ? o->stop : stop;
        n += o->count;
    }
    buf_printf(out, "],\"numObservations\":%zu", n);
    buf_member_instant(out, "start", start);
    buf_member_instant(out, "stop", stop);
}

/* Everything since the last cut is a record. */
static int cut(struct tracks *s, struct ndm_taking *t)
{
    static const struct str as_it_stands = {NULL, 0};
    struct import_run *run = t->run;
    struct ndm_fields f = NDM_FIELDS(places);
    struct header header = ndm_header(t);
    if (!header.origin.n)
        header.origin = ndm_fields_get(&s->header, "ORIGINATOR");
    for (size_t i = 0; i < s->pieces.count; i++)
        if (s->pieces.metadata[i].what == NDM_VALUE)
            ndm_fields_take(&f, &s->pieces.metadata[i], run->item);
    header_write(&header, &run->json);
    buf_member_text(&run->json, "message", ndm_pieces_cut(&s->pieces, as_it_stands, as_it_stands, run->item));
    int error = ndm_fields_write(&s->header, NULL, run->item, &run->json, run->fault);
    if (!error)
        error = ndm_fields_write(&f, &s->scale, run->item, &run->json, run->fault);
    if (error)
        return error;
    write_path(&f, &run->json);
    write_observed(s, &run->json);
    buf_char(&run->json, '}');
    s->kinds = 0;
    return ndm_taken(t, "trackingdata", s->line);
}

/* --- pieces --- */

static int take_observation(struct tracks *s, struct ndm_taking *t, const struct ndm_event *e)
{
    int error = 0;
    if (ndm_pieces_size(&s->pieces) > MESSAGE_MOST - LINE_MOST && s->kinds) {
        error = cut(s, t);
        s->line = e->line;
    }
    return error ? error : count(s, t, e);
}

/* What a path names is there (table 3-3). */
static int check_path(const struct tracks *s, struct ndm_taking *t, const char *keyword, bool needed, size_t line)
{
    struct str text = ndm_pieces_value(&s->pieces, keyword);
    int path[PATH_MAX_LENGTH];
    size_t n = read_path(text, path);
    if (!text.n)
        return needed ? ndm_fault(line, t->run->fault, "%s: expected in the metadata, as MODE says", keyword) : 0;
    if (n < 2)
        return ndm_fault(line, t->run->fault, "%s: %.*s: expected numbers of participants, such as 1,2,1", keyword,
                         STR_ARG(text));
    for (size_t i = 0; i < n; i++) {
        char participant[] = "PARTICIPANT_0";
        participant[sizeof participant - 2] = (char)('0' + path[i]);
        if (!ndm_pieces_value(&s->pieces, participant).n)
            return ndm_fault(line, t->run->fault, "%s: expected in the metadata, as %s names it", participant, keyword);
    }
    return 0;
}

static int check_metadata(const struct tracks *s, struct ndm_taking *t, size_t line)
{
    struct str mode = ndm_pieces_value(&s->pieces, "MODE");
    bool differenced = str_is(mode, "SINGLE_DIFF");
    int error = check_path(s, t, "PATH", str_is(mode, "SEQUENTIAL"), line);
    if (!error)
        error = check_path(s, t, "PATH_1", differenced, line);
    if (!error)
        error = check_path(s, t, "PATH_2", differenced, line);
    bool framed = ndm_pieces_value(&s->pieces, "REFERENCE_FRAME").n;
    if (!error && !framed && str_is(ndm_pieces_value(&s->pieces, "ANGLE_TYPE"), "RADEC"))
        error = ndm_fault(line, t->run->fault, "REFERENCE_FRAME: expected in the metadata, with ANGLE_TYPE RADEC");
    return error;
}

/* Metadata come in any order: what depends on others is read when they are all there. */
static int take_metadata(struct tracks *s, struct ndm_taking *t, const struct ndm_event *e)
{
    struct str name = ndm_pieces_value(&s->pieces, "TIME_SYSTEM");
    if (!ndm_scale_find(name, &s->scale))
        return ndm_fault(e->line, t->run->fault, "TIME_SYSTEM: %.*s: expected " NDM_SCALES, STR_ARG(name));
    return check_metadata(s, t, e->line);
}

static int tdm_piece(struct ndm_taking *t, const struct ndm_event *e)
{
    struct tracks *s = t->state;
    const char *block = ndm_block_name(e->block);
    int error = e->what == NDM_SET ? take_observation(s, t, e) : 0;
    if (error)
        return error;
    ndm_pieces_take(&s->pieces, e);
    if (e->what == NDM_VALUE && !strcmp(block, "header"))
        ndm_fields_take(&s->header, e, s->arena);
    if (e->what == NDM_BEGIN && !strcmp(block, "segment")) {
        s->line = e->line;
        s->kinds = 0;
    }
    if (e->what == NDM_FINISH && !strcmp(block, "metadata"))
        return take_metadata(s, t, e);
    return e->what == NDM_FINISH && !strcmp(block, "segment") ? cut(s, t) : 0;
}

const struct ndm_taker ndm_taker_tdm = {"tdm", tracks_new, tdm_piece, tracks_free};
