#include "work.h"
#include "memory.h"

#include <pthread.h>

struct work {
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct job *first, **last;
    unsigned places, most_new; /* places: admitted and not yet taken by a thread */
    bool stopped;
    unsigned n_threads;
    pthread_t threads[];
};

static struct job *take(struct work *w)
{
    pthread_mutex_lock(&w->lock);
    while (!w->first && !w->stopped)
        pthread_cond_wait(&w->some, &w->lock);
    struct job *job = w->first;
    if (job) {
        w->first = job->next;
        if (!w->first)
            w->last = &w->first;
        w->places -= job->admitted;
    }
    pthread_mutex_unlock(&w->lock);
    return job;
}

static void *serve(void *arg)
{
    struct work *w = arg;
    for (struct job *job; (job = take(w));)
        job->run(job);
    return NULL;
}

struct work *work_start(unsigned threads, unsigned most_new)
{
    struct work *w = memory_zeroed(sizeof *w + threads * sizeof *w->threads);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->some, NULL);
    w->last = &w->first;
    w->most_new = most_new;
    for (; w->n_threads < threads; w->n_threads++)
        if (pthread_create(&w->threads[w->n_threads], NULL, serve, w) != 0) {
            work_stop(w);
            work_free(w);
            return NULL;
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

bool work_push(struct work *w, struct job *job, bool admitted)
{
    pthread_mutex_lock(&w->lock);
    bool taken = !w->stopped;
    if (taken) {
        job->next = NULL;
        job->admitted = admitted;
        *w->last = job;
        w->last = &job->next;
        pthread_cond_signal(&w->some);
    }
    pthread_mutex_unlock(&w->lock);
    return taken;
}

void work_stop(struct work *w)
{
    pthread_mutex_lock(&w->lock);
    w->stopped = true;
    pthread_cond_broadcast(&w->some);
    pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->n_threads; i++)
        pthread_join(w->threads[i], NULL);
    w->n_threads = 0;
}

void work_free(struct work *w)
{
    if (!w)
        return;
    pthread_cond_destroy(&w->some);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
