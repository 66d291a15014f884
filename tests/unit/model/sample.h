/* Records made from the descriptors, so that a test sees every field of every type, the ones added later too. */
#pragma once
#include "record.h"

#define NOW INT64_C(1780315200) * INSTANT_SECOND /* 2026-06-01T12:00:00Z */
#define SAMPLE_TIME "2026-05-04T03:02:01.000006Z"

extern const struct record_limits default_limits;

/* A value the field accepts, as JSON in canonical form. */
void sample_value(const struct field *f, int depth, struct buf *out);
/* An object of all the table's fields. */
void sample_whole(const struct field_table *t, struct buf *out);
/* An object of the table's required fields, and `extra` with this value ("" leaves it out, though it is required). */
void sample_object(const struct field_table *t, const struct field *extra, struct str value, struct buf *out);

/* Every field that can be posted, of every type and of the objects in them. `wrap` puts an object of the field's table
 * where it belongs in a record of the type; `path` is that object's place, "$" or "$.stateVector1" or
 * "$.gnssObservationList[0]". */
struct place {
    const struct record_type *type;
    const struct field *outer; /* NULL: the record itself */
    const struct field_table *table;
    const struct field *field;
    const char *path;
};
void each_field(void (*check)(const struct place *place));
/* A record with only what is required, and the place's field with this value. */
void sample_record(const struct place *place, struct str value, struct buf *out);

/* The error code, or 0 with the record; text lives in the arena. */
int scan_one(const struct record_type *type, struct str body, struct arena *arena, struct record *ret,
             struct fault *fault);
/* "outer.field" for messages. */
const char *place_name(const struct place *place, struct arena *arena);
const struct record_type *type_named(const char *name);
