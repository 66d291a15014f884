/* POST /v1/markings/parse: what a marking or a label says, before anything is posted under it. */
#include "input.h"
#include "label_input.h"
#include "resources.h"
#include "stanag4774.h"
#include "verdict.h"

/* What is asked about: a marking, perhaps with a wire label, or a STANAG 4774 label, or both if they agree. */
struct asked {
    struct str marking, xml;
    struct admitted input;
    const char *extra;
};

static int read_asked(struct request *r, const json_t *body, struct asked *a, struct fault *fault)
{
    static const char where[] = "$.confidentialityLabel";
    const struct registry *reg = caller_of(r)->registry;
    struct arena *arena = request_arena(r);
    struct str wire = member_json(r, body, "relto");
    int error = member_text(body, "confidentialityLabel", false, &a->xml, fault);
    if (!error)
        error = member_text(body, "classificationMarking", !a->xml.p, &a->marking, fault);
    if (!error && !a->marking.p && wire.p)
        error = fault_set(fault, ERR_BAD_REQUEST, "$.relto", "goes with a classificationMarking");
    if (error)
        return error;
    if (!a->marking.p)
        return stanag4774_read(reg, caller_partner(r), a->xml, where, arena, &a->input.label, NULL, fault);
    error = label_input(r, a->marking, wire, "$", &a->input, &a->extra, fault);
    if (!error && a->xml.p)
        error = stanag4774_agrees(reg, a->xml, where, a->input.label, arena, fault);
    return error;
}

/* The label as XML too. One that came as XML stays its originator's: this is an equivalent (ADatP-4774.1 section 4.2).
 */
static void add_xml(struct request *r, const struct asked *a, struct buf *b)
{
    BUF_CLEANUP struct buf xml = {0};
    bool came = a->xml.p || (a->input.wire && a->input.wire->confidentiality_label.n);
    stanag4774_write(caller_of(r)->registry, a->input.label, came ? STANAG4774_ALTERNATIVE : STANAG4774_ORIGINATOR,
                     api_now(api_of(r)), &xml);
    buf_char(b, ',');
    text_member(b, "confidentialityLabel", buf_view(&xml));
}

void markings_parse(struct request *r)
{
    static const char *const allowed[] = {"classificationMarking", "confidentialityLabel", "relto", NULL};
    json_auto_t *body = NULL;
    struct fault fault;
    struct asked asked = {0};
    BUF_CLEANUP struct buf b = {0};
    int error = body_object(r, allowed, &body, &fault);
    if (!error)
        error = read_asked(r, body, &asked, &fault);
    if (error) {
        reply_fault(r, &fault, asked.extra);
        return;
    }
    buf_char(&b, '{');
    label_members(caller_of(r)->registry, asked.input.label, &b);
    add_xml(r, &asked, &b);
    buf_char(&b, '}');
    reply_json(r, 200, buf_view(&b));
}
