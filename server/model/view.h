/* Named reductions of a record: what a view keeps, drops and makes coarser, and what of it can be proved. */
#pragma once
#include "arena.h"
#include "record_type.h"

#define VIEW_STEPS_MAX 64                  /* of one type in one view */
#define VIEW_FIELDS_MAX 64                 /* named in one step */
#define VIEW_AREAS_MAX 64                  /* of one region step */
#define VIEW_NAME_MAX 64                   /* bytes of an area's name */
#define VIEW_DIGITS_MAX 15                 /* significant digits; more are what a double holds */
#define VIEW_SECONDS_MAX INT64_C(31622400) /* 366 days: of a time step, and of a delay */

enum projection_kind {
    SHOW_WHOLE,
    SHOW_NOTHING, /* also of what says again what others say (struct field.retells), if anything is not shown whole */
    SHOW_STEP,    /* the multiple of `step` at or nearer to 0 */
    SHOW_DIGITS,  /* the first `digits` significant ones */
    SHOW_TIME,    /* the start of its interval of `width`, counted from 1900-01-01 (instant_floor) */
    SHOW_REGION,  /* what the area says that the record's latitude and longitude lie in; nothing outside of all */
};

/* west > east: across the antimeridian. All ends belong to it. The texts are JSON numbers. */
struct view_area {
    double south, north, west, east;
    struct str latitude, longitude, altitude;
};
struct view_region {
    const struct field *latitude, *longitude, *altitude; /* altitude may be NULL */
    const struct view_area *areas;                       /* the first that fits counts */
    size_t n;
};

/* What is shown of one field. */
struct projection {
    enum projection_kind kind;
    struct str step; /* SHOW_STEP: plain decimal text */
    int digits;      /* SHOW_DIGITS */
    int64_t width;   /* SHOW_TIME: microseconds */
    const struct view_region *region;
};

struct view;

/* steps: JSON array as the policy file has it; the whole of it stands in README.md. Everything lives in the arena.
 * ERR_BAD_POLICY: fault->where is the place in steps, "[2].round.step". */
int view_compile(const struct record_type *type, struct str steps, struct arena *arena, const struct view **ret,
                 struct fault *fault);
/* What the view leaves of a canonical body, canonical too. marking: takes the place of classificationMarking wherever
 * the record has one; {NULL, 0}: it stays. False, with nothing to be sent, if body is no canonical body of the type. */
bool view_project(const struct view *v, struct str body, struct str marking, struct buf *out);
/* Of a field of the record itself. */
const struct projection *view_field(const struct view *v, const struct field *f);
/* Of the type's time: microseconds of its step, 0 if it is shown as it is. */
int64_t view_time_width(const struct view *v);
/* A record does not exist for who reads in the view until it has been here for so long; microseconds. */
int64_t view_delay(const struct view *v);
/* The time of acceptance is shown as the start of its interval of so many microseconds, as it tells the time of what is
 * posted at once; 0: as it is. The widest step of any time in the view. */
int64_t view_created_width(const struct view *v);
/* True only if everything `narrow` shows follows from what `wide` shows, and no earlier. Both of one type. */
bool view_within(const struct view *narrow, const struct view *wide);
