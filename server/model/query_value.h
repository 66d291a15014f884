/* One value of a query, read by the kind of its field. Inside model/ only. */
#pragma once
#include "query.h"

/* Who reads: the field, and `now` for relative times. */
struct query_reader {
    const struct field *field;
    bool server_field;
    instant now;
    struct arena *arena;
};

/* False if text is no such value. */
bool query_value_read(const struct query_reader *r, struct str text, struct query_value *ret);
/* What it must be: "an integer", "one of REAL, TEST". */
void query_value_expected(const struct query_reader *r, struct buf *out);
/* text without the backslashes that take the next character as it is; false if nothing follows the last one. */
bool query_unescape(struct str text, struct arena *arena, struct str *ret);
