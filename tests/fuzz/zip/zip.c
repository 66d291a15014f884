/* An archive. Whatever it says of itself, no more comes out of it than the limits allow. */
#include "zip.h"
#include "arena.h"
#include "utf8.h"

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
    static const struct zip_limits limits = {.files = 8, .bytes = 65536, .ratio = 50};
    ZIP_CLEANUP struct zip *z = NULL;
    struct zip_file file;
    struct fault fault;
    size_t files = 0, bytes = 0;
    int error = zip_open((struct str){(const char *)data, size}, &limits, &z, &fault);
    while (!error && !(error = zip_next(z, &file, &fault))) {
        files++;
        bytes += file.content.n;
        must(*file.where && utf8_valid(str_of(file.where)));
    }
    must(files <= limits.files && bytes <= limits.bytes && bytes <= limits.ratio * size);
    must(error == ZIP_END || error == ERR_TOO_LARGE || error == ERR_INVALID_RECORD);
    return 0;
}
