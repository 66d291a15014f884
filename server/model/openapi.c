/* OpenAPI 3.1, whose schemas are JSON Schema 2020-12. */
#include "query.h"
#include "record_type.h"

#include <float.h>

static void description_write(const char *text, const char *unit, struct buf *out)
{
    BUF_CLEANUP struct buf b = {0};
    buf_z(&b, text);
    if (unit)
        buf_printf(&b, " [%s]", unit);
    buf_z(out, ",\"description\":");
    buf_json_str(out, buf_view(&b));
}

static void limits_write(const struct field *f, struct buf *out)
{
    bool string = f->kind == FIELD_STRING;
    if (!field_limited(f))
        return;
    buf_printf(out, ",\"%s\":%.15g", string ? "minLength" : "minimum", f->min);
    if (f->max < DBL_MAX)
        buf_printf(out, ",\"%s\":%.15g", string ? "maxLength" : "maximum", f->max);
}

static void values_write(const struct field *f, struct buf *out)
{
    buf_z(out, ",\"enum\":[");
    for (size_t i = 0; f->values[i]; i++) {
        buf_z(out, i ? "," : "");
        buf_json_str(out, str_of(f->values[i]));
    }
    buf_char(out, ']');
}

static void object_write(const struct field_table *table, struct buf *out);

/* The members of the schema of one value, without the braces. */
static void value_write(const struct field *f, struct buf *out)
{
    static const char *const kinds[FIELD_ANY_KIND_COUNT] = {
        [FIELD_STRING] = "\"type\":\"string\"",
        [FIELD_INT] = "\"type\":\"integer\",\"format\":\"int64\"",
        [FIELD_FLOAT] = "\"type\":\"number\",\"format\":\"double\"",
        [FIELD_BOOL] = "\"type\":\"boolean\"",
        [FIELD_TIME] = "\"type\":\"string\",\"format\":\"date-time\"",
        [FIELD_ENUM] = "\"type\":\"string\"",
    };
    if (f->kind == FIELD_OBJECT) {
        object_write(f->object, out);
        return;
    }
    buf_z(out, kinds[f->kind]);
    if (f->kind == FIELD_ENUM)
        values_write(f, out);
    limits_write(f, out);
}

static void property_write(const struct field *f, const char *more, struct buf *out)
{
    buf_printf(out, "\"%s\":{", f->name);
    for (int level = 0; level < f->depth; level++)
        buf_z(out, "\"type\":\"array\",\"items\":{");
    value_write(f, out);
    for (int level = 0; level < f->depth; level++)
        buf_char(out, '}');
    description_write(f->description, f->unit, out);
    buf_z(out, more);
    buf_char(out, '}');
}

#define READ_ONLY ",\"readOnly\":true"

static void properties_write(const struct field_table *table, struct buf *out)
{
    for (size_t i = 0; i < table->n; i++) {
        buf_z(out, i ? "," : "");
        property_write(&table->fields[i], table->fields[i].read_only ? READ_ONLY : "", out);
    }
}

static void required_write(const struct field_table *table, struct buf *out)
{
    bool any = false;
    for (size_t i = 0; i < table->n; i++) {
        if (!table->fields[i].required)
            continue;
        buf_printf(out, "%s\"%s\"", any ? "," : ",\"required\":[", table->fields[i].name);
        any = true;
    }
    buf_z(out, any ? "]" : "");
}

static void object_write(const struct field_table *table, struct buf *out)
{
    buf_z(out, "\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
    properties_write(table, out);
    buf_char(out, '}');
    required_write(table, out);
}

/* `id` is the poster's when sent (kept as clientId) and the exchange's when received, so it is not read-only. */
static void server_properties_write(const struct record_type *type, struct buf *out)
{
    const struct field_table *table = server_fields();
    for (size_t i = 0; i < table->n; i++) {
        bool id = str_is(STR("id"), table->fields[i].name);
        buf_char(out, ',');
        property_write(&table->fields[i], id ? "" : READ_ONLY, out);
    }
    if (type->id_field) {
        const struct field f = id_field_of(type);
        buf_char(out, ',');
        property_write(&f, ",\"x-same-as\":\"id\"", out);
    }
}

void openapi_schema_write(const struct record_type *type, struct buf *out)
{
    buf_z(out, "{\"type\":\"object\",\"additionalProperties\":false");
    description_write(type->description, NULL, out);
    buf_z(out, ",\"properties\":{");
    properties_write(type->fields, out);
    server_properties_write(type, out);
    buf_z(out,
          ",\"relto\":{\"type\":\"object\",\"description\":\"Sent: owners, restriction, times and other parts of the "
          "label. Received: how the record came to be released, which is passed over when it is posted back.\"}}");
    required_write(type->fields, out);
    buf_char(out, '}');
}

/* --- parameters --- */

static void query_parameter(const char *name, const char *schema, const char *description, bool required,
                            struct buf *out)
{
    buf_printf(out, "{\"name\":\"%s\",\"in\":\"query\",\"schema\":{%s}", name, schema);
    description_write(description, NULL, out);
    buf_z(out, required ? ",\"required\":true}" : "}");
}

static void operators_write(const struct field *f, struct buf *out)
{
    buf_printf(out, "%s%s%s%s: v, ~v, >v, <v, a..b, a,b,c or *v*", f->description, f->unit ? " [" : "",
               f->unit ? f->unit : "", f->unit ? "]" : "");
    if (f->kind == FIELD_TIME)
        buf_z(out, "; now-30 minutes is a time too");
    buf_char(out, '\0');
}

static void field_parameter(const struct record_type *type, const struct field *f, bool bounded, struct buf *out)
{
    BUF_CLEANUP struct buf text = {0};
    if (f->kind == FIELD_OBJECT)
        return;
    operators_write(f, &text);
    query_parameter(f->name, "\"type\":\"string\"", text.p, bounded && is_query_required(type, f), out);
    buf_char(out, ',');
}

static void field_parameters(const struct record_type *type, const struct field_table *table, bool bounded,
                             struct buf *out)
{
    for (size_t i = 0; i < table->n; i++)
        field_parameter(type, &table->fields[i], bounded, out);
}

static void paging_parameters(bool count, struct buf *out)
{
    BUF_CLEANUP struct buf schema = {0};
    if (!count)
        buf_printf(&schema, "\"type\":\"integer\",\"minimum\":0,\"maximum\":%lld", (long long)QUERY_RESULTS_MAX);
    buf_char(&schema, '\0');
    buf_char(out, ',');
    query_parameter("maxResults", schema.p, count ? "Passed over" : "At most so many records", false, out);
    buf_char(out, ',');
    query_parameter("firstResult", schema.p, count ? "Passed over" : "How many records to pass over first", false, out);
}

void openapi_parameters_write(const struct record_type *type, enum query_use use, struct buf *out)
{
    bool current = use == QUERY_CURRENT || use == QUERY_CURRENT_TUPLE;
    bool tuple = use == QUERY_TUPLE || use == QUERY_CURRENT_TUPLE;
    buf_char(out, '[');
    field_parameters(type, type->fields, !current, out);
    field_parameters(type, server_fields(), !current, out);
    if (type->id_field) {
        const struct field f = id_field_of(type);
        field_parameter(type, &f, false, out);
    }
    out->n--; /* the last comma */
    if (use != QUERY_COUNT) {
        buf_char(out, ',');
        query_parameter("sort", "\"type\":\"string\"", "A field, then ,ASC or ,DESC", false, out);
        buf_char(out, ',');
        query_parameter("columns", "\"type\":\"string\"",
                        "Only these members of each record and its classificationMarking: names, separated by commas",
                        tuple, out);
    }
    paging_parameters(use == QUERY_COUNT, out);
    buf_char(out, ']');
}
