/* A line with a box, and a record behind it, read as each type that tells of interference. What is told of it is JSON,
 * of cells that there are, in the box's time; and a cell holds its own centre. */
#include "interference.h"
#include "record_type.h"

#include <jansson.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void check_cell(h3_cell cell, int resolution)
{
    char text[H3_TEXT + 1];
    h3_cell again;
    h3_write(cell, text);
    must(h3_parse(str_of(text), &again) && again == cell);
    must(h3_resolution(cell) <= resolution);
    must(h3_at(h3_centre(cell), h3_resolution(cell)) == cell);
}

static void check_features(const struct sightings *s)
{
    BUF_CLEANUP struct buf out = {0};
    buf_char(&out, '[');
    sightings_write(s, &out);
    buf_char(&out, ']');
    json_t *features = json_loadb(out.p, out.n, JSON_ALLOW_NUL, NULL);
    must(json_is_array(features));
    must((json_array_size(features) > 0) == (sightings_count(s) > 0));
    json_decref(features);
}

static void check(struct sightings *s, const struct interference_window *w)
{
    size_t before = sightings_count(s);
    sightings_settle(s);
    must(sightings_count(s) <= before);
    for (size_t i = 0; i < sightings_count(s); i++) {
        const struct sighting *one = sightings_at(s, i);
        check_cell(one->cell, w->resolution);
        must(one->start < w->to && (one->stop > w->from || one->start >= w->from));
    }
    check_features(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const char *text = (const char *)data, *end = size ? memchr(text, '\n', size) : NULL;
    size_t line = end ? (size_t)(end - text) : size;
    struct interference_window w = {.from = INSTANT_1900, .to = INSTANT_10000, .resolution = (int)(size % 16)};
    struct sightings s = {.arena = arena};
    if (!end || !geo_box_read((struct str){text, line}, &w.box))
        return 0;
    for (int source = 0; source < INTERFERENCE_SOURCES; source++)
        sightings_add(&s, &w, (enum interference_source)source, (struct uuid){.bytes = {(uint8_t)source}},
                      (struct str){end + 1, size - line - 1});
    check(&s, &w);
    buf_free(&s.all);
    return 0;
}
