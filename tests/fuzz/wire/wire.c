/* JSON beside a marking: member `relto` and the canonical label. What is read is written in one form, which reads the
 * same. */
#include "label.h"
#include "registry.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_wire(struct str json, struct arena *arena)
{
    BUF_CLEANUP struct buf one = {0}, two = {0};
    const struct wire_label *w;
    if (wire_label_parse(json, "relto", arena, &w, NULL))
        return;
    wire_label_write(w, &one);
    if (wire_label_parse(buf_view(&one), "relto", arena, &w, NULL))
        abort();
    wire_label_write(w, &two);
    if (!str_eq(buf_view(&one), buf_view(&two)))
        abort();
}

static void check_label(const struct registry *reg, struct str json, struct arena *arena)
{
    BUF_CLEANUP struct buf one = {0}, two = {0}, text = {0};
    const struct label *l;
    if (label_read(reg, json, arena, &l, NULL))
        return;
    label_portion(reg, l, &text);
    label_banner(reg, l, &text);
    label_write(l, &one);
    if (label_read(reg, buf_view(&one), arena, &l, NULL))
        abort();
    label_write(l, &two);
    if (!str_eq(buf_view(&one), buf_view(&two)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char policy[] =
        "{\"relto\":\"policy/1\",\"profiles\":[{\"policy\":\"USA\",\"caveats\":[\"SI\"],\"levels\":["
        "{\"portion\":\"U\",\"banner\":\"UNCLASSIFIED\"},{\"portion\":\"S\",\"banner\":\"SECRET\"}]}],"
        "\"partners\":[{\"code\":\"USA\",\"name\":\"n\",\"policy\":\"USA\",\"trustDomain\":\"u\"},"
        "{\"code\":\"JPN\",\"name\":\"n\",\"policy\":\"USA\",\"trustDomain\":\"j\"}],"
        "\"communities\":[{\"code\":\"FVEY\",\"name\":\"n\",\"members\":[]}]}";
    static struct registry *reg;
    if (!reg && registry_parse(STR(policy), 1, 0, NULL, NULL, &reg, NULL))
        abort();
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct str json = {(const char *)data, n};
    check_wire(json, arena);
    check_label(reg, json, arena);
    return 0;
}
