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

void sql_from(struct sql *s, const struct record_type *type)
{
    buf_printf(&s->text, " FROM record_%s r WHERE true",
               type->name); /* names of types are lower-case letters and digits */
}

void sql_version(struct sql *s, struct uuid id)
{
    sql_z(s, " AND (r.entity = ");
    sql_uuid(s, id);
    buf_printf(&s->text, " OR r.id = $%d) ORDER BY r.seq DESC LIMIT 1", s->args.n);
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

/* --- what is shown --- */

/* A statement in the making for one query and one sight. */
struct maker {
    struct sql *s;
    const struct record_type *type;
    const struct sight *sight;
};

/* The view that the class sees the row's label in. */
#define VIEW_OF_ROW "get_byte((SELECT views FROM visible_now), r.label_id)"

static const struct view *view_at(const struct maker *m, unsigned number)
{
    return m->sight->views[number];
}

/* Whether all views of the sight show the field whole. */
static bool shown_whole(const struct maker *m, const struct field *f)
{
    for (unsigned i = 1; i <= m->sight->most; i++)
        if (view_at(m, i) && view_field(view_at(m, i), f)->kind != SHOW_WHOLE)
            return false;
    return true;
}

/* Begins a choice by the row's view with what stands for the whole record. Ends with end_choice; a view that is not
 * named in it gives NULL. */
static void begin_choice(const struct maker *m, const char *whole)
{
    buf_printf(&m->s->text, "(CASE " VIEW_OF_ROW " WHEN 0 THEN %s", whole);
}

static void add_choice(const struct maker *m, unsigned view)
{
    buf_printf(&m->s->text, " WHEN %u THEN ", view);
}

static void end_choice(const struct maker *m)
{
    sql_z(m->s, " END)");
}

/* The start of the interval of `width` that a timestamp lies in (instant_floor). */
static void floor_time(struct sql *s, const char *expr, int64_t width)
{
    if (width)
        buf_printf(&s->text, "date_bin('%lld seconds', %s, '1900-01-01T00:00:00Z')",
                   (long long)(width / INSTANT_SECOND), expr);
    else
        sql_z(s, expr);
}

#define TIME_TEXT_BEGIN "to_char("
#define TIME_TEXT_END " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

/* A timestamp column, each view with a width of its own. */
static void choose_time(const struct maker *m, const char *column, int64_t (*width)(const struct view *v))
{
    bool any = false;
    for (unsigned i = 1; i <= m->sight->most; i++)
        any = any || (view_at(m, i) && width(view_at(m, i)));
    if (!any) {
        sql_z(m->s, column);
        return;
    }
    begin_choice(m, column);
    for (unsigned i = 1; i <= m->sight->most; i++) {
        if (!view_at(m, i))
            continue;
        add_choice(m, i);
        floor_time(m->s, column, width(view_at(m, i)));
    }
    end_choice(m);
}

void sql_time(struct sql *s, const struct record_type *type, const struct sight *sight)
{
    const struct maker m = {s, type, sight};
    choose_time(&m, "r.t", view_time_width);
}

int64_t sql_time_step(const struct record_type *type, const struct sight *sight)
{
    const struct maker m = {NULL, type, sight};
    int64_t step = 0;
    for (unsigned i = 1; i <= sight->most; i++)
        if (view_at(&m, i) && view_time_width(view_at(&m, i)) > step)
            step = view_time_width(view_at(&m, i));
    return step;
}

static void degrees(struct sql *s, double v)
{
    buf_printf(&s->text, "%.17g", v);
}

static void body_text(struct sql *s, const struct field *f)
{
    sql_z(s, "(r.body::json ->> ");
    sql_literal(s, f->name);
    buf_char(&s->text, ')');
}

/* As view_area_holds. */
static void area_condition(struct sql *s, const struct view_region *r, const struct view_area *a)
{
    body_text(s, r->latitude);
    sql_z(s, "::float8 BETWEEN ");
    degrees(s, a->south);
    sql_z(s, " AND ");
    degrees(s, a->north);
    sql_z(s, " AND (");
    body_text(s, r->longitude);
    sql_z(s, "::float8 >= ");
    degrees(s, a->west);
    sql_z(s, a->west <= a->east ? " AND " : " OR ");
    body_text(s, r->longitude);
    sql_z(s, "::float8 <= ");
    degrees(s, a->east);
    sql_z(s, ")");
}

static void region_text(struct sql *s, const struct view_region *r, const struct field *f, const char *whole)
{
    buf_printf(&s->text, "CASE WHEN %s IS NULL OR ", whole);
    body_text(s, r->latitude);
    sql_z(s, " IS NULL OR ");
    body_text(s, r->longitude);
    sql_z(s, " IS NULL THEN NULL");
    for (size_t i = 0; i < r->n; i++) {
        const struct view_area *a = &r->areas[i];
        struct str place = f == r->latitude ? a->latitude : f == r->longitude ? a->longitude : a->altitude;
        sql_z(s, " WHEN ");
        area_condition(s, r, a);
        sql_z(s, " THEN ");
        sql_literal(s, arena_strz(s->args.arena, place));
    }
    sql_z(s, " END");
}

/* What one view shows of a value whose text is `whole`: as decimal.c and view_project.c have it, byte for byte. */
static void projected_text(struct sql *s, const struct projection *p, const struct field *f, const char *whole)
{
    switch (p->kind) {
    case SHOW_WHOLE: sql_z(s, whole); break;
    case SHOW_NOTHING: sql_z(s, "NULL"); break;
    case SHOW_STEP:
        buf_printf(&s->text, "trim_scale(div(%s::numeric, %.*s) * %.*s)::text", whole, STR_ARG(p->step),
                   STR_ARG(p->step));
        break;
    case SHOW_DIGITS: buf_printf(&s->text, "view_digits(%s::numeric, %d)", whole, p->digits); break;
    case SHOW_TIME:
        sql_z(s, TIME_TEXT_BEGIN);
        floor_time(s, arena_printf(s->args.arena, "%s::timestamptz", whole), p->width);
        sql_z(s, TIME_TEXT_END);
        break;
    case SHOW_REGION: region_text(s, p->region, f, whole); break;
    }
}

/* The text of a field, or of one element of it, whose text in the whole record is `whole`. */
static void shown_text(const struct maker *m, const struct field *f, const char *whole)
{
    if (shown_whole(m, f)) {
        sql_z(m->s, whole);
        return;
    }
    begin_choice(m, whole);
    for (unsigned i = 1; i <= m->sight->most; i++) {
        if (!view_at(m, i))
            continue;
        add_choice(m, i);
        projected_text(m->s, view_field(view_at(m, i), f), f, whole);
    }
    end_choice(m);
}

static bool is_marking(const struct field *f)
{
    return strcmp(f->name, "classificationMarking") == 0;
}

/* Labels of which another marking is sent have it from a list. */
static void shown_marking(const struct maker *m, const char *whole)
{
    struct sql *s = m->s;
    size_t n = m->sight->n_markings;
    int32_t *labels = arena_array(s->args.arena, n, sizeof *labels);
    struct str *markings = arena_array(s->args.arena, n, sizeof *markings);
    for (size_t i = 0; i < n; i++) {
        labels[i] = m->sight->markings[i].label;
        markings[i] = m->sight->markings[i].marking;
    }
    if (!n) {
        sql_z(s, whole);
        return;
    }
    sql_z(s, "(CASE WHEN r.label_id = ANY (");
    pg_arg_i32s(&s->args, labels, n);
    int at = s->args.n;
    placeholder(s);
    sql_z(s, ") THEN (");
    pg_arg_strs(&s->args, markings, n);
    placeholder(s);
    buf_printf(&s->text, ")[array_position($%d, r.label_id)] ELSE %s END)", at, whole);
}

static void shown_field(const struct maker *m, const struct field *f)
{
    BUF_CLEANUP struct buf whole = {0};
    buf_printf(&whole, "(r.body::json ->> '%s')", f->name); /* names of fields have no quotes */
    buf_char(&whole, '\0');
    if (is_marking(f))
        shown_marking(m, whole.p);
    else
        shown_text(m, f, whole.p);
}

/* An array is there as it is, or not at all; its elements are projected one by one. */
static void shown_array(const struct maker *m, const struct field *f)
{
    BUF_CLEANUP struct buf whole = {0};
    bool hidden = false;
    buf_printf(&whole, "(r.body::json -> '%s')", f->name);
    buf_char(&whole, '\0');
    for (unsigned i = 1; i <= m->sight->most; i++)
        hidden = hidden || (view_at(m, i) && view_field(view_at(m, i), f)->kind == SHOW_NOTHING);
    if (!hidden) {
        sql_z(m->s, whole.p);
        return;
    }
    begin_choice(m, whole.p);
    for (unsigned i = 1; i <= m->sight->most; i++) {
        if (!view_at(m, i) || view_field(view_at(m, i), f)->kind == SHOW_NOTHING)
            continue;
        add_choice(m, i);
        sql_z(m->s, whole.p);
    }
    end_choice(m);
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

/* Where a value is and how it compares. */
enum place {
    IN_BODY,
    COLUMN_CREATED,
    COLUMN_CREATED_TEXT,
    COLUMN_TIME_SHOWN,
    COLUMN_OBJECT,
    COLUMN_OBJECT_NUMBER,
    COLUMN_PLAIN
};

struct operand {
    enum place place;
    struct kind_sql kind;
    const char *expr; /* COLUMN_PLAIN */
};

static struct operand server_operand(const struct record_type *type, const struct field *f, enum query_op op)
{
    struct str name = str_of(f->name);
    if (str_is(name, "createdAt"))
        return op == QUERY_LIKE ? (struct operand){COLUMN_CREATED_TEXT, kinds[FIELD_STRING], NULL}
                                : (struct operand){COLUMN_CREATED, column_time, NULL};
    if (str_is(name, "createdBy"))
        return (struct operand){COLUMN_PLAIN, kinds[FIELD_STRING], "r.originator"};
    if (str_is(name, "id"))
        return (struct operand){COLUMN_PLAIN, kinds[FIELD_STRING], type->versioned ? "r.entity::text" : "r.id::text"};
    return (struct operand){COLUMN_PLAIN, kinds[FIELD_STRING], "'RELTO'::text"};
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

/* Of an integer '' is only the absent one, and its digits are the column's text. */
static bool is_object_number(const struct record_type *type, const struct field *f)
{
    return type->object_field && str_is(str_of(f->name), type->object_field) && f->kind == FIELD_INT;
}

/* Or is hidden by some views and whole in the others. */
static bool whole_or_nothing(const struct maker *m, const struct field *f)
{
    for (unsigned i = 1; i <= m->sight->most; i++) {
        enum projection_kind kind = view_at(m, i) ? view_field(view_at(m, i), f)->kind : SHOW_WHOLE;
        if (kind != SHOW_WHOLE && kind != SHOW_NOTHING)
            return false;
    }
    return true;
}

static struct operand find_operand(const struct maker *m, const struct predicate *p)
{
    if (p->server_field)
        return server_operand(m->type, p->field, p->op);
    if (p->op != QUERY_LIKE && is_time_field(m->type, p->field))
        return (struct operand){COLUMN_TIME_SHOWN, column_time, NULL};
    if (object_column_serves(m->type, p) && whole_or_nothing(m, p->field))
        return (struct operand){COLUMN_OBJECT, {"text", ""}, NULL};
    if (is_object_number(m->type, p->field) && p->op != QUERY_LIKE && whole_or_nothing(m, p->field))
        return (struct operand){COLUMN_OBJECT_NUMBER, kinds[FIELD_INT], NULL};
    return (struct operand){IN_BODY, kinds[p->field->kind], NULL};
}

static void object_number(const struct maker *m, const struct field *f)
{
    shown_text(m, f, "NULLIF(r.object, '')");
    sql_z(m->s, "::int8");
}

/* The left side of a comparison. */
static void operand_sql(const struct maker *m, const struct operand *o, const struct field *f)
{
    switch (o->place) {
    case COLUMN_CREATED: choose_time(m, "r.ingested_at", view_created_width); break;
    case COLUMN_CREATED_TEXT:
        sql_z(m->s, TIME_TEXT_BEGIN);
        choose_time(m, "r.ingested_at", view_created_width);
        sql_z(m->s, TIME_TEXT_END);
        break;
    case COLUMN_TIME_SHOWN: sql_time(m->s, m->type, m->sight); break;
    case COLUMN_OBJECT: shown_text(m, f, "r.object"); break;
    case COLUMN_OBJECT_NUMBER: object_number(m, f); break;
    case COLUMN_PLAIN: sql_z(m->s, o->expr); break;
    case IN_BODY: shown_field(m, f); break;
    }
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

/* The body is canonical JSON: a member of this value stands in it as this text. To look for that is a quarter of the
 * work of reading the value, which has to be done only where it is found. */
static void body_holds(const struct maker *m, const struct predicate *p)
{
    enum field_kind kind = p->field->kind;
    BUF_CLEANUP struct buf member = {0};
    if (p->op != QUERY_EQ || kind == FIELD_FLOAT || is_marking(p->field) || !shown_whole(m, p->field))
        return;
    buf_printf(&member, "\"%s\":", p->field->name);
    if (kind == FIELD_INT || kind == FIELD_BOOL)
        buf_str(&member, p->values[0].text);
    else
        buf_json_str(&member, p->values[0].text);
    sql_z(m->s, "strpos(r.body, ");
    sql_param(m->s, buf_view(&member), "text");
    sql_z(m->s, ") > 0 AND ");
}

static void body_scalar(const struct maker *m, const struct predicate *p)
{
    struct kind_sql kind = kind_for(p, p->op);
    body_holds(m, p);
    shown_field(m, p->field);
    cast_suffix(m->s, p->op, &kind);
    comparison(m->s, p, p->op, &kind);
}

/* Any element; for NE: there is an array and none of its elements is equal. A value that is no array (null) has no
 * elements: json_array_elements would raise and take the whole query with it. */
static void body_elements(const struct maker *m, const struct predicate *p)
{
    struct sql *s = m->s;
    enum query_op op = p->op == QUERY_NE ? QUERY_EQ : p->op;
    struct kind_sql kind = kind_for(p, op);
    if (p->op == QUERY_NE) {
        sql_z(s, "json_typeof(");
        shown_array(m, p->field);
        sql_z(s, ") = 'array' AND NOT ");
    }
    int depth = p->field->depth;
    buf_printf(&s->text, "EXISTS (SELECT FROM json_array_elements%s(CASE json_typeof(", depth == 1 ? "_text" : "");
    shown_array(m, p->field);
    sql_z(s, ") WHEN 'array' THEN ");
    shown_array(m, p->field);
    buf_printf(&s->text, " END) AS e%d(v)", depth);
    for (int level = depth - 1; level > 0; level--)
        buf_printf(&s->text, ", json_array_elements%s(CASE json_typeof(e%d.v) WHEN 'array' THEN e%d.v END) AS e%d(v)",
                   level == 1 ? "_text" : "", level + 1, level + 1, level);
    sql_z(s, " WHERE ");
    shown_text(m, p->field, "e1.v");
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
    sql_z(s, type->versioned ? "(r.entity = " : "(r.id = ");
    sql_uuid(s, id);
    if (!type->versioned && record_id_partition(type, id, &from, &to)) {
        sql_z(s, " AND r.t >= ");
        sql_instant(s, from);
        sql_z(s, " AND r.t < ");
        sql_instant(s, to);
    }
    buf_char(&s->text, ')');
}

static void id_in(struct sql *s, const struct record_type *type, const struct predicate *p)
{
    BUF_CLEANUP struct buf text = {0};
    struct str *ids = arena_array(s->args.arena, p->n, sizeof *ids);
    struct uuid id;
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        if (uuid_parse(p->values[i].text, &id))
            ids[n++] = p->values[i].text;
    sql_array_text(ids, n, &text);
    sql_z(s, type->versioned ? "r.entity = ANY (" : "r.id = ANY (");
    sql_param(s, buf_view(&text), "uuid[]");
    buf_char(&s->text, ')');
}

static bool is_id(const struct predicate *p)
{
    return p->server_field && str_is(str_of(p->field->name), "id");
}

/* What is shown of a time lies at or before it, by less than a step: bounds that an index can use. */
static void time_bounds(const struct maker *m, const struct predicate *p, int64_t step)
{
    instant least = INSTANT_MAX, most = INSTANT_MIN;
    for (size_t i = 0; i < p->n; i++) {
        least = p->values[i].time < least ? p->values[i].time : least;
        most = p->values[i].time > most ? p->values[i].time : most;
    }
    if (p->op != QUERY_NE && p->op != QUERY_LE) {
        sql_z(m->s, " AND r.t >= ");
        sql_instant(m->s, least);
    }
    if (p->op != QUERY_NE && p->op != QUERY_GE) {
        sql_z(m->s, " AND r.t < ");
        sql_instant(m->s, instant_add(most, step));
    }
}

static void predicate_sql(const struct maker *m, const struct predicate *p, const struct operand *operand)
{
    if (is_id(p) && p->op == QUERY_EQ) {
        id_equal(m->s, m->type, p->values[0].text);
    } else if (is_id(p) && p->op == QUERY_IN) {
        id_in(m->s, m->type, p);
    } else if (operand->place == IN_BODY && p->field->depth == 0) {
        body_scalar(m, p);
    } else if (operand->place == IN_BODY) {
        body_elements(m, p);
    } else {
        operand_sql(m, operand, p->field);
        comparison(m->s, p, p->op, &operand->kind);
    }
}

static void narrow_by_index(const struct maker *m, const struct predicate *p, const struct operand *operand)
{
    int64_t step = sql_time_step(m->type, m->sight);
    if (operand->place == COLUMN_TIME_SHOWN && step)
        time_bounds(m, p, step);
    if (operand->place != COLUMN_OBJECT || shown_whole(m, p->field))
        return;
    sql_z(m->s, " AND r.object");
    comparison(m->s, p, p->op, &operand->kind);
}

bool sql_by_index(const struct record_type *type, const struct predicate *p, const struct sight *sight)
{
    const struct maker m = {NULL, type, sight};
    if (p->op != QUERY_EQ && p->op != QUERY_IN)
        return false;
    return (is_id(p) && !type->versioned) ||
           (!p->server_field && object_column_serves(type, p) && shown_whole(&m, p->field));
}

static bool is_data_mode(const struct predicate *p)
{
    return !p->server_field && str_is(str_of(p->field->name), "dataMode");
}

bool sql_by_label(const struct predicate *p)
{
    bool created_by = p->server_field && str_is(str_of(p->field->name), "createdBy");
    return (is_data_mode(p) || created_by) && (p->op == QUERY_EQ || p->op == QUERY_NE || p->op == QUERY_IN);
}

void sql_label_condition(struct sql *s, const struct predicate *p)
{
    sql_z(s, is_data_mode(p) ? " AND l.data_mode" : " AND l.originator");
    comparison(s, p, p->op, &kinds[FIELD_STRING]);
}

void sql_predicates(struct sql *s, const struct query *q, const struct sight *sight)
{
    sql_predicates_but(s, q, sight, 0);
}

void sql_predicates_but(struct sql *s, const struct query *q, const struct sight *sight, uint32_t but)
{
    const struct maker m = {s, q->type, sight};
    for (int in_body = 0; in_body < 2; in_body++) {
        for (size_t i = 0; i < q->n; i++) {
            struct operand operand = find_operand(&m, &q->predicates[i]);
            if ((operand.place == IN_BODY) != in_body || but >> i & 1)
                continue;
            narrow_by_index(&m, &q->predicates[i], &operand);
            sql_z(s, " AND (");
            predicate_sql(&m, &q->predicates[i], &operand);
            buf_char(&s->text, ')');
        }
    }
}

bool sql_asks_marking(const struct query *q)
{
    bool asks = q->sort && !q->sort_server_field && is_marking(q->sort);
    for (size_t i = 0; i < q->n; i++)
        asks = asks || (!q->predicates[i].server_field && is_marking(q->predicates[i].field));
    return asks;
}

bool sql_asks_time(const struct record_type *type, const struct predicate *p)
{
    return !p->server_field && p->op != QUERY_LIKE && is_time_field(type, p->field);
}

bool sql_only_time(const struct query *q)
{
    for (size_t i = 0; i < q->n; i++)
        if (!sql_asks_time(q->type, &q->predicates[i]))
            return false;
    return true;
}

bool sql_time_order(const struct query *q)
{
    return !q->sort || (!q->sort_server_field && is_time_field(q->type, q->sort));
}

void sql_object(struct sql *s, const struct record_type *type, const struct sight *sight)
{
    const struct maker m = {s, type, sight};
    shown_text(&m, field_find(type->fields, str_of(type->object_field)), "NULLIF(r.object, '')");
}

/* Arrays are not sorted by (query_parse). */
void sql_sort_key(struct sql *s, const struct query *q, const struct sight *sight)
{
    const struct maker m = {s, q->type, sight};
    if (q->sort_server_field) {
        struct operand operand = server_operand(q->type, q->sort, QUERY_EQ);
        operand_sql(&m, &operand, q->sort);
        if (operand.place != COLUMN_CREATED)
            sql_z(s, kinds[FIELD_STRING].collate);
        return;
    }
    struct kind_sql kind = kinds[q->sort->kind];
    if (is_object_number(q->type, q->sort) && whole_or_nothing(&m, q->sort)) {
        object_number(&m, q->sort);
        return;
    }
    shown_field(&m, q->sort);
    cast_suffix(s, QUERY_EQ, &kind);
    sql_z(s, kind.collate);
}
