#include "write_ids.h"

#include "memory.h"

#define SLOTS_FIRST 64 /* a power of two */

struct write_ids {
    uint64_t *keys; /* [n_slots]; 0: free */
    size_t n_slots, n;
};

/* The end of an id is a keyed hash: two that are equal here and not as a whole cost a wait and nothing else. */
static uint64_t key_of(const struct uuid *id)
{
    uint64_t key;
    memcpy(&key, &id->bytes[UUID_SIZE - sizeof key], sizeof key);
    return key | 1;
}

/* Slots are chosen by the last bytes: the first one holds the variant. */
static size_t slot_of(const struct write_ids *s, uint64_t key)
{
    size_t i = (size_t)(key >> 16) & (s->n_slots - 1);
    while (s->keys[i] && s->keys[i] != key)
        i = (i + 1) & (s->n_slots - 1);
    return i;
}

static void grow(struct write_ids *s)
{
    struct write_ids grown = {memory_zeroed(2 * s->n_slots * sizeof *grown.keys), 2 * s->n_slots, s->n};
    for (size_t i = 0; i < s->n_slots; i++)
        if (s->keys[i])
            grown.keys[slot_of(&grown, s->keys[i])] = s->keys[i];
    free(s->keys);
    *s = grown;
}

struct write_ids *write_ids_new(void)
{
    struct write_ids *s = memory_alloc(sizeof *s);
    *s = (struct write_ids){memory_zeroed(SLOTS_FIRST * sizeof *s->keys), SLOTS_FIRST, 0};
    return s;
}

void write_ids_free(struct write_ids *s)
{
    if (!s)
        return;
    free(s->keys);
    free(s);
}

void write_ids_add(struct write_ids *s, const struct post *p)
{
    for (size_t i = 0; i < p->n; i++) {
        if (2 * s->n >= s->n_slots)
            grow(s);
        uint64_t key = key_of(&p->records[i].id);
        size_t slot = slot_of(s, key);
        s->n += !s->keys[slot];
        s->keys[slot] = key;
    }
}

bool write_ids_meet(const struct write_ids *s, const struct post *p)
{
    for (size_t i = 0; s->n && i < p->n; i++)
        if (s->keys[slot_of(s, key_of(&p->records[i].id))])
            return true;
    return false;
}

/* What one large group has made large need not be kept, and cleared, for all small ones. */
void write_ids_clear(struct write_ids *s)
{
    if (!s->n)
        return;
    free(s->keys);
    *s = (struct write_ids){memory_zeroed(SLOTS_FIRST * sizeof *s->keys), SLOTS_FIRST, 0};
}
