/* Inside of api/: proposals as entries of the queue. */
#pragma once
#include "caller.h"

/* As the store's lists of a queue: those that wait for the acceptance of the reader's partner. */
int queue_proposals(struct store *s, const struct reading *reading, struct queue_page *page, struct buf *out,
                    size_t *ret_n, struct fault *fault);
