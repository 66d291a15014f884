#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define FILE_STEP 16384

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

int file_read(const char *path, size_t most, struct buf *out, struct fault *fault)
{
    __attribute__((cleanup(close_fd))) int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t start = out->n;
    if (fd < 0)
        return fault_set(fault, ERR_IO, path, "cannot open: %s", strerror(errno));
    for (;;) {
        ssize_t n = read(fd, buf_reserve(out, FILE_STEP), FILE_STEP);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fault_set(fault, ERR_IO, path, "cannot read: %s", strerror(errno));
        if (n == 0)
            return 0;
        out->n += (size_t)n;
        if (out->n - start > most)
            return fault_set(fault, ERR_IO, path, "larger than %zu bytes", most);
    }
}
