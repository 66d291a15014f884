/* Navigation data messages of the CCSDS, in keyword = value notation and in XML: read piece by piece and written from
 * the same pieces. One grammar (ndm_grammar.h) says what a message may hold, where, and how either notation has it.
 *
 * A message is a tree of blocks (header, metadata, data, …). Numbers, times and units stay the text that was read. */
#pragma once
#include "buf.h"
#include "error.h"

struct ndm_block;
struct ndm_row;

enum ndm_notation {
    NDM_KVN,
    NDM_XML,
    NDM_JSON, /* an array of objects; mean elements (OMM) only */
};

enum ndm_what {
    NDM_BEGIN,   /* of a block; of the outermost one text is the version */
    NDM_COMMENT, /* text, in the block */
    NDM_VALUE,   /* keyword, text and unit */
    NDM_SET,     /* values that belong together: a state of an ephemeris, an observation, a line of an OCM */
    NDM_FINISH,  /* of a block */
};

struct ndm_event {
    enum ndm_what what;
    const struct ndm_block *block;
    const struct ndm_row *row; /* NDM_VALUE; NDM_SET of an observation: its second value's */
    struct str keyword;        /* NDM_VALUE: as KVN writes it */
    struct str text;
    struct str unit;          /* {NULL, 0}: none was given */
    const struct str *values; /* NDM_SET: as many as there were, in the order of the block's rows */
    size_t count;
    size_t line; /* from 1; 0: not from a text */
};

/* Where the bytes come from. pull puts at most room bytes there and returns how many; 0: the end; below 0: none can be
 * had, and reading ends with ERR_INTERNAL. */
struct ndm_source {
    long (*pull)(void *context, char *into, size_t room);
    void *context;
};

struct ndm_reader;
enum { NDM_END = -1 };

/* The notation is told from how the text begins; mean elements are also read from CSV. Memory that is used does not
 * grow with the message. */
struct ndm_reader *ndm_reader_new(struct ndm_source source);
/* text outlives the reader. */
struct ndm_reader *ndm_reader_of(struct str text);
void ndm_reader_free(struct ndm_reader *r); /* accepts NULL */
/* 0 with the next piece, which is valid until the next call; NDM_END behind the last message; or an error:
 * ERR_INVALID_RECORD has the line in fault->where and keyword and expectation in the detail. After an error there is
 * no next call but ndm_reader_free. */
int ndm_next(struct ndm_reader *r, struct ndm_event *ret, struct fault *fault);

static inline void ndm_reader_freep(struct ndm_reader **r)
{
    ndm_reader_free(*r);
}
#define NDM_READER_CLEANUP __attribute__((cleanup(ndm_reader_freep)))

/* "oem", "header", "metadata", "covarianceMatrix", …: what XML calls the block; "" for one that only KVN knows. */
const char *ndm_block_name(const struct ndm_block *block);
/* "oem": what the message is whose outermost block this is; NULL: an inner block. */
const char *ndm_message_name(const struct ndm_block *block);

struct ndm_writer;
/* Appends to out, which outlives the writer. */
struct ndm_writer *ndm_writer_new(enum ndm_notation notation, struct buf *out);
void ndm_writer_free(struct ndm_writer *w); /* accepts NULL */
/* Events in the order in which a reader tells them. Comments go to the head of their block. */
void ndm_write(struct ndm_writer *w, const struct ndm_event *e);

/* Behind the last event; without it an array has no end. */
void ndm_writer_end(struct ndm_writer *w);
/* Whether a notation has the message whose outermost block this is. What it does not have is not written. */
bool ndm_has(enum ndm_notation notation, const struct ndm_block *outermost);

static inline void ndm_writer_freep(struct ndm_writer **w)
{
    ndm_writer_free(*w);
}
#define NDM_WRITER_CLEANUP __attribute__((cleanup(ndm_writer_freep)))
