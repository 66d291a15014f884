/* The migrations of schema/, embedded by schema/embed. */
#pragma once
#include <stddef.h>

struct migration {
    int version;
    const char *name; /* "0001_policy" */
    const unsigned char *sql;
    size_t n;
};

extern const struct migration migrations[];
extern const size_t migration_count;
