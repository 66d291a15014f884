/* Inside of api/: a list of records as an answer. */
#pragma once
#include "query.h"
#include "store.h"

struct request;

/* As what an export is sent. */
struct listing_form {
    bool csv; /* else JSON */
    char delimiter;
    int64_t mark; /* what was there when it was asked for */
};

/* Answers with the records that the query selects, in chunks, each disclosed before it is sent; form: of an export,
 * NULL: a JSON array of what there is. */
void listing_reply(struct request *r, const struct query *query, const struct listing_form *form);
