/* Inside of api/: a stored record as it is sent. */
#pragma once
#include "store.h"

/* {"id":…,"createdAt":…,"createdBy":…,"origNetwork":…,"relto":{…}, then the client's fields as stored}. */
/* So many bytes, if its wire label says nothing. */
size_t rendered_about(const struct stored_record *record);
void render_record(const struct stored_record *record, struct buf *out);
