/* Messages of the CCSDS to items. */
#include "cdm.h"
#include "ephemeris.h"
#include "import_run.h"
#include "omm.h"

#include <stdio.h>

static const struct str unmarked = {NULL, 0};

static int take_conjunction(struct import_run *run)
{
    struct cdm *m = arena_alloc(run->item, sizeof *m);
    int error = cdm_read(run->text, run->item, m, run->fault);
    if (error)
        return error;
    cdm_conjunction(m, &run->header->record, &run->json);
    return import_take(run, "conjunction", 1, unmarked);
}

static int take_elements(struct import_run *run)
{
    NDM_READER_CLEANUP struct ndm_reader *reader = ndm_reader_of(run->text);
    struct omm m;
    int error = 0;
    while (!error && !(error = omm_next(reader, run->item, &m, run->fault))) {
        omm_elset(&m, &run->header->record, &run->json);
        error = import_take(run, "elset", m.line, unmarked);
    }
    return error == NDM_END ? 0 : error;
}

static int take_ephemeris(struct import_run *run)
{
    struct ephemeris_header header = {
        .record = run->header->record, .category = STR(EPHEMERIS_CATEGORY), .type = STR(EPHEMERIS_TYPE)};
    struct ephemeris e;
    int error = oem_read(run->text, run->item, &e, run->fault);
    if (error)
        return error;
    ephemeris_set(&e, &header, &run->json);
    return import_take(run, "ephemerisset", 1, unmarked);
}

static const struct {
    const char *name;
    int (*read)(struct import_run *run);
} messages[] = {{"cdm", take_conjunction}, {"omm", take_elements}, {"oem", take_ephemeris}};

int import_ndm(struct import_run *run)
{
    NDM_READER_CLEANUP struct ndm_reader *reader = ndm_reader_of(run->text);
    struct ndm_event e;
    const char *name = NULL;
    int error = 0;
    while ((!name || strcmp(name, "ndm") == 0) && !(error = ndm_next(reader, &e, run->fault)))
        name = ndm_message_name(e.block);
    if (error)
        return error == NDM_END ? fault_set(run->fault, ERR_INVALID_RECORD, "line 1", "expected a message") : error;
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        if (strcmp(messages[i].name, name) == 0)
            return messages[i].read(run);
    char where[FAULT_WHERE_MAX];
    snprintf(where, sizeof where, "line %zu", e.line);
    return fault_set(run->fault, ERR_INVALID_RECORD, where, "%s: expected cdm, omm or oem", name);
}
