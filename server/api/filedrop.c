/* POST /filedrop/cdms: a message. POST /filedrop/udl-NAME: records as an array or one alone, for feeds that want no
 * answer but that they were taken. They are checked and durable before the answer like those of createBulk. */
#include "cdm.h"
#include "posting.h"
#include "resources.h"

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

static int convert_cdm(struct request *r, const struct header *h, struct buf *out, struct fault *fault)
{
    struct str body = request_body(r);
    struct cdm *message = arena_alloc(request_arena(r), sizeof *message);
    if (body.n >= 4 && memcmp(body.p, "PK\003\004", 4) == 0)
        return fault_set(fault, ERR_MEDIA_TYPE, "body", "archives are not taken: expected one message as text");
    int error = cdm_read(body, request_arena(r), message, fault);
    if (error)
        return error;
    buf_char(out, '[');
    cdm_conjunction(message, h, out);
    buf_char(out, ']');
    return 0;
}

/* Clients call it application/zip, whatever it is. */
void filedrop_cdms(struct request *r)
{
    static const size_t line = 1;
    BUF_CLEANUP struct buf json = {0};
    struct header h = {0};
    struct fault fault;
    int error = read_header(r, &h, &fault);
    if (!error)
        error = convert_cdm(r, &h, &json, &fault);
    if (error) {
        reply_fault(r, &fault, NULL);
        return;
    }
    post_incoming(r, &(struct incoming){.type = record_type_find(STR("conjunction")),
                                        .json = arena_str(request_arena(r), buf_view(&json)),
                                        .array = true,
                                        .dropped = true,
                                        .lines = &line});
}
