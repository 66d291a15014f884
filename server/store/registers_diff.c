/* What a change of the registers is, entry by entry and member by member. */
#include "registers.h"

#include "memory.h"

#include <jansson.h>

static void add_member(struct buf *out, const char *name, json_t *before, json_t *after)
{
    FREE_CLEANUP void *old = before ? json_dumps(before, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
    FREE_CLEANUP void *new = after ? json_dumps(after, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
    buf_printf(out, " %s: %s -> %s;", name, old ? (const char *)old : "(none)", new ? (const char *)new : "(none)");
}

/* Which members of an entry change: " until: null -> \"2030-01-01…\"; types: …". */
static void diff_members(struct str before, struct str after, struct buf *out)
{
    json_t *old = json_loadb(before.p, before.n, 0, NULL), *new = json_loadb(after.p, after.n, 0, NULL);
    const char *name;
    json_t *value;
    json_object_foreach(old, name, value) if (!json_equal(value, json_object_get(new, name)))
        add_member(out, name, value, json_object_get(new, name));
    json_object_foreach(new, name, value) if (!json_object_get(old, name)) add_member(out, name, NULL, value);
    if (out->n && out->p[out->n - 1] == ';')
        out->n--;
    json_decref(old);
    json_decref(new);
}

void write_diff(const struct register_change *changes, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        const struct register_change *c = &changes[i];
        const struct register_entry *e = c->next ? c->next : c->old;
        buf_printf(out, "%c %.*s %.*s", !c->old ? '+' : !c->next ? '-' : '~', STR_ARG(e->kind), STR_ARG(e->key));
        if (c->old && c->next)
            diff_members(c->old->json, c->next->json, out);
        buf_char(out, '\n');
    }
}
