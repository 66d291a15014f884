/* What a post refers to: supersedes and derivedFrom, resolved under the poster's own view. */
#pragma once
#include "internal.h"

/* What r refers to. Of an entity's id the newest version that the poster sees stands here. All in the arena. */
struct write_refs {
    const int32_t *parts; /* labels of what it was derived from, ascending, each once */
    size_t n_parts;
    const struct uuid *derived_from;
    size_t n_derived;
    struct uuid supersedes; /* all zero: none */
};

/* ERR_INVALID_RECORD if the poster cannot see something that r was derived from, or if what r supersedes is not a
 * record that its originator owns: one error for all of these. */
int write_refs_resolve(struct store *s, const struct post *post, const struct new_record *r, instant now,
                       struct arena *arena, struct write_refs *ret, struct fault *fault);
static inline bool write_refs_any(const struct new_record *r)
{
    return r->n_derived || (!r->follows && !uuid_is_none(r->supersedes));
}
