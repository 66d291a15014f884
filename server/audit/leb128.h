/* Unsigned LEB128 (DWARF 5, section 7.6), shortest form only, so that one number has one encoding. */
#pragma once
#include "buf.h"

#include <stdint.h>

void leb128_put(uint64_t v, struct buf *out);
/* Takes one number off the front; false, and nothing is taken, if there is none. */
bool leb128_take(struct str *rest, uint64_t *ret);
