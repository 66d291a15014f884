#include "random_world.h"

#include <stdio.h>

const char *const world_partners[WORLD_PARTNERS] = {"AAA", "BBB", "CCC", "DDD", "EEE", "FFF"};
static const char *const communities[] = {"ALLY", "PACT", "WEST"};
static const char *const policies[] = {"AAA", "BBB"};
static const char *const levels[] = {"U", "C", "S", "TS"};
static const char *const caveats[] = {"SI", "TK", "XX"};
static const char *const types[] = {"elset", "gnssadvisory"};
static const char *const modes[] = {"REAL", "TEST"};
static const char *const roles[] = {"node", "operator", "fdo", "auditor"};
#define COUNT(a) (sizeof(a) / sizeof *(a))

/* splitmix64 */
uint64_t random_bits(struct random *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

size_t random_below(struct random *r, size_t n)
{
    return (size_t)(random_bits(r) % n);
}

bool random_chance(struct random *r, unsigned percent)
{
    return random_below(r, 100) < percent;
}

instant random_instant(struct random *r)
{
    return at("2026-01-01") + (instant)random_below(r, WORLD_INSTANTS) * 30 * INSTANT_DAY;
}

#define PICK(r, a) ((a)[random_below((r), COUNT(a))])

/* Names of `from`, each with the chance, as JSON strings; at least one if some. */
static void add_some(struct random *r, struct buf *out, const char *const *from, size_t n, unsigned percent, bool some)
{
    size_t sure = some ? random_below(r, n) : n, added = 0;
    buf_char(out, '[');
    for (size_t i = 0; i < n; i++)
        if (random_chance(r, percent) || i == sure)
            buf_printf(out, "%s\"%s\"", added++ ? "," : "", from[i]);
    buf_char(out, ']');
}

static void add_term(struct random *r, struct buf *out)
{
    instant from = random_instant(r), until = random_instant(r);
    if (from > until) {
        instant t = from;
        from = until;
        until = t;
    }
    if (random_chance(r, 60)) {
        buf_z(out, "\"from\":\"");
        buf_instant(out, from);
        buf_z(out, "\",");
    }
    if (random_chance(r, 50)) {
        buf_z(out, "\"until\":\"");
        buf_instant(out, until + INSTANT_DAY);
        buf_z(out, "\",");
    }
    switch (random_below(r, 4)) {
    case 0: buf_z(out, "\"backfill\":\"none\""); break;
    case 1:
        buf_z(out, "\"backfill\":\"");
        buf_instant(out, random_instant(r));
        buf_char(out, '"');
        break;
    default: buf_z(out, "\"backfill\":\"all\"");
    }
}

static void add_levels(struct random *r, struct buf *out, const char *name, size_t least)
{
    buf_printf(out, "\"%s\":{", name);
    for (size_t i = 0, added = 0; i < COUNT(policies); i++)
        if (random_chance(r, 85))
            buf_printf(out, "%s\"%s\":\"%s\"", added++ ? "," : "", policies[i],
                       levels[least + random_below(r, 4 - least)]);
    buf_char(out, '}');
}

/* Complete and ascending tables: only for such does the law on levels hold. */
static void add_equivalences(struct random *r, struct buf *out)
{
    size_t as = 1;
    buf_z(out, "\"equivalence\":[");
    for (size_t level = 1; level < COUNT(levels) && as < COUNT(levels); level++) {
        buf_printf(out, "%s{\"policy\":\"AAA\",\"level\":\"%s\",\"as\":{\"policy\":\"BBB\",\"level\":\"%s\"}}",
                   level > 1 ? "," : "", levels[level], levels[as]);
        as += random_below(r, 2);
    }
    buf_z(out, "],");
}

/* Every view is defined for elset, every second one for the other type, too. */
size_t random_view(struct random *r, struct str type)
{
    size_t v = random_below(r, WORLD_VIEWS);
    return str_is(type, "elset") ? v : v & ~(size_t)1;
}

static void add_views(struct random *r, struct buf *out)
{
    buf_z(out, "\"views\":[");
    for (size_t i = 0; i < WORLD_VIEWS; i++) {
        buf_printf(out, "%s{\"code\":\"V%zu\",\"title\":\"t\",\"reduces\":[", i ? "," : "", i);
        for (size_t k = 0, n = 0; k < i; k++)
            if (random_chance(r, 40))
                buf_printf(out, "%s\"V%zu\"", n++ ? "," : "", k);
        buf_z(out, "],\"types\":{\"elset\":[{}]");
        buf_z(out, i % 2 ? "}}" : ",\"gnssadvisory\":[{}]}}");
    }
    buf_z(out, "],");
}

static void add_agreement_views(struct random *r, struct buf *out)
{
    static const char *const names[] = {"*", "elset", "gnssadvisory"};
    buf_z(out, "\"views\":{");
    for (size_t i = 0, n = 0; i < COUNT(names); i++)
        if (random_chance(r, 35))
            buf_printf(out, "%s\"%s\":\"V%zu\"", n++ ? "," : "", names[i],
                       random_view(r, str_of(i == 2 ? names[i] : "elset")));
    buf_z(out, "},");
}

static void add_agreement(struct random *r, struct buf *out, size_t i, const struct world_shape *shape)
{
    buf_printf(out, "{\"id\":\"G%zu\",\"title\":\"t\",\"precedence\":%zu,", shape->agreement_ids[i],
               shape->reversed ? WORLD_AGREEMENTS - i : i);
    add_agreement_views(r, out);
    buf_printf(out, "\"thirdParty\":\"%s\",\"providers\":", random_chance(r, 30) ? "forbidden" : "allowed");
    add_some(r, out, world_partners, WORLD_PARTNERS, 60, true);
    buf_z(out, ",\"recipients\":");
    add_some(r, out, world_partners, WORLD_PARTNERS, 60, true);
    buf_z(out, ",\"types\":");
    if (random_chance(r, 50))
        buf_z(out, "[\"*\"]");
    else
        add_some(r, out, types, COUNT(types), 70, true);
    buf_z(out, ",\"dataModes\":");
    add_some(r, out, modes, COUNT(modes), 80, true);
    buf_z(out, ",\"highest\":{\"AAA\":");
    buf_printf(out, "\"%s\",\"BBB\":\"%s\"},", levels[1 + random_below(r, 3)], levels[1 + random_below(r, 3)]);
    add_levels(r, out, "default", 0);
    buf_char(out, ',');
    if (random_chance(r, 60))
        add_equivalences(r, out);
    buf_printf(out, "\"status\":\"%s\",", random_chance(r, 85) && shape->in_force ? "inForce" : "suspended");
    add_term(r, out);
    buf_char(out, '}');
}

/* Every partner warns of elsets in some view, half of them of the other type, too. */
static void add_partner(struct random *r, struct buf *out, size_t i)
{
    buf_printf(out,
               "%s{\"code\":\"%s\",\"name\":\"n\",\"policy\":\"%s\",\"trustDomain\":\"%c.example\",\"dutyToWarn\":[",
               i ? "," : "", world_partners[i], policies[i % 2], 'a' + (int)i);
    for (size_t t = 0; t < 1 + i % 2; t++)
        buf_printf(out,
                   "%s{\"type\":\"%s\",\"field\":\"f\",\"above\":1,\"view\":\"V%zu\",\"catalogues\":[%s],"
                   "\"classificationMarking\":\"%s\"}",
                   t ? "," : "", types[t], random_view(r, str_of(types[t])), random_chance(r, 80) ? "\"AAA\"" : "",
                   levels[random_below(r, 2)]);
    buf_z(out, "]}");
}

static void add_profiles(struct random *r, struct buf *out)
{
    buf_z(out, "\"profiles\":[");
    for (size_t i = 0; i < COUNT(policies); i++)
        buf_printf(out,
                   "%s{\"policy\":\"%s\",\"caveats\":[\"SI\",\"TK\"%s],\"levels\":["
                   "{\"portion\":\"U\",\"banner\":\"UNCLASSIFIED\"},{\"portion\":\"C\",\"banner\":\"CONFIDENTIAL\"},"
                   "{\"portion\":\"S\",\"banner\":\"SECRET\"},{\"portion\":\"TS\",\"banner\":\"TOP SECRET\"}]}",
                   i ? "," : "", policies[i], i ? "" : ",\"XX\"");
    buf_z(out, "],\"partners\":[");
    for (size_t i = 0; i < WORLD_PARTNERS; i++)
        add_partner(r, out, i);
}

static void add_communities(struct random *r, struct buf *out)
{
    buf_z(out, "],\"communities\":[");
    for (size_t i = 0; i < COUNT(communities); i++) {
        buf_printf(out, "%s{\"code\":\"%s\",\"name\":\"n\",\"members\":[", i ? "," : "", communities[i]);
        for (size_t p = 0, added = 0; p < WORLD_PARTNERS; p++) {
            if (!random_chance(r, 60))
                continue;
            buf_printf(out, "%s{\"partner\":\"%s\",", added++ ? "," : "", world_partners[p]);
            add_term(r, out);
            buf_char(out, '}');
        }
        buf_z(out, "]}");
    }
}

static void add_principals(struct random *r, struct buf *out)
{
    buf_z(out, "],\"principals\":[");
    for (size_t i = 0; i < 3 * WORLD_PARTNERS; i++) {
        size_t p = i % WORLD_PARTNERS;
        buf_printf(out, "%s{\"id\":\"spiffe://%c.example/%s/p%zu\",\"partner\":\"%s\",\"active\":%s,", i ? "," : "",
                   'a' + (int)p, PICK(r, roles), i, world_partners[p], random_chance(r, 92) ? "true" : "false");
        add_levels(r, out, "clearances", 1);
        buf_z(out, ",\"caveats\":");
        add_some(r, out, caveats, COUNT(caveats), 60, false);
        buf_z(out, ",\"dataModes\":");
        add_some(r, out, modes, COUNT(modes), 80, true);
        buf_printf(out, ",\"display\":%s}", random_chance(r, 50) ? "true" : "false");
    }
}

static void add_grants(struct random *r, struct buf *out)
{
    buf_z(out, "],\"grants\":[");
    for (size_t i = 0; i < WORLD_GRANTS; i++) {
        size_t owner = random_below(r, WORLD_PARTNERS), to = (owner + 1 + random_below(r, 5)) % WORLD_PARTNERS;
        instant from = random_instant(r);
        buf_printf(out, "%s{\"id\":\"R%zu\",\"owner\":\"%s\",\"recipient\":\"%s\",\"from\":\"", i ? "," : "", i,
                   world_partners[owner], world_partners[to]);
        buf_instant(out, from);
        buf_z(out, "\",\"until\":\"");
        buf_instant(out, from + (instant)(1 + random_below(r, 6)) * 30 * INSTANT_DAY);
        const char *type = PICK(r, types);
        buf_printf(out, "\",\"onward\":%s,\"scope\":{\"type\":\"%s\"}", random_chance(r, 50) ? "true" : "false", type);
        if (random_chance(r, 50))
            buf_printf(out, ",\"view\":\"V%zu\"", random_view(r, str_of(type)));
        buf_char(out, '}');
    }
    buf_z(out, "],\"operators\":[");
    for (size_t i = 0, n = 0; i < WORLD_PARTNERS; i++)
        if (random_chance(r, 85))
            buf_printf(out, "%s{\"object\":\"1\",\"partner\":\"%s\",\"acceptedBy\":\"AAA\"}", n++ ? "," : "",
                       world_partners[i]);
}

void random_policy(struct random *r, const struct world_shape *shape, struct buf *out)
{
    buf_z(out, "{\"relto\":\"policy/1\",");
    add_views(r, out);
    add_profiles(r, out);
    add_communities(r, out);
    buf_z(out, "],\"agreements\":[");
    for (size_t i = 0; i < WORLD_AGREEMENTS; i++) {
        buf_z(out, i ? "," : "");
        add_agreement(r, out, i, shape);
    }
    add_principals(r, out);
    add_grants(r, out);
    buf_z(out, "]}");
}

/* --- subjects --- */

static struct codes some(struct random *r, struct arena *arena, const char *const *from, size_t n, unsigned percent)
{
    struct str *v = arena_array(arena, n, sizeof *v);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (random_chance(r, percent))
            v[kept++] = str_of(from[i]);
    return (struct codes){kept, v};
}

static struct codes parties(struct random *r, struct arena *arena, unsigned percent)
{
    const char *all[WORLD_PARTNERS + COUNT(communities)];
    memcpy(all, world_partners, sizeof world_partners);
    memcpy(all + WORLD_PARTNERS, communities, sizeof communities);
    return some(r, arena, all, COUNT(all), percent);
}

static struct codes owners(struct random *r, struct arena *arena)
{
    struct str *v = arena_array(arena, 2, sizeof *v);
    size_t first = random_below(r, WORLD_PARTNERS), second = random_below(r, WORLD_PARTNERS);
    v[0] = str_of(world_partners[first]);
    v[1] = str_of(world_partners[second]);
    return (struct codes){first == second || random_chance(r, 75) ? 1 : 2, v};
}

static struct label *random_plain_label(struct random *r, struct arena *arena)
{
    struct label *l = arena_alloc(arena, sizeof *l);
    *l = (struct label){
        .policy = str_of(PICK(r, policies)), .level = str_of(PICK(r, levels)), .owners = owners(r, arena)};
    l->joint = l->owners.n > 1 && random_chance(r, 50);
    l->caveats = some(r, arena, caveats, 2, 15);
    l->orcon = random_chance(r, 10);
    l->fgi = random_chance(r, 15) ? some(r, arena, world_partners, WORLD_PARTNERS, 25) : (struct codes){0};
    size_t shape = random_below(r, 10);
    l->mode = shape < 4              ? RELEASE_NONE
              : shape < 9            ? RELEASE_REL
              : random_chance(r, 50) ? RELEASE_NOFORN
                                     : RELEASE_PUBLIC;
    if (l->mode != RELEASE_REL)
        return l;
    l->rel = parties(r, arena, 40);
    l->display = random_chance(r, 30) ? parties(r, arena, 30) : (struct codes){0};
    l->except = random_chance(r, 10) ? some(r, arena, world_partners, WORLD_PARTNERS, 30) : (struct codes){0};
    l->relido = random_chance(r, 10);
    return l;
}

/* As the whole: with the owners of the whole, in the order of their views. */
const struct release_view *random_release_views(struct random *r, struct arena *arena, const struct label *whole,
                                                size_t n)
{
    struct release_view *v = arena_array(arena, n, sizeof *v);
    size_t first = random_below(r, WORLD_VIEWS - n + 1);
    for (size_t i = 0; i < n; i++) {
        struct label *l = random_plain_label(r, arena);
        l->owners = whole->owners;
        l->joint = whole->joint;
        v[i] = (struct release_view){str_of(arena_printf(arena, "V%zu", first + i)), l};
    }
    return v;
}

struct label *random_label(struct random *r, struct arena *arena)
{
    struct label *l = random_plain_label(r, arena);
    l->n_release_views = random_chance(r, 25) ? 1 + random_below(r, 2) : 0;
    l->release_views = random_release_views(r, arena, l, l->n_release_views);
    return l;
}

/* Some that the registers have not, too, and warnings. */
struct str random_grant(struct random *r, struct arena *arena, struct str owner, struct str type)
{
    if (random_chance(r, 35))
        return str_of(arena_printf(arena, "warn/%.*s/%.*s/%s/%c", STR_ARG(owner), STR_ARG(type),
                                   PICK(r, world_partners), random_chance(r, 95) ? '1' : '2'));
    return str_of(arena_printf(arena, "R%zu", random_below(r, WORLD_GRANTS + 1)));
}

static const struct str *grants(struct random *r, struct arena *arena, const struct subject *s, size_t *ret_n)
{
    struct str *g = arena_array(arena, 4, sizeof *g);
    *ret_n = random_chance(r, 25) ? 1 + random_below(r, 4) : 0;
    for (size_t i = 0; i < *ret_n; i++)
        g[i] = random_grant(r, arena, s->originator, s->type);
    return g;
}

struct subject *random_subject(struct random *r, struct arena *arena, unsigned parts)
{
    struct subject *s = arena_alloc(arena, sizeof *s), **part = arena_array(arena, 2, sizeof(struct subject *));
    *s = (struct subject){.label = random_label(r, arena),
                          .type = str_of(PICK(r, types)),
                          .data_mode = str_of(PICK(r, modes)),
                          .ingested_at = random_instant(r) + (instant)random_below(r, 3) - 1,
                          .embargo_until = random_chance(r, 15) ? random_instant(r) : INSTANT_MIN,
                          .expires = random_chance(r, 15) ? random_instant(r) : INSTANT_MAX,
                          .recalled = random_chance(r, 3)};
    s->originator = s->label->owners.v[0];
    s->grants = grants(r, arena, s, &s->n_grants);
    if (parts && random_chance(r, 25))
        s->n_parts = 1 + random_below(r, 2);
    for (size_t i = 0; i < s->n_parts; i++)
        part[i] = random_subject(r, arena, parts - 1);
    s->parts = (const struct subject *const *)part;
    return s;
}

const struct reader *random_reader(struct random *r, const struct registry *reg)
{
    const struct principal *const *all;
    size_t n = registry_principals(reg, &all);
    return principal_reader(all[random_below(r, n)]);
}
