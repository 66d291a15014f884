/* One pass over posted JSON: checked against the descriptor and written in canonical form as it goes. */
#pragma once
#include "arena.h"
#include "digest.h"
#include "record_type.h"

struct record_limits {
    size_t depth;    /* nesting of arrays and objects, the record itself being 1 */
    size_t elements; /* values in one record, members and array items counted alike */
    size_t string;   /* bytes of one string after unescaping */
};
#define RECORD_DEPTH_MAX 16
#define RECORD_ELEMENTS_MAX 20000
#define RECORD_STRING_MAX 65536

/* All text in the scan's arena. */
struct record {
    struct str canonical; /* client fields without `relto`: JSON object, members sorted by name, no white space,
                             numbers digit for digit, times in fixed width */
    struct str relto;     /* raw JSON of member `relto`, {NULL,0} if absent */
    struct str marking;   /* classificationMarking, unescaped */
    struct str data_mode, source;
    struct str client_id; /* `id` as sent, "" if absent; it is in canonical as "clientId" */
    struct str object;    /* object field as text, "" if absent */
    instant t;
    size_t index, offset; /* which element of the array (0 for a single record), where it starts in the body */
};

struct record_scan;

/* array: the body must be a JSON array of records, else one record. now: for the type's furthest_ahead. */
struct record_scan *record_scan_new(const struct record_type *type, struct str body, bool array,
                                    const struct record_limits *limits, instant now, struct arena *arena);
enum { RECORD_SCAN_END = -1 };
/* 0 with the next record, RECORD_SCAN_END after the last, or an error:
 * ERR_INVALID_RECORD (fault->where "$[3].ra", detail "expected …"; the next call goes on with the next record), or
 * ERR_BAD_JSON (fault->offset is the byte in the body; the scan is over), also for nesting beyond limits.depth. Nothing
 * but white space may follow. */
int record_scan_next(struct record_scan *s, struct record *ret, struct fault *fault);

/* SHA-256 over originator, type, canonical and wire label: the record's content. */
struct digest record_digest(const struct record_type *type, struct str originator, const struct record *r,
                            struct str wire_label);
/* UUIDv8 (RFC 9562 §5.8): 48 bits of the start of t's partition in ms from 1900-01-01; the rest HMAC-SHA-256 of the
 * content's digest under the node's secret. */
struct uuid record_id(const struct record_type *type, struct str secret, instant t, const struct digest *content);
/* The id that all versions of what the record describes have in common, given when the first one is posted: of the same
 * form, over another domain, so that it is never the id of a record. */
struct uuid record_entity(const struct record_type *type, struct str secret, instant t, const struct digest *content);
/* Stands for the content in record_id where the record is to be the next version of an entity: what was there before,
 * and has been changed since, can be put again. */
struct digest record_version(struct uuid entity, struct uuid supersedes, const struct digest *content);
/* The canonical text with this member of text, "" for none, instead of the one it has; in arena. */
struct str record_with_text(struct str canonical, struct str name, struct str text, struct arena *arena);
/* The partition [from, to) that an id of this type points into. False if the id is not of this form. */
bool record_id_partition(const struct record_type *type, struct uuid id, instant *ret_from, instant *ret_to);
