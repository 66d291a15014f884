/* Messages of the CCSDS made of the fields of records, in keyword = value notation. Inside formats/ only. */
#pragma once
#include "buf.h"
#include "error.h"
#include "members.h"
#include "ndm_grammar.h"

/* What records of the type are as messages; NULL: none. */
const struct ndm_grammar *ndm_of_type(struct str type);
/* Appends the message of a record, given its members. ERR_INVALID_RECORD, where is the field: the record lacks what the
 * message cannot do without, or says what it has no word for. */
int ndm_of_record(struct str type, const struct member *members, size_t n, struct arena *arena, struct buf *out,
                  struct fault *fault);
