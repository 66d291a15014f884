/* Register changes that partners make themselves: who may ask for one, when it takes effect at once, and whose
 * acceptance it needs otherwise. The rules stand in README.md, "Proposals". Pure. */
#pragma once
#include "registry.h"

/* One entry that differs between two registries. */
struct register_change {
    const struct register_entry *old, *next; /* NULL: added, removed */
};
/* All of them, by (kind, key); the entries are the registries'. */
size_t registry_changes(const struct registry *old, const struct registry *next, struct arena *arena,
                        const struct register_change **ret);

/* Whether this partner may ask for a change of this entry at all, as far as kind, key and what is in force tell; asked
 * before it is looked what the change would be. ERR_FORBIDDEN; ERR_INVALID_CHANGE: another's agreement has that name.
 */
int proposal_admissible(const struct registry *reg, struct str kind, struct str key, bool removal, struct str partner,
                        struct fault *fault);

/* Lists are sorted and live in the arena. */
struct judgement {
    bool at_once;       /* narrows, and acts for nobody else: no acceptance is needed */
    struct codes needs; /* partners of which an FDO must accept */
    /* Of these, the ones whose part follows from agreements that only the partner at the same place of `subjects`
     * knows of; "" if nobody is to know why. Who follows from several stands there several times. */
    struct codes discreet, subjects;
    struct codes parties; /* partners that may know of the proposal; `needs` are among them */
};
/* named_views: views that stored labels name, also such as are not registered any more. ERR_FORBIDDEN if the change is
 * not this partner's business. */
int proposal_judge(const struct registry *old, const struct registry *next, struct str partner,
                   const struct codes *named_views, struct arena *arena, struct judgement *ret, struct fault *fault);
