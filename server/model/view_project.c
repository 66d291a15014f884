#include "view_data.h"

/* One object of a canonical body while it is projected. */
struct object {
    const struct view_level *level;
    struct str text[FIELD_TABLE_MAX]; /* of each field; p NULL: the object does not have it */
};

struct projector {
    struct str marking; /* JSON text; p NULL: as it stands */
};

static bool skip_value(struct json *j, struct str *ret)
{
    struct json_budget budget = {.depth = 16, .elements = SIZE_MAX, .string = SIZE_MAX};
    const char *from = j->p;
    if (!json_skip(j, &budget))
        return false;
    *ret = (struct str){from, (size_t)(j->p - from)};
    return true;
}

/* Names of fields are plain: one with an escape is no field's. */
static bool read_members(struct json *j, struct object *o)
{
    const struct field_table *table = o->level->table;
    struct json_string name;
    struct str value;
    memset(o->text, 0, table->n * sizeof *o->text);
    if (!json_take(j, '{'))
        return false;
    if (json_take(j, '}'))
        return true;
    do {
        if (json_peek(j) != '"' || !json_take_string(j, &name) || !json_take(j, ':') || !skip_value(j, &value))
            return false;
        const struct field *f = field_find(table, name.raw);
        if (f)
            o->text[f - table->fields] = value;
    } while (json_take(j, ','));
    return json_take(j, '}');
}

/* --- one value --- */

/* No accepted record has a number above; it bounds the text that is written. */
#define EXPONENT_MAX 400

/* Also of the digits that a projection wrote, which may be more than a posted number has. */
static bool number_of(struct str text, struct json_number *ret)
{
    struct json j = {text.p, text.p, text.p + text.n, NULL};
    return text.n && json_number(&j, ret) && j.p == j.end && (ret->zero || ret->exponent <= EXPONENT_MAX);
}

static bool project_time(struct str text, int64_t width, struct buf *out)
{
    instant t;
    if (text.n != INSTANT_TEXT + 2 || !instant_parse((struct str){text.p + 1, INSTANT_TEXT}, &t))
        return false;
    buf_char(out, '"');
    buf_instant(out, instant_floor(t, width));
    buf_char(out, '"');
    return true;
}

static bool project_scalar(const struct view_level *level, size_t i, struct str text, struct buf *out)
{
    const struct projection *p = &level->fields[i];
    struct json_number n;
    if (p->kind == SHOW_TIME)
        return project_time(text, p->width, out);
    if (!number_of(text, &n))
        return false;
    if (p->kind == SHOW_STEP)
        decimal_cut_step(&n, &level->steps[i], out);
    else
        decimal_cut_digits(&n, p->digits, out);
    return true;
}

/* --- regions --- */

static bool coordinate(const struct object *o, const struct field *f, double *ret)
{
    struct json_number n;
    return number_of(o->text[f - o->level->table->fields], &n) && json_number_double(&n, ret);
}

bool view_area_holds(const struct view_area *a, double latitude, double longitude)
{
    if (latitude < a->south || latitude > a->north)
        return false;
    return a->west <= a->east ? longitude >= a->west && longitude <= a->east
                              : longitude >= a->west || longitude <= a->east;
}

/* "" if the record lies in no area, or does not say where. */
static struct str region_text(const struct object *o, const struct view_region *r, const struct field *f)
{
    double latitude, longitude;
    if (!coordinate(o, r->latitude, &latitude) || !coordinate(o, r->longitude, &longitude))
        return STR("");
    for (size_t i = 0; i < r->n; i++) {
        const struct view_area *a = &r->areas[i];
        if (view_area_holds(a, latitude, longitude))
            return f == r->latitude ? a->latitude : f == r->longitude ? a->longitude : a->altitude;
    }
    return STR("");
}

/* --- objects --- */

static bool project_object(struct projector *p, const struct view_level *level, struct str text, struct buf *out);

/* A field that is not shown whole; arrays element by element. */
static bool project_shaped(struct projector *p, const struct view_level *level, size_t i, int depth, struct str text,
                           struct buf *out)
{
    struct json j = {text.p, text.p, text.p + text.n, NULL};
    struct str item;
    if (depth == 0)
        return level->fields[i].kind == SHOW_WHOLE ? project_object(p, level->inner[i], text, out)
                                                   : project_scalar(level, i, text, out);
    buf_char(out, '[');
    if (!json_take(&j, '['))
        return false;
    if (!json_take(&j, ']')) {
        do {
            if (!skip_value(&j, &item) || !project_shaped(p, level, i, depth - 1, item, out))
                return false;
            if (json_peek(&j) == ',')
                buf_char(out, ',');
        } while (json_take(&j, ','));
        if (!json_take(&j, ']'))
            return false;
    }
    buf_char(out, ']');
    return true;
}

/* *ret_shown false: the field is left out. */
static bool project_value(struct projector *p, const struct object *o, size_t i, struct buf *out, bool *ret_shown)
{
    const struct field *f = &o->level->table->fields[i];
    const struct projection *show = &o->level->fields[i];
    struct str text = o->text[i];
    *ret_shown = true;
    if (show->kind == SHOW_REGION) {
        struct str place = region_text(o, show->region, f);
        *ret_shown = place.n > 0;
        buf_str(out, place);
        return true;
    }
    if (show->kind != SHOW_WHOLE || o->level->inner[i])
        return project_shaped(p, o->level, i, f->depth, text, out);
    buf_str(out, p->marking.p && strcmp(f->name, "classificationMarking") == 0 ? p->marking : text);
    return true;
}

static bool project_object(struct projector *p, const struct view_level *level, struct str text, struct buf *out)
{
    struct json j = {text.p, text.p, text.p + text.n, NULL};
    struct object o = {.level = level};
    char before = '{';
    if (!read_members(&j, &o) || j.p != j.end)
        return false;
    for (size_t i = 0; i < level->table->n; i++) {
        size_t start = out->n;
        bool shown;
        if (!o.text[i].p || level->fields[i].kind == SHOW_NOTHING)
            continue;
        buf_printf(out, "%c\"%s\":", before, level->table->fields[i].name);
        if (!project_value(p, &o, i, out, &shown))
            return false;
        if (shown)
            before = ',';
        else
            out->n = start;
    }
    if (before == '{')
        buf_char(out, '{');
    buf_char(out, '}');
    return true;
}

bool view_project(const struct view *v, struct str body, struct str marking, struct buf *out)
{
    BUF_CLEANUP struct buf quoted = {0};
    struct projector p = {.marking = {NULL, 0}};
    size_t start = out->n;
    if (marking.p) {
        buf_json_str(&quoted, marking);
        p.marking = buf_view(&quoted);
    }
    if (project_object(&p, v->top, body, out))
        return true;
    out->n = start;
    return false;
}
