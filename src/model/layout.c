#include "simulark/model/layout.h"

#include "simulark/base/memory.h"
#include "simulark/model/layers.h"
#include "simulark/model/lettering.h"

#include <math.h>
#include <stdlib.h>

#define TEXT_WIDEST 168.0
#define TEXT_NARROWEST 74.0
#define NODE_LOWEST 56.0
#define GROUP_WIDTH 200.0 /* of a group that holds nothing and says nothing */
#define GROUP_HEIGHT 120.0
#define PART_GAP 48.0      /* between parts of a drawing that nothing connects */
#define SHAPE 1.6          /* width to height that parts are packed to */
#define SPREAD_GAP 20.0
#define SPREAD_MOST 2.5
#define LABEL_ROOM 48.0    /* beside an edge's label */
#define SPREAD_NODES 3000  /* more are not compared with each other */

/* What one group holds, or the graph itself. */
struct level {
    struct graph *graph;
    size_t *members;
    size_t count;
    bool in_group;
};

/* An edge between members of one level: between them, or something inside them. */
struct lifted {
    size_t level; /* the group, or GRAPH_NONE */
    size_t edge, from, to;
};

/* ---- sizes ---- */

static double widest_line(const char *text, double size, bool bold, double limit, size_t max_lines, size_t *count)
{
    struct text_line lines[NODE_LINES];
    double widest = 0;

    *count = text_wrap(text, limit, size, bold, lines, max_lines);
    for (size_t i = 0; i < *count; i++)
        if (lines[i].width > widest)
            widest = lines[i].width;
    return widest;
}

static void size_node(struct graph_node *node)
{
    const double beside = 2 * NODE_PADDING + NODE_ICON + NODE_ICON_GAP;
    double limit = node->width ? node->width - beside : TEXT_WIDEST;
    size_t lines;
    size_t captions;
    double text = widest_line(node->label, LABEL_SIZE, true, limit, NODE_LINES, &lines);
    double caption = widest_line(node->type, CAPTION_SIZE, false, limit, 1, &captions);

    if (!node->width)
        node->width = ceil(fmax(fmax(text, caption), TEXT_NARROWEST) + beside + 2);
    if (!node->height)
        node->height =
            fmax(NODE_LOWEST, 2 * NODE_PADDING + (double)lines * NODE_LINE + (captions ? NODE_CAPTION : 0) + 1);
}

/* ---- levels ---- */

static int by_level(const void *a, const void *b)
{
    const struct lifted *x = a;
    const struct lifted *y = b;

    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    return (x->edge > y->edge) - (x->edge < y->edge);
}

/* Where both ends of an edge meet: the innermost group that holds both, and what there stands for each. */
static bool lift(const struct graph *g, size_t edge, struct lifted *out)
{
    size_t a = g->edges[edge].source;
    size_t b = g->edges[edge].target;

    if (graph_holds(g, a, b) || graph_holds(g, b, a) || a == b)
        return false;
    while (g->nodes[a].depth > g->nodes[b].depth)
        a = g->nodes[a].parent;
    while (g->nodes[b].depth > g->nodes[a].depth)
        b = g->nodes[b].parent;
    while (g->nodes[a].parent != g->nodes[b].parent) {
        a = g->nodes[a].parent;
        b = g->nodes[b].parent;
    }
    *out = (struct lifted){g->nodes[a].parent, edge, a, b};
    return a != b;
}

static struct lifted *lift_all(const struct graph *g, size_t *count)
{
    struct lifted *all = mem_alloc((g->nedges + 1) * sizeof *all);

    *count = 0;
    for (size_t i = 0; i < g->nedges; i++)
        *count += lift(g, i, &all[*count]);
    qsort(all, *count, sizeof *all, by_level);
    return all;
}

/* The lifted edges of one level. */
static struct lifted *edges_of(struct lifted *all, size_t total, size_t level, size_t *count)
{
    size_t low = 0;
    size_t high = total;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (all[middle].level < level)
            low = middle + 1;
        else
            high = middle;
    }
    for (*count = 0; low + *count < total && all[low + *count].level == level;)
        ++*count;
    return all + low;
}

/* ---- laying out what has no place ---- */

/* Parts of a level that edges connect. */
struct part {
    size_t *boxes; /* indices into the level's members */
    size_t nboxes;
    size_t first;
    double width, height, x, y;
};

static size_t root_of(size_t *up, size_t i)
{
    while (up[i] != i)
        i = up[i] = up[up[i]];
    return i;
}

static int by_size(const void *a, const void *b)
{
    const struct part *x = a;
    const struct part *y = b;

    if (x->nboxes != y->nboxes)
        return x->nboxes > y->nboxes ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

/* In rows from left to right, the largest first, to a pleasing shape. */
static void pack(struct part *parts, size_t count)
{
    double area = 0;
    double widest = 0;
    double x = 0;
    double y = 0;
    double row = 0;
    double limit;

    for (size_t i = 0; i < count; i++) {
        area += (parts[i].width + PART_GAP) * (parts[i].height + PART_GAP);
        widest = fmax(widest, parts[i].width);
    }
    limit = fmax(widest, sqrt(area * SHAPE));
    for (size_t i = 0; i < count; i++) {
        if (x > 0 && x + parts[i].width > limit) {
            x = 0;
            y += row + PART_GAP;
            row = 0;
        }
        parts[i].x = x;
        parts[i].y = y;
        x += parts[i].width + PART_GAP;
        row = fmax(row, parts[i].height);
    }
}

struct plan {
    struct level level;   /* only the members to lay out */
    size_t *place_of;     /* of a node among the members; GRAPH_NONE */
    struct lifted *edges; /* between them; the level becomes the part */
    size_t nedges;
};

static double label_width(const struct graph_edge *edge)
{
    double width = text_width(edge->label, strlen(edge->label), EDGE_LABEL_SIZE, false);

    return width < EDGE_LABEL_WIDTH ? width : EDGE_LABEL_WIDTH;
}

/* edges: those between the part's boxes. local: room for the place of each member among them. */
static void place_part(const struct plan *plan, struct part *part, const struct lifted *edges, size_t nedges, size_t *local)
{
    struct graph *g = plan->level.graph;
    struct layer_box *boxes = mem_alloc(part->nboxes * sizeof *boxes);
    struct layer_link *links = mem_alloc((nedges + 1) * sizeof *links);

    for (size_t i = 0; i < part->nboxes; i++) {
        const struct graph_node *node = &g->nodes[plan->level.members[part->boxes[i]]];

        local[part->boxes[i]] = i;
        boxes[i] = (struct layer_box){.width = node->width, .height = node->height};
    }
    for (size_t i = 0; i < nedges; i++)
        links[i] = (struct layer_link){local[plan->place_of[edges[i].from]], local[plan->place_of[edges[i].to]],
                                       label_width(&g->edges[edges[i].edge]), NULL, 0};
    layers_place(boxes, part->nboxes, links, nedges);
    for (size_t i = 0; i < part->nboxes; i++) {
        struct graph_node *node = &g->nodes[plan->level.members[part->boxes[i]]];

        node->x = boxes[i].x;
        node->y = boxes[i].y;
        part->width = fmax(part->width, node->x + node->width);
        part->height = fmax(part->height, node->y + node->height);
    }
    for (size_t i = 0; i < nedges; i++) {
        struct graph_edge *edge = &g->edges[edges[i].edge];

        edge->layered = edge->source == edges[i].from && edge->target == edges[i].to;
        edge->bends = links[i].bends;
        edge->nbends = links[i].nbends;
    }
    free(boxes);
    free(links);
}

/* The members in parts, each with its boxes in the members' order; part_of tells the part of each member. */
static struct part *find_parts(const struct plan *plan, size_t *part_of, size_t *count)
{
    size_t n = plan->level.count;
    size_t *up = mem_alloc(n * sizeof *up);
    struct part *parts = mem_alloc(n * sizeof *parts);
    size_t *index = mem_alloc(n * sizeof *index);

    for (size_t i = 0; i < n; i++)
        up[i] = i;
    for (size_t i = 0; i < plan->nedges; i++) {
        size_t a = root_of(up, plan->place_of[plan->edges[i].from]);
        size_t b = root_of(up, plan->place_of[plan->edges[i].to]);

        up[a > b ? a : b] = a < b ? a : b;
    }
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        size_t root = root_of(up, i);

        if (root == i) {
            index[i] = *count;
            parts[(*count)++] = (struct part){.first = i};
        }
        part_of[i] = index[root];
        parts[part_of[i]].nboxes++;
    }
    for (size_t i = 0; i < *count; i++) {
        parts[i].boxes = mem_alloc(parts[i].nboxes * sizeof *parts[i].boxes);
        parts[i].nboxes = 0;
    }
    for (size_t i = 0; i < n; i++)
        parts[part_of[i]].boxes[parts[part_of[i]].nboxes++] = i;
    free(up);
    free(index);
    return parts;
}

static void move_bends(struct graph_edge *edge, double x, double y)
{
    for (size_t i = 0; i < edge->nbends; i++) {
        edge->bends[i].x += x;
        edge->bends[i].y += y;
    }
}

static void lay_out(const struct plan *plan, double x, double y)
{
    size_t count;
    size_t *part_of = mem_alloc((plan->level.count + 1) * sizeof *part_of);
    size_t *local = mem_alloc((plan->level.count + 1) * sizeof *local);
    struct part *parts = find_parts(plan, part_of, &count);

    for (size_t i = 0; i < plan->nedges; i++)
        plan->edges[i].level = part_of[plan->place_of[plan->edges[i].from]];
    qsort(plan->edges, plan->nedges, sizeof *plan->edges, by_level);
    for (size_t i = 0; i < count; i++)
        if (parts[i].nboxes > 1) {
            size_t nedges;
            const struct lifted *edges = edges_of(plan->edges, plan->nedges, i, &nedges);

            place_part(plan, &parts[i], edges, nedges, local);
        } else {
            struct graph_node *node = &plan->level.graph->nodes[plan->level.members[parts[i].boxes[0]]];

            node->x = node->y = 0;
            parts[i].width = node->width;
            parts[i].height = node->height;
        }
    qsort(parts, count, sizeof *parts, by_size);
    pack(parts, count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < parts[i].nboxes; k++) {
            struct graph_node *node = &plan->level.graph->nodes[plan->level.members[parts[i].boxes[k]]];

            part_of[parts[i].boxes[k]] = i;
            node->x += parts[i].x + x;
            node->y += parts[i].y + y;
            node->placed = true;
        }
    for (size_t i = 0; i < plan->nedges; i++) {
        const struct part *part = &parts[part_of[plan->place_of[plan->edges[i].from]]];

        move_bends(&plan->level.graph->edges[plan->edges[i].edge], part->x + x, part->y + y);
    }
    for (size_t i = 0; i < count; i++)
        free(parts[i].boxes);
    free(parts);
    free(part_of);
    free(local);
}

/* ---- one level ---- */

/* Whether the canvas says nothing: no member has a place, or all have the same. */
static bool is_unplaced(const struct level *level)
{
    const struct graph_node *nodes = level->graph->nodes;
    const struct graph_node *first = &nodes[level->members[0]];

    for (size_t i = 1; i < level->count; i++) {
        const struct graph_node *node = &nodes[level->members[i]];

        if (node->placed != first->placed || node->x != first->x || node->y != first->y)
            return false;
    }
    return !first->placed || level->count > 1;
}

/* How much farther apart two nodes must be to stand clear of each other; 1 where they do. */
static double stretch_between(const struct graph_node *a, const struct graph_node *b)
{
    double dx = b->x - a->x;
    double dy = b->y - a->y;
    double wide = dx >= 0 ? a->width : b->width;
    double high = dy >= 0 ? a->height : b->height;
    double x = fabs(dx) > 0.5 ? (wide + SPREAD_GAP) / fabs(dx) : INFINITY;
    double y = fabs(dy) > 0.5 ? (high + SPREAD_GAP) / fabs(dy) : INFINITY;

    if ((a->sized && b->sized) || fabs(dx) >= wide + SPREAD_GAP / 2 || fabs(dy) >= high + SPREAD_GAP / 2)
        return 1;
    return isfinite(fmin(x, y)) ? fmin(x, y) : 1;
}

/* How much farther apart nodes beside each other must be for the label between them. */
static double stretch_for_label(const struct graph_node *a, const struct graph_node *b, const char *label)
{
    size_t lines;
    double wish = widest_line(label, EDGE_LABEL_SIZE, false, EDGE_LABEL_WIDTH, EDGE_LABEL_LINES, &lines) + LABEL_ROOM;
    double gap = fmax(b->x - a->x - a->width, a->x - b->x - b->width);
    bool beside = a->y < b->y + b->height && b->y < a->y + a->height;

    if (!lines || !beside || gap < 1 || gap >= wish || (a->sized && b->sized))
        return 1;
    return (fabs(b->x - a->x) - gap + wish) / fabs(b->x - a->x);
}

/* Nodes whose size is only estimated may be larger than on the canvas: moves all apart alike until they stand clear, with
 * room for what is written on edges. */
static void spread(const struct level *level, const struct lifted *edges, size_t nedges)
{
    struct graph_node *nodes = level->graph->nodes;
    const struct graph_node *origin = &nodes[level->members[0]];
    double factor = 1;
    double x = origin->x;
    double y = origin->y;

    if (level->count > SPREAD_NODES)
        return;
    for (size_t i = 0; i < level->count; i++)
        for (size_t k = i + 1; k < level->count; k++)
            factor = fmax(factor, stretch_between(&nodes[level->members[i]], &nodes[level->members[k]]));
    for (size_t i = 0; i < nedges; i++)
        if (!level->graph->edges[edges[i].edge].layered && !level->graph->edges[edges[i].edge].nbends)
            factor = fmax(factor, stretch_for_label(&nodes[edges[i].from], &nodes[edges[i].to],
                                                       level->graph->edges[edges[i].edge].label));
    if (factor > SPREAD_MOST)
        factor = SPREAD_MOST;
    for (size_t i = 0; i < level->count; i++) {
        struct graph_node *node = &nodes[level->members[i]];

        node->x = x + (node->x - x) * factor;
        node->y = y + (node->y - y) * factor;
    }
}

/* Lays out the members that have no place, below those that have one. */
static void place_rest(const struct level *level, const struct lifted *edges, size_t nedges, size_t *place_of)
{
    struct graph *g = level->graph;
    struct plan plan = {.level = {g, mem_alloc(level->count * sizeof(size_t)), 0, level->in_group}, .place_of = place_of};
    double left = INFINITY;
    double bottom = -INFINITY;

    for (size_t i = 0; i < level->count; i++) {
        const struct graph_node *node = &g->nodes[level->members[i]];

        if (node->placed) {
            left = fmin(left, node->x);
            bottom = fmax(bottom, node->y + node->height);
        } else {
            place_of[level->members[i]] = plan.level.count;
            plan.level.members[plan.level.count++] = level->members[i];
        }
    }
    plan.edges = mem_alloc((nedges + 1) * sizeof *plan.edges);
    for (size_t i = 0; i < nedges; i++)
        if (place_of[edges[i].from] != GRAPH_NONE && place_of[edges[i].to] != GRAPH_NONE)
            plan.edges[plan.nedges++] = edges[i];
    if (plan.level.count)
        lay_out(&plan, isfinite(left) ? left : level->in_group ? GROUP_PADDING : 0,
                isfinite(bottom) ? bottom + PART_GAP : level->in_group ? GROUP_TITLE : 0);
    for (size_t i = 0; i < plan.level.count; i++)
        place_of[plan.level.members[i]] = GRAPH_NONE;
    free(plan.level.members);
    free(plan.edges);
}

static void place_level(const struct level *level, const struct lifted *edges, size_t nedges, size_t *place_of)
{
    bool laid_out;

    if (!level->count)
        return;
    laid_out = is_unplaced(level);
    if (laid_out)
        for (size_t i = 0; i < level->count; i++)
            level->graph->nodes[level->members[i]].placed = false;
    place_rest(level, edges, nedges, place_of);
    if (!laid_out)
        spread(level, edges, nedges);
}

/* Gives a group the frame it has on the canvas, grown around what it holds. */
static void frame(struct graph *g, size_t group, const struct level *level, const struct lifted *edges, size_t nedges)
{
    struct graph_node *frame = &g->nodes[group];
    double left = INFINITY;
    double top = INFINITY;
    double right = 0;
    double bottom = 0;
    double padding = frame->width && frame->height ? GROUP_PADDING / 2 : GROUP_PADDING;

    if (!level->count) {
        if (!frame->width)
            frame->width = GROUP_WIDTH;
        if (!frame->height)
            frame->height = GROUP_HEIGHT;
        return;
    }
    for (size_t i = 0; i < level->count; i++) {
        const struct graph_node *node = &g->nodes[level->members[i]];

        left = fmin(left, node->x - padding);
        top = fmin(top, node->y - GROUP_TITLE);
        right = fmax(right, node->x + node->width + padding);
        bottom = fmax(bottom, node->y + node->height + padding);
    }
    if (frame->width && left > 0) /* the canvas' own frame, but where something is outside it */
        left = 0;
    if (frame->height && top > 0)
        top = 0;
    frame->width = fmax(frame->width, right) - left;
    frame->height = fmax(frame->height, bottom) - top;
    frame->x += left;
    frame->y += top;
    for (size_t i = 0; i < level->count; i++) {
        g->nodes[level->members[i]].x -= left;
        g->nodes[level->members[i]].y -= top;
    }
    for (size_t i = 0; i < nedges; i++)
        move_bends(&g->edges[edges[i].edge], -left, -top);
}

/* ---- the whole ---- */

/* The nodes by depth, the outermost first, in their own order. */
static size_t *by_depth(const struct graph *g)
{
    size_t *order = mem_alloc((g->nnodes + 1) * sizeof *order);
    size_t count = 0;

    for (size_t depth = 0; count < g->nnodes; depth++)
        for (size_t i = 0; i < g->nnodes; i++)
            if (g->nodes[i].depth == depth)
                order[count++] = i;
    return order;
}

/* The members of each group, and of the graph itself at the end: lists in one array. */
static size_t *members_of(const struct graph *g, size_t *start)
{
    size_t *members = mem_alloc((g->nnodes + 1) * sizeof *members);

    for (size_t i = 0; i < g->nnodes; i++)
        start[(g->nodes[i].parent == GRAPH_NONE ? g->nnodes : g->nodes[i].parent) + 2]++;
    for (size_t i = 0; i <= g->nnodes; i++)
        start[i + 2] += start[i + 1];
    for (size_t i = 0; i < g->nnodes; i++)
        members[start[(g->nodes[i].parent == GRAPH_NONE ? g->nnodes : g->nodes[i].parent) + 1]++] = i;
    return members;
}

/* From places in groups to places in the picture. */
static void make_absolute(struct graph *g, const size_t *order, const struct lifted *edges, size_t nedges)
{
    for (size_t i = 0; i < g->nnodes; i++) {
        struct graph_node *node = &g->nodes[order[i]];

        if (node->parent != GRAPH_NONE) {
            node->x += g->nodes[node->parent].x;
            node->y += g->nodes[node->parent].y;
        }
    }
    for (size_t i = 0; i < nedges; i++)
        if (edges[i].level != GRAPH_NONE)
            move_bends(&g->edges[edges[i].edge], g->nodes[edges[i].level].x, g->nodes[edges[i].level].y);
}

static void measure(struct graph *g)
{
    double right = -INFINITY;
    double bottom = -INFINITY;
    double scales = 0;
    size_t count = 0;

    g->pen = 1;
    if (!g->nnodes)
        return;
    g->x = g->y = INFINITY;
    for (size_t i = 0; i < g->nnodes; i++) {
        g->x = fmin(g->x, g->nodes[i].x);
        g->y = fmin(g->y, g->nodes[i].y);
        right = fmax(right, g->nodes[i].x + g->nodes[i].width);
        bottom = fmax(bottom, g->nodes[i].y + g->nodes[i].height);
        if (!g->nodes[i].group) {
            scales += fmin(fmin(g->nodes[i].width / 180, g->nodes[i].height / 64), 2);
            count++;
        }
    }
    if (count)
        g->pen = fmin(fmax(scales / (double)count, 1), 2);
    g->width = right - g->x;
    g->height = bottom - g->y;
}

void graph_layout(struct graph *g)
{
    size_t *start = mem_alloc((g->nnodes + 3) * sizeof *start);
    size_t *members = members_of(g, start);
    size_t *order = by_depth(g);
    size_t *place_of = mem_alloc((g->nnodes + 1) * sizeof *place_of);
    size_t nlifted;
    struct lifted *lifted = lift_all(g, &nlifted);

    for (size_t i = 0; i < g->nnodes; i++) {
        place_of[i] = GRAPH_NONE;
        if (!g->nodes[i].group)
            size_node(&g->nodes[i]);
    }
    /* From the innermost groups outwards: a group's size depends on what it holds. */
    for (size_t i = g->nnodes + 1; i > 0; i--) {
        size_t group = i == 1 ? g->nnodes : order[i - 2];
        struct level level = {g, members + start[group], start[group + 1] - start[group], group < g->nnodes};
        size_t nedges;
        const struct lifted *edges = edges_of(lifted, nlifted, group == g->nnodes ? GRAPH_NONE : group, &nedges);

        place_level(&level, edges, nedges, place_of);
        if (group < g->nnodes && g->nodes[group].group)
            frame(g, group, &level, edges, nedges);
    }
    make_absolute(g, order, lifted, nlifted);
    measure(g);
    free(start);
    free(members);
    free(order);
    free(place_of);
    free(lifted);
}
