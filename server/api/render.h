/* Inside of api/: a stored record as it is sent. */
#pragma once
#include "store.h"

/* {"id":…,"createdAt":…,"createdBy":…,"origNetwork":…,"relto":{…}, then the client's fields as stored}. */
void render_record(const struct stored_record *record, struct buf *out);
