/* State vectors as orbit parameter messages (CCSDS 502.0-B-3, section 3). What has no keyword is told as the sender's
 * own. */
#include "ndm_making.h"

static const struct ndm_made_row rows[] = {
    {"CREATION_DATE", MADE_OF_TIME, "msgTs", "createdAt"},
    {"ORIGINATOR", MADE_OF_KNOWN, "origin", "createdBy"},
    {"OBJECT_NAME", MADE_OF_KNOWN, "origObjectId", NULL},
    {"OBJECT_ID", MADE_OF_KNOWN, "internationalDesignator", "satNo"},
    {"CENTER_NAME", MADE_FIXED, "EARTH", NULL},
    {"REF_FRAME", MADE_OF_FRAME, "referenceFrame", NULL},
    {"TIME_SYSTEM", MADE_FIXED, "UTC", NULL},
    {"EPOCH", MADE_OF_TIME, "epoch", NULL},
    {"X", MADE_OF_FIELD, "xpos", NULL},
    {"Y", MADE_OF_FIELD, "ypos", NULL},
    {"Z", MADE_OF_FIELD, "zpos", NULL},
    {"X_DOT", MADE_OF_FIELD, "xvel", NULL},
    {"Y_DOT", MADE_OF_FIELD, "yvel", NULL},
    {"Z_DOT", MADE_OF_FIELD, "zvel", NULL},
    {"MASS", MADE_OF_FIELD, "mass", NULL},
    {"SOLAR_RAD_AREA", MADE_OF_FIELD, "srpArea", NULL},
    {"SOLAR_RAD_COEFF", MADE_OF_FIELD, "solarRadPressCoeff", NULL},
    {"DRAG_AREA", MADE_OF_FIELD, "dragArea", NULL},
    {"DRAG_COEFF", MADE_OF_FIELD, "dragCoeff", NULL},
};

static int write_covariance(struct ndm_making *m, const struct ndm_block *block)
{
    struct str cov = ndm_making_field(m, "cov");
    const struct str *numbers;
    const char *frame;
    if (!cov.n)
        return 0;
    int error = ndm_making_covariance(m, cov, "cov", ndm_making_field(m, "covReferenceFrame"), "covReferenceFrame",
                                      &numbers, &frame);
    if (error)
        return error;
    buf_printf(m->out, "%s = %s\n", block->rows[0].keyword, frame);
    for (size_t i = 0; i < NDM_COVARIANCE; i++)
        buf_printf(m->out, "%s = %.*s\n", block->rows[i + 1].keyword, STR_ARG(numbers[i]));
    return 0;
}

int opm_of_statevector(struct ndm_making *m)
{
    struct ndm_made_table table = {m, rows, sizeof rows / sizeof *rows};
    int error = 0;
    buf_z(m->out, "CCSDS_OPM_VERS = 3.0\n");
    for (size_t i = 0; i < ndm_opm.count && !error; i++) {
        const struct ndm_block *block = &ndm_opm.blocks[i];
        error = block->name && strcmp(block->name, "covarianceMatrix") == 0
                    ? write_covariance(m, block)
                    : ndm_making_rows(m, block, ndm_made_find, &table);
    }
    return error ? error : ndm_making_rest(m, "statevector", "USER_DEFINED_", true);
}
