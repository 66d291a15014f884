/* Numbers cut in decimal, digit by digit, so that no binary noise is shown and the database gives the same text. Inside
 * model/ only. */
#pragma once
#include "buf.h"
#include "json.h"

/* A step of 1 to DECIMAL_STEP_MAX times a power of ten. */
struct decimal_step {
    uint64_t digits; /* without zeros at the end */
    int64_t exponent;
};
#define DECIMAL_STEP_MAX UINT64_C(999999999)
#define DECIMAL_EXPONENT_MAX 12
/* Below 10^-DECIMAL_SMALLEST digits are not told from 0: no double could hold what is left of them. */
#define DECIMAL_SMALLEST 300

/* The step nearest to `n` that 15 digits can say, as a double's own digits are not what its author wrote. False if it
 * is not positive or no struct decimal_step can hold it. */
bool decimal_step_read(const struct json_number *n, struct decimal_step *ret);
/* Plain decimal text: "10", "0.05". */
void decimal_step_write(const struct decimal_step *step, struct buf *out);
/* Whether a is b times a whole number. */
bool decimal_step_multiple(const struct decimal_step *a, const struct decimal_step *b);

/* Both go towards 0, so that what a coarser one shows follows from what a finer one shows. Plain decimal text without
 * zeros at its end; 0 has no sign. */
void decimal_cut_step(const struct json_number *n, const struct decimal_step *step, struct buf *out);
void decimal_cut_digits(const struct json_number *n, int digits, struct buf *out);
