/* ZIP archives in memory, one file after the other, within bounds. The only user of libarchive. */
#pragma once
#include "error.h"
#include "str.h"

/* Above any of them: ERR_TOO_LARGE. */
struct zip_limits {
    size_t files;   /* entries of one archive */
    size_t bytes;   /* of all files together, unpacked */
    unsigned ratio; /* of these bytes to the archive's */
};

struct zip_file {
    struct str name;    /* as the archive has it */
    struct str content; /* until the next one is asked for */
    char where[64];     /* for faults: the name, or "file 3" if it does not fit or is no text */
};

/* By its first bytes. */
bool zip_is(struct str bytes);

struct zip;
/* bytes live as long as the archive is open. ERR_INVALID_RECORD: it is none. */
int zip_open(struct str bytes, const struct zip_limits *limits, struct zip **ret, struct fault *fault);
enum { ZIP_END = -1 };
/* 0 with the next file, ZIP_END after the last; folders are passed over. Files are stored or deflated: what is
 * encrypted, a link, or packed otherwise is ERR_INVALID_RECORD, and so is what is damaged. */
int zip_next(struct zip *z, struct zip_file *ret, struct fault *fault);
void zip_close(struct zip *z); /* accepts NULL */
static inline void zip_closep(struct zip **z)
{
    zip_close(*z);
}
#define ZIP_CLEANUP __attribute__((cleanup(zip_closep)))
