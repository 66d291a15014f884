/* The control markings of a text, read by the tables of its scheme. */
#include "marking_in.h"

/* --- names below a control: SI-G ABCD, SAR-BP-J12 --- */

static struct list *nodes_of(struct marking *m, const struct control *c)
{
    return c->effect == EFFECT_DEMANDED ? &m->caveats : &m->controls;
}

/* order: the one before it among its equals, or {NULL,0}. */
static void add_node(struct marking *m, const struct control *c, struct str node, const char *at)
{
    struct list *list = nodes_of(m, c);
    marking_present(m, node, at);
    if (list->n && list->n < LABEL_CODES_MAX && !m->hopeless) {
        struct pieces before, now;
        const struct scheme *s = &m->profile->scheme;
        bool same = scheme_parts(s, list->v[list->n - 1], &before) && scheme_parts(s, node, &now) &&
                    before.control == now.control;
        if (same && pieces_order(&before, &now) > 0)
            marking_refuse(m, CLEAR, at, m->profile->scheme.blocks[c->block].order_rule.p,
                           "%.*s stands before %.*s: numbers first, then A-Z", STR_ARG(node),
                           STR_ARG(list->v[list->n - 1]));
    }
    list_keep(m, list, node, at);
}

static struct str joined(struct marking *m, struct str above, char between, struct str name)
{
    return str_of(arena_printf(m->arena, "%.*s%c%.*s", STR_ARG(above), between, STR_ARG(name)));
}

static bool fits(struct marking *m, const struct form *form, struct str name, const char *what, struct str of)
{
    char text[64];
    if (form_fits(form, name))
        return true;
    marking_refuse(m, UNCLEAR, name.p, "RELTO-17", "`%.*s`: %s of %.*s has %s", STR_ARG(name), what, STR_ARG(of),
                   form_text(form, text));
    return false;
}

/* `G ABCD EFGH`. */
static void read_compartment(struct marking *m, const struct control *c, struct str above, struct str text)
{
    const struct compartment *known = NULL;
    const struct str *spelling = NULL;
    struct str rest = text, name = {NULL, 0}, sub;
    for (size_t i = 0; i < c->n_compartments && !spelling; i++) {
        known = &c->compartments[i];
        spelling = spelled_which(&known->spelled, text);
    }
    if (spelling) {
        name = text;
        rest = (struct str){NULL, 0};
    } else {
        take_piece(&rest, " ", &name);
        for (size_t i = 0; i < c->n_compartments && !spelling; i++) {
            known = &c->compartments[i];
            spelling = spelled_which(&known->spelled, name);
        }
    }
    known = spelling ? known : NULL;
    if (!known && !fits(m, &c->open, name, "a compartment", above))
        return;
    if (known)
        marking_respelled(m, name.p, *spelling, known->spelled.portion);
    struct str node = joined(m, above, '-', known ? known->spelled.portion : name);
    if (!known || known->alone)
        add_node(m, c, node, name.p);
    else if (!rest.p)
        marking_refuse(m, UNCLEAR, name.p, "RELTO-17", "%.*s does not stand alone", STR_ARG(node));
    while (!m->hopeless && take_piece(&rest, " ", &sub))
        if (fits(m, known ? &known->sub : &c->sub, sub, "a name", node))
            add_node(m, c, joined(m, node, ' ', sub), sub.p);
}

/* The length of `USA/GBR EYES ONLY` at the beginning of rest, 0 if there is none. */
static size_t eyes_length(const struct marking *m, const struct control *eyes, struct str rest)
{
    struct str tail = eyes->spelled.portion, code, codes;
    const char *at = rest.n > tail.n ? memmem(rest.p, rest.n, tail.p, tail.n) : NULL;
    if (!at || at == rest.p || at[-1] != ' ')
        return 0;
    codes = (struct str){rest.p, (size_t)(at - rest.p) - 1};
    while (take_piece(&codes, "/", &code))
        if (!party_known(m, code))
            return 0;
    return (size_t)(at - rest.p) + tail.n;
}

/* Of several programs, the second and those behind it stand alone: none may be called as a control is written. */
static bool program_fits(struct marking *m, const struct control *c, struct str name)
{
    struct match match;
    const struct scheme *s = &m->profile->scheme;
    const struct control *eyes = scheme_effect(s, EFFECT_EYES);
    if (!fits(m, &c->program, name, "a program", c->spelled.portion))
        return false;
    if (!scheme_match(s, name, &match) && !(eyes && eyes_length(m, eyes, name)))
        return true;
    marking_refuse(m, UNCLEAR, name.p, "RELTO-17", "`%.*s` is a control marking, not a program of %.*s", STR_ARG(name),
                   STR_ARG(c->spelled.portion));
    return false;
}

/* What follows `SI-` or `SAR-`. */
static void read_below(struct marking *m, const struct control *c, struct str text, const char *at)
{
    struct str above = c->spelled.portion, piece;
    if (c->program.most) {
        take_piece(&text, "-", &piece);
        if (!program_fits(m, c, piece))
            return;
        above = joined(m, above, '-', piece);
        add_node(m, c, above, at);
    } else if (c->alone) {
        add_node(m, c, above, at);
    }
    while (!m->hopeless && take_piece(&text, "-", &piece))
        read_compartment(m, c, above, piece);
}

/* --- one control --- */

static void say(struct marking *m, enum effect effect, const char *at)
{
    if (!m->at[effect])
        m->at[effect] = at;
}

static void read_list(struct marking *m, const struct match *match, struct str piece)
{
    const struct control *c = match->control;
    struct list *list = c->effect == EFFECT_DISPLAY ? &m->display : &m->rel;
    if (!match->rest.n)
        marking_refuse(m, UNCLEAR, piece.p, "RELTO-10", "%.*s needs a list of codes", STR_ARG(c->spelled.portion));
    else
        read_codes(m, match->rest, c->separators, c->n_separators, list, party_known, "partner or community");
}

static void read_fgi(struct marking *m, const struct match *match, struct str piece)
{
    const struct control *c = match->control;
    if (m->fgi_concealed)
        marking_refuse(m, UNCLEAR, piece.p, "RELTO-8", "FGI is said twice");
    if (m->foreign && !m->joint)
        marking_refuse(m, UNCLEAR, piece.p, "RELTO-16",
                       "what is another nation's as a whole is not marked as containing such information");
    if (match->rest.p)
        read_codes(m, match->rest, c->separators, c->n_separators, &m->fgi, party_known, "partner or community");
    else
        m->fgi_concealed = true;
}

static void read_plain(struct marking *m, const struct match *match, struct str piece)
{
    const struct control *c = match->control;
    if (c->orcon)
        say(m, EFFECT_ORCON, piece.p);
    if (c->noforn)
        say(m, EFFECT_NOFORN, piece.p);
    if (match->below)
        read_below(m, c, match->rest, piece.p);
    else if (c->alone)
        add_node(m, c, c->spelled.portion, piece.p);
    else
        marking_refuse(m, UNCLEAR, piece.p, "RELTO-17", "%.*s does not stand alone", STR_ARG(c->spelled.portion));
}

static void check_place(struct marking *m, const struct control *c, struct str piece)
{
    const struct control *last = m->last;
    if (!last || last->block != c->block)
        return;
    if (c == last && !c->program.most && (c->effect > EFFECT_NOTED || c->n_compartments || c->open.most))
        marking_refuse(m, UNCLEAR, piece.p, "RELTO-8", "this control occurs twice");
    if (c < last)
        marking_refuse(m, CLEAR, piece.p, m->profile->scheme.blocks[c->block].order_rule.p, "%.*s stands before %.*s",
                       STR_ARG(c->spelled.portion), STR_ARG(last->spelled.portion));
}

static void place_control(struct marking *m, const struct match *match, struct str piece)
{
    const struct control *c = match->control;
    check_place(m, c, piece);
    m->last = !m->last || m->last->block != c->block || c > m->last ? c : m->last;
    marking_present(m, c->spelled.portion, piece.p);
    marking_present(m, m->profile->scheme.blocks[c->block].name, piece.p);
    marking_respelled(m, piece.p, match->spelling, c->spelled.portion);
    say(m, c->effect, piece.p);
}

static void read_control(struct marking *m, const struct match *match, struct str piece)
{
    const struct control *c = match->control;
    place_control(m, match, piece);
    switch (c->effect) {
    case EFFECT_REL:
    case EFFECT_DISPLAY: read_list(m, match, piece); break;
    case EFFECT_FGI: read_fgi(m, match, piece); break;
    case EFFECT_DEMANDED:
    case EFFECT_CARRIED:
    case EFFECT_NOTED: read_plain(m, match, piece); break;
    default: break;
    }
}

void read_shorthand_control(struct marking *m, const struct control *c, const char *at)
{
    marking_present(m, c->spelled.portion, at);
    marking_present(m, m->profile->scheme.blocks[c->block].name, at);
    say(m, c->effect, at);
    add_node(m, c, c->spelled.portion, at);
}

/* --- pieces that are not as the tables say --- */

/* `REL` and `REL USA, JPN` where a list is introduced by `REL TO`. */
static bool match_bare_rel(const struct marking *m, struct str piece, struct match *ret)
{
    const struct control *rel = scheme_effect(&m->profile->scheme, EFFECT_REL);
    if (!rel || !(str_is(piece, "REL") || str_begins(piece, "REL ")))
        return false;
    *ret = (struct match){rel, rel->spelled.portion, str_drop(piece, piece.n > 4 ? 4 : piece.n), false};
    return true;
}

/* Read as REL TO: "convert the EYES ONLY portion marks to REL TO" (Manual, p. 157). */
static bool read_eyes(struct marking *m, struct str *rest)
{
    const struct control *eyes = scheme_effect(&m->profile->scheme, EFFECT_EYES);
    size_t n = eyes ? eyes_length(m, eyes, *rest) : 0;
    if (!n)
        return false;
    struct str piece = {rest->p, n}, codes = {rest->p, n - eyes->spelled.portion.n - 1};
    struct match match = {eyes, eyes->spelled.portion, codes, false};
    *rest = n == rest->n ? (struct str){NULL, 0} : str_drop(*rest, n);
    if (rest->p && !str_begins(*rest, "/")) {
        marking_refuse(m, UNCLEAR, rest->p, "RELTO-5", "expected `/` or `//` behind %.*s", STR_ARG(piece));
        return true;
    }
    if (rest->p)
        *rest = str_drop(*rest, 1);
    read_control(m, &match, piece);
    marking_respelled(m, piece.p, piece, STR("REL TO"));
    if (m->rel.n)
        marking_refuse(m, UNCLEAR, piece.p, "ISM-ID-00033", "REL TO and EYES ONLY exclude each other");
    read_codes(m, codes, eyes->separators, eyes->n_separators, &m->rel, party_known, "partner or community");
    return true;
}

/* `REL`, `EYES`: "may be used when a portion is releasable to exactly the same list […] as […] the banner line"
 * (Manual, p. 153, 157). */
static bool read_banners_list(struct marking *m, struct str piece)
{
    const struct scheme *s = &m->profile->scheme;
    const struct control *rel = scheme_effect(s, EFFECT_REL), *eyes = scheme_effect(s, EFFECT_EYES);
    if (!rel || !m->within || !(str_is(piece, "REL") || (eyes && str_is(piece, "EYES"))))
        return false;
    struct match match = {rel, rel->spelled.portion, {NULL, 0}, false};
    if (!m->within->rel.n) {
        marking_refuse(m, UNCLEAR, piece.p, "RELTO-10", "the banner has no list that %.*s could stand for",
                       STR_ARG(piece));
        return true;
    }
    place_control(m, &match, piece);
    if (m->rel.n)
        marking_refuse(m, UNCLEAR, piece.p, "RELTO-8", "this control occurs twice");
    for (size_t i = 0; i < m->within->rel.n; i++)
        list_keep(m, &m->rel, m->within->rel.v[i], piece.p);
    marking_respelled(m, piece.p, piece, STR("REL TO and the banner's list"));
    return true;
}

static void read_piece(struct marking *m, struct str piece)
{
    struct match match;
    const struct scheme *s = &m->profile->scheme;
    bool first = !m->last;
    if (scheme_match(s, piece, &match)) {
        if (!first && match.control->block != m->last->block)
            marking_refuse(m, UNCLEAR, piece.p, "RELTO-5", "%.*s does not stand beside %.*s: `//` divides blocks",
                           STR_ARG(match.control->spelled.portion), STR_ARG(m->last->spelled.portion));
        else if (!first && match.control == m->last && match.below && match.control->program.most)
            marking_refuse(m, CLEAR, piece.p, "RELTO-8", "%.*s is said once, before the first program",
                           STR_ARG(match.control->spelled.portion));
    } else if (!first && m->last->program.most) {
        match = (struct match){m->last, m->last->spelled.portion, piece, true};
    } else if (read_banners_list(m, piece)) {
        return;
    } else if (match_bare_rel(m, piece, &match)) {
        if (!match.rest.n || str_is(piece, "REL TO"))
            marking_refuse(m, UNCLEAR, piece.p, "RELTO-10",
                           "REL without a list stands for the list in a banner: write REL TO and codes");
        else
            marking_refuse(m, CLEAR, piece.p, "RELTO-5", "a list is introduced by `%.*s `",
                           STR_ARG(match.control->spelled.portion));
    } else {
        marking_refuse(m, UNCLEAR, piece.p, "RELTO-5", "`%.*s` is no control marking of %.*s", STR_ARG(piece),
                       STR_ARG(m->profile->policy));
    }
    if (!m->hopeless)
        read_control(m, &match, piece);
}

/* --- blocks --- */

static void check_block(struct marking *m, const struct control *before, const char *at)
{
    if (!before || !m->last)
        return;
    bool divided = m->profile->scheme.separator.n > 0;
    if (m->last->block == before->block && divided)
        marking_refuse(m, UNCLEAR, at, "RELTO-4", "two blocks of one kind: inside of a block, `%.*s` separates",
                       STR_ARG(m->profile->scheme.separator));
    if (m->last->block < before->block)
        marking_refuse(m, CLEAR, at, "RELTO-4", "%.*s stand before %.*s",
                       STR_ARG(m->profile->scheme.blocks[m->last->block].name),
                       STR_ARG(m->profile->scheme.blocks[before->block].name));
}

static void check_number(struct marking *m, size_t n, const char *at)
{
    const struct block *b = m->last ? &m->profile->scheme.blocks[m->last->block] : NULL;
    if (b && b->most && n > b->most)
        marking_refuse(m, UNCLEAR, at, "RELTO-18", "more than %zu in block %.*s", b->most, STR_ARG(b->name));
}

void read_block(struct marking *m, struct str block)
{
    const struct control *before = m->last;
    struct str rest = marking_trim(m, block), piece;
    const char *at = rest.p;
    size_t n = 0;
    bool divided = m->profile->scheme.separator.n > 0;
    /* where every control has a block to itself, the order is that of the whole marking */
    m->last = divided ? NULL : before;
    while (!m->hopeless && rest.p) {
        n++;
        if (read_eyes(m, &rest))
            continue;
        if (divided) {
            take_piece(&rest, "/", &piece);
        } else {
            m->last = NULL;
            piece = rest;
            rest = (struct str){NULL, 0};
        }
        read_piece(m, marking_trim(m, piece));
    }
    check_number(m, n, at);
    if (!m->hopeless)
        check_block(m, before, at);
    if (!divided && before && m->last && m->last->block == before->block) {
        struct match match = {.control = m->last};
        const struct control *now = m->last;
        m->last = before;
        check_place(m, match.control, (struct str){at, 0});
        m->last = now > before ? now : before;
    }
    if (before && m->last && before->block > m->last->block)
        m->last = before;
}

/* --- rules --- */

void marking_present(struct marking *m, struct str name, const char *at)
{
    if (!m->present)
        m->present = arena_array(m->arena, MARKING_MAX, sizeof *m->present);
    if (m->n_present < MARKING_MAX)
        m->present[m->n_present++] = (struct present){name, at};
}

static const struct present *find_present(const struct marking *m, const struct codes *names)
{
    for (size_t i = 0; i < m->n_present; i++)
        for (size_t k = 0; k < names->n; k++)
            if (rule_names(names->v[k], m->present[i].name))
                return &m->present[i];
    return NULL;
}

static void check_rule(struct marking *m, const struct marking_rule *r)
{
    const struct present *found = find_present(m, &r->when), *other;
    if (!found)
        return;
    bool wrong = (r->limited && !(r->levels >> m->level & 1)) || (r->needs.n && !find_present(m, &r->needs));
    if (wrong)
        marking_refuse(m, UNCLEAR, found->at, r->rule.p, "%.*s: %.*s", STR_ARG(found->name), STR_ARG(r->why));
    else if ((other = find_present(m, &r->excludes)) || (other = find_present(m, &r->supersedes)))
        marking_refuse(m, UNCLEAR, other->at > found->at ? other->at : found->at, r->rule.p, "%.*s with %.*s: %.*s",
                       STR_ARG(found->name), STR_ARG(other->name), STR_ARG(r->why));
}

void check_marking_rules(struct marking *m)
{
    const struct scheme *s = &m->profile->scheme;
    if (m->joint)
        marking_present(m, STR("JOINT"), m->text.p);
    for (size_t i = 0; i < s->n_rules && !m->hopeless; i++)
        check_rule(m, &s->rules[i]);
}
