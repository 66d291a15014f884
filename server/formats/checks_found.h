/* What checks find, and the numbers that they look at. Inside formats/ only. */
#pragma once
#include "arena.h"
#include "buf.h"
#include "members.h"

struct findings {
    struct arena *arena;
    struct buf texts; /* elements of an array in JSON */
    size_t n;
};

__attribute__((format(printf, 2, 3))) void found(struct findings *f, const char *format, ...);

/* An object of JSON. */
struct object {
    const struct member *members;
    size_t n;
    struct arena *arena;
};

/* Empty, if text is no object. */
struct object object_of(struct str text, struct arena *arena);
/* As member_value has it. */
struct str object_text(const struct object *o, const char *name);
/* A number as it was printed. */
struct printed {
    bool there;
    double value;
    double step; /* what one in its last digit makes */
};
struct printed printed_of(struct str text);
struct printed object_number(const struct object *o, const char *name);
/* The numbers of an array; returns how many, 0 if they are more than room. */
size_t object_numbers(const struct object *o, const char *name, double *ret, size_t room);
/* Calls use for each object of an array. */
void object_each(const struct object *o, const char *name,
                 void (*use)(struct findings *f, const struct object *element, void *context), void *context,
                 struct findings *f);

#define COVARIANCE_SIZE_MAX 24
#define COVARIANCE_VALUES_MAX (COVARIANCE_SIZE_MAX * (COVARIANCE_SIZE_MAX + 1) / 2)
/* lower: the lower triangle of a covariance, row by row; name: what it is told as. n is that of a triangle. */
void check_covariance(struct findings *f, const char *name, const double *lower, size_t n);
/* All covariances of a message of the CCSDS, in keyword = value notation. */
void check_message(struct findings *f, struct str message);
void check_conjunction(struct findings *f, const struct object *record);
