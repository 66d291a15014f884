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
/* A policy file. agreement_ids: permutes which agreement has which id; in_force: false suspends them all. */
void random_policy(struct random *r, const size_t *agreement_ids, bool in_force, struct buf *out);
#define WORLD_AGREEMENTS 7
#define WORLD_GRANTS 24

/* A label without resolved codes, mostly valid. */
struct label *random_label(struct random *r, struct arena *arena);
struct subject *random_subject(struct random *r, struct arena *arena, unsigned parts);
const struct reader *random_reader(struct random *r, const struct registry *reg);
