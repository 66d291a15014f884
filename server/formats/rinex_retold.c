#include "rinex_retold.h"
#include "fixed.h"
#include "json.h"
#include "members.h"
#include "memory.h"
#include "rinex_records.h"

#include <stdlib.h>

#define VERSION "     4.02           NAVIGATION DATA     M                   RINEX VERSION / TYPE\n"
#define PROGRAM "                                                            PGM / RUN BY / DATE\n"
#define END "                                                            END OF HEADER\n"

static int refuse(struct fault *fault)
{
    return fault_set(fault, ERR_INVALID_RECORD, "header",
                     "expected lines of a header of RINEX, which no other field has");
}

/* The lines between those that a header must have. */
static bool whole_header(const struct str *list, size_t n, struct arena *arena, struct buf *out)
{
    bool made = false;
    buf_z(out, VERSION);
    for (size_t i = 0; i < n; i++) {
        struct member m = {STR("x"), list[i]};
        struct str line = member_value(&m, 1, "x", arena);
        if (!fixed_text(line))
            return false;
        made |= str_is(str_trim(str_slice(line, RINEX_COLUMNS, line.n)), "PGM / RUN BY / DATE");
        buf_str(out, line);
        buf_char(out, '\n');
    }
    buf_z(out, made ? END : PROGRAM END);
    return true;
}

/* Read as any header is; what is made of records is not for them to say. */
static int read_lines(struct str json, struct arena *arena, struct retold_file *f, struct fault *fault)
{
    BUF_CLEANUP struct buf text = {0};
    struct rinex_header h;
    const struct str *list;
    size_t n = 0;
    *f = (struct retold_file){.json = arena_str(arena, json)};
    if (!elements_of(f->json, arena, &list, &n) || !whole_header(list, n, arena, &text))
        return refuse(fault);
    struct lines lines = lines_of(arena_str(arena, buf_view(&text)));
    if (rinex_header_read(&lines, arena, &h, NULL) || h.n < n + 1)
        return refuse(fault);
    f->lines = h.lines + 1;
    f->n = n;
    for (size_t i = 0; i < n; i++)
        if (rinex_is_correction(f->lines[i].label))
            return refuse(fault);
    return 0;
}

int rinex_retold_add(struct rinex_retold *r, struct str json, struct fault *fault)
{
    struct retold_file f;
    if (!json.n)
        return 0;
    for (size_t i = 0; i < r->n; i++)
        if (str_eq(r->files[i].json, json))
            return 0;
    if (!r->arena)
        r->arena = arena_new();
    int error = read_lines(json, r->arena, &f, fault);
    if (!error && r->lines + f.n > RINEX_RETOLD_MAX)
        error =
            fault_set(fault, ERR_INVALID_RECORD, "header", "expected at most %d lines in all files", RINEX_RETOLD_MAX);
    if (error)
        return error;
    if (r->n == r->room) {
        r->room = r->room ? 2 * r->room : 8;
        r->files = memory_resize(r->files, r->room * sizeof *r->files);
    }
    r->files[r->n++] = f;
    r->lines += f.n;
    return 0;
}

void rinex_retold_cut(struct rinex_retold *r, size_t n)
{
    while (r->n > n)
        r->lines -= r->files[--r->n].n;
}

static bool is_line(const struct rinex_line *a, const struct rinex_line *b)
{
    return str_eq(a->label, b->label) && str_eq(a->text, b->text);
}

static bool has_line(const struct retold_file *f, const struct rinex_line *line)
{
    size_t i = 0;
    while (i < f->n && !is_line(&f->lines[i], line))
        i++;
    return i < f->n;
}

/* In so many of the first files. */
static size_t count_files(const struct rinex_retold *r, size_t n, const struct rinex_line *line)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += has_line(&r->files[i], line);
    return count;
}

const struct rinex_line *rinex_retold_common(const struct rinex_retold *r, const char *label)
{
    for (size_t i = 0; r->n && i < r->files[0].n; i++) {
        const struct rinex_line *line = &r->files[0].lines[i];
        if (str_is(line->label, label))
            return count_files(r, r->n, line) == r->n ? line : NULL;
    }
    return NULL;
}

bool rinex_retold_remarks(const struct rinex_retold *r, struct str text)
{
    const struct rinex_line comment = {.label = STR("COMMENT"), .text = text};
    return count_files(r, r->n, &comment);
}

static void write_one(const struct rinex_retold *r, struct rinex_line line, struct buf *out)
{
    if (str_is(line.label, "LEAP SECONDS") || (rinex_label_once(line.label) && count_files(r, r->n, &line) < r->n))
        line.label = STR("COMMENT");
    rinex_line_write(&line, out);
}

void rinex_retold_write(const struct rinex_retold *r, const struct rinex_line *made, const struct rinex_line *leap,
                        struct buf *out)
{
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->files[i].n; k++) {
            const struct rinex_line *line = &r->files[i].lines[k];
            if (!(made && is_line(line, made)) && !(leap && is_line(line, leap)) && !count_files(r, i, line))
                write_one(r, *line, out);
        }
}

void rinex_retold_free(struct rinex_retold *r)
{
    arena_free(r->arena);
    free(r->files);
}
