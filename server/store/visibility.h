/* The label dictionary and the visible sets: who sees which label, decided once for each class of readers.
 *
 * Invariant: a row of `visible` covers every row of `label`. Who adds a label decides it for every class in force, in
 * the same transaction; who adds a class decides every label for it. Both hold LOCK_LABELS. */
#pragma once
#include "decide.h"
#include "pg.h"
#include "store.h"
#include "views.h"

struct visibility;
struct label_row;

struct visibility *visibility_new(struct pg_pool *policy, unsigned labels_per_originator, struct log *log);
void visibility_free(struct visibility *v); /* accepts NULL */

/* --- labels --- */
/* What makes a dictionary row distinct. */
struct label_key {
    struct str originator, type, data_mode;
    const struct label *label;
    instant ingested_at;  /* gives the generation; for a record's own row it is kept as it is */
    const int32_t *parts; /* labels of what it was derived from */
    size_t n_parts;
    const struct str *grants; /* ids of the grants and warnings its records are under, ascending */
    size_t n_grants;
    const struct uuid *record; /* a row of this record's own (recall, relabel); NULL: shared */
    bool recalled;
};
enum {
    LABEL_TOO_MANY = -1
}; /* instead of an id: the originator has reached its cap, which rows under grants do not
      count against: a disclosure officer's decision makes them */

/* The ids of n labels; new ones are added and decided for every class, all in one transaction of its own (on a policy
 * connection; hold no lock when calling). ids never change, so that they can be remembered. ERR_STALE if the database's
 * epoch is not reg's. */
int label_ensure(struct visibility *v, const struct registry *reg, const struct label_key *keys, size_t n,
                 int32_t *ret_ids, struct fault *fault);

/* A record on its way to the row that stands for the same label under one more grant. */
struct regrant {
    int32_t old_label, new_label;
};
/* The row's grants and one that is not among them, ascending. */
const struct str *grants_joined(const struct label_row *row, struct str grant, struct arena *arena);
/* Fills in new_label, adding rows as label_ensure does. A label that the registers can no longer read stays as it is:
 * nobody sees it (G1). */
int label_regrant(struct visibility *v, const struct registry *reg, struct str grant, struct regrant *moves, size_t n,
                  struct fault *fault);
/* The labels without a dissemination marking that no partner but its owners may read now, ascending by id; of one owner
 * or (owner "") of all. records: about how many records point to them. */
struct held_label {
    int32_t id;
    struct str type; /* in arena */
};
int label_held(struct visibility *v, const struct registry *reg, struct str owner, instant now, struct arena *arena,
               struct held_label **ret, size_t *ret_n, int64_t *ret_records, struct fault *fault);

/* A dictionary row as the registers now read it. label is NULL if they no longer can (G1 denies it). All lives as long
 * as the class it was asked through. */
struct label_row {
    int32_t id;
    struct str originator, type, data_mode, json;
    instant since;
    const struct label *label;
    const int32_t *parts;
    size_t n_parts;
    const struct str *grants;
    size_t n_grants;
    bool recalled, own; /* own: of one record */
};

/* --- classes --- */
/* A reference-counted visible set, good for one registry. */
struct class;
struct class *class_ref(struct class *c);
void class_unref(struct class *c); /* accepts NULL */
static inline void class_unrefp(struct class **c)
{
    class_unref(*c);
}
#define CLASS_CLEANUP __attribute__((cleanup(class_unrefp)))

/* The class of this reader at `now`: without a round trip if it is known. ERR_STALE if the epoch has moved. */
int class_ensure(struct visibility *v, const struct registry *reg, const struct reader *reader, instant now,
                 struct class **ret, struct fault *fault);
/* The same if it is known, else NULL; never waits. */
struct class *class_known(struct visibility *v, const struct registry *reg, const struct reader *reader, instant now);
/* After PG_CLASS_STALE: forgets what is remembered of the class, so that class_ensure asks the database. */
void class_forget(struct visibility *v, struct class *c);
int32_t class_id(const struct class *c);
struct str class_partner(const struct class *c);
/* Share of a type's records that the class sees, 0 to 1: an estimate for choosing a plan. labels: how many visible
 * labels the type has. */
double class_share(struct class *c, struct str type, size_t *ret_labels);
/* The same of the labels that are wanted; not remembered. */
double class_share_of(struct class *c, struct str type, bool (*wanted)(const void *ctx, const struct label_row *row),
                      const void *ctx, size_t *ret_labels);
/* How many records the type has, hidden ones included, and in how many partitions; for the same purpose. */
int64_t class_records(struct class *c, struct str type, int64_t *ret_partitions);
/* The labels of the type that the class sees, in arena: of those with ids below *ret_decided all that are wanted (NULL:
 * all). Later ones may have been added by another process: a statement that goes by labels looks at these itself. */
size_t class_labels(struct class *c, struct str type, bool (*wanted)(const void *ctx, const struct label_row *row),
                    const void *ctx, struct arena *arena, const int32_t **ret, int32_t *ret_decided);

/* A list that was thought to be quick was not: for a while the class's lists are not thought to be. */
void class_lists_slowly(struct class *c);
bool class_lists_were_slow(const struct class *c);

/* In which views the class sees records of the type. markings: also where another marking is sent. */
void class_sight(struct class *c, struct str type, bool markings, struct arena *arena, struct sight *ret);

/* What follows from label and reader for an answer; made once for each label and class, lives as long as the class. */
struct release {
    struct str members; /* JSON members without braces: "originator":…,"owners":[…],"effectiveMarking":…,"basis":…,
                           "agreement":…,"view":… */
    struct str agreement;    /* "" for owner and public */
    const struct view *view; /* what of the record is sent; NULL: all of it */
    struct str view_code;    /* "full" for all of it */
    struct str marking;      /* takes the place of the record's own; {NULL, 0}: it stays */
    const struct label_row *row;
    const struct subject *subject; /* without the times of a record; nothing of it holds if row->label is NULL */
    bool owned;                    /* the reader's partner is among the owners */
    bool whole;                    /* the reader is sent all of the record, under its own marking */
    bool permit;
    const struct label *effective; /* whose text is effectiveMarking */
};
int class_release(struct class *c, int32_t label_id, const struct release **ret, struct fault *fault);
/* The effective label as an alternative to the originator's (policy/stanag4774.h); nothing if they are the same. */
void class_alternative(const struct class *c, const struct release *release, instant created, struct buf *out);

/* The banner (policy/rollup.h) of what carries these n ≥ 1 labels, each asked of class_release before, in the scheme of
 * the reader. Text in arena. */
int class_banner(struct class *c, const int32_t *labels, size_t n, struct arena *arena, struct str *ret,
                 struct fault *fault);

/* How many more records point to a label: for class_share; written back by visibility_save. */
void label_posted(struct visibility *v, int32_t label_id, int64_t records);
int visibility_save(struct visibility *v, struct fault *fault);
/* For class_records. */
void visibility_partitions(struct visibility *v, struct str type, int64_t n);
/* About how many records point to these labels. */
int64_t label_records(struct visibility *v, const int32_t *labels, size_t n);

/* --- reading --- */
/* One read under row-level security: class, round trip, and again if the class had to be made anew. ERR_STALE if the
 * registers have changed. ret_class may be NULL. */
int visible_read(struct store *s, const struct reading *reading, const char *sql, const struct pg_args *args,
                 struct class **ret_class, struct pg_result **ret, struct fault *fault);
/* The same for a statement made for one sight of a type. If the class now sees the type's records otherwise, nothing is
 * read and it is ERR_STALE: the statement has to be made anew. */
int visible_read_seen(struct store *s, const struct reading *reading, const struct record_type *type,
                      struct sight *sight, const char *sql, const struct pg_args *args, struct class **ret_class,
                      struct pg_result **ret, struct fault *fault);
