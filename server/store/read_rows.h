/* Rows of a read → records for the caller, and what is to be disclosed of them. */
#pragma once
#include "disclosures.h"

/* What every statement that reads records selects first, in this order, from an alias r. */
#define RECORD_HEAD "r.id, r.t, r.ingested_at, r.seq, r.label_id, r.wire, r.entity"
#define RECORD_COLUMNS RECORD_HEAD ", r.body"
/* For a statement that selects them by name from another that gives `t` otherwise. */
#define RECORD_COLUMNS_BUT_TIME "r.id, r.ingested_at, r.seq, r.label_id, r.wire, r.entity, r.body"
enum {
    COLUMN_ID,
    COLUMN_T,
    COLUMN_INGESTED_AT,
    COLUMN_SEQ,
    COLUMN_LABEL,
    COLUMN_WIRE,
    COLUMN_ENTITY,
    COLUMN_BODY,
    COLUMN_COUNT
};

/* Where a record comes from; lives as long as the class. */
struct row_source {
    const struct release *release; /* permitted */
    int64_t seq;
};

/* What was read: of each row the record, for the caller, and its source, for the log and the banner. */
struct records {
    size_t n;
    struct stored_record *v;
    struct row_source *sources;
};

/* One row, each column once. Text lives as long as rows, class and arena. */
int read_one(struct class *class, const struct pg_result *rows, int row, struct arena *arena, struct records *ret,
             struct fault *fault);
/* The same of the first n rows. */
int read_rows(struct class *class, const struct pg_result *rows, size_t n, struct arena *arena, struct records *ret,
              struct fault *fault);
/* Copies the records' text: then it lives as long as the arena alone. */
void records_keep(const struct records *records, struct arena *arena);
/* What is to be disclosed (disclosures.h) of the n ≥ 1 records `picked`, NULL: of the first n; names in it live as long
 * as the class, the rest in arena. account: of the answer that they are a piece of, NULL if they are all of it. */
size_t records_disclosed(const struct records *records, const int *picked, size_t n, const struct account *account,
                         struct arena *arena, struct disclosed **ret);
/* Writes the disclosure of all of them; durable when it returns 0. account: of the answer that they are a piece of,
 * NULL if they are all of it. */
int disclose_records(struct store *s, const struct reading *reading, const struct record_type *type,
                     const struct records *records, struct account *account, struct receipt *ret, struct fault *fault);
/* The same for the n ≥ 1 records `picked`, which are of the type, as an answer of their own. */
int disclose_picked(struct store *s, const struct reading *reading, const struct record_type *type,
                    const struct records *records, const int *picked, size_t n, struct receipt *ret,
                    struct fault *fault);
/* The banner of n ≥ 1 records. */
int records_banner(struct class *class, const struct records *records, struct arena *arena, struct str *ret,
                   struct fault *fault);
