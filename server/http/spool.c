/* Bodies that are too long for memory: in a file without a name, which is mapped when the body has come whole. They are
 * written by the thread that carries the connection: into the kernel's pages, which the disk gets later. */
#include "http_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int refuse(struct fault *fault, const char *what)
{
    return fault_set(fault, ERR_UNAVAILABLE, "body", "%s: %s", what, strerror(errno));
}

/* A name, for a moment: not every file system makes files without one. */
static int open_file(struct request *r, struct fault *fault)
{
    const char *folder = r->server->config.spool;
    if (r->spool.fd >= 0)
        return 0;
    char *path = arena_printf(r->arena, "%s/reltod-XXXXXX", folder);
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return refuse(fault, folder);
    unlink(path);
    r->spool.fd = fd;
    return 0;
}

static int write_all(struct request *r, struct fault *fault)
{
    for (size_t done = 0; done < r->body.n;) {
        ssize_t n = write(r->spool.fd, r->body.p + done, r->body.n - done);
        if (n < 0 && errno != EINTR)
            return refuse(fault, r->server->config.spool);
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int spool_add(struct request *r, struct fault *fault)
{
    struct http_server *s = r->server;
    size_t n = r->body.n;
    if (atomic_fetch_add(&s->spooled, n) + n > s->config.limits.import_spool) {
        atomic_fetch_sub(&s->spooled, n);
        return fault_set(fault, ERR_UNAVAILABLE, "body", "too many bytes of long bodies at once");
    }
    r->spool.n += n;
    int error = open_file(r, fault);
    if (!error)
        error = write_all(r, fault);
    if (error)
        return error;
    atomic_fetch_sub(&s->body_bytes, n);
    buf_clear(&r->body);
    return 0;
}

int spool_end(struct request *r, struct fault *fault)
{
    int error = r->body.n ? spool_add(r, fault) : 0;
    if (error)
        return error;
    buf_free(&r->body);
    void *map = mmap(NULL, r->spool.n, PROT_READ, MAP_PRIVATE, r->spool.fd, 0);
    if (map == MAP_FAILED)
        return refuse(fault, "a long body cannot be mapped");
    madvise(map, r->spool.n, MADV_SEQUENTIAL); /* what has been read need not stay in memory */
    r->spool.map = map;
    return 0;
}

void spool_drop(struct request *r)
{
    if (r->spool.map)
        munmap(r->spool.map, r->spool.n);
    if (r->spool.fd >= 0)
        close(r->spool.fd);
    atomic_fetch_sub(&r->server->spooled, r->spool.n);
    r->spool.map = NULL;
    r->spool.fd = -1;
    r->spool.n = 0;
}
