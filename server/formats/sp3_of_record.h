/* Records back to what SP3 says of a satellite. Inside formats/ only. */
#pragma once
#include "members.h"
#include "sp3.h"

/* A record of type preciseephemeris. */
struct sp3_source {
    struct sp3_header header; /* version and values of sp3_common */
    struct str satellite, accuracy, file_type;
    struct str comments; /* as they stand */
    const struct str *points;
    size_t n, comment_count;
    struct str comment[SP3_COMMENTS_MAX];
};

/* What a file says once. */
extern const struct sp3_common {
    enum sp3_header_value value;
    const char *field;
    int decimals; /* -1: a text */
} sp3_common[];
extern const size_t sp3_common_count;

/* ERR_INVALID_RECORD: fault->where is the field that is missing, as a view may hide it, or has no place in SP3. */
int sp3_source_of_record(const struct member *list, size_t n, struct arena *arena, struct sp3_source *ret,
                         struct fault *fault);
/* The i-th point, with a velocity in any case; *ret_moves: the record has it. fault->where is the point's field. */
int sp3_state_of_point(const struct sp3_source *s, size_t i, struct arena *arena, struct sp3_state *ret,
                       bool *ret_moves, struct fault *fault);
/* Zeros and nines, which stand for what is not known. */
void sp3_unknown(struct str values[SP3_STATE_VALUES]);
/* What follows from the first epoch. */
void sp3_start_values(int64_t ticks, struct arena *arena, struct str values[SP3_HEADER_VALUES]);
struct str sp3_seconds_text(int64_t ticks, struct arena *arena);
/* Lines that have no meaning yet. */
void sp3_reserved_values(struct sp3_header *h);
void sp3_write_epoch_of(int64_t ticks, struct buf *out);
