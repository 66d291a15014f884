#include "omm.h"
#include "ndm_grammar.h"
#include "number.h"
#include "record_time.h"

#include <stdio.h>

enum kind { KIND_NUMBER, KIND_TIME, KIND_TEXT };

/* What a message says and where a record has it; drag and radiation terms of SGP4-XP among them. */
static const struct {
    const char *keyword;
    enum kind kind;
    const char *field;
} rows[] = {
    {"OBJECT_NAME", KIND_TEXT, "origObjectId"},
    {"OBJECT_ID", KIND_TEXT, "internationalDesignator"},
    {"EPOCH", KIND_TIME, "epoch"},
    {"SEMI_MAJOR_AXIS", KIND_NUMBER, "semiMajorAxis"},
    {"MEAN_MOTION", KIND_NUMBER, "meanMotion"},
    {"ECCENTRICITY", KIND_NUMBER, "eccentricity"},
    {"INCLINATION", KIND_NUMBER, "inclination"},
    {"RA_OF_ASC_NODE", KIND_NUMBER, "raan"},
    {"ARG_OF_PERICENTER", KIND_NUMBER, "argOfPerigee"},
    {"MEAN_ANOMALY", KIND_NUMBER, "meanAnomaly"},
    {"EPHEMERIS_TYPE", KIND_NUMBER, "ephemType"},
    {"CLASSIFICATION_TYPE", KIND_TEXT, "classificationType"},
    {"NORAD_CAT_ID", KIND_NUMBER, "satNo"},
    {"ELEMENT_SET_NO", KIND_NUMBER, "elementSetNo"},
    {"REV_AT_EPOCH", KIND_NUMBER, "revNo"},
    {"BSTAR", KIND_NUMBER, "bStar"},
    {"BTERM", KIND_NUMBER, "ballisticCoeff"},
    {"MEAN_MOTION_DOT", KIND_NUMBER, "meanMotionDot"},
    {"MEAN_MOTION_DDOT", KIND_NUMBER, "meanMotionDDot"},
    {"AGOM", KIND_NUMBER, "agom"},
};
#define ROWS (sizeof rows / sizeof *rows)
_Static_assert(ROWS <= OMM_VALUES_MAX, "a message has room for each value");

/* What an elset means without saying it. */
static const struct {
    const char *keyword, *values;
} meant[] = {
    {"CENTER_NAME", "EARTH|Earth"},
    {"REF_FRAME", "TEME"},
    {"TIME_SYSTEM", "UTC"},
    {"MEAN_ELEMENT_THEORY", "SGP|SGP4|SGP/SGP4|SGP4-XP|PPT3"},
};

/* EPHEMERIS_TYPE, as the standard has it from other sources (table 4-3): which of its kin SGP4 is. Most senders say 0
 * for SGP4. */
static const struct {
    const char *type, *theory;
    bool alone; /* elements of the theory have no other type */
} theories[] = {{"0", "SGP4", false}, {"2", "SGP4", false}, {"3", "PPT3", true}, {"4", "SGP4-XP", true}};

const char *omm_theory(struct str type)
{
    for (size_t i = 0; i < sizeof theories / sizeof *theories; i++)
        if (str_is(type, theories[i].type))
            return theories[i].theory;
    return type.n ? NULL : "SGP4";
}

/* NULL: it does not tell the type. */
static const char *type_of(struct str theory)
{
    for (size_t i = 0; i < sizeof theories / sizeof *theories; i++)
        if (theories[i].alone && str_is(theory, theories[i].theory))
            return theories[i].type;
    return NULL;
}

const char *omm_field(struct str keyword)
{
    for (size_t i = 0; i < ROWS; i++)
        if (str_is(keyword, rows[i].keyword))
            return rows[i].field;
    return NULL;
}

static int refuse(const struct ndm_event *e, struct str keyword, const char *what, struct fault *fault)
{
    char where[FAULT_WHERE_MAX];
    snprintf(where, sizeof where, "line %zu", e->line);
    return fault_set(fault, ERR_INVALID_RECORD, where, "%.*s: expected %s", STR_ARG(keyword), what);
}

static int read_value(const struct ndm_event *e, enum kind kind, struct arena *arena, struct str *ret,
                      struct fault *fault)
{
    if (kind == KIND_TIME)
        return record_time(e->text, arena, ret) ? 0 : refuse(e, e->keyword, RECORD_TIME_EXPECTED, fault);
    if (kind == KIND_NUMBER)
        return number_shift(e->text, 0, arena, ret)
                   ? 0
                   : refuse(e, e->keyword, "a number whose point moves by at most 100 places", fault);
    *ret = arena_str(arena, e->text);
    return 0;
}

/* Beside the value itself: a unit, digits behind the microsecond, which of its kin SGP4 is. */
static bool says_more(const struct ndm_event *e)
{
    return e->unit.p || (str_is(e->keyword, "EPOCH") && record_time_is_cut(e->text)) ||
           (str_is(e->keyword, "MEAN_ELEMENT_THEORY") && !str_is(e->text, "SGP4"));
}

/* Conditional in table 4-3; the schema has one of MEAN_MOTION_DDOT and AGOM. */
static const struct {
    const char *theory, *keyword;
} needs[] = {
    {"SGP", "MEAN_MOTION_DOT"},
    {"SGP", "MEAN_MOTION_DDOT"},
    {"PPT3", "MEAN_MOTION_DOT"},
    {"PPT3", "MEAN_MOTION_DDOT"},
};

static bool is_said(const struct omm_reading *r, const char *keyword)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].keyword, keyword) == 0)
            return r->message->values[i].p;
    return false;
}

/* At the end of what an element set has beside its elements. */
static int check_needs(const struct omm_reading *r, const struct ndm_event *e, struct fault *fault)
{
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (str_is(r->theory, needs[i].theory) && !is_said(r, needs[i].keyword))
            return refuse(e, str_of(needs[i].keyword), "with that MEAN_ELEMENT_THEORY", fault);
    return is_said(r, "AGOM") && is_said(r, "MEAN_MOTION_DDOT")
               ? refuse(e, STR("AGOM"), "either it or MEAN_MOTION_DDOT", fault)
               : 0;
}

static int take_value(struct omm_reading *r, const struct ndm_event *e, struct fault *fault)
{
    r->says_more = r->says_more || says_more(e);
    if (str_is(e->keyword, "MEAN_ELEMENT_THEORY")) {
        r->theory = arena_str(r->arena, e->text);
        r->type = type_of(e->text);
    }
    if (str_is(e->keyword, "EPHEMERIS_TYPE") && r->type && !str_is(e->text, r->type))
        return refuse(e, e->keyword, "that of MEAN_ELEMENT_THEORY: PPT3 is 3, SGP4-XP 4", fault);
    for (size_t i = 0; i < sizeof meant / sizeof *meant; i++)
        if (str_is(e->keyword, meant[i].keyword))
            return ndm_listed(meant[i].values, e->text) ? 0 : refuse(e, e->keyword, meant[i].values, fault);
    for (size_t i = 0; i < ROWS; i++)
        if (str_is(e->keyword, rows[i].keyword))
            return read_value(e, rows[i].kind, r->arena, &r->message->values[i], fault);
    r->says_more = r->says_more || e->text.n;
    return 0;
}

void omm_begin(struct omm_reading *r, struct arena *arena, struct omm *ret)
{
    *ret = (struct omm){0};
    *r = (struct omm_reading){.arena = arena, .message = ret};
    ndm_message_begin(&r->kept);
}

int omm_take(struct omm_reading *r, const struct ndm_event *e, struct fault *fault)
{
    ndm_message_take(&r->kept, e);
    if (e->what == NDM_BEGIN && ndm_message_name(e->block))
        r->message->line = e->line;
    r->says_more = r->says_more || e->what == NDM_COMMENT;
    if (e->what == NDM_FINISH && e->block->name && strcmp(e->block->name, "tleParameters") == 0)
        return check_needs(r, e, fault);
    return e->what == NDM_VALUE ? take_value(r, e, fault) : 0;
}

void omm_end(struct omm_reading *r)
{
    struct str text = ndm_message_end(&r->kept, r->arena);
    for (size_t i = 0; i < ROWS && r->type; i++)
        if (strcmp(rows[i].keyword, "EPHEMERIS_TYPE") == 0)
            r->message->values[i] = str_of(r->type);
    r->message->text = r->says_more ? text : STR("");
}

static int read_message(struct ndm_reader *reader, struct omm_reading *r, struct fault *fault)
{
    struct ndm_event e;
    int error;
    while (!(error = ndm_next(reader, &e, fault))) {
        const char *name = ndm_message_name(e.block);
        if (name && !strcmp(name, "ndm"))
            continue;
        if (name && strcmp(name, "omm") != 0)
            return refuse(&e, str_of(name), "an orbit mean-elements message", fault);
        error = omm_take(r, &e, fault);
        if (error || (name && e.what == NDM_FINISH))
            return error;
    }
    return error;
}

int omm_next(struct ndm_reader *reader, struct arena *arena, struct omm *ret, struct fault *fault)
{
    struct omm m;
    struct omm_reading r;
    omm_begin(&r, arena, &m);
    int error = read_message(reader, &r, fault);
    omm_end(&r);
    if (!error)
        *ret = m;
    return error;
}

void omm_elset(const struct omm *m, const struct header *header, struct buf *out)
{
    header_write(header, out);
    for (size_t i = 0; i < ROWS; i++) {
        struct str v = m->values[i];
        if (v.p && rows[i].kind == KIND_TEXT)
            buf_member_text(out, rows[i].field, v);
        else if (v.p)
            buf_member_json(out, rows[i].field, v);
    }
    if (m->text.n)
        buf_member_text(out, "message", m->text);
    buf_char(out, '}');
}
