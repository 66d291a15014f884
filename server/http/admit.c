/* How many requests may wait, in all and of one principal: who waits holds a connection and memory for long. */
#include "http_internal.h"
#include "memory.h"

struct waiter {
    struct waiter *next;
    unsigned n;
    char name[];
};

static struct waiter **find(struct parking *p, const char *name)
{
    struct waiter **at = &p->waiters[hash_bytes(name, strlen(name)) % WAITER_BUCKETS];
    while (*at && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    return at;
}

static struct waiter *waiter_new(const char *name)
{
    size_t n = strlen(name) + 1;
    struct waiter *w = memory_zeroed(sizeof *w + n);
    memcpy(w->name, name, n);
    return w;
}

/* Without TLS nobody is known but by address. */
static int admit_locked(struct request *r, struct fault *f)
{
    struct parking *p = &r->server->parking;
    const struct http_limits *l = &r->server->config.limits;
    if (p->n_waiting >= l->waiting)
        return fault_set(f, ERR_UNAVAILABLE, "", "%u requests wait already", p->n_waiting);
    struct waiter **at = find(p, r->identified ? r->identity.uri : r->peer_address);
    if (*at && (*at)->n >= l->waiting_per_principal)
        return fault_set(f, ERR_TOO_MANY, "", "at most %u requests of one principal may wait",
                         l->waiting_per_principal);
    if (!*at)
        *at = waiter_new(r->identified ? r->identity.uri : r->peer_address);
    (*at)->n++;
    p->n_waiting++;
    r->waiter = *at;
    return 0;
}

int waiting_admit(struct request *r, struct fault *f)
{
    struct parking *p = &r->server->parking;
    pthread_mutex_lock(&p->lock);
    int rc = admit_locked(r, f);
    pthread_mutex_unlock(&p->lock);
    return rc;
}

void waiting_leave(struct request *r)
{
    struct parking *p = &r->server->parking;
    if (!r->waiter)
        return;
    pthread_mutex_lock(&p->lock);
    p->n_waiting--;
    if (--r->waiter->n == 0) {
        *find(p, r->waiter->name) = r->waiter->next;
        free(r->waiter);
    }
    r->waiter = NULL;
    pthread_mutex_unlock(&p->lock);
}

unsigned waiting_count(struct http_server *s)
{
    pthread_mutex_lock(&s->parking.lock);
    unsigned n = s->parking.n_waiting;
    pthread_mutex_unlock(&s->parking.lock);
    return n;
}
