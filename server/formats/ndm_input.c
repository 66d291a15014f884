#include "ndm_input.h"
#include "memory.h"

#define WINDOW ((size_t)64 * 1024)

struct ndm_input ndm_input_of(struct str text)
{
    return (struct ndm_input){.text = text, .ended = true};
}

struct ndm_input ndm_input_from(struct ndm_source source)
{
    return (struct ndm_input){.source = source, .window = memory_alloc(WINDOW)};
}

void ndm_input_free(struct ndm_input *in)
{
    free(in->window);
}

bool ndm_input_more(struct ndm_input *in)
{
    if (in->ended || in->text.n == WINDOW)
        return false;
    if (in->text.n)
        memmove(in->window, in->text.p, in->text.n);
    long n = in->source.pull(in->source.context, in->window + in->text.n, WINDOW - in->text.n);
    in->failed = n < 0 || (size_t)n > WINDOW - in->text.n;
    in->ended = in->failed || n == 0;
    in->text = (struct str){in->window, in->text.n + (in->ended ? 0 : (size_t)n)};
    return !in->ended;
}

void ndm_input_skip(struct ndm_input *in, size_t n)
{
    in->text = (struct str){in->text.p + n, in->text.n - n};
    in->taken += n;
}

char ndm_input_first(struct ndm_input *in)
{
    while (in->text.n < 3 && ndm_input_more(in))
        ;
    if (in->text.n >= 3 && memcmp(in->text.p, "\xef\xbb\xbf", 3) == 0)
        ndm_input_skip(in, 3);
    while (in->text.n || ndm_input_more(in)) {
        if (!memchr(" \t\r\n", in->text.p[0], 4))
            return in->text.p[0];
        in->line += in->text.p[0] == '\n';
        ndm_input_skip(in, 1);
    }
    return '\0';
}

bool ndm_input_line(struct ndm_input *in, struct str *ret)
{
    const char *end = in->text.n ? memchr(in->text.p, '\n', in->text.n) : NULL;
    while (!end && in->text.n <= NDM_LINE_MAX && ndm_input_more(in))
        end = memchr(in->text.p, '\n', in->text.n);
    struct str line = {in->text.p, end ? (size_t)(end - in->text.p) : in->text.n};
    *ret = (struct str){0};
    if (in->failed || (!end && !line.n))
        return false;
    in->line++;
    *ret = line;
    if (line.n > NDM_LINE_MAX)
        return false;
    ndm_input_skip(in, line.n + (end != NULL));
    return true;
}

long ndm_input_take(struct ndm_input *in, char *into, size_t room)
{
    if (!in->text.n)
        ndm_input_more(in);
    size_t n = in->text.n < room ? in->text.n : room;
    if (in->failed)
        return -1;
    if (n)
        memcpy(into, in->text.p, n);
    ndm_input_skip(in, n);
    return (long)n;
}
