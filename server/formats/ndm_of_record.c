#include "ndm_of_record.h"
#include "cdm_table.h"
#include "ndm_making.h"
#include "number.h"
#include "omm.h"

struct source {
    struct ndm_making *m;
    int object; /* of a conjunction, that the values are of; 0: of both */
    struct {
        const struct member *members;
        size_t n;
        struct str covariance; /* what is left of it */
    } states[2];
};

static struct str field_text(const struct source *s, const char *name)
{
    return ndm_making_field(s->m, name);
}

static struct str or_unknown(struct str text)
{
    return text.n ? text : STR("UNKNOWN");
}

/* --- mean elements --- */

/* One of two is said; which one of the last two pairs, depends on the theory. */
static bool is_other_of_pair(const struct source *s, struct str keyword)
{
    static const struct {
        const char *keyword, *instead;
        bool xp; /* SGP4-XP has the keyword */
    } pairs[] = {{"SEMI_MAJOR_AXIS", "meanMotion", false},
                 {"BTERM", "bStar", true},
                 {"BSTAR", "ballisticCoeff", false},
                 {"AGOM", "meanMotionDDot", true},
                 {"MEAN_MOTION_DDOT", "agom", false}};
    bool xp = str_is(field_text(s, "ephemType"), "4");
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (str_is(keyword, pairs[i].keyword))
            return (i == 0 || pairs[i].xp != xp) && field_text(s, pairs[i].instead).n;
    return false;
}

static void find_in_elset(void *context, const struct ndm_row *row, struct ndm_found *ret)
{
    const struct source *s = context;
    static const struct {
        const char *keyword, *text;
    } meant[] = {{"CENTER_NAME", "EARTH"}, {"REF_FRAME", "TEME"}, {"TIME_SYSTEM", "UTC"}};
    struct str keyword = str_of(row->keyword);
    ret->field = omm_field(keyword);
    ret->text = ret->field && !is_other_of_pair(s, keyword) ? field_text(s, ret->field) : (struct str){0};
    for (size_t i = 0; i < sizeof meant / sizeof *meant; i++)
        if (str_is(keyword, meant[i].keyword))
            ret->text = str_of(meant[i].text);
    if (str_is(keyword, "CREATION_DATE"))
        ret->text = ndm_making_time(field_text(s, "createdAt"));
    if (str_is(keyword, "ORIGINATOR"))
        ret->text = or_unknown(field_text(s, "createdBy"));
    if (str_is(keyword, "OBJECT_NAME") || str_is(keyword, "OBJECT_ID"))
        ret->text = or_unknown(ret->text);
    if (str_is(keyword, "EPOCH"))
        ret->text = ndm_making_time(ret->text);
    if (str_is(keyword, "MEAN_ELEMENT_THEORY")) {
        ret->field = "ephemType";
        ret->text = str_of(omm_theory(field_text(s, "ephemType")));
    }
}

static int write_omm(struct ndm_making *m)
{
    struct source s = {.m = m};
    int error = 0;
    buf_z(m->out, "CCSDS_OMM_VERS = 3.0\n");
    for (size_t i = 0; i < ndm_omm.count && !error; i++)
        error = ndm_making_rows(m, &ndm_omm.blocks[i], find_in_elset, &s);
    if (!error && !field_text(&s, "meanMotion").n && !field_text(&s, "semiMajorAxis").n)
        error = fault_set(m->fault, ERR_INVALID_RECORD, "meanMotion", "expected a value, or semiMajorAxis");
    return error ? error : ndm_making_rest(m, "elset", "USER_DEFINED_", true);
}

/* --- conjunctions --- */

/* The next number of a covariance in kilometres, which the message has in metres. */
static struct str next_number(struct str *rest, int shift, struct arena *arena)
{
    struct str number = {0};
    if (rest->n && (rest->p[0] == '[' || rest->p[0] == ','))
        *rest = (struct str){rest->p + 1, rest->n - 1};
    size_t n = 0;
    while (n < rest->n && rest->p[n] != ',' && rest->p[n] != ']')
        n++;
    if (!number_shift((struct str){rest->p, n}, shift, arena, &number))
        number = (struct str){0};
    *rest = (struct str){rest->p + n, rest->n - n};
    return number;
}

static struct str as_written(const struct cdm_row *row, struct str text)
{
    switch (row->kind) {
    case KIND_TIME: return ndm_making_time(text);
    case KIND_FLAG: return !text.n ? text : str_is(text, "true") ? STR("YES") : STR("NO");
    case KIND_FRAME: return str_is(text, "J2000") ? STR("EME2000") : text;
    default: return text;
    }
}

static struct str otherwise(const struct source *s, struct str keyword, int object)
{
    static const struct {
        const char *keyword, *text;
    } usual[] = {{"ORIGINATOR", NULL},
                 {"OBJECT_NAME", "UNKNOWN"},
                 {"INTERNATIONAL_DESIGNATOR", "UNKNOWN"},
                 {"EPHEMERIS_NAME", "NONE"},
                 {"MANEUVERABLE", "N/A"}};
    struct str number = field_text(s, object == 1 ? "satNo1" : "satNo2");
    if (str_is(keyword, "OBJECT"))
        return object == 1 ? STR("OBJECT1") : STR("OBJECT2");
    if (str_is(keyword, "CATALOG_NAME"))
        return number.n ? STR("SATCAT") : STR("UNKNOWN");
    if (str_is(keyword, "OBJECT_DESIGNATOR"))
        return number;
    if (str_is(keyword, "CREATION_DATE"))
        return ndm_making_time(field_text(s, "createdAt"));
    if (str_is(keyword, "MESSAGE_ID"))
        return field_text(s, "id");
    if (str_is(keyword, "ORIGINATOR"))
        return field_text(s, "createdBy");
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (str_is(keyword, usual[i].keyword))
            return str_of(usual[i].text);
    return (struct str){0};
}

static void find_in_conjunction(void *context, const struct ndm_row *row, struct ndm_found *ret)
{
    struct source *s = context;
    int object = s->object;
    struct str keyword = str_of(row->keyword);
    const struct cdm_row *place = cdm_row_of(keyword);
    size_t at = object ? (size_t)object - 1 : 0;
    if (place && place->target == TO_RECORD) {
        ret->field = place->field;
        ret->text = as_written(place, field_text(s, place->field));
    } else if (place && place->target == TO_NUMBERED) {
        ret->field = arena_printf(s->m->arena, "%s%d", place->field, object);
        ret->text = as_written(place, field_text(s, ret->field));
    } else if (place && place->target == TO_STATE) {
        ret->field = arena_printf(s->m->arena, "stateVector%d.%s", object, place->field);
        ret->text = as_written(place, member_value(s->states[at].members, s->states[at].n, place->field, s->m->arena));
    } else if (place && place->target == TO_COVARIANCE) {
        ret->field = arena_printf(s->m->arena, "stateVector%d.cov", object);
        ret->text = next_number(&s->states[at].covariance, -place->shift, s->m->arena);
    }
    if (!ret->text.n)
        ret->text = otherwise(s, keyword, object);
}

static int open_state(struct source *s, int object)
{
    const char *field = object == 1 ? "stateVector1" : "stateVector2";
    struct str text = field_text(s, field);
    if (!text.n || !members_of(text, s->m->arena, &s->states[object - 1].members, &s->states[object - 1].n))
        return fault_set(s->m->fault, ERR_INVALID_RECORD, field, "expected a value, which a message cannot do without");
    struct str frame =
        member_value(s->states[object - 1].members, s->states[object - 1].n, "covReferenceFrame", s->m->arena);
    if (frame.n && !str_is(frame, "UVW"))
        return fault_set(s->m->fault, ERR_INVALID_RECORD, arena_printf(s->m->arena, "%s.covReferenceFrame", field),
                         "expected UVW, which a message has");
    s->states[object - 1].covariance =
        member_value(s->states[object - 1].members, s->states[object - 1].n, "cov", s->m->arena);
    return 0;
}

/* Which object a block is of: a segment is each object's. */
static int object_of(const struct ndm_grammar *g, size_t block)
{
    int segments = 0;
    for (size_t i = 0; i <= block; i++)
        segments += g->blocks[i].name && strcmp(g->blocks[i].name, "segment") == 0;
    return segments;
}

static int write_cdm(struct ndm_making *m)
{
    struct source s = {.m = m};
    int error = open_state(&s, 1);
    if (!error)
        error = open_state(&s, 2);
    buf_z(m->out, "CCSDS_CDM_VERS = 1.0\n");
    ndm_making_comments(m, field_text(&s, "comments"));
    for (size_t i = 0; i < ndm_cdm.count && !error; i++) {
        s.object = object_of(&ndm_cdm, i);
        error = ndm_making_rows(m, &ndm_cdm.blocks[i], find_in_conjunction, &s);
    }
    return error;
}

/* --- by type --- */

static const struct {
    const char *type;
    const struct ndm_grammar *grammar;
    int (*make)(struct ndm_making *m); /* NULL: only as its own message */
} types[] = {
    {"conjunction", &ndm_cdm, write_cdm},
    {"elset", &ndm_omm, write_omm},
    {"ephemerisset", &ndm_oem, oem_of_ephemerisset},
    {"orbitcomprehensive", &ndm_ocm, NULL},
    {"reentry", &ndm_rdm, NULL},
    {"statevector", &ndm_opm, opm_of_statevector},
    {"trackingdata", &ndm_tdm, NULL},
};
#define TYPES (sizeof types / sizeof *types)

const struct ndm_grammar *ndm_of_type(struct str type)
{
    for (size_t i = 0; i < TYPES; i++)
        if (str_is(type, types[i].type))
            return types[i].grammar;
    return NULL;
}

int ndm_of_record(struct str type, const struct member *members, size_t n, struct arena *arena, struct buf *out,
                  struct fault *fault)
{
    struct ndm_making m = {arena, members, n, ndm_making_flags(n, arena), out, fault};
    for (size_t i = 0; i < TYPES; i++)
        if (str_is(type, types[i].type) && types[i].make)
            return types[i].make(&m);
    return fault_set(fault, ERR_INVALID_RECORD, "message", "expected the message that the record was made from");
}
