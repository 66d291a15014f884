/* Principals, and the readers they are to the decision. */
#include "registry_in.h"

#include <stdlib.h>

/* --- in --- */

/* spiffe://<trust domain>/<role>/<name>: SPIFFE-ID 2.1 and 2.2, here with exactly two path segments. */
bool principal_uri_split(struct str uri, struct str *ret_domain, struct str *ret_role)
{
    const struct str scheme = STR("spiffe://");
    if (uri.n <= scheme.n || memcmp(uri.p, scheme.p, scheme.n) != 0)
        return false;
    struct str rest = {uri.p + scheme.n, uri.n - scheme.n};
    const char *slash = memchr(rest.p, '/', rest.n);
    if (!slash)
        return false;
    struct str domain = {rest.p, (size_t)(slash - rest.p)};
    rest = (struct str){slash + 1, rest.n - domain.n - 1};
    slash = memchr(rest.p, '/', rest.n);
    if (!slash)
        return false;
    struct str role = {rest.p, (size_t)(slash - rest.p)}, name = {slash + 1, rest.n - role.n - 1};
    if (!name.n || name.p[0] == '.' || !text_only(name, UPPER LOWER DIGIT "-_."))
        return false;
    *ret_domain = domain;
    *ret_role = role;
    return true;
}

static void read_uri(struct building *b, const struct node *item, struct principal *p, const struct partner *partner)
{
    struct node id = node_member(item, "id");
    struct str uri = node_text(&id, REGISTRY_TEXT_MAX), domain, role;
    if (b->in->error)
        return;
    p->uri = arena_str(b->reg->arena, uri);
    if (!principal_uri_split(uri, &domain, &role))
        node_fail(&id, "expected spiffe://<trust domain>/<role>/<name>");
    else if (!str_eq(domain, partner->trust_domain))
        node_fail(&id, "the trust domain of %.*s is %.*s", STR_ARG(partner->code), STR_ARG(partner->trust_domain));
    else if (!role_parse(role, &p->role))
        node_fail(&id, "`%.*s` is none of node, operator, fdo, auditor, admin", STR_ARG(role));
}

static void write_members(const struct registry *reg, const struct reader *r, struct buf *out);

/* What principals and stored readers have in common. */
static void read_reader(const struct registry *reg, const struct node *item, struct arena *arena, struct reader *r)
{
    struct node partner = node_member(item, "partner"), active = node_member(item, "active");
    struct node clearances = node_member(item, "clearances"), caveats = node_member(item, "caveats");
    struct node modes = node_member(item, "dataModes"), display = node_member(item, "display");
    r->partner = (uint16_t)in_refer(&partner, &reg->partner_codes, "partner");
    r->active = node_bool(&active, true);
    r->display = node_bool(&display, false);
    in_levels(reg, &clearances, r->clearances);
    r->caveats = in_refer_all(&caveats, &reg->caveats, "caveat");
    r->modes = in_modes(&modes);
    r->mark = reg->mark;
    if (item->in->error)
        return;
    r->code = reg->partner_codes.v[r->partner];
    BUF_CLEANUP struct buf text = {0};
    write_members(reg, r, &text);
    r->members = arena_str(arena, buf_view(&text));
}

static struct principal *read_principal(struct building *b, const struct node *item, struct reader *r)
{
    static const char *const members[] = {"id",      "partner",   "active",  "clearances",
                                          "caveats", "dataModes", "display", NULL};
    struct registry *reg = b->reg;
    struct principal *p = arena_alloc(reg->arena, sizeof *p);
    node_object(item, members);
    read_reader(reg, item, reg->arena, r);
    if (b->in->error)
        return p;
    read_uri(b, item, p, &reg->partners[r->partner]);
    r->exempt = p->role == ROLE_FDO || p->role == ROLE_AUDITOR;
    return p;
}

const struct reader *reader_read(const struct registry *reg, struct str json, struct arena *arena)
{
    static const char *const members[] = {"exempt",  "partner",   "active",  "clearances",
                                          "caveats", "dataModes", "display", NULL};
    struct json_in in = {.fault = NULL, .code = ERR_BAD_POLICY, .root = "reader"};
    json_t *text = NULL;
    if (json_in_parse(&in, json, ERR_BAD_POLICY, &text))
        return NULL;
    struct reader *r = arena_alloc(arena, sizeof *r);
    struct node root = node_root(&in, text);
    node_object(&root, members);
    read_reader(reg, &root, arena, r);
    struct node exempt = node_member(&root, "exempt");
    r->exempt = node_bool(&exempt, false);
    json_decref(text);
    return in.error ? NULL : r;
}

static int principal_order(const void *a, const void *b)
{
    return str_cmp((*(const struct principal *const *)a)->uri, (*(const struct principal *const *)b)->uri);
}

static int reader_order(const void *a, const void *b)
{
    const struct reader *x = *(const struct reader *const *)a, *y = *(const struct reader *const *)b;
    return x->exempt != y->exempt ? (x->exempt ? 1 : -1) : str_cmp(x->members, y->members);
}

/* Principals that the decision cannot tell apart share one reader. */
static void share_readers(struct registry *reg, struct principal **principals, struct reader **readers, size_t n)
{
    if (n > 1)
        qsort(readers, n, sizeof *readers, reader_order);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!i || reader_order(&readers[i], &readers[kept - 1]) != 0)
            readers[kept++] = readers[i];
    for (size_t i = 0; i < n; i++)
        principals[i]->reader =
            *(struct reader *const *)bsearch(&principals[i]->reader, readers, kept, sizeof *readers, reader_order);
    reg->readers = readers;
    reg->n_readers = kept;
}

void in_principals(struct building *b, const struct node *list)
{
    struct registry *reg = b->reg;
    size_t n = node_array(list, REGISTRY_PRINCIPALS_MAX);
    struct principal **v = arena_array(reg->arena, n, sizeof(struct principal *));
    struct reader **readers = arena_array(reg->arena, n, sizeof(struct reader *));
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node item = node_item(list, i);
        readers[i] = arena_alloc(reg->arena, sizeof *readers[i]);
        v[i] = read_principal(b, &item, readers[i]);
        v[i]->reader = readers[i];
    }
    if (b->in->error)
        return;
    if (n > 1)
        qsort(v, n, sizeof *v, principal_order);
    for (size_t i = 1; i < n; i++)
        if (str_eq(v[i - 1]->uri, v[i]->uri))
            node_fail(list, "`%.*s` occurs twice", STR_ARG(v[i]->uri));
    share_readers(reg, v, readers, n);
    reg->principals = (const struct principal *const *)v;
    reg->n_principals = n;
}

/* --- out --- */

static void write_members(const struct registry *reg, const struct reader *r, struct buf *out)
{
    out_text(out, "partner", r->code);
    buf_printf(out, ",\"active\":%s,", r->active ? "true" : "false");
    out_levels(out, "clearances", reg, r->clearances);
    buf_char(out, ',');
    out_set(out, "caveats", &r->caveats, &reg->caveats);
    buf_char(out, ',');
    out_modes(out, r->modes);
    buf_printf(out, ",\"display\":%s", r->display ? "true" : "false");
}

void reader_write(const struct reader *r, struct buf *out)
{
    buf_printf(out, "{\"exempt\":%s,", r->exempt ? "true" : "false");
    buf_str(out, r->members);
    buf_char(out, '}');
}

void principal_write(const struct principal *p, struct buf *out)
{
    buf_char(out, '{');
    out_text(out, "id", p->uri);
    buf_printf(out, ",\"role\":\"%s\",", role_name(p->role));
    buf_str(out, p->reader->members);
    buf_char(out, '}');
}

/* As it stands in the file: the role is part of the identifier. */
void out_principal(const struct principal *p, struct buf *out)
{
    buf_char(out, '{');
    out_text(out, "id", p->uri);
    buf_char(out, ',');
    buf_str(out, p->reader->members);
    buf_char(out, '}');
}

struct str principal_uri(const struct principal *p)
{
    return p->uri;
}

struct str principal_partner(const struct principal *p)
{
    return p->reader->code;
}

enum role principal_role(const struct principal *p)
{
    return p->role;
}

bool principal_active(const struct principal *p)
{
    return p->reader->active;
}

const struct reader *principal_reader(const struct principal *p)
{
    return p->reader;
}

struct str reader_partner(const struct reader *r)
{
    return r->code;
}
