#include "support.h"
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>

struct str file_text(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(2);
    }
    struct buf b = {0};
    size_t got;
    do {
        got = fread(buf_reserve(&b, 65536), 1, 65536, f);
        b.n += got;
    } while (got);
    fclose(f);
    buf_char(&b, '\0');
    return (struct str){b.p, b.n - 1};
}

struct registry *registry_of(struct str json, instant now)
{
    struct registry *reg;
    struct fault fault;
    if (registry_parse(json, 1, now, NULL, NULL, &reg, &fault)) {
        fprintf(stderr, "%s: %s\n%.*s\n", fault.where, fault.detail, STR_ARG(json));
        exit(2);
    }
    return reg;
}

struct registry *registry_of_file(const char *path, instant now)
{
    struct str text = file_text(path);
    struct registry *reg = registry_of(text, now);
    free((void *)(uintptr_t)text.p);
    return reg;
}

instant at(const char *text)
{
    instant t;
    if (!instant_parse(str_of(text), &t)) {
        fprintf(stderr, "%s is no instant\n", text);
        exit(2);
    }
    return t;
}
