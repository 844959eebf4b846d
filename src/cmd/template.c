#include "template_options.h"

static const struct command *const words[] = {
    &template_pack_word, &template_lint_word, &template_publish_word, &template_unpublish_word, &template_list_word,
    &template_show_word, &template_use_word,  &template_export_word,  &template_index_word,     NULL,
};

const struct command command_template = {
    .name = "template",
    .group = "Templates",
    .operands = "WORD",
    .summary = "make, publish and use templates",
    .about = "A template is a bundle of graphs that projects are started from, with a name, a version, a readme and a "
             "picture. Curators pack and publish templates; people use them.",
    .examples = "  simulark template pack templates/saas-starter -o saas-starter.ark\n"
                "  simulark template publish saas-starter.ark\n"
                "  simulark template use saas-starter --as ada@example.org --name 'My SaaS'\n",
    .words = words,
};
