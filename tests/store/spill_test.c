/* Taking back and relabelling: in force with the next read on every path, by an FDO of an owner and by nobody else. */
#include "fixture.h"

#include "memory.h"

#include <stdio.h>

#define TYPE "eoobservation"
#define URI(partner, role) "spiffe://" partner ".example/" role "/a"
#define ANY_TIME "obTime=>2000-01-01T00:00:00Z"

static const struct record_type *type(void)
{
    return record_type_find(str_of(TYPE));
}

static char *observation(int n, const char *marking, const char *relto)
{
    struct buf b = {0};
    buf_printf(&b,
               "[{\"classificationMarking\":\"%s\",\"dataMode\":\"TEST\",\"source\":\"test\","
               "\"obTime\":\"2026-06-10T12:00:00Z\",\"ra\":%d.5%s%s}]",
               marking, n, *relto ? ",\"relto\":" : "", relto);
    buf_char(&b, '\0');
    return b.p;
}

static struct uuid post(struct fixture *f, const char *originator, int n, const char *marking, const char *relto)
{
    FREE_CLEANUP char *json = observation(n, marking, relto);
    struct fixture_post *p = fixture_post(f, TYPE, originator, json);
    MUST(!p->error && !p->post.records[0].outcome);
    struct uuid id = p->post.records[0].id;
    fixture_post_free(p);
    return id;
}

static struct uuid post_derived(struct fixture *f, const char *originator, int n, const char *marking, struct uuid part)
{
    char relto[128], id[UUID_TEXT];
    uuid_write(part, id);
    snprintf(relto, sizeof relto, "{\"derivedFrom\":[\"%.*s\"]}", UUID_TEXT, id);
    return post(f, originator, n, marking, relto);
}

/* --- what a reader sees, by every path --- */

static int get(struct fixture *f, const char *uri, struct uuid id, struct arena *arena, struct stored_record *ret)
{
    struct reading reading = fixture_reading(f, uri);
    const struct receipt *receipt = NULL;
    struct fault fault;
    reading.disclose = false;
    return store_get(f->store, &reading, type(), id, arena, ret, &receipt, &fault);
}

static bool listed(struct fixture *f, const char *uri, const char *text, struct uuid id)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = fixture_reading(f, uri);
    const struct stored_record *records;
    const struct receipt *receipt;
    struct store_list *l;
    struct fault fault;
    size_t n;
    bool found = false;
    reading.disclose = false;
    MUST(store_list_open(f->store, &reading, fixture_query(f, TYPE, text, arena), &l, &fault) == 0);
    while (store_list_next(l, arena, &records, &n, &receipt, &fault) == 0)
        for (size_t i = 0; i < n; i++)
            found = found || memcmp(&records[i].id, &id, sizeof id) == 0;
    store_list_close(l, true);
    return found;
}

static bool counted(struct fixture *f, const char *uri, struct uuid id)
{
    char text[128], name[UUID_TEXT];
    uuid_write(id, name);
    snprintf(text, sizeof text, ANY_TIME "&id=%.*s", UUID_TEXT, name);
    return fixture_count(f, TYPE, uri, text) == 1;
}

static bool sees(struct fixture *f, const char *uri, struct uuid id)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct stored_record record;
    int error = get(f, uri, id, arena, &record);
    MUST(!error || error == ERR_NOT_FOUND);
    MUST(listed(f, uri, ANY_TIME, id) == !error);
    MUST(listed(f, uri, ANY_TIME "&sort=ra,ASC", id) == !error);
    MUST(counted(f, uri, id) == !error);
    return !error;
}

/* --- what is done --- */

static int recall(struct fixture *f, const char *uri, struct uuid id, struct fault *fault)
{
    struct reading reading = fixture_reading(f, uri);
    memset(fault, 0, sizeof *fault);
    return store_recall(f->store, &reading, type(), id, STR("posted by mistake"), NULL, fault);
}

static int relabel(struct fixture *f, const char *uri, struct uuid id, const char *marking, instant embargo_until)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = fixture_reading(f, uri);
    const struct label *label;
    struct marking_fault mf;
    struct fault fault;
    MUST(label_parse(f->registry, reader_partner(reading.reader), str_of(marking), NULL, arena, &label, &mf, &fault) ==
         0);
    const struct relabelling to = {
        .label = label, .embargo_until = embargo_until, .expires = INSTANT_MAX, .wire = STR("{}")};
    return store_relabel(f->store, &reading, type(), id, &to, NULL, &fault);
}

/* --- tests --- */

static void a_recalled_record_is_gone_at_once(struct fixture *f)
{
    struct uuid id = post(f, "USA", 1, "U", ""), other = post(f, "USA", 2, "U", "");
    struct fault fault;
    MUST(sees(f, URI("jpn", "operator"), id) && sees(f, URI("usa", "operator"), id));
    MUST(recall(f, URI("usa", "fdo"), id, &fault) == 0);
    MUST(!sees(f, URI("jpn", "operator"), id) && !sees(f, URI("usa", "operator"), id));
    MUST(!sees(f, URI("usa", "node"), id));
    MUST(sees(f, URI("usa", "fdo"), id) && sees(f, URI("usa", "auditor"), id));
    MUST(sees(f, URI("jpn", "operator"), other));
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM spill WHERE kind = 'recall' AND reason = 'posted by mistake'") == 1);
    MUST(recall(f, URI("usa", "fdo"), id, &fault) == 0); /* again: the same */
    /* The same post again: acknowledged, as it is stored, and as dead as before. */
    struct uuid again = post(f, "USA", 1, "U", "");
    MUST(memcmp(&again, &id, sizeof id) == 0);
    MUST(!sees(f, URI("jpn", "operator"), id) && !sees(f, URI("usa", "operator"), id));
    MUST(relabel(f, URI("usa", "fdo"), id, "U", INSTANT_MIN) == 0); /* nor does a new label revive */
    MUST(!sees(f, URI("jpn", "operator"), id) && !sees(f, URI("usa", "operator"), id));
    fixture_reopen(f);
    MUST(!sees(f, URI("jpn", "operator"), id) && sees(f, URI("usa", "fdo"), id));
}

/* Hidden, missing and seen but not one's own: the same answer. */
static void only_an_owners_fdo_recalls(struct fixture *f)
{
    struct uuid id = post(f, "USA", 10, "U", ""), missing = id;
    missing.bytes[15] ^= 1;
    struct fault want, fault;
    MUST(recall(f, URI("usa", "fdo"), missing, &want) == ERR_NOT_FOUND);
    static const char *const others[] = {URI("usa", "operator"), URI("usa", "node"), URI("usa", "auditor"),
                                         URI("jpn", "fdo"),      URI("gbr", "fdo"),  URI("xtr", "fdo")};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        MUST(recall(f, others[i], id, &fault) == ERR_NOT_FOUND);
        MUST(memcmp(&fault, &want, sizeof fault) == 0);
        MUST(relabel(f, others[i], id, "U", INSTANT_MIN) == ERR_NOT_FOUND);
    }
    MUST(sees(f, URI("jpn", "operator"), id));
    struct uuid joint = post(f, "USA", 11, "U", "{\"owners\":[\"USA\",\"JPN\"]}");
    MUST(recall(f, URI("jpn", "fdo"), joint, &fault) == 0);
    MUST(!sees(f, URI("usa", "operator"), joint));
}

static void a_new_label_is_in_force_at_once(struct fixture *f)
{
    struct uuid id = post(f, "USA", 20, "U", ""), same_label = post(f, "USA", 21, "U", "");
    MUST(sees(f, URI("jpn", "operator"), id) && !sees(f, URI("gbr", "operator"), id));
    MUST(relabel(f, URI("usa", "fdo"), id, "S//REL TO USA, GBR", INSTANT_MIN) == 0);
    MUST(!sees(f, URI("jpn", "operator"), id) && sees(f, URI("gbr", "operator"), id));
    MUST(sees(f, URI("jpn", "operator"), same_label) && !sees(f, URI("gbr", "operator"), same_label));
    MUST(relabel(f, URI("usa", "fdo"), id, "U", FIXTURE_NOW + INSTANT_HOUR) == 0);
    MUST(!sees(f, URI("jpn", "operator"), id) && !sees(f, URI("gbr", "operator"), id));
    fixture_set_now(f, FIXTURE_NOW + INSTANT_HOUR);
    MUST(sees(f, URI("jpn", "operator"), id));
    fixture_set_now(f, FIXTURE_NOW);
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct stored_record record;
    MUST(get(f, URI("usa", "fdo"), id, arena, &record) == 0);
    MUST(str_is(record.wire, "{}"));
}

static void subject_tells_label_and_times(struct fixture *f)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct uuid part = post(f, "USA", 30, "U//REL TO USA, JPN", ""), id = post_derived(f, "JPN", 31, "U", part);
    struct reading reading = fixture_reading(f, URI("usa", "fdo"));
    struct subject s;
    struct fault fault;
    MUST(store_subject(f->store, &reading, type(), id, arena, &s, &fault) == 0);
    MUST(str_is(s.originator, "JPN") && str_is(s.type, TYPE) && str_is(s.data_mode, "TEST"));
    MUST(s.ingested_at == FIXTURE_NOW && s.embargo_until == INSTANT_MIN && s.expires == INSTANT_MAX && !s.recalled);
    MUST(s.label->mode == RELEASE_NONE && s.label->owners.n == 1);
    reading = fixture_reading(f, URI("gbr", "fdo"));
    MUST(store_subject(f->store, &reading, type(), id, arena, &s, &fault) == ERR_NOT_FOUND);
}

/* A part that closes takes what was derived from it along, however far. */
static void what_was_derived_follows(struct fixture *f)
{
    struct uuid part = post(f, "USA", 40, "U//REL TO USA, AUS, GBR, JPN", ""),
                first = post_derived(f, "JPN", 41, "U//REL TO JPN, AUS, GBR, USA", part),
                second = post_derived(f, "GBR", 42, "U//REL TO GBR, AUS, USA", first);
    struct fault fault;
    MUST(sees(f, URI("aus", "operator"), first) && sees(f, URI("aus", "operator"), second));
    MUST(relabel(f, URI("usa", "fdo"), part, "U//REL TO USA, GBR, JPN", INSTANT_MIN) == 0);
    MUST(!sees(f, URI("aus", "operator"), part));
    MUST(!sees(f, URI("aus", "operator"), first) && !sees(f, URI("aus", "operator"), second));
    MUST(sees(f, URI("gbr", "operator"), first) && sees(f, URI("usa", "operator"), second));
    /* What is looser again does not open what was derived meanwhile. */
    MUST(relabel(f, URI("usa", "fdo"), part, "U//REL TO USA, AUS, GBR, JPN", INSTANT_MIN) == 0);
    MUST(sees(f, URI("aus", "operator"), part) && !sees(f, URI("aus", "operator"), first));
    MUST(recall(f, URI("usa", "fdo"), part, &fault) == 0);
    MUST(!sees(f, URI("gbr", "operator"), first) && !sees(f, URI("usa", "operator"), second));
}

int main(void)
{
    struct fixture f;
    fixture_open(&f);
    a_recalled_record_is_gone_at_once(&f);
    only_an_owners_fdo_recalls(&f);
    a_new_label_is_in_force_at_once(&f);
    subject_tells_label_and_times(&f);
    what_was_derived_follows(&f);
    fixture_close(&f);
    puts("ok");
    return 0;
}
