/* Which agreements a question is about, found by bits: a row per partner, record type, data mode and level, a bit per
 * agreement in the order of precedence. What depends on time is left to the decision. */
#include "registry_in.h"

#include <stdlib.h>

static int rank_order(const void *a, const void *b)
{
    const struct agreement *x = *(const struct agreement *const *)a, *y = *(const struct agreement *const *)b;
    return x->precedence != y->precedence ? (x->precedence > y->precedence ? 1 : -1) : str_cmp(x->id, y->id);
}

static uint64_t *rows(struct registry *reg, size_t n)
{
    return arena_array(reg->arena, n * reg->index.words, sizeof(uint64_t));
}

static void mark_row(const struct registry *reg, uint64_t *rows, size_t row, size_t rank)
{
    rows[row * reg->index.words + rank / 64] |= UINT64_C(1) << (rank % 64);
}

static void mark_set(const struct registry *reg, uint64_t *rows, const struct set *set, size_t rank)
{
    for (int i = set_next(set, 0); i >= 0; i = set_next(set, i + 1))
        mark_row(reg, rows, (size_t)i, rank);
}

/* Rows of all levels up to the highest. */
static void mark_levels(const struct registry *reg, uint64_t *rows, const int8_t *highest, size_t rank)
{
    for (size_t p = 0; p < reg->policies.n; p++)
        for (int level = 0; level <= highest[p]; level++)
            mark_row(reg, rows, p * PROFILE_LEVELS_MAX + (size_t)level, rank);
}

/* Row 0 is for types that no entry of the registers names, row t + 1 for type t. */
static void mark_types(const struct registry *reg, uint64_t *shown, uint64_t *whole, const struct agreement *a,
                       size_t rank)
{
    for (int t = -1; t < (int)reg->types.n; t++) {
        int view = agreement_view(a, t);
        if (view >= 0)
            mark_row(reg, shown, (size_t)(t + 1), rank);
        if (view == 0)
            mark_row(reg, whole, (size_t)(t + 1), rank);
    }
}

static const struct ranked *rank_agreements(struct registry *reg)
{
    size_t n = reg->n_agreements;
    const struct agreement **order = arena_array(reg->arena, n, sizeof(struct agreement *));
    struct ranked *ranked = arena_array(reg->arena, n, sizeof *ranked);
    for (size_t i = 0; i < n; i++)
        order[i] = &reg->agreements[i];
    if (n > 1)
        qsort(order, n, sizeof(struct agreement *), rank_order);
    for (size_t i = 0; i < n; i++) {
        reg->agreements[order[i] - reg->agreements].rank = (uint16_t)i;
        ranked[i] = (struct ranked){order[i]->term.opening, order[i]->term.from, order[i]->term.until, order[i]};
    }
    return ranked;
}

void index_agreements(struct registry *reg)
{
    const struct ranked *ranked = rank_agreements(reg);
    size_t n = reg->n_agreements, levels = reg->policies.n * PROFILE_LEVELS_MAX;
    reg->index.words = (n + 63) / 64;
    uint64_t *provided = rows(reg, reg->partner_codes.n), *received = rows(reg, reg->partner_codes.n);
    uint64_t *shown = rows(reg, reg->types.n + 1), *whole = rows(reg, reg->types.n + 1);
    uint64_t *in_mode = rows(reg, MODE_COUNT), *at_level = rows(reg, levels), *by_default = rows(reg, levels);
    uint64_t *third = rows(reg, 1);
    for (size_t rank = 0; rank < n; rank++) {
        const struct agreement *a = ranked[rank].agreement;
        if (a->status != AGREEMENT_IN_FORCE)
            continue;
        mark_set(reg, provided, &a->providers, rank);
        mark_set(reg, received, &a->recipients, rank);
        mark_types(reg, shown, whole, a, rank);
        mark_levels(reg, at_level, a->highest, rank);
        mark_levels(reg, by_default, a->by_default, rank);
        for (size_t m = 0; m < MODE_COUNT; m++)
            if (a->modes >> m & 1)
                mark_row(reg, in_mode, m, rank);
        if (!a->third_party_forbidden)
            mark_row(reg, third, 0, rank);
    }
    reg->index = (struct agreement_index){.words = reg->index.words,
                                          .ranked = ranked,
                                          .provided = provided,
                                          .received = received,
                                          .shown = shown,
                                          .whole = whole,
                                          .in_mode = in_mode,
                                          .at_level = at_level,
                                          .by_default = by_default,
                                          .third = third};
}
