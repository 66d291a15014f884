#include "sp3.h"
#include "sp3_table.h"

#include <stdlib.h>

#define AT(line_, from_) /* the line from a column on */                                                               \
    ((line_).n >= (from_) ? (struct str){(line_).p + (from_)-1, (line_).n - (from_) + 1} : (struct str){(line_).p, 0})

/* The column for a fault, or the line's end if it is shorter. */
static size_t within(struct str line, size_t column)
{
    return column <= line.n ? column : line.n + 1;
}

/* A line of printing characters, or the fault; the last line must not be missing. */
static int advance(struct sp3_reader *r, struct fault *fault)
{
    struct str before = r->line, line;
    if (!lines_next(&r->lines, &line))
        return line_fault(&r->lines, before, 1, fault, "expected another line behind this one, up to EOF");
    r->line = line;
    if (!fixed_text(line))
        return line_fault(&r->lines, line, 1, fault, "expected printing characters of ASCII");
    return 0;
}

static int expect(struct sp3_reader *r, const char *start, const char *what, struct fault *fault)
{
    if (str_starts(r->line, start))
        return 0;
    return line_fault(&r->lines, r->line, 1, fault, "expected a line that starts with \"%s\": %s", start, what);
}

static int read_columns(struct sp3_reader *r, const char *start, const char *what, const struct fixed_column *columns,
                        size_t n, struct fault *fault)
{
    int error = expect(r, start, what, fault);
    return error ? error : fixed_read(&r->lines, r->line, columns, n, r->header->values, fault);
}

static int read_first(struct sp3_reader *r, struct fault *fault)
{
    struct str line = r->line;
    if (line.n < 3 || line.p[0] != '#' || line.p[1] < 'a' || line.p[1] > 'd')
        return line_fault(&r->lines, line, 1, fault, "expected #a, #b, #c or #d, the version of SP3");
    if (line.p[2] != 'P' && line.p[2] != 'V')
        return line_fault(&r->lines, line, 3, fault, "expected P or V, the mode of the file");
    r->header->version = line.p[1];
    r->header->velocities = line.p[2] == 'V';
    return fixed_read(&r->lines, line, SP3_COLUMNS(sp3_line_1), r->header->values, fault);
}

static struct str slot(struct str line, size_t i)
{
    size_t from = SP3_FIRST_SATELLITE - 1 + 3 * i;
    return line.n < from + 3 ? (struct str){line.p, 0} : (struct str){line.p + from, 3};
}

static struct str trim_left(struct str s)
{
    while (s.n && s.p[0] == ' ')
        s = (struct str){s.p + 1, s.n - 1};
    return s;
}

/* "G01", or with a blank for the zero; in version a a number. */
static bool is_satellite(struct str s, char version)
{
    bool lettered = s.p[0] >= 'A' && s.p[0] <= 'Z';
    bool system = lettered || (version < 'c' && (s.p[0] == ' ' || is_decimal(s.p[0])));
    return system && (is_decimal(s.p[1]) || s.p[1] == ' ') && is_decimal(s.p[2]);
}

static bool empty_slot(struct str s)
{
    s = trim_left(s);
    return !s.n || str_is(s, "0") || str_is(s, "00") || str_is(s, "000");
}

static size_t satellite_index(const struct sp3_header *h, struct str id, size_t n)
{
    size_t i = 0;
    while (i < n && !str_eq(h->satellites[i], id))
        i++;
    return i;
}

static int take_satellite(struct sp3_reader *r, size_t at, size_t *known, struct fault *fault)
{
    struct sp3_header *h = r->header;
    struct str id = slot(r->line, at);
    size_t column = SP3_FIRST_SATELLITE + 3 * at;
    if (*known == h->satellite_count)
        return id.n && !empty_slot(id)
                   ? line_fault(&r->lines, r->line, column, fault,
                                "expected %zu satellites, as the first of these lines says, not more", *known)
                   : 0;
    if (!id.n || !is_satellite(id, h->version))
        return line_fault(&r->lines, r->line, within(r->line, column), fault, "expected satellite %zu of %zu, as G01",
                          *known + 1, h->satellite_count);
    if (satellite_index(h, id, *known) < *known)
        return line_fault(&r->lines, r->line, column, fault, "expected %.*s once, not twice", STR_ARG(id));
    h->satellites[(*known)++] = id;
    return 0;
}

static int read_count(struct sp3_reader *r, struct fault *fault)
{
    static const struct fixed_column column[] = {{0, 4, 6, FIXED_INTEGER, false, "number of satellites"}};
    struct str text = {0};
    int error = fixed_read_first(&r->lines, r->line, column, 1, &text, fault);
    if (!error && (text.p[0] == '-' || text.p[0] == '+'))
        error = line_fault(&r->lines, r->line, 4, fault, "number of satellites: expected 1 to 999");
    for (size_t i = 0; i < text.n && !error; i++)
        r->header->satellite_count = r->header->satellite_count * 10 + (size_t)(text.p[i] - '0');
    if (!error && !r->header->satellite_count)
        error = line_fault(&r->lines, r->line, 4, fault, "number of satellites: expected 1 to 999");
    return error;
}

/* Lines "+ ": their number, not their place, tells how many lines of accuracies follow. */
static int read_satellites(struct sp3_reader *r, size_t *ret_lines, struct fault *fault)
{
    size_t known = 0, lines = 0;
    int error = expect(r, "+ ", "satellites", fault);
    if (!error)
        error = read_count(r, fault);
    while (!error && str_starts(r->line, "+ ")) {
        for (size_t i = 0; i < SP3_LINE_SATELLITES && !error; i++)
            error = take_satellite(r, i, &known, fault);
        lines++;
        if (!error)
            error = advance(r, fault);
    }
    if (!error && known < r->header->satellite_count)
        error = line_fault(&r->lines, r->line, 1, fault, "expected %zu satellites above, as line 3 says, not %zu",
                           r->header->satellite_count, known);
    *ret_lines = lines;
    return error;
}

static int read_accuracies(struct sp3_reader *r, size_t lines, struct fault *fault)
{
    struct sp3_header *h = r->header;
    int error = 0;
    for (size_t line = 0; line < lines && !error; line++) {
        error = expect(r, "++", "accuracies", fault);
        for (size_t i = 0; i < SP3_LINE_SATELLITES && !error; i++) {
            size_t at = line * SP3_LINE_SATELLITES + i;
            struct str text = trim_left(slot(r->line, i));
            if (at >= h->satellite_count)
                break;
            if (!fixed_integer(text))
                error = line_fault(&r->lines, r->line, within(r->line, SP3_FIRST_SATELLITE + 3 * i), fault,
                                   "accuracy of %.*s: expected an integer", STR_ARG(h->satellites[at]));
            h->accuracies[at] = text;
        }
        if (!error)
            error = advance(r, fault);
    }
    return error;
}

static int read_time_system(struct sp3_reader *r, struct fault *fault)
{
    struct sp3_header *h = r->header;
    enum time_scale scale;
    int error = expect(r, "%c", "file type and time system", fault);
    if (!error)
        error = fixed_read_first(&r->lines, r->line, &sp3_line_c[0], 1, h->values, fault);
    if (!error)
        error = fixed_read_first(&r->lines, r->line, &sp3_line_c[1], 1, h->values, fault);
    if (error)
        return error;
    if (str_is(h->values[SP3_TIME_SYSTEM], "ccc") && h->version == 'a')
        h->values[SP3_TIME_SYSTEM] = STR("GPS");
    if (!time_scale_find(h->values[SP3_TIME_SYSTEM], &scale))
        return line_fault(&r->lines, r->line, 10, fault,
                          "time system: expected GPS, GAL, QZS, BDT, IRN, TAI, UTC or GLO, not \"%.*s\"",
                          STR_ARG(h->values[SP3_TIME_SYSTEM]));
    h->more_c = AT(r->line, SP3_MORE_C);
    return advance(r, fault);
}

static int read_bases(struct sp3_reader *r, struct fault *fault)
{
    int error = expect(r, "%f", "bases of the deviations", fault);
    if (!error)
        error = fixed_read_first(&r->lines, r->line, SP3_COLUMNS(sp3_line_f), r->header->values, fault);
    r->header->more_f = AT(r->line, SP3_MORE_F);
    return error ? error : advance(r, fault);
}

static int read_spare(struct sp3_reader *r, size_t i, const char *start, struct fault *fault)
{
    int error = expect(r, start, "reserved", fault);
    r->header->spares[i] = AT(r->line, 3);
    return error ? error : advance(r, fault);
}

static int read_comments(struct sp3_reader *r, struct fault *fault)
{
    struct sp3_header *h = r->header;
    int error = 0;
    while (!error && (str_starts(r->line, "/*") || str_starts(r->line, "%/*"))) {
        if (h->comment_count == SP3_COMMENTS_MAX)
            return line_fault(&r->lines, r->line, 1, fault, "expected at most %d lines of comment", SP3_COMMENTS_MAX);
        struct str text = AT(r->line, r->line.p[0] == '%' ? 4u : 3u);
        h->comments[h->comment_count++] = text.n && text.p[0] == ' ' ? (struct str){text.p + 1, text.n - 1} : text;
        error = advance(r, fault);
    }
    return error;
}

/* Lines %c to %i. */
static int read_formats(struct sp3_reader *r, struct fault *fault)
{
    int error = read_time_system(r, fault);
    if (!error)
        error = read_spare(r, 0, "%c", fault);
    if (!error)
        error = read_bases(r, fault);
    if (!error)
        error = read_spare(r, 1, "%f", fault);
    if (!error)
        error = read_spare(r, 2, "%i", fault);
    return error ? error : read_spare(r, 3, "%i", fault);
}

static double to_double(struct str digits)
{
    char text[32] = {0};
    memcpy(text, digits.p, digits.n < sizeof text ? digits.n : sizeof text - 1);
    return strtod(text, NULL);
}

static bool near(double a, double b)
{
    return a - b < 1e-6 && b - a < 1e-6;
}

/* Line 2 says the start of line 1 in two other ways. */
static int check_start(struct sp3_reader *r, struct str line, struct fault *fault)
{
    const struct str *v = r->header->values;
    struct civil start;
    civil_read(v[SP3_START], &start);
    int64_t day = start.ticks / CIVIL_DAY - (start.ticks % CIVIL_DAY < 0);
    double seconds = (double)(start.ticks - day * CIVIL_DAY) / CIVIL_SECOND;
    int64_t since = day - 3657; /* 1980-01-06 */
    if (to_double(v[SP3_WEEK]) * 7 != (double)(since - since % 7) ||
        !near(to_double(v[SP3_WEEK_SECONDS]), (double)(since % 7) * 86400 + seconds))
        return line_fault(&r->lines, line, 4, fault, "expected week and seconds of the start in line 1");
    if (to_double(v[SP3_MJD]) != (double)(day + 40587) || !near(to_double(v[SP3_DAY_FRACTION]) * 86400, seconds))
        return line_fault(&r->lines, line, 40, fault,
                          "expected modified Julian day and fraction of the start in line 1");
    return 0;
}

static int read_header(struct sp3_reader *r, struct fault *fault)
{
    size_t lines = 0;
    int error = advance(r, fault);
    if (!error)
        error = read_first(r, fault);
    if (!error)
        error = advance(r, fault);
    if (!error)
        error = read_columns(r, "##", "week, interval and day", SP3_COLUMNS(sp3_line_2), fault);
    if (!error)
        error = check_start(r, r->line, fault);
    if (!error)
        error = advance(r, fault);
    if (!error)
        error = read_satellites(r, &lines, fault);
    if (!error)
        error = read_accuracies(r, lines, fault);
    if (!error)
        error = read_formats(r, fault);
    return error ? error : read_comments(r, fault);
}

int sp3_open(struct str text, struct arena *arena, struct sp3_reader *ret, struct fault *fault)
{
    struct sp3_reader *r = arena_alloc(arena, sizeof *r);
    *r = (struct sp3_reader){.lines = lines_of(text), .line = {text.p, 0}};
    r->header = arena_alloc(arena, sizeof *r->header);
    int error = read_header(r, fault);
    if (!error && (r->header->values[SP3_EPOCHS].p[0] == '-' || to_double(r->header->values[SP3_EPOCHS]) < 1))
        error = fault_set(fault, ERR_INVALID_RECORD, "line 1, column 33", "number of epochs: expected 1 or more");
    if (error)
        return error;
    r->announced = (size_t)to_double(r->header->values[SP3_EPOCHS]);
    *ret = *r;
    return 0;
}

static int read_epoch(struct sp3_reader *r, struct fault *fault)
{
    static const struct fixed_column column[] = {{0, 4, 31, FIXED_TIME, false, "epoch"}};
    struct str text = {0};
    struct civil start, epoch;
    int error = expect(r, "*  ", "an epoch", fault);
    if (!error)
        error = fixed_read(&r->lines, r->line, column, 1, &text, fault);
    if (error)
        return error;
    civil_read(text, &epoch);
    civil_read(r->header->values[SP3_START], &start);
    if (!r->epochs && epoch.ticks != start.ticks)
        return line_fault(&r->lines, r->line, 4, fault, "epoch: expected the start, as line 1 has it");
    if (r->epochs && epoch.ticks <= r->epoch.ticks)
        return line_fault(&r->lines, r->line, 4, fault, "epoch: expected a later one than that before it");
    if (r->epochs == r->announced)
        return line_fault(&r->lines, r->line, 1, fault, "expected EOF after %zu epochs, as line 1 says", r->announced);
    r->epochs++;
    r->epoch = epoch;
    error = advance(r, fault);
    if (!error && !str_starts(r->line, "P"))
        error = line_fault(&r->lines, r->line, 1, fault, "expected a position behind the epoch");
    return error;
}

static bool flag_is(struct str value, char letter)
{
    return !value.n || value.p[0] == letter;
}

static int read_state_line(struct sp3_reader *r, struct str *values, struct fault *fault)
{
    bool old = r->header->version < 'c';
    int error = (old ? fixed_read_first : fixed_read)(&r->lines, r->line, sp3_line_state,
                                                      SP3_STATE_COLUMNS(r->header->version), values, fault);
    if (!error && (!flag_is(values[SP3_CLOCK_EVENT], 'E') || !flag_is(values[SP3_CLOCK_PREDICTED], 'P') ||
                   !flag_is(values[SP3_MANEUVER], 'M') || !flag_is(values[SP3_ORBIT_PREDICTED], 'P')))
        error = line_fault(&r->lines, r->line, 75, fault, "flags: expected E, P, M and P, or blanks");
    return error;
}

/* The line of that kind for the satellite of the line P above it, if it is the next one. */
static int read_velocity(struct sp3_reader *r, struct sp3_state *s, struct fault *fault)
{
    if (!str_starts(r->line, "V"))
        return r->header->velocities
                   ? line_fault(&r->lines, r->line, 1, fault, "expected V%.*s: the velocity, as the mode V says",
                                STR_ARG(r->header->satellites[s->satellite]))
                   : 0;
    if (!r->header->velocities)
        return line_fault(&r->lines, r->line, 1, fault, "expected no velocity in a file of mode P");
    if (r->line.n < 4 || !str_eq((struct str){r->line.p + 1, 3}, r->header->satellites[s->satellite]))
        return line_fault(&r->lines, r->line, 2, fault, "expected %.*s, as in the line P above",
                          STR_ARG(r->header->satellites[s->satellite]));
    int error = read_state_line(r, s->velocity, fault);
    s->has_velocity = true;
    return error ? error : advance(r, fault);
}

static int read_covariance(struct sp3_reader *r, const char *start, struct str *values, bool *ret_has,
                           struct fault *fault)
{
    if (!str_starts(r->line, start))
        return 0;
    if (r->header->version < 'c')
        return line_fault(&r->lines, r->line, 1, fault, "expected no correlations in version %c", r->header->version);
    *ret_has = true;
    int error = fixed_read(&r->lines, r->line, SP3_COLUMNS(sp3_line_covariance), values, fault);
    return error ? error : advance(r, fault);
}

static int find_satellite(struct sp3_reader *r, struct sp3_state *s, struct fault *fault)
{
    struct sp3_header *h = r->header;
    struct str id = {r->line.p + 1, 3};
    if (r->line.n < 4 || (s->satellite = satellite_index(h, id, h->satellite_count)) == h->satellite_count)
        return line_fault(&r->lines, r->line, 2, fault, "expected a satellite of the header");
    if (r->last_epoch[s->satellite] == r->epochs)
        return line_fault(&r->lines, r->line, 2, fault, "expected %.*s once in an epoch, not twice", STR_ARG(id));
    r->last_epoch[s->satellite] = r->epochs;
    return 0;
}

static int read_state(struct sp3_reader *r, struct sp3_state *s, struct fault *fault)
{
    int error = expect(r, "P", "a position, or * and an epoch, or EOF", fault);
    if (!error && !r->epochs)
        error = line_fault(&r->lines, r->line, 1, fault, "expected an epoch before the first position");
    if (!error)
        error = find_satellite(r, s, fault);
    if (!error)
        error = read_state_line(r, s->position, fault);
    if (!error)
        error = advance(r, fault);
    if (!error)
        error = read_covariance(r, "EP", s->position_covariance, &s->has_position_covariance, fault);
    if (!error)
        error = read_velocity(r, s, fault);
    if (!error && s->has_velocity)
        error = read_covariance(r, "EV", s->velocity_covariance, &s->has_velocity_covariance, fault);
    return error;
}

/* Nothing but empty lines behind EOF. */
static int read_end(struct sp3_reader *r, struct fault *fault)
{
    struct str line;
    if (r->epochs != r->announced)
        return line_fault(&r->lines, r->line, 1, fault, "expected %zu epochs, as line 1 says, not %zu", r->announced,
                          r->epochs);
    while (lines_next(&r->lines, &line))
        if (line.n)
            return line_fault(&r->lines, line, 1, fault, "expected nothing behind EOF");
    r->ended = true;
    return SP3_END;
}

int sp3_next(struct sp3_reader *reader, struct sp3_state *ret, struct fault *fault)
{
    struct sp3_state s = {0};
    int error = 0;
    if (reader->ended)
        return SP3_END;
    if (str_starts(reader->line, "*"))
        error = read_epoch(reader, fault);
    if (!error && str_is(reader->line, "EOF"))
        return read_end(reader, fault);
    s.line = reader->lines.number;
    if (!error)
        error = read_state(reader, &s, fault);
    if (error)
        return error;
    s.epoch = reader->epoch;
    *ret = s;
    return 0;
}
