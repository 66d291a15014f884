#include "fortran.h"
#include "number.h"

#include <stdlib.h>

#define WHOLE_DIGITS_MAX 18 /* of int64 */
#define EXPONENT_MAX 99     /* behind a letter */
#define EXPONENT_DIGITS 3
#define EXPONENT_LAST 999
#define WRITTEN_DIGITS_MAX 32

static size_t blanks_at(struct str s, size_t from)
{
    size_t n = 0;
    while (from + n < s.n && s.p[from + n] == ' ')
        n++;
    return n;
}

struct parts {
    bool negative, marked; /* marked: there is an exponent */
    struct str whole, fraction;
    int exponent;
};

/* From the letter on, all of it. Three digits stand without the letter, which they leave no place for. */
static bool read_exponent(struct str s, struct parts *ret)
{
    if (!s.n)
        return true;
    size_t letter = memchr("DEde", s.p[0], 4) != NULL;
    bool sign = letter < s.n && (s.p[letter] == '-' || s.p[letter] == '+');
    struct str digits = {s.p + letter + sign, s.n - letter - sign};
    if (!str_is_digits(digits) || digits.n > EXPONENT_DIGITS || (!letter && (!sign || digits.n < EXPONENT_DIGITS)))
        return false;
    ret->exponent = sign && s.p[letter] == '-' ? -str_int(digits) : str_int(digits);
    ret->marked = true;
    return true;
}

/* Fortran passes over blanks in a number; writers leave them where a leading zero would be. */
static bool read_parts(struct str s, struct parts *ret)
{
    *ret = (struct parts){0};
    while (s.n && s.p[s.n - 1] == ' ')
        s.n--;
    size_t at = blanks_at(s, 0);
    if (at < s.n && (s.p[at] == '-' || s.p[at] == '+')) {
        ret->negative = s.p[at] == '-';
        at += 1 + blanks_at(s, at + 1);
    }
    ret->whole = (struct str){s.p + at, str_digits_at(s, at)};
    at += ret->whole.n;
    if (at < s.n && s.p[at] == '.') {
        at += 1 + blanks_at(s, at + 1);
        ret->fraction = (struct str){s.p + at, str_digits_at(s, at)};
        at += ret->fraction.n;
    }
    return ret->whole.n + ret->fraction.n && read_exponent((struct str){s.p + at, s.n - at}, ret);
}

bool fortran_is_number(struct str field)
{
    struct parts p;
    return read_parts(field, &p);
}

static struct str without_zeros(struct str digits)
{
    while (digits.n > 1 && digits.p[0] == '0')
        digits = (struct str){digits.p + 1, digits.n - 1};
    return digits.n ? digits : STR("0");
}

bool fortran_read(struct str field, struct arena *arena, struct str *ret)
{
    struct parts p;
    if (!read_parts(field, &p))
        return false;
    struct str whole = without_zeros(p.whole);
    char *out = arena_alloc(arena, whole.n + p.fraction.n + 8), *at = out;
    if (p.negative)
        *at++ = '-';
    at = (char *)memcpy(at, whole.p, whole.n) + whole.n;
    if (p.fraction.n) {
        *at++ = '.';
        at = (char *)memcpy(at, p.fraction.p, p.fraction.n) + p.fraction.n;
    }
    if (p.marked) {
        int e = abs(p.exponent);
        *at++ = 'e';
        *at++ = p.exponent < 0 ? '-' : '+';
        if (e > EXPONENT_MAX)
            *at++ = (char)('0' + e / 100);
        *at++ = (char)('0' + e / 10 % 10);
        *at++ = (char)('0' + e % 10);
    }
    *ret = (struct str){out, (size_t)(at - out)};
    return true;
}

bool fortran_whole(struct str number, struct arena *arena, struct str *ret)
{
    struct str moved;
    if (!number_shift(number, 0, arena, &moved))
        return false;
    const char *point = memchr(moved.p, '.', moved.n);
    size_t n = point ? (size_t)(point - moved.p) : moved.n;
    for (size_t i = n + 1; i < moved.n; i++)
        if (moved.p[i] != '0')
            return false;
    if (n > WHOLE_DIGITS_MAX)
        return false;
    *ret = (struct str){moved.p, n};
    return true;
}

/* The digits that count, from the first that is not 0, and the power of ten of that one; none of a zero. */
static bool significant(const struct parts *p, char digits[WRITTEN_DIGITS_MAX], size_t *ret_n, int *ret_power)
{
    size_t n = 0, total = p->whole.n + p->fraction.n, last = 0;
    *ret_power = 0;
    for (size_t i = 0; i < total; i++) {
        char c = i < p->whole.n ? p->whole.p[i] : p->fraction.p[i - p->whole.n];
        if (!n && c == '0')
            continue;
        if (!n)
            *ret_power = (int)p->whole.n - 1 - (int)i + p->exponent;
        if (n < WRITTEN_DIGITS_MAX)
            digits[n] = c;
        n++;
        if (c != '0')
            last = n;
    }
    *ret_n = last;
    return last <= WRITTEN_DIGITS_MAX;
}

bool fortran_write(struct str number, int decimals, char letter, struct buf *out)
{
    struct parts p;
    char digits[WRITTEN_DIGITS_MAX];
    size_t n;
    int power;
    if (!read_parts(number, &p) || !significant(&p, digits, &n, &power) || n > (size_t)decimals + 1 ||
        abs(power) > EXPONENT_LAST)
        return false;
    buf_char(out, p.negative ? '-' : ' ');
    for (size_t i = 0; i <= (size_t)decimals; i++) {
        buf_char(out, i < n ? digits[i] : '0');
        if (!i)
            buf_char(out, '.');
    }
    if (abs(power) <= EXPONENT_MAX)
        buf_char(out, letter);
    buf_printf(out, "%c%02d", power < 0 ? '-' : '+', abs(power));
    return true;
}
