/* Archives by libarchive: the directory at the end is what counts, as ZIP demands (APPNOTE 6.3.10, section 4.3.1). Only
 * methods that unpack within a window of 64 KiB are taken: the memory that others ask for stands in the archive. */
#include "zip.h"

#include "buf.h"
#include "memory.h"
#include "utf8.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#define PIECE 65536

struct zip {
    struct archive *archive;
    struct zip_limits limits;
    size_t most;            /* bytes that may be unpacked */
    size_t files, unpacked; /* entries and bytes so far */
    struct buf content;
    locale_t utf8; /* names are converted to the thread's locale, and lost if that has no such letters */
};

bool zip_is(struct str bytes)
{
    return bytes.n >= 4 && (memcmp(bytes.p, "PK\003\004", 4) == 0 || memcmp(bytes.p, "PK\005\006", 4) == 0);
}

static int unreadable(struct fault *fault)
{
    return fault_set(fault, ERR_INVALID_RECORD, "body", "damaged or empty: expected a ZIP archive of files");
}

static int damaged(struct fault *fault, const char *where)
{
    return fault_set(fault, ERR_INVALID_RECORD, where, "the archive is damaged here: expected a ZIP archive of files");
}

int zip_open(struct str bytes, const struct zip_limits *limits, struct zip **ret, struct fault *fault)
{
    ZIP_CLEANUP struct zip *z = memory_zeroed(sizeof *z);
    z->limits = *limits;
    z->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    z->most = limits->bytes / limits->ratio < bytes.n ? limits->bytes : bytes.n * limits->ratio;
    z->archive = archive_read_new();
    if (!z->archive)
        return fault_set(fault, ERR_INTERNAL, "", "no memory for an archive");
    if (archive_read_support_format_zip_seekable(z->archive) != ARCHIVE_OK ||
        archive_read_open_memory(z->archive, bytes.p, bytes.n) != ARCHIVE_OK)
        return unreadable(fault);
    *ret = z;
    z = NULL;
    return 0;
}

void zip_close(struct zip *z)
{
    if (!z)
        return;
    archive_read_free(z->archive);
    buf_free(&z->content);
    if (z->utf8)
        freelocale(z->utf8);
    free(z);
}

static bool is_plain_text(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] < ' ' || name.p[i] == 0x7f)
            return false;
    return utf8_valid(name);
}

static void name_file(const struct zip *z, struct archive_entry *entry, struct zip_file *ret)
{
    const char *name = archive_entry_pathname(entry);
    ret->name = str_of(name ? name : "");
    if (ret->name.n && ret->name.n < sizeof ret->where && is_plain_text(ret->name))
        memcpy(ret->where, ret->name.p, ret->name.n + 1);
    else
        snprintf(ret->where, sizeof ret->where, "file %zu", z->files);
}

static bool is_light(const struct zip *z)
{
    const char *format = archive_format_name(z->archive);
    return format && (strstr(format, "(deflation)") || strstr(format, "(uncompressed)"));
}

static int check_entry(const struct zip *z, struct archive_entry *entry, const char *where, struct fault *fault)
{
    if (archive_entry_is_encrypted(entry))
        return fault_set(fault, ERR_INVALID_RECORD, where, "is encrypted: expected a file that can be read");
    if (archive_entry_filetype(entry) != AE_IFREG)
        return fault_set(fault, ERR_INVALID_RECORD, where, "is no file: expected files and folders only");
    if (!is_light(z))
        return fault_set(fault, ERR_INVALID_RECORD, where, "expected a file that is stored or deflated");
    return 0;
}

/* What an entry says of its size is not believed. */
static int unpack(struct zip *z, const char *where, struct fault *fault)
{
    la_ssize_t n;
    buf_clear(&z->content);
    while ((n = archive_read_data(z->archive, buf_reserve(&z->content, PIECE), PIECE)) > 0) {
        z->content.n += (size_t)n;
        z->unpacked += (size_t)n;
        if (z->unpacked > z->most)
            return fault_set(fault, ERR_TOO_LARGE, where,
                             "the archive unpacks to more than %zu bytes: %zu are taken, and %u times its own size",
                             z->most, z->limits.bytes, z->limits.ratio);
    }
    return n < 0 ? damaged(fault, where) : 0;
}

/* A name that cannot be told is a warning, and no reason not to read the file. */
static int next_entry(struct zip *z, struct archive_entry **ret, struct fault *fault)
{
    locale_t before = z->utf8 ? uselocale(z->utf8) : (locale_t)0;
    int state = archive_read_next_header(z->archive, ret);
    if (z->utf8)
        uselocale(before);
    if (state == ARCHIVE_EOF)
        return ZIP_END;
    if (state != ARCHIVE_OK && state != ARCHIVE_WARN)
        return z->files ? damaged(fault, "body") : unreadable(fault);
    if (z->files++ == z->limits.files)
        return fault_set(fault, ERR_TOO_LARGE, "body", "more than %zu files in one archive", z->limits.files);
    return 0;
}

int zip_next(struct zip *z, struct zip_file *ret, struct fault *fault)
{
    struct archive_entry *entry;
    struct zip_file file;
    int error;
    do
        error = next_entry(z, &entry, fault);
    while (!error && archive_entry_filetype(entry) == AE_IFDIR);
    if (error)
        return error;
    name_file(z, entry, &file);
    error = check_entry(z, entry, file.where, fault);
    if (!error)
        error = unpack(z, file.where, fault);
    if (error)
        return error;
    file.content = buf_view(&z->content);
    *ret = file;
    return 0;
}
