/* The banner of an answer: the roll-up of the markings that the reader is sent, in the reader's scheme.
 *
 * Answers of one class roll up few markings in few combinations. Each banner met so far is a state, and what a label
 * makes of it a move that is remembered, so that a row costs a look-up. */
#include "visibility_data.h"

#include "memory.h"
#include "rollup.h"

#define BANNER_STATES_MAX 1024 /* of one class; further ones are worked out each time */
#define BANNER_MOVES 2048      /* a power of two */

struct state {
    const struct label *label;
    struct str banner, key; /* key: the label as text */
};

struct move {
    const struct state *from, *to;
    int32_t label;
};

struct banners {
    struct arena *arena;
    struct state *states[BANNER_STATES_MAX];
    size_t n;
    struct move moves[BANNER_MOVES];
};

void banners_free(struct banners *b)
{
    if (!b)
        return;
    arena_free(b->arena);
    free(b);
}

static struct banners *banners_of(struct class *c)
{
    if (!c->banners) {
        c->banners = memory_zeroed(sizeof *c->banners);
        c->banners->arena = arena_new();
    }
    return c->banners;
}

static struct state *state_new(const struct class *c, const struct label *label, struct arena *arena)
{
    BUF_CLEANUP struct buf text = {0};
    struct state *s = arena_alloc(arena, sizeof *s);
    label_banner(c->set->registry, label, &text);
    *s = (struct state){.label = label, .banner = arena_str(arena, buf_view(&text))};
    buf_clear(&text);
    label_write(label, &text);
    s->key = arena_str(arena, buf_view(&text));
    return s;
}

/* What stands for this banner from now on; NULL if there is no room for one more. */
static const struct state *state_keep(struct class *c, const struct state *s)
{
    struct banners *b = banners_of(c);
    for (size_t i = 0; i < b->n; i++)
        if (str_eq(b->states[i]->key, s->key))
            return b->states[i];
    if (b->n == BANNER_STATES_MAX)
        return NULL;
    const struct label *label;
    rollup(c->set->registry, class_partner(c), &s->label, 1, b->arena, &label, NULL);
    return b->states[b->n++] = state_new(c, label, b->arena);
}

static const struct state *step(struct class *c, const struct state *from, const struct label *more,
                                struct arena *arena)
{
    const struct label *both[] = {more, from ? from->label : more}, *rolled;
    rollup(c->set->registry, class_partner(c), both, from ? 2 : 1, arena, &rolled, NULL);
    return state_new(c, rolled, arena);
}

static struct move *move_of(struct banners *b, const struct state *from, int32_t label)
{
    uint64_t h = ((uint64_t)(uintptr_t)from >> 4) * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)label;
    return &b->moves[(h ^ h >> 29) * UINT64_C(0xbf58476d1ce4e5b9) >> 53 & (BANNER_MOVES - 1)];
}

/* With the lock held. */
static const struct state *advance(struct class *c, const struct state *from, int32_t label, struct arena *arena)
{
    struct move *m = move_of(banners_of(c), from, label);
    if (m->to && m->from == from && m->label == label)
        return m->to;
    const struct release *release = label >= 0 && (size_t)label < c->releases_n ? c->releases[label] : NULL;
    if (!release || !release->effective)
        return NULL;
    const struct state *to = step(c, from, release->effective, arena), *kept = state_keep(c, to);
    if (kept)
        *m = (struct move){from, kept, label};
    return kept ? kept : to;
}

int class_banner(struct class *c, const int32_t *labels, size_t n, struct arena *arena, struct str *ret,
                 struct fault *fault)
{
    const struct state *s = NULL;
    bool known = n > 0;
    pthread_mutex_lock(&c->v->lock);
    for (size_t i = 0; i < n && known; i++) {
        if (i && labels[i] == labels[i - 1])
            continue;
        s = advance(c, s, labels[i], arena);
        known = s != NULL;
    }
    if (known)
        *ret = arena_str(arena, s->banner);
    pthread_mutex_unlock(&c->v->lock);
    return known ? 0 : fault_set(fault, ERR_INTERNAL, "", "the banner of nothing");
}
