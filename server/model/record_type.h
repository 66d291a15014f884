/* Record types, each from one table of fields in types/NAME.c and one line in types.def.
 * Derived from the table: validation, canonical JSON, query parsing, queryhelp, OpenAPI, columns. */
#pragma once
#include "buf.h"
#include "error.h"
#include "instant.h"

enum field_kind {
    FIELD_STRING, /* valid UTF-8 without U+0000; min and max count its characters */
    FIELD_INT,    /* integer token without fraction or exponent, within min..max and int64; not -0, so that equal
                     integers have equal text */
    FIELD_FLOAT,  /* any JSON number that is finite as double; its digits are kept as sent */
    FIELD_BOOL,
    FIELD_TIME,   /* ISO 8601, stored as YYYY-MM-DDTHH:MM:SS.ffffffZ */
    FIELD_ENUM,   /* one of `values` */
    FIELD_OBJECT, /* fields of `object` */
    FIELD_ANY_KIND_COUNT
};
enum field_shape { SHAPE_ONE, SHAPE_ARRAY, SHAPE_MATRIX };

struct field_table;

/* Written with the words of types/rows.h. */
struct field {
    const char *name;
    size_t name_length;
    enum field_kind kind;
    enum field_shape shape;
    bool required;
    const char *unit;                 /* SI or the field's usual: "km", "deg", "s"; NULL: none */
    double min, max;                  /* both belong to the range; both 0: not limited; max DBL_MAX: no upper end */
    bool covariance;                  /* a covariance, or an uncertainty taken from one (view.h) */
    bool sensor_position;             /* tells where the sensor is or how it moves (view.h) */
    const char *const *values;        /* FIELD_ENUM: NULL-terminated */
    const struct field_table *object; /* FIELD_OBJECT */
    const char *description;
};

#define FIELD_TABLE_MAX 256 /* fields of one table; more do not compile */

/* Sorted by name in byte order: checked by a test, relied on by the scanner. A row `clientId` is sent as `id`. */
struct field_table {
    const struct field *fields;
    size_t n;
};

/* What a query is for. */
enum query_use {
    QUERY_LIST,
    QUERY_COUNT,         /* paging is passed over; an order or columns are refused */
    QUERY_TUPLE,         /* columns must be given */
    QUERY_CURRENT,       /* the newest record of each object; no time needs to be given */
    QUERY_CURRENT_TUPLE, /* both */
};

struct record_type {
    const char *name;     /* "eoobservation": path segment and partition name */
    const char *filedrop; /* "udl-eo": path segment behind /filedrop; NULL: none */
    const char *description;
    const struct field_table *fields;
    const char *time_field;         /* becomes column t */
    bool time_query_required;       /* list and count refuse a query without the time field (UDL section 4) */
    const char *object_field;       /* becomes column object; NULL: none */
    bool current;                   /* of each object the newest record is what counts (UDL section 6) */
    const char *other_object_field; /* a second object that it is about; NULL: none */
    const char *sensor_field;       /* who observed; NULL: none */
    /* Where it was observed from, in degrees; NULL: not known. */
    const char *latitude_field, *longitude_field;
    int64_t partition_width; /* microseconds of t per partition */
    int64_t retention;       /* microseconds of t kept; 0: for ever; a t that has passed it is refused, as it would not
                                be kept */
    instant earliest;        /* t before this is refused */
    int64_t furthest_ahead;  /* t more than this after now is refused */
};

size_t record_type_count(void);
const struct record_type *record_type_at(size_t i);
const struct record_type *record_type_find(struct str name);        /* NULL if there is none */
const struct record_type *record_type_dropped(struct str filedrop); /* the same */
const struct field *field_find(const struct field_table *t, struct str name);
/* The field whose name is nearest to a misspelt one; NULL if none is near. Slow: for messages. */
const struct field *field_nearest(const struct field_table *t, struct str name);
/* What a value of the field in this shape must be: "a number from 0 to 360", "one of REAL, TEST". For messages. */
void field_expected(const struct field *f, enum field_shape shape, struct buf *out);
/* Whether min and max limit anything. */
static inline bool field_limited(const struct field *f)
{
    return f->min < f->max;
}

/* Fields every record has when it is sent, and that a client can query but not post: createdAt, createdBy, origNetwork,
 * id (the last may be posted and is then kept as clientId). */
const struct field_table *server_fields(void);

/* UDL queryhelp response; and the OpenAPI 3.1 schema object of a record (components.schemas.NAME). */
void queryhelp_write(const struct record_type *type, struct buf *out);
void openapi_schema_write(const struct record_type *type, struct buf *out);
/* The parameters array (query operators) of the operation. */
void openapi_parameters_write(const struct record_type *type, enum query_use use, struct buf *out);
