/* A navigation message as a record keeps it: whole, in keyword = value notation, as the writer writes it. */
#pragma once
#include "arena.h"
#include "ndm.h"

struct ndm_message {
    struct buf text;
    struct ndm_writer *writer;
};

void ndm_message_begin(struct ndm_message *m);
/* Pieces of the message, from its outermost block on. */
void ndm_message_take(struct ndm_message *m, const struct ndm_event *e);
void ndm_message_free(struct ndm_message *m); /* also twice */
/* Frees what m holds. */
struct str ndm_message_end(struct ndm_message *m, struct arena *arena);
