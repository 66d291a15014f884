/* /v1/objects: what partners operate. A registration is accepted by a keeper of a catalogue, or by who has originated
 * elements of the object: then it is an entry of the registers, and warnings by the acceptor's own rules, and by those
 * that name it as a catalogue, reach the operator. */
#include "input.h"
#include "log.h"
#include "resources.h"

#define WARN_BATCHES 200 /* of stored records that are looked at before the answer */

static bool is_catalogue(const struct request *r)
{
    struct partner_rules rules;
    return registry_partner_rules(caller_of(r)->registry, caller_partner(r), &rules) && rules.catalogue;
}

/* ---- list ---- */

struct list_step {
    struct buf out;
    bool any;
};

static void add_object(struct list_step *step, struct str object, struct str partner, struct str accepted_by)
{
    buf_z(&step->out, step->any ? ",{\"object\":" : "{\"object\":");
    buf_json_str(&step->out, object);
    buf_z(&step->out, ",\"partner\":");
    buf_json_str(&step->out, partner);
    buf_z(&step->out, accepted_by.n ? ",\"status\":\"accepted\",\"acceptedBy\":" : ",\"status\":\"pending\"");
    if (accepted_by.n)
        buf_json_str(&step->out, accepted_by);
    buf_char(&step->out, '}');
    step->any = true;
}

static bool accepted(const struct registry *reg, const struct object_claim *c)
{
    const struct operator_entry *found;
    return registry_operates(reg, c->object, c->partner, &found) > 0;
}

static bool accepted_by(const struct registry *reg, const struct object_claim *c, struct str by)
{
    const struct operator_entry *found;
    size_t n = registry_operates(reg, c->object, c->partner, &found);
    for (size_t i = 0; i < n; i++)
        if (str_eq(found[i].accepted_by, by))
            return true;
    return false;
}

/* What partners say they operate: claims that nobody has accepted, and what somebody has, once each. */
static int all_claims(struct request *r, struct object_claim **ret, size_t *ret_n, struct fault *fault)
{
    const struct operator_entry *all;
    const struct registry *reg = caller_of(r)->registry;
    struct object_claim *claims = NULL;
    size_t n = registry_operators(reg, &all), open = 0, total = 0;
    int error = store_object_claims(api_of(r)->config.store, STR(""), request_arena(r), &claims, &open, fault);
    if (error)
        return error;
    struct object_claim *v = arena_array(request_arena(r), open + n, sizeof *v);
    for (size_t i = 0; i < open; i++)
        if (!accepted(reg, &claims[i]))
            v[total++] = claims[i];
    for (size_t i = 0; i < n; i++)
        if (i == 0 || !str_eq(all[i - 1].object, all[i].object) || !str_eq(all[i - 1].partner, all[i].partner))
            v[total++] = (struct object_claim){all[i].object, all[i].partner};
    *ret = v;
    *ret_n = total;
    return 0;
}

/* Which of the claims the caller's partner may accept. */
static int may_accept(struct request *r, const struct object_claim *claims, size_t n, bool *ret, struct fault *fault)
{
    struct reading reading = caller_reading(r, false);
    struct str *objects = arena_array(request_arena(r), n, sizeof *objects);
    bool catalogue = is_catalogue(r);
    int error = 0;
    for (size_t i = 0; i < n; i++)
        objects[i] = claims[i].object;
    if (!catalogue && n)
        error = store_object_known(api_of(r)->config.store, &reading, objects, n, ret, fault);
    for (size_t i = 0; !error && i < n; i++)
        ret[i] = (catalogue || ret[i]) && !str_eq(claims[i].partner, caller_partner(r));
    return error;
}

/* Its own until somebody has accepted it, others' until the caller's partner has: what others accept is their business.
 */
static int add_claims(struct request *r, struct list_step *step, struct fault *fault)
{
    const struct caller *c = caller_of(r);
    struct str mine = caller_partner(r);
    struct object_claim *claims = NULL;
    size_t n = 0;
    int error = all_claims(r, &claims, &n, fault);
    bool *may = arena_array(request_arena(r), n, sizeof *may);
    if (!error)
        error = may_accept(r, claims, n, may, fault);
    for (size_t i = 0; !error && i < n; i++)
        if (str_eq(claims[i].partner, mine) ? !accepted(c->registry, &claims[i])
                                            : may[i] && !accepted_by(c->registry, &claims[i], mine))
            add_object(step, claims[i].object, claims[i].partner, STR(""));
    return error;
}

static int list_step(struct request *r, void *ctx, struct fault *fault)
{
    struct list_step *step = ctx;
    const struct operator_entry *all;
    size_t n = registry_operators(caller_of(r)->registry, &all);
    struct str mine = caller_partner(r);
    buf_clear(&step->out);
    step->any = false;
    buf_char(&step->out, '[');
    for (size_t i = 0; i < n; i++)
        if (str_eq(all[i].partner, mine) || str_eq(all[i].accepted_by, mine))
            add_object(step, all[i].object, all[i].partner, all[i].accepted_by);
    int error = add_claims(r, step, fault);
    buf_char(&step->out, ']');
    return error;
}

void objects_list(struct request *r)
{
    struct list_step step = {0};
    struct fault fault;
    int error = query_check(r, &fault);
    if (!error)
        error = with_fresh_registers(r, list_step, &step, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_json(r, 200, buf_view(&step.out));
    buf_free(&step.out);
}

/* ---- registering ---- */

void object_register(struct request *r)
{
    static const char *const allowed[] = {"object", NULL};
    struct fault fault;
    struct str object;
    json_auto_t *body = NULL;
    struct list_step answer = {0};
    struct reading reading = caller_reading(r, false);
    int error = body_object(r, allowed, &body, &fault);
    if (!error)
        error = member_text(body, "object", true, &object, &fault);
    if (!error && !name_object(object))
        error = fault_set(&fault, ERR_BAD_REQUEST, "$.object", "expected " AN_OBJECT);
    const struct operator_entry *known = NULL;
    size_t n_known = error ? 0 : registry_operates(caller_of(r)->registry, object, caller_partner(r), &known);
    if (!error && !n_known)
        error = store_object_claim_add(api_of(r)->config.store, &reading, object, &fault);
    if (error) {
        reply_fault(r, &fault, NULL);
        return;
    }
    add_object(&answer, object, caller_partner(r), n_known ? known->accepted_by : STR(""));
    reply_json(r, 201, buf_view(&answer.out));
    buf_free(&answer.out);
}

/* ---- accepting and rejecting ---- */

static int no_registration(struct fault *fault)
{
    return fault_set(fault, ERR_NOT_FOUND, "", "no such registration");
}

/* Whether the partner says that it operates the object, and nobody has accepted that yet. */
static int find_open(struct request *r, const struct object_claim *c, bool *ret, struct fault *fault)
{
    struct object_claim *claims = NULL;
    size_t n = 0;
    int error = store_object_claims(api_of(r)->config.store, c->partner, request_arena(r), &claims, &n, fault);
    if (error)
        return error;
    *ret = false;
    for (size_t i = 0; i < n; i++)
        *ret |= str_eq(claims[i].object, c->object);
    return 0;
}

static struct object_claim claim_named(struct request *r)
{
    return (struct object_claim){request_path_param(r, "object"), request_path_param(r, "partner")};
}

/* A claim that the caller's partner may accept, or its own, open or accepted by others. Whether there are others is
 * nobody's business. */
static int find_claim(struct request *r, struct object_claim *ret, bool *ret_own, bool *ret_open, struct fault *fault)
{
    const struct registry *reg = caller_of(r)->registry;
    bool may = false;
    *ret = claim_named(r);
    *ret_own = str_eq(ret->partner, caller_partner(r));
    int error = find_open(r, ret, ret_open, fault);
    if (!error)
        error = may_accept(r, ret, 1, &may, fault);
    if (error)
        return error;
    bool there = *ret_open || (accepted(reg, ret) && !accepted_by(reg, ret, caller_partner(r)));
    return there && (may || *ret_own) ? 0 : no_registration(fault);
}

struct claim_decision {
    struct object_claim claim;
    struct trial trial;
};

static struct registry_edit acceptance(struct request *r, const struct object_claim *c, struct str by, struct str json)
{
    const char *key =
        arena_printf(request_arena(r), "%.*s/%.*s/%.*s", STR_ARG(c->object), STR_ARG(c->partner), STR_ARG(by));
    return (struct registry_edit){STR("operator"), str_of(key), json};
}

/* No edits: the registers know nothing of it. */
static int try_edits(struct request *r, struct claim_decision *d, const struct registry_edit *edits, size_t n,
                     struct fault *fault)
{
    return store_operator_try(api_of(r)->config.store, caller_of(r)->registry, edits, n, caller_partner(r),
                              api_now(api_of(r)), trial_report(&d->trial), fault);
}

static int edit_operators(struct request *r, struct claim_decision *d, const struct registry_edit *edits, size_t n,
                          struct fault *fault)
{
    const struct caller *caller = caller_of(r);
    if (d->trial.on)
        return try_edits(r, d, edits, n, fault);
    int error = store_registry_edit(api_of(r)->config.store, edits, n, principal_uri(caller->principal),
                                    registry_epoch(caller->registry), fault);
    return error ? error : api_reload_registers(api_of(r), fault);
}

static int add_acceptance(struct request *r, struct claim_decision *d, struct fault *fault)
{
    const struct object_claim *c = &d->claim;
    BUF_CLEANUP struct buf json = {0};
    buf_z(&json, "{\"object\":");
    buf_json_str(&json, c->object);
    buf_z(&json, ",\"partner\":");
    buf_json_str(&json, c->partner);
    buf_z(&json, ",\"acceptedBy\":");
    buf_json_str(&json, caller_partner(r));
    buf_char(&json, '}');
    const struct registry_edit edit = acceptance(r, c, caller_partner(r), buf_view(&json));
    return edit_operators(r, d, &edit, 1, fault);
}

static int drop_claim(struct request *r, const struct claim_decision *d, struct fault *fault)
{
    bool found;
    return store_object_claim_drop(api_of(r)->config.store, d->claim.object, d->claim.partner, &found, fault);
}

static int accept_step(struct request *r, void *ctx, struct fault *fault)
{
    struct claim_decision *d = ctx;
    bool own = false, open = false;
    int error = find_claim(r, &d->claim, &own, &open, fault);
    if (!error && own)
        error = fault_set(fault, ERR_FORBIDDEN, "", "a registration is accepted by another partner");
    if (!error)
        error = add_acceptance(r, d, fault);
    return error || d->trial.on ? error : drop_claim(r, d, fault);
}

/* By the partner itself, which ends it, or by who has accepted it: others' acceptances stay. What narrows is immediate.
 */
static int withdraw(struct request *r, struct claim_decision *d, const struct operator_entry *known, size_t n,
                    struct fault *fault)
{
    const struct object_claim *c = &d->claim;
    struct registry_edit *edits = arena_array(request_arena(r), n, sizeof *edits);
    size_t n_edits = 0;
    for (size_t i = 0; i < n; i++)
        if (str_eq(c->partner, caller_partner(r)) || str_eq(known[i].accepted_by, caller_partner(r)))
            edits[n_edits++] = acceptance(r, c, known[i].accepted_by, (struct str){NULL, 0});
    return n_edits ? edit_operators(r, d, edits, n_edits, fault) : no_registration(fault);
}

/* An open claim by the partner itself, or by who may accept it. */
static int reject_step(struct request *r, void *ctx, struct fault *fault)
{
    struct claim_decision *d = ctx;
    const struct operator_entry *known;
    bool own = false, open = false;
    d->claim = claim_named(r);
    size_t n = registry_operates(caller_of(r)->registry, d->claim.object, d->claim.partner, &known);
    if (n)
        return withdraw(r, d, known, n, fault);
    int error = find_claim(r, &d->claim, &own, &open, fault);
    if (error)
        return error;
    return d->trial.on ? try_edits(r, d, NULL, 0, fault) : drop_claim(r, d, fault);
}

static int decide_claim(struct request *r, int (*step)(struct request *r, void *ctx, struct fault *fault),
                        struct claim_decision *d, struct fault *fault)
{
    static const char *const allowed[] = {NULL};
    json_auto_t *body = NULL;
    int error = body_object_tried(r, &d->trial, allowed, &body, fault);
    return error ? error : with_fresh_registers(r, step, d, fault);
}

/* What is stored already and still matters reaches the operator, too. */
void object_accept(struct request *r)
{
    struct claim_decision d = {0};
    struct fault fault, later;
    struct api *api = api_of(r);
    int error = decide_claim(r, accept_step, &d, &fault);
    if (!error && !d.trial.on &&
        store_operator_warn(api->config.store, d.claim.object, d.claim.partner, WARN_BATCHES, &later))
        log_fault(api->config.log, "operator.warn_later", &later);
    reply_decided(r, error, &d.trial, NULL, &fault);
}

void object_reject(struct request *r)
{
    struct claim_decision d = {0};
    struct fault fault;
    int error = decide_claim(r, reject_step, &d, &fault);
    reply_decided(r, error, &d.trial, NULL, &fault);
}
