/* What is begun before it is asked for, by threads that have nothing else to do. Always with a bound: what is done and
 * not taken yet is held in memory. */
#pragma once
#include <stdbool.h>

struct ahead;

/* Zeroed before its first use; stays where it is from ahead_begin to ahead_take. */
struct ahead_job {
    void (*run)(struct ahead_job *job);
    struct ahead_job *next; /* while it waits for a thread */
    bool begun, ran;
};

/* most: jobs begun and not taken at once. NULL if a thread cannot be made. */
struct ahead *ahead_start(unsigned threads, unsigned most);
/* All jobs must have been taken. Accepts NULL. */
void ahead_stop(struct ahead *a);
/* False if no thread is free or too much waits to be taken: then nothing was begun. */
bool ahead_begin(struct ahead *a, struct ahead_job *job);
/* Returns when the job has run; false if it was not begun. Every job that was begun must be taken. */
bool ahead_take(struct ahead *a, struct ahead_job *job);
