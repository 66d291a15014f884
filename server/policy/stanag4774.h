/* Labels as XML: confidentiality metadata labels of STANAG 4774 (ADatP-4774 Edition A Version 1). What the categories
 * mean stands in README.md. The only file with libxml2; it reads from memory and never a file or a network. */
#pragma once
#include "registry.h"

#define STANAG4774_MAX 16384         /* bytes of a label */
#define STANAG4774_CATEGORIES_MAX 32 /* in one label */

enum stanag4774_kind {
    STANAG4774_ORIGINATOR, /* as its originator made it: never overwritten (ADatP-4774.1 section 4.2) */
    STANAG4774_ALTERNATIVE /* an equivalent that somebody else made */
};

/* The label that the XML says, valid in reg. Without owners it is `poster`'s, or of the partner whose scheme it is in.
 * ERR_INVALID_LABEL at `where`; the detail names line and element. ret_kind may be NULL. */
int stanag4774_read(const struct registry *reg, struct str poster, struct str xml, const char *where,
                    struct arena *arena, const struct label **ret, enum stanag4774_kind *ret_kind, struct fault *fault);
/* What stanag4774_read reads again as the same label, but for release views, which are labels of their own. */
void stanag4774_write(const struct registry *reg, const struct label *l, enum stanag4774_kind kind, instant created,
                      struct buf *out);
/* 0 if the XML is an originator's label and says what `marking` says; else ERR_INVALID_LABEL. A label that names no
 * owners is the marking's owners'. */
int stanag4774_agrees(const struct registry *reg, struct str xml, const char *where, const struct label *marking,
                      struct arena *arena, struct fault *fault);
