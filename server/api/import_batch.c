#include "import_batch.h"
#include "members.h"
#include "message_marking.h"
#include "record_follow.h"
#include "record_make.h"
#include "utf8.h"

#include <stdio.h>

#define FIRST_ROOM 64
#define LEFT_OUT_TOLD 1000 /* of what has no place in records; the rest is counted */
#define LEFT_OUT_MAX 256   /* bytes told of one */

struct item {
    const struct record_type *type; /* NULL: could not be read */
    struct record record;
    struct str marking; /* the message's own */
    const char *file;
    size_t line;
    bool refused;        /* before it was made ready */
    struct fault *fault; /* NULL: none so far */
    const char *extra;
};

/* Grants under which records of one type may be. */
struct scopes {
    const struct record_type *type;
    const struct grant_scopes *v;
    const struct scopes *next;
};

struct import_batch {
    struct request *r;
    struct api_limits limits;
    struct str marking;
    bool partial, over;
    struct fault why; /* it is over */
    const char *file;
    struct arena *kept;    /* of items until they are stored */
    struct arena *made;    /* of one attempt to store them */
    struct arena *scratch; /* of one item */
    struct item *items;
    size_t n, room, bytes;
    const struct scopes *scopes;
    struct str agreed; /* the last text that means the same as `marking` */
    struct post post;
    size_t *indices; /* of post's records among items */
    size_t count, stored, refused, told, left_out;
    struct buf results, leavings;
};

struct import_batch *import_batch_new(struct request *r, struct str marking, bool partial)
{
    struct import_batch *b = arena_alloc(request_arena(r), sizeof *b);
    *b = (struct import_batch){.r = r,
                               .limits = api_limits(api_of(r)),
                               .marking = marking,
                               .partial = partial,
                               .kept = arena_new(),
                               .made = arena_new(),
                               .scratch = arena_new()};
    return b;
}

void import_batch_free(struct import_batch *b)
{
    if (!b)
        return;
    arena_free(b->kept);
    arena_free(b->made);
    arena_free(b->scratch);
    buf_free(&b->results);
    buf_free(&b->leavings);
}

void import_batch_file(struct import_batch *b, const char *name)
{
    b->file = name;
}

size_t import_batch_count(const struct import_batch *b)
{
    return b->count;
}

/* What came between may have been an item's fault. */
bool import_batch_is_over(const struct import_batch *b, struct fault *fault)
{
    if (b->over)
        *fault = b->why;
    return b->over;
}

static int end(struct import_batch *b, int error, const struct fault *fault)
{
    b->over = true;
    b->why = *fault;
    return error;
}

/* --- places --- */

/* "line 12, epoch" of "$.epoch"; what a reader found says its own line. */
static void tell_line(size_t line, struct fault *fault)
{
    char rest[FAULT_WHERE_MAX];
    if (*fault->where != '$')
        return;
    memcpy(rest, fault->where, sizeof rest);
    const char *name = rest + (rest[1] == '.' ? 2 : 1);
    if (line)
        snprintf(fault->where, sizeof fault->where, "line %zu%s%.150s", line, *name ? ", " : "", name);
    else
        snprintf(fault->where, sizeof fault->where, "%.150s", name);
    fault->offset = -1; /* into what the sender has not seen */
}

/* "a.tle, line 12, epoch" */
static void tell_file(const char *file, struct fault *fault)
{
    char inside[FAULT_WHERE_MAX];
    if (!file)
        return;
    memcpy(inside, fault->where, sizeof inside);
    snprintf(fault->where, sizeof fault->where, "%.63s%s%.120s", file, *inside ? ", " : "", inside);
}

void import_batch_place(const struct import_batch *b, struct fault *fault)
{
    tell_file(b->file, fault);
}

/* --- collecting --- */

static struct item *new_item(struct import_batch *b, size_t line)
{
    if (b->n == b->room) {
        size_t more = b->room ? b->room * 2 : FIRST_ROOM;
        struct item *larger = arena_array(b->kept, more, sizeof *larger);
        if (b->n)
            memcpy(larger, b->items, b->n * sizeof *larger);
        b->items = larger;
        b->room = more;
    }
    b->count++;
    struct item *item = &b->items[b->n++];
    *item = (struct item){.file = b->file, .line = line};
    return item;
}

static struct fault *keep_fault(struct arena *arena, const struct fault *fault)
{
    struct fault *kept = arena_alloc(arena, sizeof *kept);
    *kept = *fault;
    return kept;
}

/* What came of the text lives in `scratch`, or in the text itself. */
static void keep_record(struct import_batch *b, const struct record *record, struct item *item)
{
    struct str *texts[] = {&item->record.canonical, &item->record.relto,  &item->record.marking,
                           &item->record.data_mode, &item->record.source, &item->record.client_id,
                           &item->record.object};
    item->record = *record;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i]->p)
            *texts[i] = arena_str(b->kept, *texts[i]);
}

static int scan(struct import_batch *b, const struct record_type *type, struct str json, struct record *ret,
                struct fault *fault)
{
    arena_reset(b->scratch);
    struct record_scan *s = record_scan_new(type, json, false, &b->limits.record, api_now(api_of(b->r)), b->scratch);
    return record_scan_next(s, ret, fault);
}

/* A message may be silent about how it is marked, and so may the request, but not both. */
static int check_marked(struct import_batch *b, const struct import_item *item, struct fault *fault)
{
    if (b->marking.n || item->marking.n)
        return 0;
    fault_set(fault, ERR_BAD_QUERY, "classificationMarking",
              "missing: expected it in the query, or a marking in the message (%s%sline %zu)", b->file ? b->file : "",
              b->file ? ", " : "", item->line);
    return b->partial && b->count ? ERR_BAD_QUERY : end(b, ERR_BAD_QUERY, fault);
}

static int check_room(struct import_batch *b, const struct import_item *item, struct fault *fault)
{
    const struct import_limits *most = &b->limits.import;
    bool fits = b->bytes + item->json.n <= most->kept;
    if (b->partial || (b->n < most->records && fits))
        return 0;
    fault_set(fault, ERR_TOO_LARGE, "$", "more than %zu %s in one import: expected fewer, or partial=true",
              fits ? most->records : most->kept, fits ? "records" : "bytes of records");
    tell_line(item->line, fault);
    tell_file(b->file, fault);
    return end(b, ERR_TOO_LARGE, fault);
}

/* With partial memory holds no more than one batch. */
static int make_room(struct import_batch *b, struct fault *fault)
{
    const char *extra = NULL;
    if (!b->partial || (b->n < b->limits.records_per_request && b->bytes <= b->limits.import.kept))
        return 0;
    return import_batch_store(b, &extra, fault);
}

static int take(struct import_batch *b, const struct import_item *in, struct fault *fault)
{
    struct record record;
    const struct record_type *type = record_type_find(str_of(in->type));
    int error = scan(b, type, in->json, &record, fault);
    if (error)
        return error;
    struct item *item = new_item(b, in->line);
    item->type = type;
    item->marking = in->marking.n ? arena_str(b->kept, in->marking) : in->marking;
    keep_record(b, &record, item);
    b->bytes += record.canonical.n;
    return 0;
}

int import_batch_refuse(struct import_batch *b, size_t line, const struct fault *why, struct fault *fault)
{
    struct item *item = new_item(b, line);
    item->refused = true;
    item->fault = keep_fault(b->kept, why);
    tell_line(line, item->fault);
    tell_file(b->file, item->fault);
    return make_room(b, fault);
}

int import_batch_add(struct import_batch *b, const struct import_item *item, struct fault *fault)
{
    int error = check_marked(b, item, fault);
    if (!error)
        error = check_room(b, item, fault);
    if (!error)
        error = take(b, item, fault);
    if (!error)
        return make_room(b, fault);
    tell_line(item->line, fault);
    if (!b->partial || b->over)
        return error;
    struct fault why = *fault;
    return import_batch_refuse(b, item->line, &why, fault);
}

void import_batch_left_out(struct import_batch *b, size_t line, struct str what)
{
    if (b->left_out++ >= LEFT_OUT_TOLD)
        return;
    buf_z(&b->leavings, b->leavings.n ? ",{" : "{");
    if (b->file) {
        buf_z(&b->leavings, "\"file\":");
        buf_json_str(&b->leavings, str_of(b->file));
        buf_char(&b->leavings, ',');
    }
    buf_printf(&b->leavings, "\"line\":%zu,\"what\":", line);
    buf_json_str(&b->leavings, utf8_valid(what) ? utf8_prefix(what, LEFT_OUT_MAX) : STR("what is no text"));
    buf_char(&b->leavings, '}');
}

/* --- making ready --- */

static void tell_item_place(const struct item *item, struct fault *fault)
{
    tell_line(item->line, fault);
    tell_file(item->file, fault);
}

bool import_batch_is_text(struct import_batch *b, struct str marking)
{
    return message_marking_is_text(b->r, b->marking, marking, b->made);
}

static int check_agreed(struct import_batch *b, const struct item *item, struct fault *fault)
{
    if (!b->marking.n || !item->marking.n || str_eq(b->agreed, item->marking))
        return 0;
    int error = message_marking_agrees(b->r, b->marking, item->marking, b->made, fault);
    if (!error)
        b->agreed = item->marking;
    return error;
}

static const struct grant_scopes *scopes_of(struct import_batch *b, const struct record_type *type)
{
    for (const struct scopes *s = b->scopes; s; s = s->next)
        if (s->type == type)
            return s->v;
    struct scopes *s = arena_alloc(b->made, sizeof *s);
    *s = (struct scopes){type, grant_scopes_new(caller_of(b->r)->registry, type, api_now(api_of(b->r)), b->made),
                         b->scopes};
    b->scopes = s;
    return s->v;
}

static int make(struct import_batch *b, struct label_cache *labels, struct item *item, struct new_record *ret,
                struct fault *fault)
{
    const struct making making = {
        .r = b->r, .type = item->type, .labels = labels, .scopes = scopes_of(b, item->type), .arena = b->made};
    int error = check_agreed(b, item, fault);
    if (!error)
        error = record_make(&making, &item->record, "$", ret, &item->extra, fault);
    if (error)
        tell_item_place(item, fault);
    return error;
}

static void forget_made(struct import_batch *b)
{
    arena_reset(b->made);
    b->scopes = NULL;
    b->agreed = STR("");
    b->post = (struct post){.registry = caller_of(b->r)->registry,
                            .originator = caller_partner(b->r),
                            .poster = caller_of(b->r)->reader,
                            .partial = b->partial};
    b->post.records = arena_array(b->made, b->n, sizeof *b->post.records);
    b->indices = arena_array(b->made, b->n, sizeof *b->indices);
    for (size_t i = 0; i < b->n; i++)
        if (!b->items[i].refused)
            b->items[i].fault = NULL, b->items[i].extra = NULL;
}

/* *ret_asks: something was refused by the registers, which stands only if they are those in force. */
static int make_all(struct import_batch *b, bool *ret_asks, const char **ret_extra, struct fault *fault)
{
    struct label_cache *labels = label_cache_new(b->r);
    forget_made(b);
    for (size_t i = 0; i < b->n; i++) {
        struct item *item = &b->items[i];
        if (item->refused)
            continue;
        int error = make(b, labels, item, &b->post.records[b->post.n], fault);
        *ret_asks = *ret_asks || record_refused_by_registers(error);
        *ret_extra = item->extra;
        if (error && !b->partial)
            return error;
        if (error)
            item->fault = keep_fault(b->kept, fault);
        else
            b->indices[b->post.n++] = i;
    }
    return 0;
}

static int make_in_force(struct import_batch *b, const char **ret_extra, struct fault *fault)
{
    bool moved = true;
    int error = 0;
    for (int tries = 0; moved && tries < STALE_TRIES; tries++) {
        moved = false;
        error = make_all(b, &moved, ret_extra, fault);
        if (moved) {
            struct fault of_catching_up;
            int failed = caller_catch_up(b->r, &moved, &of_catching_up);
            if (failed) {
                *fault = of_catching_up;
                return failed;
            }
        }
    }
    return moved ? fault_set(fault, ERR_UNAVAILABLE, "", "the registers kept changing") : error;
}

/* --- storing --- */

/* The handler waits for the writer. */
struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool done;
    int error;
};

static void on_stored(void *ctx, int error)
{
    struct waiting *w = ctx;
    pthread_mutex_lock(&w->lock);
    w->done = true;
    w->error = error;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

static int post_and_wait(struct import_batch *b, struct fault *fault)
{
    struct waiting w = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0};
    b->post.done = on_stored;
    b->post.ctx = &w;
    int error = b->post.n ? store_post(api_of(b->r)->config.store, &b->post, fault) : 0;
    if (error || !b->post.n)
        return error;
    pthread_mutex_lock(&w.lock);
    while (!w.done)
        pthread_cond_wait(&w.wake, &w.lock);
    pthread_mutex_unlock(&w.lock);
    if (w.error)
        fault_set(fault, (enum error_code)w.error, "", "the records were not stored");
    return w.error;
}

static int store_in_force(struct import_batch *b, const char **ret_extra, struct fault *fault)
{
    int error = ERR_STALE;
    for (int tries = 0; error == ERR_STALE && tries < STALE_TRIES; tries++) {
        error = make_in_force(b, ret_extra, fault);
        if (error)
            return error;
        error = records_follow(b->r, b->post.records, b->post.n, b->made, fault);
        if (!error)
            error = post_and_wait(b, fault);
        if (error == ERR_STALE && caller_refresh(b->r, fault))
            return (int)fault->code;
    }
    return error;
}

/* What the store did not take; without partial the first of them refuses it all. */
static int look_at_outcomes(struct import_batch *b, struct fault *fault)
{
    for (size_t i = 0; i < b->post.n; i++) {
        struct item *item = &b->items[b->indices[i]];
        if (!b->post.records[i].outcome)
            continue;
        record_refused(&b->post.records[i], "$", fault);
        tell_item_place(item, fault);
        if (!b->partial)
            return (int)fault->code;
        item->fault = keep_fault(b->kept, fault);
    }
    return 0;
}

/* --- telling --- */

/* What the record says is doubtful about itself. */
static void add_warnings(const struct item *item, struct arena *arena, struct buf *out)
{
    const struct member *members;
    size_t n;
    if (!field_find(item->type->fields, STR("warnings")) || !members_of(item->record.canonical, arena, &members, &n))
        return;
    for (size_t i = 0; i < n; i++) {
        if (!str_is(members[i].name, "warnings"))
            continue;
        buf_z(out, ",\"warnings\":");
        buf_str(out, members[i].value);
    }
}

static void tell_item(struct import_batch *b, size_t index, const struct item *item, const struct new_record *record)
{
    struct buf *out = &b->results;
    buf_printf(out, "%s{\"index\":%zu", out->n ? "," : "", index);
    if (item->file) {
        buf_z(out, ",\"file\":");
        buf_json_str(out, str_of(item->file));
    }
    if (item->type)
        buf_printf(out, ",\"type\":\"%s\"", item->type->name);
    if (item->line)
        buf_printf(out, ",\"line\":%zu", item->line);
    buf_char(out, ',');
    if (item->fault) {
        record_add_error(out, item->fault, item->extra);
    } else {
        record_add_told(out, record);
        add_warnings(item, b->scratch, out);
        arena_reset(b->scratch);
    }
    buf_char(out, '}');
}

/* Of so many that not all are told, those that were refused. */
static bool is_told(const struct import_batch *b, const struct item *item)
{
    return b->told < b->limits.import.records || item->fault;
}

static int tell_all(struct import_batch *b, struct fault *fault)
{
    size_t first = b->count - b->n;
    for (size_t i = 0, k = 0; i < b->n; i++) {
        const struct item *item = &b->items[i];
        bool posted = k < b->post.n && b->indices[k] == i;
        const struct new_record *record = posted ? &b->post.records[k++] : NULL;
        if (is_told(b, item)) {
            tell_item(b, first + i, item, record);
            b->told++;
        }
        b->refused += !!item->fault;
        b->stored += !item->fault;
    }
    if (b->refused <= b->limits.import.records)
        return 0;
    return fault_set(fault, ERR_TOO_LARGE, "", "more than %zu records in one import are malformed or refused",
                     b->limits.import.records);
}

int import_batch_store(struct import_batch *b, const char **ret_extra, struct fault *fault)
{
    int error = request_sheds(b->r) ? fault_set(fault, ERR_UNAVAILABLE, "", "stopping, or nobody waits") : 0;
    if (!error)
        error = store_in_force(b, ret_extra, fault);
    if (!error)
        error = look_at_outcomes(b, fault);
    if (!error)
        error = tell_all(b, fault);
    if (error)
        end(b, error, fault);
    b->n = b->room = b->bytes = 0;
    b->items = NULL;
    arena_reset(b->kept);
    return error;
}

void import_batch_write(struct import_batch *b, struct buf *out)
{
    buf_printf(out, "\"stored\":%zu,\"refused\":%zu,\"results\":[", b->stored, b->refused);
    buf_str(out, buf_view(&b->results));
    buf_z(out, "],\"leftOut\":[");
    buf_str(out, buf_view(&b->leavings));
    buf_char(out, ']');
    if (b->left_out > LEFT_OUT_TOLD)
        buf_printf(out, ",\"leftOutMore\":%zu", b->left_out - LEFT_OUT_TOLD);
}
