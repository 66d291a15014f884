/* Profiles of a policy file: levels, and the marking scheme as tables. */
#include "registry_in.h"

#include <stdlib.h>

#define FORM_MOST 64

/* --- spellings --- */

/* Letters, digits, `-`, `:`, `+` and single spaces, beginning with a letter or digit. */
static bool spelling_valid(struct str s)
{
    return s.n && s.n <= SPELLING_MAX && strchr(UPPER LOWER DIGIT, s.p[0]) && s.p[s.n - 1] != ' ' &&
           text_only(s, UPPER LOWER DIGIT "-:+ ") && !memmem(s.p, s.n, "  ", 2);
}

static struct str read_spelling(struct building *b, const struct node *n)
{
    struct str s = node_text(n, REGISTRY_TEXT_MAX);
    if (!b->in->error && !spelling_valid(s))
        node_fail(n, "`%.*s`: expected 1 to %d letters, digits, `-`, `:`, `+` and single spaces", STR_ARG(s),
                  SPELLING_MAX);
    return b->in->error ? STR("") : arena_str(b->reg->arena, s);
}

static struct str *read_texts(struct building *b, const struct node *list, size_t most, size_t *ret_n)
{
    size_t n = node_array(list, most);
    struct str *v = arena_array(b->reg->arena, n, sizeof *v);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node item = node_item(list, i);
        v[i] = arena_str(b->reg->arena, node_text(&item, REGISTRY_TEXT_MAX));
    }
    *ret_n = n;
    return v;
}

static struct spellings read_spellings(struct building *b, const struct node *item)
{
    struct node portion = node_member(item, "portion"), banner = node_member(item, "banner");
    struct node aliases = node_member(item, "aliases");
    struct spellings s = {.portion = read_spelling(b, &portion)};
    s.banner = node_given(&banner) ? read_spelling(b, &banner) : s.portion;
    s.n_aliases = node_array(&aliases, SPELLING_ALIASES_MAX);
    struct str *v = arena_array(b->reg->arena, s.n_aliases, sizeof *v);
    for (size_t i = 0; i < s.n_aliases && !b->in->error; i++) {
        struct node alias = node_item(&aliases, i);
        v[i] = read_spelling(b, &alias);
    }
    s.aliases = v;
    return s;
}

/* --- levels --- */

static bool level_spelled_before(const struct profile *p, const struct spellings *s)
{
    bool taken = profile_level_spelled(p, s->portion) >= 0 || profile_level_spelled(p, s->banner) >= 0;
    for (size_t i = 0; i < s->n_aliases; i++)
        taken |= profile_level_spelled(p, s->aliases[i]) >= 0;
    return taken;
}

static void read_levels(struct building *b, const struct node *list, struct profile *p)
{
    static const char *const members[] = {"portion", "banner", "aliases", NULL};
    size_t n = node_array(list, PROFILE_LEVELS_MAX);
    if (!n)
        node_fail(list, "expected at least one level, the unclassified one first");
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node item = node_item(list, i), banner = node_member(&item, "banner");
        node_object(&item, members);
        if (!node_given(&banner))
            node_fail(&banner, "required");
        struct level level = {.spelled = read_spellings(b, &item)};
        level.portion = level.spelled.portion;
        level.banner = level.spelled.banner;
        if (!b->in->error && level_spelled_before(p, &level.spelled))
            node_fail(&item, "this spelling is already another level's");
        p->levels[p->n_levels++] = level;
    }
}

static int read_level_name(struct building *b, const struct node *n, const struct profile *p)
{
    struct str s = node_text(n, REGISTRY_TEXT_MAX);
    int level = b->in->error ? NO_LEVEL : profile_level(p, s);
    if (level == NO_LEVEL)
        node_fail(n, "`%.*s` is not the portion code of a level", STR_ARG(s));
    return level;
}

/* --- controls --- */

static struct form read_form(struct building *b, const struct node *n)
{
    static const char *const members[] = {"least", "most", "of", NULL};
    static const char *const of_names[] = {"letters", "digits", "both", "words"};
    struct form f = {0};
    if (!node_given(n))
        return f;
    node_object(n, members);
    struct node least = node_member(n, "least"), most = node_member(n, "most"), of = node_member(n, "of");
    f.least = (uint8_t)node_int(&least, 1, FORM_MOST);
    f.most = (uint8_t)node_int(&most, f.least, FORM_MOST);
    struct str s = node_text(&of, REGISTRY_TEXT_MAX);
    for (int i = 0; i < 4; i++) {
        f.of = (enum form_of)i;
        if (str_is(s, of_names[i]))
            return f;
    }
    if (!b->in->error)
        node_fail(&of, "expected letters, digits, both or words");
    return f;
}

static const struct compartment *read_compartments(struct building *b, const struct node *list, size_t *ret_n)
{
    static const char *const members[] = {"portion", "banner", "aliases", "alone", "sub", NULL};
    size_t n = node_array(list, SCHEME_COMPARTMENTS_MAX);
    struct compartment *v = arena_array(b->reg->arena, n, sizeof *v);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node item = node_item(list, i), alone = node_member(&item, "alone"), sub = node_member(&item, "sub");
        node_object(&item, members);
        v[i] = (struct compartment){read_spellings(b, &item), node_bool(&alone, true), read_form(b, &sub)};
    }
    *ret_n = n;
    return v;
}

static void read_says(struct building *b, const struct node *list, struct control *c)
{
    size_t n = node_array(list, 2);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node item = node_item(list, i);
        struct str s = node_text(&item, REGISTRY_TEXT_MAX);
        if (str_is(s, "orcon"))
            c->orcon = true;
        else if (str_is(s, "noforn"))
            c->noforn = true;
        else
            node_fail(&item, "expected orcon or noforn");
    }
}

static void read_separators(struct building *b, const struct node *list, struct control *c)
{
    static const struct str comma = {", ", 2}, space = {" ", 1}, slash = {"/", 1};
    const struct str *usual = c->effect == EFFECT_FGI ? &space : c->effect == EFFECT_EYES ? &slash : &comma;
    c->separators = read_texts(b, list, SPELLING_ALIASES_MAX, &c->n_separators);
    for (size_t i = 0; i < c->n_separators && !b->in->error; i++)
        if (!str_is(c->separators[i], ", ") && !str_is(c->separators[i], " ") && !str_is(c->separators[i], "/"))
            node_fail(list, "expected `, `, a space or `/`");
    if (!c->n_separators) {
        struct str *v = arena_alloc(b->reg->arena, sizeof *v);
        *v = *usual;
        c->separators = v;
        c->n_separators = 1;
    }
}

static struct control read_control(struct building *b, const struct node *item, size_t block, enum effect usual)
{
    static const char *const members[] = {"portion",    "banner",       "aliases", "is",  "says",    "plain", "alone",
                                          "separators", "compartments", "open",    "sub", "program", "many",  NULL};
    node_object(item, members);
    struct node plain = node_member(item, "plain"), is = node_member(item, "is"), says = node_member(item, "says"),
                alone = node_member(item, "alone");
    struct node separators = node_member(item, "separators"), compartments = node_member(item, "compartments");
    struct node open = node_member(item, "open"), sub = node_member(item, "sub"),
                program = node_member(item, "program"), many = node_member(item, "many");
    struct control c = {.spelled = read_spellings(b, item), .block = (uint8_t)block, .effect = usual};
    if (node_given(&is) && !effect_parse(node_text(&is, REGISTRY_TEXT_MAX), &c.effect))
        node_fail(&is, "is not what a control can be");
    read_says(b, &says, &c);
    c.plain = arena_str(b->reg->arena, node_text_or_empty(&plain, REGISTRY_TEXT_MAX));
    read_separators(b, &separators, &c);
    c.compartments = read_compartments(b, &compartments, &c.n_compartments);
    c.open = read_form(b, &open);
    c.sub = read_form(b, &sub);
    c.program = read_form(b, &program);
    c.many = arena_str(b->reg->arena, node_text_or_empty(&many, REGISTRY_TEXT_MAX));
    if (c.many.n && !form_fits(&c.program, c.many))
        node_fail(&many, "`%.*s` cannot be a program of this control", STR_ARG(c.many));
    c.alone = node_bool(&alone, !c.program.most);
    return c;
}

struct counted {
    struct block *blocks;
    struct control *controls;
    size_t n_blocks, n_controls;
};

static void check_control(const struct node *item, const struct counted *all, const struct control *c)
{
    struct scheme before = {.controls = all->controls, .n_controls = all->n_controls};
    for (size_t i = 0; i < all->n_controls; i++) {
        bool taken = spelled_which(&all->controls[i].spelled, c->spelled.portion) ||
                     spelled_which(&all->controls[i].spelled, c->spelled.banner);
        for (size_t k = 0; k < c->spelled.n_aliases; k++)
            taken |= spelled_which(&all->controls[i].spelled, c->spelled.aliases[k]) != NULL;
        if (taken)
            node_fail(item, "this spelling is already another control's");
    }
    struct pieces p;
    if (c->plain.n && !scheme_parts(&before, c->plain, &p))
        node_fail(item, "plain: `%.*s` is no control that stands before this one", STR_ARG(c->plain));
    if (c->effect > EFFECT_NOTED && scheme_effect(&before, c->effect))
        node_fail(item, "there is already a control that is %s", effect_name(c->effect));
}

static void read_block(struct building *b, const struct node *item, struct counted *all)
{
    static const char *const members[] = {"name", "effect", "orderRule", "most", "controls", NULL};
    node_object(item, members);
    struct node name = node_member(item, "name"), effect = node_member(item, "effect");
    struct node rule = node_member(item, "orderRule"), most = node_member(item, "most");
    struct node list = node_member(item, "controls");
    enum effect usual = EFFECT_CARRIED;
    struct str order = node_text_or_empty(&rule, RULE_MAX);
    if (node_given(&effect) && (!effect_parse(node_text(&effect, REGISTRY_TEXT_MAX), &usual) || usual > EFFECT_NOTED))
        node_fail(&effect, "expected demanded, carried or noted");
    all->blocks[all->n_blocks] = (struct block){
        .name = read_spelling(b, &name),
        .order_rule = order.n ? arena_str(b->reg->arena, order) : STR("RELTO-11"),
        .most = node_given(&most) ? (size_t)node_int(&most, 1, LABEL_CODES_MAX) : 0,
    };
    size_t n = node_array(&list, SCHEME_CONTROLS_MAX);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node control = node_item(&list, i);
        if (all->n_controls == SCHEME_CONTROLS_MAX) {
            node_fail(&control, "more than %d controls", SCHEME_CONTROLS_MAX);
            return;
        }
        struct control c = read_control(b, &control, all->n_blocks, usual);
        check_control(&control, all, &c);
        all->controls[all->n_controls++] = c;
    }
    all->n_blocks++;
}

/* --- rules --- */

/* Whether a rule's name is that of something that can stand in a marking. */
static bool name_known(const struct scheme *s, struct str name)
{
    struct pieces p;
    if (str_is(name, "JOINT"))
        return true;
    for (size_t i = 0; i < s->n_blocks; i++)
        if (str_eq(s->blocks[i].name, name))
            return true;
    for (size_t i = 0; i < s->n_controls; i++)
        if (str_eq(s->controls[i].spelled.portion, name))
            return true;
    if (name.n > 2 && (name.p[name.n - 1] == '*'))
        name.n -= 2; /* `SI-*`, `HCS-P *` */
    return scheme_parts(s, name, &p) || (name.n && scheme_match(s, name, &(struct match){0}));
}

static struct codes read_rule_names(struct building *b, const struct node *rule, const char *member,
                                    const struct scheme *s)
{
    struct node list = node_member(rule, member);
    struct codes names = {0};
    names.v = read_texts(b, &list, SCHEME_CONTROLS_MAX, &names.n);
    for (size_t i = 0; i < names.n && !b->in->error; i++) {
        struct node item = node_item(&list, i);
        if (!name_known(s, names.v[i]))
            node_fail(&item, "`%.*s` is neither a block nor a control", STR_ARG(names.v[i]));
    }
    return names;
}

static void read_rule(struct building *b, const struct node *item, const struct profile *p, struct marking_rule *r)
{
    static const char *const members[] = {"rule", "why", "when", "levels", "needs", "excludes", "supersedes", NULL};
    node_object(item, members);
    struct node rule = node_member(item, "rule"), why = node_member(item, "why");
    struct node levels = node_member(item, "levels"), when = node_member(item, "when");
    *r = (struct marking_rule){
        .rule = arena_str(b->reg->arena, node_text(&rule, RULE_MAX)),
        .why = arena_str(b->reg->arena, node_text(&why, REGISTRY_TEXT_MAX)),
        .when = read_rule_names(b, item, "when", &p->scheme),
        .needs = read_rule_names(b, item, "needs", &p->scheme),
        .excludes = read_rule_names(b, item, "excludes", &p->scheme),
        .supersedes = read_rule_names(b, item, "supersedes", &p->scheme),
        .limited = node_given(&levels),
    };
    if (!b->in->error && !r->when.n)
        node_fail(&when, "expected at least one block or control");
    size_t n = node_array(&levels, PROFILE_LEVELS_MAX);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node level = node_item(&levels, i);
        int rank = read_level_name(b, &level, p);
        r->levels |= rank < 0 ? 0 : 1U << rank;
    }
}

static void read_rules(struct building *b, const struct node *list, struct profile *p)
{
    size_t n = node_array(list, SCHEME_RULES_MAX);
    struct marking_rule *v = arena_array(b->reg->arena, n, sizeof *v);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node item = node_item(list, i);
        read_rule(b, &item, p, &v[i]);
    }
    p->scheme.rules = v;
    p->scheme.n_rules = n;
}

static void read_shorthands(struct building *b, const struct node *list, struct profile *p)
{
    static const char *const members[] = {"text", "level", "control", NULL};
    size_t n = node_array(list, SCHEME_SHORTHANDS_MAX);
    struct shorthand *v = arena_array(b->reg->arena, n, sizeof *v);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node item = node_item(list, i), text = node_member(&item, "text");
        struct node level = node_member(&item, "level"), control = node_member(&item, "control");
        struct match m;
        node_object(&item, members);
        v[i].text = read_spelling(b, &text);
        v[i].level = read_level_name(b, &level, p);
        struct str name = node_text(&control, REGISTRY_TEXT_MAX);
        if (b->in->error)
            return;
        if (profile_level_spelled(p, v[i].text) >= 0)
            node_fail(&text, "this spelling is already a level's");
        if (!scheme_match(&p->scheme, name, &m) || m.rest.p || m.control->effect > EFFECT_NOTED)
            node_fail(&control, "`%.*s` is no control that stands for itself", STR_ARG(name));
        else
            v[i].control = m.control;
    }
    p->scheme.shorthands = v;
    p->scheme.n_shorthands = n;
}

/* --- schemes --- */

static bool name_caveat(struct str s)
{
    return s.n <= SPELLING_MAX && s.n && strchr(UPPER, s.p[0]) && text_only(s, UPPER DIGIT "-") && !code_reserved(s);
}

/* A profile that lists caveats only has them, FGI and the release controls. */
static void simple_scheme(struct building *b, const struct node *list, struct profile *p)
{
    static const struct str comma = {", ", 2}, space = {" ", 1};
#define TEXT(s)                                                                                                        \
    {                                                                                                                  \
        (s), sizeof(s) - 1                                                                                             \
    }
    static const struct block blocks[] = {{TEXT("CAVEATS"), TEXT("RELTO-11"), 0},
                                          {TEXT("FGI"), TEXT("RELTO-11"), 0},
                                          {TEXT("DISSEMINATION"), TEXT("RELTO-6"), 0}};
#define PLAIN(e, blk, p, n, sep)                                                                                       \
    {                                                                                                                  \
        .spelled = {TEXT(p), TEXT(n), NULL, 0}, .effect = (e), .alone = true, .block = (blk), .separators = &(sep),    \
        .n_separators = 1                                                                                              \
    }
    static const struct control usual[] = {PLAIN(EFFECT_FGI, 1, "FGI", "FGI", space),
                                           PLAIN(EFFECT_ORCON, 2, "OC", "ORCON", comma),
                                           PLAIN(EFFECT_NOFORN, 2, "NF", "NOFORN", comma),
                                           PLAIN(EFFECT_REL, 2, "REL TO", "REL TO", comma),
                                           PLAIN(EFFECT_RELIDO, 2, "RELIDO", "RELIDO", comma),
                                           PLAIN(EFFECT_DISPLAY, 2, "DISPLAY ONLY", "DISPLAY ONLY", comma)};
#undef PLAIN
#undef TEXT
    size_t n, n_usual = sizeof usual / sizeof *usual;
    const struct str *caveats = read_texts(b, list, REGISTRY_CODES_MAX, &n);
    struct control *v = arena_array(b->reg->arena, n + n_usual, sizeof *v);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node item = node_item(list, i);
        if (!name_caveat(caveats[i]))
            node_fail(&item, "`%.*s`: expected a caveat: A-Z, 0-9 and hyphens, no word of the marking grammar",
                      STR_ARG(caveats[i]));
        if (codes_has(&(struct codes){i, caveats}, caveats[i]))
            node_fail(list, "`%.*s` occurs twice", STR_ARG(caveats[i]));
        v[i] = (struct control){
            .spelled = {caveats[i], caveats[i], NULL, 0}, .alone = true, .separators = &comma, .n_separators = 1};
    }
    memcpy(v + n, usual, sizeof usual);
    p->caveats = (struct codes){n, caveats};
    p->simple = true;
    p->scheme = (struct scheme){
        .blocks = blocks, .n_blocks = 3, .controls = v, .n_controls = n + n_usual, .separator = STR("/")};
}

static void table_scheme(struct building *b, const struct node *item, const struct node *list, struct profile *p)
{
    struct counted all = {.blocks = arena_array(b->reg->arena, SCHEME_BLOCKS_MAX, sizeof *all.blocks),
                          .controls = arena_array(b->reg->arena, SCHEME_CONTROLS_MAX, sizeof *all.controls)};
    size_t n = node_array(list, SCHEME_BLOCKS_MAX);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node block = node_item(list, i);
        read_block(b, &block, &all);
    }
    struct node separator = node_member(item, "separator"), joint = node_member(item, "jointSorted");
    struct node rules = node_member(item, "rules"), shorthands = node_member(item, "shorthands");
    struct str between = node_text_or_empty(&separator, REGISTRY_TEXT_MAX);
    if (!b->in->error && node_given(&separator) && !str_is(between, "//") && !str_is(between, "/"))
        node_fail(&separator, "expected `/` or `//`");
    p->scheme = (struct scheme){.blocks = all.blocks,
                                .n_blocks = all.n_blocks,
                                .controls = all.controls,
                                .n_controls = all.n_controls,
                                .separator = str_is(between, "//") ? STR("") : STR("/"),
                                .joint_sorted = node_bool(&joint, false)};
    if (!b->in->error)
        read_rules(b, &rules, p);
    if (!b->in->error)
        read_shorthands(b, &shorthands, p);
}

/* The members of a profile that registry_write.c gives back as they came. */
static struct str tables_text(struct building *b, const struct node *item)
{
    static const char *const names[] = {"input", "open", "separator", "jointSorted", "blocks", "rules", "shorthands"};
    BUF_CLEANUP struct buf text = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct node member = node_member(item, names[i]);
        if (!node_given(&member))
            continue;
        char *json = json_dumps(member.v, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
        buf_printf(&text, ",\"%s\":%s", names[i], json ? json : "null");
        free(json);
    }
    return arena_str(b->reg->arena, buf_view(&text));
}

void in_profile(struct building *b, const struct node *item, struct profile *p)
{
    static const char *const members[] = {"policy",    "levels",      "caveats", "input",      "open", "blocks",
                                          "separator", "jointSorted", "rules",   "shorthands", NULL};
    node_object(item, members);
    struct node levels = node_member(item, "levels"), caveats = node_member(item, "caveats");
    struct node blocks = node_member(item, "blocks"), input = node_member(item, "input");
    struct node open = node_member(item, "open");
    read_levels(b, &levels, p);
    p->input = node_bool(&input, false);
    if (node_given(&open))
        p->open = read_level_name(b, &open, p);
    if (node_given(&blocks) && node_given(&caveats))
        node_fail(&caveats, "stand in `blocks`, where there are blocks");
    else if (node_given(&blocks))
        table_scheme(b, item, &blocks, p);
    else
        simple_scheme(b, &caveats, p);
    if (!b->in->error)
        p->tables = tables_text(b, item);
}

/* --- numbers --- */

struct gathered {
    struct str *v;
    size_t n, most;
};

/* False if there is no room for more. */
static bool gather(struct gathered *g, struct str caveat)
{
    if (codes_has(&(struct codes){g->n, g->v}, caveat))
        return true;
    if (g->n == g->most)
        return false;
    g->v[g->n++] = caveat;
    return true;
}

static bool demanded_anywhere(const struct registry *reg, struct str caveat)
{
    for (size_t i = 0; i < reg->policies.n; i++)
        if (profile_demands(&reg->profiles[i], caveat))
            return true;
    return false;
}

/* Compartments have names that no table lists: those that somebody holds are numbered too. */
static bool gather_held(struct building *b, struct gathered *g)
{
    struct node principals = node_member(b->root, "principals");
    size_t n = node_array(&principals, REGISTRY_PRINCIPALS_MAX);
    for (size_t i = 0; i < n; i++) {
        struct node item = node_item(&principals, i), list = node_member(&item, "caveats");
        for (size_t k = 0; k < json_array_size(list.v); k++) {
            struct str caveat = str_of(json_string_value(json_array_get(list.v, k)));
            if (caveat.n && demanded_anywhere(b->reg, caveat) && !gather(g, arena_str(b->reg->arena, caveat)))
                return false;
        }
    }
    return true;
}

/* Numbers the caveats of all profiles: a token means the same control wherever it stands. */
void in_number_caveats(struct building *b, const struct node *list)
{
    struct registry *reg = b->reg;
    struct gathered g = {arena_array(reg->arena, REGISTRY_CODES_MAX, sizeof *g.v), 0, REGISTRY_CODES_MAX};
    struct str twice;
    bool room = true;
    for (size_t i = 0; i < reg->policies.n; i++) {
        const struct scheme *s = &reg->profiles[i].scheme;
        for (size_t k = 0; k < s->n_controls; k++)
            if (s->controls[k].effect == EFFECT_DEMANDED && s->controls[k].alone)
                room = room && gather(&g, s->controls[k].spelled.portion);
    }
    if (!room || !gather_held(b, &g))
        node_fail(list, "more than %d distinct caveats", REGISTRY_CODES_MAX);
    if (b->in->error)
        return;
    codes_sort(g.v, g.n, &twice);
    reg->caveats = (struct codes){g.n, g.v};
    for (size_t i = 0; i < reg->policies.n; i++)
        for (size_t k = 0; k < g.n; k++)
            if (profile_demands(&reg->profiles[i], g.v[k]))
                set_add(&reg->profiles[i].caveat_set, (unsigned)k);
}
