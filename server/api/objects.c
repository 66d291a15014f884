/* /v1/objects: what partners operate. A registration is accepted by a keeper of a catalogue, or by who has originated
 * elements of the object: then it is an entry of the registers, and warnings by the acceptor's own rules, and by those
 * that name it as a catalogue, reach the operator. */
#include "input.h"
#include "resources.h"

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

/* What is accepted stands in the registers; a claim that is still there then is over. */
static int add_claims(struct request *r, struct list_step *step, struct fault *fault)
{
    const struct caller *c = caller_of(r);
    struct object_claim *claims = NULL;
    size_t n = 0;
    int error = store_object_claims(api_of(r)->config.store, STR(""), request_arena(r), &claims, &n, fault);
    bool *may = arena_array(request_arena(r), n, sizeof *may);
    if (!error)
        error = may_accept(r, claims, n, may, fault);
    for (size_t i = 0; !error && i < n; i++)
        if ((may[i] || str_eq(claims[i].partner, caller_partner(r))) &&
            !registry_operator(c->registry, claims[i].object, claims[i].partner))
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
    int error = query_none(r, &fault);
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
    const struct operator_entry *known =
        error ? NULL : registry_operator(caller_of(r)->registry, object, caller_partner(r));
    if (!error && !known)
        error = store_object_claim_add(api_of(r)->config.store, &reading, object, &fault);
    if (error) {
        reply_fault(r, &fault, NULL);
        return;
    }
    add_object(&answer, object, caller_partner(r), known ? known->accepted_by : STR(""));
    reply_json(r, 201, buf_view(&answer.out));
    buf_free(&answer.out);
}

/* ---- accepting and rejecting ---- */

static int not_found(struct fault *fault)
{
    return fault_set(fault, ERR_NOT_FOUND, "", "no such registration");
}

/* A claim that the caller's partner may accept, or its own. Whether there are others is nobody's business. */
static int find_claim(struct request *r, struct object_claim *ret, bool *ret_own, struct fault *fault)
{
    struct object_claim *claims = NULL;
    size_t n = 0;
    bool may = false;
    *ret = (struct object_claim){request_path_param(r, "object"), request_path_param(r, "partner")};
    *ret_own = str_eq(ret->partner, caller_partner(r));
    int error = store_object_claims(api_of(r)->config.store, ret->partner, request_arena(r), &claims, &n, fault);
    if (!error)
        error = may_accept(r, ret, 1, &may, fault);
    for (size_t i = 0; !error && i < n; i++)
        if (str_eq(claims[i].object, ret->object))
            return may || *ret_own ? 0 : not_found(fault);
    return error ? error : not_found(fault);
}

static int edit_operator(struct request *r, const struct object_claim *c, struct str accepted_by, struct fault *fault)
{
    BUF_CLEANUP struct buf json = {0};
    const struct caller *caller = caller_of(r);
    struct registry_edit edit = {STR("operator"), {NULL, 0}, {NULL, 0}};
    edit.key = str_of(arena_printf(request_arena(r), "%.*s/%.*s", STR_ARG(c->object), STR_ARG(c->partner)));
    if (accepted_by.n) {
        buf_z(&json, "{\"object\":");
        buf_json_str(&json, c->object);
        buf_z(&json, ",\"partner\":");
        buf_json_str(&json, c->partner);
        buf_z(&json, ",\"acceptedBy\":");
        buf_json_str(&json, accepted_by);
        buf_char(&json, '}');
        edit.json = buf_view(&json);
    }
    int error = store_registry_edit(api_of(r)->config.store, &edit, 1, principal_uri(caller->principal),
                                    registry_epoch(caller->registry), fault);
    return error ? error : api_reload_registers(api_of(r), fault);
}

static int accept_step(struct request *r, void *ctx, struct fault *fault)
{
    struct object_claim claim;
    bool own = false, found;
    (void)ctx;
    int error = find_claim(r, &claim, &own, fault);
    if (!error && own)
        error = fault_set(fault, ERR_FORBIDDEN, "", "a registration is accepted by another partner");
    if (!error)
        error = edit_operator(r, &claim, caller_partner(r), fault);
    return error ? error : store_object_claim_drop(api_of(r)->config.store, claim.object, claim.partner, &found, fault);
}

/* By the partner itself, who may accept it, or who has accepted it: what narrows is immediate. */
static int reject_step(struct request *r, void *ctx, struct fault *fault)
{
    struct object_claim claim = {request_path_param(r, "object"), request_path_param(r, "partner")};
    const struct operator_entry *known = registry_operator(caller_of(r)->registry, claim.object, claim.partner);
    bool own = false, found;
    (void)ctx;
    if (known) {
        bool party = str_eq(known->partner, caller_partner(r)) || str_eq(known->accepted_by, caller_partner(r));
        return party ? edit_operator(r, &claim, STR(""), fault) : not_found(fault);
    }
    int error = find_claim(r, &claim, &own, fault);
    return error ? error : store_object_claim_drop(api_of(r)->config.store, claim.object, claim.partner, &found, fault);
}

static void decide_claim(struct request *r, int (*step)(struct request *r, void *ctx, struct fault *fault))
{
    static const char *const allowed[] = {NULL};
    struct fault fault;
    json_auto_t *body = NULL;
    int error = body_object(r, allowed, &body, &fault);
    if (!error)
        error = with_fresh_registers(r, step, NULL, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_empty(r, 204);
}

void object_accept(struct request *r)
{
    decide_claim(r, accept_step);
}

void object_reject(struct request *r)
{
    decide_claim(r, reject_step);
}
