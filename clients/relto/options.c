#include "options.h"
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *value, *help;
} rows[OPTION_COUNT] = {
#define OPTION(id, name, value, help) {name, value, help},
#include "options.def"
#undef OPTION
};

const enum option options_of_all[] = {OPTION_PROFILE, OPTION_CONFIG, OPTION_URL,     OPTION_CA,
                                      OPTION_CERT,    OPTION_KEY,    OPTION_TIMEOUT, OPTION_RETRIES,
                                      OPTION_QUIET,   OPTION_HELP,   OPTION_END};

static bool listed(const enum option *list, enum option option)
{
    while (*list != OPTION_END && *list != option)
        list++;
    return *list == option;
}

bool options_has(const struct command *command, enum option option)
{
    return listed(options_of_all, option) || (command && listed(command->options, option));
}

/* OPTION_END if there is none of this name. */
static enum option find(const char *name, size_t n)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (strlen(rows[i].name) == n && !memcmp(rows[i].name, name, n))
            return (enum option)i;
    return OPTION_END;
}

/* One option; *i is where it stands, and then where its value does. */
static int take(const struct command *command, char **arguments, int n, int *i, struct options *o)
{
    const char *text = arguments[*i] + 2;
    size_t length = strcspn(text, "=");
    enum option option = find(text, length);
    if (option == OPTION_END || !options_has(command, option))
        return complain(EX_USAGE, "no option --%.*s%s%s; see relto%s%s --help", (int)length, text,
                        command ? " of " : " before the command", command ? command->name : "", command ? " " : "",
                        command ? command->name : "");
    if (o->value[option])
        return complain(EX_USAGE, "--%s stands there twice", rows[option].name);
    if (!rows[option].value) {
        if (text[length])
            return complain(EX_USAGE, "--%s takes no value", rows[option].name);
        o->value[option] = "";
        return 0;
    }
    if (!text[length] && *i + 1 == n)
        return complain(EX_USAGE, "--%s needs a value: %s", rows[option].name, rows[option].value);
    o->value[option] = text[length] ? text + length + 1 : arguments[++*i];
    return 0;
}

int options_take(const struct command *command, char **arguments, int n, struct options *o, int *ret_n)
{
    int kept = 0, error = 0;
    bool all = false;
    for (int i = 0; i < n && !error; i++) {
        all = all || (!command && kept); /* behind the command the options are its own */
        if (!all && !strcmp(arguments[i], "--"))
            all = true;
        else if (!all && arguments[i][0] == '-' && arguments[i][1] == '-')
            error = take(command, arguments, n, &i, o);
        else if (!all && arguments[i][0] == '-' && arguments[i][1])
            error = complain(EX_USAGE, "no option %s: they are written out, as --help", arguments[i]);
        else
            arguments[kept++] = arguments[i];
    }
    *ret_n = kept;
    return error;
}

void options_help(const enum option *list, FILE *out)
{
    for (; *list != OPTION_END; list++) {
        char left[40];
        const char *value = rows[*list].value;
        snprintf(left, sizeof left, "--%s%s%s", rows[*list].name, value ? " " : "", value ? value : "");
        fprintf(out, "  %-22s %s\n", left, rows[*list].help);
    }
}

int options_number(const struct options *o, enum option option, long least, long most, long standard, long *ret)
{
    const char *text = o->value[option];
    char *end;
    *ret = standard;
    if (!text)
        return 0;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < least || value > most)
        return complain(EX_USAGE, "--%s %s: expected a number from %ld to %ld", rows[option].name, text, least, most);
    *ret = value;
    return 0;
}
