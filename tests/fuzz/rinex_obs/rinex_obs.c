/* A file of observations: what is counted fits together. */
#include "rinex_obs.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct rinex_obs *o = arena_alloc(arena, sizeof *o);
    struct fault fault = {.offset = -1};
    int error = rinex_obs_read((struct str){(const char *)data, size}, arena, o, &fault);
    must(error == 0 || (error == ERR_INVALID_RECORD && fault.offset >= 0 && (size_t)fault.offset <= size));
    if (error)
        return 0;
    must((o->epochs > 0) == (o->first.n > 0) && str_cmp(o->first, o->last) <= 0);
    for (size_t s = 0; s < RINEX_SYSTEMS; s++)
        for (size_t i = 0; i < RINEX_NUMBERS; i++)
            must(o->seen[s][i] <= o->epochs);
    return 0;
}
