/* One reading of a file, for the readers behind import.h. Inside formats/ only. */
#pragma once
#include "buf.h"
#include "import.h"
#include "lines.h"

struct import_run {
    struct str text;
    const char *format;
    const struct import_header *header;
    struct str name; /* of the file; empty if it is no text */
    const struct import_sink *sink;
    struct arena *arena; /* of the file */
    struct arena *item;  /* begun anew with each record */
    struct buf json;     /* of the record that is being made */
    struct fault *fault; /* never NULL */
};

/* Each returns 0, or an error with its fault. */
int import_advisories(struct import_run *run);
int import_almanac(struct import_run *run);
int import_clocks(struct import_run *run);
int import_itc(struct import_run *run);
int import_ndm(struct import_run *run);
int import_orbits(struct import_run *run);
int import_rinex(struct import_run *run);
int import_rtcm(struct import_run *run);
int import_tles(struct import_run *run);

/* What run->json holds is a record of that type; then the next one begins. */
int import_take(struct import_run *run, const char *type, size_t line, struct str marking);
/* The same with its warnings. */
int import_take_checked(struct import_run *run, const char *type, size_t line, struct str marking);
/* What run->fault says is wrong with the item that begins in that line. */
int import_refuse(struct import_run *run, size_t line);
void import_leave_out(struct import_run *run, size_t line, struct str what);

/* By how a text begins. */
bool looks_advisory(struct str text);
bool looks_clk(struct str text);
bool looks_csv(struct str text);
bool looks_itc(struct str text);
bool looks_json(struct str text);
bool looks_kvn(struct str text);
bool looks_ndm(struct str text);
bool looks_rinex(struct str text);
bool looks_rtcm(struct str text);
bool looks_sem(struct str text);
bool looks_sp3(struct str text);
bool looks_tle(struct str text);
bool looks_xml(struct str text);
bool looks_yuma(struct str text);
/* "gzip": what packed it; NULL: it is not packed. */
const char *looks_packed(struct str text);
