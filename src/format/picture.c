#include "simulark/format/picture.h"

#include "simulark/base/path.h"

#include <strings.h>

static const struct {
    const char *name; /* and ending */
    enum picture picture;
} names[] = {
    {"svg", PICTURE_SVG}, {"mmd", PICTURE_MERMAID}, {"dot", PICTURE_DOT}, {"mermaid", PICTURE_MERMAID}, {"gv", PICTURE_DOT},
};

const char *picture_name(enum picture picture)
{
    static const char *const usual[] = {[PICTURE_SVG] = "svg", [PICTURE_MERMAID] = "mmd", [PICTURE_DOT] = "dot"};

    return usual[picture];
}

bool picture_from_name(const char *name, enum picture *picture)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(names[i].name, name) == 0) {
            *picture = names[i].picture;
            return true;
        }
    return false;
}

bool picture_from_path(const char *path, enum picture *picture)
{
    const char *dot = strrchr(path_name(path), '.');

    return dot && picture_from_name(dot + 1, picture);
}

void picture_write(enum picture picture, const struct graph *graph, enum theme theme, struct buffer *out)
{
    static void (*const writers[])(const struct graph *, enum theme, struct buffer *) = {
        [PICTURE_SVG] = picture_svg, [PICTURE_MERMAID] = picture_mermaid, [PICTURE_DOT] = picture_dot};

    writers[picture](graph, theme, out);
}
