#include "ndm_time.h"
#include "civil.h"
#include "epoch.h"
#include "ndm_check.h"

#include <math.h>
#include <stdlib.h>

#define EPOCH_DAY 86401            /* seconds of a day in struct epoch */
#define EPOCH_1970 INT64_C(719162) /* days before */
#define PER_TICK (UINT64_C(1000000000000000000) / CIVIL_SECOND)
#define DAYS_2200 INT64_C(84006) /* until 2200-01-01: as far as ticks fit */
#define UT1_AHEAD_MAX 0.9        /* s: what leap seconds keep it within */
#define TT_BEHIND_TAI (-INT64_C(32184) * (CIVIL_SECOND / 1000))
#define J2000_DAY 10957.5 /* since 1970 */
#define CENTURY_DAYS 36525.0

bool ndm_scale_find(struct str name, struct ndm_scale *ret)
{
    static const struct {
        const char *name;
        struct ndm_scale scale;
    } scales[] = {
        {"UTC", {0, false, 0, false}},
        {"TAI", {0, true, 0, false}},
        {"GPS", {19 * CIVIL_SECOND, true, 0, false}},
        {"TT", {TT_BEHIND_TAI, true, 0, false}},
        {"TDB", {TT_BEHIND_TAI, true, 0, true}},
    };
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
        if (str_is(name, scales[i].name)) {
            *ret = scales[i].scale;
            return true;
        }
    return false;
}

static int64_t nearest(double v)
{
    return (int64_t)(v < 0 ? v - 0.5 : v + 0.5);
}

bool ndm_scale_ut1(struct str ahead, struct ndm_scale *ret)
{
    char text[32];
    if (!ahead.n || ahead.n >= sizeof text)
        return false;
    memcpy(text, ahead.p, ahead.n);
    text[ahead.n] = '\0';
    double seconds = strtod(text, NULL);
    if (!(fabs(seconds) <= UT1_AHEAD_MAX))
        return false;
    *ret = (struct ndm_scale){.ahead = nearest(seconds * (double)CIVIL_SECOND)};
    return true;
}

/* What TDB is ahead of TT by, in CIVIL_SECOND: U.S. Naval Observatory Circular 179, equation 2.6, which is right to 10
 * microseconds from 1600 to 2200. Whether ticks since 1970 are of TDB or TT makes no difference to that. */
static int64_t tdb_ahead(int64_t ticks)
{
    static const struct {
        double amplitude, rate, phase; /* s, radians a century, radians */
    } terms[] = {
        {0.001657, 628.3076, 6.2401}, {0.000022, 575.3385, 4.2970}, {0.000014, 1256.6152, 6.1969},
        {0.000005, 606.9777, 4.0212}, {0.000005, 52.9691, 0.4444},  {0.000002, 21.3299, 5.5431},
    };
    double t = ((double)ticks / (double)CIVIL_DAY - J2000_DAY) / CENTURY_DAYS;
    double seconds = 0.000010 * t * sin(628.3076 * t + 4.2490);
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
        seconds += terms[i].amplitude * sin(terms[i].rate * t + terms[i].phase);
    return nearest(seconds * (double)CIVIL_SECOND);
}

bool ndm_instant(struct str text, const struct ndm_scale *scale, instant *ret)
{
    struct epoch e;
    if (!epoch_read(text, &e))
        return false;
    int64_t day = e.second / EPOCH_DAY - EPOCH_1970, second = e.second % EPOCH_DAY;
    if (day < INSTANT_1900 / INSTANT_DAY || day >= INSTANT_10000 / INSTANT_DAY)
        return false;
    instant whole = day * INSTANT_DAY + second * INSTANT_SECOND;
    if (scale->atomic || scale->ahead) {
        if (day >= DAYS_2200)
            return false;
        int64_t ticks = day * CIVIL_DAY + second * CIVIL_SECOND + (int64_t)(e.fraction / PER_TICK);
        ticks -= scale->barycentric ? tdb_ahead(ticks) : 0;
        *ret = scale->atomic ? time_scale_utc(SCALE_TAI, ticks + scale->behind_tai)
                             : time_scale_utc(SCALE_UTC, ticks - scale->ahead);
    } else {
        *ret = whole + (instant)(e.fraction / (PER_TICK * (CIVIL_SECOND / INSTANT_SECOND)));
    }
    return *ret >= INSTANT_1900 && *ret < INSTANT_10000;
}

#define OFFSET_MOST 1e11 /* s: more than there are years */

/* Whole microseconds: of a leap second in between nothing is known here but what UTC counts. */
bool ndm_instant_or_offset(struct str text, const struct ndm_scale *scale, instant epoch, instant *ret)
{
    char number[64];
    if (ndm_instant(text, scale, ret))
        return true;
    if (!ndm_number(text) || text.n >= sizeof number)
        return false;
    memcpy(number, text.p, text.n);
    number[text.n] = '\0';
    double seconds = strtod(number, NULL);
    if (!(fabs(seconds) < OFFSET_MOST))
        return false;
    *ret = instant_add(epoch, nearest(seconds * (double)INSTANT_SECOND));
    return *ret >= INSTANT_1900 && *ret < INSTANT_10000;
}
