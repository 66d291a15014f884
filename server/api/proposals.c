/* /v1/proposals: changes of the registers by the partners themselves. */
#include "proposals.h"
#include "resources.h"

#include <stdio.h>

struct proposal_actor proposal_actor_of(struct request *r)
{
    const struct principal *p = caller_of(r)->principal;
    return (struct proposal_actor){.partner = principal_partner(p),
                                   .principal = principal_uri(p),
                                   .request_id = str_of(request_id(r)),
                                   .fdo = principal_role(p) == ROLE_FDO,
                                   .now = api_now(api_of(r))};
}

int proposal_dry_run(struct request *r, bool *ret, struct fault *fault)
{
    int error = query_check(r, fault);
    return error ? error : query_flag(r, "dryRun", ret, fault);
}

/* --- out --- */

static void add_codes(struct buf *b, const char *name, const struct codes *codes)
{
    buf_printf(b, ",\"%s\":[", name);
    for (size_t i = 0; i < codes->n; i++) {
        if (i)
            buf_char(b, ',');
        buf_json_str(b, codes->v[i]);
    }
    buf_char(b, ']');
}

static void add_id(struct buf *b, struct uuid id)
{
    if (uuid_is_none(id)) {
        buf_z(b, "\"id\":null");
        return;
    }
    buf_z(b, "\"id\":\"");
    buf_uuid(b, id);
    buf_char(b, '"');
}

static void write_proposal(const struct proposal *p, struct buf *b)
{
    char hex[DIGEST_HEX];
    hex_write(p->digest.bytes, DIGEST_SIZE, hex);
    buf_char(b, '{');
    add_id(b, p->id);
    buf_member_text(b, "state", p->state);
    buf_member_text(b, "partner", p->partner);
    if (p->principal.n)
        buf_member_text(b, "principal", p->principal);
    buf_member_instant(b, "at", p->at);
    if (p->closed_at != INSTANT_MAX)
        buf_member_instant(b, "closedAt", p->closed_at);
    buf_member_text(b, "comment", p->comment);
    buf_printf(b, ",\"digest\":\"%.*s\",\"changes\":%.*s", DIGEST_HEX, hex, STR_ARG(p->changes));
    add_codes(b, "needs", &p->needs);
    add_codes(b, "accepted", &p->accepted);
    if (p->stale)
        buf_z(b, ",\"stale\":true");
}

static void write_dry_run(const struct dry_run *report, struct buf *b)
{
    if (report->json.n)
        buf_printf(b, "%s\"dryRun\":{%.*s}", b->n ? "," : "", (int)report->json.n, report->json.p);
}

/* A proposal, or the conflict with what the change would do now. What is in force is in force here, too. */
static void reply_proposal(struct request *r, int error, int status, const struct proposal *p, struct dry_run *report,
                           struct fault *fault)
{
    BUF_CLEANUP struct buf b = {0};
    if (error) {
        write_dry_run(report, &b);
        buf_char(&b, '\0');
        reply_fault(r, fault, error == ERR_CONFLICT ? b.p : NULL);
    } else if (str_is(p->state, "applied") && (error = api_reload_registers(api_of(r), fault)) != 0) {
        reply_fault(r, fault, NULL);
    } else {
        write_proposal(p, &b);
        write_dry_run(report, &b);
        buf_char(&b, '}');
        reply_json(r, status, buf_view(&b));
    }
    buf_free(&report->json);
}

/* --- asking --- */

static int check_comment(struct str comment, const char *where, struct fault *fault)
{
    return comment.n <= PROPOSAL_COMMENT_MAX
               ? 0
               : fault_set(fault, ERR_BAD_REQUEST, where, "%zu bytes, at most %d are allowed", comment.n,
                           PROPOSAL_COMMENT_MAX);
}

void propose(struct request *r, struct str changes, struct str comment, const char *root)
{
    const struct proposal_actor actor = proposal_actor_of(r);
    struct dry_run report = {0};
    struct proposal p = {0};
    struct fault fault;
    bool dry_run = false;
    int error = proposal_dry_run(r, &dry_run, &fault);
    if (!error)
        error = check_comment(comment, "$.comment", &fault);
    if (!error)
        error = store_proposal_make(api_of(r)->config.store, &actor, changes, comment, dry_run, request_arena(r), &p,
                                    &report, &fault);
    if (error)
        fault_tell_from(root, &fault);
    reply_proposal(r, error, dry_run ? 200 : 201, &p, &report, &fault);
}

void proposal_create(struct request *r)
{
    static const char *const allowed[] = {"changes", "comment", NULL};
    struct str comment = {0};
    struct fault fault;
    json_auto_t *body = NULL;
    int error = body_object(r, allowed, &body, &fault);
    if (!error)
        error = member_text(body, "comment", false, &comment, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        propose(r, member_json(r, body, "changes"), comment.p ? comment : STR(""), "$");
}

/* --- looking --- */

/* An id that cannot be one is missing like any other. */
static void reply_one(struct request *r, struct uuid id)
{
    const struct proposal_actor actor = proposal_actor_of(r);
    struct dry_run report = {0};
    struct proposal p = {0};
    struct fault fault;
    int error = store_proposal_get(api_of(r)->config.store, &actor, id, request_arena(r), &p, &report, &fault);
    BUF_CLEANUP struct buf b = {0};
    if (!error) {
        write_proposal(&p, &b);
        write_dry_run(&report, &b);
        buf_char(&b, '}');
        reply_json_etag(r, buf_view(&b));
    } else {
        reply_fault(r, &fault, NULL);
    }
    buf_free(&report.json);
}

void proposal_get(struct request *r)
{
    struct fault fault;
    struct uuid id;
    int error = query_check(r, &fault);
    if (!error)
        error = path_id(r, &id, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_one(r, id);
}

static int read_filter(struct request *r, struct proposal_filter *f, struct fault *fault)
{
    struct str agreement = query_text(r, "agreement");
    *f = (struct proposal_filter){.agreement = agreement.p ? agreement : STR("")};
    int error = query_check(r, fault);
    if (!error)
        error = query_flag(r, "awaiting", &f->awaiting, fault);
    return error ? error : query_flag(r, "open", &f->open, fault);
}

void proposal_list(struct request *r)
{
    const struct proposal_actor actor = proposal_actor_of(r);
    const struct proposal *list;
    struct proposal_filter filter;
    struct fault fault;
    size_t n = 0;
    int error = read_filter(r, &filter, &fault);
    if (!error)
        error = store_proposal_list(api_of(r)->config.store, &actor, &filter, request_arena(r), &list, &n, &fault);
    if (error) {
        reply_fault(r, &fault, NULL);
        return;
    }
    BUF_CLEANUP struct buf b = {0};
    buf_char(&b, '[');
    for (size_t i = 0; i < n; i++) {
        buf_z(&b, i ? "," : "");
        write_proposal(&list[i], &b);
        buf_char(&b, '}');
    }
    buf_char(&b, ']');
    reply_json_etag(r, buf_view(&b));
}

/* --- accepting, rejecting, withdrawing --- */

static int member_digest(const json_t *body, const char *name, struct digest *ret, struct fault *fault)
{
    struct str text;
    char where[FAULT_WHERE_MAX];
    int error = member_text(body, name, true, &text, fault);
    snprintf(where, sizeof where, "$.%s", name);
    if (!error && !hex_parse(text, ret->bytes, DIGEST_SIZE))
        error = fault_set(fault, ERR_BAD_REQUEST, where, "expected %d hexadecimal digits", DIGEST_HEX);
    return error;
}

/* Binds the acceptance to what was proposed and to what it was said to do. */
static void accept_body(struct request *r, struct uuid id)
{
    static const char *const allowed[] = {"digest", "dryRun", NULL};
    const struct proposal_actor actor = proposal_actor_of(r);
    struct dry_run report = {0};
    struct proposal p = {0};
    struct digest digest, shown;
    struct fault fault;
    json_auto_t *body = NULL;
    int error = body_object(r, allowed, &body, &fault);
    if (!error)
        error = member_digest(body, "digest", &digest, &fault);
    if (!error)
        error = member_digest(body, "dryRun", &shown, &fault);
    if (!error)
        error = store_proposal_accept(api_of(r)->config.store, &actor, id, digest, shown, request_arena(r), &p, &report,
                                      &fault);
    reply_proposal(r, error, 200, &p, &report, &fault);
}

void proposal_accept(struct request *r)
{
    struct fault fault;
    struct uuid id;
    bool dry_run = false;
    int error = proposal_dry_run(r, &dry_run, &fault);
    if (!error)
        error = path_id(r, &id, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else if (dry_run)
        reply_one(r, id);
    else
        accept_body(r, id);
}

static void close_proposal(struct request *r, bool withdraw)
{
    static const char *const allowed[] = {"reason", NULL};
    const struct proposal_actor actor = proposal_actor_of(r);
    struct dry_run report = {0};
    struct proposal p = {0};
    struct str reason = {0};
    struct uuid id;
    struct fault fault;
    json_auto_t *body = NULL;
    int error = path_id(r, &id, &fault);
    if (!error)
        error = body_object(r, allowed, &body, &fault);
    if (!error)
        error = member_text(body, "reason", false, &reason, &fault);
    if (!error)
        error = check_comment(reason, "$.reason", &fault);
    if (!error)
        error = store_proposal_close(api_of(r)->config.store, &actor, id, withdraw, reason.p ? reason : STR(""),
                                     request_arena(r), &p, &fault);
    reply_proposal(r, error, 200, &p, &report, &fault);
}

void proposal_reject(struct request *r)
{
    close_proposal(r, false);
}

void proposal_withdraw(struct request *r)
{
    close_proposal(r, true);
}
