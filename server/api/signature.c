/* GET /v1/onorbit/getSignature: the newest observation of each sort of an object, by the object's id. The object's
 * record is asked first, as its catalogue number is told by it: the answer discloses both. */
#include "input.h"
#include "listing.h"
#include "lists.h"
#include "query.h"
#include "render.h"
#include "resources.h"

#define NUMBER_MAX 999999999

/* The object, and what is sent of it under these names. */
enum { OBJECT, LISTS = 4 };
static const struct {
    const char *type, *member;
} kinds[LISTS] = {
    [OBJECT] = {"onorbit", NULL},
    {"eoobservation", "eoObservation"},
    {"radarobservation", "radarObservation"},
    {"rfobservation", "rfObservation"},
};

struct signature {
    struct str name; /* of the object, as asked for */
    int64_t number;  /* in the catalogue; -1: not known */
    struct buf body;
    struct lists lists;
    struct str banner;
};

static const struct query *query_newest(struct request *r, const struct record_type *type, struct predicate predicate)
{
    struct predicate *p = arena_alloc(request_arena(r), sizeof *p);
    struct query *q = arena_alloc(request_arena(r), sizeof *q);
    *p = predicate;
    *q = (struct query){.type = type, .predicates = p, .n = 1, .max_results = 1};
    return q;
}

/* By the id that the exchange gave it, else by its poster's. */
static const struct query *query_object(struct request *r, const struct signature *s)
{
    const struct record_type *type = record_type_find(str_of(kinds[OBJECT].type));
    struct query_value *value = arena_alloc(request_arena(r), sizeof *value);
    char *canonical = arena_alloc(request_arena(r), UUID_TEXT);
    struct uuid id;
    bool given = uuid_parse(s->name, &id);
    *value = (struct query_value){.text = s->name};
    if (given) {
        uuid_write(id, canonical);
        value->text = (struct str){canonical, UUID_TEXT};
    }
    return query_newest(r, type,
                        (struct predicate){.field = given ? field_find(server_fields(), STR("id"))
                                                          : field_find(type->fields, STR("clientId")),
                                           .server_field = given,
                                           .op = QUERY_EQ,
                                           .n = 1,
                                           .values = value});
}

static const struct query *query_sort(struct request *r, size_t kind, int64_t number)
{
    const struct record_type *type = record_type_find(str_of(kinds[kind].type));
    struct query_value *value = arena_alloc(request_arena(r), sizeof *value);
    BUF_CLEANUP struct buf text = {0};
    buf_printf(&text, "%lld", (long long)number);
    *value = (struct query_value){.text = arena_str(request_arena(r), buf_view(&text)), .integer = number};
    return query_newest(
        r, type,
        (struct predicate){
            .field = field_find(type->fields, str_of(type->object_field)), .op = QUERY_EQ, .n = 1, .values = value});
}

/* What becomes of a record while its text is there. */
typedef void taker(struct signature *s, size_t kind, const struct stored_record *record);

/* One that tells no number, or not to this reader, is of no object. */
static void take_number(struct signature *s, size_t kind, const struct stored_record *record)
{
    json_auto_t *body = json_loadb(record->body.p, record->body.n, 0, NULL);
    const json_t *number = json_object_get(body, record_type_find(str_of(kinds[kind].type))->object_field);
    if (json_is_integer(number))
        s->number = json_integer_value(number);
}

static void take_observation(struct signature *s, size_t kind, const struct stored_record *record)
{
    buf_printf(&s->body, "%s\"%s\":", s->body.n ? "," : "{", kinds[kind].member);
    render_record(record_type_find(str_of(kinds[kind].type)), record, &s->body);
}

static void take_nothing(struct signature *s, size_t kind, const struct stored_record *record)
{
    (void)s, (void)kind, (void)record;
}

/* A list that disclosed something is kept until the answer is sent. */
static int read_newest(struct request *r, struct signature *s, size_t kind, bool disclose, taker *take, bool *ret_found,
                       struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct query *query = kind == OBJECT ? query_object(r, s) : query_sort(r, kind, s->number);
    struct reading reading = caller_reading(r, disclose);
    const struct stored_record *records;
    struct store_list *list;
    size_t n, total = 0;
    int error = store_list_open(api_of(r)->config.store, &reading, query, &list, fault);
    if (error)
        return error;
    for (; !(error = store_list_next(list, arena, &records, &n, &s->lists.receipt, fault)); total += n)
        if (n)
            take(s, kind, &records[0]);
    if (error == STORE_LIST_END && total && disclose)
        s->lists.v[s->lists.n++] = list;
    else
        store_list_close(list, false);
    *ret_found = total > 0;
    return error == STORE_LIST_END ? 0 : error;
}

/* Without a record that the caller sees, who asks by a catalogue number knows it. */
static int find_number(struct request *r, struct signature *s, bool *ret_by_record, struct fault *fault)
{
    s->number = -1;
    int error = read_newest(r, s, OBJECT, false, take_number, ret_by_record, fault);
    if (!error && !*ret_by_record && !read_digits(s->name, NUMBER_MAX, &s->number))
        error = fault_set(fault, ERR_NOT_FOUND, "", "no such record");
    return error;
}

/* By what it tells others are found: it is disclosed with them, and must be there still. */
static int disclose_object(struct request *r, struct signature *s, struct fault *fault)
{
    bool found;
    int error = read_newest(r, s, OBJECT, true, take_nothing, &found, fault);
    return error || found ? error : fault_set(fault, ERR_STALE, "", "the object's record has gone meanwhile");
}

static int signature_step(struct request *r, void *ctx, struct fault *fault)
{
    struct signature *s = ctx;
    bool by_record, found;
    buf_clear(&s->body);
    int error = find_number(r, s, &by_record, fault);
    for (size_t kind = OBJECT + 1; kind < LISTS && !error && s->number >= 0; kind++)
        error = read_newest(r, s, kind, true, take_observation, &found, fault);
    if (!error && s->lists.n && by_record)
        error = disclose_object(r, s, fault);
    if (!error && s->lists.n)
        error = store_lists_banner(s->lists.v, s->lists.n, request_arena(r), &s->banner, fault);
    if (error)
        lists_close(&s->lists);
    buf_z(&s->body, s->body.n ? "}" : "{}");
    return error;
}

static void reply_signature(struct request *r, struct signature *s)
{
    if (s->lists.n)
        lists_reply(r, &s->lists, s->banner, "application/json", &s->body);
    else
        listing_reply_nothing(r, "application/json", buf_view(&s->body));
}

static int read_name(struct request *r, struct signature *s, struct fault *fault)
{
    int error = query_check(r, fault);
    if (!error)
        error = query_needed(r, "idOnOrbit", &s->name, fault);
    return error;
}

void onorbit_signature(struct request *r)
{
    struct signature s = {0};
    struct fault fault;
    bool head = str_is(request_method(r), "HEAD");
    int error = read_name(r, &s, &fault);
    if (!error)
        error = head ? log_query(r, 200, true, &fault) : with_fresh_registers(r, signature_step, &s, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else if (head)
        reply_head(r, 200, "application/json", LENGTH_UNKNOWN);
    else
        reply_signature(r, &s);
    buf_free(&s.body);
}
