/* Where a record has what a conjunction data message says: the table in cdm.c. Inside formats/ only. */
#pragma once
#include "str.h"

enum part { MESSAGE, OBJECT_PART };
enum kind { KIND_TEXT, KIND_NUMBER, KIND_TIME, KIND_FLAG, KIND_FRAME };
enum target {
    TO_NOWHERE,    /* says what another one means */
    TO_RECORD,     /* the record's field */
    TO_NUMBERED,   /* the record's field with the number of the object */
    TO_STATE,      /* the field of the object's state vector */
    TO_COVARIANCE, /* next element of its covariance */
};

struct cdm_row {
    const char *keyword;
    enum part part;
    enum kind kind;
    enum target target;
    const char *field;
    int shift; /* the field's unit is smaller by that power of ten */
};

/* NULL: a record has no place for it. */
const struct cdm_row *cdm_row_of(struct str keyword);
