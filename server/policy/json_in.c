#include "json_in.h"

#include <stdarg.h>
#include <stdio.h>

static int fail_syntax(struct json_in *in, enum error_code malformed, const json_error_t *e)
{
    in->error = fault_set(in->fault, malformed, in->root, "line %d, column %d: %s", e->line, e->column, e->text);
    if (in->fault && e->position >= 0)
        in->fault->offset = e->position;
    return in->error;
}

int json_in_parse(struct json_in *in, struct str text, enum error_code malformed, json_t **ret)
{
    json_error_t e;
    json_t *v = json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &e);
    if (!v)
        return fail_syntax(in, malformed, &e);
    *ret = v;
    return 0;
}

struct node node_root(struct json_in *in, const json_t *v)
{
    return (struct node){.in = in, .v = v};
}

static size_t path_write(const struct node *n, char *out, size_t size)
{
    if (!n->up) {
        int w = snprintf(out, size, "%s", n->in->root);
        return (size_t)w;
    }
    size_t at = path_write(n->up, out, size);
    if (at >= size)
        return at;
    int w = n->key ? snprintf(out + at, size - at, ".%s", n->key) : snprintf(out + at, size - at, "[%zu]", n->index);
    return at + (size_t)w;
}

void node_fail(const struct node *n, const char *format, ...)
{
    if (n->in->error)
        return;
    char path[FAULT_WHERE_MAX], text[FAULT_DETAIL_MAX];
    path_write(n, path, sizeof path);
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    n->in->error = fault_set(n->in->fault, n->in->code, path, "%s", text);
}

bool node_given(const struct node *n)
{
    return n->v && !n->in->error;
}

static bool listed(const char *key, const char *const *members)
{
    for (; *members; members++)
        if (strcmp(key, *members) == 0)
            return true;
    return false;
}

void node_object(const struct node *n, const char *const *members)
{
    if (!json_is_object(n->v)) {
        node_fail(n, "expected an object");
        return;
    }
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)n->v, key, v)
    {
        struct node member = {n->in, v, n, key, 0};
        if (!listed(key, members))
            node_fail(&member, "unknown member");
    }
}

size_t node_map(const struct node *n)
{
    if (!n->v)
        return 0;
    if (!json_is_object(n->v))
        node_fail(n, "expected an object");
    return n->in->error ? 0 : json_object_size(n->v);
}

struct node node_member(const struct node *n, const char *key)
{
    const json_t *v = n->in->error ? NULL : json_object_get(n->v, key);
    return (struct node){n->in, json_is_null(v) ? NULL : v, n, key, 0};
}

size_t node_array(const struct node *n, size_t most)
{
    if (!node_given(n))
        return 0;
    size_t size = json_array_size(n->v);
    if (!json_is_array(n->v))
        node_fail(n, "expected an array");
    else if (size > most)
        node_fail(n, "%zu items, at most %zu are allowed", size, most);
    return n->in->error ? 0 : size;
}

struct node node_item(const struct node *n, size_t i)
{
    return (struct node){n->in, n->in->error ? NULL : json_array_get(n->v, i), n, NULL, i};
}

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return true;
    return false;
}

struct str node_text(const struct node *n, size_t most)
{
    struct str s = STR("");
    if (n->in->error)
        return s;
    if (!json_is_string(n->v)) {
        node_fail(n, n->v ? "expected a string" : "required");
        return s;
    }
    s = (struct str){json_string_value(n->v), json_string_length(n->v)};
    if (!s.n || s.n > most || has_control(s)) {
        node_fail(n, "expected 1 to %zu bytes of text without control characters", most);
        return STR("");
    }
    return s;
}

struct str node_document(const struct node *n, size_t most)
{
    struct str s = {json_string_value(n->v), json_string_length(n->v)};
    if (!n->in->error && (!json_is_string(n->v) || !s.n || s.n > most))
        node_fail(n, "expected a string of 1 to %zu bytes", most);
    return n->in->error ? STR("") : s;
}

struct str node_text_or_empty(const struct node *n, size_t most)
{
    return n->v ? node_text(n, most) : STR("");
}

bool node_bool(const struct node *n, bool absent)
{
    if (!node_given(n))
        return absent;
    if (!json_is_boolean(n->v))
        node_fail(n, "expected true or false");
    return json_is_true(n->v);
}

int64_t node_int(const struct node *n, int64_t least, int64_t most)
{
    if (n->in->error)
        return least;
    int64_t v = json_integer_value(n->v);
    if (!json_is_integer(n->v) || v < least || v > most)
        node_fail(n, "expected an integer from %lld to %lld", (long long)least, (long long)most);
    return n->in->error ? least : v;
}

instant node_instant(const struct node *n, instant absent)
{
    if (!node_given(n))
        return absent;
    struct str s = node_text(n, 64);
    instant t = absent;
    if (!n->in->error && !instant_parse(s, &t))
        node_fail(n, "`%.*s` is not a date or time of years 1900 to 9999 (YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ)",
                  STR_ARG(s));
    return t;
}
