/* How fast navigation messages and element sets are read, and in how much memory: an ephemeris that is made while it is
 * read, so that its size does not matter; a catalogue of element sets in memory, read again and again, its values and
 * as records; how long it takes to tell what a file is. formats [MEGABYTES] */
#include "import.h"
#include "ndm.h"
#include "tle.h"

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

static long memory_used(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static int read_ephemeris(size_t megabytes)
{
    struct making m = {.left = megabytes * 1000000};
    double start = now();
    size_t states = 0;
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
    printf("OEM, keyword = value: %zu MB, %zu states, %.0f MB/s, %ld kB of memory\n", megabytes, states,
           (double)megabytes / (now() - start - m.seconds), memory_used());
    return 0;
}

#define SETS 30000 /* about as many as there are objects with public elements */

static char checksum(const char *line, int n)
{
    int sum = 0;
    for (int i = n - 68; i < n; i++)
        sum += line[i] >= '0' && line[i] <= '9' ? line[i] - '0' : line[i] == '-';
    return (char)('0' + sum % 10);
}

static void make_catalogue(struct buf *out)
{
    for (unsigned i = 1; i <= SETS; i++) {
        buf_printf(out, "1 %05uU 98067A   26%03u.%08u -.000%05u  00000-0 -%05u-2 0  999", i, i % 365 + 1, i * 2971, i,
                   10000 + i);
        buf_char(out, checksum(out->p, (int)out->n));
        buf_printf(out, "\n2 %05u %8.4f %8.4f %07u %8.4f %8.4f %11.8f%5u", i, i % 180 + 0.64, i % 360 + 0.5121, i,
                   i % 360 + 0.9522, i % 360 + 0.1918, i % 16 + 0.49113993, i);
        buf_char(out, checksum(out->p, (int)out->n));
        buf_char(out, '\n');
    }
}

/* How many sets; 0: one is refused. */
static size_t read_values(struct str text, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct tle_reader r = tle_reader(text, arena);
    struct tle t;
    size_t n = 0;
    int error;
    while (!(error = tle_next(&r, &t, fault))) {
        n++;
        arena_reset(arena);
    }
    return error == TLE_END ? n : 0;
}

static int count(void *context, const struct import_item *item, struct fault *fault)
{
    (void)item, (void)fault;
    ++*(size_t *)context;
    return 0;
}

static size_t read_records(struct str text, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct import_header header = {.record = {.marking = STR("U"), .data_mode = STR("TEST"), .source = STR("bench")}};
    size_t n = 0;
    struct import_sink sink = {.take = count, .context = &n};
    return import_read(text, NULL, &header, &sink, arena, fault) ? 0 : n;
}

static int read_catalogue(size_t megabytes, const char *what, size_t (*read)(struct str text, struct fault *fault))
{
    BUF_CLEANUP struct buf text = {0};
    struct fault fault = {0};
    size_t bytes = 0, sets = 0;
    make_catalogue(&text);
    double start = now();
    for (; bytes < megabytes * 1000000; bytes += text.n) {
        size_t n = read(buf_view(&text), &fault);
        if (n != SETS) {
            fprintf(stderr, "%s: %s\n", fault.where, fault.detail);
            return 1;
        }
        sets += n;
    }
    printf("TLE, %s: %zu MB, %zu sets, %.0f MB/s, %ld kB of memory\n", what, bytes / 1000000, sets,
           (double)bytes / 1e6 / (now() - start), memory_used());
    return 0;
}

/* What it may take of a segment is in memory with its record, so that it has an end. */
static int read_ephemeris_records(size_t megabytes)
{
    struct making m = {.left = megabytes * 1000000};
    BUF_CLEANUP struct buf text = {0};
    struct fault fault = {0};
    char part[65536];
    for (size_t n; (n = (size_t)make(&m, part, sizeof part));)
        buf_add(&text, part, n);
    double start = now();
    size_t n = read_records(buf_view(&text), &fault);
    if (!n) {
        fprintf(stderr, "%s: %s\n", fault.where, fault.detail);
        return 1;
    }
    printf("OEM, to records: %zu MB, %zu records, %.0f MB/s, %ld kB of memory\n", megabytes, n,
           (double)text.n / 1e6 / (now() - start), memory_used());
    return 0;
}

#define SNIFFED 8192 /* bytes that are looked at, at most */
#define SNIFFS 20000

/* The last one that is asked for, and what is nothing that is known: all formats are asked for both. */
static int sniff(void)
{
    BUF_CLEANUP struct buf catalogue = {0};
    static char unknown[SNIFFED];
    make_catalogue(&catalogue);
    memset(unknown, '\xd3', sizeof unknown); /* each of which could begin a frame of RTCM */
    struct str texts[] = {buf_view(&catalogue), {unknown, sizeof unknown}};
    for (size_t i = 0; i < 2; i++) {
        double start = now();
        size_t known = 0;
        for (size_t k = 0; k < SNIFFS; k++)
            known += import_sniff(texts[i]) != NULL;
        if (known != (i ? 0 : SNIFFS))
            return 1;
        printf("telling what a file is, %s: %.1f us\n", i ? "unknown" : "TLE", (now() - start) / SNIFFS * 1e6);
    }
    return 0;
}

int main(int argc, char **argv)
{
    size_t megabytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
    return read_ephemeris(megabytes) || read_catalogue(megabytes, "values", read_values) ||
           read_catalogue(megabytes, "to records", read_records) || read_ephemeris_records(megabytes) || sniff();
}
