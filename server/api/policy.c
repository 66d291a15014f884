/* POST /v1/policy/evaluate and /v1/markings/parse: what a label means, before anything is posted under it. */
#include "admit.h"
#include "input.h"
#include "label_input.h"
#include "resources.h"

#include <stdio.h>

static void add_member(struct buf *b, const char *name, struct str value)
{
    buf_printf(b, "\"%s\":", name);
    buf_json_str(b, value);
}

static void add_label(const struct registry *reg, const struct label *label, struct buf *b)
{
    BUF_CLEANUP struct buf text = {0};
    buf_z(b, "\"label\":");
    label_write(label, b);
    buf_char(b, ',');
    label_portion(reg, label, &text);
    add_member(b, "portion", buf_view(&text));
    buf_clear(&text);
    buf_char(b, ',');
    label_banner(reg, label, &text);
    add_member(b, "banner", buf_view(&text));
}

void markings_parse(struct request *r)
{
    static const char *const allowed[] = {"classificationMarking", "relto", NULL};
    json_auto_t *body = NULL;
    struct fault fault;
    struct str marking;
    struct admitted input;
    const char *extra = NULL;
    BUF_CLEANUP struct buf b = {0};
    int error = body_object(r, allowed, &body, &fault);
    if (!error)
        error = member_text(body, "classificationMarking", true, &marking, &fault);
    if (!error)
        error = label_input(r, marking, member_json(r, body, "relto"), "$", &input, &extra, &fault);
    if (error) {
        reply_fault(r, &fault, extra);
        return;
    }
    buf_char(&b, '{');
    add_label(caller_of(r)->registry, input.label, &b);
    buf_char(&b, '}');
    reply_json(r, 200, buf_view(&b));
}

/* ---- evaluate ---- */

struct evaluation {
    struct str type, data_mode, as;
    struct admitted input;
    struct subject subject;
    instant now;
};

static int passed(const struct verdict *v)
{
    int n = v->permit ? GATE_COUNT : 0;
    for (int g = 0; g < GATE_COUNT; g++)
        n += v->gates[g];
    return n;
}

static void add_verdict(const struct registry *reg, const struct evaluation *e, const struct reader *reader,
                        const struct verdict *v, struct buf *b)
{
    BUF_CLEANUP struct buf effective = {0};
    buf_char(b, '{');
    add_member(b, "partner", reader_partner(reader));
    buf_printf(b, ",\"permit\":%s,\"view\":%s,\"deniedBy\":", v->permit ? "true" : "false",
               v->permit ? "\"full\"" : "null");
    if (v->permit)
        buf_z(b, "null");
    else
        buf_json_str(b, str_of(gate_name(v->denied_by)));
    buf_printf(b, ",\"basis\":\"%s\",", basis_name(v->basis));
    add_member(b, "agreement", v->agreement);
    if (v->permit) {
        effective_marking(reg, e->input.label, reader, v, &effective);
        buf_char(b, ',');
        add_member(b, "effectiveMarking", buf_view(&effective));
        if (basis_obligation(v->basis))
            buf_printf(b, ",\"obligations\":[\"%s\"]", basis_obligation(v->basis));
    }
    buf_z(b, ",\"gates\":{");
    for (int g = 0; g < GATE_COUNT; g++)
        buf_printf(b, "%s\"%s\":%s", g ? "," : "", gate_name((enum gate)g), v->gates[g] ? "true" : "false");
    buf_z(b, "}}");
}

/* A partner is answered for by the one of its principals that comes furthest; who that is, is not told. */
static bool best_reader(const struct registry *reg, const struct evaluation *e, struct str partner,
                        const struct reader **ret_reader, struct verdict *ret)
{
    const struct principal *const *all;
    size_t n = registry_principals(reg, &all);
    int best = -1;
    for (size_t i = 0; i < n; i++) {
        struct verdict v;
        if (!str_eq(principal_partner(all[i]), partner))
            continue;
        decide(reg, principal_reader(all[i]), &e->subject, e->now, &v);
        if (passed(&v) <= best)
            continue;
        best = passed(&v);
        *ret = v;
        *ret_reader = principal_reader(all[i]);
    }
    return best >= 0;
}

static bool seen_before(const struct principal *const *all, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (str_eq(principal_partner(all[j]), principal_partner(all[i])))
            return true;
    return false;
}

static void add_partners(const struct registry *reg, const struct evaluation *e, struct buf *b)
{
    const struct principal *const *all;
    size_t n = registry_principals(reg, &all), written = 0;
    for (size_t i = 0; i < n; i++) {
        const struct reader *reader;
        struct verdict v;
        struct str partner = principal_partner(all[i]);
        if (seen_before(all, i) || (e->as.p && !str_eq(partner, e->as)) || !best_reader(reg, e, partner, &reader, &v))
            continue;
        if (written++)
            buf_char(b, ',');
        add_verdict(reg, e, reader, &v, b);
    }
}

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
        add_member(b, "where", str_of(fault.where));
        buf_char(b, ',');
        add_member(b, "detail", str_of(fault.detail));
    }
    buf_char(b, '}');
}

static void render_evaluation(struct request *r, const struct evaluation *e, struct buf *b)
{
    const struct caller *c = caller_of(r);
    buf_char(b, '{');
    add_label(c->registry, e->input.label, b);
    add_posting(r, e, b);
    buf_z(b, ",\"partners\":[");
    if (concerns_only(e->input.label, caller_partner(r))) {
        add_partners(c->registry, e, b);
    } else {
        struct verdict v;
        decide(c->registry, c->reader, &e->subject, e->now, &v);
        add_verdict(c->registry, e, c->reader, &v, b);
    }
    buf_z(b, "]}");
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
        return label_input(r, marking, wire, "$", &e->input, ret_extra, fault);
    if (marking.p || wire.p)
        return fault_set(fault, ERR_BAD_REQUEST, "$.label", "stands alone: expected no classificationMarking or relto");
    e->input.wire = &no_wire_label;
    return label_read(caller_of(r)->registry, label, request_arena(r), &e->input.label, fault);
}

static int read_evaluation(struct request *r, struct evaluation *e, const char **ret_extra, struct fault *fault)
{
    static const char *const allowed[] = {"type", "dataMode", "classificationMarking", "label", "relto", "as", NULL};
    json_auto_t *body = NULL;
    struct str type, data_mode, as;
    int error = body_object(r, allowed, &body, fault);
    if (!error)
        error = member_text(body, "type", true, &type, fault);
    if (!error && !record_type_find(type))
        error = fault_set(fault, ERR_BAD_REQUEST, "$.type", "no such record type");
    if (!error)
        error = member_text(body, "dataMode", true, &data_mode, fault);
    if (!error)
        error = member_text(body, "as", false, &as, fault);
    if (!error && as.p && !registry_has_partner(caller_of(r)->registry, as))
        error = fault_set(fault, ERR_BAD_REQUEST, "$.as", "no such partner");
    if (error)
        return error;
    e->type = arena_str(request_arena(r), type);
    e->data_mode = arena_str(request_arena(r), data_mode);
    e->as = as.p ? arena_str(request_arena(r), as) : as;
    return read_label(r, body, e, ret_extra, fault);
}

void policy_evaluate(struct request *r)
{
    struct evaluation e = {0};
    struct fault fault;
    const char *extra = NULL;
    BUF_CLEANUP struct buf b = {0};
    int error = read_evaluation(r, &e, &extra, &fault);
    if (!error && e.as.p && !str_eq(e.as, caller_partner(r)) && !concerns_only(e.input.label, caller_partner(r)))
        error = fault_set(&fault, ERR_BAD_REQUEST, "$.as",
                          "a label with other owners or FGI is answered for the caller alone");
    if (error) {
        reply_fault(r, &fault, extra);
        return;
    }
    e.now = api_now(api_of(r));
    e.subject = subject_posted_now(r, &e.input, e.type, e.data_mode);
    render_evaluation(r, &e, &b);
    reply_json(r, 200, buf_view(&b));
}
