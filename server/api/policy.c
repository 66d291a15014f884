/* POST /v1/policy/evaluate: what a label means, before anything is posted under it. */
#include "admit.h"
#include "input.h"
#include "label_input.h"
#include "resources.h"
#include "verdict.h"

#include <stdio.h>

#define EVALUATIONS_MAX 1000 /* in one request */

struct evaluation {
    struct str type, data_mode, as;
    bool explained;
    struct admitted input;
    struct subject subject;
    instant now;
};

static bool only(const struct codes *codes, struct str partner)
{
    for (size_t i = 0; i < codes->n; i++)
        if (!str_eq(codes->v[i], partner))
            return false;
    return true;
}

/* Whose agreements decide: those of others, also of the originators of FGI, are their parties' business. */
static bool concerns_only(const struct label *label, struct str partner)
{
    return only(&label->owners, partner) && only(&label->fgi, partner);
}

/* Whether a record posted like this would be accepted, so that the dry run says it all. */
static void add_posting(struct request *r, const struct evaluation *e, struct buf *b)
{
    struct fault fault;
    int error = admit(caller_of(r)->registry, caller_partner(r), &e->subject, e->input.wire,
                      api_limits(api_of(r)).embargo_free, e->now, &fault);
    buf_printf(b, ",\"posting\":{\"accepted\":%s", error ? "false" : "true");
    if (error) {
        buf_printf(b, ",\"code\":\"%s\",", error_name(error));
        text_member(b, "where", str_of(fault.where));
        buf_char(b, ',');
        text_member(b, "detail", str_of(fault.detail));
    }
    buf_char(b, '}');
}

static void render_evaluation(struct request *r, const struct evaluation *e, struct buf *b)
{
    const struct caller *c = caller_of(r);
    struct inquiry q = {.registry = c->registry,
                        .subject = &e->subject,
                        .now = e->now,
                        .told = caller_partner(r),
                        .posted = e->now,
                        .explained = e->explained};
    buf_char(b, '{');
    label_members(c->registry, e->input.label, b);
    add_posting(r, e, b);
    buf_z(b, ",\"partners\":");
    if (concerns_only(e->input.label, caller_partner(r))) {
        verdicts_write(&q, e->as, b);
    } else {
        buf_char(b, '[');
        verdict_write(&q, c->reader, b);
        buf_char(b, ']');
    }
    buf_char(b, '}');
}

/* The label comes as marking text with an optional wire label, or as the canonical label itself. */
static int read_label(struct request *r, const json_t *body, struct evaluation *e, const char **ret_extra,
                      struct fault *fault)
{
    struct str marking, label = member_json(r, body, "label"), wire = member_json(r, body, "relto");
    int error = member_text(body, "classificationMarking", !label.p, &marking, fault);
    if (error)
        return error;
    if (!label.p)
        return label_input(r, marking, NULL, wire, "$", &e->input, ret_extra, fault);
    if (marking.p || wire.p)
        return fault_set(fault, ERR_BAD_REQUEST, "$.label", "stands alone: expected no classificationMarking or relto");
    e->input.wire = &no_wire_label;
    return label_read(caller_of(r)->registry, label, request_arena(r), &e->input.label, fault);
}

static int read_members(struct request *r, const json_t *body, struct evaluation *e, struct fault *fault)
{
    struct str type, data_mode, as;
    int error = member_text(body, "type", true, &type, fault);
    if (!error && !record_type_find(type))
        error = fault_set(fault, ERR_BAD_REQUEST, "$.type", "no such record type");
    if (!error)
        error = member_text(body, "dataMode", true, &data_mode, fault);
    if (!error)
        error = member_text(body, "as", false, &as, fault);
    if (!error)
        error = member_bool(body, "explain", &e->explained, fault);
    if (!error && as.p && !registry_has_partner(caller_of(r)->registry, as))
        error = fault_set(fault, ERR_BAD_REQUEST, "$.as", "no such partner");
    if (error)
        return error;
    e->type = arena_str(request_arena(r), type);
    e->data_mode = arena_str(request_arena(r), data_mode);
    e->as = as.p ? arena_str(request_arena(r), as) : as;
    return 0;
}

static int read_evaluation(struct request *r, const json_t *body, struct evaluation *e, const char **ret_extra,
                           struct fault *fault)
{
    static const char *const allowed[] = {"type",    "dataMode", "classificationMarking", "label", "relto", "as",
                                          "explain", NULL};
    int error = check_object(body, allowed, fault);
    if (!error)
        error = read_members(r, body, e, fault);
    if (!error)
        error = read_label(r, body, e, ret_extra, fault);
    if (!error && e->as.p && !str_eq(e->as, caller_partner(r)) && !concerns_only(e->input.label, caller_partner(r)))
        error = fault_set(fault, ERR_BAD_REQUEST, "$.as",
                          "a label with other owners or FGI is answered for the caller alone");
    return error;
}

static int evaluate(struct request *r, const json_t *body, struct buf *b, const char **ret_extra, struct fault *fault)
{
    struct evaluation e = {.now = api_now(api_of(r))};
    int error = read_evaluation(r, body, &e, ret_extra, fault);
    if (error)
        return error;
    e.subject = subject_posted_now(r, &e.input, e.type, e.data_mode);
    render_evaluation(r, &e, b);
    return 0;
}

/* `$.type` of the fourth item is `$[3].type`. */
static void place_in_array(struct fault *fault, size_t i)
{
    char own[FAULT_WHERE_MAX];
    memcpy(own, fault->where, sizeof own);
    snprintf(fault->where, sizeof fault->where, "$[%zu]%.160s", i, *own == '$' ? own + 1 : own);
}

static int evaluate_all(struct request *r, const json_t *list, struct buf *b, const char **ret_extra,
                        struct fault *fault)
{
    int error = 0;
    if (json_array_size(list) > EVALUATIONS_MAX)
        return fault_set(fault, ERR_TOO_LARGE, "$", "more than %d evaluations in one request", EVALUATIONS_MAX);
    buf_char(b, '[');
    for (size_t i = 0; !error && i < json_array_size(list); i++) {
        if (i)
            buf_char(b, ',');
        error = evaluate(r, json_array_get(list, i), b, ret_extra, fault);
        if (error)
            place_in_array(fault, i);
    }
    buf_char(b, ']');
    return error;
}

void policy_evaluate(struct request *r)
{
    json_auto_t *body = NULL;
    struct fault fault;
    const char *extra = NULL;
    BUF_CLEANUP struct buf b = {0};
    int error = query_check(r, &fault);
    if (!error)
        error = body_json(r, &body, &fault);
    if (!error && json_is_array(body))
        error = evaluate_all(r, body, &b, &extra, &fault);
    else if (!error)
        error = evaluate(r, body, &b, &extra, &fault);
    if (error)
        reply_fault(r, &fault, extra);
    else
        reply_json(r, 200, buf_view(&b));
}
