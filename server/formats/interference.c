#include "interference.h"
#include "json.h"
#include "members.h"
#include "part.h"

#include <stdlib.h>
#include <strings.h>

#define TOLD_MAX 8

const char *const interference_types[] = {"emireport", "h3geo", "rfobservation"};
const char *const interference_latitude[] = {"lat", NULL, "senlat"};
const char *const interference_longitude[] = {"lon", NULL, "senlon"};

static const struct {
    const char *start, *stop; /* stop: NULL, a moment */
    const char *seen;         /* when it was going on still, if stop is not told; NULL: at its start */
    const char *told[TOLD_MAX];
} sources[INTERFERENCE_SOURCES] = {
    [SOURCE_REPORT] = {"startTime",
                       "endTime",
                       "reportTime",
                       {"reportType", "status", "emiType", "gpsFreq", "persistence", "frequency", "lat", "lon"}},
    [SOURCE_CELLS] = {"startTime", "endTime", NULL, {"type", "centerFreq"}},
    [SOURCE_SIGNAL] = {"obTime",
                       NULL,
                       NULL,
                       {"type", "frequency", "bandwidth", "jamBands", "jamToSigRatios", "senlat", "senlon"}},
};

/* ---- reading ---- */

struct body {
    const struct member *list;
    size_t n;
    struct arena *arena;
};

static struct str value_of(const struct body *b, const char *name)
{
    return member_value(b->list, b->n, name, b->arena);
}

static bool has(const struct body *b, const char *name)
{
    return value_of(b, name).p;
}

static struct score score_of(const struct body *b, const char *name)
{
    struct score s = {value_of(b, name), 0};
    struct json_number number;
    if (!s.text.p || !json_number_parse(s.text, &number) || !json_number_double(&number, &s.value))
        return (struct score){0};
    return s;
}

static bool take_times(const struct body *b, enum interference_source source, struct sighting *s)
{
    instant seen;
    if (!instant_parse(value_of(b, sources[source].start), &s->start))
        return false;
    s->stop = s->start;
    if (sources[source].stop && instant_parse(value_of(b, sources[source].stop), &s->stop))
        return true;
    if (sources[source].seen && instant_parse(value_of(b, sources[source].seen), &seen) && seen > s->start)
        s->stop = seen;
    return true;
}

static struct str take_told(const struct body *b, enum interference_source source, struct arena *arena)
{
    BUF_CLEANUP struct buf out = {0};
    for (size_t i = 0; i < TOLD_MAX && sources[source].told[i]; i++)
        for (size_t k = 0; k < b->n; k++)
            if (str_is(b->list[k].name, sources[source].told[i]) && !str_is(b->list[k].value, "null")) {
                buf_printf(&out, ",\"%s\":", sources[source].told[i]);
                buf_str(&out, b->list[k].value);
            }
    return arena_str(arena, buf_view(&out));
}

/* Signals are observed for other reasons as well. */
static bool tells_of_interference(const struct body *b, enum interference_source source)
{
    struct str type = value_of(b, "type");
    if (source != SOURCE_SIGNAL)
        return true;
    return (type.n == 3 && !strncasecmp(type.p, "RFI", 3)) || (type.n == 5 && !strncasecmp(type.p, "SPOOF", 5)) ||
           has(b, "jamBands") || has(b, "jamToSigRatios");
}

static bool is_then(const struct interference_window *w, const struct sighting *s)
{
    return s->start < w->to && (s->stop > w->from || s->start >= w->from);
}

static void add(struct sightings *s, const struct sighting *sighting)
{
    buf_add(&s->all, sighting, sizeof *sighting);
}

static void add_place(struct sightings *s, const struct interference_window *window, const struct body *b,
                      struct sighting *sighting)
{
    struct score latitude = score_of(b, interference_latitude[sighting->source]);
    struct score longitude = score_of(b, interference_longitude[sighting->source]);
    struct geo place = {latitude.value, longitude.value};
    if (!latitude.text.p || !longitude.text.p || !geo_box_holds(&window->box, place))
        return;
    sighting->cell = h3_at(place, window->resolution);
    add(s, sighting);
}

static void keep_score(struct score *score, struct arena *arena)
{
    if (score->text.p)
        score->text = arena_str(arena, score->text);
}

/* A cell in which nothing was found out of the ordinary tells of none. */
static void add_cell(struct sightings *s, const struct interference_window *window, const struct body *cell,
                     struct sighting *sighting)
{
    sighting->interference = score_of(cell, "anomScoreInterference");
    sighting->spoofing = score_of(cell, "anomScoreSpoofing");
    bool any = sighting->interference.value > 0 || sighting->spoofing.value > 0;
    if (!any || !h3_parse(value_of(cell, "cellId"), &sighting->cell) || !geo_box_meets(&window->box, sighting->cell))
        return;
    keep_score(&sighting->interference, s->arena);
    keep_score(&sighting->spoofing, s->arena);
    sighting->cell = h3_parent(sighting->cell, window->resolution);
    sighting->cells = 1;
    add(s, sighting);
}

static void add_cells(struct sightings *s, const struct interference_window *window, struct str body,
                      struct sighting *sighting, struct arena *arena)
{
    BUF_CLEANUP struct buf text = {0};
    const struct str *cells;
    size_t n;
    if (!part_members(part_type_find(STR("h3geohexcell")), body, arena, &cells, &n))
        return;
    for (size_t i = 0; i < n; i++) {
        struct body cell = {.arena = arena};
        buf_clear(&text);
        buf_char(&text, '{');
        buf_str(&text, str_slice(cells[i], 1, cells[i].n)); /* without its comma */
        buf_char(&text, '}');
        if (members_of(buf_view(&text), arena, &cell.list, &cell.n))
            add_cell(s, window, &cell, sighting);
    }
}

void sightings_add(struct sightings *s, const struct interference_window *window, enum interference_source source,
                   struct uuid record, struct str text)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct sighting sighting = {.source = source, .record = record};
    struct body body = {.arena = arena};
    if (!members_of(text, arena, &body.list, &body.n) || !tells_of_interference(&body, source) ||
        !take_times(&body, source, &sighting) || !is_then(window, &sighting))
        return;
    sighting.told = take_told(&body, source, s->arena);
    if (source == SOURCE_CELLS)
        add_cells(s, window, text, &sighting, arena);
    else
        add_place(s, window, &body, &sighting);
}

/* ---- joining ---- */

size_t sightings_count(const struct sightings *s)
{
    return s->all.n / sizeof(struct sighting);
}

const struct sighting *sightings_at(const struct sightings *s, size_t i)
{
    return (const struct sighting *)s->all.p + i;
}

static int compare(const void *a, const void *b)
{
    const struct sighting *x = a, *y = b;
    int c = (x->cell > y->cell) - (x->cell < y->cell);
    if (!c)
        c = (x->start > y->start) - (x->start < y->start);
    if (!c)
        c = (x->stop > y->stop) - (x->stop < y->stop);
    if (!c)
        c = (x->source > y->source) - (x->source < y->source);
    return c ? c : memcmp(&x->record, &y->record, sizeof x->record);
}

static void keep_greater(struct score *kept, const struct score *other)
{
    if (!kept->text.p || (other->text.p && other->value > kept->value))
        *kept = *other;
}

static bool same_record(const struct sighting *x, const struct sighting *y)
{
    return x->cell == y->cell && x->source == y->source && !memcmp(&x->record, &y->record, sizeof x->record);
}

void sightings_settle(struct sightings *s)
{
    struct sighting *v = (struct sighting *)s->all.p;
    size_t n = sightings_count(s), kept = 0;
    if (n)
        qsort(v, n, sizeof *v, compare);
    for (size_t i = 0; i < n; i++) {
        if (kept && same_record(&v[kept - 1], &v[i])) {
            keep_greater(&v[kept - 1].interference, &v[i].interference);
            keep_greater(&v[kept - 1].spoofing, &v[i].spoofing);
            v[kept - 1].cells += v[i].cells;
        } else {
            v[kept++] = v[i];
        }
    }
    s->all.n = kept * sizeof *v;
}

/* ---- features ---- */

static void write_score(const char *name, const struct score *score, struct buf *out)
{
    if (score->text.p)
        buf_printf(out, ",\"%s\":%.*s", name, STR_ARG(score->text));
}

static void write_sighting(const struct sighting *s, struct buf *out)
{
    buf_printf(out, "{\"record\":{\"type\":\"%s\",\"id\":\"", interference_types[s->source]);
    buf_uuid(out, s->record);
    buf_z(out, "\"}");
    buf_member_instant(out, "start", s->start);
    if (s->stop != s->start)
        buf_member_instant(out, "stop", s->stop);
    buf_str(out, s->told);
    if (s->cells)
        buf_printf(out, ",\"cells\":%lld", (long long)s->cells);
    write_score("anomScoreInterference", &s->interference, out);
    write_score("anomScoreSpoofing", &s->spoofing, out);
    buf_char(out, '}');
}

struct episode {
    instant start, stop;
    struct score interference, spoofing;
    size_t counts[INTERFERENCE_SOURCES];
};

/* How many there are from v on that are of one cell and time. */
static size_t take_episode(const struct sighting *v, size_t n, struct episode *ret)
{
    size_t i = 0;
    *ret = (struct episode){.start = v->start, .stop = v->stop};
    for (; i < n && v[i].cell == v->cell && v[i].start <= instant_add(ret->stop, INTERFERENCE_APART); i++) {
        if (v[i].stop > ret->stop)
            ret->stop = v[i].stop;
        keep_greater(&ret->interference, &v[i].interference);
        keep_greater(&ret->spoofing, &v[i].spoofing);
        ret->counts[v[i].source]++;
    }
    return i;
}

static void write_feature(const struct sighting *v, size_t n, const struct episode *e, struct buf *out)
{
    char cell[H3_TEXT + 1];
    h3_write(v->cell, cell);
    buf_z(out, "{\"type\":\"Feature\",\"geometry\":");
    geojson_cell(v->cell, out);
    buf_printf(out, ",\"properties\":{\"cell\":\"%s\",\"resolution\":%d", cell, h3_resolution(v->cell));
    buf_member_instant(out, "start", e->start);
    buf_member_instant(out, "stop", e->stop);
    write_score("interference", &e->interference, out);
    write_score("spoofing", &e->spoofing, out);
    for (size_t i = 0; i < INTERFERENCE_SOURCES; i++)
        buf_printf(out, "%s\"%s\":%zu", i ? "," : ",\"records\":{", interference_types[i], e->counts[i]);
    buf_z(out, "},\"sightings\":[");
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_char(out, ',');
        write_sighting(&v[i], out);
    }
    buf_z(out, "]}}");
}

void sightings_write(const struct sightings *s, struct buf *out)
{
    const struct sighting *v = (const struct sighting *)s->all.p;
    struct episode episode;
    for (size_t n = sightings_count(s), of_it; n; v += of_it, n -= of_it) {
        if (v != (const struct sighting *)s->all.p)
            buf_char(out, ',');
        of_it = take_episode(v, n, &episode);
        write_feature(v, of_it, &episode, out);
    }
}
