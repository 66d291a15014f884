/* firstResult paging on keysets: where a page of a query ended, remembered for a short while, so that the next page
 * goes on there instead of counting rows, and sees the same records although others post meanwhile. */
#pragma once
#include "digest.h"
#include "instant.h"

#define PAGES_MAX 4096 /* remembered, for all principals */
#define PAGES_SECONDS 300

struct page_end {
    instant t; /* of the last record of the page */
    struct uuid id;
    int64_t mark; /* highest seq of the first page's snapshot */
};

struct pages;
struct pages *pages_new(void);
void pages_free(struct pages *p); /* accepts NULL */
/* key: of principal, query and position. */
void pages_put(struct pages *p, const struct digest *key, const struct page_end *end);
bool pages_get(struct pages *p, const struct digest *key, struct page_end *ret);
