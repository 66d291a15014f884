#include "utf8.h"

static bool continues(const char *p, unsigned char low, unsigned char high)
{
    unsigned char c = (unsigned char)*p;
    return c >= low && c <= high;
}

size_t utf8_sequence(const char *p, const char *end)
{
    unsigned char c = (unsigned char)*p;
    size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (n > (size_t)(end - p))
        return 0;
    if (n > 1 && !continues(p + 1,
                            c == 0xe0   ? 0xa0
                            : c == 0xf0 ? 0x90
                                        : 0x80,
                            c == 0xed   ? 0x9f
                            : c == 0xf4 ? 0x8f
                                        : 0xbf))
        return 0;
    for (size_t i = 2; i < n; i++)
        if (!continues(p + i, 0x80, 0xbf))
            return 0;
    return n;
}

bool utf8_valid(struct str s)
{
    for (const char *p = s.p, *end = s.p + s.n; p < end;) {
        size_t n = utf8_sequence(p, end);
        if (!n)
            return false;
        p += n;
    }
    return true;
}

size_t utf8_characters(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

struct str utf8_prefix(struct str s, size_t n)
{
    if (s.n <= n)
        return s;
    while (n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    return (struct str){s.p, n};
}
