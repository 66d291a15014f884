#include "message_marking.h"
#include "utf8.h"

#include <stdio.h>

#define MARKING_TOLD 120 /* bytes of one that is refused */

static int label_of(struct request *r, struct str marking, struct arena *arena, const struct label **ret,
                    struct marking_fault *mf, struct fault *fault)
{
    const struct caller *c = caller_of(r);
    return label_parse(c->registry, principal_partner(c->principal), marking, NULL, arena, ret, mf, fault);
}

static bool same_label(const struct label *x, const struct label *y)
{
    BUF_CLEANUP struct buf a = {0}, b = {0};
    label_write(x, &a);
    label_write(y, &b);
    return str_eq(buf_view(&a), buf_view(&b));
}

bool message_marking_is_text(struct request *r, struct str asked, struct str own, struct arena *arena)
{
    const struct label *label, *unused;
    struct marking_fault mf;
    struct fault fault;
    struct str word;
    return !label_of(r, asked, arena, &label, &mf, &fault) &&
           label_of(r, own, arena, &unused, &mf, &fault) == ERR_INVALID_MARKING &&
           label_says(caller_of(r)->registry, label, own, &word);
}

static int refuse(struct request *r, struct str own, const struct label *asked, const char *why, struct fault *fault)
{
    struct str told = utf8_prefix(own, MARKING_TOLD), word;
    char detail[FAULT_DETAIL_MAX];
    snprintf(detail, sizeof detail, "%s", why); /* it may be the fault's own */
    if (label_says(caller_of(r)->registry, asked, own, &word))
        return fault_set(fault, ERR_INVALID_MARKING, "$",
                         "the message is marked \"%.*s\": %s: expected a marking, or messageMarking=text",
                         STR_ARG(told), detail);
    return fault_set(fault, ERR_INVALID_MARKING, "$",
                     "the message is marked \"%.*s\": %s: expected a marking, or a text whose word %.*s "
                     "classificationMarking says as well",
                     STR_ARG(told), detail, STR_ARG(word));
}

int message_marking_agrees(struct request *r, struct str asked, struct str own, struct arena *arena,
                           struct fault *fault)
{
    const struct label *label, *of_message;
    struct marking_fault mf = {.detail = "cannot be read"};
    if (str_eq(asked, own) || label_of(r, asked, arena, &label, &mf, fault))
        return 0;
    int error = label_of(r, own, arena, &of_message, &mf, fault);
    if (error)
        return refuse(r, own, label, error == ERR_INVALID_MARKING ? mf.detail : fault->detail, fault);
    return same_label(label, of_message)
               ? 0
               : fault_set(
                     fault, ERR_INVALID_MARKING, "$",
                     "the message is marked \"%.*s\" and the query says \"%.*s\": expected the same, or one of them",
                     STR_ARG(own), STR_ARG(asked));
}
