/* Single entries changed within the registers in force. */
#include "registers.h"

#include "memory.h"

#include <jansson.h>
#include <stdlib.h>

struct digest registry_edits_digest(const struct registry_edit *edits, size_t n)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct str *parts = arena_array(arena, 3 * n, sizeof *parts);
    for (size_t i = 0; i < n; i++) {
        parts[3 * i] = edits[i].kind;
        parts[3 * i + 1] = edits[i].key;
        parts[3 * i + 2] = edits[i].json;
    }
    return sha256_parts(parts, 3 * n);
}

static int bad_edit(const struct registry_edit *e, const char *what, struct fault *fault)
{
    return fault_set(fault, ERR_INVALID_CHANGE, "", "%.*s %.*s: %s", STR_ARG(e->kind), STR_ARG(e->key), what);
}

/* Alone on one line and without a space before the closing brace, as registry_join wants it. */
static int entry_text(const struct registry_edit *e, struct arena *arena, struct str *ret, struct fault *fault)
{
    json_auto_t *v = json_loadb(e->json.p, e->json.n, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(v))
        return bad_edit(e, "expected a JSON object, or nothing to remove the entry", fault);
    FREE_CLEANUP void *text = json_dumps(v, JSON_COMPACT);
    if (!text)
        memory_exhausted(e->json.n);
    *ret = arena_str(arena, str_of(text));
    return 0;
}

static const struct registry_edit *edit_of(const struct registry_edit *edits, size_t n, struct str kind, struct str key)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(edits[i].kind, kind) && str_eq(edits[i].key, key))
            return &edits[i];
    return NULL;
}

static int entry_order(const void *a, const void *b)
{
    return entry_cmp(a, b);
}

static bool has_entry(const struct register_entry *entries, size_t n, const struct registry_edit *e)
{
    const struct register_entry wanted = {.kind = e->kind, .key = e->key};
    return n && bsearch(&wanted, entries, n, sizeof wanted, entry_order);
}

static int check_edits(const struct registers *r, const struct registry_edit *edits, size_t n, struct fault *fault)
{
    for (size_t i = 0; i < n; i++) {
        if (edit_of(edits, i, edits[i].kind, edits[i].key))
            return bad_edit(&edits[i], "is changed twice", fault);
        if (!edits[i].json.n && !has_entry(r->entries, r->n, &edits[i]))
            return bad_edit(&edits[i], "no such entry", fault);
    }
    return 0;
}

static int entries_edited(const struct registers *r, const struct registry_edit *edits, size_t n, struct arena *arena,
                          struct register_entry **ret, size_t *ret_n, struct fault *fault)
{
    struct register_entry *v = arena_array(arena, r->n + n, sizeof *v);
    size_t count = 0;
    int error = check_edits(r, edits, n, fault);
    for (size_t i = 0; !error && i < r->n; i++)
        if (!edit_of(edits, n, r->entries[i].kind, r->entries[i].key))
            v[count++] = r->entries[i];
    for (size_t i = 0; !error && i < n; i++) {
        if (!edits[i].json.n)
            continue;
        v[count] = (struct register_entry){edits[i].kind, edits[i].key, STR("")};
        error = entry_text(&edits[i], arena, &v[count++].json, fault);
    }
    if (error)
        return error;
    if (count > 1)
        qsort(v, count, sizeof *v, entry_order);
    *ret = v;
    *ret_n = count;
    return 0;
}

/* The key an edit states must be the one its entry has: entries of unknown kinds and strayed keys get lost in joining.
 */
static int check_keys(const struct registry *next, const struct registry_edit *edits, size_t n, struct fault *fault)
{
    const struct register_entry *entries;
    size_t m = registry_entries(next, &entries);
    for (size_t i = 0; i < n; i++)
        if (edits[i].json.n && !has_entry(entries, m, &edits[i]))
            return bad_edit(&edits[i], "kind and key do not name this entry", fault);
    return 0;
}

/* The registers' lists as a policy file has them, and the kinds of their entries. */
static const struct {
    const char *list, *kind;
} lists[] = {{"$.agreements[", "agreement"}, {"$.communities[", "community"}, {"$.grants[", "grant"},
             {"$.operators[", "operator"},   {"$.partners[", "partner"},      {"$.principals[", "principal"},
             {"$.profiles[", "profile"},     {"$.reasons[", "reason"},        {"$.views[", "view"}};

/* The entry that a path like `$.agreements[3].until` leads to, and where the path goes on inside of it. */
static const struct register_entry *entry_at(const char *path, const struct register_entry *entries, size_t n,
                                             const char **ret_rest)
{
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        size_t length = strlen(lists[k].list);
        if (strncmp(path, lists[k].list, length) != 0)
            continue;
        char *end;
        unsigned long index = strtoul(path + length, &end, 10);
        for (size_t i = 0; i < n; i++)
            if (str_is(entries[i].kind, lists[k].kind) && index-- == 0) {
                *ret_rest = *end == ']' ? end + 1 : "";
                return &entries[i];
            }
    }
    return NULL;
}

/* Which entry it is that is not edited, and what it says, may be nobody's business who edits. */
static int not_with_the_rest(struct fault *fault)
{
    return fault_set(fault, ERR_INVALID_CHANGE, "", "what stays in the registers does not go with this change");
}

/* What is wrong with the registers after the edits is wrong with the edits. Where that shows in an entry that is not
 * edited, which it is and how many there are is nobody's business. */
static int blame_edits(const struct registry_edit *edits, size_t n, const struct register_entry *entries,
                       size_t n_entries, const struct fault *why, struct fault *fault)
{
    char where[FAULT_WHERE_MAX];
    const char *rest = "";
    const struct register_entry *e = entry_at(why->where, entries, n_entries, &rest);
    const struct registry_edit *edit = e ? edit_of(edits, n, e->kind, e->key) : NULL;
    if (!edit)
        return not_with_the_rest(fault);
    snprintf(where, sizeof where, "$.changes[%zu].entry%s", (size_t)(edit - edits), rest);
    return fault_set(fault, ERR_INVALID_CHANGE, where, "%s", why->detail);
}

int transition_of_edits(const struct registers *r, const struct registry_edit *edits, size_t n, instant now,
                        struct transition *ret, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct register_entry *entries = NULL;
    struct fault why;
    size_t n_entries = 0;
    int error = ret->old ? 0 : registers_parse(r, r->entries, r->n, r->epoch, now, &ret->old, fault);
    if (!error)
        error = entries_edited(r, edits, n, arena, &entries, &n_entries, fault);
    if (error)
        return error;
    if (registers_parse(r, entries, n_entries, r->epoch + 1, now, &ret->next, &why))
        return blame_edits(edits, n, entries, n_entries, &why, fault);
    return check_keys(ret->next, edits, n, fault);
}

/* Faults of steps tell where by kind and key, and what comes behind a colon. */
static bool names_entry(const char *where, const struct registry_edit *e)
{
    char name[FAULT_WHERE_MAX];
    int n = snprintf(name, sizeof name, "%.*s %.*s", STR_ARG(e->kind), STR_ARG(e->key));
    return strncmp(where, name, (size_t)n) == 0 && (!where[n] || where[n] == ':');
}

int transition_check_edits(const struct transition *t, const struct registry_edit *edits, size_t n, struct fault *fault)
{
    struct fault why;
    if (!transition_check(t, &why))
        return 0;
    for (size_t i = 0; i < n; i++)
        if (names_entry(why.where, &edits[i]))
            return fault_set(fault, ERR_INVALID_CHANGE, why.where, "%s", why.detail);
    return not_with_the_rest(fault);
}
