#include "options.h"

#include <stdio.h>
#include <stdlib.h>

bool options_read(int argc, char **argv, const struct option *table, const char *usage,
                  bool (*set)(void *o, int option, char *value), void *o)
{
    for (int c; (c = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        if (c == 0) {
            fputs(usage, stdout);
            exit(0);
        }
        if (!set(o, c, optarg))
            return false;
    }
    return optind == argc;
}
