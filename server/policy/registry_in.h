/* Shared by the readers of a policy file's parts. Inside of policy/. */
#pragma once
#include "json_in.h"
#include "registry_data.h"

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGIT "0123456789"

struct building {
    struct registry *reg;
    struct json_in *in;
    instant now;
    registry_accepted *accepted;
    void *ctx;
};

bool text_only(struct str s, const char *allowed);
/* The number of the code at n; 0 on deviation. */
size_t in_refer(const struct node *n, const struct codes *known, const char *what);
struct set in_refer_all(const struct node *list, const struct codes *known, const char *what);
/* {"USA": "S", …}: ranks by profile, NO_LEVEL where none is named. */
void in_levels(const struct registry *reg, const struct node *map, int8_t out[REGISTRY_PROFILES_MAX]);
unsigned in_modes(const struct node *list);
void in_principals(struct building *b, const struct node *list);
