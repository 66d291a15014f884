/* How fast navigation messages are read, and in how much memory: an ephemeris that is made while it is read, so that
 * its size does not matter. formats [MEGABYTES] */
#include "ndm.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static const char head[] = "CCSDS_OEM_VERS = 3.0\nCREATION_DATE = 2026-05-20T22:31:12\nORIGINATOR = BENCH\nMETA_START\n"
                           "OBJECT_NAME = BENCH 1\nOBJECT_ID = 2026-001A\nCENTER_NAME = EARTH\nREF_FRAME = EME2000\n"
                           "TIME_SYSTEM = UTC\nSTART_TIME = 1950-01-01T00:00:00\nSTOP_TIME = 2100-01-01T00:00:00\n"
                           "META_STOP\n";

struct making {
    size_t left;
    unsigned long second;
    bool begun;
    double seconds; /* it took, which are no reader's */
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* As many whole lines as fit. */
static long make(void *context, char *into, size_t room)
{
    struct making *m = context;
    size_t n = 0;
    double start = now();
    if (!m->begun) {
        memcpy(into, head, n = sizeof head - 1);
        m->begun = true;
    }
    while (m->left && room - n > 200) {
        unsigned long s = m->second++, day = s / 86400;
        int line = snprintf(into + n, room - n,
                            "%04lu-%02lu-%02luT%02lu:%02lu:%02lu.000 %lu.%06lu -2918.623186 3932.995817 0.607766760 "
                            "-6.470290930 -4.059846290\n",
                            1951 + day / 336, day / 28 % 12 + 1, day % 28 + 1, s / 3600 % 24, s / 60 % 60, s % 60,
                            s % 7000, s * 7919 % 1000000);
        n += (size_t)line;
        m->left -= m->left < (size_t)line ? m->left : (size_t)line;
    }
    m->seconds += now() - start;
    return (long)n;
}

int main(int argc, char **argv)
{
    size_t megabytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 100, bytes = megabytes * 1000000, states = 0;
    struct making m = {.left = bytes};
    double start = now();
    NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_new((struct ndm_source){make, &m});
    struct ndm_event e;
    struct fault fault;
    int error;
    while (!(error = ndm_next(r, &e, &fault)))
        states += e.what == NDM_SET;
    if (error != NDM_END) {
        fprintf(stderr, "%s: %s\n", fault.where, fault.detail);
        return 1;
    }
    double reading = now() - start - m.seconds;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("OEM, keyword = value: %zu MB, %zu states, %.0f MB/s, %ld kB of memory\n", megabytes, states,
           (double)megabytes / reading, usage.ru_maxrss);
    return 0;
}
