/* What the tests of policy/ share. */
#pragma once
#include "admit.h"

/* Ends the program if the file cannot be read. The text is NUL-terminated; free() it. */
struct str file_text(const char *path);
/* Ends the program with the fault if the text is not a policy file. Entries with "backfill": "none" are accepted at
 * now. */
struct registry *registry_of(struct str json, instant now);
struct registry *registry_of_file(const char *path, instant now);
/* An instant from text that is known to be one. */
instant at(const char *text);

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#include <stdlib.h>
/* Criterion reports success although LeakSanitizer printed a leak: each suite looks for one itself, in its .fini. */
static inline void no_leaks(void)
{
    if (__lsan_do_recoverable_leak_check())
        abort();
}
#else
static inline void no_leaks(void)
{
}
#endif
