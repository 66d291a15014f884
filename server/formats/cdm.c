/* What a record has a place for of a conjunction data message, whose grammar is in ndm_cdm.c. */
#include "cdm.h"
#include "cdm_table.h"
#include "ndm.h"
#include "number.h"
#include "record_time.h"

#include <stdio.h>

/* What the message has in metres the covariance of a state vector has in kilometres: 10^-6 of a square. */
static const struct cdm_row rows[] = {
    {"CREATION_DATE", MESSAGE, KIND_TIME, TO_RECORD, "creationDate", 0},
    {"ORIGINATOR", MESSAGE, KIND_TEXT, TO_RECORD, "originator", 0},
    {"MESSAGE_FOR", MESSAGE, KIND_TEXT, TO_RECORD, "messageFor", 0},
    {"MESSAGE_ID", MESSAGE, KIND_TEXT, TO_RECORD, "messageId", 0},
    {"CONJUNCTION_ID", MESSAGE, KIND_TEXT, TO_RECORD, "eventId", 0},
    {"TCA", MESSAGE, KIND_TIME, TO_RECORD, "tca", 0},
    {"MISS_DISTANCE", MESSAGE, KIND_NUMBER, TO_RECORD, "missDistance", 0},
    {"RELATIVE_SPEED", MESSAGE, KIND_NUMBER, TO_RECORD, "relVelMag", 0},
    {"RELATIVE_POSITION_R", MESSAGE, KIND_NUMBER, TO_RECORD, "relPosR", 0},
    {"RELATIVE_POSITION_T", MESSAGE, KIND_NUMBER, TO_RECORD, "relPosT", 0},
    {"RELATIVE_POSITION_N", MESSAGE, KIND_NUMBER, TO_RECORD, "relPosN", 0},
    {"RELATIVE_VELOCITY_R", MESSAGE, KIND_NUMBER, TO_RECORD, "relVelR", 0},
    {"RELATIVE_VELOCITY_T", MESSAGE, KIND_NUMBER, TO_RECORD, "relVelT", 0},
    {"RELATIVE_VELOCITY_N", MESSAGE, KIND_NUMBER, TO_RECORD, "relVelN", 0},
    {"START_SCREEN_PERIOD", MESSAGE, KIND_TIME, TO_RECORD, "screenEntryTime", 0},
    {"STOP_SCREEN_PERIOD", MESSAGE, KIND_TIME, TO_RECORD, "screenExitTime", 0},
    {"SCREEN_VOLUME_SHAPE", MESSAGE, KIND_TEXT, TO_RECORD, "volShape", 0},
    {"SCREEN_VOLUME_X", MESSAGE, KIND_NUMBER, TO_RECORD, "screenVolumeX", 0},
    {"SCREEN_VOLUME_Y", MESSAGE, KIND_NUMBER, TO_RECORD, "screenVolumeY", 0},
    {"SCREEN_VOLUME_Z", MESSAGE, KIND_NUMBER, TO_RECORD, "screenVolumeZ", 0},
    {"SCREEN_ENTRY_TIME", MESSAGE, KIND_TIME, TO_RECORD, "volEntryTime", 0},
    {"SCREEN_EXIT_TIME", MESSAGE, KIND_TIME, TO_RECORD, "volExitTime", 0},
    {"COLLISION_PROBABILITY", MESSAGE, KIND_NUMBER, TO_RECORD, "collisionProb", 0},
    {"COLLISION_PROBABILITY_METHOD", MESSAGE, KIND_TEXT, TO_RECORD, "collisionProbMethod", 0},
    {"OBJECT_DESIGNATOR", OBJECT_PART, KIND_TEXT, TO_NUMBERED, "origIdOnOrbit", 0},
    {"CATALOG_NAME", OBJECT_PART, KIND_TEXT, TO_NOWHERE, NULL, 0},
    {"OBJECT_NAME", OBJECT_PART, KIND_TEXT, TO_STATE, "origObjectId", 0},
    {"EPHEMERIS_NAME", OBJECT_PART, KIND_TEXT, TO_NUMBERED, "ephemName", 0},
    {"COVARIANCE_METHOD", OBJECT_PART, KIND_TEXT, TO_STATE, "covMethod", 0},
    {"REF_FRAME", OBJECT_PART, KIND_FRAME, TO_STATE, "referenceFrame", 0},
    {"GRAVITY_MODEL", OBJECT_PART, KIND_TEXT, TO_STATE, "geopotentialModel", 0},
    {"ATMOSPHERIC_MODEL", OBJECT_PART, KIND_TEXT, TO_STATE, "dragModel", 0},
    {"SOLAR_RAD_PRESSURE", OBJECT_PART, KIND_FLAG, TO_STATE, "solarRadPress", 0},
    {"EARTH_TIDES", OBJECT_PART, KIND_FLAG, TO_STATE, "solidEarthTides", 0},
    {"INTRACK_THRUST", OBJECT_PART, KIND_FLAG, TO_STATE, "inTrackThrust", 0},
    {"TIME_LASTOB_START", OBJECT_PART, KIND_TIME, TO_STATE, "lastObStart", 0},
    {"TIME_LASTOB_END", OBJECT_PART, KIND_TIME, TO_STATE, "lastObEnd", 0},
    {"RECOMMENDED_OD_SPAN", OBJECT_PART, KIND_NUMBER, TO_STATE, "recODSpan", 0},
    {"ACTUAL_OD_SPAN", OBJECT_PART, KIND_NUMBER, TO_STATE, "actualODSpan", 0},
    {"OBS_AVAILABLE", OBJECT_PART, KIND_NUMBER, TO_STATE, "obsAvailable", 0},
    {"OBS_USED", OBJECT_PART, KIND_NUMBER, TO_STATE, "obsUsed", 0},
    {"TRACKS_AVAILABLE", OBJECT_PART, KIND_NUMBER, TO_STATE, "tracksAvail", 0},
    {"TRACKS_USED", OBJECT_PART, KIND_NUMBER, TO_STATE, "tracksUsed", 0},
    {"RESIDUALS_ACCEPTED", OBJECT_PART, KIND_NUMBER, TO_STATE, "residualsAcc", 0},
    {"WEIGHTED_RMS", OBJECT_PART, KIND_NUMBER, TO_STATE, "rms", 0},
    {"AREA_PC", OBJECT_PART, KIND_NUMBER, TO_STATE, "area", 0},
    {"AREA_DRG", OBJECT_PART, KIND_NUMBER, TO_STATE, "dragArea", 0},
    {"AREA_SRP", OBJECT_PART, KIND_NUMBER, TO_STATE, "srpArea", 0},
    {"MASS", OBJECT_PART, KIND_NUMBER, TO_STATE, "mass", 0},
    {"CD_AREA_OVER_MASS", OBJECT_PART, KIND_NUMBER, TO_NUMBERED, "cdAoM", 0},
    {"CR_AREA_OVER_MASS", OBJECT_PART, KIND_NUMBER, TO_NUMBERED, "crAoM", 0},
    {"THRUST_ACCELERATION", OBJECT_PART, KIND_NUMBER, TO_NUMBERED, "thrustAccel", 0},
    {"SEDR", OBJECT_PART, KIND_NUMBER, TO_STATE, "edr", 0},
    {"X", OBJECT_PART, KIND_NUMBER, TO_STATE, "xpos", 0},
    {"Y", OBJECT_PART, KIND_NUMBER, TO_STATE, "ypos", 0},
    {"Z", OBJECT_PART, KIND_NUMBER, TO_STATE, "zpos", 0},
    {"X_DOT", OBJECT_PART, KIND_NUMBER, TO_STATE, "xvel", 0},
    {"Y_DOT", OBJECT_PART, KIND_NUMBER, TO_STATE, "yvel", 0},
    {"Z_DOT", OBJECT_PART, KIND_NUMBER, TO_STATE, "zvel", 0},
    {"CR_R", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CT_R", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CT_T", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CN_R", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CN_T", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CN_N", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CRDOT_R", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CRDOT_T", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CRDOT_N", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CRDOT_RDOT", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CTDOT_R", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CTDOT_T", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CTDOT_N", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CTDOT_RDOT", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CTDOT_TDOT", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CNDOT_R", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CNDOT_T", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CNDOT_N", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CNDOT_RDOT", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CNDOT_TDOT", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
    {"CNDOT_NDOT", OBJECT_PART, KIND_NUMBER, TO_COVARIANCE, NULL, -6},
};
#define ROWS (sizeof rows / sizeof *rows)
_Static_assert(ROWS <= CDM_KEYWORDS_MAX, "a message has room for each keyword");

static bool quoted(struct str text, struct arena *arena, struct str *ret)
{
    BUF_CLEANUP struct buf b = {0};
    buf_json_str(&b, text);
    *ret = arena_str(arena, buf_view(&b));
    return text.n > 0;
}

static bool read_flag(struct str text, struct str *ret)
{
    *ret = str_is(text, "YES") ? STR("true") : STR("false");
    return str_is(text, "YES") || str_is(text, "NO");
}

static bool read_frame(struct str text, struct arena *arena, struct str *ret)
{
    return quoted(str_is(text, "EME2000") ? STR("J2000") : text, arena, ret);
}

static bool read_value(const struct cdm_row *row, struct str text, struct arena *arena, struct str *ret)
{
    switch (row->kind) {
    case KIND_TEXT: return quoted(text, arena, ret);
    case KIND_NUMBER: return number_shift(text, row->shift, arena, ret);
    case KIND_TIME: return record_time(text, arena, ret);
    case KIND_FLAG: return read_flag(text, ret);
    case KIND_FRAME: return read_frame(text, arena, ret);
    }
    return false;
}

const struct cdm_row *cdm_row_of(struct str keyword)
{
    for (size_t i = 0; i < ROWS; i++)
        if (str_is(keyword, rows[i].keyword))
            return &rows[i];
    return NULL;
}

static int refuse(const struct ndm_event *e, const char *keyword, const char *what, struct fault *fault)
{
    char where[FAULT_WHERE_MAX];
    snprintf(where, sizeof where, "line %zu", e->line);
    return fault_set(fault, ERR_INVALID_RECORD, where, "%s: expected %s", keyword, what);
}

/* What a message may hold is checked already: a record may hold less. */
static int take_value(struct cdm_reading *r, const struct ndm_event *e, struct fault *fault)
{
    const struct cdm_row *row = cdm_row_of(e->keyword);
    if (str_is(e->keyword, "OBJECT"))
        r->object++;
    if (str_is(e->keyword, "CLASSIFICATION"))
        r->message->classification = arena_str(r->arena, e->text);
    if (!row)
        return 0;
    struct str *at = (r->object ? r->message->objects[r->object - 1] : r->message->message) + (row - rows);
    if (read_value(row, e->text, r->arena, at))
        return 0;
    return refuse(e, row->keyword,
                  row->kind == KIND_TIME ? RECORD_TIME_EXPECTED : "a number whose point moves by at most 100 places",
                  fault);
}

void cdm_begin(struct cdm_reading *r, struct arena *arena, struct cdm *ret)
{
    *ret = (struct cdm){0};
    *r = (struct cdm_reading){.arena = arena, .message = ret};
    ndm_message_begin(&r->kept);
}

int cdm_take(struct cdm_reading *r, const struct ndm_event *e, struct fault *fault)
{
    ndm_message_take(&r->kept, e);
    if (e->what == NDM_COMMENT) {
        if (r->comments.n)
            buf_char(&r->comments, '\n');
        buf_str(&r->comments, e->text);
    }
    return e->what == NDM_VALUE ? take_value(r, e, fault) : 0;
}

void cdm_end(struct cdm_reading *r)
{
    r->message->comments = arena_str(r->arena, buf_view(&r->comments));
    r->message->text = ndm_message_end(&r->kept, r->arena);
    buf_free(&r->comments);
}

/* The only message of a text. */
static int take_only(struct cdm_reading *r, const struct ndm_event *e, size_t *messages, struct fault *fault)
{
    const char *name = e->what == NDM_BEGIN ? ndm_message_name(e->block) : NULL;
    if (name && (strcmp(name, "cdm") != 0 || ++*messages > 1))
        return refuse(e, name, "one conjunction data message", fault);
    return cdm_take(r, e, fault);
}

int cdm_read(struct str text, struct arena *arena, struct cdm *ret, struct fault *fault)
{
    NDM_READER_CLEANUP struct ndm_reader *reader = ndm_reader_of(text);
    struct cdm *m = arena_alloc(arena, sizeof *m);
    struct cdm_reading r;
    struct ndm_event e;
    size_t messages = 0;
    int error;
    cdm_begin(&r, arena, m);
    while (!(error = ndm_next(reader, &e, fault)) && !(error = take_only(&r, &e, &messages, fault)))
        ;
    cdm_end(&r);
    if (error != NDM_END)
        return error;
    *ret = *m;
    return 0;
}

static void add(const char *field, const char *suffix, struct str value, struct buf *out)
{
    buf_printf(out, ",\"%s%s\":%.*s", field, suffix, STR_ARG(value));
}

static void add_state(const struct cdm *m, int object, const struct header *header, struct buf *out)
{
    const struct str *v = m->objects[object];
    buf_printf(out, ",\"stateVector%d\":", object + 1);
    header_write(header, out);
    add("epoch", "", m->message[cdm_row_of(STR("TCA")) - rows], out);
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].target == TO_STATE && v[i].p)
            add(rows[i].field, "", v[i], out);
    buf_z(out, ",\"covReferenceFrame\":\"UVW\",\"cov\":[");
    bool more = false;
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].target == TO_COVARIANCE) {
            buf_z(out, more ? "," : "");
            buf_str(out, v[i]);
            more = true;
        }
    buf_z(out, "]}");
}

/* A designator of the satellite catalogue is its number; other catalogues name objects as they like. */
static void add_number(const struct cdm *m, int object, struct buf *out)
{
    struct str catalogue = m->objects[object][cdm_row_of(STR("CATALOG_NAME")) - rows];
    struct str designator = m->objects[object][cdm_row_of(STR("OBJECT_DESIGNATOR")) - rows], number;
    size_t zeros = 1;
    while (zeros + 2 < designator.n && designator.p[zeros] == '0')
        zeros++;
    number = (struct str){designator.p + zeros, designator.n - zeros - 1};
    for (size_t i = 0; i < number.n; i++)
        if (number.p[i] < '0' || number.p[i] > '9')
            return;
    if (str_is(catalogue, "\"SATCAT\"") && number.n < 10)
        add("satNo", object ? "2" : "1", number, out);
}

void cdm_conjunction(const struct cdm *m, const struct header *header, struct buf *out)
{
    header_write(header, out);
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].target == TO_RECORD && m->message[i].p)
            add(rows[i].field, "", m->message[i], out);
        for (int object = 0; object < 2 && rows[i].target == TO_NUMBERED; object++)
            if (m->objects[object][i].p)
                add(rows[i].field, object ? "2" : "1", m->objects[object][i], out);
    }
    for (int object = 0; object < 2; object++) {
        add_number(m, object, out);
        add_state(m, object, header, out);
    }
    if (m->comments.n)
        buf_member_text(out, "comments", m->comments);
    buf_member_text(out, "message", m->text);
    buf_char(out, '}');
}
