/* Criterion reports success although LeakSanitizer printed a leak: each suite looks for one itself, in its .fini. */
#pragma once
#include <stdlib.h>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
static void no_leaks(void)
{
    if (__lsan_do_recoverable_leak_check())
        abort();
}
#else
static void no_leaks(void)
{
}
#endif
