#include "proposal.h"

#include "registry_data.h"

#include <jansson.h>
#include <stdlib.h>

/* --- what differs --- */

static int entry_order(const struct register_entry *a, const struct register_entry *b)
{
    int c = str_cmp(a->kind, b->kind);
    return c ? c : str_cmp(a->key, b->key);
}

size_t registry_changes(const struct registry *old, const struct registry *next, struct arena *arena,
                        const struct register_change **ret)
{
    size_t i = 0, k = 0, n = 0;
    struct register_change *v = arena_array(arena, old->n_entries + next->n_entries, sizeof *v);
    while (i < old->n_entries || k < next->n_entries) {
        int c = i == old->n_entries ? 1 : k == next->n_entries ? -1 : entry_order(&old->entries[i], &next->entries[k]);
        struct register_change change = {c <= 0 ? &old->entries[i] : NULL, c >= 0 ? &next->entries[k] : NULL};
        i += c <= 0;
        k += c >= 0;
        if (c != 0 || !str_eq(change.old->json, change.next->json))
            v[n++] = change;
    }
    *ret = v;
    return n;
}

/* --- lists of partners --- */

struct names {
    struct arena *arena;
    struct str *v;
    size_t n;
};

/* At most REGISTRY_CODES_MAX partners are in either registry. */
static void add_name(struct names *list, struct str code)
{
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->v[i], code))
            return;
    if (!list->v)
        list->v = arena_array(list->arena, 2 * REGISTRY_CODES_MAX, sizeof *list->v);
    list->v[list->n++] = arena_str(list->arena, code);
}

static void add_set(struct names *list, const struct registry *reg, const struct set *partners)
{
    for (int i = set_next(partners, 0); i >= 0; i = set_next(partners, i + 1))
        add_name(list, reg->partner_codes.v[i]);
}

static void add_members(struct names *list, const struct registry *reg, struct str community)
{
    int c = codes_find(&reg->community_codes, community);
    for (size_t i = 0; c >= 0 && i < reg->communities[c].n_members; i++)
        add_name(list, reg->partner_codes.v[reg->communities[c].members[i].partner]);
}

/* Who may have let this partner see something: an owner's agreement is needed for whatever is not its own. Times do not
 * count, as what is not in force today may be tomorrow. */
static void add_providers_to(struct names *list, const struct registry *reg, struct str recipient)
{
    int p = codes_find(&reg->partner_codes, recipient);
    for (size_t i = 0; p >= 0 && i < reg->partners[p].n_received; i++)
        if (reg->partners[p].received[i]->status != AGREEMENT_TERMINATED)
            add_set(list, reg, &reg->partners[p].received[i]->providers);
}

static bool has_name(const struct names *list, struct str code)
{
    const struct codes codes = {list->n, list->v};
    return codes_has(&codes, code);
}

static struct codes sorted(const struct names *list)
{
    struct str twice;
    codes_sort(list->v, list->n, &twice);
    return (struct codes){list->n, list->v};
}

/* --- one entry each --- */

/* Who is asked because it may release to `subject`; "" if nobody is to know why. */
struct discreet {
    struct str partner, subject;
};

struct judging {
    const struct registry *old, *next;
    struct str partner; /* who proposes */
    const struct codes *named_views;
    struct names needs, parties; /* needs: who is asked for what everybody knows */
    struct discreet *discreet;
    size_t n_discreet, discreet_room;
    bool for_others; /* acts for more than the proposer: not even what narrows is done without the others */
    struct fault *fault;
};

static int not_yours(struct fault *fault)
{
    return fault_set(fault, ERR_FORBIDDEN, "", "nobody acts for another partner");
}

static void add_discreet(struct judging *j, struct str partner, struct str subject)
{
    struct arena *arena = j->needs.arena;
    if (j->n_discreet == j->discreet_room) {
        struct discreet *more = arena_array(arena, j->discreet_room = 2 * j->discreet_room + 16, sizeof *more);
        if (j->n_discreet)
            memcpy(more, j->discreet, j->n_discreet * sizeof *more);
        j->discreet = more;
    }
    j->discreet[j->n_discreet++] = (struct discreet){arena_str(arena, partner), arena_str(arena, subject)};
}

static int discreet_order(const void *a, const void *b)
{
    const struct discreet *x = a, *y = b;
    int c = str_cmp(x->partner, y->partner);
    return c ? c : str_cmp(x->subject, y->subject);
}

/* Without those who are asked openly, too, who then are all in `needs`. */
static void settle_discreet(struct judging *j, struct judgement *ret)
{
    struct str *partners = arena_array(j->needs.arena, j->n_discreet, sizeof *partners);
    struct str *subjects = arena_array(j->needs.arena, j->n_discreet, sizeof *subjects);
    struct discreet *v = j->discreet;
    size_t n = 0;
    if (j->n_discreet > 1)
        qsort(v, j->n_discreet, sizeof *v, discreet_order);
    for (size_t i = 0; i < j->n_discreet; i++) {
        if (has_name(&j->needs, v[i].partner) || (i && discreet_order(&v[i], &v[i - 1]) == 0))
            continue;
        partners[n] = v[i].partner;
        subjects[n++] = v[i].subject;
    }
    for (size_t i = 0; i < n; i++)
        add_name(&j->needs, partners[i]);
    ret->discreet = (struct codes){n, partners};
    ret->subjects = (struct codes){n, subjects};
}

/* An owner that has an agreement with the subject is asked, whoever else is. */
static void ask_providers_of(struct judging *j, struct str subject)
{
    struct names providers = {.arena = j->needs.arena};
    add_providers_to(&providers, j->old, subject);
    add_providers_to(&providers, j->next, subject);
    for (size_t i = 0; i < providers.n; i++)
        add_discreet(j, providers.v[i], subject);
}

static bool names_partner(const struct registry *reg, const struct set *set, struct str partner)
{
    int p = codes_find(&reg->partner_codes, partner);
    return p >= 0 && set_has(set, (unsigned)p);
}

static json_t *without(struct str json, const char *const *members)
{
    json_t *v = json_loadb(json.p, json.n, 0, NULL);
    for (; *members; members++)
        json_object_del(v, *members);
    return v;
}

/* The new version differs by the proposer's absence among the recipients and nothing else. */
static bool only_leaves(const struct judging *j, const struct register_change *c, const struct agreement *a,
                        const struct agreement *b)
{
    static const char *const own[] = {"recipients", "version", NULL};
    json_auto_t *before = without(c->old->json, own), *after = without(c->next->json, own);
    struct names left = {.arena = j->needs.arena}, stay = left;
    add_set(&left, j->old, &a->recipients);
    add_set(&stay, j->next, &b->recipients);
    bool others = true;
    for (size_t i = 0; i < left.n; i++)
        others = others && (str_eq(left.v[i], j->partner) || has_name(&stay, left.v[i]));
    return others && stay.n + 1 == left.n && !has_name(&stay, j->partner) && json_equal(before, after);
}

/* A provider decides over what it provides. A recipient that provides nothing may give up what it gets itself. */
static bool agreement_for_others(const struct judging *j, const struct register_change *c, const struct agreement *a,
                                 const struct agreement *b)
{
    const struct set *got = &a->recipients;
    if (names_partner(j->old, &a->providers, j->partner))
        return false;
    bool alone = set_next(got, set_next(got, 0) + 1) < 0;
    return !alone && !only_leaves(j, c, a, b);
}

/* What is said anew is a new version; that it is suspended or in force again need not be. */
static int check_version(const struct judging *j, const struct register_change *c, const struct agreement *a,
                         const struct agreement *b)
{
    static const char *const own[] = {"status", "version", NULL};
    if (!a)
        return 0;
    json_auto_t *before = without(c->old->json, own), *after = without(c->next->json, own);
    if (b->version == a->version + 1 || (b->version == a->version && json_equal(before, after)))
        return 0;
    return fault_set(j->fault, ERR_INVALID_CHANGE, "", "agreement %.*s: expected version %lld", STR_ARG(b->id),
                     (long long)a->version + 1);
}

static bool is_party(const struct registry *reg, const struct agreement *a, struct str partner)
{
    return names_partner(reg, &a->providers, partner) || names_partner(reg, &a->recipients, partner);
}

/* An agreement that the proposer is no party of is no more to it than a taken name. */
static int may_agreement(const struct registry *reg, struct str key, struct str partner, struct fault *fault)
{
    const struct agreement *a = registry_agreement(reg, key);
    if (!a || is_party(reg, a, partner))
        return 0;
    return fault_set(fault, ERR_INVALID_CHANGE, "", "agreement %.*s: this identifier is not free", STR_ARG(key));
}

static int judge_agreement(struct judging *j, const struct register_change *c)
{
    struct str id = c->next->key;
    const struct agreement *a = registry_agreement(j->old, id), *b = registry_agreement(j->next, id);
    if (!a && !is_party(j->next, b, j->partner))
        return not_yours(j->fault);
    for (int i = 0; i < 2; i++) {
        const struct agreement *x = i ? b : a;
        if (!x)
            continue;
        add_set(&j->needs, i ? j->next : j->old, &x->providers);
        add_set(&j->parties, i ? j->next : j->old, &x->recipients);
    }
    if (a && a->status == AGREEMENT_TERMINATED)
        return fault_set(j->fault, ERR_INVALID_CHANGE, "", "agreement %.*s is terminated: make a new one", STR_ARG(id));
    j->for_others |= a && agreement_for_others(j, c, a, b);
    return check_version(j, c, a, b);
}

static struct str before_slash(struct str key)
{
    const char *slash = memchr(key.p, '/', key.n);
    return slash ? (struct str){key.p, (size_t)(slash - key.p)} : key;
}

/* Of a community and of `COMMUNITY/PARTNER`: its members, and the partner. Whoever has none yet is judged by what is
 * proposed. */
static int may_members(const struct registry *reg, struct str key, struct str partner, struct fault *fault)
{
    struct str community = before_slash(key);
    int c = codes_find(&reg->community_codes, community);
    bool joining =
        key.n > community.n && str_eq((struct str){key.p + community.n + 1, key.n - community.n - 1}, partner);
    bool may = joining || c < 0 || !reg->communities[c].n_members || find_member(reg, community, partner);
    return may ? 0 : not_yours(fault);
}

/* Those who are members count; of a new community those who will be. */
static int judge_members(struct judging *j, struct str community, struct str joining)
{
    struct names members = {.arena = j->needs.arena};
    add_members(&members, j->old, community);
    if (!members.n) {
        add_members(&members, j->next, community);
        if (!has_name(&members, j->partner) && !str_eq(joining, j->partner))
            return not_yours(j->fault);
    }
    for (size_t i = 0; i < members.n; i++)
        add_name(&j->needs, members.v[i]);
    return 0;
}

static int judge_membership(struct judging *j, const struct register_change *c)
{
    struct str key = (c->next ? c->next : c->old)->key, community = before_slash(key);
    struct str partner = {key.p + community.n + 1, key.n - community.n - 1};
    int error = judge_members(j, community, partner);
    if (error)
        return error;
    add_name(&j->needs, partner);
    ask_providers_of(j, partner);
    j->for_others |= !str_eq(partner, j->partner);
    return 0;
}

static int judge_community(struct judging *j, const struct register_change *c)
{
    j->for_others = true;
    return judge_members(j, (c->next ? c->next : c->old)->key, STR(""));
}

/* Own, as may_principal and may_partner have seen to. A standing rule to warn reaches a partner without an agreement:
 * whoever has one is asked as well. */
static int judge_own(struct judging *j, const struct register_change *c)
{
    (void)c;
    add_name(&j->needs, j->partner);
    ask_providers_of(j, j->partner);
    for (size_t i = 0; i < j->old->n_warnings; i++)
        add_discreet(j, j->old->warnings[i].owner, j->partner);
    return 0;
}

static bool names_view(const struct agreement *a, unsigned view)
{
    bool named = a->any_view == view;
    for (int t = set_next(&a->views_named, 0); t >= 0; t = set_next(&a->views_named, t + 1))
        named |= a->views[t] == view;
    return named;
}

static int may_view(const struct registry *reg, struct str key, struct str partner, struct fault *fault)
{
    int view = registry_view(reg, key);
    bool used = false, own = false;
    for (size_t i = 0; view >= 0 && i < reg->n_agreements; i++) {
        const struct agreement *a = &reg->agreements[i];
        if (names_view(a, (unsigned)view)) {
            used = true;
            own |= names_partner(reg, &a->providers, partner);
        }
    }
    return used && !own ? not_yours(fault) : 0;
}

/* A view that nobody has named shows nothing to anybody. One that there is, or was, may stand in agreements, grants and
 * labels of release views: whoever releases anything is asked before it changes. */
static int judge_view(struct judging *j, const struct register_change *c)
{
    struct names providers = {.arena = j->needs.arena};
    struct str code = (c->next ? c->next : c->old)->key;
    bool known = registry_view(j->old, code) >= 0 || codes_has(j->named_views, code);
    for (size_t i = 0; known && i < j->old->n_agreements; i++) {
        const struct agreement *a = &j->old->agreements[i];
        if (a->status != AGREEMENT_TERMINATED)
            add_set(&providers, j->old, &a->providers);
    }
    add_name(&j->needs, j->partner);
    for (size_t i = 0; i < providers.n; i++)
        add_discreet(j, providers.v[i], STR(""));
    j->for_others |= known;
    return 0;
}

/* --- which registers partners change --- */

/* spiffe://<trust domain>/… */
static int may_principal(const struct registry *reg, struct str key, struct str partner, struct fault *fault)
{
    const struct str scheme = STR("spiffe://");
    int p = codes_find(&reg->partner_codes, partner);
    if (p < 0 || key.n <= scheme.n || memcmp(key.p, scheme.p, scheme.n) != 0)
        return not_yours(fault);
    struct str rest = {key.p + scheme.n, key.n - scheme.n};
    return str_eq(before_slash(rest), reg->partners[p].trust_domain) ? 0 : not_yours(fault);
}

static int may_partner(const struct registry *reg, struct str key, struct str partner, struct fault *fault)
{
    return registry_has_partner(reg, partner) && str_eq(key, partner) ? 0 : not_yours(fault);
}

static const struct kind {
    const char *name;
    bool removable;
    /* By what is in force alone: whose business the entry is. */
    int (*may)(const struct registry *reg, struct str key, struct str partner, struct fault *fault);
    int (*judge)(struct judging *j, const struct register_change *c);
} kinds[] = {{"agreement", false, may_agreement, judge_agreement}, {"community", true, may_members, judge_community},
             {"membership", true, may_members, judge_membership},  {"partner", false, may_partner, judge_own},
             {"principal", true, may_principal, judge_own},        {"view", true, may_view, judge_view}};

static const struct kind *find_kind(struct str name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_is(name, kinds[i].name))
            return &kinds[i];
    return NULL;
}

int proposal_admissible(const struct registry *reg, struct str kind, struct str key, bool removal, struct str partner,
                        struct fault *fault)
{
    const struct kind *k = find_kind(kind);
    if (!k)
        return fault_set(fault, ERR_FORBIDDEN, "", "a %.*s is not changed by proposals", STR_ARG(kind));
    if (removal && !k->removable)
        return fault_set(fault, ERR_FORBIDDEN, "", "a %.*s is not removed by proposals", STR_ARG(kind));
    return k->may(reg, key, partner, fault);
}

int proposal_judge(const struct registry *old, const struct registry *next, struct str partner,
                   const struct codes *named_views, struct arena *arena, struct judgement *ret, struct fault *fault)
{
    const struct register_change *changes;
    size_t n = registry_changes(old, next, arena, &changes);
    struct judging j = {.old = old,
                        .next = next,
                        .partner = partner,
                        .named_views = named_views,
                        .needs.arena = arena,
                        .parties.arena = arena,
                        .fault = fault};
    int error = n ? 0 : fault_set(fault, ERR_INVALID_CHANGE, "", "this changes nothing");
    for (size_t i = 0; i < n && !error; i++) {
        const struct register_entry *e = changes[i].next ? changes[i].next : changes[i].old;
        error = proposal_admissible(old, e->kind, e->key, !changes[i].next, partner, fault);
        if (!error)
            error = find_kind(e->kind)->judge(&j, &changes[i]);
    }
    if (error)
        return error;
    settle_discreet(&j, ret);
    add_name(&j.parties, partner);
    for (size_t i = 0; i < j.needs.n; i++)
        add_name(&j.parties, j.needs.v[i]);
    ret->at_once = !j.for_others && registry_narrows(old, next);
    ret->needs = sorted(&j.needs);
    ret->parties = sorted(&j.parties);
    return 0;
}
