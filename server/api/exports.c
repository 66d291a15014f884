/* GET /v1/{type}/history/aodr, /v1/exports: questions whose answer is fetched later, as JSON or CSV. What is kept is
 * the question: who may see what of it is decided when the file is fetched, and disclosed then. */
#include "input.h"
#include "listing.h"
#include "resources.h"

/* --- asking --- */

static int read_format(struct request *r, struct stored_export *x, struct fault *fault)
{
    struct str format = query_text(r, "outputFormat");
    x->csv = str_is(format, "CSV");
    if (format.p && !x->csv && !str_is(format, "JSON"))
        return fault_set(fault, ERR_BAD_QUERY, "outputFormat", "expected JSON or CSV");
    return 0;
}

static int read_delimiter(struct request *r, struct stored_export *x, struct fault *fault)
{
    struct str text = query_text(r, "outputDelimiter");
    x->delimiter = ',';
    if (!text.p)
        return 0;
    if (str_is(text, "tab") || str_is(text, "\\t"))
        text = STR("\t");
    if (text.n != 1 || !strchr(",;:|\t", text.p[0]))
        return fault_set(fault, ERR_BAD_QUERY, "outputDelimiter", "expected one of , ; : | tab");
    x->delimiter = text.p[0];
    return 0;
}

/* Nobody is written to: a client that waits for a message would wait for ever. */
static int check_notification(struct request *r, struct fault *fault)
{
    struct str text = query_text(r, "notification");
    return text.p ? fault_set(fault, ERR_BAD_QUERY, "notification",
                              "expected none: the exchange sends no messages; the answer says where the file is")
                  : 0;
}

static bool is_of_export(struct str name)
{
    return str_is(name, "outputFormat") || str_is(name, "outputDelimiter") || str_is(name, "notification");
}

static bool has_zero(struct str s)
{
    return s.n && memchr(s.p, 0, s.n);
}

/* What is kept is text, which has no zero bytes; that it is UTF-8 has been seen to. */
static int check_text(const struct query_param *p, struct fault *fault)
{
    return has_zero(p->name) || has_zero(p->value) ? fault_set(fault, ERR_BAD_QUERY, "", "expected text") : 0;
}

static int take_parameters(struct request *r, struct stored_export *x, struct fault *fault)
{
    const struct query_param *in;
    size_t n = request_query(r, &in);
    struct str *names = arena_array(request_arena(r), n, sizeof *names);
    struct str *values = arena_array(request_arena(r), n, sizeof *values);
    int error = 0;
    for (size_t i = 0; !error && i < n; i++) {
        error = check_text(&in[i], fault);
        if (is_of_export(in[i].name))
            continue;
        names[x->n] = in[i].name;
        values[x->n++] = in[i].value;
    }
    x->names = names;
    x->values = values;
    return error;
}

static int parse_kept(struct request *r, const struct stored_export *x, const struct query **ret, struct fault *fault)
{
    struct param *params = arena_array(request_arena(r), x->n, sizeof *params);
    for (size_t i = 0; i < x->n; i++)
        params[i] = (struct param){x->names[i], x->values[i]};
    return query_parse(x->type, params, x->n, QUERY_LIST, x->asked_at, request_arena(r), ret, fault);
}

static int read_export(struct request *r, struct stored_export *x, struct fault *fault)
{
    const struct part_type *part = part_type_find(str_of(x->type->name));
    const struct query *query;
    int error = check_notification(r, fault);
    if (!error)
        error = read_format(r, x, fault);
    if (!error)
        error = read_delimiter(r, x, fault);
    if (!error)
        error = take_parameters(r, x, fault);
    if (!error)
        error = parse_kept(r, x, &query, fault);
    return error || !part ? error : part_check(part, query, fault);
}

static const char *url_of(struct request *r, const struct stored_export *x, const char *rest)
{
    char id[UUID_TEXT + 1] = "";
    uuid_write(x->id, id);
    return arena_printf(request_arena(r), "/v1/exports/%s%s", id, rest);
}

static void write_export(struct request *r, const struct stored_export *x, struct buf *out)
{
    buf_z(out, "{\"id\":\"");
    buf_uuid(out, x->id);
    buf_z(out, "\",\"state\":\"ready\"");
    buf_member_text(out, "type", str_of(x->type->name));
    buf_member_text(out, "format", x->csv ? STR("CSV") : STR("JSON"));
    buf_member_instant(out, "askedAt", x->asked_at);
    buf_member_instant(out, "expires", x->expires);
    buf_member_text(out, "url", str_of(url_of(r, x, "/file")));
    buf_char(out, '}');
}

void record_aodr(struct request *r)
{
    BUF_CLEANUP struct buf b = {0};
    struct api *api = api_of(r);
    struct stored_export x = {.type = path_queried_type(r), .asked_at = api_now(api)};
    struct fault fault;
    if (!x.type)
        return;
    x.expires = instant_add(x.asked_at, api_limits(api).export_kept);
    int error = read_export(r, &x, &fault);
    if (!error)
        error = store_export_add(api->config.store, str_of(request_identity(r)), &x, request_arena(r), &fault);
    if (error) {
        reply_fault(r, &fault, NULL);
        return;
    }
    write_export(r, &x, &b);
    reply_header(r, "Location", url_of(r, &x, ""));
    reply_json(r, 202, buf_view(&b));
}

/* --- what was asked for --- */

static int own_exports(struct request *r, const struct uuid *id, struct stored_export **ret, size_t *ret_n,
                       struct fault *fault)
{
    struct api *api = api_of(r);
    int error = query_check(r, fault);
    return error ? error
                 : store_exports(api->config.store, str_of(request_identity(r)), id, api_now(api), request_arena(r),
                                 ret, ret_n, fault);
}

void exports_list(struct request *r)
{
    BUF_CLEANUP struct buf b = {0};
    struct stored_export *v;
    struct fault fault;
    size_t n = 0;
    if (own_exports(r, NULL, &v, &n, &fault)) {
        reply_fault(r, &fault, NULL);
        return;
    }
    buf_char(&b, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_char(&b, ',');
        write_export(r, &v[i], &b);
    }
    buf_char(&b, ']');
    reply_json(r, 200, buf_view(&b));
}

/* Another's is missing like any other. */
static int find_export(struct request *r, struct stored_export **ret, struct fault *fault)
{
    struct uuid id;
    size_t n = 0;
    int error = path_id(r, &id, fault);
    if (!error)
        error = own_exports(r, &id, ret, &n, fault);
    return error || n ? error : not_found(fault);
}

void export_get(struct request *r)
{
    BUF_CLEANUP struct buf b = {0};
    struct stored_export *x;
    struct fault fault;
    if (find_export(r, &x, &fault)) {
        reply_fault(r, &fault, NULL);
        return;
    }
    write_export(r, x, &b);
    reply_json(r, 200, buf_view(&b));
}

/* Who asks for parts knows the record: it was there. */
static void reply_export(struct request *r, const struct stored_export *x, const struct query *query)
{
    const struct part_type *part = part_type_find(str_of(x->type->name));
    const struct listing_form form = {x->csv, x->delimiter, true, x->mark};
    if (part)
        part_reply(r, part, query, &form);
    else
        listing_reply(r, query, &form);
}

void export_file(struct request *r)
{
    const struct query *query;
    struct stored_export *x;
    struct fault fault;
    int error = find_export(r, &x, &fault);
    if (!error)
        error = parse_kept(r, x, &query, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_export(r, x, query);
}
