/* The registers in the database: read as one snapshot, replaced as a whole. */
#include "internal.h"
#include "labels.h"
#include "memory.h"

#include <jansson.h>

/* --- reading --- */

/* The entries in force, as PostgreSQL gave them. */
struct registers {
    struct pg_result *result;
    int64_t epoch;
    struct register_entry *entries; /* ordered by (kind, key) */
    instant *accepted;
    size_t n;
};

static int read_registers(struct pg *c, struct arena *arena, struct registers *ret, struct fault *fault)
{
    struct registers r = {0};
    int error = pg_exec(c,
                        "SELECT p.epoch, e.kind, e.key, e.json, e.accepted_at FROM policy_state p"
                        " LEFT JOIN register_entry e ON true ORDER BY e.kind, e.key",
                        NULL, &r.result, fault);
    if (error)
        return error;
    r.epoch = pg_i64(r.result, 0, 0);
    r.n = pg_null(r.result, 0, 1) ? 0 : (size_t)pg_rows(r.result);
    r.entries = arena_array(arena, r.n, sizeof *r.entries);
    r.accepted = arena_array(arena, r.n, sizeof *r.accepted);
    for (size_t i = 0; i < r.n; i++) {
        int row = (int)i;
        r.entries[i] =
            (struct register_entry){pg_str(r.result, row, 1), pg_str(r.result, row, 2), pg_str(r.result, row, 3)};
        r.accepted[i] = pg_instant(r.result, row, 4);
    }
    *ret = r;
    return 0;
}

static int entry_cmp(const struct register_entry *a, const struct register_entry *b)
{
    int c = str_cmp(a->kind, b->kind);
    return c ? c : str_cmp(a->key, b->key);
}

/* -1 if there is none. */
static int find_entry(const struct registers *r, const struct register_entry *e)
{
    for (size_t i = 0; i < r->n; i++)
        if (entry_cmp(&r->entries[i], e) == 0)
            return (int)i;
    return -1;
}

/* For registry_parse: what is in force keeps its instant, what is new has `now`. */
struct acceptance {
    const struct registers *registers;
    instant now;
};

static instant accepted_at(void *ctx, const char *kind, struct str key)
{
    const struct acceptance *a = ctx;
    const struct register_entry wanted = {.kind = str_of(kind), .key = key};
    int i = find_entry(a->registers, &wanted);
    return i < 0 ? a->now : a->registers->accepted[i];
}

static int parse(const struct register_entry *entries, size_t n, int64_t epoch, struct acceptance acceptance,
                 struct registry **ret, struct fault *fault)
{
    BUF_CLEANUP struct buf json = {0};
    registry_join(entries, n, &json);
    return registry_parse(buf_view(&json), epoch, acceptance.now, accepted_at, &acceptance, ret, fault);
}

int store_policy_load(struct store *s, struct registry **ret, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_CLEANUP struct pg *c = NULL;
    struct registers r = {0};
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = read_registers(c, arena, &r, fault);
    if (!error)
        error = parse(r.entries, r.n, r.epoch, (struct acceptance){&r, clock_now(s->clock)}, ret, fault);
    pg_result_free(r.result);
    return error;
}

/* --- differences --- */

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

/* What takes the registers from old to next; entries of both are ordered. */
struct change {
    const struct register_entry *old, *next; /* NULL: added, removed */
};

static size_t changes_between(const struct registers *old, const struct register_entry *next, size_t n,
                              struct change *changes)
{
    size_t i = 0, k = 0, count = 0;
    while (i < old->n || k < n) {
        int c = i == old->n ? 1 : k == n ? -1 : entry_cmp(&old->entries[i], &next[k]);
        struct change change = {c <= 0 ? &old->entries[i] : NULL, c >= 0 ? &next[k] : NULL};
        i += c <= 0;
        k += c >= 0;
        if (c != 0 || !str_eq(change.old->json, change.next->json))
            changes[count++] = change;
    }
    return count;
}

static void write_diff(const struct change *changes, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        const struct change *c = &changes[i];
        const struct register_entry *e = c->next ? c->next : c->old;
        buf_printf(out, "%c %.*s %.*s", !c->old ? '+' : !c->next ? '-' : '~', STR_ARG(e->kind), STR_ARG(e->key));
        if (c->old && c->next)
            diff_members(c->old->json, c->next->json, out);
        buf_char(out, '\n');
    }
}

/* --- replacing --- */

static int write_change(struct pg *c, const struct change *change, instant now, struct fault *fault)
{
    struct pg_args args = {0};
    const struct register_entry *e = change->next ? change->next : change->old;
    pg_arg_str(&args, e->kind);
    pg_arg_str(&args, e->key);
    if (!change->next)
        return pg_exec(c, "DELETE FROM register_entry WHERE kind = $1 AND key = $2", &args, NULL, fault);
    pg_arg_str(&args, e->json);
    if (change->old)
        return pg_exec(c, "UPDATE register_entry SET json = $3 WHERE kind = $1 AND key = $2", &args, NULL, fault);
    pg_arg_instant(&args, now);
    return pg_exec(c, "INSERT INTO register_entry (kind, key, json, accepted_at) VALUES ($1, $2, $3, $4)", &args, NULL,
                   fault);
}

static int write_audit(struct pg *c, int64_t epoch, instant now, const char *actor, struct digest file, struct str diff,
                       struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_i64(&args, epoch);
    pg_arg_instant(&args, now);
    pg_arg_str(&args, str_of(actor));
    pg_arg_bytes(&args, file.bytes, DIGEST_SIZE);
    pg_arg_str(&args, diff);
    return pg_exec(c, "INSERT INTO policy_audit (epoch, at, actor, file_digest, diff) VALUES ($1, $2, $3, $4, $5)",
                   &args, NULL, fault);
}

/* Visible sets of the old epoch show nothing any more; they go. */
static int write_epoch(struct pg *c, int64_t epoch, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_i64(&args, epoch);
    int error = pg_exec(c, "UPDATE policy_state SET epoch = $1", &args, NULL, fault);
    return error ? error : pg_exec(c, "DELETE FROM visible", NULL, NULL, fault);
}

static bool has_boundary(const struct registry *reg, instant t)
{
    const instant *v;
    size_t n = registry_boundaries(reg, &v);
    for (size_t i = 0; i < n; i++)
        if (v[i] == t)
            return true;
    return false;
}

/* Records posted on either side of a new boundary must not share a dictionary row. Only boundaries in the past split:
 * from `now` on the writer finds the right row itself, and an entry accepted now opens nothing that is there already.
 */
static int split_generations(struct pg *c, const struct registry *old, const struct registry *next, instant now,
                             struct fault *fault)
{
    const instant *v;
    size_t n = registry_boundaries(next, &v);
    int error = 0;
    for (size_t i = 0; !error && i < n && v[i] < now; i++)
        if (!has_boundary(old, v[i]))
            error = labels_split(c, v[i], fault);
    return error;
}

struct applying {
    const struct registry *next;
    const char *actor;
    struct digest file;
    bool dry_run;
    instant now;
};

static int write_changes(struct pg *c, const struct applying *a, const struct registry *old,
                         const struct registry *next, const struct change *changes, size_t n, struct str diff,
                         struct fault *fault)
{
    int64_t epoch = registry_epoch(next);
    int error = split_generations(c, old, next, a->now, fault);
    for (size_t i = 0; !error && i < n; i++)
        error = write_change(c, &changes[i], a->now, fault);
    if (!error)
        error = write_audit(c, epoch, a->now, a->actor, a->file, diff, fault);
    if (!error)
        error = write_epoch(c, epoch, fault);
    return error ? error : pg_commit(c, fault);
}

/* Both registries are read with the instants at which their entries were accepted, which the caller's do not have. */
static int compare_and_write(struct pg *c, const struct applying *a, const struct registers *r, struct arena *arena,
                             struct buf *diff, struct fault *fault)
{
    const struct register_entry *entries;
    size_t n = registry_entries(a->next, &entries);
    struct change *changes = arena_array(arena, r->n + n, sizeof *changes);
    size_t n_changes = changes_between(r, entries, n, changes);
    struct registry *old = NULL, *next = NULL;
    size_t start = diff->n;
    int error = parse(r->entries, r->n, r->epoch, (struct acceptance){r, a->now}, &old, fault);
    if (!error)
        error = parse(entries, n, r->epoch + 1, (struct acceptance){r, a->now}, &next, fault);
    if (!error)
        error = registry_check_change(old, next, fault);
    if (!error)
        write_diff(changes, n_changes, diff);
    if (!error && n_changes && !a->dry_run)
        error =
            write_changes(c, a, old, next, changes, n_changes, (struct str){diff->p + start, diff->n - start}, fault);
    registry_unref(old);
    registry_unref(next);
    return error;
}

/* Nobody writes, decides or opens a class meanwhile. Splitting generations may take long. */
static int begin_apply(struct pg *c, struct fault *fault)
{
    int error = pg_begin(c, fault);
    if (!error)
        error = pg_simple(c, "SET LOCAL statement_timeout = 0", fault);
    if (!error)
        error = pg_lock(c, LOCK_POLICY, false, fault);
    return error ? error : pg_lock(c, LOCK_LABELS, false, fault);
}

int store_policy_apply(struct store *s, const struct registry *next, const char *actor, struct digest file,
                       bool dry_run, struct buf *diff, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_CLEANUP struct pg *c = NULL;
    struct registers r = {0};
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = begin_apply(c, fault);
    if (!error)
        error = read_registers(c, arena, &r, fault);
    const struct applying a = {next, actor, file, dry_run, clock_now(s->clock)};
    if (!error)
        error = compare_and_write(c, &a, &r, arena, diff, fault);
    pg_result_free(r.result);
    return error;
}
