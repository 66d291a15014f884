/* POST /filedrop/cdms: a message, or a ZIP archive of messages. POST /filedrop/udl-NAME: records as an array or one
 * alone, for feeds that want no answer but that they were taken. They are checked and durable before the answer like
 * those of createBulk. */
#include "filedrop.h"
#include "cdm.h"
#include "message_marking.h"
#include "posting.h"
#include "resources.h"
#include "zip.h"

#include <stdio.h>

static char first_character(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!memchr(" \t\r\n", s.p[i], 4))
            return s.p[i];
    return '\0';
}

void filedrop_records(struct request *r)
{
    struct fault fault;
    const struct record_type *type = record_type_dropped(request_path_param(r, "drop"));
    int error = type ? query_check(r, &fault) : not_found(&fault);
    if (error) {
        reply_fault(r, &fault, NULL);
        return;
    }
    struct str body = request_body(r);
    post_incoming(
        r, &(struct incoming){.type = type, .json = body, .array = first_character(body) == '[', .dropped = true});
}

static int read_header(struct request *r, struct header *h, struct fault *fault)
{
    int error = query_check(r, fault);
    if (!error)
        error = query_needed(r, "classification", &h->marking, fault);
    if (!error)
        error = query_needed(r, "dataMode", &h->data_mode, fault);
    if (!error)
        error = query_needed(r, "source", &h->source, fault);
    h->tags = query_text(r, "tags");
    return error;
}

struct messages {
    struct request *r;
    const struct header *header;
    struct cdm *message;
    struct buf *json;
    struct buf *files; /* of char *, one a message; empty: there is no archive */
};

/* Text that is no marking is kept with the message: `classification` is always said. */
int filedrop_check_marking(struct request *r, struct str asked, struct str own, struct fault *fault)
{
    struct arena *arena = request_arena(r);
    if (!own.n || message_marking_is_text(r, asked, own, arena))
        return 0;
    int error = message_marking_agrees(r, asked, own, arena, fault);
    if (error)
        snprintf(fault->where, sizeof fault->where, "CLASSIFICATION");
    return error;
}

static int convert_cdm(struct messages *m, struct str text, struct fault *fault)
{
    memset(m->message, 0, sizeof *m->message);
    int error = cdm_read(text, request_arena(m->r), m->message, fault);
    if (!error)
        error = filedrop_check_marking(m->r, m->header->marking, m->message->classification, fault);
    if (!error) {
        buf_z(m->json, m->json->n ? "," : "[");
        cdm_conjunction(m->message, m->header, m->json);
    }
    return error;
}

/* "a.cdm, line 3, column 1" */
static void tell_file(const struct zip_file *file, struct fault *fault)
{
    char inside[FAULT_WHERE_MAX];
    memcpy(inside, fault->where, sizeof inside);
    snprintf(fault->where, sizeof fault->where, "%s%s%.120s", file->where, *inside ? ", " : "", inside);
    fault->offset = -1; /* into what is packed */
}

static int convert_archive(struct messages *m, struct fault *fault)
{
    ZIP_CLEANUP struct zip *archive = NULL;
    struct api_limits limits = api_limits(api_of(m->r));
    struct zip_file file;
    int error = zip_open(request_body(m->r), &limits.archive, &archive, fault);
    while (!error && !(error = zip_next(archive, &file, fault))) {
        const char *name = arena_strz(request_arena(m->r), str_of(file.where));
        buf_add(m->files, &name, sizeof name);
        error = convert_cdm(m, file.content, fault);
        if (error)
            tell_file(&file, fault);
    }
    if (error == ZIP_END && !m->files->n)
        return fault_set(fault, ERR_INVALID_RECORD, "body", "the archive is empty: expected a message in each file");
    return error == ZIP_END ? 0 : error;
}

static int convert_cdms(struct messages *m, struct fault *fault)
{
    struct str body = request_body(m->r);
    m->message = arena_alloc(request_arena(m->r), sizeof *m->message);
    int error = zip_is(body) ? convert_archive(m, fault) : convert_cdm(m, body, fault);
    buf_char(m->json, ']');
    return error;
}

/* Clients call it application/zip, whatever it is. */
void filedrop_cdms(struct request *r)
{
    static const size_t line = 1;
    BUF_CLEANUP struct buf json = {0}, files = {0};
    struct header h = {0};
    struct fault fault;
    int error = read_header(r, &h, &fault);
    if (!error)
        error = convert_cdms(&(struct messages){.r = r, .header = &h, .json = &json, .files = &files}, &fault);
    if (error) {
        reply_fault(r, &fault, NULL);
        return;
    }
    const char **names = arena_alloc(request_arena(r), files.n);
    if (files.n)
        memcpy(names, files.p, files.n);
    post_incoming(r, &(struct incoming){.type = record_type_find(STR("conjunction")),
                                        .json = arena_str(request_arena(r), buf_view(&json)),
                                        .array = true,
                                        .dropped = true,
                                        .lines = &line,
                                        .files = files.n ? names : NULL});
}
