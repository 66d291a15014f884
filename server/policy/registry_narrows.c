/* Whether a change of the registers can only close. Decided by their structure alone, and conservatively: what is not
 * known to narrow counts as widening. */
#include "proposal.h"
#include "registry_data.h"

/* What two registers call by the same key. */
struct pair {
    const struct registry *old, *next;
    struct str key;
};

static const struct partner *find_partner(const struct registry *reg, struct str code)
{
    return &reg->partners[codes_find(&reg->partner_codes, code)];
}

/* --- partners --- */

static bool delegates_narrow(const struct partner *old, const struct partner *next)
{
    for (size_t i = 0; i < next->n_delegates; i++) {
        const struct delegate *d = &next->delegates[i];
        bool had = false;
        for (size_t k = 0; k < old->n_delegates; k++)
            had |= str_eq(old->delegates[k].from, d->from) && str_eq(old->delegates[k].to, d->to) &&
                   d->until <= old->delegates[k].until;
        if (!had)
            return false;
    }
    return true;
}

static bool rule_narrows(const struct warning_rule *old, const struct warning_rule *next)
{
    return str_eq(old->type, next->type) && str_eq(old->field, next->field) && str_eq(old->view, next->view) &&
           str_eq(old->marking, next->marking) && codes_within(&next->catalogues, &old->catalogues) &&
           old->above == next->above &&
           (next->above ? next->threshold >= old->threshold : next->threshold <= old->threshold);
}

static bool warnings_narrow(const struct partner *old, const struct partner *next)
{
    for (size_t i = 0; i < next->n_warnings; i++) {
        bool had = false;
        for (size_t k = 0; k < old->n_warnings; k++)
            had |= rule_narrows(old->warnings[k].entry, next->warnings[i].entry);
        if (!had)
            return false;
    }
    return true;
}

/* How long it takes to answer requests, and how it is called, opens nothing. */
static bool partner_narrows(const struct pair *p)
{
    const struct partner *old = find_partner(p->old, p->key), *next = find_partner(p->next, p->key);
    return str_eq(p->old->policies.v[old->profile], p->next->policies.v[next->profile]) &&
           str_eq(old->trust_domain, next->trust_domain) &&
           !names_wider(&old->authorises, &p->old->partner_codes, &next->authorises, &p->next->partner_codes) &&
           next->rules.max_review_days <= old->rules.max_review_days && next->rules.approvals >= old->rules.approvals &&
           (old->rules.catalogue || !next->rules.catalogue) && delegates_narrow(old, next) &&
           warnings_narrow(old, next);
}

static bool principal_narrows(const struct pair *p)
{
    const struct reader *old = registry_principal(p->old, p->key)->reader;
    const struct reader *next = registry_principal(p->next, p->key)->reader;
    return str_eq(old->code, next->code) && (old->active || !next->active) && (old->display || !next->display) &&
           !(next->modes & ~old->modes) && !levels_wider(old->clearances, next->clearances, p->old, p->next) &&
           !names_wider(&old->caveats, &p->old->caveats, &next->caveats, &p->next->caveats);
}

/* --- terms --- */

static bool term_narrows(const struct term *old, const struct term *next)
{
    return next->from >= old->from && next->until <= old->until && next->opening >= old->opening;
}

static bool membership_narrows(const struct pair *p)
{
    const char *slash = memchr(p->key.p, '/', p->key.n);
    struct str community = {p->key.p, (size_t)(slash - p->key.p)};
    struct str partner = {slash + 1, p->key.n - community.n - 1};
    return term_narrows(&find_member(p->old, community, partner)->term,
                        &find_member(p->next, community, partner)->term);
}

/* The words stay: they are what was accepted, also of what is not in force and may be again. A change of precedence may
 * show what was not shown. */
static bool agreement_narrows(const struct pair *p)
{
    const struct agreement *old = registry_agreement(p->old, p->key), *next = registry_agreement(p->next, p->key);
    bool resumed = old->status != AGREEMENT_IN_FORCE && next->status == AGREEMENT_IN_FORCE;
    return !resumed && !agreement_wider(p->old, old, p->next, next) && term_narrows(&old->term, &next->term) &&
           old->precedence == next->precedence && str_eq(old->title, next->title) &&
           str_eq(old->reference, next->reference) && str_eq(old->article, next->article) &&
           str_eq(old->purpose, next->purpose);
}

/* --- grants --- */

static bool same_scope(const struct grant_entry *a, const struct grant_entry *b)
{
    return str_eq(a->type, b->type) && str_eq(a->object, b->object) && str_eq(a->sensor, b->sensor) &&
           !memcmp(&a->record, &b->record, sizeof a->record) && a->has_region == b->has_region &&
           a->south == b->south && a->north == b->north && a->west == b->west && a->east == b->east &&
           a->scope_from == b->scope_from && a->scope_to == b->scope_to;
}

static bool grant_narrows(const struct pair *p)
{
    const struct grant_entry *old = registry_grant(p->old, p->key), *next = registry_grant(p->next, p->key);
    return str_eq(old->owner, next->owner) && str_eq(old->recipient, next->recipient) && same_scope(old, next) &&
           next->from >= old->from && next->until <= old->until && (old->onward || !next->onward) &&
           view_code_within(p->next, next->view, old->view);
}

/* --- the whole --- */

/* The members are entries of their own. */
static bool name_only(const struct pair *p)
{
    (void)p;
    return true;
}

static const struct kind {
    const char *name;
    bool (*narrows)(const struct pair *p); /* a change of an entry; NULL: none does */
} kinds[] = {{"agreement", agreement_narrows},
             {"community", name_only},
             {"grant", grant_narrows},
             {"membership", membership_narrows},
             {"operator", NULL},
             {"partner", partner_narrows},
             {"principal", principal_narrows},
             {"view", NULL}};

/* Profiles and reasons are in no partner's hands: whatever happens to them counts as widening. */
static bool change_narrows(const struct registry *old, const struct registry *next, const struct register_change *c)
{
    const struct register_entry *e = c->old;
    if (!e)
        return false;
    const struct pair p = {old, next, e->key};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_is(e->kind, kinds[i].name))
            return !c->next || (kinds[i].narrows && kinds[i].narrows(&p));
    return false;
}

bool registry_narrows(const struct registry *old, const struct registry *next)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct register_change *c;
    size_t n = registry_changes(old, next, arena, &c);
    for (size_t i = 0; i < n; i++)
        if (!change_narrows(old, next, &c[i]))
            return false;
    return true;
}
