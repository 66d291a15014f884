/* Decimal numbers as text: digits are kept, and a unit is changed by moving the point, so that nothing is rounded. */
#pragma once
#include "arena.h"

/* Reads [+-]digits[.digits][(e|E)[+-]digits], at least one digit in front of the exponent, and writes it times 10^shift
 * as a JSON number without exponent: "-.5" by -1 is "-0.05". False if text is not a number, or moves its point by more
 * than NUMBER_SHIFT_MAX. */
#define NUMBER_SHIFT_MAX 100
bool number_shift(struct str text, int shift, struct arena *arena, struct str *ret);
/* The same text as a JSON number: sign, zeros in front and the letter of the exponent as JSON has them, digits and
 * exponent as they stand. False if text is not a number; D is taken for E, as Fortran writes it. */
bool number_json(struct str text, struct arena *arena, struct str *ret);
