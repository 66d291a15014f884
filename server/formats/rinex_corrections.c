/* RINEX 2.11, tables A3, A10 and A15; RINEX 3.05, table A5: corrections of the ionosphere and between time systems. */
#include "civil.h"
#include "fortran.h"
#include "rinex_records.h"

#include <stdio.h>
#include <stdlib.h>

#define WEEK_MAX 9999
#define WEEK_SECONDS 604800
#define GPS_START (INT64_C(315964800) * INSTANT_SECOND)  /* 1980-01-06 */
#define BDT_START (INT64_C(1136073600) * INSTANT_SECOND) /* 2006-01-01 */
#define DATE_LENGTH 10
#define HOURS_OLDER 2
#define ION_LINE 4 /* coefficients in a line */

/* Models of the ionosphere, by what their line, or their two lines, begin with. */
static const struct ion {
    char system;
    const char *first, *second; /* NULL: it has one line */
    const char *type;
} ions[] = {
    {'G', "GPSA", "GPSB", "LNAV"}, {'J', "QZSA", "QZSB", "LNAV"}, {'C', "BDSA", "BDSB", "D1D2"},
    {'I', "IRNA", "IRNB", "LNAV"}, {'E', "GAL", NULL, "IFNV"},
};

/* GPGA is what GAGP was called before 3.03. */
static const struct offset {
    const char *name;
    char system;
} offsets[] = {
    {"GPUT", 'G'}, {"GLUT", 'R'}, {"GAUT", 'E'}, {"BDUT", 'C'}, {"QZUT", 'J'}, {"IRUT", 'I'}, {"SBUT", 'S'},
    {"GLGP", 'R'}, {"GAGP", 'E'}, {"GPGA", 'E'}, {"QZGP", 'J'}, {"IRGP", 'I'}, {"BDGP", 'C'},
};

/* By the number of RINEX 2 and 3. */
static const char *const utcs[] = {NULL,        "UTC(NIST)",       "UTC(USNO)", "UTC(SU)",
                                   "UTC(BIPM)", "UTC(Europe Lab)", "UTC(CRL)",  "UTC(NTSC)"};
#define UTCS (sizeof utcs / sizeof *utcs)

static const char *offset_type(char system)
{
    switch (system) {
    case 'R': return "FDMA";
    case 'E': return "IFNV";
    case 'C': return "D1D2";
    case 'S': return "SBAS";
    default: return "LNAV";
    }
}

struct work {
    const struct rinex_header *h;
    const struct rinex_nav *first;
    struct arena *arena;
    struct rinex_corrections *out;
    bool *done; /* lines of the header that a message was made from */
};

static enum time_scale scale_of(char system)
{
    enum time_scale scale = SCALE_GPS;
    time_scale_find(str_of(rinex_system_find(system)->scale), &scale);
    return scale;
}

/* "2022-10-05T02:00:00" */
static struct str text_of(struct work *w, instant t)
{
    char iso[INSTANT_TEXT];
    instant_write(t, iso);
    return arena_str(w->arena, (struct str){iso, INSTANT_TEXT - 8});
}

/* The first message's time, in the system's scale. */
static bool first_time(struct work *w, char system, struct str *ret)
{
    struct civil time;
    if (!w->first || !civil_read_iso(w->first->epoch, &time))
        return false;
    *ret = text_of(w, time_scale_of_utc(scale_of(system), time_scale_utc(scale_of(w->first->system), time.ticks)));
    return true;
}

/* GPS sends the week modulo 1,024, and some write it so: the one that is nearest to the first message is meant. */
static long unrolled(struct work *w, long week, long seconds)
{
    struct str text;
    instant first;
    bool told = first_time(w, 'G', &text) && instant_parse(text, &first);
    return told ? gps_week_unrolled((int)week, seconds, first) : week;
}

/* Weeks count in the system's own time, of GLONASS in that of GPS; no week and no seconds say nothing. */
static bool week_time(struct work *w, char system, struct str seconds, struct str week, struct str *ret)
{
    long t = seconds.n ? strtol(arena_strz(w->arena, seconds), NULL, 10) : 0;
    long n = week.n ? strtol(arena_strz(w->arena, week), NULL, 10) : 0;
    if (t < 0 || t > WEEK_SECONDS || n < 0 || n > WEEK_MAX)
        return false;
    if (!t && !n)
        return first_time(w, system, ret);
    enum time_scale counted = system == 'C' ? SCALE_BDT : SCALE_GPS;
    if (counted == SCALE_GPS)
        n = unrolled(w, n, t);
    instant since = (system == 'C' ? BDT_START : GPS_START) + (n * WEEK_SECONDS + t) * INSTANT_SECOND;
    if (scale_of(system) != counted)
        since = time_scale_utc(counted, since * (CIVIL_SECOND / INSTANT_SECOND));
    *ret = text_of(w, since);
    return true;
}

/* An hour, A to X, of the day that the file begins with: the clock of its first message may be some hours older. */
static bool hour_time(struct work *w, char system, struct str mark, struct str *ret)
{
    instant first, t;
    if (!first_time(w, system, ret))
        return false;
    if (mark.n && mark.p[0] >= 'A' && mark.p[0] <= 'X' && instant_parse(*ret, &first)) {
        instant from = first - HOURS_OLDER * INSTANT_HOUR;
        t = instant_floor(from, INSTANT_DAY) + (mark.p[0] - 'A') * INSTANT_HOUR;
        *ret = text_of(w, t < from ? t + INSTANT_DAY : t);
    }
    return true;
}

/* "07" is a satellite of the system; without a number it is said of the constellation. */
static struct str satellite_of(struct work *w, char system, struct str number)
{
    if (str_is_digits(number) && number.n < 3 && str_int(number))
        return str_of(arena_printf(w->arena, "%c%02d", system, str_int(number)));
    return str_of(arena_printf(w->arena, "%c", system));
}

static struct rinex_nav *add_message(struct work *w, enum rinex_class class, char system, const char *type, size_t line)
{
    struct rinex_nav *m = &w->out->messages[w->out->n++];
    *m = (struct rinex_nav){.system = system,
                            .layout = rinex_layout_find(class, system, str_of(type), (struct str){0}),
                            .type = str_of(type),
                            .line = w->h->lines[line].number};
    w->done[line] = true;
    return m;
}

static void take_coefficients(struct work *w, const struct str *fields, size_t first, struct rinex_nav *m)
{
    for (size_t i = 0; i < ION_LINE; i++)
        if (fields[i].n)
            fortran_read(fields[i], w->arena, &m->values[RINEX_ION_FIRST + first + i]);
}

/* The line below with the same name, hour and satellite; h->n: there is none. */
static size_t find_second(struct work *w, size_t line, const char *name, const struct str *fields)
{
    for (size_t i = line + 1; i < w->h->n; i++) {
        struct str other[RINEX_FIELDS_MAX] = {0};
        if (str_is(w->h->lines[i].label, "IONOSPHERIC CORR") && !w->done[i] &&
            rinex_fields(w->h, &w->h->lines[i], other) && str_is(other[0], name) && str_eq(other[5], fields[5]) &&
            str_eq(other[6], fields[6]))
            return i;
    }
    return w->h->n;
}

static void take_ion(struct work *w, size_t line, const struct str *fields)
{
    struct str epoch, more[RINEX_FIELDS_MAX] = {0};
    for (size_t i = 0; i < sizeof ions / sizeof *ions; i++) {
        size_t second = w->h->n;
        if (!str_is(fields[0], ions[i].first) || !hour_time(w, ions[i].system, fields[5], &epoch))
            continue;
        if (ions[i].second && ((second = find_second(w, line, ions[i].second, fields)) == w->h->n || !fields[4].n))
            return;
        if (ions[i].second && (!rinex_fields(w->h, &w->h->lines[second], more) || !more[4].n))
            return;
        struct rinex_nav *m = add_message(w, RINEX_ION, ions[i].system, ions[i].type, line);
        m->epoch = epoch;
        m->satellite = satellite_of(w, ions[i].system, fields[6]);
        take_coefficients(w, fields + 1, 0, m);
        if (!ions[i].second)
            return;
        take_coefficients(w, more + 1, ION_LINE, m);
        w->done[second] = true;
    }
}

/* "G07", or the name of an augmentation system. */
static void take_source(struct work *w, struct str source, struct rinex_nav *m)
{
    m->satellite = satellite_of(w, m->system, (struct str){0});
    if (source.n == 3 && source.p[0] == m->system && is_decimal(source.p[1]) && is_decimal(source.p[2]))
        m->satellite = source;
    else
        m->sbas = source;
}

static void take_utc(struct str number, struct rinex_nav *m)
{
    size_t i = str_is_digits(number) && number.n < 3 ? (size_t)str_int(number) : 0;
    m->utc = i < UTCS ? str_of(utcs[i]) : (struct str){0};
}

static struct rinex_nav *add_offset(struct work *w, size_t line, const char *name, char system, struct str epoch,
                                    struct str a0, struct str a1)
{
    struct rinex_nav *m = add_message(w, RINEX_STO, system, offset_type(system), line);
    m->epoch = epoch;
    m->offset = str_of(name);
    m->satellite = satellite_of(w, system, (struct str){0});
    fortran_read(a0, w->arena, &m->values[RINEX_OFFSET_A0]);
    fortran_read(a1, w->arena, &m->values[RINEX_OFFSET_A1]);
    return m;
}

static void take_offset(struct work *w, size_t line, const struct str *fields)
{
    struct str epoch;
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++)
        if (str_is(fields[0], offsets[i].name) && week_time(w, offsets[i].system, fields[3], fields[4], &epoch)) {
            struct rinex_nav *m = add_offset(w, line, offsets[i].name, offsets[i].system, epoch, fields[1], fields[2]);
            take_source(w, fields[5], m);
            take_utc(fields[6], m);
        }
}

/* Version 2: ION ALPHA and, behind it, ION BETA. */
static void take_alpha(struct work *w, size_t line, const struct str *fields)
{
    const struct rinex_line *beta = rinex_line_find(w->h, "ION BETA");
    struct str epoch, more[RINEX_FIELDS_MAX] = {0};
    if (!beta || !first_time(w, w->h->system, &epoch) || w->h->system != 'G')
        return;
    struct rinex_nav *m = add_message(w, RINEX_ION, 'G', "LNAV", line);
    m->epoch = epoch;
    m->satellite = satellite_of(w, 'G', (struct str){0});
    rinex_fields(w->h, beta, more);
    take_coefficients(w, fields, 0, m);
    take_coefficients(w, more, ION_LINE, m);
    w->done[beta - w->h->lines] = true;
}

static void take_delta_utc(struct work *w, size_t line, const struct str *fields)
{
    struct str epoch;
    if (w->h->system == 'G' && week_time(w, 'G', fields[2], fields[3], &epoch))
        add_offset(w, line, "GPUT", 'G', epoch, fields[0], fields[1]);
}

/* The offset of GLONASS from UTC(SU) on a day. */
static void take_system_time(struct work *w, size_t line, const struct str *fields)
{
    struct str parts[6] = {fields[0], fields[1], fields[2], STR("0"), STR("0"), STR("0")}, epoch;
    if (rinex_time(parts, w->arena, &epoch))
        add_offset(w, line, "GLUT", 'R', epoch, fields[3], STR("0"));
}

static void take_d_utc(struct work *w, size_t line, const struct str *fields)
{
    struct str epoch;
    if (!week_time(w, 'S', fields[2], fields[3], &epoch))
        return;
    struct rinex_nav *m = add_offset(w, line, "SBUT", 'S', epoch, fields[0], fields[1]);
    m->sbas = fields[4];
    take_utc(fields[5], m);
}

static const struct {
    const char *label;
    void (*take)(struct work *w, size_t line, const struct str *fields);
} takers[] = {
    {"IONOSPHERIC CORR", take_ion},
    {"TIME SYSTEM CORR", take_offset},
    {"ION ALPHA", take_alpha},
    {"DELTA-UTC: A0,A1,T,W", take_delta_utc},
    {"CORR TO SYSTEM TIME", take_system_time},
    {"D-UTC A0,A1,T,W,S,U", take_d_utc},
};

bool rinex_is_correction(struct str label)
{
    size_t i = 0;
    while (i < sizeof takers / sizeof *takers && !str_is(label, takers[i].label))
        i++;
    return i < sizeof takers / sizeof *takers || str_is(label, "ION BETA");
}

static void take_line(struct work *w, size_t line)
{
    struct str fields[RINEX_FIELDS_MAX] = {0};
    for (size_t i = 0; i < sizeof takers / sizeof *takers; i++)
        if (!w->done[line] && str_is(w->h->lines[line].label, takers[i].label) &&
            rinex_fields(w->h, &w->h->lines[line], fields))
            takers[i].take(w, line, fields);
}

void rinex_corrections_of(const struct rinex_header *h, const struct rinex_nav *first, struct arena *arena,
                          struct rinex_corrections *ret)
{
    *ret = (struct rinex_corrections){.messages = arena_array(arena, h->n, sizeof *ret->messages),
                                      .left = arena_array(arena, h->n, sizeof *ret->left),
                                      .kept = arena_array(arena, h->n, sizeof *ret->kept)};
    struct work w = {h, first, arena, ret, arena_array(arena, h->n, sizeof *w.done)};
    for (size_t i = 0; i < h->n; i++)
        take_line(&w, i);
    for (size_t i = 1; i < h->n; i++) {
        bool keep = ret->kept_n < RINEX_KEPT_MAX && !rinex_is_correction(h->lines[i].label);
        if (!w.done[i])
            *(keep ? &ret->kept[ret->kept_n++] : &ret->left[ret->left_n++]) = &h->lines[i];
    }
}

/* A number in as many columns as the label has for it. */
static bool put(struct str number, size_t width, int decimals, char letter, struct buf *out)
{
    BUF_CLEANUP struct buf text = {0};
    if (!fortran_write(number.n ? number : STR("0"), decimals, letter, &text) || text.n > width)
        return false;
    buf_printf(out, "%*.*s", (int)width, (int)text.n, text.p);
    return true;
}

/* Behind 60 columns, counted from where the line starts. */
static void put_label(const char *label, size_t start, struct buf *out)
{
    buf_printf(out, "%*s%s\n", (int)(RINEX_COLUMNS - (out->n - start)), "", label);
}

static bool put_coefficients(const struct rinex_nav *m, size_t first, char letter, struct buf *out)
{
    for (size_t i = first; i < first + ION_LINE; i++) {
        struct str number = m->values[RINEX_ION_FIRST + i];
        if (!number.n)
            buf_printf(out, "%12s", "");
        else if (!put(number, 12, 4, letter, out))
            return false;
    }
    return true;
}

/* A satellite's own coefficients with the hour they are of. */
static bool put_ion_line(const struct rinex_nav *m, const char *name, size_t first, struct buf *out)
{
    size_t start = out->n;
    buf_printf(out, "%-4s ", name);
    if (!put_coefficients(m, first, 'E', out))
        return false;
    if (m->satellite.n == 3)
        buf_printf(out, " %c %.2s", 'A' + str_int((struct str){m->epoch.p + DATE_LENGTH + 1, 2}), m->satellite.p + 1);
    put_label("IONOSPHERIC CORR", start, out);
    return true;
}

static const char *put_ion(const struct rinex_header *h, const struct rinex_nav *m, struct buf *out)
{
    static const char *const wide = "a coefficient has more digits than the header has columns";
    size_t n = 0, start = out->n;
    const struct ion *ion = NULL;
    for (size_t i = 0; i < sizeof ions / sizeof *ions; i++)
        if (ions[i].system == m->system && str_is(m->type, ions[i].type))
            ion = &ions[i];
    while (n < RINEX_ION_VALUES && m->values[RINEX_ION_FIRST + n].n)
        n++;
    if (!ion || n > (ion->second ? 2 * ION_LINE : ION_LINE) || n < (ion->second ? 2 * ION_LINE : ION_LINE - 1))
        return "only version 4 has such a model of the ionosphere";
    if (h->version >= 300)
        return put_ion_line(m, ion->first, 0, out) && (!ion->second || put_ion_line(m, ion->second, ION_LINE, out))
                   ? NULL
                   : wide;
    if (h->kind != 'N' || m->system != 'G' || m->satellite.n == 3)
        return "version 2 has a model of the ionosphere only of all of GPS";
    buf_z(out, "  ");
    if (!put_coefficients(m, 0, 'D', out))
        return wide;
    put_label("ION ALPHA", start, out);
    start = out->n;
    buf_z(out, "  ");
    if (!put_coefficients(m, ION_LINE, 'D', out))
        return wide;
    put_label("ION BETA", start, out);
    return NULL;
}

/* The week, and the second in it, that an offset counts from. */
static bool week_of(const struct rinex_nav *m, int64_t *ret_week, int64_t *ret_seconds)
{
    struct civil time;
    enum time_scale counted = m->system == 'C' ? SCALE_BDT : SCALE_GPS;
    if (!civil_read_iso(m->epoch, &time) || time.ticks % CIVIL_SECOND)
        return false;
    instant t = time.ticks / (CIVIL_SECOND / INSTANT_SECOND);
    if (scale_of(m->system) != counted)
        t = time_scale_of_utc(counted, time_scale_utc(scale_of(m->system), time.ticks));
    int64_t since = (t - (m->system == 'C' ? BDT_START : GPS_START)) / INSTANT_SECOND;
    *ret_week = since / WEEK_SECONDS;
    *ret_seconds = since % WEEK_SECONDS;
    return since >= 0 && *ret_week <= WEEK_MAX;
}

static bool is_zero(struct str number)
{
    for (size_t i = 0; i < number.n && number.p[i] != 'e' && number.p[i] != 'E'; i++)
        if (!memchr("-+0.", number.p[i], 4))
            return false;
    return true;
}

/* 0: it names none; UTCS: there is no number for it. */
static size_t utc_number(struct str name)
{
    size_t i = name.n ? 1 : 0;
    while (i && i < UTCS && !str_is(name, utcs[i]))
        i++;
    return i;
}

static bool put_offset_3(const struct rinex_nav *m, int64_t week, int64_t seconds, struct buf *out)
{
    size_t start = out->n;
    struct str source = m->satellite.n == 3 ? m->satellite : m->sbas;
    buf_printf(out, "%-4.*s ", STR_ARG(m->offset));
    if (m->offset.n > 4 || source.n > 5 || !put(m->values[RINEX_OFFSET_A0], 17, 10, 'E', out) ||
        !put(m->values[RINEX_OFFSET_A1], 16, 9, 'E', out))
        return false;
    buf_printf(out, " %6lld %4lld", (long long)seconds, (long long)week);
    if (source.n || m->utc.n)
        buf_printf(out, " %-5.*s", STR_ARG(source));
    if (m->utc.n)
        buf_printf(out, " %2zu", utc_number(m->utc));
    put_label("TIME SYSTEM CORR", start, out);
    return true;
}

/* GPS: of UTC at a second of a week. GLONASS: of UTC on a day. Geostationary satellites: of their system's UTC. */
static bool put_offset_2(const struct rinex_header *h, const struct rinex_nav *m, int64_t week, int64_t seconds,
                         struct buf *out)
{
    size_t start = out->n;
    const struct str *v = m->values;
    const char *p = m->epoch.p;
    bool gps = h->kind == 'N' && str_is(m->offset, "GPUT"), day = h->kind == 'G' && str_is(m->offset, "GLUT");
    if (day) {
        buf_printf(out, "%6.4s%6.2s%6.2s   ", p, p + 5, p + 8);
        day = memcmp(p + DATE_LENGTH, "T00:00:00", 9) == 0 && is_zero(v[RINEX_OFFSET_A1]) &&
              put(v[RINEX_OFFSET_A0], 19, 12, 'D', out);
        put_label("CORR TO SYSTEM TIME", start, out);
        return day && !m->sbas.n && !m->utc.n;
    }
    if (gps)
        buf_z(out, "   ");
    if (!put(v[RINEX_OFFSET_A0], 19, 12, 'D', out) || !put(v[RINEX_OFFSET_A1], 19, 12, 'D', out))
        return false;
    if (gps) {
        buf_printf(out, "%9lld%9lld", (long long)seconds, (long long)week);
        put_label("DELTA-UTC: A0,A1,T,W", start, out);
        return !m->sbas.n && !m->utc.n;
    }
    if (h->kind != 'H' || !str_is(m->offset, "SBUT") || m->sbas.n > 5)
        return false;
    buf_printf(out, "%7lld%5lld %-5.*s %2zu", (long long)seconds, (long long)week, STR_ARG(m->sbas),
               utc_number(m->utc));
    put_label("D-UTC A0,A1,T,W,S,U", start, out);
    return true;
}

static const char *put_offset(const struct rinex_header *h, const struct rinex_nav *m, struct buf *out)
{
    int64_t week, seconds;
    bool both = m->satellite.n == 3 && (m->sbas.n || h->version < 300);
    if (!str_is(m->type, offset_type(m->system)) || m->values[RINEX_TTM].n || !is_zero(m->values[RINEX_OFFSET_A2]) ||
        both || utc_number(m->utc) == UTCS || !week_of(m, &week, &seconds))
        return "only version 4 has a place for all that it says";
    if (h->version < 300 ? put_offset_2(h, m, week, seconds, out) : put_offset_3(m, week, seconds, out))
        return NULL;
    return "the header has no place for it, or fewer columns than it has digits";
}

int rinex_correction_write(const struct rinex_header *h, const struct rinex_nav *m, struct buf *out,
                           struct fault *fault)
{
    size_t before = out->n;
    const char *wrong = m->layout->class == RINEX_ION   ? put_ion(h, m, out)
                        : m->layout->class == RINEX_STO ? put_offset(h, m, out)
                                                        : "only version 4 has such messages";
    if (!wrong)
        return 0;
    out->n = before;
    char where[FAULT_WHERE_MAX];
    snprintf(where, sizeof where, "%.*s %.*s", STR_ARG(m->satellite), STR_ARG(m->type));
    return fault_set(fault, ERR_INVALID_RECORD, where, "%s", wrong);
}
