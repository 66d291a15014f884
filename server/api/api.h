/* The resources: parse, authorise, store, render. One file a resource; routes.c is the table of all of them. */
#pragma once
#include "http.h"
#include "record.h"
#include "store.h"
#include "zip.h"

/* Of POST /v1/import. */
struct import_limits {
    unsigned at_once; /* that are read */
    size_t records;   /* that are stored together or not at all, and that one answer tells of */
    size_t kept;      /* bytes of their text in memory */
};

/* May change at a reload. */
struct api_limits {
    struct record_limits record;
    size_t records_per_request;
    int64_t embargo_free;                /* microseconds of embargo that need no restriction */
    int64_t heartbeat;                   /* microseconds of silence in an event stream */
    int64_t export_kept;                 /* microseconds that an export can be fetched for */
    size_t export_records, export_bytes; /* of a file that is made of a list; bytes of the records, and of the file */
    struct zip_limits archive;
    struct import_limits import;
};

struct api_config {
    struct store *store;
    struct clock *clock;
    struct log *log;
    struct api_limits limits;
};

struct api;
/* Loads the registers; makes the node's secret for record ids if there is none. */
int api_new(const struct api_config *config, struct api **ret, struct fault *fault);
void api_free(struct api *a); /* accepts NULL; no request may be running */

/* For http_config: the exchange's table, its hooks, and the table of the loopback listener. request_app() is the api.
 */
const struct route *api_routes(size_t *ret_n);
const struct route *api_admin_routes(size_t *ret_n);
int api_authorise(struct request *r, unsigned capability, struct fault *fault);
/* http_config.at_once: a post that needs nothing but the writer's queue, a read that needs nothing but its rows. */
bool api_at_once(struct request *r);
/* http_config.negotiates: the routes that have formats. */
bool api_negotiates(const struct route *route);
void api_answered(struct request *r, int status);

/* From the next request on. */
void api_set_limits(struct api *a, const struct api_limits *limits);
/* Takes the registers that the database has now. Safe at any time. */
int api_reload_registers(struct api *a, struct fault *fault);
/* Counters of the exchange's listener, for /metrics on the other one. */
void api_observe(struct api *a, struct http_server *exchange);
