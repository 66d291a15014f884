/* The command line, by one table of options (options.def). */
#pragma once
#include <stdbool.h>
#include <stdio.h>

enum option {
#define OPTION(id, name, value, help) OPTION_##id,
#include "options.def"
#undef OPTION
    OPTION_COUNT,
    OPTION_END = OPTION_COUNT
};

/* What every command takes. */
extern const enum option options_of_all[];

struct command;
struct options {
    const char *value[OPTION_COUNT]; /* NULL: not given; "" of one that takes none */
};

/* Takes options out of the line, wherever they stand before "--": *ret_n arguments stay, the first of them is the
 * command if it is NULL. Answers 0, or EX_USAGE after saying why. */
int options_take(const struct command *command, char **arguments, int n, struct options *o, int *ret_n);
/* Whether the command takes it. */
bool options_has(const struct command *command, enum option option);
void options_help(const enum option *list, FILE *out);
/* The value as a number in [least, most], `standard` if it is not given. */
int options_number(const struct options *o, enum option option, long least, long most, long standard, long *ret);
