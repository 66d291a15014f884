/* POST /filedrop/ephem: an ephemeris as operators hand it around, to a record of type ephemerisset, which keeps the
 * file behind it. */
#include "ephemeris.h"
#include "filedrop.h"
#include "posting.h"
#include "resources.h"

static const struct form {
    const char *name, *filename;
    int (*read)(struct str text, struct arena *arena, struct ephemeris *ret, struct fault *fault);
} forms[] = {
    {"ModITC", "ephemeris.itc", itc_read},
    {"OEM", "ephemeris.oem", oem_read},
};

/* Forms that clients of the UDL can name and that have no published description to read them by. */
static int refuse_form(struct str name, struct fault *fault)
{
    static const char *const unread[] = {"GOO", "NASA", "OASYS"};
    for (size_t i = 0; i < sizeof unread / sizeof *unread; i++)
        if (str_is(name, unread[i]))
            return fault_set(fault, ERR_BAD_QUERY, "ephemFormatType", "%s is not read here: expected ModITC or OEM",
                             unread[i]);
    return fault_set(fault, ERR_BAD_QUERY, "ephemFormatType", "expected ModITC or OEM");
}

static int read_form(struct request *r, const struct form **ret, struct fault *fault)
{
    struct str name;
    int error = query_check(r, fault);
    if (!error)
        error = query_needed(r, "ephemFormatType", &name, fault);
    if (error)
        return error;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (str_is(name, forms[i].name)) {
            *ret = &forms[i];
            return 0;
        }
    return refuse_form(name, fault);
}

#define SAT_NO_MAX 999999999

static int read_header(struct request *r, struct ephemeris_header *h, struct fault *fault)
{
    const struct {
        const char *name;
        struct str *value;
    } needed[] = {
        {"category", &h->category}, {"classification", &h->record.marking}, {"dataMode", &h->record.data_mode},
        {"satNo", &h->sat_no},      {"source", &h->record.source},          {"type", &h->type},
    };
    struct str unused;
    int64_t number = 0;
    int error = 0;
    for (size_t i = 0; !error && i < sizeof needed / sizeof *needed; i++)
        error = query_needed(r, needed[i].name, needed[i].value, fault);
    if (!error)
        error = query_needed(r, "hasMnvr", &unused, fault);
    if (!error)
        error = query_flag(r, "hasMnvr", &h->maneuvers, fault);
    if (!error)
        error = query_number(r, "satNo", SAT_NO_MAX, &number, fault);
    if (error)
        return error;
    h->maneuvers_told = true;
    h->sat_no = str_of(arena_printf(request_arena(r), "%lld", (long long)number));
    h->record.origin = query_text(r, "origin");
    h->record.tags = query_text(r, "tags");
    return 0;
}

static int convert(struct request *r, struct str text, const struct form *form, struct buf *out, struct fault *fault)
{
    struct ephemeris_header h = {0};
    struct ephemeris e;
    int error = read_header(r, &h, fault);
    if (!error)
        error = form->read(text, request_arena(r), &e, fault);
    if (!error)
        error = filedrop_check_marking(r, h.record.marking, e.classification, fault);
    if (!error)
        ephemeris_set(&e, &h, out);
    return error;
}

void filedrop_ephem(struct request *r)
{
    BUF_CLEANUP struct buf json = {0};
    const struct form *form = NULL;
    struct new_file *file = arena_alloc(request_arena(r), sizeof *file);
    struct fault fault;
    int error = read_form(r, &form, &fault);
    if (!error)
        error = body_text(r, &file->bytes, &fault);
    if (!error)
        error = convert(r, file->bytes, form, &json, &fault);
    if (error) {
        reply_fault(r, &fault, NULL);
        return;
    }
    file->name = str_of(form->filename);
    post_incoming(r, &(struct incoming){.type = record_type_find(STR("ephemerisset")),
                                        .json = arena_str(request_arena(r), buf_view(&json)),
                                        .dropped = true,
                                        .file = file});
}
