#include "command.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#ifndef RELTO_CONFIG
#define RELTO_CONFIG "/etc/relto/reltod.conf"
#endif

static const char usage[] =
    "reltod - exchange of SSA and PNT records between coalition partners\n"
    "\n"
    "  reltod serve               serve until SIGTERM; SIGHUP reloads\n"
    "  reltod migrate             bring the database schema up to date\n"
    "  reltod policy apply FILE   put the registers of FILE in force\n"
    "         --dry-run           only show what would change\n"
    "         --actor NAME        who answers for it, for the audit log (default: the user)\n"
    "  reltod --check-config      check the configuration and the files it names\n"
    "  reltod --version\n"
    "  reltod --help\n"
    "\n"
    "  --config FILE              configuration (default " RELTO_CONFIG ")\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage.\n"
    "\n"
    "Settings, each also as environment variable RELTO_<SECTION>_<KEY>; * takes effect at a reload (SIGHUP):\n";

struct options {
    const char *config, *actor;
    bool dry_run, check, help, version;
};

enum { OPT_CONFIG = 1, OPT_ACTOR, OPT_DRY_RUN, OPT_CHECK, OPT_HELP, OPT_VERSION };

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {{"config", required_argument, NULL, OPT_CONFIG},
                                          {"actor", required_argument, NULL, OPT_ACTOR},
                                          {"dry-run", no_argument, NULL, OPT_DRY_RUN},
                                          {"check-config", no_argument, NULL, OPT_CHECK},
                                          {"help", no_argument, NULL, OPT_HELP},
                                          {"version", no_argument, NULL, OPT_VERSION},
                                          {NULL, 0, NULL, 0}};
    int c;
    while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
        switch (c) {
        case OPT_CONFIG: o->config = optarg; break;
        case OPT_ACTOR: o->actor = optarg; break;
        case OPT_DRY_RUN: o->dry_run = true; break;
        case OPT_CHECK: o->check = true; break;
        case OPT_HELP: o->help = true; break;
        case OPT_VERSION: o->version = true; break;
        default: return false;
        }
    }
    return true;
}

static int print_help(void)
{
    BUF_CLEANUP struct buf b = {0};
    buf_z(&b, usage);
    settings_describe(&b);
    fwrite(b.p, 1, b.n, stdout);
    return EXIT_OK;
}

static int wrong_usage(void)
{
    fputs("reltod: expected serve, migrate, policy apply FILE or an option; see reltod --help\n", stderr);
    return EXIT_USAGE;
}

static bool is(char *const *words, int n, const char *first, const char *second)
{
    return n > 0 && !strcmp(words[0], first) && (!second || (n > 1 && !strcmp(words[1], second)));
}

static int with_settings(const struct options *o, char *const *words, int n)
{
    struct settings *s;
    struct fault fault;
    int code = EXIT_USAGE;
    if (settings_load(o->config, &s, &fault))
        return report(&fault);
    if (o->check && n == 0)
        code = command_check_config(s);
    else if (is(words, n, "migrate", NULL) && n == 1)
        code = command_migrate(s);
    else if (is(words, n, "policy", "apply") && n == 3)
        code = command_policy_apply(s, words[2], o->dry_run, o->actor);
    settings_free(s);
    return code == EXIT_USAGE ? wrong_usage() : code;
}

int main(int argc, char **argv)
{
    struct options o = {.config = RELTO_CONFIG};
    if (!parse(argc, argv, &o))
        return EXIT_USAGE;
    char *const *words = argv + optind;
    int n = argc - optind;
    if (o.help)
        return print_help();
    if (o.version) {
        puts("reltod " RELTO_VERSION);
        return EXIT_OK;
    }
    if (is(words, n, "serve", NULL) && n == 1)
        return command_serve(o.config);
    return with_settings(&o, words, n);
}
