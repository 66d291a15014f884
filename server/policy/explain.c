#include "explain.h"

#include "marking.h"
#include "registry_data.h"

struct explanation {
    const struct registry *reg;
    const struct reader *reader;
    const struct subject *subject;
    const struct label *label;
    struct label_resolved l;
    const struct verdict *v;
    instant now;
    struct str told;
    int64_t time_width; /* of the record's own times, as the view shows them */
    struct buf *out;
    struct buf text;
    bool own;   /* the reader is of the partner that is told */
    bool owner; /* the partner that is told owns the record */
    bool first; /* input of the gate */
    int type;
};

/* --- pieces --- */

static void add_input(struct explanation *e)
{
    if (!e->first)
        buf_char(e->out, ',');
    e->first = false;
    buf_json_str(e->out, buf_view(&e->text));
}

#define SAY(e, ...)                                                                                                    \
    do {                                                                                                               \
        buf_clear(&(e)->text);                                                                                         \
        buf_printf(&(e)->text, __VA_ARGS__);                                                                           \
        add_input(e);                                                                                                  \
    } while (0)

static void gate_begin(struct explanation *e, enum gate g, const char *rule)
{
    buf_printf(e->out, "%s{\"gate\":\"%s\",\"passed\":%s,\"rule\":", g ? "," : "", gate_name(g),
               e->v->gates[g] ? "true" : "false");
    buf_json_str(e->out, str_of(rule));
    buf_z(e->out, ",\"inputs\":[");
    e->first = true;
}

static void gate_end(struct explanation *e)
{
    buf_z(e->out, "]}");
}

static void add_codes(struct buf *out, const struct codes *codes)
{
    for (size_t i = 0; i < codes->n; i++) {
        buf_z(out, i ? ", " : "");
        buf_str(out, codes->v[i]);
    }
}

/* "what: A, B" */
static void say_codes(struct explanation *e, const char *what, const struct codes *codes)
{
    buf_clear(&e->text);
    buf_z(&e->text, what);
    add_codes(&e->text, codes);
    add_input(e);
}

static struct str level_name(const struct registry *reg, int profile, int level)
{
    if (profile < 0 || level < 0)
        return STR("a level that is not registered");
    return reg->profiles[profile].levels[level].banner;
}

static struct str policy_name(const struct registry *reg, int profile)
{
    return reg->profiles[profile].policy;
}

static bool is_party(const struct registry *reg, const struct agreement *a, struct str partner)
{
    int p = codes_find(&reg->partner_codes, partner);
    return p >= 0 && (set_has(&a->providers, (unsigned)p) || set_has(&a->recipients, (unsigned)p));
}

bool explain_may_name(const struct registry *reg, struct str agreement, struct str partner)
{
    const struct agreement *a = registry_agreement(reg, agreement);
    return a && is_party(reg, a, partner);
}

/* --- agreements --- */

/* Why the agreement does not reach the record, NULL if it does: as G6 of decide.c, in the order in which it is asked.
 */
static const char *out_of_scope(const struct explanation *e, const struct agreement *a)
{
    int mode = data_mode_parse(e->subject->data_mode);
    if (a->status != AGREEMENT_IN_FORCE)
        return a->status == AGREEMENT_SUSPENDED ? "is suspended" : "is terminated";
    if (e->now < a->term.from)
        return "has not begun";
    if (e->now >= a->term.until)
        return "has ended";
    if (agreement_view(a, e->type) < 0)
        return "does not cover the type";
    if (mode < 0 || !(a->modes >> mode & 1))
        return "does not cover the data mode";
    if (e->l.profile < 0 || e->l.level < 0 || e->l.level > a->highest[e->l.profile])
        return "does not reach the level";
    if (e->subject->ingested_at < a->term.opening)
        return "does not reach back to when the record was posted";
    return NULL;
}

/* "agreement X (reference, article 3.1, version 2)" */
static void name_agreement(struct explanation *e, const struct agreement *a)
{
    buf_clear(&e->text);
    buf_printf(&e->text, "agreement %.*s (%.*s", STR_ARG(a->id), STR_ARG(a->reference));
    if (a->article.n)
        buf_printf(&e->text, "%sarticle %.*s", a->reference.n ? ", " : "", STR_ARG(a->article));
    buf_printf(&e->text, ", version %lld)", (long long)a->version);
}

/* Calls each(e, a) for the agreements by which the owner provides to the reader's partner and that may be named; of
 * those that may not it is only said that there are any: how many is their parties' business, too. */
static void each_agreement(struct explanation *e, unsigned owner,
                           void (*each)(struct explanation *e, const struct agreement *a))
{
    const struct partner *p = &e->reg->partners[e->reader->partner];
    bool found = false, unnamed = false;
    for (size_t i = 0; i < p->n_received; i++) {
        if (!set_has(&p->received[i]->providers, owner))
            continue;
        found = true;
        if (is_party(e->reg, p->received[i], e->told))
            each(e, p->received[i]);
        else
            unnamed = true;
    }
    if (unnamed)
        SAY(e, "between %.*s and %.*s there is an agreement or more, whose terms are their parties' business",
            STR_ARG(e->reg->partner_codes.v[owner]), STR_ARG(e->reader->code));
    if (!found)
        SAY(e, "no agreement makes %.*s a provider and %.*s a recipient", STR_ARG(e->reg->partner_codes.v[owner]),
            STR_ARG(e->reader->code));
}

static void add_view(struct explanation *e, unsigned view)
{
    if (view)
        buf_printf(&e->text, "view %.*s", STR_ARG(e->reg->view_codes.v[view - 1]));
    else
        buf_z(&e->text, "full");
}

static void say_scope(struct explanation *e, const struct agreement *a)
{
    const char *why = out_of_scope(e, a);
    name_agreement(e, a);
    buf_printf(&e->text, " %s",
               why ? why : "is in force and covers type, data mode and level; it shows the record in ");
    if (!why)
        add_view(e, (unsigned)agreement_view(a, e->type));
    add_input(e);
}

/* Of a partner whose information is in another's record. */
static void say_third_party(struct explanation *e, const struct agreement *a)
{
    if (out_of_scope(e, a) || !a->third_party_forbidden) {
        say_scope(e, a);
        return;
    }
    name_agreement(e, a);
    buf_z(&e->text, " forbids that its information be passed on by others");
    add_input(e);
}

static void say_default(struct explanation *e, const struct agreement *a)
{
    int most = e->l.profile < 0 ? NO_LEVEL : a->by_default[e->l.profile];
    if (out_of_scope(e, a))
        return;
    name_agreement(e, a);
    if (most == NO_LEVEL)
        buf_z(&e->text, " releases nothing of this policy by default");
    else
        buf_printf(&e->text, " releases by default up to %.*s", STR_ARG(level_name(e->reg, e->l.profile, most)));
    add_input(e);
}

static void say_equivalence(struct explanation *e, const struct agreement *a)
{
    for (size_t i = 0; !out_of_scope(e, a) && i < a->n_equivalences; i++) {
        const struct equivalence *q = &a->equivalences[i];
        if (q->profile != e->l.profile || q->level != e->l.level)
            continue;
        name_agreement(e, a);
        buf_printf(&e->text, " takes %.*s of %.*s for it", STR_ARG(level_name(e->reg, q->as_profile, q->as_level)),
                   STR_ARG(policy_name(e->reg, q->as_profile)));
        add_input(e);
    }
}

static void each_owner(struct explanation *e, void (*each)(struct explanation *e, const struct agreement *a))
{
    for (int o = set_next(&e->l.owners, 0); o >= 0; o = set_next(&e->l.owners, o + 1))
        each_agreement(e, (unsigned)o, each);
}

/* Basis that needs no agreement, and so no look at any. */
static bool stands_alone(const struct explanation *e)
{
    return e->v->basis == BASIS_OWNER || e->v->basis == BASIS_PUBLIC;
}

/* --- the gates --- */

static void explain_identity(struct explanation *e)
{
    gate_begin(e, GATE_IDENTITY, "The reader is a registered and active principal and holds the record's data mode.");
    SAY(e, "data mode of the record: %.*s", STR_ARG(e->subject->data_mode));
    if (e->own) {
        buf_clear(&e->text);
        buf_printf(&e->text, "the reader is %s and holds", e->reader->active ? "active" : "not active");
        for (int m = 0; m < MODE_COUNT; m++)
            if (e->reader->modes >> m & 1)
                buf_printf(&e->text, " %s", data_mode_name((enum data_mode)m));
        add_input(e);
    }
    gate_end(e);
}

static void explain_label(struct explanation *e)
{
    gate_begin(e, GATE_LABEL, "The policy, the level and every code of the label are registered.");
    SAY(e, "policy %.*s, level %.*s", STR_ARG(e->label->policy),
        STR_ARG(e->l.level >= 0 ? level_name(e->reg, e->l.profile, e->l.level) : e->label->level));
    say_codes(e, "owners: ", &e->label->owners);
    if (!e->l.valid)
        SAY(e, "a policy, level, partner, community or caveat that it names is not registered");
    gate_end(e);
}

static void explain_clearance(struct explanation *e)
{
    gate_begin(e, GATE_CLEARANCE,
               "The reader is cleared for the level in the policy of the label, or for a level that the deciding "
               "agreement takes for it. Nobody needs a clearance for the lowest level.");
    SAY(e, "level needed: %.*s of %.*s", STR_ARG(level_name(e->reg, e->l.profile, e->l.level)),
        STR_ARG(e->label->policy));
    for (int p = 0; e->own && p < (int)e->reg->policies.n; p++)
        if (e->reader->clearances[p] > 0)
            SAY(e, "clearance held: %.*s of %.*s", STR_ARG(level_name(e->reg, p, e->reader->clearances[p])),
                STR_ARG(policy_name(e->reg, p)));
    if (e->v->basis == BASIS_WARN)
        SAY(e, "a warning asks for what its own marking says, not for what it warns of");
    else if (!stands_alone(e) && e->l.level > 0)
        each_owner(e, say_equivalence);
    gate_end(e);
}

static void explain_caveats(struct explanation *e)
{
    gate_begin(e, GATE_CAVEATS, "The reader holds every caveat of the label.");
    if (!e->label->caveats.n)
        SAY(e, "the label has no caveat");
    else
        say_codes(e, "caveats: ", &e->label->caveats);
    for (size_t i = 0; e->own && i < e->label->caveats.n; i++) {
        int c = codes_find(&e->reg->caveats, e->label->caveats.v[i]);
        if (c < 0 || !set_has(&e->reader->caveats, (unsigned)c))
            SAY(e, "not held: %.*s", STR_ARG(e->label->caveats.v[i]));
    }
    gate_end(e);
}

static void say_membership(struct explanation *e, const struct codes *named)
{
    const struct partner *p = &e->reg->partners[e->reader->partner];
    for (size_t i = 0; i < p->n_memberships; i++) {
        const struct membership *m = p->memberships[i];
        char text[INSTANT_TEXT + 1];
        struct str code = e->reg->community_codes.v[m->community];
        if (!codes_has(named, code))
            continue;
        buf_clear(&e->text);
        buf_printf(&e->text, "%.*s is a member of %.*s from %s", STR_ARG(e->reader->code), STR_ARG(code),
                   instant_text(m->term.from, text));
        if (m->term.until != INSTANT_MAX)
            buf_printf(&e->text, " until %s", instant_text(m->term.until, text));
        if (e->subject->ingested_at < m->term.opening)
            buf_z(&e->text, ", which does not reach back to when the record was posted");
        add_input(e);
    }
}

static void say_named(struct explanation *e, const char *what, const struct codes *named)
{
    if (!named->n)
        return;
    say_codes(e, what, named);
    if (codes_has(named, e->reader->code))
        SAY(e, "%.*s is named itself", STR_ARG(e->reader->code));
    say_membership(e, named);
}

static void say_grants(struct explanation *e)
{
    for (size_t i = 0; i < e->subject->n_grants; i++) {
        const struct grant_entry *g = registry_grant(e->reg, e->subject->grants[i]);
        char text[INSTANT_TEXT + 1];
        if (!g || !str_eq(g->recipient, e->reader->code))
            continue;
        buf_clear(&e->text);
        buf_printf(&e->text, "grant %.*s by %.*s from %s", STR_ARG(g->id), STR_ARG(g->owner),
                   instant_text(g->from, text));
        buf_printf(&e->text, " until %s%s, in ", instant_text(g->until, text),
                   g->onward ? "" : ", not to be passed on");
        add_view(e, g->view.n ? (unsigned)registry_view(e->reg, g->view) : 0);
        if (e->now < g->from || e->now >= g->until)
            buf_z(&e->text, ": not in its time");
        add_input(e);
    }
}

static void say_marking(struct explanation *e)
{
    static const char *const modes[] = {[RELEASE_NONE] = "no dissemination marking",
                                        [RELEASE_REL] = "marked for release",
                                        [RELEASE_NOFORN] = "marked NOFORN: for its owners only",
                                        [RELEASE_PUBLIC] = "marked public"};
    SAY(e, "%s", modes[e->label->mode]);
    if (e->label->relido)
        SAY(e, "RELIDO: only a grant releases it");
    say_named(e, "REL TO ", &e->label->rel);
    say_named(e, "DISPLAY ONLY ", &e->label->display);
    if (e->label->except.n && (e->owner || codes_has(&e->label->except, e->told)))
        say_codes(e, "kept out: ", &e->label->except);
}

static void explain_basis(struct explanation *e)
{
    gate_begin(e, GATE_BASIS,
               "The reader's partner owns the record, or the label is public; or for every owner an agreement in force "
               "gives one of: release as marked, a grant, display only, release by default, and there is a view that "
               "all owners "
               "allow; or the owner's standing rule warns the operator of an affected object.");
    if (e->v->basis == BASIS_OWNER)
        SAY(e, "%.*s is an owner", STR_ARG(e->reader->code));
    else
        say_marking(e);
    say_grants(e);
    if (e->v->basis == BASIS_WARN)
        SAY(e,
            "standing rule %.*s: %.*s is a registered operator of this object of the record, by whom the rule trusts",
            STR_ARG(e->v->grant), STR_ARG(e->reader->code));
    else if (!stands_alone(e) && e->label->mode == RELEASE_NONE)
        each_owner(e, say_default);
    if (e->v->permit) {
        buf_clear(&e->text);
        buf_z(&e->text,
              e->v->release_view ? "shown in a release view that the originator marked itself: " : "shown in ");
        add_view(e, e->v->view);
        add_input(e);
    }
    gate_end(e);
}

static void say_time(struct explanation *e, const char *what, instant t)
{
    char text[INSTANT_TEXT + 1];
    SAY(e, "%s %s", what, instant_text(e->time_width ? instant_floor(t, e->time_width) : t, text));
}

static void explain_time(struct explanation *e)
{
    char text[INSTANT_TEXT + 1];
    gate_begin(e, GATE_TIME,
               "Now is not before the end of an embargo and before the expiry, and the record was not recalled. An "
               "owner's disclosure officer and auditor are exempt.");
    SAY(e, "now: %s", instant_text(e->now, text));
    if (e->subject->embargo_until != INSTANT_MIN)
        say_time(e, "embargo until", e->subject->embargo_until);
    if (e->subject->expires != INSTANT_MAX)
        say_time(e, "expires at", e->subject->expires);
    SAY(e, "%s", e->subject->recalled ? "recalled" : "not recalled");
    if (e->v->time_exempt)
        SAY(e, "the reader is exempt");
    gate_end(e);
}

static void explain_agreement(struct explanation *e)
{
    gate_begin(e, GATE_AGREEMENT,
               "For every owner an agreement is in force by which the owner provides to the reader's partner, and it "
               "covers the record's type, data mode, level and time of posting.");
    if (stands_alone(e))
        SAY(e, "none is needed: %s", e->v->basis == BASIS_OWNER ? "the reader's partner is an owner" : "public");
    else if (e->v->basis == BASIS_WARN)
        SAY(e, "none is needed for a warning: the owner's standing rule is its basis");
    else
        each_owner(e, say_scope);
    gate_end(e);
}

static void say_third_parties(struct explanation *e)
{
    for (int f = set_next(&e->l.fgi, 0); f >= 0; f = set_next(&e->l.fgi, f + 1)) {
        if (set_has(&e->l.owners, (unsigned)f) || f == e->reader->partner)
            continue;
        SAY(e, "information of %.*s is inside", STR_ARG(e->reg->partner_codes.v[f]));
        each_agreement(e, (unsigned)f, say_third_party);
    }
    if (e->l.fgi_concealed)
        SAY(e, "information of a source that is not named is inside");
}

/* What is shown is the warning's label, but G7 was asked of the record's, which is for owners to read. */
static void say_warned_onward(struct explanation *e)
{
    const struct label_resolved shown = e->l;
    SAY(e, "a warning: the owner's standing rule stands for its grant");
    if (!e->owner)
        return;
    label_resolve_into(e->reg, e->subject->label, &e->l);
    say_third_parties(e);
    e->l = shown;
}

static void explain_onward(struct explanation *e)
{
    gate_begin(
        e, GATE_ONWARD,
        "ORCON: only whom REL TO names itself, or a grant. What holds another partner's information, or was derived "
        "from other records, needs that partner's agreement and each record's own release as well.");
    if (e->v->basis == BASIS_OWNER) {
        SAY(e, "%.*s is an owner", STR_ARG(e->reader->code));
    } else {
        if (e->v->basis == BASIS_WARN) {
            say_warned_onward(e);
        } else {
            SAY(e, "%s", e->label->orcon ? "ORCON" : "not ORCON");
            say_third_parties(e);
        }
        if (e->subject->n_parts && e->owner) /* as a record tells it to owners only */
            SAY(e, "derived from other records");
    }
    gate_end(e);
}

void explain_gates(const struct registry *reg, const struct reader *reader, const struct subject *subject,
                   const struct verdict *v, instant now, struct str told, int64_t time_width, struct buf *out)
{
    struct explanation e = {.reg = reg,
                            .reader = reader,
                            .subject = subject,
                            .label = v->shown,
                            .v = v,
                            .now = now,
                            .told = told,
                            .time_width = time_width,
                            .out = out,
                            .own = str_eq(reader->code, told),
                            .owner = codes_has(&subject->label->owners, told),
                            .type = codes_find(&reg->types, subject->type)};
    static void (*const gates[GATE_COUNT])(struct explanation *) = {
        [GATE_IDENTITY] = explain_identity,   [GATE_LABEL] = explain_label,  [GATE_CLEARANCE] = explain_clearance,
        [GATE_CAVEATS] = explain_caveats,     [GATE_BASIS] = explain_basis,  [GATE_TIME] = explain_time,
        [GATE_AGREEMENT] = explain_agreement, [GATE_ONWARD] = explain_onward};
    label_resolve_into(reg, e.label, &e.l);
    buf_char(out, '[');
    for (int g = 0; g < GATE_COUNT; g++)
        gates[g](&e);
    buf_char(out, ']');
    buf_free(&e.text);
}
