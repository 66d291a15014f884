/* GET /v1/{type}/queryhelp, in the shape of the UDL surface (section 7, queryhelp response and ParamDescriptor). */
#include "record_type.h"

static void member_bool(struct buf *out, const char *name, bool value)
{
    buf_printf(out, ",\"%s\":%s", name, value ? "true" : "false");
}

static void member_text(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, ",\"%s\":", name);
    buf_json_str(out, str_of(value));
}

static void type_write(const struct field *f, struct buf *out)
{
    static const char *const kinds[FIELD_ANY_KIND_COUNT] = {
        [FIELD_STRING] = "String", [FIELD_INT] = "Integer", [FIELD_FLOAT] = "Double",  [FIELD_BOOL] = "Boolean",
        [FIELD_TIME] = "Date",     [FIELD_ENUM] = "String", [FIELD_OBJECT] = "Object",
    };
    buf_printf(out, ",\"type\":\"%s", kinds[f->kind]);
    for (int level = 0; level < f->depth; level++)
        buf_z(out, "[]");
    buf_char(out, '"');
}

/* The field's description and what its values may be. */
static void description_write(const struct field *f, struct buf *out)
{
    BUF_CLEANUP struct buf text = {0};
    buf_printf(&text, "%s: ", f->description);
    field_expected(f, f->depth, &text);
    buf_z(out, ",\"description\":");
    buf_json_str(out, buf_view(&text));
}

/* Members in the order of their names. */
static void parameter_write(const struct record_type *type, const struct field *f, struct buf *out)
{
    bool value = f->kind != FIELD_OBJECT;
    buf_z(out, "{\"classificationMarking\":\"U\"");
    member_bool(out, "derived", f->read_only);
    description_write(f, out);
    member_bool(out, "elemMatch", value && f->depth != 0);
    if (f->kind == FIELD_TIME)
        member_text(out, "format", "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'");
    member_bool(out, "histQuerySupported", value);
    buf_z(out, ",\"histTupleSupported\":true");
    member_text(out, "name", f->name);
    member_bool(out, "required", is_query_required(type, f));
    member_bool(out, "restQuerySupported", value);
    buf_z(out, ",\"restTupleSupported\":true");
    type_write(f, out);
    if (f->unit)
        member_text(out, "unitOfMeasure", f->unit);
    member_bool(out, "utcDate", f->kind == FIELD_TIME);
    buf_char(out, '}');
}

static void parameters_write(const struct record_type *type, struct buf *out)
{
    const struct field_table *tables[] = {type->fields, server_fields()};
    const char *before = "";
    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < tables[t]->n; i++, before = ",") {
            buf_z(out, before);
            parameter_write(type, &tables[t]->fields[i], out);
        }
    if (type->id_field) {
        const struct field f = id_field_of(type);
        buf_char(out, ',');
        parameter_write(type, &f, out);
    }
}

void queryhelp_write(const struct record_type *type, struct buf *out)
{
    buf_z(out, "{\"aodrSupported\":true,\"classificationMarking\":\"U\"");
    member_text(out, "description", type->description);
    member_bool(out, "historySupported", true);
    member_text(out, "name", type->name);
    buf_z(out, ",\"parameters\":[");
    parameters_write(type, out);
    buf_z(out, "],\"requiredRoles\":[],\"restSupported\":true,\"sortSupported\":true");
    member_text(out, "typeName", type->name);
    buf_printf(out, ",\"uri\":\"/v1/%s\"}", type->name);
}
