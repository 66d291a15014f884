/* Every route of the exchange, sorted by path and method; http_start checks the order and that each has a capability.
 * /udl is an alias of the data routes for clients of the Unified Data Library, /sm of its messaging. */
#include "capability.h"
#include "input.h"
#include "resources.h"

#define DATA_ROUTES(prefix)                                                                                            \
    {"GET", prefix "/{type}", CAP_READ, BODY_NONE, 0, record_list},                                                    \
        {"POST", prefix "/{type}", CAP_POST, BODY_JSON, 0, record_post_one},                                           \
        {"GET", prefix "/{type}/count", CAP_READ, BODY_NONE, 0, record_count},                                         \
        {"POST", prefix "/{type}/createBulk", CAP_POST, BODY_JSON, 0, record_post_bulk},                               \
        {"GET", prefix "/{type}/current", CAP_READ, BODY_NONE, 0, record_list},                                        \
        {"GET", prefix "/{type}/current/tuple", CAP_READ, BODY_NONE, 0, record_list},                                  \
        {"GET", prefix "/{type}/getFile/{id}", CAP_READ, BODY_NONE, 0, record_file},                                   \
        {"GET", prefix "/{type}/history", CAP_READ, BODY_NONE, 0, record_list},                                        \
        {"GET", prefix "/{type}/history/aodr", CAP_READ, BODY_NONE, 0, record_aodr},                                   \
        {"GET", prefix "/{type}/history/count", CAP_READ, BODY_NONE, 0, record_count},                                 \
        {"GET", prefix "/{type}/queryhelp", CAP_SELF, BODY_NONE, 0, record_queryhelp},                                 \
        {"GET", prefix "/{type}/tuple", CAP_READ, BODY_NONE, 0, record_list},                                          \
        {"DELETE", prefix "/{type}/{id}", CAP_READ, BODY_NONE, 0, record_delete},                                      \
        {"GET", prefix "/{type}/{id}", CAP_READ, BODY_NONE, 0, record_get},                                            \
        {"PUT", prefix "/{type}/{id}", CAP_POST, BODY_JSON, 0, record_put},                                            \
        {"GET", prefix "/{type}/{id}/explain", CAP_READ, BODY_NONE, 0, record_explain},                                \
        {"POST", prefix "/{type}/{id}/recall", CAP_READ, BODY_JSON, SMALL_BODY_MAX, record_recall},                    \
        {"GET", prefix "/{type}/{id}/recipients", CAP_READ, BODY_NONE, 0, record_recipients},                          \
        {"POST", prefix "/{type}/{id}/relabel", CAP_READ, BODY_JSON, SMALL_BODY_MAX, record_relabel},                  \
        {"POST", prefix "/{type}/{id}/review", CAP_READ, BODY_JSON, SMALL_BODY_MAX, record_review},                    \
    {                                                                                                                  \
        "POST", prefix "/{type}/{id}/withhold", CAP_READ, BODY_JSON, SMALL_BODY_MAX, record_withhold                   \
    }

/* What one type alone has; before DATA_ROUTES of the same prefix. */
#define ELSET_ROUTE(prefix)                                                                                            \
    {                                                                                                                  \
        "POST", prefix "/elset/createBulkFromTLE", CAP_POST, BODY_TEXT, 0, elset_from_tle                              \
    }
#define NOTIFICATION_ROUTE(prefix)                                                                                     \
    {                                                                                                                  \
        "POST", prefix "/notification/createRaw", CAP_POST, BODY_FILE, 0, notification_raw                             \
    }
#define ONORBIT_ROUTE(prefix)                                                                                          \
    {                                                                                                                  \
        "GET", prefix "/onorbit/getSignature", CAP_READ, BODY_NONE, 0, onorbit_signature                               \
    }

#define FILEDROP_ROUTES(prefix)                                                                                        \
    {"POST", prefix "/filedrop/cdms", CAP_POST, BODY_FILE, 0, filedrop_cdms},                                          \
        {"POST", prefix "/filedrop/ephem", CAP_POST, BODY_TEXT, 0, filedrop_ephem},                                    \
        {"POST", prefix "/filedrop/udl-gnssrawif", CAP_POST, BODY_FILE, 0, filedrop_gnssrawif},                        \
    {                                                                                                                  \
        "POST", prefix "/filedrop/{drop}", CAP_POST, BODY_JSON, 0, filedrop_records                                    \
    }

#define MESSAGE_ROUTES(prefix)                                                                                         \
    {"GET", prefix "/sm/describeTopic/{topic}", CAP_READ, BODY_NONE, 0, sm_topic},                                     \
        {"GET", prefix "/sm/getLatestOffset/{topic}", CAP_READ, BODY_NONE, 0, sm_latest_offset},                       \
        {"GET", prefix "/sm/getMessages/{topic}/{offset}", CAP_READ, BODY_NONE, 0, sm_messages},                       \
    {                                                                                                                  \
        "GET", prefix "/sm/listTopics", CAP_READ, BODY_NONE, 0, sm_topics                                              \
    }

static const struct route routes[] = {
    FILEDROP_ROUTES(""),
    MESSAGE_ROUTES(""),
    {"GET", "/udl/currentelset/queryhelp", CAP_SELF, BODY_NONE, 0, elset_current_queryhelp},
    ELSET_ROUTE("/udl"),
    NOTIFICATION_ROUTE("/udl"),
    ONORBIT_ROUTE("/udl"),
    DATA_ROUTES("/udl"),
    {"GET", "/v1/agreements", CAP_REGISTERS, BODY_NONE, 0, register_list},
    {"POST", "/v1/agreements", CAP_PROPOSE, BODY_JSON, SMALL_BODY_MAX, agreement_create},
    {"GET", "/v1/agreements/{code}", CAP_REGISTERS, BODY_NONE, 0, agreement_get},
    {"POST", "/v1/agreements/{code}/resume", CAP_PROPOSE, BODY_JSON, SMALL_BODY_MAX, agreement_resume},
    {"POST", "/v1/agreements/{code}/suspend", CAP_PROPOSE, BODY_JSON, SMALL_BODY_MAX, agreement_suspend},
    {"POST", "/v1/agreements/{code}/terminate", CAP_PROPOSE, BODY_JSON, SMALL_BODY_MAX, agreement_terminate},
    {"GET", "/v1/changes", CAP_READ, BODY_NONE, 0, feed_changes},
    {"GET", "/v1/communities", CAP_REGISTERS, BODY_NONE, 0, register_list},
    {"GET", "/v1/communities/{code}", CAP_REGISTERS, BODY_NONE, 0, register_get},
    {"GET", "/v1/disclosures", CAP_DISCLOSURES, BODY_NONE, 0, disclosures_list},
    ELSET_ROUTE("/v1"),
    {"GET", "/v1/exports", CAP_READ, BODY_NONE, 0, exports_list},
    {"GET", "/v1/exports/{id}", CAP_READ, BODY_NONE, 0, export_get},
    {"GET", "/v1/exports/{id}/file", CAP_READ, BODY_NONE, 0, export_file},
    FILEDROP_ROUTES("/v1"),
    {"GET", "/v1/grants", CAP_REGISTERS, BODY_NONE, 0, register_list},
    {"GET", "/v1/grants/{code}", CAP_REGISTERS, BODY_NONE, 0, register_get},
    {"POST", "/v1/grants/{code}/withdraw", CAP_DECIDE, BODY_JSON, SMALL_BODY_MAX, grant_withdraw},
    {"POST", "/v1/import", CAP_POST, BODY_LONG, 0, import_file},
    {"POST", "/v1/markings/normalise", CAP_SELF, BODY_JSON, SMALL_BODY_MAX, markings_normalise},
    {"POST", "/v1/markings/parse", CAP_SELF, BODY_JSON, SMALL_BODY_MAX, markings_parse},
    {"POST", "/v1/markings/rollup", CAP_SELF, BODY_JSON, SMALL_BODY_MAX, markings_rollup},
    {"GET", "/v1/metrics/sharing", CAP_DISCLOSURES, BODY_NONE, 0, metrics_sharing},
    {"GET", "/v1/notices", CAP_NOTICES, BODY_NONE, 0, notices_list},
    {"POST", "/v1/notices/{id}/acknowledge", CAP_ACKNOWLEDGE, BODY_JSON, SMALL_BODY_MAX, notice_acknowledge},
    NOTIFICATION_ROUTE("/v1"),
    {"GET", "/v1/objects", CAP_OBJECTS, BODY_NONE, 0, objects_list},
    {"POST", "/v1/objects", CAP_OBJECTS, BODY_JSON, SMALL_BODY_MAX, object_register},
    {"POST", "/v1/objects/{object}/{partner}/accept", CAP_OPERATORS, BODY_JSON, SMALL_BODY_MAX, object_accept},
    {"POST", "/v1/objects/{object}/{partner}/reject", CAP_OPERATORS, BODY_JSON, SMALL_BODY_MAX, object_reject},
    ONORBIT_ROUTE("/v1"),
    {"GET", "/v1/openapi.json", CAP_SELF, BODY_NONE, 0, openapi},
    {"GET", "/v1/partners", CAP_REGISTERS, BODY_NONE, 0, register_list},
    {"GET", "/v1/partners/{code}", CAP_REGISTERS, BODY_NONE, 0, register_get},
    {"GET", "/v1/pnt/interference", CAP_READ, BODY_NONE, 0, pnt_interference},
    {"GET", "/v1/pnt/status", CAP_READ, BODY_NONE, 0, pnt_status},
    {"POST", "/v1/policy/evaluate", CAP_SELF, BODY_JSON, EVALUATE_BODY_MAX, policy_evaluate},
    {"GET", "/v1/proposals", CAP_PROPOSALS, BODY_NONE, 0, proposal_list},
    {"POST", "/v1/proposals", CAP_PROPOSE, BODY_JSON, SMALL_BODY_MAX, proposal_create},
    {"GET", "/v1/proposals/{id}", CAP_PROPOSALS, BODY_NONE, 0, proposal_get},
    {"POST", "/v1/proposals/{id}/accept", CAP_ACCEPT, BODY_JSON, SMALL_BODY_MAX, proposal_accept},
    {"POST", "/v1/proposals/{id}/reject", CAP_ACCEPT, BODY_JSON, SMALL_BODY_MAX, proposal_reject},
    {"POST", "/v1/proposals/{id}/withdraw", CAP_PROPOSE, BODY_JSON, SMALL_BODY_MAX, proposal_withdraw},
    {"GET", "/v1/queue", CAP_DECIDE, BODY_NONE, 0, queue_list},
    {"GET", "/v1/queue/requests/{id}", CAP_DECIDE, BODY_NONE, 0, queue_request},
    {"POST", "/v1/queue/requests/{id}/approve", CAP_DECIDE, BODY_JSON, SMALL_BODY_MAX, queue_approve},
    {"POST", "/v1/queue/requests/{id}/deny", CAP_DECIDE, BODY_JSON, SMALL_BODY_MAX, queue_deny},
    {"GET", "/v1/reasons", CAP_REGISTERS, BODY_NONE, 0, register_list},
    {"GET", "/v1/reasons/{code}", CAP_REGISTERS, BODY_NONE, 0, register_get},
    {"GET", "/v1/release-requests", CAP_ASKED, BODY_NONE, 0, release_list},
    {"POST", "/v1/release-requests", CAP_ASK, BODY_JSON, SMALL_BODY_MAX, release_ask},
    {"GET", "/v1/release-requests/{id}", CAP_ASKED, BODY_NONE, 0, release_get},
    {"POST", "/v1/release-requests/{id}/withdraw", CAP_ASK, BODY_JSON, SMALL_BODY_MAX, release_withdraw},
    MESSAGE_ROUTES("/v1"),
    {"GET", "/v1/stream", CAP_READ, BODY_NONE, 0, feed_stream},
    {"GET", "/v1/views", CAP_REGISTERS, BODY_NONE, 0, register_list},
    {"GET", "/v1/views/{code}", CAP_REGISTERS, BODY_NONE, 0, register_get},
    {"GET", "/v1/whoami", CAP_SELF, BODY_NONE, 0, whoami},
    DATA_ROUTES("/v1"),
};

/* Loopback only, without TLS and so without identity. */
static const struct route admin_routes[] = {
    {"GET", "/healthz", CAP_OPERATE, BODY_NONE, 0, healthz},
    {"GET", "/metrics", CAP_OPERATE, BODY_NONE, 0, metrics},
    {"GET", "/readyz", CAP_OPERATE, BODY_NONE, 0, readyz},
};

const struct route *api_routes(size_t *ret_n)
{
    *ret_n = sizeof routes / sizeof routes[0];
    return routes;
}

const struct route *api_admin_routes(size_t *ret_n)
{
    *ret_n = sizeof admin_routes / sizeof admin_routes[0];
    return admin_routes;
}

bool api_negotiates(const struct route *route)
{
    return route->handle == record_get || (route->handle == record_list && !strstr(route->path, "/tuple"));
}

bool api_at_once(struct request *r)
{
    static const struct {
        void (*handle)(struct request *);
        bool (*at_once)(struct request *);
    } handlers[] = {
        {record_get, record_get_at_once},
        {record_list, record_list_at_once},
        {record_post_one, record_post_one_at_once},
        {record_post_bulk, record_post_bulk_at_once},
    };
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++)
        if (handlers[i].handle == request_route(r)->handle)
            return handlers[i].at_once(r);
    return false;
}
