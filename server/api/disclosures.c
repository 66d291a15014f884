/* GET /v1/disclosures: who was sent what of the caller's own records; GET /v1/{type}/{id}/recipients: of one of them.
 */
#include "input.h"
#include "resources.h"

#define DISCLOSURES_DEFAULT 1000
#define DISCLOSURES_MAX 10000

/* Of an entity what the caller is shown counts: its newest version. */
static int take_version(struct request *r, struct disclosure_filter *f, struct fault *fault)
{
    struct found_version found;
    int error = version_of(r, f->type, f->record, &found, fault);
    if (!error)
        f->record = found.id;
    return error == ERR_NOT_FOUND ? 0 : error;
}

static int read_record(struct request *r, struct disclosure_filter *f, struct fault *fault)
{
    struct str id = query_text(r, "id"), type = query_text(r, "type");
    if (type.p && !(f->type = record_type_find(type)))
        return fault_set(fault, ERR_BAD_QUERY, "type", "no such record type");
    f->by_record = id.p != NULL;
    if (id.p && !uuid_parse(id, &f->record))
        return fault_set(fault, ERR_BAD_QUERY, "id", "expected the id of a record");
    if (id.p && !f->type)
        return fault_set(fault, ERR_BAD_QUERY, "type", "expected beside id");
    return id.p && f->type->versioned ? take_version(r, f, fault) : 0;
}

static int read_filter(struct request *r, struct disclosure_filter *f, struct fault *fault)
{
    *f = (struct disclosure_filter){
        .owner = caller_partner(r), .from = INSTANT_MIN, .until = INSTANT_MAX, .limit = DISCLOSURES_DEFAULT};
    int error = query_check(r, fault);
    if (!error)
        error = read_record(r, f, fault);
    if (!error)
        error = query_time(r, "from", &f->from, fault);
    if (!error)
        error = query_time(r, "until", &f->until, fault);
    if (!error)
        error = query_number(r, "after", INT64_MAX, &f->after, fault);
    if (!error)
        error = query_number(r, "maxResults", DISCLOSURES_MAX, &f->limit, fault);
    if (!error)
        error = query_number(r, "firstRecord", INT64_MAX, &f->first_record, fault);
    return error;
}

struct disclosures_step {
    const struct disclosure_filter *filter;
    struct buf out;
};

static int disclosures_step(struct request *r, void *ctx, struct fault *fault)
{
    struct disclosures_step *step = ctx;
    struct reading reading = caller_reading(r, false);
    buf_clear(&step->out);
    return store_disclosures(api_of(r)->config.store, &reading, step->filter, &step->out, fault);
}

void disclosures_list(struct request *r)
{
    struct disclosure_filter filter;
    struct fault fault;
    struct disclosures_step step = {.filter = &filter};
    int error = read_filter(r, &filter, &fault);
    reply_logged(r, error, disclosures_step, &step, &step.out, &fault);
}

/* ---- one record ---- */

struct recipients_step {
    const struct record_type *type;
    struct uuid id;
    int64_t after, limit;
    struct buf out;
};

static int recipients_step(struct request *r, void *ctx, struct fault *fault)
{
    struct recipients_step *step = ctx;
    struct reading reading = caller_reading(r, false);
    buf_clear(&step->out);
    return store_recipients(api_of(r)->config.store, &reading, step->type, step->id, step->after, step->limit,
                            &step->out, fault);
}

/* Who is not an owner's officer gets the answer of a missing record, by the same statement. */
void record_recipients(struct request *r)
{
    struct recipients_step step = {.limit = DISCLOSURES_DEFAULT};
    struct fault fault;
    if (!path_record(r, &step.type, &step.id))
        return;
    int error = query_check(r, &fault);
    if (!error)
        error = query_number(r, "after", INT64_MAX, &step.after, &fault);
    if (!error)
        error = query_number(r, "maxResults", DISCLOSURES_MAX, &step.limit, &fault);
    reply_logged(r, error, recipients_step, &step, &step.out, &fault);
}
