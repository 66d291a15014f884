/* The H3 grid. An icosahedron around the Earth has a plane with a lattice of hexagons on each of its twenty faces; a
 * cell's index names one of 122 cells of the coarsest lattice, and for each finer one, turned by 19 degrees and
 * sevenfold, in which of the seven directions to go on. Places on the lattice are Eisenstein integers a + b·ω with ω =
 * e^(i·120°): of these finer lattices are multiples, and turns by 60 degrees are products with their six units.
 *
 * The centre of a face is 0, its vertices are 2, 2ω and 2ω². What lies beyond an edge lies on the next face, as if both
 * were of paper and laid flat. Around a vertex there are five faces and not six: the cells there are pentagons, without
 * the second of the directions. */
#include "h3.h"
#include "digest.h"

#include <complex.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { FACES = 20, BASE_CELLS = 122, DIGITS = 7, UNUSED = 7 };
enum { CENTRE = 0, DELETED = 1, HOMEWARD = 3, BEYOND = 5 }; /* directions, as a pentagon's home face has them */

#define DEGREE (M_PI / 180)
#define TURN (0.5 + 0.86602540378443864676 * I) /* by 60 degrees */
#define LENGTH 0.38196601125010515180           /* of 1 on the plane that touches the sphere: (3 - √5) / 2 */

struct eisenstein {
    int64_t a, b;
};

struct vector {
    double x, y, z;
};

static const struct vector vertices[] = {
    {0.4201524267087102, 0.0781452494027831, 0.9040825506150192},
    {0.5188367303273642, 0.8354203803782358, 0.1813318375572625},
    {-0.4146822253203351, 0.6559624054348007, 0.6306758078914753},
    {-0.5154559599440421, -0.3817168982871328, 0.7672009925177474},
    {0.3557814025329445, -0.8435800024661783, 0.4022342266029256},
    {0.9950094394362415, -0.0913477952764282, 0.0401471758771666},
    {-0.3557814025329446, 0.8435800024661781, -0.4022342266029255},
    {-0.9950094394362416, 0.0913477952764280, -0.0401471758771666},
    {-0.5188367303273643, -0.8354203803782361, -0.1813318375572624},
    {0.4146822253203351, -0.6559624054348006, -0.6306758078914753},
    {0.5154559599440419, 0.3817168982871331, -0.7672009925177475},
    {-0.4201524267087100, -0.0781452494027830, -0.9040825506150193},
};

/* Its vertices, counterclockwise; the first is the one at 2. */
static const uint8_t faces[FACES][3] = {
    {0, 1, 2},  {0, 2, 3},  {0, 3, 4},  {0, 4, 5},  {0, 5, 1},   {6, 2, 1},   {7, 3, 2},
    {8, 4, 3},  {9, 5, 4},  {10, 1, 5}, {2, 6, 7},  {3, 7, 8},   {4, 8, 9},   {5, 9, 10},
    {1, 10, 6}, {11, 7, 6}, {11, 8, 7}, {11, 9, 8}, {11, 10, 9}, {11, 6, 10},
};

/* The home of each cell of resolution 0: a face, and a place on it. */
static const struct base {
    int face;
    struct eisenstein at;
} bases[BASE_CELLS] = {
    {1, {1, 0}},    {2, {1, 1}},    {1, {0, 0}},   {2, {1, 0}},    {0, {2, 0}},    {1, {1, 1}},    {1, {-1, -1}},
    {2, {0, 0}},    {0, {1, 0}},    {2, {0, 1}},   {1, {0, 1}},    {1, {-1, 0}},   {3, {1, 0}},    {3, {1, 1}},
    {11, {2, 0}},   {4, {1, 0}},    {0, {0, 0}},   {6, {0, 1}},    {0, {-1, -1}},  {2, {-1, 0}},   {7, {-1, -1}},
    {2, {-1, -1}},  {0, {1, 1}},    {6, {-1, -1}}, {10, {2, 0}},   {6, {0, 0}},    {3, {0, 0}},    {11, {1, 0}},
    {4, {1, 1}},    {3, {0, 1}},    {0, {-1, 0}},  {4, {0, 0}},    {5, {0, 1}},    {0, {0, 1}},    {7, {0, 1}},
    {11, {1, 1}},   {7, {0, 0}},    {10, {1, 0}},  {12, {2, 0}},   {6, {0, -1}},   {7, {0, -1}},   {4, {-1, -1}},
    {3, {-1, -1}},  {3, {-1, 0}},   {4, {0, 1}},   {6, {1, 0}},    {11, {0, 0}},   {8, {-1, -1}},  {5, {-1, -1}},
    {14, {2, 0}},   {5, {0, 0}},    {12, {1, 0}},  {10, {1, 1}},   {4, {-1, 0}},   {12, {1, 1}},   {7, {1, 0}},
    {11, {0, 1}},   {10, {0, 0}},   {13, {2, 0}},  {10, {-1, -1}}, {11, {-1, -1}}, {9, {0, 1}},    {8, {0, 1}},
    {6, {2, 0}},    {8, {0, 0}},    {9, {-1, -1}}, {14, {1, 0}},   {5, {0, -1}},   {16, {-1, 0}},  {8, {0, -1}},
    {5, {1, 0}},    {12, {0, 0}},   {7, {2, 0}},   {12, {0, 1}},   {10, {0, 1}},   {9, {0, 0}},    {13, {1, 0}},
    {16, {-1, -1}}, {15, {-1, 0}},  {15, {0, 1}},  {16, {0, 1}},   {14, {1, 1}},   {13, {1, 1}},   {5, {2, 0}},
    {8, {1, 0}},    {14, {0, 0}},   {9, {0, -1}},  {14, {-1, -1}}, {17, {-1, -1}}, {12, {-1, -1}}, {16, {0, 0}},
    {17, {-1, 0}},  {15, {-1, -1}}, {16, {0, -1}}, {9, {1, 0}},    {15, {0, 0}},   {13, {0, 0}},   {8, {2, 0}},
    {13, {0, 1}},   {17, {0, -1}},  {19, {0, 1}},  {14, {0, 1}},   {19, {-1, 0}},  {17, {0, 1}},   {13, {-1, -1}},
    {17, {0, 0}},   {16, {1, 0}},   {9, {2, 0}},   {15, {0, -1}},  {15, {1, 0}},   {18, {-1, 0}},  {18, {-1, -1}},
    {19, {-1, -1}}, {17, {1, 0}},   {19, {0, 0}},  {18, {0, 1}},   {18, {0, -1}},  {19, {2, 0}},   {19, {1, 0}},
    {18, {0, 0}},   {19, {0, -1}},  {18, {1, 0}}};

static const struct eisenstein directions[DIGITS] = {{0, 0}, {-1, -1}, {0, 1}, {-1, 0}, {1, 0}, {0, -1}, {1, 1}};

/* ---- Eisenstein integers ---- */

static struct eisenstein times(struct eisenstein p, struct eisenstein q)
{
    return (struct eisenstein){p.a * q.a - p.b * q.b, p.a * q.b + p.b * q.a - p.b * q.b};
}

static struct eisenstein plus(struct eisenstein p, struct eisenstein q)
{
    return (struct eisenstein){p.a + q.a, p.b + q.b};
}

static struct eisenstein minus(struct eisenstein p, struct eisenstein q)
{
    return (struct eisenstein){p.a - q.a, p.b - q.b};
}

static struct eisenstein conjugate(struct eisenstein p)
{
    return (struct eisenstein){p.a - p.b, -p.b};
}

static bool same(struct eisenstein p, struct eisenstein q)
{
    return p.a == q.a && p.b == q.b;
}

static double complex plain(struct eisenstein p)
{
    return (double)p.a - (double)p.b / 2 + (double)p.b * cimag(TURN) * I;
}

/* e^(i·60°·n) */
static struct eisenstein unit(int n)
{
    static const struct eisenstein units[] = {{1, 0}, {1, 1}, {0, 1}, {-1, 0}, {-1, -1}, {0, -1}};
    return units[((n % 6) + 6) % 6];
}

/* Twice how far it is from the centre towards the edge opposite to a face's vertex, which is at 2. */
static int64_t twice_towards(struct eisenstein p, int vertex)
{
    struct eisenstein turned = times(p, unit(-2 * vertex));
    return turned.b - 2 * turned.a;
}

/* What 1 is multiplied by from one resolution to the next finer one. */
static struct eisenstein finer(int resolution)
{
    return resolution % 2 ? (struct eisenstein){2, -1} : (struct eisenstein){3, 1};
}

static struct eisenstein scale(int resolution)
{
    struct eisenstein s = {1, 0};
    for (int r = 1; r <= resolution; r++)
        s = times(s, finer(r));
    return s;
}

/* The lattice place that is nearest: of the three coordinates that add up to 0 the one that was rounded most follows
 * from the others. */
static struct eisenstein nearest(double complex p)
{
    double b = cimag(p) / cimag(TURN), a = creal(p) + b / 2;
    double c = b - a, ra = round(a), rb = round(-b), rc = round(c);
    double da = fabs(ra - a), db = fabs(rb + b), dc = fabs(rc - c);
    if (da > db && da > dc)
        ra = -rb - rc;
    else if (db > dc)
        rb = -ra - rc;
    return (struct eisenstein){(int64_t)ra, (int64_t)-rb};
}

/* ---- the sphere ---- */

static double dot(struct vector p, struct vector q)
{
    return p.x * q.x + p.y * q.y + p.z * q.z;
}

static struct vector combined(struct vector p, double f, struct vector q, double g)
{
    return (struct vector){p.x * f + q.x * g, p.y * f + q.y * g, p.z * f + q.z * g};
}

static struct vector of_length_1(struct vector p)
{
    return combined(p, 1 / sqrt(dot(p, p)), p, 0);
}

struct plane {
    struct vector centre, x, y;
};

static struct plane plane_of(int face)
{
    struct plane p;
    const uint8_t *v = faces[face];
    p.centre = of_length_1(combined(combined(vertices[v[0]], 1, vertices[v[1]], 1), 1, vertices[v[2]], 1));
    p.x = of_length_1(combined(vertices[v[0]], 1, p.centre, -dot(vertices[v[0]], p.centre)));
    p.y = (struct vector){p.centre.y * p.x.z - p.centre.z * p.x.y, p.centre.z * p.x.x - p.centre.x * p.x.z,
                          p.centre.x * p.x.y - p.centre.y * p.x.x};
    return p;
}

static struct vector vector_of(struct geo g)
{
    double north = g.latitude * DEGREE, east = g.longitude * DEGREE;
    return (struct vector){cos(north) * cos(east), cos(north) * sin(east), sin(north)};
}

static struct geo geo_of(struct vector v)
{
    return (struct geo){atan2(v.z, hypot(v.x, v.y)) / DEGREE, atan2(v.y, v.x) / DEGREE};
}

/* A place on a face's plane, or around it. */
struct spot {
    int face;
    double complex at;
};

static struct geo spot_geo(struct spot s)
{
    struct plane p = plane_of(s.face);
    struct vector tangent = combined(p.x, LENGTH * creal(s.at), p.y, LENGTH * cimag(s.at));
    return geo_of(of_length_1(combined(p.centre, 1, tangent, 1)));
}

static struct spot spot_at(struct geo g)
{
    struct vector v = vector_of(g);
    int face = 0;
    for (int f = 1; f < FACES; f++)
        if (dot(plane_of(f).centre, v) > dot(plane_of(face).centre, v))
            face = f;
    struct plane p = plane_of(face);
    double far = dot(p.centre, v) * LENGTH;
    return (struct spot){face, dot(p.x, v) / far + dot(p.y, v) / far * I};
}

/* ---- from face to face ---- */

static int vertex_on(int face, int vertex)
{
    for (int i = 0; i < 3; i++)
        if (faces[face][i] == vertex)
            return i;
    return -1;
}

/* Over the edge of a face that is opposite to one of its vertices: what is at p of the one is at `turn`·p + `shift` of
 * the other. */
struct crossing {
    int face;
    struct eisenstein turn, shift;
};

static struct crossing cross(int face, int vertex)
{
    struct crossing c = {0};
    int from = (vertex + 1) % 3, to = (vertex + 2) % 3, there_from, there_to;
    for (;; c.face++) {
        there_from = vertex_on(c.face, faces[face][from]);
        there_to = vertex_on(c.face, faces[face][to]);
        if (c.face != face && there_from >= 0 && there_to >= 0)
            break;
    }
    const struct eisenstein two = {2, 0};
    struct eisenstein here = minus(unit(2 * to), unit(2 * from)),
                      there = minus(unit(2 * there_to), unit(2 * there_from));
    struct eisenstein turn = times(there, conjugate(here)); /* of length 3 */
    c.turn = (struct eisenstein){turn.a / 3, turn.b / 3};
    c.shift = minus(times(two, unit(2 * there_from)), times(c.turn, times(two, unit(2 * from))));
    return c;
}

/* The face after `steps` around a vertex, clockwise. */
static int face_around(int face, int vertex, int steps)
{
    for (int i = 0; i < steps; i++)
        face = cross(face, (vertex_on(face, vertex) + 2) % 3).face;
    return face;
}

/* ---- cells and the plane of their home ---- */

struct cell {
    int resolution;
    const struct base *base;
    struct eisenstein at, scale;
    int leads; /* the first direction that is not the centre */
};

static bool is_pentagon(const struct base *b)
{
    return b->at.a == 2;
}

static int digit_of(h3_cell cell, int resolution)
{
    return (int)(cell >> 3 * (H3_FINEST - resolution) & 7);
}

static int base_of(h3_cell cell)
{
    return (int)(cell >> 45 & 127);
}

int h3_resolution(h3_cell cell)
{
    return (int)(cell >> 52 & 15);
}

static struct cell open_cell(h3_cell index)
{
    struct cell c = {.resolution = h3_resolution(index), .base = &bases[base_of(index)]};
    c.at = c.base->at;
    for (int r = 1; r <= c.resolution; r++) {
        int digit = digit_of(index, r);
        c.at = plus(times(c.at, finer(r)), directions[digit]);
        if (!c.leads)
            c.leads = digit;
    }
    c.scale = scale(c.resolution);
    /* The fifth face around a pentagon is next to its home, counterclockwise. */
    if (is_pentagon(c.base) && c.leads == BEYOND) {
        struct eisenstein centre = times(c.base->at, c.scale);
        c.at = plus(centre, times(minus(c.at, centre), unit(-1)));
    }
    return c;
}

/* In which part of the plane of its home something of a cell is. Of a hexagon's 0 is the home face, 1 to 3 are beyond
 * its edges; around a pentagon they are so many faces clockwise from home, negative for the others. */
static int part_of(const struct cell *c, double complex p)
{
    if (is_pentagon(c->base)) {
        double angle = carg(2 - p) / DEGREE;
        if (c->leads != BEYOND && angle > 90)
            angle -= 360;
        return (int)lround(-angle / 60);
    }
    for (int v = 0; v < 3; v++)
        if (-creal(p * conj(plain(unit(2 * v)))) > 1)
            return 1 + v;
    return 0;
}

static struct spot around_pentagon(const struct cell *c, int part, double complex homeward)
{
    int vertex = faces[c->base->face][0];
    int face = face_around(c->base->face, vertex, (part % 5 + 5) % 5);
    return (struct spot){face, plain(unit(2 * vertex_on(face, vertex))) * homeward};
}

/* Where it lies on the face that it is on. */
static struct spot settle(const struct cell *c, double complex p)
{
    int part = part_of(c, p);
    if (is_pentagon(c->base))
        return around_pentagon(c, part, 2 + (p - 2) * plain(unit(part)));
    if (part == 0)
        return (struct spot){c->base->face, p};
    struct crossing over = cross(c->base->face, part - 1);
    return (struct spot){over.face, plain(over.turn) * p + plain(over.shift)};
}

struct geo h3_centre(h3_cell index)
{
    struct cell c = open_cell(index);
    return spot_geo(settle(&c, plain(c.at) / plain(c.scale)));
}

/* ---- boundaries ---- */

/* From the centre of a cell to its corners: the first, of six. */
static double complex corner(const struct cell *c)
{
    return (0.5 + 0.5 / sqrt(3) * I) / plain(c->scale);
}

static double cross_product(double complex p, double complex q)
{
    return cimag(conj(p) * q);
}

/* Where the way from p to q goes over a line through `through` along `along`, as a share of the way. */
static double share_of_way(double complex p, double complex q, double complex through, double complex along)
{
    double before = cross_product(along, p - through), after = cross_product(along, q - through);
    return before / (before - after);
}

/* The edge between two parts that are next to each other. */
static double edge_between(const struct cell *c, double complex p, int from, double complex q, int to)
{
    if (is_pentagon(c->base))
        return share_of_way(p, q, 2, -cexp(-30 * (from + to) * DEGREE * I));
    double complex vertex = plain(unit(2 * ((from ? from : to) - 1)));
    return share_of_way(p, q, -vertex, vertex * I);
}

/* Between corners that are on two faces there is another, on the edge: a straight line on the one goes on with a bend
 * on the other. */
static void add_bend(const struct cell *c, double complex p, double complex q, struct geo *out, size_t *n)
{
    int from = part_of(c, p), to = part_of(c, q);
    double share = from == to ? 0 : edge_between(c, p, from, q, to);
    if (share > 1e-6 && share < 1 - 1e-6)
        out[(*n)++] = spot_geo(settle(c, p + share * (q - p)));
}

static size_t hexagon(const struct cell *c, struct geo *out)
{
    double complex centre = plain(c->at) / plain(c->scale), from = corner(c);
    size_t n = 0;
    for (int i = 0; i < 6; i++, from *= TURN) {
        out[n++] = spot_geo(settle(c, centre + from));
        if (c->resolution % 2)
            add_bend(c, centre + from, centre + from * TURN, out, &n);
    }
    return n;
}

/* One corner on each of the five faces; of odd resolutions, where corners are not on the edges, they bend there. */
static size_t pentagon(const struct cell *c, struct geo *out)
{
    double complex from = corner(c);
    size_t n = 0;
    while (carg(-from) < -31 * DEGREE || carg(-from) > 29 * DEGREE)
        from *= TURN;
    for (int part = 5; part > 0; part--) {
        out[n++] = spot_geo(around_pentagon(c, part, 2 + from));
        double complex along = cexp(210 * DEGREE * I);
        double share = share_of_way(from, from * TURN, 0, along);
        if (c->resolution % 2)
            out[n++] = spot_geo(around_pentagon(c, part, 2 + from + share * (from * TURN - from)));
    }
    return n;
}

size_t h3_boundary(h3_cell index, struct geo out[H3_VERTICES_MAX])
{
    struct cell c = open_cell(index);
    return is_pentagon(c.base) && !c.leads ? pentagon(&c, out) : hexagon(&c, out);
}

/* ---- from a place to its cell ---- */

/* Digits from the finest to the coarsest; returns what is left at resolution 0. */
static struct eisenstein take_digits(struct eisenstein at, int resolution, int digits[H3_FINEST + 1])
{
    for (int r = resolution; r > 0; r--) {
        struct eisenstein up = {0};
        for (int d = 0; d < DIGITS; d++) {
            up = times(minus(at, directions[d]), conjugate(finer(r)));
            digits[r] = d;
            if (up.a % 7 == 0 && up.b % 7 == 0)
                break;
        }
        at = (struct eisenstein){up.a / 7, up.b / 7};
    }
    return at;
}

static int first_digit(const int *digits, int resolution)
{
    int r = 1;
    while (r < resolution && !digits[r])
        r++;
    return resolution ? digits[r] : CENTRE;
}

/* A cell on a face, as it is on the home of a base. */
struct found {
    const struct base *base;
    struct eisenstein at;
};

static const struct base *base_at(int face, struct eisenstein at)
{
    for (int i = 0; i < BASE_CELLS; i++)
        if (bases[i].face == face && same(bases[i].at, at))
            return &bases[i];
    return NULL;
}

static const struct base *base_of_vertex(int vertex)
{
    for (int i = 0;; i++)
        if (is_pentagon(&bases[i]) && faces[bases[i].face][0] == vertex)
            return &bases[i];
}

/* What is beyond an edge, or on it and at home on the other side, as it is there. */
static struct found find_hexagon(int face, struct eisenstein base, struct eisenstein at, struct eisenstein one)
{
    struct found f = {base_at(face, base), at};
    for (int v = 0; v < 3 && !f.base; v++) {
        if (twice_towards(base, v) < 2)
            continue;
        struct crossing over = cross(face, v);
        f.base = base_at(over.face, plus(times(over.turn, base), over.shift));
        f.at = plus(times(over.turn, at), times(over.shift, one));
    }
    return f;
}

/* Around a pentagon's vertex, of which a face has `corner`. What would lead where there is nothing leads beyond. */
static struct found find_pentagon(int face, int corner_of, struct eisenstein at, struct eisenstein one, int resolution)
{
    const struct eisenstein two = {2, 0};
    int vertex = faces[face][corner_of], steps = 0, digits[H3_FINEST + 1];
    const struct base *home = base_of_vertex(vertex);
    while (face_around(home->face, vertex, steps) != face)
        steps++;
    struct eisenstein centre = times(two, one);
    struct eisenstein from = minus(times(at, unit(-2 * corner_of)), centre);
    from = times(from, unit(steps == 4 ? 1 : -steps));
    take_digits(plus(centre, from), resolution, digits);
    int leads = first_digit(digits, resolution);
    if (leads == DELETED || (steps == 4 && leads != HOMEWARD))
        from = times(from, unit(1));
    return (struct found){home, plus(centre, from)};
}

static h3_cell write_index(const struct base *base, struct eisenstein at, int resolution)
{
    int digits[H3_FINEST + 1];
    take_digits(at, resolution, digits);
    h3_cell index = UINT64_C(1) << 59 | (h3_cell)resolution << 52 | (h3_cell)(base - bases) << 45;
    for (int r = 1; r <= H3_FINEST; r++)
        index |= (h3_cell)(r > resolution ? UNUSED : digits[r]) << 3 * (H3_FINEST - r);
    return index;
}

h3_cell h3_at(struct geo place, int resolution)
{
    struct spot spot = spot_at(place);
    struct eisenstein one = scale(resolution);
    struct eisenstein at = nearest(spot.at * plain(one));
    int digits[H3_FINEST + 1];
    struct eisenstein base = take_digits(at, resolution, digits);
    struct found f = {0};
    for (int v = 0; v < 3 && !f.base; v++)
        if (same(base, times((struct eisenstein){2, 0}, unit(2 * v))))
            f = find_pentagon(spot.face, v, at, one, resolution);
    if (!f.base)
        f = find_hexagon(spot.face, base, at, one);
    return write_index(f.base, f.at, resolution);
}

/* ---- indexes ---- */

static bool has_digits(h3_cell cell)
{
    int resolution = h3_resolution(cell), leads = CENTRE;
    for (int r = 1; r <= H3_FINEST; r++) {
        int digit = digit_of(cell, r);
        if ((digit == UNUSED) != (r > resolution))
            return false;
        if (!leads && r <= resolution)
            leads = digit;
    }
    return leads != DELETED || !is_pentagon(&bases[base_of(cell)]);
}

bool h3_parse(struct str text, h3_cell *ret)
{
    h3_cell cell = 0;
    uint8_t bytes[H3_TEXT / 2];
    char digits[H3_TEXT];
    if (!text.n || text.n > H3_TEXT)
        return false;
    memset(digits, '0', sizeof digits);
    memcpy(digits + H3_TEXT - text.n, text.p, text.n);
    if (!hex_parse((struct str){digits, H3_TEXT}, bytes, sizeof bytes))
        return false;
    for (size_t i = 0; i < sizeof bytes; i++)
        cell = cell << 8 | bytes[i];
    /* Above the resolution: mode 1, a cell, between bits that are 0. */
    if (cell >> 56 != 8 || base_of(cell) >= BASE_CELLS || !has_digits(cell))
        return false;
    *ret = cell;
    return true;
}

void h3_write(h3_cell cell, char out[H3_TEXT + 1])
{
    snprintf(out, H3_TEXT + 1, "%" PRIx64, cell);
}

h3_cell h3_parent(h3_cell cell, int resolution)
{
    int finest = h3_resolution(cell);
    if (resolution >= finest)
        return cell;
    cell = (cell & ~(UINT64_C(15) << 52)) | (h3_cell)resolution << 52;
    for (int r = resolution + 1; r <= finest; r++)
        cell |= (h3_cell)UNUSED << 3 * (H3_FINEST - r);
    return cell;
}
