/* Inside of api/: what clients are told that a route takes is what it takes. */
#pragma once
#include "http.h"

/* Names of the route's query parameters, separated by commas; "" for none. Those of lists and counts of records follow
 * from the descriptors (query.h). */
const char *described_query(const struct route *route);
/* Whether a name is among them. */
bool described(const char *names, struct str name);
