/* The arithmetic of pictures. Of <math.h> only functions whose results IEEE 754 fixes are used (fabs, fmin, fmax, floor, ceil,
 * sqrt), so that the same graph gives the same bytes on every machine. */
#ifndef SIMULARK_MODEL_GEOMETRY_H
#define SIMULARK_MODEL_GEOMETRY_H

#include <math.h>

struct point {
    double x, y;
};

#endif
