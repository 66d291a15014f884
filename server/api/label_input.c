#include "label_input.h"
#include "admit.h"
#include "stanag4774.h"

#include <stdio.h>

/* A request rarely carries more than a few distinct labels; beyond this many they are parsed anew each time. */
#define LABEL_CACHE_ROWS 32

struct row {
    struct str type, data_mode, marking, wire_json;
    struct admitted admitted;
};

struct label_cache {
    struct request *request;
    struct row rows[LABEL_CACHE_ROWS];
    size_t n;
};

const struct wire_label no_wire_label = {
    .review_by = INSTANT_MAX, .embargo_until = INSTANT_MIN, .expires = INSTANT_MAX};

struct label_cache *label_cache_new(struct request *r)
{
    struct label_cache *c = arena_alloc(request_arena(r), sizeof *c);
    c->request = r;
    return c;
}

static const char *marking_extra(struct arena *arena, const struct marking_fault *mf)
{
    BUF_CLEANUP struct buf b = {0};
    buf_z(&b, "\"rule\":");
    buf_json_str(&b, str_of(mf->rule));
    if (*mf->suggestion) {
        buf_z(&b, ",\"suggestion\":");
        buf_json_str(&b, str_of(mf->suggestion));
    }
    return arena_strz(arena, buf_view(&b));
}

static int marking_refused(struct arena *arena, const struct marking_fault *mf, const char *where,
                           const char **ret_extra, struct fault *fault)
{
    char path[FAULT_WHERE_MAX];
    snprintf(path, sizeof path, "%.150s.classificationMarking", where);
    fault_set(fault, ERR_INVALID_MARKING, path, "%s", mf->detail);
    fault->offset = (long)mf->offset;
    *ret_extra = marking_extra(arena, mf);
    return ERR_INVALID_MARKING;
}

/* Faults of the wire label and of admission name `relto.…`; a record's path goes before it. */
static void prefix_where(struct fault *fault, const char *where)
{
    char own[FAULT_WHERE_MAX];
    memcpy(own, fault->where, sizeof own);
    snprintf(fault->where, sizeof fault->where, "%.80s%s%.100s", where, *own ? "." : "", own);
}

/* An exchange tells the owners whether or not the poster has named them: where marking and poster say the same, the
 * record that is sent back is the one that was sent. */
static const struct wire_label *without_told_owners(const struct caller *c, struct str marking,
                                                    const struct label *banner, const struct wire_label *sent,
                                                    const struct label *label, struct arena *arena)
{
    struct wire_label *bare = arena_alloc(arena, sizeof *bare);
    const struct label *same;
    *bare = *sent;
    bare->owners = (struct codes){0};
    int error = label_parse_portion(c->registry, principal_partner(c->principal), marking, banner, bare, arena, &same,
                                    NULL, NULL);
    return !error && codes_same(&same->owners, &label->owners) ? bare : sent;
}

/* changes NULL: only what is written as it should be. */
static int read_input(struct request *r, struct str marking, const struct label *banner, struct str wire_json,
                      const char *where, struct marking_changes *changes, struct admitted *ret, const char **ret_extra,
                      struct fault *fault)
{
    struct arena *arena = request_arena(r);
    const struct caller *c = caller_of(r);
    struct marking_fault mf = {0};
    struct admitted a = {.wire = &no_wire_label};
    BUF_CLEANUP struct buf canonical = {0};
    *ret_extra = NULL;
    int error = wire_json.p ? wire_label_parse(wire_json, "relto", arena, &a.wire, fault) : 0;
    struct str poster = principal_partner(c->principal);
    if (!error)
        error =
            changes
                ? label_normalise(c->registry, poster, marking, banner, a.wire, arena, &a.label, changes, &mf, fault)
                : label_parse_portion(c->registry, poster, marking, banner, a.wire, arena, &a.label, &mf, fault);
    if (!error && a.wire->confidentiality_label.n)
        error = stanag4774_agrees(c->registry, a.wire->confidentiality_label, "relto.confidentialityLabel", a.label,
                                  arena, fault);
    if (error == ERR_INVALID_MARKING)
        return marking_refused(arena, &mf, where, ret_extra, fault);
    if (error) {
        prefix_where(fault, where);
        return error;
    }
    if (a.wire->sent)
        a.wire = without_told_owners(c, marking, banner, a.wire, a.label, arena);
    if (wire_json.p)
        wire_label_write(a.wire, &canonical);
    if (a.wire->sent && str_is(buf_view(&canonical), "{}"))
        buf_clear(&canonical);
    a.wire_text = arena_str(arena, buf_view(&canonical));
    *ret = a;
    return 0;
}

int label_input(struct request *r, struct str marking, const struct label *banner, struct str wire_json,
                const char *where, struct admitted *ret, const char **ret_extra, struct fault *fault)
{
    return read_input(r, marking, banner, wire_json, where, NULL, ret, ret_extra, fault);
}

int banner_input(struct request *r, struct str text, const struct label **ret, const char **ret_extra,
                 struct fault *fault)
{
    struct admitted a;
    int error = text.p ? label_input(r, text, NULL, (struct str){NULL, 0}, "$.banner", &a, ret_extra, fault) : 0;
    if (error)
        snprintf(fault->where, sizeof fault->where, "$.banner");
    else if (text.p)
        *ret = a.label;
    return error;
}

int label_input_normalised(struct request *r, struct str marking, const struct label *banner, struct str wire_json,
                           struct marking_changes *changes, struct admitted *ret, const char **ret_extra,
                           struct fault *fault)
{
    return read_input(r, marking, banner, wire_json, "$", changes, ret, ret_extra, fault);
}

struct subject subject_posted_now(struct request *r, const struct admitted *a, struct str type, struct str data_mode)
{
    return (struct subject){
        .label = a->label,
        .originator = caller_partner(r),
        .type = type,
        .data_mode = data_mode,
        .ingested_at = api_now(api_of(r)),
        .embargo_until = a->wire->embargo_until,
        .expires = a->wire->expires,
    };
}

static struct row *find(struct label_cache *cache, struct str type, struct str data_mode, struct str marking,
                        struct str wire_json)
{
    for (size_t i = 0; i < cache->n; i++) {
        struct row *row = &cache->rows[i];
        if (str_eq(row->marking, marking) && str_eq(row->data_mode, data_mode) && str_eq(row->type, type) &&
            str_eq(row->wire_json, wire_json))
            return row;
    }
    return NULL;
}

static void keep(struct label_cache *cache, const struct row *row)
{
    if (cache->n < LABEL_CACHE_ROWS)
        cache->rows[cache->n++] = *row;
}

int label_admit(struct label_cache *cache, struct str type, struct str data_mode, struct str marking,
                struct str wire_json, const char *where, struct admitted *ret, const char **ret_extra,
                struct fault *fault)
{
    struct request *r = cache->request;
    struct row *known = find(cache, type, data_mode, marking, wire_json);
    if (known) {
        *ret = known->admitted;
        return 0;
    }
    struct row row = {type, data_mode, marking, wire_json, {0}};
    int error = label_input(r, marking, NULL, wire_json, where, &row.admitted, ret_extra, fault);
    if (error)
        return error;
    struct subject subject = subject_posted_now(r, &row.admitted, type, data_mode);
    error = admit(caller_of(r)->registry, caller_partner(r), &subject, row.admitted.wire,
                  api_limits(api_of(r)).embargo_free, subject.ingested_at, fault);
    if (error) {
        prefix_where(fault, where);
        return error;
    }
    keep(cache, &row);
    *ret = row.admitted;
    return 0;
}
