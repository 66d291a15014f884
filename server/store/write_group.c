#include "write_group.h"

#include "memory.h"
#include "reviews.h"
#include "warnings.h"
#include "write_refs.h"

#include <stdlib.h>

#define SEQ_MAX INT64_C(9007199254740991) /* 2^53 - 1: exact in every client's JSON numbers */

struct row {
    struct write_item *item;
    struct new_record *r;
    struct write_refs refs;
    int32_t label;
};

struct group {
    struct store *s;
    struct pg *c;
    struct arena *arena;
    struct write_item *items;
    size_t n;
    struct row *rows; /* of open items, in the order of posting */
    size_t n_rows;
    instant now;
    bool refers; /* some row has parts or supersedes */
};

/* --- what is to be stored --- */

static bool stands_alone(const struct write_item *item)
{
    return item->post->partial;
}

/* A record that cannot be stored takes its whole request with it, unless that is partial. */
static void refuse_record(struct row *row, int outcome)
{
    row->r->outcome = outcome;
    if (!stands_alone(row->item))
        row->item->closed = true;
}

static void close_item(struct write_item *item, int error)
{
    item->closed = true;
    item->error = error;
}

static bool row_is_open(const struct row *row)
{
    return !row->item->closed && !row->r->outcome;
}

static void drop_closed_rows(struct group *g)
{
    size_t kept = 0;
    for (size_t i = 0; i < g->n_rows; i++)
        if (row_is_open(&g->rows[i]))
            g->rows[kept++] = g->rows[i];
    g->n_rows = kept;
}

static void collect_rows(struct group *g)
{
    size_t most = 0;
    for (size_t i = 0; i < g->n; i++)
        most += g->items[i].post->n;
    g->rows = arena_array(g->arena, most, sizeof *g->rows);
    for (size_t i = 0; i < g->n; i++) {
        for (size_t k = 0; k < g->items[i].post->n; k++) {
            struct new_record *r = &g->items[i].post->records[k];
            r->existed = false;
            g->rows[g->n_rows++] = (struct row){.item = &g->items[i], .r = r};
            g->refers = g->refers || write_refs_any(r);
        }
    }
    drop_closed_rows(g);
}

/* --- references and labels --- */

static int resolve_refs(struct group *g, struct fault *fault)
{
    for (size_t i = 0; g->refers && i < g->n_rows; i++) {
        struct row *row = &g->rows[i];
        if (!row_is_open(row) || !write_refs_any(row->r))
            continue;
        int error = write_refs_resolve(g->s, row->item->post, row->r, g->now, g->arena, &row->refs, fault);
        if (error == ERR_INVALID_RECORD)
            refuse_record(row, error);
        else if (error == ERR_STALE)
            close_item(row->item, error);
        else if (error)
            return error;
    }
    drop_closed_rows(g);
    return 0;
}

static bool same_parts(const struct write_refs *a, const struct write_refs *b)
{
    return a->n_parts == b->n_parts &&
           (a->n_parts == 0 || memcmp(a->parts, b->parts, a->n_parts * sizeof *a->parts) == 0);
}

/* Policy changes and recalls wait for this transaction (LOCK_POLICY): what was resolved before it must still hold. */
static int refs_still_hold(struct group *g, bool *ret, struct fault *fault)
{
    *ret = true;
    for (size_t i = 0; g->refers && i < g->n_rows; i++) {
        const struct row *row = &g->rows[i];
        struct write_refs now = {0};
        if (!write_refs_any(row->r))
            continue;
        int error = write_refs_resolve(g->s, row->item->post, row->r, g->now, g->arena, &now, fault);
        bool same = !error && same_parts(&now, &row->refs);
        if (error && error != ERR_INVALID_RECORD && error != ERR_STALE)
            return error;
        *ret = *ret && same;
    }
    return 0;
}

static struct label_key key_of(const struct group *g, const struct row *row)
{
    const struct post *post = row->item->post;
    return (struct label_key){.originator = post->originator,
                              .type = str_of(row->r->type->name),
                              .data_mode = row->r->data_mode,
                              .label = row->r->label,
                              .ingested_at = g->now,
                              .parts = row->refs.parts,
                              .n_parts = row->refs.n_parts,
                              .grants = row->r->grants,
                              .n_grants = row->r->n_grants};
}

static bool same_grants(const struct new_record *a, const struct new_record *b)
{
    bool same = a->n_grants == b->n_grants;
    for (size_t i = 0; same && i < a->n_grants; i++)
        same = str_eq(a->grants[i], b->grants[i]);
    return same;
}

/* Rows of one request mostly share label objects: neighbours that do need one look. */
static bool same_label(const struct row *a, const struct row *b)
{
    return a->item == b->item && a->r->type == b->r->type && a->r->label == b->r->label &&
           str_eq(a->r->data_mode, b->r->data_mode) && same_grants(a->r, b->r) && !a->refs.n_parts && !b->refs.n_parts;
}

/* Rows [from, to) are of one registry. */
static int label_run(struct group *g, size_t from, size_t to, struct fault *fault)
{
    struct label_key *keys = arena_array(g->arena, to - from, sizeof *keys);
    int32_t *ids = arena_array(g->arena, to - from, sizeof *ids);
    size_t n = 0;
    for (size_t i = from; i < to; i++) {
        if (i == from || !same_label(&g->rows[i - 1], &g->rows[i]))
            keys[n++] = key_of(g, &g->rows[i]);
        g->rows[i].label = (int32_t)(n - 1);
    }
    const struct registry *registry = g->rows[from].item->post->registry;
    int error = label_ensure(g->s->visibility, registry, keys, n, ids, fault);
    for (size_t i = from; i < to; i++) {
        struct row *row = &g->rows[i];
        row->label = error ? 0 : ids[row->label];
        if (error == ERR_STALE)
            close_item(row->item, error);
        else if (!error && row->label == LABEL_TOO_MANY)
            refuse_record(row, ERR_TOO_MANY);
    }
    return error == ERR_STALE ? 0 : error;
}

static int resolve_labels(struct group *g, struct fault *fault)
{
    int error = 0;
    for (size_t from = 0, to; !error && from < g->n_rows; from = to) {
        const struct registry *registry = g->rows[from].item->post->registry;
        for (to = from; to < g->n_rows && g->rows[to].item->post->registry == registry;)
            to++;
        error = label_run(g, from, to, fault);
    }
    drop_closed_rows(g);
    return error;
}

static int ensure_partitions(struct group *g, struct fault *fault)
{
    int error = 0;
    for (size_t i = 0; !error && i < g->n_rows; i++)
        error = partition_ensure(g->s, g->c, g->rows[i].r->type, g->rows[i].r->t, fault);
    return error;
}

/* --- statements --- */

/* LOCK_POLICY, shared: until the commit no policy change and no recall comes between. The epoch is read by a statement
 * behind it. */
#define LOCK_REGISTERS "SELECT pg_advisory_xact_lock_shared(1919249524, 2)"
/* Waits for the groups that drew before, since whoever sees a number must see every smaller one that will ever be. What
 * another group may lock, too, is locked behind it: the one before would wait for this one. */
#define TAKE_TURN "SELECT s.epoch, sequencer_turn(true) FROM policy_state s"
#define TAKE_TURN_UNDER "SELECT sequencer_turn(s.epoch = $1) FROM policy_state s"
#define LET_GO "SELECT pg_advisory_unlock_all()"
enum { STEP_BEGIN, STEP_LOCK, STEP_INSERT, STEP_TURN, STEPS };
/* Behind a group with records that were there already, so many are written by the statement that looks for them. */
#define CAREFUL_GROUPS 64

/* seq is a clock of microseconds that only goes forward. The arrays are unfolded side by side: as a table of their own
 * each would be written down once more. */
#define DRAW "sequencer_draw($1, $2, false)"
#define INSERT(draw)                                                                                                   \
    "WITH q AS (SELECT " draw " AS seq, pg_notify('relto_feed', $17))"                                                 \
    " INSERT INTO record (seq, id, type, label_id, t, object, originator, ingested_at, embargo_until, expires,"        \
    " digest, supersedes, derived_from, wire, body, entity, client_id, event, made)"                                   \
    " SELECT q.seq - $2 + u.n, u.id, u.type, u.label_id, u.t, u.object, u.originator, $3, u.embargo_until, u.expires," \
    " u.digest, NULLIF(u.supersedes, '00000000-0000-0000-0000-000000000000'::uuid),"                                   \
    " NULLIF(u.derived_from, '')::uuid[], u.wire, u.body,"                                                             \
    " NULLIF(u.entity, '00000000-0000-0000-0000-000000000000'::uuid), NULLIF(u.client_id, ''),"                        \
    " NULLIF(u.event, '00000000-0000-0000-0000-000000000000'::uuid),"                                                  \
    " CASE WHEN u.event <> '00000000-0000-0000-0000-000000000000'::uuid THEN u.made END"                               \
    " FROM q, (SELECT generate_series(1, $2) AS n, unnest($4) AS id, unnest($5) AS type, unnest($6) AS label_id,"      \
    " unnest($7) AS t, unnest($8) AS object, unnest($9) AS originator, unnest($10) AS embargo_until,"                  \
    " unnest($11) AS expires, unnest($12) AS digest, unnest($13) AS supersedes, unnest($14) AS derived_from,"          \
    " unnest($15) AS wire, unnest($16) AS body, unnest($18) AS entity, unnest($19) AS client_id,"                      \
    " unnest($20) AS event, unnest($21) AS made) AS u"
#define INSERT_MISSING INSERT(DRAW) " ON CONFLICT (id, t, type) DO NOTHING"
/* With LOCK_POLICY, which comes before what drawing locks. */
#define INSERT_NEW INSERT("CASE WHEN pg_advisory_xact_lock_shared(1919249524, 2) IS NOT NULL THEN " DRAW " END")

/* One column of all rows at a time: what unnest takes. */
struct columns {
    struct uuid *id, *supersedes, *entity, *event;
    struct str *type, *object, *originator, *digest, *derived, *wire, *body, *client_id;
    int32_t *label;
    instant *t, *embargo, *expires, *made;
};

static struct str derived_text(const struct write_refs *r, struct arena *arena)
{
    BUF_CLEANUP struct buf b = {0};
    buf_char(&b, '{');
    for (size_t i = 0; i < r->n_derived; i++) {
        if (i)
            buf_char(&b, ',');
        buf_uuid(&b, r->derived_from[i]);
    }
    buf_char(&b, '}');
    return arena_str(arena, buf_view(&b));
}

static void columns_new(struct columns *c, size_t n, struct arena *a)
{
    c->id = arena_array(a, n, sizeof *c->id);
    c->supersedes = arena_array(a, n, sizeof *c->supersedes);
    c->entity = arena_array(a, n, sizeof *c->entity);
    c->event = arena_array(a, n, sizeof *c->event);
    struct str **texts[] = {&c->type,    &c->object, &c->originator, &c->digest,
                            &c->derived, &c->wire,   &c->body,       &c->client_id};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = arena_array(a, n, sizeof(struct str));
    c->label = arena_array(a, n, sizeof *c->label);
    instant **instants[] = {&c->t, &c->embargo, &c->expires, &c->made};
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++)
        *instants[i] = arena_array(a, n, sizeof(instant));
}

static void columns_fill(struct columns *c, const struct group *g)
{
    for (size_t i = 0; i < g->n_rows; i++) {
        const struct row *row = &g->rows[i];
        const struct new_record *r = row->r;
        c->id[i] = r->id;
        c->supersedes[i] = r->follows ? r->supersedes : row->refs.supersedes;
        c->entity[i] = r->entity;
        c->client_id[i] = r->client_id;
        c->event[i] = r->event.key;
        c->made[i] = r->event.made;
        c->type[i] = str_of(r->type->name);
        c->object[i] = r->object;
        c->originator[i] = row->item->post->originator;
        c->digest[i] = (struct str){(const char *)r->digest.bytes, DIGEST_SIZE};
        c->derived[i] = r->n_derived ? derived_text(&row->refs, g->arena) : STR(""); /* "": NULL */
        c->wire[i] = r->wire;
        c->body[i] = r->body;
        c->label[i] = row->label;
        c->t[i] = r->t;
        c->embargo[i] = r->embargo_until;
        c->expires[i] = r->expires;
    }
}

#define LABELS_TOLD 64 /* to those who wait for a feed; with more, all are woken */

/* The labels of the rows, separated by commas; "*" for too many. */
static struct str labels_text(const struct group *g)
{
    BUF_CLEANUP struct buf b = {0};
    int32_t told[LABELS_TOLD];
    size_t n = 0;
    for (size_t i = 0, k = 0; i < g->n_rows; i++) {
        for (k = 0; k < n && told[k] != g->rows[i].label; k++)
            ;
        if (k < n)
            continue;
        if (n == LABELS_TOLD)
            return STR("*");
        told[n++] = g->rows[i].label;
        buf_printf(&b, "%s%d", n > 1 ? "," : "", (int)g->rows[i].label);
    }
    return arena_str(g->arena, buf_view(&b));
}

static void insert_args(struct group *g, struct pg_args *args)
{
    struct columns c;
    size_t n = g->n_rows;
    columns_new(&c, n, g->arena);
    columns_fill(&c, g);
    pg_arg_i64(args, g->now > 0 && g->now < SEQ_MAX / 2 ? g->now : 0);
    pg_arg_i64(args, (int64_t)n);
    pg_arg_instant(args, g->now);
    pg_arg_uuids(args, c.id, n);
    pg_arg_strs(args, c.type, n);
    pg_arg_i32s(args, c.label, n);
    pg_arg_instants(args, c.t, n);
    pg_arg_strs(args, c.object, n);
    pg_arg_strs(args, c.originator, n);
    pg_arg_instants(args, c.embargo, n);
    pg_arg_instants(args, c.expires, n);
    pg_arg_byteas(args, c.digest, n);
    pg_arg_uuids(args, c.supersedes, n);
    pg_arg_strs(args, c.derived, n);
    pg_arg_strs(args, c.wire, n);
    pg_arg_strs(args, c.body, n);
    pg_arg_str(args, labels_text(g));
    pg_arg_uuids(args, c.entity, n);
    pg_arg_strs(args, c.client_id, n);
    pg_arg_uuids(args, c.event, n);
    pg_arg_instants(args, c.made, n);
}

/* *ret: an item was not decided with the registers in force, and is closed. */
static void compare_epoch(struct group *g, const struct pg_result *in_force, bool *ret)
{
    int64_t epoch = pg_i64(in_force, 0, 0);
    for (size_t i = 0; i < g->n; i++) {
        if (g->items[i].closed || registry_epoch(g->items[i].post->registry) == epoch)
            continue;
        close_item(&g->items[i], ERR_STALE);
        *ret = true;
    }
}

static void free_steps(struct pg_step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++)
        pg_result_free(steps[i].result);
}

/* In one round trip, unless references have to be looked at under the lock. *ret_undo: this must not be committed. */
static int insert_rows(struct group *g, int64_t *ret_inserted, bool *ret_undo, struct fault *fault)
{
    struct pg_args args = {.arena = g->arena};
    struct pg_step steps[STEPS] = {[STEP_BEGIN] = {.sql = "BEGIN"},
                                   [STEP_LOCK] = {.sql = LOCK_REGISTERS},
                                   [STEP_INSERT] = {.sql = INSERT_MISSING, .args = &args},
                                   [STEP_TURN] = {.sql = TAKE_TURN}};
    bool hold = true;
    insert_args(g, &args);
    int error = pg_run(g->c, steps, g->refers ? STEP_INSERT : STEPS, fault);
    if (!error && g->refers)
        error = refs_still_hold(g, &hold, fault);
    if (!error && !hold)
        *ret_undo = true;
    else if (!error && g->refers)
        error = pg_run(g->c, &steps[STEP_INSERT], STEPS - STEP_INSERT, fault);
    if (!error && hold) {
        compare_epoch(g, steps[STEP_TURN].result, ret_undo);
        *ret_inserted = pg_affected(steps[STEP_INSERT].result);
    }
    free_steps(steps, STEPS);
    return error;
}

/* --- what was there already --- */

/* Of each row the digest, and which of the numbers drawn it has: another than its own, and it was there before. The
 * subselects are one primary-key probe each, in the one partition that t leads to. */
#define WHAT_IS_STORED                                                                                                 \
    "SELECT (SELECT r.digest FROM record r WHERE r.id = k.id AND r.t = k.t AND r.type = k.type),"                      \
    " (SELECT r.seq FROM record r WHERE r.id = k.id AND r.t = k.t AND r.type = k.type)"                                \
    " - (SELECT seq FROM sequencer) + $4"                                                                              \
    " FROM unnest($1, $2, $3) WITH ORDINALITY AS k (id, t, type, n) ORDER BY k.n"

static int fetch_stored(struct group *g, struct pg_result **ret, struct fault *fault)
{
    struct pg_args args = {.arena = g->arena};
    size_t n = g->n_rows;
    struct uuid *id = arena_array(g->arena, n, sizeof *id);
    instant *t = arena_array(g->arena, n, sizeof *t);
    struct str *type = arena_array(g->arena, n, sizeof *type);
    for (size_t i = 0; i < n; i++) {
        id[i] = g->rows[i].r->id;
        t[i] = g->rows[i].r->t;
        type[i] = str_of(g->rows[i].r->type->name);
    }
    pg_arg_uuids(&args, id, n);
    pg_arg_instants(&args, t, n);
    pg_arg_strs(&args, type, n);
    pg_arg_i64(&args, (int64_t)n);
    return pg_exec(g->c, WHAT_IS_STORED, &args, ret, fault);
}

/* An id that exists must have the same content. *ret_undo: a request that must not be stored has rows in this
 * transaction. */
static int compare_existing(struct group *g, bool *is_new, bool *ret_undo, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *stored = NULL;
    int error = fetch_stored(g, &stored, fault);
    for (size_t i = 0; !error && i < g->n_rows; i++) {
        struct row *row = &g->rows[i];
        struct str want = {(const char *)row->r->digest.bytes, DIGEST_SIZE};
        is_new[i] = !pg_null(stored, (int)i, 1) && pg_i64(stored, (int)i, 1) == (int64_t)i + 1;
        row->r->existed = !is_new[i];
        if (!pg_null(stored, (int)i, 0) && str_eq(pg_str(stored, (int)i, 0), want))
            continue;
        refuse_record(row, ERR_ID_MISMATCH);
        *ret_undo = *ret_undo || row->item->closed;
    }
    return error;
}

static int insert_derivations(struct group *g, const bool *is_new, struct fault *fault)
{
    int error = 0;
    for (size_t i = 0; g->refers && !error && i < g->n_rows; i++) {
        const struct new_record *r = g->rows[i].r;
        if (!is_new[i] || !r->n_derived)
            continue;
        struct pg_args args = {.arena = g->arena};
        pg_arg_uuids(&args, g->rows[i].refs.derived_from, g->rows[i].refs.n_derived);
        pg_arg_uuid(&args, r->id);
        pg_arg_str(&args, str_of(g->rows[i].r->type->name));
        pg_arg_instant(&args, r->t);
        error = pg_exec(g->c,
                        "INSERT INTO derivation (part, record, type, t) SELECT DISTINCT p, $2::uuid, $3::text,"
                        " $4::timestamptz FROM unnest($1::uuid[]) AS p ON CONFLICT DO NOTHING",
                        &args, NULL, fault);
    }
    return error;
}

/* --- restrictions --- */

/* A row for each owner of each new record that is withheld with a date. */
static size_t count_reviews(const struct group *g, const bool *is_new)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_rows; i++)
        if (is_new[i] && g->rows[i].r->review_by)
            n += g->rows[i].r->label->owners.n;
    return n;
}

static int insert_reviews(struct group *g, const bool *is_new, struct fault *fault)
{
    size_t n = count_reviews(g, is_new);
    struct reviews v;
    if (!n)
        return 0;
    reviews_new(&v, n, g->arena);
    for (size_t i = 0; i < g->n_rows; i++) {
        const struct new_record *r = g->rows[i].r;
        if (is_new[i] && r->review_by)
            reviews_add(&v, r->id, str_of(r->type->name), r->t, &r->label->owners, *r->review_by);
    }
    return reviews_insert(g->c, &v, g->arena, fault);
}

static int tell_warnings(struct group *g, const bool *is_new, struct fault *fault)
{
    const struct new_record **v = arena_array(g->arena, g->n_rows, sizeof *v);
    size_t n = 0;
    for (size_t i = 0; i < g->n_rows; i++)
        if (is_new[i] && warnings_count(g->rows[i].r))
            v[n++] = g->rows[i].r;
    return n ? warnings_tell(g->c, g->now, v, n, fault) : 0;
}

/* --- the transaction --- */

/* ret_undo: nothing failed in PostgreSQL, but this must not be committed as it is. */
static int store_rows(struct group *g, bool **ret_new, bool *ret_undo, struct fault *fault)
{
    bool *is_new = arena_array(g->arena, g->n_rows, sizeof *is_new);
    int64_t inserted = 0;
    int error = insert_rows(g, &inserted, ret_undo, fault);
    if (error || *ret_undo)
        return error;
    memset(is_new, true, g->n_rows * sizeof *is_new);
    if ((size_t)inserted < g->n_rows)
        error = compare_existing(g, is_new, ret_undo, fault);
    if (!error && !*ret_undo)
        error = insert_derivations(g, is_new, fault);
    if (!error && !*ret_undo)
        error = insert_reviews(g, is_new, fault);
    if (!error && !*ret_undo)
        error = tell_warnings(g, is_new, fault);
    *ret_new = is_new;
    return error;
}

static bool starts(const char *state, const char *with)
{
    return strncmp(state, with, strlen(with)) == 0;
}

/* What is to be done about an error follows from its SQLSTATE (PostgreSQL 15, appendix A). */
static enum write_result judge(struct group *g, int error)
{
    const char *state = g->c ? pg_sqlstate(g->c) : "";
    if (starts(state, "23514")) {
        partitions_forget(g->s);
        return WRITE_AGAIN;
    }
    if (starts(state, "40") || starts(state, "55P03"))
        return WRITE_AGAIN;
    if (error == ERR_UNAVAILABLE && (!*state || starts(state, "57P0") || starts(state, "08")))
        return WRITE_LOST;
    return error == ERR_INTERNAL && !starts(state, "53") && !starts(state, "58") ? WRITE_BAD : WRITE_STUCK;
}

static void count_stored(struct group *g, const bool *is_new)
{
    uint64_t stored = 0;
    for (size_t i = 0, run = 0; i < g->n_rows; i++) {
        stored += is_new[i];
        run += is_new[i];
        if (i + 1 < g->n_rows && g->rows[i + 1].label == g->rows[i].label)
            continue;
        if (run)
            label_posted(g->s->visibility, g->rows[i].label, (int64_t)run);
        run = 0;
    }
    unsigned careful = atomic_load(&g->s->careful_groups);
    if (stored < g->n_rows)
        atomic_store(&g->s->careful_groups, CAREFUL_GROUPS);
    else if (careful)
        atomic_store(&g->s->careful_groups, careful - 1);
    atomic_fetch_add(&g->s->counters.posted, stored);
    atomic_fetch_add(&g->s->counters.duplicates, g->n_rows - stored);
    atomic_fetch_add(&g->s->counters.groups, 1);
}

/* --- what is new, with nothing beside it --- */

static bool is_plain(const struct group *g)
{
    bool plain = !g->refers && !atomic_load(&g->s->careful_groups);
    int64_t epoch = registry_epoch(g->rows[0].item->post->registry);
    for (size_t i = 0; plain && i < g->n_rows; i++) {
        const struct row *row = &g->rows[i];
        plain = registry_epoch(row->item->post->registry) == epoch && !row->r->review_by && !warnings_count(row->r);
    }
    return plain;
}

/* Two statements that are a transaction of their own, in one round trip. *ret_done: false if something was there
 * already or the registers have changed, which takes a closer look; then nothing is stored. */
static int store_plain(struct group *g, bool *ret_done, struct fault *fault)
{
    struct pg_args args = {.arena = g->arena}, epoch = {0};
    struct pg_step steps[] = {{.sql = INSERT_NEW, .args = &args}, {.sql = TAKE_TURN_UNDER, .args = &epoch}};
    insert_args(g, &args);
    pg_arg_i64(&epoch, registry_epoch(g->rows[0].item->post->registry));
    int error = pg_attempt(g->c, steps, 2, fault);
    free_steps(steps, 2);
    *ret_done = !error;
    bool exists = strcmp(pg_sqlstate(g->c), PG_EXISTS) == 0;
    if (!exists && strcmp(pg_sqlstate(g->c), PG_CHANGED) != 0)
        return error;
    if (exists)
        atomic_store(&g->s->careful_groups, CAREFUL_GROUPS);
    return 0;
}

static int store_carefully(struct group *g, bool **ret_new, bool *ret_undo, struct fault *fault)
{
    int error = store_rows(g, ret_new, ret_undo, fault);
    return error || *ret_undo ? error : pg_commit(g->c, fault);
}

static int run_transaction(struct group *g, bool *ret_undo, struct fault *fault)
{
    bool *is_new = arena_array(g->arena, g->n_rows, sizeof *is_new), done = false;
    memset(is_new, true, g->n_rows * sizeof *is_new);
    int error = ensure_partitions(g, fault);
    if (!error && is_plain(g))
        error = store_plain(g, &done, fault);
    if (!error && !done)
        error = store_carefully(g, &is_new, ret_undo, fault);
    if (!error && !*ret_undo)
        count_stored(g, is_new);
    return error;
}

/* An error inside sequencer_draw may leave its lock with the session, and a rollback does not take it away. */
static void abandon(struct pg *c, enum write_result result)
{
    struct fault fault;
    pg_rollback(c);
    if (result != WRITE_LOST)
        pg_simple(c, LET_GO, &fault);
}

static enum write_result write_rows(struct group *g, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    bool undo = false;
    int error = pg_take(g->s->ingest, &c, fault);
    if (error)
        return WRITE_LOST;
    g->c = c;
    error = run_transaction(g, &undo, fault);
    enum write_result result = error ? judge(g, error) : undo ? WRITE_AGAIN : WRITE_OK;
    if (result != WRITE_OK)
        abandon(c, result);
    g->c = NULL;
    return result;
}

enum write_result write_group(struct store *s, struct write_item *items, size_t n)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct group g = {.s = s, .arena = arena, .items = items, .n = n, .now = clock_now(s->clock)};
    struct fault fault;
    collect_rows(&g);
    int error = resolve_refs(&g, &fault);
    if (!error)
        error = resolve_labels(&g, &fault);
    if (error)
        return judge(&g, error);
    return g.n_rows ? write_rows(&g, &fault) : WRITE_OK;
}
