#include "ndm_walk.h"
#include "ndm_check.h"

#include <stdarg.h>
#include <stdio.h>

#define COMMENTS_MAX ((size_t)1024 * 1024) /* bytes of comments in a row */

static const struct ndm_block *block_at(const struct ndm_walk *w, int index)
{
    return &w->grammar->blocks[index];
}

static struct ndm_open *top(struct ndm_walk *w)
{
    return &w->stack[w->depth - 1];
}

const struct ndm_block *ndm_walk_block(const struct ndm_walk *w)
{
    return w->depth ? block_at(w, w->stack[w->depth - 1].block) : NULL;
}

void ndm_walk_free(struct ndm_walk *w)
{
    free(w->events);
    free(w->comments);
    buf_free(&w->comment_text);
}

int ndm_walk_fault(const struct ndm_walk *w, struct fault *fault, const char *format, ...)
{
    char where[FAULT_WHERE_MAX], detail[FAULT_DETAIL_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    if (w->column)
        snprintf(where, sizeof where, "line %zu, column %zu", w->line, w->column);
    else
        snprintf(where, sizeof where, "line %zu", w->line);
    fault_set(fault, ERR_INVALID_RECORD, where, "%s", detail);
    if (fault)
        fault->offset = w->offset;
    return ERR_INVALID_RECORD;
}

/* --- events --- */

void ndm_walk_tell(struct ndm_walk *w, const struct ndm_event *e)
{
    if (w->count == w->room) {
        w->room = w->room ? 2 * w->room : 32;
        w->events = memory_resize(w->events, w->room * sizeof *w->events);
    }
    w->events[w->count] = *e;
    w->events[w->count++].line = e->line ? e->line : w->line;
}

bool ndm_walk_take(struct ndm_walk *w, struct ndm_event *ret)
{
    if (w->told == w->count) {
        w->told = w->count = 0;
        return false;
    }
    *ret = w->events[w->told++];
    return true;
}

static void tell_comments(struct ndm_walk *w)
{
    const struct ndm_block *b = ndm_walk_block(w);
    for (size_t i = 0; i < w->comments_n; i++) {
        const struct ndm_comment *c = &w->comments[i];
        struct str text = {w->comment_text.p + c->at, c->n};
        ndm_walk_tell(w, &(struct ndm_event){.what = NDM_COMMENT, .block = b, .text = text, .line = c->line});
    }
    w->comments_n = 0;
}

int ndm_walk_comment(struct ndm_walk *w, struct str text, struct fault *fault)
{
    if (!w->comments_n)
        buf_clear(&w->comment_text);
    if (w->comment_text.n + text.n >= COMMENTS_MAX)
        return ndm_walk_fault(w, fault, "COMMENT: expected at most %zu bytes of comments in a row", COMMENTS_MAX);
    if (w->comments_n == w->comments_room) {
        w->comments_room = w->comments_room ? 2 * w->comments_room : 16;
        w->comments = memory_resize(w->comments, w->comments_room * sizeof *w->comments);
    }
    w->comments[w->comments_n++] = (struct ndm_comment){w->comment_text.n, text.n, w->line};
    buf_str(&w->comment_text, text);
    buf_char(&w->comment_text, '\n'); /* so that many empty ones are bounded as well */
    if (w->notation == NDM_XML && w->depth)
        tell_comments(w);
    return 0;
}

/* --- what must be there --- */

/* A block without a name orders keywords of the one that it is in. */
static const char *name_of(const struct ndm_walk *w, const struct ndm_block *b)
{
    while (!b->name)
        b = block_at(w, b->parent);
    return b->name;
}

static bool seen(const struct ndm_open *o, size_t row)
{
    return o->seen[row / 64] >> (row % 64) & 1;
}

static bool applies(const struct ndm_walk *w, const struct ndm_row *row)
{
    return row->since <= w->version;
}

static int check_choice(const struct ndm_walk *w, const struct ndm_open *o, size_t first, struct fault *fault)
{
    const struct ndm_block *b = block_at(w, o->block);
    const char *other = NULL;
    size_t found = 0;
    for (size_t i = 0; i < b->count; i++)
        if (b->rows[i].presence == b->rows[first].presence) {
            found += seen(o, i);
            other = i > first && !other ? b->rows[i].keyword : other;
        }
    if (found == 1)
        return 0;
    return ndm_walk_fault(w, fault, "%s: expected either it or %s", b->rows[first].keyword, other ? other : "nothing");
}

/* Each choice is looked at once, at its first row. */
static bool first_of_choice(const struct ndm_block *b, size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (b->rows[i].presence == b->rows[row].presence)
            return false;
    return true;
}

/* The line is that of what comes instead, in XML that of the block's beginning. */
static const char *before(const struct ndm_walk *w)
{
    return w->notation == NDM_XML ? "" : "before this, ";
}

static int check_row(const struct ndm_walk *w, const struct ndm_open *o, size_t i, struct fault *fault)
{
    const struct ndm_block *b = block_at(w, o->block);
    const struct ndm_row *row = &b->rows[i];
    if (!applies(w, row) || row->presence == MAY || seen(o, i))
        return row->presence >= ONE_OF_FIRST && first_of_choice(b, i) ? check_choice(w, o, i, fault) : 0;
    if (row->presence == MUST || (row->presence == MUST_BEFORE_3 && w->version < 30))
        return ndm_walk_fault(w, fault, "%s: expected %sin the %s", row->keyword, before(w), name_of(w, b));
    if (row->presence == MUST_BEFORE_3)
        return 0;
    if (row->presence == WITH_PREVIOUS)
        return seen(o, i - 1) ? ndm_walk_fault(w, fault, "%s: expected behind %s", row->keyword, row[-1].keyword) : 0;
    return first_of_choice(b, i) ? check_choice(w, o, i, fault) : 0;
}

/* What a block begins with, for people. */
static int missing_block(const struct ndm_walk *w, int block, struct fault *fault)
{
    const struct ndm_block *b = block_at(w, block);
    if (w->notation == NDM_XML && b->name)
        return ndm_walk_fault(w, fault, "<%s>: expected here", b->name);
    if (b->delimiter)
        return ndm_walk_fault(w, fault, "%s_START: expected before this", b->delimiter);
    if (b->layout == LAYOUT_STATE || b->layout == LAYOUT_LINE)
        return ndm_walk_fault(w, fault, "expected a line of data before this");
    if (b->layout == LAYOUT_TIMED)
        return ndm_walk_fault(w, fault, "expected an observation, KEYWORD = time value, before this");
    for (size_t i = 0; i < b->count; i++)
        if (b->rows[i].presence == MUST)
            return ndm_walk_fault(w, fault, "%s: expected %sin the %s", b->rows[i].keyword, before(w), name_of(w, b));
    for (int c = block + 1; c < (int)w->grammar->count; c++)
        if (block_at(w, c)->parent == block && block_at(w, c)->needed)
            return missing_block(w, c, fault);
    return ndm_walk_fault(w, fault, "%s: expected before this", name_of(w, b));
}

/* Blocks of the innermost one between the last and `until` that must not be passed over. */
static int pass_blocks(struct ndm_walk *w, int until, struct fault *fault)
{
    const struct ndm_open *o = top(w);
    for (int i = o->child < 0 ? o->block + 1 : o->child + 1; i < until; i++)
        if (block_at(w, i)->parent == o->block && block_at(w, i)->needed)
            return missing_block(w, i, fault);
    return 0;
}

static int finish_block(struct ndm_walk *w, struct fault *fault)
{
    const struct ndm_open *o = top(w);
    const struct ndm_block *b = block_at(w, o->block);
    int error = 0;
    for (size_t i = 0; i < b->count && !error; i++)
        error = check_row(w, o, i, fault);
    if (!error)
        error = pass_blocks(w, (int)w->grammar->count, fault);
    if (error)
        return error;
    ndm_walk_tell(w, &(struct ndm_event){.what = NDM_FINISH, .block = b});
    w->depth--;
    return 0;
}

static void forget_times(struct ndm_walk *w)
{
    memset(w->limited, 0, sizeof w->limited);
    memset(w->has_last, 0, sizeof w->has_last);
}

/* Each block of lines counts and times its own. */
static void forget_lines(struct ndm_walk *w, int block)
{
    for (int i = block + 1; i < (int)w->grammar->count; i++)
        if (block_at(w, i)->parent == block && block_at(w, i)->layout == LAYOUT_LINE) {
            w->line_values = 0;
            w->has_last[i] = w->has_last[NDM_BLOCKS_MAX + i] = false;
        }
}

static int enter(struct ndm_walk *w, int block, struct fault *fault)
{
    int error = w->depth ? pass_blocks(w, block, fault) : 0;
    if (error)
        return error;
    const struct ndm_block *b = block_at(w, block);
    if (w->depth)
        top(w)->child = block;
    if (b->layout > LAYOUT_TRIANGLE)
        return 0;
    for (size_t i = 0; i < b->count; i++)
        if (b->rows[i].role == ROLE_START)
            forget_times(w);
    forget_lines(w, block);
    w->stack[w->depth++] = (struct ndm_open){.block = block, .child = -1};
    ndm_walk_tell(w, &(struct ndm_event){.what = NDM_BEGIN, .block = b});
    return 0;
}

/* --- where something belongs --- */

struct wanted {
    struct str keyword; /* of a row */
    struct str block;   /* name or delimiter of a block */
    bool line;          /* the block of lines */
    bool observation;   /* the row is one of observations */
};

struct place {
    size_t level; /* of the open block under which the path begins */
    int path[NDM_DEPTH_MAX];
    size_t steps;
    size_t row;
};

/* A notation sees some blocks begin and end; the others are told by what stands in them. */
static bool marked(const struct ndm_walk *w, const struct ndm_block *b)
{
    return w->notation == NDM_XML ? b->name != NULL : b->delimiter != NULL;
}

static bool find_row(const struct ndm_block *b, struct str keyword, size_t from, size_t *ret)
{
    for (size_t i = from; i < b->count; i++)
        if (ndm_row_is(&b->rows[i], keyword)) {
            *ret = i;
            return true;
        }
    return false;
}

static bool is_wanted(const struct ndm_walk *w, const struct ndm_block *b, const struct wanted *want,
                      struct place *place)
{
    const char *mark = w->notation == NDM_XML ? b->name : b->delimiter;
    if (want->block.p)
        return mark && str_is(want->block, mark);
    if (want->line)
        return b->layout == LAYOUT_STATE || b->layout == LAYOUT_LINE;
    if (want->observation != (b->layout == LAYOUT_TIMED) || (!want->observation && b->layout > LAYOUT_TRIANGLE))
        return false;
    return (want->observation || !marked(w, b)) && find_row(b, want->keyword, want->observation, &place->row);
}

static bool search_below(const struct ndm_walk *w, int block, const struct wanted *want, struct place *place)
{
    const struct ndm_block *b = block_at(w, block);
    size_t step = place->steps;
    if (step == NDM_DEPTH_MAX)
        return false;
    place->path[place->steps++] = block;
    if (is_wanted(w, b, want, place))
        return true;
    for (int i = block + 1; i < (int)w->grammar->count && !marked(w, b); i++)
        if (block_at(w, i)->parent == block && search_below(w, i, want, place))
            return true;
    place->steps = step;
    return false;
}

/* From the innermost open block outwards: its own rows, then what may come behind its last block. */
static bool search(struct ndm_walk *w, const struct wanted *want, struct place *place)
{
    for (size_t level = w->depth; level-- > 0;) {
        const struct ndm_open *o = &w->stack[level];
        const struct ndm_block *b = block_at(w, o->block);
        *place = (struct place){.level = level};
        bool rows = level + 1 == w->depth && o->child < 0 && want->keyword.p && !want->observation;
        size_t from = b->any_order ? 0 : o->row;
        if (rows && find_row(b, want->keyword, from, &place->row) && (!b->any_order || !seen(o, place->row)))
            return true;
        for (int i = o->child < 0 ? o->block + 1 : o->child; i < (int)w->grammar->count; i++) {
            const struct ndm_block *c = block_at(w, i);
            if (c->parent == o->block && (i != o->child || c->repeats) && search_below(w, i, want, place))
                return true;
        }
        if (marked(w, b))
            return false;
    }
    return false;
}

static int go(struct ndm_walk *w, const struct place *place, struct fault *fault)
{
    int error = 0;
    while (!error && w->depth > place->level + 1)
        error = finish_block(w, fault);
    for (size_t i = 0; i < place->steps && !error; i++)
        error = enter(w, place->path[i], fault);
    return error;
}

/* Why a keyword has no place. */
static int misplaced(struct ndm_walk *w, struct str keyword, struct fault *fault)
{
    const struct ndm_open *o = top(w);
    size_t row;
    bool known = false;
    if (find_row(block_at(w, o->block), keyword, 0, &row) && o->child < 0) {
        if (seen(o, row))
            return ndm_walk_fault(w, fault, "%.*s: expected once", STR_ARG(keyword));
        return ndm_walk_fault(w, fault, "%.*s: expected before %s", STR_ARG(keyword),
                              block_at(w, o->block)->rows[o->row - 1].keyword);
    }
    for (size_t i = 0; i < w->grammar->count; i++)
        known |= find_row(&w->grammar->blocks[i], keyword, 0, &row);
    if (known)
        return ndm_walk_fault(w, fault, "%.*s: not expected here, in or behind the %s", STR_ARG(keyword),
                              name_of(w, block_at(w, o->block)));
    return ndm_walk_fault(w, fault, "%.*s: expected a keyword of a message that begins with %s", STR_ARG(keyword),
                          w->grammar->version_keyword);
}

/* --- times --- */

static int check_limits(struct ndm_walk *w, const struct ndm_row *row, struct epoch e, struct fault *fault)
{
    static const char *const names[] = {
        [ROLE_START] = "START_TIME",
        [ROLE_USABLE_START] = "USEABLE_START_TIME",
        [ROLE_USABLE_STOP] = "USEABLE_STOP_TIME",
    };
    for (int i = ROLE_START; i < (int)row->role; i++)
        if (w->limited[i] && epoch_cmp(e, w->limits[i]) < 0)
            return ndm_walk_fault(w, fault, "%s: expected a time that is not before %s", row->keyword, names[i]);
    w->limits[row->role] = e;
    w->limited[row->role] = true;
    return 0;
}

static int check_ascent(struct ndm_walk *w, const struct ndm_row *row, size_t of, struct epoch e, struct fault *fault)
{
    int order = w->has_last[of] ? epoch_cmp(e, w->last[of]) : 1;
    if (order < 0 || (order == 0 && row->role != ROLE_NOT_DESCENDING))
        return ndm_walk_fault(w, fault, "%s: expected a time later than the one before", row->keyword);
    w->last[of] = e;
    w->has_last[of] = true;
    if (row->role != ROLE_ASCENDING_WITHIN)
        return 0;
    if (w->limited[ROLE_START] && epoch_cmp(e, w->limits[ROLE_START]) < 0)
        return ndm_walk_fault(w, fault, "%s: expected a time that is not before START_TIME", row->keyword);
    if (w->limited[ROLE_STOP] && epoch_cmp(e, w->limits[ROLE_STOP]) > 0)
        return ndm_walk_fault(w, fault, "%s: expected a time that is not behind STOP_TIME", row->keyword);
    return 0;
}

static int check_time(struct ndm_walk *w, const struct ndm_row *row, size_t of, struct epoch e, struct fault *fault)
{
    if (row->role == ROLE_NONE)
        return 0;
    return row->role < ROLE_LIMITS ? check_limits(w, row, e, fault) : check_ascent(w, row, of, e, fault);
}

/* --- taking --- */

static int check_value(struct ndm_walk *w, const struct ndm_row *row, size_t of, struct str text, struct fault *fault)
{
    struct epoch e = {0};
    const char *range = ndm_range(row);
    if (!ndm_check(row, text, &e))
        return ndm_walk_fault(w, fault, "%s: expected %s%s%s", row->keyword, ndm_expected(row), range ? ", " : "",
                              range ? range : "");
    return check_time(w, row, of, e, fault);
}

static int check_unit(const struct ndm_walk *w, const struct ndm_row *row, struct str unit, struct fault *fault)
{
    if (!unit.p || (row->unit && ndm_listed(row->unit, unit)))
        return 0;
    return ndm_walk_fault(w, fault, row->unit ? "%s: expected the unit [%s]" : "%s: expected no unit", row->keyword,
                          row->unit);
}

/* KVN: a unit stands in brackets behind a number; texts keep their brackets. */
static void take_unit(struct ndm_event *e)
{
    struct str *value = &e->text;
    if (e->row->kind != NDM_NUMBER && e->row->kind != NDM_INTEGER && e->row->kind != NDM_TIME_OR_OFFSET)
        return;
    const char *open = value->n && value->p[value->n - 1] == ']' ? memrchr(value->p, '[', value->n) : NULL;
    if (!open)
        return;
    size_t at = (size_t)(open - value->p);
    e->unit = ndm_trim((struct str){open + 1, value->n - at - 2});
    *value = ndm_trim((struct str){value->p, at});
}

static int take_value(struct ndm_walk *w, size_t index, struct ndm_event *e, struct fault *fault)
{
    struct ndm_open *o = top(w);
    const struct ndm_row *row = e->row;
    if (w->notation == NDM_KVN)
        take_unit(e);
    if (!applies(w, row))
        return ndm_walk_fault(w, fault, "%s: expected in version %d.%d and later only", row->keyword, row->since / 10,
                              row->since % 10);
    int error = check_unit(w, row, e->unit, fault);
    if (!error)
        error = check_value(w, row, (size_t)o->block, e->text, fault);
    if (error)
        return error;
    o->row = row->kind == NDM_USER ? index : index + 1;
    o->seen[index / 64] |= UINT64_C(1) << (index % 64);
    tell_comments(w);
    ndm_walk_tell(w, e);
    return 0;
}

int ndm_walk_value(struct ndm_walk *w, struct str keyword, struct str text, struct str unit, struct fault *fault)
{
    struct place place;
    struct wanted want = {.keyword = keyword};
    if (!search(w, &want, &place))
        return misplaced(w, keyword, fault);
    int error = go(w, &place, fault);
    if (error)
        return error;
    const struct ndm_block *b = ndm_walk_block(w);
    return take_value(
        w, place.row,
        &(struct ndm_event){
            .what = NDM_VALUE, .block = b, .row = &b->rows[place.row], .keyword = keyword, .text = text, .unit = unit},
        fault);
}

int ndm_walk_open(struct ndm_walk *w, struct str name, const struct ndm_block **ret, struct fault *fault)
{
    struct place place;
    struct wanted want = {.block = name};
    if (!search(w, &want, &place))
        return ndm_walk_fault(w, fault, "%.*s: not expected here, in or behind the %s", STR_ARG(name),
                              name_of(w, ndm_walk_block(w)));
    int error = go(w, &place, fault);
    if (!error)
        *ret = block_at(w, place.path[place.steps - 1]);
    return error;
}

/* What begins and ends visibly and is open innermost; NULL: nothing is. */
static const char *innermost_mark(const struct ndm_walk *w)
{
    for (size_t level = w->depth; level-- > 0;) {
        const struct ndm_block *b = block_at(w, w->stack[level].block);
        if (marked(w, b))
            return w->notation == NDM_XML ? b->name : b->delimiter;
    }
    return NULL;
}

int ndm_walk_close(struct ndm_walk *w, struct str name, struct fault *fault)
{
    const char *mark = innermost_mark(w);
    int error = 0;
    if (!mark || !str_is(name, mark))
        return ndm_walk_fault(w, fault, "%.*s: expected its beginning before its end", STR_ARG(name));
    tell_comments(w);
    while (!error && !marked(w, ndm_walk_block(w)))
        error = finish_block(w, fault);
    if (!error)
        error = finish_block(w, fault);
    if (!w->depth)
        w->grammar = NULL;
    return error;
}

/* Most lines stand behind another of their kind. */
static bool goes_on(const struct ndm_walk *w, enum ndm_layout layout)
{
    const struct ndm_open *o = &w->stack[w->depth - 1];
    return o->child >= 0 && block_at(w, o->child)->layout == layout && !w->comments_n;
}

static int find_set(struct ndm_walk *w, const struct wanted *want, const struct ndm_block **ret, size_t *row,
                    struct fault *fault)
{
    struct place place;
    if (!search(w, want, &place))
        return want->line ? ndm_walk_fault(w, fault, "expected KEYWORD = value") : misplaced(w, want->keyword, fault);
    int last = place.path[place.steps - 1];
    int error = go(w, &place, fault);
    if (error)
        return error;
    tell_comments(w);
    *ret = block_at(w, last);
    *row = place.row;
    return 0;
}

int ndm_walk_line(struct ndm_walk *w, const struct ndm_block **ret, struct fault *fault)
{
    size_t row;
    if (goes_on(w, LAYOUT_STATE) || goes_on(w, LAYOUT_LINE)) {
        *ret = block_at(w, top(w)->child);
        return 0;
    }
    return find_set(w, &(struct wanted){.line = true}, ret, &row, fault);
}

int ndm_walk_observed(struct ndm_walk *w, struct str keyword, const struct ndm_block **ret, const struct ndm_row **row,
                      struct fault *fault)
{
    if (goes_on(w, LAYOUT_TIMED)) {
        const struct ndm_block *b = block_at(w, top(w)->child);
        for (size_t i = 0; i < b->count; i++) { /* those of a cycle come in the same order again */
            size_t at = w->recent + 1 + i < b->count ? w->recent + 1 + i : w->recent + 1 + i - b->count;
            if (at && ndm_row_is(&b->rows[at], keyword)) {
                w->recent = at;
                *ret = b;
                *row = &b->rows[at];
                return 0;
            }
        }
    }
    size_t found = 0;
    int error = find_set(w, &(struct wanted){.keyword = keyword, .observation = true}, ret, &found, fault);
    if (error)
        return error;
    w->recent = found;
    *row = &(*ret)->rows[found];
    return 0;
}

static int check_count(struct ndm_walk *w, const struct ndm_block *b, size_t n, struct fault *fault)
{
    size_t least = 0;
    while (least < b->count && b->rows[least].presence == MUST)
        least++;
    if (n == least || n == b->count)
        return 0;
    if (least == b->count)
        return ndm_walk_fault(w, fault, "expected %zu values, found %zu", least, n);
    return ndm_walk_fault(w, fault, "expected %zu or %zu values, found %zu", least, b->count, n);
}

/* A time and values, as many in each line of a block. Times and offsets ascend each for themselves. */
static int check_line(struct ndm_walk *w, const struct ndm_block *b, size_t of, const struct str *values, size_t n,
                      struct fault *fault)
{
    bool offset = n && ndm_number(values[0]);
    int error = check_value(w, &b->rows[0], of + (offset ? NDM_BLOCKS_MAX : 0), n ? values[0] : (struct str){0}, fault);
    if (error)
        return error;
    if (n < 2 || (w->line_values && n - 1 != w->line_values))
        return ndm_walk_fault(w, fault, "expected a time and %zu values, found %zu",
                              w->line_values ? w->line_values : 1, n - 1);
    w->line_values = n - 1;
    return 0;
}

int ndm_walk_set(struct ndm_walk *w, const struct ndm_block *b, const struct ndm_row *row, const struct str *values,
                 size_t n, struct fault *fault)
{
    int error = 0;
    size_t of = (size_t)(b - w->grammar->blocks);
    if (b->layout == LAYOUT_TIMED) {
        of = NDM_BLOCKS_MAX + (size_t)(row - b->rows);
        struct ndm_row time = b->rows[0];
        time.keyword = row->keyword; /* by which its line is known */
        error = check_value(w, row, of, values[1], fault);
        if (!error)
            error = check_value(w, &time, of, values[0], fault);
    } else if (b->layout == LAYOUT_STATE) {
        error = check_count(w, b, n, fault);
        for (size_t i = 0; i < n && !error; i++)
            error = check_value(w, &b->rows[i], of, values[i], fault);
    } else {
        error = check_line(w, b, of, values, n, fault);
    }
    if (error)
        return error;
    ndm_walk_tell(
        w, &(struct ndm_event){.what = NDM_SET, .block = b, .row = row, .values = values, .count = n, .line = w->line});
    return 0;
}

int ndm_walk_begin(struct ndm_walk *w, const struct ndm_grammar *grammar, struct str version, struct fault *fault)
{
    if (!ndm_listed(grammar->versions, version))
        return ndm_walk_fault(w, fault, "%s: expected %s", grammar->version_keyword, grammar->versions);
    w->grammar = grammar;
    w->version = (unsigned)(version.p[0] - '0') * 10 + (unsigned)(version.p[2] - '0');
    w->depth = 0;
    w->recent = 0;
    forget_times(w);
    w->stack[w->depth++] = (struct ndm_open){.block = 0, .child = -1};
    ndm_walk_tell(w, &(struct ndm_event){.what = NDM_BEGIN, .block = grammar->blocks, .text = version});
    return 0;
}

int ndm_walk_end(struct ndm_walk *w, struct fault *fault)
{
    int error = 0;
    tell_comments(w);
    while (w->depth && !error) {
        const struct ndm_block *b = ndm_walk_block(w);
        if (w->notation == NDM_KVN && b->delimiter)
            return ndm_walk_fault(w, fault, "%s_STOP: expected before this", b->delimiter);
        error = finish_block(w, fault);
    }
    w->grammar = NULL;
    return error;
}
