/* POST /v1/elset/createBulkFromTLE: element sets as they are handed around, to records of type elset; all or nothing.
 */
#include "posting.h"
#include "resources.h"
#include "tle.h"

#include <stdio.h>

/* Upstream clients have no word for the marking of what they send here. */
static bool is_upstream(struct request *r)
{
    return strncmp(request_route(r)->path, "/udl/", 5) == 0;
}

/* Without a marking the lowest is assumed, and said, for clients that cannot give one; a dissemination control that one
 * of them sends is part of it. */
static int read_marking(struct request *r, struct header *h, bool *ret_assumed, struct fault *fault)
{
    struct str marking = query_text(r, "classificationMarking"), control = query_text(r, "control");
    *ret_assumed = !marking.n;
    if (marking.n && control.n)
        return fault_set(fault, ERR_BAD_QUERY, "control", "expected it within classificationMarking, which is given");
    if (!marking.n && !is_upstream(r))
        return fault_set(fault, ERR_BAD_QUERY, "classificationMarking", "missing: this parameter is needed");
    h->marking = marking;
    if (!marking.n)
        h->marking = str_of(arena_printf(request_arena(r), "U%s%.*s", control.n ? "//" : "", STR_ARG(control)));
    if (!marking.n)
        reply_header(r, "X-Assumed-Marking", h->marking.p);
    return 0;
}

static int read_header(struct request *r, struct header *h, bool *ret_assumed, struct fault *fault)
{
    bool passed_over = false;
    int error = query_check(r, fault);
    if (!error)
        error = query_needed(r, "dataMode", &h->data_mode, fault);
    if (!error)
        error = query_needed(r, "source", &h->source, fault);
    if (!error)
        error = query_flag(r, "makeCurrent", &passed_over, fault);
    if (!error)
        error = query_flag(r, "autoCreateSats", &passed_over, fault);
    h->origin = query_text(r, "origin");
    h->tags = query_text(r, "tags");
    return error ? error : read_marking(r, h, ret_assumed, fault);
}

/* What says of itself that it is more than unclassified is not marked so by assumption. */
static int check_assumed(const struct tle *t, struct fault *fault)
{
    struct str class = t->values[TLE_CLASSIFICATION];
    char where[FAULT_WHERE_MAX];
    if (!class.n || str_is(class, "U"))
        return 0;
    snprintf(where, sizeof where, "line %zu", t->line);
    return fault_set(fault, ERR_INVALID_MARKING, where,
                     "the set is classified %.*s: expected classificationMarking in the query", STR_ARG(class));
}

static int convert(struct request *r, struct str text, const struct header *h, bool assumed, struct buf *out,
                   struct buf *lines, struct fault *fault)
{
    size_t most = api_limits(api_of(r)).records_per_request;
    struct tle_reader reader = tle_reader(text, request_arena(r));
    struct tle t;
    int error;
    buf_char(out, '[');
    for (size_t n = 0; !(error = tle_next(&reader, &t, fault)); n++) {
        if (n == most)
            return fault_set(fault, ERR_TOO_LARGE, "body", "more than %zu records in one request", most);
        if (assumed && check_assumed(&t, fault))
            return ERR_INVALID_MARKING;
        if (n)
            buf_char(out, ',');
        tle_elset(&t, h, out);
        buf_add(lines, &t.line, sizeof t.line);
    }
    buf_char(out, ']');
    return error == TLE_END ? 0 : error;
}

void elset_from_tle(struct request *r)
{
    BUF_CLEANUP struct buf json = {0}, lines = {0};
    struct header h = {0};
    struct str text;
    struct fault fault;
    bool assumed;
    int error = read_header(r, &h, &assumed, &fault);
    if (!error)
        error = body_text(r, &text, &fault);
    if (!error)
        error = convert(r, text, &h, assumed, &json, &lines, &fault);
    if (!error && !lines.n)
        error = fault_set(&fault, ERR_BAD_REQUEST, "body", "expected element sets of two or three lines");
    if (error) {
        reply_fault(r, &fault, NULL);
        return;
    }
    size_t *copy = arena_alloc(request_arena(r), lines.n);
    memcpy(copy, lines.p, lines.n);
    post_incoming(r, &(struct incoming){.type = record_type_find(STR("elset")),
                                        .json = arena_str(request_arena(r), buf_view(&json)),
                                        .array = true,
                                        .lines = copy});
}
