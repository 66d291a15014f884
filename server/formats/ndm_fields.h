/* Values of a navigation message that a record has fields for, by a table. Inside formats/ only. */
#pragma once
#include "import_run.h"
#include "ndm.h"
#include "ndm_time.h"

enum ndm_as {
    AS_TEXT,
    AS_NUMBER,
    AS_TIME,           /* of the message's time system */
    AS_TIME_OR_OFFSET, /* or seconds from struct ndm_fields.epoch */
    AS_UTC,
    AS_ITEM, /* text: one of the field's array, whose rows follow one another */
};

struct ndm_place {
    const char *block, *keyword;
    enum ndm_as as;
    const char *field;
};

struct ndm_value {
    struct str text; /* {NULL, 0}: the message does not say it */
    size_t line;
};

#define NDM_PLACES_MAX 64

struct ndm_fields {
    const struct ndm_place *places;
    size_t n;
    struct ndm_value values[NDM_PLACES_MAX];
    instant epoch;
};

#define NDM_FIELDS(places_)                                                                                            \
    {                                                                                                                  \
        .places = (places_), .n = sizeof(places_) / sizeof *(places_)                                                  \
    }

/* Keeps a value that has a place, the first if there are several; false: it has none. */
bool ndm_fields_take(struct ndm_fields *f, const struct ndm_event *e, struct arena *arena);
struct str ndm_fields_get(const struct ndm_fields *f, const char *keyword);
/* Adds the members to an object that header_write has begun. ERR_INVALID_RECORD: a value that a record cannot have. */
int ndm_fields_write(const struct ndm_fields *f, const struct ndm_scale *scale, struct arena *arena, struct buf *out,
                     struct fault *fault);

__attribute__((format(printf, 3, 4))) int ndm_fault(size_t line, struct fault *fault, const char *format, ...);
/* The number that text is, as JSON has it; a fault of the keyword that has it. */
int ndm_number_json(struct str keyword, struct str text, size_t line, struct arena *arena, struct str *ret,
                    struct fault *fault);
/* A designator of the satellite catalogue is its number; adds it as satNo. Other catalogues name objects as they like.
 */
void ndm_write_sat_no(struct str catalogue, struct str designator, struct buf *out);
