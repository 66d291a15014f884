/* The query language of list and count routes. Source: UDL surface, section 3; the whole of it stands in README.md. */
#pragma once
#include "arena.h"
#include "columns.h"

struct param {
    struct str name, value; /* percent-decoded */
};

enum query_op { QUERY_EQ, QUERY_NE, QUERY_GE, QUERY_LE, QUERY_BETWEEN, QUERY_IN, QUERY_LIKE };

/* A value already typed by the field, so that no comparison can fail: text is canonical (a number's digits, a time in
 * fixed width, an id in lower case, a string as it is; for QUERY_LIKE, which compares as text on every field, what
 * stands between the stars). The member of the field's kind is set too. */
struct query_value {
    struct str text;
    double number;
    int64_t integer;
    instant time;
    bool boolean;
};

/* An array field matches if any of its elements does (NE: if none is equal). An absent field matches no operator. */
struct predicate {
    const struct field *field;
    bool server_field; /* field is one of server_fields() */
    enum query_op op;
    size_t n; /* 1; BETWEEN 2; IN 1 to QUERY_IN_MAX */
    const struct query_value *values;
    bool like_open_start, like_open_end; /* LIKE: `*text`, `text*`, or both */
};

struct query {
    const struct record_type *type;
    bool current; /* of the records it selects only the newest of each object */
    const struct predicate *predicates;
    size_t n;
    const struct field *sort; /* NULL: the type's time, newest first, or it is a count */
    bool sort_server_field, sort_ascending;
    int64_t max_results; /* -1: not limited */
    int64_t first_result;
    const struct query_columns *columns; /* NULL: all */
    bool all_versions;                   /* of a type with versions: each of them, not only the newest of each entity */
};

#define QUERY_PREDICATES_MAX 32
#define QUERY_IN_MAX 1000
#define QUERY_VALUE_MAX 8192
#define QUERY_RESULTS_MAX INT64_C(1000000000)

/* Field `id` of server_fields() takes UUIDs; a field of kind object and, for sort, an array is refused. A type with
 * query_required needs that field bounded: =, >, <, .. or a list. Its id_field is the server's `id`. Sorting by the
 * type's time, newest first, is told as sort NULL; a type without one is sorted by createdAt, newest first.
 * ERR_BAD_QUERY: fault->where is the parameter's name. */
int query_parse(const struct record_type *type, const struct param *params, size_t n, enum query_use use, instant now,
                struct arena *arena, const struct query **ret, struct fault *fault);
