/* What follows from the decision: whether anybody abroad could read, what must be said to withhold, and the marking a
 * reader is sent. */
#include "admit.h"
#include "marking.h"

#include <stdio.h>

bool readable_abroad(const struct registry *reg, const struct subject *subject, instant now)
{
    for (size_t i = 0; i < reg->n_readers; i++) {
        struct verdict v;
        if (codes_has(&subject->label->owners, reg->readers[i]->code))
            continue;
        decide(reg, reg->readers[i], subject, now, &v);
        if (v.permit)
            return true;
    }
    return false;
}

/* --- admission --- */

static bool marked(const struct label *l)
{
    return l->mode == RELEASE_REL || l->mode == RELEASE_NOFORN || l->orcon;
}

/* The record is withheld from every other partner by something the poster said, however it was said. An embargo within
 * the free limit is not counted; mode none that no agreement releases is not withheld but unmarked. */
static bool withheld(const struct registry *reg, const struct subject *subject, int64_t embargo_free, instant now)
{
    struct subject s = *subject;
    struct label whole = *subject->label;
    bool long_embargo = s.embargo_until > instant_add(now, embargo_free), over = s.expires <= now;
    if (!marked(s.label) && !long_embargo && !over)
        return false;
    if (!long_embargo)
        s.embargo_until = INSTANT_MIN;
    whole.n_release_views = 0; /* that a reduced version is released does not say why the record is not */
    s.label = &whole;
    return !readable_abroad(reg, &s, now);
}

/* The shortest of what the reason and the owners allow. */
static int64_t review_days(const struct registry *reg, const struct reason *reason, const struct codes *owners)
{
    int64_t days = reason->max_review_days;
    for (size_t i = 0; i < owners->n; i++) {
        struct partner_rules rules;
        if (registry_partner_rules(reg, owners->v[i], &rules) && rules.max_review_days < days)
            days = rules.max_review_days;
    }
    return days;
}

int admit_restriction(const struct registry *reg, const struct codes *owners, const struct wire_label *wire,
                      instant now, struct fault *fault)
{
    const struct reason *reason = registry_reason(reg, wire->reason);
    if (!wire->reason.n || !wire->authority.n || wire->review_by == INSTANT_MAX)
        return fault_set(fault, ERR_NEEDS_REASON, "relto.restriction", "missing:%s%s%s",
                         wire->reason.n ? "" : " reason", wire->authority.n ? "" : " authority",
                         wire->review_by == INSTANT_MAX ? " reviewBy" : "");
    if (!reason)
        return fault_set(fault, ERR_NEEDS_REASON, "relto.restriction.reason", "`%.*s` is not a registered reason",
                         STR_ARG(wire->reason));
    int64_t days = review_days(reg, reason, owners);
    if (wire->review_by <= now || wire->review_by > instant_add(now, days * INSTANT_DAY))
        return fault_set(fault, ERR_NEEDS_REASON, "relto.restriction.reviewBy",
                         "expected an instant from now to %lld days ahead", (long long)days);
    return 0;
}

static int check_owners(const struct registry *reg, struct str poster, const struct label *l, struct fault *fault)
{
    int by = codes_find(&reg->partner_codes, poster);
    for (size_t i = 0; i < l->owners.n; i++) {
        int owner = codes_find(&reg->partner_codes, l->owners.v[i]);
        if (owner < 0 || by < 0 || (owner != by && !set_has(&reg->partners[owner].authorises, (unsigned)by)))
            return fault_set(fault, ERR_INVALID_LABEL, "relto.owners", "%.*s has not authorised %.*s to post for it",
                             STR_ARG(l->owners.v[i]), STR_ARG(poster));
    }
    return 0;
}

/* A view that another record type may have is none here. */
static int check_release_views(const struct registry *reg, const struct subject *subject, struct fault *fault)
{
    const struct label *l = subject->label;
    int type = codes_find(&reg->types, subject->type);
    for (size_t i = 0; i < l->n_release_views; i++) {
        char where[FAULT_WHERE_MAX];
        int view = registry_view(reg, l->release_views[i].view);
        snprintf(where, sizeof where, "relto.releaseViews[%zu].view", i);
        if (view < 0 || type < 0 || !set_has(&reg->type_views[type], (unsigned)view))
            return fault_set(fault, ERR_INVALID_LABEL, where, "`%.*s` is not a view of %.*s",
                             STR_ARG(l->release_views[i].view), STR_ARG(subject->type));
        struct label_resolved r;
        label_resolve_into(reg, l->release_views[i].label, &r);
        if (!r.valid)
            return fault_set(fault, ERR_INVALID_LABEL, where, "the label names what is not registered");
    }
    return 0;
}

int admit(const struct registry *reg, struct str poster, const struct subject *subject, const struct wire_label *wire,
          int64_t embargo_free, instant now, struct fault *fault)
{
    const struct label *l = subject->label;
    struct label_resolved r;
    label_resolve_into(reg, l, &r);
    int error = check_owners(reg, poster, l, fault);
    if (error)
        return error;
    if (!r.valid)
        return fault_set(fault, ERR_INVALID_LABEL, r.fgi_unknown ? "relto.fgi" : "classificationMarking",
                         "the label names a policy, level, partner, community or caveat that is not registered");
    if (l->mode == RELEASE_PUBLIC && (r.level > 0 || l->caveats.n || l->orcon || l->fgi.n))
        return fault_set(fault, ERR_INVALID_LABEL, "relto.public",
                         "public is only what is unclassified, without caveats and without any other control");
    error = check_release_views(reg, subject, fault);
    if (error)
        return error;
    if (wire->restricted)
        return admit_restriction(reg, &l->owners, wire, now, fault);
    if (withheld(reg, subject, embargo_free, now))
        return fault_set(fault, ERR_NEEDS_REASON, "relto.restriction",
                         "no other partner could read this: withholding needs relto.restriction with reason, authority "
                         "and reviewBy");
    return 0;
}

/* --- the effective marking --- */

const struct label *effective_label(const struct registry *reg, const struct label *label, const struct reader *reader,
                                    const struct verdict *v, struct arena *arena)
{
    const struct label *l = v->release_view || v->basis == BASIS_WARN ? v->shown : label;
    const struct agreement *a = v->basis == BASIS_DEFAULT ? registry_agreement(reg, v->agreement) : NULL;
    if (!a)
        return l;
    struct set to = v->narrow ? (struct set){0} : a->recipients;
    set_add(&to, reader->partner);
    for (size_t i = 0; i < l->owners.n; i++) {
        int owner = codes_find(&reg->partner_codes, l->owners.v[i]);
        if (owner >= 0)
            set_add(&to, (unsigned)owner);
    }
    struct str *codes = arena_array(arena, REGISTRY_CODES_MAX, sizeof *codes);
    size_t n = 0;
    for (int p = set_next(&to, 0); p >= 0; p = set_next(&to, p + 1))
        codes[n++] = reg->partner_codes.v[p];
    struct label released = *l;
    released.mode = RELEASE_REL;
    released.rel = (struct codes){n, codes};
    return label_resolve(reg, &released, arena);
}

void effective_marking(const struct registry *reg, const struct label *label, const struct reader *reader,
                       const struct verdict *v, struct buf *out)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    label_portion(reg, effective_label(reg, label, reader, v, arena), out);
}
