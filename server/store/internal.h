/* What the parts of the store share. */
#pragma once
#include "clock.h"
#include "log.h"
#include "pg.h"
#include "store.h"
#include "visibility.h"

#include <stdatomic.h>

struct partitions;  /* maintain.c */
struct writer;      /* writer.c */
struct disclosures; /* disclosures.c */
struct lanes;       /* lane.c */
struct pages;       /* pages.c */
struct ahead;       /* ahead.c */
struct feed_hub;    /* feed_hub.c */

struct store {
    struct clock *clock;
    struct log *log;
    char *conninfo;
    struct pg_pool *ingest, *readers, *policy, *files, *feeds, *followers;
    struct visibility *visibility;
    struct partitions *partitions;
    struct writer *writer;
    struct disclosures *disclosures;
    struct lanes *lanes;
    struct pages *pages;
    struct ahead *ahead;
    struct feed_hub *feed_hub;
    unsigned queued_records, partitions_per_type;
    size_t chunk_bytes;
    int64_t look_records;
    _Atomic unsigned careful_groups; /* of posts yet to be written, see write_group.c */
    struct {
        _Atomic uint64_t posted, duplicates, groups, disclosures, queued_records, reads, stale_reads,
            default_partition_rows;
    } counters;
};

/* --- registers.c --- */
/* Behind LOCK_POLICY: ERR_STALE unless this is the epoch in force. */
int epoch_is(struct pg *c, int64_t want, struct fault *fault);

/* --- maintain.c --- */
struct partitions *partitions_new(void);
void partitions_free(struct partitions *p); /* accepts NULL */
/* After this a record of the type at t finds a partition. Remembered; asks the database through c, outside of any
 * transaction, only for ranges not seen before. */
int partition_ensure(struct store *s, struct pg *c, const struct record_type *type, instant t, struct fault *fault);
/* Forgets what is remembered, after an INSERT found no partition (SQLSTATE 23514). */
void partitions_forget(struct store *s);

/* --- exports.c --- */
/* Takes out what can no longer be fetched. */
int exports_retire(struct pg *c, instant now, struct fault *fault);

/* --- files.c --- */
/* Drops what has no record, and is not about to have one. */
int files_retire(struct pg *c, instant now, struct fault *fault);

/* --- writer.c, disclosures.c, lane.c: started by store_open, stopped (all written, all answered) by store_close --- */
int writer_start(struct store *s, struct writer **ret, struct fault *fault);
void writer_stop(struct writer *w); /* accepts NULL */
int disclosures_start(struct store *s, struct disclosures **ret, struct fault *fault);
void disclosures_stop(struct disclosures *d); /* accepts NULL */
int lanes_start(struct store *s, unsigned connect_seconds, struct lanes **ret, struct fault *fault);
void lanes_stop(struct lanes *l); /* accepts NULL; before the disclosures, which its reads end in */
