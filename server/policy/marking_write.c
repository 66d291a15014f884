/* Labels as marking text. */
#include "marking.h"

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
        if (profile_level_spelled(&reg->profiles[i], level) < 0 || anyones_profile(reg, i))
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
    struct str lead;
    bool banner;
    struct buf *out;
};

static struct str level_text(const struct spelling *s)
{
    int profile = codes_find(&s->reg->policies, s->label->policy);
    int level = profile < 0 ? -1 : profile_level(&s->reg->profiles[profile], s->label->level);
    if (level < 0 || !s->banner)
        return s->label->level;
    return s->reg->profiles[profile].levels[level].banner;
}

static void add_list(const struct spelling *s, const struct codes *codes, struct str lead, const char *separator)
{
    struct str ordered[REGISTRY_CODES_MAX];
    size_t n = codes->n < REGISTRY_CODES_MAX ? codes->n : REGISTRY_CODES_MAX;
    marking_order(s->reg, &(struct codes){n, codes->v}, lead, ordered);
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_z(s->out, separator);
        buf_str(s->out, ordered[i]);
    }
}

static void add_classification(const struct spelling *s, enum prefix prefix)
{
    const struct label *l = s->label;
    struct str level = level_text(s);
    if (l->joint) {
        buf_z(s->out, "//JOINT ");
        buf_str(s->out, level);
        buf_char(s->out, ' ');
        add_list(s, &l->owners, s->lead, " ");
        return;
    }
    bool own = national(s->reg, s->lead, l->policy);
    if (prefix == PREFIX_NONE || (own && prefix == PREFIX_NEEDED)) {
        buf_str(s->out, level);
        return;
    }
    buf_z(s->out, "//");
    int alone = marking_profile_of(s->reg, level);
    if (own || alone < 0 || !str_eq(s->reg->policies.v[alone], l->policy)) {
        buf_str(s->out, own ? s->lead : l->policy);
        buf_char(s->out, ' ');
    }
    buf_str(s->out, level);
}

static void add_caveats(const struct spelling *s)
{
    const struct label *l = s->label;
    int profile = codes_find(&s->reg->policies, l->policy);
    bool first = true;
    for (size_t i = 0; profile >= 0 && i < s->reg->profiles[profile].caveats.n; i++) {
        struct str caveat = s->reg->profiles[profile].caveats.v[i];
        if (!codes_has(&l->caveats, caveat))
            continue;
        buf_z(s->out, first ? "//" : "/");
        buf_str(s->out, caveat);
        first = false;
    }
}

static void add_fgi(const struct spelling *s)
{
    const struct label *l = s->label;
    if (!l->fgi.n)
        return;
    buf_z(s->out, "//FGI");
    for (size_t i = 0; i < l->fgi.n; i++) {
        if (str_is(l->fgi.v[i], "FGI")) /* concealed: the word alone says it */
            continue;
        buf_char(s->out, ' ');
        buf_str(s->out, l->fgi.v[i]);
    }
}

static void add_control(const struct spelling *s, bool *first)
{
    buf_z(s->out, *first ? "//" : "/");
    *first = false;
}

static void add_dissemination(const struct spelling *s)
{
    const struct label *l = s->label;
    bool first = true;
    if (l->orcon) {
        add_control(s, &first);
        buf_z(s->out, s->banner ? "ORCON" : "OC");
    }
    if (l->mode == RELEASE_NOFORN) {
        add_control(s, &first);
        buf_z(s->out, s->banner ? "NOFORN" : "NF");
    }
    if (l->rel.n) {
        add_control(s, &first);
        buf_z(s->out, "REL TO ");
        add_list(s, &l->rel, s->lead, ", ");
    }
    if (l->relido) {
        add_control(s, &first);
        buf_z(s->out, "RELIDO");
    }
    if (l->display.n) {
        add_control(s, &first);
        buf_z(s->out, "DISPLAY ONLY ");
        add_list(s, &l->display, STR(""), ", ");
    }
}

void marking_write(const struct registry *reg, const struct label *l, bool banner, enum prefix prefix, struct buf *out)
{
    struct spelling s = {reg, l, marking_lead(reg, l), banner, out};
    add_classification(&s, prefix);
    add_caveats(&s);
    add_fgi(&s);
    add_dissemination(&s);
}

void label_portion(const struct registry *reg, const struct label *l, struct buf *out)
{
    marking_write(reg, l, false, PREFIX_NEEDED, out);
}

void label_banner(const struct registry *reg, const struct label *l, struct buf *out)
{
    marking_write(reg, l, true, PREFIX_NEEDED, out);
}
