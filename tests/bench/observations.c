#include "observations.h"
#include "memory.h"

#include <stdio.h>

static bool add(struct labels *l, const char *line)
{
    size_t originator;
    struct label_choice c;
    if (sscanf(line, "%zu\t%15[A-Z]\t%127[^\t\n]", &originator, c.data_mode, c.marking) != 3)
        return false;
    if (originator >= ORIGINATORS_MAX || l->n[originator] >= LABELS_MAX)
        return false;
    if (!l->of[originator])
        l->of[originator] = memory_zeroed(LABELS_MAX * sizeof c);
    l->of[originator][l->n[originator]++] = c;
    return true;
}

long labels_read(const char *path, struct labels *ret)
{
    char line[256];
    long number = 1;
    FILE *f = fopen(path, "r");
    *ret = (struct labels){0};
    while (f && fgets(line, sizeof line, f) && add(ret, line))
        number++;
    bool whole = f && feof(f);
    if (f)
        fclose(f);
    return whole ? 0 : number;
}

void labels_free(struct labels *l)
{
    for (size_t i = 0; i < ORIGINATORS_MAX; i++)
        free(l->of[i]);
}

/* splitmix64: spreads neighbouring serials over the whole range. */
static uint64_t scatter(uint64_t x)
{
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

static double within(uint64_t *random, double low, double high)
{
    *random = scatter(*random);
    return low + (high - low) * (double)(*random >> 11) / 9007199254740992.0; /* 2^53 */
}

const struct label_choice *observation_label(const struct labels *labels, size_t originator, uint64_t serial)
{
    return &labels->of[originator][scatter(serial) % labels->n[originator]];
}

void observation_add(struct buf *out, const struct labels *labels, size_t originator, uint64_t serial, instant from)
{
    uint64_t r = scatter(serial);
    const struct label_choice *label = observation_label(labels, originator, serial);
    instant t = from + (instant)serial * INSTANT_SECOND + (instant)(scatter(r) % (uint64_t)INSTANT_SECOND);
    unsigned sensor = (unsigned)(r >> 32) % 200;
    buf_printf(out, "{\"classificationMarking\":\"%s\",\"dataMode\":\"%s\",\"source\":\"bench\",\"obTime\":\"",
               label->marking, label->data_mode);
    buf_instant(out, t);
    buf_printf(out, "\",\"idSensor\":\"SENSOR-%03u\",\"satNo\":%u,\"ra\":%.6f,\"declination\":%.6f,", sensor,
               (unsigned)(r % 50000) + 1, within(&r, 0, 360), within(&r, -90, 90));
    buf_printf(out, "\"mag\":%.3f,\"expDuration\":%.2f,\"solarPhaseAngle\":%.4f,", within(&r, 4, 18),
               within(&r, 0.1, 10), within(&r, 0, 180));
    buf_printf(out, "\"senlat\":%.5f,\"senlon\":%.5f,\"senalt\":%.3f,", within(&r, -90, 90), within(&r, -180, 180),
               within(&r, 0, 4));
    buf_printf(out, "\"raUnc\":%.7f,\"declinationUnc\":%.7f,\"collectMethod\":\"SIDEREAL\",\"origObjectId\":\"%llu\"}",
               within(&r, 0, 0.001), within(&r, 0, 0.001), (unsigned long long)serial);
}
