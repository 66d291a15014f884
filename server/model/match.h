/* Queries on objects in memory: what they select, and in which order. The store's statements do the same with rows. */
#pragma once
#include "query.h"

/* object: JSON whose members have the names of the type's fields and of server_fields(), values canonical. What is no
 * JSON matches nothing. */
bool query_selects(const struct query *q, struct str object);
/* By the query's sort, or newest first by the type's time if it has one; what is equal stays as it stood. */
void query_order(const struct query *q, struct str *objects, size_t n);
