/* What a poster says beside the marking: member `relto` of a record, or the header Relto-Label. */
#include "codes.h"
#include "digest.h"
#include "json_in.h"
#include "stanag4774.h"

#include <stdlib.h>

#define WIRE_TEXT_MAX 512

static struct codes read_list(const struct node *root, const char *member, size_t most, struct arena *arena,
                              struct str read(const struct node *, struct arena *))
{
    struct node list = node_member(root, member);
    size_t n = node_array(&list, most);
    struct str *v = arena_array(arena, n, sizeof *v), twice;
    for (size_t i = 0; i < n; i++) {
        struct node item = node_item(&list, i);
        v[i] = read(&item, arena);
    }
    if (!root->in->error && !codes_sort(v, n, &twice))
        node_fail(&list, "`%.*s` occurs twice", STR_ARG(twice));
    return (struct codes){n, v};
}

static struct str read_code(const struct node *n, struct arena *arena)
{
    struct str s = node_text(n, WIRE_TEXT_MAX);
    if (!n->in->error && !code_valid(s))
        node_fail(n, "`%.*s` is not a partner's code", STR_ARG(s));
    return arena_str(arena, s);
}

static struct str read_id(const struct node *n, struct arena *arena)
{
    struct uuid id;
    struct str s = node_text(n, WIRE_TEXT_MAX);
    if (n->in->error)
        return s;
    if (!uuid_parse(s, &id)) {
        node_fail(n, "`%.*s` is not the id of a record", STR_ARG(s));
        return STR("");
    }
    char *text = arena_alloc(arena, UUID_TEXT);
    uuid_write(id, text);
    return (struct str){text, UUID_TEXT};
}

static void read_restriction(const struct node *root, struct wire_label *w, struct arena *arena)
{
    static const char *const members[] = {"reason", "authority", "reviewBy", NULL};
    struct node restriction = node_member(root, "restriction");
    if (!restriction.v)
        return;
    node_object(&restriction, members);
    struct node reason = node_member(&restriction, "reason"), authority = node_member(&restriction, "authority");
    struct node review_by = node_member(&restriction, "reviewBy");
    w->restricted = true;
    w->reason = arena_str(arena, node_text_or_empty(&reason, WIRE_TEXT_MAX));
    w->authority = arena_str(arena, node_text_or_empty(&authority, WIRE_TEXT_MAX));
    w->review_by = node_instant(&review_by, INSTANT_MAX);
}

static int release_view_order(const void *a, const void *b)
{
    return str_cmp(((const struct wire_release_view *)a)->view, ((const struct wire_release_view *)b)->view);
}

/* Whether view and marking are right depends on the registers: label_parse and admit. */
static void read_release_views(const struct node *root, struct wire_label *w, struct arena *arena)
{
    static const char *const members[] = {"view", "classificationMarking", NULL};
    struct node list = node_member(root, "releaseViews");
    size_t n = node_array(&list, RELEASE_VIEWS_MAX);
    struct wire_release_view *v = arena_array(arena, n, sizeof *v);
    for (size_t i = 0; i < n && !root->in->error; i++) {
        struct node item = node_item(&list, i);
        node_object(&item, members);
        struct node view = node_member(&item, "view"), marking = node_member(&item, "classificationMarking");
        v[i].view = arena_str(arena, node_text(&view, WIRE_TEXT_MAX));
        v[i].marking = arena_str(arena, node_text(&marking, MARKING_MAX));
    }
    if (n > 1)
        qsort(v, n, sizeof *v, release_view_order);
    for (size_t i = 1; i < n && !root->in->error; i++)
        if (str_eq(v[i - 1].view, v[i].view))
            node_fail(&list, "`%.*s` occurs twice", STR_ARG(v[i].view));
    w->release_views = v;
    w->n_release_views = n;
}

static void read_members(const struct node *root, struct wire_label *w, struct arena *arena)
{
    static const char *const members[] = {
        "owners", "restriction", "embargoUntil", "expires", "public", "releaseViews", "supersedes", "derivedFrom",
        "confidentialityLabel",
        /* how the exchange that sent the record came to release it: posted back, it says nothing */
        "originator", "effectiveMarking", "basis", "agreement", "article", "grant", "obligations", "view", "version",
        "alternativeConfidentialityLabel", NULL};
    node_object(root, members);
    w->sent = node_member(root, "originator").v != NULL;
    struct node embargo = node_member(root, "embargoUntil"), expires = node_member(root, "expires");
    struct node public = node_member(root, "public"), supersedes = node_member(root, "supersedes");
    struct node xml = node_member(root, "confidentialityLabel");
    w->confidentiality_label = xml.v ? arena_str(arena, node_document(&xml, STANAG4774_MAX)) : STR("");
    w->owners = read_list(root, "owners", LABEL_CODES_MAX, arena, read_code);
    read_restriction(root, w, arena);
    w->embargo_until = node_instant(&embargo, INSTANT_MIN);
    w->expires = node_instant(&expires, INSTANT_MAX);
    w->public = node_bool(&public, false);
    w->supersedes = supersedes.v ? read_id(&supersedes, arena) : STR("");
    w->derived_from = read_list(root, "derivedFrom", WIRE_DERIVED_MAX, arena, read_id);
    read_release_views(root, w, arena);
}

int wire_label_parse(struct str json, const char *where, struct arena *arena, const struct wire_label **ret,
                     struct fault *fault)
{
    struct json_in in = {.fault = fault, .code = ERR_INVALID_LABEL, .root = where};
    json_t *text = NULL;
    if (json_in_parse(&in, json, ERR_BAD_JSON, &text))
        return in.error;
    struct wire_label *w = arena_alloc(arena, sizeof *w);
    *w = (struct wire_label){.reason = STR(""), .authority = STR(""), .review_by = INSTANT_MAX};
    struct node root = node_root(&in, text);
    read_members(&root, w, arena);
    json_decref(text);
    if (!in.error)
        *ret = w;
    return in.error;
}

static struct buf *add_member(struct buf *out, const char *name)
{
    if (out->n && out->p[out->n - 1] != '{')
        buf_char(out, ',');
    buf_printf(out, "\"%s\":", name);
    return out;
}

static void add_instant(struct buf *out, const char *name, instant t)
{
    buf_char(add_member(out, name), '"');
    buf_instant(out, t);
    buf_char(out, '"');
}

static void add_restriction(const struct wire_label *w, struct buf *out)
{
    buf_char(add_member(out, "restriction"), '{');
    if (w->authority.n)
        buf_json_str(add_member(out, "authority"), w->authority);
    if (w->reason.n)
        buf_json_str(add_member(out, "reason"), w->reason);
    if (w->review_by != INSTANT_MAX)
        add_instant(out, "reviewBy", w->review_by);
    buf_char(out, '}');
}

static void add_release_views(const struct wire_label *w, struct buf *out)
{
    buf_char(add_member(out, "releaseViews"), '[');
    for (size_t i = 0; i < w->n_release_views; i++) {
        buf_z(out, i ? ",{" : "{");
        buf_json_str(add_member(out, "classificationMarking"), w->release_views[i].marking);
        buf_json_str(add_member(out, "view"), w->release_views[i].view);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

void wire_label_write(const struct wire_label *w, struct buf *out)
{
    buf_char(out, '{');
    if (w->confidentiality_label.n)
        buf_json_str(add_member(out, "confidentialityLabel"), w->confidentiality_label);
    if (w->derived_from.n)
        codes_write_json(&w->derived_from, add_member(out, "derivedFrom"));
    if (w->embargo_until != INSTANT_MIN)
        add_instant(out, "embargoUntil", w->embargo_until);
    if (w->expires != INSTANT_MAX)
        add_instant(out, "expires", w->expires);
    if (w->owners.n)
        codes_write_json(&w->owners, add_member(out, "owners"));
    if (w->public)
        buf_z(add_member(out, "public"), "true");
    if (w->n_release_views)
        add_release_views(w, out);
    if (w->restricted)
        add_restriction(w, out);
    if (w->supersedes.n)
        buf_json_str(add_member(out, "supersedes"), w->supersedes);
    buf_char(out, '}');
}
