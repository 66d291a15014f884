#include "instant.h"

#include <stdio.h>

struct reader {
    struct str rest;
    bool ok;
};

static int digits(struct reader *r, size_t n)
{
    int v = 0;
    if (r->rest.n < n)
        r->ok = false;
    for (size_t i = 0; r->ok && i < n; i++) {
        char c = r->rest.p[i];
        if (c < '0' || c > '9')
            r->ok = false;
        v = v * 10 + (c - '0');
    }
    if (r->ok)
        r->rest = (struct str){r->rest.p + n, r->rest.n - n};
    return r->ok ? v : 0;
}

static bool take(struct reader *r, char c)
{
    if (!r->ok || !r->rest.n || r->rest.p[0] != c)
        return false;
    r->rest = (struct str){r->rest.p + 1, r->rest.n - 1};
    return true;
}

static void need(struct reader *r, char c)
{
    if (!take(r, c))
        r->ok = false;
}

static bool leap_year(int y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int month_days(int y, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return m == 2 && leap_year(y) ? 29 : days[m - 1];
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar, by the era method (400-year cycles from March 1st). */
static int64_t days_from_civil(int y, int m, int d)
{
    int64_t year = m <= 2 ? y - 1 : y;
    int64_t era = year / 400, yoe = year - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int64_t read_fraction(struct reader *r)
{
    int64_t micros = 0, scale = 100000;
    size_t seen = 0;
    /* digits() takes nothing once the text was found wrong: without `ok` this would not end. */
    while (r->ok && r->rest.n && r->rest.p[0] >= '0' && r->rest.p[0] <= '9') {
        int digit = digits(r, 1);
        micros += digit * scale;
        if (seen++ >= 6 && digit)
            r->ok = false;
        scale /= 10;
    }
    if (!seen)
        r->ok = false;
    return micros;
}

static int64_t read_offset(struct reader *r)
{
    if (!r->rest.n || take(r, 'Z'))
        return 0;
    int sign = take(r, '-') ? -1 : 1;
    if (sign > 0)
        need(r, '+');
    int hours = digits(r, 2);
    need(r, ':');
    int minutes = digits(r, 2);
    if (hours > 23 || minutes > 59)
        r->ok = false;
    return sign * (hours * INSTANT_HOUR + minutes * INSTANT_MINUTE);
}

static int64_t read_time(struct reader *r)
{
    int hour = digits(r, 2), second = 0;
    need(r, ':');
    int minute = digits(r, 2);
    int64_t micros = 0;
    if (take(r, ':')) {
        second = digits(r, 2);
        if (take(r, '.'))
            micros = read_fraction(r);
    }
    bool leap = second == 60 && hour == 23 && minute == 59;
    if (hour > 23 || minute > 59 || (second > 59 && !leap))
        r->ok = false;
    return hour * INSTANT_HOUR + minute * INSTANT_MINUTE + second * INSTANT_SECOND + micros - read_offset(r);
}

bool instant_parse(struct str text, instant *ret)
{
    struct reader r = {text, true};
    int year = digits(&r, 4);
    need(&r, '-');
    int month = digits(&r, 2);
    need(&r, '-');
    int day = digits(&r, 2);
    if (!r.ok || year < 1900 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
        return false;
    instant t = days_from_civil(year, month, day) * INSTANT_DAY;
    if (r.rest.n) {
        need(&r, 'T');
        t += read_time(&r);
    }
    if (!r.ok || r.rest.n || t < INSTANT_1900 || t >= INSTANT_10000)
        return false;
    *ret = t;
    return true;
}

/* The last two digits. */
static void put2(char *out, unsigned v)
{
    static const char pairs[] =
        "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
        "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
    memcpy(out, pairs + (size_t)2 * (v % 100), 2);
}

void instant_write(instant t, char out[INSTANT_TEXT])
{
    int64_t day = t / INSTANT_DAY, within = t % INSTANT_DAY;
    if (within < 0) {
        within += INSTANT_DAY;
        day--;
    }
    int64_t z = day + 719468, era = z / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;
    unsigned year = (unsigned)(yoe + era * 400 + (month <= 2));
    unsigned second = (unsigned)(within / INSTANT_SECOND), micros = (unsigned)(within % INSTANT_SECOND);
    memcpy(out, "YYYY-MM-DDTHH:MM:SS.ffffffZ", INSTANT_TEXT);
    put2(out, year / 100);
    put2(out + 2, year);
    put2(out + 5, (unsigned)month);
    put2(out + 8, (unsigned)(doy - (153 * mp + 2) / 5 + 1));
    put2(out + 11, second / 3600);
    put2(out + 14, second / 60 % 60);
    put2(out + 17, second % 60);
    put2(out + 20, micros / 10000);
    put2(out + 22, micros / 100);
    put2(out + 24, micros);
}

void buf_instant(struct buf *b, instant t)
{
    instant_write(t, buf_reserve(b, INSTANT_TEXT));
    b->n += INSTANT_TEXT;
}

void buf_member_instant(struct buf *b, const char *name, instant t)
{
    buf_printf(b, ",\"%s\":\"", name);
    buf_instant(b, t);
    buf_char(b, '"');
}

const char *instant_text(instant t, char out[INSTANT_TEXT + 1])
{
    if (t == INSTANT_MIN || t == INSTANT_MAX) {
        snprintf(out, INSTANT_TEXT + 1, t == INSTANT_MIN ? "-infinity" : "infinity");
        return out;
    }
    instant_write(t, out);
    out[INSTANT_TEXT] = '\0';
    return out;
}

instant instant_add(instant t, int64_t microseconds)
{
    int64_t sum;
    if (__builtin_add_overflow(t, microseconds, &sum))
        return microseconds < 0 ? INSTANT_MIN : INSTANT_MAX;
    return sum;
}

instant instant_floor(instant t, int64_t width)
{
    int64_t since = t - INSTANT_1900, slot = since / width;
    if (since % width < 0)
        slot--;
    return INSTANT_1900 + slot * width;
}
