/* The request target (RFC 9112 section 3.2) taken apart and decoded. Pure: no I/O, no libmicrohttpd. */
#pragma once
#include "arena.h"
#include "error.h"
#include "http.h"

#define TARGET_SEGMENTS_MAX 12

/* "/v1/elset/?a=1" has the segments "v1", "elset", "". More than TARGET_SEGMENTS_MAX: n_segments is one above it and no
 * route matches. */
struct target {
    struct str segments[TARGET_SEGMENTS_MAX];
    size_t n_segments;
    struct query_param *query;
    size_t n_query;
};

/* Accepts origin-form, absolute-form and, with no segments, "*". ERR_BAD_REQUEST for invalid percent escapes, %00,
 * bytes that no client may send, text that is not UTF-8; ERR_BAD_QUERY for more than most_params parameters. */
int target_parse(struct arena *a, struct str raw, unsigned most_params, struct target *ret, struct fault *fault);
