/* GET /v1/{type}, /tuple, /history, /count of a part type: elements of one record, which is read as by its id. */
#include "answer_form.h"
#include "input.h"
#include "listing.h"
#include "match.h"
#include "render.h"

struct part_step {
    const struct part_type *part;
    struct query query; /* but for the condition on the parent */
    struct listing_form form;
    struct uuid parent;
    bool disclose;
    int64_t count; /* of those selected, before paging */
    struct buf body;
    const struct receipt *receipt;
    struct str banner;
};

/* --- reading --- */

/* As they are sent: what is not shown of a part matches nothing. */
static struct str *select_parts(struct part_step *step, const struct stored_record *parent, struct arena *arena,
                                size_t *ret_n)
{
    BUF_CLEANUP struct buf text = {0};
    const struct str *members;
    size_t all = 0, n = 0;
    if (!part_members(step->part, parent->body, arena, &members, &all))
        all = 0; /* a stored body that is no JSON: nothing of it is sent */
    struct str *selected = arena_array(arena, all, sizeof *selected);
    for (size_t i = 0; i < all; i++) {
        buf_clear(&text);
        render_part(step->part, parent, members[i], &text);
        if (query_selects(&step->query, buf_view(&text)))
            selected[n++] = arena_str(arena, buf_view(&text));
    }
    query_order(&step->query, selected, n);
    *ret_n = n;
    return selected;
}

static void write_part(const struct part_step *step, struct str part, struct buf *out)
{
    const struct query_columns *columns = step->query.columns;
    if (step->form.csv) {
        if (!out->n)
            columns_csv_head(columns, step->form.delimiter, out);
        columns_csv(columns, part, step->form.delimiter, out);
        return;
    }
    buf_char(out, out->n ? ',' : '[');
    if (columns)
        columns_pick(columns, part, out);
    else
        buf_str(out, part);
}

static void write_page(struct part_step *step, const struct str *parts, size_t n)
{
    const struct query *q = &step->query;
    buf_clear(&step->body);
    for (int64_t i = q->first_result; i < (int64_t)n && (q->max_results < 0 || i - q->first_result < q->max_results);
         i++)
        write_part(step, parts[i], &step->body);
    if (step->body.n && !step->form.csv)
        buf_char(&step->body, ']');
}

static int read_step(struct request *r, void *ctx, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct part_step *step = ctx;
    struct reading reading = caller_reading(r, step->disclose);
    struct stored_record parent;
    size_t n;
    int error = store_get(api_of(r)->config.store, &reading, step->part->parent, step->parent, arena, &parent,
                          &step->receipt, fault);
    if (error)
        return error;
    const struct str *parts = select_parts(step, &parent, arena, &n);
    step->count = (int64_t)n;
    step->banner = arena_str(request_arena(r), parent.banner);
    write_page(step, parts, n);
    return 0;
}

/* Who may not see the record is told the same as who asks for one that is missing, or has no such parts. */
static int read_parts(struct request *r, struct part_step *step, bool disclose, struct fault *fault)
{
    step->disclose = disclose;
    int error = with_fresh_registers(r, read_step, step, fault);
    if (error != ERR_NOT_FOUND)
        return error;
    buf_clear(&step->body);
    return 0;
}

/* --- asking --- */

static bool is_of_parent(const struct part_type *part, const struct predicate *p)
{
    return strcmp(p->field->name, part->parent_field) == 0;
}

int part_check(const struct part_type *part, const struct query *query, struct fault *fault)
{
    for (size_t i = 0; i < query->n; i++)
        if (is_of_parent(part, &query->predicates[i]) && query->predicates[i].op != QUERY_EQ)
            return fault_set(fault, ERR_BAD_QUERY, part->parent_field, "expected the id of one %s", part->parent->name);
    return 0;
}

/* What is no id is the id of nothing. */
static void take_parent(struct part_step *step, const struct predicate *p)
{
    if (!uuid_parse(p->values[0].text, &step->parent))
        step->parent = (struct uuid){0};
}

static int split(struct request *r, const struct query *query, struct part_step *step, struct fault *fault)
{
    struct predicate *kept = arena_array(request_arena(r), query->n, sizeof *kept);
    int error = part_check(step->part, query, fault);
    step->query = *query;
    step->query.predicates = kept;
    step->query.n = 0;
    for (size_t i = 0; i < query->n && !error; i++) {
        const struct predicate *p = &query->predicates[i];
        if (is_of_parent(step->part, p))
            take_parent(step, p);
        else
            kept[step->query.n++] = *p;
    }
    return error;
}

static int ask(struct request *r, enum query_use use, const struct answer_form *form, struct part_step *step,
               struct fault *fault)
{
    const struct query *query;
    int error = listing_query(r, &step->part->type, use, form, &query, fault);
    return error ? error : split(r, query, step, fault);
}

/* --- answering --- */

static void write_nothing(const struct part_step *step, struct buf *out)
{
    if (step->form.csv)
        columns_csv_head(step->query.columns, step->form.delimiter, out);
    else
        buf_z(out, "[]");
}

/* The record is sent, in part, only if there is anything to send: it is looked at before it is disclosed. */
static int read_page(struct request *r, struct part_step *step, struct fault *fault)
{
    int error = read_parts(r, step, false, fault);
    if (!error && step->body.n)
        error = read_parts(r, step, true, fault);
    if (!error && !step->body.n)
        write_nothing(step, &step->body); /* with a receipt: its view has changed meanwhile */
    return error;
}

static void reply_parts(struct request *r, struct part_step *step)
{
    struct fault fault;
    bool head = str_is(request_method(r), "HEAD");
    int error = head ? log_query(r, 200, true, &fault) : read_page(r, step, &fault);
    if (!error)
        listing_tell_columns(r, &step->query);
    if (error) {
        reply_fault(r, &fault, NULL);
    } else if (head) {
        reply_head(r, 200, listing_content_type(&step->form), LENGTH_UNKNOWN);
    } else if (step->receipt) {
        reply_banner(r, step->banner);
        reply_against(r, listing_content_type(&step->form), &step->body, step->receipt);
    } else {
        listing_reply_nothing(r, listing_content_type(&step->form), buf_view(&step->body));
    }
    buf_free(&step->body);
}

static void take_form(struct request *r, const struct listing_form *form, struct part_step *step)
{
    step->form = *form;
    if (form->csv && !step->query.columns)
        step->query.columns = columns_all(&step->part->type, request_arena(r));
}

void part_list(struct request *r, const struct part_type *part)
{
    struct fault fault;
    struct part_step step = {.part = part};
    struct answer_form form;
    enum query_use use = listing_use(r);
    bool current = use == QUERY_CURRENT || use == QUERY_CURRENT_TUPLE;
    int error = current ? not_found(&fault) : answer_form_of(r, &part->type, &form, &fault);
    if (!error)
        error = ask(r, use, &form, &step, &fault);
    if (!error)
        take_form(r, &(struct listing_form){.csv = form.csv, .delimiter = ','}, &step);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_parts(r, &step);
}

void part_reply(struct request *r, const struct part_type *part, const struct query *query,
                const struct listing_form *form)
{
    struct fault fault;
    struct part_step step = {.part = part};
    if (split(r, query, &step, &fault)) {
        reply_fault(r, &fault, NULL);
        return;
    }
    take_form(r, form, &step);
    reply_parts(r, &step);
}

void part_count(struct request *r, const struct part_type *part)
{
    struct fault fault;
    struct part_step step = {.part = part};
    int error = ask(r, QUERY_COUNT, NULL, &step, &fault);
    if (!error)
        error = read_parts(r, &step, false, &fault);
    if (!error)
        error = log_query(r, 200, true, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_count(r, step.count);
    buf_free(&step.body);
}
