#include "number.h"

#include <stdlib.h>

struct parts {
    bool negative;
    struct str whole, fraction;
    int exponent;
};

/* Behind the e; all of it. */
static bool read_exponent(struct str s, int *ret)
{
    size_t sign = s.n && (s.p[0] == '-' || s.p[0] == '+');
    size_t n = str_digits_at(s, sign);
    int v = 0;
    if (!n || sign + n != s.n || n > 3)
        return false;
    for (size_t i = sign; i < s.n; i++)
        v = v * 10 + (s.p[i] - '0');
    *ret = s.p[0] == '-' ? -v : v;
    return true;
}

static bool read_parts(struct str s, struct parts *ret)
{
    size_t at = s.n && (s.p[0] == '-' || s.p[0] == '+');
    *ret = (struct parts){.negative = s.n && s.p[0] == '-'};
    ret->whole = (struct str){s.p + at, str_digits_at(s, at)};
    at += ret->whole.n;
    if (at < s.n && s.p[at] == '.') {
        at++;
        ret->fraction = (struct str){s.p + at, str_digits_at(s, at)};
        at += ret->fraction.n;
    }
    if (!ret->whole.n && !ret->fraction.n)
        return false;
    if (at == s.n)
        return true;
    bool marked = s.p[at] == 'e' || s.p[at] == 'E';
    return marked && read_exponent((struct str){s.p + at + 1, s.n - at - 1}, &ret->exponent);
}

static bool only_zeros(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '0')
            return false;
    return true;
}

/* Digit i of the number's own, counted from the left and 0 beyond both ends. */
static char digit_at(const struct parts *p, long i)
{
    if (i < 0 || i >= (long)(p->whole.n + p->fraction.n))
        return '0';
    return (size_t)i < p->whole.n ? p->whole.p[i] : p->fraction.p[(size_t)i - p->whole.n];
}

bool number_shift(struct str text, int shift, struct arena *arena, struct str *ret)
{
    struct parts p;
    if (!read_parts(text, &p))
        return false;
    long moved = (long)p.exponent + shift;
    if (labs(moved) > NUMBER_SHIFT_MAX)
        return false;
    long digits = (long)(p.whole.n + p.fraction.n), point = (long)p.whole.n + moved;
    char *out = arena_alloc(arena, (size_t)(digits + labs(moved)) + 4), *at = out;
    bool zero = only_zeros(p.whole) && only_zeros(p.fraction);
    if (p.negative && !zero)
        *at++ = '-';
    long first = 0;
    while (first < point - 1 && digit_at(&p, first) == '0')
        first++;
    for (long i = point > 0 ? first : point - 1; i < point; i++)
        *at++ = digit_at(&p, i);
    if (digits > point)
        *at++ = '.';
    for (long i = point; i < digits; i++)
        *at++ = digit_at(&p, i);
    *ret = (struct str){out, (size_t)(at - out)};
    return true;
}

static bool read_marked(struct str text, struct parts *ret, struct str *ret_exponent)
{
    size_t end = 0;
    while (end < text.n && !memchr("eEdD", text.p[end], 4))
        end++;
    *ret_exponent = (struct str){text.p + end, text.n - end};
    int exponent;
    if (ret_exponent->n && !read_exponent((struct str){text.p + end + 1, text.n - end - 1}, &exponent))
        return false;
    return read_parts((struct str){text.p, end}, ret);
}

bool number_json(struct str text, struct arena *arena, struct str *ret)
{
    struct parts p;
    struct str exponent;
    if (!read_marked(text, &p, &exponent))
        return false;
    while (p.whole.n > 1 && p.whole.p[0] == '0')
        p.whole = (struct str){p.whole.p + 1, p.whole.n - 1};
    struct str whole = p.whole.n ? p.whole : STR("0");
    char *out = arena_alloc(arena, 2 + whole.n + p.fraction.n + exponent.n), *at = out;
    if (p.negative)
        *at++ = '-';
    at = mempcpy(at, whole.p, whole.n);
    if (p.fraction.n) {
        *at++ = '.';
        at = mempcpy(at, p.fraction.p, p.fraction.n);
    }
    if (exponent.n) { /* which may be marked by another letter */
        *at++ = 'E';
        at = mempcpy(at, exponent.p + 1, exponent.n - 1);
    }
    *ret = (struct str){out, (size_t)(at - out)};
    return true;
}
