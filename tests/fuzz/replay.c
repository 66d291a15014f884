/* Feeds every file of the given folders to a fuzz harness: what was once found stays found, without a fuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define INPUT_MAX ((size_t)1024 * 1024)

static void replay(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(INPUT_MAX);
    if (!f || !data) {
        perror(path);
        exit(2);
    }
    size_t n = fread(data, 1, INPUT_MAX, f);
    fclose(f);
    uint8_t *exact = malloc(n ? n : 1); /* of the exact size, so that AddressSanitizer sees every read beyond */
    if (!exact)
        exit(2);
    for (size_t i = 0; i < n; i++)
        exact[i] = data[i];
    free(data);
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
}

static size_t replay_folder(const char *folder)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, NULL, alphasort);
    size_t replayed = 0;
    if (n < 0) {
        perror(folder);
        exit(2);
    }
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.') {
            replay(folder, entries[i]->d_name);
            replayed++;
        }
        free(entries[i]);
    }
    free(entries);
    return replayed;
}

int main(int argc, char **argv)
{
    size_t replayed = 0;
    for (int i = 1; i < argc; i++)
        replayed += replay_folder(argv[i]);
    printf("%zu inputs\n", replayed);
    return replayed ? 0 : 1;
}
