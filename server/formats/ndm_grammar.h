/* What messages may hold. Inside formats/ only. */
#pragma once
#include "str.h"

#define NDM_BLOCKS_MAX 32
#define NDM_ROWS_MAX 128 /* of one block whose rows may come once each */
#define NDM_DEPTH_MAX 8

enum ndm_kind {
    NDM_TEXT,
    NDM_WORD,    /* one of row->values */
    NDM_NUMBER,  /* decimal, perhaps with an exponent */
    NDM_INTEGER, /* decimal digits, perhaps with a sign */
    NDM_TIME,
    NDM_TIME_OR_OFFSET, /* or a number of seconds from the message's own epoch */
    NDM_USER,           /* text of a keyword that begins with the row's: the sender's own */
};

/* Presence. MUST_BEFORE_3: in versions before 3.0. WITH_PREVIOUS: wherever the row before it is. Of rows with the same
 * ONE_OF(n) in a block there is exactly one. */
enum { MAY, MUST, MUST_BEFORE_3, WITH_PREVIOUS, ONE_OF_FIRST };
#define ONE_OF(n) (ONE_OF_FIRST + (n))

#define MAY_BE_EMPTY ""

/* Ranges of numbers. Both ends belong to them. */
#define NOT_NEGATIVE "at least 0"
#define NOT_POSITIVE "at most 0"
#define ONE_OR_MORE "at least 1"
#define PROBABILITY "0 to 1"
#define PERCENT "0 to 100"
#define INCLINATION "0 to 180"
#define LATITUDE "-90 to 90"
#define LONGITUDE "-180 to 360" /* either way of counting; other directions too */

/* What a time is compared with: each of a segment's limits is not before the one above it, and what ascends is later
 * than the one before it in the segment. */
enum ndm_role {
    ROLE_NONE,
    ROLE_START,
    ROLE_USABLE_START,
    ROLE_USABLE_STOP,
    ROLE_STOP,
    ROLE_LIMITS, /* how many there are */
    ROLE_ASCENDING,
    ROLE_ASCENDING_WITHIN, /* and lies within the limits */
    ROLE_NOT_DESCENDING,   /* or is the same as the one before */
};

struct ndm_row {
    const char *keyword;
    unsigned char kind;
    unsigned char presence;
    unsigned char since; /* version of the message times ten, 0: ever */
    unsigned char role;
    const char *unit;   /* "km", or several with | between them; NULL: there is none */
    const char *values; /* of a word, with | between them; of a number its range; MAY_BE_EMPTY; NULL */
};

enum ndm_layout {
    LAYOUT_ROWS,     /* keyword by keyword */
    LAYOUT_TRIANGLE, /* rows from block->triangle on stand in KVN as the lines of a lower triangle */
    LAYOUT_STATE,    /* KVN: one line for all rows; XML: an element with one for each */
    LAYOUT_TIMED,    /* KVN: KEYWORD = time value; XML: an element with the time and the value */
    LAYOUT_LINE,     /* one line, in XML as the text of an element */
};

/* Blocks stand in the order of the message; a block's parent stands before it. */
struct ndm_block {
    const char *name;      /* in XML; NULL: only KVN knows it */
    const char *delimiter; /* KVN: delimiter_START and _STOP enclose it; NULL: its keywords tell that it begins */
    signed char parent;    /* index; -1: the outermost */
    bool needed, repeats;
    bool any_order; /* of its rows; they are written in theirs */
    enum ndm_layout layout;
    unsigned char triangle;
    const struct ndm_row *rows;
    size_t count;
    const struct ndm_grammar *grammar;
};

struct ndm_grammar {
    const char *version_keyword;
    const char *versions; /* with | between them */
    const struct ndm_block *blocks;
    size_t count;
    bool units_in_xml; /* its schema wants the unit of each value that has one */
};

#define NDM_ROWS_OF(array) .rows = (array), .count = sizeof(array) / sizeof *(array)
#define NDM_BLOCKS_OF(array) .blocks = (array), .count = sizeof(array) / sizeof *(array)

extern const struct ndm_grammar ndm_opm, ndm_omm, ndm_oem, ndm_ocm, ndm_tdm, ndm_cdm, ndm_rdm;
/* Several messages as one, which only XML has: 505.0-B-3, section 4.10. */
extern const struct ndm_grammar ndm_combined;

/* NULL: no message that is known. */
const struct ndm_grammar *ndm_grammar_of_keyword(struct str version_keyword);
const struct ndm_grammar *ndm_grammar_of_name(struct str xml_name);
/* One of a list with | between its words. */
bool ndm_listed(const char *list, struct str word);
