#include "geojson.h"
#include "json.h"

#include <math.h>
#include <stdlib.h>

#define RING_MAX (H3_VERTICES_MAX + 6) /* with what a pole and the antimeridian add */

/* Longitudes that go on beyond 180, so that places next to each other have numbers next to each other. */
struct ring {
    struct geo at[RING_MAX];
    size_t n;
    int pole; /* that it goes around: 1 the North Pole, -1 the South Pole, 0 none */
};

static double near_to(double longitude, double other)
{
    return other + remainder(longitude - other, 360);
}

static int pole_of(h3_cell cell)
{
    for (int sign = -1; sign <= 1; sign += 2)
        if (h3_at((struct geo){90 * sign, 0}, h3_resolution(cell)) == cell)
            return sign;
    return 0;
}

static int eastwards(const void *a, const void *b)
{
    const struct geo *x = a, *y = b;
    return (x->longitude > y->longitude) - (x->longitude < y->longitude);
}

static struct ring ring_of(h3_cell cell)
{
    struct ring r = {.pole = pole_of(cell)};
    struct geo centre = h3_centre(cell);
    r.n = h3_boundary(cell, r.at);
    for (size_t i = 0; i < r.n && !r.pole; i++)
        r.at[i].longitude = near_to(r.at[i].longitude, centre.longitude);
    if (r.pole)
        qsort(r.at, r.n, sizeof *r.at, eastwards);
    return r;
}

/* ---- boxes ---- */

static bool take_degrees(struct str *rest, double most, double *ret)
{
    struct json_number number;
    const char *comma = rest->n ? memchr(rest->p, ',', rest->n) : NULL;
    struct str one = {rest->p, comma ? (size_t)(comma - rest->p) : rest->n};
    *rest = comma ? (struct str){comma + 1, rest->n - one.n - 1} : (struct str){0};
    return json_number_parse(one, &number) && json_number_double(&number, ret) && fabs(*ret) <= most;
}

bool geo_box_read(struct str text, struct geo_box *ret)
{
    return take_degrees(&text, 180, &ret->west) && take_degrees(&text, 90, &ret->south) &&
           take_degrees(&text, 180, &ret->east) && take_degrees(&text, 90, &ret->north) && !text.p &&
           ret->south <= ret->north;
}

/* Whether two spans of longitude meet, of which one may be so many whole turns away. */
static bool spans_meet(double west, double east, double other_west, double other_east)
{
    for (int turn = -360; turn <= 360; turn += 360)
        if (west + turn <= other_east && other_west <= east + turn)
            return true;
    return false;
}

static double unwound_east(const struct geo_box *box)
{
    return box->west > box->east ? box->east + 360 : box->east;
}

bool geo_box_holds(const struct geo_box *box, struct geo place)
{
    return place.latitude >= box->south && place.latitude <= box->north &&
           spans_meet(box->west, unwound_east(box), place.longitude, place.longitude);
}

bool geo_box_meets(const struct geo_box *box, h3_cell cell)
{
    struct ring r = ring_of(cell);
    struct geo_box b = {r.at[0].longitude, r.at[0].latitude, r.at[0].longitude, r.at[0].latitude};
    for (size_t i = 1; i < r.n; i++) {
        b.west = fmin(b.west, r.at[i].longitude);
        b.east = fmax(b.east, r.at[i].longitude);
        b.south = fmin(b.south, r.at[i].latitude);
        b.north = fmax(b.north, r.at[i].latitude);
    }
    if (r.pole)
        b = (struct geo_box){-180, r.pole < 0 ? -90 : b.south, 180, r.pole > 0 ? 90 : b.north};
    return b.south <= box->north && box->south <= b.north && spans_meet(box->west, unwound_east(box), b.west, b.east);
}

/* ---- geometries ---- */

static void write_place(struct geo g, struct buf *out)
{
    buf_printf(out, "[%.7f,%.7f]", g.longitude, g.latitude);
}

/* Closed, moved by so many degrees. */
static void write_ring(const struct ring *r, double by, struct buf *out)
{
    buf_z(out, "[[");
    for (size_t i = 0; i <= r->n; i++) {
        struct geo g = r->at[i % r->n];
        if (i)
            buf_char(out, ',');
        write_place((struct geo){g.latitude, g.longitude + by}, out);
    }
    buf_z(out, "]]");
}

static void write_polygon(const struct ring *r, struct buf *out)
{
    buf_z(out, "{\"type\":\"Polygon\",\"coordinates\":");
    write_ring(r, 0, out);
    buf_char(out, '}');
}

static void add(struct ring *r, double latitude, double longitude)
{
    r->at[r->n++] = (struct geo){latitude, longitude};
}

static double latitude_between(struct geo a, struct geo b, double longitude)
{
    return a.latitude + (b.latitude - a.latitude) * (longitude - a.longitude) / (b.longitude - a.longitude);
}

/* From -180 to 180 along the boundary, and back along the pole: what is around a pole is all longitudes wide. */
static struct ring around_pole(const struct ring *r)
{
    struct ring out = {0};
    struct geo first = r->at[0], last = r->at[r->n - 1];
    last.longitude -= 360;
    double seam = latitude_between(last, first, -180);
    add(&out, seam, -180);
    for (size_t i = 0; i < r->n; i++)
        out.at[out.n++] = r->at[i];
    add(&out, seam, 180);
    add(&out, 90 * r->pole, 180);
    add(&out, 90 * r->pole, -180);
    for (size_t i = 0; i < out.n / 2 && r->pole < 0; i++) { /* counterclockwise as well */
        struct geo swapped = out.at[i];
        out.at[i] = out.at[out.n - 1 - i];
        out.at[out.n - 1 - i] = swapped;
    }
    return out;
}

/* What of a ring is on one side of a meridian: sign 1 east of it, -1 west. */
static struct ring side_of(const struct ring *r, double meridian, int sign)
{
    struct ring out = {0};
    for (size_t i = 0; i < r->n; i++) {
        struct geo a = r->at[i], b = r->at[(i + 1) % r->n];
        bool in = sign * (a.longitude - meridian) >= 0, next = sign * (b.longitude - meridian) >= 0;
        if (in)
            out.at[out.n++] = a;
        if (in != next)
            add(&out, latitude_between(a, b, meridian), meridian);
    }
    return out;
}

static void write_cut(const struct ring *r, double meridian, struct buf *out)
{
    struct ring west = side_of(r, meridian, -1), east = side_of(r, meridian, 1);
    buf_z(out, "{\"type\":\"MultiPolygon\",\"coordinates\":[");
    write_ring(&west, meridian < 0 ? 360 : 0, out);
    buf_char(out, ',');
    write_ring(&east, meridian > 0 ? -360 : 0, out);
    buf_z(out, "]}");
}

void geojson_cell(h3_cell cell, struct buf *out)
{
    struct ring r = ring_of(cell);
    double meridian = 0;
    if (r.pole)
        r = around_pole(&r);
    for (size_t i = 0; i < r.n; i++)
        if (fabs(r.at[i].longitude) > 180)
            meridian = copysign(180, r.at[i].longitude);
    if (meridian == 0)
        write_polygon(&r, out);
    else
        write_cut(&r, meridian, out);
}
