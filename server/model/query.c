#include "query.h"
#include "json.h"
#include "query_value.h"

#include <stdio.h>

#define SHOWN_MAX 64 /* bytes of a value repeated in a message */

struct parser {
    const struct record_type *type;
    enum query_use use;
    instant now;
    struct arena *arena;
    struct fault *fault;
    struct query *query;
    struct predicate *predicates;
};

/* Names come from outside: what is no text is not repeated. */
static const char *shown_name(struct parser *p, struct str name)
{
    bool text = utf8_valid(name) && !memchr(name.p ? name.p : "", 0, name.n);
    return text ? arena_strz(p->arena, utf8_prefix(name, FAULT_WHERE_MAX - 1)) : "parameter";
}

__attribute__((format(printf, 3, 4))) static int refuse(struct parser *p, struct str name, const char *format, ...)
{
    char detail[FAULT_DETAIL_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    return fault_set(p->fault, ERR_BAD_QUERY, shown_name(p, name), "%s", detail);
}

static struct str skip_bytes(struct str s, size_t n)
{
    return (struct str){s.p + n, s.n - n};
}

/* --- operators --- */

/* Position of the first `mark` that no backslash stands before; s.n if there is none. */
static size_t find_mark(struct str s, const char *mark)
{
    size_t length = strlen(mark);
    for (size_t i = 0; i + length <= s.n; i++) {
        if (s.p[i] == '\\')
            i++;
        else if (memcmp(s.p + i, mark, length) == 0)
            return i;
    }
    return s.n;
}

/* Backslashes right before the end: an even number leaves the last character unescaped. */
static bool ends_with_star(struct str s)
{
    size_t backslashes = 0;
    if (!s.n || s.p[s.n - 1] != '*')
        return false;
    while (backslashes + 1 < s.n && s.p[s.n - 2 - backslashes] == '\\')
        backslashes++;
    return backslashes % 2 == 0;
}

static int read_value(struct parser *p, const struct query_reader *r, struct str name, struct str text,
                      struct query_value *ret)
{
    BUF_CLEANUP struct buf expected = {0};
    if (text.n && query_value_read(r, text, ret))
        return 0;
    query_value_expected(r, &expected);
    struct str shown = utf8_valid(text) ? utf8_prefix(text, SHOWN_MAX) : STR("bytes that are not text");
    if (!text.n)
        shown = STR("nothing");
    return refuse(p, name, "expected %.*s, found %.*s", STR_ARG(buf_view(&expected)), STR_ARG(shown));
}

static int read_one(struct parser *p, const struct query_reader *r, struct str name, struct str text,
                    struct predicate *predicate)
{
    struct query_value *v = arena_alloc(p->arena, sizeof *v);
    predicate->values = v;
    predicate->n = 1;
    return read_value(p, r, name, text, v);
}

static int read_like(struct parser *p, struct str name, struct str text, struct predicate *predicate)
{
    struct query_value *v = arena_alloc(p->arena, sizeof *v);
    predicate->op = QUERY_LIKE;
    predicate->like_open_start = text.p[0] == '*';
    predicate->like_open_end = ends_with_star(text);
    predicate->values = v;
    predicate->n = 1;
    if (predicate->like_open_end)
        text.n--;
    if (predicate->like_open_start && text.n)
        text = skip_bytes(text, 1);
    if (!text.n || !query_unescape(text, p->arena, &v->text) || !utf8_valid(v->text) || memchr(v->text.p, 0, v->text.n))
        return refuse(p, name, "expected text before, between or after the stars");
    return 0;
}

static int read_between(struct parser *p, const struct query_reader *r, struct str name, struct str text, size_t at,
                        struct predicate *predicate)
{
    struct query_value *v = arena_array(p->arena, 2, sizeof *v);
    predicate->op = QUERY_BETWEEN;
    predicate->values = v;
    predicate->n = 2;
    int rc = read_value(p, r, name, (struct str){text.p, at}, &v[0]);
    return rc ? rc : read_value(p, r, name, skip_bytes(text, at + 2), &v[1]);
}

static size_t list_length(struct str text)
{
    size_t n = 1;
    for (size_t at; (at = find_mark(text, ",")) < text.n; n++)
        text = skip_bytes(text, at + 1);
    return n;
}

static int read_list(struct parser *p, const struct query_reader *r, struct str name, struct str text,
                     struct predicate *predicate)
{
    size_t n = list_length(text);
    if (n > QUERY_IN_MAX)
        return refuse(p, name, "expected a list of at most %d values, found %zu", QUERY_IN_MAX, n);
    struct query_value *v = arena_array(p->arena, n, sizeof *v);
    for (size_t i = 0; i < n; i++) {
        size_t at = find_mark(text, ",");
        int rc = read_value(p, r, name, (struct str){text.p, at}, &v[i]);
        if (rc)
            return rc;
        text = skip_bytes(text, at < text.n ? at + 1 : at);
    }
    predicate->op = QUERY_IN;
    predicate->values = v;
    predicate->n = n;
    return 0;
}

/* ~v, >v, >=v, <v, <=v. The surface documents > and < as inclusive. */
static bool take_prefix_operator(struct str *text, enum query_op *ret)
{
    char c = text->n ? text->p[0] : '\0';
    if (c != '~' && c != '>' && c != '<')
        return false;
    *ret = c == '~' ? QUERY_NE : c == '>' ? QUERY_GE : QUERY_LE;
    *text = skip_bytes(*text, 1);
    if (c != '~' && text->n && text->p[0] == '=')
        *text = skip_bytes(*text, 1);
    return true;
}

static int read_operator(struct parser *p, const struct query_reader *r, const struct param *param,
                         struct predicate *predicate)
{
    struct str text = param->value;
    if (text.n > QUERY_VALUE_MAX)
        return refuse(p, param->name, "expected at most %d bytes, found %zu", QUERY_VALUE_MAX, text.n);
    if (take_prefix_operator(&text, &predicate->op))
        return read_one(p, r, param->name, text, predicate);
    if (text.n && (text.p[0] == '*' || ends_with_star(text)))
        return read_like(p, param->name, text, predicate);
    size_t between = find_mark(text, "..");
    if (between < text.n)
        return read_between(p, r, param->name, text, between, predicate);
    if (find_mark(text, ",") < text.n)
        return read_list(p, r, param->name, text, predicate);
    predicate->op = QUERY_EQ;
    return read_one(p, r, param->name, text, predicate);
}

/* --- fields --- */

static const struct field *find_field(const struct record_type *type, struct str name, bool *ret_server)
{
    const struct field *f = field_find(type->fields, name);
    *ret_server = !f;
    if (type->id_field && str_is(name, type->id_field))
        name = STR("id");
    return f ? f : field_find(server_fields(), name);
}

static int unknown_field(struct parser *p, struct str where, struct str name)
{
    const struct field *nearest = utf8_valid(name) ? field_nearest(p->type->fields, name) : NULL;
    if (!nearest && utf8_valid(name))
        nearest = field_nearest(server_fields(), name);
    return refuse(p, where, "expected a field of %s, sort, columns, maxResults or firstResult%s%s", p->type->name,
                  nearest ? "; the nearest name is " : "", nearest ? nearest->name : "");
}

static int read_predicate(struct parser *p, const struct param *param)
{
    struct query_reader r = {.now = p->now, .arena = p->arena};
    r.field = find_field(p->type, param->name, &r.server_field);
    if (!r.field)
        return unknown_field(p, param->name, param->name);
    if (r.field->kind == FIELD_OBJECT)
        return refuse(p, param->name, "expected a field with values; the parts of %s are not queried", r.field->name);
    if (p->query->n == QUERY_PREDICATES_MAX)
        return refuse(p, param->name, "expected conditions on at most %d fields", QUERY_PREDICATES_MAX);
    struct predicate *predicate = &p->predicates[p->query->n++];
    predicate->field = r.field;
    predicate->server_field = r.server_field;
    return read_operator(p, &r, param, predicate);
}

/* --- sort and paging --- */

static int read_count(struct parser *p, const struct param *param, int64_t *ret)
{
    struct json_number n;
    int64_t v;
    if (!json_number_parse(param->value, &n) || !json_number_int64(&n, &v) || v < 0 || v > QUERY_RESULTS_MAX)
        return refuse(p, param->name, "expected an integer from 0 to %lld", (long long)QUERY_RESULTS_MAX);
    *ret = v;
    return 0;
}

static bool direction_read(struct str text, bool *ret_ascending)
{
    while (text.n && text.p[0] == ' ')
        text = skip_bytes(text, 1);
    *ret_ascending = text.n == 3 && strncasecmp(text.p, "ASC", 3) == 0;
    return *ret_ascending || (text.n == 4 && strncasecmp(text.p, "DESC", 4) == 0);
}

static int read_sort(struct parser *p, const struct param *param)
{
    struct query *q = p->query;
    size_t comma = find_mark(param->value, ",");
    struct str name = {param->value.p, comma};
    bool server, ascending = true;
    const struct field *f = find_field(p->type, name, &server);
    if (!f)
        return unknown_field(p, param->name, name);
    if (f->kind == FIELD_OBJECT || f->depth != 0)
        return refuse(p, param->name, "expected a field with one value, found %s", f->name);
    if (comma < param->value.n && !direction_read(skip_bytes(param->value, comma + 1), &ascending))
        return refuse(p, param->name, "expected a field, then ,ASC or ,DESC");
    if (!ascending && !server && is_time_field(p->type, f))
        return 0;
    q->sort = f;
    q->sort_server_field = server;
    q->sort_ascending = ascending;
    return 0;
}

static int read_columns(struct parser *p, const struct param *param)
{
    if (!param->value.n || param->value.n > QUERY_VALUE_MAX)
        return refuse(p, param->name, "expected names of fields, separated by commas, in at most %d bytes",
                      QUERY_VALUE_MAX);
    p->query->columns = columns_read(p->type, param->value, p->arena);
    return 0;
}

static bool is_paging(struct str name)
{
    return str_is(name, "maxResults") || str_is(name, "firstResult");
}

static bool is_list_parameter(struct str name)
{
    return is_paging(name) || str_is(name, "sort") || str_is(name, "columns");
}

static int read_list_parameter(struct parser *p, const struct param *param)
{
    struct query *q = p->query;
    if (p->use == QUERY_COUNT && is_paging(param->name)) /* clients of lists send it with everything */
        return 0;
    if (p->use == QUERY_COUNT)
        return refuse(p, param->name, "expected a field of %s: a count has neither order nor columns", p->type->name);
    if (str_is(param->name, "sort"))
        return read_sort(p, param);
    if (str_is(param->name, "columns"))
        return read_columns(p, param);
    return read_count(p, param, str_is(param->name, "maxResults") ? &q->max_results : &q->first_result);
}

/* --- the whole --- */

static int check_repeated(struct parser *p, const struct param *params, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (str_eq(params[i].name, params[k].name))
                return refuse(p, params[i].name, "expected each parameter once; both ends of a range are written a..b");
    return 0;
}

/* What keeps a query from reading everything there ever was (UDL surface, section 4). */
static int check_required(struct parser *p)
{
    const char *name = p->type->query_required;
    bool server;
    if (!name || p->query->current)
        return 0;
    for (size_t i = 0; i < p->query->n; i++) {
        const struct predicate *predicate = &p->predicates[i];
        if (predicate->op != QUERY_NE && predicate->op != QUERY_LIKE && is_query_required(p->type, predicate->field))
            return 0;
    }
    bool time = find_field(p->type, str_of(name), &server)->kind == FIELD_TIME;
    return refuse(p, str_of(name), "expected a condition on %s, such as %s=%s", name, name,
                  time ? ">now-7 days" : "its value");
}

/* Newest first is by the time of acceptance where a record has no other. */
static void order_by_acceptance(struct query *q)
{
    q->sort = field_find(server_fields(), STR("createdAt"));
    q->sort_server_field = true;
    q->sort_ascending = false;
}

static int check_columns_given(struct parser *p)
{
    bool tuple = p->use == QUERY_TUPLE || p->use == QUERY_CURRENT_TUPLE;
    return tuple && !p->query->columns ? refuse(p, STR("columns"), "expected names of fields, such as columns=source")
                                       : 0;
}

int query_parse(const struct record_type *type, const struct param *params, size_t n, enum query_use use, instant now,
                struct arena *arena, const struct query **ret, struct fault *fault)
{
    struct parser p = {type,
                       use,
                       now,
                       arena,
                       fault,
                       arena_alloc(arena, sizeof *p.query),
                       arena_array(arena, QUERY_PREDICATES_MAX, sizeof *p.predicates)};
    *p.query = (struct query){.type = type, .predicates = p.predicates, .max_results = -1};
    p.query->current = use == QUERY_CURRENT || use == QUERY_CURRENT_TUPLE;
    int rc = check_repeated(&p, params, n);
    for (size_t i = 0; !rc && i < n; i++)
        rc = is_list_parameter(params[i].name) ? read_list_parameter(&p, &params[i]) : read_predicate(&p, &params[i]);
    if (!rc)
        rc = check_required(&p);
    if (!rc && use != QUERY_COUNT && !p.query->sort && !type->time_field)
        order_by_acceptance(p.query);
    if (!rc)
        rc = check_columns_given(&p);
    if (!rc)
        *ret = p.query;
    return rc;
}
