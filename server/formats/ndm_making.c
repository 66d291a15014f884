#include "ndm_making.h"
#include "ndm_frames.h"
#include "record_type.h"

#define TEXT_MOST 3900 /* bytes: what a line has room for */

struct str ndm_making_field(struct ndm_making *m, const char *name)
{
    for (size_t i = 0; i < m->n; i++)
        if (str_is(m->members[i].name, name))
            m->told[i] = true;
    return member_value(m->members, m->n, name, m->arena);
}

struct str ndm_making_time(struct str text)
{
    return text.n && text.p[text.n - 1] == 'Z' ? (struct str){text.p, text.n - 1} : text;
}

static int check_text(const struct ndm_making *m, struct str text, const char *field)
{
    if (memchr(text.p, '\n', text.n) || memchr(text.p, '\r', text.n))
        return fault_set(m->fault, ERR_INVALID_RECORD, field, "expected a text of one line, which a message has");
    return text.n <= TEXT_MOST ? 0
                               : fault_set(m->fault, ERR_INVALID_RECORD, field,
                                           "expected at most %d bytes, which a message has room for", TEXT_MOST);
}

/* --- rows of a grammar, one after the other --- */

static int take_row(struct ndm_making *m, const struct ndm_block *block, size_t i, const struct ndm_found *found)
{
    const struct ndm_row *row = &block->rows[i];
    const char *field = found[i].field ? found[i].field : row->keyword;
    bool needed = row->presence == MUST || (row->presence == WITH_PREVIOUS && found[i - 1].text.n);
    if (!found[i].text.n)
        return !needed
                   ? 0
                   : fault_set(m->fault, ERR_INVALID_RECORD, field, "expected a value, which %s cannot do without: %s",
                               block->grammar->version_keyword, row->keyword);
    if (row->presence == WITH_PREVIOUS && !found[i - 1].text.n)
        return fault_set(m->fault, ERR_INVALID_RECORD, field, "expected with %s", row[-1].keyword);
    int error = check_text(m, found[i].text, field);
    if (!error)
        buf_printf(m->out, "%s = %.*s\n", row->keyword, STR_ARG(found[i].text));
    return error;
}

int ndm_making_rows(struct ndm_making *m, const struct ndm_block *block, ndm_lookup find, void *context)
{
    struct ndm_found found[NDM_ROWS_MAX] = {0};
    bool any = block->needed;
    int error = 0;
    for (size_t i = 0; i < block->count; i++) {
        find(context, &block->rows[i], &found[i]);
        any = any || found[i].text.n;
    }
    for (size_t i = 0; any && i < block->count && !error; i++)
        error = take_row(m, block, i, found);
    return error;
}

static struct str as_written(struct ndm_making *m, const struct ndm_made_row *row)
{
    struct str text = row->of == MADE_FIXED ? str_of(row->field) : ndm_making_field(m, row->field);
    if (!text.n && row->other)
        text = ndm_making_field(m, row->other);
    switch (row->of) {
    case MADE_OF_TIME: return ndm_making_time(text);
    case MADE_OF_KNOWN: return text.n ? text : STR("UNKNOWN");
    case MADE_OF_FRAME: return str_of(ndm_frame_of_states(text));
    default: return text;
    }
}

void ndm_made_find(void *table, const struct ndm_row *row, struct ndm_found *ret)
{
    const struct ndm_made_table *t = table;
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->rows[i].keyword, row->keyword) == 0) {
            ret->field = t->rows[i].field;
            ret->text = as_written(t->m, &t->rows[i]);
        }
}

int ndm_making_covariance(struct ndm_making *m, struct str numbers, const char *where, struct str frame,
                          const char *where_frame, const struct str **ret, const char **ret_frame)
{
    size_t n = 0;
    if (!elements_of(numbers, m->arena, ret, &n) || n != NDM_COVARIANCE)
        return fault_set(m->fault, ERR_INVALID_RECORD, where, "expected %d numbers, which a message has",
                         NDM_COVARIANCE);
    *ret_frame = ndm_frame_of_covariances(frame);
    return *ret_frame ? 0
                      : fault_set(m->fault, ERR_INVALID_RECORD, where_frame,
                                  "expected a frame that messages have: GCRF, ITRF, J2000, TEME or UVW");
}

/* --- what has no keyword --- */

void ndm_making_comments(struct ndm_making *m, struct str text)
{
    while (text.n) {
        const char *end = memchr(text.p, '\n', text.n);
        struct str line = {text.p, end ? (size_t)(end - text.p) : text.n};
        size_t used = line.n + (end != NULL);
        buf_printf(m->out, "COMMENT %.*s\n", STR_ARG(line));
        text = (struct str){text.p + used, text.n - used};
    }
}

bool *ndm_making_flags(size_t n, struct arena *arena)
{
    bool *flags = arena_array(arena, n + 1, sizeof *flags);
    memset(flags, 0, n * sizeof *flags);
    return flags;
}

const struct field *ndm_making_untold(const struct ndm_making *m, const struct field_table *fields, size_t i)
{
    static const char *const about[] = {
        "classificationMarking", "clientId", "dataMode", "message", "origin", "rawFileURI", "source",
        "transactionId",         "tags",     "warnings"};
    struct str name = m->members[i].name;
    for (size_t k = 0; k < sizeof about / sizeof *about; k++)
        if (m->told[i] || str_is(name, about[k]))
            return NULL;
    const struct field *f = field_find(fields, name);
    return f && !f->read_only ? f : NULL;
}

/* "posUnc" is POS_UNC. */
static void add_capitals(struct str name, struct buf *out)
{
    for (size_t i = 0; i < name.n; i++) {
        bool small = name.p[i] >= 'a' && name.p[i] <= 'z', large = name.p[i] >= 'A' && name.p[i] <= 'Z';
        if (large && i && name.p[i - 1] >= 'a' && name.p[i - 1] <= 'z')
            buf_char(out, '_');
        buf_char(out, small ? (char)(name.p[i] - 'a' + 'A') : name.p[i]);
    }
}

int ndm_making_rest(struct ndm_making *m, const char *type, const char *before, bool capitals)
{
    const struct field_table *fields = record_type_find(str_of(type))->fields;
    int error = 0;
    for (size_t i = 0; i < m->n && !error; i++) {
        const struct field *f = ndm_making_untold(m, fields, i);
        struct str text = f ? ndm_making_field(m, f->name) : STR("");
        error = text.n ? check_text(m, text, f->name) : 0;
        if (error || !text.n)
            continue;
        buf_z(m->out, before);
        if (capitals)
            add_capitals(m->members[i].name, m->out);
        else
            buf_str(m->out, m->members[i].name);
        buf_printf(m->out, " = %.*s\n", STR_ARG(text));
    }
    return error;
}
