#include "record_time.h"
#include "instant.h"

#include <stdio.h>

/* Also the day of the year: 2010-071T22:31:12 (508.0-B-1, section 6.3.2.6). */
static bool parse_time(struct str text, instant *ret)
{
    if (text.n < 9 || text.n > 40 || text.p[8] != 'T')
        return instant_parse(text, ret);
    char first[64], year[INSTANT_TEXT];
    int day = 0;
    for (size_t i = 5; i < 8; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        day = day * 10 + (text.p[i] - '0');
    }
    snprintf(first, sizeof first, "%.5s01-01%.*s", text.p, (int)text.n - 8, text.p + 8);
    instant t;
    if (day < 1 || day > 366 || !instant_parse(str_of(first), &t) || t + 366 * INSTANT_DAY >= INSTANT_10000)
        return false;
    t += (day - 1) * INSTANT_DAY;
    instant_write(t, year);
    *ret = t;
    return memcmp(year, text.p, 4) == 0; /* not the 366th day of 365 */
}

bool record_time(struct str text, struct arena *arena, struct str *ret)
{
    instant t;
    char out[INSTANT_TEXT];
    if (!parse_time(text, &t) || t >= INSTANT_10000)
        return false;
    instant_write(t, out);
    *ret = str_of(arena_printf(arena, "\"%.*s\"", INSTANT_TEXT, out));
    return true;
}
