/* Random registers and subjects from a seed. Few names and few instants, so that everything meets everything. */
#pragma once
#include "support.h"

struct random {
    uint64_t state;
};
uint64_t random_bits(struct random *r);
size_t random_below(struct random *r, size_t n);
bool random_chance(struct random *r, unsigned percent);

#define WORLD_PARTNERS 6
#define WORLD_INSTANTS 12
extern const char *const world_partners[WORLD_PARTNERS];

/* One of WORLD_INSTANTS days in 2026. */
instant random_instant(struct random *r);
struct world_shape {
    const size_t *agreement_ids; /* permutes which agreement has which id */
    bool in_force;               /* false suspends them all */
    bool reversed;               /* of the order of precedence */
};
/* A policy file. */
void random_policy(struct random *r, const struct world_shape *shape, struct buf *out);
#define WORLD_AGREEMENTS 7
#define WORLD_GRANTS 24
#define WORLD_VIEWS 6

/* n of a label, distinct, in order. */
const struct release_view *random_release_views(struct random *r, struct arena *arena, const struct label *whole,
                                                size_t n);
struct str random_grant(struct random *r, struct arena *arena, struct str owner, struct str type);
/* A label without resolved codes, mostly valid. */
struct label *random_label(struct random *r, struct arena *arena);
struct subject *random_subject(struct random *r, struct arena *arena, unsigned parts);
/* A view of the type, by number. */
size_t random_view(struct random *r, struct str type);
const struct reader *random_reader(struct random *r, const struct registry *reg);
