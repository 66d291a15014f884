/* Messages of the CCSDS to items: one after the other, or combined in one (505.0-B-3, section 4.10). */
#include "cdm.h"
#include "memory.h"
#include "ndm_take.h"
#include "omm.h"
#include "record.h"

#include <stdio.h>

struct header ndm_header(const struct ndm_taking *t)
{
    struct header h = t->run->header->record;
    if (!h.marking.n)
        h.marking = buf_view(&t->marking);
    return h;
}

struct str ndm_comments(struct ndm_taking *t, struct str comments, size_t line)
{
    if (comments.n <= RECORD_STRING_MAX)
        return comments;
    import_leave_out(t->run, line, STR("comments: more than a field has room for; they are in message"));
    return STR("");
}

static void tell_text(struct str text, struct buf *json)
{
    BUF_CLEANUP struct buf warning = {0};
    buf_z(&warning, NDM_NO_MARKING);
    buf_str(&warning, text);
    json->n--; /* the brace */
    buf_z(json, ",\"warnings\":[");
    buf_json_str(json, buf_view(&warning));
    buf_z(json, "]}");
}

int ndm_taken(struct ndm_taking *t, const char *type, size_t line)
{
    static const struct str unmarked = {NULL, 0};
    if (t->text.n)
        tell_text(buf_view(&t->text), &t->run->json);
    int error = import_take(t->run, type, line, t->marking.n ? buf_view(&t->marking) : unmarked);
    t->stopped = error != 0;
    return error;
}

int ndm_look_ahead(struct ndm_taking *t, size_t behind, struct ndm_event *ret)
{
    struct ndm_ahead *a = &t->ahead;
    int error = 0;
    if (!a->reader)
        a->reader = ndm_reader_of(t->run->text);
    do {
        error = ndm_next(a->reader, ret, t->run->fault);
        a->pieces++;
    } while (!error && a->pieces <= behind);
    return error;
}

bool ndm_is_end(const struct ndm_event *e)
{
    return e->what == NDM_FINISH && ndm_message_name(e->block);
}

/* --- conjunctions and mean elements --- */

struct conjunction {
    struct cdm message;
    struct cdm_reading reading;
    bool begun;
};

static void *cdm_new(void)
{
    return memory_zeroed(sizeof(struct conjunction));
}

static void finish_conjunction(struct conjunction *c)
{
    if (c->begun)
        cdm_end(&c->reading);
    c->begun = false;
}

static int take_conjunction(struct ndm_taking *t, const struct ndm_event *e)
{
    struct conjunction *c = t->state;
    struct import_run *run = t->run;
    if (!c->begun)
        cdm_begin(&c->reading, run->item, &c->message);
    c->begun = true;
    int error = cdm_take(&c->reading, e, run->fault);
    if (error || !ndm_is_end(e))
        return error;
    finish_conjunction(c);
    struct header header = ndm_header(t);
    c->message.comments = ndm_comments(t, c->message.comments, t->line);
    cdm_conjunction(&c->message, &header, &run->json);
    return ndm_taken(t, "conjunction", t->line);
}

static void cdm_free(void *state)
{
    finish_conjunction(state);
    free(state);
}

const struct ndm_taker ndm_taker_cdm = {"cdm", cdm_new, take_conjunction, cdm_free};

struct elements {
    struct omm message;
    struct omm_reading reading;
    bool begun;
};

static void *omm_new(void)
{
    return memory_zeroed(sizeof(struct elements));
}

static void finish_elements(struct elements *m)
{
    if (m->begun)
        omm_end(&m->reading);
    m->begun = false;
}

static int take_elements(struct ndm_taking *t, const struct ndm_event *e)
{
    struct elements *m = t->state;
    struct import_run *run = t->run;
    if (!m->begun)
        omm_begin(&m->reading, run->item, &m->message);
    m->begun = true;
    int error = omm_take(&m->reading, e, run->fault);
    if (error || !ndm_is_end(e))
        return error;
    finish_elements(m);
    struct header header = ndm_header(t);
    omm_elset(&m->message, &header, &run->json);
    return ndm_taken(t, "elset", t->line);
}

static void omm_free(void *state)
{
    finish_elements(state);
    free(state);
}

const struct ndm_taker ndm_taker_omm = {"omm", omm_new, take_elements, omm_free};

/* --- message by message --- */

static const struct ndm_taker *const kinds[] = {&ndm_taker_cdm, &ndm_taker_ocm, &ndm_taker_oem, &ndm_taker_omm,
                                                &ndm_taker_opm, &ndm_taker_rdm, &ndm_taker_tdm};

struct reading {
    struct ndm_taking taking;
    const struct ndm_taker *kind; /* of the message that is open; NULL: none, or its rest is passed over */
    size_t messages;
};

static void close_message(struct reading *r)
{
    if (r->kind)
        r->kind->end(r->taking.state);
    r->kind = NULL;
    buf_free(&r->taking.marking);
    buf_free(&r->taking.text);
}

static void take_marking(struct ndm_taking *t, struct str marking)
{
    const struct import_header *h = t->run->header;
    buf_str(h->is_text && h->is_text(h->context, marking) ? &t->text : &t->marking, marking);
}

static void open_message(struct reading *r, const struct ndm_event *e)
{
    const char *name = ndm_message_name(e->block);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i]->message, name) == 0)
            r->kind = kinds[i];
    r->taking.state = r->kind->begin();
    r->taking.line = e->line;
    r->messages++;
}

static int take_piece(struct reading *r, const struct ndm_event *e)
{
    struct ndm_taking *t = &r->taking;
    const char *message = ndm_message_name(e->block);
    t->pieces++;
    if (message && strcmp(message, "ndm") == 0)
        return 0;
    if (message && e->what == NDM_BEGIN)
        open_message(r, e);
    if (!r->kind)
        return 0;
    if (e->what == NDM_VALUE && str_is(e->keyword, "CLASSIFICATION"))
        take_marking(t, e->text);
    int error = r->kind->take(t, e);
    size_t line = t->line;
    if (error || ndm_is_end(e))
        close_message(r);
    return error && !t->stopped ? import_refuse(t->run, line) : error;
}

int import_ndm(struct import_run *run)
{
    NDM_READER_CLEANUP struct ndm_reader *reader = ndm_reader_of(run->text);
    struct reading r = {.taking = {.run = run}};
    struct ndm_event e;
    int error;
    while (!(error = ndm_next(reader, &e, run->fault)) && !(error = take_piece(&r, &e)))
        ;
    close_message(&r);
    ndm_reader_free(r.taking.ahead.reader);
    if (error != NDM_END)
        return error;
    return r.messages ? 0 : fault_set(run->fault, ERR_INVALID_RECORD, "line 1", "expected a message");
}
