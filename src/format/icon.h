/* A sign for each family of nodes, drawn with SVG primitives in lines of the colour that is current. Private to format. */
#ifndef SIMULARK_FORMAT_ICON_H
#define SIMULARK_FORMAT_ICON_H

#include "simulark/model/family.h"

/* Elements in a square of 24 units. */
const char *icon_of(enum family family);

#endif
