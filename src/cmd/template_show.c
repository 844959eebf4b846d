#include "template_options.h"
#include "simulark/model/template_header.h"

#include <stdio.h>

#define MOST_EDGES 60 /* of a graph that are shown */

static void show_field(const char *name, const char *value)
{
    if (value && *value)
        say("%-10s %s", name, value);
}

static void show_keywords(const json_t *header)
{
    struct buffer text = BUFFER_INIT;
    const json_t *word;
    size_t i;

    json_array_foreach(json_object_get(header, "keywords"), i, word)
        if (json_is_string(word))
            buffer_printf(&text, "%s%s", text.len ? ", " : "", json_string_value(word));
    show_field("keywords", buffer_string(&text));
    buffer_release(&text);
}

static void show_parameter(const json_t *parameter)
{
    struct buffer text = BUFFER_INIT;
    const json_t *value = json_object_get(parameter, "default");

    buffer_text(&text, template_text(parameter, "description") ? template_text(parameter, "description") : "");
    if (json_is_string(value))
        buffer_printf(&text, " (default \"%s\")", json_string_value(value));
    else if (json_is_true(json_object_get(parameter, "required")))
        buffer_text(&text, " (required)");
    if (template_text(parameter, "pattern"))
        buffer_printf(&text, " (like %s)", template_text(parameter, "pattern"));
    say("  %-18s %s", template_text(parameter, "name") ? template_text(parameter, "name") : "", buffer_string(&text));
    buffer_release(&text);
}

static void show_graph(const json_t *graph)
{
    const json_t *edges = json_object_get(graph, "edges");
    const char *name = json_string_value(json_object_get(graph, "name"));
    long long nodes = json_integer_value(json_object_get(graph, "nodes"));
    const json_t *edge;
    size_t i;

    say("%s", "");
    say("%s: %lld %s, %zu %s", name ? name : "(no name)", nodes, nodes == 1 ? "node" : "nodes", json_array_size(edges),
        json_array_size(edges) == 1 ? "edge" : "edges");
    json_array_foreach(edges, i, edge) {
        const char *label = json_string_value(json_object_get(edge, "label"));

        if (i == MOST_EDGES) {
            say("  … and %zu more", json_array_size(edges) - i);
            break;
        }
        say("  %s → %s%s%s", json_string_value(json_object_get(edge, "from")), json_string_value(json_object_get(edge, "to")),
            label ? ": " : "", label ? label : "");
    }
}

static void show_readme(const struct template_asset *readme)
{
    const char *at = readme->bytes.data;
    const char *end = at + readme->bytes.len;

    say("%s", "");
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline : end) - at);

        say("%.*s", (int)(len < 10000 ? len : 10000), at);
        at += len + 1;
    }
}

static void show(const char *operand, const struct named_template *named, const json_t *graphs)
{
    const struct template_asset *readme = template_asset(&named->t, "README.md");
    const json_t *header = named->t.header;
    const json_t *parameters = json_object_get(header, "parameters");
    const json_t *value;
    char digest[DIGEST_TEXT + 1];
    size_t i;

    digest_format(named->digest, digest);
    say("%s%s%s%s", template_text(header, "name"), template_text(header, "version") ? " " : "",
        template_text(header, "version") ? template_text(header, "version") : "",
        json_is_true(json_object_get(header, "premium")) ? " (premium)" : "");
    show_field("", template_text(header, "description"));
    show_field("slug", template_text(header, "slug"));
    show_field("category", template_text(header, "category"));
    show_keywords(header);
    show_field("author", template_text(header, "author"));
    show_field("licence", template_text(header, "licence"));
    show_field("digest", digest);
    if (!named->from_file)
        say("%-10s %lld", "used", (long long)named->row.uses);
    if (json_array_size(parameters))
        say("parameters");
    json_array_foreach(parameters, i, value)
        show_parameter(value);
    json_array_foreach(graphs, i, value)
        show_graph(value);
    if (readme && readme->bytes.len)
        show_readme(readme);
    say("%s", "");
    if (named->from_file)
        say("A picture: simulark render %s -o picture.svg", operand);
    else
        say("A picture: simulark template export %s -o template.ark, then simulark render template.ark -o picture.svg",
            named->row.slug ? named->row.slug : named->row.id);
}

static json_t *to_json(const struct named_template *named, const json_t *graphs)
{
    const struct template_asset *readme = template_asset(&named->t, "README.md");
    json_t *result = template_to_json(&named->t, named->digest);

    json_object_set(result, "graphs", (json_t *)(uintptr_t)graphs);
    json_object_set_new(result, "readme", readme && readme->bytes.data ? json_stringn(readme->bytes.data, readme->bytes.len)
                                                                      : json_null());
    if (named->from_file)
        return result;
    json_object_set_new(result, "id", json_string(named->row.id));
    json_object_set_new(result, "usage_count", json_integer((json_int_t)named->row.uses));
    json_object_set_new(result, "as_published", json_boolean(named->as_published));
    return result;
}

static enum status run(struct cli *cli, struct error *err)
{
    const char *operand = cli->arguments.operands[0];
    struct named_template named = {0};
    struct pg *pg = NULL;
    struct template_input in = {0};

    if (read_template_input(&cli->arguments, &in, err) && open_named_template(cli, operand, &in, &pg, &named, err)) {
        json_t *graphs = template_outline(&named.t);

        cli->result = to_json(&named, graphs);
        json_object_set_new(cli->result, "signature", signature_to_json(&in.signature));
        if (!cli->json)
            show(operand, &named, graphs);
        tell_signature(cli, &in.signature);
        json_decref(graphs);
    }
    pg_free(pg);
    template_input_release(&in);
    named_template_release(&named);
    return err->status;
}

static const struct option_spec options[] = {
    TEMPLATE_INPUT_OPTIONS,
    {NULL, 0, NULL, NULL},
};

const struct command template_show_word = {
    .name = "template show",
    .operands = "NAME|PATH",
    .summary = "what a template is and holds",
    .about = "Shows what a template says of itself, its parameters, what its graphs join, and its readme. It is one of the "
             "database, by name, slug or id, or a file or folder.",
    .options = options,
    .examples = "  simulark template show saas-starter\n"
                "  simulark template show saas-starter.ark\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
