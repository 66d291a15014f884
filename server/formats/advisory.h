/* Advisories to the users of navigation satellites: NANU (GPS), NAQU (QZSS) and NAGU (Galileo). */
#pragma once
#include "arena.h"
#include "error.h"
#include "lines.h"

#define ADVISORY_TEXT_MAX 65536 /* bytes of one advisory */

struct advisory_series {
    const char *name, *users, *constellation, *issuer;
};

/* What an advisory does to the outages that are known. */
enum advisory_effect {
    ADVISORY_TELLS,   /* nothing */
    ADVISORY_OUTAGE,  /* the satellite is unusable from start to stop; that stands in place of what it refers to */
    ADVISORY_CANCELS, /* what it refers to does not take place */
    ADVISORY_ENDS,    /* the satellite is usable again, or for the first time, from start */
};

struct advisory_kind {
    const char *type, *status;
    enum advisory_effect effect;
    unsigned needs; /* bits of enum advisory_value */
};
/* By the type as it stands in the advisory, of series `name`; NULL: a type of no known meaning. */
const struct advisory_kind *advisory_kind_find(struct str name, struct str type);

/* The same of a record, by its constellation and, for a type that is in no table, its status. */
enum advisory_effect advisory_effect_of(struct str constellation, struct str type, struct str status);

enum advisory_value {
    ADVISORY_NUMBER,
    ADVISORY_TYPE,
    ADVISORY_SUBJECT,
    ADVISORY_ISSUED,
    ADVISORY_REFERENCE,
    ADVISORY_REFERENCE_ISSUED,
    ADVISORY_SATELLITE,
    ADVISORY_SVN,
    ADVISORY_PRN,
    ADVISORY_SIGNALS,
    ADVISORY_START,
    ADVISORY_STOP,
    ADVISORY_VALUES
};

struct advisory {
    const struct advisory_series *series;
    const struct advisory_kind *kind;
    struct str values[ADVISORY_VALUES]; /* numbers as JSON has them, times as record.h has them; {NULL, 0}: none */
    struct str text;                    /* all of it, as it stands */
    size_t line;                        /* where it starts, from 1 */
};

struct advisory_reader {
    struct lines lines;
    struct arena *arena;
};

static inline struct advisory_reader advisory_reader(struct str text, struct arena *arena)
{
    return (struct advisory_reader){lines_of(text), arena};
}
enum { ADVISORY_END = -1 };
/* 0 with the next advisory, ADVISORY_END after the last, or ERR_INVALID_RECORD: fault->where is line and column, the
 * detail names the entry and what was expected. */
int advisory_next(struct advisory_reader *reader, struct advisory *ret, struct fault *fault);
