/* Free text where a marking could stand. */
#include "label.h"
#include "registry_data.h"

#define SHORT_WORD 2 /* bytes: S and NF are words of a marking in capital letters only */

static bool alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool begins(struct str text, struct str word)
{
    if (text.n < word.n || (text.n > word.n && alphanumeric(text.p[word.n])))
        return false;
    for (size_t i = 0; i < word.n; i++)
        if (word.n > SHORT_WORD ? upper(text.p[i]) != upper(word.p[i]) : text.p[i] != word.p[i])
            return false;
    return true;
}

static bool holds(struct str text, struct str word)
{
    for (size_t i = 0; word.n && i + word.n <= text.n; i++)
        if ((!i || !alphanumeric(text.p[i - 1])) && begins((struct str){text.p + i, text.n - i}, word))
            return true;
    return false;
}

/* --- what a label says itself --- */

static bool has_control(const struct label *l, const struct control *c)
{
    switch (c->effect) {
    case EFFECT_DEMANDED: return codes_has(&l->caveats, c->spelled.portion);
    case EFFECT_CARRIED:
    case EFFECT_NOTED: return codes_has(&l->controls, c->spelled.portion);
    case EFFECT_ORCON: return l->orcon;
    case EFFECT_NOFORN: return l->mode == RELEASE_NOFORN;
    default: return false; /* lists, whose codes would have to be read */
    }
}

static bool says(const struct profile *own, const struct label *l, struct str word)
{
    if (profile_level_spelled(own, word) >= 0)
        return profile_level_spelled(own, word) <= profile_level(own, l->level);
    for (size_t i = 0; i < own->scheme.n_controls; i++)
        if (spelled_which(&own->scheme.controls[i].spelled, word) && has_control(l, &own->scheme.controls[i]))
            return true;
    return codes_has(&own->caveats, word) && codes_has(&l->caveats, word);
}

/* --- the words of all profiles --- */

struct looking {
    const struct profile *own;
    const struct label *label;
    struct str text, *found;
};

static bool found(const struct looking *k, struct str word)
{
    char capitals[SPELLING_MAX];
    if (!holds(k->text, word))
        return false;
    word.n = word.n < sizeof capitals ? word.n : sizeof capitals;
    for (size_t i = 0; i < word.n; i++)
        capitals[i] = upper(word.p[i]);
    if (says(k->own, k->label, (struct str){capitals, word.n}))
        return false;
    *k->found = word;
    return true;
}

static bool found_any(const struct looking *k, const struct spellings *s)
{
    bool any = found(k, s->portion) || found(k, s->banner);
    for (size_t i = 0; i < s->n_aliases && !any; i++)
        any = found(k, s->aliases[i]);
    return any;
}

static bool found_of(const struct looking *k, const struct profile *p)
{
    bool any = false;
    for (int i = p->open + 1; i < p->n_levels && !any; i++)
        any = found_any(k, &p->levels[i].spelled);
    for (size_t i = 0; i < p->scheme.n_controls && !any; i++)
        any = found_any(k, &p->scheme.controls[i].spelled);
    for (size_t i = 0; i < p->caveats.n && !any; i++)
        any = found(k, p->caveats.v[i]);
    return any;
}

bool label_says(const struct registry *reg, const struct label *label, struct str text, struct str *ret_word)
{
    int own = codes_find(&reg->policies, label->policy);
    struct looking k = {own < 0 ? NULL : &reg->profiles[own], label, text, ret_word};
    *ret_word = text;
    bool any = own < 0;
    for (size_t i = 0; i < reg->policies.n && !any; i++)
        any = found_of(&k, &reg->profiles[i]);
    return !any;
}
