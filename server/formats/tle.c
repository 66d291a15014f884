/* The columns of a set as its authors give them: Space-Track, "Basic Description of the Two Line Element (TLE) Format";
 * Hoots and Roehrich, Spacetrack Report No. 3; Alpha-5 numbers as Space-Track's "Alpha-5 Satellite Numbers" has them.
 */
#include "tle.h"
#include "instant.h"
#include "number.h"

#include <stdio.h>

#define LINE_LENGTH 69
#define NAME_MAX_LENGTH 24

enum kind {
    KIND_TEXT,
    KIND_SATELLITE,
    KIND_EPOCH,
    KIND_INTEGER,
    KIND_NUMBER,   /* with its point */
    KIND_FRACTION, /* digits behind a point that is not written */
    KIND_EXPONENT, /* sign, five digits behind such a point, sign and digit of a power of ten */
};

struct column {
    enum tle_value value;
    char line;
    unsigned char first, last; /* from 1 */
    enum kind kind;
    bool optional;
    const char *name;
};

/* In the order of the columns; what lies between them is blank. */
static const struct column columns[] = {
    {TLE_SATELLITE, '1', 3, 7, KIND_SATELLITE, false, "satellite number"},
    {TLE_CLASSIFICATION, '1', 8, 8, KIND_TEXT, true, "classification"},
    {TLE_DESIGNATOR, '1', 10, 17, KIND_TEXT, true, "international designator"},
    {TLE_EPOCH, '1', 19, 32, KIND_EPOCH, false, "epoch"},
    {TLE_MEAN_MOTION_DOT, '1', 34, 43, KIND_NUMBER, false, "first derivative of the mean motion"},
    {TLE_MEAN_MOTION_DDOT, '1', 45, 52, KIND_EXPONENT, false, "second derivative of the mean motion"},
    {TLE_BSTAR, '1', 54, 61, KIND_EXPONENT, false, "B*"},
    {TLE_EPHEMERIS_TYPE, '1', 63, 63, KIND_INTEGER, true, "ephemeris type"},
    {TLE_ELEMENT_SET, '1', 65, 68, KIND_INTEGER, true, "element set number"},
    {TLE_SATELLITE, '2', 3, 7, KIND_SATELLITE, false, "satellite number"},
    {TLE_INCLINATION, '2', 9, 16, KIND_NUMBER, false, "inclination"},
    {TLE_RAAN, '2', 18, 25, KIND_NUMBER, false, "right ascension of the ascending node"},
    {TLE_ECCENTRICITY, '2', 27, 33, KIND_FRACTION, false, "eccentricity"},
    {TLE_ARG_OF_PERIGEE, '2', 35, 42, KIND_NUMBER, false, "argument of perigee"},
    {TLE_MEAN_ANOMALY, '2', 44, 51, KIND_NUMBER, false, "mean anomaly"},
    {TLE_MEAN_MOTION, '2', 53, 63, KIND_NUMBER, false, "mean motion"},
    {TLE_REVOLUTION, '2', 64, 68, KIND_INTEGER, true, "revolution number"},
};

static bool read_integer(struct str text, struct arena *arena, struct str *ret)
{
    size_t zeros = 0;
    if (!str_is_digits(text))
        return false;
    while (zeros + 1 < text.n && text.p[zeros] == '0')
        zeros++;
    *ret = arena_str(arena, (struct str){text.p + zeros, text.n - zeros});
    return true;
}

/* Alpha-5: a letter stands for the first two digits of six, without I and O. */
static bool read_satellite(struct str text, struct arena *arena, struct str *ret)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ";
    const char *letter = text.n == 5 ? memchr(letters, text.p[0], sizeof letters - 1) : NULL;
    if (!letter)
        return read_integer(text, arena, ret);
    struct str rest = {text.p + 1, 4};
    if (!str_is_digits(rest))
        return false;
    *ret = str_of(arena_printf(arena, "%d", (int)(letter - letters + 10) * 10000 + str_int(rest)));
    return true;
}

/* A hundred millionth of a day is 864 microseconds: the time is exact. */
static bool read_epoch(struct str text, struct arena *arena, struct str *ret)
{
    if (text.n < 5 || !str_is_digits((struct str){text.p, 5}))
        return false;
    int year = str_int((struct str){text.p, 2}), day = str_int((struct str){text.p + 2, 3});
    year += year < 57 ? 2000 : 1900;
    bool leap = year % 4 == 0; /* 1957 to 2056 */
    if (day < 1 || day > 365 + leap)
        return false;
    int64_t scale = INSTANT_DAY / 10, fraction = 0;
    for (size_t i = 6; i < text.n; i++, scale /= 10) {
        if (!is_decimal(text.p[i]))
            return false;
        fraction += (text.p[i] - '0') * scale;
    }
    if (text.n > 5 && (text.p[5] != '.' || text.n > 14))
        return false;
    int64_t days = (year - 1900) * 365 + (year - 1901) / 4 + day - 1; /* 1900 was no leap year, 2000 was one */
    char *out = arena_alloc(arena, INSTANT_TEXT);
    instant_write(INSTANT_1900 + days * INSTANT_DAY + fraction, out);
    *ret = (struct str){out, INSTANT_TEXT};
    return true;
}

static bool read_fraction(struct str text, struct arena *arena, struct str *ret)
{
    return str_is_digits(text) && number_shift(text, -(int)text.n, arena, ret);
}

static bool read_exponent(struct str text, struct arena *arena, struct str *ret)
{
    size_t sign = text.n && (text.p[0] == '-' || text.p[0] == '+');
    if (text.n != sign + 7 || (text.p[sign + 5] != '-' && text.p[sign + 5] != '+') || !is_decimal(text.p[sign + 6]) ||
        !str_is_digits((struct str){text.p + sign, 5}))
        return false;
    int power = text.p[sign + 6] - '0';
    return number_shift((struct str){text.p, sign + 5}, (text.p[sign + 5] == '-' ? -power : power) - 5, arena, ret);
}

/* No exponent: a column is too narrow for one. */
static bool read_number(struct str text, struct arena *arena, struct str *ret)
{
    return !memchr(text.p, 'e', text.n) && !memchr(text.p, 'E', text.n) && number_shift(text, 0, arena, ret);
}

static bool read_text(struct str text, struct arena *arena, struct str *ret)
{
    *ret = arena_str(arena, text);
    return true;
}

static const struct {
    bool (*read)(struct str text, struct arena *arena, struct str *ret);
    const char *expected;
} kinds[] = {
    [KIND_TEXT] = {read_text, "text"},
    [KIND_SATELLITE] = {read_satellite, "a number of five digits, the first perhaps a letter but I and O"},
    [KIND_EPOCH] = {read_epoch, "two digits of the year and the day in it, as 26143.50000000"},
    [KIND_INTEGER] = {read_integer, "digits"},
    [KIND_NUMBER] = {read_number, "a decimal number"},
    [KIND_FRACTION] = {read_fraction, "seven digits, those behind the point"},
    [KIND_EXPONENT] = {read_exponent, "five digits behind a point and a power of ten, as -12345-3"},
};

static int read_column(struct tle_reader *r, struct str line, const struct column *c, struct tle *out,
                       struct fault *fault)
{
    struct str text = str_trim((struct str){line.p + c->first - 1, (size_t)(c->last - c->first) + 1}), value = {0};
    if (!text.n && c->optional)
        return 0;
    if (!text.n || !kinds[c->kind].read(text, r->arena, &value))
        return line_fault(&r->lines, line, c->first, fault, "%s: expected %s", c->name, kinds[c->kind].expected);
    if (out->values[c->value].p && !str_eq(out->values[c->value], value))
        return line_fault(&r->lines, line, c->first, fault, "%s: expected %.*s, as in line 1 of the set", c->name,
                          STR_ARG(out->values[c->value]));
    out->values[c->value] = value;
    return 0;
}

static int check_blank(struct tle_reader *r, struct str line, size_t from, size_t to, struct fault *fault)
{
    for (size_t column = from; column <= to; column++)
        if (line.p[column - 1] != ' ')
            return line_fault(&r->lines, line, column, fault, "expected a blank");
    return 0;
}

static int check_sum(struct tle_reader *r, struct str line, struct fault *fault)
{
    int sum = 0;
    for (size_t i = 0; i < LINE_LENGTH - 1; i++)
        sum += is_decimal(line.p[i]) ? line.p[i] - '0' : line.p[i] == '-';
    if (line.p[LINE_LENGTH - 1] != (char)('0' + sum % 10))
        return line_fault(&r->lines, line, LINE_LENGTH, fault, "checksum: expected %d", sum % 10);
    return 0;
}

static int check_form(struct tle_reader *r, struct str line, char number, struct fault *fault)
{
    if (!line.n || line.p[0] != number)
        return line_fault(&r->lines, line, 1, fault, "expected line %c of the set", number);
    if (line.n != LINE_LENGTH)
        return line_fault(&r->lines, line, line.n < LINE_LENGTH ? line.n + 1 : LINE_LENGTH + 1, fault,
                          "expected a line of %d columns", LINE_LENGTH);
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] < ' ' || line.p[i] > '~')
            return line_fault(&r->lines, line, i + 1, fault, "expected a printing character of ASCII");
    return check_sum(r, line, fault);
}

static int read_line(struct tle_reader *r, struct str line, char number, struct tle *out, struct fault *fault)
{
    int error = check_form(r, line, number, fault);
    size_t column = 2;
    for (size_t i = 0; i < sizeof columns / sizeof *columns && !error; i++) {
        if (columns[i].line != number)
            continue;
        error = check_blank(r, line, column, (size_t)columns[i].first - 1, fault);
        if (!error)
            error = read_column(r, line, &columns[i], out, fault);
        column = (size_t)columns[i].last + 1;
    }
    return error;
}

static bool next_line(struct tle_reader *r, struct str *ret)
{
    while (lines_next(&r->lines, ret))
        if (ret->n && ret->p[0] != '#')
            return true;
    return false;
}

/* "0 VANGUARD 1", or the name alone. */
static int read_name(struct tle_reader *r, struct str line, struct tle *out, struct fault *fault)
{
    struct str name = line.n > 1 && line.p[0] == '0' && line.p[1] == ' ' ? (struct str){line.p + 2, line.n - 2} : line;
    name = str_trim(name);
    if (name.n > NAME_MAX_LENGTH)
        return line_fault(&r->lines, line, 1, fault, "expected line 1 of a set, or a name of at most %d characters",
                          NAME_MAX_LENGTH);
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] < ' ' || line.p[i] > '~')
            return line_fault(&r->lines, line, i + 1, fault, "expected a printing character of ASCII");
    if (name.n)
        out->values[TLE_NAME] = arena_str(r->arena, name);
    return 0;
}

static bool starts_set(struct str line)
{
    return line.n > 1 && line.p[0] == '1' && line.p[1] == ' ';
}

static int following(struct tle_reader *r, struct str before, struct str *ret, struct fault *fault)
{
    if (next_line(r, ret))
        return 0;
    return line_fault(&r->lines, before, 1, fault, "expected another line of the set behind this one");
}

int tle_next(struct tle_reader *reader, struct tle *ret, struct fault *fault)
{
    struct str line;
    struct tle t = {0};
    int error = 0;
    if (!next_line(reader, &line))
        return TLE_END;
    t.line = reader->lines.number;
    if (!starts_set(line)) {
        error = read_name(reader, line, &t, fault);
        if (!error)
            error = following(reader, line, &line, fault);
    }
    if (!error)
        error = read_line(reader, line, '1', &t, fault);
    if (!error)
        error = following(reader, line, &line, fault);
    if (!error)
        error = read_line(reader, line, '2', &t, fault);
    if (!error)
        *ret = t;
    return error;
}
