/* Records in JSON text, cut apart without a change of their bytes: a record's identity follows from its digits. */
#pragma once
#include "buf.h"

#define RECORD_MAX (64 << 20) /* bytes of one record */

/* A stream: an array of objects, objects one after another (NDJSON), or several of these. */
struct records {
    struct buf text; /* of the record that has begun */
    size_t depth;    /* braces and brackets in it that are open */
    bool string, escaped, array, item, comma;
    size_t line, first;   /* of the stream; of the record */
    const char *expected; /* what should have been there, when something else was */
};

#define RECORDS_BAD (-1)

/* Gives each record that is complete to `take`; what that answers, if not 0, ends it. RECORDS_BAD: see expected, line.
 */
int records_feed(struct records *r, struct str piece, int (*take)(void *ctx, struct str record, size_t line),
                 void *ctx);
/* Whether nothing is left over. */
bool records_complete(struct records *r);
void records_free(struct records *r);

/* Members of an object of well-formed JSON, as they stand: name and value with their quotes. What is not well-formed
 * ends early. */
struct members {
    const char *p, *end;
};
struct members members_of(struct str object);
bool members_next(struct members *m, struct str *ret_name, struct str *ret_value);
/* Elements of an array, likewise. */
struct members elements_of(struct str array);
bool elements_next(struct members *m, struct str *ret_value);
/* The value of one member, p NULL if there is none. */
struct str member_of(struct str object, const char *name);
/* A string without its quotes and escapes, any other value as it stands. */
void value_text(struct str value, struct buf *out);
