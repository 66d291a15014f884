/* `columns=a,b` of a query: the members of a record that are sent. */
#pragma once
#include "arena.h"
#include "record_type.h"

#define COLUMNS_UNKNOWN_MAX 1024 /* bytes of the names that are told back */

struct query_columns {
    const struct str *names; /* those that the type has, ascending, each once; classificationMarking always */
    size_t n;
    struct str unknown; /* the others, for a header: "a, b"; characters that no name has are shown as `?` */
};

/* Names separated by commas. Text in arena. */
const struct query_columns *columns_read(const struct record_type *type, struct str names, struct arena *arena);
/* Every member that a record of the type may have. */
const struct query_columns *columns_all(const struct record_type *type, struct arena *arena);
const struct query_columns *columns_copy(const struct query_columns *c, struct arena *arena);
/* Appends the object with only these of its members, each as it stands. False, with nothing appended, if the text is
 * no JSON object. */
bool columns_pick(const struct query_columns *c, struct str object, struct buf *out);

/* CSV (RFC 4180), one column a name in their order: the line of names, and that of a record. What is absent is empty;
 * objects and arrays are JSON. False, with nothing appended, if the text is no JSON object. */
void columns_csv_head(const struct query_columns *c, char delimiter, struct buf *out);
bool columns_csv(const struct query_columns *c, struct str object, char delimiter, struct buf *out);
