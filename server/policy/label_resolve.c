/* A label's codes as numbers of a register, and whether all of them are known there (G1). */
#include "registry_data.h"

/* False if one code is unknown. */
static bool resolve_codes(const struct codes *codes, const struct codes *known, struct set *ret)
{
    bool all = true;
    for (size_t i = 0; i < codes->n; i++) {
        int at = codes_find(known, codes->v[i]);
        if (at >= 0)
            set_add(ret, (unsigned)at);
        else
            all = false;
    }
    return all;
}

static bool resolve_parties(const struct registry *reg, const struct codes *codes, struct set *ret_partners,
                            struct set *ret_communities)
{
    bool all = true;
    for (size_t i = 0; i < codes->n; i++) {
        int partner = codes_find(&reg->partner_codes, codes->v[i]);
        int community = partner < 0 ? codes_find(&reg->community_codes, codes->v[i]) : -1;
        if (partner >= 0)
            set_add(ret_partners, (unsigned)partner);
        else if (community >= 0)
            set_add(ret_communities, (unsigned)community);
        else
            all = false;
    }
    return all;
}

static void resolve_fgi(const struct registry *reg, const struct codes *codes, struct label_resolved *r)
{
    for (size_t i = 0; i < codes->n; i++) {
        int at = codes_find(&reg->partner_codes, codes->v[i]);
        if (at >= 0)
            set_add(&r->fgi, (unsigned)at);
        else if (str_is(codes->v[i], "FGI") || codes_find(&reg->community_codes, codes->v[i]) >= 0)
            r->fgi_concealed = true; /* a community is nobody who could agree */
        else
            r->fgi_unknown = true;
    }
}

/* Caveats that nobody holds have no number, yet a scheme may know them: `SI-G ABCD`. */
static void resolve_caveats(const struct registry *reg, const struct profile *p, const struct codes *caveats,
                            struct label_resolved *r)
{
    struct str above;
    for (size_t i = 0; i < caveats->n; i++) {
        int at = codes_find(&reg->caveats, caveats->v[i]);
        if (at >= 0)
            set_add(&r->caveats, (unsigned)at);
        else if (p && profile_demands(p, caveats->v[i]))
            r->caveat_unheld = true;
        else
            r->caveat_unknown = true;
        if (p && scheme_above(&p->scheme, caveats->v[i], &above) && !codes_has(caveats, above))
            r->caveat_unknown = true;
    }
}

static bool controls_known(const struct profile *p, const struct codes *controls)
{
    for (size_t i = 0; i < controls->n; i++)
        if (!profile_carries(p, controls->v[i]))
            return false;
    return true;
}

/* Only mode rel carries lists (label.h). */
static bool consistent(const struct label *l)
{
    return l->mode == RELEASE_REL || !(l->rel.n || l->display.n || l->except.n || l->relido);
}

void label_resolve_into(const struct registry *reg, const struct label *l, struct label_resolved *ret)
{
    struct label_resolved r = {.mark = reg->mark, .level = NO_LEVEL};
    r.profile = codes_find(&reg->policies, l->policy);
    const struct profile *profile = r.profile < 0 ? NULL : &reg->profiles[r.profile];
    if (profile)
        r.level = profile_level(profile, l->level);
    r.open = profile && r.level >= 0 && r.level <= profile->open;
    r.owner_unknown = !resolve_codes(&l->owners, &reg->partner_codes, &r.owners);
    resolve_caveats(reg, profile, &l->caveats, &r);
    resolve_fgi(reg, &l->fgi, &r);
    bool rel = resolve_parties(reg, &l->rel, &r.rel, &r.rel_communities);
    bool display = resolve_parties(reg, &l->display, &r.display, &r.display_communities);
    bool except = resolve_codes(&l->except, &reg->partner_codes, &r.except);
    r.told = r.level >= 0 && !r.caveat_unknown && set_within(&r.caveats, &profile->caveat_set) &&
             controls_known(profile, &l->controls) && !r.fgi_unknown && rel && display && except && consistent(l);
    r.valid = r.told && l->owners.n && !r.owner_unknown;
    *ret = r;
}

const struct label *label_resolve(const struct registry *reg, const struct label *l, struct arena *arena)
{
    struct label *copy = arena_alloc(arena, sizeof *copy);
    struct label_resolved *r = arena_alloc(arena, sizeof *r);
    label_resolve_into(reg, l, r);
    *copy = *l;
    copy->resolved = r;
    struct release_view *views = arena_array(arena, l->n_release_views, sizeof *views);
    for (size_t i = 0; i < l->n_release_views; i++)
        views[i] =
            (struct release_view){l->release_views[i].view, label_resolve(reg, l->release_views[i].label, arena)};
    copy->release_views = views;
    return copy;
}
