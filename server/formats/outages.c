/* References: ICD-GPS-240, section 3 (a follow-up names the advisory that began it); Galileo OS SDD, annex C (it names
 * one before it). So a follow-up stands in place of what it names and of what earlier named the same. */
#include "outages.h"

#include <stdlib.h>

/* A number that an advisory has, or refers to. */
struct mention {
    struct notice *notice;
    struct str number;
    bool own;
};

static int compare_group(const struct notice *a, const struct notice *b)
{
    int c = str_cmp(a->originator, b->originator);
    return c ? c : str_cmp(a->constellation, b->constellation);
}

/* Numbers of one series have the same length; those of others come as they are. */
static int compare_numbers(struct str a, struct str b)
{
    return a.n != b.n ? (a.n > b.n) - (a.n < b.n) : str_cmp(a, b);
}

/* Those of one number together: whose own it is, then who refers to it, by the number they have. */
static int compare_mentions(const void *a, const void *b)
{
    const struct mention *x = a, *y = b;
    int c = compare_group(x->notice, y->notice);
    if (!c)
        c = str_cmp(x->number, y->number);
    if (!c)
        c = y->own - x->own;
    return c ? c : compare_numbers(x->notice->number, y->notice->number);
}

static bool is_same_number(const struct mention *a, const struct mention *b)
{
    return !compare_group(a->notice, b->notice) && str_eq(a->number, b->number);
}

/* The next of several references; false behind the last. */
static bool next_reference(struct str *rest, struct str *ret)
{
    while (rest->n && (rest->p[0] == ' ' || rest->p[0] == ','))
        *rest = (struct str){rest->p + 1, rest->n - 1};
    const char *comma = rest->n ? memchr(rest->p, ',', rest->n) : NULL;
    *ret = (struct str){rest->p, comma ? (size_t)(comma - rest->p) : rest->n};
    *rest = (struct str){rest->p + ret->n, rest->n - ret->n};
    return ret->n > 0;
}

static size_t count_references(const struct notice *n)
{
    struct str rest = n->reference, one;
    size_t count = 0;
    while (next_reference(&rest, &one))
        count++;
    return count;
}

static size_t list_mentions(struct notice *notices, size_t n, struct arena *arena, struct mention **ret)
{
    size_t most = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        most += 1 + count_references(&notices[i]);
    struct mention *m = arena_array(arena, most, sizeof *m);
    for (size_t i = 0; i < n; i++) {
        struct str rest = notices[i].reference, one;
        if (notices[i].number.n)
            m[at++] = (struct mention){&notices[i], notices[i].number, true};
        while (next_reference(&rest, &one))
            if (!str_eq(one, notices[i].number))
                m[at++] = (struct mention){&notices[i], one, false};
    }
    if (at)
        qsort(m, at, sizeof *m, compare_mentions);
    *ret = m;
    return at;
}

static void end_at(struct notice *n, instant t)
{
    if (t < n->stop)
        n->stop = t;
}

/* All mentions of one number, from the latest on: what is done to it and to those that mention it with lower numbers.
 * Who has no number is later than nobody. */
static void join(const struct mention *m, size_t n)
{
    bool replaced = false;
    instant end = INSTANT_MAX;
    for (size_t from, to = n; to; to = from) {
        for (from = to - 1; from && m[from - 1].own == m[from].own && !compare_mentions(&m[from - 1], &m[from]);)
            from--;
        for (size_t i = from; i < to && (m[i].own || m[i].notice->number.n); i++) {
            m[i].notice->replaced = m[i].notice->replaced || replaced;
            end_at(m[i].notice, end);
        }
        for (size_t i = from; i < to; i++) {
            const struct notice *by = m[i].notice;
            replaced = replaced || by->effect == ADVISORY_OUTAGE || by->effect == ADVISORY_CANCELS;
            if (by->effect == ADVISORY_ENDS && by->start < end)
                end = by->start;
        }
    }
}

static bool same_satellite(const struct notice *a, const struct notice *b)
{
    if (a->svn >= 0 && b->svn >= 0)
        return a->svn == b->svn;
    return a->prn >= 0 && a->prn == b->prn;
}

static int compare_starts(const void *a, const void *b)
{
    const struct notice *const *x = a, *const *y = b;
    int c = compare_group(*x, *y);
    return c ? c : ((*x)->start > (*y)->start) - ((*x)->start < (*y)->start);
}

/* A satellite that is usable ends what was said of it until further notice, named or not. */
static void end_open(struct notice *notices, size_t n, struct arena *arena)
{
    struct notice **order = arena_array(arena, n, sizeof *order);
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (notices[i].effect == ADVISORY_ENDS || notices[i].stop == INSTANT_MAX)
            order[m++] = &notices[i];
    if (m)
        qsort(order, m, sizeof *order, compare_starts);
    for (size_t i = 0; i < m; i++)
        for (size_t k = i; order[i]->effect == ADVISORY_ENDS && k-- && !compare_group(order[i], order[k]);)
            if (order[k]->start < order[i]->start && same_satellite(order[i], order[k]))
                end_at(order[k], order[i]->start);
}

void outages_settle(struct notice *notices, size_t n, struct arena *arena)
{
    struct mention *m;
    size_t count = list_mentions(notices, n, arena, &m);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && is_same_number(&m[from], &m[to]);)
            to++;
        join(m + from, to - from);
    }
    end_open(notices, n, arena);
}

enum outage outage_at(const struct notice *n, instant at)
{
    if (n->effect != ADVISORY_OUTAGE || n->replaced || n->stop <= n->start || n->stop <= at)
        return OUTAGE_NONE;
    return n->start <= at ? OUTAGE_NOW : OUTAGE_FORECAST;
}
