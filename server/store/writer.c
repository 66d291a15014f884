/* The queue of posts and the threads that store them, many in one transaction. */
#include "clock.h"
#include "condition.h"
#include "internal.h"
#include "memory.h"
#include "write_group.h"
#include "write_ids.h"

/* What one transaction takes: enough to make the commit cheap, little enough to keep the wait of a small post short. */
#define GROUP_POSTS_MAX 1024
#define GROUP_RECORDS_MAX 4096
/* While a transaction inserts and commits, the next one inserts beside it and waits for its commit. So many records are
 * always enough for that, fewer if they come in as many posts as are being written: the clients fall into two halves
 * then, and while PostgreSQL has the posts of one, the daemon answers and reads those of the other. */
#define AHEAD_RECORDS 256
#define THREADS 2
/* Not so on a slow disk, where each half would wait for the other's sync, too. A group that took longer than this
 * waited for the disk; until one takes less, few records wait for the whole transaction before them. */
#define SLOW_GROUP (INSTANT_SECOND / 1000)
#define SLOW_RECORD (INSTANT_SECOND / 20000) /* more for each record */
/* Who posts one record after the other comes again soon after his answer: on a slow disk a small group waits for those
 * that the last one answered, at most for so much of the time that one took. */
#define GATHER_PART 4
#define GATHER_MAX (INSTANT_SECOND / 1000)
#define AGAIN_MAX 8                      /* repetitions after a cause that passes */
#define LOST_MAX 6                       /* repetitions after a lost connection */
#define LOST_PAUSE (INSTANT_SECOND / 20) /* before the first of them, doubled each time: 3 s in all */

struct waiting_post {
    struct post *post;
    struct waiting_post *next;
};

struct writer;

/* What one thread writes. */
struct group {
    struct writer *w;
    struct write_item *items; /* [GROUP_POSTS_MAX] */
    size_t n;
    struct write_ids *ids;
    bool aside; /* not counted any more */
};

struct writer {
    struct store *store;
    pthread_mutex_t mutex;
    pthread_cond_t wake, stop; /* something may be taken, or the end; the end */
    struct waiting_post *first, **last;
    size_t records;  /* in the queue and in the groups being written */
    size_t waiting;  /* of them in the queue */
    size_t posts;    /* in the queue */
    size_t writing;  /* posts being written, without groups that are held up */
    size_t expected; /* posts worth waiting for, until `gathered` (clock_monotonic); 0: none */
    int64_t gathered;
    bool slow; /* the last group waited for the disk */
    bool held; /* every post in the queue has a record that a group is writing */
    bool stopping;
    unsigned n_threads;
    pthread_t threads[THREADS];
    struct group group[THREADS];
};

/* --- the queue --- */

static void set_queued(struct writer *w, size_t records)
{
    w->records = records;
    atomic_store(&w->store->counters.queued_records, records);
}

static bool may_take(const struct writer *w)
{
    if (!w->first || w->held)
        return false;
    if (w->waiting >= AHEAD_RECORDS)
        return true;
    return w->slow ? !w->writing && w->posts >= w->expected : w->posts >= w->writing;
}

int store_post(struct store *s, struct post *p, struct fault *fault)
{
    struct writer *w = s->writer;
    struct waiting_post *waiting = memory_alloc(sizeof *waiting);
    *waiting = (struct waiting_post){.post = p};
    pthread_mutex_lock(&w->mutex);
    bool room = !w->stopping && p->n <= s->queued_records && w->records <= s->queued_records - p->n;
    if (room) {
        *w->last = waiting;
        w->last = &waiting->next;
        set_queued(w, w->records + p->n);
        w->waiting += p->n;
        w->posts++;
        w->held = false;
        if (may_take(w))
            pthread_cond_signal(&w->wake);
    }
    pthread_mutex_unlock(&w->mutex);
    if (room)
        return 0;
    free(waiting);
    return fault_set(fault, ERR_UNAVAILABLE, "", "%zu more records do not fit into the queue of %u", p->n,
                     s->queued_records);
}

static bool may_go_on(const struct writer *w)
{
    return may_take(w) || (w->stopping && !w->held);
}

static void await_posts(struct writer *w)
{
    while (!may_go_on(w)) {
        int64_t left = w->expected ? w->gathered - clock_monotonic() : 0;
        if (w->expected && left <= 0) {
            w->expected = 0;
        } else if (w->expected) {
            struct timespec until = condition_deadline(left);
            pthread_cond_timedwait(&w->wake, &w->mutex, &until);
        } else {
            pthread_cond_wait(&w->wake, &w->mutex);
        }
    }
}

static bool is_being_written(const struct writer *w, const struct post *p)
{
    bool meets = false;
    for (unsigned i = 0; !meets && i < THREADS; i++)
        meets = write_ids_meet(w->group[i].ids, p);
    return meets;
}

/* The same record twice in one group is one record; it is the other groups' that are waited for. */
static void take_posts(struct group *g)
{
    struct writer *w = g->w;
    struct waiting_post *taken[GROUP_POSTS_MAX];
    size_t records = 0;
    g->n = 0;
    for (struct waiting_post **at = &w->first; *at && g->n < GROUP_POSTS_MAX;) {
        struct waiting_post *waiting = *at;
        if (g->n && records + waiting->post->n > GROUP_RECORDS_MAX)
            break;
        if (is_being_written(w, waiting->post)) {
            at = &waiting->next;
            continue;
        }
        *at = waiting->next;
        if (!*at)
            w->last = at;
        records += waiting->post->n;
        g->items[g->n] = (struct write_item){.post = waiting->post};
        taken[g->n++] = waiting;
    }
    for (size_t i = 0; i < g->n; i++) {
        write_ids_add(g->ids, taken[i]->post);
        free(taken[i]);
    }
    w->waiting -= records;
    w->posts -= g->n;
}

/* Blocks until there is something to do. False: everything is written and the writer is to stop. */
static bool take_group(struct group *g)
{
    struct writer *w = g->w;
    pthread_mutex_lock(&w->mutex);
    do {
        await_posts(w);
        take_posts(g);
        w->held = w->first && !g->n;
    } while (w->held);
    w->expected = 0;
    w->writing += g->n;
    g->aside = false;
    if (w->stopping)
        pthread_cond_broadcast(&w->wake);
    pthread_mutex_unlock(&w->mutex);
    return g->n > 0;
}

/* A group that pauses, or goes on post by post, may take seconds: what is queued need not wait for it. */
static void set_aside(struct group *g)
{
    struct writer *w = g->w;
    pthread_mutex_lock(&w->mutex);
    w->writing -= g->aside ? 0 : g->n;
    g->aside = true;
    if (may_take(w))
        pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->mutex);
}

/* done() may free the post, and may post again: who has the answer finds the room that the post took. What has come
 * meanwhile is taken when all are answered: it costs less than to wake another thread for it, unless it is much. */
static void finish(struct group *g, int64_t took)
{
    struct writer *w = g->w;
    int64_t gather = took / GATHER_PART < GATHER_MAX ? took / GATHER_PART : GATHER_MAX;
    size_t records = 0;
    for (size_t i = 0; i < g->n; i++)
        records += g->items[i].post->n;
    pthread_mutex_lock(&w->mutex);
    set_queued(w, w->records - records);
    write_ids_clear(g->ids);
    w->held = false;
    w->slow = took > SLOW_GROUP + (int64_t)records * SLOW_RECORD;
    size_t expected = w->slow ? g->n + w->posts : 0;
    pthread_mutex_unlock(&w->mutex);
    for (size_t i = 0; i < g->n; i++)
        g->items[i].post->done(g->items[i].post->ctx, g->items[i].error);
    pthread_mutex_lock(&w->mutex);
    w->writing -= g->aside ? 0 : g->n;
    w->expected = expected;
    w->gathered = clock_monotonic() + gather;
    pthread_mutex_unlock(&w->mutex);
}

/* --- storing a group --- */

/* Ends early when the writer is to stop. */
static void pause_for(struct writer *w, int64_t microseconds)
{
    struct timespec until = condition_deadline(microseconds);
    pthread_mutex_lock(&w->mutex);
    while (!w->stopping && pthread_cond_timedwait(&w->stop, &w->mutex, &until) == 0)
        ;
    pthread_mutex_unlock(&w->mutex);
}

static enum write_result write_patiently(struct group *g, struct write_item *items, size_t n)
{
    int64_t pause = LOST_PAUSE;
    for (int again = 0, lost = 0;;) {
        enum write_result result = write_group(g->w->store, items, n);
        bool repeat = (result == WRITE_AGAIN && again++ < AGAIN_MAX) || (result == WRITE_LOST && lost++ < LOST_MAX);
        if (!repeat)
            return result;
        if (result == WRITE_LOST) {
            set_aside(g);
            pause_for(g->w, pause);
            pause *= 2;
        }
    }
}

static void fail_open(struct write_item *items, size_t n, int error)
{
    for (size_t i = 0; i < n; i++) {
        if (!items[i].closed)
            items[i].error = error;
        items[i].closed = true;
    }
}

static int error_of(enum write_result result)
{
    if (result == WRITE_OK)
        return 0;
    return result == WRITE_BAD ? ERR_INTERNAL : ERR_UNAVAILABLE;
}

/* A partial post whose rows PostgreSQL does not take together: each record for itself. */
static void store_each_record(struct group *g, struct write_item *item)
{
    struct post *whole = item->post;
    for (size_t i = 0; i < whole->n && !item->error; i++) {
        struct post one = *whole;
        struct write_item alone = {.post = &one};
        one.records = &whole->records[i];
        one.n = 1;
        enum write_result result = one.records->outcome ? WRITE_OK : write_patiently(g, &alone, 1);
        if (result == WRITE_BAD)
            one.records->outcome = ERR_INTERNAL;
        else
            item->error = alone.error ? alone.error : error_of(result);
    }
}

static void store_alone(struct group *g, struct write_item *item)
{
    if (item->closed)
        return;
    enum write_result result = write_patiently(g, item, 1);
    if (result == WRITE_BAD && item->post->partial && item->post->n > 1)
        store_each_record(g, item);
    else if (result != WRITE_OK)
        fail_open(item, 1, error_of(result));
}

/* Nobody pays for a stranger's record: a group that PostgreSQL refuses is stored request by request. */
static void store_items(struct group *g)
{
    enum write_result result = write_patiently(g, g->items, g->n);
    if (result == WRITE_BAD || (result == WRITE_AGAIN && g->n > 1)) {
        set_aside(g);
        for (size_t i = 0; i < g->n; i++)
            store_alone(g, &g->items[i]);
    } else if (result != WRITE_OK) {
        fail_open(g->items, g->n, error_of(result));
    }
}

/* --- the threads --- */

static void *run(void *ctx)
{
    struct group *g = ctx;
    while (take_group(g)) {
        int64_t began = clock_monotonic();
        store_items(g);
        finish(g, clock_monotonic() - began);
    }
    return NULL;
}

int writer_start(struct store *s, struct writer **ret, struct fault *fault)
{
    struct writer *w = memory_zeroed(sizeof *w);
    w->store = s;
    w->last = &w->first;
    pthread_mutex_init(&w->mutex, NULL);
    condition_init(&w->wake);
    condition_init(&w->stop);
    for (unsigned i = 0; i < THREADS; i++)
        w->group[i] = (struct group){
            .w = w, .items = memory_alloc(GROUP_POSTS_MAX * sizeof *w->group[i].items), .ids = write_ids_new()};
    while (w->n_threads < THREADS && pthread_create(&w->threads[w->n_threads], NULL, run, &w->group[w->n_threads]) == 0)
        w->n_threads++;
    if (w->n_threads < THREADS) {
        writer_stop(w);
        return fault_set(fault, ERR_INTERNAL, "", "no thread for the writer");
    }
    *ret = w;
    return 0;
}

void writer_stop(struct writer *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->mutex);
    w->stopping = true;
    pthread_cond_broadcast(&w->wake);
    pthread_cond_broadcast(&w->stop);
    pthread_mutex_unlock(&w->mutex);
    for (unsigned i = 0; i < w->n_threads; i++)
        pthread_join(w->threads[i], NULL);
    for (unsigned i = 0; i < THREADS; i++) {
        free(w->group[i].items);
        write_ids_free(w->group[i].ids);
    }
    pthread_cond_destroy(&w->stop);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->mutex);
    free(w);
}
