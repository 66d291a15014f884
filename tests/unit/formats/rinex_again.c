/* Writes a file of navigation messages again: rinex-again FILE. */
#include "rinex_nav.h"

#include <stdio.h>

#define FILE_MAX (1 << 20)

static int write_again(struct str text, struct arena *arena, struct buf *out, struct fault *fault)
{
    struct rinex_nav_reader r;
    struct rinex_nav m;
    int error = rinex_nav_open(text, arena, &r, fault);
    if (!error)
        rinex_header_write(&r.header, out);
    while (!error && !(error = rinex_nav_next(&r, &m, fault)))
        error = rinex_nav_write(&r.header, &m, out, fault);
    return error == RINEX_END ? 0 : error;
}

int main(int argc, char **argv)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    struct fault fault;
    FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!f)
        return 2;
    char *text = arena_alloc(arena, FILE_MAX);
    size_t n = fread(text, 1, FILE_MAX, f);
    fclose(f);
    int error = write_again((struct str){text, n}, arena, &out, &fault);
    if (error)
        fprintf(stderr, "%s: %s: %s\n", argv[1], fault.where, fault.detail);
    fwrite(out.p, 1, out.n, stdout);
    return error != 0;
}
