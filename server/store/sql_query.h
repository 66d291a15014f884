/* struct query → parameterised SQL over `record r`. Text generation only: values never become part of the text, so that
 * equal shapes of query are equal statements. */
#pragma once
#include "pg.h"
#include "query.h"
#include "views.h"

/* id = … takes three parameters, every other predicate at most two. */
_Static_assert(3 * QUERY_PREDICATES_MAX + 16 <= PG_ARGS_MAX, "a query's parameters must find room");

/* A statement in the making; args.arena holds the values. */
struct sql {
    struct buf text;
    struct pg_args args;
};

static inline void sql_free(struct sql *s)
{
    buf_free(&s->text);
}
#define SQL_CLEANUP __attribute__((cleanup(sql_free)))
/* The text, terminated; good until the next addition. */
static inline const char *sql_text(struct sql *s)
{
    buf_char(&s->text, '\0');
    s->text.n--;
    return s->text.p;
}
static inline void sql_z(struct sql *s, const char *text)
{
    buf_z(&s->text, text);
}
/* Each appends "$n" and remembers the value. sql_param: in text form, as "$n::cast". */
void sql_param(struct sql *s, struct str value, const char *cast);
void sql_i64(struct sql *s, int64_t value);
void sql_instant(struct sql *s, instant t);
void sql_uuid(struct sql *s, struct uuid id);
/* Appends 'text' with quotes doubled: for names out of descriptors only, never for what a client sent. */
void sql_literal(struct sql *s, const char *text);

/* Appends the condition that r is the newest version of its entity among those the reader sees (up to `mark`, 0: all):
 * a version that is hidden neither shows nor stands before another. Nothing for a type without versions. */
void sql_newest(struct sql *s, const struct record_type *type, int64_t mark);
/* Appends the condition that no record which the reader sees (up to `mark`) takes the place of r: by naming it in
 * `supersedes`, or as one of the same event that was made later. Only among records that show the reader whole what
 * tells of which event they are. For a type with succession. */
void sql_unfollowed(struct sql *s, const struct record_type *type, const struct sight *sight, int64_t mark);
/* Appends the condition and order that leave one version at most: by an entity's id the newest that the reader sees, by
 * a version's own id that one. No id is both. */
void sql_version(struct sql *s, struct uuid id);
/* Appends " FROM record_<type> r WHERE true": the type's own table, under the policy of `record`. */
void sql_from(struct sql *s, const struct record_type *type);

/* Predicates and sort keys see what the reader is shown: each of these makes its text for one sight (views.h), in which
 * a field that a view hides is NULL, and so is every field of a record in a view that the sight does not know. */

_Static_assert(QUERY_PREDICATES_MAX <= 32, "a query's predicates are bits of a number");
/* Appends " AND (…)" for each predicate: those on columns first. */
void sql_predicates(struct sql *s, const struct query *q, const struct sight *sight);
/* The same without some: bit i stands for predicate i. */
void sql_predicates_but(struct sql *s, const struct query *q, const struct sight *sight, uint32_t but);
/* True if the records of a label all match or none does: of data mode and originator. */
bool sql_by_label(const struct predicate *p);
/* Then: appends " AND …" on label l. */
void sql_label_condition(struct sql *s, const struct predicate *p);
/* True if an index finds the very records that the predicate selects: by id, or by object where all see it whole. */
bool sql_by_index(const struct record_type *type, const struct predicate *p, const struct sight *sight);
/* True if the query asks for classificationMarking: its sight needs the markings. */
bool sql_asks_marking(const struct query *q);
/* True if the predicate needs nothing but t. */
bool sql_asks_time(const struct record_type *type, const struct predicate *p);
/* True if the query's predicates need nothing but t, so that an index on labels and time can count by itself. */
bool sql_only_time(const struct query *q);
/* True if the order is that of t (then id), which indexes give. */
bool sql_time_order(const struct query *q);
/* The widest step in which the sight shows the type's time, in microseconds; 0: everywhere as it is. */
int64_t sql_time_step(const struct record_type *type, const struct sight *sight);
/* The type's time as it is shown: r.t, or coarser. */
void sql_time(struct sql *s, const struct record_type *type, const struct sight *sight);
/* The object that a record shows, as text; NULL if it shows none. The type has objects. */
void sql_object(struct sql *s, const struct record_type *type, const struct sight *sight);
/* The sort key of any other order, as an expression to put behind ORDER BY with direction; absent values are NULL. */
void sql_sort_key(struct sql *s, const struct query *q, const struct sight *sight);
/* What LIKE takes as itself: `\`, `%` and `_` escaped. */
void sql_like_escape(struct str text, struct buf *out);
/* Text of a PostgreSQL array of n elements, each quoted. */
void sql_array_text(const struct str *elements, size_t n, struct buf *out);
