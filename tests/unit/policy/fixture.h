/* What most suites of policy/ stand on: a policy file, its registers and an arena, made anew for each test. */
#pragma once
#include "support.h"

#define ACCEPTED at("2026-02-01") /* when what has no backfill was accepted */

extern struct str policy_text; /* the file */
extern struct registry *reg;
extern struct arena *arena;

/* Once in a test file: TestSuite with the registers of a file. */
#define SUITE(name, file)                                                                                              \
    static void begin(void)                                                                                            \
    {                                                                                                                  \
        fixture_begin(file);                                                                                           \
    }                                                                                                                  \
    TestSuite(name, .init = begin, .fini = fixture_end)
void fixture_begin(const char *file);
void fixture_end(void);

/* The file with the first `old` replaced, in the arena. Ends the program if there is none. */
struct str with(const char *old, const char *new);
