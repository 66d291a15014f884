/* Which records were accepted: a file with a line of JSON for each, by which an interrupted post goes on. */
#pragma once
#include "digest.h"

struct report;

/* path NULL: none is kept, and *ret is NULL, which the others accept. */
int report_open(const char *path, struct report **ret);
bool report_has(const struct report *r, const struct digest *digest);
void report_add(struct report *r, size_t number, const char *type, const struct digest *digest, struct str id);
/* What was added is on the disk: 0, or an exit status after saying why not. */
int report_keep(struct report *r);
int report_close(struct report *r);
