/* POST /v1/notification/createRaw: a message of any kind as it stands, to a record of type notification. */
#include "header.h"
#include "posting.h"
#include "resources.h"
#include "utf8.h"

static int read_query(struct request *r, struct header *h, struct str *ret_kind, struct fault *fault)
{
    int error = query_check(r, fault);
    if (!error)
        error = query_needed(r, "classificationMarking", &h->marking, fault);
    if (!error)
        error = query_needed(r, "dataMode", &h->data_mode, fault);
    if (!error)
        error = query_needed(r, "source", &h->source, fault);
    if (!error)
        error = query_needed(r, "msgType", ret_kind, fault);
    h->origin = query_text(r, "origin");
    h->tags = query_text(r, "tags");
    return error;
}

static int read_message(struct request *r, struct buf *out, struct fault *fault)
{
    struct header h = {0};
    struct str kind, body = request_body(r), id = query_text(r, "msgId");
    int error = read_query(r, &h, &kind, fault);
    if (!error && !body.n)
        error = fault_set(fault, ERR_BAD_REQUEST, "body", "expected a message");
    if (!error && !utf8_valid(body))
        error = fault_set(fault, ERR_BAD_REQUEST, "body", "expected UTF-8");
    if (error)
        return error;
    header_write(&h, out);
    if (id.n)
        buf_member_text(out, "id", id);
    buf_member_text(out, "msgType", kind);
    buf_member_text(out, "msgBody", body);
    buf_char(out, '}');
    return 0;
}

void notification_raw(struct request *r)
{
    BUF_CLEANUP struct buf json = {0};
    struct fault fault;
    if (read_message(r, &json, &fault))
        reply_fault(r, &fault, NULL);
    else
        post_incoming(r, &(struct incoming){.type = record_type_find(STR("notification")),
                                            .json = arena_str(request_arena(r), buf_view(&json))});
}
