/* Inside of api/: marking text and wire label of a request become an admitted label. */
#pragma once
#include "caller.h"

/* Where the texts came from, and the results made once per distinct input of a request. */
struct label_cache;
struct label_cache *label_cache_new(struct request *r);

/* Nothing said beside the marking. */
extern const struct wire_label no_wire_label;

struct admitted {
    const struct label *label;
    const struct wire_label *wire; /* never NULL */
    struct str wire_text;          /* canonical, "" if nothing was said beside the marking */
};

/* wire_json {NULL,0}: none. `where` is the record's JSON path ("$", "$[3]"). Extra members of the problem (marking
 * rule, suggestion) are left in *ret_extra, in the request's arena, NULL if there are none. */
int label_admit(struct label_cache *cache, struct str type, struct str data_mode, struct str marking,
                struct str wire_json, const char *where, struct admitted *ret, const char **ret_extra,
                struct fault *fault);

/* As label_admit without admission: for evaluate and parse. banner: of the document that it is a portion of, or NULL.
 */
int label_input(struct request *r, struct str marking, const struct label *banner, struct str wire_json,
                const char *where, struct admitted *ret, const char **ret_extra, struct fault *fault);
/* The banner of a document, text {NULL,0}: none, *ret stays NULL. Faults name $.banner. */
int banner_input(struct request *r, struct str text, const struct label **ret, const char **ret_extra,
                 struct fault *fault);
/* As label_input, but a marking whose meaning is beyond doubt is read however it is written (label_normalise). */
int label_input_normalised(struct request *r, struct str marking, const struct label *banner, struct str wire_json,
                           struct marking_changes *changes, struct admitted *ret, const char **ret_extra,
                           struct fault *fault);
/* A subject for what is about to be posted by the caller now. */
struct subject subject_posted_now(struct request *r, const struct admitted *a, struct str type, struct str data_mode);
