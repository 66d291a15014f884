/* Marking schemes: what a piece of text is in one. */
#include "scheme.h"

#include <stdio.h>

static const char *const effect_names[EFFECT_COUNT] = {[EFFECT_DEMANDED] = "demanded", [EFFECT_CARRIED] = "carried",
                                                       [EFFECT_NOTED] = "noted",       [EFFECT_ORCON] = "orcon",
                                                       [EFFECT_NOFORN] = "noforn",     [EFFECT_REL] = "rel",
                                                       [EFFECT_RELIDO] = "relido",     [EFFECT_DISPLAY] = "display",
                                                       [EFFECT_EYES] = "eyes",         [EFFECT_FGI] = "fgi"};

const char *effect_name(enum effect e)
{
    return effect_names[e];
}

bool effect_parse(struct str s, enum effect *ret)
{
    for (int i = 0; i < EFFECT_COUNT; i++) {
        if (str_is(s, effect_names[i])) {
            *ret = (enum effect)i;
            return true;
        }
    }
    return false;
}

/* --- free names --- */

static bool letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool form_byte(const struct form *f, struct str s, size_t i)
{
    char c = s.p[i];
    switch (f->of) {
    case FORM_LETTERS: return letter(c);
    case FORM_DIGITS: return digit(c) && (i || c != '0');
    case FORM_BOTH: return letter(c) || digit(c);
    case FORM_WORDS: return letter(c) || digit(c) || (c == ' ' && i && i + 1 < s.n && s.p[i - 1] != ' ');
    }
    return false;
}

bool form_fits(const struct form *f, struct str s)
{
    if (!f->most || s.n < f->least || s.n > f->most)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!form_byte(f, s, i))
            return false;
    return true;
}

const char *form_text(const struct form *f, char out[64])
{
    static const char *const of[] = {"letters", "digits", "letters and digits", "letters, digits and spaces"};
    if (f->most)
        snprintf(out, 64, "%d to %d %s", f->least, f->most, of[f->of]);
    else
        snprintf(out, 64, "nothing");
    return out;
}

/* --- spellings --- */

bool spelled_as(struct str s, struct str spelling)
{
    if (s.n != spelling.n)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = spelling.p[i];
        if (s.p[i] != (c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c))
            return false;
    }
    return true;
}

/* In the order portion, banner, aliases; NULL after the last. */
static const struct str *spelling_at(const struct spellings *s, size_t i)
{
    if (i == 0)
        return &s->portion;
    if (i == 1)
        return &s->banner;
    return i - 2 < s->n_aliases ? &s->aliases[i - 2] : NULL;
}

const struct str *spelled_which(const struct spellings *of, struct str s)
{
    const struct str *spelling;
    for (size_t i = 0; (spelling = spelling_at(of, i)); i++)
        if (spelled_as(s, *spelling))
            return spelling;
    return NULL;
}

/* --- pieces of a marking --- */

static bool has_list(const struct control *c)
{
    return c->effect == EFFECT_REL || c->effect == EFFECT_DISPLAY || c->effect == EFFECT_FGI;
}

static bool has_below(const struct control *c)
{
    return c->n_compartments || c->open.most || c->program.most;
}

/* Whether piece is this spelling, or begins with it and what may follow it. */
static bool begins_so(const struct control *c, struct str spelling, struct str piece, struct match *ret)
{
    if (piece.n < spelling.n || !spelled_as((struct str){piece.p, spelling.n}, spelling))
        return false;
    struct match m = {.control = c, .spelling = spelling};
    if (piece.n > spelling.n) {
        char next = piece.p[spelling.n];
        m.below = next == '-' && has_below(c);
        if (!m.below && !(next == ' ' && has_list(c)))
            return false;
        m.rest = (struct str){piece.p + spelling.n + 1, piece.n - spelling.n - 1};
    }
    *ret = m;
    return true;
}

bool scheme_match(const struct scheme *s, struct str piece, struct match *ret)
{
    bool found = false;
    struct match m;
    for (size_t i = 0; i < s->n_controls; i++) {
        const struct str *spelling;
        for (size_t k = 0; (spelling = spelling_at(&s->controls[i].spelled, k)); k++) {
            bool longer = !found || spelling->n > ret->spelling.n;
            if (longer && s->controls[i].effect != EFFECT_EYES && begins_so(&s->controls[i], *spelling, piece, &m)) {
                *ret = m;
                found = true;
            }
        }
    }
    return found;
}

const struct control *scheme_effect(const struct scheme *s, enum effect effect)
{
    for (size_t i = 0; i < s->n_controls; i++)
        if (s->controls[i].effect == effect)
            return &s->controls[i];
    return NULL;
}

/* --- controls of a label --- */

const struct compartment *control_compartment(const struct control *c, struct str portion)
{
    for (size_t i = 0; i < c->n_compartments; i++)
        if (str_eq(c->compartments[i].spelled.portion, portion))
            return &c->compartments[i];
    return NULL;
}

static struct str cut(struct str *rest, char at)
{
    const char *found = rest->n ? memchr(rest->p, at, rest->n) : NULL;
    struct str head = {rest->p, found ? (size_t)(found - rest->p) : rest->n};
    *rest = found ? (struct str){found + 1, rest->n - head.n - 1} : (struct str){NULL, 0};
    return head;
}

/* `G ABCD` below c. */
static bool below_fits(const struct control *c, struct str below, struct pieces *ret)
{
    struct str sub = below;
    ret->compartment = cut(&sub, ' ');
    ret->sub = sub;
    const struct compartment *known = control_compartment(c, ret->compartment);
    if (!known && !form_fits(&c->open, ret->compartment))
        return false;
    if (!sub.p)
        return !known || known->alone;
    return form_fits(known ? &known->sub : &c->sub, sub);
}

static bool control_parts(const struct control *c, struct str text, struct pieces *ret)
{
    struct str portion = c->spelled.portion, rest;
    *ret = (struct pieces){.control = c};
    if (c->effect > EFFECT_NOTED || text.n < portion.n || memcmp(text.p, portion.p, portion.n) != 0)
        return false;
    if (text.n == portion.n)
        return c->alone;
    if (text.p[portion.n] != '-' || !has_below(c))
        return false;
    rest = (struct str){text.p + portion.n + 1, text.n - portion.n - 1};
    if (c->program.most) {
        ret->program = cut(&rest, '-');
        if (!form_fits(&c->program, ret->program))
            return false;
        if (!rest.p)
            return true;
    }
    return below_fits(c, rest, ret);
}

bool scheme_parts(const struct scheme *s, struct str text, struct pieces *ret)
{
    struct pieces p;
    for (size_t i = 0; i < s->n_controls; i++) {
        if (str_eq(s->controls[i].spelled.portion, text) && control_parts(&s->controls[i], text, ret))
            return true;
    }
    for (size_t i = 0; i < s->n_controls; i++) {
        if (control_parts(&s->controls[i], text, &p)) {
            *ret = p;
            return true;
        }
    }
    return false;
}

static bool number(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!digit(s.p[i]))
            return false;
    return s.n > 0;
}

static struct str significant(struct str s)
{
    while (s.n && s.p[0] == '0')
        s = (struct str){s.p + 1, s.n - 1};
    return s;
}

/* Numbers by value, and before words; words by their letters (Manual, p. 60: "numbered values first"). */
static int name_order(struct str a, struct str b)
{
    if (a.n && b.n && number(a) != number(b))
        return number(a) ? -1 : 1;
    if (number(a) && number(b) && significant(a).n != significant(b).n)
        return significant(a).n < significant(b).n ? -1 : 1;
    int order = number(a) && number(b) ? str_cmp(significant(a), significant(b)) : 0;
    return order ? order : str_cmp(a, b);
}

int pieces_order(const struct pieces *a, const struct pieces *b)
{
    if (a->control != b->control)
        return a->control < b->control ? -1 : 1;
    int order = name_order(a->program, b->program);
    if (!order)
        order = name_order(a->compartment, b->compartment);
    return order ? order : name_order(a->sub, b->sub);
}

/* By insertion: there are few, and they mostly come in order. */
size_t scheme_sort(const struct scheme *s, struct str *v, size_t n)
{
    struct pieces now, before;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        struct str one = v[i];
        size_t k = kept;
        if (!scheme_parts(s, one, &now) || codes_has(&(struct codes){kept, v}, one))
            continue;
        for (; k && scheme_parts(s, v[k - 1], &before) && pieces_order(&now, &before) < 0; k--)
            v[k] = v[k - 1];
        v[k] = one;
        kept++;
    }
    return kept;
}

bool rule_names(struct str rule_name, struct str name)
{
    size_t n = rule_name.n;
    if (n && rule_name.p[n - 1] == '*')
        return name.n > n - 1 && memcmp(name.p, rule_name.p, n - 1) == 0;
    return str_eq(name, rule_name);
}

/* The control that a label's text is one of, with what is below it: `RD` of `RD-SG 14`. */
static struct str head_of(const struct scheme *s, struct str text)
{
    struct pieces p;
    return scheme_parts(s, text, &p) ? p.control->spelled.portion : text;
}

struct str scheme_superseded(const struct scheme *s, const struct codes *all, struct str text, struct arena *arena)
{
    struct str head = head_of(s, text);
    struct pieces p;
    for (size_t i = 0; i < s->n_rules; i++) {
        const struct marking_rule *r = &s->rules[i];
        for (size_t k = 0; k < all->n && codes_has(&r->supersedes, head); k++) {
            struct str by = head_of(s, all->v[k]);
            if (!codes_has(&r->when, by))
                continue;
            struct str below = {text.p + head.n, text.n - head.n};
            struct str moved = str_of(arena_printf(arena, "%.*s%.*s", STR_ARG(by), STR_ARG(below)));
            return below.n && scheme_parts(s, moved, &p) ? moved : STR("");
        }
    }
    return text;
}

/* How many controls and programs of a block these are. */
static size_t said_in(const struct scheme *s, unsigned block, const struct str *v, size_t n)
{
    struct pieces now, before = {0};
    size_t said = 0;
    for (size_t i = 0; i < n; i++) {
        if (!scheme_parts(s, v[i], &now) || now.control->block != block)
            continue;
        said += now.control != before.control || !str_eq(now.program, before.program);
        before = now;
    }
    return said;
}

static bool folds(const struct scheme *s, const struct control *c, const struct str *v, size_t n)
{
    const struct block *b = &s->blocks[c->block];
    struct pieces p;
    bool named = false;
    for (size_t i = 0; i < n; i++)
        named = named || (scheme_parts(s, v[i], &p) && p.control == c && str_eq(p.program, c->many));
    return named || (b->most && said_in(s, c->block, v, n) > b->most);
}

static size_t fold_into_one(const struct scheme *s, const struct control *c, struct str *v, size_t n,
                            struct arena *arena)
{
    struct pieces p;
    size_t kept = 0;
    bool placed = false;
    for (size_t i = 0; i < n; i++) {
        bool one_of = scheme_parts(s, v[i], &p) && p.control == c;
        if (one_of && placed)
            continue;
        v[kept++] =
            one_of ? str_of(arena_printf(arena, "%.*s-%.*s", STR_ARG(c->spelled.portion), STR_ARG(c->many))) : v[i];
        placed = placed || one_of;
    }
    return kept;
}

size_t scheme_fold(const struct scheme *s, struct str *v, size_t n, struct arena *arena)
{
    for (size_t i = 0; i < s->n_controls; i++)
        if (s->controls[i].many.n && folds(s, &s->controls[i], v, n))
            n = fold_into_one(s, &s->controls[i], v, n, arena);
    return n;
}

bool scheme_excludes(const struct scheme *s, struct str name, struct str control)
{
    for (size_t i = 0; i < s->n_rules; i++)
        if (codes_has(&s->rules[i].when, name) && codes_has(&s->rules[i].excludes, control))
            return true;
    return false;
}

bool scheme_allows(const struct scheme *s, struct str control, int level)
{
    for (size_t i = 0; i < s->n_rules; i++)
        for (size_t k = 0; s->rules[i].limited && k < s->rules[i].when.n; k++)
            if (rule_names(s->rules[i].when.v[k], control) && !(s->rules[i].levels >> level & 1))
                return false;
    return true;
}

bool scheme_above(const struct scheme *s, struct str text, struct str *ret)
{
    struct pieces p;
    if (!scheme_parts(s, text, &p) || !p.compartment.n)
        return false;
    struct str above = text;
    if (p.sub.n) {
        above.n -= p.sub.n + 1;
        const struct compartment *known = control_compartment(p.control, p.compartment);
        if (!known || known->alone) {
            *ret = above;
            return true;
        }
    }
    above.n -= p.compartment.n + 1;
    *ret = above;
    return p.program.n || p.control->alone;
}
