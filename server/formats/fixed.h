/* Lines whose values stand in fixed columns, read and written by one table. Inside formats/ only. */
#pragma once
#include "buf.h"
#include "lines.h"

enum fixed_kind {
    FIXED_TEXT,    /* any; written from the left */
    FIXED_LABEL,   /* any; written to the right, as what follows */
    FIXED_INTEGER, /* [+-]digits */
    FIXED_NUMBER,  /* the same with a point and an exponent, if there are any */
    FIXED_TIME,    /* as civil_read takes it */
};

struct fixed_column {
    unsigned char value;       /* where it stands among the values */
    unsigned char first, last; /* columns from 1 */
    enum fixed_kind kind;
    bool optional; /* may be blank: {NULL, 0} */
    const char *name;
};

/* Slices of the line into values. What lies between the columns and behind them must be blank. ERR_INVALID_RECORD names
 * line, column and value and tells what was expected. */
int fixed_read(const struct lines *l, struct str line, const struct fixed_column *columns, size_t n, struct str *values,
               struct fault *fault);
/* The same without a look at what stands behind the last column. */
int fixed_read_first(const struct lines *l, struct str line, const struct fixed_column *columns, size_t n,
                     struct str *values, struct fault *fault);
/* Appends a line of these columns behind `start`, without blanks at its end. ERR_INVALID_RECORD, and nothing appended,
 * if a value does not fit its columns or one that is needed is missing: fault->where is its name. */
int fixed_write(struct str start, const struct fixed_column *columns, size_t n, const struct str *values,
                struct buf *out, struct fault *fault);
/* Whether it is a number as FIXED_NUMBER has them. */
bool fixed_number(struct str text);
bool fixed_integer(struct str text);
bool fixed_text(struct str text);
