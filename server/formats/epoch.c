#include "epoch.h"

#define SECONDS_OF_A_DAY 86401 /* with room for a leap second */
#define FRACTION_DIGITS 18

/* n digits at p, or -1. */
static int digits(const char *p, size_t n)
{
    int v = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned)p[i] - '0';
        if (digit > 9)
            return -1;
        v = v * 10 + (int)digit;
    }
    return v;
}

static bool leap_year(int y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int64_t days_before(int year)
{
    int64_t y = year - 1;
    return y * 365 + y / 4 - y / 100 + y / 400;
}

/* Day of the year from 0, or -1. */
static int day_of_year(int year, int month, int day)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    if (month < 1 || month > 12 || day < 1)
        return -1;
    int leap = leap_year(year);
    int length = before[month] - before[month - 1] + (month == 2 && leap);
    return day > length ? -1 : before[month - 1] + (month > 2 && leap) + day - 1;
}

/* Characters of the date, or 0. */
static size_t read_date(struct str s, int64_t *ret)
{
    if (s.n < 9 || s.p[4] != '-')
        return 0;
    bool ordinal = s.p[8] == 'T';
    if (!ordinal && (s.n < 11 || s.p[7] != '-' || s.p[10] != 'T'))
        return 0;
    int year = digits(s.p, 4), day;
    if (ordinal)
        day = digits(s.p + 5, 3) - 1;
    else
        day = day_of_year(year, digits(s.p + 5, 2), digits(s.p + 8, 2));
    if (year < 1 || day < 0 || day >= 365 + leap_year(year))
        return 0;
    *ret = days_before(year) + day;
    return ordinal ? 8 : 10;
}

/* From the point on; the text behind it is taken up. */
static bool read_fraction(struct str s, uint64_t *ret)
{
    uint64_t v = 0;
    size_t n = s.n - 1;
    if (!n || n > FRACTION_DIGITS)
        return false;
    for (size_t i = 1; i < s.n; i++) {
        unsigned digit = (unsigned)s.p[i] - '0';
        if (digit > 9)
            return false;
        v = v * 10 + digit;
    }
    for (; n < FRACTION_DIGITS; n++)
        v *= 10;
    *ret = v;
    return true;
}

bool epoch_read(struct str s, struct epoch *ret)
{
    int64_t day;
    size_t at = read_date(s, &day);
    if (!at || s.n < at + 9)
        return false;
    const char *p = s.p + at + 1;
    int hour = digits(p, 2), minute = digits(p + 3, 2), second = digits(p + 6, 2);
    bool last = hour == 23 && minute == 59;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 + last || p[2] != ':' ||
        p[5] != ':')
        return false;
    struct epoch e = {day * SECONDS_OF_A_DAY + hour * 3600 + minute * 60 + second, 0};
    struct str rest = {p + 8, s.n - at - 9};
    if (rest.n && rest.p[rest.n - 1] == 'Z')
        rest.n--;
    if (rest.n && (rest.p[0] != '.' || !read_fraction(rest, &e.fraction)))
        return false;
    *ret = e;
    return true;
}
