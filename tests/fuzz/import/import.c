/* A file of whatever format, read as each of them and as what it looks like. What becomes of it is JSON that is never
 * refused for its form, and reading without passing over what is malformed ends where that is. */
#include "import.h"
#include "record.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

struct told {
    size_t size, items, refused;
};

/* A record may be refused for what it says. */
static int take(void *context, const struct import_item *item, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
    const struct record_type *type = record_type_find(str_of(item->type));
    struct told *t = context;
    struct record record;
    (void)fault;
    must(type && item->line <= t->size);
    struct record_scan *s = record_scan_new(type, item->json, false, &limits, INSTANT_1900, arena);
    int error = record_scan_next(s, &record, NULL);
    must(error == 0 || error == ERR_INVALID_RECORD);
    t->items++;
    return 0;
}

static int refused(void *context, size_t line, const struct fault *why)
{
    struct told *t = context;
    must(line <= t->size && why->code == ERR_INVALID_RECORD && why->detail[0]);
    t->refused++;
    return 0;
}

static void left_out(void *context, size_t line, struct str what)
{
    const struct told *t = context;
    must(line >= 1 && line <= t->size && what.n);
}

static bool is_text(void *context, struct str marking)
{
    (void)context;
    return marking.n % 2;
}

static int read_as(struct str text, const char *format, bool partial, struct told *t)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct import_header header = {.record = {STR("U"), STR("TEST"), STR("fuzz"), STR(""), STR("a,b")},
                                   .name = STR("MEME_1_A"),
                                   .is_text = is_text};
    struct import_sink sink = {take, partial ? refused : NULL, left_out, t};
    struct fault fault = {0};
    *t = (struct told){.size = text.n};
    int error = import_read(text, format, &header, &sink, arena, &fault);
    must(error == 0 || (error == ERR_INVALID_RECORD && (int)fault.code == error && fault.detail[0] && fault.where[0]));
    return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    const char *sniffed = import_sniff(text);
    bool found = !sniffed;
    for (size_t i = 0; import_format_at(i); i++) {
        struct told all, first;
        int error = read_as(text, import_format_at(i), true, &all);
        int strict = read_as(text, import_format_at(i), false, &first);
        must(!strict == (!error && !all.refused) && first.items <= all.items);
        found = found || strcmp(sniffed, import_format_at(i)) == 0;
        if (!sniffed || strcmp(sniffed, import_format_at(i)))
            continue;
        must(read_as(text, NULL, true, &first) == error && first.items == all.items && first.refused == all.refused);
    }
    must(found);
    return 0;
}
