/* GET /v1/pnt/interference: where and when navigation is interfered with, by the reports, cells of observations and
 * observed signals that the reader may see, as GeoJSON. Those that it tells of are cited, and disclosed like a list. */
#include "input.h"
#include "interference.h"
#include "listing.h"
#include "lists.h"
#include "query.h"
#include "resources.h"

#include <stdlib.h>

#define LOOKED_AT_MAX 10000    /* records of a type, for one answer */
#define SIGHTINGS_MAX 20000    /* what a record tells of a cell */
#define CITED_MAX QUERY_IN_MAX /* records of a type */
#define WINDOW_MAX (31 * INSTANT_DAY)
#define AROUND (31 * INSTANT_DAY) /* what began, or was reported, so long before or after */
#define RESOLUTION 4              /* cells of about 1,800 km², as maps of interference have them */
#define GEOJSON "application/geo+json"

struct interference {
    struct interference_window window;
    struct str data_mode, box[4];
    const struct query *queries[INTERFERENCE_SOURCES];
    struct sightings sightings;
    struct lists lists;
    struct str banner;
};

/* ---- what is looked at ---- */

/* What take() is called with. */
struct looking {
    struct interference *i;
    enum interference_source source;
};

static void take(void *ctx, const struct stored_record *record)
{
    struct looking *l = ctx;
    if (sightings_count(&l->i->sightings) <= SIGHTINGS_MAX)
        sightings_add(&l->i->sightings, &l->i->window, l->source, record->id, record->body);
}

static int look_at(struct request *r, struct interference *i, enum interference_source source, struct fault *fault)
{
    struct looking looking = {i, source};
    struct lists_look look = {
        .query = i->queries[source], .most = LOOKED_AT_MAX, .where = "bbox", .take = take, .ctx = &looking};
    int error = lists_look(r, &look, fault);
    if (!error && sightings_count(&i->sightings) > SIGHTINGS_MAX)
        error = fault_set(fault, ERR_TOO_LARGE, "bbox", "more than %d cells that records tell of: expected less",
                          SIGHTINGS_MAX);
    return error;
}

/* ---- citing ---- */

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct uuid));
}

/* Of the records of one type each once. */
static size_t cited(const struct interference *i, enum interference_source source, struct uuid *ids)
{
    size_t n = 0, kept = 0;
    for (size_t k = 0; k < sightings_count(&i->sightings); k++)
        if (sightings_at(&i->sightings, k)->source == source)
            ids[n++] = sightings_at(&i->sightings, k)->record;
    if (n)
        qsort(ids, n, sizeof *ids, compare_ids);
    for (size_t k = 0; k < n; k++)
        if (!kept || compare_ids(&ids[kept - 1], &ids[k]))
            ids[kept++] = ids[k];
    return kept;
}

static int cite(struct request *r, struct interference *i, enum interference_source source, struct fault *fault)
{
    struct uuid *ids = arena_array(request_arena(r), sightings_count(&i->sightings), sizeof *ids);
    size_t n = cited(i, source, ids);
    if (n > CITED_MAX)
        return fault_set(fault, ERR_TOO_LARGE, "bbox", "more than %d records of type %s to tell of: expected less",
                         CITED_MAX, interference_types[source]);
    return lists_cite(r, &i->lists, i->queries[source]->type, ids, n, fault);
}

static int disclose(struct request *r, struct interference *i, struct fault *fault)
{
    int error = 0;
    for (int source = 0; source < INTERFERENCE_SOURCES && !error; source++)
        error = cite(r, i, (enum interference_source)source, fault);
    if (!error)
        error = store_lists_banner(i->lists.v, i->lists.n, request_arena(r), &i->banner, fault);
    if (error)
        lists_close(&i->lists);
    return error;
}

static int interference_step(struct request *r, void *ctx, struct fault *fault)
{
    struct interference *i = ctx;
    int error = 0;
    buf_clear(&i->sightings.all);
    for (int source = 0; source < INTERFERENCE_SOURCES && !error; source++)
        error = look_at(r, i, (enum interference_source)source, fault);
    sightings_settle(&i->sightings);
    return error || !sightings_count(&i->sightings) ? error : disclose(r, i, fault);
}

/* ---- the answer ---- */

static void reply_interference(struct request *r, struct interference *i)
{
    BUF_CLEANUP struct buf out = {0};
    buf_z(&out, "{\"type\":\"FeatureCollection\"");
    buf_member_text(&out, "dataMode", i->data_mode);
    buf_member_instant(&out, "from", i->window.from);
    buf_member_instant(&out, "to", i->window.to);
    buf_z(&out, ",\"features\":[");
    sightings_write(&i->sightings, &out);
    buf_z(&out, "]}");
    if (i->lists.n)
        lists_reply(r, &i->lists, i->banner, GEOJSON, &out);
    else
        listing_reply_nothing(r, GEOJSON, buf_view(&out));
}

/* ---- the question ---- */

static struct str range(struct request *r, instant from, instant to)
{
    BUF_CLEANUP struct buf text = {0};
    buf_instant(&text, from);
    buf_z(&text, "..");
    buf_instant(&text, to);
    return arena_str(request_arena(r), buf_view(&text));
}

static struct str degrees(struct request *r, struct str least, struct str most)
{
    BUF_CLEANUP struct buf text = {0};
    buf_printf(&text, "%.*s..%.*s", STR_ARG(least), STR_ARG(most));
    return arena_str(request_arena(r), buf_view(&text));
}

/* Places are asked of the store as far as it can tell: what is on both sides of the antimeridian is looked through. */
static size_t add_places(struct request *r, const struct interference *i, enum interference_source source,
                         struct param *params, size_t n)
{
    if (!interference_latitude[source])
        return n;
    params[n++] = (struct param){str_of(interference_latitude[source]), degrees(r, i->box[1], i->box[3])};
    if (i->window.box.west <= i->window.box.east)
        params[n++] = (struct param){str_of(interference_longitude[source]), degrees(r, i->box[0], i->box[2])};
    return n;
}

/* A signal is observed at one time. A report may come long after what it tells of, a set of cells last long. */
static int make_query(struct request *r, struct interference *i, enum interference_source source, struct fault *fault)
{
    const struct record_type *type = record_type_find(str_of(interference_types[source]));
    instant from = instant_add(i->window.from, source == SOURCE_SIGNAL ? 0 : -AROUND);
    instant to = instant_add(i->window.to, source == SOURCE_REPORT ? AROUND : 0);
    struct param params[4] = {{STR("dataMode"), i->data_mode}, {str_of(type->time_field), range(r, from, to)}};
    size_t n = add_places(r, i, source, params, 2);
    return query_parse(type, params, n, QUERY_LIST, api_now(api_of(r)), request_arena(r), &i->queries[source], fault);
}

static int read_box(struct request *r, struct interference *i, struct fault *fault)
{
    struct str text;
    int error = query_needed(r, "bbox", &text, fault);
    if (!error && !geo_box_read(text, &i->window.box))
        error = fault_set(fault, ERR_BAD_QUERY, "bbox", "expected west,south,east,north in degrees");
    for (size_t k = 0; !error && k < 4; k++) {
        const char *comma = memchr(text.p, ',', text.n);
        i->box[k] = (struct str){text.p, comma ? (size_t)(comma - text.p) : text.n};
        text = comma ? str_slice(text, i->box[k].n + 1, text.n) : (struct str){0};
    }
    return error;
}

static int read_window(struct request *r, struct interference *i, struct fault *fault)
{
    struct str text;
    struct interference_window *w = &i->window;
    int64_t resolution = RESOLUTION;
    int error = query_needed(r, "from", &text, fault);
    if (!error)
        error = query_needed(r, "to", &text, fault);
    if (!error)
        error = query_time(r, "from", &w->from, fault);
    if (!error)
        error = query_time(r, "to", &w->to, fault);
    if (!error)
        error = query_number(r, "resolution", H3_FINEST, &resolution, fault);
    w->resolution = (int)resolution;
    if (!error && (w->from < INSTANT_1900 + AROUND || w->to >= INSTANT_10000 - AROUND))
        error =
            fault_set(fault, ERR_BAD_QUERY, "from", "expected a time a month or more within the years 1900 to 9999");
    if (!error && (w->to <= w->from || w->to - w->from > WINDOW_MAX))
        error = fault_set(fault, ERR_BAD_QUERY, "to", "expected a time up to 31 days after from");
    return error;
}

static int read_question(struct request *r, struct interference *i, struct fault *fault)
{
    int error = query_check(r, fault);
    i->data_mode = query_text(r, "dataMode");
    if (!i->data_mode.p)
        i->data_mode = STR("REAL");
    if (!error)
        error = read_box(r, i, fault);
    if (!error)
        error = read_window(r, i, fault);
    for (int source = 0; source < INTERFERENCE_SOURCES && !error; source++)
        error = make_query(r, i, (enum interference_source)source, fault);
    return error ? error : lists_check_mode(i->queries[0], fault);
}

void pnt_interference(struct request *r)
{
    struct interference i = {.sightings.arena = request_arena(r)};
    struct fault fault;
    bool head = str_is(request_method(r), "HEAD");
    int error = read_question(r, &i, &fault);
    if (!error)
        error = head ? log_query(r, 200, true, &fault) : with_fresh_registers(r, interference_step, &i, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else if (head)
        reply_head(r, 200, GEOJSON, LENGTH_UNKNOWN);
    else
        reply_interference(r, &i);
    buf_free(&i.sightings.all);
}
