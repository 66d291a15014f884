/* The table of routes, checked and made ready for matching. Pure: no I/O, no libmicrohttpd. */
#pragma once
#include "error.h"
#include "http.h"
#include "target.h"

struct router;

struct route_match {
    const struct route *route; /* NULL: none for this method */
    const char *allow;         /* methods of the matched path for an Allow field; NULL: unknown path */
};

/* ERR_BAD_CONFIG names the entry that is out of order, doubled, without a capability or otherwise not well formed. */
int router_new(const struct route *routes, size_t n, struct router **ret, struct fault *fault);
void router_free(struct router *r);

/* Segments of the target against the table; from left to right a literal segment wins over a parameter. */
struct route_match router_match(const struct router *r, struct str method, const struct target *t);
/* The target's segment for {name} of the route's path; {NULL, 0} if the path has no such parameter. */
struct str router_param(const struct route *route, const struct target *t, const char *name);
