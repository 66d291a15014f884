/* /v1/agreements: as they are in force, as drafts, as they were; and the changes of them that have a name. */
#include "proposals.h"
#include "resources.h"

static struct str dump(struct request *r, const json_t *v)
{
    char *text = json_dumps(v, JSON_COMPACT);
    struct str copy = arena_str(request_arena(r), str_of(text ? text : "null"));
    free(text);
    return copy;
}

/* --- one agreement --- */

static bool names(const json_t *agreement, const char *side, struct str partner)
{
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(agreement, side), i, v) if (str_is(partner, json_string_value(v))) return true;
    return false;
}

/* For those who were its parties then. */
static int past_version(struct request *r, struct str id, struct buf *b, struct fault *fault)
{
    struct str json = {0};
    int64_t version = 0;
    int error = query_number(r, "version", INT32_MAX, &version, fault);
    if (!error)
        error = store_agreement_version(api_of(r)->config.store, id, version, request_arena(r), &json, fault);
    if (error)
        return error;
    json_auto_t *agreement = json.p ? json_loadb(json.p, json.n, 0, NULL) : NULL;
    if (!names(agreement, "providers", caller_partner(r)) && !names(agreement, "recipients", caller_partner(r)))
        return not_found(fault);
    buf_str(b, json);
    return 0;
}

/* Of a proposal's changes the one of this agreement; borrowed. */
static json_t *draft_in(const json_t *changes, struct str id)
{
    size_t i;
    json_t *change;
    json_array_foreach(changes, i, change)
    {
        if (!strcmp(json_string_value(json_object_get(change, "kind")), "agreement") &&
            str_is(id, json_string_value(json_object_get(change, "key"))))
            return json_object_get(change, "entry");
    }
    return NULL;
}

static json_t *codes_json(const struct codes *codes)
{
    json_t *list = json_array();
    for (size_t i = 0; i < codes->n; i++)
        json_array_append_new(list, json_stringn(codes->v[i].p, codes->v[i].n));
    return list;
}

static json_t *draft_json(const struct proposal *p, const json_t *entry)
{
    char id[UUID_TEXT], digest[DIGEST_HEX];
    const json_t *version = json_object_get(entry, "version");
    uuid_write(p->id, id);
    hex_write(p->digest.bytes, DIGEST_SIZE, digest);
    return json_pack("{s:s%,s:I,s:s%,s:o,s:o}", "proposal", id, (size_t)UUID_TEXT, "version",
                     version ? json_integer_value(version) : (json_int_t)1, "digest", digest, (size_t)DIGEST_HEX,
                     "needs", codes_json(&p->needs), "accepted", codes_json(&p->accepted));
}

/* The open proposals for it, newest first. An agreement that is a draft only is shown as the newest one has it. */
static int add_drafts(struct request *r, struct str id, json_t **agreement, struct fault *fault)
{
    const struct proposal_actor actor = proposal_actor_of(r);
    const struct proposal_filter filter = {.open = true, .agreement = id};
    const struct proposal *list;
    size_t n = 0;
    json_auto_t *drafts = json_array();
    int error = store_proposal_list(api_of(r)->config.store, &actor, &filter, request_arena(r), &list, &n, fault);
    for (size_t i = 0; !error && i < n; i++) {
        json_auto_t *changes = json_loadb(list[i].changes.p, list[i].changes.n, 0, NULL);
        json_t *entry = draft_in(changes, id);
        json_array_append_new(drafts, draft_json(&list[i], entry));
        if (!*agreement) {
            *agreement = json_deep_copy(entry);
            json_object_set_new(*agreement, "status", json_stringn("draft", strlen("draft")));
        }
    }
    if (!error && json_array_size(drafts))
        json_object_set(*agreement, "drafts", drafts);
    return error;
}

static int present_version(struct request *r, struct str id, struct buf *b, struct fault *fault)
{
    BUF_CLEANUP struct buf in_force = {0};
    json_auto_t *agreement = NULL;
    if (registry_render(caller_of(r)->registry, "agreement", id, caller_partner(r), &in_force))
        agreement = json_loadb(in_force.p, in_force.n, 0, NULL);
    int error = add_drafts(r, id, &agreement, fault);
    if (!error && !agreement)
        error = not_found(fault);
    if (!error)
        buf_str(b, dump(r, agreement));
    return error;
}

void agreement_get(struct request *r)
{
    struct str id = request_path_param(r, "code");
    BUF_CLEANUP struct buf b = {0};
    struct fault fault;
    int error = query_check(r, &fault);
    if (!error)
        error = query_text(r, "version").p ? past_version(r, id, &b, &fault) : present_version(r, id, &b, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_json_etag(r, buf_view(&b));
}

/* --- changes --- */

static void propose_entry(struct request *r, const char *id, json_t *entry, struct str comment)
{
    json_auto_t *changes = json_pack("[{s:s,s:s,s:O}]", "kind", "agreement", "key", id, "entry", entry);
    propose(r, dump(r, changes), comment, "$.changes[0].entry");
}

/* A new agreement, or the next version of one; the body is the entry as the register has it, and a comment. */
void agreement_create(struct request *r)
{
    struct fault fault;
    struct str comment = {0}, id = {0};
    json_auto_t *body = NULL;
    int error = body_json(r, &body, &fault);
    if (!error && !json_is_object(body))
        error = fault_set(&fault, ERR_BAD_REQUEST, "$", "expected a JSON object");
    if (!error)
        error = member_text(body, "comment", false, &comment, &fault);
    if (!error)
        error = member_text(body, "id", true, &id, &fault);
    if (error) {
        reply_fault(r, &fault, NULL);
        return;
    }
    struct str said = arena_str(request_arena(r), comment);
    json_object_del(body, "comment");
    if (!json_object_get(body, "status"))
        json_object_set_new(body, "status", json_stringn("inForce", strlen("inForce")));
    propose_entry(r, arena_strz(request_arena(r), id), body, said);
}

static int read_reason(struct request *r, struct str *ret, struct fault *fault)
{
    static const char *const allowed[] = {"reason", NULL};
    struct str reason = {0};
    json_auto_t *body = NULL;
    int error = body_object(r, allowed, &body, fault);
    if (!error)
        error = member_text(body, "reason", true, &reason, fault);
    if (!error && !reason.n)
        error = fault_set(fault, ERR_BAD_REQUEST, "$.reason", "expected why");
    if (!error)
        *ret = arena_str(request_arena(r), reason);
    return error;
}

/* The terms stay, and so does the version. */
static void set_status(struct request *r, const char *status)
{
    BUF_CLEANUP struct buf in_force = {0};
    struct str id = request_path_param(r, "code"), reason;
    struct fault fault;
    int error = read_reason(r, &reason, &fault);
    if (!error && !registry_render(caller_of(r)->registry, "agreement", id, caller_partner(r), &in_force))
        error = not_found(&fault);
    if (error) {
        reply_fault(r, &fault, NULL);
        return;
    }
    json_auto_t *entry = json_loadb(in_force.p, in_force.n, 0, NULL);
    json_object_set_new(entry, "status", json_stringn(status, strlen(status)));
    if (!json_object_get(entry, "version"))
        json_object_set_new(entry, "version", json_integer(1));
    propose_entry(r, arena_strz(request_arena(r), id), entry, reason);
}

void agreement_suspend(struct request *r)
{
    set_status(r, "suspended");
}

void agreement_resume(struct request *r)
{
    set_status(r, "inForce");
}

void agreement_terminate(struct request *r)
{
    set_status(r, "terminated");
}
