/* What decodes must encode to the same bytes again: a set has one encoding. */
#include "disclosure.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf again = {0};
    struct str bytes = {(const char *)data, size};
    int64_t *seqs;
    size_t n;
    if (!seqs_decode(bytes, 4096, arena, &seqs, &n))
        return 0;
    seqs_encode(seqs, n, &again);
    if (!str_eq(buf_view(&again), bytes))
        abort();
    return 0;
}
