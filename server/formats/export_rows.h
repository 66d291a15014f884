/* What export.c makes its table of. Inside formats/ only. */
#pragma once
#include "export.h"

enum { EXPORT_TWO_LINES, EXPORT_THREE_LINES };
extern const struct export_writer export_elset_lines; /* sets of two lines, or of three with the object's name */

enum { EXPORT_KVN, EXPORT_XML, EXPORT_OMM_JSON, EXPORT_OMM_CSV };
extern const struct export_writer export_ndm; /* messages of the CCSDS */
extern const struct export_writer export_tdm; /* one of them, of observations */

enum { EXPORT_RINEX_4 = 402, EXPORT_RINEX_3 = 305, EXPORT_RINEX_2 = 211 }; /* versions times 100 */
extern const struct export_writer export_rinex;                            /* navigation messages */
extern const struct export_writer export_almanac;                          /* variant: enum almanac_form */
extern const struct export_writer export_advisory;
extern const struct export_writer export_sp3;
extern const struct export_writer export_clk;
