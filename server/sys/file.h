/* Whole small files: configuration, certificates, keys, policy. */
#pragma once
#include "buf.h"
#include "error.h"

/* Appends the file's bytes to *out. ERR_IO names the path and the system's reason; a file of more than `most` bytes is
 * refused before it is read whole. */
int file_read(const char *path, size_t most, struct buf *out, struct fault *fault);
