/* GET /v1/pnt/status: which satellites are unusable at a time or forecast to be, from the advisories and the health in
 * almanacs and ephemerides that the reader may see. All of them are looked at; those that the answer tells of are
 * cited, and disclosed like a list of them. */
#include "input.h"
#include "listing.h"
#include "lists.h"
#include "outages.h"
#include "query.h"
#include "resources.h"

#include <stdlib.h>

#define LOOKED_AT_MAX 10000 /* records of a type, for one answer */
#define CITED_MAX QUERY_IN_MAX
#define WITHIN_MAX (7 * INSTANT_DAY)

enum kind { ADVISORIES, ALMANACS, EPHEMERIDES, KINDS };

/* Health counts for so long before and after the time it is told of: an almanac is broadcast for days, an ephemeris for
 * hours. Of advisories all count. */
static const struct {
    const char *type, *time;
    int64_t within;
} kinds[KINDS] = {
    [ADVISORIES] = {"gnssadvisory", "start", 0},
    [ALMANACS] = {"almanac", "toa", WITHIN_MAX},
    [EPHEMERIDES] = {"navephemeris", "epoch", 4 * INSTANT_HOUR},
};

struct entry {
    enum kind kind;
    struct notice notice;
    instant stop; /* as the record has it */
    instant accepted;
    struct uuid id;
    struct str type, signals;
    int64_t health; /* -1: not told */
    enum outage state;
};

struct status {
    instant at;
    struct str data_mode;
    const struct query *queries[KINDS];
    struct buf entries;
    const struct entry **told; /* in the order of the answer */
    size_t n_told;
    struct lists lists; /* of those, without gaps */
    struct str banner;
};

/* ---- what is looked at ---- */

static struct str take_text(const json_t *body, const char *name, struct arena *arena)
{
    const json_t *v = json_object_get(body, name);
    return v ? arena_str(arena, (struct str){json_string_value(v), json_string_length(v)}) : (struct str){0};
}

static int64_t take_number(const json_t *body, const char *name)
{
    const json_t *v = json_object_get(body, name);
    return v ? json_integer_value(v) : -1;
}

static void take_time(const json_t *body, const char *name, struct arena *arena, instant *ret)
{
    instant_parse(take_text(body, name, arena), ret);
}

/* "J02" is code 194; of the other systems the number is the code, but for SBAS, which counts from 100. */
static int64_t code_of(struct str name, int64_t prn)
{
    int64_t number;
    if (prn >= 0 || name.n != 3 || !read_digits((struct str){name.p + 1, 2}, 99, &number))
        return prn;
    return number + (name.p[0] == 'J' ? 192 : name.p[0] == 'S' ? 100 : 0);
}

static void add_entry(struct status *s, enum kind kind, const struct stored_record *record, struct arena *arena)
{
    json_t *body = json_loadb(record->body.p, record->body.n, 0, NULL);
    struct entry e = {.kind = kind, .id = record->id, .stop = INSTANT_MAX, .accepted = record->ingested_at};
    e.type = take_text(body, "messageType", arena);
    e.signals = take_text(body, "signals", arena);
    e.health = take_number(body, "health");
    e.notice = (struct notice){.originator = arena_str(arena, record->originator),
                               .constellation = take_text(body, "constellation", arena),
                               .number = take_text(body, "number", arena),
                               .reference = take_text(body, "referenceNumber", arena),
                               .satellite = take_text(body, "satellite", arena),
                               .prn = code_of(take_text(body, "satellite", arena), take_number(body, "prn")),
                               .svn = take_number(body, "svn"),
                               .start = record->t};
    if (kind == ADVISORIES)
        e.notice.effect = advisory_effect_of(e.notice.constellation, e.type, take_text(body, "status", arena));
    take_time(body, kinds[kind].time, arena, &e.notice.start);
    take_time(body, "stop", arena, &e.stop);
    e.notice.stop = e.stop;
    json_decref(body);
    buf_add(&s->entries, &e, sizeof e);
}

/* What take() is called with. */
struct looking {
    struct status *status;
    enum kind kind;
    struct arena *arena;
};

static void take(void *ctx, const struct stored_record *record)
{
    struct looking *l = ctx;
    add_entry(l->status, l->kind, record, l->arena);
}

static int look_at(struct request *r, struct status *s, enum kind kind, struct fault *fault)
{
    struct looking looking = {s, kind, request_arena(r)};
    struct lists_look look = {
        .query = s->queries[kind], .most = LOOKED_AT_MAX, .where = "constellation", .take = take, .ctx = &looking};
    return lists_look(r, &look, fault);
}

/* ---- what is told ---- */

/* A satellite is known by its code; who tells none by what else it is called. */
static int compare_satellites(const struct entry *a, const struct entry *b)
{
    int c = str_cmp(a->notice.constellation, b->notice.constellation);
    if (!c)
        c = (a->notice.prn > b->notice.prn) - (a->notice.prn < b->notice.prn);
    if (c || a->notice.prn >= 0)
        return c;
    c = (a->notice.svn > b->notice.svn) - (a->notice.svn < b->notice.svn);
    return c ? c : str_cmp(a->notice.satellite, b->notice.satellite);
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *const *x = a, *const *y = b;
    int c = compare_satellites(*x, *y);
    if (!c)
        c = (*x)->state < (*y)->state ? 1 : -((*x)->state > (*y)->state);
    if (!c)
        c = ((*x)->notice.start > (*y)->notice.start) - ((*x)->notice.start < (*y)->notice.start);
    return c ? c : memcmp(&(*x)->id, &(*y)->id, sizeof(struct uuid));
}

/* What an originator tells of one satellite, the newest first. */
static int compare_health(const void *a, const void *b)
{
    const struct entry *const *x = a, *const *y = b;
    int c = str_cmp((*x)->notice.originator, (*y)->notice.originator);
    if (!c)
        c = ((*x)->kind > (*y)->kind) - ((*x)->kind < (*y)->kind);
    if (!c)
        c = compare_satellites(*x, *y);
    if (!c)
        c = ((*x)->notice.start < (*y)->notice.start) - ((*x)->notice.start > (*y)->notice.start);
    if (!c)
        c = ((*x)->accepted < (*y)->accepted) - ((*x)->accepted > (*y)->accepted);
    return c ? c : memcmp(&(*x)->id, &(*y)->id, sizeof(struct uuid));
}

static bool same_teller(const struct entry *a, const struct entry *b)
{
    return a->kind == b->kind && str_eq(a->notice.originator, b->notice.originator) && !compare_satellites(a, b);
}

/* The newest almanac and the newest ephemeris of each originator count. What tells no health, as messages of the
 * ionosphere do, is passed over; a view may have hidden which satellite it is of, or how that is. */
static void settle_health(struct entry *entries, size_t n, struct arena *arena)
{
    struct entry **order = arena_array(arena, n, sizeof *order);
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (entries[i].kind != ADVISORIES && entries[i].notice.prn >= 0 && entries[i].health >= 0)
            order[m++] = &entries[i];
    if (m)
        qsort(order, m, sizeof *order, compare_health);
    for (size_t i = 0; i < m; i++)
        if (order[i]->health > 0 && (!i || !same_teller(order[i - 1], order[i])))
            order[i]->state = OUTAGE_NOW;
}

static void settle_advisories(struct entry *entries, size_t n, instant at, struct arena *arena)
{
    struct notice *notices = arena_array(arena, n, sizeof *notices);
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (entries[i].kind == ADVISORIES)
            notices[m++] = entries[i].notice;
    outages_settle(notices, m, arena);
    for (size_t i = 0, k = 0; i < n; i++)
        if (entries[i].kind == ADVISORIES)
            entries[i].state = outage_at(&notices[k++], at);
}

static int settle(struct request *r, struct status *s, struct fault *fault)
{
    struct arena *arena = request_arena(r);
    struct entry *entries = (struct entry *)s->entries.p;
    size_t n = s->entries.n / sizeof *entries;
    settle_advisories(entries, n, s->at, arena);
    settle_health(entries, n, arena);
    s->told = arena_array(arena, n, sizeof *s->told);
    s->n_told = 0;
    for (size_t i = 0; i < n; i++)
        if (entries[i].state != OUTAGE_NONE)
            s->told[s->n_told++] = &entries[i];
    if (s->n_told > CITED_MAX)
        return fault_set(fault, ERR_TOO_LARGE, "constellation", "more than %d outages: expected one of several",
                         CITED_MAX);
    if (s->n_told)
        qsort(s->told, s->n_told, sizeof *s->told, compare_entries);
    return 0;
}

/* ---- citing ---- */

static int disclose_kind(struct request *r, struct status *s, enum kind kind, struct fault *fault)
{
    struct uuid *ids = arena_array(request_arena(r), s->n_told, sizeof *ids);
    size_t n = 0;
    for (size_t i = 0; i < s->n_told; i++)
        if (s->told[i]->kind == kind)
            ids[n++] = s->told[i]->id;
    return lists_cite(r, &s->lists, s->queries[kind]->type, ids, n, fault);
}

static int disclose_cited(struct request *r, struct status *s, struct fault *fault)
{
    int error = 0;
    for (int kind = 0; kind < KINDS && !error; kind++)
        error = disclose_kind(r, s, (enum kind)kind, fault);
    if (!error)
        error = store_lists_banner(s->lists.v, s->lists.n, request_arena(r), &s->banner, fault);
    if (error)
        lists_close(&s->lists);
    return error;
}

static int status_step(struct request *r, void *ctx, struct fault *fault)
{
    struct status *s = ctx;
    int error = 0;
    buf_clear(&s->entries);
    for (int kind = 0; kind < KINDS && !error; kind++)
        error = look_at(r, s, (enum kind)kind, fault);
    if (!error)
        error = settle(r, s, fault);
    return error || !s->n_told ? error : disclose_cited(r, s, fault);
}

/* ---- the answer ---- */

static const char *state_name(enum outage state)
{
    return state == OUTAGE_NOW ? "UNUSABLE" : "FORECAST";
}

static void add_text(struct buf *out, const char *name, struct str value)
{
    if (value.n)
        buf_member_text(out, name, value);
}

static void add_vehicle(const struct entry *e, struct buf *out)
{
    if (e->notice.svn >= 0)
        buf_printf(out, ",\"svn\":%lld", (long long)e->notice.svn);
    add_text(out, "satellite", e->notice.satellite);
}

static void write_outage(const struct entry *e, struct buf *out)
{
    buf_printf(out, "{\"state\":\"%s\"", state_name(e->state));
    add_vehicle(e, out);
    buf_member_instant(out, kinds[e->kind].time, e->notice.start);
    if (e->kind != ADVISORIES)
        buf_printf(out, ",\"health\":%lld", (long long)e->health);
    if (e->stop != INSTANT_MAX)
        buf_member_instant(out, "stop", e->stop);
    add_text(out, "messageType", e->type);
    add_text(out, "number", e->notice.number);
    add_text(out, "signals", e->signals);
    buf_printf(out, ",\"record\":{\"type\":\"%s\",\"id\":\"", kinds[e->kind].type);
    buf_uuid(out, e->id);
    buf_z(out, "\"}}");
}

/* The first outage of a satellite is one that is, if there is one. */
static void write_satellite(const struct entry *e, struct buf *out)
{
    buf_printf(out, "{\"state\":\"%s\"", state_name(e->state));
    add_text(out, "constellation", e->notice.constellation);
    if (e->notice.prn >= 0)
        buf_printf(out, ",\"prn\":%lld", (long long)e->notice.prn);
    buf_z(out, ",\"outages\":[");
}

static void write_status(const struct status *s, struct buf *out)
{
    buf_z(out, "{\"at\":\"");
    buf_instant(out, s->at);
    buf_char(out, '"');
    buf_member_text(out, "dataMode", s->data_mode);
    buf_z(out, ",\"satellites\":[");
    for (size_t i = 0; i < s->n_told; i++) {
        bool first = !i || compare_satellites(s->told[i - 1], s->told[i]);
        if (i)
            buf_z(out, first ? "]}," : ",");
        if (first)
            write_satellite(s->told[i], out);
        write_outage(s->told[i], out);
    }
    buf_z(out, s->n_told ? "]}]}" : "]}");
}

static void reply_status(struct request *r, struct status *s)
{
    BUF_CLEANUP struct buf out = {0};
    write_status(s, &out);
    if (s->lists.n)
        lists_reply(r, &s->lists, s->banner, "application/json", &out);
    else
        listing_reply_nothing(r, "application/json", buf_view(&out));
}

/* ---- the question ---- */

static int make_query(struct request *r, struct status *s, enum kind kind, struct fault *fault)
{
    struct arena *arena = request_arena(r);
    struct str constellation = query_text(r, "constellation");
    BUF_CLEANUP struct buf within = {0};
    struct param params[3] = {{STR("dataMode"), s->data_mode}};
    size_t n = 1;
    if (constellation.p)
        params[n++] = (struct param){STR("constellation"), constellation};
    if (kinds[kind].within) {
        buf_instant(&within, instant_add(s->at, -kinds[kind].within));
        buf_z(&within, "..");
        buf_instant(&within, instant_add(s->at, kinds[kind].within));
        params[n++] = (struct param){str_of(kinds[kind].time), arena_str(arena, buf_view(&within))};
    }
    return query_parse(record_type_find(str_of(kinds[kind].type)), params, n, QUERY_LIST, s->at, arena,
                       &s->queries[kind], fault);
}

/* Times before and after it are asked for. */
static int read_at(struct request *r, struct status *s, struct fault *fault)
{
    s->at = api_now(api_of(r));
    int error = query_time(r, "at", &s->at, fault);
    if (!error && (s->at < INSTANT_1900 + WITHIN_MAX || s->at >= INSTANT_10000 - WITHIN_MAX))
        error = fault_set(fault, ERR_BAD_QUERY, "at", "expected a time a week or more within the years 1900 to 9999");
    return error;
}

static int read_question(struct request *r, struct status *s, struct fault *fault)
{
    int error = query_check(r, fault);
    s->data_mode = query_text(r, "dataMode");
    if (!s->data_mode.p)
        s->data_mode = STR("REAL");
    if (!error)
        error = read_at(r, s, fault);
    for (int kind = 0; kind < KINDS && !error; kind++)
        error = make_query(r, s, (enum kind)kind, fault);
    return error ? error : lists_check_mode(s->queries[ADVISORIES], fault);
}

void pnt_status(struct request *r)
{
    struct status s = {0};
    struct fault fault;
    bool head = str_is(request_method(r), "HEAD");
    int error = read_question(r, &s, &fault);
    if (!error)
        error = head ? log_query(r, 200, true, &fault) : with_fresh_registers(r, status_step, &s, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else if (head)
        reply_head(r, 200, "application/json", LENGTH_UNKNOWN);
    else
        reply_status(r, &s);
    buf_free(&s.entries);
}
