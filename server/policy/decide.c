/* The decision. One function a gate; ARCHITECTURE.md, "The gate", says what each means. */
#include "question.h"

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

/* --- what the label says of the reader's partner --- */

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
    bool stated = q->label->mode == RELEASE_REL && !q->label->relido && !q->barred;
    if (stated && rel)
        return BASIS_REL;
    return stated && display && q->reader->display ? BASIS_DISPLAY : BASIS_NOTHING;
}

/* --- the gates --- */

static bool gate_identity(const struct question *q)
{
    return q->reader->active && q->mode >= 0 && (q->reader->modes >> q->mode & 1);
}

/* No clearance is needed for the unclassified level of any policy, nor for those that its scheme opens to all. */
static bool clears(const struct reader *reader, const struct label_resolved *l)
{
    return l->open || (l->level > 0 && reader->clearances[l->profile] >= l->level);
}

static bool holds_caveats(const struct reader *reader, const struct label_resolved *l)
{
    return !l->caveat_unknown && !l->caveat_unheld && set_within(&l->caveats, &reader->caveats);
}

/* A part's times are its own, but its recall holds for what was derived from it, too. */
static bool gate_time(struct question *q, bool exempt)
{
    const struct subject *s = q->subject;
    bool within = q->through || live(q, s->embargo_until, s->expires);
    return exempt || (within && !s->recalled);
}

/* A partner whose information is inside must itself have an agreement with the reader's, or have granted it. */
static bool third_parties_agree(struct question *q)
{
    bool agreed = !q->l->fgi_unknown;
    for (int f = set_next(&q->l->fgi, 0); f >= 0; f = set_next(&q->l->fgi, f + 1))
        if ((unsigned)f != q->reader->partner && !set_has(&q->l->owners, (unsigned)f))
            agreed &= third_party_agrees(q, (unsigned)f);
    return agreed && !q->l->fgi_concealed;
}

/* What the records say that this one was derived from. */
struct parts {
    bool permit;
    struct set views; /* those that all parts of the record's type may be shown in */
};

static bool gate_onward(struct question *q, const struct parts *parts)
{
    if (q->owner)
        return true;
    bool third = third_parties_agree(q);
    bool onward = !q->label->orcon || q->named || set_within(&q->l->owners, &q->granted);
    return third && parts->permit && onward;
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

/* --- one label --- */

/* The label's numbers: those it came with if they are of this register, else made now in *own. */
static const struct label_resolved *numbers(const struct registry *reg, const struct label *l,
                                            struct label_resolved *own)
{
    if (l->resolved && mark_equal(l->resolved->mark, reg->mark))
        return l->resolved;
    label_resolve_into(reg, l, own);
    return own;
}

/* Turns to a label: that of the record itself or of one of its release views. */
static void ask_of(struct question *q, const struct label *label, const struct label_resolved *l)
{
    q->label = label;
    q->l = l;
    q->owner = set_has(&l->owners, q->reader->partner);
    q->named = set_has(&l->rel, q->reader->partner);
    q->cleared = clears(q->reader, l);
    q->barred = label->mode == RELEASE_NOFORN || set_has(&l->except, q->reader->partner);
    q->stated = q->owner ? BASIS_NOTHING : stated_basis(q);
}

static struct verdict nothing(const struct label *label)
{
    return (struct verdict){.denied_by = GATE_IDENTITY,
                            .agreement = STR(""),
                            .article = STR(""),
                            .grant = STR(""),
                            .view_code = STR(""),
                            .shown = label,
                            .valid_until = INSTANT_MAX};
}

static void show(const struct registry *reg, unsigned view, struct verdict *v)
{
    v->view = view;
    v->view_code = view ? reg->view_codes.v[view - 1] : STR("");
}

/* All views that the record can be shown in. */
static struct set defined_views(const struct question *q)
{
    static const struct set full = {{1}};
    return q->type >= 0 ? q->reg->type_views[q->type] : full;
}

/* All gates, for q's label. within: the views that show no more than what it is the label of, NULL: of the whole
 * record. Returns the rank of the agreement that decides. */
static unsigned judge(struct question *q, const struct parts *parts, const struct set *within, struct verdict *v)
{
    bool by_agreement = !q->owner && !public_label(q);
    struct set views = defined_views(q);
    unsigned rank = 0;
    *v = nothing(q->label);
    v->time_exempt = q->owner && q->reader->exempt;
    v->gates[GATE_IDENTITY] = gate_identity(q);
    v->gates[GATE_LABEL] = q->l->valid;
    v->gates[GATE_CAVEATS] = holds_caveats(q->reader, q->l);
    v->gates[GATE_TIME] = gate_time(q, v->time_exempt);
    if (within)
        set_meet(&views, within);
    if (by_agreement) {
        gates_of_agreements(q, &views, v);
    } else {
        v->basis = q->owner ? BASIS_OWNER : BASIS_PUBLIC;
        v->gates[GATE_CLEARANCE] = q->cleared;
        v->gates[GATE_AGREEMENT] = true;
        v->gates[GATE_BASIS] = !set_empty(&views);
    }
    q->allowed = views;
    set_meet(&q->allowed, &parts->views);
    v->gates[GATE_ONWARD] = gate_onward(q, parts) && (set_empty(&views) || !set_empty(&q->allowed));
    v->denied_by = first_cause(v);
    v->permit = v->denied_by == GATE_COUNT;
    if (!v->gates[GATE_BASIS])
        return 0;
    unsigned view = best_view(q, set_empty(&q->allowed) ? &views : &q->allowed);
    if (by_agreement) {
        rank = cite(q, view, v);
        v->narrow = set_next(&q->l->owners, set_next(&q->l->owners, 0) + 1) >= 0 || q->subject->n_parts;
    }
    if (v->permit)
        show(q->reg, view, v);
    return rank;
}

/* --- release views: what the originator labelled apart --- */

static bool less_than_another(const struct registry *reg, const struct verdict *v, size_t n, size_t i)
{
    for (size_t k = 0; k < n; k++)
        if (v[k].view != v[i].view && registry_view_within(reg, v[i].view, v[k].view))
            return true;
    return false;
}

/* Of those that pass every gate the least reduced; among several the one that the first agreement gives. */
static void try_release_views(struct question *q, const struct parts *parts, struct verdict *ret)
{
    const struct label *whole = q->label;
    const struct label_resolved *l = q->l;
    struct verdict v[RELEASE_VIEWS_MAX];
    unsigned ranks[RELEASE_VIEWS_MAX];
    size_t n = 0, best = 0;
    for (size_t i = 0; i < whole->n_release_views && i < RELEASE_VIEWS_MAX; i++) {
        struct label_resolved own;
        int view = registry_view(q->reg, whole->release_views[i].view);
        if (view < 0)
            continue;
        ask_of(q, whole->release_views[i].label, numbers(q->reg, whole->release_views[i].label, &own));
        ranks[n] = judge(q, parts, &q->reg->view_below[view], &v[n]);
        n += v[n].permit;
    }
    ask_of(q, whole, l);
    for (size_t i = 1; i < n; i++)
        if (less_than_another(q->reg, v, n, best) || (ranks[i] < ranks[best] && !less_than_another(q->reg, v, n, i)))
            best = i;
    if (!n)
        return;
    *ret = v[best];
    ret->release_view = true;
}

/* --- duty to warn --- */

/* warn/OWNER/TYPE/PARTNER/OBJECT: an object's name has no slash. */
static bool is_warning(struct str id, struct str owner, struct str type, struct str partner, struct str *ret_object)
{
    const struct str parts[] = {STR("warn/"), owner, STR("/"), type, STR("/"), partner, STR("/")};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (id.n < parts[i].n || memcmp(id.p, parts[i].p, parts[i].n) != 0)
            return false;
        id = (struct str){id.p + parts[i].n, id.n - parts[i].n};
    }
    *ret_object = id;
    return true;
}

static const struct warning *rule_of(const struct partner *owner, int type)
{
    for (size_t i = 0; i < owner->n_warnings; i++)
        if (owner->warnings[i].type == type)
            return &owner->warnings[i];
    return NULL;
}

/* Whether the id is that of a warning by the rule to who operates its object, as long as that is registered by
 * somebody whom the rule trusts. */
static bool warns(const struct question *q, const struct warning_rule *rule, struct str id)
{
    struct str object;
    if (!is_warning(id, rule->owner, rule->type, q->reader->code, &object))
        return false;
    const struct operator_entry *accepted;
    size_t n = registry_operates(q->reg, object, q->reader->code, &accepted);
    for (size_t i = 0; i < n; i++)
        if (warning_trusts(rule, &accepted[i]))
            return true;
    return false;
}

/* The standing rule of the record's only owner. */
static const struct warning *warning_to(const struct question *q, struct str *ret_id)
{
    int owner = set_next(&q->l->owners, 0);
    if (!q->subject->n_grants || owner < 0 || q->owner || q->l->owner_unknown ||
        set_next(&q->l->owners, owner + 1) >= 0)
        return NULL;
    const struct warning *w = rule_of(&q->reg->partners[owner], q->type);
    for (size_t i = 0; w && i < q->subject->n_grants; i++) {
        if (!warns(q, w->entry, q->subject->grants[i]))
            continue;
        *ret_id = q->subject->grants[i];
        return w;
    }
    return NULL;
}

/* What others have a say in goes to nobody by one owner's rule, which stands for its own grant (ORCON). */
static bool may_go_on(struct question *q, const struct parts *parts, unsigned view)
{
    return third_parties_agree(q) && parts->permit && set_has(&parts->views, view);
}

/* The reader must be cleared for the warning, not for what it warns of. */
static void warn(struct question *q, const struct parts *parts, struct verdict *ret)
{
    struct str id;
    const struct warning *w = warning_to(q, &id);
    if (!w || !ret->gates[GATE_IDENTITY] || !ret->gates[GATE_LABEL] || !ret->gates[GATE_TIME] ||
        !may_go_on(q, parts, w->view) || !clears(q->reader, w->label->resolved) ||
        !holds_caveats(q->reader, w->label->resolved))
        return;
    *ret = nothing(w->label);
    for (int g = 0; g < GATE_COUNT; g++)
        ret->gates[g] = true;
    ret->permit = true;
    ret->denied_by = GATE_COUNT;
    ret->basis = BASIS_WARN;
    ret->grant = id;
    ret->no_onward = true;
    show(q->reg, w->view, ret);
}

/* --- the whole --- */

static void decide_at(const struct registry *reg, const struct reader *reader, const struct subject *subject,
                      instant now, const struct set *through, unsigned depth, unsigned *left, struct set *ret_allowed,
                      struct verdict *ret);

/* A part must be permitted as it was posted: what is shown of it in a release view or to warn is not what the record
 * was derived from. */
static struct parts look_at_parts(struct question *q, unsigned depth, unsigned *left)
{
    struct parts p = {true, {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}}};
    struct set through = q->l->owners;
    if (q->through)
        set_join(&through, q->through);
    for (size_t i = 0; i < q->subject->n_parts && !q->owner; i++) {
        struct verdict part;
        struct set allowed;
        if (depth == PARTS_DEPTH_MAX || *left == 0)
            p.permit = false;
        if (!p.permit)
            return p;
        --*left;
        decide_at(q->reg, q->reader, q->subject->parts[i], q->now, &through, depth + 1, left, &allowed, &part);
        flips_at(q, part.valid_until);
        p.permit &= part.permit;
        if (str_eq(q->subject->parts[i]->type, q->subject->type))
            set_meet(&p.views, &allowed);
    }
    return p;
}

static void decide_at(const struct registry *reg, const struct reader *reader, const struct subject *subject,
                      instant now, const struct set *through, unsigned depth, unsigned *left, struct set *ret_allowed,
                      struct verdict *ret)
{
    struct label_resolved own;
    struct question q = {.reg = reg,
                         .reader = reader,
                         .subject = subject,
                         .through = through,
                         .now = now,
                         .flips = INSTANT_MAX,
                         .mode = data_mode_parse(subject->data_mode),
                         .type = codes_find(&reg->types, subject->type)};
    find_grants(&q);
    ask_of(&q, subject->label, numbers(reg, subject->label, &own));
    struct parts parts = look_at_parts(&q, depth, left);
    judge(&q, &parts, NULL, ret);
    *ret_allowed = q.allowed;
    if (!ret->permit && !through) {
        try_release_views(&q, &parts, ret);
        if (!ret->permit)
            warn(&q, &parts, ret);
    }
    ret->valid_until = q.flips;
}

void decide(const struct registry *reg, const struct reader *reader, const struct subject *subject, instant now,
            struct verdict *ret)
{
    unsigned left = PARTS_VISITED_MAX;
    struct set allowed;
    if (mark_equal(reader->mark, reg->mark))
        decide_at(reg, reader, subject, now, NULL, 0, &left, &allowed, ret);
    else /* a reader of another register: its numbers mean nothing here */
        *ret = nothing(subject->label);
}
