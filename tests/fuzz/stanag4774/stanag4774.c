/* STANAG 4774 labels. What is read is written so that it reads as the same label, by whoever it is read. */
#include "stanag4774.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct registry *coalition(void)
{
    static char text[65536];
    struct registry *reg;
    struct fault fault;
    FILE *f = fopen(COALITION, "rb");
    size_t n = f ? fread(text, 1, sizeof text, f) : 0;
    if (!f || fclose(f) || registry_parse((struct str){text, n}, 1, 0, NULL, NULL, &reg, &fault)) {
        fprintf(stderr, "%s: %s %s\n", COALITION, fault.where, fault.detail);
        abort();
    }
    return reg;
}

static void check(const struct registry *reg, const struct label *l, struct arena *arena)
{
    BUF_CLEANUP struct buf xml = {0}, one = {0}, two = {0};
    const struct label *again;
    stanag4774_write(reg, l, STANAG4774_ALTERNATIVE, 0, &xml);
    if (stanag4774_read(reg, STR("JPN"), buf_view(&xml), "", arena, &again, NULL, NULL))
        abort();
    label_write(l, &one);
    label_write(again, &two);
    if (!str_eq(buf_view(&one), buf_view(&two)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct registry *reg;
    if (!reg)
        reg = coalition();
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct fault fault;
    const struct label *l;
    struct str xml = {(const char *)data, n};
    if (!stanag4774_read(reg, STR("USA"), xml, "x", arena, &l, NULL, &fault))
        check(reg, l, arena);
    return 0;
}
