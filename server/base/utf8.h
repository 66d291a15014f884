/* UTF-8 as the Unicode Standard has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#pragma once
#include "str.h"

/* Length of the UTF-8 sequence that starts at p (Unicode 15, table 3-7), 0 if there is none. */
size_t utf8_sequence(const char *p, const char *end);
bool utf8_valid(struct str s);
size_t utf8_characters(struct str s); /* of valid text */
/* The first characters of s that fit into n bytes. */
struct str utf8_prefix(struct str s, size_t n);
