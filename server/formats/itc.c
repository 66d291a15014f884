/* The modified ITC format of Space-Track's handbook for operators: some lines of a header, then for each point a line
 * of its time (YYYYDDDhhmmss.sss, or YY for the year) and state, and perhaps three of seven numbers of its covariance.
 * States are in the mean equator and equinox of J2000, covariances in UVW; kilometres and seconds. */
#include "ephemeris.h"
#include "lines.h"
#include "number.h"
#include "utf8.h"

#include <stdio.h>

#define HEADER_LINES_MAX 16
#define WORDS_MAX 8
#define COVARIANCE_LINE 7
#define CENTURY_TURNS 57 /* two-digit years from here on are of the 20th century, as in element sets */

struct itc {
    struct lines lines;
    struct arena *arena;
    struct ephemeris *e;
    struct buf comments;
    size_t headers;
    struct str *covariance; /* of the last point, as far as it has come */
    size_t covariances;     /* numbers of it */
};

/* At most WORDS_MAX; how many there are, WORDS_MAX + 1 for more. */
static size_t split(struct str line, struct str words[WORDS_MAX])
{
    size_t n = 0;
    for (size_t at = 0; at < line.n;) {
        if (line.p[at] == ' ' || line.p[at] == '\t') {
            at++;
            continue;
        }
        size_t from = at;
        while (at < line.n && line.p[at] != ' ' && line.p[at] != '\t')
            at++;
        if (n == WORDS_MAX)
            return WORDS_MAX + 1;
        words[n++] = (struct str){line.p + from, at - from};
    }
    return n;
}

static size_t column_of(struct str line, struct str word)
{
    return (size_t)(word.p - line.p) + 1;
}

static int digits_of(struct str s, size_t at, size_t n)
{
    int v = 0;
    for (size_t i = at; i < at + n; i++)
        v = v * 10 + (s.p[i] - '0');
    return v;
}

static size_t leading_digits(struct str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return n;
}

/* "2026143120000.000" and "26143120000.000" */
static bool read_time(struct str word, instant *ret)
{
    char text[64];
    instant start;
    size_t digits = leading_digits(word), year_digits = digits == 13 ? 4 : 2;
    if ((digits != 13 && digits != 11) || word.n > digits + 20 || (word.n > digits && word.p[digits] != '.'))
        return false;
    int year = digits_of(word, 0, year_digits), day = digits_of(word, year_digits, 3);
    if (digits == 11)
        year += year < CENTURY_TURNS ? 2000 : 1900;
    const char *clock = word.p + year_digits + 3;
    snprintf(text, sizeof text, "%04d-01-01T%.2s:%.2s:%.*s", year, clock, clock + 2, (int)(word.n - year_digits - 7),
             clock + 4);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day < 1 || day > 365 + leap || !instant_parse(str_of(text), &start))
        return false;
    *ret = start + (day - 1) * INSTANT_DAY;
    return *ret < INSTANT_10000;
}

static int read_number(struct itc *f, struct str line, struct str word, struct str *ret, struct fault *fault)
{
    return number_json(word, f->arena, ret)
               ? 0
               : line_fault(&f->lines, line, column_of(line, word), fault, "expected a number");
}

static int check_whole(struct itc *f, struct str line, struct fault *fault)
{
    return f->covariances % EPHEMERIS_COVARIANCE
               ? line_fault(&f->lines, line, 1, fault, "expected the rest of a covariance: three lines of %d numbers",
                            COVARIANCE_LINE)
               : 0;
}

static int take_state(struct itc *f, struct str line, const struct str *words, size_t n, struct fault *fault)
{
    instant t;
    int error = check_whole(f, line, fault);
    if (error)
        return error;
    if (n != 7)
        return line_fault(&f->lines, line, 1, fault, "expected a time and six numbers");
    if (!read_time(words[0], &t))
        return line_fault(&f->lines, line, column_of(line, words[0]), fault,
                          "expected a time, YYYYDDDhhmmss.sss or YYDDDhhmmss.sss");
    if (f->e->n && t <= f->e->points[f->e->n - 1].t)
        return line_fault(&f->lines, line, column_of(line, words[0]), fault, "expected a later time than before");
    struct ephemeris_point *p = ephemeris_add(f->e, t, f->arena);
    for (size_t i = 0; !error && i < 6; i++)
        error = read_number(f, line, words[i + 1], &p->state[i], fault);
    f->covariances = 0;
    return error;
}

static int take_covariance(struct itc *f, struct str line, const struct str *words, struct fault *fault)
{
    struct ephemeris_point *last = &f->e->points[f->e->n - 1];
    int error = 0;
    if (f->covariances == EPHEMERIS_COVARIANCE)
        return line_fault(&f->lines, line, 1, fault, "expected the next point: the covariance has all of its numbers");
    if (!f->covariances)
        f->covariance = arena_array(f->arena, EPHEMERIS_COVARIANCE, sizeof *f->covariance);
    for (size_t i = 0; !error && i < COVARIANCE_LINE; i++)
        error = read_number(f, line, words[i], &f->covariance[f->covariances + i], fault);
    f->covariances += COVARIANCE_LINE;
    last->covariance = f->covariance;
    return error;
}

static int take_header(struct itc *f, struct str line, struct fault *fault)
{
    if (f->headers++ == HEADER_LINES_MAX)
        return line_fault(&f->lines, line, 1, fault, "more than %d lines before the first point", HEADER_LINES_MAX);
    if (!utf8_valid(line) || memchr(line.p, 0, line.n))
        return line_fault(&f->lines, line, 1, fault, "expected text in UTF-8");
    if (f->comments.n)
        buf_char(&f->comments, '\n');
    buf_str(&f->comments, line);
    return 0;
}

static int take_line(struct itc *f, struct str line, struct fault *fault)
{
    struct str words[WORDS_MAX];
    size_t n = split(line, words);
    if (!n)
        return 0;
    bool timed = leading_digits(words[0]) >= 11;
    if (!timed && !f->e->n)
        return take_header(f, line, fault);
    /* A state and a line of a covariance have as many words. */
    if (!timed && n == COVARIANCE_LINE)
        return take_covariance(f, line, words, fault);
    return take_state(f, line, words, n, fault);
}

int itc_read(struct str text, struct arena *arena, struct ephemeris *ret, struct fault *fault)
{
    struct ephemeris e = {.frame = STR("J2000"), .covariance_frame = STR("UVW")};
    struct itc f = {.lines = lines_of(text), .arena = arena, .e = &e};
    struct str line = {text.p, 0};
    int error = 0;
    while (!error && lines_next(&f.lines, &line))
        error = take_line(&f, line, fault);
    if (!error)
        error = check_whole(&f, line, fault);
    if (!error && !e.n)
        error = line_fault(&f.lines, line, 1, fault, "expected at least one point");
    e.comments = arena_str(arena, buf_view(&f.comments));
    buf_free(&f.comments);
    if (!error)
        *ret = e;
    return error;
}
