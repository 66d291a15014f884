#include "import.h"
#include "checks.h"
#include "import_run.h"
#include "utf8.h"

/* In the order of asking. `strict`: a reader of several forms takes only this one. */
static const struct format {
    const char *name;
    bool (*looks)(struct str text);
    int (*read)(struct import_run *run);
    bool strict;
    const char *expected;
} formats[] = {
    {"ndm", looks_ndm, import_ndm, false, NULL},
    {"kvn", looks_kvn, import_ndm, true, "CCSDS_OEM_VERS = … or the like"},
    {"xml", looks_xml, import_ndm, true, "an element of XML"},
    {"json", looks_json, import_ndm, true, "an array of objects, or one object"},
    {"sp3", looks_sp3, import_orbits, false, NULL},
    {"clk", looks_clk, import_clocks, false, NULL},
    {"rinex", looks_rinex, import_rinex, false, NULL},
    {"yuma", looks_yuma, import_almanac, false, NULL},
    {"sem", looks_sem, import_almanac, false, NULL},
    {"advisory", looks_advisory, import_advisories, false, NULL},
    {"csv", looks_csv, import_ndm, true, "names of columns, separated by commas"},
    {"itc", looks_itc, import_itc, false, NULL},
    {"tle", looks_tle, import_tles, false, NULL},
    {"rtcm", looks_rtcm, import_rtcm, false, NULL},
};
#define FORMATS (sizeof formats / sizeof *formats)

static struct str without_mark(struct str text)
{
    bool marked = text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0;
    return marked ? (struct str){text.p + 3, text.n - 3} : text;
}

static const struct format *sniff(struct str text)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (formats[i].looks(text))
            return &formats[i];
    return NULL;
}

const char *import_sniff(struct str text)
{
    const struct format *f = sniff(without_mark(text));
    return f ? f->name : NULL;
}

const char *import_format_at(size_t i)
{
    return i < FORMATS ? formats[i].name : NULL;
}

static const struct format *find(const char *name)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

static int unknown(struct str text, struct fault *fault)
{
    const char *packing = looks_packed(text);
    if (packing)
        return fault_set(fault, ERR_INVALID_RECORD, "byte 0",
                         "packed by %s: expected the file itself, or a ZIP archive with it", packing);
    return fault_set(fault, ERR_INVALID_RECORD, "line 1", "expected the beginning of a file of a known format");
}

static int choose(struct str text, const char *name, const struct format **ret, struct fault *fault)
{
    const struct format *f = name ? find(name) : sniff(text);
    if (!f && name)
        return fault_set(fault, ERR_BAD_QUERY, "format",
                         "unknown: expected tle, ndm, rinex, sp3 or another that is known");
    if (!f)
        return unknown(text, fault);
    if (f->strict && !f->looks(text))
        return fault_set(fault, ERR_INVALID_RECORD, "line 1", "expected %s", f->expected);
    *ret = f;
    return 0;
}

int import_read(struct str text, const char *format, const struct import_header *header, const struct import_sink *sink,
                struct arena *arena, struct fault *fault)
{
    ARENA_CLEANUP struct arena *item = arena_new();
    struct fault own;
    struct import_run run = {.text = without_mark(text),
                             .header = header,
                             .name = utf8_valid(header->name) ? header->name : STR(""),
                             .sink = sink,
                             .arena = arena,
                             .item = item,
                             .fault = fault ? fault : &own};
    const struct format *f = NULL;
    int error = choose(run.text, format, &f, run.fault);
    if (!error) {
        run.format = f->name;
        error = f->read(&run);
    }
    buf_free(&run.json);
    return error;
}

int import_take(struct import_run *run, const char *type, size_t line, struct str marking)
{
    checks_add(type, &run->json, run->item);
    return import_take_checked(run, type, line, marking);
}

int import_take_checked(struct import_run *run, const char *type, size_t line, struct str marking)
{
    struct import_item item = {type, buf_view(&run->json), line, marking};
    int error = run->sink->take(run->sink->context, &item, run->fault);
    buf_clear(&run->json);
    arena_reset(run->item);
    return error;
}

int import_refuse(struct import_run *run, size_t line)
{
    buf_clear(&run->json);
    arena_reset(run->item);
    if (!run->sink->refused)
        return (int)run->fault->code;
    return run->sink->refused(run->sink->context, line, run->fault);
}

void import_leave_out(struct import_run *run, size_t line, struct str what)
{
    if (run->sink->left_out)
        run->sink->left_out(run->sink->context, line, what);
}
