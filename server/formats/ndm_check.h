/* Whether a value is of its row's kind. Inside formats/ only. */
#pragma once
#include "epoch.h"
#include "ndm_grammar.h"

bool ndm_number(struct str text);
/* epoch is set for times only. */
bool ndm_check(const struct ndm_row *row, struct str text, struct epoch *epoch);
const char *ndm_expected(const struct ndm_row *row); /* "a number", "one of UTC|TAI" */
const char *ndm_range(const struct ndm_row *row);    /* "at least 0"; NULL: any */
bool ndm_row_is(const struct ndm_row *row, struct str keyword);
/* Blanks and tabs at both ends taken off. */
struct str ndm_trim(struct str s);
