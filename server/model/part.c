#include "part.h"
#include "json.h"
#include "members.h"

static void write_member(struct str name, struct str value, struct buf *out)
{
    buf_printf(out, ",\"%.*s\":", STR_ARG(name));
    buf_str(out, value);
}

static bool read_part(struct json *j, const struct part_type *part, struct buf *out)
{
    struct member m;
    if (!json_take(j, '{'))
        return false;
    while (json_peek(j) != '}') {
        if (!member_take(j, &m))
            return false;
        if (!str_is(m.name, part->parent_field))
            write_member(str_is(m.name, "id") ? STR("clientId") : m.name, m.value, out);
        if (!json_take(j, ','))
            break;
    }
    return json_take(j, '}');
}

struct parts {
    struct str *v;
    size_t n, room;
};

static void add_part(struct parts *parts, struct str text, struct arena *arena)
{
    if (parts->n == parts->room) {
        size_t room = parts->room ? 2 * parts->room : 64;
        struct str *v = arena_array(arena, room, sizeof *v);
        if (parts->n)
            memcpy(v, parts->v, parts->n * sizeof *v);
        parts->v = v;
        parts->room = room;
    }
    parts->v[parts->n++] = arena_str(arena, text);
}

static bool read_parts(struct str array, const struct part_type *part, struct arena *arena, struct parts *parts)
{
    struct json j = {array.p, array.p, array.p + array.n, NULL};
    BUF_CLEANUP struct buf text = {0};
    if (!json_take(&j, '['))
        return false;
    while (json_peek(&j) != ']') {
        buf_clear(&text);
        if (!read_part(&j, part, &text))
            return false;
        add_part(parts, buf_view(&text), arena);
        if (!json_take(&j, ','))
            break;
    }
    return json_take(&j, ']');
}

bool part_members(const struct part_type *part, struct str body, struct arena *arena, const struct str **ret,
                  size_t *ret_n)
{
    struct json j = {body.p, body.p, body.p + body.n, NULL};
    struct str array = STR("[]");
    struct parts parts = {0};
    struct member m;
    if (!json_take(&j, '{'))
        return false;
    while (json_peek(&j) != '}') {
        if (!member_take(&j, &m))
            return false;
        if (str_is(m.name, part->field))
            array = m.value;
        if (!json_take(&j, ','))
            break;
    }
    if (!json_take(&j, '}') || !read_parts(array, part, arena, &parts))
        return false;
    *ret = parts.v;
    *ret_n = parts.n;
    return true;
}
