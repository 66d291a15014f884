/* Keywords, their order and their units: CCSDS 508.0-B-1, tables 3-1 to 3-4; the notation, section 6. */
#include "cdm.h"
#include "instant.h"
#include "kvn.h"
#include "number.h"

#include <stdio.h>

enum part { MESSAGE, OBJECT_PART };
enum kind { KIND_TEXT, KIND_NUMBER, KIND_TIME, KIND_FLAG, KIND_FRAME };
enum target {
    TO_NOWHERE,    /* read and checked; a record has no place for it */
    TO_RECORD,     /* the record's field */
    TO_NUMBERED,   /* the record's field with the number of the object */
    TO_STATE,      /* the field of the object's state vector */
    TO_COVARIANCE, /* next element of its covariance */
};

struct row {
    const char *keyword;
    enum part part;
    bool needed;
    enum kind kind;
    const char *unit; /* NULL: none is looked at */
    enum target target;
    const char *field;
    int shift; /* the field's unit is smaller by that power of ten */
};

/* What the message has in metres the covariance of a state vector has in kilometres: 10^-6 of a square. */
static const struct row rows[] = {
    {"CCSDS_CDM_VERS", MESSAGE, true, KIND_TEXT, NULL, TO_NOWHERE, NULL, 0},
    {"CREATION_DATE", MESSAGE, true, KIND_TIME, NULL, TO_NOWHERE, NULL, 0},
    {"ORIGINATOR", MESSAGE, true, KIND_TEXT, NULL, TO_RECORD, "originator", 0},
    {"MESSAGE_FOR", MESSAGE, false, KIND_TEXT, NULL, TO_RECORD, "messageFor", 0},
    {"MESSAGE_ID", MESSAGE, true, KIND_TEXT, NULL, TO_RECORD, "messageId", 0},
    {"TCA", MESSAGE, true, KIND_TIME, NULL, TO_RECORD, "tca", 0},
    {"MISS_DISTANCE", MESSAGE, true, KIND_NUMBER, "m", TO_RECORD, "missDistance", 0},
    {"RELATIVE_SPEED", MESSAGE, false, KIND_NUMBER, "m/s", TO_RECORD, "relVelMag", 0},
    {"RELATIVE_POSITION_R", MESSAGE, false, KIND_NUMBER, "m", TO_RECORD, "relPosR", 0},
    {"RELATIVE_POSITION_T", MESSAGE, false, KIND_NUMBER, "m", TO_RECORD, "relPosT", 0},
    {"RELATIVE_POSITION_N", MESSAGE, false, KIND_NUMBER, "m", TO_RECORD, "relPosN", 0},
    {"RELATIVE_VELOCITY_R", MESSAGE, false, KIND_NUMBER, "m/s", TO_RECORD, "relVelR", 0},
    {"RELATIVE_VELOCITY_T", MESSAGE, false, KIND_NUMBER, "m/s", TO_RECORD, "relVelT", 0},
    {"RELATIVE_VELOCITY_N", MESSAGE, false, KIND_NUMBER, "m/s", TO_RECORD, "relVelN", 0},
    {"START_SCREEN_PERIOD", MESSAGE, false, KIND_TIME, NULL, TO_RECORD, "screenEntryTime", 0},
    {"STOP_SCREEN_PERIOD", MESSAGE, false, KIND_TIME, NULL, TO_RECORD, "screenExitTime", 0},
    {"SCREEN_VOLUME_FRAME", MESSAGE, false, KIND_TEXT, NULL, TO_NOWHERE, NULL, 0},
    {"SCREEN_VOLUME_SHAPE", MESSAGE, false, KIND_TEXT, NULL, TO_RECORD, "volShape", 0},
    {"SCREEN_VOLUME_X", MESSAGE, false, KIND_NUMBER, "m", TO_RECORD, "screenVolumeX", 0},
    {"SCREEN_VOLUME_Y", MESSAGE, false, KIND_NUMBER, "m", TO_RECORD, "screenVolumeY", 0},
    {"SCREEN_VOLUME_Z", MESSAGE, false, KIND_NUMBER, "m", TO_RECORD, "screenVolumeZ", 0},
    {"SCREEN_ENTRY_TIME", MESSAGE, false, KIND_TIME, NULL, TO_RECORD, "volEntryTime", 0},
    {"SCREEN_EXIT_TIME", MESSAGE, false, KIND_TIME, NULL, TO_RECORD, "volExitTime", 0},
    {"COLLISION_PROBABILITY", MESSAGE, false, KIND_NUMBER, NULL, TO_RECORD, "collisionProb", 0},
    {"COLLISION_PROBABILITY_METHOD", MESSAGE, false, KIND_TEXT, NULL, TO_RECORD, "collisionProbMethod", 0},
    {"OBJECT_DESIGNATOR", OBJECT_PART, true, KIND_TEXT, NULL, TO_NUMBERED, "origIdOnOrbit", 0},
    {"CATALOG_NAME", OBJECT_PART, true, KIND_TEXT, NULL, TO_NOWHERE, NULL, 0},
    {"OBJECT_NAME", OBJECT_PART, true, KIND_TEXT, NULL, TO_STATE, "origObjectId", 0},
    {"INTERNATIONAL_DESIGNATOR", OBJECT_PART, true, KIND_TEXT, NULL, TO_NOWHERE, NULL, 0},
    {"OBJECT_TYPE", OBJECT_PART, false, KIND_TEXT, NULL, TO_NOWHERE, NULL, 0},
    {"OPERATOR_CONTACT_POSITION", OBJECT_PART, false, KIND_TEXT, NULL, TO_NOWHERE, NULL, 0},
    {"OPERATOR_ORGANIZATION", OBJECT_PART, false, KIND_TEXT, NULL, TO_NOWHERE, NULL, 0},
    {"OPERATOR_PHONE", OBJECT_PART, false, KIND_TEXT, NULL, TO_NOWHERE, NULL, 0},
    {"OPERATOR_EMAIL", OBJECT_PART, false, KIND_TEXT, NULL, TO_NOWHERE, NULL, 0},
    {"EPHEMERIS_NAME", OBJECT_PART, true, KIND_TEXT, NULL, TO_NUMBERED, "ephemName", 0},
    {"COVARIANCE_METHOD", OBJECT_PART, true, KIND_TEXT, NULL, TO_STATE, "covMethod", 0},
    {"MANEUVERABLE", OBJECT_PART, true, KIND_TEXT, NULL, TO_NOWHERE, NULL, 0},
    {"ORBIT_CENTER", OBJECT_PART, false, KIND_TEXT, NULL, TO_NOWHERE, NULL, 0},
    {"REF_FRAME", OBJECT_PART, true, KIND_FRAME, NULL, TO_STATE, "referenceFrame", 0},
    {"GRAVITY_MODEL", OBJECT_PART, false, KIND_TEXT, NULL, TO_STATE, "geopotentialModel", 0},
    {"ATMOSPHERIC_MODEL", OBJECT_PART, false, KIND_TEXT, NULL, TO_STATE, "dragModel", 0},
    {"N_BODY_PERTURBATIONS", OBJECT_PART, false, KIND_TEXT, NULL, TO_NOWHERE, NULL, 0},
    {"SOLAR_RAD_PRESSURE", OBJECT_PART, false, KIND_FLAG, NULL, TO_STATE, "solarRadPress", 0},
    {"EARTH_TIDES", OBJECT_PART, false, KIND_FLAG, NULL, TO_STATE, "solidEarthTides", 0},
    {"INTRACK_THRUST", OBJECT_PART, false, KIND_FLAG, NULL, TO_STATE, "inTrackThrust", 0},
    {"TIME_LASTOB_START", OBJECT_PART, false, KIND_TIME, NULL, TO_STATE, "lastObStart", 0},
    {"TIME_LASTOB_END", OBJECT_PART, false, KIND_TIME, NULL, TO_STATE, "lastObEnd", 0},
    {"RECOMMENDED_OD_SPAN", OBJECT_PART, false, KIND_NUMBER, "d", TO_STATE, "recODSpan", 0},
    {"ACTUAL_OD_SPAN", OBJECT_PART, false, KIND_NUMBER, "d", TO_STATE, "actualODSpan", 0},
    {"OBS_AVAILABLE", OBJECT_PART, false, KIND_NUMBER, NULL, TO_STATE, "obsAvailable", 0},
    {"OBS_USED", OBJECT_PART, false, KIND_NUMBER, NULL, TO_STATE, "obsUsed", 0},
    {"TRACKS_AVAILABLE", OBJECT_PART, false, KIND_NUMBER, NULL, TO_STATE, "tracksAvail", 0},
    {"TRACKS_USED", OBJECT_PART, false, KIND_NUMBER, NULL, TO_STATE, "tracksUsed", 0},
    {"RESIDUALS_ACCEPTED", OBJECT_PART, false, KIND_NUMBER, "%", TO_STATE, "residualsAcc", 0},
    {"WEIGHTED_RMS", OBJECT_PART, false, KIND_NUMBER, NULL, TO_STATE, "rms", 0},
    {"AREA_PC", OBJECT_PART, false, KIND_NUMBER, "m**2", TO_STATE, "area", 0},
    {"AREA_DRG", OBJECT_PART, false, KIND_NUMBER, "m**2", TO_STATE, "dragArea", 0},
    {"AREA_SRP", OBJECT_PART, false, KIND_NUMBER, "m**2", TO_STATE, "srpArea", 0},
    {"MASS", OBJECT_PART, false, KIND_NUMBER, "kg", TO_STATE, "mass", 0},
    {"CD_AREA_OVER_MASS", OBJECT_PART, false, KIND_NUMBER, "m**2/kg", TO_NUMBERED, "cdAoM", 0},
    {"CR_AREA_OVER_MASS", OBJECT_PART, false, KIND_NUMBER, "m**2/kg", TO_NUMBERED, "crAoM", 0},
    {"THRUST_ACCELERATION", OBJECT_PART, false, KIND_NUMBER, "m/s**2", TO_NUMBERED, "thrustAccel", 0},
    {"SEDR", OBJECT_PART, false, KIND_NUMBER, "W/kg", TO_STATE, "edr", 0},
    {"X", OBJECT_PART, true, KIND_NUMBER, "km", TO_STATE, "xpos", 0},
    {"Y", OBJECT_PART, true, KIND_NUMBER, "km", TO_STATE, "ypos", 0},
    {"Z", OBJECT_PART, true, KIND_NUMBER, "km", TO_STATE, "zpos", 0},
    {"X_DOT", OBJECT_PART, true, KIND_NUMBER, "km/s", TO_STATE, "xvel", 0},
    {"Y_DOT", OBJECT_PART, true, KIND_NUMBER, "km/s", TO_STATE, "yvel", 0},
    {"Z_DOT", OBJECT_PART, true, KIND_NUMBER, "km/s", TO_STATE, "zvel", 0},
    {"CR_R", OBJECT_PART, true, KIND_NUMBER, "m**2", TO_COVARIANCE, NULL, -6},
    {"CT_R", OBJECT_PART, true, KIND_NUMBER, "m**2", TO_COVARIANCE, NULL, -6},
    {"CT_T", OBJECT_PART, true, KIND_NUMBER, "m**2", TO_COVARIANCE, NULL, -6},
    {"CN_R", OBJECT_PART, true, KIND_NUMBER, "m**2", TO_COVARIANCE, NULL, -6},
    {"CN_T", OBJECT_PART, true, KIND_NUMBER, "m**2", TO_COVARIANCE, NULL, -6},
    {"CN_N", OBJECT_PART, true, KIND_NUMBER, "m**2", TO_COVARIANCE, NULL, -6},
    {"CRDOT_R", OBJECT_PART, true, KIND_NUMBER, "m**2/s", TO_COVARIANCE, NULL, -6},
    {"CRDOT_T", OBJECT_PART, true, KIND_NUMBER, "m**2/s", TO_COVARIANCE, NULL, -6},
    {"CRDOT_N", OBJECT_PART, true, KIND_NUMBER, "m**2/s", TO_COVARIANCE, NULL, -6},
    {"CRDOT_RDOT", OBJECT_PART, true, KIND_NUMBER, "m**2/s**2", TO_COVARIANCE, NULL, -6},
    {"CTDOT_R", OBJECT_PART, true, KIND_NUMBER, "m**2/s", TO_COVARIANCE, NULL, -6},
    {"CTDOT_T", OBJECT_PART, true, KIND_NUMBER, "m**2/s", TO_COVARIANCE, NULL, -6},
    {"CTDOT_N", OBJECT_PART, true, KIND_NUMBER, "m**2/s", TO_COVARIANCE, NULL, -6},
    {"CTDOT_RDOT", OBJECT_PART, true, KIND_NUMBER, "m**2/s**2", TO_COVARIANCE, NULL, -6},
    {"CTDOT_TDOT", OBJECT_PART, true, KIND_NUMBER, "m**2/s**2", TO_COVARIANCE, NULL, -6},
    {"CNDOT_R", OBJECT_PART, true, KIND_NUMBER, "m**2/s", TO_COVARIANCE, NULL, -6},
    {"CNDOT_T", OBJECT_PART, true, KIND_NUMBER, "m**2/s", TO_COVARIANCE, NULL, -6},
    {"CNDOT_N", OBJECT_PART, true, KIND_NUMBER, "m**2/s", TO_COVARIANCE, NULL, -6},
    {"CNDOT_RDOT", OBJECT_PART, true, KIND_NUMBER, "m**2/s**2", TO_COVARIANCE, NULL, -6},
    {"CNDOT_TDOT", OBJECT_PART, true, KIND_NUMBER, "m**2/s**2", TO_COVARIANCE, NULL, -6},
    {"CNDOT_NDOT", OBJECT_PART, true, KIND_NUMBER, "m**2/s**2", TO_COVARIANCE, NULL, -6},
    {"CDRG_R", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CDRG_T", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CDRG_N", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CDRG_RDOT", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CDRG_TDOT", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CDRG_NDOT", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CDRG_DRG", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CSRP_R", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CSRP_T", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CSRP_N", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CSRP_RDOT", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CSRP_TDOT", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CSRP_NDOT", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CSRP_DRG", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CSRP_SRP", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CTHR_R", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CTHR_T", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CTHR_N", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CTHR_RDOT", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CTHR_TDOT", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CTHR_NDOT", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CTHR_DRG", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CTHR_SRP", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
    {"CTHR_THR", OBJECT_PART, false, KIND_NUMBER, NULL, TO_NOWHERE, NULL, 0},
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

/* Also the day of the year: 2010-071T22:31:12 (508.0-B-1, section 6.3.2.6). */
static bool parse_time(struct str text, instant *ret)
{
    if (text.n < 9 || text.n > 40 || text.p[8] != 'T')
        return instant_parse(text, ret);
    char first[64], year[INSTANT_TEXT];
    int day = 0;
    for (size_t i = 5; i < 8; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        day = day * 10 + (text.p[i] - '0');
    }
    snprintf(first, sizeof first, "%.5s01-01%.*s", text.p, (int)text.n - 8, text.p + 8);
    instant t;
    if (day < 1 || day > 366 || !instant_parse(str_of(first), &t) || t + 366 * INSTANT_DAY >= INSTANT_10000)
        return false;
    t += (day - 1) * INSTANT_DAY;
    instant_write(t, year);
    *ret = t;
    return memcmp(year, text.p, 4) == 0; /* not the 366th day of 365 */
}

static bool read_time(struct str text, struct arena *arena, struct str *ret)
{
    instant t;
    char out[INSTANT_TEXT];
    if (!parse_time(text, &t) || t >= INSTANT_10000)
        return false;
    instant_write(t, out);
    return quoted((struct str){out, sizeof out}, arena, ret);
}

static bool read_flag(struct str text, struct str *ret)
{
    *ret = str_is(text, "YES") ? STR("true") : STR("false");
    return str_is(text, "YES") || str_is(text, "NO");
}

static bool read_frame(struct str text, struct arena *arena, struct str *ret)
{
    if (!str_is(text, "EME2000") && !str_is(text, "GCRF") && !str_is(text, "ITRF"))
        return false;
    return quoted(str_is(text, "EME2000") ? STR("J2000") : text, arena, ret);
}

static bool read_value(const struct row *row, struct str text, struct arena *arena, struct str *ret)
{
    switch (row->kind) {
    case KIND_TEXT: return quoted(text, arena, ret);
    case KIND_NUMBER: return number_shift(text, row->shift, arena, ret);
    case KIND_TIME: return read_time(text, arena, ret);
    case KIND_FLAG: return read_flag(text, ret);
    case KIND_FRAME: return read_frame(text, arena, ret);
    }
    return false;
}

static const char *const expected[] = {
    [KIND_TEXT] = "text",
    [KIND_NUMBER] = "a number",
    [KIND_TIME] = "a time",
    [KIND_FLAG] = "YES or NO",
    [KIND_FRAME] = "EME2000, GCRF or ITRF",
};

struct reading {
    struct lines lines;
    struct arena *arena;
    struct cdm *message;
    int object; /* 0: none has begun */
    struct buf comments;
};

static int value_fault(struct reading *r, const struct kvn *k, const char *what, struct fault *fault)
{
    size_t column = (size_t)((k->value.p ? k->value.p : k->line.p) - k->line.p) + 1;
    return line_fault(&r->lines, k->line, column, fault, "%.*s: expected %s", STR_ARG(k->keyword), what);
}

static int begin_object(struct reading *r, const struct kvn *k, struct fault *fault)
{
    bool first = str_is(k->value, "OBJECT1"), second = str_is(k->value, "OBJECT2");
    if (!(first && r->object == 0) && !(second && r->object == 1))
        return value_fault(r, k, r->object ? "OBJECT2, once" : "OBJECT1", fault);
    r->object++;
    return 0;
}

static const struct row *row_of(struct str keyword)
{
    for (size_t i = 0; i < ROWS; i++)
        if (str_is(keyword, rows[i].keyword))
            return &rows[i];
    return NULL;
}

static int take(struct reading *r, const struct kvn *k, struct fault *fault)
{
    const struct row *row = row_of(k->keyword);
    struct str value;
    if (!row)
        return line_fault(&r->lines, k->line, 1, fault, "%.*s: expected a keyword of a conjunction data message",
                          STR_ARG(k->keyword));
    if ((row->part == OBJECT_PART) != (r->object > 0))
        return line_fault(&r->lines, k->line, 1, fault, "%s: expected %s OBJECT", row->keyword,
                          r->object ? "before the first" : "behind an");
    struct str *at = (r->object ? r->message->objects[r->object - 1] : r->message->message) + (row - rows);
    if (at->p)
        return line_fault(&r->lines, k->line, 1, fault, "%s: expected once", row->keyword);
    if (row->unit && k->unit.p && !str_is(k->unit, row->unit))
        return line_fault(&r->lines, k->line, 1, fault, "%s: expected the unit [%s]", row->keyword, row->unit);
    if (!read_value(row, k->value, r->arena, &value))
        return value_fault(r, k, expected[row->kind], fault);
    *at = value;
    return 0;
}

static int take_line(struct reading *r, const struct kvn *k, struct fault *fault)
{
    if (str_is(k->keyword, "OBJECT"))
        return begin_object(r, k, fault);
    if (!str_is(k->keyword, "COMMENT"))
        return take(r, k, fault);
    if (r->comments.n)
        buf_char(&r->comments, '\n');
    buf_str(&r->comments, k->value);
    return 0;
}

static int check_whole(const struct reading *r, struct fault *fault)
{
    char where[FAULT_WHERE_MAX];
    snprintf(where, sizeof where, "line %zu", r->lines.number);
    if (r->object < 2)
        return fault_set(fault, ERR_INVALID_RECORD, where, "OBJECT: expected OBJECT%d before the end", r->object + 1);
    for (size_t i = 0; i < ROWS; i++)
        for (int part = 0; part < (rows[i].part == MESSAGE ? 1 : 2); part++) {
            const struct str *v = rows[i].part == MESSAGE ? r->message->message : r->message->objects[part];
            if (rows[i].needed && !v[i].p)
                return fault_set(fault, ERR_INVALID_RECORD, where, "%s: expected %s%.0d", rows[i].keyword,
                                 rows[i].part == MESSAGE ? "in the message" : "of OBJECT",
                                 rows[i].part == MESSAGE ? 0 : part + 1);
        }
    return 0;
}

int cdm_read(struct str text, struct arena *arena, struct cdm *ret, struct fault *fault)
{
    struct cdm *m = arena_alloc(arena, sizeof *m);
    struct reading r = {.lines = lines_of(text), .arena = arena, .message = m};
    struct kvn k;
    int error;
    while (!(error = kvn_next(&r.lines, &k, fault)) && !(error = take_line(&r, &k, fault)))
        ;
    if (error == KVN_END)
        error = check_whole(&r, fault);
    m->comments = arena_str(arena, buf_view(&r.comments));
    buf_free(&r.comments);
    if (!error)
        *ret = *m;
    return error;
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
    add("epoch", "", m->message[row_of(STR("TCA")) - rows], out);
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
    struct str catalogue = m->objects[object][row_of(STR("CATALOG_NAME")) - rows];
    struct str designator = m->objects[object][row_of(STR("OBJECT_DESIGNATOR")) - rows], number;
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
    buf_char(out, '}');
}
