/* Marking text becomes a label.
 *
 * The order is strict: classification // controls by block // … (Manual, "Marking syntax"; the blocks are the
 * scheme's). A deviation that leaves no doubt about what is meant (order, case, separators, repetition) is refused all
 * the same, but reading goes on so that the canonical spelling can be suggested; any other deviation ends the reading.
 */
#include "marking_in.h"

#include <stdarg.h>
#include <stdio.h>

/* --- faults --- */

static void keep_change(struct marking *m, const char *at, const char *rule, const char *detail)
{
    struct marking_changes *all = m->changes;
    if (!all || all->n == MARKING_CHANGES_MAX)
        return;
    struct marking_change *c = &all->v[all->n++];
    c->offset = m->cut + (size_t)(at - m->text.p);
    snprintf(c->rule, sizeof c->rule, "%s", rule);
    snprintf(c->detail, sizeof c->detail, "%s", detail);
}

void marking_refuse(struct marking *m, bool clear, const char *at, const char *rule, const char *format, ...)
{
    char detail[sizeof m->mf->detail];
    if (m->hopeless)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    if (clear)
        keep_change(m, at, rule, detail);
    if (m->faulted && clear)
        return;
    m->faulted = true;
    m->hopeless = !clear;
    *m->mf = (struct marking_fault){.offset = m->cut + (size_t)(at - m->text.p)};
    snprintf(m->mf->rule, sizeof m->mf->rule, "%s", rule);
    snprintf(m->mf->detail, sizeof m->mf->detail, "%s", detail);
}

void marking_respelled(struct marking *m, const char *at, struct str written, struct str canonical)
{
    char detail[sizeof m->mf->detail];
    if (!m->changes || str_eq(written, canonical))
        return;
    snprintf(detail, sizeof detail, "`%.*s` is written `%.*s`", STR_ARG(written), STR_ARG(canonical));
    keep_change(m, at, "RELTO-15", detail);
}

/* --- pieces --- */

struct str str_drop(struct str s, size_t n)
{
    return (struct str){s.p + n, s.n - n};
}

bool str_begins(struct str s, const char *with)
{
    size_t n = strlen(with);
    return s.n >= n && memcmp(s.p, with, n) == 0;
}

bool take_piece(struct str *rest, const char *separator, struct str *ret)
{
    if (!rest->p)
        return false;
    size_t n = strlen(separator);
    const char *at = memmem(rest->p, rest->n, separator, n);
    *ret = (struct str){rest->p, at ? (size_t)(at - rest->p) : rest->n};
    *rest = at ? str_drop(*rest, ret->n + n) : (struct str){NULL, 0};
    return true;
}

struct str marking_trim(struct marking *m, struct str s)
{
    struct str t = s;
    while (t.n && t.p[0] == ' ')
        t = str_drop(t, 1);
    while (t.n && t.p[t.n - 1] == ' ')
        t.n--;
    if (t.n != s.n)
        marking_refuse(m, CLEAR, s.p, "RELTO-7", "no space is allowed beside `/`, a parenthesis or an end");
    return t;
}

static struct str take_word(struct str *rest, const char *ends)
{
    size_t n = 0;
    while (n < rest->n && !strchr(ends, rest->p[n]))
        n++;
    struct str word = {rest->p, n};
    *rest = str_drop(*rest, n);
    return word;
}

/* Takes what stands before a list's next code, which should be exactly one of the separators. */
static void take_gap(struct marking *m, struct str *rest, const char *bytes, const struct str *separators, size_t n)
{
    size_t taken = 0;
    bool right = false;
    while (taken < rest->n && strchr(bytes, rest->p[taken]))
        taken++;
    for (size_t i = 0; i < n; i++)
        right |= str_eq((struct str){rest->p, taken}, separators[i]);
    if (!right)
        marking_refuse(m, CLEAR, rest->p, "RELTO-7", "expected `%.*s` between codes", STR_ARG(separators[0]));
    else
        marking_respelled(m, rest->p, (struct str){rest->p, taken}, separators[0]);
    *rest = str_drop(*rest, taken);
}

void list_keep(struct marking *m, struct list *list, struct str code, const char *at)
{
    for (size_t i = 0; i < list->n; i++) {
        if (str_eq(list->v[i], code)) {
            marking_refuse(m, CLEAR, at, "RELTO-8", "`%.*s` occurs twice", STR_ARG(code));
            return;
        }
    }
    if (list->n == LABEL_CODES_MAX) {
        marking_refuse(m, UNCLEAR, at, "RELTO-13", "more than %d codes in one list", LABEL_CODES_MAX);
        return;
    }
    list->at[list->n] = at;
    list->v[list->n++] = code;
}

bool partner_known(const struct marking *m, struct str code)
{
    return registry_has_partner(m->reg, code);
}

bool party_known(const struct marking *m, struct str code)
{
    return partner_known(m, code) || codes_find(&m->reg->community_codes, code) >= 0;
}

void read_codes(struct marking *m, struct str rest, const struct str *separators, size_t n, struct list *list,
                bool known(const struct marking *, struct str), const char *what)
{
    bool slash = false;
    for (size_t i = 0; i < n; i++)
        slash |= str_is(separators[i], "/");
    const char *bytes = slash ? " ,/" : " ,";
    while (!m->hopeless && rest.n) {
        struct str code = take_word(&rest, bytes);
        if (!code.n)
            marking_refuse(m, CLEAR, rest.p, "RELTO-7", "expected a code");
        else if (!known(m, code))
            marking_refuse(m, UNCLEAR, code.p, "RELTO-9", "`%.*s` is not a registered %s", STR_ARG(code), what);
        else
            list_keep(m, list, code, code.p);
        if (rest.n)
            take_gap(m, &rest, bytes, separators, n);
    }
    if (!list->n)
        marking_refuse(m, UNCLEAR, rest.p, "RELTO-10", "a list of codes without one");
}

/* --- classification --- */

static const struct str space = {" ", 1};

static void set_level(struct marking *m, const struct profile *p, struct str spelled)
{
    int level = profile_level_spelled(p, spelled);
    m->profile = p;
    m->level = level;
    if (level >= 0) {
        const struct spellings *s = &p->levels[level].spelled;
        m->level_at = spelled;
        m->level_spelling = *spelled_which(s, spelled);
        m->banner = !spelled_as(spelled, s->portion);
        marking_respelled(m, spelled.p, m->level_spelling, s->portion);
        return;
    }
    for (size_t i = 0; i < p->scheme.n_shorthands; i++) {
        const struct shorthand *h = &p->scheme.shorthands[i];
        if (!spelled_as(spelled, h->text))
            continue;
        m->level = h->level;
        m->level_at = spelled;
        m->level_spelling = h->text;
        m->banner = spelled.n > p->levels[h->level].banner.n;
        marking_respelled(m, spelled.p, h->text, p->levels[h->level].portion);
        read_shorthand_control(m, h->control, spelled.p);
        return;
    }
    char known[128] = "";
    for (int i = 0; i < p->n_levels; i++) {
        size_t n = strlen(known);
        snprintf(known + n, sizeof known - n, "%s%.*s", i ? ", " : "", STR_ARG(p->levels[i].portion));
    }
    marking_refuse(m, UNCLEAR, spelled.p, "RELTO-2", "`%.*s` is not a level of %.*s, which has %s", STR_ARG(spelled),
                   STR_ARG(p->policy), known);
}

static const struct profile *profile_of(const struct marking *m, struct str partner)
{
    return &m->reg->profiles[m->reg->partners[codes_find(&m->reg->partner_codes, partner)].profile];
}

static bool posters_own(const struct marking *m)
{
    return codes_has(&(struct codes){m->owners.n, m->owners.v}, m->poster);
}

/* `JOINT S` in a portion: "when the portion's country list is the same as the banner line JOINT" (Manual, p. 56). */
static bool read_banners_owners(struct marking *m, struct str block, struct str level)
{
    if (!m->within || !m->within->joint)
        return false;
    for (size_t i = 0; i < m->within->owners.n; i++)
        list_keep(m, &m->owners, m->within->owners.v[i], block.p);
    set_level(m, profile_of(m, posters_own(m) ? m->poster : m->owners.v[0]), level);
    marking_respelled(m, block.p, STR("JOINT"), STR("with the owners that the banner names"));
    return true;
}

/* JOINT <level> <owner> <owner> …: the level ends where the first owner begins. Its profile is the poster's if it is
 * one of them, else the first one's. */
static void read_joint(struct marking *m, struct str block)
{
    struct str rest = str_drop(block, sizeof "JOINT " - 1), level = rest, word;
    bool found = false;
    while (!found && take_piece(&rest, " ", &word))
        found = partner_known(m, word);
    m->joint = m->prefixed = true;
    if (!found && read_banners_owners(m, block, level))
        return;
    if (!found || word.p == level.p) {
        marking_refuse(m, UNCLEAR, block.p, "RELTO-3", "expected JOINT, a level and the codes of registered partners");
        return;
    }
    level.n = (size_t)(word.p - level.p) - 1;
    read_codes(m, str_drop(block, (size_t)(word.p - block.p)), &space, 1, &m->owners, party_known,
               "partner or community");
    if (!m->hopeless)
        set_level(m, profile_of(m, posters_own(m) ? m->poster : word), level);
    if (m->owners.n < 2)
        marking_refuse(m, UNCLEAR, block.p, "RELTO-12", "JOINT needs at least two owners");
}

/* `DEU S`, `CAN GBR S`: the codes of one or several nations, and a level of the first one's profile. */
static void read_owners(struct marking *m, struct str block)
{
    struct str rest = block, word = {NULL, 0}, level = {block.p + block.n, 0};
    m->prefixed = true;
    while (rest.p && take_piece(&rest, " ", &word)) {
        if (!partner_known(m, word)) {
            level = (struct str){word.p, block.n - (size_t)(word.p - block.p)};
            break;
        }
        list_keep(m, &m->owners, word, word.p);
    }
    if (!m->hopeless)
        set_level(m, profile_of(m, m->owners.v[0]), level);
}

/* What follows a leading `//`: `JOINT S USA GBR`, `DEU S`, `FGI S`, `NS` or `NATO NS`. */
static void read_foreign(struct marking *m, struct str block)
{
    if (str_begins(block, "JOINT ")) {
        read_joint(m, block);
        return;
    }
    struct str rest = block, first;
    take_piece(&rest, " ", &first);
    int alone = marking_profile_of(m->reg, block), policy = codes_find(&m->reg->policies, first);
    struct str level = rest.p ? rest : (struct str){block.p + block.n, 0};
    if (alone >= 0) {
        set_level(m, &m->reg->profiles[alone], block);
    } else if (partner_known(m, first)) {
        read_owners(m, block);
    } else if (policy >= 0) {
        set_level(m, &m->reg->profiles[policy], level);
    } else if (str_is(first, "FGI")) { /* whose it is must be concealed: to us it is ours, with FGI in it */
        m->fgi_concealed = true;
        m->foreign = false;
        set_level(m, profile_of(m, m->poster), level);
        marking_respelled(m, block.p, STR("//FGI"), STR("//FGI behind the level"));
        marking_present(m, STR("FGI"), block.p);
    } else {
        marking_refuse(
            m, UNCLEAR, block.p, "RELTO-3",
            "after `//` expected JOINT, the code of a registered partner or of a marking policy, and a level");
    }
}

/* The profile whose levels need no prefix, beside the poster's own: CUI, TLP. NULL if no or more than one has it. */
static const struct profile *input_profile(const struct marking *m, struct str level)
{
    const struct profile *found = NULL;
    for (size_t i = 0; i < m->reg->policies.n; i++) {
        const struct profile *p = &m->reg->profiles[i];
        if (!p->input || profile_level_spelled(p, level) < 0)
            continue;
        if (found)
            return NULL;
        found = p;
    }
    return found;
}

static void read_classification(struct marking *m, struct str *rest)
{
    struct str block;
    m->foreign = str_begins(*rest, "//");
    if (m->foreign)
        *rest = str_drop(*rest, 2);
    take_piece(rest, "//", &block);
    block = marking_trim(m, block);
    const struct profile *own = profile_of(m, m->poster), *input = input_profile(m, block);
    if (m->foreign)
        read_foreign(m, block);
    else
        set_level(m, input && profile_level_spelled(own, block) < 0 ? input : own, block);
}

static void exclude(struct marking *m, enum effect a, enum effect b, const char *rule, const char *text)
{
    if (m->at[a] && m->at[b])
        marking_refuse(m, UNCLEAR, m->at[a] > m->at[b] ? m->at[a] : m->at[b], rule, "%s exclude each other", text);
}

/* What a label cannot say at once, whatever its scheme's own rules. */
static void check_exclusions(struct marking *m)
{
    static const char three[] = "DISPLAY ONLY, RELIDO and NOFORN";
    exclude(m, EFFECT_REL, EFFECT_NOFORN, "ISM-ID-00033", "REL TO and NOFORN");
    exclude(m, EFFECT_EYES, EFFECT_NOFORN, "ISM-ID-00033", "EYES ONLY and NOFORN");
    exclude(m, EFFECT_EYES, EFFECT_REL, "ISM-ID-00033", "EYES ONLY and REL TO");
    exclude(m, EFFECT_NOFORN, EFFECT_RELIDO, "ISM-ID-00169", three);
    exclude(m, EFFECT_NOFORN, EFFECT_DISPLAY, "ISM-ID-00169", three);
    exclude(m, EFFECT_RELIDO, EFFECT_DISPLAY, "ISM-ID-00169", three);
}

/* --- text → blocks --- */

static bool printable(struct marking *m)
{
    for (size_t i = 0; i < m->text.n; i++) {
        if (m->text.p[i] < ' ' || m->text.p[i] > '~') {
            marking_refuse(m, UNCLEAR, m->text.p + i, "RELTO-1", "byte 0x%02X is not printable ASCII",
                           (unsigned char)m->text.p[i]);
            return false;
        }
    }
    return true;
}

static void raise_case(struct marking *m)
{
    char *upper = arena_strz(m->arena, m->given);
    m->text.p = upper;
    for (size_t i = 0; i < m->text.n; i++)
        if (upper[i] >= 'a' && upper[i] <= 'z')
            upper[i] = (char)(upper[i] - 'a' + 'A');
}

/* Capital letters, but for a level that its scheme spells otherwise (`OFFICIAL: Sensitive`). */
static void check_case(struct marking *m)
{
    size_t level = m->level_at.p ? (size_t)(m->level_at.p - m->text.p) : m->text.n;
    for (size_t i = 0; i < m->text.n; i++) {
        bool in_level = i >= level && i - level < m->level_spelling.n;
        if (m->given.p[i] == (in_level ? m->level_spelling.p[i - level] : m->text.p[i]))
            continue;
        if (in_level)
            marking_refuse(m, CLEAR, m->text.p + i, "RELTO-1", "expected `%.*s`", STR_ARG(m->level_spelling));
        else
            marking_refuse(m, CLEAR, m->text.p + i, "RELTO-1", "markings are written in capital letters");
        return;
    }
}

static void strip_parentheses(struct marking *m)
{
    if (m->given.n < 2 || m->given.p[0] != '(' || m->given.p[m->given.n - 1] != ')')
        return;
    m->given = m->text = (struct str){m->given.p + 1, m->given.n - 2};
    m->cut = 1;
}

static void read_marking(struct marking *m)
{
    if (!m->text.n || m->text.n > MARKING_MAX) {
        marking_refuse(m, UNCLEAR, m->text.p, "RELTO-1", "a marking has 1 to %d bytes", MARKING_MAX);
        return;
    }
    if (!printable(m))
        return;
    strip_parentheses(m);
    raise_case(m);
    struct str rest = m->text, block;
    read_classification(m, &rest);
    while (!m->hopeless && take_piece(&rest, "//", &block))
        read_block(m, block);
    if (m->hopeless)
        return;
    check_case(m);
    check_marking_rules(m);
    check_exclusions(m);
}

/* --- from what was read to the label --- */

/* A copy in which `more` codes find room. */
static struct codes sorted(struct marking *m, const struct list *list, size_t more)
{
    struct str *v = arena_array(m->arena, list->n + more, sizeof *v), twice;
    memcpy(v, list->v, list->n * sizeof *v);
    codes_sort(v, list->n, &twice);
    return (struct codes){list->n, v};
}

static void add_code(struct codes *codes, struct str code)
{
    struct str *v = (struct str *)(uintptr_t)codes->v, twice; /* made by sorted(), with room */
    v[codes->n++] = code;
    codes_sort(v, codes->n, &twice);
}

static struct codes arrange(struct marking *m, const struct codes *codes, struct str lead)
{
    struct str *v = arena_array(m->arena, codes->n, sizeof *v);
    marking_order(m->reg, codes, lead, v);
    return (struct codes){codes->n, v};
}

static bool ordered_so(struct marking *m, const struct list *list, struct str lead)
{
    struct codes codes = sorted(m, list, 0), ordered = arrange(m, &codes, lead);
    for (size_t i = 0; i < list->n; i++)
        if (!str_eq(list->v[i], ordered.v[i]))
            return false;
    return true;
}

static void check_order(struct marking *m, const struct list *list, struct str lead, const char *rule)
{
    struct codes codes = sorted(m, list, 0), ordered = arrange(m, &codes, lead);
    for (size_t i = 0; i < list->n; i++) {
        if (str_eq(list->v[i], ordered.v[i]))
            continue;
        marking_refuse(m, CLEAR, list->at[i], rule, "expected `%.*s` here: %spartners A-Z, then communities A-Z",
                       STR_ARG(ordered.v[i]), lead.n ? "the owner first, then " : "");
        return;
    }
}

static struct codes controls_of(struct marking *m, const struct list *list)
{
    struct str *v = arena_array(m->arena, list->n, sizeof *v);
    for (size_t i = 0; i < list->n; i++)
        v[i] = arena_str(m->arena, list->v[i]);
    return (struct codes){scheme_sort(&m->profile->scheme, v, list->n), v};
}

static bool member_of_named(const struct registry *reg, struct str owner, const struct codes *rel)
{
    int at = codes_find(&reg->partner_codes, owner);
    const struct partner *p = at < 0 ? NULL : &reg->partners[at];
    for (size_t i = 0; p && i < p->n_memberships; i++)
        if (codes_has(rel, reg->community_codes.v[p->memberships[i]->community]))
            return true;
    return false;
}

/* Who is named first besides the lead: in markings of others' information, "USA must always appear first whenever the
 * REL TO string is used […] by the US or a Non-US entity" (Manual, p. 151), so the poster; of co-owners, any. */
static struct str first_of(struct marking *m, const struct label *l, struct str lead)
{
    struct str first = m->rel.v[0];
    bool other = m->joint ? codes_has(&l->owners, first) : m->prefixed && str_eq(first, m->poster);
    return other && ordered_so(m, &m->rel, first) ? first : lead;
}

/* The Manual's REL TO: the owner is named first (ISM-ID-00041), somebody else is named, and co-owners are covered. */
static void check_rel(struct marking *m, struct label *l)
{
    const char *at = m->at[EFFECT_REL] ? m->at[EFFECT_REL] : m->at[EFFECT_EYES];
    if (!at)
        return;
    struct str lead = marking_lead(m->reg, l);
    if (!codes_has(&l->rel, lead) && !(m->joint && member_of_named(m->reg, lead, &l->rel))) {
        marking_refuse(m, CLEAR, at, "ISM-ID-00041", "REL TO names the owner, %.*s, first", STR_ARG(lead));
        add_code(&l->rel, lead);
    }
    if (l->rel.n < 2)
        marking_refuse(m, UNCLEAR, at, "RELTO-14",
                       "REL TO names nobody besides the owner; what nobody else may have is NOFORN");
    for (size_t i = 0; m->joint && i < l->owners.n; i++) {
        if (codes_has(&l->rel, l->owners.v[i]) || member_of_named(m->reg, l->owners.v[i], &l->rel))
            continue;
        marking_refuse(m, CLEAR, at, "RELTO-12", "REL TO must cover every owner of JOINT information, %.*s too",
                       STR_ARG(l->owners.v[i]));
        add_code(&l->rel, l->owners.v[i]);
    }
    check_order(m, &m->rel, m->rel.n ? first_of(m, l, lead) : lead, "ISM-ID-00041");
}

static enum release_mode mode_of(const struct marking *m)
{
    static const enum effect markings[] = {EFFECT_REL, EFFECT_EYES, EFFECT_DISPLAY, EFFECT_RELIDO, EFFECT_CARRIED};
    if (m->at[EFFECT_NOFORN])
        return RELEASE_NOFORN;
    for (size_t i = 0; i < sizeof markings / sizeof *markings; i++)
        if (m->at[markings[i]])
            return RELEASE_REL;
    return RELEASE_NONE;
}

static struct codes owners_of(struct marking *m, const struct wire_label *wire)
{
    if (!m->owners.n && wire && wire->owners.n)
        return wire->owners;
    if (!m->owners.n)
        list_keep(m, &m->owners, arena_str(m->arena, m->poster), m->text.p);
    return sorted(m, &m->owners, 0);
}

static struct codes fgi_of(struct marking *m, const struct codes *owners)
{
    for (size_t i = 0; i < m->fgi.n; i++)
        if (codes_has(owners, m->fgi.v[i]))
            marking_refuse(m, UNCLEAR, m->fgi.at[i], "RELTO-16", "%.*s owns this: to it, it is not foreign",
                           STR_ARG(m->fgi.v[i]));
    check_order(m, &m->fgi, STR(""), "RELTO-11");
    if (m->fgi_concealed)
        list_keep(m, &m->fgi, STR("FGI"), m->text.p);
    struct codes all = sorted(m, &m->fgi, 0);
    return arrange(m, &all, STR(""));
}

/* A-Z as the Manual has it (p. 56), or the lead first: both are read. An owner writes as its scheme says. */
static void check_owners(struct marking *m, struct str lead)
{
    struct str own = m->joint && m->profile->scheme.joint_sorted && posters_own(m) ? STR("") : lead;
    if (m->prefixed && !ordered_so(m, &m->owners, STR("")) && !ordered_so(m, &m->owners, lead))
        check_order(m, &m->owners, own, "RELTO-11");
}

static void finish(struct marking *m, const struct wire_label *wire, struct label *l)
{
    *l = (struct label){
        .policy = arena_str(m->arena, m->profile->policy),
        .level = arena_str(m->arena, m->profile->levels[m->level].portion),
        .owners = owners_of(m, wire),
        .joint = m->joint,
        .mode = mode_of(m),
        .rel = sorted(m, &m->rel, LABEL_CODES_MAX),
        .display = sorted(m, &m->display, 0),
        .relido = m->at[EFFECT_RELIDO] != NULL,
        .orcon = m->at[EFFECT_ORCON] != NULL,
        .caveats = controls_of(m, &m->caveats),
        .controls = controls_of(m, &m->controls),
    };
    struct str lead = marking_lead(m->reg, l);
    check_order(m, &m->display, STR(""), "RELTO-11");
    check_owners(m, lead);
    check_rel(m, l);
    l->fgi = fgi_of(m, &l->owners);
    l->owners = arrange(m, &l->owners, lead);
    l->rel = arrange(m, &l->rel, lead);
    l->display = arrange(m, &l->display, STR(""));
}

static void suggest(struct marking *m, const struct label *l)
{
    BUF_CLEANUP struct buf text = {0};
    bool ours = !m->foreign || (m->joint && posters_own(m));
    enum prefix prefix = ours ? PREFIX_NONE : m->prefixed ? PREFIX_OWNER : PREFIX_NEEDED;
    marking_write(m->reg, l, m->banner, prefix, &text);
    if (text.n < sizeof m->mf->suggestion)
        snprintf(m->mf->suggestion, sizeof m->mf->suggestion, "%.*s", (int)text.n, text.p);
}

/* --- what the wire says beside --- */

static int check_wire(const struct marking *m, struct label *l, const struct wire_label *wire, struct fault *fault)
{
    for (size_t i = 0; i < wire->owners.n; i++)
        if (!partner_known(m, wire->owners.v[i]))
            return fault_set(fault, ERR_INVALID_LABEL, "relto.owners", "`%.*s` is not a registered partner",
                             STR_ARG(wire->owners.v[i]));
    if (wire->owners.n && !codes_same(&wire->owners, &l->owners))
        return fault_set(fault, ERR_INVALID_LABEL, "relto.owners", "the marking names other owners");
    if (!wire->public)
        return 0;
    if (l->mode != RELEASE_NONE || m->level > 0 || l->orcon || l->caveats.n || l->controls.n || l->fgi.n)
        return fault_set(fault, ERR_INVALID_LABEL, "relto.public",
                         "public is only what is unclassified, without caveats and without any other control");
    l->mode = RELEASE_PUBLIC;
    return 0;
}

/* repair: a marking whose meaning is beyond doubt is read although it is not written as it should be. */
static int parse(struct marking *m, const struct wire_label *wire, bool repair, const struct label **ret,
                 struct fault *fault)
{
    struct label l;
    if (!registry_has_partner(m->reg, m->poster))
        return fault_set(fault, ERR_INVALID_LABEL, "", "`%.*s` is not a registered partner", STR_ARG(m->poster));
    read_marking(m);
    if (!m->hopeless)
        finish(m, wire, &l);
    if (m->faulted && !m->hopeless)
        suggest(m, &l);
    if (m->hopeless || (m->faulted && !repair)) {
        fault_set(fault, ERR_INVALID_MARKING, "classificationMarking", "%s", m->mf->detail);
        if (fault)
            fault->offset = (long)m->mf->offset;
        return ERR_INVALID_MARKING;
    }
    int error = wire ? check_wire(m, &l, wire, fault) : 0;
    if (!error && wire)
        error = label_add_release_views(m->reg, m->poster, wire, m->arena, &l, fault);
    if (!error)
        *ret = label_resolve(m->reg, &l, m->arena);
    return error;
}

int label_parse(const struct registry *reg, struct str poster, struct str marking, const struct wire_label *wire,
                struct arena *arena, const struct label **ret, struct marking_fault *mf, struct fault *fault)
{
    return label_parse_portion(reg, poster, marking, NULL, wire, arena, ret, mf, fault);
}

static struct marking begin(const struct registry *reg, struct str poster, struct str text, const struct label *banner,
                            struct arena *arena, struct marking_fault *mf)
{
    return (struct marking){
        .reg = reg, .within = banner, .poster = poster, .given = text, .text = text, .arena = arena, .mf = mf};
}

int label_parse_portion(const struct registry *reg, struct str poster, struct str marking, const struct label *banner,
                        const struct wire_label *wire, struct arena *arena, const struct label **ret,
                        struct marking_fault *mf, struct fault *fault)
{
    struct marking_fault unwanted;
    struct marking m = begin(reg, poster, marking, banner, arena, mf ? mf : &unwanted);
    return parse(&m, wire, false, ret, fault);
}

int label_normalise(const struct registry *reg, struct str poster, struct str marking, const struct label *banner,
                    const struct wire_label *wire, struct arena *arena, const struct label **ret,
                    struct marking_changes *changes, struct marking_fault *mf, struct fault *fault)
{
    struct marking_fault unwanted;
    struct marking m = begin(reg, poster, marking, banner, arena, mf ? mf : &unwanted);
    m.changes = changes;
    changes->n = 0;
    int error = parse(&m, wire, true, ret, fault);
    if (error)
        return error;
    BUF_CLEANUP struct buf text = {0};
    label_text(reg, *ret, poster, false, &text);
    if (m.cut)
        marking_respelled(&m, m.text.p, STR("(…)"), STR("without parentheses"));
    if (!m.foreign && str_begins(buf_view(&text), "//"))
        keep_change(&m, m.text.p, "RELTO-15", "the owners that the label names are written before the level");
    if (!changes->n && !str_eq(buf_view(&text), marking))
        marking_respelled(&m, m.text.p, marking, buf_view(&text));
    return 0;
}
