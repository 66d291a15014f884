/* GET /v1/{type}/getFile/{id}: what a record came with, as it came. It is released, disclosed and logged with its
 * record; whoever is not sent all of the record is not sent the file. */
#include "input.h"
#include "log.h"
#include "memory.h"
#include "resources.h"

struct sending {
    struct api *api;
    struct store_file *file;
};

static int sending_next(void *ctx, struct buf *out, const struct receipt **ret_receipt)
{
    struct sending *s = ctx;
    struct fault fault;
    int error = store_file_next(s->file, out, ret_receipt, &fault);
    if (error == STORE_FILE_END)
        return BODY_END;
    if (error)
        log_fault(s->api->config.log, "file.cut", &fault);
    return error;
}

static void sending_done(void *ctx, bool completed)
{
    struct sending *s = ctx;
    store_file_close(s->file, completed);
    free(s);
}

struct file_step {
    const struct record_type *type;
    struct uuid id;
    bool disclose;
    struct stored_file about;
    struct store_file *file;
};

static int file_step(struct request *r, void *ctx, struct fault *fault)
{
    struct file_step *step = ctx;
    struct reading reading = caller_reading(r, step->disclose);
    return store_file_open(api_of(r)->config.store, &reading, step->type, step->id, request_arena(r), &step->about,
                           &step->file, fault);
}

/* What is no plain character of a name in any file system is replaced. */
static void tell_name(struct request *r, struct str name)
{
    char *plain = arena_strz(request_arena(r), name);
    for (size_t i = 0; i < name.n; i++) {
        bool letter = (plain[i] >= 'a' && plain[i] <= 'z') || (plain[i] >= 'A' && plain[i] <= 'Z');
        bool digit = plain[i] >= '0' && plain[i] <= '9';
        if (!letter && !digit && !strchr("-_.", plain[i]))
            plain[i] = '_';
    }
    reply_header(r, "Content-Disposition", arena_printf(request_arena(r), "attachment; filename=\"%s\"", plain));
}

static void reply_file(struct request *r, const struct file_step *step)
{
    struct sending *s = memory_alloc(sizeof *s);
    *s = (struct sending){api_of(r), step->file};
    reply_banner(r, step->about.banner);
    tell_name(r, step->about.name);
    reply_source(r, 200, "application/octet-stream",
                 &(struct body_source){.next = sending_next, .done = sending_done, .ctx = s});
}

/* HEAD sends nothing of it: it is looked at without a disclosure and logged as a query. */
static void reply_file_head(struct request *r, const struct file_step *step)
{
    struct fault fault;
    store_file_close(step->file, true);
    if (log_query(r, 200, true, &fault)) {
        reply_fault(r, &fault, NULL);
        return;
    }
    reply_banner(r, step->about.banner);
    tell_name(r, step->about.name);
    reply_head(r, 200, "application/octet-stream", (size_t)step->about.size);
}

void record_file(struct request *r)
{
    struct fault fault;
    bool head = str_is(request_method(r), "HEAD");
    struct file_step step = {.disclose = !head};
    if (!path_record(r, &step.type, &step.id))
        return;
    int error = step.type->has_file ? query_check(r, &fault) : not_found(&fault);
    if (!error)
        error = with_fresh_registers(r, file_step, &step, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        (head ? reply_file_head : reply_file)(r, &step);
}
