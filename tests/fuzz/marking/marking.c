/* Marking text: what is accepted is written and read back the same; what is suggested is accepted. */
#include "label.h"
#include "registry.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const posters[] = {"USA", "JPN", "AUS", "GBR", "DEU", "NZL", "ESA", "XXX"};

static struct registry *load(void)
{
    static char text[65536];
    struct registry *reg;
    FILE *f = fopen(COALITION, "rb");
    size_t n = f ? fread(text, 1, sizeof text, f) : 0;
    if (!f || fclose(f) || registry_parse((struct str){text, n}, 1, 0, NULL, NULL, &reg, NULL))
        abort();
    return reg;
}

static const struct label *parse(const struct registry *reg, struct str poster, struct str text, struct arena *arena,
                                 struct marking_fault *mf)
{
    const struct label *l;
    return label_parse(reg, poster, text, NULL, arena, &l, mf, NULL) ? NULL : l;
}

/* The portion and the banner of l are markings of its first owner, and mean l. */
static void check_written(const struct registry *reg, const struct label *l, struct arena *arena)
{
    BUF_CLEANUP struct buf one = {0};
    label_write(l, &one);
    for (int banner = 0; banner < 2; banner++) {
        BUF_CLEANUP struct buf text = {0}, two = {0};
        struct marking_fault mf;
        (banner ? label_banner : label_portion)(reg, l, &text);
        const struct label *again = text.n <= MARKING_MAX ? parse(reg, l->owners.v[0], buf_view(&text), arena, &mf) : l;
        if (!again)
            abort();
        label_write(again, &two);
        if (!str_eq(buf_view(&one), buf_view(&two)))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct registry *reg;
    if (!reg)
        reg = load();
    if (!n)
        return 0;
    struct str poster = str_of(posters[data[0] % 8]);
    struct marking_fault mf = {0};
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct label *l = parse(reg, poster, (struct str){(const char *)data + 1, n - 1}, arena, &mf);
    if (l)
        check_written(reg, l, arena);
    else if (*mf.suggestion && !parse(reg, poster, str_of(arena_strz(arena, str_of(mf.suggestion))), arena, &mf))
        abort();
    else if (mf.offset > n)
        abort();
    return 0;
}
