/* Views: named reductions of record types. What their steps do is not known to this layer; here they have names, an
 * order, and types they are defined for. */
#include "registry_in.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* --- record types --- */

/* Whether such a type exists is not known to this layer either. */
static void add_type(struct building *b, const struct node *at, struct str name)
{
    struct registry *reg = b->reg;
    struct str *v = (struct str *)(uintptr_t)reg->types.v, twice;
    if (b->in->error || codes_find(&reg->types, name) >= 0)
        return;
    if (reg->types.n == REGISTRY_CODES_MAX) {
        node_fail(at, "more than %d distinct record types", REGISTRY_CODES_MAX);
        return;
    }
    v[reg->types.n++] = arena_str(reg->arena, name);
    codes_sort(v, reg->types.n, &twice);
}

static void add_type_keys(struct building *b, const struct node *map, bool all)
{
    if (!node_map(map))
        return;
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)map->v, key, v)
    {
        struct node entry = {map->in, v, map, key, 0};
        struct str name = str_of(key);
        if (all && str_is(name, "*"))
            continue;
        if (!name_type(name))
            node_fail(&entry, "expected " A_TYPE);
        add_type(b, &entry, name);
    }
}

static void add_type_at(struct building *b, const struct node *item)
{
    struct node type = node_member(item, "type");
    add_type(b, &type, in_name(b, &type, name_type, A_TYPE));
}

static void types_of_view(struct building *b, const struct node *item)
{
    struct node types = node_member(item, "types");
    add_type_keys(b, &types, false);
}

static void types_of_partner(struct building *b, const struct node *item)
{
    struct node warnings = node_member(item, "dutyToWarn");
    size_t n = node_array(&warnings, PARTNER_WARNINGS_MAX);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node warning = node_item(&warnings, i);
        add_type_at(b, &warning);
    }
}

static void types_of_agreement(struct building *b, const struct node *item)
{
    struct node types = node_member(item, "types"), views = node_member(item, "views");
    struct codes names = in_names(b, &types, NULL, REGISTRY_CODES_MAX, name_type_or_all, A_TYPE ", or `*` alone");
    for (size_t i = 0; i < names.n; i++)
        if (!str_is(names.v[i], "*"))
            add_type(b, &types, names.v[i]);
    add_type_keys(b, &views, true);
}

static void types_of_grant(struct building *b, const struct node *item)
{
    struct node scope = node_member(item, "scope");
    add_type_at(b, &scope);
}

void in_types(struct building *b, const struct node *root)
{
    static const struct {
        const char *list;
        size_t most;
        void (*types)(struct building *, const struct node *);
    } lists[] = {{"views", REGISTRY_VIEWS_MAX, types_of_view},
                 {"partners", REGISTRY_CODES_MAX, types_of_partner},
                 {"agreements", REGISTRY_AGREEMENTS_MAX, types_of_agreement},
                 {"grants", REGISTRY_GRANTS_MAX, types_of_grant}};
    b->reg->types.v = arena_array(b->reg->arena, REGISTRY_CODES_MAX, sizeof(struct str));
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        struct node list = node_member(root, lists[k].list);
        size_t n = node_array(&list, lists[k].most);
        for (size_t i = 0; i < n && !b->in->error; i++) {
            struct node item = node_item(&list, i);
            lists[k].types(b, &item);
        }
    }
}

/* --- steps --- */

static void write_number(double v, struct buf *out)
{
    char text[32];
    for (int digits = 15; digits <= 17; digits++) { /* the fewest that read back as the same number */
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    buf_z(out, text);
}

void out_number(struct buf *out, const char *name, double v)
{
    buf_printf(out, "\"%s\":", name);
    write_number(v, out);
}

static int key_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_canonical(const json_t *v, struct arena *arena, struct buf *out);

static void write_object(const json_t *v, struct arena *arena, struct buf *out)
{
    size_t n = json_object_size(v), i = 0;
    const char **keys = arena_array(arena, n, sizeof *keys), *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)v, key, member) keys[i++] = key;
    if (n > 1)
        qsort(keys, n, sizeof *keys, key_order);
    buf_char(out, '{');
    for (i = 0; i < n; i++) {
        if (i)
            buf_char(out, ',');
        buf_json_str(out, str_of(keys[i]));
        buf_char(out, ':');
        write_canonical(json_object_get(v, keys[i]), arena, out);
    }
    buf_char(out, '}');
}

static void write_array(const json_t *v, struct arena *arena, struct buf *out)
{
    buf_char(out, '[');
    for (size_t i = 0; i < json_array_size(v); i++) {
        if (i)
            buf_char(out, ',');
        write_canonical(json_array_get(v, i), arena, out);
    }
    buf_char(out, ']');
}

/* Sorted members, no spaces, the shortest numbers: equal values give equal bytes. jansson bounds the depth. */
static void write_canonical(const json_t *v, struct arena *arena, struct buf *out)
{
    switch (json_typeof(v)) {
    case JSON_OBJECT: write_object(v, arena, out); break;
    case JSON_ARRAY: write_array(v, arena, out); break;
    case JSON_STRING: buf_json_str(out, (struct str){json_string_value(v), json_string_length(v)}); break;
    case JSON_INTEGER: buf_i64(out, json_integer_value(v)); break;
    case JSON_REAL: write_number(json_real_value(v), out); break;
    default: buf_z(out, json_is_true(v) ? "true" : json_is_false(v) ? "false" : "null");
    }
}

static struct str read_steps(struct building *b, const struct node *list)
{
    BUF_CLEANUP struct buf text = {0};
    size_t n = node_array(list, VIEW_STEPS_MAX);
    if (!n)
        node_fail(list, "expected at least one step");
    for (size_t i = 0; i < n; i++) {
        struct node step = node_item(list, i);
        if (!json_is_object(step.v))
            node_fail(&step, "expected an object");
    }
    if (b->in->error)
        return STR("");
    ARENA_CLEANUP struct arena *arena = arena_new();
    write_canonical(list->v, arena, &text);
    if (text.n > VIEW_STEPS_TEXT_MAX)
        node_fail(list, "%zu bytes, at most %d are allowed", text.n, VIEW_STEPS_TEXT_MAX);
    return arena_str(b->reg->arena, buf_view(&text));
}

/* --- views --- */

static bool name_view(struct str s)
{
    return s.n >= 2 && s.n <= 32 && strchr(UPPER, s.p[0]) && text_only(s, UPPER DIGIT "-");
}

static int type_order(const void *a, const void *b)
{
    return str_cmp(((const struct view_type *)a)->type, ((const struct view_type *)b)->type);
}

/* The types of one view; each learns that the view is defined for it. */
static void read_view_types(struct building *b, const struct node *map, unsigned view, struct view_entry *ret,
                            struct set *type_views)
{
    struct registry *reg = b->reg;
    size_t n = node_map(map), at = 0;
    struct view_type *v = arena_array(reg->arena, n, sizeof *v);
    if (!n) {
        node_fail(map, "expected at least one record type");
        return;
    }
    const char *key;
    json_t *steps;
    json_object_foreach((json_t *)(uintptr_t)map->v, key, steps)
    {
        struct node list = {map->in, steps, map, key, 0};
        size_t type = (size_t)codes_find(&reg->types, str_of(key));
        v[at++] = (struct view_type){reg->types.v[type], read_steps(b, &list)};
        set_add(&type_views[type], view);
    }
    qsort(v, n, sizeof *v, type_order);
    ret->types = v;
    ret->n_types = n;
}

static void read_view(struct building *b, const struct node *item, struct view_entry *views, struct set *declared,
                      struct set *within, struct set *type_views)
{
    static const char *const members[] = {"code", "title", "reduces", "types", NULL};
    struct registry *reg = b->reg;
    struct node reduces = node_member(item, "reduces"), types = node_member(item, "types");
    node_object(item, members);
    size_t at = in_number(&reg->view_codes, item, "code");
    if (b->in->error)
        return;
    views[at].code = reg->view_codes.v[at];
    views[at].title = in_text(b, item, "title");
    struct set wider = in_refer_all(&reduces, &reg->view_codes, "view");
    if (set_has(&wider, (unsigned)at))
        node_fail(&reduces, "names the view itself");
    for (int w = set_next(&wider, 0); w >= 0; w = set_next(&wider, w + 1))
        set_add(&within[at + 1], (unsigned)w + 1);
    declared[at] = wider;
    read_view_types(b, &types, (unsigned)at + 1, &views[at], type_views);
}

/* Transitive closure (Warshall). */
static void close_order(const struct node *list, struct set *within, size_t n)
{
    for (size_t k = 1; k <= n; k++)
        for (size_t i = 1; i <= n; i++)
            if (set_has(&within[i], (unsigned)k))
                set_join(&within[i], &within[k]);
    for (size_t i = 1; i <= n; i++)
        if (set_has(&within[i], (unsigned)i))
            node_fail(list, "`reduces` leads in a circle");
    for (size_t i = 0; i <= n; i++) {
        set_add(&within[i], 0);
        set_add(&within[i], (unsigned)i);
    }
}

static const struct set *inverse(const struct registry *reg, const struct set *within, size_t n)
{
    struct set *below = arena_array(reg->arena, n + 1, sizeof *below);
    for (size_t v = 0; v <= n; v++)
        for (int w = set_next(&within[v], 0); w >= 0; w = set_next(&within[v], w + 1))
            set_add(&below[w], (unsigned)v);
    return below;
}

void in_views(struct building *b, const struct node *list)
{
    struct registry *reg = b->reg;
    reg->view_codes = in_names(b, list, "code", REGISTRY_VIEWS_MAX, name_view,
                               "a view's code: A-Z, then 1 to 31 of A-Z, 0-9 and `-`");
    size_t n = reg->view_codes.n;
    struct view_entry *views = arena_array(reg->arena, n, sizeof *views);
    struct set *within = arena_array(reg->arena, n + 1, sizeof *within);
    struct set *declared = arena_array(reg->arena, n, sizeof *declared);
    struct set *type_views = arena_array(reg->arena, reg->types.n, sizeof *type_views);
    for (size_t i = 0; i < reg->types.n; i++)
        set_add(&type_views[i], 0);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node item = node_item(list, i);
        read_view(b, &item, views, declared, within, type_views);
    }
    if (b->in->error)
        return;
    close_order(list, within, n);
    reg->views = views;
    reg->view_reduces = declared;
    reg->view_within = within;
    reg->view_below = inverse(reg, within, n);
    reg->type_views = type_views;
}

unsigned in_view(const struct building *b, const struct node *n)
{
    return n->v ? (unsigned)in_refer(n, &b->reg->view_codes, "view") + 1 : 0;
}

unsigned in_view_of(const struct building *b, const struct node *n, size_t type)
{
    unsigned view = in_view(b, n);
    if (!b->in->error && !set_has(&b->reg->type_views[type], view))
        node_fail(n, "is not defined for %.*s", STR_ARG(b->reg->types.v[type]));
    return view;
}

/* --- of agreements --- */

/* What "*" names a view for it is to be shown in that view or not at all: a type that the view does not define is
 * outside of the agreement. */
static void find_shown(const struct registry *reg, struct agreement *a)
{
    for (size_t t = 0; t < reg->types.n; t++)
        if ((a->all_types || set_has(&a->types, (unsigned)t)) &&
            (set_has(&a->views_named, (unsigned)t) || set_has(&reg->type_views[t], a->any_view)))
            set_add(&a->shows, (unsigned)t);
}

void in_agreement_views(struct building *b, const struct node *map, struct agreement *a)
{
    struct registry *reg = b->reg;
    uint8_t *views = arena_array(reg->arena, reg->types.n, sizeof *views);
    const char *key;
    json_t *v;
    a->views = views;
    if (node_map(map)) {
        json_object_foreach((json_t *)(uintptr_t)map->v, key, v)
        {
            struct node view = {map->in, v, map, key, 0};
            int type = codes_find(&reg->types, str_of(key));
            if (json_is_null(v))
                node_fail(&view, "expected the code of a view");
            else if (type < 0)
                a->any_view = in_view(b, &view);
            else {
                views[type] = (uint8_t)in_view_of(b, &view, (size_t)type);
                set_add(&a->views_named, (unsigned)type);
            }
        }
    }
    if (!b->in->error)
        find_shown(reg, a);
}

int agreement_view(const struct agreement *a, int type)
{
    if (type < 0)
        return a->all_types && !a->any_view ? 0 : -1;
    if (!set_has(&a->shows, (unsigned)type))
        return -1;
    return (int)(set_has(&a->views_named, (unsigned)type) ? a->views[type] : a->any_view);
}

/* --- out, look-up --- */

void out_view(const struct registry *reg, size_t at, struct buf *out)
{
    const struct view_entry *v = &reg->views[at];
    buf_char(out, '{');
    out_text(out, "code", v->code);
    buf_char(out, ',');
    out_text(out, "title", v->title);
    buf_char(out, ',');
    out_set(out, "reduces", &reg->view_reduces[at], &reg->view_codes);
    buf_z(out, ",\"types\":{");
    for (size_t i = 0; i < v->n_types; i++) {
        if (i)
            buf_char(out, ',');
        buf_json_str(out, v->types[i].type);
        buf_char(out, ':');
        buf_str(out, v->types[i].steps);
    }
    buf_z(out, "}}");
}

void out_agreement_views(const struct registry *reg, const struct agreement *a, struct buf *out)
{
    if (!a->any_view && set_empty(&a->views_named))
        return;
    bool first = !a->any_view;
    buf_z(out, ",\"views\":{");
    if (a->any_view)
        out_text(out, "*", reg->view_codes.v[a->any_view - 1]);
    for (int t = set_next(&a->views_named, 0); t >= 0; t = set_next(&a->views_named, t + 1)) {
        if (!first)
            buf_char(out, ',');
        first = false;
        buf_json_str(out, reg->types.v[t]);
        buf_char(out, ':');
        buf_json_str(out, reg->view_codes.v[a->views[t] - 1]);
    }
    buf_char(out, '}');
}

size_t registry_views(const struct registry *reg, const struct view_entry **ret)
{
    *ret = reg->views;
    return reg->view_codes.n;
}

int registry_view(const struct registry *reg, struct str code)
{
    int at = codes_find(&reg->view_codes, code);
    return at < 0 ? -1 : at + 1;
}

bool registry_view_within(const struct registry *reg, unsigned narrow, unsigned wide)
{
    return narrow <= reg->view_codes.n && set_has(&reg->view_within[narrow], wide);
}
