#include "read_rows.h"

/* --- records --- */

static int release_of(struct class *class, const struct pg_result *rows, int i, const struct release **ret,
                      struct fault *fault)
{
    const struct release *release;
    int error = class_release(class, pg_i32(rows, i, COLUMN_LABEL), &release, fault);
    if (error)
        return error;
    /* The row came through row-level security, so that the bitmap has the label: two answers to one question. */
    if (!release->permit || !release->row->label)
        return fault_set(fault, ERR_INTERNAL, "", "label %d is visible but not permitted", (int)release->row->id);
    *ret = release;
    return 0;
}

/* What of the body is sent. A body that is not as the descriptors have it is not sent in a view: nobody could say what
 * of it would be. */
static int body_of(const struct release *release, struct str body, struct arena *arena, struct str *ret,
                   struct fault *fault)
{
    if (!release->view) {
        *ret = body;
        return 0;
    }
    BUF_CLEANUP struct buf shown = {0};
    if (!view_project(release->view, body, release->marking, &shown))
        return fault_set(fault, ERR_INTERNAL, "", "a record cannot be projected into %.*s",
                         STR_ARG(release->view_code));
    *ret = arena_str(arena, buf_view(&shown));
    return 0;
}

/* Goes with the originator's own label, to whom that is sent, and is made only for these records: canonical JSON has
 * its members in order, and none comes before this one. */
static struct str alternative_of(const struct class *class, const struct release *release, struct str wire, instant t,
                                 struct arena *arena)
{
    static const char first[] = "{\"confidentialityLabel\":";
    if (!release->whole || wire.n <= sizeof first || memcmp(wire.p, first, sizeof first - 1) != 0)
        return STR("");
    BUF_CLEANUP struct buf xml = {0};
    class_alternative(class, release, t, &xml);
    return arena_str(arena, buf_view(&xml));
}

/* The start of its interval, as the view shows times. */
static instant shown_time(instant t, int64_t width)
{
    return width ? instant_floor(t, width) : t;
}

/* All zero: the record is no version of anything. */
static struct uuid entity_of(const struct pg_result *rows, int i)
{
    return pg_null(rows, i, COLUMN_ENTITY) ? (struct uuid){0} : pg_uuid(rows, i, COLUMN_ENTITY);
}

static int read_row(struct class *class, const struct pg_result *rows, int i, struct arena *arena,
                    struct stored_record *ret, struct row_source *ret_source, struct fault *fault)
{
    const struct release *release = NULL;
    struct str body = STR("");
    int error = release_of(class, rows, i, &release, fault);
    if (!error)
        error = body_of(release, pg_str(rows, i, COLUMN_BODY), arena, &body, fault);
    if (error)
        return error;
    int64_t width = release->view ? view_created_width(release->view) : 0;
    int64_t step = release->view ? view_time_width(release->view) : 0;
    instant posted = shown_time(pg_instant(rows, i, COLUMN_INGESTED_AT), width);
    struct str wire = pg_str(rows, i, COLUMN_WIRE);
    *ret = (struct stored_record){.id = pg_uuid(rows, i, COLUMN_ID),
                                  .entity = entity_of(rows, i),
                                  .t = shown_time(pg_instant(rows, i, COLUMN_T), step),
                                  .ingested_at = posted,
                                  .time_width = width,
                                  .originator = release->row->originator,
                                  .wire = wire,
                                  .alternative = alternative_of(class, release, wire, posted, arena),
                                  .body = body,
                                  .release = release->members,
                                  .owned = release->owned,
                                  .whole = release->whole};
    *ret_source = (struct row_source){release, pg_i64(rows, i, COLUMN_SEQ)};
    return 0;
}

int read_one(struct class *class, const struct pg_result *rows, int row, struct arena *arena, struct records *ret,
             struct fault *fault)
{
    *ret = (struct records){1, arena_alloc(arena, sizeof *ret->v), arena_alloc(arena, sizeof *ret->sources)};
    return read_row(class, rows, row, arena, ret->v, ret->sources, fault);
}

int read_rows(struct class *class, const struct pg_result *rows, size_t n, struct arena *arena, struct records *ret,
              struct fault *fault)
{
    struct records records = {n, arena_array(arena, n, sizeof *records.v),
                              arena_array(arena, n, sizeof *records.sources)};
    int error = 0;
    for (size_t i = 0; !error && i < n; i++)
        error = read_row(class, rows, (int)i, arena, &records.v[i], &records.sources[i], fault);
    if (!error)
        *ret = records;
    return error;
}

void records_keep(const struct records *records, struct arena *arena)
{
    for (size_t i = 0; i < records->n; i++) {
        struct stored_record *r = &records->v[i];
        r->originator = arena_str(arena, r->originator);
        r->wire = arena_str(arena, r->wire);
        r->body = arena_str(arena, r->body);
        r->release = arena_str(arena, r->release);
    }
}

int records_banner(struct class *class, const struct records *records, struct arena *arena, struct str *ret,
                   struct fault *fault)
{
    int32_t *labels = arena_array(arena, records->n, sizeof *labels);
    for (size_t i = 0; i < records->n; i++)
        labels[i] = records->sources[i].release->row->id;
    return class_banner(class, labels, records->n, arena, ret, fault);
}

/* --- what is disclosed --- */

struct parts {
    struct disclosed *v;
    size_t n, room;
    struct arena *arena;
    size_t records;                /* no part has more */
    const struct account *account; /* or NULL */
};

static struct disclosed *part_of(struct parts *p, struct str owner, struct str view)
{
    for (size_t i = 0; i < p->n; i++)
        if (str_eq(p->v[i].owner, owner) && str_eq(p->v[i].view, view))
            return &p->v[i];
    if (p->n == p->room) {
        p->room = p->room ? 2 * p->room : 8;
        struct disclosed *grown = arena_array(p->arena, p->room, sizeof *grown);
        if (p->n)
            memcpy(grown, p->v, p->n * sizeof *grown);
        p->v = grown;
    }
    p->v[p->n] = (struct disclosed){.owner = owner,
                                    .view = view,
                                    .entry = p->account ? account_entry(p->account, owner) : NULL,
                                    .seqs = arena_array(p->arena, p->records, sizeof(int64_t))};
    return &p->v[p->n++];
}

static void add_agreement(struct disclosed *part, struct str agreement, struct arena *arena)
{
    for (size_t i = 0; i < part->n_agreements; i++)
        if (str_eq(part->agreements[i], agreement))
            return;
    struct str *grown = arena_array(arena, part->n_agreements + 1, sizeof *grown);
    if (part->n_agreements)
        memcpy(grown, part->agreements, part->n_agreements * sizeof *grown);
    grown[part->n_agreements++] = agreement;
    part->agreements = grown;
}

static void add_record(struct parts *p, const struct row_source *source)
{
    const struct release *release = source->release;
    const struct codes *owners = &release->row->label->owners;
    for (size_t i = 0; i < owners->n; i++) {
        struct disclosed *part = part_of(p, owners->v[i], release->view_code);
        part->seqs[part->n++] = source->seq;
        if (release->agreement.n)
            add_agreement(part, release->agreement, p->arena);
    }
}

size_t records_disclosed(const struct records *records, const int *picked, size_t n, const struct account *account,
                         struct arena *arena, struct disclosed **ret)
{
    struct parts parts = {.arena = arena, .records = n, .account = account};
    for (size_t i = 0; i < n; i++)
        add_record(&parts, &records->sources[picked ? (size_t)picked[i] : i]);
    *ret = parts.v;
    return parts.n;
}

int disclose_records(struct store *s, const struct reading *reading, const struct record_type *type,
                     const struct records *records, struct account *account, struct receipt *ret, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct disclosed *parts;
    size_t n_parts = records_disclosed(records, NULL, records->n, account, arena, &parts);
    int error = disclose(s, reading, type, parts, n_parts, ret, fault);
    if (!error && account)
        account_add(account, parts, n_parts, ret);
    return error;
}

int disclose_picked(struct store *s, const struct reading *reading, const struct record_type *type,
                    const struct records *records, const int *picked, size_t n, struct receipt *ret,
                    struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct disclosed *parts;
    size_t n_parts = records_disclosed(records, picked, n, NULL, arena, &parts);
    return disclose(s, reading, type, parts, n_parts, ret, fault);
}
