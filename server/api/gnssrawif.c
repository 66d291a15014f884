/* POST /filedrop/udl-gnssrawif: samples of a receiver as clients upload them: a ZIP archive, alone or as the one part
 * of a form, of a record of type gnssrawif and the HDF5 file that it describes. */
#include "multipart.h"
#include "posting.h"
#include "resources.h"
#include "utf8.h"
#include "zip.h"

#include <strings.h>

struct upload {
    struct str json;
    struct new_file samples;
};

static int take_part(struct request *r, struct str *ret, struct fault *fault)
{
    char delimiter[MULTIPART_DELIMITER_MAX];
    struct multipart form;
    struct part part;
    bool found = false;
    int error = multipart_open(request_header(r, "Content-Type"), request_body(r), delimiter, &form, fault);
    while (!error && !(error = multipart_next(&form, &part, fault))) {
        if (found || !str_is(part.name, "file"))
            return fault_set(fault, ERR_BAD_REQUEST, "body", "expected one part, named file");
        found = true;
        *ret = part.content;
    }
    if (error == MULTIPART_END && !found)
        return fault_set(fault, ERR_BAD_REQUEST, "body", "expected a part named file");
    return error == MULTIPART_END ? 0 : error;
}

static bool ends(struct str name, const char *with)
{
    size_t n = strlen(with);
    return name.n >= n && strncasecmp(name.p + name.n - n, with, n) == 0;
}

/* HDF5 File Format Specification 3.0, section II.A: at 0, or behind a block of the user at 512, 1024, … */
static bool is_hdf5(struct str s)
{
    static const char signature[] = "\x89HDF\r\n\x1a\n";
    for (size_t at = 0; at + sizeof signature - 1 <= s.n; at = at ? 2 * at : 512)
        if (memcmp(s.p + at, signature, sizeof signature - 1) == 0)
            return true;
    return false;
}

#define NAME_MAX_KEPT 255 /* bytes, as file systems have it */

static struct str name_of(const struct zip_file *file)
{
    return file->name.n <= NAME_MAX_KEPT && utf8_valid(file->name) ? file->name : str_of(file->where);
}

static int take_file(struct upload *u, const struct zip_file *file, struct arena *arena, struct fault *fault)
{
    bool json = ends(file->name, ".json"), hdf5 = ends(file->name, ".hdf5") || ends(file->name, ".h5");
    if ((!json && !hdf5) || (json && u->json.p) || (hdf5 && u->samples.bytes.p))
        return fault_set(fault, ERR_INVALID_RECORD, file->where, "expected one file .json and one file .hdf5");
    if (json) {
        u->json = arena_str(arena, file->content);
        return 0;
    }
    if (!is_hdf5(file->content))
        return fault_set(fault, ERR_INVALID_RECORD, file->where, "expected a file in the format HDF5");
    u->samples = (struct new_file){arena_str(arena, name_of(file)), arena_str(arena, file->content)};
    return 0;
}

static int unpack(struct request *r, struct str archive, struct upload *ret, struct fault *fault)
{
    ZIP_CLEANUP struct zip *zip = NULL;
    struct api_limits limits = api_limits(api_of(r));
    struct zip_file file;
    int error = zip_open(archive, &limits.archive, &zip, fault);
    while (!error && !(error = zip_next(zip, &file, fault)))
        error = take_file(ret, &file, request_arena(r), fault);
    if (error == ZIP_END && (!ret->json.p || !ret->samples.bytes.p))
        return fault_set(fault, ERR_INVALID_RECORD, "body", "expected an archive of one file .json and one file .hdf5");
    return error == ZIP_END ? 0 : error;
}

void filedrop_gnssrawif(struct request *r)
{
    struct upload *u = arena_alloc(request_arena(r), sizeof *u);
    struct str archive = request_body(r);
    struct fault fault;
    int error = query_check(r, &fault);
    if (!error && !zip_is(archive))
        error = take_part(r, &archive, &fault);
    if (!error)
        error = unpack(r, archive, u, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        post_incoming(
            r, &(struct incoming){
                   .type = record_type_find(STR("gnssrawif")), .json = u->json, .dropped = true, .file = &u->samples});
}
