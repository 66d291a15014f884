/* Files of other tools, which the exchange reads: import. */
#pragma once
#include "client.h"
#include "output.h"
#include "report.h"

struct tally {
    size_t read, accepted, refused, passed;
};

/* Sends the text of one file, the name of which is for messages, and tells what became of what is in it. */
int import_file(struct client *c, const char *file, struct str text, struct report *report, struct tally *tally,
                struct progress *progress);
