/* A stream of RTCM 3. Every byte is of a frame or passed over, and frames are found again in what they are made of. */
#include "rtcm.h"

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
    struct str text = {(const char *)data, size};
    struct rtcm_reader r = rtcm_reader(text);
    struct rtcm_frame f;
    struct rtcm_index index;
    size_t in_frames = 0;
    while (rtcm_next(&r, &f)) {
        struct rtcm_reader again = rtcm_reader((struct str){text.p + f.offset, f.payload.n + 6});
        struct rtcm_frame same;
        must(rtcm_next(&again, &same) && same.number == f.number && same.epoch == f.epoch);
        must(f.epoch >= 0 && (f.clock || !f.epoch));
        in_frames += f.payload.n + 6;
    }
    must(in_frames + r.passed_over == size);
    int error = rtcm_read(text, arena, &index, NULL);
    must(error == 0 || error == ERR_INVALID_RECORD);
    return 0;
}
