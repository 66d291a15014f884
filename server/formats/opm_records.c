/* Orbit parameter messages to records of type statevector. */
#include "memory.h"
#include "ndm_flat.h"
#include "ndm_frames.h"

#define STATE "stateVector"
#define CRAFT "spacecraftParameters"
#define COV "covarianceMatrix"

static const struct ndm_place places[] = {
    {"header", "CREATION_DATE", AS_UTC, "msgTs"},
    {"header", "ORIGINATOR", AS_TEXT, NULL},
    {"metadata", "OBJECT_NAME", AS_TEXT, "origObjectId"},
    {"metadata", "OBJECT_ID", AS_TEXT, "internationalDesignator"},
    {"metadata", "CENTER_NAME", AS_TEXT, NULL},
    {"metadata", "REF_FRAME", AS_TEXT, NULL},
    {"metadata", "TIME_SYSTEM", AS_TEXT, NULL},
    {STATE, "EPOCH", AS_TIME, "epoch"},
    {CRAFT, "MASS", AS_NUMBER, "mass"},
    {CRAFT, "SOLAR_RAD_AREA", AS_NUMBER, "srpArea"},
    {CRAFT, "SOLAR_RAD_COEFF", AS_NUMBER, "solarRadPressCoeff"},
    {CRAFT, "DRAG_AREA", AS_NUMBER, "dragArea"},
    {CRAFT, "DRAG_COEFF", AS_NUMBER, "dragCoeff"},
    {COV, "COV_REF_FRAME", AS_TEXT, NULL},
};

/* Written if a record has the frame: a position in another one would be wrong. */
static const struct ndm_place state_places[] = {
    {STATE, "X", AS_NUMBER, "xpos"},     {STATE, "Y", AS_NUMBER, "ypos"},     {STATE, "Z", AS_NUMBER, "zpos"},
    {STATE, "X_DOT", AS_NUMBER, "xvel"}, {STATE, "Y_DOT", AS_NUMBER, "yvel"}, {STATE, "Z_DOT", AS_NUMBER, "zvel"},
};

#define COVARIANCE 21

struct opm {
    struct ndm_flat flat;
    struct ndm_fields state;
    struct buf covariance; /* its numbers, with commas between them */
    size_t covariances;
};

static void *opm_new(void)
{
    struct opm *m = memory_zeroed(sizeof *m);
    ndm_flat_begin(&m->flat, places, sizeof places / sizeof *places);
    m->state = (struct ndm_fields)NDM_FIELDS(state_places);
    return m;
}

static void opm_free(void *state)
{
    struct opm *m = state;
    ndm_flat_end(&m->flat);
    buf_free(&m->covariance);
    free(m);
}

static int take_covariance(struct opm *m, struct ndm_taking *t, const struct ndm_event *e)
{
    struct str number;
    if (ndm_number_json(e->keyword, e->text, e->line, t->run->item, &number, t->run->fault))
        return ERR_INVALID_RECORD;
    buf_z(&m->covariance, m->covariances++ ? "," : "");
    buf_str(&m->covariance, number);
    return 0;
}

static void write_covariance(const struct opm *m, struct ndm_taking *t, struct str frame_of_state)
{
    struct str name = ndm_fields_get(&m->flat.fields, "COV_REF_FRAME");
    const struct ndm_frame *frame = ndm_frame_find(name.n ? name : frame_of_state);
    if (m->covariances != COVARIANCE)
        return;
    if (!frame) {
        import_leave_out(t->run, t->line,
                         STR("covariance: of a frame that a record has no name for; it is in message"));
        return;
    }
    buf_printf(&t->run->json, ",\"covReferenceFrame\":\"%s\",\"cov\":[%.*s]", frame->of_covariances,
               STR_ARG(buf_view(&m->covariance)));
}

static int write_state(const struct opm *m, struct ndm_taking *t)
{
    struct str name = ndm_fields_get(&m->flat.fields, "REF_FRAME");
    const struct ndm_frame *frame = ndm_frame_find(name);
    if (!frame || !frame->of_states || !ndm_center_is_earth(ndm_fields_get(&m->flat.fields, "CENTER_NAME"))) {
        import_leave_out(t->run, t->line,
                         STR("state: of a center or frame that a record has no name for; it is in message"));
        return 0;
    }
    buf_printf(&t->run->json, ",\"referenceFrame\":\"%s\"", frame->of_states);
    write_covariance(m, t, name);
    return ndm_fields_write(&m->state, NULL, t->run->item, &t->run->json, t->run->fault);
}

static int finish(struct opm *m, struct ndm_taking *t)
{
    struct ndm_scale scale;
    int error = ndm_flat_scale(&m->flat, t, &scale);
    if (!error)
        error = ndm_flat_write(&m->flat, t, &scale);
    if (!error)
        error = write_state(m, t);
    if (error)
        return error;
    buf_char(&t->run->json, '}');
    return ndm_taken(t, "statevector", t->line);
}

static int opm_take(struct ndm_taking *t, const struct ndm_event *e)
{
    struct opm *m = t->state;
    int error = 0;
    ndm_flat_take(&m->flat, e, t->run->item);
    if (e->what == NDM_VALUE && !ndm_fields_take(&m->state, e, t->run->item) &&
        !strcmp(ndm_block_name(e->block), COV) && !str_is(e->keyword, "COV_REF_FRAME"))
        error = take_covariance(m, t, e);
    return error || !ndm_is_end(e) ? error : finish(m, t);
}

const struct ndm_taker ndm_taker_opm = {"opm", opm_new, opm_take, opm_free};
