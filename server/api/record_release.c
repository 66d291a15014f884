/* POST /v1/{type}/{id}/recall and /relabel: an owner's disclosure officer; for everybody else the record is missing. */
#include "record_release.h"
#include "capability.h"
#include "input.h"
#include "label_input.h"
#include "resources.h"

/* The same answer as for a record that is hidden or missing. */
static int refuse_others(struct request *r, struct fault *fault)
{
    if (role_may(principal_role(caller_of(r)->principal), CAP_RELEASE))
        return 0;
    return not_found(fault);
}

static int recall_step(struct request *r, void *ctx, struct fault *fault)
{
    struct release *release = ctx;
    struct reading reading = caller_reading(r, false);
    return store_recall(api_of(r)->config.store, &reading, release->type, release->id, release->reason,
                        trial_report(&release->trial), fault);
}

/* What both have in common: the record's path, the caller's role, the body's members. */
int open_release(struct request *r, const char *const *allowed, struct release *release, json_t **ret_body,
                 struct fault *fault)
{
    int error = refuse_others(r, fault);
    return error ? error : body_object_tried(r, &release->trial, allowed, ret_body, fault);
}

void record_recall(struct request *r)
{
    static const char *const allowed[] = {"reason", NULL};
    struct release release = {0};
    struct fault fault;
    json_auto_t *body = NULL;
    if (!path_record(r, &release.type, &release.id))
        return;
    int error = open_release(r, allowed, &release, &body, &fault);
    if (!error)
        error = member_text(body, "reason", true, &release.reason, &fault);
    if (!error && !release.reason.n)
        error = fault_set(&fault, ERR_BAD_REQUEST, "$.reason", "expected why the record is taken back");
    if (!error)
        error = with_fresh_registers(r, recall_step, &release, &fault);
    reply_decided(r, error, &release.trial, release.extra, &fault);
}

/* ---- DELETE ---- */

static int retire_step(struct request *r, void *ctx, struct fault *fault)
{
    struct release *release = ctx;
    struct reading reading = caller_reading(r, false);
    return store_retire(api_of(r)->config.store, &reading, release->type, release->id, STR("deleted by its poster"),
                        fault);
}

void record_delete(struct request *r)
{
    struct release release = {.type = path_type(r)};
    struct fault fault;
    if (!release.type)
        return;
    if (!release.type->versioned && !release.type->deletable) {
        reply_method(r, "GET, HEAD");
        return;
    }
    if (!path_entity(r, &release.type, &release.id))
        return;
    int error = query_check(r, &fault);
    if (!error)
        error = with_fresh_registers(r, retire_step, &release, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_empty(r, 204);
}

/* Nobody is made to give up what it owns by another owner's relabel. */
static int keep_owners(const struct label *old, const struct label *next, struct fault *fault)
{
    for (size_t i = 0; i < old->owners.n; i++)
        if (!codes_has(&next->owners, old->owners.v[i]))
            return fault_set(fault, ERR_INVALID_LABEL, "$.relto.owners", "a relabel keeps every owner: %.*s is missing",
                             STR_ARG(old->owners.v[i]));
    return 0;
}

static struct relabelling relabelling_of(const struct admitted *a)
{
    return (struct relabelling){.label = a->label,
                                .embargo_until = a->wire->embargo_until,
                                .expires = a->wire->expires,
                                .wire = a->wire_text,
                                .review_by = a->wire->restricted ? &a->wire->review_by : NULL};
}

/* The new label is judged as if it were posted now; whether the record exists and is the caller's is asked first. */
int relabel_step(struct request *r, void *ctx, struct fault *fault)
{
    struct release *release = ctx;
    struct reading reading = caller_reading(r, false);
    struct store *store = api_of(r)->config.store;
    struct subject old;
    struct admitted next;
    int error = store_subject(store, &reading, release->type, release->id, request_arena(r), &old, fault);
    if (!error && !codes_has(&old.label->owners, caller_partner(r)))
        error = not_found(fault);
    if (!error)
        error = label_admit(label_cache_new(r), str_of(release->type->name), old.data_mode, release->marking,
                            release->wire_json, "$", &next, &release->extra, fault);
    if (!error)
        error = keep_owners(old.label, next.label, fault);
    if (error)
        return error;
    const struct relabelling to = relabelling_of(&next);
    return store_relabel(store, &reading, release->type, release->id, &to, trial_report(&release->trial), fault);
}

void record_relabel(struct request *r)
{
    static const char *const allowed[] = {"classificationMarking", "relto", NULL};
    struct release release = {0};
    struct fault fault;
    json_auto_t *body = NULL;
    if (!path_record(r, &release.type, &release.id))
        return;
    int error = open_release(r, allowed, &release, &body, &fault);
    if (!error)
        error = member_text(body, "classificationMarking", true, &release.marking, &fault);
    if (!error) {
        release.wire_json = member_json(r, body, "relto");
        error = with_fresh_registers(r, relabel_step, &release, &fault);
    }
    reply_decided(r, error, &release.trial, release.extra, &fault);
}
