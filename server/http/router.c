#include "router.h"
#include "memory.h"

#include <stdio.h>

/* All routes of one path. */
struct pattern {
    struct str segments[TARGET_SEGMENTS_MAX]; /* a parameter: its name */
    size_t n_segments;
    unsigned parameters; /* bit i: segment i is a parameter */
    const struct route *first;
    size_t n_routes;
    char allow[64];
};

struct router {
    size_t n_patterns;
    struct pattern patterns[];
};

static const char *const methods[] = {"DELETE", "GET", "PATCH", "POST", "PUT"};

static bool known_method(const char *method)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(method, methods[i]) == 0)
            return true;
    return false;
}

static int bad_route(struct fault *f, const struct route *r, const char *what)
{
    return fault_set(f, ERR_BAD_CONFIG, "routes", "%s %s: %s", r->method ? r->method : "?", r->path ? r->path : "?",
                     what);
}

static int check_route(const struct route *r, struct fault *f)
{
    if (!r->method || !r->path || !r->handle)
        return bad_route(f, r, "method, path and handler are needed");
    if (!known_method(r->method))
        return bad_route(f, r, "unknown method");
    if (r->capability == 0)
        return bad_route(f, r, "a capability is needed");
    if (r->body >= BODY_KIND_COUNT || (r->body != BODY_NONE && strcmp(r->method, "GET") == 0))
        return bad_route(f, r, "no such kind of body for this method");
    return 0;
}

static int check_order(const struct route *before, const struct route *r, struct fault *f)
{
    int c = strcmp(before->path, r->path);
    if (c == 0)
        c = strcmp(before->method, r->method);
    if (c == 0)
        return bad_route(f, r, "listed twice");
    return c > 0 ? bad_route(f, r, "not in order of path and method") : 0;
}

static bool is_parameter(struct str segment)
{
    return segment.n > 2 && segment.p[0] == '{' && segment.p[segment.n - 1] == '}';
}

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool ok = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!ok && c != '-' && c != '.' && c != '_')
            return false;
    }
    return true;
}

static int add_segment(struct pattern *p, const struct route *r, struct str segment, struct fault *f)
{
    if (segment.n == 0 || p->n_segments == TARGET_SEGMENTS_MAX)
        return bad_route(f, r, "an empty segment or too many of them");
    if (is_parameter(segment)) {
        p->parameters |= 1u << p->n_segments;
        segment = (struct str){segment.p + 1, segment.n - 2};
    }
    if (!is_plain(segment))
        return bad_route(f, r, "a segment is a literal or one {parameter} of letters, digits, - . _");
    p->segments[p->n_segments++] = segment;
    return 0;
}

static int parse_pattern(struct pattern *p, const struct route *r, struct fault *f)
{
    if (r->path[0] != '/')
        return bad_route(f, r, "a path starts with /");
    for (const char *at = r->path + 1;;) {
        const char *end = strchrnul(at, '/');
        int rc = add_segment(p, r, (struct str){at, (size_t)(end - at)}, f);
        if (rc)
            return rc;
        if (!*end)
            return 0;
        at = end + 1;
    }
}

/* Two paths that differ in parameter names only would leave it to chance which one answers. */
static bool same_shape(const struct pattern *a, const struct pattern *b)
{
    if (a->n_segments != b->n_segments || a->parameters != b->parameters)
        return false;
    for (size_t i = 0; i < a->n_segments; i++)
        if (!(a->parameters >> i & 1) && !str_eq(a->segments[i], b->segments[i]))
            return false;
    return true;
}

static int add_pattern(struct router *router, const struct route *r, struct fault *f)
{
    struct pattern *p = &router->patterns[router->n_patterns];
    int rc = parse_pattern(p, r, f);
    if (rc)
        return rc;
    for (size_t i = 0; i < router->n_patterns; i++)
        if (same_shape(&router->patterns[i], p))
            return bad_route(f, r, "the same as another path but for names of parameters");
    p->first = r;
    router->n_patterns++;
    return 0;
}

static void add_allow(struct pattern *p, const char *method)
{
    size_t n = strlen(p->allow);
    snprintf(p->allow + n, sizeof p->allow - n, "%s%s%s", n ? ", " : "", method, strcmp(method, "GET") ? "" : ", HEAD");
}

static int add_route(struct router *router, const struct route *routes, size_t i, struct fault *f)
{
    const struct route *r = &routes[i];
    int rc = check_route(r, f);
    if (!rc && i)
        rc = check_order(r - 1, r, f);
    if (!rc && (i == 0 || strcmp(r[-1].path, r->path) != 0))
        rc = add_pattern(router, r, f);
    if (rc)
        return rc;
    struct pattern *p = &router->patterns[router->n_patterns - 1];
    p->n_routes++;
    add_allow(p, r->method);
    return 0;
}

int router_new(const struct route *routes, size_t n, struct router **ret, struct fault *fault)
{
    struct router *router = memory_zeroed(sizeof *router + n * sizeof *router->patterns);
    for (size_t i = 0; i < n; i++) {
        int rc = add_route(router, routes, i, fault);
        if (rc) {
            router_free(router);
            return rc;
        }
    }
    *ret = router;
    return 0;
}

void router_free(struct router *r)
{
    free(r);
}

static bool matches(const struct pattern *p, const struct target *t)
{
    if (p->n_segments != t->n_segments)
        return false;
    for (size_t i = 0; i < p->n_segments; i++) {
        bool parameter = p->parameters >> i & 1;
        if (parameter ? t->segments[i].n == 0 : !str_eq(p->segments[i], t->segments[i]))
            return false;
    }
    return true;
}

static const struct route *by_method(const struct pattern *p, struct str method)
{
    const char *wanted = str_is(method, "HEAD") ? "GET" : NULL;
    for (size_t i = 0; i < p->n_routes; i++)
        if (wanted ? strcmp(p->first[i].method, wanted) == 0 : str_is(method, p->first[i].method))
            return &p->first[i];
    return NULL;
}

/* Patterns stand in byte order of their paths, and '{' sorts behind everything that a literal segment may hold: so the
 * first that matches is literal where any later one is. */
struct route_match router_match(const struct router *r, struct str method, const struct target *t)
{
    for (size_t i = 0; i < r->n_patterns; i++)
        if (matches(&r->patterns[i], t))
            return (struct route_match){by_method(&r->patterns[i], method), r->patterns[i].allow};
    return (struct route_match){0};
}

struct str router_param(const struct route *route, const struct target *t, const char *name)
{
    const char *at = route->path + 1;
    for (size_t i = 0; i < t->n_segments; i++) {
        const char *end = strchrnul(at, '/');
        struct str segment = {at, (size_t)(end - at)};
        if (is_parameter(segment) && str_is((struct str){at + 1, segment.n - 2}, name))
            return t->segments[i];
        at = *end ? end + 1 : end;
    }
    return (struct str){0};
}
