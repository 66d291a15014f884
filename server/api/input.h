/* Inside of api/: reading a request's path, body and preconditions. */
#pragma once
#include "caller.h"

#include <jansson.h>

/* The path's {type}; NULL after it has answered that there is none. */
const struct record_type *path_type(struct request *r);
const struct record_type *path_queried_type(struct request *r); /* of records or parts */
/* The path's {id} of anything but a record: ERR_NOT_FOUND if it cannot be one. */
int path_id(struct request *r, struct uuid *ret, struct fault *fault);
/* The path's {type} and {id}, of what lasts its entity's or a version's; false after it has answered. */
bool path_entity(struct request *r, const struct record_type **ret_type, struct uuid *ret_id);
/* The newest version of an entity that the caller sees, or the version that the id is of. ERR_NOT_FOUND. */
int version_of(struct request *r, const struct record_type *type, struct uuid id, struct found_version *ret,
               struct fault *fault);
/* The same, of what lasts the newest version's that the caller sees, if it is not a version's. */
bool path_record(struct request *r, const struct record_type **ret_type, struct uuid *ret_id);

#define ETAG_TEXT 34 /* two quotes around 128 bits of SHA-256 */
/* A strong ETag from the bytes that are sent. */
void etag_make(struct str body, char out[ETAG_TEXT + 1]);
/* If-None-Match (RFC 9110 §13.1.2) against a strong etag. */
bool etag_matches(struct str if_none_match, const char *etag);
/* 200 with an ETag made from the bytes, or 304. For what tells nothing of records. */
void reply_json_etag(struct request *r, struct str json);
/* How an answer with records is marked as a whole: the roll-up of the effective markings in it. An answer without
 * records (an empty list, 304) has none. */
void reply_banner(struct request *r, struct str banner);

#define SMALL_BODY_MAX 65536 /* bytes of a body that is not records */
#define EVALUATE_BODY_MAX (1024 * 1024)
/* The body as JSON, an array or an object. The caller drops the reference. */
int body_json(struct request *r, json_t **ret, struct fault *fault);
/* The body of a route that takes text: text/plain as it stands, or a string of JSON. Valid UTF-8. */
int body_text(struct request *r, struct str *ret, struct fault *fault);
/* Whether a value is an object with only the members in `allowed` (NULL-terminated). */
int check_object(const json_t *value, const char *const *allowed, struct fault *fault);
/* The body as a JSON object with only the members in `allowed` (NULL-terminated). The caller drops the reference.
 * The query is checked, too: what was meant as a dry run must not be done. */
int body_object(struct request *r, const char *const *allowed, json_t **ret, struct fault *fault);
/* What is decided or, as ?dryRun=true says, only tried. */
struct trial {
    bool on;
    struct dry_run report;
};
/* Where a dry run is written, empty; NULL: it is none. */
static inline struct dry_run *trial_report(struct trial *t)
{
    buf_clear(&t->report.json);
    return t->on ? &t->report : NULL;
}
/* The same where the query may say that it is a dry run. */
int body_object_tried(struct request *r, struct trial *ret_trial, const char *const *allowed, json_t **ret,
                      struct fault *fault);
/* ERR_NOT_FOUND in the words that stand for what is hidden, missing, or another's. */
int not_found(struct fault *fault);
/* What a dry run says, as a member; 204 without one. extra: members of the problem, or NULL. Frees the report. */
void reply_decided(struct request *r, int error, struct trial *trial, const char *extra, const struct fault *fault);
/* The path of a fault as it is in the body, which stands at `root` of what was checked. */
void fault_tell_from(const char *root, struct fault *fault);
/* A member that must be a string; an absent one is {NULL,0} unless required. Borrowed from the object. */
int member_text(const json_t *object, const char *name, bool required, struct str *ret, struct fault *fault);
/* A member that must be true or false; an absent one is false. */
int member_bool(const json_t *object, const char *name, bool *ret, struct fault *fault);
/* A member that must be an ISO 8601 time; *ret stays as it is if it is absent. */
int member_time(const json_t *object, const char *name, instant *ret, struct fault *fault);
/* Any member as JSON text in the request's arena, {NULL,0} if absent. */
struct str member_json(struct request *r, const json_t *object, const char *name);
/* Decimal digits, at least one, of a number up to `most`. */
bool read_digits(struct str text, int64_t most, int64_t *ret);
/* What tells of records and sends none: unless there is an error already, step fills out, the question is on record,
 * then it is answered. out is freed. */
void reply_logged(struct request *r, int error, int (*step)(struct request *r, void *ctx, struct fault *fault),
                  void *ctx, struct buf *out, struct fault *fault);
/* Query parameters that the route is not described with (describe.h), and repeated ones, are refused. */
int query_check(struct request *r, struct fault *fault);
/* A query parameter, {NULL,0} if absent. */
struct str query_text(struct request *r, const char *name);
/* One that must be there and not empty. */
int query_needed(struct request *r, const char *name, struct str *ret, struct fault *fault);
/* A query parameter of that kind; *ret stays as it is if it is absent. */
int query_time(struct request *r, const char *name, instant *ret, struct fault *fault);
int query_flag(struct request *r, const char *name, bool *ret, struct fault *fault);
int query_number(struct request *r, const char *name, int64_t most, int64_t *ret, struct fault *fault);
