/* Disclosures, their ends and the query log: appended by two threads, many in one transaction. Who waits is told after
 * the commit. */
#include "condition.h"
#include "disclosures_write.h"
#include "memory.h"

#include <semaphore.h>

#define ENTRIES_MAX 100000             /* that nobody waits for: more are refused */
#define GROUP_ROWS_MAX END_ANSWERS_MAX /* so that no group can end more with one row */
#define TRIES 3
/* What nobody waits for may wait so long for company, or until there is so much. */
#define LINGER (INSTANT_SECOND / 5)
#define LINGER_ENTRIES GROUP_ROWS_MAX
/* A commit costs more than what is in it, and who has his answer comes again: a group waits for as many as the last one
 * had and as have come since, at most for so much of the time that one took. Who is alone waits for nobody. */
#define GATHER_PART 2
#define GATHER_MAX (INSTANT_SECOND / 1000)

/* What one thread writes. */
struct log_queue {
    struct store *store;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    struct log_entry *first, **last;
    size_t n;
    size_t enough;  /* so many are written at once */
    int64_t due;    /* clock_monotonic: after it, whatever is there */
    int64_t linger; /* until `due`, from when there is something; 0: `due` follows the last group */
    bool stopping, running;
    pthread_t thread;
};

struct disclosures {
    struct log_queue waited, lingering; /* for what somebody waits, and nobody */
};

/* --- the queues --- */

static void entry_free(struct log_entry *e)
{
    arena_free(e->arena);
    free(e);
}

static void append(struct log_queue *q, struct log_entry *chain)
{
    bool begins = !q->first && q->linger;
    *q->last = chain;
    for (; chain; chain = chain->next) {
        q->last = &chain->next;
        q->n++;
    }
    if (begins)
        q->due = clock_monotonic() + q->linger;
    if (begins || q->n >= q->enough)
        pthread_cond_signal(&q->wake);
}

/* What comes together is written together, if there is room in the group. */
static int enqueue(struct log_queue *q, struct log_entry *chain, struct fault *fault)
{
    pthread_mutex_lock(&q->mutex);
    bool room = !q->stopping && (chain->done || q->n < ENTRIES_MAX);
    if (room)
        append(q, chain);
    pthread_mutex_unlock(&q->mutex);
    if (room)
        return 0;
    for (struct log_entry *next; chain; chain = next) {
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

/* --- the threads --- */

/* Until there is enough, or there is something and its time has come, or the log closes. */
static void await_entries(struct log_queue *q)
{
    while (q->n < q->enough && !q->stopping) {
        int64_t left = q->due - clock_monotonic();
        if (left > 0) {
            struct timespec until = condition_deadline(left);
            pthread_cond_timedwait(&q->wake, &q->mutex, &until);
        } else if (q->n) {
            break;
        } else {
            q->enough = q->linger ? LINGER_ENTRIES : 1;
            pthread_cond_wait(&q->wake, &q->mutex);
        }
    }
}

/* NULL: everything is written and the log is to close. */
static struct log_entry *take_entries(struct log_queue *q, size_t *ret_n)
{
    size_t n = 0, rows = 0;
    pthread_mutex_lock(&q->mutex);
    await_entries(q);
    struct log_entry *taken = q->first, **end = &taken;
    for (; *end && rows < GROUP_ROWS_MAX; end = &(*end)->next, n++)
        rows += log_rows(*end);
    q->n -= n;
    q->first = *end;
    if (!q->first)
        q->last = &q->first;
    *end = NULL;
    pthread_mutex_unlock(&q->mutex);
    *ret_n = n;
    return taken;
}

/* A group whose commit was lost may be in the log twice: one too many is the side to err on. */
static int write_entries(struct store *s, const struct log_entry *entries)
{
    struct fault fault;
    int error = ERR_UNAVAILABLE;
    for (int i = 0; error == ERR_UNAVAILABLE && i < TRIES; i++)
        error = log_write(s, entries, &fault);
    if (error)
        log_fault(s->log, "disclosures.lost", &fault);
    return error;
}

static void call_back(struct log_entry *e, int error)
{
    for (struct log_entry *next; e; e = next) {
        void (*done)(void *ctx, int error) = e->done;
        void *ctx = e->ctx;
        next = e->next;
        entry_free(e);
        if (done)
            done(ctx, error);
    }
}

/* n: entries that were written in so much time. */
static void gather(struct log_queue *q, size_t n, int64_t took)
{
    int64_t part = took / GATHER_PART;
    pthread_mutex_lock(&q->mutex);
    q->enough = n + q->n;
    q->due = clock_monotonic() + (part < GATHER_MAX ? part : GATHER_MAX);
    pthread_mutex_unlock(&q->mutex);
}

static void *run(void *ctx)
{
    struct log_queue *q = ctx;
    size_t n;
    for (struct log_entry *entries; (entries = take_entries(q, &n));) {
        int64_t began = clock_monotonic();
        int error = write_entries(q->store, entries);
        if (!q->linger)
            gather(q, n, clock_monotonic() - began);
        call_back(entries, error);
    }
    return NULL;
}

static bool queue_start(struct log_queue *q, struct store *s, int64_t linger)
{
    *q = (struct log_queue){.store = s, .last = &q->first, .enough = linger ? LINGER_ENTRIES : 1, .linger = linger};
    pthread_mutex_init(&q->mutex, NULL);
    condition_init(&q->wake);
    q->running = pthread_create(&q->thread, NULL, run, q) == 0;
    return q->running;
}

static void queue_stop(struct log_queue *q)
{
    pthread_mutex_lock(&q->mutex);
    q->stopping = true;
    pthread_cond_broadcast(&q->wake);
    pthread_mutex_unlock(&q->mutex);
    if (q->running)
        pthread_join(q->thread, NULL);
    pthread_cond_destroy(&q->wake);
    pthread_mutex_destroy(&q->mutex);
}

int disclosures_start(struct store *s, struct disclosures **ret, struct fault *fault)
{
    struct disclosures *d = memory_zeroed(sizeof *d);
    bool waited = queue_start(&d->waited, s, 0), lingering = queue_start(&d->lingering, s, LINGER);
    if (!waited || !lingering) {
        disclosures_stop(d);
        return fault_set(fault, ERR_INTERNAL, "", "no thread for the disclosure log");
    }
    *ret = d;
    return 0;
}

void disclosures_stop(struct disclosures *d)
{
    if (!d)
        return;
    queue_stop(&d->waited);
    queue_stop(&d->lingering);
    free(d);
}

/* --- what others call --- */

int disclose_later(struct store *s, const struct disclosing *v, size_t n, struct fault *fault)
{
    struct log_entry *chain = NULL;
    for (size_t i = n; i-- > 0;) {
        struct log_entry *e = memory_zeroed(sizeof *e);
        *e = (struct log_entry){
            .kind = LOG_DISCLOSURE, .next = chain, .done = v[i].done, .ctx = v[i].ctx, .disclosing = v[i]};
        chain = e;
    }
    return enqueue(&s->disclosures->waited, chain, fault);
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
    struct log_entry *e = memory_zeroed(sizeof *e);
    struct fault fault;
    *e = (struct log_entry){.kind = LOG_END, .receipt = *receipt, .completed = completed};
    enqueue(&s->disclosures->lingering, e, &fault); /* without it: "unknown" */
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

static void copy_event(const struct query_event *in, struct log_entry *e)
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
    struct log_entry *e = memory_zeroed(sizeof *e);
    *e = (struct log_entry){.kind = LOG_QUERY, .event = *event, .at = clock_now(s->clock)};
    if (!wait) {
        copy_event(event, e);
        return enqueue(&s->disclosures->lingering, e, fault);
    }
    e->done = written;
    e->ctx = &w;
    sem_init(&w.written, 0, 0);
    int error = enqueue(&s->disclosures->waited, e, fault);
    if (!error)
        error = wait_until_written(&w, fault);
    sem_destroy(&w.written);
    return error;
}
