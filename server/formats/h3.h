/* Cells of the H3 grid: hexagons, and twelve pentagons of each resolution, that cover the Earth. */
#pragma once
#include "str.h"

#include <stdint.h>

#define H3_FINEST 15       /* resolution: from 0 */
#define H3_VERTICES_MAX 10 /* of a pentagon; a hexagon has six, or up to eight where it lies over an edge */
#define H3_TEXT 16

/* Degrees, positive north and east; as of a sphere, as the grid has them. */
struct geo {
    double latitude, longitude;
};

/* A cell's index. */
typedef uint64_t h3_cell;

/* Hexadecimal digits of the index of a cell that there is. */
bool h3_parse(struct str text, h3_cell *ret);
/* In lower case, without zeros before it. */
void h3_write(h3_cell cell, char out[H3_TEXT + 1]);
int h3_resolution(h3_cell cell);
/* The cell itself, or the one of a coarser resolution that it is counted to. */
h3_cell h3_parent(h3_cell cell, int resolution);
h3_cell h3_at(struct geo place, int resolution);
struct geo h3_centre(h3_cell cell);
/* Counterclockwise; returns how many. Longitudes are from -180 to 180. */
size_t h3_boundary(h3_cell cell, struct geo out[H3_VERTICES_MAX]);
