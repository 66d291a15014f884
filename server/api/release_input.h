/* Inside of api/: what release requests and grants are about. */
#pragma once
#include "input.h"

#define GRANT_DAYS_MAX 366       /* a release is asked for and given for so long at most */
#define REQUEST_HOURS_DEFAULT 72 /* until a request is due that names no owner */
#define PURPOSE_MAX 2000         /* bytes of a purpose or a reason */

struct release_scope {
    const struct record_type *type;
    bool by_record;
    struct uuid record;
    struct str json; /* canonical, as a grant has it; in the request's arena */
};
/* Exactly one of the members `record` ({"type","id"}) and `scope` ({"type","object","sensor","region","from","to"}). */
int release_scope_read(struct request *r, const json_t *body, struct release_scope *ret, struct fault *fault);

/* An instant from now to GRANT_DAYS_MAX ahead. *ret stays as it is if it is absent and not required. */
int release_until_read(struct request *r, const json_t *body, bool required, instant *ret, struct fault *fault);
/* A registered view of the type (NULL: of any), null or absent: "". *ret_given: null or a view was said. */
int release_view_read(struct request *r, const json_t *body, const struct record_type *type, struct str *ret,
                      bool *ret_given, struct fault *fault);
/* 1 to PURPOSE_MAX bytes, in the request's arena. */
int release_text_read(struct request *r, const json_t *body, const char *name, struct str *ret, struct fault *fault);
