/* The two readers behind ndm.h. Inside formats/ only. */
#pragma once
#include "ndm_input.h"
#include "ndm_walk.h"

#define NDM_FIELDS_MAX 64 /* of a line of data */

struct ndm_xml;
struct ndm_table;

struct ndm_reader {
    struct ndm_input input;
    struct ndm_walk walk;
    bool ended;
    struct str fields[NDM_FIELDS_MAX];
    int (*step)(struct ndm_reader *r, struct fault *fault); /* of the notation; NULL: it is not known yet */
    struct ndm_xml *xml;                                    /* NULL: another notation */
    struct ndm_table *table;                                /* NULL: another notation */
    size_t skip;                                            /* bytes of the object whose pieces are being told */
};

/* Reads on until there is something in the walk's queue. 0, NDM_END, or an error. */
int ndm_kvn_step(struct ndm_reader *r, struct fault *fault);
int ndm_xml_step(struct ndm_reader *r, struct fault *fault);
int ndm_json_step(struct ndm_reader *r, struct fault *fault);
int ndm_csv_step(struct ndm_reader *r, struct fault *fault);
/* What a table without that keyword means; NULL: nothing. */
const char *ndm_table_meant(struct str keyword);
struct ndm_table *ndm_table_new(void);
void ndm_table_free(struct ndm_table *t); /* accepts NULL */
struct ndm_xml *ndm_xml_new(struct ndm_reader *of);
void ndm_xml_free(struct ndm_xml *x); /* accepts NULL */
/* Fields between blanks; false if there are more than NDM_FIELDS_MAX. */
bool ndm_split(struct str s, struct str *fields, size_t *ret);
