#include "icon.h"

static const char *const icons[FAMILY_COUNT] = {
    [FAMILY_OTHER] = "<rect x=\"4.5\" y=\"4.5\" width=\"15\" height=\"15\" rx=\"3.5\"/>",
    /* a gear */
    [FAMILY_SERVICE] = "<circle cx=\"12\" cy=\"12\" r=\"5\"/>"
                       "<path d=\"M12 3v4M12 17v4M3 12h4M17 12h4"
                       "M5.6 5.6l2.9 2.9M15.5 15.5l2.9 2.9M5.6 18.4l2.9-2.9M15.5 8.5l2.9-2.9\"/>",
    /* a drum */
    [FAMILY_DATABASE] = "<ellipse cx=\"12\" cy=\"6\" rx=\"8\" ry=\"3\"/>"
                        "<path d=\"M4 6v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3\"/>",
    /* messages in a line, and on */
    [FAMILY_QUEUE] = "<path d=\"M2.5 7.5h4v9h-4zM9.5 7.5h4v9h-4zM16.5 12h5M19 9l3 3l-3 3\"/>",
    /* lightning */
    [FAMILY_CACHE] = "<path d=\"M13.5 2.5L4.5 14h6.5l-1 7.5L19.5 10H13z\"/>",
    /* one way becomes three */
    [FAMILY_GATEWAY] = "<path d=\"M3 12h18M18 9l3 3l-3 3M8 12c4 0 4-7 9-7h3M8 12c4 0 4 7 9 7h3\"/>",
    /* a person */
    [FAMILY_CLIENT] = "<circle cx=\"12\" cy=\"8\" r=\"4.2\"/><path d=\"M4 21c.4-4.6 3.6-7 8-7s7.6 2.4 8 7\"/>",
    /* a bucket */
    [FAMILY_STORAGE] = "<ellipse cx=\"12\" cy=\"6\" rx=\"8.5\" ry=\"2.8\"/>"
                       "<path d=\"M3.5 6l2.3 12.8c.4 1.3 3 2.2 6.2 2.2s5.8-.9 6.2-2.2L20.5 6\"/>",
    /* lambda */
    [FAMILY_FUNCTION] = "<path d=\"M6 3.5h3.5L17 20.5h2.5M11.5 9L6 20.5\"/>",
    /* out of the box */
    [FAMILY_EXTERNAL] = "<path d=\"M11 5H4.5v14.5H19V13M14.5 3.5h6v6M20.5 3.5L11 13\"/>",
    /* a spark */
    [FAMILY_MODEL] = "<path d=\"M12 2.5l2.3 7.2L21.5 12l-7.2 2.3L12 21.5l-2.3-7.2L2.5 12l7.2-2.3z\"/>",
    /* a crate */
    [FAMILY_CONTAINER] = "<path d=\"M12 2.8l8.5 4.7v9L12 21.2l-8.5-4.7v-9zM3.5 7.5L12 12.2l8.5-4.7M12 12.2v9\"/>",
    /* the globe */
    [FAMILY_CDN] = "<circle cx=\"12\" cy=\"12\" r=\"9\"/>"
                   "<path d=\"M3 12h18M12 3c-5 5-5 13 0 18M12 3c5 5 5 13 0 18\"/>",
    /* a shield */
    [FAMILY_SECURITY] = "<path d=\"M12 2.5l8 3v6c0 5-3.4 8.3-8 10c-4.6-1.7-8-5-8-10v-6zM8.5 12l2.5 2.5l4.5-4.7\"/>",
    /* a pulse */
    [FAMILY_MONITOR] = "<path d=\"M2.5 12.5h4l3-8.5l5 16l3-7.5h4\"/>",
    /* a lens */
    [FAMILY_SEARCH] = "<circle cx=\"10.5\" cy=\"10.5\" r=\"6.5\"/><path d=\"M15.5 15.5l5.5 5.5\"/>",
    /* a decision */
    [FAMILY_LOGIC] = "<path d=\"M12 3l9 9l-9 9l-9-9zM12 8.5v4M12 15.5v.2\"/>",
    /* a page */
    [FAMILY_TEXT] = "<path d=\"M5.5 3h8.5l5 5v13h-13.5zM14 3v5h5M9 13h6.5M9 17h6.5\"/>",
    /* a cloud */
    [FAMILY_NETWORK] = "<path d=\"M7 19a4.7 4.7 0 0 1-.4-9.3a6 6 0 0 1 11.5-.6A5 5 0 0 1 17.5 19z\"/>",
};

const char *icon_of(enum family family)
{
    return icons[family];
}
