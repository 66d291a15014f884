#include "civil.h"

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Days since 1970-01-01; years counted from March, so that the leap day is their last. */
static int64_t day_number(int year, int month, int day)
{
    int64_t y = year - (month < 3), m = month < 3 ? month + 9 : month - 3;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* At most `width` digits at the cursor. */
static bool take_digits(struct str *s, size_t width, int *ret)
{
    size_t n = 0;
    int v = 0;
    for (; n < s->n && n < width && s->p[n] >= '0' && s->p[n] <= '9'; n++)
        v = v * 10 + (s->p[n] - '0');
    *s = (struct str){s->p + n, s->n - n};
    *ret = v;
    return n > 0;
}

static bool take_blanks(struct str *s)
{
    size_t n = 0;
    while (n < s->n && s->p[n] == ' ')
        n++;
    *s = (struct str){s->p + n, s->n - n};
    return n > 0;
}

static bool take_char(struct str *s, char c)
{
    if (!s->n || s->p[0] != c)
        return false;
    *s = (struct str){s->p + 1, s->n - 1};
    return true;
}

/* Seconds, the rest of the text, to ticks. */
static bool take_seconds(struct str s, int64_t *ret)
{
    int whole;
    int64_t fraction = 0, scale = CIVIL_SECOND / 10;
    if (!take_digits(&s, 2, &whole))
        return false;
    if (take_char(&s, '.'))
        for (; s.n && scale && s.p[0] >= '0' && s.p[0] <= '9'; scale /= 10, s = (struct str){s.p + 1, s.n - 1})
            fraction += (s.p[0] - '0') * scale;
    *ret = whole * CIVIL_SECOND + fraction;
    return s.n == 0;
}

static bool finish(struct civil *c, struct civil *ret)
{
    int64_t seconds;
    if (c->year < CIVIL_YEAR_FIRST || c->year > CIVIL_YEAR_LAST || c->month < 1 || c->month > 12 || c->day < 1 ||
        c->day > days_in(c->year, c->month) || c->hour > 23 || c->minute > 59 || !take_seconds(c->seconds, &seconds))
        return false;
    if (seconds >= (c->hour == 23 && c->minute == 59 ? 61 : 60) * CIVIL_SECOND)
        return false;
    c->ticks =
        day_number(c->year, c->month, c->day) * CIVIL_DAY + (c->hour * 60 + c->minute) * 60 * CIVIL_SECOND + seconds;
    *ret = *c;
    return true;
}

bool civil_read(struct str text, struct civil *ret)
{
    struct civil c = {0};
    int *const parts[] = {&c.year, &c.month, &c.day, &c.hour, &c.minute};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!take_digits(&text, i ? 2 : 4, parts[i]) || !take_blanks(&text))
            return false;
    c.seconds = text;
    return finish(&c, ret);
}

bool civil_read_iso(struct str text, struct civil *ret)
{
    static const char behind[] = "--T::";
    struct civil c = {0};
    int *const parts[] = {&c.year, &c.month, &c.day, &c.hour, &c.minute};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!take_digits(&text, i ? 2 : 4, parts[i]) || !take_char(&text, behind[i]))
            return false;
    c.seconds = text;
    return finish(&c, ret);
}

/* With two digits in front of the point. */
static bool short_seconds(struct str seconds)
{
    return seconds.n < 2 || seconds.p[1] == '.';
}

void civil_write_iso(const struct civil *time, struct buf *out)
{
    buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%s%.*s", time->year, time->month, time->day, time->hour, time->minute,
               short_seconds(time->seconds) ? "0" : "", STR_ARG(time->seconds));
}

void civil_write(const struct civil *time, int columns, bool zeros, struct buf *out)
{
    struct str s = time->seconds;
    if (!short_seconds(s) && s.p[0] == '0')
        s = (struct str){s.p + 1, s.n - 1};
    buf_printf(out, zeros ? "%4d %02d %02d %02d %02d %*.*s" : "%4d %2d %2d %2d %2d %*.*s", time->year, time->month,
               time->day, time->hour, time->minute, columns, STR_ARG(s));
}

bool time_scale_find(struct str name, enum time_scale *ret)
{
    static const struct {
        const char *name;
        enum time_scale scale;
    } names[] = {
        {"GPS", SCALE_GPS}, {"GAL", SCALE_GPS}, {"QZS", SCALE_GPS}, {"IRN", SCALE_GPS}, {"BDT", SCALE_BDT},
        {"BDS", SCALE_BDT}, {"TAI", SCALE_TAI}, {"UTC", SCALE_UTC}, {"GLO", SCALE_UTC},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is(name, names[i].name)) {
            *ret = names[i].scale;
            return true;
        }
    return false;
}

/* IERS Bulletin C: when TAI - UTC became 11 s, 12 s and so on. */
static const struct {
    short year, month;
} leaps[] = {
    {1972, 7}, {1973, 1}, {1974, 1}, {1975, 1}, {1976, 1}, {1977, 1}, {1978, 1}, {1979, 1}, {1980, 1},
    {1981, 7}, {1982, 7}, {1983, 7}, {1985, 7}, {1988, 1}, {1990, 1}, {1991, 1}, {1992, 7}, {1993, 7},
    {1994, 7}, {1996, 1}, {1997, 7}, {1999, 1}, {2006, 1}, {2009, 1}, {2012, 7}, {2015, 7}, {2017, 1},
};

static int64_t tai_to_utc(int64_t tai)
{
    int64_t offset = 10;
    for (size_t i = 0; i < sizeof leaps / sizeof *leaps; i++) {
        int64_t start = day_number(leaps[i].year, leaps[i].month, 1) * CIVIL_DAY;
        if (tai >= start + (offset + 1) * CIVIL_SECOND)
            offset++;
    }
    return tai - offset * CIVIL_SECOND;
}

static instant to_instant(int64_t ticks)
{
    int64_t per = CIVIL_SECOND / INSTANT_SECOND;
    return ticks / per - (ticks % per < 0);
}

static const int64_t behind_tai[] = {[SCALE_TAI] = 0, [SCALE_GPS] = 19, [SCALE_BDT] = 33};

instant time_scale_utc(enum time_scale scale, int64_t ticks)
{
    return to_instant(scale == SCALE_UTC ? ticks : tai_to_utc(ticks + behind_tai[scale] * CIVIL_SECOND));
}

/* TAI - UTC in seconds. */
static int64_t utc_offset(instant utc)
{
    int64_t offset = 10;
    for (size_t i = 0; i < sizeof leaps / sizeof *leaps; i++)
        offset += utc >= day_number(leaps[i].year, leaps[i].month, 1) * INSTANT_DAY;
    return offset;
}

instant time_scale_of_utc(enum time_scale scale, instant utc)
{
    return scale == SCALE_UTC ? utc : utc + (utc_offset(utc) - behind_tai[scale]) * INSTANT_SECOND;
}

int leap_seconds_gps(instant utc)
{
    return (int)(utc_offset(utc) - behind_tai[SCALE_GPS]);
}

#define WEEK_SECONDS INT64_C(604800)
#define ERA_WEEKS 1024
#define GPS_START INT64_C(315964800) /* 1980-01-06 */

int gps_week_unrolled(int week, int64_t seconds, instant near)
{
    int64_t behind = near / INSTANT_SECOND - GPS_START - week * WEEK_SECONDS - seconds;
    bool rolled = week < ERA_WEEKS;
    for (; rolled && behind > ERA_WEEKS / 2 * WEEK_SECONDS; behind -= ERA_WEEKS * WEEK_SECONDS)
        week += ERA_WEEKS;
    return week;
}

instant gps_week_utc(int week, int64_t seconds, instant near)
{
    int64_t t = GPS_START + gps_week_unrolled(week, seconds, near) * WEEK_SECONDS + seconds;
    return time_scale_utc(SCALE_GPS, t * CIVIL_SECOND);
}

int gps_week_second(instant utc)
{
    int64_t since = time_scale_of_utc(SCALE_GPS, utc) / INSTANT_SECOND - GPS_START;
    return (int)(((since % WEEK_SECONDS) + WEEK_SECONDS) % WEEK_SECONDS);
}
