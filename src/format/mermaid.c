#include "palette.h"
#include "simulark/base/utf8.h"
#include "simulark/format/picture.h"

#include <ctype.h>

/* How a family's nodes are opened and closed. */
static const struct {
    const char *open, *close;
} shapes[FAMILY_COUNT] = {
    [FAMILY_OTHER] = {"[", "]"},       [FAMILY_SERVICE] = {"[", "]"},     [FAMILY_DATABASE] = {"[(", ")]"},
    [FAMILY_QUEUE] = {"[[", "]]"},     [FAMILY_CACHE] = {"[(", ")]"},     [FAMILY_GATEWAY] = {"{{", "}}"},
    [FAMILY_CLIENT] = {"([", "])"},    [FAMILY_STORAGE] = {"[(", ")]"},   [FAMILY_FUNCTION] = {"(", ")"},
    [FAMILY_EXTERNAL] = {">", "]"},    [FAMILY_MODEL] = {"(", ")"},       [FAMILY_CONTAINER] = {"[", "]"},
    [FAMILY_CDN] = {"{{", "}}"},       [FAMILY_SECURITY] = {"[", "]"},    [FAMILY_MONITOR] = {"[", "]"},
    [FAMILY_SEARCH] = {"([", "])"},    [FAMILY_LOGIC] = {"{", "}"},       [FAMILY_TEXT] = {"[/", "/]"},
    [FAMILY_NETWORK] = {"{{", "}}"},
};

/* Characters that mean nothing to Mermaid between letters and digits, so that "api-gw" stays readable. */
static bool is_plain(const char *text, size_t at, size_t len)
{
    unsigned char c = (unsigned char)text[at];

    if (isalnum(c) || c == ' ' || c == ',')
        return true;
    return strchr("-./_", c) && at > 0 && at + 1 < len && isalnum((unsigned char)text[at - 1]) &&
           isalnum((unsigned char)text[at + 1]);
}

#define LIGATURE_FL 0xfb02 /* with which Mermaid begins what stands for an entity while it draws */

/* A quoted text. What could be syntax, Markdown or HTML is one of Mermaid's entities: `#` with the number and `;`. */
static void quote(struct buffer *out, const char *text)
{
    size_t len = strlen(text);

    buffer_byte(out, '"');
    for (size_t i = 0; i < len;) {
        size_t used = 1;
        uint32_t c = utf8_decode(text + i, &used);

        if (c == LIGATURE_FL)
            buffer_text(out, "fl");
        else if (c >= 0x80 || is_plain(text, i, len))
            buffer_append(out, text + i, used);
        else
            buffer_printf(out, "#%u;", c);
        i += used;
    }
    if (!len)
        buffer_byte(out, ' ');
    buffer_byte(out, '"');
}

static void write_node(struct buffer *out, const struct graph *g, size_t i, int indent)
{
    const struct graph_node *node = &g->nodes[i];

    buffer_printf(out, "%*sn%zu%s", indent, "", i + 1, shapes[node->family].open);
    quote(out, node->label);
    buffer_printf(out, "%s\n", shapes[node->family].close);
}

/* Edges cannot lead from a group to itself or to what it holds: a point inside it stands for it then. */
static bool needs_point(const struct graph *g, const struct graph_edge *e, size_t group)
{
    size_t other = e->source == group ? e->target : e->source;

    return g->nodes[group].group && (other == group || graph_holds(g, group, other));
}

/* Whether the group must have a point: it holds nothing, which not all versions take, or an edge needs one. */
static bool has_point(const struct graph *g, size_t group)
{
    for (size_t i = 0; i < g->nedges; i++)
        if ((g->edges[i].source == group || g->edges[i].target == group) && needs_point(g, &g->edges[i], group))
            return true;
    for (size_t i = 0; i < g->nnodes; i++)
        if (g->nodes[i].parent == group)
            return false;
    return true;
}

/* The members of a group, and those of the groups among them. Groups are nested 64 deep at most. */
static void write_level(struct buffer *out, const struct graph *g, size_t group, int indent) // NOLINT(misc-no-recursion)
{
    for (size_t i = 0; i < g->nnodes; i++) {
        if (g->nodes[i].parent != group)
            continue;
        if (!g->nodes[i].group) {
            write_node(out, g, i, indent);
            continue;
        }
        buffer_printf(out, "%*ssubgraph n%zu [", indent, "", i + 1);
        quote(out, g->nodes[i].label);
        buffer_text(out, "]\n");
        write_level(out, g, i, indent + 2);
        if (has_point(g, i))
            buffer_printf(out, "%*sn%zup(( ))\n", indent + 2, "", i + 1);
        buffer_printf(out, "%*send\n", indent, "");
    }
}

static void write_edges(struct buffer *out, const struct graph *g)
{
    for (size_t i = 0; i < g->nedges; i++) {
        const struct graph_edge *e = &g->edges[i];

        buffer_printf(out, "  n%zu%s %s%s", e->source + 1, needs_point(g, e, e->source) ? "p" : "", e->both ? "<" : "",
                      e->dashed ? "-.->" : "-->");
        if (*e->label) {
            buffer_byte(out, '|');
            quote(out, e->label);
            buffer_byte(out, '|');
        }
        buffer_printf(out, " n%zu%s\n", e->target + 1, needs_point(g, e, e->target) ? "p" : "");
    }
}

/* A class with a family's colours, and the nodes that have it. */
static void write_class(struct buffer *out, const struct graph *g, enum family family, const struct palette *p)
{
    bool any = false;

    for (size_t i = 0; i < g->nnodes; i++) {
        if (g->nodes[i].group || g->nodes[i].family != family)
            continue;
        if (!any)
            buffer_printf(out, "  classDef f%u fill:#%06x,stroke:#%06x,color:#%06x\n  class ", family,
                          card_fill(p, family), card_line(p, family), p->text);
        buffer_printf(out, "%sn%zu", any ? "," : "", i + 1);
        any = true;
    }
    if (any)
        buffer_printf(out, " f%u\n", family);
}

static void write_frames(struct buffer *out, const struct graph *g, const struct palette *p)
{
    for (size_t i = 0; i < g->nnodes; i++)
        if (g->nodes[i].group)
            buffer_printf(out, "  style n%zu fill:#%06x,stroke:#%06x,color:#%06x\n", i + 1,
                          colour_mix(p->frame, p->background, 7), p->frame_line, p->frame_text);
}

void picture_mermaid(const struct graph *graph, enum theme theme, struct buffer *out)
{
    const struct palette *p = palette_of(theme);

    buffer_text(out, "flowchart LR\n");
    write_level(out, graph, GRAPH_NONE, 2);
    write_edges(out, graph);
    for (unsigned family = 0; family < FAMILY_COUNT; family++)
        write_class(out, graph, (enum family)family, p);
    write_frames(out, graph, p);
}
