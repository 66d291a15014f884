/* The canonical JSON of a label, out and in. */
#include "json_in.h"
#include "registry_data.h"

static const char *const mode_names[] = {"none", "rel", "noforn", "public"};

static void add_codes(struct buf *out, const char *name, const struct codes *c)
{
    buf_printf(out, "\"%s\":", name);
    codes_write_json(c, out);
}

static const char *bool_text(bool v)
{
    return v ? "true" : "false";
}

void label_write(const struct label *l, struct buf *out)
{
    buf_char(out, '{');
    out_text(out, "policy", l->policy);
    buf_char(out, ',');
    out_text(out, "level", l->level);
    buf_char(out, ',');
    add_codes(out, "owners", &l->owners);
    buf_printf(out, ",\"joint\":%s,\"release\":{\"mode\":\"%s\",", bool_text(l->joint), mode_names[l->mode]);
    add_codes(out, "rel", &l->rel);
    buf_char(out, ',');
    add_codes(out, "display", &l->display);
    buf_char(out, ',');
    add_codes(out, "except", &l->except);
    buf_printf(out, ",\"relido\":%s},\"orcon\":%s,", bool_text(l->relido), bool_text(l->orcon));
    add_codes(out, "caveats", &l->caveats);
    buf_char(out, ',');
    if (l->controls.n) {
        add_codes(out, "controls", &l->controls);
        buf_char(out, ',');
    }
    add_codes(out, "fgi", &l->fgi);
    buf_z(out, ",\"releaseViews\":[");
    for (size_t i = 0; i < l->n_release_views; i++) {
        buf_z(out, i ? ",{" : "{");
        out_text(out, "view", l->release_views[i].view);
        buf_z(out, ",\"label\":");
        label_write(l->release_views[i].label, out);
        buf_char(out, '}');
    }
    buf_z(out, "]}");
}

static struct str read_text(const struct node *n, const char *member, struct arena *arena)
{
    struct node text = node_member(n, member);
    return arena_str(arena, node_text(&text, REGISTRY_TEXT_MAX));
}

static struct codes read_codes(const struct node *n, const char *member, struct arena *arena)
{
    struct node list = node_member(n, member);
    size_t count = node_array(&list, LABEL_CODES_MAX);
    struct str *v = arena_array(arena, count, sizeof *v);
    if (!list.v)
        node_fail(&list, "required");
    for (size_t i = 0; i < count; i++) {
        struct node item = node_item(&list, i);
        v[i] = arena_str(arena, node_text(&item, REGISTRY_TEXT_MAX));
    }
    for (size_t i = 1; i < count; i++)
        if (codes_has(&(struct codes){i, v}, v[i]))
            node_fail(&list, "`%.*s` occurs twice", STR_ARG(v[i]));
    return (struct codes){count, v};
}

static bool read_bool(const struct node *n, const char *member)
{
    struct node v = node_member(n, member);
    if (!v.v)
        node_fail(&v, "required");
    return node_bool(&v, false);
}

static enum release_mode read_mode(const struct node *release)
{
    struct node mode = node_member(release, "mode");
    struct str s = node_text(&mode, REGISTRY_TEXT_MAX);
    for (size_t i = 0; i < sizeof mode_names / sizeof *mode_names; i++)
        if (str_is(s, mode_names[i]))
            return (enum release_mode)i;
    node_fail(&mode, "expected none, rel, noforn or public");
    return RELEASE_NOFORN;
}

static void read_release(const struct node *root, struct label *l, struct arena *arena)
{
    static const char *const members[] = {"mode", "rel", "display", "except", "relido", NULL};
    struct node release = node_member(root, "release");
    node_object(&release, members);
    l->mode = read_mode(&release);
    l->rel = read_codes(&release, "rel", arena);
    l->display = read_codes(&release, "display", arena);
    l->except = read_codes(&release, "except", arena);
    l->relido = read_bool(&release, "relido");
    if (l->mode != RELEASE_REL && (l->rel.n || l->display.n || l->except.n || l->relido))
        node_fail(&release, "only mode rel has rel, display, except or relido");
}

static void read_members(const struct node *root, struct label *l, bool inner, struct arena *arena);

static void read_release_views(const struct node *root, struct label *l, size_t most, struct arena *arena)
{
    static const char *const members[] = {"view", "label", NULL};
    struct node list = node_member(root, "releaseViews");
    size_t n = node_array(&list, most);
    struct release_view *v = arena_array(arena, n, sizeof *v);
    for (size_t i = 0; i < n && !root->in->error; i++) {
        struct node item = node_item(&list, i), inner = node_member(&item, "label");
        struct label *label = arena_alloc(arena, sizeof *label);
        node_object(&item, members);
        read_members(&inner, label, true, arena);
        v[i] = (struct release_view){read_text(&item, "view", arena), label};
        if (i && str_cmp(v[i - 1].view, v[i].view) >= 0)
            node_fail(&item, "views stand in order, none twice");
        if (!root->in->error && !codes_same(&l->owners, &label->owners))
            node_fail(&inner, "expected the owners of the whole");
    }
    l->release_views = v;
    l->n_release_views = n;
}

/* inner: the label of a release view, which has none itself. */
static void read_members(const struct node *root, struct label *l, bool inner, struct arena *arena)
{
    static const char *const members[] = {"policy",  "level",    "owners", "joint",        "release", "orcon",
                                          "caveats", "controls", "fgi",    "releaseViews", NULL};
    node_object(root, members);
    l->policy = read_text(root, "policy", arena);
    l->level = read_text(root, "level", arena);
    l->owners = read_codes(root, "owners", arena);
    l->joint = read_bool(root, "joint");
    read_release(root, l, arena);
    l->orcon = read_bool(root, "orcon");
    l->caveats = read_codes(root, "caveats", arena);
    if (json_object_get(root->v, "controls"))
        l->controls = read_codes(root, "controls", arena);
    l->fgi = read_codes(root, "fgi", arena);
    struct node owners = node_member(root, "owners");
    if (!l->owners.n)
        node_fail(&owners, "expected at least one owner");
    read_release_views(root, l, inner ? 0 : RELEASE_VIEWS_MAX, arena);
}

int label_read(const struct registry *reg, struct str json, struct arena *arena, const struct label **ret,
               struct fault *fault)
{
    struct json_in in = {.fault = fault, .code = ERR_INVALID_LABEL, .root = "label"};
    json_t *text = NULL;
    if (json_in_parse(&in, json, ERR_BAD_JSON, &text))
        return in.error;
    struct label l = {0};
    struct node root = node_root(&in, text);
    read_members(&root, &l, false, arena);
    json_decref(text);
    if (!in.error)
        *ret = label_resolve(reg, &l, arena);
    return in.error;
}
