#include "release_input.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

static int wrong(struct fault *fault, const char *where, const char *expected)
{
    return fault_set(fault, ERR_BAD_REQUEST, where, "expected %s", expected);
}

static int check_members(const json_t *object, const char *where, const char *const *allowed, struct fault *fault)
{
    const char *name;
    json_t *value;
    if (!json_is_object(object))
        return wrong(fault, where, "an object");
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        const char *const *known = allowed;
        while (*known && strcmp(*known, name) != 0)
            known++;
        if (!*known)
            return fault_set(fault, ERR_BAD_REQUEST, where, "unknown member `%.80s`", name);
    }
    return 0;
}

static int read_type(const json_t *object, const char *where, const struct record_type **ret, struct fault *fault)
{
    const json_t *v = json_object_get(object, "type");
    const struct record_type *type = json_is_string(v) ? record_type_find(str_of(json_string_value(v))) : NULL;
    if (!type)
        return wrong(fault, where, "the name of a record type");
    *ret = type;
    return 0;
}

/* --- a record --- */

static int read_record(struct request *r, const json_t *record, struct release_scope *ret, struct fault *fault)
{
    static const char *const members[] = {"type", "id", NULL};
    const json_t *id = json_object_get(record, "id");
    char text[UUID_TEXT];
    int error = check_members(record, "$.record", members, fault);
    if (!error)
        error = read_type(record, "$.record.type", &ret->type, fault);
    if (error)
        return error;
    if (!json_is_string(id) || !uuid_parse(str_of(json_string_value(id)), &ret->record))
        return wrong(fault, "$.record.id", "the id of a record");
    uuid_write(ret->record, text);
    ret->by_record = true;
    ret->json = str_of(
        arena_printf(request_arena(r), "{\"type\":\"%s\",\"record\":\"%.*s\"}", ret->type->name, UUID_TEXT, text));
    return 0;
}

/* --- what records have in common --- */

static int add_name(const json_t *scope, const char *name, const char *field, struct buf *out, struct fault *fault)
{
    const json_t *v = json_object_get(scope, name);
    char where[FAULT_WHERE_MAX];
    snprintf(where, sizeof where, "$.scope.%s", name);
    if (!v)
        return 0;
    if (!field)
        return fault_set(fault, ERR_BAD_REQUEST, where, "records of this type have none");
    if (!json_is_string(v) || !name_object((struct str){json_string_value(v), json_string_length(v)}))
        return wrong(fault, where, AN_OBJECT);
    buf_printf(out, ",\"%s\":", name);
    buf_json_str(out, str_of(json_string_value(v)));
    return 0;
}

static bool degrees(const json_t *region, const char *name, double most, double *ret)
{
    const json_t *v = json_object_get(region, name);
    *ret = json_number_value(v);
    return json_is_number(v) && fabs(*ret) <= most;
}

static int add_region(const json_t *scope, const struct record_type *type, struct buf *out, struct fault *fault)
{
    static const char *const members[] = {"south", "north", "west", "east", NULL};
    const json_t *region = json_object_get(scope, "region");
    double south, north, west, east;
    if (!region)
        return 0;
    if (!type->latitude_field)
        return fault_set(fault, ERR_BAD_REQUEST, "$.scope.region", "records of this type have no place");
    int error = check_members(region, "$.scope.region", members, fault);
    if (error)
        return error;
    if (!degrees(region, "south", 90, &south) || !degrees(region, "north", 90, &north) ||
        !degrees(region, "west", 180, &west) || !degrees(region, "east", 180, &east) || south > north)
        return wrong(fault, "$.scope.region", "south, north, west and east in degrees, south not above north");
    buf_printf(out, ",\"region\":{\"south\":%.*g,\"north\":%.*g,\"west\":%.*g,\"east\":%.*g}", DBL_DECIMAL_DIG, south,
               DBL_DECIMAL_DIG, north, DBL_DECIMAL_DIG, west, DBL_DECIMAL_DIG, east);
    return 0;
}

static void add_time(struct buf *out, const char *name, instant t, instant unset)
{
    if (t != unset)
        buf_member_instant(out, name, t);
}

static int read_span(const json_t *scope, struct buf *out, struct fault *fault)
{
    instant from = INSTANT_MIN, to = INSTANT_MAX;
    int error = member_time(scope, "from", &from, fault);
    if (!error)
        error = member_time(scope, "to", &to, fault);
    if (!error && from >= to)
        error = wrong(fault, "$.scope.to", "an instant after `from`");
    add_time(out, "from", from, INSTANT_MIN);
    add_time(out, "to", to, INSTANT_MAX);
    return error;
}

static int read_common(struct request *r, const json_t *scope, struct release_scope *ret, struct fault *fault)
{
    static const char *const members[] = {"type", "object", "sensor", "region", "from", "to", NULL};
    BUF_CLEANUP struct buf out = {0};
    int error = check_members(scope, "$.scope", members, fault);
    if (!error)
        error = read_type(scope, "$.scope.type", &ret->type, fault);
    if (error)
        return error;
    buf_printf(&out, "{\"type\":\"%s\"", ret->type->name);
    error = add_name(scope, "object", ret->type->object_field, &out, fault);
    if (!error)
        error = add_name(scope, "sensor", ret->type->sensor_field, &out, fault);
    if (!error)
        error = add_region(scope, ret->type, &out, fault);
    if (!error)
        error = read_span(scope, &out, fault);
    buf_char(&out, '}');
    ret->json = arena_str(request_arena(r), buf_view(&out));
    return error;
}

int release_scope_read(struct request *r, const json_t *body, struct release_scope *ret, struct fault *fault)
{
    const json_t *record = json_object_get(body, "record"), *scope = json_object_get(body, "scope");
    bool has_record = record && !json_is_null(record), has_scope = scope && !json_is_null(scope);
    struct release_scope read = {0};
    if (has_record == has_scope)
        return wrong(fault, "$", "either record or scope");
    int error = has_record ? read_record(r, record, &read, fault) : read_common(r, scope, &read, fault);
    if (!error)
        *ret = read;
    return error;
}

/* --- conditions --- */

int release_until_read(struct request *r, const json_t *body, bool required, instant *ret, struct fault *fault)
{
    instant now = api_now(api_of(r)), until = INSTANT_MIN;
    int error = member_time(body, "until", &until, fault);
    if (error || (until == INSTANT_MIN && !required))
        return error;
    if (until <= now || until > instant_add(now, GRANT_DAYS_MAX * INSTANT_DAY))
        return fault_set(fault, ERR_BAD_REQUEST, "$.until", "expected an instant from now to %d days ahead",
                         GRANT_DAYS_MAX);
    *ret = until;
    return 0;
}

static bool has_view(const struct registry *reg, struct str code, const struct record_type *type)
{
    const struct view_entry *views;
    int i = registry_view(reg, code);
    if (i < 1 || !type)
        return i >= 1;
    registry_views(reg, &views);
    for (size_t k = 0; k < views[i - 1].n_types; k++)
        if (str_is(views[i - 1].types[k].type, type->name))
            return true;
    return false;
}

int release_view_read(struct request *r, const json_t *body, const struct record_type *type, struct str *ret,
                      bool *ret_given, struct fault *fault)
{
    const json_t *v = json_object_get(body, "view");
    *ret = STR("");
    *ret_given = v != NULL;
    if (!v || json_is_null(v))
        return 0;
    if (!json_is_string(v) || !has_view(caller_of(r)->registry, str_of(json_string_value(v)), type))
        return wrong(fault, "$.view", "the code of a registered view of this type, or null");
    *ret = arena_str(request_arena(r), str_of(json_string_value(v)));
    return 0;
}

int release_text_read(struct request *r, const json_t *body, const char *name, struct str *ret, struct fault *fault)
{
    struct str text;
    char where[FAULT_WHERE_MAX];
    snprintf(where, sizeof where, "$.%s", name);
    int error = member_text(body, name, true, &text, fault);
    if (!error && (!text.n || text.n > PURPOSE_MAX || memchr(text.p, '\0', text.n)))
        error = fault_set(fault, ERR_BAD_REQUEST, where, "expected 1 to %d bytes of text", PURPOSE_MAX);
    if (!error)
        *ret = arena_str(request_arena(r), text);
    return error;
}
