/* What a partner rules for itself: limits, approvals, delegates, standing permissions to warn. */
#include "registry_in.h"

#include <math.h>
#include <stdlib.h>

#define FIELD_MAX 64

/* --- delegates --- */

/* An identity of the partner's own trust domain, with the role if one is asked for. Whether it is registered counts
 * when the delegation is used. */
static struct str read_delegate_uri(struct building *b, const struct node *item, const char *key, const char *role,
                                    const struct partner *p)
{
    struct node n = node_member(item, key);
    struct str uri = node_text(&n, REGISTRY_TEXT_MAX), domain, found;
    if (b->in->error)
        return STR("");
    if (!principal_uri_split(uri, &domain, &found) || !str_eq(domain, p->trust_domain))
        node_fail(&n, "expected spiffe://%.*s/<role>/<name>", STR_ARG(p->trust_domain));
    else if (role && !str_is(found, role))
        node_fail(&n, "`%.*s` is not the role %s", STR_ARG(found), role);
    return arena_str(b->reg->arena, uri);
}

static struct delegate read_delegate(struct building *b, const struct node *item, const struct partner *p)
{
    static const char *const members[] = {"from", "to", "until", NULL};
    node_object(item, members);
    struct node until = node_member(item, "until");
    struct delegate d = {.from = read_delegate_uri(b, item, "from", "fdo", p),
                         .to = read_delegate_uri(b, item, "to", NULL, p),
                         .until = node_instant(&until, INSTANT_MAX)};
    if (!until.v)
        node_fail(&until, "required: a delegation ends");
    if (str_eq(d.from, d.to))
        node_fail(item, "delegates to itself");
    return d;
}

static int delegate_order(const void *a, const void *b)
{
    const struct delegate *x = a, *y = b;
    int order = str_cmp(x->from, y->from);
    return order ? order : str_cmp(x->to, y->to);
}

static void read_delegates(struct building *b, const struct node *list, struct partner *p)
{
    size_t n = node_array(list, PARTNER_DELEGATES_MAX);
    struct delegate *v = arena_array(b->reg->arena, n, sizeof *v);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node item = node_item(list, i);
        v[i] = read_delegate(b, &item, p);
    }
    if (n > 1)
        qsort(v, n, sizeof *v, delegate_order);
    for (size_t i = 1; i < n && !b->in->error; i++)
        if (!delegate_order(&v[i - 1], &v[i]))
            node_fail(list, "`%.*s` delegates twice to the same", STR_ARG(v[i].from));
    p->delegates = v;
    p->n_delegates = n;
}

/* --- duty to warn --- */

static bool name_field(struct str s)
{
    return s.n && s.n <= FIELD_MAX && strchr(LOWER, s.p[0]) && text_only(s, UPPER LOWER DIGIT "_");
}

static double read_threshold(const struct node *above, const struct node *below)
{
    const struct node *n = above->v ? above : below;
    if (above->v && below->v)
        node_fail(below, "above or below, not both");
    if (!json_is_number(n->v))
        node_fail(n, "expected a number");
    return json_number_value(n->v);
}

static struct codes read_catalogues(struct building *b, const struct node *list)
{
    struct codes codes = {0};
    const struct codes *partners = &b->reg->partner_codes;
    struct set named = in_refer_all(list, partners, "partner");
    struct str *v = arena_array(b->reg->arena, partners->n, sizeof *v);
    for (int i = set_next(&named, 0); i >= 0 && !b->in->error; i = set_next(&named, i + 1))
        v[codes.n++] = partners->v[i];
    codes.v = v;
    return codes;
}

static struct warning read_warning(struct building *b, const struct node *item, const struct partner *p)
{
    static const char *const members[] = {
        "type", "field", "above", "below", "view", "catalogues", "classificationMarking", NULL};
    struct registry *reg = b->reg;
    struct warning_rule *rule = arena_alloc(reg->arena, sizeof *rule);
    node_object(item, members);
    struct node type = node_member(item, "type"), field = node_member(item, "field"), view = node_member(item, "view");
    struct node above = node_member(item, "above"), below = node_member(item, "below");
    struct node catalogues = node_member(item, "catalogues");
    struct warning w = {.entry = rule, .type = (int)in_refer(&type, &reg->types, "record type")};
    rule->owner = p->code;
    rule->field = in_name(b, &field, name_field, "a field's name");
    rule->marking = in_text(b, item, "classificationMarking");
    rule->catalogues = read_catalogues(b, &catalogues);
    rule->above = above.v != NULL;
    rule->threshold = read_threshold(&above, &below);
    if (!view.v)
        node_fail(&view, "required: a warning is sent in a view");
    if (b->in->error)
        return w;
    w.view = in_view_of(b, &view, (size_t)w.type);
    if (b->in->error)
        return w;
    rule->type = reg->types.v[w.type];
    rule->view = reg->view_codes.v[w.view - 1];
    return w;
}

static int warning_order(const void *a, const void *b)
{
    const struct warning *x = a, *y = b;
    return x->type != y->type ? (x->type > y->type ? 1 : -1) : str_cmp(x->entry->field, y->entry->field);
}

static bool same_terms(const struct warning_rule *a, const struct warning_rule *b)
{
    return str_eq(a->view, b->view) && str_eq(a->marking, b->marking) && codes_same(&a->catalogues, &b->catalogues);
}

/* A record under a warning says owner, type, operator and object; it could not say which of two rules was meant. */
static void check_warnings(const struct node *list, const struct warning *v, size_t n)
{
    for (size_t i = 1; i < n && !list->in->error; i++) {
        const struct warning_rule *a = v[i - 1].entry, *z = v[i].entry;
        if (!warning_order(&v[i - 1], &v[i]))
            node_fail(list, "two rules for %.*s of %.*s", STR_ARG(z->field), STR_ARG(z->type));
        else if (v[i - 1].type == v[i].type && !same_terms(a, z))
            node_fail(list, "the rules for %.*s name different views, markings or catalogues", STR_ARG(z->type));
    }
}

static void read_warnings(struct building *b, const struct node *list, struct partner *p)
{
    size_t n = node_array(list, PARTNER_WARNINGS_MAX);
    struct warning *v = arena_array(b->reg->arena, n, sizeof *v);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node item = node_item(list, i);
        v[i] = read_warning(b, &item, p);
    }
    if (b->in->error)
        return;
    if (n > 1)
        qsort(v, n, sizeof *v, warning_order);
    check_warnings(list, v, n);
    p->warnings = v;
    p->n_warnings = n;
}

/* A warning's marking is the owner's own, for the owner alone to give. */
static const struct label *read_warning_label(struct building *b, const struct node *list, const struct warning *w)
{
    const struct label *label = NULL;
    struct fault fault = {0};
    if (label_parse(b->reg, w->entry->owner, w->entry->marking, NULL, b->reg->arena, &label, NULL, &fault))
        node_fail(list, "`%.*s`: %s", STR_ARG(w->entry->marking), fault.detail);
    else if (label->owners.n != 1 || !str_eq(label->owners.v[0], w->entry->owner))
        node_fail(list, "`%.*s` names other owners", STR_ARG(w->entry->marking));
    return label;
}

void in_warning_labels(struct building *b, const struct node *partners)
{
    struct registry *reg = b->reg;
    size_t most = 0;
    for (size_t p = 0; p < reg->partner_codes.n; p++)
        most += reg->partners[p].n_warnings;
    struct warning_rule *v = arena_array(reg->arena, most, sizeof *v);
    for (size_t p = 0; p < reg->partner_codes.n; p++) {
        for (size_t i = 0; i < reg->partners[p].n_warnings; i++) {
            struct warning *w = (struct warning *)(uintptr_t)&reg->partners[p].warnings[i];
            if (b->in->error)
                return;
            w->label = read_warning_label(b, partners, w);
            v[reg->n_warnings++] = *w->entry;
        }
    }
    reg->warnings = v;
}

/* --- the rules of one partner --- */

static int64_t read_or(const struct node *item, const char *key, int64_t least, int64_t most, int64_t absent)
{
    struct node n = node_member(item, key);
    return n.v ? node_int(&n, least, most) : absent;
}

void in_partner_rules(struct building *b, const struct node *item, struct partner *p)
{
    struct node catalogue = node_member(item, "catalogue"), delegates = node_member(item, "delegates");
    struct node warnings = node_member(item, "dutyToWarn");
    p->rules = (struct partner_rules){
        .max_review_days = read_or(item, "maxReviewDays", 1, REVIEW_DAYS_MAX, REVIEW_DAYS_MAX),
        .request_hours = read_or(item, "requestHours", 1, REQUEST_HOURS_MAX, REQUEST_HOURS_DEFAULT),
        .approvals = (int)read_or(item, "approvals", 1, 2, 1),
        .catalogue = node_bool(&catalogue, false),
    };
    read_delegates(b, &delegates, p);
    read_warnings(b, &warnings, p);
}

/* --- out: what differs from the defaults --- */

static void out_delegates(const struct partner *p, struct buf *out)
{
    for (size_t i = 0; i < p->n_delegates; i++) {
        buf_z(out, i ? ",{" : ",\"delegates\":[{");
        out_text(out, "from", p->delegates[i].from);
        buf_char(out, ',');
        out_text(out, "to", p->delegates[i].to);
        buf_char(out, ',');
        out_time(out, "until", p->delegates[i].until);
        buf_char(out, '}');
    }
    if (p->n_delegates)
        buf_char(out, ']');
}

static void out_warnings(const struct partner *p, struct buf *out)
{
    for (size_t i = 0; i < p->n_warnings; i++) {
        const struct warning_rule *w = p->warnings[i].entry;
        buf_z(out, i ? ",{" : ",\"dutyToWarn\":[{");
        out_text(out, "type", w->type);
        buf_char(out, ',');
        out_text(out, "field", w->field);
        buf_char(out, ',');
        out_number(out, w->above ? "above" : "below", w->threshold);
        buf_char(out, ',');
        out_text(out, "view", w->view);
        if (w->catalogues.n) {
            buf_z(out, ",\"catalogues\":");
            codes_write_json(&w->catalogues, out);
        }
        buf_char(out, ',');
        out_text(out, "classificationMarking", w->marking);
        buf_char(out, '}');
    }
    if (p->n_warnings)
        buf_char(out, ']');
}

void out_partner_rules(const struct partner *p, struct buf *out)
{
    if (p->rules.approvals != 1)
        buf_printf(out, ",\"approvals\":%d", p->rules.approvals);
    if (p->rules.catalogue)
        buf_z(out, ",\"catalogue\":true");
    if (p->rules.max_review_days != REVIEW_DAYS_MAX)
        buf_printf(out, ",\"maxReviewDays\":%lld", (long long)p->rules.max_review_days);
    if (p->rules.request_hours != REQUEST_HOURS_DEFAULT)
        buf_printf(out, ",\"requestHours\":%lld", (long long)p->rules.request_hours);
    out_delegates(p, out);
    out_warnings(p, out);
}

/* --- look-up --- */

size_t registry_warnings(const struct registry *reg, const struct warning_rule **ret)
{
    *ret = reg->warnings;
    return reg->n_warnings;
}

bool warning_trusts(const struct warning_rule *rule, const struct operator_entry *o)
{
    return str_eq(o->accepted_by, rule->owner) || codes_has(&rule->catalogues, o->accepted_by);
}

bool registry_partner_rules(const struct registry *reg, struct str partner, struct partner_rules *ret)
{
    int p = codes_find(&reg->partner_codes, partner);
    if (p >= 0)
        *ret = reg->partners[p].rules;
    return p >= 0;
}

static bool acts(const struct registry *reg, struct str uri)
{
    const struct principal *p = registry_principal(reg, uri);
    return p && principal_active(p);
}

bool registry_delegated(const struct registry *reg, struct str from, struct str to, instant now)
{
    const struct principal *delegate = registry_principal(reg, to);
    if (!delegate || !principal_active(delegate))
        return false;
    const struct partner *p = &reg->partners[delegate->reader->partner];
    for (size_t i = 0; i < p->n_delegates; i++) {
        const struct delegate *d = &p->delegates[i];
        if (str_eq(d->to, to) && (!from.p || str_eq(d->from, from)) && now < d->until && acts(reg, d->from))
            return true;
    }
    return false;
}

/* Delegates are of the same partner as who delegates. */
static bool act_for_the_same(const struct registry *reg, struct str one, struct str other, instant now)
{
    const struct principal *p = registry_principal(reg, one);
    const struct partner *partner = p ? &reg->partners[p->reader->partner] : NULL;
    for (size_t i = 0; partner && i < partner->n_delegates; i++)
        if (registry_delegated(reg, partner->delegates[i].from, one, now) &&
            registry_delegated(reg, partner->delegates[i].from, other, now))
            return true;
    return false;
}

bool registry_independent(const struct registry *reg, struct str one, struct str other, instant now)
{
    return !str_eq(one, other) && !registry_delegated(reg, one, other, now) &&
           !registry_delegated(reg, other, one, now) && !act_for_the_same(reg, one, other, now);
}
