/* Numbers as Fortran's formats write them. Inside formats/ only. */
#pragma once
#include "arena.h"
#include "buf.h"

/* Reads a field: [+-]digits[.digits][(D|E|d|e)[+-]digits], blanks around it and behind sign or point, at least one
 * digit in front of the exponent; of an exponent of three digits only the sign stands, as Fortran writes it. As JSON
 * has it: "-.50D+02" is "-0.50e+02". False if it is no number. */
bool fortran_read(struct str field, struct arena *arena, struct str *ret);
bool fortran_is_number(struct str field);
/* The integer that such a JSON number is: "7.0e+01" is "70". False if it is none, or has more than 18 digits. */
bool fortran_whole(struct str number, struct arena *arena, struct str *ret);
/* A JSON number as D(decimals + 7).decimals with one digit in front of the point, the exponent behind `letter`:
 * "-5.0e+01", or "-5.0-269" without the letter. False, and nothing written, if that would lose a digit or the exponent
 * has more than three. */
bool fortran_write(struct str number, int decimals, char letter, struct buf *out);
