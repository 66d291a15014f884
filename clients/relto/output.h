/* What the client writes: files whole or not at all, progress, members of one object, text that no terminal obeys. */
#pragma once
#include "buf.h"
#include <stdio.h>

/* Text of a value, for people: control characters as `?`. */
void add_shown(struct buf *b, struct str text);
/* A line for each member, strings without their quotes. */
int print_members(struct str object);

/* A file that takes its name when it is whole; path NULL: standard output. */
struct output {
    const char *path;
    char *part;
    FILE *file;
};
int output_open(struct output *o, const char *path);
/* error: the status so far; the file is kept only if it is 0. Answers that, or why it could not be kept. */
int output_close(struct output *o, int error);
/* Replaces a small file by text, so that it is whole after a crash. */
int file_replace(const char *path, struct str text);

/* How far long work is, on a terminal only. */
struct progress {
    const char *what;
    bool on;
    long long shown; /* monotonic, ms */
};
struct progress progress_of(const char *what, bool quiet);
void progress_show(struct progress *p, size_t n);
void progress_end(struct progress *p);
