#include "capability.h"

#define BIT(c) (1u << (c))
#define EVERYONE (BIT(CAP_SELF) | BIT(CAP_REGISTERS))

/* The committed table of role × capability; tests/e2e walks every route by it. */
static const unsigned table[ROLE_COUNT] = {
    [ROLE_NODE] = EVERYONE | BIT(CAP_READ) | BIT(CAP_POST) | BIT(CAP_NOTICES) | BIT(CAP_ACKNOWLEDGE),
    [ROLE_OPERATOR] = EVERYONE | BIT(CAP_READ) | BIT(CAP_POST) | BIT(CAP_NOTICES) | BIT(CAP_ACKNOWLEDGE) |
                      BIT(CAP_ASK) | BIT(CAP_ASKED) | BIT(CAP_OBJECTS),
    [ROLE_FDO] = EVERYONE | BIT(CAP_READ) | BIT(CAP_RELEASE) | BIT(CAP_DISCLOSURES) | BIT(CAP_NOTICES) |
                 BIT(CAP_ACKNOWLEDGE) | BIT(CAP_ASK) | BIT(CAP_ASKED) | BIT(CAP_DECIDE) | BIT(CAP_OBJECTS) |
                 BIT(CAP_OPERATORS) | BIT(CAP_PROPOSALS) | BIT(CAP_PROPOSE) | BIT(CAP_ACCEPT),
    [ROLE_AUDITOR] =
        EVERYONE | BIT(CAP_READ) | BIT(CAP_DISCLOSURES) | BIT(CAP_NOTICES) | BIT(CAP_ASKED) | BIT(CAP_PROPOSALS),
    [ROLE_ADMIN] = EVERYONE | BIT(CAP_PROPOSALS) | BIT(CAP_PROPOSE),
};

bool role_may(enum role role, enum capability capability)
{
    return role < ROLE_COUNT && (table[role] & BIT(capability)) != 0;
}
