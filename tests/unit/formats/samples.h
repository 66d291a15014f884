/* Files of others, in the folder RELTO_SHARED, or in shared/data beside the source: what reads them is skipped where
 * there are none. */
#pragma once
#include "arena.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

struct sample {
    const char *path;
    struct str text;
};

static struct str sample_read(const char *path, struct arena *arena)
{
    FILE *f = fopen(path, "rb");
    cr_assert_not_null(f, "%s", path);
    fseek(f, 0, SEEK_END);
    size_t n = (size_t)ftell(f);
    rewind(f);
    char *p = arena_alloc(arena, n + 1);
    cr_assert_eq(fread(p, 1, n, f), n, "%s", path);
    fclose(f);
    return (struct str){p, n};
}

/* The files of a folder in it; skips the test if there are none. */
static size_t samples_of(const char *folder, struct arena *arena, struct sample *list, size_t max)
{
    const char *shared = getenv("RELTO_SHARED");
    const char *path = arena_printf(arena, "%s/%s", shared ? shared : SHARED, folder);
    DIR *dir = opendir(path);
    size_t n = 0;
    if (!dir)
        cr_skip_test("no samples: %s", path);
    for (struct dirent *e; (e = readdir(dir)) && n < max;)
        if (e->d_name[0] != '.') {
            list[n].path = arena_printf(arena, "%s/%s", path, e->d_name);
            list[n].text = sample_read(list[n].path, arena);
            n++;
        }
    closedir(dir);
    return n;
}
