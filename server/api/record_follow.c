#include "record_follow.h"

#include <stdlib.h>

#define LOOK_BACK 64 /* messages of one request on the same objects, which may be of other events */

struct place {
    struct event_place found;
    struct new_record *record;
};

static int by_event(const void *x, const void *y)
{
    const struct event_place *a = &((const struct place *)x)->found, *b = &((const struct place *)y)->found;
    int order = memcmp(&a->event.key, &b->event.key, sizeof a->event.key);
    return order ? order : (a->event.made > b->event.made) - (a->event.made < b->event.made);
}

static bool one_event(const struct event_place *a, const struct event_place *b, int64_t span)
{
    return memcmp(&a->event.key, &b->event.key, sizeof a->event.key) == 0 && llabs(a->t - b->t) <= span;
}

/* Places are in the order of by_event. */
static void look_back(struct place *places, size_t i, int64_t span)
{
    struct event_place *p = &places[i].found;
    for (size_t back = 1; back <= i && back <= LOOK_BACK; back++) {
        const struct place *other = &places[i - back];
        if (!one_event(&other->found, p, span) || other->found.event.made == p->event.made)
            continue;
        if (uuid_is_none(p->before) || other->found.event.made > p->before_made) {
            p->before = other->record->id;
            p->before_made = other->found.event.made;
        }
        return;
    }
}

/* Its owners are told. */
static void follow(const struct event_place *p, struct new_record *record, struct arena *arena)
{
    BUF_CLEANUP struct buf text = {0}, id = {0};
    const struct wire_label *said;
    if (uuid_is_none(p->before) ||
        wire_label_parse(record->wire.n ? record->wire : STR("{}"), "relto", arena, &said, NULL))
        return;
    struct wire_label told = *said;
    buf_uuid(&id, p->before);
    told.supersedes = buf_view(&id);
    wire_label_write(&told, &text);
    record->wire = arena_str(arena, buf_view(&text));
    record->supersedes = p->before;
    record->follows = true;
}

static int follow_all(struct request *r, const struct record_type *type, struct place *places, size_t n,
                      struct arena *arena, struct fault *fault)
{
    const struct reading reading = caller_reading(r, false);
    struct event_place *found = arena_array(arena, n, sizeof *found);
    if (n)
        qsort(places, n, sizeof *places, by_event);
    for (size_t i = 0; i < n; i++)
        found[i] = places[i].found;
    int error = n ? store_events_before(api_of(r)->config.store, &reading, type, found, n, fault) : 0;
    for (size_t i = 0; i < n && !error; i++) {
        places[i].found = found[i];
        look_back(places, i, type->succession->span);
        follow(&places[i].found, places[i].record, arena);
    }
    return error;
}

int records_follow(struct request *r, struct new_record *records, size_t n, struct arena *arena, struct fault *fault)
{
    int error = 0;
    for (size_t i = 0; i < record_type_count() && !error; i++) {
        const struct record_type *type = record_type_at(i);
        if (!type->succession)
            continue;
        struct place *places = arena_array(arena, n, sizeof *places);
        size_t kept = 0;
        for (size_t k = 0; k < n; k++)
            if (records[k].type == type && !uuid_is_none(records[k].event.key) && uuid_is_none(records[k].supersedes))
                places[kept++] = (struct place){{.event = records[k].event, .t = records[k].t}, &records[k]};
        error = follow_all(r, type, places, kept, arena, fault);
    }
    return error;
}
