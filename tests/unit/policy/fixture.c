#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

struct str policy_text;
struct registry *reg;
struct arena *arena;

void fixture_begin(const char *file)
{
    policy_text = file_text(file);
    reg = registry_of(policy_text, ACCEPTED);
    arena = arena_new();
}

void fixture_end(void)
{
    free((void *)(uintptr_t)policy_text.p);
    registry_unref(reg);
    arena_free(arena);
    policy_text = (struct str){NULL, 0};
    reg = NULL;
    arena = NULL;
    no_leaks();
}

struct str with(const char *old, const char *new)
{
    const char *found = strstr(policy_text.p, old);
    if (!found) {
        fprintf(stderr, "%s is not in the file\n", old);
        exit(2);
    }
    return str_of(
        arena_printf(arena, "%.*s%s%s", (int)(found - policy_text.p), policy_text.p, new, found + strlen(old)));
}
