#include "columns.h"
#include "json.h"

#include <stdlib.h>

#define DEPTH_MAX 16 /* of what is in a record */

/* Beside the type's fields: what the exchange sends with every record. */
static bool is_member(const struct record_type *type, struct str name)
{
    return field_find(type->fields, name) || field_find(server_fields(), name) || str_is(name, "relto") ||
           (type->id_field && str_is(name, type->id_field));
}

/* --- reading --- */

static bool plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '.' ||
           c == '-';
}

/* Names come from outside and go into a header. */
static void tell_unknown(struct str name, struct buf *out)
{
    if (out->n + name.n + 2 > COLUMNS_UNKNOWN_MAX)
        return;
    if (out->n)
        buf_z(out, ", ");
    for (size_t i = 0; i < name.n; i++)
        buf_char(out, plain(name.p[i]) ? name.p[i] : '?');
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static size_t each_once(struct str *names, size_t n)
{
    size_t kept = 0;
    qsort(names, n, sizeof *names, by_text);
    for (size_t i = 0; i < n; i++)
        if (!kept || !str_eq(names[kept - 1], names[i]))
            names[kept++] = names[i];
    return kept;
}

static size_t count_names(struct str names)
{
    size_t n = 1;
    for (size_t i = 0; i < names.n; i++)
        n += names.p[i] == ',';
    return n;
}

const struct query_columns *columns_read(const struct record_type *type, struct str names, struct arena *arena)
{
    BUF_CLEANUP struct buf unknown = {0};
    struct str *known = arena_array(arena, count_names(names) + 1, sizeof *known);
    size_t n = 0;
    known[n++] = STR("classificationMarking");
    while (names.n) {
        const char *comma = memchr(names.p, ',', names.n);
        struct str name = {names.p, comma ? (size_t)(comma - names.p) : names.n};
        size_t used = name.n + (comma != NULL);
        names = (struct str){names.p + used, names.n - used};
        name = str_trim(name);
        if (is_member(type, name))
            known[n++] = arena_str(arena, name);
        else if (name.n)
            tell_unknown(name, &unknown);
    }
    struct query_columns *c = arena_alloc(arena, sizeof *c);
    *c = (struct query_columns){known, each_once(known, n), arena_str(arena, buf_view(&unknown))};
    return c;
}

const struct query_columns *columns_all(const struct record_type *type, struct arena *arena)
{
    const struct field_table *tables[] = {type->fields, server_fields()};
    struct str *names = arena_array(arena, tables[0]->n + tables[1]->n + 2, sizeof *names);
    struct query_columns *c = arena_alloc(arena, sizeof *c);
    size_t n = 0;
    names[n++] = STR("relto");
    if (type->id_field)
        names[n++] = str_of(type->id_field);
    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < tables[t]->n; i++)
            names[n++] = str_of(tables[t]->fields[i].name);
    *c = (struct query_columns){names, each_once(names, n), STR("")};
    return c;
}

const struct query_columns *columns_copy(const struct query_columns *c, struct arena *arena)
{
    struct str *names = arena_array(arena, c->n, sizeof *names);
    for (size_t i = 0; i < c->n; i++)
        names[i] = arena_str(arena, c->names[i]);
    struct query_columns *copy = arena_alloc(arena, sizeof *copy);
    *copy = (struct query_columns){names, c->n, arena_str(arena, c->unknown)};
    return copy;
}

/* --- picking --- */

static bool wanted(const struct query_columns *c, struct str name)
{
    return bsearch(&name, c->names, c->n, sizeof *c->names, by_text);
}

static bool skip_value(struct json *j, struct str *ret)
{
    struct json_budget budget = {.depth = DEPTH_MAX, .elements = SIZE_MAX, .string = SIZE_MAX};
    const char *from = j->p;
    if (!json_skip(j, &budget))
        return false;
    *ret = (struct str){from, (size_t)(j->p - from)};
    return true;
}

static bool pick_members(const struct query_columns *c, struct json *j, struct buf *out)
{
    char before = '{';
    do {
        struct json_string name;
        struct str value;
        if (json_peek(j) != '"' || !json_take_string(j, &name) || !json_take(j, ':') || !skip_value(j, &value))
            return false;
        if (!wanted(c, name.raw))
            continue;
        buf_printf(out, "%c\"%.*s\":", before, STR_ARG(name.raw));
        buf_str(out, value);
        before = ',';
    } while (json_take(j, ','));
    if (before == '{')
        buf_char(out, '{');
    return json_take(j, '}') && j->p == j->end;
}

bool columns_pick(const struct query_columns *c, struct str object, struct buf *out)
{
    struct json j = {object.p, object.p, object.p + object.n, NULL};
    size_t start = out->n;
    if (!json_take(&j, '{') || !pick_members(c, &j, out)) {
        out->n = start;
        return false;
    }
    buf_char(out, '}');
    return true;
}

/* --- CSV --- */

/* RFC 4180 section 2, rules 5 to 7. */
static void csv_text(struct str text, char delimiter, struct buf *out)
{
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++)
        quoted = quoted || text.p[i] == delimiter || text.p[i] == '"' || text.p[i] == '\r' || text.p[i] == '\n';
    if (!quoted) {
        buf_str(out, text);
        return;
    }
    buf_char(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            buf_char(out, '"');
        buf_char(out, text.p[i]);
    }
    buf_char(out, '"');
}

static void csv_value(struct str value, char delimiter, struct arena *arena, struct buf *out)
{
    struct json j = {value.p, value.p, value.p + value.n, NULL};
    struct json_string s;
    if (value.n && value.p[0] == '"' && json_take_string(&j, &s))
        value = json_text(&s, arena);
    if (!str_is(value, "null"))
        csv_text(value, delimiter, out);
}

void columns_csv_head(const struct query_columns *c, char delimiter, struct buf *out)
{
    for (size_t i = 0; i < c->n; i++) {
        if (i)
            buf_char(out, delimiter);
        csv_text(c->names[i], delimiter, out);
    }
    buf_z(out, "\r\n");
}

/* Each column's value as it stands; p NULL: absent. */
static bool find_values(const struct query_columns *c, struct str object, struct str *ret)
{
    struct json j = {object.p, object.p, object.p + object.n, NULL};
    if (!json_take(&j, '{'))
        return false;
    do {
        struct json_string name;
        struct str value;
        if (json_peek(&j) != '"' || !json_take_string(&j, &name) || !json_take(&j, ':') || !skip_value(&j, &value))
            return false;
        const struct str *found = bsearch(&name.raw, c->names, c->n, sizeof *c->names, by_text);
        if (found)
            ret[found - c->names] = value;
    } while (json_take(&j, ','));
    return json_take(&j, '}') && j.p == j.end;
}

bool columns_csv(const struct query_columns *c, struct str object, char delimiter, struct buf *out)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct str *values = arena_array(arena, c->n, sizeof *values);
    memset(values, 0, c->n * sizeof *values);
    if (!find_values(c, object, values))
        return false;
    for (size_t i = 0; i < c->n; i++) {
        if (i)
            buf_char(out, delimiter);
        csv_value(values[i], delimiter, arena, out);
    }
    buf_z(out, "\r\n");
    return true;
}
