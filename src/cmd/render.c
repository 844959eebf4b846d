#include "encryption_options.h"
#include "limit_options.h"
#include "simulark/base/json_text.h"
#include "simulark/cmd/cmd.h"
#include "simulark/flow/bundle.h"
#include "simulark/flow/database.h"
#include "simulark/flow/filters.h"
#include "simulark/flow/render.h"

static const char *const theme_words[] = {"light", "dark", NULL};

/* Which kind of picture: what --format says, else the path's ending. */
static bool choose_picture(const struct arguments *a, const char *path, enum picture *picture, struct error *err)
{
    const char *format = argument_value(a, "format");

    if (format) {
        if (picture_from_name(format, picture))
            return true;
        error_set(err, STATUS_USAGE, "There is no picture format \"%s\".", format);
        error_hint(err, "Formats are svg, mmd (Mermaid) and dot (Graphviz).");
        return false;
    }
    *picture = PICTURE_SVG;
    if (strcmp(path, "-") == 0 || picture_from_path(path, picture))
        return true;
    error_set(err, STATUS_USAGE, "The ending of %s tells no picture format.", path);
    error_hint(err, "Use .svg, .mmd (Mermaid) or .dot (Graphviz), or --format.");
    return false;
}

static bool read_options(const struct cli *cli, struct render_options *options, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char *path = argument_value(a, "output");
    int theme = argument_choice(a, "theme", theme_words, THEME_LIGHT, err);

    if (theme < 0)
        return false;
    if (!path) {
        error_set(err, STATUS_USAGE, "Say where the picture goes: -o PATH.");
        error_hint(err, "For instance -o shop.svg, -o shop.mmd, -o shop.dot or -o - for standard output.");
        return false;
    }
    if (a->noperands && argument_given(a, "as"))
        return error_set(err, STATUS_USAGE, "--as is about a database, but %s is a bundle.", a->operands[0]);
    if (!a->noperands && !argument_given(a, "project")) {
        error_set(err, STATUS_USAGE, "Say what to draw: a bundle, or --project ID or NAME out of a database.");
        error_hint(err, "For instance `simulark render shop.yaml -o shop.svg`.");
        return false;
    }
    if (a->noperands && argument_given(a, "project")) {
        error_set(err, STATUS_USAGE, "The picture is of %s or of --project, not of both.", a->operands[0]);
        error_hint(err, "Leave one of them out.");
        return false;
    }
    if (!check_output(cli, path, err))
        return false;
    options->theme = (enum theme)theme;
    options->graph = argument_value(a, "graph");
    options->force = argument_given(a, "force");
    return choose_picture(a, path, &options->picture, err);
}

static void report(struct cli *cli, const char *path, const struct render_options *options, const struct render_report *done)
{
    char size[32];
    char nodes[32];
    char edges[32];

    cli->result = json_pack("{s:o, s:s, s:s, s:s, s:I, s:I, s:I, s:I}", "path", text_to_json(path), "format",
                            picture_name(options->picture), "graph", done->graph, "graph_id", done->id, "nodes",
                            (json_int_t)done->nodes, "edges", (json_int_t)done->edges, "dangling",
                            (json_int_t)done->dangling, "bytes", (json_int_t)done->bytes);
    tell(cli, "Drew \"%s\" to %s (%s, %s): %s %s, %s %s.", done->title,
         output_place(path), picture_name(options->picture), human_bytes(done->bytes, size),
         with_commas((int64_t)done->nodes, nodes), done->nodes == 1 ? "node" : "nodes",
         with_commas((int64_t)done->edges, edges), done->edges == 1 ? "edge" : "edges");
    if (!options->graph && done->graphs > 1)
        tell(cli, "It is the first by name of %zu graphs; --graph NAME draws another.", done->graphs);
    if (done->dangling && !cli->quiet)
        tell_always("simulark: note: %zu %s left out: a node at an end is missing.", done->dangling,
                    done->dangling == 1 ? "edge was" : "edges were");
}

static enum status run(struct cli *cli, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char *path = argument_value(a, "output");
    const char *project = argument_value(a, "project");
    struct limits limits;
    struct selection selection = {.projects = &project, .nprojects = 1, .contexts = CONTEXTS_NONE};
    struct rules rules = {.options = {.deed = DEED_LOOK, .as = argument_value(a, "as")}};
    struct render_options options = {0};
    struct encryption encryption = {0};
    struct bundle_info info = {.keys = &encryption.keys};
    struct seal_report sealed = {0};
    struct render_report done = {0};
    struct progress_line line = {.cli = cli, .verb = "Reading", .undone = "read; nothing is written"};
    struct source *source = NULL;
    struct sink *sink = NULL;
    struct pg *pg = NULL;

    if (!read_options(cli, &options, err) || !read_limits(a, &limits, err) || !read_encryption(a, &encryption, err))
        goto out;
    sink = sink_render(path, &options, &done, err);
    if (!sink)
        goto out;
    if (project) {
        pg = cli_database(cli, err);
        rules.pg = pg;
        source = pg && rules_admit_early(&rules, err) ? source_database(pg, &selection) : NULL;
        selection.user = rules_actor(&rules);
    } else {
        source = source_bundle(a->operands[0], &limits, &info, err);
    }
    if (!source)
        goto out;
    sink = filter_seal(sink, !project && container_is_archive(info.container), &sealed);
    sink = filter_progress(sink, progress_tick, &line);
    if (stream_run(source, sink, err)) {
        progress_end(&line, err);
        report(cli, path, &options, &done);
    }
out:
    progress_end(&line, err);
    note_refusal(&rules, err);
    sink_free(sink);
    source_free(source);
    pg_free(pg);
    rules_release(&rules);
    render_report_release(&done);
    encryption_release(&encryption);
    return err->status;
}

static const struct option_spec options[] = {
    OPTION_GROUP("Where it goes"),
    {"output", 'o', "PATH", "where the picture goes; - is standard output"},
    {"format", 0, "svg|mmd|dot", "SVG (default), Mermaid or Graphviz, where the ending of PATH does not tell"},
    {"force", 0, NULL, "replace the picture that is there"},
    OPTION_GROUP("What is drawn"),
    {"project", 0, "ID|NAME", "a project of the database instead of SOURCE"},
    {"as", 0, "EMAIL|ID", "… that this user may see"},
    {"graph", 0, "ID|NAME", "which graph; the first by name if not given"},
    {"theme", 0, "light|dark", "its colours (default light)"},
    OPTION_GROUP("Safety"),
    DECRYPT_OPTIONS,
    LIMIT_OPTION,
    {NULL, 0, NULL, NULL},
};

const struct command command_render = {
    .name = "render",
    .operands = "[SOURCE]",
    .summary = "draw a graph as SVG, Mermaid or DOT",
    .about = "Draws one graph of a bundle (- is standard input) or of a project in a database:\n"
             "nodes where the canvas has them, in layers where it has no places for them.\n"
             "The ending of PATH chooses the format.",
    .options = options,
    .examples = "  simulark render shop.yaml -o shop.svg\n"
                "  simulark render --project 'Online shop' --graph Main --theme dark -o shop.svg\n"
                "  simulark render shop.ark -o - --format dot | dot -Tpdf >shop.pdf\n",
    .min_operands = 0,
    .max_operands = 1,
    .run = run,
};
