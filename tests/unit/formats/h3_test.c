#include "geojson.h"
#include "h3.h"
#include "leaks.h"

#include <criterion/criterion.h>
#include <math.h>

TestSuite(h3, .fini = no_leaks);

static h3_cell cell_of(const char *text)
{
    h3_cell cell = 0;
    cr_assert(h3_parse(str_of(text), &cell), "%s", text);
    return cell;
}

static void expect_near(struct geo got, double latitude, double longitude, double within, const char *what)
{
    double east = remainder(got.longitude - longitude, 360) * cos(latitude * M_PI / 180);
    cr_expect(fabs(got.latitude - latitude) < within && fabs(east) < within, "%s: %.9f %.9f, not %.9f %.9f", what,
              got.latitude, got.longitude, latitude, longitude);
}

/* Indexes as the H3 library gives them. */
Test(h3, places_have_the_cells_that_others_give_them)
{
    static const struct {
        const char *cell;
        double latitude, longitude;
    } places[] = {
        {"850dab63fffffff", 67.194014, 191.598258},       {"850336b7fffffff", 87.372197, 166.176925},
        {"85440d83fffffff", 27.350796, 272.064443},       {"85f2316bfffffff", -79.704099, 209.043753},
        {"857a9983fffffff", 8.317316, 47.328903},         {"8571a307fffffff", 8.609333, 183.246267},
        {"85ca2a53fffffff", -39.306824, 56.758729},       {"8e0dab6220a96a7", 67.194013596, 191.598258018},
        {"8e0336b754926c7", 87.372196913, 166.176924706}, {"8ea4990d2c19207", -27.64872551, 324.695477486},
        {"8ef2938d9c862c7", -89.8142784, 345.168950558},  {"8e4fa06cba53427", 18.444746733, 160.735934973},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char text[H3_TEXT + 1];
        h3_cell cell = cell_of(places[i].cell);
        h3_write(h3_at((struct geo){places[i].latitude, places[i].longitude}, h3_resolution(cell)), text);
        cr_expect_str_eq(text, places[i].cell);
    }
}

Test(h3, centres_and_corners_are_where_others_have_them)
{
    struct geo corners[H3_VERTICES_MAX];
    expect_near(h3_centre(cell_of("8f1c00000000000")), 50.103201, 216.521510, 1e-6, "a pentagon");
    expect_near(h3_centre(cell_of("8f1c00000000006")), 50.103206, 216.521502, 1e-6, "beside it");
    expect_near(h3_centre(cell_of("8f1c00000000145")), 50.103196, 216.521591, 1e-6, "beyond what is left out");
    cr_assert_eq(h3_boundary(cell_of("8001fffffffffff"), corners), 6);
    expect_near(corners[0], 68.929957882, 31.831280499, 1e-8, "a hexagon");
    expect_near(corners[3], 87.364695323, 145.558197691, 1e-8, "a hexagon");
    cr_assert_eq(h3_boundary(cell_of("881c000001fffff"), corners), 5);
    expect_near(corners[0], 50.100824873, 216.517383017, 1e-8, "a pentagon");
    cr_assert_eq(h3_boundary(cell_of("81083ffffffffff"), corners), 10);
    expect_near(corners[1], 66.327261733, 16.433696997, 1e-6, "a pentagon's bend");
    cr_assert_eq(h3_boundary(cell_of("8108bffffffffff"), corners), 7);
    expect_near(corners[5], 62.889968358, 15.771773841, 1e-6, "a hexagon's bend");
}

/* Every cell of the coarser resolutions. */
Test(h3, the_centre_of_a_cell_is_in_it)
{
    static const size_t expected[] = {122, 842, 5882, 41162};
    for (int r = 0; r < 4; r++) {
        size_t cells = 0;
        for (h3_cell n = 0; n < UINT64_C(122) << 3 * r; n++) {
            char text[H3_TEXT + 1];
            h3_cell cell = UINT64_C(1) << 59 | (h3_cell)r << 52 | n << (45 - 3 * r);
            cell |= (UINT64_C(1) << (45 - 3 * r)) - 1;
            h3_write(cell, text);
            if (!h3_parse(str_of(text), &cell))
                continue;
            cells++;
            cr_assert_eq(h3_at(h3_centre(cell), r), cell, "%s", text);
        }
        cr_expect_eq(cells, expected[r]);
    }
}

Test(h3, a_finer_cell_is_counted_to_a_coarser_one)
{
    h3_cell fine = cell_of("8e0336b754926c7");
    cr_expect_eq(h3_parent(fine, 5), cell_of("850336b7fffffff"));
    cr_expect_eq(h3_parent(fine, 14), fine);
    cr_expect_eq(h3_parent(fine, 15), fine);
}

Test(h3, what_is_no_cell_is_refused)
{
    static const char *const texts[] = {
        "",
        "8",
        "8f1c000000000000",
        "880336b754926c7",
        "8ffffffffffffff",
        "850dab63ffffff7",
        "850dab67fffffff7",
        "85f5ab63fffffff",
        "850dab63ffffffg",
        "0850dab63fffffff0",
        "150dab63fffffff",
        "f50dab63fffffff",
        "8108"
        "7ffffffffff", /* the direction that a pentagon does not have */
    };
    h3_cell cell;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_expect_not(h3_parse(str_of(texts[i]), &cell), "%s", texts[i]);
    cr_expect(h3_parse(STR("0850DAB63FFFFFFF"), &cell));
}

/* ---- GeoJSON ---- */

static void expect_geometry(const char *cell, const char *starts)
{
    BUF_CLEANUP struct buf out = {0};
    geojson_cell(cell_of(cell), &out);
    buf_char(&out, '\0');
    cr_expect_eq(strncmp(out.p, starts, strlen(starts)), 0, "%s: %s", cell, out.p);
}

Test(geojson, a_cell_is_a_polygon_and_two_where_the_antimeridian_cuts_it)
{
    BUF_CLEANUP struct buf out = {0};
    geojson_cell(cell_of("881c000001fffff"), &out);
    buf_char(&out, '\0');
    cr_expect_str_eq(out.p,
                     "{\"type\":\"Polygon\",\"coordinates\":[[[-143.4826170,50.1008249],[-143.4762417,50.0999494],"
                     "[-143.4729732,50.1035680],[-143.4773288,50.1066801],[-143.4832894,50.1049846],"
                     "[-143.4826170,50.1008249]]]}");
    expect_geometry("807ffffffffffff", "{\"type\":\"MultiPolygon\",\"coordinates\":[[[");
}

Test(geojson, a_cell_around_a_pole_reaches_it)
{
    BUF_CLEANUP struct buf out = {0};
    geojson_cell(h3_at((struct geo){90, 0}, 3), &out);
    buf_char(&out, '\0');
    cr_expect(strstr(out.p, "],[180.0000000,90.0000000],[-180.0000000,90.0000000],[-180.0000000,8"), "%s", out.p);
    buf_clear(&out);
    geojson_cell(h3_at((struct geo){-90, 0}, 3), &out);
    buf_char(&out, '\0');
    cr_expect(strstr(out.p, "[[[-180.0000000,-90.0000000],[180.0000000,-90.0000000],[180.0000000,-8"), "%s", out.p);
}

Test(geojson, boxes)
{
    struct geo_box box, none;
    cr_assert(geo_box_read(STR("170,-10,-170,10"), &box));
    cr_expect(geo_box_holds(&box, (struct geo){0, 180}));
    cr_expect(geo_box_holds(&box, (struct geo){10, -170}));
    cr_expect_not(geo_box_holds(&box, (struct geo){0, 0}));
    cr_expect_not(geo_box_holds(&box, (struct geo){11, 180}));
    cr_expect(geo_box_meets(&box, cell_of("807ffffffffffff")));
    cr_expect_not(geo_box_meets(&box, cell_of("8075fffffffffff")));
    cr_assert(geo_box_read(STR("-1e1,88.5,-10,90"), &box));
    cr_expect(geo_box_meets(&box, h3_at((struct geo){90, 0}, 3)));
    static const char *const texts[] = {"",          "1,2,3",     "1,2,3,4,5",    "1,2,3,x",  "1,5,3,4",
                                        "181,1,1,1", "1,-91,1,1", "1,1,1,90.001", "1, 2,3,4", "1,2,3,4,"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_expect_not(geo_box_read(str_of(texts[i]), &none), "%s", texts[i]);
}
