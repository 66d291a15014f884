#include "members.h"
#include "json.h"

#define DEPTH_MAX 16 /* of what is in a record */

bool member_take(struct json *j, struct member *ret)
{
    struct json_budget budget = {.depth = DEPTH_MAX, .elements = SIZE_MAX, .string = SIZE_MAX};
    struct json_string name;
    if (json_peek(j) != '"' || !json_take_string(j, &name) || !json_take(j, ':'))
        return false;
    json_space(j);
    const char *from = j->p;
    if (!json_skip(j, &budget))
        return false;
    *ret = (struct member){name.raw, {from, (size_t)(j->p - from)}};
    return true;
}

/* Into list, if there is one: the first pass counts. */
static bool read_members(struct str object, struct member *list, size_t *ret_n)
{
    struct json j = {object.p, object.p, object.p + object.n, NULL};
    struct member m;
    size_t n = 0;
    if (!json_take(&j, '{'))
        return false;
    do {
        if (!n && json_peek(&j) == '}')
            break;
        if (!member_take(&j, &m))
            return false;
        if (list)
            list[n] = m;
        n++;
    } while (json_take(&j, ','));
    *ret_n = n;
    return json_take(&j, '}') && json_peek(&j) == '\0' && j.p == j.end;
}

bool members_of(struct str object, struct arena *arena, const struct member **ret, size_t *ret_n)
{
    size_t n;
    if (!read_members(object, NULL, &n))
        return false;
    struct member *list = arena_array(arena, n, sizeof *list);
    read_members(object, list, ret_n);
    *ret = list;
    return true;
}

struct str member_value(const struct member *list, size_t n, const char *name, struct arena *arena)
{
    for (size_t i = 0; i < n; i++) {
        struct str v = list[i].value;
        struct json j = {v.p, v.p, v.p + v.n, NULL};
        struct json_string text;
        if (!str_is(list[i].name, name) || str_is(v, "null"))
            continue;
        return v.p[0] == '"' && json_take_string(&j, &text) && !text.refused ? json_text(&text, arena) : v;
    }
    return (struct str){0};
}

static bool read_elements(struct str array, struct str *list, size_t *ret_n)
{
    struct json j = {array.p, array.p, array.p + array.n, NULL};
    size_t n = 0;
    if (!json_take(&j, '['))
        return false;
    do {
        struct json_budget budget = {.depth = DEPTH_MAX, .elements = SIZE_MAX, .string = SIZE_MAX};
        if (!n && json_peek(&j) == ']')
            break;
        json_space(&j);
        const char *from = j.p;
        if (!json_skip(&j, &budget))
            return false;
        if (list)
            list[n] = (struct str){from, (size_t)(j.p - from)};
        n++;
    } while (json_take(&j, ','));
    *ret_n = n;
    return json_take(&j, ']') && json_peek(&j) == '\0' && j.p == j.end;
}

bool elements_of(struct str array, struct arena *arena, const struct str **ret, size_t *ret_n)
{
    size_t n;
    if (!array.n || !read_elements(array, NULL, &n))
        return false;
    struct str *list = arena_array(arena, n, sizeof *list);
    read_elements(array, list, ret_n);
    *ret = list;
    return true;
}
