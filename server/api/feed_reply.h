/* Inside of api/: a page of the caller's feed in another form than that of /v1/changes. */
#pragma once
#include "caller.h"

/* Answers with what stands behind query->after, disclosed; does not wait. The header `position_header` tells the
 * position to go on with. That there is nothing is told only when there is not, or after so long a search that the
 * client may as well ask again. */
void feed_reply(struct request *r, const struct feed_query *query,
                void (*write)(const struct feed_page *page, struct buf *out), const char *position_header);
