#include "clock_file.h"

#include <stdio.h>
#include <stdlib.h>

void clock_file_set(const char *path, instant now)
{
    char text[INSTANT_TEXT + 1], temporary[128];
    snprintf(temporary, sizeof temporary, "%s.new", path);
    FILE *f = fopen(temporary, "w");
    bool written = f && fprintf(f, "%s\n", instant_text(now, text)) > 0;
    if ((f && fclose(f)) || !written || rename(temporary, path)) {
        perror(path);
        exit(1);
    }
}
