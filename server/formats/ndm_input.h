/* Bytes that come from a source or lie in memory, line by line or as they come. Inside formats/ only. */
#pragma once
#include "ndm.h"

#define NDM_LINE_MAX 4096 /* bytes; 502.0-B-3 has 254, and none for the OCM */

struct ndm_input {
    struct ndm_source source;
    struct str text; /* what is there and not taken yet */
    char *window;    /* NULL: text lies in memory of the caller */
    bool ended, failed;
    size_t taken; /* bytes before text */
    size_t line;  /* that was read last, from 1 */
};

struct ndm_input ndm_input_of(struct str text);
struct ndm_input ndm_input_from(struct ndm_source source);
void ndm_input_free(struct ndm_input *in);
/* Gets more behind what is there; false: there is no more, or no room. */
bool ndm_input_more(struct ndm_input *in);
/* A line without its end, valid until the next call. False at the end, or for a line longer than NDM_LINE_MAX:
 * ret is {NULL, 0} then, else of what is there of it. */
bool ndm_input_line(struct ndm_input *in, struct str *ret);
/* Without lines: as many as there are, 0 at the end, below 0 when the source failed. */
long ndm_input_take(struct ndm_input *in, char *into, size_t room);
/* The first character that is no blank, end of line or mark of UTF-8, which are passed over; \0: there is none. */
char ndm_input_first(struct ndm_input *in);
void ndm_input_skip(struct ndm_input *in, size_t n); /* of what is there */
