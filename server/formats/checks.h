/* What does not fit together in a record that was made from a message or a file. It is told beside the record and not
 * refused: whoever made it may have had a reason, and whoever reads it should know. Only what the record says itself
 * counts, never the time or another record, so that the same file makes the same record whenever it is read. */
#pragma once
#include "arena.h"
#include "buf.h"
#include "members.h"

#define CHECKS_TOLD_MAX 16 /* of one record; the last of them says how many more there are */

/* json: a record of that type, as import.h has it. What is found is added to its member `warnings`, behind what its
 * reader found. */
void checks_add(const char *type, struct buf *json, struct arena *arena);
/* The same of an elset whose reader has its values at hand and has found nothing: a catalogue is read without reading
 * its records again. values: what is looked at, by its field; texts without quotes. */
void checks_add_elset(const struct member *values, size_t n, struct buf *json, struct arena *arena);
