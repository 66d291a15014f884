/* Whether covariances can be ones. */
#include "checks_found.h"
#include "ndm.h"
#include "ndm_grammar.h"

#include <math.h>
#include <stdio.h>

/* A covariance is positive semi-definite. As correlations, so that units do not matter, an eigenvalue may be so far
 * below 0: numbers that are printed with seven digits move those of an orbit, whose position and velocity hang closely
 * together, by a few parts in a million. */
#define SLACK 1e-5

static double element(const double *lower, size_t i, size_t k)
{
    return i < k ? lower[k * (k + 1) / 2 + i] : lower[i * (i + 1) / 2 + k];
}

/* Cholesky's decomposition of the correlations with SLACK added to each variance. */
static bool decomposes(const double *lower, const size_t *rows, size_t n)
{
    double l[COVARIANCE_VALUES_MAX];
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k <= i; k++) {
            double variances = element(lower, rows[i], rows[i]) * element(lower, rows[k], rows[k]);
            double sum = i == k ? 1 + SLACK : element(lower, rows[i], rows[k]) / sqrt(variances);
            for (size_t m = 0; m < k; m++)
                sum -= l[i * (i + 1) / 2 + m] * l[k * (k + 1) / 2 + m];
            if (i == k && !(sum > 0))
                return false;
            l[i * (i + 1) / 2 + k] = i == k ? sqrt(sum) : sum / l[k * (k + 1) / 2 + k];
        }
    return true;
}

/* What does not vary does not vary with anything. */
static bool alone(const double *lower, size_t i, size_t size)
{
    for (size_t k = 0; k < size; k++)
        if (element(lower, i, k) != 0)
            return false;
    return true;
}

static size_t size_of(size_t n)
{
    size_t size = 0;
    while ((size + 1) * (size + 2) / 2 <= n)
        size++;
    return size;
}

void check_covariance(struct findings *f, const char *name, const double *lower, size_t n)
{
    size_t size = size_of(n), rows[COVARIANCE_SIZE_MAX], kept = 0;
    for (size_t i = 0; i < size && i < COVARIANCE_SIZE_MAX; i++) {
        double variance = element(lower, i, i);
        if (variance < 0) {
            found(f, "%s: variance %zu is negative", name, i + 1);
            return;
        }
        if (variance == 0 && !alone(lower, i, size)) {
            found(f, "%s: variance %zu is 0, its covariances are not", name, i + 1);
            return;
        }
        if (variance > 0)
            rows[kept++] = i;
    }
    if (!decomposes(lower, rows, kept))
        found(f, "%s is not positive semi-definite", name);
}

/* --- in a message --- */

struct walk {
    struct findings *f;
    double values[COVARIANCE_SIZE_MAX * COVARIANCE_SIZE_MAX];
    size_t n;
    char object[16]; /* OBJECT1 */
    char epoch[48];  /* of this covariance */
    char ordering[8];
};

static void copy(char *out, size_t room, struct str text)
{
    snprintf(out, room, "%.*s", STR_ARG(text));
}

static void tell(struct walk *w, const double *lower, size_t n)
{
    char name[96];
    snprintf(name, sizeof name, "covariance%s%s%s%s", *w->object ? " of " : "", w->object, *w->epoch ? " at " : "",
             w->epoch);
    check_covariance(w->f, name, lower, n);
}

static void take_value(struct walk *w, const struct ndm_event *e)
{
    const char *block = ndm_block_name(e->block);
    if (str_is(e->keyword, "OBJECT"))
        copy(w->object, sizeof w->object, e->text);
    if (str_is(e->keyword, "COV_ORDERING"))
        copy(w->ordering, sizeof w->ordering, e->text);
    if (strcmp(block, "covarianceMatrix") != 0)
        return;
    if (str_is(e->keyword, "EPOCH"))
        copy(w->epoch, sizeof w->epoch, e->text);
    else if (e->row && e->row->kind == NDM_NUMBER && w->n < COVARIANCE_VALUES_MAX)
        w->values[w->n++] = printed_of(e->text).value;
}

/* Lines of a conjunction's may be missing in the middle: what is behind the sixth is looked at if all is there. */
static void end_matrix(struct walk *w)
{
    size_t size = size_of(w->n);
    tell(w, w->values, size * (size + 1) / 2 == w->n || w->n < 21 ? w->n : 21);
    w->n = 0;
    w->epoch[0] = '\0';
}

/* The lower triangle of a whole matrix of `size` rows; `across`: of the upper one, turned over. */
static void lower_of(const double *whole, size_t size, bool across, double *ret)
{
    for (size_t i = 0, at = 0; i < size; i++)
        for (size_t k = 0; k <= i; k++)
            ret[at++] = across ? whole[k * size + i] : whole[i * size + k];
}

static void lower_of_upper(const double *upper, size_t size, double *ret)
{
    for (size_t i = 0, at = 0; i < size; i++)
        for (size_t k = i; k < size; k++)
            ret[k * (k + 1) / 2 + i] = upper[at++];
}

/* A line of an OCM: its time, then the matrix in the order that COV_ORDERING tells (502.0-B-3, table 6-5). */
static void take_line(struct walk *w, const struct ndm_event *e)
{
    double lower[COVARIANCE_VALUES_MAX];
    size_t n = e->count - 1, whole = (size_t)(sqrt((double)n) + 0.5), size = size_of(n);
    bool triangle = !strcmp(w->ordering, "LTM") || !strcmp(w->ordering, "UTM");
    if (n > COVARIANCE_SIZE_MAX * COVARIANCE_SIZE_MAX || (triangle ? size * (size + 1) / 2 : whole * whole) != n ||
        (triangle ? size : whole) > COVARIANCE_SIZE_MAX)
        return;
    for (size_t i = 0; i < n; i++)
        w->values[i] = printed_of(e->values[i + 1]).value;
    if (!strcmp(w->ordering, "LTM"))
        memcpy(lower, w->values, n * sizeof *lower);
    else if (triangle)
        lower_of_upper(w->values, size, lower);
    else
        lower_of(w->values, whole, !strcmp(w->ordering, "UTMWCC"), lower);
    copy(w->epoch, sizeof w->epoch, e->values[0]);
    tell(w, lower, triangle ? n : whole * (whole + 1) / 2);
    w->epoch[0] = '\0';
}

void check_message(struct findings *f, struct str message)
{
    NDM_READER_CLEANUP struct ndm_reader *reader = ndm_reader_of(message);
    struct walk w = {.f = f};
    struct ndm_event e;
    while (!ndm_next(reader, &e, NULL)) {
        if (e.what == NDM_VALUE)
            take_value(&w, &e);
        else if (e.what == NDM_SET && strcmp(ndm_block_name(e.block), "covLine") == 0)
            take_line(&w, &e);
        else if (e.what == NDM_FINISH && w.n)
            end_matrix(&w);
    }
}
