/* A policy file becomes a registry. Names are collected and numbered first, as entries refer to each other freely. */
#include "registry_in.h"

#include <stdlib.h>

#define ID_MAX 64
#define DOMAIN_MAX 128

/* --- names --- */

bool text_only(struct str s, const char *allowed)
{
    for (size_t i = 0; i < s.n; i++)
        if (!s.p[i] || !strchr(allowed, s.p[i]))
            return false;
    return true;
}

static bool name_code(struct str s)
{
    return code_valid(s) && !code_reserved(s);
}

bool name_id(struct str s)
{
    return s.n && s.n <= ID_MAX && s.p[0] != '.' && s.p[0] != '-' && text_only(s, UPPER LOWER DIGIT "-_.");
}

static bool name_reason(struct str s)
{
    return s.n && s.n <= ID_MAX && text_only(s, UPPER DIGIT "-_");
}

bool name_type(struct str s)
{
    return s.n && s.n <= ID_MAX && text_only(s, LOWER DIGIT) && !strchr(DIGIT, s.p[0]);
}

bool name_type_or_all(struct str s)
{
    return str_is(s, "*") || name_type(s);
}

static bool name_domain(struct str s)
{
    return s.n && s.n <= DOMAIN_MAX && s.p[0] != '.' && s.p[0] != '-' && text_only(s, LOWER DIGIT "-._");
}

struct str in_name(struct building *b, const struct node *n, bool form(struct str), const char *expected)
{
    struct str s = node_text(n, REGISTRY_TEXT_MAX);
    if (!b->in->error && !form(s))
        node_fail(n, "`%.*s`: expected %s", STR_ARG(s), expected);
    return b->in->error ? STR("") : arena_str(b->reg->arena, s);
}

#define A_CODE "a code: A-Z, then 1 to 11 of A-Z and 0-9, no word of the marking grammar"

struct codes in_names(struct building *b, const struct node *list, const char *key, size_t most, bool form(struct str),
                      const char *expected)
{
    size_t n = node_array(list, most);
    struct str *v = arena_array(b->reg->arena, n, sizeof *v), twice;
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node item = node_item(list, i);
        struct node name = key ? node_member(&item, key) : item;
        v[i] = in_name(b, &name, form, expected);
    }
    if (!b->in->error && !codes_sort(v, n, &twice))
        node_fail(list, "`%.*s` occurs twice", STR_ARG(twice));
    return b->in->error ? (struct codes){0} : (struct codes){n, v};
}

size_t in_number(const struct codes *known, const struct node *item, const char *key)
{
    struct node name = node_member(item, key);
    int i = codes_find(known, node_text(&name, REGISTRY_TEXT_MAX));
    return i < 0 ? 0 : (size_t)i;
}

size_t in_refer(const struct node *n, const struct codes *known, const char *what)
{
    struct str s = node_text(n, REGISTRY_TEXT_MAX);
    int i = n->in->error ? -1 : codes_find(known, s);
    if (i < 0)
        node_fail(n, "`%.*s` is not a registered %s", STR_ARG(s), what);
    return i < 0 ? 0 : (size_t)i;
}

struct set in_refer_all(const struct node *list, const struct codes *known, const char *what)
{
    struct set set = {0};
    size_t n = node_array(list, known->n + 1);
    for (size_t i = 0; i < n; i++) {
        struct node item = node_item(list, i);
        size_t code = in_refer(&item, known, what);
        if (list->in->error)
            break;
        if (set_has(&set, (unsigned)code))
            node_fail(&item, "occurs twice");
        set_add(&set, (unsigned)code);
    }
    return set;
}

struct str in_text(struct building *b, const struct node *item, const char *key)
{
    struct node n = node_member(item, key);
    return arena_str(b->reg->arena, node_text(&n, REGISTRY_TEXT_MAX));
}

struct str in_text_or_empty(struct building *b, const struct node *item, const char *key)
{
    struct node n = node_member(item, key);
    return arena_str(b->reg->arena, node_text_or_empty(&n, REGISTRY_TEXT_MAX));
}

/* --- profiles --- */

static void read_profiles(struct building *b, const struct node *list)
{
    struct registry *reg = b->reg;
    reg->policies = in_names(b, list, "policy", REGISTRY_PROFILES_MAX, name_code, A_CODE);
    reg->profiles = arena_array(reg->arena, reg->policies.n, sizeof *reg->profiles);
    for (size_t i = 0; i < reg->policies.n && !b->in->error; i++) {
        struct node item = node_item(list, i);
        struct profile *p = &reg->profiles[in_number(&reg->policies, &item, "policy")];
        p->policy = reg->policies.v[p - reg->profiles];
        in_profile(b, &item, p);
    }
    if (!b->in->error)
        in_number_caveats(b, list);
}

/* --- partners --- */

static void read_partner(struct building *b, const struct node *item)
{
    static const char *const members[] = {"code",          "name",         "policy",     "trustDomain",
                                          "authorises",    "approvals",    "catalogue",  "delegates",
                                          "maxReviewDays", "requestHours", "dutyToWarn", NULL};
    struct registry *reg = b->reg;
    node_object(item, members);
    struct node policy = node_member(item, "policy"), domain = node_member(item, "trustDomain");
    struct node authorises = node_member(item, "authorises");
    struct partner p = {
        .name = in_text(b, item, "name"),
        .trust_domain = in_name(b, &domain, name_domain, "a trust domain: a-z, 0-9, `-`, `_`, `.`"),
        .profile = (int)in_refer(&policy, &reg->policies, "marking policy"),
        .authorises = in_refer_all(&authorises, &reg->partner_codes, "partner"),
    };
    size_t at = in_number(&reg->partner_codes, item, "code");
    if (b->in->error)
        return;
    p.code = reg->partner_codes.v[at];
    in_partner_rules(b, item, &p);
    for (size_t i = 0; i < reg->partner_codes.n; i++)
        if (str_eq(reg->partners[i].trust_domain, p.trust_domain))
            node_fail(&domain, "is already the trust domain of %.*s", STR_ARG(reg->partners[i].code));
    reg->partners[at] = p;
}

static void read_partners(struct building *b, const struct node *list)
{
    struct registry *reg = b->reg;
    reg->partner_codes = in_names(b, list, "code", REGISTRY_CODES_MAX, name_code, A_CODE);
    reg->partners = arena_array(reg->arena, reg->partner_codes.n, sizeof *reg->partners);
    for (size_t i = 0; i < reg->partner_codes.n && !b->in->error; i++) {
        struct node item = node_item(list, i);
        read_partner(b, &item);
    }
}

/* --- terms --- */

static void read_backfill(const struct node *n, struct term *t)
{
    struct str s = node_text(n, REGISTRY_TEXT_MAX);
    if (str_is(s, "none"))
        t->backfill = BACKFILL_NONE;
    else if (str_is(s, "all"))
        t->backfill = BACKFILL_ALL;
    else if (instant_parse(s, &t->backfill_from))
        t->backfill = BACKFILL_FROM;
    else
        node_fail(n, "expected \"none\", \"all\" or an instant");
}

static instant opening(struct building *b, const struct term *t, const char *kind, struct str key)
{
    if (t->backfill == BACKFILL_ALL)
        return INSTANT_MIN;
    if (t->backfill == BACKFILL_FROM)
        return t->backfill_from;
    instant accepted = b->accepted ? b->accepted(b->ctx, kind, key) : b->now;
    return t->from > accepted ? t->from : accepted;
}

static struct term read_term(struct building *b, const struct node *item, const char *kind, struct str key)
{
    struct node from = node_member(item, "from"), until = node_member(item, "until");
    struct node backfill = node_member(item, "backfill");
    struct term t = {.from = node_instant(&from, INSTANT_MIN), .until = node_instant(&until, INSTANT_MAX)};
    read_backfill(&backfill, &t);
    if (t.from >= t.until)
        node_fail(&until, "is not after `from`");
    if (!b->in->error)
        t.opening = opening(b, &t, kind, key);
    return t;
}

/* --- communities --- */

static int membership_by_partner(const void *a, const void *b)
{
    const struct membership *x = a, *y = b;
    return (x->partner > y->partner) - (x->partner < y->partner);
}

static struct membership read_member(struct building *b, const struct node *item, size_t community)
{
    static const char *const members[] = {"partner", "from", "until", "backfill", NULL};
    struct registry *reg = b->reg;
    node_object(item, members);
    struct node partner = node_member(item, "partner");
    struct membership m = {.community = (uint16_t)community,
                           .partner = (uint16_t)in_refer(&partner, &reg->partner_codes, "partner")};
    if (b->in->error)
        return m;
    struct str key = str_of(arena_printf(reg->arena, "%.*s/%.*s", STR_ARG(reg->community_codes.v[community]),
                                         STR_ARG(reg->partner_codes.v[m.partner])));
    m.term = read_term(b, item, "membership", key);
    return m;
}

static void read_community(struct building *b, const struct node *item)
{
    static const char *const members[] = {"code", "name", "members", "rollup", NULL};
    struct registry *reg = b->reg;
    node_object(item, members);
    struct node list = node_member(item, "members"), rollup = node_member(item, "rollup");
    size_t at = in_number(&reg->community_codes, item, "code"), n = node_array(&list, REGISTRY_CODES_MAX);
    struct membership *v = arena_array(reg->arena, n, sizeof *v);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node member = node_item(&list, i);
        v[i] = read_member(b, &member, at);
    }
    if (n > 1)
        qsort(v, n, sizeof *v, membership_by_partner);
    for (size_t i = 1; i < n && !b->in->error; i++)
        if (v[i].partner == v[i - 1].partner)
            node_fail(&list, "%.*s is a member twice", STR_ARG(reg->partner_codes.v[v[i].partner]));
    struct str name = in_text(b, item, "name");
    struct set stands_for = in_refer_all(&rollup, &reg->partner_codes, "partner");
    if (!b->in->error)
        reg->communities[at] = (struct community){reg->community_codes.v[at], name, v, n, rollup.v != NULL, stands_for};
}

static void read_communities(struct building *b, const struct node *list)
{
    struct registry *reg = b->reg;
    reg->community_codes = in_names(b, list, "code", REGISTRY_CODES_MAX, name_code, A_CODE);
    reg->communities = arena_array(reg->arena, reg->community_codes.n, sizeof *reg->communities);
    for (size_t i = 0; i < reg->community_codes.n && !b->in->error; i++) {
        struct node item = node_item(list, i), code = node_member(&item, "code");
        if (registry_has_partner(reg, node_text(&code, REGISTRY_TEXT_MAX)))
            node_fail(&code, "is already a partner's code");
        read_community(b, &item);
    }
}

/* --- agreements --- */

static int refer_level(const struct registry *reg, const struct node *n, size_t profile)
{
    struct str s = node_text(n, REGISTRY_TEXT_MAX);
    int level = n->in->error ? NO_LEVEL : profile_level(&reg->profiles[profile], s);
    if (level == NO_LEVEL)
        node_fail(n, "`%.*s` is not the portion code of a level of that policy", STR_ARG(s));
    return level;
}

/* {"USA": "S", …}: the rank by profile, NO_LEVEL where none is named. */
void in_levels(const struct registry *reg, const struct node *map, int8_t out[REGISTRY_PROFILES_MAX])
{
    memset(out, NO_LEVEL, REGISTRY_PROFILES_MAX);
    if (!node_map(map))
        return;
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)map->v, key, v)
    {
        struct node level = {map->in, v, map, key, 0};
        int profile = codes_find(&reg->policies, str_of(key));
        if (profile < 0)
            node_fail(&level, "is not a registered marking policy");
        else
            out[profile] = (int8_t)refer_level(reg, &level, (size_t)profile);
    }
}

static void refer_policy_level(const struct registry *reg, const struct node *item, int *ret_profile, int *ret_level)
{
    struct node policy = node_member(item, "policy"), level = node_member(item, "level");
    size_t profile = in_refer(&policy, &reg->policies, "marking policy");
    int rank = item->in->error ? 0 : refer_level(reg, &level, profile);
    *ret_profile = (int)profile;
    *ret_level = rank;
}

static int equivalence_order(const void *a, const void *b)
{
    const struct equivalence *x = a, *y = b;
    const int left[] = {x->profile, x->level, x->as_profile, x->as_level};
    const int right[] = {y->profile, y->level, y->as_profile, y->as_level};
    for (int i = 0; i < 4; i++)
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    return 0;
}

static struct equivalence read_equivalence(struct building *b, const struct node *item)
{
    static const char *const members[] = {"policy", "level", "as", NULL}, *const as_members[] = {"policy", "level",
                                                                                                 NULL};
    struct equivalence e = {0};
    struct node as = node_member(item, "as");
    node_object(item, members);
    node_object(&as, as_members);
    refer_policy_level(b->reg, item, &e.profile, &e.level);
    refer_policy_level(b->reg, &as, &e.as_profile, &e.as_level);
    if (e.profile == e.as_profile)
        node_fail(item, "an equivalence leads from one marking policy to another");
    return e;
}

static void read_equivalences(struct building *b, const struct node *list, struct agreement *a)
{
    size_t n = node_array(list, REGISTRY_EQUIVALENCES_MAX);
    struct equivalence *v = arena_array(b->reg->arena, n, sizeof *v);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node item = node_item(list, i);
        v[i] = read_equivalence(b, &item);
    }
    if (n > 1)
        qsort(v, n, sizeof *v, equivalence_order);
    for (size_t i = 1; i < n; i++)
        if (!equivalence_order(&v[i - 1], &v[i]))
            node_fail(list, "one row occurs twice");
    a->equivalences = v;
    a->n_equivalences = n;
}

static void read_types(struct building *b, const struct node *list, struct agreement *a)
{
    size_t n = node_array(list, REGISTRY_CODES_MAX);
    struct node first = node_item(list, 0);
    if (!n)
        node_fail(list, "expected record types, or [\"*\"]");
    if (n == 1 && str_is(node_text(&first, REGISTRY_TEXT_MAX), "*"))
        a->all_types = true;
    else
        a->types = in_refer_all(list, &b->reg->types, "record type");
}

unsigned in_modes(const struct node *list)
{
    unsigned modes = 0;
    size_t n = node_array(list, MODE_COUNT);
    for (size_t i = 0; i < n; i++) {
        struct node item = node_item(list, i);
        int m = data_mode_parse(node_text(&item, REGISTRY_TEXT_MAX));
        if (m < 0)
            node_fail(&item, "expected REAL, TEST, EXERCISE or SIMULATED");
        else if (modes & 1U << m)
            node_fail(&item, "occurs twice");
        else
            modes |= 1U << m;
    }
    if (!n)
        node_fail(list, "expected at least one data mode");
    return modes;
}

static const char *const status_names[] = {"inForce", "suspended", "terminated"};

const char *agreement_status_name(enum agreement_status s)
{
    return status_names[s];
}

static enum agreement_status read_status(const struct node *n)
{
    struct str s = node_text(n, REGISTRY_TEXT_MAX);
    for (size_t i = 0; i < sizeof status_names / sizeof *status_names; i++)
        if (str_is(s, status_names[i]))
            return (enum agreement_status)i;
    node_fail(n, "expected inForce, suspended or terminated");
    return AGREEMENT_TERMINATED;
}

static struct set read_parties(struct building *b, const struct node *item, const char *key)
{
    struct node list = node_member(item, key);
    struct set parties = in_refer_all(&list, &b->reg->partner_codes, "partner");
    if (set_empty(&parties))
        node_fail(&list, "expected at least one partner");
    return parties;
}

static void check_default(const struct node *map, const struct agreement *a)
{
    for (int i = 0; i < REGISTRY_PROFILES_MAX; i++)
        if (a->by_default[i] != NO_LEVEL && a->highest[i] == NO_LEVEL)
            node_fail(map, "a default in a marking policy that `highest` does not name");
}

static bool third_party_forbidden(const struct node *n)
{
    struct str s = node_text_or_empty(n, REGISTRY_TEXT_MAX);
    if (s.n && !str_is(s, "allowed") && !str_is(s, "forbidden"))
        node_fail(n, "expected allowed or forbidden");
    return str_is(s, "forbidden");
}

static int64_t int_or(const struct node *item, const char *key, int64_t least, int64_t most, int64_t absent)
{
    struct node n = node_member(item, key);
    return n.v ? node_int(&n, least, most) : absent;
}

static void read_ranking(struct building *b, const struct node *item, struct agreement *a)
{
    struct node third = node_member(item, "thirdParty");
    a->version = int_or(item, "version", 1, INT32_MAX, 1);
    a->purpose = in_text_or_empty(b, item, "purpose");
    a->precedence = int_or(item, "precedence", 0, PRECEDENCE_MAX, PRECEDENCE_DEFAULT);
    a->third_party_forbidden = third_party_forbidden(&third);
}

static void read_agreement(struct building *b, const struct node *item, struct agreement *a)
{
    static const char *const members[] = {
        "id",         "title",       "reference", "article",    "version", "purpose",   "precedence",
        "thirdParty", "views",       "providers", "recipients", "types",   "dataModes", "highest",
        "default",    "equivalence", "from",      "until",      "status",  "backfill",  NULL};
    node_object(item, members);
    struct node id = node_member(item, "id"), types = node_member(item, "types");
    struct node modes = node_member(item, "dataModes"), highest = node_member(item, "highest");
    struct node by_default = node_member(item, "default"), rows = node_member(item, "equivalence");
    struct node status = node_member(item, "status"), views = node_member(item, "views");
    a->id = in_name(b, &id, name_id, AN_ID);
    a->title = in_text(b, item, "title");
    a->reference = in_text_or_empty(b, item, "reference");
    a->article = in_text_or_empty(b, item, "article");
    read_ranking(b, item, a);
    a->providers = read_parties(b, item, "providers");
    a->recipients = read_parties(b, item, "recipients");
    read_types(b, &types, a);
    in_agreement_views(b, &views, a);
    a->modes = in_modes(&modes);
    if (!node_map(&highest))
        node_fail(&highest, "expected the highest level of at least one marking policy");
    in_levels(b->reg, &highest, a->highest);
    in_levels(b->reg, &by_default, a->by_default);
    check_default(&by_default, a);
    read_equivalences(b, &rows, a);
    a->status = read_status(&status);
    a->term = read_term(b, item, "agreement", a->id);
}

static int agreement_order(const void *a, const void *b)
{
    return str_cmp(((const struct agreement *)a)->id, ((const struct agreement *)b)->id);
}

static void read_agreements(struct building *b, const struct node *list)
{
    struct registry *reg = b->reg;
    size_t n = node_array(list, REGISTRY_AGREEMENTS_MAX);
    reg->agreements = arena_array(reg->arena, n, sizeof *reg->agreements);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node item = node_item(list, i);
        read_agreement(b, &item, &reg->agreements[i]);
    }
    if (b->in->error)
        return;
    if (n > 1)
        qsort(reg->agreements, n, sizeof *reg->agreements, agreement_order);
    for (size_t i = 1; i < n; i++)
        if (str_eq(reg->agreements[i - 1].id, reg->agreements[i].id))
            node_fail(list, "`%.*s` occurs twice", STR_ARG(reg->agreements[i].id));
    reg->n_agreements = n;
}

/* --- reasons --- */

static void read_reasons(struct building *b, const struct node *list)
{
    static const char *const members[] = {"code", "title", "maxReviewDays", NULL};
    struct registry *reg = b->reg;
    struct codes codes =
        in_names(b, list, "code", REGISTRY_REASONS_MAX, name_reason, "a reason code: 1 to 64 of A-Z, 0-9, `-`, `_`");
    reg->reasons = arena_array(reg->arena, codes.n, sizeof *reg->reasons);
    for (size_t i = 0; i < codes.n && !b->in->error; i++) {
        struct node item = node_item(list, i), days = node_member(&item, "maxReviewDays");
        node_object(&item, members);
        size_t at = in_number(&codes, &item, "code");
        reg->reasons[at] =
            (struct reason){codes.v[at], in_text(b, &item, "title"), node_int(&days, 1, REVIEW_DAYS_MAX)};
    }
    reg->n_reasons = codes.n;
}

/* --- the whole --- */

static void link_memberships(struct registry *reg)
{
    for (size_t p = 0; p < reg->partner_codes.n; p++) {
        const struct membership **v = arena_array(reg->arena, reg->community_codes.n, sizeof(struct membership *));
        size_t n = 0;
        for (size_t c = 0; c < reg->community_codes.n; c++)
            for (size_t m = 0; m < reg->communities[c].n_members; m++)
                if (reg->communities[c].members[m].partner == p)
                    v[n++] = &reg->communities[c].members[m];
        reg->partners[p].memberships = v;
        reg->partners[p].n_memberships = n;
    }
}

static void link_agreements(struct registry *reg)
{
    for (size_t p = 0; p < reg->partner_codes.n; p++) {
        size_t n = 0;
        for (size_t i = 0; i < reg->n_agreements; i++)
            n += set_has(&reg->agreements[i].recipients, (unsigned)p);
        const struct agreement **v = arena_array(reg->arena, n, sizeof(struct agreement *));
        n = 0;
        for (size_t i = 0; i < reg->n_agreements; i++)
            if (set_has(&reg->agreements[i].recipients, (unsigned)p))
                v[n++] = &reg->agreements[i];
        reg->partners[p].received = v;
        reg->partners[p].n_received = n;
    }
}

static int instant_order(const void *a, const void *b)
{
    const instant *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void gather_boundaries(struct registry *reg)
{
    size_t most = reg->n_agreements, n = 0, kept = 0;
    for (size_t c = 0; c < reg->community_codes.n; c++)
        most += reg->communities[c].n_members;
    instant *v = arena_array(reg->arena, most, sizeof *v);
    for (size_t i = 0; i < reg->n_agreements; i++)
        v[n++] = reg->agreements[i].term.opening;
    for (size_t c = 0; c < reg->community_codes.n; c++)
        for (size_t m = 0; m < reg->communities[c].n_members; m++)
            v[n++] = reg->communities[c].members[m].term.opening;
    if (n > 1)
        qsort(v, n, sizeof *v, instant_order);
    for (size_t i = 0; i < n; i++)
        if (v[i] != INSTANT_MIN && (!kept || v[i] != v[kept - 1]))
            v[kept++] = v[i];
    reg->boundaries = v;
    reg->n_boundaries = kept;
}

static void mark(struct registry *reg)
{
    struct str *parts = arena_array(reg->arena, 2 * reg->n_entries, sizeof *parts);
    for (size_t i = 0; i < reg->n_entries; i++) {
        parts[2 * i] = reg->entries[i].kind;
        parts[2 * i + 1] = reg->entries[i].json;
    }
    struct digest d = sha256_parts(parts, 2 * reg->n_entries);
    memcpy(&reg->mark, d.bytes, sizeof reg->mark);
    for (size_t i = 0; i < reg->n_readers; i++)
        reg->readers[i]->mark = reg->mark;
}

static void read_file(struct building *b, const struct node *root)
{
    static const char *const members[] = {"relto",   "profiles",   "views",     "partners", "communities", "agreements",
                                          "reasons", "principals", "operators", "grants",   NULL};
    node_object(root, members);
    struct node version = node_member(root, "relto");
    if (!b->in->error && !str_is(node_text(&version, REGISTRY_TEXT_MAX), "policy/1"))
        node_fail(&version, "expected \"policy/1\"");
    static void (*const readers[])(struct building *, const struct node *) = {
        read_profiles, in_views,      read_partners, read_communities, read_agreements,
        read_reasons,  in_principals, in_operators,  in_grants};
    in_types(b, root);
    for (size_t i = 0; i < sizeof readers / sizeof *readers && !b->in->error; i++) {
        struct node list = node_member(root, members[i + 1]);
        readers[i](b, &list);
    }
    if (b->in->error)
        return;
    link_memberships(b->reg);
    link_agreements(b->reg);
    index_agreements(b->reg);
    gather_boundaries(b->reg);
    registry_make_entries(b->reg);
    mark(b->reg);
    struct node partners = node_member(root, "partners");
    in_warning_labels(b, &partners);
}

static struct registry *registry_new(int64_t epoch)
{
    struct arena *arena = arena_new();
    struct registry *reg = arena_alloc(arena, sizeof *reg);
    reg->self = reg;
    reg->arena = arena;
    reg->references = arena_alloc(arena, sizeof *reg->references);
    atomic_init(reg->references, 1);
    reg->epoch = epoch;
    return reg;
}

int registry_parse(struct str json, int64_t epoch, instant now, registry_accepted *accepted, void *ctx,
                   struct registry **ret, struct fault *fault)
{
    struct json_in in = {.fault = fault, .code = ERR_BAD_POLICY, .root = "$"};
    if (json.n > POLICY_FILE_MAX)
        return fault_set(fault, ERR_BAD_POLICY, "$", "%zu bytes, at most %zu are allowed", json.n, POLICY_FILE_MAX);
    json_t *file = NULL;
    if (json_in_parse(&in, json, ERR_BAD_POLICY, &file))
        return in.error;
    struct registry *reg = registry_new(epoch);
    struct node root = node_root(&in, file);
    struct building b = {reg, &in, &root, now, accepted, ctx};
    read_file(&b, &root);
    json_decref(file);
    if (in.error)
        registry_unref(reg);
    else
        *ret = reg;
    return in.error;
}
