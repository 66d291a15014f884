/* The loopback listener: is it alive, can it serve, and how much has it done. Prometheus text format 0.0.4. */
#include "clock.h"
#include "input.h"
#include "log.h"
#include "resources.h"

#include <inttypes.h>

void healthz(struct request *r)
{
    reply_text(r, 200, "text/plain", STR("ok\n"));
}

void readyz(struct request *r)
{
    struct fault fault;
    if (store_ping(api_of(r)->config.store, &fault))
        reply_text(r, 503, "text/plain", STR("the database does not answer\n"));
    else if (clock_is_simulated(api_of(r)->config.clock))
        reply_text(r, 200, "text/plain", STR("ready, with a simulated clock\n"));
    else
        reply_text(r, 200, "text/plain", STR("ready\n"));
}

static void add_metric(struct buf *b, const char *name, const char *type, const char *help, uint64_t value)
{
    buf_printf(b, "# HELP relto_%s %s\n# TYPE relto_%s %s\nrelto_%s %" PRIu64 "\n", name, help, name, type, name,
               value);
}

static void add_store(struct store *store, struct buf *b)
{
    struct store_counters c;
    store_counters(store, &c);
    add_metric(b, "records_posted_total", "counter", "Records stored.", c.posted);
    add_metric(b, "records_duplicate_total", "counter", "Posted records that were there already.", c.duplicates);
    add_metric(b, "commit_groups_total", "counter", "Transactions that stored records.", c.groups);
    add_metric(b, "records_queued", "gauge", "Records waiting to be written.", c.queued_records);
    add_metric(b, "disclosures_total", "counter", "Disclosures written.", c.disclosures);
    add_metric(b, "reads_total", "counter", "Reads of records.", c.reads);
    add_metric(b, "reads_stale_total", "counter", "Reads repeated because the registers had moved.", c.stale_reads);
    add_metric(b, "default_partition_rows", "gauge", "Records outside every dated partition.",
               c.default_partition_rows);
}

/* Of all owners together: whoever reads them runs the exchange. */
static void add_releases(struct api *a, struct buf *b)
{
    struct release_counters c;
    struct fault fault;
    if (api_release_counters(a, &c, &fault)) {
        log_fault(a->config.log, "metrics", &fault);
        return;
    }
    add_metric(b, "release_requests_open", "gauge", "Release requests that wait for an owner.",
               (uint64_t)c.open_requests);
    add_metric(b, "release_requests_overdue", "gauge", "Those whose time is over.", (uint64_t)c.overdue_requests);
    add_metric(b, "reviews_overdue", "gauge", "Withheld records whose date of review has passed.",
               (uint64_t)c.overdue_reviews);
    add_metric(b, "unmarked_held", "gauge",
               "Records without a dissemination marking that nobody abroad may read, about.",
               (uint64_t)(c.unmarked_held > 0 ? c.unmarked_held : 0));
    add_metric(b, "grants_pending", "gauge", "Grants that stored records are still being put under.",
               (uint64_t)c.pending_grants);
}

static void add_http(struct http_server *server, struct buf *b)
{
    struct http_counters c;
    http_counters(server, &c);
    add_metric(b, "http_requests_total", "counter", "Requests.", c.requests);
    add_metric(b, "http_connections_total", "counter", "Connections accepted.", c.connections);
    add_metric(b, "http_connections_refused_total", "counter", "Connections refused.", c.refused_connections);
    add_metric(b, "http_requests_in_flight", "gauge", "Requests being answered.", c.in_flight);
    add_metric(b, "http_answer_bytes", "gauge", "Bytes of answers in memory that are to be sent.", c.answer_bytes);
    add_metric(b, "http_reads_delayed", "gauge", "Reads that wait until there are less of them.", c.delayed);
    buf_z(b, "# HELP relto_http_answers_total Answers by class of status.\n# TYPE relto_http_answers_total counter\n");
    for (int i = 1; i < 6; i++)
        buf_printf(b, "relto_http_answers_total{class=\"%dxx\"} %" PRIu64 "\n", i, c.status[i]);
}

void metrics(struct request *r)
{
    BUF_CLEANUP struct buf b = {0};
    add_store(api_of(r)->config.store, &b);
    add_releases(api_of(r), &b);
    if (api_of(r)->exchange)
        add_http(api_of(r)->exchange, &b);
    reply_text(r, 200, "text/plain; version=0.0.4", buf_view(&b));
}
