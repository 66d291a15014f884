/* GET /v1/queue and the decisions on what stands in it: an owner's disclosure officers, and who acts for them. */
#include "log.h"
#include "queue_proposals.h"
#include "release_input.h"
#include "resources.h"

#include <stdio.h>

#define QUEUE_DEFAULT 100
#define SPREAD_BATCHES 200 /* stored records are put under a grant before the answer, up to so many batches of them */

/* --- the queue --- */

/* In the order in which the queue lists them. */
static const struct {
    const char *name;
    int (*list)(struct store *s, const struct reading *reading, struct queue_page *page, struct buf *out, size_t *ret_n,
                struct fault *fault);
} kinds[] = {{"request", store_queue_requests},
             {"review", store_queue_reviews},
             {"unmarked", store_queue_unmarked},
             {"warning", store_queue_warnings},
             {"proposal", queue_proposals}};
#define KINDS (sizeof kinds / sizeof *kinds)

struct queue_step {
    size_t first, last; /* kinds that are asked for */
    struct queue_page page;
    int64_t limit;
    struct buf out;
};

static size_t kind_named(struct str name)
{
    size_t i = 0;
    while (i < KINDS && !str_is(name, kinds[i].name))
        i++;
    return i;
}

static int read_kind(struct request *r, struct queue_step *step, struct fault *fault)
{
    struct str kind = query_text(r, "kind");
    step->last = KINDS - 1;
    if (!kind.p)
        return 0;
    step->first = step->last = kind_named(kind);
    return step->first < KINDS
               ? 0
               : fault_set(fault, ERR_BAD_QUERY, "kind", "expected request, review, unmarked, warning or proposal");
}

static struct str cut(struct str *rest)
{
    const char *dot = rest->n ? memchr(rest->p, '.', rest->n) : NULL;
    struct str piece = {rest->p, dot ? (size_t)(dot - rest->p) : rest->n};
    *rest = dot ? (struct str){dot + 1, rest->n - piece.n - 1} : STR("");
    return piece;
}

static bool read_micros(struct str text, instant *ret)
{
    bool negative = text.n && text.p[0] == '-';
    int64_t v;
    if (!read_digits((struct str){text.p + negative, text.n - negative}, INT64_MAX, &v))
        return false;
    *ret = negative ? -v : v;
    return true;
}

/* `after`: kind.microseconds.id of the last entry that was listed. */
static int read_after(struct request *r, struct queue_step *step, struct fault *fault)
{
    struct str rest = query_text(r, "after");
    step->page.after = (struct queue_position){.at = INSTANT_MIN};
    if (!rest.p)
        return 0;
    size_t kind = kind_named(cut(&rest));
    struct str micros = cut(&rest);
    if (kind < step->first || kind > step->last || !read_micros(micros, &step->page.after.at) ||
        !uuid_parse(rest, &step->page.after.id))
        return fault_set(fault, ERR_BAD_QUERY, "after", "expected what a page of this queue gave");
    step->first = kind;
    return 0;
}

static int read_queue(struct request *r, struct queue_step *step, struct fault *fault)
{
    int error = query_check(r, fault);
    step->limit = QUEUE_DEFAULT;
    if (!error)
        error = query_number(r, "maxResults", RELEASE_PAGE_MAX, &step->limit, fault);
    if (!error)
        error = read_kind(r, step, fault);
    return error ? error : read_after(r, step, fault);
}

static void end_queue(size_t kind, const struct queue_page *page, bool more, struct buf *out)
{
    buf_char(out, ']');
    if (more) {
        buf_printf(out, ",\"after\":\"%s.%lld.", kinds[kind].name, (long long)page->after.at);
        buf_uuid(out, page->after.id);
        buf_char(out, '"');
    }
    buf_char(out, '}');
}

/* A full page may be the last one: then the next is empty. */
static int queue_step(struct request *r, void *ctx, struct fault *fault)
{
    struct queue_step *step = ctx;
    struct reading reading = caller_reading(r, false);
    struct queue_page page = step->page;
    int64_t left = step->limit;
    size_t kind = step->first;
    buf_clear(&step->out);
    buf_z(&step->out, "{\"items\":[");
    for (;; kind++) {
        size_t n = 0, before = step->out.n;
        page.limit = left;
        if (left < step->limit)
            buf_char(&step->out, ',');
        int error = kinds[kind].list(api_of(r)->config.store, &reading, &page, &step->out, &n, fault);
        if (error)
            return error;
        if (!n)
            step->out.n = before;
        left -= (int64_t)n;
        if (!left || kind == step->last)
            break;
        page.after = (struct queue_position){.at = INSTANT_MIN};
    }
    end_queue(kind, &page, !left, &step->out);
    return 0;
}

void queue_list(struct request *r)
{
    struct queue_step step = {0};
    struct fault fault;
    int error = read_queue(r, &step, &fault);
    reply_logged(r, error, queue_step, &step, &step.out, &fault);
}

void queue_request(struct request *r)
{
    struct reading reading = caller_reading(r, false);
    struct fault fault;
    struct uuid id;
    BUF_CLEANUP struct buf b = {0};
    int error = query_check(r, &fault);
    if (!error)
        error = path_id(r, &id, &fault);
    if (!error)
        error = store_queue_request(api_of(r)->config.store, &reading, id, &b, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_json(r, 200, buf_view(&b));
}

/* --- decisions --- */

struct decision {
    struct release_decision d;
    struct str grant;
    bool complete; /* all stored records of the scope are under the grant */
    struct trial trial;
    bool granted; /* then: no other approval would be needed */
};

static struct release_decision decision_of(struct request *r)
{
    struct arena *arena = request_arena(r); /* the caller's registers may be replaced meanwhile */
    return (struct release_decision){.owner = arena_str(arena, caller_partner(r)),
                                     .principal = arena_str(arena, principal_uri(caller_of(r)->principal)),
                                     .request_id = str_of(request_id(r)),
                                     .view = STR(""),
                                     .reason = STR(""),
                                     .until = INSTANT_MIN,
                                     .now = api_now(api_of(r))};
}

static int read_approval(struct request *r, struct release_decision *d, struct trial *ret_trial, struct fault *fault)
{
    static const char *const allowed[] = {"view", "until", "onward", NULL};
    json_auto_t *body = NULL;
    int error = path_id(r, &d->request, fault);
    if (!error)
        error = body_object_tried(r, ret_trial, allowed, &body, fault);
    if (!error)
        error = release_view_read(r, body, NULL, &d->view, &d->view_given, fault);
    if (!error)
        error = release_until_read(r, body, false, &d->until, fault);
    return error ? error : member_bool(body, "onward", &d->onward, fault);
}

static int approve_step(struct request *r, void *ctx, struct fault *fault)
{
    struct decision *decision = ctx;
    if (decision->trial.on)
        return store_request_try(api_of(r)->config.store, caller_of(r)->registry, &decision->d, &decision->granted,
                                 trial_report(&decision->trial), fault);
    return store_request_approve(api_of(r)->config.store, caller_of(r)->registry, &decision->d, request_arena(r),
                                 &decision->grant, fault);
}

static int spread_step(struct request *r, void *ctx, struct fault *fault)
{
    struct decision *decision = ctx;
    return store_grant_spread(api_of(r)->config.store, caller_of(r)->registry, decision->grant, SPREAD_BATCHES,
                              &decision->complete, fault);
}

/* The grant is in force; stored records that are not under it yet follow without being asked for. */
static void spread(struct request *r, struct decision *decision)
{
    struct fault fault;
    int error = caller_refresh(r, &fault);
    if (!error)
        error = with_fresh_registers(r, spread_step, decision, &fault);
    if (error)
        log_fault(api_of(r)->config.log, "grant.spread_later", &fault);
}

static void reply_approved(struct request *r, const struct decision *decision)
{
    BUF_CLEANUP struct buf b = {0};
    buf_printf(&b, "{\"state\":\"%s\",\"grant\":", decision->grant.n ? "approved" : "open");
    if (decision->grant.n)
        buf_json_str(&b, decision->grant);
    else
        buf_z(&b, "null");
    buf_printf(&b, ",\"complete\":%s}", decision->complete ? "true" : "false");
    reply_json(r, 200, buf_view(&b));
}

static void reply_tried(struct request *r, const struct decision *decision)
{
    BUF_CLEANUP struct buf b = {0};
    buf_printf(&b, "{\"state\":\"%s\",\"dryRun\":{%.*s}}", decision->granted ? "approved" : "open",
               (int)decision->trial.report.json.n, decision->trial.report.json.p);
    reply_json(r, 200, buf_view(&b));
}

void queue_approve(struct request *r)
{
    struct decision decision = {.d = decision_of(r), .grant = STR("")};
    struct fault fault;
    int error = read_approval(r, &decision.d, &decision.trial, &fault);
    if (!error)
        error = with_fresh_registers(r, approve_step, &decision, &fault);
    if (error) {
        fault_tell_from("$.changes[0].entry", &fault); /* the grant, whose members the body has */
        reply_fault(r, &fault, NULL);
    } else if (decision.trial.on) {
        reply_tried(r, &decision);
    } else {
        if (decision.grant.n)
            spread(r, &decision);
        reply_approved(r, &decision);
    }
    buf_free(&decision.trial.report.json);
}

static int deny_step(struct request *r, void *ctx, struct fault *fault)
{
    struct decision *decision = ctx;
    return store_request_deny(api_of(r)->config.store, caller_of(r)->registry, &decision->d,
                              trial_report(&decision->trial), fault);
}

void queue_deny(struct request *r)
{
    static const char *const allowed[] = {"reason", "tell", NULL};
    struct decision decision = {.d = decision_of(r)};
    json_auto_t *body = NULL;
    struct fault fault;
    int error = path_id(r, &decision.d.request, &fault);
    if (!error)
        error = body_object_tried(r, &decision.trial, allowed, &body, &fault);
    if (!error)
        error = release_text_read(r, body, "reason", &decision.d.reason, &fault);
    if (!error)
        error = member_bool(body, "tell", &decision.d.tell, &fault);
    if (!error)
        error = with_fresh_registers(r, deny_step, &decision, &fault);
    reply_decided(r, error, &decision.trial, NULL, &fault);
}

static int withdraw_step(struct request *r, void *ctx, struct fault *fault)
{
    struct decision *decision = ctx;
    return store_grant_withdraw(api_of(r)->config.store, caller_of(r)->registry, &decision->d,
                                request_path_param(r, "code"), trial_report(&decision->trial), fault);
}

void grant_withdraw(struct request *r)
{
    static const char *const allowed[] = {"reason", NULL};
    struct decision decision = {.d = decision_of(r)};
    json_auto_t *body = NULL;
    struct fault fault;
    int error = body_object_tried(r, &decision.trial, allowed, &body, &fault);
    if (!error)
        error = release_text_read(r, body, "reason", &decision.d.reason, &fault);
    if (!error)
        error = with_fresh_registers(r, withdraw_step, &decision, &fault);
    reply_decided(r, error, &decision.trial, NULL, &fault);
}
