/* Messages with segments, cut up: each piece is a message of its own, with the header, a segment's metadata and some of
 * its data. Inside formats/ only. */
#pragma once
#include "ndm_message.h"

struct ndm_pieces {
    struct ndm_message data; /* of the segment that is open, since the last cut */
    struct buf head;         /* up to the end of the header */
    struct arena *arena;     /* of the metadata */
    struct ndm_event *metadata;
    size_t count, room;
    struct ndm_event open; /* the block of data that encloses the others */
    bool in_metadata;
};

void ndm_pieces_begin(struct ndm_pieces *p);
void ndm_pieces_take(struct ndm_pieces *p, const struct ndm_event *e);
/* Bytes of the piece that would be cut now. */
size_t ndm_pieces_size(const struct ndm_pieces *p);
/* A value of the segment's metadata; "" if there is none. */
struct str ndm_pieces_value(const struct ndm_pieces *p, const char *keyword);
/* Everything since the last cut, or since the segment began. START_TIME and STOP_TIME become these, and a USEABLE time
 * outside of them is left out; {NULL, 0}: all as it stands. */
struct str ndm_pieces_cut(struct ndm_pieces *p, struct str start, struct str stop, struct arena *arena);
void ndm_pieces_end(struct ndm_pieces *p);
