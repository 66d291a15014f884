#include "work.h"
#include "memory.h"

#include <pthread.h>
#include <semaphore.h>

/* Each waits by itself, and who waited last is woken first: its stack and memory are still in the processor's cache,
 * and nobody wakes up to find the lock held by who woke it. */
struct worker {
    struct work *work;
    struct worker *next; /* while idle */
    sem_t woken;
    struct job *job; /* given with the wake-up; NULL: the end */
    pthread_t thread;
};

struct work {
    pthread_mutex_t lock;
    struct worker *idle;
    struct job *first, **last;
    unsigned places, most_new; /* places: admitted and not yet taken by a thread */
    bool stopped;
    unsigned n_threads;
    struct worker workers[];
};

static struct job *take(struct worker *me)
{
    struct work *w = me->work;
    pthread_mutex_lock(&w->lock);
    struct job *job = w->first;
    bool waits = !job && !w->stopped;
    if (job) {
        w->first = job->next;
        if (!w->first)
            w->last = &w->first;
        w->places -= job->admitted;
    } else if (waits) {
        me->next = w->idle;
        w->idle = me;
    }
    pthread_mutex_unlock(&w->lock);
    if (!waits)
        return job;
    while (sem_wait(&me->woken) != 0) /* EINTR */
        ;
    return me->job;
}

static void *serve(void *arg)
{
    for (struct job *job; (job = take(arg));)
        job->run(job);
    return NULL;
}

struct work *work_start(unsigned threads, unsigned most_new)
{
    struct work *w = memory_zeroed(sizeof *w + threads * sizeof *w->workers);
    pthread_mutex_init(&w->lock, NULL);
    w->last = &w->first;
    w->most_new = most_new;
    for (; w->n_threads < threads; w->n_threads++) {
        struct worker *worker = &w->workers[w->n_threads];
        worker->work = w;
        sem_init(&worker->woken, 0, 0);
        if (pthread_create(&worker->thread, NULL, serve, worker) != 0) {
            sem_destroy(&worker->woken);
            work_stop(w);
            work_free(w);
            return NULL;
        }
    }
    return w;
}

bool work_admit(struct work *w)
{
    pthread_mutex_lock(&w->lock);
    bool room = !w->stopped && w->places < w->most_new;
    w->places += room;
    pthread_mutex_unlock(&w->lock);
    return room;
}

static struct worker *take_idle(struct work *w)
{
    struct worker *worker = w->idle;
    if (worker)
        w->idle = worker->next;
    return worker;
}

bool work_push(struct work *w, struct job *job, bool admitted)
{
    struct worker *worker = NULL;
    pthread_mutex_lock(&w->lock);
    bool taken = !w->stopped;
    if (taken && (worker = take_idle(w))) {
        worker->job = job;
        w->places -= admitted;
    } else if (taken) {
        job->next = NULL;
        job->admitted = admitted;
        *w->last = job;
        w->last = &job->next;
    }
    pthread_mutex_unlock(&w->lock);
    if (worker)
        sem_post(&worker->woken);
    return taken;
}

void work_stop(struct work *w)
{
    pthread_mutex_lock(&w->lock);
    w->stopped = true;
    for (struct worker *worker; (worker = take_idle(w));) {
        worker->job = NULL;
        sem_post(&worker->woken);
    }
    pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->n_threads; i++) {
        pthread_join(w->workers[i].thread, NULL);
        sem_destroy(&w->workers[i].woken);
    }
    w->n_threads = 0;
}

void work_free(struct work *w)
{
    if (!w)
        return;
    pthread_mutex_destroy(&w->lock);
    free(w);
}
