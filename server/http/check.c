/* What the header of a request decides: whether it is well formed, within the limits, of a valid identity, and for a
 * route. */
#include "http_internal.h"
#include "negotiate.h"

struct gathering {
    struct header_field *fields;
    size_t n;
};

static enum MHD_Result gather(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_n, const char *value,
                              size_t value_n)
{
    struct gathering *g = cls;
    (void)kind;
    g->fields[g->n++] = (struct header_field){{name, name_n}, {value, value_n}};
    return MHD_YES;
}

/* The pieces are copied once their places in libmicrohttpd's buffer have been checked. */
static int take_header(struct request *r, const char *method, const char *version, struct fault *f)
{
    int count = MHD_get_connection_values_n(r->mhd, MHD_HEADER_KIND, NULL, NULL);
    struct gathering g = {.fields = arena_array(r->arena, count < 0 ? 0 : (size_t)count, sizeof *g.fields)};
    MHD_get_connection_values_n(r->mhd, MHD_HEADER_KIND, gather, &g);
    size_t size = MHD_get_connection_info(r->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
    struct wire wire = {method, {r->raw_target, r->target.n}, version, g.fields, g.n, size};
    if (size > r->server->config.limits.header)
        return fault_set(f, ERR_HEADERS, "header", "%zu bytes, at most %zu are accepted", size,
                         r->server->config.limits.header);
    int rc = strict_layout(&wire, f);
    if (!rc)
        rc = strict_fields(g.fields, g.n, &r->framing, f);
    if (rc)
        return rc;
    r->buffer = method + size;
    r->last_field = g.fields[g.n - 1].name.p; /* there is one: Host */
    r->headers = g.fields;
    r->n_headers = g.n;
    for (size_t i = 0; i < g.n; i++)
        g.fields[i] =
            (struct header_field){arena_str(r->arena, g.fields[i].name), arena_str(r->arena, g.fields[i].value)};
    return 0;
}

static int check_connection(const struct request *r, struct fault *f)
{
    switch (r->connection->excess) {
    case EXCESS_ALL:
        return fault_set(f, ERR_UNAVAILABLE, "", "all %u connections are taken", r->server->config.limits.connections);
    case EXCESS_ADDRESS:
        return fault_set(f, ERR_TOO_MANY, "", "at most %u connections of one address",
                         r->server->config.limits.connections_per_address);
    case EXCESS_NONE: break;
    }
    return 0;
}

/* Refusals after which the connection is closed: what follows on it could be taken for something else. */
static int check_wire(struct request *r, const char *method, const char *version, struct fault *f)
{
    int rc = check_connection(r, f);
    if (!rc && r->target.n > r->server->config.limits.uri)
        rc = fault_set(f, ERR_URI_TOO_LONG, "request target", "%zu bytes, at most %zu are accepted", r->target.n,
                       r->server->config.limits.uri);
    if (!rc)
        rc = take_header(r, method, version, f);
    return rc;
}

static int check_route(struct request *r, struct fault *f)
{
    struct route_match m = router_match(r->server->router, r->method, &r->parsed);
    r->route = m.route;
    r->allow = m.allow;
    if (!m.allow)
        return fault_set(f, ERR_NOT_FOUND, "", "no such path");
    if (!m.route)
        return fault_set(f, ERR_METHOD, "", "this path has the methods %s", m.allow);
    return 0;
}

static bool takes_type(enum body_kind kind, struct str type)
{
    return kind == BODY_FILE || kind == BODY_LONG || content_type_is(type, "application/json") ||
           (kind == BODY_TEXT && content_type_is(type, "text/plain"));
}

static int check_types(struct request *r, struct fault *f)
{
    struct str encoding = request_header(r, "Content-Encoding");
    bool coded = r->server->config.limits.coded_from;
    bool (*negotiates)(const struct route *) = r->server->config.negotiates;
    if (!(negotiates && negotiates(r->route)) && !accept_takes_ours(request_header(r, "Accept")))
        return fault_set(f, ERR_NOT_ACCEPTABLE, "Accept",
                         "answers are application/json, problem+json, octet-stream or text/plain");
    if (!accept_coding(request_header(r, "Accept-Encoding"), &r->coding, &r->plain) || (!coded && !r->plain))
        return fault_set(f, ERR_NOT_ACCEPTABLE, "Accept-Encoding", "answers are %sidentity",
                         coded ? "zstd, gzip or " : "");
    if (r->route->body == BODY_NONE)
        return 0;
    if (!takes_type(r->route->body, request_header(r, "Content-Type")))
        return fault_set(f, ERR_MEDIA_TYPE, "Content-Type", "expected %sapplication/json",
                         r->route->body == BODY_TEXT ? "text/plain or " : "");
    if (encoding.n && !str_caseless(encoding, "identity"))
        return fault_set(f, ERR_MEDIA_TYPE, "Content-Encoding", "expected no coding");
    return 0;
}

static int too_large(const struct request *r, struct fault *f)
{
    return fault_set(f, ERR_TOO_LARGE, "body", "at most %zu bytes are accepted", r->body_most);
}

static int check_body(struct request *r, struct fault *f)
{
    const struct http_limits *l = &r->server->config.limits;
    size_t all = r->route->body == BODY_LONG ? l->import_bytes : l->body;
    size_t own = r->route->body_limit ? r->route->body_limit : all;
    r->body_most = own < all ? own : all;
    if (r->route->body == BODY_NONE && (r->framing.chunked || r->framing.length))
        return fault_set(f, ERR_BAD_REQUEST, "body", "this route takes no body");
    return r->framing.length > r->body_most ? too_large(r, f) : 0;
}

static int check_meaning(struct request *r, bool *ret_at_once, struct fault *f)
{
    int rc = target_parse(r->arena, r->target, r->server->config.limits.query_params, &r->parsed, f);
    *ret_at_once = rc == ERR_BAD_REQUEST;
    if (!rc)
        rc = check_route(r, f);
    if (!rc)
        rc = check_types(r, f);
    if (!rc)
        rc = check_body(r, f);
    return rc;
}

int check_request(struct request *r, const char *method, const char *version, bool *ret_at_once, struct fault *fault)
{
    int rc = check_wire(r, method, version, fault);
    *ret_at_once = true;
    if (rc)
        return rc;
    r->method = arena_str(r->arena, str_of(method));
    return check_meaning(r, ret_at_once, fault);
}
