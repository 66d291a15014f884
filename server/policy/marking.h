/* The text of markings: what reading and writing share. Inside of policy/. */
#pragma once
#include "registry_data.h"

/* The owner that REL TO and JOINT name first: the one after which the label's policy is called, else the first (by
 * code) whose national profile is that policy, else the first. For a label of the USA this is ISM-ID-00041, "USA
 * first". */
struct str marking_lead(const struct registry *reg, const struct label *l);

/* Codes in the order of a marking: lead, other partners, communities, each as they come. out holds codes->n. */
void marking_order(const struct registry *reg, const struct codes *codes, struct str lead, struct str *out);

/* The profile that spells a level so, among those that are no partner's national profile (`//NS`); -1 if there is none
 * or more than one. */
int marking_profile_of(const struct registry *reg, struct str level);

/* Whose classification it is: said only where the owner's national profile does not say it; the owner in any case
 * (`//DEU S`); not said, for text that is read in its poster's profile. */
enum prefix { PREFIX_NEEDED, PREFIX_OWNER, PREFIX_NONE };
void marking_write(const struct registry *reg, const struct label *l, bool banner, enum prefix prefix, struct buf *out);
