/* GET /v1/{type}, /tuple, /history, /current, /count, /{id}: what the reader may see, sent against a receipt. */
#include "answer_form.h"
#include "input.h"
#include "listing.h"
#include "log.h"
#include "memory.h"
#include "query.h"
#include "render.h"
#include "resources.h"

#include <stdio.h>

static bool is_head(const struct request *r)
{
    return str_is(request_method(r), "HEAD");
}

/* What the routes of lists are for, by what stands behind their type. */
enum query_use listing_use(struct request *r)
{
    static const struct {
        const char *path;
        enum query_use use;
    } uses[] = {
        {"/current", QUERY_CURRENT},
        {"/current/tuple", QUERY_CURRENT_TUPLE},
        {"/tuple", QUERY_TUPLE},
    };
    const char *path = strstr(request_route(r)->path, "/{type}") + strlen("/{type}");
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
        if (!strcmp(path, uses[i].path))
            return uses[i].use;
    return QUERY_LIST;
}

/* The path's type, if it has what the route asks for; NULL if it is to be answered as missing. */
static const struct record_type *listed_type(struct request *r)
{
    const struct record_type *type = record_type_find(request_path_param(r, "type"));
    enum query_use use = listing_use(r);
    bool current = use == QUERY_CURRENT || use == QUERY_CURRENT_TUPLE;
    return type && current && !type->current ? NULL : type;
}

static const struct query *with_all_versions(const struct query *q, struct arena *arena)
{
    struct query *all = arena_alloc(arena, sizeof *all);
    *all = *q;
    all->all_versions = true;
    return all;
}

/* What says in which form is told apart once: a second such parameter is not. */
static size_t query_params(struct request *r, const struct answer_form *form, struct param *out)
{
    const struct query_param *in;
    struct str passed[2] = {{0}};
    size_t n = request_query(r, &in), kept = 0, passed_n = 0;
    for (size_t i = 0; i < n; i++) {
        bool again = passed_n && (str_eq(in[i].name, passed[0]) || passed_n == 2);
        if (form && !again && is_of_answer_form(form, in[i].name))
            passed[passed_n++] = in[i].name;
        else
            out[kept++] = (struct param){in[i].name, in[i].value};
    }
    return kept;
}

int listing_query(struct request *r, const struct record_type *type, enum query_use use, const struct answer_form *form,
                  const struct query **ret, struct fault *fault)
{
    const struct query_param *in;
    struct param *params = arena_array(request_arena(r), request_query(r, &in), sizeof *params);
    size_t n = query_params(r, form, params);
    int error = query_parse(type, params, n, use, api_now(api_of(r)), request_arena(r), ret, fault);
    if (!error && strstr(request_route(r)->path, "/{type}/history"))
        *ret = with_all_versions(*ret, request_arena(r));
    return error;
}

/* A worker asks once more, unless it is known that there is nothing: that it tells. */
static void hand_over(struct request *r, int error)
{
    if (error == ERR_NOT_FOUND)
        caller_found_nothing(r);
    request_hand_over(r);
}

/* ---- list ---- */

/* Lives until the answer is sent; the request may end before it, so that it holds what it needs itself. */
struct listing {
    struct api *api;
    struct registry *registry;
    const struct record_type *type;
    struct store_list *list;
    struct arena *arena;                 /* of one chunk */
    const struct query_columns *columns; /* NULL: all */
    struct arena *columns_arena;
    struct listing_form form;
    bool any, ended;
    struct buf piece;              /* the first piece, until it is sent */
    const struct receipt *receipt; /* of the first piece */
};

static void listing_done(void *ctx, bool completed)
{
    struct listing *l = ctx;
    store_list_close(l->list, completed);
    registry_unref(l->registry);
    arena_free(l->arena);
    arena_free(l->columns_arena);
    buf_free(&l->piece);
    free(l);
}

static struct listing *listing_new(struct api *api, const struct registry *registry, const struct query *query,
                                   const struct listing_form *form)
{
    struct listing *l = memory_zeroed(sizeof *l);
    *l = (struct listing){.api = api, .registry = registry_ref(registry), .type = query->type};
    if (form)
        l->form = *form;
    if (!query->columns && !l->form.csv)
        return l;
    l->columns_arena = arena_new();
    l->columns =
        query->columns ? columns_copy(query->columns, l->columns_arena) : columns_all(query->type, l->columns_arena);
    return l;
}

void listing_tell_columns(struct request *r, const struct query *query)
{
    if (query->columns && query->columns->unknown.n)
        reply_header(r, "X-Unknown-Columns", arena_strz(request_arena(r), query->columns->unknown));
}

static void render_records(struct listing *l, const struct stored_record *records, size_t n, struct buf *out)
{
    size_t room = 0;
    for (size_t i = 0; i < n; i++)
        room += rendered_about(l->type, &records[i]);
    buf_reserve(out, room);
    if (l->form.csv && !l->any && n)
        columns_csv_head(l->columns, l->form.delimiter, out);
    for (size_t i = 0; i < n && l->form.csv; i++)
        render_csv(l->type, &records[i], l->columns, l->form.delimiter, out);
    for (size_t i = 0; i < n && !l->form.csv; i++) {
        buf_char(out, i || l->any ? ',' : '[');
        render_columns(l->type, &records[i], l->columns, out);
    }
    l->any = l->any || n;
}

static void render_end(const struct listing *l, struct buf *out)
{
    if (!l->form.csv)
        buf_z(out, l->any ? "]" : "[]");
    else if (!l->any)
        columns_csv_head(l->columns, l->form.delimiter, out);
}

const char *listing_content_type(const struct listing_form *form)
{
    return answer_media_type(&(struct answer_form){.csv = form && form->csv});
}

/* Appends one chunk; the array's brackets are part of the first and the last. What it was made of is given back: it may
 * be long until the client takes the piece. */
static int render_chunk(struct listing *l, struct buf *out, const struct receipt **ret_receipt, struct fault *fault)
{
    const struct stored_record *records;
    size_t n;
    int error = store_list_next(l->list, l->arena, &records, &n, ret_receipt, fault);
    if (error && error != STORE_LIST_END)
        return error;
    l->ended = error == STORE_LIST_END;
    if (l->ended) {
        render_end(l, out);
        return 0;
    }
    render_records(l, records, n, out);
    store_list_drop(l->list);
    arena_reset(l->arena);
    return 0;
}

static int listing_next(void *ctx, struct buf *out, const struct receipt **ret_receipt)
{
    struct listing *l = ctx;
    struct fault fault;
    if (l->piece.n) {
        buf_str(out, buf_view(&l->piece));
        *ret_receipt = l->receipt;
        buf_free(&l->piece);
        return 0;
    }
    int error = render_chunk(l, out, ret_receipt, &fault);
    if (error) {
        log_fault(l->api->config.log, "list.cut", &fault);
        return error;
    }
    return l->ended ? BODY_END : 0;
}

struct list_step {
    const struct record_type *type;
    const struct query *query;
    const struct listing_form *form; /* NULL: of no export */
    struct listing *listing;
    struct str banner;
};

/* The first chunk is fetched before anything is sent, so that every refusal is a proper answer. */
static int list_step(struct request *r, void *ctx, struct fault *fault)
{
    struct list_step *step = ctx;
    struct api *api = api_of(r);
    struct reading reading = caller_reading(r, true);
    struct store_list *list;
    struct store *store = api->config.store;
    bool kept = step->form && step->form->kept;
    int error = kept ? store_list_open_export(store, &reading, step->query, step->form->mark, &list, fault)
                     : store_list_open(store, &reading, step->query, &list, fault);
    if (error)
        return error;
    struct listing *l = listing_new(api, reading.registry, step->query, step->form);
    l->list = list;
    l->arena = arena_new();
    error = render_chunk(l, &l->piece, &l->receipt, fault);
    if (!error && l->any)
        error = store_list_banner(list, request_arena(r), &step->banner, fault);
    if (error)
        listing_done(l, false);
    else
        step->listing = l;
    return error;
}

void listing_reply_nothing(struct request *r, const char *type, struct str text)
{
    struct fault fault;
    if (log_query(r, 200, false, &fault))
        reply_fault(r, &fault, NULL);
    else {
        request_even_out(r);
        reply_text(r, 200, type, text);
    }
}

static void reply_empty_list(struct request *r)
{
    listing_reply_nothing(r, "application/json", STR("[]"));
}

/* Most lists end within their first chunk: then the whole answer is known and has a length. */
static void reply_listing(struct request *r, struct listing *l, struct str banner)
{
    struct fault fault;
    const struct receipt *more = NULL;
    if (!l->ended && store_list_at_end(l->list)) {
        int error = render_chunk(l, &l->piece, &more, &fault);
        if (error) {
            reply_fault(r, &fault, NULL);
            listing_done(l, false);
            return;
        }
    }
    if (l->any)
        reply_banner(r, banner);
    if (l->ended && !l->any) {
        listing_reply_nothing(r, listing_content_type(&l->form), buf_view(&l->piece));
        listing_done(l, true);
    } else if (l->ended) {
        reply_records(r, 200, listing_content_type(&l->form), &l->piece, l->receipt, listing_done, l);
    } else {
        reply_source(r, 200, listing_content_type(&l->form),
                     &(struct body_source){.next = listing_next, .done = listing_done, .ctx = l});
    }
}

void listing_reply(struct request *r, const struct query *query, const struct listing_form *form)
{
    struct fault fault;
    struct list_step step = {.type = query->type, .query = query, .form = form};
    listing_tell_columns(r, query);
    int error = is_head(r) ? log_query(r, 200, true, &fault) : with_fresh_registers(r, list_step, &step, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else if (is_head(r))
        reply_head(r, 200, listing_content_type(form), LENGTH_UNKNOWN);
    else
        reply_listing(r, step.listing, step.banner);
}

void record_list(struct request *r)
{
    struct fault fault;
    const struct query *query;
    const struct part_type *part = part_type_find(request_path_param(r, "type"));
    if (part) {
        part_list(r, part);
        return;
    }
    struct answer_form form;
    const struct record_type *type = listed_type(r);
    int error = type ? answer_form_of(r, type, &form, &fault) : not_found(&fault);
    if (!error)
        error = listing_query(r, type, listing_use(r), &form, &query, &fault);
    if (error) {
        reply_fault(r, &fault, NULL);
    } else if (form.file) {
        file_of_list(r, query, &form);
    } else if (caller_of(r)->found_nothing) {
        listing_tell_columns(r, query);
        reply_empty_list(r);
    } else {
        listing_reply(r, query, form.csv ? &(struct listing_form){.csv = true, .delimiter = ','} : NULL);
    }
}

struct list_later {
    struct listing *listing;
    struct request *r;
    const struct query *query;
    struct str banner; /* the list's */
};

static void make_list(void *ctx, const struct stored_record *records, size_t n, struct str banner)
{
    struct list_later *v = ctx;
    struct listing *l = v->listing;
    render_records(l, records, n, &l->piece);
    buf_char(&l->piece, ']');
    v->banner = banner;
}

static void list_done(void *ctx, int error, const struct receipt *receipt)
{
    struct list_later *v = ctx;
    struct request *r = v->r;
    if (error) {
        listing_done(v->listing, false);
        hand_over(r, error);
        return;
    }
    reply_banner(r, v->banner);
    listing_tell_columns(r, v->query);
    reply_records(r, 200, "application/json", &v->listing->piece, receipt, listing_done, v->listing);
}

/* Whatever is not a plain GET of a short list that is not empty is left to a worker, from the beginning. */
bool record_list_at_once(struct request *r)
{
    struct fault fault;
    const struct query *query;
    const struct record_type *type = listed_type(r);
    if (!type || is_head(r) || !answer_form_is_json(r) || !caller_is_known(r) ||
        listing_query(r, type, listing_use(r), NULL, &query, &fault) != 0)
        return false;
    struct list_later *v = arena_alloc(request_arena(r), sizeof *v);
    struct reading reading = caller_reading(r, true);
    struct listing *l = listing_new(api_of(r), reading.registry, query, NULL);
    *v = (struct list_later){.listing = l, .r = r, .query = query};
    if (store_list_later(l->api->config.store, &reading, query, request_arena(r),
                         &(struct store_later){make_list, list_done, v}, &l->list))
        return true;
    listing_done(l, false);
    return false;
}

/* ---- count ---- */

struct count_step {
    const struct query *query;
    int64_t count;
};

static int count_step(struct request *r, void *ctx, struct fault *fault)
{
    struct count_step *step = ctx;
    struct reading reading = caller_reading(r, false);
    return store_count(api_of(r)->config.store, &reading, step->query, &step->count, fault);
}

void reply_count(struct request *r, int64_t count)
{
    char text[24];
    if (!count)
        request_even_out(r);
    snprintf(text, sizeof text, "%lld", (long long)count);
    reply_text(r, 200, "text/plain", str_of(text));
}

void record_count(struct request *r)
{
    struct fault fault;
    struct count_step step = {0};
    const struct part_type *part = part_type_find(request_path_param(r, "type"));
    if (part) {
        part_count(r, part);
        return;
    }
    const struct record_type *type = path_type(r);
    if (!type)
        return;
    int error = listing_query(r, type, QUERY_COUNT, NULL, &step.query, &fault);
    if (!error)
        error = with_fresh_registers(r, count_step, &step, &fault);
    if (!error)
        error = log_query(r, 200, true, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_count(r, step.count);
}

/* ---- one record ---- */

struct get_step {
    const struct record_type *type;
    struct uuid id;
    bool disclose;
    struct buf body;
    const struct receipt *receipt;
    char etag[ETAG_TEXT + 1];
    struct str banner;
};

static void make_get(void *ctx, const struct stored_record *record, size_t n, struct str banner)
{
    struct get_step *step = ctx;
    (void)n;
    buf_clear(&step->body);
    render_record(step->type, record, &step->body);
    etag_make(buf_view(&step->body), step->etag);
    step->banner = banner;
}

static int get_step(struct request *r, void *ctx, struct fault *fault)
{
    struct get_step *step = ctx;
    struct reading reading = caller_reading(r, step->disclose);
    struct stored_record record;
    int error = store_get(api_of(r)->config.store, &reading, step->type, step->id, request_arena(r), &record,
                          &step->receipt, fault);
    if (!error)
        make_get(step, &record, 1, record.banner);
    return error;
}

struct receipt_close {
    struct store *store;
    const struct receipt *receipt;
};

static void receipt_done(void *ctx, bool completed)
{
    struct receipt_close *c = ctx;
    store_receipt_close(c->store, c->receipt, completed);
    free(c);
}

void reply_against(struct request *r, const char *type, struct buf *body, const struct receipt *receipt)
{
    struct receipt_close *c = memory_alloc(sizeof *c);
    *c = (struct receipt_close){api_of(r)->config.store, receipt};
    reply_records(r, 200, type, body, receipt, receipt_done, c);
}

static void reply_get(struct request *r, struct get_step *step)
{
    reply_header(r, "ETag", step->etag);
    reply_banner(r, step->banner);
    reply_against(r, "application/json", &step->body, step->receipt);
}

/* HEAD and a matching If-None-Match send no record: they are looked at without a disclosure and logged as queries. */
static int look(struct request *r, struct get_step *step, bool *ret_answered, struct fault *fault)
{
    struct str held = request_header(r, "If-None-Match");
    *ret_answered = false;
    if (!is_head(r) && !held.p)
        return 0;
    int error = with_fresh_registers(r, get_step, step, fault);
    bool same = !error && etag_matches(held, step->etag);
    if (error || (!same && !is_head(r)))
        return error;
    error = log_query(r, same ? 304 : 200, true, fault);
    if (error)
        return error;
    reply_header(r, "ETag", step->etag);
    if (same) {
        reply_head(r, 304, NULL, step->body.n);
    } else {
        reply_banner(r, step->banner);
        reply_head(r, 200, "application/json", step->body.n);
    }
    *ret_answered = true;
    return 0;
}

void record_get(struct request *r)
{
    struct fault fault;
    struct get_step step = {0};
    struct answer_form form = {0};
    bool answered = false;
    if (!path_record(r, &step.type, &step.id))
        return;
    int error = query_check(r, &fault);
    if (!error)
        error = answer_form_of(r, step.type, &form, &fault);
    if (!error && (form.file || form.csv)) {
        file_of_record(r, step.type, step.id, &form);
        return;
    }
    if (!error && caller_of(r)->found_nothing)
        error = not_found(&fault);
    if (!error)
        error = look(r, &step, &answered, &fault);
    if (!error && !answered) {
        step.disclose = true;
        error = with_fresh_registers(r, get_step, &step, &fault);
    }
    if (error)
        reply_fault(r, &fault, NULL);
    else if (!answered)
        reply_get(r, &step);
    buf_free(&step.body);
}

struct get_later {
    struct get_step step; /* first: what make_get takes */
    struct request *r;
};

static void get_done(void *ctx, int error, const struct receipt *receipt)
{
    struct get_later *l = ctx;
    struct request *r = l->r;
    if (error) {
        buf_free(&l->step.body);
        hand_over(r, error);
        return;
    }
    l->step.receipt = receipt;
    reply_get(r, &l->step);
}

/* Whatever is not a plain GET that finds its record is left to a worker, from the beginning. */
bool record_get_at_once(struct request *r)
{
    const struct query_param *query;
    struct uuid id;
    const struct record_type *type = record_type_find(request_path_param(r, "type"));
    if (!type || !uuid_parse(request_path_param(r, "id"), &id) || is_head(r) || request_query(r, &query) ||
        !answer_form_is_json(r) || request_header(r, "If-None-Match").p || !caller_is_known(r))
        return false;
    struct get_later *l = arena_alloc(request_arena(r), sizeof *l);
    struct reading reading = caller_reading(r, true);
    l->step.type = type;
    l->r = r;
    return store_get_later(api_of(r)->config.store, &reading, type, id, request_arena(r),
                           &(struct store_later){make_get, get_done, l});
}
