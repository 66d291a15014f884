#include "visibility_data.h"

#include "labels.h"
#include "memory.h"

/* --- sets --- */

void set_unref(struct label_set *set)
{
    if (!set || atomic_fetch_sub(&set->refs, 1) != 1)
        return;
    registry_unref(set->registry);
    arena_free(set->arena);
    free(set->entries);
    free(set);
}

static struct entry *entry_new(struct label_set *set, struct raw *raw)
{
    struct entry *e = arena_alloc(set->arena, sizeof *e);
    e->row = raw->row;
    e->raw = raw;
    e->key = raw->key;
    if (label_read(set->registry, raw->row.json, set->arena, &e->row.label, NULL) != 0)
        e->row.label = NULL; /* a code that is registered no more: nobody reads it */
    const struct subject **parts = arena_array(set->arena, raw->row.n_parts, sizeof *parts);
    for (size_t i = 0; i < raw->row.n_parts; i++)
        parts[i] = &set->entries[raw->row.parts[i]]->subject;
    e->subject = (struct subject){.label = e->row.label,
                                  .originator = raw->row.originator,
                                  .type = raw->row.type,
                                  .data_mode = raw->row.data_mode,
                                  .ingested_at = raw->row.since,
                                  .embargo_until = INSTANT_MIN,
                                  .expires = INSTANT_MAX,
                                  .recalled = raw->row.recalled,
                                  .parts = parts,
                                  .n_parts = raw->row.n_parts,
                                  .grants = raw->row.grants,
                                  .n_grants = raw->row.n_grants};
    return e;
}

static void set_add(struct label_set *set, struct entry *e)
{
    if (set->n == set->cap) {
        set->cap = set->cap ? 2 * set->cap : 256;
        set->entries = memory_resize(set->entries, set->cap * sizeof(struct entry *));
    }
    set->entries[set->n++] = e;
}

struct label_set *set_new(struct visibility *v, const struct registry *reg)
{
    struct label_set *set = memory_zeroed(sizeof *set);
    set->refs = 1;
    set->registry = registry_ref(reg);
    set->arena = arena_new();
    set->views = views_new(reg, set->arena);
    for (size_t i = 0; i < v->n; i++)
        set_add(set, entry_new(set, v->raws[i]));
    return set;
}

/* With both locks held: the set that reads rows as reg does. Classes of another epoch are dropped. */
static void take_registry(struct visibility *v, const struct registry *reg)
{
    if (v->set && registry_epoch(v->set->registry) == registry_epoch(reg))
        return;
    drop_classes(v);
    set_unref(v->set);
    v->set = set_new(v, reg);
}

/* --- the dictionary in memory --- */

static size_t key_start(const struct visibility *v, const struct digest *key)
{
    size_t h;
    memcpy(&h, key->bytes, sizeof h);
    return h & (v->by_key_slots - 1);
}

/* -1 if it is not known. */
static int32_t find_key(const struct visibility *v, const struct digest *key)
{
    if (!v->by_key_slots)
        return -1;
    for (size_t i = key_start(v, key);; i = (i + 1) & (v->by_key_slots - 1)) {
        int32_t id = v->by_key[i];
        if (id < 0 || memcmp(v->raws[id]->key.bytes, key->bytes, DIGEST_SIZE) == 0)
            return id;
    }
}

static void index_key(struct visibility *v, int32_t id)
{
    size_t i = key_start(v, &v->raws[id]->key);
    while (v->by_key[i] >= 0)
        i = (i + 1) & (v->by_key_slots - 1);
    v->by_key[i] = id;
}

static void grow_keys(struct visibility *v)
{
    if (2 * (v->n + 1) <= v->by_key_slots)
        return;
    v->by_key_slots = v->by_key_slots ? 2 * v->by_key_slots : 1024;
    v->by_key = memory_resize(v->by_key, v->by_key_slots * sizeof *v->by_key);
    memset(v->by_key, 0xff, v->by_key_slots * sizeof *v->by_key);
    for (size_t i = 0; i < v->n; i++)
        index_key(v, (int32_t)i);
}

struct type_total *total_of(struct visibility *v, struct str type)
{
    for (struct type_total *t = v->totals; t; t = t->next)
        if (str_eq(t->type, type))
            return t;
    struct type_total *t = arena_alloc(v->arena, sizeof *t);
    *t = (struct type_total){.type = arena_str(v->arena, type), .next = v->totals};
    v->totals = t;
    return t;
}

/* With both locks held. */
static void remember_raw(struct visibility *v, struct raw *raw)
{
    grow_keys(v);
    if (v->n == v->raws_cap) {
        v->raws_cap = v->raws_cap ? 2 * v->raws_cap : 256;
        v->raws = memory_resize(v->raws, v->raws_cap * sizeof(struct raw *));
    }
    raw->total = total_of(v, raw->row.type);
    atomic_fetch_add(&raw->total->records, atomic_load(&raw->records));
    v->raws[v->n] = raw;
    index_key(v, (int32_t)v->n++);
}

/* --- the dictionary in the database --- */

#define LABEL_COLUMNS                                                                                                  \
    "id, key, originator, type, data_mode, since, json, parts, record IS NOT NULL, recalled, records, grants"

static struct raw *raw_from(struct arena *arena, const struct pg_result *r, int row)
{
    int32_t *parts;
    struct str *grants;
    struct raw *raw = arena_alloc(arena, sizeof *raw);
    size_t n_parts = pg_i32s(r, row, 7, arena, &parts), n_grants = pg_strs(r, row, 11, arena, &grants);
    raw->row = (struct label_row){.id = pg_i32(r, row, 0),
                                  .originator = arena_str(arena, pg_str(r, row, 2)),
                                  .type = arena_str(arena, pg_str(r, row, 3)),
                                  .data_mode = arena_str(arena, pg_str(r, row, 4)),
                                  .since = pg_instant(r, row, 5),
                                  .json = arena_str(arena, pg_str(r, row, 6)),
                                  .parts = parts,
                                  .n_parts = n_parts,
                                  .grants = grants,
                                  .n_grants = n_grants,
                                  .own = pg_bool(r, row, 8),
                                  .recalled = pg_bool(r, row, 9)};
    memcpy(raw->key.bytes, pg_str(r, row, 1).p, DIGEST_SIZE);
    atomic_init(&raw->records, pg_i64(r, row, 10));
    raw->records_written = pg_i64(r, row, 10);
    return raw;
}

/* With slow and LOCK_LABELS held: takes in what other processes have added. */
static int sync_labels(struct visibility *v, struct pg *c, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_i32(&args, (int32_t)v->n);
    int error = pg_exec(c, "SELECT " LABEL_COLUMNS " FROM label WHERE id >= $1 ORDER BY id", &args, &r, fault);
    if (error)
        return error;
    pthread_mutex_lock(&v->lock);
    for (int i = 0; i < pg_rows(r) && !error; i++) {
        struct raw *raw = raw_from(v->arena, r, i);
        if (raw->row.id != (int32_t)v->n) {
            error = fault_set(fault, ERR_INTERNAL, "", "label %d is missing", (int)v->n);
            break;
        }
        remember_raw(v, raw);
        if (v->set)
            set_add(v->set, entry_new(v->set, raw));
    }
    pthread_mutex_unlock(&v->lock);
    return error;
}

int begin_growth(struct visibility *v, struct pg *c, const struct registry *reg, struct fault *fault)
{
    int error = pg_begin(c, fault);
    if (!error)
        error = pg_lock(c, LOCK_POLICY, true, fault);
    if (!error)
        error = pg_lock(c, LOCK_LABELS, false, fault);
    if (!error)
        error = epoch_is(c, registry_epoch(reg), fault);
    if (!error)
        error = sync_labels(v, c, fault);
    if (error)
        return error;
    pthread_mutex_lock(&v->lock);
    take_registry(v, reg);
    pthread_mutex_unlock(&v->lock);
    return 0;
}

int set_take(struct visibility *v, const struct registry *reg, struct label_set **ret, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    pthread_mutex_lock(&v->slow);
    int error = pg_take(v->pool, &c, fault);
    if (!error)
        error = begin_growth(v, c, reg, fault);
    if (!error) {
        atomic_fetch_add(&v->set->refs, 1);
        *ret = v->set;
    }
    pthread_mutex_unlock(&v->slow);
    return error;
}

size_t set_entries(struct visibility *v, const struct label_set *set, struct arena *arena, struct entry ***ret)
{
    pthread_mutex_lock(&v->lock);
    size_t n = set->n;
    *ret = arena_array(arena, n, sizeof **ret);
    if (n)
        memcpy(*ret, set->entries, n * sizeof **ret);
    pthread_mutex_unlock(&v->lock);
    return n;
}

/* --- adding labels --- */

/* A part of its own, which rows without grants do not have: their digests are what they were before there were grants.
 */
static struct digest digest_with_grants(struct digest plain, const struct label_row *row)
{
    BUF_CLEANUP struct buf grants = {0};
    for (size_t i = 0; i < row->n_grants; i++) {
        buf_str(&grants, row->grants[i]);
        buf_char(&grants, '\0');
    }
    const struct str parts[] = {{(const char *)plain.bytes, DIGEST_SIZE}, buf_view(&grants)};
    return row->n_grants ? sha256_parts(parts, 2) : plain;
}

struct digest label_digest(const struct label_row *row, const struct uuid *record)
{
    char since[8], flags[1] = {row->recalled ? 1 : 0};
    for (int i = 0; i < 8; i++)
        since[i] = (char)((uint64_t)row->since >> (8 * i) & 0xff);
    const struct str parts[] = {row->originator,
                                row->type,
                                row->data_mode,
                                {since, sizeof since},
                                row->json,
                                {(const char *)row->parts, row->n_parts * sizeof *row->parts},
                                record ? (struct str){(const char *)record->bytes, UUID_SIZE} : STR(""),
                                {flags, 1}};
    return digest_with_grants(sha256_parts(parts, sizeof parts / sizeof *parts), row);
}

/* The registers' boundary at or before t. */
static instant generation(const struct registry *reg, instant t)
{
    const instant *boundaries;
    size_t low = 0, high = registry_boundaries(reg, &boundaries);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (boundaries[middle] <= t)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? boundaries[low - 1] : INSTANT_MIN;
}

static void row_of_key(const struct registry *reg, const struct label_key *key, struct buf *json, struct label_row *ret)
{
    buf_clear(json);
    label_write(key->label, json);
    *ret = (struct label_row){.originator = key->originator,
                              .type = key->type,
                              .data_mode = key->data_mode,
                              .json = buf_view(json),
                              .since = key->record ? key->ingested_at : generation(reg, key->ingested_at),
                              .parts = key->parts,
                              .n_parts = key->n_parts,
                              .grants = key->grants,
                              .n_grants = key->n_grants,
                              .recalled = key->recalled,
                              .own = key->record != NULL};
}

/* With lock held: fills in the ids that are known; false if one is not. */
static bool find_keys(const struct visibility *v, const struct digest *digests, size_t n, int32_t *ids)
{
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        ids[i] = find_key(v, &digests[i]);
        all = all && ids[i] >= 0;
    }
    return all;
}

/* What a label in a poster's hand can make more of. */
static bool is_counted(const struct label_row *row)
{
    return !row->own && !row->n_grants;
}

/* How many rows of the originator count in this generation. */
static size_t shared_rows(const struct visibility *v, const struct label_row *row)
{
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++) {
        const struct label_row *other = &v->raws[i]->row;
        n += is_counted(other) && other->since == row->since && str_eq(other->originator, row->originator);
    }
    return n;
}

static size_t pending_shared(const struct growth *g, const struct label_row *row)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++)
        n += is_counted(&g->raws[i]->row) && g->raws[i]->row.since == row->since &&
             str_eq(g->raws[i]->row.originator, row->originator);
    return n;
}

static int32_t find_pending(const struct growth *g, const struct digest *key)
{
    for (size_t i = 0; i < g->n; i++)
        if (memcmp(g->raws[i]->key.bytes, key->bytes, DIGEST_SIZE) == 0)
            return g->raws[i]->row.id;
    return -1;
}

static struct raw *raw_new(struct visibility *v, const struct label_row *row, const struct digest *key, int32_t id)
{
    struct raw *raw = arena_alloc(v->arena, sizeof *raw);
    int32_t *parts = arena_array(v->arena, row->n_parts, sizeof *parts);
    struct str *grants = arena_array(v->arena, row->n_grants, sizeof *grants);
    for (size_t i = 0; i < row->n_parts; i++)
        parts[i] = row->parts[i];
    for (size_t i = 0; i < row->n_grants; i++)
        grants[i] = arena_str(v->arena, row->grants[i]);
    raw->row = *row;
    raw->row.id = id;
    raw->row.originator = arena_str(v->arena, row->originator);
    raw->row.type = arena_str(v->arena, row->type);
    raw->row.data_mode = arena_str(v->arena, row->data_mode);
    raw->row.json = arena_str(v->arena, row->json);
    raw->row.parts = parts;
    raw->row.grants = grants;
    raw->key = *key;
    return raw;
}

/* Gives each unknown key an id or LABEL_TOO_MANY. With slow held. */
static void plan_growth(struct visibility *v, const struct registry *reg, const struct label_key *keys,
                        const struct digest *digests, size_t n, int32_t *ids, struct growth *g)
{
    BUF_CLEANUP struct buf json = {0};
    for (size_t i = 0; i < n; i++) {
        struct label_row row;
        if (ids[i] >= 0 || (ids[i] = find_pending(g, &digests[i])) >= 0)
            continue;
        row_of_key(reg, &keys[i], &json, &row);
        if (is_counted(&row) && shared_rows(v, &row) + pending_shared(g, &row) >= v->cap) {
            ids[i] = LABEL_TOO_MANY;
            continue;
        }
        ids[i] = (int32_t)(v->n + g->n);
        g->records[g->n] = keys[i].record;
        g->raws[g->n] = raw_new(v, &row, &digests[i], ids[i]);
        g->entries[g->n] = entry_new(v->set, g->raws[g->n]);
        g->n++;
    }
}

static int label_insert(struct pg *c, const struct label_row *row, const struct digest *key, const struct uuid *record,
                        struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct pg_args args = {.arena = arena};
    pg_arg_i32(&args, row->id);
    pg_arg_bytes(&args, key->bytes, DIGEST_SIZE);
    pg_arg_str(&args, row->originator);
    pg_arg_str(&args, row->type);
    pg_arg_str(&args, row->data_mode);
    pg_arg_instant(&args, row->since);
    pg_arg_str(&args, row->json);
    pg_arg_i32s(&args, row->parts, row->n_parts);
    if (record)
        pg_arg_uuid(&args, *record);
    else
        pg_arg_null(&args, OID_UUID);
    pg_arg_bool(&args, row->recalled);
    pg_arg_strs(&args, row->grants, row->n_grants);
    return pg_exec(
        c,
        "INSERT INTO label (id, key, originator, type, data_mode, since, json, parts, record, recalled, grants)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &args, NULL, fault);
}

/* After the commit, with slow held. */
static void take_growth(struct visibility *v, const struct growth *g, const struct widened *w, int n)
{
    pthread_mutex_lock(&v->lock);
    for (size_t i = 0; i < g->n; i++) {
        remember_raw(v, g->raws[i]);
        set_add(v->set, g->entries[i]);
    }
    take_widened(v, w, n);
    pthread_mutex_unlock(&v->lock);
}

static int insert_growth(struct visibility *v, struct pg *c, const struct growth *g, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct widened *w = NULL;
    int n = 0, error = 0;
    for (size_t i = 0; !error && i < g->n; i++)
        error = label_insert(c, &g->raws[i]->row, &g->raws[i]->key, g->records[i], fault);
    if (!error && g->n)
        error = widen_classes(v, c, g, arena, &w, &n, fault);
    if (!error)
        error = pg_commit(c, fault);
    if (!error)
        take_growth(v, g, w, n);
    return error;
}

/* With slow held. */
static int add_labels(struct visibility *v, const struct registry *reg, const struct label_key *keys,
                      const struct digest *digests, size_t n, int32_t *ids, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_CLEANUP struct pg *c = NULL;
    struct growth g = {.raws = arena_array(arena, n, sizeof *g.raws),
                       .records = arena_array(arena, n, sizeof *g.records),
                       .entries = arena_array(arena, n, sizeof *g.entries)};
    int error = pg_take(v->pool, &c, fault);
    if (!error)
        error = begin_growth(v, c, reg, fault);
    if (error)
        return error;
    pthread_mutex_lock(&v->lock);
    find_keys(v, digests, n, ids); /* others may have added them */
    plan_growth(v, reg, keys, digests, n, ids, &g);
    pthread_mutex_unlock(&v->lock);
    return insert_growth(v, c, &g, fault);
}

int label_ensure(struct visibility *v, const struct registry *reg, const struct label_key *keys, size_t n,
                 int32_t *ret_ids, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf json = {0};
    struct digest *digests = arena_array(arena, n, sizeof *digests);
    int32_t *ids = arena_array(arena, n, sizeof *ids);
    int error = 0;
    for (size_t i = 0; i < n; i++) {
        struct label_row row;
        row_of_key(reg, &keys[i], &json, &row);
        digests[i] = label_digest(&row, keys[i].record);
    }
    pthread_mutex_lock(&v->lock);
    bool known = find_keys(v, digests, n, ids);
    pthread_mutex_unlock(&v->lock);
    if (!known) {
        pthread_mutex_lock(&v->slow);
        error = add_labels(v, reg, keys, digests, n, ids, fault);
        pthread_mutex_unlock(&v->slow);
    }
    if (!error)
        memcpy(ret_ids, ids, n * sizeof *ids);
    return error;
}

/* --- generations --- */

/* The row that `old` becomes for records posted at or after `since`: found, or made. */
static int later_row(struct pg *c, const struct label_row *old, instant since, int32_t *ret, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct label_row row = *old;
    row.since = since;
    struct digest key = label_digest(&row, NULL);
    struct pg_args args = {0};
    pg_arg_bytes(&args, key.bytes, DIGEST_SIZE);
    int error =
        pg_exec(c, "SELECT (SELECT id FROM label WHERE key = $1), (SELECT max(id) FROM label)", &args, &r, fault);
    if (error)
        return error;
    if (!pg_null(r, 0, 0)) {
        *ret = pg_i32(r, 0, 0);
        return 0;
    }
    row.id = pg_i32(r, 0, 1) + 1;
    error = label_insert(c, &row, &key, NULL, fault);
    if (!error)
        *ret = row.id;
    return error;
}

/* A record's own row needs none: its generation is the record's very instant. The parts of derived rows stay as they
 * are, which closes rather than opens. */
int labels_split(struct pg *c, instant since, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args find = {0}, move = {.arena = arena};
    pg_arg_instant(&find, since);
    int error = pg_exec(c,
                        "SELECT " LABEL_COLUMNS " FROM label WHERE record IS NULL AND"
                        " id IN (SELECT label_id FROM label_straddling($1)) ORDER BY id",
                        &find, &r, fault);
    if (error)
        return error;
    size_t n = (size_t)pg_rows(r);
    int32_t *old = arena_array(arena, n, sizeof *old), *later = arena_array(arena, n, sizeof *later);
    for (size_t i = 0; !error && i < n; i++) {
        const struct raw *raw = raw_from(arena, r, (int)i);
        old[i] = raw->row.id;
        error = later_row(c, &raw->row, since, &later[i], fault);
    }
    if (error || !n)
        return error;
    pg_arg_instant(&move, since);
    pg_arg_i32s(&move, old, n);
    pg_arg_i32s(&move, later, n);
    return pg_exec(c, "SELECT label_split($1, $2, $3)", &move, NULL, fault);
}

/* --- estimates --- */

void label_posted(struct visibility *v, int32_t label_id, int64_t records)
{
    pthread_mutex_lock(&v->lock);
    if (label_id >= 0 && (size_t)label_id < v->n) {
        atomic_fetch_add(&v->raws[label_id]->records, records);
        atomic_fetch_add(&v->raws[label_id]->total->records, records);
    }
    pthread_mutex_unlock(&v->lock);
}

int64_t label_records(struct visibility *v, const int32_t *labels, size_t n)
{
    int64_t records = 0;
    pthread_mutex_lock(&v->lock);
    for (size_t i = 0; i < n; i++)
        records += labels[i] >= 0 && (size_t)labels[i] < v->n ? atomic_load(&v->raws[labels[i]]->records) : 0;
    pthread_mutex_unlock(&v->lock);
    return records;
}

int visibility_save(struct visibility *v, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_CLEANUP struct pg *conn = NULL;
    struct pg_args args = {.arena = arena};
    size_t n = 0;
    pthread_mutex_lock(&v->lock);
    int32_t *ids = arena_array(arena, v->n, sizeof *ids);
    int64_t *more = arena_array(arena, v->n, sizeof *more);
    for (size_t i = 0; i < v->n; i++) {
        int64_t records = atomic_load(&v->raws[i]->records);
        if (records == v->raws[i]->records_written)
            continue;
        ids[n] = (int32_t)i;
        more[n++] = records - v->raws[i]->records_written;
        v->raws[i]->records_written = records;
    }
    pthread_mutex_unlock(&v->lock);
    if (!n)
        return 0;
    pg_arg_i32s(&args, ids, n);
    pg_arg_i64s(&args, more, n);
    int error = pg_take(v->pool, &conn, fault);
    return error ? error
                 : pg_exec(conn,
                           "UPDATE label l SET records = l.records + u.more FROM unnest($1, $2) AS u (id, more)"
                           " WHERE l.id = u.id",
                           &args, NULL, fault);
}

void visibility_partitions(struct visibility *v, struct str type, int64_t n)
{
    pthread_mutex_lock(&v->lock);
    total_of(v, type)->partitions = n;
    pthread_mutex_unlock(&v->lock);
}
