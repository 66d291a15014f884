/* POST /v1/{type} and /v1/{type}/createBulk: scan, label, admit, store; answered after the commit. */
#include "input.h"
#include "posting.h"
#include "record_follow.h"
#include "record_make.h"
#include "resources.h"

#include <stdio.h>

#define POST_FIRST_ROOM 64
#define TOLD_IDS 16 /* in a header */

struct item_error {
    size_t index;
    struct fault fault;
    const char *extra;
};

struct posting {
    struct request *r;
    const struct record_type *type;
    struct str body;
    bool bulk, partial, dropped;
    const size_t *lines;      /* see struct incoming */
    const char *const *files; /* the same */
    const struct new_file *file;
    struct digest file_digest;
    bool file_kept;
    const struct found_version *before; /* PUT: that is to be followed; NULL: POST */
    struct uuid id;                     /* of a PUT, as the path has it */
    unsigned tries;
    struct post post;
    struct grant_scopes *scopes; /* of the registers that post.registry is */
    size_t room;
    size_t *indices;           /* of each record of post in the body's array */
    struct item_error *errors; /* partial: what was refused before the store saw it */
    size_t n_errors, errors_room;
};

static void attempt(struct posting *p);
static void put_anew(struct posting *p);

static void *grow(struct arena *arena, const void *old, size_t n, size_t *room, size_t size)
{
    size_t more = *room ? *room * 2 : POST_FIRST_ROOM;
    void *larger = arena_array(arena, more, size);
    if (n)
        memcpy(larger, old, n * size);
    *room = more;
    return larger;
}

static void add_error(struct posting *p, size_t index, const struct fault *fault, const char *extra)
{
    if (p->n_errors == p->errors_room)
        p->errors = grow(request_arena(p->r), p->errors, p->n_errors, &p->errors_room, sizeof *p->errors);
    p->errors[p->n_errors++] = (struct item_error){index, *fault, extra};
}

static void where_of(const struct posting *p, size_t index, char out[FAULT_WHERE_MAX])
{
    if (p->bulk)
        snprintf(out, FAULT_WHERE_MAX, "$[%zu]", index);
    else
        snprintf(out, FAULT_WHERE_MAX, "$");
}

static int prepare(struct posting *p, struct label_cache *cache, const struct record *record, const char **ret_extra,
                   struct fault *fault)
{
    const struct making making = {.r = p->r,
                                  .type = p->type,
                                  .labels = cache,
                                  .scopes = p->scopes,
                                  .arena = request_arena(p->r),
                                  .before = p->before,
                                  .file = p->file ? &p->file_digest : NULL};
    char where[FAULT_WHERE_MAX];
    struct new_record out;
    where_of(p, record->index, where);
    int error = record_make(&making, record, where, &out, ret_extra, fault);
    if (error)
        return error;
    if (p->post.n == p->room) {
        size_t room = p->room;
        p->indices = grow(request_arena(p->r), p->indices, p->post.n, &room, sizeof *p->indices);
        p->post.records = grow(request_arena(p->r), p->post.records, p->post.n, &p->room, sizeof *p->post.records);
    }
    p->indices[p->post.n] = record->index;
    p->post.records[p->post.n++] = out;
    return 0;
}

/* What the poster calls it stays, unless it is given another name; the exchange's own ids are none. */
static void keep_client_id(const struct posting *p, struct record *record)
{
    struct uuid id;
    bool ours = uuid_parse(record->client_id, &id) &&
                (same_id(id, p->before->entity) || same_id(id, p->before->id) || same_id(id, p->id));
    if (record->client_id.n && !ours)
        return;
    record->client_id = p->before->client_id;
    record->canonical = record_with_text(record->canonical, STR("clientId"), record->client_id, request_arena(p->r));
}

/* Fills post.records. With partial, faults of single records are collected and the scan goes on. */
static int scan(struct posting *p, const char **ret_extra, struct fault *fault)
{
    const struct api_limits limits = api_limits(api_of(p->r));
    struct label_cache *cache = label_cache_new(p->r);
    struct record_scan *s =
        record_scan_new(p->type, p->body, p->bulk, &limits.record, api_now(api_of(p->r)), request_arena(p->r));
    struct record record;
    for (size_t seen = 0;; seen++) {
        const char *extra = NULL;
        int error = record_scan_next(s, &record, fault);
        if (error == RECORD_SCAN_END)
            return 0;
        if (error != ERR_BAD_JSON && seen >= limits.records_per_request)
            return fault_set(fault, ERR_TOO_LARGE, "$", "more than %zu records in one request",
                             limits.records_per_request);
        if (error && (error == ERR_BAD_JSON || !p->partial))
            return error;
        if (!error && p->before)
            keep_client_id(p, &record);
        if (!error)
            error = prepare(p, cache, &record, &extra, fault);
        if (error && !p->partial) {
            *ret_extra = extra;
            return error;
        }
        if (error)
            add_error(p, seen, fault, extra);
    }
}

static void render_one(const struct posting *p, struct buf *b)
{
    buf_char(b, '{');
    record_add_told(b, &p->post.records[0]);
    buf_char(b, '}');
}

static void render_all(const struct posting *p, struct buf *b)
{
    buf_z(b, "{\"ids\":[");
    for (size_t i = 0; i < p->post.n; i++) {
        if (i)
            buf_char(b, ',');
        record_add_id(b, record_told_id(&p->post.records[i]));
    }
    buf_z(b, "]}");
}

static void outcome_fault(const struct posting *p, size_t i, struct fault *fault)
{
    char where[FAULT_WHERE_MAX];
    where_of(p, p->indices[i], where);
    record_refused(&p->post.records[i], where, fault);
}

static int compare_index(const struct posting *p, size_t i, size_t e)
{
    return p->indices[i] < p->errors[e].index ? -1 : 1;
}

/* Results in the order of the posted array: records and early errors are merged, both ascending by index. */
static void render_results(const struct posting *p, struct buf *b)
{
    size_t i = 0, e = 0;
    buf_z(b, "{\"results\":[");
    while (i < p->post.n || e < p->n_errors) {
        bool stored = e == p->n_errors || (i < p->post.n && compare_index(p, i, e) < 0);
        buf_printf(b, "%s{\"index\":%zu,", i + e ? "," : "", stored ? p->indices[i] : p->errors[e].index);
        if (!stored) {
            record_add_error(b, &p->errors[e].fault, p->errors[e].extra);
            e++;
        } else if (p->post.records[i].outcome) {
            struct fault fault;
            outcome_fault(p, i++, &fault);
            record_add_error(b, &fault, NULL);
        } else {
            record_add_told(b, &p->post.records[i++]);
        }
        buf_char(b, '}');
    }
    buf_z(b, "]}");
}

/* "$[1].epoch" of what was no JSON is "line 3, epoch" or "a.cdm, epoch". */
static void tell_place(const struct posting *p, struct fault *fault)
{
    char rest[FAULT_WHERE_MAX];
    char *end;
    if (strncmp(fault->where, "$[", 2) != 0)
        return;
    size_t index = strtoull(fault->where + 2, &end, 10);
    if (*end++ != ']')
        return;
    snprintf(rest, sizeof rest, "%s", *end == '.' ? end + 1 : end);
    const char *comma = *rest ? ", " : "";
    if (p->files)
        snprintf(fault->where, sizeof fault->where, "%.64s%s%.120s", p->files[index], comma, rest);
    else
        snprintf(fault->where, sizeof fault->where, "line %zu%s%.160s", p->lines[index], comma, rest);
    fault->offset = -1; /* into what the sender has not seen */
}

static void refuse(const struct posting *p, struct fault *fault, const char *extra)
{
    if (p->lines || p->files)
        tell_place(p, fault);
    reply_fault(p->r, fault, extra);
}

/* Clients read no body of such an answer, and fail on an empty one with a type. */
static void answer_dropped(const struct posting *p)
{
    BUF_CLEANUP struct buf b = {0};
    for (size_t i = 0; i < p->post.n; i++) {
        buf_z(&b, i ? ", " : "");
        buf_uuid(&b, record_told_id(&p->post.records[i]));
    }
    buf_char(&b, '\0');
    if (p->post.n && p->post.n <= TOLD_IDS)
        reply_header(p->r, "X-Record-Ids", b.p);
    reply_empty(p->r, 202);
}

static void answer(struct posting *p)
{
    BUF_CLEANUP struct buf b = {0};
    struct fault fault;
    for (size_t i = 0; i < p->post.n && !p->partial; i++) {
        if (!p->post.records[i].outcome)
            continue;
        outcome_fault(p, i, &fault);
        refuse(p, &fault, NULL);
        return;
    }
    if (p->dropped) {
        answer_dropped(p);
        return;
    }
    if (p->partial)
        render_results(p, &b);
    else if (p->bulk)
        render_all(p, &b);
    else
        render_one(p, &b);
    reply_json(p->r, p->before ? 200 : 201, buf_view(&b));
}

/* What was to be followed is gone, or what it is made from: asked anew, the answer is one or the other. */
static bool lost_place(const struct posting *p)
{
    return p->before && p->post.records[0].outcome == ERR_INVALID_RECORD && p->tries < STALE_TRIES;
}

static void on_stored(void *ctx, int error)
{
    struct posting *p = ctx;
    struct fault fault;
    if (!error && lost_place(p)) {
        put_anew(p);
        return;
    }
    if (!error) {
        answer(p);
        return;
    }
    if (error == ERR_STALE && p->tries < STALE_TRIES)
        error = caller_refresh(p->r, &fault);
    else
        fault_set(&fault, (enum error_code)error, "", "the records were not stored");
    if (error)
        refuse(p, &fault, NULL);
    else
        attempt(p);
}

static void begin(struct posting *p)
{
    const struct caller *c = caller_of(p->r);
    p->post = (struct post){.registry = c->registry,
                            .originator = caller_partner(p->r),
                            .poster = c->reader,
                            .partial = p->partial,
                            .done = on_stored,
                            .ctx = p};
    p->scopes = grant_scopes_new(c->registry, p->type, api_now(api_of(p->r)), request_arena(p->r));
    p->room = p->n_errors = 0;
}

static bool refused_by_registers(const struct posting *p, int error)
{
    bool found = record_refused_by_registers(error);
    for (size_t i = 0; i < p->n_errors; i++)
        found = found || record_refused_by_registers((int)p->errors[i].fault.code);
    return found;
}

/* A refusal by the registers stands only if they are those in force, and so far nothing has asked the database. */
static int scan_in_force(struct posting *p, const char **ret_extra, struct fault *fault)
{
    bool moved = true;
    int error = 0;
    for (; moved && p->tries < STALE_TRIES; p->tries++) {
        begin(p);
        error = scan(p, ret_extra, fault);
        moved = refused_by_registers(p, error);
        int failed = moved ? caller_catch_up(p->r, &moved, fault) : 0;
        if (failed)
            return failed;
    }
    if (moved) /* what was prepared belongs to registers that are gone */
        return fault_set(fault, ERR_UNAVAILABLE, "", "the registers kept changing");
    return error;
}

/* What was found may have been asked under registers that are gone. */
static int make_ready(struct posting *p, const char **ret_extra, struct fault *fault)
{
    int error = 0;
    do {
        if (error && caller_refresh(p->r, fault))
            return (int)fault->code;
        error = scan_in_force(p, ret_extra, fault);
        if (!error && p->type->succession)
            error = records_follow(p->r, p->post.records, p->post.n, request_arena(p->r), fault);
    } while (error == ERR_STALE && p->tries < STALE_TRIES);
    return error;
}

/* On the handler's thread: who tries again has kept it. */
static int keep_file(struct posting *p, struct fault *fault)
{
    const struct new_record *record = p->post.records;
    if (!p->file || p->file_kept)
        return 0;
    int error = store_file_keep(api_of(p->r)->config.store, p->type, record->id, record->t, p->file, fault);
    p->file_kept = !error;
    return error;
}

static void attempt(struct posting *p)
{
    struct fault fault;
    const char *extra = NULL;
    int error = make_ready(p, &extra, &fault);
    if (!error && p->post.n)
        error = keep_file(p, &fault);
    if (!error && p->before && memcmp(&p->post.records[0].digest, &p->before->digest, sizeof p->before->digest) == 0)
        answer(p); /* that is what it is */
    else if (!error && p->post.n)
        error = store_post(api_of(p->r)->config.store, &p->post, &fault);
    else if (!error)
        answer(p);
    if (error)
        refuse(p, &fault, extra);
}

void post_incoming(struct request *r, const struct incoming *in)
{
    struct posting *p = arena_alloc(request_arena(r), sizeof *p);
    *p = (struct posting){.r = r,
                          .type = in->type,
                          .body = in->json,
                          .bulk = in->array,
                          .dropped = in->dropped,
                          .lines = in->lines,
                          .files = in->files,
                          .file = in->file};
    if (p->file)
        p->file_digest = sha256(p->file->bytes);
    attempt(p);
}

/* Clients of the UDL can have coordinates converted while they post; a record here is what its originator said. */
static int refuse_conversion(struct request *r, const char *name, struct fault *fault)
{
    bool wanted = false;
    int error = query_flag(r, name, &wanted, fault);
    if (!error && wanted)
        error = fault_set(fault, ERR_BAD_QUERY, name, "expected false: what is posted is kept as it is");
    return error;
}

static int read_options(struct request *r, bool *ret_partial, struct fault *fault)
{
    bool passed_over = false;
    int error = query_check(r, fault);
    *ret_partial = false;
    if (!error)
        error = refuse_conversion(r, "convertPosVel", fault);
    if (!error)
        error = refuse_conversion(r, "convertToJ2K", fault);
    if (!error)
        error = query_flag(r, "dupeCheck", &passed_over, fault);
    return error ? error : query_flag(r, "partial", ret_partial, fault);
}

static void post(struct request *r, bool bulk)
{
    const struct record_type *type = path_type(r);
    if (!type)
        return;
    struct posting *p = arena_alloc(request_arena(r), sizeof *p);
    struct fault fault;
    *p = (struct posting){.r = r, .type = type, .body = request_body(r), .bulk = bulk};
    int error = read_options(r, &p->partial, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        attempt(p);
}

/* What is to be refused or needs the database is left to a worker, which looks at it again. */
static bool post_at_once(struct request *r, bool bulk)
{
    const struct record_type *type = record_type_find(request_path_param(r, "type"));
    struct posting *p = arena_alloc(request_arena(r), sizeof *p);
    const char *extra = NULL;
    struct fault fault;
    *p = (struct posting){.r = r, .type = type, .body = request_body(r), .bulk = bulk, .tries = 1};
    if (!type || type->succession || !caller_is_known(r) || read_options(r, &p->partial, &fault) != 0)
        return false;
    begin(p);
    if (scan(p, &extra, &fault) != 0 || p->n_errors || !p->post.n)
        return false;
    return store_post(api_of(r)->config.store, &p->post, &fault) == 0;
}

/* Elements of records are there to be read, not to be posted. */
void record_post_one(struct request *r)
{
    if (part_type_find(request_path_param(r, "type")))
        reply_method(r, "GET, HEAD");
    else
        post(r, false);
}

void record_post_bulk(struct request *r)
{
    post(r, true);
}

bool record_post_one_at_once(struct request *r)
{
    return post_at_once(r, false);
}

bool record_post_bulk_at_once(struct request *r)
{
    return post_at_once(r, true);
}

/* ---- a version ---- */

/* What is to be followed: what the caller's partner has posted. Another's is missing. */
static int find_before(struct posting *p, struct fault *fault)
{
    struct found_version *found = arena_alloc(request_arena(p->r), sizeof *found);
    int error = version_of(p->r, p->type, p->id, found, fault);
    if (!error)
        error = version_of(p->r, p->type, found->entity, found, fault); /* the id may be an older version's */
    if (!error && !found->own)
        error = not_found(fault);
    p->before = found;
    return error;
}

static void put_anew(struct posting *p)
{
    struct fault fault;
    p->tries++;
    if (find_before(p, &fault))
        reply_fault(p->r, &fault, NULL);
    else
        attempt(p);
}

void record_put(struct request *r)
{
    struct posting *p = arena_alloc(request_arena(r), sizeof *p);
    struct fault fault;
    const struct record_type *type = path_type(r);
    if (!type)
        return;
    if (!type->versioned) {
        reply_method(r, type->deletable ? "DELETE, GET, HEAD" : "GET, HEAD");
        return;
    }
    *p = (struct posting){.r = r, .type = type, .body = request_body(r)};
    if (!path_entity(r, &p->type, &p->id))
        return;
    int error = query_check(r, &fault);
    if (!error)
        error = find_before(p, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        attempt(p);
}
