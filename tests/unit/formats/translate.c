/* A file to records and these to another format, without the server: translate FILE prints the records, one a line;
 * translate FILE FORMAT the file that they make. */
#include "export.h"
#include "import.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX (1 << 22)
#define NOW (INT64_C(1764547200) * INSTANT_SECOND) /* 2025-12-01 */

struct translation {
    const char *name; /* of the format; NULL: records as they are */
    const struct export_format *format;
    void *writer;
};

static int print_record(void *context, const struct import_item *item, struct fault *fault)
{
    (void)context, (void)fault;
    printf("%.*s\n", STR_ARG(item->json));
    return 0;
}

/* As the exchange sends it: with what it adds, which some formats need. */
static bool sent(struct str record, struct arena *arena, const struct member **ret, size_t *ret_n)
{
    struct str inside = {record.p, record.n - 1};
    const char *text =
        arena_printf(arena, "%.*s,\"createdAt\":\"2025-12-01T00:00:00.000000Z\",\"createdBy\":\"x\"}", STR_ARG(inside));
    return members_of(str_of(text), arena, ret, ret_n);
}

static int write_record(void *context, const struct import_item *item, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct translation *t = context;
    const struct member *members;
    size_t n;
    if (!t->writer) {
        t->format = export_format_find(str_of(t->name), str_of(item->type));
        if (!t->format)
            return fault_set(fault, ERR_BAD_QUERY, "format", "no %s is written in it", item->type);
        t->writer = t->format->writer->begin(t->format, str_of(item->type), NOW);
    }
    if (!sent(item->json, arena, &members, &n))
        return fault_set(fault, ERR_INTERNAL, "", "no record");
    return t->format->writer->add(t->writer, members, n, fault);
}

static int translate(struct str text, struct translation *t, struct buf *out, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct import_header header = {.record = {.marking = STR("U"), .data_mode = STR("TEST"), .source = STR("x")},
                                   .now = NOW};
    struct import_sink sink = {.take = t->name ? write_record : print_record, .context = t};
    int error = import_read(text, NULL, &header, &sink, arena, fault);
    if (!error && t->writer)
        error = t->format->writer->end(t->writer, STR(""), out, fault);
    if (t->writer)
        t->format->writer->release(t->writer);
    return error;
}

int main(int argc, char **argv)
{
    BUF_CLEANUP struct buf out = {0};
    struct translation t = {.name = argc > 2 ? argv[2] : NULL};
    struct fault fault;
    FILE *f = argc > 1 ? fopen(argv[1], "rb") : NULL;
    char *text = malloc(FILE_MAX);
    if (!f || !text)
        return 2;
    size_t n = fread(text, 1, FILE_MAX, f);
    fclose(f);
    int error = translate((struct str){text, n}, &t, &out, &fault);
    free(text);
    if (error)
        fprintf(stderr, "%s: %s: %s\n", argv[1], fault.where, fault.detail);
    if (out.n)
        fwrite(out.p, 1, out.n, stdout);
    return error != 0;
}
