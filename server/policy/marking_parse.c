/* Marking text becomes a label.
 *
 * The order is strict: classification // caveats // FGI // dissemination (Manual, "Marking syntax"). A deviation that
 * leaves no doubt about what is meant (order, case, separators, repetition) is refused all the same, but reading goes
 * on so that the canonical spelling can be suggested; any other deviation ends the reading. */
#include "marking.h"

#include <stdarg.h>
#include <stdio.h>

struct list {
    struct str v[LABEL_CODES_MAX]; /* as written */
    size_t n;
};

enum block { BLOCK_CLASSIFICATION, BLOCK_CAVEATS, BLOCK_FGI, BLOCK_DISSEMINATION };
enum control { CONTROL_ORCON, CONTROL_NOFORN, CONTROL_REL, CONTROL_RELIDO, CONTROL_DISPLAY, CONTROL_COUNT };

struct marking {
    const struct registry *reg;
    struct str poster, text; /* upper case, without parentheses */
    size_t cut;              /* bytes before text in what was given */
    struct arena *arena;
    struct marking_fault *mf;
    bool faulted, hopeless;

    enum block block; /* reached so far */
    enum control control;
    const struct profile *profile;
    int level;
    bool joint, foreign, prefixed, banner; /* foreign: after a leading `//`; prefixed: which names owners */
    const char *at[CONTROL_COUNT];         /* where it stands, NULL if it does not */
    struct list owners, caveats, fgi, rel, display;
    bool fgi_concealed;
};

/* --- faults --- */

__attribute__((format(printf, 5, 6))) static void refuse(struct marking *m, bool clear, const char *at,
                                                         const char *rule, const char *format, ...)
{
    if (m->hopeless || (m->faulted && clear))
        return;
    m->faulted = true;
    m->hopeless = !clear;
    *m->mf = (struct marking_fault){.offset = m->cut + (size_t)(at - m->text.p)};
    snprintf(m->mf->rule, sizeof m->mf->rule, "%s", rule);
    va_list args;
    va_start(args, format);
    vsnprintf(m->mf->detail, sizeof m->mf->detail, format, args);
    va_end(args);
}

#define CLEAR true
#define UNCLEAR false

/* --- pieces --- */

static struct str drop(struct str s, size_t n)
{
    return (struct str){s.p + n, s.n - n};
}

static bool begins(struct str s, const char *with)
{
    size_t n = strlen(with);
    return s.n >= n && memcmp(s.p, with, n) == 0;
}

/* Takes the next piece off *rest, which separators divide; false after the last one. "a/" has two pieces. */
static bool take_piece(struct str *rest, const char *separator, struct str *ret)
{
    if (!rest->p)
        return false;
    size_t n = strlen(separator);
    const char *at = memmem(rest->p, rest->n, separator, n);
    *ret = (struct str){rest->p, at ? (size_t)(at - rest->p) : rest->n};
    *rest = at ? drop(*rest, ret->n + n) : (struct str){NULL, 0};
    return true;
}

static struct str trim(struct marking *m, struct str s)
{
    struct str t = s;
    while (t.n && t.p[0] == ' ')
        t = drop(t, 1);
    while (t.n && t.p[t.n - 1] == ' ')
        t.n--;
    if (t.n != s.n)
        refuse(m, CLEAR, s.p, "RELTO-7", "no space is allowed beside `/`, a parenthesis or an end");
    return t;
}

static struct str take_word(struct str *rest)
{
    size_t n = 0;
    while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != ',')
        n++;
    struct str word = {rest->p, n};
    *rest = drop(*rest, n);
    return word;
}

/* Takes the spaces and commas before a list's next code, which should be exactly `expected`. */
static void take_gap(struct marking *m, struct str *rest, const char *expected)
{
    size_t n = 0;
    while (n < rest->n && (rest->p[n] == ' ' || rest->p[n] == ','))
        n++;
    if (!str_is((struct str){rest->p, n}, expected))
        refuse(m, CLEAR, rest->p, "RELTO-7", "expected `%s` between codes", expected);
    *rest = drop(*rest, n);
}

static void keep(struct marking *m, struct list *list, struct str code)
{
    for (size_t i = 0; i < list->n; i++) {
        if (str_eq(list->v[i], code)) {
            refuse(m, CLEAR, code.p, "RELTO-8", "`%.*s` occurs twice", STR_ARG(code));
            return;
        }
    }
    if (list->n == LABEL_CODES_MAX)
        refuse(m, UNCLEAR, code.p, "RELTO-13", "more than %d codes in one list", LABEL_CODES_MAX);
    else
        list->v[list->n++] = code;
}

static bool partner_known(const struct marking *m, struct str code)
{
    return registry_has_partner(m->reg, code);
}

static bool party_known(const struct marking *m, struct str code)
{
    return partner_known(m, code) || codes_find(&m->reg->community_codes, code) >= 0;
}

static void read_codes(struct marking *m, struct str rest, const char *separator, struct list *list,
                       bool known(const struct marking *, struct str), const char *what)
{
    while (!m->hopeless && rest.n) {
        struct str code = take_word(&rest);
        if (!code.n)
            refuse(m, CLEAR, rest.p, "RELTO-7", "expected a code");
        else if (!known(m, code))
            refuse(m, UNCLEAR, code.p, "RELTO-9", "`%.*s` is not a registered %s", STR_ARG(code), what);
        else
            keep(m, list, code);
        if (rest.n)
            take_gap(m, &rest, separator);
    }
}

/* --- classification --- */

static void set_level(struct marking *m, const struct profile *p, struct str spelled)
{
    int level = profile_level_spelled(p, spelled);
    m->profile = p;
    m->level = level;
    if (level >= 0) {
        m->banner = !str_eq(spelled, p->levels[level].portion);
        return;
    }
    char known[128] = "";
    for (int i = 0; i < p->n_levels; i++) {
        size_t n = strlen(known);
        snprintf(known + n, sizeof known - n, "%s%.*s", i ? ", " : "", STR_ARG(p->levels[i].portion));
    }
    refuse(m, UNCLEAR, spelled.p, "RELTO-2", "`%.*s` is not a level of %.*s, which has %s", STR_ARG(spelled),
           STR_ARG(p->policy), known);
}

static const struct profile *profile_of(const struct marking *m, struct str partner)
{
    return &m->reg->profiles[m->reg->partners[codes_find(&m->reg->partner_codes, partner)].profile];
}

/* JOINT <level> <owner> <owner> …: the level ends where the first owner begins; its profile is the first owner's. */
static void read_joint(struct marking *m, struct str block)
{
    struct str rest = drop(block, sizeof "JOINT " - 1), level = rest, word;
    bool found = false;
    while (!found && take_piece(&rest, " ", &word))
        found = partner_known(m, word);
    m->joint = m->prefixed = true;
    if (!found || word.p == level.p) {
        refuse(m, UNCLEAR, block.p, "RELTO-3", "expected JOINT, a level and the codes of registered partners");
        return;
    }
    level.n = (size_t)(word.p - level.p) - 1;
    set_level(m, profile_of(m, word), level);
    read_codes(m, drop(block, (size_t)(word.p - block.p)), " ", &m->owners, partner_known, "partner");
    if (m->owners.n < 2)
        refuse(m, UNCLEAR, block.p, "RELTO-12", "JOINT needs at least two owners");
}

/* What follows a leading `//`: `JOINT S USA GBR`, `DEU S`, `NS` or `NATO NS`. */
static void read_foreign(struct marking *m, struct str block)
{
    if (begins(block, "JOINT ")) {
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
        m->prefixed = true;
        keep(m, &m->owners, first);
        set_level(m, profile_of(m, first), level);
    } else if (policy >= 0) {
        set_level(m, &m->reg->profiles[policy], level);
    } else {
        refuse(m, UNCLEAR, block.p, "RELTO-3",
               "after `//` expected JOINT, the code of a registered partner or of a marking policy, and a level");
    }
}

static void read_classification(struct marking *m, struct str *rest)
{
    struct str block;
    m->foreign = begins(*rest, "//");
    if (m->foreign)
        *rest = drop(*rest, 2);
    take_piece(rest, "//", &block);
    block = trim(m, block);
    if (m->foreign)
        read_foreign(m, block);
    else
        set_level(m, profile_of(m, m->poster), block);
}

/* --- the other blocks --- */

static void read_caveats(struct marking *m, struct str block)
{
    struct str piece;
    while (!m->hopeless && take_piece(&block, "/", &piece)) {
        struct str caveat = trim(m, piece);
        int at = codes_find(&m->reg->caveats, caveat);
        if (at < 0 || !set_has(&m->profile->caveat_set, (unsigned)at))
            refuse(m, UNCLEAR, caveat.p, "RELTO-5", "`%.*s` is not a caveat of %.*s", STR_ARG(caveat),
                   STR_ARG(m->profile->policy));
        else
            keep(m, &m->caveats, caveat);
    }
}

static void read_fgi(struct marking *m, struct str block)
{
    m->fgi_concealed = block.n == 3;
    if (block.n > 4)
        read_codes(m, drop(block, 4), " ", &m->fgi, partner_known, "partner");
}

static bool control_of(struct str s, enum control *ret)
{
    if (str_is(s, "OC") || str_is(s, "ORCON"))
        *ret = CONTROL_ORCON;
    else if (str_is(s, "NF") || str_is(s, "NOFORN"))
        *ret = CONTROL_NOFORN;
    else if (str_is(s, "REL") || begins(s, "REL "))
        *ret = CONTROL_REL;
    else if (str_is(s, "RELIDO"))
        *ret = CONTROL_RELIDO;
    else if (str_is(s, "DISPLAY ONLY") || begins(s, "DISPLAY ONLY "))
        *ret = CONTROL_DISPLAY;
    else
        return false;
    return true;
}

static void read_rel(struct marking *m, struct str s)
{
    bool spelled = begins(s, "REL TO ");
    struct str codes = drop(s, spelled ? 7 : (s.n > 4 ? 4 : s.n));
    if (!codes.n || str_is(s, "REL TO"))
        refuse(
            m, UNCLEAR, s.p, "RELTO-10",
            "REL without a list stands for the list in a banner, which a record does not have: write REL TO and codes");
    else if (!spelled)
        refuse(m, CLEAR, s.p, "RELTO-5", "a list is introduced by `REL TO `");
    read_codes(m, codes, ", ", &m->rel, party_known, "partner or community");
}

static void read_display(struct marking *m, struct str s)
{
    if (s.n < 14)
        refuse(m, UNCLEAR, s.p, "RELTO-10", "DISPLAY ONLY needs a list of codes");
    else
        read_codes(m, drop(s, 13), ", ", &m->display, party_known, "partner or community");
}

static void read_one_control(struct marking *m, struct str s)
{
    enum control c;
    if (!control_of(s, &c)) {
        refuse(m, UNCLEAR, s.p, "RELTO-5",
               "`%.*s` is neither a caveat of %.*s nor FGI, OC, NF, REL TO, RELIDO or DISPLAY ONLY", STR_ARG(s),
               STR_ARG(m->profile->policy));
        return;
    }
    if (m->at[c])
        refuse(m, UNCLEAR, s.p, "RELTO-8", "this control occurs twice");
    if (c < m->control)
        refuse(m, CLEAR, s.p, "RELTO-6", "the order of controls is OC, NF, REL TO, RELIDO, DISPLAY ONLY");
    m->at[c] = s.p;
    m->control = c > m->control ? c : m->control;
    if (c == CONTROL_REL)
        read_rel(m, s);
    if (c == CONTROL_DISPLAY)
        read_display(m, s);
}

static void read_dissemination(struct marking *m, struct str block)
{
    struct str piece;
    while (!m->hopeless && take_piece(&block, "/", &piece))
        read_one_control(m, trim(m, piece));
}

static enum block kind_of(const struct marking *m, struct str block)
{
    struct str first;
    take_piece(&block, "/", &first);
    while (first.n && first.p[first.n - 1] == ' ')
        first.n--;
    int caveat = codes_find(&m->reg->caveats, first);
    if (caveat >= 0 && set_has(&m->profile->caveat_set, (unsigned)caveat))
        return BLOCK_CAVEATS;
    return str_is(first, "FGI") || begins(first, "FGI ") ? BLOCK_FGI : BLOCK_DISSEMINATION;
}

static void read_block(struct marking *m, struct str block)
{
    static void (*const readers[])(struct marking *, struct str) = {
        [BLOCK_CAVEATS] = read_caveats, [BLOCK_FGI] = read_fgi, [BLOCK_DISSEMINATION] = read_dissemination};
    block = trim(m, block);
    enum block kind = kind_of(m, block);
    if (kind == m->block)
        refuse(m, UNCLEAR, block.p, "RELTO-4", "two blocks of one kind: inside of a block, `/` separates");
    if (kind < m->block)
        refuse(m, CLEAR, block.p, "RELTO-4", "the order of blocks is classification//caveats//FGI//dissemination");
    m->block = kind > m->block ? kind : m->block;
    if (!m->hopeless)
        readers[kind](m, block);
}

static void exclude(struct marking *m, enum control a, enum control b, const char *rule, const char *text)
{
    if (m->at[a] && m->at[b])
        refuse(m, UNCLEAR, m->at[a] > m->at[b] ? m->at[a] : m->at[b], rule, "%s exclude each other", text);
}

static void check_exclusions(struct marking *m)
{
    static const char three[] = "DISPLAY ONLY, RELIDO and NOFORN";
    exclude(m, CONTROL_REL, CONTROL_NOFORN, "ISM-ID-00033", "REL TO and NOFORN");
    exclude(m, CONTROL_NOFORN, CONTROL_RELIDO, "ISM-ID-00169", three);
    exclude(m, CONTROL_NOFORN, CONTROL_DISPLAY, "ISM-ID-00169", three);
    exclude(m, CONTROL_RELIDO, CONTROL_DISPLAY, "ISM-ID-00169", three);
}

/* --- text → blocks --- */

static bool printable(struct marking *m)
{
    for (size_t i = 0; i < m->text.n; i++) {
        if (m->text.p[i] < ' ' || m->text.p[i] > '~') {
            refuse(m, UNCLEAR, m->text.p + i, "RELTO-1", "byte 0x%02X is not printable ASCII",
                   (unsigned char)m->text.p[i]);
            return false;
        }
    }
    return true;
}

static void raise_case(struct marking *m)
{
    char *upper = arena_strz(m->arena, m->text);
    m->text.p = upper;
    for (size_t i = 0; i < m->text.n; i++) {
        if (upper[i] >= 'a' && upper[i] <= 'z') {
            refuse(m, CLEAR, upper + i, "RELTO-1", "markings are written in capital letters");
            upper[i] = (char)(upper[i] - 'a' + 'A');
        }
    }
}

static void strip_parentheses(struct marking *m)
{
    if (m->text.n < 2 || m->text.p[0] != '(' || m->text.p[m->text.n - 1] != ')')
        return;
    m->text = (struct str){m->text.p + 1, m->text.n - 2};
    m->cut = 1;
}

static void read_marking(struct marking *m)
{
    if (!m->text.n || m->text.n > MARKING_MAX) {
        refuse(m, UNCLEAR, m->text.p, "RELTO-1", "a marking has 1 to %d bytes", MARKING_MAX);
        return;
    }
    if (!printable(m))
        return;
    raise_case(m);
    strip_parentheses(m);
    struct str rest = m->text, block;
    read_classification(m, &rest);
    while (!m->hopeless && take_piece(&rest, "//", &block))
        read_block(m, block);
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

static void check_order(struct marking *m, const struct list *list, struct str lead, const char *rule)
{
    struct codes codes = sorted(m, list, 0), ordered = arrange(m, &codes, lead);
    for (size_t i = 0; i < list->n; i++)
        if (!str_eq(list->v[i], ordered.v[i]))
            refuse(m, CLEAR, list->v[i].p, rule, "expected `%.*s` here: %spartners A-Z, then communities A-Z",
                   STR_ARG(ordered.v[i]), lead.n ? "the owner first, then " : "");
}

static struct codes caveats_of(struct marking *m)
{
    const struct codes *all = &m->profile->caveats;
    struct codes written = {m->caveats.n, m->caveats.v};
    struct str *v = arena_array(m->arena, written.n, sizeof *v);
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++)
        if (codes_has(&written, all->v[i]))
            v[n++] = arena_str(m->arena, all->v[i]);
    for (size_t i = 0; i < n; i++)
        if (!str_eq(v[i], written.v[i]))
            refuse(m, CLEAR, written.v[i].p, "RELTO-11", "expected `%.*s` here: caveats have the order of %.*s",
                   STR_ARG(v[i]), STR_ARG(m->profile->policy));
    return (struct codes){n, v};
}

static bool member_of_named(const struct registry *reg, struct str owner, const struct codes *rel)
{
    const struct partner *p = &reg->partners[codes_find(&reg->partner_codes, owner)];
    for (size_t i = 0; i < p->n_memberships; i++)
        if (codes_has(rel, reg->community_codes.v[p->memberships[i]->community]))
            return true;
    return false;
}

/* The Manual's REL TO: the owner is named first (ISM-ID-00041), somebody else is named, and co-owners are covered. */
static void check_rel(struct marking *m, struct label *l)
{
    if (!m->at[CONTROL_REL])
        return;
    struct str lead = marking_lead(m->reg, l);
    const char *at = m->at[CONTROL_REL];
    if (!codes_has(&l->rel, lead)) {
        refuse(m, CLEAR, at, "ISM-ID-00041", "REL TO names the owner, %.*s, first", STR_ARG(lead));
        add_code(&l->rel, lead);
    }
    if (l->rel.n < 2)
        refuse(m, UNCLEAR, at, "RELTO-14",
               "REL TO names nobody besides the owner; what nobody else may have is NOFORN");
    for (size_t i = 0; m->joint && i < l->owners.n; i++) {
        if (codes_has(&l->rel, l->owners.v[i]) || member_of_named(m->reg, l->owners.v[i], &l->rel))
            continue;
        refuse(m, CLEAR, at, "RELTO-12", "REL TO must cover every owner of JOINT information, %.*s too",
               STR_ARG(l->owners.v[i]));
        add_code(&l->rel, l->owners.v[i]);
    }
    check_order(m, &m->rel, lead, "ISM-ID-00041");
}

static enum release_mode mode_of(const struct marking *m)
{
    if (m->at[CONTROL_NOFORN])
        return RELEASE_NOFORN;
    return m->at[CONTROL_REL] || m->at[CONTROL_DISPLAY] || m->at[CONTROL_RELIDO] ? RELEASE_REL : RELEASE_NONE;
}

static struct codes owners_of(struct marking *m, const struct wire_label *wire)
{
    if (!m->owners.n && wire && wire->owners.n)
        return wire->owners;
    if (!m->owners.n)
        m->owners.v[m->owners.n++] = arena_str(m->arena, m->poster);
    return sorted(m, &m->owners, 0);
}

static struct codes fgi_of(struct marking *m)
{
    if (m->fgi_concealed)
        keep(m, &m->fgi, STR("FGI"));
    return sorted(m, &m->fgi, 0);
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
        .relido = m->at[CONTROL_RELIDO] != NULL,
        .orcon = m->at[CONTROL_ORCON] != NULL,
        .caveats = caveats_of(m),
    };
    struct str lead = marking_lead(m->reg, l);
    check_order(m, &m->fgi, STR(""), "RELTO-11");
    check_order(m, &m->display, STR(""), "RELTO-11");
    if (m->joint)
        check_order(m, &m->owners, lead, "RELTO-11");
    check_rel(m, l);
    l->fgi = fgi_of(m);
    l->owners = arrange(m, &l->owners, lead);
    l->rel = arrange(m, &l->rel, lead);
    l->display = arrange(m, &l->display, STR(""));
}

static void suggest(struct marking *m, const struct label *l)
{
    BUF_CLEANUP struct buf text = {0};
    enum prefix prefix = !m->foreign ? PREFIX_NONE : m->prefixed ? PREFIX_OWNER : PREFIX_NEEDED;
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
    if (l->mode != RELEASE_NONE || m->level > 0 || l->orcon || l->caveats.n || l->fgi.n)
        return fault_set(fault, ERR_INVALID_LABEL, "relto.public",
                         "public is only what is unclassified, without caveats and without any other control");
    l->mode = RELEASE_PUBLIC;
    return 0;
}

int label_parse(const struct registry *reg, struct str poster, struct str marking, const struct wire_label *wire,
                struct arena *arena, const struct label **ret, struct marking_fault *mf, struct fault *fault)
{
    struct marking_fault unwanted;
    struct label l;
    struct marking m = {.reg = reg, .poster = poster, .text = marking, .arena = arena, .mf = mf ? mf : &unwanted};
    if (!registry_has_partner(reg, poster))
        return fault_set(fault, ERR_INVALID_LABEL, "", "`%.*s` is not a registered partner", STR_ARG(poster));
    read_marking(&m);
    if (!m.hopeless)
        finish(&m, wire, &l);
    if (m.faulted && !m.hopeless)
        suggest(&m, &l);
    if (m.faulted) {
        fault_set(fault, ERR_INVALID_MARKING, "classificationMarking", "%s", m.mf->detail);
        if (fault)
            fault->offset = (long)m.mf->offset;
        return ERR_INVALID_MARKING;
    }
    int error = wire ? check_wire(&m, &l, wire, fault) : 0;
    if (!error && wire)
        error = label_add_release_views(reg, poster, wire, arena, &l, fault);
    if (!error)
        *ret = label_resolve(reg, &l, arena);
    return error;
}
