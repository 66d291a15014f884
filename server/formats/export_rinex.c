/* Navigation messages of RINEX 4, 3 and 2, by system, satellite and time. */
#include "civil.h"
#include "export_rows.h"
#include "memory.h"
#include "rinex_records.h"
#include "rinex_retold.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct entry {
    int64_t ticks; /* of the message's clock */
    size_t at, n;  /* in the text */
    struct str text;
    char satellite[4];
};

struct rinex_writer {
    struct rinex_header header; /* without lines: what files of it have a place for */
    char system;                /* of all so far, or M */
    instant now, newest;
    struct buf corrections, text;
    struct entry *entries;
    size_t n, room;
    struct rinex_retold retold;
    bool said[RINEX_CLASSES]; /* in the header of version 2, where it stands once */
};

/* Files of version 2 have one system. */
static const struct kind {
    char system, kind;
    const char *name;
} kinds_2[] = {{'G', 'N', "N: GPS NAV DATA"}, {'R', 'G', "G: GLONASS NAV DATA"}, {'S', 'H', "H: GEO NAV MSG DATA"}};

static const struct {
    char letter;
    const char *name;
} names[] = {{'G', "G: GPS"},    {'R', "R: GLONASS"}, {'E', "E: GALILEO"}, {'J', "J: QZSS"},
             {'C', "C: BEIDOU"}, {'I', "I: NAVIC"},   {'S', "S: SBAS"},    {'M', "M: MIXED"}};

static void *begin(const struct export_format *format, struct str type, instant now)
{
    struct rinex_writer *w = memory_zeroed(sizeof *w);
    w->header = (struct rinex_header){.version = (int)format->variant, .kind = 'N', .system = 'M'};
    w->now = now;
    w->newest = INSTANT_MIN;
    (void)type;
    return w;
}

static const struct kind *kind_of(char system)
{
    for (size_t i = 0; i < sizeof kinds_2 / sizeof *kinds_2; i++)
        if (kinds_2[i].system == system)
            return &kinds_2[i];
    return NULL;
}

/* The first message tells which system a file of version 2 has. */
static int check_system(struct rinex_writer *w, const struct rinex_nav *m, struct fault *fault)
{
    const struct kind *kind = kind_of(m->system);
    if (w->header.version >= 300)
        return 0;
    if (!kind)
        return fault_set(fault, ERR_INVALID_RECORD, "constellation", "version 2 has messages of GPS, GLONASS and SBAS");
    if (w->system && w->system != m->system)
        return fault_set(fault, ERR_INVALID_RECORD, "constellation",
                         "expected that of the record before: a file of version 2 has one");
    w->header.kind = kind->kind;
    w->header.system = m->system;
    return 0;
}

static int add_correction(struct rinex_writer *w, const struct rinex_nav *m, struct fault *fault)
{
    enum rinex_class class = m->layout->class;
    if (w->header.version < 300 && w->header.kind != 'H' && w->said[class])
        return fault_set(fault, ERR_INVALID_RECORD, "messageType", "a file of version 2 says it once");
    int error = rinex_correction_write(&w->header, m, &w->corrections, fault);
    if (!error)
        w->said[class] = true;
    return error;
}

static int add_message(struct rinex_writer *w, const struct rinex_nav *m, int64_t ticks, struct fault *fault)
{
    struct entry e = {.ticks = ticks, .at = w->text.n};
    if (m->layout->class == RINEX_ION && m->satellite.n == 1)
        return fault_set(fault, ERR_INVALID_RECORD, "satellite",
                         "expected the satellite that sent it, as version 4 says");
    int error = rinex_nav_write(&w->header, m, &w->text, fault);
    if (error)
        return error;
    memcpy(e.satellite, m->satellite.p, m->satellite.n);
    e.n = w->text.n - e.at;
    if (w->n == w->room) {
        w->room = w->room ? 2 * w->room : 64;
        w->entries = memory_resize(w->entries, w->room * sizeof *w->entries);
    }
    w->entries[w->n++] = e;
    return 0;
}

static int add(void *writer, const struct member *members, size_t n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct rinex_writer *w = writer;
    struct rinex_nav m;
    struct civil epoch;
    enum time_scale scale;
    int error = rinex_of_record(members, n, arena, &m, fault);
    if (!error)
        error = check_system(w, &m, fault);
    if (error || !civil_read_iso(m.epoch, &epoch) ||
        !time_scale_find(str_of(rinex_system_find(m.system)->scale), &scale))
        return error ? error : export_lacks("epoch", "RINEX", fault);
    size_t files = w->retold.n;
    error = rinex_retold_add(&w->retold, member_value(members, n, "header", arena), fault);
    if (!error && w->header.version < 400 && m.layout->class != RINEX_EPH)
        error = add_correction(w, &m, fault);
    else if (!error)
        error = add_message(w, &m, epoch.ticks, fault);
    if (error) {
        rinex_retold_cut(&w->retold, files);
        return error;
    }
    instant t = time_scale_utc(scale, epoch.ticks);
    w->newest = t > w->newest ? t : w->newest;
    w->system = w->system && w->system != m.system ? 'M' : m.system;
    return 0;
}

/* In the end by what they say, whatever the order in which they were given. */
static int compare(const void *a, const void *b)
{
    static const char order[] = "GREJCIS";
    const struct entry *x = a, *y = b;
    const char *system = strchr(order, x->satellite[0]), *other = strchr(order, y->satellite[0]);
    int c = (system > other) - (system < other);
    if (!c)
        c = strcmp(x->satellite, y->satellite);
    if (!c)
        c = (x->ticks > y->ticks) - (x->ticks < y->ticks);
    return c ? c : str_cmp(x->text, y->text);
}

__attribute__((format(printf, 3, 4))) static void header_line(struct buf *out, const char *label, const char *format,
                                                              ...)
{
    char text[RINEX_COLUMNS + 1];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_printf(out, "%-*s%s\n", RINEX_COLUMNS, text, label);
}

static void write_version(const struct rinex_writer *w, struct buf *out)
{
    const char *system = "", *kind = w->header.version < 400 ? "N: GNSS NAV DATA" : "NAVIGATION DATA";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].letter == w->system)
            system = names[i].name;
    if (w->header.version < 300) {
        kind = kind_of(w->system)->name;
        system = "";
    }
    header_line(out, "RINEX VERSION / TYPE", "%6d.%02d%11s%-20s%s", w->header.version / 100, w->header.version % 100,
                "", kind, system);
}

#define LEAP_BDT 14 /* leap seconds between the starts of GPS time and BeiDou time */

/* What the files say of leap seconds, if it is so of these records. */
static const struct rinex_line *leap_line(const struct rinex_writer *w)
{
    const struct rinex_line *line = rinex_retold_common(&w->retold, "LEAP SECONDS");
    struct str fields[RINEX_FIELDS_MAX] = {0};
    char now[12], of_beidou[12];
    snprintf(now, sizeof now, "%d", leap_seconds_gps(w->newest));
    snprintf(of_beidou, sizeof of_beidou, "%d", leap_seconds_gps(w->newest) - LEAP_BDT);
    if (!line || !rinex_fields(&w->header, line, fields))
        return NULL;
    return str_is(fields[0], now) || (w->system == 'C' && str_is(fields[0], of_beidou)) ? line : NULL;
}

static void write_made(const struct rinex_writer *w, struct buf *out)
{
    char made[INSTANT_TEXT];
    instant_write(w->now, made);
    header_line(out, "PGM / RUN BY / DATE", "%-40s%.4s%.2s%.2s %.2s%.2s%.2s UTC", "relto", made, made + 5, made + 8,
                made + 11, made + 14, made + 17);
}

/* Records of a file that was exported before may have the banner among their lines. */
static void write_header(const struct rinex_writer *w, struct str banner, struct buf *out)
{
    const struct rinex_line *made = rinex_retold_common(&w->retold, "PGM / RUN BY / DATE"), *leap = leap_line(w);
    bool told = rinex_retold_remarks(&w->retold, str_trim(str_slice(banner, 0, RINEX_COLUMNS)));
    write_version(w, out);
    if (made)
        rinex_line_write(made, out);
    else
        write_made(w, out);
    for (size_t at = 0; at < banner.n && !told; at += RINEX_COLUMNS)
        header_line(out, "COMMENT", "%.*s", STR_ARG(str_slice(banner, at, RINEX_COLUMNS)));
    rinex_retold_write(&w->retold, made, leap, out);
    buf_str(out, buf_view(&w->corrections));
    if (leap)
        rinex_line_write(leap, out);
    else
        header_line(out, "LEAP SECONDS", "%6d", leap_seconds_gps(w->newest));
    header_line(out, "END OF HEADER", "%s", "");
}

static int end(void *writer, struct str banner, struct buf *out, struct fault *fault)
{
    struct rinex_writer *w = writer;
    (void)fault;
    if (!w->system)
        return 0;
    write_header(w, banner, out);
    for (size_t i = 0; i < w->n; i++) /* which moves while it grows */
        w->entries[i].text = (struct str){w->text.p + w->entries[i].at, w->entries[i].n};
    if (w->n)
        qsort(w->entries, w->n, sizeof *w->entries, compare);
    for (size_t i = 0; i < w->n; i++)
        buf_str(out, w->entries[i].text);
    return 0;
}

static void release(void *writer)
{
    struct rinex_writer *w = writer;
    if (!w)
        return;
    rinex_retold_free(&w->retold);
    buf_free(&w->corrections);
    buf_free(&w->text);
    free(w->entries);
    free(w);
}

const struct export_writer export_rinex = {begin, add, end, release};
