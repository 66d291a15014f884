#include "report.h"
#include "client.h"
#include "memory.h"
#include "records.h"

#include <errno.h>
#include <unistd.h>

struct report {
    const char *path;
    FILE *file;
    struct digest *had; /* in order */
    size_t n;
};

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct digest));
}

/* A line that a crash cut short is no line. */
static void read_line(struct report *r, struct str line, size_t *room)
{
    struct str text = member_of(line, "sha256");
    struct digest digest;
    if (text.n != DIGEST_HEX + 2 || !hex_parse((struct str){text.p + 1, DIGEST_HEX}, &digest, sizeof digest))
        return;
    if (r->n == *room) {
        *room = *room ? *room * 2 : 1024;
        r->had = memory_resize(r->had, *room * sizeof *r->had);
    }
    r->had[r->n++] = digest;
}

static void read_lines(struct report *r)
{
    char *line = NULL;
    size_t size = 0, room = 0;
    ssize_t n;
    bool ended = true;
    rewind(r->file);
    while ((n = getline(&line, &size, r->file)) > 0) {
        ended = line[n - 1] == '\n';
        if (ended)
            read_line(r, (struct str){line, (size_t)n}, &room);
    }
    free(line);
    if (r->n)
        qsort(r->had, r->n, sizeof *r->had, compare);
    clearerr(r->file);
    if (!ended)
        fputc('\n', r->file);
}

int report_open(const char *path, struct report **ret)
{
    *ret = NULL;
    if (!path)
        return 0;
    FILE *file = fopen(path, "a+");
    if (!file)
        return complain(EX_CANTCREAT, "%s: %s", path, strerror(errno));
    struct report *r = memory_zeroed(sizeof *r);
    *r = (struct report){.path = path, .file = file};
    read_lines(r);
    *ret = r;
    return 0;
}

bool report_has(const struct report *r, const struct digest *digest)
{
    return r && r->n && bsearch(digest, r->had, r->n, sizeof *r->had, compare);
}

void report_add(struct report *r, size_t number, const char *type, const struct digest *digest, struct str id)
{
    char hex[DIGEST_HEX];
    BUF_CLEANUP struct buf line = {0};
    if (!r)
        return;
    hex_write(digest->bytes, DIGEST_SIZE, hex);
    buf_printf(&line, "{\"record\":%zu", number);
    buf_member_text(&line, "type", str_of(type));
    buf_member_text(&line, "sha256", (struct str){hex, sizeof hex});
    buf_member_text(&line, "id", id);
    buf_z(&line, "}\n");
    fwrite(line.p, 1, line.n, r->file);
}

int report_keep(struct report *r)
{
    if (r && (fflush(r->file) || fsync(fileno(r->file))))
        return complain(EX_IOERR, "%s: %s", r->path, strerror(errno));
    return 0;
}

int report_close(struct report *r)
{
    if (!r)
        return 0;
    int error = report_keep(r);
    fclose(r->file);
    free(r->had);
    free(r);
    return error;
}
