#include "palette.h"
#include "simulark/format/picture.h"

#define FONT "fontname=\"Helvetica,Arial,sans-serif\", "

/* Graphviz' shapes; all boxes have round corners. */
static const char *const shapes[FAMILY_COUNT] = {
    [FAMILY_OTHER] = "box",       [FAMILY_SERVICE] = "box",     [FAMILY_DATABASE] = "cylinder", [FAMILY_QUEUE] = "cds",
    [FAMILY_CACHE] = "cylinder",  [FAMILY_GATEWAY] = "hexagon", [FAMILY_CLIENT] = "ellipse",    [FAMILY_STORAGE] = "folder",
    [FAMILY_FUNCTION] = "box",    [FAMILY_EXTERNAL] = "box",    [FAMILY_MODEL] = "box",         [FAMILY_CONTAINER] = "box3d",
    [FAMILY_CDN] = "hexagon",     [FAMILY_SECURITY] = "octagon", [FAMILY_MONITOR] = "tab",      [FAMILY_SEARCH] = "box",
    [FAMILY_LOGIC] = "diamond",   [FAMILY_TEXT] = "note",       [FAMILY_NETWORK] = "hexagon",
};

/* The inside of a quoted string. A backslash begins an escape in labels, an ampersand an entity of HTML. */
static void escape(struct buffer *out, const char *text)
{
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            buffer_printf(out, "\\%c", *text);
        else if (*text == '&')
            buffer_text(out, "&amp;");
        else
            buffer_byte(out, *text);
}

static void quote(struct buffer *out, const char *text)
{
    buffer_byte(out, '"');
    escape(out, text);
    buffer_byte(out, '"');
}

static void write_node(struct buffer *out, const struct graph *g, size_t i, int indent, const struct palette *p)
{
    const struct graph_node *node = &g->nodes[i];

    buffer_printf(out, "%*sn%zu [label=\"", indent, "", i + 1);
    escape(out, node->label);
    if (*node->type && strcmp(node->type, node->label) != 0) {
        buffer_text(out, "\\n(");
        escape(out, node->type);
        buffer_byte(out, ')');
    }
    buffer_printf(out, "\", shape=%s, color=\"#%06x\", fillcolor=\"#%06x\"%s]\n", shapes[node->family],
                  card_line(p, node->family), card_fill(p, node->family),
                  node->family == FAMILY_EXTERNAL ? ", style=\"filled,dashed\"" : "");
}

/* The members of a group, and those of the groups among them, which are 64 deep at most. Edges end at nodes alone, so
 * that each group has a point that stands for it. */
static void write_level(struct buffer *out, const struct graph *g, size_t group, int indent, // NOLINT(misc-no-recursion)
                        const struct palette *p)
{
    for (size_t i = 0; i < g->nnodes; i++) {
        if (g->nodes[i].parent != group)
            continue;
        if (!g->nodes[i].group) {
            write_node(out, g, i, indent, p);
            continue;
        }
        buffer_printf(out, "%*ssubgraph cluster_n%zu {\n%*slabel=", indent, "", i + 1, indent + 2, "");
        quote(out, g->nodes[i].label);
        buffer_printf(out, "\n%*sn%zu [shape=point, style=invis, width=0.01, label=\"\"]\n", indent + 2, "", i + 1);
        write_level(out, g, i, indent + 2, p);
        buffer_printf(out, "%*s}\n", indent, "");
    }
}

/* An edge of a group is cut at its frame, but for one that stays inside. */
static void write_edge(struct buffer *out, const struct graph *g, const struct graph_edge *e)
{
    bool inside = e->source == e->target || graph_holds(g, e->source, e->target) || graph_holds(g, e->target, e->source);
    const char *separator = " [";

    buffer_printf(out, "  n%zu -> n%zu", e->source + 1, e->target + 1);
    if (*e->label) {
        buffer_printf(out, "%slabel=", separator);
        quote(out, e->label);
        separator = ", ";
    }
    if (g->nodes[e->source].group && !inside) {
        buffer_printf(out, "%sltail=cluster_n%zu", separator, e->source + 1);
        separator = ", ";
    }
    if (g->nodes[e->target].group && !inside) {
        buffer_printf(out, "%slhead=cluster_n%zu", separator, e->target + 1);
        separator = ", ";
    }
    if (e->dashed) {
        buffer_printf(out, "%sstyle=dashed", separator);
        separator = ", ";
    }
    if (e->both) {
        buffer_printf(out, "%sdir=both", separator);
        separator = ", ";
    }
    buffer_text(out, *separator == ',' ? "]\n" : "\n");
}

void picture_dot(const struct graph *graph, enum theme theme, struct buffer *out)
{
    const struct palette *p = palette_of(theme);

    buffer_text(out, "digraph ");
    quote(out, *graph->name ? graph->name : "graph");
    buffer_printf(out,
                  " {\n"
                  "  graph [rankdir=LR, compound=true, charset=\"UTF-8\", bgcolor=\"#%06x\", " FONT "fontsize=12, "
                  "fontcolor=\"#%06x\", color=\"#%06x\", style=\"rounded,dashed\", nodesep=0.4, ranksep=0.8]\n"
                  "  node [style=\"rounded,filled\", " FONT "fontsize=11, fontcolor=\"#%06x\", "
                  "margin=\"0.18,0.1\"]\n"
                  "  edge [" FONT "fontsize=10, color=\"#%06x\", fontcolor=\"#%06x\"]\n",
                  p->background, p->frame_text, p->frame_line, p->text, p->edge, p->edge_text);
    write_level(out, graph, GRAPH_NONE, 2, p);
    for (size_t i = 0; i < graph->nedges; i++)
        write_edge(out, graph, &graph->edges[i]);
    buffer_text(out, "}\n");
}
