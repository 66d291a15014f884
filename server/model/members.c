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

#define ROOM_MIN 32

/* Twice as much room for what an arena holds; what was there moves. */
static void *roomier(struct arena *arena, const void *list, size_t n, size_t *room, size_t size)
{
    void *more = arena_array(arena, *room = n ? 2 * n : ROOM_MIN, size);
    if (n)
        memcpy(more, list, n * size);
    return more;
}

bool members_take(struct json *j, struct arena *arena, const struct member **ret, size_t *ret_n)
{
    struct member *list = NULL, m;
    size_t n = 0, room = 0;
    if (!json_take(j, '{'))
        return false;
    do {
        if (!n && json_peek(j) == '}')
            break;
        if (!member_take(j, &m))
            return false;
        if (n == room)
            list = roomier(arena, list, n, &room, sizeof *list);
        list[n++] = m;
    } while (json_take(j, ','));
    *ret = list;
    *ret_n = n;
    return json_take(j, '}');
}

static bool at_end(struct json *j)
{
    return json_peek(j) == '\0' && j->p == j->end;
}

bool members_of(struct str object, struct arena *arena, const struct member **ret, size_t *ret_n)
{
    struct json j = {object.p, object.p, object.p + object.n, NULL};
    return members_take(&j, arena, ret, ret_n) && at_end(&j);
}

struct str member_value(const struct member *list, size_t n, const char *name, struct arena *arena)
{
    for (size_t i = 0; i < n; i++) {
        struct str v = list[i].value;
        struct json j = {v.p, v.p, v.p + v.n, NULL};
        struct json_string text;
        if (!v.n || !str_is(list[i].name, name) || str_is(v, "null"))
            continue;
        return v.p[0] == '"' && json_take_string(&j, &text) && !text.refused ? json_text(&text, arena) : v;
    }
    return (struct str){0};
}

bool elements_of(struct str array, struct arena *arena, const struct str **ret, size_t *ret_n)
{
    struct json j = {array.p, array.p, array.p + array.n, NULL};
    struct str *list = NULL;
    size_t n = 0, room = 0;
    if (!array.n || !json_take(&j, '['))
        return false;
    do {
        struct json_budget budget = {.depth = DEPTH_MAX, .elements = SIZE_MAX, .string = SIZE_MAX};
        if (!n && json_peek(&j) == ']')
            break;
        json_space(&j);
        const char *from = j.p;
        if (!json_skip(&j, &budget))
            return false;
        if (n == room)
            list = roomier(arena, list, n, &room, sizeof *list);
        list[n++] = (struct str){from, (size_t)(j.p - from)};
    } while (json_take(&j, ','));
    *ret = list;
    *ret_n = n;
    return json_take(&j, ']') && at_end(&j);
}
