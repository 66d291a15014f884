/* By what right a reader that is no owner is shown a record, and in which views: agreements, and grants under them. */
#include "question.h"

#include <stdlib.h>

void flips_at(struct question *q, instant t)
{
    if (t > q->now && t < q->flips)
        q->flips = t;
}

bool live(struct question *q, instant from, instant until)
{
    flips_at(q, from);
    flips_at(q, until);
    return from <= q->now && q->now < until;
}

/* --- grants --- */

static int grant_by_id(const void *key, const void *item)
{
    return str_cmp(*(const struct str *)key, ((const struct grant *)item)->entry->id);
}

/* The next of the subject's grants for the reader's partner that is live; *at counts. NULL after the last. */
static const struct grant *next_grant(struct question *q, size_t *at)
{
    const struct registry *reg = q->reg;
    while (reg->n_grants && *at < q->subject->n_grants) {
        const struct grant *g =
            bsearch(&q->subject->grants[(*at)++], reg->grants, reg->n_grants, sizeof *reg->grants, grant_by_id);
        if (g && g->recipient == q->reader->partner && str_eq(g->entry->type, q->subject->type) &&
            live(q, g->entry->from, g->entry->until))
            return g;
    }
    return NULL;
}

void find_grants(struct question *q)
{
    size_t at = 0;
    for (const struct grant *g = next_grant(q, &at); g; g = next_grant(q, &at))
        set_add(&q->granted, g->owner);
}

/* --- agreements --- */

/* The agreements between an owner and the reader's partner that pass G6, in order of precedence. */
struct cursor {
    const uint64_t *provided, *received, *shown, *in_mode, *at_level, *third;
    size_t word, words; /* word: the one after that of the present agreement */
    uint64_t rest, bit; /* bit: of the present agreement */
    const struct agreement *agreement;
};

static size_t level_row(const struct question *q)
{
    return ((size_t)q->l->profile * PROFILE_LEVELS_MAX + (size_t)q->l->level) * q->reg->index.words;
}

/* third: only those that count for other partners' records, too. */
static struct cursor agreements(const struct question *q, unsigned owner, bool third)
{
    const struct agreement_index *ix = &q->reg->index;
    if (q->mode < 0 || q->l->level < 0)
        return (struct cursor){0};
    return (struct cursor){.provided = ix->provided + owner * ix->words,
                           .received = ix->received + q->reader->partner * ix->words,
                           .shown = ix->shown + (size_t)(q->type + 1) * ix->words,
                           .in_mode = ix->in_mode + (size_t)q->mode * ix->words,
                           .at_level = ix->at_level + level_row(q),
                           .third = third ? ix->third : NULL,
                           .words = ix->words};
}

static bool next_word(struct cursor *c)
{
    if (c->word == c->words)
        return false;
    size_t w = c->word++;
    c->rest = c->provided[w] & c->received[w] & c->shown[w] & c->in_mode[w] & c->at_level[w];
    if (c->third)
        c->rest &= c->third[w];
    return true;
}

static inline bool next_agreement(struct question *q, struct cursor *c)
{
    for (;;) {
        while (!c->rest)
            if (!next_word(c))
                return false;
        const struct ranked *r = &q->reg->index.ranked[(c->word - 1) * 64 + (size_t)__builtin_ctzll(c->rest)];
        c->bit = c->rest & -c->rest;
        c->rest ^= c->bit;
        if (q->subject->ingested_at < r->opening || !live(q, r->from, r->until))
            continue;
        c->agreement = r->agreement;
        return true;
    }
}

/* An owner's agreements count for its own record; in a record that somebody else owns too, only those that let its
 * information be passed on. */
static struct cursor agreements_of_owner(const struct question *q, unsigned owner)
{
    struct set alone = {0};
    set_add(&alone, owner);
    return agreements(q, owner, q->through && !set_within(q->through, &alone));
}

static bool gives_default(const struct question *q, const struct cursor *c)
{
    return q->label->mode == RELEASE_NONE && !q->label->orcon && !q->label->fgi.n && !q->barred &&
           (q->reg->index.by_default[level_row(q) + c->word - 1] & c->bit);
}

static bool equivalent(const struct question *q, const struct agreement *a)
{
    for (size_t i = 0; i < a->n_equivalences; i++) {
        const struct equivalence *e = &a->equivalences[i];
        if (e->profile == q->l->profile && e->level == q->l->level &&
            q->reader->clearances[e->as_profile] >= e->as_level)
            return true;
    }
    return false;
}

/* The basis that the agreement has without a grant. */
static enum basis basis_under(const struct question *q, const struct cursor *c)
{
    if (q->stated != BASIS_NOTHING)
        return q->stated;
    return gives_default(q, c) ? BASIS_DEFAULT : BASIS_NOTHING;
}

static bool shows_whole(const struct question *q, const struct cursor *c)
{
    return q->reg->index.whole[(size_t)(q->type + 1) * q->reg->index.words + c->word - 1] & c->bit;
}

static unsigned view_under(const struct question *q, const struct cursor *c)
{
    return shows_whole(q, c) ? 0 : (unsigned)agreement_view(c->agreement, q->type);
}

static bool granted_by(const struct question *q, unsigned owner)
{
    return set_has(&q->granted, owner) && !q->barred;
}

bool third_party_agrees(struct question *q, unsigned f)
{
    struct cursor c = agreements(q, f, true);
    bool agreed = false;
    while (next_agreement(q, &c)) /* to the last, so that `flips` knows when any of them ends */
        agreed = true;
    return agreed || set_has(&q->granted, f);
}

/* --- what the agreements with one owner come to --- */

struct found {
    bool in_force;    /* one passes G6 */
    bool cleared;     /* one that passes G6 and gives a basis suffices for G2 */
    bool whole;       /* what counts gives the full record */
    struct set below; /* else: views that show no more than what counts gives */
};

static void gives_view(const struct question *q, struct found *f, unsigned view)
{
    const struct set *below = &q->reg->view_below[view];
    f->whole |= view == 0;
    if (!f->whole)
        set_join(&f->below, below);
}

static void gives_granted(struct question *q, struct found *f, unsigned owner)
{
    size_t at = 0;
    for (const struct grant *g = next_grant(q, &at); g; g = next_grant(q, &at))
        if (g->owner == owner)
            gives_view(q, f, g->view);
}

/* An agreement that clears the reader counts for more than any that does not. */
static bool counts(struct question *q, struct found *f, const struct agreement *a)
{
    bool cleared = q->cleared || equivalent(q, a);
    if (f->cleared && !cleared)
        return false;
    if (cleared && !f->cleared) {
        f->cleared = true;
        f->whole = false;
        f->below = (struct set){0};
    }
    return true;
}

static void look(struct question *q, unsigned owner, struct found *f)
{
    struct cursor c = agreements_of_owner(q, owner);
    bool granted = granted_by(q, owner);
    *f = (struct found){0};
    while (next_agreement(q, &c)) {
        enum basis basis = basis_under(q, &c);
        f->in_force = true;
        if (basis == BASIS_NOTHING && !granted)
            continue;
        if (!counts(q, f, c.agreement))
            continue;
        if (basis != BASIS_NOTHING && !f->whole)
            gives_view(q, f, view_under(q, &c));
        if (granted)
            gives_granted(q, f, owner);
    }
}

void gates_of_agreements(struct question *q, struct set *views, struct verdict *v)
{
    size_t owners = 0, in_force = 0, cleared = 0;
    for (int o = set_next(&q->l->owners, 0); o >= 0; o = set_next(&q->l->owners, o + 1)) {
        struct found f;
        look(q, (unsigned)o, &f);
        owners++;
        in_force += f.in_force;
        cleared += f.cleared;
        if (!f.whole)
            set_meet(views, &f.below);
    }
    bool known = owners && !q->l->owner_unknown;
    v->gates[GATE_BASIS] = known && !set_empty(views); /* what gives no basis gives no view */
    v->gates[GATE_AGREEMENT] = known && in_force == owners;
    v->gates[GATE_CLEARANCE] = q->cleared || (known && cleared == owners);
}

/* --- choosing and citing --- */

/* Those that show no less than any other. */
static struct set least_reduced(const struct registry *reg, const struct set *views)
{
    struct set best = {0};
    for (int v = set_next(views, 0); v >= 0; v = set_next(views, v + 1)) {
        struct set wider = reg->view_within[v];
        set_meet(&wider, views);
        if (set_next(&wider, set_next(&wider, 0) + 1) < 0) /* only v itself */
            set_add(&best, (unsigned)v);
    }
    return best;
}

/* Keeps of best what the view shows no less than, if that leaves any. */
static void prefer(const struct registry *reg, struct set *best, unsigned view)
{
    struct set kept = *best;
    set_meet(&kept, &reg->view_below[view]);
    if (!set_empty(&kept))
        *best = kept;
}

/* The agreements of all owners together, in one order of precedence. any: room for their bits. */
static struct cursor agreements_of_owners(const struct question *q, uint64_t any[REGISTRY_AGREEMENTS_MAX / 64])
{
    struct cursor all = {0};
    for (int o = set_next(&q->l->owners, 0); o >= 0; o = set_next(&q->l->owners, o + 1)) {
        struct cursor c = agreements_of_owner(q, (unsigned)o);
        for (size_t w = 0; w < c.words; w++)
            any[w] = (all.words ? any[w] : 0) | (c.provided[w] & (c.third ? c.third[w] : UINT64_MAX));
        all = c;
    }
    all.provided = any;
    all.third = NULL;
    return all;
}

unsigned best_view(struct question *q, const struct set *views)
{
    if (set_has(views, 0))
        return 0;
    uint64_t any[REGISTRY_AGREEMENTS_MAX / 64];
    struct set best = least_reduced(q->reg, views);
    struct cursor c = agreements_of_owners(q, any);
    while (next_agreement(q, &c))
        if (basis_under(q, &c) != BASIS_NOTHING && (q->cleared || equivalent(q, c.agreement)))
            prefer(q->reg, &best, view_under(q, &c));
    size_t at = 0;
    for (const struct grant *g = next_grant(q, &at); g; g = next_grant(q, &at))
        if (set_has(&q->l->owners, g->owner) && granted_by(q, g->owner))
            prefer(q->reg, &best, g->view);
    return (unsigned)set_next(&best, 0);
}

/* What shows the view to the reader. */
struct giver {
    const struct agreement *agreement;
    enum basis basis;
    const struct grant *grant;
};

static void consider(struct giver *best, struct giver other, const struct set *below, unsigned view)
{
    if (set_has(below, view) && (!best->agreement || other.basis < best->basis))
        *best = other;
}

/* The strongest basis on which the owner gives the view, under the first agreement that does. */
static struct giver giver_of(struct question *q, unsigned owner, unsigned view, bool must_clear)
{
    struct giver best = {0};
    struct cursor c = agreements_of_owner(q, owner);
    bool granted = granted_by(q, owner);
    while (next_agreement(q, &c)) {
        enum basis basis = basis_under(q, &c);
        if (must_clear && !q->cleared && !equivalent(q, c.agreement))
            continue;
        if (basis != BASIS_NOTHING)
            consider(&best, (struct giver){c.agreement, basis, NULL}, &q->reg->view_below[view_under(q, &c)], view);
        size_t at = 0;
        for (const struct grant *g = granted ? next_grant(q, &at) : NULL; g; g = next_grant(q, &at))
            if (g->owner == owner)
                consider(&best, (struct giver){c.agreement, BASIS_GRANT, g}, &q->reg->view_below[g->view], view);
        if (best.agreement && !granted)
            break; /* the others give the same basis */
    }
    return best;
}

unsigned cite(struct question *q, unsigned view, struct verdict *v)
{
    const struct agreement *first = NULL;
    for (int o = set_next(&q->l->owners, 0); o >= 0; o = set_next(&q->l->owners, o + 1)) {
        struct giver g = giver_of(q, (unsigned)o, view, v->gates[GATE_CLEARANCE]);
        first = first ? first : g.agreement;
        v->basis = g.basis > v->basis ? g.basis : v->basis; /* what binds one owner's part binds the whole */
        if (g.grant && !v->grant.n)
            v->grant = g.grant->entry->id;
        v->no_onward |= g.grant && !g.grant->entry->onward;
    }
    v->agreement = first->id;
    v->article = first->article;
    return first->rank;
}
