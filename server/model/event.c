#include "event.h"
#include "members.h"

#include <string.h>

struct body {
    const struct member *members;
    size_t n;
    struct arena *arena;
};

static struct str value_of(const struct body *b, const char *field)
{
    return member_value(b->members, b->n, field, b->arena);
}

/* "#5", or "=X-30337": a number is no name. */
static struct str object_of(const struct body *b, const char *number_field, const char *name_field)
{
    struct str number = value_of(b, number_field), name = value_of(b, name_field);
    if (number.n)
        return str_of(arena_printf(b->arena, "#%.*s", STR_ARG(number)));
    return name.n ? str_of(arena_printf(b->arena, "=%.*s", STR_ARG(name))) : STR("");
}

static int compare(struct str a, struct str b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

struct event record_event(const struct record_type *type, struct str originator, struct str canonical,
                          struct arena *arena)
{
    const struct succession *s = type->succession;
    struct event e = {0};
    struct body b = {.arena = arena};
    if (!s || !members_of(canonical, arena, &b.members, &b.n) || !instant_parse(value_of(&b, s->made_field), &e.made))
        return (struct event){0};
    struct str one = object_of(&b, type->object_field, s->object_names[0]);
    struct str other = object_of(&b, type->other_object_field, s->object_names[1]);
    if (!one.n || !other.n || str_eq(one, other))
        return (struct event){0};
    bool ordered = compare(one, other) < 0;
    const struct str parts[] = {originator, value_of(&b, "dataMode"), value_of(&b, s->maker_field),
                                ordered ? one : other, ordered ? other : one};
    struct digest digest = sha256_parts(parts, sizeof parts / sizeof *parts);
    memcpy(e.key.bytes, digest.bytes, UUID_SIZE);
    return e;
}
