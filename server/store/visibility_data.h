/* What visibility.c, labels.c and classes.c share: the dictionary, sets and classes in memory. */
#pragma once
#include "internal.h"
#include "views.h"

#include <pthread.h>

/* A dictionary row as one registry reads it. */
struct entry {
    struct label_row row;
    struct subject subject;
    struct digest key;
    struct raw *raw;
};

/* A dictionary row as it stands in the database; never freed before the store is. */
struct raw {
    struct label_row row; /* without label */
    struct digest key;
    _Atomic int64_t records;
    int64_t records_written;
    struct type_total *total;
};

struct type_total {
    struct str type;
    _Atomic int64_t records;
    int64_t partitions; /* 0: not told yet */
    struct type_total *next;
};

/* All rows as one registry reads them. */
struct label_set {
    _Atomic unsigned refs;
    struct registry *registry;
    struct arena *arena;
    const struct views *views;
    struct entry **entries; /* by id */
    size_t n, cap;
};

struct share {
    struct type_total *total;
    size_t labels;    /* entries looked at */
    int64_t records;  /* of the type, at that time */
    int32_t *visible; /* their ids, ascending */
    size_t n_visible, visible_room;
    double share;
    const struct view *views[REGISTRY_VIEWS_MAX + 1]; /* of its visible labels, by number */
    unsigned most_view;
    struct share *next;
};

struct class
{
    _Atomic unsigned refs;
    struct visibility *v;
    struct label_set *set;
    int32_t id;
    struct str json; /* what reader_write gave */
    const struct reader *reader;
    instant valid_from, valid_until;
    struct arena *arena; /* releases, shares */
    uint8_t *bits;
    size_t bits_n;
    size_t decided; /* the labels that bits speaks of: those with ids below */
    uint8_t *views; /* eight times as long */
    int64_t sight;
    const struct release **releases; /* by label id */
    size_t releases_n;
    struct share *shares;
    struct banners *banners;    /* banner.c; NULL until one is asked for */
    _Atomic int64_t slow_until; /* monotonic */
};

/* `slow` is held while the dictionary or a class grows, through the round trips; `lock` guards everything in memory and
 * is held for moments only. Sets and raw rows change under both, so that a holder of either may read them. */
struct visibility {
    struct pg_pool *pool;
    unsigned cap;
    struct log *log;
    pthread_mutex_t slow, lock;
    struct arena *arena;
    struct raw **raws; /* by id */
    size_t n, raws_cap;
    int32_t *by_key; /* open addressing over raws[].key; -1: empty */
    size_t by_key_slots;
    struct type_total *totals;
    struct label_set *set; /* of the newest registry seen */
    struct class **classes;
    size_t n_classes, classes_cap;
};

/* --- labels.c --- */
void set_unref(struct label_set *set); /* accepts NULL */
/* All rows known, as reg reads them. With slow held. */
struct label_set *set_new(struct visibility *v, const struct registry *reg);
/* Begins the transaction in which the dictionary or a class grows: nobody else changes either until its end, and the
 * registers stay as they are. Takes in what other processes have added. With slow held. */
int begin_growth(struct visibility *v, struct pg *c, const struct registry *reg, struct fault *fault);
/* A reference to the rows as reg reads them, with what other processes have added. ERR_STALE if the epoch has moved. */
int set_take(struct visibility *v, const struct registry *reg, struct label_set **ret, struct fault *fault);
static inline void set_unrefp(struct label_set **set)
{
    set_unref(*set);
}
#define SET_CLEANUP __attribute__((cleanup(set_unrefp)))
/* Copies the first pointers of a set's rows, which are never changed; returns how many. */
size_t set_entries(struct visibility *v, const struct label_set *set, struct arena *arena, struct entry ***ret);
/* With lock held. */
struct type_total *total_of(struct visibility *v, struct str type);

/* --- banner.c --- */
void banners_free(struct banners *b); /* accepts NULL */

/* --- classes.c --- */
/* Whether the verdict shows anything, and in which view (NULL: the whole record). A view that is not defined for the
 * label's type, or not as the descriptors have it now, shows nothing at all; nor does another marking than the record's
 * own without a view to go with it. */
bool seen_in(const struct label_set *set, const struct entry *e, const struct verdict *verdict,
             const struct view **ret);
/* New rows on their way into the dictionary. */
struct growth {
    struct raw **raws;
    const struct uuid **records;
    struct entry **entries;
    size_t n;
};
/* A class of the database with the new labels decided. */
struct widened;
/* Decides the new labels for every class in force, at the instant the class was decided at, so that the class keeps its
 * meaning: all its labels as they stand from valid_from to valid_until. */
int widen_classes(struct visibility *v, struct pg *c, const struct growth *g, struct arena *arena, struct widened **ret,
                  int *ret_n, struct fault *fault);
/* After the commit, with both locks held: the same for the classes in memory. */
void take_widened(struct visibility *v, const struct widened *w, int n);
/* With both locks held: classes in memory of another epoch go. */
void drop_classes(struct visibility *v);
