#include "match.h"
#include "json.h"

#include <stdlib.h>

#define DEPTH_MAX 16 /* of what is in a record */

/* --- members --- */

static bool skip_value(struct json *j, struct str *ret)
{
    struct json_budget budget = {.depth = DEPTH_MAX, .elements = SIZE_MAX, .string = SIZE_MAX};
    json_space(j);
    const char *from = j->p;
    if (!json_skip(j, &budget))
        return false;
    *ret = (struct str){from, (size_t)(j->p - from)};
    return true;
}

/* The member as it stands; p NULL if there is none. */
static struct str find_member(struct str object, const char *wanted)
{
    struct json j = {object.p, object.p, object.p + object.n, NULL};
    struct json_string name;
    struct str value;
    if (!json_take(&j, '{'))
        return (struct str){NULL, 0};
    do {
        if (json_peek(&j) != '"' || !json_take_string(&j, &name) || !json_take(&j, ':') || !skip_value(&j, &value))
            return (struct str){NULL, 0};
        if (str_is(name.raw, wanted))
            return value;
    } while (json_take(&j, ','));
    return (struct str){NULL, 0};
}

/* A single value as text: a string without its quotes and escapes, anything else as it stands. */
static struct str plain_text(struct str value, struct arena *arena)
{
    struct json j = {value.p, value.p, value.p + value.n, NULL};
    struct json_string s;
    return value.n && value.p[0] == '"' && json_take_string(&j, &s) ? json_text(&s, arena) : value;
}

/* --- what is selected --- */

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

static double number_of(struct str text)
{
    struct json_number n;
    double v = 0;
    return json_number_parse(text, &n) && json_number_double(&n, &v) ? v : 0;
}

static int64_t integer_of(struct str text)
{
    struct json_number n;
    int64_t v = 0;
    return json_number_parse(text, &n) && json_number_int64(&n, &v) ? v : 0;
}

/* Times have fixed width, false is less than true. */
static int compare(enum field_kind kind, struct str a, struct str b)
{
    if (kind == FIELD_INT)
        return (integer_of(a) > integer_of(b)) - (integer_of(a) < integer_of(b));
    return kind == FIELD_FLOAT ? compare_numbers(number_of(a), number_of(b)) : str_cmp(a, b);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool same_letters(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

static bool is_like(const struct predicate *p, struct str text)
{
    struct str part = p->values[0].text;
    if (part.n > text.n)
        return false;
    size_t end = text.n - part.n, first = p->like_open_end ? 0 : end, last = p->like_open_start ? end : 0;
    for (size_t at = first; at <= last; at++)
        if (same_letters(text.p + at, part.p, part.n))
            return true;
    return false;
}

static bool equals_one(const struct predicate *p, struct str text)
{
    for (size_t i = 0; i < p->n; i++)
        if (compare(p->field->kind, text, p->values[i].text) == 0)
            return true;
    return false;
}

static bool value_matches(const struct predicate *p, struct str text)
{
    enum field_kind kind = p->field->kind;
    const struct query_value *v = p->values;
    switch (p->op) {
    case QUERY_LIKE: return is_like(p, text);
    case QUERY_GE: return compare(kind, text, v[0].text) >= 0;
    case QUERY_LE: return compare(kind, text, v[0].text) <= 0;
    case QUERY_BETWEEN: return compare(kind, text, v[0].text) >= 0 && compare(kind, text, v[1].text) <= 0;
    case QUERY_EQ:
    case QUERY_NE:
    case QUERY_IN: return equals_one(p, text);
    }
    return false;
}

/* Of the values that an array holds at any depth. Recursion ends where the record's does. */
static bool any_matches(struct json *j, const struct predicate *p, struct arena *arena)
{
    bool any = false;
    struct str value;
    if (json_peek(j) != '[')
        return skip_value(j, &value) && value_matches(p, plain_text(value, arena));
    json_take(j, '[');
    if (json_take(j, ']'))
        return false;
    do {
        bool one = any_matches(j, p, arena);
        any = any || one;
    } while (json_take(j, ','));
    json_take(j, ']');
    return any;
}

static bool selects(const struct predicate *p, struct str object, struct arena *arena)
{
    struct str value = find_member(object, p->field->name);
    if (!value.p)
        return false;
    struct json j = {value.p, value.p, value.p + value.n, NULL};
    return any_matches(&j, p, arena) != (p->op == QUERY_NE);
}

bool query_selects(const struct query *q, struct str object)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    for (size_t i = 0; i < q->n; i++)
        if (!selects(&q->predicates[i], object, arena))
            return false;
    return true;
}

/* --- the order --- */

struct placed {
    const struct query *q;
    struct str object, key, time; /* p NULL: it has none */
    size_t place;
};

/* What has no value comes last either way. */
static int compare_keys(const struct placed *a, const struct placed *b)
{
    const struct query *q = a->q;
    if (!q->sort)
        return 0;
    if (!a->key.p || !b->key.p)
        return !a->key.p - !b->key.p;
    int order = compare(q->sort->kind, a->key, b->key);
    return q->sort_ascending ? order : -order;
}

static int by_order(const void *x, const void *y)
{
    const struct placed *a = x, *b = y;
    int order = compare_keys(a, b);
    if (!order && a->time.p && b->time.p)
        order = str_cmp(b->time, a->time);
    return order ? order : (a->place > b->place) - (a->place < b->place);
}

static struct str plain_member(struct str object, const char *name, struct arena *arena)
{
    struct str value = name ? find_member(object, name) : (struct str){NULL, 0};
    return value.p ? plain_text(value, arena) : value;
}

void query_order(const struct query *q, struct str *objects, size_t n)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct placed *placed = arena_array(arena, n, sizeof *placed);
    const char *key = q->sort ? q->sort->name : NULL;
    for (size_t i = 0; i < n; i++)
        placed[i] = (struct placed){q, objects[i], plain_member(objects[i], key, arena),
                                    plain_member(objects[i], q->type->time_field, arena), i};
    qsort(placed, n, sizeof *placed, by_order);
    for (size_t i = 0; i < n; i++)
        objects[i] = placed[i].object;
}
