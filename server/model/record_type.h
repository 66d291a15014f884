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

struct field_table;

/* Written with the words of types/rows.h. */
struct field {
    const char *name;
    size_t name_length;
    enum field_kind kind;
    int depth; /* 0: one value; 1: an array of them; 2: an array of arrays, and so on */
    bool required;
    const char *unit;          /* SI or the field's usual: "km", "deg", "s"; NULL: none */
    double min, max;           /* both belong to the range; both 0: not limited; max DBL_MAX: no upper end */
    bool covariance;           /* a covariance, or an uncertainty taken from one (view.h) */
    bool sensor_position;      /* tells where the sensor is or how it moves (view.h) */
    bool read_only;            /* the exchange works it out from other fields; what a poster sends is read over */
    bool retells;              /* says again what other fields say: not shown in a view that reduces any (view.h) */
    size_t bytes_max;          /* FIELD_STRING: of one value, if it may be longer than others; 0: limits.string */
    const char *const *values; /* FIELD_ENUM: NULL-terminated */
    const struct field_table *object; /* FIELD_OBJECT */
    const char *description;
};

#define FIELD_TABLE_MAX 256 /* fields of one table; more do not compile */

/* Sorted by name in byte order: checked by a test, relied on by the scanner. A row `clientId` is sent as `id`. */
struct field_table {
    const struct field *fields;
    size_t n;
    /* Members that exchanges of this kind add to the object. Clients send what they have read, so these are read over
     * and not kept; NULL-terminated, NULL: none. Those of every record (record_passed_over) are not named here. */
    const char *const *passed_over;
};

/* What a query is for. */
enum query_use {
    QUERY_LIST,
    QUERY_COUNT,         /* paging is passed over; an order or columns are refused */
    QUERY_TUPLE,         /* columns must be given */
    QUERY_CURRENT,       /* the newest record of each object; no time needs to be given */
    QUERY_CURRENT_TUPLE, /* both */
};

/* Of records that tell of one event, one after the other, the one made last counts. Of one event are those that one
 * partner posts of the same two objects (object_field and other_object_field, in either order), in one data mode, from
 * one maker, and whose times are at most `span` apart. */
struct succession {
    const char *made_field;      /* a record without it is of no event */
    const char *maker_field;     /* who made it, as it says itself */
    const char *object_names[2]; /* stand for objects without a number */
    int64_t span;                /* microseconds */
};

struct record_type {
    const char *name;     /* "eoobservation": path segment and partition name */
    const char *filedrop; /* "udl-eo": path segment behind /filedrop; NULL: none */
    const char *description;
    const struct field_table *fields;
    const char *time_field;     /* becomes column t; NULL: it has none, and t is `earliest` */
    const char *query_required; /* list and count refuse a query without a condition on this field (UDL section 4),
                                   also one of server_fields(); NULL: on none */
    const char *id_field;       /* its own name of the record's id, sent beside `id` and taken as such; NULL: none */
    bool has_file;              /* a record may have come with a file, which is kept and read with it: getFile */
    bool versioned;             /* its records have a stable id and are replaced: PUT, DELETE */
    bool deletable;             /* not versioned, but taken back by who posted it: DELETE */
    const char *object_field;   /* becomes column object; NULL: none */
    bool current;               /* of each object the newest record is what counts (UDL section 6) */
    const struct succession *succession; /* with `current`: what counts is what none of them follows; NULL: see there */
    const char *other_object_field;      /* a second object that it is about; NULL: none */
    const char *sensor_field;            /* who observed; NULL: none */
    const char *other_sensor_field;      /* who observed at the same time; NULL: none */
    /* Where it was observed from, in degrees; NULL: not known. */
    const char *latitude_field, *longitude_field;
    const char *other_latitude_field, *other_longitude_field; /* where the other sensor was */
    size_t elements_max;     /* values in one record, if more than limits.elements; 0: limits.elements */
    int64_t partition_width; /* microseconds of t per partition */
    int64_t retention;       /* microseconds of t kept; 0: for ever; a t that has passed it is refused, as it would not
                                be kept */
    instant earliest;        /* t before this is refused */
    int64_t furthest_ahead;  /* t more than this after now is refused */
};

/* A type whose records are elements of another's: served out of the parent, and decided as it is. */
struct part_type {
    struct record_type type; /* its fields: those of the element and those it has of its parent */
    const struct record_type *parent;
    const char *field;        /* of the parent: the array of objects that they are */
    const char *parent_field; /* of the part: where the parent's id stands, "esId" */
};

size_t record_type_count(void);
const struct record_type *record_type_at(size_t i);
const struct record_type *record_type_find(struct str name);        /* NULL if there is none */
const struct record_type *record_type_dropped(struct str filedrop); /* the same */
/* Parts are no record types: they are neither posted nor named in agreements. */
size_t part_type_count(void);
const struct part_type *part_type_at(size_t i);
const struct part_type *part_type_find(struct str name);
const struct record_type *queried_type_find(struct str name); /* of records or parts; NULL if there is none */
const struct field *field_find(const struct field_table *t, struct str name);
/* The field whose name is nearest to a misspelt one; NULL if none is near. Slow: for messages. */
const struct field *field_nearest(const struct field_table *t, struct str name);
/* What a value of the field within so many arrays must be: "a number from 0 to 360", "one of REAL, TEST". For messages.
 */
void field_expected(const struct field *f, int depth, struct buf *out);
/* Whether min and max limit anything. */
static inline bool field_limited(const struct field *f)
{
    return f->min < f->max;
}

static inline bool is_time_field(const struct record_type *type, const struct field *f)
{
    return type->time_field && strcmp(f->name, type->time_field) == 0;
}
static inline bool is_query_required(const struct record_type *type, const struct field *f)
{
    return type->query_required && strcmp(f->name, type->query_required) == 0;
}
/* NULL if it has none. */
const struct field *record_type_time(const struct record_type *type);
/* Whether an object of the table may be sent this member, though it is not kept. */
bool record_passed_over(const struct field_table *t, struct str name);

/* Fields every record has when it is sent, and that a client can query but not post: createdAt, createdBy, origNetwork,
 * id (the last may be posted and is then kept as clientId). */
const struct field_table *server_fields(void);

/* The row `id` of server_fields() under the type's own name for it. Only of a type that has one. */
struct field id_field_of(const struct record_type *type);

/* UDL queryhelp response; and the OpenAPI 3.1 schema object of a record (components.schemas.NAME). */
void queryhelp_write(const struct record_type *type, struct buf *out);
void openapi_schema_write(const struct record_type *type, struct buf *out);
/* The parameters array (query operators) of the operation. */
void openapi_parameters_write(const struct record_type *type, enum query_use use, struct buf *out);
