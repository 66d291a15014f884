/* The decision. One function a gate; ARCHITECTURE.md, "The gate", says what each means. */
#include "registry_data.h"

/* A record derived from one that is itself derived: deeper chains than this are denied. */
#define PARTS_DEPTH_MAX 8
/* And what stands on more than so many records in all, each counted as often as it is met: a decision must not cost
 * what a poster can multiply. */
#define PARTS_VISITED_MAX 256

static const char *const gate_names[GATE_COUNT] = {
    [GATE_IDENTITY] = "G0 identity",   [GATE_LABEL] = "G1 label",  [GATE_CLEARANCE] = "G2 clearance",
    [GATE_CAVEATS] = "G3 caveats",     [GATE_BASIS] = "G4 basis",  [GATE_TIME] = "G5 time",
    [GATE_AGREEMENT] = "G6 agreement", [GATE_ONWARD] = "G7 onward"};

const char *gate_name(enum gate g)
{
    return gate_names[g];
}

static const char *const basis_names[] = {
    [BASIS_NOTHING] = "nothing", [BASIS_OWNER] = "owner",     [BASIS_PUBLIC] = "public",   [BASIS_REL] = "rel",
    [BASIS_GRANT] = "grant",     [BASIS_DISPLAY] = "display", [BASIS_DEFAULT] = "default", [BASIS_WARN] = "warn"};

const char *basis_name(enum basis b)
{
    return basis_names[b];
}

const char *basis_obligation(enum basis b)
{
    return b == BASIS_DISPLAY ? "no-retain" : NULL;
}

/* What the gates share: the arguments, and what was found on the way. */
struct question {
    const struct registry *reg;
    const struct reader *reader;
    const struct subject *subject;
    const struct label *label;
    const struct label_resolved *l;
    instant now, flips; /* flips: the next instant at which anything looked at changes */
    int mode, type;     /* numbers, -1: no agreement or reader names it */
    bool owner, cleared, granted, named;
    const struct grant_entry *grant; /* the first that counts */
    enum basis basis;                /* that needs no agreement's default: owner, public, rel, grant, display */
};

/* Remembers that something changes at t. */
static void flips_at(struct question *q, instant t)
{
    if (t > q->now && t < q->flips)
        q->flips = t;
}

static bool live(struct question *q, instant from, instant until)
{
    flips_at(q, from);
    flips_at(q, until);
    return from <= q->now && q->now < until;
}

/* --- what the label says of the reader's partner --- */

static bool has_grant(struct question *q)
{
    struct set granted = {0};
    for (size_t i = 0; i < q->subject->n_grants; i++) {
        const struct grant_entry *g = registry_grant(q->reg, q->subject->grants[i]);
        if (!g || !str_eq(g->recipient, q->reader->code) || g->view.n || !live(q, g->from, g->until))
            continue;
        set_add(&granted, q->reg->grants[g - q->reg->grant_entries].owner);
        q->grant = q->grant ? q->grant : g;
    }
    return !set_empty(&granted) && set_within(&q->l->owners, &granted);
}

/* A member counts only for what was posted after its membership opened. */
static bool member_of_any(struct question *q, const struct set *communities)
{
    bool member = false;
    const struct partner *p = &q->reg->partners[q->reader->partner];
    if (set_empty(communities))
        return false;
    for (size_t i = 0; i < p->n_memberships; i++) {
        const struct membership *m = p->memberships[i];
        if (set_has(communities, m->community) && q->subject->ingested_at >= m->term.opening)
            member |= live(q, m->term.from, m->term.until);
    }
    return member;
}

static bool public_label(const struct question *q)
{
    return q->label->mode == RELEASE_PUBLIC && q->l->level == 0 && !q->label->orcon && set_empty(&q->l->caveats) &&
           !q->l->caveat_unknown && !q->label->fgi.n && !q->label->except.n;
}

/* Releases of the label itself, strongest first. All are looked at, so that `flips` knows when any of them ends. */
static enum basis stated_basis(struct question *q)
{
    bool rel = q->named || member_of_any(q, &q->l->rel_communities);
    bool display = set_has(&q->l->display, q->reader->partner) || member_of_any(q, &q->l->display_communities);
    bool stated = q->label->mode == RELEASE_REL && !q->label->relido;
    if (q->label->mode == RELEASE_NOFORN || set_has(&q->l->except, q->reader->partner))
        return BASIS_NOTHING;
    if (stated && rel)
        return BASIS_REL;
    if (q->granted)
        return BASIS_GRANT;
    return stated && display && q->reader->display ? BASIS_DISPLAY : BASIS_NOTHING;
}

/* --- agreements --- */

/* G6 for one agreement, apart from its providers. */
static bool in_scope(struct question *q, const struct agreement *a)
{
    bool scope = a->status == AGREEMENT_IN_FORCE && agreement_view(a, q->type) == 0 && q->mode >= 0 &&
                 (a->modes >> q->mode & 1) && q->l->profile >= 0 && q->l->level >= 0 &&
                 q->l->level <= a->highest[q->l->profile] && q->subject->ingested_at >= a->term.opening;
    return scope && live(q, a->term.from, a->term.until);
}

static bool gives_default(const struct question *q, const struct agreement *a)
{
    return q->label->mode == RELEASE_NONE && !q->label->orcon && !q->label->fgi.n && q->l->profile >= 0 &&
           q->l->level >= 0 && q->l->level <= a->by_default[q->l->profile] &&
           !set_has(&q->l->except, q->reader->partner);
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

/* What the agreements between one owner and the reader's partner come to. */
struct found {
    bool in_force;                 /* one passes G6 */
    bool cleared;                  /* one that passes G6 and gives a basis suffices for G2 */
    const struct agreement *basis; /* the first by id that passes G6 and gives a basis, and clears if any such does */
};

static struct found look(struct question *q, unsigned owner)
{
    const struct partner *p = &q->reg->partners[q->reader->partner];
    struct found f = {0};
    for (size_t i = 0; i < p->n_received; i++) {
        const struct agreement *a = p->received[i];
        if (!set_has(&a->providers, owner) || !in_scope(q, a))
            continue;
        f.in_force = true;
        if (q->basis == BASIS_NOTHING && !gives_default(q, a))
            continue;
        bool cleared = q->cleared || equivalent(q, a);
        if (!f.basis || (cleared && !f.cleared))
            f.basis = a;
        f.cleared |= cleared;
    }
    return f;
}

/* --- the gates --- */

static bool gate_identity(const struct question *q)
{
    return q->reader->active && q->mode >= 0 && (q->reader->modes >> q->mode & 1);
}

/* No clearance is needed for the unclassified level of any policy. */
static bool own_clearance(const struct question *q)
{
    return q->l->level == 0 || (q->l->level > 0 && q->reader->clearances[q->l->profile] >= q->l->level);
}

static bool gate_caveats(const struct question *q)
{
    return !q->l->caveat_unknown && set_within(&q->l->caveats, &q->reader->caveats);
}

static bool gate_time(struct question *q, bool exempt, bool as_part)
{
    const struct subject *s = q->subject;
    bool within = as_part || live(q, s->embargo_until, s->expires);
    return exempt || (within && !s->recalled);
}

/* G2, G4 and G6 hang together: for every owner one agreement must be in force, give the basis and, where the reader's
 * own clearance does not suffice, hold the equivalence. */
static void gates_of_agreements(struct question *q, struct verdict *v)
{
    const struct agreement *deciding = NULL;
    size_t owners = 0, in_force = 0, basis = 0, cleared = 0;
    for (int o = set_next(&q->l->owners, 0); o >= 0; o = set_next(&q->l->owners, o + 1)) {
        struct found f = look(q, (unsigned)o);
        owners++;
        in_force += f.in_force;
        basis += f.basis != NULL;
        cleared += f.cleared;
        deciding = deciding ? deciding : f.basis;
    }
    bool known = owners && !q->l->owner_unknown;
    v->gates[GATE_BASIS] = known && basis == owners;
    v->gates[GATE_AGREEMENT] = known && in_force == owners;
    v->gates[GATE_CLEARANCE] = q->cleared || (known && cleared == owners);
    if (!v->gates[GATE_BASIS])
        return;
    v->basis = q->basis != BASIS_NOTHING ? q->basis : BASIS_DEFAULT;
    v->agreement = deciding->id;
    v->article = deciding->article;
    if (v->basis == BASIS_GRANT) {
        v->grant = q->grant->id;
        v->no_onward = !q->grant->onward;
    }
    v->narrow = owners > 1 || q->subject->n_parts;
}

/* A partner whose information is inside must itself have an agreement with the reader's. */
static bool third_parties_agree(struct question *q)
{
    bool agreed = !q->l->fgi_unknown;
    for (int f = set_next(&q->l->fgi, 0); f >= 0; f = set_next(&q->l->fgi, f + 1))
        if ((unsigned)f != q->reader->partner && !set_has(&q->l->owners, (unsigned)f))
            agreed &= look(q, (unsigned)f).in_force;
    return (agreed || q->granted) && !q->l->fgi_concealed;
}

static void decide_at(const struct registry *reg, const struct reader *reader, const struct subject *subject,
                      instant now, unsigned depth, unsigned *left, struct verdict *ret);

/* The times of a part are its own, but its recall holds here too. */
static bool parts_permit(struct question *q, unsigned depth, unsigned *left)
{
    bool permit = true;
    for (size_t i = 0; i < q->subject->n_parts; i++) {
        struct verdict part;
        if (depth == PARTS_DEPTH_MAX)
            return false;
        if (*left == 0)
            return false;
        --*left;
        decide_at(q->reg, q->reader, q->subject->parts[i], q->now, depth + 1, left, &part);
        flips_at(q, part.valid_until);
        permit &= part.permit;
    }
    return permit;
}

static bool gate_onward(struct question *q, unsigned depth, unsigned *left)
{
    if (q->owner)
        return true;
    bool third = third_parties_agree(q), parts = parts_permit(q, depth, left);
    bool onward = !q->label->orcon || q->named || q->granted;
    return third && parts && onward;
}

/* Without an agreement there is no basis, and without a basis no equivalence: the cause comes before what follows. */
static enum gate first_cause(const struct verdict *v)
{
    static const enum gate order[] = {GATE_IDENTITY,  GATE_LABEL,   GATE_AGREEMENT, GATE_BASIS,
                                      GATE_CLEARANCE, GATE_CAVEATS, GATE_TIME,      GATE_ONWARD};
    for (size_t i = 0; i < GATE_COUNT; i++)
        if (!v->gates[order[i]])
            return order[i];
    return GATE_COUNT;
}

/* The label's numbers: those it came with if they are of this register, else made now in *own. */
static const struct label_resolved *numbers(const struct registry *reg, const struct label *l,
                                            struct label_resolved *own)
{
    if (l->resolved && mark_equal(l->resolved->mark, reg->mark))
        return l->resolved;
    label_resolve_into(reg, l, own);
    return own;
}

static struct question question(const struct registry *reg, const struct reader *reader, const struct subject *subject,
                                const struct label_resolved *l, instant now)
{
    struct question q = {.reg = reg,
                         .reader = reader,
                         .subject = subject,
                         .label = subject->label,
                         .l = l,
                         .now = now,
                         .flips = INSTANT_MAX,
                         .mode = data_mode_parse(subject->data_mode),
                         .type = codes_find(&reg->types, subject->type),
                         .owner = set_has(&l->owners, reader->partner),
                         .named = set_has(&l->rel, reader->partner)};
    q.cleared = own_clearance(&q);
    q.granted = has_grant(&q);
    return q;
}

static void decide_at(const struct registry *reg, const struct reader *reader, const struct subject *subject,
                      instant now, unsigned depth, unsigned *left, struct verdict *ret)
{
    struct label_resolved own;
    struct question q = question(reg, reader, subject, numbers(reg, subject->label, &own), now);
    struct verdict v = {.agreement = STR(""),
                        .article = STR(""),
                        .grant = STR(""),
                        .view_code = STR(""),
                        .shown = subject->label,
                        .time_exempt = q.owner && reader->exempt};
    v.gates[GATE_IDENTITY] = gate_identity(&q);
    v.gates[GATE_LABEL] = q.l->valid;
    v.gates[GATE_CAVEATS] = gate_caveats(&q);
    v.gates[GATE_TIME] = gate_time(&q, v.time_exempt, depth > 0);
    if (q.owner || public_label(&q)) {
        v.basis = q.owner ? BASIS_OWNER : BASIS_PUBLIC;
        v.gates[GATE_CLEARANCE] = q.cleared;
        v.gates[GATE_BASIS] = v.gates[GATE_AGREEMENT] = true;
    } else {
        q.basis = stated_basis(&q);
        gates_of_agreements(&q, &v);
    }
    v.gates[GATE_ONWARD] = gate_onward(&q, depth, left);
    v.denied_by = first_cause(&v);
    v.permit = v.denied_by == GATE_COUNT;
    v.valid_until = q.flips;
    *ret = v;
}

void decide(const struct registry *reg, const struct reader *reader, const struct subject *subject, instant now,
            struct verdict *ret)
{
    unsigned left = PARTS_VISITED_MAX;
    if (mark_equal(reader->mark, reg->mark))
        decide_at(reg, reader, subject, now, 0, &left, ret);
    else /* a reader of another register: its numbers mean nothing here */
        *ret = (struct verdict){.denied_by = GATE_IDENTITY,
                                .agreement = STR(""),
                                .article = STR(""),
                                .grant = STR(""),
                                .view_code = STR(""),
                                .shown = subject->label,
                                .valid_until = INSTANT_MAX};
}
