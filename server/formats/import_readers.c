/* From the readers of single formats to items. */
#include "advisory_records.h"
#include "almanac.h"
#include "checks.h"
#include "clk_table.h"
#include "ephemeris.h"
#include "import_run.h"
#include "rinex_records.h"
#include "rtcm.h"
#include "sp3.h"
#include "tle.h"

static const struct str unmarked = {NULL, 0};

/* The number of the next line that is not empty. */
static size_t next_number(struct lines l)
{
    struct str line;
    while (lines_next(&l, &line))
        if (line.n)
            break;
    return l.number;
}

/* Goes to before the next line that is_start tells to be the first one of an item. */
static void seek(struct lines *l, bool (*is_start)(struct str line))
{
    struct lines before = *l;
    struct str line;
    while (lines_next(l, &line) && !is_start(line))
        before = *l;
    if (l->number != before.number)
        *l = before;
}

/* The same behind the item that begins here: what was read of it may be more than it. */
static void pass(struct lines *l, struct lines here, bool (*is_start)(struct str line))
{
    struct str line;
    *l = here;
    while (lines_next(l, &line) && !line.n)
        ;
    seek(l, is_start);
}

/* --- element sets --- */

static bool tle_line(struct lines *l, struct str *ret)
{
    while (lines_next(l, ret))
        if (ret->n && ret->p[0] != '#')
            return true;
    return false;
}

/* Behind the set that begins here and is malformed: a name, a line 1 and a line 2, as far as they are there. */
static void pass_tle(struct lines *l)
{
    struct lines at = *l;
    struct str line;
    bool named = tle_line(&at, &line) && !str_starts(line, "1 ");
    *l = at;
    if (named && !str_starts(line, "2 ") && tle_line(&at, &line) && str_starts(line, "1 "))
        *l = at;
    at = *l;
    if (tle_line(&at, &line) && str_starts(line, "2 "))
        *l = at;
}

static int take_tle(struct import_run *run, const struct tle *t)
{
    const struct member values[] = {
        {STR("epoch"), t->values[TLE_EPOCH]},
        {STR("internationalDesignator"), designator_long(t->values[TLE_DESIGNATOR], run->item)},
        {STR("meanMotion"), t->values[TLE_MEAN_MOTION]},
        {STR("eccentricity"), t->values[TLE_ECCENTRICITY]},
    };
    tle_elset(t, &run->header->record, &run->json);
    checks_add_elset(values, sizeof values / sizeof *values, &run->json, run->item);
    return import_take_checked(run, "elset", t->line, unmarked);
}

int import_tles(struct import_run *run)
{
    struct tle_reader reader = tle_reader(run->text, run->item);
    struct lines before = reader.lines;
    struct tle t;
    int error = 0;
    while (!error && (error = tle_next(&reader, &t, run->fault)) != TLE_END) {
        if (error) {
            reader.lines = before;
            pass_tle(&reader.lines);
            error = import_refuse(run, next_number(before));
        } else {
            error = take_tle(run, &t);
        }
        before = reader.lines;
    }
    return error == TLE_END ? 0 : error;
}

/* --- advisories --- */

static bool starts_advisory(struct str line)
{
    return str_starts(line, "NOTICE ADVISORY TO ");
}

int import_advisories(struct import_run *run)
{
    struct advisory_reader reader = advisory_reader(run->text, run->item);
    struct lines before = reader.lines;
    struct advisory a;
    int error = 0;
    while (!error && (error = advisory_next(&reader, &a, run->fault)) != ADVISORY_END) {
        if (error) {
            seek(&reader.lines, starts_advisory);
            error = import_refuse(run, next_number(before));
        } else {
            advisory_record(&a, &run->header->record, &run->json);
            error = import_take(run, "gnssadvisory", a.line, unmarked);
        }
        before = reader.lines;
    }
    return error == ADVISORY_END ? 0 : error;
}

/* --- almanacs --- */

static bool starts_yuma(struct str line)
{
    return str_starts(line, "*");
}

/* Weeks modulo 1,024 are taken to be of the past, or of four weeks ahead: no almanac is made for longer. */
#define ALMANAC_MIDDLE (508 * 7 * INSTANT_DAY)

/* A file of SEM that is malformed somewhere has no next record. */
static int take_almanac(struct import_run *run, struct almanac_reader *reader)
{
    struct almanac a;
    struct lines before = reader->lines;
    int error = almanac_next(reader, &a, run->fault);
    if (error == ALMANAC_END || (error && reader->form == ALMANAC_SEM))
        return error;
    if (error) {
        pass(&reader->lines, before, starts_yuma);
        return import_refuse(run, next_number(before));
    }
    if (almanac_record(reader->form, &a, run->header->now - ALMANAC_MIDDLE, &run->header->record, run->item, &run->json,
                       run->fault))
        return import_refuse(run, a.line);
    return import_take(run, "almanac", a.line, unmarked);
}

int import_almanac(struct import_run *run)
{
    enum almanac_form form = strcmp(run->format, "sem") == 0 ? ALMANAC_SEM : ALMANAC_YUMA;
    struct almanac_reader reader;
    int error = almanac_open(form, run->text, &reader, run->fault);
    if (!error && form == ALMANAC_SEM && reader.title.n)
        import_leave_out(run, next_number(lines_of(run->text)), STR("title of the file"));
    while (!error)
        error = take_almanac(run, &reader);
    return error == ALMANAC_END ? 0 : error;
}

/* --- RINEX --- */

/* Lines behind the first one of a message begin with three blanks or more. */
static bool starts_message(struct str line)
{
    return line.n > 2 && memcmp(line.p, "   ", 3) != 0;
}

static bool starts_announced(struct str line)
{
    return str_starts(line, ">");
}

/* Lines of the header for the first record of each type: the others are the same whatever file they come in. */
struct kept_header {
    struct buf lines;
    bool given[2];
};

static int take_message(struct import_run *run, const struct rinex_nav *m, struct kept_header *kept)
{
    bool *given = &kept->given[m->layout->class == RINEX_STO];
    struct str lines = *given ? (struct str){0} : buf_view(&kept->lines);
    if (rinex_record(m, &run->header->record, lines, run->item, &run->json, run->fault))
        return import_refuse(run, m->line);
    *given = true;
    return import_take(run, rinex_record_type(m), m->line, unmarked);
}

static int take_navigation(struct import_run *run, struct rinex_nav_reader *reader, struct kept_header *kept)
{
    struct rinex_nav m;
    struct lines before = reader->lines;
    int error = rinex_nav_next(reader, &m, run->fault);
    if (error == RINEX_END)
        return error;
    if (error) {
        pass(&reader->lines, before, reader->header.version < 400 ? starts_message : starts_announced);
        return import_refuse(run, next_number(before));
    }
    return take_message(run, &m, kept);
}

static void leave_lines(struct import_run *run, const struct rinex_line **lines, size_t n)
{
    for (size_t i = 0; i < n; i++)
        import_leave_out(run, lines[i]->number, lines[i]->label);
}

/* What the header says of the ionosphere and of time systems, of the time of the first message if of none; and what
 * else is to be kept of it. */
static int take_corrections(struct import_run *run, const struct rinex_nav_reader *reader, struct kept_header *kept)
{
    struct rinex_nav_reader ahead = *reader;
    struct rinex_nav first;
    struct rinex_corrections c;
    int next = rinex_nav_next(&ahead, &first, NULL), error = 0;
    rinex_corrections_of(&reader->header, next == 0 ? &first : NULL, run->arena, &c);
    rinex_lines_write(c.kept, c.kept_n, &kept->lines);
    if (next == RINEX_END && !c.n)
        leave_lines(run, c.kept, c.kept_n);
    leave_lines(run, c.left, c.left_n);
    for (size_t i = 0; i < c.n && !error; i++)
        error = take_message(run, &c.messages[i], kept);
    return error;
}

static int import_observations(struct import_run *run)
{
    struct rinex_obs *o = arena_alloc(run->arena, sizeof *o);
    const struct rinex_line **others;
    int error = rinex_obs_read(run->text, run->arena, o, run->fault);
    if (!error)
        error = rinex_obs_record(o, &run->header->record, run->name, run->item, &run->json, run->fault);
    if (error)
        return error;
    size_t n = rinex_obs_others(o, run->arena, &others);
    if (n > RINEX_OBS_KEPT_MAX)
        leave_lines(run, others + RINEX_OBS_KEPT_MAX, n - RINEX_OBS_KEPT_MAX);
    return import_take(run, "rinexobservation", 1, unmarked);
}

#define RINEX_KIND 20 /* where the first line has the kind of file */

int import_rinex(struct import_run *run)
{
    struct kept_header kept = {.lines = {0}};
    struct rinex_nav_reader reader;
    if (run->text.n > RINEX_KIND && run->text.p[RINEX_KIND] == 'O')
        return import_observations(run);
    int error = rinex_nav_open(run->text, run->arena, &reader, run->fault);
    if (error)
        return error;
    error = take_corrections(run, &reader, &kept);
    reader.arena = run->item;
    while (!error)
        error = take_navigation(run, &reader, &kept);
    buf_free(&kept.lines);
    return error == RINEX_END ? 0 : error;
}

/* --- streams --- */

int import_rtcm(struct import_run *run)
{
    struct rtcm_index index;
    int error = rtcm_read(run->text, run->arena, &index, run->fault);
    if (error)
        return error;
    rtcm_record(&index, &run->header->record, run->name, run->header->now, &run->json);
    return import_take(run, "rtcmstream", 0, unmarked);
}

/* --- files whose records grow line by line --- */

struct collected {
    struct import_run *run;
    const char *type;
    int error;
};

static bool collect(void *context, size_t line, struct str record)
{
    struct collected *c = context;
    buf_str(&c->run->json, record);
    c->error = import_take(c->run, c->type, line, unmarked);
    return !c->error;
}

static void leave_out(void *context, size_t line, struct str what)
{
    const struct collected *c = context;
    import_leave_out(c->run, line, what);
}

int import_clocks(struct import_run *run)
{
    struct collected c = {run, "gnssclock", 0};
    const struct record_sink sink = {collect, leave_out, &c};
    int error = clk_records(run->text, &run->header->record, run->arena, &sink, run->fault);
    return error ? error : c.error;
}

int import_orbits(struct import_run *run)
{
    struct collected c = {run, "preciseephemeris", 0};
    const struct record_sink sink = {collect, leave_out, &c};
    int error = sp3_records(run->text, &run->header->record, run->arena, &sink, run->fault);
    return error ? error : c.error;
}

/* --- ephemerides --- */

/* "MEME_25544_ISS_…": the handbook's names of files begin with the kind of file and the catalogue number. */
static struct str number_in_name(struct str name)
{
    const char *from = name.n ? memchr(name.p, '_', name.n) : NULL;
    size_t at = from ? (size_t)(from + 1 - name.p) : name.n;
    while (at < name.n && name.p[at] == '0')
        at++;
    size_t n = str_digits_at(name, at);
    bool number = n && n <= 9 && at + n < name.n && name.p[at + n] == '_';
    return number ? (struct str){name.p + at, n} : (struct str){0};
}

int import_itc(struct import_run *run)
{
    struct ephemeris_header header = {.record = run->header->record,
                                      .category = STR(EPHEMERIS_CATEGORY),
                                      .type = STR(EPHEMERIS_TYPE),
                                      .sat_no = number_in_name(run->name)};
    struct ephemeris e;
    int error = itc_read(run->text, run->arena, &e, run->fault);
    if (error)
        return error;
    ephemeris_set(&e, &header, &run->json);
    return import_take(run, "ephemerisset", 1, unmarked);
}
