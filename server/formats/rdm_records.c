/* Re-entry data messages to records of type reentry. */
#include "memory.h"
#include "ndm_flat.h"

#define RE "atmosphericReentryParameters"
#define IMPACT "groundImpactParameters"
#define STATE "stateVector"
#define COV "covarianceMatrix"
#define CRAFT "spacecraftParameters"

static const struct ndm_place places[] = {
    {"header", "CREATION_DATE", AS_UTC, "creationDate"},
    {"header", "ORIGINATOR", AS_TEXT, NULL},
    {"header", "MESSAGE_ID", AS_TEXT, "messageId"},
    {"metadata", "OBJECT_NAME", AS_TEXT, "origObjectId"},
    {"metadata", "INTERNATIONAL_DESIGNATOR", AS_TEXT, "internationalDesignator"},
    {"metadata", "CATALOG_NAME", AS_TEXT, "catalogName"},
    {"metadata", "OBJECT_DESIGNATOR", AS_TEXT, "objectDesignator"},
    {"metadata", "OBJECT_TYPE", AS_TEXT, "objectType"},
    {"metadata", "OBJECT_OWNER", AS_TEXT, "objectOwner"},
    {"metadata", "OBJECT_OPERATOR", AS_TEXT, "objectOperator"},
    {"metadata", "CONTROLLED_REENTRY", AS_TEXT, "controlledReentry"},
    {"metadata", "CENTER_NAME", AS_TEXT, "centBody"},
    {"metadata", "TIME_SYSTEM", AS_TEXT, NULL},
    {"metadata", "EPOCH_TZERO", AS_TIME, "epoch"},
    {"metadata", "REF_FRAME", AS_TEXT, "referenceFrame"},
    {"metadata", "PREVIOUS_MESSAGE_ID", AS_TEXT, "previousMessageId"},
    {RE, "ORBIT_LIFETIME", AS_NUMBER, "orbitLifetime"},
    {RE, "REENTRY_ALTITUDE", AS_NUMBER, "reentryAltitude"},
    {RE, "ORBIT_LIFETIME_WINDOW_START", AS_NUMBER, "orbitLifetimeWindowStart"},
    {RE, "ORBIT_LIFETIME_WINDOW_END", AS_NUMBER, "orbitLifetimeWindowEnd"},
    {RE, "NOMINAL_REENTRY_EPOCH", AS_TIME, "nominalReentryEpoch"},
    {RE, "REENTRY_WINDOW_START", AS_TIME, "reentryWindowStart"},
    {RE, "REENTRY_WINDOW_END", AS_TIME, "reentryWindowEnd"},
    {RE, "ORBIT_LIFETIME_CONFIDENCE_LEVEL", AS_NUMBER, "orbitLifetimeConfidence"},
    {IMPACT, "PROBABILITY_OF_IMPACT", AS_NUMBER, "probabilityOfImpact"},
    {IMPACT, "PROBABILITY_OF_BURN_UP", AS_NUMBER, "probabilityOfBurnUp"},
    {IMPACT, "PROBABILITY_OF_BREAK_UP", AS_NUMBER, "probabilityOfBreakUp"},
    {IMPACT, "PROBABILITY_OF_LAND_IMPACT", AS_NUMBER, "probabilityOfLandImpact"},
    {IMPACT, "PROBABILITY_OF_CASUALTY", AS_NUMBER, "probabilityOfCasualty"},
    {IMPACT, "NOMINAL_IMPACT_EPOCH", AS_TIME, "nominalImpactEpoch"},
    {IMPACT, "IMPACT_WINDOW_START", AS_TIME, "impactWindowStart"},
    {IMPACT, "IMPACT_WINDOW_END", AS_TIME, "impactWindowEnd"},
    {IMPACT, "IMPACT_REF_FRAME", AS_TEXT, "impactReferenceFrame"},
    {IMPACT, "NOMINAL_IMPACT_LON", AS_NUMBER, "nominalImpactLongitude"},
    {IMPACT, "NOMINAL_IMPACT_LAT", AS_NUMBER, "nominalImpactLatitude"},
    {IMPACT, "NOMINAL_IMPACT_ALT", AS_NUMBER, "nominalImpactAltitude"},
    {STATE, "EPOCH", AS_TIME, "stateEpoch"},
    {STATE, "X", AS_NUMBER, "xpos"},
    {STATE, "Y", AS_NUMBER, "ypos"},
    {STATE, "Z", AS_NUMBER, "zpos"},
    {STATE, "X_DOT", AS_NUMBER, "xvel"},
    {STATE, "Y_DOT", AS_NUMBER, "yvel"},
    {STATE, "Z_DOT", AS_NUMBER, "zvel"},
    {COV, "COV_REF_FRAME", AS_TEXT, "covReferenceFrame"},
    {CRAFT, "WET_MASS", AS_NUMBER, "wetMass"},
    {CRAFT, "DRY_MASS", AS_NUMBER, "dryMass"},
    {CRAFT, "HAZARDOUS_SUBSTANCES", AS_TEXT, "hazardousSubstances"},
    {CRAFT, "DRAG_AREA", AS_NUMBER, "dragArea"},
    {CRAFT, "DRAG_COEFF", AS_NUMBER, "dragCoeff"},
    {CRAFT, "RCS", AS_NUMBER, "rcs"},
    {CRAFT, "BALLISTIC_COEFF", AS_NUMBER, "ballisticCoeff"},
};

/* Of IMPACT_1_, IMPACT_2_ and IMPACT_3_. */
static const struct {
    const char *keyword, *field;
} area_places[] = {
    {"CONFIDENCE", "confidence"},  {"START_LON", "startLongitude"}, {"START_LAT", "startLatitude"},
    {"STOP_LON", "stopLongitude"}, {"STOP_LAT", "stopLatitude"},    {"CROSS_TRACK", "crossTrack"},
};
#define AREA_PLACES (sizeof area_places / sizeof *area_places)
#define AREAS 3
#define AREA_PREFIX (sizeof "IMPACT_1_" - 1)

struct rdm {
    struct ndm_flat flat;
    struct buf covariance;
    struct buf areas[AREAS]; /* members of an object */
};

static void *rdm_new(void)
{
    struct rdm *m = memory_zeroed(sizeof *m);
    ndm_flat_begin(&m->flat, places, sizeof places / sizeof *places);
    return m;
}

static void rdm_free(void *state)
{
    struct rdm *m = state;
    ndm_flat_end(&m->flat);
    buf_free(&m->covariance);
    for (size_t i = 0; i < AREAS; i++)
        buf_free(&m->areas[i]);
    free(m);
}

/* Where a value of an area goes; NULL: it is none. */
static struct buf *area_of(struct rdm *m, struct str keyword, const char **ret_field)
{
    if (keyword.n <= AREA_PREFIX || memcmp(keyword.p, "IMPACT_", 7) != 0 || keyword.p[7] < '1' ||
        keyword.p[7] > '0' + AREAS)
        return NULL;
    for (size_t i = 0; i < AREA_PLACES; i++)
        if (str_is((struct str){keyword.p + AREA_PREFIX, keyword.n - AREA_PREFIX}, area_places[i].keyword)) {
            *ret_field = area_places[i].field;
            return &m->areas[keyword.p[7] - '1'];
        }
    return NULL;
}

static int take_number(struct rdm *m, struct ndm_taking *t, const struct ndm_event *e)
{
    const char *field = NULL;
    struct buf *area = area_of(m, e->keyword, &field);
    bool covariance = !strcmp(ndm_block_name(e->block), COV) && !str_is(e->keyword, "COV_REF_FRAME");
    struct str number;
    if (!area && !covariance)
        return 0;
    if (ndm_number_json(e->keyword, e->text, e->line, t->run->item, &number, t->run->fault))
        return ERR_INVALID_RECORD;
    if (area)
        buf_printf(area, "%s\"%s\":%.*s", area->n ? "," : "", field, STR_ARG(number));
    else
        buf_printf(&m->covariance, "%s%.*s", m->covariance.n ? "," : "", STR_ARG(number));
    return 0;
}

static int finish(struct rdm *m, struct ndm_taking *t)
{
    struct ndm_scale scale;
    struct buf *out = &t->run->json;
    int error = ndm_flat_scale(&m->flat, t, &scale);
    if (!error)
        error = ndm_flat_write(&m->flat, t, &scale);
    if (error)
        return error;
    ndm_write_sat_no(ndm_fields_get(&m->flat.fields, "CATALOG_NAME"),
                     ndm_fields_get(&m->flat.fields, "OBJECT_DESIGNATOR"), out);
    if (m->covariance.n)
        buf_printf(out, ",\"cov\":[%.*s]", STR_ARG(buf_view(&m->covariance)));
    const char *before = ",\"impactAreas\":[";
    for (size_t i = 0; i < AREAS; i++)
        if (m->areas[i].n) {
            buf_printf(out, "%s{%.*s}", before, STR_ARG(buf_view(&m->areas[i])));
            before = ",";
        }
    buf_z(out, *before == ',' && !before[1] ? "]}" : "}");
    return ndm_taken(t, "reentry", t->line);
}

static int rdm_take(struct ndm_taking *t, const struct ndm_event *e)
{
    struct rdm *m = t->state;
    ndm_flat_take(&m->flat, e, t->run->item);
    int error = e->what == NDM_VALUE ? take_number(m, t, e) : 0;
    return error || !ndm_is_end(e) ? error : finish(m, t);
}

const struct ndm_taker ndm_taker_rdm = {"rdm", rdm_new, rdm_take, rdm_free};
