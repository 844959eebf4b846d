/* The colours of pictures, as 0xRRGGBB. Private to format. */
#ifndef SIMULARK_FORMAT_PALETTE_H
#define SIMULARK_FORMAT_PALETTE_H

#include "simulark/format/picture.h"
#include "simulark/model/family.h"

#include <stdint.h>

struct palette {
    uint32_t background, card; /* card: below a family's tint */
    uint32_t text, caption;
    uint32_t edge, edge_text;
    uint32_t frame, frame_line, frame_text; /* of groups */
    unsigned tint, line; /* how many percent of a family's colour a card and its border have */
    unsigned lift;       /* how many percent of white a border's colour has first */
};

const struct palette *palette_of(enum theme theme);
uint32_t family_colour(enum family family);
/* The colours of a card of this family. */
uint32_t card_fill(const struct palette *p, enum family family);
uint32_t card_line(const struct palette *p, enum family family);
/* `percent` of a over b. */
uint32_t colour_mix(uint32_t a, uint32_t b, unsigned percent);

#endif
