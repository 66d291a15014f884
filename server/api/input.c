#include "input.h"
#include "describe.h"
#include "utf8.h"

#include <stdio.h>
#include <strings.h>

int not_found(struct fault *fault)
{
    return fault_set(fault, ERR_NOT_FOUND, "", "not found");
}

static void reply_not_found(struct request *r)
{
    struct fault fault;
    not_found(&fault);
    reply_fault(r, &fault, NULL);
}

const struct record_type *path_type(struct request *r)
{
    const struct record_type *type = record_type_find(request_path_param(r, "type"));
    if (!type)
        reply_not_found(r);
    return type;
}

const struct record_type *path_queried_type(struct request *r)
{
    const struct record_type *type = queried_type_find(request_path_param(r, "type"));
    if (!type)
        reply_not_found(r);
    return type;
}

struct finding {
    const struct record_type *type;
    struct uuid id;
    struct found_version found;
};

static int find_by_client(struct request *r, void *ctx, struct fault *fault)
{
    struct finding *f = ctx;
    struct reading reading = caller_reading(r, false);
    return store_version_find_client(api_of(r)->config.store, &reading, f->type, request_path_param(r, "id"),
                                     request_arena(r), &f->found, fault);
}

static int find_version(struct request *r, void *ctx, struct fault *fault)
{
    struct finding *f = ctx;
    struct reading reading = caller_reading(r, false);
    return store_version_find(api_of(r)->config.store, &reading, f->type, f->id, request_arena(r), &f->found, fault);
}

/* An id that cannot be one is missing like any other: its form is nobody's hint. What lasts is found by the poster's
 * own id, too. */
bool path_entity(struct request *r, const struct record_type **ret_type, struct uuid *ret_id)
{
    struct finding f = {.type = path_type(r)};
    struct fault fault;
    if (!f.type)
        return false;
    int error = 0;
    if (!uuid_parse(request_path_param(r, "id"), &f.id)) {
        error = f.type->versioned ? with_fresh_registers(r, find_by_client, &f, &fault) : not_found(&fault);
        f.id = f.found.entity;
    }
    if (error) {
        reply_fault(r, &fault, NULL);
        return false;
    }
    *ret_type = f.type;
    *ret_id = f.id;
    return true;
}

int version_of(struct request *r, const struct record_type *type, struct uuid id, struct found_version *ret,
               struct fault *fault)
{
    struct finding f = {.type = type, .id = id};
    int error = with_fresh_registers(r, find_version, &f, fault);
    if (!error)
        *ret = f.found;
    return error;
}

/* Which version it is is asked once: the newest one may be another soon. A missing one is told by who asks next. */
bool path_record(struct request *r, const struct record_type **ret_type, struct uuid *ret_id)
{
    struct found_version found;
    struct fault fault;
    if (!path_entity(r, ret_type, ret_id))
        return false;
    int error = (*ret_type)->versioned ? version_of(r, *ret_type, *ret_id, &found, &fault) : 0;
    if (error && error != ERR_NOT_FOUND) {
        reply_fault(r, &fault, NULL);
        return false;
    }
    if (!error && (*ret_type)->versioned)
        *ret_id = found.id;
    return true;
}

int path_id(struct request *r, struct uuid *ret, struct fault *fault)
{
    return uuid_parse(request_path_param(r, "id"), ret) ? 0 : not_found(fault);
}

void etag_make(struct str body, char out[ETAG_TEXT + 1])
{
    struct digest d = sha256(body);
    out[0] = out[ETAG_TEXT - 1] = '"';
    hex_write(d.bytes, (ETAG_TEXT - 2) / 2, out + 1);
    out[ETAG_TEXT] = '\0';
}

bool etag_matches(struct str if_none_match, const char *etag)
{
    struct str rest = if_none_match;
    while (rest.n) {
        const char *comma = memchr(rest.p, ',', rest.n);
        struct str one = {rest.p, comma ? (size_t)(comma - rest.p) : rest.n};
        rest = comma ? (struct str){comma + 1, rest.n - one.n - 1} : (struct str){NULL, 0};
        one = str_trim_ows(one);
        if (one.n > 2 && one.p[0] == 'W' && one.p[1] == '/') /* weak comparison */
            one = (struct str){one.p + 2, one.n - 2};
        if (str_is(one, "*") || str_is(one, etag))
            return true;
    }
    return false;
}

void reply_json_etag(struct request *r, struct str json)
{
    char etag[ETAG_TEXT + 1];
    etag_make(json, etag);
    reply_header(r, "ETag", etag);
    if (etag_matches(request_header(r, "If-None-Match"), etag))
        reply_head(r, 304, NULL, json.n);
    else
        reply_json(r, 200, json);
}

void reply_banner(struct request *r, struct str banner)
{
    reply_header(r, "X-Classification-Banner", banner.p);
}

static bool among(const char *name, const char *const *allowed)
{
    for (; *allowed; allowed++)
        if (!strcmp(name, *allowed))
            return true;
    return false;
}

static int check_members(const json_t *object, const char *const *allowed, struct fault *fault)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        char where[FAULT_WHERE_MAX];
        snprintf(where, sizeof where, "$.%.180s", name);
        if (!among(name, allowed))
            return fault_set(fault, ERR_BAD_REQUEST, where, "unknown member");
    }
    return 0;
}

static int load_body(struct request *r, size_t flags, json_t **ret, struct fault *fault)
{
    struct str body = request_body(r);
    json_error_t where;
    json_t *value = json_loadb(body.p ? body.p : "", body.n, flags, &where);
    if (!value) {
        fault_set(fault, ERR_BAD_JSON, "$", "%s", where.text);
        fault->offset = where.position;
        return ERR_BAD_JSON;
    }
    *ret = value;
    return 0;
}

int body_json(struct request *r, json_t **ret, struct fault *fault)
{
    return load_body(r, JSON_REJECT_DUPLICATES, ret, fault);
}

/* Python's client sends text as a string of JSON, which is application/json. */
static int body_string(struct request *r, struct str *ret, struct fault *fault)
{
    json_auto_t *value = NULL;
    int error = load_body(r, JSON_DECODE_ANY, &value, fault);
    if (error)
        return error;
    if (!json_is_string(value))
        return fault_set(fault, ERR_BAD_REQUEST, "$", "expected a string of JSON, or text/plain");
    *ret = arena_str(request_arena(r), (struct str){json_string_value(value), json_string_length(value)});
    return 0;
}

int body_text(struct request *r, struct str *ret, struct fault *fault)
{
    static const char json[] = "application/json";
    struct str type = request_header(r, "Content-Type");
    if (type.n >= sizeof json - 1 && !strncasecmp(type.p, json, sizeof json - 1))
        return body_string(r, ret, fault);
    *ret = request_body(r);
    return utf8_valid(*ret) ? 0 : fault_set(fault, ERR_BAD_REQUEST, "body", "expected UTF-8");
}

int check_object(const json_t *value, const char *const *allowed, struct fault *fault)
{
    if (!json_is_object(value))
        return fault_set(fault, ERR_BAD_REQUEST, "$", "expected a JSON object");
    return check_members(value, allowed, fault);
}

int body_object(struct request *r, const char *const *allowed, json_t **ret, struct fault *fault)
{
    json_auto_t *object = NULL;
    int error = query_check(r, fault);
    if (!error)
        error = body_json(r, &object, fault);
    if (!error)
        error = check_object(object, allowed, fault);
    if (!error)
        *ret = json_incref(object);
    return error;
}

int body_object_tried(struct request *r, struct trial *ret_trial, const char *const *allowed, json_t **ret,
                      struct fault *fault)
{
    int error = body_object(r, allowed, ret, fault);
    return error ? error : query_flag(r, "dryRun", &ret_trial->on, fault);
}

static void reply_report(struct request *r, const struct dry_run *report)
{
    BUF_CLEANUP struct buf b = {0};
    buf_printf(&b, "{\"dryRun\":{%.*s}}", (int)report->json.n, report->json.p);
    reply_json(r, 200, buf_view(&b));
}

void reply_decided(struct request *r, int error, struct trial *trial, const char *extra, const struct fault *fault)
{
    if (error)
        reply_fault(r, fault, extra);
    else if (trial->on)
        reply_report(r, &trial->report);
    else
        reply_empty(r, 204);
    buf_free(&trial->report.json);
}

void fault_tell_from(const char *root, struct fault *fault)
{
    char rest[FAULT_WHERE_MAX];
    size_t n = strlen(root);
    if (strncmp(fault->where, root, n) != 0)
        return;
    memcpy(rest, fault->where, sizeof rest);
    snprintf(fault->where, sizeof fault->where, "$%s", rest + n);
}

int member_bool(const json_t *object, const char *name, bool *ret, struct fault *fault)
{
    const json_t *value = json_object_get(object, name);
    char where[FAULT_WHERE_MAX];
    snprintf(where, sizeof where, "$.%s", name);
    if (value && !json_is_boolean(value))
        return fault_set(fault, ERR_BAD_REQUEST, where, "expected true or false");
    *ret = json_is_true(value);
    return 0;
}

int member_text(const json_t *object, const char *name, bool required, struct str *ret, struct fault *fault)
{
    const json_t *value = json_object_get(object, name);
    char where[FAULT_WHERE_MAX];
    snprintf(where, sizeof where, "$.%s", name);
    if (!value && required)
        return fault_set(fault, ERR_BAD_REQUEST, where, "missing: expected a string");
    if (value && !json_is_string(value))
        return fault_set(fault, ERR_BAD_REQUEST, where, "expected a string");
    *ret = value ? (struct str){json_string_value(value), json_string_length(value)} : (struct str){NULL, 0};
    return 0;
}

int member_time(const json_t *object, const char *name, instant *ret, struct fault *fault)
{
    struct str text;
    char where[FAULT_WHERE_MAX];
    snprintf(where, sizeof where, "$.%s", name);
    int error = member_text(object, name, false, &text, fault);
    if (!error && text.p && !instant_parse(text, ret))
        error = fault_set(fault, ERR_BAD_REQUEST, where, "expected an ISO 8601 time");
    return error;
}

struct str member_json(struct request *r, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    struct str copy = text ? arena_str(request_arena(r), str_of(text)) : (struct str){NULL, 0};
    free(text);
    return copy;
}

int query_check(struct request *r, struct fault *fault)
{
    const struct query_param *params;
    size_t n = request_query(r, &params);
    const char *allowed = n ? described_query(request_route(r)) : "";
    for (size_t i = 0; i < n; i++) {
        const char *name = arena_strz(request_arena(r), params[i].name);
        if (!described(allowed, params[i].name))
            return fault_set(fault, ERR_BAD_QUERY, name, "unknown parameter");
        for (size_t j = 0; j < i; j++)
            if (str_eq(params[i].name, params[j].name))
                return fault_set(fault, ERR_BAD_QUERY, name, "given twice");
    }
    return 0;
}

struct str query_text(struct request *r, const char *name)
{
    const struct query_param *params;
    size_t n = request_query(r, &params);
    for (size_t i = 0; i < n; i++)
        if (str_is(params[i].name, name))
            return params[i].value;
    return (struct str){NULL, 0};
}

int query_needed(struct request *r, const char *name, struct str *ret, struct fault *fault)
{
    struct str text = query_text(r, name);
    if (!text.n)
        return fault_set(fault, ERR_BAD_QUERY, name, "missing: this parameter is needed");
    *ret = text;
    return 0;
}

int query_time(struct request *r, const char *name, instant *ret, struct fault *fault)
{
    struct str text = query_text(r, name);
    if (text.p && !instant_parse(text, ret))
        return fault_set(fault, ERR_BAD_QUERY, name, "expected an ISO 8601 time");
    return 0;
}

int query_flag(struct request *r, const char *name, bool *ret, struct fault *fault)
{
    struct str text = query_text(r, name);
    if (text.p && !str_is(text, "true") && !str_is(text, "false"))
        return fault_set(fault, ERR_BAD_QUERY, name, "expected true or false");
    if (text.p)
        *ret = str_is(text, "true");
    return 0;
}

bool read_digits(struct str text, int64_t most, int64_t *ret)
{
    int64_t v = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || v > (most - (text.p[i] - '0')) / 10)
            return false;
        v = v * 10 + (text.p[i] - '0');
    }
    if (text.n)
        *ret = v;
    return text.n > 0;
}

int query_number(struct request *r, const char *name, int64_t most, int64_t *ret, struct fault *fault)
{
    struct str text = query_text(r, name);
    if (text.p && !read_digits(text, most, ret))
        return fault_set(fault, ERR_BAD_QUERY, name, "expected a whole number up to %lld", (long long)most);
    return 0;
}

void reply_logged(struct request *r, int error, int (*step)(struct request *r, void *ctx, struct fault *fault),
                  void *ctx, struct buf *out, struct fault *fault)
{
    if (!error)
        error = with_fresh_registers(r, step, ctx, fault);
    if (!error)
        error = log_query(r, 200, true, fault);
    if (error)
        reply_fault(r, fault, NULL);
    else
        reply_json(r, 200, buf_view(out));
    buf_free(out);
}
