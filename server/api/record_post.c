/* POST /v1/{type} and /v1/{type}/createBulk: scan, label, admit, store; answered after the commit. */
#include "grant_scopes.h"
#include "input.h"
#include "label_input.h"
#include "posting.h"
#include "resources.h"
#include "warnings.h"

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

/* The wire label stands in the record or in the header, never in both: nobody should have to know which one wins. */
static int wire_source(struct request *r, const struct record *record, const char *where, struct str *ret,
                       struct fault *fault)
{
    struct str header = request_header(r, "Relto-Label");
    if (header.p && record->relto.p)
        return fault_set(fault, ERR_INVALID_LABEL, where,
                         "has a member relto beside the header Relto-Label: expected one");
    *ret = header.p ? header : record->relto;
    return 0;
}

static int derived_ids(struct arena *arena, const struct wire_label *wire, const char *where, struct new_record *out,
                       struct fault *fault)
{
    struct uuid *ids = arena_array(arena, wire->derived_from.n, sizeof *ids);
    for (size_t i = 0; i < wire->derived_from.n; i++)
        if (!uuid_parse(wire->derived_from.v[i], &ids[i]))
            return fault_set(fault, ERR_INVALID_LABEL, where, "relto.derivedFrom[%zu]: expected the id of a record", i);
    out->derived_from = ids;
    out->n_derived = wire->derived_from.n;
    if (wire->supersedes.n && !uuid_parse(wire->supersedes, &out->supersedes))
        return fault_set(fault, ERR_INVALID_LABEL, where, "relto.supersedes: expected the id of a record");
    return 0;
}

/* Another file makes another record. */
static struct digest digest_with_file(struct digest record, struct digest file)
{
    const struct str parts[] = {
        STR("file"), {(const char *)record.bytes, DIGEST_SIZE}, {(const char *)file.bytes, DIGEST_SIZE}};
    return sha256_parts(parts, sizeof parts / sizeof *parts);
}

/* Of a version the first id of it all is the entity's. */
static void identify(const struct posting *p, const struct record *record, struct new_record *out)
{
    const struct api *api = api_of(p->r);
    struct str secret = {(const char *)api->id_secret, sizeof api->id_secret};
    struct digest content = out->digest;
    out->t = record->t;
    if (p->before) {
        out->entity = p->before->entity;
        out->supersedes = p->before->id;
        content = record_version(out->entity, out->supersedes, &out->digest);
    } else if (p->type->versioned) {
        out->entity = record_entity(p->type, secret, record->t, &content);
    }
    if (p->type->versioned)
        out->client_id = record->client_id;
    out->id = record_id(p->type, secret, record->t, &content);
}

static bool same_id(struct uuid a, struct uuid b)
{
    return memcmp(a.bytes, b.bytes, UUID_SIZE) == 0;
}

static void take_digest(const struct posting *p, const struct record *record, const struct admitted *a,
                        struct new_record *out)
{
    out->digest = record_digest(p->type, caller_partner(p->r), record, a->wire_text);
    if (p->file)
        out->digest = digest_with_file(out->digest, p->file_digest);
    identify(p, record, out);
}

/* A record that is posted as it was sent is the one that there is: the exchange's id in it is no name of the poster's.
 */
static struct record without_our_id(const struct posting *p, const struct record *sent, const struct admitted *a)
{
    struct record bare = *sent;
    struct new_record known = {0};
    struct uuid id;
    instant from, to;
    if (p->before || !uuid_parse(sent->client_id, &id) || !record_id_partition(p->type, id, &from, &to))
        return *sent;
    bare.client_id = STR("");
    bare.canonical = record_with_client_id(sent->canonical, bare.client_id, request_arena(p->r));
    take_digest(p, &bare, a, &known);
    return same_id(id, p->type->versioned ? known.entity : known.id) ? bare : *sent;
}

static void fill(struct posting *p, const struct record *sent, const struct admitted *a, struct new_record *out)
{
    const struct record bare = without_our_id(p, sent, a), *record = &bare;
    take_digest(p, record, a, out);
    out->type = p->type;
    out->object = record->object;
    out->event = record_event(p->type, caller_partner(p->r), record->canonical, request_arena(p->r));
    out->body = record->canonical;
    out->wire = a->wire_text;
    out->embargo_until = a->wire->embargo_until;
    out->expires = a->wire->expires;
    out->label = a->label;
    out->data_mode = record->data_mode;
    out->n_grants = grant_scopes_match(p->scopes, record, a->label, request_arena(p->r), &out->grants);
    warnings_add(caller_of(p->r)->registry, a->label, p->type, record, request_arena(p->r), &out->grants,
                 &out->n_grants);
    out->review_by = a->wire->restricted ? &a->wire->review_by : NULL;
}

static int prepare(struct posting *p, struct label_cache *cache, const struct record *record, const char **ret_extra,
                   struct fault *fault)
{
    char where[FAULT_WHERE_MAX];
    struct str wire_json;
    struct admitted a;
    struct new_record out = {0};
    where_of(p, record->index, where);
    int error = wire_source(p->r, record, where, &wire_json, fault);
    if (!error)
        error = label_admit(cache, str_of(p->type->name), record->data_mode, record->marking, wire_json, where, &a,
                            ret_extra, fault);
    if (!error)
        error = derived_ids(request_arena(p->r), a.wire, where, &out, fault);
    if (!error && p->before && a.wire->supersedes.n)
        error = fault_set(fault, ERR_INVALID_LABEL, where, "relto.supersedes: a version follows the one before it");
    if (error)
        return error;
    if (p->post.n == p->room) {
        size_t room = p->room;
        p->indices = grow(request_arena(p->r), p->indices, p->post.n, &room, sizeof *p->indices);
        p->post.records = grow(request_arena(p->r), p->post.records, p->post.n, &p->room, sizeof *p->post.records);
    }
    fill(p, record, &a, &out);
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
    record->canonical = record_with_client_id(record->canonical, record->client_id, request_arena(p->r));
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

static void add_id(struct buf *b, struct uuid id)
{
    buf_char(b, '"');
    buf_uuid(b, id);
    buf_char(b, '"');
}

static struct uuid told_id(const struct posting *p, const struct new_record *record)
{
    return p->type->versioned ? record->entity : record->id;
}

static void render_one(const struct posting *p, struct buf *b)
{
    buf_z(b, "{\"id\":");
    add_id(b, told_id(p, &p->post.records[0]));
    buf_char(b, '}');
}

static void render_all(const struct posting *p, struct buf *b)
{
    buf_z(b, "{\"ids\":[");
    for (size_t i = 0; i < p->post.n; i++) {
        if (i)
            buf_char(b, ',');
        add_id(b, told_id(p, &p->post.records[i]));
    }
    buf_z(b, "]}");
}

static void render_item_error(struct buf *b, const struct fault *f, const char *extra)
{
    buf_printf(b, "\"error\":{\"type\":\"urn:relto:error:%s\",\"title\":", error_name((int)f->code));
    buf_json_str(b, str_of(error_title((int)f->code)));
    buf_printf(b, ",\"status\":%d,\"detail\":", error_status((int)f->code));
    buf_json_str(b, str_of(f->detail));
    buf_z(b, ",\"where\":");
    buf_json_str(b, str_of(f->where));
    if (f->offset >= 0)
        buf_printf(b, ",\"offset\":%ld", f->offset);
    if (extra)
        buf_printf(b, ",%s", extra);
    buf_char(b, '}');
}

static void outcome_fault(const struct posting *p, size_t i, struct fault *fault)
{
    char where[FAULT_WHERE_MAX];
    where_of(p, p->indices[i], where);
    int outcome = p->post.records[i].outcome;
    const char *detail = "could not be stored";
    if (outcome == ERR_ID_MISMATCH)
        detail = "its id is taken by a record with another body";
    else if (outcome == ERR_INVALID_RECORD)
        detail = "relto.derivedFrom or relto.supersedes names a record that cannot be used here";
    else if (outcome == ERR_TOO_MANY)
        detail = "the originator has as many distinct labels as it may have";
    fault_set(fault, (enum error_code)outcome, where, "%s", detail);
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
            render_item_error(b, &p->errors[e].fault, p->errors[e].extra);
            e++;
        } else if (p->post.records[i].outcome) {
            struct fault fault;
            outcome_fault(p, i++, &fault);
            render_item_error(b, &fault, NULL);
        } else {
            buf_z(b, "\"id\":");
            add_id(b, told_id(p, &p->post.records[i++]));
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
        buf_uuid(&b, told_id(p, &p->post.records[i]));
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

static bool by_registers(int code)
{
    return code == ERR_INVALID_MARKING || code == ERR_INVALID_LABEL || code == ERR_NEEDS_REASON;
}

static bool refused_by_registers(const struct posting *p, int error)
{
    bool found = by_registers(error);
    for (size_t i = 0; i < p->n_errors; i++)
        found = found || by_registers((int)p->errors[i].fault.code);
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
    int error = scan_in_force(p, &extra, &fault);
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
    if (!type || !caller_is_known(r) || read_options(r, &p->partial, &fault) != 0)
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
