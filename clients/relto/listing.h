/* Many records as a table, as CSV (RFC 4180), as an array or a record a line. */
#pragma once
#include "output.h"

enum form { FORM_NDJSON, FORM_JSON, FORM_CSV, FORM_TABLE };

struct listing;

/* columns: names separated by commas, NULL: all that occur (a table: those without nested values, behind `first`). */
struct listing *listing_new(enum form form, const char *columns, const char *first, FILE *out,
                            struct progress progress);
/* The sink of a call: the bytes of a JSON array as they come. */
int listing_take(void *listing, struct str piece);
/* When all of it came; a table stands between banners. */
int listing_end(struct listing *l, struct str banner);
size_t listing_count(const struct listing *l);
void listing_free(struct listing *l);
