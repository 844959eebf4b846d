/* The arithmetic of pictures: nothing but what IEEE 754 fixes, so that the same graph gives the same bytes on every machine,
 * whatever its mathematical library. */
#ifndef SIMULARK_MODEL_GEOMETRY_H
#define SIMULARK_MODEL_GEOMETRY_H

struct point {
    double x, y;
};

static inline double lesser(double a, double b)
{
    return a < b ? a : b;
}

static inline double greater(double a, double b)
{
    return a > b ? a : b;
}

static inline double magnitude(double a)
{
    return a < 0 ? -a : a;
}

/* Whole numbers below and above; up to 9e18. */
static inline double round_down(double a)
{
    double whole = (double)(long long)a;

    return whole > a ? whole - 1 : whole;
}

static inline double round_up(double a)
{
    return -round_down(-a);
}

/* Newton's method, from above; 0 for what is negative. */
static inline double square_root(double a)
{
    double root = a > 1 ? a : 1;
    double next = (root + a / root) / 2;

    if (!(a > 0))
        return 0;
    while (next < root) {
        root = next;
        next = (root + a / root) / 2;
    }
    return root;
}

#endif
