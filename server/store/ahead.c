#include "ahead.h"

#include "memory.h"

#include <pthread.h>
#include <stdlib.h>

struct ahead {
    pthread_mutex_t lock;
    pthread_cond_t begun, ran;
    struct ahead_job *waiting;
    unsigned n_waiting, idle, held, most;
    bool stops;
    unsigned n_threads;
    pthread_t threads[];
};

static struct ahead_job *next_job(struct ahead *a)
{
    a->idle++;
    while (!a->waiting && !a->stops)
        pthread_cond_wait(&a->begun, &a->lock);
    a->idle--;
    struct ahead_job *job = a->waiting;
    if (job) {
        a->waiting = job->next;
        a->n_waiting--;
    }
    return job;
}

static void *serve(void *arg)
{
    struct ahead *a = arg;
    pthread_mutex_lock(&a->lock);
    for (struct ahead_job *job; (job = next_job(a));) {
        pthread_mutex_unlock(&a->lock);
        job->run(job);
        pthread_mutex_lock(&a->lock);
        job->ran = true;
        pthread_cond_broadcast(&a->ran);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

struct ahead *ahead_start(unsigned threads, unsigned most)
{
    struct ahead *a = memory_zeroed(sizeof *a + threads * sizeof *a->threads);
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->begun, NULL);
    pthread_cond_init(&a->ran, NULL);
    a->most = most;
    for (; a->n_threads < threads; a->n_threads++)
        if (pthread_create(&a->threads[a->n_threads], NULL, serve, a) != 0) {
            ahead_stop(a);
            return NULL;
        }
    return a;
}

void ahead_stop(struct ahead *a)
{
    if (!a)
        return;
    pthread_mutex_lock(&a->lock);
    a->stops = true;
    pthread_cond_broadcast(&a->begun);
    pthread_mutex_unlock(&a->lock);
    for (unsigned i = 0; i < a->n_threads; i++)
        pthread_join(a->threads[i], NULL);
    pthread_cond_destroy(&a->begun);
    pthread_cond_destroy(&a->ran);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

bool ahead_begin(struct ahead *a, struct ahead_job *job)
{
    pthread_mutex_lock(&a->lock);
    bool room = a->n_waiting < a->idle && a->held < a->most;
    if (room) {
        job->begun = true;
        job->ran = false;
        job->next = a->waiting;
        a->waiting = job;
        a->n_waiting++;
        a->held++;
        pthread_cond_signal(&a->begun);
    }
    pthread_mutex_unlock(&a->lock);
    return room;
}

bool ahead_take(struct ahead *a, struct ahead_job *job)
{
    if (!job->begun)
        return false;
    pthread_mutex_lock(&a->lock);
    while (!job->ran)
        pthread_cond_wait(&a->ran, &a->lock);
    a->held--;
    pthread_mutex_unlock(&a->lock);
    job->begun = false;
    return true;
}
