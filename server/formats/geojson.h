/* Places and cells of the H3 grid as GeoJSON (RFC 7946). */
#pragma once
#include "buf.h"
#include "h3.h"

/* All ends belong to it. west > east: across the antimeridian. */
struct geo_box {
    double west, south, east, north;
};

/* "west,south,east,north" in degrees (section 5). False if it is no such text. */
bool geo_box_read(struct str text, struct geo_box *ret);
bool geo_box_holds(const struct geo_box *box, struct geo place);
/* Whether they have a place in common, of the cell taken from its least to its greatest latitude and longitude. */
bool geo_box_meets(const struct geo_box *box, h3_cell cell);

/* Appends a geometry: a polygon, or several where the antimeridian cuts the cell (section 3.1.9). */
void geojson_cell(h3_cell cell, struct buf *out);
