/* Seeds made from the descriptors, so that a type added later has its own: each goes through the harness and, if a
 * folder is given, into a file there for libFuzzer to start from. */
#include "sample.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void keep(const char *folder, const struct record_type *type, const char *name, const struct buf *seed)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s-%s", folder, type->name, name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(seed->p, 1, seed->n, f) != seed->n || fclose(f)) {
        perror(path);
        exit(1);
    }
}

/* The harness takes the type from the first byte: 64 more for an array. */
static void try_seed(const char *folder, size_t i, const char *name, bool array)
{
    BUF_CLEANUP struct buf seed = {0};
    const struct record_type *type = record_type_at(i);
    buf_char(&seed, (char)(array ? i + 64 : i));
    buf_z(&seed, array ? "[" : "");
    sample_object(type->fields, NULL, STR(""), &seed);
    if (array) {
        buf_z(&seed, ",{\"unknown\":[{}]}, ");
        sample_whole(type->fields, &seed);
        buf_z(&seed, " ]");
    }
    LLVMFuzzerTestOneInput((const uint8_t *)seed.p, seed.n);
    if (folder)
        keep(folder, type, name, &seed);
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : NULL;
    for (size_t i = 0; i < record_type_count(); i++) {
        try_seed(folder, i, "least", false);
        try_seed(folder, i, "array", true);
    }
    return 0;
}
