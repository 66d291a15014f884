#include "ndm_check.h"

#include <math.h>
#include <stdlib.h>

#define OFFSET_MAX 1e12 /* seconds from an epoch */

static const char *digits_from(const char *p, const char *end)
{
    while (p < end && (unsigned)*p - '0' < 10)
        p++;
    return p;
}

static const char *sign_from(const char *p, const char *end)
{
    return p < end && (*p == '-' || *p == '+') ? p + 1 : p;
}

bool ndm_number(struct str s)
{
    const char *end = s.p + s.n, *whole = sign_from(s.p, end), *p = digits_from(whole, end);
    size_t digits = (size_t)(p - whole);
    if (p < end && *p == '.') {
        const char *fraction = p + 1;
        p = digits_from(fraction, end);
        digits += (size_t)(p - fraction);
    }
    if (!digits || p == end)
        return digits;
    if (*p != 'e' && *p != 'E')
        return false;
    p = sign_from(p + 1, end);
    return p < end && digits_from(p, end) == end;
}

static bool is_integer(struct str s)
{
    const char *end = s.p + s.n, *p = sign_from(s.p, end);
    return p < end && digits_from(p, end) == end;
}

/* For comparing only: seconds in 64 bits of floating point, without the sign of a time. */
static bool epoch_offset(struct str s, struct epoch *ret)
{
    char text[64];
    if (!ndm_number(s) || s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    double seconds = strtod(text, NULL), whole = floor(seconds);
    if (fabs(seconds) > OFFSET_MAX)
        return false;
    *ret = (struct epoch){(int64_t)whole, (uint64_t)((seconds - whole) * 1e18)};
    return true;
}

#define AT_LEAST "at least "
#define AT_MOST "at most "

/* The range of a row, in the words of ndm_grammar.h. */
static void read_range(const char *range, double *min, double *max)
{
    char *rest;
    *min = -HUGE_VAL;
    *max = HUGE_VAL;
    if (!strncmp(range, AT_LEAST, sizeof AT_LEAST - 1)) {
        *min = strtod(range + sizeof AT_LEAST - 1, NULL);
    } else if (!strncmp(range, AT_MOST, sizeof AT_MOST - 1)) {
        *max = strtod(range + sizeof AT_MOST - 1, NULL);
    } else {
        *min = strtod(range, &rest);
        *max = strtod(rest + sizeof " to " - 1, NULL);
    }
}

static bool in_range(const char *range, struct str number)
{
    char text[512];
    double min, max;
    if (!range)
        return true;
    if (number.n >= sizeof text)
        return false;
    memcpy(text, number.p, number.n);
    text[number.n] = '\0';
    double v = strtod(text, NULL);
    read_range(range, &min, &max);
    return min <= v && v <= max;
}

bool ndm_check(const struct ndm_row *row, struct str text, struct epoch *epoch)
{
    if (!text.n && row->values && !*row->values)
        return true;
    switch ((enum ndm_kind)row->kind) {
    case NDM_TEXT:
    case NDM_USER: return text.n > 0;
    case NDM_WORD: return ndm_listed(row->values, text);
    case NDM_NUMBER: return ndm_number(text) && in_range(row->values, text);
    case NDM_INTEGER: return is_integer(text) && in_range(row->values, text);
    case NDM_TIME: return epoch_read(text, epoch);
    case NDM_TIME_OR_OFFSET: return epoch_read(text, epoch) || epoch_offset(text, epoch);
    }
    return false;
}

const char *ndm_expected(const struct ndm_row *row)
{
    static const char *const words[] = {
        [NDM_TEXT] = "text",
        [NDM_NUMBER] = "a number",
        [NDM_INTEGER] = "a whole number",
        [NDM_TIME] = "a time, YYYY-MM-DDThh:mm:ss[.d] or YYYY-DDDThh:mm:ss[.d]",
        [NDM_TIME_OR_OFFSET] = "a time or a number of seconds",
        [NDM_USER] = "text",
    };
    return row->kind == NDM_WORD ? row->values : words[row->kind];
}

const char *ndm_range(const struct ndm_row *row)
{
    return row->kind == NDM_NUMBER || row->kind == NDM_INTEGER ? row->values : NULL;
}

bool ndm_row_is(const struct ndm_row *row, struct str keyword)
{
    size_t n = strlen(row->keyword);
    if (row->kind == NDM_USER)
        return keyword.n > n && memcmp(keyword.p, row->keyword, n) == 0;
    return keyword.n == n && memcmp(keyword.p, row->keyword, n) == 0;
}

struct str ndm_trim(struct str s)
{
    while (s.n && (unsigned char)s.p[0] <= ' ')
        s = (struct str){s.p + 1, s.n - 1};
    while (s.n && (unsigned char)s.p[s.n - 1] <= ' ')
        s.n--;
    return s;
}

bool ndm_listed(const char *list, struct str word)
{
    if (!word.n || memchr(word.p, '|', word.n))
        return false;
    for (const char *at = list; at;) {
        const char *end = strchr(at, '|');
        size_t n = end ? (size_t)(end - at) : strlen(at);
        if (n == word.n && memcmp(at, word.p, n) == 0)
            return true;
        at = end ? end + 1 : NULL;
    }
    return false;
}
