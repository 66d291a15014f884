/* Labels as marking text. */
#include "marking.h"

#include <stdlib.h>

static const struct partner *partner_of(const struct registry *reg, struct str code)
{
    int at = codes_find(&reg->partner_codes, code);
    return at < 0 ? NULL : &reg->partners[at];
}

static bool national(const struct registry *reg, struct str owner, struct str policy)
{
    const struct partner *p = partner_of(reg, owner);
    return p && str_eq(reg->policies.v[p->profile], policy);
}

struct str marking_lead(const struct registry *reg, const struct label *l)
{
    if (codes_has(&l->owners, l->policy))
        return l->policy;
    for (size_t i = 0; i < l->owners.n; i++)
        if (national(reg, l->owners.v[i], l->policy))
            return l->owners.v[i];
    return l->owners.v[0];
}

void marking_order(const struct registry *reg, const struct codes *codes, struct str lead, struct str *out)
{
    size_t n = 0;
    for (size_t i = 0; i < codes->n; i++)
        if (str_eq(codes->v[i], lead))
            out[n++] = lead;
    for (int communities = 0; communities < 2; communities++)
        for (size_t i = 0; i < codes->n; i++)
            if (!str_eq(codes->v[i], lead) && registry_has_partner(reg, codes->v[i]) == !communities)
                out[n++] = codes->v[i];
}

static bool anyones_profile(const struct registry *reg, size_t profile)
{
    for (size_t i = 0; i < reg->partner_codes.n; i++)
        if (reg->partners[i].profile == (int)profile)
            return true;
    return false;
}

int marking_profile_of(const struct registry *reg, struct str level)
{
    int found = -1;
    for (size_t i = 0; i < reg->policies.n; i++) {
        const struct profile *p = &reg->profiles[i];
        bool spelled = profile_level_spelled(p, level) >= 0;
        for (size_t k = 0; k < p->scheme.n_shorthands; k++)
            spelled |= spelled_as(level, p->scheme.shorthands[k].text);
        if (!spelled || p->input || anyones_profile(reg, i))
            continue;
        if (found >= 0)
            return -1;
        found = (int)i;
    }
    return found;
}

struct spelling {
    const struct registry *reg;
    const struct label *label;
    const struct profile *profile; /* NULL: unknown */
    struct str lead;
    bool banner;
    struct buf *out;
    int block; /* written last, -1: none */
};

static struct str level_text(const struct spelling *s)
{
    int level = s->profile ? profile_level(s->profile, s->label->level) : -1;
    return level < 0 || !s->banner ? s->label->level : s->profile->levels[level].banner;
}

static void add_list(const struct spelling *s, const struct codes *codes, struct str lead, struct str separator)
{
    struct str ordered[REGISTRY_CODES_MAX], sorted[REGISTRY_CODES_MAX], twice;
    size_t n = codes->n < REGISTRY_CODES_MAX ? codes->n : REGISTRY_CODES_MAX;
    if (n)
        memcpy(sorted, codes->v, n * sizeof *sorted);
    codes_sort(sorted, n, &twice);
    marking_order(s->reg, &(struct codes){n, sorted}, lead, ordered);
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_str(s->out, separator);
        buf_str(s->out, ordered[i]);
    }
}

static void add_classification(const struct spelling *s, enum prefix prefix)
{
    const struct label *l = s->label;
    struct str level = level_text(s);
    if (l->joint) {
        /* to whom it is not, the first owner says whose profile it is */
        bool sorted = s->profile && s->profile->scheme.joint_sorted && prefix != PREFIX_OWNER;
        buf_z(s->out, "//JOINT ");
        buf_str(s->out, level);
        buf_char(s->out, ' ');
        add_list(s, &l->owners, sorted ? STR("") : s->lead, STR(" "));
        return;
    }
    bool own = national(s->reg, s->lead, l->policy), input = s->profile && s->profile->input;
    if (input || prefix == PREFIX_NONE || (own && prefix == PREFIX_NEEDED)) {
        buf_str(s->out, level);
        return;
    }
    buf_z(s->out, "//");
    int alone = marking_profile_of(s->reg, level);
    if (own)
        add_list(s, &l->owners, s->lead, STR(" "));
    else if (alone < 0 || !str_eq(s->reg->policies.v[alone], l->policy))
        buf_str(s->out, l->policy);
    if (own || alone < 0 || !str_eq(s->reg->policies.v[alone], l->policy))
        buf_char(s->out, ' ');
    buf_str(s->out, level);
}

/* --- controls --- */

static struct str spelled(const struct spelling *s, const struct spellings *of)
{
    return s->banner ? of->banner : of->portion;
}

/* What divides the next control from what stands before it. */
static void divide(struct spelling *s, int block)
{
    struct str between = s->profile ? s->profile->scheme.separator : STR("/");
    if (s->block == block && between.n)
        buf_str(s->out, between);
    else
        buf_z(s->out, "//");
    s->block = block;
}

static int by_parts(const void *a, const void *b)
{
    return pieces_order(a, b);
}

/* Those of l's controls that belong to c, in order. */
static size_t parts_of(const struct spelling *s, const struct control *c, struct pieces *out)
{
    const struct codes *codes = c->effect == EFFECT_DEMANDED ? &s->label->caveats : &s->label->controls;
    size_t n = 0;
    for (size_t i = 0; i < codes->n && n < LABEL_CODES_MAX; i++)
        if (scheme_parts(&s->profile->scheme, codes->v[i], &out[n]) && out[n].control == c)
            n++;
    if (n > 1)
        qsort(out, n, sizeof *out, by_parts);
    return n;
}

/* `-G`, and ` ABCD` when it is of the compartment written before. */
static void add_below(const struct spelling *s, const struct pieces *before, const struct pieces *p)
{
    const struct compartment *known = control_compartment(p->control, p->compartment);
    bool same = before && str_eq(before->program, p->program) && str_eq(before->compartment, p->compartment);
    if (!p->compartment.n)
        return;
    if (!same) {
        buf_char(s->out, '-');
        buf_str(s->out, known ? spelled(s, &known->spelled) : p->compartment);
    }
    if (p->sub.n) {
        buf_char(s->out, ' ');
        buf_str(s->out, p->sub);
    }
}

static void add_held(struct spelling *s, const struct control *c)
{
    struct pieces parts[LABEL_CODES_MAX];
    size_t n = parts_of(s, c, parts);
    for (size_t i = 0; i < n; i++) {
        bool program = !i || !str_eq(parts[i].program, parts[i - 1].program);
        if (program)
            divide(s, c->block);
        if (!i)
            buf_str(s->out, spelled(s, &c->spelled));
        if (program && parts[i].program.n) {
            buf_z(s->out, i ? "" : "-");
            buf_str(s->out, parts[i].program);
        }
        add_below(s, i && !program ? &parts[i - 1] : NULL, &parts[i]);
    }
}

/* Whether a control that is written says this too: SBU-NF says NOFORN. */
static bool said_otherwise(const struct spelling *s, enum effect effect)
{
    struct pieces p;
    for (size_t i = 0; s->profile && i < s->label->controls.n; i++)
        if (scheme_parts(&s->profile->scheme, s->label->controls.v[i], &p) &&
            (effect == EFFECT_ORCON ? p.control->orcon : p.control->noforn))
            return true;
    return false;
}

static bool says(const struct spelling *s, enum effect effect)
{
    const struct label *l = s->label;
    switch (effect) {
    case EFFECT_ORCON: return l->orcon && !said_otherwise(s, effect);
    case EFFECT_NOFORN: return l->mode == RELEASE_NOFORN && !said_otherwise(s, effect);
    case EFFECT_REL: return l->rel.n > 0;
    case EFFECT_RELIDO: return l->relido;
    case EFFECT_DISPLAY: return l->display.n > 0;
    case EFFECT_FGI: return l->fgi.n > 0;
    default: return false;
    }
}

static void add_codes_of(const struct spelling *s, const struct control *c)
{
    const struct label *l = s->label;
    if (c->effect == EFFECT_FGI && l->fgi.n == 1 && str_is(l->fgi.v[0], "FGI"))
        return; /* concealed: the word alone says it */
    const struct codes *codes = c->effect == EFFECT_REL       ? &l->rel
                                : c->effect == EFFECT_DISPLAY ? &l->display
                                : c->effect == EFFECT_FGI     ? &l->fgi
                                                              : NULL;
    if (!codes)
        return;
    buf_char(s->out, ' ');
    add_list(s, codes, c->effect == EFFECT_REL ? s->lead : STR(""), c->separators[0]);
}

/* Release controls that a scheme has no word for: an effective marking may need them all the same. */
static void add_missing(struct spelling *s)
{
    static const struct str comma = {", ", 2}, space = {" ", 1};
    static const struct control usual[] = {
        {.spelled = {{"FGI", 3}, {"FGI", 3}, NULL, 0}, .effect = EFFECT_FGI, .separators = &space},
        {.spelled = {{"OC", 2}, {"ORCON", 5}, NULL, 0}, .effect = EFFECT_ORCON, .separators = &comma},
        {.spelled = {{"NF", 2}, {"NOFORN", 6}, NULL, 0}, .effect = EFFECT_NOFORN, .separators = &comma},
        {.spelled = {{"REL TO", 6}, {"REL TO", 6}, NULL, 0}, .effect = EFFECT_REL, .separators = &comma},
        {.spelled = {{"RELIDO", 6}, {"RELIDO", 6}, NULL, 0}, .effect = EFFECT_RELIDO, .separators = &comma},
        {.spelled = {{"DISPLAY ONLY", 12}, {"DISPLAY ONLY", 12}, NULL, 0},
         .effect = EFFECT_DISPLAY,
         .separators = &comma}};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        const struct control *c = &usual[i];
        if (!says(s, c->effect) || (s->profile && scheme_effect(&s->profile->scheme, c->effect)))
            continue;
        divide(s, c->effect == EFFECT_FGI ? -2 : -3);
        buf_str(s->out, spelled(s, &c->spelled));
        add_codes_of(s, c);
    }
}

static void add_controls(struct spelling *s)
{
    for (size_t i = 0; s->profile && i < s->profile->scheme.n_controls; i++) {
        const struct control *c = &s->profile->scheme.controls[i];
        if (c->effect <= EFFECT_NOTED) {
            add_held(s, c);
        } else if (says(s, c->effect)) {
            divide(s, c->block);
            buf_str(s->out, spelled(s, &c->spelled));
            add_codes_of(s, c);
        }
    }
    add_missing(s);
}

void marking_write(const struct registry *reg, const struct label *l, bool banner, enum prefix prefix, struct buf *out)
{
    int profile = codes_find(&reg->policies, l->policy);
    struct spelling s = {reg, l, profile < 0 ? NULL : &reg->profiles[profile], marking_lead(reg, l), banner, out, -1};
    add_classification(&s, prefix);
    add_controls(&s);
}

void label_portion(const struct registry *reg, const struct label *l, struct buf *out)
{
    marking_write(reg, l, false, PREFIX_NEEDED, out);
}

void label_banner(const struct registry *reg, const struct label *l, struct buf *out)
{
    marking_write(reg, l, true, PREFIX_NEEDED, out);
}

void label_text(const struct registry *reg, const struct label *l, struct str poster, bool banner, struct buf *out)
{
    bool theirs = national(reg, marking_lead(reg, l), l->policy), several = l->owners.n > 1 && !l->joint;
    bool ours = national(reg, poster, l->policy) && (codes_has(&l->owners, poster) ? !several : !theirs);
    marking_write(reg, l, banner, ours ? PREFIX_NONE : theirs ? PREFIX_OWNER : PREFIX_NEEDED, out);
}
