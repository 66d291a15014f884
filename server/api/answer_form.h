/* Inside of api/: in which form records are asked for, by `format=` or by Accept. */
#pragma once
#include "export.h"
#include "http.h"
#include "record_type.h"

struct answer_form {
    const struct export_format *file; /* NULL: JSON, or CSV of the record's own members */
    bool csv;
    bool named;   /* by the query, not by Accept */
    bool partial; /* what the format cannot express is left out */
};

#define JSON_MEDIA_TYPE "application/json"
#define CSV_MEDIA_TYPE "text/csv"

/* Of a route that does not negotiate it is JSON. ERR_BAD_QUERY: records of the type have no such form;
 * ERR_NOT_ACCEPTABLE: nor has Accept one of theirs. */
int answer_form_of(struct request *r, const struct record_type *type, struct answer_form *ret, struct fault *fault);
/* Certain, without looking closely, that it is JSON. */
bool answer_form_is_json(struct request *r);
/* Whether the parameter says in which form, and not which records. */
bool is_of_answer_form(const struct answer_form *form, struct str name);
const char *answer_media_type(const struct answer_form *form);
/* "json, csv, tle": with what between them. */
void answer_forms_write(const struct record_type *type, const char *between, struct buf *out);
