#include "checks_found.h"
#include "checks.h"
#include "json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_MAX 240

void found(struct findings *f, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    if (f->n++ >= CHECKS_TOLD_MAX - 1)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_z(&f->texts, f->texts.n ? "," : "");
    buf_json_str(&f->texts, utf8_prefix(str_of(text), sizeof text));
}

struct object object_of(struct str text, struct arena *arena)
{
    struct object o = {.arena = arena};
    if (text.n && text.p[0] == '{' && !members_of(text, arena, &o.members, &o.n))
        o.n = 0;
    return o;
}

struct str object_text(const struct object *o, const char *name)
{
    return member_value(o->members, o->n, name, o->arena);
}

static double step_of(struct str text)
{
    long behind = 0, exponent = 0;
    bool point = false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == 'e' || text.p[i] == 'E') {
            exponent = strtol(text.p + i + 1, NULL, 10);
            break;
        }
        behind += point;
        point = point || text.p[i] == '.';
    }
    return pow(10, (double)(exponent - behind));
}

struct printed printed_of(struct str text)
{
    char copy[JSON_NUMBER_MAX + 1];
    if (!text.n || text.n >= sizeof copy || !memchr("-+.0123456789", text.p[0], 13))
        return (struct printed){0};
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    return (struct printed){true, strtod(copy, NULL), step_of((struct str){copy, text.n})};
}

struct printed object_number(const struct object *o, const char *name)
{
    return printed_of(object_text(o, name));
}

size_t object_numbers(const struct object *o, const char *name, double *ret, size_t room)
{
    const struct str *list;
    size_t n;
    if (!elements_of(object_text(o, name), o->arena, &list, &n) || n > room)
        return 0;
    for (size_t i = 0; i < n; i++)
        ret[i] = printed_of(list[i]).value;
    return n;
}

void object_each(const struct object *o, const char *name,
                 void (*use)(struct findings *f, const struct object *element, void *context), void *context,
                 struct findings *f)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct str array = object_text(o, name);
    struct json j = {array.p, array.p, array.p + array.n, NULL};
    struct object inner = {.arena = arena};
    if (!array.n || !json_take(&j, '['))
        return;
    for (; json_peek(&j) == '{' && members_take(&j, arena, &inner.members, &inner.n); json_take(&j, ',')) {
        use(f, &inner, context);
        arena_reset(arena);
    }
}
