#include "utf8.h"

static bool between(char c, unsigned char low, unsigned char high)
{
    return (unsigned char)c >= low && (unsigned char)c <= high;
}

/* After these first bytes the second is bound more tightly: no overlong form, no surrogate, nothing above U+10FFFF. */
static bool second_byte(unsigned char first, char c)
{
    switch (first) {
    case 0xe0: return between(c, 0xa0, 0xbf);
    case 0xed: return between(c, 0x80, 0x9f);
    case 0xf0: return between(c, 0x90, 0xbf);
    case 0xf4: return between(c, 0x80, 0x8f);
    default: return between(c, 0x80, 0xbf);
    }
}

size_t utf8_sequence(const char *p, const char *end)
{
    unsigned char c = (unsigned char)*p;
    size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (n > (size_t)(end - p) || (n > 1 && !second_byte(c, p[1])))
        return 0;
    for (size_t i = 2; i < n; i++)
        if (!between(p[i], 0x80, 0xbf))
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
