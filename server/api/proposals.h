/* Inside of api/: what the routes of proposals and of agreements share. */
#pragma once
#include "input.h"

struct proposal_actor proposal_actor_of(struct request *r);
/* The parameter dryRun. */
int proposal_dry_run(struct request *r, bool *ret, struct fault *fault);
/* Proposes, and answers: 201, 200 for a dry run. changes: a JSON array. root: the path in it that the body is, "$" if
 * it has the changes as a member. */
void propose(struct request *r, struct str changes, struct str comment, const char *root);
