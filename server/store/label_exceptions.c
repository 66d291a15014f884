/* Rows of the dictionary that stand for the same label under one more grant, and those whose records nobody abroad may
 * read although nothing was said against it. */
#include "labels.h"
#include "visibility_data.h"

/* --- grants --- */

static size_t join_grant(const struct label_row *row, struct str grant, struct str *out)
{
    size_t n = 0;
    bool placed = false;
    for (size_t i = 0; i < row->n_grants; i++) {
        int order = str_cmp(grant, row->grants[i]);
        if (!placed && order <= 0) {
            out[n++] = grant;
            placed = true;
        }
        if (order != 0)
            out[n++] = row->grants[i];
    }
    if (!placed)
        out[n++] = grant;
    return n;
}

const struct str *grants_joined(const struct label_row *row, struct str grant, struct arena *arena)
{
    struct str *grants = arena_array(arena, row->n_grants + 1, sizeof *grants);
    join_grant(row, grant, grants);
    return grants;
}

/* Shared, also where the old row is one record's own: what it stands for is in the key. */
static struct label_key key_under(const struct label_row *row, struct str grant, struct arena *arena)
{
    struct str *grants = arena_array(arena, row->n_grants + 1, sizeof *grants);
    return (struct label_key){.originator = row->originator,
                              .type = row->type,
                              .data_mode = row->data_mode,
                              .label = row->label,
                              .ingested_at = row->since,
                              .parts = row->parts,
                              .n_parts = row->n_parts,
                              .grants = grants,
                              .n_grants = join_grant(row, grant, grants),
                              .recalled = row->recalled};
}

static int ensure_keys(struct visibility *v, const struct registry *reg, const struct label_key *keys,
                       struct regrant *const *moves, size_t n, struct arena *arena, struct fault *fault)
{
    int32_t *ids = arena_array(arena, n, sizeof *ids);
    int error = n ? label_ensure(v, reg, keys, n, ids, fault) : 0;
    for (size_t i = 0; !error && i < n; i++)
        moves[i]->new_label = ids[i];
    return error;
}

int label_regrant(struct visibility *v, const struct registry *reg, struct str grant, struct regrant *moves, size_t n,
                  struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    SET_CLEANUP struct label_set *set = NULL;
    struct entry **entries;
    struct label_key *keys = arena_array(arena, n, sizeof *keys);
    struct regrant **moved = arena_array(arena, n, sizeof *moved);
    size_t n_keys = 0;
    int error = set_take(v, reg, &set, fault);
    if (error)
        return error;
    size_t known = set_entries(v, set, arena, &entries);
    for (size_t i = 0; i < n; i++) {
        const struct label_row *row = (size_t)moves[i].old_label < known ? &entries[moves[i].old_label]->row : NULL;
        moves[i].new_label = moves[i].old_label;
        if (!row || !row->label)
            continue;
        keys[n_keys] = key_under(row, grant, arena);
        moved[n_keys++] = &moves[i];
    }
    return ensure_keys(v, reg, keys, moved, n_keys, arena, fault);
}

/* --- what is held --- */

static bool held(const struct registry *reg, const struct entry *e, struct str owner, instant now)
{
    const struct label *l = e->row.label;
    return l && l->mode == RELEASE_NONE && !l->orcon && !e->row.recalled &&
           (!owner.n || codes_has(&l->owners, owner)) && !readable_abroad(reg, &e->subject, now);
}

int label_held(struct visibility *v, const struct registry *reg, struct str owner, instant now, struct arena *arena,
               struct held_label **ret, size_t *ret_n, int64_t *ret_records, struct fault *fault)
{
    SET_CLEANUP struct label_set *set = NULL;
    struct entry **entries;
    int64_t records = 0;
    size_t found = 0;
    int error = set_take(v, reg, &set, fault);
    if (error)
        return error;
    size_t n = set_entries(v, set, arena, &entries);
    struct held_label *labels = arena_array(arena, n, sizeof *labels);
    for (size_t i = 0; i < n; i++) {
        if (!held(reg, entries[i], owner, now))
            continue;
        records += atomic_load(&entries[i]->raw->records);
        labels[found++] = (struct held_label){entries[i]->row.id, arena_str(arena, entries[i]->row.type)};
    }
    *ret = labels;
    *ret_n = found;
    *ret_records = records;
    return 0;
}
