/* What export.c makes its table of. Inside formats/ only. */
#pragma once
#include "export.h"

enum { EXPORT_TWO_LINES, EXPORT_THREE_LINES };
extern const struct export_writer export_elset_lines; /* sets of two lines, or of three with the object's name */
