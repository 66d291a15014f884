/* The threads that may block: they run handlers, pull pieces of bodies, and end requests. */
#pragma once
#include <stdbool.h>

struct job {
    struct job *next;
    void (*run)(struct job *job); /* may free the job */
    bool admitted;
};

struct work;

/* most_new: jobs started by work_admit that may wait for a thread at once. NULL if a thread cannot be made. */
struct work *work_start(unsigned threads, unsigned most_new);
/* Takes a place for a new request's job, to be followed by work_push(…, true); false: the queue is full or stopped. */
bool work_admit(struct work *w);
/* False once stopped: the job was not taken. admitted: it has a place by work_admit. */
bool work_push(struct work *w, struct job *job, bool admitted);
/* No further jobs; returns when those queued have run. */
void work_stop(struct work *w);
void work_free(struct work *w); /* stopped; accepts NULL */
