#include "civil.h"
#include "fortran.h"
#include "rinex_records.h"

#include <stdio.h>

static const char systems[] = "GREJCIS";

/* What a header says and where a record has it. */
static const struct place {
    const char *label;
    unsigned char field; /* of its line */
    bool number;
    const char *name;
} places[] = {
    {"PGM / RUN BY / DATE", 0, false, "program"},
    {"PGM / RUN BY / DATE", 1, false, "runBy"},
    {"PGM / RUN BY / DATE", 2, false, "runDate"},
    {"MARKER NAME", 0, false, "markerName"},
    {"MARKER NUMBER", 0, false, "markerNumber"},
    {"MARKER TYPE", 0, false, "markerType"},
    {"OBSERVER / AGENCY", 0, false, "observer"},
    {"OBSERVER / AGENCY", 1, false, "agency"},
    {"REC # / TYPE / VERS", 0, false, "receiverNumber"},
    {"REC # / TYPE / VERS", 1, false, "receiverType"},
    {"REC # / TYPE / VERS", 2, false, "receiverVersion"},
    {"ANT # / TYPE", 0, false, "antennaNumber"},
    {"ANT # / TYPE", 1, false, "antennaType"},
    {"APPROX POSITION XYZ", 0, true, "approxX"},
    {"APPROX POSITION XYZ", 1, true, "approxY"},
    {"APPROX POSITION XYZ", 2, true, "approxZ"},
    {"ANTENNA: DELTA H/E/N", 0, true, "antennaHeight"},
    {"ANTENNA: DELTA H/E/N", 1, true, "antennaEast"},
    {"ANTENNA: DELTA H/E/N", 2, true, "antennaNorth"},
    {"ANTENNA: DELTA X/Y/Z", 0, true, "antennaX"},
    {"ANTENNA: DELTA X/Y/Z", 1, true, "antennaY"},
    {"ANTENNA: DELTA X/Y/Z", 2, true, "antennaZ"},
    {"INTERVAL", 0, true, "interval"},
    {"RCV CLOCK OFFS APPL", 0, true, "clockOffsetApplied"},
    {"LEAP SECONDS", 0, true, "leapSeconds"},
    {"# OF SATELLITES", 0, true, "satelliteCount"},
    {"SIGNAL STRENGTH UNIT", 0, false, "signalStrengthUnit"},
    {"MERGED FILE", 0, true, "mergedFiles"},
    {"DOI", 0, false, "doi"},
};

/* Of lines that may stand several times all of the text. */
static const struct {
    const char *label, *name;
} texts[] = {{"COMMENT", "comments"}, {"LICENSE OF USE", "licenses"}, {"STATION INFORMATION", "stationInformation"}};

/* What a record has otherwise. */
static const char *const others[] = {"RINEX VERSION / TYPE", "TIME OF FIRST OBS", "TIME OF LAST OBS",
                                     "SYS / # / OBS TYPES", "# / TYPES OF OBSERV"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool has_place(struct str label)
{
    for (size_t i = 0; i < COUNT(places); i++)
        if (str_is(label, places[i].label))
            return true;
    for (size_t i = 0; i < COUNT(texts); i++)
        if (str_is(label, texts[i].label))
            return true;
    for (size_t i = 0; i < COUNT(others); i++)
        if (str_is(label, others[i]))
            return true;
    return false;
}

size_t rinex_obs_others(const struct rinex_obs *o, struct arena *arena, const struct rinex_line ***ret)
{
    size_t n = 0;
    *ret = arena_array(arena, o->header.n, sizeof **ret);
    for (size_t i = 0; i < o->header.n; i++)
        if (!has_place(o->header.lines[i].label))
            (*ret)[n++] = &o->header.lines[i];
    return n;
}

struct writing {
    const struct rinex_obs *o;
    struct arena *arena;
    struct buf *out;
};

static void add_places(const struct writing *w)
{
    const struct rinex_header *h = &w->o->header;
    struct str fields[RINEX_FIELDS_MAX];
    for (size_t i = 0; i < COUNT(places); i++) {
        const struct rinex_line *line = rinex_line_find(h, places[i].label);
        if (!line || rinex_fields(h, line, fields) <= places[i].field || !fields[places[i].field].n)
            continue;
        struct str value = fields[places[i].field];
        if (!places[i].number)
            buf_member_text(w->out, places[i].name, value);
        else if (fortran_read(value, w->arena, &value))
            buf_member_json(w->out, places[i].name, value);
    }
}

static void add_texts(const struct writing *w, const char *label, const char *name)
{
    const struct rinex_header *h = &w->o->header;
    size_t n = 0;
    for (size_t i = 0; i < h->n; i++) {
        if (!str_is(h->lines[i].label, label))
            continue;
        buf_printf(w->out, n++ ? "," : ",\"%s\":[", name);
        buf_json_str(w->out, h->lines[i].text);
    }
    if (n)
        buf_char(w->out, ']');
}

static void add_others(const struct writing *w)
{
    const struct rinex_line **lines;
    size_t n = rinex_obs_others(w->o, w->arena, &lines);
    if (!n)
        return;
    buf_z(w->out, ",\"header\":");
    rinex_lines_write(lines, n < RINEX_OBS_KEPT_MAX ? n : RINEX_OBS_KEPT_MAX, w->out);
}

/* A line without a number goes on with the codes of the line above it. In version 2 they are those of all systems. */
static void add_codes(const struct writing *w)
{
    const struct rinex_header *h = &w->o->header;
    const char *label = h->version < 300 ? "# / TYPES OF OBSERV" : "SYS / # / OBS TYPES";
    size_t count = h->version < 300 ? 0 : 1, lists = 0, codes = 0;
    struct str fields[RINEX_FIELDS_MAX];
    for (size_t i = 0; i < h->n; i++) {
        if (!str_is(h->lines[i].label, label))
            continue;
        size_t n = rinex_fields(h, &h->lines[i], fields);
        if (fields[count].n) {
            buf_z(w->out, lists++ ? "]},{\"system\":" : ",\"observationTypes\":[{\"system\":");
            buf_json_str(w->out, count ? fields[0] : STR("M"));
            buf_z(w->out, ",\"codes\":[");
            codes = 0;
        }
        for (size_t k = count + 1; k < n; k++)
            if (fields[k].n) {
                buf_z(w->out, codes++ ? "," : "");
                buf_json_str(w->out, fields[k]);
            }
    }
    if (lists)
        buf_z(w->out, "]}]");
}

/* How many there are. */
static size_t add_satellites(const struct writing *w)
{
    size_t n = 0;
    for (size_t s = 0; s < RINEX_SYSTEMS; s++)
        for (size_t i = 0; i < RINEX_NUMBERS; i++)
            if (w->o->seen[s][i])
                buf_printf(w->out, "%s{\"satellite\":\"%c%02zu\",\"epochs\":%zu}", n++ ? "," : ",\"satellites\":[",
                           systems[s], i, w->o->seen[s][i]);
    if (n)
        buf_char(w->out, ']');
    return n;
}

/* A header made before the observations were thinned out or cut says other things. */
static void add_warnings(const struct writing *w, struct str announced_first, size_t satellites)
{
    const struct rinex_header *h = &w->o->header;
    const struct rinex_line *line = rinex_line_find(h, "# OF SATELLITES");
    struct str fields[RINEX_FIELDS_MAX];
    size_t n = 0;
    if (!w->o->epochs)
        buf_z(w->out, n++ ? "," : ",\"warnings\":[\"the file has no epoch\"");
    else if (!str_eq(announced_first, w->o->first))
        buf_printf(w->out, "%s\"TIME OF FIRST OBS is %.*s, the first epoch %.*s\"", n++ ? "," : ",\"warnings\":[",
                   STR_ARG(announced_first), STR_ARG(w->o->first));
    if (line && rinex_fields(h, line, fields) && !str_is(fields[0], arena_printf(w->arena, "%zu", satellites)))
        buf_printf(w->out, "%s\"# OF SATELLITES is %.*s, in epochs are %zu\"", n++ ? "," : ",\"warnings\":[",
                   STR_ARG(fields[0]), satellites);
    if (n)
        buf_char(w->out, ']');
}

/* In the time system that TIME OF FIRST OBS has, or else that of the file's satellites. */
static struct str time_system(const struct rinex_header *h, const struct str *first)
{
    static const char *const own[] = {"GPS", "GLO", "GAL", "QZS", "BDT", "IRN", "GPS"};
    const char *at = strchr(systems, h->system);
    enum time_scale scale;
    if (first[6].n && time_scale_find(first[6], &scale))
        return first[6];
    return str_of(at && *at ? own[at - systems] : "GPS");
}

struct span {
    struct str system, announced; /* announced: the first epoch */
    instant start, stop;
};

static bool instant_of(struct str text, struct str system, instant *ret)
{
    struct civil civil;
    enum time_scale scale;
    if (!civil_read_iso(text, &civil) || !time_scale_find(system, &scale))
        return false;
    *ret = time_scale_utc(scale, civil.ticks);
    return true;
}

/* The line must be there and has its numbers, as the header was read. */
static int read_span(const struct writing *w, struct span *ret, struct fault *fault)
{
    struct str fields[RINEX_FIELDS_MAX];
    const struct rinex_header *h = &w->o->header;
    const struct rinex_line *line = rinex_line_find(h, "TIME OF FIRST OBS");
    struct span s = {0};
    char where[FAULT_WHERE_MAX];
    rinex_fields(h, line, fields);
    s.system = time_system(h, fields);
    snprintf(where, sizeof where, "line %zu", line->number);
    if (!rinex_time(fields, w->arena, &s.announced) ||
        !instant_of(w->o->epochs ? w->o->first : s.announced, s.system, &s.start) ||
        (w->o->epochs && !instant_of(w->o->last, s.system, &s.stop)))
        return fault_set(fault, ERR_INVALID_RECORD, where, "TIME OF FIRST OBS: expected times of years %d to %d",
                         CIVIL_YEAR_FIRST, CIVIL_YEAR_LAST);
    *ret = s;
    return 0;
}

int rinex_obs_record(const struct rinex_obs *o, const struct header *header, struct str filename, struct arena *arena,
                     struct buf *out, struct fault *fault)
{
    struct writing w = {o, arena, out};
    struct span span = {0};
    int error = read_span(&w, &span, fault);
    if (error)
        return error;
    header_write(header, out);
    if (filename.n)
        buf_member_text(out, "filename", filename);
    buf_printf(out, ",\"version\":\"%d.%02d\",\"system\":\"%c\"", o->header.version / 100, o->header.version % 100,
               o->header.system);
    buf_member_text(out, "timeSystem", span.system);
    buf_member_instant(out, "start", span.start);
    if (o->epochs) {
        buf_member_instant(out, "stop", span.stop);
        buf_member_text(out, "firstEpoch", o->first);
        buf_member_text(out, "lastEpoch", o->last);
    }
    buf_printf(out, ",\"epochs\":%zu,\"events\":%zu", o->epochs, o->events);
    add_places(&w);
    for (size_t i = 0; i < COUNT(texts); i++)
        add_texts(&w, texts[i].label, texts[i].name);
    add_others(&w);
    add_codes(&w);
    add_warnings(&w, span.announced, add_satellites(&w));
    buf_char(out, '}');
    return 0;
}
