#include "instant.h"
#include "number.h"
#include "tle.h"

#include <stdlib.h>

#define ALPHA_MAX 339999 /* Z9999 */
#define EPOCH_STEP 864   /* microseconds in 10^-8 days */

/* A decimal number in its parts: "-0.0052031". */
struct decimal {
    bool negative, zero;
    struct str whole, fraction; /* whole without leading, fraction without trailing zeros */
};

static bool split(struct str number, int shift, struct arena *arena, struct decimal *ret)
{
    struct str s;
    if (!number.n || !number_shift(number, shift, arena, &s))
        return false;
    *ret = (struct decimal){.negative = s.p[0] == '-'};
    s = (struct str){s.p + ret->negative, s.n - ret->negative};
    const char *point = memchr(s.p, '.', s.n);
    ret->whole = (struct str){s.p, point ? (size_t)(point - s.p) : s.n};
    if (point)
        ret->fraction = (struct str){point + 1, s.n - ret->whole.n - 1};
    while (ret->whole.n && ret->whole.p[0] == '0')
        ret->whole = (struct str){ret->whole.p + 1, ret->whole.n - 1};
    while (ret->fraction.n && ret->fraction.p[ret->fraction.n - 1] == '0')
        ret->fraction.n--;
    ret->zero = !ret->whole.n && !ret->fraction.n;
    return true;
}

static void add_digits(struct str digits, size_t columns, struct buf *out)
{
    buf_str(out, digits);
    for (size_t i = digits.n; i < columns; i++)
        buf_char(out, '0');
}

/* " 51.6400": so many columns in front of the point and behind it. */
static bool add_number(struct str number, size_t whole, size_t decimals, struct arena *arena, struct buf *out)
{
    struct decimal d;
    if (!split(number, 0, arena, &d) || (d.negative && !d.zero) || d.whole.n > whole || d.fraction.n > decimals)
        return false;
    if (d.whole.n)
        buf_printf(out, "%*.*s.", (int)whole, STR_ARG(d.whole));
    else
        buf_printf(out, "%*s.", (int)whole, "0");
    add_digits(d.fraction, decimals, out);
    return true;
}

/* "0001333", the digits behind a point, with a sign and the point in front if there are columns for them. */
static bool add_fraction(struct str number, bool sign, size_t digits, struct arena *arena, struct buf *out)
{
    struct decimal d;
    if (!split(number, 0, arena, &d) || d.whole.n || d.fraction.n > digits || (d.negative && !d.zero && !sign))
        return false;
    if (sign)
        buf_z(out, d.negative && !d.zero ? "-." : " .");
    add_digits(d.fraction, digits, out);
    return true;
}

/* "-52031-2": five digits behind a point and a power of ten of one digit. */
static bool add_exponent(struct str number, struct arena *arena, struct buf *out)
{
    struct decimal d;
    for (int power = -9; power <= 9; power++) {
        if (!split(number, -power, arena, &d))
            return false;
        if (d.whole.n || d.fraction.n > 5)
            continue;
        buf_char(out, d.negative && !d.zero ? '-' : ' ');
        add_digits(d.fraction, 5, out);
        buf_printf(out, "%c%d", power > 0 ? '+' : '-', d.zero ? 0 : abs(power));
        return true;
    }
    return false;
}

static bool to_int(struct str digits, int most, int *ret)
{
    int v = 0;
    for (size_t i = 0; i < digits.n && v <= most; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9')
            return false;
        v = v * 10 + (digits.p[i] - '0');
    }
    *ret = v;
    return v <= most;
}

static bool add_satellite(struct str number, struct buf *out)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ";
    int v;
    if (!number.n || !to_int(number, ALPHA_MAX, &v))
        return false;
    if (v < 100000)
        buf_printf(out, "%05d", v);
    else
        buf_printf(out, "%c%04d", letters[v / 10000 - 10], v % 10000);
    return true;
}

static bool add_integer(struct str number, int columns, int most, struct buf *out)
{
    int v;
    if (!to_int(number, most, &v))
        return false;
    buf_printf(out, "%*d", columns, v);
    return true;
}

/* A day has 10^8 steps of 864 microseconds: a time between two of them has no place. */
static bool add_epoch(struct str text, struct arena *arena, struct buf *out)
{
    instant t, start;
    if (!instant_parse(text, &t) || !instant_parse(str_of(arena_printf(arena, "%.4s-01-01", text.p)), &start) ||
        str_cmp(text, STR("1957")) < 0 || str_cmp(text, STR("2057")) >= 0 || (t - start) % EPOCH_STEP)
        return false;
    int64_t steps = (t - start) / EPOCH_STEP;
    buf_printf(out, "%.2s%03d.%08d", text.p + 2, (int)(steps / 100000000) + 1, (int)(steps % 100000000));
    return true;
}

static bool is_printing(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < ' ' || text.p[i] > '~')
            return false;
    return true;
}

static bool add_text(struct str text, size_t columns, struct buf *out)
{
    if (text.n > columns || !is_printing(text))
        return false;
    buf_printf(out, "%-*.*s", (int)columns, STR_ARG(text));
    return true;
}

/* From where the line starts in out. */
static void end_line(struct buf *out, size_t start)
{
    int sum = 0;
    for (size_t i = start; i < out->n; i++)
        sum += out->p[i] >= '0' && out->p[i] <= '9' ? out->p[i] - '0' : out->p[i] == '-';
    buf_printf(out, "%d\n", sum % 10);
}

/* What its columns can hold. */
static const char *const wrongs[TLE_VALUES] = {
    [TLE_NAME] = "name: expected at most 24 printing characters of ASCII",
    [TLE_SATELLITE] = "satellite number: expected one up to 339999",
    [TLE_CLASSIFICATION] = "classification: expected a letter",
    [TLE_DESIGNATOR] = "international designator: expected at most 8 printing characters of ASCII",
    [TLE_EPOCH] = "epoch: expected a time from 1957 to 2056 in whole steps of 864 microseconds",
    [TLE_MEAN_MOTION_DOT] =
        "first derivative of the mean motion: expected 8 digits behind the point and none in front of it",
    [TLE_MEAN_MOTION_DDOT] = "second derivative of the mean motion: expected five digits and a power of ten",
    [TLE_BSTAR] = "B*: expected five digits and a power of ten",
    [TLE_EPHEMERIS_TYPE] = "ephemeris type: expected a digit",
    [TLE_ELEMENT_SET] = "element set number: expected four digits",
    [TLE_INCLINATION] = "inclination: expected four digits behind the point",
    [TLE_RAAN] = "right ascension of the ascending node: expected four digits behind the point",
    [TLE_ECCENTRICITY] = "eccentricity: expected seven digits behind the point",
    [TLE_ARG_OF_PERIGEE] = "argument of perigee: expected four digits behind the point",
    [TLE_MEAN_ANOMALY] = "mean anomaly: expected four digits behind the point",
    [TLE_MEAN_MOTION] = "mean motion: expected two digits in front of the point and eight behind it",
    [TLE_REVOLUTION] = "revolution number: expected five digits",
};

static bool add_classification(struct str text, struct buf *out)
{
    buf_printf(out, "%.1s ", text.n ? text.p : "U");
    return text.n <= 1 && is_printing(text);
}

static bool add_value(const struct tle *t, enum tle_value value, struct arena *arena, struct buf *out)
{
    struct str v = t->values[value];
    switch (value) {
    case TLE_SATELLITE: return add_satellite(v, out);
    case TLE_CLASSIFICATION: return add_classification(v, out);
    case TLE_DESIGNATOR: return add_text(v, 8, out);
    case TLE_EPOCH: return add_epoch(v, arena, out);
    case TLE_MEAN_MOTION_DOT: return add_fraction(v, true, 8, arena, out);
    case TLE_MEAN_MOTION_DDOT:
    case TLE_BSTAR: return add_exponent(v, arena, out);
    case TLE_EPHEMERIS_TYPE: return add_integer(v, 1, 9, out);
    case TLE_ELEMENT_SET: return add_integer(v, 4, 9999, out);
    case TLE_ECCENTRICITY: return add_fraction(v, false, 7, arena, out);
    case TLE_MEAN_MOTION: return add_number(v, 2, 8, arena, out);
    case TLE_REVOLUTION: return add_integer(v, 5, 99999, out);
    default: return add_number(v, 3, 4, arena, out);
    }
}

/* Values in the order of their columns, with blanks between them but where two columns touch. Returns the one that has
 * no place, or TLE_VALUES. */
static enum tle_value add_line(const struct tle *t, char number, const enum tle_value *values, size_t n,
                               struct arena *arena, struct buf *out)
{
    size_t start = out->n;
    buf_char(out, number);
    for (size_t i = 0; i < n; i++) {
        if (values[i] != TLE_CLASSIFICATION && values[i] != TLE_DESIGNATOR && values[i] != TLE_REVOLUTION)
            buf_char(out, ' ');
        if (!add_value(t, values[i], arena, out))
            return values[i];
    }
    end_line(out, start);
    return TLE_VALUES;
}

static bool add_name(struct str name, struct buf *out)
{
    if (!is_printing(name))
        return false;
    if (name.n)
        buf_printf(out, "0 %.*s\n", STR_ARG(name));
    return name.n <= 24;
}

static enum tle_value add_set(const struct tle *t, struct arena *arena, struct buf *out)
{
    static const enum tle_value line_1[] = {
        TLE_SATELLITE,        TLE_CLASSIFICATION, TLE_DESIGNATOR,     TLE_EPOCH,       TLE_MEAN_MOTION_DOT,
        TLE_MEAN_MOTION_DDOT, TLE_BSTAR,          TLE_EPHEMERIS_TYPE, TLE_ELEMENT_SET,
    };
    static const enum tle_value line_2[] = {
        TLE_SATELLITE,      TLE_INCLINATION,  TLE_RAAN,        TLE_ECCENTRICITY,
        TLE_ARG_OF_PERIGEE, TLE_MEAN_ANOMALY, TLE_MEAN_MOTION, TLE_REVOLUTION,
    };
    enum tle_value wrong = add_name(t->values[TLE_NAME], out) ? TLE_VALUES : TLE_NAME;
    if (wrong == TLE_VALUES)
        wrong = add_line(t, '1', line_1, sizeof line_1 / sizeof *line_1, arena, out);
    if (wrong == TLE_VALUES)
        wrong = add_line(t, '2', line_2, sizeof line_2 / sizeof *line_2, arena, out);
    return wrong;
}

int tle_write(const struct tle *t, struct arena *arena, struct buf *out, struct fault *fault)
{
    size_t before = out->n;
    enum tle_value wrong = add_set(t, arena, out);
    if (wrong == TLE_VALUES)
        return 0;
    out->n = before;
    return fault_set(fault, ERR_INVALID_RECORD, tle_field(wrong), "%s", wrongs[wrong]);
}
