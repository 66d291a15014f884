/* Optical observations, each different from every other, spread over the labels of their originators. */
#pragma once
#include "buf.h"
#include "instant.h"

#define LABELS_MAX 4096
#define ORIGINATORS_MAX 64

/* A line of the labels' file: number of the originator, data mode, marking, separated by tabs. */
struct label_choice {
    char data_mode[16], marking[128];
};

struct labels {
    size_t n[ORIGINATORS_MAX];
    struct label_choice *of[ORIGINATORS_MAX];
};

/* 0, or the number of the line that is wrong (1 when the file cannot be read). */
long labels_read(const char *path, struct labels *ret);
void labels_free(struct labels *l);

/* The label that observation_add takes for an originator's observation. */
const struct label_choice *observation_label(const struct labels *labels, size_t originator, uint64_t serial);
/* One record of about 500 bytes. Equal serials give equal records; the time of observation is `from` and as many
 * seconds as the serial says, the label a random one of the originator's. */
void observation_add(struct buf *out, const struct labels *labels, size_t originator, uint64_t serial, instant from);
