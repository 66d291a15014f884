#include "ndm.h"
#include <stdio.h>

int main(void)
{
    static char text[1 << 20];
    struct ndm_reader *r = ndm_reader_of((struct str){text, fread(text, 1, sizeof text, stdin)});
    struct ndm_event e;
    struct fault fault;
    int error;
    while (!(error = ndm_next(r, &e, &fault)))
        if (e.what == NDM_VALUE && str_is(e.keyword, "MISS_DISTANCE"))
            printf("%.*s m\n", STR_ARG(e.text));
    if (error != NDM_END)
        fprintf(stderr, "%s: %s\n", fault.where, fault.detail);
    ndm_reader_free(r);
    return error != NDM_END;
}
