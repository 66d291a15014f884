/* Inside of api/: what a message bears for a marking, beside that of the request that brings it. */
#pragma once
#include "caller.h"

/* Whether it is no marking, and says nothing by words of markings which that of the request does not say as well. */
bool message_marking_is_text(struct request *r, struct str asked, struct str own, struct arena *arena);
/* ERR_INVALID_MARKING, at "$": they are not the same label, however each is written. 0 also where the request's cannot
 * be read: that is told as the marking of a record. */
int message_marking_agrees(struct request *r, struct str asked, struct str own, struct arena *arena,
                           struct fault *fault);
