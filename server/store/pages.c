#include "pages.h"

#include "clock.h"
#include "memory.h"

#include <pthread.h>

struct page {
    struct digest key;
    int64_t put_at; /* monotonic; 0: free */
    struct page_end end;
};

/* Each key has one place: who comes later takes it, so that the cache is bounded and nothing has to be searched. */
struct pages {
    pthread_mutex_t mutex;
    struct page v[PAGES_MAX];
};

struct pages *pages_new(void)
{
    struct pages *p = memory_zeroed(sizeof *p);
    pthread_mutex_init(&p->mutex, NULL);
    return p;
}

void pages_free(struct pages *p)
{
    if (!p)
        return;
    pthread_mutex_destroy(&p->mutex);
    free(p);
}

static struct page *place_of(struct pages *p, const struct digest *key)
{
    return &p->v[(size_t)(key->bytes[0] << 8 | key->bytes[1]) % PAGES_MAX];
}

void pages_put(struct pages *p, const struct digest *key, const struct page_end *end)
{
    pthread_mutex_lock(&p->mutex);
    *place_of(p, key) = (struct page){*key, clock_monotonic(), *end};
    pthread_mutex_unlock(&p->mutex);
}

bool pages_get(struct pages *p, const struct digest *key, struct page_end *ret)
{
    pthread_mutex_lock(&p->mutex);
    const struct page *page = place_of(p, key);
    bool found = page->put_at && memcmp(&page->key, key, sizeof *key) == 0 &&
                 clock_monotonic() - page->put_at < PAGES_SECONDS * INSTANT_SECOND;
    if (found)
        *ret = page->end;
    pthread_mutex_unlock(&p->mutex);
    return found;
}
