/* Marking text: what is accepted is written and read back the same; what is suggested is accepted; what is normalised
 * is canonical afterwards. The first byte chooses the register and the poster. */
#include "label.h"
#include "registry.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct {
    const char *file, *posters[8];
} worlds[2] = {
    {COALITION, {"USA", "JPN", "AUS", "GBR", "DEU", "NZL", "ESA", "XXX"}},
    {DEMO, {"USA", "JPN", "AUS", "GBR", "DEU", "NZL", "CAN", "FRA"}},
};

static struct registry *load(const char *file)
{
    static char text[1 << 17];
    struct registry *reg;
    FILE *f = fopen(file, "rb");
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

/* text is a marking of poster's and means l; a longer one than is read cannot be asked. */
static void check_means(const struct registry *reg, struct str poster, struct str text, const struct label *l,
                        struct arena *arena)
{
    BUF_CLEANUP struct buf one = {0}, two = {0};
    struct marking_fault mf;
    const struct label *again = text.n <= MARKING_MAX ? parse(reg, poster, text, arena, &mf) : l;
    if (!again)
        abort();
    label_write(l, &one);
    label_write(again, &two);
    if (!str_eq(buf_view(&one), buf_view(&two)))
        abort();
}

/* The portion and the banner of l mean l, to its first owner, unless it is one of several, and to the poster. */
static void check_written(const struct registry *reg, struct str poster, const struct label *l, struct arena *arena)
{
    for (int banner = 0; banner < 2; banner++) {
        BUF_CLEANUP struct buf owner = {0}, text = {0};
        (banner ? label_banner : label_portion)(reg, l, &owner);
        if (l->owners.n == 1 || l->joint)
            check_means(reg, l->owners.v[0], buf_view(&owner), l, arena);
        label_text(reg, l, poster, banner, &text);
        check_means(reg, poster, buf_view(&text), l, arena);
    }
}

static void check_normalised(const struct registry *reg, struct str poster, struct str given, bool accepted,
                             struct arena *arena)
{
    BUF_CLEANUP struct buf text = {0};
    struct marking_changes changes;
    struct marking_fault mf = {0};
    const struct label *l;
    if (label_normalise(reg, poster, given, NULL, NULL, arena, &l, &changes, &mf, NULL)) {
        if (accepted)
            abort();
        return;
    }
    label_text(reg, l, poster, false, &text);
    if ((changes.n == 0) != str_eq(buf_view(&text), given) || (!accepted && !changes.n))
        abort();
    check_means(reg, poster, buf_view(&text), l, arena);
    if (text.n <= MARKING_MAX &&
        (label_normalise(reg, poster, buf_view(&text), NULL, NULL, arena, &l, &changes, &mf, NULL) || changes.n))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct registry *regs[2];
    for (int i = 0; i < 2; i++)
        regs[i] = regs[i] ? regs[i] : load(worlds[i].file);
    if (!n)
        return 0;
    int world = data[0] / 8 % 2;
    struct registry *reg = regs[world];
    struct str poster = str_of(worlds[world].posters[data[0] % 8]), text = {(const char *)data + 1, n - 1};
    struct marking_fault mf = {0};
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct label *l = parse(reg, poster, text, arena, &mf);
    if (l)
        check_written(reg, poster, l, arena);
    else if (*mf.suggestion && !parse(reg, poster, str_of(arena_strz(arena, str_of(mf.suggestion))), arena, &mf))
        abort();
    else if (mf.offset > n)
        abort();
    check_normalised(reg, poster, text, l != NULL, arena);
    return 0;
}
