/* What the policy layer cannot know of registers: whether the record types they name exist. */
#include "registers.h"

#include <jansson.h>

static int check_agreement_types(const struct register_entry *entry, struct fault *fault)
{
    json_auto_t *agreement = json_loadb(entry->json.p, entry->json.n, 0, NULL);
    size_t i;
    json_t *type;
    json_array_foreach(json_object_get(agreement, "types"), i, type)
    {
        const char *name = json_string_value(type);
        char where[FAULT_WHERE_MAX];
        snprintf(where, sizeof where, "agreement %.*s: types[%zu]", STR_ARG(entry->key), i);
        if (name && strcmp(name, "*") && !record_type_find(str_of(name)))
            return fault_set(fault, ERR_BAD_POLICY, where, "\"%s\" is no record type", name);
    }
    return 0;
}

int registers_check(const struct registry *reg, struct fault *fault)
{
    const struct register_entry *entries;
    size_t n = registry_entries(reg, &entries);
    int error = 0;
    for (size_t i = 0; i < n && !error; i++)
        if (str_is(entries[i].kind, "agreement"))
            error = check_agreement_types(&entries[i], fault);
    return error;
}
