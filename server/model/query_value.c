#include "query_value.h"
#include "digest.h"
#include "json.h"

#define ESCAPE '\\'

bool query_unescape(struct str text, struct arena *arena, struct str *ret)
{
    if (!memchr(text.p, ESCAPE, text.n)) {
        *ret = arena_str(arena, text);
        return true;
    }
    char *out = arena_alloc(arena, text.n + 1), *to = out;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == ESCAPE && ++i == text.n)
            return false;
        *to++ = text.p[i];
    }
    *ret = (struct str){out, (size_t)(to - out)};
    return true;
}

static bool value_string(const struct query_reader *r, struct str text, struct query_value *ret)
{
    return query_unescape(text, r->arena, &ret->text) && utf8_valid(ret->text) && !memchr(ret->text.p, 0, ret->text.n);
}

static bool value_uuid(const struct query_reader *r, struct str text, struct query_value *ret)
{
    struct uuid id;
    if (!uuid_parse(str_trim(text), &id))
        return false;
    char *out = arena_alloc(r->arena, UUID_TEXT);
    uuid_write(id, out);
    ret->text = (struct str){out, UUID_TEXT};
    return true;
}

static bool value_integer(const struct query_reader *r, struct str text, struct query_value *ret)
{
    struct json_number n;
    if (!json_number_parse(str_trim(text), &n) || !json_number_int64(&n, &ret->integer) || (n.zero && n.negative))
        return false;
    ret->number = (double)ret->integer;
    ret->text = arena_str(r->arena, n.raw);
    return true;
}

static bool value_number(const struct query_reader *r, struct str text, struct query_value *ret)
{
    struct json_number n;
    if (!json_number_parse(str_trim(text), &n) || !json_number_double(&n, &ret->number))
        return false;
    ret->text = arena_str(r->arena, n.raw);
    return true;
}

static bool value_bool(struct str text, struct query_value *ret)
{
    text = str_trim(text);
    ret->boolean = str_is(text, "true");
    if (!ret->boolean && !str_is(text, "false"))
        return false;
    ret->text = str_of(ret->boolean ? "true" : "false");
    return true;
}

static bool value_enum(const struct field *f, struct str text, struct query_value *ret)
{
    for (size_t i = 0; f->values[i]; i++)
        if (str_is(str_trim(text), f->values[i])) {
            ret->text = str_of(f->values[i]);
            return true;
        }
    return false;
}

/* --- times --- */

static bool take_prefix(struct str *s, struct str prefix)
{
    if (s->n < prefix.n || memcmp(s->p, prefix.p, prefix.n) != 0)
        return false;
    *s = (struct str){s->p + prefix.n, s->n - prefix.n};
    return true;
}

#define COUNT_DIGITS 9 /* of seconds, 31 years */

static bool take_count(struct str *s, int64_t *ret)
{
    size_t n = 0;
    int64_t v = 0;
    for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++) {
        if (n == COUNT_DIGITS)
            return false;
        v = v * 10 + (s->p[n] - '0');
    }
    if (n == 0)
        return false;
    *s = (struct str){s->p + n, s->n - n};
    *ret = v;
    return true;
}

static int64_t unit_length(struct str unit)
{
    static const struct {
        const char *one, *many;
        int64_t length;
    } units[] = {
        {"second", "seconds", INSTANT_SECOND}, {"minute", "minutes", INSTANT_MINUTE}, {"hour", "hours", INSTANT_HOUR},
        {"day", "days", INSTANT_DAY},          {"week", "weeks", 7 * INSTANT_DAY},
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_is(unit, units[i].one) || str_is(unit, units[i].many))
            return units[i].length;
    return 0;
}

/* `now`, `now-30 minutes`, `now+1 day`. */
static bool relative_time(struct str text, instant now, instant *ret)
{
    int64_t count;
    if (!take_prefix(&text, STR("now")))
        return false;
    *ret = now;
    if (!text.n)
        return true;
    text = str_trim(text);
    int sign = take_prefix(&text, STR("-")) ? -1 : take_prefix(&text, STR("+")) ? 1 : 0;
    text = str_trim(text);
    if (!sign || !take_count(&text, &count))
        return false;
    int64_t length = unit_length(str_trim(text)), distance;
    if (!length || __builtin_mul_overflow(sign * count, length, &distance))
        return false;
    *ret = instant_add(now, distance);
    return *ret >= INSTANT_1900 && *ret < INSTANT_10000;
}

static bool value_time(const struct query_reader *r, struct str text, struct query_value *ret)
{
    text = str_trim(text);
    if (!relative_time(text, r->now, &ret->time) && !instant_parse(text, &ret->time))
        return false;
    char *out = arena_alloc(r->arena, INSTANT_TEXT);
    instant_write(ret->time, out);
    ret->text = (struct str){out, INSTANT_TEXT};
    return true;
}

/* --- any --- */

static bool is_id(const struct query_reader *r)
{
    return r->server_field && str_is(STR("id"), r->field->name);
}

bool query_value_read(const struct query_reader *r, struct str text, struct query_value *ret)
{
    struct query_value v = {.text = {NULL, 0}};
    bool ok = false;
    switch (r->field->kind) {
    case FIELD_STRING: ok = is_id(r) ? value_uuid(r, text, &v) : value_string(r, text, &v); break;
    case FIELD_INT: ok = value_integer(r, text, &v); break;
    case FIELD_FLOAT: ok = value_number(r, text, &v); break;
    case FIELD_BOOL: ok = value_bool(text, &v); break;
    case FIELD_TIME: ok = value_time(r, text, &v); break;
    case FIELD_ENUM: ok = value_enum(r->field, text, &v); break;
    case FIELD_OBJECT:
    case FIELD_ANY_KIND_COUNT: break;
    }
    if (ok)
        *ret = v;
    return ok;
}

void query_value_expected(const struct query_reader *r, struct buf *out)
{
    static const char *const kinds[FIELD_ANY_KIND_COUNT] = {
        [FIELD_STRING] = "text in valid UTF-8, with a character behind each backslash",
        [FIELD_INT] = "an integer of 64 bits",
        [FIELD_FLOAT] = "a number",
        [FIELD_BOOL] = "true or false",
        [FIELD_TIME] = "a time such as 2026-01-31T12:00:00.000000Z or now-30 minutes",
    };
    if (r->field->kind == FIELD_ENUM)
        field_expected(r->field, 0, out);
    else
        buf_z(out, is_id(r) ? "a UUID" : kinds[r->field->kind]);
}
