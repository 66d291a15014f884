/* By which way a statement comes to the records it selects. The index on time serves most; who sees little, or asks for
 * a list of objects or ids, has the records of each label, object or id looked up by its own index and merged. */
#pragma once
#include "sql_query.h"
#include "visibility.h"

enum reach_way { REACH_BY_TIME, REACH_BY_LABEL, REACH_BY_OBJECT, REACH_BY_ID };

/* What a query lends itself to. */
struct reach {
    const struct record_type *type;
    const struct predicate *listed; /* objects or ids in a list, each once; NULL: there is none */
    uint32_t listed_at;             /* then: its bit among the query's predicates */
    struct predicate *of_label;     /* what a label decides for all of its records */
    size_t n_of_label;
    uint32_t of_label_at;
    bool found; /* one object or id: its index is used as it is */
    bool plain; /* nothing is asked for but time and what labels decide: an index on labels counts by itself */
};

/* Made of the query as the sight shows it; values are copied into arena. */
void reach_of(const struct query *q, const struct sight *sight, struct arena *arena, struct reach *ret);
/* The way to the first `limit` records in the order of time. */
enum reach_way reach_in_time(const struct reach *r, struct class *class, int64_t limit);
/* Of that way by time or by label: microseconds of PostgreSQL, roughly. */
double reach_cost(const struct reach *r, struct class *class, int64_t limit);
/* The way to all records, in any order: by time or by label. */
enum reach_way reach_all(const struct reach *r, struct class *class);
/* The way to count them. */
enum reach_way reach_count(const struct reach *r, struct class *class);

/* Appends " l" as a table of the labels of the type that the class sees. What the class is known to see is told: to
 * look at every label there is takes longer than to find the records of few. `label` and what the labels select are
 * under row-level security themselves. r: only those that can have what is asked for. */
void reach_labels(struct class *class, const struct record_type *type, const struct reach *r, struct sql *s);
/* The statement is FROM <begin> SELECT … FROM record r WHERE … <join> … <end>; begin opens the parenthesis that end
 * closes and names `alias`. class: for REACH_BY_LABEL. What selects `listed` is part of join: it is not to be among the
 * predicates. */
void reach_begin(const struct reach *r, enum reach_way way, struct class *class, struct sql *s);
void reach_join(const struct reach *r, enum reach_way way, struct sql *s);
void reach_end(const char *alias, struct sql *s);
