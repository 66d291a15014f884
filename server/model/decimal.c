#include "decimal.h"

#include <stdio.h>

/* The significant digits of a number: value = d[0]…d[n-1] * 10^exponent. */
struct digits {
    char *d;
    size_t n;
    int64_t exponent;
};

#define EXPONENT_MOST 100000 /* far outside of any double */

static int64_t exponent_of(const char *p, const char *end)
{
    int64_t v = 0;
    bool negative = p < end && *p == '-';
    for (p += negative || (p < end && *p == '+'); p < end && v < EXPONENT_MOST; p++)
        v = v * 10 + (*p - '0');
    return negative ? -v : v;
}

/* Of the text as it stands: json_number keeps nineteen digits only. */
static struct digits digits_of(const struct json_number *number, struct buf *room)
{
    struct digits s = {.d = buf_reserve(room, number->raw.n + 1)};
    bool fraction = false;
    const char *p = number->raw.p, *end = p + number->raw.n;
    for (; p < end && *p != 'e' && *p != 'E'; p++) {
        fraction |= *p == '.';
        if (*p < '0' || *p > '9')
            continue;
        s.exponent -= fraction;
        if (s.n || *p != '0')
            s.d[s.n++] = *p;
    }
    if (p < end)
        s.exponent += exponent_of(p + 1, end);
    return s;
}

static void trim_zeros(struct digits *s)
{
    while (s->n && s->d[s->n - 1] == '0') {
        s->n--;
        s->exponent++;
    }
}

static void write_zeros(struct buf *out, int64_t n)
{
    for (; n > 0; n--)
        buf_char(out, '0');
}

static void write_plain(struct digits s, bool negative, struct buf *out)
{
    trim_zeros(&s);
    if (!s.n) {
        buf_char(out, '0');
        return;
    }
    int64_t whole = (int64_t)s.n + s.exponent; /* digits before the point */
    if (negative)
        buf_char(out, '-');
    if (whole <= 0)
        buf_char(out, '0');
    else
        buf_add(out, s.d, whole < (int64_t)s.n ? (size_t)whole : s.n);
    write_zeros(out, s.exponent);
    if (s.exponent >= 0)
        return;
    buf_char(out, '.');
    write_zeros(out, -whole);
    size_t from = whole > 0 ? (size_t)whole : 0;
    buf_add(out, s.d + from, s.n - from);
}

/* --- steps --- */

bool decimal_step_read(const struct json_number *n, struct decimal_step *ret)
{
    double v;
    char text[32];
    struct json_number shown;
    if (!json_number_double(n, &v) || !(v > 0))
        return false;
    int length = snprintf(text, sizeof text, "%.15g", v);
    if (!json_number_parse((struct str){text, (size_t)length}, &shown))
        return false;
    struct decimal_step s = {shown.digits, shown.exponent};
    for (; s.digits % 10 == 0; s.exponent++)
        s.digits /= 10;
    if (s.digits > DECIMAL_STEP_MAX || s.exponent < -DECIMAL_EXPONENT_MAX || s.exponent > DECIMAL_EXPONENT_MAX)
        return false;
    *ret = s;
    return true;
}

void decimal_step_write(const struct decimal_step *step, struct buf *out)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%llu", (unsigned long long)step->digits);
    write_plain((struct digits){text, (size_t)n, step->exponent}, false, out);
}

/* (a * 10^p) % b without a product that does not fit. */
static uint64_t scaled_remainder(uint64_t a, int64_t p, uint64_t b)
{
    uint64_t r = a % b;
    for (; p > 0; p--)
        r = r * 10 % b;
    return r;
}

bool decimal_step_multiple(const struct decimal_step *a, const struct decimal_step *b)
{
    int64_t p = a->exponent - b->exponent;
    if (p >= 0)
        return scaled_remainder(a->digits, p, b->digits) == 0;
    return false; /* a has a digit below the last one of b */
}

/* --- cutting --- */

/* What is left over when the digits, read as an integer, are divided. */
static uint64_t remainder_of(const struct digits *s, uint64_t divisor)
{
    uint64_t r = 0;
    for (size_t i = 0; i < s->n; i++)
        r = (r * 10 + (uint64_t)(s->d[i] - '0')) % divisor;
    return r;
}

/* No more than the digits' own value. */
static void subtract(struct digits *s, uint64_t less)
{
    for (size_t i = s->n; less && i-- > 0; less /= 10) {
        uint64_t digit = (uint64_t)(s->d[i] - '0'), take = less % 10;
        if (digit < take) {
            digit += 10;
            less += 10; /* borrowed from the next digit */
        }
        s->d[i] = (char)('0' + (digit - take));
    }
}

static void strip_front(struct digits *s)
{
    while (s->n && *s->d == '0') {
        s->d++;
        s->n--;
    }
}

/* Makes `exponent` the place of the last digit: what is below it goes. */
static void set_exponent(struct digits *s, int64_t exponent, struct buf *room)
{
    if (s->exponent < exponent) {
        int64_t below = exponent - s->exponent;
        s->n = below < (int64_t)s->n ? s->n - (size_t)below : 0;
    } else if (s->n) {
        size_t more = (size_t)(s->exponent - exponent), used = s->n;
        BUF_CLEANUP struct buf old = {0};
        buf_add(&old, s->d, used);
        s->d = buf_reserve(room, used + more + 1);
        memcpy(s->d, old.p, used);
        memset(s->d + used, '0', more);
        s->n += more;
    }
    s->exponent = exponent;
}

void decimal_cut_step(const struct json_number *n, const struct decimal_step *step, struct buf *out)
{
    BUF_CLEANUP struct buf room = {0};
    struct digits s = digits_of(n, &room);
    set_exponent(&s, step->exponent, &room);
    subtract(&s, remainder_of(&s, step->digits));
    strip_front(&s);
    write_plain(s, n->negative, out);
}

void decimal_cut_digits(const struct json_number *n, int digits, struct buf *out)
{
    BUF_CLEANUP struct buf room = {0};
    struct digits s = digits_of(n, &room);
    if (s.n && (int64_t)s.n + s.exponent <= -DECIMAL_SMALLEST)
        s.n = 0;
    if (s.n > (size_t)digits) {
        s.exponent += (int64_t)(s.n - (size_t)digits);
        s.n = (size_t)digits;
    }
    write_plain(s, n->negative, out);
}
