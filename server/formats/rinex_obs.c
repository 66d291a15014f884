/* RINEX 2.11, tables A1 and A2; RINEX 3.05, tables A2 and A3; RINEX 4.02, tables A2 and A3. */
#include "rinex_obs.h"
#include "fortran.h"

#define FIELD 16        /* a value with 14 columns, loss of lock, strength */
#define VALUE 14        /* columns */
#define LINE_FIELDS_2 5 /* observations in a line of version 2 */
#define LINE_SATELLITES 12
#define EVENT_NUMBER_MAX 999
#define EPOCH_TEXT 32 /* room for "2022-10-05T02:00:00.0000000" */

static const char systems[] = "GREJCIS";

struct reader {
    struct lines lines;
    struct arena *arena, *block; /* of the file; of one block */
    char last[EPOCH_TEXT];       /* epoch */
    struct rinex_obs *out;
};

struct epoch {
    char flag;
    size_t count; /* of satellites or, of an event, of lines */
    struct str time;
};

static bool to_count(struct str digits, size_t *ret)
{
    size_t v = 0;
    digits = rinex_trim(digits);
    for (size_t i = 0; i < digits.n; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9' || v > EVENT_NUMBER_MAX)
            return false;
        v = v * 10 + (size_t)(digits.p[i] - '0');
    }
    *ret = v;
    return digits.n > 0;
}

static bool old(const struct reader *r)
{
    return r->out->header.version < 300;
}

/* --- which kinds of observations there are --- */

/* Lines of one label: the first of a system says how many codes follow, also in the lines behind it. */
static int read_types(struct reader *r, const char *label, struct fault *fault)
{
    const struct rinex_header *h = &r->out->header;
    size_t announced = 0, named = 0, system = RINEX_SYSTEMS, first = old(r) ? 0 : 1;
    struct str fields[RINEX_FIELDS_MAX];
    for (size_t i = 0; i < h->n; i++) {
        if (!str_is(h->lines[i].label, label))
            continue;
        struct lines at = {.text = r->lines.text, .number = h->lines[i].number};
        size_t n = rinex_fields(h, &h->lines[i], fields);
        if (fields[first].n) {
            const char *letter = first && fields[0].n ? strchr(systems, fields[0].p[0]) : systems;
            if (named != announced || !letter || !to_count(fields[first], &announced) || !announced)
                return line_fault(&at, h->lines[i].text, 1, fault, "%s: expected %s", label,
                                  named != announced ? "as many codes as announced" : "a system and a number of codes");
            system = (size_t)(letter - systems);
            r->out->types[system] = announced;
            named = 0;
        }
        for (size_t f = first + 1; f < n; f++)
            named += fields[f].n > 0;
        if (system == RINEX_SYSTEMS || named > announced)
            return line_fault(&at, h->lines[i].text, 1, fault, "%s: expected as many codes as announced", label);
    }
    if (named == announced)
        return 0;
    return line_fault(&r->lines, (struct str){r->lines.rest.p, 0}, 1, fault,
                      "%s: expected as many codes as announced in the header above", label);
}

/* --- epochs --- */

static int read_time(struct reader *r, struct str line, struct epoch *e, struct fault *fault)
{
    static const unsigned char at_2[] = {1, 4, 7, 10, 13, 15}, at_3[] = {2, 7, 10, 13, 16, 18};
    const unsigned char *at = old(r) ? at_2 : at_3;
    struct str parts[6];
    for (size_t i = 0; i < 6; i++)
        parts[i] = str_slice(line, at[i], i == 5 ? 11 : !i && !old(r) ? 4 : 2);
    bool blank = true;
    for (size_t i = 0; i < 6; i++)
        blank &= !rinex_trim(parts[i]).n;
    if (blank && e->flag > '1' && e->flag < '6')
        return 0;
    if (rinex_time(parts, r->block, &e->time) && e->time.n <= EPOCH_TEXT)
        return 0;
    return line_fault(&r->lines, line, at[0] + 1u, fault,
                      "expected year, month, day, hour, minute and seconds of a time that exists");
}

static int read_epoch(struct reader *r, struct str line, struct epoch *e, struct fault *fault)
{
    size_t flag = old(r) ? 28 : 31;
    *e = (struct epoch){.flag = line.n > flag ? line.p[flag] : ' '};
    if (e->flag == ' ')
        e->flag = '0';
    if (!old(r) && line.p[0] != '>')
        return line_fault(&r->lines, line, 1, fault, "expected > and the next epoch");
    if (e->flag < '0' || e->flag > '6')
        return line_fault(&r->lines, line, flag + 1, fault, "expected a flag from 0 to 6");
    if (!to_count(str_slice(line, flag + 1, 3), &e->count))
        return line_fault(&r->lines, line, flag + 2, fault, "expected how many satellites or lines follow");
    return read_time(r, line, e, fault);
}

/* Seconds have seven digits behind the point, so that texts are ordered as times are. */
static int count_epoch(struct reader *r, struct str line, const struct epoch *e, struct fault *fault)
{
    struct rinex_obs *o = r->out;
    if (o->last.n && str_cmp(e->time, o->last) <= 0)
        return line_fault(&r->lines, line, 2, fault, "expected a time after %.*s", STR_ARG(o->last));
    if (!o->epochs++)
        o->first = arena_str(r->arena, e->time);
    memcpy(r->last, e->time.p, e->time.n);
    o->last = (struct str){r->last, e->time.n};
    return 0;
}

/* --- satellites --- */

struct satellite {
    size_t system, number;
};

static int read_satellite(struct reader *r, struct str line, size_t at, struct satellite *ret, struct fault *fault)
{
    struct str name = str_slice(line, at, 3);
    const struct rinex_header *h = &r->out->header;
    char letter = name.n && name.p[0] != ' ' ? name.p[0] : old(r) && h->system != 'M' ? h->system : '\0';
    const char *found = letter ? strchr(systems, letter) : NULL;
    if (!found || !to_count(str_slice(name, 1, 2), &ret->number) || !ret->number ||
        (h->system != 'M' && letter != h->system))
        return line_fault(&r->lines, line, at + 1, fault, "expected a satellite, as G01, of the system in the header");
    ret->system = (size_t)(found - systems);
    return 0;
}

static int read_values(struct reader *r, struct str line, size_t from, size_t n, struct fault *fault)
{
    for (size_t i = 0; i < n; i++) {
        struct str value = str_slice(line, from + i * FIELD, VALUE);
        if (rinex_trim(value).n && !fortran_is_number(value))
            return line_fault(&r->lines, line, from + i * FIELD + 1, fault, "expected an observation in %d columns",
                              VALUE);
    }
    if (rinex_trim(str_slice(line, from + n * FIELD, line.n)).n)
        return line_fault(&r->lines, line, from + n * FIELD + 1, fault, "expected %zu observations at most", n);
    return 0;
}

static int following(struct reader *r, struct str before, struct str *ret, struct fault *fault)
{
    if (lines_next(&r->lines, ret))
        return 0;
    return line_fault(&r->lines, before, 1, fault, "expected another line behind this one");
}

static int count_satellite(struct reader *r, struct str line, size_t at, struct satellite s, bool *seen, bool counts,
                           struct fault *fault)
{
    bool *here = &seen[s.system * RINEX_NUMBERS + s.number];
    if (*here)
        return line_fault(&r->lines, line, at + 1, fault, "expected each satellite once in an epoch");
    *here = true;
    r->out->seen[s.system][s.number] += counts;
    return 0;
}

static int read_satellites_3(struct reader *r, struct str line, const struct epoch *e, struct fault *fault)
{
    bool seen[RINEX_SYSTEMS * RINEX_NUMBERS] = {false};
    int error = 0;
    for (size_t i = 0; i < e->count && !error; i++) {
        struct satellite s;
        error = following(r, line, &line, fault);
        if (!error)
            error = read_satellite(r, line, 0, &s, fault);
        if (!error)
            error = count_satellite(r, line, 0, s, seen, e->flag != '6', fault);
        if (!error)
            error = read_values(r, line, 3, r->out->types[s.system], fault);
    }
    return error;
}

/* The satellites stand in the line of the epoch and, beyond twelve, in those behind it. */
static int read_names_2(struct reader *r, struct str *line, const struct epoch *e, struct fault *fault)
{
    bool seen[RINEX_SYSTEMS * RINEX_NUMBERS] = {false};
    int error = 0;
    for (size_t i = 0; i < e->count && !error; i++) {
        struct satellite s;
        size_t at = 32 + i % LINE_SATELLITES * 3;
        if (i && i % LINE_SATELLITES == 0)
            error = following(r, *line, line, fault);
        if (!error)
            error = read_satellite(r, *line, at, &s, fault);
        if (!error)
            error = count_satellite(r, *line, at, s, seen, e->flag != '6', fault);
    }
    return error;
}

static int read_satellites_2(struct reader *r, struct str line, const struct epoch *e, struct fault *fault)
{
    int error = read_names_2(r, &line, e, fault);
    for (size_t i = 0; i < e->count; i++)
        for (size_t left = r->out->types[0]; left && !error;) {
            size_t n = left < LINE_FIELDS_2 ? left : LINE_FIELDS_2;
            error = following(r, line, &line, fault);
            if (!error)
                error = read_values(r, line, 0, n, fault);
            left -= n;
        }
    return error;
}

static int read_event(struct reader *r, struct str line, const struct epoch *e, struct fault *fault)
{
    int error = 0;
    for (size_t i = 0; i < e->count && !error; i++)
        error = following(r, line, &line, fault);
    r->out->events++;
    return error;
}

static int read_block(struct reader *r, struct str line, struct fault *fault)
{
    struct epoch e;
    arena_reset(r->block);
    int error = read_epoch(r, line, &e, fault);
    if (!error && e.flag > '1' && e.flag < '6')
        return read_event(r, line, &e, fault);
    if (!error && e.flag < '2')
        error = count_epoch(r, line, &e, fault);
    if (!error)
        error = old(r) ? read_satellites_2(r, line, &e, fault) : read_satellites_3(r, line, &e, fault);
    return error;
}

int rinex_obs_read(struct str text, struct arena *arena, struct rinex_obs *ret, struct fault *fault)
{
    struct rinex_obs *out = arena_alloc(arena, sizeof *out);
    ARENA_CLEANUP struct arena *block = arena_new();
    struct reader r = {.lines = lines_of(text), .arena = arena, .block = block, .out = out};
    struct str line;
    int error = rinex_header_read(&r.lines, arena, &out->header, fault);
    if (!error && out->header.kind != 'O') {
        struct lines start = {.text = r.lines.text, .number = 1};
        error = line_fault(&start, text, 21, fault, "RINEX VERSION / TYPE: expected a file of observations");
    }
    if (!error)
        error = read_types(&r, old(&r) ? "# / TYPES OF OBSERV" : "SYS / # / OBS TYPES", fault);
    while (!error && lines_next(&r.lines, &line))
        error = line.n ? read_block(&r, line, fault) : 0;
    if (!error) {
        *ret = *out;
        ret->last = arena_str(arena, out->last);
    }
    return error;
}
