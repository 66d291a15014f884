/* Records as a file of another format: read to the end and made whole before the first byte is sent, as headers of some
 * formats count what follows. Each chunk is disclosed before it is looked at: what is left out of the file, or refused
 * with the answer, is on record as well. */
#include "answer_form.h"
#include "input.h"
#include "listing.h"
#include "memory.h"
#include "render.h"

#include <stdio.h>

#define LEFT_OUT_TOLD 16 /* ids in a header */

struct making {
    const struct record_type *type;
    const struct answer_form *form;
    struct api_limits limits;
    void *writer;        /* of form->file */
    struct arena *arena; /* of one record */
    struct buf json, body;
    size_t records, bytes, left_out;
    struct buf left_ids;
    char refused[UUID_TEXT + 1]; /* which record ended it; "" */
};

static void making_free(struct making *m)
{
    if (m->form->file)
        m->form->file->writer->release(m->writer);
    arena_free(m->arena);
    buf_free(&m->json);
    buf_free(&m->body);
    buf_free(&m->left_ids);
}

/* From the beginning. */
static void making_begin(struct request *r, const struct record_type *type, const struct answer_form *form,
                         struct making *m)
{
    if (m->arena)
        making_free(m);
    *m = (struct making){.type = type, .form = form, .limits = api_limits(api_of(r)), .arena = arena_new()};
    if (form->file)
        m->writer = form->file->writer->begin(form->file, str_of(type->name), api_now(api_of(r)));
}

static int too_much(const struct making *m, struct fault *fault)
{
    if (m->records > m->limits.export_records)
        return fault_set(fault, ERR_TOO_MUCH, "format", "more than %zu records: narrow the query",
                         m->limits.export_records);
    return fault_set(fault, ERR_TOO_MUCH, "format", "more than %zu bytes: narrow the query", m->limits.export_bytes);
}

static void leave_out(struct making *m, struct str id)
{
    if (m->left_out++ < LEFT_OUT_TOLD) {
        buf_z(&m->left_ids, m->left_ids.n ? ", " : "");
        buf_str(&m->left_ids, id);
    }
}

static int take_members(struct making *m, const struct member *members, size_t n, struct fault *fault)
{
    int error = m->form->file->writer->add(m->writer, members, n, fault);
    struct str id = member_value(members, n, "id", m->arena);
    if (error != ERR_INVALID_RECORD)
        return error;
    if (m->form->partial) {
        leave_out(m, id);
        return 0;
    }
    snprintf(m->refused, sizeof m->refused, "%.*s", STR_ARG(id));
    return error;
}

static int take_record(struct making *m, const struct stored_record *record, struct fault *fault)
{
    const struct member *members;
    size_t n;
    arena_reset(m->arena);
    buf_clear(&m->json);
    render_record(m->type, record, &m->json);
    m->records++;
    m->bytes += m->json.n;
    if (m->records > m->limits.export_records || m->bytes > m->limits.export_bytes)
        return too_much(m, fault);
    if (!members_of(buf_view(&m->json), m->arena, &members, &n))
        return fault_set(fault, ERR_INTERNAL, "", "a stored record is no JSON");
    return take_members(m, members, n, fault);
}

static int making_end(struct making *m, struct str banner, struct fault *fault)
{
    int error = m->form->file->writer->end(m->writer, banner, &m->body, fault);
    return !error && m->body.n > m->limits.export_bytes ? too_much(m, fault) : error;
}

static void refuse(struct request *r, const struct making *m, const struct fault *fault)
{
    char *id = m->refused[0] ? arena_printf(request_arena(r), "\"id\":\"%s\"", m->refused) : NULL;
    reply_fault(r, fault, id);
}

static void tell_left_out(struct request *r, const struct making *m)
{
    char count[24];
    if (!m->left_out)
        return;
    snprintf(count, sizeof count, "%zu", m->left_out);
    reply_header(r, "X-Left-Out", count);
    reply_header(r, "X-Left-Out-Ids", arena_strz(request_arena(r), buf_view(&m->left_ids)));
}

/* --- a list --- */

struct list_making {
    const struct query *query;
    struct making m;
    struct store_list *list;
    const struct receipt *receipt;
    struct str banner;
};

static int take_chunk(struct list_making *l, struct arena *arena, struct fault *fault)
{
    const struct stored_record *records;
    size_t n;
    arena_reset(arena);
    int error = store_list_next(l->list, arena, &records, &n, &l->receipt, fault);
    for (size_t i = 0; !error && i < n; i++)
        error = take_record(&l->m, &records[i], fault);
    if (!error)
        store_list_drop(l->list);
    return error;
}

static int read_all(struct request *r, struct list_making *l, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    int error;
    while (!(error = take_chunk(l, arena, fault)))
        ;
    if (error != STORE_LIST_END)
        return error;
    error = l->receipt ? store_lists_banner(&l->list, 1, request_arena(r), &l->banner, fault) : 0;
    return error ? error : making_end(&l->m, l->banner, fault);
}

static int list_step(struct request *r, void *ctx, struct fault *fault)
{
    struct list_making *l = ctx;
    struct reading reading = caller_reading(r, true);
    making_begin(r, l->query->type, l->m.form, &l->m);
    l->receipt = NULL;
    l->banner = STR("");
    int error = store_list_open(api_of(r)->config.store, &reading, l->query, &l->list, fault);
    if (!error)
        error = read_all(r, l, fault);
    if (error) {
        store_list_close(l->list, false);
        l->list = NULL;
    }
    return error;
}

static void list_done(void *ctx, bool completed)
{
    store_list_close(ctx, completed);
}

static void reply_file(struct request *r, struct list_making *l)
{
    const char *type = answer_media_type(l->m.form);
    if (!l->receipt) {
        listing_reply_nothing(r, type, buf_view(&l->m.body));
        store_list_close(l->list, true);
        return;
    }
    reply_banner(r, l->banner);
    tell_left_out(r, &l->m);
    reply_records(r, 200, type, &l->m.body, l->receipt, list_done, l->list);
}

void file_of_list(struct request *r, const struct query *query, const struct answer_form *form)
{
    struct fault fault;
    struct list_making l = {.query = query, .m.form = form};
    bool head = str_is(request_method(r), "HEAD");
    int error =
        query->columns ? fault_set(&fault, ERR_BAD_QUERY, "columns", "expected none: the format has its own") : 0;
    if (!error)
        error = head ? log_query(r, 200, true, &fault) : with_fresh_registers(r, list_step, &l, &fault);
    if (error)
        refuse(r, &l.m, &fault);
    else if (head)
        reply_head(r, 200, answer_media_type(form), LENGTH_UNKNOWN);
    else
        reply_file(r, &l);
    if (l.m.arena)
        making_free(&l.m);
}

/* --- one record --- */

struct record_making {
    const struct record_type *type;
    struct uuid id;
    bool disclose;
    struct making m;
    const struct receipt *receipt;
    struct str banner;
};

static int make_record(struct request *r, struct record_making *g, const struct stored_record *record,
                       struct fault *fault)
{
    const struct query_columns *columns;
    if (g->m.form->file) {
        int error = take_record(&g->m, record, fault);
        return error ? error : making_end(&g->m, record->banner, fault);
    }
    columns = columns_all(g->type, request_arena(r));
    columns_csv_head(columns, ',', &g->m.body);
    render_csv(g->type, record, columns, ',', &g->m.body);
    return 0;
}

static int record_step(struct request *r, void *ctx, struct fault *fault)
{
    struct record_making *g = ctx;
    struct store *store = api_of(r)->config.store;
    struct reading reading = caller_reading(r, g->disclose);
    struct stored_record record;
    making_begin(r, g->type, g->m.form, &g->m);
    int error = store_get(store, &reading, g->type, g->id, request_arena(r), &record, &g->receipt, fault);
    if (error)
        return error;
    g->banner = record.banner;
    error = make_record(r, g, &record, fault);
    if (error && g->receipt)
        store_receipt_close(store, g->receipt, false);
    return error;
}

void file_of_record(struct request *r, const struct record_type *type, struct uuid id, const struct answer_form *form)
{
    struct fault fault;
    struct record_making g = {.type = type, .id = id, .m.form = form};
    g.disclose = !str_is(request_method(r), "HEAD");
    int error = with_fresh_registers(r, record_step, &g, &fault);
    if (!error && !g.disclose)
        error = log_query(r, 200, true, &fault);
    if (!error)
        reply_banner(r, g.banner);
    if (error)
        refuse(r, &g.m, &fault);
    else if (g.disclose)
        reply_against(r, answer_media_type(form), &g.m.body, g.receipt);
    else
        reply_head(r, 200, answer_media_type(form), g.m.body.n);
    if (g.m.arena)
        making_free(&g.m);
}
