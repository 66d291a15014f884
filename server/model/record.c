#include "record.h"
#include "json.h"

#include <stdio.h>

/* Where the scanner is: for messages, so that it costs a pointer until one is needed. */
struct path {
    const struct path *up;
    struct str name; /* of a member; p NULL: item `index` of an array */
    size_t index;
};

/* What an object's members were read to: canonical text, in the body or in the arena. */
struct members {
    uint64_t seen[FIELD_TABLE_MAX / 64];
    struct str text[FIELD_TABLE_MAX]; /* only where seen */
};

static bool was_seen(const struct members *m, size_t i)
{
    return m->seen[i / 64] >> i % 64 & 1;
}

/* A nested object's own marking or data mode. */
struct inner {
    const struct inner *next;
    const struct path *path;
    const struct field *record_field; /* whose value it must repeat */
    struct str text;
};

enum { ID_PLAIN = 1, ID_OWN = 2, ID_KEPT = 4 };

struct record_scan {
    const struct record_type *type;
    const struct field *time, *object, *client_id, *marking, *data_mode, *source; /* rows of the type's table */
    struct record_limits limits;
    instant earliest, latest;
    struct arena *arena;
    struct json json;
    bool array, over;
    size_t index;
    struct fault *fault; /* of the running call */
    /* Of the record being read: */
    size_t depth, elements;
    struct str relto;
    unsigned id_names; /* by which the poster has given its identifier */
    instant t;
    const struct inner *inner;
};

/* --- refusals --- */

#define SHOWN_MAX 64 /* bytes of a name or value repeated in a message */

static size_t path_write(const struct path *at, char *out, size_t room)
{
    if (!at)
        return 0;
    size_t n = path_write(at->up, out, room), left = room - n;
    struct str name = utf8_prefix(at->name, SHOWN_MAX);
    int step =
        at->name.p ? snprintf(out + n, left, ".%.*s", STR_ARG(name)) : snprintf(out + n, left, "[%zu]", at->index);
    return (size_t)step < left ? n + (size_t)step : n; /* what does not fit is left out */
}

__attribute__((format(printf, 3, 4))) static int refuse(struct record_scan *s, const struct path *at,
                                                        const char *format, ...)
{
    char where[FAULT_WHERE_MAX] = "$", detail[FAULT_DETAIL_MAX];
    where[1 + path_write(at, where + 1, sizeof where - 1)] = '\0';
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    return fault_set(s->fault, ERR_INVALID_RECORD, where, "%s", detail);
}

static const char *found_kind(const struct json *j)
{
    switch (j->p < j->end ? *j->p : '\0') {
    case '"': return "a string";
    case '{': return "an object";
    case '[': return "an array";
    case 't':
    case 'f': return "a boolean";
    case 'n': return "null";
    default: return "a number";
    }
}

static int refuse_kind(struct record_scan *s, const struct field *f, int depth, const struct path *at)
{
    BUF_CLEANUP struct buf expected = {0};
    field_expected(f, depth, &expected);
    return refuse(s, at, "expected %.*s, found %s", STR_ARG(buf_view(&expected)), found_kind(&s->json));
}

static int refuse_value(struct record_scan *s, const struct field *f, const struct path *at, struct str found)
{
    BUF_CLEANUP struct buf expected = {0};
    field_expected(f, 0, &expected);
    return refuse(s, at, "expected %.*s, found %.*s", STR_ARG(buf_view(&expected)),
                  STR_ARG(utf8_prefix(found, SHOWN_MAX)));
}

static int refuse_elements(struct record_scan *s, const struct path *at)
{
    return refuse(s, at, "expected at most %zu values in one record", s->limits.elements);
}

static int refuse_length(struct record_scan *s, const struct path *at, size_t most)
{
    return refuse(s, at, "expected strings of at most %zu bytes", most);
}

static int bad_json(struct record_scan *s)
{
    s->over = true;
    fault_set(s->fault, ERR_BAD_JSON, "body", "expected %s", s->json.expected);
    if (s->fault)
        s->fault->offset = s->json.p - s->json.start;
    return ERR_BAD_JSON;
}

static int expect(struct record_scan *s, const char *what)
{
    json_fail(&s->json, what);
    return ERR_BAD_JSON;
}

/* --- values: canonical text in *ret --- */

static bool integer_fits(const struct field *f, const struct json_number *n)
{
    int64_t v;
    if (!json_number_int64(n, &v) || (n->zero && n->negative))
        return false;
    return !field_limited(f) || ((double)v >= f->min && (double)v <= f->max);
}

static bool float_fits(const struct field *f, const struct json_number *n)
{
    double v;
    return !field_limited(f) || (json_number_double(n, &v) && v >= f->min && v <= f->max);
}

static int read_number(struct record_scan *s, const struct field *f, const struct path *at, struct str *ret)
{
    struct json_number n;
    char c = *s->json.p;
    if (c != '-' && (c < '0' || c > '9'))
        return refuse_kind(s, f, 0, at);
    if (!json_number(&s->json, &n))
        return ERR_BAD_JSON;
    if (n.raw.n > JSON_NUMBER_MAX)
        return refuse(s, at, "expected a number of at most %d characters", JSON_NUMBER_MAX);
    if (!json_number_finite(&n))
        return refuse(s, at, "expected a number that a double can hold, found %.*s", STR_ARG(n.raw));
    if (!(f->kind == FIELD_INT ? integer_fits(f, &n) : float_fits(f, &n)))
        return refuse_value(s, f, at, n.raw);
    *ret = n.raw;
    return 0;
}

static int read_bool(struct record_scan *s, const struct field *f, const struct path *at, struct str *ret)
{
    const char *from = s->json.p;
    if (*from != 't' && *from != 'f')
        return refuse_kind(s, f, 0, at);
    if (!json_literal(&s->json, *from == 't' ? "true" : "false"))
        return ERR_BAD_JSON;
    *ret = (struct str){from, (size_t)(s->json.p - from)};
    return 0;
}

static int read_string(struct record_scan *s, const struct field *f, const struct path *at, struct json_string *ret)
{
    if (*s->json.p != '"')
        return refuse_kind(s, f, 0, at);
    if (!json_take_string(&s->json, ret))
        return ERR_BAD_JSON;
    if (ret->refused)
        return refuse(s, at, "expected %s", ret->refused);
    size_t most = f->bytes_max > s->limits.string ? f->bytes_max : s->limits.string;
    return ret->length > most ? refuse_length(s, at, most) : 0;
}

static bool length_fits(const struct field *f, struct str text)
{
    if (!field_limited(f))
        return true;
    double n = (double)utf8_characters(text);
    return n >= f->min && n <= f->max;
}

static struct str quoted(struct record_scan *s, struct str text)
{
    BUF_CLEANUP struct buf b = {0};
    buf_json_str(&b, text);
    return arena_str(s->arena, buf_view(&b));
}

static int read_text(struct record_scan *s, const struct field *f, const struct path *at, struct str *ret)
{
    struct json_string string;
    int rc = read_string(s, f, at, &string);
    if (rc)
        return rc;
    struct str text = json_text(&string, s->arena);
    if (!length_fits(f, text))
        return refuse_value(s, f, at, text);
    *ret = string.escaped ? quoted(s, text) : (struct str){text.p - 1, text.n + 2};
    return 0;
}

static int read_time(struct record_scan *s, const struct field *f, const struct path *at, struct str *ret)
{
    struct json_string string;
    instant t;
    int rc = read_string(s, f, at, &string);
    if (rc)
        return rc;
    struct str text = json_text(&string, s->arena);
    if (!instant_parse(text, &t))
        return refuse_value(s, f, at, text);
    if (f == s->time)
        s->t = t;
    char *out = arena_alloc(s->arena, INSTANT_TEXT + 2);
    out[0] = out[INSTANT_TEXT + 1] = '"';
    instant_write(t, out + 1);
    *ret = (struct str){out, INSTANT_TEXT + 2};
    return 0;
}

static int read_enum(struct record_scan *s, const struct field *f, const struct path *at, struct str *ret)
{
    struct json_string string;
    int rc = read_string(s, f, at, &string);
    if (rc)
        return rc;
    struct str text = json_text(&string, s->arena);
    for (size_t i = 0; f->values[i]; i++)
        if (str_is(text, f->values[i])) {
            *ret = string.escaped ? quoted(s, text) : (struct str){text.p - 1, text.n + 2};
            return 0;
        }
    return refuse_value(s, f, at, text);
}

static int read_object(struct record_scan *s, const struct field_table *table, const struct path *at, struct str *ret);

static int read_one(struct record_scan *s, const struct field *f, const struct path *at, struct str *ret)
{
    switch (f->kind) {
    case FIELD_STRING: return read_text(s, f, at, ret);
    case FIELD_INT:
    case FIELD_FLOAT: return read_number(s, f, at, ret);
    case FIELD_BOOL: return read_bool(s, f, at, ret);
    case FIELD_TIME: return read_time(s, f, at, ret);
    case FIELD_ENUM: return read_enum(s, f, at, ret);
    case FIELD_OBJECT:
        if (*s->json.p != '{')
            return refuse_kind(s, f, 0, at);
        return read_object(s, f->object, at, ret);
    case FIELD_ANY_KIND_COUNT: break;
    }
    return ERR_INTERNAL;
}

static int enter(struct record_scan *s)
{
    if (++s->depth > s->limits.depth)
        return expect(s, "fewer levels of nesting");
    s->json.p++;
    return 0;
}

static int read_value(struct record_scan *s, const struct field *f, int depth, const struct path *at, struct str *ret);

static int read_items(struct record_scan *s, const struct field *f, int depth, const struct path *at, struct buf *out)
{
    struct path item = {at, {NULL, 0}, 0};
    int rc = enter(s);
    buf_char(out, '[');
    if (rc || json_take(&s->json, ']'))
        return rc;
    for (;; item.index++) {
        struct str text;
        rc = read_value(s, f, depth, &item, &text);
        if (rc)
            return rc;
        buf_str(out, text);
        if (!json_take(&s->json, ','))
            return json_take(&s->json, ']') ? 0 : expect(s, "',' or ']'");
        buf_char(out, ',');
    }
}

static int read_array(struct record_scan *s, const struct field *f, int depth, const struct path *at, struct str *ret)
{
    BUF_CLEANUP struct buf out = {0};
    if (*s->json.p != '[')
        return refuse_kind(s, f, depth, at);
    int rc = read_items(s, f, depth - 1, at, &out);
    if (rc)
        return rc;
    s->depth--;
    buf_char(&out, ']');
    *ret = arena_str(s->arena, buf_view(&out));
    return 0;
}

static int read_value(struct record_scan *s, const struct field *f, int depth, const struct path *at, struct str *ret)
{
    if (json_peek(&s->json) == '\0')
        return expect(s, "a value");
    if (++s->elements > s->limits.elements)
        return refuse_elements(s, at);
    return depth == 0 ? read_one(s, f, at, ret) : read_array(s, f, depth, at, ret);
}

/* --- objects --- */

static int unknown_field(struct record_scan *s, const struct field_table *table, const struct path *at)
{
    const struct field *nearest = field_nearest(table, at->name);
    if (nearest)
        return refuse(s, at, "expected a field of %s; the nearest name is %s", s->type->name, nearest->name);
    return refuse(s, at, "expected a field of %s", s->type->name);
}

/* A value of any kind, of which only syntax and limits count. */
static int pass_over(struct record_scan *s, const struct path *at, struct str *ret)
{
    struct json_budget budget = {
        .depth = s->limits.depth - s->depth, .elements = s->limits.elements - s->elements, .string = s->limits.string};
    json_space(&s->json);
    const char *from = s->json.p;
    if (!json_skip(&s->json, &budget))
        return ERR_BAD_JSON;
    if (budget.refused)
        return refuse(s, at, "expected %s", budget.refused);
    if (budget.many || budget.long_string)
        return budget.many ? refuse_elements(s, at) : refuse_length(s, at, s->limits.string);
    s->elements = s->limits.elements - budget.elements;
    *ret = (struct str){from, (size_t)(s->json.p - from)};
    return 0;
}

/* The wire label is read by policy/. */
static int read_relto(struct record_scan *s, const struct path *at)
{
    return s->relto.p ? refuse(s, at, "expected each member once") : pass_over(s, at, &s->relto);
}

static int read_field(struct record_scan *s, const struct field_table *table, const struct field *f,
                      const struct path *at, struct members *m)
{
    size_t i = (size_t)(f - table->fields);
    if (was_seen(m, i))
        return refuse(s, at, "expected each member once");
    m->seen[i / 64] |= UINT64_C(1) << i % 64;
    return read_value(s, f, f->depth, at, &m->text[i]);
}

/* `id`, or the type's own name of it, after the other: both are the one identifier of the poster. */
static int read_id_again(struct record_scan *s, const struct path *at, const struct members *m, unsigned before)
{
    struct str text;
    int rc = read_value(s, s->client_id, 0, at, &text);
    if (rc || str_eq(text, m->text[s->client_id - s->type->fields->fields]))
        return rc;
    return refuse(s, at, "expected the same as %s, which names the record too",
                  before & ID_PLAIN ? "id" : s->type->id_field);
}

/* Official clients of the UDL write `id` otherwise where they replace a record (surface of the UDL: body_id). */
static unsigned id_name(const struct record_scan *s, const struct field_table *table, struct str name)
{
    if (s->depth != 1 || table != s->type->fields)
        return 0;
    if (str_is(name, "id") || (s->type->versioned && str_is(name, "body_id")))
        return ID_PLAIN;
    if (str_is(name, "clientId"))
        return ID_KEPT;
    return s->type->id_field && str_is(name, s->type->id_field) ? ID_OWN : 0;
}

/* clientId stands where a record is posted as it was sent: the others are the exchange's id then. */
static int read_id(struct record_scan *s, const struct path *at, struct members *m, unsigned name)
{
    unsigned before = s->id_names;
    size_t i = (size_t)(s->client_id - s->type->fields->fields);
    struct str passed_over;
    s->id_names |= name;
    if (before & name)
        return refuse(s, at, "expected each member once");
    if (name == ID_KEPT && before)
        return read_value(s, s->client_id, 0, at, &m->text[i]);
    if (before & ID_KEPT)
        return read_value(s, s->client_id, 0, at, &passed_over);
    return before ? read_id_again(s, at, m, before) : read_field(s, s->type->fields, s->client_id, at, m);
}

static int read_unkept(struct record_scan *s, const struct field_table *table, const struct path *at)
{
    struct str text;
    return record_passed_over(table, at->name) ? pass_over(s, at, &text) : unknown_field(s, table, at);
}

static int read_member(struct record_scan *s, const struct field_table *table, const struct path *up, struct members *m)
{
    struct json_string name;
    if (json_peek(&s->json) != '"')
        return expect(s, "a member's name");
    if (!json_take_string(&s->json, &name))
        return ERR_BAD_JSON;
    if (!json_take(&s->json, ':'))
        return expect(s, "':'");
    if (name.refused)
        return refuse(s, up, "expected in each name %s", name.refused);
    struct path at = {up, json_text(&name, s->arena), 0};
    unsigned id = id_name(s, table, at.name);
    if (id)
        return read_id(s, &at, m, id);
    const struct field *f = field_find(table, at.name);
    if (f && !f->read_only)
        return read_field(s, table, f, &at, m);
    if (s->depth == 1 && str_is(at.name, "relto"))
        return read_relto(s, &at);
    f = str_is(at.name, "id") ? field_find(table, STR("clientId")) : NULL;
    return f ? read_field(s, table, f, &at, m) : read_unkept(s, table, &at);
}

static int check_required(struct record_scan *s, const struct field_table *table, const struct path *up,
                          const struct members *m)
{
    for (size_t i = 0; i < table->n; i++) {
        const struct field *f = &table->fields[i];
        if (!f->required || was_seen(m, i))
            continue;
        struct path at = {up, {f->name, f->name_length}, 0};
        BUF_CLEANUP struct buf expected = {0};
        field_expected(f, f->depth, &expected);
        return refuse(s, &at, "expected %.*s, found nothing", STR_ARG(buf_view(&expected)));
    }
    return 0;
}

static char *member_put(char *to, char before, const struct field *f, struct str *text)
{
    *to++ = before;
    *to++ = '"';
    memcpy(to, f->name, f->name_length);
    to += f->name_length;
    *to++ = '"';
    *to++ = ':';
    memcpy(to, text->p, text->n);
    text->p = to;
    return to + text->n;
}

/* Index of the next seen member at or after i; FIELD_TABLE_MAX if there is none. */
static size_t next_seen(const struct members *m, size_t i)
{
    for (; i < FIELD_TABLE_MAX; i = (i / 64 + 1) * 64) {
        uint64_t rest = m->seen[i / 64] >> i % 64;
        if (rest)
            return i + (size_t)__builtin_ctzll(rest);
    }
    return FIELD_TABLE_MAX;
}

/* Writes the members in the order of the table and makes m->text point into what was written. */
static struct str compose(struct record_scan *s, const struct field_table *table, struct members *m)
{
    const size_t marks = 4; /* of each member: comma, two quotes, colon */
    size_t n = 3;
    for (size_t i = next_seen(m, 0); i < FIELD_TABLE_MAX; i = next_seen(m, i + 1))
        n += table->fields[i].name_length + m->text[i].n + marks;
    char *out = arena_alloc(s->arena, n), *to = out, before = '{';
    for (size_t i = next_seen(m, 0); i < FIELD_TABLE_MAX; i = next_seen(m, i + 1), before = ',')
        to = member_put(to, before, &table->fields[i], &m->text[i]);
    if (to == out)
        *to++ = '{';
    *to++ = '}';
    return (struct str){out, (size_t)(to - out)};
}

static const struct path *path_keep(struct arena *arena, const struct path *at)
{
    if (!at)
        return NULL;
    struct path *copy = arena_alloc(arena, sizeof *copy);
    *copy = *at;
    copy->up = path_keep(arena, at->up);
    return copy;
}

/* Its value in the nested object is compared when the record is complete: the record's own may come later. */
static void remember_inner(struct record_scan *s, const struct field_table *table, const struct field *record_field,
                           const struct path *up, const struct members *m)
{
    const struct field *f = field_find(table, (struct str){record_field->name, record_field->name_length});
    size_t i = f ? (size_t)(f - table->fields) : 0;
    if (!f || !was_seen(m, i))
        return;
    struct path at = {up, {f->name, f->name_length}, 0};
    struct inner *inner = arena_alloc(s->arena, sizeof *inner);
    *inner = (struct inner){s->inner, path_keep(s->arena, &at), record_field, m->text[i]};
    s->inner = inner;
}

static int read_members(struct record_scan *s, const struct field_table *table, const struct path *at,
                        struct members *m)
{
    int rc = enter(s);
    if (rc || json_take(&s->json, '}'))
        return rc;
    do {
        rc = read_member(s, table, at, m);
        if (rc)
            return rc;
    } while (json_take(&s->json, ','));
    return json_take(&s->json, '}') ? 0 : expect(s, "',' or '}'");
}

static int read_object(struct record_scan *s, const struct field_table *table, const struct path *at, struct str *ret)
{
    struct members m;
    memset(m.seen, 0, sizeof m.seen);
    int rc = read_members(s, table, at, &m);
    if (!rc)
        rc = check_required(s, table, at, &m);
    if (rc)
        return rc;
    s->depth--;
    *ret = compose(s, table, &m);
    remember_inner(s, table, s->marking, at, &m);
    remember_inner(s, table, s->data_mode, at, &m);
    return 0;
}

/* --- records --- */

/* The plain text of a member after compose(); "" if it was not sent. */
static struct str member_text(struct record_scan *s, const struct members *m, const struct field *f)
{
    size_t i = f ? (size_t)(f - s->type->fields->fields) : 0;
    if (!f || !was_seen(m, i))
        return STR("");
    struct str text = m->text[i];
    if (text.p[0] != '"')
        return text;
    struct json j = {text.p, text.p, text.p + text.n, NULL};
    struct json_string string;
    json_take_string(&j, &string);
    return json_text(&string, s->arena);
}

static int check_time(struct record_scan *s, const struct path *up)
{
    char from[INSTANT_TEXT + 1], to[INSTANT_TEXT + 1];
    if (!s->time || (s->t >= s->earliest && s->t <= s->latest))
        return 0;
    struct path at = {up, {s->time->name, s->time->name_length}, 0};
    return refuse(s, &at, "expected a time from %s to %s", instant_text(s->earliest, from),
                  instant_text(s->latest, to));
}

/* A record is released under one marking and one data mode. A part that says otherwise would be sent to readers that
 * its own marking keeps out. */
static int check_inner(struct record_scan *s, const struct members *m)
{
    for (const struct inner *i = s->inner; i; i = i->next)
        if (!str_eq(i->text, m->text[i->record_field - s->type->fields->fields]))
            return refuse(s, i->path, "expected the record's own %s", i->record_field->name);
    return 0;
}

static int read_record(struct record_scan *s, const struct path *at, struct record *ret)
{
    struct members m;
    memset(m.seen, 0, sizeof m.seen);
    if (json_peek(&s->json) != '{')
        return s->json.p == s->json.end ? expect(s, "a record")
                                        : refuse(s, at, "expected an object, found %s", found_kind(&s->json));
    const char *from = s->json.p;
    int rc = read_members(s, s->type->fields, at, &m);
    if (!rc)
        rc = check_required(s, s->type->fields, at, &m);
    if (!rc)
        rc = check_time(s, at);
    if (!rc)
        rc = check_inner(s, &m);
    if (rc)
        return rc;
    struct str canonical = compose(s, s->type->fields, &m);
    *ret = (struct record){.canonical = canonical,
                           .relto = s->relto.p ? arena_str(s->arena, s->relto) : s->relto,
                           .marking = member_text(s, &m, s->marking),
                           .data_mode = member_text(s, &m, s->data_mode),
                           .source = member_text(s, &m, s->source),
                           .client_id = member_text(s, &m, s->client_id),
                           .object = member_text(s, &m, s->object),
                           .t = s->t,
                           .index = s->index,
                           .offset = (size_t)(from - s->json.start)};
    return 0;
}

/* Reads one record; after a refusal the cursor stands behind it all the same, if the rest of it is JSON. */
static int next_record(struct record_scan *s, struct record *ret)
{
    struct path item = {NULL, {NULL, 0}, s->index};
    json_space(&s->json);
    const char *from = s->json.p;
    s->depth = s->elements = 0;
    s->relto = (struct str){NULL, 0};
    s->id_names = 0;
    s->t = s->type->earliest;
    s->inner = NULL;
    int rc = read_record(s, s->array ? &item : NULL, ret);
    if (rc == ERR_INVALID_RECORD) {
        struct json_budget budget = {.depth = s->limits.depth};
        s->json.p = from;
        if (!json_skip(&s->json, &budget))
            rc = ERR_BAD_JSON;
    }
    s->index++;
    return rc;
}

/* To the next record of the array. False at its end. */
static int next_item(struct record_scan *s, bool *ret)
{
    if (s->index == 0) {
        if (!json_take(&s->json, '['))
            return expect(s, "an array of records");
        *ret = json_peek(&s->json) != ']';
    } else {
        *ret = json_take(&s->json, ',');
    }
    return *ret || json_take(&s->json, ']') ? 0 : expect(s, "',' or ']'");
}

static int check_end(struct record_scan *s)
{
    s->over = true;
    json_space(&s->json);
    return s->json.p == s->json.end ? 0 : expect(s, "nothing after the JSON value");
}

static int next_of_array(struct record_scan *s, struct record *ret)
{
    bool more;
    int rc = next_item(s, &more);
    if (rc)
        return rc;
    if (more)
        return next_record(s, ret);
    rc = check_end(s);
    return rc ? rc : RECORD_SCAN_END;
}

static int only_record(struct record_scan *s, struct record *ret)
{
    int rc = next_record(s, ret);
    return rc == ERR_BAD_JSON || check_end(s) == 0 ? rc : ERR_BAD_JSON;
}

int record_scan_next(struct record_scan *s, struct record *ret, struct fault *fault)
{
    if (s->over)
        return RECORD_SCAN_END;
    struct record record;
    s->fault = fault;
    int rc = s->array ? next_of_array(s, &record) : only_record(s, &record);
    if (rc == ERR_BAD_JSON)
        return bad_json(s);
    if (!rc)
        *ret = record;
    return rc;
}

struct record_scan *record_scan_new(const struct record_type *type, struct str body, bool array,
                                    const struct record_limits *limits, instant now, struct arena *arena)
{
    struct record_scan *s = arena_alloc(arena, sizeof *s);
    instant kept_from = type->retention ? instant_add(now, -type->retention) : type->earliest;
    *s =
        (struct record_scan){.type = type,
                             .time = record_type_time(type),
                             .object = type->object_field ? field_find(type->fields, str_of(type->object_field)) : NULL,
                             .client_id = field_find(type->fields, STR("clientId")),
                             .marking = field_find(type->fields, STR("classificationMarking")),
                             .data_mode = field_find(type->fields, STR("dataMode")),
                             .source = field_find(type->fields, STR("source")),
                             .limits = *limits,
                             .earliest = kept_from > type->earliest ? kept_from : type->earliest,
                             .latest = instant_add(now, type->furthest_ahead),
                             .arena = arena,
                             .json = {body.p, body.p, body.p + body.n, NULL},
                             .array = array};
    if (s->limits.elements < type->elements_max)
        s->limits.elements = type->elements_max;
    return s;
}
