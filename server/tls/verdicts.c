#include "verdicts.h"
#include "memory.h"

#include <pthread.h>
#include <string.h>

/* Each chain has one place; a newer one that has the same takes it. At most a megabyte. */
#define PLACES 1024

struct kept {
    struct digest chain;
    struct verdict verdict;
};

struct verdicts {
    pthread_mutex_t lock;
    struct kept *places[PLACES];
};

struct verdicts *verdicts_new(void)
{
    struct verdicts *v = memory_zeroed(sizeof *v);
    pthread_mutex_init(&v->lock, NULL);
    return v;
}

void verdicts_free(struct verdicts *v)
{
    if (!v)
        return;
    for (size_t i = 0; i < PLACES; i++)
        free(v->places[i]);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

static struct kept **place_of(struct verdicts *v, const struct digest *chain)
{
    return &v->places[(chain->bytes[0] << 8 | chain->bytes[1]) % PLACES];
}

static bool holds(const struct kept *k, const struct digest *chain, instant now)
{
    return k && memcmp(&k->chain, chain, sizeof *chain) == 0 && k->verdict.valid_from <= now &&
           now < k->verdict.identity.valid_until;
}

bool verdicts_find(struct verdicts *v, const struct digest *chain, instant now, struct verdict *ret)
{
    pthread_mutex_lock(&v->lock);
    const struct kept *k = *place_of(v, chain);
    bool found = holds(k, chain, now);
    if (found)
        *ret = k->verdict;
    pthread_mutex_unlock(&v->lock);
    return found;
}

void verdicts_keep(struct verdicts *v, const struct digest *chain, const struct verdict *accepted)
{
    pthread_mutex_lock(&v->lock);
    struct kept **place = place_of(v, chain);
    if (!*place)
        *place = memory_alloc(sizeof **place);
    **place = (struct kept){*chain, *accepted};
    pthread_mutex_unlock(&v->lock);
}
