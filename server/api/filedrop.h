/* Inside of api/: what the routes of dropped files share. */
#pragma once
#include "input.h"

/* ERR_INVALID_MARKING, at CLASSIFICATION: the message bears another marking than the query says. own: "" if it bears
 * none. */
int filedrop_check_marking(struct request *r, struct str asked, struct str own, struct fault *fault);
