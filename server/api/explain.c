/* GET /v1/{type}/{id}/explain: why a reader gets a record, or does not. An owner's officers ask for any partner,
 * everybody else for itself and of what it may see. */
#include "input.h"
#include "resources.h"
#include "verdict.h"

struct explain_step {
    const struct record_type *type;
    struct uuid id;
    struct str as;
    struct str warnings; /* during the reading */
    struct request *r;
    struct buf out;
    struct str banner; /* as of an answer that carries the record */
};

/* Who is asked about. */
struct asked {
    struct str partner;          /* {NULL,0}: all */
    const struct reader *reader; /* not NULL: this one */
};

static bool is_officer(const struct request *r)
{
    enum role role = principal_role(caller_of(r)->principal);
    return role == ROLE_FDO || role == ROLE_AUDITOR;
}

/* Clearances of another partner's principals are told to nobody: it is asked about as a whole. */
static int asked_by_owner(const struct explain_step *step, struct asked *ret, struct fault *fault)
{
    const struct caller *c = caller_of(step->r);
    const struct principal *p = registry_principal(c->registry, step->as);
    if (p && str_eq(principal_partner(p), caller_partner(step->r)))
        *ret = (struct asked){principal_partner(p), principal_reader(p)};
    else if (!step->as.p || registry_has_partner(c->registry, step->as))
        *ret = (struct asked){step->as, NULL};
    else
        return fault_set(fault, ERR_BAD_QUERY, "as", "expected a partner, or a principal of your own");
    return 0;
}

static int asked_by_reader(const struct explain_step *step, struct asked *ret, struct fault *fault)
{
    const struct caller *c = caller_of(step->r);
    if (step->as.p && !str_eq(step->as, principal_uri(c->principal)) && !str_eq(step->as, caller_partner(step->r)))
        return not_found(fault);
    *ret = (struct asked){caller_partner(step->r), c->reader};
    return 0;
}

static void add_time(struct buf *b, const char *name, instant t)
{
    if (t != INSTANT_MIN && t != INSTANT_MAX)
        buf_member_instant(b, name, t);
}

/* What the decision rests on, for the owner. */
static void add_subject(const struct inquiry *q, struct buf *b)
{
    buf_char(b, ',');
    label_members(q->registry, q->subject->label, b);
    buf_char(b, ',');
    text_member(b, "dataMode", q->subject->data_mode);
    buf_printf(b, ",\"recalled\":%s", q->subject->recalled ? "true" : "false");
    add_time(b, "embargoUntil", q->subject->embargo_until);
    add_time(b, "expires", q->subject->expires);
    buf_z(b, ",\"grants\":[");
    for (size_t i = 0; i < q->subject->n_grants; i++) {
        if (i)
            buf_char(b, ',');
        buf_json_str(b, q->subject->grants[i]);
    }
    buf_printf(b, "],\"epoch\":%lld", (long long)registry_epoch(q->registry));
}

static void render(const struct explain_step *step, const struct inquiry *q, bool owner, const struct asked *asked,
                   struct buf *b)
{
    buf_z(b, "{\"record\":{\"type\":");
    buf_json_str(b, str_of(step->type->name));
    buf_z(b, ",\"id\":\"");
    buf_uuid(b, step->id);
    buf_z(b, "\"},");
    text_member(b, "originator", q->subject->originator);
    add_time(b, "at", q->now);
    if (owner)
        add_subject(q, b);
    if (step->warnings.n)
        buf_printf(b, ",\"warnings\":%.*s", STR_ARG(step->warnings));
    buf_z(b, ",\"partners\":");
    if (asked->reader) {
        buf_char(b, '[');
        verdict_write(q, asked->reader, b);
        buf_char(b, ']');
    } else {
        verdicts_write(q, asked->partner, b);
    }
    buf_char(b, '}');
}

static int explain(void *ctx, const struct examined *what, struct fault *fault)
{
    struct explain_step *step = ctx;
    struct request *r = step->r;
    struct inquiry q = {.registry = caller_of(r)->registry,
                        .subject = what->subject,
                        .now = api_now(api_of(r)),
                        .told = caller_partner(r),
                        .posted = what->posted_at,
                        .explained = true,
                        .as_shown = !what->owned};
    struct asked asked = {0};
    bool owner = what->owned && is_officer(r);
    int error = owner ? asked_by_owner(step, &asked, fault) : asked_by_reader(step, &asked, fault);
    if (error)
        return error;
    buf_clear(&step->out);
    step->banner = arena_str(request_arena(r), what->banner);
    step->warnings = what->warnings;
    render(step, &q, owner, &asked, &step->out);
    return 0;
}

static int explain_step(struct request *r, void *ctx, struct fault *fault)
{
    struct explain_step *step = ctx;
    struct reading reading = caller_reading(r, false);
    return store_examine(api_of(r)->config.store, &reading, step->type, step->id, explain, step, fault);
}

void record_explain(struct request *r)
{
    struct explain_step step = {.r = r};
    struct fault fault;
    if (!path_record(r, &step.type, &step.id))
        return;
    int error = query_check(r, &fault);
    if (!error) {
        step.as = query_text(r, "as");
        error = with_fresh_registers(r, explain_step, &step, &fault);
    }
    if (!error)
        error = log_query(r, 200, true, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else {
        reply_banner(r, step.banner);
        reply_json(r, 200, buf_view(&step.out));
    }
    buf_free(&step.out);
}
