/* Records to a file of a known format. A table row a format: who writes in it, and of which types it has a form. */
#pragma once
#include "buf.h"
#include "error.h"
#include "instant.h"
#include "members.h"

struct export_format {
    const char *name;       /* as `format=` has it; with a type it names one row */
    const char *media_type; /* as Accept and Content-Type have it */
    const char *types;      /* of records, with | between */
    const struct export_writer *writer;
    unsigned variant; /* the writer's own business: which notation, which version */
};

/* What a file is made with; none of it is NULL. */
struct export_writer {
    /* now: when the file is made, for formats that say it. */
    void *(*begin)(const struct export_format *format, struct str type, instant now);
    /* Takes a record as it would be sent, in JSON; its text lives during the call. What is absent may be so because a
     * view hides it. ERR_INVALID_RECORD: the format cannot express it; where is the field, the detail says why, and the
     * file is as if it had not been given. */
    int (*add)(void *writer, const struct member *members, size_t n, struct fault *fault);
    /* Appends the file, once and behind the last record; of none it may be empty. banner: the roll-up of the markings
     * of all records, for a comment where the format has such; "": there is none. ERR_INVALID_RECORD: the records
     * cannot stand together; nothing is appended. */
    int (*end)(void *writer, struct str banner, struct buf *out, struct fault *fault);
    void (*release)(void *writer); /* accepts NULL */
};

size_t export_format_count(void);
const struct export_format *export_format_at(size_t i);
bool export_has(const struct export_format *format, struct str type);
/* NULL: records of that type have no form in it. */
const struct export_format *export_format_find(struct str name, struct str type);

/* Inside of formats/: the marking under which a record is sent, whatever its poster called it. Text in arena. */
struct str export_marking(const struct member *members, size_t n, struct arena *arena);
/* ERR_INVALID_RECORD. */
int export_lacks(const char *field, const char *format, struct fault *fault);
