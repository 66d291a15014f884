/* The registers' views, compiled for every record type they are defined for; and how a class sees a type's records. */
#pragma once
#include "registry.h"
#include "view.h"

/* Different delays of all views together: a class of readers numbers those it waits for in a byte. */
#define VIEW_DELAYS_MAX 255

struct views;
/* Everything lives in the arena. A definition that the descriptors no longer bear out is left out. */
const struct views *views_new(const struct registry *reg, struct arena *arena);
/* NULL if there is no such view of the type; number > 0. */
const struct view *views_find(const struct views *v, unsigned number, struct str type);

/* A label whose records are sent under another marking than their own. */
struct sight_marking {
    int32_t label;
    struct str marking;
};

/* In which views the class sees records of one type: what a statement that selects by their fields has to know. */
struct sight {
    int64_t stamp; /* of the visible set this was taken from */
    const struct view
        *views[REGISTRY_VIEWS_MAX + 1]; /* by number; NULL: not among them. 0, the whole record, always is */
    unsigned most;                      /* the highest number; 0: all are seen whole */
    bool marked;                        /* it was asked for markings */
    const struct sight_marking *markings;
    size_t n_markings;
};
