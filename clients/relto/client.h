/* What all commands of the client share: options, the exchange, messages, how it ends. */
#pragma once
#include "exchange.h"
#include "options.h"
#include "str.h"

#include <sysexits.h>

#define EX_REFUSED 1 /* beside sysexits.h: what was asked for is not there */

struct client {
    struct options options;
    struct exchange *exchange;
};

struct command {
    const char *name, *arguments, *summary, *text;
    const enum option *options; /* ended by OPTION_END */
    int least, most;            /* arguments; most -1: any number */
    bool offline;               /* needs no exchange */
    /* Answers the exit status; has said why if it is not 0. */
    int (*run)(struct client *c, char **arguments, int n);
};

/* The table of main.c, ended by one without a name. */
extern const struct command commands[];

int run_whoami(struct client *c, char **arguments, int n);
int run_get(struct client *c, char **arguments, int n);
int run_query(struct client *c, char **arguments, int n);
int run_count(struct client *c, char **arguments, int n);
int run_export(struct client *c, char **arguments, int n);
int run_post(struct client *c, char **arguments, int n);
int run_import(struct client *c, char **arguments, int n);
int run_tail(struct client *c, char **arguments, int n);
int run_evaluate(struct client *c, char **arguments, int n);
int run_explain(struct client *c, char **arguments, int n);
int run_request(struct client *c, char **arguments, int n);
int run_recall(struct client *c, char **arguments, int n);

/* "relto: ..." on standard error; answers status. */
__attribute__((format(printf, 2, 3))) int complain(int status, const char *format, ...);
/* What the exchange says is wrong, in words; answers status. `what` stands before it, "" if nothing should. */
int complain_problem(int status, const char *what, struct str problem);
/* Ends the output: EX_IOERR if not all of it could be written. */
int finish_output(FILE *out, const char *name);
/* A line of its own for JSON that was answered. */
int print_json(struct str json);
