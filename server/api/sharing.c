/* GET /v1/metrics/sharing: what became of the caller's partner's own records. */
#include "input.h"
#include "resources.h"

#define PERIOD_DEFAULT (30 * INSTANT_DAY)
#define PERIOD_MAX (367 * INSTANT_DAY)

struct sharing_step {
    instant from, to;
    struct buf out;
};

static int sharing_step(struct request *r, void *ctx, struct fault *fault)
{
    struct sharing_step *step = ctx;
    struct reading reading = caller_reading(r, false);
    buf_clear(&step->out);
    return store_sharing(api_of(r)->config.store, &reading, step->from, step->to, &step->out, fault);
}

static int read_period(struct request *r, struct sharing_step *step, struct fault *fault)
{
    int error = query_check(r, fault);
    step->to = instant_add(api_now(api_of(r)), 1); /* with what is posted at this instant */
    if (!error)
        error = query_time(r, "to", &step->to, fault);
    step->from = instant_add(step->to, -PERIOD_DEFAULT);
    if (!error)
        error = query_time(r, "from", &step->from, fault);
    if (!error && (step->from >= step->to || step->to > instant_add(step->from, PERIOD_MAX)))
        error = fault_set(fault, ERR_BAD_QUERY, "from", "expected a period of up to %d days before `to`",
                          (int)(PERIOD_MAX / INSTANT_DAY));
    return error;
}

void metrics_sharing(struct request *r)
{
    struct sharing_step step = {0};
    struct fault fault;
    int error = read_period(r, &step, &fault);
    reply_logged(r, error, sharing_step, &step, &step.out, &fault);
}
