/* The members of a record in JSON, for what tells it in another form. */
#pragma once
#include "arena.h"

struct member {
    struct str name, value; /* as they stand: slices of the object */
};

struct json;

/* The next member where an object is read one by one, without the comma behind it. */
bool member_take(struct json *j, struct member *ret);
/* Those of an object at the cursor, in their order. */
bool members_take(struct json *j, struct arena *arena, const struct member **ret, size_t *ret_n);
/* The same of a text. False if it is no JSON object. */
bool members_of(struct str object, struct arena *arena, const struct member **ret, size_t *ret_n);
/* The value of a name: a text without its quotes and escapes, anything else as it stands; {NULL, 0} if there is none or
 * it is null or empty. */
struct str member_value(const struct member *list, size_t n, const char *name, struct arena *arena);
/* The elements of an array, as they stand. False if it is no array of JSON. */
bool elements_of(struct str array, struct arena *arena, const struct str **ret, size_t *ret_n);
