#include "sp3.h"
#include "sp3_table.h"

/* "+   26   G01G02…" or the accuracies below them; as many lines as the satellites need, five at least. */
static int write_slots(const char *start, const struct str *list, const struct sp3_header *h, struct buf *out,
                       struct fault *fault)
{
    size_t lines = (h->satellite_count + SP3_LINE_SATELLITES - 1) / SP3_LINE_SATELLITES;
    for (size_t line = 0; line < lines || line < SP3_LINES_MIN; line++) {
        if (!line && start[1] == ' ')
            buf_printf(out, "+ %4zu   ", h->satellite_count);
        else
            buf_printf(out, "%s       ", start);
        for (size_t i = 0; i < SP3_LINE_SATELLITES; i++) {
            size_t at = line * SP3_LINE_SATELLITES + i;
            struct str text = at < h->satellite_count ? list[at] : STR("0");
            if (text.n > 3)
                return fault_set(fault, ERR_INVALID_RECORD, "satellites", "expected three columns, not \"%.*s\"",
                                 STR_ARG(text));
            buf_printf(out, "%3.*s", STR_ARG(text));
        }
        buf_char(out, '\n');
    }
    return 0;
}

/* %c and %f: columns with a meaning, and what stood behind them. */
static int write_format(struct str start, const struct fixed_column *columns, size_t n, const struct str *values,
                        struct str more, size_t more_column, struct buf *out, struct fault *fault)
{
    size_t before = out->n;
    int error = fixed_write(start, columns, n, values, out, fault);
    if (error || !more.n)
        return error;
    out->n--; /* the end of the line */
    while (out->n - before < more_column - 1)
        buf_char(out, ' ');
    buf_str(out, more);
    buf_char(out, '\n');
    return 0;
}

static void write_spare(const char *start, struct str rest, struct buf *out)
{
    buf_printf(out, "%s%.*s\n", start, STR_ARG(rest));
}

static int write_formats(const struct sp3_header *h, struct buf *out, struct fault *fault)
{
    int error = write_format(STR("%c    cc"), SP3_COLUMNS(sp3_line_c), h->values, h->more_c, SP3_MORE_C, out, fault);
    write_spare("%c", h->spares[0], out);
    if (!error)
        error = write_format(STR("%f"), SP3_COLUMNS(sp3_line_f), h->values, h->more_f, SP3_MORE_F, out, fault);
    write_spare("%f", h->spares[1], out);
    write_spare("%i", h->spares[2], out);
    write_spare("%i", h->spares[3], out);
    return error;
}

static void write_comments(const struct sp3_header *h, struct buf *out)
{
    for (size_t i = 0; i < h->comment_count || i < SP3_COMMENTS_MIN; i++) {
        struct str text = i < h->comment_count ? h->comments[i] : (struct str){0};
        buf_printf(out, "/*%s%.*s\n", text.n ? " " : "", STR_ARG(text));
    }
}

int sp3_write_header(const struct sp3_header *header, struct buf *out, struct fault *fault)
{
    char first[] = {'#', header->version, header->velocities ? 'V' : 'P'};
    int error = fixed_write((struct str){first, sizeof first}, SP3_COLUMNS(sp3_line_1), header->values, out, fault);
    if (!error)
        error = fixed_write(STR("##"), SP3_COLUMNS(sp3_line_2), header->values, out, fault);
    if (!error)
        error = write_slots("+ ", header->satellites, header, out, fault);
    if (!error)
        error = write_slots("++", header->accuracies, header, out, fault);
    if (!error)
        error = write_formats(header, out, fault);
    if (!error)
        write_comments(header, out);
    return error;
}

void sp3_write_epoch(const struct civil *epoch, struct buf *out)
{
    buf_z(out, "*  ");
    civil_write(epoch, 11, false, out);
    buf_char(out, '\n');
}

static int write_line(const char *start, struct str id, const struct fixed_column *columns, size_t n,
                      const struct str *values, struct buf *out, struct fault *fault)
{
    char first[8];
    size_t used = strlen(start) + id.n;
    if (used > sizeof first)
        return fault_set(fault, ERR_INVALID_RECORD, "satellite", "expected three columns, not \"%.*s\"", STR_ARG(id));
    memcpy(first, start, strlen(start));
    memcpy(first + strlen(start), id.p, id.n);
    return fixed_write((struct str){first, used}, columns, n, values, out, fault);
}

int sp3_write_state(const struct sp3_header *header, const struct sp3_state *state, struct buf *out,
                    struct fault *fault)
{
    struct str id = header->satellites[state->satellite], none = STR("");
    size_t n = SP3_STATE_COLUMNS(header->version);
    int error = write_line("P", id, sp3_line_state, n, state->position, out, fault);
    if (!error && state->has_position_covariance)
        error = write_line("EP", none, SP3_COLUMNS(sp3_line_covariance), state->position_covariance, out, fault);
    if (!error && state->has_velocity)
        error = write_line("V", id, sp3_line_state, n, state->velocity, out, fault);
    if (!error && state->has_velocity_covariance)
        error = write_line("EV", none, SP3_COLUMNS(sp3_line_covariance), state->velocity_covariance, out, fault);
    return error;
}

void sp3_write_end(struct buf *out)
{
    buf_z(out, "EOF\n");
}
