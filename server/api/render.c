#include "render.h"
#include "caller.h"

#define ORIG_NETWORK "RELTO"

static void add_text(struct buf *out, const char *name, struct str value)
{
    if (value.n)
        buf_member_text(out, name, value);
}

/* width: as the view shows times. */
static void add_time(struct buf *out, const char *name, instant t, instant unset, int64_t width)
{
    if (t != unset)
        buf_member_instant(out, name, width ? instant_floor(t, width) : t);
}

static void add_codes(struct buf *out, const char *name, const struct codes *codes)
{
    if (!codes->n)
        return;
    buf_printf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < codes->n; i++) {
        if (i)
            buf_char(out, ',');
        buf_json_str(out, codes->v[i]);
    }
    buf_char(out, ']');
}

static void add_release_views(const struct wire_label *w, struct buf *out)
{
    for (size_t i = 0; i < w->n_release_views; i++) {
        buf_z(out, i ? ",{\"view\":" : ",\"releaseViews\":[{\"view\":");
        buf_json_str(out, w->release_views[i].view);
        buf_member_text(out, "classificationMarking", w->release_views[i].marking);
        buf_char(out, '}');
    }
    if (w->n_release_views)
        buf_char(out, ']');
}

/* What only owners are told: to whom a record was released beside its marking, why it is withheld, and which records it
 * stands in relation to. */
static void add_owner_members(const struct wire_label *w, struct buf *out)
{
    if (w->public)
        buf_z(out, ",\"public\":true");
    add_release_views(w, out);
    add_text(out, "supersedes", w->supersedes);
    add_codes(out, "derivedFrom", &w->derived_from);
    if (!w->restricted)
        return;
    buf_z(out, ",\"restriction\":{\"reason\":");
    buf_json_str(out, w->reason);
    add_text(out, "authority", w->authority);
    add_time(out, "reviewBy", w->review_by, INSTANT_MAX, 0);
    buf_char(out, '}');
}

/* The stored text was checked when it was posted; a record whose text no longer reads is sent without these members. */
static void add_wire(const struct stored_record *record, struct buf *out)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct wire_label *w;
    if (wire_label_parse(record->wire, "relto", arena, &w, NULL))
        return;
    if (record->whole)
        add_text(out, "confidentialityLabel", w->confidentiality_label);
    add_text(out, "alternativeConfidentialityLabel", record->alternative);
    add_time(out, "embargoUntil", w->embargo_until, INSTANT_MIN, record->time_width);
    add_time(out, "expires", w->expires, INSTANT_MAX, record->time_width);
    if (record->owned)
        add_owner_members(w, out);
}

static bool is_version(const struct stored_record *record)
{
    return !uuid_is_none(record->entity);
}

/* What lasts is known by its entity's id. */
static struct uuid record_told_id(const struct stored_record *record)
{
    return is_version(record) ? record->entity : record->id;
}

static void add_version(const struct stored_record *record, struct buf *out)
{
    buf_z(out, ",\"version\":\"");
    buf_uuid(out, record->id);
    buf_char(out, '"');
}

#define HEAD_ID "{\"id\":\""
#define HEAD_CREATED "\",\"createdAt\":\""
#define HEAD_END "\",\"createdBy\":"
#define NETWORK ",\"origNetwork\":\"" ORIG_NETWORK "\",\"relto\":{"

/* What every record begins with, in one piece. */
struct head {
    char before_id[sizeof HEAD_ID - 1], id[UUID_TEXT];
    char before_created[sizeof HEAD_CREATED - 1], created[INSTANT_TEXT];
    char end[sizeof HEAD_END - 1];
};

static void render_head(const struct stored_record *record, struct buf *out)
{
    struct head *head = (struct head *)buf_reserve(out, sizeof *head);
    memcpy(head->before_id, HEAD_ID, sizeof head->before_id);
    uuid_write(record_told_id(record), head->id);
    memcpy(head->before_created, HEAD_CREATED, sizeof head->before_created);
    instant_write(record->ingested_at, head->created);
    memcpy(head->end, HEAD_END, sizeof head->end);
    out->n += sizeof *head;
}

size_t rendered_about(const struct record_type *type, const struct stored_record *record)
{
    size_t own_id = type->id_field ? strlen(type->id_field) + UUID_TEXT + STR(",\"\":\"\"").n : 0;
    return own_id + sizeof(struct head) + sizeof NETWORK + record->originator.n + record->release.n + record->body.n +
           STR("\"\"}],").n;
}

static void render_own_id(const char *name, struct uuid id, struct buf *out)
{
    char text[UUID_TEXT];
    uuid_write(id, text);
    buf_member_text(out, name, (struct str){text, UUID_TEXT});
}

void render_record(const struct record_type *type, const struct stored_record *record, struct buf *out)
{
    render_head(record, out);
    buf_json_str(out, record->originator);
    if (type->id_field)
        render_own_id(type->id_field, record_told_id(record), out);
    buf_str(out, STR(NETWORK));
    buf_str(out, record->release);
    if (is_version(record))
        add_version(record, out);
    if (record->wire.n)
        add_wire(record, out);
    buf_char(out, '}');
    if (record->body.n > 2) /* not {} */
        buf_char(out, ',');
    buf_add(out, record->body.p + 1, record->body.n - 1);
}

void render_columns(const struct record_type *type, const struct stored_record *record,
                    const struct query_columns *columns, struct buf *out)
{
    BUF_CLEANUP struct buf whole = {0};
    if (!columns) {
        render_record(type, record, out);
        return;
    }
    render_record(type, record, &whole);
    if (!columns_pick(columns, buf_view(&whole), out))
        buf_z(out, "{}"); /* a stored body that is no JSON: nothing of it is sent */
}

void render_csv(const struct record_type *type, const struct stored_record *record, const struct query_columns *columns,
                char delimiter, struct buf *out)
{
    BUF_CLEANUP struct buf whole = {0};
    render_record(type, record, &whole);
    columns_csv(columns, buf_view(&whole), delimiter, out);
}

void render_part(const struct part_type *part, const struct stored_record *parent, struct str members, struct buf *out)
{
    buf_z(out, "{\"createdAt\":\"");
    instant_write(parent->ingested_at, buf_reserve(out, INSTANT_TEXT));
    out->n += INSTANT_TEXT;
    buf_z(out, HEAD_END);
    buf_json_str(out, parent->originator);
    render_own_id(part->parent_field, parent->id, out);
    buf_str(out, STR(NETWORK));
    buf_str(out, parent->release);
    if (parent->wire.n)
        add_wire(parent, out);
    buf_char(out, '}');
    buf_str(out, members);
    buf_char(out, '}');
}
