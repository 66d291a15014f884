/* The laws of the decision, on random registers, labels, readers and instants.
 *
 * usage: laws [WORLDS [SEED]]      A broken law prints the seed and the situation and ends with 1. */
#include "random_world.h"

#include <stdio.h>
#include <stdlib.h>

#define SUBJECTS 400 /* per world */

struct world {
    struct random random;
    uint64_t seed;
    struct registry *reg;
    struct registry *renamed;   /* the same, with other ids for the agreements */
    struct registry *reversed;  /* the same, with the agreements in another order of precedence */
    struct registry *suspended; /* the same, with no agreement in force */
    struct arena *arena;        /* of one situation */
    size_t decisions, permits, said, reduced, labelled, warned;
};

struct situation {
    const struct subject *subject;
    const struct reader *reader;
    instant now;
    struct verdict verdict;
};

static void print(const char *name, const struct subject *s, const struct verdict *v)
{
    BUF_CLEANUP struct buf label = {0};
    char times[4][INSTANT_TEXT + 1];
    label_write(s->label, &label);
    printf("%s: %.*s\n  type %.*s mode %.*s ingested %s embargo %s expires %s%s, %zu grants, %zu parts\n", name,
           (int)label.n, label.p, STR_ARG(s->type), STR_ARG(s->data_mode), instant_text(s->ingested_at, times[0]),
           instant_text(s->embargo_until, times[1]), instant_text(s->expires, times[2]), s->recalled ? " recalled" : "",
           s->n_grants, s->n_parts);
    printf("  %s, basis %s under `%.*s` `%.*s` in `%.*s`%s, until %s; failed:", v->permit ? "permit" : "deny",
           basis_name(v->basis), STR_ARG(v->agreement), STR_ARG(v->grant), STR_ARG(v->view_code),
           v->release_view ? " labelled" : "", instant_text(v->valid_until, times[3]));
    for (int g = 0; g < GATE_COUNT; g++)
        if (!v->gates[g])
            printf(" %.2s", gate_name((enum gate)g));
    printf("\n");
}

/* Ends the program unless the law holds. */
static void hold(const struct world *w, bool holds, const char *law, const struct situation *a, const char *other_name,
                 const struct subject *other, const struct verdict *v)
{
    if (holds)
        return;
    BUF_CLEANUP struct buf reader = {0};
    char now[INSTANT_TEXT + 1];
    reader_write(a->reader, &reader);
    printf("BROKEN: %s\nseed %llu\nreader %.*s\nnow %s\n", law, (unsigned long long)w->seed, (int)reader.n, reader.p,
           instant_text(a->now, now));
    print("subject", a->subject, &a->verdict);
    print(other_name, other, v);
    exit(1);
}

static struct verdict ask(struct world *w, const struct subject *s, const struct situation *a)
{
    struct verdict v;
    decide(w->reg, a->reader, s, a->now, &v);
    return v;
}

/* --- stricter --- */

static const char *const ladder[] = {"U", "C", "S", "TS"};

static bool raise_level(struct random *r, struct label *l)
{
    for (size_t i = 0; i < 3; i++) {
        if (str_is(l->level, ladder[i])) {
            l->level = str_of(ladder[i + 1 + random_below(r, 3 - i)]);
            return l->mode != RELEASE_PUBLIC;
        }
    }
    return false;
}

static void put(struct arena *arena, struct codes *c, struct str code)
{
    struct str *v = arena_array(arena, c->n + 1, sizeof *v);
    for (size_t i = 0; i < c->n; i++) {
        v[i] = c->v[i];
        if (str_eq(code, v[i]))
            return;
    }
    v[c->n] = code;
    *c = (struct codes){c->n + 1, v};
}

static void drop_one(struct random *r, struct arena *arena, struct codes *c)
{
    if (!c->n)
        return;
    struct str *v = arena_array(arena, c->n, sizeof *v);
    size_t without = random_below(r, c->n), n = 0;
    for (size_t i = 0; i < c->n; i++)
        if (i != without)
            v[n++] = c->v[i];
    *c = (struct codes){n, v};
}

/* One step that can only narrow; false if it does not apply. */
static bool stricter(struct random *r, struct arena *arena, struct subject *s, struct label *l)
{
    struct str partner = str_of(world_partners[random_below(r, WORLD_PARTNERS)]);
    switch (random_below(r, 14)) {
    case 0: return raise_level(r, l);
    case 1: put(arena, &l->caveats, str_of(random_chance(r, 50) ? "SI" : "TK")); return true;
    case 2: l->orcon = true; return true;
    case 3: put(arena, &l->fgi, random_chance(r, 20) ? STR("FGI") : partner); return true;
    case 4: drop_one(r, arena, &l->rel); return true;
    case 5: drop_one(r, arena, &l->display); return true;
    case 6: l->relido = l->mode == RELEASE_REL; return true;
    case 7:
        if (l->mode == RELEASE_REL)
            put(arena, &l->except, partner);
        return true;
    case 8:
        *l = (struct label){.policy = l->policy,
                            .level = l->level,
                            .owners = l->owners,
                            .mode = RELEASE_NOFORN,
                            .caveats = l->caveats,
                            .orcon = l->orcon,
                            .fgi = l->fgi};
        return true;
    case 9:
        s->embargo_until = s->embargo_until == INSTANT_MIN ? random_instant(r) : s->embargo_until + INSTANT_DAY;
        return true;
    case 10: s->expires = s->expires == INSTANT_MAX ? random_instant(r) : s->expires - INSTANT_DAY; return true;
    case 11: s->recalled = true; return true;
    case 12: s->n_grants = s->n_grants ? s->n_grants - 1 : 0; return true;
    default: {
        const struct subject **parts = arena_array(arena, s->n_parts + 1, sizeof(struct subject *));
        memcpy(parts, s->parts, s->n_parts * sizeof *parts);
        parts[s->n_parts++] = random_subject(r, arena, 1);
        s->parts = parts;
        return true;
    }
    }
}

/* Views need not be comparable: then neither shows more. */
static bool shows_more(const struct world *w, const struct verdict *a, const struct verdict *b)
{
    return a->permit && b->permit && a->view != b->view && registry_view_within(w->reg, b->view, a->view);
}

/* What the label of the whole says, and neither a release view nor a warning. */
static bool by_whole(const struct verdict *v)
{
    return !v->release_view && v->basis != BASIS_WARN;
}

static void stricter_never_permits_more(struct world *w, const struct situation *a)
{
    struct subject s = *a->subject;
    struct label *l = arena_alloc(w->arena, sizeof *l);
    *l = *s.label;
    l->resolved = NULL;
    s.label = l;
    for (size_t steps = 1 + random_below(&w->random, 2); steps; steps--)
        if (!stricter(&w->random, w->arena, &s, l))
            return;
    struct verdict v = ask(w, &s, a);
    hold(w, a->verdict.permit || !v.permit, "a stricter label never permits more", a, "stricter", &s, &v);
    hold(w, !by_whole(&a->verdict) || !by_whole(&v) || !shows_more(w, &v, &a->verdict),
         "a stricter label never shows more", a, "stricter", &s, &v);
}

/* An owner more is one more whose agreement is needed; only who becomes an owner by it may gain. */
static void another_owner_never_permits_others_more(struct world *w, const struct situation *a)
{
    struct subject s = *a->subject;
    struct label *l = arena_alloc(w->arena, sizeof *l);
    struct str owner = str_of(world_partners[random_below(&w->random, WORLD_PARTNERS)]);
    *l = *s.label;
    l->resolved = NULL;
    s.label = l;
    put(w->arena, &l->owners, owner);
    struct release_view *views = arena_array(w->arena, l->n_release_views, sizeof *views);
    for (size_t i = 0; i < l->n_release_views; i++) { /* they have the owners of the whole */
        struct label *view = arena_alloc(w->arena, sizeof *view);
        *view = *l->release_views[i].label;
        view->owners = l->owners;
        view->resolved = NULL;
        views[i] = (struct release_view){l->release_views[i].view, view};
        for (size_t k = 0; k < view->fgi.n; k++)
            if (str_eq(view->fgi.v[k], owner))
                return;
    }
    l->release_views = views;
    /* What is foreign information of a partner ceases to be foreign when that partner is an owner. */
    bool foreign = false;
    for (size_t i = 0; i < l->fgi.n; i++)
        foreign |= str_eq(l->fgi.v[i], owner);
    if (foreign || str_eq(reader_partner(a->reader), owner))
        return;
    struct verdict v = ask(w, &s, a);
    hold(w, a->verdict.permit || !v.permit, "another owner never permits others more", a, "owned by more", &s, &v);
}

/* --- derived --- */

static bool owns(const struct situation *a, const struct subject *s)
{
    for (size_t i = 0; i < s->label->owners.n; i++)
        if (str_eq(s->label->owners.v[i], reader_partner(a->reader)))
            return true;
    return false;
}

static void derived_within_parts(struct world *w, const struct situation *a)
{
    if (!a->verdict.permit || owns(a, a->subject))
        return;
    for (size_t i = 0; i < a->subject->n_parts; i++) {
        struct subject part = *a->subject->parts[i];
        part.embargo_until = INSTANT_MIN; /* its times are its own */
        part.expires = INSTANT_MAX;
        struct verdict v = ask(w, &part, a);
        hold(w, v.permit && by_whole(&v), "who reads what was derived reads every part", a, "part", &part, &v);
        hold(w, !str_eq(part.type, a->subject->type) || !shows_more(w, &a->verdict, &v),
             "what was derived is shown in no more than its parts", a, "part", &part, &v);
    }
}

/* --- owner, exemption --- */

static void owner_reads_own(struct world *w, const struct situation *a)
{
    const struct subject *s = a->subject;
    const bool *g = a->verdict.gates;
    bool in_time = s->embargo_until <= a->now && a->now < s->expires && !s->recalled;
    bool first = g[GATE_IDENTITY] && g[GATE_LABEL] && g[GATE_CLEARANCE] && g[GATE_CAVEATS];
    if (!owns(a, s) || !first)
        return;
    hold(w, a->verdict.permit == (in_time || a->verdict.time_exempt), "an owner's principal reads its own record", a,
         "subject", s, &a->verdict);
    hold(w, a->verdict.basis == BASIS_OWNER && !a->verdict.agreement.n, "an owner needs no agreement", a, "subject", s,
         &a->verdict);
}

static void only_owners_are_exempt(struct world *w, const struct situation *a)
{
    const struct subject *s = a->subject;
    bool outside = s->embargo_until > a->now || a->now >= s->expires || s->recalled;
    hold(w, !(a->verdict.permit && outside) || (owns(a, s) && a->verdict.time_exempt),
         "embargo, expiry and recall hide from all but owners", a, "subject", s, &a->verdict);
}

/* --- prohibitions that need no agreement to be looked at --- */

static bool lists(const struct codes *c, struct str code)
{
    for (size_t i = 0; i < c->n; i++)
        if (str_eq(c->v[i], code))
            return true;
    return false;
}

/* Whether the reader's JSON lists the word in the member. */
static bool reader_lists(const struct situation *a, const char *member, struct str word)
{
    BUF_CLEANUP struct buf json = {0};
    reader_write(a->reader, &json);
    buf_char(&json, '\0');
    const char *list = strstr(json.p, member);
    for (const char *p = list; p && *p && *p != ']'; p++)
        if (p[0] == '"' && !strncmp(p + 1, word.p, word.n) && p[1 + word.n] == '"')
            return true;
    return false;
}

/* Whether a live grant of the owner for the reader is among the subject's. */
static bool granted_by(const struct world *w, const struct situation *a, struct str owner)
{
    for (size_t i = 0; i < a->subject->n_grants; i++) {
        const struct grant_entry *g = registry_grant(w->reg, a->subject->grants[i]);
        if (g && str_eq(g->owner, owner) && str_eq(g->recipient, reader_partner(a->reader)) && g->from <= a->now &&
            a->now < g->until)
            return true;
    }
    return false;
}

static bool has_grant(const struct world *w, const struct situation *a)
{
    for (size_t i = 0; i < a->subject->label->owners.n; i++)
        if (!granted_by(w, a, a->subject->label->owners.v[i]))
            return false;
    return true;
}

static void prohibitions_hold(struct world *w, const struct situation *a)
{
    const struct subject *s = a->subject;
    const struct label *l = a->verdict.shown; /* of a release view, its own */
    struct str partner = reader_partner(a->reader);
    BUF_CLEANUP struct buf json = {0};
    reader_write(a->reader, &json);
    buf_char(&json, '\0');
    bool warned = a->verdict.basis == BASIS_WARN;
    bool abroad = !owns(a, s) && !warned, caveats = true;
    for (size_t i = 0; i < l->caveats.n; i++)
        caveats &= reader_lists(a, "\"caveats\":[", l->caveats.v[i]);
    const struct {
        bool forbidden;
        const char *law;
    } laws[] = {
        {strstr(json.p, "\"active\":false"), "who is not active reads nothing"},
        {!reader_lists(a, "\"dataModes\":[", s->data_mode), "data modes are held or not read"},
        {!caveats, "caveats are held or not read"},
        {abroad && l->mode == RELEASE_NOFORN, "NOFORN is for owners"},
        {abroad && lists(&l->except, partner), "who is excepted does not read"},
        {abroad && l->relido && !has_grant(w, a), "RELIDO is released by grants only"},
        {abroad && lists(&l->fgi, STR("FGI")), "concealed foreign information is for owners"},
        {abroad && l->orcon && !has_grant(w, a) && !lists(&l->rel, partner), "ORCON is for whom REL TO names itself"},
        {abroad && l->orcon && l->mode == RELEASE_NONE && !has_grant(w, a), "ORCON is never released by default"},
    };
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++)
        hold(w, !(a->verdict.permit && laws[i].forbidden), laws[i].law, a, "subject", s, &a->verdict);
}

static void without_agreements_only_owners_and_public(struct world *w, const struct situation *a)
{
    BUF_CLEANUP struct buf json = {0};
    struct verdict v;
    reader_write(a->reader, &json);
    decide(w->suspended, reader_read(w->suspended, buf_view(&json), w->arena), a->subject, a->now, &v);
    const struct label *l = v.shown;
    bool open = l->mode == RELEASE_PUBLIC && str_is(l->level, "U") && !l->orcon && !l->caveats.n && !l->fgi.n;
    hold(w, !v.permit || owns(a, a->subject) || open || v.basis == BASIS_WARN,
         "without an agreement in force only owners read, and all what is public; operators are warned", a,
         "all suspended", a->subject, &v);
}

/* --- what must not matter --- */

static bool same_but_agreement(const struct verdict *a, const struct verdict *b)
{
    return a->permit == b->permit && !memcmp(a->gates, b->gates, sizeof a->gates) && a->denied_by == b->denied_by &&
           a->basis == b->basis && a->time_exempt == b->time_exempt && a->narrow == b->narrow &&
           a->valid_until == b->valid_until && a->view == b->view && a->release_view == b->release_view &&
           a->no_onward == b->no_onward && str_eq(a->grant, b->grant);
}

static bool same(const struct verdict *a, const struct verdict *b)
{
    return same_but_agreement(a, b) && str_eq(a->agreement, b->agreement);
}

static void order_of_agreements_does_not_matter(struct world *w, const struct situation *a)
{
    BUF_CLEANUP struct buf json = {0};
    struct verdict v;
    reader_write(a->reader, &json);
    const struct reader *reader = reader_read(w->renamed, buf_view(&json), w->arena);
    decide(w->renamed, reader, a->subject, a->now, &v);
    hold(w, same_but_agreement(&v, &a->verdict), "verdicts do not depend on the order of agreements", a, "reordered",
         a->subject, &v);
}

static struct verdict ask_in(struct world *w, const struct registry *reg, const struct situation *a)
{
    BUF_CLEANUP struct buf json = {0};
    struct verdict v;
    reader_write(a->reader, &json);
    decide(reg, reader_read(reg, buf_view(&json), w->arena), a->subject, a->now, &v);
    return v;
}

/* It chooses between views that cannot be compared; who reads is another matter. */
static void precedence_decides_of_views_only(struct world *w, const struct situation *a)
{
    struct verdict v = ask_in(w, w->reversed, a);
    hold(w,
         v.permit == a->verdict.permit && !memcmp(v.gates, a->verdict.gates, sizeof v.gates) &&
             v.valid_until == a->verdict.valid_until,
         "precedence never permits or denies", a, "reversed", a->subject, &v);
    hold(w,
         v.view == a->verdict.view || v.release_view ||
             (!shows_more(w, &v, &a->verdict) && !shows_more(w, &a->verdict, &v)),
         "precedence chooses among views that cannot be compared", a, "reversed", a->subject, &v);
}

/* --- exceptions only open --- */

static void another_release_view_never_closes(struct world *w, const struct situation *a)
{
    struct subject s = *a->subject;
    struct label l = *s.label;
    if (l.n_release_views)
        return;
    l.resolved = NULL;
    l.n_release_views = 1 + random_below(&w->random, 2);
    l.release_views = random_release_views(&w->random, w->arena, &l, l.n_release_views);
    s.label = &l;
    struct verdict v = ask(w, &s, a);
    hold(w, !a->verdict.permit || (v.permit && (v.view == a->verdict.view || a->verdict.basis == BASIS_WARN)),
         "a release view never closes nor reduces", a, "with release views", &s, &v);
}

static void another_grant_never_closes(struct world *w, const struct situation *a)
{
    struct subject s = *a->subject;
    struct str *grants = arena_array(w->arena, s.n_grants + 1, sizeof *grants);
    memcpy(grants, s.grants, s.n_grants * sizeof *grants);
    grants[s.n_grants++] = random_grant(&w->random, w->arena, s.originator, s.type);
    s.grants = grants;
    struct verdict v = ask(w, &s, a);
    hold(w, v.permit || !a->verdict.permit, "a grant never closes", a, "granted", &s, &v);
    hold(w, !by_whole(&a->verdict) || !shows_more(w, &a->verdict, &v), "a grant never reduces", a, "granted", &s, &v);
}

/* --- the view --- */

static void view_is_one_of_the_type(struct world *w, const struct situation *a)
{
    const struct view_entry *views;
    const struct verdict *v = &a->verdict;
    size_t n = registry_views(w->reg, &views);
    bool named = v->view ? v->view <= n && str_eq(views[v->view - 1].code, v->view_code) : v->view_code.n == 0;
    bool defined = v->view == 0;
    for (size_t i = 0; named && v->view && i < views[v->view - 1].n_types; i++)
        defined |= str_eq(views[v->view - 1].types[i].type, a->subject->type);
    hold(w, named && defined, "the view is defined for the type", a, "subject", a->subject, v);
    hold(w, v->permit || !v->view, "what is denied is shown in no view", a, "subject", a->subject, v);
    for (size_t i = 0; v->release_view && i < a->subject->label->n_release_views; i++)
        if (a->subject->label->release_views[i].label == v->shown)
            hold(w,
                 registry_view_within(w->reg, v->view,
                                      (unsigned)registry_view(w->reg, a->subject->label->release_views[i].view)),
                 "no more is shown under a marking than it is the marking of", a, "subject", a->subject, v);
}

static void resolving_ahead_does_not_matter(struct world *w, const struct situation *a)
{
    BUF_CLEANUP struct buf json = {0}, again = {0};
    struct subject s = *a->subject;
    struct fault fault;
    label_write(s.label, &json);
    if (label_read(w->reg, buf_view(&json), w->arena, &s.label, &fault)) {
        printf("BROKEN: label_read refuses what label_write wrote: %s: %s\n", fault.where, fault.detail);
        exit(1);
    }
    struct verdict v = ask(w, &s, a);
    hold(w, same(&v, &a->verdict), "a resolved label decides as the text does", a, "resolved", &s, &v);
    label_write(s.label, &again);
    hold(w, str_eq(buf_view(&json), buf_view(&again)), "label_read is the inverse of label_write", a, "read", &s, &v);
    /* … and numbers of another register are not taken for this one's. */
    label_read(w->renamed, buf_view(&json), w->arena, &s.label, NULL);
    v = ask(w, &s, a);
    hold(w, same(&v, &a->verdict), "numbers of another register do not matter", a, "resolved elsewhere", &s, &v);
}

static void nothing_flips_before_valid_until(struct world *w, const struct situation *a)
{
    instant last = a->verdict.valid_until == INSTANT_MAX ? at("2028-01-01") : a->verdict.valid_until - 1;
    struct situation later = *a;
    later.now = random_chance(&w->random, 50)
                    ? last
                    : a->now + (instant)(random_bits(&w->random) % (uint64_t)(last - a->now + 1));
    struct verdict v = ask(w, a->subject, &later);
    hold(w, same(&v, &a->verdict), "the verdict does not change before valid_until", a, "later", a->subject, &v);
}

static void ingested_between_boundaries_is_alike(struct world *w, const struct situation *a)
{
    const instant *b;
    size_t n = registry_boundaries(w->reg, &b);
    instant low = INSTANT_MIN, high = INSTANT_MAX;
    for (size_t i = 0; i < n; i++) {
        if (b[i] <= a->subject->ingested_at && b[i] > low)
            low = b[i];
        if (b[i] > a->subject->ingested_at && b[i] < high)
            high = b[i];
    }
    struct subject s = *a->subject;
    s.ingested_at = random_chance(&w->random, 50) ? low : high - 1;
    struct verdict v = ask(w, &s, a);
    hold(w, same(&v, &a->verdict), "records posted between two boundaries are alike", a, "posted else", &s, &v);
}

/* --- release abroad --- */

static void abroad_is_somebody_abroad(struct world *w, const struct situation *a)
{
    const struct principal *const *all;
    size_t n = registry_principals(w->reg, &all);
    bool found = false;
    for (size_t i = 0; i < n && !found; i++) {
        struct situation other = *a;
        other.reader = principal_reader(all[i]);
        found = !owns(&other, a->subject) && ask(w, a->subject, &other).permit;
    }
    hold(w, found == readable_abroad(w->reg, a->subject, a->now), "readable_abroad means that somebody abroad can read",
         a, "subject", a->subject, &a->verdict);
}

/* 0, or what label_parse returns; *mf is only then what it left. */
static int read_text(struct world *w, const struct label *from, struct str text, const struct label **ret,
                     struct marking_fault *mf)
{
    struct wire_label wire = {.owners = from->joint ? (struct codes){0} : from->owners,
                              .review_by = INSTANT_MAX,
                              .embargo_until = INSTANT_MIN,
                              .expires = INSTANT_MAX,
                              .public = from->mode == RELEASE_PUBLIC};
    *mf = (struct marking_fault){0};
    return label_parse(w->reg, from->owners.v[0], text, &wire, w->arena, ret, mf, NULL);
}

/* Not every random label can be said (no list, a release by nobody …); what cannot gets no suggestion, or one that can.
 */
static const struct label *say(struct world *w, const struct situation *a)
{
    BUF_CLEANUP struct buf text = {0};
    struct marking_fault mf;
    const struct label *l;
    label_portion(w->reg, a->subject->label, &text);
    int error = read_text(w, a->subject->label, buf_view(&text), &l, &mf);
    if (error == ERR_INVALID_MARKING && *mf.suggestion) {
        struct marking_fault again;
        error = read_text(w, a->subject->label, str_of(arena_strz(w->arena, str_of(mf.suggestion))), &l, &again);
        if (error == ERR_INVALID_MARKING)
            printf("%.*s -> %s\n", (int)text.n, text.p, mf.suggestion);
        hold(w, error != ERR_INVALID_MARKING, "a suggestion is a marking", a, "subject", a->subject, &a->verdict);
    }
    return error ? NULL : l;
}

static void text_and_label_correspond(struct world *w, const struct situation *a)
{
    const struct label *first = say(w, a), *second;
    if (!first)
        return;
    w->said++;
    for (int banner = 0; banner < 2; banner++) {
        BUF_CLEANUP struct buf one = {0}, two = {0}, text = {0};
        struct subject s = *a->subject;
        struct marking_fault mf;
        label_write(first, &one);
        (banner ? label_banner : label_portion)(w->reg, first, &text);
        int error = read_text(w, first, buf_view(&text), &second, &mf);
        if (!error)
            label_write(second, &two);
        s.label = first;
        hold(w, !error && str_eq(buf_view(&one), buf_view(&two)), "label, text, label is the identity", a, "first", &s,
             &a->verdict);
    }
}

static void check(struct world *w)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    w->arena = arena;
    struct situation a = {.subject = random_subject(&w->random, arena, 2),
                          .reader = random_reader(&w->random, w->reg),
                          .now = random_instant(&w->random)};
    a.verdict = ask(w, a.subject, &a);
    stricter_never_permits_more(w, &a);
    another_owner_never_permits_others_more(w, &a);
    derived_within_parts(w, &a);
    owner_reads_own(w, &a);
    only_owners_are_exempt(w, &a);
    prohibitions_hold(w, &a);
    without_agreements_only_owners_and_public(w, &a);
    order_of_agreements_does_not_matter(w, &a);
    precedence_decides_of_views_only(w, &a);
    another_release_view_never_closes(w, &a);
    another_grant_never_closes(w, &a);
    view_is_one_of_the_type(w, &a);
    resolving_ahead_does_not_matter(w, &a);
    nothing_flips_before_valid_until(w, &a);
    ingested_between_boundaries_is_alike(w, &a);
    abroad_is_somebody_abroad(w, &a);
    text_and_label_correspond(w, &a);
    w->decisions++;
    w->permits += a.verdict.permit;
    w->reduced += a.verdict.permit && a.verdict.view && by_whole(&a.verdict);
    w->labelled += a.verdict.release_view;
    w->warned += a.verdict.basis == BASIS_WARN;
}

static struct registry *make_registry(uint64_t seed, const struct world_shape *shape)
{
    BUF_CLEANUP struct buf policy = {0};
    struct random r = {seed};
    random_policy(&r, shape, &policy);
    return registry_of(buf_view(&policy), at("2026-03-02"));
}

static void play(struct world *w)
{
    static const size_t ids[WORLD_AGREEMENTS] = {0, 1, 2, 3, 4, 5, 6}, other[WORLD_AGREEMENTS] = {4, 6, 5, 1, 0, 3, 2};
    w->random = (struct random){~w->seed};
    w->reg = make_registry(w->seed, &(struct world_shape){ids, .in_force = true});
    w->renamed = make_registry(w->seed, &(struct world_shape){other, .in_force = true});
    w->reversed = make_registry(w->seed, &(struct world_shape){ids, .in_force = true, .reversed = true});
    w->suspended = make_registry(w->seed, &(struct world_shape){ids, .in_force = false});
    for (size_t i = 0; i < SUBJECTS; i++)
        check(w);
    registry_unref(w->reg);
    registry_unref(w->renamed);
    registry_unref(w->reversed);
    registry_unref(w->suspended);
}

int main(int argc, char **argv)
{
    unsigned long worlds = argc > 1 ? strtoul(argv[1], NULL, 10) : 40;
    unsigned long long seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct world w = {0};
    for (unsigned long i = 0; i < worlds; i++) {
        w.seed = seed + i;
        play(&w);
    }
    printf("%zu situations, %zu permits (%zu in a view, %zu in a release view, %zu warned), %zu labels as text\n",
           w.decisions, w.permits, w.reduced, w.labelled, w.warned, w.said);
    bool enough = w.permits > w.decisions / 20 && w.said > w.decisions / 5 && w.reduced > w.decisions / 100 &&
                  w.labelled > w.decisions / 200 && w.warned > w.decisions / 400;
    return enough ? 0 : 1; /* else it has proved nothing */
}
