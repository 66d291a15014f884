/* What a record must fulfil to be accepted, beyond being well formed. Pure. */
#pragma once
#include "decide.h"

#define EMBARGO_WITHOUT_REASON INSTANT_DAY /* default of policy.embargo_without_reason */

/* ERR_NEEDS_REASON: the marking (or an embargo longer than embargo_free) closes the record to every other partner at
 * `now` and wire->restricted is false, or the restriction names an unregistered reason, no authority or no reviewBy in
 * the future within the reason's limit and the owners' own; fault->detail says which of reason, authority, reviewBy is
 * missing. ORCON counts as a marking that closes; so does an expiry that is already over; what a release view opens
 * does not count. A restriction that was not needed is checked all the same. ERR_INVALID_LABEL: an owner besides the
 * poster has not authorised the poster; FGI of an unknown partner; public with anything but level U without caveats; a
 * release view that is not defined for the record's type. Mode none is never refused for lack of an agreement. */
int admit(const struct registry *reg, struct str poster, const struct subject *subject, const struct wire_label *wire,
          int64_t embargo_free, instant now, struct fault *fault);
/* The restriction by itself: ERR_NEEDS_REASON as above. reviewBy lies within the reason's limit and those of the
 * owners' register entries. */
int admit_restriction(const struct registry *reg, const struct codes *owners, const struct wire_label *wire,
                      instant now, struct fault *fault);
