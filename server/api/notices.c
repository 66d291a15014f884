/* GET /v1/notices, POST /v1/notices/{id}/acknowledge: what the caller's partner is told without having asked. */
#include "input.h"
#include "resources.h"

#define NOTICES_DEFAULT 1000
#define NOTICES_MAX 10000

static int read_kind(struct request *r, struct str *ret, struct fault *fault)
{
    static const char *const kinds[] = {"grant", "proposal", "recall", "request", "review", "warning"};
    struct str text = query_text(r, "kind");
    if (!text.p)
        return 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (str_is(text, kinds[i])) {
            *ret = text;
            return 0;
        }
    return fault_set(fault, ERR_BAD_QUERY, "kind", "expected grant, proposal, recall, request, review or warning");
}

static int read_filter(struct request *r, struct notice_filter *f, struct fault *fault)
{
    *f = (struct notice_filter){.officer = caller_is_officer(r), .kind = STR(""), .limit = NOTICES_DEFAULT};
    int error = query_check(r, fault);
    if (!error)
        error = query_number(r, "after", INT64_MAX, &f->after, fault);
    if (!error)
        error = query_number(r, "maxResults", NOTICES_MAX, &f->limit, fault);
    if (!error)
        error = read_kind(r, &f->kind, fault);
    if (!error)
        error = query_flag(r, "open", &f->open, fault);
    return error;
}

struct notices_step {
    struct notice_filter filter;
    struct buf out;
};

static int notices_step(struct request *r, void *ctx, struct fault *fault)
{
    struct notices_step *step = ctx;
    struct reading reading = caller_reading(r, false);
    buf_clear(&step->out);
    return store_notices(api_of(r)->config.store, &reading, &step->filter, &step->out, fault);
}

void notices_list(struct request *r)
{
    struct notices_step step = {0};
    struct fault fault;
    int error = read_filter(r, &step.filter, &fault);
    if (!error)
        error = with_fresh_registers(r, notices_step, &step, &fault);
    if (!error)
        error = log_query(r, 200, true, &fault);
    if (!error && str_is(buf_view(&step.out), "[]"))
        request_even_out(r);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_json(r, 200, buf_view(&step.out));
    buf_free(&step.out);
}

static int acknowledge_step(struct request *r, void *ctx, struct fault *fault)
{
    const int64_t *position = ctx;
    struct reading reading = caller_reading(r, false);
    return store_notice_acknowledge(api_of(r)->config.store, &reading, caller_is_officer(r), *position, fault);
}

/* A number that cannot be one names no notice. */
static int path_position(struct request *r, int64_t *ret, struct fault *fault)
{
    struct str text = request_path_param(r, "id");
    return read_digits(text, INT64_MAX, ret) ? 0 : fault_set(fault, ERR_NOT_FOUND, "", "no such notice");
}

void notice_acknowledge(struct request *r)
{
    static const char *const allowed[] = {NULL};
    int64_t position = 0;
    struct fault fault;
    json_auto_t *body = NULL;
    int error = body_object(r, allowed, &body, &fault);
    if (!error)
        error = path_position(r, &position, &fault);
    if (!error)
        error = with_fresh_registers(r, acknowledge_step, &position, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_empty(r, 204);
}
