/* POST /v1/{type}/{id}/review and /withhold: what an owner's disclosure officer says about what is not released. Both
 * need a reason, an authority and the date by which somebody looks again. */
#include "admit.h"
#include "record_release.h"
#include "resources.h"

#include <stdio.h>

struct review {
    struct release release;
    struct str reason, authority;
    instant review_by;
};

/* As admission names it, where it stands in this body. */
static int restate_where(int error, struct fault *fault)
{
    static const char prefix[] = "relto.restriction";
    char rest[FAULT_WHERE_MAX];
    if (error != ERR_NEEDS_REASON || strncmp(fault->where, prefix, sizeof prefix - 1) != 0)
        return error;
    memcpy(rest, fault->where + sizeof prefix - 1, sizeof rest - (sizeof prefix - 1));
    snprintf(fault->where, sizeof fault->where, "$%.150s", rest);
    return error;
}

static int read_review(struct request *r, struct review *v, struct fault *fault)
{
    static const char *const allowed[] = {"reason", "authority", "reviewBy", NULL};
    json_auto_t *body = NULL;
    struct str reason, authority;
    v->review_by = INSTANT_MAX;
    int error = open_release(r, allowed, &v->release, &body, fault);
    if (!error)
        error = member_text(body, "reason", true, &reason, fault);
    if (!error)
        error = member_text(body, "authority", true, &authority, fault);
    if (!error)
        error = member_time(body, "reviewBy", &v->review_by, fault);
    if (error)
        return error;
    v->reason = arena_str(request_arena(r), reason);
    v->authority = arena_str(request_arena(r), authority);
    return 0;
}

/* The record's wire label with the new restriction; the record must be the caller's. */
static int restricted_wire(struct request *r, const struct review *v, const struct reading *reading,
                           struct wire_label *ret, bool *ret_was, struct fault *fault)
{
    struct arena *arena = request_arena(r);
    struct stored_record record;
    const struct receipt *receipt;
    const struct wire_label *w;
    int error =
        store_get(api_of(r)->config.store, reading, v->release.type, v->release.id, arena, &record, &receipt, fault);
    if (!error && !record.owned)
        error = not_found(fault);
    if (!error)
        error = wire_label_parse(record.wire.n ? record.wire : STR("{}"), "relto", arena, &w, fault);
    if (error)
        return error;
    *ret = *w;
    *ret_was = w->restricted;
    ret->restricted = true;
    ret->reason = v->reason;
    ret->authority = v->authority;
    ret->review_by = v->review_by;
    return 0;
}

static struct str wire_text(struct request *r, const struct wire_label *w)
{
    BUF_CLEANUP struct buf text = {0};
    wire_label_write(w, &text);
    return arena_str(request_arena(r), buf_view(&text));
}

static int review_step(struct request *r, void *ctx, struct fault *fault)
{
    struct review *v = ctx;
    struct reading reading = caller_reading(r, false);
    struct store *store = api_of(r)->config.store;
    struct wire_label w;
    struct subject subject;
    bool was = false;
    int error = restricted_wire(r, v, &reading, &w, &was, fault);
    if (!error && !was)
        error = fault_set(fault, ERR_INVALID_LABEL, "$", "the record is not withheld for a reason");
    if (!error)
        error = store_subject(store, &reading, v->release.type, v->release.id, request_arena(r), &subject, fault);
    if (!error)
        error = admit_restriction(reading.registry, &subject.label->owners, &w, reading.now, fault);
    return error ? error
                 : store_review(store, &reading, v->release.type, v->release.id, wire_text(r, &w), w.review_by,
                                trial_report(&v->release.trial), fault);
}

/* What the marking says beside NOFORN stays; how it is to be read is the marking's own business again. */
static int noforn_marking(struct request *r, const struct label *label, struct str *ret, struct fault *fault)
{
    BUF_CLEANUP struct buf text = {0};
    struct label noforn = *label;
    if (label->mode != RELEASE_NONE || label->orcon)
        return fault_set(fault, ERR_INVALID_LABEL, "$",
                         "the record has a dissemination marking: another one is a matter of /relabel");
    noforn.mode = RELEASE_NOFORN;
    noforn.resolved = NULL;
    label_portion(caller_of(r)->registry, &noforn, &text);
    *ret = arena_str(request_arena(r), buf_view(&text));
    return 0;
}

static int withhold_step(struct request *r, void *ctx, struct fault *fault)
{
    struct review *v = ctx;
    struct reading reading = caller_reading(r, false);
    struct wire_label w;
    struct subject subject;
    bool was;
    int error = restricted_wire(r, v, &reading, &w, &was, fault);
    if (!error)
        error = store_subject(api_of(r)->config.store, &reading, v->release.type, v->release.id, request_arena(r),
                              &subject, fault);
    if (!error)
        error = noforn_marking(r, subject.label, &v->release.marking, fault);
    if (error)
        return error;
    v->release.wire_json = wire_text(r, &w);
    return relabel_step(r, &v->release, fault);
}

static void change(struct request *r, int (*step)(struct request *r, void *ctx, struct fault *fault))
{
    struct review v = {0};
    struct fault fault;
    if (!path_record(r, &v.release.type, &v.release.id))
        return;
    int error = read_review(r, &v, &fault);
    if (!error)
        error = with_fresh_registers(r, step, &v, &fault);
    reply_decided(r, restate_where(error, &fault), &v.release.trial, v.release.extra, &fault);
}

void record_review(struct request *r)
{
    change(r, review_step);
}

void record_withhold(struct request *r)
{
    change(r, withhold_step);
}
