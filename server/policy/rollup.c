/* Portions rolled up into a banner.
 *
 * A portion says who may have it (release) and who may be shown it (display, a superset, as release implies display).
 * The banner's lists are the intersections. Everything else of the banner is a maximum or a union. What a portion
 * contributes depends on nothing but itself and the banner's scheme, so that the order and grouping of portions do not
 * matter. */
#include "rollup.h"
#include "marking.h"

/* Communities that stand for their members in a banner's intersection, unless the register says otherwise. Every other
 * one is opaque: its code meets only itself (ISM-ID-00318). Fixed by the Manual, apart from the memberships with dates
 * that decide about access. */
static const struct {
    const char *code, *members[6];
} tetragraphs[] = {
    {"ACGU", {"AUS", "CAN", "GBR", "USA"}},
    {"FVEY", {"AUS", "CAN", "GBR", "NZL", "USA"}},
    {"TEYE", {"CAN", "GBR", "USA"}},
};

static const struct {
    const char *name, *rule;
} effects[ROLLUP_EFFECTS] = {
    [ROLLUP_LEVEL] = {"level", "Manual: the banner has the highest level (ISM-ID-00056)"},
    [ROLLUP_CAVEATS] = {"caveats", "Manual: the banner carries every control of its portions that no other supersedes"},
    [ROLLUP_ORCON] = {"orcon", "Manual: the banner carries every control of its portions"},
    [ROLLUP_FGI] = {"fgi", "Manual: foreign, JOINT and NATO portions are FGI in another's banner"},
    [ROLLUP_SCHEME] = {"scheme", "what the banner's scheme cannot say withholds: NOFORN"},
    [ROLLUP_NOFORN] = {"noforn", "Manual: NOFORN in any portion gives NOFORN"},
    [ROLLUP_UNMARKED] = {"unmarked", "ISM-ID-00088: beside REL TO, a portion without release marking gives NOFORN"},
    [ROLLUP_REL] = {"rel", "ISM-ID-00318: REL TO is the intersection"},
    [ROLLUP_DISPLAY] = {"display", "ISM-ID-00320: DISPLAY ONLY is the intersection of release and display"},
    [ROLLUP_RELIDO] = {"relido", "ISM-ID-00132: RELIDO stands only if every portion has it"},
};

const char *rollup_effect_name(enum rollup_effect e)
{
    return effects[e].name;
}

const char *rollup_effect_rule(enum rollup_effect e)
{
    return effects[e].rule;
}

#define BIT(effect) (1U << (effect))

/* --- sets --- */

static void set_drop(struct set *from, const struct set *these)
{
    for (size_t i = 0; i < SET_BITS / 64; i++)
        from->w[i] &= ~these->w[i];
}

/* Who is named: all partners, also by the communities that expand, and the communities. */
struct named {
    struct set partners, communities;
};

static void named_join(struct named *to, const struct named *more)
{
    set_join(&to->partners, &more->partners);
    set_join(&to->communities, &more->communities);
}

static void expansion(const struct registry *reg, size_t community, struct set *ret)
{
    *ret = reg->communities[community].rollup;
    if (reg->communities[community].states_rollup)
        return;
    for (size_t i = 0; i < sizeof tetragraphs / sizeof *tetragraphs; i++) {
        if (!str_is(reg->community_codes.v[community], tetragraphs[i].code))
            continue;
        for (const char *const *m = tetragraphs[i].members; *m; m++) {
            int at = codes_find(&reg->partner_codes, str_of(*m));
            if (at >= 0)
                set_add(ret, (unsigned)at);
        }
    }
}

static void expand_all(const struct registry *reg, const struct set *communities, struct set *to)
{
    for (int c = set_next(communities, 0); c >= 0; c = set_next(communities, c + 1)) {
        struct set members;
        expansion(reg, (size_t)c, &members);
        set_join(to, &members);
    }
}

static void named_meet(struct named *to, const struct named *with)
{
    set_meet(&to->partners, &with->partners);
    set_meet(&to->communities, &with->communities);
}

/* A community that expands is within its members; an opaque one only within itself. */
static bool named_within(const struct registry *reg, const struct named *part, const struct named *whole)
{
    for (int c = set_next(&part->communities, 0); c >= 0; c = set_next(&part->communities, c + 1)) {
        struct set members;
        expansion(reg, (size_t)c, &members);
        if (set_empty(&members) && !set_has(&whole->communities, (unsigned)c))
            return false;
    }
    return set_within(&part->partners, &whole->partners);
}

/* --- portions --- */

struct portion {
    const struct label *label;
    struct label_resolved r;
    bool plain;     /* unclassified without any control: narrows nothing */
    bool concealed; /* its source cannot be named in the banner */
    struct named sources;
    int level; /* in the banner's scheme */
    struct named release, display;
    unsigned effects;
};

struct rolling {
    const struct registry *reg;
    const struct label *alike; /* the portion whose scheme and owners all have; NULL: the author's scheme */
    int author, profile, level;
    struct str lead;
    struct portion *v;
    size_t n;
    bool marked, relido, noforn;
    struct named release, display;
};

static bool is_plain(const struct label *l, const struct label_resolved *r)
{
    bool unmarked = l->mode == RELEASE_NONE || l->mode == RELEASE_PUBLIC;
    return r->level == 0 && unmarked && !l->caveats.n && !l->controls.n && !l->orcon && !l->fgi.n;
}

/* The owner has it, whatever the lists say. */
static void add_owner(const struct registry *reg, const struct label *l, struct named *n)
{
    int at = codes_find(&reg->partner_codes, marking_lead(reg, l));
    if (at >= 0)
        set_add(&n->partners, (unsigned)at);
}

static void read_lists(const struct registry *reg, struct portion *p)
{
    const struct label_resolved *r = &p->r;
    p->release = (struct named){r->rel, r->rel_communities};
    p->display = (struct named){r->display, r->display_communities};
    expand_all(reg, &r->rel_communities, &p->release.partners);
    expand_all(reg, &r->display_communities, &p->display.partners);
    add_owner(reg, p->label, &p->release);
    if (p->label->except.n) { /* an opaque community may hold who is excepted */
        set_drop(&p->release.partners, &r->except);
        set_drop(&p->display.partners, &r->except);
        p->release.communities = p->display.communities = (struct set){0};
    }
    named_join(&p->display, &p->release);
}

/* --- the banner's scheme --- */

static bool alike(const struct label *a, const struct label *b)
{
    return str_eq(a->policy, b->policy) && a->joint == b->joint && codes_same(&a->owners, &b->owners);
}

static bool is_party(const struct agreement *a, int partner)
{
    return set_has(&a->providers, (unsigned)partner) || set_has(&a->recipients, (unsigned)partner);
}

/* The highest level that an agreement of the author equates with this one, or NO_LEVEL. */
static int stated_level(const struct rolling *b, int profile, int level)
{
    int most = NO_LEVEL;
    for (size_t i = 0; i < b->reg->n_agreements; i++) {
        const struct agreement *a = &b->reg->agreements[i];
        for (size_t k = 0; is_party(a, b->author) && k < a->n_equivalences; k++) {
            const struct equivalence *e = &a->equivalences[k];
            bool here = e->profile == profile && e->level == level && e->as_profile == b->profile;
            if (here && e->as_level > most)
                most = e->as_level;
        }
    }
    return most;
}

/* The same read backwards, in one agreement: the lowest level of the banner's scheme that it equates with this one or a
 * higher, or NO_LEVEL. */
static int stated_backwards(const struct rolling *b, const struct agreement *a, int profile, int level)
{
    int least = NO_LEVEL;
    for (size_t k = 0; k < a->n_equivalences; k++) {
        const struct equivalence *e = &a->equivalences[k];
        bool here = e->profile == b->profile && e->as_profile == profile && e->as_level >= level;
        if (here && (least < 0 || e->level < least))
            least = e->level;
    }
    return least;
}

/* The highest that an agreement of the author gives so; none does: the highest there is. */
static int level_backwards(const struct rolling *b, int profile, int level)
{
    int most = NO_LEVEL;
    for (size_t i = 0; i < b->reg->n_agreements; i++) {
        const struct agreement *a = &b->reg->agreements[i];
        int as = is_party(a, b->author) ? stated_backwards(b, a, profile, level) : NO_LEVEL;
        most = as > most ? as : most;
    }
    return most < 0 ? b->reg->profiles[b->profile].n_levels - 1 : most;
}

/* A level of another scheme in the banner's: what is equated with it, or with the next one above that is; else what is
 * equated the other way round; else the highest. Never lower than what a lower level of the same scheme becomes. */
static int level_in(const struct rolling *b, const struct label_resolved *r)
{
    int top = b->reg->profiles[b->profile].n_levels - 1, most = NO_LEVEL;
    if (r->profile == b->profile || r->level == 0)
        return r->level;
    if (r->profile < 0 || r->level < 0)
        return top;
    for (int level = 1; level < r->level; level++) {
        int as = stated_level(b, r->profile, level);
        most = as > most ? as : most;
    }
    for (int level = r->level; level < b->reg->profiles[r->profile].n_levels; level++) {
        int as = stated_level(b, r->profile, level);
        if (as >= 0)
            return as > most ? as : most;
    }
    int backwards = level_backwards(b, r->profile, r->level);
    return backwards > most ? backwards : most;
}

/* Neither partner nor community, as the word FGI: it cannot be named. */
static void add_source(const struct rolling *b, struct portion *p, struct str code)
{
    int partner = codes_find(&b->reg->partner_codes, code), community = codes_find(&b->reg->community_codes, code);
    if (partner >= 0)
        set_add(&p->sources.partners, (unsigned)partner);
    else if (community >= 0)
        set_add(&p->sources.communities, (unsigned)community);
    else
        p->concealed = true;
}

/* Whose information a portion is, for a banner that is not its owners'. */
static void read_sources(const struct rolling *b, struct portion *p)
{
    for (size_t i = 0; i < p->label->fgi.n; i++)
        add_source(b, p, p->label->fgi.v[i]);
    if (b->alike || p->plain)
        return;
    bool own = p->r.profile == b->profile;
    for (size_t i = 0; i < p->label->owners.n; i++) {
        if (str_eq(p->label->owners.v[i], b->reg->partner_codes.v[b->author]))
            continue;
        add_source(b, p, p->label->owners.v[i]);
        own = true;
    }
    if (!own)
        add_source(b, p, p->label->policy);
}

static void choose_scheme(struct rolling *b, const struct label *const *labels, struct str author, bool apart,
                          struct arena *arena)
{
    b->alike = apart || codes_find(&b->reg->policies, labels[0]->policy) < 0 ? NULL : labels[0];
    for (size_t i = 1; i < b->n && b->alike; i++)
        if (!alike(labels[0], labels[i]))
            b->alike = NULL;
    b->author = codes_find(&b->reg->partner_codes, author);
    b->profile = b->alike ? codes_find(&b->reg->policies, b->alike->policy) : b->reg->partners[b->author].profile;
    b->lead = arena_str(arena, b->alike ? marking_lead(b->reg, b->alike) : author);
}

static void read_portions(struct rolling *b, const struct label *const *labels)
{
    for (size_t i = 0; i < b->n; i++) {
        struct portion *p = &b->v[i];
        p->label = labels[i];
        label_resolve_into(b->reg, p->label, &p->r);
        p->plain = is_plain(p->label, &p->r);
        p->level = level_in(b, &p->r);
        b->level = p->level > b->level ? p->level : b->level;
        read_sources(b, p);
        read_lists(b->reg, p);
    }
}

/* --- release --- */

static bool names(const struct rolling *b, const struct named *n, struct str partner)
{
    int at = codes_find(&b->reg->partner_codes, partner);
    return at >= 0 && set_has(&n->partners, (unsigned)at);
}

static bool contributes(const struct portion *p)
{
    return !p->plain;
}

static bool lists(const struct portion *p)
{
    const struct label *l = p->label;
    return contributes(p) && l->mode == RELEASE_REL && (l->rel.n || l->display.n || l->relido);
}

/* Nobody has said whom it may go to. A carried control alone withholds, and is no release marking either. */
static bool unmarked(const struct portion *p)
{
    return p->label->mode == RELEASE_NONE || (p->label->mode == RELEASE_REL && !lists(p));
}

/* What the banner has no words for: a caveat of another scheme, one that may not stand at the banner's level (UCNI
 * beside what is classified, Manual, p. 118), or a list without the banner's owner. */
static bool beyond_scheme(const struct rolling *b, const struct portion *p)
{
    const struct profile *profile = &b->reg->profiles[b->profile];
    bool listed = lists(p) && !names(b, &p->release, b->lead), spoken = true;
    for (size_t i = 0; i < p->label->caveats.n; i++)
        spoken = spoken && profile_demands(profile, p->label->caveats.v[i]) &&
                 scheme_allows(&profile->scheme, p->label->caveats.v[i], b->level);
    return !p->r.told || listed || !spoken;
}

static void meet_lists(struct rolling *b)
{
    bool first = true;
    for (size_t i = 0; i < b->n; i++) {
        const struct portion *p = &b->v[i];
        if (!lists(p))
            continue;
        b->relido = (first || b->relido) && p->label->relido;
        if (first) {
            b->release = p->release;
            b->display = p->display;
        } else {
            named_meet(&b->release, &p->release);
            named_meet(&b->display, &p->display);
        }
        first = false;
    }
}

static void mark_withheld(struct rolling *b)
{
    for (size_t i = 0; i < b->n; i++)
        b->marked = b->marked || (contributes(&b->v[i]) && !unmarked(&b->v[i]));
    for (size_t i = 0; i < b->n; i++) {
        struct portion *p = &b->v[i];
        if (!contributes(p))
            continue;
        if (p->label->mode == RELEASE_NOFORN)
            p->effects |= BIT(ROLLUP_NOFORN);
        if (unmarked(p) && b->marked)
            p->effects |= BIT(ROLLUP_UNMARKED);
        if (beyond_scheme(b, p))
            p->effects |= BIT(ROLLUP_SCHEME);
        b->noforn = b->noforn || (p->effects & (BIT(ROLLUP_NOFORN) | BIT(ROLLUP_UNMARKED) | BIT(ROLLUP_SCHEME)));
    }
}

static void mark_narrower(struct rolling *b)
{
    struct named release = {0}, display = {0};
    bool relido = false;
    for (size_t i = 0; i < b->n; i++) {
        if (!lists(&b->v[i]))
            continue;
        named_join(&release, &b->v[i].release);
        named_join(&display, &b->v[i].display);
        relido = relido || b->v[i].label->relido;
    }
    for (size_t i = 0; i < b->n; i++) {
        struct portion *p = &b->v[i];
        if (!lists(p))
            continue;
        p->effects |= named_within(b->reg, &release, &p->release) ? 0 : BIT(ROLLUP_REL);
        p->effects |= named_within(b->reg, &display, &p->display) ? 0 : BIT(ROLLUP_DISPLAY);
        p->effects |= relido && !p->label->relido ? BIT(ROLLUP_RELIDO) : 0;
    }
}

/* --- the label --- */

static struct codes codes_of(const struct rolling *b, const struct named *n, struct str lead, struct arena *arena)
{
    struct str found[2 * REGISTRY_CODES_MAX];
    size_t k = 0;
    for (int i = set_next(&n->partners, 0); i >= 0; i = set_next(&n->partners, i + 1))
        found[k++] = arena_str(arena, b->reg->partner_codes.v[i]);
    for (int i = set_next(&n->communities, 0); i >= 0; i = set_next(&n->communities, i + 1))
        found[k++] = arena_str(arena, b->reg->community_codes.v[i]);
    struct str *v = arena_array(arena, k, sizeof *v);
    marking_order(b->reg, &(struct codes){k, found}, lead, v);
    return (struct codes){k, v};
}

/* Whom a community stands for is not named beside it, but for the lead. */
static struct codes shortest(const struct rolling *b, const struct named *n, struct str lead, struct arena *arena)
{
    struct named some = *n;
    struct set covered = {0};
    expand_all(b->reg, &n->communities, &covered);
    set_drop(&some.partners, &covered);
    if (names(b, n, lead))
        set_add(&some.partners, (unsigned)codes_find(&b->reg->partner_codes, lead));
    return codes_of(b, &some, lead, arena);
}

/* REL TO the owner alone is no release. */
static void write_release(struct rolling *b, struct label *l, struct arena *arena)
{
    struct named more = b->display;
    set_drop(&more.partners, &b->release.partners);
    set_drop(&more.communities, &b->release.communities);
    l->rel = shortest(b, &b->release, b->lead, arena);
    l->display = shortest(b, &more, STR(""), arena);
    if (l->rel.n < 2)
        l->rel = (struct codes){0};
    l->relido = b->relido;
    bool over = l->rel.n > LABEL_CODES_MAX || l->display.n > LABEL_CODES_MAX;
    if (!over && (l->rel.n || l->display.n || l->relido)) {
        l->mode = RELEASE_REL;
        return;
    }
    l->mode = RELEASE_NOFORN;
    l->rel = l->display = (struct codes){0};
    l->relido = false;
}

static bool carries(const struct scheme *s, const struct codes *controls)
{
    struct pieces p;
    for (size_t i = 0; i < controls->n; i++)
        if (scheme_parts(s, controls->v[i], &p) && p.control->effect == EFFECT_CARRIED)
            return true;
    return false;
}

static void write_mode(struct rolling *b, struct label *l, struct arena *arena)
{
    bool public = true;
    for (size_t i = 0; i < b->n; i++)
    public = public && b->v[i].label->mode == RELEASE_PUBLIC;
    if (b->noforn)
        l->mode = RELEASE_NOFORN;
    else if (b->marked)
        write_release(b, l, arena);
    else if (carries(&b->reg->profiles[b->profile].scheme, &l->controls))
        l->mode = RELEASE_REL; /* as it is read: withheld until somebody is named */
    else
        l->mode = public ? RELEASE_PUBLIC : RELEASE_NONE;
}

/* A concealed source conceals all (Manual, FGI: the word stands alone where one source may not be told). */
static struct codes write_fgi(struct rolling *b, struct arena *arena)
{
    struct named sources = {0};
    bool concealed = false;
    for (size_t i = 0; i < b->n; i++) {
        struct portion *p = &b->v[i];
        bool any = p->concealed || !set_empty(&p->sources.partners) || !set_empty(&p->sources.communities);
        concealed = concealed || p->concealed;
        named_join(&sources, &p->sources);
        p->effects |= any ? BIT(ROLLUP_FGI) : 0;
    }
    struct codes codes = codes_of(b, &sources, STR(""), arena);
    if (!concealed && codes.n <= LABEL_CODES_MAX)
        return codes;
    struct str *v = arena_array(arena, 1, sizeof *v);
    v[0] = STR("FGI");
    return (struct codes){1, v};
}

/* Whether all that a portion says of NOFORN is said by its controls. */
static bool said_by_controls(const struct scheme *s, const struct label *l)
{
    struct pieces p;
    for (size_t i = 0; i < l->controls.n; i++)
        if (scheme_parts(s, l->controls.v[i], &p) && p.control->noforn)
            return true;
    return false;
}

/* "SBU NOFORN" stands where nothing else bears on release; beside NOFORN, what is classified, or any other release
 * marking, the banner is NOFORN and SBU (Manual, table 3, rules 3 to 8, 14 and 15). */
static bool noforn_stands_apart(const struct rolling *b)
{
    const struct scheme *s = &b->reg->profiles[b->profile].scheme;
    bool apart = b->level > 0;
    for (size_t i = 0; i < b->n; i++) {
        const struct portion *p = &b->v[i];
        apart = apart || (contributes(p) && !unmarked(p) && !said_by_controls(s, p->label));
        apart = apart || p->effects & BIT(ROLLUP_SCHEME);
    }
    return apart;
}

/* All that the portions carry and the level lets stand: FOUO is not used in the banner of a classified document
 * (Manual, p. 134). */
static struct codes gather_controls(const struct rolling *b, struct arena *arena)
{
    const struct scheme *s = &b->reg->profiles[b->profile].scheme;
    struct codes all = {0};
    struct str *v = arena_array(arena, b->n * (2 * LABEL_CODES_MAX + 1), sizeof *v);
    bool apart = noforn_stands_apart(b);
    for (size_t i = 0; i < b->n; i++) {
        const struct label *l = b->v[i].label;
        const struct codes *lists[] = {&l->caveats, &l->controls};
        bool orcon = l->orcon;
        for (size_t k = 0; k < lists[0]->n + lists[1]->n; k++) {
            struct str code = k < lists[0]->n ? lists[0]->v[k] : lists[1]->v[k - lists[0]->n];
            struct pieces p;
            if (!scheme_parts(s, code, &p) || !scheme_allows(s, code, b->level))
                continue;
            orcon = orcon && !p.control->orcon;
            v[all.n++] = apart && p.control->plain.n ? p.control->plain : code;
        }
        if (orcon && scheme_effect(s, EFFECT_ORCON))
            v[all.n++] = scheme_effect(s, EFFECT_ORCON)->spelled.portion;
    }
    all.v = v;
    return all;
}

/* Those of them that nothing supersedes, which are demanded of readers, or which are not. */
static struct codes write_union(const struct rolling *b, const struct codes *all, bool demanded, struct arena *arena)
{
    const struct scheme *s = &b->reg->profiles[b->profile].scheme;
    struct str *v = arena_array(arena, all->n, sizeof *v);
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++) {
        struct pieces p;
        struct str code = scheme_superseded(s, all, all->v[i], arena);
        if (scheme_parts(s, code, &p) && (p.control->effect == EFFECT_DEMANDED) == demanded &&
            scheme_allows(s, code, b->level))
            v[n++] = arena_str(arena, code);
    }
    return (struct codes){scheme_fold(s, v, scheme_sort(s, v, n), arena), v};
}

static void write_controls(struct rolling *b, struct label *l, struct arena *arena)
{
    for (size_t i = 0; i < b->n; i++) {
        struct portion *p = &b->v[i];
        l->orcon = l->orcon || p->label->orcon;
        p->effects |= p->label->orcon ? BIT(ROLLUP_ORCON) : 0;
        p->effects |= p->label->caveats.n || p->label->controls.n ? BIT(ROLLUP_CAVEATS) : 0;
        p->effects |= b->level > 0 && p->level == b->level ? BIT(ROLLUP_LEVEL) : 0;
    }
    struct codes all = gather_controls(b, arena);
    l->level = arena_str(arena, b->reg->profiles[b->profile].levels[b->level].portion);
    l->caveats = write_union(b, &all, true, arena);
    l->controls = write_union(b, &all, false, arena);
    l->fgi = write_fgi(b, arena);
}

static struct codes write_owners(const struct rolling *b, struct arena *arena)
{
    size_t n = b->alike ? b->alike->owners.n : 1;
    struct str *v = arena_array(arena, n, sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = arena_str(arena, b->alike ? b->alike->owners.v[i] : b->lead);
    return (struct codes){n, v};
}

/* apart: as the author's document, even if all portions are of the same owners. */
static struct label roll(struct rolling *b, const struct label *const *portions, struct str author, bool apart,
                         struct arena *arena)
{
    choose_scheme(b, portions, author, apart, arena);
    read_portions(b, portions);
    mark_withheld(b);
    meet_lists(b);
    mark_narrower(b);
    struct label l = {.policy = arena_str(arena, b->reg->policies.v[b->profile]),
                      .owners = write_owners(b, arena),
                      .joint = b->alike && b->alike->joint};
    write_controls(b, &l, arena);
    write_mode(b, &l, arena);
    return l;
}

/* JOINT is not used with NOFORN (Manual, p. 57): what is withheld of it stands in a document of the author's. */
static bool joint_withheld(const struct rolling *b, const struct label *l)
{
    const struct scheme *s = &b->reg->profiles[b->profile].scheme;
    const struct control *noforn = scheme_effect(s, EFFECT_NOFORN);
    return l->joint && l->mode == RELEASE_NOFORN && noforn && scheme_excludes(s, STR("JOINT"), noforn->spelled.portion);
}

void rollup(const struct registry *reg, struct str author, const struct label *const *portions, size_t n,
            struct arena *arena, const struct label **ret, unsigned *ret_effects)
{
    struct rolling b = {.reg = reg, .n = n, .v = arena_array(arena, n, sizeof *b.v)};
    struct label l = roll(&b, portions, author, false, arena);
    if (joint_withheld(&b, &l)) {
        b = (struct rolling){.reg = reg, .n = n, .v = arena_array(arena, n, sizeof *b.v)};
        l = roll(&b, portions, author, true, arena);
    }
    *ret = label_resolve(reg, &l, arena);
    for (size_t i = 0; ret_effects && i < n; i++)
        ret_effects[i] = b.v[i].effects;
}

/* --- a stated banner --- */

struct comparison {
    const struct registry *reg;
    enum rollup_relation relation;
    const char *why;
};

static void differ(struct comparison *c, bool wider, bool narrower, const char *why)
{
    if (c->relation == ROLLUP_WIDER || (!wider && !narrower))
        return;
    if (wider || !*c->why)
        c->why = why;
    c->relation = wider ? ROLLUP_WIDER : ROLLUP_NARROWER;
}

static void compare_fgi(struct comparison *c, const struct label *stated, const struct label *rolled)
{
    static const char why[] = "FGI";
    bool s = codes_has(&stated->fgi, STR("FGI")), r = codes_has(&rolled->fgi, STR("FGI"));
    if (s || r)
        differ(c, !s, !r, why);
    else
        differ(c, !codes_within(&rolled->fgi, &stated->fgi), !codes_within(&stated->fgi, &rolled->fgi), why);
}

static void compare_named(struct comparison *c, const struct named *stated, const struct named *rolled, const char *why)
{
    differ(c, !named_within(c->reg, stated, rolled), !named_within(c->reg, rolled, stated), why);
}

static void compare_lists(struct comparison *c, const struct portion *s, const struct portion *r)
{
    compare_named(c, &s->release, &r->release, "REL TO");
    compare_named(c, &s->display, &r->display, "DISPLAY ONLY");
    differ(c, s->label->relido && !r->label->relido, !s->label->relido && r->label->relido, "RELIDO");
}

/* From nothing said of an unclassified text over lists to NOFORN. What is classified and unmarked is none of these: a
 * banner with a release marking says what no portion said. */
static void compare_release(struct comparison *c, const struct portion *s, const struct portion *r)
{
    static const char why[] = "the release marking";
    enum release_mode stated = s->label->mode, rolled = r->label->mode;
    if (stated == RELEASE_REL && rolled == RELEASE_REL) {
        compare_lists(c, s, r);
        return;
    }
    bool alike = stated == rolled || (r->plain && s->plain);
    bool wider = stated != RELEASE_NOFORN && !r->plain;
    differ(c, !alike && wider, !alike && !wider, why);
}

enum rollup_relation rollup_compare(const struct registry *reg, const struct label *stated, const struct label *rolled,
                                    const char **ret_why)
{
    struct comparison c = {reg, ROLLUP_SAME, ""};
    struct portion s = {.label = stated}, r = {.label = rolled};
    label_resolve_into(reg, stated, &s.r);
    label_resolve_into(reg, rolled, &r.r);
    s.plain = is_plain(stated, &s.r);
    r.plain = is_plain(rolled, &r.r);
    read_lists(reg, &s);
    read_lists(reg, &r);
    differ(&c, !alike(stated, rolled), false, "whose marking it is");
    differ(&c, s.r.level<r.r.level, s.r.level> r.r.level, "the level");
    differ(&c, !codes_within(&rolled->caveats, &stated->caveats), !codes_within(&stated->caveats, &rolled->caveats),
           "the caveats");
    differ(&c, !codes_within(&rolled->controls, &stated->controls), !codes_within(&stated->controls, &rolled->controls),
           "the controls");
    differ(&c, !stated->orcon && rolled->orcon, stated->orcon && !rolled->orcon, "ORCON");
    compare_fgi(&c, stated, rolled);
    compare_release(&c, &s, &r);
    *ret_why = c.why;
    return c.relation;
}
