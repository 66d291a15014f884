/* What a role may do at all. What it may see is another question, and decide()'s. */
#pragma once
#include "registry.h"

enum capability {
    CAP_NONE = 0,    /* not valid in a route */
    CAP_SELF,        /* whoami, markings, evaluate, the API's description */
    CAP_REGISTERS,   /* partners, communities, own agreements, reasons */
    CAP_READ,        /* records */
    CAP_POST,        /* records */
    CAP_RELEASE,     /* recall, relabel: an owner's fdo */
    CAP_DISCLOSURES, /* who was sent what of one's own */
    CAP_NOTICES,     /* what one's partner is told */
    CAP_ACKNOWLEDGE, /* that it has been read */
    CAP_ASK,         /* for a release of what others own, and to withdraw it */
    CAP_ASKED,       /* what one's partner has asked for */
    CAP_DECIDE,      /* an fdo, and who acts for one: the queue, approvals, refusals, withdrawals of grants */
    CAP_OBJECTS,     /* say what one operates */
    CAP_OPERATORS,   /* accept what others say they operate: an fdo */
    CAP_PROPOSALS,   /* changes of the registers that concern one's partner */
    CAP_PROPOSE,     /* asking for them, and taking that back */
    CAP_ACCEPT,      /* or refusing */
    CAP_OPERATE,     /* health and metrics on the loopback listener, which proves no identity */
    CAP_COUNT
};

bool role_may(enum role role, enum capability capability);
