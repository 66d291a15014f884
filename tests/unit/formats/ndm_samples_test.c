/* Samples of others, where they are: ../shared/data beside the source, or $RELTO_SHARED. */
#include "leaks.h"
#include "ndm_text.h"

#include <glob.h>
#include <stdio.h>

TestSuite(ndm_samples, .fini = no_leaks);

static void read_file(const char *path, struct buf *ret)
{
    FILE *f = fopen(path, "rb");
    cr_assert(f, "%s", path);
    size_t n;
    while ((n = fread(buf_reserve(ret, 65536), 1, 65536, f)) > 0)
        ret->n += n;
    fclose(f);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Some metadata may come in any order. */
static void add_sorted(struct buf *lines, struct buf *out)
{
    char *found[1024];
    size_t n = 0;
    buf_char(lines, '\0');
    for (char *at = strtok(lines->p, "\n"); at; at = strtok(NULL, "\n")) {
        cr_assert_lt(n, sizeof found / sizeof *found);
        found[n++] = at;
    }
    qsort(found, n, sizeof *found, by_text);
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s\n", found[i]);
}

/* Values, comments, and lines of data in their order. JSON has no units. */
static void digest(struct str text, const char *path, bool units, struct buf *out)
{
    BUF_CLEANUP struct buf comments = {0}, values = {0};
    NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(text);
    struct ndm_event e;
    struct fault fault = {0};
    int error;
    while (!(error = ndm_next(r, &e, &fault))) {
        if (e.what == NDM_COMMENT)
            buf_printf(&comments, "COMMENT %.*s\n", STR_ARG(e.text));
        if (e.what == NDM_VALUE)
            buf_printf(&values, "%.*s = %.*s [%.*s]\n", STR_ARG(e.keyword), STR_ARG(e.text), units ? (int)e.unit.n : 0,
                       e.unit.p);
        for (size_t i = 0; i < e.count; i++)
            buf_printf(out, "%.*s %.*s\n", STR_ARG(e.keyword), STR_ARG(e.values[i]));
    }
    cr_assert_eq(error, NDM_END, "%s: %s: %s", path, fault.where, fault.detail);
    buf_str(out, buf_view(&comments));
    add_sorted(&values, out);
}

static void keeps_its_meaning(const char *path, enum ndm_notation notation)
{
    BUF_CLEANUP struct buf text = {0}, written = {0}, before = {0}, after = {0};
    read_file(path, &text);
    digest(buf_view(&text), path, notation != NDM_JSON, &before);
    converted(buf_view(&text), notation, &written);
    digest(buf_view(&written), path, notation != NDM_JSON, &after);
    cr_assert(str_eq(buf_view(&before), buf_view(&after)), "%s:\n%.*s", path, STR_ARG(buf_view(&written)));
}

Test(ndm_samples, keep_their_meaning)
{
    static const char *const patterns[] = {"oem/*", "opm/*", "ocm/*", "omm/*", "ndm/*", "cdm/*", "tdm/*", "rdm/*"};
    const char *folder = getenv("RELTO_SHARED");
    size_t found = 0;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        char pattern[4096];
        glob_t files;
        snprintf(pattern, sizeof pattern, "%s/%s", folder ? folder : SHARED, patterns[i]);
        if (!glob(pattern, 0, NULL, &files))
            for (size_t f = 0; f < files.gl_pathc; f++, found++)
                for (int n = NDM_KVN; n <= (strstr(files.gl_pathv[f], "/omm/") ? NDM_JSON : NDM_XML); n++)
                    keeps_its_meaning(files.gl_pathv[f], (enum ndm_notation)n);
        globfree(&files);
    }
    if (!found)
        cr_skip_test("no samples in " SHARED);
}
