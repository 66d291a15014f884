#include "fortran.h"
#include "rinex_nav.h"

#define DECIMALS 12
#define FIELD 19
#define FIRST_FIELDS 3
#define FIELDS 4
#define TIME_LENGTH 19 /* "2022-10-05T02:00:00" */

static int refuse(const struct rinex_nav *m, struct fault *fault, const char *what)
{
    char where[FAULT_WHERE_MAX];
    BUF_CLEANUP struct buf b = {0};
    buf_printf(&b, "%.*s %.*s", STR_ARG(m->satellite), STR_ARG(m->type));
    size_t n = b.n < sizeof where ? b.n : sizeof where - 1;
    memcpy(where, b.p, n);
    where[n] = '\0';
    return fault_set(fault, ERR_INVALID_RECORD, where, "%s", what);
}

/* Lines that a message has in files of this version. */
static size_t lines_of_message(const struct rinex_header *h, const struct rinex_nav *m)
{
    size_t all = 1 + m->layout->n / FIELDS;
    return h->version < 305 ? m->layout->needed_lines : all;
}

/* Whether it says something in a line that older files do not have. */
static bool says_more(const struct rinex_header *h, const struct rinex_nav *m)
{
    for (size_t i = lines_of_message(h, m) * FIELDS - 1; i < m->layout->n; i++)
        if (m->values[m->layout->slots[i]].n)
            return true;
    return false;
}

static const char *place_for(const struct rinex_header *h, const struct rinex_nav *m)
{
    static const char *const legacy[] = {"LNAV", "FDMA", "INAV", "FNAV", "D1", "D2", "SBAS"};
    bool found = false;
    if (h->system != 'M' && h->system != m->system)
        return "the header says that all satellites are of another system";
    if (h->version >= 400)
        return NULL;
    for (size_t i = 0; i < sizeof legacy / sizeof *legacy; i++)
        found |= str_is(m->type, legacy[i]);
    if (!found || m->layout->class != RINEX_EPH)
        return "only version 4 has such messages";
    if (h->version < 300 && m->system != 'G' && m->system != 'R' && m->system != 'S')
        return "version 2 has no messages of its system";
    return says_more(h, m) ? "only files from version 3.05 on have its last line" : NULL;
}

static bool add_number(const struct rinex_header *h, struct str number, struct buf *out)
{
    if (number.n)
        return fortran_write(number, DECIMALS, h->version < 300 ? 'D' : 'E', out);
    buf_printf(out, "%*s", FIELD, "");
    return true;
}

static void add_time(const struct rinex_header *h, struct str epoch, struct buf *out)
{
    const char *p = epoch.p;
    if (h->version >= 300) {
        buf_printf(out, " %.4s %.2s %.2s %.2s %.2s %.2s", p, p + 5, p + 8, p + 11, p + 14, p + 17);
        return;
    }
    char tenth = epoch.n > TIME_LENGTH ? p[TIME_LENGTH + 1] : '0';
    buf_printf(out, " %.2s %.2s %.2s %.2s %.2s %.2s.%c", p + 2, p + 5, p + 8, p + 11, p + 14, p + 17, tenth);
}

/* Version 2 has room for a tenth of a second and two digits of the year, the others for none and four. */
static bool time_fits(const struct rinex_header *h, struct str epoch)
{
    if (epoch.n < TIME_LENGTH ||
        (h->version < 300 && (memcmp(epoch.p, "1980", 4) < 0 || memcmp(epoch.p, "2079", 4) > 0)))
        return false;
    for (size_t i = TIME_LENGTH + (h->version < 300 ? 2 : 1); i < epoch.n; i++)
        if (epoch.p[i] != '0')
            return false;
    return true;
}

static void add_first(const struct rinex_header *h, const struct rinex_nav *m, struct buf *out)
{
    if (h->version >= 400) {
        buf_printf(out, "> %s %-3.*s %.*s", rinex_class_name(m->layout->class), STR_ARG(m->satellite),
                   STR_ARG(m->type));
        if (m->layout->subtype)
            buf_printf(out, " %s", m->layout->subtype);
        buf_char(out, '\n');
    }
    if (m->layout->class != RINEX_EPH)
        buf_z(out, "   ");
    else if (h->version >= 300)
        buf_str(out, m->satellite);
    else
        buf_printf(out, "%2d", (m->satellite.p[1] - '0') * 10 + (m->satellite.p[2] - '0'));
    add_time(h, m->epoch, out);
}

/* What the standard has where a message does not say it: a receiver of version 3.05 wants the whole line. */
static struct str value_of(const struct rinex_nav *m, enum rinex_value v)
{
    if (m->values[v].n || m->system != 'R' || m->layout->class != RINEX_EPH)
        return m->values[v];
    if (v == RINEX_DELAY_DIFFERENCE)
        return STR("999999999.999");
    return v == RINEX_URAI ? STR("15") : (struct str){0};
}

static bool add_fields(const struct rinex_header *h, const struct rinex_nav *m, size_t slot, size_t n, struct buf *out)
{
    for (size_t i = slot; i < slot + n && i < m->layout->n; i++) {
        enum rinex_value v = m->layout->slots[i];
        if (!add_number(h, v == RINEX_BLANK ? (struct str){0} : value_of(m, v), out))
            return false;
    }
    while (out->n && out->p[out->n - 1] == ' ')
        out->n--;
    buf_char(out, '\n');
    return true;
}

static bool add_rest(const struct rinex_header *h, const struct rinex_nav *m, struct buf *out)
{
    size_t lines = lines_of_message(h, m);
    for (size_t slot = FIRST_FIELDS, line = 1; slot < m->layout->n && line < lines; slot += FIELDS, line++) {
        buf_printf(out, "%*s", h->version < 300 ? 3 : 4, "");
        if (!add_fields(h, m, slot, FIELDS, out))
            return false;
    }
    return true;
}

static bool add_message(const struct rinex_header *h, const struct rinex_nav *m, struct buf *out)
{
    add_first(h, m, out);
    if (m->layout->class != RINEX_STO)
        return add_fields(h, m, 0, FIRST_FIELDS, out) && add_rest(h, m, out);
    buf_printf(out, " %-18.*s %-18.*s %.*s", STR_ARG(m->offset), STR_ARG(m->sbas), STR_ARG(m->utc));
    while (out->p[out->n - 1] == ' ')
        out->n--;
    buf_char(out, '\n');
    return add_rest(h, m, out);
}

int rinex_nav_write(const struct rinex_header *h, const struct rinex_nav *m, struct buf *out, struct fault *fault)
{
    size_t before = out->n;
    const char *wrong = place_for(h, m);
    if (!wrong && !time_fits(h, m->epoch))
        wrong = "its time has more digits than the format has columns";
    if (!wrong && !add_message(h, m, out))
        wrong = "a number has more digits than the format has columns";
    if (!wrong)
        return 0;
    out->n = before;
    return refuse(m, fault, wrong);
}
