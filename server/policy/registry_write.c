/* Registers as JSON: canonical entries, whole files, and what the API shows. */
#include "registry_data.h"

#include <jansson.h>
#include <stdlib.h>

static void add_member(struct buf *out, const char *name)
{
    buf_printf(out, "\"%s\":", name);
}

void out_text(struct buf *out, const char *name, struct str s)
{
    add_member(out, name);
    buf_json_str(out, s);
}

void out_time(struct buf *out, const char *name, instant t)
{
    add_member(out, name);
    if (t == INSTANT_MIN || t == INSTANT_MAX) {
        buf_z(out, "null");
        return;
    }
    buf_char(out, '"');
    buf_instant(out, t);
    buf_char(out, '"');
}

void out_set(struct buf *out, const char *name, const struct set *set, const struct codes *names)
{
    add_member(out, name);
    buf_char(out, '[');
    for (int i = set_next(set, 0), first = 1; i >= 0; i = set_next(set, i + 1), first = 0) {
        if (!first)
            buf_char(out, ',');
        buf_json_str(out, names->v[i]);
    }
    buf_char(out, ']');
}

void out_levels(struct buf *out, const char *name, const struct registry *reg, const int8_t *levels)
{
    bool first = true;
    add_member(out, name);
    buf_char(out, '{');
    for (size_t i = 0; i < reg->policies.n; i++) {
        if (levels[i] == NO_LEVEL)
            continue;
        if (!first)
            buf_char(out, ',');
        first = false;
        buf_json_str(out, reg->policies.v[i]);
        buf_char(out, ':');
        buf_json_str(out, reg->profiles[i].levels[levels[i]].portion);
    }
    buf_char(out, '}');
}

void out_modes(struct buf *out, unsigned modes)
{
    bool first = true;
    add_member(out, "dataModes");
    buf_char(out, '[');
    for (int m = 0; m < MODE_COUNT; m++) {
        if (!(modes & 1U << m))
            continue;
        buf_printf(out, "%s\"%s\"", first ? "" : ",", data_mode_name((enum data_mode)m));
        first = false;
    }
    buf_char(out, ']');
}

static void add_term(struct buf *out, const struct term *t)
{
    out_time(out, "from", t->from);
    buf_char(out, ',');
    out_time(out, "until", t->until);
    buf_char(out, ',');
    if (t->backfill == BACKFILL_FROM)
        out_time(out, "backfill", t->backfill_from);
    else
        out_text(out, "backfill", t->backfill == BACKFILL_ALL ? STR("all") : STR("none"));
}

/* --- one entry each --- */

static void write_profile(const struct profile *p, struct buf *out)
{
    buf_char(out, '{');
    out_text(out, "policy", p->policy);
    buf_z(out, ",\"levels\":[");
    for (int i = 0; i < p->n_levels; i++) {
        buf_z(out, i ? ",{" : "{");
        out_text(out, "portion", p->levels[i].portion);
        buf_char(out, ',');
        out_text(out, "banner", p->levels[i].banner);
        if (p->levels[i].spelled.n_aliases) {
            buf_z(out, ",\"aliases\":");
            codes_write_json(&(struct codes){p->levels[i].spelled.n_aliases, p->levels[i].spelled.aliases}, out);
        }
        buf_char(out, '}');
    }
    buf_char(out, ']');
    if (p->simple) {
        buf_z(out, ",\"caveats\":");
        codes_write_json(&p->caveats, out);
    }
    buf_str(out, p->tables);
    buf_char(out, '}');
}

static void write_partner(const struct registry *reg, const struct partner *p, struct buf *out)
{
    buf_char(out, '{');
    out_text(out, "code", p->code);
    buf_char(out, ',');
    out_text(out, "name", p->name);
    buf_char(out, ',');
    out_text(out, "policy", reg->policies.v[p->profile]);
    buf_char(out, ',');
    out_text(out, "trustDomain", p->trust_domain);
    buf_char(out, ',');
    out_set(out, "authorises", &p->authorises, &reg->partner_codes);
    out_partner_rules(p, out);
    buf_char(out, '}');
}

static void write_member(const struct registry *reg, const struct membership *m, bool with_community, struct buf *out)
{
    buf_char(out, '{');
    if (with_community) {
        out_text(out, "community", reg->community_codes.v[m->community]);
        buf_char(out, ',');
    }
    out_text(out, "partner", reg->partner_codes.v[m->partner]);
    buf_char(out, ',');
    add_term(out, &m->term);
    buf_char(out, '}');
}

static void write_community(const struct registry *reg, const struct community *c, bool with_members, struct buf *out)
{
    buf_char(out, '{');
    out_text(out, "code", c->code);
    buf_char(out, ',');
    out_text(out, "name", c->name);
    if (c->states_rollup) {
        buf_char(out, ',');
        out_set(out, "rollup", &c->rollup, &reg->partner_codes);
    }
    if (with_members) {
        buf_z(out, ",\"members\":[");
        for (size_t i = 0; i < c->n_members; i++) {
            if (i)
                buf_char(out, ',');
            write_member(reg, &c->members[i], false, out);
        }
        buf_char(out, ']');
    }
    buf_char(out, '}');
}

static void add_policy_level(const struct registry *reg, int profile, int level, struct buf *out)
{
    out_text(out, "policy", reg->policies.v[profile]);
    buf_char(out, ',');
    out_text(out, "level", reg->profiles[profile].levels[level].portion);
}

static void add_equivalences(const struct registry *reg, const struct agreement *a, struct buf *out)
{
    buf_z(out, "\"equivalence\":[");
    for (size_t i = 0; i < a->n_equivalences; i++) {
        const struct equivalence *e = &a->equivalences[i];
        buf_z(out, i ? ",{" : "{");
        add_policy_level(reg, e->profile, e->level, out);
        buf_z(out, ",\"as\":{");
        add_policy_level(reg, e->as_profile, e->as_level, out);
        buf_z(out, "}}");
    }
    buf_char(out, ']');
}

void out_optional_text(struct buf *out, const char *name, struct str s)
{
    if (!s.n)
        return;
    buf_char(out, ',');
    out_text(out, name, s);
}

/* What differs from the defaults, so that what was written before these members were known reads the same. */
static void add_ranking(const struct agreement *a, struct buf *out)
{
    if (a->version != 1)
        buf_printf(out, ",\"version\":%lld", (long long)a->version);
    out_optional_text(out, "purpose", a->purpose);
    if (a->precedence != PRECEDENCE_DEFAULT)
        buf_printf(out, ",\"precedence\":%lld", (long long)a->precedence);
    if (a->third_party_forbidden)
        buf_z(out, ",\"thirdParty\":\"forbidden\"");
}

static void write_agreement(const struct registry *reg, const struct agreement *a, struct buf *out)
{
    buf_char(out, '{');
    out_text(out, "id", a->id);
    buf_char(out, ',');
    out_text(out, "title", a->title);
    out_optional_text(out, "reference", a->reference);
    out_optional_text(out, "article", a->article);
    add_ranking(a, out);
    buf_char(out, ',');
    out_set(out, "providers", &a->providers, &reg->partner_codes);
    buf_char(out, ',');
    out_set(out, "recipients", &a->recipients, &reg->partner_codes);
    buf_char(out, ',');
    if (a->all_types)
        buf_z(out, "\"types\":[\"*\"]");
    else
        out_set(out, "types", &a->types, &reg->types);
    buf_char(out, ',');
    out_modes(out, a->modes);
    buf_char(out, ',');
    out_levels(out, "highest", reg, a->highest);
    buf_char(out, ',');
    out_levels(out, "default", reg, a->by_default);
    buf_char(out, ',');
    add_equivalences(reg, a, out);
    out_agreement_views(reg, a, out);
    buf_char(out, ',');
    out_text(out, "status", str_of(agreement_status_name(a->status)));
    buf_char(out, ',');
    add_term(out, &a->term);
    buf_char(out, '}');
}

static void write_reason(const struct reason *r, struct buf *out)
{
    buf_char(out, '{');
    out_text(out, "code", r->code);
    buf_char(out, ',');
    out_text(out, "title", r->title);
    buf_printf(out, ",\"maxReviewDays\":%lld}", (long long)r->max_review_days);
}

/* --- entries --- */

struct listing {
    struct arena *arena;
    struct register_entry *v;
    size_t n;
    struct buf text;
};

/* Takes what was written to l->text as the next entry. */
static void list(struct listing *l, struct str kind, struct str key)
{
    l->v[l->n++] = (struct register_entry){kind, key, arena_str(l->arena, buf_view(&l->text))};
    buf_clear(&l->text);
}

static void list_community(struct listing *l, const struct registry *reg, const struct community *c)
{
    write_community(reg, c, false, &l->text);
    list(l, STR("community"), c->code);
    for (size_t i = 0; i < c->n_members; i++) {
        write_member(reg, &c->members[i], true, &l->text);
        list(l, STR("membership"),
             str_of(arena_printf(l->arena, "%.*s/%.*s", STR_ARG(c->code),
                                 STR_ARG(reg->partner_codes.v[c->members[i].partner]))));
    }
}

static int entry_order(const void *a, const void *b)
{
    const struct register_entry *x = a, *y = b;
    int order = str_cmp(x->kind, y->kind);
    return order ? order : str_cmp(x->key, y->key);
}

static void list_exceptions(struct listing *l, const struct registry *reg)
{
    for (size_t i = 0; i < reg->n_operators; i++) {
        const struct operator_entry *o = &reg->operators[i];
        out_operator(o, &l->text);
        list(l, STR("operator"),
             str_of(arena_printf(l->arena, "%.*s/%.*s/%.*s", STR_ARG(o->object), STR_ARG(o->partner),
                                 STR_ARG(o->accepted_by))));
    }
    for (size_t i = 0; i < reg->n_grants; i++) {
        out_grant(&reg->grant_entries[i], &l->text);
        list(l, STR("grant"), reg->grant_entries[i].id);
    }
}

void registry_make_entries(struct registry *reg)
{
    size_t most = reg->policies.n + reg->partner_codes.n + reg->community_codes.n + reg->n_agreements + reg->n_reasons +
                  reg->n_principals + reg->view_codes.n + reg->n_operators + reg->n_grants;
    for (size_t i = 0; i < reg->community_codes.n; i++)
        most += reg->communities[i].n_members;
    struct listing l = {reg->arena, arena_array(reg->arena, most, sizeof *l.v), 0, {0}};
    for (size_t i = 0; i < reg->policies.n; i++) {
        write_profile(&reg->profiles[i], &l.text);
        list(&l, STR("profile"), reg->policies.v[i]);
    }
    for (size_t i = 0; i < reg->partner_codes.n; i++) {
        write_partner(reg, &reg->partners[i], &l.text);
        list(&l, STR("partner"), reg->partner_codes.v[i]);
    }
    for (size_t i = 0; i < reg->community_codes.n; i++)
        list_community(&l, reg, &reg->communities[i]);
    for (size_t i = 0; i < reg->view_codes.n; i++) {
        out_view(reg, i, &l.text);
        list(&l, STR("view"), reg->view_codes.v[i]);
    }
    for (size_t i = 0; i < reg->n_agreements; i++) {
        write_agreement(reg, &reg->agreements[i], &l.text);
        list(&l, STR("agreement"), reg->agreements[i].id);
    }
    for (size_t i = 0; i < reg->n_reasons; i++) {
        write_reason(&reg->reasons[i], &l.text);
        list(&l, STR("reason"), reg->reasons[i].code);
    }
    for (size_t i = 0; i < reg->n_principals; i++) {
        out_principal(reg->principals[i], &l.text);
        list(&l, STR("principal"), reg->principals[i]->uri);
    }
    list_exceptions(&l, reg);
    buf_free(&l.text);
    if (l.n > 1)
        qsort(l.v, l.n, sizeof *l.v, entry_order);
    reg->entries = l.v;
    reg->n_entries = l.n;
}

/* A membership's entry names its community; in the community's own list of members it does not. */
static void join_membership(struct str json, struct buf *out)
{
    json_t *v = json_loadb(json.p, json.n, 0, NULL);
    json_object_del(v, "community");
    char *text = json_dumps(v, JSON_COMPACT);
    buf_z(out, text ? text : "null");
    free(text);
    json_decref(v);
}

static void join_members(const struct register_entry *entries, size_t n, struct str community, struct buf *out)
{
    bool first = true;
    buf_z(out, "[");
    for (size_t i = 0; i < n; i++) {
        const struct register_entry *e = &entries[i];
        if (!str_is(e->kind, "membership") || e->key.n <= community.n || e->key.p[community.n] != '/' ||
            memcmp(e->key.p, community.p, community.n) != 0)
            continue;
        if (!first)
            buf_char(out, ',');
        first = false;
        join_membership(e->json, out);
    }
    buf_char(out, ']');
}

static void join_entry(const struct register_entry *entries, size_t n, const struct register_entry *e, struct buf *out)
{
    if (!str_is(e->kind, "community")) {
        buf_str(out, e->json);
        return;
    }
    buf_add(out, e->json.p, e->json.n ? e->json.n - 1 : 0); /* all but the closing brace */
    buf_z(out, ",\"members\":");
    join_members(entries, n, e->key, out);
    buf_char(out, '}');
}

void registry_join(const struct register_entry *entries, size_t n, struct buf *out)
{
    static const struct {
        const char *kind, *list;
    } lists[] = {{"profile", "profiles"},      {"view", "views"},           {"partner", "partners"},
                 {"community", "communities"}, {"agreement", "agreements"}, {"reason", "reasons"},
                 {"principal", "principals"},  {"operator", "operators"},   {"grant", "grants"}};
    buf_z(out, "{\"relto\":\"policy/1\"");
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        bool first = true;
        buf_printf(out, ",\"%s\":[", lists[k].list);
        for (size_t i = 0; i < n; i++) {
            if (!str_is(entries[i].kind, lists[k].kind))
                continue;
            if (!first)
                buf_char(out, ',');
            first = false;
            join_entry(entries, n, &entries[i], out);
        }
        buf_char(out, ']');
    }
    buf_char(out, '}');
}

/* --- what the API shows --- */

/* To others only what they need to know to address a partner: whom it trusts, who acts for whom, how it decides and of
 * what it warns is its own business. */
static void render_partner(const struct registry *reg, const struct partner *p, struct buf *out)
{
    buf_char(out, '{');
    out_text(out, "code", p->code);
    buf_char(out, ',');
    out_text(out, "name", p->name);
    buf_char(out, ',');
    out_text(out, "policy", reg->policies.v[p->profile]);
    if (p->rules.catalogue)
        buf_z(out, ",\"catalogue\":true");
    buf_char(out, '}');
}

struct rendering {
    const struct registry *reg;
    struct str key, partner; /* key {NULL,0}: all; partner: who looks */
    struct buf *out;
    size_t n;
};

static bool wanted(struct rendering *r, struct str key)
{
    if (r->key.p && !str_eq(r->key, key))
        return false;
    if (r->n++)
        buf_char(r->out, ',');
    return true;
}

static void render_partners(struct rendering *r)
{
    for (size_t i = 0; i < r->reg->partner_codes.n; i++) {
        const struct partner *p = &r->reg->partners[i];
        if (!wanted(r, p->code))
            continue;
        if (str_eq(p->code, r->partner))
            write_partner(r->reg, p, r->out);
        else
            render_partner(r->reg, p, r->out);
    }
}

static void render_communities(struct rendering *r)
{
    for (size_t i = 0; i < r->reg->community_codes.n; i++)
        if (wanted(r, r->reg->communities[i].code))
            write_community(r->reg, &r->reg->communities[i], true, r->out);
}

static bool party(const struct registry *reg, const struct agreement *a, struct str partner)
{
    int p = codes_find(&reg->partner_codes, partner);
    return p >= 0 && (set_has(&a->providers, (unsigned)p) || set_has(&a->recipients, (unsigned)p));
}

static void render_agreements(struct rendering *r)
{
    for (size_t i = 0; i < r->reg->n_agreements; i++) {
        const struct agreement *a = &r->reg->agreements[i];
        if (party(r->reg, a, r->partner) && wanted(r, a->id))
            write_agreement(r->reg, a, r->out);
    }
}

static void render_reasons(struct rendering *r)
{
    for (size_t i = 0; i < r->reg->n_reasons; i++)
        if (wanted(r, r->reg->reasons[i].code))
            write_reason(&r->reg->reasons[i], r->out);
}

static void render_views(struct rendering *r)
{
    for (size_t i = 0; i < r->reg->view_codes.n; i++)
        if (wanted(r, r->reg->view_codes.v[i]))
            out_view(r->reg, i, r->out);
}

static void render_grants(struct rendering *r)
{
    for (size_t i = 0; i < r->reg->n_grants; i++) {
        const struct grant_entry *g = &r->reg->grant_entries[i];
        if ((str_eq(g->owner, r->partner) || str_eq(g->recipient, r->partner)) && wanted(r, g->id))
            out_grant(g, r->out);
    }
}

bool registry_render(const struct registry *reg, const char *kind, struct str key, struct str reader_partner,
                     struct buf *out)
{
    static const struct {
        const char *kind;
        void (*render)(struct rendering *);
    } kinds[] = {{"partner", render_partners},     {"community", render_communities},
                 {"agreement", render_agreements}, {"reason", render_reasons},
                 {"view", render_views},           {"grant", render_grants}};
    struct rendering r = {reg, key, reader_partner, out, 0};
    if (!key.p)
        buf_char(out, '[');
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            kinds[i].render(&r);
    if (!key.p)
        buf_char(out, ']');
    return !key.p || r.n > 0;
}
