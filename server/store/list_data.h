/* What list.c and list_later.c share: a list in memory, and its only chunk if it is short. */
#pragma once
#include "ahead.h"
#include "disclosures.h"
#include "list_banner.h"
#include "reach.h"

struct sort_key {
    struct uuid id;
    instant t;
};

/* The rows of a statement, not disclosed yet. */
struct chunk {
    struct class *class;
    struct pg_result *rows;
    size_t asked;
    size_t n; /* rows before the first whose body was left out */
};

/* The chunk after the one last returned. While its job runs what a chunk is read by is the job's. */
struct chunk_ahead {
    struct ahead_job job;
    struct chunk chunk;
    struct fault fault;
    int error;
    int64_t begun_at; /* monotonic */
};

struct store_list {
    struct chunk_ahead ahead; /* first: its job is the list's address */
    struct store *s;
    struct arena *arena;
    const struct record_type *type;
    struct registry *registry;
    struct reading reading; /* its text in arena */
    struct class *class;    /* that `sight` was taken from */
    struct sight sight;     /* how its records are seen while the list lasts */
    struct reach reach;
    struct sql where;  /* the query's predicates, but for what `reach` selects by */
    struct buf time;   /* the expression of the type's time as it is shown */
    int64_t time_step; /* the widest step it is shown in; 0: it is r.t itself */
    bool newest;       /* of each entity only the newest version */
    bool unfollowed;   /* only what no later record of its event takes the place of */
    bool ascending, only_time;
    bool sorted;         /* by something else than t, or not all: keys holds what is to be read */
    struct buf sort;     /* then: the expression */
    struct buf object;   /* of the records of each object only the newest: what it is; empty: of all records */
    struct digest shape; /* of principal and query */
    int64_t first, left; /* records to skip, records to give (INT64_MAX: all) */
    int64_t given;       /* position in the whole list */
    int64_t page_end;    /* where the next page of this size begins */
    int64_t mark;        /* highest seq of the first chunk's snapshot; 0: not known yet */
    bool placed;         /* last is a position */
    struct sort_key last;
    struct sort_key *keys;
    size_t n_keys, next_key;
    struct chunk chunk; /* that the records last returned are in, until they are dropped */
    size_t chunk_rows;
    size_t chunk_sent; /* bytes of the bodies last given, as they are sent: what is hidden has no part in it */
    bool export;       /* not a page of anything */
    bool started, ended;
    bool long_met;          /* a body longer than a chunk's share */
    int64_t asked_at;       /* monotonic: for the chunk last returned */
    struct receipt receipt; /* of that chunk */
    struct account account;
    struct list_banner banner;
};

void chunk_free(struct chunk *c);
#define CHUNK_CLEANUP __attribute__((cleanup(chunk_free)))

/* Read as the class, whose reference it takes over. */
struct store_list *list_new(struct store *s, const struct reading *reading, const struct query *q, struct class *class);

#define QUICK_RECORDS_MAX 1000
#define QUICK_COST_MAX 5000 /* microseconds, roughly */
/* True for a list that is likely to be one chunk which takes PostgreSQL not long. */
bool list_is_quick(const struct store_list *l, unsigned *ret_cost);
/* The statement of that chunk; returns how many rows it asks for. */
size_t list_quick_statement(const struct store_list *l, struct sql *ret);
/* Its rows, in chunk with class and `asked`: the records, as read_rows gives them, and the list's banner. ERR_NOT_FOUND
 * for an empty list; another error if they are not the whole of it. */
int list_quick_take(struct store_list *l, struct chunk *chunk, struct arena *arena, struct records *ret);
