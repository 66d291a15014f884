/* The snapshot itself: lifetime, look-up. */
#include "registry_data.h"

#include <stdlib.h>

struct registry *registry_ref(const struct registry *reg)
{
    atomic_fetch_add_explicit(reg->references, 1, memory_order_relaxed);
    return reg->self;
}

void registry_unref(struct registry *reg)
{
    if (!reg || atomic_fetch_sub_explicit(reg->references, 1, memory_order_acq_rel) != 1)
        return;
    arena_free(reg->arena);
}

int64_t registry_epoch(const struct registry *reg)
{
    return reg->epoch;
}

size_t registry_entries(const struct registry *reg, const struct register_entry **ret)
{
    *ret = reg->entries;
    return reg->n_entries;
}

size_t registry_boundaries(const struct registry *reg, const instant **ret)
{
    *ret = reg->boundaries;
    return reg->n_boundaries;
}

static int principal_by_uri(const void *key, const void *item)
{
    return str_cmp(*(const struct str *)key, (*(const struct principal *const *)item)->uri);
}

const struct principal *registry_principal(const struct registry *reg, struct str uri)
{
    if (!reg->n_principals)
        return NULL;
    const struct principal *const *found =
        bsearch(&uri, reg->principals, reg->n_principals, sizeof *reg->principals, principal_by_uri);
    return found ? *found : NULL;
}

size_t registry_principals(const struct registry *reg, const struct principal *const **ret)
{
    *ret = reg->principals;
    return reg->n_principals;
}

static int agreement_by_id(const void *key, const void *item)
{
    return str_cmp(*(const struct str *)key, ((const struct agreement *)item)->id);
}

const struct agreement *registry_agreement(const struct registry *reg, struct str id)
{
    if (!reg->n_agreements)
        return NULL;
    return bsearch(&id, reg->agreements, reg->n_agreements, sizeof *reg->agreements, agreement_by_id);
}

static int reason_by_code(const void *key, const void *item)
{
    return str_cmp(*(const struct str *)key, ((const struct reason *)item)->code);
}

const struct reason *registry_reason(const struct registry *reg, struct str code)
{
    if (!reg->n_reasons)
        return NULL;
    return bsearch(&code, reg->reasons, reg->n_reasons, sizeof *reg->reasons, reason_by_code);
}

bool registry_has_partner(const struct registry *reg, struct str code)
{
    return codes_find(&reg->partner_codes, code) >= 0;
}

static const char *const role_names[ROLE_COUNT] = {"node", "operator", "fdo", "auditor", "admin"};

const char *role_name(enum role r)
{
    return role_names[r];
}

bool role_parse(struct str s, enum role *ret)
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (str_is(s, role_names[i])) {
            *ret = (enum role)i;
            return true;
        }
    }
    return false;
}

static const char *const mode_names[MODE_COUNT] = {"REAL", "TEST", "EXERCISE", "SIMULATED"};

const char *data_mode_name(enum data_mode m)
{
    return mode_names[m];
}

int data_mode_parse(struct str s)
{
    for (int i = 0; i < MODE_COUNT; i++)
        if (str_is(s, mode_names[i]))
            return i;
    return -1;
}

int profile_level(const struct profile *p, struct str portion)
{
    for (int i = 0; i < p->n_levels; i++)
        if (str_eq(p->levels[i].portion, portion))
            return i;
    return -1;
}

int profile_level_spelled(const struct profile *p, struct str s)
{
    for (int i = 0; i < p->n_levels; i++)
        if (str_eq(p->levels[i].banner, s) || spelled_which(&p->levels[i].spelled, s))
            return i;
    return -1;
}

bool profile_demands(const struct profile *p, struct str caveat)
{
    struct pieces parts;
    return scheme_parts(&p->scheme, caveat, &parts) && parts.control->effect == EFFECT_DEMANDED;
}

bool profile_carries(const struct profile *p, struct str control)
{
    struct pieces parts;
    return scheme_parts(&p->scheme, control, &parts) && parts.control->effect != EFFECT_DEMANDED;
}
