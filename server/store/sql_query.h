/* struct query → parameterised SQL over `record r`. Text generation only: values never become part of the text, so that
 * equal shapes of query are equal statements. */
#pragma once
#include "arena.h"
#include "buf.h"
#include "digest.h"
#include "query.h"

#define SQL_PARAMS_MAX (3 * QUERY_PREDICATES_MAX + 16)

struct sql {
    struct arena *arena; /* parameter values */
    struct buf text;
    const char *values[SQL_PARAMS_MAX]; /* text format */
    int n;
};

/* Appends "$n::cast" and remembers the value. */
void sql_param(struct sql *s, struct str value, const char *cast);
void sql_param_i64(struct sql *s, int64_t value, const char *cast);
void sql_param_instant(struct sql *s, instant t); /* timestamptz; both ends are the infinities */
void sql_param_uuid(struct sql *s, struct uuid id);
/* Appends 'text' with quotes doubled: for names out of descriptors only, never for what a client sent. */
void sql_literal(struct sql *s, const char *text);

/* Appends " AND (…)" for each predicate: those on columns first. */
void sql_predicates(struct sql *s, const struct query *q);
/* True if the query's predicates need nothing but t, so that an index on labels and time can count by itself. */
bool sql_only_time(const struct query *q);
/* True if the order is that of t (then id), which indexes give. */
bool sql_time_order(const struct query *q);
/* The sort key of any other order, as an expression to put behind ORDER BY with direction; absent values are NULL. */
void sql_sort_key(struct sql *s, const struct query *q);
/* What LIKE takes as itself: `\`, `%` and `_` escaped. */
void sql_like_escape(struct str text, struct buf *out);
/* Text of a PostgreSQL array of n elements, each quoted. */
void sql_array_text(const struct str *elements, size_t n, struct buf *out);
