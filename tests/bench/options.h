/* The command lines of the clients. */
#pragma once
#include <getopt.h>
#include <stdbool.h>

/* Its row in a table of options, whose values are above 0. */
#define OPTION_HELP "help", 0, NULL, 0
/* Gives each option to set(o, its value in the table, its argument), which refuses it by false. --help prints the usage
 * and ends the program. False for a command line that is none. */
bool options_read(int argc, char **argv, const struct option *table, const char *usage,
                  bool (*set)(void *o, int option, char *value), void *o);
