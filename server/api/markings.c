/* POST /v1/markings/parse and /v1/markings/normalise: what a marking or a label says, before anything is posted under
 * it. Only normalise rewrites. */
#include "input.h"
#include "label_input.h"
#include "resources.h"
#include "stanag4774.h"
#include "verdict.h"

/* What is asked about: a marking, perhaps with a wire label, or a STANAG 4774 label, or both if they agree. */
struct asked {
    struct str marking, xml;
    const struct label *banner; /* of the document that the marking is a portion of, NULL: none was given */
    struct admitted input;
    const char *extra;
};

static int read_banner(struct request *r, const json_t *body, const struct label **ret, const char **ret_extra,
                       struct fault *fault)
{
    struct str text;
    int error = member_text(body, "banner", false, &text, fault);
    return error ? error : banner_input(r, text, ret, ret_extra, fault);
}

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
    if (!error)
        error = read_banner(r, body, &a->banner, &a->extra, fault);
    if (error)
        return error;
    if (!a->marking.p)
        return stanag4774_read(reg, caller_partner(r), a->xml, where, arena, &a->input.label, NULL, fault);
    error = label_input(r, a->marking, a->banner, wire, "$", &a->input, &a->extra, fault);
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

/* The label, and its text as the caller would post it: naming the owners where they are others. */
static void add_label(struct request *r, const struct label *label, struct buf *b)
{
    BUF_CLEANUP struct buf text = {0};
    buf_z(b, "\"label\":");
    label_write(label, b);
    for (int banner = 0; banner < 2; banner++) {
        buf_clear(&text);
        label_text(caller_of(r)->registry, label, caller_partner(r), banner, &text);
        buf_char(b, ',');
        text_member(b, banner ? "banner" : "portion", buf_view(&text));
    }
}

void markings_parse(struct request *r)
{
    static const char *const allowed[] = {"banner", "classificationMarking", "confidentialityLabel", "relto", NULL};
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
    add_label(r, asked.input.label, &b);
    add_xml(r, &asked, &b);
    buf_char(&b, '}');
    reply_json(r, 200, buf_view(&b));
}

/* ---- normalise ---- */

static void add_changes(const struct marking_changes *changes, struct buf *b)
{
    buf_z(b, ",\"changes\":[");
    for (size_t i = 0; i < changes->n; i++) {
        const struct marking_change *c = &changes->v[i];
        buf_printf(b, "%s{\"offset\":%zu,", i ? "," : "", c->offset);
        text_member(b, "rule", str_of(c->rule));
        buf_char(b, ',');
        text_member(b, "detail", str_of(c->detail));
        buf_char(b, '}');
    }
    buf_char(b, ']');
}

static void add_normalised(struct request *r, const struct label *label, const struct marking_changes *changes,
                           struct buf *b)
{
    BUF_CLEANUP struct buf text = {0};
    label_text(caller_of(r)->registry, label, caller_partner(r), false, &text);
    buf_char(b, '{');
    text_member(b, "classificationMarking", buf_view(&text));
    add_changes(changes, b);
    buf_char(b, ',');
    add_label(r, label, b);
    buf_char(b, '}');
}

void markings_normalise(struct request *r)
{
    static const char *const allowed[] = {"banner", "classificationMarking", "relto", NULL};
    json_auto_t *body = NULL;
    struct fault fault;
    struct str marking;
    struct admitted input;
    const struct label *banner = NULL;
    const char *extra = NULL;
    struct marking_changes *changes = arena_alloc(request_arena(r), sizeof *changes);
    BUF_CLEANUP struct buf b = {0};
    int error = body_object(r, allowed, &body, &fault);
    if (!error)
        error = member_text(body, "classificationMarking", true, &marking, &fault);
    if (!error)
        error = read_banner(r, body, &banner, &extra, &fault);
    if (!error)
        error =
            label_input_normalised(r, marking, banner, member_json(r, body, "relto"), changes, &input, &extra, &fault);
    if (error) {
        reply_fault(r, &fault, extra);
        return;
    }
    add_normalised(r, input.label, changes, &b);
    reply_json(r, 200, buf_view(&b));
}
