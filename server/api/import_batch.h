/* Inside of api/: records of several types out of files, stored together and told of one by one. */
#pragma once
#include "import.h"
#include "input.h"

struct import_batch;

/* marking: that the request gives each record, "" if it leaves that to the files. partial: what is good is stored as
 * the files are read, else all or nothing at the end. Lives as long as the request but for what import_batch_free
 * frees. */
struct import_batch *import_batch_new(struct request *r, struct str marking, bool partial);
void import_batch_free(struct import_batch *b); /* accepts NULL */
static inline void import_batch_freep(struct import_batch **b)
{
    import_batch_free(*b);
}
#define IMPORT_BATCH_CLEANUP __attribute__((cleanup(import_batch_freep)))

/* What is added from here on is of this file of an archive; it lives as long as the request. */
void import_batch_file(struct import_batch *b, const char *name);
/* A record; of a malformed one or one that is refused ret is its fault, with partial it is told of in the answer. */
int import_batch_add(struct import_batch *b, const struct import_item *item, struct fault *fault);
/* With partial: an item that could not be read, or all that follows in a file. */
int import_batch_refuse(struct import_batch *b, size_t line, const struct fault *why, struct fault *fault);
void import_batch_left_out(struct import_batch *b, size_t line, struct str what);
/* Whether that is no marking, and says nothing by words of markings which that of the request does not say as well. */
bool import_batch_is_text(struct import_batch *b, struct str marking);
/* How many items have come. */
size_t import_batch_count(const struct import_batch *b);
/* Whether nothing more can be stored; then *fault is why, with its place. */
bool import_batch_is_over(const struct import_batch *b, struct fault *fault);
/* Of an archive: in which file the fault is. */
void import_batch_place(const struct import_batch *b, struct fault *fault);
/* Stores what is not stored yet. *ret_extra: further members of the problem, or NULL. */
int import_batch_store(struct import_batch *b, const char **ret_extra, struct fault *fault);
/* Members of the answer, without braces. */
void import_batch_write(struct import_batch *b, struct buf *out);
