/* The tests' exchange as a program, for clients that are programs: prints its port, ends at the end of its input.
 *
 *   serve [CERTIFICATE KEY TRUST_DIR] */
#include "log.h"
#include "served.h"
#include "tls.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static struct tls *open_tls(char **args, struct clock *clock, struct log *log)
{
    struct tls *t = NULL;
    struct fault f;
    struct tls_config c = {.certificate = args[0],
                           .key = args[1],
                           .trust_dir = args[2],
                           .ticket_seconds = 3600,
                           .clock = clock,
                           .log = log};
    if (tls_open(&c, &t, &f))
        fprintf(stderr, "%s: %s\n", f.where, f.detail);
    return t;
}

int main(int argc, char **argv)
{
    struct served s;
    struct clock *clock;
    struct fault f;
    struct log *log = log_new(LOG_TEXT, ERROR_LEVEL_INFO, 2);
    struct tls *tls = NULL;
    char line[64];
    signal(SIGPIPE, SIG_IGN);
    if (clock_open(NULL, &clock, &f))
        return 1;
    served_init(&s);
    s.config.log = log;
    s.config.limits.coded_from = 1024;
    if (argc == 4 && !(tls = open_tls(argv + 1, clock, log)))
        return 1;
    s.config.tls = tls;
    served_start(&s);
    printf("%u\n", http_port(s.server));
    fflush(stdout);
    while (read(0, line, sizeof line) > 0)
        ;
    served_stop(&s);
    tls_free(tls);
    clock_free(clock);
    log_free(log);
    return 0;
}
