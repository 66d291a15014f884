/* Taking back, relabelling and reviewing one record. The first two give the record a dictionary row of its own, decided
 * for every class in the transaction that adds it; pointing the record at it is one small update. Reads carry no
 * exceptions. */
#include "dry_runs.h"
#include "memory.h"
#include "notices.h"
#include "record_find.h"
#include "reviews.h"

#define MOVES_MAX 100000
#define ATTEMPTS 5 /* against others who change the same record or derive from it */

/* --- a record as its label's subject --- */

/* Texts of a label live with the class they were read through: a copy goes by the canonical JSON. */
static int copy_label(const struct registry *reg, const struct label_row *row, struct arena *arena,
                      const struct label **ret, struct fault *fault)
{
    return label_read(reg, arena_str(arena, row->json), arena, ret, fault);
}

/* Times and ingestion are the caller's to fill in. */
static int copy_subject(const struct registry *reg, const struct label_row *row, struct arena *arena,
                        struct subject *ret, struct fault *fault)
{
    *ret = (struct subject){.originator = arena_str(arena, row->originator),
                            .type = arena_str(arena, row->type),
                            .data_mode = arena_str(arena, row->data_mode),
                            .ingested_at = row->since,
                            .embargo_until = INSTANT_MIN,
                            .expires = INSTANT_MAX,
                            .recalled = row->recalled};
    return copy_label(reg, row, arena, &ret->label, fault);
}

int store_subject(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                  struct arena *arena, struct subject *ret, struct fault *fault)
{
    CLASS_CLEANUP struct class *class = NULL;
    PG_RESULT_CLEANUP struct pg_result *row = NULL;
    const struct release *release;
    struct subject subject;
    int error = record_find(s, reading, type, id, &class, &row, fault);
    if (!error)
        error = class_release(class, pg_i32(row, 0, COLUMN_LABEL), &release, fault);
    if (!error)
        error = copy_subject(reading->registry, release->row, arena, &subject, fault);
    if (error)
        return error;
    subject.ingested_at = pg_instant(row, 0, COLUMN_INGESTED_AT);
    subject.embargo_until = pg_instant(row, 0, FOUND_EMBARGO);
    subject.expires = pg_instant(row, 0, FOUND_EXPIRES);
    *ret = subject;
    return 0;
}

/* --- what is to change --- */

enum act { RECALL, RETIRE, RELABEL, REVIEW }; /* RETIRE: recall what it is a version of */

struct change {
    struct store *s;
    const struct reading *reading;
    const struct record_type *type;
    struct uuid id;
    enum act act;
    struct uuid entity; /* of RETIRE, once it is found, and how many versions there are of it */
    size_t versions;
    struct str reason;
    struct relabelling to; /* of a review: wire and review_by only */
    struct arena *arena;   /* of one attempt */
};

/* One record and the labels it goes from and to. */
struct move {
    struct uuid id;
    int64_t seq;
    struct str type;
    instant t, ingested_at;
    int32_t old_label, new_label;
    struct str wire; /* of the record itself */
    struct record_times times;
    const struct label_row *old; /* of what is changed itself */
    const struct subject *next;  /* of a dry run */
};

/* What is changed itself (the record, or all versions of an entity), then all that was derived from it, directly or
 * not. Of several moves of one record the last one counts. */
struct moves {
    struct move *v;
    size_t n, room;
    size_t own;
};

static void add_move(struct moves *m, const struct move *move, struct arena *arena)
{
    if (m->n == m->room) {
        m->room = m->room ? 2 * m->room : 8;
        struct move *grown = arena_array(arena, m->room, sizeof *grown);
        if (m->n)
            memcpy(grown, m->v, m->n * sizeof *grown);
        m->v = grown;
    }
    m->v[m->n++] = *move;
}

static struct move *find_move(const struct moves *m, struct uuid id)
{
    for (size_t i = m->n; i-- > 0;)
        if (memcmp(&m->v[i].id, &id, sizeof id) == 0)
            return &m->v[i];
    return NULL;
}

static int not_found(struct fault *fault)
{
    return fault_set(fault, ERR_NOT_FOUND, "", "no such record");
}

/* A node answers for what its partner posts, an FDO for what its partner owns. */
static bool may_change(const struct change *c, const struct release *release)
{
    const struct principal *p = registry_principal(c->reading->registry, c->reading->principal);
    if (!p || !release->owned || !release->row->label)
        return false;
    return principal_role(p) == ROLE_FDO || (c->act == RETIRE && principal_role(p) == ROLE_NODE &&
                                             str_eq(release->row->originator, principal_partner(p)));
}

/* The record, if the reader may change it so. Who may not gets the answer of a missing record. */
static int find_own(const struct change *c, struct class **ret_class, struct move *ret, struct uuid *ret_entity,
                    struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *row = NULL;
    const struct release *release = NULL;
    int error = record_find(c->s, c->reading, c->type, c->id, ret_class, &row, fault);
    if (!error)
        error = class_release(*ret_class, pg_i32(row, 0, COLUMN_LABEL), &release, fault);
    if (error)
        return error;
    if (!may_change(c, release))
        return not_found(fault);
    if (!pg_null(row, 0, COLUMN_ENTITY))
        *ret_entity = pg_uuid(row, 0, COLUMN_ENTITY);
    *ret = (struct move){.id = pg_uuid(row, 0, COLUMN_ID),
                         .type = str_of(c->type->name),
                         .seq = pg_i64(row, 0, COLUMN_SEQ),
                         .t = pg_instant(row, 0, COLUMN_T),
                         .ingested_at = pg_instant(row, 0, COLUMN_INGESTED_AT),
                         .old_label = pg_i32(row, 0, COLUMN_LABEL),
                         .old = release->row,
                         .wire = arena_str(c->arena, pg_str(row, 0, COLUMN_WIRE)),
                         .times = {pg_instant(row, 0, COLUMN_INGESTED_AT), pg_instant(row, 0, FOUND_EMBARGO),
                                   pg_instant(row, 0, FOUND_EXPIRES)}};
    return 0;
}

static int ensure_label(const struct change *c, struct label_key *key, const struct label_row *old, struct move *move,
                        struct fault *fault)
{
    key->originator = old->originator;
    key->type = old->type;
    key->data_mode = old->data_mode;
    key->ingested_at = move->ingested_at;
    key->record = &move->id;
    return label_ensure(c->s->visibility, c->reading->registry, key, 1, &move->new_label, fault);
}

static bool takes_back(const struct change *c)
{
    return c->act == RECALL || c->act == RETIRE;
}

static int label_of_record(const struct change *c, struct move *move, struct fault *fault)
{
    const struct label_row *old = move->old;
    bool recall = takes_back(c);
    if (c->act == REVIEW) {
        move->new_label = move->old_label;
        return 0;
    }
    struct label_key key = {.label = recall ? old->label : c->to.label,
                            .parts = old->parts,
                            .n_parts = old->n_parts,
                            .grants = old->grants, /* a grant is withdrawn by itself, not by another label */
                            .n_grants = old->n_grants,
                            .recalled = recall || old->recalled}; /* a new label does not revive */
    return ensure_label(c, &key, old, move, fault);
}

/* --- all versions of it --- */

enum {
    OF_ENTITY_ID,
    OF_ENTITY_T,
    OF_ENTITY_LABEL,
    OF_ENTITY_INGESTED,
    OF_ENTITY_EMBARGO,
    OF_ENTITY_EXPIRES,
    OF_ENTITY_SEQ,
    OF_ENTITY_WIRE
};

static int fetch_versions(const struct change *c, struct pg *pg, struct pg_result **ret, struct fault *fault)
{
    struct pg_args args = {.arena = c->arena};
    pg_arg_str(&args, str_of(c->type->name));
    pg_arg_uuid(&args, c->entity);
    return pg_exec(
        pg, "SELECT id, t, label_id, ingested_at, embargo_until, expires, seq, wire FROM record_versions($1, $2)",
        &args, ret, fault);
}

/* The connection is given back at once, as by look_at_dependents. */
static int look_at_versions(const struct change *c, struct pg_result **ret, struct fault *fault)
{
    PG_CLEANUP struct pg *pg = NULL;
    int error = pg_take(c->s->policy, &pg, fault);
    return error ? error : fetch_versions(c, pg, ret, fault);
}

/* Also what the reader does not see: another version would come to light where the newest one goes. What has been taken
 * back is left, and what the partner does not own. */
static int add_versions(struct change *c, struct class *class, struct moves *moves, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    const struct release *release;
    int error = look_at_versions(c, &rows, fault);
    c->versions = error ? 0 : (size_t)pg_rows(rows);
    for (int i = 0; !error && i < pg_rows(rows); i++) {
        const struct move m = {.id = pg_uuid(rows, i, OF_ENTITY_ID),
                               .type = str_of(c->type->name),
                               .seq = pg_i64(rows, i, OF_ENTITY_SEQ),
                               .t = pg_instant(rows, i, OF_ENTITY_T),
                               .ingested_at = pg_instant(rows, i, OF_ENTITY_INGESTED),
                               .old_label = pg_i32(rows, i, OF_ENTITY_LABEL),
                               .wire = arena_str(c->arena, pg_str(rows, i, OF_ENTITY_WIRE)),
                               .times = {pg_instant(rows, i, OF_ENTITY_INGESTED),
                                         pg_instant(rows, i, OF_ENTITY_EMBARGO),
                                         pg_instant(rows, i, OF_ENTITY_EXPIRES)}};
        error = class_release(class, m.old_label, &release, fault);
        if (error || !may_change(c, release) || release->row->recalled)
            continue;
        add_move(moves, &m, c->arena);
        moves->v[moves->n - 1].old = release->row;
    }
    return error;
}

/* Under the lock: a version that came meanwhile is taken back too, at the next attempt. */
static int no_new_version(const struct change *c, struct pg *pg, bool *ret, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    if (c->act != RETIRE || !c->type->versioned)
        return 0;
    int error = fetch_versions(c, pg, &rows, fault);
    if (!error)
        *ret = (size_t)pg_rows(rows) == c->versions;
    return error;
}

/* --- what was derived from it --- */

enum {
    DEPENDENT_TYPE,
    DEPENDENT_ID,
    DEPENDENT_T,
    DEPENDENT_LABEL,
    DEPENDENT_INGESTED,
    DEPENDENT_EMBARGO,
    DEPENDENT_EXPIRES,
    DEPENDENT_SEQ
};

static int fetch_dependents(struct pg *c, struct uuid part, struct arena *arena, struct pg_result **ret,
                            struct fault *fault)
{
    struct pg_args args = {.arena = arena};
    pg_arg_uuid(&args, part);
    return pg_exec(c,
                   "SELECT type, id, t, label_id, ingested_at, embargo_until, expires, seq FROM record_dependents($1)",
                   &args, ret, fault);
}

/* The connection is given back at once: label_ensure takes one of the same pool. */
static int look_at_dependents(const struct change *c, struct uuid part, struct pg_result **ret, struct fault *fault)
{
    PG_CLEANUP struct pg *pg = NULL;
    int error = pg_take(c->s->policy, &pg, fault);
    return error ? error : fetch_dependents(pg, part, c->arena, ret, fault);
}

/* Ascending, each once. */
static size_t join_part(const struct label_row *row, int32_t more, int32_t *out)
{
    size_t n = 0;
    bool placed = false;
    for (size_t i = 0; i < row->n_parts; i++) {
        if (!placed && more <= row->parts[i]) {
            out[n++] = more;
            placed = true;
        }
        if (row->parts[i] != more)
            out[n++] = row->parts[i];
    }
    if (!placed)
        out[n++] = more;
    return n;
}

/* A derived record keeps its old parts beside the new one: what was derived never becomes wider than it was. */
static int label_of_dependent(const struct change *c, struct class *class, struct move *move, int32_t new_part,
                              struct fault *fault)
{
    const struct release *release;
    int error = class_release(class, move->new_label, &release, fault);
    if (error)
        return error;
    const struct label_row *row = release->row;
    if (!row->label)
        return 0; /* the registers no longer know its label: nobody sees it (G1) */
    int32_t *parts = arena_array(c->arena, row->n_parts + 1, sizeof *parts);
    struct label_key key = {.label = row->label,
                            .parts = parts,
                            .grants = row->grants,
                            .n_grants = row->n_grants,
                            .recalled = row->recalled};
    key.n_parts = join_part(row, new_part, parts);
    return ensure_label(c, &key, row, move, fault);
}

static struct record_times dependent_times(const struct pg_result *rows, int i)
{
    return (struct record_times){pg_instant(rows, i, DEPENDENT_INGESTED), pg_instant(rows, i, DEPENDENT_EMBARGO),
                                 pg_instant(rows, i, DEPENDENT_EXPIRES)};
}

static int add_dependent(const struct change *c, struct class *class, struct moves *moves, const struct pg_result *rows,
                         int i, int32_t new_part, struct fault *fault)
{
    struct uuid id = pg_uuid(rows, i, DEPENDENT_ID);
    struct move *known = find_move(moves, id);
    int32_t label = pg_i32(rows, i, DEPENDENT_LABEL);
    struct move fresh = {.id = id,
                         .type = arena_str(c->arena, pg_str(rows, i, DEPENDENT_TYPE)),
                         .seq = pg_i64(rows, i, DEPENDENT_SEQ),
                         .t = pg_instant(rows, i, DEPENDENT_T),
                         .ingested_at = pg_instant(rows, i, DEPENDENT_INGESTED),
                         .times = dependent_times(rows, i),
                         .old_label = label,
                         .new_label = known ? known->new_label : label};
    if (moves->n == MOVES_MAX)
        return fault_set(fault, ERR_UNAVAILABLE, "", "more than %d records depend on this one", MOVES_MAX);
    /* At the end even if it is known, so that what depends on it is looked at with its newest label. */
    int error = label_of_dependent(c, class, &fresh, new_part, fault);
    if (!error)
        add_move(moves, &fresh, c->arena);
    return error;
}

/* Breadth first; derivations have no circles, because an id is made from the ids it is derived from. */
static int add_dependents(const struct change *c, struct class *class, struct moves *moves, struct fault *fault)
{
    int error = 0;
    for (size_t at = 0; !error && at < moves->n; at++) {
        PG_RESULT_CLEANUP struct pg_result *rows = NULL;
        int32_t new_part = moves->v[at].new_label;
        error = look_at_dependents(c, moves->v[at].id, &rows, fault);
        for (int i = 0; !error && i < pg_rows(rows); i++)
            error = add_dependent(c, class, moves, rows, i, new_part, fault);
    }
    return error;
}

/* --- the transaction --- */

/* Posts wait for this transaction, so that what was looked at before is compared once more under the lock. */
static int nothing_new(const struct change *c, struct pg *pg, const struct moves *moves, bool *ret, struct fault *fault)
{
    int error = 0;
    *ret = true;
    for (size_t at = 0; !error && at < moves->n; at++) {
        PG_RESULT_CLEANUP struct pg_result *rows = NULL;
        error = fetch_dependents(pg, moves->v[at].id, c->arena, &rows, fault);
        for (int i = 0; !error && i < pg_rows(rows); i++)
            *ret = *ret && find_move(moves, pg_uuid(rows, i, DEPENDENT_ID));
    }
    return error;
}

/* What the move changes beside the label; NULL leaves a column as it is. */
static void add_columns(const struct change *c, enum act act, struct buf *marking, struct pg_args *args)
{
    if (act == RELABEL) {
        label_portion(c->reading->registry, c->to.label, marking);
        pg_arg_instant(args, c->to.embargo_until);
        pg_arg_instant(args, c->to.expires);
    } else {
        pg_arg_null(args, OID_TIMESTAMPTZ);
        pg_arg_null(args, OID_TIMESTAMPTZ);
    }
    if (act == RECALL || act == RETIRE)
        pg_arg_null(args, OID_TEXT);
    else
        pg_arg_str(args, c->to.wire);
    if (act == RELABEL)
        pg_arg_str(args, buf_view(marking));
    else
        pg_arg_null(args, OID_TEXT);
}

static int apply_move(const struct change *c, struct pg *pg, const struct move *m, enum act act, bool *ret,
                      struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    BUF_CLEANUP struct buf marking = {0};
    struct pg_args args = {.arena = c->arena};
    pg_arg_str(&args, m->type);
    pg_arg_uuid(&args, m->id);
    pg_arg_instant(&args, m->t);
    pg_arg_instant(&args, instant_add(m->t, 1));
    pg_arg_i32(&args, m->old_label);
    pg_arg_i32(&args, m->new_label);
    add_columns(c, act, &marking, &args);
    int error = pg_exec(pg, "SELECT record_relabel($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", &args, &r, fault);
    if (!error)
        *ret = pg_bool(r, 0, 0);
    return error;
}

/* What is taken back needs no review any more. */
static int write_reviews(const struct change *c, struct pg *pg, const struct move *m, struct fault *fault)
{
    const struct label *label = c->act == RELABEL ? c->to.label : m->old->label;
    struct reviews v;
    int error = reviews_delete(pg, m->id, fault);
    if (error || takes_back(c) || m->old->recalled || !c->to.review_by)
        return error;
    reviews_new(&v, label->owners.n, c->arena);
    reviews_add(&v, m->id, m->type, m->t, &label->owners, *c->to.review_by);
    return reviews_insert(pg, &v, c->arena, fault);
}

static int write_spill(const struct change *c, struct pg *pg, const struct move *m, struct fault *fault)
{
    static const char *const acts[] = {
        [RECALL] = "recall", [RETIRE] = "recall", [RELABEL] = "relabel", [REVIEW] = "review"};
    struct pg_args args = {.arena = c->arena};
    pg_arg_instant(&args, c->reading->now);
    pg_arg_str(&args, c->reading->principal);
    pg_arg_str(&args, c->reading->request_id);
    pg_arg_str(&args, str_of(acts[c->act]));
    pg_arg_str(&args, m->type);
    pg_arg_uuid(&args, m->id);
    pg_arg_i32(&args, m->old_label);
    pg_arg_i32(&args, m->new_label);
    pg_arg_str(&args, c->reason);
    pg_arg_str(&args, m->wire);
    return pg_exec(pg,
                   "INSERT INTO spill (at, principal, request_id, kind, type, record, old_label, new_label, reason,"
                   " old_wire) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                   &args, NULL, fault);
}

/* What the change is of itself, beside the records' labels. */
static int write_own(const struct change *c, struct pg *pg, const struct moves *moves, struct fault *fault)
{
    int error = 0;
    for (size_t i = 0; !error && i < moves->own; i++) {
        error = write_reviews(c, pg, &moves->v[i], fault);
        if (!error)
            error = write_spill(c, pg, &moves->v[i], fault);
    }
    return error;
}

/* *ret_done: false if somebody else was faster, and it is to be tried again. */
static int apply_moves(const struct change *c, struct pg *pg, const struct moves *moves, bool *ret_done,
                       struct fault *fault)
{
    int error = epoch_is(pg, registry_epoch(c->reading->registry), fault);
    if (!error)
        error = nothing_new(c, pg, moves, ret_done, fault);
    if (!error && *ret_done)
        error = no_new_version(c, pg, ret_done, fault);
    for (size_t i = 0; !error && *ret_done && i < moves->n; i++) {
        enum act act = i < moves->own ? c->act : RECALL; /* of others the label only */
        if (find_move(moves, moves->v[i].id) == &moves->v[i])
            error = apply_move(c, pg, &moves->v[i], act, ret_done, fault);
    }
    return !error && *ret_done ? write_own(c, pg, moves, fault) : error;
}

/* For the estimates. */
static void count_moves(const struct change *c, const struct moves *moves)
{
    for (size_t i = 0; i < moves->n; i++) {
        const struct move *m = &moves->v[i];
        if (find_move(moves, m->id) != m || m->old_label == m->new_label)
            continue;
        label_posted(c->s->visibility, m->old_label, -1);
        label_posted(c->s->visibility, m->new_label, 1);
    }
}

/* recipients: whom to tell, NULL for nobody. */
static int commit_moves(const struct change *c, const struct moves *moves, struct recipients *recipients,
                        bool *ret_done, struct fault *fault)
{
    PG_CLEANUP struct pg *pg = NULL;
    int error = pg_take(c->s->policy, &pg, fault);
    if (!error && recipients)
        error = recipients_collect(recipients, pg, fault);
    if (!error)
        error = pg_begin(pg, fault);
    if (!error)
        error = pg_lock(pg, LOCK_POLICY, false, fault);
    if (!error)
        error = apply_moves(c, pg, moves, ret_done, fault);
    if (!error && *ret_done && recipients)
        error = recipients_tell(recipients, pg, c->reading, fault);
    if (!error && *ret_done)
        error = pg_commit(pg, fault);
    else
        pg_rollback(pg);
    if (!error && *ret_done)
        count_moves(c, moves);
    return error;
}

static int64_t age_of(const struct move *m, instant now)
{
    int64_t age = now - m->ingested_at;
    if (now < m->times.embargo_until || now >= m->times.expires)
        return -1;
    return age > 0 ? age / INSTANT_SECOND : 0;
}

/* What was derived closes for those who may not have the part any more; who may is not told. */
static int derived_is_recalled(const struct change *c, struct class *class, const struct move *m, struct recalled *ret,
                               bool *ret_told, struct fault *fault)
{
    const struct release *before, *then = NULL;
    int error = class_release(class, m->old_label, &before, fault);
    if (!error)
        error = class_release(class, m->new_label, &then, fault);
    *ret_told = !error && m->old_label != m->new_label && before->row->label && !before->row->recalled;
    if (*ret_told)
        *ret = (struct recalled){record_type_find(m->type),  m->id,        m->t, m->seq, before->row,
                                 age_of(m, c->reading->now), then->subject};
    return error;
}

static int whom_to_tell(const struct change *c, struct class *class, const struct moves *moves, struct recipients **ret,
                        struct fault *fault)
{
    struct recalled *what = arena_array(c->arena, moves->n, sizeof *what);
    size_t n = 0;
    int error = 0;
    for (; n < moves->own; n++) {
        const struct move *own = &moves->v[n];
        what[n] = (struct recalled){c->type, own->id, own->t, own->seq, own->old, age_of(own, c->reading->now), NULL};
    }
    for (size_t i = moves->own; !error && i < moves->n; i++) {
        bool told = false;
        if (find_move(moves, moves->v[i].id) == &moves->v[i])
            error = derived_is_recalled(c, class, &moves->v[i], &what[n], &told, fault);
        n += told;
    }
    if (!error)
        *ret = recipients_new(what, n, c->reading, c->arena);
    return error;
}

/* What changes of itself, with the labels it goes to. */
static int own_moves(struct change *c, struct class **ret_class, struct moves *ret, struct fault *fault)
{
    struct move own = {0};
    int error = find_own(c, ret_class, &own, &c->entity, fault);
    if (!error && c->act == RETIRE && c->type->versioned)
        error = add_versions(c, *ret_class, ret, fault);
    else if (!error)
        add_move(ret, &own, c->arena);
    ret->own = ret->n;
    for (size_t i = 0; !error && i < ret->own; i++)
        error = label_of_record(c, &ret->v[i], fault);
    return error;
}

static int attempt(struct change *c, bool *ret_done, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    CLASS_CLEANUP struct class *class = NULL;
    struct moves moves = {0};
    struct recipients *recipients = NULL;
    c->arena = arena;
    int error = own_moves(c, &class, &moves, fault);
    if (error)
        return error;
    bool moved = c->act == RETIRE || (moves.v[0].new_label != moves.v[0].old_label);
    bool taken_back = moved && moves.own && takes_back(c) && !moves.v[0].old->recalled;
    error = moved ? add_dependents(c, class, &moves, fault) : 0;
    if (!error && taken_back)
        error = whom_to_tell(c, class, &moves, &recipients, fault);
    return error ? error : commit_moves(c, &moves, recipients, ret_done, fault);
}

static int change_record(struct change *c, struct fault *fault)
{
    bool done = false;
    int error = 0;
    for (int i = 0; !error && !done && i < ATTEMPTS; i++)
        error = attempt(c, &done, fault);
    return error || done ? error : fault_set(fault, ERR_UNAVAILABLE, "", "the record keeps changing");
}

/* --- before it --- */

/* As label_of_record makes it. */
static struct subject subject_then(const struct change *c, const struct entry *e)
{
    struct subject next = e->subject;
    next.recalled = next.recalled || c->act == RECALL;
    if (c->act == RELABEL)
        next.label = c->to.label;
    return next;
}

/* As label_of_dependent does it: the new part beside the old ones. */
static const struct subject *with_part(const struct subject *old, const struct subject *part, struct arena *arena)
{
    struct subject *next = arena_alloc(arena, sizeof *next);
    const struct subject **parts = arena_array(arena, old->n_parts + 1, sizeof *parts);
    for (size_t i = 0; i < old->n_parts; i++)
        parts[i] = old->parts[i];
    parts[old->n_parts] = part;
    *next = *old;
    next->parts = parts;
    next->n_parts++;
    return next;
}

static void plan_dependent(const struct change *c, struct moves *moves, const struct pg_result *rows, int i,
                           const struct subject *part, struct entry *const *entries)
{
    struct move m = {.id = pg_uuid(rows, i, DEPENDENT_ID),
                     .old_label = pg_i32(rows, i, DEPENDENT_LABEL),
                     .times = dependent_times(rows, i)};
    const struct move *known = find_move(moves, m.id);
    m.next = with_part(known ? known->next : &entries[m.old_label]->subject, part, c->arena);
    add_move(moves, &m, c->arena);
}

static int plan_dependents(const struct change *c, struct moves *moves, struct entry *const *entries, size_t n_entries,
                           struct fault *fault)
{
    int error = 0;
    for (size_t at = 0; !error && at < moves->n; at++) {
        PG_RESULT_CLEANUP struct pg_result *rows = NULL;
        const struct subject *part = moves->v[at].next;
        error = look_at_dependents(c, moves->v[at].id, &rows, fault);
        for (int i = 0; !error && i < pg_rows(rows); i++) {
            if (moves->n == MOVES_MAX || (size_t)pg_i32(rows, i, DEPENDENT_LABEL) >= n_entries)
                return fault_set(fault, ERR_UNAVAILABLE, "", "what was derived from the record is changing");
            plan_dependent(c, moves, rows, i, part, entries);
        }
    }
    return error;
}

static int report_moves(const struct change *c, const struct moves *moves, struct dry_run *report, struct fault *fault)
{
    IMPACT_CLEANUP struct impact *im = NULL;
    struct impact_move *v = arena_array(c->arena, moves->n, sizeof *v);
    size_t n = 0;
    for (size_t i = 0; i < moves->n; i++) {
        const struct move *m = &moves->v[i];
        struct record_times then = m->times;
        if (find_move(moves, m->id) != m)
            continue;
        if (!i && c->act == RELABEL) {
            then.embargo_until = c->to.embargo_until;
            then.expires = c->to.expires;
        }
        v[n++] = (struct impact_move){m->old_label, m->next, m->times, then};
    }
    int error = impact_of_moves(c->s, c->reading->registry, v, c->act == REVIEW ? 0 : n, c->reading->now, &im, fault);
    if (!error)
        dry_run_write(im, reader_partner(c->reading->reader), c->reading->now, report);
    return error;
}

static int try_change(struct change *c, struct dry_run *report, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    CLASS_CLEANUP struct class *class = NULL;
    SET_CLEANUP struct label_set *set = NULL;
    struct moves moves = {.own = 1};
    struct move own = {0};
    struct uuid entity;
    struct entry **entries = NULL;
    size_t n = 0;
    c->arena = arena;
    int error = find_own(c, &class, &own, &entity, fault);
    if (!error)
        error = set_take(c->s->visibility, c->reading->registry, &set, fault);
    if (error)
        return error;
    n = set_entries(c->s->visibility, set, arena, &entries);
    const struct subject next = subject_then(c, entries[own.old_label]);
    own.next = &next;
    add_move(&moves, &own, arena);
    error = c->act == REVIEW ? 0 : plan_dependents(c, &moves, entries, n, fault);
    return error ? error : report_moves(c, &moves, report, fault);
}

static int change_or_try(struct change *c, struct dry_run *report, struct fault *fault)
{
    return report ? try_change(c, report, fault) : change_record(c, fault);
}

/* --- what others call --- */

int store_recall(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                 struct str reason, struct dry_run *report, struct fault *fault)
{
    struct change c = {.s = s, .reading = reading, .type = type, .id = id, .act = RECALL, .reason = reason};
    return change_or_try(&c, report, fault);
}

int store_retire(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                 struct str reason, struct fault *fault)
{
    struct change c = {.s = s, .reading = reading, .type = type, .id = id, .act = RETIRE, .reason = reason};
    return change_record(&c, fault);
}

int store_relabel(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                  const struct relabelling *to, struct dry_run *report, struct fault *fault)
{
    struct change c = {.s = s, .reading = reading, .type = type, .id = id, .act = RELABEL, .to = *to};
    return change_or_try(&c, report, fault);
}

int store_review(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                 struct str wire, instant review_by, struct dry_run *report, struct fault *fault)
{
    struct change c = {.s = s,
                       .reading = reading,
                       .type = type,
                       .id = id,
                       .act = REVIEW,
                       .to = {.wire = wire, .review_by = &review_by}};
    return change_or_try(&c, report, fault);
}
