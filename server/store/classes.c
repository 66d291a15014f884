#include "visibility_data.h"

#include "memory.h"
#include "stanag4774.h"

/* Visible sets are lengthened by whole steps, and always at least one step longer than they need to be. */
#define BITS_STEP 512 /* bytes */

/* --- classes in memory --- */

struct class *class_ref(struct class *c)
{
    atomic_fetch_add(&c->refs, 1);
    return c;
}

void class_unref(struct class *c)
{
    if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
        return;
    for (struct share *s = c->shares; s; s = s->next)
        free(s->visible);
    set_unref(c->set);
    arena_free(c->arena);
    free(c->bits);
    free(c->views);
    free(c->releases);
    banners_free(c->banners);
    free(c);
}

int32_t class_id(const struct class *c)
{
    return c->id;
}

struct str class_partner(const struct class *c)
{
    return reader_partner(c->reader);
}

/* With lock held. */
static struct class *find_class(struct visibility *v, const struct registry *reg, struct str json, instant now)
{
    if (!v->set || registry_epoch(v->set->registry) != registry_epoch(reg))
        return NULL;
    for (size_t i = 0; i < v->n_classes; i++) {
        struct class *c = v->classes[i];
        if (c->valid_from <= now && now < c->valid_until && str_eq(c->json, json))
            return class_ref(c);
    }
    return NULL;
}

static void remove_class(struct visibility *v, size_t i)
{
    class_unref(v->classes[i]);
    v->classes[i] = v->classes[--v->n_classes];
}

/* With lock held: takes the place of what stood there for the same reader. */
static void keep_class(struct visibility *v, struct class *c)
{
    for (size_t i = v->n_classes; i > 0; i--)
        if (str_eq(v->classes[i - 1]->json, c->json))
            remove_class(v, i - 1);
    if (v->n_classes == v->classes_cap) {
        v->classes_cap = v->classes_cap ? 2 * v->classes_cap : 16;
        v->classes = memory_resize(v->classes, v->classes_cap * sizeof(struct class *));
    }
    v->classes[v->n_classes++] = class_ref(c);
}

void class_forget(struct visibility *v, struct class *c)
{
    pthread_mutex_lock(&v->lock);
    for (size_t i = v->n_classes; i > 0; i--)
        if (v->classes[i - 1] == c)
            remove_class(v, i - 1);
    pthread_mutex_unlock(&v->lock);
}

void drop_classes(struct visibility *v)
{
    while (v->n_classes)
        remove_class(v, v->n_classes - 1);
}

/* --- deciding --- */

static size_t bits_length(size_t labels)
{
    return (labels / 8 / BITS_STEP + 2) * BITS_STEP;
}

/* PostgreSQL's get_bit counts from the least significant bit of the first byte. */
static void bit_set(uint8_t *bits, int32_t i)
{
    bits[i / 8] = (uint8_t)(bits[i / 8] | 1U << (i % 8));
}

static bool bit_get(const uint8_t *bits, size_t n, int32_t i)
{
    return (size_t)i / 8 < n && (bits[i / 8] & (1U << (i % 8))) != 0;
}

#define VIEWS_PER_BIT_BYTE 8

/* A set being decided. It holds from `at`, the instant all its labels are decided at, until `until`. */
struct decided {
    uint8_t *bits, *exempt;
    size_t n;               /* bytes of each */
    uint8_t *views, *waits; /* VIEWS_PER_BIT_BYTE times as long */
    int32_t delays[VIEW_DELAYS_MAX];
    size_t n_delays;
    int64_t sight;
    instant at, until;
};

static void decided_new(struct decided *d, size_t n, struct arena *arena)
{
    d->n = n;
    d->bits = arena_alloc(arena, n);
    d->exempt = arena_alloc(arena, n);
    d->views = arena_array(arena, n, VIEWS_PER_BIT_BYTE);
    d->waits = arena_array(arena, n, VIEWS_PER_BIT_BYTE);
}

/* False if there is no room for one more delay. */
static bool set_wait(struct decided *d, int32_t label, int64_t delay)
{
    int32_t seconds = (int32_t)(delay / INSTANT_SECOND); /* view_compile reads no fractions */
    size_t i = 0;
    if (!seconds)
        return true;
    while (i < d->n_delays && d->delays[i] != seconds)
        i++;
    if (i == VIEW_DELAYS_MAX)
        return false;
    if (i == d->n_delays)
        d->delays[d->n_delays++] = seconds;
    d->waits[label] = (uint8_t)(i + 1);
    return true;
}

/* Whether the reader is sent another marking than the record's own. */
static bool other_marking(const struct entry *e, const struct verdict *verdict)
{
    return verdict->shown && verdict->shown != e->row.label;
}

bool seen_in(const struct label_set *set, const struct entry *e, const struct verdict *verdict, const struct view **ret)
{
    *ret = verdict->view ? views_find(set->views, verdict->view, e->row.type) : NULL;
    return verdict->permit && (verdict->view ? *ret != NULL : !other_marking(e, verdict));
}

/* What of the verdict a statement has to know is chained into the digest, label by label in the order of their ids. */
static void chain_sight(const struct label_set *set, const struct entry *e, const struct verdict *verdict,
                        struct decided *d)
{
    BUF_CLEANUP struct buf marking = {0};
    if (other_marking(e, verdict))
        label_portion(set->registry, verdict->shown, &marking);
    const struct str parts[] = {{(const char *)&d->sight, sizeof d->sight},
                                {(const char *)&e->row.id, sizeof e->row.id},
                                {(const char *)&verdict->view, sizeof verdict->view},
                                buf_view(&marking)};
    struct digest digest = sha256_parts(parts, sizeof parts / sizeof *parts);
    memcpy(&d->sight, digest.bytes, sizeof d->sight);
    d->sight |= 1; /* never 0: that is "all are seen whole" */
}

static void decide_entry(const struct label_set *set, const struct reader *reader, const struct entry *e,
                         struct decided *d)
{
    struct verdict verdict;
    const struct view *view;
    if (!e->row.label)
        return;
    decide(set->registry, reader, &e->subject, d->at, &verdict);
    if (verdict.valid_until < d->until)
        d->until = verdict.valid_until;
    if (!seen_in(set, e, &verdict, &view) || (view && !set_wait(d, e->row.id, view_delay(view))))
        return;
    bit_set(d->bits, e->row.id);
    if (verdict.time_exempt)
        bit_set(d->exempt, e->row.id);
    d->views[e->row.id] = (uint8_t)verdict.view;
    if (verdict.view || other_marking(e, &verdict))
        chain_sight(set, e, &verdict, d);
}

/* --- a set in the database --- */

/* "{60,3600}"; "" for a class that waits for nothing. */
static struct str delays_text(const struct decided *d, struct arena *arena)
{
    BUF_CLEANUP struct buf b = {0};
    for (size_t i = 0; i < d->n_delays; i++)
        buf_printf(&b, "%s%d", i ? "," : "{", (int)d->delays[i]);
    buf_z(&b, d->n_delays ? "}" : "");
    return arena_str(arena, buf_view(&b));
}

static struct str waits_bytes(const struct decided *d)
{
    return (struct str){(const char *)d->waits, d->n_delays ? d->n * VIEWS_PER_BIT_BYTE : 0};
}

/* --- making a class --- */

static struct class *class_new(struct visibility *v, struct str json)
{
    struct class *c = memory_zeroed(sizeof *c);
    c->refs = 1;
    c->v = v;
    c->set = v->set;
    atomic_fetch_add(&c->set->refs, 1);
    c->arena = arena_new();
    c->json = arena_str(c->arena, json);
    c->reader = reader_read(c->set->registry, c->json, c->arena);
    return c;
}

static void class_bits(struct class *c, const void *bits, size_t n, const void *views, int64_t sight)
{
    c->bits = memory_resize(c->bits, n);
    memcpy(c->bits, bits, n);
    c->bits_n = n;
    c->views = memory_resize(c->views, n * VIEWS_PER_BIT_BYTE);
    memcpy(c->views, views, n * VIEWS_PER_BIT_BYTE);
    c->sight = sight;
    c->decided = c->set->n;
}

/* What another process may have made: true if it is in force at now. */
static int load_class(struct pg *conn, struct class *c, instant now, bool *ret, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, c->json);
    pg_arg_i64(&args, registry_epoch(c->set->registry));
    pg_arg_instant(&args, now);
    int error = pg_exec(
        conn,
        "SELECT class, valid_from, valid_until, bits, views, sight FROM visible WHERE reader = $1 AND epoch = $2"
        " AND valid_from <= $3 AND valid_until > $3",
        &args, &r, fault);
    if (error)
        return error;
    *ret = pg_rows(r) == 1;
    if (*ret) {
        struct str bits = pg_str(r, 0, 3);
        c->id = pg_i32(r, 0, 0);
        c->valid_from = pg_instant(r, 0, 1);
        c->valid_until = pg_instant(r, 0, 2);
        class_bits(c, bits.p, bits.n, pg_str(r, 0, 4).p, pg_i64(r, 0, 5));
    }
    return 0;
}

static int write_class(struct pg *conn, struct class *c, const struct decided *d, struct arena *arena,
                       struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {.arena = arena};
    struct str waits = waits_bytes(d);
    pg_arg_str(&args, c->json);
    pg_arg_i64(&args, registry_epoch(c->set->registry));
    pg_arg_instant(&args, d->at);
    pg_arg_instant(&args, d->until);
    pg_arg_bytes(&args, d->bits, d->n);
    pg_arg_bytes(&args, d->exempt, d->n);
    pg_arg_bytes(&args, d->views, d->n * VIEWS_PER_BIT_BYTE);
    pg_arg_bytes(&args, waits.p, waits.n);
    pg_arg_str(&args, delays_text(d, arena));
    pg_arg_i64(&args, d->sight);
    int error = pg_exec(conn,
                        "INSERT INTO visible (reader, epoch, valid_from, valid_until, bits, exempt, views, waits,"
                        " delays, sight) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULLIF($9, '')::int[], $10)"
                        " ON CONFLICT (reader) DO UPDATE SET epoch = excluded.epoch, valid_from = excluded.valid_from,"
                        " valid_until = excluded.valid_until, bits = excluded.bits, exempt = excluded.exempt,"
                        " views = excluded.views, waits = excluded.waits, delays = excluded.delays,"
                        " sight = excluded.sight RETURNING class",
                        &args, &r, fault);
    if (!error)
        c->id = pg_i32(r, 0, 0);
    return error;
}

static int decide_class(struct pg *conn, struct class *c, instant now, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct decided d = {.at = now, .until = INSTANT_MAX};
    decided_new(&d, bits_length(c->set->n), arena);
    for (size_t i = 0; i < c->set->n; i++)
        decide_entry(c->set, c->reader, c->set->entries[i], &d);
    int error = write_class(conn, c, &d, arena, fault);
    if (error)
        return error;
    c->valid_from = d.at;
    c->valid_until = d.until;
    class_bits(c, d.bits, d.n, d.views, d.sight);
    return 0;
}

/* With slow held. */
static int make_class(struct visibility *v, const struct registry *reg, struct str json, instant now,
                      struct class **ret, struct fault *fault)
{
    PG_CLEANUP struct pg *conn = NULL;
    bool loaded = false;
    int error = pg_take(v->pool, &conn, fault);
    if (!error)
        error = begin_growth(v, conn, reg, fault);
    if (error)
        return error;
    CLASS_CLEANUP struct class *c = class_new(v, json);
    if (!c->reader)
        return fault_set(fault, ERR_STALE, "", "the reader is no longer registered so");
    error = load_class(conn, c, now, &loaded, fault);
    if (!error && !loaded)
        error = decide_class(conn, c, now, fault);
    if (!error)
        error = pg_commit(conn, fault);
    if (error)
        return error;
    pthread_mutex_lock(&v->lock);
    keep_class(v, c);
    pthread_mutex_unlock(&v->lock);
    *ret = class_ref(c);
    return 0;
}

struct class *class_known(struct visibility *v, const struct registry *reg, const struct reader *reader, instant now)
{
    BUF_CLEANUP struct buf json = {0};
    reader_write(reader, &json);
    pthread_mutex_lock(&v->lock);
    struct class *c = find_class(v, reg, buf_view(&json), now);
    pthread_mutex_unlock(&v->lock);
    return c;
}

int class_ensure(struct visibility *v, const struct registry *reg, const struct reader *reader, instant now,
                 struct class **ret, struct fault *fault)
{
    int error = 0;
    struct class *c = class_known(v, reg, reader, now);
    if (!c) {
        BUF_CLEANUP struct buf json = {0};
        reader_write(reader, &json);
        pthread_mutex_lock(&v->slow);
        pthread_mutex_lock(&v->lock);
        c = find_class(v, reg, buf_view(&json), now); /* while we waited */
        pthread_mutex_unlock(&v->lock);
        if (!c)
            error = make_class(v, reg, buf_view(&json), now, &c, fault);
        pthread_mutex_unlock(&v->slow);
    }
    if (!error)
        *ret = c;
    return error;
}

/* --- a class when labels are added --- */

/* One class of the database while labels are added to it. */
struct widened {
    int32_t class;
    struct decided d;
};

enum {
    WIDEN_CLASS,
    WIDEN_READER,
    WIDEN_FROM,
    WIDEN_UNTIL,
    WIDEN_BITS,
    WIDEN_EXEMPT,
    WIDEN_VIEWS,
    WIDEN_WAITS,
    WIDEN_DELAYS,
    WIDEN_SIGHT
};

static void read_decided(const struct pg_result *r, int row, size_t need, struct decided *d, struct arena *arena)
{
    struct str bits = pg_str(r, row, WIDEN_BITS), waits = pg_str(r, row, WIDEN_WAITS);
    int32_t *delays;
    d->at = pg_instant(r, row, WIDEN_FROM);
    d->until = pg_instant(r, row, WIDEN_UNTIL);
    d->sight = pg_i64(r, row, WIDEN_SIGHT);
    decided_new(d, bits.n > need ? bits.n : need, arena);
    memcpy(d->bits, bits.p, bits.n);
    memcpy(d->exempt, pg_str(r, row, WIDEN_EXEMPT).p, bits.n);
    memcpy(d->views, pg_str(r, row, WIDEN_VIEWS).p, bits.n * VIEWS_PER_BIT_BYTE);
    if (pg_null(r, row, WIDEN_DELAYS))
        return;
    memcpy(d->waits, waits.p, waits.n);
    d->n_delays = pg_i32s(r, row, WIDEN_DELAYS, arena, &delays);
    memcpy(d->delays, delays, d->n_delays * sizeof *delays);
}

static struct widened widen_class(struct visibility *v, const struct pg_result *r, int row, const struct growth *g,
                                  struct arena *arena)
{
    struct widened w = {.class = pg_i32(r, row, WIDEN_CLASS)};
    read_decided(r, row, bits_length(v->n + g->n), &w.d, arena);
    const struct reader *reader = reader_read(v->set->registry, pg_str(r, row, WIDEN_READER), arena);
    for (size_t i = 0; reader && i < g->n; i++)
        decide_entry(v->set, reader, g->entries[i], &w.d);
    return w;
}

static int write_widened(struct pg *c, const struct widened *w, int n, struct arena *arena, struct fault *fault)
{
    struct pg_args args = {.arena = arena};
    size_t count = (size_t)n;
    int32_t *classes = arena_array(arena, count, sizeof *classes);
    instant *until = arena_array(arena, count, sizeof *until);
    int64_t *sight = arena_array(arena, count, sizeof *sight);
    enum { BITS, EXEMPT, VIEWS, WAITS, DELAYS, BYTES };
    struct str *bytes[BYTES];
    for (size_t k = 0; k < BYTES; k++)
        bytes[k] = arena_array(arena, count, sizeof(struct str));
    for (size_t i = 0; i < count; i++) {
        const struct decided *d = &w[i].d;
        classes[i] = w[i].class;
        until[i] = d->until;
        sight[i] = d->sight;
        bytes[BITS][i] = (struct str){(const char *)d->bits, d->n};
        bytes[EXEMPT][i] = (struct str){(const char *)d->exempt, d->n};
        bytes[VIEWS][i] = (struct str){(const char *)d->views, d->n * VIEWS_PER_BIT_BYTE};
        bytes[WAITS][i] = waits_bytes(d);
        bytes[DELAYS][i] = delays_text(d, arena);
    }
    pg_arg_i32s(&args, classes, count);
    pg_arg_instants(&args, until, count);
    pg_arg_i64s(&args, sight, count);
    for (size_t k = 0; k < DELAYS; k++)
        pg_arg_byteas(&args, bytes[k], count);
    pg_arg_strs(&args, bytes[DELAYS], count);
    return pg_exec(c,
                   "UPDATE visible v SET valid_until = u.until, sight = u.sight, bits = u.bits, exempt = u.exempt,"
                   " views = u.views, waits = u.waits, delays = NULLIF(u.delays, '')::int[]"
                   " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)"
                   " AS u (class, until, sight, bits, exempt, views, waits, delays) WHERE v.class = u.class",
                   &args, NULL, fault);
}

int widen_classes(struct visibility *v, struct pg *c, const struct growth *g, struct arena *arena, struct widened **ret,
                  int *ret_n, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_i64(&args, registry_epoch(v->set->registry));
    int error = pg_exec(c,
                        "SELECT class, reader, valid_from, valid_until, bits, exempt, views, waits, delays, sight"
                        " FROM visible WHERE epoch = $1",
                        &args, &r, fault);
    if (error)
        return error;
    int n = pg_rows(r);
    struct widened *w = arena_array(arena, (size_t)n, sizeof *w);
    for (int i = 0; i < n; i++)
        w[i] = widen_class(v, r, i, g, arena);
    error = n ? write_widened(c, w, n, arena, fault) : 0;
    if (!error) {
        *ret = w;
        *ret_n = n;
    }
    return error;
}

void take_widened(struct visibility *v, const struct widened *w, int n)
{
    for (size_t i = 0; i < v->n_classes; i++) {
        struct class *c = v->classes[i];
        for (int k = 0; k < n; k++) {
            if (w[k].class != c->id || w[k].d.at != c->valid_from)
                continue;
            c->valid_until = w[k].d.until;
            class_bits(c, w[k].d.bits, w[k].d.n, w[k].d.views, w[k].d.sight);
        }
    }
}

/* --- releases --- */

static void write_member(struct buf *out, const char *name, struct str value)
{
    if (value.n)
        buf_member_text(out, name, value);
}

static void write_obligations(const struct verdict *verdict, struct buf *out)
{
    const char *basis = basis_obligation(verdict->basis);
    if (!basis && !verdict->no_onward)
        return;
    buf_printf(out, ",\"obligations\":[%s%s%s%s%s]", basis ? "\"" : "", basis ? basis : "", basis ? "\"" : "",
               basis && verdict->no_onward ? "," : "", verdict->no_onward ? "\"no-onward\"" : "");
}

static void write_release(const struct entry *e, const struct verdict *verdict, const struct release *release,
                          struct str effective, struct buf *out)
{
    const struct label *label = e->row.label;
    buf_z(out, "\"originator\":");
    buf_json_str(out, e->row.originator);
    buf_z(out, ",\"owners\":[");
    for (size_t i = 0; i < label->owners.n; i++) {
        if (i)
            buf_char(out, ',');
        buf_json_str(out, label->owners.v[i]);
    }
    buf_char(out, ']');
    write_member(out, "effectiveMarking", effective);
    write_member(out, "basis", str_of(basis_name(verdict->basis)));
    write_member(out, "agreement", verdict->agreement);
    write_member(out, "article", verdict->article);
    write_member(out, "grant", verdict->grant);
    write_obligations(verdict, out);
    write_member(out, "view", release->view_code);
}

static void fill_release(struct class *c, const struct entry *e, const struct verdict *verdict, struct release *release)
{
    BUF_CLEANUP struct buf members = {0}, marking = {0};
    bool other = other_marking(e, verdict);
    release->effective =
        effective_label(c->set->registry, other ? verdict->shown : e->row.label, c->reader, verdict, c->arena);
    label_portion(c->set->registry, release->effective, &marking);
    if (other)
        release->marking = arena_str(c->arena, buf_view(&marking));
    if (release->view)
        release->view_code = arena_str(c->arena, verdict->view_code);
    write_release(e, verdict, release, buf_view(&marking), &members);
    release->members = arena_str(c->arena, buf_view(&members));
    release->agreement = arena_str(c->arena, verdict->agreement);
}

static const struct release *make_release(struct class *c, const struct entry *e)
{
    struct release *release = arena_alloc(c->arena, sizeof *release);
    struct verdict verdict;
    *release = (struct release){.row = &e->row,
                                .subject = &e->subject,
                                .members = STR(""),
                                .agreement = STR(""),
                                .view_code = STR("full"),
                                .marking = {NULL, 0}};
    if (!e->row.label)
        return release;
    decide(c->set->registry, c->reader, &e->subject, c->valid_from, &verdict);
    release->owned = codes_has(&e->row.label->owners, reader_partner(c->reader));
    release->permit = seen_in(c->set, e, &verdict, &release->view);
    release->whole = !release->view && !other_marking(e, &verdict);
    fill_release(c, e, &verdict, release);
    return release;
}

/* With lock held; NULL if the label is not known here. */
static const struct release *find_release(struct class *c, int32_t label_id)
{
    size_t i = (size_t)label_id;
    if (label_id < 0 || i >= c->set->n)
        return NULL;
    if (i >= c->releases_n) {
        size_t n = c->set->n + 64;
        c->releases = memory_resize(c->releases, n * sizeof(struct release *));
        memset(c->releases + c->releases_n, 0, (n - c->releases_n) * sizeof(struct release *));
        c->releases_n = n;
    }
    if (!c->releases[i])
        c->releases[i] = make_release(c, c->set->entries[i]);
    return c->releases[i];
}

/* Takes in labels that another process has added. */
static int refresh_labels(struct visibility *v, const struct registry *reg, struct fault *fault)
{
    PG_CLEANUP struct pg *conn = NULL;
    pthread_mutex_lock(&v->slow);
    int error = pg_take(v->pool, &conn, fault);
    if (!error)
        error = begin_growth(v, conn, reg, fault);
    pthread_mutex_unlock(&v->slow);
    return error;
}

int class_release(struct class *c, int32_t label_id, const struct release **ret, struct fault *fault)
{
    for (int tries = 0;; tries++) {
        pthread_mutex_lock(&c->v->lock);
        const struct release *release = find_release(c, label_id);
        pthread_mutex_unlock(&c->v->lock);
        if (release) {
            *ret = release;
            return 0;
        }
        if (tries)
            return fault_set(fault, ERR_STALE, "", "the registers have changed");
        int error = refresh_labels(c->v, c->set->registry, fault);
        if (error)
            return error;
    }
}

void class_alternative(const struct class *c, const struct release *release, instant created, struct buf *out)
{
    if (release->effective != release->row->label)
        stanag4774_write(c->set->registry, release->effective, STANAG4774_ALTERNATIVE, created, out);
}

/* --- estimates --- */

#define PARTITIONS_USUAL 50 /* of a type, until they have been counted */

static void note_view(const struct class *c, struct share *s, const struct raw *raw)
{
    unsigned view = c->views[raw->row.id];
    s->views[view] = views_find(c->set->views, view, raw->row.type);
    s->most_view = view > s->most_view ? view : s->most_view;
}

static void add_visible(struct share *s, int32_t label)
{
    if (s->n_visible == s->visible_room) {
        s->visible_room = s->visible_room ? 2 * s->visible_room : 16;
        s->visible = memory_resize(s->visible, s->visible_room * sizeof *s->visible);
    }
    s->visible[s->n_visible++] = label;
}

static void count_share(const struct class *c, struct share *s)
{
    int64_t seen = 0;
    s->labels = c->set->n;
    s->records = atomic_load(&s->total->records);
    s->n_visible = 0;
    s->most_view = 0;
    memset(s->views, 0, sizeof s->views);
    for (size_t i = 0; i < c->decided; i++) {
        const struct raw *raw = c->set->entries[i]->raw;
        if (raw->total != s->total || !bit_get(c->bits, c->bits_n, raw->row.id))
            continue;
        add_visible(s, raw->row.id);
        note_view(c, s, raw);
        seen += atomic_load(&raw->records);
    }
    s->share = s->records > 0 ? (double)seen / (double)s->records : 0;
}

static struct share *find_share(struct class *c, struct type_total *total)
{
    for (struct share *s = c->shares; s; s = s->next)
        if (s->total == total)
            return s;
    struct share *s = arena_alloc(c->arena, sizeof *s);
    *s = (struct share){.total = total, .labels = SIZE_MAX, .next = c->shares};
    c->shares = s;
    return s;
}

/* With lock held. Counted anew when a label was added or the type has grown by a quarter. */
static struct share *fresh_share(struct class *c, struct str type)
{
    struct share *s = find_share(c, total_of(c->v, type));
    int64_t records = atomic_load(&s->total->records);
    if (s->labels != c->set->n || records > s->records + s->records / 4 + 100)
        count_share(c, s);
    return s;
}

double class_share(struct class *c, struct str type, size_t *ret_labels)
{
    pthread_mutex_lock(&c->v->lock);
    const struct share *s = fresh_share(c, type);
    double share = s->share;
    *ret_labels = s->n_visible;
    pthread_mutex_unlock(&c->v->lock);
    return share;
}

double class_share_of(struct class *c, struct str type, bool (*wanted)(const void *ctx, const struct label_row *row),
                      const void *ctx, size_t *ret_labels)
{
    int64_t seen = 0;
    *ret_labels = 0;
    pthread_mutex_lock(&c->v->lock);
    const struct share *s = fresh_share(c, type);
    int64_t records = atomic_load(&s->total->records);
    for (size_t i = 0; i < s->n_visible; i++) {
        const struct raw *raw = c->set->entries[s->visible[i]]->raw;
        if (!wanted(ctx, &raw->row))
            continue;
        ++*ret_labels;
        seen += atomic_load(&raw->records);
    }
    pthread_mutex_unlock(&c->v->lock);
    return records > 0 ? (double)seen / (double)records : 0;
}

int64_t class_records(struct class *c, struct str type, int64_t *ret_partitions)
{
    pthread_mutex_lock(&c->v->lock);
    const struct type_total *total = total_of(c->v, type);
    int64_t records = atomic_load(&total->records);
    *ret_partitions = total->partitions ? total->partitions : PARTITIONS_USUAL;
    pthread_mutex_unlock(&c->v->lock);
    return records;
}

size_t class_labels(struct class *c, struct str type, bool (*wanted)(const void *ctx, const struct label_row *row),
                    const void *ctx, struct arena *arena, const int32_t **ret, int32_t *ret_decided)
{
    size_t n = 0;
    pthread_mutex_lock(&c->v->lock);
    const struct share *s = fresh_share(c, type);
    int32_t *labels = arena_array(arena, s->n_visible, sizeof *labels);
    for (size_t i = 0; i < s->n_visible; i++)
        if (!wanted || wanted(ctx, &c->set->entries[s->visible[i]]->raw->row))
            labels[n++] = s->visible[i];
    *ret_decided = (int32_t)c->decided;
    pthread_mutex_unlock(&c->v->lock);
    *ret = labels;
    return n;
}

#define SLOW_WHILE INSTANT_SECOND

void class_lists_slowly(struct class *c)
{
    atomic_store(&c->slow_until, clock_monotonic() + SLOW_WHILE);
}

bool class_lists_were_slow(const struct class *c)
{
    return clock_monotonic() < atomic_load(&c->slow_until);
}

/* --- sights --- */

static void find_markings(struct class *c, struct str type, struct arena *arena, struct sight *ret)
{
    struct sight_marking *markings = arena_array(arena, c->set->n, sizeof *markings);
    size_t n = 0;
    for (size_t i = 0; i < c->set->n; i++) {
        const struct label_row *row = &c->set->entries[i]->row;
        const struct release *release =
            str_eq(row->type, type) && bit_get(c->bits, c->bits_n, row->id) ? find_release(c, row->id) : NULL;
        if (release && release->marking.p)
            markings[n++] = (struct sight_marking){row->id, arena_str(arena, release->marking)};
    }
    ret->markings = markings;
    ret->n_markings = n;
}

void class_sight(struct class *c, struct str type, bool markings, struct arena *arena, struct sight *ret)
{
    *ret = (struct sight){.marked = markings};
    pthread_mutex_lock(&c->v->lock);
    ret->stamp = c->sight;
    if (c->sight) {
        const struct share *s = fresh_share(c, type);
        ret->most = s->most_view;
        memcpy(ret->views, s->views, sizeof ret->views);
    }
    if (c->sight && markings)
        find_markings(c, type, arena, ret);
    pthread_mutex_unlock(&c->v->lock);
}
