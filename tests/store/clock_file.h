/* The file that a test's clock reads. */
#pragma once
#include "instant.h"

/* Replaced as a whole: a reader finds the old instant or the new one. Ends the program if that fails. */
void clock_file_set(const char *path, instant now);
