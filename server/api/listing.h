/* Inside of api/: a list of records as an answer, and what lists of parts share with it. */
#pragma once
#include "query.h"
#include "store.h"

struct answer_form;
struct request;

/* As what a list is sent. */
struct listing_form {
    bool csv; /* else JSON */
    char delimiter;
    bool kept;    /* of an export that was asked for before */
    int64_t mark; /* what was there then */
};

/* Answers with the records that the query selects, in chunks, each disclosed before it is sent; form: NULL: a JSON
 * array of what there is. */
void listing_reply(struct request *r, const struct query *query, const struct listing_form *form);

/* What the request's route is for: a list, a tuple, what is current. */
enum query_use listing_use(struct request *r);
/* The request's query as one of that type; form: as answer_form_of gives it, NULL: the route has no other. */
int listing_query(struct request *r, const struct record_type *type, enum query_use use, const struct answer_form *form,
                  const struct query **ret, struct fault *fault);
/* Columns that the type does not have hide nothing: they are passed over, and told in a header. */
void listing_tell_columns(struct request *r, const struct query *query);
/* An answer without records: a query like a count, as nothing is disclosed. */
void listing_reply_nothing(struct request *r, const char *type, struct str text);
/* A number of records. */
void reply_count(struct request *r, int64_t count);
/* Sends the bytes, which it takes over, against the receipt, and closes that. */
void reply_against(struct request *r, const char *type, struct buf *body, const struct receipt *receipt);

/* The same as a file, made whole before it is sent. */
void file_of_list(struct request *r, const struct query *query, const struct answer_form *form);
void file_of_record(struct request *r, const struct record_type *type, struct uuid id, const struct answer_form *form);

const char *listing_content_type(const struct listing_form *form);

/* The same of a part type: elements of one record. */
/* Whether the query names the one record. */
int part_check(const struct part_type *part, const struct query *query, struct fault *fault);
void part_reply(struct request *r, const struct part_type *part, const struct query *query,
                const struct listing_form *form);
void part_list(struct request *r, const struct part_type *part);
void part_count(struct request *r, const struct part_type *part);
