/* Inside of api/: a stored record as it is sent. */
#pragma once
#include "part.h"
#include "store.h"

/* About so many bytes render_record appends, if the record's wire label says nothing. */
size_t rendered_about(const struct record_type *type, const struct stored_record *record);
/* {"id":…,"createdAt":…,"createdBy":…,"origNetwork":…,"relto":{…}, then the client's fields as stored}; the type's own
 * name of the id behind createdBy. */
void render_record(const struct record_type *type, const struct stored_record *record, struct buf *out);
/* The same with only these of its members; NULL: all. */
void render_columns(const struct record_type *type, const struct stored_record *record,
                    const struct query_columns *columns, struct buf *out);
/* The same as a line of CSV. */
void render_csv(const struct record_type *type, const struct stored_record *record, const struct query_columns *columns,
                char delimiter, struct buf *out);

/* A part of a stored record: {"createdAt":…,"createdBy":…,"origNetwork":…,"esId":…,"relto":{…}, then its members}. */
void render_part(const struct part_type *part, const struct stored_record *parent, struct str members, struct buf *out);
