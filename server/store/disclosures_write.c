/* What the log's tables are given: one statement a table, in one round trip and one transaction. */
#include "disclosures_write.h"

#include "disclosure.h"
#include "notices.h"

#include <stdlib.h>

/* Ids are in the order of commit: drawn under a row lock that is held until then. They follow the clock, in
 * microseconds below 2^53, so that their gaps tell an owner nothing of disclosures to others. unnest stands among the
 * columns: in FROM each array would be stored away before its first element is looked at. */
#define APPEND_DISCLOSURES                                                                                             \
    "WITH p AS (UPDATE disclosure_position SET id = greatest(id, (extract(epoch FROM clock_timestamp()) * 1000000)"    \
    "::bigint) + $1 RETURNING id, recalled),"                                                                          \
    " d AS (INSERT INTO disclosure (id, at, owner, type, principal, partner, route, request_id, view, epoch,"          \
    " agreements, records, seq_first, seq_last, seqs, entry, entry_at)"                                                \
    " SELECT p.id - $1 + u.chunk, $2, u.owner, ($3)[u.chunk], ($4)[u.chunk], ($5)[u.chunk], ($6)[u.chunk],"            \
    " ($7)[u.chunk], u.view, ($8)[u.chunk], u.agreements::text[], u.records, u.seq_first, u.seq_last, u.seqs,"         \
    " nullif(u.entry, 0), CASE WHEN u.entry <> 0 THEN u.entry_at END"                                                  \
    " FROM p, (SELECT unnest($9) AS chunk, unnest($10) AS owner, unnest($11) AS view, unnest($12) AS agreements,"      \
    " unnest($13) AS records, unnest($14) AS seq_first, unnest($15) AS seq_last, unnest($16) AS seqs,"                 \
    " unnest($17) AS entry, unnest($18) AS entry_at) u)"                                                               \
    " SELECT id, recalled > clock_timestamp() - interval '1 hour' FROM p"
/* After a lost commit they may be there already. */
#define APPEND_ENDS                                                                                                    \
    "INSERT INTO disclosure_end (id, at, completed, more) SELECT unnest($1), unnest($2), unnest($3), unnest($4)"       \
    " ON CONFLICT DO NOTHING"
#define APPEND_QUERIES                                                                                                 \
    "INSERT INTO query_log (at, principal, partner, method, route, target, request_id, status)"                        \
    " SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6), unnest($7), unnest($8)"

static size_t count_kind(const struct log_entry *e, enum log_kind kind)
{
    size_t n = 0;
    for (; e; e = e->next)
        n += e->kind == kind;
    return n;
}

static size_t count_parts(const struct log_entry *e)
{
    size_t n = 0;
    for (; e; e = e->next)
        n += e->kind == LOG_DISCLOSURE ? e->disclosing.n : 0;
    return n;
}

/* What came from outside becomes printable ASCII, other bytes as %XX: no byte of a request target can make a statement
 * fail that others share. */
static struct str printable(struct str s, struct arena *arena)
{
    BUF_CLEANUP struct buf b = {0};
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] >= 0x20 && s.p[i] <= 0x7e)
            buf_char(&b, s.p[i]);
        else
            buf_printf(&b, "%%%02X", (unsigned char)s.p[i]);
    }
    return arena_str(arena, buf_view(&b));
}

struct part_columns {
    int64_t *first, *last, *entry;
    instant *entry_at;
    int32_t *chunk, *records;
    struct str *owner, *view, *agreements, *seqs;
    size_t n;
};

static void part_columns_new(struct part_columns *c, size_t n, struct arena *a)
{
    int64_t **numbers[] = {&c->first, &c->last, &c->entry};
    struct str **texts[] = {&c->owner, &c->view, &c->agreements, &c->seqs};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        *numbers[i] = arena_array(a, n, sizeof(int64_t));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = arena_array(a, n, sizeof(struct str));
    c->chunk = arena_array(a, n, sizeof *c->chunk);
    c->records = arena_array(a, n, sizeof *c->records);
    c->entry_at = arena_array(a, n, sizeof *c->entry_at);
}

static struct str agreements_text(const struct disclosed *part, struct arena *arena)
{
    BUF_CLEANUP struct buf b = {0};
    buf_char(&b, '{');
    for (size_t i = 0; i < part->n_agreements; i++) {
        if (i)
            buf_char(&b, ',');
        buf_json_str(&b, part->agreements[i]); /* ids hold nothing that JSON and an array literal quote differently */
    }
    buf_char(&b, '}');
    return arena_str(arena, buf_view(&b));
}

static void add_part(struct part_columns *c, int32_t chunk, const struct disclosed *part, struct arena *arena)
{
    BUF_CLEANUP struct buf seqs = {0};
    size_t i = c->n++;
    seqs_encode(part->seqs, part->n, &seqs); /* sorts them */
    c->chunk[i] = chunk;
    c->first[i] = part->seqs[0];
    c->last[i] = part->seqs[part->n - 1];
    c->records[i] = (int32_t)part->n;
    c->owner[i] = part->owner;
    c->agreements[i] = agreements_text(part, arena);
    c->seqs[i] = arena_str(arena, buf_view(&seqs));
    c->view[i] = part->view;
    c->entry[i] = part->entry ? part->entry->id : 0;
    c->entry_at[i] = part->entry ? part->entry->at : 0;
}

static void part_args(struct pg_args *args, const struct log_entry *entries)
{
    struct part_columns k = {0};
    int32_t chunk = 0;
    part_columns_new(&k, count_parts(entries), args->arena);
    for (const struct log_entry *e = entries; e; e = e->next) {
        chunk += e->kind == LOG_DISCLOSURE;
        for (size_t i = 0; e->kind == LOG_DISCLOSURE && i < e->disclosing.n; i++)
            add_part(&k, chunk, &e->disclosing.parts[i], args->arena);
    }
    pg_arg_i32s(args, k.chunk, k.n);
    pg_arg_strs(args, k.owner, k.n);
    pg_arg_strs(args, k.view, k.n);
    pg_arg_strs(args, k.agreements, k.n);
    pg_arg_i32s(args, k.records, k.n);
    pg_arg_i64s(args, k.first, k.n);
    pg_arg_i64s(args, k.last, k.n);
    pg_arg_byteas(args, k.seqs, k.n);
    pg_arg_i64s(args, k.entry, k.n);
    pg_arg_instants(args, k.entry_at, k.n);
}

#define CHUNK_TEXTS 5

/* What all parts of a disclosure have in common. */
static void chunk_args(struct pg_args *args, const struct log_entry *entries, size_t n)
{
    struct str *texts[CHUNK_TEXTS];
    int64_t *epoch = arena_array(args->arena, n, sizeof *epoch);
    size_t i = 0;
    for (size_t k = 0; k < CHUNK_TEXTS; k++)
        texts[k] = arena_array(args->arena, n, sizeof(struct str));
    for (const struct log_entry *e = entries; e; e = e->next) {
        const struct reading *r = e->disclosing.reading;
        if (e->kind != LOG_DISCLOSURE)
            continue;
        const struct str in[CHUNK_TEXTS] = {str_of(e->disclosing.type->name), printable(r->principal, args->arena),
                                            reader_partner(r->reader), printable(r->route, args->arena),
                                            printable(r->request_id, args->arena)};
        for (size_t k = 0; k < CHUNK_TEXTS; k++)
            texts[k][i] = in[k];
        epoch[i++] = registry_epoch(r->registry);
    }
    for (size_t k = 0; k < CHUNK_TEXTS; k++)
        pg_arg_strs(args, texts[k], n);
    pg_arg_i64s(args, epoch, n);
}

/* How the answers with ids from receipt.id to receipt.id + more ended. */
struct end {
    struct receipt receipt;
    int32_t more;
    bool completed;
};

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const struct end *)a)->receipt.id, y = ((const struct end *)b)->receipt.id;
    return (x > y) - (x < y);
}

static bool goes_on(const struct end *run, const struct end *next)
{
    return next->receipt.at == run->receipt.at && next->receipt.id == run->receipt.id + run->more + 1 &&
           next->completed == run->completed;
}

/* What was disclosed together has ids that follow each other, and most of it ends together. Returns how many are left.
 */
static size_t join_ends(struct end *v, size_t n)
{
    size_t last = 0;
    qsort(v, n, sizeof *v, by_id);
    for (size_t i = 1; i < n; i++) {
        if (goes_on(&v[last], &v[i]))
            v[last].more++;
        else
            v[++last] = v[i];
    }
    return last + 1;
}

static struct end *ends_of(const struct log_entry *entries, size_t n, struct arena *arena)
{
    struct end *v = arena_array(arena, n, sizeof *v);
    size_t i = 0;
    for (const struct log_entry *e = entries; e; e = e->next)
        if (e->kind == LOG_END)
            v[i++] = (struct end){e->receipt, 0, e->completed};
    return v;
}

static void end_args(struct pg_args *args, const struct log_entry *entries, size_t n)
{
    struct end *v = ends_of(entries, n, args->arena);
    n = join_ends(v, n);
    int64_t *id = arena_array(args->arena, n, sizeof *id);
    instant *at = arena_array(args->arena, n, sizeof *at);
    bool *completed = arena_array(args->arena, n, sizeof *completed);
    int32_t *more = arena_array(args->arena, n, sizeof *more);
    for (size_t i = 0; i < n; i++) {
        id[i] = v[i].receipt.id;
        at[i] = v[i].receipt.at;
        completed[i] = v[i].completed;
        more[i] = v[i].more;
    }
    pg_arg_i64s(args, id, n);
    pg_arg_instants(args, at, n);
    pg_arg_bools(args, completed, n);
    pg_arg_i32s(args, more, n);
}

#define QUERY_TEXTS 6

static void query_args(struct pg_args *args, const struct log_entry *entries, size_t n)
{
    size_t i = 0;
    instant *at = arena_array(args->arena, n, sizeof *at);
    int32_t *status = arena_array(args->arena, n, sizeof *status);
    struct str *texts[QUERY_TEXTS];
    for (size_t k = 0; k < QUERY_TEXTS; k++)
        texts[k] = arena_array(args->arena, n, sizeof(struct str));
    for (const struct log_entry *e = entries; e; e = e->next) {
        if (e->kind != LOG_QUERY)
            continue;
        const struct query_event *q = &e->event;
        const struct str in[QUERY_TEXTS] = {q->principal, q->partner, q->method, q->route, q->target, q->request_id};
        for (size_t k = 0; k < QUERY_TEXTS; k++)
            texts[k][i] = printable(in[k], args->arena);
        at[i] = e->at;
        status[i++] = q->status;
    }
    pg_arg_instants(args, at, n);
    for (size_t k = 0; k < QUERY_TEXTS; k++)
        pg_arg_strs(args, texts[k], n);
    pg_arg_i32s(args, status, n);
}

/* --- a group --- */

/* What was taken back between its reading and now: who is being sent it is told. */
static int tell_of_recalls(struct pg *c, instant at, const struct log_entry *entries, size_t chunks,
                           struct arena *arena, struct fault *fault)
{
    struct late_disclosure *v = arena_array(arena, chunks, sizeof *v);
    size_t n = 0;
    for (const struct log_entry *e = entries; e; e = e->next) {
        const struct disclosing *d = &e->disclosing;
        if (e->kind == LOG_DISCLOSURE)
            v[n++] = (struct late_disclosure){d->reading, d->type, d->parts, d->n};
    }
    return recipients_tell_late(c, at, v, n, fault);
}

static void assign_receipts(const struct log_entry *entries, int64_t first, instant at)
{
    for (const struct log_entry *e = entries; e; e = e->next)
        if (e->kind == LOG_DISCLOSURE)
            *e->disclosing.receipt = (struct receipt){first++, at};
}

struct log_steps {
    struct pg_args args[3];
    struct pg_step v[3];
    size_t n;
};

static struct pg_args *add_step(struct log_steps *s, const char *sql, struct arena *arena)
{
    struct pg_args *args = &s->args[s->n];
    *args = (struct pg_args){.arena = arena};
    s->v[s->n++] = (struct pg_step){.sql = sql, .args = args};
    return args;
}

/* That of the disclosures, if there are any, is the first. */
static void make_steps(struct log_steps *s, const struct log_entry *entries, size_t chunks, instant at,
                       struct arena *arena)
{
    size_t ends = count_kind(entries, LOG_END), queries = count_kind(entries, LOG_QUERY);
    if (chunks) {
        struct pg_args *args = add_step(s, APPEND_DISCLOSURES, arena);
        pg_arg_i64(args, (int64_t)chunks);
        pg_arg_instant(args, at);
        chunk_args(args, entries, chunks);
        part_args(args, entries);
    }
    if (ends)
        end_args(add_step(s, APPEND_ENDS, arena), entries, ends);
    if (queries)
        query_args(add_step(s, APPEND_QUERIES, arena), entries, queries);
}

static int take_receipts(struct pg *c, const struct log_entry *entries, size_t chunks, instant at,
                         const struct pg_result *position, struct arena *arena, struct fault *fault)
{
    int error = pg_bool(position, 0, 1) ? tell_of_recalls(c, at, entries, chunks, arena, fault) : 0;
    if (!error)
        assign_receipts(entries, pg_i64(position, 0, 0) - (int64_t)chunks + 1, at);
    return error;
}

int log_write(struct store *s, const struct log_entry *entries, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_CLEANUP struct pg *c = NULL;
    struct log_steps steps;
    instant at = clock_now(s->clock);
    size_t chunks = count_kind(entries, LOG_DISCLOSURE);
    steps.n = 0;
    make_steps(&steps, entries, chunks, at, arena);
    int error = pg_take(s->ingest, &c, fault);
    if (!error)
        error = pg_run(c, steps.v, steps.n, fault);
    if (error)
        return error;
    if (chunks)
        error = take_receipts(c, entries, chunks, at, steps.v[0].result, arena, fault);
    if (!error)
        atomic_fetch_add(&s->counters.disclosures, chunks);
    for (size_t i = 0; i < steps.n; i++)
        pg_result_free(steps.v[i].result);
    return error;
}
