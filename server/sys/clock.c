#include "clock.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

struct clock {
    char *path; /* NULL: the system's clock */
    _Atomic instant last;
};

static bool read_instant(const char *path, instant *ret)
{
    char text[64];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof text);
    close(fd);
    size_t len = n > 0 ? (size_t)n : 0;
    while (len && (text[len - 1] == '\n' || text[len - 1] == ' '))
        len--;
    return instant_parse((struct str){text, len}, ret);
}

int clock_open(const char *path, struct clock **ret, struct fault *fault)
{
    instant first = 0;
    bool simulated = path && *path;
    if (simulated && !read_instant(path, &first))
        return fault_set(fault, ERR_BAD_CONFIG, "clock.file", "%s: expected a readable file with one ISO 8601 time",
                         path);
    struct clock *c = memory_zeroed(sizeof *c);
    c->path = simulated ? memory_strdup(path) : NULL;
    atomic_store(&c->last, first);
    *ret = c;
    return 0;
}

void clock_free(struct clock *c)
{
    if (!c)
        return;
    free(c->path);
    free(c);
}

static int64_t read_clock(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * INSTANT_SECOND + ts.tv_nsec / 1000;
}

instant clock_now(struct clock *c)
{
    instant t;
    if (!c->path)
        return read_clock(CLOCK_REALTIME);
    if (read_instant(c->path, &t))
        atomic_store(&c->last, t);
    return atomic_load(&c->last);
}

bool clock_is_simulated(const struct clock *c)
{
    return c->path != NULL;
}

int64_t clock_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}
