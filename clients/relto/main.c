/* relto: the command-line client of an exchange. */
#include "client.h"

#include <curl/curl.h>

#define OPTIONS(...)                                                                                                   \
    (const enum option[])                                                                                              \
    {                                                                                                                  \
        __VA_ARGS__, OPTION_END                                                                                        \
    }

#define PREDICATES                                                                                                     \
    "FIELD=VALUE chooses records: VALUE is what the field equals, or >v and <v (inclusive), a..b, a,b, ~v (not),\n"    \
    "*v* (like); times also as now-1 days. sort=FIELD,DESC, maxResults=N and firstResult=N order and cut the list.\n"

const struct command commands[] = {
    {"whoami", "", "who the exchange takes you for", "Shows partner, role, clearances and what the role may do.\n",
     OPTIONS(OPTION_JSON), 0, 0, false, run_whoami},
    {"post", "TYPE [FILE...]", "post records from files or standard input",
     "Takes a record, an array of records or a record a line, sends them in pieces and writes the id of each that was\n"
     "accepted. The same record posted again is the same record, so a post that broke off is simply repeated; with\n"
     "--report it sends only what is missing. A record that is refused does not stop the others.\n",
     OPTIONS(OPTION_LABEL, OPTION_BATCH, OPTION_REPORT, OPTION_JSON), 1, -1, false, run_post},
    {"get", "TYPE ID", "show one record", "Shows a member a line.\n", OPTIONS(OPTION_JSON), 2, 2, false, run_get},
    {"query", "TYPE [FIELD=VALUE...]", "show records as a table", PREDICATES, OPTIONS(OPTION_COLUMNS, OPTION_JSON), 1,
     -1, false, run_query},
    {"count", "TYPE [FIELD=VALUE...]", "how many records there are", PREDICATES, OPTIONS(OPTION_HELP), 1, -1, false,
     run_count},
    {"export", "TYPE [FIELD=VALUE...]", "write records to a file",
     "Writes the records as the exchange sends them, digit by digit: in JSON a line each, with --format json an array\n"
     "or csv, or as files of other tools (kvn, xml, tle, rinex, sp3, ...), which the exchange makes. A record that "
     "such\n"
     "a format cannot express refuses them all; with --partial it is left out, and told.\n" PREDICATES,
     OPTIONS(OPTION_FORMAT, OPTION_OUTPUT, OPTION_COLUMNS, OPTION_PARTIAL), 1, -1, false, run_export},
    {"import", "[FILE...]", "post what other tools have written",
     "Finds out what a file holds: records in JSON, as post takes them, for which --type says the type unless they\n"
     "are lines of tail --json; or a file that the exchange reads (CCSDS messages, TLE, RINEX, SP3, almanacs,\n"
     "advisories, ZIP archives of such), for which --mode, --source and --marking say what it does not.\n"
     "Such a file is taken whole or not at all, unless --partial.\n",
     OPTIONS(OPTION_TYPE, OPTION_MARKING, OPTION_MESSAGE_MARKING, OPTION_MODE, OPTION_SOURCE, OPTION_ORIGIN,
             OPTION_TAGS, OPTION_FORMAT, OPTION_RECEIVED, OPTION_PARTIAL, OPTION_LABEL, OPTION_BATCH, OPTION_REPORT,
             OPTION_JSON),
     0, -1, false, run_import},
    {"tail", "[TYPE]", "follow what you come to see",
     "Writes a line for each record and notice as it comes: position, type, id, marking. With --position nothing is\n"
     "missed between one run and the next.\n",
     OPTIONS(OPTION_AFTER, OPTION_POSITION, OPTION_LIMIT, OPTION_ONCE, OPTION_JSON), 0, 1, false, run_tail},
    {"evaluate", "MARKING", "who could see a record marked so, and why",
     "Nothing is posted. Needs --type and --mode.\n",
     OPTIONS(OPTION_TYPE, OPTION_MODE, OPTION_RELTO, OPTION_AS, OPTION_GATES, OPTION_JSON), 1, 1, false, run_evaluate},
    {"explain", "TYPE ID", "why a record is seen or not",
     "For an owner's disclosure officer and auditor of every partner, for others of themselves.\n",
     OPTIONS(OPTION_AS, OPTION_GATES, OPTION_JSON), 2, 2, false, run_explain},
    {"request", "ask|list|show ID|withdraw ID", "ask others for a release",
     "ask needs --type, --purpose and --until, and either --id of a record one was told of, or --owner and perhaps\n"
     "--object.\n",
     OPTIONS(OPTION_TYPE, OPTION_ID, OPTION_OWNER, OPTION_OBJECT, OPTION_PURPOSE, OPTION_VIEW, OPTION_UNTIL,
             OPTION_COLUMNS, OPTION_JSON),
     1, 2, false, run_request},
    {"recall", "TYPE ID", "take a record of one's own partner back",
     "By a disclosure officer. It is gone with the next request, and who was sent it is told. Needs --reason.\n",
     OPTIONS(OPTION_REASON, OPTION_DRY_RUN, OPTION_JSON), 2, 2, false, run_recall},
    {0},
};

static const char *const types[] = {
#define RECORD_TYPE(name) #name,
#define PART_TYPE(name) #name,
#include "types.def"
#undef RECORD_TYPE
#undef PART_TYPE
};

static int print_types(struct client *c, char **arguments, int n)
{
    (void)c;
    (void)arguments;
    (void)n;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        puts(types[i]);
    return finish_output(stdout, "standard output");
}

static const struct command types_command = {"types",
                                             "",
                                             "the types of record this version knows",
                                             "An exchange may know more of them.\n",
                                             OPTIONS(OPTION_HELP),
                                             0,
                                             0,
                                             true,
                                             print_types};

static const struct command *find_command(const char *name)
{
    for (const struct command *c = commands; c->name; c++)
        if (!strcmp(c->name, name))
            return c;
    return strcmp(name, types_command.name) ? NULL : &types_command;
}

static int help(const struct command *command)
{
    if (command) {
        printf("usage: relto %s%s%s [OPTION...]\n\n%s\n", command->name, *command->arguments ? " " : "",
               command->arguments, command->text);
        if (command->options[0] != OPTION_HELP)
            options_help(command->options, stdout);
        puts("\nand what every command takes:");
    } else {
        puts("usage: relto [OPTION...] COMMAND [ARGUMENT...] [OPTION...]\n");
        for (const struct command *c = commands; c->name; c++)
            printf("  %-10s %s\n", c->name, c->summary);
        printf("  %-10s %s\n", types_command.name, types_command.summary);
        puts("\nrelto COMMAND --help says more; --version tells the version. Every command takes:");
    }
    options_help(options_of_all, stdout);
    return finish_output(stdout, "standard output");
}

static int check_arguments(const struct command *command, int n)
{
    if (n >= command->least && (command->most < 0 || n <= command->most))
        return 0;
    return complain(EX_USAGE, "usage: relto %s%s%s [OPTION...]; see relto %s --help", command->name,
                    *command->arguments ? " " : "", command->arguments, command->name);
}

static int speak(const struct command *command, struct client *c, char **arguments, int n)
{
    struct profile profile;
    int error = profile_read(&c->options, &profile);
    if (!error)
        error = exchange_open(&profile, c->options.value[OPTION_QUIET] != NULL, &c->exchange);
    if (!error)
        error = command->run(c, arguments, n);
    exchange_close(c->exchange);
    profile_free(&profile);
    return error;
}

static int run(char **arguments, int n)
{
    struct client c = {0};
    int error = options_take(NULL, arguments, n, &c.options, &n);
    if (error)
        return error;
    if (!n)
        return c.options.value[OPTION_HELP] ? help(NULL) : complain(EX_USAGE, "which command? see relto --help");
    const struct command *command = find_command(arguments[0]);
    if (!command)
        return complain(EX_USAGE, "no command %s; see relto --help", arguments[0]);
    error = options_take(command, arguments + 1, n - 1, &c.options, &n);
    if (error)
        return error;
    if (c.options.value[OPTION_HELP])
        return help(command);
    error = check_arguments(command, n);
    if (error)
        return error;
    return command->offline ? command->run(&c, arguments + 1, n) : speak(command, &c, arguments + 1, n);
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "--version")) {
        puts("relto " RELTO_VERSION);
        return finish_output(stdout, "standard output");
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return complain(EX_SOFTWARE, "libcurl does not start");
    int status = run(argv + 1, argc - 1);
    curl_global_cleanup();
    return status;
}
