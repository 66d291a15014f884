/* RINEX 2.11, tables A4, A11, A16; RINEX 3.05, section 6 and tables A8 to A18; RINEX 4.02, section 6 and tables A9 to
 * A35.
 */
#include "rinex_nav.h"
#include "fortran.h"
#include "number.h"

#define FIELD 19      /* columns of a number */
#define TEXT_FIELD 18 /* of a text of class STO */
#define FIRST_FIELDS 3
#define FIELDS 4

/* Columns, from 0, of one form of the first line. */
struct form {
    size_t satellite, satellite_width, first, indent;
    struct {
        size_t from, width;
    } time[6];
};

static const struct form form_2 = {0, 2, 22, 3, {{3, 2}, {6, 2}, {9, 2}, {12, 2}, {15, 2}, {17, 5}}};
static const struct form form_3 = {0, 3, 23, 4, {{4, 4}, {9, 2}, {12, 2}, {15, 2}, {18, 2}, {21, 2}}};

static const struct form *form_of(const struct rinex_header *h)
{
    return h->version < 300 ? &form_2 : &form_3;
}

int rinex_nav_open(struct str text, struct arena *arena, struct rinex_nav_reader *ret, struct fault *fault)
{
    struct rinex_nav_reader r = {.lines = lines_of(text), .arena = arena};
    int error = rinex_header_read(&r.lines, arena, &r.header, fault);
    if (!error && r.header.kind == 'O') {
        struct lines start = {.text = r.lines.text, .number = 1};
        error = line_fault(&start, text, 21, fault, "RINEX VERSION / TYPE: expected a file of navigation messages");
    }
    if (!error)
        *ret = r;
    return error;
}

/* Lines of a message behind its first begin with blanks. */
static bool continues(struct str line)
{
    return !rinex_trim(str_slice(line, 0, 3)).n;
}

static bool peek(const struct rinex_nav_reader *r, struct str *ret)
{
    struct lines ahead = r->lines;
    return lines_next(&ahead, ret);
}

static const char *slot_name(const struct rinex_layout *layout, size_t slot)
{
    const char *name = layout->slots[slot] == RINEX_BLANK ? NULL : rinex_value_name(layout->slots[slot]);
    return name ? name : "a coefficient";
}

/* "0.999999999999E+09" is what some systems' tables have for not known. */
static bool is_unknown(struct str number, struct arena *arena)
{
    struct str moved;
    return number_shift(number, 0, arena, &moved) && str_is(moved, "999999999.999");
}

static int read_value(struct rinex_nav_reader *r, struct str line, size_t from, size_t slot, struct rinex_nav *m,
                      struct fault *fault)
{
    enum rinex_value v = m->layout->slots[slot];
    struct str field = str_slice(line, from, FIELD), number = {0}, whole;
    const char *name = slot_name(m->layout, slot);
    if (!rinex_trim(field).n) {
        if (v == RINEX_BLANK || !rinex_value_needed(v))
            return 0;
        return line_fault(&r->lines, line, from + 1, fault, "%s: expected a number", name);
    }
    if (v == RINEX_BLANK)
        return line_fault(&r->lines, line, from + 1, fault, "expected blanks");
    if (!fortran_read(field, r->arena, &number))
        return line_fault(&r->lines, line, from + 1, fault, "%s: expected a decimal number in %d columns", name, FIELD);
    if (rinex_value_whole(v) && !fortran_whole(number, r->arena, &whole)) {
        if (!rinex_value_needed(v) && is_unknown(number, r->arena))
            return 0;
        return line_fault(&r->lines, line, from + 1, fault, "%s: expected a whole number", name);
    }
    m->values[v] = rinex_value_whole(v) ? whole : number;
    return 0;
}

/* Fields of a line from slot on; what stands behind the last is blank. */
static int read_fields(struct rinex_nav_reader *r, struct str line, size_t from, size_t slot, size_t n,
                       struct rinex_nav *m, struct fault *fault)
{
    size_t used = 0;
    for (; used < n && slot + used < m->layout->n; used++) {
        int error = read_value(r, line, from + used * FIELD, slot + used, m, fault);
        if (error)
            return error;
    }
    if (rinex_trim(str_slice(line, from + used * FIELD, line.n)).n)
        return line_fault(&r->lines, line, from + used * FIELD + 1, fault, "expected nothing behind column %zu",
                          from + used * FIELD);
    return 0;
}

static int read_texts(struct rinex_nav_reader *r, struct str line, struct rinex_nav *m, struct fault *fault)
{
    size_t from = form_of(&r->header)->first + 1;
    for (size_t i = from; i < line.n; i++)
        if (line.p[i] < ' ' || line.p[i] > '~')
            return line_fault(&r->lines, line, i + 1, fault, "expected a printing character of ASCII");
    m->offset = rinex_trim(str_slice(line, from, TEXT_FIELD));
    m->sbas = rinex_trim(str_slice(line, from + TEXT_FIELD + 1, TEXT_FIELD));
    m->utc = rinex_trim(str_slice(line, from + 2 * (TEXT_FIELD + 1), TEXT_FIELD));
    if (m->offset.n)
        return 0;
    return line_fault(&r->lines, line, from + 1, fault, "expected between which times the offset is, as GPUT");
}

static int read_epoch(struct rinex_nav_reader *r, struct str line, struct rinex_nav *m, struct fault *fault)
{
    const struct form *f = form_of(&r->header);
    struct str parts[6];
    for (size_t i = 0; i < 6; i++) {
        parts[i] = str_slice(line, f->time[i].from, f->time[i].width);
        if (i && line.n > f->time[i].from && f->time[i].from > f->time[i - 1].from + f->time[i - 1].width &&
            line.p[f->time[i].from - 1] != ' ')
            return line_fault(&r->lines, line, f->time[i].from, fault, "expected a blank");
    }
    if (!rinex_time(parts, r->arena, &m->epoch))
        return line_fault(&r->lines, line, f->time[0].from + 1, fault,
                          "expected year, month, day, hour, minute and second of a time that exists");
    return 0;
}

/* "G01"; a leading zero may be blank, and version 2 has no letter. */
static bool satellite_of(const struct rinex_nav_reader *r, struct str text, struct rinex_nav *m)
{
    char system = r->header.version < 300 ? r->header.system : text.n ? text.p[0] : '\0';
    struct str number = rinex_trim(r->header.version < 300 || !text.n ? text : (struct str){text.p + 1, text.n - 1});
    int v = 0;
    for (size_t i = 0; i < number.n; i++) {
        if (number.p[i] < '0' || number.p[i] > '9')
            return false;
        v = v * 10 + (number.p[i] - '0');
    }
    if (!rinex_is_system(system) || !number.n || number.n > 2 || !v)
        return false;
    m->system = system;
    m->satellite = str_of(arena_printf(r->arena, "%c%02d", system, v));
    return true;
}

static int check_system(const struct rinex_nav_reader *r, struct str line, size_t column, const struct rinex_nav *m,
                        struct fault *fault)
{
    if (r->header.system == 'M' || r->header.system == m->system)
        return 0;
    return line_fault(&r->lines, line, column, fault, "expected a satellite of system %c, as the header says",
                      r->header.system);
}

/* "> EPH G01 LNAV", "> STO E   IFNV", "> ION I10 L1NV NEQN" */
static int read_announcement(struct rinex_nav_reader *r, struct str line, struct rinex_nav *m, struct fault *fault)
{
    struct str name = rinex_trim(str_slice(line, 2, 4)), satellite = rinex_trim(str_slice(line, 6, 4));
    struct str subtype = rinex_trim(str_slice(line, 15, line.n));
    enum rinex_class class = 0;
    while (class < RINEX_CLASSES && !str_is(name, rinex_class_name(class)))
        class ++;
    if (class == RINEX_CLASSES)
        return line_fault(&r->lines, line, 3, fault, "expected EPH, STO, EOP or ION");
    if (class == RINEX_STO && satellite.n == 1 && rinex_is_system(satellite.p[0])) {
        m->satellite = satellite;
        m->system = satellite.p[0];
    } else if (!satellite_of(r, satellite, m))
        return line_fault(&r->lines, line, 7, fault, "expected a satellite, as G01");
    m->type = rinex_trim(str_slice(line, 10, 5));
    m->layout = rinex_layout_find(class, m->system, m->type, subtype);
    if (!m->layout)
        return line_fault(&r->lines, line, 11, fault, "expected a message of class %s that system %c sends",
                          rinex_class_name(class), m->system);
    return check_system(r, line, 7, m, fault);
}

static int next_of(struct rinex_nav_reader *r, struct str before, struct str *ret, struct fault *fault)
{
    if (lines_next(&r->lines, ret))
        return 0;
    return line_fault(&r->lines, before, 1, fault, "expected another line of the message behind this one");
}

static int check_same(const struct rinex_nav_reader *r, struct str line, const struct rinex_nav *m, struct fault *fault)
{
    struct rinex_nav again;
    if (!satellite_of(r, str_slice(line, 0, 3), &again) || !str_eq(again.satellite, m->satellite))
        return line_fault(&r->lines, line, 1, fault, "expected %.*s, as in the line before", STR_ARG(m->satellite));
    return 0;
}

/* The one message that each system had before there were several; which of two it is follows from its values. */
static const char *legacy_type(char system)
{
    switch (system) {
    case 'R': return "FDMA";
    case 'E': return "INAV";
    case 'C': return "D1";
    case 'S': return "SBAS";
    default: return "LNAV";
    }
}

static int start_legacy(struct rinex_nav_reader *r, struct str line, struct rinex_nav *m, struct fault *fault)
{
    if (!satellite_of(r, str_slice(line, 0, form_of(&r->header)->satellite_width), m))
        return line_fault(&r->lines, line, 1, fault, "expected a satellite, as %s",
                          r->header.version < 300 ? "1" : "G01");
    m->type = str_of(legacy_type(m->system));
    m->layout = rinex_layout_find(RINEX_EPH, m->system, m->type, (struct str){0});
    return check_system(r, line, 1, m, fault);
}

static int start(struct rinex_nav_reader *r, struct str *line, struct rinex_nav *m, struct fault *fault)
{
    if (r->header.version < 400)
        return start_legacy(r, *line, m, fault);
    if (line->p[0] != '>')
        return line_fault(&r->lines, *line, 1, fault, "expected > and the kind of the next message");
    int error = read_announcement(r, *line, m, fault);
    if (!error)
        error = next_of(r, *line, line, fault);
    if (!error && m->layout->class == RINEX_EPH)
        error = check_same(r, *line, m, fault);
    else if (!error && !continues(*line))
        error = line_fault(&r->lines, *line, 1, fault, "expected a time behind four blanks");
    return error;
}

/* GEO satellites of BeiDou send D2; bit 1 of a Galileo message's sources is F/NAV. */
static void refine_type(struct rinex_nav *m)
{
    struct str sources = m->values[RINEX_DATA_SOURCES];
    int number = (m->satellite.p[1] - '0') * 10 + (m->satellite.p[2] - '0'), low = 0;
    if (m->system == 'C' && (number <= 5 || number >= 59))
        m->type = STR("D2");
    for (size_t i = sources.n > 9 ? sources.n - 9 : 0; i < sources.n; i++)
        low = low * 10 + (sources.p[i] >= '0' && sources.p[i] <= '9' ? sources.p[i] - '0' : 0);
    if (m->system == 'E' && low & 2 && !(low & 5))
        m->type = STR("FNAV");
}

static int read_rest(struct rinex_nav_reader *r, struct str line, struct rinex_nav *m, struct fault *fault)
{
    size_t slot = FIRST_FIELDS;
    for (size_t read = 1; slot < m->layout->n; read++, slot += FIELDS) {
        struct str ahead;
        bool more = peek(r, &ahead) && continues(ahead);
        if (!more && read >= m->layout->needed_lines)
            break;
        int error = next_of(r, line, &line, fault);
        if (!error && !more)
            error = line_fault(&r->lines, line, 1, fault, "expected line %zu of the message, which begins with blanks",
                               read + 1);
        if (!error)
            error = read_fields(r, line, form_of(&r->header)->indent, slot, FIELDS, m, fault);
        if (error)
            return error;
    }
    return 0;
}

/* Coefficients are an array in a record: none may be missing between others. */
static int check_coefficients(const struct rinex_nav_reader *r, struct str line, const struct rinex_nav *m,
                              struct fault *fault)
{
    size_t last = RINEX_ION_VALUES;
    while (last && !m->values[RINEX_ION_FIRST + last - 1].n)
        last--;
    for (size_t i = 0; i < last; i++)
        if (!m->values[RINEX_ION_FIRST + i].n)
            return line_fault(&r->lines, line, 1, fault, "coefficient %zu: expected a number", i + 1);
    return last ? 0 : line_fault(&r->lines, line, 1, fault, "expected coefficients");
}

static int read_message(struct rinex_nav_reader *r, struct str line, struct rinex_nav *m, struct fault *fault)
{
    int error = start(r, &line, m, fault);
    if (!error)
        error = read_epoch(r, line, m, fault);
    if (!error && m->layout->class == RINEX_STO)
        error = read_texts(r, line, m, fault);
    else if (!error)
        error = read_fields(r, line, form_of(&r->header)->first, 0, FIRST_FIELDS, m, fault);
    if (!error)
        error = read_rest(r, line, m, fault);
    if (!error && m->layout->class == RINEX_ION)
        error = check_coefficients(r, line, m, fault);
    if (!error && r->header.version < 400)
        refine_type(m);
    return error;
}

int rinex_nav_next(struct rinex_nav_reader *reader, struct rinex_nav *ret, struct fault *fault)
{
    struct str line = {0};
    while (!line.n)
        if (!lines_next(&reader->lines, &line))
            return RINEX_END;
    struct rinex_nav m = {.line = reader->lines.number};
    int error = read_message(reader, line, &m, fault);
    if (!error)
        *ret = m;
    return error;
}
