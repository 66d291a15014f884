/* Changes of terms in place: narrowing is free, widening must say how far back it reaches. */
#include "registry_data.h"

#include <stdio.h>

bool levels_wider(const int8_t *old, const int8_t *next, const struct registry *old_reg,
                  const struct registry *next_reg)
{
    for (size_t i = 0; i < next_reg->policies.n; i++) {
        int at = codes_find(&old_reg->policies, next_reg->policies.v[i]);
        int before = at < 0 || old[at] == NO_LEVEL
                         ? NO_LEVEL
                         : profile_level(&next_reg->profiles[i], old_reg->profiles[at].levels[old[at]].portion);
        if (next[i] > before)
            return true;
    }
    return false;
}

bool names_wider(const struct set *old, const struct codes *old_names, const struct set *next,
                 const struct codes *next_names)
{
    for (int i = set_next(next, 0); i >= 0; i = set_next(next, i + 1)) {
        int at = codes_find(old_names, next_names->v[i]);
        if (at < 0 || !set_has(old, (unsigned)at))
            return true;
    }
    return false;
}

static bool same_level(const struct registry *a, int a_profile, int a_level, const struct registry *b, int b_profile,
                       int b_level)
{
    return str_eq(a->policies.v[a_profile], b->policies.v[b_profile]) &&
           str_eq(a->profiles[a_profile].levels[a_level].portion, b->profiles[b_profile].levels[b_level].portion);
}

static bool has_row(const struct registry *reg, const struct agreement *a, const struct registry *row_reg,
                    const struct equivalence *row)
{
    for (size_t i = 0; i < a->n_equivalences; i++) {
        const struct equivalence *e = &a->equivalences[i];
        if (same_level(reg, e->profile, e->level, row_reg, row->profile, row->level) &&
            same_level(reg, e->as_profile, e->as_level, row_reg, row->as_profile, row->as_level))
            return true;
    }
    return false;
}

bool view_code_within(const struct registry *reg, struct str narrow, struct str wide)
{
    int n = narrow.n ? registry_view(reg, narrow) : 0, w = wide.n ? registry_view(reg, wide) : 0;
    return n >= 0 && w >= 0 && registry_view_within(reg, (unsigned)n, (unsigned)w);
}

/* Of a type that may be known to one of the registers only. */
static bool view_wider(const struct registry *old_reg, const struct agreement *old, const struct registry *next_reg,
                       const struct agreement *next, struct str type)
{
    int before = agreement_view(old, codes_find(&old_reg->types, type));
    int after = agreement_view(next, codes_find(&next_reg->types, type));
    struct str wide = before > 0 ? old_reg->view_codes.v[before - 1] : STR("");
    struct str narrow = after > 0 ? next_reg->view_codes.v[after - 1] : STR("");
    return after >= 0 && (before < 0 || !view_code_within(next_reg, narrow, wide));
}

static bool views_wider(const struct registry *old_reg, const struct agreement *old, const struct registry *next_reg,
                        const struct agreement *next)
{
    bool wider = view_wider(old_reg, old, next_reg, next, STR("")); /* a type that neither knows */
    for (size_t i = 0; i < old_reg->types.n; i++)
        wider |= view_wider(old_reg, old, next_reg, next, old_reg->types.v[i]);
    for (size_t i = 0; i < next_reg->types.n; i++)
        wider |= view_wider(old_reg, old, next_reg, next, next_reg->types.v[i]);
    return wider;
}

const char *agreement_wider(const struct registry *old_reg, const struct agreement *old,
                            const struct registry *next_reg, const struct agreement *next)
{
    if (names_wider(&old->providers, &old_reg->partner_codes, &next->providers, &next_reg->partner_codes))
        return "providers";
    if (names_wider(&old->recipients, &old_reg->partner_codes, &next->recipients, &next_reg->partner_codes))
        return "recipients";
    if (!old->all_types &&
        (next->all_types || names_wider(&old->types, &old_reg->types, &next->types, &next_reg->types)))
        return "types";
    if (next->modes & ~old->modes)
        return "dataModes";
    if (levels_wider(old->highest, next->highest, old_reg, next_reg))
        return "highest";
    if (levels_wider(old->by_default, next->by_default, old_reg, next_reg))
        return "default";
    for (size_t i = 0; i < next->n_equivalences; i++)
        if (!has_row(old_reg, old, next_reg, &next->equivalences[i]))
            return "equivalence";
    if (views_wider(old_reg, old, next_reg, next))
        return "views";
    if (old->third_party_forbidden && !next->third_party_forbidden)
        return "thirdParty";
    return next->term.from < old->term.from ? "from" : NULL;
}

static int check_agreements(const struct registry *old, const struct registry *next, struct fault *fault)
{
    for (size_t i = 0; i < next->n_agreements; i++) {
        const struct agreement *a = &next->agreements[i], *before = registry_agreement(old, a->id);
        const char *member = before && a->term.backfill == BACKFILL_NONE ? agreement_wider(old, before, next, a) : NULL;
        char where[FAULT_WHERE_MAX];
        snprintf(where, sizeof where, "agreement %.*s", STR_ARG(a->id));
        if (member)
            return fault_set(fault, ERR_BAD_POLICY, where,
                             "wider `%s` with \"backfill\": \"none\" would open what was posted before now; make a "
                             "new agreement, or state the backfill",
                             member);
    }
    return 0;
}

const struct membership *find_member(const struct registry *reg, struct str community, struct str partner)
{
    int c = codes_find(&reg->community_codes, community), p = codes_find(&reg->partner_codes, partner);
    for (size_t i = 0; c >= 0 && i < reg->communities[c].n_members; i++)
        if (reg->communities[c].members[i].partner == p)
            return &reg->communities[c].members[i];
    return NULL;
}

static int check_memberships(const struct registry *old, const struct registry *next, struct fault *fault)
{
    for (size_t c = 0; c < next->community_codes.n; c++) {
        for (size_t i = 0; i < next->communities[c].n_members; i++) {
            const struct membership *m = &next->communities[c].members[i];
            struct str community = next->community_codes.v[c], partner = next->partner_codes.v[m->partner];
            const struct membership *before = find_member(old, community, partner);
            char where[FAULT_WHERE_MAX];
            snprintf(where, sizeof where, "membership %.*s/%.*s", STR_ARG(community), STR_ARG(partner));
            if (before && m->term.backfill == BACKFILL_NONE && m->term.from < before->term.from)
                return fault_set(fault, ERR_BAD_POLICY, where,
                                 "an earlier `from` with \"backfill\": \"none\" would open what was posted before now; "
                                 "state the backfill");
        }
    }
    return 0;
}

/* Labels keep level names, so that levels may be added but not change places: ranks would move under stored labels. */
static int check_profiles(const struct registry *old, const struct registry *next, struct fault *fault)
{
    for (size_t i = 0; i < next->policies.n; i++) {
        int at = codes_find(&old->policies, next->policies.v[i]), last = NO_LEVEL;
        if (at < 0)
            continue;
        const struct profile *before = &old->profiles[at], *now = &next->profiles[i];
        for (int k = 0; k < before->n_levels; k++) {
            int rank = profile_level(now, before->levels[k].portion);
            bool moved = rank != NO_LEVEL && (rank <= last || (rank == 0) != (k == 0));
            if (moved)
                return fault_set(fault, ERR_BAD_POLICY, "$.profiles",
                                 "%.*s: level %.*s changes its place among the levels", STR_ARG(now->policy),
                                 STR_ARG(before->levels[k].portion));
            last = rank != NO_LEVEL ? rank : last;
        }
        int open = profile_level(before, now->levels[now->open].portion);
        if (now->open && (open < 0 || open > before->open))
            return fault_set(fault, ERR_BAD_POLICY, "$.profiles",
                             "%.*s: everybody would be cleared for %.*s, what was posted before now too",
                             STR_ARG(now->policy), STR_ARG(now->levels[now->open].portion));
    }
    return 0;
}

size_t registry_view_changes(const struct registry *old, const struct registry *next, struct str type,
                             struct arena *arena, const struct view_change **ret)
{
    struct view_change *v = arena_array(arena, next->n_agreements, sizeof *v);
    int was = codes_find(&old->types, type), is = codes_find(&next->types, type);
    size_t n = 0;
    for (size_t i = 0; i < next->n_agreements; i++) {
        const struct agreement *a = &next->agreements[i], *o = registry_agreement(old, a->id);
        int before = o ? agreement_view(o, was) : -1, after = agreement_view(a, is);
        if (a->term.backfill == BACKFILL_NONE && before > 0 && after > 0)
            v[n++] = (struct view_change){(unsigned)before, (unsigned)after};
    }
    *ret = v;
    return n;
}

int registry_check_change(const struct registry *old, const struct registry *next, struct fault *fault)
{
    if (!old)
        return 0;
    int error = check_profiles(old, next, fault);
    if (!error)
        error = check_agreements(old, next, fault);
    return error ? error : check_memberships(old, next, fault);
}
