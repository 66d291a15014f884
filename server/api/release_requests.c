/* POST and GET /v1/release-requests: what a partner asks others to release. Answers do not depend on whether a record
 * exists: nothing here looks at records, and the store leaves the same rows. */
#include "release_input.h"
#include "resources.h"

#define REQUESTS_DEFAULT 100

static struct release_ask asker(struct request *r)
{
    return (struct release_ask){.principal = principal_uri(caller_of(r)->principal),
                                .partner = caller_partner(r),
                                .request_id = str_of(request_id(r)),
                                .owner = STR(""),
                                .purpose = STR(""),
                                .now = api_now(api_of(r))};
}

static int read_owner(struct request *r, const json_t *body, bool required, struct str *ret, struct fault *fault)
{
    struct str owner;
    int error = member_text(body, "owner", required, &owner, fault);
    if (error || !owner.p)
        return error;
    if (!registry_has_partner(caller_of(r)->registry, owner) || str_eq(owner, caller_partner(r)))
        return fault_set(fault, ERR_BAD_REQUEST, "$.owner", "expected the code of another partner");
    *ret = arena_str(request_arena(r), owner);
    return 0;
}

/* By what was asked only: the rules of an owner that was not named would tell who it is. */
static instant due(struct request *r, const struct release_ask *ask)
{
    struct partner_rules rules = {.request_hours = REQUEST_HOURS_DEFAULT};
    if (ask->owner.n)
        registry_partner_rules(caller_of(r)->registry, ask->owner, &rules);
    return instant_add(ask->now, rules.request_hours * INSTANT_HOUR);
}

static int read_ask(struct request *r, struct release_ask *ask, struct fault *fault)
{
    static const char *const allowed[] = {"record", "scope", "owner", "purpose", "view", "until", NULL};
    json_auto_t *body = NULL;
    struct release_scope scope = {0};
    bool given;
    int error = body_object(r, allowed, &body, fault);
    if (!error)
        error = release_scope_read(r, body, &scope, fault);
    if (!error)
        error = read_owner(r, body, !scope.by_record, &ask->owner, fault);
    if (!error)
        error = release_text_read(r, body, "purpose", &ask->purpose, fault);
    if (!error)
        error = release_view_read(r, body, scope.type, &ask->view, &given, fault);
    if (!error)
        error = release_until_read(r, body, true, &ask->until, fault);
    if (error)
        return error;
    ask->type = scope.type;
    ask->by_record = scope.by_record;
    ask->record = scope.record;
    ask->scope = scope.json;
    ask->due = due(r, ask);
    return 0;
}

static void reply_asked(struct request *r, struct uuid id, instant due)
{
    BUF_CLEANUP struct buf b = {0};
    buf_z(&b, "{\"id\":\"");
    buf_uuid(&b, id);
    buf_z(&b, "\",\"state\":\"open\",\"due\":\"");
    buf_instant(&b, due);
    buf_z(&b, "\"}");
    reply_json(r, 201, buf_view(&b));
}

void release_ask(struct request *r)
{
    struct release_ask ask = asker(r);
    struct fault fault;
    struct uuid id;
    int error = read_ask(r, &ask, &fault);
    if (!error)
        error = store_request_ask(api_of(r)->config.store, &ask, &id, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_asked(r, id, ask.due);
}

/* --- looking --- */

static int read_page(struct request *r, struct release_filter *f, struct fault *fault)
{
    int error = query_check(r, fault);
    struct str after = query_text(r, "after");
    f->by_after = after.p != NULL;
    if (!error && after.p && !uuid_parse(after, &f->after))
        error = fault_set(fault, ERR_BAD_QUERY, "after", "expected the id of a request");
    return error ? error : query_number(r, "maxResults", RELEASE_PAGE_MAX, &f->limit, fault);
}

static struct release_filter own_requests(struct request *r)
{
    return (struct release_filter){.partner = caller_partner(r), .limit = REQUESTS_DEFAULT, .now = api_now(api_of(r))};
}

void release_list(struct request *r)
{
    struct release_filter filter = own_requests(r);
    struct fault fault;
    size_t n;
    BUF_CLEANUP struct buf b = {0};
    int error = read_page(r, &filter, &fault);
    buf_char(&b, '[');
    if (!error)
        error = store_requests(api_of(r)->config.store, caller_of(r)->registry, &filter, &b, &n, &fault);
    buf_char(&b, ']');
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_json(r, 200, buf_view(&b));
}

void release_get(struct request *r)
{
    struct release_filter filter = own_requests(r);
    struct fault fault;
    size_t n = 0;
    BUF_CLEANUP struct buf b = {0};
    filter.by_id = true;
    int error = query_check(r, &fault);
    if (!error)
        error = path_id(r, &filter.id, &fault);
    if (!error)
        error = store_requests(api_of(r)->config.store, caller_of(r)->registry, &filter, &b, &n, &fault);
    if (!error && !n)
        error = not_found(&fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_json(r, 200, buf_view(&b));
}

void release_withdraw(struct request *r)
{
    static const char *const allowed[] = {"reason", NULL};
    struct release_ask who = asker(r);
    json_auto_t *body = NULL;
    struct fault fault;
    struct uuid id;
    int error = path_id(r, &id, &fault);
    if (!error)
        error = body_object(r, allowed, &body, &fault);
    if (!error && json_object_get(body, "reason"))
        error = release_text_read(r, body, "reason", &who.purpose, &fault);
    if (!error)
        error = store_request_withdraw(api_of(r)->config.store, &who, id, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_empty(r, 204);
}
