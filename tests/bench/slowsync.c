/* Preloaded into PostgreSQL: while the file that RELTO_BENCH_SLOW names is there, a sync to disk takes 2 ms longer. */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SLOWER_NS 2000000

typedef int sync_function(int fd);

static int slowly(const char *name, int fd)
{
    const char *flag = getenv("RELTO_BENCH_SLOW");
    union {
        void *symbol;
        sync_function *call;
    } real = {.symbol = dlsym(RTLD_NEXT, name)}; /* dlsym(3p): the conversion that ISO C has no cast for */
    if (flag && access(flag, F_OK) == 0)
        nanosleep(&(struct timespec){.tv_nsec = SLOWER_NS}, NULL);
    return real.call(fd);
}

int fdatasync(int fd)
{
    return slowly("fdatasync", fd);
}

int fsync(int fd)
{
    return slowly("fsync", fd);
}
