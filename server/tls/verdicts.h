/* Chains that one reading of the trust files has accepted: a partner's node that connects again, or resumes, is known.
 * That it holds the key is proved in every full handshake all the same. */
#pragma once
#include "digest.h"
#include "verify.h"

struct verdicts;

struct verdicts *verdicts_new(void);
void verdicts_free(struct verdicts *v); /* accepts NULL */
/* True if the chain was accepted and the verdict holds at `now`. */
bool verdicts_find(struct verdicts *v, const struct digest *chain, instant now, struct verdict *ret);
void verdicts_keep(struct verdicts *v, const struct digest *chain, const struct verdict *accepted);
