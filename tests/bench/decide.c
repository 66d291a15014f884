/* How many decisions a second one core makes: 40 partners, 20 communities, 200 agreements, views, every kind of label.
 *
 * usage: decide [SECONDS]      prints one line of JSON */
#include "decide.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PARTNERS 40
#define COMMUNITIES 20
#define MEMBERS 8 /* of a community */
#define AGREEMENTS 200
#define PARTIES 10 /* of an agreement, on each side */
#define LABELS 4096
#define VIEWS 8
#define NOW (20454 * INSTANT_DAY) /* 2026-01-01 */

static const char *const types[] = {"conjunction",      "elset",  "eoobservation", "gnssadvisory",
                                    "radarobservation", "sensor", "site",          "statevector"};
#define TYPES (sizeof types / sizeof *types)
static const char *const levels[] = {"U", "C", "S"};

/* splitmix64 */
static size_t below(uint64_t *state, size_t n)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (size_t)((z ^ (z >> 31)) % n);
}

static void add_views(struct buf *out)
{
    for (int i = 0; i < VIEWS; i++) {
        buf_printf(out, "%s{\"code\":\"V%d\",\"title\":\"t\",\"reduces\":[", i ? "," : "", i);
        if (i)
            buf_printf(out, "\"V%d\"", (i - 1) / 2);
        buf_z(out, "],\"types\":{");
        for (size_t t = 0; t < TYPES; t++)
            buf_printf(out, "%s\"%s\":[{\"drop\":[\"f%d\"]}]", t ? "," : "", types[t], i);
        buf_z(out, "}}");
    }
}

static void add_parties(uint64_t *r, struct buf *out, const char *name)
{
    size_t first = below(r, PARTNERS);
    buf_printf(out, "\"%s\":[", name);
    for (size_t i = 0; i < PARTIES; i++)
        buf_printf(out, "%s\"P%02zu\"", i ? "," : "", (first + 3 * i) % PARTNERS);
    buf_z(out, "],");
}

static void add_agreement(uint64_t *r, struct buf *out, size_t i)
{
    buf_printf(out, "%s{\"id\":\"A%zu\",\"title\":\"t\",\"article\":\"4\",", i ? "," : "", i);
    add_parties(r, out, "providers");
    add_parties(r, out, "recipients");
    if (i % 2)
        buf_z(out, "\"types\":[\"*\"],");
    else
        buf_printf(out, "\"types\":[\"%s\",\"%s\"],", types[i / 2 % TYPES], types[(i / 2 + 3) % TYPES]);
    if (i % 8 != 1)
        buf_printf(out, "\"views\":{\"*\":\"V%zu\"},", below(r, VIEWS));
    buf_printf(out,
               "\"dataModes\":[\"REAL\",\"TEST\"],\"highest\":{\"AA\":\"%s\",\"BB\":\"S\"},\"default\":{\"AA\":\"%s\"},"
               "\"equivalence\":[{\"policy\":\"AA\",\"level\":\"C\",\"as\":{\"policy\":\"BB\",\"level\":\"C\"}},"
               "{\"policy\":\"AA\",\"level\":\"S\",\"as\":{\"policy\":\"BB\",\"level\":\"S\"}}],"
               "\"from\":\"2020-01-01\",\"until\":\"2030-01-01\",\"status\":\"inForce\",\"backfill\":\"all\"}",
               levels[1 + below(r, 2)], levels[below(r, 2)]);
}

static void add_partners(struct buf *out)
{
    for (int i = 0; i < PARTNERS; i++)
        buf_printf(out, "%s{\"code\":\"P%02d\",\"name\":\"n\",\"policy\":\"%s\",\"trustDomain\":\"p%d.example\"}",
                   i ? "," : "", i, i % 4 ? "AA" : "BB", i);
    buf_z(out, "],\"communities\":[");
    for (int c = 0; c < COMMUNITIES; c++) {
        buf_printf(out, "%s{\"code\":\"C%02d\",\"name\":\"n\",\"members\":[", c ? "," : "", c);
        for (int i = 0; i < MEMBERS; i++)
            buf_printf(out, "%s{\"partner\":\"P%02d\",\"backfill\":\"all\"}", i ? "," : "", (c * 2 + i * 5) % PARTNERS);
        buf_z(out, "]}");
    }
}

static struct registry *make_registry(uint64_t *r)
{
    BUF_CLEANUP struct buf out = {0};
    struct registry *reg = NULL;
    struct fault fault = {0};
    static const char ladder[] = "\"levels\":[{\"portion\":\"U\",\"banner\":\"UNCLASSIFIED\"},{\"portion\":\"C\","
                                 "\"banner\":\"CONFIDENTIAL\"},{\"portion\":\"S\",\"banner\":\"SECRET\"}]}";
    buf_printf(
        &out,
        "{\"relto\":\"policy/"
        "1\",\"profiles\":[{\"policy\":\"AA\",\"caveats\":[\"SI\"],%s,{\"policy\":\"BB\",\"caveats\":[\"SI\"],%s],",
        ladder, ladder);
    buf_z(&out, "\"views\":[");
    add_views(&out);
    buf_z(&out, "],\"partners\":[");
    add_partners(&out);
    buf_z(&out, "],\"agreements\":[");
    for (size_t i = 0; i < AGREEMENTS; i++)
        add_agreement(r, &out, i);
    buf_z(&out, "],\"principals\":[");
    for (int i = 0; i < PARTNERS; i++)
        buf_printf(
            &out,
            "%s{\"id\":\"spiffe://p%d.example/operator/one\",\"partner\":\"P%02d\",\"clearances\":{\"%s\":\"S\"},"
            "\"caveats\":[\"SI\"],\"dataModes\":[\"REAL\"]}",
            i ? "," : "", i, i, i % 4 ? "AA" : "BB");
    buf_z(&out, "]}");
    if (registry_parse(buf_view(&out), 1, NOW, NULL, NULL, &reg, &fault)) {
        fprintf(stderr, "%s: %s\n", fault.where, fault.detail);
        exit(1);
    }
    return reg;
}

/* A third without dissemination marking, a third to partners, a third to communities; some NOFORN, ORCON, FGI. */
static void make_marking(uint64_t *r, size_t owner, struct buf *out)
{
    size_t other = (owner + 1 + below(r, PARTNERS - 1)) % PARTNERS;
    buf_printf(out, "%s", levels[below(r, 3)]);
    if (below(r, 10) == 0)
        buf_z(out, "//SI");
    if (below(r, 10) == 0)
        buf_printf(out, "//FGI P%02zu", other);
    size_t kind = below(r, 10);
    if (kind == 9)
        buf_z(out, "//NF");
    else if (kind >= 6)
        buf_printf(out, "//REL TO P%02zu, C%02zu", owner, below(r, COMMUNITIES));
    else if (kind >= 3)
        buf_printf(out, "//%sREL TO P%02zu, P%02zu", kind == 3 ? "OC/" : "", owner, other);
}

static void make_subjects(const struct registry *reg, uint64_t *r, struct arena *arena, struct subject *v)
{
    for (size_t i = 0; i < LABELS; i++) {
        BUF_CLEANUP struct buf marking = {0};
        struct fault fault = {0};
        size_t owner = below(r, PARTNERS);
        v[i] = (struct subject){.originator = str_of(arena_printf(arena, "P%02zu", owner)),
                                .type = str_of(types[below(r, TYPES)]),
                                .data_mode = STR("REAL"),
                                .ingested_at = NOW,
                                .embargo_until = INSTANT_MIN,
                                .expires = INSTANT_MAX};
        make_marking(r, owner, &marking);
        if (label_parse(reg, v[i].originator, buf_view(&marking), NULL, arena, &v[i].label, NULL, &fault)) {
            fprintf(stderr, "%.*s: %s\n", (int)marking.n, marking.p, fault.detail);
            exit(1);
        }
    }
}

/* Of the processor: what else runs on the machine does not count. */
static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 3, began, took;
    uint64_t r = 7;
    struct arena *arena = arena_new();
    struct registry *reg = make_registry(&r);
    struct subject *subjects = arena_array(arena, LABELS, sizeof *subjects);
    const struct principal *const *readers;
    size_t n = registry_principals(reg, &readers), decisions = 0, permits = 0, reduced = 0;
    make_subjects(reg, &r, arena, subjects);
    began = seconds_now();
    do {
        for (size_t i = 0; i < LABELS; i++) {
            struct verdict v;
            for (size_t k = 0; k < n; k++) {
                decide(reg, principal_reader(readers[k]), &subjects[i], NOW, &v);
                permits += v.permit;
                reduced += v.permit && v.view;
            }
            decisions += n;
        }
        took = seconds_now() - began;
    } while (took < seconds);
    printf("{\"decisions_per_second\":%.0f,\"permitted_percent\":%.1f,\"in_a_view_percent\":%.1f}\n",
           (double)decisions / took, 100 * (double)permits / (double)decisions,
           100 * (double)reduced / (double)decisions);
    registry_unref(reg);
    arena_free(arena);
    return 0;
}
