/* Disclosures, their ends and the query log: appended by one thread, many in one transaction. Who waits is told after
 * the commit. */
#include "disclosures.h"

#include "condition.h"
#include "disclosure.h"
#include "memory.h"
#include "notices.h"

#include <semaphore.h>

#define ENTRIES_MAX 100000 /* waiting to be written: above, what nobody waits for is refused */
#define GROUP_ROWS_MAX 2000
#define ENDS_LINGER (INSTANT_SECOND / 5) /* what nobody waits for may wait this long for company */
#define TRIES 3

enum entry_kind { ENTRY_DISCLOSURE, ENTRY_END, ENTRY_QUERY };

struct entry {
    enum entry_kind kind;
    struct entry *next;
    /* Somebody waits for it: then all it points to is the waiter's. NULL: nobody does, and it owns its text. */
    void (*done)(void *ctx, int error);
    void *ctx;
    struct disclosing disclosing; /* ENTRY_DISCLOSURE */
    /* ENTRY_END */
    struct receipt receipt;
    bool completed;
    /* ENTRY_QUERY */
    struct query_event event;
    instant at;
    struct arena *arena;
};

struct disclosures {
    struct store *store;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    struct entry *first, **last;
    size_t n, waited; /* in the queue; of those, waited for */
    bool stopping;
    pthread_t thread;
};

/* --- the queue --- */

static void entry_free(struct entry *e)
{
    arena_free(e->arena);
    free(e);
}

static void append(struct disclosures *d, struct entry *chain)
{
    bool first = !d->first, waited = false;
    *d->last = chain;
    for (; chain; chain = chain->next) {
        d->last = &chain->next;
        d->n++;
        d->waited += chain->done != NULL;
        waited = waited || chain->done;
    }
    /* The thread wakes up by itself for what nobody waits for, unless it sleeps without a limit. */
    if (waited || first)
        pthread_cond_signal(&d->wake);
}

/* Takes the entries, which somebody waits for or not as the first one. Together they are one group, if there is room in
 * it. */
static int enqueue(struct disclosures *d, struct entry *chain, struct fault *fault)
{
    pthread_mutex_lock(&d->mutex);
    bool room = !d->stopping && (chain->done || d->n < ENTRIES_MAX);
    if (room)
        append(d, chain);
    pthread_mutex_unlock(&d->mutex);
    if (room)
        return 0;
    for (struct entry *next; chain; chain = next) {
        next = chain->next;
        entry_free(chain);
    }
    return fault_set(fault, ERR_UNAVAILABLE, "", "the disclosure log is full or closing");
}

/* Each waiter has its own: nobody is woken for the group of others. */
struct waiter {
    sem_t written;
    int error;
};

static void written(void *ctx, int error)
{
    struct waiter *w = ctx;
    w->error = error;
    sem_post(&w->written); /* from here on it is gone */
}

static int wait_until_written(struct waiter *w, struct fault *fault)
{
    while (sem_wait(&w->written) != 0) /* EINTR */
        ;
    return w->error ? fault_set(fault, (enum error_code)w->error, "", "the disclosure log could not be written") : 0;
}

/* Until somebody waits, or there is something and its time has come, or the log closes. */
static void wait_for_work(struct disclosures *d)
{
    while (!d->n && !d->stopping)
        pthread_cond_wait(&d->wake, &d->mutex);
    struct timespec until = condition_deadline(ENDS_LINGER);
    while (!d->waited && !d->stopping && d->n < GROUP_ROWS_MAX &&
           pthread_cond_timedwait(&d->wake, &d->mutex, &until) == 0)
        ;
}

static struct entry *take_entries(struct disclosures *d)
{
    pthread_mutex_lock(&d->mutex);
    wait_for_work(d);
    struct entry *taken = d->first, **end = &taken;
    for (size_t n = 0; *end && n < GROUP_ROWS_MAX;
         n += (*end)->kind == ENTRY_DISCLOSURE ? (*end)->disclosing.n : 1, end = &(*end)->next) {
        d->n--;
        d->waited -= (*end)->done != NULL;
    }
    d->first = *end;
    if (!d->first)
        d->last = &d->first;
    *end = NULL;
    pthread_mutex_unlock(&d->mutex);
    return taken;
}

static void finish_entries(struct entry *e, int error)
{
    for (struct entry *next; e; e = next) {
        void (*done)(void *ctx, int error) = e->done;
        void *ctx = e->ctx;
        next = e->next;
        entry_free(e);
        if (done)
            done(ctx, error);
    }
}

/* --- the statement --- */

/* All in one statement, so that a group costs one round trip and is its own transaction. Ids are in the order of
 * commit: drawn under a row lock that is held until then. They follow the clock, in microseconds below 2^53, so that
 * their gaps tell an owner nothing of disclosures to others. */
#define APPEND                                                                                                         \
    "WITH p AS (UPDATE disclosure_position SET id = greatest(id, (extract(epoch FROM clock_timestamp()) * 1000000)"    \
    "::bigint) + $1 WHERE $1 > 0 RETURNING id, recalled),"                                                             \
    " d AS (INSERT INTO disclosure (id, at, owner, type, principal, partner, route, request_id, view, epoch,"          \
    " agreements, records, seq_first, seq_last, seqs, entry, entry_at)"                                                \
    " SELECT p.id - $1 + u.chunk, $2, owner, type, principal, partner, route, request_id, view, epoch,"                \
    " agreements::text[], records, seq_first, seq_last, seqs, nullif(entry, 0), CASE WHEN entry <> 0 THEN entry_at "   \
    "END"                                                                                                              \
    " FROM p, unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $27, $28, $29) AS u (chunk, owner, "    \
    "type,"                                                                                                            \
    " principal, partner, route, request_id, epoch, agreements, records, seq_first, seq_last, seqs, view, entry,"      \
    " entry_at)),"                                                                                                     \
    " e AS (INSERT INTO disclosure_end (id, at, completed) SELECT * FROM unnest($16, $17, $18) ON CONFLICT DO "        \
    "NOTHING),"                                                                                                        \
    " q AS (INSERT INTO query_log (at, principal, partner, method, route, target, request_id, status)"                 \
    " SELECT * FROM unnest($19, $20, $21, $22, $23, $24, $25, $26))"                                                   \
    " SELECT id, recalled > clock_timestamp() - interval '1 hour' FROM p"

/* Rows: a disclosure has one for each owner. */
static size_t count_kind(const struct entry *e, enum entry_kind kind)
{
    size_t n = 0;
    for (; e; e = e->next)
        if (e->kind == kind)
            n += kind == ENTRY_DISCLOSURE ? e->disclosing.n : 1;
    return n;
}

static int64_t count_chunks(const struct entry *e)
{
    int64_t n = 0;
    for (; e; e = e->next)
        n += e->kind == ENTRY_DISCLOSURE;
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

struct disclosure_columns {
    int64_t *chunk, *epoch, *first, *last, *entry;
    instant *entry_at;
    int32_t *records;
    struct str *owner, *type, *principal, *partner, *route, *request_id, *agreements, *seqs, *view;
    size_t n;
};

static void disclosure_columns_new(struct disclosure_columns *c, size_t n, struct arena *a)
{
    int64_t **numbers[] = {&c->chunk, &c->epoch, &c->first, &c->last, &c->entry};
    struct str **texts[] = {&c->owner,      &c->type,       &c->principal, &c->partner, &c->route,
                            &c->request_id, &c->agreements, &c->seqs,      &c->view};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        *numbers[i] = arena_array(a, n, sizeof(int64_t));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = arena_array(a, n, sizeof(struct str));
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

static void add_part(struct disclosure_columns *c, int64_t chunk, const struct disclosing *e,
                     const struct disclosed *part, struct arena *arena)
{
    BUF_CLEANUP struct buf seqs = {0};
    size_t i = c->n++;
    seqs_encode(part->seqs, part->n, &seqs); /* sorts them */
    c->chunk[i] = chunk;
    c->epoch[i] = registry_epoch(e->reading->registry);
    c->first[i] = part->seqs[0];
    c->last[i] = part->seqs[part->n - 1];
    c->records[i] = (int32_t)part->n;
    c->owner[i] = part->owner;
    c->type[i] = str_of(e->type->name);
    c->principal[i] = printable(e->reading->principal, arena);
    c->partner[i] = reader_partner(e->reading->reader);
    c->route[i] = printable(e->reading->route, arena);
    c->request_id[i] = printable(e->reading->request_id, arena);
    c->agreements[i] = agreements_text(part, arena);
    c->seqs[i] = arena_str(arena, buf_view(&seqs));
    c->view[i] = part->view;
    c->entry[i] = part->entry ? part->entry->id : 0;
    c->entry_at[i] = part->entry ? part->entry->at : 0;
}

/* *ret: the same columns, for the last parameters. */
static void disclosure_args(struct pg_args *args, const struct entry *entries, struct disclosure_columns *ret)
{
    struct disclosure_columns k = {0};
    int64_t chunks = 0;
    disclosure_columns_new(&k, count_kind(entries, ENTRY_DISCLOSURE), args->arena);
    for (const struct entry *e = entries; e; e = e->next) {
        chunks += e->kind == ENTRY_DISCLOSURE;
        for (size_t i = 0; e->kind == ENTRY_DISCLOSURE && i < e->disclosing.n; i++)
            add_part(&k, chunks, &e->disclosing, &e->disclosing.parts[i], args->arena);
    }
    pg_arg_i64s(args, k.chunk, k.n);
    pg_arg_strs(args, k.owner, k.n);
    pg_arg_strs(args, k.type, k.n);
    pg_arg_strs(args, k.principal, k.n);
    pg_arg_strs(args, k.partner, k.n);
    pg_arg_strs(args, k.route, k.n);
    pg_arg_strs(args, k.request_id, k.n);
    pg_arg_i64s(args, k.epoch, k.n);
    pg_arg_strs(args, k.agreements, k.n);
    pg_arg_i32s(args, k.records, k.n);
    pg_arg_i64s(args, k.first, k.n);
    pg_arg_i64s(args, k.last, k.n);
    pg_arg_byteas(args, k.seqs, k.n);
    *ret = k;
}

static void end_args(struct pg_args *args, const struct entry *entries)
{
    size_t n = count_kind(entries, ENTRY_END), i = 0;
    int64_t *id = arena_array(args->arena, n, sizeof *id);
    instant *at = arena_array(args->arena, n, sizeof *at);
    bool *completed = arena_array(args->arena, n, sizeof *completed);
    for (const struct entry *e = entries; e; e = e->next) {
        if (e->kind != ENTRY_END)
            continue;
        id[i] = e->receipt.id;
        at[i] = e->receipt.at;
        completed[i++] = e->completed;
    }
    pg_arg_i64s(args, id, n);
    pg_arg_instants(args, at, n);
    pg_arg_bools(args, completed, n);
}

#define QUERY_TEXTS 6

static void query_args(struct pg_args *args, const struct entry *entries)
{
    size_t n = count_kind(entries, ENTRY_QUERY), i = 0;
    instant *at = arena_array(args->arena, n, sizeof *at);
    int32_t *status = arena_array(args->arena, n, sizeof *status);
    struct str *texts[QUERY_TEXTS];
    for (size_t k = 0; k < QUERY_TEXTS; k++)
        texts[k] = arena_array(args->arena, n, sizeof(struct str));
    for (const struct entry *e = entries; e; e = e->next) {
        if (e->kind != ENTRY_QUERY)
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
static int tell_of_recalls(struct pg *c, instant at, const struct entry *entries, struct arena *arena,
                           struct fault *fault)
{
    struct late_disclosure *v = arena_array(arena, count_kind(entries, ENTRY_DISCLOSURE), sizeof *v);
    size_t n = 0;
    for (const struct entry *e = entries; e; e = e->next) {
        const struct disclosing *d = &e->disclosing;
        if (e->kind == ENTRY_DISCLOSURE)
            v[n++] = (struct late_disclosure){d->reading, d->type, d->parts, d->n};
    }
    return recipients_tell_late(c, at, v, n, fault);
}

static void assign_receipts(const struct entry *entries, int64_t first, instant at)
{
    for (const struct entry *e = entries; e; e = e->next)
        if (e->kind == ENTRY_DISCLOSURE)
            *e->disclosing.receipt = (struct receipt){first++, at};
}

static int write_once(struct store *s, const struct entry *entries, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *last = NULL;
    struct pg_args args = {.arena = arena};
    instant at = clock_now(s->clock);
    int64_t chunks = count_chunks(entries);
    struct disclosure_columns rows;
    pg_arg_i64(&args, chunks);
    pg_arg_instant(&args, at);
    disclosure_args(&args, entries, &rows);
    end_args(&args, entries);
    query_args(&args, entries);
    pg_arg_strs(&args, rows.view, rows.n);
    pg_arg_i64s(&args, rows.entry, rows.n);
    pg_arg_instants(&args, rows.entry_at, rows.n);
    int error = pg_take(s->ingest, &c, fault);
    if (!error)
        error = pg_exec(c, APPEND, &args, &last, fault);
    if (!error && chunks && pg_bool(last, 0, 1))
        error = tell_of_recalls(c, at, entries, arena, fault);
    if (!error && chunks)
        assign_receipts(entries, pg_i64(last, 0, 0) - chunks + 1, at);
    if (!error)
        atomic_fetch_add(&s->counters.disclosures, (uint64_t)chunks);
    return error;
}

/* A group whose commit was lost may be in the log twice: one too many is the side to err on. */
static int write_entries(struct store *s, const struct entry *entries)
{
    struct fault fault;
    int error = ERR_UNAVAILABLE;
    for (int i = 0; error == ERR_UNAVAILABLE && i < TRIES; i++)
        error = write_once(s, entries, &fault);
    if (error)
        log_fault(s->log, "disclosures.lost", &fault);
    return error;
}

static void *run(void *ctx)
{
    struct disclosures *d = ctx;
    for (struct entry *entries; (entries = take_entries(d));)
        finish_entries(entries, write_entries(d->store, entries));
    return NULL;
}

static void disclosures_free(struct disclosures *d)
{
    pthread_cond_destroy(&d->wake);
    pthread_mutex_destroy(&d->mutex);
    free(d);
}

int disclosures_start(struct store *s, struct disclosures **ret, struct fault *fault)
{
    struct disclosures *d = memory_zeroed(sizeof *d);
    d->store = s;
    d->last = &d->first;
    pthread_mutex_init(&d->mutex, NULL);
    condition_init(&d->wake);
    if (pthread_create(&d->thread, NULL, run, d)) {
        disclosures_free(d);
        return fault_set(fault, ERR_INTERNAL, "", "no thread for the disclosure log");
    }
    *ret = d;
    return 0;
}

void disclosures_stop(struct disclosures *d)
{
    if (!d)
        return;
    pthread_mutex_lock(&d->mutex);
    d->stopping = true;
    pthread_cond_broadcast(&d->wake);
    pthread_mutex_unlock(&d->mutex);
    pthread_join(d->thread, NULL);
    disclosures_free(d);
}

/* --- what others call --- */

int disclose_later(struct store *s, const struct disclosing *v, size_t n, struct fault *fault)
{
    struct entry *chain = NULL;
    for (size_t i = n; i-- > 0;) {
        struct entry *e = memory_zeroed(sizeof *e);
        *e = (struct entry){
            .kind = ENTRY_DISCLOSURE, .next = chain, .done = v[i].done, .ctx = v[i].ctx, .disclosing = v[i]};
        chain = e;
    }
    return enqueue(s->disclosures, chain, fault);
}

int disclose(struct store *s, const struct reading *reading, const struct record_type *type,
             const struct disclosed *parts, size_t n, struct receipt *ret, struct fault *fault)
{
    struct waiter w = {0};
    const struct disclosing one = {reading, type, parts, n, ret, written, &w};
    sem_init(&w.written, 0, 0);
    int error = disclose_later(s, &one, 1, fault);
    if (!error)
        error = wait_until_written(&w, fault);
    sem_destroy(&w.written);
    return error;
}

void disclosure_close(struct store *s, const struct receipt *receipt, bool completed)
{
    struct entry *e = memory_zeroed(sizeof *e);
    struct fault fault;
    *e = (struct entry){.kind = ENTRY_END, .receipt = *receipt, .completed = completed};
    enqueue(s->disclosures, e, &fault); /* without it: "unknown" */
}

/* --- answers in pieces --- */

const struct receipt *account_entry(const struct account *a, struct str owner)
{
    for (size_t i = 0; i < a->n; i++)
        if (str_eq(a->v[i].owner, owner))
            return &a->v[i].first;
    return NULL;
}

void account_add(struct account *a, const struct disclosed *parts, size_t n, const struct receipt *receipt)
{
    for (size_t i = 0; i < n; i++) {
        if (account_entry(a, parts[i].owner))
            continue;
        if (a->n == a->room) {
            a->room = a->room ? 2 * a->room : 8;
            struct account_entry *grown = arena_array(a->arena, a->room, sizeof *grown);
            if (a->n)
                memcpy(grown, a->v, a->n * sizeof *grown);
            a->v = grown;
        }
        a->v[a->n++] = (struct account_entry){arena_str(a->arena, parts[i].owner), *receipt};
    }
}

/* Entries are in the order of their disclosures, of which several owners may share one. */
void account_close(struct store *s, struct account *a, bool completed)
{
    for (size_t i = 0; i < a->n; i++)
        if (!i || a->v[i].first.id != a->v[i - 1].first.id)
            disclosure_close(s, &a->v[i].first, completed);
    a->n = 0;
}

/* --- the log of queries --- */

static void copy_event(const struct query_event *in, struct entry *e)
{
    struct arena *a = e->arena = arena_new();
    e->event = (struct query_event){.principal = arena_str(a, in->principal),
                                    .partner = arena_str(a, in->partner),
                                    .method = arena_str(a, in->method),
                                    .route = arena_str(a, in->route),
                                    .target = arena_str(a, in->target),
                                    .request_id = arena_str(a, in->request_id),
                                    .status = in->status};
}

int store_log_query(struct store *s, const struct query_event *event, bool wait, struct fault *fault)
{
    struct waiter w = {0};
    struct entry *e = memory_zeroed(sizeof *e);
    *e = (struct entry){.kind = ENTRY_QUERY, .event = *event, .at = clock_now(s->clock)};
    if (!wait) {
        copy_event(event, e);
        return enqueue(s->disclosures, e, fault);
    }
    e->done = written;
    e->ctx = &w;
    sem_init(&w.written, 0, 0);
    int error = enqueue(s->disclosures, e, fault);
    if (!error)
        error = wait_until_written(&w, fault);
    sem_destroy(&w.written);
    return error;
}
