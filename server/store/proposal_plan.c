/* A proposed change, read, checked and judged under the registers in force. */
#include "proposals.h"

#include "memory.h"

#include <jansson.h>

void plan_free(struct plan *p)
{
    if (!p)
        return;
    impact_free(p->impact);
    transition_free(&p->t);
    registers_free(&p->registers);
    arena_free(p->arena);
    free(p);
}

/* --- in --- */

static int bad_change(size_t i, const char *member, const char *what, struct fault *fault)
{
    char where[FAULT_WHERE_MAX];
    snprintf(where, sizeof where, "$.changes[%zu]%s", i, member);
    return fault_set(fault, ERR_INVALID_CHANGE, where, "%s", what);
}

static int read_text(const json_t *v, size_t i, const char *member, struct arena *arena, struct str *ret,
                     struct fault *fault)
{
    const json_t *text = json_object_get(v, member + 1);
    if (!json_is_string(text) || !json_string_length(text) || json_string_length(text) > REGISTRY_TEXT_MAX)
        return bad_change(i, member, "expected a text", fault);
    *ret = arena_str(arena, (struct str){json_string_value(text), json_string_length(text)});
    return 0;
}

static struct str dump(const json_t *v, struct arena *arena)
{
    FREE_CLEANUP void *text = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);
    if (!text)
        memory_exhausted(0);
    return arena_str(arena, str_of(text));
}

static const struct register_entry *entry_named(const struct registry *reg, struct str kind, struct str key)
{
    const struct register_entry *entries;
    size_t n = registry_entries(reg, &entries);
    for (size_t i = 0; i < n; i++)
        if (str_eq(entries[i].kind, kind) && str_eq(entries[i].key, key))
            return &entries[i];
    return NULL;
}

static int64_t version_of(struct str json)
{
    json_auto_t *v = json_loadb(json.p, json.n, 0, NULL);
    const json_t *version = json_object_get(v, "version");
    return version ? json_integer_value(version) : 1;
}

/* Nobody has to count: what an agreement says anew is its next version. */
static void add_version(const struct registry *old, struct str key, json_t *entry)
{
    const struct register_entry *before = entry_named(old, STR("agreement"), key);
    if (before && !json_object_get(entry, "version"))
        json_object_set_new(entry, "version", json_integer(version_of(before->json) + 1));
}

static int read_change(struct plan *p, const json_t *v, size_t i, bool fresh, struct fault *fault)
{
    struct registry_edit *e = &p->edits[i];
    json_t *entry = json_object_get(v, "entry");
    if (!json_is_object(v) || json_object_size(v) != 3 || !entry)
        return bad_change(i, "", "expected an object with the members kind, key and entry", fault);
    int error = read_text(v, i, ".kind", p->arena, &e->kind, fault);
    if (!error)
        error = read_text(v, i, ".key", p->arena, &e->key, fault);
    if (error)
        return error;
    if (!json_is_object(entry) && !json_is_null(entry))
        return bad_change(i, ".entry", "expected an object, or null to remove the entry", fault);
    if (fresh && str_is(e->kind, "agreement") && json_is_object(entry))
        add_version(p->t.old, e->key, entry);
    if (json_is_object(entry))
        e->json = dump(entry, p->arena);
    return 0;
}

static int read_changes(struct plan *p, struct str changes, bool fresh, struct fault *fault)
{
    json_auto_t *list = json_loadb(changes.p ? changes.p : "", changes.n, JSON_REJECT_DUPLICATES, NULL);
    int error = 0;
    p->n = json_array_size(list);
    if (!json_is_array(list) || !p->n || p->n > PROPOSAL_CHANGES_MAX)
        return fault_set(fault, ERR_INVALID_CHANGE, "$.changes", "expected an array of 1 to %d changes",
                         PROPOSAL_CHANGES_MAX);
    p->edits = arena_array(p->arena, p->n, sizeof *p->edits);
    for (size_t i = 0; !error && i < p->n; i++)
        error = read_change(p, json_array_get(list, i), i, fresh, fault);
    return error;
}

/* Before it is looked whether an entry exists, as that may be another partner's business. */
static int check_admissible(const struct plan *p, struct str proposer, struct fault *fault)
{
    int error = 0;
    for (size_t i = 0; !error && i < p->n; i++)
        error = proposal_admissible(p->t.old, p->edits[i].kind, p->edits[i].key, !p->edits[i].json.n, proposer, fault);
    return error;
}

/* --- canonical --- */

static void canonical_edits(struct plan *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->edits[i].json.n)
            p->edits[i].json = entry_named(p->t.next, p->edits[i].kind, p->edits[i].key)->json;
}

static void write_changes(struct plan *p)
{
    BUF_CLEANUP struct buf out = {0};
    for (size_t i = 0; i < p->n; i++) {
        buf_z(&out, i ? ",{\"kind\":" : "[{\"kind\":");
        buf_json_str(&out, p->edits[i].kind);
        buf_z(&out, ",\"key\":");
        buf_json_str(&out, p->edits[i].key);
        buf_z(&out, ",\"entry\":");
        buf_str(&out, p->edits[i].json.n ? p->edits[i].json : STR("null"));
        buf_char(&out, '}');
    }
    buf_char(&out, ']');
    p->changes = arena_str(p->arena, buf_view(&out));
}

/* What the edits replace. */
static struct digest base_digest(const struct plan *p)
{
    struct registry_edit *old = arena_array(p->arena, p->n, sizeof *old);
    for (size_t i = 0; i < p->n; i++) {
        const struct register_entry *e = entry_named(p->t.old, p->edits[i].kind, p->edits[i].key);
        old[i] = (struct registry_edit){p->edits[i].kind, p->edits[i].key, e ? e->json : STR("")};
    }
    return registry_edits_digest(old, p->n);
}

static int read_in_force(struct store *s, struct plan *p, instant now, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    const struct registers *r = &p->registers;
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = registers_read(c, p->arena, &p->registers, fault);
    return error ? error : registers_parse(r, r->entries, r->n, r->epoch, now, &p->t.old, fault);
}

/* Labels stay when a view goes, and would be read by one that is made again under its name. Read after the registers:
 * no label is stored that names a view which they do not have. */
static int read_named_views(struct store *s, struct plan *p, struct codes *ret, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = pg_exec(c,
                        "SELECT ARRAY(SELECT DISTINCT (v->>'view') COLLATE \"C\" FROM label l,"
                        " jsonb_array_elements(l.json::jsonb->'releaseViews') v"
                        " WHERE l.json LIKE '%\"releaseViews\":[{%' ORDER BY 1)",
                        NULL, &r, fault);
    if (error)
        return error;
    struct str *v;
    size_t n = pg_strs(r, 0, 0, p->arena, &v);
    *ret = (struct codes){n, v};
    return 0;
}

static bool changes_views(const struct plan *p)
{
    bool found = false;
    for (size_t i = 0; i < p->n; i++)
        found |= str_is(p->edits[i].kind, "view");
    return found;
}

int plan_make(struct store *s, struct str changes, bool fresh, struct str proposer, instant now, struct plan **ret,
              struct fault *fault)
{
    PLAN_CLEANUP struct plan *p = memory_zeroed(sizeof *p);
    p->arena = arena_new();
    struct codes named = {0};
    int error = read_in_force(s, p, now, fault);
    if (!error)
        error = read_changes(p, changes, fresh, fault);
    if (!error)
        error = check_admissible(p, proposer, fault);
    if (!error)
        error = changes_views(p) ? read_named_views(s, p, &named, fault) : 0;
    if (!error)
        error = transition_of_edits(&p->registers, p->edits, p->n, now, &p->t, fault);
    if (!error)
        error = proposal_judge(p->t.old, p->t.next, proposer, &named, p->arena, &p->judgement, fault);
    if (!error)
        error = transition_check_edits(&p->t, p->edits, p->n, fault);
    if (error)
        return error;
    canonical_edits(p);
    write_changes(p);
    p->digest = registry_edits_digest(p->edits, p->n);
    p->base = base_digest(p);
    *ret = p;
    p = NULL;
    return 0;
}

/* --- dry runs --- */

static int ensure_impact(struct store *s, struct plan *p, instant now, struct fault *fault)
{
    return p->impact ? 0 : impact_make(s, &p->t, now, &p->impact, fault);
}

int plan_report(struct store *s, struct plan *p, struct str partner, instant now, struct dry_run *ret,
                struct shown *ret_shown, struct fault *fault)
{
    struct shown shown = {.partner = partner, .at = now};
    int error = ensure_impact(s, p, now, fault);
    if (!error)
        error = impact_count(s, p->impact, impact_seq(p->impact), now, fault);
    if (error)
        return error;
    shown.seq = impact_seq(p->impact);
    impact_report(p->impact, partner, now, &ret->json, &shown.digest);
    *ret_shown = shown;
    return 0;
}

int plan_report_again(struct store *s, struct plan *p, const struct shown *shown, instant now, struct digest *ret,
                      struct fault *fault)
{
    BUF_CLEANUP struct buf json = {0};
    int error = ensure_impact(s, p, now, fault);
    if (!error)
        error = impact_count(s, p->impact, shown->seq, shown->at, fault);
    if (!error)
        impact_write(p->impact, shown->partner, &json, ret);
    return error;
}
