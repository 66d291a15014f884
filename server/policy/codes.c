#include "codes.h"

#include <stdlib.h>

#define CODE_LEAST 2
#define CODE_MOST 12

bool code_valid(struct str s)
{
    if (s.n < CODE_LEAST || s.n > CODE_MOST || s.p[0] < 'A' || s.p[0] > 'Z')
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (!((s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= '0' && s.p[i] <= '9')))
            return false;
    return true;
}

bool code_reserved(struct str s)
{
    static const char *const words[] = {"FGI", "JOINT", "NOFORN", "NF",      "ORCON", "OC",
                                        "REL", "TO",    "RELIDO", "DISPLAY", "ONLY",  "EYES"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(s, words[i]))
            return true;
    return false;
}

int codes_find(const struct codes *c, struct str s)
{
    size_t low = 0, high = c->n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = str_cmp(s, c->v[mid]);
        if (order == 0)
            return (int)mid;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return -1;
}

bool codes_has(const struct codes *c, struct str s)
{
    for (size_t i = 0; i < c->n; i++)
        if (str_eq(c->v[i], s))
            return true;
    return false;
}

bool codes_within(const struct codes *part, const struct codes *whole)
{
    for (size_t i = 0; i < part->n; i++)
        if (!codes_has(whole, part->v[i]))
            return false;
    return true;
}

bool codes_same(const struct codes *a, const struct codes *b)
{
    return codes_within(a, b) && a->n == b->n;
}

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

bool codes_sort(struct str *v, size_t n, struct str *ret_twice)
{
    if (n > 1)
        qsort(v, n, sizeof *v, by_bytes);
    for (size_t i = 1; i < n; i++) {
        if (str_eq(v[i - 1], v[i])) {
            *ret_twice = v[i];
            return false;
        }
    }
    return true;
}

void codes_write_json(const struct codes *c, struct buf *out)
{
    buf_char(out, '[');
    for (size_t i = 0; i < c->n; i++) {
        if (i)
            buf_char(out, ',');
        buf_json_str(out, c->v[i]);
    }
    buf_char(out, ']');
}
