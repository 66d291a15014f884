/* Records, a line each: the type, a blank, the record. Into files of each format that has the type. What is taken makes
 * a file that can be read again. */
#include "export.h"
#include "import.h"
#include "lines.h"
#include "record.h"

#include <stdlib.h>

#define NOW INT64_C(1780315200) * INSTANT_SECOND /* 2026-06-01T12:00:00Z */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static int take(void *context, const struct import_item *item, struct fault *fault)
{
    (void)context;
    (void)item;
    (void)fault;
    return 0;
}

static int refused(void *context, size_t line, const struct fault *why)
{
    (void)context;
    (void)line;
    (void)why;
    return 0;
}

/* One record may be refused there for what it says, as a week that is none. */
static void check_file(const struct export_format *format, struct str text)
{
    static const char *const names[][2] = {{"3le", "tle"},      {"clk", "clk"},       {"kvn", "kvn"},
                                           {"omm-csv", "csv"},  {"omm-json", "json"}, {"rinex", "rinex"},
                                           {"rinex2", "rinex"}, {"rinex3", "rinex"},  {"sp3", "sp3"},
                                           {"tle", "tle"},      {"xml", "xml"}};
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct import_header header = {.record = {.marking = STR("U"), .data_mode = STR("TEST"), .source = STR("fuzz")},
                                   .now = NOW};
    struct import_sink sink = {.take = take, .refused = refused};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(format->name, names[i][0]) == 0)
            must(import_read(text, names[i][1], &header, &sink, arena, NULL) == 0);
}

/* As stored, or {NULL, 0}. */
static struct str stored(const struct record_type *type, struct str body, struct arena *arena)
{
    struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
    struct record_scan *s = record_scan_new(type, body, false, &limits, NOW, arena);
    struct record r;
    return record_scan_next(s, &r, NULL) ? (struct str){0} : r.canonical;
}

/* Whether it is taken. */
static bool add_line(const struct export_format *format, void *writer, struct str line, struct arena *arena)
{
    const struct member *members;
    size_t n;
    struct fault fault = {0};
    struct str type = str_take_word(&line);
    if (!export_has(format, type) || !record_type_find(type))
        return false;
    struct str body = stored(record_type_find(type), line, arena);
    if (!body.n)
        return false;
    must(members_of(body, arena, &members, &n));
    int error = format->writer->add(writer, members, n, &fault);
    must(error == 0 || (error == ERR_INVALID_RECORD && fault.detail[0]));
    return !error;
}

static void write_file(const struct export_format *format, struct str text)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    struct lines lines = lines_of(text);
    struct str line;
    struct fault fault = {0};
    bool taken = false;
    size_t type = strcspn(format->types, "|");
    void *w = format->writer->begin(format, (struct str){format->types, type}, NOW);
    while (lines_next(&lines, &line))
        taken = add_line(format, w, line, arena) || taken;
    int error = format->writer->end(w, STR("U//REL TO USA, JPN"), &out, &fault);
    must(error == 0 || (error == ERR_INVALID_RECORD && fault.detail[0] && !out.n));
    format->writer->release(w);
    if (taken && !error)
        check_file(format, buf_view(&out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < export_format_count(); i++)
        write_file(export_format_at(i), (struct str){(const char *)data, size});
    return 0;
}
