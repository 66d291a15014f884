/* Records back to what RINEX clock files say of a clock. Inside formats/ only. */
#pragma once
#include "clk.h"
#include "members.h"

/* What a file says once, and all records of it must say alike; arrays as they stand. */
enum clk_common {
    CLK_SAYS_TIME_SYSTEM,
    CLK_SAYS_LEAP_SECONDS,
    CLK_SAYS_LEAP_SECONDS_GNSS,
    CLK_SAYS_CENTER,
    CLK_SAYS_CENTER_NAME,
    CLK_SAYS_FRAME,
    CLK_SAYS_STATION,
    CLK_SAYS_STATION_NUMBER,
    CLK_SAYS_STATION_REFERENCE,
    CLK_SAYS_CODE_BIASES,
    CLK_SAYS_PHASE_CENTERS,
    CLK_SAYS_OBSERVATIONS,
    CLK_COMMON
};
extern const char *const clk_common_fields[CLK_COMMON];

enum { CLK_MADE_BY_PROGRAM, CLK_MADE_BY_WHOM, CLK_MADE_WHEN, CLK_MADE };

struct clk_receiver {
    struct str number, x, y, z;
};

/* A record of type gnssclock. */
struct clk_source {
    struct str common[CLK_COMMON], made[CLK_MADE];
    struct str name, type, version, system, comments, references;
    struct clk_receiver receiver;
    const struct str *points;
    size_t n;
};

/* ERR_INVALID_RECORD: fault->where is the field that is missing, as a view may hide it, or has no place in a clock
 * file. Texts live in the arena or are slices of the record. */
int clk_source_of_record(const struct member *list, size_t n, struct arena *arena, struct clk_source *ret,
                         struct fault *fault);
/* The i-th point. fault->where is the point's field. */
int clk_data_of_point(const struct clk_source *s, size_t i, struct arena *arena, struct clk_data *ret,
                      struct fault *fault);
/* The members of an object in an array, as the label has them: system, program and source of a correction. */
void clk_correction_of(struct str object, struct arena *arena, struct str values[CLK_LINE_VALUES]);

/* A clock that others are told against, and when it was. */
struct clk_reference {
    struct str values[CLK_LINE_VALUES]; /* name, number, offset */
    struct str span[CLK_LINE_VALUES];   /* as the line above it has them, without the number of clocks */
};
/* fault->where is "references". */
int clk_reference_of(struct str object, struct arena *arena, struct clk_reference *ret, struct fault *fault);
