/* What exceptions rest on: operators of objects, and grants. */
#include "registry_in.h"

#include <math.h>
#include <stdlib.h>

/* --- in --- */

/* The key OBJECT/PARTNER/ACCEPTOR is split at its slashes. */
bool name_object(struct str s)
{
    return s.n && s.n <= OBJECT_MAX && s.p[0] != ' ' && s.p[s.n - 1] != ' ' &&
           text_only(s, UPPER LOWER DIGIT "-_.+#() ");
}

static struct str refer_partner(const struct building *b, const struct node *item, const char *key, size_t *ret)
{
    struct node n = node_member(item, key);
    size_t partner = in_refer(&n, &b->reg->partner_codes, "partner");
    if (b->in->error)
        return STR("");
    *ret = partner;
    return b->reg->partner_codes.v[partner];
}

static int operator_order(const void *a, const void *b)
{
    const struct operator_entry *x = a, *y = b;
    int order = str_cmp(x->object, y->object);
    if (!order)
        order = str_cmp(x->partner, y->partner);
    return order ? order : str_cmp(x->accepted_by, y->accepted_by);
}

static void read_operator(struct building *b, const struct node *item, struct operator_entry *ret)
{
    static const char *const members[] = {"object", "partner", "acceptedBy", NULL};
    size_t number = 0;
    node_object(item, members);
    struct node object = node_member(item, "object");
    ret->object = in_name(b, &object, name_object, AN_OBJECT);
    ret->partner = refer_partner(b, item, "partner", &number);
    ret->accepted_by = refer_partner(b, item, "acceptedBy", &number);
}

void in_operators(struct building *b, const struct node *list)
{
    struct registry *reg = b->reg;
    size_t n = node_array(list, REGISTRY_OPERATORS_MAX);
    struct operator_entry *v = arena_array(reg->arena, n, sizeof *v);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node item = node_item(list, i);
        read_operator(b, &item, &v[i]);
    }
    if (b->in->error)
        return;
    if (n > 1)
        qsort(v, n, sizeof *v, operator_order);
    for (size_t i = 1; i < n; i++)
        if (!operator_order(&v[i - 1], &v[i]))
            node_fail(list, "%.*s has accepted twice that %.*s operates `%.*s`", STR_ARG(v[i].accepted_by),
                      STR_ARG(v[i].partner), STR_ARG(v[i].object));
    reg->operators = v;
    reg->n_operators = n;
}

static double degrees(const struct node *region, const char *key, double most)
{
    struct node n = node_member(region, key);
    if (region->in->error)
        return 0;
    double v = json_number_value(n.v);
    if (!json_is_number(n.v) || !(fabs(v) <= most))
        node_fail(&n, "expected degrees from %g to %g", -most, most);
    return v;
}

/* West may be greater than east: across the 180th meridian. */
static void read_region(const struct node *n, struct grant_entry *g)
{
    static const char *const members[] = {"south", "north", "west", "east", NULL};
    if (!n->v)
        return;
    node_object(n, members);
    g->has_region = true;
    g->south = degrees(n, "south", 90);
    g->north = degrees(n, "north", 90);
    g->west = degrees(n, "west", 180);
    g->east = degrees(n, "east", 180);
    if (g->south > g->north)
        node_fail(n, "south is north of north");
}

static void read_record(const struct node *n, struct grant_entry *g)
{
    struct str s = node_text_or_empty(n, REGISTRY_TEXT_MAX);
    if (s.n && (!uuid_parse(s, &g->record) || uuid_is_none(g->record)))
        node_fail(n, "`%.*s` is not the id of a record", STR_ARG(s));
}

/* Absent is {NULL, 0}… as text "". */
static struct str read_optional_name(struct building *b, const struct node *item, const char *key)
{
    struct node n = node_member(item, key);
    return n.v ? in_name(b, &n, name_object, AN_OBJECT) : STR("");
}

static void read_scope(struct building *b, const struct node *scope, struct grant_entry *g, size_t *ret_type)
{
    static const char *const members[] = {"type", "record", "object", "sensor", "region", "from", "to", NULL};
    node_object(scope, members);
    struct node type = node_member(scope, "type"), record = node_member(scope, "record");
    struct node region = node_member(scope, "region"), from = node_member(scope, "from"), to = node_member(scope, "to");
    *ret_type = in_refer(&type, &b->reg->types, "record type");
    read_record(&record, g);
    g->object = read_optional_name(b, scope, "object");
    g->sensor = read_optional_name(b, scope, "sensor");
    read_region(&region, g);
    g->scope_from = node_instant(&from, INSTANT_MIN);
    g->scope_to = node_instant(&to, INSTANT_MAX);
    if (g->scope_from >= g->scope_to)
        node_fail(&to, "is not after `from`");
    if (record.v && (g->object.n || g->sensor.n || region.v || from.v || to.v))
        node_fail(scope, "a record, or what all records of the scope have in common");
    if (!b->in->error)
        g->type = b->reg->types.v[*ret_type];
}

static void read_grant(struct building *b, const struct node *item, struct grant_entry *g)
{
    static const char *const members[] = {"id", "owner", "recipient", "view", "from", "until", "onward", "scope", NULL};
    size_t owner = 0, recipient = 0, type = 0;
    node_object(item, members);
    struct node id = node_member(item, "id"), view = node_member(item, "view"), scope = node_member(item, "scope");
    struct node from = node_member(item, "from"), until = node_member(item, "until");
    struct node onward = node_member(item, "onward");
    g->id = in_name(b, &id, name_id, AN_ID);
    g->owner = refer_partner(b, item, "owner", &owner);
    g->recipient = refer_partner(b, item, "recipient", &recipient);
    if (owner == recipient)
        node_fail(item, "owner and recipient are the same partner");
    read_scope(b, &scope, g, &type);
    if (b->in->error)
        return;
    unsigned number = in_view_of(b, &view, type);
    g->view = number ? b->reg->view_codes.v[number - 1] : STR("");
    g->from = node_instant(&from, INSTANT_MIN);
    g->until = node_instant(&until, INSTANT_MAX);
    g->onward = node_bool(&onward, false);
    if (!until.v)
        node_fail(&until, "required: a grant ends");
    if (g->from >= g->until)
        node_fail(&until, "is not after `from`");
}

static int grant_order(const void *a, const void *b)
{
    return str_cmp(((const struct grant_entry *)a)->id, ((const struct grant_entry *)b)->id);
}

static struct grant numbers(const struct registry *reg, const struct grant_entry *g)
{
    return (struct grant){.entry = g,
                          .owner = (uint16_t)codes_find(&reg->partner_codes, g->owner),
                          .recipient = (uint16_t)codes_find(&reg->partner_codes, g->recipient),
                          .view = g->view.n ? (unsigned)codes_find(&reg->view_codes, g->view) + 1 : 0};
}

void in_grants(struct building *b, const struct node *list)
{
    struct registry *reg = b->reg;
    size_t n = node_array(list, REGISTRY_GRANTS_MAX);
    struct grant_entry *entries = arena_array(reg->arena, n, sizeof *entries);
    struct grant *v = arena_array(reg->arena, n, sizeof *v);
    for (size_t i = 0; i < n && !b->in->error; i++) {
        struct node item = node_item(list, i);
        read_grant(b, &item, &entries[i]);
    }
    if (b->in->error)
        return;
    if (n > 1)
        qsort(entries, n, sizeof *entries, grant_order);
    for (size_t i = 0; i < n; i++) {
        v[i] = numbers(reg, &entries[i]);
        if (i && str_eq(entries[i - 1].id, entries[i].id))
            node_fail(list, "`%.*s` occurs twice", STR_ARG(entries[i].id));
    }
    reg->grants = v;
    reg->grant_entries = entries;
    reg->n_grants = n;
}

/* --- out --- */

void out_operator(const struct operator_entry *o, struct buf *out)
{
    buf_char(out, '{');
    out_text(out, "object", o->object);
    buf_char(out, ',');
    out_text(out, "partner", o->partner);
    buf_char(out, ',');
    out_text(out, "acceptedBy", o->accepted_by);
    buf_char(out, '}');
}

static void out_scope(const struct grant_entry *g, struct buf *out)
{
    char id[UUID_TEXT];
    out_text(out, "type", g->type);
    if (!uuid_is_none(g->record)) {
        uuid_write(g->record, id);
        buf_char(out, ',');
        out_text(out, "record", (struct str){id, UUID_TEXT});
        return;
    }
    out_optional_text(out, "object", g->object);
    out_optional_text(out, "sensor", g->sensor);
    if (g->has_region) {
        buf_z(out, ",\"region\":{");
        out_number(out, "south", g->south);
        buf_char(out, ',');
        out_number(out, "north", g->north);
        buf_char(out, ',');
        out_number(out, "west", g->west);
        buf_char(out, ',');
        out_number(out, "east", g->east);
        buf_char(out, '}');
    }
    buf_char(out, ',');
    out_time(out, "from", g->scope_from);
    buf_char(out, ',');
    out_time(out, "to", g->scope_to);
}

void out_grant(const struct grant_entry *g, struct buf *out)
{
    buf_char(out, '{');
    out_text(out, "id", g->id);
    buf_char(out, ',');
    out_text(out, "owner", g->owner);
    buf_char(out, ',');
    out_text(out, "recipient", g->recipient);
    buf_z(out, ",\"view\":");
    if (g->view.n)
        buf_json_str(out, g->view);
    else
        buf_z(out, "null");
    buf_char(out, ',');
    out_time(out, "from", g->from);
    buf_char(out, ',');
    out_time(out, "until", g->until);
    buf_printf(out, ",\"onward\":%s,\"scope\":{", g->onward ? "true" : "false");
    out_scope(g, out);
    buf_z(out, "}}");
}

/* --- look-up --- */

size_t registry_operators(const struct registry *reg, const struct operator_entry **ret)
{
    *ret = reg->operators;
    return reg->n_operators;
}

static bool operates(const struct operator_entry *o, struct str object, struct str partner)
{
    return str_eq(o->object, object) && (!partner.n || str_eq(o->partner, partner));
}

size_t registry_operates(const struct registry *reg, struct str object, struct str partner,
                         const struct operator_entry **ret)
{
    const struct operator_entry key = {.object = object, .partner = partner};
    size_t low = 0, high = reg->n_operators, n = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (operator_order(&reg->operators[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + n < reg->n_operators && operates(&reg->operators[low + n], object, partner))
        n++;
    *ret = reg->operators + low;
    return n;
}

size_t registry_grants(const struct registry *reg, const struct grant_entry **ret)
{
    *ret = reg->grant_entries;
    return reg->n_grants;
}

static int grant_by_id(const void *key, const void *item)
{
    return str_cmp(*(const struct str *)key, ((const struct grant_entry *)item)->id);
}

const struct grant_entry *registry_grant(const struct registry *reg, struct str id)
{
    if (!reg->n_grants)
        return NULL;
    return bsearch(&id, reg->grant_entries, reg->n_grants, sizeof *reg->grant_entries, grant_by_id);
}
