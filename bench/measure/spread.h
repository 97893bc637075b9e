/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_SPREAD_H
#define PLUNGE_MEASURE_SPREAD_H

#include <stddef.h>
#include <stdint.h>

struct coarse;
struct text;

/* A histogram of one interval as a short text, of which many fit into a result:
 * four steps a doubling, "first:count,count,...", from the first step that has
 * a value to the last; a count of 0 is empty: "88:3,12,,1".
 *
 * Step 4 e + q begins at (4 + q) 2^e / 4 ns. */
#define SPREAD_STEPS ((size_t)168)

struct spread {
    uint64_t counts[SPREAD_STEPS];
};

/* Nothing for an empty one. */
void spread_write(const struct coarse *coarse, struct text *text);

/* 0, or -1 when @string is none; *@spread_out is then not touched. */
int spread_read(const char *string, struct spread *spread_out);

/* The lowest value of a step, in ns; the next one's is where it ends. */
double spread_lowest(size_t step);

#endif
