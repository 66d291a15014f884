/* Orbit comprehensive messages to records of type orbitcomprehensive. */
#include "memory.h"
#include "ndm_flat.h"
#include "number.h"

static const struct ndm_place places[] = {
    {"header", "CREATION_DATE", AS_UTC, "creationDate"},
    {"header", "ORIGINATOR", AS_TEXT, NULL},
    {"header", "MESSAGE_ID", AS_TEXT, "messageId"},
    {"metadata", "OBJECT_NAME", AS_TEXT, "origObjectId"},
    {"metadata", "INTERNATIONAL_DESIGNATOR", AS_TEXT, "internationalDesignator"},
    {"metadata", "CATALOG_NAME", AS_TEXT, "catalogName"},
    {"metadata", "OBJECT_DESIGNATOR", AS_TEXT, "objectDesignator"},
    {"metadata", "PREVIOUS_MESSAGE_ID", AS_TEXT, "previousMessageId"},
    {"metadata", "NEXT_MESSAGE_ID", AS_TEXT, "nextMessageId"},
    {"metadata", "OPERATOR", AS_TEXT, "objectOperator"},
    {"metadata", "OWNER", AS_TEXT, "objectOwner"},
    {"metadata", "COUNTRY", AS_TEXT, "country"},
    {"metadata", "CONSTELLATION", AS_TEXT, "constellation"},
    {"metadata", "OBJECT_TYPE", AS_TEXT, "objectType"},
    {"metadata", "TIME_SYSTEM", AS_TEXT, "timeSystem"},
    {"metadata", "EPOCH_TZERO", AS_TIME, "epoch"},
    {"metadata", "OPS_STATUS", AS_TEXT, "opsStatus"},
    {"metadata", "ORBIT_CATEGORY", AS_TEXT, "orbitCategory"},
    {"metadata", "START_TIME", AS_TIME_OR_OFFSET, "start"},
    {"metadata", "STOP_TIME", AS_TIME_OR_OFFSET, "stop"},
    {"metadata", "UT1MUTC_AT_TZERO", AS_NUMBER, NULL},
    {"phys", "WET_MASS", AS_NUMBER, "wetMass"},
    {"phys", "DRY_MASS", AS_NUMBER, "dryMass"},
    {"phys", "RCS", AS_NUMBER, "rcs"},
};

/* Of the states: kilometres and seconds, unless TRAJ_UNITS says otherwise. */
static const struct {
    const char *type;
    size_t values;
    const char *units;
} cartesian[] = {
    {"CARTP", 3, "[km, km, km]"},
    {"CARTPV", 6, "[km, km, km, km/s, km/s, km/s]"},
    {"CARTPVA", 9, "[km, km, km, km/s, km/s, km/s, km/s**2, km/s**2, km/s**2]"},
};
static const char *const state_fields[] = {"xpos", "ypos",   "zpos",   "xvel",  "yvel",
                                           "zvel", "xaccel", "yaccel", "zaccel"};
#define STATE_VALUES (sizeof state_fields / sizeof *state_fields)

struct ocm {
    struct ndm_flat flat;
    struct buf type, units, centre, frame; /* of the trajectory that is open */
    struct buf blocks;                     /* items of an array */
    struct buf newest;                     /* members of the record */
    bool has_scale, has_newest;
    struct ndm_scale scale;
    instant epoch, newest_at;
    size_t states, maneuvers, covariances;
};

static void *ocm_new(void)
{
    struct ocm *m = memory_zeroed(sizeof *m);
    ndm_flat_begin(&m->flat, places, sizeof places / sizeof *places);
    return m;
}

static void ocm_free(void *state)
{
    struct ocm *m = state;
    ndm_flat_end(&m->flat);
    struct buf *bufs[] = {&m->type, &m->units, &m->centre, &m->frame, &m->blocks, &m->newest};
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
        buf_free(bufs[i]);
    free(m);
}

/* UT1 too, if the message says how far it is ahead. */
static int find_scale(struct ocm *m, struct ndm_taking *t)
{
    struct ndm_fields *f = &m->flat.fields;
    struct str name = ndm_fields_get(f, "TIME_SYSTEM");
    bool known = ndm_scale_find(name, &m->scale) ||
                 (str_is(name, "UT1") && ndm_scale_ut1(ndm_fields_get(f, "UT1MUTC_AT_TZERO"), &m->scale));
    if (!known)
        return ndm_fault(t->line, t->run->fault,
                         "TIME_SYSTEM: %.*s: expected " NDM_SCALES ", or UT1 with UT1MUTC_AT_TZERO", STR_ARG(name));
    struct str zero = ndm_fields_get(f, "EPOCH_TZERO");
    if (!ndm_instant(zero, &m->scale, &m->epoch))
        return ndm_fault(t->line, t->run->fault, "EPOCH_TZERO: %.*s: expected a time of years 1900 to 9999",
                         STR_ARG(zero));
    return 0;
}

/* --- trajectories --- */

static void set(struct buf *b, struct str text)
{
    buf_clear(b);
    buf_str(b, text);
}

static void take_trajectory(struct ocm *m, const struct ndm_event *e)
{
    if (str_is(e->keyword, "TRAJ_TYPE"))
        set(&m->type, e->text);
    if (str_is(e->keyword, "TRAJ_UNITS"))
        set(&m->units, e->text);
    if (str_is(e->keyword, "CENTER_NAME"))
        set(&m->centre, e->text);
    if (str_is(e->keyword, "TRAJ_REF_FRAME"))
        set(&m->frame, e->text);
}

static void begin_trajectory(struct ocm *m)
{
    buf_clear(&m->type);
    buf_clear(&m->units);
    set(&m->centre, STR("EARTH")); /* 502.0-B-3, table 6-4: what they are if nothing is said */
    set(&m->frame, STR("ICRF3"));
}

/* How many values of a line are a state; 0: they are not coordinates in kilometres. */
static size_t state_values(const struct ocm *m, size_t count)
{
    for (size_t i = 0; i < sizeof cartesian / sizeof *cartesian; i++)
        if (str_is(buf_view(&m->type), cartesian[i].type) && count == cartesian[i].values + 1 &&
            (!m->units.n || str_is(buf_view(&m->units), cartesian[i].units)))
            return cartesian[i].values;
    return 0;
}

static int take_state(struct ocm *m, struct ndm_taking *t, const struct ndm_event *e)
{
    instant at;
    size_t n = state_values(m, e->count);
    m->states++;
    if (!n || !ndm_instant_or_offset(e->values[0], &m->scale, m->epoch, &at) || (m->has_newest && at <= m->newest_at))
        return 0;
    m->has_newest = true;
    m->newest_at = at;
    buf_clear(&m->newest);
    buf_member_instant(&m->newest, "stateEpoch", at);
    buf_member_text(&m->newest, "centBody", buf_view(&m->centre));
    buf_member_text(&m->newest, "referenceFrame", buf_view(&m->frame));
    for (size_t i = 0; i < n && i < STATE_VALUES; i++) {
        struct str number;
        if (!number_json(e->values[i + 1], t->run->item, &number))
            return ndm_fault(e->line, t->run->fault, "%.*s: expected a number", STR_ARG(e->values[i + 1]));
        buf_printf(&m->newest, ",\"%s\":%.*s", state_fields[i], STR_ARG(number));
    }
    return 0;
}

/* --- pieces --- */

static void begin_block(struct ocm *m, const char *block)
{
    static const char *const names[] = {"traj", "phys", "cov", "man", "pert", "od", "user"};
    if (!strcmp(block, "traj"))
        begin_trajectory(m);
    m->maneuvers += !strcmp(block, "man");
    m->covariances += !strcmp(block, "cov");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(block, names[i])) {
            buf_z(&m->blocks, m->blocks.n ? "," : "");
            buf_json_str(&m->blocks, str_of(names[i]));
        }
}

static int finish(struct ocm *m, struct ndm_taking *t)
{
    struct buf *out = &t->run->json;
    m->flat.fields.epoch = m->epoch;
    int error = ndm_flat_write(&m->flat, t, &m->scale);
    if (error)
        return error;
    ndm_write_sat_no(ndm_fields_get(&m->flat.fields, "CATALOG_NAME"),
                     ndm_fields_get(&m->flat.fields, "OBJECT_DESIGNATOR"), out);
    buf_printf(out, ",\"numStates\":%zu,\"numCovariances\":%zu,\"numManeuvers\":%zu,\"blocks\":[%.*s]", m->states,
               m->covariances, m->maneuvers, STR_ARG(buf_view(&m->blocks)));
    buf_str(out, buf_view(&m->newest));
    buf_char(out, '}');
    return ndm_taken(t, "orbitcomprehensive", t->line);
}

static int ocm_take(struct ndm_taking *t, const struct ndm_event *e)
{
    struct ocm *m = t->state;
    const char *block = ndm_block_name(e->block);
    ndm_flat_take(&m->flat, e, t->run->item);
    if (m->flat.kept.text.n > NDM_FLAT_MOST)
        return ndm_fault(t->line, t->run->fault, "message: more than a record holds: expected at most %d bytes",
                         NDM_FLAT_MOST);
    if (e->what == NDM_BEGIN)
        begin_block(m, block);
    if (e->what == NDM_FINISH && !strcmp(block, "metadata"))
        return find_scale(m, t);
    if (e->what == NDM_VALUE && !strcmp(block, "traj"))
        take_trajectory(m, e);
    if (e->what == NDM_SET && !strcmp(block, "trajLine"))
        return take_state(m, t, e);
    return ndm_is_end(e) ? finish(m, t) : 0;
}

const struct ndm_taker ndm_taker_ocm = {"ocm", ocm_new, ocm_take, ocm_free};
