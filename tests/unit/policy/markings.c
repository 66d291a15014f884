/* The corpus of markings: what is read and how it is written, what is refused, where and by which rule, and what
 * portions roll up to.
 *
 * usage: markings POLICY VALID INVALID ROLLUPS. A line of VALID is `poster | text | portion | banner`, of INVALID
 * `poster | text | rule | offset | suggestion`, of ROLLUPS `author | portion ; portion … | banner`; `#` begins a
 * remark. The program says what is wrong and exits with 1.
 */
#include "rollup.h"
#include "support.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define COLUMNS 5

struct corpus {
    const struct registry *reg;
    const char *file;
    int line;
    size_t lines, wrong;
};

__attribute__((format(printf, 3, 4))) static void complain(struct corpus *c, const char *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("%s:%d: %s: ", c->file, c->line, text);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
    c->wrong++;
}

static const char *label_json(const struct label *l, struct arena *arena)
{
    BUF_CLEANUP struct buf out = {0};
    label_write(l, &out);
    return arena_strz(arena, buf_view(&out));
}

static const char *text_of(const struct corpus *c, const struct label *l, const char *poster, bool banner,
                           struct arena *arena)
{
    BUF_CLEANUP struct buf out = {0};
    label_text(c->reg, l, str_of(poster), banner, &out);
    return arena_strz(arena, buf_view(&out));
}

static const struct label *read_text(const struct corpus *c, const char *poster, const char *text,
                                     struct marking_fault *mf, struct arena *arena)
{
    const struct label *l = NULL;
    *mf = (struct marking_fault){0};
    return label_parse(c->reg, str_of(poster), str_of(text), NULL, arena, &l, mf, NULL) ? NULL : l;
}

/* Parse, print, parse gives the same label; so does the label's JSON. */
static void check_same(struct corpus *c, const char *poster, const struct label *l, const char *text,
                       struct arena *arena)
{
    struct marking_fault mf;
    const struct label *again = read_text(c, poster, text, &mf, arena), *stored = NULL;
    if (!again || strcmp(label_json(again, arena), label_json(l, arena)) != 0)
        complain(c, text, "is not the label it was made from: %s %s", mf.rule, mf.detail);
    const char *json = label_json(l, arena);
    if (label_read(c->reg, str_of(json), arena, &stored, NULL) || strcmp(label_json(stored, arena), json) != 0)
        complain(c, text, "%s does not read back", json);
}

/* Only normalise rewrites, and says so whenever it does. */
static void check_normalised(struct corpus *c, const char *poster, const char *text, const char *canonical,
                             struct arena *arena)
{
    struct marking_changes changes;
    struct marking_fault mf;
    const struct label *l;
    if (label_normalise(c->reg, str_of(poster), str_of(text), NULL, NULL, arena, &l, &changes, &mf, NULL)) {
        complain(c, text, "is not normalised: %s", mf.detail);
        return;
    }
    const char *got = text_of(c, l, poster, false, arena);
    if (strcmp(got, canonical) != 0)
        complain(c, text, "is normalised to %s, not to %s", got, canonical);
    if ((changes.n == 0) != (strcmp(text, canonical) == 0))
        complain(c, text, "becomes %s with %zu changes", canonical, changes.n);
    for (size_t i = 0; i < changes.n; i++)
        if (changes.v[i].offset > strlen(text) || !*changes.v[i].rule || !*changes.v[i].detail)
            complain(c, text, "change %zu does not say where, why or what", i);
}

static void check_valid(struct corpus *c, char *const v[COLUMNS])
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct marking_fault mf;
    const struct label *l = read_text(c, v[0], v[1], &mf, arena);
    if (!l) {
        complain(c, v[1], "refused at %zu: %s %s", mf.offset, mf.rule, mf.detail);
        return;
    }
    for (int banner = 0; banner < 2; banner++) {
        const char *text = text_of(c, l, v[0], banner, arena);
        if (strcmp(text, v[2 + banner]) != 0)
            complain(c, v[1], "written %s, not %s", text, v[2 + banner]);
        check_same(c, v[0], l, text, arena);
    }
    check_normalised(c, v[0], v[1], v[2], arena);
    check_normalised(c, v[0], v[2], v[2], arena);
}

static void check_invalid(struct corpus *c, char *const v[COLUMNS])
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct marking_fault mf;
    const struct label *l = read_text(c, v[0], v[1], &mf, arena);
    struct marking_changes changes;
    if (l) {
        complain(c, v[1], "accepted as %s", label_json(l, arena));
        return;
    }
    if (strcmp(mf.rule, v[2]) != 0 || mf.offset != (size_t)atol(v[3]))
        complain(c, v[1], "refused by %s at %zu, not by %s at %s: %s", mf.rule, mf.offset, v[2], v[3], mf.detail);
    if (strcmp(mf.suggestion, v[4]) != 0)
        complain(c, v[1], "suggests `%s`, not `%s`", mf.suggestion, v[4]);
    struct marking_fault again;
    bool repaired = !label_normalise(c->reg, str_of(v[0]), str_of(v[1]), NULL, NULL, arena, &l, &changes, &again, NULL);
    if (repaired != (*mf.suggestion != '\0') || (repaired && !changes.n))
        complain(c, v[1], "%s, with %zu changes", repaired ? "is normalised without a suggestion" : "is not normalised",
                 changes.n);
    if (repaired && !read_text(c, v[0], mf.suggestion, &again, arena))
        complain(c, v[1], "its suggestion is refused: %s", again.detail);
}

#define PORTIONS 8

/* In any order, and together with what comes out. */
static void check_laws(struct corpus *c, const char *author, const struct label **portions, size_t n,
                       const struct label *rolled, struct arena *arena)
{
    const struct label *again, *turned[PORTIONS + 1];
    for (size_t i = 0; i < n; i++)
        turned[i] = portions[n - 1 - i];
    turned[n] = rolled;
    for (size_t more = 0; more < 2; more++) {
        rollup(c->reg, str_of(author), turned, n + more, arena, &again, NULL);
        if (strcmp(label_json(again, arena), label_json(rolled, arena)) != 0)
            complain(c, author, "%s and %s are rolled up from the same", label_json(again, arena),
                     label_json(rolled, arena));
    }
}

static void check_rollup(struct corpus *c, char *const v[COLUMNS])
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct label *portions[PORTIONS], *rolled, *read;
    struct marking_fault mf;
    size_t n = 0;
    for (char *text = v[1], *next; text && n < PORTIONS; text = next) {
        next = strstr(text, " ; ");
        if (next)
            *next = '\0';
        portions[n] = read_text(c, v[0], text, &mf, arena);
        if (!portions[n++]) {
            complain(c, text, "refused at %zu: %s %s", mf.offset, mf.rule, mf.detail);
            return;
        }
        next = next ? next + 3 : NULL;
    }
    rollup(c->reg, str_of(v[0]), portions, n, arena, &rolled, NULL);
    const char *banner = text_of(c, rolled, v[0], true, arena);
    if (strcmp(banner, v[2]) != 0)
        complain(c, v[1], "and others give %s, not %s", banner, v[2]);
    read = read_text(c, v[0], banner, &mf, arena);
    if (!read || strcmp(label_json(read, arena), label_json(rolled, arena)) != 0)
        complain(c, banner, "does not read back: %s", mf.detail);
    check_laws(c, v[0], portions, n, rolled, arena);
}

static void split(char *line, char *v[COLUMNS])
{
    for (int i = 0; i < COLUMNS; i++) {
        char *next = line ? strstr(line, " |") : NULL;
        v[i] = line;
        if (next)
            *next = '\0';
        line = next ? next + (next[2] ? 3 : 2) : NULL;
    }
}

static void check_file(struct corpus *c, const char *file, void check(struct corpus *, char *const *))
{
    struct str text = file_text(file);
    char *all = (char *)(uintptr_t)text.p, *v[COLUMNS], empty[1] = "";
    c->file = file;
    c->line = 0;
    for (char *line = all, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        c->line++;
        if (*line == '#' || !*line)
            continue;
        split(line, v);
        for (int i = 0; i < COLUMNS; i++)
            v[i] = v[i] ? v[i] : empty;
        c->lines++;
        check(c, v);
    }
    free(all);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    struct registry *reg = registry_of_file(argv[1], at("2026-07-01"));
    struct corpus c = {.reg = reg};
    check_file(&c, argv[2], check_valid);
    check_file(&c, argv[3], check_invalid);
    check_file(&c, argv[4], check_rollup);
    printf("%zu markings, %zu wrong\n", c.lines, c.wrong);
    registry_unref(reg);
    return c.wrong > 0;
}
