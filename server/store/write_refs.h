/* What a post refers to: supersedes and derivedFrom, resolved under the poster's own view. */
#pragma once
#include "internal.h"

/* Labels of the records that r was derived from, ascending, each once, in arena. ERR_INVALID_RECORD if the poster
 * cannot see one of them, or if what r supersedes is not a record that its originator owns: one error for all of these.
 */
int write_refs_resolve(struct store *s, const struct post *post, const struct new_record *r, instant now,
                       struct arena *arena, const int32_t **ret_parts, size_t *ret_n, struct fault *fault);
static inline bool write_refs_any(const struct new_record *r)
{
    static const struct uuid none;
    return r->n_derived || memcmp(&r->supersedes, &none, sizeof none) != 0;
}
