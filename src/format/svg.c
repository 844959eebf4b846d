#include "icon.h"
#include "palette.h"
#include "simulark/base/memory.h"
#include "simulark/format/picture.h"
#include "simulark/model/layout.h"
#include "simulark/model/lettering.h"
#include "simulark/model/route.h"

#include <stdlib.h>

#define FONTS "Helvetica Neue,Helvetica,Arial,Liberation Sans,Noto Sans,Noto Sans CJK SC,sans-serif"
#define MARGIN 32.0
#define ARROW_LENGTH 9.0
#define ARROW_HALF 4.2
#define NARROW 88.0   /* nodes below this width hold no text beside their icon */
#define BASELINE 0.35 /* of the size of letters: from their middle down to the line they stand on */

struct svg {
    const struct graph *graph;
    const struct palette *palette;
    struct buffer *out;
    double x, y; /* what becomes 0, 0 */
};

/* ---- pieces ---- */

/* At most two decimals, with a point whatever the locale. */
static void number(struct buffer *out, double value)
{
    long long hundredths = (long long)floor(fmin(fmax(value, -1e9), 1e9) * 100 + 0.5);
    long long whole = llabs(hundredths) / 100;
    int rest = (int)(llabs(hundredths) % 100);

    buffer_printf(out, "%s%lld", hundredths < 0 ? "-" : "", whole);
    if (rest)
        buffer_printf(out, rest % 10 ? ".%02d" : ".%d", rest % 10 ? rest : rest / 10);
}

static void attribute(struct buffer *out, const char *name, double value)
{
    buffer_printf(out, " %s=\"", name);
    number(out, value);
    buffer_byte(out, '"');
}

static void colour(struct buffer *out, const char *name, uint32_t value)
{
    buffer_printf(out, " %s=\"#%06x\"", name, value);
}

/* Cleaned text as character data: whatever could be markup, or be taken for it by a careless reader, is a reference. */
static void escape(struct buffer *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (strchr("&<>\"'`=", text[i]))
            buffer_printf(out, "&#%d;", text[i]);
        else
            buffer_byte(out, text[i]);
}

static void point(const struct svg *s, struct point p)
{
    number(s->out, p.x - s->x);
    buffer_byte(s->out, ' ');
    number(s->out, p.y - s->y);
}

/* Opens a text element at a place of the picture; the rest of the attributes follow. */
static void open_text(const struct svg *s, double x, double y, double size, uint32_t fill)
{
    buffer_text(s->out, "<text");
    attribute(s->out, "x", x - s->x);
    attribute(s->out, "y", y + size * BASELINE - s->y);
    attribute(s->out, "font-size", size);
    colour(s->out, "fill", fill);
}

static void close_text(const struct svg *s, const char *text, const struct text_line *line)
{
    buffer_byte(s->out, '>');
    escape(s->out, text + line->start, line->len);
    buffer_text(s->out, line->cut ? "\xe2\x80\xa6</text>\n" : "</text>\n");
}

/* What a pointer that rests here shows. */
static void title(const struct svg *s, const char *text, const char *type)
{
    buffer_text(s->out, "<title>");
    escape(s->out, text, strlen(text));
    if (*type && strcmp(type, text) != 0) {
        buffer_text(s->out, " (");
        escape(s->out, type, strlen(type));
        buffer_byte(s->out, ')');
    }
    buffer_text(s->out, "</title>");
}

/* The sign of a family in a coloured square. */
static void icon(const struct svg *s, enum family family, double x, double y, double size)
{
    buffer_text(s->out, "<rect");
    attribute(s->out, "x", x - s->x);
    attribute(s->out, "y", y - s->y);
    attribute(s->out, "width", size);
    attribute(s->out, "height", size);
    attribute(s->out, "rx", size * 0.24);
    colour(s->out, "fill", family_colour(family));
    buffer_text(s->out, "/><g transform=\"translate(");
    number(s->out, x + size * 0.18 - s->x);
    buffer_byte(s->out, ' ');
    number(s->out, y + size * 0.18 - s->y);
    buffer_text(s->out, ") scale(");
    number(s->out, size * 0.64 / 24);
    buffer_printf(s->out, ")\" fill=\"none\" stroke=\"#ffffff\" stroke-width=\"2.2\" stroke-linecap=\"round\" "
                          "stroke-linejoin=\"round\">%s</g>\n",
                  icon_of(family));
}

/* ---- groups ---- */

static void draw_group(const struct svg *s, const struct graph_node *node)
{
    const struct palette *p = s->palette;
    struct text_line line;

    buffer_text(s->out, "<g>");
    title(s, node->label, node->type);
    buffer_text(s->out, "<rect");
    attribute(s->out, "x", node->x - s->x);
    attribute(s->out, "y", node->y - s->y);
    attribute(s->out, "width", node->width);
    attribute(s->out, "height", node->height);
    buffer_text(s->out, " rx=\"14\"");
    colour(s->out, "fill", p->frame);
    buffer_text(s->out, " fill-opacity=\"0.05\"");
    colour(s->out, "stroke", p->frame_line);
    buffer_text(s->out, " stroke-width=\"1.5\" stroke-dasharray=\"6 4\"/>\n");
    if (text_wrap(node->label, node->width - 32, LABEL_SIZE, true, &line, 1)) {
        open_text(s, node->x + 16, node->y + 20, LABEL_SIZE, p->frame_text);
        buffer_text(s->out, " font-weight=\"600\"");
        close_text(s, node->label, &line);
    }
    buffer_text(s->out, "</g>\n");
}

static void draw_groups(const struct svg *s)
{
    size_t drawn = 0;

    /* A group is behind the groups it holds. */
    for (size_t depth = 0; drawn < s->graph->nnodes; depth++)
        for (size_t i = 0; i < s->graph->nnodes; i++) {
            const struct graph_node *node = &s->graph->nodes[i];

            drawn += node->depth == depth;
            if (node->group && node->depth == depth)
                draw_group(s, node);
        }
}

/* ---- nodes ---- */

/* Lines of text under each other, the first's middle at y. */
struct lettering {
    const char *text;
    struct text_line lines[NODE_LINES];
    size_t count;
    double size, line;
    bool bold;
    uint32_t fill;
};

static struct lettering letter(const char *text, double width, double size, double line, bool bold, size_t max_lines,
                               uint32_t fill)
{
    struct lettering l = {.text = text, .size = size, .line = line, .bold = bold, .fill = fill};

    l.count = text_wrap(text, width, size, bold, l.lines, max_lines);
    return l;
}

static void draw_lettering(const struct svg *s, const struct lettering *l, double x, double y, bool centred)
{
    for (size_t i = 0; i < l->count; i++) {
        open_text(s, x, y + (double)i * l->line, l->size, l->fill);
        if (l->bold)
            buffer_text(s->out, " font-weight=\"600\"");
        if (centred)
            buffer_text(s->out, " text-anchor=\"middle\"");
        close_text(s, l->text, &l->lines[i]);
    }
}

/* How many lines of a label fit under each other, with the caption if there is one. */
static size_t lines_that_fit(double height, double line, double caption)
{
    double lines = floor((height - caption) / line + 0.05);

    return lines < 1 ? 1 : lines > NODE_LINES ? NODE_LINES : (size_t)lines;
}

static bool is_cut(const struct lettering *l)
{
    return l->count && l->lines[l->count - 1].cut;
}

/* The icon at the left, the text beside it; larger in larger nodes, as long as the whole label fits. */
static void draw_row(const struct svg *s, const struct graph_node *node, double scale) // NOLINT(misc-no-recursion)
{
    double size = fmin(NODE_ICON * scale, node->height - 10);
    double padding = fmin(NODE_PADDING * scale, (node->height - size) / 2);
    double gap = NODE_ICON_GAP * fmin(scale, size / NODE_ICON + 0.2);
    double room = node->width - padding - size - gap - NODE_PADDING * 0.7;
    bool low = node->height < 44;
    struct lettering caption = letter(low ? "" : node->type, room, CAPTION_SIZE * scale, NODE_CAPTION * scale, false, 1,
                                      s->palette->caption);
    double captions = (double)caption.count * caption.line;
    size_t lines = lines_that_fit(node->height - 8, NODE_LINE * scale, captions);
    struct lettering label = letter(node->label, room, (low ? LABEL_SIZE - 1 : LABEL_SIZE) * scale, NODE_LINE * scale, true,
                                    lines, s->palette->text);
    double height = (double)label.count * label.line + captions;
    double top = node->y + (node->height - height) / 2;
    double x = node->x + padding + size + gap;

    if (scale > 1 && is_cut(&label)) {
        draw_row(s, node, fmax(1, scale - 0.2));
        return;
    }
    icon(s, node->family, node->x + padding, node->y + (node->height - size) / 2, size);
    draw_lettering(s, &label, x, top + label.line / 2, false);
    draw_lettering(s, &caption, x, top + (double)label.count * label.line + caption.line / 2, false);
}

/* The icon above the text, for nodes that are tall. */
static void draw_stack(const struct svg *s, const struct graph_node *node, double scale) // NOLINT(misc-no-recursion)
{
    double size = 36 * scale;
    double room = node->width - 20;
    double x = node->x + node->width / 2;
    struct lettering caption =
        letter(node->type, room, CAPTION_SIZE * scale, NODE_CAPTION * scale, false, 1, s->palette->caption);
    double captions = (double)caption.count * caption.line;
    size_t lines = lines_that_fit(node->height - size - 12 * scale - 12, NODE_LINE * scale, captions);
    struct lettering label = letter(node->label, room, LABEL_SIZE * scale, NODE_LINE * scale, true, lines, s->palette->text);
    double height = size + 10 * scale + (double)label.count * label.line + captions;
    double top = node->y + (node->height - height) / 2;

    if (scale > 1 && is_cut(&label)) {
        draw_stack(s, node, fmax(1, scale - 0.2));
        return;
    }
    icon(s, node->family, x - size / 2, top, size);
    top += size + 10 * scale;
    draw_lettering(s, &label, x, top + label.line / 2, true);
    draw_lettering(s, &caption, x, top + (double)label.count * label.line + caption.line / 2, true);
}

/* Nothing but the icon, the label below it: for nodes that hold no text. */
static void draw_sign(const struct svg *s, const struct graph_node *node)
{
    double size = fmin(fmin(node->width, node->height) - 4, 40);
    struct lettering label = letter(node->label, fmax(node->width + 20, 84), LABEL_SIZE - 2, NODE_LINE - 3, true, 2,
                                    s->palette->text);

    icon(s, node->family, node->x + (node->width - size) / 2, node->y + (node->height - size) / 2, size);
    draw_lettering(s, &label, node->x + node->width / 2, node->y + node->height + 10, true);
}

static void draw_card(const struct svg *s, const struct graph_node *node)
{
    buffer_text(s->out, "<rect");
    attribute(s->out, "x", node->x - s->x);
    attribute(s->out, "y", node->y - s->y);
    attribute(s->out, "width", node->width);
    attribute(s->out, "height", node->height);
    attribute(s->out, "rx", fmin(10, fmin(node->width, node->height) / 4));
    colour(s->out, "fill", card_fill(s->palette, node->family));
    colour(s->out, "stroke", card_line(s->palette, node->family));
    buffer_text(s->out, node->family == FAMILY_EXTERNAL ? " stroke-width=\"1.4\" stroke-dasharray=\"5 3\"/>\n"
                                                        : " stroke-width=\"1.4\"/>\n");
}

static void draw_node(const struct svg *s, const struct graph_node *node)
{
    double scale = node->sized ? fmin(fmin(node->width / 180, node->height / 64), 2) : 1;

    buffer_text(s->out, "<g>");
    title(s, node->label, node->type);
    draw_card(s, node);
    if (node->sized && node->height >= 96 && node->width < node->height * 1.7)
        draw_stack(s, node, fmax(1, fmin(fmin(node->width / 170, node->height / 110), 2)));
    else if (node->width < NARROW)
        draw_sign(s, node);
    else
        draw_row(s, node, fmax(1, scale));
    buffer_text(s->out, "</g>\n");
}

/* ---- edges ---- */

/* An arrow's head at `tip`, coming from `before`. */
static void draw_head(const struct svg *s, struct point tip, struct point before)
{
    double dx = tip.x - before.x;
    double dy = tip.y - before.y;
    double length = sqrt(dx * dx + dy * dy);
    struct point base;

    if (length < 0.01)
        return;
    dx /= length;
    dy /= length;
    dx *= s->graph->pen;
    dy *= s->graph->pen;
    base = (struct point){tip.x - dx * ARROW_LENGTH, tip.y - dy * ARROW_LENGTH};
    buffer_text(s->out, "<path d=\"M");
    point(s, tip);
    buffer_byte(s->out, 'L');
    point(s, (struct point){base.x - dy * ARROW_HALF, base.y + dx * ARROW_HALF});
    buffer_byte(s->out, 'L');
    point(s, (struct point){base.x + dy * ARROW_HALF, base.y - dx * ARROW_HALF});
    buffer_text(s->out, "z\"");
    colour(s->out, "fill", s->palette->edge);
    buffer_text(s->out, " stroke=\"none\"/>\n");
}

/* The end of a line is under the arrow's head, not at its tip. */
static struct point shortened(const struct svg *s, struct point tip, struct point before)
{
    double dx = tip.x - before.x;
    double dy = tip.y - before.y;
    double length = sqrt(dx * dx + dy * dy);
    double back = fmin((ARROW_LENGTH - 2) * s->graph->pen, length / 2);

    if (length < 0.01)
        return tip;
    return (struct point){tip.x - dx / length * back, tip.y - dy / length * back};
}

static void draw_edge(const struct svg *s, const struct graph_edge *edge, const struct route *route)
{
    const struct point *p = route->points;
    size_t n = route->npoints;

    buffer_text(s->out, "<path d=\"M");
    point(s, edge->both ? shortened(s, p[0], p[1]) : p[0]);
    for (size_t i = 1; i + 2 < n; i += 3) {
        buffer_byte(s->out, 'C');
        point(s, p[i]);
        buffer_byte(s->out, ' ');
        point(s, p[i + 1]);
        buffer_byte(s->out, ' ');
        point(s, i + 3 == n ? shortened(s, p[n - 1], p[n - 2]) : p[i + 2]);
    }
    buffer_text(s->out, edge->dashed ? "\" stroke-dasharray=\"6 4\"/>\n" : "\"/>\n");
    draw_head(s, p[n - 1], p[n - 2]);
    if (edge->both)
        draw_head(s, p[0], p[1]);
}

static void draw_edge_label(const struct svg *s, const char *label, const struct route *route)
{
    struct lettering l = {.text = label, .count = route->nlines, .size = EDGE_LABEL_SIZE * s->graph->pen,
                          .line = EDGE_LABEL_LINE * s->graph->pen};

    if (!route->nlines)
        return;
    memcpy(l.lines, route->lines, sizeof route->lines);
    l.fill = s->palette->edge_text;
    buffer_text(s->out, "<rect");
    attribute(s->out, "x", route->label.x - route->label_width / 2 - s->x);
    attribute(s->out, "y", route->label.y - route->label_height / 2 - s->y);
    attribute(s->out, "width", route->label_width);
    attribute(s->out, "height", route->label_height);
    buffer_text(s->out, " rx=\"5\"");
    colour(s->out, "fill", s->palette->background);
    buffer_text(s->out, " fill-opacity=\"0.92\"/>\n");
    draw_lettering(s, &l, route->label.x, route->label.y - l.line / 2 * (double)(route->nlines - 1), true);
}

/* ---- the whole ---- */

struct extent {
    double left, top, right, bottom;
};

static void stretch(struct extent *e, double x, double y, double width, double height)
{
    e->left = fmin(e->left, x);
    e->top = fmin(e->top, y);
    e->right = fmax(e->right, x + width);
    e->bottom = fmax(e->bottom, y + height);
}

/* Opens the document at the size of everything that is drawn. */
static void begin(struct svg *s, const struct route *routes)
{
    const struct graph *g = s->graph;
    struct extent e = {g->x, g->y, g->x + fmax(g->width, 160), g->y + fmax(g->height, 80)};

    for (size_t i = 0; i < g->nnodes; i++) /* labels below signs */
        if (!g->nodes[i].group && g->nodes[i].width < NARROW)
            stretch(&e, g->nodes[i].x - 12, g->nodes[i].y, g->nodes[i].width + 24,
                    g->nodes[i].height + 32);
    for (size_t i = 0; i < g->nedges; i++) {
        const struct route *r = &routes[i];

        for (size_t k = 0; k < r->npoints; k++)
            stretch(&e, r->points[k].x, r->points[k].y, 0, 0);
        if (r->nlines)
            stretch(&e, r->label.x - r->label_width / 2, r->label.y - r->label_height / 2,
                    r->label_width, r->label_height);
    }
    s->x = floor(e.left - MARGIN);
    s->y = floor(e.top - MARGIN);
    buffer_text(s->out, "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"");
    attribute(s->out, "width", ceil(e.right + MARGIN) - s->x);
    attribute(s->out, "height", ceil(e.bottom + MARGIN) - s->y);
    buffer_text(s->out, " viewBox=\"0 0 ");
    number(s->out, ceil(e.right + MARGIN) - s->x);
    buffer_byte(s->out, ' ');
    number(s->out, ceil(e.bottom + MARGIN) - s->y);
    buffer_text(s->out, "\" font-family=\"" FONTS "\">\n<title>");
    escape(s->out, *g->name ? g->name : "Graph", *g->name ? strlen(g->name) : 5);
    buffer_printf(s->out, "</title>\n<desc>%zu %s, %zu %s</desc>\n<rect width=\"100%%\" height=\"100%%\"", g->nnodes,
                  g->nnodes == 1 ? "node" : "nodes", g->nedges, g->nedges == 1 ? "edge" : "edges");
    colour(s->out, "fill", s->palette->background);
    buffer_text(s->out, "/>\n");
}

void picture_svg(const struct graph *graph, enum theme theme, struct buffer *out)
{
    struct svg s = {.graph = graph, .palette = palette_of(theme), .out = out};
    struct route *routes = routes_new(graph);

    begin(&s, routes);
    draw_groups(&s);
    buffer_text(out, "<g fill=\"none\" stroke-linecap=\"round\"");
    attribute(out, "stroke-width", 1.6 * graph->pen);
    colour(out, "stroke", s.palette->edge);
    buffer_text(out, ">\n");
    for (size_t i = 0; i < graph->nedges; i++)
        draw_edge(&s, &graph->edges[i], &routes[i]);
    buffer_text(out, "</g>\n");
    for (size_t i = 0; i < graph->nnodes; i++)
        if (!graph->nodes[i].group)
            draw_node(&s, &graph->nodes[i]);
    for (size_t i = 0; i < graph->nedges; i++)
        draw_edge_label(&s, graph->edges[i].label, &routes[i]);
    buffer_text(out, "</svg>\n");
    routes_free(routes, graph->nedges);
}
