/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_SLICES_H
#define PLUNGE_CELL_SLICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct arena;
struct result_slices;
struct scenario_phase;
struct scenario_settings;

/* Two builds by turns: a slice of one, two of the other, one of the first, and
 * what the machine does meanwhile in one direction is taken off both alike.
 * Four slices are a quadruple; who begins it is drawn, so that nothing that
 * comes back regularly is always on one side. Pure.
 *
 *     ABBA BAAB BAAB ABBA ...      SLICE_NS each
 *
 * Each slice of one is held against each of the other in its quadruple: four
 * ratios, by which a drift cancels. The middle of all of them is what the two
 * are to each other. Some slices are lost to something else (a neighbour, two
 * threads on one processor until the kernel parts them), by a tenth and more;
 * a sum would have that in it, the middle has not.
 *
 * A slice is long beside what it costs to stop and to go on (some 100 us), and
 * short beside what else changes: a neighbour that compiles, a clock that
 * throttles. */
#define SLICE_NS (25 * CLOCK_NS_PER_MS)
#define SLICES_QUADRUPLE UINT64_C(4)

/* Who has fewer answers in a slice has them too coarsely for a ratio of its
 * own: the quadruple has one. */
#define SLICE_ANSWERS UINT64_C(100)

/* A phase that is shorter has too few of them. */
#define SLICES_PHASE_NS (2 * SLICE_NS * SLICES_QUADRUPLE)

enum slices_side {
    SLICES_THIS,
    SLICES_OTHER,
    SLICES_SIDES_COUNT,
};

/* Whose turn it is. @index counts slices from 0. */
enum slices_side slices_turn(uint64_t seed, uint64_t index);

/* What one side did: in a slice, or in several together. */
struct slice {
    uint64_t answered;
    uint64_t wall_ns;
    uint64_t cpu_ns; /* of all its threads */
};

/* The first and the second of a side's slices. */
#define SLICES_OF_SIDE (SLICES_QUADRUPLE / SLICES_SIDES_COUNT)

struct slices {
    struct arena *arena;
    struct slice quadruple[SLICES_SIDES_COUNT][SLICES_OF_SIDE]; /* so far */
    size_t side_counts[SLICES_SIDES_COUNT];
    struct slice whole[SLICES_SIDES_COUNT]; /* of whole quadruples */
    double *throughput; /* logarithms of ratios, four a quadruple */
    double *cpu;
    size_t count;
};

/* What is kept is in @arena. */
void slices_init(struct slices *slices, struct arena *arena);

/* The next slice, which was @side's. A quadruple in which one side was not
 * answered at all is no ratio, and left out. */
void slices_add(struct slices *slices, enum slices_side side,
                const struct slice *slice);

/* The quadruple under way will not be whole. */
void slices_drop(struct slices *slices);

/* Fills in the figures of both sides, and their ratios. To be asked once. */
void slices_result(struct slices *slices, struct result_slices *result);

/* Whether a phase can be had by turns: it is a closed loop that does not think,
 * so it asks whenever it is let. */
bool slices_phase_fits(const struct scenario_phase *phase);

/* NULL: some phase of the cell can be; else why none of them. */
const char *slices_objection(const struct scenario_settings *settings);

/* Whether all that it measures can be had by turns, for as long as that takes:
 * how long a number of lookups takes, nobody knows before. */
bool slices_cover(const struct scenario_settings *settings);

#endif
