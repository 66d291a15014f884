/* An advisory as a record. */
#pragma once
#include "advisory.h"
#include "header.h"

/* A record of type gnssadvisory. */
void advisory_record(const struct advisory *a, const struct header *header, struct buf *out);
