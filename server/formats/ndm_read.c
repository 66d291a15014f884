#include "ndm_read.h"

bool ndm_split(struct str s, struct str *fields, size_t *ret)
{
    const char *p = s.p, *end = s.p + s.n;
    size_t n = 0;
    for (;;) {
        while (p < end && (unsigned char)*p <= ' ')
            p++;
        if (p == end)
            break;
        if (n == NDM_FIELDS_MAX)
            return false;
        const char *from = p;
        while (p < end && (unsigned char)*p > ' ')
            p++;
        fields[n++] = (struct str){from, (size_t)(p - from)};
    }
    *ret = n;
    return true;
}

static struct ndm_reader *reader_new(struct ndm_input input)
{
    struct ndm_reader *r = memory_zeroed(sizeof *r);
    r->input = input;
    r->walk.notation = NDM_KVN;
    r->walk.offset = -1;
    return r;
}

struct ndm_reader *ndm_reader_new(struct ndm_source source)
{
    return reader_new(ndm_input_from(source));
}

struct ndm_reader *ndm_reader_of(struct str text)
{
    return reader_new(ndm_input_of(text));
}

void ndm_reader_free(struct ndm_reader *r)
{
    if (!r)
        return;
    ndm_xml_free(r->xml);
    ndm_table_free(r->table);
    ndm_walk_free(&r->walk);
    ndm_input_free(&r->input);
    free(r);
}

/* Begins with a name, perhaps in quotes, and a comma. */
static bool is_table(struct ndm_input *in)
{
    for (size_t i = 0; i < NDM_LINE_MAX && (i < in->text.n || ndm_input_more(in)); i++) {
        char c = in->text.p[i];
        if ((c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '"')
            return c == ',';
    }
    return false;
}

/* The notation is told from how the text begins. */
static void begin(struct ndm_reader *r)
{
    char first = ndm_input_first(&r->input);
    r->step = ndm_kvn_step;
    if (first == '<') {
        r->walk.notation = NDM_XML;
        r->xml = ndm_xml_new(r);
        r->step = ndm_xml_step;
    } else if (first == '[' || first == '{') {
        r->table = ndm_table_new();
        r->step = ndm_json_step;
    } else if (first && is_table(&r->input)) {
        r->table = ndm_table_new();
        r->step = ndm_csv_step;
    }
}

static int step(struct ndm_reader *r, struct fault *fault)
{
    if (!r->step)
        begin(r);
    return r->step(r, fault);
}

int ndm_next(struct ndm_reader *r, struct ndm_event *ret, struct fault *fault)
{
    while (!ndm_walk_take(&r->walk, ret)) {
        int error = r->ended ? NDM_END : step(r, fault);
        r->ended = r->ended || error == NDM_END;
        if (error == NDM_END && r->walk.count)
            continue; /* what the end itself told comes first */
        if (error)
            return error;
    }
    return 0;
}
