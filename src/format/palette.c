#include "palette.h"

static const struct palette palettes[] = {
    [THEME_LIGHT] = {.background = 0xffffff,
                     .card = 0xffffff,
                     .text = 0x0f172a,
                     .caption = 0x55617a,
                     .edge = 0x7b8aa3,
                     .edge_text = 0x3b475c,
                     .frame = 0x64748b,
                     .frame_line = 0xb4c0d0,
                     .frame_text = 0x47536a,
                     .tint = 6,
                     .line = 60},
    [THEME_DARK] = {.background = 0x0f172a,
                    .card = 0x1a2438,
                    .text = 0xf1f5f9,
                    .caption = 0xa9b6ca,
                    .edge = 0x8495b0,
                    .edge_text = 0xd3dce9,
                    .frame = 0x94a3b8,
                    .frame_line = 0x44536c,
                    .frame_text = 0xb9c5d6,
                    .tint = 13,
                    .line = 80,
                    .lift = 32},
};

/* All dark enough for white signs on them. */
static const uint32_t families[FAMILY_COUNT] = {
    [FAMILY_OTHER] = 0x64748b,    [FAMILY_SERVICE] = 0x2563eb, [FAMILY_DATABASE] = 0x7c3aed, [FAMILY_QUEUE] = 0xc2680a,
    [FAMILY_CACHE] = 0xdc2626,    [FAMILY_GATEWAY] = 0x0e7f9b, [FAMILY_CLIENT] = 0x475569,   [FAMILY_STORAGE] = 0x55830f,
    [FAMILY_FUNCTION] = 0xd9541e, [FAMILY_EXTERNAL] = 0x78716c, [FAMILY_MODEL] = 0xb5279f,   [FAMILY_CONTAINER] = 0x0369a1,
    [FAMILY_CDN] = 0x0d8a80,      [FAMILY_SECURITY] = 0x0b8457, [FAMILY_MONITOR] = 0xd21f56, [FAMILY_SEARCH] = 0x4f46e5,
    [FAMILY_LOGIC] = 0x8a5a14,    [FAMILY_TEXT] = 0x5b6f3a,    [FAMILY_NETWORK] = 0x3b6ea8,
};

const struct palette *palette_of(enum theme theme)
{
    return &palettes[theme];
}

uint32_t family_colour(enum family family)
{
    return families[family];
}

uint32_t colour_mix(uint32_t a, uint32_t b, unsigned percent)
{
    uint32_t mixed = 0;

    for (unsigned shift = 0; shift < 24; shift += 8) {
        uint32_t channel = (((a >> shift) & 0xff) * percent + ((b >> shift) & 0xff) * (100 - percent) + 50) / 100;

        mixed |= channel << shift;
    }
    return mixed;
}

uint32_t card_fill(const struct palette *p, enum family family)
{
    return colour_mix(families[family], p->card, p->tint);
}

uint32_t card_line(const struct palette *p, enum family family)
{
    return colour_mix(colour_mix(0xffffff, families[family], p->lift), p->card, p->line);
}
