#include "ndm_grammar.h"
#include "ndm.h"

static const struct ndm_block combined_blocks[] = {{.name = "ndm", .parent = -1, .grammar = &ndm_combined}};
const struct ndm_grammar ndm_combined = {NULL, NULL, NDM_BLOCKS_OF(combined_blocks), false};

static const struct ndm_grammar *const grammars[] = {&ndm_opm, &ndm_omm, &ndm_oem, &ndm_ocm,
                                                     &ndm_tdm, &ndm_cdm, &ndm_rdm};
#define GRAMMARS (sizeof grammars / sizeof *grammars)

const struct ndm_grammar *ndm_grammar_of_keyword(struct str version_keyword)
{
    for (size_t i = 0; i < GRAMMARS; i++)
        if (str_is(version_keyword, grammars[i]->version_keyword))
            return grammars[i];
    return NULL;
}

const struct ndm_grammar *ndm_grammar_of_name(struct str xml_name)
{
    for (size_t i = 0; i < GRAMMARS; i++)
        if (str_is(xml_name, grammars[i]->blocks[0].name))
            return grammars[i];
    return NULL;
}

const char *ndm_block_name(const struct ndm_block *block)
{
    return block->name ? block->name : "";
}

const char *ndm_message_name(const struct ndm_block *block)
{
    return block->parent < 0 ? block->name : NULL;
}
