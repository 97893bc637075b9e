/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_FIGURE_H
#define PLUNGE_REPORT_FIGURE_H

#include <stdbool.h>

struct arena;
struct point;

/* One figure of a point of the sweep: the median over its blocks, of an even
 * number the worse one of the two in the middle. */
enum figure {
    FIGURE_IN_FLIGHT,
    FIGURE_ANSWERED, /* completed, with an answer */
    FIGURE_DURATION,
    FIGURE_THROUGHPUT,
    FIGURE_P50,
    FIGURE_P90,
    FIGURE_P99,
    FIGURE_P99_9,
    FIGURE_MAX,
    FIGURE_SERVICE_P50,
    FIGURE_SERVICE_P90,
    FIGURE_SERVICE_P99,
    FIGURE_SERVICE_P99_9,
    FIGURE_SERVICE_MAX,
};

/* @phase by its name; NULL: the measured phases together. NAN: not measured. */
double figure_median(enum figure figure, const struct point *point,
                     const char *phase, struct arena *arena);

/* A value with its unit: "4.13 ms"; "-" for NAN. In @arena. */
const char *figure_text(enum figure figure, double value, struct arena *arena);

#endif
