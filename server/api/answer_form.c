#include "answer_form.h"
#include "input.h"

void answer_forms_write(const struct record_type *type, const char *between, struct buf *out)
{
    buf_printf(out, "json%scsv", between);
    for (size_t i = 0; i < export_format_count(); i++)
        if (export_has(export_format_at(i), str_of(type->name)))
            buf_printf(out, "%s%s", between, export_format_at(i)->name);
}

static int by_name(struct str name, const struct record_type *type, struct answer_form *ret, struct fault *fault)
{
    BUF_CLEANUP struct buf known = {0};
    ret->named = true;
    ret->csv = str_is(name, "csv");
    ret->file = export_format_find(name, str_of(type->name));
    if (ret->csv || ret->file || str_is(name, "json"))
        return 0;
    answer_forms_write(type, ", ", &known);
    return fault_set(fault, ERR_BAD_QUERY, "format", "expected one that %s has: %.*s", type->name, (int)known.n,
                     known.p);
}

/* What every route answers with. */
static bool takes_ours(struct request *r)
{
    static const char *const ours[] = {"application/problem+json", "application/octet-stream", "text/plain"};
    bool named;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (request_accepts(r, ours[i], &named))
            return true;
    return false;
}

/* A form of a type's own must be asked for by its name; JSON is also what takes anything. */
static int by_accept(struct request *r, const struct record_type *type, struct answer_form *ret, struct fault *fault)
{
    bool json, named;
    unsigned best = request_accepts(r, JSON_MEDIA_TYPE, &json);
    unsigned weight = request_accepts(r, CSV_MEDIA_TYPE, &named);
    if (named && (weight > best || (weight == best && weight && !json))) {
        ret->csv = json = true;
        best = weight;
    }
    for (size_t i = 0; i < export_format_count(); i++) {
        const struct export_format *f = export_format_at(i);
        if (!export_has(f, str_of(type->name)))
            continue;
        weight = request_accepts(r, f->media_type, &named);
        if (!named || weight < best || !weight || (weight == best && json))
            continue;
        *ret = (struct answer_form){.file = f};
        best = weight;
        json = true;
    }
    return best || takes_ours(r) ? 0
                                 : fault_set(fault, ERR_NOT_ACCEPTABLE, "Accept",
                                             "answers are application/json, text/csv, or as format= has them");
}

int answer_form_of(struct request *r, const struct record_type *type, struct answer_form *ret, struct fault *fault)
{
    struct str name = query_text(r, "format");
    struct answer_form form = {0};
    *ret = form;
    if (!api_negotiates(request_route(r)))
        return 0;
    int error = name.p ? by_name(name, type, &form, fault) : by_accept(r, type, &form, fault);
    if (!error && form.file)
        error = query_flag(r, "partial", &form.partial, fault);
    if (!error)
        *ret = form;
    return error;
}

bool answer_form_is_json(struct request *r)
{
    struct str accept = request_header(r, "Accept");
    bool named;
    return !query_text(r, "format").p && !(accept.n && memchr(accept.p, ',', accept.n)) &&
           request_accepts(r, JSON_MEDIA_TYPE, &named) == ACCEPTS_MOST;
}

bool is_of_answer_form(const struct answer_form *form, struct str name)
{
    return (form->named && str_is(name, "format")) || (form->file && str_is(name, "partial"));
}

const char *answer_media_type(const struct answer_form *form)
{
    if (form->file)
        return form->file->media_type;
    return form->csv ? CSV_MEDIA_TYPE "; charset=utf-8; header=present" : JSON_MEDIA_TYPE;
}
