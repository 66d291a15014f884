#include "records.h"

#include <jansson.h>

/* --- a stream --- */

static int bad(struct records *r, const char *expected)
{
    r->expected = expected;
    return RECORDS_BAD;
}

static bool space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int between(struct records *r, char c)
{
    if (space(c))
        return 0;
    if (c == '[' && !r->array) {
        *r = (struct records){.text = r->text, .line = r->line, .array = true};
        return 0;
    }
    if (c == ']' && r->array && !r->comma) {
        r->array = r->item = false;
        return 0;
    }
    if (c == ',' && r->array && r->item && !r->comma) {
        r->comma = true;
        return 0;
    }
    if (c != '{' || (r->array && r->item && !r->comma))
        return bad(r, r->array && r->item && !r->comma ? "a comma or the end of the array" : "a record: { ... }");
    buf_clear(&r->text);
    buf_char(&r->text, c);
    r->depth = 1;
    r->first = r->line + 1;
    return 0;
}

static int inside(struct records *r, char c)
{
    if (r->text.n == RECORD_MAX)
        return bad(r, "a shorter record");
    buf_char(&r->text, c);
    if (r->escaped)
        r->escaped = false;
    else if (r->string && c == '\\')
        r->escaped = true;
    else if (c == '"')
        r->string = !r->string;
    else if (!r->string && (c == '{' || c == '['))
        r->depth++;
    else if (!r->string && (c == '}' || c == ']'))
        r->depth--;
    return 0;
}

int records_feed(struct records *r, struct str piece, int (*take)(void *ctx, struct str record, size_t line), void *ctx)
{
    int error = 0;
    for (size_t i = 0; i < piece.n && !error; i++) {
        bool was = r->depth > 0;
        error = was ? inside(r, piece.p[i]) : between(r, piece.p[i]);
        if (!error && was && !r->depth) {
            r->item = true;
            r->comma = false;
            error = take(ctx, buf_view(&r->text), r->first);
        }
        r->line += piece.p[i] == '\n';
    }
    return error;
}

bool records_complete(struct records *r)
{
    if (!r->depth && !r->array)
        return true;
    r->expected = "more: it breaks off";
    return false;
}

void records_free(struct records *r)
{
    buf_free(&r->text);
}

/* --- what is in one --- */

static void pass_space(struct members *m)
{
    while (m->p < m->end && space(*m->p))
        m->p++;
}

static void pass_string(struct members *m)
{
    for (m->p++; m->p < m->end && *m->p != '"'; m->p++)
        if (*m->p == '\\' && m->end - m->p > 1)
            m->p++;
    if (m->p < m->end)
        m->p++;
}

static void pass_nested(struct members *m)
{
    size_t depth = 0;
    do {
        if (*m->p == '"') {
            pass_string(m);
            continue;
        }
        if (*m->p == '{' || *m->p == '[')
            depth++;
        else if (*m->p == '}' || *m->p == ']')
            depth--;
        m->p++;
    } while (depth && m->p < m->end);
}

static struct str take_value(struct members *m)
{
    const char *from = m->p;
    if (m->p < m->end && *m->p == '"')
        pass_string(m);
    else if (m->p < m->end && (*m->p == '{' || *m->p == '['))
        pass_nested(m);
    else
        while (m->p < m->end && !space(*m->p) && *m->p != ',' && *m->p != '}' && *m->p != ']')
            m->p++;
    return (struct str){from, (size_t)(m->p - from)};
}

static struct members inner(struct str text, char open)
{
    struct members m = {text.p, text.p + text.n};
    pass_space(&m);
    if (m.p < m.end && *m.p == open)
        m.p++;
    else
        m.p = m.end;
    return m;
}

/* Goes past the comma behind a value. */
static void pass_comma(struct members *m)
{
    pass_space(m);
    if (m->p < m->end && *m->p == ',')
        m->p++;
    else
        m->p = m->end;
}

struct members members_of(struct str object)
{
    return inner(object, '{');
}

bool members_next(struct members *m, struct str *ret_name, struct str *ret_value)
{
    pass_space(m);
    if (m->p == m->end || *m->p != '"')
        return false;
    *ret_name = take_value(m);
    pass_space(m);
    if (m->p == m->end || *m->p != ':')
        return false;
    m->p++;
    pass_space(m);
    *ret_value = take_value(m);
    if (!ret_value->n)
        return false;
    pass_comma(m);
    return true;
}

struct members elements_of(struct str array)
{
    return inner(array, '[');
}

bool elements_next(struct members *m, struct str *ret_value)
{
    pass_space(m);
    *ret_value = take_value(m);
    pass_comma(m);
    return ret_value->n > 0;
}

struct str member_of(struct str object, const char *name)
{
    struct members m = members_of(object);
    struct str found, value;
    size_t n = strlen(name);
    while (members_next(&m, &found, &value))
        if (found.n == n + 2 && !memcmp(found.p + 1, name, n))
            return value;
    return (struct str){0};
}

void value_text(struct str value, struct buf *out)
{
    if (!value.n || *value.p != '"') {
        buf_str(out, value);
        return;
    }
    if (!memchr(value.p, '\\', value.n)) {
        buf_add(out, value.p + 1, value.n > 1 ? value.n - 2 : 0);
        return;
    }
    json_t *text = json_loadb(value.p, value.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (json_is_string(text))
        buf_add(out, json_string_value(text), json_string_length(text));
    json_decref(text);
}
