/* What tls.c and peer.c share. */
#pragma once
#include "generation.h"

#include <pthread.h>
#include <stdatomic.h>

struct tls {
    struct tls_config config; /* with texts of its own */
    gnutls_priority_t priorities;
    pthread_mutex_t swap;       /* guards current */
    struct generation *current; /* counted */
    struct generation *first;   /* counted: its PEM texts live as long as this */
    _Atomic uint64_t number;    /* current->number, to be compared without the lock */
};

/* Counted: to be given back with generation_unref. */
struct generation *tls_generation(struct tls *t);
