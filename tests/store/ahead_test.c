/* Work begun ahead: never more of it than there are threads, nor than may be held. */
#include "ahead.h"
#include "fixture.h"

#include <sched.h>
#include <semaphore.h>
#include <stdio.h>

#define THREADS 2
#define MOST 3

struct gated {
    struct ahead_job job; /* first */
    sem_t gate;
    int runs;
};

static void run(struct ahead_job *job)
{
    struct gated *g = (struct gated *)job;
    while (sem_wait(&g->gate) != 0) /* EINTR */
        ;
    g->runs++;
}

static void begin(struct ahead *a, struct gated *g)
{
    g->job.run = run;
    while (!ahead_begin(a, &g->job)) /* until its thread has come back */
        sched_yield();
}

static void finish(struct ahead *a, struct gated *g)
{
    int runs = g->runs;
    sem_post(&g->gate);
    MUST(ahead_take(a, &g->job) && g->runs == runs + 1);
    MUST(!ahead_take(a, &g->job));
}

int main(void)
{
    struct gated g[MOST + 1] = {0};
    struct ahead *a = ahead_start(THREADS, MOST);
    MUST(a);
    for (int i = 0; i <= MOST; i++)
        sem_init(&g[i].gate, 0, 0);
    MUST(!ahead_take(a, &g[0].job)); /* never begun */
    begin(a, &g[0]);
    begin(a, &g[1]);
    g[2].job.run = run;
    MUST(!ahead_begin(a, &g[2].job)); /* no thread is free */
    finish(a, &g[0]);
    begin(a, &g[0]);
    sem_post(&g[0].gate);
    begin(a, &g[2]); /* once g[0] has run */
    sem_post(&g[1].gate);
    sem_post(&g[2].gate);
    g[3].job.run = run;
    for (int i = 0; i < 1000; i++)
        MUST(!ahead_begin(a, &g[3].job)); /* three are held, whether they have run or not */
    MUST(ahead_take(a, &g[0].job) && ahead_take(a, &g[1].job) && ahead_take(a, &g[2].job));
    begin(a, &g[3]);
    finish(a, &g[3]);
    MUST(g[0].runs == 2 && g[1].runs == 1 && g[2].runs == 1 && g[3].runs == 1);
    ahead_stop(a);
    ahead_stop(NULL);
    for (int i = 0; i <= MOST; i++)
        sem_destroy(&g[i].gate);
    puts("ok");
    return 0;
}
