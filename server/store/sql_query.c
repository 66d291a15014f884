#include "sql_query.h"

#include "record.h"

/* --- parameters --- */

/* The parameter just added. */
static void placeholder(struct sql *s)
{
    buf_printf(&s->text, "$%d", s->args.n);
}

void sql_param(struct sql *s, struct str value, const char *cast)
{
    pg_arg_z(&s->args, arena_strz(s->args.arena, value));
    placeholder(s);
    buf_printf(&s->text, "::%s", cast);
}

void sql_i64(struct sql *s, int64_t value)
{
    pg_arg_i64(&s->args, value);
    placeholder(s);
}

void sql_instant(struct sql *s, instant t)
{
    pg_arg_instant(&s->args, t);
    placeholder(s);
}

void sql_uuid(struct sql *s, struct uuid id)
{
    pg_arg_uuid(&s->args, id);
    placeholder(s);
}

void sql_literal(struct sql *s, const char *text)
{
    buf_char(&s->text, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buf_char(&s->text, '\'');
        buf_char(&s->text, *text);
    }
    buf_char(&s->text, '\'');
}

void sql_like_escape(struct str text, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\\' || text.p[i] == '%' || text.p[i] == '_')
            buf_char(out, '\\');
        buf_char(out, text.p[i]);
    }
}

void sql_array_text(const struct str *elements, size_t n, struct buf *out)
{
    buf_char(out, '{');
    for (size_t i = 0; i < n; i++) {
        buf_z(out, i ? ",\"" : "\"");
        for (size_t k = 0; k < elements[i].n; k++) {
            char c = elements[i].p[k];
            if (c == '"' || c == '\\')
                buf_char(out, '\\');
            buf_char(out, c);
        }
        buf_char(out, '"');
    }
    buf_char(out, '}');
}

static void param_values(struct sql *s, const struct query_value *values, size_t n, const char *cast)
{
    BUF_CLEANUP struct buf text = {0};
    BUF_CLEANUP struct buf array_cast = {0};
    struct str *elements = arena_array(s->args.arena, n, sizeof *elements);
    for (size_t i = 0; i < n; i++)
        elements[i] = values[i].text;
    sql_array_text(elements, n, &text);
    buf_printf(&array_cast, "%s[]", cast);
    buf_char(&array_cast, '\0');
    sql_param(s, buf_view(&text), array_cast.p);
}

/* --- where a field's value is --- */

/* How values of a kind compare. Times are fixed-width text in the body, so that byte order is time order; "C" makes the
 * order of text independent of the database's locale. */
static const struct kind_sql {
    const char *cast, *collate;
} kinds[FIELD_ANY_KIND_COUNT] = {
    [FIELD_STRING] = {"text", " COLLATE \"C\""},
    [FIELD_INT] = {"int8", ""},
    [FIELD_FLOAT] = {"float8", ""},
    [FIELD_BOOL] = {"bool", ""},
    [FIELD_TIME] = {"text", " COLLATE \"C\""},
    [FIELD_ENUM] = {"text", " COLLATE \"C\""},
    [FIELD_OBJECT] = {"text", " COLLATE \"C\""},
};
static const struct kind_sql column_time = {"timestamptz", ""};

/* An expression and how it compares. expr NULL: in the body. */
struct operand {
    const char *expr;
    struct kind_sql kind;
    bool indexed;
};

#define CREATED_AT_TEXT "to_char(r.ingested_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

static struct operand server_operand(const struct field *f, enum query_op op)
{
    struct str name = str_of(f->name);
    if (str_is(name, "createdAt"))
        return op == QUERY_LIKE ? (struct operand){CREATED_AT_TEXT, kinds[FIELD_STRING], false}
                                : (struct operand){"r.ingested_at", column_time, false};
    if (str_is(name, "createdBy"))
        return (struct operand){"r.originator", kinds[FIELD_STRING], false};
    if (str_is(name, "id"))
        return (struct operand){"r.id::text", kinds[FIELD_STRING], false};
    return (struct operand){"'RELTO'::text", kinds[FIELD_STRING], false};
}

static bool all_nonempty(const struct predicate *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->values[i].text.n == 0)
            return false;
    return true;
}

/* Column `object` is '' both for an absent field and for an empty one, and always text: it serves for equality. */
static bool object_column_serves(const struct record_type *type, const struct predicate *p)
{
    return type->object_field && str_is(str_of(p->field->name), type->object_field) &&
           (p->op == QUERY_EQ || p->op == QUERY_IN) && p->field->kind != FIELD_FLOAT && all_nonempty(p);
}

static struct operand find_operand(const struct record_type *type, const struct predicate *p)
{
    if (p->server_field)
        return server_operand(p->field, p->op);
    if (p->op != QUERY_LIKE && str_is(str_of(p->field->name), type->time_field))
        return (struct operand){"r.t", column_time, true};
    if (object_column_serves(type, p))
        return (struct operand){"r.object", {"text", ""}, true};
    return (struct operand){NULL, kinds[p->field->kind], false};
}

/* --- comparisons --- */

static void like_pattern(struct sql *s, const struct predicate *p)
{
    BUF_CLEANUP struct buf pattern = {0};
    if (p->like_open_start)
        buf_char(&pattern, '%');
    sql_like_escape(p->values[0].text, &pattern);
    if (p->like_open_end)
        buf_char(&pattern, '%');
    sql_param(s, buf_view(&pattern), "text");
}

/* Behind the left side: operator and right side. */
static void comparison(struct sql *s, const struct predicate *p, enum query_op op, const struct kind_sql *kind)
{
    static const char *const symbols[] = {
        [QUERY_EQ] = " = ",      [QUERY_NE] = " <> ",           [QUERY_GE] = " >= ",
        [QUERY_LE] = " <= ",     [QUERY_BETWEEN] = " BETWEEN ", [QUERY_IN] = " = ANY (",
        [QUERY_LIKE] = " ILIKE "};
    sql_z(s, kind->collate);
    sql_z(s, symbols[op]);
    switch (op) {
    case QUERY_IN:
        param_values(s, p->values, p->n, kind->cast);
        buf_char(&s->text, ')');
        break;
    case QUERY_LIKE: like_pattern(s, p); break;
    case QUERY_BETWEEN:
        sql_param(s, p->values[0].text, kind->cast);
        sql_z(s, " AND ");
        sql_param(s, p->values[1].text, kind->cast);
        break;
    default: sql_param(s, p->values[0].text, kind->cast);
    }
}

/* Text for LIKE and for what compares as text; cast otherwise. */
static void cast_suffix(struct sql *s, enum query_op op, const struct kind_sql *kind)
{
    if (op != QUERY_LIKE && !str_is(str_of(kind->cast), "text"))
        buf_printf(&s->text, "::%s", kind->cast);
}

static struct kind_sql kind_for(const struct predicate *p, enum query_op op)
{
    return op == QUERY_LIKE ? kinds[FIELD_STRING] : kinds[p->field->kind];
}

static void body_scalar(struct sql *s, const struct predicate *p)
{
    struct kind_sql kind = kind_for(p, p->op);
    sql_z(s, "(r.body::json ->> ");
    sql_literal(s, p->field->name);
    buf_char(&s->text, ')');
    cast_suffix(s, p->op, &kind);
    comparison(s, p, p->op, &kind);
}

static void body_array(struct sql *s, const struct field *f)
{
    sql_z(s, "(r.body::json -> ");
    sql_literal(s, f->name);
    buf_char(&s->text, ')');
}

/* Any element; for NE: there is an array and none of its elements is equal. A value that is no array (null) has no
 * elements: json_array_elements would raise and take the whole query with it. */
static void body_elements(struct sql *s, const struct predicate *p)
{
    enum query_op op = p->op == QUERY_NE ? QUERY_EQ : p->op;
    struct kind_sql kind = kind_for(p, op);
    bool matrix = p->field->shape == SHAPE_MATRIX;
    if (p->op == QUERY_NE) {
        sql_z(s, "json_typeof(");
        body_array(s, p->field);
        sql_z(s, ") = 'array' AND NOT ");
    }
    buf_printf(&s->text, "EXISTS (SELECT FROM json_array_elements%s(CASE json_typeof(", matrix ? "" : "_text");
    body_array(s, p->field);
    sql_z(s, ") WHEN 'array' THEN ");
    body_array(s, p->field);
    buf_printf(&s->text, " END) AS %s(v)%s WHERE e.v", matrix ? "m" : "e",
               matrix ? ", json_array_elements_text(CASE json_typeof(m.v) WHEN 'array' THEN m.v END) AS e(v)" : "");
    cast_suffix(s, op, &kind);
    comparison(s, p, op, &kind);
    buf_char(&s->text, ')');
}

/* id = …: by index, in the one partition the id points into. Text that is no UUID names no record. */
static void id_equal(struct sql *s, const struct record_type *type, struct str text)
{
    struct uuid id;
    instant from, to;
    if (!uuid_parse(text, &id)) {
        sql_z(s, "FALSE");
        return;
    }
    sql_z(s, "(r.id = ");
    sql_uuid(s, id);
    if (record_id_partition(type, id, &from, &to)) {
        sql_z(s, " AND r.t >= ");
        sql_instant(s, from);
        sql_z(s, " AND r.t < ");
        sql_instant(s, to);
    }
    buf_char(&s->text, ')');
}

static void id_in(struct sql *s, const struct predicate *p)
{
    BUF_CLEANUP struct buf text = {0};
    struct str *ids = arena_array(s->args.arena, p->n, sizeof *ids);
    struct uuid id;
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        if (uuid_parse(p->values[i].text, &id))
            ids[n++] = p->values[i].text;
    sql_array_text(ids, n, &text);
    sql_z(s, "r.id = ANY (");
    sql_param(s, buf_view(&text), "uuid[]");
    buf_char(&s->text, ')');
}

static bool is_id(const struct predicate *p)
{
    return p->server_field && str_is(str_of(p->field->name), "id");
}

static void predicate_sql(struct sql *s, const struct record_type *type, const struct predicate *p,
                          const struct operand *operand)
{
    if (is_id(p) && p->op == QUERY_EQ) {
        id_equal(s, type, p->values[0].text);
    } else if (is_id(p) && p->op == QUERY_IN) {
        id_in(s, p);
    } else if (operand->expr) {
        sql_z(s, operand->expr);
        comparison(s, p, p->op, &operand->kind);
    } else if (p->field->shape == SHAPE_ONE) {
        body_scalar(s, p);
    } else {
        body_elements(s, p);
    }
}

void sql_predicates(struct sql *s, const struct query *q)
{
    for (int in_body = 0; in_body < 2; in_body++) {
        for (size_t i = 0; i < q->n; i++) {
            struct operand operand = find_operand(q->type, &q->predicates[i]);
            if ((operand.expr == NULL) != in_body)
                continue;
            sql_z(s, " AND (");
            predicate_sql(s, q->type, &q->predicates[i], &operand);
            buf_char(&s->text, ')');
        }
    }
}

bool sql_only_time(const struct query *q)
{
    for (size_t i = 0; i < q->n; i++) {
        const struct predicate *p = &q->predicates[i];
        if (p->server_field || p->op == QUERY_LIKE || !str_is(str_of(p->field->name), q->type->time_field))
            return false;
    }
    return true;
}

bool sql_time_order(const struct query *q)
{
    return !q->sort || (!q->sort_server_field && str_is(str_of(q->sort->name), q->type->time_field));
}

/* An array sorts by its text. */
void sql_sort_key(struct sql *s, const struct query *q)
{
    if (q->sort_server_field) {
        sql_z(s, server_operand(q->sort, QUERY_EQ).expr);
        if (!str_is(str_of(q->sort->name), "createdAt"))
            sql_z(s, kinds[FIELD_STRING].collate);
        return;
    }
    struct kind_sql kind = kinds[q->sort->shape == SHAPE_ONE ? q->sort->kind : FIELD_STRING];
    sql_z(s, "(r.body::json ->> ");
    sql_literal(s, q->sort->name);
    buf_char(&s->text, ')');
    cast_suffix(s, QUERY_EQ, &kind);
    sql_z(s, kind.collate);
}
