/* POST /v1/import: a file of any known format, or a ZIP archive of such files, to records of whatever types it holds.
 */
#include "import_batch.h"
#include "resources.h"

#include <stdatomic.h>

struct importing {
    struct request *r;
    struct import_header header;
    const char *format; /* that is asked for; NULL: each file is looked at */
    const char *found;  /* for the answer */
    bool partial;
    struct import_batch *batch;
};

static int unknown_format(struct fault *fault)
{
    BUF_CLEANUP struct buf b = {0};
    const char *name;
    for (size_t i = 0; (name = import_format_at(i)); i++)
        buf_printf(&b, "%s%s", i ? ", " : "", name);
    return fault_set(fault, ERR_BAD_QUERY, "format", "unknown: expected one of %.*s", STR_ARG(buf_view(&b)));
}

static int read_format(struct request *r, const char **ret, struct fault *fault)
{
    struct str asked = query_text(r, "format");
    const char *name = NULL;
    if (!asked.p)
        return 0;
    for (size_t i = 0; (name = import_format_at(i)) && !str_is(asked, name);)
        i++;
    *ret = name;
    return name ? 0 : unknown_format(fault);
}

static int read_received(struct importing *im, struct fault *fault)
{
    instant now = api_now(api_of(im->r));
    im->header.now = now;
    int error = query_time(im->r, "received", &im->header.now, fault);
    if (!error && im->header.now > now)
        error = fault_set(fault, ERR_BAD_QUERY, "received", "expected a time that has passed");
    return error;
}

static bool is_text(void *context, struct str marking)
{
    struct importing *im = context;
    return import_batch_is_text(im->batch, marking);
}

/* That what a message has for a marking may be text, which the query's own marking stands in for. */
static int read_message_marking(struct importing *im, struct fault *fault)
{
    struct str said = query_text(im->r, "messageMarking");
    if (!said.p)
        return 0;
    if (!str_is(said, "text"))
        return fault_set(fault, ERR_BAD_QUERY, "messageMarking", "expected text");
    if (!im->header.record.marking.n)
        return fault_set(fault, ERR_BAD_QUERY, "classificationMarking",
                         "missing: expected it in the query, with messageMarking=text");
    im->header.is_text = is_text;
    im->header.context = im;
    return 0;
}

static int read_header(struct importing *im, struct fault *fault)
{
    struct request *r = im->r;
    struct header *h = &im->header.record;
    int error = query_check(r, fault);
    if (!error)
        error = query_needed(r, "dataMode", &h->data_mode, fault);
    if (!error)
        error = query_needed(r, "source", &h->source, fault);
    if (!error)
        error = query_flag(r, "partial", &im->partial, fault);
    if (!error)
        error = read_format(r, &im->format, fault);
    h->marking = query_text(r, "classificationMarking");
    h->origin = query_text(r, "origin");
    h->tags = query_text(r, "tags");
    im->header.name = query_text(r, "filename");
    if (!error)
        error = read_message_marking(im, fault);
    return error ? error : read_received(im, fault);
}

/* --- files --- */

static int on_item(void *context, const struct import_item *item, struct fault *fault)
{
    struct importing *im = context;
    return import_batch_add(im->batch, item, fault);
}

static int on_refused(void *context, size_t line, const struct fault *why)
{
    struct importing *im = context;
    struct fault fault;
    return import_batch_refuse(im->batch, line, why, &fault);
}

static void on_left_out(void *context, size_t line, struct str what)
{
    struct importing *im = context;
    import_batch_left_out(im->batch, line, what);
}

static int read_text(struct importing *im, struct str text, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct import_sink sink = {on_item, im->partial ? on_refused : NULL, on_left_out, im};
    return import_read(text, im->format, &im->header, &sink, arena, fault);
}

/* What ends one file need not end the others of an archive. */
static int read_file(struct importing *im, const struct zip_file *file, struct fault *fault)
{
    struct fault why;
    const char *name = arena_strz(request_arena(im->r), str_of(file->where));
    import_batch_file(im->batch, name);
    im->header.name = str_of(name);
    int error = zip_is(file->content)
                    ? fault_set(&why, ERR_INVALID_RECORD, "", "an archive within an archive: expected a file")
                    : read_text(im, file->content, &why);
    if (!error || import_batch_is_over(im->batch, fault))
        return error;
    if (im->partial)
        return import_batch_refuse(im->batch, 0, &why, fault);
    import_batch_place(im->batch, &why);
    *fault = why;
    return error;
}

static int read_archive(struct importing *im, struct fault *fault)
{
    ZIP_CLEANUP struct zip *archive = NULL;
    struct api_limits limits = api_limits(api_of(im->r));
    struct zip_file file;
    im->found = "zip";
    int error = zip_open(request_body(im->r), &limits.archive, &archive, fault);
    while (!error && !(error = zip_next(archive, &file, fault)))
        error = read_file(im, &file, fault);
    return error == ZIP_END ? 0 : error;
}

/* With partial the beginning of a file that becomes unreadable is kept. */
static int read_alone(struct importing *im, struct fault *fault)
{
    struct fault why;
    im->found = im->format ? im->format : import_sniff(request_body(im->r));
    int error = read_text(im, request_body(im->r), &why);
    if (!error || import_batch_is_over(im->batch, fault))
        return error;
    if (im->partial && import_batch_count(im->batch))
        return import_batch_refuse(im->batch, 0, &why, fault);
    *fault = why;
    return error;
}

static int import_all(struct importing *im, const char **ret_extra, struct fault *fault)
{
    int error = zip_is(request_body(im->r)) ? read_archive(im, fault) : read_alone(im, fault);
    if (!error && !import_batch_count(im->batch))
        error = fault_set(fault, ERR_INVALID_RECORD, "body", "holds nothing that becomes a record");
    return error ? error : import_batch_store(im->batch, ret_extra, fault);
}

/* What each of them keeps in memory is bounded, and each has a worker to itself until the writer is done. */
static int import_in_turn(struct importing *im, const char **ret_extra, struct fault *fault)
{
    struct api *api = api_of(im->r);
    unsigned most = api_limits(api).import.at_once, others = atomic_fetch_add(&api->imports, 1);
    int error = others < most ? import_all(im, ret_extra, fault)
                              : fault_set(fault, ERR_UNAVAILABLE, "", "%u imports are being read already", most);
    atomic_fetch_sub(&api->imports, 1);
    return error;
}

static void answer(struct importing *im)
{
    BUF_CLEANUP struct buf b = {0};
    buf_printf(&b, "{\"format\":\"%s\",", im->found);
    import_batch_write(im->batch, &b);
    buf_char(&b, '}');
    reply_json(im->r, 201, buf_view(&b));
}

void import_file(struct request *r)
{
    struct importing im = {.r = r};
    struct fault fault;
    const char *extra = NULL;
    int error = read_header(&im, &fault);
    IMPORT_BATCH_CLEANUP struct import_batch *batch = import_batch_new(r, im.header.record.marking, im.partial);
    im.batch = batch;
    if (!error)
        error = import_in_turn(&im, &extra, &fault);
    if (error)
        reply_fault(r, &fault, extra);
    else
        answer(&im);
}
