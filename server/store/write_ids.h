/* The ids of the records that a group is writing. Two groups side by side must not write the same record: the later one
 * waits for the numbers of the earlier, which would wait for its record. */
#pragma once
#include "internal.h"

struct write_ids; /* not for several threads at once */

struct write_ids *write_ids_new(void);
void write_ids_free(struct write_ids *s);
void write_ids_add(struct write_ids *s, const struct post *p);
bool write_ids_meet(const struct write_ids *s, const struct post *p);
void write_ids_clear(struct write_ids *s);
