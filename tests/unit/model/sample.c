#include "sample.h"

#include <stdio.h>
#include <stdlib.h>

const struct record_limits default_limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};

static void sample_one(const struct field *f, struct buf *out)
{
    switch (f->kind) {
    case FIELD_STRING: buf_z(out, "\"U\""); break;
    case FIELD_INT: buf_printf(out, "%.0f", field_limited(f) ? f->min : -7.0); break;
    case FIELD_FLOAT: buf_printf(out, "%.1f", field_limited(f) ? f->min : -7.5); break;
    case FIELD_BOOL: buf_z(out, "true"); break;
    case FIELD_TIME: buf_z(out, "\"" SAMPLE_TIME "\""); break;
    case FIELD_ENUM: buf_json_str(out, str_of(f->values[0])); break;
    case FIELD_OBJECT: sample_object(f->object, NULL, STR(""), out); break;
    case FIELD_ANY_KIND_COUNT: abort();
    }
}

void sample_value(const struct field *f, int depth, struct buf *out)
{
    if (depth == 0) {
        sample_one(f, out);
        return;
    }
    buf_char(out, '[');
    sample_value(f, depth - 1, out);
    buf_char(out, ',');
    sample_value(f, depth - 1, out);
    buf_char(out, ']');
}

static void sample_member(const struct field *f, struct str value, struct buf *out)
{
    if (!value.n)
        return;
    buf_printf(out, "%s\"%s\":", out->p[out->n - 1] == '{' ? "" : ",", f->name);
    buf_str(out, value);
}

void sample_object(const struct field_table *t, const struct field *extra, struct str value, struct buf *out)
{
    buf_char(out, '{');
    for (size_t i = 0; i < t->n; i++) {
        BUF_CLEANUP struct buf b = {0};
        const struct field *f = &t->fields[i];
        if (f == extra) {
            sample_member(f, value, out);
        } else if (f->required) {
            sample_value(f, f->depth, &b);
            sample_member(f, buf_view(&b), out);
        }
    }
    buf_char(out, '}');
}

static void whole_member(const struct field *f, struct buf *out)
{
    BUF_CLEANUP struct buf value = {0};
    bool objects = f->kind == FIELD_OBJECT;
    buf_z(&value, objects && f->depth != 0 ? "[" : "");
    if (objects)
        sample_whole(f->object, &value);
    else
        sample_value(f, f->depth, &value);
    buf_z(&value, objects && f->depth != 0 ? "]" : "");
    sample_member(f, buf_view(&value), out);
}

void sample_whole(const struct field_table *t, struct buf *out)
{
    buf_char(out, '{');
    for (size_t i = 0; i < t->n; i++)
        whole_member(&t->fields[i], out);
    buf_char(out, '}');
}

static void each_of_table(struct place *place, void (*check)(const struct place *place))
{
    for (size_t i = 0; i < place->table->n; i++) {
        place->field = &place->table->fields[i];
        if (!place->field->read_only)
            check(place);
    }
}

static void each_inside(const struct record_type *type, const struct field *outer,
                        void (*check)(const struct place *place))
{
    char path[100];
    snprintf(path, sizeof path, "$.%s%s", outer->name, outer->depth == 1 ? "[0]" : "");
    struct place place = {type, outer, outer->object, NULL, path};
    each_of_table(&place, check);
}

void each_field(void (*check)(const struct place *place))
{
    for (size_t i = 0; i < record_type_count(); i++) {
        const struct record_type *type = record_type_at(i);
        struct place place = {type, NULL, type->fields, NULL, "$"};
        each_of_table(&place, check);
        for (size_t k = 0; k < type->fields->n; k++)
            if (type->fields->fields[k].kind == FIELD_OBJECT)
                each_inside(type, &type->fields->fields[k], check);
    }
}

void sample_record(const struct place *place, struct str value, struct buf *out)
{
    BUF_CLEANUP struct buf inner = {0};
    if (!place->outer) {
        sample_object(place->table, place->field, value, out);
        return;
    }
    bool array = place->outer->depth == 1;
    buf_z(&inner, array ? "[" : "");
    sample_object(place->table, place->field, value, &inner);
    buf_z(&inner, array ? "]" : "");
    sample_object(place->type->fields, place->outer, buf_view(&inner), out);
}

int scan_one(const struct record_type *type, struct str body, struct arena *arena, struct record *ret,
             struct fault *fault)
{
    struct record_scan *s = record_scan_new(type, body, false, &default_limits, NOW, arena);
    return record_scan_next(s, ret, fault);
}

const char *place_name(const struct place *place, struct arena *arena)
{
    return arena_printf(arena, "%s %s.%s", place->type->name, place->path, place->field->name);
}

const struct record_type *type_named(const char *name)
{
    const struct record_type *type = record_type_find(str_of(name));
    if (!type)
        abort();
    return type;
}
