/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_CURVE_H
#define PLUNGE_REPORT_CURVE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct histogram;
struct point;
struct result;
struct result_latency;
struct result_phase;

/* A measured phase of one point of the sweep, over all of its blocks: what most
 * formats have a line, or a file, about. */
struct curve {
    const char *scenario;
    const char *name; /* of the point: name.h */
    const char *phase;
    const struct point *point;
};

/* In the order of the cells and their phases. In @arena. */
struct curve *curve_list(const struct result *result, struct arena *arena,
                         size_t *count_out);

/* "rush/pool.max=4/steady". */
const char *curve_title(const struct curve *curve, struct arena *arena);

/* That phase of one of the point's cells; NULL: it did not get there. */
const struct result_phase *curve_phase(const struct curve *curve, size_t block);

enum curve_side {
    CURVE_LATENCY, /* from the intended start */
    CURVE_SERVICE, /* from the actual one */
};

const struct result_latency *curve_latency(const struct result_phase *phase,
                                           enum curve_side side);

/* Adds the histograms of all blocks, and to @sum_ns (NULL: nobody asks) what
 * all the samples took together. false: a block has samples and no histogram,
 * so that the whole is not known. */
bool curve_histogram(const struct curve *curve, enum curve_side side,
                     struct histogram *histogram, double *sum_ns);

#endif
