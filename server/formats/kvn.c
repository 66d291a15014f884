#include "kvn.h"
#include "utf8.h"

static struct str trim(struct str s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = (struct str){s.p + 1, s.n - 1};
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static bool is_keyword(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if ((c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_')
            return false;
    }
    return s.n > 0;
}

static bool take_comment(struct str text, struct kvn *k)
{
    static const char word[] = "COMMENT";
    size_t n = sizeof word - 1;
    if (text.n < n || memcmp(text.p, word, n) != 0 || (text.n > n && text.p[n] != ' '))
        return false;
    k->keyword = (struct str){text.p, n};
    k->value = trim((struct str){text.p + n, text.n - n});
    return true;
}

/* A unit stands in brackets behind the value. */
static void take_unit(struct kvn *k)
{
    const char *open = k->value.n && k->value.p[k->value.n - 1] == ']' ? memrchr(k->value.p, '[', k->value.n) : NULL;
    if (!open)
        return;
    size_t at = (size_t)(open - k->value.p);
    k->unit = trim((struct str){open + 1, k->value.n - at - 2});
    k->value = trim((struct str){k->value.p, at});
}

static int read_line(struct lines *l, struct kvn *k, struct fault *fault)
{
    struct str text = trim(k->line);
    if (k->line.n > KVN_LINE_MAX)
        return line_fault(l, k->line, KVN_LINE_MAX + 1, fault, "expected a line of at most %d bytes", KVN_LINE_MAX);
    if (!utf8_valid(k->line) || memchr(k->line.p, 0, k->line.n))
        return line_fault(l, k->line, 1, fault, "expected text in UTF-8");
    if (take_comment(text, k))
        return 0;
    const char *equal = memchr(text.p, '=', text.n);
    k->keyword = trim((struct str){text.p, equal ? (size_t)(equal - text.p) : 0});
    if (!equal || !is_keyword(k->keyword))
        return line_fault(l, k->line, 1, fault, "expected KEYWORD = value");
    k->value = trim((struct str){equal + 1, text.n - (size_t)(equal + 1 - text.p)});
    take_unit(k);
    return 0;
}

int kvn_next(struct lines *lines, struct kvn *ret, struct fault *fault)
{
    struct kvn k = {0};
    do {
        if (!lines_next(lines, &k.line))
            return KVN_END;
    } while (!trim(k.line).n);
    int error = read_line(lines, &k, fault);
    if (!error)
        *ret = k;
    return error;
}
