/* What is the same of every record that is posted, alone, with others or out of a file. */
#include "record_make.h"
#include "derived.h"
#include "members.h"
#include "warnings.h"

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
static void identify(const struct making *m, const struct record *record, struct new_record *out)
{
    const struct api *api = api_of(m->r);
    struct str secret = {(const char *)api->id_secret, sizeof api->id_secret};
    struct digest content = out->digest;
    out->t = record->t;
    if (m->before) {
        out->entity = m->before->entity;
        out->supersedes = m->before->id;
        content = record_version(out->entity, out->supersedes, &out->digest);
    } else if (m->type->versioned) {
        out->entity = record_entity(m->type, secret, record->t, &content);
    }
    if (m->type->versioned)
        out->client_id = record->client_id;
    out->id = record_id(m->type, secret, record->t, &content);
}

static void take_digest(const struct making *m, const struct record *record, const struct admitted *a,
                        struct new_record *out)
{
    out->digest = record_digest(m->type, caller_partner(m->r), record, a->wire_text);
    if (m->file)
        out->digest = digest_with_file(out->digest, *m->file);
    identify(m, record, out);
}

/* A record that is posted as it was sent is the one that there is: the exchange's id in it is no name of the poster's.
 * *ret_bare: it without that. */
static bool was_sent(const struct making *m, const struct record *sent, const struct admitted *a,
                     struct record *ret_bare)
{
    struct new_record known = {0};
    struct uuid id;
    instant from, to;
    if (m->before || !uuid_parse(sent->client_id, &id) || !record_id_partition(m->type, id, &from, &to))
        return false;
    *ret_bare = *sent;
    ret_bare->client_id = STR("");
    ret_bare->canonical = record_with_text(sent->canonical, STR("clientId"), ret_bare->client_id, m->arena);
    take_digest(m, ret_bare, a, &known);
    return same_id(id, m->type->versioned ? known.entity : known.id);
}

/* What the exchange found that it follows, and has told its owner. */
static bool without_following(const struct making *m, const struct admitted *a, struct admitted *ret)
{
    BUF_CLEANUP struct buf text = {0};
    if (!m->type->succession || !a->wire->sent || !a->wire->supersedes.n)
        return false;
    struct wire_label *wire = arena_alloc(m->arena, sizeof *wire);
    *wire = *a->wire;
    wire->supersedes = STR("");
    wire_label_write(wire, &text);
    *ret = *a;
    ret->wire = wire;
    ret->wire_text = str_is(buf_view(&text), "{}") ? STR("") : arena_str(m->arena, buf_view(&text));
    return true;
}

/* As it was posted the first time, if it is one that was sent. */
static void take_back(const struct making *m, struct record *record, struct admitted *a, struct new_record *out)
{
    struct admitted before;
    struct record bare;
    if (was_sent(m, record, a, &bare)) {
        *record = bare;
    } else if (without_following(m, a, &before) && was_sent(m, record, &before, &bare)) {
        *record = bare;
        *a = before;
        out->supersedes = (struct uuid){0};
    }
}

static void fill(const struct making *m, const struct record *sent, const struct admitted *admitted,
                 struct new_record *out)
{
    struct record posted = *sent, *record = &posted;
    struct admitted said = *admitted, *a = &said;
    take_back(m, record, a, out);
    take_digest(m, record, a, out);
    out->type = m->type;
    out->object = record->object;
    out->event = record_event(m->type, caller_partner(m->r), record->canonical, m->arena);
    out->body = record_with_derived(m->type, record->canonical, m->arena);
    out->wire = a->wire_text;
    out->embargo_until = a->wire->embargo_until;
    out->expires = a->wire->expires;
    out->label = a->label;
    out->data_mode = record->data_mode;
    out->n_grants = grant_scopes_match(m->scopes, record, a->label, m->arena, &out->grants);
    warnings_add(caller_of(m->r)->registry, a->label, m->type, record, m->arena, &out->grants, &out->n_grants);
    out->review_by = a->wire->restricted ? &a->wire->review_by : NULL;
}

/* A set of elements has a letter for how it is classified: data, which gives nobody the right to mark it lower. */
static int check_letter(const struct making *m, const struct record *record, const struct label *label,
                        const char *where, struct fault *fault)
{
    static const char field[] = "classificationType";
    const struct member *members;
    size_t n;
    struct str word;
    if (!field_find(m->type->fields, str_of(field)) || !members_of(record->canonical, m->arena, &members, &n))
        return 0;
    struct str letter = member_value(members, n, field, m->arena);
    if (label_says(caller_of(m->r)->registry, label, letter, &word))
        return 0;
    return fault_set(fault, ERR_INVALID_MARKING, arena_printf(m->arena, "%s.%s", where, field),
                     "the set is classified %.*s: expected a marking of that level", STR_ARG(word));
}

int record_make(const struct making *m, const struct record *record, const char *where, struct new_record *ret,
                const char **ret_extra, struct fault *fault)
{
    struct str wire_json;
    struct admitted a;
    struct new_record out = {0};
    int error = wire_source(m->r, record, where, &wire_json, fault);
    if (!error)
        error = label_admit(m->labels, str_of(m->type->name), record->data_mode, record->marking, wire_json, where, &a,
                            ret_extra, fault);
    if (!error)
        error = check_letter(m, record, a.label, where, fault);
    if (!error)
        error = derived_ids(m->arena, a.wire, where, &out, fault);
    if (!error && m->before && a.wire->supersedes.n)
        error = fault_set(fault, ERR_INVALID_LABEL, where, "relto.supersedes: a version follows the one before it");
    if (error)
        return error;
    fill(m, record, &a, &out);
    *ret = out;
    return 0;
}

void record_add_id(struct buf *b, struct uuid id)
{
    buf_char(b, '"');
    buf_uuid(b, id);
    buf_char(b, '"');
}

struct uuid record_told_id(const struct new_record *record)
{
    return record->type->versioned ? record->entity : record->id;
}

void record_add_told(struct buf *b, const struct new_record *record)
{
    buf_z(b, "\"id\":");
    record_add_id(b, record_told_id(record));
    if (record->follows)
        buf_member_uuid(b, "supersedes", record->supersedes);
}

void record_add_error(struct buf *b, const struct fault *f, const char *extra)
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

void record_refused(const struct new_record *record, const char *where, struct fault *fault)
{
    int outcome = record->outcome;
    const char *detail = "could not be stored";
    if (outcome == ERR_ID_MISMATCH)
        detail = "its id is taken by a record with another body";
    else if (outcome == ERR_INVALID_RECORD)
        detail = "relto.derivedFrom or relto.supersedes names a record that cannot be used here";
    else if (outcome == ERR_TOO_MANY)
        detail = "the originator has as many distinct labels as it may have";
    fault_set(fault, (enum error_code)outcome, where, "%s", detail);
}

bool record_refused_by_registers(int code)
{
    return code == ERR_INVALID_MARKING || code == ERR_INVALID_LABEL || code == ERR_NEEDS_REASON;
}
